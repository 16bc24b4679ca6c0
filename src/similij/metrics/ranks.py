"""Correlate ranks: whether one image grows with the other, on any curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.kernels.parts import on_threads
from ..moments.kernels.ranks import (
    counts,
    inversions,
    looked_up,
    ranked_halves,
    tied_pairs,
)
from ..moments.moments import check_varies
from ..moments.of_arrays import moments
from ..moments.wide import is_narrow
from .defaults import pearson
from .definition import pixel_metric
from .pixels import Pixels

_NARROW = 1 << 30
"""Ranks, doubled, of fewer pixels than this fit 32 bits: half the memory."""

_MOST = (1 << 31) - 1
"""Pixels whose ranks, doubled, fit a half of 64 bits."""

_SIGN = np.uint32(1 << 31)
"""The bit of 32 that tells numbers below 0."""

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
    x, y = pixels.values
    if is_narrow(x.dtype) and is_narrow(y.dtype):
        return pearson(moments(*on_threads(doubled_ranks, [x, y])))
    pairs, _ = _ranked(pixels, "Spearman ρ")
    return pearson(moments(pairs.astype(np.uint32), _high(pairs)))


@pixel_metric(
    "Kendall τ",
    summary="whether of two pixels the brighter one is so in both images",
    formula="τ_b = (C - D) / √((C+D+T_x)(C+D+T_y)); pairs: C ordered alike, D not, "
    "T_x tied in x only, T_y in y only",
    caveat="closer to 0 than Spearman's ρ",
    source="Kendall 1945, doi:10.1093/biomet/33.3.239",
    **_RANKS,
)
def kendall(pixels: Pixels) -> float:
    """Kendall's tau-b: of 8 and 16 bits by counting, of others after two sorts."""
    _check(pixels, "Kendall τ")
    x, y = pixels.values
    n = x.size
    if is_narrow(x.dtype) and is_narrow(y.dtype):
        keys = [_from_zero(values) for values in (x, y)]
        pairs = keys[0].astype(np.uint32)
        pairs <<= 16
        pairs |= keys[1]
        pairs.sort()
        tied_x = int(tied_pairs(pairs, 16))
        of_y = _counts(keys[1])
        tied_y = int((of_y * (of_y - 1) // 2).sum())
        order = pairs.astype(np.uint16)
    else:
        pairs, (tied_y, tied_x) = _ranked(pixels, "Kendall τ")
        order = _high(pairs)
    # Where pixels are ordered by x, then y, discordant pairs are the inversions of y.
    whole = n * (n - 1) // 2
    tied_both = int(tied_pairs(pairs, 0))
    surplus = whole - tied_x - tied_y + tied_both - 2 * inversions(order)
    tau: float = surplus / math.sqrt(whole - tied_x) / math.sqrt(whole - tied_y)
    return min(1.0, max(-1.0, tau))  # rounded, it may lie a little beyond


def doubled_ranks(values: Array) -> Array:
    """Rank integers of 8 or 16 bits from 1, times two, so that equal ones are whole.

    Equal values share the mean of their ranks, which may end in .5. R does not see the
    factor, and of integers it is exact. Counted rather than sorted: a walk where
    sorting is n·log n.

    Examples
    --------
    >>> doubled_ranks(np.array([7, 5, 7], np.uint8))
    array([5, 2, 5], dtype=int32)
    """
    keys = _from_zero(values)
    each = _counts(keys)
    table = 2 * np.cumsum(each) - each + 1
    ranks = np.empty(keys.size, np.int32 if keys.size < _NARROW else np.int64)
    looked_up(table, keys, ranks)
    return ranks


def _ranked(pixels: Pixels, what: str) -> tuple[Array, tuple[int, int]]:
    """Return twice the ranks of pixels in the order of x, then y; pairs tied in y, x.

    Ranks of y are in the high half of a number, those of x in the low one. Each pixel
    is one number of 64 bits, y before x; sorted, y becomes its rank and moves behind x;
    and so once more for x. No pixel is looked up by its place: at random in 2048²
    pixels that takes as long as a sort.
    """
    if pixels.values[0].size > _MOST:
        raise Undefined(
            f"{what} is of at most {_MOST:,} pixels, other than of 8 and 16 bits: "
            "compare smaller regions"
        )

    def work() -> tuple[Array, tuple[int, int]]:
        low, high = on_threads(_keys, [*pixels.values])
        pairs = high.astype(np.uint64)
        pairs <<= 32
        pairs |= low
        del low, high
        pairs.sort()
        tied_y = int(ranked_halves(pairs))
        pairs.sort()
        return pairs, (tied_y, int(ranked_halves(pairs)))

    return pixels.once("ranked", work)


def _high(pairs: Array) -> Array:
    halves: Array = (pairs >> np.uint64(32)).astype(np.uint32)
    return halves


def _keys(values: Array) -> Array:
    """Return numbers of 32 bits that are ordered, and equal, as the values are.

    Examples
    --------
    >>> _keys(np.array([-1.5, -0.0, 0.0, 1e300])).tolist()
    [0, 1, 1, 2]
    """
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if is_narrow(values.dtype):
        wider: Array = _from_zero(values).astype(np.uint32)
        return wider
    if values.dtype.kind != "f":
        low = values.min()
        if int(values.max()) - int(low) > np.iinfo(np.uint32).max:
            return _places(values)
        # modulo 2³², where a difference within it is itself
        lowest = np.uint32(int(low) & np.iinfo(np.uint32).max)
        from_lowest: Array = values.astype(np.uint32) - lowest
        return from_lowest
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if values.dtype.itemsize > single.itemsize and (single != values).any():
        return _places(values)
    single += np.float32(0)  # -0 and 0, which are equal, become one
    bits = single.view(np.uint32)
    # Bits of floats are ordered as the floats; of those below 0 the other way round.
    flipped: Array = (single.view(np.int32) >> 31).view(np.uint32)
    flipped |= _SIGN
    flipped ^= bits
    return flipped


def _places(values: Array) -> Array:
    """Return the place of each value among all different ones."""
    places: Array = np.unique(values, return_inverse=True)[1].astype(np.uint32)
    return places


def _from_zero(values: Array) -> Array:
    """Take the smallest off integers of at most 16 bits, as uint16."""
    keys = values.astype(np.uint16)  # modulo 2¹⁶, where a difference within is itself
    keys -= np.uint16(int(values.min()) & np.iinfo(np.uint16).max)
    return keys


def _counts(keys: Array) -> Array:
    each = np.zeros(int(keys.max()) + 1, np.int64)
    counts(keys, each)
    return each


def _check(pixels: Pixels, what: str) -> None:
    if pixels.moments.n == 1:
        raise Undefined(f"only 1 pixel is compared: {what} needs at least 2")
    check_varies(pixels.moments, what)
