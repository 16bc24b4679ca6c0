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
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..ground.optional import needed
from ..ground.types import Array
from ..moments.centred import Centred
from ..moments.kernels.parts import threads
from ..moments.transforms import (
    back_in_columns,
    back_in_rows,
    both_of_pairs,
    in_columns,
    in_rows,
)
from .periodic import in_cells, share_of_pattern

T = TypeVar("T")
Reach: TypeAlias = Sequence[int]

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

    def rows(self, image: Array) -> Array:
        """Transform an array along its rows."""
        return in_rows(image, self.padded[-1])

    def forward(self, image: Array) -> Array:
        """Transform an array."""
        from scipy.fft import fft

        spectrum = self.rows(image)
        for axis, length in enumerate(self.padded[:-1]):
            spectrum = fft(spectrum, length, axis=axis, workers=threads())
        return spectrum

    def back(self, spectrum: Array, reach: Sequence[int]) -> Array:
        """Transform back, cut to the lags up to `reach`."""
        *front, last = lags_of(reach)
        rows = back_in_columns(spectrum, front)
        return back_in_rows(rows, self.padded[-1], last)

    def columns(self, rows: Sequence[Array], work: Callable[..., T]) -> list[T]:
        """Hand on the columns of whole transforms, some at a time."""
        return in_columns(rows, self.padded, work)

    def of_products(
        self, rows: Sequence[Array], pairs: Sequence[tuple[int, int]], reach: Reach
    ) -> list[Array]:
        """Sum the products at each lag, for pairs of what `rows` made of arrays."""
        *front, last = lags_of(reach)
        found = [self._lines(rows[0], front) for _ in pairs]

        def of_part(columns: slice, *parts: Array) -> None:
            for out, (one, two) in zip(found, pairs, strict=True):
                product = np.conj(parts[one])
                product *= parts[two]
                out[..., columns] = back_in_columns(product, front)

        self.columns(rows, of_part)
        return [back_in_rows(out, self.padded[-1], last) for out in found]

    def of_powers(
        self, rows: Sequence[Array], look: Callable[..., tuple[Sequence[Array], T]]
    ) -> tuple[list[Array], list[T]]:
        """Sum the products of each array with itself, at each lag up to the reach.

        A power spectrum is real, which halves its transform; that it is the one forward
        and not back only mirrors lags, of which both halves are alike.

        Parameters
        ----------
        rows : sequence of ndarray
            What `rows` made of arrays.
        look : callable
            Is given what `in_columns` hands on, and returns the power spectra with
            something else, which is returned in a list, too.
        """
        from scipy.fft import fft, rfft

        *front, last = lags_of(self.reach)
        found = [self._lines(row, front) for row in rows]

        def of_part(columns: slice, *parts: Array) -> T:
            powers, seen = look(columns, *parts)
            for out, power in zip(found, powers, strict=True):
                lagged = power
                for axis, lags in enumerate(front):
                    transform = fft if axis else rfft
                    lagged = transform(lagged, axis=axis, norm="forward")
                    lagged = lagged.take(lags, axis=axis)
                np.conj(lagged, out=out[..., columns])
            return seen

        seen = self.columns(rows, of_part)
        return [back_in_rows(out, self.padded[-1], last) for out in found], seen

    def _lines(self, rows: Array, front: Sequence[Array]) -> Array:
        """Make room for columns that are transformed back."""
        return np.empty((*map(len, front), rows.shape[-1]), rows.dtype)


