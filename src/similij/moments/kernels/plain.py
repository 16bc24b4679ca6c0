"""Sum both images in one read: compiled loops that run on every processor.

Not for callers: `moments.of_arrays` and its neighbours choose the loop, by the type of
the pixels and by what the processor has (`vectors` and `rows` are faster where they
can run), cut the work into parts for the threads and give the sums their meaning. Loops
over pixels take one-dimensional contiguous arrays of one type and size, and add to what
they are given for the sums. A mask has a byte for each pixel, of which any but 0 is
inside; an empty one stands for "all pixels". There is a loop for each width of pixel,
since what a sum can hold without overflow is another: 8, 16, 32 bits, 64 bits as two
limbs, floats as moments of blocks that `merge_rows` puts together.

How they get their speed. The compiler vectorises a loop over a slice of one block
with accumulators local to the block, in the narrowest type that cannot overflow:
numba makes any arithmetic on integers 64 bits wide unless each operand and each result
is given its type, and 64-bit lanes halve or quarter the speed. Wide sums are added
only between blocks. The loops hold no lock, so that threads run them side by side,
and are kept compiled on disk.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled
from .parts import BLOCK, FLOAT_BLOCK
from .simd import widest

ANY_ORDER = {"reassoc", "nsz", "contract", "arcp"}
"""Sums of floats may be taken in any order, which is what makes them vectors; NaN and
infinity keep their meaning: they are how a block that needs care is recognised."""

i32, i64, u64, f64 = np.int32, np.int64, np.uint64, np.float64


@compiled()
def sums_8bit(x, y, out):  # type: ignore[no-untyped-def]
    """Add [Σx, Σy, Σx², Σy², Σxy, Σ|x-y|] of uint8 to `out`."""
    for start in range(0, x.size, BLOCK):
        xs = x[start : start + BLOCK]
        ys = y[start : start + BLOCK]
        sx, sy, sxx, syy, sxy, low = i32(0), i32(0), i32(0), i32(0), i32(0), i32(0)
        for i in range(xs.size):
            a = i32(xs[i])
            b = i32(ys[i])
            sx = i32(sx + a)
            sy = i32(sy + b)
            sxx = i32(sxx + i32(a * a))
            syy = i32(syy + i32(b * b))
            sxy = i32(sxy + i32(a * b))
            low = i32(low + min(a, b))
        _add_sums(out, i64(sx), i64(sy), i64(sxx), i64(syy), i64(sxy), i64(low))


@compiled()
def sums_16bit(x, y, out):  # type: ignore[no-untyped-def]
    """Add [Σx, Σy, Σx², Σy², Σxy, Σ|x-y|] of uint16 or int16 to `out`.

    Products need 64-bit sums. The others then use them too: a vector widened once for
    all of them is faster than one widened twice.
    """
    for start in range(0, x.size, BLOCK):
        xs = x[start : start + BLOCK]
        ys = y[start : start + BLOCK]
        sx, sy, sxx, syy, sxy, low = i64(0), i64(0), i64(0), i64(0), i64(0), i64(0)
        for i in range(xs.size):
            a = i64(xs[i])
            b = i64(ys[i])
            sx += a
            sy += b
            sxx += a * a
            syy += b * b
            sxy += a * b
            low += min(a, b)
        _add_sums(out, sx, sy, sxx, syy, sxy, low)


@compiled()
def sums_masked(x, y, mask, out):  # type: ignore[no-untyped-def]
    """Add [Σx, Σy, Σx², Σy², Σxy, Σ|x-y|, n] inside the mask, of 8 and 16 bits.

    A byte of the mask becomes 0 or 1 by (byte + 255) >> 8. Written as a comparison,
    the compiler reads the pixels with masked loads; where a page of memory was not
    touched lately the processor needs 50 ns for each that is all masked, so that a
    small region in a large image took a hundred times as long as the whole.
    """
    for start in range(0, x.size, BLOCK):
        xs = x[start : start + BLOCK]
        ys = y[start : start + BLOCK]
        ms = mask[start : start + BLOCK]
        sx, sy, sxx, syy, sxy, low = i64(0), i64(0), i64(0), i64(0), i64(0), i64(0)
        n = i64(0)
        for i in range(xs.size):
            bits = -i64((i32(ms[i]) + 255) >> 8)  # all 1 inside the mask, all 0 outside
            a = i64(xs[i]) & bits
            b = i64(ys[i]) & bits
            n -= bits
            sx += a
            sy += b
            sxx += a * a
            syy += b * b
            sxy += a * b
            low += min(a, b)
        _add_sums(out, sx, sy, sxx, syy, sxy, low)
        out[6] += n


@compiled()
def _add_sums(out, sx, sy, sxx, syy, sxy, low):  # type: ignore[no-untyped-def]
    """Add the sums of a block, `low` being Σmin(x, y).

    Σ|x-y| = Σmax - Σmin = Σx + Σy - 2Σmin, exactly; a minimum costs the inner loop
    fewer instructions than the size of a difference.
    """
    out[0] += sx
    out[1] += sy
    out[2] += sxx
    out[3] += syy
    out[4] += sxy
    out[5] += sx + sy - 2 * low


@compiled()
def sums_32bit(x, y, mask, origin, out):  # type: ignore[no-untyped-def]
    """Sum int32 or uint32 pairs exactly, `origin` taken off both images.

    Adds to `out` [Σx, Σy, Σ|x-y|, n, then low and high halves of Σx², Σy², Σxy]: a
    product has up to 62 bits, so its halves of 32 bits are summed apart.
    """
    # Sums are kept in locals and added to `out` once a block: sums that live in the
    # array keep the loop from becoming vectors, and made it three to six times as slow.
    widest()
    half = i64(0xFFFFFFFF)
    all_pixels = mask.size == 0
    for start in range(0, x.size, BLOCK):
        xs = x[start : start + BLOCK]
        ys = y[start : start + BLOCK]
        ms = mask[start : start + BLOCK]
        sx, sy, sad, n = i64(0), i64(0), i64(0), i64(0)
        xx_low, xx_high, yy_low, yy_high = i64(0), i64(0), i64(0), i64(0)
        xy_low, xy_high = i64(0), i64(0)
        for i in range(xs.size):
            bits = i64(-1) if all_pixels else -i64((i32(ms[i]) + 255) >> 8)  # or 0
            a = (i64(xs[i]) - origin) & bits
            b = (i64(ys[i]) - origin) & bits
            n -= bits
            sx += a
            sy += b
            sad += abs(a - b)
            p = a * a
            xx_low += p & half
            xx_high += p >> 32
            p = b * b
            yy_low += p & half
            yy_high += p >> 32
            p = a * b
            xy_low += p & half
            xy_high += p >> 32
        out[0] += sx
        out[1] += sy
        out[2] += sad
        out[3] += n
        out[4] += xx_low
        out[5] += xx_high
        out[6] += yy_low
        out[7] += yy_high
        out[8] += xy_low
        out[9] += xy_high


@compiled()
def _add_product(a, b, out, at):  # type: ignore[no-untyped-def]
    p = a * b
    out[at] += p & i64(0xFFFFFFFF)
    out[at + 1] += p >> 32


@compiled()
def sums_64bit(xh, xl, yh, yl, mask, apart, out):  # type: ignore[no-untyped-def]
    """Sum 64-bit pairs exactly, given as upper and lower limbs.

    x = xh·2³² + xl and likewise y, limbs within -2³¹...2³¹; `apart` is how much further
    the upper limb of x was moved than that of y. Adds to `out` [n, Σxh, Σxl, Σyh, Σyl,
    upper and lower limb of Σ|x-y|, then low and high halves of the ten products hh, hl,
    ll of x with x, of y with y, and hh, hl, lh, ll of x with y].
    """
    all_pixels = mask.size == 0
    for i in range(xh.size):
        if all_pixels or mask[i]:
            a, b, c, d = xh[i], xl[i], yh[i], yl[i]
            out[0] += 1
            out[1] += a
            out[2] += b
            out[3] += c
            out[4] += d
            h = a - c + apart
            low = b - d
            if h < 0 or (h == 0 and low < 0):
                h, low = -h, -low
            out[5] += h
            out[6] += low
            _add_product(a, a, out, 7)
            _add_product(a, b, out, 9)
            _add_product(b, b, out, 11)
            _add_product(c, c, out, 13)
            _add_product(c, d, out, 15)
            _add_product(d, d, out, 17)
            _add_product(a, c, out, 19)
            _add_product(a, d, out, 21)
            _add_product(b, c, out, 23)
            _add_product(b, d, out, 25)


@compiled(fastmath=ANY_ORDER)
def _float_block(x, y, mask, ox, oy, row):  # type: ignore[no-untyped-def]
    """Sum one block about two origins; NaN or infinity in any pixel spoils it visibly.

    Looking at each pixel for NaN first would keep the loop from becoming vectors; only
    blocks that are spoiled are summed again, by `_careful_block`.
    """
    widest()
    sx, sy, sxx, syy = 0.0, 0.0, 0.0, 0.0
    sxy, sad, ssd = 0.0, 0.0, 0.0
    n = i64(x.size)
    if mask.size == 0:
        for i in range(x.size):
            a = f64(x[i])
            b = f64(y[i])
            d = a - b
            a = a - ox
            b = b - oy
            sx += a
            sy += b
            sxx += a * a
            syy += b * b
            sxy += a * b
            sad += abs(d)
            ssd += d * d
    else:
        n = i64(0)
        for i in range(x.size):
            inside = mask[i] != 0
            a = f64(x[i])
            b = f64(y[i])
            d = a - b if inside else 0.0
            a = a - ox if inside else 0.0
            b = b - oy if inside else 0.0
            n += 1 if inside else 0
            sx += a
            sy += b
            sxx += a * a
            syy += b * b
            sxy += a * b
            sad += abs(d)
            ssd += d * d
    _store(row, n, 0, 0, sx, sy, sxx, syy, sxy, sad, ssd)


@compiled()
def typical(pixels, mask, step):  # type: ignore[no-untyped-def]
    """Return the mean of every `step`-th pixel, a guess of the mean of all.

    Sums are taken about it, so it need not be exact. Infinite ones and NaN are left
    out; 0 where there are no others, or their sum is too large.
    """
    total, n = 0.0, 0
    for i in range(0, pixels.size, step):
        value = f64(pixels[i])
        if np.isfinite(value) and (mask.size == 0 or mask[i] != 0):
            total += value
            n += 1
    return total / n if n > 0 and np.isfinite(total) else 0.0


@compiled()
def _store(row, n, excluded, infinite, sx, sy, sxx, syy, sxy, sad, ssd):  # type: ignore[no-untyped-def]
    """Turn shifted sums into moments about the block's own means."""
    row[0] = n
    row[1] = excluded
    row[2] = infinite
    mx = sx / n if n > 0 else 0.0
    my = sy / n if n > 0 else 0.0
    row[3] = mx
    row[4] = my
    row[5] = max(sxx - sx * mx, 0.0) if not np.isnan(sxx) else sxx
    row[6] = max(syy - sy * my, 0.0) if not np.isnan(syy) else syy
    row[7] = sxy - sx * my
    row[8] = sad
    row[9] = ssd


