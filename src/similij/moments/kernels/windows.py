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


@compiled(fastmath=_SUMS)
def centre(x, y, counts, apart):  # type: ignore[no-untyped-def]
    """Take off both images their means, and set to 0 what does not count.

    x, y, counts: float64, of one shape; counts: 1 or 0, set to 0 where a pixel is
    infinite or NaN. apart: of the same shape, set to |x - y|; or empty. Returns how
    many pixels count, and their means.
    """
    n = mean_x = mean_y = 0.0
    flat_x, flat_y, flat_counts = x.ravel(), y.ravel(), counts.ravel()
    for i in range(flat_x.size):
        a, b = flat_x[i], flat_y[i]
        # An infinite number less itself is NaN, which is not 0.
        if flat_counts[i] == 0.0 or not (a - a == 0.0 and b - b == 0.0):
            flat_counts[i] = flat_x[i] = flat_y[i] = 0.0
    flat_apart = apart.ravel()
    for i in range(flat_apart.size):
        flat_apart[i] = abs(flat_x[i] - flat_y[i])
    for i in range(flat_x.size):
        n += flat_counts[i]
        mean_x += flat_x[i]
        mean_y += flat_y[i]
    mean_x /= max(n, 1.0)
    mean_y /= max(n, 1.0)
    for i in range(flat_x.size):
        flat_x[i] -= mean_x * flat_counts[i]
        flat_y[i] -= mean_y * flat_counts[i]
    return n, mean_x, mean_y


LANES = 16
"""Lines that a box walks along at a time: the compiler makes vectors of a loop over so
many neighbours in memory, and what is merged along a tile of them stays in the cache.
"""


@compiled(inline="always")
def _merge(p, q, out):  # type: ignore[no-untyped-def]
    """Merge moments of `LANES` lines into `out`, or sums if there are no moments."""
    if out.size != 6 * LANES:
        for j in range(out.size):
            out[j] = p[j] + q[j]
        return
    for j in range(LANES):
        n_p, n_q = p[j], q[j]
        n = n_p + n_q
        share = n_q / max(n, 1.0)
        dx = q[LANES + j] - p[LANES + j]
        dy = q[2 * LANES + j] - p[2 * LANES + j]
        weight = n_p * share
        m2x = p[3 * LANES + j] + q[3 * LANES + j] + dx * dx * weight
        m2y = p[4 * LANES + j] + q[4 * LANES + j] + dy * dy * weight
        cxy = p[5 * LANES + j] + q[5 * LANES + j] + dx * dy * weight
        mx = p[LANES + j] + dx * share
        my = p[2 * LANES + j] + dy * share
        out[j] = n
        out[LANES + j] = mx
        out[2 * LANES + j] = my
        out[3 * LANES + j] = m2x
        out[4 * LANES + j] = m2y
        out[5 * LANES + j] = cxy


@compiled(inline="always")
def _both_ways(cells, reach, forth, back):  # type: ignore[no-untyped-def]
    """Merge from the start of each block up to i, and from i to its end."""
    size, length = cells.shape[0], 2 * reach + 1
    for start in range(0, size, length):
        stop = min(start + length, size)
        forth[start] = cells[start]
        for i in range(start + 1, stop):
            _merge(forth[i - 1], cells[i], forth[i])
        back[stop - 1] = cells[stop - 1]
        for i in range(stop - 2, start - 1, -1):
            _merge(cells[i], back[i + 1], back[i])


@compiled(inline="always")
def _window(forth, back, reach, i, out):  # type: ignore[no-untyped-def]
    """Set `out` to what the window about i holds, cut off at both ends."""
    first, last = max(i - reach, 0), min(i + reach, forth.shape[0] - 1)
    length = 2 * reach + 1
    start = first // length * length
    if last // length * length != start:
        _merge(back[first], forth[last], out)
    elif first == start:
        out[:] = forth[last]
    else:  # only where it is cut off at the end
        out[:] = back[first]


