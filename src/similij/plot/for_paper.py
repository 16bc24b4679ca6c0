"""Draw a figure for a paper: chosen panels in a grid, as wide as a column is.

The panels are those of the other modules of this wing, drawn without their frames of
words; what journals ask of a figure is here: its width in millimetres, one size of
letters, a letter for each panel, and text that stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import ascii_lowercase
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.public import public
from ..images.calibration import Calibration, calibrated
from ..images.door import ImageLike, as_image
from ..images.image import Image
from ..images.pair import prepare
from ..measure.compare import compare
from ..measure.question import read_align
from ..measure.table.comparison import Comparison
from ..moments.joint_histogram import JointCounts
from ..moments.moments import Moments
from ..moments.of_arrays import moments
from ..moments.windows import USUAL_WINDOW, parse_window
from .agreement import MeansAndDifferences, agreement_panel
from .pair import bounds_of, check_planes, reach_of, regions_of
from .scatter import scatter_panel
from .style import (
    DIVERGING,
    INK,
    Floats,
    Sheet,
    ink,
    label,
    letters,
    literal,
    masks_of,
    number,
    outline,
    pixels_of,
    scale_bar,
    short_name,
    show_pixels,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..spatial.align import Way

PANELS = (
    *("images", "image_1", "image_2", "difference"),
    *("scatter", "agreement", "local", "shift", "frc"),
)
"""Panels there are; "images" means both."""

IMAGES = ("image_1", "image_2", "difference", "local")
"""Those of the shape of the images, which have no axes."""

METRICS = (
    *("pearson", "rmsd", "mean_difference"),
    *("bias", "agreement_low", "agreement_high"),
)
"""What titles have, all from the same sums."""

USUAL = "images,difference,scatter"

MILLIMETRES = 25.4  # in an inch
POINTS = 72  # in an inch
DOTS = 300
"""Per inch of a PNG, and of pictures within an SVG or PDF: what journals ask for."""

COMFORTABLE = 18
"""Millimetres that a panel has without its axes, where nobody says how many columns."""

NARROWEST = 10
"""Millimetres of a panel without its axes: less shows nothing."""

SMALLEST, LARGEST = 3.0, 40.0  # points, of letters
MOST_WIDE = 2000.0
"""Millimetres: wider is a mistake of the unit."""

# Room in units of the size of letters.
BAR, ASIDE, BELOW, LINE, GAP = 6.0, 5.4, 3.4, 1.25, 0.9
EDGE = 0.4
THICK = 0.9  # of a scale of colours
LETTER = 0.54  # mean width
SHORT = 18  # letters beside a scale, which may be as low as a panel
NUMBERED = 25  # regions with a number
TICKS = 0.16  # of an axis, for each em of its length
STROKE, MARKER = 0.9, 4.0  # points: lines and marks are no larger
LEGEND = 22  # em across from which on there is room for a legend


@public
def figure(
    x: ImageLike,
    y: ImageLike,
    path: Path | str | None = None,
    *,
    panels: str | Iterable[str] = USUAL,
    width: float = 180.0,
    columns: int | None = None,
    regions: Any = None,
    mask: ImageLike | None = None,
    names: Sequence[str] | None = None,
    pixel_size: float | None = None,
    unit: str = "µm",
    window: Any = USUAL_WINDOW,
    font_size: float = 7.0,
    align: str | None = None,
) -> Figure:
    """Draw a figure for a paper: chosen panels, lettered, of a width in millimetres.

    Parameters
    ----------
    x, y : path, Image or array-like, (y, x)
        Two planes, as `similij.compare` takes them.
    path : path, optional
        Where to write it: .svg or .pdf, in which letters stay letters, or .png with 300
        dots per inch.
    panels : str or iterable of str
        Panels in their order: "images" (both), "image_1", "image_2", "difference"
        (image 2 − image 1), "scatter" (joint histogram), "agreement" (Bland-Altman),
        "local" (local map of Pearson R), "shift" (R against the shift), "frc" (Fourier
        ring correlation).
    width : float
        Width in millimetres; the height follows.
    columns : int, optional
        Panels side by side; default: as many as can be read.
    regions : optional
        Regions to outline, as `similij.plot.plot_pair` takes them. With regions, all
        but images and maps is of their pixels together.
    mask : path, Image or array-like of bool, optional
        Pixels that count.
    names : sequence of two str, optional
        What the panels call the images; default: their own names.
    pixel_size : float, optional
        Length of a pixel in ``unit``, for a scale bar; default: that of image 1.
    unit : str
        Unit of ``pixel_size``.
    window : int or str
        Window of the local map in pixels, as `similij.draw` takes it.
    font_size : float
        Size of the letters in points.
    align : "shift" or "rigid", optional
        Move image 2 onto image 1 first, as `similij.compare` does; all panels are of
        what overlaps then, and the title of image 2 says by how much it was moved.

    Returns
    -------
    matplotlib.figure.Figure
        It shows itself in a notebook, and its `savefig` keeps letters letters, too. The
        numbers in the titles are those of `similij.compare` of the same pixels.

    Raises
    ------
    ImageError
        If the images are no planes of one size; or are to be aligned and do not show
        by how much.
    ValueError
        If there is no such panel or way to align, or too little room.

    Examples
    --------
    >>> x = np.add.outer(np.arange(30.0), np.arange(40.0))
    >>> drawn = figure(x, x + 1, panels="images, scatter", width=85)
    >>> round(drawn.get_figwidth() * 25.4), drawn.axes[3].get_title(loc="left")
    (85, 'Pearson R 1.0000')
    """
    kinds = parse_panels(panels)
    if names is not None and (isinstance(names, str) or len(names) != 2):  # noqa: PLR2004
        raise ValueError(f"names is {shown(names)}: give two, or none.")
    _check_size(width, columns, font_size)
    way = None if align is None else read_align(align)
    pair = _Pair.of(x, y, mask, regions, names, parse_window(window), way)
    if pixel_size is not None:
        pair.calibration = calibrated(pixel_size, unit, None)
    across = columns or _columns(len(kinds), width, font_size)
    return _Page(pair, kinds, width / MILLIMETRES, across, font_size).draw(path)


def parse_panels(panels: str | Iterable[str]) -> list[str]:
    """Read panels: "images,scatter" or a list of words; "images" becomes two.

    Examples
    --------
    >>> parse_panels("images, frc")
    ['image_1', 'image_2', 'frc']
    """
    words = panels.split(",") if isinstance(panels, str) else [*panels]
    kinds: list[str] = []
    for word in words:
        kind = str(word).strip().lower()
        if kind not in PANELS:
            raise ValueError(
                f"there is no panel {shown(word)}; there are: {', '.join(PANELS)}."
            )
        kinds += ("image_1", "image_2") if kind == "images" else (kind,)
    if not kinds or len(kinds) > len(ascii_lowercase):
        raise ValueError(f"panels are {len(kinds)}: give 1 to {len(ascii_lowercase)}.")
    return kinds


def _check_size(width: float, columns: int | None, font_size: float) -> None:
    for name, value, low, high in (
        ("width", width, 1.0, MOST_WIDE),
        ("font_size", font_size, SMALLEST, LARGEST),
    ):
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}: it must be {low:g} to {high:g}.")
    if columns is not None and columns < 1:
        raise ValueError(f"columns is {columns}: it must be 1 or more.")


def _columns(count: int, width: float, font_size: float) -> int:
    """Return panels side by side: four in a square, else up to three that have room."""
    em = font_size / POINTS * MILLIMETRES
    around = (BAR + ASIDE + GAP) * em
    room = int(width / (COMFORTABLE + around))
    return max(1, min(count, 2 if count == 4 else 3, room))  # noqa: PLR2004


@dataclass
class _Pair:
    """Hold two planes, which of their pixels count, and what is known of them."""

    calibration: Calibration
    x: Any
    y: Any
    inside: Any
    masks: Any
    names: tuple[str, str]
    window: Any
    moved: str = ""

    @classmethod
    def of(
        cls,
        x: Any,
        y: Any,
        mask: Any,
        regions: Any,
        names: Any,
        window: Any,
        way: Way | None,
    ) -> _Pair:
        one, two = as_image(x, "image 1"), as_image(y, "image 2")
        pair = prepare(
            one, two, mask, names=None if names is None else (names[0], names[1])
        )
        pair.must_be_in_memory("a figure")
        called = (str(pair.names[0]), str(pair.names[1]))
        planes = [
            pixels_of(image, name)
            for image, name in zip((pair.x, pair.y), called, strict=True)
        ]
        try:
            check_planes(planes[0], planes[1], called)
        except ValueError as error:
            raise ImageError(str(error)) from None
        shape = planes[0].shape
        masks = masks_of(regions_of(regions), shape)
        counted = None if pair.mask is None else np.broadcast_to(pair.mask, shape)
        if masks:
            union = np.logical_or.reduce([mask for _, mask in masks])
            counted = union if counted is None else counted & union
        moved = ""
        if way is not None:
            planes[1], overlap, moved = _aligned(planes[0], planes[1], way)
            counted = overlap if counted is None else counted & overlap
        return cls(
            one.calibration, planes[0], planes[1], counted, masks, called, window, moved
        )

    @cached_property
    def numbers(self) -> Comparison:
        """What `compare` makes of the pixels that count."""
        return compare(
            self.x, self.y, mask=self.inside, names=self.names, metrics=METRICS
        )

    @cached_property
    def together(self) -> Moments:
        """Moments of the pixels that count."""
        return moments(self.x, self.y, self.inside)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Return black and white of both images."""
        bounds = bounds_of([image.ravel() for image in self.floats])
        if bounds is None:
            raise ValueError(
                f"{self.names[0]} and {self.names[1]} hold no finite pixel to draw: "
                "pass others."
            )
        return bounds

    @cached_property
    def local(self) -> Any:
        """The local map of R."""
        from ..spatial.maps import local_map

        window: Any = str(self.window)
        return local_map(self.x, self.y, window=window, mask=self.inside)

    @cached_property
    def shift(self) -> Any:
        """How far the second lies beside the first."""
        from ..spatial.shift import shift

        return shift(self.x, self.y, mask=self.inside)

    @cached_property
    def frc(self) -> Any:
        """Down to which size they are alike, in the unit of the first."""
        from ..spatial.frc import frc

        x = Image(self.x, axes=("y", "x"), calibration=self.calibration)
        y = Image(self.y, axes=("y", "x"), calibration=self.calibration)
        return frc(x, y, mask=self.inside)

    @cached_property
    def floats(self) -> tuple[Floats, Floats]:
        """Both planes as float64."""
        return self.x.astype(np.float64), self.y.astype(np.float64)


