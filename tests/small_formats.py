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
