"""Stripes and lattices are refused with the reason; what is no pattern is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from random_fields import ring, smooth
from similij import compare, more_alike, significance
from similij.evidence.autocovariance import Autocovariance
from similij.evidence.periodic import share_of_pattern
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


@pytest.mark.parametrize("shape", [(40, 30), (1, 64), (90,), (9, 20, 16)])
def test_the_strongest_peak_by_a_look_at_every_cell(shape) -> None:
    """Each with its next ones, and one and two more around, over the edges."""
    found = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        padded = tuple(2 * s for s in shape)
        cells = random.exponential(size=[-(-p // 3) for p in (*padded[:-1], shape[-1])])
        places = [tuple(random.integers(k) for k in cells.shape) for _ in range(3)]
        for place in places:
            cells[place] += cells.sum() * random.choice([0.01, 0.05, 0.1, 0.3])
        long = [k for k, size in enumerate(shape) if size > 1]
        wide = cells
        for axis in long:
            rest = [(0, 0)] * cells.ndim
            rest[axis] = (2, 3)
            wide = np.pad(wide, rest, "reflect" if axis == cells.ndim - 1 else "wrap")
        strongest = 0.0
        for at in np.ndindex(cells.shape):
            around = [
                wide[
                    tuple(
                        slice(i + 2 - r, i + 4 + r) if k in long else i
                        for k, i in enumerate(at)
                    )
                ].sum()
                for r in range(3)
            ]
            nearby = (around[2] - around[1]) / (6 ** len(long) - 4 ** len(long))
            cycles = max(
                min(3 * i, p - 3 * i) * s / p
                for i, p, s in zip(at, padded, shape, strict=True)
            )
            if around[0] / 2 ** len(long) >= 10 * nearby and cycles >= 4:
                strongest = max(strongest, around[0] / cells.sum())
        wanted = strongest if strongest >= 0.05 else 0
        assert share_of_pattern(cells, shape, padded) == pytest.approx(wanted)
        found.append(wanted)
    assert np.count_nonzero(found) > 0
