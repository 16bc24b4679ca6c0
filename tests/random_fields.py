"""Smooth random fields, a region with a hole; likeness lag by lag, by every pair."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.ndimage import gaussian_filter


def smooth(seed: int, shape=(48, 40), sigma: float = 2) -> np.ndarray:
    """Field of which neighbours are alike, cut from a larger one."""
    rng = np.random.default_rng(seed)
    margin = math.ceil(4 * sigma) + 1
    field = rng.normal(size=[size + 2 * margin for size in shape])
    field = gaussian_filter(field, sigma) if sigma else field
    return field[tuple(slice(margin, -margin) for _ in shape)] * (1 + 3.5 * sigma)


def ring(shape=(48, 40)) -> np.ndarray:
    """Region with a hole and a bay."""
    y, x = np.indices(shape)
    r = np.hypot(y - shape[0] / 2, x - shape[1] / 2)
    return (r < min(shape) * 0.45) & (r > 4) & ~((x < 12) & (abs(y - 20) < 5))


def by_pairs(x, y, mask) -> dict[tuple[int, ...], list[float]]:
    """For each lag N(h), Axx, Ayy and Axy, by going through every two pixels."""
    places = np.argwhere(mask)
    u = (x[mask] - x[mask].mean()) / x[mask].std()
    v = (y[mask] - y[mask].mean()) / y[mask].std()
    lags = places[None, :] - places[:, None]
    found: dict[tuple[int, ...], list[float]] = {}
    for lag in itertools.product(*(range(1 - size, size) for size in mask.shape)):
        here = (lags == lag).all(axis=2)
        i, j = np.nonzero(here)
        if len(i):
            found[lag] = [len(i), u[i] @ u[j], v[i] @ v[j], u[i] @ v[j]]
    return found
