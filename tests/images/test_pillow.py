"""GIF, BMP and JPEG: as ImageJ opens them, and never a part of one."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted
from similij.images.image import Image
from small_formats import bmp, gif, gif_frame

RNG = np.random.default_rng(42)
RAMP = np.repeat(np.arange(256)[:, None], 3, 1)


def numbers(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape)


def read(tmp_path: Path, content: bytes, name: str = "a", **wanted) -> Image:
    path = tmp_path / name
    path.write_bytes(content)
    return open_image(path, Wanted(**wanted))


# -------------------------------------------------------------------------------- GIF


@pytest.mark.parametrize("shape", [(1, 1), (12, 20), (33, 7)])
@pytest.mark.parametrize("interlaced", [False, True])
def test_gif_of_one_frame(shape, interlaced: bool, tmp_path: Path) -> None:
    pixels = numbers(*shape)
    size = shape[::-1]
    frame = gif_frame(pixels, interlaced=interlaced)
    image = read(tmp_path, gif(size, RAMP, frame))
    assert (image.axes, image.dtype) == (("y", "x"), np.uint8)
    assert np.array_equal(image.pixels, pixels)
    assert not image.provenance.notes
    image = read(tmp_path, gif(size, RAMP[::-1], frame))
    assert np.array_equal(image.pixels, 255 - pixels)
    assert "palette of grays" in image.provenance.notes[0]
    coloured = RAMP.copy()
    coloured[pixels[0, 0], 1] ^= 1
    with pytest.raises(ImageError, match=r"is an 8-bit color image"):
        read(tmp_path, gif(size, coloured, frame))
    assert np.array_equal(
        read(tmp_path, gif(size, coloured, frame), indices=True).pixels, pixels
    )


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_animated_gif(count: int, disposal: int, tmp_path: Path) -> None:
    pixels = numbers(count, 12, 20)
    frames = [gif_frame(plane, disposal=disposal) for plane in pixels]
    image = read(tmp_path, gif((20, 12), RAMP, *frames))
    assert image.axes == ("z", "y", "x")  # slices, as ImageJ opens it
    assert np.array_equal(image.pixels, pixels)
    assert not image.provenance.notes
    local = [gif_frame(plane, colours=RAMP[::-1]) for plane in pixels]
    image = read(tmp_path, gif((20, 12), RAMP, *frames[:1], *local[1:]))
    assert np.array_equal(image.pixels[0], pixels[0])
    assert np.array_equal(image.pixels[1:], 255 - pixels[1:])
    with pytest.raises(ImageError, match=r"a palette for each frame"):
        read(tmp_path, gif((20, 12), RAMP, *frames[:1], *local[1:]), indices=True)
    colours = numbers(256, 3)
    image = read(tmp_path, gif((20, 12), colours, *frames))
    assert image.axes == ("z", "y", "x", "s")
    assert np.array_equal(image.pixels, colours[pixels])
    labels = read(tmp_path, gif((20, 12), colours, *frames), indices=True)
    assert np.array_equal(labels.pixels, pixels)


def test_gif_frames_of_a_part(tmp_path: Path) -> None:
    first, part = numbers(12, 20), numbers(4, 5)
    part[1, 2:4] = 7

    def of(*how: int, clear: int = -1) -> bytes:
        frames = [
            gif_frame(first, disposal=how[0]),
            gif_frame(part, left=3, top=6, disposal=how[1], clear=clear),
            gif_frame(first),
        ]
        return gif((20, 12), RAMP, *frames)

    shown = first.copy()
    shown[6:10, 3:8] = part
    # ImageJ shows 0 around a part unless the frame before says that it stays (1).
    for how in ((0, 0), (-1, 0), (1, 3)):
        image = read(tmp_path, of(*how))
        assert np.array_equal(image.pixels, [first, shown, first])
        assert [note.rpartition(", ")[2] for note in image.provenance.notes] == (
            [] if how[0] == 1 else ["where ImageJ shows 0"]
        )
    shown[6:10, 3:8][part == 7] = first[6:10, 3:8][part == 7]
    image = read(tmp_path, of(1, 1, clear=7))
    assert np.array_equal(image.pixels[1], shown)
    assert "leave pixels as they were" in image.provenance.notes[0]
    for disposal in (2, 3):
        with pytest.raises(ImageError, match=r"takes back its frame 1 of 3"):
            read(tmp_path, of(disposal, 0))


def test_gif_that_shows_what_is_behind(tmp_path: Path) -> None:
    pixels = numbers(12, 20)
    count = np.count_nonzero(pixels == pixels[3, 3])
    frame = gif_frame(pixels, clear=int(pixels[3, 3]))
    with pytest.raises(ImageError, match=f"{count} of its 240 pixels are not opaque"):
        read(tmp_path, gif((20, 12), RAMP, frame))
    with pytest.raises(ImageError, match=r"21×12 pixels are announced, and its first"):
        read(tmp_path, gif((21, 12), RAMP, gif_frame(pixels)))
    with pytest.raises(ImageError, match=r"has a frame of 20×12 pixels at"):
        read(tmp_path, gif((20, 12), RAMP, gif_frame(pixels, left=1)))


def test_gif_cut_short(tmp_path: Path) -> None:
    content = gif((20, 12), RAMP, *(gif_frame(numbers(12, 20)) for _ in range(2)))
    read(tmp_path, content)
    for length in range(6, len(content)):
        with pytest.raises(ImageError, match=r'^"a" .*\.$'):
            read(tmp_path, content[:length])
    short = gif_frame(numbers(11, 20)).replace(b"\x0b\0", b"\x0c\0", 1)
    with pytest.raises(ImageError, match=r"the pixels of a frame are not all there"):
        read(tmp_path, gif((20, 12), RAMP, short))
    huge = gif_frame(numbers(1, 1)).replace(b"\x01\0\x01\0", b"\xff\xff\xff\xff", 1)
    with pytest.raises(ImageError, match=r"65535×65535 pixels are announced"):
        read(tmp_path, gif((65535, 65535), RAMP, huge))
    with pytest.raises(ImageError, match=r"has no pixels"):
        read(tmp_path, gif((20, 12), RAMP))


# -------------------------------------------------------------------------------- BMP


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("depth", [1, 4, 8])
@pytest.mark.parametrize("shape", [(5, 9), (8, 32), (1, 1)])
def test_bmp(depth: int, top_down: bool, shape, tmp_path: Path) -> None:
    pixels = RNG.integers(0, 1 << depth, shape)
    grays = RAMP[:: 255 // ((1 << depth) - 1)]
    image = read(tmp_path, bmp(pixels, depth, grays, top_down=top_down))
    assert np.array_equal(image.pixels, grays[pixels, 0])
    assert bool(image.provenance.notes) == (
        depth < 8 and not np.array_equal(image.pixels, pixels)
    )
    backward = bmp(pixels, depth, grays[::-1], top_down=top_down)
    image = read(tmp_path, backward)
    assert np.array_equal(image.pixels, grays[::-1][pixels, 0])
    assert np.array_equal(read(tmp_path, backward, indices=True).pixels, pixels)
    with pytest.raises(ImageError, match=r"is an 8-bit color image"):
        read(tmp_path, bmp(pixels, depth, RNG.permuted(RAMP, axis=1) ^ [1, 0, 0]))


@pytest.mark.parametrize("shape", [(5, 9, 3), (8, 32, 3)])
def test_bmp_of_colours(shape, tmp_path: Path) -> None:
    pixels = numbers(*shape)
    image = read(tmp_path, bmp(pixels[..., ::-1], 24))
    assert image.axes == ("y", "x", "s")
    assert np.array_equal(image.pixels, pixels)


def test_bmp_cut_short_and_others(tmp_path: Path) -> None:
    content = bmp(numbers(6, 10), 8, RAMP)
    for length in range(2, len(content)):
        with pytest.raises(ImageError, match=r'^"a" .*\.$'):
            read(tmp_path, content[:length])
    with pytest.raises(ImageError, match=r"is a compressed BMP"):
        read(tmp_path, content[:30] + b"\1" + content[31:])
    with pytest.raises(ImageError, match=r"pixels of 7 bits"):
        read(tmp_path, content[:28] + b"\7" + content[29:])
    with pytest.raises(ImageError, match=r"its pixels end at byte"):
        read(tmp_path, content[:18] + b"\xff\xff\xff\x7f" + content[22:])
    offset = int.from_bytes(content[10:14], "little")
    for wrong in (0, 14, 54, offset - 1):  # ImageJ takes no notice of it
        start = wrong.to_bytes(4, "little")
        with pytest.raises(ImageError, match=rf"pixels begin at byte {wrong}, and its"):
            read(tmp_path, content[:10] + start + content[14:])


# ------------------------------------------------------------------------------- JPEG


def jpeg(pixels: np.ndarray, mode: str | None = None, **options) -> bytes:
    stream = BytesIO()
    Pillow.fromarray(pixels.astype(np.uint8)).convert(mode).save(
        stream, "JPEG", **options
    )
    return stream.getvalue()


def smooth(*shape: int) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    wave = 128 + 90 * np.sin(y / 5) * np.cos(x / 7) + RNG.normal(0, 4, y.shape)
    return np.clip(wave, 0, 255)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"quality": 30, "optimize": True},
        {"restart_marker_blocks": 3},
    ],
)
@pytest.mark.parametrize("shape", [(40, 56), (7, 9), (64, 64)])
def test_jpeg(options, shape, tmp_path: Path) -> None:
    content = jpeg(smooth(*shape), **options)
    image = read(tmp_path, content)
    with Pillow.open(BytesIO(content)) as own:
        decoded = np.asarray(own)
    assert np.array_equal(image.pixels, decoded)
    assert image.axes == ("y", "x")
    # A gray image in colours is opened as gray, as ImageJ does.
    image = read(tmp_path, jpeg(smooth(*shape), "RGB", **options))
    assert image.axes == ("y", "x")
    assert "all its pixels are gray" in image.provenance.remarks[1]
    colours = numbers(*shape, 3)
    image = read(tmp_path, jpeg(colours, **options))
    assert (image.axes, image.shape) == (("y", "x", "s"), (*shape, 3))
    with pytest.raises(ImageError, match=r"4 components \(CMYK\)"):
        read(tmp_path, jpeg(colours, "CMYK", **options))


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}]
)
@pytest.mark.parametrize("colour", [False, True])
def test_jpeg_cut_short(options, colour: bool, tmp_path: Path) -> None:
    pixels = numbers(48, 48, 3) if colour else smooth(48, 48)
    content = jpeg(pixels, **options)
    read(tmp_path, content)
    # libjpeg takes what ends with an end marker for whole, and fills in gray.
    starts = [m.end() for m in re.finditer(rb"\xff\xda", content)]
    for header in starts:
        start = header + int.from_bytes(content[header : header + 2], "big")
        end = re.compile(rb"\xff[\xc4\xd9\xda]").search(content, start).start()
        for share in (0.3, 0.8):
            cut = start + int(share * (end - start))
            if content[cut - 1] == 0xFF or end - start < 40:
                continue
            with pytest.raises(ImageError, match=r"compressed pixels end early"):
                read(tmp_path, content[:cut] + content[end:])
    last = starts[-1] - 2
    if len(starts) > 1:
        with pytest.raises(ImageError, match=r"scans of it are missing"):
            read(tmp_path, content[:last] + b"\xff\xd9")


def test_jpeg_that_announces_too_much(tmp_path: Path) -> None:
    content = jpeg(smooth(16, 16))
    at = content.index(b"\xff\xc0")
    for size in (b"\xff\xff\xff\xff", b"\x80\0\x80\0"):
        with pytest.raises(ImageError, match=r"bytes cannot hold"):
            read(tmp_path, content[: at + 5] + size + content[at + 9 :])
    with pytest.raises(ImageError, match=r"is cut short|cannot be read"):
        read(tmp_path, content[: at + 5] + b"\0\x20\0\x20" + content[at + 9 :])


# -------------------------------------------------------------------- Pillow's switches


@pytest.mark.parametrize("ending", ["gif", "bmp", "jpeg", "png"])
@pytest.mark.parametrize("most", [1, None])
def test_limits_that_a_program_gave_pillow_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, most: int | None
) -> None:
    """What a file may announce is known of its bytes, and told to nobody else."""
    stream = BytesIO()
    Pillow.fromarray(np.zeros((300, 400), np.uint8)).save(stream, ending)
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", most)
    image = read(tmp_path, stream.getvalue())
    assert image.shape == (300, 400)
    assert most == Pillow.MAX_IMAGE_PIXELS
