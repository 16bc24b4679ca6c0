"""Follow the curves of ImageJ's ROIs: their paths, and the spline through a polygon.

`read_path` reads the outline of a composite, and `flatten` makes polygons of it, as
ImageJ does before it fills a mask. *Edit, Selection, Fit Spline* makes as many points
as the perimeter asks for, which ImageJ measures differently for each kind of outline;
so both are here. The steps, and where they round to single precision, are those of
ImageJ 1.54p.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOVE, LINE, QUADRATIC, CUBIC, CLOSE = range(5)
"""Kinds of path segments, numbered as in a .roi file (java.awt.geom.PathIterator)."""

_POINTS = {MOVE: 1, LINE: 1, QUADRATIC: 2, CUBIC: 3, CLOSE: 0}

_FLATNESS = 0.01
"""Pixels that a curve may lie off its polygon where ImageJ fills a mask."""
_DEEPEST = 10
"""How often a curve may be halved (java.awt.geom.FlatteningPathIterator)."""
_MOST_PARTS, _MOST_PER_CURVE = 1 << 18, 64
"""Parts that curves are halved into, all together, beside so many for each. A curve of
10,000 pixels makes some 300, and thousands of them in one outline are no drawing."""
_ARC = 4 / 3 * (math.sqrt(2) - 1)
"""Length of the control arms of the cubic curve next to a quarter of a unit circle."""

Floats = NDArray[np.float32]
Point = tuple[float, float]


class Path(NamedTuple):
    """An outline: kinds of segments in order, and their points (x, y), shape (n, 2)."""

    kinds: list[int]
    points: NDArray[np.float64]


def read_path(array: Floats) -> Path:
    """Take apart the numbers of a composite ROI: kind, its x and y pairs, kind, ...

    Raises
    ------
    ValueError
        If a kind of segment is unknown, or the path does not start with a point.
    """
    numbers = array.tolist()
    kinds: list[int] = []
    points: list[float] = []
    at = 0
    while at < len(numbers):
        kind = int(numbers[at]) if math.isfinite(numbers[at]) else -1
        if kind not in _POINTS:
            raise ValueError(f"has a path segment of unknown kind {numbers[at]:g}")
        after = at + 1 + 2 * _POINTS[kind]
        if after > len(numbers):
            break  # ImageJ leaves out a segment that is cut short
        if not kinds and kind != MOVE:
            raise ValueError("has a path that does not start with a point")
        previous = kinds[-1] if kinds else None
        if kind == MOVE and previous == MOVE:
            del points[-2:]  # only the last of several starts counts
        elif kind != CLOSE or previous != CLOSE:
            kinds.append(kind)
        points.extend(numbers[at + 1 : after])
        at = after
    return Path(kinds, np.array(points, dtype=np.float64).reshape(-1, 2))


def rounded_rectangle(width: int, height: int, arc: int) -> Path:
    """Make the path of a rectangle at (0, 0) whose corners are quarters of ellipses.

    Parameters
    ----------
    width, height : int
        Size in pixels.
    arc : int
        Diameter of the corners in pixels; no more than width or height is used.
    """
    rx, ry = min(width, arc) / 2, min(height, arc) / 2
    cx, cy = rx * (1 - _ARC), ry * (1 - _ARC)
    w, h = width, height
    points = [
        *[(0, ry), (0, h - ry), (0, h - cy), (cx, h), (rx, h)],
        *[(w - rx, h), (w - cx, h), (w, h - cy), (w, h - ry)],
        *[(w, ry), (w, cy), (w - cx, 0), (w - rx, 0)],
        *[(rx, 0), (cx, 0), (0, cy), (0, ry)],
    ]
    single = np.array(points, dtype=np.float32)
    return Path([MOVE, *[LINE, CUBIC] * 4, CLOSE], single.astype(np.float64))


def flatten(path: Path) -> tuple[Floats, Floats]:
    """Return vertices x, y of the polygons of a path, its curves made of short lines.

    Each polygon is separated from the next by one NaN vertex, and closes onto its own
    first vertex.
    """
    # All curves of a kind are halved together, which NumPy does at once, and their ends
    # are then taken in the order of the path.
    segments = list(_segments(path))
    ends = {
        kind: iter(_halve(np.array([way for k, way in segments if k == kind])))
        for kind in (QUADRATIC, CUBIC)
    }
    separator = (math.nan, math.nan)
    out: list[Point] = []
    first = 0  # of this polygon in out
    for kind, way in segments:
        if kind == CLOSE and out and out[-1] == out[first]:
            out.pop()
        if kind in (MOVE, CLOSE) and out and not math.isnan(out[-1][0]):
            out.append(separator)
        if kind == MOVE:
            first = len(out)
        if kind in (MOVE, LINE):
            out.append(way[-1])
        elif kind != CLOSE:
            out.extend(next(ends[kind]))
    if out and math.isnan(out[-1][0]):
        out.pop()
    vertices = np.array(out, dtype=np.float32).reshape(-1, 2)
    return vertices[:, 0], vertices[:, 1]


def _segments(path: Path) -> Iterator[tuple[int, list[Point]]]:
    """Yield each segment's kind and its points, with the one where it starts first."""
    points: list[Point] = [(x, y) for x, y in path.points.tolist()]
    here = start = (0.0, 0.0)
    at = 0
    for kind in path.kinds:
        way = [here, *points[at : at + _POINTS[kind]]]
        at += _POINTS[kind]
        yield kind, way
        if kind == MOVE:
            start = way[-1]
        here = start if kind == CLOSE else way[-1]


