"""Find thresholds of both images: Costes' method, those of scikit-image, given ones.

Costes' thresholds go down the orthogonal line until nothing is correlated below. They
are found exactly, where others step through gray values: a pixel changes sides at one
place on the line, and running sums in that order give R at every place. Of 8 and 16
bits sums by place are counted; of others sums by part of the line tell in which few
parts R can become 0, and the pixels of these alone are sorted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..ground.errors import Undefined
from ..ground.names import shown
from ..ground.optional import needed
from ..ground.types import Array
from ..moments.exact import means
from ..moments.kernels.colocalization import (
    extremes_at_key,
    extremes_at_place,
    sums_by_bin,
    sums_by_place,
)
from ..moments.kernels.parts import BLOCK, on_threads, one_each
from ..moments.moments import Moments, check_varies
from ..moments.powers import power_of, power_of_number, scaled
from ..moments.wide import held, is_narrow, less
from .above import native
from .pixels import Pixels
from .regression import orthogonal_line

_SURE = 1e-9
"""A covariance smaller than this part of its terms is worked out anew, exactly.

Its sign alone matters, and float64 has it for sure where the terms do not cancel; so
Python's slow integers are needed for a few places only.
"""

_BINS = 1 << 14
"""Parts of the line: their sums are 0.8 MB, and stay near a processor."""

_SHARES = 8
"""Shares of the pixels, each with sums of its own: so many whatever there are of
threads, which no sum then depends on."""


@dataclass(frozen=True)
class ThresholdPair:
    """Hold a threshold for each image, and the line that they lie on, if any."""

    x: float
    y: float
    gain: float = math.nan
    offset: float = math.nan


def costes(pixels: Pixels) -> ThresholdPair:
    """Find Costes' thresholds of the compared pixels.

    Raises
    ------
    Undefined
        If there are none: see `threshold.threshold`.
    """
    what = "Costes' threshold"
    check_varies(pixels.moments, what)
    gain, line_offset = (float(v) for v in orthogonal_line(pixels.moments, what))
    offset = line_offset
    if not gain > 0:
        raise Undefined(
            f"no Costes threshold: the slope of the regression line is {gain:.4g}, and "
            "must be above 0"
        )
    x, y = pixels.values
    if is_narrow(x.dtype) and is_narrow(y.dtype):
        return ThresholdPair(
            *_counted(x, y, gain, offset, pixels.moments), gain, offset
        )
    far_x, far_y = _far_origins(x, y, pixels.moments)
    if far_x or far_y:
        # The line where it passes the origins: of pixels far from 0 its own offset is
        # a difference of large numbers.
        mean_x, mean_y = means(pixels.moments)
        offset = float(mean_y - far_y - Fraction(gain) * (mean_x - far_x))
    tx, ty = _sorted(x, y, _Line(gain, offset, far_x, far_y), pixels.moments)
    if not (far_x or far_y):
        return ThresholdPair(tx, ty, gain, offset)
    return ThresholdPair(_back(tx, far_x), _back(ty, far_y), gain, line_offset)


def _some(place: int | None) -> int:
    if place is None:
        raise Undefined(
            "no Costes threshold: R of the pixels below stays above 0 all the way"
        )
    return place


def _on_the_side(ty: float, below: Array, rest: float) -> float:
    """Move a threshold so that rounding on the line puts no pixel on the other side."""
    if below.size:
        ty = max(ty, float(below.max()))
    return min(ty, math.nextafter(rest, -math.inf))


def _counted(
    x: Array, y: Array, gain: float, offset: float, moments: Moments
) -> tuple[float, float]:
    """Find the thresholds of pixels of few values: by tables of these, without a sort.

    What each value is on the line is the same number as of each pixel, and so is all
    that follows: sums by place on the line are those of pixels in order.
    """
    low = [int(t.min()) for t in (x, y)]
    levels = [np.arange(a, int(t.max()) + 1) for a, t in zip(low, (x, y), strict=True)]
    along = (levels[0].astype(np.float64), (levels[1] - offset) / gain)
    keys, places = np.unique(np.concatenate(along), return_inverse=True)
    tables = np.split(places.reshape(-1).astype(np.int32), [levels[0].size])
    middle = round(moments.mean_x), round(moments.mean_y)
    origins = np.array([*low, *middle])
    x, y = native(x), native(y)
    parts = one_each(x.size)

    def sum_up(part: slice) -> Array:
        sums = np.zeros((keys.size, 4), np.int64)
        sums_by_place(x[part], y[part], *tables, origins, sums)
        return sums

    sums = reduce(np.add, on_threads(sum_up, parts))
    taken = np.flatnonzero(sums[:, 0])
    n, sa, sb, sab = np.cumsum(sums[taken], axis=0).T
    place = int(taken[_some(_falls(n, sa, sb, sab, exact=True))])
    tx = float(keys[place])
    min_x, max_x, min_y, max_y, by_y, rest = _reach(
        on_threads(
            lambda part: extremes_at_place(
                x[part], y[part], *tables, origins, place, tx
            ),
            parts,
        )
    )
    if min_x == max_x or min_y == max_y:
        _some(None)
    below = np.array([by_y] if by_y >= low[1] else [])
    return tx, _on_the_side(gain * tx + offset, below, float(rest))


class _Line(NamedTuple):
    """The line of the thresholds, and whole numbers that pixels are counted from."""

    gain: float
    offset: float
    far_x: int
    far_y: int

    def along(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Return pixels from their origins, and where they are on the line."""
        near_x, near_y = less(x, self.far_x), less(y, self.far_y)
        return near_x, near_y, self.keys(near_x, near_y)

    def keys(self, near_x: Array, near_y: Array) -> Array:
        """Return up to which threshold of x pixels are not above both."""
        # that is while x, or y read off the line, is not above it
        keys: Array = np.minimum(near_x, (near_y - self.offset) / self.gain)
        return keys


