"""Share among pictures: colours, outlines, scale bars, densities, axes for pixels.

matplotlib is imported inside the functions and its state (``pyplot``) is never
touched, so that a picture can be made in any thread, with or without a screen.

Colours of letters, axes, grid and background, the font and the colours of densities
follow the user's style where that differs from matplotlib's defaults. The sizes of
letters do not in a picture of its own, whose layout is made for them; in axes that are
given all sizes are the style's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import ImageError
from ..ground.version import __version__
from ..ground.writing import whole_file
from ..images.door import as_image

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

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


def of_style(setting: str, ours: str) -> str:
    """Return a colour or map of the user's style; ours where that leaves the default.

    A style is what `matplotlib.rcParams` holds now, as `style.context` sets it.
    """
    from matplotlib import rcParams, rcParamsDefault

    given = rcParams[setting]
    if given == rcParamsDefault[setting]:
        return ours
    return rcParams["text.color"] if given == "inherit" else str(given)


def ink() -> str:
    """Return the colour of words."""
    return of_style("text.color", INK)


def grey() -> str:
    """Return the colour of words and lines that stand back."""
    return of_style("text.color", GREY)


def edge() -> str:
    """Return the colour of frames."""
    return of_style("axes.edgecolor", GREY)


def pale() -> str:
    """Return the colour of grids and of what has no value."""
    return of_style("grid.color", PALE)


def density_colors() -> str:
    """Return the name of the colour map of densities."""
    return of_style("image.cmap", DENSITY)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, sizes in inches; a notebook shows it."""
    from matplotlib import rcParams, rcParamsDefault

    from .shown import ShownFigure  # not pyplot, which may ask for a screen

    dpi = rcParams["figure.dpi"]
    usual = dpi == rcParamsDefault["figure.dpi"]
    return ShownFigure(figsize=(width, height), dpi=DOTS_PER_INCH if usual else dpi)


class Sheet:
    """A figure whose places are given in inches from its upper left corner.

    Parameters
    ----------
    width, height : float
        Inches that the layout is made for.
    figure : Figure or SubFigure, optional
        Where to draw; what is there stays. The layout is made as large as fits, and
        letters with it. Default: a new figure of this size.
    """

    def __init__(
        self, width: float, height: float, figure: Figure | SubFigure | None = None
    ) -> None:
        self.width, self.height = width, height
        self.figure: Any = new_figure(width, height) if figure is None else figure
        self._scale, self._left, self._bottom = 1.0, 0.0, 0.0
        self._across, self._up = width, height
        self._before: set[Any] = set()
        self._given = figure is not None
        if figure is not None:
            box, dpi = self.figure.bbox, self.figure.dpi
            self._across, self._up = box.width / dpi, box.height / dpi
            self._scale = min(self._across / width, self._up / height)
            # In the middle, as a picture of another shape than the place for it.
            self._left = (self._across - width * self._scale) / 2
            self._bottom = (self._up - height * self._scale) / 2
            self._before = {*self.figure.findobj()}

    def at(self, left: float, top: float) -> tuple[float, float]:
        """Return a place as parts of the figure's width and height."""
        across = self._left + left * self._scale
        up = self._bottom + (self.height - top) * self._scale
        return across / self._across, up / self._up

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        """Add axes that fill a rectangle."""
        x, y = self.at(left, top + height)
        right, upper = self.at(left + width, top)
        return self.figure.add_axes((x, y, right - x, upper - y))

    def text(
        self, left: float, top: float, words: str, size: float, **look: Any
    ) -> None:
        """Write words, by default below and to the right of a point."""
        look = {"color": ink(), "va": "top", **look}
        self.figure.text(*self.at(left, top), literal(words), fontsize=size, **look)

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
        bar.set_label(literal(words), fontsize=9, color=ink())
        bar.ax.tick_params(labelsize=8.5, colors=ink(), width=0.6)
        bar.outline.set_linewidth(0.6)

    def line(self, top: float, left: float, right: float) -> None:
        """Draw a thin line across."""
        self.stroke(top, left, right, color=pale(), linewidth=1)

    def stroke(self, top: float, left: float, right: float, **look: Any) -> None:
        """Draw a line across with a look of its own."""
        from matplotlib.lines import Line2D

        (start, y), (end, _) = self.at(left, top), self.at(right, top)
        self.figure.add_artist(Line2D((start, end), (y, y), **look))

    def done(
        self, path: Path | str | None, dpi: int = DOTS_PER_INCH, **made: Any
    ) -> Figure:
        """Fit the letters, note what made the picture, and write it if asked for.

        Returns the figure, of a part of one the whole.
        """
        if self._scale != 1:
            self._fit_letters()
        if self._given:
            dpi = self.figure.dpi
        return save(self.figure.figure or self.figure, path, dpi, **made)

    def _fit_letters(self) -> None:
        """Make letters as much smaller or larger as the layout was made."""
        from matplotlib.axis import Axis
        from matplotlib.text import Text

        drawn = [a for a in self.figure.findobj() if a not in self._before]
        of_ticks = {
            label
            for axis in drawn
            if isinstance(axis, Axis)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
            for label in (tick.label1, tick.label2)
        }
        for artist in drawn:
            if isinstance(artist, Text) and artist not in of_ticks:
                artist.set_fontsize(float(artist.get_fontsize()) * self._scale)
            elif isinstance(artist, Axis):
                # Ticks are made anew when they are drawn, by these parameters.
                size = float(artist.get_major_ticks(1)[0].label1.get_fontsize())
                artist.set_tick_params(labelsize=size * self._scale)


