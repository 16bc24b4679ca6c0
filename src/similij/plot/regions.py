"""Draw the numbers of each region: bars for a few, ranked dots for many.

How many there are decides what can be read: up to 15 a bar and a number each, up to 60
a name each, beyond that the ranks and the names of the three least alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .charts import Chart, curve
from .planes import PANELS, _value, _with_unit
from .style import (
    BLUE,
    VERMILLION,
    Floats,
    Sheet,
    grey,
    ink,
    number,
    pale,
    plain_axes,
    plain_name,
    short_name,
)

FEW = 15  # regions with a bar and a number each
NAMED = 60  # regions with a name each
LISTED = 3  # regions named where not all can be
TOP, BAR, DOT = 1.3, 0.3, 0.17  # inches: head, line of a bar, line of a dot
PANEL, BETWEEN, RIGHT = 2.35, 0.3, 0.35  # inches across
LETTER = 0.082
RANKED_WIDE, RANKED_TALL = 7.6, 1.9

FRAME = [440, 170]  # pixels, of a chart's frame
CHARACTER = 7.0  # pixels, of a chart's labels
SHORTEST_LABEL = 5  # characters: names that have less room tell nothing

Numbers = dict[str, Floats]


def draw_regions(
    path: Path, rows: Sequence[Mapping[str, Any]], names: tuple[str, str]
) -> Any:
    """Draw R, RMSD and Mean Difference of each region, the least alike marked.

    Parameters
    ----------
    path : Path
        Where to write the picture.
    rows : sequence of Row
        Rows of one channel pair; of several planes, each region's median is drawn.
    names : (str, str)
        Names of the images.
    """
    regions = list(dict.fromkeys(str(row["region"]) for row in rows))
    numbers = _numbers(rows, regions)
    planes = max(sum(str(r["region"]) == region for r in rows) for region in regions)
    labels = [_with_unit(name, metric, rows) for metric, name in PANELS]
    draw = _ranked if len(regions) > NAMED else _in_lines
    sheet = draw(regions, numbers, labels)
    first, second = (short_name(name) for name in names)
    sheet.text(
        0.3, 0.18, f"{first} and {second}, region by region", 12.5, weight="bold"
    )
    words = f"{len(regions)} regions"
    if planes > 1:
        words += f", the median of {planes} planes each"
    undefined = int(np.isnan(numbers["pearson"]).sum())
    if undefined:
        words += f"; R is undefined in {undefined}: see the notes of the table"
    sheet.text(0.3, 0.5, words, 9.5, color=grey())
    sheet.text(0.3, 0.72, "● least alike", 9.5, color=VERMILLION, weight="bold")
    return sheet.done(
        path, picture="metrics by region", images=names, regions=len(regions)
    )


def regions_charts(
    rows: Sequence[Mapping[str, Any]], names: tuple[str, str]
) -> list[Chart]:
    """Return R, RMSD and Mean Difference of each region as charts; see `draw_regions`.

    A bar for each of up to 15 regions, dots from the least alike on of more.
    """
    one, two = (plain_name(name) for name in names)
    regions = list(dict.fromkeys(str(row["region"]) for row in rows))
    numbers = _numbers(rows, regions)
    few = len(regions) <= FEW
    charts = []
    for metric, label in PANELS:
        values, form = numbers[metric], ".3f" if metric == "pearson" else ".4g"
        ranked = _ranking(metric, values)
        order = np.arange(len(regions)) if few else ranked
        # Places begin at 0 where regions have names, since ImageJ counts them so.
        x = np.arange(len(order)) + (0 if few else 1)
        named = [
            f"{plain_name(regions[k])} ({number(values[k], form)})"
            for k in ranked[:LISTED]
        ]
        words = f"Least alike: {', '.join(named)}" if named else "undefined"
        first = ranked[: 1 if few else LISTED]
        style, cell = ("bars", (0.6, 0.0)) if few else ("circle", None)
        parts = [
            curve(
                x, np.where(np.isin(order, first) == marked, values[order], np.nan),
                color, style=style, cell=cell,
            )
            for marked, color in ((False, BLUE), (True, VERMILLION))
        ]  # fmt: skip
        left, right = (x[0] - 0.6, x[-1] + 0.6) if len(x) else (0.0, 1.0)
        low, high = _ends_of(metric, values)
        x_label = _names(regions) if few else "rank among the regions"
        title = f"Metrics by region: {label}, {one} and {two}"
        charts.append(
            Chart(
                title, words, x_label, _with_unit(label, metric, rows),
                [float(left), float(right), low, high],
                FRAME, parts, "", [],
            )
        )  # fmt: skip
    return charts


def _ranking(metric: str, values: Floats) -> NDArray[np.int64]:
    """Return which regions are defined, from the least alike on."""
    defined = np.flatnonzero(np.isfinite(values))
    sign = 1 if metric == "pearson" else -1
    return defined[np.argsort(sign * values[defined], kind="stable")]


def _ends_of(metric: str, values: Floats) -> tuple[float, float]:
    """Return the ends of a metric's axis: with 0, so that bars are in proportion."""
    finite = values[np.isfinite(values)]
    low, high = (float(v) for v in (finite.min(initial=1), finite.max(initial=0)))
    if metric == "pearson":
        return (0.0 if low >= 0 else -1.0), 1.0
    return 0.0, 1.08 * (high or 1.0)


