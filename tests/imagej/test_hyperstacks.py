"""Hyperstacks by macro: the rows of `similij.compare`, and of a loop in NumPy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from support import run_imagej

RNG = np.random.default_rng(11)
T, Z, C, Y, X = 7, 5, 3, 13, 19
A = RNG.integers(0, 60_000, (T, Z, C, Y, X)).astype(np.uint16)
B = (A // 2 + RNG.integers(0, 9000, A.shape)).astype(np.uint16)
SECONDS = np.arange(T) * 1.5
SHOWN = {"c": 2, "z": 4, "t": 3}
"""Which plane of a.tif is shown, counted from 1; of b.tif the first."""

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "each": ("b stack=[Each plane]", {"per": ("c", "z", "t")}),
    "all": ("b stack=[All planes]", {}),
    "per frame": ("b per=t", {"per": "t"}),
    "per slice": ("b per=[slice] rescale=Percentile", {"per": "z"}),
    "chosen": ("b per=z,t channels=1:2", {"per": ("z", "t"), "channels": "1:2"}),
    "two pairs": ("b per=[z, t] channels=[3:1, 2:2] stack=[All planes]",
                  {"per": ("z", "t"), "channels": "3:1,2:2"}),
    "same": ("b stack=[All planes] channels=same", {"channels": "same"}),
    "every pair": ("b channels=all stack=[Each plane]",
                   {"per": ("z", "t"), "channels": "all"}),
    "shown": ("b channels=2:3", {"channels": "2:3"}),
    "one image": (" channels=1:3 per=z", {"per": "z", "channels": "1:3"}),
    "one image twice": ("a channels=all stack=[All planes]", {"channels": "all"}),
    "first": (" against=[first frame] per=z channels=2:2",
              {"against": "first", "per": "z", "channels": "2:2"}),
    "previous": (" against=[previous frame] stack=[Each plane]",
                 {"against": "previous", "per": ("c", "z", "t")}),
    "reference": ("ref stack=[Each plane] channels=2:1",
                  {"per": ("z", "t"), "channels": "2:1"}),
    "virtual": ("virtual_b stack=[Each plane]", {"per": ("c", "z", "t")}),
}  # fmt: skip

SCRIPT = f"""
folder = sys.argv[1]
cases = json.loads(sys.argv[2])
def show(name, c=1, z=1, t=1):
    IJ.open(f"{{folder}}/{{name}}.tif")
    WindowManager.getCurrentImage().setPosition(c, z, t)
show("a", {SHOWN["c"]}, {SHOWN["z"]}, {SHOWN["t"]}); show("b"); show("ref")
show("slices"); show("frames"); show("shallow")
for name in ("a", "b"):
    IJ.run("TIFF Virtual Stack...", f"open=[{{folder}}/{{name}}.tif]")
    image = WindowManager.getCurrentImage()
    image.setTitle(f"virtual_{{name}}.tif")
    assert image.getStack().isVirtual()

def line(options):
    image_2, _, rest = options.partition(" ")
    named = f"image_2=[{{image_2}}.tif] " if image_2 else ""
    one = "virtual_a" if image_2.startswith("virtual") else "a"
    return f'run("Image Similarity...", "image_1=[{{one}}.tif] {{named}}{{rest}}");'

for name, options in cases.items():
    IJ.run("Clear Results")
    answer(**{{name: [fails(line(options)), rows(every=True)]}})
answer(position=[int(k) for k in WindowManager.getImage("a.tif").convertIndexToPosition(
    WindowManager.getImage("a.tif").getCurrentSlice())])
