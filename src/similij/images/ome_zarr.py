"""Open OME-Zarr 0.4 and 0.5, and plain Zarr: an array, its axes, the size of a pixel.

What is read of the metadata is little: axes and scales (`multiscales`). Both versions
say it in the same words, 0.5 under the key "ome". Of scales there may be two, one of
the level and one of all; they multiply.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..ground.errors import ImageError
from ..ground.optional import needed
from .calibration import SECONDS, Calibration, calibrated
from .files import ImageFile, explained, no_level
from .lazy_arrays import Stored, lazy_array

_LARGEST_SHARD = 1 << 26
"""Bytes of a shard that is read as a whole; of larger ones the chunks are."""

_MANY_SERIES = "bioformats2raw.layout"
"""Attribute of a group that bioformats2raw wrote: its images are groups 0, 1, ..."""


def open_zarr(path: Path, level: int) -> ImageFile:
    """Open a level of an OME-Zarr image, or a Zarr array.

    Raises
    ------
    ImageError
        If it is neither, or has no such level.
    """
    zarr = needed("zarr", "A Zarr store", "big")
    names = {"zarr.json", ".zgroup", ".zarray"}
    if not any((path / name).is_file() for name in names):
        raise ImageError(
            f'"{path}" is a folder, not a file, and no Zarr store: check the path to '
            "the image."
        )
    with explained(path):
        opened = zarr.open(str(path), mode="r")
    if hasattr(opened, "shape"):
        return _of_array(path, opened, level)
    return _of_group(path, opened, level)


def _of_group(path: Path, group: Any, level: int) -> ImageFile:
    attributes = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    scales = ome.get("multiscales")
    if not scales:
        return _inside(path, group, ome, level)
    about = scales[0]
    datasets = about.get("datasets", [])
    if not 0 <= level < len(datasets):
        raise no_level(path.name, level, len(datasets))
    inner = str(datasets[level]["path"])
    with explained(path):
        array = group[inner]
    axes = [_axis(axis) for axis in about.get("axes", [])]
    scale = [
        math.prod(steps)
        for steps in zip(
            _scale(datasets[level], array.ndim), _scale(about, array.ndim), strict=True
        )
    ]
    if len(axes) != array.ndim:  # before 0.3 there were no names: five, in this order
        axes = [(name, "") for name in "tczyx"[-array.ndim :]]
    letters = "".join(name for name, _ in axes).upper()
    file = path / inner
    return ImageFile(
        _lazy(file, array),
        letters if len(letters) == array.ndim else "",
        path,
        _calibration(axes, scale),
    )


def _of_array(path: Path, array: Any, level: int) -> ImageFile:
    """Open an array; where it is a level of an image, that image says what it is."""
    parent = _parent(path)
    if parent is not None and level == 0:
        return parent
    if level != 0:
        raise no_level(path.name, level, 1)
    names = getattr(getattr(array, "metadata", None), "dimension_names", None)
    names = names or dict(array.attrs).get("_ARRAY_DIMENSIONS") or ()
    letters = "".join(str(name) for name in names).upper()
    if len(letters) != array.ndim:
        letters = "YX" if array.ndim == 2 else ""  # noqa: PLR2004
    return ImageFile(_lazy(path, array), letters, path)


def _parent(path: Path) -> ImageFile | None:
    import zarr

    above = path.resolve().parent
    if not any((above / name).is_file() for name in ("zarr.json", ".zgroup")):
        return None
    group = zarr.open(str(above), mode="r")
    attributes = dict(group.attrs)
    scales = attributes.get("ome", attributes).get("multiscales") or [{}]
    paths = [str(d.get("path")) for d in scales[0].get("datasets", [])]
    if path.name not in paths:
        return None
    image = _of_group(above, group, paths.index(path.name))
    return ImageFile(image.pixels, image.axes, path, image.calibration)


def _inside(path: Path, group: Any, ome: Mapping[str, Any], level: int) -> ImageFile:
    """Open the only image of a group that is no image; else say which there are."""
    arrays = [str(name) for name in group.array_keys()]
    groups = [str(name) for name in group.group_keys() if name not in ("OME", "labels")]
    if _MANY_SERIES in ome and groups == ["0"]:
        return open_zarr(path / "0", level)
    if len(arrays) == 1 and not groups:
        return open_zarr(path / arrays[0], level)
    if "plate" in ome:
        wells = ome["plate"].get("wells", [{}])
        first = f"{path.name}/{wells[0].get('path', 'A/1')}/0"
        raise ImageError(
            f'"{path.name}" is a plate of {len(wells)} wells: give the field of one, '
            f"such as {first}."
        )
    inside = ", ".join(sorted(arrays + groups)) or "nothing"
    raise ImageError(
        f'"{path.name}" is a Zarr group and no image; in it there is: {inside}. Give '
        "the path of one of them."
    )


def _axis(axis: Any) -> tuple[str, str]:
    """Return the name and unit of an axis; before 0.4 it was the name only."""
    if isinstance(axis, str):
        return axis, ""
    return str(axis.get("name", "")), str(axis.get("unit") or "")


def _scale(about: Mapping[str, Any], axes: int) -> list[float]:
    for step in about.get("coordinateTransformations") or ():
        if step.get("type") == "scale" and len(step.get("scale", ())) == axes:
            return [float(s) for s in step["scale"]]
    return [1.0] * axes


def _calibration(axes: list[tuple[str, str]], scale: list[float]) -> Calibration:
    """Make a calibration where axes have units; z counts if its unit is that of x."""
    by_axis = {
        name: (unit, step)
        for (name, unit), step in zip(axes, scale, strict=True)
        if unit and step > 0
    }
    frame_s = None
    if by_axis.get("t", ("", 0))[0].lower() in SECONDS:
        frame_s = by_axis["t"][1] * SECONDS[by_axis["t"][0].lower()]
    steps = [by_axis[name] for name in "xyz" if name in by_axis]
    if {"x", "y"} <= {*by_axis} and len({unit for unit, _ in steps}) == 1:
        return calibrated([step for _, step in steps], steps[0][0], frame_s)
    return Calibration(frame_s=frame_s)


def _lazy(path: Path, array: Any) -> Any:
    return lazy_array(stored_zarr(path.resolve(), array))


def stored_zarr(path: Path, array: Any) -> Stored:
    """Describe a Zarr array that lies at a path."""
    shards = getattr(array, "shards", None)
    size = array.dtype.itemsize * math.prod(shards or ())
    chunks = shards if shards and size <= _LARGEST_SHARD else array.chunks
    opener = partial(zarr_opened, str(path))
    return Stored(opener, array.shape, array.dtype, chunks)


def zarr_opened(path: str) -> tuple[Any, None]:
    """Open the array at a path."""
    import zarr

    return zarr.open_array(path, mode="r"), None
