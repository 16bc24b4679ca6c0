"""Draw value pairs: how often each comes, the line of equality, the fitted line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ..ground.errors import Undefined
from ..metrics.defaults import available, mean_difference, pearson, rmsd
from ..moments.joint_histogram import BINS, Axis, Counts, JointCounts, merged
from ..moments.moments import Moments
from .charts import MOST_ACROSS, TALL, WIDE, Chart, curve, density_cells, with_headroom
from .style import (
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

WIDTH, HEIGHT = 6.7, 6.75  # inches
LEFT, TOP, SIDE = 0.95, 1.42, 4.5  # of the frame
SHOWN = 0.001  # part of the pixels that may lie beyond either end of the frame
SPARSE, COARSE, FINE = 20_000, 64, 256  # bins across: below and above this many pixels
UNLIKE = 4.0  # one range this many times the other: each axis has its own
METRICS = ((pearson, ".4f"), (rmsd, ".5g"), (mean_difference, ".5g"))
HALO = "white"
DASHED: dict[str, Any] = {"color": VERMILLION, "dashes": (5, 2)}
SAME = 0.001  # of the frame: lines no further apart are one

Limits = tuple[float, float]


def draw_scatter(
    path: Path,
    pairs: JointCounts,
    moments: Moments | None,
    names: tuple[str, str],
    where: str,
) -> Any:
    """Draw value pairs, x of image 1 and y of image 2.

    Parameters
    ----------
    path : Path
        Where to write the picture.
    pairs : JointCounts
        How many pixels have each pair.
    moments : Moments or None
        Moments of the same pixels; None: there is none.
    names : (str, str)
        Names of the images.
    where : str
        Which pixels they are, in words.
    """
    sheet, pixels = Sheet(WIDTH, HEIGHT), where
    left_out = 0 if moments is None else moments.excluded + moments.infinite
    if left_out:
        where += f"; {left_out:,} more are NaN or infinite"
    first, second = (short_name(name) for name in names)
    sheet.text(0.3, 0.18, f"{second} against {first}", 12.5, weight="bold")
    sheet.text(0.3, 0.5, _numbers(moments), 9.5)
    axes = sheet.axes(LEFT, TOP, SIDE, SIDE)
    drawn, outside = scatter_panel(axes, pairs, moments, names)
    letters(axes, 10, 9)
    if outside:
        where += f"; {outside:,} of them beyond the frame"
    sheet.text(0.3, 0.72, where, 9, color=grey())
    if drawn is not None:
        sheet.color_bar(drawn, LEFT + SIDE, TOP, SIDE, "pixels (log scale)")
        _legends(sheet, moments, (axes.get_xlim(), axes.get_ylim()))
    return sheet.done(path, picture="scatter", images=names, pixels=pixels)


def scatter_panel(
    axes: Any, pairs: JointCounts, moments: Moments | None, names: tuple[str, str]
) -> tuple[Any, int]:
    """Draw value pairs into axes, with the line of equality and the fitted one.

    Returns
    -------
    (AxesImage or None, int)
        The density, None where there is no pixel; and how many lie beyond the frame.
    """
    first, second = (short_name(name) for name in names)
    label(axes, f"{first} (intensity)", f"{second} (intensity)")
    for side in axes.spines.values():
        side.set_color(edge())
    if pairs.n == 0:
        axes.text(
            0.5, 0.5, "no pixel is finite in both images", ha="center", color=grey(),
            transform=axes.transAxes,
        )  # fmt: skip
        return None, 0
    limits = _limits(pairs)
    counts, extent = shown_counts(pairs, limits)
    drawn = show_counts(axes, counts, extent)
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    fitted = line_of(moments)
    if fitted is not None and _apart(fitted, limits):
        _line(axes, *fitted, color=INK)
    # Where every pixel lies on the line of equality, it must not hide them.
    equal = moments is not None and moments.sum_abs == 0
    _line(axes, 1.0, 0.0, zorder=1 if equal else 3, **DASHED)
    return drawn, pairs.n - int(counts.sum())


def scatter_chart(
    pairs: JointCounts,
    moments: Moments | None,
    names: tuple[str, str],
    where: str,
    title: str,
) -> Chart:
    """Return value pairs as a chart; see `draw_scatter`.

    It has the counts in bins, and not a point for each pixel, since ImageJ would draw
    millions of them anew with every move of an axis.
    """
    words = ", ".join(_numbers(moments).split("    "))
    first, second = (f"{plain_name(name)} (intensity)" for name in names)
    left_out = 0 if moments is None else moments.excluded + moments.infinite
    if left_out:
        where += f"; {left_out:,} more are NaN or infinite"
    if pairs.n == 0:
        notes = "no pixel is finite in both images"
        limits = [0.0, 1.0, 0.0, 1.0]
        return Chart(title, words, first, second, limits, [WIDE, TALL], [], notes, [])
    frame = _limits(pairs)
    counts, extent = shown_counts(pairs, frame, most=MOST_ACROSS)
    outside = pairs.n - int(counts.sum())
    if outside:
        where += f"; {outside:,} beyond the frame"
    cells, swatches = density_cells(counts, extent)
    (left, right), (bottom, top) = frame
    # Beyond the frame, which may be moved, too.
    ends = np.array([left - (right - left), right + (right - left)])
    lines = [curve(ends, ends, VERMILLION, "equal: y = x")]
    fitted = line_of(moments)
    if fitted is not None:
        gain, offset = fitted
        said = f"fitted: gain {_signed(gain)}, offset {_signed(offset)}"
        lines.append(curve(ends, gain * ends + offset, INK, said))
    limits = [left, right, bottom, with_headroom(bottom, top)]
    return Chart(
        title, words, first, second, limits, [WIDE, TALL], [*cells, *lines],
        f"{where}. Colors: pixels in a bin, from:", swatches,
    )  # fmt: skip


def line_of(moments: Moments | None) -> tuple[float, float] | None:
    """Fit y = gain·x + offset by least squares; None where x is constant."""
    if moments is None or moments.n == 0 or moments.constant[0]:
        return None
    of_x, _, together = moments.deviations
    if not of_x:
        return None
    gain = together / of_x
    offset = moments.mean_y - gain * moments.mean_x
    return (gain, offset) if math.isfinite(gain + offset) else None


def _apart(fitted: tuple[float, float], limits: Any) -> bool:
    """Whether a fitted line is seen to be another than that of equality."""
    (low, high), span = limits[0], limits[1][1] - limits[1][0]
    gain, offset = fitted
    apart: float = max(abs((gain - 1) * x + offset) for x in (low, high))
    return apart > SAME * float(span)


def _legends(sheet: Sheet, moments: Moments | None, limits: Any) -> None:
    """Say what the line of equality is, and the fitted one where it is another."""
    fitted = line_of(moments)
    if fitted is None:
        words = "no fitted line: image 1 has one value only"
        _legend(sheet, 1, words, {"linewidth": 0})
    else:
        gain, offset = fitted
        words = (
            f"fitted (least squares, y on x): gain {_signed(gain)}, "
            f"offset {_signed(offset)}"
        )
        own = {"color": INK} if _apart(fitted, limits) else DASHED
        _legend(sheet, 1, words, own)
    _legend(sheet, 0, "equal: y = x" + _unseen(limits), DASHED)


def _numbers(moments: Moments | None) -> str:
    words = []
    for function, form in METRICS:
        value: float | None = None
        if moments is not None:
            try:
                value = function(moments)
            except Undefined:
                value = None
        label = available()[function.__name__].label
        words.append(f"{label} {number(value, form)}")
    words.append(f"n {0 if moments is None else moments.n:,}")
    return "    ".join(words)


def _signed(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _limits(pairs: JointCounts) -> tuple[Limits, Limits]:
    """Return the ends of both axes: the same where the images have like ranges."""
    ends = [
        range_of(axis, pairs.counts.sum(axis=across))
        for across, axis in enumerate((pairs.x, pairs.y))
    ]
    spans = [high - low for low, high in ends]
    joint = min(ends[0][0], ends[1][0]), max(ends[0][1], ends[1][1])
    # With like ranges both axes are one: the line of equality is the diagonal, and a
    # gain is seen as a slope.
    constant = any(axis.low == axis.high for axis in (pairs.x, pairs.y))
    if constant or joint[1] - joint[0] <= UNLIKE * min(spans):
        ends = [joint, joint]
    spare = [0.03 * (high - low) for low, high in ends]
    first, second = (
        (low - more, high + more) for (low, high), more in zip(ends, spare, strict=True)
    )
    return first, second


def range_of(axis: Axis, counts: Counts) -> Limits:
    """Return where all values lie, or nearly all where a few would rule the frame."""
    reached = np.cumsum(counts)
    total = int(reached[-1])
    low = int(np.searchsorted(reached, SHOWN * total, side="right"))
    high = int(np.searchsorted(reached, (1 - SHOWN) * total))
    # An integer v is drawn from v - 0.5 to v + 0.5.
    shift = 0.5 if axis.whole else 0.0
    most = (
        (axis.base + low) * axis.width - shift,
        (axis.base + high + 1) * axis.width - shift,
    )
    full = (axis.low - shift, axis.high + shift)
    if full[0] == full[1]:  # a constant image: a frame needs some width
        half = 0.5 * (abs(full[0]) or 1.0)
        return full[0] - half, full[1] + half
    return full if full[1] - full[0] < 2 * (most[1] - most[0]) else most


def shown_counts(
    pairs: JointCounts,
    limits: tuple[Limits, Limits],
    least: tuple[int, int] | None = None,
    most: int = FINE,
) -> tuple[Counts, tuple[float, float, float, float]]:
    """Return the counts within the limits, as coarse as eyes want them, and where.

    Bins of x and y are 2^least wide at least, where that is given, and `most` along
    each side at most, but for the rim. Bins are merged by
    powers of 2, as they were counted: any other width would cut counted bins in two.
    """
    across = min(COARSE if pairs.n < SPARSE else FINE, most)
    counts = pairs.counts
    extent: list[float] = []
    for direction, (axis, (low, high)) in enumerate(
        zip((pairs.x, pairs.y), limits, strict=True)
    ):
        shift = 0.5 if axis.whole else 0.0
        level = axis.level if least is None else max(axis.level, least[direction])
        while math.ldexp(1.0, level) * across < high - low:
            level += 1
        width = math.ldexp(1.0, level)
        start, stop = (
            math.floor((low + shift) / width),
            math.ceil((high + shift) / width),
        )
        places = ((np.arange(BINS) + axis.base) >> (level - axis.level)) - start
        counts = merged(counts, places, stop - start, 1 - direction)
        extent += [start * width - shift, stop * width - shift]
    left, right, bottom, top = extent
    return counts, (left, right, bottom, top)


def _line(axes: Any, gain: float, offset: float, zorder: int = 3, **look: Any) -> None:
    """Draw y = gain·x + offset across the frame, on a pale line that sets it off."""
    ends = np.array(axes.get_xlim())
    for wide, more in ((2.2, {"color": HALO, "alpha": 0.6}), (1.2, look)):
        axes.plot(
            ends, gain * ends + offset, linewidth=wide, zorder=zorder, scalex=False,
            scaley=False, **more,
        )  # fmt: skip


def _unseen(limits: tuple[Limits, Limits]) -> str:
    """Say that the line of equality does not cross the frame, where it does not."""
    (left, right), (bottom, top) = limits
    return "" if max(left, bottom) < min(right, top) else " (beyond the frame)"


def _legend(sheet: Sheet, line: int, words: str, look: dict[str, Any]) -> None:
    top = 0.99 + 0.2 * line
    sheet.stroke(top + 0.065, LEFT, LEFT + 0.4, **{"linewidth": 1.3, **look})
    sheet.text(LEFT + 0.5, top, words, 9)
