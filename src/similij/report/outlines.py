"""Trace the regions of a pair on its pictures, and say which pixels they have.

Corners are counted in pixels of the picture and not of the image: an outline on a page
needs no more of them than can be seen, and the page is one file.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..images.door import as_mask
from ..regions.outlines import Areas, Loop
from ..regions.read import as_regions

MOST_OUTLINES = 400
"""Outlines of a picture; of more, none could be told from the next."""

PLANE = 2
"""Axes of a plane, (y, x)."""


@dataclass(frozen=True)
class Traced:
    """Hold the outline of one region, as a picture has it.

    Attributes
    ----------
    name : str
        As its rows have it.
    number : int
        From 1, in the order of the regions.
    path : str
        Commands of an SVG path.
    x, y : float
        Where its number stands.
    """

    name: str
    number: int
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Pixels:
    """Hold which pixels of a plane the numbers of its rows are of.

    Attributes
    ----------
    inside : ndarray of bool, (y, x), or None
        None: all of them.
    words : str
        Which they are.
    outlines : tuple of Traced
        Of the regions; empty if there are none.
    """

    inside: NDArray[np.bool_] | None = None
    words: str = "all pixels"
    outlines: tuple[Traced, ...] = ()


def pixels_of_rows(
    regions: Any, mask: Any, names: Collection[str], shape: tuple[int, int], square: int
) -> Pixels:
    """Return which pixels rows are of, and the outlines of their regions.

    Parameters
    ----------
    regions, mask : optional
        As `similij.compare` takes them.
    names : collection of str
        Regions that the rows of this plane have; others are of other planes.
    shape : tuple of int
        Height and width of the plane.
    square : int
        Side in pixels of the square that a pixel of a picture is the mean of.
    """
    inside, words = None, "all pixels"
    if mask is not None:
        pixels = np.asarray(as_mask(mask).pixels)
        if pixels.shape[-PLANE:] == shape and pixels.size == shape[0] * shape[1]:
            inside, words = pixels.reshape(shape).astype(bool), "pixels of the mask"
    if regions is None:
        return Pixels(inside, words)
    read = as_regions(regions)
    labels = None if read.labels is None else np.asarray(read.labels.labels)
    if labels is not None and labels.shape != shape:
        labels = None  # of a stack, of which it is not known here which plane is shown
    area = Areas().of([r for r in read.regions if r.name in names], labels, shape)
    if area.inside is None:
        return Pixels(inside, words)
    if "background" not in names:  # whose row is of the pixels in no region
        inside = area.inside if inside is None else inside & area.inside
        words = "pixels of the regions"
    traced = [
        _traced(outline.name, number, outline.loops, square)
        for number, outline in enumerate(area.outlines[:MOST_OUTLINES], start=1)
        if outline.loops
    ]
    return Pixels(inside, words, tuple(traced))


def _traced(name: str, number: int, loops: list[Loop], square: int) -> Traced:
    path = "".join(_path(loop, square) for loop in loops)
    largest = max(loops, key=len).astype(float) / square
    x, y = (largest.min(axis=0) + largest.max(axis=0)) / 2
    return Traced(name, number, path, round(float(x), 1), round(float(y), 1))


def _path(loop: Loop, square: int) -> str:
    """Write a closed polygon, without the corners that fall onto the one before.

    Examples
    --------
    >>> _path(np.array([[0, 0], [9, 0], [9, 1], [9, 9], [0, 9]], np.int32), 3)
    'M0 0L3 0 3 3 0 3Z'
    """
    corners = np.rint(loop / square).astype(int)
    kept = (corners != np.roll(corners, 1, axis=0)).any(axis=1)
    kept[0] = True
    words = [f"{x} {y}" for x, y in corners[kept]]
    return f"M{words[0]}L{' '.join(words[1:])}Z"
