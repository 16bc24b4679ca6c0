"""Trace the outlines of regions and labels, exact to the pixel, as polygons.

A part of a region is what holds together by the sides of its pixels; each part has a
polygon around it, and one around each of its holes. Corners are corners of pixels, so
that ImageJ and matplotlib draw the very border. `Areas` also says which pixels all
regions have together, and `polygons_of` which hole lies in which part, for files that
want to know. No image is read here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..moments.kernels.compiled import compiled
from .region import Region

Loop = NDArray[np.int32]
"""Corners of a closed polygon, (corners, 2): x, y; the last leads back to the first."""

MOST_LOOPS = 10_000
"""Polygons of a plane; of more, those with the most corners are kept: a label image of
noise has a polygon for every pixel, which no figure can show."""

_REMEMBERED = 8
"""Areas that are kept: the planes of a series may take turns between some."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Polygons of one region.

    Attributes
    ----------
    name : str
        Name of the region.
    loops : list of ndarray of int, (corners, 2)
        Polygons around each part and each hole, as x, y of pixel corners.
    """

    name: str
    loops: list[Loop]


@dataclass(frozen=True, eq=False)
class Area:
    """The regions of a plane: their pixels together, and their outlines."""

    regions: Sequence[Region]
    labels: NDArray[Any] | None
    inside: NDArray[np.bool_] | None
    outlines: list[Outline]

    def is_of(self, regions: Sequence[Region], labels: NDArray[Any] | None) -> bool:
        """Whether these are the regions and labels that it was made of."""
        if len(regions) != len(self.regions):
            return False
        if any(a is not b for a, b in zip(regions, self.regions, strict=True)):
            return False
        if labels is None or self.labels is None:
            return labels is self.labels
        return labels is self.labels or np.array_equal(labels, self.labels)


class Areas:
    """Make the area of each plane, once where planes share it."""

    def __init__(self) -> None:
        self._recent: deque[Area] = deque(maxlen=_REMEMBERED)

    def of(
        self,
        regions: Sequence[Region],
        labels: NDArray[Any] | None,
        shape: tuple[int, int],
    ) -> Area:
        """Return the area of a plane of the given height and width."""
        for area in self._recent:
            if area.is_of(regions, labels):
                return area
        inside = None
        if regions or labels is not None:
            inside = np.zeros(shape, bool) if labels is None else labels != 0
            for region in regions:
                part = region.clip(*shape)
                if part is not None:
                    rows, columns, mask = part
                    inside[rows, columns] |= True if mask is None else mask
        outlines = outlines_of(regions, labels, shape)
        self._recent.append(Area(list(regions), labels, inside, outlines))
        return self._recent[-1]


def outlines_of(
    regions: Sequence[Region],
    labels: NDArray[Any] | None,
    shape: tuple[int, int],
) -> list[Outline]:
    """Trace the regions in their order, then the labels, ascending.

    Parameters
    ----------
    regions : sequence of Region
        Those without a pixel inside the plane have no outline.
    labels : ndarray of int, (y, x), or None
        0 is background.
    shape : tuple of int
        Height and width of the plane.

    Examples
    --------
    >>> (square,) = outlines_of([Region("square", 1, 0, 2, 9)], None, (3, 5))
    >>> square.name, square.loops[0].tolist()
    ('square', [[1, 0], [3, 0], [3, 3], [1, 3]])
    """
    outlines: list[Outline] = []
    for region in regions:
        part = region.clip(*shape)
        if part is None:
            continue
        rows, columns, mask = part
        if mask is None:
            size = (rows.stop - rows.start, columns.stop - columns.start)
            mask = np.ones(size, bool)
        corner = np.array([columns.start, rows.start], np.int32)
        loops = [loop + corner for _, loop in _loops(mask)]
        outlines.append(Outline(region.name, loops))
    if labels is not None:
        by_label: dict[int, list[Loop]] = {}
        for label, loop in _loops(labels):
            by_label.setdefault(label, []).append(loop)
        outlines += [Outline(f"label {k}", by_label[k]) for k in sorted(by_label)]
    return outlines


def polygons_of(labels: NDArray[Any]) -> dict[int, list[list[Loop]]]:
    """Return the polygons of each label: of every part its border, and then its holes.

    No ring comes to one place twice, as it does where two pixels of a part touch at a
    corner only: there it is cut into two, since a ring that touches itself is none by
    the rules of simple features, which QuPath holds polygons to.

    Parameters
    ----------
    labels : ndarray of bool or int, (y, x)
        0 is background.

    Examples
    --------
    >>> ring = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1]])
    >>> [border.tolist()[:3] for border in polygons_of(ring)[1][0]]
    [[[1, 0], [3, 0], [3, 3]], [[1, 1], [1, 2], [2, 2]]]
    """
    padded = np.pad(labels.astype(np.int64, copy=False), 1)
    parts = _parts(padded)
    corners, starts, ids = _trace(parts)
    if not len(ids):
        return {}
    stops = np.append(starts[1:], len(corners))
    owner = np.zeros(int(ids.max()) + 1, np.int64)
    owner[parts] = padded
    twice = {*_twice(corners, np.repeat(np.arange(len(ids)), stops - starts))}
    of_part: dict[int, list[Loop]] = {}
    for k, (part, start, stop) in enumerate(
        zip(ids.tolist(), starts.tolist(), stops.tolist(), strict=True)
    ):
        loop = corners[start:stop].copy()
        rings = _simple(loop) if k in twice else [loop]
        of_part.setdefault(part, []).extend(rings)
    polygons: dict[int, list[list[Loop]]] = {}
    for part, rings in of_part.items():
        # Every loop has its pixels to the right hand, so that the border of a part goes
        # round one way, and its holes the other.
        rings.sort(key=lambda ring: not _is_border(ring))
        polygons.setdefault(int(owner[part]), []).append(rings)
    return polygons


def _twice(corners: NDArray[np.int32], loops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the loops that come to a corner twice."""
    order = np.lexsort((corners[:, 1], corners[:, 0], loops))
    sorted_ = np.column_stack((loops, corners))[order]
    again = (sorted_[1:] == sorted_[:-1]).all(axis=1)
    return np.unique(sorted_[1:][again, 0])


