"""Draw numbers along a series: over time, frame by frame or slice by slice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..ground.names import counted
from .charts import Chart, Series, curve
from .style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    SKY,
    VERMILLION,
    Floats,
    Sheet,
    grey,
    ink,
    plain_axes,
    plain_name,
    short_name,
)

PANELS = (
    ("pearson", "Pearson R"),
    ("rmsd", "RMSD"),
    ("mean_difference", "Mean Difference"),
)
COLORS = (BLUE, VERMILLION, GREEN, "#CC79A7", "#E69F00", SKY, INK, GREY)
DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
MARKERS = "os^DvPX*"
MOST_LINES = 8  # in all; beyond, the median of many
BAND = (10, 90)  # percentiles
MARKED_POINTS = 40  # along a line; more have no markers
WIDE, TALL, BETWEEN = 6.9, 1.75, 0.22  # inches, of a panel
LEFT, TOP = 0.95, 0.95
PANEL = [440, 170]  # pixels, of a chart's frame
ENTRY = 0.21  # inches, a line of the legend

LineKey = tuple[tuple[Any, Any], str, Any]
"""What a line is of: channel pair, region, and slice where the other axis is time."""


def plane_axis(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Return the column along which rows are a series, and what to call it.

    Time comes before frames, which it tells apart by how far they really are.

    Examples
    --------
    >>> rows = [{"z": 1, "t": k, "time_s": 0.5 * k} for k in (1, 2)]
    >>> plane_axis(rows)
    ('time_s', 'time (s)')
    >>> plane_axis(rows[:1]) is None
    True
    """
    for column, words in (
        ("time_s", "time (s)"),
        ("t", "frame (t)"),
        ("z", "slice (z)"),
    ):
        places = {row.get(column) for row in rows}
        complete = column != "time_s" or None not in places
        if complete and len(places - {None}) > 1:
            return column, words
    return None


def draw_planes(
    path: Path, rows: Sequence[Mapping[str, Any]], names: tuple[str, str]
) -> Any:
    """Draw R, RMSD and Mean Difference over the planes of a series.

    A line for each region, channel pair (and slice, where the series is one of
    frames), or, where these are many, the median and a band of each channel pair.

    Parameters
    ----------
    path : Path
        Where to write the picture.
    rows : sequence of Row
        Rows with more than one place along `plane_axis`.
    names : (str, str)
        Names of the images.
    """
    column, words = plane_axis(rows) or ("z", "slice (z)")
    series = _series(rows, column)
    pairs = list(dict.fromkeys(pair for pair, _, _ in series))
    many = len(series) > MOST_LINES
    looks = _looks(series, pairs, many)
    columns = 1 if many else 2
    legend = math.ceil(len(looks) / columns) * ENTRY
    height = TOP + 3 * (TALL + BETWEEN) + 0.45 + legend + 0.15
    sheet = Sheet(LEFT + WIDE + 0.35, height)
    first, second = (short_name(name) for name in names)
    along = {"time_s": "over time", "t": "frame by frame", "z": "slice by slice"}
    sheet.text(0.3, 0.18, f"{first} and {second}, {along[column]}", 12.5, weight="bold")
    undefined = sum(not _defined(row[PANELS[0][0]]) for row in rows)
    sheet.text(0.3, 0.52, _subtitle(rows, series, many, undefined), 9.5, color=grey())
    for panel, (metric, label) in enumerate(PANELS):
        axes = sheet.axes(LEFT, TOP + panel * (TALL + BETWEEN), WIDE, TALL)
        plain_axes(axes)
        words_up = _with_unit(label, metric, rows, "\n")
        axes.set_ylabel(words_up, fontsize=9.5, color=ink())
        if many:
            _bands(axes, series, pairs, metric, looks)
        else:
            _lines(axes, series, metric, looks)
        _frame(axes, metric)
        axes.tick_params(labelbottom=metric == PANELS[-1][0])
    axes.set_xlabel(words, fontsize=9.5, color=ink())
    if column != "time_s":  # there is no frame 2.5
        axes.xaxis.get_major_locator().set_params(integer=True)
    if len(looks) > 1 or many:
        lines = axes.get_legend_handles_labels()
        sheet.figure.legend(
            *lines, loc="lower left", ncols=columns, fontsize=9, frameon=False,
            bbox_to_anchor=(0.1, 0.02), handlelength=3.2, borderaxespad=0,
            labelspacing=0.35,
        )  # fmt: skip
    return sheet.done(path, picture="metrics by plane", images=names, rows=len(rows))


