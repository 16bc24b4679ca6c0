"""Shuffle the blocks of the second image inside the region, and take R of each shuffle.

Blocks of one image are laid on blocks of the other; where either is cut off by the edge
of the region, the pixels that both have are compared. Sums for every two blocks are
made once, by matrix products, after which a shuffle costs an addition per block.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from ..moments.centred import Centred
from ..moments.kernels.parts import on_threads
from .resampling import rows_of_blocks, windows

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
    pixels = np.count_nonzero(m, axis=1)
    used = np.flatnonzero(pixels)
    if len(used) < len(m):
        x, y, m, pixels = x[used], y[used], m[used], pixels[used]
    orders = random.permuted(np.tile(np.arange(len(used)), (n_resamples, 1)), axis=1)
    places = np.arange(len(used))

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
    cut = pixels < m.shape[1]
    n: Floats
    sums: tuple[Any, ...]
    if cut.any():
        # What is summed over the pixels of a block depends on which of them are inside:
        # of most blocks all are, and those along an edge are cut off alike.
        kinds, which = _kinds(m, x.dtype)
        twos = which[orders]
        n = added(kinds, kinds, which, twos)
        sums = (
            added(x, kinds, columns=twos),
            added(kinds, y, rows=which),
            added(x * x, kinds, columns=twos),
            added(kinds, y * y, rows=which),
        )
    else:
        n = np.full(n_resamples, float(pixels.sum()))
        sums = tuple(t.sum(dtype=np.float64) for t in (x, y, x * x, y * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        mx, my, xx, yy = (total / n for total in sums)
        r = (added(x, y) / n - mx * my) / np.sqrt((xx - mx * mx) * (yy - my * my))
    return np.where(np.isfinite(r), r, 0), n


def _kinds(inside: NDArray[np.bool_], dtype: Any) -> tuple[Array, NDArray[np.intp]]:
    """Return the different rows, as numbers, and which of them each row is."""
    places: dict[bytes, int] = {}
    which = [places.setdefault(row.tobytes(), len(places)) for row in inside]
    first = [which.index(k) for k in range(len(places))]
    return inside[first].astype(dtype), np.array(which)


def _cut(image: Array, side: tuple[int, ...]) -> Array:
    """Lay out each block as a row."""
    across = math.prod(
        -(-n // k) for n, k in zip(image.shape[1:], side[1:], strict=True)
    )
    rows = np.empty(
        (-(-image.shape[0] // side[0]) * across, math.prod(side)), image.dtype
    )

    def of_part(part: slice) -> None:
        blocks = windows(image[part], side)
        first = part.start // side[0] * across
        rows[first : first + len(blocks)].reshape(blocks.shape)[...] = blocks

    on_threads(of_part, rows_of_blocks(image.shape, side))
    return rows
