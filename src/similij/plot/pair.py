"""Draw one pair: both images, their difference, their joint density."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..ground.public import public
from ..ground.types import Row
from ..measure.table.columns import WHOLE_IMAGE
from .style import (
    DIVERGING,
    GREEN,
    INK,
    OUTLINE_LIMIT,
    SCREEN_PIXELS,
    VERMILLION,
    Floats,
    Sheet,
    density,
    draw_edges,
    grey,
    ink,
    masks_of,
    number,
    outline,
    pixels_of,
    question_of,
    scale_bar,
    short_name,
    show_pixels,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from ..measure.table.comparison import Comparison


Masks = list[tuple[str, NDArray[np.bool_]]]

BINS = 128
MOST_POINTS = 4_000_000  # pixels counted for the density; a sample beyond
IMAGE_DIMENSIONS = 2
SHOWN_PERCENT = (0.1, 99.9)  # of both images: black and white
WIDTH, COLUMN, BESIDE = 11.9, 4.5, 1.55  # inches: all, an image, between images
LEFT, LINE = 0.35, 0.19  # inches: margin, a line of text
NUMBERED_REGIONS = 25
LISTED_ROWS = 6
NOTE_LETTERS = 118
"""Of size 9 in a line of the picture's width."""
TITLE_LETTERS = 60
"""Of a name above its image, in size 11."""
MOST_PLACES = 4  # lines below the picture


