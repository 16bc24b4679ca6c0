"""`similij info`: what a file is taken for, in words, and the same in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import roifile
import tifffile
from typer.testing import CliRunner

from similij.cli import app

STACK = np.arange(3 * 2 * 7 * 9, dtype=np.uint16).reshape(3, 2, 7, 9)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    roi = roifile.ImagejRoi.frompoints([[1, 1], [5, 1], [5, 4]], name="cell")
    tifffile.imwrite(
        tmp_path / "cells.tif",
        STACK,
        imagej=True,
        resolution=(4, 4),
        metadata={
            "axes": "TCYX", "unit": "um", "finterval": 2, "Overlays": [roi.tobytes()],
        },
    )  # fmt: skip
    tifffile.imwrite(
        tmp_path / "od.tif",
        np.zeros((5, 6), np.uint8),
        description="ImageJ=1.54p\nimages=1\ncf=1\nc0=1\nc1=2\nvunit=OD\n",
        metadata=None,
    )
    np.save(tmp_path / "a.npy", STACK[0])
    (tmp_path / "cut.tif").write_bytes((tmp_path / "cells.tif").read_bytes()[:-300])
    (tmp_path / "text.tif").write_bytes(b"hello")
    return tmp_path


def run(*args: str | Path):
    return CliRunner().invoke(app, ["info", *map(str, args)])


def test_a_hyperstack(folder: Path) -> None:
    done = run(folder / "cells.tif", "--format", "json")
    assert done.exit_code == 0
    (about,) = json.loads(done.stdout)
    assert about["image"] == "cells.tif"
    assert about["planes"] == "6"
    assert about["axes"] == "t 3, c 2, y 7, x 9"
    assert about["type"] == "uint16"
    assert about["pixel size"] == "0.25 × 0.25 µm"
    assert about["frame interval"] == "2 s"
    assert about["ROIs"].startswith("1 (cell)")


def test_what_is_odd(folder: Path) -> None:
    done = run(folder / "od.tif")
    assert "calibration function (OD)" in done.stdout


def test_several_files_and_one_that_is_none(folder: Path) -> None:
    done = run(folder / "a.npy", folder / "text.tif", folder / "cells.tif")
    assert done.exit_code == 1
    assert "a.npy" in done.stdout
    assert "cells.tif" in done.stdout
    assert done.stderr.count("\n") == 1
    assert '"text.tif"' in done.stderr


@pytest.mark.parametrize("name", ["cut.tif", "text.tif"])
def test_it_refuses_what_compare_refuses(folder: Path, name: str) -> None:
    path = folder / name
    about = run(path)
    compared = CliRunner().invoke(app, ["compare", str(path), str(path)])
    assert (about.exit_code, compared.exit_code) == (1, 1)
    assert f'"{name}"' in about.stderr
