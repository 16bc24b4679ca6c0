"""Register the size of detail down to which a region is alike, by Fourier rings."""

from __future__ import annotations

import math

from ..ground.errors import Undefined
from ..metrics.definition import Measured, pixel_metric
from ..metrics.pixels import Pixels
from .fourier_rings import rings
from .frc import resolution_of

_PLANE = ("y", "x")


@pixel_metric(
    "FRC resolution",
    group="structure",
    summary="down to which size of detail the images are alike",
    formula="1/q, q the frequency at which Σ Re F₁F₂* / √(Σ|F₁|²·Σ|F₂|²) over rings, "
    "smoothed, first falls below 1/7; F: Fourier transforms under a window",
    range=(2.0, math.inf),
    higher_is_more_similar=False,
    equal=2.0,
    unit="pixel",
    rescaled=False,
    blind="gain and offset; how alike what is coarser is",
    caveat="a resolution only where each image has noise of its own and none is "
    "shifted; 2: alike down to the finest waves that pixels hold",
    source="Nieuwenhuizen et al. 2013, doi:10.1038/nmeth.2448",
)
def frc_resolution(pixels: Pixels) -> Measured:
    """Return the size of the finest detail that both images share, in pixels."""
    stack = pixels.stack
    if stack.axes != _PLANE:
        # The slices of a stack lie apart by more than a pixel, by how much is not known
        # here, and shells of steps of 1 would be no shells.
        raise Undefined(
            "FRC resolution is of a plane, and here several are pooled: compare them "
            "apart, or ask similij.frc, which takes stacks by shells"
        )
    curve = rings(stack.x, stack.y, stack.mask, (1.0, 1.0))
    value, notes = resolution_of(curve, "1/7", "pixel")
    return Measured(value, "; ".join(notes))
