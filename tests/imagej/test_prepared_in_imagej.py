"""Background and blur by macro, command and shell: the very numbers of Python."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import tifffile

import similij
from support import IMAGES, run_imagej
from windows import WINDOWS

A = IMAGES / "set_a" / "img3__a_test.tif"
B = IMAGES / "set_b" / "img3__b_test.tif"
ROIS = IMAGES / "set_a" / "img3__a_test_roi.zip"
X, Y = tifffile.imread(A), tifffile.imread(B)
NAMES = (A.name, B.name)
CELL = similij.compare(X, Y, regions=ROIS).rows[0]["region"]
WAYS: list[dict[str, Any]] = [
    {"background": "100"},
    {"background": "percentile:5", "blur": "1.5"},
    {"background": "none,percentile:5", "blur": "0,1.5"},
]

MACROS = """
import sys
a, b, rois, roi, cell, *stacks = sys.argv[1:]
def run(options):
    IJ.run("Clear Results")
    said = fails('run("Image Similarity...", "' + options + '");')
    return rows() if said == "no error" else said
IJ.open(a); IJ.open(b)
answer(plain=[run(o) for o in (
    "background=100", "background=percentile:5 blur=1.5",
    "background=[none,percentile:5] blur=[0,1.5]", f"background=[region:{roi}]")])
answer(cells=run(f"roi_file=[{rois}] background=[region:{cell}] blur=1"))
bad = ("background=dark", "blur=[1,2,3]", "background=region:z")
answer(refused=[run(options) for options in bad])

for path in stacks:
    IJ.open(path)
both = "image_1=a.tif image_2=b.tif background=percentile:10 blur=2 "
answer(each=run(both + "stack=[Each plane]"), all=run(both + "stack=[All planes]"),
       current=run(both),
       whole=run(both.replace("blur=2", "") + "stack=[All planes]"))
"""

BY_COMMAND = """
import sys
first, second = IJ.openImage(sys.argv[1]), IJ.openImage(sys.argv[2])
service = ij.context.service(JClass("org.scijava.command.CommandService"))
inputs = JClass("java.util.HashMap")()
for name, value in (("image1", first), ("image2", second),
                    ("background", "percentile:5"), ("blur", "1.5")):
    inputs.put(name, value)
command = JClass("similij.ImageSimilarityCommand")
module = service.run(command.class_, True, inputs).get()
answer(n=int(module.getOutput("n")), Note=str(module.getOutput("note")),
       **{name: float(module.getOutput(key)) for name, key in (
          ("Pearson R", "pearson"), ("RMSD", "rmsd"),
          ("Mean Difference", "meanDifference"))})
