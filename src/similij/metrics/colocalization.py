"""Say whether two labels sit in the same pixels: Manders, overlap coefficient, ICQ.

They are the numbers that colocalization tools give, with their definitions stated,
since tools differ in them: a pixel is above a threshold if it is greater; Manders' M1
is a share of all of image 1's intensity in the region; pairs on no side of a mean are
left out of the ICQ. Products and sums are never of the image's own integer type.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.exact import means, root
from ..moments.exact_sum import exact_sum
from ..moments.moments import (
    TOO_LARGE,
    FloatMoments,
    IntegerMoments,
    Moments,
    check,
    check_squares,
    check_varies,
)
from ..moments.wide import is_wide
from .above import above, below, native, summed, sums_above
from .costes_steps import shares_in_steps
from .definition import Measured, metric, pixel_metric
from .pixels import Pixels
from .threshold_methods import ThresholdPair, find


@metric(
    "Overlap coefficient",
    group="co-occurrence",
    summary="whether both images are bright in the same pixels, means not taken off",
    formula="Σxy / √( Σx² · Σy² )",
    range=(-1.0, 1.0),
    higher_is_more_similar=True,
    equal=1.0,
    unit="1",
    rescaled=False,
    blind="gain",
    caveat="an offset in both images, as of a camera, takes it to 1; 0 to 1 where no "
    "value is negative",
    source="Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x",
)
def overlap(moments: Moments) -> float:
    """Manders' overlap coefficient: the cosine of the angle between the images."""
    check(moments)
    if isinstance(moments, IntegerMoments):
        above, square = moments.sum_xy, moments.sum_xx * moments.sum_yy
        if square == 0:
            raise Undefined(_no_light(moments.sum_xx == 0, "the overlap coefficient"))
        value = abs(above) / root(Fraction(square))
        return math.copysign(min(float(value), 1.0), above)
    n, mx, my = moments.n, moments.mean_x, moments.mean_y
    vx, vy, cxy = moments.deviations
    xx, yy, xy = vx + n * mx * mx, vy + n * my * my, cxy + n * mx * my
    if xx == 0 or yy == 0:
        raise Undefined(_no_light(xx == 0, "the overlap coefficient"))
    check_squares(xx, n)
    check_squares(yy, n)
    # One root after the other: the product of the two sums may be beyond float64.
    return max(-1.0, min(1.0, xy / math.sqrt(xx) / math.sqrt(yy)))


def _no_light(first: bool, what: str) -> str:
    return f"{{{1 if first else 2}}} is 0 everywhere here: {what} is undefined"


@pixel_metric(
    "Li ICQ",
    group="co-occurrence",
    summary="in how many pixels both images are on the same side of their means",
    formula="N₊ / (N₊ + N₋) - 0.5; N₊, N₋: pixels with (x-x̄)(y-ȳ) above and below 0",
    range=(-0.5, 0.5),
    higher_is_more_similar=True,
    equal=0.5,
    unit="1",
    rescaled=False,
    blind="by how much; gain and offset",
    caveat="pixels exactly at a mean are left out of both counts (see the note)",
    source="Li et al. 2004, doi:10.1523/JNEUROSCI.0346-04.2004",
)
def icq(pixels: Pixels) -> float | Measured:
    """Li's intensity correlation quotient."""
    check_varies(pixels.moments, "Li ICQ")
    moments = pixels.moments
    x, y = pixels.values
    if isinstance(moments, IntegerMoments):
        same, opposite = _sides_of_means(x, y, means(moments))
    else:
        # Means of floats are rounded, and where a pixel is nearer to one than that it
        # must be known exactly; a pass that leaves such pixels out says if there are.
        near = zip(means(moments), _near(moments), strict=True)
        bands = [_band(mean, off) for mean, off in near]
        same, opposite = _sides(x, y, [b[1] for b in bands], [b[0] for b in bands])
        if same + opposite < moments.n:
            exact = exact_sum(x) / moments.n, exact_sum(y) / moments.n
            same, opposite = _sides_of_means(x, y, exact)
    if same + opposite == 0:
        raise Undefined("every pixel is at the mean of an image: Li ICQ is undefined")
    value = float(Fraction(same, same + opposite) - Fraction(1, 2))
    left = moments.n - same - opposite
    if not left:
        return value
    those = "pixel is" if left == 1 else "pixels are"
    return Measured(value, f"{left} {those} exactly at a mean and left out of Li ICQ")


_ROUNDED = 2e-12
"""Of what the float64 mean of floats may be off, in the typical distance of a pixel
from the origin of the sums: blocks of 8,192 pixels are added up one after the other."""


def _near(moments: FloatMoments) -> tuple[float, float]:
    """Return how far from the means that are known the true ones may be."""
    x, y = (
        _ROUNDED * (math.sqrt(square / moments.n) + abs(offset))
        for square, offset in (
            (moments.m2_x, moments.offset_x), (moments.m2_y, moments.offset_y),
        )
    )  # fmt: skip
    return x, y


def _band(mean: Fraction, near: float) -> tuple[float, float]:
    """Return floats around a mean: below and above all that it may be."""
    return (
        math.nextafter(float(mean) - near, -math.inf),
        math.nextafter(float(mean) + near, math.inf),
    )


