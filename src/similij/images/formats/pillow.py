"""Read GIF, BMP and JPEG with Pillow: each of its kinds as ImageJ opens it.

Pillow reads many more formats. Those that ImageJ opens are read here, of which it is
known what they mean and how it shows that one is not all there; PNG and PGM have
modules of their own, since Pillow scales some of them.
"""

from __future__ import annotations

import io
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...ground.errors import ImageError
from ...ground.types import Array
from ..image import Image, Provenance
from .palette import of_palette
from .reading import Wanted, cut_short, only_one

_JPEG, _BMP = b"\xff\xd8\xff", b"BM"


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read a GIF, BMP or JPEG.

    Raises
    ------
    ImageError
        If it is not all there, or is of a kind that ImageJ does not open.
    """
    only_one(path.name, wanted)
    content = path.read_bytes()
    if content.startswith(_JPEG):
        return _jpeg(path, content)
    if content.startswith(_BMP):
        return _bmp(path, content, wanted)
    return _gif(path, content, wanted)


_lock = threading.Lock()


@contextmanager
def _strict() -> Iterator[None]:
    """Let Pillow refuse files that are cut short, whatever this process told it.

    A switch of the whole process: programs that train on pictures of the web turn it.
    """
    from PIL import ImageFile

    with _lock:
        kept = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = kept


def _reader() -> str:
    import PIL

    return f"Pillow {PIL.__version__}"


# ------------------------------------------------------------------------------- JPEG

_SMALLEST = 2048
"""Pixels that a byte of a JPEG can stand for, at most: a block of 64 takes a bit or
more in a progressive one, and a colour that is halved four times is as many pixels."""

_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xDA))
"""Markers of which nothing follows: TEM, RST0 to RST7, SOI and EOI."""

_STARTS_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_ARITHMETIC = (0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_END, _SCAN = 0xD9, 0xDA


def _jpeg(path: Path, content: bytes) -> Image:
    from PIL.JpegImagePlugin import JpegImageFile

    name = path.name
    frame, scans = _segments(name, content)
    height, width, components = struct.unpack_from(">HHB", content, frame + 5)
    if width * height > _SMALLEST * len(content):
        raise cut_short(
            name, f"{width}×{height} pixels are announced, which {len(content)} bytes "
                  "cannot hold"
        )  # fmt: skip
    if components not in (1, 3):
        raise ImageError(
            f'"{name}" is a JPEG of {components} components (CMYK), which ImageJ does '
            "not open either: save it as gray or RGB, as PNG or TIFF."
        )

    def pixels_of(data: bytes) -> Array:
        # Not by Image.open: the announced size was compared with the bytes above.
        with _strict(), JpegImageFile(io.BytesIO(data)) as image:
            return np.asarray(image)

    pixels = pixels_of(content)
    # libjpeg fills in gray where a scan ends early, and nobody hears its warning. A
    # scan that is whole does not care for bytes behind it; one that is not reads them
    # as pixels, which are others then.
    if content[frame + 1] not in _ARITHMETIC:
        for more in _MORE:
            longer = bytearray(content)
            for end in reversed(scans):
                longer[end:end] = more
            if not np.array_equal(pixels, pixels_of(bytes(longer))):
                raise cut_short(name, "its compressed pixels end early")
    remarks: tuple[str, ...] = ("is compressed with loss (JPEG)",)
    axes, stored = "yx", "JPEG, 8 bit, gray"
    if pixels.ndim == 3:  # noqa: PLR2004
        axes, stored = "yxs", "JPEG, 8 bit, colour"
        if (pixels == pixels[..., :1]).all():
            # As ImageJ does: cameras and programs write gray images in colour.
            pixels, axes = np.ascontiguousarray(pixels[..., 0]), "yx"
            remarks += ("is in colour, and all its pixels are gray",)
    origin = Provenance(str(path), _reader(), stored, remarks=remarks)
    return Image(pixels, tuple(axes), name, provenance=origin)


_MORE = tuple(
    b"".join(
        bytes(start + step * k % 199 for k in range(97))
        + bytes([0xFF, 0xD0 + marker % 8])
        for marker in range(16)
    )
    for start, step in ((0x11, 1), (0x37, 83), (0x05, 44))
)
"""Bytes that are pixels to a scan that lacks some, with all markers of a restart: one
may be missing at just that place. Several, as of one the first may say that the rest of
a scan is empty."""


def _segments(name: str, content: bytes) -> tuple[int, list[int]]:
    """Find where the frame of a JPEG begins, and where each scan ends.

    Raises
    ------
    ImageError
        If it ends before its end marker.
    """
    at, end = 2, len(content)
    frame, scans, headers = -1, list[int](), list[bytes]()
    while at + 2 <= end:
        marker = content[at + 1]
        if content[at] != 0xFF:  # noqa: PLR2004
            raise cut_short(name, f"no segment begins at byte {at}")
        if marker == 0xFF:  # noqa: PLR2004 - a byte that fills up
            at += 1
            continue
        if marker == _END:
            if frame < 0 or not scans:
                raise cut_short(name, "it has no pixels")
            _check_scans(name, content, frame, headers)
            return frame, scans
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        if at + 4 > end:
            break
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if at + 2 + length > end:
            break
        if marker in _STARTS_OF_FRAME and frame < 0 and length >= 8:  # noqa: PLR2004
            frame = at
        at += 2 + length
        if marker == _SCAN:
            headers.append(content[at - length + 2 : at])
            at = _end_of_scan(content, at)
            scans.append(at)
    raise cut_short(name, f"it ends at byte {end}, before the end of the JPEG")


def _check_scans(
    name: str, content: bytes, frame: int, headers: Sequence[bytes]
) -> None:
    """Refuse a progressive JPEG of which the last scans are missing.

    Each refines what those before have left out; without some of them it is a picture
    all the same, of other pixels.
    """
    components = content[frame + 10 : frame + 10 + 3 * content[frame + 9] : 3]
    missing = {(c, k) for c in components for k in range(64)}
    for header in headers:
        count = header[0] if header else 0
        if len(header) < 2 * count + 4:
            raise cut_short(name, "the header of a scan is not all there")
        if content[frame + 1] in _PROGRESSIVE:
            first, last, bits = header[2 * count + 1 : 2 * count + 4]
        else:
            first, last, bits = 0, 63, 0
        if bits & 15 == 0:  # how many bits of the coefficients are still left out
            for c in header[1 : 2 * count + 1 : 2]:
                missing.difference_update((c, k) for k in range(first, last + 1))
    if missing:
        raise cut_short(name, "scans of it are missing")


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next marker is that is none of the scan itself."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            return len(content)
        # A 0 says that the 255 is of the pixels; restarts are within a scan.
        if content[at + 1] and not 0xD0 <= content[at + 1] <= 0xD7:  # noqa: PLR2004
            return at
        at += 2


# -------------------------------------------------------------------------------- BMP


def _bmp(path: Path, content: bytes, wanted: Wanted) -> Image:
    from PIL.BmpImagePlugin import BmpImageFile

    name = path.name
    if len(content) < 34:  # noqa: PLR2004 - up to the field of the compression
        raise cut_short(name, f"a BMP has a header, and it has {len(content)} bytes")
    (offset, size) = struct.unpack_from("<II", content, 10)
    if size == 12:  # noqa: PLR2004 - of OS/2
        width, height, _, depth = struct.unpack_from("<HHHH", content, 18)
        compression = 0
    else:
        width, height, _, depth, compression = struct.unpack_from("<iiHHI", content, 18)
    if compression not in (0, 3):  # as it is, or as it is with a place for each colour
        raise ImageError(
            f'"{name}" is a compressed BMP, which ImageJ does not open either: save it '
            "as PNG or TIFF."
        )
    # A height below 0 says that the first row is at the top.
    if width < 1 or not height or depth not in (1, 4, 8, 16, 24, 32):
        raise ImageError(
            f'"{name}" says of itself that it is {width}×{height} pixels of {depth} '
            "bits: no BMP is. Save it again."
        )
    used = 0
    if depth <= 8:  # noqa: PLR2004 - numbers of a palette, behind the header
        used = struct.unpack_from("<I", content, 46)[0] if size >= 40 else 0  # noqa: PLR2004
        used = min(used or 1 << depth, 1 << depth) * (3 if size == 12 else 4)  # noqa: PLR2004
    if offset < 14 + size + used:
        raise ImageError(
            f'"{name}" says of itself that its pixels begin at byte {offset}, and its '
            f"header ends at byte {14 + size + used}: save it again."
        )
    end = offset + abs(height) * (-(-width * depth // 32) * 4)
    if end > len(content):
        raise cut_short(
            name, f"its pixels end at byte {end}, and it has {len(content)} bytes"
        )
    with _strict(), BmpImageFile(io.BytesIO(content)) as image:
        pixels: Array = np.asarray(image)
        mode, palette = image.mode, image.getpalette()
    stored = f"BMP, {depth} bit"
    notes: tuple[str, ...] = ()
    values, axes = "", "yx"
    if mode == "P":
        colours = np.array(palette, np.uint8).reshape(-1, 3)
        pixels, values, notes = of_palette(name, pixels, colours, wanted)
    elif mode == "1":
        pixels = pixels.astype(np.uint8)
        if not wanted.indices:
            black_and_white = np.array([[0] * 3, [255] * 3], np.uint8)
            pixels, values, notes = of_palette(name, pixels, black_and_white, wanted)
    elif mode in ("RGB", "RGBA"):
        pixels, axes = np.ascontiguousarray(pixels[..., :3]), "yxs"
    origin = Provenance(str(path), _reader(), stored, notes=notes)
    return Image(pixels, tuple(axes), name, values=values, provenance=origin)


# -------------------------------------------------------------------------------- GIF

_LZW = 2760
"""Pixels that a byte of a GIF can stand for, at most: a code of 12 bits stands for no
more than 4,096."""

_KEEP = (-1, 0, 1)
"""How a frame is left for the next: as it is. Others are restored to something."""

_KEPT = (
    "has frames that leave pixels as they were in the frame before: so they were "
    "compared, where ImageJ shows 0"
)


class _Frame(NamedTuple):
    """Hold where a frame of a GIF is, and how it is shown.

    Attributes
    ----------
    left, top, width, height : int
        Its place on the screen.
    interlaced : bool
        Whether its rows come in four passes.
    colours : ndarray of uint8, (n, 3)
        Its palette.
    clear : int
        The number that is transparent; -1: none.
    disposal : int
        What becomes of it before the next frame; -1: the file does not say.
    stream : bytes
        Its compressed pixels, as they lie in the file.
    """

    left: int
    top: int
    width: int
    height: int
    interlaced: bool
    colours: Array
    clear: int
    disposal: int
    stream: bytes

    @property
    def where(self) -> tuple[slice, slice]:
        """Its place on the screen."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


