"""Labels, masks, polygons, background and tied regions, over hyperstacks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

from similij import ImageError, RegionError, compare
from similij.regions import Region
from support import IMAGES, of_files

RNG = np.random.default_rng(5)
T, Z, C, Y, X = 3, 4, 2, 40, 50
DIMS = ("t", "z", "c", "y", "x")
A = RNG.integers(0, 4000, (T, Z, C, Y, X)).astype(np.uint16)
B = (A // 2 + RNG.integers(0, 500, A.shape)).astype(np.uint16)
LABELS = np.kron(np.arange(20).reshape(4, 5), np.ones((10, 10), int))
MOVING = np.stack([np.roll(LABELS, 3 * t, axis=1) for t in range(T)])


def named(pixels: np.ndarray, dims: tuple[str, ...] = DIMS) -> xr.DataArray:
    return xr.DataArray(pixels, dims=dims)


def assert_numbers(row: dict, x: np.ndarray, y: np.ndarray) -> None:
    x, y = x.astype(float).ravel(), y.astype(float).ravel()
    expected = (
        np.corrcoef(x, y)[0, 1],
        np.sqrt(np.mean((x - y) ** 2)),
        np.mean(np.abs(x - y)),
    )
    found = (row["pearson"], row["rmsd"], row["mean_difference"])
    assert found == pytest.approx(expected, rel=1e-12)
    assert row["n"] == x.size


def test_labels_in_every_plane() -> None:
    rows = compare(named(A), named(B), regions=LABELS, per=("c", "z", "t")).rows
    assert len(rows) == 19 * C * Z * T
    for row in rows:
        label = int(row["region"].removeprefix("label "))
        c, z, t = row["channel_1"] - 1, row["z"] - 1, row["t"] - 1
        inside = label == LABELS
        assert_numbers(row, A[t, z, c][inside], B[t, z, c][inside])


def test_labels_that_move_with_time() -> None:
    moving = xr.DataArray(MOVING, dims=("t", "y", "x"))
    rows = compare(named(A), named(B), regions=moving, per="t").rows
    assert len(rows) == 19 * T
    for row in rows:
        label, t = int(row["region"].removeprefix("label ")), row["t"] - 1
        inside = np.broadcast_to(MOVING[t] == label, (Z, C, Y, X))
        assert_numbers(row, A[t][inside], B[t][inside])
    pooled = compare(named(A), named(B), regions=moving).rows
    inside = np.broadcast_to(MOVING[:, None, None] == 7, A.shape)
    assert_numbers(pooled[6], A[inside], B[inside])


def test_masks_polygons_and_background() -> None:
    left = np.zeros((Y, X), bool)
    left[:, :10] = True
    square = np.array([[20.0, 5.0], [30.0, 5.0], [30.0, 15.0], [20.0, 15.0]])
    regions = {"left": left, "square": square}
    rows = compare(named(A), named(B), regions=regions, inverse=True).rows
    assert [row["region"] for row in rows] == ["left", "square", "background"]
    box = np.zeros((Y, X), bool)
    box[5:15, 20:30] = True
    for row, inside in zip(rows, (left, box, ~(left | box)), strict=True):
        assert_numbers(row, A[..., inside], B[..., inside])


def tied(**where: int) -> Region:
    return Region("cell", 2, 3, 6, 5, **where)


def test_a_region_applies_to_its_planes_only() -> None:
    x, y = named(A), named(B)
    rows = compare(x, y, regions=[tied(z=2, t=3)], per=("z", "t", "c")).rows
    assert [(r["z"], r["t"], r["channel_1"]) for r in rows] == [(2, 3, 1), (2, 3, 2)]
    assert_numbers(rows[1], A[2, 1, 1, 3:8, 2:8], B[2, 1, 1, 3:8, 2:8])
    (row,) = compare(x, y, regions=[tied(z=2)]).rows
    assert_numbers(row, A[:, 1, :, 3:8, 2:8], B[:, 1, :, 3:8, 2:8])
    assert row["note"] == "slice only: z2"
    assert row["plane"] == f"{T * C} of {T * Z * C}"
    (row,) = compare(x, y, regions=[tied(c=1, z=2, t=3)]).rows
    assert (row["plane"], row["note"]) == ("c1 z2 t3", "slice only: c1 z2 t3")
    both = [tied(z=2), Region("free", 0, 0, 4, 4)]
    assert [r["region"] for r in compare(x, y, regions=both).rows] == ["cell", "free"]


def test_the_number_of_a_plane() -> None:
    """ImageJ's other way: the slice, else the frame."""
    (row,) = compare(named(A), named(B), regions=[tied(position=4)]).rows
    assert_numbers(row, A[:, 3, :, 3:8, 2:8], B[:, 3, :, 3:8, 2:8])
    (row,) = compare(A[:, 0, 0], B[:, 0, 0], regions=[tied(position=2)]).rows
    assert_numbers(row, A[1, 0, 0, 3:8, 2:8], B[1, 0, 0, 3:8, 2:8])
    (row,) = compare(A[0, 0, 0], B[0, 0, 0], regions=[tied(position=9)]).rows
    assert_numbers(row, A[0, 0, 0, 3:8, 2:8], B[0, 0, 0, 3:8, 2:8])
    with pytest.raises(ImageError, match="do not say which axis"):
        compare(A, B, regions=[tied(position=2)])


