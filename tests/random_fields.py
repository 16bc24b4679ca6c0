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


def lengths_of(truth, shape, n, p=1.0, q=1.0) -> tuple[int, ...]:
    """5/4 of the lag on each axis where likeness is half of that of neighbours."""
    lengths = []
    for axis in range(len(shape)):
        longest = 1
        for gx, gy, gxy in ((1, 0, 0), (0, 1, 0), (p, q, math.sqrt(p * q))):
            profile = []
            for h in range(math.floor(0.75 * shape[axis]) + 1):
                lag = tuple(h if k == axis else 0 for k in range(len(shape)))
                back = tuple(-k for k in lag)
                pairs, a, b, c = truth.get(lag, (0, 0, 0, 0))
                if pairs < n / 4:
                    break
                d = truth[back][3]
                profile.append((gx * a + gy * b - gxy * (c + d)) / pairs)
            length = 1
            if len(profile) > 1:
                profile = [v / profile[0] for v in profile]
                least = max(profile[1] / 2, 4 / math.sqrt(n))
                below = [k for k, v in enumerate(profile) if v < least]
                length = len(profile)
                if below:
                    k = below[0]
                    crossing = np.interp(
                        least, [profile[k], profile[k - 1]], [k, k - 1]
                    )
                    length = max(1, round(1.25 * crossing))
            longest = max(longest, length)
        lengths.append(longest)
    return tuple(lengths)


def variation_by_lags(x, y, mask, lengths) -> float:
    """How many times Var(R) is larger: circular autocovariances, window by window."""
    u = np.where(mask, (x - x[mask].mean()) / x[mask].std(), 0)
    v = np.where(mask, (y - y[mask].mean()) / y[mask].std(), 0)
    sides = []
    for size, length in zip(mask.shape, lengths, strict=True):
        side = max(16, 4 * length)
        sides.append(math.ceil(size / max(1, round(size / side))))
    starts = itertools.product(
        *(range(0, n, k) for n, k in zip(mask.shape, sides, strict=True))
    )
    pixels, of_x, of_y = [], [], []
    for start in starts:
        here = tuple(slice(i, i + k) for i, k in zip(start, sides, strict=True))
        if not mask[here].any():
            continue
        pixels.append(mask[here].sum())
        for image, sums in ((u, of_x), (v, of_y)):
            window = np.zeros(sides)
            window[tuple(slice(n) for n in image[here].shape)] = image[here]
            sums.append([
                (window * np.roll(window, lag, range(mask.ndim))).sum()
                for lag in itertools.product(*map(range, sides))
            ])  # fmt: skip
    if len(pixels) == 1:
        return 1.0
    of_x, of_y, pixels = np.array(of_x), np.array(of_y), np.array(pixels, float)
    apart = (of_x * of_y).sum() / (pixels**2).sum()
    together = (of_x.sum(0) * of_y.sum(0)).sum() / pixels.sum() ** 2
    return apart / together
