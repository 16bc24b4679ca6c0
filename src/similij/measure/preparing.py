"""Do what is asked of whole images before they are compared: align, background, blur.

The one home of it: `engine` gives pairs that it has whole, and ImageJ's planes are
gathered first where they are to be aligned.

The motion is measured in the images as they are, and image 2 is moved last: a blur must
see the pixels that lie beyond the overlap, and a Gaussian and a motion may change
places (a blur of what was moved first would be of one side only along the border).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError, RegionError
from ..ground.types import Array
from ..images.image import Image, broadcast
from ..images.pair import Pair
from ..metrics.pixels import Moved
from .task import Task

if TYPE_CHECKING:
    from ..regions.region import Region
    from ..spatial.align import Alignment
    from .question import Question

ALIGNED = "aligned: "
"""How the note of a row begins of which an image was moved."""

MOVES = ("z",)
"""Axes beside y and x along which an image can be moved: those of a place."""


def prepared(
    pair: Pair, task: Task, motion: Alignment | None = None
) -> tuple[Pair, Task]:
    """Prepare a pair as its task says; `task.refused` says why it cannot be aligned.

    `motion` is how image 2 lies on image 1, where that is known already.

    Raises
    ------
    ImageError
        If that needs whole images, and they come in parts; or if planes are pooled that
        no motion is of.
    RegionError
        If a background region has no pixel in the images; or if labels are of frames
        that are moved.
    """
    types = (pair.x.dtype, pair.y.dtype)
    if motion is None:
        motion = measured(pair, task.question)
    note = ""
    if task.preparation is not None:
        pair, note = task.preparation.apply(pair)
    if motion is None:
        return pair, replace(task, notes=(*task.notes, note), types=types)
    if motion.refusal:
        refused = f"not aligned, so nothing is compared: {motion.refusal}"
        return pair, replace(task, refused=refused, untold=refused, types=types)
    pair, how = moved(pair, motion, moves_first(task.question))
    words = motion.note
    if how.which == 0:
        words = words.replace("image 2", "image 1")
    notes = (*task.notes, f"{ALIGNED}{words}", note)
    return pair, replace(task, motion=how, notes=notes, types=types)


def moves_first(question: Question) -> bool:
    """Whether image 1 is moved: in a series, onto the frame compared with."""
    return not question.of_two


def as_compared(pair: Pair, question: Question) -> Pair | None:
    """Move an image as the rows of a question are of, for pictures; None: refused.

    Background and blur are none of a picture's business: it shows the values there are.
    """
    motion = measured(pair, question)
    if motion is None:
        return pair
    return None if motion.refusal else shown(pair, motion, moves_first(question))


def shown(pair: Pair, motion: Alignment, first: bool) -> Pair:
    """Move an image, with NaN where it has no pixel then: a map shows no difference."""
    whole, _ = moved(replace(pair, mask=None), motion, first)
    x, y = (np.asarray(image) for image in (whole.x, whole.y))
    if first:
        x = np.where(whole.mask, x, math.nan)
    else:
        y = np.where(whole.mask, y, math.nan)
    return replace(pair, x=x, y=y)


def refuse_frames(
    question: Question, labels: int, mask: int, regions: Sequence[Region] = ()
) -> None:
    """Refuse what outlines single frames where frames are moved onto another.

    They would stay where they are while what they outline is moved.

    Parameters
    ----------
    question : Question
        What is asked.
    labels, mask : int
        How many frames they have.
    regions : sequence of Region
        Those that may be tied to a frame.

    Raises
    ------
    RegionError
        If labels or mask have several, or a region is tied to one.
    """
    if question.align is None or question.of_two:
        return
    for what, frames in (("label image", labels), ("mask", mask)):
        if frames > 1:
            raise RegionError(
                f"the {what} has {frames} frames, and align={question.align} moves "
                f"each frame onto the {question.against.removesuffix(' frame')} one, "
                f"where its own {what} does not lie: give a {what} of one frame, or "
                "leave align out."
            )
    for region in regions:
        if region.t:
            raise RegionError(
                f'"{region.name}" is tied to frame {region.t}, and '
                f"align={question.align} moves each frame onto the "
                f"{question.against.removesuffix(' frame')} one, where what it "
                "outlines does not lie: give a region that is tied to no frame, or "
                "leave align out."
            )


def refuse_own_mask(image: Any, names: tuple[str, str]) -> None:
    """Refuse to move a masked array: beside it, its mask is that of both images.

    Raises
    ------
    ImageError
        If it is one.
    """
    if getattr(image, "inside", None) is not None or np.ma.isMaskedArray(image):
        raise ImageError(
            f'"{names[1]}" is a masked array, whose mask would not move with it: fill '
            "it with NaN (.astype(float).filled(numpy.nan)), or mask image 1 with "
            "mask=..."
        )


def measured(pair: Pair, question: Question) -> Alignment | None:
    """Measure how image 2 lies on image 1, in whole images within the mask.

    None where nobody asks, and where no pixel is compared: the row says that as ever.

    Raises
    ------
    ImageError
        As of `prepared`.
    """
    from ..spatial.align import align

    if question.align is None or not pair.x.size:
        return None
    pair.must_be_in_memory("align")
    if pair.mask is not None and not np.any(pair.mask):
        return None
    pooled = [axis for axis, n in pair.axes if n > 1 and axis not in MOVES]
    stacked = [n for n in pair.x.shape[:-2] if n > 1]
    if pair.x.ndim < 2 or pooled or len(stacked) > 1:  # noqa: PLR2004 - (y, x)
        words = {"c": "channels", "t": "frames"}
        which = words.get(pooled[0], pooled[0]) if pooled else "several axes"
        raise ImageError(
            f"align={question.align} moves a plane or a stack of slices, and of "
            f'"{pair.names[0]}" {which} are pooled: compare them apart, e.g. '
            f"per={','.join(pooled) or 'z'} (in ImageJ Stack: Each plane)."
            if pair.x.ndim >= 2  # noqa: PLR2004
            else f"align={question.align} needs images with the axes (y, x), and "
            f'"{pair.names[0]}" has {pair.x.ndim} dimension.'
        )
    if question.align == "rigid" and stacked:
        raise ImageError(
            f'align=rigid turns planes, and of "{pair.names[0]}" slices are pooled: '
            "compare them apart with per=z (in ImageJ Stack: Each plane), or take "
            "align=shift."
        )
    x, y = (_of_place(image) for image in (pair.x, pair.y))
    names = pair.names
    if moves_first(question):
        x, y, names = y, x, names[::-1]
    if pair.mask is not None:
        # The mask lies on one image; what it covers may be anywhere in the other.
        mask = _of_place(np.asarray(broadcast(pair.mask, pair.x.shape)))
        x = np.where(mask, x.astype(np.float64), math.nan)
    one, two = (Image(t, title=n) for t, n in zip((x, y), names, strict=True))
    return align(one, two, question.align)


def _of_place(image: Any) -> Array:
    """Leave out axes of one plane."""
    array = np.asarray(image)
    lead = tuple(n for n in array.shape[:-2] if n > 1)
    place: Array = array.reshape(*lead, *array.shape[-2:])
    return place


def moved(pair: Pair, motion: Alignment, first: bool) -> tuple[Pair, Moved]:
    """Move image 2, or the first, and leave the pixels that both images have."""
    image = np.asarray(pair.x if first else pair.y)
    place = _of_place(image)
    far = motion.motion.offset
    # Whatever the mask: what is NaN in an image is left out and counted, as always.
    inside = motion.motion.reached(np.ones(place.shape, np.bool_))
    if motion.motion.is_whole:
        there = _by_whole_pixels(place, tuple(round(k) for k in far))
    else:
        there = replace(motion, inside=inside).apply(place)
    inside, there = inside.reshape(image.shape), there.reshape(image.shape)
    overlap = pair.mask is None
    if pair.mask is not None:
        inside = inside & pair.mask
    x, y = (there, pair.y) if first else (pair.x, there)
    # As far back as image 2 lies away; 0 less that, as there is a -0.
    turn = math.degrees(motion.motion.turn)
    down, right, angle = (0.0 - k for k in (*far, turn)[-3:])
    how = Moved(right, down, angle, image, 0 if first else 1)
    return replace(pair, x=x, y=y, mask=inside, overlap=overlap), how


def _by_whole_pixels(image: Array, far: tuple[int, ...]) -> Array:
    """Take each pixel from so far on along each axis, in the image's own type."""
    from ..spatial.shift_search import overlapping

    ours, theirs = overlapping(far)
    there = np.zeros_like(image)
    there[ours] = image[theirs]
    return there
