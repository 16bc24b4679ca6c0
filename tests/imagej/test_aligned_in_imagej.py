"""Align by macro, folders, command, shell and dialog: the very numbers of Python."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import tifffile
from scipy import ndimage

import similij
from support import Shell, of_files, run_imagej
from windows import WINDOWS

MORE = {
    "Pearson R, unaligned": "pearson_unaligned",
    "RMSD, unaligned": "rmsd_unaligned",
    "Mean Difference, unaligned": "mean_difference_unaligned",
    "Moved x": "moved_x",
    "Moved y": "moved_y",
    "Moved angle": "moved_angle",
}
LABELS = {
    "n": "n",
    "Excluded": "excluded",
    "Pearson R": "pearson",
    "RMSD": "rmsd",
    "Mean Difference": "mean_difference",
    **MORE,
}
WITH = ["pearson", "rmsd", "mean_difference", "alignment"]
WORDS = "metrics=[pearson, rmsd, mean_difference, alignment]"


class Files(NamedTuple):
    """Two folders of a pair each of planes and of stacks, a movie, ROIs."""

    a: Path
    b: Path
    movie: Path
    rois: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Files:
    from roifile import ImagejRoi, roiwrite

    top = tmp_path_factory.mktemp("aligned")
    rng = np.random.default_rng(21)
    big = ndimage.gaussian_filter(rng.normal(size=(3, 130, 140)), (0, 2, 2))
    big = (big - big.min()) / np.ptp(big) * 4000
    here = np.s_[:, 15:105, 15:115]
    frames = [
        big[0, 15 - dy : 105 - dy, 15 - dx : 115 - dx]
        for dy, dx in ((0, 0), (2, -3), (5, 1))
    ]
    planes = {
        "a": big[here],
        "b": big[:, 11:101, 20:120],
        "movie": np.stack(frames),
    }
    noisy = {
        name: np.rint(t + rng.normal(0, 40, t.shape)).clip(0).astype(np.uint16)
        for name, t in planes.items()
    }
    # turned by hand: a scene that no shift explains
    turned = ndimage.rotate(big[1], 2, reshape=False, order=3)[15:105, 15:115]
    for name in "ab":
        folder = top / name
        folder.mkdir()
        tifffile.imwrite(folder / "plane.tif", noisy[name][0], imagej=True)
        tifffile.imwrite(
            folder / "stack.tif", noisy[name], imagej=True, metadata={"axes": "ZYX"}
        )
        noise = rng.integers(0, 4000, (90, 100)).astype(np.uint16)
        tifffile.imwrite(folder / "noise.tif", noise, imagej=True)
        image = big[1][15:105, 15:115] if name == "a" else turned
        tifffile.imwrite(
            folder / "turned.tif", np.rint(image).astype(np.uint16), imagej=True
        )
    movie = top / "movie.tif"
    tifffile.imwrite(movie, noisy["movie"], imagej=True, metadata={"axes": "TYX"})
    rois = top / "cells_roi.zip"
    corners = {"cell": (20, 30, 60, 80), "edge": (60, 0, 88, 25)}
    roiwrite(
        rois,
        [
            ImagejRoi.frompoints([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], name=name)
            for name, (y0, x0, y1, x1) in corners.items()
        ],
        mode="w",
    )
    return Files(top / "a", top / "b", movie, rois)


MACROS = """
import sys
a, b, movie, rois, words, top = sys.argv[1:]
def run(options):
    IJ.run("Clear Results")
    said = fails('run("Image Similarity...", "' + options + '");')
    return rows(every=True) if said == "no error" else said
both = lambda name: f"image_1=[{a}/{name}.tif] image_2=[{b}/{name}.tif] "
for name in ("plane", "turned", "noise", "stack"):
    for folder, title in ((a, "a"), (b, "b")):
        image = IJ.openImage(f"{folder}/{name}.tif")
        image.setTitle(f"{name} {title}")
        image.show()
IJ.open(movie)
def of(name, more):
    return run(f"image_1=[{name} a] image_2=[{name} b] {words} " + more)
