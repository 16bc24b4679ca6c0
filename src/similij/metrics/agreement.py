"""Say what kind of difference there is: bias, its shares of RMSD², limits, NRMSD.

x is image 1, the reference; y is image 2. Differences are y - x: a positive bias means
that image 2 is brighter. All come from the moments of the one pass: for integer
images in fractions that are rounded at the end, but NRMSD (mean), a quotient of two
that are rounded; for floats from the float64 moments.

Not here: gain and offset (`regression`), the largest difference and others of this
group that need the pixels (`extremes`), and the three metrics of every table
(`defaults`).
"""

from __future__ import annotations

import math
from fractions import Fraction

from ..ground.errors import Undefined
from ..moments.exact import Number, Parts, parts, root
from ..moments.moments import (
    TOO_LARGE,
    IntegerMoments,
    Moments,
    check,
    check_varies,
)
from .defaults import rmsd
from .definition import metric

SMALLEST_MEAN = 1e-300
"""A mean of floats below this may have lost digits: float64 ends near 1e-308."""

LIMITS = Fraction(196, 100)
"""Standard deviations to either side that hold 95 % of normal differences."""


@metric(
    "Bias",
    group="agreement",
    summary="how much brighter image 2 is, on average",
    formula="Σ(y-x) / n",
    range=(-math.inf, math.inf),
    higher_is_more_similar=None,
    equal=0.0,
    unit="intensity",
    rescaled=True,
    blind="differences that cancel",
    caveat="the sign is y - x: positive where image 2 is brighter",
    source="Bland & Altman 1986, doi:10.1016/S0140-6736(86)90837-8",
)
def bias(moments: Moments) -> float:
    """Mean signed difference, y - x."""
    check(moments)
    if isinstance(moments, IntegerMoments):
        return float(Fraction(moments.sum_y - moments.sum_x, moments.n))
    if not math.isfinite(moments.sum_abs):
        parts(moments)  # raises, with the reason
    return (moments.origin_y - moments.origin_x) + (moments.offset_y - moments.offset_x)


def _share(moments: Moments) -> Parts:
    terms = parts(moments)
    if terms.total == 0:
        raise Undefined("the images are equal: there is no difference to share out")
    return terms


_SHARES = {
    "group": "agreement",
    "range": (0.0, 1.0),
    "higher_is_more_similar": None,
    "unit": "1",
    "rescaled": True,
    "source": "Theil 1966; Murphy 1988, "
    "doi:10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2",
}


@metric(
    "Share of bias",
    summary="how much of RMSD² one image being brighter explains",
    formula="(ȳ-x̄)² / RMSD²",
    blind="how large the difference is",
    caveat="the three shares are 1 together",
    **_SHARES,
)
def bias_share(moments: Moments) -> float:
    """Share of the squared bias in RMSD²."""
    terms = _share(moments)
    # Of floats the quotient of equal terms may be 1 and a last digit.
    share = terms.n * terms.bias * terms.bias / terms.total
    return min(float(share), 1.0)


@metric(
    "Share of gain",
    summary="how much of RMSD² a gain other than 1 explains, beside the bias",
    formula="(b-1)² · Σ(x-x̄)² / n / RMSD²",
    blind="how large the difference is",
    caveat="noise in image 1 pulls the gain from 1 and counts here",
    **_SHARES,
)
def gain_share(moments: Moments) -> float:
    """Share of the gain part in RMSD²."""
    terms = _share(moments)
    check_varies(moments, "Share of gain", "1")
    return min(float(terms.by_gain / terms.total), 1.0)


@metric(
    "Share of scatter",
    summary="how much of RMSD² no gain and offset explain",
    formula="(RMSD after fit)² / RMSD²",
    blind="how large the difference is",
    caveat="noise, shift and other content alike",
    **_SHARES,
)
def scatter_share(moments: Moments) -> float:
    """Share of what the least-squares line leaves in RMSD²."""
    terms = _share(moments)
    check_varies(moments, "Share of scatter", "1")
    return min(float(terms.rest / terms.total), 1.0)


@metric(
    "NRMSD (mean)",
    group="agreement",
    summary="RMSD as a part of the mean of image 1",
    formula="RMSD / x̄",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="1",
    rescaled=False,
    blind="what kind of difference it is",
    caveat="an offset in both images, as of a camera, lowers it",
    source="normalization='mean' of scikit-image's normalized_root_mse",
)
def nrmsd_mean(moments: Moments) -> float:
    """RMSD over the mean of image 1."""
    deviation = rmsd(moments)
    if isinstance(moments, IntegerMoments):
        mean: Number = Fraction(moments.sum_x, moments.n)
    else:
        mean = moments.mean_x
    if not math.isfinite(mean):
        raise Undefined(TOO_LARGE)
    if 0 < mean < SMALLEST_MEAN:
        raise Undefined(
            "values are too small to divide by their mean in float64: multiply the "
            "images by a constant first"
        )
    if not mean > 0:
        raise Undefined(
            f"the mean of {{1}} is {float(mean):g} here: NRMSD (mean) needs one above 0"
        )
    return deviation / float(mean)


@metric(
    "NRMSD (standard deviation)",
    group="agreement",
    summary="RMSD in standard deviations of image 1",
    formula="RMSD / √( Σ(x-x̄)² / n )",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="1",
    rescaled=False,
    blind="what kind of difference it is",
    caveat="1: as far apart as image 1 is from its own mean",
    source="Nash & Sutcliffe 1970, doi:10.1016/0022-1694(70)90255-6 (1 - its square)",
)
def nrmsd_std(moments: Moments) -> float:
    """RMSD over the standard deviation (of n, not n - 1) of image 1."""
    terms = parts(moments)
    check_varies(moments, "NRMSD (standard deviation)", "1")
    if isinstance(terms.total, Fraction):
        return float(root(terms.total / terms.xx))
    # Roots first: the quotient of two sums of squares may be beyond float64.
    return math.sqrt(terms.total) / math.sqrt(terms.xx)


_LIMITS = {
    "group": "agreement",
    "range": (-math.inf, math.inf),
    "higher_is_more_similar": None,
    "equal": 0.0,
    "unit": "intensity",
    "rescaled": True,
    "blind": "where in the image, and at which brightness, the differences are",
    "caveat": "95 % only where the differences are normal and the same at every "
    "brightness",
    "source": "Bland & Altman 1986, doi:10.1016/S0140-6736(86)90837-8",
}


@metric(
    "Lower limit of agreement",
    summary="below this are 2.5 % of the differences y - x, if they are normal",
    formula="bias - 1.96·s, s² = Σ(d-d̄)² / (n-1), d = y-x",
    **_LIMITS,
)
def agreement_low(moments: Moments) -> float:
    """Bias less 1.96 standard deviations of the differences."""
    return float(_limits(moments)[0])


@metric(
    "Upper limit of agreement",
    summary="above this are 2.5 % of the differences y - x, if they are normal",
    formula="bias + 1.96·s, s² = Σ(d-d̄)² / (n-1), d = y-x",
    **_LIMITS,
)
def agreement_high(moments: Moments) -> float:
    """Bias plus 1.96 standard deviations of the differences."""
    return float(_limits(moments)[1])


def _limits(moments: Moments) -> tuple[Number, Number]:
    terms = parts(moments)
    if terms.n == 1:
        raise Undefined("only 1 pixel is compared: limits of agreement need at least 2")
    reach = root(terms.dd / (terms.n - 1))
    reach *= LIMITS if isinstance(reach, Fraction) else float(LIMITS)
    return terms.bias - reach, terms.bias + reach
