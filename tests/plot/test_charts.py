"""Charts: the numbers of plots that ImageJ draws, against independent computations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import similij
from similij.images.calibration import Calibration
from similij.plot.charts import Chart, Series
from similij.plot.colors import colors_of
from similij.plot.pictures.album import Album
from similij.plot.planes import MOST_LINES

RNG = np.random.default_rng(11)


def drawn(
    x: Any, y: Any, kinds: str, folder: Path, *, planes: bool = False, **more: Any
) -> dict[str, list[Chart]]:
    """The charts of an album by its kinds."""
    options = {"per": "t"} if planes else {}
    rows = similij.compare(x, y, **options, **more).rows
    names = (str(rows[0]["image_1"]), str(rows[0]["image_2"]))
    album = Album(folder, kinds, names, charts=True, files=False)
    if not planes:
        album.add(np.asarray(x), np.asarray(y))
    charts: dict[str, list[Chart]] = {}
    for step in album.steps(rows):
        for picture, drawing in album.draw(step):
            charts.setdefault(picture.kind, []).extend(drawing.charts)
    album.close()
    assert not list(folder.glob("*.png"))
    return charts


def labelled(chart: Chart, begin: str) -> Series:
    (series,) = [s for s in chart.series if s.label.startswith(begin)]
    return series


def counted(chart: Chart) -> dict[tuple[float, float], int]:
    """From how many pixels on each cell is, by its centre."""
    cells = [series for series in chart.series if series.style == "cells"]
    assert [s.color for s in cells] == [s.color for s in chart.swatches]
    return {
        (float(x), float(y)): int(swatch.words.replace(",", ""))
        for series, swatch in zip(cells, chart.swatches, strict=True)
        for x, y in zip(series.x, series.y, strict=True)
        if x is not None and y is not None
    }


def test_a_scatter_has_the_counts_in_bins_and_the_fitted_line(tmp_path: Path) -> None:
    x = RNG.integers(0, 100, (60, 80)).astype(np.uint8)
    y = np.clip(x * 1.5 + RNG.normal(10, 6, x.shape), 0, 255).astype(np.uint8)
    (chart,) = drawn(x, y, "scatter", tmp_path)["scatter"]
    wide, tall = chart.series[0].cell
    # Bins of integers are whole numbers of values wide, and lie between the values.
    assert wide % 1 == tall % 1 == 0
    bins: dict[tuple[float, float], int] = {}
    for a, b in zip(x.ravel().tolist(), y.ravel().tolist(), strict=True):
        centre = (
            (a // wide) * wide + wide / 2 - 0.5,
            (b // tall) * tall + tall / 2 - 0.5,
        )
        bins[centre] = bins.get(centre, 0) + 1
    levels = counted(chart)
    assert levels.keys() == bins.keys()
    words = sorted({*levels.values(), x.size})
    for centre, least in levels.items():
        beyond = words[words.index(least) + 1]
        assert least <= bins[centre] < beyond
    gain, offset = np.polyfit(x.ravel(), y.ravel(), 1)
    fitted = labelled(chart, "fitted")
    assert np.polyfit(fitted.x, fitted.y, 1) == pytest.approx((gain, offset))
    assert f"gain {gain:.4g}, offset {offset:.4g}" in fitted.label
    equal = labelled(chart, "equal")
    assert equal.x == equal.y
    r = np.corrcoef(x.ravel(), y.ravel())[0, 1]
    assert f"Pearson R {r:.4f}" in chart.words
    assert f"n {x.size:,}" in chart.words
    assert (chart.x_label, chart.y_label) == (
        "image 1 (intensity)",
        "image 2 (intensity)",
    )
    left, right, bottom, top = chart.limits
    assert left <= x.min() and x.max() <= right
    assert bottom <= y.min() and y.max() < top
    assert chart.title == "Scatter: image 2 against image 1"


def test_millions_of_pixels_are_few_bins(tmp_path: Path) -> None:
    x = RNG.normal(1000, 300, (1200, 1000)).astype(np.float32)
    y = RNG.normal(1000, 300, x.shape).astype(np.float32)
    (chart,) = drawn(x, y, "scatter", tmp_path)["scatter"]
    assert 1000 < len(counted(chart)) < 140**2
    assert len(chart.swatches) <= 9


def test_nothing_finite_is_said(tmp_path: Path) -> None:
    x = np.full((4, 5), np.nan)
    album = Album(tmp_path, "scatter,agreement", charts=True, files=False)
    album.add(x, x)
    rows = [{"region": "Whole image", "n": 1}]
    charts = [
        chart
        for step in album.steps(rows)
        for _, drawing in album.draw(step)
        for chart in drawing.charts
    ]
    assert [chart.notes for chart in charts] == [
        "no pixel is finite in both images"
    ] * 2


def test_an_agreement_has_bias_and_limits(tmp_path: Path) -> None:
    x = RNG.integers(0, 5000, (70, 50)).astype(np.uint16)
    y = (x + RNG.normal(40, 12, x.shape)).astype(np.uint16)
    (chart,) = drawn(x, y, "agreement", tmp_path)["agreement"]
    difference = y.astype(float) - x
    spread = 1.96 * difference.std(ddof=1)
    bias = difference.mean()
    wanted = {"upper": bias + spread, "bias": bias, "lower": bias - spread}
    for begin, value in wanted.items():
        line = labelled(chart, begin)
        assert line.y == pytest.approx([value, value], rel=1e-3)
        assert f"{value:.4g}".replace("-", "−") in chart.words
    mean = (x.astype(float) + y) / 2
    cells = counted(chart)
    wide, tall = chart.series[0].cell
    for a, b in zip(mean.ravel()[::97], difference.ravel()[::97], strict=True):
        assert any(abs(a - cx) <= wide and abs(b - cy) <= tall for cx, cy in cells)
    assert chart.y_label == "image 2 − image 1 (intensity)"


def test_metrics_by_plane_are_those_of_the_rows(tmp_path: Path) -> None:
    import xarray as xr

    x = RNG.integers(0, 200, (5, 20, 30)).astype(np.uint8)
    y = np.clip(x + RNG.normal(0, 5, x.shape), 0, 255).astype(np.uint8)
    time = ("t", np.arange(5) * 2.5, {"units": "s"})
    one, two = (
        xr.DataArray(image, dims=("t", "y", "x"), coords={"t": time})
        for image in (x, y)
    )
    charts = drawn(one, two, "planes", tmp_path, planes=True)["planes"]
    both = [*zip(x, y, strict=True)]
    wanted = {
        "Pearson R": [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in both],
        "RMSD": [np.sqrt(np.mean((a - b.astype(float)) ** 2)) for a, b in both],
        "Mean Difference": [np.abs(a - b.astype(float)).mean() for a, b in both],
    }
    assert [chart.title.split(": ")[1].split(",")[0] for chart in charts] == [*wanted]
    for chart, values in zip(charts, wanted.values(), strict=True):
        (line,) = chart.series
        assert line.x == [0.0, 2.5, 5.0, 7.5, 10.0]
        assert line.y == pytest.approx(values)
        assert chart.x_label == "time (s)"
        assert chart.limits[2] < min(values) and max(values) < chart.limits[3]
    assert [c.y_label for c in charts][1:] == [
        "RMSD (intensity)",
        "Mean Difference (intensity)",
    ]


def test_many_lines_are_a_median_and_percentiles(tmp_path: Path) -> None:
    count = MOST_LINES + 3
    rows = [
        {
            "image_1": "a", "image_2": "b", "region": f"cell {k}", "n": 9, "z": z,
            "pearson": value, "rmsd": 2 * value, "mean_difference": None,
        }
        for k, series in enumerate(RNG.random((count, 4)))
        for z, value in enumerate(series, start=1)
    ]  # fmt: skip
    album = Album(tmp_path, "planes", ("a", "b"), charts=True, files=False)
    ((_, drawing),) = album.draw(album.steps(rows)[0])
    values = np.array([row["pearson"] for row in rows]).reshape(count, 4)
    for chart, factor in zip(drawing.charts[:2], (1, 2), strict=True):
        middle, low, high = (np.array(line.y) for line in chart.series)
        ends = np.percentile(factor * values, (50, 10, 90), axis=0)
        for line, wanted in zip((middle, low, high), ends, strict=True):
            np.testing.assert_allclose(line.astype(float), wanted)
    assert drawing.charts[2].notes == "undefined"


@pytest.mark.parametrize("count", [4, 40])
def test_metrics_by_region_are_ranked(count: int, tmp_path: Path) -> None:
    values = RNG.permutation(np.linspace(0.1, 0.9, count))
    rows = [
        {
            "image_1": "a", "image_2": "b", "region": f"cell {k}, x", "n": 9,
            "pearson": value, "rmsd": 10 * value, "mean_difference": 1.0,
        }
        for k, value in enumerate(values)
    ]  # fmt: skip
    album = Album(tmp_path, "regions", ("a", "b"), charts=True, files=False)
    ((picture, drawing),) = album.draw(album.steps(rows)[0])
    assert picture.path.name == "metrics by region.png"
    r, rmsd, _ = drawing.charts
    few = count == 4
    wanted = values if few else np.sort(values)
    together = [
        next(value for value in pair if value is not None)
        for pair in zip(r.series[0].y, r.series[1].y, strict=True)
    ]
    assert together == pytest.approx(wanted.tolist())
    marked = [value for value in r.series[1].y if value is not None]
    assert marked == pytest.approx(np.sort(values)[: 1 if few else 3].tolist())
    assert r.words.startswith(f"Least alike: cell {values.argmin()}, x (0.100)")
    assert rmsd.words.startswith(f"Least alike: cell {values.argmax()}, x (9)")
    if few:  # commas would end a name
        assert r.x_label == "{cell 0; x,cell 1; x,cell 2; x,cell 3; x}"
    else:
        assert r.x_label == "rank among the regions"
        assert r.series[0].x[0] == 1


def test_a_shift_has_r_at_every_shift(tmp_path: Path) -> None:
    x = RNG.random((40, 60))
    x = x + np.roll(x, 1, axis=1) + np.roll(x, 1, axis=0)
    y = np.roll(x, (2, -3), axis=(0, 1))
    profile, whole = drawn(x, y, "shift", tmp_path)["shift"]
    along = labelled(profile, "in x")
    best = int(np.argmax(np.array(along.y, float)))
    assert along.x[best] == -3
    assert "x −3.0" in profile.words and "y 2.0" in profile.words
    # R of the pixels that overlap when image 2 lies two to the left and two down.
    r = np.corrcoef(x[:-2, 2:].ravel(), y[2:, :-2].ravel())[0, 1]
    assert along.y[along.x.index(-2.0)] == pytest.approx(r)
    (cross,) = [s for s in whole.series if s.style == "cross"]
    assert (cross.x, cross.y) == ([-3.0], [2.0])
    levels = {
        (x_, y_): float(swatch.words.replace("−", "-"))
        for series, swatch in zip(whole.series, whole.swatches, strict=False)
        for x_, y_ in zip(series.x, series.y, strict=True)
    }
    assert levels[-3.0, 2.0] == max(levels.values())
    assert levels[-2.0, 2.0] <= r + 0.005


def rings_one_by_one(x: Any, y: Any, weights: Any) -> dict[int, float]:
    """Correlation by whole numbers of waves along a square, coefficient by one."""
    one, two = (
        np.fft.fft2(weights * (t - (weights * t).sum() / weights.sum())) for t in (x, y)
    )
    size = x.shape[0]
    sums: dict[int, list[float]] = {}
    for row in range(size):
        for column in range(size):
            v, u = (k - size if k > size // 2 else k for k in (row, column))
            ring = round(float(np.hypot(v, u)))
            a, b = one[row, column], two[row, column]
            parts = sums.setdefault(ring, [0.0, 0.0, 0.0])
            parts[0] += (a * b.conjugate()).real
            parts[1] += abs(a) ** 2
            parts[2] += abs(b) ** 2
    return {k: c / np.sqrt(a * b) for k, (c, a, b) in sums.items()}


def test_an_frc_has_every_ring_and_where_the_curve_falls(tmp_path: Path) -> None:
    from similij.spatial.fourier_rings import soft_window

    scene = np.hypot(*np.mgrid[-32:32, -32:32]) < 20
    x, y = (scene + RNG.normal(0, 0.3, scene.shape) for _ in range(2))
    (chart,) = drawn(x, y, "frc", tmp_path)["frc"]
    rings = labelled(chart, "each ring")
    expected = rings_one_by_one(x, y, soft_window(np.ones(x.shape, bool)))
    assert len(rings.x) == 32
    for frequency, r in zip(rings.x, rings.y, strict=True):
        assert r == pytest.approx(expected[round(64 * frequency)], abs=1e-9)
    assert {*labelled(chart, "1/7").y} == {1 / 7}
    curve, resolution = labelled(chart, "smoothed"), similij.frc(x, y)
    circles = [series for series in chart.series if series.style == "circle"]
    lengths = [*resolution.resolutions.values()]
    assert not np.isnan(lengths).any()
    assert [1 / circle.x[0] for circle in circles] == pytest.approx(lengths)
    # By 1/7: on the line, and the curve crosses it between the rings beside.
    assert circles[0].y == pytest.approx([1 / 7])
    beside = np.searchsorted(curve.x, circles[0].x[0])
    assert curve.y[beside - 1] >= 1 / 7 >= curve.y[beside]
    assert chart.words.startswith(f"Alike down to details of {lengths[0]:.4g} px (1/7:")
    assert chart.x_label == "frequency (waves per px)"
    assert chart.limits[1] > rings.x[-1] == 0.5


def test_an_frc_is_in_the_unit_that_both_images_have(tmp_path: Path) -> None:
    x = RNG.random((40, 50))
    y = x + RNG.normal(0, 0.1, x.shape)
    rows = similij.compare(x, y).rows
    labels = {}
    for name, other in (("same", 0.25), ("other", 0.5)):
        album = Album(
            tmp_path, "frc", ("a", "b"), pixel_size=0.25, charts=True, files=False,
            calibration_2=Calibration((other, other), "µm"),
        )  # fmt: skip
        album.add(x, y)
        ((_, drawing),) = album.draw(*album.steps(rows))
        (chart,) = drawing.charts
        labels[name] = chart.x_label, labelled(chart, "each ring").x[-1]
        album.close()
    assert labels["same"] == ("frequency (waves per µm)", pytest.approx(2))
    assert labels["other"] == ("frequency (waves per px)", pytest.approx(0.5))
    assert "0.5 × 0.5 µm" in chart.notes


def test_the_first_plane_waits_and_is_not_the_buffer(tmp_path: Path) -> None:
    x = RNG.integers(0, 200, (20, 30)).astype(np.uint8)
    y = RNG.integers(0, 200, (20, 30)).astype(np.uint8)
    rows = similij.compare(x, y).rows
    album = Album(tmp_path, "difference,local", charts=True, files=False)
    buffers = x.copy(), y.copy()
    album.add(*buffers)
    for buffer in buffers:  # as the next plane would
        buffer[:] = 0
    steps = album.steps(rows)
    assert [step.words for step in steps] == ["difference", "local Pearson R"]
    for step in steps:
        album.draw(step)
    album.close()
    import tifffile

    wanted = y.astype(np.float32) - x
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "difference.tif"), wanted)
    local = similij.local_map(x, y, window=15).values.astype(np.float32)
    np.testing.assert_array_equal(
        tifffile.imread(tmp_path / "local pearson.tif"), local
    )


def test_a_step_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from similij.plot.pictures import imagej_tiff

    x = RNG.random((20, 30))
    album = Album(tmp_path, "difference,absolute", charts=True, files=False)
    album.add(x, x + 1)
    first, second = album.steps(similij.compare(x, x + 1).rows)
    album.draw(first)

    def full(path: Path, *_: Any, **__: Any) -> None:
        path.write_bytes(b"cut")
        raise OSError("disk full")

    monkeypatch.setattr(imagej_tiff, "write_imagej", full)
    with pytest.raises(OSError, match="disk full"):
        album.draw(second)
    assert [p.path.name for p in album.close()] == ["difference.tif"]
    assert [p.name for p in tmp_path.iterdir()] == ["difference.tif"]


def test_colours_are_matplotlibs() -> None:
    from matplotlib import colormaps

    for name in ("viridis", "inferno", "RdBu_r"):
        rgb = colormaps[name](np.arange(256))[:, :3]
        np.testing.assert_array_equal(colors_of(name), np.round(255 * rgb))


def test_imagejs_pictures_need_no_matplotlib(tmp_path: Path) -> None:
    code = f"""
import sys
sys.modules["matplotlib"] = None
import numpy as np, similij
from similij.plot.pictures.album import Album
x = np.random.default_rng(0).random((30, 40))
y = x + 0.1 * x[::-1]
rows = similij.compare(x, y, regions={{"a": x > .5, "b": x < .5}}).rows
album = Album({str(tmp_path)!r}, "all,local,shift", charts=True, files=False)
album.add(x, y)
print([len(album.draw(step)) for step in album.steps(rows)])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[1, 1, 1, 1, 1, 1, 1]", done.stderr
