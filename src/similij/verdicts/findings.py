"""Find what can be said of two planes, in numbers: the engine under `verdict`.

`find` looks for where image 1 goes and which blocks show the same, fits what was done
to it, and leaves out each change that the evidence does not carry. Its numbers become
words in `verdicts.sentences`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from ..spatial.pose import Pose, moved_to, smoothed, well_inside
from .bands import blurs_more
from .brightness import brightness
from .fit import (
    BASES,
    BLUR,
    DX,
    DY,
    ONE,
    PHOTOMETRIC,
    SMOOTH,
    STEPS,
    TURN,
    XU,
    XV,
    ZOOM_X,
    ZOOM_Y,
    Fit,
    Scene,
    U,
    V,
    X,
    bases_of,
    fitted,
    left_by,
    of_blocks,
    plain_solution,
    solve,
    spreads,
    squares_left,
    sums_at,
)
from .local import Place, Rest, rest_of
from .noise import NoiseLevel, noise_level
from .own_noise import OwnNoise, own_noise
from .pixel_values import PixelValues, goes_beyond, of_moved, piled, pixel_values
from .rules import REST_VISIBLE, limit
from .start_of_fit import Likeness, first_pose, likeness, shaped_pose
from .tone import Tone, tone_of

_ROUNDS = 2
"""Times that a fit is made: blocks that agree are chosen anew at the better pose."""


_MORE_THAN_LEFT = 1.7
"""Times what a fit leaves that a difference of noise may be: all of it is in what is
left, and both are estimates."""


_BY_CHANCE = 4.0
"""Standard errors of an RMSD that noise alone may leave by chance."""

_NOISE_BY = 16.0
"""Times the noise over the root of the pixels that two estimates may be apart: four
standard errors of each, a median over pixels that the filter makes alike."""

AS_LITTLE, _MUCH_MORE = 1.02, 1.5
"""Times what one fit leaves that another may, to explain as much, and times the squares
at a pose alone from which on it is not asked."""


@dataclass(frozen=True)
class Findings:
    """Numbers for a verdict; None where the evidence carries none.

    gain, offset, gradient (share of the gain lost) with its side, shift (dy, dx in px),
    turn (degrees), blur (sigma in px, negative: image 1 is the blurred one), noise
    (sigma added in intensity units, negative: less), saturated (share of pixels of
    image 1, image 2), other, between, agreeing (shares of the `blocks` with structure),
    left and expected (RMSD of the smoothed images after the fit, and of noise alone),
    independent (pixels that would tell these as surely, were they not smoothed),
    spread (standard deviation of image 2), noise_cut (values at which the noise is
    cut off).
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
    scale: tuple[float, float] | None = None
    tone: Tone | None = None
    saturated: tuple[float, float] = (0.0, 0.0)
    clipped: tuple[float, float] = (0.0, 0.0)
    step: float | None = None
    compressed: float | None = None
    places: tuple[Place, ...] = ()
    left: float = math.nan
    expected: float = math.nan
    beyond: float = math.nan
    independent: float = math.inf
    noise_cut: tuple[float, ...] = ()

    @property
    def related(self) -> str:
        """How content goes together: "same", "in part", "partly", "unrelated", ""."""
        if self.blocks < limit("structure"):
            return ""
        if self.agreeing < limit("unrelated") and self.other >= limit("other"):
            return "unrelated"
        loose = self.left == self.left and not within_noise(self)
        # Compression takes fine structure away everywhere, and puts none in its place.
        if self.compressed is None and self.between >= limit(
            "partly loose" if loose else "partly"
        ):
            return "partly"
        return "in part" if self.other >= limit("other") else "same"


@dataclass(frozen=True)
class _Question:
    """What a fit is asked for: the scene, and what holds whatever the fit.

    flats are the pixels at the ceiling of image 1 and 2, and at the floor of each;
    noises are the estimates from each image alone, whatever the scene has; uncut are
    both images as they are, where the scene has them cut off alike.
    """

    scene: Scene
    values: PixelValues
    flats: tuple[Array, Array, Array, Array]
    plain: Findings
    noises: tuple[NoiseLevel, NoiseLevel]
    uncut: tuple[Array, Array]
    blurs: bool = True
    tone: Tone | None = None

    @property
    def cut(self) -> bool:
        """Whether the scene has both images cut off alike; a curve changes x only."""
        return self.scene.y is not self.uncut[1]


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
    values = pixel_values(x, y, valid)
    piles = _piles(x, y, valid, values)
    ends = _ends(piles, x, y, valid)
    if values.compressed:
        values = _with_moved(values, ends, x, y, valid, whole, start)
    question = _question(x, y, valid, whole, values, ends)
    findings = _found(question, start)
    pose: Pose | None = None
    if any(p.any() and not end.any() for p, end in zip(piles, ends, strict=True)):
        moves = _moved_by(findings)
        again = _ends(piles, x, y, valid, moves)
        if sum(end.any() for end in again) > sum(end.any() for end in ends):
            # What goes beyond an end lay elsewhere.
            ends, pose = again, moves
            question = _question(x, y, valid, whole, values, ends, pose=pose)
            findings = _found(question, start)
    if findings.related not in ("same", "in part"):
        # Cut off where only a flat background was, a blurred image has little left.
        if not question.cut:
            return findings
        question = _question(x, y, valid, whole, values, ends, (True,) * 4)
        uncut = _found(question, start)
        return uncut if uncut.related in ("same", "in part") else findings
    # What is no ceiling or floor after all must not stay out of the rest: a flat object
    # is one that was put there.
    shares = (*findings.saturated, *findings.clipped)
    pairs = zip(question.flats, shares, strict=True)
    refused = [bool(at.any()) and not share for at, share in pairs]
    if any(refused):
        question = _question(x, y, valid, whole, values, ends, refused, pose)
        findings = _found(question, start)
    return findings


