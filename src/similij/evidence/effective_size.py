"""Say what the pixels compared are worth as a sample of something larger.

`Sample` holds what the tests and intervals of one pair need, each part worked out when
it is first read: the moments, the autocovariances, the resampling blocks and the
effective number of pixels. It also says when a region is too small for an answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.types import Array
from ..images.pair import Pair
from ..metrics.registry import Metric
from ..moments.centred import Centred, box, centred
from ..moments.exact import means
from ..moments.kernels.parts import dot
from ..moments.moments import (
    SMALLEST_SQUARE,
    TOO_ALIKE,
    TOO_LARGE,
    FloatMoments,
    Moments,
)
from ..moments.of_arrays import moments
from .autocovariance import Autocovariance
from .local_variation import common_variation
from .long_lags import LEAST_FREEDOM, LongLags
from .resampling import (
    Floats,
    OfDifference,
    ResamplingBlocks,
    Scale,
    block_side,
    of_difference,
    quadratic_form,
)
from .studentised import welch

FEWEST_EFFECTIVE = 4.0
"""Effective pixels below which neither test nor interval means anything."""

FEWEST_FREEDOM = 1.0
"""Degrees of freedom of a variance over blocks below which nothing is concluded."""

FEW_FREEDOM = 4.0
"""Degrees of freedom below which intervals are said to be wide: with 2 they held in 98
to 99 of 100 runs, with 7 in 95 to 97 (bench/calibration.py)."""


SPARSE = 9.0
"""Kurtosis above which an image counts as some bright pixels on a dark field; that of
noise is 3, of exponential noise 9."""

FEWEST_MEETING = 3
"""Bright pixels of two images that must meet by chance for R to be nearly normal: of
15 in each of 32 x 32 one pair meets in a fifth of runs, and t gives it p = 0.03."""

FEWEST_BRIGHT = 10
"""Bright pixels that a distance must have: a count of fewer is no normal number."""

_MOST_SQUARE = 2.0**460
"""A mean square beyond this, or below its inverse, has squares and sums of them, which
standard errors of resamples are made of, that leave float64."""


class Added(NamedTuple):
    """What a metric adds for each pixel of a pair of images, standardised.

    Attributes
    ----------
    form : ndarray, (2, 2)
        As a form in both deviations.
    contrast : ndarray, (2,)
        Their difference in its own units, as a sum of them.
    of_difference : OfDifference
        As a sum of that difference.
    """

    form: Floats
    contrast: Floats
    of_difference: OfDifference

    def __neg__(self) -> Added:
        """Return what is taken off."""
        slope, curve = self.of_difference
        return Added(-self.form, self.contrast, OfDifference(-slope, -curve))


def beyond(lags: LongLags, parts: Sequence[Added]) -> tuple[float, float]:
    """Return the variance that blocks do not see, and its freedom.

    Parameters
    ----------
    lags : LongLags
        Of the images of all parts, two by two.
    parts : sequence of Added
        What each pair of them adds.
    """
    of_lags, freedom = lags.variance(_diagonal([part.form for part in parts]))
    contrasts = _diagonal([part.contrast[None] for part in parts])
    slopes, curves = np.transpose([part.of_difference for part in parts])
    of_means = lags.variance_of_means(contrasts, slopes, curves)
    if not of_means:
        return of_lags, freedom
    # One mean is all that is known of it.
    return of_lags + of_means, welch((of_lags, of_means), (freedom, LEAST_FREEDOM))


def _diagonal(parts: Sequence[Floats]) -> Floats:
    """Return a matrix with these along its diagonal, and 0 beside them."""
    rows = [
        [part if k == other else np.zeros_like(part) for other in range(len(parts))]
        for k, part in enumerate(parts)
    ]
    return np.block(rows)


class Sample:
    """The pixels compared, and what follows from how alike their neighbours are.

    Attributes
    ----------
    x, y : ndarray
        Both images, cut to the box of the pixels compared.
    inside : ndarray of bool
        True where pixels of them are compared.
    names : tuple of str
        Of the two images.
    moments : Moments
        Moments of the pixels compared.
    of_box : Moments
        The same of the box: what lies outside of it cannot reach the last digit of a
        p-value, which the sums of the whole images do on some processors.
    """

    x: Array
    y: Array
    inside: NDArray[np.bool_]
    names: tuple[str, str]
    moments: Moments
    of_box: Moments

    def __init__(
        self, pair: Pair, *, in_units: bool = False, like: Sample | None = None
    ) -> None:
        """Cut both images to the box of the pixels compared.

        Parameters
        ----------
        pair : Pair
            The two images, and the mask if there is one.
        in_units : bool
            Whether the metric has the unit of the images, so that a gain of one image
            against the other counts (see `lengths`).
        like : Sample, optional
            Of the same pair, in units or not: what is the same of both is its own.
        """
        self._in_units = in_units
        self._like = like
        if like is not None:
            self.x, self.y, self.inside = like.x, like.y, like.inside
            self.names, self.moments, self.of_box = (
                like.names,
                like.moments,
                like.of_box,
            )
            return
        x, y = np.asarray(pair.x), np.asarray(pair.y)
        inside = np.ones(x.shape, bool)
        if pair.mask is not None:
            inside &= np.asarray(pair.mask)
        for image in (x, y):
            if image.dtype.kind == "f":
                inside &= ~np.isnan(image)
        if x.ndim == 0:
            x, y, inside = x[None], y[None], inside[None]
        self.names = pair.names
        # Of the images as they came and not of their box, whose sums would add up in
        # another order: so the last digit is that of `compare`.
        mask = None if pair.mask is None else np.asarray(pair.mask)
        self.moments = self.of_box = moments(x, y, mask)
        if inside.any():
            cut = box(inside)
            if inside[cut].size < inside.size:
                x, y, inside = x[cut], y[cut], inside[cut]
                self.of_box = moments(x, y, inside)
        self.x, self.y, self.inside = x, y, inside

    @property
    def varies(self) -> bool:
        """Whether there is something to resample: finite pixels, not all constant."""
        m = self.moments
        finite = m.n > 1 and not m.infinite and all(map(math.isfinite, m.deviations))
        lost = isinstance(m, FloatMoments) and any(
            v < SMALLEST_SQUARE * m.n and not constant
            for v, constant in zip((m.m2_x, m.m2_y), m.constant, strict=True)
        )
        return finite and not lost and not all(m.constant)

    @property
    def beyond(self) -> str:
        """Say why float64 cannot resample values in their units; empty if it can."""
        m = self.moments
        if not isinstance(m, FloatMoments) or not m.n:
            return ""
        squares = [m.sum_sq] if m.sum_abs else []
        of_images = zip((m.m2_x, m.m2_y), m.constant, strict=True)
        squares += [square for square, constant in of_images if not constant]
        if not all(square / m.n < _MOST_SQUARE for square in squares):
            return TOO_LARGE
        return TOO_ALIKE if any(s / m.n < 1 / _MOST_SQUARE for s in squares) else ""

    @cached_property
    def centred(self) -> Centred:
        """Both images about their means, in units of their standard deviations."""
        if self._like is not None:
            return self._like.centred
        return centred(self.x, self.y, self.inside, self.of_box)

    @cached_property
    def neighbours(self) -> Autocovariance:
        """Autocovariances of both images."""
        if self._like is not None:
            return self._like.neighbours
        return Autocovariance(self.centred)

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many pixels along each axis it takes for likeness to fade.

        R ignores gains, and so do lengths made for it; for RMSD or Mean Difference a
        gain of one image against the other counts.
        """
        of_pair = self.neighbours
        return of_pair.lengths_in_units if self._in_units else of_pair.lengths

    @property
    def _alike(self) -> Sample | None:
        """The other sample of the same pair, where its blocks are as large."""
        like = self._like
        if like is None or self._side != like._side:
            return None
        return like

    @property
    def _side(self) -> tuple[int, ...]:
        return block_side(self.x.shape, self.lengths)

    @cached_property
    def blocks(self) -> ResamplingBlocks:
        """Resampling blocks as long as likeness lasts."""
        if self._alike is not None:
            return self._alike.blocks
        return ResamplingBlocks(self.x, self.y, self.inside, self._side)

    @cached_property
    def long_lags(self) -> LongLags:
        """Covariances of both images at lags beyond the blocks."""
        if self._alike is not None:
            return self._alike.long_lags
        pair = self.centred
        return LongLags([pair.x, pair.y], pair.inside, self.blocks.side)

    def beyond_blocks(self, metric: Metric, scale: Scale) -> tuple[float, float]:
        """Return the variance of a metric that blocks do not see, and its freedom."""
        return beyond(self.long_lags, [self.added(self.blocks.slopes(metric, scale))])

    def added(self, slopes: Floats) -> Added:
        """Return what a metric of these slopes adds for each pixel, standardised."""
        pair = self.centred
        first, second = pair.spread
        r = dot(pair.x, pair.y) / pair.n
        apart = max(first**2 + second**2 - 2 * r * first * second, 0.0)
        mean_x, mean_y = means(self.of_box)
        of_pixel = of_difference(slopes, float(mean_x - mean_y), math.sqrt(apart))
        form = quadratic_form(slopes, of_pixel.curve) * np.outer(
            pair.spread, pair.spread
        )
        return Added(form, np.array([first, -second]), of_pixel)

    @cached_property
    def variance_if_independent(self) -> float:
        """Var(R) were the images independent; NaN where it has no value.

        Never below 1/(n - 1), that of independent pixels, so that pixels are not worth
        more than they are.
        """
        if not self.varies or any(self.moments.constant) or self.pattern():
            return math.nan
        variance = self.neighbours.variance_if_independent()
        if not variance > 0:
            return math.nan
        # Never lowered: where the images vary in different places Q is below 1, but
        # noise alone puts it there as often as above.
        variance *= max(1.0, self.common_variation)
        return max(variance, 1 / (self.moments.n - 1))

    @cached_property
    def common_variation(self) -> float:
        """How many times Var(R) is larger as both images vary in the same places."""
        return common_variation(self.centred, self.lengths)

    @property
    def n_effective(self) -> float:
        """Number of independent pixels that would have this Var(R)."""
        return 1 + 1 / self.variance_if_independent

    def pattern(self, metric: Metric | None = None) -> str:
        """Say that a pattern repeats over the region; empty if none does.

        Two images must have one to make R a matter of their phases. RMSD and Mean
        Difference are of the difference, and of both: where two patterns happen to lie
        on one another they cancel in it, and that is a matter of phases, too.
        """
        share = 0.0
        if metric is not None and metric.rescaled:
            share = self.neighbours.pattern_of_difference
            what, shares = "the difference of the images repeats", f"{share:.0%}"
        if not share:
            patterns = self.neighbours.patterns
            share = min(patterns)
            what = "both images repeat"
            shares = " and ".join(f"{k:.0%}" for k in patterns)
        if not share:
            return ""
        return (
            f"{what} a pattern (stripes, a lattice: {shares.replace('%', ' %')} of the "
            "variance), and however often it repeats it is one observation: filter it "
            "out first"
        )

    def sparse(self, metric: Metric | None = None) -> str:
        """Say that too few bright pixels make the number; empty if enough do.

        Of two images of some photons R is how many meet: 0 or 1, where t takes it as
        normal. An image of kurtosis k is as one of n/k equally bright pixels, so that
        n/(k1 k2) of two meet by chance.
        """
        pair = self.centred
        if metric is not None and metric.rescaled:
            first, second = pair.spread
            apart = first * pair.x - second * pair.y
            bright = pair.n / _kurtosis(apart, pair.n)
            if bright < FEWEST_BRIGHT:
                return (
                    f"the images differ in the brightness of {bright:.0f} pixels only, "
                    f"{FEWEST_BRIGHT} are needed: take a larger region"
                )
            if apart.any():
                return ""
        kurtoses = self._kurtoses
        meeting = pair.n / math.prod(kurtoses)
        if min(kurtoses) <= SPARSE or meeting >= FEWEST_MEETING:
            return ""
        counts = " and ".join(f"{pair.n / k:.0f}" for k in kurtoses)
        return (
            f"{counts} bright pixels make the images, of which {meeting:.2g} meet by "
            f"chance, {FEWEST_MEETING} are needed: only shuffles tell what chance does "
            "(method='permutation', pearson_p_permutation)"
        )

    @cached_property
    def _kurtoses(self) -> tuple[float, float]:
        """Kurtosis of both images."""
        pair = self.centred
        return _kurtosis(pair.x, pair.n), _kurtosis(pair.y, pair.n)

    def too_small(self) -> str:
        """Say why the region is too small for a test; empty if it is not."""
        pattern = self.pattern()
        if pattern:
            return pattern
        if math.isnan(self.variance_if_independent):
            return (
                "the autocorrelations do not fade within the region, so it has no "
                "effective number of pixels: take a larger region, or take a trend off"
            )
        if self.n_effective < FEWEST_EFFECTIVE:
            return (
                f"the region is worth {self.n_effective:.1f} independent pixels only, "
                f"{FEWEST_EFFECTIVE:g} are needed: take a larger region"
            )
        return spread_reason(self.blocks)


