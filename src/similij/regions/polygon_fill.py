"""Fill polygons on a pixel grid exactly as ImageJ does.

Polygons are filled by the even-odd rule; a pixel belongs to one when its centre lies
inside. ImageJ goes row by row, sorts the edges that are crossed and fills between them
in pairs; here that is done for all rows at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NUDGE = 1e-8
"""ImageJ moves outlines this far to the right, so that rounding errors do not count."""


def fill(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    width: int,
    height: int,
    dx: float = 0.0,
    dy: float = 0.0,
) -> NDArray[np.bool_]:
    """Fill polygons by the even-odd rule, as ImageJ's ``PolygonFiller`` does.

    Parameters
    ----------
    x, y : float32 array, shape (n,)
        Vertices; a NaN vertex separates one polygon from the next.
    width, height : int
        Size of the mask.
    dx, dy : float
        Added to the vertices to get to the mask's own coordinates.

    Returns
    -------
    bool array, shape (height, width)
    """
    # +1 where a filled run starts, -1 one past its end; a spare column for the latter.
    steps = np.zeros((height, width + 1), dtype=np.int8)
    rows, crossings = _crossings(
        x.astype(np.float64) + dx, y.astype(np.float64) + dy, height
    )
    order = np.lexsort((crossings, rows))
    rows = rows[order][::2]
    columns = np.clip(np.trunc(crossings[order] + 0.5), 0, width).astype(np.intp)
    starts, ends = columns[::2], columns[1::2]
    some = starts < ends  # so that no start, and no end, occurs twice
    steps[rows[some], starts[some]] += 1
    steps[rows[some], ends[some]] -= 1
    np.cumsum(steps, axis=1, dtype=np.int8, out=steps)
    return steps[:, :width].astype(np.bool_)


def _crossings(
    x: NDArray[np.float64], y: NDArray[np.float64], height: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find where edges cross the middle of each row of pixels: rows and x positions."""
    if not len(x):
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    separators = np.flatnonzero(np.isnan(x))
    following = np.arange(1, len(x) + 1)
    following[np.append(separators, len(x)) - 1] = np.append(0, separators + 1)
    tails = np.flatnonzero(~np.isnan(x))
    heads = following[tails]

    top, bottom = _round(y[tails]), _round(y[heads])
    some = top != bottom
    upward = (top > bottom)[some]
    tails, heads, top, bottom = tails[some], heads[some], top[some], bottom[some]
    tails, heads = np.where(upward, heads, tails), np.where(upward, tails, heads)
    top, bottom = np.minimum(top, bottom), np.maximum(top, bottom)
    slope = (x[heads] - x[tails]) / (y[heads] - y[tails])
    at = x[tails] + (top - y[tails] + 0.5) * slope + _NUDGE
    at += slope * np.maximum(-top, 0)
    first = np.maximum(top, 0)
    rows = (np.minimum(bottom, height) - first).astype(np.intp)

    # Longest edges first: edges still running at step k are then the first few, and
    # ImageJ's rounding, one addition per row, can be repeated for all of them at once.
    order = np.argsort(-rows, kind="stable")
    order = order[rows[order] > 0]
    rows, first, at, slope = (
        rows[order],
        first[order].astype(np.intp),
        at[order],
        slope[order],
    )
    starts = np.cumsum(rows) - rows
    positions = np.empty(int(rows.sum()))
    steps = np.arange(rows[0] if len(rows) else 0)
    for step, running in zip(steps, np.searchsorted(-rows, -steps), strict=True):
        positions[starts[:running] + step] = at[:running]
        at[:running] += slope[:running]
    row = np.repeat(first - starts, rows) + np.arange(len(positions))
    return row, positions


def _round(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round halves up, as Java's ``Math.round``."""
    low = np.floor(value)
    rounded: NDArray[np.float64] = low + (value - low >= 0.5)  # noqa: PLR2004
    return rounded
