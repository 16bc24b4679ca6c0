"""Draw a local map, a shift, rings, thresholds, and the agreement of two images."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike

from ..ground.public import public
from ..images.pair import prepare
from .charts import MOST_ACROSS, TALL, WIDE, Chart, curve, value_cells, with_headroom
from .style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    PALE,
    VERMILLION,
    Floats,
    Sheet,
    density,
    density_colors,
    drawn_into,
    edge,
    grey,
    ink,
    label,
    letters,
    one_place,
    pale,
    pixels_of,
    plain_axes,
    short_name,
    show_pixels,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from ..metrics.threshold import Thresholds
    from ..spatial.frc import Frc
    from ..spatial.maps import Place
    from ..spatial.shift import Shift


BINS = 100
MOST_POINTS = 4_000_000  # pixels counted for the density; a sample beyond
WIDTH, HEIGHT, TOP = 2.6, 2.6, 0.62  # inches: a panel, and what is above it
DPI = 100
NOTE_WIDTH = 100  # characters of a note in a line


@overload
def plot_shift(
    found: Shift,
    path: Path | str | None = None,
    *,
    ax: None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure: ...
@overload
def plot_shift(
    found: Shift,
    path: Path | str | None = None,
    *,
    ax: Axes,
    figure: None = None,
) -> Axes: ...
@public
def plot_shift(
    found: Shift,
    path: Path | str | None = None,
    *,
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | Axes:
    """Draw the cross-correlation function, and R along x and y through its peak.

    Parameters
    ----------
    found : Shift
        As `similij.shift` returns it; of a stack the plane of the best z is shown.
    path : path, optional
        Where to write the picture.
    ax : Axes, optional
        Draw R for each shift into these axes instead, in the sizes of their style.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure, or the Axes where `ax` is given
        Two panels: R for each shift, and two lines through the peak.
    """
    made = {"picture": "shift", "shift": _offsets(found), "peak": found.peak}
    one_place(ax, figure)
    if ax is not None:
        shift_panel(ax, found)
        return drawn_into(ax, path, **made)
    sheet = Sheet(7.4, TOP + HEIGHT + 0.5, figure)
    left = sheet.axes(0.7, TOP, WIDTH, HEIGHT)
    mappable = shift_panel(left, found)
    letters(left, 9, 8)
    bar = sheet.axes(0.75 + WIDTH, TOP, 0.1, HEIGHT)
    sheet.figure.colorbar(mappable, cax=bar)
    bar.tick_params(labelsize=8, colors=ink())
    right = sheet.axes(4.55, TOP, 2.7, HEIGHT)
    plain_axes(right)
    right.tick_params(labelsize=8)
    for places, values, color, words in _lines_through_peak(found):
        right.plot(places, values, color=color, linewidth=1.4, label=words)
    right.axvline(0, color=grey(), linewidth=0.8, linestyle=":")
    right.set_xlabel("shift (px)", fontsize=9)
    right.set_ylabel("Pearson R", fontsize=9)
    look = {"fontsize": 8, "frameon": False, "borderpad": 0, "handlelength": 1}
    right.legend(loc="lower left", bbox_to_anchor=(0, 1.01), **look)
    sheet.text(0.7, 0.1, _where(found, _offsets(found)), 11, fontweight="bold")
    sheet.text(0.7, 0.34, _how_alike(found), 9)
    return sheet.done(path, DPI, **made)


def shift_panel(axes: Any, found: Shift) -> Any:
    """Draw R for each shift into axes, in its plane of the best z."""
    ccf, (dy, dx) = _plane_of_peak(found)
    ys, xs = ccf.coords["y"].values, ccf.coords["x"].values
    drawn = axes.imshow(
        ccf.values, extent=(xs[0] - 0.5, xs[-1] + 0.5, ys[-1] + 0.5, ys[0] - 0.5),
        cmap=density_colors(), interpolation="nearest", aspect="auto",
    )  # fmt: skip
    axes.axhline(0, color="white", linewidth=0.6)
    axes.axvline(0, color="white", linewidth=0.6)
    axes.plot([dx], [dy], marker="+", color=INK, markersize=12)
    label(axes, "shift in x (px)", "shift in y (px)")
    return drawn


def shift_charts(found: Shift, titles: tuple[str, str]) -> list[Chart]:
    """Return R against the shift as charts; see `plot_shift`.

    The first has the lines along x and y through the peak. The second has the whole
    function; where that is of more shifts than can be drawn, every k-th of them, with
    the peak among them.
    """
    ccf, (dy, dx) = _plane_of_peak(found)
    # x first, as ImageJ has it.
    offsets = [offset.replace("-", "−") for offset in _offsets(found)[::-1]]
    words = f"{_where(found, offsets)}: {_how_alike(found)}"
    ys, xs = ccf.coords["y"].values, ccf.coords["x"].values
    profiles = _lines_through_peak(found)
    lines = [curve(*profile) for profile in profiles]
    drawn = np.concatenate([values for _, values, _, _ in profiles])
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    spare = 0.05 * ((high - low) or 1.0)
    reach = max(abs(float(end)) for end in (xs[0], xs[-1], ys[0], ys[-1]))
    profile = Chart(
        titles[0], words, "shift (px)", "Pearson R",
        [-reach, reach, low - spare, high + spare], [WIDE, 220], lines, "", [],
    )  # fmt: skip
    step = max(1, math.ceil(max(ccf.shape) / MOST_ACROSS))
    part = ccf.isel(
        y=slice((int(dy) - int(ys[0])) % step, None, step),
        x=slice((int(dx) - int(xs[0])) % step, None, step),
    )
    (left, right), (bottom, top) = (
        (float(part[axis][0]) - step / 2, float(part[axis][-1]) + step / 2)
        for axis in "xy"
    )
    cells, swatches = value_cells(part.values, (left, right, bottom, top))
    best = curve([dx], [dy], VERMILLION, width=2.0, style="cross")
    return [
        profile,
        Chart(
            titles[1], words, "shift in x (px)",
            "shift in y (px; positive: down in the image)",
            [left, right, bottom, with_headroom(bottom, top)], [WIDE, TALL],
            [*cells, best],
            "Colors: R, from:" if step == 1 else
            f"One shift in {step} along each side. Colors: R, from:", swatches,
        ),
    ]  # fmt: skip


def _plane_of_peak(found: Shift) -> tuple[xr.DataArray, tuple[int, int]]:
    """Return the function of y and x (of a stack at the best z) and where it peaks."""
    dy, dx = found.pixel_offset[-2:]
    if "z" in found.ccf.dims:
        return found.ccf.sel(z=found.pixel_offset[0]), (dy, dx)
    return found.ccf, (dy, dx)


def _lines_through_peak(found: Shift) -> list[tuple[Floats, Floats, str, str]]:
    """Return places and values along x and along y, and of each colour and words."""
    ccf, (dy, dx) = _plane_of_peak(found)
    widths = dict(zip(found.dims, found.width, strict=True))
    lines = []
    for axis, line, color in (("x", ccf.sel(y=dy), BLUE), ("y", ccf.sel(x=dx), GREEN)):
        width = widths[axis]
        words = f"in {axis}" + ("" if math.isnan(width) else f", width {width:.3g} px")
        lines.append((ccf.coords[axis].values, line.values, color, words))
    return lines


def _offsets(found: Shift) -> list[str]:
    # + 0.0 turns a rounded -0.0 into 0.0: nobody is shifted by minus nothing.
    return [
        f"{d} {round(value, 2) + 0.0:.2f}"
        for d, value in zip(found.dims, found.offset, strict=True)
    ]


def _where(found: Shift, offsets: Sequence[str]) -> str:
    if math.isnan(found.offset[0]):
        return "Where image 2 lies cannot be told"
    return f"Image 2 is shifted by {', '.join(offsets)} px"


def _how_alike(found: Shift) -> str:
    return f"R {found.r:.3f} as they are, {found.peak:.3f} at the best shift"


_OF_THRESHOLDS = (
    ("1/7", "one_seventh", VERMILLION),
    ("half-bit", "half_bit", GREEN),
    ("3-sigma", "three_sigma", GREY),
)
"""Thresholds of a Fourier ring correlation: name, column of the curve, colour."""


@overload
def plot_frc(
    found: Frc,
    path: Path | str | None = None,
    *,
    ax: None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure: ...
@overload
def plot_frc(
    found: Frc,
    path: Path | str | None = None,
    *,
    ax: Axes,
    figure: None = None,
) -> Axes: ...
@public
def plot_frc(
    found: Frc,
    path: Path | str | None = None,
    *,
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | Axes:
    """Draw Fourier ring correlation by the size of detail, with its thresholds.

    Parameters
    ----------
    found : Frc
        As `similij.frc` returns it.
    path : path, optional
        Where to write the picture.
    ax : Axes, optional
        Draw the curves alone into these axes instead, in the sizes of their style.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure, or the Axes where `ax` is given
        The correlation of each ring and the curve through them, three thresholds, and
        where the curve falls below each.
    """
    made = {"picture": "frc", "threshold": found.threshold, "unit": found.unit}
    one_place(ax, figure)
    if ax is not None:
        if frc_panel(ax, found):
            ax.legend(frameon=False)
        return drawn_into(ax, path, **made)
    sheet = Sheet(7.4, 2 * TOP + HEIGHT + 0.5, figure)
    axes = sheet.axes(0.7, 2 * TOP, 4.4, HEIGHT)
    if frc_panel(axes, found):
        legend = {"fontsize": 8, "frameon": False, "borderpad": 0, "handlelength": 2}
        axes.legend(loc="upper left", bbox_to_anchor=(1.03, 1), **legend)
        letters(sizes_above(axes, f"size of detail ({_short_unit(found)})"), 9, 8)
    letters(axes, 9, 8)
    kind = "shell" if "z" in found.dims else "ring"
    sheet.text(0.7, 0.1, alike_down_to(found), 11, fontweight="bold")
    sheet.text(0.7, 0.34, f"Fourier {kind} correlation. {_by_threshold(found)}", 9)
    for number, line in enumerate(textwrap.wrap(found.note, NOTE_WIDTH)[:2]):
        sheet.text(0.7, 0.53 + 0.16 * number, line, 8)
    return sheet.done(path, DPI, **made)


def frc_panel(axes: Any, found: Frc) -> bool:
    """Draw the curves into axes; False where there is no ring."""
    plain_axes(axes)
    frequency = found.curve.coords["frequency"].values
    look = {"linewidth": 0.7, "color": pale(), "marker": ".", "markersize": 3}
    if frequency.size:
        axes.plot(frequency, found.curve["frc"].values, **look, label="each ring")
        smoothed = found.curve["smoothed"].values
        axes.plot(frequency, smoothed, color=BLUE, linewidth=1.6, label="smoothed")
        for name, column, color in _OF_THRESHOLDS:
            threshold = found.curve[column].values
            axes.plot(
                frequency, threshold, color=color, linewidth=1, dashes=(5, 2),
                label=_sigma(name),
            )  # fmt: skip
            if at := _crossing(found, name):
                axes.plot(*([v] for v in at), marker="o", color=color, markersize=5)
        axes.set_xlim(0, float(frequency[-1]) * 1.02)
    axes.axhline(0, color=grey(), linewidth=0.6)
    axes.set_ylim(-0.25, 1.05)
    label(axes, f"frequency (waves per {_short_unit(found)})", "correlation")
    return bool(frequency.size)


_NOTE_IN_FRAME = 50
"""Letters of a line in the frame of a chart, beside its legend."""

_LINE = 0.045
"""Height of a line of words, as a part of that of the frame."""


def frc_chart(found: Frc, title: str, where: str) -> Chart:
    """Return Fourier ring correlation by the frequency as a chart; see `plot_frc`.

    Parameters
    ----------
    found : Frc
        With a curve.
    title : str
        Title of the window.
    where : str
        Which pixels it is of, in words.
    """
    frequency = found.curve.coords["frequency"].values
    end = 1.02 * float(frequency[-1])
    columns = {name: column.values for name, column in found.curve.items()}
    series = [
        curve(frequency, columns["frc"], GREY, "each ring", 3.0, "dot"),
        curve(frequency, columns["smoothed"], BLUE, "smoothed", 2.0),
    ]
    crossings = []
    for name, column, color in _OF_THRESHOLDS:
        series.append(curve(frequency, columns[column], color, _sigma(name), 1.0))
        if at := _crossing(found, name):
            crossings.append(curve([at[0]], [at[1]], color, width=2.0, style="circle"))
    zero = curve([0, end], [0, 0], PALE, width=1.0)
    low = min(-0.25, float(np.nanmin(columns["frc"])) - 0.05)
    lines = [where, *textwrap.wrap(found.note, _NOTE_IN_FRAME)]
    # Above 1, as high as the lines are: none covers the curve.
    top = low + (1.05 - low) / (1 - _LINE * (1 + len(lines)))
    words = alike_down_to(found)
    if by_threshold := _by_threshold(found):
        words += f" ({by_threshold})"
    return Chart(
        title, words, f"frequency (waves per {_short_unit(found)})", "correlation",
        [0.0, end, low, top], [WIDE, TALL], [*series, *crossings, zero],
        "\n".join(lines), [],
    )  # fmt: skip


def _short_unit(found: Frc) -> str:
    return "px" if found.unit == "pixel" else short_name(found.unit)


def _sigma(threshold: str) -> str:
    return "3σ" if threshold == "3-sigma" else threshold


def alike_down_to(found: Frc) -> str:
    """Say the resolution: a bound where the curve never falls, as the note has it."""
    if math.isnan(found.resolution):
        return "No resolution"
    return f"Alike down to details of {found.resolution:.4g} {_short_unit(found)}"


def _by_threshold(found: Frc) -> str:
    return ", ".join(
        f"{_sigma(name)}: {length:.4g} {_short_unit(found)}"
        for name, length in found.resolutions.items()
        if not math.isnan(length)
    )


def _crossing(found: Frc, threshold: str) -> tuple[float, float] | None:
    """Return where the smoothed curve falls below a threshold; None: nowhere."""
    length = found.resolutions[threshold]
    if math.isnan(length):
        return None
    smoothed = found.curve["smoothed"]
    frequency = smoothed.coords["frequency"].values
    return 1 / length, float(np.interp(1 / length, frequency, smoothed.values))


def sizes_above(axes: Any, words: str) -> Any:
    """Write above a panel the lengths of waves that its frequencies are of."""
    end = axes.get_xlim()[1]
    top = axes.twiny()
    # To twenty times the finest: those of longer waves crowd at the left.
    decades = range(math.floor(math.log10(1 / end)), math.ceil(math.log10(20 / end)))
    round_ones = (step * 10.0**k for k in decades for step in (1, 2, 5))
    lengths = [v for v in round_ones if 1 / end <= v * (1 + 1e-9) <= 20 / end]
    top.set_xlim(0, end)
    top.set_xticks([1 / v for v in lengths], [f"{v:g}" for v in lengths])
    top.tick_params(colors=ink(), width=0.7)
    top.set_xlabel(words, color=ink())
    for side in ("left", "right", "bottom"):
        top.spines[side].set_visible(False)
    top.spines["top"].set_color(edge())
    return top


@overload
def plot_map(
    found: xr.DataArray,
    images: Sequence[ArrayLike],
    places: Sequence[Place] = (),
    path: Path | str | None = None,
    *,
    ax: None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure: ...
@overload
def plot_map(
    found: xr.DataArray,
    images: Sequence[ArrayLike],
    places: Sequence[Place] = (),
    path: Path | str | None = None,
    *,
    ax: Axes,
    figure: None = None,
) -> Axes: ...
@public
def plot_map(
    found: xr.DataArray,
    images: Sequence[ArrayLike],
    places: Sequence[Place] = (),
    path: Path | str | None = None,
    *,
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | Axes:
    """Draw two images and a local map of them, with the least similar places.

    Parameters
    ----------
    found : DataArray, (y, x)
        As `similij.local_map` returns it.
    images : sequence of two array_like, (y, x)
        The images that it was made of.
    places : sequence of Place
        As `similij.least_similar` returns them: their boxes are drawn and numbered.
    path : path, optional
        Where to write the picture.
    ax : Axes, optional
        Draw the map alone into these axes instead, in the sizes of their style.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure, or the Axes where `ax` is given
        Three panels side by side.
    """
    height, width = found.shape
    tall = WIDTH * height / width
    if len(images) != 2:  # noqa: PLR2004 - a pair
        raise ValueError(
            f"images has {len(images)}: it must be two, those that were compared."
        )
    pair = prepare(images[0], images[1])
    if pair.x.shape != found.shape:
        raise ValueError(
            f"images have the shape {pair.x.shape}, the map has {found.shape}: give "
            "those that it was made of."
        )
    words = f"{found.attrs['label']}, window: {found.attrs['window']} px"
    made = {"picture": "local map", "map": words}
    one_place(ax, figure)
    if ax is not None:
        map_panel(ax, found, places)
        ax.set_title(words)
        return drawn_into(ax, path, **made)
    pixels = [
        pixels_of(image, name).astype(np.float64)
        for image, name in zip((pair.x, pair.y), pair.names, strict=True)
    ]
    # One scale for both images, else a gain between them could not be seen.
    low = min(np.nanmin(p) for p in pixels)
    high = max(np.nanmax(p) for p in pixels)
    sheet = Sheet(3 * WIDTH + 1.3, TOP + tall + 0.15, figure)
    panels = (("Image 1", pixels[0]), ("Image 2", pixels[1]), (words, None))
    for k, (title, values) in enumerate(panels):
        left = 0.15 + k * (WIDTH + 0.12)
        axes = sheet.axes(left, TOP, WIDTH, tall)
        if values is None:
            mappable = map_panel(axes, found, places)
        else:
            show_pixels(axes, values, (height, width), cmap="gray", vmin=low, vmax=high)
            _boxes(axes, places)
        sheet.text(left, TOP - 0.22, title, 9)
    bar = sheet.axes(0.2 + 3 * WIDTH + 0.24, TOP, 0.1, tall)
    sheet.figure.colorbar(mappable, cax=bar)
    bar.tick_params(labelsize=8, colors=ink())
    title = "Where are they least alike?"
    if places:
        values_there = ", ".join(f"{place.value:.4g}" for place in places)
        title += f"  {found.attrs['label']} there: {values_there}"
    sheet.text(0.15, 0.08, title, 11, fontweight="bold")
    return sheet.done(path, DPI, **made)


def map_panel(axes: Any, found: xr.DataArray, places: Sequence[Place] = ()) -> Any:
    """Draw a local map into axes, with numbered boxes around places."""
    height, width = found.shape
    shown = show_pixels(axes, found.values, (height, width), cmap=density_colors())
    _boxes(axes, places)
    return shown


def _boxes(axes: Any, places: Sequence[Place]) -> None:
    """Draw numbered boxes around places."""
    from matplotlib.patches import Rectangle

    for number, place in enumerate(places, start=1):
        box = place.region
        axes.add_patch(
            Rectangle(
                (box.x, box.y), box.width, box.height, fill=False,
                edgecolor=VERMILLION, linewidth=1.2,
            )
        )  # fmt: skip
        axes.text(
            box.x + box.width, box.y, str(number), color=VERMILLION, fontsize=9,
            fontweight="bold", va="bottom",
        )  # fmt: skip


@overload
def plot_threshold(
    found: Thresholds,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
    *,
    ax: None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure: ...
@overload
def plot_threshold(
    found: Thresholds,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
    *,
    ax: Axes,
    figure: None = None,
) -> Axes: ...
@public
def plot_threshold(
    found: Thresholds,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
    *,
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | Axes:
    """Draw the joint density of two images, with thresholds and Costes' line.

    Parameters
    ----------
    found : Thresholds
        As `similij.threshold` returns it.
    x, y : array_like
        The images that it was made of.
    mask : array_like of bool, optional
        As given to `similij.threshold`.
    path : path, optional
        Where to write the picture.
    ax : Axes, optional
        Draw the density alone into these axes instead, in the sizes of their style.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure, or the Axes where `ax` is given
    """
    values = _compared(x, y, mask)
    made = {
        "picture": "threshold",
        "method": found.method,
        "thresholds": (found.x, found.y),
    }
    one_place(ax, figure)
    if ax is not None:
        _threshold_panel(ax, found, *values)
        return drawn_into(ax, path, **made)
    sheet = Sheet(6.4, TOP + HEIGHT + 0.5, figure)
    axes = sheet.axes(0.85, TOP, WIDTH, HEIGHT)
    _threshold_panel(axes, found, *values)
    letters(axes, 9, 8)
    head = "No threshold" if math.isnan(found.x) else f"Thresholds: {found.method}"
    sheet.text(0.15, 0.1, head, 11, fontweight="bold")
    words = [
        f"image 1: {found.x:.5g}",
        f"image 2: {found.y:.5g}",
        f"above both: {found.above:,} of {found.n:,}",
        "",
        f"M1 {found.m1:.3f}",
        f"M2 {found.m2:.3f}",
    ]
    if not math.isnan(found.gain):
        words += ["", f"line: {found.gain:.3g}·x {found.offset:+.4g}",
                  f"R of the others: {found.r_below:.3f}"]  # fmt: skip
    if math.isnan(found.x):
        words = [found.note]
    for k, text in enumerate(words):
        sheet.text(0.85 + WIDTH + 0.35, TOP + 0.22 * k, text, 9)
    return sheet.done(path, DPI, **made)


def _threshold_panel(axes: Any, found: Thresholds, x: Floats, y: Floats) -> None:
    """Draw the joint density into axes, with thresholds and Costes' line."""
    limits = (float(min(x.min(), y.min())), float(max(x.max(), y.max())))
    density(axes, x, y, limits, BINS)
    label(axes, "image 1", "image 2")
    ends = np.array(limits)
    if not math.isnan(found.gain):
        line = found.gain * ends + found.offset
        axes.plot(ends, line, color=BLUE, linewidth=1.2, zorder=4)
    for value, draw in ((found.x, axes.axvline), (found.y, axes.axhline)):
        if not math.isnan(value):
            draw(value, color=ink(), linewidth=1, linestyle="--", zorder=4)


