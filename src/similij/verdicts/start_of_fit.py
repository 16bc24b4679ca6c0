"""Find which blocks of two images show the same, and a pose for the fit to start from.

Fine structure is what is left once a wide blur is taken off: outlines of cells in the
same places do not make their insides alike. Blocks are judged by R of it, corrected for
the noise of both images.

Not here: the words for it (`verdicts.sentences`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..ground.types import Array
from ..spatial.pose import Pose, smoothed
from ..spatial.turn_search import correlated, most_alike
from .fit import BLOCK, SMOOTH, Scene, in_blocks, spreads

WIDE = 3.0
"""Sigma in pixels of the blur that is taken off: some grains, far less than a cell."""

CLEAR = 3.0
"""Times the noise's variance above which fine structure counts."""

FAINT = 0.03
"""Share of the variance in the strongest tenth of blocks that it must have, too."""

_TRIED_BLURS = (0.0, 1.0, 4.0, 16.0, 64.0)
"""Squared sigmas in pixels of the blurs that are tried, up to sigma 8."""

_TRIED_ZOOMS = (-0.15, -0.12, -0.09, -0.06, -0.03, 0.03, 0.06, 0.09, 0.12, 0.15)
"""Magnifications that are tried, less 1."""

_WORTH = 1.02
"""Times the score that a pose must reach for a fit to start from it, not unmoved."""

_POWER = 8
"""Power of R in the score: R 0.9 counts 0.43, 0.7 (of unrelated blurs, too) hardly."""


@dataclass(frozen=True)
class Likeness:
    """How alike the fine structure is in each block.

    Attributes
    ----------
    r : ndarray, (blocks,)
        R of the fine structure; NaN where there is none to compare.
    flat : ndarray of bool, (blocks,)
        Whether neither image has fine structure there.
    """

    r: Array
    flat: Array

    @property
    def seen(self) -> int:
        """Number of blocks with structure."""
        return int(np.isfinite(self.r).sum())

    @property
    def score(self) -> float:
        """Mean of R to a high power: how many blocks agree well, not all a little."""
        r = self.toward
        return float(np.mean(np.maximum(r, 0) ** _POWER)) if len(r) else 0.0

    @property
    def sign(self) -> float:
        """-1 where contrast is inverted: most that is much alike is so negatively."""
        r = self.r[np.isfinite(self.r)]
        # An odd power keeps the sign, and a high one lets the blocks decide that agree.
        return -1.0 if len(r) and float((r**7).sum()) < 0 else 1.0

    @property
    def toward(self) -> Array:
        """R of the blocks with structure; of an inverted image, its negative."""
        signed: Array = self.sign * self.r[np.isfinite(self.r)]
        return signed

    def better_than(self, other: Likeness) -> bool:
        """Tell whether a pose found with more freedom is worth it.

        It must not have lost half of the blocks, out of which a turn may move them, and
        must gain 5 % or half of what is missing to 1, whichever is less.
        """
        return self.seen > other.seen / 2 and self.score > min(
            other.score * 1.05 + 0.01, 0.5 + other.score / 2
        )

    def agrees(self, least: float) -> Array:
        """Tell which blocks have R of at least this, or no structure in either."""
        agreeing: Array = self.flat | (np.nan_to_num(self.sign * self.r) >= least)
        return agreeing


