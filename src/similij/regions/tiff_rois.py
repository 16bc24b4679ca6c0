"""Find the ROIs that ImageJ keeps in a TIFF: the overlay's, and the selection.

ImageJ writes them in two tags of its own, in the first directory: the lengths of the
parts, and the parts one after another, behind a header that says of which kind each is.
Only these tags are read, whatever the image is.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..ground.errors import RegionError
from ..ground.public import public
from .roi_files import decode

if TYPE_CHECKING:
    from roifile import ImagejRoi


_ORDERS = {b"II": "<", b"MM": ">"}
_CLASSIC, _BIG = 42, 43
_LENGTHS, _PARTS = 50838, 50839
"""ImageJ's tags: lengths of the parts, as 32-bit numbers, and the parts."""
_BYTES = {1: 1, 3: 2, 4: 4, 7: 1, 13: 4, 16: 8}
"""Bytes of a value, by the type of a tag; those that these two tags can have."""
_START = 0x494A494A
"""The number that the parts begin with: IJIJ."""
_SELECTION, _OVERLAY = b"roi ", b"over"


def is_tiff(start: bytes) -> bool:
    """Whether a file begins as a TIFF does."""
    order = _ORDERS.get(start[:2])
    if order is None or len(start) < 4:  # noqa: PLR2004
        return False
    return struct.unpack(f"{order}H", start[2:4])[0] in (_CLASSIC, _BIG)


@public
def embedded_rois(path: str | os.PathLike[str]) -> list[tuple[str, ImagejRoi]]:
    """Read the ROIs that ImageJ keeps in a TIFF.

    Parameters
    ----------
    path : path
        Of any file; one that is no TIFF has none.

    Returns
    -------
    list of (str, roifile.ImagejRoi)
        The selection first, then the overlay's, each with its name; without one
        "selection", and "roi 1", "roi 2", ... by its place, as ImageJ's command has it.

    Raises
    ------
    RegionError
        If a ROI cannot be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            parts = _parts(stream)
    except OSError as error:
        raise RegionError(
            f"The file {file} cannot be opened: {error.strerror or error}."
        ) from None
    rois: list[tuple[str, ImagejRoi]] = []
    for kind in (_SELECTION, _OVERLAY):
        for k, part in enumerate(parts.get(kind, ()), start=1):
            otherwise = "selection" if kind == _SELECTION else f"roi {k}"
            try:
                roi = decode(part)
            except ValueError as error:
                raise RegionError(
                    f"A ROI in the TIFF {file} ({otherwise}) is broken ({error}): open "
                    "the image in ImageJ, and save its ROIs apart (ROI Manager, More, "
                    "Save...)."
                ) from None
            rois.append((str(roi.name or "").strip() or otherwise, roi))
    return rois


def _parts(stream: BinaryIO) -> dict[bytes, list[bytes]]:
    """Read the selection and the overlay of a TIFF, as bytes of .roi files."""
    tags = _tags(stream)
    if tags is None:
        return {}
    order, lengths, data = tags
    held = struct.unpack(
        f"{order}{len(lengths) // 4}I", lengths[: len(lengths) // 4 * 4]
    )
    if not held or held[0] > len(data) or held[0] < 4:  # noqa: PLR2004 - the number
        return {}
    if struct.unpack(f"{order}I", data[:4])[0] != _START:
        return {}
    parts: dict[bytes, list[bytes]] = {}
    at, k = held[0], 1
    for entry in range(4, held[0] - 7, 8):
        kind = data[entry : entry + 4]
        kind = kind if order == ">" else kind[::-1]
        (count,) = struct.unpack(f"{order}I", data[entry + 4 : entry + 8])
        for length in held[k : k + count]:
            if kind in (_SELECTION, _OVERLAY):
                parts.setdefault(kind, []).append(data[at : at + length])
            at += length
        k += count
    return parts


def _tags(stream: BinaryIO) -> tuple[str, bytes, bytes] | None:
    """Return the byte order and ImageJ's two tags; None where they are not there."""
    start = stream.read(16)
    if not is_tiff(start):
        return None
    order = _ORDERS[start[:2]]
    size = stream.seek(0, os.SEEK_END)
    try:
        if struct.unpack(f"{order}H", start[2:4])[0] == _CLASSIC:
            (at,) = struct.unpack(f"{order}I", start[4:8])
            count_form, entry_form, offset_form = "H", "HHI4s", "I"
        else:
            (at,) = struct.unpack(f"{order}Q", start[8:16])
            count_form, entry_form, offset_form = "Q", "HHQ8s", "Q"
        wide = struct.calcsize(f"{order}{count_form}")
        if at + wide > size:
            return None
        stream.seek(at)
        (count,) = struct.unpack(f"{order}{count_form}", stream.read(wide))
        step = struct.calcsize(f"{order}{entry_form}")
        # A directory has at most as many entries as fit into the file.
        table = stream.read(min(count, (size - at) // step) * step)
        values = {}
        for tag, kind, length, value in struct.iter_unpack(
            f"{order}{entry_form}", table[: len(table) // step * step]
        ):
            if tag not in (_LENGTHS, _PARTS):
                continue
            bytes_ = length * _BYTES.get(kind, 1)
            if bytes_ > len(value):
                (where,) = struct.unpack(f"{order}{offset_form}", value)
                stream.seek(min(where, size))
                value = stream.read(min(bytes_, size))  # noqa: PLW2901
            values[tag] = value[:bytes_]
        if {*values} != {_LENGTHS, _PARTS}:
            return None
        return order, values[_LENGTHS], values[_PARTS]
    except struct.error:
        return None
