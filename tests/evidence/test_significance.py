"""Is it real: sums pixel by pixel, published tests, and what cannot be answered."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import dask.array as da
import numpy as np
import pytest
import scipy.stats
import xarray as xr

import similij
from random_fields import by_pairs, lengths_of, ring, smooth
from similij import ImageError, compare, more_alike, significance
from similij.evidence import resampling
from similij.evidence.autocovariance import Autocovariance
from similij.evidence.effective_size import Sample
from similij.evidence.resampling import (
    MOST_BLOCKS,
    PLAIN,
    ResamplingBlocks,
    block_side,
    scale_of,
)
from similij.evidence.shuffling import shuffled
from similij.evidence.studentised import between, errors_of, share_beyond, studentised
from similij.images.pair import prepare
from similij.metrics import available
from similij.moments import centred as _centred
from similij.moments import transforms
from similij.moments.centred import box, centred
from similij.moments.of_arrays import moments

METRICS = available()


def cut(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return image[box(mask)]


@pytest.mark.parametrize("slice_of", [1, 1 << 17])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("shape", [(11, 9), (1, 30), (25,), (5, 4, 6)])
def test_sums_over_every_two_pixels(
    shape, masked: bool, slice_of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transforms, "PART", slice_of)
    x, y = smooth(1, shape, 1), smooth(2, shape, 1.5)
    y = y + 0.5 * x
    mask = np.random.default_rng(3).random(shape) < (0.7 if masked else 2)
    truth = by_pairs(x, y, mask)
    pair = centred(x, y, mask, moments(x, y, mask))
    found = Autocovariance(pair)
    n = mask.sum()
    variance = 0.0
    for lag, (pairs, a, b, _) in truth.items():
        if any(abs(h) > 0.75 * s for h, s in zip(lag, shape, strict=True)):
            continue
        if lag[0] >= 0:
            assert found.pairs[lag] == pairs
            assert found.of_x[lag] == pytest.approx(a, abs=1e-9)
            assert found.of_y[lag] == pytest.approx(b, abs=1e-9)
        if pairs >= n / 4:
            variance += a * b / pairs / n**2
    assert found.variance_if_independent() == pytest.approx(variance, rel=1e-9)
    assert found.lengths == lengths_of(truth, shape, n)
    in_units = found.lengths_in_units
    assert in_units == lengths_of(truth, shape, n, x[mask].var(), y[mask].var())
    gaussian = bartlett(truth, found.lengths, shape, n)
    assert found.variance_if_gaussian() == pytest.approx(
        gaussian, rel=1e-9, nan_ok=True
    )


def bartlett(truth, lengths, shape, n) -> float:
    """Bartlett's variance of R on Fisher's scale, lag by lag."""
    near = {
        lag: sums
        for lag, sums in truth.items()
        if sums[0] >= n / 4
        and all(
            abs(h) <= min(2 * k, math.floor(0.75 * s))
            for h, k, s in zip(lag, lengths, shape, strict=True)
        )
    }
    rest = n * n - sum(sums[0] for sums in near.values())
    if rest <= 0:
        return math.nan
    mean = [sum(sums[k] for sums in near.values()) / rest for k in (1, 2, 3)]
    zero = (0,) * len(shape)
    a0, b0 = (near[zero][k] / n + mean[k - 1] for k in (1, 2))

    def c(lag, k):
        return near[lag][k] / near[lag][0] + mean[k - 1]

    r = c(zero, 3) / math.sqrt(a0 * b0)
    total = 0.0
    for lag, sums in near.items():
        back = tuple(-h for h in lag)
        xx, yy = c(lag, 1) / a0, c(lag, 2) / b0
        xy, yx = (c(k, 3) / math.sqrt(a0 * b0) for k in (lag, back))
        each = xx * yy + xy * yx - r * (xx + yy) * (xy + yx)
        each += r * r / 2 * (xx**2 + yy**2 + xy**2 + yx**2)
        total += each * sums[0]
    return total / n**2 / (1 - r * r) ** 2


@pytest.mark.parametrize("part", [1, 1 << 17])
@pytest.mark.parametrize("dtype", ["u1", "u8", "f4"])
@pytest.mark.parametrize(("shape", "side"), [((23, 20), (4, 7)), ((9,), (2,))])
def test_sums_of_blocks_are_those_of_their_pixels(
    shape, side, dtype: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "_PART", part)
    random = np.random.default_rng(1)
    x, y = (random.integers(0, 250, shape).astype(dtype) for _ in "xy")
    inside = random.random(shape) < 0.8
    blocks = ResamplingBlocks(x, y, inside, side)
    origin = blocks._origin
    rows = []
    for start in itertools.product(
        *(range(0, s, k) for s, k in zip(shape, side, strict=True))
    ):
        at = tuple(slice(a, a + k) for a, k in zip(start, side, strict=True))
        a, b = (t[at][inside[at]].astype(float) for t in (x, y))
        u, v, d = a - origin[0], b - origin[1], a - b
        sums = (u, v, u * u, v * v, u * v, abs(d), d * d)
        rows.append([len(a), *(t.sum() for t in sums)])
    assert blocks.table == pytest.approx(np.array(rows), rel=1e-12, abs=1e-9)


def test_equal_images_differ_in_no_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of x - x has no length: in single precision it had one of noise."""
    monkeypatch.setattr(_centred, "_SINGLE_FROM", 1)
    for seed in range(6):
        x = smooth(seed, (120, 100), 3)
        mask = np.random.default_rng(seed).random(x.shape) < 0.8
        other = smooth(seed + 50, x.shape, 1)
        equal = Sample(prepare(x, x.copy(), mask)).neighbours
        alone = Sample(prepare(x, other, mask)).neighbours
        assert equal.lengths == equal._lengths(alone._profiles[0])


