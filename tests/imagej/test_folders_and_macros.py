"""The job it was born for, inside ImageJ; and each macro, headless as it is."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import similij
from support import IMAGES, ROOT, run_imagej

MACROS = ROOT / "macros"

TWO_FOLDERS = """
a, b, save = sys.argv[1:]
for rescale in ("None", "Percentile"):
    before = len(rows())
    ij.run_macro(f'run("Image Similarity of Two Folders...", "folder_1=[{a}] '
                 f'folder_2=[{b}] rescale={rescale} save=[{save}{rescale}.csv]");')
    answer(**{rescale: rows()[before:]})
answer(open=int(WindowManager.getImageCount()))
"""

SEED_TABLE = [
    ("img1__a_test.tif", "0076-0069", "0.238", "-0.004", "0.299"),
    ("img1__a_test.tif", "0167-0165", "0.244", "-0.017", "0.305"),
    ("img2__a_test.tif", "0090-0167", "0.000", "1.000", "0.000"),
    ("img2__a_test.tif", "0205-0173", "0.000", "1.000", "0.000"),
    ("img2__a_test.tif", "0170-0054", "0.000", "1.000", "0.000"),
    ("img3__a_test.tif", "0076-0069", "0.131", "0.712", "0.164"),
    ("img3__a_test.tif", "0167-0165", "0.131", "0.710", "0.163"),
]
"""As published; the sixth of R is 0.999 there, which its README calls rounding."""

SEED_RMSD = [
    *(1456.1038594, 1458.92187667, 1041.07140106, 1047.05226711, 1032.12612467),
    *(146.179876072, 143.929429015),
]
SEED_N = [6890, 6561, 10098, 2313, 1115, 6890, 6561]


def table(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_the_seed_test_set(backend: str, seed: Path, tmp_path: Path) -> None:
    a, b = seed / "set_a_with_ROIs", seed / "set_b_with_ROIs"
    save = tmp_path / "of the seed "
    found = run_imagej(TWO_FOLDERS, a, b, save, backend=backend)
    rescaled = [
        (
            row["Image 1"],
            row["Region"],
            f"{row['Mean Difference']:.3f}",
            f"{row['Pearson R']:.3f}",
            f"{row['RMSD']:.3f}",
        )
        for row in found["Percentile"]
    ]
    assert rescaled == SEED_TABLE
    plain = found["None"]
    assert [int(row["n"]) for row in plain] == SEED_N
    assert [row["RMSD"] for row in plain] == pytest.approx(SEED_RMSD, rel=1e-11)
    assert [row["Pearson R"] for row in plain] == [
        row["Pearson R"] for row in found["Percentile"]
    ]
    for rescale in ("None", "Percentile"):
        how = "none" if rescale == "None" else "percentile"
        python = tmp_path / f"python {how}.csv"
        by_python = similij.compare_folders(a, b, rescale=how, out=python)
        assert len(by_python) == 7
        written, by_shell = (
            (tmp_path / name).read_text("utf-8")
            for name in (f"of the seed {rescale}.csv", python.name)
        )
        runs = [{r["run"] for r in csv.DictReader(io.StringIO(t))}
                for t in (written, by_shell)]  # fmt: skip
        assert [len(names) for names in runs] == [1, 1]
        assert written.replace(*map(min, runs)) == by_shell
    assert found["open"] == 0


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_nothing_stops_the_run(backend: str, tmp_path: Path) -> None:
    a, b = tmp_path / "set a", tmp_path / "sét b"
    shutil.copytree(IMAGES / "set_a", a)
    shutil.copytree(IMAGES / "set_b", b)
    (b / "img1__b_test.tif").rename(b / "img9__b_test.tif")  # two without a partner
    (a / "img2__a_test_roi.zip").write_bytes(b"PK\3\4 this was a zip")
    image = tifffile.imread(b / "img3__b_test.tif")
    tifffile.imwrite(b / "img3__b_test.tif", image[:-5])
    (b / "img5__b.tif").write_text("no image")
    shutil.copy(a / "img1__a_test.tif", a / "img5__a.tif")
    for name in ("img6__x.tif", "img6__y.tif"):
        tifffile.imwrite(a / name, image)
    tifffile.imwrite(b / "img6__z.tif", image)
    tifffile.imwrite(a / "img7__rgb.tif", np.zeros((9, 8, 3), np.uint8))
    tifffile.imwrite(b / "img7__rgb.tif", np.zeros((9, 8, 3), np.uint8))

    found = run_imagej(TWO_FOLDERS, a, b, tmp_path / "out", backend=backend)
    rows = found["None"]
    notes = {
        (row["Image 1"], row["Image 2"]): row["Note"]
        for row in rows
        if row["Pearson R"] is None
    }
    expected = {
        ("img1__a_test.tif", ""): "img1",
        ("img2__a_test.tif", "img2__b_test.tif"): "img2__a_test_roi.zip",
        ("img3__a_test.tif", "img3__b_test.tif"): "256×187",
        ("img5__a.tif", "img5__b.tif"): "img5__b.tif",
        ("", "img6__z.tif"): "img6__x.tif, img6__y.tif",
        ("img7__rgb.tif", "img7__rgb.tif"): "RGB",
        ("", "img9__b_test.tif"): "img9",
    }
    assert set(notes) == set(expected)
    for key, part in expected.items():
        assert part in notes[key], notes[key]
    good = [row for row in rows if row["Pearson R"] is not None]
    assert {row["Image 1"] for row in good} == {"img4__a_test.tif"}
    assert all((row["Pearson R"], row["RMSD"]) == (1, 0) for row in good)
    assert len(table(tmp_path / "outNone.csv")) == len(rows)
    for reason in notes.values():
        assert reason.splitlines()[0][:60] in found["printed"]
    assert found["open"] == 0


def test_each_macro(tmp_path: Path) -> None:
    a, b = IMAGES / "set_a" / "img1__a_test.tif", IMAGES / "set_b" / "img1__b_test.tif"
    found = run_imagej(
        """
