"""Every metric with a closed formula, in exact fractions: nothing of similij.

Beside each number stands how far from it one in float64 may be: some units in the last
place of the terms that the formula subtracts, and not of the difference. Where an image
is one of integers and so is the other, there is no such excuse.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from truth import root

_FLOATS = Fraction(1, 10**12)
"""Of floats: the 1e-12 that results may depend on tiles, and so on rounding."""

_INTEGERS = Fraction(1, 10**15)
"""Of integers: a few units of float64's last place."""

_FIT = Fraction(1, 10**7)
"""Of what a fit leaves, in spreads of image 2: the catalogue's caveat says so."""

_LIMIT = Fraction(196, 100)


class Right(NamedTuple):
    """A number, rounded once, and how far off a right one may be; None: no number."""

    value: float | None
    within: float = 0.0


def exact_values(image: np.ndarray) -> list[Fraction]:
    """Return each pixel as a fraction; no integer goes through a float."""
    return [Fraction(v) for v in image.ravel().tolist()]


def rounded(value: Fraction | Decimal) -> float:
    """Return the nearest float; infinite where it is beyond."""
    if isinstance(value, Fraction):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return float(value)


def _root(value: Fraction) -> Fraction:
    return Fraction(root(value)) if value > 0 else Fraction(0)


def data_range(x: np.ndarray, y: np.ndarray, xs: list[Fraction]) -> Fraction | None:
    """Return the larger type's span of two integer images; else what image 1 spans."""
    spans = []
    for image in (x, y):
        if image.dtype.kind == "f":
            return (max(xs) - min(xs)) or None
        if image.dtype.kind == "b":
            spans.append(1)
        else:
            bits = 8 * image.dtype.itemsize
            spans.append(2**bits - 1)
    return Fraction(max(spans))


def of_pair(x: np.ndarray, y: np.ndarray) -> dict[str, Right]:
    """Work out the metrics of two images without NaN and infinity."""
    xs, ys = exact_values(x), exact_values(y)
    floats = "f" in (x.dtype.kind, y.dtype.kind)
    eps = _FLOATS if floats else _INTEGERS
    out: dict[str, Right] = {}

    def add(name: str, value: Any, scale: Any = None, share: Fraction = eps) -> None:
        # `scale` in units of the number; else the number itself
        if value is None:
            out[name] = Right(None)
            return
        size = abs(value) if scale is None else scale
        out[name] = Right(rounded(value), rounded(Fraction(size) * share))

    sums = _Sums.of(xs, ys, floats)
    _differences(add, sums, max(xs) - min(xs))
    _fits(add, sums, eps)
    _likeness(add, sums, xs, ys)
    _manders(add, xs, ys)
    _ranks(add, xs, ys, sums.xx > 0 and sums.yy > 0)
    reach = data_range(x, y, xs)
    out["psnr"] = Right(None)
    if reach and sums.total:
        value = 20 * (_decimal(reach) / _decimal(sums.rms)).log10()
        out["psnr"] = Right(float(value), 1e-11)
    return out


class _Sums(NamedTuple):
    """What formulas are made of; `spread` is 0 of integers, which nothing rounds."""

    n: int
    mx: Fraction
    my: Fraction
    xx: Fraction
    yy: Fraction
    xy: Fraction
    d: list[Fraction]
    bias: Fraction
    total: Fraction
    rms: Fraction
    spread: Fraction

    @classmethod
    def of(cls, xs: list[Fraction], ys: list[Fraction], floats: bool) -> _Sums:
        n = len(xs)
        mx, my = sum(xs) / n, sum(ys) / n
        dx, dy = [a - mx for a in xs], [b - my for b in ys]
        d = [b - a for a, b in zip(xs, ys, strict=True)]
        xx, yy = Fraction(sum(a * a for a in dx)), Fraction(sum(b * b for b in dy))
        xy = Fraction(sum(a * b for a, b in zip(dx, dy, strict=True)))
        total = Fraction(sum(v * v for v in d))
        # Floats are summed image by image, so their spread counts for the bias, too.
        spread = _root(xx / n) + _root(yy / n) if floats else Fraction(0)
        return cls(
            n, mx, my, xx, yy, xy, d, sum(d) / n, total, _root(total / n), spread
        )

    @property
    def dd(self) -> Fraction:
        return self.total - self.n * self.bias**2


def _differences(add: Any, s: _Sums, span: Fraction) -> None:
    far = max(map(abs, s.d))
    add("rmsd", s.rms)
    add("mean_difference", sum(map(abs, s.d)) / s.n)
    add("bias", s.bias, far + s.spread)
    add("max_difference", far)
    add("nrmsd_mean", s.rms / s.mx if s.mx > 0 else None)
    add("nrmsd_std", _root(s.total / s.xx) if s.xx else None)
    add("nrmsd_range", s.rms / span if span else None)
    reach = _LIMIT * _root(s.dd / (s.n - 1))
    add("agreement_low", s.bias - reach, far + s.spread)
    add("agreement_high", s.bias + reach, far + s.spread)


