"""Add to a variance over blocks what blocks cannot see: likeness over longer lags.

Blocks are as long as the finest structure lasts, so fine texture on broad shading gets
short ones, and what the shading adds lies beyond them: intervals held in 0.86 to 0.90
of runs instead of 0.95 (docs/significance.md). Over those lags the two images are taken
as jointly Gaussian, as Bartlett's (1946, doi:10.2307/2983611) variance of R does; near
ones, where spots are far from it, stay with the blocks.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from ..moments.kernels.parts import on_threads
from .autocovariance import FEWEST_PAIRS, Lags, both_halves, lags_of, power_of_waves
from .resampling import Floats, rows_of_blocks, summed

MOST_BINS = 1 << 16
"""Bins that pixels are summed in before long lags are looked at: what lies beyond two
blocks is broad, and all pixels of 2048 x 2048 would cost six more transforms."""

REACHES = (0.05, 0.1, 0.2, 0.3, 0.4)
"""Shares of the box along each axis up to which covariances may say how a mean varies.
Farther than they last they are noise, and nearer they miss four fifths of it in 1/f
fields (docs/significance.md)."""

AS_LONG = 3.0
"""Times the length that covariances last, up to which they are summed: the window that
grows with its own sum, as for the mean of a series (Sokal 1997,
doi:10.1007/978-1-4899-0319-8_6)."""

TINY = 1e-9
"""Share of the pairs of pixels below which none are beyond a lag."""

LEAST_FREEDOM = 1.0
"""Degrees of freedom of what is known of structures as broad as the region."""


class LongLags:
    """Covariances of several images of the same pixels at lags beyond the blocks.

    Parameters
    ----------
    images : sequence of ndarray
        Deviations from the mean; 0 where not compared.
    inside : ndarray of bool
        True where pixels are compared.
    side : tuple of int
        Sides of the resampling blocks.
    """

    def __init__(
        self,
        images: Sequence[Array],
        inside: NDArray[np.bool_],
        side: tuple[int, ...],
    ) -> None:
        bins = _bins(inside.shape, side)
        counts = _summed(inside, bins)
        self._lags = Lags(counts.shape)
        self._images = [_summed(image, bins) for image in images]
        reach = self._lags.reach
        squares = power_of_waves(self._lags.forward(counts))
        self.pairs: Floats = np.rint(self._lags.back(squares, reach))
        """Pairs of compared pixels at each lag."""
        self.n = float(counts.sum())
        # Blocks and those that touch them take in one side, and less up to two.
        seen = np.ones(())
        for lags, step, block in zip(lags_of(reach), bins, side, strict=True):
            seen = np.multiply.outer(seen, np.clip(2 - abs(lags) * step / block, 0, 1))
        enough = self.pairs >= FEWEST_PAIRS * self.n
        self._near: Floats = seen * enough
        self._beyond: Floats = (1 - seen) * enough
        self._enough = enough
        self._size = counts.shape

    @cached_property
    def covariances(self) -> Floats:
        """Mean products of any two images at each lag, (images, images, lags...)."""
        spectra = [self._lags.forward(image) for image in self._images]
        count, reach = len(spectra), self._lags.reach
        sums = np.empty((count, count, *self.pairs.shape))
        for i, j in itertools.product(range(count), repeat=2):
            sums[i, j] = self._lags.back(np.conj(spectra[i]) * spectra[j], reach)
        means: Floats = sums / np.maximum(self.pairs, 1)
        return means

    def variance(self, form: Floats) -> tuple[float, float]:
        """Return what long lags add to the variance of a sum, and its freedom.

        Of jointly Gaussian images v, the products v'Fv of two pixels have the
        covariance 2 tr(F C F C') at their lag. Squares of covariances that are only
        noise add up over many lags; what they add is known, as two products at a long
        lag go together as their pixels do: tr(F C)^2 over all near lags. It is taken
        off again. Products of the covariances of two halves of the region need no such
        term, but halves that touch share a fifth of their noise, and widened intervals
        of RMSD by a quarter where there is nothing to add (docs/significance.md).

        Parameters
        ----------
        form : ndarray, (images, images)
            F, symmetric: what the sum adds for each pixel is v'Fv.

        Returns
        -------
        variance, freedom : float
            0 and up; degrees of freedom of this part.
        """
        if not np.isfinite(form).all():  # where the metric has no slope
            return 0.0, math.inf
        c = self.covariances
        product = np.einsum("ab,bc...->ac...", form, c)
        squares = np.einsum("ac...,cd,ad...->...", product, form, c)
        weighted = self._beyond * self.pairs * squares
        # Pairs of pixels per pair of bins, of pixels alone 1.
        same = float(self.pairs.flat[0])
        per_bin = (same / self.n) ** 2
        traces = np.einsum("aa...->...", product)
        noise = both_halves(self._near * self.pairs * traces**2) / same * per_bin
        found = both_halves(weighted)
        variance = 2 * (found - noise * both_halves(self._beyond))
        if not variance > 0:
            return 0.0, math.inf
        # As for blocks: one over the share of all pairs that lie so near each other.
        lags = found**2 / both_halves(weighted**2)
        return variance, max(LEAST_FREEDOM, self.n**2 / same / lags - 1)

    def variance_of_means(
        self, contrasts: Floats, slopes: Floats, curves: Floats
    ) -> float:
        """Return what the means over the region add to the variance of a metric.

        Pixels are about their means here, and what all of them share is in no lag: in
        a region as small as its shading that is a quarter of the variance of RMSD.

        Parameters
        ----------
        contrasts : ndarray, (parts, images)
            What differences of means the metric is made of, in the units of `images`.
        slopes, curves : ndarray, (parts,)
            A mean that is off by d adds n (slope d + curve d²). Blocks know of the
            first as far as they reach.

        Returns
        -------
        float
            0 and up.
        """
        both = np.array([slopes, curves])
        if not both.any() or not np.isfinite(both).all():
            return 0.0  # R is of deviations from the means, wherever those are
        c = np.einsum("pi,ij...,qj->pq...", contrasts, self.covariances, contrasts)
        seen, every = (
            self._of_means(c, lags) for lags in (self._near, self._as_long(c))
        )
        linear = max(float(slopes @ (every - seen) @ slopes), 0.0)
        # A covariance from few pairs may be one that no two means can have.
        values, axes = np.linalg.eigh(every)
        every = axes * np.maximum(values, 0) @ axes.T
        square = float(curves @ every**2 @ curves)
        return self.n**2 * (linear + 2 * square)

    def _as_long(self, covariances: Floats) -> Floats:
        """Return the lags up to which any of some differences is alike, from 0 to 1.

        They are in a box that is `AS_LONG` times as far as the radius of the disc that
        holds what covariances inside it add up to. What blocks see is in it.
        """
        ndim = len(self._size)
        of_unit = math.pi ** (ndim / 2) / math.gamma(ndim / 2 + 1)
        lags = self._near
        for share in REACHES:
            box = np.ones((), bool)
            for along, size in zip(lags_of(self._lags.reach), self._size, strict=True):
                box = np.logical_and.outer(box, abs(along) <= share * size)
            lags = np.maximum(box * self._enough, self._near)
            volume = max(
                self._volume(covariances[p, p], lags) for p in range(len(covariances))
            )
            radius = (volume / of_unit) ** (1 / ndim)
            if share * math.prod(self._size) ** (1 / ndim) >= AS_LONG * radius:
                break
        return lags

    def _volume(self, covariances: Floats, lags: Floats) -> float:
        """Return the bins that are as good as one, by what covariances add up to."""
        if not covariances.flat[0] > 0:
            return 0.0
        pairs = lags * self.pairs
        # Of deviations from the mean, whose covariances are that much too small.
        kept = 1 - both_halves(pairs) / self.n**2
        total = both_halves(pairs * covariances) / max(kept, TINY)
        return max(total, 0.0) / float(pairs.flat[0] * covariances.flat[0])

    def _of_means(self, covariances: Floats, lags: Floats) -> Floats:
        """Return the covariances of the means, from those over some lags.

        All products of deviations add up to 0. What those at these lags add up to is
        missing from the pairs beyond, where nothing is alike: divided by their number
        it is what the mean took off each.
        """
        pairs = lags * self.pairs
        beyond = self.n**2 - both_halves(pairs)
        sums = np.zeros(covariances.shape[:2])
        if beyond > 0:
            for p, q in np.ndindex(*sums.shape):
                sums[p, q] = both_halves(pairs * covariances[p, q]) / beyond
        means: Floats = (sums + sums.T) / 2
        return means


def _bins(shape: tuple[int, ...], side: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sides of bins: few enough of them, and two at least to a block."""
    most = [max(1, block // 2) for block in side]
    step = 1
    while step < max(most):
        bins = tuple(min(step, k) for k in most)
        counts = [-(-size // k) for size, k in zip(shape, bins, strict=True)]
        if math.prod(counts) <= MOST_BINS:
            return bins
        step += 1
    return tuple(most)


def _summed(image: Array, bins: tuple[int, ...]) -> Floats:
    """Sum the pixels of each bin."""

    def work(rows: slice) -> Floats:
        values = image[rows]
        if values.dtype.kind == "b":
            values = values.astype(np.float64)
        return summed(values, bins).astype(np.float64, copy=False)

    return np.concatenate(on_threads(work, rows_of_blocks(image.shape, bins)))
