"""Take integers of 64 bits to float64 without losing what tells them apart.

float64 has 53 bits: 2⁶³ and 2⁶³ + 999 are one number to it. So pixels of such a type
are never converted as they are, but less a number near them, or as two floats that
together are exact. What comes out is rounded at most in the last place of what varies.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ..ground.types import Array

_WIDE = 8
"""Bytes of the integers that float64 does not hold exactly."""

_NARROW = 2
"""Bytes of the integers of which there are so few that tables have a place for each."""

_HELD = 1 << 53
"""float64 holds every integer up to this."""

_LOW_BITS = (1 << 11) - 1
"""Bits that 64 have more than 53: without them an integer of 64 is a float64."""


def is_wide(dtype: np.dtype[Any]) -> bool:
    """Whether pixels of a type are integers that float64 may round."""
    return dtype.kind in "ui" and dtype.itemsize == _WIDE


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether pixels of a type are integers of at most 16 bits, to be counted."""
    return dtype.kind != "f" and dtype.itemsize <= _NARROW


def held(values: Array) -> bool:
    """Whether float64 holds these very values; true of floats."""
    if not is_wide(values.dtype) or not values.size:
        return True
    return int(values.min()) >= -_HELD and int(values.max()) <= _HELD


def in_float64(values: Array) -> tuple[Array, int]:
    """Convert pixels, less the smallest where float64 would round them.

    Returns
    -------
    (ndarray of float64, int)
        A copy, and what was taken off: 0 where float64 holds the pixels.

    Examples
    --------
    >>> near, origin = in_float64(np.array([2**63, 2**63 + 3], np.uint64))
    >>> near.tolist(), origin == 2**63
    ([0.0, 3.0], True)
    """
    if held(values):
        return values.astype(np.float64), 0
    origin = int(values.min())
    return less(values, origin), origin


def less(values: Array, origin: Any) -> Array:
    """Subtract a finite number from pixels, in float64, but not rounded to it first.

    Parameters
    ----------
    values : ndarray
        Of any type that images have.
    origin : int, float or Fraction
        What is subtracted; of other types than integers of 64 bits the nearest float.

    Examples
    --------
    >>> less(np.array([2**63, 2**63 + 3], np.uint64), 2**63 + 1).tolist()
    [-1.0, 2.0]
    """
    if not is_wide(values.dtype):
        if origin == 0:
            return values.astype(np.float64)
        narrow: Array = np.subtract(values, float(origin), dtype=np.float64)
        return narrow
    # Subtracted as integers, modulo 2⁶⁴, both ways round, since an unsigned difference
    # has no sign. The part of the origin below 1 comes off what is left.
    whole = math.floor(origin)
    info = np.iinfo(values.dtype)
    within = min(max(whole, int(info.min)), int(info.max))
    unsigned, near = values.astype(np.uint64), np.uint64(within & ((1 << 64) - 1))
    up, down = unsigned - near, near - unsigned
    apart: Array = np.where(
        values >= values.dtype.type(within), up.astype(float), -down.astype(float)
    )
    rest = float(Fraction(origin) - within)
    return apart - rest if rest else apart


def halves(values: Array) -> tuple[Array, Array | float]:
    """Split pixels into two float64 that together are exact; of floats one is 0."""
    if not is_wide(values.dtype):
        return values.astype(np.float64), 0.0
    bits = values.dtype.type(_LOW_BITS)
    low = values & bits
    return (values - low).astype(np.float64), low.astype(np.float64)


def difference(x: Array, y: Array) -> tuple[Array, Array]:
    """Subtract y from x: each difference rounded to float64, and what is left of it.

    Together both have some twice the digits of a float64. Infinite and NaN where a
    pixel is.

    Examples
    --------
    >>> [t.tolist() for t in difference(np.array([2**63 + 9], np.uint64), np.ones(1))]
    [[9.223372036854776e+18], [8.0]]
    """
    (xh, xl), (yh, yl) = halves(x), halves(y)
    with np.errstate(over="ignore", invalid="ignore"):
        apart, lost = _two_sum(xh, -yh)
        # The low halves are whole and below 2¹¹: their difference is exact.
        return _two_sum(apart, lost + (xl - yl))


def _two_sum(a: Array, b: Any) -> tuple[Array, Array]:
    """Return a + b rounded, and what rounding took off it (Knuth 1969)."""
    total = a + b
    of_b = total - a
    lost = (a - (total - of_b)) + (b - of_b)
    return total, lost
