"""Measure how alike neighbouring pixels are: autocovariances of a masked pair, by FFT.

At a lag h, N(h) pairs of compared pixels lie h apart, and A(h) is the sum of the
products of their deviations from the mean. All lags of both images come from
zero-padded real transforms, so that no pixel meets one from the opposite edge. From
them follow the effective number of pixels, the distance at which likeness fades, and
the variance of R between two Gaussian fields. Nothing here knows of p-values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..ground.optional import needed
from ..ground.types import Array
from ..moments import transforms
from ..moments.centred import Centred
from ..moments.kernels.parts import on_threads
from ..moments.kernels.spectra import powers, sum_over_pairs
from ..moments.transforms import (
    back_in_columns,
    back_in_rows,
    both_of_pairs,
    cut,
    down,
    in_columns,
    in_rows,
    products_at_shifts,
)
from .periodic import CELL, share_of_pattern

T = TypeVar("T")

FARTHEST = 0.75
"""Lags are used up to this share of the box along each axis."""

# Longer lags add nothing but noise. Half of the pixels instead of a quarter leaves out
# too much in irregular regions: 0.068 false positives at 0.05 where a quarter gives
# 0.052 (docs/significance.md).
FEWEST_PAIRS = 0.25
"""Share of the pixels that must have a partner at a lag for the lag to be used."""

# Following likeness down to a tenth would need no extrapolation, but in small regions
# noise decides where a tenth is: 18 pixels instead of 5 in a region of 860 pixels
# (docs/significance.md, "What does not work").
HALF = 0.5
"""Share of the likeness of direct neighbours down to which a profile is followed."""

BEYOND_HALF = 1.25
"""Times that lag, at which likeness is taken to have faded."""

NOISE = 4
"""Times 1/√n, the error of a correlation of 0, below which likeness counts as none."""


def need_scipy() -> None:
    """Say how to get SciPy where it is missing."""
    needed("scipy.fft", "significance, as more_alike,")


class Lags:
    """Transforms of arrays of one shape, padded so that lags up to `reach` are whole.

    Padded by the reach, not to twice the size: lags beyond the reach, which would wrap
    around, are never read. The last axis is transformed first and back last; between
    the two, each frequency along it is a transform of its own.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        from scipy.fft import next_fast_len

        self.reach = tuple(math.floor(FARTHEST * size) for size in shape)
        self.padded = tuple(
            next_fast_len(size + reach, real=True)
            for size, reach in zip(shape, self.reach, strict=True)
        )
        self.spectrum = (*self.padded[:-1], self.padded[-1] // 2 + 1)
        """Shape of a spectrum, half of it along the last axis."""

    def lines(self, image: Array) -> Array:
        """Transform an array along its last axis."""
        return in_rows(image, self.padded[-1])

    def of_parts(self, images: Sequence[Array], work: Callable[..., T]) -> list[T]:
        """Transform lines along all other axes; see `in_columns`."""
        return in_columns(images, self.padded, work, CELL)

    def across(self, lines: Array, lags: NDArray[np.intp]) -> Array:
        """Transform back along the last axis, cut to some lags, on one thread."""
        return back_in_rows(lines, self.padded[-1], lags, 1)

    def forward(self, image: Array) -> Array:
        """Transform a small array."""
        return down(self.lines(image), self.padded)

    def back(self, spectrum: Array, reach: Sequence[int]) -> Array:
        """Transform a small spectrum back, cut to the lags up to `reach`."""
        lags = lags_of(reach)
        return self.across(back_in_columns(spectrum, lags[:-1]), lags[-1])


class Autocovariance:
    """Autocovariances of both images of a pair, for all lags that hold enough pairs.

    Arrays over lags have the lags 0...M along the first axis and 0...M, -M...-1 along
    the others: half of the plane, since A(-h) = A(h).
    """

    def __init__(self, pair: Centred) -> None:
        """Transform both images, and their power back along all axes but the last.

        Parameters
        ----------
        pair : Centred
            Both images in units of their standard deviations.
        """
        need_scipy()
        self.pair = pair
        self._lags = Lags(pair.inside.shape)
        self.reach = self._lags.reach
        self._whole = bool(pair.inside.all())
        lags = lags_of(self.reach)
        *front, last = self._lags.spectrum
        shape = (*map(len, lags[:-1]), last)
        images = [self._lags.lines(image) for image in (pair.x, pair.y)]
        self._lines = [np.empty(shape, image.dtype) for image in images]
        twice = both_of_pairs(self._lags.padded[-1])
        largest = max(pair.spread) or 1.0
        # A pattern's share in the variance of the difference has no unit.
        p, q = (pair.x.dtype.type(s / largest) for s in pair.spread)
        counts = [-(-length // CELL) for length in front]
        cell: Array = np.zeros((), int)
        for length, cells in zip(front, counts, strict=True):
            cell = np.add.outer(cell * cells, np.arange(length) // CELL)
        cell = cell.reshape(-1)

        # Power of x, of y, and what both share, summed over all axes but the last, and
        # over the last; power of x, of y and of their difference, summed in cells.
        self._along = np.empty((3, last))
        cells = np.zeros((3, math.prod(counts), -(-last // CELL)))

        def work(part: slice, x: Array, y: Array) -> Array:
            power = np.empty((2, *x.shape), pair.x.dtype)
            width = x.shape[-1]
            across = np.empty((3, len(cell)))
            powers(
                *(spectrum.reshape(-1, width) for spectrum in (x, y)),
                *(p, q, twice[part], cell, CELL),
                *power.reshape(2, -1, width),
                *(across, self._along[:, part]),
                cells[..., part.start // CELL : -(-part.stop // CELL)],
            )
            for lines, of_image in zip(self._lines, power, strict=True):
                lines[..., part] = back_in_columns(of_image, lags[:-1])
            return across

        across = sum(self._lags.of_parts(images, work), np.zeros((3, len(cell))))
        self._across: Array = across.reshape(3, *front)
        self._cells = cells.reshape(3, *counts, -1)

    @cached_property
    def pairs(self) -> Array:
        """Count the pairs of pixels at each lag, N(h)."""
        lags = lags_of(self.reach)
        if self._whole:
            return self._pairs_of_box(lags)
        inside = self._lags.lines(self.pair.inside.astype(self.pair.x.dtype))
        lines = np.empty_like(self._lines[0])

        def work(part: slice, spectrum: Array) -> None:
            power = power_of_waves(spectrum)
            lines[..., part] = back_in_columns(power, lags[:-1])

        self._lags.of_parts([inside], work)
        # These are counts: rounding takes off what the transform added to them.
        return np.rint(self._back(lines, self.reach))

    def _pairs_of_box(self, lags: Sequence[NDArray[np.intp]]) -> Array:
        """Count the pairs of pixels at some lags where no pixel is left out.

        The counts of an axis multiply, which saves two transforms.
        """
        grid: Array = np.ones(())
        for size, along in zip(self.pair.inside.shape, lags, strict=True):
            grid = np.multiply.outer(grid, size - np.abs(along))
        return grid.astype(self.pair.x.dtype)

    def _back(self, lines: Array, reach: Sequence[int]) -> Array:
        """Transform lines back along the last axis, cut to lags up to `reach`."""
        lags = lags_of(reach)
        for axis, wanted in enumerate(lags[:-1]):
            if len(wanted) < lines.shape[axis]:
                lines = lines.take(wanted, axis=axis)
        if lines.ndim == 1:
            return self._lags.across(lines, lags[-1])
        values = np.empty((*lines.shape[:-1], len(lags[-1])), self.pair.x.dtype)

        def work(part: slice) -> None:
            values[part] = self._lags.across(lines[part], lags[-1])

        on_threads(work, _rows(lines.shape))
        return values

    @cached_property
    def of_x(self) -> Array:
        """Sum products of the first image's standardised deviations at each lag."""
        return self._back(self._lines[0], self.reach)

    @cached_property
    def of_y(self) -> Array:
        """Sum products of the second image's standardised deviations at each lag."""
        return self._back(self._lines[1], self.reach)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Return how many pixels along each axis it takes for likeness to fade.

        The longest of x, y and their difference counts: a weak drift of one against the
        other shows in neither image, yet rules how far they differ. R ignores gains,
        and so do these lengths.
        """
        return self._longest((1, 1))

    @cached_property
    def lengths_in_units(self) -> tuple[int, ...]:
        """The same for a metric in the unit of the images, to which gains count."""
        largest = max(self.pair.spread)
        p, q = (s / largest for s in self.pair.spread)
        return self._longest((p, q))

    def _longest(self, gains: tuple[float, float]) -> tuple[int, ...]:
        p, q = gains
        of_x, of_y, cross = self._profiles
        apart = [
            p * p * a + q * q * b - 2 * p * q * c
            for a, b, c in zip(of_x, of_y, cross, strict=True)
        ]
        candidates = [self._lengths(ends) for ends in (of_x, of_y, apart)]
        return tuple(max(lengths) for lengths in zip(*candidates, strict=True))

    @cached_property
    def patterns(self) -> tuple[float, float]:
        """Shares of each image's variance that stripes or a lattice have; 0 if none."""
        return self._pattern(0), self._pattern(1)

    @cached_property
    def pattern_of_difference(self) -> float:
        """The same of the difference of both images, each in its own units."""
        return self._pattern(2)

    def _pattern(self, which: int) -> float:
        shape, padded = self.pair.inside.shape, self._lags.padded
        return share_of_pattern(self._cells[which], shape, padded)

    def variance_if_independent(self) -> float:
        """Return Var(R) between independent images of these autocovariances.

        It is Σ N(h)·Cx(h)·Cy(h) / (n²·Cx(0)·Cy(0)) with C = A/N (Clifford, Richardson &
        Hémon 1989, doi:10.2307/2532039). Deviations are from the sample mean and each
        image's own variance is its A(0), which is Dutilleul's (1993,
        doi:10.2307/2532625) trace of the centred covariances to first order.
        """
        lags = lags_of(self.reach)
        several = len(lags) > 1
        fewest = FEWEST_PAIRS * self.pair.n
        zero = [0.0, 0.0]

        def work(part: slice) -> float:
            cut = part if several else ...
            a, b = (self._lags.across(lines[cut], lags[-1]) for lines in self._lines)
            if part.start == 0:
                zero[:] = float(a.flat[0]), float(b.flat[0])
            if self._whole:
                pairs = self._pairs_of_box([lags[0][part], *lags[1:]])
            else:
                pairs = self.pairs[part]
            a, b, pairs = (t.reshape(len(t), -1) for t in (a, b, pairs))
            total = 2 * float(sum_over_pairs(a, b, pairs, fewest))
            if part.start == 0:  # whose other half is among these, as in `both_halves`
                total -= float(sum_over_pairs(a[:1], b[:1], pairs[:1], fewest))
            return total

        if not self._whole:
            _ = self.pairs  # threads wait for no threads
        rows = _rows(self._lines[0].shape) if several else [slice(0, len(lags[0]))]
        total = math.fsum(on_threads(work, rows))
        return total / (zero[0] * zero[1])

    def variance_if_gaussian(self) -> float:
        """Return Var(atanh R) between jointly Gaussian images, alike or not.

        Bartlett's (1946, doi:10.2307/2983611) formula takes in the cross-covariances,
        too, here over lags of up to two lengths. Taking the mean off lowers every
        covariance by the variance of the mean, which is estimated from the same lags
        and added again. NaN where these lags hold all pairs of pixels.
        """
        reach = tuple(
            min(m, 2 * k) for m, k in zip(self.reach, self.lengths, strict=True)
        )
        lags = lags_of(reach)
        n = self.pair.n
        pairs = (
            self._pairs_of_box(lags) if self._whole else self.pairs[np.ix_(*lags)]
        ).astype(float)
        pairs[pairs < FEWEST_PAIRS * n] = 0
        [both] = products_at_shifts([self.pair.x, self.pair.y], [(0, 1)], reach)
        sums = [
            *(self._back(lines, reach) for lines in self._lines),
            *(
                both[
                    np.ix_(*(m + side * at for m, at in zip(reach, lags, strict=True)))
                ]
                for side in (1, -1)
            ),
        ]
        beyond = n * n - both_halves(pairs)
        if beyond <= 0:
            return math.nan
        # All n² products of deviations add up to 0. What those within reach add up to
        # is therefore missing from the pairs beyond, where nothing is alike: divided by
        # their number it is the variance of the mean.
        totals = [both_halves(np.where(pairs > 0, s, 0)) for s in sums]
        totals[2] = totals[3] = (totals[2] + totals[3]) / 2
        a, b, c, d = (
            np.divide(s, pairs, where=pairs > 0, out=np.zeros(pairs.shape)) + t / beyond
            for s, t in zip(sums, totals, strict=True)
        )
        a0, b0 = float(a.flat[0]), float(b.flat[0])
        a, b, c, d = a / a0, b / b0, c / math.sqrt(a0 * b0), d / math.sqrt(a0 * b0)
        r = float(c.flat[0])
        if abs(r) >= 1:
            return 0.0
        terms = a * b + c * d - r * (a + b) * (c + d)
        terms += r * r / 2 * (a * a + b * b + c * c + d * d)
        return both_halves(terms * pairs) / n**2 / (1 - r * r) ** 2

    @cached_property
    def _profiles(self) -> list[list[Array]]:
        """Return A of x, of y and of both along each axis, at no lag along the others.

        Up to a factor. Summing a power spectrum over an axis is its transform at lag 0
        there, so an axis costs a sum and a transform of one line.
        """
        from scipy.fft import ifft, irfft

        profiles = []
        for across, along in zip(self._across, self._along, strict=True):
            axes = range(across.ndim)
            fronts = [
                across.sum(axis=tuple(a for a in axes if a != axis)) for axis in axes
            ]
            ends = [ifft(front).real for front in fronts]
            profiles.append([*ends, irfft(along, self._lags.padded[-1])])
        return profiles

    def _pairs_along(self, axis: int) -> Array:
        """Count the pairs of pixels at lags along one axis, at no lag along others."""
        lags = [
            np.arange(reach + 1 if k == axis else 1)
            for k, reach in enumerate(self.reach)
        ]
        pairs = self._pairs_of_box(lags) if self._whole else self.pairs[np.ix_(*lags)]
        return pairs.reshape(-1)

    def _lengths(self, ends: list[Array]) -> tuple[int, ...]:
        """Find the lag along each axis at which likeness has faded."""
        lengths = []
        for axis, profile in enumerate(ends):
            pairs = self._pairs_along(axis)
            lengths.append(_faded(profile[: len(pairs)], pairs, self.pair.n))
        return tuple(lengths)


def lags_of(reach: Sequence[int]) -> list[NDArray[np.intp]]:
    """List the lags along each axis, in the order in which a transform has them.

    Of the first axis only lags from 0 up: A(-h) = A(h) gives the other half.
    """
    first, *two_sided = reach
    lags = [np.arange(first + 1)]
    return lags + [np.r_[0 : m + 1, -m:0] for m in two_sided]


def _rows(shape: tuple[int, ...]) -> list[slice]:
    """Cut the first axis into parts of about as many values as a slice has."""
    return cut(shape[0], max(1, transforms.PART // 2 // math.prod(shape[1:])))


def power_of_waves(spectrum: Array) -> Array:
    """Return the squares of the absolute values of a spectrum."""
    # Not abs() ** 2, which takes a square root of every value first.
    power: Array = spectrum.real**2
    power += spectrum.imag**2
    return power


def both_halves(values: Array) -> float:
    """Sum values that are the same at h and -h over all lags, from half of them."""
    first: Any = values[0].sum(dtype=np.float64)
    return float(2 * values.sum(dtype=np.float64) - first)


def _faded(profile: Array, pairs: Array, n: int) -> int:
    """Return the lag at which a profile has faded, or the last where it never does."""
    enough = pairs >= FEWEST_PAIRS * n
    kept = len(enough) if enough.all() else int(np.argmin(enough))
    if kept <= 1 or profile[0] <= 0:
        return 1
    likeness = (profile[:kept] / pairs[:kept]) / (profile[0] / n)
    # Of direct neighbours, not of lag 0: noise of single pixels is in lag 0 only, and
    # would make structure under it seem to fade at once.
    threshold = max(HALF * float(likeness[1]), NOISE / math.sqrt(n))
    below = np.flatnonzero(likeness < threshold)
    if len(below) == 0:
        return kept
    if below[0] == 0:  # fewer than 16 pixels: a pixel's own 1 is within the noise
        return 1
    last, first = float(likeness[below[0] - 1]), float(likeness[below[0]])
    crossing = int(below[0]) - (threshold - first) / (last - first)
    return max(1, round(BEYOND_HALF * crossing))
