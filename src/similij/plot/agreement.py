"""Draw the picture of Bland and Altman: differences against means, with limits.

Bland, J. M. & Altman, D. G. (1986). Lancet 327, 307-310,
doi:10.1016/S0140-6736(86)90837-8.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import Undefined
from ..metrics.agreement import agreement_high, agreement_low, bias
from ..moments.joint_histogram import Counts, JointCounts
from ..moments.moments import Moments
from .charts import MOST_ACROSS, TALL, WIDE, Chart, curve, density_cells, with_headroom
from .scatter import FINE, HALO, range_of, shown_counts
from .style import (
    GREY,
    INK,
    VERMILLION,
    Sheet,
    edge,
    grey,
    label,
    letters,
    number,
    plain_name,
    short_name,
)
from .style import show_density as show_counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

WIDTH, HEIGHT = 7.6, 5.0  # inches
LEFT, TOP, FRAME_WIDE, FRAME_TALL = 0.95, 0.95, 4.6, 3.4  # of the frame
LINES = (
    ("upper limit", agreement_high, (5, 2)),
    ("bias", bias, ()),
    ("lower limit", agreement_low, (5, 2)),
)
LINE = 0.42  # inches: two lines of text
SPARE = 0.04  # of the frame, beyond what it shows


class MeansAndDifferences:
    """Count how many pixels have each mean and difference, of as many planes as come.

    Sums are counted in place of means: those of integers are integers, too.

    Parameters
    ----------
    dtypes : two dtypes
        Types of the images.

    Attributes
    ----------
    pairs : JointCounts
        How many pixels have each x + y and y - x.
    whole : bool
        Whether both images are of integers.
    """

    def __init__(self, dtypes: tuple[np.dtype[Any], np.dtype[Any]]) -> None:
        whole = all(dtype.kind in "bui" for dtype in dtypes)
        kind = np.dtype(np.int64 if whole else np.float64)
        self.pairs = JointCounts((kind, kind))
        self.whole = whole

    def add(
        self, x: NDArray[Any], y: NDArray[Any], inside: NDArray[np.bool_] | None = None
    ) -> None:
        """Count the pixels of a plane, (y, x), of each image: those inside."""
        a, b = (np.asarray(image, np.float64) for image in (x, y))
        with np.errstate(invalid="ignore", over="ignore"):  # infinity - infinity
            self.pairs.add(a + b, b - a, inside)


def draw_agreement(
    path: Path | str | None,
    pixels: MeansAndDifferences,
    moments: Moments | None,
    names: tuple[str, str],
    where: str,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw how many pixels have each mean and difference, with bias and limits.

    Parameters
    ----------
    path : Path or None
        Where to write the picture.
    pixels : MeansAndDifferences
        How many pixels have each.
    moments : Moments or None
        Moments of the same pixels; None: there is none.
    names : (str, str)
        Names of the images.
    where : str
        Which pixels they are, in words.
    figure : Figure or SubFigure, optional
        Where to draw.
    """
    sheet = Sheet(WIDTH, HEIGHT, figure)
    first, second = (short_name(name) for name in names)
    sheet.text(0.3, 0.16, f"Agreement of {second} and {first}", 12.5, weight="bold")
    sheet.text(0.3, 0.48, f"{where}, n {pixels.pairs.n:,}", 9, color=grey())
    axes = sheet.axes(LEFT, TOP, FRAME_WIDE, FRAME_TALL)
    image = agreement_panel(axes, pixels, moments, names)
    letters(axes, 10, 9)
    if image is not None:
        sheet.color_bar(image, LEFT + FRAME_WIDE, TOP, FRAME_TALL, "pixels (log scale)")
        values, limits = _values(moments), axes.get_ylim()
        _write_lines(sheet, values, limits)
    return sheet.done(path, picture="agreement", images=names, pixels=where)


def agreement_panel(
    axes: Any,
    pixels: MeansAndDifferences,
    moments: Moments | None,
    names: tuple[str, str],
) -> Any:
    """Draw means and differences into axes; return the density, None without pixels."""
    first, second = (short_name(name) for name in names)
    label(axes, "mean of both (intensity)", f"{second} − {first} (intensity)")
    for side in axes.spines.values():
        side.set_color(edge())
    if pixels.pairs.n == 0:
        axes.text(
            0.5, 0.5, "no pixel is finite in both images", ha="center", color=grey(),
            transform=axes.transAxes,
        )  # fmt: skip
        return None
    values, limits, counts, extent = _shown(pixels, moments)
    image = show_counts(axes, counts, (extent[0] / 2, extent[1] / 2, *extent[2:]))
    axes.set_xlim(limits[0][0] / 2, limits[0][1] / 2)
    axes.set_ylim(limits[1])
    axes.axhline(0, color=grey(), linewidth=0.8, zorder=1)
    for value, (_, _, dashes) in zip(values, LINES, strict=True):
        if math.isfinite(value):
            axes.axhline(value, color=HALO, linewidth=2.4, alpha=0.6, zorder=3)
            look = {"dashes": dashes} if dashes else {}
            axes.axhline(value, color=VERMILLION, linewidth=1.3, zorder=4, **look)
    return image


