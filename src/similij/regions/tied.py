"""Say where regions apply that are tied to a channel, slice or frame.

ImageJ has two ways to tie a ROI to planes of a stack: channel, slice and frame of a
hyperstack (0 for "any"), or the number of a plane, which is that of the slice, or of
the frame where there is one slice, or of the channel. An image of one plane shows every
ROI. ImageJ's command asks here, too.

Two planes are compared, and a ROI may be tied to either: one on channel 2 applies where
channel 1 is compared with channel 2. Of an axis that only one of the images has, that
image decides. Where a ROI applies to none of the planes that are compared, `nowhere`
has the sentence for its row: a ROI that was asked for never vanishes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..ground.errors import ImageError
from ..images.axes import UNNAMED
from .region import Region

_ORDER = ("z", "t", "c")
"""Axes that the bare number of a plane may count, the first that is longer than 1."""


def is_tied(region: Region) -> bool:
    """Whether a region belongs to some planes only."""
    return any((region.position, region.c, region.z, region.t))


def sizes_of(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    """Return the lengths of the axes of two images together: of each the longer.

    Parameters
    ----------
    one, two : mapping
        Length of each axis of an image but y and x.

    Examples
    --------
    >>> sizes_of({"c": 3, "z": 1}, {"z": 5})
    {'c': 3, 'z': 5}
    """
    return {a: max(one.get(a, 1), two.get(a, 1)) for a in dict.fromkeys([*one, *two])}


def sides(
    one: Mapping[str, Any],
    two: Mapping[str, Any],
    sizes_1: Mapping[str, int],
    sizes_2: Mapping[str, int],
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return where either of two planes lies, of those axes that are told apart.

    An image of one plane along an axis does not say which that is: there the other has
    the word. Else a ROI on channel 1 of a stack would apply wherever its partner has
    one channel.

    Parameters
    ----------
    one, two : mapping
        Axis name to the place in image 1, and in image 2; of the same axes.
    sizes_1, sizes_2 : mapping
        Length of each axis of the images but y and x.

    Examples
    --------
    >>> sides({"c": 2, "z": 0}, {"c": 0, "z": 0}, {"c": 3}, {"z": 5})
    ({'c': 2, 'z': 0}, {'c': 2, 'z': 0})
    """
    both = dict(one), dict(two)
    for axis in one:
        lengths = sizes_1.get(axis, 1), sizes_2.get(axis, 1)
        if lengths[0] == 1 < lengths[1]:
            both[0][axis] = two[axis]
        elif lengths[1] == 1 < lengths[0]:
            both[1][axis] = one[axis]
    return both


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
    sole = _sole_axis(sizes)
    if any((region.c, region.z, region.t)):
        places = {"c": region.c, "z": region.z, "t": region.t}
        places = {axis: place for axis, place in places.items() if place}
        if sole.startswith(UNNAMED):
            meant = _meant(places)
            if len(meant) == 1 and 0 not in meant:
                return {sole: meant.pop()}
        return places
    if not region.position:
        return {}
    axis = next((a for a in _ORDER if sizes.get(a, 1) > 1), sole)
    return {axis: region.position} if axis else {}


def check_known(regions: Sequence[Region], sizes: Mapping[str, int]) -> None:
    """Refuse regions of which the images do not say to which planes they are tied.

    Raises
    ------
    ImageError
        If there is a plane's number and no one axis that it counts; or if a channel, a
        slice or a frame is named, and axes without names might each be the one.
    """
    long = [axis for axis, length in sizes.items() if length > 1]
    unnamed = [axis for axis in long if axis.startswith(UNNAMED)]
    for region in regions:
        if not is_tied(region) or not long:
            continue
        if region.position:
            unclear = not {*_ORDER} & {*long} and len(long) > 1
        elif len(long) == 1 and unnamed:
            unclear = len(_meant({a: getattr(region, a) for a in _ORDER})) > 1
        else:
            unclear = bool(unnamed)
        if unclear:
            lengths = ", ".join(str(sizes[axis]) for axis in long)
            raise ImageError(
                f"{region.name} is tied to a plane, and the images do not say which "
                f"axis is the channel, the slice or the frame (they have {lengths} "
                "planes along axes without these names): give the names, e.g. "
                "similij.Image(pixels, axes='tzcyx')."
            )


def _sole_axis(sizes: Mapping[str, int]) -> str:
    """Return the only axis that is longer than 1; "" if there are more."""
    long = [axis for axis, length in sizes.items() if length > 1]
    return long[0] if len(long) == 1 else ""


