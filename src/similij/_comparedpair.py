"""The two images behind a comparison, for its verdict, without keeping them alive.

A verdict costs a hundred times what a comparison does, so it is worked out when it is
asked for; and a list of a thousand comparisons must not hold two thousand images. So
the images are referred to weakly: there as long as somebody else has them. The mask,
often made in the call itself, is kept.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .verdicts import Verdict

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
        from .verdicts import no_verdict, verdict

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
