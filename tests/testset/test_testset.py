"""The test set: what it promises, against NumPy, exact fractions and its own copies."""

import csv
import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import roifile
import tifffile
import xarray as xr

import exact
from similij import compare
from similij.regions import read_regions
from similij.testset import TestSet, make_testset, summarize_testset
from similij.testset.cells import Cell, Dice, blur, draw, make_cell
from similij.testset.changes import CHANGES

pytestmark = pytest.mark.slow  # it makes the test set, which takes half a minute

SHAPE = (192, 256)
PAIRS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TestSet:
    return make_testset(tmp_path_factory.mktemp("testset"))


@pytest.fixture(scope="module")
def metrics(made: TestSet) -> pd.DataFrame:
    return summarize_testset(made.root)


@pytest.fixture(scope="module")
def reference(made: TestSet) -> np.ndarray:
    return tifffile.imread(made.graded / "reference.tif").astype(int)


def partner(made: TestSet, name: str) -> np.ndarray:
    return tifffile.imread(made.graded / name).astype(int)


def pair(made: TestSet, number: int) -> tuple[np.ndarray, np.ndarray]:
    a, b, _ = made.pair(number)
    return tifffile.imread(a).astype(int), tifffile.imread(b).astype(int)


def test_the_copies_in_the_repository_are_what_is_made(made: TestSet) -> None:
    copies = [
        path for path in exact.IMAGES.rglob("*") if path.suffix in (".tif", ".zip")
    ]
    copies = [path for path in copies if "rois" not in path.parts]
    assert len(copies) == 4 * 3 + len(exact.GRADED) + 2
    for copy in copies:
        new = made.root / copy.relative_to(exact.IMAGES)
        if copy.suffix == ".zip":
            assert new.read_bytes() == copy.read_bytes(), copy
        else:
            np.testing.assert_array_equal(
                tifffile.imread(new), tifffile.imread(copy), str(copy)
            )


def test_every_image_is_16_bit_not_square_and_calibrated(made: TestSet) -> None:
    files = sorted(set(made.root.rglob("*.tif")) - set(made.series.iterdir()))
    assert len(files) == 8 + 1 + sum(len(change.grades) for change in CHANGES)
    for path in files:
        with tifffile.TiffFile(path) as tif:
            assert tif.pages[0].shape == SHAPE
            assert tif.pages[0].dtype == np.uint16
            assert tif.imagej_metadata["unit"] == "um"
            for tag in ("XResolution", "YResolution"):
                assert Fraction(*tif.pages[0].tags[tag].value) == 4  # 0.25 µm a pixel


def test_outlines_are_named_as_imagej_names_them(made: TestSet) -> None:
    kinds, outside = set(), 0
    for number in PAIRS:
        for roi in roifile.roiread(made.pair(number)[2]):
            kinds.add(roi.roitype.name)
            y = roi.top + (roi.bottom - roi.top) // 2
            x = roi.left + (roi.right - roi.left) // 2
            assert roi.name == f"{y:04d}-{x:04d}"
            outside += roi.right > SHAPE[1]
    assert kinds == {"POLYGON", "FREEHAND", "OVAL"}
    assert outside == 1
    graded = roifile.roiread(made.graded / "reference_roi.zip")
    assert len(graded) == 5
    assert sum(roi.left < 0 or roi.bottom > SHAPE[0] for roi in graded) == 1


def test_pair_2_is_scaled_and_pair_4_identical(made: TestSet) -> None:
    a, b = pair(made, 2)
    np.testing.assert_array_equal(b, 2 * a)
    assert b.max() < 65535
    np.testing.assert_array_equal(*pair(made, 4))


