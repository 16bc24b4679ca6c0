"""Make an `Image` of whatever a user gives: the one door into SimilIJ.

Paths, NumPy, masked, dask and xarray arrays, images of a running ImageJ, in any
mixture. What comes out knows its axes by name, and where it is from.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.public import public
from ..ground.types import Array
from .axes import canonical
from .calibration import in_seconds, of_axes
from .color import in_color, parse_color
from .formats.reading import Wanted
from .image import Image, is_dask
from .lazy_arrays import checked
from .meaning import as_array, check_unpacked, meant, unit_in

if TYPE_CHECKING:
    import xarray as xr


ImageLike: TypeAlias = Any
"""A path; an `Image`; a NumPy, dask or xarray array, or anything with `__array__`; or a
Java image."""

TO_IMAGE = "similij.imagej.pixels:to_image"
"""What makes an `Image` of ImageJ's, by name: this wing knows nothing of Java."""

LARGE = 500_000_000
"""Bytes of an image of a file above which it is read in parts: half of the usual memory
limit of a process, so that two fit."""

_BESIDE = Wanted(most=LARGE, indices=True)
"""How masks and label images are read: palettes number objects there."""


@public
def as_image(
    given: ImageLike, name: str = "the image", *, wanted: Wanted | None = None
) -> Image:
    """Make an image of anything that is one.

    Parameters
    ----------
    given : path, Image, array-like or Java image
        See `similij.compare`.
    name : str
        What to call it in a message where it has no name.
    wanted : Wanted, optional
        What of a file is wanted.

    Raises
    ------
    ImageError
        If it cannot be read, or is no image.

    Examples
    --------
    >>> as_image([[1, 2], [3, 4]]).sizes
    {'y': 2, 'x': 2}
    """
    if isinstance(given, Image):
        return given
    if isinstance(given, np.ndarray):
        return Image(given)
    if is_dask(given) and not hasattr(given, "magnitude"):  # a quantity of pint has all
        image = Image(given)
        return replace(image, pixels=checked(image.pixels, name))
    if isinstance(given, (str, os.PathLike)):
        return _opened(given, Wanted(most=LARGE) if wanted is None else wanted)
    if hasattr(given, "data_vars"):
        raise ImageError(
            f'"{name}" is a Dataset of {len(given.data_vars)} arrays: give one of '
            f"them, such as dataset[{next(iter(given.data_vars), 'name')!r}]."
        )
    if hasattr(given, "dims") and hasattr(given, "coords"):
        image = from_xarray(given, name)
        if image.is_lazy:
            pixels = checked(image.pixels, image.title or name)
            image = replace(image, pixels=pixels)
        return image
    if is_java(given):
        module, _, function = TO_IMAGE.partition(":")
        to_image: Callable[..., Image] = getattr(import_module(module), function)
        return to_image(given, indices=wanted is not None and wanted.indices)
    if hasattr(given, "getbands") and hasattr(given, "mode"):
        return _of_pillow(given, name, wanted)
    if hasattr(given, "iloc") and hasattr(given, "columns"):
        return _of_frame(given, name)
    if hasattr(given, "dims") and hasattr(given, "sizes"):  # a Variable of xarray
        return Image(given.data, tuple(map(str, given.dims)))
    means = meant(given)
    pixels = means.pixels
    pixels = checked(pixels, name) if is_dask(pixels) else as_array(pixels, name)
    return Image(pixels, inside=means.inside, unit=means.unit)


def is_java(given: Any) -> bool:
    """Whether this is an object of a running JVM."""
    # Not imported: where nobody has imported jpype, no image is one of Java.
    jpype = sys.modules.get("jpype")
    return jpype is not None and isinstance(given, jpype.JObject)


def as_mask(given: ImageLike) -> Image:
    """Make a mask of anything that is one: True where pixels count.

    Arrays must be of bool. Files and images of ImageJ, which have no such type, are
    True where they are not 0, and may have one value beside it.

    Raises
    ------
    ImageError
        If it is no mask.
    """
    shown = isinstance(given, (str, os.PathLike)) or is_java(given)
    image = as_beside(given)
    if image.dtype == np.bool_:
        if image.inside is None:
            return image
        return replace(image, pixels=image.pixels & image.inside, inside=None)
    if not shown and not image.provenance.reader:
        raise ImageError(
            f"the mask is of type {image.dtype}: it must be bool. Pass mask > 0, or "
            "whatever you mean by inside."
        )
    name = image.title or "the mask"
    if not image.is_lazy:
        return replace(image, pixels=_inside(np.asarray(image.pixels), name))
    import dask.array

    inside = dask.array.map_blocks(_inside, image.pixels, name, dtype=bool)
    return replace(image, pixels=inside)


