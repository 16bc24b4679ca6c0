"""Take the mean off an image, so that sums of squares of what is left keep digits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from ..moments.kernels.parts import as_bytes, in_slabs
from ..moments.powers import power_of_number, scaled
from ..moments.wide import held, less


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
    if not image.size:
        return np.zeros(image.shape), np.zeros(image.shape, bool)
    image = as_bytes(image)
    # No correlation sees what is taken off.
    origin = 0 if held(image) else int(image.min())
    values, counts = np.empty(image.shape), np.empty(image.shape, bool)

    def read(part: tuple[slice | int, ...]) -> tuple[int, float, float]:
        here = values[part]
        here[...] = less(image[part], origin) if origin else image[part]
        inside = np.isfinite(here, out=counts[part])
        if mask is not None:
            inside &= mask[part]
        n = int(np.count_nonzero(inside))
        if n < here.size:
            here[~inside] = 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # then they are scaled
            return n, float(here.sum()), max(-float(here.min()), float(here.max()))

    of_each, sums, largest = zip(*in_slabs(image.shape, read), strict=True)
    n = sum(of_each)
    power = power_of_number(max(largest))
    if power:
        values = scaled(values, power)
        sums = (float(values.sum()),)
    mean = math.fsum(sums) / max(n, 1)

    def center(part: tuple[slice | int, ...]) -> None:
        np.subtract(values[part], mean, out=values[part])
        if n < values.size:
            values[part][~counts[part]] = 0.0

    in_slabs(image.shape, center)
    return values, counts