def _with_moved(
    values: PixelValues,
    ends: _Ends,
    x: Array,
    y: Array,
    valid: Array,
    whole: tuple[bool, bool],
    start: tuple[int, int] | None,
) -> PixelValues:
    """Return what compression leaves, of images that were moved as well.

    How they were is found as if there were no compression, and what that leaves is no
    more than a move would: so that no move hides behind a compression.
    """
    plain = values._replace(compressed=False)
    pose = _moved_by(_found(_question(x, y, valid, whole, plain, ends), start))
    if pose == Pose():
        return values
    moved, inside = moved_to(x, pose)
    inside = inside & valid
    return of_moved(values, moved, y, inside) if inside.any() else values


def _moved_by(findings: Findings) -> Pose:
    """Return the pose of the moves that are named."""
    dy, dx = findings.shift or (0.0, 0.0)
    zoom_y, zoom_x = findings.scale or (1.0, 1.0)
    turn = math.radians(findings.turn or 0.0)
    return Pose(dy, dx, turn, 0.0, zoom_y - 1, zoom_x - 1)


_THERE = 0.9
"""Share of a pixel of a moved image that must have been at an end to be at it."""

_Ends = tuple[Array, Array, Array, Array]
"""Pixels at the ceiling of image 1, of image 2, and at the floor of each."""


def _piles(x: Array, y: Array, valid: Array, values: PixelValues) -> _Ends:
    """Return the pixels piled up at the ends of values."""
    top_1, low_1 = (piled(x, valid, values.step_1, floor=low) for low in (False, True))
    top_2, low_2 = (piled(y, valid, values.step_2, floor=low) for low in (False, True))
    return top_1, top_2, low_1, low_2


def _ends(
    piles: _Ends, x: Array, y: Array, valid: Array, pose: Pose | None = None
) -> _Ends:
    """Return the piles beyond which the other image goes on, once image 1 is moved."""
    there: list[Array] = [*piles]
    if pose is not None and pose != Pose():
        x, inside = moved_to(x, pose)
        valid = valid & inside
        for k in (0, 2):
            at = piles[k].astype(np.float64)
            there[k] = moved_to(at, pose, order=1)[0] > _THERE
    top_1, top_2, low_1, low_2 = (
        pile & goes_beyond(at, image, other, valid)
        for pile, at, (image, other) in zip(
            piles, there, ((x, y), (y, x)) * 2, strict=True
        )
    )
    return top_1, top_2, low_1, low_2


def _found(question: _Question, start: tuple[int, int] | None) -> Findings:
    """Find what was done, with the ceilings and floors of the question left out."""
    clear = question.scene.valid
    if question.values.rounded:
        return _only_rounded(question)
    pose, like = first_pose(question.scene, clear, start)
    fit, like = _settled(question, pose, like, turns=False)
    question, fit, like = _without_false_blur(question, fit, like)
    question, fit = _with_own_noise(question, fit, like)
    findings = _filled_in(question, fit, like)
    # A gradient may be a curve in disguise, where one side is darker: both are asked.
    done = nothing_left(findings) and findings.gradient is None
    if findings.related in ("same", "in part") and done:
        return findings
    question, fit, like, findings = _with_tone(question, fit, like, findings)
    asked_of = fit
    if findings.related == "same" and nothing_left(findings):
        return findings
    # Many turned copies take time: they are tried only where a fit from here, which
    # finds a small turn, leaves something.
    for from_here in (True, False):
        if from_here and findings.related == "unrelated":
            continue
        pose = fit.pose if from_here else shaped_pose(question.scene, clear)
        first = likeness(question.scene, pose, clear)
        if not from_here and first.score <= like.score:
            continue
        # A blur that was false in another place need not be so here.
        asked = replace(question, blurs=True)
        shaped, alike = _settled(asked, pose, first, turns=True)
        better = alike.better_than(like)
        if better or (from_here and findings.related == "same"):
            asked, shaped, alike = _without_false_blur(asked, shaped, alike)
            refound = _filled_in(asked, shaped, alike)
            # A small magnification about the middle is a shift of what lies elsewhere,
            # as far as R of the blocks can tell, but not as what is left can.
            if better or (refound.related == "same" and nothing_left(refound)):
                question, fit, like, findings = asked, shaped, alike, refound
        if findings.related == "same" and within_noise(findings):
            break
    # A curve was looked for at the first fit already.
    if question.tone is None and fit is not asked_of and not within_noise(findings):
        findings = _with_tone(question, fit, like, findings)[-1]
    return findings


