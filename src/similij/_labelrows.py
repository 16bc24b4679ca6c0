"""The three metrics of many labels at once: the very numbers of `metrics`, faster.

Of a label that needs care (a constant image, a NaN, sums beyond 64 bits, a value that
may round either way) the number is left to `metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from .metrics import SMALLEST_SQUARE, Metric, mean_difference, pearson, rmsd
from .sums import Array

Column: TypeAlias = tuple[Array, Array]
"""A value for each label, and whether it can be relied on."""

_SAFE = 2.0**61
"""Products of sums below this are exact in 64 bits, and so are their differences."""

_EXACT = 2**53
"""Integers below this are exact in float64, so that a quotient is rounded once."""

_TIE = 2.0**-40
"""Share of half a unit in the last place: this near to it, rounding is not sure."""


def integer_metrics(
    metrics: Sequence[Metric], table: Array
) -> tuple[list[Array], Array] | None:
    """Values of the metrics, and which labels they hold for.

    Parameters
    ----------
    metrics : sequence of Metric
        Those asked for.
    table : ndarray of int64, of shape (labels, 7 or more)
        Columns n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|.

    Returns
    -------
    (values, sure) or None
        An array for each metric; None if there is no fast way to one of them.
    """
    n, sx, sy, sxx, syy, sxy, apart = np.ascontiguousarray(table.T[:7])
    square = sxx + syy - 2 * sxy
    vx, vy, cxy = n * sxx - sx * sx, n * syy - sy * sy, n * sxy - sx * sy
    some = np.maximum(n, 1)
    sure = n.astype(float) * np.maximum(sxx, syy) < _SAFE
    sure &= (square < _EXACT) & (n > 1) & (vx > 0) & (vy > 0)
    ways: dict[object, Callable[[], Column]] = {
        pearson: lambda: _over_root(cxy, np.where(sure, vx, 1), np.where(sure, vy, 1)),
        rmsd: lambda: (np.sqrt(np.maximum(square, 0) / some), sure),
        mean_difference: lambda: (apart / some, sure),
    }
    return _chosen(metrics, ways, sure)


def float_metrics(
    metrics: Sequence[Metric], table: Array
) -> tuple[list[Array], Array] | None:
    """As `integer_metrics`, of columns that are the attributes of FloatMoments."""
    columns = np.ascontiguousarray(table.T)
    n, excluded, infinite = columns[:3]
    m2x, m2y, cxy, apart, square, only_x, only_y = columns[7:]
    some = np.maximum(n, 1)
    sure = (n > 1) & (excluded == 0) & (infinite == 0)
    sure &= np.isnan(only_x) & np.isnan(only_y)
    least = SMALLEST_SQUARE * some
    sure &= np.isfinite(m2x + m2y + cxy) & (m2x >= least) & (m2y >= least)
    sure &= np.isfinite(square + apart) & ((square >= least) | (apart == 0))
    ways: dict[object, Callable[[], Column]] = {
        pearson: lambda: (_correlation(m2x, m2y, cxy, sure), sure),
        rmsd: lambda: (np.sqrt(square / some), sure),
        mean_difference: lambda: (apart / some, sure),
    }
    return _chosen(metrics, ways, sure)


def _chosen(
    metrics: Sequence[Metric], ways: dict[object, Callable[[], Column]], sure: Array
) -> tuple[list[Array], Array] | None:
    if any(metric.function not in ways for metric in metrics):
        return None
    values = []
    with np.errstate(all="ignore"):  # where it is not sure
        for metric in metrics:
            value, safe = ways[metric.function]()
            values.append(value)
            sure = sure & safe
    return values, sure


def _over_root(numerator: Array, x: Array, y: Array) -> Column:
    """Return numerator / √(x·y) of integers, rounded once."""
    from ._labelkernels import over_roots

    values, rests = np.empty(len(x)), np.empty(len(x))
    over_roots(numerator, x, y, values, rests)
    half = np.spacing(np.abs(values)) / 2
    return values, np.abs(np.abs(rests) - half) > _TIE * half


def _correlation(x: Array, y: Array, c: Array, sure: Array) -> Array:
    """As `metrics.pearson` does it for floats."""
    (mx, ex), (my, ey), (mc, ec) = (np.frexp(np.where(sure, v, 1)) for v in (x, y, c))
    odd = (ex + ey) % 2
    root = np.sqrt(np.ldexp(mx * my, odd))
    r: Array = np.ldexp(mc / root, ec - (ex + ey - odd) // 2)
    return np.clip(r, -1, 1)
