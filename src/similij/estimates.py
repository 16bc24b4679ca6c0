"""A quick look at images too large to wait for: some blocks, and how sure the rest is.

Blocks are drawn at random, all with the same chance; the moments of those drawn are the
estimate, and how much it changes as each block is left out says how sure it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ._blocks import scale_of
from ._registry import DEFAULTS
from .inputs import ImageError, ImageLike, Pair, prepare
from .metrics import Metric, Undefined, chosen
from .moments import Moments, merge
from .sums import Array, moments

FEWEST = 8
"""Blocks below which their scatter says little."""

_SIDE = 256
"""Pixels along y and x of the blocks of images that do not come in parts."""


@dataclass(frozen=True)
class Estimate:
    """A metric of a whole from some of its blocks.

    Attributes
    ----------
    metric : str
        Its name.
    value : float
        Of the pixels of the blocks that were read.
    ci_low, ci_high : float
        Interval that holds the metric of the whole in about 95 of 100 draws; NaN where
        it is undefined. Of all blocks, the value itself.
    n : int
        Pixels compared.
    blocks, of_blocks : int
        How many were read, and how many there are.
    note : str
        Why something is NaN.
    """

    metric: str
    value: float
    ci_low: float
    ci_high: float
    n: int
    blocks: int
    of_blocks: int
    note: str = ""


def estimate(
    x: ImageLike,
    y: ImageLike,
    *,
    mask: ImageLike | None = None,
    metrics: str | Iterable[str] = DEFAULTS,
    n_blocks: int = 64,
    seed: int = 0,
) -> list[Estimate]:
    """Estimate metrics of two images from some of their blocks, with an interval.

    Parameters
    ----------
    x, y : array-like, (..., y, x)
        The images, as `similij.compare` takes them; of `similij.open_image` blocks are
        the chunks of x, else 256 × 256 pixels of a plane.
    mask : array-like of bool, optional
        Pixels that count.
    metrics : str or iterable of str
        Names from `similij.metrics.catalogue()`, of metrics that stream.
    n_blocks : int
        Blocks to read; all, where there are no more.
    seed : int
        Of the draw.

    Returns
    -------
    list of Estimate
        One for each metric.

    Raises
    ------
    ImageError
        If the images cannot be compared.
    ValueError
        If a metric needs the pixels themselves, or n_blocks is below 8.

    Notes
    -----
    Blocks are drawn without replacement. The variance is that of a jackknife over
    blocks, on Fisher's scale for R and a logarithmic one for RMSD and the like, times
    the share of blocks that was not read; the interval is Student's (n_blocks - 1
    degrees of freedom). Few blocks that differ much from all others, e.g. one bright
    cell, may be missed: then the interval is too narrow.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., chapters 6 and 9A. Wiley.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> x = random.normal(size=(40, 256, 256))
    >>> found = estimate(x, x + random.normal(size=x.shape), n_blocks=10)[0]
    >>> found.ci_low < 2**-0.5 < found.ci_high, found.blocks, found.of_blocks
    (True, 10, 40)
    """
    asked = chosen(metrics)
    for metric in asked:
        if not metric.streams:
            raise ValueError(
                f"{metric.name} needs all pixels at once, so blocks say nothing of it: "
                "ask for metrics that stream (pearson, rmsd, mean_difference, ...), or "
                "compare a smaller region"
            )
    if n_blocks < FEWEST:
        raise ValueError(f"n_blocks is {n_blocks}: it must be {FEWEST} or more")
    pair = prepare(x, y, mask)
    boxes = _boxes(pair)
    order = np.random.default_rng(seed).permutation(len(boxes))[:n_blocks]
    parts = [_moments(pair, boxes[k]) for k in np.sort(order)]
    return [_of(metric, parts, len(boxes), pair.names) for metric in asked]


def _boxes(pair: Pair) -> list[tuple[slice, ...]]:
    """All blocks, in the order of memory."""
    chunks: Sequence[Sequence[int]] | None = getattr(pair.x, "chunks", None)
    if chunks is None:
        chunks = getattr(pair.y, "chunks", None)
    if chunks is None:
        sides = (*(1 for _ in pair.x.shape[:-2]), _SIDE, _SIDE)[-pair.x.ndim :]
        chunks = [
            [min(side, n - k) for k in range(0, n, side)]
            for n, side in zip(pair.x.shape, sides, strict=True)
        ]
    ends = [np.cumsum(lengths).tolist() for lengths in chunks]
    axes = [
        [slice(end - n, end) for end, n in zip(stops, lengths, strict=True)]
        for stops, lengths in zip(ends, chunks, strict=True)
    ]
    return [*product(*axes)]


def _moments(pair: Pair, box: tuple[slice, ...]) -> Moments:
    mask = None if pair.mask is None else _read(pair.mask, box[-pair.mask.ndim :])
    return moments(_read(pair.x, box), _read(pair.y, box), mask)


def _read(array: Any, box: tuple[slice, ...]) -> Array:
    # an axis of length 1 is the same everywhere
    index = tuple(
        part if size > 1 else slice(None)
        for part, size in zip(box, array.shape, strict=True)
    )
    return np.asarray(array[index])


def _of(
    metric: Metric, parts: list[Moments], of_blocks: int, names: tuple[str, str]
) -> Estimate:
    whole = _merged(parts)
    count = len(parts)
    excluded = Estimate(metric.name, math.nan, math.nan, math.nan, 0, count, of_blocks)
    if whole is None:
        raise ImageError("the images have no pixel: there is nothing to estimate.")
    try:
        value = metric.of_moments(whole)
    except Undefined as reason:
        first, second = (f'"{name}"' for name in names)
        note = str(reason).replace("{1}", first).replace("{2}", second)
        return Estimate(**{**vars(excluded), "n": whole.n, "note": note})
    low, high, note = value, value, ""
    if count < of_blocks:
        low, high, note = _interval(metric, value, parts, count / of_blocks)
    return Estimate(metric.name, value, low, high, whole.n, count, of_blocks, note)


def _interval(
    metric: Metric, value: float, parts: list[Moments], share: float
) -> tuple[float, float, str]:
    """Interval by leaving out each block in turn."""
    from ._studentised import t_quantile

    used = [part for part in parts if part.n]
    count = len(used)
    if count < FEWEST:
        return math.nan, math.nan, f"{count} blocks have pixels, {FEWEST} are needed"
    scale = scale_of(metric)
    before, after = _sums_up_to(used), _sums_up_to(used[::-1])[::-1]
    try:
        left = [
            scale.to(metric.of_moments(_both(before[k], after[k + 1])))
            for k in range(count)
        ]
        centre = scale.to(value)
    except (Undefined, ValueError):
        return math.nan, math.nan, "undefined without one of the blocks"
    if not all(map(math.isfinite, (*left, centre))):
        return value, value, "the same in every block"
    spread = float(np.var(left)) * (count - 1) * (1 - share)
    half = t_quantile(count - 1) * math.sqrt(spread)
    return scale.back(centre - half), scale.back(centre + half), ""


def _sums_up_to(parts: Sequence[Moments]) -> list[Moments | None]:
    """Moments of none, of the first, of the first two, ..., of all."""
    found: list[Moments | None] = [None]
    for part in parts:
        found.append(merge(found[-1], part))
    return found


def _both(first: Moments | None, second: Moments | None) -> Moments:
    if second is None:
        assert first is not None  # of several blocks one is left out
        return first
    return merge(first, second)


def _merged(parts: Sequence[Moments]) -> Moments | None:
    return _sums_up_to(parts)[-1]
