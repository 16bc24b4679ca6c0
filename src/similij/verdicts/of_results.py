"""Verdicts of results: of a whole comparison, and of its rows one by one.

A comparison keeps no image, so that a verdict of it needs those who were compared to be
in memory still: `ComparedPair` remembers them weakly. A verdict takes as long as
hundreds of rows, and a Log with thousands of paragraphs is read by nobody: so
`RowVerdicts` gives the first rows of a call one each, and lets the next row say that it
stops there. Where a row can have none, the numbers stand without it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..metrics.pixels import Pixels
from ..moments.moments import Moments

if TYPE_CHECKING:
    from ..preparation.preparation import Preparation
    from .verdict import Verdict


SHOWN = 1 << 22
"""Pixels up to which a notebook works a verdict out by itself: a second or two."""


@dataclass(slots=True)
class ComparedPair:
    """What was compared, or the reason why no verdict is had of it."""

    x: Any = None
    y: Any = None
    mask: Any = None
    reason: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the images behind where a comparison is copied or sent away."""
        reason = self.reason or "the images did not travel with the comparison"
        return ComparedPair, (None, None, None, reason)

    @property
    def images(self) -> tuple[Any, Any] | None:
        """Both images, if they are still there."""
        if self.reason or self.x is None:
            return None
        x, y = self.x(), self.y()
        return None if x is None or y is None else (x, y)

    @property
    def shown(self) -> bool:
        """Whether a verdict can be shown without being asked for."""
        images = self.images
        return images is not None and int(getattr(images[0], "size", 0)) <= SHOWN

    def verdict(self) -> Verdict:
        """Work the verdict out, or say why there is none."""
        from .verdict import no_verdict, verdict

        images = self.images
        if images is None:
            gone = "the images are no longer in memory, and a comparison keeps none"
            advice = "call similij.verdict(x, y) on two planes, with mask=... if wanted"
            return no_verdict(f"{self.reason or gone}: {advice}")
        return verdict(*images, mask=self.mask)


def compared_pair(x: Any, y: Any, mask: Any, rows: int, changed: str) -> ComparedPair:
    """Refer to two images.

    Parameters
    ----------
    x, y : array-like
        As they were given.
    mask : array-like of bool or None
        As it was given.
    rows : int
        How many rows the comparison has.
    changed : str
        What makes the rows be of something else than the images: an option's name.
    """
    shape = getattr(x, "shape", ())
    if rows != 1:
        return ComparedPair(
            reason=f"this comparison has {rows} rows, a verdict is of one"
        )
    if changed:
        return ComparedPair(reason=f"the comparison was made with {changed}")
    if hasattr(x, "chunks") and getattr(x, "chunks", None):
        return ComparedPair(reason="the images come in parts (dask)")
    if len(shape) < 2 or any(size != 1 for size in shape[:-2]):  # noqa: PLR2004
        return ComparedPair(reason="the images are no single planes (y, x)")
    try:
        return ComparedPair(weakref.ref(x), weakref.ref(y), mask)
    except TypeError:
        return ComparedPair()


MOST = 50
"""Rows of a call that have a verdict, in their order."""


class RowVerdicts:
    """Verdicts of the rows of one call, shared by all of its comparisons."""

    def __init__(self) -> None:
        self._rows = 0

    def next(self, find: Callable[[], str]) -> str:
        """Words of the next row: found, or why not; "" once that was said."""
        self._rows += 1
        if self._rows <= MOST:
            return find()
        if self._rows > MOST + 1:
            return ""
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


def sentence(why: str) -> str:
    """Say that there is no verdict, and why."""
    from .verdict import no_verdict

    return no_verdict(why).text


def verdict_of(pixels: Pixels | None, found: Moments) -> str:
    """Verdict of the pixels of a region, or why there is none."""
    from .verdict import verdict

    if pixels is None or not pixels.blocks:
        return sentence("no pixel is compared")
    pixels.moments = found
    x, y, mask, axes = pixels.stack
    if len(axes) != len(("y", "x")):
        return sentence("a verdict is of a plane (y, x)")
    try:
        return verdict(x, y, mask=mask).text
    except ModuleNotFoundError as error:
        return sentence(str(error))
