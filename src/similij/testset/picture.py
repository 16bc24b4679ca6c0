"""Draw the graded test set: what each metric sees, and what it is blind to.

All scales are fixed and not taken from the images, since rows are there to be compared
with each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.names import listed, shown
from ..ground.public import public
from ..measure.table.columns import WHOLE_IMAGE
from ..plot.style import (
    BLUE,
    DENSITY,
    DIVERGING,
    GREEN,
    VERMILLION,
    Floats,
    Sheet,
    density,
    grey,
    ink,
    masks_of,
    outline,
    plain_axes,
    scale_bar,
    show_pixels,
)
from .changes import CHANGES, Change
from .files import PIXEL_SIZE

if TYPE_CHECKING:
    import pandas as pd


# inches
WIDTH = 12.6
LEFT, THUMB, GAP = 0.55, 1.42, 0.07
CURVES, CURVES_WIDTH, CURVES_GAP = 8.75, 3.5, 0.24
HEAD, ROW_TITLE, ROW_GAP = 4.15, 0.80, 0.56
RESOLUTION = 110  # dots per inch: tall enough as it is

BLACK, WHITE = 3000.0, 14000.0  # the same for every image
FRAME, MOST_PIXELS = (0.0, 16000.0), 30000.0  # of every density
MOST, NEARLY_LINEAR = 10000.0, 100.0  # of every difference
DISTANCES = (2.0, 20000.0)  # of every RMSD axis
RESCALED = (-0.04, 1.04)  # of every axis of rescaled distances
INTRODUCTION = (
    "One image, changed by grades. Each row is one kind of change, each column one "
    "grade, from weak to strong:\n"
    "the changed image; changed − reference; and, pixel by pixel, changed against "
    "reference.\nThe curves show what the three metrics make of it. "
    "All scales are the same in every row."
)


@public
def plot_graded(
    folder: Path | str,
    metrics: pd.DataFrame,
    changes: Sequence[str] | None = None,
    path: Path | str | None = None,
) -> Any:
    """Draw the graded test set: images, differences, densities and curves.

    Parameters
    ----------
    folder : path
        ``graded/`` of a test set.
    metrics : pandas.DataFrame
        What `similij.testset.summarize_testset` returns.
    changes : sequence of str, optional
        Which changes to draw, by name such as ``"gain"``; default all.
    path : path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure
        A row per change. Tall: about 4 inches a row.

    Raises
    ------
    ValueError
        If a change is not known.
    """
    import tifffile

    from ..regions.read import read_regions

    chosen = _chosen(changes)
    folder = Path(folder)
    reference = tifffile.imread(folder / "reference.tif").astype(np.float64)
    masks = masks_of(read_regions(folder / "reference_roi.zip"), reference.shape)
    image_height = THUMB * reference.shape[0] / reference.shape[1]
    row_height = ROW_TITLE + 3 * image_height + 2 * GAP + ROW_GAP
    sheet = Sheet(WIDTH, HEAD + len(chosen) * row_height)
    _head(sheet, reference, masks)
    for number, change in enumerate(chosen):
        top = HEAD + number * row_height
        sheet.line(top - 0.12, LEFT, CURVES + CURVES_WIDTH)
        end = LEFT + len(change.grades) * (THUMB + GAP) - GAP
        sheet.text(LEFT, top + 0.06, change.title, 12.5, weight="bold")
        sheet.text(
            end, top + 0.09, f"grade: {change.unit}", 9.5, color=grey(), ha="right"
        )
        sheet.text(LEFT, top + 0.31, change.lesson, 10, color=grey())
        partners = [
            tifffile.imread(folder / change.file(grade)).astype(np.float64)
            for grade in change.grades
        ]
        _pictures(sheet, change, reference, partners, top + ROW_TITLE, image_height)
        rows = metrics[metrics["change"] == change.name]
        _curves(sheet, change, rows, top + ROW_TITLE, image_height)
    return sheet.done(
        path, RESOLUTION, picture="graded", changes=[change.name for change in chosen]
    )


def _chosen(changes: Sequence[str] | None) -> list[Change]:
    """Return the changes of these names, or all."""
    by_name = {change.name: change for change in CHANGES}
    if isinstance(changes, str):  # of which each letter would be a name
        raise ValueError(f"changes is {shown(changes)}: it must be a list of names.")
    unknown = [name for name in changes or () if name not in by_name]
    if unknown:
        words = listed(unknown), ", ".join(by_name)
        raise ValueError("no change is called {}; there are {}.".format(*words))
    return [by_name[name] for name in (by_name if changes is None else changes)]


def _differences() -> Any:
    """Return the scale of differences: linear near 0, logarithmic beyond."""
    from matplotlib.colors import SymLogNorm

    return SymLogNorm(linthresh=NEARLY_LINEAR, vmin=-MOST, vmax=MOST, base=10)


def _head(sheet: Sheet, reference: Floats, masks: Any) -> None:
    """Say how to read the picture: the reference, the scales, the marks."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    sheet.text(LEFT, 0.25, "What each metric sees", 19, weight="bold")
    sheet.text(LEFT, 0.68, INTRODUCTION, 11, linespacing=1.45)
    top, wide = 1.68, 2.62
    tall = wide * reference.shape[0] / reference.shape[1]
    axes = sheet.axes(LEFT, top, wide, tall)
    gray = show_pixels(
        axes, reference, reference.shape, cmap="gray", vmin=BLACK, vmax=WHITE
    )
    outline(axes, masks, linewidth=1.0)
    scale_bar(axes, reference.shape, PIXEL_SIZE, "µm")
    sheet.text(LEFT, top + tall + 0.06, "The reference, its cells outlined", 9.5)

    bars = (
        (gray, "changed image: intensity", [4000, 8000, 12000], None),
        (
            ScalarMappable(_differences(), DIVERGING),
            "changed − reference: intensity (log beyond ±100)",
            [-10000, -1000, -100, 0, 100, 1000, 10000],
            ["−10⁴", "−10³", "−100", "0", "100", "10³", "10⁴"],
        ),
        (
            ScalarMappable(LogNorm(1, MOST_PIXELS), DENSITY),
            f"density: pixels (log); dashed: equal values; both axes 0…{FRAME[1]:,.0f}",
            [1, 10, 100, 1000, 10000],
            ["1", "10", "100", "10³", "10⁴"],
        ),
    )
    for k, (mappable, words, ticks, names) in enumerate(bars):
        at = top + 0.22 + 0.68 * k
        bar = sheet.figure.colorbar(
            mappable, cax=sheet.axes(3.55, at, 4.3, 0.15), orientation="horizontal"
        )
        bar.set_ticks(ticks, labels=names)
        bar.minorticks_off()
        bar.ax.tick_params(labelsize=9, colors=ink(), width=0.6, length=2.5)
        bar.outline.set_linewidth(0.6)
        sheet.text(3.55, at - 0.2, words, 9.5)

    axes = sheet.axes(8.5, top - 0.05, 3.75, 1.95)
    axes.set_xlim(0, 1)
    axes.set_ylim(5.6, -0.4)
    axes.axis("off")
    marks = (
        (BLUE, "o", "-", "whole image: R, RMSD"),
        (GREEN, "^", "-", "whole image: Mean Difference"),
        (VERMILLION, "s", "--", "within the cells, their mean: R, RMSD"),
        (VERMILLION, "x", "", "undefined: the changed image is constant"),
    )
    for k, (color, marker, line, words) in enumerate(marks):
        axes.plot(
            [0.0, 0.06, 0.12] if line else [0.06], [k] * (3 if line else 1),
            color=color, marker=marker, markevery=[1] if line else None,
            linestyle=line or "none", markersize=6, clip_on=False,
            markerfacecolor="white" if marker == "s" else color,
        )  # fmt: skip
        axes.text(0.16, k, words, fontsize=10, va="center", color=ink())
    axes.text(
        0, 4.7,
        "“Rescaled”: each image, within each region,\nfrom its 1st and 99th "
        "percentile to 0…1 first.",
        fontsize=9.5, va="center", color=grey(),
    )  # fmt: skip


