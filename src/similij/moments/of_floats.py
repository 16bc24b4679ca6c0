"""Sum two arrays of floats into moments, about origins near the means.

Σx² of pixels far from 0 has no digits left for their variance: so a typical value of
each image is taken off every pixel before anything is squared.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..ground.types import Array
from .kernels.choice import _kernels, row_loops, row_places
from .kernels.parts import CHUNK, FLOAT_BLOCK, _in_parts, flat, in_row_parts
from .moments import FloatMoments, Moments

_SAMPLE = 256
"""Pixels that a first guess of the mean is taken from."""

_FAR = 64.0
"""Squared distance of an origin from the mean, in variances, above which pixels are
summed once more. At 8 standard deviations the subtraction Σ(x-o)² - n(x̄-o)² loses 6 of
float64's 53 bits, log2(1 + 64); that is borne, a second read of the images is not."""

_SCATTER = 7919
"""A prime: its multiples, modulo the width, scatter the sampled columns over a
plane."""

_LOOKS_CONSTANT = 1e-20
"""A variance this small beside the squared mean may be rounding (the square of
float64's 1e-16 is 1e-32; this is far on the safe side): look at the values."""


def float_sums(x: Array, y: Array, mask: Array) -> Moments:
    """Sum floats about a typical value; again about the mean if that was far off."""
    ox, oy = _typical(x, mask), _typical(y, mask)
    result = _float_pass(x, y, mask, ox, oy)
    far_x = result.n * _squared(result.offset_x) > _FAR * result.m2_x
    far_y = result.n * _squared(result.offset_y) > _FAR * result.m2_y
    if result.n and (far_x or far_y) and math.isfinite(result.mean_x + result.mean_y):
        result = _float_pass(x, y, mask, result.mean_x, result.mean_y)
    # Whether an image is constant is decided by its values, not by a variance that
    # rounding may leave above 0 (or, for values whose squares overflow, make NaN).
    small_x = _LOOKS_CONSTANT * result.n * _squared(result.mean_x)
    small_y = _LOOKS_CONSTANT * result.n * _squared(result.mean_y)
    if result.n and not result.m2_x > small_x:  # NaN where it overflowed
        result = replace(result, only_x=_only_value(x, x, y, mask))
    if result.n and not result.m2_y > small_y:  # NaN where it overflowed
        result = replace(result, only_y=_only_value(y, x, y, mask))
    return result


def _squared(value: float) -> float:
    """Return the square, infinite where `**` would raise OverflowError."""
    return value * value


def _float_pass(x: Array, y: Array, mask: Array, ox: float, oy: float) -> FloatMoments:
    """Sum both images about two origins, block by block, and merge the blocks."""
    blocks = max(1, -(-x.shape[-1] // FLOAT_BLOCK))
    rows = np.zeros((blocks * (1 if x.ndim == 1 else len(x)), 10))

    def by_row(start: int, stop: int) -> None:
        part = rows[start * blocks : stop * blocks]
        row_loops().float_rows(*row_places(x, y, mask, start, stop), ox, oy, part)

    def work(start: int, stop: int) -> None:
        first, last = start // FLOAT_BLOCK, -(-stop // FLOAT_BLOCK)
        m = mask[start:stop]
        _kernels().float_blocks(
            x[start:stop], y[start:stop], m, ox, oy, rows[first:last]
        )

    if x.ndim == 1:
        _in_parts(x.size, work)
    else:
        in_row_parts(x.shape, by_row)
    _kernels().merge_rows(rows)
    n, excluded, infinite, mx, my, m2x, m2y, cxy, sad, ssd = rows[0].tolist()
    return FloatMoments(
        int(n), int(excluded), int(infinite), ox, oy, mx, my, m2x, m2y, cxy, sad, ssd
    )


def _typical(pixels: Array, mask: Array) -> float:
    """Return the mean of some of the pixels, as a guess of the mean of all."""
    if pixels.ndim > 1:  # a line of them through the plane
        rows = np.linspace(0, len(pixels) - 1, _SAMPLE).astype(int)
        columns = np.arange(_SAMPLE) * _SCATTER % pixels.shape[1]
        mask = flat(mask[rows, columns], mask.dtype) if mask.size else mask
        pixels = flat(pixels[rows, columns], pixels.dtype)
    step = max(1, pixels.size // _SAMPLE)
    mean: float = _kernels().typical(pixels, mask, step)
    return mean


def _only_value(pixels: Array, x: Array, y: Array, mask: Array) -> float:
    """Return the value that every compared pixel has, or NaN where they differ."""
    only = math.nan
    step = max(1, CHUNK // math.prod(x.shape[1:]))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        keep = np.isfinite(x[part]) & np.isfinite(y[part])
        if mask.size:
            keep &= mask[part] != 0
        values = pixels[part][keep]
        if values.size:
            first = float(values[0])
            value = first if math.isnan(only) else only
            if values.min() != value or values.max() != value:
                return math.nan
            only = value
    return only
