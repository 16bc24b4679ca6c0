"""Register the metrics of significance: the numbers of `significance` by name.

They answer, for each region, whether chance explains its likeness and how sure the
number is; Costes' randomisation is among them as it shares their shuffles. What several
of them need (the sample, the shuffles, the bootstrap) is worked out once for a region.
"""

from __future__ import annotations

import math
from typing import Any

from ..ground.errors import Undefined
from ..images.pair import Pair
from ..metrics.defaults import available, pearson
from ..metrics.definition import Measured, pixel_metric
from ..metrics.pixels import Pixels
from ..metrics.registry import of_moments
from .chance import (
    Answer,
    among_shuffles,
    by_blocks,
    by_effective_pixels,
    no_shuffle,
    other_method,
    shuffles,
)
from .effective_size import Sample
from .resampling import ResamplingBlocks
from .shuffling import Floats

RESAMPLES = 999
"""Number of shuffles and resamples: what `similij.significance` takes by default."""

SEED = 0
"""Seed of their random numbers: what `similij.significance` takes by default."""

_FACTS: dict[str, Any] = {"group": "significance", "rescaled": False, "unit": "1"}

_CLIFFORD = (
    "Clifford, Richardson & Hémon 1989, doi:10.2307/2532039; "
    "Dutilleul 1993, doi:10.2307/2532625"
)


def sample(pixels: Pixels, *, in_units: bool = False) -> Sample:
    """Take the region as a sample of something larger, once for all metrics.

    R and the distances take samples of their own, since a gain of one image counts for
    distances only and may change how long their blocks are. All else is of one.
    """

    def make() -> Sample:
        x, y, mask, axes = pixels.stack
        if "c" in axes:
            raise Undefined(
                "channels are pooled here, and are no neighbours as pixels are: "
                "compare them apart to know what chance does"
            )
        pair = Pair(x, y, mask, ("{1}", "{2}"))
        like = pixels.worked_out.get(("sample", not in_units))
        return Sample(pair, in_units=in_units, like=like)

    return pixels.once(("sample", in_units), make)


def _effective(pixels: Pixels) -> Answer:
    r = pearson(pixels.moments)
    return pixels.once("effective", lambda: by_effective_pixels(sample(pixels), r))


def _shuffled(pixels: Pixels) -> tuple[Floats, Floats]:
    """Return R of every shuffle and the pixels it is of, shuffled once a region."""
    reason = no_shuffle(sample(pixels))
    if reason:
        raise Undefined(reason)
    return pixels.once("shuffles", lambda: shuffles(sample(pixels), RESAMPLES, SEED))


def _in_words(blocks: ResamplingBlocks) -> str:
    return f"blocks of {blocks.size} pixels, seed {SEED}"


@pixel_metric(
    "Effective pixels",
    summary="how many independent pixels would say as much about R",
    formula="1 + 1/Var(R), Var(R) = max(1, Q)·Σ N(h)·Cx(h)·Cy(h) / (n²·Cx(0)·Cy(0)) "
    "over lags h; C: autocovariances, N: pairs of pixels; Q: mean product of the "
    "spectra of both images in windows, over the product of their means",
    range=(1.0, math.inf),
    higher_is_more_similar=None,
    blind="how alike the images are",
    caveat="of R between independent images only; none of stripes and lattices",
    source=_CLIFFORD,
    **{**_FACTS, "unit": "pixel"},
)
def n_effective(pixels: Pixels) -> float:
    """Return the effective number of pixels."""
    pearson(pixels.moments)  # raises with the reason where R is undefined
    region = sample(pixels)
    if math.isnan(region.variance_if_independent):
        raise Undefined(region.too_small())
    return region.n_effective


@pixel_metric(
    "p of R",
    summary="chance of an R this far from 0, were the images independent",
    formula="P(|t| ≥ |R|·√((nₑ-2)/(1-R²))), t: Student's with nₑ-2 degrees of freedom; "
    "nₑ: effective pixels",
    range=(0.0, 1.0),
    higher_is_more_similar=None,
    equal=0.0,
    blind="how alike: of many cells a weak R has a small p, too",
    caveat="of twenty regions one is below 0.05 by chance; 0: below 1e-308; of a few "
    "bright pixels only shuffles give one",
    source=_CLIFFORD,
    **_FACTS,
)
def pearson_p(pixels: Pixels) -> float:
    """Return the two-sided p of R on the effective pixels."""
    p, _, _, reason = _effective(pixels)
    if math.isnan(p):
        raise Undefined(reason)
    return p


