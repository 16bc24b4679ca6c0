"""Scale pixels by powers of two to where float64 has their squares, and theirs.

That changes no digit: what is computed of scaled pixels is that of the pixels times a
power of two, and R, a bin or a shift is the same. Without it, products of sums of
squares of pixels from some 1e75 on are infinite, and R is 0.
"""

from __future__ import annotations

import math

import numpy as np

from ..ground.types import Array

_FREE = 150
"""Powers of two up to which nothing is done: fourth powers of such pixels, a billion of
them summed and squared, are float64 still."""


def power_of(values: Array) -> int:
    """Return the power of two to divide pixels by; 0 where they can stay as they are.

    Examples
    --------
    >>> power_of(np.array([1.0, 1e150])), power_of(np.array([5.0]))
    (499, 0)
    """
    if values.dtype.kind != "f" or not values.size:
        return 0
    with np.errstate(invalid="ignore"):
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return power_of_number(max(abs(low), abs(high)))


def power_of_number(largest: float) -> int:
    """Return the same for the largest of some pixels."""
    if not 0 < largest < math.inf:
        return 0
    power = math.frexp(largest)[1]
    return power if abs(power) > _FREE else 0


def scaled(values: Array, power: int) -> Array:
    """Divide pixels by a power of two; as they are where that is 0."""
    if not power:
        return values
    divided: Array = np.ldexp(values.astype(np.float64), -power)
    return divided
