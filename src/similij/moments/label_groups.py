"""Sort pixels by label, for what needs all pixels of a label together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..ground.types import Array
from .kernels.parts import flat, label_type, slabs
from .moments import IntegerMoments, Moments, merge
from .of_arrays import moments

_PIECE = 1 << 24
"""Pixels that are sorted by label at a time: the copies stay at 256 MiB or less."""


class Beyond(Exception):  # noqa: N818 - a state, handled by the caller
    """A label is larger than the table has rows."""


class GroupedSums:
    """Moments of labels over integers of 32 and 64 bits, of one label at a time."""

    def __init__(self, rows: int) -> None:
        self._moments: dict[int, Moments] = {}
        self._rows = rows

    @classmethod
    def of(cls, moments: Mapping[int, Moments]) -> GroupedSums:
        """Make a table of moments that are summed already, by row from 0."""
        sums = cls(len(moments))
        sums._moments = dict(moments)
        return sums

    def add(self, x: Array, y: Array, labels: Array) -> None:
        """Take a block: three arrays of one shape."""
        if labels.size and not 0 <= labels.min() <= labels.max() < self._rows:
            raise Beyond
        for row, a, b in grouped(x, y, labels, self._rows):
            self._moments[row] = merge(self._moments.get(row), moments(a, b))

    def seen(self) -> Array:
        """Count the pixels of each row."""
        counts = np.zeros(self._rows, np.int64)
        for row, of_label in self._moments.items():
            counts[row] = of_label.n
        return counts

    def moments(self, row: int) -> Moments:
        """Return the moments of one label."""
        return self._moments.get(row, IntegerMoments())


def grouped(
    x: Array, y: Array, labels: Array, rows: int, wanted: Array | None = None
) -> Iterator[tuple[int, Array, Array]]:
    """Yield the pixels of each label, in the order in which they lie in memory.

    Parameters
    ----------
    x, y, labels : ndarray
        Arrays of one shape; labels in 0...rows-1.
    rows : int
        How many labels there may be.
    wanted : ndarray of bool, optional
        Labels to take; default: all but the background.

    Yields
    ------
    (label, x, y)
        One-dimensional copies; a label comes again where there are many pixels.
    """
    from .kernels.labels import count_labels, gather

    if wanted is None:
        wanted = np.arange(rows) > 0
    for index in slabs(x.shape, _PIECE):
        part = flat(labels[index], label_type(labels.dtype))
        counts = np.zeros(rows, np.int64)
        count_labels(part, counts)
        counts[~wanted] = 0
        ends = np.cumsum(counts)
        copies = []
        for image in (x, y):
            pixels = flat(image[index], image.dtype.newbyteorder("="))
            copy = np.empty(int(ends[-1]), pixels.dtype)
            # Only bits move: looked at as unsigned integers, pixels need one compiled
            # loop for each width and not one for each type.
            bits = f"u{pixels.itemsize}"
            gather(part, wanted, pixels.view(bits), ends - counts, copy.view(bits))
            copies.append(copy)
        for row in np.flatnonzero(counts).tolist():
            segment = slice(int(ends[row] - counts[row]), int(ends[row]))
            yield row, copies[0][segment], copies[1][segment]
