"""What ImageJ found of images, held against what can be compared; or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ground.errors import ImageError, RegionError
from ..ground.types import Array
from ..images.pair import check_shapes

SIGNED = "signed 16-bit"
"""Stored by ImageJ as uint16, 32768 higher, with a calibration function."""

DTYPES = {
    "8-bit": np.uint8,
    "16-bit": np.uint16,
    "32-bit": np.float32,
    SIGNED: np.uint16,
}
"""ImageJ's words for the pixels that can be compared."""

_COLOURED = "8-bit color"
"""Bytes with a look-up table, as many a label image has; its numbers are the labels."""

_AXES = {"c": "channels", "z": "slices", "t": "frames"}


def check(
    request: Mapping[str, Any],
) -> tuple[tuple[str, str], tuple[int, ...]]:
    """Refuse what cannot be compared; return the types and the shape of the images.

    Raises
    ------
    ImageError, RegionError
        If types or sizes do not fit.
    """
    names = (str(request["image_1"]), str(request["image_2"]))
    types = (str(request["type_1"]), str(request["type_2"]))
    for name, kind in zip(names, types, strict=True):
        check_kind(name, kind)
    sizes = [
        tuple(int(request[f"{key}_{k}"]) for key in ("planes", "height", "width"))
        for k in (1, 2)
    ]
    if {sizes[0][0], sizes[1][0]} == {1}:
        sizes = [size[1:] for size in sizes]
    check_shapes(names, (sizes[0], sizes[1]), types)
    for what in ("labels", "mask"):
        if request.get(what) is not None:
            _check_beside(what, request[what], request)
    return types, sizes[0]


def plane_of(memory: Array, kind: str, height: int, width: int) -> Array:
    """Look at the bytes of a buffer as a plane of a kind of pixels."""
    dtype = np.dtype(DTYPES.get(kind, np.uint8))
    plane = memory[: height * width * dtype.itemsize].view(dtype)
    plane = plane.reshape(height, width)
    return signed(plane) if kind == SIGNED else plane


def signed(plane: Array) -> Array:
    """Values that ImageJ shows for a signed 16-bit image, from those it stores."""
    values: Array = (plane ^ np.uint16(1 << 15)).view(np.int16)
    return values


def check_kind(name: str, kind: str) -> None:
    """Refuse an image of a kind that has no grey values.

    Raises
    ------
    ImageError
        If it is RGB or has a colour table.
    """
    if kind in DTYPES:
        return
    if kind == "RGB":
        raise ImageError(
            f'"{name}" is an RGB image: compare its channels apart (Image > Color > '
            "Split Channels), or make it grey (Image > Type > 8-bit)."
        )
    article = "an" if kind.startswith("8") else "a"
    raise ImageError(
        f'"{name}" is {article} {kind} image: grey images of 8, 16 and 32 bits can be '
        "compared. Convert it with Image > Type."
    )


def _check_beside(
    what: str, about: Mapping[str, Any], request: Mapping[str, Any]
) -> None:
    """Refuse a label or mask image that does not fit the images."""
    name, kind = str(about["name"]), str(about["type"])
    what = "label image" if what == "labels" else "mask image"
    if kind not in DTYPES and kind != _COLOURED:
        raise RegionError(
            f'the {what} "{name}" is an image of type {kind}: it must be of 8, 16 or '
            "32 bits. Convert it with Image > Type."
        )
    found = int(about["width"]), int(about["height"])
    wanted = int(request["width_1"]), int(request["height_1"])
    if found != wanted:
        raise RegionError(
            f'the {what} "{name}" is {found[0]}×{found[1]} pixels, '
            f'"{request["image_1"]}" is {wanted[0]}×{wanted[1]}: both must have the '
            "same width and height."
        )
    sizes, here = about.get("sizes") or {}, request.get("sizes_1") or {}
    for axis, words in _AXES.items():
        one, two = int(sizes.get(axis, 1)), int(here.get(axis, 1))
        if one not in (1, two):
            raise RegionError(
                f'the {what} "{name}" has {one} {words} ({axis}), '
                f'"{request["image_1"]}" has {two}: it needs the same number, or one.'
            )