def _aligned(x: Any, y: Any, way: Way) -> tuple[Any, Any, str]:
    """Move the second plane; return it, what overlaps, and by how much in words."""
    from ..spatial.align import align

    found = align(x, y, way)
    if found.refusal:
        raise ImageError(
            f"the images cannot be aligned: {found.refusal}. Leave align out, or take "
            "images that show how one lies on the other."
        )
    # As the note of a comparison says it: the offset is where image 2 lies.
    moved = f"moved by {_in_pixels(found.dims, [-v for v in found.offset])}"
    if found.angle:
        moved += f", turned by {number(-found.angle, '.2f')}°"
    return found.apply(y), found.inside, moved.replace("-", "−")


def _in_pixels(dims: Sequence[str], offset: Sequence[float]) -> str:
    """Write a motion, x first.

    Examples
    --------
    >>> _in_pixels(("y", "x"), (2.0, -0.251))
    'x -0.25, y 2.00 px'
    """
    each = zip(dims, offset, strict=True)
    words = [f"{dim} {number(round(value, 2) + 0.0, '.2f')}" for dim, value in each]
    return f"{', '.join(reversed(words))} px"


class _Page:
    """Lay panels out and draw them; lengths in inches."""

    def __init__(
        self, pair: _Pair, kinds: list[str], width: float, across: int, size: float
    ) -> None:
        self.pair, self.kinds, self.size, self.across = pair, kinds, size, across
        self.width, self.em = width, size / POINTS
        inner = width - self._em(2 * EDGE)
        self.cell = (inner - (across - 1) * self._em(GAP)) / across
        self.wide = self.cell - self._em(BAR)  # of an image
        self.plot_wide = self.wide - self._em(ASIDE)
        narrow = MILLIMETRES * min(self.wide, self.plot_wide)
        if narrow < NARROWEST:
            raise ValueError(
                f"width is {MILLIMETRES * width:g} mm: that leaves {max(narrow, 0):.0f}"
                f" mm for each of {across} panels side by side. Give a larger width, "
                "fewer columns or a smaller font_size."
            )

    def _em(self, count: float) -> float:
        return count * self.em

    def draw(self, path: Path | str | None) -> Figure:
        """Draw all panels; the height is that of the rows."""
        titles = [self._title(kind) for kind in self.kinds]
        rows = [
            range(k, min(k + self.across, len(self.kinds)))
            for k in range(0, len(self.kinds), self.across)
        ]
        heads = [
            self._em(LINE * max(len(titles[k]) for k in row) + 0.5) for row in rows
        ]
        talls = [max(self._tall(self.kinds[k]) for k in row) for row in rows]
        feet = [self._em(0 if all(map(self._is_image, row)) else BELOW) for row in rows]
        gaps = self._em(GAP) * (len(rows) - 1)
        height = sum(heads) + sum(talls) + sum(feet) + gaps + self._em(2 * EDGE)
        sheet = Sheet(self.width, height)
        top = self._em(EDGE)
        for row, head, tall, foot in zip(rows, heads, talls, feet, strict=True):
            for place, k in enumerate(row):
                left = self._em(EDGE) + place * (self.cell + self._em(GAP))
                self._panel(sheet, k, titles[k], left, top + head, tall)
            top += head + tall + foot + self._em(GAP)
        numbers = self.pair.numbers
        return sheet.done(
            path, DOTS, picture="figure", images=self.pair.names, panels=self.kinds,
            width_mm=round(self.width * MILLIMETRES, 3), window=str(self.pair.window),
            **({"aligned": self.pair.moved} if self.pair.moved else {}),
            regions=len(self.pair.masks), n=numbers.n, pearson=numbers.pearson,
            rmsd=numbers.rmsd, mean_difference=numbers.mean_difference,
        )  # fmt: skip

    def _is_image(self, k: int) -> bool:
        return self.kinds[k] in IMAGES

    def _tall(self, kind: str) -> float:
        """Return the height of a panel: images as they are, plots nearly square."""
        height, width = self.pair.x.shape
        if kind in IMAGES:
            return float(self.wide * min(max(height / width, 0.1), 2.5))
        return self.plot_wide * (1.0 if kind == "scatter" else 0.85)

    def _title(self, kind: str) -> list[str]:
        """Return the lines above a panel."""
        aside = 1.8 if kind in IMAGES else ASIDE
        most = max(8, int((self.cell / self.em - aside) / LETTER))
        return wrap(_TITLES[kind](self.pair), most) or [""]

    def _panel(
        self,
        sheet: Sheet,
        k: int,
        title: list[str],
        left: float,
        frame: float,
        tall: float,
    ) -> None:
        """Draw one panel, whose frame begins at a place."""
        kind, size = self.kinds[k], self.size
        lines = self._em(LINE * len(title) + 0.3)
        sheet.text(left, frame - lines, ascii_lowercase[k], size + 1, weight="bold")
        aside = 0.0 if self._is_image(k) else self._em(ASIDE)
        wide = self.cell - self._em(BAR) - aside
        own = min(self._tall(kind), tall)
        axes = sheet.axes(left + aside, frame, wide, own)
        axes.set_anchor("NW")
        drawn, words = _DRAWN[kind](axes, self.pair, size)
        letters(axes, size, size - 1)
        if aside:
            self._thin_out(axes, wide, own)
        axes.set_title(
            literal("\n".join(title)), loc="left", fontsize=size, color=ink(),
            x=0 if aside else self._em(1.6) / wide, pad=0.4 * size, linespacing=1.15,
        )  # fmt: skip
        if drawn is None:
            return
        # As long as the panel that it is of, which may be lower than its frame.
        height, width = self.pair.x.shape
        long = min(own, wide * height / width) if self._is_image(k) else own
        bar = sheet.axes(
            left + aside + wide + self._em(0.5), frame, self._em(THICK), long
        )
        scale = sheet.figure.colorbar(drawn, cax=bar)
        scale.set_label(words, fontsize=size - 1, color=ink())
        bar.tick_params(labelsize=size - 1, colors=ink(), width=0.5, length=2)
        scale.outline.set_linewidth(0.5)

    def _thin_out(self, axes: Any, wide: float, tall: float) -> None:
        """Have ticks, lines and marks that a small panel has room for."""
        from matplotlib.ticker import MaxNLocator

        for axis, long in ((axes.xaxis, wide), (axes.yaxis, tall)):
            most = max(2, int(TICKS * long / self.em))
            axis.set_major_locator(MaxNLocator(most))
        for line in axes.lines:
            line.set_linewidth(min(line.get_linewidth(), STROKE))
            line.set_markersize(min(line.get_markersize(), MARKER))
        if axes.get_legend() is not None and wide < self._em(LEGEND):
            axes.get_legend().remove()