def _simple(loop: Loop) -> list[Loop]:
    """Cut a loop where it comes to a corner again, into loops that do not."""
    rings: list[Loop] = []
    way: list[tuple[int, int]] = []
    at: dict[tuple[int, int], int] = {}
    for x, y in loop.tolist():
        first = at.get((x, y))
        if first is not None:
            ring = way[first:]
            rings.append(np.array(ring, np.int32))
            for corner in ring:
                del at[corner]
            del way[first:]
        at[x, y] = len(way)
        way.append((x, y))
    return [*rings, np.array(way, np.int32)]


def _is_border(ring: Loop) -> bool:
    x, y = ring.astype(np.int64).T
    return bool((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0)


def _loops(labels: NDArray[Any]) -> list[tuple[int, Loop]]:
    """Return label and corners of every loop; the longest where there are too many."""
    # One type of label, so that `_trace` is compiled once.
    padded = np.pad(labels.astype(np.int64, copy=False), 1)
    corners, starts, ids = _trace(padded)
    stops = np.append(starts[1:], len(corners))
    kept = range(len(ids))
    if len(ids) > MOST_LOOPS:
        kept = np.sort(np.argsort(starts - stops, kind="stable")[:MOST_LOOPS]).tolist()
    return [(int(ids[k]), corners[starts[k] : stops[k]].copy()) for k in kept]


@compiled()
def _parts(labels):  # type: ignore[no-untyped-def]
    """Give each part, of pixels that hold together by their sides, a number from 1.

    `labels` has a border of 0. A pixel takes the number of its neighbour above or to
    the left; where both have one, the two numbers are of one part.
    """
    height, width = labels.shape
    parts = np.zeros((height, width), np.int64)
    same = np.zeros(1024, np.int64)  # of each number a smaller one of the same part
    count = 0
    for row in range(1, height - 1):
        for column in range(1, width - 1):
            label = labels[row, column]
            if label == 0:
                continue
            above = left = 0
            if labels[row - 1, column] == label:
                above = _smallest(same, parts[row - 1, column])
            if labels[row, column - 1] == label:
                left = _smallest(same, parts[row, column - 1])
            if above and left:
                parts[row, column] = min(above, left)
                same[max(above, left)] = min(above, left)
            elif above or left:
                parts[row, column] = max(above, left)
            else:
                count += 1
                if count == same.size:
                    same = np.append(same, np.zeros_like(same))
                same[count] = parts[row, column] = count
    for number in range(1, count + 1):
        same[number] = same[same[number]]
    for row in range(1, height - 1):
        for column in range(1, width - 1):
            parts[row, column] = same[parts[row, column]]
    return parts


@compiled()
def _smallest(same, number):  # type: ignore[no-untyped-def]
    """Return the smallest number of the part that a number is of."""
    while same[number] != number:
        same[number] = same[same[number]]
        number = same[number]
    return number


@compiled()
def _trace(labels):  # type: ignore[no-untyped-def]  # noqa: PLR0912
    """Walk around every part of every label, its pixels to the right hand.

    `labels` has a border of 0. Every loop has an upper side of a pixel in it, from
    which it is begun, unless a walk came by there before.
    """
    height, width = labels.shape
    seen = np.zeros((height, width), np.bool_)
    corners = np.empty((1024, 2), np.int32)
    starts = np.empty(64, np.int64)
    ids = np.empty(64, np.int64)
    count, loops = 0, 0
    for row in range(1, height - 1):
        for column in range(1, width - 1):
            label = labels[row, column]
            if label == 0 or labels[row - 1, column] == label or seen[row, column]:
                continue
            if loops == starts.size:
                starts = np.append(starts, np.empty_like(starts))
                ids = np.append(ids, np.empty_like(ids))
            starts[loops], ids[loops] = count, label
            loops += 1
            x, y, way = column, row, 0  # 0: right, 1: down, 2: left, 3: up
            turned = True
            while True:
                if turned:
                    if count == len(corners):
                        corners = np.concatenate((corners, np.empty_like(corners)))
                    corners[count, 0], corners[count, 1] = x - 1, y - 1
                    count += 1
                if way == 0:
                    seen[y, x] = True
                    x += 1
                    right, left = labels[y, x], labels[y - 1, x]
                elif way == 1:
                    y += 1
                    right, left = labels[y, x - 1], labels[y, x]
                elif way == 2:  # noqa: PLR2004
                    x -= 1
                    right, left = labels[y - 1, x - 1], labels[y, x - 1]
                else:
                    y -= 1
                    right, left = labels[y - 1, x], labels[y - 1, x - 1]
                turned = True
                # Right before left: where two pixels of the label touch at a corner
                # only, the walk stays with the one that it is at.
                if right != label:
                    way = (way + 1) % 4
                elif left == label:
                    way = (way + 3) % 4
                else:
                    turned = False
                if x == column and y == row and way == 0:
                    break
    return corners[:count], starts[:loops], ids[:loops]
