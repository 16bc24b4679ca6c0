"""Find about how far an image is turned or magnified, by trying it on small copies."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..ground.types import Array
from .correlation_peak import masked_correlation
from .pose import Pose, moved_to, smoothed
from .shift_search import SHARE

_TRIED_TURNS = range(-30, 31, 2)
"""Degrees of the turns that are tried."""

_NEIGHBOURS = (-1, 1)
"""Degrees beside the best of them that are tried next."""

TURNS = len(_TRIED_TURNS) + len(_NEIGHBOURS)
"""How many turns are tried."""

LARGEST_TURN = max(_TRIED_TURNS) + max(_NEIGHBOURS)
"""Degrees of the largest."""

SMALL = 128
"""Side in pixels of the small copies on which turns are tried."""


def correlated(
    x: Array, y: Array, mx: Array, my: Array
) -> tuple[Array, tuple[int, int]]:
    """Return R at each shift of up to a quarter of the image, and that reach."""
    reach = (x.shape[0] // SHARE, x.shape[1] // SHARE)
    ones, twos = (
        np.where(m, t - (t[m].mean() if m.any() else 0), 0.0)
        for t, m in ((x, mx), (y, my))
    )
    return masked_correlation(ones, mx, twos, my, reach), reach


def thinned(image: Array, step: int) -> Array:
    """Return each step-th pixel of an image, smoothed so that these stand for all."""
    thin: Array = smoothed(image, (step / 2) ** 2)[::step, ::step]
    return thin


def most_alike(x: Array, y: Array, valid: Array, zooms: tuple[float, ...] = ()) -> Pose:
    """Find the turn of image 1, or its magnification, that makes R highest.

    R is of small copies: of each second degree, then of its neighbours, then of some
    magnifications at the best turn.

    Parameters
    ----------
    x, y : ndarray of float64, (y, x)
        Finite everywhere, and smoothed a little.
    valid : ndarray of bool, (y, x)
        Pixels that count.
    zooms : tuple of float
        Magnifications that are tried, less 1.
    """
    step = max(1, max(x.shape) // SMALL)
    x, y = (thinned(t, step) for t in (x, y))
    ok = valid[::step, ::step]
    best, most = Pose(), -1.0

    def tried(shape: Pose) -> None:
        nonlocal best, most
        moved, inside = moved_to(x, shape, order=1)
        ccf, reach = correlated(moved, y, inside & ok, ok)
        if np.isnan(ccf).all() or np.nanmax(ccf) <= most:
            return
        most = float(np.nanmax(ccf))
        at = np.unravel_index(int(np.nanargmax(ccf)), ccf.shape)
        dy, dx = (step * float(int(t) - s) for t, s in zip(at, reach, strict=True))
        best = replace(shape, dy=dy, dx=dx)

    for degrees in _TRIED_TURNS:
        tried(Pose(turn=math.radians(degrees)))
    around = best.turn
    for by in _NEIGHBOURS:
        tried(Pose(turn=around + math.radians(by)))
    turn = best.turn
    for zoom in zooms:
        tried(Pose(turn=turn, zoom_y=zoom, zoom_x=zoom))
    return best
