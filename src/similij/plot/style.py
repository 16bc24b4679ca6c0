"""Share among pictures: colours, outlines, scale bars, densities, axes for pixels.

matplotlib is imported inside the functions and its state (``pyplot``) is never
touched, so that a picture can be made in any thread, with or without a screen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import ImageError
from ..ground.writing import whole_file
from ..images.door import as_image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

# Okabe and Ito (2008): told apart with every kind of colour vision
BLUE, VERMILLION, GREEN, SKY = "#0072B2", "#D55E00", "#007D5E", "#56B4E9"
INK, GREY, PALE = "#222222", "#6B6B6B", "#D9D9D9"
DIVERGING = "RdBu_r"  # white at 0, red above, blue below
DENSITY = "viridis"
SCREEN_PIXELS = 1500  # more pixels than this along a side cannot be seen
DOTS_PER_INCH = 150
SHORTEST_BAR = 1.2  # inches
LONGEST_NAME = 24  # characters
OUTLINE_LIMIT = 400  # regions; more are not outlined one by one


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, sizes in inches; a notebook shows it."""
    from .shown import ShownFigure  # not pyplot, which may ask for a screen

    return ShownFigure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor="white")


class Sheet:
    """A figure whose places are given in inches from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = new_figure(width, height)

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        """Add axes that fill a rectangle."""
        return self.figure.add_axes(
            (
                left / self.width,
                (self.height - top - height) / self.height,
                width / self.width,
                height / self.height,
            )
        )

    def text(
        self, left: float, top: float, words: str, size: float, **look: Any
    ) -> None:
        """Write words, by default below and to the right of a point."""
        look = {"color": INK, "va": "top", **look}
        self.figure.text(
            left / self.width,
            1 - top / self.height,
            literal(words),
            fontsize=size,
            **look,
        )

    def color_bar(
        self,
        mappable: Any,
        left: float,
        top: float,
        tall: float,
        words: str,
        **look: Any,
    ) -> None:
        """Draw the scale of an image or a density, to the right of a point."""
        where = self.axes(left + 0.08, top, 0.13, max(tall, SHORTEST_BAR))
        bar = self.figure.colorbar(mappable, cax=where, **look)
        bar.set_label(literal(words), fontsize=9, color=INK)
        bar.ax.tick_params(labelsize=8.5, colors=INK, width=0.6)
        bar.outline.set_linewidth(0.6)

    def line(self, top: float, left: float, right: float) -> None:
        """Draw a thin line across."""
        from matplotlib.lines import Line2D

        y = 1 - top / self.height
        ends = (left / self.width, right / self.width)
        self.figure.add_artist(Line2D(ends, (y, y), color=PALE, linewidth=1))


def save(figure: Figure, path: Path | str | None, dpi: int = DOTS_PER_INCH) -> Figure:
    """Write the figure where a path is given, and return it."""
    if path is not None:
        # A version inside would make equal pictures differ between machines.
        metadata = {"Software": None} if Path(path).suffix.lower() == ".png" else None
        with whole_file(Path(path)) as part:
            kinds = figure.canvas.get_supported_filetypes()
            ending = Path(path).suffix.lower().removeprefix(".") or "png"
            if ending not in kinds:
                raise ImageError(
                    f'"{path}" ends in .{ending}: a picture is written as .png, .pdf '
                    "or .svg."
                )
            figure.savefig(part, dpi=dpi, metadata=metadata)
    return figure


def pixels_of(given: Any, name: str) -> NDArray[Any]:
    """Return the pixels of an image, in memory; NaN where it is masked."""
    image = as_image(given, name)
    pixels = np.asarray(image.pixels)
    if image.inside is None:
        return pixels
    return np.where(np.asarray(image.inside), pixels.astype(np.float64), np.nan)


def edges_of(mask: NDArray[np.bool_]) -> Floats:
    """Return the border of a mask, exact to the pixel, as line segments.

    Parameters
    ----------
    mask : ndarray of bool, (y, x)
        True inside.

    Returns
    -------
    ndarray of float64, (segments, 2, 2)
        Ends of each segment as ``(x, y)`` pixel corners.
    """
    padded = np.pad(mask, 1)
    segments = []
    for swap in (False, True):
        turned = padded.T if swap else padded
        # Along each row of pixel borders, runs of borders that separate in from out.
        # A segment for each run and not for each pixel: a large region has thousands.
        border = np.pad(turned[1:] != turned[:-1], ((0, 0), (1, 1))).astype(np.int8)
        step = np.diff(border, axis=1)
        row, start = np.nonzero(step == 1)
        stop = np.nonzero(step == -1)[1]
        ends = np.stack(
            [np.stack([start - 1, row], axis=1), np.stack([stop - 1, row], axis=1)],
            axis=1,
        )
        segments.append(ends[:, :, ::-1] if swap else ends)
    return np.concatenate(segments).astype(np.float64)


def masks_of(
    regions: Sequence[Any], shape: tuple[int, ...]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return name and mask of each region; the mask is as large as the image."""
    masks = []
    for region in regions:
        mask = np.zeros(shape, dtype=bool)
        clipped = region.clip(shape[0], shape[1])
        if clipped is not None:
            slice_y, slice_x, inside = clipped
            mask[slice_y, slice_x] = True if inside is None else inside
        masks.append((str(region.name), mask))
    return masks