def _names(regions: list[str]) -> str:
    """Return an axis label that names places 0, 1, ..., as ImageJ has it.

    Where names have no room, they are the numbers of the regions, as they come.
    """
    room = int(FRAME[0] / len(regions) / CHARACTER) - 1
    longest = max(map(len, regions))
    if longest > room and room < SHORTEST_LABEL:
        names = [str(k + 1) for k in range(len(regions))]
    else:
        names = [plain_name(region, room) for region in regions]
    # Commas and braces are what ImageJ takes such a label apart by.
    plain = (name.translate(str.maketrans(",{}", ";()")) for name in names)
    return f"{{{','.join(plain)}}}"


def _numbers(rows: Sequence[Mapping[str, Any]], regions: list[str]) -> Numbers:
    """Return each metric's median over the planes of each region, NaN if undefined."""
    by_region: dict[str, dict[str, list[float]]] = {region: {} for region in regions}
    for row in rows:
        of_region = by_region[str(row["region"])]
        for metric, _ in PANELS:
            value = _value(row[metric])
            if math.isfinite(value):
                of_region.setdefault(metric, []).append(value)
    return {
        metric: np.array(
            [
                np.median(by_region[region][metric])
                if metric in by_region[region]
                else np.nan
                for region in regions
            ]
        )
        for metric, _ in PANELS
    }


def _least(metric: str, values: Floats) -> int | None:
    """Return the least alike: lowest R, highest RMSD and Mean Difference."""
    defined = values[np.isfinite(values)]
    if not defined.size or defined.min() == defined.max():
        return None
    return int(np.nanargmin(values) if metric == "pearson" else np.nanargmax(values))


def _in_lines(regions: list[str], numbers: Numbers, labels: list[str]) -> Sheet:
    """Draw a line for each region: few as they come, more from the lowest R on."""
    few = len(regions) <= FEW
    order = np.arange(len(regions))
    if not few:
        order = np.argsort(numbers["pearson"], kind="stable")
    labels_shown = [short_name(regions[k]) for k in order]
    left = max(0.9, 0.35 + LETTER * max(map(len, labels_shown)))
    tall = len(regions) * (BAR if few else DOT)
    wide = left + 3 * PANEL + 2 * BETWEEN + RIGHT
    sheet = Sheet(wide, TOP + tall + 0.65)
    lines = np.arange(len(regions))
    for panel, ((metric, _), label) in enumerate(zip(PANELS, labels, strict=True)):
        values = numbers[metric][order]
        axes = sheet.axes(left + panel * (PANEL + BETWEEN), TOP, PANEL, tall)
        plain_axes(axes)
        axes.grid(axis="y", visible=not few)
        axes.grid(axis="x", color=pale(), linewidth=0.6)
        least = _least(metric, values)
        colors = [VERMILLION if k == least else BLUE for k in lines]
        if few:
            axes.barh(lines, np.nan_to_num(values), color=colors, height=0.62, zorder=2)
        else:
            axes.scatter(values, lines, c=colors, s=20, zorder=3)
        _scale(axes, metric, values, few)
        if few:
            _write_values(axes, metric, values, least)
        for line in lines[np.isnan(values)]:
            axes.text(
                0.02, line, "undefined", fontsize=8, color=VERMILLION, va="center",
                transform=axes.get_yaxis_transform(),
            )  # fmt: skip
        axes.set_ylim(len(regions) - 0.4, -0.6)
        axes.set_xlabel(label, fontsize=9.5, color=ink())
        axes.set_yticks(lines, labels_shown if panel == 0 else [""] * len(lines))
        axes.tick_params(axis="y", length=0, labelsize=9 if few else 8)
    return sheet


