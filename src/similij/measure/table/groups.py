"""Summarise the rows of many pairs: of each group, metric by metric."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...ground.errors import ImageError
from ...ground.names import shown
from ...ground.public import public
from ...ground.writing import whole_file
from ...images.file_names import natural
from ...metrics.registry import Metric
from ...regions.read import BACKGROUND
from .columns import PAIR
from .comparison import table_of
from .csv import as_csv

if TYPE_CHECKING:
    import pandas as pd

    from .comparison import Comparison


CHANNELS = ("channel_1", "channel_2")
"""Columns that are told apart beside those asked for, where rows have them."""

_QUARTILES = ("min", "q1", "median", "q3", "max")


class RowGroup(NamedTuple):
    """Hold rows that belong together, and the values of the columns that say so."""

    values: tuple[Any, ...]
    rows: pd.DataFrame

    def of(self, metric: Metric) -> NDArray[np.float64]:
        """Return the values of a metric; NaN where it is undefined."""
        values: NDArray[np.float64] = self.rows[metric.name].to_numpy(dtype=np.float64)
        return values


class Spread(NamedTuple):
    """Say of a metric in a group of rows where its values lie.

    Attributes
    ----------
    values : tuple
        Of the columns that the group is of.
    metric : Metric
        The metric.
    n : int
        Rows with a finite value.
    median, lowest, highest : float
        Of these; NaN where there is none.
    """

    values: tuple[Any, ...]
    metric: Metric
    n: int
    median: float
    lowest: float
    highest: float


def spreads(
    result: Comparison, by: Sequence[str] | None = None
) -> tuple[list[str], list[Spread]]:
    """Return columns of groups, and the median and range of each metric in each group.

    Those of `summary`, without pandas: a table on the screen does not wait half a
    second for it.

    Raises
    ------
    ImageError
        If there is no such group column.
    """
    table, columns = table_of(result), _columns(result, by)
    cells = [table.values(name) for name in columns]
    places: dict[tuple[Any, ...], list[int]] = {}
    for k, region in enumerate(table.values("region")):
        if region != BACKGROUND:
            places.setdefault(tuple(column[k] for column in cells), []).append(k)
    order = sorted(places, key=_in_order)
    numbers = {m: np.array(table.values(m.name), np.float64) for m in result.metrics}
    of_all = []
    for values in order:
        for metric, column in numbers.items():
            finite = column[places[values]]
            finite = finite[np.isfinite(finite)]
            extent = [math.nan] * 3
            if len(finite):
                extent = [float(f(finite)) for f in (np.median, np.min, np.max)]
            of_all.append(Spread(values, metric, len(finite), *extent))
    return columns, of_all


def _in_order(values: Sequence[Any]) -> list[list[tuple[int, str]]]:
    return [natural(str(value)) for value in values]


def groups_of(
    result: Comparison, by: Sequence[str] | None = None
) -> tuple[list[str], list[RowGroup]]:
    """Group rows: return the names of the columns, and the groups in natural order.

    Raises
    ------
    ImageError
        If there is no such group column.
    """
    columns = _columns(result, by)
    table = result.to_dataframe()
    table = table[table["region"] != BACKGROUND]
    if not columns:
        return [], [RowGroup((), table)]
    # Not dropped: a pair whose name says no condition has rows, too. Not sorted: "10"
    # would come before "9".
    groups = [
        RowGroup(values, rows)
        for values, rows in table.groupby(columns, sort=False, dropna=False)
    ]
    return columns, sorted(groups, key=lambda group: _in_order(group.values))


def _columns(result: Comparison, by: Sequence[str] | None) -> list[str]:
    """Return the columns that tell groups apart: those asked for, and the channels."""
    by = result.groups if by is None else by
    check_groups(by, result.groups)
    table = table_of(result)
    counted = [region != BACKGROUND for region in table.values("region")]

    def is_there(name: str) -> bool:
        cells = compress(table.values(name), counted)
        return any(cell is not None and cell == cell for cell in cells)  # noqa: PLR0124

    return [*by, *filter(is_there, CHANNELS)]


def check_groups(by: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse group columns that there are none of.

    Raises
    ------
    ImageError
        If there is no such group column, or `by` is no list of them.
    """
    if isinstance(by, str):  # of which each letter would be a name
        raise ImageError(f"by is {shown(by)}: it must be a list of group columns.")
    for name in by:
        if name not in columns:
            raise ImageError(
                f'there is no group column "{name}"; there are: '
                f"{', '.join(columns) or 'none (see --group and --pair)'}."
            )


@public
def summary(result: Comparison, by: Sequence[str] | None = None) -> pd.DataFrame:
    """Summarise rows by group.

    Parameters
    ----------
    result : Comparison
        Of `similij.compare_folders` or `similij.compare_pairs`.
    by : sequence of str, optional
        RowGroup columns; default: all that the result has. Rows of different pairs of
        channels are told apart in any case; slices and frames are pooled, and rows of
        the background (`inverse`) are left out.

    Returns
    -------
    pandas.DataFrame
        A line for each group and metric: the groups, `metric`, `pairs` (pairs of
        images), `n` (rows with a finite number), `undefined` (rows without), `mean`,
        `sd` (of n - 1), `min`, `q1`, `median`, `q3`, `max` (quartiles by linear
        interpolation between ordered values). n counts regions: those of one image are
        alike, so they are no independent repeats, and no standard error is given.

    Raises
    ------
    ImageError
        If there is no such group column.

    Examples
    --------
    >>> import similij
    >>> table = summary(similij.compare([10, 20, 30, 40], [10, 21, 32, 43]))
    >>> table[["metric", "n", "median"]].values.tolist()[0]
    ['pearson', 1, 1.0]
    """
    import pandas as pd

    columns, groups = groups_of(result, by)
    lines = [
        {
            **dict(zip(columns, group.values, strict=True)),
            "metric": metric.name,
            **statistics,
        }
        for group in groups
        for metric, statistics in _statistics(group, result.metrics)
    ]
    table: pd.DataFrame = pd.DataFrame(lines)
    return table


def _statistics(
    group: RowGroup, metrics: Sequence[Metric]
) -> Iterator[tuple[Metric, dict[str, Any]]]:
    pairs = len(group.rows[[*PAIR]].drop_duplicates())
    for metric in metrics:
        values = group.of(metric)
        finite = values[np.isfinite(values)]
        quartiles = [math.nan] * 5
        if len(finite):
            quartiles = np.quantile(finite, (0, 0.25, 0.5, 0.75, 1)).tolist()
        yield (
            metric,
            {
                "pairs": pairs,
                "n": len(finite),
                "undefined": len(values) - len(finite),
                "mean": float(finite.mean()) if len(finite) else math.nan,
                "sd": float(finite.std(ddof=1)) if len(finite) > 1 else math.nan,
                **dict(zip(_QUARTILES, quartiles, strict=True)),
            },
        )


def write_summary(
    result: Comparison,
    by: Sequence[str] | None,
    path: str | os.PathLike[str],
    *,
    raw: bool = False,
) -> None:
    """Write what the rows say together as a CSV file: all of it, or nothing.

    `raw`: text as it is, also where a spreadsheet takes it for a formula.
    """
    table = summary(result, by).astype(object)
    lines = table.where(table.notna(), None).itertuples(index=False, name=None)
    text = as_csv([[*table.columns], *lines], raw=raw)
    with whole_file(Path(path)) as part:
        part.write_bytes(text.encode("utf-8", "backslashreplace"))
