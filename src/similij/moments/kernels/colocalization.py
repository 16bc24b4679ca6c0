"""Sum pixels above thresholds, and count signs about the means, in compiled loops.

Manders' coefficients and Li's ICQ (`similij.metrics.colocalization`) are made of them.

They take two one-dimensional contiguous arrays of integers of at most 32 bits, or of
floats. Integers are summed exactly, floats in float64 block by block.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled
from .parts import BLOCK

i32, i64 = np.int32, np.int64

_FINE = 1024
"""Pixels summed apart where sums cancel: some 1,000 of a sum of 2048² are as many steps
of rounding as pixels in one, and not the four million of a sum in one go."""


@compiled()
def narrow_above(x, y, tx, ty, out):  # type: ignore[no-untyped-def]
    """Do what `integers_above` does, for 8 and 16 bits: a block's sums fit 32 bits."""
    tx, ty, none = i32(tx), i32(ty), i32(0)
    for start in range(0, x.size, BLOCK):
        xs, ys = x[start : start + BLOCK], y[start : start + BLOCK]
        sx, mx, sy, my = i32(0), i32(0), i32(0), i32(0)
        for i in range(xs.size):
            a, b = i32(xs[i]), i32(ys[i])
            sx = i32(sx + a)
            sy = i32(sy + b)
            mx = i32(mx + (a if b > ty else none))
            my = i32(my + (b if a > tx else none))
        out[0] += i64(sx)
        out[1] += i64(mx)
        out[2] += i64(sy)
        out[3] += i64(my)


@compiled()
def integers_above(x, y, tx, ty, out):  # type: ignore[no-untyped-def]
    """Add [Σx, Σx where y > ty, Σy, Σy where x > tx] to `out`."""
    sx, mx, sy, my = i64(0), i64(0), i64(0), i64(0)
    for i in range(x.size):
        a, b = i64(x[i]), i64(y[i])
        sx += a
        sy += b
        mx += a if b > ty else i64(0)
        my += b if a > tx else i64(0)
    out[0] += sx
    out[1] += mx
    out[2] += sy
    out[3] += my


@compiled(fastmath={"reassoc", "nsz", "contract"})
def floats_above(x, y, tx, ty, out):  # type: ignore[no-untyped-def]
    """Do what `integers_above` does, for floats."""
    sx, mx, sy, my = 0.0, 0.0, 0.0, 0.0
    for i in range(x.size):
        a, b = np.float64(x[i]), np.float64(y[i])
        sx += a
        sy += b
        mx += a if b > ty else 0.0
        my += b if a > tx else 0.0
    out[0] += sx
    out[1] += mx
    out[2] += sy
    out[3] += my


@compiled()
def signs(x, y, low, high, out):  # type: ignore[no-untyped-def]
    """Add [pairs on the same side, pairs on opposite sides] to `out`.

    Each image's values are below, between or above low and high, which are of its type;
    those between are on no side.
    """
    lx, hx, ly, hy = low[0], high[0], low[1], high[1]
    for start in range(0, x.size, BLOCK):
        xs, ys = x[start : start + BLOCK], y[start : start + BLOCK]
        same, opposite = i32(0), i32(0)
        for i in range(xs.size):
            up_x, down_x = xs[i] > lx, xs[i] < hx
            up_y, down_y = ys[i] > ly, ys[i] < hy
            same = i32(same + i32((up_x & up_y) | (down_x & down_y)))
            opposite = i32(opposite + i32((up_x & down_y) | (down_x & up_y)))
        out[0] += i64(same)
        out[1] += i64(opposite)


@compiled()
def sides(x, y, low_x, low_y, out):  # type: ignore[no-untyped-def]
    """Do what `signs` does where no value is between low and high.

    Every pair is then on the same side or on opposite ones, so that one comparison a
    pixel will do; four made ICQ of uint8 cost 2.2 times the three usual numbers.
    """
    for start in range(0, x.size, BLOCK):
        xs, ys = x[start : start + BLOCK], y[start : start + BLOCK]
        opposite = i32(0)
        for i in range(xs.size):
            opposite = i32(opposite + i32((xs[i] > low_x) ^ (ys[i] > low_y)))
        out[0] += i64(xs.size - opposite)
        out[1] += i64(opposite)


@compiled()
def sums_by_place(x, y, places_x, places_y, origins, out):  # type: ignore[no-untyped-def]
    """Add [1, a, b, a·b] of each pair to the row of `out` where it is on a line.

    That is the lesser of the places of its values, read from tables that begin at the
    first two of `origins`; a and b are its values less the two others.
    """
    low_x, low_y = i64(origins[0]), i64(origins[1])
    mid_x, mid_y = i64(origins[2]), i64(origins[3])
    for i in range(x.size):
        a, b = i64(x[i]), i64(y[i])
        place = min(places_x[a - low_x], places_y[b - low_y])
        a -= mid_x
        b -= mid_y
        out[place, 0] += i64(1)
        out[place, 1] += a
        out[place, 2] += b
        out[place, 3] += a * b


