"""Archives of ROIs: ImageJ's command and Python have the same rows of one file."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile

import similij
from support import run_imagej

RNG = np.random.default_rng(41)
A = RNG.integers(0, 60_000, (31, 44)).astype(np.uint16)
B = RNG.integers(0, 60_000, A.shape).astype(np.uint16)
BOXES = [(2, 3, 9, 5), (20, 8, 7, 11), (0, 0, 44, 2), (30, 25, 6, 6)]
NAMES = ["cell", "other", "cell", "cell"]

SCRIPT = """
folder = sys.argv[1]
Roi, Encoder = JClass("ij.gui.Roi"), JClass("ij.io.RoiEncoder")
import warnings, zipfile
warnings.simplefilter("ignore")  # what Python thinks of a name that is there twice
boxes, names = json.loads(sys.argv[2])
with zipfile.ZipFile(f"{folder}/twins.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name, box in zip(names, boxes):
        archive.writestr(f"{name}.roi", bytes(Encoder.saveAsByteArray(Roi(*box))))
for name in ("a", "b"):
    IJ.open(f"{folder}/{name}.tif")
ij.run_macro(f'run("Image Similarity...", '
             f'"image_1=a.tif image_2=b.tif roi_file=[{folder}/twins.zip]");')
answer(rows=rows())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zips")
    for name, pixels in (("a", A), ("b", B)):
        tifffile.imwrite(folder / f"{name}.tif", pixels)
    return folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict]:
    import json

    found: list[dict] = run_imagej(SCRIPT, folder, json.dumps([BOXES, NAMES]))["rows"]
    return found


def test_each_of_three_rois_of_one_name_has_its_pixels(rows: list[dict]) -> None:
    assert [row["Region"] for row in rows] == ["cell", "other", "cell (2)", "cell (3)"]
    for row, (x, y, width, height) in zip(rows, BOXES, strict=True):
        part = np.s_[y : y + height, x : x + width]
        pearson = np.corrcoef(A[part].ravel(), B[part].ravel())[0, 1]
        assert row["n"] == width * height
        assert row["Pearson R"] == pytest.approx(pearson, rel=1e-12)


def test_python_has_the_same_rows(rows: list[dict], folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(zipfile.ZipFile(folder / "twins.zip").infolist()) == len(BOXES)
        wanted = similij.compare(A, B, regions=folder / "twins.zip").rows
    keys = {"Region": "region", "n": "n", "Pearson R": "pearson", "RMSD": "rmsd"}
    for row, one in zip(rows, wanted, strict=True):
        assert {name: row[name] for name in keys} == {
            name: one[key] for name, key in keys.items()
        }
