"""Sum two arrays of integers into moments, exactly, with a way for each width of pixel.

A sum must never overflow, and the narrower it may be, the more pixels fit a vector: so
8 and 16 bits, 32 bits and 64 bits each have loops of their own. Origins make unsigned
pixels signed, and are undone in Python integers at the end.
"""

from __future__ import annotations

import numpy as np

from ..ground.types import Array
from .kernels.choice import _kernels, row_loops, row_places, vector_loops
from .kernels.parts import _PARALLEL_FROM, CHUNK, _in_parts, in_row_parts
from .moments import IntegerMoments, Moments

_HALF = 1 << 32
"""Weight of the upper one of two limbs of 32 bits."""


def _totals(parts: list[Array]) -> list[int]:
    """Add up all parts, in Python integers: totals may need more than 64 bits."""
    if len(parts) == 1:
        return parts[0].tolist()  # type: ignore[no-any-return]
    return [sum(column) for column in zip(*(p.tolist() for p in parts), strict=True)]


def sums_narrow(x: Array, y: Array, mask: Array) -> Moments:
    """Sum integers of 8 or 16 bits exactly."""
    loops = vector_loops()
    if loops is None:
        return _sums_without_vectors(x, y, mask)
    narrow = x.dtype.itemsize == 1
    loop = loops.sums_8bit if narrow else loops.sums_16bit
    # The instruction that multiplies and adds neighbours takes signed 16 bits only.
    origin = 1 << 15 if x.dtype.kind == "u" and not narrow else 0

    def work(start: int, stop: int) -> Array:
        out = np.zeros(7, np.int64)
        inside = mask[start:stop] if mask.size else None
        loop(x[start:stop], y[start:stop], inside, origin, out)
        return out

    def rows(start: int, stop: int) -> Array:
        out = np.zeros(7, np.int64)
        by_row = row_loops().rows_8bit if narrow else row_loops().rows_16bit
        by_row(*row_places(x, y, mask, start, stop), origin, out)
        return out

    if x.size < _PARALLEL_FROM and x.ndim == 1:
        parts = [work(0, x.size)]
    else:
        parts = _in_parts(x.size, work) if x.ndim == 1 else in_row_parts(x.shape, rows)
    sx, sy, sxx, syy, sxy, sad, n = _totals(parts)
    if origin == 0:
        return IntegerMoments(n, sx, sy, sxx, syy, sxy, sad)
    return _moved(n, (sx, sy), [sxx, syy, sxy], sad, (origin, origin))


def _sums_without_vectors(x: Array, y: Array, mask: Array) -> Moments:
    """Sum integers of 8 or 16 bits on a processor without vectors known here."""

    def work(start: int, stop: int) -> Array:
        out = np.zeros(7, np.int64)
        a, b = x[start:stop], y[start:stop]
        if mask.size:
            _kernels().sums_masked(a, b, mask[start:stop], out)
        else:
            loop = (
                _kernels().sums_8bit if x.dtype == np.uint8 else _kernels().sums_16bit
            )
            loop(a, b, out)
            out[6] = stop - start
        return out

    parts = _in_parts(x.size, work)
    sx, sy, sxx, syy, sxy, sad, n = _totals(parts)
    return IntegerMoments(n, sx, sy, sxx, syy, sxy, sad)


def sums_32bit(x: Array, y: Array, mask: Array) -> Moments:
    """Sum integers of 32 bits exactly, their products in halves."""
    origin = 1 << 31 if x.dtype.kind == "u" else 0

    def work(start: int, stop: int) -> Array:
        out = np.zeros(10, np.int64)
        m = mask[start:stop]
        _kernels().sums_32bit(x[start:stop], y[start:stop], m, np.int64(origin), out)
        return out

    parts = _in_parts(x.size, work)
    sx, sy, sad, n, *halves = _totals(parts)
    products = [
        low + high * _HALF for low, high in zip(*[iter(halves)] * 2, strict=True)
    ]
    return _moved(n, (sx, sy), products, sad, (origin, origin))


def sums_64bit(x: Array, y: Array, mask: Array) -> Moments:
    """Sum integers of 64 bits exactly, in limbs of 32 bits."""

    def work(start: int, stop: int) -> Array:
        out = np.zeros(27, np.int64)
        for a in range(start, stop, CHUNK):
            b = min(a + CHUNK, stop)
            limbs = (*_limbs(x[a:b]), *_limbs(y[a:b]))
            _kernels().sums_64bit(*limbs, mask[a:b], apart, out)
        return out

    origins = tuple(
        (1 << 31) + ((1 << 63) if t.dtype.kind == "u" else 0) for t in (x, y)
    )
    apart = np.int64((origins[0] - origins[1]) // _HALF)
    parts = _in_parts(x.size, work)
    sums = _totals(parts)
    n, sxh, sxl, syh, syl, dh, dl = sums[:7]
    halves = [
        low + high * _HALF for low, high in zip(*[iter(sums[7:])] * 2, strict=True)
    ]
    xhh, xhl, xll, yhh, yhl, yll, hh, hl, lh, ll = halves
    products = [
        xhh * _HALF**2 + 2 * xhl * _HALF + xll,
        yhh * _HALF**2 + 2 * yhl * _HALF + yll,
        hh * _HALF**2 + (hl + lh) * _HALF + ll,
    ]
    singles = (sxh * _HALF + sxl, syh * _HALF + syl)
    return _moved(n, singles, products, dh * _HALF + dl, (origins[0], origins[1]))


def _limbs(values: Array) -> tuple[Array, Array]:
    """Split values into upper and lower 32 bits, within -2³¹...2³¹.

    Products of two such limbs fit 63 bits.
    """
    upper = (values >> values.dtype.type(32)).astype(np.int64)
    if values.dtype.kind == "u":
        upper -= 1 << 31
    lower = (values & values.dtype.type(0xFFFFFFFF)).astype(np.int64) - (1 << 31)
    return upper, lower


def _moved(
    n: int,
    singles: tuple[int, int],
    products: list[int],
    sum_abs: int,
    origins: tuple[int, int],
) -> IntegerMoments:
    """Undo the origins that were taken off the values before summing."""
    (sx, sy), (sxx, syy, sxy), (ox, oy) = singles, products, origins
    return IntegerMoments(
        n,
        sx + n * ox,
        sy + n * oy,
        sxx + 2 * ox * sx + n * ox * ox,
        syy + 2 * oy * sy + n * oy * oy,
        sxy + ox * sy + oy * sx + n * ox * oy,
        sum_abs,
    )
