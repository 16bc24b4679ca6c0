"""The spline that ImageJ fits to a polygon (*Edit, Selection, Fit Spline*).

How many points ImageJ works out on the spline depends on the perimeter, which it
measures differently for each kind of outline; so both are here. The steps, and where
they round to single precision, are those of ImageJ 1.54p.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_FEWEST = 100
"""Least number of points on a spline."""
_WRAP = 7
"""Nodes that ImageJ repeats at either end, to make a natural spline nearly periodic."""
_SHORTEST = np.float32(0.001)
"""Least distance between two nodes of a spline, in square roots of a pixel."""

Floats = NDArray[np.float32]


def perimeter(x: Floats, y: Floats) -> float:
    """Length of a closed polygon in pixels."""
    dx, dy = np.roll(x, -1) - x, np.roll(y, -1) - y
    return _length(dx.astype(np.float64), dy.astype(np.float64))


def freehand_perimeter(x: Floats, y: Floats) -> float:
    """Length of a closed freehand outline in pixels, after a running mean of 3."""
    if len(x) < 3:  # noqa: PLR2004
        return perimeter(x, y)
    return _length(_smoothed_steps(x), _smoothed_steps(y))


def _smoothed_steps(x: Floats) -> NDArray[np.float64]:
    first = float(x[0] + x[1] + x[2]) / 3 - float(x[0])
    last = float(x[-1]) - float(x[-3] + x[-2] + x[-1]) / 3
    inner = (x[3:] - x[:-3]).astype(np.float64) / 3
    return np.concatenate([[first], inner, [last], [x[-1] - x[0]]])


def _length(dx: NDArray[np.float64], dy: NDArray[np.float64]) -> float:
    return float(np.cumsum(np.sqrt(dx * dx + dy * dy))[-1])  # one by one, as ImageJ


def along_pixel_edges(x: Floats, y: Floats) -> bool:
    """Tell whether a polygon runs only along the edges of whole pixels."""
    dx, dy = np.roll(x, -1) - x, np.roll(y, -1) - y
    whole = not np.any(x % 1) and not np.any(y % 1)
    return whole and bool(np.all((dx == 0) | (dy == 0)))


def traced_perimeter(x: Floats, y: Floats) -> float:
    """Length of a traced outline in pixels: 2 - √2 less for each corner that is cut."""
    if len(x) < 4:  # noqa: PLR2004
        return 0.0
    sides = np.abs(x - np.roll(x, 1)) + np.abs(y - np.roll(y, 1))
    corners, is_corner = 0, False
    for side in sides.tolist():
        is_corner = side > 1 or not is_corner
        corners += is_corner
    return float(sides.sum(dtype=np.float64)) - corners * (2 - math.sqrt(2))


def spline(x: Floats, y: Floats, length: float) -> tuple[Floats, Floats]:
    """Points on the closed spline through some nodes, 2 pixels apart or less.

    Parameters
    ----------
    x, y : float32 array, shape (n,)
        The nodes, relative to the ROI's corner.
    length : float
        Perimeter in pixels. The points are spaced evenly in the spline's own
        coordinate, the sum of the square roots of the distances between nodes.
    """
    count = max(int(length / 2), _FEWEST)
    x, y = np.append(x, x[0]), np.append(y, y[0])
    dx, dy = np.diff(x), np.diff(y)
    steps = np.sqrt(np.sqrt((dx * dx + dy * dy).astype(np.float64))).astype(np.float32)
    nodes = np.zeros(len(x), dtype=np.float32)
    np.cumsum(np.maximum(steps, _SHORTEST), out=nodes[1:])
    at = np.arange(count, dtype=np.float64) * (float(nodes[-1]) / (count - 1))

    wrap = min(_WRAP, len(nodes) - 1)
    before, after = slice(-wrap - 1, -1), slice(1, wrap + 1)
    nodes = np.concatenate(
        [nodes[before] - nodes[-1], nodes, nodes[after] + nodes[-1]], dtype=np.float32
    )
    return (
        _natural(nodes, np.concatenate([x[before], x, x[after]]), at),
        _natural(nodes, np.concatenate([y[before], y, y[after]]), at),
    )


def _natural(nodes: Floats, values: Floats, at: NDArray[np.float64]) -> Floats:
    """Natural cubic spline through (nodes, values), worked out at some places."""
    bends = np.array(_bends(nodes.tolist(), values.tolist()))
    right = np.clip(np.searchsorted(nodes, at), 1, len(nodes) - 1)
    left = right - 1
    width = (nodes[right] - nodes[left]).astype(np.float64)
    a, b = at - nodes[left], nodes[right] - at
    line = a * values[right] + b * values[left]
    curve = (a * a - width * width) * a * bends[right]
    curve += (b * b - width * width) * b * bends[left]
    places: Floats = ((line + curve / 6.0) / width).astype(np.float32)
    return places


def _bends(nodes: list[float], values: list[float]) -> list[float]:
    """Second derivative at each node: a tridiagonal system, 0 at both ends."""
    n = len(nodes)
    bends, upper = [0.0] * n, [0.0] * n
    gap = nodes[1] - nodes[0]
    slope = (values[1] - values[0]) / gap
    for i in range(1, n - 1):
        gap_before, slope_before = gap, slope
        gap = nodes[i + 1] - nodes[i]
        slope = (values[i + 1] - values[i]) / gap
        scale = 1.0 / (2.0 * (gap + gap_before) - gap_before * upper[i - 1])
        bends[i] = (6.0 * (slope - slope_before) - gap_before * bends[i - 1]) * scale
        upper[i] = gap * scale
    for i in range(n - 2, -1, -1):
        bends[i] -= upper[i] * bends[i + 1]
    return bends
