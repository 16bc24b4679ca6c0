"""From two arrays of floats to their moments, about origins near the means."""

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
"""A guess this many variances (squared) from the mean costs digits: sum once more."""

_LOOKS_CONSTANT = 1e-20
"""A variance this small beside the squared mean may be rounding: look at the values."""


def float_sums(x: Array, y: Array, mask: Array) -> Moments:
    """Sum floats about a typical value; again about the mean if that was far off."""
    ox, oy = _typical(x, mask), _typical(y, mask)
    result = _float_pass(x, y, mask, ox, oy)
    far_x = result.n * _squared(result.offset_x) > _FAR * result.m2_x
    far_y = result.n * _squared(result.offset_y) > _FAR * result.m2_y
    if result.n and (far_x or far_y) and math.isfinite(result.mean_x + result.mean_y):
        result = _float_pass(x, y, mask, result.mean_x, result.mean_y)
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
    blocks = max(1, -(-x.shape[-1] // FLOAT_BLOCK))
    rows = np.zeros((blocks * (1 if x.ndim == 1 else len(x)), 10))

    def by_row(start: int, stop: int) -> None:
        found = rows[start * blocks : stop * blocks]
        row_loops().float_rows(*row_places(x, y, mask, start, stop), ox, oy, found)

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
    """Value near the mean of some of the pixels."""
    if pixels.ndim > 1:  # a line of them through the plane
        rows = np.linspace(0, len(pixels) - 1, _SAMPLE).astype(int)
        columns = np.arange(_SAMPLE) * 7919 % pixels.shape[1]  # a prime: scattered
        mask = flat(mask[rows, columns], mask.dtype) if mask.size else mask
        pixels = flat(pixels[rows, columns], pixels.dtype)
    step = max(1, pixels.size // _SAMPLE)
    found: float = _kernels().typical(pixels, mask, step)
    return found


def _only_value(pixels: Array, x: Array, y: Array, mask: Array) -> float:
    """Return the value that every compared pixel has, or NaN where they differ."""
    found = math.nan
    step = max(1, CHUNK // math.prod(x.shape[1:]))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        keep = np.isfinite(x[part]) & np.isfinite(y[part])
        if mask.size:
            keep &= mask[part] != 0
        values = pixels[part][keep]
        if values.size:
            first = float(values[0])
            known = first if math.isnan(found) else found
            if values.min() != known or values.max() != known:
                return math.nan
            found = known
    return found
