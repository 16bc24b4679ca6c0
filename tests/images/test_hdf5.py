"""Data sets of HDF5 files: which, whole, and what of them is not there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted

h5py = pytest.importorskip("h5py")

RNG = np.random.default_rng(45)
PIXELS = RNG.integers(1, 4000, (3, 20, 30)).astype(np.uint16)


def pixels_of(path: object, **wanted) -> np.ndarray:
    return np.asarray(open_image(path, Wanted(**wanted)).pixels)


@pytest.mark.parametrize("most", [0, 1e9])
@pytest.mark.parametrize("dtype", ["u1", "<u2", ">i4", "f4", "<f8", "?"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (1, 8, 8)},
        {"chunks": (2, 20, 7), "compression": "gzip", "shuffle": True},
        {"chunks": (3, 5, 5), "compression": "lzf", "fletcher32": True},
    ],
)
def test_whole_and_in_parts(dtype: str, options, most: float, tmp_path: Path) -> None:
    path = tmp_path / "a.png"  # by content, whatever its name
    pixels = PIXELS.astype(dtype)
    with h5py.File(path, "w", userblock_size=1024) as file:
        file.create_dataset("g/a", data=pixels, **options)
    for name in (path, f"{path}:/g/a", f"{path}:g/a"):
        image = open_image(name, Wanted(most=most))
        assert image.is_lazy == (most == 0)
        assert np.array_equal(np.asarray(image.pixels), pixels)
        assert image.provenance.path == str(name)
        assert not image.provenance.notes


def test_axes_and_calibration(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        labelled = file.create_dataset("labelled", data=PIXELS)
        for dim, name in zip(labelled.dims, ("Z", "y", "x"), strict=True):
            dim.label = name
        labelled.attrs["element_size_um"] = [2, 0.5, 0.25]
        tagged = file.create_dataset("ilastik", data=PIXELS)
        axes = [{"key": key, "typeFlags": 2} for key in "tyx"]
        tagged.attrs["axistags"] = json.dumps({"axes": axes})
        for name, tags in (("none", 7), ("two", json.dumps({"axes": axes[1:]}))):
            file.create_dataset(name, data=PIXELS).attrs["axistags"] = tags
        sized = file.create_dataset("sized", data=PIXELS)
        sized.attrs["element_size_um"] = [0, -1, 2]
    image = open_image(f"{path}:labelled")
    assert image.axes == ("z", "y", "x")
    assert image.calibration.pixel_size == (0.25, 0.5, 2)
    assert open_image(f"{path}:ilastik").axes == ("t", "y", "x")
    for name in ("none", "two", "sized"):
        image = open_image(f"{path}:{name}")
        assert image.axes == ("axis_0", "y", "x")
        assert image.calibration.pixel_size is None


@pytest.mark.parametrize("most", [0, 1e9])
def test_chunks_that_were_never_written(most: float, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        holes = file.create_dataset("holes", (16, 24), "f4", chunks=(8, 8), fillvalue=7)
        holes[:8, :16] = 3
        file.create_dataset("never", (16, 16), "u2")
        file.create_dataset("sparse", (16, 16), "u2", chunks=(4, 16), fillvalue=9)
    image = open_image(f"{path}:holes", Wanted(most=most))
    assert image.provenance.notes == (
        "has 4 of 6 chunks that are absent and read as 7.0",
    )
    assert np.asarray(image.pixels).sum() == 8 * 16 * 3 + 256 * 7
    for name, fill in (("never", 0), ("sparse", 9)):
        image = open_image(f"{path}:{name}", Wanted(most=most))
        assert image.provenance.notes == (
            f"has no pixels of its own, they are all read as {fill}",
        )


@pytest.mark.parametrize("options", [{"compression": "gzip"}, {"fletcher32": True}])
@pytest.mark.parametrize("chunk", [0, 5, 11])
def test_a_damaged_chunk_is_named(options, chunk: int, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=PIXELS, chunks=(1, 10, 15), **options)
    with h5py.File(path, "r") as file:
        where = file["a"].id.get_chunk_info(chunk)
    content = bytearray(path.read_bytes())
    for at in range(where.byte_offset + 2, where.byte_offset + where.size, 7):
        content[at] ^= 0x5A
    path.write_bytes(content)
    start = ", ".join(map(str, where.chunk_offset))
    sentence = rf'^"a.h5" is damaged: the chunk at \({start}\) cannot be read .*\.$'
    for most in (0, 1e9):
        with pytest.raises(ImageError, match=sentence):
            pixels_of(path, most=most)


def test_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=PIXELS, chunks=(1, 8, 8))
    content = path.read_bytes()
    for length in range(8, len(content), len(content) // 40):
        path.write_bytes(content[:length])
        with pytest.raises(ImageError, match=r'^"a.h5" .*\.$'):
            open_image(path)


def test_pixels_of_other_files(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "source.h5", "w") as file:
        file["a"] = PIXELS
    layout = h5py.VirtualLayout(PIXELS.shape, "u2")
    for k, (name, inner) in enumerate(
        (("source.h5", "a"), ("source.h5", "a"), ("source.h5", "a"))
    ):
        layout[k] = h5py.VirtualSource(name, inner, PIXELS.shape)[k]
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
        file.create_dataset("e", (20, 30), "u2", external=[("e.bin", 0, 1200)])
    virtual = f"{tmp_path}/v.h5:v"
    assert np.array_equal(pixels_of(virtual), PIXELS)
    # HDF5 looks for these where the program was started, which may be anywhere.
    with pytest.raises(ImageError, match=r"has its pixels in another file \(e.bin\)"):
        open_image(f"{tmp_path}/v.h5:e")

    # HDF5 itself would read zeros from here on.
    with h5py.File(tmp_path / "source.h5", "w") as file:
        file["b"] = PIXELS
    with pytest.raises(ImageError, match=r'"source.h5:a", which is missing'):
        open_image(virtual)
    (tmp_path / "source.h5").unlink()
    with pytest.raises(ImageError, match=r'"source.h5", which is missing'):
        open_image(virtual)


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["one"], file["two"] = PIXELS, PIXELS
        file["words"] = ["a", "b"]
        file["complex"] = PIXELS.astype(complex)
        file["none"] = np.zeros((0, 5))
        file.create_dataset("huge", (10**7, 10**7), "f8", chunks=(10, 10))
    for name, sentence in (
        ("", "holds several images; those in it: /huge, /none, /one, /two. Name one"),
        (":/three", "holds no image /three; those in it: /huge"),
        (":words", "holds values of type object"),
        (":complex", "holds complex numbers"),
        (":none", r"has the shape \(0, 5\)"),
        (":huge", "800000000000000 bytes of pixels in 1000000000000 chunks, and 0 of"),
    ):
        with pytest.raises(ImageError, match=sentence):
            open_image(f"{path}{name}")
    with pytest.raises(ImageError, match=r"series 2 is not among them"):
        open_image(f"{path}:one", Wanted(series=2))
    with pytest.raises(ImageError, match=r"level 1 is not among them"):
        open_image(f"{path}:one", Wanted(level=1))
    with pytest.raises(ImageError, match=r'nothere.h5:/a" does not exist'):
        open_image(f"{tmp_path}/nothere.h5:/a")
