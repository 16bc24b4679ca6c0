"""Test whether one pair of images is more alike than another.

The difference of both pairs' metrics is resampled as one number. Two intervals that
overlap do not answer this: what the pairs share (the same cells, often the same first
image) is in both, and cancels only in the difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..ground.errors import ImageError, Undefined
from ..ground.names import with_names
from ..ground.public import public
from ..ground.types import Natural
from ..images.pair import ImageLike, Pair, prepare
from ..metrics.registry import Metric, chosen, of_moments
from .chance import Answer, broad_reason
from .effective_size import Sample, beyond, few_reason, spread_reason, wide_reason
from .long_lags import LongLags
from .resampling import PLAIN, ResamplingBlocks, block_side
from .studentised import (
    CONFIDENCE,
    between,
    check_resamples,
    errors_of,
    share_beyond,
    studentised,
    welch,
)


@dataclass(frozen=True, repr=False)
class Difference:
    """How much more alike one pair is than another.

    Attributes
    ----------
    value_1, value_2 : float
        The metric of either pair.
    difference : float
        value_1 - value_2.
    p : float
        Chance of a difference at least this far from 0, on either side, were both
        pairs equally alike.
    ci_low, ci_high : float
        Interval of the difference, 95 %. p is 0.05 or less just where it leaves out 0.
    n_1, n_2 : int
        Pixels compared.
    paired : bool
        Whether the pairs have the same pixels, which then were resampled together.
    higher_is_more_similar : bool or None
        Whether a difference above 0 means that the first pair is more alike.
    metric : str
        Name of the metric that was compared.
    n_resamples, seed : int
        Number of resamples, and the seed of their random numbers.
    note : str
        The reason for every NaN, and what else needs saying.
    """

    value_1: float
    value_2: float
    difference: float
    p: float
    ci_low: float
    ci_high: float
    n_1: int
    n_2: int
    paired: bool
    higher_is_more_similar: bool | None
    metric: str
    n_resamples: int
    seed: int
    note: str

    def __repr__(self) -> str:
        label = chosen(self.metric)[0].label
        text = (
            f"{label} {self.value_1:.4g} and {self.value_2:.4g}, "
            f"difference {self.difference:.4g}"
        )
        if not math.isnan(self.p):
            text += (
                f", 95 % interval {self.ci_low:.4g} to {self.ci_high:.4g}, "
                f"p = {self.p:.2g} ({'paired' if self.paired else 'independent'}, "
                f"{self.n_resamples} resamples, seed {self.seed})"
            )
        return text + (f". {self.note}" if self.note else "")


@public
def more_alike(
    first: tuple[ImageLike, ImageLike],
    second: tuple[ImageLike, ImageLike],
    *,
    mask: ImageLike | None = None,
    metric: str = "pearson",
    n_resamples: int = 999,
    seed: Natural = 0,
) -> Difference:
    """Test whether one pair of images is more alike than another.

    Parameters
    ----------
    first, second : (x, y)
        Two images each. Pairs of one shape are taken to show the same places (two
        partners of one image, say) and resampled together; pairs of different shapes
        as independent of each other.
    mask : array-like of bool, optional
        True where pixels are compared, in both pairs.
    metric : str
        A name from `similij.metrics.available()`.
    n_resamples : int
        Resamples of blocks, 99 or more.
    seed : int
        Seed of the random numbers: the same seed gives the same result.

    Returns
    -------
    Difference
        Both values, their difference, its interval and p; NaN where undefined, with the
        reason in `note`. A pixel that is NaN in one of four images of one shape is left
        out of both pairs.

    Raises
    ------
    ImageError
        If images cannot be compared, or the mask does not fit both pairs.
    ValueError
        If there is no such metric, or n_resamples is below 99.

    Notes
    -----
    The difference itself goes through the same studentised bootstrap of blocks as a
    value does in `significance(method="bootstrap")` (Künsch 1989,
    doi:10.1214/aos/1176347265).

    Examples
    --------
    >>> import numpy as np
    >>> from similij import more_alike
    >>> x, a, b = np.random.default_rng(0).normal(size=(3, 64, 64))
    >>> result = more_alike((x, x + a), (x, x + 2 * b))
    >>> result.paired, result.difference > 0, result.p
    (True, True, 0.002)
    """
    definition = chosen(metric)[0]
    check_resamples(n_resamples)
    pairs = [prepare(*first, mask), prepare(*second, mask)]
    paired = pairs[0].x.shape == pairs[1].x.shape
    pairs = _on_common_pixels(*pairs) if paired else pairs
    samples = [Sample(pair, in_units=definition.rescaled) for pair in pairs]
    values, reasons = [], []
    for sample in samples:
        try:
            values.append(of_moments(definition, sample.moments))
        except Undefined as undefined:
            values.append(math.nan)
            reasons.append(with_names(str(undefined), *sample.names))
    p = low = high = math.nan
    if not reasons:
        reasons = [_nothing_to_resample(samples, definition)]
    if not any(reasons):
        blocks = _blocks(samples, paired)
        reasons = list(filter(None, map(spread_reason, blocks)))[:1]
        if not reasons:
            p, low, high, reason = _bootstrap(
                samples, blocks, definition, values, paired, n_resamples, seed
            )
            if not math.isnan(p):
                reasons = [*map(wide_reason, blocks)]
            reasons.append(reason)
    return Difference(
        values[0],
        values[1],
        values[0] - values[1],
        p,
        low,
        high,
        samples[0].moments.n,
        samples[1].moments.n,
        paired,
        definition.higher_is_more_similar,
        definition.name,
        n_resamples,
        seed,
        "; ".join(dict.fromkeys(filter(None, reasons))),
    )


def _on_common_pixels(first: Pair, second: Pair) -> list[Pair]:
    """Mask both pairs to the pixels that all four images have."""
    inside = np.ones(first.x.shape, bool)
    for pair in (first, second):
        if pair.mask is not None:
            inside &= np.asarray(pair.mask)
        for image in map(np.asarray, (pair.x, pair.y)):
            if image.dtype.kind == "f":
                inside &= ~np.isnan(image)
    if not inside.any():
        raise ImageError(
            "no pixel is left to compare: in each place one of the four images is NaN "
            "or the mask is False."
        )
    return [Pair(p.x, p.y, inside, p.names) for p in (first, second)]


def _nothing_to_resample(samples: list[Sample], metric: Metric) -> str:
    """Say that all four images are constant, or beyond what float64 can resample."""
    for sample in samples:
        reason = sample.beyond
        if not reason and sample.varies:
            reason = sample.pattern(metric) or sample.sparse(metric)
        if reason:
            return reason
    if any(sample.varies for sample in samples):
        return ""
    return f"all four images are constant: {metric.label} has no error"


def _blocks(samples: list[Sample], paired: bool) -> list[ResamplingBlocks]:
    """Cut each pair into blocks, on one grid where they are resampled together."""
    lengths = [s.lengths if s.varies else (1,) * s.x.ndim for s in samples]
    if paired:
        lengths = [tuple(map(max, *lengths))] * 2
    return [
        ResamplingBlocks(s.x, s.y, s.inside, block_side(s.x.shape, length))
        for s, length in zip(samples, lengths, strict=True)
    ]


def _beyond(
    samples: list[Sample], blocks: list[ResamplingBlocks], metric: Metric, paired: bool
) -> tuple[float, float]:
    """Return the variance of the difference that blocks do not see, and its freedom."""
    pairs = [sample.centred for sample in samples]
    parts = [
        sample.added(of_pair.slopes(metric, PLAIN))
        for sample, of_pair in zip(samples, blocks, strict=True)
    ]
    if paired:
        images = [image for pair in pairs for image in (pair.x, pair.y)]
        lags = LongLags(images, pairs[0].inside, blocks[0].side)
        return beyond(lags, [parts[0], -parts[1]])
    apart = [
        beyond(LongLags([pair.x, pair.y], pair.inside, of_pair.side), [part])
        for pair, of_pair, part in zip(pairs, blocks, parts, strict=True)
    ]
    variances, freedoms = zip(*apart, strict=True)
    return sum(variances), welch(variances, freedoms)


def _bootstrap(
    samples: list[Sample],
    blocks: list[ResamplingBlocks],
    metric: Metric,
    values: list[float],
    paired: bool,
    n_resamples: int,
    seed: int,
) -> Answer:
    """Return p, both ends of the interval of the difference, and a note.

    On no other scale than the metric's own, since a difference may be of either sign.
    """
    random = np.random.default_rng(seed)
    a, b = blocks
    first, second = a.influence(metric, PLAIN), b.influence(metric, PLAIN)
    none, same = math.nan, f"{metric.label} differs alike in all resamples: no p"
    alone = a.alone(first, metric) or b.alone(second, metric)
    if alone:
        return none, none, none, alone
    # The same draw for pairs of the same places: what they share then cancels.
    draws = [a.draws(random, n_resamples)]
    draws.append(draws[0] if paired else b.draws(random, n_resamples))
    (values_a, slopes_a), (values_b, slopes_b) = (
        of_pair.resampled(drawn, metric, PLAIN)
        for of_pair, drawn in zip(blocks, draws, strict=True)
    )
    difference = values[0] - values[1]
    rows_a, rows_b = a.table[a.used], b.table[b.used]
    if paired:
        influence = first - second
        variance, freedom = a.variance(influence), a.freedom_of(influence)
        drawn_freedom = float(len(a.used) - 1)
        rows, slopes = np.hstack([rows_a, rows_b]), np.hstack([slopes_a, -slopes_b])
        squared = errors_of(draws[0], rows, slopes)
    else:
        variances = a.variance(first), b.variance(second)
        variance = sum(variances)
        freedom = welch(variances, (a.freedom_of(first), b.freedom_of(second)))
        drawn_freedom = welch(variances, (len(a.used) - 1, len(b.used) - 1))
        squared = errors_of(draws[0], rows_a, slopes_a)
        squared += errors_of(draws[1], rows_b, slopes_b)
    if variance <= 0:
        return none, difference, difference, same
    unseen = _beyond(samples, blocks, metric, paired)
    freedom = welch((variance, unseen[0]), (freedom, unseen[1]))
    error = math.sqrt(variance + unseen[0])
    t = studentised(values_a - values_b - difference, squared, freedom, drawn_freedom)
    if not t.size:  # what varies is beyond the digits of float64
        return none, difference, difference, same
    if len(t) < CONFIDENCE * n_resamples:
        return none, none, none, few_reason(metric, a)
    low, high = between(PLAIN, difference, error, t)
    reason = broad_reason(error, math.sqrt(variance))
    return share_beyond(t, difference / error), low, high, reason
