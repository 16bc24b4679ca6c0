"""Test a likeness against chance: by effective pixels, shuffles, or resampled blocks.

Each way takes a `Sample` and returns p, an interval, or why there is none. The function
`significance` and the metrics of that group are made of these.
"""

from __future__ import annotations

import math

import numpy as np

from ..metrics.defaults import available
from ..metrics.registry import Metric
from .effective_size import Sample, spread_reason, wide_reason
from .resampling import Scale, scale_of
from .shuffling import Floats, shuffled
from .studentised import (
    NORMAL,
    between,
    errors_of,
    share_as_far,
    share_beyond,
    student_p,
    studentised,
    t_quantile,
)

BROADER = 4
"""Times the interval's variance above which Var(R) makes the note speak of shading."""

FEWEST_BLOCKS = 6
"""Blocks below which a shuffle has too few orders (6! is 720)."""

Answer = tuple[float, float, float, str]
"""p, both ends of the interval, and why one is NaN or what else the note must say."""


def by_effective_pixels(sample: Sample, r: float) -> Answer:
    """Test R by t on the effective pixels, and give it an interval by Fisher.

    p and the interval are made in two ways on purpose. Effective pixels are right for
    independent images, which is what p asks about. An interval from them held the true
    R in 0.65 of runs with cells that are alike, so that comes from blocks instead
    (docs/significance.md, "What does not work").
    """
    reason = sample.too_small()
    if reason:
        return math.nan, math.nan, math.nan, reason
    freedom = sample.n_effective - 2
    t = math.inf if abs(r) == 1 else r * math.sqrt(freedom / (1 - r * r))
    p = student_p(t, freedom)
    if abs(r) == 1:
        return p, r, r, ""
    _, scale = _pearson()
    z, half = scale.to(r), _half_width(sample)
    if sample.variance_if_independent > BROADER * (half / NORMAL) ** 2:
        reason = (
            "structures larger than the blocks (shading, a trend) count in p and in "
            "n_effective but not in the interval, which may be too narrow"
        )
    reason = reason or wide_reason(sample.blocks)
    return p, scale.back(z - half), scale.back(z + half), reason


def _half_width(sample: Sample) -> float:
    """Return half the width of the interval of atanh R.

    Blocks assume nothing and scatter; autocovariances are sharp, but only where both
    images are Gaussian: a few bright cells make R less sure than they know. The blocks'
    width stands where it is the larger, else the mean of both. Autocovariances alone
    held the true R in 0.85 of runs with such cells.
    """
    blocks = sample.blocks
    influence = blocks.influence(*_pearson())
    of_blocks = math.sqrt(blocks.variance(influence))
    of_blocks *= t_quantile(blocks.freedom_of(influence))
    gaussian = sample.neighbours.variance_if_gaussian()
    if not gaussian > 0:
        return of_blocks
    return max(of_blocks, (of_blocks + NORMAL * math.sqrt(gaussian)) / 2)


def shuffles(sample: Sample, n_resamples: int, seed: int) -> tuple[Floats, Floats]:
    """Return R of every shuffle of image 2's blocks, and the pixels each R is of."""
    random = np.random.default_rng(seed)
    return shuffled(sample.centred, sample.blocks.side, random, n_resamples)


def no_shuffle(sample: Sample) -> str:
    """Say why the region is too small to shuffle; empty if it is not."""
    reason = sample.too_small()
    if not reason and len(sample.blocks.used) < FEWEST_BLOCKS:
        return (
            f"the region has {len(sample.blocks.used)} blocks, {FEWEST_BLOCKS} are "
            "needed for a shuffle: take a larger region"
        )
    return reason


def by_shuffles(
    sample: Sample, r: float, n_resamples: int, seed: int
) -> tuple[float, str]:
    """Return p of R among shuffles, or NaN and the reason.

    Shuffling breaks the likeness of neighbours at the edges of blocks, so that shuffled
    R vary less than they should: as they are, 0.085 to 0.14 of pairs of independent
    smooth images got p below 0.05. So both are studentised (DiCiccio & Romano 2017,
    doi:10.1080/01621459.2016.1202117): shuffled R by the spread of shuffles, R itself
    by that of independent images.
    """
    reason = no_shuffle(sample)
    if reason:
        return math.nan, reason
    moved, n = shuffles(sample, n_resamples, seed)
    return among_shuffles(sample, r, moved, n), ""


def among_shuffles(sample: Sample, r: float, moved: Floats, n: Floats) -> float:
    """Return the two-sided p of R among shuffled R, each of which is of n pixels."""
    # Blocks overlap in part at the edges of a region: R of fewer pixels scatters more.
    chance = moved * np.sqrt(n / sample.centred.n)
    spread = math.sqrt(float(np.mean(chance**2)))
    own = r / math.sqrt(sample.variance_if_independent)
    return share_as_far(chance, own * spread)


def by_blocks(
    sample: Sample, metric: Metric, value: float, n_resamples: int, seed: int
) -> Answer:
    """Give any metric an interval, and R its p, by a studentised bootstrap of blocks.

    Percentile and BCa intervals of the same resamples were no better than Student's t
    (docs/significance.md).
    """
    none, scale = math.nan, scale_of(metric)
    if sample.beyond:
        return none, none, none, sample.beyond
    if not sample.varies or not math.isfinite(scale.to(value)):
        return none, value, value, f"{metric.label} is {value:g} in every resample"
    reason = spread_reason(sample.blocks)
    if reason:
        return none, none, none, reason
    blocks = sample.blocks
    influence = blocks.influence(metric, scale)
    error = math.sqrt(blocks.variance(influence))
    draws = blocks.draws(np.random.default_rng(seed), n_resamples)
    drawn, slopes = blocks.resampled(draws, metric, scale)
    squared = errors_of(draws, blocks.table[blocks.used], slopes)
    freedoms = blocks.freedom_of(influence), len(blocks.used) - 1
    t = studentised(drawn - scale.to(value), squared, *freedoms)
    if not t.size:  # what varies is beyond the digits of float64
        return none, value, value, f"{metric.label} is {value:g} in every resample"
    low, high = between(scale, value, error, t)
    reason = wide_reason(blocks)
    if metric.name != "pearson":
        reasons = filter(None, (f"{metric.label} has no value by chance", reason))
        return none, low, high, "; ".join(reasons)
    return share_beyond(t, scale.to(value) / error), low, high, reason


def _pearson() -> tuple[Metric, Scale]:
    metric = available()["pearson"]
    return metric, scale_of(metric)
