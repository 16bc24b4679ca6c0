"""Give the rows of a call their verdicts, one by one.

A verdict takes as long as hundreds of rows, and a Log with thousands of paragraphs is
read by nobody: so `RowVerdicts` gives the first rows of a call one each, and lets the
next row say that it stops there. Where a row can have none, its numbers are as without.

`verdicts.verdict` is imported when it is needed: tables without verdicts, the usual
ones, must not wait for what it imports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..metrics.pixels import Pixels
from ..moments.moments import Moments
from .places import Words, rows_of

if TYPE_CHECKING:
    from ..preparation.preparation import Preparation


MOST = 50
"""Number of rows of a call that have a verdict, the first ones."""


class RowVerdicts:
    """Count the rows of one call that got a verdict, over all of its comparisons."""

    def __init__(self) -> None:
        self._rows = 0

    def next(self, find: Callable[[], Words]) -> Words:
        """Return what the next row says, once that they stop here, then nothing."""
        self._rows += 1
        if self._rows <= MOST:
            return find()
        if self._rows > MOST + 1:
            return Words("")
        return sentence(
            f"the first {MOST} rows have one each, and these and all that follow are "
            "more: ask for fewer regions or planes"
        )


def why_not(planes: int, preparation: Preparation | None) -> str:
    """Return the reason why no row of a comparison has a verdict; "" if it has."""
    if planes > 1:
        return f"{planes} planes are pooled, and a verdict is of one"
    if preparation is not None and any(preparation.blur):
        return "the images were blurred first, which hides their noise: leave blur out"
    return ""


def sentence(why: str) -> Words:
    """Say that there is no verdict, and why."""
    from .verdict import no_verdict

    return Words(no_verdict(why).text)


def verdict_of(
    pixels: Pixels | None, moments: Moments, pixel: tuple[float, str]
) -> Words:
    """Return the verdict of the pixels of a region, or why there is none."""
    from .verdict import verdict_at

    if pixels is None or not pixels.blocks:
        return sentence("no pixel is compared")
    pixels.moments = moments
    x, y, mask, axes = pixels.stack
    if len(axes) != len(("y", "x")):
        return sentence("a verdict is of a plane (y, x)")
    try:
        top, left = pixels.blocks[0].origin[-2:]
        # A block may be the box of its region: places are told as of the image.
        whole = verdict_at(x, y, mask, (top, left))
    except ModuleNotFoundError as error:
        return sentence(str(error))
    return Words(whole.text, rows_of(whole.places, pixel))
