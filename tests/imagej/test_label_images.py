"""Label images, masks and the background in ImageJ: the rows of `similij.compare`.

The hyperstack of 3 channels, 5 slices and 7 frames with 500 objects goes through the
menu in a window, macros with both backends, Python and the shell.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from support import HUNG, run_imagej
from windows import WINDOWS

RNG = np.random.default_rng(23)
T, Z, C, Y, X = 7, 5, 3, 60, 84
A = RNG.integers(0, 60_000, (T, Z, C, Y, X)).astype(np.uint16)
B = (A // 3 + RNG.integers(0, 30_000, A.shape)).astype(np.uint16)
OBJECTS = 500
LABELS = RNG.integers(0, OBJECTS + 1, (Y, X)).astype(np.uint16)
MOVING = RNG.integers(0, 4, (Z, Y, X)).astype(np.uint8)
MASK = ((RNG.random((Y, X)) < 0.6) * 255).astype(np.uint8)
KEYS = {
    "Image 1": "image_1", "Image 2": "image_2", "Region": "region", "Plane": "plane",
    "Note": "note", "Channel 1": "channel_1", "Channel 2": "channel_2", "Z": "z",
    "T": "t", "n": "n", "Excluded": "excluded", "Pearson R": "pearson",
    "RMSD": "rmsd", "Mean Difference": "mean_difference", "Rescale": "rescale",
    "Against": "against", "Version": "version",
}  # fmt: skip

OPEN = """
import numpy as np
for path in sys.argv[1:]:
    image = IJ.openImage(path)
    image.show()

def table():
    found = JClass("ij.measure.ResultsTable").getResultsTable()
    columns = {}
    for name in map(str, found.getHeadings()):
        index = found.getColumnIndex(name)
        if name in TEXT:  # as one text: a call from Python for each cell takes long
            texts = found.getColumnAsStrings(name)
            columns[name] = str(JClass("java.lang.String").join("|", texts)).split("|")
        else:
            values = found.getColumnAsDoubles(index)[:]
            columns[name] = [None if v != v else float(v) for v in values]
    return columns

TEXT = ("Image 1", "Image 2", "Region", "Plane", "Note", "Rescale", "Against",
        "File 1", "File 2", "Run", "Version")
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("labels")
    written = {
        "a.tif": (A, "TZCYX"),
        "b.tif": (B, "TZCYX"),
        "cells.tif": (LABELS, "YX"),
        "moving.tif": (MOVING, "ZYX"),
        "mask.tif": (MASK, "YX"),
    }
    for name, (pixels, axes) in written.items():
        path = folder / name
        tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": axes})
    return {name: folder / name for name in written}


def named(pixels: np.ndarray, name: str) -> xr.DataArray:
    return xr.DataArray(pixels, dims=("t", "z", "c", "y", "x"), name=name)


def rows_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Rows as Python has them, from the columns of the Results table."""
    count = len(columns["n"])
    return [
        {key: columns.get(title, [None] * count)[k] for title, key in KEYS.items()}
        for k in range(count)
    ]


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: row[key] for key in KEYS.values()} for row in rows]


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    found = similij.compare(
        named(A, "a.tif"), named(B, "b.tif"), regions=LABELS, per=("c", "z", "t")
    )
    return plain(found.to_dict()["rows"])


def test_rows_are_those_of_a_loop(expected) -> None:
    assert len(expected) == C * Z * T * OBJECTS
    objects = [k == LABELS for k in range(1, OBJECTS + 1)]
    for k, row in enumerate(expected):
        c, z, t = row["channel_1"] - 1, row["z"] - 1, row["t"] - 1
        inside = objects[k % OBJECTS]
        u, v = (image[t, z, c][inside].astype(float) for image in (A, B))
        assert row["region"] == f"label {k % OBJECTS + 1}"
        assert row["n"] == u.size
        d = u - v
        assert row["rmsd"] == pytest.approx(np.sqrt(np.mean(d * d)), rel=1e-12)
        assert row["mean_difference"] == pytest.approx(np.mean(abs(d)), rel=1e-12)
        u, v = u - u.mean(), v - v.mean()
        r = u @ v / np.sqrt((u @ u) * (v @ v))
        assert row["pearson"] == pytest.approx(r, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_by_macro(expected, files, backend: str) -> None:
    macro = 'run("Image Similarity...", "image_1=a.tif image_2=b.tif '
    macro += 'labels=cells.tif stack=[Each plane]");'
    names = ("a.tif", "b.tif", "cells.tif")
    found = run_imagej(
        OPEN + f"answer(error=fails({macro!r}))\n" + "answer(columns=table())\n",
        *(files[name] for name in names),
        backend=backend,
    )
    assert found["error"] == "no error"
    assert rows_of(found["columns"]) == expected
    assert {*found["columns"]["File 1"]} == {str(files["a.tif"])}
    assert len({*found["columns"]["Run"]}) == 1


@pytest.mark.window
def test_by_menu(expected, files, display: dict[str, str]) -> None:
    found = run_imagej(
        OPEN
        + WINDOWS
        + """
thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
for name, word in (("Image 1", "a.tif"), ("Image 2", "b.tif"),
                   ("Region", "Label image"), ("Label image", "cells.tif"),
                   ("Stack", "Each plane")):
    choose(entry(window, name), word)