Drawn = tuple[Any, str]
"""What a scale of colours is of, None where there is none, and its words."""


def _image(which: int) -> Callable[[Any, _Pair, float], Drawn]:
    def draw(axes: Any, pair: _Pair, size: float) -> Drawn:
        low, high = pair.limits
        image = show_pixels(
            axes, pair.floats[which], pair.x.shape, cmap="gray", vmin=low, vmax=high
        )
        _outline(axes, pair, size)
        length, unit, _ = pair.calibration
        if length is not None:
            scale_bar(axes, pair.x.shape, length[0], unit, size=size)
        # The scale is one for both, and stands beside the second.
        return (image if which else None), "intensity"

    return draw


def _outline(axes: Any, pair: _Pair, size: float, **look: Any) -> None:
    several = 1 < len(pair.masks) <= NUMBERED
    outline(axes, pair.masks, labels=several, linewidth=0.7, size=size, **look)


def _difference(axes: Any, pair: _Pair, size: float) -> Drawn:
    difference = pair.floats[1] - pair.floats[0]
    most = reach_of(difference)
    image = show_pixels(
        axes, difference, pair.x.shape, cmap=DIVERGING, vmin=-most, vmax=most
    )
    _outline(axes, pair, size, color=INK, halo=None)
    words = f"{pair.names[1]} − {pair.names[0]}"
    return image, literal(words) if len(words) <= SHORT else "difference"


