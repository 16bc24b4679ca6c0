"""Sum each label of a label image in one walk: the compiled loops for any processor.

Not for callers: `moments.of_labels` cuts the work and gives the sums their meaning.
Every loop takes one-dimensional contiguous arrays of one size and walks along runs of
equal label; the sums of a run stay in registers and are added to the label's row where
it ends. Label 0 is background. As for speed, see `plain`.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled
from .parts import FLOAT_BLOCK
from .plain import ANY_ORDER, f64, i64, u64

N, EXCLUDED, INFINITE, SX, SY, SXX, SYY, SXY, SAD, SSD, OX, OY = range(12)
"""Columns of the sums of a label of a float image: about the origins OX and OY, which
are NaN before the label's first pixel, and then that pixel's values."""

INTEGER_COLUMNS = 8
"""n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|, and an empty one: a row is a line of the cache."""


_STRIDE = u64(8)
"""Labels that are looked at together, without a branch for each: in runs of
some 40 pixels (`bench/labels.py`) most steps are of eight."""


@compiled()
def _run_end(labels, start, last):  # type: ignore[no-untyped-def]
    """Find the end of the run of equal labels that begins at `start`, `last` at most.

    Positions are unsigned: numba need not ask whether they count from the end.
    """
    label = labels[start]
    end = start + u64(1)
    while (
        end + _STRIDE <= last
        and labels[end + _STRIDE - u64(1)] == label
        and labels[end] == label
    ):
        same = True
        for k in range(_STRIDE):
            same &= labels[end + k] == label
        if not same:
            break
        end += _STRIDE
    while end < last and labels[end] == label:
        end += u64(1)
    return end


@compiled()
def integer_sums(x, y, labels, out):  # type: ignore[no-untyped-def]
    """Add [n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|] of 8 and 16 bits to out[label].

    Returns False at a label that is not a row of `out`.
    """
    i, size = u64(0), u64(labels.size)
    while i < size:
        end = _run_end(labels, i, size)
        label = u64(labels[i])  # a negative one becomes very large
        if label != 0:
            if label >= u64(out.shape[0]):
                return False
            sx, sy, sxx, syy, sxy, low = i64(0), i64(0), i64(0), i64(0), i64(0), i64(0)
            xs = x[i:end]
            ys = y[i:end]
            for k in range(xs.size):
                a = i64(xs[k])
                b = i64(ys[k])
                sx += a
                sy += b
                sxx += a * a
                syy += b * b
                sxy += a * b
                low += min(a, b)
            out[label, 0] += i64(end - i)
            out[label, 1] += sx
            out[label, 2] += sy
            out[label, 3] += sxx
            out[label, 4] += syy
            out[label, 5] += sxy
            out[label, 6] += sx + sy - 2 * low
        i = end
    return True


@compiled(fastmath=ANY_ORDER)
def _plain_run(x, y, ox, oy):  # type: ignore[no-untyped-def]
    """Sum a run about two origins; NaN or infinity in any pixel spoils it visibly.

    Looking at each pixel for NaN first would keep the loop from becoming vectors.
    """
    sx, sy, sxx, syy, sxy, sad, ssd = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(x.size):
        a = f64(x[k])
        b = f64(y[k])
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
    return sx, sy, sxx, syy, sxy, sad, ssd


@compiled()
def _careful_run(x, y, row):  # type: ignore[no-untyped-def]
    """Sum a run pixel by pixel: NaN pairs are left out, infinite ones counted."""
    for k in range(x.size):
        a = f64(x[k])
        b = f64(y[k])
        if np.isnan(a) or np.isnan(b):
            row[EXCLUDED] += 1
            continue
        if np.isinf(a) or np.isinf(b):
            row[INFINITE] += 1
            continue
        if np.isnan(row[OX]):
            row[OX] = a
            row[OY] = b
        d = a - b
        a -= row[OX]
        b -= row[OY]
        row[N] += 1
        row[SX] += a
        row[SY] += b
        row[SXX] += a * a
        row[SYY] += b * b
        row[SXY] += a * b
        row[SAD] += abs(d)
        row[SSD] += d * d


@compiled()
def float_sums(x, y, labels, out):  # type: ignore[no-untyped-def]
    """Add each label's pixels to its row of `out`; columns as named above.

    Returns False at a label that is not a row of `out`.
    """
    i, size = u64(0), u64(labels.size)
    while i < size:
        end = _run_end(labels, i, min(size, i + u64(FLOAT_BLOCK)))
        label = u64(labels[i])  # a negative one becomes very large
        if label != 0:
            if label >= u64(out.shape[0]):
                return False
            row = out[label]
            if np.isnan(row[OX]) and np.isfinite(f64(x[i])) and np.isfinite(f64(y[i])):
                row[OX] = f64(x[i])
                row[OY] = f64(y[i])
            # Runs are no longer than FLOAT_BLOCK: if one pixel is NaN, so many are
            # summed again with care, and no more.
            run = _plain_run(x[i:end], y[i:end], row[OX], row[OY])
            if np.isfinite(run[2] + run[3] + run[4] + run[6]):
                row[N] += i64(end - i)
                for k in range(7):
                    row[SX + k] += run[k]
            else:
                _careful_run(x[i:end], y[i:end], row)
        i = end
    return True


@compiled()
def find_variation(x, y, labels, origins, varies):  # type: ignore[no-untyped-def]
    """Set varies[label] where a compared pixel of x, of y is not the origin."""
    for i in range(labels.size):
        label = u64(labels[i])
        if label != 0 and not (varies[label, 0] and varies[label, 1]):
            a = f64(x[i])
            b = f64(y[i])
            if np.isfinite(a) and np.isfinite(b):
                varies[label, 0] |= a != origins[label, 0]
                varies[label, 1] |= b != origins[label, 1]


@compiled()
def count_labels(labels, counts):  # type: ignore[no-untyped-def]
    """Add the pixels of each label, background too, to counts[label]."""
    i, size = u64(0), u64(labels.size)
    while i < size:
        end = _run_end(labels, i, size)
        counts[u64(labels[i])] += i64(end - i)
        i = end


@compiled()
def gather(labels, wanted, values, at, out):  # type: ignore[no-untyped-def]
    """Copy the pixels of each wanted label to where at[label] says, in order."""
    i, size = u64(0), u64(labels.size)
    while i < size:
        end = _run_end(labels, i, size)
        label = u64(labels[i])
        if wanted[label]:
            start = u64(at[label])
            for k in range(end - i):
                out[start + k] = values[i + k]
            at[label] += i64(end - i)
        i = end


_SPLIT = 2.0**27 + 1
"""Splits a float64 into two halves whose products are exact (Dekker 1971)."""


@compiled()
def _lost(p, a, b):  # type: ignore[no-untyped-def]
    """Return what rounding took off the product p of a and b (Dekker 1971)."""
    t = _SPLIT * a
    ah = t - (t - a)
    al = a - ah
    t = _SPLIT * b
    bh = t - (t - b)
    bl = b - bh
    return ((ah * bh - p) + ah * bl + al * bh) + al * bl


@compiled()
def over_roots(numerators, xs, ys, values, rests):  # type: ignore[no-untyped-def]
    """Divide integers: values + rests = numerators / √(xs·ys), to twice the digits.

    `values` is rounded; `rests` holds what rounding took off, so that the caller can
    tell a value that might round either way. Integers are below 2⁶².
    """
    for k in range(numerators.size):
        c = f64(numerators[k])
        a = f64(xs[k])
        b = f64(ys[k])
        c_low = f64(numerators[k] - i64(c))
        p = a * b
        rest = _lost(p, a, b) + (a * f64(ys[k] - i64(b)) + b * f64(xs[k] - i64(a)))
        root = np.sqrt(p)
        square = root * root
        tail = (((p - square) - _lost(square, root, root)) + rest) / (2 * root)
        quotient = c / root
        back = quotient * root
        correction = (c - back) - _lost(back, quotient, root)
        correction = ((correction + c_low) - quotient * tail) / root
        values[k] = quotient + correction
        rests[k] = (quotient - values[k]) + correction
