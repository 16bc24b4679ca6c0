"""Hold what an image is: its pixels, its axes by name, and where it came from.

An `Image` is made once, at the door (`door.as_image`, `door.read`), and carried:
nothing below looks at a file, a name of an axis or a Java object again.
"""

from __future__ import annotations

import copy
import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.inert import visible
from ..ground.types import Array
from .axes import UNNAMED, named, unnamed
from .calibration import UNKNOWN, Calibration
from .meaning import as_array, meant

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was read, by what, and what of it is odd.

    Attributes
    ----------
    path : str
        The file or folder, and a part of it; "" for an image that was in memory.
    reader : str
        What read it, with its version: "tifffile 2025.10.16".
    stored : str
        How the pixels lie there: "16 bit, big-endian, LZW, 3 pages in strips".
    series : str
        Which of several images of a file this is; "" where there is one.
    level : int
        Of an image of several resolutions; 0 is the finest.
    notes : tuple of str
        What a row of numbers must say of this image: each the rest of a sentence that
        begins with its name, as "has 3 of 16 chunks that are absent and read as 0".
    remarks : tuple of str
        What `similij info` says beside: of the same form, and no doubt about a number.
    """

    path: str = ""
    reader: str = ""
    stored: str = ""
    series: str = ""
    level: int = 0
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


IN_MEMORY = Provenance()
"""Of images that are of no file."""


@dataclass(eq=False, repr=False)
class Image:
    """An image: pixels, axes by name, calibration and provenance.

    Parameters
    ----------
    pixels : ndarray, masked array or dask array
        bool, integers of 8 to 64 bits or floats of 16 to 64 bits. The pixels that a
        masked array masks (of NumPy, dask or astropy) are left out.
    axes : str or sequence of str, optional
        A name for each axis: "tzcyx", ["pln", "row", "col"], ... See `axes.KNOWN`; any
        other name is kept. Default: the last two are y and x, those before have none.
    title : str
        What rows and messages call it; "": "image 1" or "image 2", by its place.
    calibration : Calibration
        Size of a pixel and time of a frame.
    times : tuple of float, optional
        Seconds of each frame; default: multiples of the calibration's.
    channels : tuple of str
        Names of the channels.
    values : str
        By which rule the values are made of what is recorded, as "8-bit palette, all
        gray: the values shown"; "": as recorded.
    inside : ndarray of bool, optional
        Pixels that count, of the shape of `pixels`; default: all.
    coordinates : mapping, optional
        Of a DataArray that it was made of: name to (dimensions, values, attributes).
    provenance : Provenance
        What was read, by what, what of it is odd.
    assumed : bool
        Whether nobody named the axes: then they may be those of the image beside it.
    unit : str
        Unit of the values, as "electron"; "": nobody says. Default: that of the pixels,
        where they are of astropy or pint.

    Raises
    ------
    ImageError
        If the names of axes do not fit the pixels.

    Examples
    --------
    >>> image = Image(np.zeros((2, 3, 4), np.uint8), axes="CYX", title="cells")
    >>> image.axes, image.sizes["c"], image
    (('c', 'y', 'x'), 2, Image "cells": c 2, y 3, x 4; uint8)
    """

    pixels: Any
    axes: tuple[str, ...] = ()
    title: str = ""
    calibration: Calibration = UNKNOWN
    times: tuple[float, ...] | None = None
    channels: tuple[str, ...] = ()
    values: str = ""
    inside: Any = None
    coordinates: Mapping[str, tuple[tuple[str, ...], Any, Any]] | None = None
    provenance: Provenance = field(default=IN_MEMORY)
    assumed: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        pixels = self.pixels
        if type(pixels) is not np.ndarray:
            means = meant(pixels)
            if means.inside is not None:
                own = self.inside
                self.inside = means.inside if own is None else own & means.inside
            self.unit = self.unit or means.unit
            pixels = means.pixels
            if not is_dask(pixels):
                pixels = as_array(pixels, self.title or "the image")
            self.pixels = pixels
        if self.axes:
            self.axes = named(self.axes, pixels.shape, self.title or "the image")
        else:
            self.axes, self.assumed = unnamed(pixels.ndim), True

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        shape: tuple[int, ...] = self.pixels.shape
        return shape

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.axes)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        dtype: np.dtype[Any] = self.pixels.dtype
        return dtype

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each axis, by name."""
        return dict(zip(self.axes, map(int, self.shape), strict=True))

    @property
    def leading(self) -> dict[str, int]:
        """Length of each axis but y and x, by name."""
        return {d: n for d, n in self.sizes.items() if d not in ("y", "x")}

    @property
    def is_named(self) -> bool:
        """Whether it is known of each axis which it is."""
        return not any(axis.startswith(UNNAMED) for axis in self.axes)

    @property
    def is_lazy(self) -> bool:
        """Whether the pixels come in parts, read when they are needed."""
        return is_dask(self.pixels)

    @property
    def name(self) -> str:
        """The title; as xarray calls it."""
        return self.title

    @property
    def path(self) -> str:
        """Where it was read from; "" for an image that was in memory."""
        return self.provenance.path

    def called(self, title: str) -> Image:
        """Return it under another title."""
        return replace(self, title=title)

    def with_pixels(self, pixels: Array, title: str, provenance: Provenance) -> Image:
        """Return one of other pixels, of the same axes and lengths: none is checked."""
        other = copy.copy(self)  # `replace` would name the axes anew
        other.pixels, other.title, other.provenance = pixels, title, provenance
        return other

    def isel(self, index: Mapping[str, int | slice]) -> Image:
        """Take an index of axes, which are then gone, or a slice, and they stay.

        Axes that it has not are ignored.
        """
        taken = {axis: k for axis, k in index.items() if axis in self.axes}
        if not taken:
            return self
        where = tuple(taken.get(axis, slice(None)) for axis in self.axes)
        gone = {axis for axis, k in taken.items() if not isinstance(k, slice)}
        times, frames = self.times, taken.get("t")
        if isinstance(frames, slice):
            times = None if times is None else times[frames]
        return replace(
            self,
            pixels=self.pixels[where],
            axes=tuple(axis for axis in self.axes if axis not in gone),
            inside=None if self.inside is None else self.inside[where],
            times=None if "t" in gone else times,
            channels=() if "c" in taken else self.channels,
            coordinates=_selected(self.coordinates, taken),
        )

    def renamed(self, axes: Sequence[str]) -> Image:
        """Return it with other names of its axes."""
        return replace(self, axes=tuple(axes), assumed=False)

    def has_axis(self, axis: str) -> bool:
        """Whether it has an axis; an image of a file or of ImageJ always has c, z, t.

        There they may be one long and not be among `axes`, which is no less known.
        """
        return axis in self.axes or bool(axis in "czt" and self.provenance.reader)

    def in_order(self, axes: Sequence[str]) -> Image:
        """Return it with its axes in an order; those that it has not are 1 long."""
        own = tuple(axes)
        if own == self.axes:
            return self
        order = [self.axes.index(axis) for axis in own if axis in self.axes]
        index = tuple(slice(None) if axis in self.axes else None for axis in own)

        def turned(pixels: Any) -> Any:
            return pixels.transpose(order)[index]

        inside = None if self.inside is None else turned(self.inside)
        return replace(self, pixels=turned(self.pixels), axes=own, inside=inside)

    def seconds(self, frame: int) -> float | None:
        """Return when a frame was taken, in seconds; None where that is not known."""
        if self.times is not None:
            return self.times[frame]
        step = self.calibration.frame_s
        return None if step is None else frame * step

    def to_xarray(self) -> xr.DataArray:
        """Return a DataArray of the same pixels, with coordinates in its units."""
        import xarray as xr

        coords: dict[str, Any] = {}
        sizes = self.sizes
        if self.coordinates is not None:
            coords = dict(self.coordinates)
            return xr.DataArray(self.pixels, coords, [*self.axes], self.title or None)
        for axis, step in zip("xyz", self.calibration.pixel_size or (), strict=False):
            if axis in sizes:
                places = np.arange(sizes[axis]) * step
                coords[axis] = (axis, places, {"units": self.calibration.unit})
        if "t" in sizes and self.seconds(0) is not None:
            times = [self.seconds(k) for k in range(sizes["t"])]
            coords["t"] = ("t", times, {"units": "s"})
        if self.channels and len(self.channels) == sizes.get("c"):
            coords["c"] = ("c", list(self.channels))
        return xr.DataArray(self.pixels, coords, [*self.axes], self.title or None)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.pixels, dtype)

    def facts(self) -> dict[str, str]:
        """Return all that is known of it, in words: for `similij info` and `repr`."""
        facts = {
            "axes": ", ".join(f"{axis} {n}" for axis, n in self.sizes.items()),
            "type": str(self.dtype),
            "values": self.values or "as recorded",
        }
        if self.unit:
            facts["unit"] = self.unit
        if self.calibration.pixel_size:
            facts["pixel size"] = self.calibration.size
        if self.calibration.frame_s:
            facts["frame interval"] = f"{self.calibration.frame_s:g} s"
        if self.channels:
            facts["channels"] = ", ".join(self.channels)
        origin = self.provenance
        for name in ("path", "series", "stored", "reader"):
            if getattr(origin, name):
                facts[name] = getattr(origin, name)
        if origin.level:
            facts["level"] = str(origin.level)
        if self.is_lazy:
            facts["memory"] = "read in parts"
        if origin.notes or origin.remarks:
            facts["odd"] = "; ".join((*origin.notes, *origin.remarks))
        return facts

    def __repr__(self) -> str:
        facts = self.facts()
        title = f' "{self.title}"' if self.title else ""
        first = f"Image{title}: {facts.pop('axes')}; {facts.pop('type')}"
        if not self.values:
            del facts["values"]
        lines = [first, *(f"  {name}: {v}" for name, v in facts.items())]
        return "\n".join(map(visible, lines))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{name}</th>"
            f"<td style='text-align:left'>{html.escape(visible(text))}</td></tr>"
            for name, text in self.facts().items()
        )
        title = html.escape(visible(self.title) or "Image")
        return f"<table><caption>{title}</caption>{rows}</table>"