@compiled(fastmath={"contract"})
def box_windows(values, rows, columns, reach, room, out):  # type: ignore[no-untyped-def]
    """Merge what is in the box about each pixel of a tile: moments, or sums.

    values: float64, (k, rows, columns), the tile and what its boxes reach beyond it,
    cut off at the edge of the image. For moments k is 3: 1 or 0 for whether a pixel
    counts, x and y, which are 0 where it does not. rows, columns: first and last (not
    included) of the tile. reach: half the box along y and x. room: `box_room` floats,
    of whatever value. out: (6, rows, columns), n, the means of x and y, Σ(x-x̄)²,
    Σ(y-ȳ)², Σ(x-x̄)(y-ȳ); or (k, rows, columns), k other than 6: sums.
    """
    given, height, width = values.shape
    kept = out.shape[0]
    size = kept * LANES
    wide, tall = columns[1] - columns[0], rows[1] - rows[0]
    strips = -(-tall // LANES)
    padded = -(-width // LANES) * LANES
    longest = max(height, width)
    ends = np.cumsum(np.array([strips * padded, longest, longest, longest, 1]) * size)
    across = room[: ends[0]].reshape(strips, padded, size)
    cells = room[ends[0] : ends[1]].reshape(longest, size)
    forth = room[ends[1] : ends[2]].reshape(longest, size)
    back = room[ends[2] : ends[3]].reshape(longest, size)
    one = room[ends[3] : ends[4]]
    across[strips - 1] = 0.0
    cells[:] = 0.0
    # Down the columns first, many at a time; then across, many rows at a time, which
    # takes the tile turned, so that they are neighbours in memory.
    for left in range(0, width, LANES):
        lanes = min(LANES, width - left)
        for m in range(given):
            for i in range(height):
                line = values[m, i, left : left + lanes]
                lane = cells[i, m * LANES : m * LANES + lanes]
                for j in range(lanes):
                    lane[j] = line[j]
        _both_ways(cells[:height], reach[0], forth[:height], back[:height])
        for i in range(tall):
            _window(forth[:height], back[:height], reach[0], rows[0] + i, one)
            turned = across[i // LANES, left:, i % LANES :]
            for m in range(kept):
                lane = one[m * LANES : (m + 1) * LANES]
                for j in range(LANES):
                    turned[j, m * LANES] = lane[j]
    for strip in range(strips):
        top = strip * LANES
        lanes = min(LANES, tall - top)
        _both_ways(across[strip, :width], reach[1], forth[:width], back[:width])
        for j in range(wide):
            _window(forth[:width], back[:width], reach[1], columns[0] + j, one)
            for m in range(kept):
                turned = out[m, top : top + lanes, j]
                lane = one[m * LANES : m * LANES + lanes]
                for i in range(lanes):
                    turned[i] = lane[i]


def box_room(height: int, width: int, kept: int) -> int:
    """Return the floats that `box_windows` needs beside what it is given."""
    strips, padded = -(-height // LANES), -(-width // LANES) * LANES
    return (strips * padded + 3 * max(height, width) + 1) * kept * LANES


@compiled(fastmath=_SUMS, inline="always")
def _add_pairs(a, b, v, c, d, w, e, f, u, out):  # type: ignore[no-untyped-def]
    """Add v·(a + b) + w·(c + d) + u·(e + f) to `out`."""
    for j in range(out.size):
        out[j] += v * (a[j] + b[j]) + w * (c[j] + d[j]) + u * (e[j] + f[j])


@compiled(fastmath=_SUMS)
def blur(image, weights, rows, columns, room, out):  # type: ignore[no-untyped-def]
    """Sum with weights about each pixel of a tile; beyond the image there is 0.

    image: float64, the tile and what the window reaches beyond it, cut off at the edge
    of the image. weights: of the distances 0, 1, ... along each axis. rows, columns:
    first and last (not included) of the tile. room: `blur_room` floats, of whatever
    value. out: (rows, columns).
    """
    # Slices, so that every index is a plain count from 0 and the loops are vectors;
    # three distances at a time, so that the sums are written a third as often.
    reach = weights.size - 1
    height, width = image.shape
    wide, tall = columns[1] - columns[0], rows[1] - rows[0]
    share = np.zeros(reach + 3)
    share[: reach + 1] = weights
    share[0] /= 2  # the centre is its own mirror image
    line = room[: width + 2 * reach]
    line[:] = 0.0
    across = room[line.size : line.size + (tall + 2 * reach) * wide]
    across[:] = 0.0
    across = across.reshape(tall + 2 * reach, wide)
    above = rows[0] - reach
    middle = reach + columns[0]
    for i in range(max(above, 0), min(above + tall + 2 * reach, height)):
        line[reach : reach + width] = image[i]
        for k in range(0, reach + 1, 3):
            m, n = min(k + 1, reach), min(k + 2, reach)
            _add_pairs(
                line[middle - k :], line[middle + k :], share[k],
                line[middle - m :], line[middle + m :], share[k + 1],
                line[middle - n :], line[middle + n :], share[k + 2],
                across[i - above],
            )  # fmt: skip
    out[:] = 0.0
    for i in range(tall):
        centre = i + reach
        for k in range(0, reach + 1, 3):
            m, n = min(k + 1, reach), min(k + 2, reach)
            _add_pairs(
                across[centre - k], across[centre + k], share[k],
                across[centre - m], across[centre + m], share[k + 1],
                across[centre - n], across[centre + n], share[k + 2],
                out[i],
            )  # fmt: skip


def blur_room(height: int, width: int, reach: int) -> int:
    """Return the floats that `blur` needs beside what it is given."""
    return width + 2 * reach + (height + 2 * reach) * width


@compiled(fastmath={"contract"})
def central(maps, total, rounding):  # type: ignore[no-untyped-def]
    """Make of weighted sums the means, variances and covariance, in their places.

    maps: (5, rows, columns), sums of x, y, x², y² and xy. total: of the weights, NaN
    where none counts. rounding: the part of the mean square below which a variance is
    taken as 0.
    """
    for i in range(maps.shape[1]):
        mx, my, vx, vy, cxy = maps[0, i], maps[1, i], maps[2, i], maps[3, i], maps[4, i]
        sums = total[i]
        for j in range(sums.size):
            a, b = mx[j] / sums[j], my[j] / sums[j]
            xx, yy = vx[j] / sums[j], vy[j] / sums[j]
            left_x, left_y = xx - a * a, yy - b * b
            cxy[j] = cxy[j] / sums[j] - a * b
            vx[j] = 0.0 if left_x < rounding * xx else left_x
            vy[j] = 0.0 if left_y < rounding * yy else left_y
            mx[j], my[j] = a, b


@compiled(fastmath={"contract"})
def terms_of_ssim(maps, c1, c2):  # type: ignore[no-untyped-def]
    """Replace the two local means by luminance, and by contrast and structure.

    maps: (5, rows, columns), means, variances and covariance. c1, c2: the constants.
    """
    for i in range(maps.shape[1]):
        mx, my, vx, vy, cxy = maps[0, i], maps[1, i], maps[2, i], maps[3, i], maps[4, i]
        for j in range(mx.size):
            a, b = mx[j], my[j]
            mx[j] = (2 * a * b + c1) / (a * a + b * b + c1)
            my[j] = (2 * cxy[j] + c2) / (vx[j] + vy[j] + c2)


@compiled(fastmath={"contract"})
def correlation(maps, out):  # type: ignore[no-untyped-def]
    """Set `out` to R of local moments; NaN where a variance is 0."""
    for i in range(maps.shape[1]):
        vx, vy, cxy, r = maps[2, i], maps[3, i], maps[4, i], out[i]
        for j in range(r.size):
            # Two roots, since the product of two variances may leave float64.
            value = cxy[j] / (np.sqrt(vx[j]) * np.sqrt(vy[j]))
            value = 1.0 if value > 1.0 else -1.0 if value < -1.0 else value
            r[j] = np.nan if vx[j] == 0.0 or vy[j] == 0.0 else value
