"""Accumulate each region of an image pair, block by block, and make the rows.

The one engine behind `compare`, the batch and ImageJ: blocks of both images go in, in
any order; after each pass `end_pass` says whether they are needed again; `rows` come
out. It neither reads files nor knows where the pixels come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ground.types import Array, Row
from ..regions.read import Regions, label_regions
from ..regions.region import Region
from .label_tally import LabelTally
from .region_tally import RegionTally
from .table.columns import WHOLE_IMAGE
from .table.table import Table
from .task import Task

if TYPE_CHECKING:
    from .blocks.sums import BlockSums


class Tally:
    """Accumulate all regions of one set of planes, and make their rows.

    Everybody who compares begins here: `compare`, the batch, all pairs, blocks on
    workers, and ImageJ, whose planes come one at a time.

    Parameters
    ----------
    task : Task
        What is asked of these planes.
    chosen : Regions, optional
        A row each, then one for each label; None: one row for all pixels.
    shape : tuple of int
        Height and width of the images.
    masked : bool
        Whether blocks come with a mask, which the one row of all pixels is named for.
    one_block : bool
        True if the first block is all there is and stays in memory.
    inverse : bool
        Whether the background, the pixels in none of the regions, is the last row.

    Raises
    ------
    RegionError
        If the labels, or the mask of a region, are of another size than the images; or
        if labels of several planes are to have a background.
    """

    def __init__(
        self,
        task: Task,
        chosen: Regions | None = None,
        shape: tuple[int, int] = (0, 0),
        *,
        masked: bool = False,
        one_block: bool = False,
        inverse: bool = False,
    ) -> None:
        regions = [] if chosen is None else [*chosen.regions]
        labels = None if chosen is None else chosen.labels
        self._regions = 1 if chosen is None else len(regions)
        self._backgrounds = int(inverse)
        if inverse:
            regions.append(Regions(regions, labels).inverse(*shape))
        # Metrics of pixels need those of a label side by side: each becomes a region.
        if labels is not None and task.holds:
            labels.check(*shape)
            regions += label_regions(labels)
            labels = None
        self._labels = (
            None
            if labels is None
            else LabelTally(task, labels, shape, one_block=one_block)
        )
        if chosen is None:
            name = "Mask" if masked else WHOLE_IMAGE
            self._tallies = [RegionTally(name, None, task, one_block)]
        else:
            self._tallies = [
                RegionTally(region.name, region, task, one_block, shape)
                for region in regions
            ]

    def add(
        self,
        x: Array,
        y: Array,
        mask: Array | None = None,
        origin: Sequence[int] = (0, 0),
    ) -> None:
        """Take a block of both images.

        Parameters
        ----------
        x, y : ndarray
            Of one shape; with regions the last two axes are (y, x).
        mask : ndarray of bool, optional
            Of the same shape or broadcastable to it: pixels that count.
        origin : sequence of int
            Where in the images the block's first row and column lie: (y, x); for
            labels with more axes of those, too, that come before.
        """
        if mask is not None:
            mask = np.broadcast_to(mask, x.shape)
        top, left = origin[-2:]
        for part in self._tallies:
            part.add(x, y, mask, (top, left))
        if self._labels is not None:
            self._labels.add(x, y, mask, origin)

    def wanted(self) -> list[tuple[int, Region | None]]:
        """Return the regions that have pixels, by number; None: all pixels."""
        return [(k, p.region) for k, p in enumerate(self._tallies) if p.has_pixels]

    def take(self, sums: BlockSums) -> None:
        """Take the sums of all blocks, summed elsewhere."""
        for k, part in enumerate(self._tallies):
            part.take(sums.regions.get(k))
        if self._labels is not None and sums.labels is not None:
            self._labels.take(sums.labels)

    def end_pass(self) -> bool:
        """Finish a pass over the images; True if all blocks are needed again."""
        again = [part.end_pass() for part in self._tallies]
        if self._labels is not None:
            again.append(self._labels.end_pass())
        return any(again)

    def rows(self) -> Table:
        """Give the rows of the regions, then of the labels, then of the background."""
        of_regions = self.region_rows()
        if len(self._tallies) == self._regions and self._labels is None:
            return Table.of(of_regions)
        return Table.concat([of_regions, self.label_rows(), self.background_rows()])

    def region_rows(self) -> list[Row]:
        """Return one row per region, or that of the whole image."""
        return [part.row() for part in self._tallies[: self._regions]]

    def label_rows(self) -> Table:
        """Return one row per label."""
        if self._labels is None:
            first = self._regions + self._backgrounds
            return Table.of([part.row() for part in self._tallies[first:]])
        return self._labels.rows()

    def background_rows(self) -> list[Row]:
        """Give the row of the background, if it is one."""
        last = self._regions + self._backgrounds
        return [part.row() for part in self._tallies[self._regions : last]]
