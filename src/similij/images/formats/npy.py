"""Read arrays that NumPy saved: `.npy`, mapped, and `.npz` of a single array.

ImageJ opens neither, so that a file is what NumPy says it is. Pickled objects are not
looked at: to unpickle is to run what a stranger wrote.
"""

from __future__ import annotations

import ast
import math
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ...ground.errors import ImageError
from ...ground.types import Array
from ..image import Image, Provenance
from ..lazy_arrays import Stored, lazy_array
from .reading import DEFLATED, Wanted, check_pixels, cut_short, explained, only_one

MAGIC = b"\x93NUMPY"
"""How a `.npy` file begins."""

_CHUNK = 1 << 24
"""Bytes of a part of a file that is stored in one piece: large enough that a task of
dask, which costs some milliseconds, is worth its while."""

_LONGEST_HEADER = 10_000
"""Bytes, as of NumPy itself; that of a plain array has 118."""


class _Header(NamedTuple):
    """Hold what the header of a `.npy` file says."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int

    @property
    def size(self) -> int:
        """Bytes of the pixels."""
        return math.prod(self.shape) * self.dtype.itemsize


def open_image(path: Path, wanted: Wanted) -> Image:
    """Open a `.npy` file, of which nothing is read before it is needed.

    Raises
    ------
    ImageError
        If it is no array of numbers, or not as long as its header says.
    """
    only_one(path.name, wanted)
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = _header(stream, path.name)
    _check_length(path.name, header, size)
    opener = partial(_mapped, str(path.resolve()), header)
    with explained(path):
        pixels = opener()[0]
    if pixels.nbytes > wanted.most:
        chunks = pieces(header.shape, header.dtype)
        if header.fortran:
            chunks = pieces(header.shape[::-1], header.dtype)[::-1]
        pixels = lazy_array(Stored(opener, header.shape, header.dtype, chunks))
    return _image(path, path.name, header, pixels)


def open_npz(path: Path, wanted: Wanted) -> Image:
    """Read the only array of an `.npz` file.

    Raises
    ------
    ImageError
        If it holds none or several, or it is no array of numbers.
    """
    only_one(path.name, wanted)
    with explained(path), zipfile.ZipFile(path) as archive:
        entries = [e for e in archive.infolist() if e.filename.endswith(".npy")]
        if len(entries) != 1:
            names = ", ".join(e.filename.removesuffix(".npy") for e in entries)
            raise ImageError(
                f'"{path.name}" holds {len(entries)} arrays'
                f"{f' ({names})' if names else ''}: save the one to compare as a "
                ".npy file."
            )
        (entry,) = entries
        name = f"{path.name}:{entry.filename}"
        with archive.open(entry) as stream:
            header = _header(stream, name)
            _check_length(name, header, entry.file_size)
            # Deflate makes at most 1032 bytes of one, so that what the directory of
            # the archive says of the size must be possible before it is believed.
            if entry.file_size > DEFLATED * max(entry.compress_size, 1):
                raise cut_short(
                    path.name,
                    f"{entry.file_size} bytes are announced of {entry.compress_size} "
                    "compressed ones",
                )
            content = stream.read()  # to its end, where zipfile checks the sum
        if len(content) != header.size:
            raise cut_short(
                path.name,
                f"{header.size} bytes are announced, {len(content)} are there",
            )
        order: Any = "F" if header.fortran else "C"
        pixels = np.frombuffer(content, header.dtype).reshape(header.shape, order=order)
    return _image(path, path.name, header, pixels)


def _image(path: Path, title: str, header: _Header, pixels: Any) -> Image:
    order = "big" if header.dtype.str.startswith(">") else "little"
    bits = 8 * header.dtype.itemsize
    stored = f"{bits} bit" + (f", {order}-endian" if bits > 8 else "")  # noqa: PLR2004
    if header.fortran:
        stored += ", columns first (Fortran order)"
    origin = Provenance(str(path), f"numpy {np.__version__}", stored)
    return Image(pixels, title=title, provenance=origin)


def _header(stream: BinaryIO | Any, name: str) -> _Header:
    """Read a header; what it says is not believed yet."""
    start = stream.read(10)
    if len(start) < 10 or start[:6] != MAGIC:  # noqa: PLR2004 - magic, version, length
        raise cut_short(name, "its header is not all there")
    major, minor = start[6:8]
    if (major, minor) not in {(1, 0), (2, 0), (3, 0)}:
        raise ImageError(
            f'"{name}" is a NumPy file of version {major}.{minor}: 1.0, 2.0 and 3.0 '
            "are known. Save it again with numpy.save."
        )
    width = start[8:] if major == 1 else start[8:] + stream.read(2)
    length = int.from_bytes(width, "little")
    text = stream.read(min(length, _LONGEST_HEADER))
    if len(text) < length:
        raise cut_short(name, f"its header announces {length} bytes")
    offset = 8 + len(width) + length
    try:
        # Python warns of \h and the like in a text, and no type of numbers has any.
        if b"\\" in text:
            raise ValueError
        about = ast.literal_eval(text.decode("latin-1" if major < 3 else "utf-8"))  # noqa: PLR2004
        shape, fortran = about["shape"], about["fortran_order"]
        dtype = np.lib.format.descr_to_dtype(about["descr"])
        if not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
            raise ValueError
        if not isinstance(fortran, bool):
            raise ValueError
    except Exception:  # whatever stands there: the text is anybody's
        raise ImageError(
            f'"{name}" has a header that is none of NumPy\'s: save it again with '
            "numpy.save."
        ) from None
    if dtype.hasobject:
        raise ImageError(
            f'"{name}" holds Python objects and no image, and objects are not '
            "unpickled, as that would run what the file says: save the array of "
            "numbers in it with numpy.save."
        )
    check_pixels(name, shape, dtype)
    return _Header(shape, fortran, dtype, offset)


def _check_length(name: str, header: _Header, size: int) -> None:
    there = size - header.offset
    if there < header.size:
        raise cut_short(
            name,
            f"{_times(header.shape)} pixels of {header.dtype} are announced, which are "
            f"{header.size} bytes, and {max(there, 0)} are there",
        )
    if there > header.size:
        # Not ignored: either the header is not that of these pixels, or there is a
        # second array behind the first, which nobody would see.
        raise ImageError(
            f'"{name}" has {there - header.size} bytes more than the '
            f"{_times(header.shape)} pixels of {header.dtype} that its header "
            "announces: save one array in a file, with numpy.save."
        )


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


def _mapped(file: str, header: _Header) -> tuple[Array, None]:
    order: Any = "F" if header.fortran else "C"
    pixels: Array = np.memmap(
        file, header.dtype, "r", header.offset, header.shape, order
    )
    return pixels, None


def pieces(shape: tuple[int, ...], dtype: Any) -> tuple[int, ...]:
    """Cut an array that is stored in one piece into chunks that are long in memory.

    Examples
    --------
    >>> pieces((1000, 4096, 4096), np.uint8), pieces((3, 5), np.float64)
    ((1, 4096, 4096), (3, 5))
    """
    left = max(1, _CHUNK // np.dtype(dtype).itemsize)
    chunks: list[int] = []
    for size in reversed(shape):
        chunks.append(max(1, min(size, left)))
        left = max(1, left // max(1, size))
    return tuple(reversed(chunks))
