"""Compute the three metrics of every table: Pearson R, RMSD, Mean Difference.

Each is a small function of the moments of an image pair.

In the formulas x and y are the two images, n the pixels compared, x̄ and ȳ the means.
A number that is undefined raises `Undefined` with the reason, which `compare` turns
into NaN and a note; a metric never returns 0 or NaN in its place.
"""

from __future__ import annotations

import math

from ..ground.errors import Undefined
from ..moments.moments import TOO_LARGE, Moments, check, check_squares, check_varies
from .definition import DEFAULTS, Metric, metric, registered


@metric(
    "Pearson R",
    group="correlation",
    summary="whether bright goes with bright, on a straight line",
    formula="Σ(x-x̄)(y-ȳ) / (√Σ(x-x̄)² · √Σ(y-ȳ)²)",
    range=(-1.0, 1.0),
    higher_is_more_similar=True,
    equal=1.0,
    unit="1",
    rescaled=False,
    blind="gain and offset",
    caveat="background that agrees raises it; a few outliers can make or break it",
    source="Pearson 1896, doi:10.1098/rsta.1896.0007",
)
def pearson(moments: Moments) -> float:
    """Pearson's correlation coefficient R.

    R = Σ(x-x̄)(y-ȳ) / (√Σ(x-x̄)² · √Σ(y-ȳ)²)

    Parameters
    ----------
    moments : Moments
        Of the pixel pairs compared.

    Returns
    -------
    float
        -1 to 1, no unit; the higher, the more alike. 1: one image is the other times a
        positive gain plus an offset. For integer images the value is the exact one,
        rounded once.

    Raises
    ------
    Undefined
        If no pixel is compared, an image is constant, a pixel is infinite, or the
        squares of the deviations do not fit float64.

    Notes
    -----
    Blind to gain and offset. For i.i.d. data only is its usual p-value valid; the
    pixels of an image are not independent.

    References
    ----------
    Pearson, K. (1896). Philos. Trans. R. Soc. A 187, 253-318,
    doi:10.1098/rsta.1896.0007.

    Examples
    --------
    >>> from similij.moments.of_arrays import moments
    >>> import numpy as np
    >>> pearson(moments(np.array([1, 2, 3, 4]), np.array([2, 4, 6, 8])))
    1.0
    """
    check(moments)
    if moments.n == 1:
        raise Undefined("only 1 pixel is compared: Pearson R needs at least 2")
    check_varies(moments, "Pearson R")
    vx, vy, cxy = moments.deviations
    if isinstance(vx, int) and isinstance(vy, int) and isinstance(cxy, int):
        return _over_root(cxy, vx * vy)
    check_squares(vx, moments.n)
    check_squares(vy, moments.n)
    if moments.sum_abs == 0:
        return 1.0  # equal in every pixel, whatever rounding would say
    return _correlation(vx, vy, cxy)


@metric(
    "RMSD",
    group="agreement",
    summary="how far apart the values are, large differences weighing more",
    formula="√( Σ(x-y)² / n )",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="intensity",
    rescaled=True,
    blind="what kind of difference it is: see the shares",
    caveat="background that agrees dilutes it",
    source="Gonzalez & Woods 2018, section 8.1",
)
def rmsd(moments: Moments) -> float:
    """Root-mean-square deviation of the two images.

    RMSD = √( (1/n) Σ(x-y)² ), the Euclidean distance over √n

    Parameters
    ----------
    moments : Moments
        Of the pixel pairs compared.

    Returns
    -------
    float
        0 and more, in intensity units; the lower, the more alike.

    Raises
    ------
    Undefined
        If no pixel is compared, a pixel is infinite, or the squares of the differences
        do not fit float64.

    Notes
    -----
    Sees gain, offset and noise alike; large differences weigh more than small ones.
    Never below the Mean Difference.

    References
    ----------
    Gonzalez, R. C. & Woods, R. E. (2018). Digital Image Processing, 4th ed., section
    8.1 (root-mean-square error).
    """
    check(moments)
    if moments.sum_abs:
        check_squares(moments.sum_sq, moments.n)
    return math.sqrt(moments.sum_sq / moments.n)


@metric(
    "Mean Difference",
    group="agreement",
    summary="how far apart the values are, on average",
    formula="Σ|x-y| / n",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="intensity",
    rescaled=True,
    blind="the sign of the differences: see the bias",
    caveat="background that agrees dilutes it",
    source="Willmott & Matsuura 2005, doi:10.3354/cr030079",
)
def mean_difference(moments: Moments) -> float:
    """Mean absolute difference of the two images.

    Mean Difference = (1/n) Σ|x-y|

    Parameters
    ----------
    moments : Moments
        Of the pixel pairs compared.

    Returns
    -------
    float
        0 and more, in intensity units; the lower, the more alike.

    Raises
    ------
    Undefined
        If no pixel is compared or a pixel is infinite.

    Notes
    -----
    Sees gain and offset, as RMSD does; a few very different pixels weigh less in it.

    References
    ----------
    Willmott, C. J. & Matsuura, K. (2005). Clim. Res. 30, 79-82, doi:10.3354/cr030079.
    """
    check(moments)
    if not math.isfinite(moments.sum_abs):
        raise Undefined(TOO_LARGE)
    return moments.sum_abs / moments.n


def _correlation(vx: float, vy: float, cxy: float) -> float:
    """Return cxy / √(vx·vy), exactly 1 where all three are the same."""
    # Mantissas and exponents apart: vx·vy of large images is beyond float64, and of dim
    # floats below it; √vx·√vy would not, but is rounded twice, and R of an
    # image and itself may miss 1.
    (mx, ex), (my, ey), (mc, ec) = (math.frexp(v) for v in (vx, vy, cxy))
    odd = (ex + ey) % 2
    r = math.ldexp(mc / math.sqrt(math.ldexp(mx * my, odd)), ec - (ex + ey - odd) // 2)
    return max(-1.0, min(1.0, r))


def _over_root(numerator: int, square: int) -> float:
    """Return numerator / √square of integers, rounded once."""
    # Through floats an R of integers would be rounded four times; the products of sums
    # are beyond float64 anyway.
    bits = 128  # an integer square root of 64 bits, more than a float has
    shift = bits - 2 * abs(numerator).bit_length() + square.bit_length()
    shift += shift % 2
    scaled, below = numerator * numerator << max(shift, 0), square << max(-shift, 0)
    quotient, rest = divmod(scaled, below)
    root = math.isqrt(quotient)
    if rest or root * root != quotient:
        root |= 1  # never halfway between two floats, so rounding is to the nearest
    return math.copysign(math.ldexp(root, -shift // 2), numerator)


def available() -> dict[str, Metric]:
    """Return the metrics of a table for which none are named: by name, in order.

    Examples
    --------
    >>> list(available())
    ['pearson', 'rmsd', 'mean_difference']
    """
    return {name: registered[name] for name in DEFAULTS}
