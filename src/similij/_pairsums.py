"""The compiled loop behind all pairs: sums of absolute differences inside a tile.

A tile of some thousand pixels of every image stays in the processor's cache while each
image is held against each, so that memory is read once for all pairs.
"""

from __future__ import annotations

from ._compiled import compiled

LENGTH = 4096
"""Pixels of an image that are held against the others at a time."""

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
    zero = tile[0, 0] - tile[0, 0]
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