def _gif(path: Path, content: bytes, wanted: Wanted) -> Image:
    name = path.name
    try:
        (width, height), frames = _frames(name, content)
    except (IndexError, struct.error):
        raise cut_short(
            name, f"it ends at byte {len(content)}, before the end of the GIF"
        ) from None
    _check_frames(name, (width, height), frames, len(content))
    numbers = [_numbers(name, frame) for frame in frames]
    notes: tuple[str, ...] = (
        (_KEPT,) if _leave_pixels((height, width), frames, numbers) else ()
    )
    _check_opaque(name, frames[0], numbers[0])
    stored = f"GIF, {len(frames)} frame{'s' if len(frames) > 1 else ''}"
    if len(frames) == 1 or wanted.indices:
        if any(not np.array_equal(f.colours, frames[0].colours) for f in frames):
            raise ImageError(
                f'"{name}" has a palette for each frame, so that its numbers of '
                "colours mean nothing together: save it as a stack (TIFF)."
            )
        stack = _composed((height, width), frames, numbers, numbers)
        pixels, values, own = of_palette(name, stack, frames[0].colours, wanted)
        notes += own
    else:
        colours = [
            _coloured(name, frame, part)
            for frame, part in zip(frames, numbers, strict=True)
        ]
        pixels, values = _composed((height, width), frames, numbers, colours), ""
        if (pixels == pixels[..., :1]).all():  # as ImageJ does of a stack
            pixels = np.ascontiguousarray(pixels[..., 0])
            values = "palettes of grays: the values shown"
    axes = "zyx" if len(frames) > 1 else "yx"  # slices, as ImageJ opens it
    if len(frames) == 1:
        pixels = pixels[0]
    if pixels.ndim > len(axes):
        axes += "s"
    origin = Provenance(str(path), _reader(), stored, notes=notes)
    return Image(pixels, tuple(axes), name, values=values, provenance=origin)


