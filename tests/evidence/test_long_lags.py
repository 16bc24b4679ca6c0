"""What blocks do not see: every two pixels beyond them, and broad structures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from random_fields import ring, smooth
from similij import more_alike, significance
from similij.evidence import long_lags
from similij.evidence.effective_size import Sample, beyond
from similij.evidence.long_lags import LongLags
from similij.evidence.resampling import PLAIN, scale_of
from similij.images.pair import prepare
from similij.metrics import available

METRICS = available()


def by_every_pair(images, mask, side, form) -> tuple[float, float]:
    """Sum 2 tr(F C F C') lag by lag, from covariances by going through all pixels."""
    n = mask.sum()
    count = len(images)
    total = doubled = noise = beyond = 0.0
    for lag in itertools.product(*(range(1 - size, size) for size in mask.shape)):
        if any(abs(h) > 0.75 * s for h, s in zip(lag, mask.shape, strict=True)):
            continue
        here = tuple(
            slice(max(0, -h), min(s, s - h))
            for h, s in zip(lag, mask.shape, strict=True)
        )
        there = tuple(
            slice(max(0, h), min(s, s + h))
            for h, s in zip(lag, mask.shape, strict=True)
        )
        both = mask[here] & mask[there]
        pairs = both.sum()
        if pairs < n / 4:
            continue
        c = np.empty((count, count))
        for i, j in itertools.product(range(count), repeat=2):
            c[i, j] = (images[i][here][both] * images[j][there][both]).sum() / pairs
        near = math.prod(
            min(1, max(0, 2 - abs(h) / k)) for h, k in zip(lag, side, strict=True)
        )
        term = (1 - near) * pairs * np.trace(form @ c @ form @ c.T)
        total += term
        doubled += term**2
        noise += near * pairs / n * np.trace(form @ c) ** 2
        beyond += 1 - near
    variance = 2 * (total - noise * beyond)
    return variance, n / (total**2 / doubled) - 1


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("shape", "side"), [((20, 24), (3, 2)), ((90,), (4,))])
def test_sums_over_every_two_pixels_beyond_the_blocks(shape, side, masked) -> None:
    mask = np.random.default_rng(3).random(shape) < (0.8 if masked else 2)
    images = [np.where(mask, smooth(k, shape, 4), 0) for k in (5, 6)]
    images[1] += 0.7 * images[0]
    form = np.array([[0.5, -0.3], [-0.3, 0.9]])
    wanted = by_every_pair(images, mask, side, form)
    assert wanted[0] > 0
    variance, freedom = LongLags(images, mask, side).variance(form)
    assert variance == pytest.approx(wanted[0], rel=1e-9)
    assert freedom == pytest.approx(max(1, wanted[1]), rel=1e-9)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("shape", "side"), [((20, 24), (3, 2)), ((90,), (4,))])
