"""Sum a group of blocks, on whichever worker, and merge such sums.

A `BlockGroup` travels to a worker: of pixels in files, where they are, not they
themselves. It is read step by step, each once, and what comes back is small: moments
of every region and a table of the labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...ground.types import Array
from ...moments.label_groups import Beyond
from ...moments.label_table import LabelTable
from ...moments.moments import IntegerMoments, Moments, merge
from ...moments.of_arrays import moments
from ...moments.of_labels import FloatSums, IntegerSums, label_sums
from ...regions.labels import LabelImage
from ...regions.region import Region, inside
from .plan import Cuts, steps_of

if TYPE_CHECKING:
    from ...moments.of_labels import LabelSums


class BlockGroup:
    """Blocks that make one task. No dataclass: dask would look inside for arrays.

    Parameters
    ----------
    arrays : sequence of ndarray, dask array, StoredPart or None
        Image 1, image 2, mask and labels, of this group only.
    cuts : tuple of Cuts
        Of the steps, counted from where the group begins.
    origin : tuple of int
        Where in the images that is.
    regions : sequence of (int, Region or None)
        Those that may lie in it, and their numbers; None: all pixels.
    """

    __slots__ = ("arrays", "cuts", "origin", "regions")

    def __init__(
        self,
        arrays: Sequence[Any],
        cuts: tuple[Cuts, ...],
        origin: tuple[int, ...],
        regions: Sequence[tuple[int, Region | None]],
    ) -> None:
        self.arrays, self.cuts = arrays, cuts
        self.origin, self.regions = origin, regions

    def __reduce__(self) -> tuple[Any, ...]:
        return BlockGroup, (self.arrays, self.cuts, self.origin, self.regions)

    def steps(self) -> Iterator[tuple[list[Array | None], tuple[int, ...]]]:
        """Read image 1, image 2, mask and labels, and where they begin."""
        arrays = _ready(self.arrays)
        for index in steps_of(self.cuts):
            parts = [
                None if array is None else part_of(array, index) for array in arrays
            ]
            begin = (
                part.start + at for part, at in zip(index, self.origin, strict=True)
            )
            yield _read(parts), tuple(begin)


@dataclass
class BlockSums:
    """Hold the sums of some blocks.

    Attributes
    ----------
    regions : dict
        Moments of each region that has pixels in them, by its number.
    labels : LabelTable or None
        Sums of each label.
    """

    regions: dict[int, Moments] = field(default_factory=dict)
    labels: LabelTable | None = None

    def __add__(self, other: BlockSums) -> BlockSums:
        """Return both together; the order matters to the last digits of floats."""
        regions = dict(self.regions)
        for k, more in other.regions.items():
            regions[k] = merge(regions.get(k), more)
        if self.labels is None or other.labels is None:
            return BlockSums(regions, self.labels or other.labels)
        return BlockSums(regions, self.labels + other.labels)


def sums_of(group: BlockGroup) -> BlockSums:
    """Read a group, step by step, and sum."""
    total = BlockSums()
    for (x, y, inside_mask, labels), origin in group.steps():
        assert x is not None and y is not None  # only mask and labels may be
        mask = None if inside_mask is None else np.broadcast_to(inside_mask, x.shape)
        step = BlockSums()
        for k, region in group.regions:
            part = inside(region, x, y, mask, (origin[-2:] if region else (0, 0)))
            if part is not None:
                step.regions[k] = moments(*part[:3])
        if labels is not None:
            step.labels = label_table(x, y, mask, LabelImage(labels))
        total += step
    return total


def part_of(array: Any, index: Sequence[slice]) -> Any:
    """Return the part of an array that broadcasts to the images."""
    own = index[len(index) - array.ndim :]
    sizes = zip(own, array.shape, strict=True)
    return array[tuple(slice(None) if n == 1 else part for part, n in sizes)]


class Tree:
    """Merge results in pairs, in an order that does not depend on when they come.

    Added up as they come, floats would differ in their last digits from run to run; and
    kept until all are there, thousands of tables of labels would fill the memory.

    Parameters
    ----------
    count : int
        How many there will be.

    Examples
    --------
    >>> tree = Tree(3)
    >>> for k in (2, 0, 1):
    ...     tree.add(k, f"<{k}>")
    >>> tree.total
    '<0><1><2>'
    """

    def __init__(self, count: int) -> None:
        self._counts = [count]
        while self._counts[-1] > 1:
            self._counts.append(-(-self._counts[-1] // 2))
        self._waiting: dict[tuple[int, int], Any] = {}

    def add(self, k: int, result: Any) -> None:
        """Take the result of number k."""
        level = 0
        while level < len(self._counts) - 1:
            beside = k ^ 1
            if beside < self._counts[level]:
                other = self._waiting.pop((level, beside), None)
                if other is None:
                    break
                result = result + other if k < beside else other + result
            level, k = level + 1, k // 2
        self._waiting[level, k] = result

    @property
    def total(self) -> Any:
        """All of them together, once all have come; None where there were none."""
        return next(iter(self._waiting.values()), None)


def _ready(arrays: Sequence[Any]) -> list[Any]:
    """Forget what the graphs of dask arrays hold beyond this group."""
    lazy = [k for k, array in enumerate(arrays) if hasattr(array, "dask")]
    ready = list(arrays)
    if lazy:
        import dask

        for k, array in zip(
            lazy, dask.optimize(*(arrays[k] for k in lazy)), strict=True
        ):
            ready[k] = array
    return ready


def _read(parts: list[Any]) -> list[Array | None]:
    """Read what is not in memory yet."""
    lazy = [k for k, part in enumerate(parts) if hasattr(part, "dask")]
    arrays = [part.read() if hasattr(part, "read") else part for part in parts]
    if lazy:
        import dask

        # In this thread: the tasks beside it use the others.
        read = dask.compute(*(parts[k] for k in lazy), scheduler="synchronous")
        for k, part in zip(lazy, read, strict=True):
            arrays[k] = np.asarray(part)
    return arrays


def label_table(
    x: Array, y: Array, mask: Array | None, labels: LabelImage
) -> LabelTable:
    """Sum the labels of a block.

    Parameters
    ----------
    x, y : ndarray
        Of one shape.
    mask : ndarray of bool or None
        Of that shape.
    labels : LabelImage
        That broadcasts to it.

    Raises
    ------
    RegionError
        If there is a label below 0, or one that is not whole.
    """
    rows, ids, count = labels.indexed(surely=True)
    part = np.broadcast_to(rows, x.shape)
    present = np.flatnonzero(labels.present[1:]) + 1
    if mask is not None:
        part = np.where(mask, part, part.dtype.type(0))
    sums = label_sums(x.dtype, y.dtype, count)
    try:
        sums.add(x, y, part)
    except Beyond as error:  # rows were counted for sure
        raise AssertionError from error
    names = present if ids is None else ids[present]
    return LabelTable(names.astype(np.int64), _columns(sums, present), x.size)


def _columns(sums: LabelSums, rows: Array) -> Array:
    if isinstance(sums, FloatSums):
        columns: Array = sums.columns[rows]
        return columns
    if isinstance(sums, IntegerSums):
        return np.ascontiguousarray(sums.sums()[rows, :7])
    each = [sums.moments(int(row)) for row in rows]
    # Python's integers: of 32 and 64 bits, sums of squares are beyond an int64.
    table = np.zeros((len(rows), 7), object)
    for k, m in enumerate(each):
        assert isinstance(m, IntegerMoments)  # of integers
        table[k] = m.n, m.sum_x, m.sum_y, m.sum_xx, m.sum_yy, m.sum_xy, m.sum_abs
    return table
