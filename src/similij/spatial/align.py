"""Move image 2 onto image 1 by what the images themselves tell, to a part of a pixel.

`shift` says where R is highest and moves nothing. `align` moves: it starts from that
shift, finds the motion at which R of the moved image is highest, says how sure it is,
and refuses where the images do not tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from ..ground.errors import ImageError, Undefined
from ..ground.names import shown, with_names
from ..ground.optional import needed
from ..ground.public import public
from ..ground.types import Array
from ..images.door import as_image
from ..images.pair import ImageLike, Pair
from ..metrics.defaults import pearson
from ..moments.kernels.parts import as_bytes
from ..moments.of_arrays import moments
from ..moments.wide import held
from .correlation_peak import LEAST_OVERLAP
from .deviations import deviations
from .motion import Motion
from .motion_fit import Step, step_and_errors, weakest_slopes
from .one_stack import one_stack
from .pose import smoothed, well_inside
from .shift import reaches
from .shift_search import Displacement, by_chance, search
from .turn_search import LARGEST_TURN, SMALL, TURNS, most_alike, thinned

Way = Literal["shift", "rigid"]

LARGEST_ERROR = 0.25
"""Standard error in pixels above which nothing is moved. Of 91 pairs of real images
under much noise (of bench/align.py --setting) with smaller ones, one was moved more
than a pixel wrongly; of 28 with 0.3 to 0.5 px, five were."""

FLOOR = 0.003
"""Error in pixels that is left where no noise is: of the interpolation, in images whose
pixels average what lies under them (bench/align.py)."""

_NEAR_WHOLE = 0.1
"""Pixels that an axis may at most be from a whole number to be moved by that."""

_SMOOTHINGS = 0.0, 1.0, 2.0
"""Sigmas in pixels that both images are smoothed with, in turn, to find a motion."""

_MUCH = 0.5
"""R above which no transform is made to know what chance gives, unless chance gives as
much of the images: slopes, and what the images do not share, have less in common with
their neighbours."""

_BESIDE, _EQUAL = 2.0, 1 - 1e-9
"""Pixels beside the peak of R in which another is none; and R of copies, which may have
a period: of those the smallest shift is meant."""

_LARGE_STEP = 0.5
"""Pixels that a step may at most move any place: slopes hold for small steps only."""

_FITTED = 1 << 20
"""Pixels that a turn is fitted to at most: of larger planes, thinner copies."""

_STEPS = 12
"""Most steps towards the highest R; from the whole-pixel peak three are usual."""

_SMALL_STEP = 0.1
"""Share of its standard error below which a step changes nothing that anybody knows."""


@dataclass(frozen=True, repr=False, eq=False)
class Alignment:
    """How image 2 is moved onto image 1, how sure that is, and what R is then.

    Attributes
    ----------
    way : str
        "shift" or "rigid".
    dims : tuple of str
        Axes, in the order of the tuples below: ("y", "x") or ("z", "y", "x").
    offset : tuple of float
        How far, in pixels, the content of image 2 lies from where image 1 has it, as of
        `similij.shift`: positive is further right, down, or at a higher slice. NaN
        where it is refused.
    angle : float
        By how much the content of image 2 is turned against image 1 about the centre of
        the image, in degrees, counter-clockwise as an image is shown, with y down.
    offset_error, angle_error : tuple of float, float
        Standard errors of these, from how blocks of the image scatter; 0 of what was
        not free.
    r, r_aligned : float
        Pearson's R as they are, and of image 1 and image 2 moved.
    n, n_aligned : int
        Pixels that these are of.
    motion : Motion
        By what image 2 is moved: offset and angle, rounded to whole pixels along an
        axis on which they cannot be told from that.
    inside : ndarray of bool
        Which pixels of image 1 have a partner: those of the mask for which all pixels
        of image 2 that are interpolated are of its mask, and not NaN.
    note : str
        What was done, in a clause.
    refusal : str
        Why nothing is moved; "" where image 2 is.
    """

    way: Way
    dims: tuple[str, ...]
    offset: tuple[float, ...]
    angle: float
    offset_error: tuple[float, ...]
    angle_error: float
    r: float
    r_aligned: float
    n: int
    n_aligned: int
    motion: Motion
    inside: Array
    note: str = ""
    refusal: str = ""

    def __repr__(self) -> str:
        """Write what was done, and R before and after, in a line."""
        if self.refusal:
            return f"not aligned: {self.refusal}"
        return f"{self.note}; R {self.r:.4g} as they are, {self.r_aligned:.4g} aligned"

    def apply(self, y: ImageLike) -> Array:
        """Move an image as image 2 is moved, onto the grid of image 1.

        Parameters
        ----------
        y : array-like, (..., y, x) or (..., z, y, x)
            Image 2, or another of its size: another channel, or frames. Axes before
            those of the alignment are moved one by one.

        Returns
        -------
        ndarray of float64
            NaN where a pixel has no partner, or one that is interpolated is NaN.

        Raises
        ------
        ImageError
            If nothing is to be moved, as `refusal` says; or the sizes differ.
        """
        if self.refusal:
            raise ImageError(self.refusal)
        values = as_bytes(np.asarray(as_image(y).pixels))
        shape = self.inside.shape
        if values.shape[-len(shape) :] != shape:
            # A plane of a stack of one, as images of files are.
            if values.size != self.inside.size:
                raise ImageError(
                    f"the image to be moved has the shape {values.shape}, and the "
                    f"alignment is of {shape}: give one of that size."
                )
            values = values.reshape(shape)
        if not held(values):
            raise ImageError(
                "pixels are beyond 2^53, where float64 is coarser than they: subtract "
                "a background before moving them."
            )
        moved = np.empty(values.shape)
        for place in np.ndindex(values.shape[: values.ndim - len(shape)]):
            image, known = values[place].astype(np.float64), self.inside
            finite = np.isfinite(image)
            if not finite.all():
                known = known & self.motion.reached(finite)
            moved[place] = np.where(
                known, self.motion.moved(filled(image, finite)), np.nan
            )
        return moved


@public
def align(
    x: ImageLike,
    y: ImageLike,
    way: Way = "shift",
    *,
    mask: ImageLike | None = None,
    max_shift: int | tuple[int, ...] | None = None,
) -> Alignment:
    """Find the motion that puts image 2 on image 1, to a part of a pixel.

    Parameters
    ----------
    x, y : array-like, (y, x) or (z, y, x)
        Two images of one shape, as `similij.compare` takes them, in memory.
    way : {"shift", "rigid"}
        Whether image 2 may be shifted only, or turned in the plane, too.
    mask : array-like of bool, optional
        Pixels that count, in both images, each where it lies.
    max_shift : int or tuple of int, optional
        How far to look, as of `similij.shift`.

    Returns
    -------
    Alignment

    Raises
    ------
    ImageError
        If the images cannot be compared, are in parts (dask), or have channels or
        frames; or a stack is to be turned.
    ValueError
        If there is no such way, or `max_shift` is no number of pixels.

    Notes
    -----
    A shift starts from the peak of R at whole pixels, a turn from the best of those of
    each second degree up to 30, tried on small copies. Steps of the Gauss-Newton kind
    then lead to where R of image 1 and the moved image 2 is highest: where what is left
    of image 1 is not related to the slopes of image 2. Standard errors are those of a
    jackknife over blocks of 16 pixels a side. Where noise drowns the slopes, both
    images are smoothed (sigma 1, then 2 pixels) to find the motion, not to move by it.

    Nothing is moved where R is not above chance or still rises at the border of the
    search; where another peak is as high but for what noise does; where, in the
    direction in which slopes of both images have least in common, chance gives as much;
    where a standard error, or that of the turn at the corners, is above 0.25 pixels; or
    where less than 30 % of the pixels overlap.

    Interpolation is by cubic B-splines. It keeps only a part of the variance of noise,
    as the note says, so that RMSD of aligned images is a little low, and it cannot
    bring back detail that is finer than the pixels.

    References
    ----------
    Lucas, B. D. & Kanade, T. (1981). Proc. 7th IJCAI, 674-679 (the steps). Thévenaz,
    P., Ruttimann, U. E. & Unser, M. (1998). IEEE Trans. Image Process. 7, 27-41,
    doi:10.1109/83.650848 (splines in registration). Efron, B. & Stein, C. (1981). Ann.
    Stat. 9, 586-596, doi:10.1214/aos/1176345462 (the jackknife).

    Examples
    --------
    >>> wide = np.random.default_rng(0).random((60, 70))
    >>> x, y = wide[5:-5, 5:-5], wide[3:-7, 9:-1]
    >>> found = align(x, y)
    >>> found.motion.offset, round(found.r_aligned, 6)
    ((2.0, -4.0), 1.0)
    >>> bool((found.apply(y) == x)[found.inside].all()), int(found.inside.sum())
    (True, 2688)
    """
    if way not in get_args(Way):
        raise ValueError(f'way is {shown(way)}: it must be "shift" or "rigid".')
    pair, dims, _ = one_stack(x, y, mask, "align")
    if way == "rigid" and dims != ("y", "x"):
        raise ImageError(
            f'"{pair.names[0]}" has the axes {", ".join(dims)}: rigid is of a plane '
            '(y, x). Take way="shift", or align one plane and apply that to the stack.'
        )
    if not pair.x.size:
        raise ImageError(f'"{pair.names[0]}" has no pixel: nothing can be aligned.')
    reach = None if max_shift is None else reaches(max_shift, pair.x.shape, dims)
    scene = _scene(pair)
    names = [f'"{name}"' for name in pair.names]
    both = scene.valid_x & scene.valid_y
    n, r = int(both.sum()), _r(scene.x, scene.y, both)
    try:
        if way == "rigid":
            peak, told, errors = _turned(scene, reach, dims)
        else:
            peak, told, errors = _shifted(scene, pair, reach, dims)
        motion = _rounded(told, errors, scene.x.shape)
        inside = scene.valid_x & motion.reached(scene.valid_y)
        n_aligned = int(inside.sum())
        if n_aligned < LEAST_OVERLAP * n:
            raise Undefined(
                f"{n_aligned:,} of {n:,} pixels overlap once image 2 is moved: at "
                f"least {100 * LEAST_OVERLAP:.0f} % must"
            )
        there = motion.moved(scene.y)
        r_aligned = pearson(moments(scene.x, there, inside))
        _check_others((scene.x, there), inside, peak, r_aligned, dims)
    except Undefined as reason:
        none = (math.nan,) * len(dims)
        return Alignment(
            way, dims, none, math.nan, none, math.nan, r, math.nan, n, 0,
            Motion(none), np.zeros(scene.x.shape, bool),
            refusal=with_names(str(reason), *names),
        )  # fmt: skip
    offset_error = tuple(float(e) for e in errors[: len(dims)])
    angle_error = math.degrees(float(errors[-1]))
    return Alignment(
        way, dims, told.offset, math.degrees(told.turn), offset_error, angle_error,
        r, r_aligned, n, n_aligned, motion, inside,
        _note(motion, dims, offset_error, angle_error, inside, n),
    )  # fmt: skip


class _Scene(NamedTuple):
    """Both images as float64, finite everywhere, and which of their pixels count."""

    x: Array
    y: Array
    valid_x: Array
    valid_y: Array

    def thinned(self, step: int) -> _Scene:
        """Return each step-th pixel of both, smoothed."""
        x, y = (thinned(t, step) for t in self[:2])
        return _Scene(x, y, *(v[::step, ::step] for v in self[2:]))

    def smoothed(self, sigma: float) -> _Scene:
        """Smooth both, and leave out what comes near the unknown by that."""
        if not sigma:
            return self
        valid = (well_inside(v, math.ceil(2 * sigma)) for v in self[2:])
        x, y = (smoothed(t, sigma * sigma) for t in self[:2])
        return _Scene(x, y, *valid)


def _scene(pair: Pair) -> _Scene:
    # A number taken off one image, or a factor, moves nothing and changes no R.
    (ones, finite_x), (twos, finite_y) = (
        deviations(np.asarray(t), None) for t in (pair.x, pair.y)
    )
    counts = [finite_x, finite_y]
    if pair.mask is not None:
        counts = [finite & pair.mask for finite in counts]
    return _Scene(filled(ones, finite_x), filled(twos, finite_y), counts[0], counts[1])


def _r(x: Array, y: Array, inside: Array) -> float:
    try:
        return pearson(moments(x, y, inside))
    except Undefined:
        return math.nan


def _shifted(
    scene: _Scene, pair: Pair, reach: tuple[int, ...] | None, dims: tuple[str, ...]
) -> tuple[Displacement, Motion, Array]:
    """Find the shift, from the peak of R of whole pixels.

    Raises
    ------
    Undefined
        If the images do not tell.
    """
    peak = search(pair.x, pair.y, pair.mask, reach)
    _check_peak(peak, dims)
    free = tuple(k for k, s in enumerate(peak.reach) if s)
    if not free:
        raise Undefined("shifts of less than a pixel only would be tried")
    return peak, *_sure(scene, Motion(peak.offset), free, peak, 1, most=1.0)


def _turned(
    scene: _Scene, reach: tuple[int, ...] | None, dims: tuple[str, ...]
) -> tuple[Displacement, Motion, Array]:
    """Find the turn and the shift, as `_shifted` does.

    First on small copies, at which steps of a fit reach far; then the shift of what is
    turned is searched as if there were no turn, which says whether it is more than
    chance.
    """
    both = scene.valid_x & scene.valid_y
    x, y = (smoothed(t, 1.0) for t in scene[:2])
    start = most_alike(x, y, both)
    if abs(start.turn) >= math.radians(LARGEST_TURN):
        raise Undefined(f"R still rises where turns of ±{LARGEST_TURN}° are tried")
    motion = Motion((start.dy, start.dx), start.turn)
    finest = math.ceil(math.sqrt(scene.x.size / _FITTED))
    steps = [max(1, max(scene.x.shape) // SMALL)]
    while steps[-1] > finest:
        steps.append(max(finest, steps[-1] // 3))
    for step in steps[:-1]:
        motion, _ = _best_thinned(scene, motion, (0, 1, 2), step, most=3.0)
    turned = Motion((0.0, 0.0), motion.turn)
    counting = turned.reached(scene.valid_y)
    peak = search(
        np.where(scene.valid_x, scene.x, np.nan),
        np.where(counting, turned.moved(scene.y), np.nan),
        None, reach, TURNS,
    )  # fmt: skip
    _check_peak(peak, dims)
    offset = motion.rotation() @ np.array(peak.offset)
    motion = Motion((float(offset[0]), float(offset[1])), motion.turn)
    free = tuple(k for k, s in enumerate(peak.reach) if s)
    return peak, *_sure(scene, motion, (*free, 2), peak, steps[-1], most=3.0)


def _sure(
    scene: _Scene,
    start: Motion,
    free: tuple[int, ...],
    peak: Displacement,
    step: int,
    most: float,
) -> tuple[Motion, Array]:
    """Return the best motion near a start and its errors, of each step-th pixel.

    Where noise drowns the slopes of the images, those of both smoothed may tell: the
    least smoothing is taken that leaves an answer.

    Raises
    ------
    Undefined
        If none does.
    """
    reasons = []
    for sigma in _SMOOTHINGS:
        seen = scene.smoothed(sigma)
        motion, last = _best_thinned(seen, start, free, step, most + sigma)
        try:
            _check_errors(last.errors, scene.x.shape)
            _check_slopes(seen, motion, free, peak)
        except Undefined as reason:
            reasons.append(str(reason))
        else:
            return motion, last.errors
    raise Undefined(reasons[0])


def _best_thinned(
    scene: _Scene, motion: Motion, free: tuple[int, ...], step: int, most: float
) -> tuple[Motion, Step]:
    """Return the best motion, of each step-th pixel."""
    if step == 1:
        return _best(scene, motion, free, most)
    thin = scene.thinned(step)
    # The centre of what is left is not that of the image, about which it is turned.
    far = [
        step * (small - 1) / 2 - (size - 1) / 2
        for small, size in zip(thin.x.shape, scene.x.shape, strict=True)
    ]

    def moved_on(motion: Motion) -> Array:
        apart: Array = (np.eye(2) - motion.rotation()) @ np.array(far)
        return apart

    offset = (np.array(motion.offset) - moved_on(motion)) / step
    best, last = _best(
        thin, Motion((float(offset[0]), float(offset[1])), motion.turn), free, most
    )
    offset = np.array(best.offset) * step + moved_on(best)
    pixels = np.array([step, step, 1.0])
    return Motion((float(offset[0]), float(offset[1])), best.turn), Step(
        last.step * pixels, last.errors * pixels
    )


def _check_peak(peak: Displacement, dims: tuple[str, ...]) -> None:
    if math.isnan(peak.peak):
        raise Undefined("; ".join(peak.reasons))
    if refusal := peak.refusal(dims):
        raise Undefined(refusal)


def _check_errors(errors: Array, shape: tuple[int, ...]) -> None:
    """Refuse a motion that is not known to about a pixel."""
    worst = float(np.max(errors[: len(shape)], initial=0.0))
    # Of a turn, what it leaves open at the corners.
    worst = max(worst, float(errors[-1]) * _corner(shape)) if errors[-1] else worst
    if not worst <= LARGEST_ERROR:
        known = "not known" if math.isnan(worst) else f"known to ±{worst:.2g} px only"
        raise Undefined(
            f"where image 2 lies is {known} (standard error), and ±{LARGEST_ERROR} px "
            "is needed to move it"
        )


def _check_others(
    aligned: tuple[Array, Array],
    inside: Array,
    peak: Displacement,
    r: float,
    dims: tuple[str, ...],
) -> None:
    """Refuse a motion if another peak of R is nearly as high, such as a period on.

    Where both are right, R differs by what is left beyond what the images share: by
    what chance makes of that and an image, which it is correlated with at each shift.
    """
    if abs(r) >= _EQUAL:
        return
    ndimage = needed("scipy.ndimage", "Moving an image")
    known = np.nan_to_num(peak.ccf, nan=-1.0)
    grids = np.meshgrid(*(np.arange(-s, s + 1) for s in peak.reach), indexing="ij")
    beside = [
        np.abs(grid - k) <= _BESIDE for grid, k in zip(grids, peak.offset, strict=True)
    ]
    tops = (known == ndimage.maximum_filter(known, 3)) & ~np.all(beside, axis=0)
    others = np.where(tops, known, -1.0)
    at = np.unravel_index(int(np.argmax(others)), others.shape)
    other = float(others[at])
    apart, spread = abs(r) - other, math.sqrt(2 * (1 - r * r))
    if apart > spread * max(peak.chance, _MUCH):
        return
    ours, theirs = (np.where(inside, t - t[inside].mean(), 0.0) for t in aligned)
    # Not what regression leaves, in which some of the scene would be.
    gain = math.copysign(math.sqrt(float((ours**2).sum() / (theirs**2).sum())), r)
    left = ours - gain * theirs
    shifts = int(np.isfinite(peak.ccf).sum())
    by_noise = by_chance(left, theirs, int(inside.sum()), shifts)
    if apart < spread * by_noise:
        place = ", ".join(
            f"{dim} {int(k) - s:+d}"
            for dim, k, s in zip(dims[::-1], at[::-1], peak.reach[::-1], strict=True)
        )
        raise Undefined(
            f"R is {r:.4g} at best, and {other:.4g} at {place} px: the images do not "
            "tell which is right"
        )


def _check_slopes(
    scene: _Scene, motion: Motion, free: tuple[int, ...], peak: Displacement
) -> None:
    """Refuse a motion in a direction in which noise alone has slopes.

    Slopes are compared as images are: R of them must be above what chance gives
    anywhere in the search, since the peak was chosen for being high.
    """
    inside = scene.valid_x & motion.reached(scene.valid_y)
    pairs = weakest_slopes(scene.x, motion.moved(scene.y), inside, motion, free)
    shifts = int(np.isfinite(peak.ccf).sum())
    for (one, two), what in zip(
        pairs, ("how far image 2 is moved in each direction", "a turn"), strict=False
    ):
        squares = float((one * one).sum()) * float((two * two).sum())
        alike = float((one * two).sum()) / math.sqrt(squares) if squares else 0.0
        if abs(alike) > max(peak.chance, _MUCH):
            continue
        if not abs(alike) > by_chance(one, two, int(np.count_nonzero(one)), shifts):
            raise Undefined(f"the images show too little to tell {what}")


def _corner(shape: tuple[int, ...]) -> float:
    """Return how far the corners of a plane are from its centre."""
    return math.hypot(*((size - 1) / 2 for size in shape[-2:]))


def filled(image: Array, finite: Array) -> Array:
    """Give pixels without a value that of the nearest with one: a spline needs all.

    None of them is compared; but a spline through a jump would swing beside it.
    """
    if finite.all() or not finite.any():
        return image
    ndimage = needed("scipy.ndimage", "Moving an image")
    nearest = ndimage.distance_transform_edt(
        ~finite, return_distances=False, return_indices=True
    )
    near: Array = image[tuple(nearest)]
    return near


def _best(
    scene: _Scene, motion: Motion, free: tuple[int, ...], most: float
) -> tuple[Motion, Step]:
    """Return the motion at which R is highest, and what the last step told.

    Its errors are NaN if no motion was reached.

    The peak of R against whole-pixel shifts, which is where a shift starts, lies up to
    0.1 px beside that: a spline through such R is not R of a spline. A place further
    than `most` pixels from the start is another peak, not a better place of this one.
    """
    start = motion
    corner = _corner(scene.x.shape)
    # In pixels, of which a turn moves the corners by so many.
    pixels = np.array([1.0] * scene.x.ndim + [corner])
    for _ in range(_STEPS):
        inside = scene.valid_x & motion.reached(scene.valid_y)
        last = step_and_errors(scene.x, motion.moved(scene.y), inside, motion, free)
        errors = last.errors
        errors[list(free)] = np.hypot(errors, FLOOR / pixels)[list(free)]
        if not np.isfinite(errors).all() or (
            (np.abs(last.step) <= _SMALL_STEP * errors).all()
        ):
            break
        step = np.clip(last.step, -_LARGE_STEP / pixels, _LARGE_STEP / pixels)
        far = np.array([*motion.offset, motion.turn]) + step
        apart = np.abs(far - [*start.offset, start.turn]) * pixels
        if (apart > most).any():
            motion = start
            errors[list(free)] = math.nan
            break
        motion = Motion(tuple(float(k) for k in far[:-1]), float(far[-1]))
    else:
        errors[list(free)] = math.nan
    return motion, last


def _rounded(motion: Motion, errors: Array, shape: tuple[int, ...]) -> Motion:
    """Move by whole pixels, and not turn, where the motion cannot be told from that.

    Interpolation takes noise and detail away, which is a price for nothing there.
    """
    turn = motion.turn
    most = _NEAR_WHOLE / _corner(shape) if turn else 0.0
    if abs(turn) <= min(2 * float(errors[-1]), most):
        turn = 0.0
    if turn:
        return motion
    offset = tuple(
        float(round(k)) if abs(k - round(k)) <= min(2 * float(e), _NEAR_WHOLE) else k
        for k, e in zip(motion.offset, errors[:-1], strict=True)
    )
    return Motion(offset)


def _note(
    motion: Motion,
    dims: tuple[str, ...],
    errors: tuple[float, ...],
    angle_error: float,
    inside: Array,
    n: int,
) -> str:
    """Say what was done to image 2, how sure it is, and what it does to noise."""
    by = ", ".join(
        f"{d} {_signed(-k)}"
        for d, k in zip(dims[::-1], motion.offset[::-1], strict=True)
    )
    words = f"image 2 moved by {by} px (±{max(errors):.2g})"
    if motion.turn:
        turn = -math.degrees(motion.turn)
        words += f" and turned by {turn:+.2f}° (±{angle_error:.2g})"
    if motion.is_whole:
        still = not any(motion.offset)
        words = f"image 2 not moved (±{max(errors):.2g} px)" if still else words
        words += "" if still else ", whole pixels, none interpolated"
    else:
        share = motion.noise_share(inside)
        words += (
            f", by a cubic spline, which keeps {100 * share:.0f} % of the variance of "
            "white noise in it"
        )
    return f"{words}; {100 * int(inside.sum()) / max(n, 1):.1f} % of the pixels overlap"


def _signed(pixels: float) -> str:
    whole = pixels == round(pixels)
    return f"{pixels + 0.0:+.0f}" if whole else f"{pixels:+.2f}"
