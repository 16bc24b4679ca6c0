"""Compute R against a shift by FFT, and refine its peak: the arithmetic of a shift.

R at a shift needs six sums over the pixels that overlap there; each sum, at all shifts
at once, is a correlation of two arrays, and so a product of their transforms (Padfield
2012).
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from ..moments.kernels.parts import dot, in_slabs, on_threads
from ..moments.transforms import products_at_shifts

LEAST_OVERLAP = 0.3
"""Shifts at which fewer pixels overlap, as a part of the most, have no R: of a few
pixels R is near 1 or -1 by chance, and would be taken for the peak."""

_ROUNDING = 1e-10
"""A sum of squares this small beside that of all pixels is rounding of the FFT."""

PATCH = 4
"""Pixels around the peak from which the sub-pixel place is interpolated."""


def masked_correlation(
    a: Array, ma: Array, b: Array, mb: Array, reach: tuple[int, ...]
) -> Array:
    """Compute R for all shifts up to `reach`; arrays are 0 outside their masks."""
    needed("scipy.fft", "The cross-correlation function")
    # Without masks what overlaps is a rectangle, whose sums follow from running sums
    # along the edges: three transforms in place of a dozen.
    if ma.all() and mb.all():
        [product] = products_at_shifts([a, b], [(0, 1)], reach)
        n, sa, aa, sb, bb = _of_rectangles(a, b, reach)
    else:
        product, n, sa, aa, sb, bb = _within_masks(a, ma, b, mb, reach)
    fewest = max(2.0, LEAST_OVERLAP * float(n.max()))
    least = [_ROUNDING * dot(image, image) for image in (a, b)]
    r = np.empty(n.shape)

    def of_part(part: tuple[slice | int, ...]) -> None:
        count, ab, one, ones, two, twos = (
            t[part] for t in (n, product, sa, aa, sb, bb)
        )
        some = np.maximum(count, 1)
        ab = ab - one * two / some
        ones = ones - one * one / some
        twos = twos - two * two / some
        # Where an image is constant on the overlap, the FFT leaves a rest of either
        # sign, not 0: R of that would be noise.
        enough = (count >= fewest) & (ones > least[0]) & (twos > least[1])
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.clip(ab / np.sqrt(ones * twos), -1, 1)
        r[part] = np.where(enough, found, math.nan)

    in_slabs(n.shape, of_part)
    return r


def _within_masks(
    a: Array, ma: Array, b: Array, mb: Array, reach: tuple[int, ...]
) -> list[Array]:
    """Return Σab, n, Σa, Σa², Σb and Σb² of what overlaps within masks."""
    masks = [ma] if np.array_equal(ma, mb) else [ma, mb]
    # One at a time, as nothing is needed but its transform.
    images = itertools.chain(
        (a, b), (t * t for t in (a, b)), (m.astype(np.float64) for m in masks)
    )
    two = 3 + len(masks)
    pairs = [(0, 1), (4, two), (0, two), (2, two), (4, 1), (4, 3)]
    product, n, *sums = products_at_shifts(images, pairs, reach)
    # A count, but for the rounding of the FFT.
    return [product, np.rint(n), *sums]


def _of_rectangles(a: Array, b: Array, reach: tuple[int, ...]) -> list[Array]:
    """Return n, Σa, Σa², Σb and Σb² of what overlaps of whole images."""
    n: Array = np.ones(())
    for size, furthest in zip(a.shape, reach, strict=True):
        n = np.multiply.outer(n, size - np.abs(np.arange(-furthest, furthest + 1.0)))
    jobs = [(a, 1, False), (a, 1, True), (b, -1, False), (b, -1, True)]

    def of_job(job: tuple[Array, int, bool]) -> Array:
        image, sign, squared = job
        return overlap_sums(image, sign, squared, reach)

    return [n, *on_threads(of_job, jobs)]


def overlap_sums(
    image: Array, sign: int, squared: bool, reach: tuple[int, ...]
) -> Array:
    """Sum an image, or its squares, over what overlaps at each shift, axis by axis.

    sign: 1 for image 1, of which the pixels p count for which p + s is inside; -1 for
    image 2.

    Examples
    --------
    >>> overlap_sums(np.array([1.0, 2, 4]), 1, False, (1,))
    array([6., 7., 3.])
    """
    from ..moments.kernels.spectra import sums_at_shifts

    for axis, furthest in enumerate(reach):
        before, after = image.shape[:axis], image.shape[axis + 1 :]
        sums = np.empty((math.prod(before), 2 * furthest + 1, math.prod(after)))
        lines = image.reshape(len(sums), -1, sums.shape[2])
        sums_at_shifts(lines, squared and axis == 0, furthest, sign, sums)
        image = sums.reshape(*before, -1, *after)
    return image


def refined(ccf: Array, top: tuple[Any, ...]) -> tuple[float, ...]:
    """Find how far, in parts of a pixel, the top of a spline is from the highest value.

    An axis along which the neighbours are not known keeps its whole pixel.
    """
    box = tuple(slice(max(int(t) - PATCH, 0), int(t) + PATCH + 1) for t in top)
    patch = ccf[box]
    middle = np.array([int(t) - b.start for t, b in zip(top, box, strict=True)], float)
    free = [axis for axis, m in enumerate(middle) if 0 < m < patch.shape[axis] - 1]
    if not free or np.isnan(patch).any():
        return (0.0,) * ccf.ndim
    ndimage = needed("scipy.ndimage", "The cross-correlation function")
    optimize = needed("scipy.optimize", "The cross-correlation function")
    spline = ndimage.spline_filter(patch, order=3, mode="mirror")

    def height(steps: Array) -> float:
        place = middle.copy()
        place[free] += steps
        return -float(
            ndimage.map_coordinates(
                spline, place[:, None], order=3, mode="mirror", prefilter=False
            )[0]
        )

    start = np.zeros(len(free))
    # Nelder-Mead needs no slope, and a spline of 9 pixels a side costs nothing to look
    # at; within one pixel, since the highest pixel is known.
    best = optimize.minimize(
        height, start, method="Nelder-Mead", bounds=[(-1, 1)] * len(free),
        options={"xatol": 1e-5, "fatol": 1e-14},
    )  # fmt: skip
    steps = dict(zip(free, best.x, strict=True))
    return tuple(float(steps.get(axis, 0.0)) for axis in range(ccf.ndim))


def profile(ccf: Array, top: tuple[Any, ...], axis: int) -> tuple[Array, int]:
    """Return R along one axis through the peak, and where on it the peak is."""
    line = ccf[tuple(slice(None) if k == axis else t for k, t in enumerate(top))]
    return line, int(top[axis])


def width(profile: tuple[Array, int]) -> float:
    """Return the distance between the points at which a line is half its peak.

    NaN where the peak is not above 0, or R does not fall so low on both sides.
    """
    line, top = profile
    half = line[top] / 2
    if not half > 0:
        return math.nan
    ends = []
    for side in (line[top::-1], line[top:]):
        below = np.flatnonzero(~(side > half))  # not `<=`: NaN ends the walk, too
        if not below.size or np.isnan(side[below[0]]):
            return math.nan
        k = int(below[0])
        ends.append(k - 1 + (side[k - 1] - half) / (side[k - 1] - side[k]))
    return float(sum(ends))
