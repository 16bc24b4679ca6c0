"""Read data sets of HDF5 files: `file.h5`, or `file.h5:/path/dataset`.

What another file holds of an image (a virtual data set) must be there: HDF5
itself reads it as the fill value where it is not. Chunks that were never written are
legal, and said.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ...ground.errors import ImageError
from ...ground.optional import needed
from ...ground.types import Array
from ..calibration import UNKNOWN, Calibration
from ..image import Image, Provenance
from ..lazy_arrays import Stored, lazy_array
from .npy import pieces
from .reading import (
    Wanted,
    check_pixels,
    comes_in_parts,
    cut_short,
    damaged,
    explained,
    only_one,
    unwritten,
)

MAGIC = b"\x89HDF\r\n\x1a\n"
"""How an HDF5 file begins: at its first byte, or at byte 512, 1024, 2048, ..."""

_PLACES = (0, *(512 << k for k in range(8)))
"""Where the signature may be; before it is what the user wants there, which nobody has
made larger than this."""


def is_hdf5(path: Path) -> bool:
    """Whether a file has HDF5's signature.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as stream:
        for place in _PLACES:
            stream.seek(place)
            signature = stream.read(len(MAGIC))
            if signature == MAGIC:
                return True
            if len(signature) < len(MAGIC):
                return False
    return False


def parts(text: str) -> tuple[Path, str] | None:
    """Split ``file.h5:/path/dataset``; None where it is no such thing."""
    at = text.rfind(":")
    # From the right, so that the colon of a Windows drive is the last to be tried.
    while at > 0:
        file = Path(text[:at])
        if file.is_file() and is_hdf5(file):
            return file, text[at + 1 :]
        at = text.rfind(":", 0, at)
    return None


def open_image(path: Path, wanted: Wanted, dataset: str = "") -> Image:
    """Open a data set; "" for the only image of a file.

    Raises
    ------
    ImageError
        If there is none, or there are several; it is no array of numbers; a file that
        it refers to is missing; or it is damaged.
    """
    h5py = needed("h5py", "An HDF5 file")
    inner = f"/{dataset.strip('/')}" if dataset.strip("/") else ""
    title = f"{path.name}:{inner}" if inner else path.name
    only_one(title, wanted)
    with explained(path), h5py.File(path, "r") as opened:
        inner = inner or _only_image(opened, path.name, h5py)
        array = _image_at(opened, inner, path.name, h5py)
        check_pixels(title, array.shape, array.dtype)
        _check_other_files(array, path, title, h5py)
        written, chunks = _written(array)
        whole = not comes_in_parts(title, array.nbytes, written, chunks, wanted)
        chunk = array.chunks or pieces(array.shape, array.dtype)
        opener = partial(_opened, str(path.resolve()), inner, title)
        if whole:
            pixels = _Readable(array, title, chunk)[(slice(None),) * array.ndim]
        else:
            pixels = lazy_array(Stored(opener, array.shape, array.dtype, chunk))
        notes = (
            ()
            if written == chunks
            else (unwritten(chunks - written, chunks, array.fillvalue),)
        )
        # The path as it was given: by it the image can be opened again.
        place = f"{path}:{dataset}" if dataset else str(path)
        return Image(
            pixels,
            axes=_axes(array),
            title=title if dataset else path.name,
            calibration=_calibration(array),
            provenance=Provenance(
                place,
                f"h5py {h5py.__version__}",
                _stored(array, inner),
                notes=notes,
            ),
        )


class _Readable:
    """A data set; what cannot be read of it is said in a sentence that names the chunk.

    Parameters
    ----------
    array : h5py.Dataset
        The data set.
    title : str
        Of the image, for messages.
    chunk : tuple of int
        Shape of the parts that are tried one by one, to find the broken one.
    """

    def __init__(self, array: Any, title: str, chunk: Sequence[int]) -> None:
        self.array, self.title, self.chunk = array, title, chunk

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        try:
            return np.asarray(self.array[index])
        except (OSError, ValueError, RuntimeError) as error:
            place, reason = self._broken(index) or (index, error)
            start = ", ".join(str(part.start or 0) for part in place)
            raise damaged(self.title, f"the chunk at ({start})", reason) from None

    def _broken(
        self, index: tuple[slice, ...]
    ) -> tuple[tuple[slice, ...], Exception] | None:
        for place in _chunks_of(index, self.array.shape, self.chunk):
            try:
                self.array[place]
            except Exception as error:
                return place, error
        return None


