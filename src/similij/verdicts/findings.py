"""Find what can be said of two planes, in numbers: the engine under `verdict`.

`find` looks for where image 1 goes and which blocks show the same, fits what was done
to it, and leaves out each change that the evidence does not carry. Its numbers become
words in `verdicts.sentences`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .brightness import brightness
from .fit import ALL, BLUR, DX, DY, SMOOTH, TURN, Fit, Scene, X, fitted, solve
from .noise import noise_level
from .pose import Pose
from .rules import FEWEST_SATURATED, REST_VISIBLE, limit
from .start_of_fit import Likeness, first_pose, likeness, turned_pose

_ROUNDS = 2
"""Times that a fit is made: blocks that agree are chosen anew at the better pose."""


@dataclass(frozen=True)
class Findings:
    """Numbers for a verdict; None where the evidence carries none.

    gain, offset, gradient (share of the gain lost) with its side, shift (dy, dx in px),
    turn (degrees), blur (sigma in px, negative: image 1 is the blurred one), noise
    (sigma added in intensity units, negative: less), saturated (share of pixels of
    image 1, image 2), other, between, agreeing (shares of the `blocks` with structure),
    left and expected (RMSD of the smoothed images after the fit, and of noise alone),
    spread (standard deviation of image 2).
    """

    spread: float
    blocks: int
    agreeing: float
    other: float
    between: float
    noise_1: float
    noise_2: float
    gain: float | None = None
    offset: float | None = None
    gradient: float | None = None
    side: str = ""
    shift: tuple[float, float] | None = None
    turn: float | None = None
    blur: float | None = None
    noise: float | None = None
    saturated: tuple[float, float] = (0.0, 0.0)
    left: float = math.nan
    expected: float = math.nan

    @property
    def related(self) -> str:
        """How content goes together: "same", "in part", "partly", "unrelated", ""."""
        if self.blocks < limit("structure"):
            return ""
        if self.agreeing < limit("unrelated") and self.other >= limit("other"):
            return "unrelated"
        loose = self.left == self.left and not within_noise(self)
        if self.between >= limit("partly loose" if loose else "partly"):
            return "partly"
        return "in part" if self.other >= limit("other") else "same"


def find(
    x: Array,
    y: Array,
    valid: Array,
    *,
    whole: tuple[bool, bool],
    start: tuple[int, int] | None = None,
) -> Findings:
    """Find what was done to x to give y.

    Parameters
    ----------
    x, y : ndarray of float64, (y, x)
        Finite; neither constant where valid.
    valid : ndarray of bool, (y, x)
        Pixels that count.
    whole : pair of bool
        Whether each has whole numbers, so that it is rounded.
    start : pair of int, optional
        About how far image 2 is shifted (dy, dx), where that is known.

    Returns
    -------
    Findings
        Each change is None where the evidence does not carry it.
    """
    flat_x, flat_y = plateau(x, y, valid), plateau(y, x, valid)
    clear = _below(flat_x, x, valid) & _below(flat_y, y, valid)
    noise_x, noise_y = (
        noise_level(t, clear, whole=w) for t, w in zip((x, y), whole, strict=True)
    )
    scene = Scene(x, y, clear, noise_x, noise_y)
    n = max(int(valid.sum()), 1)
    without_changes = Findings(
        float(y[valid].std()),
        *(0, 0.0, 0.0, 0.0),
        math.sqrt(noise_x.mean),
        math.sqrt(noise_y.mean),
        saturated=(float(flat_x.sum()) / n, float(flat_y.sum()) / n),
    )
    pose, like = first_pose(scene, clear, start)
    fit, like = _settled(scene, pose, like, clear, turns=False)
    findings = _filled_in(without_changes, fit, like)
    # A turn is looked for only where all else leaves something: 61 turned copies take
    # time.
    if findings.related == "same" and within_noise(findings):
        return findings
    tries = [] if findings.related == "unrelated" else [fit.pose]
    for pose in (*tries, turned_pose(scene, clear)):
        first = likeness(scene, pose, clear)
        if pose.turn and first.score <= like.score:
            continue
        turned, alike = _settled(scene, pose, first, clear, turns=True)
        if alike.better_than(like):
            fit, like = turned, alike
            findings = _filled_in(without_changes, fit, like)
    return findings


def _filled_in(without_changes: Findings, fit: Fit, like: Likeness) -> Findings:
    """Fill in how content goes together, and the changes that this allows to see.

    Of other content there is nothing to fit: gain and shift of it would be chance.
    """
    r = like.toward
    if not len(r):
        return without_changes
    agrees, differs = r >= limit("agrees"), r < limit("differs")
    findings = replace(
        without_changes,
        blocks=len(r),
        agreeing=float(agrees.mean()),
        other=float(differs.mean()),
        between=float((~agrees & ~differs).mean()),
    )
    if findings.related in ("same", "in part"):
        return _changes(findings, fit, like)
    return findings


def plateau(image: Array, other: Array, valid: Array) -> Array:
    """Find the pixels cut off at a ceiling, which the other image does not share.

    The top value alone would call the brightest pixel of any image saturated; a
    background that is flat in both images is no ceiling either.
    """
    none = np.zeros(image.shape, bool)
    values = image[valid]
    top, low = float(values.max()), float(values.min())
    at = valid & (image == top)
    count = int(at.sum())
    below = int(((values < top) & (values > top - (top - low) / 100)).sum())
    if count < max(FEWEST_SATURATED, limit("plateau") * below):
        return none
    first, third = np.percentile(other[at], (25, 75))
    varies = third - first > limit("varies") * float(other[valid].std())
    return at if varies else none


def _below(flat: Array, image: Array, valid: Array) -> Array:
    """Keep the pixels well away from a plateau, and from what noise may lift to it.

    They are judged by blurred brightness: were only those left out that noise did lift,
    their neighbours that stay would be too dark on average.
    """
    if not flat.any():
        return valid
    ndimage = needed("scipy.ndimage", "A verdict")
    around = ndimage.binary_dilation(flat, np.ones((7, 7), bool))
    brightness = ndimage.gaussian_filter(image, 2.0)
    lifted = brightness > np.percentile(brightness[flat], 1)
    clear: Array = valid & ~around & ~lifted
    return clear


def _settled(
    scene: Scene, pose: Pose, like: Likeness, valid: Array, *, turns: bool
) -> tuple[Fit, Likeness]:
    """Fit over the blocks that agree, chosen again after the first fit.

    The first choice is lenient, since a pose that is a little off lowers R everywhere.
    """
    fit = None
    for _ in range(_ROUNDS):
        used = like.agrees(0.8 if fit is None else limit("agrees"))
        fit = fitted(scene, pose, valid, used, turns=turns)
        trial = likeness(scene, fit.pose, valid)
        # Led astray: the start was better, so only its light is fitted.
        if trial.score < like.score - 0.02:
            fit = fitted(scene, pose, valid, used, turns=False, steps=0)
            break
        pose, like = fit.pose, trial
    assert fit is not None
    return fit, like


def _changes(findings: Findings, fit: Fit, like: Likeness) -> Findings:
    """Fill in the changes that the blocks that agree carry."""
    used = like.agrees(limit("agrees")) & (fit.n > 0)
    a, b, squares, n = fit.totals(used)
    turns = fit.pose.turn != 0
    free = tuple(k for k in ALL if turns or k != TURN)
    theta = solve(a, b, free)
    left = squares - 2 * float(b @ theta) + float(theta @ a @ theta)
    # The sums are without the noise of image 1; what is left to see is with it.
    left = max(left + float((1 + theta[X]) ** 2 * fit.noise_x[used].sum()), 0.0)
    inverse = np.linalg.pinv(a[np.ix_(free, free)], rcond=1e-12, hermitian=True)
    scores = (fit.b[used] - fit.a[used] @ theta)[:, free]
    # White's errors from scatter, here of blocks: the residuals of neighbours are
    # alike, so pixels would make them far too small. The mean over the free bases.
    chance = max(float(np.einsum("bi,ij,bj->", scores, inverse, scores)), 0.0)
    chance /= len(free)
    expected = max(float(fit.noise(1 + theta[X])[used].sum()), 0.0)
    least = max(
        limit("chance") ** 2 * chance,
        n * (limit("visible") * findings.spread) ** 2,
        limit("outweighs") * (left - limit("rest") ** 2 * expected),
    )
    gain = 1 + theta[X]

    def clear(bases: tuple[int, ...], values: tuple[float, ...]) -> bool:
        """Tell whether leaving a change out costs more than chance and rounding."""
        # All other bases take up what they can, so that a change counts only for what
        # no other explains: the inverse of that part of the inverse does so.
        at = [free.index(k) for k in bases]
        covariance = inverse[np.ix_(at, at)]
        step = gain * np.array(values)
        return float(step @ np.linalg.pinv(covariance) @ step) > least

    pose = fit.pose
    moved = math.hypot(pose.dy, pose.dx) >= limit("shift")
    sigma = math.sqrt(abs(pose.blur))
    turn = math.degrees(pose.turn)
    findings = replace(
        findings,
        shift=(pose.dy, pose.dx)
        if moved and clear((DY, DX), (pose.dy, pose.dx))
        else None,
        blur=math.copysign(sigma, pose.blur)
        if sigma >= limit("blur") and clear((BLUR,), (pose.blur,))
        else None,
        turn=turn
        if abs(turn) >= limit("rotation") and clear((TURN,), (pose.turn,))
        else None,
    )
    light = brightness(fit, used, theta, least)
    dimmed = abs(light.lost) >= limit("gradient")
    raised = abs(light.offset) >= limit("offset") * findings.spread
    findings = replace(
        findings,
        gain=light.gain if abs(light.gain - 1) >= limit("gain") else None,
        offset=light.offset if raised else None,
        gradient=light.lost if dimmed else None,
        side=light.side if dimmed else "",
    )
    findings = replace(
        findings,
        left=math.sqrt(left / max(n, 1)),
        expected=math.sqrt(expected / max(n, 1)),
    )
    return _noise(findings, fit, used, gain, n)


def _noise(
    findings: Findings, fit: Fit, used: Array, gain: float, n: float
) -> Findings:
    """Compare the noise of the images, before smoothing, over what agrees."""
    own = fit.noise_y[used].sum() / n * 4 * math.pi * _spread(-fit.pose.blur)
    # 4π times the squared sigma is what smoothing has divided white noise by.
    passed_on = fit.noise_x[used].sum() / n * 4 * math.pi * _spread(fit.pose.blur)
    passed_on *= gain * gain
    added, ratio = own - passed_on, limit("noise") ** 2
    if abs(added) < (limit("noise_visible") * findings.spread) ** 2:
        return findings
    if own > ratio * passed_on:
        return replace(findings, noise=math.sqrt(added))
    if passed_on > ratio * own and findings.blur is None:
        return replace(findings, noise=-math.sqrt(-added))
    return findings


def _spread(blur: float) -> float:
    """Return the squared sigma that an image is smoothed by, for a blur of the pose."""
    return SMOOTH**2 + max(blur, 0.0)


def within_noise(findings: Findings) -> bool:
    """Tell whether no more is left after the fit than noise or interpolation."""
    return findings.left <= max(
        limit("rest") * findings.expected, REST_VISIBLE * findings.spread
    )
