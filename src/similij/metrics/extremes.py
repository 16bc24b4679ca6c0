"""Compute metrics that need the smallest, the largest or the most different pixel.

x is image 1, the reference; y is image 2. They share one read of the pixels, beside the
one that the moments come from; PSNR of integers needs none.
"""

from __future__ import annotations

import math

from ..ground.errors import Undefined
from ..moments.moments import check_varies
from .defaults import rmsd
from .definition import Measured, pixel_metric
from .pixels import Pixels


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
    index = pixels.extremes.where
    # Python's numbers: in the images' own type uint8 - uint8 would wrap.
    a, b = x[index].item(), y[index].item()
    if not math.isfinite(b - a):
        raise Undefined("values are too far apart for float64: divide the images first")
    place = pixels.place(index)
    return Measured(
        float(abs(b - a)), f"largest difference (y - x = {b - a:.7g}) at {place}"
    )


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
    return rmsd(pixels.moments) / pixels.span


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