answer(
    plane=of("plane", "align=Shift"), turned=of("turned", "align=Rigid"),
    noise=of("noise", "align=Shift"),
    cells=of("plane", f"align=Shift roi_file=[{rois}] background=percentile:5 blur=1"),
    each=of("stack", "align=shift stack=[Each plane]"),
    pooled=of("stack", "align=shift stack=[All planes]"),
    movie=run(f"image_1=movie.tif against=[first frame] align=Shift {words} "
              f"roi_file=[{rois}]"),
    previous=run(f"image_1=movie.tif against=[previous frame] align=Shift {words}"),
    pictured=of("plane", f"align=Shift blur=0,1 pictures=difference save=[{top}/pics]"),
    blank=of("noise", f"align=Shift pictures=[difference] verdict save=[{top}/none]"),
    wrong=of("plane", "align=Turned"), channels=of("plane", "align=None"),
)
IJ.run("Clear Results")
ij.run_macro(f'run("Image Similarity of Two Folders...", "folder_1=[{a}] '
             f'folder_2=[{b}] rois=none align=Shift {words} save=[{top}/f.csv]");')
answer(folders=rows(every=True))

first, second = IJ.openImage(f"{a}/plane.tif"), IJ.openImage(f"{b}/plane.tif")
service = ij.context.service(JClass("org.scijava.command.CommandService"))
inputs = JClass("java.util.HashMap")()
for name, value in (("image1", first), ("image2", second), ("align", "Shift")):
    inputs.put(name, value)
command = JClass("similij.ImageSimilarityCommand")
module = service.run(command.class_, True, inputs).get()
answer(command=[float(module.getOutput(key)) for key in
                ("n", "pearson", "rmsd", "meanDifference")])
