"""Estimate the noise of an image from the image itself, by brightness.

A filter that sees the finest detail only, which optics do not pass, leaves noise alone
(after Immerkær 1996). Photon noise grows with the light, so that the estimate is taken
in classes of brightness. Noise that neighbours share (after a
blur, of a compressed file) is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array

FILTER = np.array([1.0, -4.0, 6.0, -4.0, 1.0])
"""Fourth difference, along both axes: 0 for structure that is smooth over 5 pixels."""

_CLASSES = 12
"""Classes of brightness between the darkest and the brightest half percent."""

_FEWEST = 60
"""Pixels of a class of brightness below which it has no estimate of its own."""

_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

_ROUNDING = 1 / 12
"""Variance of rounding to whole numbers, the least noise that such an image has."""


@dataclass(frozen=True)
class NoiseLevel:
    """Variance of the noise against brightness.

    Attributes
    ----------
    levels, variances : ndarray
        Brightness, rising, and the variance there, in squared intensity units.
    mean : float
        Variance averaged over the pixels.
    """

    levels: Array
    variances: Array
    mean: float

    def at(self, brightness: Array) -> Array:
        """Interpolate the variance at a brightness, beyond the classes the nearest."""
        variances: Array = np.interp(brightness, self.levels, self.variances)
        return variances


def fine_detail(image: Array) -> Array:
    """Return what the filter lets through of a plane: noise, and no smooth structure.

    Examples
    --------
    >>> float(fine_detail(np.add.outer(np.arange(9.0), np.arange(9.0)))[4, 4])
    0.0
    """
    ndimage = needed("scipy.ndimage", "A verdict")
    fine: Array = ndimage.correlate1d(ndimage.correlate1d(image, FILTER, 0), FILTER, 1)
    return fine


def noise_level(
    image: Array, valid: Array, *, whole: bool, least: float = 0.0
) -> NoiseLevel:
    """Estimate the noise of a plane.

    Parameters
    ----------
    image : ndarray of float, (y, x)
        Finite everywhere.
    valid : ndarray of bool, (y, x)
        Pixels that count.
    whole : bool
        Whether the values were whole numbers: rounding is noise, too.
    least : float
        Variance that is known to be there at least, of coarser steps.

    Returns
    -------
    NoiseLevel
        Variances in squared intensity units.

    Notes
    -----
    The filter, the product of two fourth differences, makes 70 sigma of white noise of
    standard deviation sigma. sigma is 1.4826 times the median of its absolute
    value over 70, in each of 12 classes of brightness.

    References
    ----------
    Immerkær, J. (1996). Comput. Vis. Image Underst. 64, 300-302,
    doi:10.1006/cviu.1996.0060.

    Examples
    --------
    >>> noisy = np.random.default_rng(0).normal(100, 5, (80, 80))
    >>> noise = noise_level(noisy, np.ones((80, 80), bool), whole=False)
    >>> 4.7 < noise.mean**0.5 < 5.3
    True
    """
    ndimage = needed("scipy.ndimage", "A verdict")
    fine = fine_detail(image)
    inside = ndimage.binary_erosion(valid, np.ones((5, 5), bool))
    if inside.sum() < _FEWEST:
        inside = valid
    strength = np.abs(fine[inside]) / float((FILTER**2).sum())
    # Classes by blurred brightness: by that of the pixel itself, noise would sort the
    # pixels that it made bright into brighter classes.
    brightness = ndimage.gaussian_filter(image, 1.5)[inside]
    low, high = np.percentile(brightness, (0.5, 99.5))
    classes = np.clip(
        (brightness - low) / max(high - low, 1e-300) * _CLASSES, 0, _CLASSES - 1
    ).astype(np.intp)
    least = max(_ROUNDING if whole else 0.0, least)
    levels, variances, counts = [], [], []
    for k in range(_CLASSES):
        members = classes == k
        count = int(members.sum())
        if count < _FEWEST:
            continue
        levels.append(float(brightness[members].mean()))
        # The median, not the mean square: edges of cells pass the filter, too, but in
        # fewer than half of the pixels.
        sigma = _TO_SIGMA * float(np.median(strength[members]))
        variances.append(max(sigma**2, least))
        counts.append(count)
    if not levels:
        sigma = _TO_SIGMA * float(np.median(strength))
        levels, counts = [float(brightness.mean())], [1]
        variances = [max(sigma**2, least)]
    order = np.argsort(levels)
    mean = float(np.average(variances, weights=counts))
    return NoiseLevel(np.array(levels)[order], np.array(variances)[order], max(mean, 0))
