"""Few photons, small images: no crash, a reason for each NaN, no p that is not so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from random_fields import smooth
from similij import compare, more_alike, significance
from similij.evidence import chance
from similij.evidence.effective_size import Sample
from similij.images.pair import prepare
from similij.metrics import catalogue

NAMES = [*catalogue("significance"), "costes_p"]
ASKED = [
    ("pearson", "effective"), ("pearson", "permutation"), ("pearson", "bootstrap"),
    ("rmsd", "bootstrap"), ("mean_difference", "bootstrap"), ("overlap", "bootstrap"),
]  # fmt: skip


def sparse(random: np.random.Generator, shape) -> np.ndarray:
    image = np.zeros(shape)
    kind = random.integers(5)
    if kind == 0:
        image.flat[random.integers(image.size)] = 1
    elif kind == 1:
        image = random.poisson(random.choice([0.002, 0.05]), shape).astype(float)
    elif kind == 2:
        image = (random.random(shape) < 0.5).astype(float)
    elif kind == 3:
        image.flat[random.integers(0, image.size, 3)] = random.integers(1, 1000, 3)
    else:
        image[: shape[0] // 2] = 1
    return image.astype(random.choice(["u1", "f4", "f8"]))


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (5, 7), (1, 30), (16, 16), (64, 64)])
def test_every_nan_has_a_reason_and_every_interval_its_value(shape) -> None:
    random = np.random.default_rng([9, *shape])
    for _ in range(12):
        x, y = sparse(random, shape), sparse(random, shape)
        mask = None if random.random() < 0.7 else random.random(shape) < 0.7
        if mask is not None and not mask.any():
            continue
        for metric, method in ASKED:
            one = significance(
                x, y, mask=mask, metric=metric, method=method, n_resamples=99
            )
            numbers = [one.value, one.ci_low, one.ci_high]
            numbers += [one.p] if metric == "pearson" else []
            assert one.note or not any(map(math.isnan, numbers))
            assert math.isnan(one.ci_low) == math.isnan(one.ci_high)
            if not math.isnan(one.ci_low):
                assert one.ci_low <= one.value <= one.ci_high
                assert math.isfinite(one.ci_low) and math.isfinite(one.ci_high)
        row = compare(x, y, mask=mask, metrics=NAMES).rows[0]
        assert row["note"] or not any(math.isnan(row[name]) for name in NAMES)
        pair = more_alike((x, y), (y, x), mask=mask, n_resamples=99)
        assert pair.note or not math.isnan(pair.p)


def test_disjoint_photons_are_no_likeness() -> None:
    x, y = np.zeros((2, 32, 32))
    x[3, 4] = y[20, 9] = 1
    row = compare(x, y, metrics=NAMES).rows[0]
    assert row["costes_p"] == 1
    assert row["pearson_p_permutation"] == 1
    assert math.isnan(row["pearson_p"])
    assert "1 and 1 bright pixels make the images" in row["note"]


def test_ties_count_as_ties_far_from_0() -> None:
    """R of shuffles of the same photons differ by rounding alone."""
    x, y = np.zeros((2, 48, 48))
    x[[3, 20, 40], [4, 30, 9]] = 0.1
    y[[7, 25, 44], [11, 33, 2]] = 0.3
    result = significance(x + 1e3, y - 7.7, method="permutation")
    assert result.p > 0.9


def test_chance_of_a_few_photons() -> None:
    random = np.random.default_rng(4)
    bold = 0
    for _ in range(150):
        x, y = np.zeros((2, 32, 32))
        for image in (x, y):
            places = random.integers(1024, size=random.integers(1, 6))
            np.add.at(image.reshape(-1), places, 1)
        bold += significance(x, y, method="permutation", n_resamples=99).p <= 0.05
    assert bold <= 9  # at most 25/1024 of five photons each meet


def test_what_meets_by_chance_is_counted() -> None:
    """15 photons of each in 32x32: about 15·15/1024 meet."""
    x, y = np.zeros((2, 1024))
    x[:15], y[14:29] = 1, 1
    x, y = x.reshape(32, 32), y.reshape(32, 32)
    note = significance(x, y).note
    assert "15 and 15 bright pixels make the images, of which 0.23 meet" in note
    assert not Sample(prepare(smooth(1, (9, 9), 0), smooth(2, (9, 9), 0))).sparse()
    many = smooth(1, (32, 32), 0) > 1.5
    enough = significance(many, 0 * many, metric="rmsd", method="bootstrap")
    assert math.isfinite(enough.ci_low)
    nine = np.zeros((32, 32))
    nine.flat[:900:100] = 1
    distance = significance(nine, 0 * nine, metric="rmsd", method="bootstrap")
    assert "in the brightness of 9 pixels only, 10 are needed" in distance.note


def test_a_contradiction_is_said_with_its_cause() -> None:
    sample = Sample(prepare(smooth(1, (96, 96)), smooth(2, (96, 96))))
    assert chance._contradiction(sample, 0.2, -0.1, 0.3) == ""
    assert chance._contradiction(sample, 0.01, 0.1, 0.3) == ""
    holds = chance._contradiction(sample, 0.01, -0.1, 0.3)
    assert "p is 0.01 but the interval holds 0" in holds
    leaves = chance._contradiction(sample, 0.2, 0.1, 0.3)
    assert "p is 0.2 but the interval leaves out 0" in leaves
    assert "same places" not in holds
    x, y = (smooth(k, (96, 96)) * np.where(np.arange(96) < 24, 5, 0.1) for k in (1, 2))
    corner = Sample(prepare(x, y))
    assert "vary in the same places" in chance._contradiction(corner, 0.2, 0.1, 0.3)


def test_two_methods_that_disagree_say_so() -> None:
    said = 0
    for k in range(60):
        x, y = smooth(2 * k), smooth(2 * k + 1)
        exact = significance(x, y)
        for method in ("permutation", "bootstrap"):
            other = significance(x, y, method=method, n_resamples=99)
            unlike = (exact.p <= 0.05) != (other.p <= 0.05)
            assert ("method 'effective' gives p = " in other.note) == unlike
            said += unlike
    assert said > 0
