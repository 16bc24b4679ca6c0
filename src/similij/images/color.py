"""Compare colour images as it is said how: by luminance, or red, green and blue apart.

Which of the two is meant nobody can know, and R of one is not R of the other; so an
image with samples (the axis `s`) is refused until it is said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.types import Array
from .image import Image, is_dask

COLORS = ("luminance", "channels")
"""Ways to compare colour images."""

WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue: those of ImageJ's weighted conversion (ITU-R BT.601)."""

NAMES = ("red", "green", "blue")
"""What the channels of a colour image are called."""

AS_LUMINANCE = (
    "is an RGB image: compared by luminance, 0.299 R + 0.587 G + 0.114 B, rounded, as "
    "ImageJ's weighted conversion to 8 bits"
)
"""What a row says of such an image: the rest of a sentence."""

ADVICE = (
    "say how to compare it: color=luminance (ImageJ's weights, one gray image) or "
    "color=channels (red, green and blue, a row each)"
)


def parse_color(color: Any) -> str:
    """Read how colour images are compared: "luminance" or "channels".

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> parse_color("Luminance")
    'luminance'
    """
    word = str(color).strip().lower()
    if word not in COLORS:
        raise ValueError(
            f"color is {shown(color)}: it must be 'luminance' or 'channels' (red, "
            "green and blue, a row each)."
        )
    return word


def in_color(image: Image, color: str, name: str) -> Image:
    """Make of a colour image what is compared; leave every other as it is.

    Parameters
    ----------
    image : Image
        Of any axes.
    color : str
        "luminance", "channels", or "" where nobody said.
    name : str
        Of the image, for messages.

    Raises
    ------
    ImageError
        If it is a colour image and nobody said how to compare it.

    Examples
    --------
    >>> rgb = Image(np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8), "yxs")
    >>> in_color(rgb, "luminance", "a").pixels.tolist()
    [[76, 150]]
    >>> in_color(rgb, "channels", "a").axes
    ('c', 'y', 'x')
    """
    if _may_be_color(image):
        if not color:
            raise ImageError(_asked(image, name))
        image = image.renamed(("y", "x", "s"))
    if "s" not in image.axes:
        return image
    if not color:
        raise ImageError(f'"{name}" is an RGB (color) image: {ADVICE}.')
    others = [axis for axis in image.axes if axis != "s"]
    if color == "channels":
        if "c" in others:
            raise ImageError(
                f'"{name}" has channels (c) and samples of color (s): select one '
                "channel first, with .isel({'c': 0})."
            )
        at = others.index("y") if "y" in others else len(others)
        image = image.in_order([*others[:at], "s", *others[at:]])
        axes = ["c" if axis == "s" else axis for axis in image.axes]
        return replace(image, axes=tuple(axes), channels=NAMES[: image.sizes["s"]])
    image = image.in_order([*others, "s"])
    origin = image.provenance
    inside = None if image.inside is None else image.inside[..., :3].all(axis=-1)
    return replace(
        image,
        pixels=_luminance(image.pixels),
        axes=tuple(others),
        inside=inside,
        provenance=replace(origin, notes=(*origin.notes, AS_LUMINANCE)),
    )


def both_in_color(
    one: Image, two: Image | None, color: str, names: tuple[str, str]
) -> tuple[Image, Image | None, bool]:
    """Make of colour images what is compared, and say whether channels came of it.

    Red, green and blue are compared each with the same of the other image.

    Raises
    ------
    ImageError
        As of `in_color`.
    """
    first = in_color(one, color, names[0])
    second = None if two is None else in_color(two, color, names[1])
    split = color == "channels" and (first is not one or second is not two)
    return first, second, split


def _may_be_color(image: Image) -> bool:
    """Whether axes without names look like (y, x, red green blue) and not planes."""
    return (
        image.ndim == 3  # noqa: PLR2004 - (y, x, s)
        and image.shape[-1] in (3, 4)
        and image.dtype == np.uint8
        and not image.is_named
        and min(image.shape[:2]) > 4  # noqa: PLR2004 - a stack of narrow planes is rare
    )


def _asked(image: Image, name: str) -> str:
    rows, columns, samples = image.shape
    return (
        f'"{name}" is an array of {rows} × {columns} × {samples} of uint8, and nobody '
        f"can know whether that is a color image or {rows} planes: {ADVICE}, or name "
        "the axes, similij.Image(array, axes='zyx')."
    )


def _luminance(pixels: Any) -> Any:
    if is_dask(pixels):
        return pixels.map_blocks(_luminance, dtype=np.uint8, drop_axis=pixels.ndim - 1)
    return luminance(pixels)


def luminance(rgb: Array) -> Array:
    """Weigh red, green and blue of bytes, (..., 3) or more, as ImageJ does.

    Raises
    ------
    ImageError
        If the samples are no bytes: ImageJ has RGB images of 8 bits only.
    """
    if rgb.dtype != np.uint8:
        raise ImageError(
            f"a color image of type {rgb.dtype} has no luminance in ImageJ, whose RGB "
            "images are of 8 bits: compare its channels, color=channels."
        )
    red, green, blue = (rgb[..., k] * weight for k, weight in enumerate(WEIGHTS))
    gray: Array = (red + green + blue + 0.5).astype(np.uint8)
    return gray
