"""Find what was done to pixel values one by one: cut off, rounded to steps, compressed.

These hide changes: where values are cut off nothing can be fitted, steps are no noise,
and blocks of 8×8 pixels are no structure. So they are looked for before a fit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .rules import FEWEST_SATURATED, limit

_MOST_STEPS = 4096
"""Values of a float image above which it is not asked for steps between them."""

_MOST_FLATS, _MOSTLY = 16, 0.5
"""Values of an image of flat objects at most, and share of their pixels that have the
value of the one beside them at least."""

_GRID = 8
"""Side of JPEG's blocks in pixels."""

_SIDE_BY_SIDE = 0.5
"""Share of the pixels at an end that have another one to their right: of an object with
a flat top it is nearly all."""

_BY_CHANCE = 6.0
"""Standard errors by which the largest of seven terms is more than the smallest, and
some: both are an extreme."""

_LEAST_TERM = 1e-9
"""Below any term but 0, whose logarithm would outweigh all others."""

_HALF = 0.6
"""Half of a step, and a little more: what a line leaves of it is no exact half."""

_NEAR = 1e-3
"""Part of a step by which values may miss their step, from float arithmetic."""


class PixelValues(NamedTuple):
    """What was found of values, before any fit.

    Attributes
    ----------
    step_1, step_2 : float
        Steps between the values of each image; 0 where there are none.
    quantised : bool
        Whether rounding to its steps is all that image 2 differs by from a line.
    compressed : bool
        Whether image 2 has JPEG's grid of 8×8 pixels, and image 1 has not.
    rest : float
        Variance of what a line leaves.
    rounded : bool
        Whether rounding to its steps is all that image 2 differs by from image 1.
    most : float
        Variance of what a line leaves in the squares of 8×8 pixels that it leaves most
        in, less one of twenty.
    """

    step_1: float
    step_2: float
    quantised: bool
    compressed: bool
    rest: float
    rounded: bool = False
    most: float = 0.0


def pixel_values(x: Array, y: Array, valid: Array) -> PixelValues:
    """Look for steps of values and for blocks of JPEG, with both images in place."""
    ones, twos = x[valid], y[valid]
    step_1, step_2 = step_of(ones), step_of(twos)
    if _is_flat(x, valid) and _is_flat(y, valid):
        # Gaps between the values of a few flat objects are no steps.
        step_1, step_2 = float(step_1 >= 1), float(step_2 >= 1)
    spread_1, spread_2 = float(ones.std()), float(twos.std())
    mean_1, mean_2 = float(ones.mean()), float(twos.mean())
    covariance = float(((ones - mean_1) * (twos - mean_2)).mean())
    if not spread_1 or covariance < spread_1 * spread_2 / 2:
        return PixelValues(step_1, step_2, False, False, 0.0)
    gain = covariance / spread_1**2
    left = np.where(valid, y - mean_2 - gain * (x - mean_1), 0.0)
    inside = left[valid]
    rest = float(inside.var())
    coarse = step_2 > limit("coarser") * gain * step_1
    visible = step_2 > limit("step") * spread_2
    # A line of few coarse steps is no line of what was rounded, so its own values are
    # asked first.
    rounded = (
        visible
        and step_2 > limit("coarser") * step_1
        and _rounds(twos - ones, step_2)
        and abs(mean_2 - mean_1) <= _HALF * step_2
    )
    quantised = rounded or (visible and coarse and _rounds(inside, step_2))
    whole = bool(valid.all())
    visible = rest > (limit("visible") * spread_2) ** 2
    compressed = whole and visible and not quantised and _has_grid(x, y)
    # Noise of image 1 hides the grid that it may have; of it image 2 has none, so that
    # a line from there leaves it as it is.
    if compressed:
        noise = x - mean_1 - covariance / spread_2**2 * (y - mean_2)
        compressed = not _is_white(noise)
    most = _most_in_squares(left) if compressed else 0.0
    return PixelValues(step_1, step_2, quantised, compressed, rest, rounded, most)


