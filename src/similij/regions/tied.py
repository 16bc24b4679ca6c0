"""Say where regions apply that are tied to a channel, slice or frame.

ImageJ has two ways to tie a ROI to planes of a stack: channel, slice and frame of a
hyperstack (0 for "any"), or the number of a plane, which is that of the slice, or of
the frame where there is one slice, or of the channel. An image of one plane shows every
ROI. ImageJ's command asks here, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .region import Region

_ORDER = ("z", "t", "c")
"""Axes that the bare number of a plane may count, the first that is longer than 1."""


def is_tied(region: Region) -> bool:
    """Whether a region belongs to some planes only."""
    return any((region.position, region.c, region.z, region.t))


def tied_to(region: Region, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return where a region is tied to: axis name to place, counted from 1.

    Parameters
    ----------
    region : Region
        With `position`, or `c`, `z`, `t`.
    sizes : mapping
        Length of each axis of the images but y and x.

    Examples
    --------
    >>> cell = Region("cell", 0, 0, 2, 2, position=4)
    >>> tied_to(cell, {"t": 7, "z": 5}), tied_to(cell, {"t": 7}), tied_to(cell, {})
    ({'z': 4}, {'t': 4}, {})
    """
    if math.prod(sizes.values()) == 1:
        return {}
    if any((region.c, region.z, region.t)):
        places = {"c": region.c, "z": region.z, "t": region.t}
        return {axis: place for axis, place in places.items() if place}
    if not region.position:
        return {}
    axis = next((a for a in _ORDER if sizes.get(a, 1) > 1), None)
    return {} if axis is None else {axis: region.position}


def selection(
    region: Region, sizes: Mapping[str, int], index: Mapping[str, int]
) -> dict[str, int] | None:
    """Select those of some planes that a region applies to.

    Parameters
    ----------
    region, sizes
        As for `tied_to`.
    index : mapping
        Axes that were selected already, to their index (from 0); the others are pooled.

    Returns
    -------
    dict or None
        Pooled axes to the index to take; {}: all planes; None: none of them.

    Examples
    --------
    >>> cell = Region("cell", 0, 0, 2, 2, z=2)
    >>> sizes = {"t": 7, "z": 5}
    >>> selection(cell, sizes, {}), selection(cell, sizes, {"z": 1})
    ({'z': 1}, {})
    >>> selection(cell, sizes, {"z": 3}) is None
    True
    """
    taken = {}
    for axis, place in tied_to(region, sizes).items():
        if axis in index:
            if index[axis] + 1 != place:
                return None
        elif place > sizes.get(axis, 1):
            return None
        elif sizes.get(axis, 1) > 1:
            taken[axis] = place - 1
    return taken


def words(places: Mapping[str, int]) -> str:
    """Write places as the Plane column has them, e.g. "c1 z3 t2"."""
    return " ".join(f"{axis}{places[axis]}" for axis in "czt" if axis in places)


def on_plane(
    region: Region, sizes: Mapping[str, int], places: Mapping[str, Any]
) -> Any:
    """Whether a region applies to planes of a stack.

    Parameters
    ----------
    region, sizes
        As for `tied_to`.
    places : mapping
        Axis name to the place of the plane, counted from 1; arrays for many planes.

    Returns
    -------
    bool, or ndarray of bool

    Examples
    --------
    >>> cell = Region("cell", 0, 0, 2, 2, z=2)
    >>> import numpy as np
    >>> on_plane(cell, {"t": 7, "z": 5}, {"t": np.array([1, 1]), "z": np.array([2, 3])})
    array([ True, False])
    """
    on: Any = True
    for axis, place in tied_to(region, sizes).items():
        on = on & (places[axis] == place)
    return on


def elsewhere(regions: Sequence[Region], sizes: Mapping[str, int]) -> str:
    """Say why no region has a row: all are tied to planes that are not compared.

    Examples
    --------
    >>> elsewhere([Region("cell", 0, 0, 2, 2, z=2)], {"z": 5})
    'cell is tied to a plane (cell to z2) that is not among those compared'
    """
    first, count = regions[0], len(regions)
    which = f"{first.name} is" if count == 1 else f"each of the {count} ROIs is"
    place = words(tied_to(first, sizes))
    return (
        f"{which} tied to a plane ({first.name} to {place}) that is not among those "
        "compared"
    )
