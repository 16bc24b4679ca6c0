"""What is done to images before they are compared: by hand, by SciPy."""

from __future__ import annotations

import math

import dask.array
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from similij import ImageError, RegionError, compare
from similij.preparation.preparation import parse_preparation
from similij.regions import Region

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
ALL = ["pearson", "rmsd", "mean_difference", "bias"]


def images(dtype: str, shape=(20, 30)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.integers(3, 100, shape)
    y = x // 2 + rng.integers(0, 30, x.shape)
    if dtype == "?":
        return x > 40, y > 40
    return x.astype(dtype), y.astype(dtype)


def numbers(found) -> list[float]:
    return [found.rows[0][m] for m in ALL]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("background", [7, 7.25, (7, 40), (None, 3)])
@pytest.mark.parametrize("dtype", TYPES)
def test_a_number_is_subtracted(dtype: str, background, masked: bool) -> None:
    x, y = images(dtype)
    mask = np.random.default_rng(1).random(x.shape) < 0.5 if masked else None
    found = compare(x, y, mask=mask, metrics=ALL, background=background)
    first, second = background if isinstance(background, tuple) else [background] * 2
    a, b = x.astype(float) - (first or 0), y.astype(float) - (second or 0)
    expected = numbers(compare(a, b, mask=mask, metrics=ALL))
    assert numbers(found) == pytest.approx(expected, rel=1e-12, abs=1e-13)
    words = f"background {first or 0:g} and {second or 0:g} subtracted"
    assert found.note == f"before comparing: {words}"
    plain = numbers(compare(x, y, mask=mask, metrics=ALL))
    assert found.pearson == pytest.approx(plain[0], rel=1e-12)
    if background in (7, 7.25):
        assert numbers(found) == pytest.approx(plain, rel=1e-9, abs=1e-12)


def test_whole_numbers_stay_exact_and_images_as_they_are() -> None:
    x, y = np.array([[3, 5]], "u1"), np.array([[5, 3]], "u1")
    kept = x.copy(), y.copy()
    found = compare(x, y, metrics=["bias", "rmsd"], background=(5, 0))
    assert (found.bias, found.rmsd) == (5, math.sqrt((7**2 + 3**2) / 2))
    assert (x == kept[0]).all()
    assert (y == kept[1]).all()


@pytest.mark.parametrize("dtype", TYPES)
def test_a_percentile_of_each_image(dtype: str) -> None:
    x, y = images(dtype)
    found = compare(x, y, metrics=ALL, background=("percentile", 10))
    low = [sorted(t.ravel().tolist())[60] for t in (x, y)]  # index floor(600·10/100)
    expected = compare(x, y, metrics=ALL, background=tuple(map(int, low)))
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-12)
    said = " and ".join(f"{v:g} (percentile 10)" for v in low)
    assert found.note == f"before comparing: background {said} subtracted"


def test_the_mean_of_a_region() -> None:
    x, y = images("u2")
    corner = Region("corner", 0, 0, 5, 4)
    found = compare(x, y, metrics=ALL, background=(("region", corner), 2))
    mean = x[:4, :5].mean()
    expected = compare(x - mean, y - 2.0, metrics=ALL)
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-12)
    assert f"background {mean:.7g} (mean of corner) and 2 subtracted" in found.note
    disk = np.zeros(x.shape, bool)
    disk[3:6, 4:9] = True
    disk[4, 6] = False
    found = compare(x, y, metrics="bias", background=("region", {"disk": disk}))
    means = x[disk].mean(), y[disk].mean()
    assert found.bias == pytest.approx((y - means[1]).mean() - (x - means[0]).mean())
    with pytest.raises(RegionError, match="background region far has no pixel"):
        compare(x, y, background=("region", Region("far", 99, 99, 5, 5)))


@pytest.mark.parametrize("dtype", TYPES)
def test_a_blur_is_that_of_scipy(dtype: str) -> None:
    x, y = images(dtype, (3, 20, 30))
    found = compare(x, y, metrics=ALL, blur=(0, 1.5))
    b = np.stack(
        [ndimage.gaussian_filter(t.astype(float), 1.5, mode="nearest") for t in y]
    )
    assert numbers(found) == pytest.approx(
        numbers(compare(x.astype(float), b, metrics=ALL)), rel=1e-10
    )
    assert found.note == "before comparing: blurred by sigma 0 and 1.5 px"


