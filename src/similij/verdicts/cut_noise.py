"""Reckon with noise that is cut off, which lifts dark places and is no change of light.

Noise cannot take a pixel below 0, nor beyond the range of its type. So where an image
is dark, the mean of noisy pixels lies above what they would have without noise, which
a line takes for a gain below 1 and an offset.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .pixel_values import piled

_RANGE = math.log(1000)
"""Noise is sought from a thousandth of the range of the image up to all of it."""

_ENOUGH = 100_000
"""Pixels of which the share beyond an end is reckoned, of more each so many."""


class Ends(NamedTuple):
    """The values at which an image is cut off; infinite where it is not."""

    low: float
    high: float

    @property
    def there(self) -> tuple[float, ...]:
        """Those that there are."""
        return tuple(end for end in self if math.isfinite(end))


def ends_of(image: Array, valid: Array, step: float) -> Ends:
    """Find where pixels pile up at the lowest and at the top value."""
    values = image[valid]
    low, high = (
        float(end) if piled(image, valid, step, floor=floor).any() else infinite
        for end, floor, infinite in (
            (values.min(), True, -math.inf), (values.max(), False, math.inf),
        )
    )  # fmt: skip
    return Ends(low, high)


def with_cut_noise(image: Array, sigma: float, ends: Ends) -> Array:
    """Return the mean of an image with normal noise that is cut off at the ends.

    Examples
    --------
    >>> lifted = with_cut_noise(np.array([0.0, 9.0]), 1.0, Ends(0.0, math.inf))
    >>> [round(float(value), 3) for value in lifted]
    [0.399, 9.0]
    """
    mean: Array = image.astype(np.float64)
    if math.isfinite(ends.low):
        mean = mean + sigma * _beyond((ends.low - image) / sigma)
    if math.isfinite(ends.high):
        mean = mean - sigma * _beyond((image - ends.high) / sigma)
    return mean


def _beyond(at: Array) -> Array:
    """Return by how much a standard normal value lies below `at` on average, or 0."""
    special = needed("scipy.special", "A verdict")
    density = np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)
    mean: Array = at * special.ndtr(at) + density
    return mean


def strength(clean: Array, noisy: Array, ends: Ends, step: float) -> float | None:
    """Find how strong noise is, of which a part is cut off, from how much that is.

    Parameters
    ----------
    clean, noisy : ndarray, (pixels,)
        Values of the image without that noise, and of the one with it.
    ends : Ends
        Where the noisy image is cut off.
    step : float
        Step of its values: what is within half of it is rounded to the end.

    Returns
    -------
    float or None
        Its standard deviation; None where no noise cuts off as much.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> clean = random.uniform(0, 100, 40_000)
    >>> noisy = np.maximum(clean + random.normal(0, 20, 40_000), 0)
    >>> round(strength(clean, noisy, Ends(0.0, math.inf), 0.0))
    20
    """
    optimize = needed("scipy.optimize", "A verdict")
    special = needed("scipy.special", "A verdict")
    if math.isfinite(ends.low):
        inside, share = clean - ends.low, np.mean(noisy == ends.low)
    else:
        inside, share = ends.high - clean, np.mean(noisy == ends.high)
    inside = inside[:: max(len(inside) // _ENOUGH, 1)]

    def too_many(log_sigma: float) -> float:
        beyond = special.ndtr((step / 2 - inside) / math.exp(log_sigma))
        return float(beyond.mean() - share)

    spread = math.log(max(float(np.ptp(clean)), 1e-300))
    weakest, strongest = spread - _RANGE, spread
    if too_many(weakest) >= 0 or too_many(strongest) <= 0:
        return None
    return math.exp(optimize.brentq(too_many, weakest, strongest, xtol=1e-3))
