"""The window of the rows: numbers in sight, the table whole; status bar and Log."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import tifffile

import similij
from support import IMAGES, run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

A = IMAGES / "set_a" / "img1__a_test.tif"
B = IMAGES / "set_b" / "img1__b_test.tif"
ROIS = A.with_name("img1__a_test_roi.zip")
NUMBERS = ("Pearson R", "RMSD", "Mean Difference")
USUAL = [" ", *NUMBERS, "n", "Region", "Image 1", "Image 2", "Note"]

OPEN = """
a, b, rois, folder = sys.argv[1:]
IJ.open(a); IJ.open(b)
A, B = "img1__a_test.tif", "img1__b_test.tif"

def field(thing, name):
    kind = thing.getClass()
    while kind is not None:
        found = [f for f in kind.getDeclaredFields() if str(f.getName()) == name]
        if found:
            found[0].setAccessible(True)
            return found[0].get(thing)
        kind = kind.getSuperclass()
    raise SystemExit(f"no field {name}")

def view(title="Results"):
    # Where the columns were painted, in pixels of what is seen of the table.
    frame = WindowManager.getFrame(title)
    panel = frame.getTextPanel()
    wait_for(lambda: int(field(panel, "iColWidth")[0]) > 0)
    # Where a window is, the screen tells some time after it was put there.
    wait_for(lambda: int(frame.getX()) + int(frame.getWidth()) <= 1280)
    settled()
    widths = [int(width) for width in field(panel, "iColWidth")]
    heads = [str(head) for head in field(panel, "sColHead")]
    at, ends = -int(field(panel, "iX")), {}
    for head, width in zip(heads, widths):
        ends[head] = [at, at + width]
        at += width
    count = int(panel.getLineCount())
    return dict(
        heads=heads, ends=ends, seen=int(field(panel, "tc").getWidth()),
        frame=[int(frame.getX()), int(frame.getWidth()), int(frame.getHeight())],
        lines=[str(panel.getLine(k)).split("\\t") for k in range(count)],
        marked=[int(panel.getSelectionStart()), int(panel.getSelectionEnd())],
    )

def status():
    settled()
    return str(field(IJ.getInstance(), "statusLine").getText())

def similarity(options):
    images = f"image_1=[{A}] image_2=[{B}]"
    ij.run_macro(f'run("Image Similarity...", "{images} {options}");')
"""


def with_both_open(
    script: str, folder: Path, display: dict[str, str]
) -> dict[str, Any]:
    """Run a script where both images are open; return what it answered."""
    whole = WINDOWS + OPEN + script
    return run_imagej(whole, A, B, ROIS, folder, mode="gui", env=display)


def in_sight(view: dict[str, Any], columns: tuple[str, ...] = NUMBERS) -> bool:
    ends = [view["ends"][column] for column in columns]
    return all(left >= 0 and right <= view["seen"] for left, right in ends)


def test_numbers_are_in_sight_and_the_table_is_whole(
    display: dict[str, str], tmp_path: Path
) -> None:
    found = with_both_open(
        """
similarity("")
answer(first=view(), status=status())
shoot(f"{folder}/first.png")
answer(hidden=str(ij.run_macro('''return getResultString("Version", 0) + "|" +
    getResultString("Rescale", 0) + "|" + getResultString("Run", 0) + "|" +
    getResult("Pearson R", 0) + "|" + getResultString("RMSD", 0);''')))
similarity(f"roi_file=[{rois}] pictures=difference")
answer(second=view(), regions=status())
shoot(f"{folder}/second.png")
ij.run_macro(f'saveAs("Results", "{folder}/saved.csv");')
table = JClass("ij.measure.ResultsTable").getResultsTable()
answer(files=[str(table.getStringValue("ROI file", k)) for k in range(3)])
# The picture of the difference is open and current: it is none of the two images.
WindowManager.setCurrentWindow(WindowManager.getWindow([
    t for t in WindowManager.getImageTitles() if "Difference" in str(t)][0]))
