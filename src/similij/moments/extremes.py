"""Find the range of image 1, and where the images differ most.

One read of both images beside that of the moments, in compiled loops on all threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..ground.types import Array
from .kernels.parts import flat, on_threads
from .of_arrays import kernel_types
from .wide import difference, is_wide

_PIECE = 1 << 18
"""Pixels that a thread takes at a time."""

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
    if is_wide(x.dtype) or is_wide(y.dtype):
        return Extremes(x.min().item(), x.max().item(), _farthest(x, y))
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


def _farthest(x: Array, y: Array) -> int:
    """Return the first index of the largest difference, where float64 may not do.

    Examples
    --------
    >>> _farthest(np.array([0, 2**63], np.uint64), np.array([2.0**63, 1]))
    0
    """
    apart, rest = difference(x, y)
    sizes = np.abs(apart)
    # Of those that round to the same float64 what was rounded off decides.
    most = np.flatnonzero(sizes == sizes.max())
    index: int = most[np.argmax(rest[most] * np.sign(apart[most]))].item()
    return index
