"""Find a curve of brightness: image 2 as a monotone function of image 1, not a line.

Pixels are sorted by how bright both images together say that they are; what a line
leaves is averaged in classes of that. Sorted by image 1 alone, its noise would bend
every line at both ends.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .fit import BLOCK, ONE, Fit, Scene, X, of_blocks, solve, spreads, squares_left
from .rules import limit

_CLASSES = 12
"""Classes of equal number, and as many of equal width: a dark background would leave
few of the former to bright cells, cells few of the latter to it."""

_FEWEST = 60
"""Pixels of a class of either half below which it is left out."""

_REPEATS = 0.8
"""Correlation of the curves of both halves of the blocks."""


class Tone(NamedTuple):
    """A curve of brightness.

    Attributes
    ----------
    levels, values : ndarray
        Brightness of image 1, rising, and what image 2 has there.
    bend : float
        Root mean square of what the best line leaves of the curve, in intensities.
    gamma : float
        Power of brightness that the curve is; NaN where it is none.
    """

    levels: Array
    values: Array
    bend: float
    gamma: float

    def of(self, image: Array) -> Array:
        """Return an image with its brightness changed by the curve."""
        interpolate = needed("scipy.interpolate", "A verdict")
        curve = interpolate.PchipInterpolator(self.levels, self.values)
        slope = curve.derivative()
        low, high = float(self.levels[0]), float(self.levels[-1])
        inside = np.clip(image, low, high)
        changed: Array = curve(inside)
        # A line beyond: a cubic leaves any range soon.
        changed += np.minimum(image - low, 0) * float(slope(low))
        changed += np.maximum(image - high, 0) * float(slope(high))
        return changed


def tone_of(scene: Scene, fit: Fit, used: Array, spread: float) -> Tone | None:
    """Find the curve that a fit leaves over the blocks that are used; None if a line.

    A curve stands if both halves of the blocks have it, if it is visible, if it
    explains most of what a line leaves beyond noise, and more than gradients do.
    """
    a, b, squares, n = fit.totals(used)
    theta = solve(a, b, (ONE, X))
    gain = float(1 + theta[X])
    if not n or abs(gain) < 1e-3:  # noqa: PLR2004 - nothing of image 1 is in image 2
        return None
    left_by_line = squares_left(a, b, squares, theta)
    x, y = fit.moved, fit.target
    line = x + theta[ONE] + theta[X] * (x - fit.mean)
    spread_x, spread_y = spreads(fit.pose)
    noise_x = gain**2 * scene.noise_x.at(x) / spread_x
    noise_y = scene.noise_y.at(y) / spread_y
    # Weighted so that noise in what sorts the pixels is none in what the line leaves.
    both = (line * noise_y + y * noise_x) / np.maximum(noise_x + noise_y, 1e-300)
    chosen = fit.weight & of_blocks(used, x.shape)
    # Smoothing mixes both sides of an edge, and a curve of a mean is no mean of curves.
    slope = np.hypot(*np.gradient(x))
    chosen &= slope <= np.percentile(slope[chosen], 70) if chosen.any() else False
    checkers = np.add.outer(*(np.arange(size) // BLOCK for size in x.shape)) % 2 == 1
    half = checkers[chosen]
    order, xs, ys = both[chosen], x[chosen], y[chosen]
    low, high = np.quantile(order, (0.001, 0.999))
    edges = np.union1d(
        np.quantile(order, np.linspace(0, 1, _CLASSES + 1)[1:-1]),
        np.linspace(low, high, _CLASSES + 1)[1:-1],
    )
    members = np.searchsorted(edges, order)
    counts, levels, values, rests = (
        np.stack([np.bincount(members[h], t[h], len(edges) + 1) for h in (half, ~half)])
        for t in (np.ones(len(order)), xs, ys, ys - line[chosen])
    )
    enough = (counts >= _FEWEST).all(0)
    if enough.sum() < 5:  # noqa: PLR2004 - of fewer points a line and a curve are one
        return None
    counts, levels, values, rests = (
        t[:, enough] for t in (counts, levels, values, rests)
    )
    total = counts.sum(0)
    at = levels.sum(0) / total
    bends = [_bent(at, r / c, total) for r, c in zip(rests, counts, strict=True)]
    together = float((total * bends[0] * bends[1]).sum())
    sizes = [float((total * c * c).sum()) for c in bends]
    if together <= _REPEATS * math.sqrt(sizes[0] * sizes[1]):
        return None
    bend = math.sqrt(together / float(total.sum()))
    explained = n * bend**2
    noise = float(fit.noise(gain)[used].sum())
    beyond = left_by_line + gain**2 * float(fit.noise_x[used].sum()) - noise
    if bend < limit("bend") * spread or explained < limit("bent") * beyond:
        return None
    values_at = values.sum(0) / total
    order_at = np.argsort(at)
    at, values_at = at[order_at], values_at[order_at]
    weights_at = total[order_at]
    sign = math.copysign(1, gain)
    even = sign * _rising(sign * values_at, weights_at)
    apart = math.sqrt(float(np.average((even - values_at) ** 2, weights=weights_at)))
    if (np.diff(at) <= 0).any() or apart > bend / 4:
        return None
    values_at = even
    return Tone(at, values_at, bend, _gamma(at, values_at, weights_at))


def _bent(at: Array, values: Array, weights: Array) -> Array:
    """Return values less their best line."""
    root = np.sqrt(weights)
    line = np.stack([np.ones_like(at), at - at.mean()], 1)
    best = np.linalg.lstsq(line * root[:, None], values * root, rcond=None)[0]
    bent: Array = values - line @ best
    return bent


def _rising(values: Array, weights: Array) -> Array:
    """Return the nearest values that never fall: neighbours that do are averaged."""
    pools: list[list[float]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append([float(value), float(weight), 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            high, low = pools[-2], pools.pop()
            total = high[1] + low[1]
            pools[-1] = [
                (high[0] * high[1] + low[0] * low[1]) / total, total, high[2] + low[2]
            ]  # fmt: skip
    return np.concatenate([np.full(int(count), value) for value, _, count in pools])


def _gamma(levels: Array, values: Array, weights: Array) -> float:
    """Return the power that a curve is of brightness, if it is one."""
    if levels[0] < 0:
        return math.nan
    bent = float((weights * _bent(levels, values, weights) ** 2).sum())
    powers = np.exp(np.linspace(math.log(0.2), math.log(5), 161))
    left = []
    for power in powers:
        rest = _bent(levels**power, values, weights)
        left.append(float((weights * rest**2).sum()))
    best = int(np.argmin(left))
    clear = left[best] < 0.01 * bent and 0 < best < len(powers) - 1
    return float(powers[best]) if clear else math.nan
