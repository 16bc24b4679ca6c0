"""Sums of the labels of some blocks, by label: small, and merged by label.

A block has few of the labels of a volume, so its table has a row for each of those
only; and the labels themselves are read block by block, as the images are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._labelgroups import Beyond, GroupedSums
from ._labels import LabelImage
from ._labelsums import MANY, FloatSums, IntegerSums, label_sums, merged_columns
from .moments import IntegerMoments
from .sums import Array

if TYPE_CHECKING:
    from ._labelsums import LabelSums


@dataclass
class LabelTable:
    """Sums of labels.

    Attributes
    ----------
    ids : ndarray of int64
        Labels that have pixels, masked out or not: ascending, without background.
    columns : ndarray
        A row for each: of floats the attributes of FloatMoments; of integers those of
        IntegerMoments, as Python integers where 64 bits may not do.
    pixels : int
        Of the blocks.
    """

    ids: Array
    columns: Array
    pixels: int

    def __add__(self, other: LabelTable) -> LabelTable:
        """Both together."""
        ids = np.union1d(self.ids, other.ids)
        pixels = self.pixels + other.pixels
        mine, others = (_spread(table, ids, pixels) for table in (self, other))
        if self.columns.dtype == np.float64:
            return LabelTable(ids, merged_columns(mine, others), pixels)
        return LabelTable(ids, mine + others, pixels)

    def sums(self) -> LabelSums:
        """Return sums by row: row 0 is background, row k the label ids[k - 1]."""
        columns = np.concatenate([_zeros(self.columns, 1), self.columns])
        if columns.dtype == np.float64:
            return FloatSums.of(columns)
        if columns.dtype == np.int64:
            return IntegerSums.of(columns)
        rows = {k: IntegerMoments(*row) for k, row in enumerate(columns.tolist())}
        return GroupedSums.of(rows)


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
        found: Array = sums.columns[rows]
        return found
    if isinstance(sums, IntegerSums):
        return np.ascontiguousarray(sums.sums()[rows, :7])
    each = [sums.moments(int(row)) for row in rows]
    table = np.zeros((len(rows), 7), object)
    for k, m in enumerate(each):
        assert isinstance(m, IntegerMoments)  # of integers
        table[k] = m.n, m.sum_x, m.sum_y, m.sum_xx, m.sum_yy, m.sum_xy, m.sum_abs
    return table


def _zeros(like: Array, rows: int) -> Array:
    """Rows of no pixel."""
    zeros = np.zeros((rows, like.shape[1]), like.dtype)
    if like.dtype == np.float64:
        zeros[:, 12:] = np.nan
    return zeros


def _spread(table: LabelTable, ids: Array, pixels: int) -> Array:
    """Rows of a table where those of more labels are."""
    columns: Any = table.columns
    if columns.dtype == np.int64 and pixels > MANY:
        columns = columns.astype(object)
    spread = _zeros(columns, len(ids))
    spread[np.searchsorted(ids, table.ids)] = columns
    return spread
