"""What kind of difference: by fractions pixel by pixel, NumPy, SciPy, by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from skimage.metrics import normalized_root_mse

from similij import compare
from similij.metrics import available, catalogue

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
OF_MOMENTS = [
    "bias", "gain", "offset", "orthogonal_gain", "orthogonal_offset",
    "rmsd_after_fit", "bias_share", "gain_share", "scatter_share", "nrmsd_mean",
    "nrmsd_std", "agreement_low", "agreement_high",
]  # fmt: skip


def found(x, y, **options) -> dict[str, float]:
    row = compare(np.asarray(x), np.asarray(y), metrics=OF_MOMENTS, **options).rows[0]
    return {name: row[name] for name in OF_MOMENTS}


def by_pixels(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Work each number out from the pixels, in fractions; roots of floats last."""
    xs, ys = ([Fraction(v) for v in t.ravel().tolist()] for t in (x, y))
    n = len(xs)
    mx, my = sum(xs) / n, sum(ys) / n
    d = [b - a for a, b in zip(xs, ys, strict=True)]
    bias = sum(d) / n
    vx, vy = sum((a - mx) ** 2 for a in xs), sum((b - my) ** 2 for b in ys)
    cxy = sum((a - mx) * (b - my) for a, b in zip(xs, ys, strict=True))
    gain = cxy / vx
    offset = my - gain * mx
    square = sum(v * v for v in d) / n
    rest = sum((b - gain * a - offset) ** 2 for a, b in zip(xs, ys, strict=True)) / n
    # gain part: the line against the line of gain 1 through the same means
    part = sum(((gain - 1) * (a - mx)) ** 2 for a in xs) / n
    assert bias**2 + part + rest == square
    s = math.sqrt(sum((v - bias) ** 2 for v in d) / (n - 1))
    # the orthogonal line is the eigenvector of the larger eigenvalue
    apart = float(vy - vx)
    slope = (apart + math.hypot(apart, 2 * cxy)) / float(2 * cxy)
    return {
        "bias": float(bias),
        "gain": float(gain),
        "offset": float(offset),
        "orthogonal_gain": slope,
        "orthogonal_offset": float(my) - slope * float(mx),
        "rmsd_after_fit": math.sqrt(rest),
        "bias_share": float(bias**2 / square),
        "gain_share": float(part / square),
        "scatter_share": float(rest / square),
        "nrmsd_mean": math.sqrt(square) / float(mx),
        "nrmsd_std": math.sqrt(square / (vx / n)),
        "agreement_low": float(bias) - 1.96 * s,
        "agreement_high": float(bias) + 1.96 * s,
    }


