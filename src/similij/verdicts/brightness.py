"""Choose the fewest of offset, gain and gradient of gain that explain as much as all.

With all three free, each takes a share of what another did; the fewest say what was
done.

Not here: where image 1 goes (`verdicts.fit`), and what counts as clear
(`verdicts.findings`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.types import Array
from .fit import GRADIENTS, ONE, PHOTOMETRIC, XU, XV, Fit, U, V, X, solve

_SNAP = 0.3
"""Share of a gradient's main axis below which the other axis has none."""

_FEWER_FIRST = (
    (), ("offset",), ("gain",), ("gradient",), ("gain", "offset"),
    ("gradient", "offset"), ("gradient", "gain"), ("gradient", "gain", "offset"),
)  # fmt: skip
"""Choices in the order in which they are tried."""


class Brightness(NamedTuple):
    """How image 2 = gain · image 1 + offset; gain 1 and offset 0 where not needed.

    gain is that of the bright side where there is a gradient: `lost` is the share of
    it that the other side has lost, and `side` says which that is.
    """

    gain: float
    offset: float
    lost: float
    side: str


def brightness(
    fit: Fit, used: Array, theta: Array, least: float, *, level: bool = False
) -> Brightness:
    """Choose among offset, gain and gradient.

    Parameters
    ----------
    fit : Fit
        Sums of the bases, with image 1 in place.
    used : ndarray of bool, (blocks,)
        Blocks that count.
    theta : ndarray
        Coefficients of all bases.
    least : float
        Squares that a simpler choice may leave more than all three together.
    level : bool
        Whether a gradient is no choice.
    """
    a, b, before, _ = fit.totals(used)
    ways, (along_x, along_y) = _ways(fit, theta)
    choices = [names for names in _FEWER_FIRST if not (level and "gradient" in names)]
    light = [k for k in PHOTOMETRIC if not (level and k in GRADIENTS)]
    full = _squares(a, b, before, np.eye(len(b))[:, light])[0]
    for names in choices:
        columns = [c for name in names for c in ways[name]]
        space = np.array(columns).T if columns else np.zeros((len(b), 0))
        squares, c = _squares(a, b, before, space)
        if squares - full <= least or names == choices[-1]:
            break
    at: dict[str, list[float]] = {}
    owners = [name for name in names for _ in ways[name]]
    for name, value in zip(owners, c, strict=True):
        at.setdefault(name, []).append(float(value))
    gain = 1 + at.get("gain", [0.0])[0]
    lost = -at["gradient"][1] / gain if "gradient" in at and gain else 0.0
    return Brightness(gain, at.get("offset", [0.0])[0], lost, _side(along_x, along_y))


def _ways(fit: Fit, theta: Array) -> tuple[dict[str, list[Array]], tuple[float, float]]:
    """Return the bases of offset, gain and gradient, and which way the gain falls.

    The bases are of image 1 less its mean, and a gain is of all of it, so the mean is
    added again. A gradient is 0 at the bright side and 1 at the other, so that the gain
    is that of the bright side.
    """
    unit = np.eye(len(theta))
    sign = math.copysign(1.0, 1 + theta[X])
    fall = np.array([-theta[XU], -theta[XV]]) * sign
    size = np.abs(fall)
    fall[size < _SNAP * size.max()] = 0.0
    total = max(float(np.abs(fall).sum()), 1e-300)
    x, y = fall / total
    ramp = unit[ONE] / 2 + x * unit[U] + y * unit[V]
    dims = unit[X] / 2 + x * unit[XU] + y * unit[XV] + fit.mean * ramp
    return {
        "offset": [unit[ONE]],
        "gain": [unit[X] + fit.mean * unit[ONE]],
        "gradient": [ramp, dims],
    }, (float(x), float(y))


def _squares(a: Array, b: Array, before: float, space: Array) -> tuple[float, Array]:
    """Return the squares that the best coefficients of a space leave, and these."""
    if not space.shape[1]:
        return before, np.zeros(0)
    products, targets = space.T @ a @ space, space.T @ b
    c = solve(products, targets, tuple(range(len(targets))))
    return before - 2 * float(targets @ c) + float(c @ products @ c), c


def _side(x: float, y: float) -> str:
    """Name the side to which the gain falls."""
    down = "" if not y else "bottom" if y > 0 else "top"
    right = "" if not x else "right" if x > 0 else "left"
    return " ".join(filter(None, (down, right)))
