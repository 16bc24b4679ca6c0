"""Regions that are written are, to the real ImageJ, the very pixels by their names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import similij
from similij.regions import Region
from support import run_imagej

RNG = np.random.default_rng(23)
SHAPE = (31, 44)

SCRIPT = """
import numpy as np
folder, height, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
manager = JClass("ij.plugin.frame.RoiManager")()
manager.runCommand("Open", folder + "/cells.zip")
rois, pixels = [], []
for roi in manager.getRoisAsArray():
    mask = IJ.createImage("mask", "8-bit black", width, height, 1).getProcessor()
    mask.setValue(255)
    mask.fill(roi)
    pixels.append(np.array(mask.getPixels()) != 0)
    rois.append([str(roi.getName()), str(roi.getTypeAsString()), roi.getPosition(),
                 roi.getCPosition(), roi.getZPosition(), roi.getTPosition()])
saved = {"pixels": np.array(pixels)}
for name in ("few", "many"):
    image = IJ.openImage(f"{folder}/{name}.tif")
    saved[name] = np.array(image.getProcessor().convertToFloat().getPixels())
np.savez(folder + "/seen.npz", rois=json.dumps(rois), **saved)
"""


@pytest.mark.window
def test_imagej_opens_what_is_written(tmp_path: Path, display: dict[str, str]) -> None:
    masks = {f"blobs {k}": RNG.random(SHAPE) > 0.3 + 0.1 * k for k in range(5)}
    masks["Zelle ä"] = np.add.outer(np.arange(31), np.arange(44)) % 2 == 0
    masks["one"] = np.zeros(SHAPE, bool)
    masks["one"][7, 9] = True
    masks["box"] = np.ones(SHAPE, bool)
    regions = [
        *similij.regions.read_regions(masks),
        Region("cut off", -3, -4, 20, 15, RNG.random((15, 20)) > 0.4),
        Region("tied", 2, 3, 4, 5, c=1, z=3, t=2),
        Region("plane", 2, 3, 4, 5, position=4),
    ]
    similij.write_regions(tmp_path / "cells.zip", regions)
    labels = {
        "few": RNG.integers(0, 65536, SHAPE),
        "many": RNG.integers(0, 2**24, SHAPE),
    }
    for name, numbers in labels.items():
        similij.write_regions(tmp_path / f"{name}.tif", numbers)
    run_imagej(SCRIPT, tmp_path, *SHAPE, mode="gui", env=display)
    with np.load(tmp_path / "seen.npz") as file:
        seen = dict(file)
    rois = json.loads(str(seen["rois"]))
    assert [roi[0] for roi in rois] == [region.name for region in regions]
    for region, (_, kind, *place), pixels in zip(
        regions, rois, seen["pixels"], strict=True
    ):
        inside = np.zeros(SHAPE, bool)
        rows, columns, mask = region.clip(*SHAPE) or (None, None, None)
        inside[rows, columns] = True if mask is None else mask
        assert np.array_equal(pixels.reshape(SHAPE), inside), region.name
        # Of a ROI with the number of a plane, ImageJ says that as its slice, too.
        at = region.z or region.position
        assert place == [region.position, region.c, at, region.t]
        if region.name in ("one", "box", "tied", "plane"):
            assert kind == "Rectangle"
    for name, numbers in labels.items():
        assert np.array_equal(seen[name].reshape(SHAPE), numbers)