@pixel_metric(
    "p of R (permutation)",
    summary="chance of such an R, from shuffles of blocks of image 2",
    formula="(k+1)/(N+1), k of N = 999 shuffles with |R'|/s' ≥ |R|/s, or with |R'| ≥ "
    "|R| where these are more; s', s: spread of R' and √Var(R) of independent images",
    range=(0.0, 1.0),
    higher_is_more_similar=None,
    equal=1 / (RESAMPLES + 1),
    blind="how alike: as p of R",
    caveat="never below 0.001; needs six blocks, as long as the images are alike",
    source="DiCiccio & Romano 2017, doi:10.1080/01621459.2016.1202117",
    **_FACTS,
)
def pearson_p_permutation(pixels: Pixels) -> Measured:
    """Return the two-sided p of R among studentised shuffles of blocks."""
    r = pearson(pixels.moments)
    moved, n = _shuffled(pixels)
    region = sample(pixels)
    p = among_shuffles(region, r, moved, n)
    words = f"{RESAMPLES} shuffles of {_in_words(region.blocks)}"
    reasons = (f"p of R (permutation): {words}", other_method(region, r, p))
    return Measured(p, "; ".join(filter(None, reasons)))


@pixel_metric(
    "Costes p",
    name="costes_p",
    group="co-occurrence",
    summary="share of shuffles of image 2 that correlate as well with image 1",
    formula="(k+1)/(N+1), k of N = 999 shuffles of blocks with R'/s' ≥ R/s, or with "
    "R' ≥ R where these are more; a block is as long as the images are alike",
    range=(0.0, 1.0),
    higher_is_more_similar=None,
    equal=1 / (RESAMPLES + 1),
    unit="1",
    rescaled=False,
    blind="how alike the images are",
    caveat="elsewhere 1 minus this, in %, of shuffles as they are, which vary too "
    "little; one-sided",
    source="Costes et al. 2004, doi:10.1529/biophysj.103.038422",
)
def costes_p(pixels: Pixels) -> Measured:
    """Return the one-sided p of R among studentised shuffles of blocks."""
    r = pearson(pixels.moments)
    moved, n = _shuffled(pixels)
    region = sample(pixels)
    p = among_shuffles(region, r, moved, n, two_sided=False)
    words = f"Costes p: {RESAMPLES} shuffles of {_in_words(region.blocks)}"
    return Measured(p, words)


def _limit_of_r(pixels: Pixels, upper: bool) -> Measured:
    _, low, high, reason = _effective(pixels)
    if math.isnan(low):
        raise Undefined(reason)
    return Measured(high if upper else low, reason)


def _limit(pixels: Pixels, name: str, upper: bool) -> Measured:
    """Return a limit of RMSD or Mean Difference, from resampled blocks."""
    metric = available()[name]
    if pixels.rescaled:
        raise Undefined(
            f"{metric.label} is of rescaled values here, its limits would be of the "
            "values as they are: leave rescale out"
        )
    region = sample(pixels, in_units=True)
    value = of_moments(metric, pixels.moments)
    _, low, high, reason = pixels.once(
        ("bootstrap", name), lambda: by_blocks(region, metric, value, RESAMPLES, SEED)
    )
    if math.isnan(low):
        raise Undefined(reason)
    if low != high:
        blocks = _in_words(region.blocks)
        words = f"limits of {metric.label}: bootstrap, {RESAMPLES} of {blocks}"
        reason = "; ".join(filter(None, (words, reason)))
    return Measured(high if upper else low, reason)


def _register(name: str, upper: bool) -> None:
    """Register one limit of one metric's interval, six functions from one."""
    metric = available()[name]
    side = "upper" if upper else "lower"

    def limit(pixels: Pixels) -> Measured:
        if name == "pearson":
            return _limit_of_r(pixels, upper)
        return _limit(pixels, name, upper)

    label = "R" if name == "pearson" else metric.label
    limit.__doc__ = f"{side.title()} limit of the 95 % interval of {metric.label}."
    of_r = name == "pearson"
    pixel_metric(
        f"{side.title()} limit of {label}",
        name=f"{name}_ci_{'high' if upper else 'low'}",
        summary=f"where the 95 % interval of {label} {'ends' if upper else 'begins'}",
        formula="tanh(atanh R ± t·s), s: from blocks, from autocovariances where these "
        "say more, and from lags beyond the blocks; t: 2.5 % of Student's"
        if of_r
        else f"exp(log {label} - q·s), q: quantile of studentised errors of 999 "
        "resamples of blocks, s: standard error from blocks, their neighbours and lags "
        "beyond",
        range=metric.range,
        higher_is_more_similar=metric.higher_is_more_similar,
        equal=metric.equal,
        blind="other dishes, animals, days: one pair of images is one sample",
        caveat="a little narrow where a few cells make most of the light",
        source="Bartlett 1946, doi:10.2307/2983611"
        if of_r
        else "Künsch 1989, doi:10.1214/aos/1176347265",
        **{**_FACTS, "unit": metric.unit},
    )(limit)


for _name in ("pearson", "rmsd", "mean_difference"):
    for _upper in (False, True):
        _register(_name, _upper)
