"""Write small image files byte by byte, without the libraries that read them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"

ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Passes of an interlaced PNG: first column and row, steps of both."""

Chunk = tuple[bytes, bytes]


def png_chunk(kind: bytes, content: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + crc


def png_rows(samples: np.ndarray, depth: int) -> bytes:
    """Rows of PNG, each after a 0 (no filter); samples: (height, width, samples)."""
    rows = []
    for row in samples:
        if depth == 16:
            packed = row.astype(">u2").tobytes()
        else:
            bits = np.unpackbits(row.astype(np.uint8).reshape(-1, 1), axis=1)
            packed = np.packbits(bits[:, 8 - depth :].reshape(-1)).tobytes()
        rows.append(b"\0" + packed)
    return b"".join(rows)


def png(
    samples: Any,
    depth: int,
    colour: int,
    *,
    interlaced: bool = False,
    before: Sequence[Chunk] = (),
    size: tuple[int, int] | None = None,
    rows: bytes | None = None,
) -> bytes:
    """Return a PNG: `colour` 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA.

    `before`: chunks before the pixels; `size`: (width, height) that the header says;
    `rows`: the bytes of its rows, before they are compressed.
    """
    samples = np.atleast_3d(np.asarray(samples))
    height, width = samples.shape[:2]
    header = struct.pack(
        ">IIBBBBB", *(size or (width, height)), depth, colour, 0, 0, interlaced
    )
    if rows is None and interlaced:
        passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
        rows = b"".join(png_rows(part, depth) for part in passes if part.size)
    elif rows is None:
        rows = png_rows(samples, depth)
    chunks = [
        (b"IHDR", header),
        *before,
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return SIGNATURE + b"".join(png_chunk(*chunk) for chunk in chunks)


def gif_stream(numbers: np.ndarray) -> bytes:
    """Compressed pixels of a GIF: codes of 9 bits, and none for more than a pixel."""
    codes = []
    for k, number in enumerate(numbers.reshape(-1)):
        if k % 200 == 0:  # before codes would become longer
            codes.append(256)
        codes.append(int(number))
    codes.append(257)
    bits = sum(code << 9 * k for k, code in enumerate(codes))
    packed = bits.to_bytes(-(-9 * len(codes) // 8), "little")
    pieces = [packed[k : k + 255] for k in range(0, len(packed), 255)]
    return b"\x08" + b"".join(bytes([len(p)]) + p for p in pieces) + b"\0"


def gif_frame(
    numbers: Any,
    *,
    left: int = 0,
    top: int = 0,
    colours: Any = None,
    clear: int = -1,
    disposal: int = -1,
    interlaced: bool = False,
) -> bytes:
    """Return a frame of a GIF; `disposal` -1: the file does not say."""
    numbers = np.asarray(numbers)
    height, width = numbers.shape
    before = b""
    if disposal >= 0 or clear >= 0:
        packed = max(disposal, 0) << 2 | (clear >= 0)
        before = b"!\xf9\x04" + bytes([packed, 0, 0, max(clear, 0)]) + b"\0"
    if interlaced:
        rows = [*range(0, height, 8), *range(4, height, 8)]
        rows += [*range(2, height, 4), *range(1, height, 2)]
        numbers = numbers[rows]
    flags = 0x40 * interlaced
    palette = b""
    if colours is not None:
        flags |= 0x87
        palette = np.asarray(colours, np.uint8).tobytes().ljust(768, b"\0")
    place = struct.pack("<HHHHB", left, top, width, height, flags)
    return before + b"," + place + palette + gif_stream(numbers)


def gif(size: tuple[int, int], colours: Any, *frames: bytes) -> bytes:
    """Return a GIF; `size`: width and height of its screen."""
    palette = np.asarray(colours, np.uint8).tobytes().ljust(768, b"\0")
    screen = struct.pack("<HHBBB", *size, 0xF7, 0, 0)
    return b"GIF89a" + screen + palette + b"".join(frames) + b";"


def bmp(rows: Any, depth: int, colours: Any = (), *, top_down: bool = False) -> bytes:
    """Return a BMP of numbers (height, width), or of (blue, green, red) of 24 bits."""
    rows = np.asarray(rows)
    height, width = rows.shape[:2]
    palette = b"".join(bytes([*colour[::-1], 0]) for colour in colours)
    lines = []
    for row in rows if top_down else rows[::-1]:
        bits = np.unpackbits(row.astype(np.uint8).reshape(-1, 1), axis=1)
        line = np.packbits(bits[:, 8 - min(depth, 8) :].reshape(-1)).tobytes()
        lines.append(line.ljust(-(-len(line) // 4) * 4, b"\0"))
    pixels = b"".join(lines)
    offset = 54 + len(palette)
    tall = -height if top_down else height
    return b"".join(
        (
            b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset),
            struct.pack("<IiiHHII", 40, width, tall, 1, depth, 0, len(pixels)),
            struct.pack("<iiII", 0, 0, len(colours), 0),
            palette + pixels,
        )
    )
