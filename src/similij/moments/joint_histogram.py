"""Count the pixels of each pair of values while planes come, in bounded memory.

A bin is 2^k values wide and begins at a multiple of its width, so that two neighbours
merge into one bin of twice the width, and whether a value lies in a bin is decided
without rounding. The range grows with what comes: bins merge until it fits. Images of
integers have bins of 1 as long as their range fits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels.compiled import compiled

BINS = 1024
"""Bins along each axis. One bright speck may stretch the range to a hundred times that
of all other values, and these still have some ten bins."""

_SLAB = 1 << 20
"""Pixels converted to float64 at a time: 16 MiB for both images, whatever the plane."""

_DIGITS = 52
"""Bins are no finer than this many bits of the largest value: float64 has 53."""

Counts = NDArray[np.int64]


@dataclass
class Axis:
    """The bins of one image: bin i has the values from (base + i)·2^level on.

    Attributes
    ----------
    whole : bool
        Whether all values are integers.
    low, high : float
        Smallest and largest value so far; low > high: none yet.
    level, base : int
        Bins are 2^level wide; the first one is number `base` from 0.
    """

    whole: bool
    low: float = math.inf
    high: float = -math.inf
    level: int = 0
    base: int = 0

    @property
    def width(self) -> float:
        """Width of a bin, in units of intensity."""
        return math.ldexp(1.0, self.level)

    def reach(self, low: float, high: float) -> NDArray[np.int64] | None:
        """Make room for values; return where each bin goes, None if all stay.

        A bin that goes to below 0 or to `BINS` and beyond is empty.
        """
        before = (self.low, self.high, self.level, self.base)
        self.low, self.high = min(low, self.low), max(high, self.high)
        fresh = before[0] >= before[1]  # at most one value: finer bins lose nothing
        if not fresh and self._holds():
            return None
        self.level = self._finest() if fresh else self.level
        while not self._fits():
            self.level += 1
        self.base = self.index(self.low)
        if before[0] > before[1]:
            return None
        if fresh:  # one line of bins holds everything
            return np.full(BINS, self.index(before[0]) - self.base)
        bins = np.arange(BINS) + before[3]
        return (bins >> (self.level - before[2])) - self.base

    def index(self, value: float) -> int:
        """Return the number of a value's bin, from the one that begins at 0."""
        return math.floor(math.ldexp(value, -self.level))

    def _finest(self) -> int:
        largest = max(abs(self.low), abs(self.high))
        # frexp gives the exponent exactly; a logarithm may round across a power of 2.
        limit = math.frexp(largest)[1] - _DIGITS if largest else -_DIGITS
        span = self.high - self.low
        level = math.frexp(span / BINS)[1] - 1 if span else limit
        level = max(level, limit, -1000)  # 1 / width, 2^1000, is a float still
        return max(level, 0) if self.whole else level

    def _fits(self) -> bool:
        return self.index(self.high) - self.index(self.low) < BINS

    def _holds(self) -> bool:
        return (
            self.index(self.low) >= self.base
            and self.index(self.high) - self.base < BINS
        )


class JointCounts:
    """Count pixel pairs by value, of as many planes as come.

    Parameters
    ----------
    dtypes : two dtypes
        Types of the two images.

    Attributes
    ----------
    counts : ndarray of int, (bins of y, bins of x)
        How many pixels have the values of each bin.
    x, y : Axis
        The values that columns and rows stand for.
    n : int
        All pixels counted: those inside whose two values are finite.

    Examples
    --------
    >>> pairs = JointCounts((np.dtype("uint8"), np.dtype("uint8")))
    >>> pairs.add(np.array([[3, 3, 5]], np.uint8), np.array([[7, 7, 6]], np.uint8))
    >>> rows, columns = np.nonzero(pairs.counts)
    >>> (columns + pairs.x.base).tolist(), (rows + pairs.y.base).tolist()
    ([5, 3], [6, 7])
    """

    def __init__(self, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> None:
        self.x, self.y = (Axis(dtype.kind in "bui") for dtype in dtypes)
        self.counts: Counts = np.zeros((BINS, BINS), np.int64)
        self.n = 0

    def add(
        self, x: NDArray[Any], y: NDArray[Any], inside: NDArray[np.bool_] | None = None
    ) -> None:
        """Count the pixels of a plane, (y, x), of each image: those inside."""
        step = max(1, _SLAB // max(1, x.shape[1]))
        for top in range(0, x.shape[0], step):
            part = slice(top, top + step)
            first, second = (
                np.ascontiguousarray(image[part], np.float64).ravel()
                for image in (x, y)
            )
            mask = np.zeros(0, np.uint8)
            if inside is not None:
                mask = np.ascontiguousarray(inside[part]).view(np.uint8).ravel()
            n, *ends = _ranges(first, second, mask)
            if n == 0:
                continue
            self._move(self.x.reach(ends[0], ends[1]), 1)
            self._move(self.y.reach(ends[2], ends[3]), 0)
            _count(
                first, second, mask, 1 / self.x.width, 1 / self.y.width,
                self.x.base, self.y.base, self.counts,
            )  # fmt: skip
            self.n += n

    def _move(self, places: NDArray[np.int64] | None, axis: int) -> None:
        if places is not None:
            self.counts = merged(self.counts, places, BINS, axis)


def merged(counts: Counts, places: NDArray[np.int64], size: int, axis: int) -> Counts:
    """Add each line of bins to where it goes; lines that go outside are dropped."""
    lines = np.moveaxis(counts, axis, 0)
    kept = (places >= 0) & (places < size)
    into: Counts = np.zeros((size, lines.shape[1]), np.int64)
    # add.at and not `+=`, which keeps only one of several lines with the same place.
    np.add.at(into, places[kept], lines[kept])
    return np.ascontiguousarray(np.moveaxis(into, 0, axis))


@compiled()
def _ranges(x, y, inside):  # type: ignore[no-untyped-def]
    """Return how many pairs count, and the ends of both images' values."""
    n = 0
    low_x = low_y = np.inf
    high_x = high_y = -np.inf
    for i in range(x.size):
        a, b = x[i], y[i]
        if (inside.size == 0 or inside[i]) and np.isfinite(a) and np.isfinite(b):
            n += 1
            low_x, high_x = min(low_x, a), max(high_x, a)
            low_y, high_y = min(low_y, b), max(high_y, b)
    return n, low_x, high_x, low_y, high_y


@compiled()
def _count(x, y, inside, per_x, per_y, base_x, base_y, counts):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        a, b = x[i], y[i]
        if (inside.size == 0 or inside[i]) and np.isfinite(a) and np.isfinite(b):
            row = np.int64(np.floor(b * per_y)) - base_y
            column = np.int64(np.floor(a * per_x)) - base_x
            counts[row, column] += 1
