"""Images that vary in the same places: window by window, and textured corners."""

from __future__ import annotations

import numpy as np
import pytest

from random_fields import ring, smooth, variation_by_lags
from similij import compare, significance
from similij.evidence import resampling
from similij.evidence.effective_size import Sample
from similij.evidence.local_variation import common_variation
from similij.images.pair import prepare
from similij.moments.centred import centred
from similij.moments.of_arrays import moments


@pytest.mark.parametrize("part", [1, 1 << 17])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("shape", [(34, 50), (70,), (40, 20, 33)])
def test_windows_by_circular_lags(
    shape, masked: bool, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "_PART", part)
    mask = np.random.default_rng(3).random(shape) < (0.7 if masked else 2)
    x, y = smooth(1, shape, 1), smooth(2, shape, 1.5)
    y[: shape[0] // 2] *= 3
    x[: shape[0] // 2] *= 4
    lengths = (2,) * len(shape)
    pair = centred(x, y, mask, moments(x, y, mask))
    wanted = variation_by_lags(x, y, mask, lengths)
    assert wanted > 1.2
    assert common_variation(pair, lengths) == pytest.approx(wanted, rel=1e-9)


def test_images_alike_everywhere_stay_at_one() -> None:
    found = [
        Sample(prepare(smooth(2 * k, (96, 96)), smooth(2 * k + 1, (96, 96))))
        for k in range(20)
    ]
    times = [sample.common_variation for sample in found]
    assert np.mean(times) == pytest.approx(1, abs=0.05)
    small = Sample(prepare(smooth(1, (15, 15), 1), smooth(2, (15, 15), 1)))
    assert small.common_variation == 1  # of one window there is nothing to tell


def test_a_mask_with_ragged_windows_stays_at_one() -> None:
    mask = ring((128, 128))
    times = []
    for k in range(20):
        x, y = (smooth(2 * k + j, (128, 128), 1) for j in (0, 1))
        pair = centred(x, y, mask, moments(x, y, mask))
        times.append(common_variation(pair, (2, 2)))
    assert np.mean(times) == pytest.approx(1, abs=0.1)


def corner(seed: int, shape=(96, 96)) -> np.ndarray:
    field = 0.3 * np.random.default_rng(seed).normal(size=shape)
    field[:48, :48] = smooth(seed, (48, 48), 3)
    return field


def half(seed: int, shape=(96, 96)) -> np.ndarray:
    """Of one variance everywhere, in one half coarse."""
    field = np.random.default_rng(seed).normal(size=shape)
    field[:, :48] = smooth(seed, (96, 48), 3)
    return field


@pytest.mark.parametrize("make", [corner, half])
def test_chance_in_one_part_of_the_field_is_not_called_real(make) -> None:
    by_method = {"effective": 0, "permutation": 0}
    costes = before = 0
    for k in range(60):
        x, y = make(2 * k), make(2 * k + 1)
        for method in by_method:
            p = significance(x, y, method=method, n_resamples=199).p
            by_method[method] += p <= 0.05
        costes += compare(x, y, metrics="costes_p").costes_p <= 0.05
        sample = Sample(prepare(x, y))
        r = float((sample.centred.x * sample.centred.y).mean())
        of_all = sample.neighbours.variance_if_independent()
        before += abs(r) > 2 * of_all**0.5
    assert before >= 7  # 60 runs: 0.05 would be 3, give or take 1.7
    assert max(by_method.values()) <= 7
    assert costes <= 7


def test_a_likeness_in_one_part_is_still_found() -> None:
    x, y = half(1), half(2)
    assert significance(x, 0.5 * x + y).p < 1e-3
