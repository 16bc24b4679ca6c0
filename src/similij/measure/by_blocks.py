"""Compare images that are read in parts: every block once, wherever there is a worker.

Not here: where blocks are cut (`blocks.plan`), what is summed of one (`blocks.sums`),
and which threads, processes or machines do it (`blocks.workers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..images.lazy_arrays import stored_in
from ..images.pair import Pair
from ..regions.region import Region
from .blocks.plan import STEP, Cuts, Grid, Plan, plan
from .blocks.sums import BlockGroup, BlockSums, Tree, part_of, sums_of
from .blocks.workers import Threads, Workers, current
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..regions.labels import LabelImage


NumberedRegions: TypeAlias = Sequence[tuple[int, Region | None]]
"""Regions by their numbers; None: all pixels."""

GroupBox: TypeAlias = tuple[tuple[slice, ...], NumberedRegions]
"""Where a group of blocks lies, and the regions that reach into it."""


def sum_by_blocks(tally: Tally, pair: Pair, labels: LabelImage | None) -> None:
    """Fill a tally with images of which a part is in memory at a time.

    Parameters
    ----------
    tally : Tally
        With metrics of moments, and without rescaling.
    pair : Pair
        Of dask arrays; or in memory, where the labels are not.
    labels : LabelImage, optional
        Those of the tally.
    """
    arrays = arrays_of(pair, labels)
    place = current()
    cut = plan_of(arrays, place)
    boxes = [*_wanted(cut, tally.wanted(), everywhere=labels is not None)]
    tree = Tree(len(boxes))
    tasks = groups(arrays, cut, boxes)
    for k, sums in place.run(sums_of, tasks, len(boxes), cut.held):
        tree.add(k, sums)
    tally.take(tree.total or BlockSums())


def arrays_of(pair: Pair, labels: LabelImage | None) -> list[Any]:
    """Return image 1, image 2, mask and labels, without leading axes of length 1."""
    x, y, mask = (
        a[None] if a is not None and pair.x.ndim == 1 else a
        for a in (pair.x, pair.y, pair.mask)
    )
    numbers = None if labels is None else labels.labels
    while numbers is not None and numbers.ndim > x.ndim:
        numbers = numbers[0]
    return [x, y, mask, numbers]


def plan_of(
    arrays: Sequence[Any], place: Threads | Workers, wanted: int | None = None
) -> Plan:
    """Cut images, mask and labels.

    Raises
    ------
    ImageError
        If a chunk does not fit the memory.
    """
    shape = arrays[0].shape
    grids = [
        Grid(_cuts(array, shape), array.dtype.itemsize)
        for array in arrays
        if hasattr(array, "dask")
    ]
    return plan(shape, grids, place.most, min(wanted or STEP, place.wanted))


def groups(
    arrays: Sequence[Any], cut: Plan, boxes: Sequence[GroupBox]
) -> Iterator[BlockGroup]:
    """Make the tasks as they are needed: there may be thousands."""
    sources = [stored_in(array) for array in arrays]
    for box, near in boxes:
        parts = [None if a is None else part_of(a, box) for a in sources]
        yield BlockGroup(
            parts, cut.within(box), tuple(part.start for part in box), near
        )


def _wanted(
    cut: Plan, regions: NumberedRegions, *, everywhere: bool
) -> Iterator[GroupBox]:
    """Yield boxes of groups, with the regions that reach into each; none without."""
    regions_at: dict[tuple[int, int], NumberedRegions] = {}
    for box in cut.boxes():
        # Regions are looked for once in a box of (y, x): every z and t has the same.
        place = box[-2].start, box[-1].start
        if place not in regions_at:
            regions_at[place] = [
                (k, r) for k, r in regions if r is None or _near(r, box)
            ]
        if regions_at[place] or everywhere:
            yield box, regions_at[place]


def _near(region: Region, box: tuple[slice, ...]) -> bool:
    """Whether the bounds of a region reach into a box."""
    rows, columns = box[-2:]
    return bool(
        region.y < rows.stop
        and rows.start < region.y + region.height
        and region.x < columns.stop
        and columns.start < region.x + region.width
    )


def _cuts(array: Any, shape: tuple[int, ...]) -> tuple[Cuts, ...]:
    """Return where chunks end, along the axes of the images."""
    cuts: list[Cuts] = [(0, n) for n in shape]
    for axis in range(-array.ndim, 0):
        if array.shape[axis] == shape[axis] and array.shape[axis] > 1:
            ends = np.cumsum(array.chunks[axis]).tolist()
            cuts[axis] = tuple(sorted({0, *ends}))
    return tuple(cuts)