from pathlib import Path
macros, a, b, folder_a, folder_b, save = (Path(p) for p in sys.argv[1:])
answer(demonstration=ij.run_macro(macros / "Image_Similarity.ijm"))
close = 'while (nImages > 0) { selectImage(nImages); close(); } run("Clear Results");'
ij.run_macro(close)
IJ.open(str(a)); IJ.open(str(b))
answer(two=ij.run_macro(macros / "Image_Similarity.ijm", f"{a.name}|{b.name}"))
answer(wrong=fails(macros / "Image_Similarity.ijm", "only one"))
ij.run_macro(close)
answer(pairs=ij.run_macro(macros / "Compare_Open_Images.ijm", "rescale=Percentile"))
answer(open_images=rows())
ij.run_macro(close)
answer(added=ij.run_macro(macros / "Compare_Two_Folders.ijm",
                          f"{folder_a}|{folder_b}|Percentile|{save}"))
answer(folders=rows())
IJ.saveAs("Results", str(save) + ".table.csv")
""",
        MACROS,
        a,
        b,
        IMAGES / "set_a",
        IMAGES / "set_b",
        tmp_path / "saved.csv",
    )
    ramp = np.tile(np.arange(128.0) * 2, (96, 1))
    brighter = np.minimum(ramp + 10, 255)
    demonstration = [float(v) for v in found["demonstration"].split(",")]
    assert demonstration == pytest.approx(
        [
            np.corrcoef(ramp.ravel(), brighter.ravel())[0, 1],
            np.sqrt(np.mean((ramp - brighter) ** 2)),
            np.mean(np.abs(ramp - brighter)),
        ],
        abs=1e-9,
    )
    x, y = tifffile.imread(a), tifffile.imread(b)
    row = similij.compare(x, y).rows[0]
    numbers = [float(v) for v in found["two"].split(",")]
    assert numbers == pytest.approx(
        [row["pearson"], row["rmsd"], row["mean_difference"]], abs=1e-9
    )
    assert found["wrong"] != "no error"
    assert found["pairs"] == "3"
    by_pair = [r["Pearson R"] for r in found["open_images"]]
    assert by_pair == pytest.approx([1, -1, -1], abs=2e-4)  # brighter is cut off at 255
    assert found["added"] == str(len(found["folders"]))
    assert len(table(tmp_path / "saved.csv")) == len(found["folders"])
    saved = table(tmp_path / "saved.csv.table.csv")
    for shown, full in zip(saved, found["folders"], strict=True):
        assert float(shown["Pearson R"]) == pytest.approx(full["Pearson R"], abs=1e-9)
        assert shown["n"] == str(int(full["n"]))
        assert shown["Region"] == full["Region"]


def test_every_macro_is_run_here() -> None:
    assert {path.name for path in MACROS.glob("*.ijm")} == {
        "Image_Similarity.ijm",
        "Compare_Two_Folders.ijm",
        "Compare_Open_Images.ijm",
        # in test_macros.py
        "Compare_Regions.ijm",
        "Compare_Time_Series.ijm",
        "Compare_Channels.ijm",
    }
