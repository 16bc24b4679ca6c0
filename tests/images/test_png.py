"""PNG: every kind of its pixels, and every way to be damaged."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageFile

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted
from similij.images.image import Image
from small_formats import SIGNATURE, Chunk, png, png_chunk, png_rows

RNG = np.random.default_rng(41)
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6


def samples(depth: int, count: int = 1, shape: tuple[int, int] = (9, 13)) -> np.ndarray:
    values = RNG.integers(0, 1 << depth, (*shape, count))
    values[0, :2] = [[0] * count, [(1 << depth) - 1] * count]
    return values


def read(tmp_path: Path, content: bytes, name: str = "a.png", **wanted) -> Image:
    path = tmp_path / name
    path.write_bytes(content)
    return open_image(path, Wanted(**wanted))


def palette(colours: list[tuple[int, int, int]]) -> Chunk:
    return b"PLTE", bytes(value for colour in colours for value in colour)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("shape", [(9, 13), (1, 1), (3, 2), (20, 64)])
def test_gray(depth: int, interlaced: bool, shape, tmp_path: Path) -> None:
    values = RNG.integers(0, 1 << depth, shape)
    content = png(values, depth, GRAY, interlaced=interlaced)
    image = read(tmp_path, content)
    shown = values * (255 // ((1 << depth) - 1)) if depth < 8 else values
    assert image.axes == ("y", "x")
    assert image.dtype == (np.uint16 if depth == 16 else np.uint8)
    assert np.array_equal(image.pixels, shown)
    # ImageJ keeps the numbers of fewer than 8 bits, and shows 0 to 255.
    assert bool(image.provenance.notes) == (depth < 8) == bool(image.values)
    indices = read(tmp_path, content, indices=True)
    assert np.array_equal(indices.pixels, values)
    assert not indices.provenance.notes


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [8, 16])
def test_colour_and_alpha(depth: int, interlaced: bool, tmp_path: Path) -> None:
    top = (1 << depth) - 1
    values = samples(depth, 4)
    opaque = values.copy()
    opaque[..., 3] = top
    for colour, pixels in ((RGB, values[..., :3]), (RGBA, opaque)):
        image = read(tmp_path, png(pixels, depth, colour, interlaced=interlaced))
        if depth == 8:
            assert image.axes == ("y", "x", "s")
            assert np.array_equal(image.pixels, values[..., :3])
        else:  # ImageJ has no colour of 16 bits, and makes channels of it
            assert image.axes == ("c", "y", "x")
            assert np.array_equal(image.pixels, np.moveaxis(values[..., :3], 2, 0))
            assert bool(image.provenance.notes) == (colour == RGBA)
    image = read(tmp_path, png(opaque[..., 2:], depth, GRAY_ALPHA))
    assert image.axes == ("y", "x")
    assert np.array_equal(image.pixels, values[..., 2])
    assert "gray with alpha" in image.provenance.notes[0]
    opaque[4, 5:7, 3] = top - 1
    with pytest.raises(
        ImageError, match=r'"a.png" is RGB with alpha, and 2 of its 117'
    ):
        read(tmp_path, png(opaque, depth, RGBA, interlaced=interlaced))
    with pytest.raises(ImageError, match=r"is gray with alpha, and 2 of ") as caught:
        read(tmp_path, png(opaque[..., 2:], depth, GRAY_ALPHA))
    assert "RGB" not in str(caught.value)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_transparent_gray(depth: int, tmp_path: Path) -> None:
    values = samples(depth)
    values[values == 1] = 0
    clear = [(b"tRNS", struct.pack(">H", 1))]
    if depth > 1:
        image = read(tmp_path, png(values, depth, GRAY, before=clear))
        assert "opaque everywhere" in image.provenance.notes[0]
    values[3, 4] = 1
    count = np.count_nonzero(values == 1)
    with pytest.raises(ImageError, match=f"gray with alpha, and {count} of"):
        read(tmp_path, png(values, depth, GRAY, before=clear))
    with pytest.raises(ImageError, match=r"transparent colour has 1 bytes"):
        read(tmp_path, png(values, depth, GRAY, before=[(b"tRNS", b"1")]))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palettes(depth: int, interlaced: bool, tmp_path: Path) -> None:
    numbers = samples(depth)[..., 0]
    grays = RNG.permutation(256)[: 1 << depth]
    if (grays == np.arange(len(grays))).all():
        grays = grays[::-1]
    chunk = palette([(gray, gray, gray) for gray in grays])

    def content(*before: Chunk) -> bytes:
        return png(numbers, depth, PALETTE, interlaced=interlaced, before=before)

    image = read(tmp_path, content(chunk))
    assert np.array_equal(image.pixels, grays[numbers])
    assert image.values == "a palette of grays: the values shown"
    assert "the values shown were compared" in image.provenance.notes[0]
    plain = palette([(gray, gray, gray) for gray in range(1 << depth)])
    image = read(tmp_path, content(plain, (b"tRNS", b"\xff")))
    assert np.array_equal(image.pixels, numbers)
    assert not image.values
    assert not image.provenance.notes

    coloured = palette([(gray, gray, gray ^ 1) for gray in grays])
    with pytest.raises(
        ImageError, match=r'"a.png" is an 8-bit color image .*Image > T'
    ):
        read(tmp_path, content(coloured))
    labels = read(tmp_path, content(coloured, (b"tRNS", b"\0")), indices=True)
    assert np.array_equal(labels.pixels, numbers)
    with pytest.raises(ImageError, match=r"are not opaque"):
        read(tmp_path, content(chunk, (b"tRNS", b"\0")))
    with pytest.raises(ImageError, match=r"has pixels of colour"):
        read(tmp_path, content(palette([(0, 0, 0)])))
    with pytest.raises(ImageError, match=r"its palette has 4 bytes"):
        read(tmp_path, content((b"PLTE", b"four")))


def test_unused_colours_do_not_matter(tmp_path: Path) -> None:
    numbers = np.array([[0, 2], [2, 0]])
    chunk = palette([(7, 7, 7), (1, 2, 3), (9, 9, 9)])
    image = read(tmp_path, png(numbers, 8, PALETTE, before=[chunk]))
    assert image.pixels.tolist() == [[7, 9], [9, 7]]


@pytest.mark.parametrize("shape", [(40, 61), (40, 61, 3), (40, 61, 4), (40, 61, 2)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_filters_of_rows(shape, dtype, tmp_path: Path) -> None:
    # Smooth, so that libpng chooses filters other than none.
    y, x = np.mgrid[:40, :61]
    pixels = np.empty(shape, dtype)
    pixels[...] = (y * 7 + x * 3 + RNG.integers(0, 3, y.shape))[
        (..., *[None] * (len(shape) - 2))
    ]
    if shape[-1] in (2, 4):
        pixels[..., -1] = np.iinfo(dtype).max
    content = imagecodecs.png_encode(pixels)
    rows = zlib.decompress(content.split(b"IDAT", 1)[1])
    assert {*rows[:: len(rows) // 40]} - {0}
    image = read(tmp_path, content)
    colour = pixels if len(shape) == 2 else pixels[..., : max(1, shape[2] // 3 * 3)]
    if len(shape) == 3 and shape[2] == 2:
        colour = pixels[..., 0]
    elif len(shape) == 3 and dtype == np.uint16:
        colour = np.moveaxis(colour, 2, 0)
    assert np.array_equal(image.pixels, colour)


@pytest.mark.parametrize("kind", [b"gAMA", b"sBIT", b"pHYs", b"tEXt", b"eXIf"])
def test_what_lies_beside_leaves_the_values(kind: bytes, tmp_path: Path) -> None:
    values = samples(16)
    beside = (kind, {b"sBIT": b"\x0c"}.get(kind, b"\0\0\xb1\x8f"))
    image = read(tmp_path, png(values, 16, GRAY, before=[beside]))
    assert np.array_equal(image.pixels, values[..., 0])
    assert ("12 of its 16 bits" in "".join(image.provenance.remarks)) == (
        kind == b"sBIT"
    )


@pytest.mark.parametrize(
    ("depth", "colour", "interlaced"),
    [(8, GRAY, False), (16, RGB, True), (2, PALETTE, False), (16, GRAY, True)],
)
def test_damage_anywhere_is_refused(depth, colour, interlaced, tmp_path: Path) -> None:
    before = [palette([(k, k, k) for k in range(4)])] if colour == PALETTE else []
    content = png(
        samples(depth, 3 if colour == RGB else 1, (3, 4)),
        depth,
        colour,
        interlaced=interlaced,
        before=before,
    )
    read(tmp_path, content)
    for length in range(len(content)):
        with pytest.raises(ImageError, match=r'^"a.png" .*\.$'):
            read(tmp_path, content[:length])
    for at in range(len(content)):
        with pytest.raises(ImageError, match=r'^"a.png" .*\.$'):
            read(tmp_path, content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


@pytest.mark.parametrize("depth", [1, 8, 16])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("rest", [0, 1, 60, -1])
def test_rows_that_are_missing_or_too_many(
    depth: int, interlaced: bool, rest: int, tmp_path: Path
) -> None:
    values = samples(depth)
    whole = zlib.decompress(
        png(values, depth, GRAY, interlaced=interlaced).split(b"IDAT", 1)[1]
    )
    rows = whole + b"\0" * 14 if rest < 0 else whole[: len(whole) * rest // 61]
    what = "is damaged: .* there are more" if rest < 0 else "is cut short"
    with pytest.raises(ImageError, match=f'"a.png" {what}'):
        read(tmp_path, png(values, depth, GRAY, interlaced=interlaced, rows=rows))


def test_streams_without_their_end(tmp_path: Path) -> None:
    values = samples(8)[..., 0]
    header = struct.pack(">IIBBBBB", 13, 9, 8, 0, 0, 0, 0)

    def of(*streams: bytes) -> bytes:
        chunks = [(b"IHDR", header), *((b"IDAT", s) for s in streams), (b"IEND", b"")]
        return SIGNATURE + b"".join(png_chunk(*chunk) for chunk in chunks)

    stream = zlib.compress(png_rows(values[..., None], 8))
    assert np.array_equal(read(tmp_path, of(stream)).pixels, values)
    pieces = [stream[k : k + 7] for k in range(0, len(stream), 7)]
    assert np.array_equal(read(tmp_path, of(*pieces)).pixels, values)
    with pytest.raises(ImageError, match=r"the checksum of its pixels is missing"):
        read(tmp_path, of(stream[:-4]))
    with pytest.raises(ImageError, match=r"cannot be decompressed"):
        read(tmp_path, of(stream[:-1] + b"?"))
    with pytest.raises(ImageError, match=r"is cut short"):
        read(tmp_path, of(*pieces[:-3]))
    with pytest.raises(ImageError, match=r"cannot hold|is cut short"):
        read(tmp_path, of())
    # Pillow fills these with zeros if a program has told it to.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with pytest.raises(ImageError, match=r"is cut short"):
            read(tmp_path, of(*pieces[:-3]))
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ((100_000, 100_000, 8, 0, 0, 0, 0), "100000×100000 pixels are announced"),
        ((2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 1), "compressed bytes cannot hold"),
        ((0, 9, 8, 0, 0, 0, 0), "its header says 0×9 pixels"),
        ((13, 9, 3, 0, 0, 0, 0), "no PNG has 3 bits"),
        ((13, 9, 4, 2, 0, 0, 0), "no PNG has 4 bits of type 2"),
        ((13, 9, 8, 5, 0, 0, 0), "no PNG has 8 bits of type 5"),
        ((13, 9, 8, 0, 1, 0, 0), "no PNG has"),
        ((13, 9, 8, 0, 0, 0, 2), "no PNG has"),
    ],
)
def test_headers_that_lie(header, sentence: str, tmp_path: Path) -> None:
    rows = zlib.compress(png_rows(samples(8), 8))
    content = SIGNATURE + b"".join(
        (
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", *header)),
            png_chunk(b"IDAT", rows),
            png_chunk(b"IEND", b""),
        )
    )
    with pytest.raises(ImageError, match=sentence):
        read(tmp_path, content)


def test_chunks_out_of_place(tmp_path: Path) -> None:
    values = samples(8)
    for before, sentence in (
        ((b"IHDR", bytes(13)), "has two chunks 'IHDR'"),
        ((b"CgBI", bytes(4)), "has a chunk 'CgBI', which is not of PNG"),
    ):
        with pytest.raises(ImageError, match=sentence):
            read(tmp_path, png(values, 8, GRAY, before=[before]))
    first = SIGNATURE + png_chunk(b"tEXt", b"") + png(values, 8, GRAY)[8:]
    with pytest.raises(ImageError, match=r"does not begin with a header"):
        read(tmp_path, first)
    rows = bytearray(png_rows(values, 8))
    rows[0] = 5
    with pytest.raises(ImageError, match=r"has a filter 5"):
        read(tmp_path, png(values, 8, GRAY, rows=bytes(rows)))


@pytest.mark.parametrize("count", [2, 5])
def test_several_images_are_refused(count: int, tmp_path: Path) -> None:
    frames = [Pillow.fromarray(samples(8)[..., 0].astype(np.uint8))] * count
    frames[0].putpixel((0, 0), 3)
    stream = BytesIO()
    frames = [frame.copy() for frame in frames]
    for k, frame in enumerate(frames):
        frame.putpixel((1, 1), k)
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match=f"is an animated PNG of {count} frames"):
        read(tmp_path, stream.getvalue())
    one = png(samples(8), 8, GRAY)
    with pytest.raises(ImageError, match=r"holds another PNG behind the first"):
        read(tmp_path, one * count)
    image = read(tmp_path, one + b"made by a camera")
    assert "16 bytes behind its end" in image.provenance.remarks[0]


def test_by_content_whatever_the_name(tmp_path: Path) -> None:
    values = samples(16)
    for name in ("a.tif", "a", "a.npy"):
        image = read(tmp_path, png(values, 16, GRAY), name)
        assert image.title == name
        assert np.array_equal(image.pixels, values[..., 0])
        assert image.provenance.path == str(tmp_path / name)
    with pytest.raises(ImageError, match=r"holds one image: series 2 is not"):
        read(tmp_path, png(values, 16, GRAY), series=2)
    with pytest.raises(ImageError, match=r"level 1 is not"):
        read(tmp_path, png(values, 16, GRAY), level=1)
