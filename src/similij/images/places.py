"""Refuse images whose axes run in another order: pixels of one place go together.

One rule, for all coordinates that both images have along an axis: where they are the
same in another order, as the channels [dapi, gfp] and [gfp, dapi], or run the other
way, the images are refused. They are not turned: regions, masks and the number of a
channel are counted from where the images begin.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.types import Array
from .image import Image

_SAME = 1e-6
"""Of a step of coordinates: what two programs may differ by that write the same."""

_LISTED = 4
"""Coordinates that a message lists; of more it says the first and the last."""


def check_places(
    one: Image, two: Image, names: tuple[str, str], without: Collection[str] = ()
) -> None:
    """Refuse two images that have the same coordinates in another order.

    Parameters
    ----------
    one, two : Image
        The images.
    names : tuple of str
        What to call them.
    without : collection of str
        Axes that are not looked at.

    Raises
    ------
    ImageError
        If coordinates along an axis are in another order, or run the other way.
    """
    if not (one.coordinates or one.channels) or not (two.coordinates or two.channels):
        return  # nearly all images
    for axis in one.axes:
        first, second = _places(one, axis), _places(two, axis)
        if axis in without or first is None or second is None:
            continue
        if not _in_another_order(first, second):
            continue
        raise ImageError(
            f'"{names[0]}" has {_words(first)} along {axis}, "{names[1]}" has '
            f"{_words(second)}, in another order: put one in the order of the other, "
            f"e.g. with .sel({axis}=...) or .isel({axis}=slice(None, None, -1))."
        )


def elsewhere(one: Image, two: Image, names: tuple[str, str]) -> list[str]:
    """Return notes on axes along which two DataArrays lie at other coordinates."""
    notes = []
    for axis in one.axes:
        if one.coordinates is None or two.coordinates is None:
            break
        first, second = _places(one, axis), _places(two, axis)
        if first is None or second is None or _alike(first, second):
            continue
        notes.append(
            f'"{names[0]}" has {_words(first)} along {axis}, "{names[1]}" has '
            f"{_words(second)}: compared pixel by pixel"
        )
    return notes


def _places(image: Image, axis: str) -> Array | None:
    """Return the coordinates along an axis; None where there are none that differ."""
    values: Any = None
    if image.coordinates is not None and axis in image.coordinates:
        dims, values, _ = image.coordinates[axis]
        if dims != (axis,):
            return None
    elif axis == "c" and image.channels:
        values = np.array(image.channels)
    if values is None or len(values) != image.sizes.get(axis):
        return None
    places = np.asarray(values)
    if places.dtype.kind not in "iufmM":
        places = places.astype(str)
    return places if len(np.unique(places)) == len(places) > 1 else None


def _in_another_order(one: Array, two: Array) -> bool:
    if len(one) != len(two) or _alike(one, two):
        return False
    if _alike(np.sort(one), np.sort(two)):
        return True
    ways = _way(one), _way(two)
    return 0 not in ways and ways[0] != ways[1]


def _alike(one: Array, two: Array) -> bool:
    if len(one) != len(two):
        return False
    if one.dtype.kind in "iuf" and two.dtype.kind in "iuf":
        step = np.abs(np.diff(one.astype(np.float64))).min(initial=np.inf)
        away = np.abs(one.astype(np.float64) - two.astype(np.float64))
        return bool((away <= _SAME * step).all())
    return one.dtype.kind == two.dtype.kind and bool((one == two).all())


def _way(places: Array) -> int:
    """Return 1 where coordinates rise, -1 where they fall, 0 where neither is so."""
    if places.dtype.kind not in "iuf":
        return 0  # names have no direction, and times of dates rise
    steps = np.diff(places.astype(np.float64))
    return int((steps > 0).all()) - int((steps < 0).all())


def _words(places: Array) -> str:
    listed = [
        f"{place:.6g}" if places.dtype.kind == "f" else shown(str(place))[1:-1]
        for place in (places if len(places) <= _LISTED else places[[0, -1]])
    ]
    return ", ".join(listed) if len(places) <= _LISTED else " to ".join(listed)
