"""Hyperstacks: rows per plane, channel pair and frame, against a loop in NumPy."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from similij import ImageError, compare
from support import of_files

RNG = np.random.default_rng(3)
T, Z, C, Y, X = 7, 5, 3, 11, 17
DIMS = ("t", "z", "c", "y", "x")
A = RNG.integers(0, 4000, (T, Z, C, Y, X)).astype(np.uint16)
B = (A // 2 + RNG.integers(0, 500, A.shape)).astype(np.uint16)
SECONDS = {"t": ("t", np.arange(T) * 1.5, {"units": "s"})}


def named(pixels: np.ndarray, dims: tuple[str, ...] = DIMS, **more) -> xr.DataArray:
    return xr.DataArray(pixels, dims=dims, **more)


def textbook(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    x, y = x.astype(float).ravel(), y.astype(float).ravel()
    r = np.corrcoef(x, y)[0, 1]
    return r, np.sqrt(np.mean((x - y) ** 2)), np.mean(np.abs(x - y))


def assert_numbers(row: dict, x: np.ndarray, y: np.ndarray) -> None:
    found = (row["pearson"], row["rmsd"], row["mean_difference"])
    assert found == pytest.approx(textbook(x, y), rel=1e-12)
    assert row["n"] == x.size


def test_every_plane_of_a_hyperstack() -> None:
    rows = compare(named(A, coords=SECONDS), named(B), per=("t", "z", "c")).rows
    places = itertools.product(range(C), range(Z), range(T))
    for row, (c, z, t) in zip(rows, places, strict=True):
        assert_numbers(row, A[t, z, c], B[t, z, c])
        assert (row["channel_1"], row["channel_2"]) == (c + 1, c + 1)
        assert (row["z"], row["t"], row["time_s"]) == (z + 1, t + 1, t * 1.5)
        assert row["plane"] == f"c{c + 1} z{z + 1} t{t + 1}"


def test_axes_are_found_by_name_in_any_order() -> None:
    x = named(A).transpose("x", "c", "t", "y", "z")
    rows = compare(x, named(B), per="t").rows
    assert len(rows) == T
    for t, row in enumerate(rows):
        assert_numbers(row, A[t], B[t])
        assert (row["z"], row["channel_1"]) == (None, None)
        assert row["plane"] == f"t{t + 1} all {Z * C}"


@pytest.mark.parametrize("channels", ["1:2,3:1", [(1, 2), (3, 1)]])
def test_chosen_channels_of_two_images(channels) -> None:
    rows = compare(named(A), named(B), channels=channels).rows
    for row, (one, two) in zip(rows, [(0, 1), (2, 0)], strict=True):
        assert_numbers(row, A[:, :, one], B[:, :, two])
        assert (row["channel_1"], row["channel_2"]) == (one + 1, two + 1)


def test_two_channels_of_one_image() -> None:
    one = compare(named(A), channels="1:3", per=("z",), names=("a", "a")).rows
    assert len(one) == Z
    for z, row in enumerate(one):
        assert_numbers(row, A[:, z, 0], A[:, z, 2])
    every = compare(named(A), channels="all").rows
    pairs = [(row["channel_1"], row["channel_2"]) for row in every]
    assert pairs == [(1, 2), (1, 3), (2, 3)]
    assert len(compare(named(A), named(B), channels="all").rows) == C * C


@pytest.mark.parametrize("against", ["first", "previous frame"])
def test_a_series_with_itself(against: str) -> None:
    rows = compare(named(A, coords=SECONDS), against=against, per=("t", "z")).rows
    assert len(rows) == (T - 1) * Z
    for row, (t, z) in zip(rows, itertools.product(range(1, T), range(Z)), strict=True):
        then = 0 if against == "first" else t - 1
        assert_numbers(row, A[t, z], A[then, z])
        assert (row["t"], row["z"], row["time_s"]) == (t + 1, z + 1, t * 1.5)
        assert row["against"] == ("first frame" if against == "first" else against)


def test_a_reference_plane_against_every_plane() -> None:
    reference = named(B[:1, :1])
    rows = compare(named(A), reference, per=("z", "t")).rows
    for row, (z, t) in zip(rows, itertools.product(range(Z), range(T)), strict=True):
        assert_numbers(row, A[t, z], B[0, 0])
    assert "1 plane along z" in rows[0]["note"]
    pooled = compare(named(A), reference).rows[0]
    assert_numbers(pooled, A, np.broadcast_to(B[:1, :1], A.shape))


def test_masks_and_regions_go_with_their_planes() -> None:
    mask = named(RNG.random((T, Y, X)) < 0.5, ("t", "y", "x"))
    rows = compare(named(A), named(B), per="t", mask=mask).rows
    for t, row in enumerate(rows):
        inside = np.broadcast_to(mask.values[t], (Z, C, Y, X))
        assert_numbers(row, A[t][inside], B[t][inside])
    region = similij.regions.Region("box", 2, 3, 6, 5)
    rows = compare(named(A), named(B), per=("t", "z", "c"), regions=[region]).rows
    assert_numbers(rows[0], A[0, 0, 0, 3:8, 2:8], B[0, 0, 0, 3:8, 2:8])
    assert {row["region"] for row in rows} == {"box"}


def test_dask_and_rescale() -> None:
    da = pytest.importorskip("dask.array")
    x = named(da.from_array(A, chunks=(2, 1, C, 5, 9)))
    lazy = compare(x, named(B), per="z", rescale="percentile").rows
    direct = compare(named(A), named(B), per="z", rescale="percentile").rows
    for one, two in zip(lazy, direct, strict=True):
        assert one["rmsd"] == pytest.approx(two["rmsd"], rel=1e-12)
        assert one["note"] == two["note"]


def test_to_xarray_has_the_planes_as_dimensions() -> None:
    region = similij.regions.Region("box", 2, 3, 6, 5)
    other = similij.regions.Region("a box", 0, 0, 4, 4)
    result = compare(named(A), named(B), per=("t", "c"), regions=[region, other])
    data = result.to_xarray()
    assert dict(data.sizes) == {"region": 2, "channels": C, "t": T}
    assert data["region"].values.tolist() == ["box", "a box"]
    found = data["rmsd"].sel(region="a box", channels="2:2", t=4).item()
    assert found == textbook(A[3, :, 1, :4, :4], B[3, :, 1, :4, :4])[1]


@pytest.mark.parametrize(
    ("call", "parts"),
    [
        (lambda: compare(A, B, per="t"), ["per", "named axes", "similij.Image("]),
        (lambda: compare(named(A)), ["no partner", "channels"]),
        (lambda: compare(named(A), named(B), per="q"), ["no axis 'q'", "t, z, c"]),
        (lambda: compare(named(A), named(B), per="y"), ["plane itself"]),
        (lambda: compare(named(A), named(B[:4]), per="z"), ["7", "4", "along t"]),
        (lambda: compare(named(A), named(B), channels="1:4"), ["no channel 4", "3"]),
        (lambda: compare(named(A), named(B), channels="0:1"), ["counted from 1"]),
        (lambda: compare(named(A), named(B), channels="one"), ["'one'", "1:2"]),
        (lambda: compare(named(A), named(B[:, :, :2]), per="c"), ["3", "2"]),
        (lambda: compare(named(A), named(B), against="first"), ["leave"]),
        (lambda: compare(named(A), against="next"), ["'next'", "previous frame"]),
        (lambda: compare(named(A[:1]), against="first"), ["1 frame"]),
    ],
)
def test_refusals(call, parts: list[str]) -> None:
    with pytest.raises(ImageError) as refused:
        call()
    for part in parts:
        assert part in str(refused.value)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """ImageJ hyperstacks on disk."""
    paths = tmp_path / "a b.tif", tmp_path / "c.tif"
    for path, pixels in zip(paths, (A, B), strict=True):
        metadata = {"axes": "TZCYX", "finterval": 1.5}
        tifffile.imwrite(path, pixels, imagej=True, metadata=metadata)
    return paths


def cli(*arguments: object) -> list[dict]:
    command = [sys.executable, "-m", "similij", "compare", *map(str, arguments)]
    done = subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"]


@pytest.mark.slow
def test_command_line_has_the_same_words(files: tuple[Path, Path]) -> None:
    first, second = files
    names = (first.name, second.name)
    x, y = named(A, coords=SECONDS), named(B)
    by_python = compare(x, y, per=("z", "t"), channels="1:2", names=names)
    by_shell = cli(first, second, "--per", "z,t", "--channels", "1:2")
    assert len({row["run"] for row in by_shell}) == 1
    by_shell = [{**row, "run": ""} for row in by_shell]
    assert by_shell == of_files(by_python, first, second)
    by_python = compare(x, against="first", per="t", names=(names[0], names[0]))
    by_shell = cli(first, "--against", "first", "--per", "t")
    by_shell = [{**row, "run": ""} for row in by_shell]
    assert by_shell == of_files(by_python, first, first)
