"""Scenes to be shifted, and R at each shift by a loop and SciPy: nothing of similij."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage, stats

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def scene(shape=(33, 40), seed: int = 0) -> np.ndarray:
    """A smooth random image."""
    noise = np.random.default_rng(seed).random([s + 20 for s in shape])
    return ndimage.gaussian_filter(noise, 1.5)[tuple(slice(10, -10) for _ in shape)]


def by_loop(x, y, mask, reach) -> np.ndarray:
    """R at each shift by SciPy, over the pixels that overlap."""
    x, y = x.astype(float), y.astype(float)
    ok_x, ok_y = np.isfinite(x) & mask, np.isfinite(y) & mask
    counts, found = {}, np.full([2 * s + 1 for s in reach], math.nan)
    for place in np.ndindex(found.shape):
        offset = [p - s for p, s in zip(place, reach, strict=True)]
        pairs = []
        for p in np.argwhere(ok_x):
            q = tuple(p + offset)
            inside = all(0 <= k < n for k, n in zip(q, y.shape, strict=True))
            if inside and ok_y[q]:
                pairs.append((x[tuple(p)], y[q]))
        counts[place] = len(pairs)
        a, b = np.array(pairs).reshape(-1, 2).T
        if len(pairs) > 1 and np.ptp(a) and np.ptp(b):
            found[place] = stats.pearsonr(a, b).statistic
    most = max(counts.values())
    for place, n in counts.items():
        if n < 0.3 * most:
            found[place] = math.nan
    return found
