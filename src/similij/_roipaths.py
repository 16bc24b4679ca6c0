"""Paths of composite ROIs and rounded rectangles, and the polygons for their curves.

Nothing here knows files or masks: paths in, vertices out. The steps, and
where they round to single precision, are those of ImageJ 1.54p and ``java.awt.geom``,
because a vertex a hair off can move a pixel in or out of a mask.
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
