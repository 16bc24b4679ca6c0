"""Register what aligning changed: the numbers of the same pixels before, and how far.

They are defined where `align` moved an image. Both numbers of a row, before and after,
are of the very same pixels of the other image, so that nothing but the motion is
between them: the moved image is taken as it was, at the places that are compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..ground.errors import Undefined
from ..moments.moments import Moments
from ..moments.of_arrays import moments
from .defaults import mean_difference, pearson, rmsd
from .definition import Measured, pixel_metric
from .pixels import Pixels

_FACTS: dict[str, Any] = {"group": "alignment", "rescaled": False}

_SOURCE = "ours: the usual number, of the pixels that are compared with align"

_UNDEFINED = "blank, with the reason, without align"


def _before(pixels: Pixels) -> Moments:
    """Return the moments of the compared pixels without the motion, worked out once."""
    return pixels.once("unaligned", lambda: moments(*pixels.unaligned()))


def _of_before(
    pixels: Pixels, function: Callable[[Moments], float], label: str
) -> float | Measured:
    before = _before(pixels)
    if pixels.rescaled and label != "R":
        # A row must not set a number of rescaled values beside one of others.
        raise Undefined(
            f"{label} is of rescaled values, and what it was before aligning is not "
            "known of those: leave rescale out"
        )
    value = function(before)
    if not before.excluded:
        return value
    where = "pixel is" if before.excluded == 1 else "pixels are"
    words = f"{before.excluded} {where} NaN before aligning, and not in {label} then"
    return Measured(value, words)


@pixel_metric(
    "Pearson R, unaligned",
    range=(-1.0, 1.0),
    higher_is_more_similar=True,
    unit="1",
    summary="what R was before image 2 was moved",
    formula="Pearson R of x(p) and y(p), p the pixels that are compared with align",
    blind="gain and offset",
    caveat=_UNDEFINED,
    source=_SOURCE,
    **_FACTS,
)
def pearson_unaligned(pixels: Pixels) -> float | Measured:
    """Return Pearson's R of the compared pixels before image 2 was moved."""
    return _of_before(pixels, pearson, "R")


@pixel_metric(
    "RMSD, unaligned",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    unit="intensity",
    summary="what RMSD was before that",
    formula="RMSD of x(p) and y(p), p the pixels that are compared with align",
    blind="where the differences are",
    caveat="a move by a part of a pixel smooths noise, which alone makes RMSD smaller; "
    f"{_UNDEFINED}, and with rescale",
    source=_SOURCE,
    **_FACTS,
)
def rmsd_unaligned(pixels: Pixels) -> float | Measured:
    """Return the RMSD of the compared pixels before image 2 was moved."""
    return _of_before(pixels, rmsd, "RMSD")


@pixel_metric(
    "Mean Difference, unaligned",
    range=(0.0, math.inf),
    higher_is_more_similar=False,
    unit="intensity",
    summary="what it was before that",
    formula="Mean Difference of x(p) and y(p), p the pixels that are compared with "
    "align",
    blind="where the differences are",
    caveat=f"as of RMSD, unaligned: noise; {_UNDEFINED}, and with rescale",
    source=_SOURCE,
    **_FACTS,
)
def mean_difference_unaligned(pixels: Pixels) -> float | Measured:
    """Return the Mean Difference of the compared pixels before image 2 was moved."""
    return _of_before(pixels, mean_difference, "Mean Difference")


def _register(name: str, label: str, summary: str, unit: str) -> None:
    def moved(pixels: Pixels) -> float:
        return float(getattr(pixels.moved, name))

    moved.__doc__ = f"Return {summary}."
    pixel_metric(
        label,
        name=f"moved_{name}",
        summary=summary,
        formula="as similij.align measures it, of the whole images within the mask",
        range=(-math.inf, math.inf),
        higher_is_more_similar=None,
        unit=unit,
        blind="what no motion of the whole image explains",
        caveat="of the whole image, not of the region; the note says how sure; of a "
        f"series, how far the frame was moved; {_UNDEFINED}",
        source="ours: similij.align",
        **_FACTS,
    )(moved)


_register("x", "Moved x", "how far image 2 was moved to the right", "pixel")
_register("y", "Moved y", "how far image 2 was moved down", "pixel")
_register(
    "angle", "Moved angle", "how far image 2 was turned, in degrees to the left", "1"
)
