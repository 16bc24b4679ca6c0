"""Find Costes' thresholds as Coloc 2 of Fiji does: gray value by gray value.

Numbers of papers are of that program, and whoever goes on with its series needs the
same ones; its habits, told in `thresholds_in_steps`, are kept for that alone. It reads
all pixels anew at each step, and did not end in eleven minutes on a pair of 2048×2048
pixels of 16 bits. Here each pixel is looked at once: the steps at which it is below are
known from its value, and sums by step give R at all of them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.kernels.colocalization import sums_by_step
from ..moments.moments import check_varies
from ..moments.wide import is_narrow, is_wide
from .pixels import Pixels

_NOT_ABOVE = 1e-4
"""R below which Coloc 2 stops, and not 0."""

_MOST_STEPS = 1 << 24
"""Gray values beyond which its steps would be more than pixels: it would never end."""


class Steps(NamedTuple):
    """What Coloc 2 reports: both thresholds, its line, and R of what is below."""

    x: float
    y: float
    gain: float
    offset: float
    r_below: float


def thresholds_in_steps(pixels: Pixels) -> Steps:
    """Find the thresholds of Coloc 2 (3.1.0, "Costes").

    The line is orthogonal; its sums leave out the first pixel, as reading the type of
    the image takes one from the cursor, and its means do not. From the largest value of
    an image down, gray value by gray value, its threshold and that of the other image,
    read off the line, are rounded (a half upwards) and held within the type of image 1;
    the image is image 1 where the slope is between -1 and 1, else image 2. A pixel is
    below where it is less than either threshold. The steps end at the first at which R
    of the pixels below is less than 0.0001 or larger than at the step before, or at the
    last gray value that is 1 or more; R that is undefined ends nothing.

    Raises
    ------
    Undefined
        If an image is constant, or there is no slope.
    """
    what = "Costes' threshold (Coloc 2)"
    check_varies(pixels.moments, what)
    x, y = pixels.values
    if is_wide(x.dtype) or is_wide(y.dtype):
        raise Undefined(
            f"{what} is of 8 and 16 bits and floats, which ImageJ has: no threshold of "
            "integers of 64 bits"
        )
    a, b = x.astype(np.float64), y.astype(np.float64)
    gain, offset = _line(a, b)
    if math.isnan(gain):
        raise Undefined(f"{what}: the images do not vary together, there is no slope")
    of_first = -1 < gain < 1
    largest = float((a if of_first else b).max())
    count = max(1, math.floor(largest))
    if count > _MOST_STEPS:
        raise Undefined(
            f"{what} goes down by 1 from {largest:g}, which is more than "
            f"{_MOST_STEPS:,} steps: divide the images by a constant"
        )
    steps = largest - np.arange(count)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        along = (
            (steps, gain * steps + offset)
            if of_first
            else ((steps - offset) / gain, steps)
        )
    low, high = _reach(x.dtype)
    limits = [np.clip(_rounded(t), low, high) for t in along]
    counted = is_narrow(x.dtype) and is_narrow(y.dtype)
    sums = _counted(x, y, limits) if counted else _summed(a, b, limits)
    r = _r_of(*sums)
    before = np.append(1.0, r[:-1])
    # NaN is not less and not larger: it ends nothing, before or after.
    ends = np.flatnonzero((r < _NOT_ABOVE) | (r > before))
    end = int(ends[0]) if ends.size else count - 1
    return Steps(
        float(limits[0][end]), float(limits[1][end]), gain, offset, float(r[end])
    )


def shares_in_steps(pixels: Pixels) -> tuple[Steps, tuple[float, float], int, str]:
    """Return the thresholds of Coloc 2, its M1 and M2, pixels above both, and a note.

    There a pixel at a threshold is above it, and one of 0 is not.
    """
    steps = thresholds_in_steps(pixels)
    x, y = pixels.values
    is_above = [(t >= limit) for t, limit in ((x, steps.x), (y, steps.y))]
    shares, notes = [], []
    for values, partner, other in ((x, y, is_above[1]), (y, x, is_above[0])):
        total = float(values.sum(dtype=np.float64))
        part = float(values[other & (partner > 0)].sum(dtype=np.float64))
        shares.append(part / total if total else math.nan)
    if not steps.gain > 0:
        notes.append(
            f"the slope of the regression line is {steps.gain:.4g}: Coloc 2 gives "
            "thresholds also then, which mean nothing"
        )
    elif not any(t.any() for t in is_above):
        notes.append("no pixel is above a threshold")
    elif steps.x < float(x.min()) or steps.y < float(y.min()):
        notes.append(
            "a threshold is below every pixel of its image, which Coloc 2 calls "
            "meaningless: R of the pixels below never became 0"
        )
    if math.isnan(shares[0]) or math.isnan(shares[1]):
        notes.append("an image has no intensity: its share is undefined")
    both = int((is_above[0] & is_above[1]).sum())
    return steps, (shares[0], shares[1]), both, "; ".join(notes)


def _line(a: Array, b: Array) -> tuple[float, float]:
    """Return slope and offset of the orthogonal line; its sums lack the first pixel."""
    mean_a, mean_b = float(a.sum()) / a.size, float(b.sum()) / b.size
    da, db = a[1:] - mean_a, b[1:] - mean_b
    n = a.size - 2  # of the pixels that are left, less 1
    with np.errstate(invalid="ignore", divide="ignore"):
        va, vb, both = (np.float64((t * t).sum()) / n for t in (da, db, da + db))
        covariance = 0.5 * (both - (va + vb))
        apart = vb - va
        root = np.sqrt(apart * apart + 4 * covariance * covariance)
        gain = float((apart + root) / (2 * covariance))
    return gain, mean_b - gain * mean_a


def _rounded(values: Array) -> Array:
    """Round as Java does: a half upwards, and NaN to 0."""
    floor = np.floor(values)
    with np.errstate(invalid="ignore"):
        up = np.where(values - floor >= 0.5, floor + 1, floor)  # noqa: PLR2004
    return np.where(np.isnan(up), 0.0, up)


def _reach(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the smallest and the largest value of a type."""
    if dtype.kind == "b":
        return 0.0, 1.0
    info = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return float(info.min), float(info.max)