@compiled()
def extremes_at_place(x, y, places_x, places_y, origins, place, top):  # type: ignore[no-untyped-def]
    """Return what the pairs reach that are on a line as far as a place, and behind it.

    Those are the smallest and largest x and y as far as it; the largest y of those of
    them whose x is above `top`; and the smallest y behind it.
    """
    low_x, low_y = i64(origins[0]), i64(origins[1])
    most = i64(1) << i64(62)
    min_x, max_x, min_y, max_y = most, -most, most, -most
    by_y, rest = -most, most
    for i in range(x.size):
        a, b = i64(x[i]), i64(y[i])
        if min(places_x[a - low_x], places_y[b - low_y]) > place:
            rest = min(rest, b)
        else:
            min_x, max_x = min(min_x, a), max(max_x, a)
            min_y, max_y = min(min_y, b), max(max_y, b)
            if a > top:
                by_y = max(by_y, b)
    return min_x, max_x, min_y, max_y, by_y, rest


@compiled()
def sums_by_bin(bins, a, b, out):  # type: ignore[no-untyped-def]
    """Add [1, a, b, a·b, a·a, b·b] of each pair of floats to the row of its bin."""
    for i in range(bins.size):
        place = i64(bins[i])
        out[place, 0] += 1.0
        out[place, 1] += a[i]
        out[place, 2] += b[i]
        out[place, 3] += a[i] * b[i]
        out[place, 4] += a[i] * a[i]
        out[place, 5] += b[i] * b[i]


@compiled()
def extremes_at_key(x, y, keys, key):  # type: ignore[no-untyped-def]
    """Do what `extremes_at_place` does, of floats: as far as a key, which is `top`."""
    min_x, max_x, min_y, max_y = np.inf, -np.inf, np.inf, -np.inf
    by_y, rest = -np.inf, np.inf
    for i in range(x.size):
        a, b = x[i], y[i]
        if keys[i] > key:
            rest = min(rest, b)
        else:
            min_x, max_x = min(min_x, a), max(max_x, a)
            min_y, max_y = min(min_y, b), max(max_y, b)
            if a > key:
                by_y = max(by_y, b)
    return min_x, max_x, min_y, max_y, by_y, rest


@compiled(fastmath={"reassoc", "nsz", "contract"})
def squares_about(x, y, mean_x, mean_y, out):  # type: ignore[no-untyped-def]
    """Add [Σa², Σb², Σ(a+b)²] to `out`: a and b are x and y less the means."""
    for start in range(0, x.size, _FINE):
        xs, ys = x[start : start + _FINE], y[start : start + _FINE]
        aa, bb, both = 0.0, 0.0, 0.0
        for i in range(xs.size):
            a, b = np.float64(xs[i]) - mean_x, np.float64(ys[i]) - mean_y
            aa += a * a
            bb += b * b
            both += (a + b) * (a + b)
        out[0] += aa
        out[1] += bb
        out[2] += both


@compiled()
def sums_by_step(x, y, steps_x, steps_y, origins, leaving, entering):  # type: ignore[no-untyped-def]
    """Add [1, a, b, a·a, a·b, b·b] of each pair where it leaves and enters a set.

    A pair is in the set in the steps before the later end of its two values, and from
    the earlier start on, both read from tables (2, n) by `_row`. Row 0 of `leaving` and
    the last of `entering` stay as they are: no step is before the first, and none
    behind the last. Sums are of their type, and of floats in the order of the pairs.
    """
    zero = leaving.dtype.type(0)
    count = leaving.shape[0] - 1
    for i in range(x.size):
        a, b = x[i] + zero, y[i] + zero
        p, q = _row(a, origins[0], steps_x), _row(b, origins[1], steps_y)
        end = max(steps_x[0, p], steps_y[0, q])
        start = max(min(steps_x[1, p], steps_y[1, q]), end)
        if end > 0:
            _add(leaving[end], a, b)
        if start < count:
            _add(entering[start], a, b)


@compiled()
def _row(value, origin, steps):  # type: ignore[no-untyped-def]
    """Return the place of a value in a table: row 0 is of all below its origin.

    Row k + 1 is from the origin + k on to below the next, the last one without end.
    """
    most = np.float64(steps.shape[1] - 2)
    return i64(min(max(np.floor(value) - origin, -1.0), most)) + 1


@compiled()
def _add(sums, a, b):  # type: ignore[no-untyped-def]
    sums[0] += 1
    sums[1] += a
    sums[2] += b
    sums[3] += a * a
    sums[4] += a * b
    sums[5] += b * b