def _only_rounded(question: _Question) -> Findings:
    """Find what is left of an image that was rounded to coarse steps, and no more.

    Nothing is fitted: of few steps a fit would make a curve, a gain or a blur.
    """
    fit = sums_at(question.scene, Pose(), question.scene.valid)
    none = np.zeros((len(BASES), len(BASES)))
    everywhere = np.ones(len(fit.n))
    rest = _rest(question, fit, Likeness(everywhere, everywhere < 1), none[0], none)
    return replace(
        question.plain,
        blocks=len(everywhere),
        agreeing=1.0,
        saturated=(0.0, 0.0),
        clipped=(0.0, 0.0),
        **rest._asdict(),
    )


def _question(
    x: Array,
    y: Array,
    valid: Array,
    whole: tuple[bool, bool],
    values: PixelValues,
    ends: _Ends,
    refused: Sequence[bool] = (False,) * 4,
    pose: Pose | None = None,
) -> _Question:
    """Look at the noise before any fit; ends are left out, but those refused.

    Those of image 1 are left out where the pose has them, if it is known.
    """
    none = np.zeros(x.shape, bool)
    top_1, top_2, low_1, low_2 = (
        none if no else at for no, at in zip(refused, ends, strict=True)
    )
    tops, floors = (top_1, top_2), (low_1, low_2)
    clear = valid
    for at, image, sign in (
        (tops[0], x, 1), (tops[1], y, 1), (floors[0], x, -1), (floors[1], y, -1),
    ):  # fmt: skip
        below = _below(at, sign * image, valid)
        if pose is not None and image is x:
            below = moved_to(below.astype(np.float64), pose, order=1)[0] > _THERE
        clear = clear & below
    uncut = x, y
    # What smoothing does not mix with what is left out.
    inner = valid & well_inside(clear | ~valid, math.ceil(3 * SMOOTH), beyond=True)
    if inner.sum() < valid.sum() / 4:
        # Cut off all over the image, as of fine texture: no place is far from it.
        x, y = _cut_alike(x, y, tops, floors, valid)
        clear = valid
    least = [values.step_1**2 / 12, values.step_2**2 / 12]
    if values.compressed:
        least[1] = max(least[1], values.rest)
    noise_x, noise_y = (
        noise_level(t, clear, whole=w, least=least_here)
        for t, w, least_here in zip((x, y), whole, least, strict=True)
    )
    n = max(int(valid.sum()), 1)
    plain = Findings(
        float(y[valid].std()),
        *(0, 0.0, 0.0, 0.0),
        math.sqrt(noise_x.mean),
        math.sqrt(noise_y.mean),
        saturated=(float(tops[0].sum()) / n, float(tops[1].sum()) / n),
        clipped=(float(floors[0].sum()) / n, float(floors[1].sum()) / n),
        step=values.step_2 if values.quantised else None,
        compressed=math.sqrt(values.rest) if values.compressed else None,
    )
    scene = Scene(x, y, clear, noise_x, noise_y, whole)
    flats = (*tops, *floors)
    return _Question(scene, values, flats, plain, (noise_x, noise_y), uncut)


def _cut_alike(
    x: Array,
    y: Array,
    tops: tuple[Array, Array],
    floors: tuple[Array, Array],
    valid: Array,
) -> tuple[Array, Array]:
    """Cut each image off where the other is, at the same share of its own pixels."""
    n, cut = int(valid.sum()), []
    for k, image in enumerate((x, y)):
        values = image[valid]
        low, high = values.min(), values.max()
        if floors[1 - k].any():
            low = np.quantile(values, floors[1 - k].sum() / n)
        if tops[1 - k].any():
            high = np.quantile(values, 1 - tops[1 - k].sum() / n)
        cut.append(np.clip(image, low, high))
    return cut[0], cut[1]


def _with_own_noise(
    question: _Question, fit: Fit, like: Likeness
) -> tuple[_Question, Fit]:
    """Take off the noise of each image what both share, and sum anew."""
    used = like.agrees(limit("agrees")) & (fit.n > 0)
    if not used.any():
        return question, fit
    scene = own_noise(question.scene, fit, used, question.noises).scene
    if scene is question.scene:
        return question, fit
    return replace(question, scene=scene), sums_at(scene, fit.pose, scene.valid)