"""

REFUSED = {
    "depths": ("shallow per=z,t", ['"a.tif" has 7 planes along t', "has 4"]),
    "channel": ("b channels=1:4", ['"b.tif" has no channel 4', "it has 3"]),
    "pairs": ("b channels=one", ["'one'", "1:2"]),
    "axis": ("b per=q", ["no axis 'q'"]),
    "unused": ("b against=[first frame]", ["first frame", "with itself", "b.tif"]),
    "unknown": (" against=[next frame]", ["'next frame'", "previous frame"]),
    "channels": ("ref stack=[Each plane]", ["3 channels", "1", "1:2"]),
}


def hyperstack(path: Path, pixels: np.ndarray) -> None:
    tifffile.imwrite(
        path, pixels, imagej=True, metadata={"axes": "TZCYX", "finterval": 1.5}
    )


@pytest.fixture(scope="module", params=["embedded", "worker"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    import json

    folder = tmp_path_factory.mktemp("hyperstacks")
    hyperstack(folder / "a.tif", A)
    hyperstack(folder / "b.tif", B)
    hyperstack(folder / "shallow.tif", B[:4])
    hyperstack(folder / "ref.tif", B[:1, :1, :1])
    hyperstack(folder / "slices.tif", A[:1, :, :1])
    hyperstack(folder / "frames.tif", A[:Z, :1, :1])
    cases = {name: case[0] for name, case in {**CASES, **REFUSED}.items()}
    return run_imagej(SCRIPT, folder, json.dumps(cases), backend=request.param)


def named(pixels: np.ndarray) -> xr.DataArray:
    t = ("t", SECONDS[: pixels.shape[0]], {"units": "s"})
    return xr.DataArray(pixels, {"t": t}, ("t", "z", "c", "y", "x"))


def expected(name: str) -> tuple[list[dict[str, Any]], np.ndarray, np.ndarray | None]:
    """Rows of compare() on the same planes, and those planes."""
    options, how = CASES[name]
    word = options.split(" ")[0].removeprefix("virtual_")
    x, y = A, {"b": B, "ref": B[:1, :1, :1]}.get(word)
    first = (1, 1, 1) if options.startswith("virtual") else tuple(SHOWN.values())
    c, z, t = (k - 1 for k in first)
    if "channels" not in how and "c" not in how.get("per", ()):
        x, y = x[:, :, c : c + 1], None if y is None else y[:, :, :1]
    if name == "shown":
        assert y is not None
        x, y = x[t : t + 1, z : z + 1], y[:1, :1]
    rescale = "percentile" if "Percentile" in options else "none"
    two = None if y is None else named(y)
    rows = similij.compare(
        named(x), two, names=("a.tif", "b.tif"), rescale=rescale, **how
    ).rows
    return rows, x, y


@pytest.mark.parametrize("name", CASES)
def test_rows_are_those_of_compare(found, name: str) -> None:
    error, lines = found[name]
    rows, _, _ = expected(name)
    assert error == "no error"
    assert len(lines) == len(rows)
    columns = {"Pearson R": "pearson", "RMSD": "rmsd", "n": "n", "Z": "z", "T": "t",
               "Mean Difference": "mean_difference", "Excluded": "excluded",
               "Channel 1": "channel_1", "Channel 2": "channel_2",
               "Time (s)": "time_s"}  # fmt: skip
    for line, row in zip(lines, rows, strict=True):
        for heading, key in columns.items():
            value = row[key]
            if (
                name == "per slice" and value is not None
            ):  # rescaled: as floats, in blocks of their own
                value = pytest.approx(value, rel=1e-12)
            assert line.get(heading) == value, heading
        assert line["Plane"] == row["plane"]
        assert line["Region"] == "Whole image"
        if not row["note"].startswith('"b.tif" has 1 plane'):
            assert row["note"] in line["Note"]


@pytest.mark.parametrize("name", [n for n in CASES if n != "per slice"])
def test_rows_are_those_of_a_loop(found, name: str) -> None:
    _, x, y = expected(name)
    how = CASES[name][1]
    for line in found[name][1]:
        t, z = line.get("T"), line.get("Z")
        one, two = line.get("Channel 1"), line.get("Channel 2")
        then = t
        if "against" in how:
            then = 1 if how["against"] == "first" else t - 1
        other = x if y is None else y
        if other.shape[:2] == (1, 1):
            then = z_2 = None
        else:
            z_2 = z
        u, v = at(x, t, z, one), at(other, then, z_2, two)
        u, v = np.broadcast_arrays(u.astype(float), v.astype(float))
        assert line["n"] == u.size
        numbers = [line["Pearson R"], line["RMSD"], line["Mean Difference"]]
        assert numbers == pytest.approx(
            [
                np.corrcoef(u.ravel(), v.ravel())[0, 1],
                np.sqrt(np.mean((u - v) ** 2)),
                np.mean(abs(u - v)),
            ],
            rel=1e-12,
        )


def at(pixels: np.ndarray, t: float | None, z: float | None, c: float | None) -> Any:
    """Planes at places counted from 1; None: all of them."""
    taken = [slice(None) if k is None else [int(k) - 1] for k in (t, z, c)]
    return pixels[taken[0]][:, taken[1]][:, :, taken[2]]


def test_the_plane_that_is_shown_stays(found) -> None:
    assert found["position"] == list(SHOWN.values())


def test_a_row_says_what_no_column_says(found) -> None:
    note = found["per frame"][1][0]["Note"]
    assert 'of "a.tif" channel 2 of 3' in note
    assert 'of "b.tif" channel 1 of 3' in note
    note = found["shown"][1][0]["Note"]
    assert 'of "a.tif" slice 4 of 5, frame 3 of 7' in note
    assert "has 1 plane along z, compared with each" in found["reference"][1][0]["Note"]
    assert found["each"][1][0]["Note"] == ""


def test_columns_of_places_only_where_there_are_places(found) -> None:
    assert "Channel 1" not in found["per frame"][1][0]
    assert "Z" not in found["per frame"][1][0]
    assert found["all"][1][0].keys() == {
        "Image 1", "Image 2", "Region", "Plane", "n", "Excluded", "Pearson R", "RMSD",
        "Mean Difference", "Note", "Rescale", "Against", "File 1", "File 2", "Run",
        "Version",
    }  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence(found, name: str) -> None:
    sentence, lines = found[name]
    for part in REFUSED[name][1]:
        assert part in sentence, sentence
    assert lines == []
    assert "Traceback" not in sentence
    assert "Exception" not in sentence


GATE = """
import os, time
from pathlib import Path
from similij.imagej.handler import Handler

