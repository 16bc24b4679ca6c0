"""Draw a table: a panel for each metric, a box for each image pair, a dot a region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..ground.names import counted
from ..ground.public import public
from ..measure.table.columns import PAIR
from ..metrics.defaults import available
from .boxes import (
    LETTER_FLAT,
    LETTER_TURNED,
    MOST_BOXES_WIDE,
    draw_boxes,
    label_boxes,
    unit_of,
)
from .style import VERMILLION, Sheet, grey, ink, literal, plain_name, question_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure, SubFigure


PANELS = ("pearson", "rmsd", "mean_difference")
LONGEST_LABEL = 22  # characters


@public
def plot_table(
    table: pd.DataFrame,
    path: Path | str | None = None,
    *,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw a table: per metric a panel, per pair its dots, and a box from five on.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows as those of `similij.compare` or `similij.compare_folders`. Where rows were
        rescaled in different ways, each way gets its own line of panels. Rows
        without a number are counted and marked with a cross.
    path : path, optional
        Where to write the picture; the suffix says which format.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels side by side: Pearson R, RMSD, Mean Difference. A pair is called
        by what tells it from the others: its first image, its second, or both.

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
    ['Pearson R', 'RMSD', 'Mean Difference']
    """
    _check(table)
    keys = [name for name in PAIR if name in table]
    of_row = [*zip(*(table[name].fillna("").astype(str) for name in keys), strict=True)]
    pairs = [*dict.fromkeys(of_row)]
    labels = pair_labels(pairs)
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
    sheet = Sheet(3 * panel_width, head + len(kinds) * row_height, figure)
    left, right = 0.02 * sheet.width, 0.98 * sheet.width
    regions = len(table) // len(kinds)
    words = (
        f"How alike are they? {counted(len(pairs), 'pair')} of images, "
        f"{counted(regions, 'region')}"
    )
    sheet.text(left, 0.30, words, 13, fontweight="bold", va="center")
    undefined = 0
    metrics = available()
    for line, kind in enumerate(kinds):
        top = head + line * row_height
        sheet.text(left, top + 0.05, _way(kind), 10, color=grey(), va="baseline")
        of_kind = (ways == kind).to_numpy()
        rows_of: dict[tuple[str, ...], list[int]] = {pair: [] for pair in pairs}
        for row in np.flatnonzero(of_kind):
            rows_of[of_row[row]].append(int(row))
        for column, metric in enumerate(PANELS):
            axes = sheet.axes(
                column * panel_width + 0.75, top + title_height,
                panel_width - 0.9, panel_height,
            )  # fmt: skip
            label = metrics[metric].label
            axes.set_title(
                label, loc="left", fontsize=11, fontweight="bold", color=ink()
            )
            unit = "" if metric == "pearson" else f" ({unit_of(kind)})"
            axes.set_ylabel(literal(label + unit), fontsize=10, color=ink())
            values = table[metric].to_numpy(dtype=np.float64)
            groups = [values[rows] for rows in rows_of.values()]
            undefined += draw_boxes(axes, groups, low=-1 if metric == "pearson" else 0)
            label_boxes(axes, labels, turned, panel_width - 0.9)
    if undefined:
        words = (
            f"× undefined: {counted(undefined, 'value')}, "
            "the reason is in the note column"
        )
        look = {"color": VERMILLION, "ha": "right", "va": "center"}
        sheet.text(right, 0.30, words, 9.5, **look)
    return sheet.done(path, picture="table", pairs=len(pairs), **question_of(table))


def pair_labels(pairs: Sequence[tuple[str, ...]]) -> list[str]:
    """Call each pair by what tells it from the others.

    Parameters
    ----------
    pairs : sequence of (image_1, image_2) or (image_1, image_2, file_1, file_2)
        All different.

    Examples
    --------
    >>> pair_labels([("reference.tif", "gain_2.tif"), ("reference.tif", "blur_3.tif")])
    ['(1) gain_2.tif', '(2) blur_3.tif']
    >>> pair_labels([("a.tif", "b.tif"), ("a.tif", "c.tif"), ("b.tif", "c.tif")])
    ['(1) a.tif – b.tif', '(2) a.tif – c.tif', '(3) b.tif – c.tif']
    """
    columns = [*zip(*pairs, strict=True)]
    together = [
        [f"{one} – {two}" for one, two in zip(*columns[k : k + 2], strict=True)]
        for k in range(0, len(columns), 2)
    ]
    for names in (*columns[:2], together[0], *columns[2:], together[-1]):
        if len({*names}) == len(pairs):
            return short_labels(names)
    return short_labels(together[-1])


@public
def short_labels(names: Sequence[str]) -> list[str]:
    """Return ``(1) a_test.tif`` for ``img1__a_test.tif``, and so on.

    The number is the one of the identifier before ``__`` where all names have one
    and all differ, else the position in the table. Long names lose what all of them
    begin and end with, and then their middle.

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
    plain = [name.split("__", 1)[-1] or name for name in names]
    if len(plain) > 1 and max(map(len, plain)) > LONGEST_LABEL:
        plain = _without_common(plain)
    for number, shortened in zip(numbers, plain, strict=True):
        labels.append(f"({number}) {plain_name(shortened, LONGEST_LABEL)}")
    return labels


def _without_common(names: list[str]) -> list[str]:
    """Cut off whole words that all names begin and end with; none is left empty.

    Examples
    --------
    >>> _without_common(["day 1/well 07 cell.tif", "day 1/well 08 cell.tif"])
    ['07', '08']
    """
    words = [re.findall(r"\w+|\W+", name) for name in names]
    for _ in range(2):  # from the front, then, turned around, from the back
        shortest = min(map(len, words))
        same = 0
        while same < shortest - 1 and len({each[same] for each in words}) == 1:
            same += 1
        words = [each[same:][::-1] for each in words]
    return ["".join(each) for each in words]


def _check(table: pd.DataFrame) -> None:
    needed = ["image_1", "image_2", *PANELS]
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
