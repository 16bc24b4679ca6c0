"""Files are what is in them, whatever they are called."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr

import similij
from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted
from small_formats import bmp, gif, gif_frame, png

h5py = pytest.importorskip("h5py")

PIXELS = np.random.default_rng(48).integers(0, 256, (6, 9)).astype(np.uint8)
RAMP = [(k, k, k) for k in range(256)]


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, PIXELS)
    return stream.getvalue()


def tiff(**options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, PIXELS, photometric="minisblack", **options)
    return stream.getvalue()


def hdf5(block: int) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=block) as file:
        file["a"] = PIXELS
    return stream.getvalue()


KINDS = {
    "png": png(PIXELS, 8, 0),
    "gif": gif((9, 6), RAMP, gif_frame(PIXELS)),
    "bmp": bmp(PIXELS, 8, RAMP),
    "pgm": b"P5 9 6 255\n" + PIXELS.tobytes(),
    "npy": npy(),
    "tiff": tiff(),
    "big-endian tiff": tiff(byteorder=">"),
    "bigtiff": tiff(bigtiff=True),
    "hdf5": hdf5(0),
    "hdf5 behind a block": hdf5(1024),
}


@pytest.mark.parametrize("name", ["a", "a.tif", "a.png", "a.npy", "a.czi", "a.flex"])
@pytest.mark.parametrize("kind", KINDS)
def test_by_content(kind: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(KINDS[kind])
    image = open_image(path)
    assert image.axes == ("y", "x")
    assert np.array_equal(np.asarray(image.pixels), PIXELS)
    assert image.title == name
    assert image.provenance.path == str(path)
    assert image.provenance.reader
    assert image.provenance.stored
    for wanted in (Wanted(series=2), Wanted(level=1), Wanted(series=0)):
        with pytest.raises(ImageError, match="is not among them"):
            open_image(path, wanted)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty (0 bytes)"),
        (b"hello, I am no image", "of no kind that is known; it begins hello, I"),
        (bytes(2000), "of no kind that is known; it begins 00 00 00"),
        (b"P5", "of no kind that is known"),
        (b"PK\x03\x04" + bytes(100), "cannot be read as an image"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "is a JPEG 2000 file, which is not read"),
        (b"SIMPLE  =                    T", "is a FITS file"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "is a WebP file"),
        (b"RIFF\x10\0\0\0AVI LIST", "is an AVI file"),
        (bytes(128) + b"DICM", "is a DICOM file"),
        (b"%PDF-1.7", "is a PDF file"),
        (b"\x1f\x8b\x08\0", "is a gzip file"),
        (b"<?xml version='1.0'?>", "is an XML file"),
        (b"II*\0", "cut short"),
        (b"\xff\xd8\xff", "cut short"),
        (b"GIF89a", "cut short"),
        (b"BM", "cut short"),
    ],
)
def test_others_are_refused_in_one_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        open_image(path)
    text = str(caught.value)
    assert text.startswith('"a.tif" ')
    assert sentence in text
    assert "\n" not in text
    assert text.endswith(".")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("0001.roi", "holds ROIs and no image (rois= takes it)"),
        ("a.zarr/.zarray", "is a zipped Zarr store"),
        ("a.txt", "is a zip archive and no image"),
    ],
)
def test_archives(entry: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, b"x")
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert sentence in str(caught.value)


def deltavision() -> bytes:
    return bytes(96) + struct.pack("<h", -16224) + bytes(926)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"ZISRAWFILE" + bytes(600), "CZI"),
        (b"\xda\xce\xbe\x0a" + bytes(600), "ND2"),
        (b"\x70\0\0\0\x10\0\0\0\x2a" + bytes(600), "LIF"),
        (deltavision(), "DV"),
        (b"OLYMPUSRAWFORMAT" + bytes(600), "OIR"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "OIB"),
    ],
)
def test_microscopes_name_the_extra(
    content: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bioio", None)
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install bioio bioio-nd2 bioio-dv bioio-lif$"
    ) as e:
        open_image(path)
    assert f'"a.tif" is a file of the kind {kind}' in str(e.value)


def test_a_vsi_is_not_its_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bioio", None)
    path = tmp_path / "a.vsi"
    path.write_bytes(tiff())
    with pytest.raises(ModuleNotFoundError, match="of the kind VSI"):
        open_image(path)


def test_paths_that_are_none(tmp_path: Path) -> None:
    for path in (tmp_path / "no.tif", f"{tmp_path}/no.h5:/a", "C:\\no\\a.h5:/x"):
        with pytest.raises(ImageError, match="does not exist: check the path"):
            open_image(path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ImageError, match="does not exist: check the path"):
        open_image(f"{tmp_path / 'a.txt'}:/a")
    with pytest.raises(ImageError, match="is a folder, not a file, and no Zarr store"):
        open_image(tmp_path)


@pytest.mark.parametrize("series", [0, 3, -1])
def test_series_are_counted_from_1_in_every_format(series: int, tmp_path: Path) -> None:
    """A Zarr store of two images took series 0 for its first."""
    pixels = np.arange(30, dtype=np.uint8).reshape(5, 6)
    several = tmp_path / "several.zarr"
    group = zarr.create_group(several, zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    for name in ("0", "1"):
        inner = group.create_group(name)
        inner.attrs["multiscales"] = [
            {"version": "0.4", "axes": ["y", "x"], "datasets": [{"path": "0"}]}
        ]
        inner.create_array("0", shape=pixels.shape, dtype="u1")[:] = pixels
    with tifffile.TiffWriter(tmp_path / "several.tif") as writer:
        writer.write(pixels)
        writer.write(pixels[:4, :5])
    for name in ("several.zarr", "several.tif"):
        assert similij.read(tmp_path / name, series=2).dtype == np.uint8
        with pytest.raises(ImageError, match=f"1 to 2: series {series} is not among"):
            similij.read(tmp_path / name, series=series)
