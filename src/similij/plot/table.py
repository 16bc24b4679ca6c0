"""Draw a table: a panel for each metric, a box for each image pair, a dot a region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.names import counted
from ..ground.public import public
from .boxes import (
    LETTER_FLAT,
    LETTER_TURNED,
    MOST_BOXES_WIDE,
    draw_boxes,
    label_boxes,
    unit_of,
)
from .style import GREY, INK, VERMILLION, Floats, literal, new_figure, save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


PANELS = (
    ("pearson", "Corr", "Pearson R"),
    ("rmsd", "RMSD", "RMSD"),
    ("mean_difference", "Diff", "Mean Difference"),
)
LONGEST_LABEL = 22  # characters


@public
def plot_table(table: pd.DataFrame, path: Path | str | None = None) -> Figure:
    """Draw a table: per metric a panel, per image a box and a dot per region.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows as those of `similij.compare` or `similij.compare_folders`. Where rows were
        rescaled in different ways, each way gets its own line of panels. Rows
        without a number are counted and marked with a cross.
    path : path, optional
        Where to write the picture; the suffix says which format.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels side by side: Corr, RMSD, Diff.

    Raises
    ------
    ValueError
        If the table has no rows, or lacks a column.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"image_1": ["img1__a.tif"], "image_2": ["img1__b.tif"],
    ...     "pearson": [0.9], "rmsd": [12.0], "mean_difference": [8.0]})
    >>> [axes.get_title(loc="left") for axes in plot_table(table).axes]
    ['Corr', 'RMSD', 'Diff']
    """
    _check(table)
    pairs = list(dict.fromkeys(zip(table["image_1"], table["image_2"], strict=True)))
    labels = short_labels([str(first) for first, _ in pairs])
    ways = (
        table["rescale"].fillna("none").astype(str)
        if "rescale" in table
        else table["image_1"].map(lambda _: "none")
    )
    kinds = list(dict.fromkeys(ways))

    boxes = min(len(pairs), MOST_BOXES_WIDE)
    panel_width = max(4.3, 0.24 * boxes + 0.9)
    longest = max(len(line) for label in labels for line in label.split(" ", 1))
    turned = longest * LETTER_FLAT > (panel_width - 0.9) / len(pairs)
    if not turned:
        labels = [label.replace(" ", "\n", 1) for label in labels]
    foot = 0.4 + (max(map(len, labels)) * LETTER_TURNED if turned else 0.35)
    if turned and len(pairs) > MOST_BOXES_WIDE:
        foot += 0.2  # for the remark that names are left out
    head, panel_height, title_height = 0.6, 3.0, 0.42
    row_height = panel_height + title_height + foot
    width, height = 3 * panel_width, head + len(kinds) * row_height
    figure = new_figure(width, height)
    regions = len(table) // len(kinds)
    figure.text(
        0.02,
        1 - 0.30 / height,
        f"How alike are they? {counted(len(pairs), 'pair')} of images, "
        f"{counted(regions, 'region')}",
        fontsize=13,
        fontweight="bold",
        color=INK,
        va="center",
    )
    undefined = 0
    for line, kind in enumerate(kinds):
        top = height - head - line * row_height
        figure.text(
            0.02, (top - 0.05) / height, literal(_way(kind)), fontsize=10, color=GREY
        )
        rows = table[ways == kind]
        for column, (metric, title, name) in enumerate(PANELS):
            axes = figure.add_axes(
                (
                    (column * panel_width + 0.75) / width,
                    (top - title_height - panel_height) / height,
                    (panel_width - 0.9) / width,
                    panel_height / height,
                )
            )
            axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
            unit = "" if metric == "pearson" else f" ({unit_of(kind)})"
            axes.set_ylabel(literal(name + unit), fontsize=10, color=INK)
            groups = [_values(rows, metric, *pair) for pair in pairs]
            undefined += draw_boxes(axes, groups, low=-1 if metric == "pearson" else 0)
            label_boxes(axes, labels, turned, panel_width - 0.9)
    if undefined:
        figure.text(
            0.98,
            1 - 0.30 / height,
            f"× undefined: {counted(undefined, 'value')}, "
            "the reason is in the note column",
            fontsize=9.5,
            color=VERMILLION,
            ha="right",
            va="center",
        )
    return save(figure, path)


@public
def short_labels(names: Sequence[str]) -> list[str]:
    """Return ``(1) a_test.tif`` for ``img1__a_test.tif``, and so on.

    The number is the one of the identifier before ``__`` where all names have one
    and all differ, else the position in the table. Long names lose their middle.

    Examples
    --------
    >>> short_labels(["img1__a_test.tif", "img7__a_test.tif"])
    ['(1) a_test.tif', '(7) a_test.tif']
    >>> short_labels(["nuclei.tif", "img7__a_test.tif"])
    ['(1) nuclei.tif', '(2) a_test.tif']
    """
    # All names or none: numbers that mean sometimes the file's and sometimes the row's
    # would mislead.
    matches = [re.fullmatch(r"\D*?0*(\d+)__.+", name) for name in names]
    numbers = [match[1] for match in matches if match]
    if len(set(numbers)) < len(names):
        numbers = [str(place) for place in range(1, len(names) + 1)]
    labels = []
    for number, name in zip(numbers, names, strict=True):
        shortened = name.split("__", 1)[-1] or name
        if len(shortened) > LONGEST_LABEL:
            half = (LONGEST_LABEL - 1) // 2
            shortened = f"{shortened[:half]}…{shortened[-half:]}"
        labels.append(f"({number}) {shortened}")
    return labels


def _check(table: pd.DataFrame) -> None:
    needed = ["image_1", "image_2", *(metric for metric, _, _ in PANELS)]
    missing = [column for column in needed if column not in table]
    if missing:
        raise ValueError(
            f"the table has no column {', '.join(missing)}; its columns are "
            f"{', '.join(map(str, table.columns))}. Pass Comparison.to_dataframe()."
        )
    if table.empty:
        raise ValueError("the table has no rows: there is nothing to draw.")


def _way(kind: str) -> str:
    if kind == "none":
        return "As measured"
    if kind == "zscore":
        return "Each image in z-scores within each region; R is not affected"
    if kind == "linear":
        return "Image 1 fitted to image 2 within each region; R is not affected"
    return f"Each image rescaled within each region to 0…1 ({kind}); R is not affected"


def _values(rows: pd.DataFrame, metric: str, first: Any, second: Any) -> Floats:
    of_pair = (rows["image_1"] == first) & (rows["image_2"] == second)
    values: Floats = rows.loc[of_pair, metric].to_numpy(dtype=np.float64)
    return values