class _Centred(NamedTuple):
    """How pixels are counted from their means, for sums that do not cancel.

    Without it, the running sums of a bright background would be the difference of two
    that are large and nearly equal. The powers of two leave the sign as it is.
    """

    means: tuple[Fraction | int, ...]
    powers: tuple[int, ...]

    def __call__(self, x: Array, y: Array) -> tuple[Array, Array]:
        a, b = (
            scaled(less(t, m), power)
            for t, m, power in zip((x, y), self.means, self.powers, strict=True)
        )
        return a, b


def _sorted(x: Array, y: Array, line: _Line, moments: Moments) -> tuple[float, float]:
    """Find the thresholds by sums of the parts of the line, and a sort of a few parts.

    The sums before a part, and its own, bound how far the covariance can fall within
    it. So only those parts are opened in which it may become 0 or less, above the last
    one at whose end it is that for sure.
    """
    ends = [np.array([t.min(), t.max()], t.dtype) for t in (x, y)]
    centre = tuple(means(moments))
    spans = [less(t, m) for t, m in zip(ends, centre, strict=True)]
    powers = tuple(power_of_number(float(np.abs(t).max())) for t in spans)
    centred = _Centred(centre, powers)
    low, high = (float(v) / 2 for v in line.along(*ends)[2])
    width = high - low
    even = 0 < width < math.inf
    bins = np.zeros(x.size, np.uint16)

    def sum_up(share: slice) -> Array:
        sums = np.zeros((_BINS, 6))
        for part in _pieces(share):
            keys = line.along(x[part], y[part])[2]
            if even:
                keys *= 0.5  # the width of all may be beyond float64
                keys -= low
                keys /= width
                keys *= _BINS - 1
                bins[part] = keys
            sums_by_bin(bins[part], *centred(x[part], y[part]), sums)
        return sums

    shares = _shares(x.size)
    own = np.sum(on_threads(sum_up, shares), axis=0)
    before = np.cumsum(own, axis=0) - own
    chosen = np.flatnonzero(_may_fall(own)[bins])
    keys = line.along(x[chosen], y[chosen])[2]
    order = np.argsort(keys, kind="stable")
    keys, chosen = keys[order], chosen[order]
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], True))  # of equal ones
    a, b = centred(x[chosen], y[chosen])
    within = bins[chosen]
    first = np.searchsorted(within, within[last])
    sums = []
    for column, t in enumerate((np.ones(a.size), a, b, a * b)):
        running = np.concatenate([[0.0], np.cumsum(t)])
        sums.append(before[within[last], column] + running[last + 1] - running[first])
    place = _some(_falls(*sums, exact=False))
    tx = float(keys[last[place]])

    def reach(share: slice) -> list[tuple[float, ...]]:
        return [
            extremes_at_key(*line.along(x[part], y[part]), tx)
            for part in _pieces(share)
        ]

    min_x, max_x, min_y, max_y, by_y, rest = _reach(chain(*on_threads(reach, shares)))
    if min_x == max_x or min_y == max_y:
        _some(None)
    below = np.array([by_y] if by_y > -math.inf else [])
    return tx, _on_the_side(line.gain * tx + line.offset, below, rest)


