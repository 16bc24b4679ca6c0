"""The three metrics by exact arithmetic, of any finite numbers: nothing of similij.

Every float is a fraction with a power of two below; on a common denominator the sums
are sums of Python integers.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np


class Truth(NamedTuple):
    """Each number exact, then rounded once; R is NaN where an image is constant."""

    n: int
    pearson: float
    rmsd: float
    mean_difference: float


class Sums(NamedTuple):
    """n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|."""

    n: int
    x: Any
    y: Any
    xx: Any
    yy: Any
    xy: Any
    apart: Any


def sums(x: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None) -> Sums:
    """Return sums of Python integers or fractions."""
    if mask is not None:
        keep = np.broadcast_to(mask, np.shape(x))
        x, y = x[keep], y[keep]
    xs, ys = (
        [
            Fraction(v) if isinstance(v, float) else int(v)
            for v in image.ravel().tolist()
        ]
        for image in (x, y)
    )
    below = math.lcm(*(Fraction(v).denominator for v in (*xs, *ys)), 1)
    xs, ys = [int(v * below) for v in xs], [int(v * below) for v in ys]
    raw = (
        sum(xs),
        sum(ys),
        sum(v * v for v in xs),
        sum(w * w for w in ys),
        sum(v * w for v, w in zip(xs, ys, strict=True)),
        sum(abs(v - w) for v, w in zip(xs, ys, strict=True)),
    )
    powers = (1, 1, 2, 2, 2, 1)
    return Sums(
        len(xs), *(Fraction(s, below**p) for s, p in zip(raw, powers, strict=True))
    )


def root(value: Fraction) -> Decimal:
    """Return the square root to 80 digits."""
    with localcontext() as context:
        context.prec = 80
        return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def of_sums(s: Sums) -> Truth:
    """Return the metrics of sums."""
    vx, vy, cxy = s.n * s.xx - s.x**2, s.n * s.yy - s.y**2, s.n * s.xy - s.x * s.y
    r = math.nan
    if vx and vy:
        r = math.copysign(float(root(Fraction(cxy * cxy) / (vx * vy))), cxy)
    square = Fraction(s.xx + s.yy - 2 * s.xy) / s.n
    return Truth(s.n, r, float(root(square)), float(Fraction(s.apart) / s.n))


def metrics(x: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None) -> Truth:
    """Return the metrics of two images."""
    return of_sums(sums(np.asarray(x), np.asarray(y), mask))


def rescaled(x: np.ndarray, y: np.ndarray, low: Any = 1, high: Any = 99) -> Truth:
    """Return the metrics after each image went from its percentiles to 0...1."""
    scaled = []
    for image in (x, y):
        values = [Fraction(v) for v in np.asarray(image).ravel().tolist()]
        ordered = sorted(values)
        a, b = (
            ordered[
                min(math.floor(Fraction(str(p)) * len(ordered) / 100), len(values) - 1)
            ]
            for p in (low, high)
        )
        scaled.append([(v - a) / (b - a) for v in values])
    apart = [v - w for v, w in zip(*scaled, strict=True)]
    n = len(apart)
    return Truth(
        n,
        metrics(x, y).pearson,
        float(root(sum(d * d for d in apart) / n)),
        float(sum(map(abs, apart)) / n),
    )
