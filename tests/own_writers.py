"""Write TIFF, PNG and PNM files by hand, byte by byte.

What these files hold is known from here, and not from a library that the readers under
test use, too; and a library would refuse to write most of what is odd about them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import imagecodecs
import numpy as np

NONE, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773
"""Compressions of TIFF."""

WHITE, BLACK, RGB, PALETTE = range(4)
"""Photometric interpretations of TIFF: which of them means that 0 is white, ..."""

BYTE, ASCII, SHORT, LONG, RATIONAL, LONG8 = 1, 2, 3, 4, 5, 16
FORMS = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "I", LONG8: "Q"}

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL, DESCRIPTION, OFFSETS, SAMPLES, ROWS, COUNTS = 266, 270, 273, 277, 278, 279
PLANAR, PREDICTOR, COLORMAP, EXTRA, FORMAT = 284, 317, 320, 338, 339
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS = 322, 323, 324, 325

TAGS = (*range(254, 285), 296, 305, 317, *range(320, 343), 33628, 33629, 50838, 50839)
"""Those that mean something to readers, for what changes files at random."""

Value = tuple[int, Sequence[int] | bytes] | tuple[int, Sequence[int] | bytes, int]
"""Type of a tag, its values, and the count that is announced where it is another."""


@dataclass
class Page:
    """A page of a TIFF: what its strips or tiles hold, and its other tags.

    Attributes
    ----------
    parts : list of bytes
        Strips or tiles, compressed.
    tags : dict
        Type and values of each tag, but for those of the parts.
    tiled : bool
        Whether the parts are tiles.
    lost : set of int
        Parts that are not written: offset and length are 0.
    after : bytes
        What follows the last part, without a tag that tells of it.
    """

    parts: list[bytes]
    tags: dict[int, Value]
    tiled: bool = False
    lost: set[int] = field(default_factory=set)
    after: bytes = b""


def packed(samples: np.ndarray, bits: int, order: str = "<") -> bytes:
    """Return rows of samples in so many bits each; a row ends with a whole byte."""
    if bits >= 8 and bits != 12:
        return samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    rows = samples.reshape(len(samples), -1).astype(np.uint16)
    each = (rows[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(each.reshape(len(rows), -1).astype(bool), axis=1).tobytes()


def packbits(data: bytes) -> bytes:
    """Compress by PackBits: runs of one byte, and what lies between."""
    out, at = bytearray(), 0
    while at < len(data):
        run = 1
        while run < 128 and at + run < len(data) and data[at + run] == data[at]:
            run += 1
        if run > 1:
            out += bytes([257 - run, data[at]])
            at += run
            continue
        end = at + 1
        while end < len(data) and end - at < 128:
            if end + 1 < len(data) and data[end] == data[end + 1]:
                break
            end += 1
        out += bytes([end - at - 1]) + data[at:end]
        at = end
    return bytes(out)


CODERS: dict[int, Callable[[bytes], bytes]] = {
    NONE: bytes,
    LZW: imagecodecs.lzw_encode,
    DEFLATE: zlib.compress,
    PACKBITS: packbits,
}


def differences(samples: np.ndarray) -> np.ndarray:
    """Return what the horizontal predictor leaves: each less its left neighbour."""
    changed = samples.copy()
    changed[:, 1:] -= samples[:, :-1]
    return changed


def page(
    pixels: np.ndarray,
    *,
    bits: int | None = None,
    photometric: int | None = None,
    compression: int = NONE,
    rows: int | None = None,
    tile: tuple[int, int] | None = None,
    predictor: bool = False,
    planar: bool = False,
    order: str = "<",
    fill: int = 1,
    tags: dict[int, Value] | None = None,
    lost: Sequence[int] = (),
) -> Page:
    """Make a page of (y, x) or (y, x, samples).

    Parameters
    ----------
    rows : int, optional
        Of a strip; default: all.
    tile : tuple of int, optional
        Height and width of tiles; default: strips.
    planar : bool
        Whether each sample has strips of its own.
    fill : int
        2: the lowest bit of a byte is the first pixel.
    lost : sequence of int
        Strips or tiles that are not written.
    """
    bits = bits or pixels.dtype.itemsize * 8
    height, width = pixels.shape[:2]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    if photometric is None:
        photometric = RGB if samples >= 3 else BLACK
    kind = {"u": 1, "b": 1, "i": 2, "f": 3, "c": 6}[pixels.dtype.kind]
    own: dict[int, Value] = {
        WIDTH: (SHORT, [width]),
        LENGTH: (SHORT, [height]),
        BITS: (SHORT, [bits] * samples),
        COMPRESSION: (SHORT, [compression]),
        PHOTOMETRIC: (SHORT, [photometric]),
        SAMPLES: (SHORT, [samples]),
    }
    if kind != 1:
        own[FORMAT] = (SHORT, [kind] * samples)
    if planar:
        own[PLANAR] = (SHORT, [2])
    if predictor:
        own[PREDICTOR] = (SHORT, [2])
    if fill != 1:
        own[FILL] = (SHORT, [fill])
    sheets = [pixels[..., k] for k in range(samples)] if planar else [pixels]
    cut: list[np.ndarray] = []
    if tile is None:
        rows = rows or height
        own[ROWS] = (SHORT, [rows])
        starts = [*range(0, height, rows), height]
        cut = [sheet[a:b] for sheet in sheets for a, b in pairwise(starts)]
    else:
        high, wide = tile
        own |= {TILE_WIDTH: (SHORT, [wide]), TILE_LENGTH: (SHORT, [high])}
        for sheet in sheets:
            for y in range(0, height, high):
                for x in range(0, width, wide):
                    whole = np.zeros((high, wide, *sheet.shape[2:]), sheet.dtype)
                    part = sheet[y : y + high, x : x + wide]
                    whole[: part.shape[0], : part.shape[1]] = part
                    cut.append(whole)
    encode = CODERS[compression]
    parts = []
    for samples_of_part in cut:
        changed = differences(samples_of_part) if predictor else samples_of_part
        raw = packed(changed, bits, order)
        if fill != 1:
            raw = bytes(int(f"{byte:08b}"[::-1], 2) for byte in raw)
        parts.append(encode(raw))
    return Page(parts, {**own, **(tags or {})}, tile is not None, set(lost))


def tiff(
    pages: Sequence[Page],
    *,
    order: str = "<",
    big: bool = False,
    together: bool = False,
) -> bytes:
    """Lay pages out as a TIFF: pixels, then what describes them, page after page.

    Parameters
    ----------
    pages : sequence of Page
        At least one.
    order : str
        "<" or ">": the least or the most significant byte first.
    big : bool
        Whether it is a BigTIFF.
    together : bool
        Whether the pixels of all pages come first, one behind the other.
    """
    offset, width, many = ("Q", 8, "Q") if big else ("I", 4, "H")
    head = (b"II" if order == "<" else b"MM") + struct.pack(
        order + ("HHH" if big else "H"), *((43, 8, 0) if big else (42,))
    )
    out = bytearray(head + bytes(width))
    link = len(head)
    placed: dict[int, list[int]] = {}

    def place(number: int, one: Page) -> None:
        nonlocal out
        placed[number] = []
        for k, part in enumerate(one.parts):
            placed[number].append(0 if k in one.lost else len(out))
            out += b"" if k in one.lost else part
        out += one.after

    if together:
        for number, one in enumerate(pages):
            place(number, one)
    for number, one in enumerate(pages):
        if not together:
            place(number, one)
        places = placed[number]
        sizes = [0 if k in one.lost else len(p) for k, p in enumerate(one.parts)]
        kind = LONG8 if big else LONG
        where, size = (TILE_OFFSETS, TILE_COUNTS) if one.tiled else (OFFSETS, COUNTS)
        tags = {where: (kind, places), size: (kind, sizes), **one.tags}
        entries = b""
        for tag, (form, values, *counts) in sorted(tags.items()):
            data = struct.pack(f"{order}{len(values)}{FORMS[form]}", *values)
            count = counts[0] if counts else len(values) // (1 + (form == RATIONAL))
            if len(data) > width:
                out += bytes(len(out) % 2)
                held = struct.pack(order + offset, len(out))
                out += data
            else:
                held = data.ljust(width, b"\0")
            entries += struct.pack(order + "HH" + offset, tag, form, count) + held
        out += bytes(len(out) % 2)
        struct.pack_into(order + offset, out, link, len(out))
        out += struct.pack(order + many, len(tags)) + entries
        link = len(out)
        out += bytes(width)
    return bytes(out)


def text(words: str) -> Value:
    """Return the value of a tag that holds text."""
    return ASCII, words.encode("utf-8") + b"\0"


def colormap(red: Sequence[int], green: Sequence[int], blue: Sequence[int]) -> Value:
    """Return the value of the tag of a palette, of 0 to 255."""
    return SHORT, [257 * int(v) for v in (*red, *green, *blue)]


def png(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Lay out chunks as a PNG, with their check sums."""
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        crc = struct.pack(">I", zlib.crc32(name + data))
        out += struct.pack(">I", len(data)) + name + data + crc
    return out