def as_beside(given: ImageLike) -> Image:
    """Make an image of a mask or label image: of a palette the numbers, not colours."""
    return as_image(given, "the mask", wanted=_BESIDE)


def _inside(mask: Array, name: str) -> Array:
    check_mask(mask, name)
    inside: Array = mask != 0
    return inside


def check_mask(mask: Array, name: str) -> None:
    """Refuse what has more than one value beside 0.

    Then it is an image of something else, and every pixel of it may be above 0.

    Parameters
    ----------
    mask : ndarray
        Pixels of a mask, of any shape and type.
    name : str
        Name of the file, for the message.

    Raises
    ------
    ImageError
        If it is no mask.
    """
    if not isinstance(mask, np.ndarray) or mask.dtype.kind not in "buif":
        raise ImageError(
            f'"{name}" is {shown(mask)}: a mask is an array of numbers, of two values.'
        )
    values = mask[mask != 0]
    if values.size and values.min() != values.max():
        raise ImageError(
            f'"{name}" is no mask: beside 0 it has values from {values.min()} to '
            f"{values.max()}, and a mask has one. Threshold it first."
        )


@public
def read(
    path: str | os.PathLike[str],
    *,
    series: int | None = None,
    level: int = 0,
    channel: int | None = None,
    color: str = "",
    whole_set: bool = False,
    parts: bool | None = None,
) -> Image:
    """Read an image of a file: its pixels, axes, values, calibration and provenance.

    Parameters
    ----------
    path : path
        A TIFF, OME-TIFF, LSM or STK; a PNG, GIF, PGM, BMP or JPEG; a `.npy` file; an
        OME-Zarr image (0.4 or 0.5; also ``image.zarr/labels/cells``) or Zarr array; an
        HDF5 data set (``file.h5:/path/dataset``, or the file alone where it holds a
        single one); with the extra `formats` ND2, LIF and DV, and with
        `bioio-czi`, which is under the GPL, CZI.
    series : int, optional
        Which of several images in the file, counted from 1.
    level : int
        Of an image that is stored at several resolutions: 0 is the finest.
    channel : int, optional
        Take one channel, counted from 1.
    color : "luminance" or "channels", optional
        What to make of an RGB image; see `similij.compare`. Default: it keeps its
        samples, as the axis s.
    whole_set : bool
        Read all files of a set (OME-TIFF) as one image; default: the planes of this
        file, which is what ImageJ opens.
    parts : bool, optional
        True: nothing is read but what describes the image, and the pixels are a dask
        array in the chunks of the file. Default: only of more than 500 MB.

    Returns
    -------
    Image

    Raises
    ------
    ImageError
        If there is no such file, image, level or channel; or its pixels are not all
        there.

    Examples
    --------
    >>> import numpy as np, similij, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.arange(6, dtype=np.uint8).reshape(2, 3))
    ...     image = similij.read(f"{folder}/a.npy")
    >>> image.title, image.sizes, image.dtype
    ('a.npy', {'y': 2, 'x': 3}, dtype('uint8'))
    """
    most = LARGE if parts is None else 0.0 if parts else math.inf
    wanted = Wanted(series, level, whole_set, most)
    image = _opened(path, wanted)
    if color:
        image = in_color(image, parse_color(color), image.title)
    return image if channel is None else channel_of(image, channel, image.title)


def channel_of(image: Image, channel: int, name: str) -> Image:
    """Take one channel, counted from 1.

    Raises
    ------
    ImageError
        If it has no such channel.
    """
    count = image.sizes.get("c", 1)
    if not 1 <= channel <= count:
        raise ImageError(f'"{name}" has no channel {shown(channel)}: it has {count}.')
    return image.isel({"c": channel - 1})


def _opened(path: str | os.PathLike[str], wanted: Wanted) -> Image:
    from .formats.choose import open_image as open_file

    return open_file(path, wanted)


def _of_pillow(given: Any, name: str, wanted: Wanted | None) -> Image:
    """Make an image of one of Pillow, if its numbers are values."""
    frames = getattr(given, "n_frames", 1)
    if frames > 1:
        raise ImageError(
            f'"{name}" is a Pillow image of {frames} frames, of which one is seen: '
            "give the path of its file, or a .copy() of a frame."
        )
    numbers = wanted is not None and wanted.indices and given.mode == "P"
    if given.mode == "RGB":
        return Image(np.asarray(given), ("y", "x", "s"))
    if numbers or given.mode in ("1", "L", "I", "F") or given.mode.startswith("I;16"):
        return Image(np.asarray(given))
    raise ImageError(
        f'"{name}" is a Pillow image of mode {given.mode}, whose numbers are no '
        'intensities: give .convert("L") or .convert("RGB") of it.'
    )


