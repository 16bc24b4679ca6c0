"""Accumulate the moments of one region, block by block, and make its row.

The part of `tally` for regions, each by itself, and for the whole image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ground.types import Array
from ..metrics.pixels import Block, Pixels
from ..metrics.registry import refuse_more
from ..moments.moments import Moments, merge
from ..moments.of_arrays import moments
from ..preparation.rescale import RescaledPair
from ..regions.region import Region, inside, position

if TYPE_CHECKING:
    from ..ground.types import Row
    from .task import Task


class RegionTally:
    """Accumulate one region, or all pixels, and all that its row is made of.

    Parameters
    ----------
    name : str
        What the row calls it.
    region : Region or None
        None: all pixels.
    task : Task
        What is asked.
    one_block : bool
        True if the first block is all there is and stays in memory, so that its pixels
        need not be copied.
    shape : tuple of int
        Height and width of the images.
    """

    def __init__(
        self,
        name: str,
        region: Region | None,
        task: Task,
        one_block: bool,
        shape: tuple[int, int] = (0, 0),
    ) -> None:
        self._name = name
        self.region = region
        self._task = task
        self._moments: Moments | None = None
        self._passes = 0
        self._rescaled = (
            None
            if task.rescale is None
            else RescaledPair(task.rescale, one_block=one_block)
        )
        rescaled = task.rescale is not None
        self._pixels = (
            Pixels(
                task.question.data_range,
                task.types,
                rescaled=rescaled,
                thresholds=task.question.thresholds,
            )
            if task.holds
            else None
        )
        self._copied = not one_block
        self._problem, self._warning = position(region, shape)

    @property
    def has_pixels(self) -> bool:
        """Whether any of its pixels lie in the images."""
        return not self._problem

    def add(
        self, x: Array, y: Array, mask: Array | None, origin: tuple[int, int]
    ) -> None:
        """Take the part of a block that the region reaches into."""
        if self._problem:
            return
        part = inside(self.region, x, y, mask, origin)
        if part is None:
            return
        x, y, mask, origin = part
        clean = True
        if self._passes == 0:
            block = moments(x, y, mask)
            # The moments have counted what is not finite: of most blocks nothing is,
            # and rescaling need not look again.
            clean = block.excluded == 0 and block.infinite == 0
            self._moments = merge(self._moments, block)
            if self._pixels is not None:
                if self._copied:
                    refuse_more(self._pixels.held + x.size)
                self._pixels.add(Block(x, y, mask, origin), copied=self._copied)
        if self._rescaled is not None:
            clean = clean and self._passes == 0
            self._rescaled.add(*_values(x, y, mask, clean=clean))

    def take(self, total: Moments | None) -> None:
        """Take the moments of all blocks, summed elsewhere."""
        self._moments = total

    def end_pass(self) -> bool:
        """Finish a pass; True if the region needs its pixels again, to rescale them."""
        self._passes += 1
        if self._rescaled is None or self._moments is None or self._moments.infinite:
            return False
        return self._rescaled.end_pass()

    def row(self) -> Row:
        """Return the row of the region: its numbers, or why there are none."""
        if self._problem:
            return self._task.row(self._name, self._problem)
        if self._pixels is not None:
            self._pixels.axes = self._task.axes
            self._pixels.motion = self._task.motion
        return self._task.finished(
            self._name, self._moments, self._rescaled, self._warning, self._pixels
        )


def _values(
    x: Array, y: Array, mask: Array | None, *, clean: bool
) -> tuple[Array, Array]:
    """Select the pixels compared, one-dimensional: in the mask, finite in both."""
    if mask is not None:
        x, y = x[mask], y[mask]
    x, y = x.reshape(-1), y.reshape(-1)
    if clean or (x.dtype.kind != "f" and y.dtype.kind != "f"):
        return x, y
    keep = np.isfinite(x) & np.isfinite(y)
    return x[keep], y[keep]
