"""Count pixel pairs in equal bins, in one walk over both images."""

from __future__ import annotations

import numpy as np

from .compiled import compiled


@compiled()
def by_table(bins_x, bins_y, x, y, counts):  # type: ignore[no-untyped-def]
    """Count pairs of small integers, by tables that have the bin of each value."""
    for i in range(x.size):
        counts[bins_x[x[i]], bins_y[y[i]]] += 1


@compiled(inline="always")
def _bin(value, low, per, edges):  # type: ignore[no-untyped-def]
    """Return the last bin whose lower edge is not above a value."""
    last = edges.size - 2
    # A guess: the product is rounded, and NaN where edges are one in float64.
    place = max(min(np.int64((value - low) * per), last), 0)
    while place < last and value >= edges[place + 1]:
        place += 1
    while place > 0 and value < edges[place]:
        place -= 1
    return place


@compiled()
def by_edges(edges_x, edges_y, x, y, counts):  # type: ignore[no-untyped-def]
    """Count pairs of floats, by the edges of the bins, which are in float64."""
    low_x, low_y = edges_x[0], edges_y[0]
    per_x = (edges_x.size - 1) / (edges_x[-1] - low_x)
    per_y = (edges_y.size - 1) / (edges_y[-1] - low_y)
    for i in range(x.size):
        column = _bin(np.float64(x[i]), low_x, per_x, edges_x)
        row = _bin(np.float64(y[i]), low_y, per_y, edges_y)
        counts[column, row] += 1
