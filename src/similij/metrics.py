"""The metrics: each a small function of the moments of an image pair.

A metric is added by writing one function here, decorated with `metric(...)`, and one
test. `available()` lists them; `compare(..., metrics=[...])`, the command line and
ImageJ know them by name.

In the formulas x and y are the two images, n the pixels compared, x̄ and ȳ the means.
A number that is undefined raises `Undefined` with the reason, which `compare` turns
into NaN and a note; a metric never returns 0 or NaN in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from .moments import Moments


class Undefined(ValueError):  # noqa: N818 - a state of the data, not a mistake
    """Why a metric has no value; `{1}` and `{2}` stand for the names of the images."""


Function: TypeAlias = Callable[[Moments], float]


@dataclass(frozen=True)
class Metric:
    """What users need to know of a metric, beside its function.

    Attributes
    ----------
    name : str
        In code, in tables and on the command line.
    label : str
        For people: plots, the Results table.
    range : tuple of float
        Smallest and largest value.
    higher_is_more_similar : bool
        The direction in which two images grow alike.
    unit : str
        "1" (no unit) or "intensity" (the unit of the pixel values).
    rescaled : bool
        Whether `rescale` changes it.
    function : callable
        From moments to the value.
    """

    name: str
    label: str
    range: tuple[float, float]
    higher_is_more_similar: bool
    unit: str
    rescaled: bool
    function: Function


_registry: dict[str, Metric] = {}


def metric(
    label: str,
    *,
    range: tuple[float, float],
    higher_is_more_similar: bool,
    unit: str,
    rescaled: bool,
) -> Callable[[Function], Function]:
    """Register a function of moments as a metric, under its own name."""

    def register(function: Function) -> Function:
        name = function.__name__
        _registry[name] = Metric(
            name, label, range, higher_is_more_similar, unit, rescaled, function
        )
        return function

    return register


def available() -> dict[str, Metric]:
    """All metrics by name, in the order in which tables show them.

    Examples
    --------
    >>> list(available())
    ['pearson', 'rmsd', 'mean_difference']
    """
    return dict(_registry)


def chosen(names: str | Iterable[str]) -> list[Metric]:
    """Metrics of these names.

    Raises
    ------
    ValueError
        If there is no metric of a name; the message lists those there are.
    """
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in _registry:
            raise ValueError(
                f"there is no metric {name!r}; there are: {', '.join(_registry)}"
            )
    return [_registry[name] for name in names]


@metric(
    "Pearson R",
    range=(-1.0, 1.0),
    higher_is_more_similar=True,
    unit="1",
    rescaled=False,
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
    >>> from similij.sums import moments
    >>> import numpy as np
    >>> pearson(moments(np.array([1, 2, 3, 4]), np.array([2, 4, 6, 8])))
    1.0
    """
    _check(moments)
    if moments.n == 1:
        raise Undefined("only 1 pixel is compared: Pearson R needs at least 2")
    for constant, who, mean in zip(
        moments.constant, "12", (moments.mean_x, moments.mean_y), strict=True
    ):
        if constant:
            raise Undefined(
                f"{{{who}}} is constant here (every pixel is {mean:g}): "
                "Pearson R is undefined"
            )
    vx, vy, cxy = moments.deviations
    if isinstance(vx, int) and isinstance(vy, int) and isinstance(cxy, int):
        return _over_root(cxy, vx * vy)
    _check_squares(vx, moments.n)
    _check_squares(vy, moments.n)
    if moments.sum_abs == 0:
        return 1.0  # equal in every pixel, whatever rounding would say
    return _correlation(vx, vy, cxy)


@metric(
    "RMSD",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    unit="intensity",
    rescaled=True,
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
    _check(moments)
    if moments.sum_abs:
        _check_squares(moments.sum_sq, moments.n)
    return math.sqrt(moments.sum_sq / moments.n)


@metric(
    "Mean Difference",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    unit="intensity",
    rescaled=True,
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
    _check(moments)
    if not math.isfinite(moments.sum_abs):
        raise Undefined(_TOO_LARGE)
    return moments.sum_abs / moments.n


_TOO_LARGE = (
    "values are too large for sums in float64: divide the images by a constant first"
)

SMALLEST_SQUARE = 1e-310
"""A mean square below this has lost digits: float64 ends near 1e-308."""


def _check(moments: Moments) -> None:
    """Raise where no metric has a value."""
    if moments.infinite:
        pixels = "pixel is" if moments.infinite == 1 else "pixels are"
        raise Undefined(
            f"{moments.infinite} {pixels} infinite: every metric is undefined; mask "
            "them or give them a value"
        )
    if moments.n == 0:
        why = " (all pixels are NaN in one image)" if moments.excluded else ""
        raise Undefined(f"no pixel is compared{why}")


def _check_squares(total: float, n: int) -> None:
    """Raise where a sum of squares left the range of float64 (integers never do)."""
    if isinstance(total, int):
        return
    if not math.isfinite(total):
        raise Undefined(_TOO_LARGE)
    if total < SMALLEST_SQUARE * n:
        raise Undefined(
            "values are too alike to square their differences in float64: "
            "multiply the images by a constant first"
        )


def _correlation(vx: float, vy: float, cxy: float) -> float:
    """Return cxy / √(vx·vy), exactly 1 where all three are the same."""
    (mx, ex), (my, ey), (mc, ec) = (math.frexp(v) for v in (vx, vy, cxy))
    odd = (ex + ey) % 2
    r = math.ldexp(mc / math.sqrt(math.ldexp(mx * my, odd)), ec - (ex + ey - odd) // 2)
    return max(-1.0, min(1.0, r))


def _over_root(numerator: int, square: int) -> float:
    """Return numerator / √square of integers, rounded once."""
    bits = 128  # an integer square root of 64 bits, more than a float has
    shift = bits - 2 * abs(numerator).bit_length() + square.bit_length()
    shift += shift % 2
    scaled, below = numerator * numerator << max(shift, 0), square << max(-shift, 0)
    quotient, rest = divmod(scaled, below)
    root = math.isqrt(quotient)
    if rest or root * root != quotient:
        root |= 1  # never halfway between two floats, so rounding is to the nearest
    return math.copysign(math.ldexp(root, -shift // 2), numerator)