def test_the_variance_of_a_mean_is_what_near_pairs_lack(
    shape, side, masked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Summed lag by lag, up to 0.4 of the box and up to where blocks reach."""
    monkeypatch.setattr(long_lags, "REACHES", (0.4,))
    mask = np.random.default_rng(3).random(shape) < (0.8 if masked else 2)
    images = [np.where(mask, smooth(k, shape, 4), 0) for k in (5, 6)]
    images = [image - mask * image.sum() / mask.sum() for image in images]
    apart = images[0] - 0.5 * images[1]
    n = float(mask.sum())
    sums, pairs = np.zeros(2), np.zeros(2)
    for lag in itertools.product(*(range(1 - size, size) for size in shape)):
        here, there = (
            tuple(
                slice(max(0, k * h), min(s, s + k * h))
                for h, s in zip(lag, shape, strict=True)
            )
            for k in (-1, 1)
        )
        both = mask[here] & mask[there]
        if both.sum() < n / 4:
            continue
        near = math.prod(
            min(1, max(0, 2 - abs(h) / k)) for h, k in zip(lag, side, strict=True)
        )
        far = all(abs(h) <= 0.4 * s for h, s in zip(lag, shape, strict=True))
        weights = np.array([max(near, far), near])
        sums += weights * (apart[here] * apart[there])[both].sum()
        pairs += weights * both.sum()
    every, seen = sums / (n * n - pairs)
    assert len(shape) == 1 or every > seen > 0
    lags, contrast = LongLags(images, mask, side), np.array([[1.0, -0.5]])
    none, one = np.zeros(1), np.ones(1)
    curved = lags.variance_of_means(contrast, none, 3 * one)
    assert curved == pytest.approx(2 * (3 * n * max(every, 0)) ** 2, rel=1e-9)
    straight = lags.variance_of_means(contrast, 3 * one, none)
    assert straight == pytest.approx(max(9 * n * n * (every - seen), 0), rel=1e-9)


def test_a_mean_that_shading_moves_is_counted_and_that_of_noise_is_not() -> None:
    y, x = np.indices((96, 96)) / 48 - 1
    none, one = np.zeros(1), np.ones(1)
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=x.shape)
        shaded = noise + np.cos(1.5 * x) + np.sin(y)
        for image, shade in ((noise, False), (shaded, True)):
            lags = LongLags([image - image.mean()], np.ones(x.shape, bool), (4, 4))
            added = lags.variance_of_means(np.ones((1, 1)), one, none)
            # Of noise alone the sum varies by the pixels, whose variance is 1.
            assert (added > image.size) if shade else (added < image.size / 5)


def test_the_variance_of_a_mean_is_right_on_average() -> None:
    """Of noise under a Gaussian it is the sum of its covariances over the region."""
    shape, sigma = (96, 96), 6.0
    lags = np.arange(-95, 96)
    along = (96 - abs(lags)) @ np.exp(-(lags**2) / (4 * sigma**2)) / 96**2
    found = []
    for seed in range(60):
        image = smooth(seed, shape, sigma)
        image -= image.mean()
        of_lags = LongLags([image], np.ones(shape, bool), (8, 8))
        one = np.ones((1, 1))
        curved = of_lags.variance_of_means(one, np.zeros(1), np.ones(1))
        found.append(math.sqrt(curved / 2) / image.size)
    assert np.mean(found) == pytest.approx(along**2, rel=0.25)


def test_bins_tell_what_pixels_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = ring((200, 160))
    images = [np.where(mask, smooth(k, mask.shape, 6), 0) for k in range(2)]
    form = np.array([[1.0, -1.0], [-1.0, 1.0]])
    fine = LongLags(images, mask, (6, 6)).variance(form)
    monkeypatch.setattr(long_lags, "MOST_BINS", 8000)
    coarse = LongLags(images, mask, (6, 6))
    assert coarse.pairs.size < 10_000
    found = coarse.variance(form)
    assert found[0] == pytest.approx(fine[0], rel=0.1)
    assert found[1] == pytest.approx(fine[1], rel=0.15)


def test_noise_over_many_lags_adds_next_to_nothing() -> None:
    """Squares of noise alone would double the variance."""
    form = np.array([[1.0]])
    added = []
    for seed in range(40):
        image = smooth(seed, (64, 64), 2)
        image -= image.mean()
        mask = np.ones(image.shape, bool)
        variance, _ = LongLags([image], mask, (6, 6)).variance(form)
        # Of a Gaussian field, Var of the sum of squares: 2 n times the sum of C².
        added.append(variance / (2 * image.size * 2 * math.pi * 4 * image.var() ** 2))
    assert np.mean(added) < 0.15


@pytest.mark.parametrize("name", ["pearson", "rmsd", "mean_difference"])
def test_what_a_metric_adds_for_each_pixel(name: str) -> None:
    """By the textbook: of atanh R zx·zy - R(zx² + zy²)/2, of log RMSD (x - y)²/2."""
    x, y = smooth(1, (60, 60)), 3 * smooth(1, (60, 60)) + smooth(2, (60, 60)) + 0.3
    sample = Sample(prepare(x, y), in_units=name != "pearson")
    metric = METRICS[name]
    form = sample.added(sample.blocks.slopes(metric, scale_of(metric))).form
    n, d = x.size, x - y
    if name == "pearson":
        r = np.corrcoef(x.ravel(), y.ravel())[0, 1]
        wanted = np.array([[-r, 1], [1, -r]]) / 2 / (1 - r * r) / n
    else:
        one = np.array([[1, -1], [-1, 1]]) * np.outer(*2 * [[x.std(), y.std()]])
        wanted = one / (2 * n * (d @ d.T).trace() / n)
        if name == "mean_difference":
            density = math.exp(-((d.mean() / d.std()) ** 2) / 2) / math.sqrt(
                2 * math.pi
            )
            wanted = one * density / d.std() / abs(d).sum()
    assert form == pytest.approx(wanted, rel=0.02, abs=np.abs(wanted).max() * 0.01)


def two_scales(seed: int) -> np.ndarray:
    shape = (96, 96)
    return 1.3 * smooth(seed, shape, 1) + smooth(seed + 100, shape, 10)


def test_two_scales_get_wider_intervals_and_a_note() -> None:
    said = 0
    for seed in range(8):
        x, y = two_scales(2 * seed), two_scales(2 * seed + 1)
        for metric, method in (("pearson", "effective"), ("rmsd", "bootstrap")):
            result = significance(x, y, metric=metric, method=method)
            sample = Sample(prepare(x, y), in_units=metric != "pearson")
            definition = METRICS[metric]
            beyond, _ = sample.beyond_blocks(definition, scale_of(definition))
            said += "structures larger than the blocks" in result.note
            assert beyond >= 0
            if "structures larger" in result.note:
                assert beyond > 0
    assert said >= 8


def test_a_difference_of_pairs_knows_of_long_lags() -> None:
    x, a, b = (two_scales(300 + k) for k in range(3))
    wide = more_alike((x, x + a), (x, x + b))
    assert "structures larger than the blocks" in wide.note
    metric, one = METRICS["pearson"], Sample(prepare(x, x + a))
    fields = [one.centred.x, one.centred.y]
    both = [*fields, *fields]
    form = one.added(one.blocks.slopes(metric, PLAIN)).form
    none = np.zeros((2, 2))
    lags = LongLags(both, one.centred.inside, one.blocks.side)
    twice = lags.variance(np.block([[form, none], [none, -form]]))
    assert twice[0] == pytest.approx(0, abs=1e-9)  # what both share cancels
    alone = lags.variance(np.block([[form, none], [none, none]]))
    assert alone == one.long_lags.variance(form)


def test_what_two_pairs_share_of_their_means_cancels() -> None:
    x, a = two_scales(300), two_scales(301) + 0.4
    one = Sample(prepare(x, a), in_units=True)
    fields = [one.centred.x, one.centred.y]
    lags = LongLags([*fields, *fields], one.centred.inside, one.blocks.side)
    added = one.added(one.blocks.slopes(METRICS["rmsd"], PLAIN))
    alone, _ = beyond(one.long_lags, [added])
    twice, _ = beyond(lags, [added, -added])
    assert alone > 0
    assert twice == pytest.approx(0, abs=1e-9 * alone)


def test_means_of_a_region_widen_intervals_of_distances_only() -> None:
    """Those of R are of deviations from the mean, wherever that is."""
    x, y = two_scales(300), two_scales(301)
    for name, widens in (("pearson", False), ("rmsd", True), ("mean_difference", True)):
        sample = Sample(prepare(x, y), in_units=widens)
        metric = METRICS[name]
        added = sample.added(sample.blocks.slopes(metric, scale_of(metric)))
        of_lags, _ = sample.long_lags.variance(added.form)
        every, _ = sample.beyond_blocks(metric, scale_of(metric))
        assert (every > 1.01 * of_lags) == widens
        assert every >= of_lags
