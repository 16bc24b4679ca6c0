"""Rescaling: percentiles by their definition, in one block or in many."""

from __future__ import annotations

import math
from fractions import Fraction

import dask.array as da
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import truth
from similij import Comparison, compare
from similij.moments import percentiles
from similij.moments.percentiles import OrderStatistics, Percentiles, rank
from similij.preparation import rescale
from similij.preparation.rescale import parse_rescale, words
from similij.preparation.scales import Standard

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def distances(found: Comparison) -> tuple[float, float]:
    return found.rmsd, found.mean_difference


def image(dtype: str, size: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.random(size) < 0.6
    if kind.kind == "f":
        return rng.normal(0, 1e3, size).astype(kind)
    ends = np.iinfo(kind)
    return rng.integers(ends.min, ends.max, size, kind, endpoint=True)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("percents", [(1, 99), (0, 100), (0.5, 99.5), (33.3, 33.4)])
def test_percentile_is_the_one_at_floor_pn(dtype: str, percents) -> None:
    for size in (1, 2, 99, 100, 101, 1000):
        values = image(dtype, size, size)
        statistics = OrderStatistics(values.dtype, Percentiles(*percents))
        passes = 0
        while True:
            for block in np.array_split(values, 3):
                statistics.add(block)
            passes += 1
            if not statistics.end_pass():
                break
        ordered = sorted(values.tolist())
        expected = [
            ordered[min(math.floor(Fraction(str(p)) * size / 100), size - 1)]
            for p in percents
        ]
        assert statistics.values == expected
        assert passes == max(1, values.itemsize // 2)


def test_floats_of_both_signs_and_both_zeros_are_in_order() -> None:
    values = np.array([-np.inf, -1e300, -1.5, -5e-324, -0.0, 0.0, 5e-324, 2, 1e300])
    for k in range(1, len(values)):
        statistics = OrderStatistics(values.dtype, Percentiles(0, 100))
        while True:
            statistics.add(values[[k, k - 1]])
            if not statistics.end_pass():
                break
        assert statistics.values == [values[k - 1], values[k]]


@given(st.sampled_from(["0.1", "0.7", "1", "29", "99.9"]), st.integers(1, 10**6))
@example("0.7", 11_000)
@example("2.3", 3000)
@example("66.6", 1500)
@settings(max_examples=200)
def test_rank_does_not_suffer_from_binary_fractions(percent: str, n: int) -> None:
    """0.7·11000/100 is 76.99999999999999 in floats."""
    expected = min(math.floor(Fraction(percent) * n / 100), n - 1)
    assert rank(float(percent), n) == expected


@pytest.mark.parametrize("dtype", [t for t in TYPES if t != "?"])
@pytest.mark.parametrize("percents", [(1, 99), (5, 80)])
def test_rescaled_metrics_agree_with_fractions(dtype: str, percents) -> None:
    x, y = image(dtype, 500, 1), image(dtype, 500, 2)
    plain = compare(x, y)
    found = compare(x, y, rescale=("percentile", *percents))
    exact = truth.rescaled(x, y, *percents)
    assert distances(found) == pytest.approx(exact[2:], rel=1e-12)
    assert found.pearson == plain.pearson
    assert "rescaled to 0...1" in found.note
    assert found.rows[0]["rescale"] == f"percentile {percents[0]}-{percents[1]}"


@pytest.mark.parametrize("dtype", ["u8", "i8"])
def test_neighbours_among_large_integers_stay_apart(dtype: str) -> None:
    """float64 cannot tell 2**63 from 2**63 + 1."""
    low = np.array(2**62 if dtype == "i8" else 2**63, dtype)
    x = low + np.arange(100, dtype=dtype)
    y = x[::-1]
    found = compare(x, y, rescale="percentile")
    exact = truth.rescaled(x, y)
    assert distances(found) == pytest.approx(exact[2:], rel=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300, 1.7e308])
def test_huge_and_tiny_floats_are_rescaled_alike(scale: float) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.uniform(-1, 1, (2, 300))
    found = compare(a * scale, b * scale, rescale="percentile")
    exact = truth.rescaled(a, b)
    assert distances(found) == pytest.approx(exact[2:], rel=1e-9)
    assert math.isnan(found.pearson)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "f2", "f4", "f8"])
@pytest.mark.parametrize("keep", [10, 1000, 1 << 22])
def test_many_blocks_give_what_one_gives(
    dtype: str, keep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescale, "_KEEP", keep)
    x, y = (image(dtype, 1200, k).reshape(30, 40) for k in (4, 5))
    one = compare(x, y, rescale="percentile")
    exact = truth.rescaled(x, y)
    many = compare(
        da.from_array(x, chunks=(7, 11)),
        da.from_array(y, chunks=13),
        rescale="percentile",
    )
    for found in (one, many):
        assert distances(found) == pytest.approx(exact[2:], rel=1e-12)
    assert many.note == one.note


