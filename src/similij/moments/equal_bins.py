"""Count pixel pairs in equal bins, from the smallest to the largest of each image.

The bins are those of `numpy.histogramdd`, to the last pixel: which bin a value lies in
is decided by comparing it with the edges, never by a quotient alone. Unlike the bins of
`joint_histogram` they need all pixels at once, since their edges are the extremes.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from .kernels.parts import _in_parts, flat
from .powers import power_of_number, scaled
from .wide import held, in_float64, is_narrow

Counts = NDArray[np.int64]


def equal_bins(x: Array, y: Array, bins: int) -> Counts:
    """Count pairs of values in `bins` equal bins of each image, (bins of x, of y).

    Parameters
    ----------
    x, y : ndarray
        Values of both images, one-dimensional and finite, at least one.
    bins : int
        At most 256. The last one has the largest value, too.

    Examples
    --------
    >>> equal_bins(np.array([0, 1, 9, 9]), np.array([5.0, 5.0, 5.0, 7.0]), 2)
    array([[2, 0],
           [1, 1]])
    """
    from .kernels import equal_bins as kernels

    if is_narrow(x.dtype) and is_narrow(y.dtype):
        # So few values that a table says which bin each is in.
        tables = [_table(image, bins) for image in (x, y)]
        one, two = (flat(t, t.dtype).view(f"u{t.itemsize}") for t in (x, y))
        count: Any = partial(kernels.by_table, *tables)
    else:
        x, y = (_binnable(t) for t in (x, y))
        dtype = np.promote_types(x.dtype, y.dtype)
        edges = [_edges(image, bins) for image in (x, y)]
        one, two = (flat(image, dtype) for image in (x, y))
        count = partial(kernels.by_edges, *edges)

    def work(start: int, stop: int) -> Counts:
        counts = np.zeros((bins, bins), np.int64)
        count(one[start:stop], two[start:stop], counts)
        return counts

    total: Counts = np.sum(_in_parts(one.size, work), axis=0)
    return total


def _table(values: Array, bins: int) -> NDArray[np.uint8]:
    """Return the bin of each value that the type has, by its bits."""
    present = np.arange(int(values.min()), int(values.max()) + 1)
    places = np.searchsorted(_edges(values, bins), present, side="right") - 1
    table = np.zeros(1 << 8 * values.itemsize, np.uint8)
    # A negative index counts from the end, as the bits of a negative number do.
    table[present] = np.minimum(places, bins - 1)
    return table


def _edges(values: Array, bins: int) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def _binnable(values: Array) -> Array:
    """Return values as float32 or float64 that have the edges of their bins in it."""
    if values.dtype.kind != "f" or not held(values):
        return in_float64(values)[0]
    power = power_of_number(float(max(abs(values.min()), abs(values.max()))))
    if power:
        return scaled(values, power)
    return values if values.dtype.itemsize > 2 else values.astype(np.float32)  # noqa: PLR2004 - bytes
