"""Arrays of NumPy's own files: whole, of numbers, and never unpickled."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted

RNG = np.random.default_rng(44)


def npy(header: Any, pixels: bytes, version: int = 1) -> bytes:
    text = header if isinstance(header, str) else repr(header)
    form = "<H" if version == 1 else "<I"
    return b"".join(
        (
            b"\x93NUMPY" + bytes([version, 0]),
            struct.pack(form, len(text)) + text.encode(),
            pixels,
        )
    )


def header(shape: Any = (3, 4), descr: Any = "<u2", order: Any = False) -> dict:
    return {"descr": descr, "fortran_order": order, "shape": shape}


@pytest.mark.parametrize(
    "dtype", ["u1", "<u2", ">u2", "<i4", "<i8", "<f2", ">f4", "<f8", "?"]
)
@pytest.mark.parametrize("shape", [(5, 7), (2, 3, 4), (9,)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_whole_and_in_parts(dtype: str, shape, order: str, tmp_path: Path) -> None:
    array = np.asarray(RNG.integers(0, 100, shape).astype(dtype), order=order)
    path = tmp_path / "a.tif"  # by content, whatever its name
    path.write_bytes(b"")
    with path.open("wb") as stream:
        np.save(stream, array)
    image = open_image(path)
    assert np.array_equal(image.pixels, array)
    assert image.dtype == array.dtype
    assert isinstance(image.pixels.base, np.memmap) or isinstance(
        image.pixels, np.memmap
    )
    parts = open_image(path, Wanted(most=0))
    assert parts.is_lazy
    assert np.array_equal(np.asarray(parts.pixels), array)
    np.savez(tmp_path / "a.npz", array)
    np.savez_compressed(tmp_path / "b.npz", cells=array)
    for name in ("a.npz", "b.npz"):
        assert np.array_equal(open_image(tmp_path / name).pixels, array)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_versions(version: int, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(npy(header(), bytes(range(24)), version))
    assert open_image(path).pixels[0, 1] == 0x0302


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        (header(descr="|O"), "holds Python objects and no image"),
        (header(descr=[("a", "<u2"), ("b", "|O")]), "holds Python objects"),
        (header(descr=[("a", "u1"), ("b", "u1")]), "holds values of type"),
        (header(descr="<c8"), "holds complex numbers"),
        (header(descr="<U2"), "holds values of type <U2"),
        (header(descr="<M8[s]"), "holds values of type datetime64"),
        (header(descr="<f16"), "holds values of type float128"),
        (header(shape=(-3, -4)), r"has the shape \(-3, -4\)"),
        (header(shape=(0, 4)), r"has the shape \(0, 4\)"),
        (header(shape=()), r"has the shape \(\)"),
        (header(shape=(3, 5)), "3×5 pixels of uint16 are announced, which are 30"),
        (header(shape=(2, 4)), "has 8 bytes more than the 2×4 pixels"),
        (header(shape=(10**9, 10**12)), "pixels of uint16 are announced"),
        (header(shape=[3, 4]), "a header that is none of NumPy's"),
        (header(shape=(3.0, 4)), "a header that is none of NumPy's"),
        (header(order=2), "a header that is none of NumPy's"),
        (header(descr="nonsense"), "a header that is none of NumPy's"),
        ("{" * 900, "a header that is none of NumPy's"),
        ("__import__('os')", "a header that is none of NumPy's"),
        ("[1, 2]", "a header that is none of NumPy's"),
        (r"{'descr': '\hu2'}", "a header that is none of NumPy's"),
        (" " * 20_000, "its header announces 20000 bytes"),
    ],
)
def test_headers_that_lie(about, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(npy(about, bytes(24)))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")  # Python's, of what stands in the header
        with pytest.raises(ImageError, match=f'^"a.npy" .*{sentence}'):
            open_image(path)
    assert not warned
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.write(path, "x.npy")
    with pytest.raises(ImageError, match=f'^"a.npz:x.npy" .*{sentence}'):
        open_image(tmp_path / "a.npz")


@pytest.mark.parametrize("array", [np.arange(24, dtype="<u2").reshape(4, 6), np.eye(3)])
def test_cut_short(array, tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, array)
    content = stream.getvalue()
    path = tmp_path / "a.npy"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ImageError, match=r'^"a.npy" .*\.$'):
            open_image(path)
    path.write_bytes(content + content)
    with pytest.raises(ImageError, match=r"bytes more than the"):
        open_image(path)


def test_several_or_none_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, cells=np.eye(3), mask=np.eye(3))
    with pytest.raises(ImageError, match=r"holds 2 arrays \(cells, mask\): save the"):
        open_image(path)
    np.savez(path)
    with pytest.raises(ImageError, match=r"is a zip|cannot be read"):
        open_image(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_archive(save, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    array = RNG.integers(0, 9, (40, 50))
    save(path, array)
    content = path.read_bytes()
    at = len(content) // 2
    path.write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
    with pytest.raises(ImageError, match=r'^"a.npz" cannot be read .*\.$'):
        open_image(path)
    path.write_bytes(content[:at])
    with pytest.raises(ImageError, match=r'^"a.npz" cannot be read .*\.$'):
        open_image(path)


def test_an_archive_that_announces_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(header(shape=(50_000, 50_000)), b"abc"))
    content = path.read_bytes()
    size = struct.pack("<I", len(npy(header(shape=(50_000, 50_000)), b"abc")))
    # The directory of the archive says 4 GB, too, as that of a real bomb would.
    path.write_bytes(content.replace(size, b"\xff\xff\xff\xf0"))
    with pytest.raises(ImageError, match=r"a.npz"):
        open_image(path)