def images(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.integers(3, 100, (23, 17))
    y = x // 2 + rng.integers(0, 30, x.shape) + 9
    if dtype == "?":
        return x > 40, y > 40
    return x.astype(dtype), y.astype(dtype)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_against_fractions(dtype: str, masked: bool) -> None:
    x, y = images(dtype)
    mask = np.random.default_rng(6).random(x.shape) < 0.4 if masked else None
    expected = by_pixels(*((x, y) if mask is None else (x[mask], y[mask])))
    assert found(x, y, mask=mask) == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_integers_are_rounded_once() -> None:
    x, y = images("u2")
    exact, got = by_pixels(x, y), found(x, y)
    for name in ("bias", "gain", "offset", "bias_share", "gain_share", "scatter_share"):
        assert got[name] == exact[name]
    far = found(x.astype("u8") + 2**62, y.astype("u8") + 2**62)
    for name in ("bias", "gain", "bias_share", "gain_share", "scatter_share"):
        assert far[name] == exact[name]
    assert far["rmsd_after_fit"] == got["rmsd_after_fit"]


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_scipy_numpy_and_skimage_agree(dtype: str) -> None:
    x, y = images(dtype)
    a, b = x.astype(float).ravel(), y.astype(float).ravel()
    got = found(x, y)
    line = stats.linregress(a, b)
    assert (got["gain"], got["offset"]) == pytest.approx(line[:2], rel=1e-12)
    values, vectors = np.linalg.eigh(np.cov(a, b))
    u, v = vectors[:, np.argmax(values)]
    assert got["orthogonal_gain"] == pytest.approx(v / u, rel=1e-11)
    assert got["nrmsd_mean"] == pytest.approx(
        normalized_root_mse(a, b, normalization="mean"), rel=1e-12
    )
    assert got["nrmsd_std"] == pytest.approx(
        np.sqrt(np.mean((a - b) ** 2)) / a.std(), rel=1e-12
    )
    residual = b - np.polyval(np.polyfit(a, b, 1), a)
    assert got["rmsd_after_fit"] == pytest.approx(
        np.sqrt(np.mean(residual**2)), rel=1e-10
    )
    s = np.std(b - a, ddof=1)
    assert got["agreement_high"] - got["agreement_low"] == pytest.approx(3.92 * s)


def test_known_answers() -> None:
    got = found([10, 20, 30, 40], [10, 21, 32, 43])
    # y = 1.1 x - 1 without scatter; d = 0, 1, 2, 3: bias 1.5, RMSD² = 3.5 = 2.25 + 1.25
    assert (got["bias"], got["gain"], got["offset"]) == (1.5, 1.1, -1.0)
    assert (got["orthogonal_gain"], got["orthogonal_offset"]) == (1.1, -1.0)
    assert got["rmsd_after_fit"] == 0
    assert got["bias_share"] == 2.25 / 3.5
    assert got["gain_share"] == 1.25 / 3.5
    assert got["scatter_share"] == 0
    assert got["agreement_high"] == pytest.approx(1.5 + 1.96 * math.sqrt(5 / 3))
    assert got["nrmsd_mean"] == pytest.approx(math.sqrt(3.5) / 25)
    assert got["nrmsd_std"] == pytest.approx(math.sqrt(3.5 / 125))


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_equal_images(dtype: str) -> None:
    x, _ = images(dtype)
    got = found(x, x)
    known = catalogue()
    for name, value in got.items():
        assert value == known[name].equal or name.endswith("_share")
        assert math.isnan(value) == name.endswith("_share")
    note = compare(x, x, metrics="gain_share").note
    assert note == "the images are equal: there is no difference to share out"


@pytest.mark.parametrize("offset", [0, 1e8, -3e11])
def test_floats_far_from_zero(offset: float) -> None:
    """As exact as the values themselves: the offset is not squared."""
    x, y = (image + offset for image in images("f8"))
    exact, got = by_pixels(x, y), found(x, y)
    for name in ("bias", "gain", "rmsd_after_fit", "scatter_share", "agreement_low"):
        assert got[name] == pytest.approx(exact[name], rel=1e-9)


def test_nearly_equal_floats_keep_their_digits() -> None:
    """A residual of 1e-9 of the contrast, which R² as a float cannot hold."""
    x = images("f8")[0] * 1000.0
    y = x + np.random.default_rng(0).normal(0, 1e-4, x.shape)
    exact, got = by_pixels(x, y), found(x, y)
    assert got["rmsd_after_fit"] == pytest.approx(exact["rmsd_after_fit"], rel=1e-6)
    assert got["scatter_share"] == pytest.approx(exact["scatter_share"], rel=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "nan", "reason"),
    [
        ([3, 3], [1, 2], {"gain", "offset", "orthogonal_gain", "orthogonal_offset",
                          "rmsd_after_fit", "gain_share", "scatter_share",
                          "nrmsd_std"}, "is constant here (every pixel is 3)"),
        ([1, 2], [3, 3], set(), ""),
        ([-1, 1], [1, 2], {"nrmsd_mean"}, 'mean of "image 1" is 0 here'),
        ([1, 0, 1, 0], [1, 1, 0, 0], {"orthogonal_gain", "orthogonal_offset"},
         "no direction"),
        ([1.0, 0, 1, 0], [1.0, 1, 0, 0], {"orthogonal_gain", "orthogonal_offset"},
         "no direction"),
        ([np.inf, 1], [1, 2], set(OF_MOMENTS), "1 pixel is infinite"),
        ([np.nan], [1], set(OF_MOMENTS), "all pixels are NaN"),
        ([1e200, 0.0], [0.0, 3.0], set(OF_MOMENTS) - {"bias"}, "too large"),
    ],
)  # fmt: skip
def test_undefined(x, y, nan: set[str], reason: str) -> None:
    result = compare(np.asarray(x), np.asarray(y), metrics=OF_MOMENTS)
    assert {name for name in OF_MOMENTS if math.isnan(result.rows[0][name])} == nan
    assert reason in result.note


def test_one_pixel_has_no_limits() -> None:
    result = compare([1], [2], metrics=["agreement_low", "bias"])
    assert math.isnan(result.agreement_low)
    assert result.bias == 1
    assert "only 1 pixel" in result.note


def test_regions_and_rescaling() -> None:
    x, y = images("u2")
    labels = np.zeros(x.shape, int)
    labels[:9], labels[9:] = 1, 2
    rows = compare(x, y, regions=labels, metrics=["gain", "pearson"]).rows
    for row, part in zip(rows, (slice(9), slice(9, None)), strict=True):
        assert row["gain"] == by_pixels(x[part], y[part])["gain"]
    result = compare(x, 2 * x + 7, metrics=["bias", "gain"], rescale="percentile")
    assert (result.bias, result.gain) == pytest.approx((0, 1), abs=1e-12)
    assert result.note.startswith("Bias and Gain of images rescaled to 0...1, from")
    assert "Bias and Gain of images rescaled to 0...1 (percentile 1-99)" in str(result)
    plain = compare(x, y, metrics=["pearson"], rescale="percentile")
    assert "rescaled" not in plain.note


def test_the_default_is_the_three() -> None:
    x, y = images("u2")
    assert [m.name for m in compare(x, y).metrics] == list(available())
    assert set(available()) < set(catalogue())


def test_every_metric_is_explained() -> None:
    for name, metric in catalogue().items():
        assert metric.name == name
        assert (metric.function is None) != (metric.pixels is None)
        for words in ("summary", "formula", "blind", "caveat", "source"):
            assert getattr(metric, words), f"{name} has no {words}"
        assert len(metric.summary) < 90
        assert metric.unit in {"1", "intensity", "intensity²", "dB", "pixel"}
        assert metric.range[0] < metric.range[1]
    with pytest.raises(ValueError, match="no group of metrics 'other'; there are: agr"):
        catalogue("other")
