"""Make the heat maps of a report: rows by metrics, pairs by regions, image by image.

The cells of a map are one picture and not as many elements: a matrix of 300 images has
90,000. The script finds the cell under the pointer by its place, and its row by `rows`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..measure.table.columns import text
from .colors import SEQUENTIAL, Floats, enlarged, indices, png
from .table import Column, ReportTable

MOST_ROWS = 300
"""Rows of a heat map of a batch: the least alike."""

MOST_REGIONS = 60
"""Columns of a heat map of pairs by regions."""

_FILLED = 0.5
"""Share of the cells of pairs by regions that must have a value."""

_PIXELS = 1600
"""Along the longer side of the picture, at most."""

_FONT, _LETTER = 11, 6.6
"""Of labels, in units of the drawing: height, and mean width of a letter."""

_LONGEST, _LONGEST_ALONE = 34, 60
"""Letters of a label: of a map with names on two sides, and on one."""

_SCREEN = 760
"""Units along which all cells should fit, so that a map is seen without scrolling."""

_CELL, _CELL_WITH_LABEL, _CELL_IN_MATRIX = 22, 12, 3
"""Side of a cell in units of the drawing: at most; at least, where every row has a
label beside it; and at least in a matrix, where it is the pattern that is looked at."""

_LABELLED_COLUMN = 96
"""Width of a column that is headed by the label of a metric."""


@dataclass(frozen=True)
class HeatMap:
    """Show a table of numbers as colours.

    Attributes
    ----------
    title : str
        Of what.
    across, down : list of str
        Names of the columns and rows.
    values : ndarray, (down, across)
        Numbers; NaN where undefined.
    rows : list of int
        Row of the table that each cell is from, line by line; -1: none.
    bounds : list of (float, float)
        Values of the first and last colour: one for all, or one for each column. They
        run down where a lower number is more alike.
    bright : list of str
        What bright means, likewise.
    metrics : list of Column
        The number, likewise.
    own : ndarray or None
        The numbers again, where they are others than those of the rows: in a matrix
        whose two halves differ, and on its diagonal, which has no rows.
    """

    title: str
    across: list[str]
    down: list[str]
    values: Floats
    rows: list[int]
    bounds: list[tuple[float, float]]
    bright: list[str]
    metrics: list[Column]
    own: Floats | None = None

    @property
    def has_undefined(self) -> bool:
        """Whether a cell has no value."""
        return bool(np.isnan(self.values).any())

    @property
    def ends(self) -> list[tuple[str, str, str, str]]:
        """What each scale is of, its first and last value, and what bright means."""
        return [
            (column.label, text(low), text(high), bright)
            for column, (low, high), bright in zip(
                self.metrics, self.bounds, self.bright, strict=True
            )
        ]

    @property
    def drawing(self) -> Drawing:
        """The cells as one picture, and where it and its labels are."""
        wide, tall = len(self.across), len(self.down)
        level = len(self.bounds) > 1  # a column for each metric: its name is level
        square = self.across == self.down
        smallest = _CELL_IN_MATRIX if square else _CELL_WITH_LABEL
        cell_y = max(smallest, min(_CELL, _SCREEN // tall))
        cell_x = (
            _LABELLED_COLUMN
            if level
            else max(_CELL_IN_MATRIX, min(_CELL, _SCREEN // wide))
        )
        longest = _LONGEST_ALONE if level else _LONGEST
        down, across = (
            [_shortened(label, longest) for label in names]
            for names in (self.down, self.across)
        )
        left = int(max(map(len, down)) * _LETTER) + 8
        top = 18 if level else int(max(map(len, across)) * _LETTER) + 8
        return Drawing(
            _picture(self),
            left,
            top,
            wide * cell_x,
            tall * cell_y,
            cell_x,
            cell_y,
            _labels(across, left, cell_x),
            _labels(down, top, cell_y),
            level,
        )


@dataclass(frozen=True)
class Drawing:
    """Place the parts of a heat map, in units of its drawing.

    Attributes
    ----------
    source : str
        Address that holds the picture of the cells.
    left, top, width, height : int
        Where that is.
    cell_x, cell_y : int
        Size of a cell.
    across, down : list of (str, str)
        Names of the columns and rows for which there is room, and the middle of each.
    level : bool
        Whether the names of the columns are written level; else upwards.
    """

    source: str
    left: int
    top: int
    width: int
    height: int
    cell_x: int
    cell_y: int
    across: list[tuple[str, str]]
    down: list[tuple[str, str]]
    level: bool

    @property
    def total_width(self) -> int:
        """Width with the labels."""
        return self.left + self.width + 4

    @property
    def total_height(self) -> int:
        """Height with the labels."""
        return self.top + self.height + 4


def _labels(names: list[str], start: int, cell: int) -> list[tuple[str, str]]:
    """Return names that do not cover each other, and the middles of their cells."""
    # Where a cell is smaller than a letter is high, only every k-th has its name.
    step = max(1, -(-_FONT // cell))
    return [
        (name, f"{start + (k + 0.5) * cell:g}")
        for k, name in enumerate(names)
        if k % step == 0
    ]


def heat_maps(table: ReportTable, ranked: Sequence[int]) -> list[HeatMap]:
    """Make the heat maps of a batch: rows by metrics; pairs by regions, if they recur.

    Parameters
    ----------
    table : ReportTable
        The rows.
    ranked : sequence of int
        Pairs that have numbers, least alike first.
    """
    if not table.metrics:
        return []
    kept = sorted(ranked[:MOST_ROWS])
    rows = [row for k in kept for row in table.pairs[k].rows]
    if len(rows) > MOST_ROWS:
        rows = sorted(_least(table, rows))
    maps = [_rows_by_metrics(table, rows)] if rows else []
    maps = [each for each in maps if np.isfinite(each.values).any()]
    return maps + _pairs_by_regions(table, kept)


def _least(table: ReportTable, rows: list[int]) -> list[int]:
    by = table.ranked_by()
    if by is None or by.metric is None:
        return rows[:MOST_ROWS]
    sign = 1 if by.metric.higher_is_more_similar else -1
    values = [sign * by.values[r] for r in rows]
    # NaN is the one value that differs from itself, and goes last: it is neither less
    # nor more than a number, and a sort by it alone would put all in any order.
    order = sorted(range(len(rows)), key=lambda k: (values[k] != values[k], values[k]))
    return [rows[k] for k in order[:MOST_ROWS]]


def _rows_by_metrics(table: ReportTable, rows: list[int]) -> HeatMap:
    columns = table.metrics
    values = np.array([c.values for c in columns], float).T[rows]
    scales = [_scale_of(c, values[:, k]) for k, c in enumerate(columns)]
    return HeatMap(
        "All metrics" if len(columns) > 1 else columns[0].label,
        [c.label for c in columns],
        [row_name(table, r) for r in rows],
        values,
        [r for r in rows for _ in columns],
        [bounds for bounds, _ in scales],
        [bright for _, bright in scales],
        columns,
    )


def _pairs_by_regions(table: ReportTable, pairs: Sequence[int]) -> list[HeatMap]:
    regions = [*dict.fromkeys(table.value("region", r)
                              for k in pairs for r in table.pairs[k].rows)]  # fmt: skip
    if not 1 < len(regions) <= MOST_REGIONS or len(pairs) < 2:  # noqa: PLR2004
        return []
    rows = np.full((len(pairs), len(regions)), -1)
    for i, k in enumerate(pairs):
        for r in table.pairs[k].rows:
            j = regions.index(table.value("region", r))
            if rows[i, j] >= 0:  # several planes: no such grid
                return []
            rows[i, j] = r
    if (rows >= 0).mean() < _FILLED:
        return []
    names = [" · ".join(table.pairs[k].names) for k in pairs]
    maps = [
        of_metric(c, f"{c.label} by region", regions, names, rows)
        for c in table.metrics
    ]
    return [each for each in maps if each is not None]


def of_metric(
    column: Column,
    title: str,
    across: list[str],
    down: list[str],
    rows: NDArray[Any],
    values: Floats | None = None,
) -> HeatMap | None:
    """Make the heat map of one metric; None where no cell has a value.

    Parameters
    ----------
    column : Column
        The metric.
    title : str
        Of the map.
    across, down : list of str
        Names of columns and rows.
    rows : ndarray of int, (down, across)
        Row of the table that each cell is from; -1: none.
    values : ndarray, (down, across), optional
        Where the cells have others than their rows: those of the two images the other
        way round, or of an image with itself.
    """
    # A cell that is of no row, -1, finds the NaN at the end.
    of_rows = np.append(np.array(column.values, float), np.nan)
    shown = of_rows[rows] if values is None else values
    # Cells of no row do not stretch the scale: the diagonal of a matrix of RMSD is 0.
    finite = np.isfinite(shown[rows >= 0])
    if not finite.any():
        return None
    bounds, bright = _scale_of(column, shown[rows >= 0])
    cells = [int(r) for r in rows.ravel()]
    return HeatMap(
        title, across, down, shown, cells, [bounds], [bright], [column], values
    )


def _scale_of(column: Column, values: Floats) -> tuple[tuple[float, float], str]:
    """Return values of the darkest and the brightest colour: bright is most alike."""
    finite = values[np.isfinite(values)]
    low, high = (
        (float(finite.min()), float(finite.max())) if finite.size else (math.nan,) * 2
    )
    higher = None if column.metric is None else column.metric.higher_is_more_similar
    if higher is None:
        return (low, high), "larger"
    return (low, high) if higher else (high, low), "more alike"


def row_name(table: ReportTable, row: int) -> str:
    """Name a row by its images, and by region and plane where they tell it apart."""
    pair = table.pairs[table.pair_of[row]]
    words = " · ".join(n for n in pair.names if n)
    for column in ("region", "plane"):
        shown = table.columns.get(column)
        if shown is not None and shown.tells_apart and shown.values[row] != "":
            words += f" · {shown.values[row]}"
    return words


def _picture(heat_map: HeatMap) -> str:
    """Draw the cells as a PNG."""
    bounds = heat_map.bounds
    if len(bounds) == 1:
        bounds = bounds * len(heat_map.across)
    columns = [
        indices(values if high >= low else -values, *_upwards(low, high))
        for values, (low, high) in zip(heat_map.values.T, bounds, strict=True)
    ]
    return png(enlarged(np.stack(columns, axis=1), _PIXELS), SEQUENTIAL)


def _upwards(low: float, high: float) -> tuple[float, float]:
    """Turn a scale that runs down: then it is of the negative values."""
    return (low, high) if high >= low else (-low, -high)


def _shortened(label: str, most: int) -> str:
    if len(label) <= most:
        return label
    half = (most - 1) // 2
    return f"{label[:half]}…{label[-half:]}"
