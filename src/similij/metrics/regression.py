"""Fit gain and offset between two images: least squares, and the orthogonal line.

x is image 1, y is image 2. All from the moments of the one pass; for integer images in
fractions that are rounded at the end.
"""

from __future__ import annotations

import math
from fractions import Fraction

from ..ground.errors import Undefined
from ..moments.exact import Number, parts, root
from ..moments.moments import Moments, check_varies
from .definition import metric

_NEAR_THE_END = 1e307
"""Sums of squares beyond this are scaled before several of them are added up: float64
ends at 1.8e308."""


@metric(
    "Gain",
    group="agreement",
    summary="by what factor image 2 follows image 1",
    formula="b = Σ(x-x̄)(y-ȳ) / Σ(x-x̄)²",
    range=(-math.inf, math.inf),
    higher_is_more_similar=None,
    equal=1.0,
    unit="1",
    rescaled=True,
    blind="offset, scatter",
    caveat="noise in image 1 pulls it towards 0: see the orthogonal gain",
    source="least squares of y on x, Galton 1886, doi:10.2307/2841583",
)
def gain(moments: Moments) -> float:
    """Slope of the least-squares line y = gain · x + offset."""
    return float(_least_squares(moments, "Gain")[0])


@metric(
    "Offset",
    group="agreement",
    summary="what image 2 has where the fitted line has image 1 at 0",
    formula="ȳ - b·x̄",
    range=(-math.inf, math.inf),
    higher_is_more_similar=None,
    equal=0.0,
    unit="intensity",
    rescaled=True,
    blind="gain, scatter",
    caveat="far outside the values compared it is an extrapolation",
    source="least squares of y on x, Galton 1886, doi:10.2307/2841583",
)
def offset(moments: Moments) -> float:
    """Intercept of the least-squares line y = gain · x + offset."""
    return float(_least_squares(moments, "Offset")[1])


@metric(
    "Orthogonal gain",
    group="agreement",
    summary="the gain, where both images have the same noise",
    formula="g = (v + √(v² + 4c²)) / 2c, v = Σ(y-ȳ)² - Σ(x-x̄)², c = Σ(x-x̄)(y-ȳ)",
    range=(-math.inf, math.inf),
    higher_is_more_similar=None,
    equal=1.0,
    unit="1",
    rescaled=True,
    blind="offset, scatter",
    caveat="depends on the units: it takes the noise of both images as equal",
    source="Pearson 1901, doi:10.1080/14786440109462720",
)
def orthogonal_gain(moments: Moments) -> float:
    """Slope of the line of least squared distances at right angles to it."""
    return float(orthogonal_line(moments, "Orthogonal gain")[0])


@metric(
    "Orthogonal offset",
    group="agreement",
    summary="the offset, where both images have the same noise",
    formula="ȳ - g·x̄",
    range=(-math.inf, math.inf),
    higher_is_more_similar=None,
    equal=0.0,
    unit="intensity",
    rescaled=True,
    blind="gain, scatter",
    caveat="as of the orthogonal gain",
    source="Pearson 1901, doi:10.1080/14786440109462720",
)
def orthogonal_offset(moments: Moments) -> float:
    """Intercept of the orthogonal line."""
    return float(orthogonal_line(moments, "Orthogonal offset")[1])


@metric(
    "RMSD after fit",
    group="agreement",
    summary="what is left of the difference once gain and offset are fitted",
    formula="√( Σ(y - b·x - a)² / n ), a and b the offset and the gain",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="intensity",
    rescaled=True,
    blind="gain and offset",
    caveat="not symmetric: in units of image 2. Of floats, below 1e-7 of the spread of "
    "image 2 it is rounding",
    source="Culley et al. 2018 (SQUIRREL), doi:10.1038/nmeth.4605",
)
def rmsd_after_fit(moments: Moments) -> float:
    """Root-mean-square deviation of y from the least-squares line."""
    _least_squares(moments, "RMSD after fit")
    terms = parts(moments)
    return float(root(terms.rest / terms.n))


def _least_squares(moments: Moments, what: str) -> tuple[Number, Number]:
    """Return gain and offset of y on x, by least squares."""
    terms = parts(moments)
    check_varies(moments, what, "1")
    slope = terms.xy / terms.xx
    return slope, terms.mean_y - slope * terms.mean_x


def orthogonal_line(moments: Moments, what: str) -> tuple[Number, Number]:
    """Return gain and offset of the line from which the pixels are least far.

    Raises
    ------
    Undefined
        If the line is upright, or every direction is as good as another.
    """
    terms = parts(moments)
    check_varies(moments, what, "1")
    apart: Number = terms.yy - terms.xx
    twice: Number = 2 * terms.xy
    long: Number
    if isinstance(apart, Fraction) and isinstance(twice, Fraction):
        long = root(apart * apart + twice * twice)
    else:
        if max(terms.xx, terms.yy) > _NEAR_THE_END:
            # A power of two, which changes no digit, and the slope not at all.
            apart, twice = apart / 16, terms.xy / 8
        long = math.hypot(apart, twice)
    if twice == 0 and apart >= 0:
        raise Undefined(
            f"the images vary independently, {{2}} as much as {{1}} or more: {what} is "
            "undefined, as no direction, or the upright one, is the best"
        )
    # two forms of one root: neither subtracts what is nearly equal
    slope = twice / (long - apart) if apart <= 0 else (apart + long) / twice
    return slope, terms.mean_y - slope * terms.mean_x