def _pictures(
    sheet: Sheet,
    change: Change,
    reference: Floats,
    partners: list[Floats],
    top: float,
    tall: float,
) -> None:
    """Draw image, difference and density of each grade below each other."""
    shape = reference.shape
    for k, (grade, partner) in enumerate(zip(change.grades, partners, strict=True)):
        left = LEFT + k * (THUMB + GAP)
        axes = sheet.axes(left, top, THUMB, tall)
        show_pixels(axes, partner, shape, cmap="gray", vmin=BLACK, vmax=WHITE)
        axes.set_title(f"{grade:g}", fontsize=9.5, loc="left", pad=3, color=ink())
        axes = sheet.axes(left, top + tall + GAP, THUMB, tall)
        show_pixels(
            axes, partner - reference, shape, cmap=DIVERGING, norm=_differences()
        )
        axes = sheet.axes(left, top + 2 * (tall + GAP), THUMB, tall)
        density(axes, reference.ravel(), partner.ravel(), FRAME, 64, MOST_PIXELS)
        axes.set_xticks([])
        axes.set_yticks([])
    for k, words in enumerate(("image", "difference", "density")):
        sheet.text(
            LEFT - 0.08, top + k * (tall + GAP) + tall / 2, words, 9, color=grey(),
            rotation=90, ha="right", va="center",
        )  # fmt: skip


