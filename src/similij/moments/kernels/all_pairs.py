"""Compare many images, each with each, in compiled loops: distances of whole blocks.

`moments` of two images at a time would read each image once for every other. Here
blocks of all images are held against each other while they are near the processor:
plain loops for every type, and loops in whole vectors for 8 and 16 bits.
"""

from __future__ import annotations

from .compiled import compiled
from .plain import i32, i64
from .simd import (
    BYTES,
    byte_distances,
    load,
    no_bytes,
    smaller,
    total,
    twos,
    zero_words,
)

LENGTH = 4096
"""Pixels of an image that are held against the others at a time: so few that those of
many images stay near the processor."""

_EXACT = 256
"""Differences of 16 bits whose sum is an integer below 2^24, exact in float32."""


@compiled(fastmath={"reassoc", "nsz", "contract"})
def absolute(tile, first, last, out):  # type: ignore[no-untyped-def]
    """Add Σ|x-y| of images `first` to `last` against those after them to `out`.

    `tile` is (images, pixels): float32 of integers of at most 16 bits, or float64; all
    finite. `out` is (images, images), float64. Four images at a time share what is read
    of the one that they are held against.
    """
    images, pixels = tile.shape
    zero = tile[0, 0] - tile[0, 0]  # of the tile's type: 0.0 would widen float32
    for start in range(0, pixels, LENGTH):
        stop = min(start + LENGTH, pixels)
        for i in range(first, last):
            j = i + 1
            while j + 4 <= images:
                for left in range(start, stop, _EXACT):
                    a, b, c, d = zero, zero, zero, zero
                    for k in range(left, min(left + _EXACT, stop)):
                        x = tile[i, k]
                        a += abs(x - tile[j, k])
                        b += abs(x - tile[j + 1, k])
                        c += abs(x - tile[j + 2, k])
                        d += abs(x - tile[j + 3, k])
                    out[i, j] += a
                    out[i, j + 1] += b
                    out[i, j + 2] += c
                    out[i, j + 3] += d
                j += 4
            while j < images:
                for left in range(start, stop, _EXACT):
                    a = zero
                    for k in range(left, min(left + _EXACT, stop)):
                        a += abs(tile[i, k] - tile[j, k])
                    out[i, j] += a
                j += 1


_NEAR = 2048
"""Pixels of 8 bits at a time: those of 200 images stay in a cache of 0.5 MB. With four
images at a time it takes 0.6 times what 4,096 of one took."""

_SHORTS = max(BYTES // 2, 1)
"""Pixels of 16 bits in a vector."""


@compiled()
def distances_8bit(tile, first, last, out):  # type: ignore[no-untyped-def]
    """Add Σ|x-y| of images `first` to `last` against those after them to `out`.

    `tile` is (images, pixels) of uint8; `out` (images, images) of int64. Four images at
    a time, as in `absolute`.
    """
    images, pixels = tile.shape
    whole = pixels - pixels % BYTES
    for start in range(0, whole, _NEAR):
        stop = min(start + _NEAR, whole)
        for i in range(first, last):
            x = tile[i]
            j = i + 1
            while j + 4 <= images:
                y0, y1, y2, y3 = tile[j], tile[j + 1], tile[j + 2], tile[j + 3]
                a, b, c, d = no_bytes(), no_bytes(), no_bytes(), no_bytes()
                for k in range(start, stop, BYTES):
                    here = load(x, k)
                    a += byte_distances(here, load(y0, k))
                    b += byte_distances(here, load(y1, k))
                    c += byte_distances(here, load(y2, k))
                    d += byte_distances(here, load(y3, k))
                out[i, j] += total(a)
                out[i, j + 1] += total(b)
                out[i, j + 2] += total(c)
                out[i, j + 3] += total(d)
                j += 4
            while j < images:
                y = tile[j]
                apart = no_bytes()
                for k in range(start, stop, BYTES):
                    apart += byte_distances(load(x, k), load(y, k))
                out[i, j] += total(apart)
                j += 1
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
    for start in range(0, whole, LENGTH):
        stop = min(start + LENGTH, whole)
        for i in range(first, last):
            x = tile[i]
            for j in range(i + 1, images):
                y = tile[j]
                low = zero_words()
                for k in range(start, stop, _SHORTS):
                    low += twos(smaller(load(x, k), load(y, k)))
                out[i, j] += i64(i32(total(low)))
    for i in range(first, last):
        for j in range(i + 1, images):
            for k in range(whole, pixels):
                out[i, j] += i64(min(tile[i, k], tile[j, k]))
