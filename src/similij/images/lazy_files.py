"""Open images that are larger than memory: a part is read when it is compared.

OME-Zarr, Zarr, HDF5, TIFF and NPY files, as dask arrays in the chunks that they are
stored in. Other files are read whole, by `files`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array
from .calibration import Calibration, of_tiff
from .files import (
    TIFF,
    ImageFile,
    check_mask,
    explained,
    no_level,
    only_series,
    read_image,
    with_names,
)
from .lazy_arrays import Stored, lazy_array

if TYPE_CHECKING:
    import xarray as xr


_HDF5 = (".h5", ".hdf5", ".hdf", ".he5", ".nxs")

_CHUNK = 1 << 24
"""Bytes of a part of a file that is stored in one piece: large enough that a task of
dask, which costs some milliseconds, is worth its while."""


def open_image(path: str | os.PathLike[str], *, level: int = 0) -> xr.DataArray:
    """Open an image of any size; nothing is read but what describes it.

    Parameters
    ----------
    path : path
        An OME-Zarr image (0.4 or 0.5; also the path of one of its labels,
        ``image.zarr/labels/cells``), a Zarr array, an HDF5 data set
        (``file.h5:/path/dataset``, or the file alone where it holds a single one), a
        TIFF or OME-TIFF, or a `.npy` file. Other images are read whole.
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
        If there is no image, it has no such level, or it is one of colours.

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
    file = open_file(path, level=level)
    if file.names_axes:
        return with_names(file)
    import xarray as xr

    leading = file.pixels.ndim - 2
    dims = [*(f"axis_{k}" for k in range(leading)), *("y", "x")[-file.pixels.ndim :]]
    return xr.DataArray(file.pixels, dims=dims, name=file.name)


def open_file(path: str | os.PathLike[str], *, level: int = 0) -> ImageFile:
    """Open an image as `open_image` does, with axes and calibration beside it.

    Raises
    ------
    ImageError
        As of `open_image`.
    """
    text = os.fspath(path)
    store, dataset = _hdf5_parts(text)
    if store is not None:
        image = _open_hdf5(store, dataset, Path(text))
    elif Path(text).is_dir():
        from .ome_zarr import open_zarr

        return open_zarr(Path(text), level)
    elif Path(text).is_file() and Path(text).suffix.lower() in TIFF:
        return _open_tiff(Path(text), level)
    elif Path(text).is_file() and Path(text).suffix.lower() == ".npy":
        image = _open_npy(Path(text))
    else:
        image = read_image(text)
    if level != 0:
        raise no_level(image.name, level, 1)
    return image


def read_or_open(
    path: str | os.PathLike[str], *, level: int = 0, most: int, parts: bool = False
) -> ImageFile:
    """Read an image whole where it is small, and open it in parts where it is not.

    Parameters
    ----------
    path, level
        As of `open_image`.
    most : int
        Bytes of an image that is read whole.
    parts : bool
        Open it in parts in any case.

    Raises
    ------
    ImageError
        As of `open_image`.
    """
    file = Path(path)
    small = not file.is_file() or file.stat().st_size <= most
    if small and not (parts or level or is_store(path)):
        return read_image(path)
    image = open_file(path, level=level)
    if parts or image.pixels.nbytes > most:
        return image
    return replace(image, pixels=np.asarray(image.pixels))


def mask_of(file: ImageFile) -> Any:
    """Return a lazy mask, True where a file is not 0; with the axes that it names.

    Raises
    ------
    ImageError
        When it is read: if a part of it has more than one value beside 0.
    """
    import dask.array

    inside = dask.array.map_blocks(
        _inside, dask.array.asarray(file.pixels), file.name, dtype=bool
    )
    named = replace(file, pixels=inside)
    return with_names(named) if file.names_axes else inside


