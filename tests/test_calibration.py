"""The size of a pixel, as files and arrays have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from similij.calibration import UNKNOWN, calibrated
from similij.io import read_image

PLANES = np.zeros((2, 3, 4, 5), np.uint8)


@pytest.mark.parametrize("unit", ["um", "micron", "\\u00B5m"])
def test_of_imagej(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "a.tif"
    about = {"axes": "TZYX", "unit": unit, "spacing": 0.7, "finterval": 2.5}
    tifffile.imwrite(path, PLANES, imagej=True, resolution=(4, 2), metadata=about)
    size, word, frame_s = read_image(path).calibration
    assert size == pytest.approx((0.25, 0.5, 0.7))
    assert (word, frame_s) == ("µm", 2.5)


def test_of_ome(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    about: dict[str, Any] = {"axes": "TZYX"}
    for axis, size in zip("XYZ", (0.25, 0.5, 0.7), strict=True):
        about |= {f"PhysicalSize{axis}": size, f"PhysicalSize{axis}Unit": "nm"}
    tifffile.imwrite(path, PLANES, ome=True, metadata=about)
    assert read_image(path).calibration == ((0.25, 0.5, 0.7), "nm", None)
    tifffile.imwrite(path, PLANES, ome=True, metadata={"axes": "TZYX"})
    assert read_image(path).calibration == UNKNOWN


def test_of_files_that_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, PLANES[0, 0], resolution=(72, 72), resolutionunit="INCH")
    assert read_image(path).calibration == UNKNOWN
    tifffile.imwrite(path, PLANES, imagej=True, metadata={"axes": "TZYX"})
    assert read_image(path).calibration == UNKNOWN
    np.save(tmp_path / "a.npy", PLANES)
    assert read_image(tmp_path / "a.npy").calibration == UNKNOWN


def test_words_for_no_unit() -> None:
    assert calibrated((1, 1, 1), "pixel", 0) == UNKNOWN
    with pytest.raises(ValueError, match=r"pixel_size is \(1, 0\)"):
        calibrated((1, 0), "mm", None)
