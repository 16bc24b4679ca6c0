"""Find which module reads a file: by what is in it, whatever it is called.

A name is anybody's: a stack of planes called .flex was read as its first plane, and a
TIFF called .png not at all.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...ground.errors import ImageError
from .alike import read_alike
from .bioio import has_plugin, kind_of
from .reading import ALL, Wanted, explained

if TYPE_CHECKING:
    from ..image import Image

_FIRST = 512
"""Bytes of a file that are looked at."""

_AT_ONCE = 1 << 28
"""Bytes of an image that is only looked through, up to which that is done at once."""

_BEGINNINGS = {
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",  # BigTIFF
    b"MM\0+": "tiff",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "pillow",
    b"GIF89a": "pillow",
    b"\xff\xd8\xff": "pillow",  # JPEG
    b"BM": "pillow",
    b"\x93NUMPY": "npy",
    **{b"P%c" % kind: "pnm" for kind in b"123456fF"},
}
"""How files begin, and the module here that reads them."""

_OTHERS = {
    b"\0\0\0\x0cjP  ": "a JPEG 2000",
    b"\xff\x4f\xff\x51": "a JPEG 2000",
    b"SIMPLE  =": "a FITS",
    b"NRRD0": "an NRRD",
    b"8BPS": "a Photoshop",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip",
    b"<?xml": "an XML",
    b"P7": "a PAM",
}
"""How other files begin, and what they are, for the message."""

READ = "TIFF, PNG, GIF, JPEG, BMP, PGM, NPY, HDF5, Zarr"
"""What is read without an extra, for messages."""


def open_image(path: str | os.PathLike[str], wanted: Wanted = ALL) -> Image:
    """Read an image of a file, or of a folder.

    Parameters
    ----------
    path : path
        A file of any kind that is read here; the folder of an OME-Zarr image or a Zarr
        array (also of one of its labels, ``image.zarr/labels/cells``); or an HDF5 data
        set, ``file.h5:/path/dataset``.
    wanted : Wanted
        What of it is wanted, and how.

    Raises
    ------
    ImageError
        If there is no such file, it is of no kind that is known, or it cannot be read.
    ModuleNotFoundError
        If a library for files of this kind is not installed.
    """
    text = os.fspath(path)
    # A path is not read again: that takes as long as to ask the disk for it.
    file = path if isinstance(path, Path) else Path(text)
    known = read_alike(file, wanted)
    if known is not None:
        return known
    if file.is_dir():
        return _open_folder(file, wanted)
    if not file.is_file():
        from . import hdf5

        split = hdf5.parts(text)
        if split is None:
            raise ImageError(f'"{text}" does not exist: check the path to the image.')
        return hdf5.open_image(split[0], wanted, split[1])
    with explained(file):
        reader, function = _reader(file)
        module = import_module(f".{reader}", __package__)
        image: Image = getattr(module, function)(file, wanted)
    return image


def has_reader(path: str | os.PathLike[str]) -> bool:
    """Whether an image is of a kind that is read here, damaged or not.

    Of what is not there it is, too: then the refusal is about that.
    """
    file = Path(path)
    if not file.is_file() or file.stat().st_size == 0:
        return True
    with file.open("rb") as stream:
        kind = kind_of(file, stream.read(_FIRST))
    if kind:
        return has_plugin(kind)
    try:
        _reader(file)
    except ImageError:
        return False
    return True


def check_readable(path: str | os.PathLike[str]) -> None:
    """Refuse a file of a kind that is read here if it cannot be read, whole.

    For ImageJ, which opens some files itself: its decoder never comes back from a
    strip that is cut short, or from a chain of pages that is a ring.

    Raises
    ------
    ImageError, ModuleNotFoundError
        As of `open_image`.
    """
    if not has_reader(path):
        return
    # Of several images ImageJ opens the first; and of a palette it makes what it wants.
    wanted = Wanted(series=1, most=_AT_ONCE, indices=True)
    try:
        pixels = open_image(path, wanted).pixels
    except ImageError:  # of colours there are no indices
        pixels = open_image(path, replace(wanted, indices=False)).pixels
    if isinstance(pixels, np.ndarray):
        return
    with explained(Path(path)):
        for part in pixels.to_delayed().ravel():
            part.compute(scheduler="synchronous")


def _open_folder(folder: Path, wanted: Wanted) -> Image:
    from . import zarr

    if not zarr.is_zarr(folder):
        raise ImageError(
            f'"{folder}" is a folder, not a file, and no Zarr store: check the path to '
            "the image."
        )
    return zarr.open_image(folder, wanted)


def _reader(file: Path) -> tuple[str, str]:
    """Return the names of the module and the function that read a file."""
    with file.open("rb") as stream:
        first = stream.read(_FIRST)
    name = file.name
    if not first:
        raise ImageError(f'"{name}" is empty (0 bytes): copy or save it again.')
    if kind_of(file, first):
        return "bioio", "open_image"
    reader = _among(_BEGINNINGS, first)
    if reader == "pnm" and not first[2:3].isspace():
        reader = None
    if reader is not None:
        return reader, "open_image"
    from . import hdf5

    if hdf5.is_hdf5(file):
        return "hdf5", "open_image"
    if first.startswith(b"PK\x03\x04"):
        _check_npz(file)
        return "npy", "open_npz"
    raise ImageError(
        f'"{name}" {_what(first)}: {READ} are read. Open and save it as TIFF, e.g. in '
        "ImageJ."
    )


def _among(table: dict[bytes, str], first: bytes) -> str | None:
    return next((v for start, v in table.items() if first.startswith(start)), None)


def _check_npz(file: Path) -> None:
    """Refuse an archive that holds no array of NumPy."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    if any(name.endswith(".npy") for name in names):
        return
    what = "is a zip archive and no image"
    if any(name.endswith(".roi") for name in names):
        what = "holds ROIs and no image (rois= takes it)"
    elif any(Path(name).name in {".zarray", ".zgroup", "zarr.json"} for name in names):
        what = "is a zipped Zarr store, which is read as a folder"
    raise ImageError(f'"{file.name}" {what}: unpack it, and give an image in it.')


def _what(first: bytes) -> str:
    """Say what a file is that is not read."""
    kind = _among(_OTHERS, first)
    if first[:4] == b"RIFF":
        kind = {b"WEBP": "a WebP", b"AVI ": "an AVI"}.get(first[8:12])
    if first[128:132] == b"DICM":
        kind = "a DICOM"
    if first[208:212] == b"MAP ":
        kind = "an MRC"
    if first[344:347] in (b"n+1", b"ni1"):
        kind = "a NIfTI"
    if kind is not None:
        return f"is {kind} file, which is not read"
    start = first[:8].decode("latin-1")
    shown = start if start.isprintable() else first[:8].hex(" ")
    return f"cannot be read as an image (of no kind that is known; it begins {shown})"