def test_nan_and_mask_are_left_out_in_every_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rescale, "_KEEP", 5)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 40, 30))
    x[rng.random(x.shape) < 0.1] = np.nan
    mask = rng.random(x.shape) < 0.7
    y[rng.random(x.shape) < 0.1] = np.nan
    lost = np.isnan(x) | np.isnan(y)
    keep = mask & ~lost
    for a in (x, da.from_array(x, chunks=9)):
        found = compare(a, y, mask=mask, rescale="percentile")
        exact = truth.rescaled(x[keep], y[keep])
        assert found.n == keep.sum()
        assert found.excluded == (mask & lost).sum()
        assert distances(found) == pytest.approx(exact[2:], rel=1e-12)


def test_blocks_larger_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescale, "CHUNK", 64)
    monkeypatch.setattr(percentiles, "CHUNK", 64)
    x, y = image("f8", 1000, 1), image("i8", 1000, 2)
    found = compare(x, y, rescale="percentile")
    exact = truth.rescaled(x, y)
    assert distances(found) == pytest.approx(exact[2:], rel=1e-12)


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("dtype", ["u2", "f8"])
def test_equal_percentiles_have_no_span(
    dtype: str, split: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescale, "_KEEP", 5)
    x = np.zeros(1000, dtype)
    x[:5] = np.arange(5)
    y = np.arange(1000).astype(dtype)
    first = da.from_array(x, chunks=100) if split else x
    found = compare(first, y, rescale="percentile", names=("a.tif", "b.tif"))
    assert found.pearson == pytest.approx(truth.metrics(x, y).pearson, rel=1e-12)
    assert math.isnan(found.rmsd)
    assert math.isnan(found.mean_difference)
    assert (
        '"a.tif" cannot be rescaled: its percentiles 1 and 99 are both 0' in found.note
    )
    wider = compare(x, y, rescale=("percentile", 0, 100))
    exact = truth.rescaled(x, y, 0, 100)
    assert wider.rmsd == pytest.approx(exact.rmsd, rel=1e-12)


def test_gain_and_offset_go_away() -> None:
    x = image("u2", 5000, 3).astype(np.int64)
    found = compare(x, 3 * x + 17, rescale="percentile")
    assert found.pearson == 1
    assert found.rmsd == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("none", None),
        ("NONE", None),
        ("percentile", Percentiles(1, 99)),
        (("percentile",), Percentiles(1, 99)),
        (["percentile", 0.5, 99.5], Percentiles(0.5, 99.5)),
        (("percentile", np.float64(2), np.int64(98)), Percentiles(2, 98)),
        ("zscore", Standard("zscore")),
        ("Linear", Standard("linear")),
    ],
)
def test_what_is_asked(given, expected) -> None:
    assert parse_rescale(given) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("minmax", "rescale is 'minmax': it must be 'none', 'percentile' or"),
        ((), "it must be"),
        (("zscore", 1, 2), "it must be"),
        (("none", 1, 2), "it must be"),
        (("percentile", 5), "it must be"),
        (("percentile", 99, 1), "percentiles 99 and 1"),
        (("percentile", -1, 99), "percentiles -1 and 99"),
        (("percentile", 1, 101), "must be 0...100"),
        (("percentile", math.nan, 99), "percentiles nan and 99"),
        (("percentile", 5, 5), "the first below the second"),
    ],
)
def test_what_cannot_be(given, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace(".", r"\.")):
        compare([1, 2], [1, 3], rescale=given)


def standardized(x: np.ndarray, y: np.ndarray, how: str) -> tuple[float, float]:
    """RMSD and Mean Difference in fractions until the first root."""
    xs, ys = ([Fraction(v) for v in t.ravel().tolist()] for t in (x, y))
    n = len(xs)
    mx, my = sum(xs) / n, sum(ys) / n
    vx, vy = sum((v - mx) ** 2 for v in xs), sum((v - my) ** 2 for v in ys)
    if how == "linear":
        gain = sum((v - mx) * (w - my) for v, w in zip(xs, ys, strict=True)) / vx
        a = np.array([float(gain * (v - mx)) for v in xs])
        b = np.array([float(w - my) for w in ys])
    else:
        a, b = (
            np.array([float(v - m) for v in t]) / math.sqrt(s / n)
            for t, m, s in ((xs, mx, vx), (ys, my, vy))
        )
    return math.sqrt(np.mean((a - b) ** 2)), float(np.mean(np.abs(a - b)))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("how", ["zscore", "linear"])
@pytest.mark.parametrize("dtype", TYPES)
def test_zscore_and_linear(dtype: str, how: str, masked: bool) -> None:
    x, y = image(dtype, 500, 1), image(dtype, 500, 2)
    y[::3] = x[::3]
    mask = np.random.default_rng(3).random(500) < 0.5 if masked else None
    found = compare(x, y, mask=mask, rescale=how)
    a, b = (x, y) if mask is None else (x[mask], y[mask])
    assert distances(found) == pytest.approx(standardized(a, b, how), rel=1e-12)
    plain = compare(x, y, mask=mask, metrics=["pearson", "rmsd_after_fit"])
    assert found.pearson == plain.pearson
    expected = {
        "zscore": math.sqrt(2 * (1 - plain.pearson)),
        "linear": plain.rmsd_after_fit,
    }
    assert found.rmsd == pytest.approx(expected[how], rel=1e-10)
    assert found.rows[0]["rescale"] == how
    assert found.note.startswith(f"RMSD and Mean Difference {words(how)} (")


