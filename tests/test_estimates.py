"""An estimate from blocks: its value, and how often its interval holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

import similij
from similij import estimate

NAMES = ("pearson", "rmsd", "mean_difference")


def volume(seed: int, planes: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Blocks that differ: brighter and dimmer ones, more and less alike."""
    random = np.random.default_rng(seed)
    bright = random.gamma(4.0, 100.0, (planes, 1, 1))
    x = bright * random.gamma(2.0, 1.0, (planes, 16, 16))
    noise = random.normal(size=x.shape) * random.gamma(3.0, 40.0, (planes, 1, 1))
    return x.astype(np.uint16), np.clip(x + noise, 0, 65535).astype(np.uint16)


def test_of_all_blocks_it_is_the_number_itself() -> None:
    x, y = volume(0, 12)
    found = estimate(x, y, n_blocks=50)
    exact = similij.compare(x, y)
    for one in found:
        assert one.value == one.ci_low == one.ci_high == getattr(exact, one.metric)
        assert (one.n, one.blocks, one.of_blocks) == (x.size, 12, 12)


def test_the_value_is_that_of_the_blocks_drawn() -> None:
    x, y = volume(1)
    found = estimate(x, y, n_blocks=10, seed=5)
    drawn = np.sort(np.random.default_rng(5).permutation(60)[:10])
    exact = similij.compare(x[drawn], y[drawn])
    for one in found:
        assert one.value == getattr(exact, one.metric)
    # the variance by hand: a jackknife of atanh R
    left = [similij.compare(x[d], y[d]).pearson
            for d in (np.delete(drawn, k) for k in range(10))]  # fmt: skip
    z = np.arctanh(left)
    variance = 9 / 10 * ((z - z.mean()) ** 2).sum() * (1 - 10 / 60)
    half = 2.2621571627409915 * math.sqrt(variance)  # Student's t, 9 degrees of freedom
    expected = np.tanh(np.arctanh(exact.pearson) + np.array([-half, half]))
    assert (found[0].ci_low, found[0].ci_high) == pytest.approx(expected, rel=1e-9)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    inside = dict.fromkeys(NAMES, 0)
    for seed in range(200):
        x, y = volume(seed)
        exact = similij.compare(x, y)
        for one in estimate(x, y, n_blocks=20, seed=seed):
            inside[one.metric] += (
                one.ci_low <= getattr(exact, one.metric) <= one.ci_high
            )
    # of 200 at 0.95: 0.87 to 0.99 leaves room for the few degrees of freedom
    for name, count in inside.items():
        assert 174 <= count <= 199, (name, count)


def test_masks_parts_and_refusals() -> None:
    dask = pytest.importorskip("dask.array")
    x, y = volume(2)
    mask = np.zeros(x.shape[1:], bool)
    mask[3:9, 2:14] = True
    whole = estimate(x, y, mask=mask, n_blocks=60)
    assert whole[1].value == similij.compare(x, y, mask=mask).rmsd
    parts = [dask.from_array(t, chunks=(1, 16, 16)) for t in (x, y)]
    assert estimate(*parts, n_blocks=9) == estimate(x, y, n_blocks=9)
    nothing = estimate(x, y, mask=np.zeros_like(mask), n_blocks=9)
    assert math.isnan(nothing[0].value)
    assert "no pixel" in nothing[0].note
    same = estimate(x, x, n_blocks=9)[1]
    assert (same.value, same.ci_low, same.ci_high) == (0, 0, 0)
    with pytest.raises(ValueError, match="spearman needs all pixels"):
        estimate(x, y, metrics="spearman")
    with pytest.raises(ValueError, match="n_blocks is 3"):
        estimate(x, y, n_blocks=3)