def planes_charts(
    rows: Sequence[Mapping[str, Any]], names: tuple[str, str]
) -> list[Chart]:
    """Return R, RMSD and Mean Difference over a series as charts; see `draw_planes`."""
    first, second = (plain_name(name) for name in names)
    column, words = plane_axis(rows) or ("z", "slice (z)")
    series = _series(rows, column)
    pairs = list(dict.fromkeys(pair for pair, _, _ in series))
    many = len(series) > MOST_LINES
    looks = _looks(series, pairs, many)
    undefined = sum(not _defined(row[PANELS[0][0]]) for row in rows)
    subtitle = _subtitle(rows, series, many, undefined)
    places = [row["along"] for of_line in series.values() for row in of_line]
    spare = 0.02 * (max(places) - min(places))
    charts = []
    for metric, label in PANELS:
        lines = (
            _lines_of_bands(series, pairs, metric, looks)
            if many
            else _lines_of_rows(series, metric, looks)
        )
        values = [y for one in lines for y in one.y if y is not None]
        bottom, top = _ends(metric, min(values), max(values)) if values else (0.0, 1.0)
        title = f"Metrics by plane: {label}, {first} and {second}"
        charts.append(
            Chart(
                title, subtitle, words, _with_unit(label, metric, rows),
                [min(places) - spare, max(places) + spare, bottom, top], PANEL, lines,
                "" if values else "undefined", [],
            )
        )  # fmt: skip
    return charts


def _lines_of_rows(
    series: Mapping[LineKey, Any], metric: str, looks: Mapping[Any, Any]
) -> list[Series]:
    lines = []
    for key, rows in series.items():
        style = "line" if len(rows) > MARKED_POINTS else "connected circles"
        x, y = [row["along"] for row in rows], [_value(row[metric]) for row in rows]
        label = looks[key]["label"] if len(series) > 1 else ""
        lines.append(curve(x, y, looks[key]["color"], label, style=style))
    return lines


def _lines_of_bands(
    series: Mapping[LineKey, Any],
    pairs: list[tuple[Any, Any]],
    metric: str,
    looks: Mapping[Any, Any],
) -> list[Series]:
    """Return the median of each channel pair, and thin lines for the band's ends."""
    lines = []
    for pair in pairs:
        x, low, middle, high = _band(series, pair, metric)
        color, name = looks[pair]["color"], channels(pair)
        ends = f"{name}{BAND[0]}th and {BAND[1]}th percentile"
        lines += [
            curve(x, middle, color, f"{name}median", 2.0),
            curve(x, low, color, ends, 0.6),
            curve(x, high, color, "", 0.6),
        ]
    return lines


def _with_unit(
    label: str, metric: str, rows: Sequence[Mapping[str, Any]], between: str = " "
) -> str:
    """Return the label of a metric's axis: R has no unit, the others that of rows."""
    if metric == "pearson":
        return label
    rescaled = any(row.get("rescale", "none") != "none" for row in rows)
    return f"{label}{between}({'rescaled 0…1' if rescaled else 'intensity'})"


def _series(
    rows: Sequence[Mapping[str, Any]], column: str
) -> dict[LineKey, list[Mapping[str, Any]]]:
    """Return the rows of each line, ascending along the axis."""
    # Over time each slice is a line of its own; along z there is no second axis left.
    slices = {row.get("z") for row in rows} if column != "z" else {None}
    by_line: dict[LineKey, list[Mapping[str, Any]]] = {}
    for row in rows:
        pair = (row.get("channel_1"), row.get("channel_2"))
        z = row.get("z") if len(slices) > 1 else None
        if row.get(column) is not None:
            by_line.setdefault((pair, str(row["region"]), z), []).append(row)
    for line in by_line.values():
        line.sort(key=lambda row: float(row[column]))
    return {
        key: [{**row, "along": float(row[column])} for row in line]
        for key, line in by_line.items()
    }