def _scatter(axes: Any, pair: _Pair, size: float) -> Drawn:
    pairs = JointCounts((pair.x.dtype, pair.y.dtype))
    pairs.add(pair.x, pair.y, pair.inside)
    image, _ = scatter_panel(axes, pairs, pair.together, pair.names)
    label(axes, *map(short_name, pair.names))
    return image, "pixels"


def _agreement(axes: Any, pair: _Pair, size: float) -> Drawn:
    pixels = MeansAndDifferences((pair.x.dtype, pair.y.dtype))
    pixels.add(pair.x, pair.y, pair.inside)
    image = agreement_panel(axes, pixels, pair.together, pair.names)
    label(axes, "mean", "difference")
    return image, "pixels"


def _local(axes: Any, pair: _Pair, size: float) -> Drawn:
    from .where import map_panel

    image = map_panel(axes, pair.local)
    _outline(axes, pair, size, color=INK, halo=None)
    return image, "local Pearson R"


def _shift(axes: Any, pair: _Pair, size: float) -> Drawn:
    from .where import shift_panel

    image = shift_panel(axes, pair.shift)
    label(axes, "x (px)", "y (px)")
    return image, "Pearson R"


def _frc(axes: Any, pair: _Pair, size: float) -> Drawn:
    from .where import frc_panel

    if frc_panel(axes, pair.frc):
        axes.legend(
            loc="upper right", fontsize=size - 1, frameon=False, handlelength=1.2,
            labelspacing=0.2, borderpad=0,
        )  # fmt: skip
    unit = axes.get_xlabel().partition("per ")[2].rstrip(")")
    label(axes, f"waves per {unit}", "correlation")
    return None, ""


