"""Measure how alike neighbouring pixels are: autocovariances of a masked pair, by FFT.

At a lag h, N(h) pairs of compared pixels lie h apart, and A(h) is the sum of the
products of their deviations from the mean. All lags of both images come from
zero-padded real transforms, so that no pixel meets one from the opposite edge. From
them follow the effective number of pixels, the distance at which likeness fades, and
the variance of R between two Gaussian fields. Nothing here knows of p-values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.optional import needed
from ..ground.types import Array
from ..moments.centred import Centred
from ..moments.kernels.parts import threads
from .periodic import share_of_pattern

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
    around, are never read.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        from scipy.fft import next_fast_len

        self.reach = tuple(math.floor(FARTHEST * size) for size in shape)
        self.padded = tuple(
            next_fast_len(size + reach, real=True)
            for size, reach in zip(shape, self.reach, strict=True)
        )

    def forward(self, image: Array) -> Array:
        """Transform an array."""
        from scipy.fft import fft, rfft

        *front, last = range(image.ndim)
        spectrum: Array = rfft(image, self.padded[last], axis=last, workers=threads())
        for axis in front:
            spectrum = fft(spectrum, self.padded[axis], axis=axis, workers=threads())
        return spectrum

    def back(self, spectrum: Array, reach: Sequence[int]) -> Array:
        """Transform back, cut to the lags up to `reach` as soon as an axis is done.

        Cutting early leaves fewer lines to transform along the next axis.
        """
        from scipy.fft import ifft, irfft

        *front, last = range(spectrum.ndim)
        for axis, lags in zip(front, lags_of(reach), strict=False):
            spectrum = ifft(spectrum, axis=axis, workers=threads())
            spectrum = spectrum.take(lags, axis=axis)
        values = irfft(spectrum, self.padded[last], axis=last, workers=threads())
        lagged: Array = values.take(lags_of(reach)[-1], axis=last)
        return lagged


class Autocovariance:
    """Autocovariances of both images of a pair, for all lags that hold enough pairs.

    Arrays over lags have the lags 0...M along the first axis and 0...M, -M...-1 along
    the others: half of the plane, since A(-h) = A(h).
    """

    def __init__(self, pair: Centred, *, in_units: bool = False) -> None:
        """Transform both images.

        Parameters
        ----------
        pair : Centred
            Both images in units of their standard deviations.
        in_units : bool
            Whether the metric has the unit of the images (RMSD, Mean Difference), so
            that a gain of one image against the other counts in `lengths`. R ignores
            gains, and so do lengths made for it.
        """
        need_scipy()
        self.pair = pair
        largest = max(pair.spread)
        self._gains = tuple(s / largest for s in pair.spread) if in_units else (1, 1)
        self._lags = Lags(pair.inside.shape)
        self.reach = self._lags.reach
        self._padded = self._lags.padded
        self._x = self._lags.forward(pair.x)
        self._y = self._lags.forward(pair.y)

    @cached_property
    def pairs(self) -> Array:
        """Count the pairs of pixels at each lag, N(h)."""
        inside = self.pair.inside
        if not inside.all():
            spectrum = self._lags.forward(inside.astype(self.pair.x.dtype))
            # These are counts: rounding takes off what the transform added to them.
            return np.rint(self._lags.back(power_of_waves(spectrum), self.reach))
        # Without a mask the counts of an axis multiply, which saves two transforms.
        counts = [
            size - np.abs(lags)
            for size, lags in zip(inside.shape, lags_of(self.reach), strict=True)
        ]
        grid: Array = np.ones(())
        for count in counts:
            grid = np.multiply.outer(grid, count)
        return grid.astype(self.pair.x.dtype)

    @cached_property
    def _powers(self) -> tuple[Array, Array]:
        """Power spectra of both images."""
        return power_of_waves(self._x), power_of_waves(self._y)

    @cached_property
    def of_x(self) -> Array:
        """Sum products of the first image's standardised deviations at each lag."""
        return self._lags.back(self._powers[0], self.reach)

    @cached_property
    def of_y(self) -> Array:
        """Sum products of the second image's standardised deviations at each lag."""
        return self._lags.back(self._powers[1], self.reach)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Return how many pixels along each axis it takes for likeness to fade.

        The longest of x, y and their difference counts: a weak drift of one against the
        other shows in neither image, yet rules how far they differ.
        """
        of_x, of_y = map(self._ends, self._powers)
        cross = self._ends((np.conj(self._x) * self._y).real)
        p, q = self._gains
        apart = [
            p * p * a + q * q * b - 2 * p * q * c
            for a, b, c in zip(of_x, of_y, cross, strict=True)
        ]
        candidates = [self._lengths(ends) for ends in (of_x, of_y, apart)]
        return tuple(max(lengths) for lengths in zip(*candidates, strict=True))

    @cached_property
    def patterns(self) -> tuple[float, float]:
        """Shares of each image's variance that stripes or a lattice have; 0 if none."""
        first, second = map(self._pattern, self._powers)
        return first, second

    @cached_property
    def pattern_of_difference(self) -> float:
        """The same of the difference of both images, each in its own units."""
        p, q = self.pair.spread
        power = power_of_waves(p * self._x - q * self._y)
        return self._pattern(power)

    def _pattern(self, power: Array) -> float:
        return share_of_pattern(power, self.pair.inside.shape, self._lags.padded)

    def variance_if_independent(self) -> float:
        """Return Var(R) between independent images of these autocovariances.

        It is Σ N(h)·Cx(h)·Cy(h) / (n²·Cx(0)·Cy(0)) with C = A/N (Clifford, Richardson &
        Hémon 1989, doi:10.2307/2532039). Deviations are from the sample mean and each
        image's own variance is its A(0), which is Dutilleul's (1993,
        doi:10.2307/2532625) trace of the centred covariances to first order.
        """
        ok = self.pairs >= FEWEST_PAIRS * self.pair.n
        a, b = self.of_x, self.of_y
        terms = np.divide(a * b, self.pairs, where=ok, out=np.zeros_like(a))
        return both_halves(terms) / (float(a.flat[0]) * float(b.flat[0]))

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
        cut = np.ix_(*lags_of(reach))
        n, pairs = self.pair.n, self.pairs[cut].astype(float)
        pairs[pairs < FEWEST_PAIRS * n] = 0
        cross = self._lags.back(np.conj(self._x) * self._y, reach)
        back = self._lags.back(np.conj(self._y) * self._x, reach)
        sums = [self.of_x[cut], self.of_y[cut], cross, back]
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

    def _ends(self, power: Array) -> list[Array]:
        """Return A along each axis, at no lag along the others, up to a factor.

        Summing a power spectrum over an axis is its transform at lag 0 there, so an
        axis costs a sum and a transform of one line instead of one of all lags.
        """
        from scipy.fft import ifft, irfft

        *front, last = range(power.ndim)
        profiles = [
            irfft(power.sum(axis=tuple(front), dtype=np.float64), self._padded[last])
        ]
        twice = np.full(power.shape[last], 2.0, power.dtype)
        twice[0] = 1  # a real transform omits the other half of all but these
        if self._padded[last] % 2 == 0:
            twice[-1] = 1
        rows = power @ twice
        for axis in reversed(front):
            others = tuple(k for k in front if k != axis)
            profiles.insert(0, ifft(rows.sum(axis=others, dtype=np.float64)).real)
        return profiles

    def _lengths(self, ends: list[Array]) -> tuple[int, ...]:
        """Find the lag along each axis at which likeness has faded."""
        lengths = []
        for axis, (profile, reach) in enumerate(zip(ends, self.reach, strict=True)):
            index = tuple(
                slice(reach + 1) if k == axis else 0 for k in range(len(ends))
            )
            pairs = self.pairs[index]
            lengths.append(_faded(profile[: len(pairs)], pairs, self.pair.n))
        return tuple(lengths)


def lags_of(reach: Sequence[int]) -> list[NDArray[np.intp]]:
    """List the lags along each axis, in the order in which a transform has them.

    Of the first axis only lags from 0 up: A(-h) = A(h) gives the other half.
    """
    first, *two_sided = reach
    lags = [np.arange(first + 1)]
    return lags + [np.r_[0 : m + 1, -m:0] for m in two_sided]


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