def _with_tone(
    question: _Question, fit: Fit, like: Likeness, findings: Findings
) -> tuple[_Question, Fit, Likeness, Findings]:
    """Change the brightness of image 1 by a curve and fit again, if there is one."""
    scene = question.scene
    agreeing = like.agrees(limit("agrees")) & (fit.n > 0)
    if agreeing.sum() < limit("structure"):
        return question, fit, like, findings
    tones = [tone_of(scene, fit, agreeing, findings.spread)]
    if fit.pose.blur:
        # A curve makes spots wider or narrower, which the fit took for a blur.
        sharp = sums_at(scene, replace(fit.pose, blur=0.0), scene.valid)
        tones.append(tone_of(scene, sharp, agreeing, findings.spread))
    curves = [curve for curve in tones if curve is not None]
    if not curves:
        return question, fit, like, findings
    tone = min(curves, key=lambda curve: curve.left)
    changed = tone.of(scene.x)
    noise = noise_level(changed, scene.valid, whole=False)
    curved = replace(
        question,
        scene=Scene(changed, scene.y, scene.valid, noise, scene.noise_y, scene.whole),
        noises=(noise, question.noises[1]),
        tone=tone,
    )
    pose = replace(fit.pose, blur=0.0)
    first = likeness(curved.scene, pose, scene.valid)
    again, alike = _settled(curved, pose, first, turns=not pose.is_shift)
    curved, again, alike = _without_false_blur(curved, again, alike)
    refound = _filled_in(curved, again, alike)
    enough = nothing_left if within_noise(findings) else within_noise
    better = refound.left < 0.7 * findings.left or enough(refound)
    if refound.related in ("same", "in part") and (
        better or findings.related not in ("same", "in part")
    ):
        return curved, again, alike, refound
    return question, fit, like, findings


def _without_false_blur(
    question: _Question, fit: Fit, like: Likeness
) -> tuple[_Question, Fit, Likeness]:
    """Fit again without a blur if the bands of detail do not carry it."""
    used = like.agrees(limit("agrees"))
    scene, noises = question.scene, question.noises
    if abs(fit.pose.blur) < limit("blur") ** 2 or blurs_more(scene, fit, used, noises):
        return question, fit, like
    question = replace(question, blurs=False)
    pose = replace(fit.pose, blur=0.0)
    first = likeness(question.scene, pose, question.scene.valid)
    again = _settled(question, pose, first, turns=not pose.is_shift)
    return question, *again


def _filled_in(question: _Question, fit: Fit, like: Likeness) -> Findings:
    """Fill in how content goes together, and the changes that this allows to see.

    Of other content there is nothing to fit: gain and shift of it would be chance.
    """
    findings = _of_content(question, like)
    if findings.related in ("same", "in part"):
        return _fewest(question, findings, fit, like)
    return findings


def _of_content(question: _Question, like: Likeness) -> Findings:
    """Return findings that tell how content goes together, and no change yet."""
    r = like.toward
    plain = replace(question.plain, tone=question.tone)
    if not len(r):
        return plain
    agrees, differs = r >= limit("agrees"), r < limit("differs")
    return replace(
        plain,
        blocks=len(r),
        agreeing=float(agrees.mean()),
        other=float(differs.mean()),
        between=float((~agrees & ~differs).mean()),
    )


