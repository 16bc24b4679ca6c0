"""R of many pairs at once: to the last bit that of one pair after the other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from similij.matrix.at_once import correlations, over_roots
from similij.metrics.defaults import _correlation, _over_root


@pytest.mark.parametrize("bits", [1, 8, 30, 60, 72, 110])
def test_r_of_integers(bits: int) -> None:
    draw = np.random.default_rng(bits)

    def some(count: int) -> list[int]:
        high = (1 << bits) - 1
        return [
            int.from_bytes(draw.bytes(bits // 8 + 1), "little") & high | 1
            for _ in range(count)
        ]

    (square,) = some(1)
    squares = some(400)
    roots = [math.isqrt(square * other) for other in squares]
    parts = draw.random(400).tolist()
    parts[:4] = [0.0, 1.0, -1.0, 0.5]
    numerators = [int(p * root) for p, root in zip(parts, roots, strict=True)]
    found = over_roots(
        np.array(numerators, object), square, np.array(squares, object)
    ).tolist()
    expected = [
        _over_root(c, square * other)
        for c, other in zip(numerators, squares, strict=True)
    ]
    sure = [k for k in range(400) if not math.isnan(found[k])]
    assert [found[k] for k in sure] == [expected[k] for k in sure]
    unsure = [k for k in range(400) if k not in sure and numerators[k]]
    assert not unsure


def test_what_is_between_two_floats_is_left_to_more_digits() -> None:
    half = 2**54 + 1  # of 2^55: √(4^55) is 2^55, and 1/2 + 2^-55 no float
    found = over_roots(np.array([half, half + 1]), 4**28, np.array([4**27, 0], object))
    assert np.isnan(found).tolist() == [True, True]
    assert _over_root(half, 4**55) == 0.5
    assert np.isnan(over_roots(np.array([1], object), 0, np.array([1], object))).all()


def test_r_of_floats() -> None:
    draw = np.random.default_rng(2)
    vx = float(draw.random())
    vy = draw.random(500) * 10.0 ** draw.integers(-200, 200, 500)
    cxy = np.sqrt(vx) * np.sqrt(vy) * draw.uniform(-1, 1, 500)
    cxy[:2], vy[:2] = vx, vx
    expected = [_correlation(vx, v, c) for v, c in zip(vy, cxy, strict=True)]
    assert correlations(vx, vy, cxy).tolist() == expected
