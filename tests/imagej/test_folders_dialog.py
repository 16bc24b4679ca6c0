"""Two folders with windows: the dialog, its line, and the same numbers as elsewhere."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from support import IMAGES, Shell, run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

TITLE = "Image Similarity of Two Folders"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return two folders of equal names with outlines, and one without a partner."""
    for place, side in (("raw", "a"), ("den", "b")):
        (tmp_path / place).mkdir()
        for k in range(1, 5):
            source = IMAGES / f"set_{side}" / f"img{k}__{side}_test.tif"
            shutil.copy(source, tmp_path / place / f"cell{k}.tif")
    for k in range(1, 5):
        source = IMAGES / "set_a" / f"img{k}__a_test_roi.zip"
        shutil.copy(source, tmp_path / "raw" / f"cell{k}_roi.zip")
    shutil.copy(tmp_path / "raw" / "cell1.tif", tmp_path / "raw" / "x.tif")
    return tmp_path


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a table on disk, but for the run, of which each call is its own."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [{**row, "run": ""} for row in csv.DictReader(stream)]


def test_the_dialog_shows_pairs_and_has_the_numbers_of_all_others(
    top: Path, display: dict[str, str], shell: Shell
) -> None:
    found = run_imagej(
        WINDOWS
        + """
top, title = sys.argv[1:]
Recorder = open_recorder()

def texts(window):
    fields = window.getStringFields()
    return [str(fields.get(k).getText()) for k in range(7)]

def begin():
    thread = in_background(title + "...")
    return thread, dialog(title)

thread, window = begin()
fields = window.getStringFields()
answer(nothing=said(window), enabled=bool(window.getButtons()[0].isEnabled()))
press(window, 0)
settled()
answer(still_open=bool(window.isShowing()))
# The partner of a folder whose names show no pairs is the only one beside it.
write(fields.get(0), top + "/raw")
answer(beside=until(window, "4 pairs"))
settled()
answer(texts=texts(window))
write(fields.get(2), "{id}_none")
answer(pattern=until(window, "Pair: "))
press(window, 0)
settled()  # it was enabled before, too
wait_for(lambda: window.getButtons()[0].isEnabled())
answer(open_after_ok=bool(window.isShowing()))
write(fields.get(2), "")
until(window, "4 pairs")
wait_for(lambda: texts(window)[2] == "{id}")
tick(window.getCheckboxes().get(0), True)
wait_for(lambda: texts(window)[4])
settled()
answer(offered=texts(window))
write(fields.get(4), top + "/dialog.csv")
press(window, 0)
thread.join(LONG)
answer(finished=not thread.is_alive(), results=len(rows()),
       status=str(IJ.getInstance().getStatusBar().getComponent(0).getText()))
own = JClass("ij.measure.ResultsTable").getResultsTable(title)
answer(own=[float(own.getValue("RMSD", k)) for k in range(own.size())],
       notes=[str(own.getStringValue("Note", k)) for k in range(own.size())])
line = recorded_lines(title)[-1]
Recorder.getInstance().close()
answer(line=line)
ij.run_macro(line.replace("dialog.csv", "macro.csv"))
answer(by_macro=rows())

# What was chosen is there again; of other folders nothing is written over.
thread, window = begin()
until(window, "4 pairs")
wait_for(lambda: texts(window)[2] == "{id}")
answer(remembered=texts(window))
write(window.getStringFields().get(1), top + "/raw")
wait_for(lambda: "similarity_raw_raw" in texts(window)[5])
answer(moved=texts(window))
press(window, 1)
thread.join(LONG)
answer(cancelled=not thread.is_alive(), left=len(dialogs()), still=own.size())
""",
        top,
        TITLE,
        mode="gui",
        env=display,
    )
    assert found["nothing"].startswith("Choose or drop folder 1")
    assert found["still_open"]
    words = "4 pairs by equal names, 1 without a partner: x.tif, 4 with ROIs."
    assert found["beside"] == words
    assert found["texts"] == [
        *(f"{top}/raw", f"{top}/den", "{id}", "_roi.zip", "", "", "")
    ]
    assert found["pattern"].startswith("Pair: No pairs, 9 without a partner: cell1.tif")
    assert found["open_after_ok"]
    place = f"{top}/similarity_raw_den"
    assert found["offered"][4:] == [
        *(f"{place}/rows.csv", f"{place}/pictures", f"{place}/report.html")
    ]
    assert found["finished"]
    assert found["status"] == f"{TITLE}: 5 pairs, 1 could not be compared"
    assert found["results"] == 0  # its rows are in a table of their own
    assert found["line"] == (
        f'run("{TITLE}...", "folder_1=[{top}/raw] folder_2=[{top}/den] pair=[{{id}}] '
        f"save=[{top}/dialog.csv] plots=[{place}/pictures] "
        f'report=[{place}/report.html]");'
    )
    assert (Path(place) / "report.html").stat().st_size > 10_000
    pictures = {path.name for path in (Path(place) / "pictures").iterdir()}
    assert pictures == {"table.png", *(f"cell{k}.png" for k in range(1, 5))}
    by_dialog = table(top / "dialog.csv")
    shown = [float(row["rmsd"] or "nan") for row in by_dialog]
    assert found["own"] == pytest.approx(shown, rel=0, abs=0, nan_ok=True)
    assert found["notes"] == [row["note"] for row in by_dialog]
    assert [row["Note"] for row in found["by_macro"]] == found["notes"]
    assert table(top / "macro.csv") == by_dialog
    assert "5 pairs" in found["printed"] or len(by_dialog) == 11
    ran = shell("batch", top / "raw", top / "den", "--out", top / "shell.csv")
    assert ran.code == 0
    assert table(top / "shell.csv") == by_dialog
    from similij import compare_folders

    compare_folders(top / "raw", top / "den", out=top / "python.csv")
    assert table(top / "python.csv") == by_dialog
    # The table that the dialog wrote goes on from a shell, where nothing is left to do.
    written = (top / "dialog.csv").read_bytes()
    ran = shell("batch", top / "raw", top / "den", "--out", top / "dialog.csv")
    assert (ran.code, (top / "dialog.csv").read_bytes()) == (0, written)
    # ImageJ ends the path of a folder with a slash.
    assert found["remembered"] == [
        *(f"{top}/raw/", f"{top}/den/", "{id}", "_roi.zip", f"{top}/dialog.csv"),
        *(f"{place}/pictures/", f"{place}/report.html"),
    ]
    assert found["moved"][4:] == [
        *(f"{top}/similarity_raw_raw/{n}" for n in ("rows.csv", "pictures")),
        f"{top}/similarity_raw_raw/report.html",
    ]
    assert found["cancelled"]
    assert (found["left"], found["still"]) == (0, 11)