@compiled()
def _careful_block(x, y, mask, ox, oy, row):  # type: ignore[no-untyped-def]
    """Sum one block pixel by pixel: NaN pairs are left out, infinite ones counted."""
    n, excluded, infinite = i64(0), i64(0), i64(0)
    sx, sy, sxx, syy = 0.0, 0.0, 0.0, 0.0
    sxy, sad, ssd = 0.0, 0.0, 0.0
    for i in range(x.size):
        if mask.size != 0 and mask[i] == 0:
            continue
        a = f64(x[i])
        b = f64(y[i])
        if np.isnan(a) or np.isnan(b):
            excluded += 1
            continue
        if np.isinf(a) or np.isinf(b):
            infinite += 1
            continue
        d = a - b
        a -= ox
        b -= oy
        n += 1
        sx += a
        sy += b
        sxx += a * a
        syy += b * b
        sxy += a * b
        sad += abs(d)
        ssd += d * d
    _store(row, n, excluded, infinite, sx, sy, sxx, syy, sxy, sad, ssd)


@compiled()
def float_blocks(x, y, mask, ox, oy, rows):  # type: ignore[no-untyped-def]
    """Sum each block of FLOAT_BLOCK pixels about the origins `ox`, `oy`, into `rows`.

    Columns of `rows`: n, excluded, infinite, mean x, mean y (from the origins),
    Σ(x-x̄)², Σ(y-ȳ)², Σ(x-x̄)(y-ȳ), Σ|x-y|, Σ(x-y)².
    """
    for k in range(rows.shape[0]):
        start = k * FLOAT_BLOCK
        xs = x[start : start + FLOAT_BLOCK]
        ys = y[start : start + FLOAT_BLOCK]
        ms = mask[start : start + FLOAT_BLOCK]
        _float_block(xs, ys, ms, ox, oy, rows[k])
        # The sum of four is not finite if one of them is not. It is also not where
        # finite pixels overflow: then care finds nothing to leave out, and the result
        # says so.
        if not np.isfinite(rows[k, 5] + rows[k, 6] + rows[k, 7] + rows[k, 9]):
            _careful_block(xs, ys, ms, ox, oy, rows[k])