def _scale(axes: Any, metric: str, values: Floats, few: bool) -> None:
    """Set the ends of a metric's axis, with room for the numbers beside bars."""
    from matplotlib.ticker import MaxNLocator

    defined = values[np.isfinite(values)]
    low, high = (defined.min(), defined.max()) if defined.size else (0.0, 1.0)
    room = (1.8 if low < 0 and metric == "pearson" else 1.38) if few else 1.05
    if metric == "pearson":
        bottom = 0.0 if low >= 0 else -1.0
        if not few:
            bottom = low - 0.06 * (1 - low) - 1e-3
        axes.set_xlim(
            bottom * (room if few and low < 0 else 1),
            room if few else 1 + 0.06 * (1 - low) + 1e-3,
        )
        if few:
            axes.set_xticks([0, 0.5, 1] if bottom >= 0 else [-1, 0, 1])
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4))
    else:
        axes.set_xlim(0, room * (float(high) or 1.0))
        axes.xaxis.set_major_locator(MaxNLocator(3 if few else 4))
    if low < 0:
        axes.axvline(0, color=grey(), linewidth=0.8, zorder=1)


def _write_values(axes: Any, metric: str, values: Floats, least: int | None) -> None:
    for line, value in enumerate(values):
        if math.isnan(value):
            continue
        below = value < 0
        axes.annotate(
            number(value, ".3f" if metric == "pearson" else ".4g"), (value, line),
            xytext=(-3 if below else 3, 0), textcoords="offset points", fontsize=8.5,
            va="center", ha="right" if below else "left",
            color=VERMILLION if line == least else ink(),
            weight="bold" if line == least else "normal",
        )  # fmt: skip


def _ranked(regions: list[str], numbers: Numbers, labels: list[str]) -> Sheet:
    """Draw a dot for each region, from the least alike on; the first are named."""
    left, between = 0.95, 0.5
    sheet = Sheet(
        left + RANKED_WIDE + RIGHT, TOP + 3 * (RANKED_TALL + between) - between + 0.6
    )
    for panel, ((metric, _), label) in enumerate(zip(PANELS, labels, strict=True)):
        values = numbers[metric]
        order = _ranking(metric, values)
        top = TOP + panel * (RANKED_TALL + between)
        axes = sheet.axes(left, top, RANKED_WIDE, RANKED_TALL)
        plain_axes(axes)
        axes.set_ylabel(label, fontsize=9.5, color=ink())
        ranks = np.arange(1, len(order) + 1)
        axes.scatter(ranks, values[order], s=9, color=BLUE, zorder=3, linewidth=0)
        axes.scatter(ranks[:LISTED], values[order[:LISTED]], s=26, color=VERMILLION,
                     zorder=4)  # fmt: skip
        axes.set_xlim(-0.01 * len(regions), 1.01 * len(regions))
        if len(order):
            axes.axhline(
                np.median(values[order]), color=grey(), linewidth=0.9, zorder=1
            )
        form = ".3f" if metric == "pearson" else ".4g"
        listed = ",  ".join(
            f"{short_name(regions[k], 18)} ({number(values[k], form)})"
            for k in order[:LISTED]
        )
        middle = number(np.median(values[order]) if len(order) else None, form)
        sheet.text(left, top - 0.2, listed, 8.5, color=VERMILLION)
        sheet.text(
            left + RANKED_WIDE, top - 0.2, f"median {middle}", 8.5, color=grey(),
            ha="right",
        )  # fmt: skip
    axes.set_xlabel(
        "rank among the regions, in each panel from the least alike on",
        fontsize=9.5, color=ink(),
    )  # fmt: skip
    return sheet