@overload
def plot_agreement(
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
    *,
    ax: None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure: ...
@overload
def plot_agreement(
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
    *,
    ax: Axes,
    figure: None = None,
) -> Axes: ...
@public
def plot_agreement(
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
    *,
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure | Axes:
    """Draw the differences y - x against the means, with bias and limits of agreement.

    Parameters
    ----------
    x, y : array_like
        Two images of one shape.
    mask : array_like of bool, optional
        Pixels that count.
    path : path, optional
        Where to write the picture.
    ax : Axes, optional
        Draw the density and its lines alone into these axes instead, in the sizes of
        their style.
    figure : Figure or SubFigure, optional
        Draw into this one, as large as fits.

    Returns
    -------
    matplotlib.figure.Figure, or the Axes where `ax` is given
        The density of the pixels (log scale) and three lines.

    References
    ----------
    Bland, J. M. & Altman, D. G. (1986). Lancet 327, 307-310,
    doi:10.1016/S0140-6736(86)90837-8.
    """
    from ..moments.of_arrays import moments
    from .agreement import MeansAndDifferences, agreement_panel, draw_agreement

    pair = prepare(x, y, mask)
    a, b = (np.atleast_2d(np.asarray(image)) for image in (pair.x, pair.y))
    rows = (-1, a.shape[-1])
    keep = None
    if pair.mask is not None:
        keep = np.broadcast_to(np.asarray(pair.mask), a.shape).reshape(rows)
    a, b = a.reshape(rows), b.reshape(rows)
    pixels = MeansAndDifferences((a.dtype, b.dtype))
    pixels.add(a, b, keep)
    where = "Pixels of the whole image" if mask is None else "Pixels inside the mask"
    together = moments(a, b, keep)
    names = ("image 1", "image 2")
    one_place(ax, figure)
    if ax is not None:
        agreement_panel(ax, pixels, together, names)
        made = {"picture": "agreement", "images": names, "pixels": where}
        return drawn_into(ax, path, **made)
    return draw_agreement(path, pixels, together, names, where, figure)


def _compared(
    x: ArrayLike, y: ArrayLike, mask: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Return the values of the pixels that are compared, or every k-th of very many."""
    pair = prepare(x, y, mask)
    a, b = (np.asarray(image, dtype=np.float64) for image in (pair.x, pair.y))
    keep = np.isfinite(a) & np.isfinite(b)
    if pair.mask is not None:
        keep &= np.asarray(pair.mask)
    a, b = a[keep], b[keep]
    if not a.size:
        first, second = pair.names
        raise ValueError(
            f"{first} and {second} hold no finite pixel to draw: pass other images, or "
            "another mask."
        )
    step = max(1, a.size // MOST_POINTS)
    return a[::step], b[::step]
