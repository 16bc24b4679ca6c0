"""Cut pixels into parts for the loops, and share the parts among threads.

Threads and not processes: loops hold no lock of Python, and pixels need no copy.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache, lru_cache
from typing import Any, TypeVar

import numpy as np

from ...ground.types import Array

T = TypeVar("T")
R = TypeVar("R")

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


_SLAB = 1 << 17
"""Pixels of which a thread has all that it makes of them in its cache, as float64."""


_NO_MASK = np.zeros(0, np.uint8)


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


def flat(pixels: Array, dtype: np.dtype[Any]) -> Array:
    """Make pixels one-dimensional, contiguous, native, aligned and read-only.

    Read-only always, so that a kernel is compiled once for each type: numba has another
    for arrays that can be written to.
    """
    values = np.ascontiguousarray(as_bytes(pixels), dtype)
    if not values.flags.aligned:
        values = values.copy()
    values = values.reshape(-1)  # a view: the pixels stay what they are
    values.flags.writeable = False
    return values


def as_bytes(pixels: Array) -> Array:
    """Turn booleans into 0 and 1; some libraries write other bytes for True."""
    if pixels.dtype.kind != "b":
        return pixels
    inside: Array = np.ascontiguousarray(pixels).view(np.uint8) != 0
    return inside.view(np.uint8)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="similij")


@cache
def threads() -> int:
    """Return how many threads there are: SIMILIJ_NUM_THREADS, else one a processor."""
    wanted = os.environ.get("SIMILIJ_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    # In a container or a job of a cluster the process may use fewer than there are.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_parts(size: int, work: Callable[[int, int], Any]) -> list[Any]:
    """Run `work(start, stop)` over parts of `size` pixels, on all threads."""
    if size < _PARALLEL_FROM:
        return [work(0, size)]
    # Four parts a thread: if one is slow, the others take what is left.
    step = size if threads() == 1 else max(-(-size // (4 * threads())), _SMALLEST_PART)
    step = min(-(-max(step, 1) // BLOCK) * BLOCK, _LARGEST_PART)
    starts = range(0, max(size, 1), step)
    return on_threads(lambda a: work(a, min(a + step, size)), starts)


def on_threads(work: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
    """Return the results of `work` for each piece, in the order of the pieces.

    `work` must not use threads itself: there is one pool, and work that waits for it
    from inside would wait for ever. Each thread takes the next piece until none is
    left, which costs a microsecond; to hand over and wait for one took 60. Where some
    pieces raise, the error of the first of them is raised, and no more are begun.
    """
    if len(pieces) == 1 or threads() == 1:
        return list(map(work, pieces))
    results: list[Any] = [None] * len(pieces)
    errors: dict[int, BaseException] = {}
    left = iter(range(len(pieces)))

    def take() -> None:
        for k in left:
            try:
                results[k] = work(pieces[k])
            except BaseException as error:
                errors[k] = error
                deque(left, maxlen=0)

    running = [_pool().submit(take) for _ in range(min(threads(), len(pieces)))]
    try:
        wait(running)
    finally:  # where waiting was interrupted
        deque(left, maxlen=0)
    if errors:
        raise errors[min(errors)]
    return results


def in_slabs(shape: tuple[int, ...], work: Callable[[Any], Any]) -> list[Any]:
    """Run `work(place)` over places of an array, in memory order, on all threads.

    The results are in the order of the places, which do not depend on how many threads
    there are.
    """
    return on_threads(work, slabs(shape, _SLAB))


def dot(one: Array, two: Array) -> float:
    """Sum the products of two contiguous images of one shape, in float64.

    `np.vdot` has threads of its own, which after it turn in circles for a while and
    keep a processor from ours.

    Examples
    --------
    >>> dot(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]))
    11.0
    """
    one, two = one.reshape(-1), two.reshape(-1)

    def of_part(start: int, stop: int) -> float:
        part = one[start:stop], two[start:stop]
        return float(np.einsum("i,i->", *part, dtype=np.float64))

    return math.fsum(_in_parts(one.size, of_part))


def in_turn(work: Callable[[T], R], pieces: Iterable[T], most: int) -> Iterator[R]:
    """Yield the results of `work` for each piece, in the order of the pieces.

    Unlike `on_threads` it does not hold all results: of at most `most` pieces there is
    work under way, or a result that nobody took yet. `work` must not use threads.
    """
    if min(most, threads()) == 1:
        yield from map(work, pieces)
        return
    under_way: deque[Future[R]] = deque()
    try:
        for piece in pieces:
            if len(under_way) == most:
                yield under_way.popleft().result()
            under_way.append(_pool().submit(work, piece))
        while under_way:
            yield under_way.popleft().result()
    finally:
        # What is done with the pieces when this ends must not happen below their work.
        for future in under_way:
            future.cancel()
        wait(under_way)


def one_each(size: int) -> list[slice]:
    """Cut pixels into one part for each thread, where each needs large tables."""
    step = max(-(-size // threads()), _PARALLEL_FROM)
    return [slice(start, start + step) for start in range(0, size, step)]


def in_row_parts(shape: tuple[int, ...], work: Callable[[int, int], Any]) -> list[Any]:
    """Run `work(start, stop)` over rows of a plane, on all threads."""
    height, width = shape
    step = max(-(-height // (4 * threads())), -(-_SMALLEST_PART // width))
    starts = list(range(0, height, step))
    return on_threads(lambda a: work(a, min(a + step, height)), starts)


def label_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type that loops take labels in: one of three, each is compiled for."""
    small = dtype.itemsize <= 2  # noqa: PLR2004 - bytes
    if dtype.kind == "u" and small:
        return np.dtype(np.uint16)
    return np.dtype(np.int32 if small or dtype == np.int32 else np.int64)
