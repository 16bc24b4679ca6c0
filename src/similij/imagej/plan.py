"""Say which planes of ImageJ's stacks make which rows.

The rules are those of `similij.images.planes`, applied to images whose "pixels" are the
places of their planes in the stack; so ImageJ, Python and the shell cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.types import Array
from ..images.calibration import Calibration
from ..images.color import NAMES as COLORS
from ..images.image import Image
from ..images.planes import Planes, pair_planes
from ..measure.preparing import refuse_frames
from ..measure.task import new_run
from ..regions.region import Region
from ..regions.tied import (
    is_tied,
    nowhere,
    on_plane,
    only,
    sides,
    sizes_of,
    words,
)
from .checks import SPLIT, seconds_of
from .messages import (
    Axes,
    Group,
    Here,
    Missing,
    Part,
    Plan,
    Planned,
    Tied,
    TiedRegion,
)
from .messages import Image as ImageMessage
from .words import question_of

AXES = ("t", "z", "c")
"""ImageJ's order of planes: channels fastest, then slices, then frames."""

MOST_PLANES = 1_000_000
"""Planes of a stack that a plan is made of: the numbers of a row for each of so many
are over a gigabyte, and are no answer that anybody reads."""

STACKS = ("current plane", "each plane", "all planes")


def plan(message: Plan) -> Planned:
    """Group pairs of planes, and say which regions are compared in which of them.

    Raises
    ------
    ImageError
        If the stacks do not fit, or an option is none that exists.
    """
    options, one, two = message.options, message.image_1, message.image_2
    question = question_of(options)
    per, channels, against = [*question.per], question.channels, question.against
    # Red, green and blue are never pooled: each has rows of its own.
    if channels is None and SPLIT in (one.type, one.type if two is None else two.type):
        channels = "same"
    names = one.name, one.name if two is None else two.name
    stack = options.get("stack", STACKS[0]).strip().lower()
    if stack not in STACKS:
        raise ImageError(
            f"stack is {shown(stack)}: it must be one of {', '.join(STACKS)}."
        )

    # Rows tell the time of image 1, as they tell its file and channel first.
    frame_s = seconds_of(one)
    x = _places(one, frame_s)
    y = None if two is None else _places(two, frame_s)
    if y is not None and against == "image 2":
        _refuse_slices_with_frames(names, x, y)
    # ImageJ compares what is shown where nobody says otherwise. So an axis that makes
    # no rows of its own is cut down to its current place before planes are paired, and
    # to `pair_planes` it is an axis of length 1.
    if not per and stack == "each plane":
        per = ["z", "t"] if channels is not None else ["c", "z", "t"]
    if "c" not in per and channels is None:
        x, y = (_at_current(i, at, ["c"]) for i, at in _with_current(x, y, message))
    if not per and stack == "current plane":
        # Of frames against frames all are meant; only the slice is the one shown.
        fixed = ["z"] if against != "image 2" else ["z", "t"]
        x, y = (_at_current(i, at, fixed) for i, at in _with_current(x, y, message))
    pairs = pair_planes(x, y, names=names, per=per, channels=channels, against=against)
    regions = [_region(about) for about in message.regions]
    refuse_frames(question, 1, 1, regions)
    groups = [_group(planes, regions, message) for planes in pairs]
    # A region that is tied to other planes has a row with the reason: it was asked for.
    compared = {k for group in groups for part in group.parts for k in part.regions}
    missing = _missing(regions, compared, sizes_of(*_stacks(one, two)))
    return Planned(message.run_id or new_run(), groups, missing)


def regions_here(message: Tied) -> Here:
    """Say which regions are on the planes that two images show."""
    at, other = message.at.by_name(), (message.at_2 or message.at).by_name()
    stacks = _stacks(message.image, message.image_2)
    sizes = sizes_of(*stacks)
    regions = [_region(about) for about in message.regions]
    either = sides(at, other, *stacks)
    here = [k for k, region in enumerate(regions) if on_plane(region, sizes, *either)]
    return Here(here, _missing(regions, here, sizes))


def _missing(
    regions: Sequence[Region], compared: Collection[int], sizes: Mapping[str, int]
) -> list[Missing]:
    """Return the regions that have no plane, each with the sentence for its row."""
    return [
        Missing(k, nowhere(region, sizes))
        for k, region in enumerate(regions)
        if k not in compared
    ]


