"""Keep maps of two images on disk, plane by plane, until all have come.

Differences are image 2 - image 1 as float32, never computed in the images' own integer
type; the same planes make the map of absolute values. Planes wait in a temporary file
(in memory while they are small), because the head of an ImageJ TIFF says how many there
are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...ground.writing import passing_file, write_passing
from ...measure.table.columns import WHOLE_IMAGE
from ...moments.kernels.compiled import compiled
from ...regions.outlines import Outline

Plane = NDArray[np.float32]

SHOWN = 0.999
"""Share of the pixels within the display range: a few outliers must not rule it."""

_IN_MEMORY = 1 << 26
"""Bytes of planes that are kept in memory before they go to disk."""

_DROPPED_BITS = 14
"""Bits of a float32 that are dropped to count it: bins are 0.2 % wide then."""

_INFINITE = 0x7F800000
"""Bits of a float32 infinity; those of NaN are above."""


@dataclass(frozen=True)
class Page:
    """Place, words and outlines of one plane of a map.

    Attributes
    ----------
    place : mapping
        `z`, `t` (from 1) and `time_s`, as far as known.
    words : str
        The same in words.
    outlines : list of Outline
        Outlines of its regions; the same list for planes that share them.
    marks : list of Outline
        Boxes of the places that verdicts name, "differs 1" and so on.
    """

    place: Mapping[str, Any]
    words: str
    outlines: list[Outline] = field(default_factory=list)
    marks: list[Outline] = field(default_factory=list)


class MapPlanes:
    """Hold the planes of one map, float32, until all have come.

    Parameters
    ----------
    folder : Path
        Where the file of a large stack lies meanwhile: the results' own disk, since
        the system's temporary one may be small.

    Attributes
    ----------
    pages : list of Page
        Pages of the planes, in the order they came.
    undefined : int
        Number of pixels that are NaN or infinite.
    shape : (int, int)
        Height and width of each plane.
    """

    numbered = False  # whether outlines are labelled with their numbers, in ImageJ too

    def __init__(self, folder: Path) -> None:
        self.pages: list[Page] = []
        self.undefined = 0
        self.shape = (0, 0)
        self._sizes = np.zeros((1 << 31) >> _DROPPED_BITS, np.int64)
        self._largest = 0  # the bits of a float32
        self._spool = passing_file(folder, _IN_MEMORY)
        self._folder = folder

    def put(self, plane: Plane, page: Page) -> None:
        """Take a plane (y, x), contiguous."""
        if self.pages and plane.shape != self.shape:
            raise ValueError(
                f"plane {page.words or len(self.pages) + 1} is {plane.shape[1]}×"
                f"{plane.shape[0]}, the ones before are {self.shape[1]}×"
                f"{self.shape[0]}: all planes of a picture must have one size."
            )
        self.shape = plane.shape
        largest, undefined = _tally(plane.view(np.uint32).ravel(), self._sizes)
        self._largest = max(self._largest, int(largest))
        self.undefined += int(undefined)
        write_passing(self._spool, plane.data, self._folder)
        self.pages.append(page)

    def plane(self, k: int) -> Plane:
        """Return the pixels of the k-th plane that came, float32 (y, x)."""
        size = 4 * self.shape[0] * self.shape[1]
        self._spool.seek(k * size)
        pixels: Plane = np.frombuffer(self._spool.read(size), np.float32)
        return pixels.reshape(self.shape)

    def mark(self, places: Iterable[Mapping[str, Any]]) -> None:
        """Put the places that verdicts name on the pages that they are of.

        Parameters
        ----------
        places : iterable of mapping
            As `similij.verdicts.places.listed` returns them.
        """
        of_page: list[list[Outline]] = [[] for _ in self.pages]
        for place in places:
            k = self._page_of(place)
            if k is None:  # of planes pooled, and nobody says which one it is
                continue
            left, top = place["x"], place["y"]
            right, bottom = left + place["width"], top + place["height"]
            corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
            region = str(place["region"])
            name = "" if region == WHOLE_IMAGE else f"{region}: "
            name += f"differs {place['place']}"
            of_page[k].append(Outline(name, [np.array(corners, np.int32)]))
        self.pages = [
            replace(page, marks=marks)
            for page, marks in zip(self.pages, of_page, strict=True)
        ]

    def _page_of(self, place: Mapping[str, Any]) -> int | None:
        """Return the one page that a place can be of; None where several can."""
        able = [
            k
            for k, page in enumerate(self.pages)
            if all(
                place[axis] in (None, page.place.get(axis))
                or page.place.get(axis) is None
                for axis in "zt"
            )
        ]
        if len(able) > 1:
            able = [k for k in able if self.pages[k].words == place["plane"]]
        return able[0] if len(able) == 1 else None

    @property
    def largest(self) -> float:
        """Largest absolute value that is finite; 0 where there is none."""
        return _as_float(self._largest)

    @property
    def range(self) -> float:
        """Absolute value at the end of the display range.

        99.9 % of the pixels lie within it, and all where most are equal. Where a pixel
        is undefined, which ImageJ shows in the lowest colour of a look-up table, that
        colour is made grey and the range wide enough that nothing else has it.
        """
        if self._largest == 0:
            return 1.0
        # Wider by two of ImageJ's 256 colours: no value reaches the one at an end.
        if self.undefined:
            return self.largest * 256 / 254
        # A percentile of all planes, which are not in memory together: of counts by the
        # leading bits, each plane is counted once as it comes.
        reached = np.cumsum(self._sizes)
        k = int(np.searchsorted(reached, SHOWN * reached[-1]))
        most = _as_float((k + 1) << _DROPPED_BITS) if k else 0.0
        return min(most, self.largest) or self.largest

    def order(self) -> tuple[list[int], tuple[int, int], str]:
        """Order the planes as a hyperstack has them.

        Returns
        -------
        (order, (frames, slices), axes)
            Planes by t, then z, if they make a full grid; else as they came.
        """
        places = [(p.place.get("t") or 0, p.place.get("z") or 0) for p in self.pages]
        # ImageJ takes a hyperstack for a full grid: a missing plane would shift all
        # after it, so planes with gaps are a plain stack.
        frames, slices = (len(set(column)) for column in zip(*places, strict=True))
        order = sorted(range(len(places)), key=places.__getitem__)
        if len(set(places)) == len(places) == frames * slices:
            return order, (frames, slices), "TZYX"
        return list(range(len(places))), (1, len(places)), "TZYX"

    def close(self) -> None:
        """Let go of the temporary file."""
        self._spool.close()


class Differences(MapPlanes):
    """Take the differences of one pair of images, image 2 - image 1."""

    def add(self, x: NDArray[Any], y: NDArray[Any], page: Page) -> None:
        """Take a plane (y, x) of each image."""
        self.put(subtract(x, y), page)


def subtract(x: NDArray[Any], y: NDArray[Any]) -> Plane:
    """Return y - x as float32, contiguous.

    Where both values are exact in float32 it is rounded once; else the difference is
    taken in float64 first. Never in the images' own type, in which uint8 wraps around.

    Examples
    --------
    >>> subtract(np.array([[200]], np.uint8), np.array([[10]], np.uint8)).tolist()
    [[-190.0]]
    """
    small = all(
        np.can_cast(image.dtype, np.float32, "safe") or image.dtype == np.bool_
        for image in (x, y)
    )
    with np.errstate(invalid="ignore", over="ignore"):  # infinity - infinity is NaN
        dtype = np.float32 if small else np.float64
        difference: Plane = np.subtract(y, x, dtype=dtype, order="C").astype(
            np.float32, copy=False
        )
    return difference


def _as_float(bits: int) -> float:
    return float(np.array(min(bits, _INFINITE - 1), np.uint32).view(np.float32))


@compiled()
def _tally(bits, sizes):  # type: ignore[no-untyped-def]
    """Count absolute values in `sizes`, by their leading bits, which order them."""
    largest, undefined = np.uint32(0), 0
    for i in range(bits.size):
        size = bits[i] & np.uint32(0x7FFFFFFF)
        if size >= np.uint32(_INFINITE):
            undefined += 1
        else:
            sizes[size >> np.uint32(_DROPPED_BITS)] += 1
            largest = max(largest, size)
    return largest, undefined