def _reach(parts: Iterable[tuple[float, ...]]) -> list[float]:
    """Return what all parts of the pixels reach: smallest, largest, as loops do."""
    ends = (min, max, min, max, max, min)
    return [end(each) for end, each in zip(ends, zip(*parts, strict=True), strict=True)]


def _shares(size: int) -> list[slice]:
    step = max(-(-size // _SHARES), BLOCK)
    return [slice(k, min(k + step, size)) for k in range(0, size, step)]


def _pieces(share: slice) -> list[slice]:
    """Cut a share into pieces that stay near a processor while all is done to them."""
    starts = range(share.start, share.stop, BLOCK // 2)
    return [slice(k, min(k + BLOCK // 2, share.stop)) for k in starts]


def _may_fall(own: Array) -> Array:
    """Say of which parts pixels must be looked at, by the sums of each.

    With a and b counted from the means of what is before a part, pixels of it change
    Σab by at most √(Σa²·Σb²), and what is taken off for the means by at most as much.
    """
    n, saa, sbb = own[:, [0, 4, 5]].T
    until = np.cumsum(own[:, :4], axis=0)
    start = until - own[:, :4]
    with np.errstate(invalid="ignore", divide="ignore"):
        begins, unsure = _covariance(*start.T)
        mean_a, mean_b = start[:, 1] / start[:, 0], start[:, 2] / start[:, 0]
        # (a - m)² is at most 2·a² + 2·m², which rounding cannot take below 0
        change = 4 * np.sqrt((saa + n * mean_a**2) * (sbb + n * mean_b**2))
        safe = begins - unsure > change  # NaN, of nothing before, is not
        ends, unsure = _covariance(*until.T)
    fallen = np.flatnonzero((n > 0) & (ends < -unsure))
    may: Array = (n > 0) & ~safe
    may[: fallen[-1] if fallen.size else 0] = False
    return may


def _far_origins(x: Array, y: Array, moments: Moments) -> tuple[int, int]:
    """Return whole numbers near pixels that float64 cannot take from 0; else 0 each."""
    floors = map(math.floor, means(moments))
    first, second = (
        0 if held(t) else floor for t, floor in zip((x, y), floors, strict=True)
    )
    return first, second


def _back(limit: float, origin: int) -> float:
    """Return a threshold counted from 0: of integers far from there a whole number."""
    if not origin:
        return limit
    # Above 4.5 is above 4, and a float near 2⁶³ would be neither.
    return math.floor(Fraction(limit) + origin)


def _falls(n: Array, sa: Array, sb: Array, sab: Array, *, exact: bool) -> int | None:
    """Return the last place at which running sums have a covariance not above 0."""
    covariance, unsure = _covariance(n, sa, sb, sab)
    positive = covariance > 0
    if exact:
        for k in np.flatnonzero(np.abs(covariance) <= unsure).tolist():
            positive[k] = int(n[k]) * int(sab[k]) > int(sa[k]) * int(sb[k])
    falls = np.flatnonzero(~positive)
    return int(falls[-1]) if falls.size else None


def _covariance(n: Array, sa: Array, sb: Array, sab: Array) -> tuple[Array, Array]:
    """Return covariances of running sums, times n, and how small is unsure."""
    by_means = sa.astype(np.float64) * sb / n
    return sab - by_means, _SURE * (np.abs(sab) + np.abs(by_means))


Method: TypeAlias = str | tuple[float, float]


BY_HISTOGRAM = ("otsu", "li", "yen", "isodata", "triangle", "mean", "minimum")
"""Methods of scikit-image, by the name of skimage.filters.threshold_NAME."""


_LEVELS = 1 << 16
"""Integers that span more levels than this get a histogram of 256 bins, as floats.

scikit-image gives integers a bin for each level, which of 32 bits is no histogram any
more, and may be more bins than memory.
"""


def parse_method(method: Any) -> Method:
    """Read a method of thresholding.

    Raises
    ------
    ValueError
        If it is none.
    """
    names = ("costes", "none", *BY_HISTOGRAM)
    if isinstance(method, str):
        if method in names:
            return method
    elif isinstance(method, (tuple, list)) and len(method) == 2:  # noqa: PLR2004
        try:
            first, second = map(_number, method)
        except (TypeError, ValueError, OverflowError):
            first = second = math.nan
        if not (math.isnan(first) or math.isnan(second)):
            return first, second
    raise ValueError(
        f"method is {shown(method)}: it must be one of {', '.join(names)}, or two "
        "thresholds."
    )


def parse_thresholds(value: Any) -> tuple[float, float]:
    """Read thresholds of one's own: a number for both images, or one for each.

    Raises
    ------
    ValueError
        If they are no one or two numbers.

    Examples
    --------
    >>> parse_thresholds("500, 0.5"), parse_thresholds(7)
    ((500, 0.5), (7, 7))
    """
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, (int, float, np.number)):
        parts = [parts]
    try:
        numbers = [_number(part) for part in parts]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    if len(numbers) not in (1, 2) or any(math.isnan(number) for number in numbers):
        raise ValueError(
            f"thresholds is {shown(value)}: it must be a number for both images, or "
            "one for each, e.g. 500,800."
        )
    return numbers[0], numbers[-1]


def _number(part: Any) -> float:
    """Return a whole number as such, and others as floats, if float64 reaches so far.

    A float has not all the digits of 64 bits.
    """
    if isinstance(part, bool):
        raise ValueError
    if isinstance(part, str):
        part = part.strip()
        part = int(part) if part.lstrip("+-").isdigit() else float(part)
    number = float(part)
    return int(part) if isinstance(part, (int, np.integer)) else number


def find(pixels: Pixels, method: Method) -> ThresholdPair:
    """Find the thresholds of the compared pixels.

    Raises
    ------
    Undefined
        If there are none.
    """
    method = parse_method(method)
    if isinstance(method, tuple):
        return ThresholdPair(*method)
    if method == "none":
        return ThresholdPair(0.0, 0.0)
    name = method
    return pixels.once(
        ("threshold", name),
        lambda: costes(pixels) if name == "costes" else _by_histogram(pixels, name),
    )


def _by_histogram(pixels: Pixels, method: str) -> ThresholdPair:
    filters = needed("skimage.filters", f"The threshold {method!r}")
    check_varies(pixels.moments, f"The threshold {method!r}")

    def limit_of(values: Array) -> float:
        low = 0 if values.dtype.kind == "f" else int(values.min())
        wide = values.dtype.kind == "f" or int(values.max()) - low > _LEVELS
        origin = 0 if held(values) else low
        power = power_of(values)
        if wide:
            levels = scaled(less(values, origin), power)
        else:  # few integers, which are subtracted as what they are
            levels = values - values.dtype.type(origin) if origin else values
        try:
            limit = getattr(filters, f"threshold_{method}")(levels)
        except RuntimeError as error:  # "minimum" needs two maxima
            raise Undefined(f"no threshold {method!r}: {error}") from None
        return _back(math.ldexp(float(limit), power), origin)

    return ThresholdPair(*on_threads(limit_of, [*pixels.values]))
