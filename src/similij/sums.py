"""From two arrays to their moments: types, masks, layouts and threads.

The arrays may be of any shape, layout, byte order and mixture of types. Where they are
as a kernel wants them they are read in place; else they are converted a chunk at a
time. Threads share the pixels; the answer does not depend on how many there are.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, lru_cache, reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .moments import FloatMoments, IntegerMoments, Moments, merge

Array: TypeAlias = NDArray[Any]

CHUNK = 1 << 20
"""Pixels converted at a time where arrays are not already as a kernel wants them."""

BLOCK = 32768
"""Pixels of a block: 32768 squares of an 8-bit value still fit a signed 32-bit sum."""

FLOAT_BLOCK = 8192
"""Pixels of a block of floats: two blocks of float64 stay in the first-level cache."""

_PARALLEL_FROM = 1 << 19
"""Pixels below which a second thread costs more than it saves."""

_SMALLEST_PART = 1 << 18
"""Pixels that a thread takes at a time, at least: a part costs 20 µs to hand over."""

_LARGEST_PART = 1 << 30
"""Pixels of one part: sums of halves of 32 bits stay within 63 bits."""

_WIDEST = 8
"""Bytes of the widest type of pixel."""

_NO_MASK = np.zeros(0, np.uint8)
_NO_MASK.flags.writeable = False
_HALF = 1 << 32


def moments(x: Array, y: Array, mask: Array | None = None) -> Moments:
    """Moments of the pixel pairs of two arrays, in one read of both.

    Parameters
    ----------
    x, y : ndarray
        Of one shape, any number of dimensions; bool, integers of 8 to 64 bits, float16,
        float32 or float64, in any mixture.
    mask : ndarray of bool, optional
        Of the same shape, or broadcastable to it: True where pixels are compared.

    Returns
    -------
    IntegerMoments or FloatMoments
        Exact where both are integers (or bool), else float64. NaN pairs are counted
        as excluded, infinite ones as infinite.

    Examples
    --------
    >>> import numpy as np
    >>> m = moments(np.array([10, 20, 30, 40]), np.array([10, 21, 32, 43]))
    >>> m.n, m.sum_sq, m.sum_abs
    (4, 14, 6)
    """
    kernel, dtype = _kernel(x.dtype, y.dtype)
    if mask is not None and mask.shape != x.shape:
        mask = np.broadcast_to(mask, x.shape)
    if x.ndim > 1 and x.flags.f_contiguous and y.flags.f_contiguous:
        x, y = x.T, y.T  # sums do not ask for the order
        mask = None if mask is None else mask.T
    ready = (
        x.dtype == dtype[0]
        and y.dtype == dtype[1]
        and x.flags.c_contiguous
        and y.flags.c_contiguous
        and (mask is None or mask.flags.c_contiguous)
        and x.flags.aligned
        and y.flags.aligned
    )
    if ready or x.size <= _SMALLEST_PART:
        return kernel(*_flat(x, y, mask, dtype))
    if _in_rows(x, dtype[0]) and _in_rows(y, dtype[1]) and x.shape == y.shape:
        if x.ndim == _PLANE:
            return kernel(*_rows(x, y, mask))
        masks = [None] * len(x) if mask is None else mask
        planes = (moments(*plane) for plane in zip(x, y, masks, strict=True))
        return reduce(merge, planes)

    def converted(index: Any) -> Moments:
        part = None if mask is None else mask[index]
        return kernel(*_flat(x[index], y[index], part, dtype))

    total: Moments | None = None
    for found in on_threads(converted, slabs(x.shape, _SMALLEST_PART)):
        total = merge(total, found)
    assert total is not None  # an empty array is not larger than a chunk
    return total


_PLANE = 2

_LONG = 512
"""Pixels of a row that is read in place, at least; others are copied."""


def _in_rows(pixels: Array, dtype: np.dtype[Any]) -> bool:
    """Whether rows can be read where they are, by a loop that there is."""
    narrow = dtype.kind != "f"
    return (
        pixels.dtype == dtype
        and pixels.ndim >= _PLANE
        and pixels.shape[-1] >= _LONG
        and pixels.shape[-1] * pixels.shape[-2] > _SMALLEST_PART
        and pixels.strides[-1] == pixels.itemsize
        and pixels.flags.aligned
        and not (narrow and (dtype.itemsize > 2 or vector_loops() is None))  # noqa: PLR2004 - bytes
    )


def _rows(x: Array, y: Array, mask: Array | None) -> tuple[Array, Array, Array]:
    """Planes as the kernels want them, whose rows are contiguous."""
    if mask is None:
        return x, y, _NO_MASK
    if mask.strides[-1] != 1:
        mask = np.ascontiguousarray(mask)
    return x, y, mask.view(np.uint8)


def slabs(shape: tuple[int, ...], pixels: int) -> list[tuple[slice | int, ...]]:
    """Cut a shape into pieces of at most about `pixels`, in memory order.

    Examples
    --------
    >>> slabs((2, 4, 5), 10)
    [(0, slice(0, 2, None)), (0, slice(2, 4, None)),
     (1, slice(0, 2, None)), (1, slice(2, 4, None))]
    """
    if not shape:
        return [()]
    inner = math.prod(shape[1:])
    if inner > pixels and len(shape) > 1:
        return [
            (i, *rest) for i in range(shape[0]) for rest in slabs(shape[1:], pixels)
        ]
    step = max(1, pixels // max(1, inner))
    return [(slice(i, min(i + step, shape[0])),) for i in range(0, shape[0], step)]


_Types: TypeAlias = tuple[np.dtype[Any], np.dtype[Any]]
_Kernel: TypeAlias = Callable[[Array, Array, Array], Moments]


@cache
def _kernel(x: np.dtype[Any], y: np.dtype[Any]) -> tuple[_Kernel, _Types]:
    """Which kernel serves two types, and what each is converted to for it."""
    for dtype in (x, y):
        if dtype.kind not in "buif" or dtype.itemsize > _WIDEST:
            raise TypeError(
                f"images of type {dtype} cannot be compared: bool, integers of 8 to 64 "
                "bits and floats of 16 to 64 bits can; convert with .astype(...)"
            )
    x, y = (
        np.dtype(np.uint8) if t.kind == "b" else t.newbyteorder("=") for t in (x, y)
    )
    if x.kind != "f" and y.kind != "f":
        common = np.result_type(x, y, np.int16 if x.kind == y.kind == "i" else x)
        if (
            common.kind == "f"
        ):  # uint64 beside a signed type: no integer type holds both
            wide = (np.dtype(np.uint64 if t.kind == "u" else np.int64) for t in (x, y))
            return _sums_64bit, (next(wide), next(wide))
        width: _Kernel = {1: _sums_narrow, 2: _sums_narrow, 4: _sums_32bit}.get(
            common.itemsize, _sums_64bit
        )
        return width, (common, common)
    common = np.result_type(x, y, np.float32)
    return _float_moments, (common, common)


def kernel_types(x: np.dtype[Any], y: np.dtype[Any]) -> _Types:
    """Types that pixels of two types are converted to before they are summed.

    Raises
    ------
    TypeError
        If one is no type of an image.
    """
    return _kernel(x, y)[1]


def _flat(
    x: Array, y: Array, mask: Array | None, dtype: _Types
) -> tuple[Array, Array, Array]:
    """Pixels as the kernels want them: one-dimensional, contiguous, native."""
    flat_mask = _NO_MASK
    if mask is not None:
        flat_mask = np.ascontiguousarray(mask, bool).reshape(-1).view(np.uint8)
        flat_mask.flags.writeable = False
    return flat(x, dtype[0]), flat(y, dtype[1]), flat_mask


def flat(pixels: Array, dtype: np.dtype[Any]) -> Array:
    """Pixels one-dimensional, contiguous, native, aligned and read-only.

    Read-only always, so that a kernel is compiled once for each type: numba has another
    for arrays that can be written to.
    """
    found = np.ascontiguousarray(as_bytes(pixels), dtype)
    if not found.flags.aligned:
        found = found.copy()
    found = found.reshape(-1)
    found.flags.writeable = False
    return found


def as_bytes(pixels: Array) -> Array:
    """Booleans as 0 and 1 (some libraries write other bytes for True)."""
    if pixels.dtype != np.bool_:
        return pixels
    inside: Array = np.ascontiguousarray(pixels).view(np.uint8) != 0
    return inside.view(np.uint8)


@cache
def _kernels() -> Any:
    """Return the compiled loops, imported late: numba alone takes half a second."""
    from . import _kernels as kernels

    return kernels


@cache
def vector_loops() -> Any:
    """Return the loops in whole vectors; None where the processor has none."""
    from ._vectors import BYTES

    if not BYTES:
        return None
    from . import _vectorkernels as kernels

    return kernels


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="similij")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


@cache
def threads() -> int:
    """Threads that share the pixels: SIMILIJ_NUM_THREADS, else one a processor."""
    asked = os.environ.get("SIMILIJ_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_parts(size: int, work: Callable[[int, int], Any]) -> list[Any]:
    """Run `work(start, stop)` over parts of `size` pixels, on all threads."""
    if size < _PARALLEL_FROM:
        return [work(0, size)]
    alone = threads() == 1
    step = size if alone else max(-(-size // (4 * threads())), _SMALLEST_PART)
    step = min(-(-max(step, 1) // BLOCK) * BLOCK, _LARGEST_PART)
    starts = range(0, max(size, 1), step)
    each = map if alone else _pool().map
    return list(each(lambda a: work(a, min(a + step, size)), starts))


def on_threads(work: Callable[[Any], Any], pieces: list[Any]) -> list[Any]:
    """Results of `work` of each piece, in order; it must not use threads itself."""
    each = map if len(pieces) == 1 or threads() == 1 else _pool().map
    return list(each(work, pieces))


def _in_row_parts(shape: tuple[int, ...], work: Callable[[int, int], Any]) -> list[Any]:
    """Run `work(start, stop)` over rows of a plane, on all threads."""
    height, width = shape
    step = max(-(-height // (4 * threads())), -(-_SMALLEST_PART // width))
    starts = list(range(0, height, step))
    return on_threads(lambda a: work(a, min(a + step, height)), starts)


def _row_loops() -> Any:
    from . import _rowkernels as kernels

    return kernels


def _where(x: Array, y: Array, mask: Array, start: int, stop: int) -> tuple[Any, ...]:
    """Arguments of a loop over rows."""
    like = np.zeros(0, x.dtype)
    like.flags.writeable = False
    part = slice(start, stop)
    places = _row_loops().where(x[part], y[part], mask[part])
    return like, places, _NO_MASK if mask.size else None, (stop - start, x.shape[1])


def _totals(parts: list[Array]) -> list[int]:
    """Add up all parts, in Python integers: totals may need more than 64 bits."""
    if len(parts) == 1:
        return parts[0].tolist()  # type: ignore[no-any-return]
    return [sum(column) for column in zip(*(p.tolist() for p in parts), strict=True)]


def _sums_narrow(x: Array, y: Array, mask: Array) -> Moments:
    loops = vector_loops()
    if loops is None:
        return _sums_without_vectors(x, y, mask)
    loop = loops.sums_8bit if x.dtype == np.uint8 else loops.sums_16bit
    origin = 1 << 15 if x.dtype == np.uint16 else 0

    def work(start: int, stop: int) -> Array:
        out = np.zeros(7, np.int64)
        inside = mask[start:stop] if mask.size else None
        loop(x[start:stop], y[start:stop], inside, origin, out)
        return out

    by_row = _row_loops().rows_8bit if x.dtype == np.uint8 else _row_loops().rows_16bit

    def rows(start: int, stop: int) -> Array:
        out = np.zeros(7, np.int64)
        by_row(*_where(x, y, mask, start, stop), origin, out)
        return out

    parts = _in_parts(x.size, work) if x.ndim == 1 else _in_row_parts(x.shape, rows)
    sx, sy, sxx, syy, sxy, sad, n = _totals(parts)
    return _moved(n, (sx, sy), [sxx, syy, sxy], sad, (origin, origin))


def _sums_without_vectors(x: Array, y: Array, mask: Array) -> Moments:
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


def _sums_32bit(x: Array, y: Array, mask: Array) -> Moments:
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


def _sums_64bit(x: Array, y: Array, mask: Array) -> Moments:
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
    """Upper and lower 32 bits, moved into -2³¹...2³¹ so that products fit 63 bits."""
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


_SAMPLE = 1024
"""Pixels that a first guess of the mean is taken from."""

_FAR = 64.0
"""A guess this many variances (squared) from the mean costs digits: sum once more."""

_LOOKS_CONSTANT = 1e-20
"""A variance this small beside the squared mean may be rounding: look at the values."""


def _float_moments(x: Array, y: Array, mask: Array) -> Moments:
    ox, oy = _typical(x, mask), _typical(y, mask)
    result = _float_pass(x, y, mask, ox, oy)
    far_x = result.n * _squared(result.offset_x) > _FAR * result.m2_x
    far_y = result.n * _squared(result.offset_y) > _FAR * result.m2_y
    if result.n and (far_x or far_y) and math.isfinite(result.mean_x + result.mean_y):
        result = _float_pass(x, y, mask, result.mean_x, result.mean_y)
    small_x = _LOOKS_CONSTANT * result.n * _squared(result.mean_x)
    small_y = _LOOKS_CONSTANT * result.n * _squared(result.mean_y)
    if result.n and not result.m2_x > small_x:  # NaN where it overflowed
        result = replace(result, only_x=_only_value(x, x, y, mask))
    if result.n and not result.m2_y > small_y:  # NaN where it overflowed
        result = replace(result, only_y=_only_value(y, x, y, mask))
    return result


def _squared(value: float) -> float:
    """Return the square, infinite where `**` would raise OverflowError."""
    return value * value


def _float_pass(x: Array, y: Array, mask: Array, ox: float, oy: float) -> FloatMoments:
    blocks = max(1, -(-x.shape[-1] // FLOAT_BLOCK))
    rows = np.zeros((blocks * (1 if x.ndim == 1 else len(x)), 10))

    def by_row(start: int, stop: int) -> None:
        found = rows[start * blocks : stop * blocks]
        _row_loops().float_rows(*_where(x, y, mask, start, stop), ox, oy, found)

    def work(start: int, stop: int) -> None:
        first, last = start // FLOAT_BLOCK, -(-stop // FLOAT_BLOCK)
        m = mask[start:stop]
        _kernels().float_blocks(
            x[start:stop], y[start:stop], m, ox, oy, rows[first:last]
        )

    if x.ndim == 1:
        _in_parts(x.size, work)
    else:
        _in_row_parts(x.shape, by_row)
    _kernels().merge_rows(rows)
    n, excluded, infinite, mx, my, m2x, m2y, cxy, sad, ssd = rows[0].tolist()
    return FloatMoments(
        int(n), int(excluded), int(infinite), ox, oy, mx, my, m2x, m2y, cxy, sad, ssd
    )


def _typical(pixels: Array, mask: Array) -> float:
    """Value near the mean of some of the pixels."""
    if pixels.ndim > 1:  # a line of them through the plane
        rows = np.linspace(0, len(pixels) - 1, _SAMPLE).astype(int)
        columns = np.arange(_SAMPLE) * 7919 % pixels.shape[1]  # a prime: scattered
        mask = flat(mask[rows, columns], mask.dtype) if mask.size else mask
        pixels = flat(pixels[rows, columns], pixels.dtype)
    step = max(1, pixels.size // _SAMPLE)
    found: float = _kernels().typical(pixels, mask, step)
    return found


def _only_value(pixels: Array, x: Array, y: Array, mask: Array) -> float:
    """Return the value that every compared pixel has, or NaN where they differ."""
    found = math.nan
    step = max(1, CHUNK // math.prod(x.shape[1:]))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        keep = np.isfinite(x[part]) & np.isfinite(y[part])
        if mask.size:
            keep &= mask[part] != 0
        values = pixels[part][keep]
        if values.size:
            first = float(values[0])
            known = first if math.isnan(found) else found
            if values.min() != known or values.max() != known:
                return math.nan
            found = known
    return found
