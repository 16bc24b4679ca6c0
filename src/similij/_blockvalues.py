"""The three numbers of many rows of sums at once, for `_blocks`.

A bootstrap asks for each some thousand times. These are the formulas of `metrics`, for
arrays: no exact integers, and NaN where those raise. Tests hold each against the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .metrics import SMALLEST_SQUARE

Floats = NDArray[np.float64]


def _pearson(
    n: Floats, dx: Floats, dy: Floats, dxx: Floats, dyy: Floats, dxy: Floats,
    apart: Floats, _: Any,
) -> Floats:  # fmt: skip
    vx, vy = np.maximum(dxx - dx * dx / n, 0), np.maximum(dyy - dy * dy / n, 0)
    r = (dxy - dx * dy / n) / np.sqrt(vx) / np.sqrt(vy)
    r = np.where(np.minimum(vx, vy) < SMALLEST_SQUARE * n, math.nan, r.clip(-1, 1))
    return np.where((apart <= 0) & ~np.isnan(r), 1.0, r)


def _rmsd(n: Floats, *others: Floats) -> Floats:
    apart, squares = others[-2:]
    lost = (apart > 0) & (squares < SMALLEST_SQUARE * n)
    return np.where(lost, math.nan, np.sqrt(np.maximum(squares, 0) / n))


def _mean_difference(n: Floats, *others: Floats) -> Floats:
    found: Floats = np.maximum(others[-2], 0) / n
    return found


OF_ROWS: dict[str, Callable[..., Floats]] = {
    "pearson": _pearson,
    "rmsd": _rmsd,
    "mean_difference": _mean_difference,
}
"""From columns n, Σdx, Σdy, Σdx², Σdy², Σdxdy, Σ|x-y|, Σ(x-y)² to the metric."""
