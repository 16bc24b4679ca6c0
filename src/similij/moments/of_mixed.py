"""Sum integers of 64 bits beside floats into moments, in float64.

Most such integers are small and go through the loops for floats. Those beyond 2⁵³
would be rounded there before anything is subtracted, by up to a thousand: they are
summed here, in NumPy, as two floats each. That is slower, and rare.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from ..ground.types import Array
from .kernels.parts import _SMALLEST_PART, flat, on_threads
from .moments import FloatMoments, Moments, merge
from .of_floats import float_sums
from .wide import difference, held, is_wide, less

_FLOAT = np.dtype(np.float64)


def mixed_sums(x: Array, y: Array, mask: Array) -> Moments:
    """Sum pairs of which one is an integer of 64 bits and the other a float."""
    if x.size <= _SMALLEST_PART:
        return _of_part(x, y, mask)

    def work(start: int) -> Moments:
        part = slice(start, start + _SMALLEST_PART)
        return _of_part(x[part], y[part], mask[part])

    # Pieces of one size, merged in their order: no digit depends on the threads.
    parts: list[Moments] = on_threads(work, [*range(0, x.size, _SMALLEST_PART)])
    return reduce(merge, parts)


def _of_part(x: Array, y: Array, mask: Array) -> Moments:
    if held(x) and held(y):
        return float_sums(flat(x, _FLOAT), flat(y, _FLOAT), mask)
    if mask.size:
        inside = mask != 0
        x, y = x[inside], y[inside]
    floats = y if is_wide(x.dtype) else x
    finite = np.isfinite(floats)
    excluded = int(np.isnan(floats).sum())
    infinite = finite.size - int(finite.sum()) - excluded
    x, y = x[finite], y[finite]
    if not x.size:
        return FloatMoments(excluded=excluded, infinite=infinite)
    with np.errstate(over="ignore", invalid="ignore"):
        (ox, mx, dx, only_x), (oy, my, dy, only_y) = (_about_mean(t) for t in (x, y))
        apart, _ = difference(x, y)
        return FloatMoments(
            x.size,
            excluded,
            infinite,
            ox,
            oy,
            mx,
            my,
            float((dx * dx).sum()),
            float((dy * dy).sum()),
            float((dx * dy).sum()),
            float(np.abs(apart).sum()),
            float((apart * apart).sum()),
            only_x,
            only_y,
        )


def _about_mean(values: Array) -> tuple[float, float, Array, float]:
    """Return an origin, the mean from there, deviations, and the only value if so."""
    low, high = values.min().item(), values.max().item()
    if low == high:
        # Kept as it is, an integer: two parts of neighbouring values beyond 2⁵³ would
        # else seem to have one value.
        origin = float(low)
        rest = float(low - int(origin)) if isinstance(low, int) else 0.0
        return origin, rest, np.zeros(values.size), low
    # Halves first, as the sum of the two largest floats is none.
    origin = float(low / 2 + high / 2)
    deviations = less(values, origin)
    mean = float(deviations.mean())
    deviations -= mean
    # What rounding of the first mean left.
    rest = float(deviations.mean())
    deviations -= rest
    return origin, mean + rest, deviations, math.nan


def both_kinds(x: np.dtype[Any], y: np.dtype[Any]) -> bool:
    """Whether one type is of integers of 64 bits and the other of floats."""
    return (is_wide(x) and y.kind == "f") or (is_wide(y) and x.kind == "f")
