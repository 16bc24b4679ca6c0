"""One pair of images, one macro line, seven ways: the same to the last digit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import tifffile

import similij
from support import IMAGES, run_imagej

A = IMAGES / "set_a" / "img3__a_test.tif"
B = IMAGES / "set_b" / "img3__b_test.tif"
ROIS = IMAGES / "set_a" / "img3__a_test_roi.zip"

LINE = (
    'run("Image Similarity...", "image_1=[img3__a_test.tif] image_2=[img3__b_test.tif]'
    ' region=[Whole image] stack=[Current plane] rescale=None");'
)

BY_MACRO = f"""
import sys
a, b, rois = sys.argv[1:]
ij.run_macro(f'''
open("{{a}}"); open("{{b}}");
{LINE.replace("{", "{{").replace("}", "}}")}
run("Image Similarity...", "roi_file=[{{rois}}] rescale=Percentile");
''')
answer(rows=rows())
"""

BY_COMMAND = """
import sys
a, b, rois = sys.argv[1:]
first, second = IJ.openImage(a), IJ.openImage(b)
service = ij.context.service(JClass("org.scijava.command.CommandService"))
command = JClass("similij.ImageSimilarityCommand")
inputs = JClass("java.util.HashMap")()
inputs.put("image1", first)
inputs.put("image2", second)
def call():
    module = service.run(command.class_, True, inputs).get()
    return {
        "Pearson R": float(module.getOutput("pearson")),
        "RMSD": float(module.getOutput("rmsd")),
        "Mean Difference": float(module.getOutput("meanDifference")),
        "n": int(module.getOutput("n")),
        "Note": str(module.getOutput("note") or ""),
    }
plain = call()
inputs.put("rescale", "Percentile")
answer(plain=plain, rescaled=call())
"""


def expected() -> list[dict[str, Any]]:
    """Rows that compare() gives for the macro above."""
    x, y = tifffile.imread(A), tifffile.imread(B)
    rows = similij.compare(x, y).rows
    rows += similij.compare(x, y, regions=ROIS, rescale="percentile").rows
    return rows


def assert_equal(found: dict[str, Any], row: dict[str, Any]) -> None:
    assert found["n"] == row["n"]
    assert found["Pearson R"] == row["pearson"]
    assert found["RMSD"] == row["rmsd"]
    assert found["Mean Difference"] == row["mean_difference"]
    assert found["Note"] == row["note"]


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_headless_macro(backend: str) -> None:
    found = run_imagej(BY_MACRO, A, B, ROIS, backend=backend)["rows"]
    assert len(found) == len(expected()) > 2
    for one, row in zip(found, expected(), strict=True):
        assert_equal(one, row)
        assert (one["Image 1"], one["Image 2"]) == (A.name, B.name)
        assert (one["Region"], one["Plane"]) == (row["region"], "1")


@pytest.mark.window
@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_macro_in_a_window(backend: str, display: dict[str, str]) -> None:
    found = run_imagej(BY_MACRO, A, B, ROIS, mode="gui", backend=backend, env=display)[
        "rows"
    ]
    assert len(found) == len(expected())
    for one, row in zip(found, expected(), strict=True):
        assert_equal(one, row)


def test_scijava_command() -> None:
    found = run_imagej(BY_COMMAND, A, B, ROIS)
    x, y = tifffile.imread(A), tifffile.imread(B)
    assert_equal(found["plain"], similij.compare(x, y).rows[0])
    assert_equal(found["rescaled"], similij.compare(x, y, rescale="percentile").rows[0])


def test_command_line() -> None:
    def rows(*options: object) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "similij", "compare", A, B, *options]
        out = subprocess.run(
            [*map(str, command), "--format", "json"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return json.loads(out)["rows"]

    found = rows() + rows("--rois", ROIS, "--rescale", "percentile")
    files = {"file_1": str(A), "file_2": str(B)}
    for one, row in zip(found, expected(), strict=True):
        named = {**row, "image_1": A.name, "image_2": B.name, **files}
        assert one == {**named, "run": one["run"]}


def test_java_images_go_straight_into_compare() -> None:
    found = run_imagej(
        """
import sys
a, b, _ = sys.argv[1:]
result = similij.compare(IJ.openImage(a), IJ.openImage(b))
answer(row=result.to_dict()["rows"][0])
""",
        A,
        B,
        ROIS,
    )["row"]
    # An image knows its file, as in the command and in a shell.
    files = {"file_1": str(A), "file_2": str(B)}
    named = {**expected()[0], "image_1": A.name, "image_2": B.name, **files}
    assert found == {**named, "run": found["run"]}