"""


@pytest.fixture(scope="module")
def corner(tmp_path_factory) -> str:
    from roifile import ROI_TYPE, ImagejRoi

    roi = ImagejRoi(
        roitype=ROI_TYPE.OVAL, version=228, left=3, top=2, right=40, bottom=33
    )
    path = tmp_path_factory.mktemp("rois") / "out of cells.roi"
    path.write_bytes(bytes(roi.tobytes()))
    return str(path)


def assert_same(
    found: list[dict[str, Any]], rows: list[dict[str, Any]], rel: float = 0
) -> None:
    assert len(found) == len(rows)
    for one, row in zip(found, rows, strict=True):
        assert one["Region"] == row["region"]
        assert one["Note"] == row["note"]
        assert "before comparing: " in one["Note"]
        names = ("n", "pearson", "rmsd", "mean_difference")
        shown = ("n", "Pearson R", "RMSD", "Mean Difference")
        wanted = pytest.approx([row[n] for n in names], rel=rel, abs=0)
        assert [one[s] for s in shown] == wanted


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_by_macro(backend: str, corner: str, tmp_path) -> None:
    stacks = [np.stack([t, t // 2, t // 3 + 9]) for t in (X, Y)]
    paths = [tmp_path / "a.tif", tmp_path / "b.tif"]
    for path, stack in zip(paths, stacks, strict=True):
        tifffile.imwrite(path, stack, imagej=True, metadata={"axes": "ZYX"})
    found = run_imagej(MACROS, A, B, ROIS, corner, CELL, *paths, backend=backend)

    ways = [*WAYS, {"background": f"region:{corner}"}]
    for one, how in zip(found["plain"], ways, strict=True):
        assert_same(one, similij.compare(X, Y, names=NAMES, **how).rows)
    how = {"background": f"region:{CELL}", "blur": "1", "names": NAMES}
    assert_same(found["cells"], similij.compare(X, Y, regions=ROIS, **how).rows)
    dark, blur, gone = found["refused"]
    assert "background is 'dark': it must be a number, percentile:P" in dark
    assert "blur is '1,2,3': it must be a sigma in pixels" in blur
    assert 'background region "z" is no file that exists' in gone

    how = {"background": ("percentile", 10), "blur": 2, "names": ("a.tif", "b.tif")}
    each = [similij.compare(p, q, **how).rows[0] for p, q in zip(*stacks, strict=True)]
    assert_same(found["each"], each)
    assert_same(found["current"], each[:1])
    pooled = similij.compare(*stacks, **how).rows
    assert_same(found["all"], pooled, rel=1e-12)  # blocks of floats, merged otherwise
    del how["blur"]
    assert_same(found["whole"], similij.compare(*stacks, **how).rows)


def test_by_command_and_shell() -> None:
    how = {"background": "percentile:5", "blur": "1.5"}
    (row,) = similij.compare(X, Y, names=NAMES, **how).rows
    found = run_imagej(BY_COMMAND, A, B)
    assert_same([{**found, "Region": "Whole image"}], [row])
    command = [sys.executable, "-m", "similij", "compare", A, B, "--format", "json"]
    for key, value in how.items():
        command += [f"--{key}", value]
    out = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=True
    ).stdout
    (line,) = json.loads(out)["rows"]
    assert line == {**row, "file_1": str(A), "file_2": str(B), "run": line["run"]}


@pytest.mark.window
def test_the_dialog_refuses_bad_words_and_records_good_ones(
    display: dict[str, str], tmp_path
) -> None:
    found = run_imagej(
        WINDOWS
        + """
a, b, picture = sys.argv[1:]
Recorder = open_recorder()
IJ.open(a); IJ.open(b)

thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
answer(fit=until(window, "They fit"))
background = entry(window, "Subtract background")
write(background, "percentile:105")
answer(background=until(window, "percentile:105"))
write(background, "percentile:5")
answer(better=until(window, "They fit"))
blur = entry(window, "Blur (sigma, px)")
write(blur, "0,much")
answer(blur=until(window, "0,much"), folded=not blur.isShowing())
# OK leads to the field, which was folded.
press(window, 0)
wait_for(lambda: blur.isShowing() and blur.isFocusOwner())
answer(focus=bool(blur.isFocusOwner()), selected=str(blur.getSelectedText()),
       open=window.isShowing(), size=[int(window.getWidth()), int(window.getHeight())])
shoot(picture)
write(blur, "0,1.5")
until(window, "They fit")
press(window, 0)
thread.join(LONG)
answer(line=recorded_lines()[-1], by_dialog=rows())
Recorder.getInstance().close()
""",
        A,
        B,
        tmp_path / "more.png",
        mode="gui",
        env=display,
    )
    assert found["fit"].startswith("They fit: 256×192 pixels")
    sentence = "Subtract background: background is 'percentile:105': it must be a"
    assert sentence in found["background"]
    assert found["better"] == found["fit"]
    sentence = "Blur (sigma, px): blur is '0,much': it must be a sigma in pixels"
    assert sentence in found["blur"]
    assert found["folded"]
    assert found["open"]
    assert found["focus"]
    assert found["selected"] == "0,much"
    width, height = found["size"]
    assert width < 1366
    assert height < 768
    assert found["line"].endswith('background=[percentile:5] blur=[0,1.5]");')
    how = {"background": ("percentile", 5), "blur": (0, 1.5), "names": NAMES}
    assert_same(found["by_dialog"], similij.compare(X, Y, **how).rows)
