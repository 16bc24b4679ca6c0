"""Take the mean off an image, so that sums of squares of what is left keep digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from ..moments.kernels.parts import as_bytes
from ..moments.powers import power_of, scaled
from ..moments.wide import in_float64


def deviations(image: Array, mask: Array | None) -> tuple[Array, NDArray[np.bool_]]:
    """Return deviations from the mean, times a power of two, and which pixels count.

    Squares of deviations and not of pixels go into the transforms, which round to about
    1e-16 of the largest value there; and squares of 1e200 are no float64, while no
    correlation sees a power of two. Pixels that do not count are 0.

    Examples
    --------
    >>> deviations(np.array([1.0, 3.0, np.nan]), None)[0].tolist()
    [-1.0, 1.0, 0.0]
    """
    # No correlation sees what is taken off.
    values, _ = in_float64(as_bytes(image))
    counts = np.isfinite(values)
    if mask is not None:
        counts &= mask
    # Picking pixels out takes ten times as long as all there is to do with them.
    every = bool(counts.all())
    inside = values if every else values[counts]
    power = power_of(inside)
    values = scaled(values, power)
    inside = values if every else scaled(inside, power)
    if inside.size:
        values -= float(inside.mean())
    if not every:
        values[~counts] = 0.0
    return values, counts
