"""Tally a label image: a row per label, as if its pixels were a region.

All labels are summed in one walk over the images, and their three numbers worked out
together. Of a label that needs care (a constant image, a NaN, sums beyond 64 bits, a
value that may round either way) the number is left to the metric itself, so that both
ways give the same number to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..ground.types import Array
from ..metrics.defaults import mean_difference, pearson, rmsd
from ..metrics.registry import Metric
from ..moments.label_groups import Beyond, grouped
from ..moments.label_table import LabelTable
from ..moments.moments import SMALLEST_SQUARE, FloatMoments
from ..moments.of_labels import FloatSums, IntegerSums, LabelSums, label_sums
from ..preparation.rescale import RescaledPair
from ..regions.labels import LabelImage
from .table.table import Table

if TYPE_CHECKING:
    from .task import Task


Column: TypeAlias = tuple[Array, Array]
"""A value for each label, and whether it can be relied on."""

_SAFE = 2.0**61
"""Products of sums below this are exact in 64 bits, and so are their differences."""

_EXACT = 2**53
"""Integers below this are exact in float64, so that a quotient is rounded once."""

_TIE = 2.0**-40
"""Share of half a unit in the last place: this near to it, rounding is not sure.

The rest that is compared with it is itself rounded, which is far less than this.
"""


def integer_metrics(
    metrics: Sequence[Metric], table: Array
) -> tuple[list[Array], Array] | None:
    """Work out metrics of all labels together, and say for which they are sure.

    Parameters
    ----------
    metrics : sequence of Metric
        Those asked for.
    table : ndarray of int64, of shape (labels, 7 or more)
        Columns n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|.

    Returns
    -------
    (values, sure) or None
        An array for each metric; None if there is no fast way to one of them.
    """
    n, sx, sy, sxx, syy, sxy, apart = np.ascontiguousarray(table.T[:7])
    square = sxx + syy - 2 * sxy
    vx, vy, cxy = n * sxx - sx * sx, n * syy - sy * sy, n * sxy - sx * sy
    some = np.maximum(n, 1)
    sure = n.astype(float) * np.maximum(sxx, syy) < _SAFE
    sure &= (square < _EXACT) & (n > 1) & (vx > 0) & (vy > 0)
    ways: dict[object, Callable[[], Column]] = {
        pearson: lambda: _over_root(cxy, np.where(sure, vx, 1), np.where(sure, vy, 1)),
        rmsd: lambda: (np.sqrt(np.maximum(square, 0) / some), sure),
        mean_difference: lambda: (apart / some, sure),
    }
    return _chosen(metrics, ways, sure)


def float_metrics(
    metrics: Sequence[Metric], table: Array
) -> tuple[list[Array], Array] | None:
    """Do as `integer_metrics`, with columns that are the attributes of FloatMoments."""
    columns = np.ascontiguousarray(table.T)
    n, excluded, infinite = columns[:3]
    m2x, m2y, cxy, apart, square, only_x, only_y = columns[7:]
    some = np.maximum(n, 1)
    sure = (n > 1) & (excluded == 0) & (infinite == 0)
    sure &= np.isnan(only_x) & np.isnan(only_y)
    least = SMALLEST_SQUARE * some
    sure &= np.isfinite(m2x + m2y + cxy) & (m2x >= least) & (m2y >= least)
    sure &= np.isfinite(square + apart) & ((square >= least) | (apart == 0))
    ways: dict[object, Callable[[], Column]] = {
        pearson: lambda: (_correlation(m2x, m2y, cxy, sure), sure),
        rmsd: lambda: (np.sqrt(square / some), sure),
        mean_difference: lambda: (apart / some, sure),
    }
    return _chosen(metrics, ways, sure)


def _chosen(
    metrics: Sequence[Metric], ways: dict[object, Callable[[], Column]], sure: Array
) -> tuple[list[Array], Array] | None:
    if any(metric.function not in ways for metric in metrics):
        return None
    values = []
    with np.errstate(all="ignore"):  # where it is not sure
        for metric in metrics:
            value, safe = ways[metric.function]()
            values.append(value)
            sure = sure & safe
    return values, sure


def _over_root(numerator: Array, x: Array, y: Array) -> Column:
    """Return numerator / √(x·y) of integers, rounded once."""
    from ..moments.kernels.labels import over_roots

    values, rests = np.empty(len(x)), np.empty(len(x))
    over_roots(numerator, x, y, values, rests)
    half = np.spacing(np.abs(values)) / 2
    return values, np.abs(np.abs(rests) - half) > _TIE * half


def _correlation(x: Array, y: Array, c: Array, sure: Array) -> Array:
    """Return R as `metrics.defaults.pearson` does for floats, of all labels at once."""
    (mx, ex), (my, ey), (mc, ec) = (np.frexp(np.where(sure, v, 1)) for v in (x, y, c))
    odd = (ex + ey) % 2
    root = np.sqrt(np.ldexp(mx * my, odd))
    r: Array = np.ldexp(mc / root, ec - (ex + ey - odd) // 2)
    return np.clip(r, -1, 1)


_KEPT = 1 << 26
"""Pixels of both images that are kept for percentiles; of more, a few labels at a time
are looked at in a pass of their own."""


class LabelTally:
    """Moments of each label of a pair of images, from blocks.

    Parameters
    ----------
    task : Task
        What is asked.
    labels : LabelImage
        Of the size of the images.
    shape : tuple of int
        Height and width of the images.
    one_block : bool
        True if the first block is all there is and stays in memory.

    Raises
    ------
    RegionError
        If the label image is of another size.
    """

    def __init__(
        self, task: Task, labels: LabelImage, shape: tuple[int, int], *, one_block: bool
    ) -> None:
        labels.check(*shape)
        self._task = task
        self._labels = labels
        self._one_block = one_block
        self._sums: LabelSums | None = None
        self._masked = False
        self._first_pass = True
        self._pairs: dict[int, RescaledPair] = {}
        """Of the labels whose pixels are wanted in this pass, and of those done."""
        self._wanted: Array | None = None
        self._waiting: list[list[int]] | None = None
        """Labels for later passes; None before that is known."""
        self._kept = 0
        self._table: LabelTable | None = None

    def take(self, table: LabelTable) -> None:
        """Take the sums of all blocks, summed elsewhere."""
        self._table, self._sums = table, table.sums()

    def add(
        self, x: Array, y: Array, mask: Array | None, origin: Sequence[int]
    ) -> None:
        """Take a block of both images, and the mask of it; see `tally.Tally.add`."""
        if self._first_pass:
            self._masked |= mask is not None
            if self._sums is None:
                count = self._labels.indexed(surely=not self._one_block)[2]
                self._sums = label_sums(x.dtype, y.dtype, count)
            try:
                self._sums.add(x, y, self._part(x, mask, origin))
            except Beyond:
                # To know the largest label takes a walk of its own over all of them, so
                # the first block is summed for a guess; one beyond it starts anew.
                count = self._labels.indexed(surely=True)[2]
                self._sums = label_sums(x.dtype, y.dtype, count)
                self._sums.add(x, y, self._part(x, mask, origin))
        if self._task.rescale is not None:
            self._rescale(x, y, self._part(x, mask, origin))

    def end_pass(self) -> bool:
        """Finish a pass over the images; True if all blocks are needed again."""
        if self._task.rescale is None or self._sums is None:
            return False
        if self._first_pass:
            self._first_pass = False
            if self._kept > _KEPT:
                self._waiting, self._wanted = self._batches(), None
                self._pairs = {}
            else:
                self._waiting = []
        wanted = [
            row
            for row, pair in self._pairs.items()
            if (self._wanted is None or self._wanted[row]) and self._again(row, pair)
        ]
        if not wanted and self._waiting:
            wanted = self._waiting.pop(0)
            for row in wanted:
                self._pairs[row] = RescaledPair(self._task.rescale)
        self._wanted = np.zeros(self._labels.indexed()[2], np.bool_)
        self._wanted[wanted] = True
        return bool(wanted)

    def rows(self) -> Table:
        """Return one row per label that has pixels, ascending."""
        ids, seen = self._rows_and_pixels()
        seen[0] = 0
        rows = np.flatnonzero(seen)
        if not rows.size:
            return Table.of([])
        labels = rows if ids is None else ids[rows]
        columns, sure = self._columns(rows)
        apart = {
            k: self._task.finished(
                _name(labels[k]),
                None if self._sums is None else self._sums.moments(int(rows[k])),
                self._pairs.get(int(rows[k])),
            )
            for k in np.flatnonzero(~sure).tolist()
        }
        if self._task.verdicts is not None:
            # They share a reason why they have none: the first one says it.
            words = self._task.told(None, FloatMoments())
            columns["verdict"] = [words, *[""] * (labels.size - 1)]
            for k, row in apart.items():
                row["verdict"] = "" if k else words
        if len(apart) == len(labels):
            return Table.of([*apart.values()])
        if apart:
            columns["excluded"] = np.zeros(len(labels), np.int64)
            columns["note"] = [self._task.note] * len(labels)
            for name, column in columns.items():
                for k, row in apart.items():
                    column[k] = row[name]
        columns["region"] = partial(_names, labels)
        return Table({**self._task.row("", self._task.note), **columns}, len(labels))

    def _rows_and_pixels(self) -> tuple[Array | None, Array]:
        """Return the label of each row, and how many pixels it has.

        None instead of labels where a row has the number of its label.
        """
        if self._table is not None:
            ids = np.concatenate([[0], self._table.ids])
            return ids, np.ones(len(ids), np.int64)
        ids = self._labels.indexed(surely=self._sums is None)[1]
        if self._masked or self._sums is None:
            return ids, self._labels.present
        return ids, self._sums.seen()

    def _part(self, x: Array, mask: Array | None, origin: Sequence[int]) -> Array:
        part = self._labels.block(x.shape, origin)
        return part if mask is None else np.where(mask, part, part.dtype.type(0))

    def _rescale(self, x: Array, y: Array, part: Array) -> None:
        if self._kept > _KEPT and self._waiting is None:
            return  # too much at once: in batches, from the next pass on
        assert self._task.rescale is not None  # asked by the caller
        count = self._labels.indexed()[2]
        for row, a, b in grouped(x, y, part, count, self._wanted):
            finite = np.isfinite(a) & np.isfinite(b)
            if not finite.all():
                a, b = a[finite], b[finite]  # noqa: PLW2901 - the same, cleaned
            if row not in self._pairs:
                pair = RescaledPair(self._task.rescale, one_block=self._one_block)
                self._pairs[row] = pair
            self._pairs[row].add(a, b)
        if self._first_pass and not self._one_block:
            self._kept += x.size
            if self._kept > _KEPT:
                self._pairs = {}

    def _again(self, row: int, pair: RescaledPair) -> bool:
        assert self._sums is not None  # a pair has pixels
        return not self._sums.moments(row).infinite and pair.end_pass()

    def _batches(self) -> list[list[int]]:
        """Share the labels out to passes, so that the pixels of each can be kept."""
        assert self._sums is not None  # there were blocks
        seen = self._sums.seen()
        seen[0] = 0
        batches: list[list[int]] = []
        pixels = _KEPT
        for row in np.flatnonzero(seen).tolist():
            if pixels + seen[row] > _KEPT:
                batches.append([])
                pixels = 0
            batches[-1].append(row)
            pixels += int(seen[row])
        return batches

    def _columns(self, rows: Array) -> tuple[dict[str, Any], Array]:
        """Return the columns of all labels, and for which labels they are sure."""
        metrics = self._task.metrics
        fast, table = None, np.zeros((len(rows), 1))
        if self._task.rescale is not None:
            pass
        elif isinstance(self._sums, FloatSums):
            table = self._sums.columns[rows]
            fast = float_metrics(metrics, table)
        elif isinstance(self._sums, IntegerSums) and self._sums.narrow:
            table = self._sums.sums()[rows]
            fast = integer_metrics(metrics, table)
        columns = {"n": table[:, 0].astype(np.int64)}
        if fast is None:
            return columns, np.zeros(len(rows), np.bool_)
        values, sure = fast
        names = [metric.name for metric in metrics]
        return columns | dict(zip(names, values, strict=True)), sure


def _name(label: int) -> str:
    return f"label {label}"


def _names(labels: Array) -> list[str]:
    return [_name(label) for label in labels.tolist()]