def is_dask(image: Any) -> bool:
    """Whether this is a dask array, without importing dask."""
    return not isinstance(image, (np.ndarray, NoneType)) and (
        hasattr(image, "dask") and hasattr(image, "chunks")
    )


def broadcast(pixels: Any, shape: tuple[int, ...]) -> Any:
    """Repeat pixels to a shape without copying them; a dask array stays one."""
    if is_dask(pixels):
        import dask.array

        return dask.array.broadcast_to(pixels, shape)
    return np.broadcast_to(pixels, shape)


def _selected(
    coordinates: Mapping[str, tuple[tuple[str, ...], Any, Any]] | None,
    taken: Mapping[str, int | slice],
) -> Mapping[str, tuple[tuple[str, ...], Any, Any]] | None:
    """Select coordinates along with pixels; those of an axis that is gone go, too."""
    if coordinates is None:
        return None
    left: dict[str, tuple[tuple[str, ...], Any, Any]] = {}
    for name, (dims, values, attributes) in coordinates.items():
        where = tuple(taken.get(d, slice(None)) for d in dims)
        if all(isinstance(k, slice) for k in where):
            left[name] = dims, values[where], attributes
    return left


def planes_in(image: Image) -> int:
    """Return how many (y, x) planes an image has; the samples of a colour are one."""
    return math.prod(n for axis, n in image.leading.items() if axis != "s")