def show_pixels(axes: Any, image: Floats, shape: tuple[int, ...], **look: Any) -> Any:
    """Show an image, or every k-th pixel of it, in pixel coordinates, without ticks."""
    height, width = shape
    drawn = axes.imshow(
        image, extent=(0, width, height, 0), interpolation="nearest", **look
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal")
    for side in axes.spines.values():
        side.set_color(GREY)
        side.set_linewidth(0.6)
    return drawn


def outline(
    axes: Any,
    masks: Sequence[tuple[str, NDArray[np.bool_]]],
    *,
    color: str = "#FFD60A",
    halo: str | None = "black",
    labels: bool = False,
    linewidth: float = 1.0,
) -> None:
    """Draw the pixel-exact outlines of masks, numbered on request."""
    from matplotlib.patheffects import withStroke

    # Pixel-exact from masks, not from the ROI's own path, which may lie between pixels:
    # a reader must see which pixels were compared.
    for number, (_, mask) in enumerate(masks[:OUTLINE_LIMIT], start=1):
        draw_edges(axes, list(edges_of(mask)), color, halo, linewidth)
        if labels and mask.any():
            y, x = np.nonzero(mask)
            axes.text(
                float(x.mean()) + 0.5,
                float(y.mean()) + 0.5,
                str(number),
                color=color,
                fontsize=10,
                fontweight="bold",
                ha="center",
                va="center",
                path_effects=[withStroke(linewidth=2.5, foreground="black")],
            )


def draw_edges(
    axes: Any, edges: Sequence[Any], color: str, halo: str | None, linewidth: float
) -> None:
    """Draw lines, each an array of (x, y) corners, on a wider line that sets them off.

    Nothing is scaled to them.
    """
    from matplotlib.collections import LineCollection

    for stroke, wide in [(halo, linewidth + 1.2), (color, linewidth)]:
        if stroke is not None:
            lines = LineCollection(
                edges, colors=stroke, linewidths=wide, capstyle="round"
            )
            # Else an outline at the border would widen the picture.
            axes.add_collection(lines, autolim=False)


def round_length(longest: float) -> float:
    """Return the largest of 1, 2, 5 × 10^k that is no longer than ``longest``."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step for step in (power, 2 * power, 5 * power) if step <= longest)


def scale_bar(axes: Any, shape: tuple[int, ...], pixel_size: float, unit: str) -> None:
    """Draw a bar of a round length at the lower right, with its length above."""
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    height, width = shape
    length = round_length(0.28 * width * pixel_size)
    across = length / pixel_size
    left, bottom, thick = 0.97 * width - across, 0.965 * height, 0.014 * height
    axes.add_patch(
        Rectangle((left, bottom - thick), across, thick, fc="white", ec="black", lw=0.7)
    )
    axes.text(
        left + across / 2,
        bottom - 1.8 * thick,
        f"{length:g} {short_name(unit)}",
        color="white",
        fontsize=9,
        ha="center",
        va="bottom",
        path_effects=[withStroke(linewidth=2, foreground="black")],
    )


def density(
    axes: Any,
    x: Floats,
    y: Floats,
    limits: tuple[float, float],
    bins: int,
    most: float | None = None,
) -> Any:
    """Draw how many pixels have each pair of values, log scale, and the line y = x.

    The scale ends at ``most`` pixels, else at the largest count of a bin.
    """
    low, high = limits
    counts, _, _ = np.histogram2d(x, y, bins=bins, range=[limits, limits])
    drawn = show_density(axes, counts.T, (low, high, low, high), most)
    axes.set_aspect("equal")
    axes.plot(limits, limits, color=VERMILLION, linewidth=1, dashes=(5, 2), zorder=3)
    axes.set_xlim(limits)
    axes.set_ylim(limits)
    return drawn


def show_density(
    axes: Any,
    counts: NDArray[Any],
    extent: tuple[float, float, float, float],
    most: float | None = None,
) -> Any:
    """Draw counts, (bins of y, bins of x), on a log scale; none at all is blank."""
    from matplotlib.colors import LogNorm

    return axes.imshow(
        np.ma.masked_less(counts, 1),
        extent=extent,
        origin="lower",
        interpolation="nearest",
        aspect="auto",
        cmap=DENSITY,
        norm=LogNorm(vmin=1, vmax=most or max(10.0, float(counts.max(initial=0)))),
        zorder=2,
    )


def plain_axes(axes: Any) -> None:
    """Take away the frame's upper and right sides; a faint grid behind."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9, width=0.7)
    axes.grid(axis="y", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def short_name(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name without its middle where it is long; a dollar is no formula.

    Middles go, since names of a series differ at their ends.
    """
    return plain_name(name, most).replace("$", r"\$")


def literal(words: str) -> str:
    r"""Return words, maybe with names in them, in which no dollar begins a formula.

    matplotlib would typeset what stands between two of them, and fails where it cannot.
    What `short_name` returns is left as it is.

    Examples
    --------
    >>> literal("$x$, again " + short_name("$x$"))
    '\\$x\\$, again \\$x\\$'
    """
    return re.sub(r"(?<!\\)\$", r"\\$", words)


def plain_name(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name without its middle where it is long, for plain text in one line.

    No font has a glyph for what begins a line or rings a bell: a space stands for it.
    """
    name = "".join(c if c.isprintable() else " " for c in name)
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def number(value: Any, form: str) -> str:
    """Return a number, or the word undefined."""
    value = math.nan if value is None else float(value)
    if not math.isfinite(value):
        return "undefined"
    return format(value, form)