def _halve(curves: NDArray[np.float64]) -> list[list[Point]]:
    """Halve Bézier curves until each part is flat; return the parts' ends.

    Parameters
    ----------
    curves : array, shape (m, n, 2)
        The n points of each curve: start, ends of the arms, end.
    """
    count = len(curves)
    of = np.arange(count)  # which curve a part belongs to
    for _ in range(_DEEPEST if count else 0):
        bent = ~_is_flat(curves)
        if not bent.any():
            break
        if len(curves) > _MOST_PARTS + _MOST_PER_CURVE * count:
            raise ValueError(f"its {count} curves are too large to be drawn")
        parts = 1 + bent
        left = np.cumsum(parts)[bent] - 2  # where the two halves go
        halves = curves[bent]
        curves, of = np.repeat(curves, parts, axis=0), np.repeat(of, parts)
        for i in range(curves.shape[1]):  # de Casteljau: halve between neighbours
            curves[left, i] = halves[:, 0]
            curves[left + 1, -1 - i] = halves[:, -1]
            halves = (halves[:, :-1] + halves[:, 1:]) / 2
    lines: list[list[Point]] = [[] for _ in range(count)]
    for curve, (x, y) in zip(of, curves[:, -1].tolist() if count else [], strict=True):
        lines[curve].append((x, y))
    return lines


def _is_flat(curves: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the arms end close enough to the line from start to end."""
    chord = (curves[:, -1] - curves[:, 0])[:, None]
    arm = curves[:, 1:-1] - curves[:, :1]
    along = (arm * chord).sum(axis=-1)
    arm = np.where(along[..., None] > 0, chord - arm, arm)  # from the nearer end
    along = np.where(along > 0, (arm * chord).sum(axis=-1), 0)
    length = (chord * chord).sum(axis=-1)
    beside = np.maximum(along, 0) ** 2 / np.where(length > 0, length, 1)
    off = (arm * arm).sum(axis=-1) - beside
    flat: NDArray[np.bool_] = off.max(axis=-1) < _FLATNESS * _FLATNESS
    return flat


_FEWEST = 100
"""Least number of points on a spline."""
_MOST, _MOST_PER_NODE = 1 << 20, 64
"""Points on a spline, beside so many for each node: 2 pixels apart."""
_WRAP = 7
"""Nodes that ImageJ repeats at either end, to make a natural spline nearly periodic."""
_SHORTEST = np.float32(0.001)
"""Least distance between two nodes of a spline, in square roots of a pixel."""


def perimeter(x: Floats, y: Floats) -> float:
    """Return the length of a closed polygon in pixels."""
    dx, dy = np.roll(x, -1) - x, np.roll(y, -1) - y
    return _length(dx.astype(np.float64), dy.astype(np.float64))


def freehand_perimeter(x: Floats, y: Floats) -> float:
    """Return the length of a closed freehand outline, after a running mean of 3."""
    if len(x) < 3:  # noqa: PLR2004
        return perimeter(x, y)
    return _length(_smoothed_steps(x), _smoothed_steps(y))


def _smoothed_steps(x: Floats) -> NDArray[np.float64]:
    first = float(x[0] + x[1] + x[2]) / 3 - float(x[0])
    last = float(x[-1]) - float(x[-3] + x[-2] + x[-1]) / 3
    inner = (x[3:] - x[:-3]).astype(np.float64) / 3
    return np.concatenate([[first], inner, [last], [x[-1] - x[0]]])


def _length(dx: NDArray[np.float64], dy: NDArray[np.float64]) -> float:
    # One by one as in ImageJ: np.sum adds in pairs, and the last digit may decide how
    # many points a spline has.
    return float(np.cumsum(np.sqrt(dx * dx + dy * dy))[-1])


def along_pixel_edges(x: Floats, y: Floats) -> bool:
    """Tell whether a polygon runs only along the edges of whole pixels."""
    dx, dy = np.roll(x, -1) - x, np.roll(y, -1) - y
    whole = not np.any(x % 1) and not np.any(y % 1)
    return whole and bool(np.all((dx == 0) | (dy == 0)))


def traced_perimeter(x: Floats, y: Floats) -> float:
    """Return the length of a traced outline: 2 - √2 less for each corner cut off."""
    if len(x) < 4:  # noqa: PLR2004
        return 0.0
    sides = np.abs(x - np.roll(x, 1)) + np.abs(y - np.roll(y, 1))
    corners, is_corner = 0, False
    for side in sides.tolist():
        is_corner = side > 1 or not is_corner
        corners += is_corner
    return float(sides.sum(dtype=np.float64)) - corners * (2 - math.sqrt(2))


def spline(x: Floats, y: Floats, length: float) -> tuple[Floats, Floats]:
    """Return points on the closed spline through some nodes, 2 pixels apart or less.

    Parameters
    ----------
    x, y : float32 array, shape (n,)
        The nodes, relative to the ROI's corner.
    length : float
        Perimeter in pixels. The points are spaced evenly in the spline's own
        coordinate, the sum of the square roots of the distances between nodes.

    Raises
    ------
    ValueError
        If the spline is longer than is sane.
    """
    count = max(int(length / 2), _FEWEST)
    if count > _MOST + _MOST_PER_NODE * len(x):
        raise ValueError(
            f"its spline through {len(x)} points is {length:.3g} pixels long"
        )
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
    """Evaluate the natural cubic spline through (nodes, values) at some places."""
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
    """Solve for the second derivative at each node, which is 0 at both ends.

    The system is tridiagonal; it is solved in the order of ImageJ's own loop, so that
    rounding is the same.
    """
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
