"""Costes' thresholds: down the orthogonal line until nothing is correlated below.

One sort finds them exactly, where others step through gray values: a pixel changes
sides at one place on the line, and running sums in that order give R at every place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ._pixels import Pixels
from ._registry import Undefined
from .metrics import check_varies
from .moments import Moments
from .regression import orthogonal_line
from .sums import Array

_NARROW = 2
"""Bytes of the integers whose running sums are exact in 64 bits."""

_SURE = 1e-9
"""A covariance smaller than this part of its terms is worked out anew, exactly."""


@dataclass(frozen=True)
class Found:
    """Thresholds of pixels, before anything is made of them."""

    x: float
    y: float
    gain: float = math.nan
    offset: float = math.nan


def costes(pixels: Pixels) -> Found:
    """Find Costes' thresholds of the compared pixels.

    Raises
    ------
    Undefined
        If there are none: see `thresholds.threshold`.
    """
    what = "Costes' threshold"
    check_varies(pixels.moments, what)
    gain, offset = (float(v) for v in orthogonal_line(pixels.moments, what))
    if not gain > 0:
        raise Undefined(
            f"no Costes threshold: the slope of the regression line is {gain:.4g}, and "
            "must be above 0"
        )
    x, y = pixels.values
    # a pixel is not above both thresholds while x, or y read off the line, is not
    key = np.minimum(x.astype(np.float64), (y.astype(np.float64) - offset) / gain)
    order = np.argsort(key, kind="stable")
    key = key[order]
    last = np.flatnonzero(np.append(key[1:] != key[:-1], True))  # of equal ones
    falls = _no_longer_positive(x[order], y[order], last, pixels.moments)
    if falls is None:
        raise Undefined(
            "no Costes threshold: R of the pixels below stays above 0 all the way"
        )
    below, rest = order[: falls + 1], order[falls + 1 :]
    tx = float(key[falls])
    ty = gain * tx + offset
    # rounding on the line may not put a pixel on the other side
    by_y = y[below][x[below] > tx]
    if by_y.size:
        ty = max(ty, float(by_y.max()))
    ty = min(ty, math.nextafter(float(y[rest].min()), -math.inf))
    return Found(tx, ty, gain, offset)


def _no_longer_positive(x: Array, y: Array, last: Array, known: Moments) -> int | None:
    """Largest of the places `last` up to which the covariance is not above 0.

    None if there is none, or an image is constant up to it (so that R is undefined
    there and below).
    """
    exact = max(x.dtype.itemsize, y.dtype.itemsize) <= _NARROW and "f" not in (
        x.dtype.kind, y.dtype.kind,
    )  # fmt: skip
    if exact:
        a: Array = x.astype(np.int64) - round(known.mean_x)
        b: Array = y.astype(np.int64) - round(known.mean_y)
    else:
        a = x.astype(np.float64) - known.mean_x
        b = y.astype(np.float64) - known.mean_y
    n = last + 1
    sa, sb, sab = (np.cumsum(t)[last] for t in (a, b, a * b))
    by_means = sa.astype(np.float64) * sb / n
    covariance = sab - by_means
    unsure = np.abs(covariance) <= _SURE * (np.abs(sab) + np.abs(by_means))
    positive = covariance > 0
    if exact:
        for k in np.flatnonzero(unsure).tolist():
            positive[k] = int(n[k]) * int(sab[k]) > int(sa[k]) * int(sb[k])
    falls = np.flatnonzero(~positive)
    if not falls.size:
        return None
    place = int(last[falls[-1]])
    if any(np.ptp(t[: place + 1]) == 0 for t in (x, y)):
        return None
    return place