def _title_of_agreement(pair: _Pair) -> str:
    row = pair.numbers
    low, high = (number(v, ".4g") for v in (row.agreement_low, row.agreement_high))
    return f"bias {number(row.bias, '.4g')}, limits {low} to {high}".replace("-", "−")


def _title_of_shift(pair: _Pair) -> str:
    moved = _in_pixels(pair.shift.dims, pair.shift.offset)
    return f"Shift {moved}".replace("-", "−")


def _title_of_frc(pair: _Pair) -> str:
    from .where import alike_down_to

    return f"{alike_down_to(pair.frc)} ({pair.frc.threshold})"


_TITLES: dict[str, Callable[[_Pair], str]] = {
    "image_1": lambda pair: short_name(pair.names[0]),
    "image_2": lambda pair: ", ".join(
        filter(None, (short_name(pair.names[1]), pair.moved))
    ),
    "difference": lambda pair: (
        f"RMSD {number(pair.numbers.rmsd, '.5g')}, "
        f"Mean Difference {number(pair.numbers.mean_difference, '.5g')}"
    ),
    "scatter": lambda pair: f"Pearson R {number(pair.numbers.pearson, '.4f')}",
    "agreement": _title_of_agreement,
    "local": lambda pair: (
        f"Pearson R {number(pair.numbers.pearson, '.4f')}, here in "
        f"{pair.local.attrs['window']} px"
    ),
    "shift": _title_of_shift,
    "frc": _title_of_frc,
}
_DRAWN: dict[str, Callable[[Any, _Pair, float], Drawn]] = {
    "image_1": _image(0), "image_2": _image(1), "difference": _difference,
    "scatter": _scatter, "agreement": _agreement, "local": _local, "shift": _shift,
    "frc": _frc,
}  # fmt: skip
