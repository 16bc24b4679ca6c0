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

from ..ground.optional import needed
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


def own_noise(
    scene: Scene, fit: Fit, used: Array, noises: tuple[NoiseLevel, NoiseLevel]
) -> OwnNoise:
    """Tell the noise of each image from what both share, over the blocks used.

    noises are the estimates from each image alone, whatever the scene has by now.

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
        gain**2 * noises[0].at(fit.moved) * (passing[0] * fit.pose.enlarges),
        noises[1].at(fit.target) * passing[1],
    )
    rows = [-seen[0] * seen[1], seen[0] * seen[2], seen[0] ** 2, *predicted]
    sums = in_blocks(np.stack([row * weight for row in rows])).sum(2)
    sums = sums[used & (fit.n > 0)]
    n = fit.n[used & (fit.n > 0)]
    # What a variance of 1 of each image makes there.
    made = (max(gain**2, 1e-300) * passing[0] * fit.pose.enlarges, passing[1])
    own = [_own(sums[:, k] / made[k], sums[:, 3 + k] / made[k], n) for k in (0, 1)]
    of_both = own
    if not (fit.pose.is_shift and fit.pose.dy == fit.pose.dx == 0):
        share = _own(sums[:, 2], sums[:, 3] + sums[:, 4], n).share
        of_both = [_Own(share, share, 0.0, 0.0)] * 2
    if min(one.share for one in of_both) < _SURE:
        floors = [1 / 12 if whole else scene.rounding(0) for whole in scene.whole]
        first, second = (
            _scaled(level, one, floor)
            for level, one, floor in zip(noises, of_both, floors, strict=True)
        )
        scene = _with_noise(scene, first, second)
    elif scene.noise_x is not noises[0] or scene.noise_y is not noises[1]:
        scene = _with_noise(scene, *noises)
    # Plain least squares have a smaller gain, the more noise image 1 has.
    return OwnNoise(scene, own[0].variance * fit.pose.enlarges, own[1].variance)


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


class _Own(NamedTuple):
    """Noise of an image of its own against what its filter takes for noise.

    share: how much of that it is, all in all; slope and constant: how it depends on
    that, as texture is in bright places and the noise of a camera everywhere;
    variance: of a pixel, in squared intensities.
    """

    share: float
    slope: float
    constant: float
    variance: float


def _own(measured: Array, predicted: Array, n: Array) -> _Own:
    """Compare what is measured with what is predicted, by the sums of blocks."""
    some = predicted > 0
    if not some.any():
        return _Own(1.0, 1.0, 0.0, 0.0)
    ratio = measured[some] / predicted[some]
    low, high = np.percentile(ratio, _CENTRAL)
    central = (ratio >= low) & (ratio <= high)
    if not central.any():
        return _Own(1.0, 1.0, 0.0, 0.0)
    measured, predicted, n = (
        values[some][central] for values in (measured, predicted, n)
    )
    total = float(measured.sum())
    share = min(max(total / float(predicted.sum()), 0.0), 1.0)
    slope, constant = _line(measured, predicted, n)
    return _Own(share, slope, constant, max(total / float(n.sum()), 0.0))


def _line(measured: Array, predicted: Array, n: Array) -> tuple[float, float]:
    """Fit the sums by a part of what is predicted and a constant, neither below 0."""
    optimize = needed("scipy.optimize", "A verdict")
    weight = 1 / np.sqrt(n)
    design = np.stack([predicted, n], axis=1) * weight[:, None]
    scale = np.maximum(np.linalg.norm(design, axis=0), 1e-300)
    (slope, constant), _ = optimize.nnls(design / scale, measured * weight)
    return float(slope / scale[0]), float(constant / scale[1])


def _scaled(level: NoiseLevel, own: _Own, floor: float) -> NoiseLevel:
    """Return a level with what the image has of its own, at no brightness more."""
    variances = np.minimum(own.slope * level.variances + own.constant, level.variances)
    return replace(
        level,
        variances=np.maximum(variances, floor),
        mean=max(level.mean * own.share, floor),
    )
