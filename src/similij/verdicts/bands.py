"""Ask bands of detail whether an image is blurred, which noise cannot answer for it.

A fit of blur trusts an estimate of the noise; where that is too low (few photons), it
blurs the noisier image, since that leaves less. What both images share is free of
noise that is in one: beside the own detail of the image that is said to be blurred, it
must grow from coarse to fine, and noise makes it fall.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..ground.types import Array
from ..spatial.pose import smoothed
from .fit import SMOOTH, Fit, Scene, in_blocks
from .noise import NoiseLevel
from .own_noise import own_noise
from .rules import limit

_EDGES = (0.0, 3.0, 15.0, 63.0)
"""Squared sigmas between which the bands lie, from fine to coarse."""

_SHARES = tuple(
    1 / (1 + a) + 1 / (1 + b) - 4 / (2 + a + b) for a, b in pairwise(_EDGES)
)
"""What each band passes of white noise, over 4π: the difference of two Gaussians."""

_ERRORS = 3.0
"""Standard errors that it must be stronger by, too: of few photons both bands scatter
by more than a blur of 1 px makes of a faint image."""

_TAKEN_OFF = 0.7
"""Share of the soft image's noise that is taken off its own detail: with all of it, an
estimate that is too high by a little would make noise a blur."""


def blurs_more(
    scene: Scene, fit: Fit, used: Array, noises: tuple[NoiseLevel, NoiseLevel]
) -> bool:
    """Tell whether the blur of a fit shows in two neighbouring bands of detail.

    noises are the estimates from each image alone.
    """
    blur = fit.pose.blur
    chosen = used & (fit.n > 0)
    own = own_noise(scene, fit, chosen, noises).scene
    x, inside = scene.first_at(replace(fit.pose, blur=0.0))
    weight = fit.weight & inside
    if not weight.any():
        return False
    sharp, soft = x, scene.smooth_y
    levels = [own.noise_x.at(x) * fit.pose.enlarges, own.noise_y.at(soft)]
    if blur < 0:
        sharp, soft = soft, sharp
        levels.reverse()
    of_sharp, level = levels
    others = float(of_sharp[weight].sum()) / (4 * math.pi)
    noise = _TAKEN_OFF * float(level[weight].sum()) / (4 * math.pi)
    sizes, scatter, noisy = [], [], []
    bands = [*zip(_bands(sharp), _bands(soft), strict=True)]
    # Of an inverted image detail is shared with the other sign.
    sign = math.copysign(1.0, sum(float((a * b * weight).sum()) for a, b in bands))
    for (one, two), share in zip(bands, _SHARES, strict=True):
        pair = [sign * one * two * weight, two**2 * weight, one**2 * weight]
        sums = in_blocks(pair).sum(2)
        shared = sums[:, 0].sum()
        own_detail = sums[:, 1].sum() - noise * share
        clear = shared > 0 and own_detail > 0
        sizes.append(shared / own_detail if clear else 0.0)
        scatter.append(
            sums[:, :2] @ (1 / shared, -1 / own_detail) if clear else sums[:, 0]
        )
        squares = np.maximum(sums.sum(0), 1e-300)
        noisy.append(min(1.0, noise * share / squares[1] + others * share / squares[2]))
    # Noise of the soft image hides the finest band first.
    for (fine, coarse), (fine_by, coarse_by), shares in zip(
        pairwise(sizes), pairwise(scatter), pairwise(noisy), strict=True
    ):
        # The error of a logarithm of ratios, from how blocks scatter: where detail is
        # no noise, blocks differ because what they show does.
        error = math.sqrt(float((fine_by - coarse_by).var()) * len(fine_by))
        error *= math.sqrt(max(shares))
        if coarse > 0 and fine > coarse * max(
            limit("sharper"), math.exp(min(_ERRORS * error, 9.0))
        ):
            return True
    return False


def _bands(image: Array) -> list[Array]:
    steps = [smoothed(image, edge * SMOOTH**2) for edge in _EDGES]
    return [fine - coarse for fine, coarse in pairwise(steps)]