def _fewest(question: _Question, plain: Findings, fit: Fit, like: Likeness) -> Findings:
    """Fill in the changes; fewer, where these leave as little.

    Of a scene with little in it, one round spot, a shift and a gradient of light are
    much the same. A fit may then go astray along both, and the light be judged at a
    pose for which nothing stands. So what has no name is taken back, and a gradient,
    too, and the fewest changes say what was done.
    """
    scene, used = question.scene, like.agrees(limit("agrees")) & (fit.n > 0)
    most = _changes(question, plain, fit, like)
    named = _named_part(most, fit.pose)
    ways = [(most, _near(named, fit.pose))]
    # A pose, whether light is level, and whether image 1 may move from there.
    trials = [(Pose(), False, False)]
    if most.gradient is not None or not ways[0][1]:
        trials.append((fit.pose, True, True))
    if not ways[0][1]:
        trials.append((named, False, False))
    tried = {(fit.pose, False, False)}
    by_light = _by_light(fit, used)
    moved = unmoved = _by_light(fit, used, (ONE, X))
    for trial in trials:  # which grows
        if trial in tried:
            continue
        tried.add(trial)
        pose, level, moves = trial
        other = fitted(
            scene, pose, scene.valid, used, turns=False, blurs=False, level=level,
            steps=STEPS if moves else 0,
        )  # fmt: skip
        if pose == named:
            unmoved = _by_light(other, used, (ONE, X))
        closed = not any(is_open for _, is_open in ways)
        if _by_light(other, used) > _MUCH_MORE * by_light and not closed:
            continue  # which needs no closer look
        alike = likeness(scene, other.pose, scene.valid)
        content = _of_content(question, alike)
        if content.related not in ("same", "in part"):
            continue
        changes = _changes(question, content, other, alike, level=level)
        stays = _named_part(changes, other.pose)
        ways.append((changes, _near(stays, other.pose)))
        if not ways[-1][1]:
            trials.append((stays, level, False))
    # Each base takes the part of one of so many independent pixels by chance.
    independent = float(fit.n[used].sum()) / (4 * math.pi * max(spreads(fit.pose)))
    # What a move without a name explains would be passed over, unless that is chance.
    chance = (limit("chance") * most.expected) ** 2 / max(independent, 1.0)
    by_chance = unmoved - moved <= chance
    open_ways = [way for way, is_open in ways if is_open or by_chance] or [most]
    least = min(way.left for way in open_ways)
    least *= AS_LITTLE + len(BASES) / 2 / max(independent, 1.0)
    # One that tells noise from what is left is better than one that does not.
    enough = [way for way in open_ways if nothing_left(way)]
    enough = enough or [way for way in open_ways if way.left <= least]
    enough = [way for way in enough if within_noise(way)] or enough
    return min(enough, key=lambda way: (count_of(way), way.left))


def _near(one: Pose, two: Pose) -> bool:
    """Tell whether two poses are apart by less than would be named."""
    apart = [abs(p - q) for p, q in zip(astuple(one), astuple(two), strict=True)]
    return all(a < m for a, m in zip(apart, astuple(_LEAST), strict=True))


_LEAST = Pose(
    limit("shift"), limit("shift"), math.radians(limit("rotation")),
    limit("blur") ** 2, limit("scale"), limit("scale"),
)  # fmt: skip
"""The least moves and blur that have a name."""


def _by_light(fit: Fit, used: Array, free: tuple[int, ...] = PHOTOMETRIC) -> float:
    """Return the squares of a pixel that light alone leaves, with the noise of both."""
    a, b, _, n = fit.totals(used)
    return _left_by(fit, used, solve(a, b, free)) / max(n, 1.0)


def _left_by(fit: Fit, used: Array, theta: Array) -> float:
    """Return the squares that coefficients leave, with the noise of both images.

    The sums are without the noise of image 1; what is left to see is with it.
    """
    a, b, squares, _ = fit.totals(used)
    noise = float((1 + theta[X]) ** 2 * fit.noise_x[used].sum())
    return squares_left(a, b, squares, theta) + noise


def _named_part(findings: Findings, pose: Pose) -> Pose:
    """Return a pose without the moves and the blur that have no name."""
    dy, dx = (pose.dy, pose.dx) if findings.shift else (0.0, 0.0)
    zooms = (pose.zoom_y, pose.zoom_x) if findings.scale else (0.0, 0.0)
    return Pose(
        dy, dx,
        pose.turn if findings.turn else 0.0,
        pose.blur if findings.blur else 0.0,
        *zooms,
    )  # fmt: skip


def count_of(findings: Findings) -> int:
    """Count the changes that are named, other content and places among them."""
    changes = (
        findings.other if findings.related == "in part" else None,
        findings.places or None,
        findings.gain, findings.offset, findings.gradient, findings.shift,
        findings.turn, findings.scale, findings.blur, findings.noise,
    )  # fmt: skip
    return sum(change is not None for change in changes)


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
    question: _Question, pose: Pose, like: Likeness, *, turns: bool
) -> tuple[Fit, Likeness]:
    """Fit over the blocks that agree, chosen again after the first fit.

    The first choice is lenient, since a pose that is a little off lowers R everywhere.
    """
    fit = None
    scene, valid, blurs = question.scene, question.scene.valid, question.blurs
    used = np.zeros(0, bool)
    for _ in range(_ROUNDS):
        before, used = used, like.agrees(0.8 if fit is None else limit("agrees"))
        if fit is not None and (used == before).all():
            break  # over the same blocks it would be the same fit
        fit = fitted(scene, pose, valid, used, turns=turns, blurs=blurs)
        trial = likeness(scene, fit.pose, valid)
        # Led astray: the start was better, so only its light is fitted.
        if trial.score < like.score - 0.02:
            fit = fitted(scene, pose, valid, used, turns=False, blurs=blurs, steps=0)
            break
        pose, like = fit.pose, trial
    assert fit is not None
    return fit, like


