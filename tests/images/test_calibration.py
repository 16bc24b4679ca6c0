"""Sizes of pixels: as files and ImageJ say them, and where rows say they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

from similij import compare
from similij.images.calibration import (
    UNKNOWN,
    Calibration,
    calibrated,
    differing,
    in_seconds,
    of_axes,
)
from similij.io import read_image

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
    size, word, frame_s = read_image(
        imagej(tmp_path / "a.tif", unit=unit, **more)
    ).calibration
    assert size == pytest.approx((0.25, 0.5, 1.5), rel=1e-6)
    assert (word, frame_s) == ("µm", 30)


def ome(path: Path, **about: object) -> Calibration:
    sizes = {"PhysicalSizeX": 0.1, "PhysicalSizeY": 0.2, "PhysicalSizeZ": 300}
    units = {f"{key}Unit": "nm" for key in sizes}
    tifffile.imwrite(path, PIXELS, metadata={"axes": "TZYX", **sizes, **units, **about})
    return read_image(path).calibration


def test_ome_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    assert ome(path) == Calibration((0.1, 0.2, 300), "nm")
    # z in another unit than x and y is left out
    units = {"PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "µm"}
    time = {"TimeIncrement": 250, "TimeIncrementUnit": "ms"}
    assert ome(path, **units, **time) == Calibration((0.1, 0.2), "µm", 0.25)
    assert ome(path, PhysicalSizeYUnit="mm", **time) == Calibration(frame_s=0.25)
    tifffile.imwrite(path, PIXELS, metadata={"axes": "TZYX"})
    assert read_image(path).calibration == UNKNOWN


@pytest.mark.parametrize("unit", ["pixel", "", "inch"])
def test_no_physical_size(tmp_path: Path, unit: str) -> None:
    assert read_image(imagej(tmp_path / "a.tif", unit=unit)).calibration == UNKNOWN
    path = tmp_path / "plain.tif"
    tifffile.imwrite(path, PIXELS[0, 0], resolution=(72, 72), resolutionunit="INCH")
    assert read_image(path).calibration == UNKNOWN
    np.save(tmp_path / "a.npy", PIXELS)
    assert read_image(tmp_path / "a.npy").calibration == UNKNOWN
    assert calibrated((1, 1, 1), "pixel", 0) == UNKNOWN
    with pytest.raises(ValueError, match=r"pixel_size is \(1, 0\)"):
        calibrated((1, 0), "mm", None)


def test_a_note_names_both(tmp_path: Path) -> None:
    one = imagej(tmp_path / "a.tif")
    two = imagej(tmp_path / "b.tif", size=0.5)
    x, y = read_image(one), read_image(two)
    (row,) = compare(x, y, names=("a.tif", "b.tif")).rows
    assert row["note"] == (
        '"a.tif" has pixels of 0.25 × 0.5 × 1.5 µm, "b.tif" of 0.5 × 1 × 1.5 µm: '
        "compared pixel by pixel"
    )
    x, y = read_image(one), read_image(one)
    assert compare(x, y).note == ""


def test_rounding_in_a_file_is_no_difference() -> None:
    def note(size: object, unit: str = "µm", frame_s: float | None = None) -> str:
        one = calibrated((0.2, 0.2), "µm", 1)
        return differing(("a", "b"), one, calibrated(size, unit, frame_s))

    assert note((0.2000001, 0.2)) == note(None) == note((0.2, 0.2, 7)) == ""
    assert "0.21 × 0.2 µm" in note((0.21, 0.2))
    assert "0.2 × 0.2 mm" in note(0.2, "mm")
    assert note(0.2, frame_s=2) == (
        '"a" has a frame every 1 s, "b" every 2 s: compared pixel by pixel'
    )


def test_units_compare() -> None:
    def note(one: tuple[float, str], two: tuple[float, str]) -> str:
        first, second = (calibrated(size, unit, None) for size, unit in (one, two))
        return differing(("a", "b"), first, second)

    same = [(0.5, "µm"), (500, "nm"), (0.0005, "mm"), (5e-5, "cm"), (5e-7, "meter"),
            (5000, "Å"), (0.5, "micron"), (500, "nanometer")]  # fmt: skip
    for one in same:
        for two in same:
            assert note(one, two) == ""
            assert note(one, (two[0] * 2, two[1])) != ""
    assert note((2, "furlong"), (2, "furlong")) == ""
    assert '"b" of 2 × 2 µm' in note((2, "furlong"), (2, "µm"))
    assert calibrated(1, "Micrometer", None).unit == "µm"
    # 1 frame in seconds and in milliseconds
    steps = [in_seconds(step, unit) for step, unit in ((2, "s"), (2000, "ms"))]
    times = [calibrated(None, "", step) for step in steps]
    assert differing(("a", "b"), *times) == ""


def test_coordinates() -> None:
    coords = {
        "t": ("t", [0.0, 20.0], {"units": "ms"}),
        "z": [0.0, 2.0, 4.0],
        "y": np.arange(5) * 0.3,
        "x": np.arange(7) * 0.1,
    }
    image = xr.DataArray(PIXELS, coords, ["t", "z", "y", "x"], attrs={"units": "um"})
    size, unit, frame_s = of_axes(image)
    assert size == pytest.approx((0.1, 0.3, 2))
    assert (unit, frame_s) == ("µm", pytest.approx(0.02))
    assert of_axes(image.drop_vars("x")).pixel_size is None
    assert of_axes(PIXELS) == UNKNOWN
