"""Find the scale that each image is brought to, in a first pass over its pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.exact import means, parts
from ..moments.moments import IntegerMoments, Moments, check_varies, merge
from ..moments.of_arrays import moments
from ..moments.percentiles import OrderStatistics, Percentiles
from ..moments.wide import less

_FEW = 1 << 16
"""Pixels of a region up to which sorting is faster than counting digits."""

_HUGE = 1e307
"""Values this large are divided by 4 (which is exact), so that their span, up to twice
the largest float, is finite."""


@dataclass(frozen=True)
class Standard:
    """Rescaling by moments: "zscore", or "linear" (image 1 fitted to image 2).

    Examples
    --------
    >>> str(Standard("zscore"))
    'zscore'
    """

    word: str

    def __str__(self) -> str:
        return self.word


class ByPercentiles:
    """Bring each image from its low and high percentile to 0...1."""

    def __init__(
        self, percentiles: Percentiles, x: np.dtype[Any], y: np.dtype[Any]
    ) -> None:
        self._percentiles = percentiles
        self._statistics = tuple(
            OrderStatistics(t.newbyteorder("="), percentiles) for t in (x, y)
        )
        self._settled: list[OrderStatistics] = []
        self._limits: list[list[Any]] = []

    @property
    def known(self) -> bool:
        """Whether the percentiles have been found."""
        return bool(self._limits)

    def add(self, x: Array, y: Array) -> None:
        """Count a block."""
        for statistics, values in zip(self._statistics, (x, y), strict=True):
            if statistics not in self._settled:
                statistics.add(values)

    def end_pass(self) -> bool:
        """Settle a digit; True if the same blocks are needed once more."""
        for statistics in self._statistics:
            if statistics not in self._settled and not statistics.end_pass():
                self._settled.append(statistics)
        if len(self._settled) < len(self._statistics):
            return True
        self._limits = [statistics.values for statistics in self._statistics]
        return False

    def settle(self, blocks: list[tuple[Array, Array]]) -> None:
        """Find the percentiles of blocks that are all there is."""
        n = sum(x.size for x, _ in blocks)
        self.take(
            *(
                limits_of(statistics, lambda k=k: (block[k] for block in blocks), n)  # type: ignore[misc]
                for k, statistics in enumerate(self._statistics)
            )
        )

    def take(self, first: list[Any], second: list[Any]) -> None:
        """Settle on percentiles that are known: low and high, of both images."""
        self._limits = [first, second]

    @property
    def reason(self) -> str:
        """Why the images cannot be rescaled, if so; the names stand as {1} and {2}."""
        for who, limits in zip("12", self._limits, strict=False):
            low, high = limits
            if not high > low:
                ends = f"{self._percentiles.low:g} and {self._percentiles.high:g}"
                return (
                    f"{{{who}}} cannot be rescaled: its percentiles {ends} are both "
                    f"{low:g}"
                )
        return ""

    @property
    def note(self) -> str:
        """The percentiles that were found, in words."""
        (a, b), (c, d) = self._limits
        return (
            f", from percentiles {self._percentiles.low:g} and "
            f"{self._percentiles.high:g} ({a:g}...{b:g} and {c:g}...{d:g})"
        )

    def scaled(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Rescale a block of both images, in float64."""
        return self.scaled_first(x), _between(y, *self._limits[1])

    def scaled_first(self, x: Array) -> Array:
        """Rescale a block of image 1, in float64."""
        return _between(x, *self._limits[0])


class ByMoments:
    """Bring each image to z-scores, or fit image 1 to image 2."""

    def __init__(self, how: Standard) -> None:
        self._linear = how.word == "linear"
        self._first: Moments | None = None
        self.known = False
        self.reason = ""
        self.note = ""
        self._origins: tuple[Any, Any] = (0, 0)
        self._gains = (1.0, 1.0)
        self._offsets = (0.0, 0.0)

    def add(self, x: Array, y: Array) -> None:
        """Sum up a block."""
        self._first = merge(self._first, moments(x, y))

    def end_pass(self) -> bool:
        """Work out the scales; one pass is enough."""
        assert self._first is not None  # there was a block
        self.take(self._first)
        return False

    def take(self, summed: Moments) -> None:
        """Work out the scales from moments of all that there is."""
        self.known = True
        try:
            self._fit(summed)
        except Undefined as reason:
            self.reason = f"{reason} (rescale)"

    def settle(self, blocks: list[tuple[Array, Array]]) -> None:
        """Work out the scales of blocks that are all there is."""
        for block in blocks:
            self.add(*block)
        self.end_pass()

    def scaled(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Rescale a block of both images, in float64."""
        return self.scaled_first(x), self._scaled(y, 1)

    def scaled_first(self, x: Array) -> Array:
        """Rescale a block of image 1, in float64."""
        return self._scaled(x, 0)

    def _scaled(self, values: Array, k: int) -> Array:
        scaled: Array = less(values, self._origins[k]) * self._gains[k]
        return scaled + self._offsets[k]

    def _fit(self, summed: Moments) -> None:
        sums = parts(summed)
        what = "a fit" if self._linear else "a z-score"
        check_varies(summed, what, "1" if self._linear else "12")
        mean_x, mean_y = means(summed)
        # Origins that the pixels less them are exact of: whole ones, of integers. What
        # the mean is beyond them goes into the offset, where it is rounded once.
        whole = isinstance(summed, IntegerMoments)
        ox, oy = (math.floor(m) if whole else float(m) for m in (mean_x, mean_y))
        self._origins = ox, oy
        if self._linear:
            gain = sums.xy / sums.xx
            offset = sums.mean_y - gain * sums.mean_x
            # Both images less the origin of image 2, which no difference depends on: of
            # pixels far from 0 that leaves more digits for what varies.
            self._gains = (float(gain), 1.0)
            beyond_x, beyond_y = mean_x - Fraction(ox), mean_y - Fraction(oy)
            self._offsets = (float(beyond_y - gain * beyond_x), 0.0)
            self.note = f" ({float(gain):.6g}·x {float(offset):+.6g})"
            return
        spreads = [math.sqrt(v / sums.n) for v in (sums.xx, sums.yy)]
        self._gains = (1 / spreads[0], 1 / spreads[1])
        a, b = (
            float(Fraction(o) - m) / s
            for o, m, s in zip((ox, oy), (mean_x, mean_y), spreads, strict=True)
        )
        self._offsets = (a, b)
        each = [
            f"{float(m):.6g} ± {s:.6g}"
            for m, s in zip((mean_x, mean_y), spreads, strict=True)
        ]
        self.note = f" (mean ± standard deviation: {each[0]} and {each[1]})"


Scales: TypeAlias = ByPercentiles | ByMoments


def limits_of(
    statistics: OrderStatistics, blocks: Callable[[], Iterable[Array]], n: int
) -> list[Any]:
    """Find percentiles of n values, in blocks that can be walked through again."""
    # Few values are sorted: counting digits first empties 65,536 counters a pass.
    if 0 < n <= _FEW:
        values = [*blocks()]
        statistics.find(values[0] if len(values) == 1 else np.concatenate(values))
        return statistics.values
    again = True
    while again:
        for block in blocks():
            statistics.add(block)
        again = statistics.end_pass()
    return statistics.values


def _between(values: Array, low: Any, high: Any) -> Array:
    """Bring values from low...high to 0...1, in float64."""
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
        if max(abs(low), abs(high)) > _HUGE:
            values, low, high = values / 4, low / 4, high / 4
    with np.errstate(over="ignore"):  # an outlier may end beyond float64
        share: Array = less(values, low) / float(high - low)
    return share
