"""Say which pixels are above a threshold, and sum them, on all threads.

No integer is rounded to a float to be compared with a threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..ground.types import Array
from ..moments.exact_sum import exact_sum
from ..moments.kernels.colocalization import (
    floats_above,
    integers_above,
    narrow_above,
)
from ..moments.kernels.parts import on_threads
from ..moments.wide import is_wide

_PIECE = 1 << 20
"""Pixels that a thread takes at a time."""

_NARROW = 2
"""Bytes of the integers whose sums over a block fit 32 bits."""


def sums_above(x: Array, y: Array, tx: float, ty: float) -> tuple[Any, ...]:
    """Return Σx, Σx where y is above its threshold, Σy, Σy where x is above its."""
    if is_wide(x.dtype) or is_wide(y.dtype):
        return (
            _total(x), _total(x[above(y, ty)]), _total(y), _total(y[above(x, tx)]),
        )  # fmt: skip
    if x.dtype.kind == "f" or y.dtype.kind == "f":
        return tuple(summed(floats_above, x, y, (tx, ty), 4, np.float64))
    narrow = max(x.dtype.itemsize, y.dtype.itemsize) <= _NARROW
    most = (1 << 31) - 1 if narrow else 1 << 40  # beyond every value of the types
    limits = tuple(int(max(-most, min(most, _floor(t)))) for t in (tx, ty))
    sums = summed(narrow_above if narrow else integers_above, x, y, limits, 4)
    return tuple(Fraction(int(s)) for s in sums)


def _floor(limit: float) -> float:
    """Return the whole number that an integer must be above to be above a limit."""
    return math.floor(limit) if math.isfinite(limit) else limit


def above(values: Array, limit: float) -> Array:
    """Say which values are greater than a limit, rounding no integer to a float."""
    if values.dtype.kind == "f" or not math.isfinite(limit):
        # Not a float of Python, which NumPy would round to the type of the pixels.
        is_above: Array = values > np.float64(limit)
        return is_above
    info = np.iinfo(values.dtype)
    # An integer is above 4.5 if it is above 4. Above 2**53 two integers may be one
    # float, and a limit beyond the type would wrap in it.
    whole = math.floor(limit)
    if whole < info.min:
        return np.ones(values.shape, np.bool_)
    if whole >= info.max:
        return np.zeros(values.shape, np.bool_)
    is_above = values > values.dtype.type(whole)
    return is_above


def below(values: Array, limit: float) -> Array:
    """Say which values are less than a limit, rounding no integer to a float."""
    if values.dtype.kind == "f" or not math.isfinite(limit):
        is_below: Array = values < np.float64(limit)
        return is_below
    # Not below 4.5 is above 4, which is ceil(4.5) - 1.
    is_below = ~above(values, math.ceil(limit) - 1)
    return is_below


def _total(values: Array) -> Fraction | float:
    """Sum integers of any width exactly; floats in float64."""
    if values.dtype.kind != "f":
        return exact_sum(values)
    with np.errstate(over="ignore", invalid="ignore"):  # the caller says so
        return float(values.sum(dtype=np.float64))


def summed(
    loop: Callable[..., None],
    x: Array,
    y: Array,
    limits: tuple[Any, ...],
    count: int,
    dtype: Any = np.int64,
) -> Array:
    """Add up what a compiled loop finds in the pieces of two arrays, on all threads."""
    x, y = (native(t) for t in (x, y))

    def work(start: int) -> Array:
        part = slice(start, start + _PIECE)
        out = np.zeros(count, dtype)
        loop(x[part], y[part], *limits, out)
        return out

    total: Array = np.sum(on_threads(work, [*range(0, x.size, _PIECE)]), axis=0)
    return total


def native(values: Array) -> Array:
    """Return values of a type that the compiled loops take.

    numba knows neither float16 nor the other order of bytes, as of a big-endian TIFF.
    """
    wanted = values.dtype.newbyteorder("=")
    if wanted == np.float16:
        wanted = np.dtype(np.float32)
    return np.ascontiguousarray(values, wanted)
