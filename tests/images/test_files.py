"""Files: what is read, pixel for pixel, and what is refused with a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from similij import ImageError, compare
from similij.io import read_image, read_labels

STACK = (np.arange(5 * 40 * 30) % 60_000).astype(np.uint16).reshape(5, 40, 30)


@pytest.mark.parametrize("dtype", ["?", "u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(9, 13), (2, 9, 13)])
@pytest.mark.parametrize("suffix", [".tif", ".TIFF", ".npy"])
def test_pixels_come_as_they_were_written(dtype, shape, suffix, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 120, shape).astype(dtype)
    if (
        dtype == "?" and suffix != ".npy"
    ):  # a file of one bit is read as ImageJ shows it
        pixels = pixels.astype(bool)
        tifffile.imwrite(tmp_path / "bit.tif", pixels, photometric="minisblack")
        assert np.array_equal(read_image(tmp_path / "bit.tif").pixels, pixels * 255)
        return
    path = tmp_path / f"a b ü{suffix}"
    if suffix == ".npy":
        np.save(path, pixels)
    else:
        tifffile.imwrite(path, pixels, photometric="minisblack")
    found = read_image(str(path))
    assert found.name == path.name
    assert found.pixels.dtype == pixels.dtype
    assert np.array_equal(found.pixels, pixels)


@pytest.mark.parametrize(
    "options",
    [
        {"imagej": True},
        {"ome": True},
        {"bigtiff": True},
        {"compression": "zlib"},
        {"tile": (16, 16)},
        {"byteorder": ">"},
        {"rowsperstrip": 7},
    ],
    ids=str,
)
def test_kinds_of_tiff_whole_and_cut_short(options, tmp_path: Path) -> None:
    path = tmp_path / ("s.ome.tif" if "ome" in options else "s.tif")
    tifffile.imwrite(path, STACK, photometric="minisblack", **options)
    whole = path.read_bytes()
    assert np.array_equal(read_image(path).pixels, STACK)
    for share in (0.95, 0.7, 0.41, 0.2, 0.06, 0.01, 0.0005):
        path.write_bytes(whole[: int(len(whole) * share)])
        if "ome" in options and share > 0.9:  # only the description at the end is cut
            assert np.array_equal(read_image(path).pixels, STACK)
            continue
        # never fewer planes than there were, nor zeros in the place of pixels
        with pytest.raises(ImageError, match=re.escape(f'"{path.name}" ')) as caught:
            read_image(path)
        assert "cut short" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_imagej_stack_with_one_directory_cut_short(tmp_path: Path) -> None:
    """As ImageJ writes stacks above 4 GB: the planes are only announced."""
    path = tmp_path / "virtual.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(
            STACK[:1],
            photometric="minisblack",
            description="ImageJ=1.54p\nimages=5\nslices=5\n",
            metadata=None,
        )
    with pytest.raises(ImageError, match="5 planes are announced, 1 can be read"):
        read_image(path)


@pytest.mark.parametrize(
    ("mode", "pixels"),
    [
        ("L", STACK[0].astype(np.uint8)),
        ("I;16", STACK[0]),
        ("1", STACK[0] % 2 > 0),
    ],
)
def test_png(mode: str, pixels: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path)
    with Image.open(path) as image:
        assert image.mode == mode
    shown = pixels * np.uint8(255) if mode == "1" else pixels
    assert np.array_equal(read_image(path).pixels, shown)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ImageError, match=r'"a\.png" is cut short'):
        read_image(path)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colour_is_refused(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "c.png"
    Image.new(mode, (4, 3), (9, 8, 7, 255)[: len(mode)]).save(path)
    with pytest.raises(ImageError, match=r"is an RGB \(color\) image.*color=luminance"):
        compare(path, path)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colour_tiff_is_refused(planar: str, tmp_path: Path) -> None:
    shape = (3, 5, 4) if planar == "separate" else (5, 4, 3)
    path = tmp_path / "c.tif"
    tifffile.imwrite(
        path, np.zeros(shape, np.uint8), photometric="rgb", planarconfig=planar
    )
    with pytest.raises(ImageError, match=r'"c.tif" is an RGB \(color\) image'):
        compare(path, path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.tif", b"hello, I am no image"),
        ("empty.tif", b""),
        ("empty.png", b""),
        ("empty.npy", b""),
        ("text.png", b"hello"),
        ("zip.tif", b"PK\x03\x04" + bytes(100)),
        ("header.tif", b"II*\0\x08\0\0\0"),
        ("loop.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0"),
    ],
)
def test_not_an_image(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImageError, match=re.escape(f'"{name}" ')) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r'no\.tif" does not exist: check the path'):
        read_image(tmp_path / "no.tif")
    with pytest.raises(ImageError, match="is a folder, not a file"):
        read_image(tmp_path)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "o.npy"
    np.save(path, np.array([print], object), allow_pickle=True)
    with pytest.raises(ImageError, match=r'"o\.npy" holds Python objects'):
        read_image(path)


def test_a_cut_npy(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, STACK)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ImageError, match=r'"a.npy" is cut short'):
        read_image(path)


def test_complex_is_refused_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "c.tif"
    tifffile.imwrite(path, np.zeros((4, 5), np.complex64))
    pixels = read_image(path).pixels
    with pytest.raises(ImageError, match=r'"c\.tif" is complex'):
        compare(pixels, pixels, names=("c.tif", "d.tif"))


def test_numbers_of_colours_are_no_intensities(tmp_path: Path) -> None:
    """A palette of colours has no order; that of a label image numbers objects."""
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(values, "P")
    image.putpalette([(7 * k) % 256 for k in range(768)])
    image.save(tmp_path / "fire.png")
    with pytest.raises(ImageError, match=r'"fire\.png" .*color'):
        read_image(tmp_path / "fire.png")
    assert read_labels(tmp_path / "fire.png").pixels.tolist() == values.tolist()


def test_equal_floats_beside_a_nan_are_r_1() -> None:
    x = np.random.default_rng(2).random((50, 60)).astype(np.float32)
    y = x.copy()
    y[3, 3] = np.nan
    found = compare(x, y)
    assert (found.pearson, found.rmsd, found.excluded) == (1, 0, 1)


def test_axes_in_another_order_are_aligned(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 99, (2, 3, 9, 7)).astype(np.uint16)
    first, second = tmp_path / "a.ome.tif", tmp_path / "b.ome.tif"
    tifffile.imwrite(first, pixels, metadata={"axes": "TZYX"})
    tifffile.imwrite(second, pixels.swapaxes(0, 1), metadata={"axes": "ZTYX"})
    found = compare(first, second)
    assert (found.n, found.pearson, found.rmsd) == (pixels.size, 1, 0)
    assert (found.image_1, found.image_2) == (first.name, second.name)
    tifffile.imwrite(second, pixels, metadata={"axes": "TCYX"})
    with pytest.raises(ImageError, match=r"over frames, slices, .* frames, channels"):
        compare(first, second)
