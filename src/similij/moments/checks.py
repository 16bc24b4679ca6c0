"""Preconditions of metrics: there are pixels, they vary, their squares fit float64."""

from __future__ import annotations

import math

from ..ground.errors import Undefined
from .moments import Moments

TOO_LARGE = (
    "values are too large for sums in float64: divide the images by a constant first"
)


SMALLEST_SQUARE = 1e-310
"""A mean square below this has lost digits: float64 ends near 1e-308."""


def check(moments: Moments) -> None:
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


def check_varies(moments: Moments, what: str, images: str = "12") -> None:
    """Raise where image 1 or 2 (those named) has one value only."""
    means = (moments.mean_x, moments.mean_y)
    for constant, who, mean in zip(moments.constant, "12", means, strict=True):
        if constant and who in images:
            raise Undefined(
                f"{{{who}}} is constant here (every pixel is {mean:g}): "
                f"{what} is undefined"
            )


def check_squares(total: float, n: int) -> None:
    """Raise where a sum of squares left the range of float64 (integers never do)."""
    if isinstance(total, int):
        return
    if not math.isfinite(total):
        raise Undefined(TOO_LARGE)
    if total < SMALLEST_SQUARE * n:
        raise Undefined(
            "values are too alike to square their differences in float64: "
            "multiply the images by a constant first"
        )
