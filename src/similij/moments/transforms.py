"""Transform real images some columns at a time, so that these stay in the cache.

A transform goes through the rows first and then through the columns, and through whole
columns of a large spectrum memory is what takes the time: of 2048 × 2048 pixels padded
to 4096 in float32 it was twice as fast in parts. What is made of a part (a product,
sums) is made while it is in the cache, so that no spectrum need be held as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from ..ground.types import Array
from .kernels.parts import on_threads, threads

T = TypeVar("T")

PART = 1 << 18
"""Values of a part, of all images together: of two in complex64 a MB each, which stays
in the second-level cache. Of half and of twice as many it was as fast, of four times
half as fast."""


def in_rows(image: Array, length: int) -> Array:
    """Transform a real image along its last axis, filled up with 0 to a length.

    Some rows at a time on each thread: SciPy fills up the whole image on one, which
    takes longer than the transform.
    """
    from scipy.fft import rfft

    lines = image.reshape(-1, image.shape[-1])
    complexes = np.result_type(image.dtype, np.complex64)
    spectrum: Array = np.empty((len(lines), length // 2 + 1), complexes)

    def of_part(part: slice) -> None:
        spectrum[part] = rfft(lines[part], length)

    on_threads(of_part, cut(len(lines), max(1, PART // length)))
    return spectrum.reshape(*image.shape[:-1], -1)


def in_columns(
    rows: Sequence[Array],
    padded: Sequence[int],
    work: Callable[..., T],
    together: int = 1,
) -> list[T]:
    """Transform along the other axes, and hand on the same columns of all at a time.

    Parameters
    ----------
    rows : sequence of ndarray
        What `in_rows` made of images of one shape.
    padded : sequence of int
        Length of the transform along each axis; of the last it is done.
    work : callable
        Is given a slice, of the last axis, and what each spectrum has there. It runs on
        several threads, and must use none itself.
    together : int
        So many columns, from the first on, are always of one part.

    Returns
    -------
    list
        What `work` returned, in the order of the columns.

    Examples
    --------
    >>> rows = in_rows(np.ones((2, 3)), 3)
    >>> [whole] = in_columns([rows], (4, 3), lambda columns, part: part)
    >>> bool(np.allclose(whole, np.fft.rfft2(np.ones((2, 3)), (4, 3))))
    True
    """

    def of_part(columns: slice) -> T:
        return work(columns, *(down(lines[..., columns], padded) for lines in rows))

    return on_threads(of_part, columns_of(padded, len(rows), together))


def down(lines: Array, padded: Sequence[int]) -> Array:
    """Transform lines, or some columns of them, along all axes but the last."""
    from scipy.fft import fft

    for axis, length in enumerate(padded[:-1]):
        lines = fft(lines, length, axis=axis)
    return lines


def columns_of(padded: Sequence[int], images: int, together: int = 1) -> list[slice]:
    """Return the parts of the last axis of spectra that `in_columns` hands on.

    Examples
    --------
    >>> columns_of((4096, 66), 2, 3)
    [slice(0, 30, None), slice(30, 34, None)]
    """
    step = PART // images // math.prod(padded[:-1]) // together * together
    return cut(padded[-1] // 2 + 1, max(step, together))


def cut(size: int, step: int) -> list[slice]:
    """Cut an axis into parts."""
    return [slice(k, min(k + step, size)) for k in range(0, size, step)]


def back_in_columns(part: Array, lags: Sequence[Any]) -> Array:
    """Transform columns of a spectrum back, but along the last axis.

    Parameters
    ----------
    part : ndarray
        As `in_columns` hands it on. Of a real one, lags from 0 up along the first axis
        are half of a real transform, in half the time.
    lags : sequence of ndarray of int
        Which values to keep, along each axis but the last; negative ones from the end,
        and of a real part none of them along the first. Each axis is cut as soon as it
        is done, which leaves fewer lines for the next.
    """
    from scipy.fft import ifft, rfft

    for axis, kept in enumerate(lags):
        if axis == 0 and part.dtype.kind == "f":
            half = rfft(part, axis=0, norm="forward")[: len(kept)]
            part = np.conj(half, out=half)
        else:
            part = ifft(part, axis=axis).take(kept, axis=axis)
    return part


def back_in_rows(
    rows: Array, length: int, lags: Any, workers: int | None = None
) -> Array:
    """Transform back along the last axis what `back_in_columns` made, and cut it."""
    from scipy.fft import irfft

    values = irfft(rows, length, workers=workers or threads())
    found: Array = values.take(lags, axis=-1)
    return found


def both_of_pairs(length: int) -> Array:
    """Return how often each column stands for a coefficient of the whole spectrum.

    Of each conjugate pair the transform of real numbers has one, but both in the first
    column and, of an even length, in the last.

    Examples
    --------
    >>> both_of_pairs(5).tolist(), both_of_pairs(4).tolist()
    ([1.0, 2.0, 2.0], [1.0, 2.0, 1.0])
    """
    twice = np.full(length // 2 + 1, 2.0)
    twice[0] = 1
    if length % 2 == 0:
        twice[-1] = 1
    return twice


def products_at_shifts(
    images: Iterable[Array], pairs: Sequence[tuple[int, int]], reach: tuple[int, ...]
) -> list[Array]:
    """Sum one(p)·two(p + s) over p for the shifts s, for pairs of some images.

    Parameters
    ----------
    images : iterable of ndarray of float
        Of one shape.
    pairs : sequence of tuple of int
        Numbers of the images that are `one` and `two`.
    reach : tuple of int
        Farthest shift along each axis, below its length.

    Returns
    -------
    list of ndarray
        For each pair its sums, of shifts from -reach to reach along each axis.

    Examples
    --------
    >>> [sums] = products_at_shifts([np.array([1.0, 0, 2])], [(0, 0)], (1,))
    >>> sums.round(6).tolist()
    [0.0, 5.0, 0.0]
    """
    from scipy.fft import next_fast_len

    images = iter(images)
    first = next(images)
    # Padded by the largest shift only: further ones wrap around, and are not looked at.
    sizes = [
        next_fast_len(n + s, real=True) for n, s in zip(first.shape, reach, strict=True)
    ]
    of_rows = [in_rows(first, sizes[-1])]
    del first
    of_rows += (in_rows(image, sizes[-1]) for image in images)
    *front, last = (np.arange(-s, s + 1) for s in reach)
    lines = (*map(len, front), sizes[-1] // 2 + 1)
    rows = [np.empty(lines, of_rows[0].dtype) for _ in pairs]

    def of_part(columns: slice, *parts: Array) -> None:
        for out, (one, two) in zip(rows, pairs, strict=True):
            product = np.conj(parts[one])
            product *= parts[two]
            out[..., columns] = back_in_columns(product, front)

    in_columns(of_rows, sizes, of_part)
    del of_rows
    # Last first, and let go of as soon as it is done.
    found = [back_in_rows(rows.pop(), sizes[-1], last) for _ in pairs]
    return found[::-1]
