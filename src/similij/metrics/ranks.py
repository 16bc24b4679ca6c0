"""Correlate ranks: whether one image grows with the other, on any curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ground.errors import Undefined
from ..ground.optional import needed
from ..ground.types import Array
from ..moments.kernels.ranks import inversions, tied_pairs
from ..moments.moments import check_varies
from ..moments.of_arrays import moments
from ..moments.wide import is_narrow, is_wide
from .defaults import pearson
from .definition import pixel_metric
from .pixels import Pixels

_NARROW = 1 << 30
"""Ranks, doubled, of fewer pixels than this fit 32 bits: half the memory."""

_RANKS: dict[str, Any] = {
    "group": "correlation",
    "range": (-1.0, 1.0),
    "higher_is_more_similar": True,
    "equal": 1.0,
    "unit": "1",
    "rescaled": False,
    "blind": "every change of brightness that keeps the order: gain, offset, gamma",
}


@pixel_metric(
    "Spearman ρ",
    summary="whether bright goes with bright, on any rising curve",
    formula="Pearson R of the ranks; equal values share the mean of theirs",
    caveat="noise in a flat background shuffles ranks and lowers it",
    source="Spearman 1904, doi:10.2307/1412159",
    **_RANKS,
)
def spearman(pixels: Pixels) -> float:
    """Pearson's R of the ranks, exact, rounded once; O(n log n)."""
    _check(pixels, "Spearman ρ")
    return pearson(moments(*(doubled_ranks(values) for values in pixels.values)))


@pixel_metric(
    "Kendall τ",
    summary="whether of two pixels the brighter one is so in both images",
    formula="τ_b = (C - D) / √((C+D+T_x)(C+D+T_y)); pairs: C ordered alike, D not, "
    "T_x tied in x only, T_y in y only",
    caveat="closer to 0 than Spearman's ρ; slow for large images of floats or 32 bits",
    source="Kendall 1945, doi:10.1093/biomet/33.3.239",
    **_RANKS,
)
def kendall(pixels: Pixels) -> float:
    """Kendall's tau-b: of 8 and 16 bits by counting, of others by SciPy's sort."""
    _check(pixels, "Kendall τ")
    x, y = pixels.values
    if is_narrow(x.dtype) and is_narrow(y.dtype):
        return _kendall_of_integers(x, y)
    stats = needed("scipy.stats", "Kendall τ")
    if is_wide(x.dtype) or is_wide(y.dtype):
        # SciPy brings both to one type, which of 64 bits beside any other is float64:
        # neighbours become ties. Their ranks have the order, and fit.
        x, y = doubled_ranks(x), doubled_ranks(y)
    return float(stats.kendalltau(x, y).statistic)


def _kendall_of_integers(x: Array, y: Array) -> float:
    """Count discordant pairs as inversions of y, where pixels are ordered by x, then y.

    Eight times as fast as SciPy, which sorts by merging; all counts are exact.
    """
    keys, others = (_from_zero(values).astype(np.uint32) for values in (x, y))
    pairs = keys << np.uint32(16) | others
    pairs.sort()
    n = pairs.size
    whole = n * (n - 1) // 2
    tied_x, tied_both = int(tied_pairs(pairs, 16)), int(tied_pairs(pairs, 0))
    counts = np.bincount(others)
    tied_y = int((counts * (counts - 1) // 2).sum())
    discordant = int(inversions(pairs.astype(np.uint16)))
    surplus = whole - tied_x - tied_y + tied_both - 2 * discordant
    tau: float = surplus / math.sqrt(whole - tied_x) / math.sqrt(whole - tied_y)
    return min(1.0, max(-1.0, tau))  # rounded, it may lie a little beyond


def doubled_ranks(values: Array) -> Array:
    """Rank values from 1, times two, so that equal ones have whole numbers, too.

    Equal values share the mean of their ranks, which may end in .5. R does not see the
    factor, and of integers it is exact.

    Examples
    --------
    >>> doubled_ranks(np.array([7, 5, 7], np.uint8))
    array([5, 2, 5], dtype=int32)
    """
    kind = np.int32 if values.size < _NARROW else np.int64
    # Counted rather than sorted: a walk where sorting is n·log n. A counter for each
    # value of 32 bits would be more memory than most images.
    if is_narrow(values.dtype):
        keys = _from_zero(values)
        counts = np.bincount(keys)
        table: Array = (2 * np.cumsum(counts) - counts + 1).astype(kind)
        return table[keys]
    stats = needed("scipy.stats", "Spearman ρ")
    ranks: Array = (2 * stats.rankdata(values)).astype(kind)
    return ranks


def _from_zero(values: Array) -> Array:
    keys: Array = values.astype(np.int32)
    return keys - int(values.min())


def _check(pixels: Pixels, what: str) -> None:
    if pixels.moments.n == 1:
        raise Undefined(f"only 1 pixel is compared: {what} needs at least 2")
    check_varies(pixels.moments, what)
