"""Hold the pixels of a large outline as runs, until a part of them is asked for.

An outline of a few points may span more pixels than there is memory, whatever the
image: a ROI of 32,000×32,000 pixels is 200 bytes in a file, and 1 GB as a mask. As runs
of pixels it is as large as it is high. `Region.clip` takes what lies in the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

_LONG = 100
"""Pixels for each run from which on runs are filled one by one: ten times faster than
sums over all pixels where a row has one run of 1000, slower where it has ten of 50."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Pixels that follow one another in their rows, as a mask that is not made yet.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the mask.
    rows : ndarray of int64, ascending
        The row of each run.
    starts, ends : ndarray of int64
        The first column of each run, and the one after its last. Runs of a row do not
        overlap, and none is empty.
    """

    shape: tuple[int, int]
    rows: Places
    starts: Places
    ends: Places

    @property
    def size(self) -> int:
        """Number of pixels in the runs."""
        return int((self.ends - self.starts).sum())

    def __getitem__(self, part: tuple[slice, slice]) -> NDArray[np.bool_]:
        """Make the mask of some rows and columns, given by their starts and stops.

        Examples
        --------
        >>> two = np.array([0, 1]), np.array([1, 0]), np.array([3, 2])
        >>> Runs((2, 4), *two)[0:2, 1:4].astype(int).tolist()
        [[1, 1, 0], [1, 0, 0]]
        """
        top, bottom, _ = part[0].indices(self.shape[0])
        left, right, _ = part[1].indices(self.shape[1])
        height, width = bottom - top, right - left
        first, last = np.searchsorted(self.rows, (top, bottom))
        starts = np.clip(self.starts[first:last] - left, 0, width)
        ends = np.clip(self.ends[first:last] - left, 0, width)
        some = starts < ends
        at = (self.rows[first:last][some] - top) * width
        starts, ends = at + starts[some], at + ends[some]
        if len(starts) * _LONG < height * width:
            mask = np.zeros(height * width, np.bool_)
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                mask[start:end] = True
            return mask.reshape(height, width)
        # +1 where a run starts, -1 after its end, and then the sums along all rows; no
        # two runs start, or end, at one place, so that each assignment counts.
        steps = np.zeros(height * width + 1, np.int8)
        steps[starts] += 1
        steps[ends] -= 1
        np.cumsum(steps, dtype=np.int8, out=steps)
        return steps[:-1].view(np.bool_).reshape(height, width)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:, :], dtype)

    def mask(self) -> NDArray[np.bool_]:
        """Make the whole mask."""
        return self[:, :]


def union(parts: list[Runs]) -> Runs:
    """Return the pixels that are in any of several masks of one shape.

    Examples
    --------
    >>> row = np.array([0])
    >>> both = union([Runs((1, 9), row, row + k, row + k + 3) for k in (1, 3, 6)])
    >>> both.starts.tolist(), both.ends.tolist()
    ([1], [9])
    """
    if len(parts) == 1:
        return parts[0]
    shape = parts[0].shape
    pitch = shape[1] + 1  # so that no run touches one of the next row
    rows = np.concatenate([runs.rows for runs in parts])
    starts = rows * pitch + np.concatenate([runs.starts for runs in parts])
    ends = rows * pitch + np.concatenate([runs.ends for runs in parts])
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    # A run begins where all before it have ended.
    begins = np.flatnonzero(starts[1:] > ends[:-1]) + 1
    starts = starts[np.append(0, begins)] if len(starts) else starts
    ends = np.append(ends[begins - 1], ends[-1:])
    rows = starts // pitch
    return Runs(shape, rows, starts - rows * pitch, ends - rows * pitch)
