"""Draw all pairs of many images: the matrix with its tree, and the map of the images.

The order, the distances and the odd ones come from `matrix.distances`; SciPy, which
clusters, is needed for the matrix only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.types import Array
from ..matrix.distances import (
    clustering,
    directed,
    distances,
    matrix_of,
    odd_ones_out,
    placed,
)
from .style import BLUE, GREY, INK, PALE, VERMILLION, Sheet, save, short_name

if TYPE_CHECKING:
    import xarray as xr


NAMED = 60
"""Images of which the matrix has every name; of more, those of the odd ones."""

WRITTEN = 12
"""Images up to which the numbers stand in the matrix."""

PICTURED = 60
"""Images up to which the map shows each as a small picture."""

LETTER, LINE = 0.066, 0.13  # inches, of a name
NUMBER = 0.4  # inches, a cell with a number
SMALLEST, LARGEST = 3.6, 9.0
TREE, GAP, HEAD, FOOT = 1.1, 0.06, 0.95, 0.35


def plot_matrix(
    found: xr.Dataset, metric: str | None = None, path: Path | str | None = None
) -> Any:
    """Draw a metric of all pairs, similar images side by side, with their tree.

    Parameters
    ----------
    found : xarray.Dataset
        As `similij.pairwise` returns it; of several regions select one.
    metric : str, optional
        A metric that has a direction; default: the first that has.
    path : path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure
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
    all_named = count <= NAMED
    listed = labels if all_named else [short_name(n) for n in odd] or [""]
    beside = 0.25 + LETTER * max(map(len, listed))
    cell = NUMBER if count <= WRITTEN else 1.1 * LINE
    side = min(max(SMALLEST, cell * count), LARGEST)
    sheet = Sheet(0.3 + TREE + GAP + side + beside + 1.0, HEAD + side + FOOT + beside)
    better = "higher" if definition.higher_is_more_similar else "lower"
    words = f"{better} is more alike; similar images side by side (average linkage)"
    _head(
        sheet, f"{definition.label} of {count} images, each with each", words, len(odd)
    )
    _draw_tree(sheet.axes(0.3, HEAD, TREE, side), tree)
    axes = sheet.axes(0.3 + TREE + GAP, HEAD, side, side)
    image = _draw_values(
        axes, values[np.ix_(order, order)], definition.higher_is_more_similar
    )
    _name(axes, labels, [names[k] in odd for k in order], all_named, side)
    sheet.color_bar(image, 0.3 + TREE + GAP + side + beside, HEAD, min(side, 3.0),
                    f"{definition.label}{_unit(found, definition.unit)}")  # fmt: skip
    return save(sheet.figure, path)


def _head(sheet: Sheet, title: str, words: str, odd: int) -> None:
    """Write what the picture shows, and how many odd ones are in colour."""
    sheet.text(0.3, 0.16, title, 12.5, weight="bold")
    sheet.text(0.3, 0.46, words, 9.5, color=GREY)
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
        above_threshold_color=INK,
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
    for edge in axes.spines.values():
        edge.set_visible(False)
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


def _name(
    axes: Any, labels: Sequence[str], odd: Sequence[bool], all_named: bool, side: float
) -> None:
    """Write names at the right and below; of many images those of the odd ones."""
    places: list[int] = []
    for k in range(len(labels)):
        room = not places or (k - places[-1]) * side / len(labels) >= LINE
        if all_named or (odd[k] and room):
            places.append(k)
    axes.yaxis.tick_right()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(places, [labels[k] for k in places], fontsize=8)
        for tick, place in zip(axis.get_major_ticks(), places, strict=False):
            for label in (tick.label1, tick.label2):
                label.set_color(VERMILLION if odd[place] else INK)
    axes.tick_params(axis="x", rotation=90, length=2, width=0.6)
    axes.tick_params(axis="y", length=2, width=0.6)


def plot_images_map(
    found: xr.Dataset,
    metric: str | None = None,
    path: Path | str | None = None,
    *,
    thumbnail: Callable[[int], Array] | None = None,
) -> Any:
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
    places, shares = placed(
        distances(found, definition)[np.ix_(placed_images, placed_images)]
    )
    names = [str(name) for name in found["image"].values[placed_images]]
    odd = {odd_one.image for odd_one in odd_ones_out(found, definition.name)}
    sheet = Sheet(7.6, 7.4)
    share = f"these two directions show {100 * sum(shares):.0f} % of how they differ"
    if len(placed_images) < len(off):
        share += f"; {len(off) - len(placed_images)} left out, undefined"
    words = f"the nearer, the more alike; {share}"
    _head(sheet, f"{len(off)} images by {definition.label}", words, len(odd))
    axes = sheet.axes(0.75, 1.0, 6.5, 5.7)
    reach = max(float(np.ptp(places[:, 0])), float(np.ptp(places[:, 1])), 1e-12)
    pictured = thumbnail is not None and len(names) <= PICTURED
    inches = (0.75 if len(names) <= PICTURED // 3 else 0.5) if pictured else 0.25
    letters = max(len(short_name(name)) for name in names)
    room = np.array((max(inches, 0.068 * letters), inches + 0.2)) / 5.2 * reach
    clear = _apart(places, [name in odd for name in names], room)
    for k, (name, place) in enumerate(zip(names, places, strict=True)):
        color = VERMILLION if name in odd else BLUE
        axes.plot(*place, "o", color=color, markersize=5, alpha=0.8)
        if not clear[k]:
            continue
        if pictured and thumbnail is not None:
            _draw_picture(axes, thumbnail(int(placed_images[k])), place, color, inches)
        axes.annotate(
            short_name(name),
            place,
            (0, -36 * inches - 5 if pictured else -5),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=INK,
            zorder=9,
        )
    middle = (places.max(0) + places.min(0)) / 2
    axes.set_xlim(middle[0] - 0.68 * reach, middle[0] + 0.68 * reach)
    axes.set_ylim(middle[1] - 0.68 * reach, middle[1] + 0.68 * reach)
    axes.tick_params(colors=INK, labelsize=8.5, width=0.6)
    axes.set_xlabel(f"first direction ({100 * shares[0]:.0f} %)", fontsize=9, color=INK)
    axes.set_ylabel(
        f"second direction ({100 * shares[1]:.0f} %)", fontsize=9, color=INK
    )
    for edge in axes.spines.values():
        edge.set_color(GREY)
        edge.set_linewidth(0.6)
    return save(sheet.figure, path)


def _apart(places: Array, first: Sequence[bool], room: Array) -> list[bool]:
    """Choose images that can be named without covering another name, odd ones first."""
    clear = [False] * len(places)
    for k in sorted(range(len(places)), key=lambda k: not first[k]):
        near = np.abs(places[clear] - places[k]) < room
        clear[k] = not near.all(axis=1).any()
    return clear


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