def _changes(
    question: _Question,
    findings: Findings,
    fit: Fit,
    like: Likeness,
    *,
    level: bool = False,
) -> Findings:
    """Fill in the changes that the blocks that agree carry; if level, no gradient."""
    used = like.agrees(limit("agrees")) & (fit.n > 0)
    free = bases_of(fit.pose, blurs=question.blurs, level=level)
    own = own_noise(question.scene, fit, used, question.noises)
    scene = own.scene
    if scene is not question.scene:
        question = replace(question, scene=scene)
        fit = sums_at(scene, fit.pose, scene.valid)
    a, b, _, n = fit.totals(used)
    theta = solve(a, b, free)
    left = max(_left_by(fit, used, theta), 0.0)
    inverse, scores = _scatter(fit, used, theta, free)
    # The mean over the free bases.
    chance = max(float(np.einsum("bi,ij,bj->", scores, inverse, scores)), 0.0)
    chance /= len(free)
    expected = max(float(fit.noise(1 + theta[X])[used].sum()), 0.0)
    # What noise is thought to make counts as well: where bases are much alike, noise
    # taken off their products leaves an inverse that knows of no error at all.
    chance = max(chance, 4 * math.pi * max(spreads(fit.pose)) * expected / max(n, 1))
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
        if not {*bases} <= {*free}:
            return False
        at = [free.index(k) for k in bases]
        covariance = inverse[np.ix_(at, at)]
        step = gain * np.array(values)
        return float(step @ np.linalg.pinv(covariance) @ step) > least

    # How much of what is left is noise of image 1 is an estimate, which texture makes
    # too large. What is named must be there if none is, too.
    plainly = plain_solution(fit, used, free)
    pose = fit.pose
    blur_without = pose.blur + float(plainly[BLUR] / (1 + plainly[X]))
    blurred = _both(pose.blur, blur_without, limit("blur") ** 2)
    moved = math.hypot(pose.dy, pose.dx) >= limit("shift")
    sigma = math.sqrt(abs(pose.blur))
    turn = math.degrees(pose.turn)
    findings = replace(
        findings,
        shift=(pose.dy, pose.dx)
        if moved and clear((DY, DX), (pose.dy, pose.dx))
        else None,
        blur=math.copysign(sigma, pose.blur)
        if blurred and clear((BLUR,), (pose.blur,))
        else None,
        turn=turn
        if abs(turn) >= limit("rotation") and clear((TURN,), (pose.turn,))
        else None,
        scale=(1 + pose.zoom_y, 1 + pose.zoom_x)
        if max(abs(pose.zoom_y), abs(pose.zoom_x)) >= limit("scale")
        and clear((ZOOM_Y, ZOOM_X), (pose.zoom_y, pose.zoom_x))
        else None,
    )
    findings, lit = _with_light(findings, fit, used, (theta, plainly), least, level)
    accounted = _accounted_for(findings, theta, free, lit, fit.mean)
    named, errors = _with_errors(fit, used, accounted)
    rest = _rest(question, fit, like, named, errors)
    # What is too unsure for a name is chance where it explains no more than chance; of
    # bases that only noise tells apart it may leave more than nothing did.
    if accounted != free and _left_by(fit, used, named) - left <= least:
        errors = _with_errors(fit, used, free)[1]
        by_all = _rest(question, fit, like, theta, errors)
        rest = min(by_all, rest, key=lambda one: one.left)
    findings = replace(
        findings,
        **rest._asdict(),
        noise_1=math.sqrt(scene.noise_x.mean),
        noise_2=math.sqrt(scene.noise_y.mean),
    )
    findings = _cut_off(question, findings, fit, named)
    return _noise(question, findings, fit, float(1 + named[X]), own)


def _with_light(
    findings: Findings,
    fit: Fit,
    used: Array,
    solutions: tuple[Array, Array],
    least: float,
    level: bool,
) -> tuple[Findings, bool]:
    """Fill in gain, offset and gradient; tell whether gain or offset is of account.

    The solutions are those with and without an estimate of the noise of image 1.
    """
    light, light_without = (
        brightness(sums, used, theta, least, level=level)
        for sums, theta in zip((fit, fit.with_noise()), solutions, strict=True)
    )
    dimmed = abs(light.lost) >= limit("gradient")
    raised = _both(
        light.offset, light_without.offset, limit("offset") * findings.spread
    )
    brighter = _both(light.gain - 1, light_without.gain - 1, limit("gain"))
    # Rounding down lowers by half a step, which the steps say already.
    lowered = findings.step is not None and abs(light.offset) <= 0.6 * findings.step
    curved = findings.tone is not None  # which holds gain and offset, too
    findings = replace(
        findings,
        gain=light.gain if brighter and not curved else None,
        offset=light.offset if raised and not (curved or lowered) else None,
        gradient=light.lost if dimmed else None,
        side=light.side if dimmed else "",
    )
    return findings, brighter or raised or dimmed or curved