def _inside(mask: Array, name: str) -> Array:
    check_mask(mask, name)
    inside: Array = mask != 0
    return inside


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether this is an image that `read_image` does not read: a store of chunks."""
    return Path(path).is_dir() or _hdf5_parts(os.fspath(path))[0] is not None


def _hdf5_parts(text: str) -> tuple[Path | None, str]:
    """Split ``file.h5:/path/dataset``; None where it is no such file."""
    # From the right: the colon of a Windows drive is not that of a data set.
    name, colon, dataset = text.rpartition(":")
    if colon and Path(name).suffix.lower() in _HDF5:
        return Path(name), dataset
    if Path(text).suffix.lower() in _HDF5:
        return Path(text), ""
    return None, ""


def _open_hdf5(file: Path, dataset: str, path: Path) -> ImageFile:
    from ..ground.optional import needed

    if not file.is_file():
        raise ImageError(f'"{file}" does not exist: check the path to the image.')
    h5py = needed("h5py", "An HDF5 file", "big")
    with explained(file), h5py.File(file, "r") as opened:
        images = _images_in(opened, h5py)
        inner = f"/{dataset.strip('/')}" if dataset else ""
        if not inner and len(images) == 1:
            (inner,) = images
        if inner not in images:
            what = f"no image {inner}" if inner else "several images"
            listed = ", ".join(images) or "none"
            raise ImageError(
                f'"{file.name}" holds {what if images else "no image"}; those in it: '
                f"{listed}. Name one, as {file.name}:/path/dataset."
            )
        array = opened[inner]
        chunks = array.chunks or _pieces(array.shape, array.dtype)
        stored = Stored(
            partial(_hdf5_opened, str(file.resolve()), inner),
            array.shape, array.dtype, chunks,
        )  # fmt: skip
        labels = "".join(str(dim.label) for dim in array.dims).upper()
        axes = labels if len(labels) == array.ndim else ""
        # As ImageJ's HDF5 plugin writes it: in micrometres, z before y and x.
        size = array.attrs.get("element_size_um")
        calibration = Calibration()
        if size is not None and len(size) in (2, 3) and min(size) > 0:
            calibration = Calibration(tuple(float(s) for s in size[::-1]))
    return ImageFile(lazy_array(stored), axes, path, calibration)


def _images_in(opened: Any, h5py: Any) -> list[str]:
    paths: list[str] = []

    def look(name: str, item: Any) -> None:
        if (
            isinstance(item, h5py.Dataset)
            and item.ndim > 1
            and item.dtype.kind in "buif"
        ):
            paths.append(f"/{name}")

    opened.visititems(look)
    return paths


def _hdf5_opened(file: str, inner: str) -> tuple[Any, Any]:
    import h5py

    opened = h5py.File(file, "r")
    return opened[inner], opened.close


def _open_npy(file: Path) -> ImageFile:
    with explained(file):
        array = np.load(file, mmap_mode="r")
    opener = partial(_npy_opened, str(file.resolve()))
    chunks = _pieces(array.shape, array.dtype)
    axes = "YX" if array.ndim == 2 else ""  # noqa: PLR2004
    stored = Stored(opener, array.shape, array.dtype, chunks)
    return ImageFile(lazy_array(stored), axes, file)


def _npy_opened(file: str) -> tuple[Any, None]:
    return np.load(file, mmap_mode="r"), None


def _open_tiff(file: Path, level: int) -> ImageFile:
    import logging

    import tifffile

    from ..ground.optional import needed

    needed("zarr", "A TIFF read in parts", "big")
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with explained(file), tifffile.TiffFile(file) as tiff:
        series = only_series(tiff, file)
        if not 0 <= level < len(series.levels):
            raise no_level(file.name, level, len(series.levels))
        shown, finest = series.levels[level], series
        # Opened for its chunks only, and closed: each process opens the file for
        # itself.
        array, close = _tiff_opened(str(file.resolve()), level)
        chunks = array.chunks
        close()
        stored = Stored(
            partial(_tiff_opened, str(file.resolve()), level),
            shown.shape, shown.dtype, chunks,
        )  # fmt: skip
        size, unit, frame_s = of_tiff(tiff)
        if size is not None:  # the file has the size of a pixel of the finest level
            steps = {
                axis: a / b
                for axis, a, b in zip(
                    shown.axes, finest.shape, shown.shape, strict=True
                )
            }
            size = tuple(
                s * steps.get(axis, 1) for axis, s in zip("XYZ", size, strict=False)
            )
        calibration = Calibration(size, unit, frame_s)
    return ImageFile(lazy_array(stored), shown.axes, file, calibration)


def _tiff_opened(file: str, level: int) -> tuple[Any, Any]:
    import tifffile
    import zarr

    tiff = tifffile.TiffFile(file)
    store = tiff.series[0].aszarr(level=level)

    def close() -> None:
        store.close()
        tiff.close()

    return zarr.open_array(store, mode="r"), close


def _pieces(shape: tuple[int, ...], dtype: Any) -> tuple[int, ...]:
    """Cut an array that is stored in one piece into chunks that are long in memory."""
    left = max(1, _CHUNK // np.dtype(dtype).itemsize)
    chunks: list[int] = []
    for size in reversed(shape):
        chunks.append(max(1, min(size, left)))
        left = max(1, left // max(1, size))
    return tuple(reversed(chunks))