KINDS = """
top = sys.argv[1]
IJ.run("Close All")
for name, k in (("a", 1), ("b", 2)):
    IJ.open(f"{top}/tif/{name}.tif")
    image = IJ.getImage()
    os.makedirs(f"{top}/{name}", exist_ok=True)
    IJ.saveAs(image, "fits", f"{top}/{name}/f.fits")
    IJ.saveAs(image, "tif", f"{top}/{name}/t.tif")
IJ.run("Close All")
ij.run_macro('run("Image Similarity of Two Folders...", "folder_1=[' + top + '/a] '
             'folder_2=[' + top + '/b] labels=[' + top + '/labels] '
             'metrics=[pearson, bias, rmsd, mean_difference] '
             'save=[' + top + '/r.csv]");')
answer(rows=rows(), open=int(WindowManager.getImageCount()))
for name in "ab":
    IJ.open(f"{top}/{name}/f.fits")
IJ.getImage().setTitle("second")
ij.run_macro('run("Image Similarity...", "image_1=f.fits image_2=second '
             'labels=[' + top + '/labels/f.tif]");')
answer(direct=rows()[-2:])
"""


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_what_python_does_not_read_imagej_opens(backend: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    (tmp_path / "tif").mkdir(), (tmp_path / "labels").mkdir()
    for name in "ab":
        pixels = rng.integers(0, 4000, (19, 26)).astype(np.float32)
        tifffile.imwrite(tmp_path / "tif" / f"{name}.tif", pixels)
    labels = np.zeros((19, 26), np.uint8)
    labels[2:9, 3:11], labels[10:15, 12:20] = 1, 2
    for name in "ft":
        tifffile.imwrite(tmp_path / "labels" / f"{name}.tif", labels)
    found = run_imagej(KINDS, tmp_path, backend=backend)
    assert [row["Image 1"] for row in found["rows"]] == ["f.fits"] * 2 + ["t.tif"] * 2
    opened = [row["Note"] for row in found["rows"]]
    assert opened == ['"f.fits" was opened by ImageJ'] * 2 + [""] * 2
    for row, direct, tif in zip(
        found["rows"][:2], found["direct"], found["rows"][2:], strict=True
    ):
        for key in ("Region", "n", "Pearson R", "RMSD"):
            assert row[key] == direct[key]
        assert row["n"] == tif["n"]
    assert found["open"] == 0
    rows = table(tmp_path / "r.csv")
    assert [row["note"] for row in rows] == opened
    for key, name in (("Pearson R", "pearson"), ("RMSD", "rmsd")):
        assert [float(row[name]) for row in rows] == [row[key] for row in found["rows"]]
    assert all(row["bias"] for row in rows)
