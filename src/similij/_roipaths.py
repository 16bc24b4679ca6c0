"""Paths of composite ROIs and rounded rectangles, and the polygons for their curves.

Nothing here knows files or masks: paths in, vertices out. The steps, and
where they round to single precision, are those of ImageJ 1.54p and ``java.awt.geom``,
because a vertex a hair off can move a pixel in or out of a mask.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
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
_ARC = 4 / 3 * (math.sqrt(2) - 1)
"""Length of the control arms of the cubic curve next to a quarter of a unit circle."""

Floats = NDArray[np.float32]
Point = tuple[float, float]


class Path(NamedTuple):
    """Kinds of segments in order, and their points (x, y) of shape (n, 2)."""

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
    """Path of a rectangle at (0, 0) whose corners are quarters of ellipses.

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
    """Vertices x, y of the polygons a path stands for, curves made of short lines.

    Each polygon is separated from the next by one NaN vertex, and closes onto its own
    first vertex.
    """
    points: list[Point] = [(x, y) for x, y in path.points.tolist()]
    separator = (math.nan, math.nan)
    out: list[Point] = []
    first = at = 0  # of this polygon in out; of the next point in points
    here = start = (0.0, 0.0)
    for kind in path.kinds:
        arms = points[at : at + _POINTS[kind]]
        at += len(arms)
        if kind == CLOSE:
            if out and out[-1] == out[first]:
                out.pop()
            here = start
        elif kind in (MOVE, LINE):
            here = arms[0]
        if kind in (MOVE, CLOSE) and out and not math.isnan(out[-1][0]):
            out.append(separator)
        if kind == MOVE:
            first, start = len(out), here
        if kind in (MOVE, LINE):
            out.append(here)
        elif kind in (QUADRATIC, CUBIC):
            out.extend(_halve((here, *arms), 0))
            here = arms[-1]
    if out and math.isnan(out[-1][0]):
        out.pop()
    vertices = np.array(out, dtype=np.float32).reshape(-1, 2)
    return vertices[:, 0], vertices[:, 1]


def _halve(curve: Sequence[Point], depth: int) -> Iterator[Point]:
    """Yield the ends of the lines for a curve, halved until each half is flat."""
    start, *arms, end = curve
    off = max(_distance_squared(arm, start, end) for arm in arms)
    if depth == _DEEPEST or off < _FLATNESS * _FLATNESS:
        yield end
        return
    left, right = [start], [end]
    middles = list(curve)  # de Casteljau: halve neighbours until one point is left
    while len(middles) > 1:
        middles = [
            ((x1 + x2) / 2, (y1 + y2) / 2) for (x1, y1), (x2, y2) in pairwise(middles)
        ]
        left.append(middles[0])
        right.append(middles[-1])
    yield from _halve(left, depth + 1)
    yield from _halve(right[::-1], depth + 1)


def _distance_squared(point: Point, start: Point, end: Point) -> float:
    """Square of the distance from a point to a line segment."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = point[0] - start[0], point[1] - start[1]
    along = px * dx + py * dy
    if along > 0:
        px, py = dx - px, dy - py  # from the other end: fewer digits lost
        along = px * dx + py * dy
    beside = along * along / (dx * dx + dy * dy) if along > 0 else 0.0
    return max(px * px + py * py - beside, 0.0)
