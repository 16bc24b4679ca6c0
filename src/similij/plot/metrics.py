"""Draw many metrics beside each other: what each of them sees of a change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.public import public
from ..metrics.registry import GROUPS, Metric, catalogue
from .style import INK, PALE, Floats, Sheet, edge, grey

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


# inches
LABEL, CELL, LINE, TITLE, HEAD, EDGE, FOOT = 2.35, 0.78, 0.205, 0.31, 2.0, 0.18, 0.12
RIGHT = 1.1
"""Inches for the title of the last column, which is askew."""

RESOLUTION = 100
KEY = (
    "White: as of equal images.\nDark: the farthest of the line\n(by the root of the "
    "distance).\nGrey: undefined.\nLines without a direction\nare not shaded."
)

COLORS = "YlOrBr"
DARKEST = 0.62
"""Share of the colours that is used, so that words can be read on each."""

ROOT = 0.5
"""Power of the distance that is drawn: weak changes can be seen beside strong ones."""

LARGE = 1e5
SMALL = 1e-3
"""Sizes from which up, and below which, numbers are written with an exponent."""

NOTHING = 1e-99
"""Size below which a number is written as 0."""


@public
def plot_metrics(
    rows: Mapping[str, Mapping[str, Any]],
    alike: Mapping[str, Any],
    path: Path | str | None = None,
    *,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw a table of metrics, shaded by how far each is from its value where alike.

    Parameters
    ----------
    rows : mapping of str to mapping
        For each column its title and a row of `similij.compare`, all with the same
        metrics.
    alike : mapping
        The row of two images that are alike, such as an image and itself. Where a
        metric has no value there, as PSNR, it is shaded from the most alike of `rows`.
    path : path, optional
        Where to write the picture.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each metric, group by group. White: as where alike; darkest: the
        farthest of the line. Metrics without a direction and without a value for equal
        images (the shares of RMSD², ...) are not shaded. Empty: undefined.
    """
    groups = [(g, _metrics_in(g, alike)) for g in GROUPS if _metrics_in(g, alike)]
    lines = sum(len(metrics) for _, metrics in groups)
    wide = EDGE + LABEL + len(rows) * CELL + RIGHT
    tall = HEAD + lines * LINE + len(groups) * TITLE + FOOT
    sheet = Sheet(wide, tall, figure)
    sheet.text(EDGE, EDGE, KEY, 9, color=grey(), linespacing=1.4)
    for k, title in enumerate(rows):
        sheet.text(
            EDGE + LABEL + (k + 0.25) * CELL, HEAD - 0.08, title, 9, rotation=38,
            va="bottom", ha="left", rotation_mode="anchor",
        )  # fmt: skip
    top = HEAD
    for group, metrics in groups:
        title = f"{group.capitalize()}: {GROUPS[group]}"
        sheet.text(EDGE, top + 0.09, title, 9.5, weight="bold")
        top += TITLE
        values = np.array([[_of(row, m) for row in rows.values()] for m in metrics])
        start = [_of(alike, m) for m in metrics]
        shade = np.array(
            [_shade(v, s, m) for v, s, m in zip(values, start, metrics, strict=True)]
        )
        _table(sheet, top, metrics, values, shade)
        top += len(metrics) * LINE
    return sheet.done(path, RESOLUTION, picture="metrics", rows=[*rows])


def _metrics_in(group: str, row: Mapping[str, Any]) -> list[Metric]:
    """List the metrics of a group that a row has."""
    return [m for m in catalogue(group).values() if m.name in row]


def _of(row: Mapping[str, Any], metric: Metric) -> float:
    value = row[metric.name]
    return math.nan if value is None else float(value)


def _shade(values: Floats, start: float, metric: Metric) -> Floats:
    """Return the share of the way from alike to a line's farthest; NaN if undefined."""
    higher = metric.higher_is_more_similar
    # PSNR has no value where images are equal: the most alike of the line stands in.
    if math.isnan(start) and higher is not None and not np.isnan(values).all():
        start = float(np.nanmax(values) if higher else np.nanmin(values))
    if math.isnan(metric.equal) and higher is None:
        start = math.nan
    away = np.abs(values - start)
    farthest = float(np.nanmax(away)) if not np.isnan(away).all() else 0.0
    if farthest > 0:
        away = (away / farthest) ** ROOT
    return np.where(np.isnan(values), math.nan, np.nan_to_num(away))


def _table(
    sheet: Sheet, top: float, metrics: Sequence[Metric], values: Floats, shade: Floats
) -> None:
    count, across = values.shape
    axes = sheet.axes(EDGE + LABEL, top, across * CELL, count * LINE)
    axes.imshow(
        shade * DARKEST, cmap=COLORS, vmin=0, vmax=1, aspect="auto",
        interpolation="nearest", extent=(0, across, count, 0),
    )  # fmt: skip
    axes.set_facecolor(PALE)
    axes.set_xticks(range(1, across), [])
    axes.set_yticks(range(1, count), [])
    axes.tick_params(length=0)
    axes.grid(color="white", linewidth=1.2)
    for side in axes.spines.values():
        side.set_color(edge())
        side.set_linewidth(0.6)
    for i, metric in enumerate(metrics):
        sheet.text(
            EDGE + LABEL - 0.08, top + (i + 0.5) * LINE, metric.label, 8.5, ha="right",
            va="center",
        )  # fmt: skip
        for j in range(across):
            axes.text(
                j + 0.5, i + 0.52, _words(values[i, j]), fontsize=7.8, ha="center",
                va="center", color=INK,
            )  # fmt: skip


def _words(value: float) -> str:
    """Write three digits, with an exponent where a number is large or small."""
    if math.isnan(value):
        return "–"
    size = abs(value)
    if size < NOTHING:
        return "0"
    if size >= LARGE or size < SMALL:
        return f"{value:.0e}".replace("-", "−")
    form = ",.0f" if size >= 100 else ".3g"  # noqa: PLR2004 - three digits
    return format(value, form).replace("-", "−")
