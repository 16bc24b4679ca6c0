"""Sum two arrays into moments, whatever their types, masks and layouts.

The arrays may be of any shape, layout, byte order and mixture of types. Where they are
as a kernel wants them they are read in place; else they are converted a chunk at a
time. Threads share the pixels; the answer does not depend on how many there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, reduce
from typing import Any, TypeAlias

import numpy as np

from ..ground.types import Array
from .kernels.choice import vector_loops
from .kernels.parts import _NO_MASK, _SMALLEST_PART, _pool, flat, on_threads, slabs
from .moments import Moments, merge

_WIDEST = 8
"""Bytes of the widest type of pixel."""

_NO_MASK.flags.writeable = False


def moments(x: Array, y: Array, mask: Array | None = None) -> Moments:
    """Sum the pixel pairs of two arrays into moments, in one read of both.

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

    Raises
    ------
    TypeError
        If one is of a type that no image has.

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
        # Sums do not depend on the order of pixels: a transposed pair is read in place,
        # where a copy in C order would be one more pass over memory.
        x, y = x.T, y.T
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
    if ready and mask is None and x.dtype.kind != "b" and y.dtype.kind != "b":
        return kernel(_viewed(x), _viewed(y), _NO_MASK)
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
    for piece in on_threads(converted, slabs(x.shape, _SMALLEST_PART)):
        total = merge(total, piece)
    assert total is not None  # an empty array is not larger than a chunk
    return total


def _viewed(pixels: Array) -> Array:
    """Look at pixels that are as a kernel wants them, in one dimension.

    As `flat`, without asking again whether they are: of images of 256x256 that was a
    tenth of the time of a comparison.
    """
    view = pixels.reshape(-1)
    view.flags.writeable = False  # the view only: the pixels stay what they are
    return view


_PLANE = 2

_LONG = 512
"""Pixels of a row that is read in place, at least: each row costs a call of a loop,
which shorter ones do not repay. They are copied."""


def _in_rows(pixels: Array, dtype: np.dtype[Any]) -> bool:
    """Whether the rows of a part of a larger image can be read where they are.

    Copied first, the pixels took as long again as the sums. There are such loops for
    floats, and for 8 and 16 bits on a processor with vectors.
    """
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
    """Make planes what the loops over rows take: rows contiguous, masks of bytes."""
    if mask is None:
        return x, y, _NO_MASK
    if mask.strides[-1] != 1:
        mask = np.ascontiguousarray(mask)
    return x, y, mask.view(np.uint8)


_Types: TypeAlias = tuple[np.dtype[Any], np.dtype[Any]]
_Kernel: TypeAlias = Callable[[Array, Array, Array], Moments]


@cache
def _kernel(x: np.dtype[Any], y: np.dtype[Any]) -> tuple[_Kernel, _Types]:
    """Return the function that sums two types, and what each is converted to for it."""
    from .of_floats import float_sums
    from .of_integers import sums_32bit, sums_64bit, sums_narrow
    from .of_mixed import both_kinds, mixed_sums

    for dtype in (x, y):
        if dtype.kind not in "buif" or dtype.itemsize > _WIDEST:
            raise TypeError(
                f"images of type {dtype} cannot be compared: bool, integers of 8 to 64 "
                "bits and floats of 16 to 64 bits can; convert with .astype(...)."
            )
    x, y = (
        np.dtype(np.uint8) if t.kind == "b" else t.newbyteorder("=") for t in (x, y)
    )
    if x.kind != "f" and y.kind != "f":
        # No loop is compiled for int8: signed types are int16 at least.
        common = np.result_type(x, y, np.int16 if x.kind == y.kind == "i" else x)
        # NumPy makes uint64 beside a signed type float64, which would round both; the
        # loop for 64 bits takes each as it is, about origins of their own.
        if common.kind == "f":
            wide = (np.dtype(np.uint64 if t.kind == "u" else np.int64) for t in (x, y))
            return sums_64bit, (next(wide), next(wide))
        width: _Kernel = {1: sums_narrow, 2: sums_narrow, 4: sums_32bit}.get(
            common.itemsize, sums_64bit
        )
        return width, (common, common)
    if both_kinds(x, y):
        # Not in float64, as NumPy has it: that would round the integers first.
        each = (np.dtype(np.float64) if t.kind == "f" else t for t in (x, y))
        return mixed_sums, (next(each), next(each))
    common = np.result_type(x, y, np.float32)
    return float_sums, (common, common)


def kernel_types(x: np.dtype[Any], y: np.dtype[Any]) -> _Types:
    """Return the types that pixels of two types are converted to before summing.

    Raises
    ------
    TypeError
        If one is no type of an image.
    """
    return _kernel(x, y)[1]


def _flat(
    x: Array, y: Array, mask: Array | None, dtype: _Types
) -> tuple[Array, Array, Array]:
    """Make pixels what the loops take: one-dimensional, contiguous, native."""
    flat_mask = _NO_MASK
    if mask is not None:
        flat_mask = np.ascontiguousarray(mask, bool).reshape(-1).view(np.uint8)
        flat_mask.flags.writeable = False
    return flat(x, dtype[0]), flat(y, dtype[1]), flat_mask


if hasattr(os, "register_at_fork"):  # a forked process has the pool, not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