def _check_frames(
    name: str, screen: tuple[int, int], frames: Sequence[_Frame], size: int
) -> None:
    """Refuse frames that leave open what is seen.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    screen : tuple of int
        Width and height.
    frames : sequence of _Frame
        The frames.
    size : int
        Bytes of the file.
    """
    width, height = screen
    if not frames:
        raise cut_short(name, "it has no pixels")
    covers = [
        (f.left, f.top, f.width, f.height) == (0, 0, width, height) for f in frames
    ]
    if not (width and height and covers[0]):
        raise cut_short(
            name,
            f"{width}×{height} pixels are announced, and its first frame has "
            f"{frames[0].width}×{frames[0].height}",
        )
    if len(frames) * width * height > _LZW * size:
        raise cut_short(
            name,
            f"{len(frames)} frames of {width}×{height} pixels are announced, which "
            f"{size} bytes cannot hold",
        )
    for number, (frame, next_covers) in enumerate(
        zip(frames[:-1], covers[1:], strict=True), start=1
    ):
        if frame.disposal not in _KEEP and not next_covers:
            raise ImageError(
                f'"{name}" takes back its frame {number} of {len(frames)} before the '
                "next, which is of a part: programs show that differently. Save it as "
                "a stack (TIFF)."
            )


def _leave_pixels(
    screen: tuple[int, int], frames: Sequence[_Frame], numbers: Sequence[Array]
) -> bool:
    """Whether ImageJ 1.54p shows 0 where a frame shows those before.

    It does so where a pixel is transparent; and around a frame of a part, unless the
    frame before says that it stays (disposal 1).
    """
    for before, frame, own in zip(frames, frames[1:], numbers[1:], strict=False):
        is_part = (frame.height, frame.width) != screen
        if (is_part and before.disposal < 1) or (own == frame.clear).any():
            return True
    return False


