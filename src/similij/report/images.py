"""Draw a pair for a report: both images, their difference, their joint values.

The pictures are small: each pixel of an image larger than `SIDE` is the mean of a
square, and no image is ever converted whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..images.color import in_color
from ..images.door import as_image
from ..images.image import Image
from ..images.pair import prepare
from .colors import (
    BLANK,
    DIVERGING,
    GREY,
    LINE,
    SEQUENTIAL,
    Bytes,
    Floats,
    enlarged,
    indices,
    png,
)

SIDE = 256
"""Pixels along a side of a picture, at most."""

BINS = 128
"""Of each axis of the joint density: half of `SIDE`, so that each is 2×2 pixels."""

MOST_POINTS = 4_000_000
"""Pixels counted for the joint density; every k-th of a larger image."""

SHOWN_PERCENT = (0.1, 99.9)
"""Of the values of both images: black and white. Not the extremes, since one hot pixel
would leave all else black."""

PLANE = 2
"""Axes of a plane, (y, x)."""

_PLACES = {"c": ("channel_1", "channel_2"), "z": ("z", "z"), "t": ("t", "t")}
_WORDS = {"c": "channel", "z": "slice", "t": "frame"}


@dataclass(frozen=True)
class Picture:
    """Hold a picture, and what its colours mean.

    Attributes
    ----------
    source : str
        Address that holds the PNG.
    size : tuple of int
        Width and height.
    low, high : float
        Values of the first and the last colour.
    """

    source: str
    size: tuple[int, int]
    low: float
    high: float


@dataclass(frozen=True)
class PairPictures:
    """Hold the pictures of a pair of planes.

    Attributes
    ----------
    first, second, difference : Picture
        Both images in the same contrast, and image 2 less image 1.
    density : Picture
        How many pixels have each pair of values; low and high are numbers of pixels.
    limits : tuple of float
        Of its axes: from and to of image 1, then of image 2.
    shape : tuple of int
        Height and width of the planes.
    square : int
        Side in pixels of the square that a pixel of a picture is the mean of.
    counted : int
        Pixels that the density is of, before every k-th is taken.
    """

    first: Picture
    second: Picture
    difference: Picture
    density: Picture
    limits: tuple[float, float, float, float]
    shape: tuple[int, int]
    square: int
    counted: int


def open_pair(
    sources: tuple[Any, Any], names: tuple[str, str], place: Mapping[str, Any]
) -> tuple[Any, Any, str, tuple[dict[str, str], ...]]:
    """Open one plane of each image, say which it is, and what is known of the images.

    Parameters
    ----------
    sources : tuple of path or array-like
        Files, or images as `compare` takes them.
    names : tuple of str
        What to call them.
    place : mapping
        channel_1, channel_2, z and t, from 1, where they are known; else the plane in
        the middle is taken.

    Raises
    ------
    ImageError
        If a file cannot be read, or the planes differ in size.
    """
    one, two = (_read(s, name) for s, name in zip(sources, names, strict=True))
    x, first = _plane(one, place, 0)
    y, second = _plane(two, place, 1)
    pair = prepare(x, y, names=names)
    if pair.x.ndim != PLANE:
        raise ImageError(f"{names[0]} has {pair.x.ndim} axes, a picture needs two.")
    words = first if first == second else f"{first} and {second}"
    return np.asarray(pair.x), np.asarray(pair.y), words, (one.facts(), two.facts())


def square_of(shape: tuple[int, ...]) -> int:
    """Return the side in pixels of the square that a pixel of a picture is of."""
    return -(-max(shape) // SIDE)


def draw_pair(x: Any, y: Any, inside: Any = None) -> PairPictures:
    """Draw two planes of the same size, (y, x) of any type.

    The joint density is of the pixels inside: those that the numbers are of.
    """
    square = square_of(x.shape)
    # In float64, and only then subtracted: uint8 less uint8 would wrap.
    one, two = _reduced(x, square), _reduced(y, square)
    low, high = _limits(np.stack([one, two]), SHOWN_PERCENT)
    difference = two - one
    # As far up as down, so that white is no difference.
    far = max(map(abs, _limits(difference, SHOWN_PERCENT)))
    density, limits, counted = _density(x, y, inside)
    return PairPictures(
        _picture(one, low, high, GREY),
        _picture(two, low, high, GREY),
        _picture(difference, -far, far, DIVERGING),
        density,
        limits,
        (x.shape[0], x.shape[1]),
        square,
        counted,
    )


def _read(source: Any, name: str) -> Image:
    image = as_image(source)
    # A picture of a colour image is gray: rows say how it was compared.
    return in_color(image, "luminance" if "s" in image.axes else "", name)


def _plane(image: Image, place: Mapping[str, Any], which: int) -> tuple[Image, str]:
    """Take the plane of a place, or the one in the middle; and name it."""
    words = []
    for axis, size in image.leading.items():
        at = place.get(_PLACES[axis][which]) if axis in _PLACES else None
        at = size // 2 + 1 if not at or not 1 <= at <= size else int(at)
        image = image.isel({axis: at - 1})
        if size > 1:
            word = axis if image.is_named and axis[:5] != "axis_" else "plane"
            words.append(f"{_WORDS.get(axis, word)} {at} of {size}")
    if image.ndim < PLANE:
        image = image.in_order(("y", "x"))
    return image, ", ".join(words)


def _reduced(image: Any, square: int) -> Floats:
    """Return the mean of each square; NaN where one of its pixels is."""
    if square == 1:
        return np.asarray(image, np.float64)
    height, width = image.shape
    columns = np.arange(0, width, square)
    # Squares at the right and lower edge may be cut; each is divided by what it has.
    across = np.diff(np.append(columns, width))
    rows = []
    for top in range(0, height, square):
        strip = np.asarray(image[top : top + square], np.float64).mean(axis=0)
        rows.append(np.add.reduceat(strip, columns) / across)
    return np.stack(rows)


def _limits(values: Floats, percent: tuple[float, float]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 0.0
    low, high = np.percentile(finite, percent)
    return float(low), float(high)


def _picture(values: Floats, low: float, high: float, colors: str) -> Picture:
    height, width = values.shape
    return Picture(png(indices(values, low, high), colors), (width, height), low, high)


def _density(
    x: Any, y: Any, inside: Any
) -> tuple[Picture, tuple[float, float, float, float], int]:
    """Count value pairs, and colour them by the logarithm of their number.

    In proportion to the number itself, background alone would be seen.
    """
    one, two = (i.reshape(-1) if inside is None else i[inside] for i in (x, y))
    counted = one.size
    step = max(1, counted // MOST_POINTS)
    one, two = (np.asarray(values[::step], np.float64) for values in (one, two))
    both = np.isfinite(one) & np.isfinite(two)
    one, two = one[both], two[both]
    limits = (*_range(one), *_range(two))
    counts, _, _ = np.histogram2d(
        one, two, BINS, [[limits[0], limits[1]], [limits[2], limits[3]]]
    )
    most = float(counts.max(initial=0))
    logs = np.full(counts.shape, np.nan)
    np.log1p(counts, out=logs, where=counts > 0)
    # Not 0 either where nothing was counted: a scale needs an end above its start.
    pixels = indices(logs, 0.0, max(np.log1p(most), 1e-9))
    _draw_equal(pixels, limits)
    # Bins are (x, y) from below; a picture is rows from above.
    pixels = enlarged(np.ascontiguousarray(pixels.T[::-1]), SIDE)
    source = png(pixels, SEQUENTIAL)
    picture = Picture(source, (pixels.shape[1], pixels.shape[0]), 1.0, most)
    return picture, limits, counted


def _range(values: Floats) -> tuple[float, float]:
    low, high = (
        (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    )
    # a constant image still needs a width
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _draw_equal(pixels: Bytes, limits: tuple[float, float, float, float]) -> None:
    """Draw the line y = x where nothing else is, axes (bins of x, bins of y)."""
    low_1, high_1, low_2, high_2 = limits
    x = low_1 + (np.arange(BINS) + 0.5) / BINS * (high_1 - low_1)
    at = np.floor((x - low_2) / (high_2 - low_2) * BINS).astype(int)
    inside = (at >= 0) & (at < BINS)
    where = np.arange(BINS)[inside], at[inside]
    pixels[where] = np.where(pixels[where] == BLANK, LINE, pixels[where])