def _chunks_of(
    index: tuple[slice, ...], shape: Sequence[int], chunk: Sequence[int]
) -> Iterator[tuple[slice, ...]]:
    """Yield the chunks that a part of an array touches."""
    ranges = []
    for part, n, c in zip(index, shape, chunk, strict=True):
        start, stop, _ = part.indices(n)
        ranges.append(range(start // c * c, stop, c))
    for corner in product(*ranges):
        yield tuple(slice(a, a + c) for a, c in zip(corner, chunk, strict=True))


def _opened(file: str, inner: str, title: str) -> tuple[Any, Any]:
    import h5py

    with explained(Path(file)):
        opened = h5py.File(file, "r")
        array = opened[inner]
    chunk = array.chunks or pieces(array.shape, array.dtype)
    return _Readable(array, title, chunk), opened.close


def _only_image(opened: Any, name: str, h5py: Any) -> str:
    images = _images_in(opened, h5py)
    if len(images) == 1:
        return images[0]
    raise ImageError(
        f'"{name}" holds {"several images" if images else "no image"}; those in it: '
        f"{', '.join(images) or 'none'}. Name one, as {name}:/path/dataset."
    )


def _image_at(opened: Any, inner: str, name: str, h5py: Any) -> Any:
    item = opened.get(inner)
    if isinstance(item, h5py.Dataset):
        return item
    images = ", ".join(_images_in(opened, h5py)) or "none"
    raise ImageError(
        f'"{name}" holds no image {inner}; those in it: {images}. Name one, as '
        f"{name}:/path/dataset."
    )


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


def _written(array: Any) -> tuple[int, int]:
    """Count the chunks that are in the file, and all; one of an unchunked data set."""
    if array.is_virtual:
        return 1, 1
    if array.chunks is None:
        # Compact data lie in the header and have no place of their own.
        stored = array.id.get_offset() is not None or array.id.get_storage_size() > 0
        return int(stored), 1
    counts = (-(-n // c) for n, c in zip(array.shape, array.chunks, strict=True))
    chunks = math.prod(counts)
    return min(array.id.get_num_chunks(), chunks), chunks


def _check_other_files(array: Any, path: Path, title: str, h5py: Any) -> None:
    """Refuse an image of which pixels lie in files that are not there."""
    if array.is_virtual:
        for source in array.virtual_sources():
            file = source.file_name
            other = path if file == "." else _beside(path, file)
            if not other.is_file():
                raise cut_short(
                    title, f'pixels of it are in "{file}", which is missing'
                )
            with h5py.File(other, "r") as opened:
                if source.dset_name not in opened:
                    raise cut_short(
                        title,
                        f'pixels of it are in "{file}:{source.dset_name}", which is '
                        "missing",
                    )
    for file, *_ in array.external or ():
        # HDF5 looks for it where the program was started, so that it may find another
        # of the same name.
        raise ImageError(
            f'"{title}" has its pixels in another file ({file}): make one file of '
            "both, e.g. with h5repack."
        )


def _beside(path: Path, file: str) -> Path:
    return path.parent / os.fsdecode(file)


def _axes(array: Any) -> tuple[str, ...]:
    """Return the names of the axes: HDF5's own labels, or ilastik's axistags."""
    labels = tuple(str(dim.label) for dim in array.dims)
    if all(labels):
        return labels
    try:
        tags = json.loads(array.attrs["axistags"])["axes"]
        keys = tuple(str(axis["key"]) for axis in tags)
    except (KeyError, TypeError, ValueError):
        return ()
    return keys if len(keys) == array.ndim else ()


def _calibration(array: Any) -> Calibration:
    """Read what ImageJ's HDF5 plugin writes: in micrometres, z before y and x."""
    size = np.asarray(array.attrs.get("element_size_um", ()))
    if size.shape not in ((2,), (3,)) or size.dtype.kind not in "uif":
        return UNKNOWN
    steps = tuple(float(s) for s in size[::-1])
    return Calibration(steps) if all(0 < s < math.inf for s in steps) else UNKNOWN


def _stored(array: Any, inner: str) -> str:
    words = [f"HDF5, {inner}"]
    if array.chunks:
        words.append(f"chunks of {'×'.join(map(str, array.chunks))}")
    if array.compression:
        words.append(str(array.compression))
    return ", ".join(words)