@pytest.mark.parametrize("same_blocks", [True, False])
def test_samples_of_one_pair_share_what_is_the_same(same_blocks: bool) -> None:
    """A gain of one image makes blocks of distances another size, or does not."""
    x, noise = smooth(1, (96, 96), 2), smooth(2, (96, 96), 2)
    y = x + noise if same_blocks else 9 * smooth(3, (96, 96), 8) + x
    pair = prepare(x, y)
    of_r = Sample(pair)
    like, alone = Sample(pair, in_units=True, like=of_r), Sample(pair, in_units=True)
    assert like.neighbours is of_r.neighbours
    assert (like.blocks is of_r.blocks) == (like.lengths == of_r.lengths)
    assert like.blocks.side == alone.blocks.side
    assert (like.blocks.table == alone.blocks.table).all()
    assert like.n_effective == alone.n_effective
    metric = METRICS["rmsd"]
    found, wanted = (s.beyond_blocks(metric, scale_of(metric)) for s in (like, alone))
    assert found == wanted


def test_white_noise_has_the_p_of_the_textbook() -> None:
    x, y = smooth(1, (100, 100), 0), smooth(2, (100, 100), 0)
    found = significance(x, y)
    assert found.n_effective == pytest.approx(10_000, rel=0.1)
    textbook = scipy.stats.pearsonr(x.ravel(), y.ravel())
    assert found.value == pytest.approx(textbook.statistic, rel=1e-12)
    assert found.p == pytest.approx(textbook.pvalue, abs=0.02)
    low, high = textbook.confidence_interval()
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=2e-3)


def test_p_is_students_t_on_the_effective_pixels() -> None:
    found = significance(smooth(1), smooth(2))
    df = found.n_effective - 2
    t = found.value * math.sqrt(df / (1 - found.value**2))
    assert found.p == pytest.approx(2 * scipy.stats.t.sf(abs(t), df), rel=1e-12)
    assert found.n_effective < 300 < found.n


