"""Which planes of ImageJ's stacks make which rows.

The rules are those of `similij.planes`, applied to images whose "pixels" are the places
of their planes in the stack; so ImageJ, Python and the shell cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..ground.errors import ImageError
from ..images.planes import Planes, pair_planes, parse_against, parse_channels

if TYPE_CHECKING:
    import xarray as xr


AXES = ("t", "z", "c")
"""ImageJ's order of planes: channels fastest, then slices, then frames."""

STACKS = ("current plane", "each plane", "all planes")


def plan(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Group pairs of planes, each group for one row a region.

    Parameters
    ----------
    message : mapping
        The message `plan` of docs/protocol.md.

    Returns
    -------
    list of dict
        With the keys plane, place, against, notes and planes: pairs of places in the
        stacks, counted from 1.

    Raises
    ------
    ImageError
        If the stacks do not fit, or an option is none that exists.
    """
    names = str(message["image_1"]), str(message.get("image_2") or message["image_1"])
    stack = str(message.get("stack") or STACKS[0]).strip().lower()
    if stack not in STACKS:
        raise ImageError(f"stack is {stack!r}: it must be one of {', '.join(STACKS)}.")
    per = [p.strip() for p in str(message.get("per") or "").split(",") if p.strip()]
    asked = str(message.get("channels") or "").strip()
    channels = parse_channels(asked) if asked else None
    against = parse_against(message.get("against") or "image 2")
    frame_s = message.get("frame_s")

    x = _places(message["sizes_1"], frame_s)
    alone = message.get("sizes_2") is None
    y = None if alone else _places(message["sizes_2"], frame_s)
    if y is not None and against == "image 2":
        _refuse_slices_with_frames(names, x, y)
    if not per and stack == "each plane":
        per = ["z", "t"] if channels is not None else ["c", "z", "t"]
    if "c" not in per and channels is None:
        x, y = (_taken(i, m, ["c"]) for i, m in _with_current(x, y, message))
    if not per and stack == "current plane":
        fixed = ["z"] if against != "image 2" else ["z", "t"]
        x, y = (_taken(i, m, fixed) for i, m in _with_current(x, y, message))
    groups = pair_planes(x, y, names=names, per=per, channels=channels, against=against)
    return [_group(planes, against) for planes in groups]


def _places(sizes: Mapping[str, Any], frame_s: float | None) -> xr.DataArray:
    """Return an image of one pixel a plane: its place in the stack, from 1."""
    import numpy as np
    import xarray as xr

    shape = [int(sizes[axis]) for axis in AXES]
    places = np.arange(1, 1 + int(np.prod(shape))).reshape(shape)
    coords = {}
    if frame_s:
        coords["t"] = ("t", np.arange(shape[0]) * float(frame_s), {"units": "s"})
    return xr.DataArray(places, coords, AXES)


def _refuse_slices_with_frames(
    names: tuple[str, str], x: xr.DataArray, y: xr.DataArray
) -> None:
    """Refuse slices against frames: ImageJ opens many a stack as what it is not.

    By name each slice of one would go with each frame of the other, which nobody who
    has two stacks of one depth means.
    """
    deep = [(image.sizes["z"] > 1, image.sizes["t"] > 1) for image in (x, y)]
    if deep not in ([(True, False), (False, True)], [(False, True), (True, False)]):
        return
    words = [
        f"{image.sizes['z']} slices (z)" if z else f"{image.sizes['t']} frames (t)"
        for image, (z, _) in zip((x, y), deep, strict=True)
    ]
    raise ImageError(
        f'"{names[0]}" has {words[0]}, "{names[1]}" has {words[1]}: both must be '
        "slices or both frames. Correct one of them with Image > Properties..."
    )


def _with_current(
    x: xr.DataArray, y: xr.DataArray | None, message: Mapping[str, Any]
) -> list[tuple[xr.DataArray | None, Mapping[str, Any]]]:
    return [(x, message["current_1"]), (y, message.get("current_2") or {})]


def _taken(
    image: xr.DataArray | None, current: Mapping[str, Any], axes: Sequence[str]
) -> Any:
    """Keep only the current place of some axes, as an axis of length 1."""
    if image is None:
        return None
    return image.isel({axis: [int(current[axis]) - 1] for axis in axes})


def _group(planes: Planes, against: str) -> dict[str, Any]:
    first, second = planes.x, planes.y.transpose(*planes.x.dims)
    pairs = zip(first.values.ravel(), second.values.ravel(), strict=True)
    return {
        "plane": planes.plane,
        "place": dict(planes.place),
        "against": against,
        "notes": list(planes.notes),
        "planes": [[int(one), int(two)] for one, two in pairs],
    }
