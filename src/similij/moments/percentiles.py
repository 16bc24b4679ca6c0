"""Find exact percentiles of values that come block by block.

Percentile p of n sorted values is the one at index floor(p·n) (n-1 at most). A few
values are sorted; of more, 16 binary digits are counted per pass, from the highest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..ground.types import Array
from .kernels.parts import CHUNK, as_bytes

_DIGIT = 16
"""Binary digits counted per pass: 65,536 counters."""


@dataclass(frozen=True)
class Percentiles:
    """The percentiles that become 0 and 1.

    Examples
    --------
    >>> str(Percentiles(1, 99))
    'percentile 1-99'
    """

    low: float
    high: float

    def __str__(self) -> str:
        return f"percentile {self.low:g}-{self.high:g}"


def rank(percent: float, n: int) -> int:
    """Return the index, among n sorted values, of a percentile.

    Examples
    --------
    >>> rank(1, 6900), rank(99, 100), rank(100, 100)
    (69, 99, 99)
    """
    # By `repr`, 0.1 is a tenth: the float nearest to it lies above, and its product
    # with a round n could end on the wrong side of a whole number.
    return min(math.floor(Fraction(repr(percent)) * n / 100), n - 1)


class OrderStatistics:
    """Find exact percentiles of values that come block by block, one pass a digit.

    Examples
    --------
    >>> statistics = OrderStatistics(np.dtype(np.uint8), Percentiles(1, 99))
    >>> statistics.add(np.arange(100, dtype=np.uint8))
    >>> statistics.end_pass(), statistics.values
    (False, [1, 99])
    """

    def __init__(self, dtype: np.dtype[Any], percentiles: Percentiles) -> None:
        self._dtype = np.dtype(np.uint8) if dtype == np.bool_ else dtype
        self._percents = (percentiles.low, percentiles.high)
        self._bits = 8 * self._dtype.itemsize
        self._shift = max(self._bits - _DIGIT, 0)
        self._ranks: list[int] = []
        self._prefixes = [0, 0]
        self._counts: dict[int, Array] = {}

    @property
    def values(self) -> list[Any]:
        """The low and the high percentile, once a pass ended with nothing to do."""
        return [_value(key, self._dtype) for key in self._prefixes]

    def add(self, values: Array) -> None:
        """Count a block of finite values, one-dimensional."""
        from .kernels.plain import count_digits

        if not self._counts:
            self._counts = self._counters()
        for start in range(0, values.size, CHUNK):
            keys = _keys(values[start : start + CHUNK], self._dtype)
            for prefix, counts in self._counts.items():
                count_digits(keys, self._shift, np.uint64(prefix), counts)

    def end_pass(self) -> bool:
        """Settle a digit; True if the same values are needed once more."""
        if not self._ranks:
            n = int(self._counts[0].sum()) if self._counts else 0
            if n == 0:
                return False
            self._ranks = [rank(percent, n) for percent in self._percents]
        for k, prefix in enumerate(self._prefixes):
            below = np.cumsum(self._counts[prefix])
            digit = int(np.searchsorted(below, self._ranks[k], side="right"))
            self._ranks[k] -= int(below[digit - 1]) if digit else 0
            self._prefixes[k] = prefix << _DIGIT | digit
        self._counts = {}  # a megabyte, not held for each of many regions
        self._shift -= _DIGIT
        return self._shift >= 0

    def find(self, values: Array) -> None:
        """Settle on the percentiles of a few values, which are all there are."""
        ranks = [rank(percent, values.size) for percent in self._percents]
        keys = np.partition(_keys(values, self._dtype), ranks)
        self._prefixes = [int(keys[k]) for k in ranks]

    def _counters(self) -> dict[int, Array]:
        return {prefix: np.zeros(1 << _DIGIT, np.int64) for prefix in self._prefixes}


def _keys(values: Array, dtype: np.dtype[Any]) -> Array:
    """Return unsigned integers in the order of the values."""
    values = np.ascontiguousarray(values)
    values = as_bytes(values).astype(dtype, copy=False)
    if dtype.kind == "u":
        return values
    keys = values.view(f"u{dtype.itemsize}")
    # Two's complement: flip the sign, so that negative ones come first. IEEE floats are
    # sign and magnitude: of negative ones all bits flip, as larger ones lie further
    # down.
    top = keys.dtype.type(1 << (8 * dtype.itemsize - 1))
    signs = dtype.kind == "i"
    ordered: Array = keys ^ top if signs else np.where(keys & top, ~keys, keys | top)
    return ordered


def _value(key: int, dtype: np.dtype[Any]) -> Any:
    """Return the value that a key stands for."""
    if dtype.kind == "u":
        return key
    top = 1 << (8 * dtype.itemsize - 1)
    if dtype.kind == "i":
        return key - top
    bits = key ^ top if key & top else key ^ (2 * top - 1)
    return float(np.array(bits, f"u{dtype.itemsize}").view(dtype))
