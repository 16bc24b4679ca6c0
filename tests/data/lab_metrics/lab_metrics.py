"""Metrics of a laboratory, as a package of its own would have them: see its test."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import similij.metrics

SHARED: dict[str, Any] = {
    "group": "agreement",
    "range": (0, math.inf),
    "higher_is_more_similar": False,
    "unit": "intensity",
    "equal": 0.0,
}


@similij.metrics.register(
    "Median difference", summary="how far apart a typical pixel is", **SHARED
)
def median_difference(x, y):
    return np.median(np.abs(x - y))


@similij.metrics.register(
    "RMS / MD",
    of="moments",
    name="tail",
    summary="how far RMSD is above Mean Difference: whether few pixels make it",
    **{**SHARED, "unit": "1", "range": (1, math.inf), "equal": math.nan},
)
def tail_of_differences(moments):
    if not moments.sum_abs:
        raise similij.metrics.Undefined("{1} and {2} are equal, so there is no tail")
    return math.sqrt(moments.sum_sq * moments.n) / moments.sum_abs
