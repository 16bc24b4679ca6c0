"""What the pictures say, and that they can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import similij
from legible import assert_legible, words
from picture_data import image
from similij.images.calibration import UNKNOWN, Calibration
from similij.moments.joint_histogram import JointCounts
from similij.moments.of_arrays import moments
from similij.plot.pictures import map_sheet as _mapsheet
from similij.plot.pictures.map_files import Differences, Page
from similij.plot.planes import draw_planes
from similij.plot.regions import draw_regions
from similij.plot.scatter import draw_scatter
from similij.regions import Region
from similij.regions.outlines import outlines_of


def test_scatter_says_its_numbers(tmp_path: Path) -> None:
    x, y = image("uint8"), image("uint8", seed=2)
    one = similij.compare(x, y)
    pairs = JointCounts((x.dtype, y.dtype))
    pairs.add(x, y)
    path = tmp_path / "scatter.png"
    figure = draw_scatter(path, pairs, moments(x, y), ("a", "b"), "Pixels")
    for text in (
        f"Pearson R {one.pearson:.4f}", f"RMSD {one.rmsd:.5g}",
        f"Mean Difference {one.mean_difference:.5g}", f"n {x.size:,}",
    ):  # fmt: skip
        assert text in words(figure)
    gain, _ = np.polyfit(x.ravel().astype(float), y.ravel().astype(float), 1)
    assert f"gain {gain:.4g}".replace("-", "−") in words(figure)
    axes = figure.axes[0]
    assert axes.images[0].get_array().sum() == x.size
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a (intensity)", "b (intensity)")
    assert_legible(figure)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_scatter_shows_each_value_in_its_place(tmp_path: Path) -> None:
    x, y = np.zeros((4, 6), np.uint8), np.zeros((4, 6), np.uint8)
    x[0, 0], y[1, 1] = 10, 4
    pairs = JointCounts((x.dtype, y.dtype))
    pairs.add(x, y)
    figure = draw_scatter(tmp_path / "a.png", pairs, moments(x, y), ("a", "b"), "")
    shown = figure.axes[0].images[0]
    counts, (left, right, bottom, top) = shown.get_array().filled(0), shown.get_extent()
    at = {
        (round(left + (c + 0.5) * (right - left) / counts.shape[1], 6),
         round(bottom + (r + 0.5) * (top - bottom) / counts.shape[0], 6)): counts[r, c]
        for r, c in np.argwhere(counts)
    }  # fmt: skip
    assert at == {(0, 0): 22, (10, 0): 1, (0, 4): 1}


LONG = ("a very long name of an image of the second kind, take 17.tif", "$b$ " * 20)


@pytest.mark.parametrize("shape", [(40, 900), (900, 40), (2, 2), (60, 70)])
@pytest.mark.parametrize("count", [1, 3, 35])
def test_maps_are_legible(tmp_path: Path, shape: tuple[int, int], count: int) -> None:
    found = Differences(tmp_path)
    outlines = outlines_of([Region("left", 0, 0, 1, 1)], None, shape)
    for k in range(count):
        x = np.random.default_rng(k).random(shape)
        x[0, 0] = np.nan
        found.add(x, x**2, Page({"z": k + 1}, f"z{k + 1}", outlines))
    scale = Calibration((0.2, 0.2))
    for style in _mapsheet.STYLES.values():
        path = tmp_path / "map.png"
        figure = _mapsheet.draw_map(path, found, style, LONG, scale)
        assert_legible(figure)
        assert f"{count} pixels in all" in words(figure)
        assert "µm" in words(figure)
        if count == 35:
            assert "6 of 35 planes" in words(figure)
    found.close()


def test_map_shows_values_range_and_equality(tmp_path: Path) -> None:
    x, y = image("uint8"), image("uint8", seed=2)
    found = Differences(tmp_path)
    found.add(x, y, Page({}, ""))
    style = _mapsheet.STYLES["difference"]
    figure = _mapsheet.draw_map(tmp_path / "m.png", found, style, ("a", "b"), UNKNOWN)
    shown = figure.axes[0].images[0]
    np.testing.assert_array_equal(shown.get_array(), y.astype(float) - x)
    assert shown.get_clim() == (-found.range, found.range)
    assert "Difference: b − a" in words(figure)
    equal = Differences(tmp_path)
    equal.add(x, x, Page({}, ""))
    figure = _mapsheet.draw_map(tmp_path / "m.png", equal, style, ("a", "b"), UNKNOWN)
    assert "The images are equal" in words(figure)
    for each in (found, equal):
        each.close()


def rows_of(regions: int, frames: int, pairs: int = 1) -> list[dict[str, Any]]:
    random = np.random.default_rng(2)
    return [
        {
            "region": f"a cell of some kind {region}", "z": None, "t": t,
            "time_s": None, "n": 9, "rescale": "none",
            "channel_1": 1 if pairs > 1 else None,
            "channel_2": pair + 1 if pairs > 1 else None,
            "pearson": random.uniform(-1, 1), "rmsd": random.uniform(0, 900),
            "mean_difference": random.uniform(0, 700),
        }
        for pair in range(pairs)
        for t in range(1, frames + 1)
        for region in range(regions)
    ]  # fmt: skip


@pytest.mark.parametrize("regions", [1, 4, 30])
@pytest.mark.parametrize("pairs", [1, 2])
def test_series_are_legible_and_complete(
    tmp_path: Path, regions: int, pairs: int
) -> None:
    rows = rows_of(regions, 9, pairs)
    rows[0]["pearson"] = None
    figure = draw_planes(tmp_path / "planes.png", rows, LONG)
    assert_legible(figure)
    assert "undefined in 1 of" in words(figure)
    lines = figure.axes[1].lines
    if regions == 30:
        assert len(lines) == pairs
        one = [r["rmsd"] for r in rows if r["t"] == 3 and r["channel_2"] in (1, None)]
        assert lines[0].get_ydata()[2] == pytest.approx(np.median(one))
    else:
        assert len(lines) == regions * pairs
        drawn = np.sort(np.concatenate([line.get_ydata() for line in lines]))
        np.testing.assert_array_equal(drawn, np.sort([r["rmsd"] for r in rows]))


@pytest.mark.parametrize("regions", [2, 15, 40, 500])
def test_regions_are_legible_and_the_least_alike_is_marked(
    tmp_path: Path, regions: int
) -> None:
    rows = rows_of(regions, 1)
    figure = draw_regions(tmp_path / "regions.png", rows, LONG)
    least = min(rows, key=lambda row: row["pearson"])
    assert f"{regions} regions" in words(figure)
    if regions in (2, 15, 500):
        assert f"{least['pearson']:.3f}" in words(figure)
    assert_legible(figure)
    rows[1]["pearson"] = float("nan")
    assert_legible(draw_regions(tmp_path / "regions.png", rows, LONG))


def test_regions_of_several_planes_show_the_median(tmp_path: Path) -> None:
    rows = rows_of(2, 5)
    figure = draw_regions(tmp_path / "regions.png", rows, ("a", "b"))
    bars = [bar.get_width() for bar in figure.axes[1].patches]
    expected = [np.median([row["rmsd"] for row in rows[k::2]]) for k in (0, 1)]
    assert bars == pytest.approx(expected)
    assert "median of 5 planes" in words(figure)
