"""Test a likeness against chance: by effective pixels, shuffles, or resampled blocks.

Each way takes a `Sample` and returns p, an interval, or why there is none. The function
`significance` and the metrics of that group are made of these.
"""

from __future__ import annotations

import math

import numpy as np

from ..metrics.defaults import available
from ..metrics.registry import Metric
from .effective_size import Sample, few_reason, spread_reason, wide_reason
from .resampling import Scale, scale_of
from .shuffling import Floats, shuffled
from .studentised import (
    CONFIDENCE,
    NORMAL,
    between,
    errors_of,
    share_beyond,
    share_from,
    student_p,
    studentised,
    t_quantile,
    welch,
)

SIGNIFICANT = 0.05
"""p at or below which an interval of 95 % leaves out 0."""

BROADER = 1.2
"""Times the width that blocks alone give from which the note speaks of shading."""

ALIKE_PLACES = 1.5
"""Times Var(R) of images alike everywhere from which a note names it as a cause."""

FEWEST_BLOCKS = 6
"""Blocks below which a shuffle has too few orders (6! is 720)."""

TIE = 64
"""Times the last digit of the pixels' type by which two R may differ and be equal: sums
of the same photons in another order."""

Answer = tuple[float, float, float, str]
"""p, both ends of the interval, and why one is NaN or what else the note must say."""


def effective_p(sample: Sample, r: float) -> float:
    """Return p of t on the effective pixels."""
    freedom = sample.n_effective - 2
    t = math.inf if abs(r) == 1 else r * math.sqrt(freedom / (1 - r * r))
    return student_p(t, freedom)


def by_effective_pixels(sample: Sample, r: float) -> Answer:
    """Test R by t on the effective pixels, and give it an interval by Fisher.

    p and the interval are made in two ways on purpose. Effective pixels are right for
    independent images, which is what p asks about. An interval from them held the true
    R in 0.65 of runs with cells that are alike, so that comes from blocks instead
    (docs/significance.md, "What does not work").
    """
    reason = sample.too_small() or sample.sparse()
    if reason:
        return math.nan, math.nan, math.nan, reason
    p = effective_p(sample, r)
    if abs(r) == 1:
        return p, r, r, ""
    metric, scale = _pearson()
    influence = sample.blocks.influence(metric, scale)
    alone = sample.blocks.alone(influence, metric)
    if alone:
        return p, math.nan, math.nan, alone
    z, near = scale.to(r), _half_width(sample, influence)
    beyond, freedom = sample.beyond_blocks(metric, scale)
    half = math.hypot(near, t_quantile(freedom) * math.sqrt(beyond))
    low, high = scale.back(z - half), scale.back(z + half)
    reasons = (
        wide_reason(sample.blocks),
        broad_reason(half, near),
        _contradiction(sample, p, low, high),
    )
    return p, low, high, "; ".join(filter(None, reasons))


def broad_reason(half: float, near: float) -> str:
    """Say that structures beyond the blocks widen the interval, where they do."""
    if half < BROADER * near or not near:
        return ""
    return (
        "structures larger than the blocks (shading, a trend) make the interval "
        f"{half / near:.1f} times as wide: take them off if you do not ask for them"
    )


def _contradiction(sample: Sample, p: float, low: float, high: float) -> str:
    """Say that p and an interval of R disagree on whether R may be 0, and why."""
    holds = low <= 0 <= high
    if (p <= SIGNIFICANT) != holds:
        return ""
    return (
        f"p is {p:.2g} but the interval {'holds' if holds else 'leaves out'} 0: p is "
        "of independent images, the interval of two that vary together as these do"
        f"{_cause(sample)}: take it as undecided"
    )


def other_method(sample: Sample, r: float, p: float) -> str:
    """Say that the effective pixels disagree with p of another method, and why."""
    if sample.too_small() or sample.sparse():
        return ""
    other = effective_p(sample, r)
    if (p <= SIGNIFICANT) == (other <= SIGNIFICANT):
        return ""
    return (
        f"method 'effective' gives p = {other:.2g}, on the other side of "
        f"{SIGNIFICANT:g}{_cause(sample)}: take it as undecided"
    )