def _accounted_for(
    findings: Findings,
    theta: Array,
    free: tuple[int, ...],
    lit: bool,
    mean: float,
) -> tuple[int, ...]:
    """Return the bases that may explain what is left: named, or too small to be named.

    A change that is large but not clear has no name. Were it to explain a difference,
    this would be passed over: of three spots, of which one is gone, a gradient and a
    shift make nearly nothing.
    """
    gain = max(abs(float(1 + theta[X])), 1e-300)
    step = np.abs(theta) / gain
    # Bases of light are of image 1 less its mean, and a gain is of all of it. What
    # falls to one side has half of its fall in the middle, too.
    own = {one: theta[one] - mean * theta[x] for one, x in _LIGHT}
    own[ONE] = max(abs(own[ONE]) - (abs(own[U]) + abs(own[V])) / 2, 0.0)
    step[X] = max(step[X] - (step[XU] + step[XV]) / 2, 0.0)
    dark = limit("offset") * findings.spread
    small = {
        **dict.fromkeys((DY, DX), max(step[DY], step[DX]) <= _LEAST.dx),
        **dict.fromkeys(
            (ZOOM_Y, ZOOM_X), max(step[ZOOM_Y], step[ZOOM_X]) <= _LEAST.zoom_x
        ),
        TURN: step[TURN] <= _LEAST.turn,
        BLUR: step[BLUR] <= _LEAST.blur,
    }
    for one, x in _LIGHT:
        most = limit("gain" if x == X else "gradient")
        few = step[x] <= most and abs(own[one]) <= dark
        small |= {one: few, x: few}
    named = {
        **dict.fromkeys((DY, DX), findings.shift),
        **dict.fromkeys((U, V, XU, XV), findings.gradient),
        **dict.fromkeys((ZOOM_Y, ZOOM_X), findings.scale),
        TURN: findings.turn,
        BLUR: findings.blur,
        **dict.fromkeys((X, ONE), lit or None),
    }
    return tuple(k for k in free if named[k] is not None or small[k])


_LIGHT = ((ONE, X), (U, XU), (V, XV))
"""Bases of light: of the dark, and of image 1, which fall alike."""


