"""Pixels by value, and the fitted line, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from picture_data import TYPES, assert_counts, image
from similij.moments.joint_histogram import BINS, JointCounts
from similij.moments.of_arrays import moments
from similij.plot.scatter import line_of

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("types", [(a, a) for a in TYPES] + [("uint8", "float32")])
def test_density_is_the_histogram_whatever_comes(types: tuple[str, str]) -> None:
    pairs = JointCounts((np.dtype(types[0]), np.dtype(types[1])))
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    for seed in range(4):
        x, y = image(types[0], seed=seed), image(types[1], seed=seed + 9)
        if types[0] != "bool":  # the range grows to both sides
            x = x // 2**seed if x.dtype.kind in "ui" else x * 7.0**seed
        pairs.add(x, y)
        seen.append((x.astype(float).ravel(), y.astype(float).ravel()))
        both = [np.concatenate(part) for part in zip(*seen, strict=True)]
        assert_counts(pairs, *both)


def test_density_of_integers_has_a_bin_for_each_value() -> None:
    x, y = image("uint8"), image("uint8", seed=1)
    pairs = JointCounts((x.dtype, y.dtype))
    pairs.add(x, y)
    assert pairs.x.width == pairs.y.width == 1
    wide = JointCounts((np.dtype("uint16"),) * 2)
    wide.add(image("uint16"), image("uint16"))
    assert wide.x.width == 64


def test_a_range_that_grows_from_one_value_keeps_its_resolution() -> None:
    pairs = JointCounts((np.dtype("float64"),) * 2)
    planes = [np.zeros((4, 5)), np.full((4, 5), 1e-6), 1e-3 * RNG.random((4, 5))]
    for plane in planes:
        pairs.add(plane, -plane)
    values = np.concatenate([plane.ravel() for plane in planes])
    assert_counts(pairs, values, -values)
    assert pairs.x.width <= 2 * 1e-3 / BINS


@pytest.mark.parametrize("values", [(1e300, -1e300), (1e-320, 0), (1e15, 1e15 + 1)])
def test_densities_of_extreme_values(values: tuple[float, float]) -> None:
    x = np.array([values], float)
    pairs = JointCounts((x.dtype, x.dtype))
    pairs.add(x, x)
    pairs.add(x / 2, x / 2)
    assert pairs.n == pairs.counts.sum() == 4


def test_density_leaves_out_what_is_not_finite_or_outside() -> None:
    x = np.arange(12.0).reshape(3, 4)
    y = x.copy()
    x[0, 0], y[1, 1], y[0, 1] = np.nan, np.inf, np.nan
    inside = x != 7
    pairs = JointCounts((x.dtype, y.dtype))
    pairs.add(x, y, inside)
    assert pairs.n == 12 - 3 - 1
    kept = np.isfinite(x) & np.isfinite(y) & inside
    assert_counts(pairs, x[kept], y[kept])


def test_fitted_line_is_that_of_numpy() -> None:
    for dtype in ("uint8", "uint16", "int16", "float64"):
        x, y = image(dtype), image(dtype, seed=3)
        gain, offset = line_of(moments(x, y)) or (0, 0)
        expected = np.polyfit(x.ravel().astype(float), y.ravel().astype(float), 1)
        np.testing.assert_allclose((gain, offset), expected, rtol=1e-9)
    known = np.array([10, 20, 30, 40]), np.array([10, 21, 32, 43])
    assert line_of(moments(*known)) == pytest.approx((1.1, -1.0), rel=1e-12)
    assert line_of(moments(np.full(4, 7), known[0])) is None
