"""Move image 2 onto image 1 by what the images themselves tell, to a part of a pixel.

`shift` says where R is highest and moves nothing. `align` moves: it starts from that
shift, finds the motion at which R of the moved image is highest, says how sure it is,
and refuses where the images do not tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..ground.errors import ImageError, Undefined
from ..ground.names import with_names
from ..ground.optional import needed
from ..ground.types import Array
from ..images.door import ImageLike
from ..metrics.defaults import pearson
from ..moments.kernels.parts import as_bytes
from ..moments.of_arrays import moments
from ..moments.wide import held, in_float64
from .correlation_peak import LEAST_OVERLAP
from .motion import Motion
from .motion_fit import step_and_errors
from .one_stack import one_stack
from .shift import reaches
from .shift_search import search

Way = Literal["shift", "rigid"]

LARGEST_ERROR = 0.5
"""Standard error in pixels above which nothing is moved: the motion is no longer known
to a pixel."""

FLOOR = 0.003
"""Error in pixels that is left where no noise is: of the interpolation, in images whose
pixels average what lies under them (bench/align.py)."""

_NEAR_WHOLE = 0.1
"""Pixels that an axis may at most be from a whole number to be moved by that."""

_STEPS = 8
"""Steps towards the highest R; from the whole-pixel peak three are usual."""

_SMALL_STEP = 0.02
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
        values = as_bytes(np.asarray(y))
        shape = self.inside.shape
        if values.shape[-len(shape) :] != shape:
            # A plane of a stack of one, as images of files are.
            if values.size != self.inside.size:
                raise ImageError(
                    f"the image to be moved has the shape {values.shape}, and the "
                    f"alignment is of {shape}: give one of that size"
                )
            values = values.reshape(shape)
        if not held(values):
            raise ImageError(
                "pixels are beyond 2^53, where float64 is coarser than they: subtract "
                "a background before moving them"
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
        frames.
    ValueError
        If there is no such way, or `max_shift` is no number of pixels.
    """
    if way not in get_args(Way):
        raise ValueError(f'way is {way!r}: it must be "shift" or "rigid"')
    pair, dims, _ = one_stack(x, y, mask, "align")
    reach = None if max_shift is None else reaches(max_shift, pair.x.shape, dims)
    peak = search(pair.x, pair.y, pair.mask, reach)
    names = [f'"{name}"' for name in pair.names]
    refusal = "; ".join(with_names(reason, *names) for reason in peak.reasons)
    if not math.isnan(peak.peak):
        refusal = peak.refusal(dims)
    ones, twos = (in_float64(as_bytes(t))[0] for t in (pair.x, pair.y))
    valid = [np.isfinite(t) for t in (ones, twos)]
    if pair.mask is not None:
        valid = [v & pair.mask for v in valid]
    n = int((valid[0] & valid[1]).sum())
    none = (math.nan,) * len(dims)

    def refused(why: str) -> Alignment:
        return Alignment(
            way, dims, none, math.nan, none, math.nan, peak.r, math.nan, n, 0,
            Motion(none), np.zeros(ones.shape, bool), "", why,
        )  # fmt: skip

    if refusal:
        return refused(refusal)
    ones, twos = (filled(t, np.isfinite(t)) for t in (ones, twos))
    free = tuple(k for k, s in enumerate(peak.reach) if s)
    motion, errors = _best(ones, twos, valid, Motion(peak.offset), free)
    worst = float(np.max(errors[:-1], initial=0.0))
    if not worst <= LARGEST_ERROR:
        return refused(
            f"the shift is known to ±{worst:.2g} px only (standard error), and "
            f"{LARGEST_ERROR} px are needed: nothing is moved"
        )
    offset = motion.offset
    offset_error = tuple(float(e) for e in errors[:-1])
    motion = _rounded(motion, offset_error)
    inside = valid[0] & motion.reached(valid[1])
    n_aligned = int(inside.sum())
    if n_aligned < LEAST_OVERLAP * n:
        return refused(
            f"{n_aligned:,} of {n:,} pixels overlap once image 2 is moved: at least "
            f"{LEAST_OVERLAP:.0%} must"
        )
    moved = motion.moved(twos)
    try:
        r_aligned = pearson(moments(ones, moved, inside))
    except Undefined as reason:
        return refused(with_names(str(reason), *names))
    note = _note(motion, dims, offset_error, inside, n)
    return Alignment(
        way, dims, offset, 0.0, offset_error, 0.0, peak.r, r_aligned, n, n_aligned,
        motion, inside, note,
    )  # fmt: skip


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
    x: Array, y: Array, valid: list[Array], motion: Motion, free: tuple[int, ...]
) -> tuple[Motion, Array]:
    """Return the motion at which R is highest, and standard errors of it.

    The peak of R against whole-pixel shifts, which is where this starts, lies up to
    0.1 px beside that: a spline through such R is not R of a spline.
    """
    start = motion
    for _ in range(_STEPS):
        moved = motion.moved(y)
        inside = valid[0] & motion.reached(valid[1])
        step, errors = step_and_errors(x, moved, inside, motion, free)
        errors = np.where(errors == 0, 0.0, np.hypot(errors, FLOOR))
        if not np.isfinite(errors).all():
            return motion, errors
        if (np.abs(step) <= _SMALL_STEP * errors).all():
            break
        step = np.clip(step, -0.5, 0.5)
        offset = tuple(float(k) for k in np.array(motion.offset) + step[:-1])
        if any(abs(k - s) > 1 for k, s in zip(offset, start.offset, strict=True)):
            # Away from the highest R of whole pixels there is another peak, not a
            # better place of this one.
            return start, errors
        motion = Motion(offset, motion.turn)
    return motion, errors


def _rounded(motion: Motion, errors: tuple[float, ...]) -> Motion:
    """Move by whole pixels along an axis on which the motion cannot be told from that.

    Interpolation takes noise and detail away, which is a price for nothing there.
    """
    offset = tuple(
        float(round(k)) if abs(k - round(k)) <= min(2 * e, _NEAR_WHOLE) else k
        for k, e in zip(motion.offset, errors, strict=True)
    )
    return Motion(offset, motion.turn)


def _note(
    motion: Motion, dims: tuple[str, ...], errors: tuple[float, ...], inside: Array,
    n: int,
) -> str:  # fmt: skip
    """Say what was done to image 2, how sure it is, and what it does to noise."""
    by = ", ".join(
        f"{d} {-k:+.0f}" if k == round(k) else f"{d} {-k:+.2f}"
        for d, k in zip(dims[::-1], motion.offset[::-1], strict=True)
    )
    words = f"image 2 moved by {by} px (±{max(errors):.2g})"
    if motion.is_whole:
        words += ", whole pixels, none interpolated"
    else:
        share = motion.noise_share(inside)
        words += (
            f", cubic spline, which keeps {share:.0%} of the variance of white noise "
            "in it"
        )
    return f"{words}; {int(inside.sum()) / max(n, 1):.1%} of the pixels overlap"
