"""Make local maps of planes that come one at a time, with the least similar places.

The module also says how they look; the numbers are those of `similij.local_map`.
"""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...ground.writing import whole_file
from ...metrics.registry import chosen
from ...regions.outlines import Outline
from ...spatial.maps import Place, least_similar
from ..style import DENSITY, INK, VERMILLION, short_name
from .kinds import FILES
from .map_files import SHOWN, MapPlanes, Page, Plane
from .map_sheet import Style, table_of

if TYPE_CHECKING:
    import xarray as xr

_STEPS = 2000
"""Bins from -1 to 1 of a local map's values: a hundredth of its last decimal."""

_TIGHTEST = 0.01
"""The smallest range of colours: below, noise of the last decimals would be seen."""

PLACES = 5
"""Number of least similar places that are outlined and listed, of all planes."""


class Ranked(NamedTuple):
    """A place, and the plane it is in, counted as planes came."""

    plane: int
    place: Place


class LocalMap(MapPlanes):
    """Map a metric over the planes of one pair of images.

    Parameters
    ----------
    folder : Path
        Where the file of a large stack lies until all planes have come.
    metric : str
        A name of `similij.spatial.maps.MAPPED`.

    Attributes
    ----------
    ranked : list of Ranked
        The least similar places of all planes so far, the worst first.
    lowest : float
        Smallest value of all planes so far.
    """

    numbered = True

    def __init__(self, folder: Path, metric: str) -> None:
        super().__init__(folder)
        self.metric = metric
        self.ranked: list[Ranked] = []
        self.lowest = math.inf
        self._counts = np.zeros(_STEPS, np.int64)
        self.window = ""

    def add(self, of_plane: xr.DataArray, page: Page) -> None:
        """Take the map of a plane (y, x)."""
        self.window = str(of_plane.attrs["window"])
        worst_here = [
            Ranked(len(self.pages), p) for p in least_similar(of_plane, PLACES)
        ]
        sign = 1 if self.bounded else -1  # alike: high R and SSIM, low differences
        # The worst of each plane against the worst so far: no plane is looked at twice.
        self.ranked = sorted(
            [*self.ranked, *worst_here], key=lambda ranked: sign * ranked.place.value
        )[:PLACES]
        plane: Plane = np.ascontiguousarray(of_plane.values, np.float32)
        defined = plane[np.isfinite(plane)]
        self.lowest = min(self.lowest, float(defined.min(initial=math.inf)))
        if self.metric == "ssim":
            self._counts += np.histogram(defined, _STEPS, (-1, 1))[0]
        self.put(plane, Page(page.place, page.words))

    @property
    def bounded(self) -> bool:
        """Whether its values are from -1 to 1."""
        return self.metric in ("pearson", "ssim")

    @property
    def usual(self) -> tuple[float, float]:
        """Ends of the range in which nearly all values of SSIM lie.

        SSIM of images that are alike is near 1 everywhere, and in colours from -1 to 1
        nothing would be seen; R keeps these, since it is read by its sign.
        """
        reached = np.cumsum(self._counts)
        total = int(reached[-1])
        if total == 0:
            return -1.0, 1.0
        first = int(np.searchsorted(reached, (1 - SHOWN) * total, side="right"))
        last = int(np.searchsorted(reached, SHOWN * total))
        high = 2 * (last + 1) / _STEPS - 1
        return min(2 * first / _STEPS - 1, high - _TIGHTEST), high

    @property
    def label(self) -> str:
        """Name of the metric, as tables have it."""
        return chosen(self.metric)[0].label

    def outline(self) -> None:
        """Put the least similar places on their pages, for the overlay."""
        of_plane: dict[int, list[Outline]] = {}
        for name, (k, place) in zip(self.names(), self.ranked, strict=True):
            box = place.region
            right, bottom = box.x + box.width, box.y + box.height
            corners = [(box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom)]
            loop = np.array(corners, np.int32)
            of_plane.setdefault(k, []).append(Outline(name, [loop]))
        self.pages = [
            replace(page, outlines=of_plane.get(k, []))
            for k, page in enumerate(self.pages)
        ]

    def names(self) -> list[str]:
        """Name the places, e.g. "1: Pearson R 0.12"."""
        form = ".2f" if self.bounded else ".4g"
        return [
            f"{k}: {self.label} {ranked.place.value:{form}}"
            for k, ranked in enumerate(self.ranked, start=1)
        ]


