"""Integers of 64 bits in float64: differences, sums and moments by fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import dask.array as da
import numpy as np
import pytest

from extreme_images import TYPES, of_type
from similij import compare
from similij.moments.exact import means
from similij.moments.exact_sum import exact_sum
from similij.moments.extremes import extremes
from similij.moments.of_arrays import moments
from similij.moments.powers import power_of, scaled
from similij.moments.wide import difference, held, less
from truth import metrics as true_metrics

ENDS = [0, 1, -1, 2**53 + 1, 2**62 + 3, -(2**63), 2**63 - 1, 2**63 + 1, 2**64 - 1]


@pytest.mark.parametrize("dtype", ["u8", "i8"])
@pytest.mark.parametrize("origin", [*ENDS, 2.0**64, 0.25, Fraction(2**63) + 0.5])
def test_less_is_rounded_in_the_last_place(dtype, origin):
    info = np.iinfo(dtype)
    values = [v for v in ENDS if info.min <= v <= info.max]
    result = less(np.array(values, dtype), origin)
    for value, got in zip(values, result.tolist(), strict=True):
        exact = Fraction(value) - Fraction(origin)
        assert abs(Fraction(got) - exact) <= Fraction(math.ulp(float(exact)))
        if isinstance(origin, int) and info.min <= origin <= info.max:
            assert got == float(exact)


def test_differences_of_all_types_to_twice_the_digits():
    random = np.random.default_rng(3)
    for first in ("u8", "i8"):
        for second in TYPES:
            for x in of_type(first, random, 9).values():
                for y in of_type(second, random, 9).values():
                    for one, two in ((x, y), (y, x)):
                        apart, rest = difference(one, two)
                        for a, b, d, r in zip(one, two, apart, rest, strict=True):
                            exact = Fraction(a.item()) - Fraction(b.item())
                            # but where it is half way to some 2^-40 of a digit
                            half = Fraction(math.ulp(float(exact))) / 2
                            assert abs(Fraction(d) - exact) <= half + half / 2**40
                            off = abs(Fraction(d) + Fraction(r) - exact)
                            size = abs(Fraction(a.item())) + abs(Fraction(b.item()))
                            assert off <= size * Fraction(1, 2**90)


def test_sums_of_all_types_are_exact():
    random = np.random.default_rng(4)
    for dtype in TYPES:
        for kind, values in of_type(dtype, random, 300).items():
            assert exact_sum(values) == sum(map(Fraction, values.tolist())), kind


def test_what_float64_holds():
    assert held(np.array([-(2**53), 2**53])) and held(np.array([1e300]))
    assert not held(np.array([0, 2**53 + 1])) and not held(np.array([-(2**53) - 1]))
    assert held(np.zeros(0, np.uint64))


def test_scaled_by_powers_of_two_only_where_squares_are_lost():
    near = np.array([3.0, 1e20])
    assert power_of(near) == 0 and scaled(near, 0) is near
    far = np.array([math.nan, -3e200, 1e199])
    assert np.nanmax(np.abs(scaled(far, power_of(far)))) < 1
    tiny = np.array([5e-324])
    assert scaled(tiny, power_of(tiny)).tolist() == [0.5]


@pytest.mark.parametrize(("dtype", "base"), [("u8", 2**63), ("i8", 2**53 - 50)])
@pytest.mark.parametrize("other", ["f2", "f4", "f8"])
def test_moments_beside_floats_are_those_of_fractions(dtype, base, other):
    random = np.random.default_rng(5)
    x = np.array([base], dtype) + random.integers(0, 100, (60, 50)).astype(dtype)
    y = (random.random(x.shape) * 100).astype(other)
    if other == "f8":
        y = y * 50 + float(base)  # some floats apart
    y[::7, ::5] = math.nan
    mask = random.random(x.shape) < 0.5
    kept = mask & ~np.isnan(y)
    truth = true_metrics(x[kept], y[kept])
    for one, two in ((x, y), (y, x), (x.T, y.T)):
        inside = mask if one.shape == mask.shape else mask.T
        result = compare(one, two, mask=inside)
        assert result.n == truth.n
        assert result.rows[0]["excluded"] == mask.sum() - truth.n
        assert result.pearson == pytest.approx(truth.pearson, abs=1e-12)
        assert result.rmsd == pytest.approx(truth.rmsd, rel=1e-12)
        assert result.mean_difference == pytest.approx(truth.mean_difference, rel=1e-12)


def test_infinite_pixels_beside_integers_beyond_2_to_the_53_are_counted():
    x = np.array([2**63, 2**63 + 1, 2**63 + 2], np.uint64)
    summed = moments(x, np.array([math.inf, math.nan, 1.0]))
    assert (summed.n, summed.excluded, summed.infinite) == (1, 1, 1)
    nothing = moments(x, np.full(3, math.nan))
    assert (nothing.n, nothing.excluded) == (0, 3)


def test_pieces_of_one_value_each_are_not_one_value():
    # Enough pixels for several pieces, whose values are one float.
    x = np.full(600_000, 2**63 + 1, np.uint64)
    y = np.arange(x.size) % 7 * 0.5
    assert moments(x, y).constant == (True, False)
    x[300_000:] += np.uint64(1)
    apart = moments(x, y)
    assert apart.constant == (False, False)
    # half of the pixels on either side of the mean
    assert apart.m2_x == pytest.approx(x.size / 4, rel=1e-12)


@pytest.mark.parametrize("lazy", [False, True])
def test_labels_of_integers_beyond_2_to_the_53_beside_floats(lazy):
    random = np.random.default_rng(6)
    labels = np.arange(60 * 50).reshape(60, 50) // 40 % 9
    x = np.uint64(2**63) + random.integers(0, 100, labels.shape).astype(np.uint64)
    y = random.random(labels.shape) * 100
    y[::7, ::5] = math.nan
    x[labels == 2] = 2**63 + 1
    x[labels == 3] = 2**63 + 1
    x.flat[np.flatnonzero(labels == 3)[-1]] += np.uint64(1)
    images = (x, y)
    if lazy:
        images = tuple(da.from_array(image, chunks=(17, 50)) for image in images)
    rows = compare(*images, regions=labels).rows
    assert len(rows) == 8
    for k, row in enumerate(rows, start=1):
        inside = (labels == k) & ~np.isnan(y)
        truth = true_metrics(x[inside], y[inside])
        assert row["n"] == truth.n
        assert row["excluded"] == (labels == k).sum() - truth.n
        assert row["pearson"] == pytest.approx(truth.pearson, abs=1e-12, nan_ok=True)
        assert row["rmsd"] == pytest.approx(truth.rmsd, rel=1e-12)
    assert "is constant here" in rows[1]["note"]
    assert not rows[2]["note"].count("constant")


def test_the_farthest_pixels_where_floats_are_equal():
    x = np.array([2**63, 2**63 + 700, 2**63 + 701, 2**63 + 5], np.uint64)
    assert extremes(x, np.zeros(4)).where == 2
    assert extremes(x[::-1], np.zeros(4, np.int64)).where == 1
    assert extremes(np.zeros(4), x).where == 2
    assert extremes(x, np.full(4, 2.0**64)).where == 0
    low, high, _ = extremes(x, np.zeros(4))
    assert (low, high) == (2**63, 2**63 + 701)


def test_means_have_the_digits_of_their_parts():
    x = 1e15 + np.array([0.0, 0.125])
    first, second = means(moments(x, np.array([1, 2.0])))
    assert first == Fraction(10**15) + Fraction(1, 16)
    assert second == Fraction(3, 2)
    whole = means(moments(np.array([1, 2]), np.array([2**62, 2**62 + 1])))
    assert whole == (Fraction(3, 2), Fraction(2**62) + Fraction(1, 2))