def _fits(add: Any, s: _Sums, eps: Fraction) -> None:
    steep = 1 + s.spread / s.rms if s.total else 1
    add("bias_share", s.n * s.bias**2 / s.total if s.total else None, steep)
    if not s.xx:
        for name in (
            "gain", "offset", "rmsd_after_fit", "gain_share", "scatter_share",
            "orthogonal_gain", "orthogonal_offset",
        ):  # fmt: skip
            add(name, None)
        return
    gain, ratio = s.xy / s.xx, _root(s.yy / s.xx)
    rest, by_gain = s.yy - s.xy**2 / s.xx, (s.xy - s.xx) ** 2 / s.xx
    add("gain", gain, ratio + abs(gain))
    sizes = abs(s.my) + (ratio + abs(gain)) * abs(s.mx)
    add("offset", s.my - gain * s.mx, sizes)
    # Of integers it is exact; of floats what is left of the subtraction.
    left = _root(rest / s.n)
    within = left if eps is _INTEGERS else _root(s.yy / s.n) * _FIT / eps
    add("rmsd_after_fit", left, within)
    add("gain_share", by_gain / s.total if s.total else None, steep)
    add("scatter_share", rest / s.total if s.total else None, steep)
    _orthogonal(add, s.xx, s.yy, s.xy, s.mx, s.my)


def _likeness(add: Any, s: _Sums, xs: list[Fraction], ys: list[Fraction]) -> None:
    both = s.xx > 0 and s.yy > 0
    add("pearson", s.xy / _root(s.xx * s.yy) if both else None, 1)
    square_x, square_y = sum(a * a for a in xs), sum(b * b for b in ys)
    cross = sum(a * b for a, b in zip(xs, ys, strict=True))
    lit = square_x > 0 and square_y > 0
    add("overlap", cross / _root(square_x * square_y) if lit else None, 1)
    sides = (
        ((a > s.mx) - (a < s.mx)) * ((b > s.my) - (b < s.my))
        for a, b in zip(xs, ys, strict=True)
    )
    counts = Counter(sides)
    same, opposite = counts[1], counts[-1]
    counted = both and same + opposite > 0
    add("icq", Fraction(same, same + opposite) - Fraction(1, 2) if counted else None, 1)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _orthogonal(add: Any, xx: Any, yy: Any, xy: Any, mx: Any, my: Any) -> None:
    apart = yy - xx
    if xy == 0 and apart >= 0:
        add("orthogonal_gain", None)
        add("orthogonal_offset", None)
        return
    long = _root(apart**2 + 4 * xy**2)
    # the two forms of the root; neither cancels
    slope = 2 * xy / (long - apart) if apart <= 0 else (apart + long) / (2 * xy)
    # An error of the sums turns the line by an angle, the more the rounder the cloud.
    turn = (xx + yy + abs(xy)) / long
    steep = (1 + slope * slope) * turn
    if xy:
        # of a small covariance it is the relative error that counts
        steep = min(steep, abs(slope) * turn * (1 + _root(xx * yy) / abs(xy)))
    add("orthogonal_gain", slope, steep)
    add("orthogonal_offset", my - slope * mx, abs(my) + (abs(slope) + steep) * abs(mx))


def _manders(add: Any, xs: list[Fraction], ys: list[Fraction]) -> None:
    for name, one, other in (("manders_m1", xs, ys), ("manders_m2", ys, xs)):
        total = sum(one)
        if min(one) < 0 or total == 0:
            add(name, None)
            continue
        add(name, sum(v for v, w in zip(one, other, strict=True) if w > 0) / total)


def _ranks(add: Any, xs: Any, ys: Any, both: bool) -> None:
    if not both:
        add("spearman", None)
        add("kendall", None)
        return

    def ranks(values: Any) -> list[int]:
        # doubled, from below and above, so that equal ones share
        return [sum((v > w) - (v < w) for w in values) for v in values]

    a, b = ranks(xs), ranks(ys)
    cross = sum(p * q for p, q in zip(a, b, strict=True))
    add(
        "spearman",
        cross / _root(Fraction(sum(p * p for p in a) * sum(q * q for q in b))),
        1,
    )
    alike = tied_x = tied_y = pairs = 0
    for k in range(len(xs)):
        for m in range(k):
            p = (xs[k] > xs[m]) - (xs[k] < xs[m])
            q = (ys[k] > ys[m]) - (ys[k] < ys[m])
            alike += p * q
            tied_x += p == 0
            tied_y += q == 0
            pairs += 1
    add("kendall", alike / _root(Fraction((pairs - tied_x) * (pairs - tied_y))), 1,
        _FLOATS)  # fmt: skip
