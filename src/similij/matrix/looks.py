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
    numbers = [_of_image(stack, k, tiles, every) for k in range(len(stack))]
    return dict(zip(LOOKS, np.array(numbers).T, strict=True))


def _of_image(
    stack: ImageStack, k: int, tiles: list[Tile], every: int
) -> tuple[float, float, float]:
    values, differences = [], []
    for tile in tiles:
        pixels, chosen = tile.rows(stack.arrays[k], every)
        block, _ = in_float64(pixels)
        counts = np.isfinite(block)
        own = stack.inside[k]
        for inside in (chosen, None if own is None else tile.rows(own, every)[0]):
            if inside is not None:
                counts &= inside
        values.append(block[counts])
        both = counts[:, 1:] & counts[:, :-1]
        with np.errstate(over="ignore", invalid="ignore"):
            differences.append((block[:, 1:] - block[:, :-1])[both])
    level = np.concatenate(values) if values else np.zeros(0)
    steps = np.concatenate(differences) if differences else np.zeros(0)
    if min(level.size, steps.size) < _ENOUGH:
        return math.nan, math.nan, math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        mean, spread = float(level.mean()), float(level.std())
        fine = float((steps**2).mean()) / (2 * spread**2) if spread > 0 else math.nan
    return spread, fine, mean