def _looks(
    series: Mapping[LineKey, Any], pairs: list[tuple[Any, Any]], many: bool
) -> dict[Any, dict[str, Any]]:
    """Return colour, dashes, marker and words of each line, or of each pair."""
    if many:
        return {
            pair: {
                "color": COLORS[k % len(COLORS)],
                "linestyle": DASHES[k % len(DASHES)],
                "label": f"{channels(pair)}median, and a band from the "
                f"{BAND[0]}th to the {BAND[1]}th percentile",
            }
            for k, pair in enumerate(pairs)
        }
    # Colours tell regions apart, or channel pairs where there are several; dashes and
    # markers say it a second time, for print and for every kind of colour vision.
    looks: dict[Any, dict[str, Any]] = {}
    regions = list(dict.fromkeys((region, z) for _, region, z in series))
    for pair, region, z in series:
        k, number = pairs.index(pair), regions.index((region, z))
        color = COLORS[(number if len(pairs) == 1 else k) % len(COLORS)]
        slice_ = "" if z is None else f", z{z:g}"
        looks[pair, region, z] = {
            "color": color,
            "linestyle": DASHES[k % len(DASHES)],
            "marker": MARKERS[(number if len(regions) > 1 else k) % len(MARKERS)],
            "label": f"{channels(pair)}{short_name(region)}{slice_}",
        }
    return looks


def channels(pair: tuple[Any, Any]) -> str:
    """Return a channel pair in words, with a space behind; nothing for none."""
    if pair[0] is None or pair[1] is None:
        return ""
    return f"c{pair[0]:g}:{pair[1]:g} "


def _lines(
    axes: Any, series: Mapping[LineKey, Any], metric: str, looks: Mapping[Any, Any]
) -> None:
    for key, rows in series.items():
        look = dict(looks[key])
        if len(rows) > MARKED_POINTS:
            look.pop("marker")
        x = [row["along"] for row in rows]
        y = [_value(row[metric]) for row in rows]
        axes.plot(x, y, linewidth=1.4, markersize=4, **look)


def _bands(
    axes: Any,
    series: Mapping[LineKey, Any],
    pairs: list[tuple[Any, Any]],
    metric: str,
    looks: Mapping[Any, Any],
) -> None:
    for pair in pairs:
        x, low, middle, high = _band(series, pair, metric)
        look = looks[pair]
        axes.plot(x, middle, linewidth=1.6, **look)
        axes.fill_between(x, low, high, color=look["color"], alpha=0.2, linewidth=0)


def _band(
    series: Mapping[LineKey, Any], pair: tuple[Any, Any], metric: str
) -> tuple[list[float], Floats, Floats, Floats]:
    """Return places along a series, and both ends and the middle of what is there."""
    at: dict[float, list[float]] = {}
    for (of_pair, _, _), rows in series.items():
        for row in rows if of_pair == pair else ():
            at.setdefault(row["along"], []).append(_value(row[metric]))
    x = sorted(at)
    low, middle, high = np.array([_percentiles(at[k]) for k in x]).T
    return x, low, middle, high


def _percentiles(values: list[float]) -> Floats:
    """Return both ends of the band and the median; NaN where none is defined."""
    defined = [v for v in values if math.isfinite(v)]
    if not defined:
        return np.full(3, np.nan)
    ends: Floats = np.percentile(defined, [BAND[0], 50, BAND[1]])
    return ends


def _frame(axes: Any, metric: str) -> None:
    """Set the ends of the metric's axis: R up to 1, the others from 0."""
    low, high = axes.dataLim.intervaly
    if not math.isfinite(low + high):
        axes.text(
            0.5, 0.5, "undefined", transform=axes.transAxes, ha="center", color=grey()
        )
        return
    axes.set_ylim(_ends(metric, low, high))


def _ends(metric: str, low: float, high: float) -> tuple[float, float]:
    """Return the ends of a metric's axis: R up to 1, the others from 0."""
    if metric == "pearson":
        bottom = min(low, 1 - 1e-3)
        spare = 0.08 * (1 - bottom)
        return max(bottom - spare, -1.1), 1 + spare
    return -0.03 * (high or 1.0), 1.08 * (high or 1.0)


def _subtitle(
    rows: Sequence[Mapping[str, Any]],
    series: Mapping[LineKey, Any],
    many: bool,
    undefined: int,
) -> str:
    places = len({row["along"] for line in series.values() for row in line})
    regions = len({region for _, region, _ in series})
    words = [f"{places} planes", counted(regions, "region")]
    if {z for _, _, z in series} != {None}:
        words.append(f"{len({z for _, _, z in series})} slices")
    if undefined:
        words.append(f"R is undefined in {undefined} of {len(rows)} rows")
    return ", ".join(words)


def _defined(value: Any) -> bool:
    return math.isfinite(_value(value))


def _value(value: Any) -> float:
    """Return a number; None, as JSON has it, is NaN."""
    return math.nan if value is None else float(value)
