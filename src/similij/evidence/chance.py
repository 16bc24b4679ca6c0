"""Chance against a likeness, three ways: effective pixels, shuffles, resampled blocks.

What `significance` and the metrics of that name are made of, from a `Sample`.
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
"""Times the variance of the interval that Var(R) may be without a word."""

FEWEST_BLOCKS = 6
"""Blocks below which a shuffle has too few orders (6! is 720)."""

Found = tuple[float, float, float, str]
"""p, an interval, and why one of them is NaN or what needs saying."""


def by_effective_pixels(sample: Sample, r: float) -> Found:
    """Return p by t on the effective pixels, an interval by Fisher, and a word."""
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
    """Half of the interval of atanh R, by blocks and by autocovariances.

    Blocks assume nothing and scatter; autocovariances say it sharply, but only where
    both images are Gaussian: a few bright cells make R less sure than they know. Where
    blocks say more, they are believed, else the middle of both is.
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
    """R of every shuffle of the blocks of image 2, and the pixels that it is of."""
    random = np.random.default_rng(seed)
    return shuffled(sample.centred, sample.blocks.side, random, n_resamples)


def no_shuffle(sample: Sample) -> str:
    """Why the region is too small to shuffle; empty if it is not."""
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
    """Return p of R among shuffles, or NaN and why.

    Shuffling breaks the likeness of neighbours at the edges of blocks, so that shuffled
    R vary less than they should. Studentised (DiCiccio & Romano 2017) they need not:
    shuffled R by the spread of shuffles, R itself by that of independent images.
    """
    reason = no_shuffle(sample)
    if reason:
        return math.nan, reason
    moved, n = shuffles(sample, n_resamples, seed)
    return among_shuffles(sample, r, moved, n), ""


def among_shuffles(sample: Sample, r: float, moved: Floats, n: Floats) -> float:
    """Two-sided p of R among shuffled R, a pixel count for each."""
    chance = moved * np.sqrt(n / sample.centred.n)
    spread = math.sqrt(float(np.mean(chance**2)))
    own = r / math.sqrt(sample.variance_if_independent)
    return share_as_far(chance, own * spread)


def by_blocks(
    sample: Sample, metric: Metric, value: float, n_resamples: int, seed: int
) -> Found:
    """Return p of R, the interval by a studentised bootstrap of blocks, and a word."""
    none, scale = math.nan, scale_of(metric)
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
    low, high = between(scale, value, error, t)
    word = wide_reason(blocks)
    if metric.name != "pearson":
        words = filter(None, (f"{metric.label} has no value by chance", word))
        return none, low, high, "; ".join(words)
    return share_beyond(t, scale.to(value) / error), low, high, word


def _pearson() -> tuple[Metric, Scale]:
    metric = available()["pearson"]
    return metric, scale_of(metric)
