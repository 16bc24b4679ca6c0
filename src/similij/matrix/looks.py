"""Say how each image looks by itself: how bright, how much contrast, how fine.

Two fields of cells have nothing in common, so that R and RMSD of all pairs are much the
same, and an image that is dim, out of focus or of another channel is no less like the
others than they are like each other. It is seen by what it is made of.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..ground.types import Array
from ..moments.kernels.parts import on_threads
from ..moments.wide import in_float64

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .stack import ImageStack, Tile

MEAN = "image_mean"

LOOKS = {
    "image_contrast": "contrast (standard deviation of its pixels)",
    "image_fineness": "share of fine detail (variance of differences of neighbours)",
    MEAN: "mean",
}
"""Numbers of one image, by the names of variables, and what they are called."""

_MOST = 1 << 18
"""Pixels of an image that are looked at: whole rows, evenly apart."""

_ENOUGH = 16
"""Pixels and pairs of neighbours below which nothing is said."""


def looks(stack: ImageStack, tiles: Iterable[Tile]) -> dict[str, Array]:
    """Return each of `LOOKS` for each image; NaN where too few pixels count.

    Fineness is Σ(x′-x)² / (2·n′) over the variance, x′ the neighbour to the right: 1 of
    noise, near 0 of what is blurred; gain and offset do not change it.
    """
    tiles = [*tiles]
    every = max(1, math.ceil(sum(tile.size for tile in tiles) / _MOST))
    numbers = on_threads(
        lambda k: _of_image(stack, k, tiles, every), [*range(len(stack))]
    )
    return dict(zip(LOOKS, np.array(numbers).T, strict=True))


def _of_image(
    stack: ImageStack, k: int, tiles: list[Tile], every: int
) -> tuple[float, float, float]:
    # They are compiled when first used.
    from ..moments.kernels.looks import level_and_detail, level_and_detail_inside

    own = stack.inside[k]
    of_tiles = []
    for tile in tiles:
        pixels, chosen = tile.rows(stack.arrays[k], every)
        if own is not None:
            unmasked = tile.rows(own, every)[0]
            chosen = unmasked if chosen is None else chosen & unmasked
        block, origin = in_float64(pixels)
        block = np.ascontiguousarray(block)
        sums = level_and_detail(block) if chosen is None else (0.0, math.nan)
        if not math.isfinite(sums[1]):
            inside = np.ones(block.shape, np.uint8)
            if chosen is not None:
                inside[:] = chosen
            sums = level_and_detail_inside(block, inside)
        if sums[0]:
            of_tiles.append((sums[0], sums[1] + origin, *sums[2:]))
    counted, means, squares, steps, of_steps = np.array(of_tiles).reshape(-1, 5).T
    n = counted.sum()
    if min(n, steps.sum()) < _ENOUGH:
        return math.nan, math.nan, math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        weight = counted / n
        mean = float(means[0] + weight @ (means - means[0]))
        variance = float(squares.sum() / n + weight @ np.square(means - mean))
        step = float(of_steps.sum() / steps.sum())
        fine = step / (2 * variance) if variance > 0 else math.nan
    return math.sqrt(variance), fine, mean
