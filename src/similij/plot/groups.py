"""Draw many pairs by group: a panel for each metric, a box for each group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..ground.public import public
from ..measure.table.columns import PAIR
from ..measure.table.comparison import table_of
from ..measure.table.groups import groups_of
from .boxes import (
    LETTER_FLAT,
    LETTER_TURNED,
    MOST_BOXES_WIDE,
    draw_boxes,
    label_boxes,
    unit_of,
)
from .style import ASKED, VERMILLION, Sheet, grey, ink, question_of, short_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from ..measure.table.comparison import Comparison
    from ..metrics.registry import Metric


ACROSS = 3  # panels side by side
TALL, HEAD, TITLE = 2.8, 0.85, 0.4  # inches


@public
def plot_groups(
    result: Comparison,
    by: Sequence[str] | None = None,
    path: Path | str | None = None,
    *,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw the numbers of many pairs by group: a box for each, a dot for each row.

    Parameters
    ----------
    result : Comparison
        As `similij.compare_folders` or `similij.compare_pairs` returns it.
    by : sequence of str, optional
        As for `similij.batch.summary`, whose medians and quartiles these are; whiskers
        reach to the last value within 1.5 times the box.
    path : path, optional
        Where to write the picture; the suffix says which format.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each metric.

    Raises
    ------
    ImageError
        If there is no such group column.

    Examples
    --------
    >>> import similij
    >>> figure = plot_groups(similij.compare([10, 20, 30, 40], [10, 21, 32, 43]))
    >>> len(figure.axes)
    3
    """
    columns, groups = groups_of(result, by)
    labels = [short_name(" · ".join(_words(v) for v in g.values)) for g in groups]
    labels = [
        f"{label}\n({len(g.rows)})" for label, g in zip(labels, groups, strict=True)
    ]
    metrics = result.metrics
    across = min(ACROSS, len(metrics))
    wide = max(3.6, 0.3 * min(len(groups), MOST_BOXES_WIDE) + 0.9)
    longest = max(
        len(line_of_label) for label in labels for line_of_label in label.split("\n")
    )
    turned = longest * LETTER_FLAT > (wide - 0.9) / len(groups)
    if turned:
        labels = [label.replace("\n", " ") for label in labels]
    foot = 0.35 + (max(map(len, labels)) * LETTER_TURNED + 0.2 if turned else 0.3)
    lines = -(-len(metrics) // across)
    tall = HEAD + lines * (TITLE + TALL + foot)
    sheet = Sheet(across * wide + 0.15, tall, figure)
    table = table_of(result)
    pairs = len({*zip(*(table.values(name) for name in PAIR), strict=True)})
    sheet.text(0.2, 0.14, "How alike are they, by group?", 13, fontweight="bold")
    undefined = 0
    for k, metric in enumerate(metrics):
        line, place = divmod(k, across)
        top = HEAD + line * (TITLE + TALL + foot)
        axes = sheet.axes(place * wide + 0.75, top + TITLE, wide - 0.9, TALL)
        axes.set_title(metric.label, loc="left", fontsize=11, fontweight="bold")
        axes.set_ylabel(_unit(metric, result), fontsize=10, color=ink())
        undefined += draw_boxes(axes, [g.of(metric) for g in groups], low=_low(metric))
        label_boxes(axes, labels, turned, wide - 0.9)
    grouping = f"by {', '.join(columns)}; " if columns else ""
    words = (
        f"{grouping}{pairs:,} pairs of images, {len(result):,} rows; "
        "in parentheses: rows"
    )
    sheet.text(0.2, 0.45, words, 9.5, color=grey())
    if undefined:
        words = f"× undefined: {undefined}, the reason is in the note column"
        sheet.text(sheet.width - 0.2, 0.18, words, 9.5, color=VERMILLION, ha="right")
    return sheet.done(
        path, picture="groups", by=columns, pairs=pairs,
        **question_of({name: table.values(name) for name in ASKED}),
    )  # fmt: skip


def _words(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value) or "(none)"


def _unit(metric: Metric, result: Comparison) -> str:
    unit = metric.unit
    if unit == "1":
        return metric.label
    if unit == "intensity" and metric.rescaled:
        kinds = {*map(str, table_of(result).values("rescale"))}
        unit = unit_of(kinds.pop()) if len(kinds) == 1 else "different units"
    return f"{metric.label} ({unit})"


def _low(metric: Metric) -> float | None:
    """Where the axis begins at the latest."""
    low, high = metric.range
    return -1 if (low, high) == (-1, 1) else 0 if low == 0 else None