def likeness(scene: Scene, pose: Pose, valid: Array) -> Likeness:
    """Compare the fine structure of each block, with image 1 at a pose."""
    spread_x, spread_y = spreads(pose)
    x, inside = scene.first_at(pose)
    y = smoothed(scene.smooth_y, spread_y - SMOOTH**2)
    weight = (valid & inside).astype(np.float64)
    wide = WIDE**2 + abs(pose.blur)
    fine = [(t - smoothed(t, wide)) for t in (x, y)]
    cut = in_blocks(np.stack([weight, *(t * weight for t in fine)]))
    w, fx, fy = cut[:, 0], cut[:, 1], cut[:, 2]
    n = np.maximum(w.sum(1), 1)
    mx, my = fx.sum(1) / n, fy.sum(1) / n
    vx = (fx**2).sum(1) / n - mx**2
    vy = (fy**2).sum(1) / n - my**2
    cov = (fx * fy).sum(1) / n - mx * my
    nx = _noise(scene.noise_x.at(x) * (weight * pose.enlarges), spread_x, wide) / n
    ny = _noise(scene.noise_y.at(y) * weight, spread_y, wide) / n
    sx, sy = np.maximum(vx - nx, 0), np.maximum(vy - ny, 0)
    enough = w.sum(1) >= BLOCK * BLOCK / 4
    # What is clear in one image must be above the noise of the other, too, if it were
    # there: else that the other has nothing of it tells nothing.
    ratio = _strong(sy, enough) / max(_strong(sx, enough), 1e-300)
    clear = [
        enough
        & (s > CLEAR * noise)
        & (s > FAINT * _strong(s, enough))
        & (s * there > CLEAR * noise_there)
        for s, noise, there, noise_there in (
            (sx, nx, ratio, ny),
            (sy, ny, 1 / max(ratio, 1e-300), nx),
        )
    ]
    either = clear[0] | clear[1]
    r = np.full(len(n), math.nan)
    # Variances less noise, so that noise does not lower R of the same scene. Half of
    # the noise at least, else R of a block with little structure could be anything.
    root = np.sqrt(np.maximum(sx, nx / 2) * np.maximum(sy, ny / 2))
    defined = either & (root > 0)
    r[defined] = np.clip(cov[defined] / root[defined], -1, 1)
    # Structure in one image, nothing at all in the other: as unlike as can be.
    r[either & ~defined] = 0.0
    return Likeness(r, enough & ~either)


def _strong(values: Array, enough: Array) -> float:
    return float(np.percentile(values[enough], 90)) if enough.any() else 0.0


def _noise(variances: Array, spread: float, wide: float) -> Array:
    """Sum the noise's variances in blocks, after smoothing less the wide blur.

    White noise of variance 1 has 1/(4πs) after a Gaussian of squared sigma s; the
    difference of two Gaussians has that of both, less twice their covariance.
    """
    left = 1 / spread - 2 / (spread + wide / 2) + 1 / (spread + wide)
    sums: Array = in_blocks(variances[None])[:, 0].sum(1) * (left / (4 * math.pi))
    return sums


def first_pose(
    scene: Scene, valid: Array, start: tuple[int, int] | None = None
) -> tuple[Pose, Likeness]:
    """Find about where image 1 goes: unmoved unless that is clearly worse."""
    best = Pose()
    best_likeness = likeness(scene, best, valid)
    moves = _peaks(scene, valid) if start is None else [Pose(*map(float, start))]
    for pose in moves:
        best, best_likeness = _better(scene, valid, pose, best, best_likeness)
    for sign in (1, -1):
        for blur in _TRIED_BLURS[1:]:
            pose = replace(best, blur=sign * blur)
            if best_likeness.score >= 0.98:  # noqa: PLR2004 - nothing is to be gained
                break
            before = best
            best, best_likeness = _better(scene, valid, pose, best, best_likeness)
            if best is before and blur > 1:  # a wider one is worse still
                break
    return best, best_likeness


def _better(
    scene: Scene, valid: Array, pose: Pose, best: Pose, best_likeness: Likeness
) -> tuple[Pose, Likeness]:
    """Return a pose and its likeness if it is clearly better than the best so far."""
    if pose == best:
        return best, best_likeness
    trial = likeness(scene, pose, valid)
    # A blur takes structure away, which must not count as being more alike.
    share = min(1.0, trial.seen / max(best_likeness.seen, 1))
    score = best_likeness.score
    if trial.score * share > max(score * _WORTH, score + 0.01):
        return pose, trial
    return best, best_likeness


def _peaks(scene: Scene, valid: Array) -> list[Pose]:
    """Find the shift of the highest R, and of the lowest if that is farther from 0.

    The lowest is where an image of inverted contrast lies.
    """
    ccf, reach = correlated(scene.smooth_x, scene.smooth_y, valid, valid)
    if np.isnan(ccf).all():
        return []
    places = [np.nanargmax(ccf)]
    if np.nanmin(ccf) < -np.nanmax(ccf):
        places.append(np.nanargmin(ccf))
    poses = []
    for place in places:
        at = np.unravel_index(int(place), ccf.shape)
        dy, dx = (float(int(t) - s) for t, s in zip(at, reach, strict=True))
        poses.append(Pose(dy, dx))
    return poses


def shaped_pose(scene: Scene, valid: Array) -> Pose:
    """Find the turn or the magnification that makes small copies most alike.

    Many are tried, since the slopes of a fit hold for small steps only.
    """
    return most_alike(scene.smooth_x, scene.smooth_y, valid, _TRIED_ZOOMS)