def _stacks(
    one: ImageMessage, two: ImageMessage | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the lengths of the axes of both stacks; image 2 may be image 1."""
    return one.sizes.by_name(), (two or one).sizes.by_name()


def _region(about: TiedRegion) -> Region:
    """Return a region as far as its planes are concerned: without pixels."""
    at = about.position
    tied = (at.position, at.c, at.z, at.t)
    return Region(about.name, 0, 0, 0, 0, None, "", *tied)


def _places(about: ImageMessage, frame_s: float | None) -> Image:
    """Return an image of one pixel a plane: its place in the stack, from 1."""
    shape = [about.sizes.by_name()[axis] for axis in AXES]
    planes = math.prod(shape)
    if planes > MOST_PLANES:
        raise ImageError(
            f"{shown(about.name)} has {planes:,} planes, and at most {MOST_PLANES:,} "
            "are compared in one run: take a part of it with Image > Duplicate..."
        )
    places = np.arange(1, 1 + planes).reshape(shape)
    calibration = Calibration(frame_s=frame_s or None)
    channels = COLORS if about.type == SPLIT else ()
    return Image(places, AXES, calibration=calibration, channels=channels)


def _refuse_slices_with_frames(names: tuple[str, str], x: Image, y: Image) -> None:
    """Refuse slices against frames: ImageJ opens many a stack as what it is not.

    By name each slice of one would go with each frame of the other, which nobody who
    has two stacks of one depth means.
    """
    has_z_t = [(image.sizes["z"] > 1, image.sizes["t"] > 1) for image in (x, y)]
    if has_z_t not in ([(True, False), (False, True)], [(False, True), (True, False)]):
        return
    words = [
        f"{image.sizes['z']} slices (z)" if z else f"{image.sizes['t']} frames (t)"
        for image, (z, _) in zip((x, y), has_z_t, strict=True)
    ]
    raise ImageError(
        f'"{names[0]}" has {words[0]}, "{names[1]}" has {words[1]}: both must be '
        "slices or both frames. Correct one of them with Image > Properties..."
    )


def _with_current(
    x: Image, y: Image | None, message: Plan
) -> list[tuple[Image | None, Axes]]:
    # An image that is compared with itself shows one plane.
    one = message.current_1
    return [(x, one), (y, message.current_2 or one)]


def _at_current(image: Image | None, current: Axes, axes: Sequence[str]) -> Any:
    """Keep only the current place of some axes, as an axis of length 1."""
    if image is None:
        return None
    places = {axis: current.by_name()[axis] - 1 for axis in axes}
    return image.isel({axis: slice(k, k + 1) for axis, k in places.items()})


def _group(planes: Planes, regions: Sequence[Region], message: Plan) -> Group:
    """Return the planes of a group, and what is compared of them apart.

    A region that is tied to some of the planes has a row of its own, of those planes.
    """
    # The "pixels" of both are places in the stack: each two at one index are a pair.
    first, second = planes.x.pixels.ravel(), planes.y.pixels.ravel()
    pairs = [*zip(first, second, strict=True)]
    stacks = _stacks(message.image_1, message.image_2)
    sizes = sizes_of(*stacks)
    places, others = _positions(first, stacks[0]), _positions(second, stacks[1])
    either = sides(places, others, *stacks)
    notes = list(planes.notes)
    parts: list[Part] = []
    # A tied region in the pool would count pixels of planes it does not mean; so it has
    # a comparison of its own planes, and the others still share one pass.
    pooled, apart = [], []
    for k, region in enumerate(regions):
        on = on_plane(region, sizes, *either)
        here = [*range(len(pairs))] if on is True else [int(i) for i in on.nonzero()[0]]
        if len(here) == len(pairs):
            pooled.append(k)
        elif here:
            apart.append(k)
            plane = f"{len(here)} of {len(pairs)}"
            if len(here) == 1:
                at, beside = (
                    {axis: int(place[here[0]]) for axis, place in side.items()}
                    for side in either
                )
                at = {axis: n for axis, n in at.items() if sizes[axis] > 1}
                plane = words(at, beside)
            note = only(region, sizes)
            # A background may be the mean of a region, which then has to be there.
            named = "background" in message.options
            free = [i for i, r in enumerate(regions) if named and not is_tied(r)]
            part = Part(plane, [note, *notes], here, [k], free, rows=True, apart=True)
            parts.append(part)
    rows = bool(pooled) or message.inverse or not regions
    if rows or message.pictures:
        drawn = apart if message.pictures else []
        whole = Part(planes.plane, notes, None, pooled, drawn, rows=rows, apart=False)
        parts.append(whole)
    numbered = [(int(one), int(two)) for one, two in pairs]
    return Group(planes.plane, dict(planes.place), numbered, parts)


def _positions(indices: Array, sizes: Mapping[str, int]) -> dict[str, Array]:
    """Return where planes are along each axis, from their places; all from 1."""
    rest = indices - 1
    places = {}
    for axis in reversed(AXES):  # channels fastest
        places[axis] = rest % sizes[axis] + 1
        rest = rest // sizes[axis]
    return places
