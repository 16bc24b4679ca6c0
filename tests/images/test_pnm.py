"""PBM, PGM, PPM and PFM: numbers as they are recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted
from similij.images.image import Image

RNG = np.random.default_rng(43)


def read(tmp_path: Path, content: bytes, **wanted) -> Image:
    path = tmp_path / "a.pgm"
    path.write_bytes(content)
    return open_image(path, Wanted(**wanted))


def text(pixels: np.ndarray) -> bytes:
    return b"\n".join(b" ".join(b"%d" % v for v in row) for row in pixels) + b"\n"


@pytest.mark.parametrize("largest", [1, 100, 200, 255, 256, 1000, 4095, 65535])
@pytest.mark.parametrize("shape", [(3, 7), (1, 1), (20, 9)])
def test_gray(largest: int, shape, tmp_path: Path) -> None:
    pixels = RNG.integers(0, largest + 1, shape)
    kind = ">u2" if largest > 255 else "u1"
    size = b"%d %d" % shape[::-1]
    for content in (
        b"P5\n%s\n%d\n" % (size, largest) + pixels.astype(kind).tobytes(),
        b"P5 # a b 1\n#c\n%s %d\n" % (size, largest) + pixels.astype(kind).tobytes(),
        b"P2\n%s\n%d\n" % (size, largest) + text(pixels),
        b"P2\n%s # 5\n%d\n# 7 7\n" % (size, largest) + text(pixels),
    ):
        image = read(tmp_path, content)
        assert image.axes == ("y", "x")
        assert image.dtype == (np.uint16 if largest > 255 else np.uint8)
        assert np.array_equal(image.pixels, pixels)
        # ImageJ 1.54p stretches those of 8 bits.
        assert bool(image.provenance.notes) == (largest < 255)


@pytest.mark.parametrize("largest", [100, 255, 999, 65535])
def test_colour(largest: int, tmp_path: Path) -> None:
    pixels = RNG.integers(0, largest + 1, (5, 4, 3))
    kind = ">u2" if largest > 255 else "u1"
    for content in (
        b"P6 4 5 %d\n" % largest + pixels.astype(kind).tobytes(),
        b"P3 4 5 %d\n" % largest + text(pixels.reshape(5, -1)),
    ):
        image = read(tmp_path, content)
        if largest > 255:
            assert image.axes == ("c", "y", "x")
            assert np.array_equal(image.pixels, np.moveaxis(pixels, 2, 0))
        else:
            assert image.axes == ("y", "x", "s")
            assert np.array_equal(image.pixels, pixels)


@pytest.mark.parametrize("width", [8, 16, 6, 17, 1])
def test_bits(width: int, tmp_path: Path) -> None:
    bits = RNG.integers(0, 2, (5, width))  # 1 is black
    raw = b"P4\n%d 5\n" % width + np.packbits(bits, axis=1).tobytes()
    digits = b"\n".join(b"".join(b"%d" % v for v in row) for row in bits)
    for content, odd in (
        (raw, True),
        (b"P1 %d 5 # bits\n" % width + text(bits), False),
        (b"P1 %d 5\n" % width + digits + b"\n", width > 1),
    ):
        image = read(tmp_path, content)
        assert np.array_equal(image.pixels, 255 * (1 - bits))
        assert bool(image.provenance.notes) == odd
        assert np.array_equal(read(tmp_path, content, indices=True).pixels, bits)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_floats(order: str, scale: float, tmp_path: Path) -> None:
    pixels = RNG.normal(0, 1, (4, 6, 3)).astype("f4")
    signed = scale if order == ">" else -scale
    rows = pixels[::-1]  # the lowest is the first
    content = b"Pf\n6 4\n%.1f\n" % signed + rows[..., 0].astype(f"{order}f4").tobytes()
    image = read(tmp_path, content)
    assert np.array_equal(image.pixels, pixels[..., 0])
    assert len(image.provenance.remarks) == (scale != 1)
    content = b"PF\n6 4\n%.1f\n" % signed + rows.astype(f"{order}f4").tobytes()
    image = read(tmp_path, content)
    assert image.axes == ("c", "y", "x")
    assert np.array_equal(image.pixels, np.moveaxis(pixels, 2, 0))
    for length in range(3, len(content)):
        with pytest.raises(ImageError, match=r'^"a.pgm" .*\.$'):
            read(tmp_path, content[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"P5 4 3 255\n" + bytes(range(50, 62)),
        b"P5 4 3 1000\n" + bytes([1, 2] * 12),
        b"P6 2 2 255\n" + bytes(range(50, 62)),
        b"P4 9 6\n" + bytes(range(1, 13)),
    ],
)
def test_cut_short_or_several(content: bytes, tmp_path: Path) -> None:
    read(tmp_path, content)
    for length in range(2, len(content)):
        with pytest.raises(ImageError, match=r'^"a.pgm" .*\.$'):
            read(tmp_path, content[:length])
    with pytest.raises(ImageError, match="holds another image behind the first"):
        read(tmp_path, content + content)
    with pytest.raises(ImageError, match="holds 3 bytes more behind"):
        read(tmp_path, content + b"abc")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"P2 2 2 9\n1 2 3", "4 numbers, and 3 are there"),
        (b"P2 2 2 9\n1 2 3 4 5", "has 5 numbers, and 2×2 pixels have 4"),
        (b"P2 2 2 9\n1 2 x 4", "has 'x' where a pixel should be"),
        (b"P2 2 2 9\n1 2 -3 4", "has '-3' where"),
        (b"P2 2 2 9\n1 2 3 10", "has a pixel of 10, and says that 9 is the largest"),
        (b"P5 2 2 9\n\1\2\3\x0a", "has a pixel of 10"),
        (b"P1 2 2\n1 0 2 1", "neither 0 nor 1"),
        (b"P1 2 2\n1 0 1", "and 3 are there"),
        (b"P5 0 2 255\n", "says of itself that it is 0×2 pixels"),
        (b"P5 2 2 70000\n", "of 0 to 70000"),
        (b"P5 2 2 0\n", "of 0 to 0"),
        (b"P5 2 two 255\n", "without a size and a largest value"),
        (b"P4 -2 2\n", "without a size in its header"),
        (b"P5 100000 100000 255\nabc", "10000000000 bytes, and 3 are there"),
        (b"P2 100000 100000 255\n1 2 3", "10000000000 numbers, and"),
        (b"P1 99999999 99999999\n1 0 1", "and 3 are there"),
        (b"Pf 3 3 0\nabc", "scale 0"),
        (b"Pf 3 3\n", "without a size"),
        (b"P7 3 3\n", "is a PAM file, which is not read"),
    ],
)
def test_headers_and_numbers_that_lie(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ImageError, match=f'"a.pgm" .*{sentence}'):
        read(tmp_path, content)