@pytest.mark.parametrize("keep", [0, 10**9])
@pytest.mark.parametrize("how", ["zscore", "linear"])
def test_zscore_and_linear_block_by_block(
    how: str, keep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescale, "_KEEP", keep)
    x, y = (image("u2", 2000, k).reshape(40, 50) for k in (1, 2))
    y[:20] = x[:20] // 2
    lazy = da.from_array(x, chunks=(7, 50))
    whole, parts = compare(x, y, rescale=how), compare(lazy, y, rescale=how)
    assert distances(parts) == pytest.approx(distances(whole), rel=1e-13)
    assert parts.note == whole.note
    labels = np.zeros(x.shape, int)
    labels[:15], labels[25:] = 4, 9
    for row, label in zip(
        compare(x, y, regions=labels, rescale=how), (4, 9), strict=True
    ):
        one = compare(x, y, mask=labels == label, rescale=how)
        assert (row["rmsd"], row["mean_difference"]) == distances(one)


def test_what_linear_leaves() -> None:
    x = image("u2", 300, 1)
    y = 3.5 * x - 17
    found = compare(x, y, rescale="linear", metrics=["rmsd", "bias", "gain", "offset"])
    assert found.rmsd == pytest.approx(0, abs=1e-9)
    assert (found.bias, found.gain) == pytest.approx((0, 1), abs=1e-9)
    assert "of image 1 fitted to image 2 (3.5·x -17)" in found.note
    assert "(linear); the values are in each note" in str(found)
    opposite = compare(x, -x.astype(float), rescale="zscore")
    assert opposite.rmsd == pytest.approx(2)


@pytest.mark.parametrize("dtype", ["u8", "i8"])
def test_zscores_of_large_integers(dtype: str) -> None:
    low = np.array(2**62 if dtype == "i8" else 2**63, dtype)
    x = low + np.arange(100, dtype=dtype)
    found = compare(x, x[::-1].copy(), rescale="zscore")
    assert found.rmsd == pytest.approx(2, rel=1e-14)


@pytest.mark.parametrize(
    ("x", "y", "how", "reason"),
    [
        ([3, 3], [1, 2], "zscore", "is constant here (every pixel is 3): a z-score"),
        ([1, 2], [4, 4], "zscore", "is constant here (every pixel is 4): a z-score"),
        ([3, 3], [1, 2], "linear", "is constant here (every pixel is 3): a fit"),
        ([np.nan, np.nan], [1, 2], "linear", "all pixels are NaN"),
        ([np.inf, 1], [1, 2], "zscore", "1 pixel is infinite"),
        ([1e200, 0.0], [0.0, 3.0], "zscore", "too large"),
    ],
)
def test_no_zscore_and_no_fit(x, y, how: str, reason: str) -> None:
    found = compare(np.asarray(x), np.asarray(y), rescale=how)
    assert math.isnan(found.rmsd)
    assert math.isnan(found.mean_difference)
    assert reason in found.note
    assert not math.isnan(compare([1, 2], [4, 4], rescale="linear").rmsd)


@pytest.mark.parametrize("how", ["percentile", "zscore", "linear"])
@pytest.mark.parametrize("first", [True, False])
def test_integers_beyond_2_to_the_53_beside_floats(how, first):
    random = np.random.default_rng(0)
    x = np.uint64(2**63) + random.integers(0, 1000, 500).astype(np.uint64)
    y = (x - np.uint64(2**63)) * 0.5 + random.random(500) * 100
    images = (x, y) if first else (y, x)
    found = compare(*images, rescale=how)
    a, b = ([Fraction(v) for v in image.tolist()] for image in images)
    if how == "percentile":
        right = truth.rescaled(*images).rmsd
    else:
        n, ma, mb = len(a), sum(a) / len(a), sum(b) / len(b)
        va, vb = sum((v - ma) ** 2 for v in a), sum((v - mb) ** 2 for v in b)
        c = sum((v - ma) * (w - mb) for v, w in zip(a, b, strict=True))
        right = math.sqrt(
            (vb - c * c / va) / n
            if how == "linear"
            else 2 - 2 * float(c) / math.sqrt(va * vb)
        )
    assert found.rmsd == pytest.approx(right, rel=1e-9)


def test_z_scores_of_floats_far_from_0_are_about_their_exact_mean():
    # The mean is 1e15 + 0.0625, which no float is.
    x = 1e15 + np.array([0, 0, 0.125, 0.125])
    found = compare(x, np.array([-1.0, -1, 1, 1]), rescale="zscore")
    assert found.rmsd == 0
