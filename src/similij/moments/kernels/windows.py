"""Sum what lies in a sliding window about each pixel: the compiled loops of local maps.

A box costs the same whatever its size. Along each axis pixels are merged from the start
of a block of the window's length up to each pixel, and from each pixel to the end of
its block; any window is one piece of each kind. Merging is that of Chan, Golub and
LeVeque (1983): nothing is ever subtracted from a running sum, so that nothing drifts or
cancels, and a window over a constant has the variance 0 exactly.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled

_SUMS = {"reassoc", "nsz", "contract"}
"""Weighted sums may be taken in any order, which is what makes them vectors."""


@compiled(inline="always")
def _merge(p, i, q, j, out, k):  # type: ignore[no-untyped-def]
    """Merge the moments p[:, i] and q[:, j] into out[:, k]; out may be p or q."""
    n = p[0, i] + q[0, j]
    share = q[0, j] / max(n, 1.0)
    dx = q[1, j] - p[1, i]
    dy = q[2, j] - p[2, i]
    weight = p[0, i] * share
    m2x = p[3, i] + q[3, j] + dx * dx * weight
    m2y = p[4, i] + q[4, j] + dy * dy * weight
    cxy = p[5, i] + q[5, j] + dx * dy * weight
    mx = p[1, i] + dx * share
    my = p[2, i] + dy * share
    out[0, k], out[1, k], out[2, k] = n, mx, my
    out[3, k], out[4, k], out[5, k] = m2x, m2y, cxy


@compiled(inline="always")
def _copy(p, i, out, k):  # type: ignore[no-untyped-def]
    for m in range(6):
        out[m, k] = p[m, i]


@compiled(inline="always")
def _window(forth, back, size, reach, i, out, k):  # type: ignore[no-untyped-def]
    """Set out[:, k] to the moments of the window about i, cut off at 0 and `size`."""
    first, last = max(i - reach, 0), min(i + reach, size - 1)
    length = 2 * reach + 1
    start = first // length * length
    if last // length * length != start:
        _merge(back, first, forth, last, out, k)
    elif first == start:
        _copy(forth, last, out, k)
    else:  # only where it is cut off at the end
        _copy(back, first, out, k)


@compiled()
def _both_ways(values, size, reach, forth, back):  # type: ignore[no-untyped-def]
    """Merge from the start of each block up to i, and from i to its end."""
    length = 2 * reach + 1
    for start in range(0, size, length):
        stop = min(start + length, size)
        _copy(values, start, forth, start)
        for i in range(start + 1, stop):
            _merge(forth, i - 1, values, i, forth, i)
        _copy(values, stop - 1, back, stop - 1)
        for i in range(stop - 2, start - 1, -1):
            _merge(values, i, back, i + 1, back, i)


@compiled()
def box_moments(x, y, counts, rows, columns, reach, out):  # type: ignore[no-untyped-def]
    """Merge the moments of the box about each pixel of a tile.

    x, y: float64, (rows, columns), the tile and what its boxes reach beyond it, cut off
    at the edge of the image; 0 where counts is 0. rows, columns: first and last (not
    included) of the tile. reach: half the box along y and x. out: (6, rows, columns):
    n, the means of x and y, Σ(x-x̄)², Σ(y-ȳ)², Σ(x-x̄)(y-ȳ).
    """
    height, width = x.shape
    wide, tall = columns[1] - columns[0], rows[1] - rows[0]
    across = np.empty((wide, 6, height))
    line, forth, back = (
        np.zeros((6, width)), np.empty((6, width)), np.empty((6, width))
    )  # fmt: skip
    one = np.empty((6, 1))
    for i in range(height):
        for j in range(width):
            line[0, j], line[1, j], line[2, j] = counts[i, j], x[i, j], y[i, j]
        _both_ways(line, width, reach[1], forth, back)
        for j in range(wide):
            _window(forth, back, width, reach[1], columns[0] + j, one, 0)
            for m in range(6):
                across[j, m, i] = one[m, 0]
    forth, back = np.empty((6, height)), np.empty((6, height))
    column = np.empty((6, tall))
    for j in range(wide):
        _both_ways(across[j], height, reach[0], forth, back)
        for i in range(tall):
            _window(forth, back, height, reach[0], rows[0] + i, column, i)
        for m in range(6):
            for i in range(tall):
                out[m, i, j] = column[m, i]


@compiled(fastmath=_SUMS, inline="always")
def _add_pairs(a, b, v, c, d, w, out):  # type: ignore[no-untyped-def]
    """Add v·(a + b) + w·(c + d) to `out`."""
    for j in range(out.size):
        out[j] += v * (a[j] + b[j]) + w * (c[j] + d[j])


@compiled(fastmath=_SUMS)
def blur(image, weights, rows, columns, out):  # type: ignore[no-untyped-def]
    """Sum with weights about each pixel of a tile; beyond the image there is 0.

    image: float64, the tile and what the window reaches beyond it, cut off at the edge
    of the image. weights: of the distances 0, 1, ... along each axis. rows, columns:
    first and last (not included) of the tile. out: (rows, columns).
    """
    # Slices, so that every index is a plain count from 0 and the loops are vectors;
    # two distances at a time, so that the sums are written half as often.
    reach = weights.size - 1
    height, width = image.shape
    wide, tall = columns[1] - columns[0], rows[1] - rows[0]
    share = np.zeros(reach + 2)
    share[: reach + 1] = weights
    share[0] /= 2  # the centre is its own mirror image
    line = np.zeros(width + 2 * reach)
    across = np.zeros((tall + 2 * reach, wide))
    above = rows[0] - reach
    middle = reach + columns[0]
    for i in range(max(above, 0), min(above + tall + 2 * reach, height)):
        line[reach : reach + width] = image[i]
        for k in range(0, reach + 1, 2):
            m = min(k + 1, reach)
            _add_pairs(
                line[middle - k :], line[middle + k :], share[k],
                line[middle - m :], line[middle + m :], share[k + 1],
                across[i - above],
            )  # fmt: skip
    out[:] = 0.0
    for i in range(tall):
        centre = i + reach
        for k in range(0, reach + 1, 2):
            m = min(k + 1, reach)
            _add_pairs(
                across[centre - k], across[centre + k], share[k],
                across[centre - m], across[centre + m], share[k + 1],
                out[i],
            )  # fmt: skip