def _meant(places: Mapping[str, int]) -> set[int]:
    """Return the planes that channel, slice and frame may mean in a stack of one axis.

    The axis may be any of the three, if the other two are 1 or free: c1 z1 t4 is the
    fourth plane for certain. t1 alone may be the first plane of a series, or all planes
    of a stack of one frame, which is 0 here.
    """
    return {
        places.get(axis, 0)
        for axis in _ORDER
        if all(places.get(other, 0) <= 1 for other in _ORDER if other != axis)
    }


def selection(
    region: Region, sizes: Mapping[str, int], *planes: Mapping[str, int]
) -> dict[str, int] | None:
    """Select those of some planes that a region applies to.

    Parameters
    ----------
    region, sizes
        As for `tied_to`.
    *planes : mapping
        Axes that were selected already, to their index (from 0); the others are pooled.
        Two of them where planes of two images differ in an axis (see `sides`): the
        region applies if it is tied to either.

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
    >>> selection(cell, sizes, {"z": 3}, {"z": 1})
    {}
    """
    places = tied_to(region, sizes)
    for index in planes:
        taken = _selected(places, sizes, index)
        if taken is not None:
            return taken
    return None


def _selected(
    places: Mapping[str, int], sizes: Mapping[str, int], index: Mapping[str, int]
) -> dict[str, int] | None:
    taken = {}
    for axis, place in places.items():
        if axis in index:
            if index[axis] + 1 != place:
                return None
        elif place > sizes.get(axis, 1):
            return None
        elif sizes.get(axis, 1) > 1:
            taken[axis] = place - 1
    return taken


def words(places: Mapping[str, int], others: Mapping[str, int] | None = None) -> str:
    """Write places as the Plane column has them, e.g. "c1 z3 t2".

    Parameters
    ----------
    places : mapping
        Axis name to place, counted from 1.
    others : mapping, optional
        The places in image 2, where they may differ.

    Examples
    --------
    >>> words({"t": 2, "c": 1, "axis_0": 4}), words({"c": 1, "z": 3}, {"c": 2, "z": 3})
    ('c1 t2 plane 4', 'c1:2 z3')
    """
    axes = [*(a for a in "czt" if a in places), *(a for a in places if a not in "czt")]
    texts = []
    for axis in axes:
        place = f"{places[axis]}"
        # The frame of a row is that of image 1, whatever that is compared with.
        if others and axis != "t" and others.get(axis, places[axis]) != places[axis]:
            place += f":{others[axis]}"
        # An axis of which nothing is known is not called a slice.
        texts.append(f"plane {place}" if axis.startswith(UNNAMED) else f"{axis}{place}")
    return " ".join(texts)


def only(region: Region, sizes: Mapping[str, int]) -> str:
    """Say in a note to which planes a region is tied.

    Examples
    --------
    >>> only(Region("cell", 0, 0, 2, 2, z=2), {"z": 5, "t": 3})
    'slice only: z2'
    >>> only(Region("cell", 0, 0, 2, 2, position=2), {"t": 3})
    'frame only: t2'
    """
    places = tied_to(region, sizes)
    kinds = {"z": "slice", "t": "frame", "c": "channel"}
    kind = next((word for axis, word in kinds.items() if axis in places), "")
    return f"{kind} only: {words(places)}" if kind else f"only {words(places)}"


def on_plane(
    region: Region, sizes: Mapping[str, int], *planes: Mapping[str, Any]
) -> Any:
    """Whether a region applies to planes of a stack.

    Parameters
    ----------
    region, sizes
        As for `tied_to`.
    *planes : mapping
        Axis name to the place of the plane, counted from 1; arrays for many planes.
        Two of them as in `selection`.

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
    places = tied_to(region, sizes)
    if not places:
        return True
    either: Any = False
    for at in planes:
        on: Any = True
        for axis, place in places.items():
            on = on & (at[axis] == place)
        either = either | on
    return either


def nowhere(region: Region, sizes: Mapping[str, int]) -> str:
    """Say why a region has no number: it is tied to planes that are not compared.

    Examples
    --------
    >>> nowhere(Region("cell", 0, 0, 2, 2, z=2), {"z": 5})
    'cell is tied to a plane (cell to z2) that is not among those compared'
    """
    place = words(tied_to(region, sizes))
    return (
        f"{region.name} is tied to a plane ({region.name} to {place}) that is not "
        "among those compared"
    )
