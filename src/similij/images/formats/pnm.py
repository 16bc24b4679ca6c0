"""Read PBM, PGM, PPM and PFM: numbers as they are recorded, whatever the largest is.

Pillow stretches them to 0...255 or 65535, and ImageJ those of 8 bits; a scale that
nobody asked for makes other numbers of the same image.

The formats: https://netpbm.sourceforge.net/doc/ (Poskanzer).
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...ground.errors import ImageError
from ...ground.types import Array
from ..image import Image, Provenance
from .reading import Wanted, cut_short, only_one

_BITS, _GRAY, _COLOUR = "PBM", "PGM", "PPM"
_KINDS = {
    b"P1": (_BITS, False),
    b"P2": (_GRAY, False),
    b"P3": (_COLOUR, False),
    b"P4": (_BITS, True),
    b"P5": (_GRAY, True),
    b"P6": (_COLOUR, True),
}
"""What each magic number is, and whether its numbers are bytes, not text."""

_GAP = rb"(?:\s|#[^\n\r]*[\n\r])+"
_NUMBER = rb"(\d{1,19})"
"""More digits are no size that exists, and Python takes long over very many."""

_LARGEST = 65535


class _Header(NamedTuple):
    """Hold what the header of a file says."""

    kind: str
    raw: bool
    width: int
    height: int
    largest: int
    end: int


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read the image of a PBM, PGM, PPM or PFM file.

    Raises
    ------
    ImageError
        If it is not all there, holds several images, or is none.
    """
    only_one(path.name, wanted)
    content = path.read_bytes()
    if content[:2] in (b"Pf", b"PF"):
        return _floats(path, content)
    header = _header(path.name, content)
    notes: list[str] = []
    if header.kind == _BITS:
        pixels, axes, values = (
            _bits(path.name, header, content, wanted, notes),
            "yx",
            "",
        )
        if not wanted.indices:
            values = "1 bit: white is 255, black is 0"
    else:
        pixels, values = _numbers(path.name, header, content), ""
        axes = "yx"
        if header.kind == _COLOUR:
            axes = "yxs"
            if header.largest > 255:  # noqa: PLR2004 - of two bytes, as ImageJ: channels
                axes, pixels = "cyx", np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
        if header.largest < 255:  # noqa: PLR2004
            notes.append(
                f"has {header.largest} as its largest possible value: the numbers were "
                "compared as recorded, which ImageJ stretches to 0 to 255"
            )
    stored = f"{header.kind}, {'bytes' if header.raw else 'text'}"
    if header.kind != _BITS:
        stored += f", 0 to {header.largest}"
    origin = Provenance(str(path), "similij", stored, notes=tuple(notes))
    return Image(pixels, tuple(axes), path.name, values=values, provenance=origin)


def _header(name: str, content: bytes) -> _Header:
    kind, raw = _KINDS[content[:2]]
    count = 2 if kind == _BITS else 3
    match = re.match(rb"P\d" + (_GAP + _NUMBER) * count + rb"(?=\s|#|$)", content)
    if match is None:
        raise ImageError(
            f'"{name}" is a {kind} file without a size'
            f"{'' if kind == _BITS else ' and a largest value'} in its header: save it "
            "again."
        )
    width, height, *rest = map(int, match.groups())
    largest = rest[0] if rest else 1
    if not (width and height and 0 < largest <= _LARGEST):
        raise ImageError(
            f'"{name}" says of itself that it is {width}×{height} pixels of 0 to '
            f"{largest}: a {kind} has one pixel or more, of at most {_LARGEST}. Save "
            "it again."
        )
    # One space ends the header, and what follows may be a pixel that looks like one.
    return _Header(kind, raw, width, height, largest, match.end() + 1)


def _numbers(name: str, header: _Header, content: bytes) -> Array:
    samples = 3 if header.kind == _COLOUR else 1
    shape: tuple[int, ...] = (header.height, header.width)
    if samples > 1:
        shape += (samples,)
    count = math.prod(shape)
    dtype = np.dtype(np.uint8 if header.largest < 256 else ">u2")  # noqa: PLR2004
    if header.raw:
        _check_length(name, header, content, count * dtype.itemsize)
        flat = np.frombuffer(content, dtype, count, header.end)
    else:
        words = _words(name, header, content, count)
        flat = np.array([int(word) for word in words], np.int64)
    if flat.max() > header.largest:
        raise ImageError(
            f'"{name}" has a pixel of {flat.max()}, and says that {header.largest} is '
            "the largest: save it again."
        )
    return flat.astype(dtype.newbyteorder("=")).reshape(shape)


