"""Move, turn, stretch and blur an image, as a fit tries it or an alignment does it.

A mere shift is made of short filters on cubic splines, one along each axis, which is
several times faster than asking for every pixel anew; a turn needs that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array


@dataclass(frozen=True)
class Pose:
    """How image 1 is moved (dy, dx in pixels), turned (radians), stretched and blurred.

    zoom_y and zoom_x are what its size along each axis gains, about the centre and
    before the turn. blur is the squared sigma that image 1 needs to look like image 2;
    below 0, image 2 needs it.
    """

    dy: float = 0.0
    dx: float = 0.0
    turn: float = 0.0
    blur: float = 0.0
    zoom_y: float = 0.0
    zoom_x: float = 0.0

    @property
    def is_shift(self) -> bool:
        """Whether all that moves is a shift, of every pixel alike."""
        return not (self.turn or self.zoom_y or self.zoom_x)

    @property
    def keeps_pixels(self) -> bool:
        """Whether every pixel goes to a pixel, so that nothing is resampled."""
        return self.is_shift and self.dy % 1 == self.dx % 1 == 0

    @property
    def enlarges(self) -> float:
        """How many times the area of image 1 is what it is stretched to."""
        return (1 + self.zoom_y) * (1 + self.zoom_x)


def smoothed(
    image: Array,
    variance: float,
    zooms: Sequence[float] = (1, 1),
    truncate: float = 5,
) -> Array:
    """Blur by a Gaussian of a squared sigma; the image is mirrored at its border.

    `zooms` are what the image is going to be stretched by along y and x: the Gaussian
    is that much narrower, so that it has its sigma afterwards. It ends at `truncate`
    sigmas: SciPy's 4 are too few where noise is reckoned with whole Gaussians.

    Examples
    --------
    >>> spot = np.zeros((31, 31))
    >>> spot[15, 15] = 1
    >>> narrow, away = smoothed(spot, 4.0, (2, 1)), np.arange(-15.0, 16) ** 2
    >>> [round(float((narrow * t).sum()), 2) for t in (away[:, None], away)]
    [1.0, 4.0]
    """
    if variance < 1e-6:  # noqa: PLR2004 - nothing that a pixel could show
        return image
    ndimage = needed("scipy.ndimage", "Moving an image")
    sigmas = [math.sqrt(variance) / zoom for zoom in zooms]
    blurred: Array = ndimage.gaussian_filter(image, sigmas, truncate=truncate)
    return blurred


def well_inside(mask: Array, reach: int, beyond: bool = False) -> Array:
    """Return the pixels that have none outside the mask within reach.

    `beyond` is what lies beyond the edge of the image: True, if inside.
    """
    ndimage = needed("scipy.ndimage", "Moving an image")
    least: Array = ndimage.minimum_filter(
        mask.view(np.uint8), 2 * reach + 1, mode="constant", cval=int(beyond)
    )
    return least.view(bool)


def moved_to(image: Array, pose: Pose, order: int = 3) -> tuple[Array, Array]:
    """Stretch and turn an image about its centre and move it; also say where it is.

    Examples
    --------
    >>> moved, inside = moved_to(np.arange(12.0).reshape(3, 4), Pose(dx=1.0))
    >>> moved[:, 1:].tolist()[0], inside[0].tolist()
    ([0.0, 1.0, 2.0], [False, True, True, True])
    """
    if pose.is_shift and not (pose.dy or pose.dx):
        return image, np.ones(image.shape, bool)
    if pose.is_shift:
        return shifted(image, (pose.dy, pose.dx))
    ndimage = needed("scipy.ndimage", "Moving an image")
    cos, sin = math.cos(pose.turn), math.sin(pose.turn)
    back = np.array([[cos, sin], [-sin, cos]])  # of (y, x): by -turn
    back = back / np.array([[1 + pose.zoom_y], [1 + pose.zoom_x]])
    middle = (np.array(image.shape) - 1) / 2
    start = middle - back @ (middle + np.array([pose.dy, pose.dx]))
    moved = ndimage.affine_transform(image, back, start, order=order, mode="mirror")
    rows, columns = (np.arange(size, dtype=np.float64) for size in image.shape)
    inside = np.ones(image.shape, bool)
    for axis, last in enumerate(image.shape):
        at = start[axis] + back[axis, 0] * rows[:, None] + back[axis, 1] * columns
        inside &= (at >= 0) & (at <= last - 1)
    return moved, inside


def shifted(image: Array, by: tuple[float, ...]) -> tuple[Array, Array]:
    """Move an image further along each axis; what comes in at the edge has no value.

    Examples
    --------
    >>> moved, inside = shifted(np.arange(4.0), (-1.0,))
    >>> moved[inside].tolist()
    [1.0, 2.0, 3.0]
    """
    ndimage = needed("scipy.ndimage", "Moving an image")
    inside = np.ones(image.shape, bool)
    for axis, far in enumerate(by):
        pixels = math.floor(far)
        fraction = far - pixels
        if fraction:
            image = ndimage.spline_filter1d(image, 3, axis, mode="mirror")
            image = ndimage.convolve1d(image, spline(fraction), axis, mode="mirror")
        if pixels:  # mirrored at the edge, so that a blur finds no foreign light there
            last = image.shape[axis] - 1
            at = np.abs(np.arange(last + 1) - pixels)
            image = np.take(image, np.maximum(last - np.abs(last - at), 0), axis)
        along = np.moveaxis(inside, axis, 0)
        first, end = max(math.ceil(far), 0), len(along) + min(pixels, 0)
        along[:first] = along[end:] = False
    return image, inside


def spline(fraction: float) -> Array:
    """Return the cubic B-spline at -2 ... 2, less a fraction of a pixel."""
    far = np.abs(np.arange(-2, 3) - fraction)
    near = 2 / 3 - far**2 + far**3 / 2
    weights: Array = np.where(far < 1, near, np.maximum(2 - far, 0) ** 3 / 6)
    return weights
