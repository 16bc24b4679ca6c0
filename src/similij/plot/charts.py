"""Describe a plot by its numbers, for a program that draws it itself, as ImageJ does.

The other modules of `plot` draw with matplotlib; each that has a picture in ImageJ also
says what is in it as a `Chart`. All numbers are made here, and whoever draws a chart
computes nothing. That keeps the numbers of both pictures one, and lets ImageJ's windows
have live axes and a list of values without matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from .colors import STEPS, colors_of, hex_of
from .style import DENSITY, INK

WIDE, TALL = 440, 350
"""Pixels of a frame; those of a panel of several are lower."""

LEVELS = 9
"""Colours of a density, at most: so many can be told apart and named in a line."""

MOST_ACROSS = 128
"""Bins of a density along each side, at most. ImageJ draws 16,384 rectangles in less
than the blink of an eye, and a plot of a point a pixel would freeze at a million."""

HEADROOM = 0.14
"""Part of the frame's height above what is shown: for two lines of words, which then
cover nothing."""


class Series(msgspec.Struct, frozen=True):
    """Points that are drawn alike.

    Attributes
    ----------
    style : str
        As ImageJ names its styles ("line", "circle", ...), or "cells": rectangles about
        the points, or "bars": rectangles from 0 to them.
    label : str
        Entry of the legend; "": none.
    color : str
        As "#RRGGBB".
    width : float
        Width of lines in pixels.
    x, y : list of float or None
        Coordinates; None: a gap.
    cell : list of float
        Width and height of cells, in units of the axes (of bars the width counts); else
        empty.
    """

    style: str
    label: str
    color: str
    width: float
    x: list[float | None]
    y: list[float | None]
    cell: list[float]


class Swatch(msgspec.Struct, frozen=True):
    """A colour of cells, and what it means."""

    color: str
    words: str


class Chart(msgspec.Struct, frozen=True):
    """One plot: its axes and all that is in its frame.

    Attributes
    ----------
    title : str
        Title of the window.
    words : str
        Line above the frame: the numbers that matter most.
    x_label, y_label : str
        Labels of the axes; "{a,b}" names the places 0 and 1, as ImageJ has it.
    limits : list of float
        Left, right, bottom and top.
    size : list of int
        Pixels of the frame, width and height.
    series : list of Series
        What is drawn, from the lowest to the uppermost.
    notes : str
        Line at the top of the frame; "": none.
    swatches : list of Swatch
        What colours of cells mean, below the notes.
    """

    title: str
    words: str
    x_label: str
    y_label: str
    limits: list[float]
    size: list[int]
    series: list[Series]
    notes: str
    swatches: list[Swatch]


def curve(
    x: Iterable[float],
    y: Iterable[float],
    color: str = INK,
    label: str = "",
    width: float = 1.5,
    style: str = "line",
    cell: tuple[float, float] | None = None,
) -> Series:
    """Return a line, or another style, through points of which some may be NaN."""
    return Series(style, label, color, width, defined(x), defined(y), [*(cell or ())])


def defined(values: Iterable[float]) -> list[float | None]:
    """Return plain floats, with None for what is not finite."""
    plain = (float(value) for value in values)
    return [value if math.isfinite(value) else None for value in plain]


def with_headroom(low: float, high: float) -> float:
    """Return the upper end of an axis that leaves room for words above `high`."""
    return low + (high - low) / (1 - HEADROOM)


def density_cells(
    counts: NDArray[np.int64], extent: Sequence[float]
) -> tuple[list[Series], list[Swatch]]:
    """Return the cells of a density that have pixels, by powers of 2 of how many.

    The words of each colour say from how many pixels on a cell has it.

    Parameters
    ----------
    counts : ndarray of int, (bins of y, bins of x)
        Pixels of each bin.
    extent : (left, right, bottom, top)
        What the bins reach over.

    Examples
    --------
    >>> series, swatches = density_cells(np.array([[0, 1], [3, 9]]), (0, 4, 10, 30))
    >>> [(cells.x, cells.y) for cells in series]
    [([3.0], [15.0]), ([1.0], [25.0]), ([3.0], [25.0])]
    >>> [swatch.words for swatch in swatches]
    ['1', '2', '8']
    """
    most = int(counts.max(initial=0))
    # log2 by the exponent, which is exact: a logarithm may round across a power of 2.
    powers = np.frexp(counts.astype(np.float64))[1] - 1
    step = max(1, math.ceil(most.bit_length() / LEVELS))
    levels = np.where(counts > 0, powers // step, -1)

    return _cells(
        levels,
        extent,
        (most.bit_length() - 1) // step + 1,
        lambda k: f"{1 << (k * step):,}",
    )


def value_cells(
    values: NDArray[np.float64], extent: Sequence[float]
) -> tuple[list[Series], list[Swatch]]:
    """Return the cells of a function that are defined, in equal parts of its range."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    span, count = (high - low) or 1.0, LEVELS - 1  # their words are longer
    finite = np.isfinite(values)
    part = np.clip(np.where(finite, (values - low) / span, 0), 0, 1)
    levels = np.where(finite, np.minimum((part * count).astype(int), count - 1), -1)
    return _cells(
        levels,
        extent,
        count,
        lambda k: f"{low + span * k / count:.2f}".replace("-", "−"),
    )


def _cells(
    levels: NDArray[np.int64],
    extent: Sequence[float],
    count: int,
    words: Callable[[int], str],
) -> tuple[list[Series], list[Swatch]]:
    """Return a series for each level that is there, from the lowest to the highest."""
    left, right, bottom, top = extent
    rows, columns = levels.shape
    wide, tall = (right - left) / columns, (top - bottom) / rows
    table = colors_of(DENSITY)
    series, swatches = [], []
    for level in range(count):
        y, x = np.nonzero(levels == level)
        if not x.size:
            continue
        color = hex_of(table[round(level / max(1, count - 1) * (STEPS - 1))])
        at = left + (x + 0.5) * wide, bottom + (y + 0.5) * tall
        series.append(
            Series(
                "cells", "", color, 1.0, at[0].tolist(), at[1].tolist(), [wide, tall]
            )
        )
        swatches.append(Swatch(color, words(level)))
    return series, swatches
