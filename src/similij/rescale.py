"""Rescaling before RMSD and Mean Difference: each image by its own percentiles.

Percentile p of n sorted values is the one at index floor(p·n) (n-1 at most); the low
percentile becomes 0, the high one 1, and values beyond them stay beyond. They are taken
of the pixels compared: of each image, within each region.

They are exact also where pixels come block by block: a few blocks are kept; of more,
16 binary digits of the values are counted per pass over the image, from the highest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from .metrics import Undefined
from .moments import Moments, merge
from .sums import CHUNK, Array, as_bytes, moments

Rescale: TypeAlias = str | tuple[str, float, float]

RESCALED = "of images rescaled to 0...1"
"""What the note of a rescaled row says of the metrics that it names first."""

_KEEP = 1 << 22
"""Pixels of a region that are kept rather than read again."""

_FEW = 1 << 16
"""Pixels of a region up to which sorting is faster than counting digits."""

_HUGE = 1e307
"""Values this large are divided by 4 (exactly), so that their span is finite."""

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


def parse_rescale(rescale: Rescale | None) -> Percentiles | None:
    """Read what a user gave for `rescale`.

    Parameters
    ----------
    rescale : str or tuple
        "none"; "percentile" (from 1 and 99); or ("percentile", low, high).

    Raises
    ------
    ValueError
        If it is none of these, or not 0 <= low < high <= 100.

    Examples
    --------
    >>> parse_rescale(("percentile", 0.5, 99.5))
    Percentiles(low=0.5, high=99.5)
    """
    if rescale is None:
        return None
    parts = (rescale,) if isinstance(rescale, str) else tuple(rescale)
    word = str(parts[0]).lower() if parts else ""
    if word == "none" and len(parts) == 1:
        return None
    if word != "percentile" or len(parts) not in (1, 3):
        raise ValueError(
            f"rescale is {rescale!r}: it must be 'none', 'percentile' or "
            "('percentile', low, high), e.g. ('percentile', 0.5, 99.5)"
        )
    low, high = (1.0, 99.0) if len(parts) == 1 else (float(p) for p in parts[1:])  # type: ignore[arg-type]
    if not 0 <= low < high <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(
            f"rescale has the percentiles {low:g} and {high:g}: "
            "they must be 0...100, the first below the second"
        )
    return Percentiles(low, high)


def rank(percent: float, n: int) -> int:
    """Index, among n sorted values, of a percentile.

    Examples
    --------
    >>> rank(1, 6900), rank(99, 100), rank(100, 100)
    (69, 99, 99)
    """
    return min(math.floor(Fraction(repr(percent)) * n / 100), n - 1)


class OrderStatistics:
    """Exact percentiles of values that come block by block, one pass a digit.

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
        from ._kernels import count_digits

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
    """Unsigned integers in the order of the values."""
    values = np.ascontiguousarray(values)
    values = as_bytes(values).astype(dtype, copy=False)
    if dtype.kind == "u":
        return values
    keys = values.view(f"u{dtype.itemsize}")
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


