"""Recognise stripes and lattices, of which no sample tells how sure a number is.

A pattern that repeats over the whole region is one observation, however many times it
repeats: R of two of them is that of their phases, and no part of the region tells what
other phases would give. Intervals of striped images held in 0.12 of runs. In a power
spectrum a pattern is a peak: a few frequencies above all of their neighbours.
"""

from __future__ import annotations

import numpy as np

from ..ground.types import Array

CELL = 3
"""Frequencies of a padded transform, along each axis, that are summed: two such cells
hold the peak of a pattern wherever it lies between them."""

FEWEST_CYCLES = 4
"""Times that a pattern repeats over the region: less often is a structure or a trend,
as in 4 of 100 fields of sigma 8 at 3."""

# No field of noise, cells, spots, two scales or 1/f in 40 runs of each reached it, and
# of scikit-image's photographs only brick, lines of text and a chessboard.
CONTRAST = 10.0
"""Times the power nearby from which a peak is one."""

LEAST_SHARE = 0.05
"""Share of the variance from which a pattern counts."""


def share_of_pattern(
    cells: Array, shape: tuple[int, ...], padded: tuple[int, ...]
) -> float:
    """Return the share of the variance that the strongest pattern has, 0 if none.

    Parameters
    ----------
    cells : ndarray
        Power spectrum of a padded transform `in_cells`; half of it along the last axis.
    shape : tuple of int
        Pixels of the image along each axis.
    padded : tuple of int
        Length of the transform along each axis.
    """
    cycles: Array = np.zeros(())
    for count, size, length in zip(cells.shape, shape, padded, strict=True):
        starts = CELL * np.arange(count)
        number = np.minimum(starts, length - starts) * (size / length)
        cycles = np.maximum.outer(cycles, number)
    long = tuple(k for k, size in enumerate(shape) if size > 1)
    peak, middle, around = (_sums(cells, reach, long) for reach in (0, 1, 2))
    inner, outer = 4 ** len(long), 6 ** len(long)
    nearby = (around - middle) / (outer - inner)
    contrast = peak / 2 ** len(long) / np.maximum(nearby, np.finfo(float).tiny)
    total = float(cells.sum())
    share = np.where((contrast >= CONTRAST) & (cycles >= FEWEST_CYCLES), peak, 0)
    strongest = float(share.max()) / total if total > 0 else 0.0
    return strongest if strongest >= LEAST_SHARE else 0.0


def in_cells(power: Array) -> Array:
    """Sum frequencies in cells along each axis; by slices, faster than reduceat."""
    for axis in range(power.ndim):
        lined = np.moveaxis(power, axis, 0)
        cells = lined[::CELL].copy()
        for k in range(1, CELL):
            next_ones = lined[k::CELL]
            cells[: len(next_ones)] += next_ones
        power = np.moveaxis(cells, 0, axis)
    return power


def _sums(cells: Array, reach: int, axes: tuple[int, ...]) -> Array:
    """Sum over each cell and the next along each axis, and `reach` more on each side.

    Frequencies wrap around; along the last axis of a real transform they are mirrored
    instead, which to the sums of power at its ends is nearly the same.
    """
    for axis in axes:
        mode = "reflect" if axis == cells.ndim - 1 else "wrap"
        before = [(0, 0)] * cells.ndim
        before[axis] = (reach, reach + 1)
        wide = np.pad(cells, before, mode=mode)  # type: ignore[call-overload]
        size, lined = cells.shape[axis], np.moveaxis(wide, axis, 0)
        # Two by two: a running sum would round to the digits of the largest peak.
        twos = np.add(lined[:-1], lined[1:], dtype=np.float64)
        total = twos[:size]
        for k in range(2, 2 * reach + 1, 2):
            total = total + twos[k : k + size]
        cells = np.moveaxis(total, 0, axis)
    return cells
