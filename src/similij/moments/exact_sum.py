"""Sum pixels exactly, for the few questions that a rounded mean cannot answer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..ground.types import Array
from .wide import is_wide

_PIECE = 1 << 20
"""Pixels split at a time: their parts are several times as large as they."""

_HALF = 32
"""Bits of the lower half of an integer of 64."""

_DIGITS = 53
"""Bits of a float64; an integer of so many is a float64 as well."""

_PART = 27
"""Bits of a part of those: a million of them still have a sum below 2⁵³."""


def exact_sum(values: Array) -> Fraction:
    """Sum finite pixels of any type without rounding.

    Examples
    --------
    >>> exact_sum(np.array([1e16, 1.0, -1e16])), exact_sum(np.array([3, 4], np.uint8))
    (Fraction(1, 1), Fraction(7, 1))
    """
    pieces = (values[k : k + _PIECE] for k in range(0, values.size, _PIECE))
    if values.dtype.kind == "f":
        return sum(map(_of_floats, pieces), Fraction(0))
    if not is_wide(values.dtype):
        return Fraction(int(values.sum(dtype=np.int64)))
    return Fraction(sum(map(_of_wide, pieces)))


def _of_wide(values: Array) -> int:
    bits = values.dtype.type(_HALF)
    high, low = values >> bits, values & values.dtype.type((1 << _HALF) - 1)
    return (int(high.sum()) << _HALF) + int(low.sum())


def _of_floats(values: Array) -> Fraction:
    """Sum whole mantissas by their exponents, in two parts that fit float64."""
    mantissas, exponents = np.frexp(values.astype(np.float64))
    whole = (mantissas * 2.0**_DIGITS).astype(np.int64)
    lowest = int(exponents.min())
    high, low = (
        np.bincount(exponents - lowest, weights=part)
        for part in (whole >> _PART, whole & ((1 << _PART) - 1))
    )
    total = sum(
        ((int(h) << _PART) + int(part)) << k
        for k, (h, part) in enumerate(zip(high.tolist(), low.tolist(), strict=True))
        if h or part
    )
    return total * Fraction(2) ** (lowest - _DIGITS)
