"""Tell how sure a motion is, and which small step would make R of two images highest.

Where R is highest, what image 1 has beyond image 2 is nowhere related to the slopes of
image 2. So the sums of their products say how far the best motion is, and how these
sums scatter from block to block says how sure that is (White 1980): no count of pixels
that would take neighbours, which share their structure, for independent.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .motion import Motion

BLOCK = 16
"""Side of the blocks in pixels, which are taken for independent: larger than the grain;
of a small image a quarter of its side."""

_FEWEST_BLOCKS = 4
"""Blocks below which their scatter tells nothing."""

_LEAST_OTHERS = 0.02
"""Part of what is known that must be from other blocks than any one."""


class Step(NamedTuple):
    """A step towards the highest R: for each axis, and the turn in radians.

    Attributes
    ----------
    step : ndarray
        0 for what is not free.
    errors : ndarray
        Standard errors of where R is highest; 0 for what is not free, NaN where the
        images do not tell.
    """

    step: Array
    errors: Array


def step_and_errors(
    x: Array, moved: Array, inside: Array, motion: Motion, free: tuple[int, ...]
) -> Step:
    """Find which small step would make R highest, and how sure that is.

    Parameters
    ----------
    x, moved : ndarray of float64
        Image 1, and image 2 moved onto it; finite everywhere.
    inside : ndarray of bool
        Pixels that are compared.
    motion : Motion
        How image 2 was moved.
    free : tuple of int
        What may move: axes, and the number of axes for the turn.
    """
    count = x.ndim + 1
    step, errors = np.zeros(count), np.zeros(count)
    errors[list(free)] = math.nan
    inner = _inner(inside, free)
    if not inner.any():
        return Step(step, errors)
    ours, theirs = (t - t[inner].mean() for t in (x, moved))
    spread = float(theirs[inner].std())
    # Both images have noise, so neither's regression on the other has the right slope.
    gain = float(ours[inner].std()) / spread if spread else 0.0
    left = np.where(inner, ours - gain * theirs, 0.0)
    slopes = [_slopes(t, motion, free) for t in (ours, theirs)]
    scores = np.stack([_in_blocks(left * slope) for slope in slopes[1]], 1)
    # Products of slopes of both, which have no noise in common.
    curves = np.stack(
        [
            np.stack(
                [_in_blocks(np.where(inner, one * two, 0.0)) for two in slopes[1]], 1
            )
            for one in slopes[0]
        ],
        1,
    )
    some = _in_blocks(inner.astype(np.float64)) > 0
    scores, curves = scores[some], curves[some]
    curves = (curves + curves.swapaxes(1, 2)) / 2
    curve = curves.sum(0)
    if not spread or np.linalg.matrix_rank(curve) < len(free):
        return Step(step, errors)
    inverse = np.linalg.inv(curve)
    step[list(free)] = inverse @ scores.sum(0)
    if len(scores) < _FEWEST_BLOCKS or (np.diag(inverse) <= 0).any():
        return Step(step, errors)
    # What each block would say without having had a part in it (the jackknife): where
    # few blocks carry it all, these agree with themselves, and the errors would be too
    # small.
    others = np.eye(len(free)) - curves @ inverse
    if (np.abs(np.linalg.det(others)) < _LEAST_OTHERS).any():
        return Step(step, errors)
    apart = np.linalg.solve(others, scores[:, :, None])[:, :, 0]
    scatter = apart.T @ apart * (len(apart) - 1) / len(apart)
    errors[list(free)] = np.sqrt(np.diag(inverse @ scatter @ inverse))
    return Step(step, errors)


def weakest_slopes(
    x: Array, moved: Array, inside: Array, motion: Motion, free: tuple[int, ...]
) -> list[tuple[Array, Array]]:
    """Return the slopes of both images in the direction in which they tell least.

    And those of a turn, where that is free. Across a stripe an image has slopes, along
    it noise has some, which the other image does not share. Arguments as of
    `step_and_errors`; the slopes are 0 where they are not known.
    """
    inner = _inner(inside, free)
    ones, twos = (
        [np.where(inner, slope, 0.0) for slope in _slopes(t, motion, free)]
        for t in (x, moved)
    )
    along = [k for k, axis in enumerate(free) if axis < x.ndim]
    if not along:
        return []
    curve = np.array([[float((ones[k] * twos[j]).sum()) for j in along] for k in along])
    values, vectors = np.linalg.eigh((curve + curve.T) / 2)
    least = vectors[:, int(np.argmin(np.abs(values)))]
    weak = [
        np.asarray(sum(w * side[k] for w, k in zip(least, along, strict=True)))
        for side in (ones, twos)
    ]
    pairs = [(weak[0], weak[1])]
    if x.ndim in free:
        pairs.append((ones[-1], twos[-1]))
    return pairs


def _inner(inside: Array, free: tuple[int, ...]) -> Array:
    """Return the pixels whose neighbours are known along what may move.

    Along what may not, none is needed: a stack of two slices would have no such pixel.
    """
    ndimage = needed("scipy.ndimage", "The error of a motion")
    near = [3 if axis in free else 1 for axis in range(inside.ndim)]
    inner: Array = ndimage.binary_erosion(inside, np.ones(near))
    return inner


def _slopes(image: Array, motion: Motion, free: tuple[int, ...]) -> list[Array]:
    """Return what a small motion of image 2 adds to what it has at each pixel.

    image is seen on the grid of image 1, which image 2 is turned against.
    """
    along = [_derivative(image, axis) for axis in range(image.ndim)]
    if not motion.turn and image.ndim not in free:
        return [along[k] for k in free]
    rotation = motion.rotation()
    along = [row[0] * along[0] + row[1] * along[1] for row in rotation]
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in image.shape)
    cos, sin = rotation[0, 0], rotation[1, 0]
    turned = along[0] * (-sin * rows[:, None] - cos * columns) + along[1] * (
        cos * rows[:, None] - sin * columns
    )
    return [[*along, turned][k] for k in free]


def _derivative(image: Array, axis: int) -> Array:
    """Return the slope of the cubic spline through the pixels of each line."""
    ndimage = needed("scipy.ndimage", "The error of a motion")
    if image.shape[axis] == 1:
        return np.zeros_like(image)
    coefficients = ndimage.spline_filter1d(image, 3, axis, mode="mirror")
    slopes: Array = ndimage.correlate1d(
        coefficients, [-0.5, 0, 0.5], axis, mode="mirror"
    )
    return slopes


def _in_blocks(image: Array) -> Array:
    """Sum an image over blocks."""
    for axis, size in enumerate(image.shape):
        side = min(BLOCK, max(size // 4, 1))
        image = np.add.reduceat(image, np.arange(0, size, side), axis)
    return image.ravel()