def _cause(sample: Sample) -> str:
    """Say what keeps p and interval, or two methods, from agreeing, where it shows."""
    times = sample.common_variation
    if times >= ALIKE_PLACES:
        return (
            ", and both images vary in the same places, which leaves few of them "
            f"(Var(R) is {times:.1f} times that of images alike everywhere)"
        )
    blocks = sample.blocks
    freedom = blocks.freedom_of(blocks.influence(*_pearson()))
    if freedom < blocks.freedom / 2:
        return ", and a few bright places decide R"
    return ""


def _half_width(sample: Sample, influence: Floats) -> float:
    """Return half the width of the interval of atanh R.

    Blocks assume nothing and scatter; autocovariances are sharp, but only where both
    images are Gaussian: a few bright cells make R less sure than they know. The blocks'
    width stands where it is the larger, else the mean of both. Autocovariances alone
    held the true R in 0.85 of runs with such cells.
    """
    blocks = sample.blocks
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
    """Return p of R among shuffles, and a note: the reason where it is NaN.

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
    p = among_shuffles(sample, r, moved, n)
    return p, other_method(sample, r, p)


def among_shuffles(
    sample: Sample, r: float, moved: Floats, n: Floats, *, two_sided: bool = True
) -> float:
    """Return p of R among shuffled R, each of which is of n pixels.

    It is the larger of two: studentised, and of shuffles as they are. A few photons
    vary less by their spread than their shuffles do, which are nearly all the same:
    studentised alone, 0.31 to 0.47 of pairs of independent images with one to five
    photons got p below 0.05.
    """
    # Blocks overlap in part at the edges of a region: R of fewer pixels scatters more.
    chance = moved * np.sqrt(n / sample.centred.n)
    spread = math.sqrt(float(np.mean(chance**2)))
    if two_sided:
        chance, r = np.abs(chance), abs(r)
    own = r / math.sqrt(sample.variance_if_independent) * spread
    tie = TIE * float(np.finfo(sample.centred.x.dtype).eps)
    return share_from(chance, min(own, r), tie)


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
    if sample.varies and not math.isfinite(scale.to(value)):
        # Equal images: of a few photons that all were shared, more would not be.
        reason = sample.sparse(metric)
        if reason:
            return none, none, none, reason
    if not sample.varies or not math.isfinite(scale.to(value)):
        return none, value, value, f"{metric.label} is {value:g} in every resample"
    reason = (
        sample.pattern(metric) or sample.sparse(metric) or spread_reason(sample.blocks)
    )
    if reason:
        return none, none, none, reason
    blocks = sample.blocks
    influence = blocks.influence(metric, scale)
    reason = blocks.alone(influence, metric)
    if reason:
        return none, none, none, reason
    near, beyond = blocks.variance(influence), sample.beyond_blocks(metric, scale)
    if metric.name == "pearson":
        # What `effective` takes: of spots blocks alone held R in 0.90 of runs.
        half = _half_width(sample, influence)
        near = max(near, (half / t_quantile(blocks.freedom_of(influence))) ** 2)
    error = math.sqrt(near + beyond[0])
    draws = blocks.draws(np.random.default_rng(seed), n_resamples)
    drawn, slopes = blocks.resampled(draws, metric, scale)
    squared = errors_of(draws, blocks.table[blocks.used], slopes)
    freedom = welch((near, beyond[0]), (blocks.freedom_of(influence), beyond[1]))
    t = studentised(drawn - scale.to(value), squared, freedom, len(blocks.used) - 1)
    if not t.size:  # what varies is beyond the digits of float64
        return none, value, value, f"{metric.label} is {value:g} in every resample"
    if len(t) < CONFIDENCE * n_resamples:
        return none, none, none, few_reason(metric, blocks)
    low, high = between(scale, value, error, t)
    if not (math.isfinite(low) and math.isfinite(high)):
        return none, none, none, few_reason(metric, blocks)
    reasons = [wide_reason(blocks), broad_reason(error, math.sqrt(near))]
    p = none
    if metric.name == "pearson":
        p = share_beyond(t, scale.to(value) / error)
        reasons.append(other_method(sample, value, p))
    return p, low, high, "; ".join(filter(None, reasons))


def _pearson() -> tuple[Metric, Scale]:
    metric = available()["pearson"]
    return metric, scale_of(metric)