def _with_errors(fit: Fit, used: Array, free: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the coefficients of some bases, and White's errors, from blocks."""
    a, b, _, _ = fit.totals(used)
    theta = solve(a, b, free)
    inverse, scores = _scatter(fit, used, theta, free)
    errors = np.zeros(a.shape)
    errors[np.ix_(free, free)] = inverse @ (scores.T @ scores) @ inverse
    return theta, errors


def _scatter(
    fit: Fit, used: Array, theta: Array, free: tuple[int, ...]
) -> tuple[Array, Array]:
    """Return the inverse of the products of bases, and what each block pulls them by.

    White's errors are from scatter, here of blocks: the residuals of neighbours are
    alike, so pixels would make them far too small.
    """
    a = fit.totals(used)[0][np.ix_(free, free)]
    scores = (fit.b[used] - fit.a[used] @ theta)[:, free]
    return np.linalg.pinv(a, rcond=1e-12, hermitian=True), scores


def _both(one: float, two: float, least: float) -> bool:
    """Tell whether two estimates of a change have one sign and reach a limit."""
    return one * two > 0 and min(abs(one), abs(two)) >= least


def _rest(
    question: _Question, fit: Fit, like: Likeness, theta: Array, errors: Array
) -> Rest:
    """Look for what is left, outside of blocks that are said to be other content."""
    values, scene = question.values, question.scene
    gain = abs(float(1 + theta[X]))
    # Finer steps than noise are rounded both ways by it, and leave none of themselves.
    steps = [
        step if quantised or step > 3 * math.sqrt(noise.mean) else 0.0
        for step, noise, quantised in (
            (values.step_1, scene.noise_x, False),
            (values.step_2, scene.noise_y, values.quantised),
        )
    ]  # fmt: skip
    half = (gain * steps[0] + steps[1]) / 2
    if values.compressed:  # what compression leaves is no place
        half = max(half, 2 * math.sqrt(max(values.rest, values.most)))
    counted = fit
    r = like.sign * like.r
    other = np.nan_to_num(r, nan=1.0) < limit("differs")
    if other.sum() >= limit("other") * np.isfinite(r).sum():
        wide = of_blocks(other, fit.weight.shape)
        counted = replace(fit, weight=fit.weight & ~wide)
    curved = question.tone is not None
    resampled = fit.pose != Pose() or curved
    return rest_of(
        scene, counted, theta, errors, half, resampled=resampled, curved=curved
    )


def _cut_off(
    question: _Question, findings: Findings, fit: Fit, theta: Array
) -> Findings:
    """Keep of ceilings and floors those that the other image goes beyond.

    The blurred copy of an image with a true flat top varies there too, but below it.
    """
    if not any(at.any() for at in question.flats):
        return findings  # which has none
    scene = question.scene
    if question.cut and question.tone is None:
        x, y = question.uncut
        scene = replace(scene, x=x, y=y)
        target = smoothed(scene.smooth_y, max(-fit.pose.blur, 0.0))
        fit = replace(fit, moved=scene.first_at(fit.pose)[0], target=target)
    left = beyond = left_by(scene, fit, theta)
    if question.tone is None:
        # A spline goes beyond its pixels next to an edge. Pixels themselves must.
        whole = replace(fit.pose, dy=round(fit.pose.dy), dx=round(fit.pose.dx))
        x = moved_to(scene.x, whole, order=1)[0]
        by_light = np.zeros(len(theta))
        by_light[list(PHOTOMETRIC)] = theta[list(PHOTOMETRIC)]
        beyond = left_by(scene, replace(fit, moved=x, target=scene.y), by_light)
    sign = math.copysign(1.0, 1 + theta[X])
    least = limit("varies") * findings.spread / 3
    kept = []
    for k, at in enumerate(question.flats):
        # Flats of image 1 lie where it was, and those of image 2 where they are.
        down = -1.0 if k >= 2 else 1.0  # noqa: PLR2004 - floors follow ceilings
        if not at.any():
            kept.append(False)
        elif k % 2:
            kept.append(
                -down * float(left[at].mean()) > least
                and -down * float(beyond[at].mean()) > least
            )
        else:
            there = moved_to(at.astype(np.float64), fit.pose, order=1)[0] > _THERE
            apart = left[there] if there.any() else np.zeros(1)
            kept.append(down * sign * float(apart.mean()) > least)
    tops = [s if k else 0.0 for s, k in zip(findings.saturated, kept[:2], strict=True)]
    lows = [s if k else 0.0 for s, k in zip(findings.clipped, kept[2:], strict=True)]
    return replace(findings, saturated=(tops[0], tops[1]), clipped=(lows[0], lows[1]))


def _noise(
    question: _Question, findings: Findings, fit: Fit, gain: float, own: OwnNoise
) -> Findings:
    """Compare the noise of the images, before smoothing, over what agrees.

    The difference of both estimates is free of what they share, and must not be more
    than the fit leaves. Where image 1 was resampled, image 2 must be noisier, or less
    noisy, than it is before and after: fine texture passes the filter of noise, too,
    and less of it once it is resampled.
    """
    noises = question.noises
    if findings.step is not None or findings.compressed is not None:
        return findings  # which are no noise, but look like it to the filter
    if findings.tone is not None:
        return findings  # a curve makes noise more here and less there
    second = float(noises[1].at(fit.target[fit.weight]).mean())
    levels = [noises[0]]
    if not fit.pose.keeps_pixels:
        resampled = moved_to(question.scene.x, fit.pose)[0]
        levels.append(noise_level(resampled, fit.weight, whole=False))
    firsts = [
        gain * gain * float(level.at(fit.moved[fit.weight]).mean()) for level in levels
    ]
    first = min(max(second, min(firsts)), max(firsts))
    added, ratio = second - first, limit("noise") ** 2
    if abs(added) < (limit("noise_visible") * findings.spread) ** 2:
        return findings
    if abs(added) < _NOISE_BY / math.sqrt(fit.weight.sum()) * max(first, second):
        return findings
    # Detail that one image lost, as by interpolation, is in the estimate of the other,
    # but not in what the fit leaves. 4π is what smoothing divides white noise by, and
    # the wider one of a blur divides by more.
    wider = max(spreads(fit.pose)) / SMOOTH**2
    of_both = gain * gain * own.first + own.second
    left = min(of_both, 4 * math.pi * wider * findings.expected**2)
    if abs(added) > _MORE_THAN_LEFT * left:
        return findings
    # The sum of both is what the fit leaves, their difference that of the estimates.
    shares = sorted(((left - abs(added)) / 2, (left + abs(added)) / 2))
    # Cut off all over, one image has lost detail that is as much as noise.
    apart = shares[0] * ratio < shares[1] and not question.cut
    if added > 0 and (first * ratio < second or apart):
        return replace(findings, noise=math.sqrt(added))
    if added < 0 and (second * ratio < first or apart) and findings.blur is None:
        return replace(findings, noise=-math.sqrt(-added))
    return findings


def within_noise(findings: Findings) -> bool:
    """Tell whether no more is left after the fit than noise or interpolation.

    Of few pixels the RMSD of noise alone is by chance above what it is on average.
    """
    chance = 1 + _BY_CHANCE / math.sqrt(2 * findings.independent)
    return findings.left <= max(
        max(limit("rest"), chance) * findings.expected,
        REST_VISIBLE * findings.spread,
    )


def nothing_left(findings: Findings) -> bool:
    """Tell whether no more is left than noise, and that anywhere, at any scale."""
    return within_noise(findings) and findings.beyond <= 1 and not findings.places