"""


def assert_same(found: Any, wanted: similij.Comparison, rel: float = 0) -> None:
    """Every number and note as Python has them; NaN is None in the table of ImageJ."""
    assert isinstance(found, list), found
    assert len(found) == len(wanted.rows)
    for one, row in zip(found, wanted.rows, strict=True):
        assert one["Region"] == row["region"]
        assert one["Note"] == row["note"]
        for label, name in LABELS.items():
            value = math.nan if one[label] is None else one[label]
            assert value == pytest.approx(row[name], rel=rel, abs=0, nan_ok=True), label


def compared(files: Files, name: str, **how: Any) -> similij.Comparison:
    a, b = files.a / f"{name}.tif", files.b / f"{name}.tif"
    how = {"metrics": WITH, "names": (f"{name} a", f"{name} b"), **how}
    return similij.compare(a, b, **how)


def assert_all(found: dict[str, Any], files: Files) -> None:
    plane = compared(files, "plane", align="shift")
    assert plane.rows[0]["n"] == (90 - 4) * (100 - 5)
    assert_same(found["plane"], plane)
    turned = compared(files, "turned", align="rigid")
    assert abs(turned.rows[0]["moved_angle"]) == pytest.approx(2, abs=0.1)
    assert turned.rows[0]["pearson"] > 0.99 > turned.rows[0]["pearson_unaligned"]
    assert_same(found["turned"], turned, rel=1e-12)
    noise = compared(files, "noise", align="shift")
    assert noise.rows[0]["note"].startswith("not aligned, so nothing is compared: R")
    assert_same(found["noise"], noise)
    assert_same(found["blank"], noise)
    assert "not aligned" in found["printed"]
    how = {"background": ("percentile", 5), "blur": 1, "regions": files.rois}
    cells = compared(files, "plane", align="shift", **how)
    assert cells.rows[1]["n"] < 25 * 28 == compared(files, "plane", **how).rows[1]["n"]
    assert_same(found["cells"], cells)
    each = compared(files, "stack", align="shift", per="z")
    assert len(each) == 3
    assert_same(found["each"], each)
    assert_same(found["pooled"], compared(files, "stack", align="shift"), rel=1e-12)
    for key, against in (("movie", "first frame"), ("previous", "previous frame")):
        regions = files.rois if key == "movie" else None
        movie = similij.compare(
            files.movie, against=against, align="shift", metrics=WITH,
            regions=regions, names=("movie.tif", "movie.tif"),
        )  # fmt: skip
        assert [(r["moved_x"], r["moved_y"]) for r in movie.rows[-1:]] == [
            (-1, -5) if key == "movie" else (-4, -3)
        ]
        assert_same(found[key], movie)
    assert "align" in found["wrong"]
    assert "None, Shift, Rigid" in found["wrong"]
    assert found["channels"][0]["Pearson R, unaligned"] is None


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_by_macro_folders_command_and_shell(
    backend: str, files: Files, tmp_path: Path, shell: Shell
) -> None:
    found = run_imagej(MACROS, *files, WORDS, tmp_path, backend=backend)
    assert_all(found, files)
    folders = similij.compare_folders(
        files.a, files.b, rois="none", align="shift", metrics=WITH,
        out=tmp_path / "python.csv",
    )  # fmt: skip
    assert len(folders) == 4
    assert_same(found["folders"], folders, rel=1e-12)
    with (tmp_path / "f.csv").open(newline="", encoding="utf-8") as stream:
        written = [*csv.DictReader(stream)]
    for one, row in zip(written, folders.rows, strict=True):
        assert one["note"] == row["note"]
        value = float(one["pearson_unaligned"] or "nan")
        assert value == pytest.approx(row["pearson_unaligned"], rel=1e-12, nan_ok=True)
    plane = compared(files, "plane", align="shift").rows[0]
    numbers = [plane[n] for n in ("n", "pearson", "rmsd", "mean_difference")]
    assert found["command"] == numbers

    a, b = files.a / "plane.tif", files.b / "plane.tif"
    (picture,) = (tmp_path / "pics").glob("*difference.tif")
    x, y = tifffile.imread(a), tifffile.imread(b)
    by_hand = np.full(x.shape, np.nan)
    by_hand[:-4, 5:] = y[4:, :-5].astype(float) - x[:-4, 5:]
    np.testing.assert_array_equal(np.squeeze(tifffile.imread(picture)), by_hand)
    words = ["--align", "shift", "--metrics", ",".join(WITH), "--format", "json"]
    ran = shell("compare", a, b, *words)
    assert ran.code == 0, ran.err
    rows = [{**row, "run": ""} for row in json.loads(ran.out)["rows"]]
    wanted = similij.compare(a, b, align="shift", metrics=WITH, names=(str(a), str(b)))
    assert rows == of_files(wanted, a, b)
    save = tmp_path / "shell.csv"
    ran = shell(
        "batch", files.a, files.b, "--rois", "none", "--align", "shift", "--out", save,
        "--metrics", ",".join(WITH), "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    for row, same in zip(json.loads(ran.out)["rows"], folders.rows, strict=True):
        for name in LABELS.values():
            value = math.nan if row[name] is None else row[name]
            assert value == pytest.approx(same[name], rel=1e-12, nan_ok=True)
    ran = shell("compare", files.a / "noise.tif", files.b / "noise.tif", *words[:2])
    assert ran.code == 1
    assert "not aligned" in ran.out + ran.err
    assert shell("compare", a, b, "--align", "turned").code == 2


@pytest.mark.window
def test_the_dialog_offers_it_and_records_it(
    display: dict[str, str], files: Files, tmp_path: Path
) -> None:
    found = run_imagej(
        WINDOWS
        + """
a, b, picture = sys.argv[1:]
Recorder = open_recorder()
IJ.open(a + "/plane.tif")
image = IJ.openImage(b + "/plane.tif")
image.setTitle("moved.tif")
image.show()
thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
answer(fit=until(window, "They fit"))
click(window, "More options")
choose(entry(window, "Align"), "Shift")
answer(still=until(window, "They fit"))
shoot(picture)
press(window, 0)
thread.join(LONG)
answer(line=recorded_lines()[-1], by_dialog=rows())
Recorder.getInstance().close()
""",
        files.a,
        files.b,
        tmp_path / "align.png",
        mode="gui",
        env=display,
    )
    assert found["fit"] == found["still"]
    assert "align=Shift" in found["line"]
    plane = compared(files, "plane", align="shift").rows[0]
    (row,) = found["by_dialog"]
    for label in ("n", "Pearson R", "RMSD", "Mean Difference"):
        assert row[label] == plane[LABELS[label]]
    assert row["Note"] == plane["note"]
