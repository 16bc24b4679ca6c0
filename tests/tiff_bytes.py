"""Write TIFF files byte by byte, with no library: right ones, odd ones, broken ones."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, LONG8 = 1, 2, 3, 4, 5, 16
_FORMS = {BYTE: "B", ASCII: "s", SHORT: "H", LONG: "I", RATIONAL: "II", LONG8: "Q"}


@dataclass
class Page:
    """A page: its tags without the places of strips, and the bytes of those."""

    tags: dict[int, tuple[int, Any]]
    strips: list[bytes]
    tiled: bool = False
    places: dict[int, Any] = field(default_factory=dict)
    """Values of tags 273, 279, 324, 325 that are not the true ones; None: absent."""


def page(
    pixels: np.ndarray,
    *,
    rows: int | None = None,
    bits: int | None = None,
    order: str = "<",
    compressed: Any = None,
    compression: int = 1,
    description: str = "",
    photometric: int = 1,
    planar: int = 1,
    tags: dict[int, tuple[int, Any]] | None = None,
    places: dict[int, Any] | None = None,
) -> Page:
    """Make a page of (y, x), (y, x, s) or, planar, (s, y, x) pixels.

    Values of fewer than 8 bits, or of 10, 12 and 14, are packed row by row.
    """
    planes = pixels if planar == 2 else pixels[None]
    samples = pixels.shape[2] if planar == 1 and pixels.ndim == 3 else len(planes)
    height, width = planes.shape[1:3]
    bits = bits or 8 * pixels.itemsize
    rows = rows or height
    strips = []
    for plane in planes:
        for first in range(0, height, rows):
            strip = packed(plane[first : first + rows], bits, order)
            strips.append(compressed(strip) if compressed else strip)
    kind = {"u": 1, "i": 2, "f": 3, "c": 6, "b": 1}[pixels.dtype.kind]
    all_tags: dict[int, tuple[int, Any]] = {
        256: (LONG, width),
        257: (LONG, height),
        258: (SHORT, [bits] * samples),
        259: (SHORT, compression),
        262: (SHORT, photometric),
        277: (SHORT, samples),
        278: (LONG, rows),
        284: (SHORT, planar),
    }
    if kind != 1:
        all_tags[339] = (SHORT, [kind] * samples)
    if description:
        all_tags[270] = (ASCII, description)
    return Page({**all_tags, **(tags or {})}, strips, places=places or {})


def packed(pixels: np.ndarray, bits: int, order: str = "<") -> bytes:
    """Return the bytes of rows of pixels, each row beginning a byte."""
    if bits in (8, 16, 32, 64) and bits == 8 * pixels.itemsize:
        return pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    rows = pixels.reshape(len(pixels), -1).astype(np.uint64)
    shifts = np.arange(bits - 1, -1, -1, dtype=np.uint64)
    ones = (rows[..., None] >> shifts) & np.uint64(1)
    return np.packbits(ones.reshape(len(rows), -1).astype(np.uint8), axis=1).tobytes()


def packbits(raw: bytes) -> bytes:
    """Compress with PackBits, as literal runs and repeats of the same byte."""
    out, at = bytearray(), 0
    while at < len(raw):
        stop = at + 1
        while stop < len(raw) and stop - at < 128 and raw[stop] == raw[at]:
            stop += 1
        if stop - at > 1:
            out += bytes([257 - (stop - at), raw[at]])
        else:
            out += bytes([0, raw[at]])
        at = stop
    return bytes(out)


def tiff(
    pages: Sequence[Page],
    order: str = "<",
    *,
    big: bool = False,
    last_first: bool = False,
    contiguous: bool = False,
    end: int = 0,
) -> bytes:
    """Write pages: each its pixels, then its directory (or the other way round).

    Parameters
    ----------
    pages, order, big
        Pages, "<" or ">", BigTIFF or TIFF.
    last_first : bool
        Each directory before its pixels.
    contiguous : bool
        All pixels first, one page behind the other, then the directories.
    end : int
        Where the last directory says that the next one is.
    """
    head = (b"II" if order == "<" else b"MM") + (
        struct.pack(order + "HHHQ", 43, 8, 0, 0)
        if big
        else struct.pack(order + "HI", 42, 0)
    )
    out = bytearray(head)
    link = len(head) - (8 if big else 4)
    written = []
    if contiguous:
        for one in pages:
            written.append(_strips(out, one))
    for k, one in enumerate(pages):
        if contiguous:
            places = written[k]
        elif last_first:
            size = len(_directory(one, [0] * len(one.strips), 0, order, big)[0])
            start, places = len(out) + size + 1, []
            for strip in one.strips:
                places.append(start)
                start += len(strip)
        else:
            places = _strips(out, one)
        if len(out) % 2:
            out += b"\0"
        at = len(out)
        struct.pack_into(order + ("Q" if big else "I"), out, link, at)
        described, link = _directory(one, places, at, order, big)
        out += described
        if last_first:
            out += bytes(places[0] - len(out) if places else 0)
            out += b"".join(one.strips)
    struct.pack_into(order + ("Q" if big else "I"), out, link, end)
    return bytes(out)


def _strips(out: bytearray, one: Page) -> list[int]:
    places = []
    for strip in one.strips:
        places.append(len(out))
        out += strip
    return places


def _directory(
    one: Page, places: list[int], at: int, order: str, big: bool
) -> tuple[bytes, int]:
    first, second = (324, 325) if one.tiled else (273, 279)
    tags = dict(one.tags)
    tags[first] = (LONG8 if big else LONG, places)
    tags[second] = (LONG, [len(strip) for strip in one.strips])
    for code, values in one.places.items():
        if values is None:
            del tags[code]
        else:
            tags[code] = (tags[code][0], values)
    step, inline = (20, 8) if big else (12, 4)
    many = struct.pack(order + ("Q" if big else "H"), len(tags))
    behind = at + len(many) + step * len(tags) + inline
    entries, values_behind = b"", bytearray()
    for code in sorted(tags):
        kind, values = tags[code]
        if kind == ASCII:
            raw = (values.encode() if isinstance(values, str) else values) + b"\0"
            count = len(raw)
        else:
            listed = list(values) if isinstance(values, (list, tuple)) else [values]
            form = _FORMS[kind]
            count = len(listed) // len(form)
            raw = struct.pack(f"{order}{form * count}", *listed)
        entries += struct.pack(order + ("HHQ" if big else "HHI"), code, kind, count)
        if len(raw) <= inline:
            entries += raw.ljust(inline, b"\0")
        else:
            place = behind + len(values_behind)
            entries += struct.pack(order + ("Q" if big else "I"), place)
            values_behind += raw + b"\0" * (len(raw) % 2)
    described = many + entries + bytes(inline) + bytes(values_behind)
    return described, at + len(many) + len(entries)


def with_ring(whole: bytes) -> bytes:
    """Return a TIFF whose chain of pages comes back to its first, and never ends."""
    ring = bytearray(whole)
    (first,) = struct.unpack_from("<I", ring, 4)
    (count,) = struct.unpack_from("<H", ring, first)
    struct.pack_into("<I", ring, first + 2 + 12 * count, first)
    return bytes(ring)
