"""Shuffle the blocks of the second image inside the region, and take R of each shuffle.

Blocks of one image are laid on blocks of the other; where either is cut off by the edge
of the region, the pixels that both have are compared. Sums for every two blocks are
made once, by matrix products, after which a shuffle costs an addition per block.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from ..moments.centred import Centred
from .resampling import windows

Floats = NDArray[np.float64]


def shuffled(
    pair: Centred,
    side: tuple[int, ...],
    random: np.random.Generator,
    n_resamples: int,
) -> tuple[Floats, Floats]:
    """Return R of every shuffle, and how many pixels it is of.

    Parameters
    ----------
    pair : Centred
        The two images about their means.
    side : tuple of int
        Pixels along each side of a block, axes as in the images.
    random : Generator
        Source of the random orders.
    n_resamples : int
        Number of shuffles.

    Returns
    -------
    r, n : ndarray of float64, (n_resamples,)
        R over the pixels that both images have in each shuffle, and their number; R is
        0 where they have none, or where it has no value.
    """
    x, y, m = (_cut(image, side) for image in (pair.x, pair.y, pair.inside))
    used = m.any(axis=1)
    if not used.all():
        x, y, m = x[used], y[used], m[used]
    places = np.arange(len(m))
    orders = random.permuted(np.tile(places, (n_resamples, 1)), axis=1)

    # Nearly all blocks lie in the region as a whole, and what is summed over the pixels
    # of such a block is one number, whichever it is.
    cut = ~m.all(axis=1)
    kinds = np.concatenate([np.ones_like(m[:1]), m[cut]]).astype(x.dtype)
    which = np.where(cut, np.cumsum(cut), 0)

    def added(
        first: Array, second: Array, rows: Array = places, columns: Array = orders
    ) -> Floats:
        # A number for every two blocks: 999 shuffles cost a look-up per block instead
        # of a pass over the pixels each. MOST_BLOCKS keeps this table small.
        between = first @ second.T
        total: Floats = between[rows, columns].sum(axis=1, dtype=np.float64)
        return total

    # About the means of the pixels that meet in a shuffle, not of the whole region:
    # where blocks are cut off by its edge these are others.
    twos = which[orders]
    n = added(kinds, kinds, which, twos)
    with np.errstate(divide="ignore", invalid="ignore"):
        mx = added(x, kinds, columns=twos) / n
        my = added(kinds, y, rows=which) / n
        vx = added(x * x, kinds, columns=twos) / n - mx * mx
        vy = added(kinds, y * y, rows=which) / n - my * my
        r = (added(x, y) / n - mx * my) / np.sqrt(vx * vy)
    return np.where(np.isfinite(r), r, 0), n


def _cut(image: Array, side: tuple[int, ...]) -> Array:
    """Lay out each block as a row."""
    blocks = windows(image, side)
    rows: Array = blocks.reshape(len(blocks), -1)
    return rows