ij.run_macro('run("Image Similarity...", "rescale=None");')
answer(third=view())
# An open window of the user's own size is left as it is.
frame = WindowManager.getFrame("Results")
frame.setBounds(20, 300, 640, 200)
frame.validate()
settled()
similarity("")
answer(kept=view())
similarity("verdict")
wait_for(lambda: int(WindowManager.getFrame("Log").getWidth()) >= 700)
answer(log=str(IJ.getLog()).splitlines(),
       wide=int(WindowManager.getFrame("Log").getWidth()))
shoot(f"{folder}/verdict.png")
""",
        tmp_path,
        display,
    )
    x, y = tifffile.imread(A), tifffile.imread(B)
    whole = similij.compare(x, y)
    first = found["first"]
    assert in_sight(first, (*NUMBERS, "n", "Region", "Image 1", "Image 2", "Note"))
    assert first["heads"] == USUAL
    assert first["frame"][0] >= 0
    assert first["frame"][0] + first["frame"][1] <= 1280
    assert first["marked"] == [-1, -1]  # there is no other row to tell it from
    [line] = first["lines"]
    assert line[1:5] == [
        *(f"{whole.rows[0][m]:.4g}" for m in ("pearson", "rmsd", "mean_difference")),
        "49152",
    ]
    expected = (
        f"R {whole.pearson:#.3g}, RMSD {whole.rmsd:.0f}, Mean Difference "
        f"{whole.mean_difference:.0f} (49,152 pixels)"
    )
    assert found["status"] == expected
    version, rescale, run, pearson, rmsd = found["hidden"].split("|")
    assert (version, rescale) == (similij.__version__, "none")
    assert len(run) == 20
    assert float(pearson) == pytest.approx(whole.pearson, abs=1e-4)
    assert float(rmsd) == pytest.approx(whole.rmsd, abs=1e-8)
    # A second run: its rows are marked, and what tells the runs apart comes into sight.
    second = found["second"]
    assert in_sight(second)
    assert second["marked"] == [1, 2]
    assert second["heads"][: len(USUAL)] == USUAL
    assert "Run" in second["heads"]
    assert found["regions"].startswith("2 rows, medians: R 0.0294, RMSD 1,118")
    assert found["files"] == ["", str(ROIS), str(ROIS)]
    with (tmp_path / "saved.csv").open(newline="") as stream:
        saved = [*csv.DictReader(stream)]
    assert len(saved) == 3
    assert {"Run", "Version", "Rescale", "File 1"} <= saved[0].keys()
    assert float(saved[0]["RMSD"]) == pytest.approx(whole.rmsd, abs=1e-8)
    rows = similij.compare(x, y, regions=ROIS).rows
    for line, row in zip(saved[1:], rows, strict=True):
        assert float(line["Pearson R"]) == pytest.approx(row["pearson"], abs=1e-8)
    third = found["third"]["lines"][-1]
    where = found["third"]["heads"].index("Image 1")
    assert third[where : where + 2] == [A.name, B.name]
    assert found["kept"]["frame"] == [20, 640, 200]
    assert in_sight(found["kept"])
    assert found["kept"]["marked"] == [4, 4]
    text = similij.verdict(x, y).text
    assert all(len(line) <= 90 for line in found["log"])
    assert text in " ".join(line.strip() for line in found["log"])
    assert found["wide"] >= 700
    assert (tmp_path / "first.png").stat().st_size > 10_000


def test_rows_of_measure_stay_as_they_are(
    display: dict[str, str], tmp_path: Path
) -> None:
    found = with_both_open(
        """
ij.run_macro('run("Measure"); run("Measure");')
answer(before=view())
similarity(f"roi_file=[{rois}]")
answer(after=view())
shoot(f"{folder}/measured.png")
ij.run_macro('run("Measure");')
answer(again=view())
""",
        tmp_path,
        display,
    )
    before, after, again = found["before"], found["after"], found["again"]
    count = len(before["heads"])
    assert after["frame"] == before["frame"]
    assert after["heads"][:count] == before["heads"]
    assert [line[:count] for line in after["lines"][:2]] == before["lines"]
    assert after["marked"] == [2, 3]
    assert in_sight(after, ("Pearson R", "RMSD"))
    # ImageJ appends its line to the window by itself: each number under its heading.
    assert again["heads"] == after["heads"]
    assert again["lines"][4][1:count] == before["lines"][0][1:count]
    assert again["lines"][2:4] == after["lines"][2:4]
