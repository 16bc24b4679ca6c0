"""Bring moments to the form that formulas want: exact fractions, or floats.

For integer images everything stays a fraction until the last division; for floats it is
float64, and of two ways to the same number the one that subtracts less.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from ..ground.errors import Undefined
from .moments import TOO_LARGE, IntegerMoments, Moments, check, check_squares

Number: TypeAlias = Fraction | float

_ROOT_BITS = 128
"""Binary digits to which the root of a fraction is taken: more than twice the 53 of a
float, so that what is computed from it is rounded once, at the end."""


class Parts(NamedTuple):
    """Means and sums of squares about them: fractions of integers, floats of floats.

    Attributes
    ----------
    n : int
        Pixels compared.
    mean_x, mean_y, bias : Fraction or float
        Means, and the mean of y - x.
    xx, yy, xy, dd : Fraction or float
        Σ(x-x̄)², Σ(y-ȳ)², Σ(x-x̄)(y-ȳ), and Σ(d-d̄)² of d = y - x.
    total : Fraction or float
        Σ(y-x)².
    """

    n: int
    mean_x: Number
    mean_y: Number
    bias: Number
    xx: Number
    yy: Number
    xy: Number
    dd: Number
    total: Number

    @property
    def rest(self) -> Number:
        """Σ of the squares that the least-squares line of y on x leaves."""
        # Both ways subtract what the line explains. Of nearly equal images the squares
        # of the differences are small already; those of y would cancel to few digits.
        # Divided first: the square of a sum of squares leaves float64 from 1e77 on.
        if self.dd < self.yy:
            rest = self.dd - self._apart / self.xx * self._apart
        else:
            rest = self.yy - self.xy / self.xx * self.xy
        return max(rest, self.total * 0)

    @property
    def by_gain(self) -> Number:
        """Σ of the squares of the difference that are due to a gain other than 1."""
        return self._apart / self.xx * self._apart

    @property
    def _apart(self) -> Number:
        return self.xy - self.xx


def parts(moments: Moments) -> Parts:
    """Bring moments of integers and of floats to one form.

    Raises
    ------
    Undefined
        If no pixel is compared, a pixel is infinite, or squares left float64.
    """
    check(moments)
    n = moments.n
    if isinstance(moments, IntegerMoments):
        xx, yy, xy = (Fraction(v, n) for v in moments.deviations)
        return Parts(
            n,
            Fraction(moments.sum_x, n),
            Fraction(moments.sum_y, n),
            Fraction(moments.sum_y - moments.sum_x, n),
            xx,
            yy,
            xy,
            xx + yy - 2 * xy,
            Fraction(moments.sum_sq),
        )
    vx, vy, cxy = moments.deviations
    for square, constant in zip((vx, vy), moments.constant, strict=True):
        if not constant:
            check_squares(square, n)
    x, y = moments.mean_x, moments.mean_y
    # Equal in every pixel: vx, vy and cxy were rounded apart and may differ in a digit.
    if moments.sum_abs == 0:
        return Parts(n, x, x, 0.0, vx, vx, vx, 0.0, 0.0)
    check_squares(moments.sum_sq, n)
    # Origins and offsets apart: their sums, the means, have lost the offsets' last
    # digits.
    bias = (moments.origin_y - moments.origin_x) + (moments.offset_y - moments.offset_x)
    by_bias = n * bias * bias
    # Two ways to the same: the one that subtracts the smaller numbers.
    dd = moments.sum_sq - by_bias if by_bias < vx + vy else vx + vy - 2 * cxy
    return Parts(n, x, y, bias, vx, vy, cxy, max(dd, 0.0), moments.sum_sq)


def means(moments: Moments) -> tuple[Fraction, Fraction]:
    """Return the means of both images with all the digits that there are.

    As one float a mean of floats far from 0 ends a few digits after theirs: of pixels
    near 1e15 at 0.06. Where it is compared with pixels, or taken off them, that shows.
    """
    if isinstance(moments, IntegerMoments):
        return Fraction(moments.sum_x, moments.n), Fraction(moments.sum_y, moments.n)
    sums = (
        (moments.origin_x, moments.offset_x),
        (moments.origin_y, moments.offset_y),
    )
    if not all(math.isfinite(part) for both in sums for part in both):
        raise Undefined(TOO_LARGE)
    first, second = (Fraction(origin) + Fraction(offset) for origin, offset in sums)
    return first, second


def root(value: Number) -> Number:
    """Return the square root; of a fraction to 128 binary digits.

    Examples
    --------
    >>> root(Fraction(1, 9)), root(2.25)
    (Fraction(1, 3), 1.5)
    """
    if not isinstance(value, Fraction):
        return math.sqrt(value)
    above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if above * above == value.numerator and below * below == value.denominator:
        return Fraction(above, below)  # exact, so that what must cancel does
    size = value.denominator.bit_length() - value.numerator.bit_length()
    shift = max(0, _ROOT_BITS + size // 2)
    scaled = (value.numerator << 2 * shift) // value.denominator
    return Fraction(math.isqrt(scaled), 1 << shift)
