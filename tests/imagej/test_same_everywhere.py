"""A ROI file, a selection and two channels: by dialog, macro, command, Python, shell.

One ImageJ with windows is asked three ways for each of them; the macro is the line that
the recorder wrote of the dialog. Two folders: test_folders_dialog.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tifffile
from roifile import ImagejRoi

import similij
from similij.testset import make_testset
from support import IMAGES, run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

A = IMAGES / "set_a" / "img3__a_test.tif"
B = IMAGES / "set_b" / "img3__b_test.tif"
ROIS = IMAGES / "set_a" / "img3__a_test_roi.zip"
X, Y = tifffile.imread(A), tifffile.imread(B)

SCRIPT = """
a, b, rois, movie, folder = sys.argv[1:]
open_recorder()

def found():
    return [{key: row[key] for key in
             ("n", "Pearson R", "RMSD", "Mean Difference")} for row in rows()]

service = ij.context.service(JClass("org.scijava.command.CommandService"))
command = JClass("similij.ImageSimilarityCommand")

def every_way(name, images, act, **inputs):
    IJ.run("Clear Results")
    thread = in_background("Image Similarity...")
    window = dialog("Image Similarity")
    act(window)
    settled()
    until(window, "They fit")
    press(window, 0)
    thread.join(LONG)
    ways = {"dialog": found(), "line": recorded_lines()[-1]}
    IJ.run("Clear Results")
    ij.run_macro(ways["line"])
    ways["macro"] = found()
    IJ.run("Clear Results")
    given = JClass("java.util.HashMap")()
    for key, image in zip(("image1", "image2"), images):
        given.put(key, image)
    for key, word in inputs.items():
        given.put(key, word)
    service.run(command.class_, True, given).get()
    ways["command"] = found()
    answer(**{name: ways})

pair = []
for path in (a, b):
    IJ.open(path)
    pair.append(WindowManager.getCurrentImage())

def by_file(window):
    choose(entry(window, "Region"), "ROI file")
    settled()
    write(entry(window, "ROI file"), rois)
every_way("rois", pair, by_file, roiFile=rois)

pair[0].setRoi(JClass("ij.gui.OvalRoi")(40, 20, 90, 80))
JClass("ij.io.RoiEncoder").save(pair[0].getRoi(), f"{folder}/oval.roi")
every_way("oval", pair, lambda window: None, region="Selection of image 1")

close_all()
IJ.open(movie)
image = WindowManager.getCurrentImage()
every_way("channels", [image], lambda window: None, channels="1:2")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("everywhere")


@pytest.fixture(scope="module")
def ways(folder: Path, display: dict[str, str]) -> dict[str, Any]:
    made = make_testset(folder / "set")
    movie = made.series / "movie_a.tif"
    # As ImageJ shows it: the first slice of the first frame.
    tifffile.imwrite(
        folder / "two.tif",
        tifffile.imread(movie)[0, 0],
        imagej=True,
        metadata={"axes": "CYX"},
    )
    return run_imagej(
        WINDOWS + SCRIPT, A, B, ROIS, movie, folder, mode="gui", env=display
    )


def numbers(result: similij.Comparison) -> list[dict[str, Any]]:
    names = ("n", "pearson", "rmsd", "mean_difference")
    labels = ("n", "Pearson R", "RMSD", "Mean Difference")
    return [
        {label: row[name] for label, name in zip(labels, names, strict=True)}
        for row in result.rows
    ]


def by_shell(*words: object) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "similij", "compare", *map(str, words)]
    command += ["--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        {"n": row["n"], "Pearson R": row["pearson"], "RMSD": row["rmsd"],
         "Mean Difference": row["mean_difference"]}
        for row in json.loads(ran.stdout)["rows"]
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["rois", "oval", "channels"])
def test_the_same_everywhere(name: str, ways: dict[str, Any], folder: Path) -> None:
    two = folder / "two.tif"
    oval = folder / "oval.roi"
    python, shell = {
        "rois": lambda: (
            similij.compare(X, Y, regions=ROIS),
            by_shell(A, B, "--rois", ROIS),
        ),
        "oval": lambda: (
            similij.compare(X, Y, regions=oval),
            by_shell(A, B, "--rois", oval),
        ),
        "channels": lambda: (
            similij.compare(*tifffile.imread(two)),
            by_shell(two, two, "--channels", "1:2"),
        ),
    }[name]()
    expected = numbers(python)
    assert len(expected) == {"rois": 3}.get(name, 1)
    assert shell == expected
    for way in ("dialog", "macro", "command"):
        assert ways[name][way] == expected, way


def test_the_oval_is_the_one_drawn(folder: Path, ways: dict[str, Any]) -> None:
    roi = ImagejRoi.fromfile(folder / "oval.roi")
    assert (roi.left, roi.top, roi.right, roi.bottom) == (40, 20, 130, 100)
    assert "region=[Selection of image 1]" in ways["oval"]["line"]