@dataclass
class RescaledPair:
    """Moments of two images after rescaling, from blocks that come in passes.

    Parameters
    ----------
    percentiles : Percentiles
        What becomes 0 and 1.
    one_block : bool
        True if a single block is all there is: it is kept, not copied.
    """

    percentiles: Percentiles
    one_block: bool = False
    _kept: list[tuple[Array, Array]] | None = field(default_factory=list)
    _statistics: tuple[OrderStatistics, OrderStatistics] | None = None
    _settled: list[OrderStatistics] = field(default_factory=list)
    _limits: list[list[Any]] = field(default_factory=list)
    _moments: Moments | None = None

    def add(self, x: Array, y: Array) -> None:
        """Take the compared pixels of a block: one-dimensional, finite, of one size."""
        if self._statistics is None:
            first, second = (t.dtype.newbyteorder("=") for t in (x, y))
            self._statistics = (
                OrderStatistics(first, self.percentiles),
                OrderStatistics(second, self.percentiles),
            )
        if self._limits:
            self._add_rescaled(x, y)
        elif self._kept is not None:
            self._kept.append((x, y) if self.one_block else (x.copy(), y.copy()))
            if not self.one_block and sum(k.size for k, _ in self._kept) > _KEEP:
                blocks, self._kept = self._kept, None
                for block in blocks:
                    self._count(*block)
        else:
            self._count(x, y)

    def end_pass(self) -> bool:
        """Finish a pass; True if every block is needed once more."""
        if self._statistics is None or self._moments is not None:
            return False
        if self._kept is not None:
            again = not self._find_among_few()
            while again:
                for block in self._kept:
                    self._count(*block)
                again = self._settle()
            if self.reason == "":
                for block in self._kept:
                    self._add_rescaled(*block)
            self._kept = []
            return False
        return self._settle() or self.reason == ""

    @property
    def reason(self) -> str:
        """Why the images cannot be rescaled, if so; the names stand as {1} and {2}."""
        for who, limits in zip("12", self._limits, strict=False):
            low, high = limits
            if not high > low:
                return (
                    f"{{{who}}} cannot be rescaled: its percentiles "
                    f"{self.percentiles.low:g} and {self.percentiles.high:g} are both "
                    f"{low:g}"
                )
        return ""

    @property
    def moments(self) -> Moments:
        """Moments of the rescaled pair.

        Raises
        ------
        Undefined
            If there is no pixel, or an image cannot be rescaled.
        """
        if self.reason:
            raise Undefined(self.reason)
        if self._moments is None:
            raise Undefined("no pixel is compared")
        return self._moments

    @property
    def note(self) -> str:
        """What was done, with the percentiles found; "" where nothing was."""
        if self._moments is None:
            return ""
        (a, b), (c, d) = self._limits
        return (
            f"{RESCALED}, from percentiles "
            f"{self.percentiles.low:g} and {self.percentiles.high:g} "
            f"({a:g}...{b:g} and {c:g}...{d:g})"
        )

    def _count(self, x: Array, y: Array) -> None:
        assert self._statistics is not None  # set by the first block
        for statistics, values in zip(self._statistics, (x, y), strict=True):
            if statistics not in self._settled:
                statistics.add(values)

    def _find_among_few(self) -> bool:
        """Find the percentiles of a small region, which are quicker sorted."""
        assert self._statistics is not None and self._kept  # set by the first block
        n = sum(x.size for x, _ in self._kept)
        if not 0 < n <= _FEW:
            return False
        for k, statistics in enumerate(self._statistics):
            blocks = [block[k] for block in self._kept]
            statistics.find(blocks[0] if len(blocks) == 1 else np.concatenate(blocks))
        self._limits = [statistics.values for statistics in self._statistics]
        return True

    def _settle(self) -> bool:
        assert self._statistics is not None  # set by the first block
        for statistics in self._statistics:
            if statistics not in self._settled and not statistics.end_pass():
                self._settled.append(statistics)
        if len(self._settled) < len(self._statistics):
            return True
        self._limits = [statistics.values for statistics in self._statistics]
        return False

    def _add_rescaled(self, x: Array, y: Array) -> None:
        for start in range(0, x.size, CHUNK):
            part = slice(start, start + CHUNK)
            scaled = (
                _scaled(values[part], *limits)
                for values, limits in zip((x, y), self._limits, strict=True)
            )
            self._moments = merge(self._moments, moments(*scaled))


def _scaled(values: Array, low: Any, high: Any) -> Array:
    """Values from low...high to 0...1, in float64."""
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
        if max(abs(low), abs(high)) > _HUGE:
            values, low, high = values / 4, low / 4, high / 4
        with np.errstate(over="ignore"):  # an outlier may end beyond float64
            share: Array = (values - low) / (high - low)
            return share
    if values.dtype.itemsize < 8:  # noqa: PLR2004 - fits float64 as it is
        above = values.astype(np.float64) - float(low)
    else:  # float64 cannot tell neighbours of 2**63 apart: subtract as integers
        unsigned, mask = values.astype(np.uint64), (1 << 64) - 1
        up, down = unsigned - np.uint64(low & mask), np.uint64(low & mask) - unsigned
        above = np.where(values >= low, up.astype(float), -down.astype(float))
    scaled: Array = above / float(high - low)
    return scaled
