"""Metrics by exact fractions: every pair of types, with values that floats round."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest

from extreme_images import TYPES, of_type
from similij import compare, threshold
from similij.metrics import available, catalogue
from similij.metrics.above import above, below
from truth_of_catalogue import of_pair

PIXELS = 8
SMALL_ENOUGH = ("1e15", "1e77", "1e-77", "1e150", "1e-150", "1e152", "1e-152")
"""Powers of ten whose squares, and sums of a few of them, float64 holds."""


def differences(x: np.ndarray, y: np.ndarray, sure: bool) -> list[str]:
    """Name the metrics that are wrong, or blank without a reason.

    `sure`: blank although there is a number counts as wrong, too.
    """
    truth = of_pair(x, y)
    row = compare(x, y, metrics=list(truth)).rows[0]
    wrong = []
    for name, right in truth.items():
        value = row[name]
        if math.isnan(value):
            if not row["note"] or (sure and right.value is not None):
                wrong.append(f"{name} is blank ({row['note']}), not {right.value}")
        elif right.value is None:
            wrong.append(f"{name} is {value}, and undefined")
        elif abs(value - right.value) > right.within + 4 * math.ulp(right.value):
            wrong.append(f"{name} is {value}, not {right.value} ± {right.within}")
    return wrong


def ordinary(kind: str) -> bool:
    """Whether squares of such values, and of their differences, are float64."""
    rare = kind.startswith("1e") and kind not in SMALL_ENOUGH
    return not rare and kind not in ("large", "both large", "tiny", "subnormal")


@pytest.mark.parametrize("first", TYPES)
def test_every_metric_of_every_pair_of_types_is_that_of_fractions(first):
    random = np.random.default_rng(zlib.crc32(first.encode()))
    wrong = []
    for second in TYPES:
        xs, ys = of_type(first, random, PIXELS), of_type(second, random, PIXELS)
        kinds = [(a, b) for a in xs for b in ys]
        chosen = random.choice(len(kinds), min(len(kinds), 2), replace=False)
        pairs = [(a, xs[a], b, ys[b]) for a, b in (kinds[k] for k in chosen)]
        # and nearly the same values in both types
        kind = str(random.choice([*xs]))
        with np.errstate(all="ignore"):
            cast = xs[kind].astype(second)
        if np.isfinite(cast).all():
            pairs.append((kind, xs[kind], "cast", cast))
        for a, x, b, y in pairs:
            sure = ordinary(a) and ordinary(b) and "f2" not in (first, second)
            problems = differences(x, y, sure)
            wrong += [f"{first} {a}, {second} {b}: {text}" for text in problems]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("power", [77, 100, 150, -77, -100, -150])
def test_what_has_no_unit_does_not_depend_on_a_gain_of_both_images(power):
    x, y = np.random.default_rng(0).normal(size=(2, 40, 50))
    x += 1
    y = 0.4 * x + 0.5 * y + 0.1
    names = [n for n, m in catalogue("agreement").items() if m.unit == "1"]
    names += ["pearson", "overlap", "icq", "spearman", "nmi", "ssim", "psnr"]
    names += ["shift_x", "shift_y", "pearson_at_shift"]
    gain = 2.0 ** round(power / math.log10(2))
    as_they_are = compare(x, y, metrics=names).rows[0]
    times = compare(gain * x, gain * y, metrics=names).rows[0]
    for name in names:
        assert times[name] == pytest.approx(as_they_are[name], rel=1e-9), name


def test_what_a_fit_leaves_of_large_values():
    x = np.arange(20.0)
    y = np.where(x % 2, 1.0, -1.0) + x / 2
    names = ["rmsd_after_fit", "gain_share", "scatter_share", "bias_share"]
    small, large = (compare(s * x, s * y, metrics=names) for s in (1.0, 1e150))
    assert large.rmsd_after_fit == pytest.approx(1e150 * small.rmsd_after_fit, rel=1e-9)
    shares = [large.gain_share, large.scatter_share, large.bias_share]
    assert shares == pytest.approx(
        [small.gain_share, small.scatter_share, small.bias_share], rel=1e-9
    )
    assert sum(shares) == pytest.approx(1)


def test_integers_beyond_2_to_the_53_beside_floats():
    x = np.array([2**63 + 973, 2**63 + 5, 2**63 + 999], np.uint64)
    y = np.full(3, 2.0**63)
    result = compare(x, y, metrics=["max_difference", "bias", "rmsd", "gain"])
    assert result.max_difference == 999
    assert result.bias == pytest.approx(-(973 + 5 + 999) / 3, rel=1e-15)
    assert result.rmsd == pytest.approx(
        math.sqrt((973**2 + 5**2 + 999**2) / 3), rel=1e-15
    )
    assert result.gain == 0  # of y, which is constant; x is not
    at_973 = compare(x[:2], y[:2], metrics=["max_difference"])
    assert at_973.max_difference == 973
    assert "y - x = -973" in at_973.rows[0]["note"]


def test_neighbours_of_2_to_the_63_are_not_constant():
    x = np.uint64(2**63) + np.arange(1000, dtype=np.uint64)
    y = np.random.default_rng(0).random(1000)
    plain = compare(np.arange(1000), y, metrics=["pearson", "spearman", "kendall"])
    far = compare(x, y, metrics=["pearson", "spearman", "kendall"])
    assert far.pearson == pytest.approx(plain.pearson, abs=1e-14)
    assert far.spearman == plain.spearman
    assert far.kendall == pytest.approx(plain.kendall, abs=1e-14)


@pytest.mark.parametrize("other", ["f4", "f8"])
def test_an_image_of_one_large_integer_is_constant(other):
    x, y = np.full(50, 2**63 + 1, np.uint64), np.arange(50).astype(other)
    result = compare(x, y, metrics=["pearson", "gain"])
    assert math.isnan(result.pearson) and math.isnan(result.gain)
    assert "is constant here" in result.rows[0]["note"]


def test_icq_compares_with_the_exact_mean_of_floats():
    # The mean is 1e15 + 0.0625, half way between two floats.
    x = 1e15 + np.array([0, 0, 0.125, 0.125])
    y = np.array([0.0, 1, 2, 3])
    assert compare(x, y, metrics=["icq"]).icq == 0.5
    # Here the pixel in the middle is the mean, and on no side.
    middle = compare(1e15 + np.array([0, 0.125, 0.25]), y[:3], metrics=["icq"])
    assert middle.icq == 0.5
    assert "1 pixel is exactly at a mean" in middle.rows[0]["note"]


@pytest.mark.parametrize("narrow", ["?", "u1", "i1", "u2", "i2", "u4", "i4", "f2"])
@pytest.mark.parametrize("wide", ["u8", "i8"])
def test_manders_of_narrow_beside_wide_integers(narrow, wide):
    x = np.array([0, 1, 1, 0, 1]).astype(narrow)
    y = np.array([0, 7, 0, 0, 2**62]).astype(wide)
    result = compare(x, y, metrics=["manders_m1", "manders_m2"])
    assert result.manders_m1 == pytest.approx(2 / 3, abs=1e-15)
    assert result.manders_m2 == 1


def test_manders_sums_of_many_large_integers_do_not_wrap():
    x = np.full(70_000, 2**64 - 1, np.uint64)
    y = np.zeros(70_000, np.uint8)
    y[:35_000] = 1
    assert compare(x, y, metrics=["manders_m1"]).manders_m1 == 0.5


def test_manders_sums_beyond_float64_have_a_reason():
    x = np.array([1.7e308, 1.7e308, 1.0])
    result = compare(x, np.array([1.0, 0, 2]), metrics=["manders_m1"])
    assert math.isnan(result.manders_m1)
    assert "too large for sums" in result.rows[0]["note"]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1", "u8", "i8"])
def test_a_limit_is_not_rounded_to_the_type_of_the_pixels(dtype):
    values = np.array([1, 2, 3]).astype(dtype)
    near = math.nextafter(2.0, 3.0)
    assert above(values, near).tolist() == [False, False, True]
    assert below(values, near).tolist() == [True, True, False]
    assert above(values, 2).tolist() == [False, False, True]
    assert below(values, 2).tolist() == [True, False, False]
    assert above(values, math.inf).tolist() == [False] * 3
    assert below(values, -math.inf).tolist() == [False] * 3


@pytest.mark.parametrize("method", ["costes", "otsu", "li", "triangle", "mean"])
def test_thresholds_of_images_far_from_0_are_theirs_moved(method):
    random = np.random.default_rng(2)
    x = random.gamma(2, 80, (50, 60)).astype(np.int64)
    y = (x // 2 + random.gamma(2, 40, x.shape)).astype(np.int64)
    near = threshold(x, y, method=method)
    far = threshold(
        x.astype(np.uint64) + np.uint64(2**63), y - np.int64(2**62), method=method
    )
    # Whole ones, as a pixel is above 4.5 if it is above 4.
    assert far.x - 2**63 == math.floor(near.x)
    assert far.y + 2**62 == math.floor(near.y)
    assert far.above == near.above > 0
    assert far.r_below == pytest.approx(near.r_below, nan_ok=True, abs=1e-12)


def test_thresholds_that_are_given_keep_their_digits():
    x = np.array([2**63 + 1, 2**63 + 2, 2**63 + 3], np.uint64)
    result = threshold(x, x, method=(2**63 + 1, 2**63 + 2))
    assert result.above == 1


def test_nmi_of_images_far_from_0():
    x, y = np.random.default_rng(0).integers(0, 50, (2, 30, 40)) // 2
    near = compare(x, y, metrics=["nmi"])
    far = compare(x + 2**62, y + 2**62, metrics=["nmi"])
    assert far.nmi == pytest.approx(near.nmi, rel=1e-12)


def test_ssim_of_images_far_from_0_sees_their_contrast():
    x, y = np.random.default_rng(0).integers(0, 900, (2, 30, 40))
    # With luminance taken out, which is 1 so far from 0.
    near = compare(x, y, metrics=["ssim"], data_range=1e6)
    far = compare(x + 2**62, y + 2**62, metrics=["ssim"], data_range=1e6)
    assert far.ssim == pytest.approx(near.ssim, abs=1e-3)
    assert far.ssim < 1


def test_ssim_of_a_data_range_far_below_the_pixels_has_a_reason():
    x, y = 1e200 * np.random.default_rng(0).random((2, 20, 20))
    result = compare(x, y, metrics=["ssim"], data_range=1.0)
    assert math.isnan(result.ssim)
    assert "too large" in result.rows[0]["note"]


RANGES = [
    ("?", "?", 1), ("u1", "u1", 255), ("i1", "u1", 255), ("u1", "i2", 65535),
    ("u2", "u1", 65535), ("?", "u4", 2**32 - 1), ("u8", "i1", 2**64 - 1),
    ("u1", "f4", 7), ("f4", "u1", 7), ("f8", "f2", 7), ("u8", "f8", 7),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "span"), RANGES)
def test_psnr_of_mixed_types_takes_the_range_it_says(first, second, span):
    x, y = np.array([0, 1, 0, 7]), np.array([0, 0, 0, 3])
    if first == "?":
        x, y = x > 0, y > 0
    x, y = x.astype(first), y.astype(second)
    result = compare(x, y, metrics=["psnr", "rmsd"])
    assert result.psnr == pytest.approx(20 * math.log10(span / result.rmsd), rel=1e-13)
    assert f"data range {span}" in result.rows[0]["note"].replace("e+", "e")


def test_psnr_beside_floats_depends_on_which_is_image_1():
    x, y = np.array([0, 200], np.uint8), np.array([0.0, 50])
    both = compare(x, y, metrics=["psnr"]), compare(y, x, metrics=["psnr"])
    assert both[0].psnr - both[1].psnr == pytest.approx(20 * math.log10(4))


def test_a_number_beyond_float64_has_a_reason():
    x, y = np.array([1.0, 2.0]) * 1e-250, np.array([1.0, 3.0]) * 1e150
    names = ["nrmsd_mean", *available()]
    result = compare(x, y, metrics=names)
    assert math.isnan(result.nrmsd_mean)
    assert "NRMSD (mean) is beyond float64 here" in result.rows[0]["note"]
    assert result.rmsd == pytest.approx(1e150 * math.sqrt(5), rel=1e-12)