def of_moved(values: PixelValues, x: Array, y: Array, inside: Array) -> PixelValues:
    """Return values with what a line leaves once image 1 is where image 2 is.

    Of images that are apart, what is left is far more than compression makes.
    """
    ones, twos = x[inside], y[inside]
    gain = float(np.cov(ones, twos, bias=True)[0, 1]) / max(float(ones.var()), 1e-300)
    left = np.where(inside, y - twos.mean() - gain * (x - ones.mean()), 0.0)
    return values._replace(rest=float(left[inside].var()), most=_most_in_squares(left))


def _most_in_squares(left: Array) -> float:
    """Return the variance in the squares that most is left in, less one of twenty."""
    height, width = (size // _GRID * _GRID for size in left.shape)
    squares = (left[:height, :width] ** 2).reshape(
        height // _GRID, _GRID, width // _GRID, _GRID
    )
    # Flat squares lose nothing, and those with an edge much.
    return float(np.quantile(squares.mean((1, 3)), 0.95))


def _is_flat(image: Array, valid: Array) -> bool:
    """Tell whether an image is a few flat objects on a flat ground, as masks are.

    Single photons have few values, too, but few of them have a neighbour alike.
    """
    values = image[valid]
    few = np.unique(values[:: max(len(values) // _MOST_STEPS, 1)])
    if len(few) > _MOST_FLATS:
        return False
    ground = few[np.argmax([np.count_nonzero(values == value) for value in few])]
    objects = valid & (image != ground)
    beside = objects[:, 1:] & valid[:, :-1]
    alike = (image[:, 1:] == image[:, :-1])[beside]
    return bool(alike.size) and float(alike.mean()) > _MOSTLY


def _rounds(left: Array, step: float) -> bool:
    """Tell whether what is left is no more than rounding to these steps makes.

    That is half a step to either side of one value, whether values were rounded down or
    to the nearest.
    """
    low, high = np.quantile(left, (0.005, 0.995))
    within = np.abs(left - (low + high) / 2) <= _HALF * step
    return float(within.mean()) >= limit("within")


def step_of(values: Array) -> float:
    """Return the step that all values are apart by a multiple of; 0 if there is none.

    Examples
    --------
    >>> step_of(np.array([3.0, 11.0, 19.0, 35.0])), step_of(np.array([0.0, 1.0, 1.3]))
    (8.0, 0.0)
    """
    few = np.unique(values[:: max(len(values) // _MOST_STEPS, 1)])
    gaps = np.diff(few)
    if not len(gaps):
        return 0.0
    whole = bool((values == np.rint(values)).all())
    if whole:
        step = float(np.gcd.reduce(gaps.astype(np.int64)))
    else:
        step = float(gaps.min())
        if len(few) > _MOST_STEPS // 2:
            return 0.0
    places = (values - few[0]) / step
    apart = np.abs(places - np.rint(places)).max()
    if apart <= _NEAR:
        return step
    return 1.0 if whole else 0.0


def _has_grid(x: Array, y: Array) -> bool:
    """Tell whether image 2 has JPEG's grid on both axes, and far more than image 1.

    JPEG rounds most of the fine cosine terms of its blocks to 0. Cut at any of the
    seven other places, blocks take in parts of two, and have such terms again.
    """
    return all(
        _grid(y if axis else y.T, _grid(x if axis else x.T, 0.0)) for axis in (0, 1)
    )


def _grid(image: Array, least: float) -> float:
    """Return how much fainter fine terms are at one place of eight than at the others.

    In powers of e; 0 where that is no more than `least` and what is needed beyond, or
    where the seven others scatter as far.
    """
    fft = needed("scipy.fft", "A verdict")
    fine = fft.dct(np.eye(_GRID), axis=0, norm="ortho")[_GRID // 2 :].T
    faint = []
    for k in range(_GRID):
        count = (image.shape[1] - k) // _GRID
        if not count:
            return 0.0
        cut = image[:, k : k + count * _GRID].reshape(-1, _GRID)
        terms = np.maximum(np.abs(cut @ fine), _LEAST_TERM)
        faint.append(float(np.log(terms).mean()))
    at = int(np.argmin(faint))
    others = np.delete(faint, at)
    gap = float(np.median(others)) - faint[at]
    far = gap > limit("grid") * float(others.std())
    return gap if far and gap > least + limit("faint") else 0.0


def _is_white(image: Array) -> bool:
    """Tell whether all terms of eight pixels are as large, as only noise has them.

    JPEG rounds fine ones more than coarse ones.
    """
    fft = needed("scipy.fft", "A verdict")
    terms = fft.dct(np.eye(_GRID), axis=0, norm="ortho")[1:]
    squares, count = np.zeros(len(terms)), 0
    for along in (image, image.T):
        cut = along[:, : along.shape[1] // _GRID * _GRID].reshape(-1, _GRID)
        squares += ((cut @ terms.T) ** 2).sum(0)
        count += len(cut)
    chance = _BY_CHANCE * math.sqrt(2 / max(count, 1))
    return bool(squares.max() <= (limit("white") + chance) * squares.min())


def piled(
    image: Array, valid: Array, step: float | None = None, *, floor: bool = False
) -> Array:
    """Find the pixels of the top or lowest value, if these are more than beside it.

    The top value alone would call the brightest pixel of any image saturated. Of coarse
    steps, as of single photons, the next one counts; `step` is None where it is to be
    found.
    """
    values = image.reshape(-1) if valid.all() else image[valid]
    end = values.min() if floor else values.max()
    at: Array = valid & (image == end)
    count = int(at.sum())
    if count < FEWEST_SATURATED:  # which most images end with
        return at & False
    step = step_of(values) if step is None else step
    values = values.astype(np.float64, copy=False)
    values = -values if floor else values
    top, low = float(values.max()), float(values.min())
    near = max((top - low) / 100, 1.5 * step)
    below = int(((values < top) & (values > top - near)).sum())
    # Or a single value stands out from its neighbours, where many are near the top.
    each = below / max(near / step, 1.0) if step else below
    crowd = min(limit("plateau") * below, 10 * each)
    return at & (count >= crowd)


def goes_beyond(at: Array, image: Array, other: Array, valid: Array) -> bool:
    """Tell whether the other image goes on beyond the end of this one.

    A background that is flat in both images is no ceiling.

    Parameters
    ----------
    at : ndarray of bool, (y, x)
        The pixels at the end, as `piled` finds them.
    image, other : ndarray of float64, (y, x)
        The image with the end, and the other one, where it lies on that.
    valid : ndarray of bool, (y, x)
        Pixels that count.
    """
    at = at & valid
    if not at.any():
        return False
    first, third = np.percentile(other[at], (25, 75))
    if third - first <= limit("varies") * float(other[valid].std()):
        return False
    # Noise of the other image is no variation. Cut off, the other's values there lie
    # beyond those of pixels just short of it; of noise they are much the same.
    reach = (third - first) * float(image[valid].std()) / float(other[valid].std())
    end = float(np.median(image[at]))
    short = valid & ~at & (np.abs(image - end) < reach)
    if not short.any():
        return True
    beside = np.sort(other[short])
    beyond = float(np.searchsorted(beside, other[at]).mean()) / len(beside)
    return abs(beyond - 0.5) > limit("apart") - 0.5


def cut_within_noise(at: Array, image: Array, other: Array, valid: Array) -> float:
    """Return the share of pixels cut off where both images vary by noise alone; or 0.

    `goes_beyond` asks for structure beyond the end, and of an even background there is
    none. Noise of the other image goes there all the same: as often as pixels are at
    the end, and not far more often in these than near them. And it is noise that
    decides which pixels are there, so that they do not lie side by side.

    Parameters
    ----------
    at : ndarray of bool, (y, x)
        The pixels at the end, as `piled` finds them; the other image has no such.
    image, other : ndarray of float64, (y, x)
        The image with the end, and the other one in units of it.
    valid : ndarray of bool, (y, x)
        Pixels that count.
    """
    if (at[:, 1:] & at[:, :-1]).sum() > _SIDE_BY_SIDE * at.sum():
        return 0.0
    end = float(image[at][0])
    above = other > end if end == float(image[valid].max()) else other < end
    near = valid & ~at & (np.abs(image - end) < float(other[at].std()))
    share, beyond = (float(t[valid].mean()) for t in (at, above))
    enough = near.sum() >= at.sum() and share / 2 <= beyond <= 2 * share
    alike = enough and above[at].mean() < 3 * above[near].mean()
    return share if alike else 0.0
