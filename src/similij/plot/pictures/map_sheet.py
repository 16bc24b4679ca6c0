"""Draw a map for reading: planes, outlines, scale of values.

Of a stack some planes are shown, evenly spaced from the first to the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...ground.names import counted
from ...images.calibration import Calibration
from ...regions.outlines import Outline
from ..colors import STEPS, colors_of, rgb_of
from ..style import (
    DIVERGING,
    GREEN,
    INK,
    SCREEN_PIXELS,
    SKY,
    Sheet,
    draw_edges,
    grey,
    ink,
    round_length,
    short_name,
    show_pixels,
)
from .kinds import FILES
from .map_files import MapPlanes

UNDEFINED = "#9A9A9A"
"""Colour of pixels that are NaN or infinite: a grey that no map has."""

MOST_PANELS = 6
LONG_TITLE = 60  # characters
NAMED_REGIONS = 25  # more are not named in the picture
WIDE = 6.2  # inches: all panels of a line
TALLEST, LOWEST = 7.0, 0.45  # inches: of a panel
LEFT, HEAD, BESIDE = 0.35, 0.95, 1.0
GAP, CAPTION = 0.15, 0.25  # inches: between panels, for the name of a plane
LONGEST_BAR = 1.2  # inches
LETTER = 0.075  # inches, of a region's name


@dataclass(frozen=True)
class Style:
    """How one kind of map looks.

    Attributes
    ----------
    name : str
        Name of its files.
    colors : str
        Name of one of matplotlib's colour maps.
    absolute : bool
        Whether the sign is dropped.
    lines : (str, str or None)
        Colours of the outlines, and of what sets them off.
    equal : str
        The colour of no difference.
    """

    name: str
    colors: str
    absolute: bool
    lines: tuple[str, str | None]
    equal: str
    numbered = False  # whether outlines have their numbers beside them

    @property
    def mark(self) -> str:
        """Colour of the places that verdicts name: one that its map has not."""
        return SKY if self.absolute else GREEN

    def title(self, names: tuple[str, str]) -> str:
        """Say what the map shows: image 2 minus image 1."""
        first, second = (short_name(name) for name in names)
        return (
            f"Absolute difference: |{second} − {first}|"
            if self.absolute
            else f"Difference: {second} − {first}"
        )

    def limits(self, planes: MapPlanes) -> tuple[float, float]:
        """Return the display range."""
        most = planes.range
        if not self.absolute:
            return -most, most
        return (-most / 254 if planes.undefined else 0.0), most

    def lut(self, undefined: bool) -> NDArray[np.uint8]:
        """Return the colours for ImageJ, (3, 256); NaN has the first of them there.

        ImageJ shows the middle of a range in colour 128; 127 has the same, lest
        rounding tints it.
        """
        at = np.linspace(0, 1, 256)
        if not self.absolute:
            at = (np.arange(256) - 128) / 254 + 0.5
            at[127] = 0.5
        return table_of(self.colors, at, undefined)

    def scale(self) -> str:
        """Say what the scale of colours is of."""
        return f"intensity ({self.equal}: equal)"

    def beyond(self, planes: MapPlanes) -> str:
        """Say at which ends the scale of colours stops before the values do."""
        if planes.range >= planes.largest:
            return "neither"
        return "max" if self.absolute else "both"

    def summary(self, planes: MapPlanes) -> str:
        """Say the number that matters most."""
        return f"largest |difference| {planes.largest:.5g}"

    def notes(self, planes: MapPlanes) -> list[str]:
        """Say what a reader of the colours must know."""
        notes = []
        if planes.largest == 0:
            notes.append("The images are equal: every difference is 0.")
        elif planes.range < planes.largest:
            least = "0" if self.absolute else f"−{planes.range:.5g}"
            notes.append(
                f"Colours go from {least} to {planes.range:.5g}: 99.9 % of the pixels "
                "lie within."
            )
        if planes.undefined:
            notes.append(f"Grey: NaN or infinite ({planes.undefined:,} pixels in all).")
        return notes


def table_of(name: str, at: NDArray[Any], undefined: bool) -> NDArray[np.uint8]:
    """Return a colour map's colours, (3, 256), as uint8; the first grey on request."""
    table = colors_of(name)[np.clip(at * STEPS, 0, STEPS - 1).astype(int)]
    if undefined:
        table[0] = rgb_of(UNDEFINED)
    rows: NDArray[np.uint8] = table.T
    return rows


