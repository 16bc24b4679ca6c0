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
    # Of each tile the pixels, their mean and squares about it: small arrays, which stay
    # near the processor.
    counted, means, squares = [], [], []
    steps, of_steps = 0, 0.0
    for tile in tiles:
        pixels, chosen = tile.rows(stack.arrays[k], every)
        block, _ = in_float64(pixels)
        with np.errstate(over="ignore", invalid="ignore"):
            apart = block[:, 1:] - block[:, :-1]
        own = stack.inside[k]
        masks = [chosen, None if own is None else tile.rows(own, every)[0]]
        if pixels.dtype.kind == "f":
            masks.append(np.isfinite(block))
        counts = None
        for inside in masks:
            if inside is not None:
                counts = inside if counts is None else counts & inside
        if counts is not None and not counts.all():
            apart = apart[counts[:, 1:] & counts[:, :-1]]
            block = block[counts]
        with np.errstate(over="ignore", invalid="ignore"):
            if block.size:
                counted.append(block.size)
                means.append(block.mean())
                block -= means[-1]
                squares.append(np.square(block, out=block).sum())
            steps += apart.size
            of_steps += float(np.square(apart, out=apart).sum())
    n = sum(counted)
    if min(n, steps) < _ENOUGH:
        return math.nan, math.nan, math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        weight = np.array(counted) / n
        mean = float(weight @ means)
        variance = sum(squares) / n + float(weight @ np.square(np.array(means) - mean))
        fine = of_steps / steps / (2 * variance) if variance > 0 else math.nan
    return math.sqrt(variance), fine, mean
