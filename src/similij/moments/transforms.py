"""Transform real images some columns at a time, so that these stay in the cache.

A transform goes through the rows first and then through the columns, and through whole
columns of a large spectrum memory is what takes the time: of 2048 × 2048 pixels padded
to 4096 in float32 it was twice as fast in parts. What is made of a part (a product,
sums) is made while it is in the cache, so that no spectrum need be held as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ..ground.types import Array
from .kernels.parts import on_threads, threads

T = TypeVar("T")

COLUMNS = 48
"""Columns of a part: of 4096 rows in float32 they take 1.5 MB. Of 64 and of 16 it was
as fast, within what can be measured."""


def in_rows(image: Array, length: int) -> Array:
    """Transform a real image along its last axis, filled up with 0 to a length."""
    from scipy.fft import rfft

    spectrum: Array = rfft(image, length, workers=threads())
    return spectrum


def in_columns(
    rows: Sequence[Array], padded: Sequence[int], work: Callable[..., T]
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
    from scipy.fft import fft

    def of_part(start: int) -> T:
        columns = slice(start, start + COLUMNS)
        parts = []
        for spectrum in rows:
            part = spectrum[..., columns]
            for axis, length in enumerate(padded[:-1]):
                part = fft(part, length, axis=axis)
            parts.append(part)
        return work(columns, *parts)

    return on_threads(of_part, [*range(0, rows[0].shape[-1], COLUMNS)])


def back_in_columns(part: Array, lags: Sequence[Any]) -> Array:
    """Transform columns of a spectrum back, but along the last axis.

    Parameters
    ----------
    part : ndarray of complex
        As `in_columns` hands it on.
    lags : sequence of ndarray of int
        Which values to keep, along each axis but the last; negative ones from the end.
        Each axis is cut as soon as it is done, which leaves fewer lines for the next.
    """
    from scipy.fft import ifft

    for axis, kept in enumerate(lags):
        part = ifft(part, axis=axis).take(kept, axis=axis)
    return part


def back_in_rows(rows: Array, length: int, lags: Any) -> Array:
    """Transform back along the last axis what `back_in_columns` made, and cut it."""
    from scipy.fft import irfft

    values: Array = irfft(rows, length, workers=threads()).take(lags, axis=-1)
    return values


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
