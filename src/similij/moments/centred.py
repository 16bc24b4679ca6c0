"""Standardise two images: each less its mean, over its standard deviation.

The transforms of `evidence` work on such images, cut to the box of what is compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from .exact import means
from .kernels.parts import in_slabs
from .moments import IntegerMoments, Moments
from .wide import is_wide, less

_SINGLE_FROM = 1 << 19
"""Pixels from which transforms are in float32, which halves time and memory: by chance
alone R of so many pixels varies by 1/√n, a thousandth, and float32 has 7 digits."""


_SEEN = 1e-14
"""Standard deviations by which a mean that is rounded to a float may be off unseen. Of
floats far from 0 it is off by more: near 1e15 by 0.06."""


@dataclass(frozen=True, eq=False)
class Centred:
    """Two images about their means, cut to the box of the pixels compared.

    Attributes
    ----------
    x, y : ndarray of float
        Deviations in units of the standard deviation; 0 where not compared, and all 0
        where an image is constant.
    inside : ndarray of bool
        True where pixels are compared.
    spread : tuple of float
        The standard deviations.
    """

    x: Array
    y: Array
    inside: NDArray[np.bool_]
    spread: tuple[float, float]

    @cached_property
    def n(self) -> int:
        """Pixels compared."""
        return int(np.count_nonzero(self.inside))


def box(inside: NDArray[np.bool_]) -> tuple[slice, ...]:
    """Find the smallest box around the True of an array of any number of axes.

    Examples
    --------
    >>> box(np.array([[0, 0, 0], [0, 1, 1], [0, 0, 0]], bool))
    (slice(1, 2, None), slice(1, 3, None))
    """
    slices = []
    for axis in range(inside.ndim):
        others = tuple(k for k in range(inside.ndim) if k != axis)
        hit = np.flatnonzero(inside.any(axis=others))
        slices.append(slice(int(hit[0]), int(hit[-1]) + 1))
    return tuple(slices)


def centred(x: Array, y: Array, inside: NDArray[np.bool_], moments: Moments) -> Centred:
    """Standardise two images, already cut to their box, by the moments of the pair."""
    dtype = np.float32 if x.size >= _SINGLE_FROM else np.float64
    vx, vy, _ = moments.deviations
    # The deviations of integers are times n, which keeps them integers: once more.
    scale = moments.n**2 if isinstance(moments, IntegerMoments) else moments.n
    spread = tuple(
        0.0 if constant else math.sqrt(v / scale)
        for v, constant in zip((vx, vy), moments.constant, strict=True)
    )
    whole = bool(inside.all())
    standardised = []
    for image, mean, sd in zip((x, y), means(moments), spread, strict=True):
        standardised.append(np.zeros(image.shape, dtype))
        if sd:
            fill = partial(_fill, standardised[-1], image, inside, mean, sd, whole)
            in_slabs(image.shape, fill)
    return Centred(standardised[0], standardised[1], inside, (spread[0], spread[1]))


def _fill(
    out: Array,
    image: Array,
    inside: NDArray[np.bool_],
    mean: Fraction,
    sd: float,
    whole: bool,
    part: tuple[slice | int, ...],
) -> None:
    """Standardise a part of an image; 0, the mean, where it is not compared."""
    values = less(image[part], mean)
    beyond = float(mean - Fraction(float(mean)))
    if abs(beyond) > _SEEN * sd and not is_wide(image.dtype):
        values -= beyond
    values /= sd
    if not whole:
        values[~inside[part]] = 0
    out[part] = values
