"""Find the range of image 1, and where the images differ most.

One read of both images beside that of the moments, in compiled loops on all threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..ground.types import Array
from .kernels.parts import flat, on_threads
from .of_arrays import kernel_types

_PIECE = 1 << 18
"""Pixels that a thread takes at a time."""

_WIDE = 8
"""Bytes of the integers whose differences may not fit 64 bits."""

_NARROW = 2
"""Bytes of the integers whose differences fit 32 bits."""


class Extremes(NamedTuple):
    """Ends of the values of image 1, and the place of the largest difference.

    Attributes
    ----------
    low, high : float or int
        Smallest and largest value of image 1.
    where : int
        Index of the pair that differs most; of equal differences the first.
    """

    low: Any
    high: Any
    where: int


def extremes(x: Array, y: Array) -> Extremes:
    """Find the extremes of two one-dimensional arrays, which hold no NaN.

    Examples
    --------
    >>> tuple(extremes(np.array([3, 9, 4], np.uint8), np.array([5, 9, 1], np.uint8)))
    (3, 9, 2)
    """
    if any(t.dtype.kind != "f" and t.dtype.itemsize == _WIDE for t in (x, y)):
        index = int(np.argmax(_exact_difference(x, y)))
        return Extremes(x.min().item(), x.max().item(), index)
    from .kernels.extremes import floats, integers, narrow

    types = kernel_types(x.dtype, y.dtype)
    a, b = (flat(t, dtype) for t, dtype in zip((x, y), types, strict=True))
    loop = floats
    if a.dtype.kind != "f":
        loop = narrow if a.dtype.itemsize <= _NARROW else integers

    def work(start: int) -> tuple[Any, Any, Any, int]:
        part = slice(start, start + _PIECE)
        low, high, apart, index = loop(a[part], b[part])
        return low, high, apart, start + index

    pieces = on_threads(work, [*range(0, a.size, _PIECE)])
    # `max` keeps the first of equal ones, and pieces come in order: so the place does
    # not depend on the number of threads.
    farthest = max(pieces, key=lambda piece: piece[2])
    low, high = min(p[0] for p in pieces), max(p[1] for p in pieces)
    kind = float if x.dtype.kind == "f" else int
    return Extremes(kind(low), kind(high), farthest[3])


def _exact_difference(x: Array, y: Array) -> Array:
    """Return |x - y| of 64-bit integers, exact; in float64 where one is of floats.

    Examples
    --------
    >>> _exact_difference(np.array([3], np.int64), np.array([-5], np.int64))
    array([8], dtype=uint64)
    """
    if x.dtype.kind == "f" or y.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.abs(x.astype(np.float64) - y.astype(np.float64))
    if x.dtype.kind == y.dtype.kind:  # the difference of 64 bits fits 64, unsigned
        a, b = x.astype(np.uint64), y.astype(np.uint64)
        return np.where(x > y, a - b, b - a)
    exact: Array = np.abs(x.astype(object) - y.astype(object))  # slow, and right
    return exact
