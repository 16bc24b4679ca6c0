"""ROIs of the overlay, the ROI Manager and files; those tied to a plane apply there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from support import run_imagej

RNG = np.random.default_rng(5)
T, Z, Y, X = 3, 4, 12, 17
A = RNG.integers(0, 60_000, (T, Z, 1, Y, X)).astype(np.uint16)
B = RNG.integers(0, 60_000, A.shape).astype(np.uint16)
BOXES = {"free": (1, 2, 5, 4), "slice": (3, 1, 6, 7), "frame": (8, 3, 4, 4),
         "plane": (2, 5, 9, 3), "nowhere": (0, 0, 2, 2)}  # fmt: skip
TIED = {"free": (0, 0, 0), "slice": (0, 3, 0), "frame": (0, 0, 2), "plane": (1, 4, 3),
        "nowhere": (0, 9, 0)}  # fmt: skip

SCRIPT = """
boxes, tied = json.loads(sys.argv[2])
Roi, Overlay = JClass("ij.gui.Roi"), JClass("ij.gui.Overlay")
for name in ("b", "a"):
    IJ.open(f"{sys.argv[1]}/{name}.tif")
a = WindowManager.getImage("a.tif")
rois, overlay = [], Overlay()
for name, box in boxes.items():
    roi = Roi(*box)
    roi.setName(name)
    if any(tied[name]):
        roi.setPosition(*tied[name])
    rois.append(roi)
    overlay.add(roi)
a.setOverlay(overlay)

def save(path, rois):
    import zipfile
    with zipfile.ZipFile(path, "w") as archive:
        for roi in rois:
            data = bytes(JClass("ij.io.RoiEncoder").saveAsByteArray(roi))
            archive.writestr(f"{roi.getName()}.roi", data)
save(sys.argv[1] + "/set.zip", rois)
save(sys.argv[1] + "/nowhere.zip", rois[-1:])

def run(name, options):
    IJ.run("Clear Results")
    error = fails('run("Image Similarity...", "image_1=[a.tif] image_2=[b.tif] '
                  + options + '");')
    answer(**{name: [error, rows()]})

EACH = "stack=[Each plane]"
# END
file = f"roi_file=[{sys.argv[1]}/set.zip] "
run("overlay", "region=Overlay " + EACH)
run("file", file + "stack=[Each plane]")
run("pooled", file + "stack=[All planes]")
run("per slice", file + "per=z")
a.setPosition(1, 4, 3)
WindowManager.getImage("b.tif").setPosition(1, 4, 3)
run("shown", file)
run("elsewhere", f"roi_file=[{sys.argv[1]}/nowhere.zip]")
run("elsewhere per slice", f"roi_file=[{sys.argv[1]}/nowhere.zip] per=z")
a.setOverlay(None)
run("no overlay", "region=Overlay")
run("no manager", "region=[ROI Manager]")
"""

MANAGER = (
    SCRIPT.split("# END", maxsplit=1)[0]
    + """
run("overlay", "region=Overlay " + EACH)
manager = JClass("ij.plugin.frame.RoiManager")()
for roi in rois:
    manager.addRoi(roi)
run("manager", "region=[ROI Manager] " + EACH)
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tied")
    for name, pixels in (("a", A), ("b", B)):
        path = folder / f"{name}.tif"
        tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TZCYX"})
    return folder


def run(folder: Path, script: str, **how):
    import json

    return run_imagej(script, folder, json.dumps([BOXES, TIED]), **how)


@pytest.fixture(scope="module", params=["embedded", "worker"])
def found(request: pytest.FixtureRequest, folder: Path):
    return run(folder, SCRIPT, backend=request.param)


def rows_by_hand(
    groups: list[list[tuple[int, int]]],
) -> list[tuple[str, int, float]]:
    """Name, pixels and mean difference of each region in groups of planes (t, z)."""
    rows = []
    for group in groups:
        for name, (x, y, width, height) in BOXES.items():
            _, z, t = TIED[name]
            here = [p for p in group if t in (0, p[0] + 1) and z in (0, p[1] + 1)]
            if here:
                box = np.s_[y : y + height, x : x + width]
                u, v = (
                    np.stack([image[p][0][box] for p in here]).astype(float)
                    for image in (A, B)
                )
                rows.append((name, u.size, float(np.mean(abs(u - v)))))
    # A ROI that is on none of the planes has a row with the reason, at the end.
    compared = {row[0] for row in rows}
    return rows + [(name, 0, math.nan) for name in BOXES if name not in compared]


PLANES = [(t, z) for z in range(Z) for t in range(T)]


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("overlay", [[p] for p in PLANES]),
        ("file", [[p] for p in PLANES]),
        ("pooled", [PLANES]),
        ("per slice", [[(t, z) for t in range(T)] for z in range(Z)]),
        ("shown", [[(2, 3)]]),
    ],
)
def test_a_tied_roi_applies_in_its_planes(found, name: str, groups) -> None:
    error, rows = found[name]
    assert error == "no error"
    numbers = [(row["Region"], row["n"], row["Mean Difference"]) for row in rows]
    expected = rows_by_hand(groups)
    assert [row[:2] for row in numbers] == [row[:2] for row in expected]
    assert [math.nan if row[2] is None else row[2] for row in numbers] == pytest.approx(
        [row[2] for row in expected], rel=1e-12, nan_ok=True
    )
    for row in rows:
        assert (row["n"] == 0) == ("that is not among those compared" in row["Note"])


