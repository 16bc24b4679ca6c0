"""The loops behind all pairs for 8 and 16 bits, in whole vectors: see `_pairsums`."""

from __future__ import annotations

from ._compiled import compiled
from ._kernels import i32, i64
from ._pairsums import LENGTH
from ._vectors import (
    BYTES,
    byte_distances,
    in_shorts,
    load,
    pairs,
    smaller,
    total,
    zero_longs,
    zero_words,
)

_SHORTS = max(BYTES // 2, 1)
"""Pixels of 16 bits in a vector."""


@compiled()
def distances_8bit(tile, first, last, out):  # type: ignore[no-untyped-def]
    """Add Σ|x-y| of images `first` to `last` against those after them to `out`.

    `tile` is (images, pixels) of uint8; `out` (images, images) of int64.
    """
    images, pixels = tile.shape
    whole = pixels - pixels % BYTES
    for start in range(0, whole, LENGTH):
        stop = min(start + LENGTH, whole)
        for i in range(first, last):
            x = tile[i]
            for j in range(i + 1, images):
                y = tile[j]
                apart = zero_longs()
                for k in range(start, stop, BYTES):
                    apart += byte_distances(load(x, k), load(y, k))
                out[i, j] += total(apart)
    for i in range(first, last):
        for j in range(i + 1, images):
            for k in range(whole, pixels):
                out[i, j] += abs(i64(tile[i, k]) - i64(tile[j, k]))


@compiled()
def lower_16bit(tile, first, last, out):  # type: ignore[no-untyped-def]
    """Add Σmin(x, y), from which Σ|x-y| = Σx + Σy - 2 Σmin(x, y) follows, to `out`.

    `tile` is (images, pixels) of int16; `out` (images, images) of int64.
    """
    images, pixels = tile.shape
    whole = pixels - pixels % _SHORTS
    one = in_shorts(i64(1))
    for start in range(0, whole, LENGTH):
        stop = min(start + LENGTH, whole)
        for i in range(first, last):
            x = tile[i]
            for j in range(i + 1, images):
                y = tile[j]
                low = zero_words()
                for k in range(start, stop, _SHORTS):
                    low += pairs(smaller(load(x, k), load(y, k)), one)
                out[i, j] += i64(i32(total(low)))
    for i in range(first, last):
        for j in range(i + 1, images):
            for k in range(whole, pixels):
                out[i, j] += i64(min(tile[i, k], tile[j, k]))
