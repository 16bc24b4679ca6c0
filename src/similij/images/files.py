"""Read images from files: TIFF, OME-TIFF, PNG and other small formats, NPY."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array
from .calibration import UNKNOWN, Calibration, differing, of_tiff

if TYPE_CHECKING:
    import tifffile
    import xarray as xr


TIFF = (".tif", ".tiff", ".lsm", ".stk", ".btf", ".tf8")
UNNAMED = {"Q", "I"}
"""tifffile's letters for an axis that the file does not name."""

_GREY = {"1", "L", "P", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"}
"""Pillow's modes of one channel; P: an 8-bit image with a look-up table."""


@dataclass(frozen=True)
class ImageFile:
    """An image of a file, with what the file says of it.

    Attributes
    ----------
    pixels : ndarray
        The last two axes are (y, x). A dask array where
        `lazy_files.open_file` opened it.
    axes : str
        A letter for each axis, as tifffile names them: "YX", "TZCYX"; "" where unknown.
    path : Path
        Where it came from.
    calibration : Calibration
        Size of a pixel and time of a frame, where the file says so.
    """

    pixels: Array
    axes: str
    path: Path
    calibration: Calibration = UNKNOWN

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    @property
    def names_axes(self) -> bool:
        """Whether the file says of each axis which it is."""
        return bool(self.axes) and not UNNAMED & {*self.axes}


def read_image(path: str | os.PathLike[str]) -> ImageFile:
    """Read one image file.

    Parameters
    ----------
    path : path
        A TIFF or OME-TIFF, a `.npy` file, or an image that Pillow reads, as PNG.

    Returns
    -------
    ImageFile
        Pixels in the type of the file, with (y, x) as the last axes; of a `.npy` file
        mapped, and not read yet.

    Raises
    ------
    ImageError
        If there is no such file, it is no image that can be read, it is cut short, or
        it is a colour image.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.arange(6, dtype=np.uint8).reshape(2, 3))
    ...     file = read_image(f"{folder}/a.npy")
    ...     file.name, file.pixels.shape
    ('a.npy', (2, 3))
    """
    file = Path(path)
    if not file.is_file():
        what = "is a folder, not a file" if file.is_dir() else "does not exist"
        raise ImageError(f'"{path}" {what}: check the path to the image.')
    suffix = file.suffix.lower()
    with explained(file):
        if suffix == ".npy":
            return ImageFile(np.load(file, mmap_mode="r"), "", file)
        if suffix in TIFF:
            return _read_tiff(file)
        return _read_with_pillow(file)


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turn what a library says of a file that it cannot read into a sentence."""
    try:
        yield
    except (ImageError, ModuleNotFoundError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(
            f'"{file.name}" cannot be read as an image ({reason}): it may be cut short '
            "or of another kind. Open and save it again as TIFF, e.g. in ImageJ."
        ) from None


def read_mask(path: str | os.PathLike[str]) -> Array:
    """Read a mask: True where pixels are not 0.

    Parameters
    ----------
    path : path
        A file as of `read_image`.

    Returns
    -------
    ndarray of bool
        Of the shape of the image, (y, x) last.

    Raises
    ------
    ImageError
        If it cannot be read, or has more than one value beside 0: then it is an image
        of something else, and every pixel of it may be above 0.
    """
    mask = read_image(path)
    check_mask(mask.pixels, mask.name)
    inside: Array = mask.pixels != 0
    return inside


def check_mask(mask: Array, name: str) -> None:
    """Refuse what has more than one value beside 0.

    Parameters
    ----------
    mask : ndarray
        Pixels of a mask, of any shape and type.
    name : str
        Name of the file, for the message.

    Raises
    ------
    ImageError
        As of `read_mask`.
    """
    values = mask[mask != 0]
    if values.size and values.min() != values.max():
        raise ImageError(
            f'"{name}" is no mask: beside 0 it has values from {values.min()} to '
            f"{values.max()}, and a mask has one. Threshold it first."
        )


def read_labels(path: str | os.PathLike[str]) -> Any:
    """Read a label image: integers, 0 is background; with named axes if it has some.

    Parameters
    ----------
    path : path
        A file as of `read_image`.

    Returns
    -------
    ndarray or DataArray
        The labels, (y, x) last; a DataArray of a stack whose axes the file names.

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    file = read_image(path)
    if file.pixels.ndim == 2 or UNNAMED & {*file.axes}:  # noqa: PLR2004
        return file.pixels
    return with_names(file)


def align_axes(
    first: ImageFile, second: ImageFile | None, *, named: bool = False
) -> tuple[Any, Any]:
    """Return the pixels of both; as DataArrays where axes or sizes must be told apart.

    Parameters
    ----------
    first, second : ImageFile
        The files; second may be None.
    named : bool
        Whether to return DataArrays in any case.

    Raises
    ------
    ImageError
        If names are asked for and a file does not name its axes.
    """
    files = [file for file in (first, second) if file is not None]
    all_named = all(file.names_axes for file in files)
    alike = len({file.axes for file in files}) == 1 and not _differ(files)
    # Plain arrays where names would change nothing: importing xarray takes longer than
    # most comparisons.
    if not named and (not all_named or alike):
        return first.pixels, None if second is None else second.pixels
    if not named and len({frozenset(file.axes) for file in files}) > 1:
        one, two = (
            f'"{file.name}" is a stack over {", ".join(_words(file.axes))}'
            if file.axes != "YX"
            else f'"{file.name}" is a single plane'
            for file in files
        )
        raise ImageError(
            f"{one}, {two}: both must have the same axes. Set them in ImageJ (Image > "
            "Properties...) and save again, or take the same planes of both."
        )
    arrays = [with_names(file) for file in files]
    return arrays[0], arrays[1] if len(arrays) > 1 else None


def _differ(files: list[ImageFile]) -> bool:
    """Whether two files have pixels of different size, which a note must say."""
    one, two = files[0], files[-1]
    return bool(differing((one.name, two.name), one.calibration, two.calibration))


def _words(axes: str) -> list[str]:
    words = {"C": "channels", "Z": "slices", "T": "frames"}
    return [words.get(axis, axis) for axis in axes if axis not in "YX"]


def with_names(file: ImageFile) -> xr.DataArray:
    """Make a DataArray of a file: named axes, with places where the file has sizes.

    Raises
    ------
    ImageError
        If the file does not name its axes.
    """
    import xarray as xr

    axes = file.axes or ("YX" if file.pixels.ndim == 2 else "")  # noqa: PLR2004
    if not axes or UNNAMED & {*axes}:
        raise ImageError(
            f'"{file.name}" does not say which of its {file.pixels.ndim} axes is which '
            "(channel, slice, frame): save it as an ImageJ or OME-TIFF hyperstack."
        )
    coords: dict[str, Any] = {}
    size, unit, frame_s = file.calibration
    for axis, step in zip("xyz", size or (), strict=False):
        if axis in axes.lower():
            places = np.arange(file.pixels.shape[axes.lower().index(axis)]) * step
            coords[axis] = (axis, places, {"units": unit})
    if frame_s is not None and "T" in axes:
        times = np.arange(file.pixels.shape[axes.index("T")]) * frame_s
        coords["t"] = ("t", times, {"units": "s"})
    return xr.DataArray(file.pixels, coords, [*axes.lower()], file.name)


def _read_tiff(file: Path) -> ImageFile:
    import logging

    import tifffile

    # What is wrong with a file is said in one sentence, by `explained`; tifffile would
    # also write it to the log.
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with tifffile.TiffFile(file) as tiff:
        series = only_series(tiff, file)
        return ImageFile(series.asarray(), series.axes, file, of_tiff(tiff))


def only_series(tiff: tifffile.TiffFile, file: Path) -> Any:
    """Return the one image of a TIFF that is whole and grey.

    Raises
    ------
    ImageError
        If it is cut short, a colour image, or holds several images.
    """
    _check_whole(tiff, file)
    series = tiff.series[0]
    if "S" in series.axes:
        raise ImageError(_colour(file.name))
    if len(tiff.series) > 1:
        raise ImageError(
            f'"{file.name}" holds {len(tiff.series)} images of different kinds '
            "(series): save the one to compare as a file of its own."
        )
    return series


def _check_whole(tiff: tifffile.TiffFile, file: Path) -> None:
    """Refuse a file that ends before its pixels do.

    tifffile fills in zeros, or gives the planes there are: a stack that was cut short
    was compared as one plane without a word.
    """
    size = file.stat().st_size
    needed = max(
        (
            offset + count
            for page in tiff.series[0].pages
            if page is not None
            for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)
        ),
        default=0,
    )
    if needed == 0:
        raise ImageError(f'"{file.name}" has no pixels: save it again.')
    if needed > size:
        raise ImageError(
            f'"{file.name}" is cut short: it has {size} bytes, and its pixels end at '
            f"byte {needed}. Copy or save it again."
        )
    missing = _missing_directory(tiff, size)
    if missing is not None:
        raise ImageError(
            f'"{file.name}" is cut short: it has {size} bytes, and its next plane is '
            f"described at byte {missing}. Copy or save it again."
        )
    promised = int((tiff.imagej_metadata or {}).get("images", 1))
    plane = math.prod(tiff.pages.first.shape)
    readable = math.prod(tiff.series[0].shape) // plane if plane else promised
    if readable < promised:
        raise ImageError(
            f'"{file.name}" is cut short: {promised} planes are announced, {readable} '
            "can be read. Copy or save it again."
        )