press(window, 0)
thread.join(LONG)
answer(finished=not thread.is_alive(), columns=table())
""",
        *(files[name] for name in ("a.tif", "b.tif", "cells.tif")),
        mode="gui",
        env=display,
    )
    assert found["finished"]
    assert rows_of(found["columns"]) == expected


def test_by_shell(expected, files) -> None:
    command = [sys.executable, "-m", "similij", "compare", files["a.tif"]]
    command += [files["b.tif"], "--labels", files["cells.tif"], "--per", "c,z,t"]
    done = subprocess.run(
        [*map(str, command), "--format", "json"], capture_output=True, text=True,
        check=False, timeout=HUNG,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert plain(json.loads(done.stdout)["rows"]) == expected


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "background": ("labels=cells.tif inverse per=t channels=2:3",
                   {"regions": LABELS, "inverse": True, "per": ("t",),
                    "channels": "2:3"}),
    "moving": ("labels=moving.tif per=z,t channels=1:2",
               {"regions": xr.DataArray(MOVING, dims=("z", "y", "x")),
                "per": ("z", "t"), "channels": "1:2"}),
    "moving, pooled": ("labels=moving.tif channels=2:2 per=t rescale=Percentile",
                       {"regions": xr.DataArray(MOVING, dims=("z", "y", "x")),
                        "per": ("t",), "channels": "2:2", "rescale": "percentile"}),
    "from a file": ("labels=[FOLDER/moving.tif] per=z,t channels=3:3",
                    {"regions": xr.DataArray(MOVING, dims=("z", "y", "x")),
                     "per": ("z", "t"), "channels": "3:3"}),
    "mask": ("mask=mask.tif per=t channels=all",
             {"mask": MASK > 0, "per": ("t",), "channels": "all"}),
    "mask and labels": ("mask=mask.tif labels=cells.tif per=t channels=1:1",
                        {"mask": MASK > 0, "regions": LABELS, "per": ("t",),
                         "channels": "1:1"}),
}  # fmt: skip


@pytest.fixture(scope="module", params=["embedded", "worker"])
def cases(files, request: pytest.FixtureRequest) -> dict[str, Any]:
    folder = str(files["a.tif"].parent)
    lines = {
        name: f'run("Image Similarity...", "image_1=a.tif image_2=b.tif '
        f'{options.replace("FOLDER", folder)}");'
        for name, (options, _) in CASES.items()
    }
    return run_imagej(
        OPEN
        + f"""
for name, line in {lines!r}.items():
    IJ.run("Clear Results")
    error = fails(line)
    answer(**{{name: [error, table() if error == "no error" else None]}})
IJ.run("Clear Results")
for name, options in (("size", "labels=[small]"), ("mask size", "mask=small"),
                      ("depth", "labels=deep"), ("no such", "labels=[nowhere]"),
                      ("values", "mask=cells.tif"), ("RGB", "labels=rgb"),
                      ("pooled", "labels=moving.tif inverse stack=[All planes]")):
    for title, kind, w, h, n in (("small", "8-bit ramp", 20, 10, 1),
                                 ("deep", "8-bit ramp", {X}, {Y}, 4),
                                 ("rgb", "RGB ramp", {X}, {Y}, 1)):
        image = IJ.createImage(title, kind, w, h, n)
        image.setDimensions(1, n, 1)
        image.show()
    line = f'run("Image Similarity...", "image_1=a.tif image_2=b.tif {{options}}");'
    answer(**{{name: [fails(line), len(rows())]}})
    for title in ("small", "deep", "rgb"):
        image = WindowManager.getImage(title); image.changes = False; image.close()
""",
        *files.values(),
        backend=request.param,
    )


@pytest.mark.parametrize("name", CASES)
def test_cases(cases, name: str) -> None:
    error, columns = cases[name]
    assert error == "no error"
    found = similij.compare(named(A, "a.tif"), named(B, "b.tif"), **CASES[name][1])
    wanted = plain(found.to_dict()["rows"])
    got = rows_of(columns)
    assert [row["region"] for row in got] == [row["region"] for row in wanted]
    assert got[-1]["region"] == wanted[-1]["region"]
    for key in ("pearson", "rmsd", "mean_difference"):
        # Rescaled floats come in blocks of their own, plane by plane.
        numbers = [[row[key] for row in rows] for rows in (got, wanted)]
        np.testing.assert_allclose(*np.array(numbers, float), rtol=1e-12, atol=1e-15)
    for key in ("n", "plane", "z", "t", "channel_1", "channel_2", "rescale"):
        assert [row[key] for row in got] == [row[key] for row in wanted], key


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("size", ['label image "small" is 20×10 pixels', f'"a.tif" is {X}×{Y}']),
        ("mask size", ['mask image "small" is 20×10 pixels']),
        ("depth", ['"deep" has 4 slices (z), "a.tif" has 5']),
        ("no such", ['No open image is called "nowhere" (labels)']),
        ("values", ["beside 0, values from 1 to 500, and a mask has one"]),
        ("RGB", ['label image "rgb" is an image of type RGB']),
        ("pooled", ["several planes, so its background differs"]),
    ],
)
def test_refused_with_one_sentence(cases, name: str, parts: list[str]) -> None:
    sentence, count = cases[name]
    for part in parts:
        assert part in sentence
    assert count == 0
