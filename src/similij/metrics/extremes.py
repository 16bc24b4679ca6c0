"""Compute metrics that need the smallest, the largest or the most different pixel.

x is image 1, the reference; y is image 2. They share one read of the pixels, beside the
one that the moments come from; PSNR of integers needs none.
"""

from __future__ import annotations

import math
from fractions import Fraction

from ..ground.errors import Undefined
from ..moments.moments import check_varies
from .defaults import rmsd
from .definition import Measured, pixel_metric
from .pixels import Pixels

_FEWEST = 1e-300
"""A quotient below this may have lost digits: float64 ends near 1e-308."""


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
    # Python's numbers: in the images' own type uint8 - uint8 would wrap. Fractions, as
    # Python rounds an integer to a float before it subtracts one.
    a, b = Fraction(x[index].item()), Fraction(y[index].item())
    try:
        apart = float(b - a)
    except OverflowError:
        raise Undefined(
            "values are too far apart for float64: divide the images first"
        ) from None
    place = pixels.place(index)
    return Measured(abs(apart), f"largest difference (y - x = {apart:.7g}) at {place}")


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
    """Peak signal-to-noise ratio: 20·log10(data range / RMSD), in decibel.

    The data range is `data_range`, where that is given. Else, of two images of
    integers, what their type can hold (1 of bool, 255 of 8 bits with or without a
    sign, 65535 of 16, ...), and of two such types the larger: 65535 of uint8 beside
    uint16, whichever is image 1. Where either is of floats, which hold anything, it is
    what image 1 spans in the region, largest less smallest compared value, whichever
    of the two the floats are: PSNR of uint8 beside float32 is another number than of
    float32 beside uint8. Types are those of the images as they came, before a
    background is subtracted or they are blurred.

    Raises
    ------
    Undefined
        If the images are equal, or image 1 is constant where its span is needed.
    """
    span, words = pixels.dynamic_range
    deviation = rmsd(pixels.moments)
    if deviation == 0:
        raise Undefined("the images are equal: PSNR is infinite")
    ratio = span / deviation
    if _FEWEST < ratio < math.inf:
        return Measured(20 * math.log10(ratio), words)
    # The quotient is beyond float64, its logarithm is not.
    return Measured(20 * (math.log10(span) - math.log10(deviation)), words)
