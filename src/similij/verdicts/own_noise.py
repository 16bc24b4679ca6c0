"""Tell the noise that each image has of its own from what both share.

A filter for fine detail takes texture for noise, and the noise of an image for that
of its copies. Beside what a fit leaves, both can be told apart: noise of image 2 is in
what is left and in image 2, noise of image 1 is in image 1 and, negative, in what is
left; whatever both share is not left at all.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..ground.types import Array
from .fit import (
    PHOTOMETRIC,
    Fit,
    Scene,
    X,
    in_blocks,
    left_by,
    plain_solution,
    spreads,
)
from .noise import FILTER, NoiseLevel, fine_detail

_CENTRAL = (10, 90)
"""Percentiles of blocks between which they count: edges misfit by far more."""

_SURE = 0.8
"""Share of the estimate from each image alone above which that is kept, the better one
where nothing is shared."""


class OwnNoise(NamedTuple):
    """A scene with the noise that each image has of its own, and its variances.

    Each is in squared intensities of its own image, before smoothing.
    """

    scene: Scene
    first: float
    second: float


def own_noise(scene: Scene, fit: Fit, used: Array) -> OwnNoise:
    """Tell the noise of each image from what both share, over the blocks used.

    What is left is that of plain least squares, which no estimate of noise misleads: a
    gain that is corrected for noise that is none leaves image 1 itself.

    Where image 1 was resampled it has lost some of its finest detail, which is left as
    if it were noise of image 2: then what is left as a whole says how much of both
    estimates is noise.
    """
    # Of light alone: the base of a blur would smooth the noise away.
    theta = plain_solution(fit, used, PHOTOMETRIC)
    gain = float(1 + theta[X])
    line = gain * (fit.moved - fit.mean)
    left = left_by(scene, fit, theta)
    seen = [fine_detail(t) for t in (left, line, fit.target)]
    weight = fit.weight.astype(np.float64)
    passing = [passed(spread) for spread in spreads(fit.pose)]
    predicted = (
        gain**2 * scene.noise_x.at(fit.moved) * (passing[0] * fit.pose.enlarges),
        scene.noise_y.at(fit.target) * passing[1],
    )
    rows = [-seen[0] * seen[1], seen[0] * seen[2], seen[0] ** 2, *predicted]
    sums = in_blocks(np.stack([row * weight for row in rows])).sum(2)
    sums = sums[used & (fit.n > 0)]
    n = fit.n[used & (fit.n > 0)]
    shares, variances = [], []
    for k in (0, 1):
        share, variance = _share(sums[:, k], sums[:, 3 + k], n)
        shares.append(share)
        variances.append(variance / passing[k])
    if not (fit.pose.is_shift and fit.pose.dy == fit.pose.dx == 0):
        shares = [_share(sums[:, 2], sums[:, 3] + sums[:, 4], n)[0]] * 2
    if min(shares) < _SURE:
        floors = [1 / 12 if whole else scene.rounding(0) for whole in scene.whole]
        levels = [
            _scaled(level, share, floor)
            for level, share, floor in zip(
                (scene.noise_x, scene.noise_y), shares, floors, strict=True
            )
        ]
        scene = _with_noise(scene, levels[0], levels[1])
    # Plain least squares have a smaller gain, the more noise image 1 has.
    return OwnNoise(scene, variances[0] / max(gain**2, 1e-300), variances[1])


def _with_noise(scene: Scene, noise_x: NoiseLevel, noise_y: NoiseLevel) -> Scene:
    """Return a scene with other noise, smoothed as it is."""
    other = copy(scene)  # `replace` would smooth both images anew
    other.noise_x, other.noise_y = noise_x, noise_y
    return other


def passed(spread: float) -> float:
    """Return the variance that the filter makes of white noise of 1, smoothed.

    Examples
    --------
    >>> round(passed(1e-9)), passed(1.0) < 10
    (4900, True)
    """
    reach = np.arange(-25, 26)
    kernel = np.exp(-(reach**2) / (2 * spread))
    power = float((np.convolve(kernel / kernel.sum(), FILTER) ** 2).sum())
    return power * power


def _share(measured: Array, predicted: Array, n: Array) -> tuple[float, float]:
    """Return the share of what is predicted that is measured, and that of a pixel."""
    some = predicted > 0
    if not some.any():
        return 1.0, 0.0
    ratio = measured[some] / predicted[some]
    low, high = np.percentile(ratio, _CENTRAL)
    central = (ratio >= low) & (ratio <= high)
    if not central.any():
        return 1.0, 0.0
    total = float(measured[some][central].sum())
    share = total / float(predicted[some][central].sum())
    return min(max(share, 0.0), 1.0), max(total / float(n[some][central].sum()), 0.0)


def _scaled(level: NoiseLevel, share: float, floor: float) -> NoiseLevel:
    return replace(
        level,
        variances=np.maximum(level.variances * share, floor),
        mean=max(level.mean * share, floor),
    )
