"""Merge the sums of labels that were made of different blocks of an image pair.

A block has few of the labels of a volume, so its table has a row for each of those
only; and the labels themselves are read block by block, as the images are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.types import Array
from .label_groups import GroupedSums
from .moments import IntegerMoments
from .of_labels import MANY, FloatSums, IntegerSums, merged_columns

if TYPE_CHECKING:
    from .of_labels import LabelSums


@dataclass
class LabelTable:
    """Sums of the labels that some blocks have.

    Attributes
    ----------
    ids : ndarray of int64
        Labels that have pixels, masked out or not: ascending, without background.
    columns : ndarray
        A row for each: of floats the attributes of FloatMoments; of integers those of
        IntegerMoments, as Python integers where 64 bits may not do.
    pixels : int
        How many pixels the blocks have; they bound how large a sum can be.
    """

    ids: Array
    columns: Array
    pixels: int

    def __add__(self, other: LabelTable) -> LabelTable:
        """Add up the sums of both tables, label by label."""
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


def _zeros(like: Array, rows: int) -> Array:
    """Make rows of no pixel, of the layout of other rows."""
    zeros = np.zeros((rows, like.shape[1]), like.dtype)
    if like.dtype == np.float64:
        zeros[:, 12:] = np.nan  # only_x, only_y: no value yet that all pixels have
    return zeros


def _spread(table: LabelTable, ids: Array, pixels: int) -> Array:
    """Put the rows of a table where they belong among those of more labels."""
    columns: Any = table.columns
    if columns.dtype == np.int64 and pixels > MANY:
        columns = columns.astype(object)
    spread = _zeros(columns, len(ids))
    spread[np.searchsorted(ids, table.ids)] = columns
    return spread
