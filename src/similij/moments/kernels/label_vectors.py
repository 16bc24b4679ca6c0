"""Sum the labels of 8-bit and 16-bit pixels, in whole vectors.

The walk of `labels.integer_sums` along runs of one label spends most of its time where
a run ends: adding up the lanes of six vectors (1.4 times the time). Here the vectors
themselves are kept for every label and added up once, at the end. The same sums,
exactly.
"""

from __future__ import annotations

import numpy as np

from ...ground.types import Array
from .compiled import compiled
from .plain import i32, i64, u64
from .simd import (
    as_longs,
    count_bits,
    equal_bits,
    in_longs,
    in_shorts,
    in_words,
    load,
    load_shorts,
    lowest_bit,
    pairs,
    shorts_of,
    smaller,
    store,
    total,
    twos,
    upper_half,
    zero_longs,
    zero_words,
)
from .vectors import _LOW, _SHORTS, _UP

_ALL = u64((1 << _SHORTS) - 1)
_WORDS, _LONGS = max(_SHORTS // 2, 1), max(_SHORTS // 4, 1)
"""Lanes of a vector."""

_VECTORS = 7
"""Column of the table that counts vectors not yet added up."""

_MOST = 1000
"""Vectors after which lanes are added up: the sum of 2 * 1000 * 32 pixels of 16 bits
fits 31 bits."""


def tables(rows: int, columns: int) -> tuple[Array, Array, Array]:
    """Make empty sums of labels, and vectors of Σx, Σy, Σmin and of Σx², Σy², Σxy."""
    return (
        np.zeros((rows, columns), np.int64),
        np.zeros((rows, 3 * _WORDS), np.int32),
        np.zeros((rows, 3 * _LONGS), np.int64),
    )


@compiled()
def _add_up(table, words, longs, row):  # type: ignore[no-untyped-def]
    """Add the vectors of a label to its sums, and empty them."""
    w, v = words[row], longs[row]
    sum_x = i64(i32(total(load(w, 0))))
    sum_y = i64(i32(total(load(w, _WORDS))))
    low = i64(i32(total(load(w, 2 * _WORDS))))
    table[row, 1] += sum_x
    table[row, 2] += sum_y
    table[row, 3] += total(load(v, 0))
    table[row, 4] += total(load(v, _LONGS))
    table[row, 5] += total(load(v, 2 * _LONGS)) - table[row, _VECTORS] * _WORDS * _UP
    table[row, 6] += sum_x + sum_y - 2 * low
    table[row, _VECTORS] = 0
    for k in range(3):
        store(w, k * _WORDS, zero_words())
        store(v, k * _LONGS, zero_longs())


@compiled()
def add_up_all(table, words, longs):  # type: ignore[no-untyped-def]
    """Add the vectors of all labels to their sums."""
    for row in range(table.shape[0]):
        if table[row, _VECTORS] != 0:
            _add_up(table, words, longs, u64(row))


@compiled()
def _keep(table, words, longs, row, n, vectors, w, v):  # type: ignore[no-untyped-def]
    """Put the vectors of a label back."""
    store(words[row], 0, w[0])
    store(words[row], _WORDS, w[1])
    store(words[row], 2 * _WORDS, w[2])
    store(longs[row], 0, v[0])
    store(longs[row], _LONGS, v[1])
    store(longs[row], 2 * _LONGS, v[2])
    table[row, 0] += n
    table[row, _VECTORS] += vectors
    if table[row, _VECTORS] > _MOST:
        _add_up(table, words, longs, row)


@compiled()
def _part(x, y, labels, start, stop, origin, table, words, longs):  # type: ignore[no-untyped-def]
    """Take at most _MOST vectors of pixels; False at a label that is not a row."""
    flip, up = in_shorts(origin), in_words(_UP)
    low_half = in_longs(_LOW)
    label = labels[start]
    row = u64(label)  # a negative one becomes very large
    if row >= u64(table.shape[0]):
        return False
    w, v = words[row], longs[row]
    sx, sy, low = load(w, 0), load(w, _WORDS), load(w, 2 * _WORDS)
    xx, yy, xy = load(v, 0), load(v, _LONGS), load(v, 2 * _LONGS)
    n, vectors = i64(0), i64(0)
    for i in range(start, stop, _SHORTS):
        same = equal_bits(labels, i, label)
        rest = _ALL
        while True:
            if same != u64(0) and row != u64(0):
                a = load_shorts(x, i) ^ flip
                b = load_shorts(y, i) ^ flip
                if same != _ALL:
                    inside = shorts_of(same)
                    a = a & inside
                    b = b & inside
                sx += twos(a)
                sy += twos(b)
                low += twos(smaller(a, b))
                p = as_longs(pairs(a, a))
                xx += p & low_half
                xx += upper_half(p)
                p = as_longs(pairs(b, b))
                yy += p & low_half
                yy += upper_half(p)
                p = as_longs(pairs(a, b) + up)
                xy += p & low_half
                xy += upper_half(p)
                n += count_bits(same)
                vectors += 1
            rest ^= same
            if rest == u64(0):
                break
            if row != u64(0):
                _keep(table, words, longs, row, n, vectors, (sx, sy, low), (xx, yy, xy))
            label = labels[u64(i + lowest_bit(rest))]
            row = u64(label)
            if row >= u64(table.shape[0]):
                return False
            w, v = words[row], longs[row]
            sx, sy, low = load(w, 0), load(w, _WORDS), load(w, 2 * _WORDS)
            xx, yy, xy = load(v, 0), load(v, _LONGS), load(v, 2 * _LONGS)
            n, vectors = i64(0), i64(0)
            same = equal_bits(labels, i, label)
    if row != u64(0):
        _keep(table, words, longs, row, n, vectors, (sx, sy, low), (xx, yy, xy))
    return True


@compiled()
def integer_sums(x, y, labels, origin, table, words, longs):  # type: ignore[no-untyped-def]
    """Add each label's [n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|] to its row of the table.

    Part of it stays in the vectors until `add_up_all`. Sums are about `origin`: 0, or
    2¹⁵ for uint16. Returns False at a label that is not a row.
    """
    end = labels.size - labels.size % _SHORTS
    for start in range(0, end, _MOST * _SHORTS):
        stop = min(start + _MOST * _SHORTS, end)
        if not _part(x, y, labels, start, stop, origin, table, words, longs):
            return False
    for i in range(end, labels.size):
        row = u64(labels[i])
        if row != u64(0):
            if row >= u64(table.shape[0]):
                return False
            a = i64(x[i]) - origin
            b = i64(y[i]) - origin
            table[row, 0] += 1
            table[row, 1] += a
            table[row, 2] += b
            table[row, 3] += a * a
            table[row, 4] += b * b
            table[row, 5] += a * b
            table[row, 6] += abs(a - b)
    return True
