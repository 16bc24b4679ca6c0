"""Find Costes' thresholds as Coloc 2 of Fiji does: gray value by gray value.

Numbers of papers are of that program, and whoever goes on with its series needs the
same ones; its habits, told in `thresholds_in_steps`, are kept for that alone. It reads
all pixels anew at each step, and did not end in eleven minutes on a pair of 2048×2048
pixels of 16 bits. Here each pixel is looked at once: the steps at which it is below are
known from its value, and sums by step give R at all of them.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.exact import means
from ..moments.kernels.colocalization import squares_about, sums_by_step
from ..moments.kernels.parts import on_threads, one_each
from ..moments.moments import Moments, check_varies
from ..moments.wide import is_narrow, is_wide
from .above import native, summed, sums_above
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
    x, y = native(x), native(y)
    gain, offset = _line(x, y, pixels.moments)
    if math.isnan(gain):
        raise Undefined(f"{what}: the images do not vary together, there is no slope")
    of_first = -1 < gain < 1
    largest = float((x if of_first else y).max())
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
    low, high = _reach(pixels.values[0].dtype)
    limits = [np.clip(_rounded(t), low, high) for t in along]
    r = _r_of(*_below(x, y, limits))
    before = np.append(1.0, r[:-1])
    # NaN is not less and not larger: it ends nothing, before or after.
    ends = np.flatnonzero((r < _NOT_ABOVE) | (r > before))
    end = int(ends[0]) if ends.size else count - 1
    return Steps(
        float(limits[0][end]), float(limits[1][end]), gain, offset, float(r[end])
    )


def shares_in_steps(pixels: Pixels) -> tuple[Steps, tuple[float, float], str]:
    """Return the thresholds of Coloc 2, its M1 and M2, and a note.

    There a pixel at a threshold is above it, and one of 0 is not.
    """
    steps = thresholds_in_steps(pixels)
    x, y = pixels.values
    # at a threshold is above all that is less
    limits = [max(math.nextafter(t, -math.inf), 0.0) for t in steps[:2]]
    total_x, part_x, total_y, part_y = sums_above(x, y, *limits)
    shares = tuple(
        float(part / total) if total else math.nan
        for part, total in ((part_x, total_x), (part_y, total_y))
    )
    notes = []
    if not steps.gain > 0:
        notes.append(
            f"the slope of the regression line is {steps.gain:.4g}: Coloc 2 gives "
            "thresholds also then, which mean nothing"
        )
    elif steps.x > float(x.max()) and steps.y > float(y.max()):
        notes.append("no pixel is above a threshold")
    elif steps.x < float(x.min()) or steps.y < float(y.min()):
        notes.append(
            "a threshold is below every pixel of its image, which Coloc 2 calls "
            "meaningless: R of the pixels below never became 0"
        )
    if math.isnan(shares[0]) or math.isnan(shares[1]):
        notes.append("an image has no intensity: its share is undefined")
    return steps, (shares[0], shares[1]), "; ".join(notes)


def _line(x: Array, y: Array, moments: Moments) -> tuple[float, float]:
    """Return slope and offset of the orthogonal line; its sums lack the first pixel."""
    mean_x, mean_y = (float(mean) for mean in means(moments))
    sums = summed(squares_about, x[1:], y[1:], (mean_x, mean_y), 3, np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        va, vb, both = sums / np.float64(x.size - 2)  # of the pixels left, less 1
        covariance = 0.5 * (both - (va + vb))
        apart = vb - va
        root = np.sqrt(apart * apart + 4 * covariance * covariance)
        gain = float((apart + root) / (2 * covariance))
    return gain, mean_y - gain * mean_x


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


def _below(x: Array, y: Array, limits: list[Array]) -> Array:
    """Return n, Σx, Σy, Σx², Σxy and Σy² below, at each step; of few values exact."""
    count = len(limits[0])
    exact = is_narrow(x.dtype) and is_narrow(y.dtype)
    kind = np.int64 if exact else np.float64
    tables = [_steps_of(limit) for limit in limits]
    origins = np.array([limit.min() for limit in limits], kind)

    def sum_up(part: slice) -> Array:
        leaving, entering = np.zeros((2, count + 1, 6), kind)
        sums_by_step(x[part], y[part], *tables, origins, leaving, entering)
        # Only added up: a difference of two sums of all pixels would leave the few
        # floats of the last steps in their rounding.
        np.cumsum(leaving[::-1], axis=0, out=leaving[::-1])
        np.cumsum(entering, axis=0, out=entering)
        below: Array = leaving[1:]
        below += entering[:-1]
        return below

    # Floats in one go: R of two steps alike must not differ by the order of sums.
    parts = one_each(x.size) if exact else [slice(None)]
    sums = reduce(np.add, on_threads(sum_up, parts))
    together: Array = sums.T.astype(np.float64, copy=False)
    return together


def _steps_of(limit: Array) -> Array:
    """Return before which step values are below a threshold, and from which on.

    Of values below all thresholds, and then from each whole number on to the next, as
    thresholds are whole numbers. Along the line one only falls, or only rises.
    """
    count, low = len(limit), limit.min()
    values = np.append(-math.inf, low + np.arange(limit.max() - low + 1))
    until, since = np.zeros(values.size, np.int64), np.full(values.size, count)
    if limit[0] >= limit[-1]:
        until = count - np.searchsorted(limit[::-1], values, "right")
    else:
        since = np.searchsorted(limit, values, "right")
    return np.array([until, since], np.int32)