@compiled()
def merge_rows(rows):  # type: ignore[no-untyped-def]
    """Merge all rows into the first, pair by pair (Chan, Golub & LeVeque 1983).

    In a tree and not one after the other: rounding grows with the logarithm of the
    number of blocks, and not with the number.
    """
    step = 1
    while step < rows.shape[0]:
        for k in range(0, rows.shape[0] - step, 2 * step):
            p = rows[k]
            q = rows[k + step]
            n = p[0] + q[0]
            p[1] += q[1]
            p[2] += q[2]
            if q[0] > 0:
                share = q[0] / n
                dx = q[3] - p[3]
                dy = q[4] - p[4]
                weight = p[0] * share
                p[3] += dx * share
                p[4] += dy * share
                p[5] += q[5] + dx * dx * weight
                p[6] += q[6] + dy * dy * weight
                p[7] += q[7] + dx * dy * weight
                p[8] += q[8]
                p[9] += q[9]
            p[0] = n
        step *= 2


@compiled()
def count_digits(keys, shift, prefix, counts):  # type: ignore[no-untyped-def]
    """Count the 16 bits above `shift` of the keys whose higher bits are `prefix`."""
    above = u64(shift + 16)
    for i in range(keys.size):
        key = u64(keys[i])
        if above >= u64(64) or (key >> above) == prefix:
            counts[(key >> u64(shift)) & u64(0xFFFF)] += 1
