"""Search where image 2 lies against image 1, for `shift` and the metrics of a shift."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.errors import Undefined
from ..ground.optional import needed
from ..ground.types import Array
from ..metrics.defaults import pearson
from ..moments.centred import box
from ..moments.kernels.parts import dot, in_slabs
from ..moments.of_arrays import moments
from ..moments.transforms import both_of_pairs, in_columns, in_rows
from .correlation_peak import PATCH, masked_correlation, profile, refined, width
from .deviations import deviations

SHARE = 4
"""Unless something else is asked, a quarter of each axis is searched to either side."""

TOO_NARROW = "R does not fall to half its peak within max_shift on every side"

_TIE = 1e-9
"""R this near the highest ties with it: the FFT rounds to about 1e-12, and to more
where pixels are far from 0 beside how they vary."""

_FALSE_PEAKS = 0.01
"""How often the highest R of two images that have nothing in common may pass for a
shift: once in 100 searches."""


class Displacement(NamedTuple):
    """A shift and how R depends on it; tuples are in the order of the axes.

    Attributes
    ----------
    offset : tuple of float
        The shift to a part of a pixel; NaN where there is no peak.
    pixel_offset : tuple of int
        The shift in whole pixels.
    r, peak : float
        R without a shift, and over the pixels that overlap at `pixel_offset`.
    n : int
        How many those are.
    width : tuple of float
        Width of the peak at half its height.
    ccf : ndarray
        R at every shift up to `reach`.
    reach : tuple of int
        How far was searched.
    at_end : tuple of int
        Axes along which R is highest where the search ended.
    beyond : tuple of int
        Those of them along which R is no lower one pixel further.
    chance : float
        R that the best of all these shifts stays below in 99 of 100 searches of images
        that have nothing in common.
    reasons : tuple of str
        Why a number is undefined; {1} and {2} stand for the names of the images.
    """

    offset: tuple[float, ...]
    pixel_offset: tuple[int, ...]
    r: float
    peak: float
    n: int
    width: tuple[float, ...]
    ccf: Array
    reach: tuple[int, ...]
    at_end: tuple[int, ...]
    beyond: tuple[int, ...]
    chance: float
    reasons: tuple[str, ...]

    def refusal(self, dims: tuple[str, ...]) -> str:
        """Say why R's peak is no answer to where image 2 lies; "" if it is one.

        A peak at the border is the slope of one that lies outside, and a peak that
        chance reaches is one of many: a number for either would be believed.
        """
        far = ", ".join(f"±{self.reach[k]} px in {dims[k]}" for k in self.beyond)
        beyond = f"the shift is beyond {far}, where R still rises" if far else ""
        if self.peak > self.chance:
            return beyond
        low = (
            f"R is {self.peak:.2g} at best, and the best of as many shifts of images "
            f"that have nothing in common reaches {self.chance:.2g}: no shift is given"
        )
        return f"{low}, or {beyond}" if far else low


def search(
    x: Array,
    y: Array,
    mask: Array | None,
    reach: tuple[int, ...] | None = None,
    tries: int = 1,
) -> Displacement:
    """Find the shift at which R is highest.

    Parameters
    ----------
    x, y : ndarray
        Of one shape, of one to three axes.
    mask : ndarray of bool or None
        Pixels that count, in both images, each where it lies.
    reach : tuple of int, optional
        How far to look along each axis. Default: a quarter of the box around the pixels
        that count.
    tries : int
        Searches of which this is the best one: that high a peak is by chance so often.
    """
    x, y, mask = _cut(x, y, mask, reach)
    if reach is None:
        reach = tuple(size // SHARE for size in x.shape)
    (a, ma), (b, mb) = (deviations(t, mask) for t in (x, y))
    # A little further than asked, so that a peak at the end has neighbours from which
    # the part of a pixel can be interpolated.
    margin = [
        min(s + PATCH, n - 1) - s if s else 0
        for s, n in zip(reach, a.shape, strict=True)
    ]
    further = tuple(s + m for s, m in zip(reach, margin, strict=True))
    wide = masked_correlation(a, ma, b, mb, further)
    ccf = wide[tuple(slice(m, n - m) for m, n in zip(margin, wide.shape, strict=True))]
    none = (0,) * a.ndim
    reasons: list[str] = []
    # The FFT leaves an error of about 1e-12 in R, enough for equal images to miss 1: R
    # as they are and R at the peak are worked out anew from moments.
    r, _ = _exact(x, y, mask, none, reasons)
    if np.isnan(ccf).all():
        nan = (math.nan,) * a.ndim
        why = (*reasons,) or ("R is undefined at every shift",)
        return Displacement(
            nan, none, r, math.nan, 0, nan, ccf, reach, (), (), math.nan, why
        )
    top = _nearest_top(ccf, reach)
    best = tuple(int(t) - s for t, s in zip(top, reach, strict=True))
    peak, n = _exact(x, y, mask, best, reasons)
    ends = [
        axis
        for axis, (k, s) in enumerate(zip(best, reach, strict=True))
        if s and abs(k) == s
    ]
    place = tuple(t + m for t, m in zip(top, margin, strict=True))
    displacement = Displacement(
        (math.nan,) * a.ndim,
        best,
        r,
        peak,
        n,
        tuple(width(profile(ccf, top, axis)) for axis in range(ccf.ndim)),
        ccf,
        reach,
        (*ends,),
        (*(k for k in ends if _rises(wide, place, k, best[k])),),
        by_chance(a, b, n, tries * int(np.isfinite(ccf).sum())),
        (*dict.fromkeys(reasons),),
    )
    if displacement.refusal(("",) * a.ndim):
        return displacement
    parts = refined(wide, place)
    return displacement._replace(
        offset=tuple(k + part for k, part in zip(best, parts, strict=True))
    )


def _nearest_top(ccf: Array, reach: tuple[int, ...]) -> tuple[int, ...]:
    """Return where R is highest; among equals, the smallest shift.

    An image with a period is as like itself a period further on, and rounding of the
    FFT would choose among these.
    """
    ties = np.argwhere(ccf >= np.nanmax(ccf) - _TIE)
    far = ((ties - np.array(reach)) ** 2).sum(1)
    return tuple(int(k) for k in ties[int(np.argmin(far))])


def _rises(wide: Array, place: tuple[int, ...], axis: int, side: int) -> bool:
    """Tell whether R is no lower one pixel further out, or not known there."""
    further = place[axis] + (1 if side > 0 else -1)
    if not 0 <= further < wide.shape[axis]:
        return True
    neighbour = (*place[:axis], further, *place[axis + 1 :])
    beyond = wide[neighbour]
    return not beyond < wide[place] - _TIE


def by_chance(a: Array, b: Array, n: int, shifts: int) -> float:
    """Return R that the best of many shifts of independent images seldom exceeds.

    a and b are deviations from means, 0 where pixels do not count.

    R of independent images scatters with the variance Σρ₁ρ₂/n, the product of both
    autocorrelations summed over all lags (Bartlett 1935), here by their power spectra;
    n is that of the overlap at the peak. So many neighbouring shifts also share one R,
    but the highest lies between them: the crossings of a level z by a smooth field are
    z²/4 times those of so many independent values (Adler 1981, for Gaussians).
    """
    fft = needed("scipy.fft", "The cross-correlation function")
    special = needed("scipy.special", "The cross-correlation function")
    from ..moments.kernels.spectra import sum_of_products

    sizes = [fft.next_fast_len(2 * size - 1, real=True) for size in a.shape]
    squares = [dot(image, image) for image in (a, b)]
    if not all(squares):
        return 1.0
    # In float32, of half the time: the answer is off by 1e-6 of itself at most.
    rows = [
        in_rows(_in_float32(image, 1 / math.sqrt(square)), sizes[-1])
        for image, square in zip((a, b), squares, strict=True)
    ]
    twice = both_of_pairs(sizes[-1])

    def of_part(columns: slice, *parts: Array) -> float:
        one, two = (part.reshape(-1, part.shape[-1]) for part in parts)
        return float(sum_of_products(one, two, twice[columns]))

    together = math.fsum(in_columns(rows, sizes, of_part)) / math.prod(sizes)
    alike = max(together, 1.0)
    tried = max(shifts / alike, 1.0)
    most = -float(special.ndtri(_FALSE_PEAKS / tried))
    most = -float(special.ndtri(_FALSE_PEAKS / (tried * max(most * most / 4, 1.0))))
    # Fisher's z: R of few independent pixels has a skewed distribution.
    return math.tanh(most / math.sqrt(max(n / alike - 3, 1e-3)))


def _in_float32(image: Array, scale: float) -> Array:
    """Multiply an image by a number."""
    values = np.empty(image.shape, np.float32)

    def of_part(part: tuple[slice | int, ...]) -> None:
        values[part] = image[part] * scale

    in_slabs(image.shape, of_part)
    return values


def overlapping(
    offset: tuple[int, ...],
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the slices of image 1 and of image 2 that go together at a shift."""
    ones = tuple(slice(max(-k, 0), -k if k > 0 else None) for k in offset)
    twos = tuple(slice(max(k, 0), k if k < 0 else None) for k in offset)
    return ones, twos


def _cut(
    x: Array, y: Array, mask: Array | None, reach: tuple[int, ...] | None
) -> tuple[Array, Array, Array | None]:
    """Cut both to the box of what counts, where no shift that is asked for leaves it.

    Pixels outside change nothing, but make transforms larger.
    """
    if mask is None or not mask.any():
        return x, y, mask
    inside = box(mask)
    sizes = [s.stop - s.start for s in inside]
    if reach is not None and any(s >= n for s, n in zip(reach, sizes, strict=True)):
        return x, y, mask
    return x[inside], y[inside], mask[inside]


def _exact(
    x: Array,
    y: Array,
    mask: Array | None,
    offset: tuple[int, ...],
    reasons: list[str],
) -> tuple[float, int]:
    """Compute Pearson's R at a shift from the moments of what overlaps there."""
    ones, twos = overlapping(offset)
    both = None if mask is None else mask[ones] & mask[twos]
    overlap = moments(x[ones], y[twos], both)
    try:
        return pearson(overlap), overlap.n
    except Undefined as reason:
        reasons.append(str(reason))
        return math.nan, overlap.n
