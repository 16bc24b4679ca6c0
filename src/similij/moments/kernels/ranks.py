"""Rank pixels, and count what Kendall's τ is made of: inversions and ties."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ground.types import Array
from .compiled import compiled
from .parts import _PARALLEL_FROM, on_threads

u8, u16, u32, i64, u64 = np.uint8, np.uint16, np.uint32, np.int64, np.uint64

_HALF = u64(32)
"""Bits of a half of a pair."""

_DIGITS = 256
_BLOCK = 64
"""Values that are held against one another pair by pair: 1 + 9·7 of them."""


@compiled()
def counts(values, out):  # type: ignore[no-untyped-def]
    """Add to `out` how often each value, a place in it, is there."""
    for k in range(values.size):
        out[values[k]] += 1


@compiled()
def looked_up(table, values, out):  # type: ignore[no-untyped-def]
    """Write what a table has for each value, a place in it, to `out`."""
    for k in range(values.size):
        out[k] = table[values[k]]


@compiled()
def ranked_halves(pairs):  # type: ignore[no-untyped-def]
    """Swap the halves of sorted pairs, the high one for its rank; count its ties.

    Parameters
    ----------
    pairs : ndarray of uint64, (n,)
        Sorted; two numbers of 32 bits each. In place, the low half becomes the high
        one, and the low one the rank of what was high, from 1 and times two: equal
        ones share the mean of theirs, which may end in .5.

    Returns
    -------
    int
        The pairs of pairs whose high halves are equal.
    """
    tied, first = i64(0), i64(0)
    while first < pairs.size:
        high = pairs[first] >> _HALF
        end = first + 1
        while end < pairs.size and pairs[end] >> _HALF == high:
            end += 1
        rank = u64(first + 1 + end)
        for k in range(first, end):
            pairs[k] = pairs[k] << _HALF | rank
        tied += (end - first) * (end - first - 1) // 2
        first = end
    return tied


def inversions(values: Array) -> int:
    """Count the pairs of a sequence whose first one is the larger.

    Two values are in order as their high halves are or, where these are equal, as
    their low ones. So they are counted by their high halves; then, sorted by these and
    otherwise in their order, each group by its low ones, on all threads.

    Parameters
    ----------
    values : ndarray of uint16 or uint32, (n,)
        The sequence.

    Returns
    -------
    int
        At most n·(n - 1)/2.
    """
    wide = values.dtype == u32
    if not wide and values.size < _PARALLEL_FROM:
        return int(_of_halves(values))
    bits, kind = (16, u16) if wide else (8, u8)
    high = (values >> values.dtype.type(bits)).astype(kind)
    starts = np.zeros(int(high.max(initial=0)) + 2, i64)
    counts(high, starts[1:])
    np.cumsum(starts, out=starts)
    low = np.empty(values.size, kind)
    _group(values, high, starts[:-1].copy(), low)
    groups: list[Any] = [high]
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if end - start > 1:
            groups.append(low[start:end])
    return sum(map(int, on_threads(_of_halves if wide else _of_bytes, groups)))


@compiled()
def _group(values, high, places, low):  # type: ignore[no-untyped-def]
    """Write the low halves of values where those of their high half lie."""
    for k in range(values.size):
        digit = i64(high[k])
        low[places[digit]] = values[k]  # without its high bits
        places[digit] += 1


@compiled()
def _of_halves(values):  # type: ignore[no-untyped-def]
    """Count the inversions of a sequence of uint16.

    One walk counts by high bytes, if there are several; then, with the values sorted
    by these and otherwise in their order, a walk over each group counts by low ones.
    These are two walks, where a merge sort has one for each doubling: 22 of 2048²
    pixels.
    """
    high = np.empty(values.size, u8)
    places = np.zeros(_DIGITS + 1, i64)
    for k in range(values.size):
        high[k] = values[k] >> 8
        places[i64(high[k]) + 1] += 1
    for digit in range(_DIGITS):
        places[digit + 1] += places[digit]
    starts = places.copy()
    low = np.empty(values.size, u8)
    for k in range(values.size):
        digit = i64(high[k])
        low[places[digit]] = values[k] & 255
        places[digit] += 1
    total = i64(0)
    if starts[i64(high[0]) + 1] - starts[i64(high[0])] < values.size:
        total += _of_bytes(high)
    for digit in range(_DIGITS):
        total += _of_bytes(low[starts[digit] : starts[digit + 1]])
    return total


@compiled()
def _of_bytes(digits):  # type: ignore[no-untyped-def]
    """Count the inversions of a sequence of bytes.

    A block at a time: of its values with those before it by their counts, and with one
    another by comparing all, 32 pairs in an instruction. Counting after each value is
    slower by far: a processor waits to read together what was just written apart.
    """
    counts = np.zeros(_DIGITS, i64)
    larger = np.zeros(_DIGITS, i64)
    # Behind the block nothing is smaller: loops of one length become vectors.
    block = np.full(2 * _BLOCK, u8(_DIGITS - 1), u8)
    within = np.empty(_BLOCK, u8)
    total = i64(0)
    for start in range(0, digits.size, _BLOCK):
        size = min(_BLOCK, digits.size - start)
        block[:size] = digits[start : start + size]
        block[size:_BLOCK] = u8(_DIGITS - 1)
        above = i64(0)
        for digit in range(_DIGITS - 1, -1, -1):
            larger[digit] = above
            above += counts[digit]
        within[:] = 0
        for apart in range(1, _BLOCK, 7):  # seven at a time: three times as fast as one
            for k in range(_BLOCK):
                value = block[k]
                within[k] += (
                    u8(value > block[k + apart])
                    + u8(value > block[k + apart + 1])
                    + u8(value > block[k + apart + 2])
                    + u8(value > block[k + apart + 3])
                    + u8(value > block[k + apart + 4])
                    + u8(value > block[k + apart + 5])
                    + u8(value > block[k + apart + 6])
                )
        for k in range(size):
            total += larger[block[k]] + i64(within[k])
            counts[block[k]] += 1
    return total


@compiled()
def tied_pairs(ordered, bits):  # type: ignore[no-untyped-def]
    """Count the pairs of equal values in a sorted sequence, without the last bits."""
    total, length = i64(0), i64(0)
    for k in range(1, ordered.size):
        same = ordered[k] >> bits == ordered[k - 1] >> bits
        length = length + 1 if same else i64(0)
        total += length
    return total