def _frames(name: str, content: bytes) -> tuple[tuple[int, int], list[_Frame]]:
    """Read the blocks of a GIF, from the first to the last.

    Raises
    ------
    IndexError, struct.error
        If it ends before its last block.
    """
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    common, at = _colours(content, 13, flags)
    frames: list[_Frame] = []
    clear, disposal = -1, -1
    while content[at] != ord(";"):
        if content[at] == ord("!"):
            if content[at + 1] == 0xF9:  # noqa: PLR2004 - how to show the next frame
                packed, number = content[at + 3], content[at + 6]
                clear, disposal = number if packed & 1 else -1, packed >> 2 & 7
            _, at = _blocks(content, at + 2)
            continue
        if content[at] != ord(","):
            raise cut_short(name, f"no block of a GIF begins at byte {at}")
        left, top, w, h, flags = struct.unpack_from("<HHHHB", content, at + 1)
        colours, at = _colours(content, at + 10, flags)
        stream, end = _blocks(content, at + 1)
        if not (w and h) or left + w > width or top + h > height:
            raise ImageError(
                f'"{name}" has a frame of {w}×{h} pixels at ({left}, {top}), outside '
                f"its {width}×{height}: save it again."
            )
        if w * h > _LZW * len(stream):
            raise cut_short(
                name,
                f"{w}×{h} pixels are announced, which {len(stream)} bytes cannot hold",
            )
        if not len(colours):
            colours = common
        frames.append(
            _Frame(
                left, top, w, h, bool(flags & 0x40), colours, clear, disposal,
                content[at : at + 1] + stream,
            )
        )  # fmt: skip
        clear, disposal, at = -1, -1, end
    return (width, height), frames