def _curves(
    sheet: Sheet, change: Change, rows: pd.DataFrame, top: float, tall: float
) -> None:
    """Draw each metric against the grade, of the whole image and within the cells."""
    of_whole = rows["region"] == WHOLE_IMAGE
    plain = rows["rescale"] == "none"
    panels = (
        ("Pearson R", plain, ("pearson",)),
        ("RMSD, Mean Difference (log)", plain, ("rmsd", "mean_difference")),
        ("the same, rescaled", ~plain, ("rmsd", "mean_difference")),
    )
    places = range(len(change.grades))
    panel = (3 * tall + 2 * GAP - 2 * CURVES_GAP) / 3
    for k, (title, which, names) in enumerate(panels):
        axes = sheet.axes(CURVES, top + k * (panel + CURVES_GAP), CURVES_WIDTH, panel)
        plain_axes(axes)
        axes.tick_params(labelsize=8.5)
        for name in names:
            color, marker, size = (
                (GREEN, "^", 4.5) if name == "mean_difference" else (BLUE, "o", 6.5)
            )
            values = _by_grade(rows[which & of_whole], name, change)
            axes.plot(
                places, values, color=color, marker=marker, markersize=size, lw=1.5
            )
            # A gap in a curve is easily overlooked, a cross is not.
            for at in np.flatnonzero(np.isnan(values)):
                axes.plot(
                    [at], [0.5], marker="x", color=VERMILLION, markersize=7, mew=1.8,
                    transform=axes.get_xaxis_transform(),
                )  # fmt: skip
            if name != "mean_difference":
                axes.plot(
                    places, _by_grade(rows[which & ~of_whole], name, change),
                    color=VERMILLION, marker="s", markersize=4.2, lw=1.2, ls="--",
                    markerfacecolor="white",
                )  # fmt: skip
        axes.set_xlim(-0.35, len(change.grades) - 0.65)
        axes.set_xticks(list(places))
        if k == 0:
            axes.set_ylim(-1.12, 1.12)
            axes.set_yticks([-1, 0, 1])
        elif k == 1:
            axes.set_yscale("log")
            axes.set_ylim(DISTANCES)
            axes.set_yticks([10, 100, 1000, 10000], ["10", "100", "10³", "10⁴"])
            axes.minorticks_off()
        else:
            axes.set_ylim(RESCALED)
            axes.set_yticks([0, 0.5, 1])
        last = k == len(panels) - 1
        labels = [f"{grade:g}" if last else "" for grade in change.grades]
        axes.set_xticklabels(labels, fontsize=9)
        axes.tick_params(axis="x", length=2.5 if last else 0)
        axes.text(
            1.0, 1.0, title, fontsize=8.5, color=grey(), ha="right", va="bottom",
            transform=axes.transAxes,
        )  # fmt: skip
        if last:
            axes.set_xlabel(change.unit, fontsize=9, color=ink(), labelpad=1)


def _by_grade(rows: pd.DataFrame, name: str, change: Change) -> Floats:
    """Return the mean over regions for each grade; NaN where none is defined."""
    values = []
    for grade in change.grades:
        of_grade = rows.loc[np.isclose(rows["grade"], grade), name]
        defined = of_grade.dropna()
        values.append(float(defined.mean()) if len(defined) else np.nan)
    return np.array(values)
