"""Metrics by name in ImageJ, from macros and the dialog: those of `similij.compare`."""

from __future__ import annotations

import math
from typing import Any

import pytest
import tifffile

import similij
from similij.metrics import GROUPS, catalogue
from support import IMAGES, run_imagej
from windows import WINDOWS

A = IMAGES / "set_a" / "img3__a_test.tif"
B = IMAGES / "set_b" / "img3__b_test.tif"
ROIS = A.with_name("img3__a_test_roi.zip")
X, Y = tifffile.imread(A), tifffile.imread(B)
LABELS = {metric.label: name for name, metric in catalogue().items()}

OPEN = """
for path in sys.argv[1:3]:
    IJ.open(path)
"""


def check(found: list[dict[str, Any]], wanted: similij.Comparison) -> None:
    assert len(found) == len(wanted)
    names = [metric.name for metric in wanted.metrics]
    for line, row in zip(found, wanted.rows, strict=True):
        shown = [LABELS[heading] for heading in line if heading in LABELS]
        assert shown == names
        for name in names:
            value = line[catalogue()[name].label]
            expected = None if math.isnan(row[name]) else row[name]
            assert value == expected, name
        assert line["Note"] == row["note"]


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_by_macro(backend: str) -> None:
    names = ",".join(catalogue())
    found = run_imagej(
        OPEN
        + f"""
answer(error=fails('run("Image Similarity...", "metrics=[{names}] data_range=65535");'),
       all=rows(every=True))
IJ.run("Clear Results")
answer(cells_error=fails(f'run("Image Similarity...", "metrics=[agreement, ssim] '
                         f'roi_file=[{{sys.argv[3]}}] rescale=zscore data_range=1");'),
       cells=rows(every=True))
IJ.run("Clear Results")
answer(nonsense=fails('run("Image Similarity...", "metrics=rsmd");'),
       left=rows(every=True))
""",
        A,
        B,
        ROIS,
        backend=backend,
    )
    assert (found["error"], found["cells_error"]) == ("no error", "no error")
    check(found["all"], similij.compare(X, Y, metrics=[*catalogue()], data_range=65535,
                                        names=(A.name, B.name)))  # fmt: skip
    how = {"regions": ROIS, "rescale": "zscore", "data_range": 1}
    names = ["agreement", "ssim"]
    wanted = similij.compare(X, Y, metrics=names, names=(A.name, B.name), **how)
    check(found["cells"], wanted)
    assert "there is no metric 'rsmd'; there are: rmsd" in found["nonsense"]
    assert found["left"] == []


@pytest.mark.window
def test_from_the_dialog(display: dict[str, str]) -> None:
    found = run_imagej(
        OPEN
        + WINDOWS
        + """
Recorder = open_recorder()
thread = in_background("Image Similarity...")
first = dialog("Image Similarity")
click(first, "Choose...")
window = dialog("Image Similarity: Metrics")
boxes = [p for p in inside(window) if isinstance(p, JClass("java.awt.Checkbox"))]
words = [p for p in inside(window) if isinstance(p, JClass("java.awt.Label"))]
labels = [str(box.getLabel()) for box in boxes]
scroll, = [p for p in inside(window) if isinstance(p, JClass("java.awt.ScrollPane"))]
answer(labels=labels, before=[l for l, box in zip(labels, boxes) if box.getState()],
       titles=[str(word.getText()) for word in words],
       size=[int(window.getWidth()), int(window.getHeight())],
       hidden=int(boxes[-1].getParent().getParent().getHeight()
                  - scroll.getViewportSize().height))

for label, box in zip(labels, boxes):
    tick(box, label.startswith(("Bias:", "Spearman", "Shift x", "p of R:")))
press(window, 0)
wait_for(lambda: "bias" in str(entry(first, "Metrics").getText()))
press(first, 0)
thread.join(LONG)
answer(line=recorded_lines()[-1], rows=rows(every=True))
thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
answer(again=str(entry(window, "Metrics").getText()))
click(window, "The three")
wait_for(lambda: "rmsd" in str(entry(window, "Metrics").getText()))
press(window, 0)
thread.join(LONG)
answer(last=recorded_lines()[-1])
Recorder.getInstance().close()
""",
        A,
        B,
        mode="gui",
        env=display,
    )
    usual = [catalogue()[n] for n in ("pearson", "rmsd", "mean_difference")]
    assert {*found["before"]} == {f"{m.label}: {m.summary}" for m in usual}
    assert found["labels"] == [f"{m.label}: {m.summary}" for m in catalogue().values()]
    asked = ["bias", "spearman", "shift_x", "pearson_p"]
    assert found["line"].endswith(f'metrics=[{", ".join(asked)}]");')
    check(found["rows"], similij.compare(X, Y, metrics=asked))
    assert found["again"] == ", ".join(asked)
    assert "metrics" not in found["last"]
    assert found["titles"] == [f"{g.capitalize()}: {q}" for g, q in GROUPS.items()]
    width, height = found["size"]  # fits a laptop's screen, below a bar of 40
    assert width < 1366
    assert height < 768 - 40
    assert found["hidden"] <= 0
