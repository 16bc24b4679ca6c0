"""Find a curve of brightness: image 2 as a monotone function of image 1, not a line.

A cubic spline is fitted to all pixels at once: image 1 goes through each of its bases,
is smoothed as image 2 was, and image 2 is a sum of these. Pixels sorted by brightness
would need flat places, which spots and letters have few of, and noise would bend a line
at both ends of them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from ..spatial.pose import moved_to, smoothed
from .fit import (
    BLOCK,
    ONE,
    PHOTOMETRIC,
    Fit,
    Scene,
    X,
    in_blocks,
    of_blocks,
    solve,
    spreads,
    squares_left,
)
from .rules import limit

_KNOTS = 8
"""Places where a curve may bend, of equal number of pixels, and as many of equal width:
a dark background would leave few of the former to bright cells, and cells few of the
latter to it."""

_APART = 0.03
"""Share of the range that they are apart at least."""

_FEWEST = 60
"""Pixels between two of them at least."""

_LEVELS = 33
"""Levels of equal width at which a curve is kept, and as many of equal number."""

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
    left : float
        Squares that the curve leaves of image 2.
    """

    levels: Array
    values: Array
    bend: float
    gamma: float
    left: float

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
    sign = math.copysign(1, gain)
    light = moved_to(scene.x, fit.pose)[0]
    inside = light[fit.weight & of_blocks(used, light.shape)]
    knots = _knots(inside)
    if len(knots) < 3:  # noqa: PLR2004 - a line
        return None
    products, with_y, of_y = _curved_sums(fit, light, knots)
    counted = used & (fit.n > 0)
    checkers = np.arange(len(used)) // _columns(fit) + np.arange(len(used))
    halves = [counted & (checkers % 2 == k) for k in (0, 1)]
    edges = np.unique(
        np.concatenate(
            [
                np.linspace(knots[0], knots[-1], _LEVELS),
                np.quantile(inside, np.linspace(0, 1, _LEVELS)),
            ]
        )
    )
    # Two that only rounding tells apart would have no level between them.
    distinct = np.diff(edges) > 1e-9 * (edges[-1] - edges[0])
    edges = np.concatenate([edges[:1], edges[1:][distinct]])
    levels = np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]])
    weights = np.histogram(inside, edges)[0].astype(np.float64)
    weights = np.concatenate([[1e-3], np.maximum(weights, 1e-3), [1e-3]])
    at_levels = np.stack(_natural(levels, knots), 1)
    bends = [
        _bent(levels, at_levels @ _least(products[h].sum(0), with_y[h].sum(0)), weights)
        for h in halves
    ]
    together = float((weights * bends[0] * bends[1]).sum())
    sizes = [float((weights * c * c).sum()) for c in bends]
    if together <= _REPEATS * math.sqrt(sizes[0] * sizes[1]):
        return None
    bend = math.sqrt(together / float(weights.sum()))
    whole = products[counted].sum(0), with_y[counted].sum(0)
    curve, line = _least(*whole), _least(*whole, 2)
    left, left_by_line = (
        float(of_y[counted].sum() - c @ whole[1]) for c in (curve, line)
    )
    noise = float(fit.noise(gain)[counted].sum())
    beyond = left_by_line - noise
    # Gradients of light may explain as much of a curve: they have more to say of noise.
    by_gradients = squares_left(a, b, squares, solve(a, b, PHOTOMETRIC))
    by_gradients += gain**2 * float(fit.noise_x[counted].sum())
    if (
        bend < limit("bend") * spread
        # What a line leaves is noise. A curve may leave still less: noise of image 1
        # flattens it where pixels differ by noise alone, and that is no change.
        or left_by_line <= limit("beyond") * noise
        or left_by_line - left < limit("bent") * beyond
        or left > by_gradients
    ):
        return None
    values = at_levels @ curve
    even = sign * _rising(sign * values, weights)
    apart = math.sqrt(float(np.average((even - values) ** 2, weights=weights)))
    if apart > bend / 4:
        return None
    return Tone(levels, even, bend, _gamma(levels, even, weights), left)


def _columns(fit: Fit) -> int:
    """Return how many blocks lie beside each other."""
    width: int = fit.moved.shape[1]
    return -(-width // BLOCK)


def _knots(light: Array) -> Array:
    """Choose where a curve may bend: by number, by width, and with pixels between."""
    if not len(light):
        return light
    low, high = float(light.min()), float(light.max())
    inner = np.union1d(
        np.quantile(light, np.linspace(0, 1, _KNOTS + 2)[1:-1]),
        np.linspace(low, high, _KNOTS + 2)[1:-1],
    )
    ordered = np.sort(light)
    knots, below = [low], 0
    for knot in inner:
        members = int(np.searchsorted(ordered, knot)) - below
        above = len(ordered) - below - members
        if (
            members >= _FEWEST
            and above >= _FEWEST
            and min(knot - knots[-1], high - knot) > _APART * (high - low)
        ):
            knots.append(float(knot))
            below += members
    return np.array([*knots, high])


def _natural(light: Array, knots: Array) -> list[Array]:
    """Return the bases of a natural cubic spline: 1, the light, and bends.

    It goes on as a line beyond the outermost knots. (Hastie, Tibshirani & Friedman
    2009, The Elements of Statistical Learning, equations 5.4 and 5.5.)
    """
    scale = knots[-1] - knots[0]
    t, at = (light - knots[0]) / scale, (knots - knots[0]) / scale

    def bent(k: int) -> Array:
        cubes: Array = np.maximum(t - at[k], 0) ** 3 - np.maximum(t - at[-1], 0) ** 3
        cubes /= at[-1] - at[k]
        return cubes

    last = bent(len(at) - 2)
    return [np.ones_like(t), t, *(bent(k) - last for k in range(len(at) - 2))]


def _curved_sums(fit: Fit, light: Array, knots: Array) -> tuple[Array, Array, Array]:
    """Sum products of the bases of a curve, block by block: they are linear in it.

    Light goes through the curve first and is smoothed then, as image 2 was: a curve of
    what is smoothed would be another one at each edge.
    """
    spread = spreads(fit.pose)[0]
    weight = fit.weight.astype(np.float64)
    first, *others = _natural(light, knots)
    bases = [first * weight, *(smoothed(t, spread) * weight for t in others)]
    stack = in_blocks(np.stack(bases))
    target = in_blocks((fit.target * weight)[None])[:, 0]
    return (
        np.einsum("bkp,blp->bkl", stack, stack, optimize=True),
        np.einsum("bkp,bp->bk", stack, target, optimize=True),
        np.einsum("bp,bp->b", target, target),
    )


def _least(products: Array, targets: Array, most: int | None = None) -> Array:
    """Solve for the coefficients of least squares, of the first bases only if told."""
    kept = slice(most)
    scale = np.sqrt(np.maximum(np.diag(products)[kept], 1e-300))
    scaled = products[kept, kept] / np.outer(scale, scale)
    solution = np.zeros(len(targets))
    best = np.linalg.lstsq(scaled, targets[kept] / scale, rcond=1e-9)[0]
    solution[kept] = best / scale
    return solution


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