STYLES = {
    "difference": Style(FILES["difference"], DIVERGING, False, (INK, "white"), "white"),
    "absolute": Style(FILES["absolute"], "inferno", True, ("white", INK), "black"),
}


def draw_map(
    path: Path,
    planes: MapPlanes,
    style: Style,
    names: tuple[str, str],
    calibration: Calibration,
) -> Any:
    """Draw some planes of a map, with outlines and the scale of values."""
    order = planes.order()[0]
    count = min(len(order), MOST_PANELS)
    places = np.linspace(0, len(order) - 1, count).round().astype(int).tolist()
    chosen = [order[k] for k in places]
    columns = _columns(count, planes.shape)
    lines = math.ceil(count / columns)
    height, width = planes.shape
    # More pixels than a screen has would be dropped anyway, after being drawn.
    step = max(1, math.ceil(max(height, width) * columns / SCREEN_PIXELS))
    across = (WIDE - GAP * (columns - 1)) / columns
    tall = min(max(across * height / width, LOWEST), TALLEST)
    many = len(order) > 1
    line = tall + (CAPTION if many else 0) + GAP
    notes = style.notes(planes)
    if any(page.marks for page in planes.pages):
        which = "green" if style.mark == GREEN else "blue"
        notes.append(
            f"Boxes in {which}: where they differ beyond what was done to all of them, "
            "the clearest is 1."
        )
    if step > 1:
        notes.append(f"One pixel in {step} is shown along each side.")
    body = max(lines * line, 1.5)
    sheet = Sheet(LEFT + WIDE + BESIDE, HEAD + body + 0.42 + 0.18 * len(notes))
    title = style.title(names)
    size = 12.5 if len(title) < LONG_TITLE else 11
    sheet.text(LEFT, 0.2, title, size, weight="bold")
    sheet.text(LEFT, 0.52, _subtitle(planes, chosen, style), 9.5, color=grey())
    low, high = style.limits(planes)
    for panel, k in enumerate(chosen):
        left = LEFT + panel % columns * (across + GAP)
        top = HEAD + panel // columns * line + (CAPTION if many else 0)
        axes = sheet.axes(left, top, across, tall)
        axes.set_anchor("NW")
        mappable = _panel(axes, planes.plane(k)[::step, ::step], planes.shape, style)
        # ImageJ's lowest colour is for what is undefined, and no part of the scale.
        mappable.set_clim(max(low, 0.0) if style.absolute else max(low, -high), high)
        if many:
            words = planes.pages[k].words or f"plane {places[panel] + 1}"
            sheet.text(left, top - CAPTION + 0.05, short_name(words), 9.5)
        scale = min(across / width, tall / height)
        _outlines(axes, planes.pages[k].outlines, style, scale)
        _marks(axes, planes.pages[k].marks, style)
    wide = min(across, tall * width / height) if columns == 1 else WIDE
    bar = min(lines * line - GAP - (CAPTION if many else 0), 4.5)
    sheet.color_bar(
        mappable, LEFT + wide, HEAD + (CAPTION if many else 0), bar,
        style.scale(), extend=style.beyond(planes),
    )  # fmt: skip
    foot = HEAD + body + 0.05
    if calibration.pixel_size is not None:
        _scale_bar(sheet, foot, calibration.pixel_size[0] / scale, calibration.unit)
        foot += 0.22
    for row, words in enumerate(notes):
        sheet.text(LEFT, foot + 0.05 + 0.18 * row, words, 8.5, color=grey())
    return sheet.done(path, picture=style.name, images=names, planes=len(order))


def _scale_bar(sheet: Sheet, top: float, inch: float, unit: str) -> None:
    """Draw a bar of a round length below the panels, where it hides nothing.

    `inch` is how many units an inch of the picture has.
    """
    from matplotlib.patches import Rectangle

    length = round_length(LONGEST_BAR * inch)
    wide, thick = length / inch, 0.05
    bar = Rectangle(
        (LEFT / sheet.width, 1 - (top + 0.11) / sheet.height),
        wide / sheet.width,
        thick / sheet.height,
        color=ink(),
    )
    sheet.figure.add_artist(bar)
    sheet.text(LEFT + wide + 0.08, top, f"{length:g} {unit}", 9)


