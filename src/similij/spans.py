"""Metrics that need the smallest, the largest or the most different pixel.

x is image 1, the reference; y is image 2. These need a look at the pixels themselves,
beside the one pass that the moments come from.
"""

from __future__ import annotations

import math

import numpy as np

from ._pixels import Pixels
from ._registry import Measured, Undefined, pixel_metric
from .metrics import check_varies, rmsd
from .sums import Array

_WIDE = 8
"""Bytes of the types whose differences may not fit 64 bits."""


@pixel_metric(
    "Largest difference",
    group="agreement",
    summary="how far apart the two most different pixels are, and where",
    formula="max |x-y|; the note has its place and y-x there",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="intensity",
    rescaled=False,
    blind="all other pixels",
    caveat="one hot pixel is enough; grows with the number of pixels",
    source="the maximum norm",
)
def max_difference(pixels: Pixels) -> Measured:
    """Largest absolute difference; of equal ones the first place is given."""
    x, y = pixels.values
    apart = absolute_difference(x, y)
    index = int(np.argmax(apart))
    a, b = x[index].item(), y[index].item()
    if not math.isfinite(b - a):
        raise Undefined("values are too far apart for float64: divide the images first")
    place = pixels.place(index)
    return Measured(
        float(abs(b - a)), f"largest difference (y - x = {b - a:.7g}) at {place}"
    )


def absolute_difference(x: Array, y: Array) -> Array:
    """|x - y|, exact for integers, in float64 for floats.

    Examples
    --------
    >>> absolute_difference(np.array([3], np.uint8), np.array([5], np.uint8))
    array([2])
    """
    if x.dtype.kind == "f" or y.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.abs(x.astype(np.float64) - y.astype(np.float64))
    if max(x.dtype.itemsize, y.dtype.itemsize) < _WIDE:
        wide: Array = np.abs(x.astype(np.int64) - y.astype(np.int64))
        return wide
    if x.dtype.kind == y.dtype.kind:  # the difference of 64 bits fits 64, unsigned
        a, b = x.astype(np.uint64), y.astype(np.uint64)
        return np.where(x > y, a - b, b - a)
    exact: Array = np.abs(x.astype(object) - y.astype(object))  # slow, and right
    return exact


@pixel_metric(
    "NRMSD (range)",
    group="agreement",
    summary="RMSD as a part of what image 1 spans",
    formula="RMSD / (max x - min x)",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    equal=0.0,
    unit="1",
    rescaled=False,
    blind="what kind of difference it is",
    caveat="one outlier in image 1 halves it",
    source="normalization='min-max' of scikit-image's normalized_root_mse",
)
def nrmsd_range(pixels: Pixels) -> float:
    """RMSD over the span of image 1."""
    check_varies(pixels.moments, "NRMSD (range)", "1")
    return rmsd(pixels.moments) / pixels.spans[0]


@pixel_metric(
    "PSNR",
    group="agreement",
    summary="how far below the data range the RMSD is, in decibel",
    formula="20·log10( data range / RMSD )",
    range=(-math.inf, math.inf),
    higher_is_more_similar=True,
    unit="dB",
    rescaled=False,
    blind="what kind of difference it is, and where",
    caveat="says nothing without its data range, which the note has; infinite, so "
    "blank, for equal images",
    source="Gonzalez & Woods 2018, section 8.1",
)
def psnr(pixels: Pixels) -> Measured:
    """Peak signal-to-noise ratio."""
    span, words = pixels.dynamic_range
    deviation = rmsd(pixels.moments)
    if deviation == 0:
        raise Undefined("the images are equal: PSNR is infinite")
    return Measured(20 * math.log10(span / deviation), words)
