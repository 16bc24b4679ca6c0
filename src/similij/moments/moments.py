"""Hold, merge and check the moments of an image pair, of which metrics are made.

A `Moments` object describes a set of pixel pairs: how many there are, their means, sums
of squares and products about the means, and sums of differences. Moments of two sets
merge into those of their union, so that blocks, planes, tiles and machines can each do
a part. Integers are summed exactly, in integers, and never rounded before the last
division; floats are summed in float64 about the mean of a block and merged with the
pairwise update of Chan, Golub and LeVeque (1983, doi:10.1080/00031305.1983.10483115).

Not here: how arrays are read (`of_arrays`), which pixels are compared (the wing
`regions`), what the numbers are called (the wing `metrics`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..ground.errors import Undefined


@dataclass(frozen=True, slots=True)
class IntegerMoments:
    """Exact sums over the pixel pairs of two integer images.

    Attributes
    ----------
    n : int
        Pixel pairs compared.
    sum_x, sum_y, sum_xx, sum_yy, sum_xy, sum_abs : int
        Σx, Σy, Σx², Σy², Σxy and Σ|x-y|: Python integers, of any size.
    """

    n: int = 0
    sum_x: int = 0
    sum_y: int = 0
    sum_xx: int = 0
    sum_yy: int = 0
    sum_xy: int = 0
    sum_abs: int = 0

    excluded = 0
    infinite = 0

    def __add__(self, other: IntegerMoments) -> IntegerMoments:
        """Add up the moments of both sets of pixels."""
        return IntegerMoments(
            self.n + other.n,
            self.sum_x + other.sum_x,
            self.sum_y + other.sum_y,
            self.sum_xx + other.sum_xx,
            self.sum_yy + other.sum_yy,
            self.sum_xy + other.sum_xy,
            self.sum_abs + other.sum_abs,
        )

    @property
    def mean_x(self) -> float:
        """Mean of the first image."""
        return self.sum_x / self.n

    @property
    def mean_y(self) -> float:
        """Mean of the second image."""
        return self.sum_y / self.n

    @property
    def sum_sq(self) -> int:
        """Σ(x-y)²."""
        return self.sum_xx + self.sum_yy - 2 * self.sum_xy

    @property
    def deviations(self) -> tuple[int, int, int]:
        """Σ(x-x̄)², Σ(y-ȳ)² and Σ(x-x̄)(y-ȳ), each times n: integers, so exact."""
        return (
            self.n * self.sum_xx - self.sum_x * self.sum_x,
            self.n * self.sum_yy - self.sum_y * self.sum_y,
            self.n * self.sum_xy - self.sum_x * self.sum_y,
        )

    @property
    def constant(self) -> tuple[bool, bool]:
        """Whether the first, and whether the second image has one value only."""
        vx, vy, _ = self.deviations
        return vx == 0, vy == 0


@dataclass(frozen=True, slots=True)
class FloatMoments:
    """Moments over the pixel pairs of two images of floats, in float64.

    Attributes
    ----------
    n, excluded, infinite : int
        Pairs compared; pairs left out because one of them is NaN; pairs in which one is
        infinite, which leave every metric undefined.
    origin_x, origin_y : float
        Values taken off each image before summing, near its mean.
    offset_x, offset_y : float
        Means, counted from the origins.
    m2_x, m2_y, c_xy : float
        Σ(x-x̄)², Σ(y-ȳ)² and Σ(x-x̄)(y-ȳ).
    sum_abs, sum_sq : float
        Σ|x-y| and Σ(x-y)².
    only_x, only_y : float
        The one value that every pixel of an image has; NaN where values differ. An
        integer of 64 bits stays one, since floats of two such may be equal.
    """

    n: int = 0
    excluded: int = 0
    infinite: int = 0
    origin_x: float = 0.0
    origin_y: float = 0.0
    offset_x: float = 0.0
    offset_y: float = 0.0
    m2_x: float = 0.0
    m2_y: float = 0.0
    c_xy: float = 0.0
    sum_abs: float = 0.0
    sum_sq: float = 0.0
    only_x: float = math.nan
    only_y: float = math.nan

    def __add__(self, other: FloatMoments) -> FloatMoments:
        """Merge the moments of both sets of pixels (Chan, Golub & LeVeque 1983)."""
        excluded = self.excluded + other.excluded
        infinite = self.infinite + other.infinite
        if self.n == 0 or other.n == 0:
            kept = self if other.n == 0 else other
            return replace(kept, excluded=excluded, infinite=infinite)
        n = self.n + other.n
        share = other.n / n
        # Origins and offsets are subtracted apart: added up first, a large origin would
        # swallow the last digits of the offset, on which small variances depend.
        dx = (other.origin_x - self.origin_x) + (other.offset_x - self.offset_x)
        dy = (other.origin_y - self.origin_y) + (other.offset_y - self.offset_y)
        weight = self.n * share
        return FloatMoments(
            n,
            excluded,
            infinite,
            self.origin_x,
            self.origin_y,
            self.offset_x + dx * share,
            self.offset_y + dy * share,
            self.m2_x + other.m2_x + dx * dx * weight,
            self.m2_y + other.m2_y + dy * dy * weight,
            self.c_xy + other.c_xy + dx * dy * weight,
            self.sum_abs + other.sum_abs,
            self.sum_sq + other.sum_sq,
            self.only_x if self.only_x == other.only_x else math.nan,
            self.only_y if self.only_y == other.only_y else math.nan,
        )

    @property
    def mean_x(self) -> float:
        """Mean of the first image."""
        return self.origin_x + self.offset_x

    @property
    def mean_y(self) -> float:
        """Mean of the second image."""
        return self.origin_y + self.offset_y

    @property
    def deviations(self) -> tuple[float, float, float]:
        """Σ(x-x̄)², Σ(y-ȳ)² and Σ(x-x̄)(y-ȳ)."""
        return self.m2_x, self.m2_y, self.c_xy

    @property
    def constant(self) -> tuple[bool, bool]:
        """Whether the first, and whether the second image has one value only."""
        return not math.isnan(self.only_x), not math.isnan(self.only_y)


Moments: TypeAlias = IntegerMoments | FloatMoments


def merge(first: Moments | None, second: Moments) -> Moments:
    """Merge the moments of two disjoint sets of pixels of the same images.

    Examples
    --------
    >>> import numpy as np
    >>> from similij.moments.of_arrays import moments
    >>> x, y = np.array([1, 2, 3]), np.array([1, 3, 2])
    >>> halves = merge(moments(x[:2], y[:2]), moments(x[2:], y[2:]))
    >>> halves == moments(x, y)
    True
    """
    if first is None:
        return second
    if isinstance(first, IntegerMoments) and isinstance(second, IntegerMoments):
        return first + second
    if isinstance(first, FloatMoments) and isinstance(second, FloatMoments):
        return first + second
    raise TypeError("moments of integers and moments of floats cannot be merged.")


TOO_LARGE = (
    "values are too large for sums in float64: divide the images by a constant first"
)


TOO_ALIKE = (
    "values are too alike to square their differences in float64: multiply the images "
    "by a constant first"
)


SMALLEST_SQUARE = 1e-310
"""A mean square below this has lost digits: float64 ends near 1e-308."""


def check(moments: Moments) -> None:
    """Raise where no metric has a value.

    Raises
    ------
    Undefined
        If a pixel is infinite, or no pixel is compared.
    """
    # Infinite pairs are not in n: looked at first, so that an image of nothing else is
    # told what is wrong with its pixels, and not that it has none.
    if moments.infinite:
        pixels = "pixel is" if moments.infinite == 1 else "pixels are"
        raise Undefined(
            f"{moments.infinite} {pixels} infinite: every metric is undefined; mask "
            "them or give them a value"
        )
    if moments.n == 0:
        why = " (all pixels are NaN in one image)" if moments.excluded else ""
        raise Undefined(f"no pixel is compared{why}")


def check_varies(moments: Moments, what: str, images: str = "12") -> None:
    """Raise `Undefined` where image 1 or 2 (those named) has one value only."""
    means = (moments.mean_x, moments.mean_y)
    for constant, who, mean in zip(moments.constant, "12", means, strict=True):
        if constant and who in images:
            raise Undefined(
                f"{{{who}}} is constant here (every pixel is {mean:g}): "
                f"{what} is undefined"
            )


def check_squares(total: float, n: int) -> None:
    """Raise `Undefined` where a sum of squares left the range of float64.

    Sums of integers never do: they are Python integers.
    """
    if isinstance(total, int):
        return
    if not math.isfinite(total):
        raise Undefined(TOO_LARGE)
    if total < SMALLEST_SQUARE * n:
        raise Undefined(TOO_ALIKE)