def _bits(
    name: str, header: _Header, content: bytes, wanted: Wanted, notes: list[str]
) -> Array:
    """Read a bitmap, of which 1 is black, the other way round than in PNG and TIFF."""
    shape = (header.height, header.width)
    if header.raw:
        row = -(-header.width // 8)
        _check_length(name, header, content, row * header.height)
        packed = np.frombuffer(content, np.uint8, row * header.height, header.end)
        bits = np.unpackbits(packed.reshape(-1, row), axis=1)[:, : header.width]
        # Seen with 1.54p: of each row one pixel in eight is right.
        notes.append("is a bitmap of packed bits (P4), which ImageJ reads wrongly")
    else:
        text = _without_comments(content[header.end :])
        digits = b"".join(text.split())
        _check_count(name, header, len(digits), math.prod(shape))
        bits = np.frombuffer(digits, np.uint8) - np.uint8(ord("0"))
        if bits.max() > 1:
            raise _no_number(name, "a digit that is neither 0 nor 1")
        bits = bits.reshape(shape)
        if len(text.split()) < len(digits):
            notes.append("has digits without spaces, which ImageJ reads wrongly")
    if wanted.indices:
        return np.ascontiguousarray(bits)
    shown: Array = (1 - bits) * np.uint8(255)
    return shown


def _words(name: str, header: _Header, content: bytes, count: int) -> list[bytes]:
    # A number and the space behind it are two bytes: fewer cannot be that many.
    if 2 * count - 1 > len(content) - header.end:
        _check_count(name, header, (len(content) - header.end + 1) // 2, count)
    words = _without_comments(content[header.end :]).split()
    _check_count(name, header, len(words), count)
    wrong = next((w for w in words if not w.isdigit() or len(w) > 5), None)  # noqa: PLR2004
    if wrong is not None:
        raise _no_number(name, repr(wrong[:20].decode("latin-1")))
    return words


def _without_comments(text: bytes) -> bytes:
    return re.sub(rb"#[^\n\r]*", b"", text) if b"#" in text else text


def _no_number(name: str, what: str) -> ImageError:
    return ImageError(f'"{name}" has {what} where a pixel should be: save it again.')


def _check_count(name: str, header: _Header, there: int, count: int) -> None:
    size = f"{header.width}×{header.height}"
    if there < count:
        raise cut_short(name, f"{size} pixels are announced, {count} numbers, and "
                              f"{there} are there")  # fmt: skip
    if there > count:
        raise ImageError(
            f'"{name}" has {there} numbers, and {size} pixels have {count}: save each '
            "image as a file of its own."
        )


def _check_length(name: str, header: _Header, content: bytes, size: int) -> None:
    there = len(content) - header.end
    announced = f"{header.width}×{header.height} pixels are announced, {size} bytes"
    if there < size:
        raise cut_short(name, f"{announced}, and {max(there, 0)} are there")
    behind = content[header.end + size :]
    if behind.strip():
        what = "another image" if behind[:2] in _KINDS else f"{len(behind)} bytes more"
        raise ImageError(
            f'"{name}" holds {what} behind the first image ({announced}): save each '
            "image as a file of its own."
        )


def _floats(path: Path, content: bytes) -> Image:
    """Read a PFM: float32, the lowest row first."""
    name = path.name
    number = rb"(-?\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?)"
    match = re.match(rb"P[fF]\s+(\d{1,19})\s+(\d{1,19})\s+" + number + rb"\s", content)
    if match is None:
        raise ImageError(f'"{name}" is a PFM without a size in its header: save it '
                         "again.")  # fmt: skip
    width, height, scale = int(match[1]), int(match[2]), float(match[3])
    samples = 3 if content[:2] == b"PF" else 1
    size = 4 * width * height * samples
    header = _Header("PFM", True, width, height, 0, match.end())
    if not (width and height and scale):
        raise ImageError(
            f'"{name}" says of itself that it is {width}×{height} pixels, scale '
            f"{scale:g}: save it again."
        )
    _check_length(name, header, content, size)
    # The sign of the scale is the order of bytes; its size is a unit, and no factor.
    dtype: Any = "<f4" if scale < 0 else ">f4"
    flat = np.frombuffer(content, dtype, size // 4, header.end).astype(np.float32)
    pixels = flat.reshape(height, width, samples)[::-1]
    pixels = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    remarks = () if abs(scale) == 1 else (f"has the scale {abs(scale):g}, not applied",)
    order = "little" if scale < 0 else "big"
    origin = Provenance(
        str(path), "similij", f"PFM, 32 bit, {order}-endian", remarks=remarks
    )
    if samples == 1:
        return Image(pixels[0], ("y", "x"), name, provenance=origin)
    return Image(pixels, ("c", "y", "x"), name, provenance=origin)