@pytest.mark.parametrize("sigma", [0, 1, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_single_precision_is_seen_in_no_digit_that_is_shown(
    sigma: float, masked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = smooth(1, (300, 280), sigma), smooth(2, (300, 280), sigma)
    mask = np.random.default_rng(1).random(x.shape) < (0.8 if masked else 2)
    wanted = Sample(prepare(x, y, mask))
    monkeypatch.setattr(_centred, "_SINGLE_FROM", 1)
    found = Sample(prepare(x, y, mask))
    assert found.centred.x.dtype == np.float32
    assert found.neighbours.lengths == wanted.neighbours.lengths
    assert found.n_effective == pytest.approx(wanted.n_effective, rel=1e-6)
    gaussian = wanted.neighbours.variance_if_gaussian()
    assert found.neighbours.variance_if_gaussian() == pytest.approx(gaussian, rel=1e-5)


def test_effective_pixels_of_a_known_field() -> None:
    """Noise under a Gaussian of sigma: Σρ² is 2πσ² pixels for one."""
    found = significance(smooth(1, (600, 600), 3), smooth(2, (600, 600), 3))
    assert found.n_effective == pytest.approx(600**2 / (2 * math.pi * 9), rel=0.1)
    at_noise = significance(smooth(1, (300, 300), 3), smooth(2, (300, 300), 0))
    assert at_noise.n_effective == pytest.approx(300**2, rel=0.1)


@pytest.mark.parametrize("method", ["effective", "permutation", "bootstrap"])
def test_the_value_is_that_of_compare(method: str) -> None:
    x = smooth(1).round(1) * 100
    y = (0.5 * x + smooth(2) * 50).round()
    mask = ring()
    x[3, 20], x[30, 10] = np.nan, np.nan
    for kind in ("f4", "f8"):
        row = compare(x.astype(kind), y.astype(kind), mask=mask)
        found = significance(x.astype(kind), y.astype(kind), mask=mask, method=method)
        assert found.value == row.pearson
        assert (found.n, found.excluded) == (row.n, row.excluded)
    assert found.excluded == mask[[3, 30], [20, 10]].sum() > 0


@pytest.mark.parametrize("method", ["effective", "permutation", "bootstrap"])
def test_what_is_outside_the_mask_is_never_seen(method: str) -> None:
    shape = (70, 60)
    x, y = smooth(1, shape), smooth(2, shape) + smooth(1, shape)
    mask = ring(shape)
    one = significance(x, y, mask=mask, method=method)
    assert one.p < 0.05
    x[~mask], y[~mask] = 1e6, np.nan
    assert significance(x, y, mask=mask, method=method) == one
    hidden = np.where(mask, x, np.nan)
    by_nan = significance(hidden, y, method=method)
    assert by_nan.excluded == (~mask).sum()
    assert (by_nan.value, by_nan.p) == pytest.approx(
        (one.value, one.p), rel=1e-9, nan_ok=True
    )
    wide = np.pad(mask, 30)
    far = significance(np.pad(x, 30), np.pad(y, 30), mask=wide, method=method)
    assert (far.p, far.n) == (one.p, one.n)


@pytest.mark.parametrize("method", ["effective", "permutation", "bootstrap"])
@pytest.mark.parametrize("kind", ["u1", "u2", "i4", "f4", "f8"])
def test_gain_and_offset_do_not_matter(kind: str, method: str) -> None:
    x, y = smooth(1), smooth(1) + smooth(2)
    one = significance(x, y, method=method)
    a = (128 + 12 * x).clip(0, 255).astype(kind)
    b = (120 + 10 * y).clip(0, 255).astype(kind)
    other = significance(a, b, method=method)
    tolerance = 0.05 if np.dtype(kind).kind in "ui" else 1e-3
    for name in ("value", "ci_low", "ci_high"):
        assert getattr(other, name) == pytest.approx(
            getattr(one, name), abs=tolerance, nan_ok=True
        )


@pytest.mark.parametrize("name", list(METRICS))
def test_moments_of_blocks_are_those_of_pixels(name: str) -> None:
    mask = ring()
    x, y = cut(smooth(1) + 1e6, mask), cut(smooth(2) + 1e6, mask)
    inside = cut(mask, mask)
    blocks = ResamplingBlocks(x, y, inside, (7, 9))
    scale = scale_of(METRICS[name])
    places = [
        (slice(i, i + 7), slice(j, j + 9))
        for i in range(0, x.shape[0], 7)
        for j in range(0, x.shape[1], 9)
    ]
    full = [p for p in places if inside[p].any()]
    assert len(places) == len(blocks.table)
    assert len(full) == len(blocks.used)
    draws = np.random.default_rng(1).integers(0, 3, (3, len(full))).astype(float)
    for row, found in zip(
        draws, blocks.resampled(draws, METRICS[name], scale)[0], strict=True
    ):
        parts = [
            p for p, k in zip(full, row.astype(int), strict=True) for _ in range(k)
        ]
        a, b = (
            np.concatenate([image[p][inside[p]] for p in parts]) for image in (x, y)
        )
        expected = getattr(compare(a, b), name)
        assert scale.back(found) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", ["pearson", "rmsd", "mean_difference"])
def test_values_of_many_rows_are_those_of_each(name: str) -> None:
    x, y = smooth(1), smooth(2)
    y[:24] = x[:24]  # equal in half of the blocks
    x[40:] = y[40:] = 3.0  # and constant in some
    y[44:] = 3 + 1e-170  # less than a square can hold
    blocks = ResamplingBlocks(x, y, ring(), (4, 4))
    rows = np.vstack([blocks.table, blocks.table.cumsum(axis=0)])
    metric, scale = METRICS[name], scale_of(METRICS[name])
    one_by_one = [blocks._value(row, metric, scale) for row in rows.tolist()]
    found = blocks.values(rows, metric, scale)
    assert np.isnan(found).any()
    assert found == pytest.approx(one_by_one, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", list(METRICS))
def test_errors_of_resamples_are_those_of_a_jackknife(name: str) -> None:
    """Each resample's own blocks, left out one at a time."""
    x, y = smooth(1, (60, 60)), 0.5 * smooth(1, (60, 60)) + smooth(2, (60, 60)) + 0.3
    blocks = ResamplingBlocks(x, y, np.ones(x.shape, bool), (4, 4))
    metric, scale = METRICS[name], scale_of(METRICS[name])
    draws = blocks.draws(np.random.default_rng(2), 5)
    assert (draws.sum(axis=1) == len(blocks.table)).all()
    _, slopes = blocks.resampled(draws, metric, scale)
    found = errors_of(draws, blocks.table, slopes)
    for row, squared in zip(draws, found, strict=True):
        total = row @ blocks.table
        left = [k for k in np.flatnonzero(row) for _ in range(int(row[k]))]
        part = 0.01  # of a block left out: an infinitesimal jackknife
        values = blocks.values(total - part * blocks.table[left], metric, scale)
        jackknife = ((values - values.mean()) ** 2).sum() / part**2
        assert squared == pytest.approx(jackknife, rel=5e-3)


def test_influence_of_blocks_is_that_of_pixels() -> None:
    """RMSD: half of (d² - RMSD²) / RMSD² per pixel, summed over the block."""
    x, y = smooth(1, (60, 60)), smooth(2, (60, 60))
    blocks = ResamplingBlocks(x, y, np.ones(x.shape, bool), (6, 6))
    metric = METRICS["rmsd"]
    found = blocks.influence(metric, scale_of(metric))
    d = (x - y) ** 2
    pixel = (d / d.mean() - 1) / 2 / d.size
    expected = pixel.reshape(10, 6, 10, 6).sum(axis=(1, 3)).ravel()
    assert found == pytest.approx(expected, rel=0.1, abs=1e-5)
    grid = found.reshape(10, 10)
    assert 10 < blocks.freedom_of(found) < blocks.freedom
    few = np.zeros(100)
    few[:2] = 1, -1  # two blocks decide: one observation
    kurtosis = 100 * 2 / 4
    fewer = 1 / (1 / blocks.freedom + (kurtosis - 3) / 200)
    assert blocks.freedom_of(few) == pytest.approx(fewer, rel=1e-12)
    near = sum(
        grid[i, j] * grid[k, m]
        for i, j, k, m in itertools.product(range(10), repeat=4)
        if abs(i - k) <= 1 and abs(j - m) <= 1
    )
    share = (28 / 100) ** 2  # 10 + 2·9 of 100 pairs of rows touch
    assert blocks.shared == pytest.approx(share, rel=1e-12)
    assert blocks.variance(found) == pytest.approx(near / (1 - share), rel=1e-9)
    assert blocks.freedom == pytest.approx(1 / (share * 64 / 81) - 1, rel=1e-12)


@pytest.mark.parametrize("masked", [False, True])
def test_a_shuffle_is_what_moving_pixels_gives(masked: bool) -> None:
    shape, side = (24, 30), (6, 10)
    x, y = smooth(1, shape), smooth(2, shape)
    mask = ring(shape) if masked else np.ones(shape, bool)
    pair = centred(x, y, mask, moments(x, y, mask))
    found = shuffled(pair, side, np.random.default_rng(5), 20)
    places = [
        (slice(i, i + 6), slice(j, j + 10))
        for i in range(0, 24, 6)
        for j in range(0, 30, 10)
    ]
    used = [p for p in places if mask[p].any()]
    orders = np.random.default_rng(5).permuted(
        np.tile(np.arange(len(used)), (20, 1)), axis=1
    )
    for order, value, n in zip(orders, *found, strict=True):
        moved, there = np.zeros(shape), np.zeros(shape, bool)
        for to, k in zip(used, order, strict=True):
            moved[to], there[to] = y[used[k]], mask[used[k]]
        both = mask & there
        r = scipy.stats.pearsonr(x[both], moved[both]).statistic
        assert (value, n) == (pytest.approx(r, rel=1e-9), both.sum())


def test_p_of_a_shuffle_counts_from_one() -> None:
    x = smooth(1, (80, 80))
    for n in (99, 199):
        sure = significance(x, x + 0.1 * smooth(2, (80, 80)), method="permutation",
                            n_resamples=n)  # fmt: skip
        assert sure.p == 1 / (n + 1)
        assert sure.n_resamples == n
    negative = significance(x, -x, method="permutation")
    assert negative.p == 0.001
    assert "no interval" in negative.note


@pytest.mark.parametrize("method", ["permutation", "bootstrap"])
def test_a_seed_gives_the_same_and_another_gives_nearly_the_same(method: str) -> None:
    x, y = smooth(1, (90, 90)), smooth(2, (90, 90))
    y = y + 0.1 * x
    one, again, other = (
        significance(x, y, method=method, seed=seed) for seed in (3, 3, 4)
    )
    assert repr(one) == repr(again)
    assert one.p != other.p
    assert one.p == pytest.approx(other.p, abs=0.06)


def test_intervals_of_both_ways_agree_on_gaussian_fields() -> None:
    x, y = smooth(1, (250, 250)), smooth(2, (250, 250))
    y = 0.6 * x + 0.8 * y
    one, other = (significance(x, y, method=m) for m in ("effective", "bootstrap"))
    assert one.ci_low == pytest.approx(other.ci_low, abs=0.03)
    assert one.ci_high == pytest.approx(other.ci_high, abs=0.03)
    assert one.ci_low < one.value < one.ci_high < one.ci_low + 0.12
    assert one.p < 1e-10
    assert other.p == 0.002  # either side counts: 2 / (999 + 1)


@pytest.mark.parametrize("name", ["rmsd", "mean_difference"])
def test_interval_of_a_distance(name: str) -> None:
    x, y = smooth(1, (200, 200)), smooth(2, (200, 200))
    found = significance(x, y, metric=name, method="bootstrap")
    assert found.value == getattr(compare(x, y), name)
    assert 0.8 * found.value < found.ci_low < found.value < found.ci_high
    assert found.ci_high < 1.2 * found.value
    assert math.isnan(found.p)
    assert "no value by chance" in found.note
    doubled = significance(2 * x, 2 * y, metric=name, method="bootstrap")
    assert doubled.ci_high == pytest.approx(2 * found.ci_high, rel=1e-9)


@pytest.mark.parametrize("count", [199, 999])
def test_p_is_at_most_5_percent_where_the_interval_leaves_out_0(count: int) -> None:
    """Order statistics by hand, of resamples that scatter more to one side."""
    t = np.random.default_rng(1).gamma(2, size=count) - 2
    k = (count + 1) // 40  # 2.5 % of count + 1
    ordered = np.sort(t)
    beyond = 0
    for own in np.linspace(-3, 8, 500):
        low, high = between(PLAIN, own, 1.0, t)
        assert low == pytest.approx(own - ordered[-k], abs=1e-12)
        assert high == pytest.approx(own - ordered[k - 1], abs=1e-12)
        p = share_beyond(t, own)
        rarer = min(sum(t <= own), sum(t >= own))
        assert p == min(1, 2 * (rarer + 1) / (count + 1))
        outside = own < ordered[k - 1] or own > ordered[-k]
        assert (p <= 0.05) == outside
        beyond += outside
    assert 0 < beyond < 500


def test_resamples_of_independent_blocks_need_no_widening() -> None:
    drawn, squared = np.array([-2.0, 0.5, 3.0, 1.0]), np.array([4.0, 1.0, 4.0, 0.0])
    same = studentised(drawn, squared, freedom=12, drawn_freedom=12)
    assert same.tolist() == [-1, 0.5, 1.5]  # one resample has no error of its own
    wider = studentised(drawn, squared, freedom=8, drawn_freedom=60)
    tabulated = 2.306 / 2.0003  # Student's t, 97.5 %
    assert wider == pytest.approx(same * tabulated, rel=1e-4)


def test_shading_in_both_images_is_told() -> None:
    y, x = np.indices((90, 90)) / 90 - 0.5
    dome = 2.25 * (1 - 4 * (x * x + y * y))
    a, b = (dome + smooth(k, (90, 90), 1) for k in (1, 2))
    assert "shading" in significance(a, b).note
    assert significance(a - dome, b - dome).note == ""


def test_a_weak_drift_makes_blocks_long() -> None:
    """It shows in neither image; it is all that there is in their difference."""
    x = smooth(1, (200, 200), 0)
    drift = smooth(2, (200, 200), 6)
    drift *= 0.1 / drift.std()
    sample = Sample(prepare(x, x + drift))
    assert min(sample.neighbours.lengths) > 6
    assert max(Sample(prepare(x, smooth(3, (200, 200), 0))).neighbours.lengths) == 1


def test_blocks_are_as_many_as_can_be_kept() -> None:
    for shape in [(1000, 1000), (10, 100_000), (100_000,), (3, 500, 500), (64, 64)]:
        side = block_side(shape, (1,) * len(shape))
        counts = [-(-s // b) for s, b in zip(shape, side, strict=True)]
        assert MOST_BLOCKS / 8 < math.prod(counts) <= MOST_BLOCKS


def test_float32_gives_what_float64_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = smooth(1, (120, 110)) + 1e5, smooth(2, (120, 110))
    y += x
    double = significance(x, y)
    monkeypatch.setattr(_centred, "_SINGLE_FROM", 1)
    single = significance(x, y)
    assert single.n_effective == pytest.approx(double.n_effective, rel=1e-4)
    assert single.ci_low == pytest.approx(double.ci_low, abs=1e-4)


def test_named_axes_are_aligned() -> None:
    x, y = smooth(1), smooth(2)
    a = xr.DataArray(x, dims=("y", "x"), name="a")
    b = xr.DataArray(y.T, dims=("x", "y"), name="b")
    assert significance(a, b) == significance(x, y)


def test_dask_bool_and_stacks() -> None:
    x, y = smooth(1, (60, 50)), smooth(1, (60, 50)) + smooth(2, (60, 50))
    lazy = significance(da.from_array(x, chunks=17), da.from_array(y, chunks=20))
    assert lazy == significance(x, y)
    for method in ("effective", "permutation", "bootstrap"):
        sides = significance(x > 0, y > 0, method=method)
        assert sides.value == compare(x > 0, y > 0).pearson
        assert sides.p < 0.01
        x3, y3 = smooth(1, (12, 40, 40), 1), smooth(2, (12, 40, 40), 1)
        stack = significance(x3, x3 + y3, method=method)
        assert len(stack.block) == 3
        assert stack.p < 1e-2
    assert significance(x3, y3).n_effective < 12 * 40 * 40 / 8


def test_chance_is_not_called_real() -> None:
    """Of 100 independent smooth pairs, most are significant by the textbook."""
    pairs = [
        (smooth(2 * k, sigma=1.5), smooth(2 * k + 1, sigma=1.5)) for k in range(100)
    ]
    textbook = [scipy.stats.pearsonr(x.ravel(), y.ravel()).pvalue for x, y in pairs]
    assert sum(p <= 0.05 for p in textbook) > 50
    for method in ("effective", "permutation"):
        found = [significance(x, y, method=method, n_resamples=199).p for x, y in pairs]
        assert 1 <= sum(p <= 0.05 for p in found) <= 11  # 5, give or take 2.7 errors


def test_constant_images_say_so() -> None:
    flat = xr.DataArray(np.full((30, 30), 7.0), dims=("y", "x"), name="flat.tif")
    x = smooth(1, (30, 30))
    for method in ("effective", "permutation", "bootstrap"):
        found = significance(flat, x, method=method)
        assert math.isnan(found.value)
        assert math.isnan(found.p)
        assert math.isnan(found.n_effective)
        assert "flat.tif is constant here (every pixel is 7)" in found.note
    distance = significance(flat, x, metric="rmsd", method="bootstrap")
    assert distance.ci_low < distance.value < distance.ci_high
    both = significance(flat, flat + 2, metric="rmsd", method="bootstrap")
    assert (both.value, both.ci_low, both.ci_high) == (2, 2, 2)
    assert "in every resample" in both.note


def test_equal_images() -> None:
    x = smooth(1, (60, 60))
    found = significance(x, 2 * x.copy())
    assert (found.value, found.ci_low, found.ci_high) == (1, 1, 1)
    assert found.p < 1e-20
    same = significance(x, x, metric="rmsd", method="bootstrap")
    assert (same.value, same.ci_low, same.ci_high) == (0, 0, 0)


def test_infinite_and_missing_pixels_say_so() -> None:
    x, y = smooth(1), smooth(2)
    x[3, 4] = np.inf
    assert "1 pixel is infinite" in significance(x, y).note
    x[:] = np.nan
    none = significance(x, y)
    assert (none.n, none.excluded) == (0, x.size)
    assert "no pixel is compared" in none.note
    empty = significance(y, y, mask=np.zeros(y.shape, bool), method="bootstrap")
    assert math.isnan(empty.ci_low)
    assert "no pixel is compared" in empty.note


@pytest.mark.parametrize("method", ["effective", "permutation", "bootstrap"])
def test_too_small_a_region_is_not_tested(method: str) -> None:
    x, y = smooth(1, (14, 14), 6), smooth(2, (14, 14), 6)
    found = significance(x, y, method=method)
    assert math.isfinite(found.value)
    assert math.isnan(found.p)
    assert math.isnan(found.ci_low)
    assert "larger region" in found.note
    two = significance(x[:1, :2], y[:1, :2], method=method)
    assert math.isnan(two.p)
    assert two.note


def test_a_region_few_structures_wide_is_said_to_have_wide_intervals() -> None:
    words = "the interval is wider than need be"
    x, a, b = (smooth(k, (64, 64), 8) for k in range(3))
    found = [significance(x, x + a), significance(x, x + a, method="bootstrap")]
    found.append(
        significance(x, a, metric="mean_difference", method="bootstrap")  # two words
    )
    assert "no value by chance; " in found[-1].note
    found.append(more_alike((x, x + a), (x, x + 2 * b)))
    for one in found:
        assert words in one.note
        assert one.ci_low < one.ci_high
    large, other = smooth(1, (128, 128), 4), smooth(2, (128, 128), 4)
    assert significance(large, other, method="bootstrap").note == ""
    assert significance(x, x + a, method="permutation").note == (
        "a shuffle gives no interval"
    )


def test_more_alike_by_resampling_both_together() -> None:
    x, a, b = (smooth(k, (90, 90)) for k in range(3))
    nearer, farther = x + 0.5 * a, x + 0.5 * a + 0.2 * b
    found = more_alike((x, nearer), (x, farther))
    assert found.value_1 == compare(x, nearer).pearson
    assert found.difference == found.value_1 - found.value_2 > 0
    assert found.paired
    assert 0 < found.ci_low < found.difference < found.ci_high
    assert found.p < 0.05
    # Apart, both intervals overlap: what they share is not taken off.
    one, two = (significance(x, y) for y in (nearer, farther))
    assert one.ci_low < two.ci_high
    back = more_alike((x, farther), (x, nearer))
    assert back.p == found.p
    assert back.ci_low == pytest.approx(-found.ci_high)
    for metric in ("rmsd", "mean_difference"):
        distance = more_alike((x, nearer), (x, x + 0.6 * a + b), metric=metric)
        assert distance.ci_high < 0
        assert not distance.higher_is_more_similar


def test_more_alike_of_pairs_of_unequal_size() -> None:
    x, a = smooth(1, (90, 90)), smooth(2, (90, 90))
    z, b = smooth(3, (70, 80)), smooth(4, (70, 80))
    found = more_alike((x, x + 0.3 * a), (z, z + 2 * b))
    assert not found.paired
    assert found.p < 0.01
    assert (found.n_1, found.n_2) == (8100, 5600)
    same = more_alike((x, x + a), (z, z + b))
    assert same.ci_low < 0 < same.ci_high
    assert same.p > 0.05
    assert "independent" in repr(same)


def test_more_alike_leaves_out_what_one_of_four_lacks() -> None:
    x, a, b = (smooth(k) for k in range(3))
    a[5, :] = np.nan
    b[:, 7] = np.nan
    found = more_alike((x, x + a), (x, x + b), mask=ring())
    keep = ring() & ~np.isnan(a) & ~np.isnan(b)
    assert found.n_1 == found.n_2 == keep.sum()
    assert found.value_2 == compare(x, x + b, mask=keep).pearson
    with pytest.raises(ImageError, match="no pixel is left"):
        more_alike((x, a), (x, x * np.nan))


def test_more_alike_without_an_answer() -> None:
    x = smooth(1)
    found = more_alike((x, x + smooth(2)), (x, np.ones(x.shape)))
    assert math.isnan(found.p)
    assert "image 2 is constant" in found.note
    same = more_alike((x, x + smooth(2)), (x, x + smooth(2)))
    assert same.difference == 0
    assert math.isnan(same.p)
    assert "differs alike in all resamples" in same.note
    flat = np.ones((30, 30))
    none = more_alike((flat, flat + 1), (flat, flat + 2), metric="rmsd")
    assert none.difference == -1
    assert "constant" in none.note
    small = more_alike((x[:9, :9], smooth(2)[:9, :9]), (x[:9, :9], smooth(3)[:9, :9]))
    assert "larger region" in small.note


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"method": "t-test"}, "method is 't-test': it must be 'effective'"),
        ({"metric": "r2"}, "there is no metric 'r2'"),
        ({"metric": "rmsd"}, "for 'rmsd' use method='bootstrap'"),
        ({"n_resamples": 9}, "n_resamples is 9: it must be 99 or more"),
    ],
)
def test_what_cannot_be_asked(options, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        significance(smooth(1), smooth(2), **options)


def test_unlike_images_are_refused() -> None:
    with pytest.raises(ImageError, match="same width and height"):
        significance(smooth(1), smooth(2)[:-1])
    with pytest.raises(ImageError, match="must be bool"):
        significance(smooth(1), smooth(2), mask=np.ones((48, 40)))


@pytest.mark.parametrize("ask", [significance, lambda x, y: more_alike((x, y), (x, y))])
def test_without_scipy_it_says_what_to_install(
    ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.fft", None)
    with pytest.raises(ImportError, match="pip install scipy scikit-image"):
        ask(smooth(1), smooth(2))


def test_importing_similij_leaves_scipy_alone() -> None:
    code = "import sys, similij; print('scipy' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "False"


def test_what_is_printed() -> None:
    found = significance(smooth(1), smooth(2), method="bootstrap")
    text = repr(found)
    assert text.startswith(f"Pearson R {found.value:.4g}, 95 % interval ")
    assert f"effective of {found.n} pixels" in text
    assert "999 resamples, seed 0" in text
    assert similij.significance is significance
    assert similij.more_alike is more_alike


def test_a_metric_of_pixels_is_refused() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 64, 64))
    for call in (
        lambda: similij.significance(x, y, metric="spearman", method="bootstrap"),
        lambda: similij.more_alike((x, y), (y, x), metric="ssim"),
    ):
        with pytest.raises(ValueError, match="needs the pixels themselves"):
            call()


@pytest.mark.parametrize("method", ["effective", "permutation", "bootstrap"])
def test_integers_far_from_0_have_the_certainty_of_those_near_it(method):
    x, y = (1000 * smooth(seed, (64, 64), 1.5) for seed in (1, 2))
    x, y = x.astype(np.int64), (x + y).astype(np.int64)
    near = significance(x, y, method=method)
    far = significance(
        (x + 2**40).astype(np.uint64) + np.uint64(2**63), y - 2**62, method=method
    )
    assert far.p == pytest.approx(near.p, rel=1e-6)
    assert far.n_effective == pytest.approx(near.n_effective, rel=1e-9)


def test_limits_of_distances_of_integers_far_from_0():
    x, y = (1000 * smooth(seed, (64, 64), 1.5) for seed in (1, 2))
    x, y = x.astype(np.int64), (x + y).astype(np.int64)
    near = significance(x, y, metric="rmsd", method="bootstrap")
    far = significance(x + 2**62, y + 2**62, metric="rmsd", method="bootstrap")
    assert (far.ci_low, far.ci_high) == pytest.approx((near.ci_low, near.ci_high))


@pytest.mark.parametrize("power", [-1000, -400, 400, 1000])
def test_pixels_whose_squares_have_no_squares_have_no_limits_but_a_reason(power):
    x, y = (np.ldexp(smooth(seed, (64, 64), 1.5), power) for seed in (1, 2))
    result = significance(x, y, metric="mean_difference", method="bootstrap")
    assert math.isnan(result.ci_low) and math.isnan(result.p)
    assert ("too large" if power > 0 else "too alike") in result.note
    other = more_alike((x, y), (x, 2 * y), metric="mean_difference")
    assert math.isnan(other.p)
    assert ("too large" if power > 0 else "too alike") in other.note


def test_differences_that_vary_below_the_digits_of_float64():
    x = np.random.default_rng(0).random((64, 64))
    result = significance(x, x + 1e18, metric="rmsd", method="bootstrap")
    assert result.ci_low == result.ci_high == result.value
    assert "in every resample" in result.note