def _missing_directory(tiff: tifffile.TiffFile, size: int) -> int | None:
    """Return where a page should be described but the file has ended; None if nowhere.

    tifffile stops at such a place as if it were the end, so the chain of pages is
    walked through here.
    """
    layout, stream = tiff.tiff, tiff.filehandle

    def read(form: str, width: int, at: int) -> int:
        stream.seek(at)
        return int(struct.unpack(form, stream.read(width))[0])

    at, seen = layout.offsetsize, set[int]()  # the header: 4 bytes, 8 in a BigTIFF
    while True:
        offset = read(layout.offsetformat, layout.offsetsize, at)
        if offset == 0 or offset in seen:  # the end, or a circle in a broken file
            return None
        seen.add(offset)
        if offset + layout.tagnosize > size:
            return offset
        tags = read(layout.tagnoformat, layout.tagnosize, offset)
        at = offset + layout.tagnosize + tags * layout.tagsize
        if at + layout.offsetsize > size:
            return offset


def _read_with_pillow(file: Path) -> ImageFile:
    from PIL import Image

    # Pillow's limit is against files of strangers; those of one's own may be large.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(file) as image:
        if image.mode not in _GREY:
            raise ImageError(_colour(file.name))
        pixels = np.asarray(image)
        if pixels.dtype == np.bool_:  # black and white: Pillow's bytes are not 0 and 1
            pixels = pixels.view(np.uint8) != 0
        return ImageFile(pixels, "YX", file)


def _colour(name: str) -> str:
    return (
        f'"{name}" is an RGB (colour) image: compare its channels apart, or make it '
        "grey first (in ImageJ: Image > Color > Split Channels, or Image > Type > "
        "8-bit)."
    )


def no_level(name: str, level: int, levels: int) -> ImageError:
    """Return what to say of a level that is not there."""
    there = (
        "is stored at one resolution only, level 0"
        if levels == 1
        else f"has {levels} levels, 0 (the finest) to {levels - 1}"
    )
    return ImageError(f'"{name}" {there}: level {level} is not among them.')
