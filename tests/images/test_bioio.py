"""Files of microscopes by plugins of bioio: a stand-in, and a real one if there."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted

da = pytest.importorskip("dask.array")

RNG = np.random.default_rng(49)
CZI, ND2 = b"ZISRAWFILE" + bytes(600), b"\xda\xce\xbe\x0a" + bytes(600)


class Reader:
    """What bioio calls a reader: the attributes that are used, of the same names."""

    scenes: tuple[str, ...] = ("Image:0",)
    images: tuple[np.ndarray, ...] = ()
    dims = "TCZYX"
    channel_names: list[Any] | None = None
    physical_pixel_sizes = SimpleNamespace(Z=None, Y=None, X=None)
    time_interval: Any = None
    resolution_levels: tuple[int, ...] = (0,)
    damaged = False

    def __init__(self, path: str) -> None:
        self.path, self.scene, self.level = path, 0, 0

    def set_scene(self, scene: int) -> None:
        self.scene = scene

    def set_resolution_level(self, level: int) -> None:
        self.level = level

    @property
    def xarray_dask_data(self) -> xr.DataArray:
        pixels = self.images[self.scene]
        step = 2**self.level
        pixels = pixels[:, :, :, ::step, ::step] if self.level else pixels
        array = da.from_array(pixels, chunks=(1,) * (pixels.ndim - 2) + (5, 7))
        if self.damaged:
            array = array.map_blocks(_broken, dtype=pixels.dtype)
        return xr.DataArray(array, dims=list(self.dims))

    @property
    def mosaic_xarray_dask_data(self) -> xr.DataArray:
        raise NotImplementedError


def _broken(block: np.ndarray) -> np.ndarray:
    if block.any():
        raise OSError("no such\nblock")
    return block


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch):
    """Install a plugin of bioio that is none; returns its reader, to be filled."""

    def install(name: str, **facts: Any) -> type:
        reader = type("Reader", (Reader,), {**facts, "__module__": f"{name}.reader"})
        module = ModuleType(name)
        module.__dict__.update(Reader=reader, __version__="9.9")
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setitem(sys.modules, "bioio", ModuleType("bioio"))
        return reader

    return install


def write(tmp_path: Path, content: bytes = ND2) -> Path:
    path = tmp_path / "a.tif"  # by content, whatever its name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("most", [0, 1e9])
@pytest.mark.parametrize(("name", "content"), [("bioio_nd2", ND2), ("bioio_czi", CZI)])
def test_axes_names_and_sizes(name, content, most, plugin, tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (2, 3, 4, 12, 15)).astype(np.uint16)
    plugin(
        name,
        images=(pixels,),
        channel_names=["DAPI", np.str_("GFP"), "RFP"],
        physical_pixel_sizes=SimpleNamespace(Z=2.0, Y=0.5, X=0.25),
        time_interval=timedelta(seconds=30),
    )
    image = open_image(write(tmp_path, content), Wanted(most=most))
    assert image.is_lazy == (most == 0)
    assert image.axes == ("t", "c", "z", "y", "x")
    assert np.array_equal(np.asarray(image.pixels), pixels)
    assert image.channels == ("DAPI", "GFP", "RFP")
    assert image.calibration == ((0.25, 0.5, 2.0), "µm", 30.0)
    assert image.provenance.reader == f"{name.replace('_', '-')} 9.9"
    assert image.title == "a.tif"


@pytest.mark.parametrize(
    ("dims", "shape", "axes"),
    [
        ("TCZYX", (1, 1, 1, 6, 7), ("y", "x")),
        ("CTZYX", (3, 1, 2, 6, 7), ("c", "z", "y", "x")),
        ("XYZCT", (7, 6, 2, 1, 1), ("z", "y", "x")),
        ("MCYX", (2, 3, 6, 7), ("M", "c", "y", "x")),
        ("HTYX", (2, 3, 6, 7), ("H", "t", "y", "x")),
        ("TYXS", (1, 6, 7, 3), ("y", "x", "s")),
        ("TCYXS", (2, 1, 6, 7, 1), ("t", "y", "x")),
        ("YX", (1, 7), ("y", "x")),
    ],
)
def test_no_axis_is_lost(dims, shape, axes, plugin, tmp_path: Path) -> None:
    pixels = RNG.integers(0, 200, shape).astype(np.uint8)
    plugin("bioio_nd2", images=(pixels,), dims=dims)
    image = open_image(write(tmp_path))
    assert image.axes == axes
    order = [dims.upper().index(axis.upper()) for axis in axes]
    left = [k for k in range(len(dims)) if k not in order]
    turned = pixels.transpose(left + order).reshape([shape[k] for k in order])
    assert np.array_equal(image.pixels, turned)
    assert image.channels == ()
    assert image.calibration.pixel_size is None


def test_colours(plugin, tmp_path: Path) -> None:
    pixels = RNG.integers(0, 4000, (6, 7, 3)).astype(np.uint16)
    plugin("bioio_nd2", images=(pixels,), dims="YXS")
    assert open_image(write(tmp_path)).axes == ("y", "x", "c")
    plugin("bioio_nd2", images=(np.dstack([pixels, pixels[..., :1]]),), dims="YXS")
    with pytest.raises(ImageError, match="is RGB with alpha"):
        open_image(write(tmp_path))


@pytest.mark.parametrize("most", [0, 1e9])
def test_scenes_and_levels(most: float, plugin, tmp_path: Path) -> None:
    images = tuple(
        RNG.integers(0, 99, (1, 2, 1, 8 + k, 10)).astype(np.uint8) for k in range(3)
    )
    plugin("bioio_nd2", images=images, scenes=("A", "B", "C"), resolution_levels=(0, 1))
    path = write(tmp_path)
    for k, pixels in enumerate(images, start=1):
        image = open_image(path, Wanted(series=k, most=most))
        assert np.array_equal(np.asarray(image.pixels), pixels[0, :, 0])
        assert image.provenance.series == f"{k} of 3 ({'ABC'[k - 1]})"
    image = open_image(path, Wanted(series=2, level=1, most=most))
    assert np.array_equal(np.asarray(image.pixels), images[1][0, :, 0, ::2, ::2])
    with pytest.raises(ImageError, match=r"holds 3 images \(A, B, C\): choose one"):
        open_image(path)
    for series in (0, 4):
        with pytest.raises(ImageError, match=f"series {series} is not among them"):
            open_image(path, Wanted(series=series))
    with pytest.raises(ImageError, match="level 2 is not among them"):
        open_image(path, Wanted(series=1, level=2))


@pytest.mark.parametrize("most", [0, 1e9])
def test_damage_is_one_sentence(most: float, plugin, tmp_path: Path) -> None:
    pixels = RNG.integers(1, 99, (1, 1, 1, 8, 10)).astype(np.uint8)
    plugin("bioio_nd2", images=(pixels,), damaged=True)
    with pytest.raises(ImageError, match=r'^"a.tif" cannot be read .*no such block'):
        np.asarray(open_image(write(tmp_path), Wanted(most=most)).pixels)
    plugin("bioio_nd2", images=(pixels.astype(complex),))
    with pytest.raises(ImageError, match=r'^"a.tif" holds complex numbers'):
        open_image(write(tmp_path))


def test_what_is_missing_is_named(
    plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin("bioio_nd2")
    monkeypatch.setitem(sys.modules, "bioio_czi", None)
    monkeypatch.setitem(sys.modules, "bioio_lif", None)
    with pytest.raises(ModuleNotFoundError, match=r"install bioio bioio-czi$"):
        open_image(write(tmp_path, CZI))
    lif = b"\x70\0\0\0\x10\0\0\0\x2a" + bytes(600)
    with pytest.raises(ModuleNotFoundError, match=r"needs bioio_lif: .* bioio-lif$"):
        open_image(write(tmp_path, lif))
    with pytest.raises(ImageError, match=r"kind OIR \(Olympus\), which no plugin of"):
        open_image(write(tmp_path, b"OLYMPUSRAWFORMAT" + bytes(600)))


@pytest.mark.parametrize("most", [0, 1e9])
@pytest.mark.parametrize(
    ("order", "axes"), [("wz", ("c", "z")), ("tz", ("t", "z")), ("zw", ("z", "c"))]
)
def test_a_file_of_deltavision(order: str, axes, most: float, tmp_path: Path) -> None:
    pytest.importorskip("bioio_dv")
    mrc = pytest.importorskip("mrc")
    path = tmp_path / "a.bin"
    pixels = RNG.integers(0, 4000, (3, 4, 20, 24)).astype(np.uint16)
    mrc.save(pixels, str(path), ifExists="overwrite", zAxisOrder=order)
    image = open_image(path, Wanted(most=most))
    assert image.axes == (*axes, "y", "x")
    assert np.array_equal(np.asarray(image.pixels), pixels)
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    with pytest.raises(ImageError, match=r'^"a.bin" cannot be read as an image'):
        open_image(path, Wanted(most=most))
