"""Draw all pairs of many images: the matrix with its tree, and the map of the images.

The order, the distances and the odd ones come from `matrix.distances`; SciPy, which
clusters, is needed for the matrix only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..ground.public import public
from ..ground.types import Array
from ..matrix.distances import (
    clustering,
    directed,
    distances,
    matrix_of,
    odd_ones_out,
    placed,
)
from .style import (
    BLUE,
    INK,
    PALE,
    VERMILLION,
    Sheet,
    drawn_into,
    edge,
    grey,
    ink,
    one_place,
    short_name,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


WRITTEN = 12
"""Images up to which the numbers stand in the matrix."""

PICTURED = 60
"""Images up to which the map shows each as a small picture."""

CROWDED = 30
"""Images from which on the map is larger, so that more of them have a name."""

LETTER, LINE = 0.066, 0.13  # inches, of a name
AWAY = 0.07  # inches from a dot to its name
NUMBER = 0.4  # inches, a cell with a number
SMALLEST, LARGEST = 3.6, 9.0
TREE, GAP, HEAD, FOOT = 1.1, 0.06, 0.95, 0.35
MAP, LARGE_MAP = 6.3, 8.6  # inches along a side


@overload
def plot_matrix(
    found: xr.Dataset,
    metric: str | None = None,
    path: Path | str | None = None,
    *,
    ax: None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure: ...
@overload
def plot_matrix(
    found: xr.Dataset,
    metric: str | None = None,
    path: Path | str | None = None,
    *,
    ax: Axes,
    figure: None = None,
) -> Axes: ...
@public
def plot_matrix(
    found: xr.Dataset,
    metric: str | None = None,
    path: Path | str | None = None,
    *,
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | Axes:
    """Draw a metric of all pairs, similar images side by side, with their tree.

    Parameters
    ----------
    found : xarray.Dataset
        As `similij.pairwise` returns it; of several regions select one.
    metric : str, optional
        A metric that has a direction; default: the first that has.
    path : path, optional
        Where to write the picture.
    ax : Axes, optional
        Draw the matrix alone into these axes instead, in the same order.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure, or the Axes where `ax` is given
        Images in the order of a hierarchical clustering (average linkage), the odd ones
        out in colour.

    Raises
    ------
    ValueError
        If there is no such metric, or it does not say which images are alike.
    """
    definition = directed(found, metric)
    values = matrix_of(found, definition.name)
    tree, order = clustering(distances(found, definition))
    names = [str(name) for name in found["image"].values]
    odd = {odd_one.image for odd_one in odd_ones_out(found, definition.name)}
    count = len(names)
    labels = [short_name(names[k]) for k in order]
    made: dict[str, Any] = {"metric": definition.name, "images": count}
    is_odd = [names[k] in odd for k in order]
    ordered = values[np.ix_(order, order)]
    one_place(ax, figure)
    if ax is not None:
        _draw_values(ax, ordered, definition.higher_is_more_similar)
        # As many names as the axes are tall for, in whatever figure they are.
        tall = ax.bbox.height / ax.figure.dpi
        _name(ax, labels, is_odd, _named(is_odd, tall))
        ax.set_title(definition.label)
        return drawn_into(ax, path, picture="matrix", **made)
    beside = 0.25 + LETTER * max(map(len, labels))
    cell = NUMBER if count <= WRITTEN else 1.1 * LINE
    side = min(max(SMALLEST, cell * count), LARGEST)
    wide = 0.3 + TREE + GAP + side + beside + 1.2
    sheet = Sheet(wide, HEAD + side + FOOT + beside, figure)
    named = _named(is_odd, side)
    better = "higher" if definition.higher_is_more_similar else "lower"
    words = f"{better} is more alike; similar images side by side (average linkage)"
    if len(named) < count:
        words += f"; {len(named)} of {count} are named"
    _head(
        sheet, f"{definition.label} of {count} images, each with each", words, len(odd)
    )
    _draw_tree(sheet.axes(0.3, HEAD, TREE, side), tree)
    axes = sheet.axes(0.3 + TREE + GAP, HEAD, side, side)
    image = _draw_values(axes, ordered, definition.higher_is_more_similar)
    _name(axes, labels, is_odd, named)
    scale = f"{definition.label}{_unit(found, definition.unit)}"
    # Different images only: a matrix of R always has the 1 of each with itself.
    scale += f"\nof different images: {image.norm.vmin:.3g} to {image.norm.vmax:.3g}"
    left = 0.3 + TREE + GAP + side + beside
    sheet.color_bar(image, left, HEAD, min(side, 3.0), scale)
    return sheet.done(path, picture="matrix", **made)


def _head(sheet: Sheet, title: str, words: str, odd: int) -> None:
    """Write what the picture shows, and how many odd ones are in colour."""
    sheet.text(0.3, 0.16, title, 12.5, weight="bold")
    sheet.text(0.3, 0.46, words, 9.5, color=grey())
    if odd:
        count = "an odd one out" if odd == 1 else f"{odd} odd ones out"
        sheet.text(0.3, 0.68, f"● {count}", 9.5, color=VERMILLION, weight="bold")


def _unit(result: xr.Dataset, unit: str) -> str:
    if unit == "1":
        return ""
    rescaled = result.attrs["rescale"] != "none" and unit == "intensity"
    return f" ({result.attrs['rescale']})" if rescaled else f" ({unit})"


def _draw_tree(axes: Any, tree: Any) -> None:
    from scipy.cluster.hierarchy import dendrogram

    dendrogram(
        tree,
        ax=axes,
        orientation="left",
        no_labels=True,
        color_threshold=0,
        above_threshold_color=ink(),
    )
    axes.invert_yaxis()  # the tree grows upwards, rows of a matrix run down
    for line in axes.collections:
        line.set_linewidth(0.8)
    axes.axis("off")


def _draw_values(axes: Any, values: Array, higher: bool | None) -> Any:
    defined = values[np.isfinite(values)]
    # Colours span the pairs of different images: R = 1 of each with itself would leave
    # them one shade.
    off = values[~np.eye(len(values), dtype=bool)]
    off = off[np.isfinite(off)]
    low, high = (off.min(), off.max()) if off.size else (0.0, 1.0)
    if defined.size and low == high:
        low, high = float(defined.min()), float(defined.max()) + 1e-12
    # Bright is alike, whichever way the metric runs.
    look = "viridis" if higher else "viridis_r"
    image = axes.imshow(
        np.ma.masked_invalid(values),
        cmap=look,
        vmin=low,
        vmax=high,
        interpolation="nearest",
    )
    axes.set_facecolor(PALE)  # undefined
    for side in axes.spines.values():
        side.set_visible(False)
    if len(values) <= WRITTEN:
        digits = max(0, 2 - int(np.log10(max(1.0, abs(low), abs(high)))))
        for (row, column), value in np.ndenumerate(values):
            red, green, blue, _ = image.cmap(image.norm(value))
            # Luma of the colour behind: dark words on bright, white ones on dark.
            bright = 0.3 * red + 0.59 * green + 0.11 * blue > 0.55  # noqa: PLR2004
            words = f"{value:.{digits}f}" if np.isfinite(value) else "–"
            axes.text(column, row, words, ha="center", va="center", fontsize=8,
                      color=INK if bright else "white")  # fmt: skip
    return image


def _named(odd: Sequence[bool], side: float) -> list[int]:
    """Choose the images whose names stand beside the matrix: all, as far as they fit.

    Of more images the odd ones, and of the others every so manieth: the names of a part
    of the matrix then say which part it is.
    """
    count = len(odd)
    apart = int(np.ceil(LINE * count / side))
    chosen: list[int] = []
    for wanted in (np.flatnonzero(odd), range(0, count, apart)):
        for k in wanted:
            if all(abs(k - other) >= apart for other in chosen):
                chosen.append(int(k))
    return sorted(chosen)


def _name(
    axes: Any, labels: Sequence[str], odd: Sequence[bool], places: Sequence[int]
) -> None:
    """Write names at the right and below."""
    axes.yaxis.tick_right()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(places, [labels[k] for k in places], fontsize=8)
        for tick, place in zip(axis.get_major_ticks(), places, strict=False):
            for label in (tick.label1, tick.label2):
                label.set_color(VERMILLION if odd[place] else ink())
    axes.tick_params(axis="x", rotation=90, length=2, width=0.6)
    axes.tick_params(axis="y", length=2, width=0.6)


@public
def plot_images_map(
    found: xr.Dataset,
    metric: str | None = None,
    path: Path | str | None = None,
    *,
    thumbnail: Callable[[int], Array] | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw images on a map: the more alike, the nearer.

    Parameters
    ----------
    found : xarray.Dataset
        As `similij.pairwise` returns it; of several regions select one.
    metric : str, optional
        A metric that has a direction; default: the first that has.
    path : path, optional
        Where to write the picture.
    thumbnail : callable, optional
        Turns an image's number into its pixels, (y, x), 0 to 1; without it, dots.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure
        Classical multidimensional scaling (Torgerson 1952, doi:10.1007/BF02288916);
        the odd ones out in colour.
    """
    definition = directed(found, metric)
    off = matrix_of(found, definition.name).copy()
    np.fill_diagonal(off, np.nan)
    placed_images = np.flatnonzero(np.isfinite(off).any(axis=1))
    title = f"{len(off)} images by {definition.label}"
    if not placed_images.size:
        sheet = Sheet(MAP + 1.1, 1.0, figure)
        _head(sheet, title, "no two of them have a value: there is no map", 0)
        return sheet.done(
            path, picture="images map", metric=definition.name, images=len(off)
        )
    places, shares = placed(
        distances(found, definition)[np.ix_(placed_images, placed_images)]
    )
    names = [str(name) for name in found["image"].values[placed_images]]
    odd = {odd_one.image for odd_one in odd_ones_out(found, definition.name)}
    side = LARGE_MAP if len(names) >= CROWDED else MAP
    sheet = Sheet(side + 1.1, side + 1.7, figure)
    share = f"these two directions show {100 * sum(shares):.0f} % of how they differ"
    if len(placed_images) < len(off):
        share += f"; {len(off) - len(placed_images)} left out, undefined"
    words = f"the nearer, the more alike; {share}"
    _head(sheet, title, words, len(odd))
    # A square: what is as far apart across as upwards is as unlike.
    axes = sheet.axes(0.75, 1.0, side, side)
    reach = max(float(np.ptp(places[:, 0])), float(np.ptp(places[:, 1])), 1e-12)
    middle = (places.max(0) + places.min(0)) / 2
    axes.set_xlim(middle[0] - 0.68 * reach, middle[0] + 0.68 * reach)
    axes.set_ylim(middle[1] - 0.68 * reach, middle[1] + 0.68 * reach)
    inches = (places - middle) / (1.36 * reach) * side
    is_odd = [name in odd for name in names]
    labels = [short_name(name) for name in names]
    colors = [VERMILLION if name in odd else BLUE for name in names]
    for place, color in zip(places, colors, strict=True):
        axes.plot(*place, "o", color=color, markersize=5, alpha=0.8)
    if thumbnail is not None and len(names) <= PICTURED:
        tall = 0.75 if len(names) <= PICTURED // 3 else 0.5
        room = np.array((max(tall, 1.03 * LETTER * max(map(len, labels))), tall + 0.2))
        for k in np.flatnonzero(_apart(inches, is_odd, room)):
            pixels = thumbnail(int(placed_images[k]))
            _draw_picture(axes, pixels, places[k], colors[k], tall)
            _write(axes, labels[k], places[k], (0, -tall / 2 - AWAY), "center", "top")
    else:
        for named, aside, where in _beside(inches, labels, is_odd, side):
            _write(axes, labels[named], places[named], aside, *where)
    axes.tick_params(colors=ink(), labelsize=8.5, width=0.6)
    axes.set_xlabel(
        f"first direction ({100 * shares[0]:.0f} %)", fontsize=9, color=ink()
    )
    axes.set_ylabel(
        f"second direction ({100 * shares[1]:.0f} %)", fontsize=9, color=ink()
    )
    for side in axes.spines.values():
        side.set_color(edge())
        side.set_linewidth(0.6)
    return sheet.done(
        path, picture="images map", metric=definition.name, images=len(off)
    )