@pytest.mark.parametrize(("number", "low", "high"), [(1, -0.15, 0.15), (3, 0.6, 0.8)])
def test_pairs_1_and_3_are_related_as_said_within_cells(
    made: TestSet, number: int, low: float, high: float
) -> None:
    a, b = pair(made, number)
    rois = made.pair(number)[2]
    for roi in roifile.roiread(rois):
        x, y = (exact.pixels(image, rois, roi.name) for image in (a, b))
        r = exact.pearson(x, y)
        assert r is not None
        assert low < r < high


def test_the_table_lists_every_partner(made: TestSet) -> None:
    with (made.graded / "graded.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert list(listed[0]) == ["file", "change", "grade", "unit"]
    assert len({row["change"] for row in listed}) == 13
    on_disk = {path.name for path in made.graded.glob("*.tif")} - {"reference.tif"}
    assert {row["file"] for row in listed} == on_disk
    for row in listed:
        assert row["file"] == f"{row['change']}_{row['grade']}.tif"


def test_gain_offset_and_inversion(made: TestSet, reference: np.ndarray) -> None:
    double = partner(made, "gain_2.tif")
    np.testing.assert_array_equal(double, 2 * reference)
    moved = partner(made, "offset_250.tif")
    np.testing.assert_array_equal(moved, reference + 250)
    inverse = partner(made, "inverted_1.tif")
    assert np.unique(inverse + reference).size == 1
    assert np.ptp(partner(made, "inverted_0.5.tif")) == 0


def test_noise_has_the_strength_it_says(made: TestSet, reference: np.ndarray) -> None:
    for sigma in (50, 1000):
        noise = partner(made, f"gaussian_noise_{sigma}.tif") - reference
        assert noise.std() == pytest.approx(sigma, rel=0.02)
        assert abs(noise.mean()) < 4 * sigma / np.sqrt(noise.size)
    light = reference - reference.min()
    inside = light > 600
    noise = (partner(made, "poisson_noise_10.tif") - reference)[inside]
    assert (noise**2).mean() == pytest.approx(100 * light[inside].mean(), rel=0.05)


@pytest.mark.parametrize("pixels", [1, 16])
def test_whole_pixel_shift_moves_and_does_not_wrap(
    made: TestSet, reference: np.ndarray, pixels: int
) -> None:
    moved = partner(made, f"whole_pixel_shift_{pixels}.tif")
    np.testing.assert_array_equal(moved[:, pixels:], reference[:, :-pixels])


@pytest.mark.parametrize("distance", [0.1, 0.5, 0.9])
def test_sub_pixel_shift_moves_the_centre_of_a_cell(
    made: TestSet, reference: np.ndarray, distance: float
) -> None:
    window = (slice(10, 96), slice(110, 200))  # one cell, alone

    def centre(image: np.ndarray) -> float:
        light = (image - reference.min())[window]
        return float(
            (light.sum(axis=0) * np.arange(light.shape[1])).sum() / light.sum()
        )

    moved = partner(made, f"sub_pixel_shift_{distance}.tif")
    assert centre(moved) - centre(reference) == pytest.approx(distance, abs=0.003)


def test_rotation_is_about_the_centre_and_in_its_own_sense(made: TestSet) -> None:
    reference = partner(made, "reference.tif") - 4000
    turned = partner(made, "rotated_20.tif") - 4000
    window = (slice(10, 96), slice(110, 200))

    def centre(light: np.ndarray) -> np.ndarray:
        y, x = np.indices(light.shape)
        return np.array([(light * y).sum(), (light * x).sum()]) / light.sum()

    middle = (np.array(SHAPE) - 1) / 2
    y, x = np.add(centre(reference[window]), (10, 110)) - middle
    cos, sin = np.cos(np.radians(20)), np.sin(np.radians(20))
    expected = np.array([cos * y + sin * x, cos * x - sin * y]) + middle
    top, left = (expected - (45, 45)).round().astype(int)
    found = np.add(centre(turned[top : top + 90, left : left + 78]), (top, left))
    np.testing.assert_allclose(found, expected, atol=0.6)


def test_blur_keeps_the_light_and_widens(made: TestSet) -> None:
    spot = np.zeros((41, 61))
    spot[20, 30] = 1.0
    soft = blur(spot, 2.0)
    assert soft.sum() == pytest.approx(1.0, rel=1e-12)
    spread = (soft * (np.arange(61) - 30) ** 2).sum()
    assert np.sqrt(spread) == pytest.approx(2.0, rel=0.01)


def test_saturation_bleaching_and_shuffling(
    made: TestSet, reference: np.ndarray
) -> None:
    cut = partner(made, "saturated_20.tif")
    cells = reference > reference.min() + 600
    assert (cut == cut.max())[cells].mean() == pytest.approx(0.2, abs=0.002)
    assert (cut <= reference).all()
    pale = partner(made, "bleached_one_side_80.tif")
    background = reference.min()
    left, right = (
        (pale[:, at] - background).sum() / (reference[:, at] - background).sum()
        for at in (slice(0, 4), slice(246, 250))
    )
    assert left == pytest.approx(1.0, abs=0.02)
    assert right == pytest.approx(1 - 0.8 * 248 / 255, abs=0.02)
    mixed = partner(made, "shuffled_50.tif")
    np.testing.assert_array_equal(np.sort(mixed.ravel()), np.sort(reference.ravel()))
    assert 0.1 < (mixed != reference).mean() <= 0.5


def test_other_cells_replace_so_many(made: TestSet, reference: np.ndarray) -> None:
    rois = roifile.roiread(made.graded / "reference_roi.zip")
    for percent in (20, 60, 100):
        changed = partner(made, f"other_cells_{percent}.tif") != reference
        hit = 0
        for roi in rois:
            y, x = (roi.top + roi.bottom) // 2, max((roi.left + roi.right) // 2, 0)
            hit += changed[y - 5 : y + 5, x : x + 5].mean() > 0.9
        assert hit == 5 * percent / 100


SERIES_PIXELS = {
    "movie_a.tif": "8e7c86f0ce18acf8",
    "movie_b.tif": "d55f7384166b3317",
    "cells_labels.tif": "112bf22d68474c72",
}
"""How the SHA-256 of the pixels begins, which are too many to keep a copy of."""

STUCK = 4
LEFT = (0.85, 0.95)
FRAMES = range(2, 6)  # those that have one before them


@pytest.fixture(scope="module")
def series(made: TestSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b, labels = (
        tifffile.imread(made.series / name).astype(int) for name in SERIES_PIXELS
    )
    return a, b, labels


def r(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


def rmsd(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.sqrt(np.mean((x - y) ** 2)))


def test_the_series_has_the_same_pixels_everywhere(made: TestSet) -> None:
    for name, digest in SERIES_PIXELS.items():
        pixels = tifffile.imread(made.series / name)
        assert pixels.dtype == np.uint16
        stored = pixels.astype("<u2").tobytes()
        assert hashlib.sha256(stored).hexdigest().startswith(digest), name


def test_imagej_knows_axes_lengths_and_times_of_the_series(made: TestSet) -> None:
    for name in ("movie_a.tif", "movie_b.tif"):
        with tifffile.TiffFile(made.series / name) as tif:
            assert tif.series[0].axes == "TZCYX"
            assert tif.series[0].shape == (5, 3, 2, 96, 128)
            known = tif.imagej_metadata
            assert (known["unit"], known["spacing"]) == ("um", 1)
            assert known["finterval"] == 30
            assert Fraction(*tif.pages[0].tags["XResolution"].value) == 4
    with tifffile.TiffFile(made.series / "cells_labels.tif") as tif:
        assert [page.shape for page in tif.pages] == [(96, 128)]


def test_labels_are_the_insides_of_the_outlines(
    made: TestSet, series: tuple[np.ndarray, ...]
) -> None:
    labels = series[2]
    rois = roifile.roiread(made.series / "movie_a_roi.zip")
    assert [roi.z_position for roi in rois] == [0, 0, 2, 0]
    assert all(roi.c_position == roi.t_position == roi.position == 0 for roi in rois)
    assert np.unique(labels).tolist() == [0, 1, 2, 3, 4]
    for number, region in enumerate(
        read_regions(made.series / "movie_a_roi.zip"), start=1
    ):
        rows, columns, mask = region.clip(96, 128)  # type: ignore[misc]
        there = np.zeros(labels.shape, bool)
        there[rows, columns] = mask
        np.testing.assert_array_equal(labels == number, there)
        y, x = np.argwhere(there).mean(axis=0)  # each where its light is
        light = (series[0][0, 1, 0] - 300.0).clip(0) * (
            np.hypot(*(np.indices(labels.shape) - np.array([y, x])[:, None, None])) < 22
        )
        middle = (np.indices(labels.shape) * light).sum(axis=(1, 2)) / light.sum()
        assert abs(middle - (y, x)).max() < 1.5


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("cell", [1, 2, 3, STUCK])
def test_cells_drift_by_whole_pixels_but_one(
    series: tuple[np.ndarray, ...], cell: int, channel: int
) -> None:
    a, _, labels = series
    first = a[0, 1, channel][labels == cell]
    rows, columns = np.nonzero(labels == cell)
    for t in range(5):
        found = {}
        for dy in range(-2, 8):
            for dx in range(-3, 12):
                inside = (rows + dy < 96) & (columns + dx < 128)
                moved = a[t, 1, channel][rows[inside] + dy, columns[inside] + dx]
                found[dy, dx] = r(first[inside], moved)
        expected = (0, 0) if cell == STUCK else (t, 2 * t)
        assert max(found, key=lambda shift: found[shift]) == expected


@pytest.mark.parametrize("channel", [0, 1])
def test_light_bleaches_by_a_known_factor_and_b_has_another_gain(
    series: tuple[np.ndarray, ...], channel: int
) -> None:
    a, b, _ = series
    light, light_b = (
        (movie[:, :, channel] - 300.0).sum(axis=(1, 2, 3)) for movie in (a, b)
    )
    np.testing.assert_allclose(light[1:] / light[:-1], LEFT[channel], rtol=0.01)
    np.testing.assert_allclose(light_b / light, 1.5, rtol=0.01)
    empty = (slice(None), slice(None), channel, slice(10), slice(104, None))
    for movie in (a, b):
        assert movie[empty].mean() == pytest.approx(300, abs=1)
        assert movie[empty].std() == pytest.approx(12, rel=0.05)
    apart = a[empty] - 300.0, b[empty] - 300.0  # noise of its own
    assert abs(r(*apart)) < 4 / np.sqrt(apart[0].size)


def test_the_traps_of_the_series_are_seen(series: tuple[np.ndarray, ...]) -> None:
    a, b, labels = series
    one, two = a[:, :, 0], a[:, :, 1]
    stuck = labels == STUCK
    whole = [r(one[0], frame) for frame in one[1:]]
    assert whole == sorted(whole, reverse=True)  # drift and bleaching, all in one
    assert whole[0] > 0.9
    assert whole[-1] < 0.7
    for k in (1, 2, 3):
        cell = labels == k
        drifts = [r(one[0][:, cell], frame[:, cell]) for frame in one[1:]]
        assert drifts == sorted(drifts, reverse=True)
        assert drifts[-1] < 0.45
    bleaches = [r(one[0][:, stuck], frame[:, stuck]) for frame in one[1:]]
    assert min(bleaches) > 0.89
    assert max(bleaches) - min(bleaches) < 0.02
    apart = [rmsd(one[0][:, stuck], frame[:, stuck]) for frame in one[1:]]
    assert apart == sorted(apart)
    assert apart[-1] > 2.4 * apart[0]
    undone = [  # the cells alone, moved back
        r(one[0, :, :92, :82], one[t, :, t : 92 + t, 2 * t : 82 + 2 * t])
        for t in range(1, 5)
    ]
    assert min(undone) > 0.98
    steps = [r(one[t - 1], one[t]) for t in range(1, 5)]  # drift alone: as fast always
    assert max(steps) - min(steps) < 0.01
    takes = [r(x, y) for x, y in zip(one, b[:, :, 0], strict=True)]
    assert min(takes) > 0.98  # gain is what R does not see,
    assert rmsd(one[0], b[0, :, 0]) > 1.5 * rmsd(one[0], one[1])  # and RMSD does
    for k in (1, 2, 3, STUCK):
        assert 0.55 < r(one[0, 1][labels == k], two[0, 1][labels == k]) < 0.75
    assert r(one, two) > 0.95  # the background makes it so


@pytest.mark.parametrize("against", ["first frame", "previous frame"])
def test_the_series_by_exact_arithmetic(
    made: TestSet, series: tuple[np.ndarray, ...], against: str
) -> None:
    a, _, labels = series
    found = compare(
        read_named(made.series / "movie_a.tif"),
        regions=labels.astype(np.uint16),
        per="t",
        channels="1:1",
        against=against,
    )
    wanted = [(t, cell) for t in FRAMES for cell in (1, 2, 3, STUCK)]
    assert [(row["t"], row["region"]) for row in found] == [
        (t, f"label {cell}") for t, cell in wanted
    ]
    for row, (t, cell) in zip(found, wanted, strict=True):
        then = 0 if against == "first frame" else t - 2
        x, y = (a[k, :, 0][:, labels == cell].ravel().tolist() for k in (t - 1, then))
        pearson, apart = exact.pearson(x, y), exact.distances(x, y)
        assert apart is not None
        assert pearson is not None
        assert row["n"] == len(x)
        assert row["time_s"] == 30 * (t - 1)
        numbers = [row["pearson"], row["rmsd"], row["mean_difference"]]
        assert numbers == pytest.approx([float(v) for v in (pearson, *apart)], 1e-12)


def read_named(path: Path) -> xr.DataArray:
    t = ("t", 30.0 * np.arange(5), {"units": "s"})
    return xr.DataArray(tifffile.imread(path), {"t": t}, ("t", "z", "c", "y", "x"))


def test_dice_are_the_raw_stream() -> None:
    np.testing.assert_array_equal(
        Dice(7).uniform(4, 5), np.random.Generator(np.random.PCG64(7)).random((4, 5))
    )
    normal = Dice(8).normal(200, 300)
    assert normal.mean() == pytest.approx(0, abs=0.02)
    assert normal.var() == pytest.approx(1, rel=0.02)
    assert sorted(Dice(9).order(50).tolist()) == list(range(50))


@pytest.mark.parametrize("mean", [0.0, 0.3, 40.0, 900.0])
def test_poisson_has_mean_equal_to_variance(mean: float) -> None:
    counts = Dice(10).poisson(np.full((200, 200), mean))
    assert (counts == np.rint(counts)).all()
    assert counts.mean() == pytest.approx(mean, rel=0.02)
    assert counts.var() == pytest.approx(mean, rel=0.03)


def test_a_cell_fills_its_outline() -> None:
    cell = Cell(y=30, x=50, radius=20, level=100, nucleus=False)
    light = draw([cell], (64, 100))
    assert light.sum() == pytest.approx(100 * np.pi * 20**2, rel=0.05)
    assert light[:, :25].max() == light[:, 75:].max() == 0
    assert make_cell(1, 30, 50, 20) != make_cell(2, 30, 50, 20)


def test_exact_arithmetic_on_numbers_known_by_hand() -> None:
    assert exact.pearson([1, 2, 3], [6, 4, 2]) == -1
    assert exact.pearson([1, 2, 3], [5, 5, 5]) is None
    assert exact.percentile([30, 10, 20], Fraction(1, 3)) == 20
    assert exact.percentile(list(range(100)), Fraction(99, 100)) == 99
    rmsd, mean_difference = exact.distances([0, 0], [3, 4]) or (None, None)
    assert str(rmsd) == "3.53553390593273762200422181052"  # sqrt(12.5)
    assert str(mean_difference) == "3.5"


def test_expected_values_are_up_to_date() -> None:
    fresh = [{key: str(value) for key, value in row.items()} for row in exact.rows()]
    assert exact.expected() == fresh


@pytest.mark.parametrize("rescale", ["none", "percentile"])
def test_compare_equals_exact_arithmetic(rescale: str) -> None:
    wanted = [row for row in exact.expected() if row["rescale"] == rescale]
    measured = []
    for first, second, rois in exact.pairs():
        a, b = tifffile.imread(first), tifffile.imread(second)
        for regions in (None, rois):
            table = compare(a, b, regions=regions, rescale=rescale).to_dataframe()
            measured += table.to_dict("records")
    assert len(measured) == len(wanted)
    for row, want in zip(measured, wanted, strict=True):
        assert (row["region"], str(row["n"])) == (want["region"], want["n"])
        for name in ("pearson", "rmsd", "mean_difference"):
            number = float(want[name]) if want[name] else float("nan")
            assert row[name] == pytest.approx(number, rel=1e-12, abs=0, nan_ok=True)
            if not want[name]:
                assert row["note"]


def test_summary_is_written_and_whole(made: TestSet, metrics: pd.DataFrame) -> None:
    assert len(metrics) == 65 * (1 + 5) * 2
    assert list(metrics.columns[:4]) == ["file", "change", "grade", "unit"]
    on_disk = pd.read_csv(made.root / "graded_metrics.csv")
    assert len(on_disk) == len(metrics)
    for name in ("plots_testset.png", "plots_graded.png"):
        assert (made.root / name).read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(made.root / "testset_metrics.csv")) == 2 * (4 + 10)


def test_the_lessons_of_the_picture_are_true(metrics: pd.DataFrame) -> None:
    """What ``Change.lesson`` tells the reader is what was measured."""
    whole = metrics["region"] == "Whole image"
    plain = metrics["rescale"] == "none"

    def of(change: str, column: str, *, cells: bool = False, rescaled: bool = False):
        rows = (metrics["change"] == change) & (whole != cells) & (plain != rescaled)
        return metrics[rows].groupby("grade")[column].mean()

    for blind in ("gain", "offset"):
        assert of(blind, "pearson").min() > 0.999999
        assert of(blind, "rmsd").min() >= 250
        assert of(blind, "rmsd", rescaled=True).max() < 1e-3
    offset = of("offset", "rmsd")
    assert (offset == offset.index).all()
    r = of("inverted", "pearson")
    assert r[[0.25, 0.4]].min() > 0.99999
    assert r[[0.75, 1]].max() < -0.99999
    assert np.isnan(r[0.5])
    for column, cells in (("rmsd", False), ("rmsd", True)):
        sigma = of("gaussian_noise", column, cells=cells)
        np.testing.assert_allclose(sigma, sigma.index, rtol=0.03)
    for change, grade, seen, missed in (
        ("poisson_noise", 1, 0.7, 0.8),
        ("whole_pixel_shift", 8, 0.3, 0.6),
        ("blur", 8, 0.5, 0.8),
        ("saturated", 50, 0.85, 0.9),
        ("other_cells", 100, 0.5, 0.65),
    ):
        assert of(change, "pearson", cells=True)[grade] < seen, change
        assert of(change, "pearson")[grade] > missed, change
    assert of("bleached_one_side", "pearson", cells=True).min() > 0.95
    assert abs(of("shuffled", "pearson")[100]) < 0.02