def _kurtosis(image: Array, n: int) -> float:
    """Return the kurtosis of deviations from the mean; 1 where there are none."""
    squares = np.square(image)
    second, fourth = float(squares.sum()) / n, dot(squares, squares) / n
    return fourth / second**2 if second**2 > 0 else 1.0


def spread_reason(blocks: ResamplingBlocks) -> str:
    """Say why blocks give no variance; empty if they do."""
    if blocks.shared < 1 and blocks.freedom >= FEWEST_FREEDOM:
        return ""
    return (
        f"neighbours are alike over {blocks.size} pixels, of which the region holds "
        "too few: take a larger region"
    )


def few_reason(metric: Metric, blocks: ResamplingBlocks) -> str:
    """Say that resamples of so few bright places have no spread to measure."""
    return (
        f"{metric.label} hangs on a few blocks of {blocks.size} pixels: too many "
        "resamples miss them all, and have no value or no error: take a larger region"
    )


def wide_reason(blocks: ResamplingBlocks) -> str:
    """Say that an interval from these blocks is wider than need be, where it is."""
    if blocks.freedom >= FEW_FREEDOM:
        return ""
    return (
        f"the region is only a few structures wide ({blocks.freedom:.1f} degrees of "
        "freedom), so the interval is wider than need be, and a p from it larger"
    )