folder, answer, planes = Path(os.environ["GATE"]), Handler.__call__, []

def gated(self, message):
    if message.get("op") == "compare":
        planes.append(1)
        while len(planes) == 9 and not (folder / "open").exists():
            time.sleep(0.01)
    return answer(self, message)

Handler.__call__ = gated
"""
"""Python, in whichever process it answers ImageJ, that waits before its ninth plane."""

ESCAPE = """
from pathlib import Path
Key = JClass("java.awt.event.KeyEvent").VK_ESCAPE
def stack(title):
    image = IJ.createImage(title, "16-bit ramp", 150, 150, 60)
    image.setDimensions(1, 60, 1)
    image.show()
stack("a"); stack("b")
table = JClass("ij.measure.ResultsTable").getResultsTable()
def escape():
    wait_for(lambda: table.size() >= 3)
    IJ.setKeyDown(Key)
    Path(os.environ["GATE"], "open").touch()
threading.Thread(target=escape, daemon=True).start()
sentence = fails('run("Image Similarity...", "stack=[Each plane]");')
answer(sentence=sentence, kept=len(rows()), notes=[r["Note"] for r in rows()])
IJ.run("Clear Results")
again = fails('run("Image Similarity...", "stack=[All planes]");')
answer(again=again, next=rows())
"""


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_escape_keeps_the_rows_so_far(backend: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(GATE)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    env = {"GATE": str(tmp_path), "PYTHONPATH": path}
    found = run_imagej(ESCAPE, backend=backend, env=env)
    assert f"the {found['kept']} rows so far are kept" in found["sentence"]
    assert 3 <= found["kept"] < 60
    flag = "the run was cancelled, so rows are missing"
    assert all(note.endswith(flag) for note in found["notes"])
    assert found["again"] == "no error"
    assert [row["n"] for row in found["next"]] == [60 * 150 * 150]


def test_slices_do_not_go_with_frames() -> None:
    found = run_imagej(
        """
for title, z, t in (("slices", 5, 1), ("frames", 1, 5)):
    image = IJ.createImage(title, "8-bit ramp", 9, 7, 5)
    image.setDimensions(1, z, t)
    image.show()
answer(error=fails('run("Image Similarity...", "stack=[All planes]");'))
"""
    )
    assert '"slices" has 5 slices (z), "frames" has 5 frames (t)' in found["error"]


def test_the_command_for_scripts() -> None:
    found = run_imagej(
        """
image = IJ.createImage("a", "8-bit ramp", 9, 7, 6)
image.setDimensions(2, 3, 1)
for k in range(6):
    image.getStack().getProcessor(k + 1).add(10 * k * k)
inputs = JClass("java.util.HashMap")()
inputs.put("image1", image)
inputs.put("channels", "1:2")
inputs.put("per", "z")
service = ij.context.service(JClass("org.scijava.command.CommandService"))
command = JClass("similij.ImageSimilarityCommand").class_
module = service.run(command, True, inputs).get()
answer(first=float(module.getOutput("meanDifference")), rows=len(rows()))
inputs.remove("channels"); inputs.remove("per")
try:
    service.run(command, True, inputs).get()
except jpype.JException as error:
    answer(error=str(error.getCause().getCause().getMessage()))
"""
    )
    assert (found["first"], found["rows"]) == (10, 3)
    assert "image2 is missing" in found["error"]
