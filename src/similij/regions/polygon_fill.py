"""Fill polygons on a pixel grid exactly as ImageJ does.

Polygons are filled by the even-odd rule; a pixel belongs to one when its centre lies
inside. ImageJ goes row by row, sorts the edges that are crossed and fills between them
in pairs; here that is done for all rows at once. What comes out are runs of pixels, of
which a mask is made where it is small, or of the part that lies in an image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .runs import Runs

_NUDGE = 1e-8
"""ImageJ moves outlines this far to the right, so that rounding errors do not count."""


_MOST = 1 << 21
_MOST_PER_VERTEX = 64
"""How often an outline may cross rows of pixels, beside so many for each vertex. An
outline of a segmented image crosses some rows at each vertex; one of a few thousand
points that goes up and down tens of thousands of rows would take gigabytes."""
_LONG = 4096
"""Rows from which on an edge is followed by itself."""


def fill(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    width: int,
    height: int,
    dx: float = 0.0,
    dy: float = 0.0,
) -> Runs:
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
    Runs
        A mask of shape (height, width).

    Raises
    ------
    ValueError
        If the outline goes up and down more rows than is sane.
    """
    rows, crossings = _crossings(
        x.astype(np.float64) + dx, y.astype(np.float64) + dy, height
    )
    order = np.lexsort((crossings, rows))
    rows = rows[order][::2]
    columns = np.clip(np.trunc(crossings[order] + 0.5), 0, width).astype(np.int64)
    starts, ends = columns[::2], columns[1::2]
    some = starts < ends
    rows, starts, ends = rows[some], starts[some], ends[some]
    return Runs((height, width), rows, starts, ends)


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
    count = int(rows.sum())
    most = _MOST + _MOST_PER_VERTEX * len(x)
    if count > most:
        raise ValueError(
            f"its outline of {len(x)} points crosses rows of pixels {count} times, "
            f"which is more than the {most} that are followed"
        )
    positions = np.empty(count)
    long = int(np.count_nonzero(rows > _LONG))
    for edge in range(long):
        # The very additions of the loop below, for one edge.
        steps = np.full(rows[edge], slope[edge])
        steps[0] = at[edge]
        np.cumsum(steps, out=positions[starts[edge] : starts[edge] + rows[edge]])
    begins, places = starts[long:], np.arange(rows[long] if long < len(rows) else 0)
    for step, running in zip(
        places, np.searchsorted(-rows[long:], -places), strict=True
    ):
        positions[begins[:running] + step] = at[long : long + running]
        at[long : long + running] += slope[long : long + running]
    row = np.repeat(first - starts, rows) + np.arange(len(positions))
    return row, positions


def _round(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round halves up, as Java's ``Math.round``."""
    low = np.floor(value)
    rounded: NDArray[np.float64] = low + (value - low >= 0.5)  # noqa: PLR2004
    return rounded
