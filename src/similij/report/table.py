"""Turn rows of any kind into columns and pairs, and say which are least alike.

A report is also made of rows that were read from a file or put together by hand, so a
column is here what its values are, and a metric what the registry knows by its name.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..ground.errors import ImageError
from ..ground.names import listed, shown
from ..measure.table.columns import PAIR, Field, fields, undefined
from ..measure.table.comparison import table_of
from ..metrics.registry import Metric, catalogue

_SHOWN = {"image_1", "image_2", "region", "n", "note"}
_HIDDEN = {"file_1", "file_2", "run", "version", "rescale", "against"}


@dataclass(frozen=True)
class Column:
    """Hold a column of the table.

    Attributes
    ----------
    name, label : str
        In the data, and for people.
    values : list
        One for each row: str, or a number, which may be NaN.
    numeric : bool
        Whether they are numbers.
    metric : Metric or None
        What it measures, if it is a metric.
    """

    name: str
    label: str
    values: list[Any]
    numeric: bool
    metric: Metric | None = None

    @cached_property
    def shown(self) -> bool:
        """Whether it is shown before anybody chooses: only if it says something."""
        if self.metric is not None or self.name in _SHOWN:
            return any(v not in ("", None) for v in self.values)
        return self.name not in _HIDDEN and len({*map(str, self.values)}) > 1

    @cached_property
    def tells_apart(self) -> bool:
        """Whether rows that have a value have different ones."""
        return len({v for v in self.values if v not in ("", None)}) > 1


@dataclass
class PairRows:
    """Hold two images and the rows that are about them.

    Attributes
    ----------
    names, files : tuple of str
        What they are called, and where they came from ("" if of no file).
    rows : list of int
        Index of each of their rows in the table.
    """

    names: tuple[str, str]
    files: tuple[str, str]
    rows: list[int] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Names of both images, or of the one that there is."""
        return " and ".join(n for n in self.names if n)


class ReportTable:
    """Hold rows by column, and the pairs that they are of.

    Parameters
    ----------
    rows : Comparison, DataFrame, or iterable of mappings
        What `compare`, `compare_folders` and the like return.

    Raises
    ------
    ImageError
        If there is no row, or rows do not say of which images they are.
    """

    def __init__(self, rows: Any) -> None:
        # A path is an iterable of letters, too, and would end in a riddle.
        if isinstance(rows, (str, os.PathLike)):
            raise TypeError(
                f"rows is {shown(rows)}: read it first, e.g. with pandas.read_csv(...)."
            )
        table = table_of(rows).filled()
        if not len(table):
            raise ImageError("a report needs at least one row, and there is none.")
        missing = [n for n in ("image_1", "image_2") if n not in table.names]
        if missing:
            raise ImageError(
                f"rows of a report need the column {missing[0]}, and these have "
                f"{listed([*table.names])}: pass rows of similij.compare."
            )
        metrics = catalogue()
        about = fields(map(str, table.names), metrics.values())
        self.columns = {
            field.name: _column(field, table.values(n), metrics.get(field.name))
            for n, field in zip(table.names, about, strict=True)
        }
        self.size = len(table)

    @property
    def metrics(self) -> list[Column]:
        """Columns of metrics."""
        return [c for c in self.columns.values() if c.metric is not None]

    def value(self, name: str, row: int) -> Any:
        """Return the value in a row; "" in a column that is not there."""
        column = self.columns.get(name)
        return "" if column is None else column.values[row]

    @cached_property
    def pairs(self) -> list[PairRows]:
        """Pairs in the order of their first row."""
        # By files, too: images of two folders have the same names.
        pairs: dict[tuple[str, ...], PairRows] = {}
        for k in range(self.size):
            one, two, file_1, file_2 = (str(self.value(n, k)) for n in PAIR)
            key = (one, two, file_1, file_2)
            if key not in pairs:
                pairs[key] = PairRows((one, two), (file_1, file_2))
            pairs[key].rows.append(k)
        return [*pairs.values()]

    @cached_property
    def pair_of(self) -> list[int]:
        """Index of the pair that each row is of."""
        indices = [0] * self.size
        for k, pair in enumerate(self.pairs):
            for row in pair.rows:
                indices[row] = k
        return indices

    @cached_property
    def failed(self) -> list[int]:
        """Rows in which no metric has a value."""
        return [
            k
            for k in range(self.size)
            if all(math.isnan(c.values[k]) for c in self.metrics)
        ]

    def ranked_by(self, name: str | None = None) -> Column | None:
        """Return the metric that ranks pairs: the one of a name, or the first.

        Raises
        ------
        ValueError
            If there is no such column, or it says nothing of likeness.
        """
        # A metric for which neither more nor less is more alike ranks nothing.
        ranking = {
            c.name: c
            for c in self.metrics
            if c.metric is not None and c.metric.higher_is_more_similar is not None
        }
        if name is None:
            return next(iter(ranking.values()), None)
        if name not in ranking:
            raise ValueError(
                f"pairs cannot be ranked by {shown(name)}: choose one of "
                f"{', '.join(ranking) or 'the metrics, of which these rows have none'}."
            )
        return ranking[name]

    def least_alike(self, by: Column | None) -> list[tuple[int, int]]:
        """Rank pairs with a value, least alike first; return each and its worst row.

        A pair is as alike as its least alike row: a mean over regions would hide the
        one cell that changed.
        """
        if by is None or by.metric is None:
            return [(k, pair.rows[0]) for k, pair in enumerate(self.pairs)]
        sign = 1 if by.metric.higher_is_more_similar else -1
        ranked = []
        for k, pair in enumerate(self.pairs):
            with_value = [r for r in pair.rows if not math.isnan(by.values[r])]
            if with_value:
                worst = min(with_value, key=lambda r: sign * by.values[r])
                ranked.append((sign * by.values[worst], k, worst))
            elif any(r not in self._failed for r in pair.rows):
                # It has other numbers, so it belongs to the pairs, behind the ranked.
                ranked.append((math.inf, k, pair.rows[0]))
        return [(k, worst) for _, k, worst in sorted(ranked)]

    @cached_property
    def _failed(self) -> set[int]:
        return {*self.failed}


def _column(field: Field, values: list[Any], metric: Metric | None) -> Column:
    # A metric that is undefined in every row is a column of numbers all the same.
    defined = [v for v in values if not undefined(v)]
    numeric = metric is not None or (bool(defined) and all(map(_is_number, defined)))
    if numeric:
        numbers = [_number(v) for v in values]
        return Column(field.name, field.label, numbers, True, metric)
    texts = ["" if undefined(v) else str(v) for v in values]
    return Column(field.name, field.label, texts, False)


def _is_number(value: Any) -> bool:
    # By what it can do: NumPy's scalars and decimals of a database are numbers, too.
    return not isinstance(value, (str, bool)) and hasattr(value, "__float__")


def _number(value: Any) -> float | int:
    if value is None or value == "":
        return math.nan
    if isinstance(value, int):
        return value
    number = float(value)
    return (
        int(number) if hasattr(value, "dtype") and value.dtype.kind in "iu" else number
    )
