"""Find the number that a background is: of a whole image, or plane by plane.

Both ways give the same number: percentiles are exact, and the sums of planes are added
up exactly, so that a stack sent plane by plane is prepared as one in memory is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ground.errors import RegionError
from ..ground.types import Array
from ..moments.kernels.parts import as_bytes
from ..moments.percentiles import OrderStatistics, Percentiles, rank
from ..regions.region import Region


def value_of(image: Any, way: Any) -> float | int | None:
    """Find the number to subtract from a whole image; NaN if all its pixels are NaN."""
    if way is None or isinstance(way, (int, float)):
        return way
    values = as_bytes(np.asarray(image))
    if isinstance(way, Region):
        planes = np.atleast_2d(values)
        planes = planes.reshape(-1, *planes.shape[-2:])
        return _mean_of([_inside(plane, way) for plane in planes])
    values = values[~np.isnan(values)].reshape(-1)
    if not values.size:  # NaN less NaN is NaN, which the comparison leaves out
        return math.nan
    place = rank(way[1], values.size)
    value: float | int = np.partition(values, place)[place].item()
    return value


def _inside(plane: Array, region: Region) -> tuple[float, int]:
    """Return sum and number of the pixels that a background region has of a plane.

    Raises
    ------
    RegionError
        If it has none.
    """
    clipped = region.clip(*plane.shape)
    if clipped is None:
        raise RegionError(
            f"the background region {region.name} has no pixel in the images: "
            f"{region.problem or 'it lies outside'}."
        )
    rows, columns, mask = clipped
    part = plane[rows, columns]
    part = part.reshape(-1) if mask is None else part[mask]
    part = part[~np.isnan(part)]
    return float(part.sum(dtype=np.float64)), part.size


def _mean_of(planes: Sequence[tuple[float, int]]) -> float:
    """Return the mean of sums and numbers, whatever the order in which planes came."""
    # fsum rounds once, at the end, so that no order of the planes changes a digit.
    count = sum(n for _, n in planes)
    return math.fsum(total for total, _ in planes) / count if count else math.nan


class Backgrounds:
    """Find what to subtract from images whose planes come one by one, pass by pass.

    The numbers are those of whole images: percentiles are counted, sums added up.

    Parameters
    ----------
    ways : sequence of two
        A way for each image, as `Preparation.background` has them.
    types : sequence of dtype
        Types of the two images.
    """

    def __init__(self, ways: Sequence[Any], types: Sequence[np.dtype[Any]]) -> None:
        self._each = [
            _Percentile(dtype, way[1])
            if isinstance(way, tuple)
            else _Mean(way)
            if isinstance(way, Region)
            else way
            for dtype, way in zip(types, ways, strict=True)
        ]
        self._open = [
            way for way in self._each if isinstance(way, (_Percentile, _Mean))
        ]

    @property
    def known(self) -> bool:
        """Whether the numbers are known; else the planes are needed for them."""
        return not self._open

    @property
    def values(self) -> list[Any]:
        """The numbers to subtract, once they are known."""
        return [
            way.value if isinstance(way, (_Percentile, _Mean)) else way
            for way in self._each
        ]

    def add(self, x: Array, y: Array) -> None:
        """Look at a plane of both images, (y, x)."""
        for way, plane in zip(self._each, (x, y), strict=True):
            if any(way is still for still in self._open):
                way.add(plane)

    def end_pass(self) -> None:
        """Finish a pass over all planes."""
        self._open = [way for way in self._open if way.end_pass()]


class _Percentile:
    def __init__(self, dtype: np.dtype[Any], percent: float) -> None:
        self._statistics = OrderStatistics(dtype, Percentiles(percent, percent))
        self._any = False

    def add(self, plane: Array) -> None:
        values = plane[~np.isnan(plane)]
        self._any = self._any or values.size > 0
        self._statistics.add(values)

    def end_pass(self) -> bool:
        return self._any and self._statistics.end_pass()

    @property
    def value(self) -> float | int:
        value: float | int = self._statistics.values[0] if self._any else math.nan
        return value


class _Mean:
    def __init__(self, region: Region) -> None:
        self._region = region
        self._planes: list[tuple[float, int]] = []

    def add(self, plane: Array) -> None:
        self._planes.append(_inside(plane, self._region))

    def end_pass(self) -> bool:
        return False

    @property
    def value(self) -> float:
        return _mean_of(self._planes)
