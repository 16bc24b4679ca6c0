"""What is done to whole images before they are compared: background off, blur.

By choice only, and named in every row. The images themselves stay as they are. Not
here: rescaling, which is within each region and for some metrics only (`rescale`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._extras import needed
from ._orderstatistics import rank
from .inputs import ImageError, Pair
from .regions import Region, RegionError, read_regions
from .sums import Array, as_bytes

_WIDE, _NARROW = 8, 2
"""Bytes of the integers that no wider type holds, and of those that 32 bits hold."""

_LARGE = 1 << 62
"""Whole numbers from here on are subtracted as floats."""

TRUNCATE = 4.0
"""Standard deviations at which the Gaussian of a blur is cut off."""


@dataclass(frozen=True)
class Preparation:
    """What is asked for each image.

    Attributes
    ----------
    background : tuple of two
        A number to subtract, ("percentile", p), a Region of which the mean is
        subtracted, or None.
    blur : tuple of two float
        Standard deviation in pixels; 0: none.
    """

    background: tuple[Any, Any] = (None, None)
    blur: tuple[float, float] = (0.0, 0.0)

    def apply(self, pair: Pair) -> tuple[Pair, str]:
        """Prepare both images, plane by plane.

        Returns
        -------
        (Pair, str)
            New images, and what was done, for the note.

        Raises
        ------
        ImageError
            If that needs whole images, and they come in parts (dask).
        RegionError
            If a background region has no pixel in the images.
        """
        numbers = all(b is None or isinstance(b, (int, float)) for b in self.background)
        if not pair.in_memory and (any(self.blur) or not numbers):
            raise ImageError(
                "a blur, and a background by percentile or region, need whole images "
                "in memory, and these come in parts (dask): load them with .compute(), "
                "or subtract a number."
            )
        images, said, each = [], [], []
        for image, way in zip((pair.x, pair.y), self.background, strict=True):
            value = _value(image, way)
            images.append(image if value is None else _less(image, value))
            each.append(f"{value or 0:.7g}{_words(way)}")
        if any(way is not None for way in self.background):
            said.append(f"background {each[0]} and {each[1]} subtracted")
        if any(self.blur):
            images = [_blurred(t, s) for t, s in zip(images, self.blur, strict=True)]
            said.append(f"blurred by sigma {self.blur[0]:g} and {self.blur[1]:g} px")
        note = f"before comparing: {', '.join(said)}" if said else ""
        return replace(pair, x=images[0], y=images[1]), note


def parse_preparation(background: Any, blur: Any) -> Preparation | None:
    """Read what a user gave for `background` and `blur`.

    Parameters
    ----------
    background : optional
        For both images, or a pair: a number; ("percentile", p); ("region", region).
    blur : optional
        For both images, or a pair: sigma in pixels.

    Returns
    -------
    Preparation or None
        None where nothing is to be done.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> parse_preparation(100, (0, 1.5))
    Preparation(background=(100, 100), blur=(0.0, 1.5))
    """
    if background is None and blur is None:
        return None
    each = _two(background)
    found = Preparation(
        (_background(each[0], background), _background(each[1], background)),
        _sigmas(blur),
    )
    return None if found == Preparation() else found


def _two(given: Any) -> tuple[Any, Any]:
    """Return a pair as it is, and anything else twice; a way begins with its name."""
    pair = isinstance(given, (tuple, list)) and len(given) == 2  # noqa: PLR2004
    if pair and not isinstance(given[0], str):
        return given[0], given[1]
    return given, given


def _background(way: Any, given: Any) -> Any:
    if way is None:
        return None
    if isinstance(way, (tuple, list)) and len(way) == 2:  # noqa: PLR2004
        word, value = way
        if word == "percentile" and _is_number(value) and 0 <= value <= 100:  # noqa: PLR2004
            return "percentile", float(value)
        if word == "region":
            regions = read_regions(value)
            if len(regions) == 1:
                return regions[0]
    elif _is_number(way):
        return way.item() if isinstance(way, np.generic) else way
    raise ValueError(
        f"background is {given!r}: it must be a number, ('percentile', 0...100) or "
        "('region', one region); or a pair of those, one for each image"
    )


def _sigmas(blur: Any) -> tuple[float, float]:
    each = (0.0, 0.0) if blur is None else _two(blur)
    if all(_is_number(s) and s >= 0 for s in each):
        return float(each[0]), float(each[1])
    raise ValueError(
        f"blur is {blur!r}: it must be a sigma in pixels, 0 or more, or a pair of "
        "those, one for each image"
    )


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float, np.number))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _words(way: Any) -> str:
    """Say where a value is from, after the value."""
    if isinstance(way, Region):
        return f" (mean of {way.name})"
    return f" (percentile {way[1]:g})" if isinstance(way, tuple) else ""


def _value(image: Any, way: Any) -> float | int | None:
    """Find the number to subtract."""
    if way is None or isinstance(way, (int, float)):
        return way
    values = as_bytes(np.asarray(image))
    if isinstance(way, Region):
        inside = way.clip(*np.atleast_2d(values).shape[-2:])
        if inside is None:
            raise RegionError(
                f"the background region {way.name} has no pixel in the images: "
                f"{way.problem or 'it lies outside'}."
            )
        rows, columns, mask = inside
        part = np.atleast_2d(values)[..., rows, columns]
        part = part[..., mask] if mask is not None else part
        part = part[~np.isnan(part)]
        return float(part.mean(dtype=np.float64)) if part.size else math.nan
    values = values[~np.isnan(values)].reshape(-1)
    if not values.size:
        return math.nan
    place = rank(way[1], values.size)
    value: float | int = np.partition(values, place)[place].item()
    return value


def _less(image: Any, value: float) -> Any:
    """Subtract a number, exactly where both are whole numbers of up to 32 bits."""
    kind, size = image.dtype.kind, image.dtype.itemsize
    whole = isinstance(value, int) and abs(value) < _LARGE and kind in "bui"
    whole = whole and size < _WIDE
    wide = np.int32 if size <= _NARROW and abs(value) < _LARGE >> 32 else np.int64
    return image.astype(wide if whole else np.float64) - value


def _blurred(image: Array, sigma: float) -> Array:
    """Blur each plane; NaN has no weight and stays NaN, and edges are repeated."""
    if sigma == 0:
        return image
    ndimage = needed("scipy.ndimage", "A blur")
    values = as_bytes(image).astype(np.float64)
    axes = tuple(range(max(0, values.ndim - 2), values.ndim))
    known = ~np.isnan(values)

    def smooth(planes: Array) -> Array:
        found: Array = ndimage.gaussian_filter(
            planes, sigma, mode="nearest", truncate=TRUNCATE, axes=axes
        )
        return found

    if known.all():
        return smooth(values)
    with np.errstate(invalid="ignore"):
        found = smooth(np.where(known, values, 0)) / smooth(known.astype(np.float64))
    return np.where(known, found, math.nan)
