"""Compute R against a shift by FFT, and refine its peak: the arithmetic of a shift.

R at a shift needs six sums over the pixels that overlap there; each sum, at all shifts
at once, is a correlation of two arrays, and so a product of their transforms (Padfield
2012).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from ..moments.kernels.parts import threads

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
    fft = needed("scipy.fft", "The cross-correlation function")
    # Padded by the largest shift only: further ones wrap around, and are not looked at.
    sizes = [
        fft.next_fast_len(n + s, real=True) for n, s in zip(a.shape, reach, strict=True)
    ]
    inside = np.ix_(*(np.arange(-s, s + 1) for s in reach))

    def forward(image: Array) -> Array:
        spectrum: Array = fft.rfftn(image, sizes, workers=threads())
        return spectrum

    def overlap(one: Array, two: Array) -> Array:
        """Sum one(p)·two(p + s) over p for the shifts s, from both transforms."""
        whole = fft.irfftn(np.conj(one) * two, sizes, workers=threads())
        within_reach: Array = whole[inside]
        return within_reach

    product = overlap(forward(a), forward(b))
    # Without masks what overlaps is a rectangle, whose sums follow from running sums
    # along the edges: three transforms in place of a dozen.
    if ma.all() and mb.all():
        n = _overlap_sums(np.ones(a.shape, np.int8), reach, 1)
        sa, aa = (_overlap_sums(t, reach, 1) for t in (a, a * a))
        sb, bb = (_overlap_sums(t, reach, -1) for t in (b, b * b))
    else:
        fma = forward(ma.astype(np.float64))
        fmb = fma if ma is mb else forward(mb.astype(np.float64))
        n = np.rint(overlap(fma, fmb))  # a count, but for the rounding of the FFT
        sa, aa = (overlap(forward(t), fmb) for t in (a, a * a))
        sb, bb = (overlap(fma, forward(t)) for t in (b, b * b))
    some = np.maximum(n, 1)
    ab = product - sa * sb / some
    aa = aa - sa * sa / some
    bb = bb - sb * sb / some
    enough = n >= max(2.0, LEAST_OVERLAP * n.max())
    enough &= aa > _ROUNDING * float((a * a).sum())
    enough &= bb > _ROUNDING * float((b * b).sum())
    # Where an image is constant on the overlap, the FFT leaves a rest of either sign,
    # not 0: R of that would be noise.
    r = np.full(n.shape, math.nan)
    r[enough] = np.clip(ab[enough] / np.sqrt(aa[enough] * bb[enough]), -1, 1)
    return r


def _overlap_sums(image: Array, reach: tuple[int, ...], sign: int) -> Array:
    """Sum an image over what overlaps at each shift, axis by axis.

    sign: 1 for image 1, of which the pixels p count for which p + s is inside; -1 for
    image 2.

    Examples
    --------
    >>> _overlap_sums(np.array([1.0, 2, 4]), (1,), 1)
    array([6., 7., 3.])
    """
    for axis, furthest in enumerate(reach):
        along = np.moveaxis(image, axis, 0)
        total = along.sum(0, np.float64)[None]
        # A shift leaves out pixels at one end.
        first, last = (
            np.cumsum(end, 0, np.float64)
            for end in (along[:furthest], along[::-1][:furthest])
        )
        down, up = (first, last) if sign > 0 else (last, first)
        image = np.concatenate([total - down[::-1], total, total - up])
        image = np.moveaxis(image, 0, axis)
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