def _values(moments: Moments | None) -> list[float]:
    """Return where the lines are: upper limit, bias, lower limit."""
    return [_value(function, moments) for _, function, _ in LINES]


Limits = list[tuple[float, float]]


def _shown(
    pixels: MeansAndDifferences, moments: Moments | None, most: int = FINE
) -> tuple[list[float], Limits, Counts, tuple[float, float, float, float]]:
    """Return the values of the lines, the ends of both axes, counts and where they are.

    Along x are sums, as they were counted: a mean is half of it.
    """
    values = _values(moments)
    pairs = pixels.pairs
    sums = range_of(pairs.x, pairs.counts.sum(axis=0))
    low, high = range_of(pairs.y, pairs.counts.sum(axis=1))
    defined = [value for value in (*values, 0.0) if math.isfinite(value)]
    apart = min(low, *defined), max(high, *defined)
    limits = [(a - SPARE * (b - a), b + SPARE * (b - a)) for a, b in (sums, apart)]
    # A sum and a difference of integers are both odd or both even: with one sum a bin,
    # every second bin would be empty, as a chessboard. Hence two sums a bin.
    counts, extent = shown_counts(
        pairs, (limits[0], limits[1]), (1, 0) if pixels.whole else None, most
    )
    return values, limits, counts, extent


def agreement_chart(
    pixels: MeansAndDifferences,
    moments: Moments | None,
    names: tuple[str, str],
    where: str,
    title: str,
) -> Chart:
    """Return means and differences as a chart; see `draw_agreement`."""
    first, second = (plain_name(name) for name in names)
    along, up = "mean of both (intensity)", f"{second} − {first} (intensity)"
    size = [WIDE, TALL]
    if pixels.pairs.n == 0:
        notes = "no pixel is finite in both images"
        return Chart(title, "", along, up, [0.0, 1.0, 0.0, 1.0], size, [], notes, [])
    values, limits, counts, extent = _shown(pixels, moments, MOST_ACROSS)
    cells, swatches = density_cells(counts, (extent[0] / 2, extent[1] / 2, *extent[2:]))
    left, right = limits[0][0] / 2, limits[0][1] / 2
    bottom, top = limits[1]
    # Beyond the frame, which may be moved, too.
    ends = left - (right - left), right + (right - left)
    lines = [curve(ends, (0.0, 0.0), GREY, width=1.0)]
    words = []
    for value, (name, _, dashes) in zip(values, LINES, strict=True):
        if math.isfinite(value):
            words.append(f"{name} {value:.4g}".replace("-", "−"))
            color = VERMILLION if dashes else INK
            lines.append(curve(ends, (value, value), color, words[-1]))
    return Chart(
        title, f"Bland and Altman: {', '.join(words)}, n {pixels.pairs.n:,}", along, up,
        [left, right, bottom, with_headroom(bottom, top)], size, [*cells, *lines],
        f"{where}. Colors: pixels in a bin, from:", swatches,
    )  # fmt: skip


def _write_lines(
    sheet: Sheet, values: list[float], limits: tuple[float, float]
) -> None:
    """Write what each line is beside it, or as near as the others leave room."""
    low, high = limits
    tops = [TOP + (high - value) / (high - low) * FRAME_TALL for value in values]
    if all(math.isfinite(top) for top in tops):
        tops[0] = min(tops[0], tops[1] - LINE)
        tops[2] = max(tops[2], tops[1] + LINE)
    for top, value, (words, _, _) in zip(tops, values, LINES, strict=True):
        if math.isfinite(value):
            sheet.text(
                LEFT + FRAME_WIDE + 0.85, top,
                f"{words}\n{number(value, '.4g')}".replace("-", "−"), 9,
                color=VERMILLION, va="center",
            )  # fmt: skip


def _value(function: Any, moments: Moments | None) -> float:
    """Return a metric of moments; NaN where it is undefined or there are none."""
    try:
        return math.nan if moments is None else float(function(moments))
    except Undefined:
        return math.nan
