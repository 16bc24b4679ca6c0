"""Read ImageJ's ROI files: one ``.roi``, or the ``RoiSet.zip`` of the ROI Manager.

Nothing here knows pixels: a file in, named ``roifile.ImagejRoi`` out. One bad entry of
an archive leaves the others readable; a bad file is one clear sentence.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..ground.errors import RegionError
from ..ground.heard import heard

if TYPE_CHECKING:
    from roifile import ImagejRoi

    NamedRoi: TypeAlias = tuple[str, ImagejRoi | str]


_ROI_MAGIC, _ZIP_MAGIC = b"Iout", b"PK"
_ROI_HEADER = 64
"""Bytes that every .roi file starts with."""
_KIND_AT, _KINDS = 6, {0, 1, 2, 3, 4, 5, 7, 8, 9, 10}
"""Where the kind of ROI is written, and those that ImageJ reads."""
_LARGEST_ROI = 256 * 2**20
"""Bytes that a .roi file may have: more than any outline, less than memory."""
_UNPACKED, _UNPACKED_PER_BYTE = 64 * 2**20, 10
"""Bytes that an archive may unpack to, beside so many for each of its own. ROIs of real
images shrink to a half or a fifth; a few kB that become gigabytes are no ROIs."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How entries may be packed: the ways that Java, and so ImageJ, can read."""
_AGAIN = "save the ROIs again in ImageJ (ROI Manager, More, Save...)."


def read_rois(path: str) -> list[NamedRoi]:
    """Read names and ROIs of a file; a reason in place of a ROI that cannot be read.

    Parameters
    ----------
    path : str
        A ``.roi`` file or a zip archive of them; told apart by content.

    Returns
    -------
    list of (str, ImagejRoi or str)
        The name, without ``.roi``; and the ROI, or the rest of a sentence that starts
        with the name and says why the entry of an archive cannot be read.

    Raises
    ------
    RegionError
        If the file is missing, broken, cut short, empty, or of another kind.
    """
    file = Path(path)
    start = first_bytes(file)
    if start.startswith(_ROI_MAGIC):
        return [_read_single(file)]
    if start.startswith(_ZIP_MAGIC):
        return _read_archive(file)
    if not start:
        raise RegionError(f"The ROI file {file} is empty: {_AGAIN}")
    raise RegionError(
        f"The ROI file {file} is neither a .roi file nor a zip archive, and no GeoJSON "
        f"or TIFF with ROIs: {_AGAIN[:-1]}, or give a label image as labels."
    )


def is_rois(start: bytes) -> bool:
    """Whether a file begins as a .roi file or a zip archive does."""
    return start.startswith((_ROI_MAGIC, _ZIP_MAGIC))


def first_bytes(file: Path) -> bytes:
    """Return the first bytes of a file, by which its kind is told.

    Raises
    ------
    RegionError
        If it cannot be opened.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(_ROI_HEADER)
    except FileNotFoundError:
        raise RegionError(
            f"There is no ROI file {file}: check the path, which was looked for from "
            f"the folder {Path.cwd()}."
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = getattr(error, "strerror", None) or error
        raise RegionError(f"The ROI file {file} cannot be opened: {reason}.") from None


def _read_single(file: Path) -> NamedRoi:
    try:
        size = file.stat().st_size
        if size > _LARGEST_ROI:
            raise ValueError(f"{size} bytes are too many for a ROI")
        return _without_extension(file.name), decode(file.read_bytes())
    except (ValueError, OSError) as error:
        raise RegionError(
            f"The ROI file {file} is broken or cut short ({error}): {_AGAIN}"
        ) from None


def _read_archive(file: Path) -> list[NamedRoi]:
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # NotImplementedError, too, of a version that lies
        raise RegionError(
            f"The ROI archive {file} is broken or cut short ({error}): {_AGAIN}"
        ) from None
    with archive:
        entries = [
            entry
            for entry in archive.infolist()
            if entry.filename.lower().endswith(".roi")
            and not entry.filename.startswith("__MACOSX/")  # the Finder's, not ROIs
        ]
        if not entries:
            count = len(archive.namelist())
            raise RegionError(
                f"The archive {file} has no .roi file among its {count} entries: "
                f"{_AGAIN}"
            )
        # Before they are unpacked: a few bytes of an archive can become all of memory.
        unpacked = sum(entry.file_size for entry in entries)
        size = file.stat().st_size
        if unpacked > _UNPACKED + _UNPACKED_PER_BYTE * size:
            raise RegionError(
                f"The ROI archive {file} has {size} bytes, and says that its ROIs are "
                f"{unpacked} bytes unpacked, which is more than ROIs ever are: {_AGAIN}"
            )
        return [_read_entry(archive, entry) for entry in entries]


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NamedRoi:
    name = _without_extension(entry.filename)
    try:
        if entry.compress_type not in _METHODS:
            raise ValueError("it is packed in a way that ImageJ cannot read")
        return name, decode(archive.read(entry))
    except Exception as error:  # zipfile and its codecs raise many kinds
        return name, f"cannot be read from the archive: {error}"


def _without_extension(name: str) -> str:
    return name[: -len(".roi")] if name.lower().endswith(".roi") else name


def decode(data: bytes) -> ImagejRoi:
    """Read the bytes of a .roi file.

    Raises
    ------
    ValueError
        If they are none, or end too early.
    """
    from roifile import ImagejRoi

    if len(data) < _ROI_HEADER:
        raise ValueError(f"{len(data)} bytes, less than a header's {_ROI_HEADER}")
    if data[_KIND_AT] not in _KINDS:
        raise ValueError(f"ROIs of kind {data[_KIND_AT]} are unknown")
    try:
        # It warns of a name, properties or an image of a ROI that lie outside the file,
        # which ImageJ overlooks, too: outline and position, which count here, lie
        # before them, and what is missing of those is an error.
        with heard("roifile"):
            return ImagejRoi.frombytes(data)
    except Exception as error:  # by place: TypeError, struct.error, ValueError, ...
        raise ValueError(str(error)) from error
