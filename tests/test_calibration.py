"""Sizes of pixels: as files and ImageJ say them, and where rows say they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

from similij import compare
from similij.calibration import PixelSize, differing, pixel_size, pixel_size_of
from similij.io import align_axes, read_image

PIXELS = np.arange(2 * 3 * 5 * 7, dtype=np.uint16).reshape(2, 3, 5, 7)


def imagej(
    path: Path, size: float = 0.25, unit: str = "micron", **more: object
) -> Path:
    metadata = {"axes": "TZYX", "unit": unit, "spacing": 1.5, **more}
    resolution = (1 / size, 1 / (2 * size))
    tifffile.imwrite(
        path, PIXELS, imagej=True, resolution=resolution, metadata=metadata
    )
    return path


@pytest.mark.parametrize("unit", ["micron", "um", "\\u00B5m"])
def test_imagej_tiff(tmp_path: Path, unit: str) -> None:
    more = {"finterval": 0.5, "tunit": "min"}
    size = read_image(imagej(tmp_path / "a.tif", unit=unit, **more)).size
    assert size is not None
    assert (size.x, size.y) == pytest.approx((0.25, 0.5), rel=1e-6)
    assert (size.z, size.unit, size.frame_s) == (1.5, "µm", 30)


def test_ome_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    metadata = {
        "axes": "TZYX",
        "PhysicalSizeX": 0.1,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 0.2,
        "PhysicalSizeYUnit": "µm",
        "PhysicalSizeZ": 300,
        "PhysicalSizeZUnit": "nm",
        "TimeIncrement": 250,
        "TimeIncrementUnit": "ms",
    }
    tifffile.imwrite(path, PIXELS, metadata=metadata)
    file = read_image(path)
    assert file.size == PixelSize(0.1, 0.2, None, "µm", 0.25)  # z has another unit
    assert file.frame_s == 0.25


@pytest.mark.parametrize("unit", ["pixel", "", "inch"])
def test_no_physical_size(tmp_path: Path, unit: str) -> None:
    assert read_image(imagej(tmp_path / "a.tif", unit=unit)).size is None
    tifffile.imwrite(tmp_path / "plain.tif", PIXELS[0, 0])
    assert read_image(tmp_path / "plain.tif").size is None
    assert pixel_size({"x": float("nan"), "y": 1, "unit": "mm"}) is None
    assert pixel_size(None) is None


def test_a_note_names_both(tmp_path: Path) -> None:
    one = imagej(tmp_path / "a.tif")
    two = imagej(tmp_path / "b.tif", size=0.5)
    x, y = align_axes(read_image(one), read_image(two))
    (row,) = compare(x, y, names=("a.tif", "b.tif")).rows
    assert row["note"] == (
        '"a.tif" has pixels of 0.25 × 0.5 × 1.5 µm, "b.tif" of 0.5 × 1 × 1.5 µm: '
        "compared pixel by pixel"
    )
    x, y = align_axes(read_image(one), read_image(one))
    assert compare(x, y).note == ""


def test_rounding_in_a_file_is_no_difference() -> None:
    names = ("a", "b")
    one = PixelSize(0.2, 0.2)
    assert differing(names, one, PixelSize(0.2000001, 0.2)) == ""
    assert differing(names, one, None) == ""
    assert "0.21 × 0.2 µm" in differing(names, one, PixelSize(0.21, 0.2))
    assert "0.2 × 0.2 mm" in differing(names, one, PixelSize(0.2, 0.2, unit="mm"))
    slow = PixelSize(0.2, 0.2, frame_s=2)
    assert 'a frame every 1 s, "b" every 2 s' in differing(
        names, PixelSize(0.2, 0.2, frame_s=1), slow
    )


def test_coordinates() -> None:
    coords = {
        "t": ("t", [0.0, 20.0], {"units": "ms"}),
        "z": [0.0, 2.0, 4.0],
        "y": np.arange(5) * 0.3,
        "x": np.arange(7) * 0.1,
    }
    image = xr.DataArray(PIXELS, coords, ["t", "z", "y", "x"], attrs={"units": "um"})
    size = pixel_size_of(image)
    assert size is not None
    assert (size.x, size.y, size.z) == pytest.approx((0.1, 0.3, 2))
    assert (size.unit, size.frame_s) == ("µm", pytest.approx(0.02))
    assert pixel_size_of(image.drop_vars("x")) is None
    assert pixel_size_of(PIXELS) is None
