"""Words of one table, each by dialog, macro, command, Python and shell: one number.

The dialog is filled by hand, the macro is the line that the recorder wrote of it. A new
word is a line of `WORDS`; `similij.compare` is what the others are held against, and
its own numbers are held against other routes in the tests of their wings.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import similij
from similij.testset.changes import make_reference
from similij.verdicts.places import places_of
from support import run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

WORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "thresholds": (
        "b.tif",
        {"metrics": "manders_m1,manders_m2", "thresholds": "9000,7000"},
    ),
    "one threshold": ("b.tif", {"metrics": "manders_m1", "thresholds": "5000"}),
    "Costes": ("b.tif", {"metrics": "manders_m1_costes,manders_m2_costes"}),
    "Costes of Coloc 2": ("b.tif", {"metrics": "manders_m1_coloc2,manders_m2_coloc2"}),
    "detail": ("b.tif", {"metrics": "frc_resolution"}),
    "p where both vary alike": (
        "b.tif",
        {"metrics": "pearson,pearson_p,pearson_p_permutation"},
    ),
    "p and interval disagree": ("c.tif", {"metrics": "significance"}),
    "a shift beyond the search": ("far.tif", {"metrics": "shift"}),
    "verdict": ("local.tif", {"verdict": True}),
    "verdict of a region": ("local.tif", {"verdict": True, "roi_file": "part.roi"}),
}
"""The second image, and the options by their keys in a macro."""

SCRIPT = """
import json
folder, words = sys.argv[1], json.loads(sys.argv[2])
open_recorder()
service = ij.context.service(JClass("org.scijava.command.CommandService"))
command = JClass("similij.ImageSimilarityCommand")
LABELS = {"metrics": "Metrics", "thresholds": "Thresholds"}
INPUTS = {"roi_file": "roiFile"}
Table = JClass("ij.measure.ResultsTable")

def places():
    table = Table.getResultsTable("Local differences")
    if table is None: return []
    columns = ("X", "Y", "Width", "Height", "Area (px)", "RMSD", "Times noise")
    return [[float(table.getValue(c, k)) for c in columns] for k in range(table.size())]

def afresh():
    IJ.run("Clear Results")
    window = WindowManager.getFrame("Local differences")
    if window is not None: window.close(False)
    IJ.log("\\\\Clear")
    settled()

def found():
    settled()
    return {"rows": rows(every=True), "places": places(), "log": str(IJ.getLog())}

for name, (second, options) in words.items():
    close_all()
    pair = []
    for file in ("a.tif", second):
        IJ.open(f"{folder}/{file}")
        pair.append(WindowManager.getCurrentImage())
    afresh()
    thread = in_background("Image Similarity...")
    window = dialog("Image Similarity")
    for key in ("metrics", "thresholds"):
        write(entry(window, LABELS[key]), str(options.get(key, "")))
    if "roi_file" in options:
        choose(entry(window, "Region"), "ROI file")
        settled()
        write(entry(window, "ROI file"), f"{folder}/{options['roi_file']}")
    else:
        choose(entry(window, "Region"), "Whole image")
    tick(box(window, "Verdict in words"), bool(options.get("verdict")))
    tick(box(window, "By size of detail (FRC)"), name == "detail")
    settled()
    until(window, "They fit")
    press(window, 0)
    thread.join(LONG)
    ways = {"dialog": found(), "line": recorded_lines()[-1],
            "titles": [str(t) for t in WindowManager.getImageTitles()]}
    afresh()
    ij.run_macro(ways["line"])
    ways["macro"] = found()
    afresh()
    given = JClass("java.util.HashMap")()
    given.put("image1", pair[0])
    given.put("image2", pair[1])
    for key, value in options.items():
        value = f"{folder}/{value}" if key == "roi_file" else value
        given.put(INPUTS.get(key, key), JClass("java.lang.Boolean")(True)
                  if value is True else value)
    service.run(command.class_, True, given).get()
    ways["command"] = found()
    answer(**{name: ways})
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("words")
    rng = np.random.default_rng(5)
    a = make_reference().image
    local = a.copy()
    local[60:66, 80:90] = 20000
    both = np.zeros(a.shape, bool)
    both[:48, :64] = True  # where both vary: the case of p against its interval
    images = {
        "a": a,
        "b": np.clip(0.7 * a + rng.normal(600, 300, a.shape), 0, 65535),
        "c": np.where(
            both, rng.normal(9000, 2000, a.shape), rng.normal(500, 5, a.shape)
        ),
        "far": np.roll(a, 90, axis=1),
        "local": local,
    }
    for name, image in images.items():
        pixels = np.clip(np.rint(image), 0, 65535).astype(np.uint16)
        tifffile.imwrite(made / f"{name}.tif", pixels)
    from roifile import ImagejRoi

    corners = [(30, 20), (180, 20), (180, 150), (30, 150)]
    roi = ImagejRoi.frompoints(np.array(corners, np.int32), name="part")
    roi.right, roi.bottom = roi.right - 1, roi.bottom - 1
    roi.tofile(made / "part.roi")
    return made