@pytest.mark.parametrize(
    ("name", "per"),
    [("file", ("z", "t", "c")), ("pooled", ()), ("per slice", ("z",))],
)
def test_python_has_the_same_rows(found, folder: Path, name: str, per) -> None:
    x, y = (xr.DataArray(p, dims=("t", "z", "c", "y", "x")) for p in (A, B))
    rows = similij.compare(x, y, regions=folder / "set.zip", per=per).rows
    keys = {"Region": "region", "Plane": "plane", "n": "n", "Note": "note",
            "Pearson R": "pearson", "RMSD": "rmsd",
            "Mean Difference": "mean_difference"}  # fmt: skip
    expected = [
        {
            heading: None
            if isinstance(row[key], float) and math.isnan(row[key])
            else row[key]
            for heading, key in keys.items()
        }
        for row in rows
    ]
    assert [{heading: row[heading] for heading in keys} for row in found[name][1]] == (
        expected
    )


def test_the_note_names_the_plane(found) -> None:
    notes = {row["Region"]: row for row in found["pooled"][1]}
    assert notes["plane"]["Note"] == "slice only: c1 z4 t3"
    assert notes["plane"]["Plane"] == "z4 t3"
    assert notes["slice"]["Note"] == "slice only: z3"
    assert notes["slice"]["Plane"] == f"{T} of {T * Z}"
    assert notes["free"]["Note"] == ""


@pytest.mark.parametrize("name", ["elsewhere", "elsewhere per slice"])
def test_tied_elsewhere_is_a_row_with_the_reason(found, name: str) -> None:
    error, rows = found[name]
    assert error == "no error"
    assert [(row["n"], row["RMSD"]) for row in rows] == [(0, None)]
    assert "nowhere is tied to a plane (nowhere to z9)" in rows[0]["Note"]


def test_without_an_overlay_or_a_manager(found) -> None:
    assert '"a.tif" has no overlay' in found["no overlay"][0]
    assert "The ROI Manager is not open" in found["no manager"][0]


@pytest.mark.window
def test_the_roi_manager_of_a_window(folder: Path, display: dict[str, str]) -> None:
    found = run(folder, MANAGER, mode="gui", env=display)
    assert found["manager"][0] == "no error"
    # The manager ties what is free to the plane that is shown when it is added.
    tied = [
        row
        for row in found["overlay"][1]
        if row["Region"] != "free" or row["Plane"] == "c1 z1 t1"
    ]
    assert len(tied) > len(BOXES)
    assert found["manager"][1] == tied


CHANNELS = """
Roi = JClass("ij.gui.Roi")
IJ.open(f"{sys.argv[1]}/c.tif")
import zipfile
with zipfile.ZipFile(sys.argv[1] + "/channels.zip", "w") as archive:
    for name, place in json.loads(sys.argv[2]).items():
        roi = Roi(2, 3, 6, 5)
        roi.setName(name)
        if any(place):
            roi.setPosition(*place)
        data = bytes(JClass("ij.io.RoiEncoder").saveAsByteArray(roi))
        archive.writestr(f"{name}.roi", data)
for name, options in (("rows", "per=[z,t]"), ("pooled", "stack=[All planes]")):
    IJ.run("Clear Results")
    error = fails('run("Image Similarity...", "image_1=[c.tif] image_2=[c.tif] '
                  f'channels=1:2 roi_file=[{sys.argv[1]}/channels.zip] {options}");')
    answer(**{name: [error, rows()]})
"""


def test_a_roi_on_either_channel_of_a_pair(tmp_path: Path) -> None:
    """As in Python: it is on one of both planes, and no ROI vanishes."""
    import json

    pixels = RNG.integers(0, 60_000, (3, 2, 3, Y, X)).astype(np.uint16)
    path = tmp_path / "c.tif"
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TZCYX"})
    places = {"two": (2, 1, 1), "one": (1, 2, 3), "three": (3, 1, 1), "free": (0, 0, 0)}
    found = run_imagej(CHANNELS, tmp_path, json.dumps(places))
    for name, per in (("rows", ("z", "t")), ("pooled", ())):
        error, rows = found[name]
        assert error == "no error"
        expected = similij.compare(
            path, channels="1:2", per=per, regions=tmp_path / "channels.zip"
        )
        assert [
            (row["Region"], row["Plane"], row["n"], row["Pearson R"], row["Note"])
            for row in rows
        ] == [
            (row["region"], row["plane"], row["n"],
             row["pearson"] if row["n"] else None, row["note"])
            for row in expected.rows
        ]  # fmt: skip
        numbers = {row["Region"]: row["n"] for row in rows}
        assert numbers["three"] == 0 and numbers["two"] == numbers["one"] == 30
    (two,) = (row for row in found["pooled"][1] if row["Region"] == "two")
    x, y = (pixels[0, 0, c, 3:8, 2:8].astype(float).ravel() for c in (0, 1))
    assert two["Pearson R"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-12)
