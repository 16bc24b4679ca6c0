"""Pearson R of many pairs at once, to the last bit what `metrics.pearson` gives of one.

Python takes 30 µs to make the numbers of a pair one after the other: a minute for the
two million pairs of 2,000 images, whose sums are there by then.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ground.types import Array

_SPLIT = 2.0**27 + 1
"""Splits a float64 into two halves, whose products are exact (Veltkamp 1968)."""

_SURE = 2.0**-90
"""Relative error of a quotient here, at most: some ten times 2^-104."""


def correlations(vx: float, vy: Array, cxy: Array) -> Array:
    """Return cxy / √(vx·vy) of floats, with mantissas and exponents apart."""
    (mx, ex), (my, ey), (mc, ec) = (np.frexp(v) for v in (vx, vy, cxy))
    odd = (ex + ey) % 2
    root = np.sqrt(np.ldexp(mx * my, odd))
    found: Array = np.ldexp(mc / root, ec - (ex + ey - odd) // 2)
    return found.clip(-1.0, 1.0)


def over_roots(numerators: Array, square: int, squares: Array) -> Array:
    """Return numerator / √(square · squares) of integers, rounded once.

    Parameters
    ----------
    numerators, squares : ndarray of object
        Integers of Python: n·Σ(x-x̄)(y-ȳ) and n·Σ(y-ȳ)² of pairs.
    square : int
        n·Σ(x-x̄)² of the image that all these pairs have.

    Returns
    -------
    ndarray of float64
        NaN where a square is 0, and where the result lies so near the middle of two
        floats that more digits must tell which is the nearer.

    Notes
    -----
    Two floats for each number, some 106 bits: Dekker (1971), doi:10.1007/BF01397083.
    """
    if not square:
        return np.full(len(squares), math.nan)
    with np.errstate(all="ignore"):
        x, y = _root(_two(np.array([square], object))), _root(_two(squares))
        below = _times(x, y)
        above = _two(numerators)
        first = above[0] / below[0]
        high, low = _product(first, below[0])
        rest = (above[0] - high) - low + above[1] - first * below[1]
        value, left = _add(first, rest / below[0])
        # half of the way to the next float, on the side where it is nearer
        half = np.spacing(np.nextafter(np.abs(value), 0)) / 2
        sure = np.abs(left) < half - np.abs(value) * _SURE
    return np.where(sure, value, math.nan)


_Two = tuple[Array, Array]
"""A number as the sum of two floats, the second below half a place of the first."""


def _two(integers: Any) -> _Two:
    high = integers.astype(np.float64)
    back = np.array([int(value) for value in high.tolist()], object)
    return high, (integers - back).astype(np.float64)


def _add(a: Array, b: Array) -> _Two:
    """Add two floats, of which the first is the larger, exactly."""
    total = a + b
    return total, b - (total - a)


def _product(a: Array, b: Array) -> _Two:
    """Multiply two floats exactly."""
    product = a * b
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _halves(a: Array) -> _Two:
    wide = a * _SPLIT
    high = wide - (wide - a)
    return high, a - high


def _times(a: _Two, b: _Two) -> _Two:
    high, low = _product(a[0], b[0])
    return _add(high, low + a[0] * b[1] + a[1] * b[0])


def _root(a: _Two) -> _Two:
    """Return the square root, by one step of Newton's."""
    root = np.sqrt(a[0])
    high, low = _product(root, root)
    return _add(root, ((a[0] - high) - low + a[1]) / (2 * root))