def _colours(content: bytes, at: int, flags: int) -> tuple[Array, int]:
    """Read a palette, where there is one; and return where it ends."""
    count = 2 << (flags & 7) if flags & 0x80 else 0
    end = at + 3 * count
    if end > len(content):
        raise IndexError
    return np.frombuffer(content[at:end], np.uint8).reshape(-1, 3), end


def _blocks(content: bytes, at: int) -> tuple[bytes, int]:
    """Return a row of blocks with their lengths, and where it ends."""
    start = at
    while content[at]:
        at += 1 + content[at]
    return content[start : at + 1], at + 1


def _numbers(name: str, frame: _Frame) -> Array:
    """Return the numbers of colours of a frame, (y, x).

    Pillow unpacks them from a GIF of that frame alone, with a palette that is none:
    it would show the frame on those before, and it is its own choice in which mode.
    """
    from PIL.GifImagePlugin import GifImageFile

    grays = bytes(value for k in range(256) for value in (k, k, k))
    size = struct.pack("<HH", frame.width, frame.height)
    content = b"".join(
        (
            b"GIF89a", size, b"\xf7\0\0", grays,
            b",\0\0\0\0", size, b"\x40" if frame.interlaced else b"\0",
            frame.stream, b";",
        )
    )  # fmt: skip
    try:
        with _strict(), GifImageFile(io.BytesIO(content)) as image:
            numbers = np.asarray(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise cut_short(name, f"the pixels of a frame are not all there ({error})") \
            from None  # fmt: skip
    return numbers


def _check_opaque(name: str, frame: _Frame, numbers: Array) -> None:
    count = int(np.count_nonzero(numbers == frame.clear)) if frame.clear >= 0 else 0
    if count:
        raise ImageError(
            f'"{name}" has a transparent colour, and {count} of its {numbers.size} '
            "pixels are not opaque: what they show depends on what is behind them. "
            "Save it without transparency."
        )


def _coloured(name: str, frame: _Frame, numbers: Array) -> Array:
    seen = numbers != frame.clear  # whose number may be outside the palette
    largest = int(numbers.max(where=seen, initial=0))
    if largest >= len(frame.colours):
        raise ImageError(
            f'"{name}" has pixels of colour {largest}, and its palette has '
            f"{len(frame.colours)} colours: save it again."
        )
    shown: Array = frame.colours[np.where(seen, numbers, 0)]
    return shown


def _composed(
    screen: tuple[int, int],
    frames: Sequence[_Frame],
    numbers: Sequence[Array],
    parts: Sequence[Array],
) -> Array:
    """Show each frame on those before it, and return all screens."""
    stack = np.empty((len(frames), *screen, *parts[0].shape[2:]), np.uint8)
    for k, (frame, own, part) in enumerate(zip(frames, numbers, parts, strict=True)):
        if k:
            stack[k] = stack[k - 1]
        opaque = own != frame.clear
        stack[k][frame.where][opaque] = part[opaque]
    return stack