def save(
    figure: Figure, path: Path | str | None, dpi: int = DOTS_PER_INCH, **made: Any
) -> Figure:
    """Write the figure where a path is given, and return it.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : path or None
        Where to; the suffix says which format.
    dpi : int
        Dots per inch, where the user's style has none for files.
    **made
        What the picture was made of, which its file tells: see `made_by`.
    """
    from matplotlib import rcParams, rcParamsDefault

    from .shown import ShownFigure, write

    if isinstance(figure, ShownFigure):
        figure.made = made_by(**made)
    if path is not None:
        if rcParams["savefig.dpi"] != rcParamsDefault["savefig.dpi"]:
            dpi = rcParams["savefig.dpi"]
        with whole_file(Path(path)) as part:
            kinds = figure.canvas.get_supported_filetypes()
            ending = Path(path).suffix.lower().removeprefix(".") or "png"
            if ending not in kinds:
                raise ImageError(
                    f'"{path}" ends in .{ending}: a picture is written as .png, .pdf '
                    "or .svg."
                )
            write(figure, part, ending, made_by(**made), dpi=dpi)
    return figure


ASKED = ("rescale", "against")
"""Columns that say how the numbers of a row were made."""


def question_of(columns: pd.DataFrame | Mapping[str, Any]) -> dict[str, Any]:
    """Return what columns of rows say of how they were made, for `made_by`."""
    return {
        name: sorted({*map(str, columns[name])}) for name in ASKED if name in columns
    }


_parameters: ContextVar[tuple[tuple[str, Any], ...]] = ContextVar(
    "parameters", default=()
)


@contextmanager
def made_with(**parameters: Any) -> Iterator[None]:
    """Have pictures that are written meanwhile tell these parameters, too."""
    given = tuple((k, v) for k, v in parameters.items() if v not in (None, "", False))
    token = _parameters.set((*_parameters.get(), *given))
    try:
        yield
    finally:
        _parameters.reset(token)


def made_by(**made: Any) -> dict[str, str]:
    """Say what made a picture: the programs and their versions, and the parameters.

    There is no time in it and no path, so that equal pictures are equal files.

    Returns
    -------
    dict of str to str
        "Software"; "Title", which picture it is; and "Description", the parameters as
        JSON.
    """
    import matplotlib

    about = {**dict(_parameters.get()), **made}
    return {
        "Software": f"SimilIJ {__version__}, matplotlib {matplotlib.__version__}",
        "Title": str(about.get("picture", "figure")),
        # Without other letters than ASCII: some readers know no others.
        "Description": json.dumps({"similij": __version__, **about}, default=str),
    }


def one_place(ax: Axes | None, figure: Figure | SubFigure | None) -> None:
    """Refuse axes and a figure beside them."""
    if ax is not None and figure is not None:
        raise ValueError("ax and figure are both given: give one of them, or none.")


def drawn_into(axes: Axes, path: Path | str | None, **made: Any) -> Axes:
    """Write the figure of axes that were given, if asked for, and return the axes."""
    figure: Any = axes.get_figure()
    if path is not None:
        save(figure.figure or figure, path, figure.dpi, **made)
    return axes


def label(axes: Any, x: str, y: str, *, title: str = "") -> None:
    """Name both axes of a panel, and the panel; names in it are no formulas."""
    axes.set_xlabel(literal(x), color=of_style("axes.labelcolor", INK))
    axes.set_ylabel(literal(y), color=of_style("axes.labelcolor", INK))
    axes.tick_params(colors=of_style("xtick.color", INK))
    if title:
        axes.set_title(literal(title), loc="left", color=ink())


def letters(axes: Any, labels: float, ticks: float) -> None:
    """Set the sizes of a panel's letters, which are else those of the user's style."""
    axes.xaxis.label.set_fontsize(labels)
    axes.yaxis.label.set_fontsize(labels)
    axes.tick_params(labelsize=ticks)


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
        side.set_color(edge())
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
    size: float = 10,
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
                fontsize=size,
                fontweight="bold",
                ha="center",
                va="center",
                path_effects=[withStroke(linewidth=2.5, foreground=halo or "white")],
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


def scale_bar(
    axes: Any, shape: tuple[int, ...], pixel_size: float, unit: str, size: float = 9
) -> None:
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
        fontsize=size,
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
        cmap=density_colors(),
        norm=LogNorm(vmin=1, vmax=most or max(10.0, float(counts.max(initial=0)))),
        zorder=2,
    )


def plain_axes(axes: Any) -> None:
    """Take away the frame's upper and right sides; a faint grid behind."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(edge())
    axes.tick_params(colors=ink(), labelsize=9, width=0.7)
    axes.grid(axis="y", color=pale(), linewidth=0.6)
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
