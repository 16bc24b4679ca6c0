"""Register the metrics of a shift: how far image 2 lies from image 1, and R at that.

They are the numbers of `similij.shift`, searched once for a region however many of them
are asked for. A quarter of each axis of the region is searched.
"""

from __future__ import annotations

import math
from typing import Any

from ..ground.errors import Undefined
from ..metrics.definition import Measured, pixel_metric
from ..metrics.pixels import Pixels
from .shift_search import SHARE, Displacement, search

_MOST_AXES = 3
"""Axes of a stack of slices, (z, y, x)."""

_FACTS: dict[str, Any] = {
    "group": "shift",
    "rescaled": False,
    "blind": "gain and offset; turning and stretching",
    "source": "van Steensel et al. 1996, doi:10.1242/jcs.109.4.787; masked as by "
    "Padfield 2012, doi:10.1109/TIP.2011.2181402",
}


def displacement_of(pixels: Pixels) -> Displacement:
    """Search the region, once for all metrics of a shift.

    Raises
    ------
    Undefined
        If it is no plane or stack, or R is undefined at every shift.
    """
    axes = pixels.stack.axes
    pooled = [axis for axis in axes if axis in ("c", "t")]
    if pooled or len(axes) > _MOST_AXES:
        which = "channels" if "c" in pooled else "frames" if pooled else "planes"
        raise Undefined(
            f"a shift is of a plane or a stack of slices, and here {which} are pooled: "
            "compare them apart"
        )
    # Once for the region: `shift_x`, `shift_y`, `shift_z` and R are of one search.
    displacement = pixels.once("shift", lambda: search(*pixels.stack[:3]))
    if math.isnan(displacement.peak):
        raise Undefined("; ".join(displacement.reasons))
    return displacement


def _note(displacement: Displacement, axes: tuple[str, ...]) -> str:
    """Say how far was searched, and whether the peak is there."""
    reach = [
        f"±{s} in {axis}"
        for axis, s in zip(axes[::-1], displacement.reach[::-1], strict=True)
        if s
    ]
    words = f"shift searched {', '.join(reach) or 'nowhere'} (pixels)"
    if displacement.at_end:
        ends = ", ".join(axes[k] for k in displacement.at_end)
        words += (
            f"; R is highest at the end of that along {ends}, the true shift may be "
            "larger: similij.shift looks farther with max_shift"
        )
    return words


def _along(pixels: Pixels, place: int, name: str) -> Measured:
    """Return the shift along an axis, which is counted from the last."""
    stack = pixels.stack
    displacement = displacement_of(pixels)
    if place > len(stack.axes):
        raise Undefined(f"a plane has no {name}: shift_{name} is undefined")
    if displacement.reach[-place] == 0:
        size = stack.x.shape[-place]
        raise Undefined(
            f"{size} pixels along {name} are too few to look for a shift: "
            f"{SHARE} are needed"
        )
    if refusal := displacement.refusal(stack.axes):
        raise Undefined(f"{refusal}: shift_{name} is undefined")
    return Measured(displacement.offset[-place], _note(displacement, stack.axes))


def _register(place: int, name: str, where: str) -> None:
    def shift(pixels: Pixels) -> Measured:
        return _along(pixels, place, name)

    shift.__doc__ = f"Shift of image 2 along {name}, in pixels."
    pixel_metric(
        f"Shift {name}",
        name=f"shift_{name}",
        summary=f"how many {where} image 2 has what image 1 has",
        formula="the shift s at which Pearson R of x(p) and y(p+s), of the pixels that "
        f"overlap, is highest, to a part of a pixel: its {name}",
        range=(-math.inf, math.inf),
        higher_is_more_similar=None,
        equal=0.0,
        unit="pixel",
        caveat="looks up to a quarter of the region's box to either side; blank, with "
        "the reason, where R still rises there, or is nowhere above chance",
        **_FACTS,
    )(shift)


for _place, _name, _where in (
    (1, "x", "pixels further right"),
    (2, "y", "pixels further down"),
    (3, "z", "slices further on"),
):
    _register(_place, _name, _where)


@pixel_metric(
    "R at best shift",
    summary="whether bright goes with bright, once a shift is allowed for",
    formula="max over whole-pixel shifts s of Pearson R of x(p) and y(p+s), of the "
    "pixels that overlap",
    range=(-1.0, 1.0),
    higher_is_more_similar=True,
    equal=1.0,
    unit="1",
    caveat="the best of many: above 0 for images that have nothing in common, too",
    **_FACTS,
)
def pearson_at_shift(pixels: Pixels) -> Measured:
    """Return Pearson's R over what overlaps at the best whole-pixel shift."""
    displacement = displacement_of(pixels)
    return Measured(displacement.peak, _note(displacement, pixels.stack.axes))