def _write(
    axes: Any, label: str, place: Array, aside: tuple[float, float], ha: str, va: str
) -> None:
    """Write a name some inches aside from a place of the map."""
    from matplotlib.patheffects import withStroke

    axes.annotate(
        label,
        place,
        (72 * aside[0], 72 * aside[1]),
        textcoords="offset points",
        ha=ha,
        va=va,
        fontsize=8,
        color=ink(),
        zorder=9,
        # Below a picture there may be dots.
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )


def _apart(places: Array, first: Sequence[bool], room: Array) -> list[bool]:
    """Choose images that can be shown without covering another one, odd ones first."""
    clear = [False] * len(places)
    for k in sorted(range(len(places)), key=lambda k: not first[k]):
        near = np.abs(places[clear] - places[k]) < room
        clear[k] = not near.all(axis=1).any()
    return clear


def _beside(
    places: Array, labels: Sequence[str], first: Sequence[bool], side: float
) -> list[tuple[int, tuple[float, float], tuple[str, str]]]:
    """Find names a place beside their dots where they cover neither dot nor name.

    The odd ones choose first, then who has the most room; in a crowd nobody is named.

    Parameters
    ----------
    places : ndarray, (images, 2)
        In inches from the middle of the map.
    labels : sequence of str
        Names as they are written.
    first : sequence of bool
        Who is an odd one out.
    side : float
        Of the map, in inches.

    Returns
    -------
    list of (int, (float, float), (str, str))
        Which image, how far its name stands off its dot, and its alignment.
    """
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(away, np.inf)
    lonely = away.min(axis=1)
    boxes: list[tuple[float, float, float, float]] = []
    named = []
    for k in sorted(range(len(places)), key=lambda k: (not first[k], -lonely[k])):
        x, y = places[k]
        wide = 1.03 * LETTER * len(labels[k])
        for aside, where in (
            ((AWAY, 0.0), ("left", "center")),
            ((-AWAY, 0.0), ("right", "center")),
            ((0.0, -AWAY), ("center", "top")),
            ((0.0, AWAY), ("center", "bottom")),
        ):
            left = (
                x + aside[0] - {"left": 0, "center": wide / 2, "right": wide}[where[0]]
            )
            low = (
                y + aside[1] - {"bottom": 0, "center": LINE / 2, "top": LINE}[where[1]]
            )
            box = (left, low, left + wide, low + LINE)
            inside = max(-box[0], -box[1], box[2], box[3]) < side / 2
            dots = (places > np.array(box[:2]) - 0.03) & (
                places < np.array(box[2:]) + 0.03
            )
            if inside and not dots.all(axis=1).any() and not _overlaps(box, boxes):
                boxes.append(box)
                named.append((k, aside, where))
                break
    return named


def _overlaps(
    box: tuple[float, float, float, float],
    boxes: Sequence[tuple[float, float, float, float]],
) -> bool:
    """Whether a box of left, low, right, high meets one of others."""
    return any(
        box[0] < other[2] and other[0] < box[2]
        and box[1] < other[3] and other[1] < box[3]
        for other in boxes
    )  # fmt: skip


def _draw_picture(
    axes: Any, pixels: Array, place: Array, color: str, inches: float
) -> None:
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    box = OffsetImage(
        pixels, zoom=inches * 72 / max(pixels.shape), cmap="gray", norm=_unit_norm()
    )
    frame = {"edgecolor": color, "linewidth": 1.4}
    axes.add_artist(
        AnnotationBbox(box, (place[0], place[1]), pad=0.08, bboxprops=frame)
    )


def _unit_norm() -> Any:
    from matplotlib.colors import Normalize

    return Normalize(0, 1)
