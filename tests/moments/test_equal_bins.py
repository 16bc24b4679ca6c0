"""Pairs in equal bins, against NumPy's histogram of the values in float64."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from similij.moments.equal_bins import equal_bins

TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "i8", "f2", "f4", "f8"]
RNG = np.random.default_rng(4)


def expected(x: np.ndarray, y: np.ndarray, bins: int) -> np.ndarray:
    return np.histogramdd([x.astype(float), y.astype(float)], bins=bins)[0]


@pytest.mark.parametrize("types", [*itertools.combinations_with_replacement(TYPES, 2)])
def test_counts_are_those_of_numpy(types: tuple[str, str]) -> None:
    x, y = (RNG.normal(0, 30, 3001).clip(-100, 100) for _ in types)
    x, y = (
        (np.abs(t) if kind[0] == "u" else t).astype(kind)
        for t, kind in zip((x, y), types, strict=True)
    )
    for bins in (1, 100, 256):
        assert (equal_bins(x, y, bins) == expected(x, y, bins)).all()


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("step", [0.1, 1 / 3, 7.0])
@pytest.mark.parametrize("origin", [0.0, -5.0, 1e6, 1e15])
def test_values_on_edges_are_where_numpy_has_them(kind, step, origin) -> None:
    """Where the quotient of a value that is an edge is rounded to either side."""
    x = (origin + step * np.arange(101)).astype(kind)
    y = np.nextafter(x, np.array(-np.inf, kind))
    assert (equal_bins(x, y, 100) == expected(x, y, 100)).all()


def test_many_pixels_are_shared_among_threads() -> None:
    x, y = RNG.normal(0, 900, (2, 1_300_007)).astype("f4")
    assert (equal_bins(x, y, 100) == expected(x, y, 100)).all()
    x, y = (t.astype("i2") for t in (x, y))
    assert (equal_bins(x, y, 100) == expected(x, y, 100)).all()


@pytest.mark.parametrize("value", [7, -3.0, 1e20])
def test_a_constant_is_in_one_bin(value: float) -> None:
    x = np.full(9, value)
    counts = equal_bins(x, np.arange(9), 4)
    assert np.count_nonzero(counts.sum(1)) == 1
    assert counts.sum() == 9


@pytest.mark.parametrize("power", [-1070, -600, 600, 1000])
def test_bins_do_not_depend_on_a_gain(power: int) -> None:
    x, y = RNG.integers(-3, 9, (2, 500)).astype(float)
    far = equal_bins(np.ldexp(x, power), np.ldexp(y, power), 10)
    assert (far == equal_bins(x, y, 10)).all()