def _of_frame(frame: Any, name: str) -> Image:
    """Make an image of a pandas DataFrame: its labels are coordinates."""
    coordinates: dict[str, tuple[tuple[str, ...], Any, Any]] = {
        axis: ((axis,), np.asarray(labels), {})
        for axis, labels in (("y", frame.index), ("x", frame.columns))
    }
    return Image(as_array(frame, name), ("y", "x"), coordinates=coordinates)


def from_xarray(array: xr.DataArray, name: str = "the image") -> Image:
    """Make an image of a DataArray: axes and calibration as its coordinates say."""
    check_unpacked(array.attrs, str(array.name or name))
    names = [canonical(d) for d in array.dims]
    if names != list(array.dims):
        twice = len({*names}) < len(names)
        if not twice:  # else the error of `Image` names the axes as they were given
            array = array.rename(dict(zip(array.dims, names, strict=True)))
    # What xarray calls axes to which nobody gave a name says nothing.
    unknown = bool(names) and all(name == f"dim_{k}" for k, name in enumerate(names))
    title = "" if array.name is None else str(array.name)
    coordinates = {
        str(name): (tuple(map(str, item.dims)), item.values, dict(item.attrs))
        for name, item in array.coords.items()
    }
    channels: tuple[str, ...] = ()
    if "c" in coordinates and coordinates["c"][1].dtype.kind in "UO":
        channels = tuple(map(str, np.atleast_1d(coordinates["c"][1])))
    return Image(
        array.data,
        () if unknown else tuple(names),
        title,
        calibration=of_axes(array),
        times=_times(array, coordinates),
        channels=channels,
        coordinates=coordinates,
        unit=_unit_of_values(array),
    )


def _unit_of_values(array: xr.DataArray) -> str:
    """Return the unit of the values; "" where `units` may be that of the pixels' size.

    ImageJ's images have it so, where coordinates along x have no unit of their own.
    """
    if "x" in array.coords and not array.coords["x"].attrs.get("units"):
        return ""
    return unit_in(array.attrs)


def _times(
    array: xr.DataArray, coordinates: Mapping[str, tuple[Any, Any, Any]]
) -> tuple[float, ...] | None:
    if "t" not in coordinates or "t" not in array.dims:
        return None
    _, values, attributes = coordinates["t"]
    unit = attributes.get("units") or array.attrs.get("time_units")
    factor = in_seconds(1.0, unit)
    if factor is None or values.dtype.kind not in "iuf":
        return None
    return tuple(float(value) * factor for value in values)


@public
def open_image(path: str | os.PathLike[str], *, level: int = 0) -> xr.DataArray:
    """Open an image of any size as a DataArray; nothing is read but what describes it.

    Parameters
    ----------
    path : path
        As for `read`.
    level : int
        Of an image that is stored at several resolutions: 0 is the finest.

    Returns
    -------
    DataArray
        A dask array in the chunks of the file, with the axes that the file names
        (t, c, z, y, x) and coordinates in its units. Where it names none, the last two
        are y and x, and those before axis_0, axis_1, ...

    Raises
    ------
    ImageError
        As of `read`.

    Notes
    -----
    The metadata of OME-Zarr: Moore et al. 2023, doi:10.1007/s00418-023-02209-1.

    Examples
    --------
    >>> import numpy as np, similij, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.arange(12.0).reshape(3, 4))
    ...     a = similij.open_image(f"{folder}/a.npy")
    ...     a.dims, similij.compare(a, a + 1).rmsd
    (('y', 'x'), 1.0)
    """
    return read(path, level=level, parts=True).to_xarray()


@public
def read_image(path: str | os.PathLike[str]) -> Image:
    """Read one image file whole; see `read`.

    Raises
    ------
    ImageError
        As of `read`.
    """
    return read(path, parts=False)


@public
def read_mask(path: str | os.PathLike[str]) -> Array:
    """Read a mask: True where pixels are not 0.

    Parameters
    ----------
    path : path
        A file as of `read`.

    Returns
    -------
    ndarray of bool
        Of the shape of the image, (y, x) last.

    Raises
    ------
    ImageError
        If it cannot be read, or has more than one value beside 0.
    """
    return np.asarray(as_mask(path).pixels)


@public
def read_labels(path: str | os.PathLike[str]) -> Image:
    """Read a label image: integers, 0 is background; with the axes that it names.

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    return as_beside(path)
