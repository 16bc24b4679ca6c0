"""Stripes and lattices are refused with the reason; what is no pattern is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from random_fields import ring, smooth
from similij import compare, more_alike, significance
from similij.evidence.autocovariance import Autocovariance
from similij.moments.centred import centred
from similij.moments.of_arrays import moments

SHAPE = (96, 112)
Y, X = np.indices(SHAPE)


def striped(seed: int, angle: float = 0.4, length: float = 9.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    phase = random.uniform(0, 2 * math.pi)
    along = X * math.cos(angle) + Y * math.sin(angle)
    waves = math.sqrt(2) * np.cos(2 * math.pi * along / length + phase)
    return waves + random.normal(size=SHAPE)


@pytest.mark.parametrize("method", ["effective", "permutation", "bootstrap"])
@pytest.mark.parametrize("angle", [0, 0.4, math.pi / 2])
def test_stripes_are_refused_with_the_reason(method: str, angle: float) -> None:
    result = significance(striped(1, angle), striped(2, angle), method=method)
    assert math.isnan(result.p) and math.isnan(result.ci_low)
    assert math.isnan(result.n_effective)
    assert "both images repeat a pattern (stripes, a lattice: " in result.note
    assert math.isfinite(result.value)


def test_the_share_is_that_of_the_stripes() -> None:
    x, y = striped(1), striped(2)
    inside = np.ones(SHAPE, bool)
    shares = Autocovariance(centred(x, y, inside, moments(x, y, inside))).patterns
    assert shares == pytest.approx((0.5, 0.5), abs=0.1)
    masked = Autocovariance(centred(x, y, ring(SHAPE), moments(x, y, ring(SHAPE))))
    assert min(masked.patterns) > 0.2


def test_a_lattice_is_a_pattern() -> None:
    spots = np.exp(2 * (np.cos(X / 1.7) + np.cos(Y / 1.7)))
    spots /= spots.std()
    x, y = (spots + smooth(k, SHAPE, 0) for k in (1, 2))
    assert "both images repeat a pattern" in significance(x, y).note
    assert "repeat a pattern" in more_alike((x, y), (y, x)).note


def test_that_stripes_cancel_in_a_distance_is_one_observation() -> None:
    """Of chance phases one pair in eight has so little left that it looks equal."""
    x = striped(1)
    y = x + smooth(7, SHAPE, 1)
    assert math.isnan(significance(x, y).ci_low)
    distance = significance(x, y, metric="rmsd", method="bootstrap")
    assert math.isnan(distance.ci_low)
    assert "both images repeat a pattern" in distance.note
    apart = significance(x, striped(2), metric="rmsd", method="bootstrap")
    assert "the difference of the images repeats a pattern" in apart.note


def test_stripes_of_one_image_are_no_matter_of_phases() -> None:
    result = significance(striped(1), smooth(2, SHAPE, 2))
    assert 0 < result.p <= 1
    assert "pattern" not in result.note


def test_the_table_says_it_too() -> None:
    row = compare(striped(1), striped(2), metrics=["pearson_p", "n_effective"]).rows[0]
    assert math.isnan(row["pearson_p"]) and math.isnan(row["n_effective"])
    assert "both images repeat a pattern" in row["note"]


@pytest.mark.parametrize("sigma", [0, 1, 4, 8])
def test_noise_of_no_scale_is_a_pattern(sigma: float) -> None:
    for seed in range(12):
        x, y = smooth(2 * seed, SHAPE, sigma), smooth(2 * seed + 1, SHAPE, sigma)
        for mask in (np.ones(SHAPE, bool), ring(SHAPE)):
            pair = centred(x, y, mask, moments(x, y, mask))
            neighbours = Autocovariance(pair)
            assert min(neighbours.patterns) == 0
