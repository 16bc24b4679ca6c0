"""Count what Kendall's τ is made of, in compiled loops: inversions and ties."""

from __future__ import annotations

import numpy as np

from .compiled import compiled

u8, i64 = np.uint8, np.int64

_DIGITS = 256
_BLOCK = 64
"""Values that are held against one another pair by pair: 1 + 9·7 of them."""


@compiled()
def inversions(values):  # type: ignore[no-untyped-def]
    """Count the pairs of a sequence of uint16 whose first one is the larger.

    Two values are in order as their high bytes are or, where these are equal, as their
    low ones. So one walk counts by high bytes; then, with the values sorted by these
    and otherwise in their order, a walk over each group counts by low ones. These are
    two walks, where a merge sort has one for each doubling: 22 of 2048² pixels.

    Parameters
    ----------
    values : ndarray of uint16, (n,)
        The sequence.

    Returns
    -------
    int
        At most n·(n - 1)/2.
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
    total = _of_bytes(high)
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