@dataclass(frozen=True)
class LocalStyle(Style):
    """How a local map looks."""

    label: str = ""
    window: str = ""
    numbered = True

    def title(self, names: tuple[str, str]) -> str:
        """Say what the map shows."""
        first, second = (short_name(name) for name in names)
        return f"Local {self.label}: {second} and {first}"

    def limits(self, planes: MapPlanes) -> tuple[float, float]:
        """Return the display range: -1 to 1, 0 to the largest value, or that of SSIM.

        ImageJ shows NaN in the lowest colour: the range goes lower where a value would
        have that one, too.
        """
        most = 1.0 if not self.absolute else planes.largest or 1.0
        least = 0.0 if self.absolute else -1.0
        lowest = least
        if isinstance(planes, LocalMap):
            lowest = planes.lowest
            if planes.metric == "ssim":
                least, most = planes.usual
                least = min(least, lowest) if planes.undefined else least
        step = (most - least) / 254
        return (
            least - step if planes.undefined and lowest < least + step else least
        ), most

    def lut(self, undefined: bool) -> NDArray[np.uint8]:
        """Return the colours for ImageJ, (3, 256); NaN has the first of them there."""
        return table_of(self.colors, np.linspace(0, 1, 256), undefined)

    def scale(self) -> str:
        """Say what the scale of colours is of."""
        return f"{self.label} ({self.equal}: alike)"

    def beyond(self, planes: MapPlanes) -> str:
        """Say at which ends the scale of colours stops before the values do."""
        if isinstance(planes, LocalMap) and planes.metric == "ssim":
            return "both"
        return "neither"

    def summary(self, planes: MapPlanes) -> str:
        """Say the window."""
        return f"window: {self.window} px"

    def notes(self, planes: MapPlanes) -> list[str]:
        """Say which places are outlined, and what grey is."""
        notes = []
        if isinstance(planes, LocalMap) and planes.ranked:
            notes.append(f"Outlined: where they are least alike. {_worst(planes)}")
        if planes.undefined:
            notes.append(
                "Grey: undefined, or not compared "
                f"({planes.undefined:,} pixels in all)."
            )
        return notes


def _worst(local_map: LocalMap) -> str:
    values = [
        name.replace(f" {local_map.label}", "").replace("-", "−")
        for name in local_map.names()
    ]
    return f"{local_map.label} there: {', '.join(values)}"


def style_of(local_map: LocalMap) -> LocalStyle:
    """Return how a map looks."""
    if local_map.bounded:
        lines: tuple[str, str | None] = (VERMILLION, "white")
        return LocalStyle(
            f"{FILES['local']}{local_map.metric}", DENSITY, False, lines, "yellow",
            local_map.label, local_map.window,
        )  # fmt: skip
    name = f"{FILES['local']}{local_map.metric.replace('_', ' ')}"
    lines = ("white", INK)
    return LocalStyle(
        name, "inferno", True, lines, "black", local_map.label, local_map.window
    )


COLUMNS = (
    *("place", "metric", "value", "x", "y"),
    *("left", "top", "width", "height", "plane", "z", "t"),
)
"""Columns of the list of places: pixels are counted from 0, planes from 1, as ImageJ
does."""


def write_places(path: Path, local_map: LocalMap, order: Sequence[int]) -> None:
    """Write the list of the least similar places, CSV."""
    with (
        whole_file(path) as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for number, (k, place) in enumerate(local_map.ranked, start=1):
            box, where = place.region, local_map.pages[k].place
            rows.writerow(
                [
                    *(number, local_map.metric, repr(place.value), place.x, place.y),
                    *(box.x, box.y, box.width, box.height, order.index(k) + 1),
                    *(where.get("z", ""), where.get("t", "")),
                ]
            )


def write_rois(path: Path, local_map: LocalMap, rois: Sequence[bytes]) -> None:
    """Write the outlines of the places, as a zip that the ROI Manager opens."""
    from roifile import ImagejRoi

    names = local_map.names()
    by_name = {ImagejRoi.frombytes(roi).name: roi for roi in rois}
    with whole_file(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name in names:  # a date would make equal files differ
            archive.writestr(zipfile.ZipInfo(f"{name}.roi"), by_name[name])