def _columns(count: int, shape: tuple[int, int]) -> int:
    """Return panels per line: one for flat planes, all beside each other for narrow."""
    if count == 1:
        return 1
    wide = shape[1] / shape[0]
    if wide > 4:  # noqa: PLR2004 - strips are put below each other
        return 1
    if wide < 0.4:  # noqa: PLR2004
        return count
    return {2: 2, 4: 2}.get(count, 3)


def _panel(
    axes: Any, plane: NDArray[np.float32], shape: tuple[int, int], style: Style
) -> Any:
    from matplotlib import colormaps

    colors = colormaps[style.colors].with_extremes(bad=UNDEFINED)
    values = np.ma.masked_invalid(np.abs(plane) if style.absolute else plane)
    return show_pixels(axes, values, shape, cmap=colors)


def _outlines(
    axes: Any, outlines: Sequence[Outline], style: Style, scale: float
) -> None:
    """Draw the outlines, and names where they fit; `scale`: inches a pixel."""
    loops = [
        np.vstack([loop, loop[:1]]) for region in outlines for loop in region.loops
    ]
    thin = 1.0 if len(outlines) <= NAMED_REGIONS else 0.6
    draw_edges(axes, loops, style.lines[0], style.lines[1], thin)
    if style.numbered:
        _numbers(axes, outlines, style)
        return
    if not 1 < len(outlines) <= NAMED_REGIONS:
        return
    from matplotlib.patheffects import withStroke

    light = style.lines[0] == "white"
    for region in outlines:
        if not region.loops:
            continue
        corners = np.concatenate(region.loops)
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        name = short_name(region.name, 16)
        fits = (right - left) * scale > len(name) * LETTER + 0.1
        if fits and (bottom - top) * scale > 0.25:  # noqa: PLR2004 - a line of text
            halo = withStroke(linewidth=2, foreground=INK if light else "white")
            axes.text(
                (left + right) / 2, (top + bottom) / 2, name, fontsize=8.5,
                color=style.lines[0], ha="center", va="center", path_effects=[halo],
            )  # fmt: skip


def _marks(axes: Any, marks: Sequence[Outline], style: Style) -> None:
    """Draw the places that verdicts name, with the numbers that these have."""
    from matplotlib.patheffects import withStroke

    halo = INK if style.absolute else "white"
    loops = [np.vstack([loop, loop[:1]]) for mark in marks for loop in mark.loops]
    draw_edges(axes, loops, style.mark, halo, 1.2)
    for mark in marks:
        corners = np.concatenate(mark.loops)
        axes.annotate(
            mark.name.rsplit(" ", 1)[-1], (corners[:, 0].max(), corners[:, 1].min()),
            xytext=(2, 0), textcoords="offset points", fontsize=9, fontweight="bold",
            color=style.mark, va="bottom", annotation_clip=False,
            path_effects=[withStroke(linewidth=2, foreground=halo)],
        )  # fmt: skip


def _numbers(axes: Any, outlines: Sequence[Outline], style: Style) -> None:
    """Write the numbers with which names begin at the upper right of outlines."""
    from matplotlib.patheffects import withStroke

    for region in outlines:
        corners = np.concatenate(region.loops)
        halo = withStroke(linewidth=2, foreground=style.lines[1])
        axes.annotate(
            region.name.split(":")[0], (corners[:, 0].max(), corners[:, 1].min()),
            xytext=(2, 0), textcoords="offset points", fontsize=9, fontweight="bold",
            color=style.lines[0], va="top", path_effects=[halo], annotation_clip=False,
        )  # fmt: skip


def _subtitle(planes: MapPlanes, chosen: list[int], style: Style) -> str:
    height, width = planes.shape
    words = [f"{width}×{height} pixels"]
    if len(planes.pages) > 1:
        count = f"{len(planes.pages)} planes"
        if len(chosen) < len(planes.pages):
            count = f"{len(chosen)} of {count}, evenly spaced"
        words.append(count)
    elif planes.pages[0].words not in ("", "1"):
        words.append(planes.pages[0].words)
    regions = len(planes.pages[chosen[0]].outlines)
    if regions and not style.numbered:
        words.append(f"{counted(regions, 'region')} outlined")
    words.append(style.summary(planes))
    return ", ".join(words)