def _sides_of_means(x: Array, y: Array, means: Sequence[Fraction]) -> tuple[int, int]:
    """Count the pairs on the same side, and on opposite sides, of exact means."""
    # x > 4.5 is x > 4 and x < 4.5 is x < 5: no pixel is rounded to a float, and no
    # mean to the value of a pixel.
    ends = [_ends(t.dtype.kind, m) for t, m in zip((x, y), means, strict=True)]
    return _sides(x, y, [e[0] for e in ends], [e[1] for e in ends])


def _ends(kind: str, mean: Fraction) -> tuple[float, float]:
    """Return the numbers that pixels can have around a mean, or it twice."""
    if kind != "f":
        return math.floor(mean), math.ceil(mean)
    near = float(mean)
    if near == mean:
        return near, near
    if near < mean:
        return near, math.nextafter(near, math.inf)
    return math.nextafter(near, -math.inf), near


def _sides(
    x: Array, y: Array, low: Sequence[float], high: Sequence[float]
) -> tuple[int, int]:
    """Count pairs on the same side and on opposite ones: above `low`, below `high`."""
    from ..moments.kernels.colocalization import sides, signs

    if is_wide(x.dtype) or is_wide(y.dtype):
        a, b = (
            above(t, p).astype(np.int8) - below(t, q)
            for t, p, q in zip((x, y), low, high, strict=True)
        )
        return int((a * b > 0).sum()), int((a * b < 0).sum())
    x, y = native(x), native(y)
    whole = x.dtype.kind != "f" and y.dtype.kind != "f"
    limits = tuple(
        tuple(t.dtype.type(v) for t, v in zip((x, y), ends, strict=True))
        if whole
        else tuple(map(float, ends))
        for ends in (low, high)
    )
    if whole and low[0] < high[0] and low[1] < high[1]:  # no whole number is at a mean
        same, opposite = summed(sides, x, y, limits[0], 2)
    else:
        same, opposite = summed(signs, x, y, limits, 2)
    return int(same), int(opposite)


def manders(pixels: Pixels, image: int, limits: ThresholdPair) -> float:
    """Return Manders' M1 (image 1) or M2 (image 2) with given thresholds.

    Raises
    ------
    Undefined
        If the image has no intensity, or a negative value.
    """
    values = pixels.values[image - 1]
    what = f"Manders M{image}"
    if values.dtype.kind in "if" and values.min() < 0:
        raise Undefined(
            f"{{{image}}} has values below 0 here: {what} is a share of intensity, and "
            "needs none. Subtract less background"
        )
    # M1 and M2 come from the same walk over both images.
    sums = pixels.once(
        ("sums above", limits.x, limits.y),
        lambda: sums_above(*pixels.values, limits.x, limits.y),
    )
    total, part = sums[2 * image - 2 : 2 * image]
    if total == 0:
        raise Undefined(_no_light(image == 1, what))
    if not math.isfinite(total):
        raise Undefined(TOO_LARGE)
    return float(part / total)


_METHODS = {
    "none": (
        "",
        "0, or what thresholds says",
        "light above 0 in the other image: any background counts, unless thresholds "
        "are given",
    ),
    "costes": (" (Costes)", "Costes' threshold", "none where Costes finds none"),
    "coloc2": (
        " (Coloc 2)",
        "Costes' threshold as Coloc 2 finds it",
        "Coloc 2 gives a number also where Costes finds no threshold: see the note",
    ),
    "otsu": (" (Otsu)", "Otsu's threshold", "Otsu finds a threshold in noise, too"),
}
"""Thresholds that Manders' coefficients can be asked for by name."""


def _share_of_coloc_2(pixels: Pixels, image: int) -> Measured:
    check(pixels.moments)
    steps, shares, note = pixels.once("coloc2", lambda: shares_in_steps(pixels))
    value = shares[image - 1]
    if math.isnan(value):
        raise Undefined(f"{{{image}}} has no intensity, so it has no share above any")
    words = f"Thresholds of Coloc 2: {steps.x:.7g} and {steps.y:.7g}"
    return Measured(value, f"{words}; {note}" if note else words)


def _register(image: int, method: str) -> None:
    words, limit, caveat = _METHODS[method]
    one, other, letter = (("x", "y", "1"), ("y", "x", "2"))[image - 1]

    def share(pixels: Pixels) -> float | Measured:
        if method == "coloc2":
            return _share_of_coloc_2(pixels, image)
        given = pixels.thresholds if method == "none" else None
        limits = find(pixels, given or method)
        value = manders(pixels, image, limits)
        if method == "none" and not given:
            return value
        which = "Given" if given else method.title()
        return Measured(value, f"{which} thresholds {limits.x:.7g} and {limits.y:.7g}")

    share.__doc__ = f"Manders' M{letter}, threshold: {limit}."
    pixel_metric(
        f"Manders M{letter}{words}",
        name=f"manders_m{letter}" + ("" if method == "none" else f"_{method}"),
        group="co-occurrence",
        summary=f"share of image {letter} where image {3 - image} is above {limit}",
        formula=f"Σ{one} where {other} > t / Σ{one} over all of the region; t: {limit}",
        range=(0.0, 1.0),
        higher_is_more_similar=True,
        unit="1",
        rescaled=False,
        blind="how bright the other image is, above the threshold",
        caveat=caveat,
        source="Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x"
        + (
            "; Costes et al. 2004, doi:10.1529/biophysj.103.038422"
            if method in ("costes", "coloc2")
            else ""
        )
        + ("; Otsu 1979, doi:10.1109/TSMC.1979.4310076" if method == "otsu" else ""),
    )(share)


for _method in _METHODS:
    for _image in (1, 2):
        _register(_image, _method)