class _Looked(NamedTuple):
    """What was made of the power spectra of both images and of their difference.

    Attributes
    ----------
    of_x, of_y : ndarray
        Sums of products of each image at each lag.
    ends : list of ndarray, (3, ...)
        Sums of the three spectra over all axes but one, for the axes in turn.
    cells : ndarray, (2, ...)
        Power of both images in the cells of `periodic`.
    """

    of_x: Array
    of_y: Array
    ends: list[Array]
    cells: Array


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
        self._rows = [self._lags.rows(image) for image in (pair.x, pair.y)]

    @cached_property
    def pairs(self) -> Array:
        """Count the pairs of pixels at each lag, N(h)."""
        inside = self.pair.inside
        if not inside.all():
            rows = [self._lags.rows(inside.astype(self.pair.x.dtype))]
            # These are counts: rounding takes off what the transform added to them.
            [pairs], _ = self._lags.of_powers(
                rows, lambda _, part: ([power_of_waves(part)], None)
            )
            return np.rint(pairs, out=pairs)
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
    def _looked(self) -> _Looked:
        """All that power spectra are looked at for, while they are in the cache."""
        from ..moments.kernels.spectra import powers

        *front, last = self._lags.padded
        twice = both_of_pairs(last)
        # Of the type of the spectra, as a loop widens to the widest type it meets.
        first, second = map(self.pair.x.dtype.type, self._gains)
        gains = first, second

        def look(columns: slice, *parts: Array) -> tuple[list[Array], list[Array]]:
            one, two = (part.reshape(-1, part.shape[-1]) for part in parts)
            of_x, of_y = (np.empty(one.shape, one.real.dtype) for _ in parts)
            along, across = np.zeros((3, one.shape[1])), np.zeros((3, len(one)))
            powers(one, two, gains, twice[columns], of_x, of_y, along, across)
            both = [power.reshape(parts[0].shape) for power in (of_x, of_y)]
            return both, [along, across, np.stack([*map(in_cells, both)])]

        (of_x, of_y), seen = self._lags.of_powers(self._rows, look)
        along, across, cells = zip(*seen, strict=True)
        rows = np.sum(across, axis=0).reshape(3, *front)
        axes = range(1, len(front) + 1)
        ends = [rows.sum(axis=tuple(a for a in axes if a != axis)) for axis in axes]
        ends.append(np.concatenate(along, axis=-1))
        return _Looked(of_x, of_y, ends, np.concatenate(cells, axis=-1))

    @property
    def of_x(self) -> Array:
        """Sum products of the first image's standardised deviations at each lag."""
        return self._looked.of_x

    @property
    def of_y(self) -> Array:
        """Sum products of the second image's standardised deviations at each lag."""
        return self._looked.of_y

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Return how many pixels along each axis it takes for likeness to fade.

        The longest of x, y and their difference counts: a weak drift of one against the
        other shows in neither image, yet rules how far they differ.
        """
        candidates = [self._lengths(ends) for ends in self._ends()]
        return tuple(max(lengths) for lengths in zip(*candidates, strict=True))

    @cached_property
    def patterns(self) -> tuple[float, float]:
        """Shares of each image's variance that stripes or a lattice have; 0 if none."""
        first, second = map(self._pattern, self._looked.cells)
        return first, second

    @cached_property
    def pattern_of_difference(self) -> float:
        """The same of the difference of both images, each in its own units."""
        p, q = self.pair.spread
        cells = self._lags.columns(
            self._rows, lambda _, x, y: in_cells(power_of_waves(p * x - q * y))
        )
        return self._pattern(np.concatenate(cells, axis=-1))

    def _pattern(self, cells: Array) -> float:
        return share_of_pattern(cells, self.pair.inside.shape, self._lags.padded)

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
        cross, back = self._lags.of_products(self._rows, [(0, 1), (1, 0)], reach)
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

    def _ends(self) -> list[list[Array]]:
        """Return A of x, y and their difference along each axis, up to a factor.

        Summing a power spectrum over an axis is its transform at lag 0 there, so an
        axis costs a sum and a transform of one line instead of one of all lags.
        """
        from scipy.fft import ifft, irfft

        *front, last = self._looked.ends
        profiles = [ifft(sums).real for sums in front]
        profiles.append(irfft(last, self._lags.padded[-1]))
        return [[*of_spectrum] for of_spectrum in zip(*profiles, strict=True)]

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
