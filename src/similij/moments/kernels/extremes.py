"""Find extremes in compiled loops: the range of x, and where the images differ most.

Each returns the low and the high end of x, the largest |x-y|, and its index.
Blocks are searched for the largest difference only if theirs is larger than any before,
so that the loop over all pixels has no index to keep and becomes vectors.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled
from .parts import BLOCK

i32, i64, f64 = np.int32, np.int64, np.float64


@compiled()
def _first(x, y, apart):  # type: ignore[no-untyped-def]
    """Return the index of the first pixels so far apart.

    float64 holds integers of up to 32 bits, and so their differences, exactly.
    """
    for i in range(x.size):
        if abs(f64(x[i]) - f64(y[i])) == apart:
            return i
    return 0


@compiled()
def narrow(x, y):  # type: ignore[no-untyped-def]
    """Find the extremes of integers of 8 and 16 bits, in 32-bit lanes."""
    low, high, most, index = i32(x[0]), i32(x[0]), i32(-1), 0
    for start in range(0, x.size, BLOCK):
        xs, ys = x[start : start + BLOCK], y[start : start + BLOCK]
        least, largest, apart = low, high, i32(0)
        for i in range(xs.size):
            a, b = i32(xs[i]), i32(ys[i])
            least = min(least, a)
            largest = max(largest, a)
            apart = max(apart, i32(max(a, b) - min(a, b)))
        low, high = least, largest
        if apart > most:
            most = apart
            index = start + _first(xs, ys, f64(most))
    return low, high, most, index


@compiled()
def integers(x, y):  # type: ignore[no-untyped-def]
    """Find the extremes of integers of up to 32 bits."""
    low, high, most, index = i64(x[0]), i64(x[0]), i64(-1), 0
    for start in range(0, x.size, BLOCK):
        xs, ys = x[start : start + BLOCK], y[start : start + BLOCK]
        least, largest, apart = low, high, i64(0)
        for i in range(xs.size):
            a, b = i64(xs[i]), i64(ys[i])
            least = min(least, a)
            largest = max(largest, a)
            apart = max(apart, max(a, b) - min(a, b))
        low, high = least, largest
        if apart > most:
            most = apart
            index = start + _first(xs, ys, f64(most))
    return low, high, most, index


@compiled(fastmath={"nnan", "nsz"})
def floats(x, y):  # type: ignore[no-untyped-def]
    """Find the extremes of floats; the difference is taken in float64."""
    # `nnan`, since callers have left NaN out: with NaN in mind a minimum of floats is
    # no single instruction.
    low, high, most, index = f64(x[0]), f64(x[0]), f64(-1), 0
    for start in range(0, x.size, BLOCK):
        xs, ys = x[start : start + BLOCK], y[start : start + BLOCK]
        least, largest, apart = low, high, f64(0)
        for i in range(xs.size):
            a, b = f64(xs[i]), f64(ys[i])
            least = a if a < least else least
            largest = a if a > largest else largest
            d = abs(a - b)
            apart = d if d > apart else apart
        low, high = least, largest
        if apart > most:
            most = apart
            index = start + _first(xs, ys, f64(most))
    return low, high, most, index
