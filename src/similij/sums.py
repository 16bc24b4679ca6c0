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
from functools import cache, lru_cache, reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .moments import Moments, merge

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
    from ._floatsums import float_sums
    from ._integersums import sums_32bit, sums_64bit, sums_narrow

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
            return sums_64bit, (next(wide), next(wide))
        width: _Kernel = {1: sums_narrow, 2: sums_narrow, 4: sums_32bit}.get(
            common.itemsize, sums_64bit
        )
        return width, (common, common)
    common = np.result_type(x, y, np.float32)
    return float_sums, (common, common)


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
    found = found.reshape(-1)  # a view: the pixels stay what they are
    found.flags.writeable = False
    return found


def as_bytes(pixels: Array) -> Array:
    """Booleans as 0 and 1 (some libraries write other bytes for True)."""
    if pixels.dtype.kind != "b":
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


def in_row_parts(shape: tuple[int, ...], work: Callable[[int, int], Any]) -> list[Any]:
    """Run `work(start, stop)` over rows of a plane, on all threads."""
    height, width = shape
    step = max(-(-height // (4 * threads())), -(-_SMALLEST_PART // width))
    starts = list(range(0, height, step))
    return on_threads(lambda a: work(a, min(a + step, height)), starts)


def row_loops() -> Any:
    """Return the loops over rows of a plane."""
    from . import _rowkernels as kernels

    return kernels


def row_places(
    x: Array, y: Array, mask: Array, start: int, stop: int
) -> tuple[Any, ...]:
    """Make the arguments of a loop over rows."""
    like = np.zeros(0, x.dtype)
    like.flags.writeable = False
    part = slice(start, stop)
    places = row_loops().where(x[part], y[part], mask[part])
    return like, places, _NO_MASK if mask.size else None, (stop - start, x.shape[1])