@pytest.fixture(scope="module")
def by_imagej(folder: Path, display: dict[str, str]) -> dict[str, Any]:
    return run_imagej(
        WINDOWS + SCRIPT, folder, json.dumps(WORDS), mode="gui", env=display
    )


def by_python(folder: Path, second: str, options: dict[str, Any]) -> similij.Comparison:
    given = dict(options)
    if "roi_file" in given:
        given["regions"] = folder / given.pop("roi_file")
    return similij.compare(
        folder / "a.tif", folder / second, names=("a.tif", second), **given
    )


def by_shell(
    folder: Path, second: str, options: dict[str, Any]
) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "similij", "compare", "a.tif", second]
    for key, value in options.items():
        flag = "--rois" if key == "roi_file" else f"--{key}"
        command += [flag] if value is True else [flag, str(value)]
    ran = subprocess.run(
        [*command, "--format", "json"],
        capture_output=True, text=True, cwd=folder, check=False,
    )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(ran.stdout)["rows"]
    return rows


@pytest.mark.parametrize("name", [*WORDS])
def test_the_same_everywhere(
    name: str, folder: Path, by_imagej: dict[str, Any]
) -> None:
    second, options = WORDS[name]
    result = by_python(folder, second, options)
    (row,) = result.rows
    (of_shell,) = by_shell(folder, second, options)
    shown = {
        metric.label: None if math.isnan(row[metric.name]) else row[metric.name]
        for metric in result.metrics
    }
    for metric in result.metrics:
        assert of_shell[metric.name] == shown[metric.label], metric.name
    assert of_shell["note"] == row["note"]
    assert of_shell.get("places", []) == [*places_of(row)]
    boxes = [
        [p[k] for k in ("x", "y", "width", "height", "area")] for p in result.places
    ]
    for way in ("dialog", "macro", "command"):
        found = by_imagej[name][way]
        (line,) = found["rows"]
        assert {label: line[label] for label in shown} == shown, way
        assert line["Note"] == row["note"], way
        if "verdict" in options:
            words = " ".join(found["log"].split())
            assert " ".join(row["verdict"].split()) in words or way == "command"
            assert [place[:5] for place in found["places"]] == boxes or way == "command"
    if "verdict" in options:
        assert of_shell["verdict"] == row["verdict"]


def test_the_box_of_the_dialog_makes_the_frc(by_imagej: dict[str, Any]) -> None:
    for name in WORDS:
        ways = by_imagej[name]
        asked = name == "detail"
        assert ("pictures=[frc]" in ways["line"]) is asked, name
        title = "FRC: a.tif and b.tif by the size of detail"
        assert (title in ways["titles"]) is asked, name


def test_the_words_say_something(folder: Path) -> None:
    """What is compared above is there: thresholds that bite, refusals, places."""
    rows = {
        name: by_python(folder, second, options).rows[0]
        for name, (second, options) in WORDS.items()
    }
    assert rows["thresholds"]["note"] == "Given thresholds 9000 and 7000"
    assert 0 < rows["thresholds"]["manders_m1"] < rows["one threshold"]["manders_m1"]
    assert rows["Costes of Coloc 2"]["note"].startswith("Thresholds of Coloc 2:")
    assert rows["detail"]["frc_resolution"] > 2
    assert math.isnan(rows["a shift beyond the search"]["shift_x"])
    assert "±" in rows["a shift beyond the search"]["note"]
    assert len(places_of(rows["verdict"])) == 1
    assert len(places_of(rows["verdict of a region"])) == 1
