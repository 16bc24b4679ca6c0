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

WIDEST = 2
"""Cells on each side of a peak and its next that say what power is nearby."""


def share_of_pattern(
    cells: Array, shape: tuple[int, ...], padded: tuple[int, ...]
) -> float:
    """Return the share of the variance that the strongest pattern has, 0 if none.

    Parameters
    ----------
    cells : ndarray
        Power spectrum from a padded transform, each of `CELL` frequencies along each
        axis; half of it along the last axis.
    shape : tuple of int
        Pixels of the image along each axis.
    padded : tuple of int
        Length of the transform along each axis.
    """
    cells = cells.astype(np.float64, copy=False)
    total = float(cells.sum())
    if not total > 0:
        return 0.0
    long = [axis for axis, size in enumerate(shape) if size > 1]
    places = [_places(cells.shape, axis) for axis in range(cells.ndim)]
    strongest = 0.0
    # Of the cells of a peak that counts one holds its part of it, which few do: sums
    # around every cell were a fifth of the time of `n_effective`, of all peaks a third.
    holds = cells >= LEAST_SHARE * total / 2 ** len(long)
    for axis in long:
        holds |= holds.take(places[axis][WIDEST + 1 : -WIDEST], axis)
    for start in np.argwhere(holds):
        cycles = max(
            min(CELL * k, length - CELL * k) * (size / length)
            for k, size, length in zip(start, shape, padded, strict=True)
        )
        peak, middle, around = (
            _sum_around(cells, start, places, reach, long)
            for reach in range(WIDEST + 1)
        )
        nearby = (around - middle) / (6 ** len(long) - 4 ** len(long))
        contrast = peak / 2 ** len(long) / max(nearby, np.finfo(float).tiny)
        if contrast >= CONTRAST and cycles >= FEWEST_CYCLES:
            strongest = max(strongest, peak / total)
    return strongest if strongest >= LEAST_SHARE else 0.0


def _places(shape: tuple[int, ...], axis: int) -> Array:
    """List the cells along an axis, with those that follow beyond either end.

    Frequencies wrap around; along the last axis of a real transform they are mirrored
    instead, which to the sums of power at its ends is nearly the same.
    """
    mode = "reflect" if axis == len(shape) - 1 else "wrap"
    places: Array = np.pad(np.arange(shape[axis]), (WIDEST, WIDEST + 1), mode=mode)  # type: ignore[call-overload]
    return places


def _sum_around(
    cells: Array, start: Array, places: list[Array], reach: int, axes: list[int]
) -> float:
    """Sum over a cell and the next along each axis, and `reach` more on each side."""
    for axis in axes:
        first = start[axis] + WIDEST - reach
        cells = cells.take(places[axis][first : first + 2 * reach + 2], axis)
    return float(cells.sum())