@public
def plot_pair(
    x: ArrayLike,
    y: ArrayLike,
    regions: Sequence[Any] | Path | str | None = None,
    comparison: Comparison | None = None,
    names: tuple[str, str] = ("image 1", "image 2"),
    path: Path | str | None = None,
    *,
    pixel_size: float | None = None,
    unit: str = "µm",
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw a pair of images: where they differ, and how their values go together.

    Parameters
    ----------
    x, y : array_like, (y, x)
        Two planes of the same size, any real type.
    regions : sequence of similij.regions.Region, or path, optional
        Regions to outline, exact to the pixel, or the path of a ``.roi`` or
        ``RoiSet.zip``. With regions, the density counts their pixels only.
    comparison : Comparison, optional
        Where the numbers come from; without it they are computed. Of one with
        `verdict=True` the places that differ are boxes in the difference.
    names : (str, str)
        Names of the images.
    path : path, optional
        Where to write the picture.
    pixel_size : float, optional
        Length of a pixel in ``unit``; gives a scale bar.
    unit : str
        Unit of ``pixel_size``.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure
        Four panels: image 1, image 2, y − x, and the density of value pairs.

    Raises
    ------
    ValueError
        If the images are not planes, or differ in size.

    Examples
    --------
    >>> from similij import compare
    >>> x = np.arange(12.0).reshape(3, 4)
    >>> figure = plot_pair(x, 2 * x, comparison=compare(x, 2 * x))
    """
    first, second = (pixels_of(i, n) for i, n in zip((x, y), names, strict=True))
    check_planes(first, second, names)
    if pixel_size is not None and not 0 < pixel_size < math.inf:
        raise ValueError(
            f"pixel_size is {pixel_size}: it must be above 0, and finite, or None."
        )
    outlined = regions_of(regions)
    if comparison is None:
        # Of all pixels: `drawn_pixels` is thinned out, and numbers never are.
        from ..measure.compare import compare

        comparison = compare(x, y, regions=regions, names=names)
    masks = masks_of(outlined, first.shape)
    step = max(1, math.ceil(max(first.shape) / SCREEN_PIXELS))
    drawn_pixels = [
        image[::step, ::step].astype(np.float64) for image in (first, second)
    ]

    tall = min(max(COLUMN * first.shape[0] / first.shape[1], 1.2), 8.0)
    below = min(max(tall, 3.6), 4.6)
    rows = comparison.to_dataframe()
    notes = _notes(rows, step, len(masks))
    notes += _of_places(comparison.places)
    foot = 0.2 + LINE * len(notes)
    height = 0.95 + tall + 0.75 + below + 0.55 + foot
    sheet = Sheet(WIDTH, height, figure)
    sheet.text(LEFT, 0.2, _headline(rows, names), 14, weight="bold")
    right = LEFT + COLUMN + BESIDE
    bounds = bounds_of(drawn_pixels)
    if bounds is None:
        raise ValueError(
            f"{names[0]} and {names[1]} hold no finite pixel to draw: pass others."
        )
    for k, left in enumerate((LEFT, right)):
        axes = sheet.axes(left, 0.95, COLUMN, tall)
        mappable = show_pixels(
            axes,
            drawn_pixels[k],
            first.shape,
            cmap="gray",
            vmin=bounds[0],
            vmax=bounds[1],
        )
        axes.set_title(
            short_name(names[k], TITLE_LETTERS), loc="left", fontsize=11, color=ink()
        )
        outline(axes, masks, labels=1 < len(masks) <= NUMBERED_REGIONS)
        if pixel_size is not None:
            scale_bar(axes, first.shape, pixel_size, unit)
    sheet.color_bar(mappable, right + COLUMN, 0.95, tall, "intensity, both images")

    top = 0.95 + tall + 0.75
    axes = sheet.axes(LEFT, top, COLUMN, below)
    difference = drawn_pixels[1] - drawn_pixels[0]
    # As far below 0 as above, so that white is 0.
    most = reach_of(difference)
    mappable = show_pixels(
        axes, difference, first.shape, cmap=DIVERGING, vmin=-most, vmax=most
    )
    axes.set_anchor("NW")
    axes.set_title(
        f"Difference: {short_name(names[1])} − {short_name(names[0])}",
        loc="left", fontsize=11, color=ink(),
    )  # fmt: skip
    outline(axes, masks, color=INK, halo=None, linewidth=0.8)
    _mark(axes, comparison.places)
    drawn = min(below, COLUMN * first.shape[0] / first.shape[1])
    sheet.color_bar(mappable, LEFT + COLUMN, top, drawn, "intensity (white: equal)")
    _joint(sheet, (first, second), masks, names, (right + 0.55, top, below))
    for line, text in enumerate(notes):
        at = height - foot + LINE * line
        sheet.text(LEFT, at, text, 9, color=grey(), family="monospace")
    return sheet.done(
        path, picture="pair", images=names, regions=len(masks), **question_of(rows)
    )


def _mark(axes: Any, places: Sequence[Row]) -> None:
    """Draw boxes around places, with their numbers."""
    from matplotlib.patheffects import withStroke

    boxes = [
        np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)], float)
        for x, y, w, h in ((p["x"], p["y"], p["width"], p["height"]) for p in places)
    ]
    draw_edges(axes, boxes, GREEN, "white", 1.2)
    for place in places:
        axes.annotate(
            str(place["place"]), (place["x"] + place["width"], place["y"]),
            xytext=(2, 0), textcoords="offset points", fontsize=9, fontweight="bold",
            color=GREEN, va="bottom", annotation_clip=False,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )  # fmt: skip


def _of_places(places: Sequence[Row]) -> list[str]:
    """Return a line for each of the first places, and how many there are."""
    lines = [
        f"Differs {p['place']}"
        + ("" if p["region"] == WHOLE_IMAGE else f" in {p['region']}")
        + f": x {p['x']}, y {p['y']}, {p['width']}×{p['height']} px, RMSD there "
        f"{p['rmsd']:.4g}, {p['times_noise']:.3g} times the noise"
        for p in places[:MOST_PLACES]
    ]
    if len(places) > MOST_PLACES:
        lines.append(f"and {len(places) - MOST_PLACES} more places that differ")
    return lines


def check_planes(x: NDArray[Any], y: NDArray[Any], names: tuple[str, str]) -> None:
    """Refuse what is no pair of planes of one size."""
    for image, name in ((x, names[0]), (y, names[1])):
        if image.ndim != IMAGE_DIMENSIONS or image.size == 0:
            raise ValueError(
                f"{name} has the shape {image.shape}: a picture shows one plane "
                "(y, x). Pass one, such as stack[0]."
            )
        if image.dtype.kind not in "buif":
            raise ValueError(f"{name} is of type {image.dtype}: pass real numbers.")
    if x.shape != y.shape:
        raise ValueError(
            f"{names[0]} is {x.shape[1]}×{x.shape[0]}, {names[1]} is "
            f"{y.shape[1]}×{y.shape[0]}: both images must have the same width and "
            "height. Crop one."
        )


def regions_of(regions: Sequence[Any] | Path | str | None) -> Sequence[Any]:
    """Read regions; none for None."""
    from ..regions.read import read_regions

    return [] if regions is None else read_regions(regions)


def bounds_of(images: Sequence[Floats]) -> tuple[float, float] | None:
    """Return black and white for both images together."""
    values = np.concatenate([image[np.isfinite(image)] for image in images])
    if values.size == 0:
        return None
    low, high = (float(v) for v in np.percentile(values, SHOWN_PERCENT))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def reach_of(values: Floats) -> float:
    """Return how far colours reach from 0; a few outliers must not fade the rest."""
    values = np.abs(values[np.isfinite(values)])
    return float(np.percentile(values, SHOWN_PERCENT[1]) if values.size else 0) or 1.0


def _joint(
    sheet: Sheet,
    images: tuple[NDArray[Any], NDArray[Any]],
    masks: Masks,
    names: tuple[str, str],
    where: tuple[float, float, float],
) -> None:
    """Draw the density of value pairs, of the regions' pixels where there are some."""
    left, top, below = where
    inside = np.logical_or.reduce([mask for _, mask in masks]) if masks else ...
    x, y = (np.atleast_1d(image[inside]).ravel() for image in images)
    together = int((np.isfinite(x) & np.isfinite(y)).sum())
    step = max(1, math.ceil(len(x) / MOST_POINTS))
    # Every k-th pixel and not a random choice: the same picture each time.
    x, y = (values[::step].astype(np.float64) for values in (x, y))
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    limits = bounds_of([x, y])
    side = min(below, COLUMN - 0.55)
    axes = sheet.axes(left, top, side, side)
    axes.set_title("Pixel by pixel", loc="left", fontsize=11, color=ink())
    axes.set_xlabel(f"{short_name(names[0])} (intensity)", fontsize=9.5, color=ink())
    axes.set_ylabel(f"{short_name(names[1])} (intensity)", fontsize=9.5, color=ink())
    axes.tick_params(labelsize=8.5, colors=ink())
    if limits is None:
        axes.text(0.5, 0.5, "no finite pixels", ha="center", transform=axes.transAxes)
        return
    spare = 0.04 * (limits[1] - limits[0])
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    if high - low < 2 * (limits[1] - limits[0]):  # else a few outliers rule the frame
        limits = (float(low), float(high))
    limits = (limits[0] - spare, limits[1] + spare)
    drawn = density(axes, x, y, limits, BINS)
    sheet.color_bar(drawn, left + side, top, side, "pixels (log scale)")
    which = "in the regions" if masks else "of the whole image"
    sample = f", 1 in {step} drawn" if step > 1 else ""
    axes.set_title(
        f"{together:,} pixels {which}{sample}", loc="right", fontsize=8.5, color=grey()
    )
    axes.text(
        0.97, 0.9, "equal", color=VERMILLION, fontsize=9.5, ha="right", va="top",
        transform=axes.transAxes,
        bbox={"fc": axes.get_facecolor(), "ec": "none", "pad": 1},
    )  # fmt: skip


def _headline(rows: Any, names: tuple[str, str]) -> str:
    """Return the three numbers, or which images were compared in several regions."""
    if len(rows) > 1:
        return f"{short_name(names[0])} and {short_name(names[1])}, {len(rows)} regions"
    row = next(rows.itertuples())
    return (
        f"Pearson R {number(row.pearson, '.4f')}     "
        f"RMSD {number(row.rmsd, '.5g')}     "
        f"Mean Difference {number(row.mean_difference, '.5g')}"
        + (" (RMSD, Mean Difference: rescaled 0…1)" if row.rescale != "none" else "")
    )


def _notes(rows: Any, step: int, regions: int) -> list[str]:
    """Return the lines below the picture."""
    notes = _listing(rows)
    if step > 1:
        notes.append(f"Images: one pixel in {step} is shown along each side.")
    if regions > OUTLINE_LIMIT:
        notes.append(f"{OUTLINE_LIMIT} of {regions} regions are outlined.")
    return notes


def _listing(rows: Any) -> list[str]:
    """Return a line per row, for as many as fit; a single row is in the headline."""
    if len(rows) == 1:
        note = rows["note"].iloc[0]
        return wrap(note, NOTE_LETTERS) if isinstance(note, str) and note else []
    scale = "" if (rows["rescale"] == "none").all() else " (rescaled 0…1)"
    lines = [
        f"{'':>3}  {'Region':<16}  {'n':>9}  {'Pearson R':>10}  {'RMSD':>11}  "
        f"{'Mean Difference':>15}{scale}"
    ]
    for line, row in enumerate(rows.head(LISTED_ROWS).itertuples(), start=1):
        lines.append(
            f"{line:>3}  {row.region!s:<16.16}  {row.n:>9,}  "
            f"{number(row.pearson, '.4f'):>10}  {number(row.rmsd, '.5g'):>11}  "
            f"{number(row.mean_difference, '.5g'):>15}"
        )
    if len(rows) > LISTED_ROWS:
        lines.append(f"     and {len(rows) - LISTED_ROWS} more in the table")
    return lines