def test_tied_elsewhere_is_a_row_with_its_reason() -> None:
    (row,) = compare(named(A), named(B), regions=[tied(z=9)]).rows
    assert row["n"] == 0
    assert row["note"] == (
        "cell is tied to a plane (cell to z9) that is not among those compared"
    )


@pytest.mark.parametrize(
    ("regions", "part"),
    [
        (LABELS[:, :-1], "49×40"),
        (named(np.stack([LABELS] * 9), ("z", "y", "x")), "label image"),
        ({"m": np.ones((3, 3), bool)}, "3×3"),
        ([], "empty"),
    ],
)
def test_refusals(regions, part: str) -> None:
    with pytest.raises(RegionError, match=part):
        compare(named(A), named(B), regions=regions)
    with pytest.raises(RegionError, match="needs regions"):
        compare(named(A), named(B), inverse=True)


def test_more_planes_of_labels_than_of_images() -> None:
    with pytest.raises(RegionError, match=r"planes \(9,\), the images have \(3,\)"):
        compare(A[:, 0, 0], B[:, 0, 0], regions=np.stack([LABELS] * 9))


def test_no_label_is_a_row_with_its_reason() -> None:
    (row,) = compare(A[0, 0, 0], B[0, 0, 0], regions=np.zeros((Y, X), int)).rows
    assert (row["n"], row["note"]) == (0, "the label image has no label above 0")


@pytest.mark.slow
def test_command_line_has_the_same_words(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.tif", "b.tif", "cells.tif")]
    for path, pixels in zip(paths, (A, B), strict=False):
        tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TZCYX"})
    tifffile.imwrite(paths[2], LABELS.astype(np.uint16))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "similij", "compare", paths[0], paths[1]),
            *("--labels", paths[2], "--per", "z,t", "--channels", "1:2"),
            *("--inverse", "--format", "json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    by_python = compare(
        named(A),
        named(B),
        regions=LABELS,
        inverse=True,
        per=("z", "t"),
        channels="1:2",
        names=("a.tif", "b.tif"),
    )
    by_shell = json.loads(done.stdout)["rows"]
    assert [{**row, "run": ""} for row in by_shell] == of_files(by_python, *paths[:2])


def test_rois_of_a_file_in_a_stack() -> None:
    from similij.regions import read_regions

    rois = IMAGES / "set_a" / "img1__a_test_roi.zip"
    x = RNG.integers(0, 999, (3, 192, 256)).astype(np.uint16)
    y = RNG.integers(0, 999, x.shape).astype(np.uint16)
    for row, region in zip(
        compare(x, y, regions=rois), read_regions(rois), strict=True
    ):
        rows, columns, mask = region.clip(192, 256)
        inside = np.s_[:, rows, columns]
        keep = slice(None) if mask is None else mask
        assert_numbers(row, x[inside][:, keep], y[inside][:, keep])
