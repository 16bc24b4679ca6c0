"""Read PNG: of 1 to 16 bits, gray or in colour, with a palette or alpha.

Every byte is accounted for before there are pixels: libraries take a file that ends
early inside its compressed stream for whole, or scale 16 bits to 8, without a word. So
its chunks and its stream are checked here, and a library only undoes the filters of
rows.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...ground.errors import ImageError
from ...ground.optional import how_to_get
from ...ground.types import Array
from ..image import Image, Provenance
from .palette import of_palette
from .reading import DEFLATED, Wanted, cut_short, only_one

SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""How a PNG begins."""

_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_SAMPLES = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _GRAY_ALPHA: 2, _RGBA: 4}
_DEPTHS = {
    _GRAY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GRAY_ALPHA: (8, 16),
    _RGBA: (8, 16),
}
"""Bits of a sample that each type of colour may have."""

_WORDS = {
    _GRAY: "gray",
    _RGB: "RGB",
    _PALETTE: "a palette",
    _GRAY_ALPHA: "gray and alpha",
    _RGBA: "RGB and alpha",
}

_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Of an interlaced image: first column and row, and the steps of both."""

_WHOLE_BYTE, _TWO_BYTES = 8, 16
_OPAQUE = 255


class _Header(NamedTuple):
    """Hold what the chunk IHDR says."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def samples(self) -> int:
        """Samples of a pixel."""
        return _SAMPLES[self.colour]

    def size(self, width: int, height: int) -> int:
        """Bytes of some rows, each with the number of its filter before it."""
        return height * (1 + -(-width * self.depth * self.samples // 8))

    def passes(self) -> Iterator[tuple[tuple[slice, slice], int, int]]:
        """Yield where each pass of an interlaced image goes, its width and height."""
        for x, y, dx, dy in _PASSES:
            width, height = -(-(self.width - x) // dx), -(-(self.height - y) // dy)
            if width > 0 and height > 0:
                yield (slice(y, None, dy), slice(x, None, dx)), width, height


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read a PNG.

    Raises
    ------
    ImageError
        If it is not all there, is animated, has pixels that are not opaque, or a
        palette of colours.
    """
    only_one(path.name, wanted)
    name = path.name
    chunks, streams, behind = _chunks(path.read_bytes(), name)
    header = _header(chunks[b"IHDR"], name)
    samples = _samples(header, b"".join(streams), name)
    _check_one_image(chunks, behind, name)
    pixels, axes, values, notes = _meant(header, chunks, samples, wanted, name)
    remarks = _remarks(header, chunks, behind)
    bits = f"{header.depth} bit, {_WORDS[header.colour]}"
    stored = f"PNG, {bits}{', interlaced' if header.interlaced else ''}"
    origin = Provenance(str(path), "similij", stored, notes=notes, remarks=remarks)
    return Image(pixels, tuple(axes), name, values=values, provenance=origin)


def _chunks(content: bytes, name: str) -> tuple[dict[bytes, bytes], list[bytes], bytes]:
    """Read all chunks, the pieces of the stream, and what is behind the last chunk.

    Raises
    ------
    ImageError
        If one is not all there, or its checksum is wrong.
    """
    at, end = len(SIGNATURE), len(content)
    chunks: dict[bytes, bytes] = {}
    streams = []
    while b"IEND" not in chunks:
        if at + 12 > end:  # length, name and checksum of a chunk
            raise cut_short(name, f"it ends at byte {end}, before the end of the PNG")
        length, kind = struct.unpack_from(">I4s", content, at)
        if at + 12 + length > end:
            raise cut_short(
                name,
                f"its chunk {kind.decode('latin-1')!r} ends at byte "
                f"{at + 12 + length}, and it has {end} bytes",
            )
        data = content[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(content[at + 4 : at + 8 + length]) != checksum:
            raise ImageError(
                f'"{name}" is damaged: the checksum of its chunk '
                f"{kind.decode('latin-1')!r} at byte {at} is wrong. Copy or save it "
                "again."
            )
        if not chunks and kind != b"IHDR":
            raise _damaged(name, "it does not begin with a header")
        if kind == b"IDAT":
            streams.append(data)
        elif kind in _ONCE and kind in chunks:
            raise _damaged(name, f"it has two chunks {kind.decode('latin-1')!r}")
        elif kind not in _ONCE and not kind[0] & 0x20:
            # A capital letter: who does not know it cannot read the image.
            raise ImageError(
                f'"{name}" has a chunk {kind.decode("latin-1")!r}, which is not of '
                "PNG: save it again as PNG or TIFF."
            )
        chunks.setdefault(kind, data)
        at += 12 + length
    return chunks, streams, content[at:]


_ONCE = (b"IHDR", b"PLTE", b"IEND")


def _damaged(name: str, what: str) -> ImageError:
    return ImageError(f'"{name}" is damaged: {what}. Copy or save it again.')


def _header(data: bytes, name: str) -> _Header:
    if len(data) != 13:  # noqa: PLR2004 - two numbers of 4 bytes and five of 1
        raise _damaged(name, f"its header has {len(data)} bytes and not 13")
    width, height, depth, colour, *methods, interlaced = struct.unpack(">IIBBBBB", data)
    if depth not in _DEPTHS.get(colour, ()) or methods != [0, 0] or interlaced > 1:
        raise _damaged(
            name, f"no PNG has {depth} bits of type {colour} ({interlaced}, {methods})"
        )
    if not (width and height):
        raise _damaged(name, f"its header says {width}×{height} pixels")
    return _Header(width, height, depth, colour, bool(interlaced))


def _samples(header: _Header, stream: bytes, name: str) -> Array:
    """Return the samples as they are recorded, (y, x) or (y, x, samples).

    Raises
    ------
    ImageError
        If the stream does not hold all rows and no more.
    """
    parts = [(header.width, header.height)]
    if header.interlaced:
        parts = [(width, height) for _, width, height in header.passes()]
    size = sum(header.size(width, height) for width, height in parts)
    announced = f"{header.width}×{header.height} pixels are announced"
    if size > DEFLATED * len(stream):
        raise cut_short(
            name, f"{announced}, which {len(stream)} compressed bytes cannot hold"
        )
    inflate = zlib.decompressobj()
    try:
        rows = inflate.decompress(stream, size + 1)
    except zlib.error as error:
        raise _damaged(name, f"its pixels cannot be decompressed ({error})") from None
    if len(rows) < size:
        raise cut_short(name, f"{announced}, {size} bytes, and {len(rows)} are there")
    if len(rows) > size:
        raise _damaged(name, f"{announced}, and there are more of them")
    # Only behind the last byte is the checksum of all of them.
    if not inflate.eof:
        raise cut_short(name, "the checksum of its pixels is missing")
    if not header.interlaced:
        return _unfiltered(header, header.width, header.height, rows, name)
    dtype = np.uint16 if header.depth == _TWO_BYTES else np.uint8
    shape: tuple[int, ...] = (header.height, header.width)
    if header.samples > 1:
        shape += (header.samples,)
    samples = np.empty(shape, dtype)
    at = 0
    for where, width, height in header.passes():
        length = header.size(width, height)
        part = rows[at : at + length]
        samples[where] = _unfiltered(header, width, height, part, name)
        at += length
    return samples


def _unfiltered(
    header: _Header, width: int, height: int, rows: bytes, name: str
) -> Array:
    """Undo the filters of rows and unpack their samples.

    A library does it, which is handed a plain PNG of these rows: no palette, no
    transparent colour and no interlacing, of which each library has its own idea.
    """
    filters = np.frombuffer(rows, np.uint8).reshape(height, -1)[:, 0]
    if filters.max() > 4:  # noqa: PLR2004 - None, Sub, Up, Average, Paeth
        raise _damaged(
            name, f"a row of it has a filter {filters.max()}, and 0 to 4 exist"
        )
    colour = _GRAY if header.colour == _PALETTE else header.colour
    plain = struct.pack(">IIBBBBB", width, height, header.depth, colour, 0, 0, 0)
    content = SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", plain), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b"")
        )
    )  # fmt: skip
    if header.depth == _TWO_BYTES and header.samples > 1:
        try:
            import imagecodecs  # Pillow makes 8 bits of these
        except ModuleNotFoundError:
            raise ImageError(
                f'"{name}" is a PNG of {header.samples} samples of 16 bits, for which '
                f"imagecodecs is needed: {how_to_get('imagecodecs')}, or save it as "
                "TIFF, uncompressed, e.g. in ImageJ."
            ) from None
        pixels: Array = np.asarray(imagecodecs.png_decode(content))
        return pixels
    from PIL.PngImagePlugin import PngImageFile

    # Not by Image.open, whose warning of a decompression bomb is that a file announces
    # more than it holds; that is known better here, and large images are no bombs.
    with PngImageFile(io.BytesIO(content)) as image:
        samples: Array = np.asarray(image)
    if header.depth < _WHOLE_BYTE:
        # Pillow scales them to 0...255, or makes them bool.
        scale = 1 if header.depth == 1 else 255 // ((1 << header.depth) - 1)
        samples = samples.astype(np.uint8) // np.uint8(scale)
    return samples


def _check_one_image(chunks: dict[bytes, bytes], behind: bytes, name: str) -> None:
    frames = int.from_bytes(chunks.get(b"acTL", b"")[:4], "big")
    if frames > 1:
        raise ImageError(
            f'"{name}" is an animated PNG of {frames} frames: save the one to compare '
            "as a PNG of its own, or all as a stack (TIFF)."
        )
    if SIGNATURE in behind:
        raise ImageError(
            f'"{name}" holds another PNG behind the first: save each as a file of its '
            "own."
        )


def _meant(
    header: _Header,
    chunks: dict[bytes, bytes],
    samples: Array,
    wanted: Wanted,
    name: str,
) -> tuple[Array, str, str, tuple[str, ...]]:
    """Return the pixels, their axes, the rule of their values, and notes."""
    if header.colour == _PALETTE:
        return _by_palette(chunks, samples, wanted, name)
    top = (1 << header.depth) - 1
    is_gray = header.colour in (_GRAY, _GRAY_ALPHA)
    has_alpha = header.colour in (_GRAY_ALPHA, _RGBA) or b"tRNS" in chunks
    if header.colour in (_GRAY_ALPHA, _RGBA):
        seen_through = int(np.count_nonzero(samples[..., -1] != top))
        samples = samples[..., 0] if is_gray else samples[..., :3]
    else:
        seen_through = _transparent(chunks.get(b"tRNS"), header, samples, name)
    if seen_through:
        raise _not_opaque(name, "gray" if is_gray else "RGB", seen_through, samples)
    notes = []
    if not is_gray:
        if header.depth == _WHOLE_BYTE:
            return np.ascontiguousarray(samples), "yxs", "", ()
        # As ImageJ does, which has no colour of 16 bits: three channels.
        if has_alpha:
            notes.append("has 16 bits, of which ImageJ shows 8, as it has alpha")
        return np.ascontiguousarray(np.moveaxis(samples, -1, 0)), "cyx", "", (*notes,)
    if has_alpha:
        notes.append(
            "is gray with alpha, opaque everywhere: its gray values were compared "
            "(ImageJ opens it as RGB)"
        )
    if header.depth >= _WHOLE_BYTE or wanted.indices:
        return np.ascontiguousarray(samples), "yx", "", (*notes,)
    notes.append(
        f"has {header.depth} bit{'s' if header.depth > 1 else ''}: the values shown, 0 "
        f"to 255, were compared, not the numbers 0 to {top} that ImageJ measures"
    )
    shown = samples * np.uint8(255 // top)
    return shown, "yx", f"{header.depth} bit: the values shown, 0 to 255", (*notes,)


def _by_palette(
    chunks: dict[bytes, bytes], numbers: Array, wanted: Wanted, name: str
) -> tuple[Array, str, str, tuple[str, ...]]:
    palette = chunks.get(b"PLTE", b"")
    if not palette or len(palette) % 3:
        raise _damaged(name, f"its palette has {len(palette)} bytes")
    colours = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    pixels, values, notes = of_palette(name, numbers, colours, wanted)
    if b"tRNS" in chunks and not wanted.indices:
        alpha = np.full(256, _OPAQUE, np.uint8)
        own = np.frombuffer(chunks[b"tRNS"], np.uint8)[:256]
        alpha[: len(own)] = own
        seen_through = int(np.count_nonzero(alpha[numbers] != _OPAQUE))
        if seen_through:
            raise _not_opaque(name, "gray (a palette)", seen_through, numbers)
    return pixels, "yx", values, notes


def _transparent(data: bytes | None, header: _Header, samples: Array, name: str) -> int:
    """Count the pixels of the one colour that is transparent."""
    if data is None:
        return 0
    if len(data) != 2 * header.samples:
        raise _damaged(name, f"its transparent colour has {len(data)} bytes")
    key = np.frombuffer(data, ">u2") & ((1 << header.depth) - 1)
    same = samples.reshape(*samples.shape[:2], -1) == key
    return int(np.count_nonzero(same.all(-1)))


def _not_opaque(name: str, kind: str, count: int, samples: Array) -> ImageError:
    pixels = samples.shape[0] * samples.shape[1]
    return ImageError(
        f'"{name}" is {kind} with alpha, and {count} of its {pixels} pixels are not '
        "opaque: what they show depends on what is behind them. Save it without alpha."
    )


def _remarks(
    header: _Header, chunks: dict[bytes, bytes], behind: bytes
) -> tuple[str, ...]:
    remarks = []
    if behind:
        remarks.append(f"has {len(behind)} bytes behind its end, which are not read")
    bits = [*chunks.get(b"sBIT", b"")]
    if bits and min(bits) < header.depth:
        remarks.append(f"says that {min(bits)} of its {header.depth} bits count")
    if header.colour in (_GRAY_ALPHA, _RGBA):
        remarks.append("has alpha, opaque everywhere, which is left out")
    return tuple(remarks)
