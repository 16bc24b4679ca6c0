"""The three metrics: definition, range, and what they say when undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from skimage import metrics as skimage_metrics

import truth
from similij import compare
from similij.metrics import Undefined, available, chosen, pearson, rmsd
from similij.moments.of_arrays import moments

TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
NAN = math.nan


def three(x, y, **options) -> tuple[float, float, float]:
    found = compare(np.asarray(x), np.asarray(y), **options)
    return found.pearson, found.rmsd, found.mean_difference


CLIPPED = np.add.outer(np.arange(4), np.arange(4))
KNOWN = [
    ([10, 20, 30, 40], [10, 21, 32, 43], (1.0, math.sqrt(3.5), 1.5)),
    (
        CLIPPED,
        np.where(CLIPPED <= 2, 0, CLIPPED),
        (0.944911182523068, 0.9354143466934853, 0.5),
    ),
    ([0, 2, 2, 2], [1, 1, 1, 1], (NAN, 1.0, 1.0)),
    ([1, 2, 3], [3, 2, 1], (-1.0, math.sqrt(8 / 3), 4 / 3)),
    ([1, 0, 1, 0], [1, 1, 0, 0], (0.0, math.sqrt(0.5), 0.5)),
    ([0, 255], [255, 0], (-1.0, 255.0, 255.0)),
    ([False, True, True], [True, True, False], (-0.5, math.sqrt(2 / 3), 2 / 3)),
]


@pytest.mark.parametrize("dtype", [None, "f4", "f8"])
@pytest.mark.parametrize(("x", "y", "expected"), KNOWN)
def test_known_answers(x, y, expected, dtype) -> None:
    found = three(np.array(x, dtype), np.array(y, dtype))
    assert found == pytest.approx(expected, rel=1e-15, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("dtype", TYPES)
def test_agrees_with_numpy_scipy_and_skimage(dtype: str) -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 120, (40, 31)).astype(dtype)
    y = (x // np.array(2, dtype) + rng.integers(0, 9, x.shape).astype(dtype)).astype(
        dtype
    )
    r, deviation, difference = three(x, y)
    a, b = x.astype(np.float64), y.astype(np.float64)
    assert r == pytest.approx(stats.pearsonr(a.ravel(), b.ravel())[0], rel=1e-12)
    assert r == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1], rel=1e-12)
    assert r == pytest.approx(skimage_metrics_pearson(a, b), rel=1e-12)
    assert deviation**2 == pytest.approx(
        skimage_metrics.mean_squared_error(a, b), rel=1e-12
    )
    assert deviation == pytest.approx(np.sqrt(np.mean((a - b) ** 2)), rel=1e-12)
    assert difference == pytest.approx(np.mean(np.abs(a - b)), rel=1e-12)


def skimage_metrics_pearson(a: np.ndarray, b: np.ndarray) -> float:
    from skimage.measure import pearson_corr_coeff

    return pearson_corr_coeff(a, b)[0]


INTEGERS = st.lists(
    st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1)),
    min_size=2,
    max_size=40,
)
FLOATS = st.lists(
    st.tuples(*[st.floats(-1e3, 1e3).map(lambda v: round(v, 3))] * 2),
    min_size=2,
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(INTEGERS)
def test_integers_are_rounded_once(pairs) -> None:
    x, y = np.array(pairs, np.int32).T
    found, exact = three(x, y), truth.metrics(x, y)
    assert found[0] == exact.pearson or math.isnan(exact.pearson)
    assert math.isnan(found[0]) == math.isnan(exact.pearson)
    assert found[1] == pytest.approx(exact.rmsd, rel=3e-16)
    assert found[2] == exact.mean_difference


@settings(max_examples=80, deadline=None)
@given(st.one_of(INTEGERS, FLOATS))
def test_symmetry_and_order(pairs) -> None:
    x, y = np.array(pairs).T
    forth, back = three(x, y), three(y, x)
    assert forth == pytest.approx(back, rel=1e-15, abs=0, nan_ok=True)
    r, deviation, difference = forth
    bias = abs(x.astype(float).mean() - y.astype(float).mean())
    slack = 1 + 1e-12
    assert deviation * slack >= difference
    assert difference * slack + 1e-9 * np.abs(x).max() >= bias
    assert math.isnan(r) or -1 <= r <= 1


@settings(max_examples=80, deadline=None)
@given(
    INTEGERS,
    *[st.integers(-1000, 1000).filter(bool), st.integers(-(2**40), 2**40)] * 2,
)
def test_r_ignores_integer_gain_and_offset_exactly(pairs, g, o, h, p) -> None:
    x, y = np.array(pairs, np.int64).T
    r = compare(x, y).pearson
    assume(not math.isnan(r))
    moved = compare(x * g + o, y * h + p).pearson
    assert moved == math.copysign(1, g * h) * r


@settings(max_examples=60, deadline=None)
@given(
    FLOATS,
    st.floats(0.01, 100),
    st.floats(-1e3, 1e3),
    st.sampled_from([1, -1]),
)
def test_r_ignores_gain_and_offset_of_floats(pairs, gain, offset, sign) -> None:
    x, y = np.array(pairs).T
    assume(np.ptp(x) > 0.1 and np.ptp(y) > 0.1)
    r = compare(x, y).pearson
    moved = compare(x * gain * sign + offset, y).pearson
    # the moved image is rounded: its pixels are not quite an affine map
    assert moved == pytest.approx(sign * r, abs=1e-10)


@pytest.mark.parametrize("dtype", ["?", *TYPES])
@pytest.mark.parametrize("size", [2, 3, 100, 20_000, 300_000])
@pytest.mark.parametrize("masked", [False, True])
def test_equal_images_are_exactly_equal(dtype: str, size: int, masked: bool) -> None:
    rng = np.random.default_rng(size)
    x = (
        (100 * rng.random(size)).astype(dtype)
        if dtype != "?"
        else rng.random(size) < 0.5
    )
    x[:2] = 0, 1
    mask = rng.random(size) < 0.5 if masked else None
    if masked:
        mask[:2] = True
    assert three(x, x.copy(), mask=mask) == (1.0, 0.0, 0.0)
    if np.dtype(dtype).kind == "f" and size > 3:
        x[3] = np.nan
        assert three(x, x.copy(), mask=mask) == (1.0, 0.0, 0.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=30))
def test_equal_floats_have_r_exactly_1(values) -> None:
    x = np.array(values)
    r, deviation, difference = three(x, x)
    assert (deviation, difference) == (0, 0)
    assert r == 1.0 or (math.isnan(r) and np.ptp(x) < 1e-150)
    r = compare(x, -x).pearson
    assert r == -1.0 or math.isnan(r)


@pytest.mark.parametrize("scale", [1e200, 1e300, 1e308])
def test_huge_floats(scale: float) -> None:
    x, y = np.array([1.0, -0.5, 0.25]) * scale, np.array([0.5, 0.25, 0.125]) * scale
    found = compare(x, y)
    assert math.isnan(found.pearson)
    assert math.isnan(found.rmsd)
    assert "too large" in found.note
    assert "divide the images" in found.note
    assert found.mean_difference == pytest.approx(1.375 / 3 * scale, rel=1e-15)
    far = compare(np.array([1.7e308, 1.7e308]), np.array([-1.7e308, -1.7e308]))
    assert math.isnan(far.mean_difference)


@pytest.mark.parametrize("scale", [1e-157, 1e-160, 1e-200, 5e-324])
def test_tiny_floats(scale: float) -> None:
    """Their squares vanish: no RMSD of 0, which would say that they are equal."""
    x, y = np.array([1.0, 3.0, 2.0]) * scale, np.array([2.0, 5.0, 1.0]) * scale
    found = compare(x, y)
    assert math.isnan(found.rmsd)
    assert math.isnan(found.pearson)
    assert "square" in found.note
    assert "multiply the images" in found.note
    assert found.mean_difference == np.mean(np.abs(x - y)) > 0
    assert compare(x, x).rmsd == 0


@pytest.mark.parametrize("scale", [1e-150, 1e-100, 1e100, 1e150])
def test_large_and_small_floats_that_still_square(scale: float) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(3, 1, (2, 500)) * scale
    assert three(x, y) == pytest.approx(truth.metrics(x, y)[1:], rel=1e-12)
    x[7] = 0  # one far from all others
    assert three(x, y) == pytest.approx(truth.metrics(x, y)[1:], rel=1e-12)


def test_one_huge_pixel_that_no_sample_sees() -> None:
    x = np.ones(30_000)
    x[12_345] = 1e200
    found = compare(x, np.arange(30_000.0))
    assert math.isnan(found.rmsd)
    assert "too large" in found.note


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([3, 3], [1, 2], "{1} is constant here (every pixel is 3)"),
        ([1.0, 2.0], [0.1, 0.1], "{2} is constant here (every pixel is 0.1)"),
        ([7], [8], "only 1 pixel is compared"),
        ([], [], "no pixel is compared"),
        ([np.inf, 1.0], [1.0, 2.0], "1 pixel is infinite"),
        ([-np.inf, 1.0], [1.0, np.inf], "2 pixels are infinite"),
        ([np.nan], [1.0], "all pixels are NaN in one image"),
    ],
)
def test_undefined_gives_its_reason(x, y, reason: str) -> None:
    with pytest.raises(Undefined) as caught:
        pearson(moments(np.array(x), np.array(y)))
    assert reason in str(caught.value)


def test_constant_image_has_the_other_two() -> None:
    x, y = np.full(70_001, 0.1), np.linspace(0, 1, 70_001)
    exact = truth.metrics(x[::7], y[::7])
    found = three(x[::7], y[::7])
    assert math.isnan(found[0])
    assert found[1:] == pytest.approx(exact[2:], rel=1e-12)


def test_registry() -> None:
    known = available()
    assert list(known) == ["pearson", "rmsd", "mean_difference"]
    assert [m.range for m in known.values()] == [(-1, 1), (0, math.inf), (0, math.inf)]
    assert [m.higher_is_more_similar for m in known.values()] == [True, False, False]
    assert [m.name for m in chosen("rmsd")] == ["rmsd"]
    assert [m.name for m in chosen(["rmsd", "pearson"])] == ["rmsd", "pearson"]
    with pytest.raises(ValueError, match=r"no metric 'cosine'; there are: rmsd, m"):
        chosen(["pearson", "cosine"])
    known.clear()
    assert rmsd in [m.function for m in available().values()]
