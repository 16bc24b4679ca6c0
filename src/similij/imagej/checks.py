"""Check what ImageJ says of images, and refuse in a sentence what cannot be compared.

Java tells facts and judges nothing, so the sentences here are all that a macro, a menu
and a script hear about types, sizes and calibrations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ground.errors import ImageError, RegionError
from ..ground.types import Array
from ..images.calibration import Calibration, calibrated, in_seconds
from ..images.color import ADVICE
from ..images.pair import check_shapes
from .messages import Image, Pixel, Request

SIGNED = "signed 16-bit"
"""Stored by ImageJ as uint16, 32768 higher, with a calibration function."""

LUMINANCE, SPLIT = "RGB as luminance", "RGB as channels"
"""RGB images that ImageJ sends as gray planes, since the option `color` says how."""

DTYPES = {
    "8-bit": np.uint8,
    "16-bit": np.uint16,
    "32-bit": np.float32,
    SIGNED: np.uint16,
    LUMINANCE: np.uint8,
    SPLIT: np.uint8,
}
"""ImageJ's words for the pixels that can be compared."""

COLOURED = "8-bit color"
"""Bytes with a look-up table, as many a label image has; its numbers are the labels."""

_AXES = {"c": "channels", "z": "slices", "t": "frames"}


def check(request: Request) -> tuple[tuple[str, str], tuple[int, ...]]:
    """Refuse what cannot be compared; return the types and the shape of the images.

    Raises
    ------
    ImageError, RegionError
        If types or sizes do not fit.
    """
    one, two = request.image_1, request.image_2
    for image in (one, two):
        check_kind(image.name, image.type)
    types = (one.type, two.type)
    sizes: list[tuple[int, ...]] = [
        (image.planes, image.height, image.width) for image in (one, two)
    ]
    # Planes are counted only where there are several: who compares two planes should
    # read of 512×512 pixels, not of 1×512×512.
    if one.planes == two.planes == 1:
        sizes = [size[1:] for size in sizes]
    check_shapes((one.name, two.name), (sizes[0], sizes[1]), types)
    for what, beside in (("label image", request.labels), ("mask image", request.mask)):
        if beside is not None:
            _check_beside(what, beside, one)
    return types, sizes[0]


def calibration_of(image: Image) -> Calibration:
    """Return the calibration that ImageJ says an image has, where it means anything."""
    return calibration_of_pixel(image.pixel, image.sizes.z, image.sizes.t)


def calibration_of_pixel(pixel: Pixel, slices: int, frames: int) -> Calibration:
    """Return a calibration as ImageJ has it, where it means anything.

    An image of one slice has no distance of slices, and one of one frame no time
    between frames, whatever ImageJ's fields say: it fills them with defaults.
    """
    steps = [pixel.x, pixel.y, pixel.z if slices > 1 else None]
    frame_s = _seconds(pixel) if frames > 1 else None
    # ImageJ lets anybody write a negative size; its length is meant. 0 is no size.
    lengths = [abs(step) for step in steps if step]
    if not steps[0] or not steps[1] or not all(map(math.isfinite, lengths)):
        return calibrated(None, "", frame_s)
    return calibrated(lengths, pixel.unit, frame_s)


def seconds_of(image: Image) -> float | None:
    """Return the seconds between frames; None without an interval or a unit of time."""
    return _seconds(image.pixel)


def _seconds(pixel: Pixel) -> float | None:
    seconds = in_seconds(pixel.interval, pixel.time_unit)
    # ImageJ has 0 where nobody set an interval; `not >` also refuses NaN.
    return None if seconds is None or not seconds > 0 else seconds


def plane_of(memory: Array, kind: str, height: int, width: int) -> Array:
    """Look at the bytes of a buffer as a plane of a kind of pixels."""
    # Of what is not in the table only labels and masks come this far, as bytes.
    dtype = np.dtype(DTYPES.get(kind, np.uint8))
    # Buffers are kept from run to run and grow, so one may be longer than the plane.
    plane = memory[: height * width * dtype.itemsize].view(dtype)
    plane = plane.reshape(height, width)
    return signed(plane) if kind == SIGNED else plane


def dtype_of(kind: str) -> np.dtype[Any]:
    """Return the type of the values that are compared of a kind of pixels."""
    return np.dtype(np.int16 if kind == SIGNED else DTYPES.get(kind, np.uint8))


def signed(plane: Array) -> Array:
    """Return the values that ImageJ shows of a signed 16-bit image it stores."""
    # Turning the top bit takes 32768 off a uint16, without a wider type between.
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
        raise ImageError(f'"{name}" is an RGB (color) image: {ADVICE}.')
    article = "an" if kind.startswith("8") else "a"
    raise ImageError(
        f'"{name}" is {article} {kind} image: grey images of 8, 16 and 32 bits can be '
        "compared. Convert it with Image > Type."
    )


def _check_beside(what: str, beside: Image, image: Image) -> None:
    """Refuse a label or mask image that does not fit image 1."""
    name, kind = beside.name, beside.type
    if kind not in DTYPES and kind != COLOURED:
        raise RegionError(
            f'the {what} "{name}" is an image of type {kind}: it must be of 8, 16 or '
            "32 bits. Convert it with Image > Type."
        )
    if (beside.width, beside.height) != (image.width, image.height):
        raise RegionError(
            f'the {what} "{name}" is {beside.width}×{beside.height} pixels, '
            f'"{image.name}" is {image.width}×{image.height}: both must have the '
            "same width and height."
        )
    sizes, needed = beside.sizes.by_name(), image.sizes.by_name()
    for axis, words in _AXES.items():
        if sizes[axis] not in (1, needed[axis]):
            raise RegionError(
                f'the {what} "{name}" has {sizes[axis]} {words} ({axis}), '
                f'"{image.name}" has {needed[axis]}: it needs the same number, or one.'
            )