def _r_of(n: Array, sx: Array, sy: Array, sxx: Array, sxy: Array, syy: Array) -> Array:
    """Return R at each step."""
    # In this order, so that of integers, whose sums are exact, each rounding is that of
    # Coloc 2, and with it the step at which R rises.
    with np.errstate(invalid="ignore", divide="ignore"):
        part = 1.0 / n
        xy = sxy - sx * sy * part
        xx = sxx - sx * sx * part
        yy = syy - sy * sy * part
        r = xy / np.sqrt(xx * yy)
    finite: Array = np.where(np.isfinite(r), r, math.nan)
    return finite


def _steps_of(values: Array, limit: Array) -> tuple[Array, Array]:
    """Return before which step each value is below a threshold, and from which on.

    Along the line a threshold only falls, or only rises.
    """
    count = len(limit)
    until, since = np.zeros(values.size, np.int64), np.full(values.size, count)
    if limit[0] >= limit[-1]:
        until = count - np.searchsorted(limit[::-1], values, "right")
    else:
        since = np.searchsorted(limit, values, "right")
    return until, since


def _counted(x: Array, y: Array, limits: list[Array]) -> Array:
    """Return n, Σx, Σy, Σx², Σxy and Σy² below, at each step, of few values: exact."""
    origins, steps = [], []
    for values, limit in zip((x, y), limits, strict=True):
        low, high = int(values.min()), int(values.max())
        origins.append(low)
        steps.append(_steps_of(np.arange(low, high + 1), limit))
    count = len(limits[0])
    leaving, entering = np.zeros((2, count + 1, 6), np.int64)
    until, since = zip(*steps, strict=True)
    sums_by_step(x, y, until, since, np.array(origins), leaving, entering)
    sums = np.cumsum(leaving[::-1], axis=0)[::-1][1:] + np.cumsum(entering, axis=0)[:-1]
    together: Array = sums.T.astype(np.float64)
    return together


def _summed(a: Array, b: Array, limits: list[Array]) -> list[Array]:
    """Return n, Σx, Σy, Σx², Σxy and Σy² below, at each step."""
    count = len(limits[0])
    until, since = (
        pick(one, other)
        for pick, one, other in zip(
            (np.maximum, np.minimum),
            *(_steps_of(t, limit) for t, limit in zip((a, b), limits, strict=True)),
            strict=True,
        )
    )
    since = np.maximum(since, until)  # no pixel twice in a step

    def by_step(weights: Array | None) -> Array:
        leaving = np.bincount(until, weights, count + 1)
        entering = np.bincount(since, weights, count + 1)
        # Only added up: a difference of two sums of all pixels would leave the few
        # floats of the last steps in their rounding.
        sums: Array = np.cumsum(leaving[::-1])[::-1][1:] + np.cumsum(entering)[:-1]
        return sums

    return [by_step(t) for t in (None, a, b, a * a, a * b, b * b)]