GREY, TRUE, INDEXED, GREY_ALPHA, TRUE_ALPHA = 0, 2, 3, 4, 6
"""Colour types of PNG."""

PASSES = (
    *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)),
    *((2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)),
)
"""First row and column, and steps, of what an interlaced PNG holds pass by pass."""


def png_chunks(
    pixels: np.ndarray,
    kind: int = GREY,
    bits: int = 8,
    *,
    interlaced: bool = False,
    before: Sequence[tuple[bytes, bytes]] = (),
) -> list[tuple[bytes, bytes]]:
    """Return the chunks of an image (y, x) or (y, x, samples)."""
    height, width = pixels.shape[:2]
    raw = b""
    for y, x, down, right in PASSES if interlaced else ((0, 0, 1, 1),):
        part = pixels[y::down, x::right]
        if part.size:
            rows = packed(part, bits, ">")
            long = len(rows) // len(part)
            raw += b"".join(
                b"\0" + rows[k : k + long] for k in range(0, len(rows), long)
            )
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced))
    return [
        (b"IHDR", head),
        *before,
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]


def pnm(pixels: np.ndarray, kind: str, most: int | None, comment: str = "") -> bytes:
    """Return a PBM, PGM or PPM file: P1, P4 (1 is black), P2, P5, P3 or P6."""
    height, width = pixels.shape[:2]
    head = f"{kind}\n{comment}{width} {height}\n" + (f"{most}\n" if most else "")
    if kind in ("P1", "P2", "P3"):
        lines = (" ".join(map(str, row)) for row in pixels.reshape(height, -1))
        return (head + "\n".join(lines) + "\n").encode()
    if kind == "P4":
        return head.encode() + packed(pixels, 1)
    wide = most is not None and most > 255
    return head.encode() + pixels.astype(">u2" if wide else "u1").tobytes()