def test_nan_has_no_weight_in_a_blur() -> None:
    x, _ = images("f8")
    x[5, 6] = np.nan
    found = compare(x, x * 2, metrics=["pearson", "gain"], blur=2)
    assert found.rows[0]["excluded"] == 1
    assert (found.pearson, found.gain) == pytest.approx((1, 2))
    flat = np.full((9, 9), 3.0)
    flat[4, 4] = np.nan
    assert compare(flat, flat + 1, metrics="rmsd", blur=1).rmsd == pytest.approx(1)


def test_both_and_rescaling_and_regions() -> None:
    x, y = images("u2")
    cell = np.zeros(x.shape, bool)
    cell[2:9, 3:17] = True
    found = compare(
        x, y, regions={"cell": cell}, background=3, blur=1, rescale="zscore"
    )
    a, b = (ndimage.gaussian_filter(t - 3.0, 1, mode="nearest")[cell] for t in (x, y))
    assert found.pearson == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert found.rmsd == pytest.approx(math.sqrt(2 * (1 - np.corrcoef(a, b)[0, 1])))
    assert "of z-scores" in found.note
    assert "background 3 and 3 subtracted, blurred by sigma 1 and 1 px" in found.note


def test_each_plane_has_its_own_with_per() -> None:
    x, y = images("u2", (3, 20, 30))
    a, b = (xr.DataArray(t, dims=("t", "y", "x")) for t in (x, y))
    rows = compare(a, b, per="t", metrics="bias", background=("percentile", 50)).rows
    for row, p, q in zip(rows, x, y, strict=True):
        one = compare(p, q, metrics="bias", background=("percentile", 50))
        assert row["bias"] == one.bias
        assert row["note"] == one.note


def test_the_data_range_is_that_of_the_images_as_they_were() -> None:
    x, y = images("u1")
    found = compare(x, y, metrics=["psnr", "ssim"], background=3, blur=1)
    assert "data range 255, of uint8" in found.note


def test_dask() -> None:
    x, y = images("u2")
    lazy = dask.array.from_array(x, chunks=(7, 30))
    found = compare(lazy, y, metrics=ALL, background=(5, 2))
    assert numbers(found) == numbers(compare(x, y, metrics=ALL, background=(5, 2)))
    for options in ({"blur": 1}, {"background": ("percentile", 1)}):
        with pytest.raises(ImageError, match=r"come in parts \(dask\)"):
            compare(lazy, y, **options)


def test_nothing_is_nothing() -> None:
    x, y = images("u2")
    found = compare(x, y, background=None, blur=0).rows[0]
    assert found == {**compare(x, y).rows[0], "run": found["run"]}
    assert parse_preparation(None, None) is None


@pytest.mark.parametrize(
    "options",
    [
        {"background": "dark"},
        {"background": ("percentile", 101)},
        {"background": (1, 2, 3)},
        {"background": math.nan},
        {"background": True},
        {"blur": -1},
        {"blur": (1, 2, 3)},
        {"blur": "much"},
    ],
)
def test_what_cannot_be(options) -> None:
    with pytest.raises(ValueError, match=r"(background|blur) is .*: it must be a"):
        compare([[1, 2]], [[1, 3]], **options)


@pytest.mark.parametrize("lazy", [False, True])
def test_a_background_of_integers_far_from_0(lazy):
    x, y = np.random.default_rng(0).integers(0, 900, (2, 30, 40))
    near = compare(x, y, background=(5, 7))
    images = x.astype(np.uint64) + np.uint64(2**63), y + 2**62
    if lazy:
        images = tuple(dask.array.from_array(t, chunks=(10, 40)) for t in images)
    far = compare(*images, background=(2**63 + 5, 2**62 + 7))
    assert (far.rmsd, far.mean_difference) == (near.rmsd, near.mean_difference)


def test_a_percentile_of_integers_far_from_0():
    x, y = np.random.default_rng(0).integers(0, 900, (2, 30, 40))
    near = compare(x, y, background=("percentile", 5))
    far = compare(x + 2**62, y - 2**62, background=("percentile", 5))
    assert (far.rmsd, far.pearson) == (near.rmsd, near.pearson)
