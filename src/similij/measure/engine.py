"""Answer a question of two images with rows: the one engine.

`answer` is behind `compare`, the batch and all pairs: planes that go together become a
`Task` each, and a `Tally` of their blocks gives the rows. ImageJ's planes come one at a
time, so it fills the same `Tally` itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..ground.errors import ImageError, RegionError
from ..ground.names import readable, shown
from ..ground.types import Row
from ..images.calibration import differing
from ..images.color import both_in_color
from ..images.door import as_image
from ..images.image import Image, planes_in
from ..images.pair import Pair, mask_beside, names_of, prepare, with_shared_names
from ..images.places import check_places, elsewhere
from ..images.planes import Planes, pairs_of_planes
from ..metrics.registry import refuse_parts
from ..moments.of_arrays import moments
from ..regions.labels import LabelImage
from ..regions.labels_in_parts import LazyLabels
from ..regions.read import Regions
from ..regions.region import Region
from ..regions.tied import (
    check_known,
    nowhere,
    only,
    selection,
    sides,
    sizes_of,
    words,
)
from ..verdicts.of_results import RowVerdicts, why_not
from ..verdicts.places import pixel_of
from .preparing import moves_first, prepared, refuse_frames, refuse_own_mask
from .question import Question
from .table.columns import WHOLE_IMAGE
from .table.table import Table
from .tally import Tally
from .task import Task, new_run


def answer(
    question: Question,
    x: Any,
    y: Any,
    *,
    names: Sequence[str] | None = None,
    files: tuple[str, str] = ("", ""),
    run: str = "",
) -> Sequence[Row]:
    """Answer a question of two images, or of one against itself.

    Parameters
    ----------
    question : Question
        What is asked.
    x, y : array-like
        As `similij.compare` takes them; y is None where x is compared with itself.
    names : sequence of two str, optional
        What rows and messages call the images; else their own names.
    files : tuple of str
        Where the images came from; "": where they say that they did.
    run : str
        Name of the run; default: a new one.

    Returns
    -------
    sequence of dict
        One row per region, channel pair and plane: a `Table`, or a list.

    Raises
    ------
    ImageError, RegionError
        As of `similij.compare`.
    """
    both = None if names is None else two_texts(names, "names")
    chosen = question.regions
    if chosen is None and question.inverse:
        raise RegionError("inverse=True needs regions, whose background it compares.")
    task = Task(
        both or ("image 1", "image 2"),
        question,
        plane="",
        files=files,
        run=run or new_run(),
        verdicts=RowVerdicts() if question.verdict else None,
    )
    plain = type(x) is np.ndarray and type(y) is np.ndarray
    if plain and chosen is None and not (question.of_planes or question.color):
        # No axes, no regions: nearly all comparisons, which take microseconds.
        if question.prepares:
            task.preparation = question.preparation()
        return _of_all_pixels(x, y, question.mask, task)
    one = x if type(x) is Image else as_image(x, "image 1")
    two = y if y is None or type(y) is Image else as_image(y, "image 2")
    task.names = both or names_of(one, two)
    if files == ("", ""):
        task.files = one.path, (one if two is None else two).path
    if question.mask is not None:
        mask = mask_beside(question.mask, one, two)
        task.question = question = replace(question, mask=mask)
    if two is not None:
        # Of the whole images: planes taken from them no longer say which they are.
        # Channels that are named by their numbers are those that the user means.
        numbered = question.channels not in (None, "same")
        check_places(one, two, task.names, ("c",) if numbered else ())
    one, two, question = in_colors(one, two, question, task.names)
    task.question, chosen = question, question.regions
    if question.verdict:
        task.pixel = pixel_of(
            one.calibration, (one if two is None else two).calibration
        )
    if chosen is not None and not chosen.regions and chosen.labels is None:
        raise RegionError(
            "regions is empty: give at least one, or None for the whole image."
        )
    task.preparation = question.preparation(() if chosen is None else chosen.regions)
    return _of_planes(one, two, task)


def two_texts(texts: Sequence[str], what: str) -> tuple[str, str]:
    """Return a pair of texts, one for each image; refuse anything else by name."""
    if isinstance(texts, str) or len(texts) != 2:  # noqa: PLR2004 - a pair
        raise ValueError(
            f"{what} is {shown(texts)}: it must be two, one for each image."
        )
    first, second = (str(text) for text in texts)
    return first and readable(first), second and readable(second)


def _of_planes(x: Image, y: Image | None, task: Task) -> Table:
    """Compare all sets of planes that go together; return the rows of all."""
    question = task.question
    notes = notes_of(x, y, task.names)
    stacks = stacks_of(x, y)
    sizes = sizes_of(*stacks)
    regions = [] if question.regions is None else question.regions.regions
    check_known(regions, sizes)
    question = with_axes_of_labels(question, sizes)
    refuse_frames(question, *_frames(question), regions)
    if question is not task.question:
        task = replace(task, question=question)
    compared: set[int] = set()
    parts: list[Sequence[Row]] = []
    for planes in pairs_of_planes(
        x, y, task.names, question.per, question.channels, question.against
    ):
        part = replace(
            task,
            plane=planes.plane,
            place=planes.place,
            notes=(*planes.notes, *notes),
        )
        inside = planes.mask(question.mask)
        # Either plane of a pair may be the one that a ROI is tied to.
        either = sides(planes.index, index_in_2(planes, question), *stacks)
        where = {
            k: taken
            for k, region in enumerate(regions)
            if (taken := selection(region, sizes, *either)) is not None
        }
        compared |= {*where}
        parts.append(_of_regions(planes, inside, part, where, sizes))
    # A ROI that is tied to none of these planes must not vanish: a row says why it has
    # no number. And an empty table would look like a success.
    missing = [
        (region.name, nowhere(region, sizes))
        for k, region in enumerate(regions)
        if k not in compared
    ]
    if question.regions is not None and not (missing or any(parts)):
        missing = [("labels", "the label image has no label above 0")]
    if not missing:
        return Table.concat(parts)
    rest = replace(part, notes=()) if len(parts) == 1 else replace(task, plane="")
    return Table.concat([*parts, [rest.row(*words) for words in missing]])


def in_colors(
    x: Image, y: Image | None, question: Question, names: tuple[str, str]
) -> tuple[Image, Image | None, Question]:
    """Make of colour images what is compared, and say so in the question.

    Red, green and blue are compared each with the same of the other image, unless
    channels are asked for; and regions apply to all three.

    Raises
    ------
    ImageError
        If one is a colour image and nobody said how to compare it.
    """
    x, y, split = both_in_color(x, y, question.color, names)
    if not split:
        return x, y, question
    regions = question.regions
    regions = None if regions is None else tied_to_no_channel(regions, x)
    channels = question.channels or "same"
    return x, y, replace(question, channels=channels, regions=regions)


def tied_to_no_channel(chosen: Regions, image: Image) -> Regions:
    """Let regions apply to red, green and blue of an image alike.

    An RGB image has one channel to ImageJ, so what is tied to its plane is tied to all
    three that are made of it; a bare number counts slices or frames, where there are.
    """
    stack = any(n > 1 for axis, n in image.leading.items() if axis != "c")
    regions = [
        replace(region, c=0, position=region.position if stack else 0)
        for region in chosen.regions
    ]
    return replace(chosen, regions=regions)


def with_axes_of_labels(question: Question, sizes: Mapping[str, int]) -> Question:
    """Name the axes of labels, once for all planes: their lengths may tell them."""
    chosen = question.regions
    if chosen is None or chosen.labels is None:
        return question
    labels = chosen.labels.with_axes(sizes)
    return replace(question, regions=replace(chosen, labels=labels))


def _frames(question: Question) -> tuple[int, int]:
    """Return how many frames the labels and the mask have, where they name axes."""
    labels = None if question.regions is None else question.regions.labels
    frames = [1, 1]
    if labels is not None and labels.dims is not None:
        lengths = zip(labels.dims, labels.labels.shape, strict=True)
        frames[0] = dict(lengths).get("t", 1)
    if isinstance(question.mask, Image):
        frames[1] = int(question.mask.sizes.get("t", 1))
    return frames[0], frames[1]


def stacks_of(x: Image, y: Image | None) -> tuple[dict[str, int], dict[str, int]]:
    """Return the lengths of the axes of both images but y and x, by name."""
    other = x if y is None else y
    x, other = with_shared_names(x, other)
    return x.leading, other.leading


def index_in_2(planes: Planes, question: Question) -> dict[str, int]:
    """Return where planes lie in image 2: other channels, or an earlier frame."""
    index = dict(planes.index)
    if "channel_2" in planes.place:
        index["c"] = planes.place["channel_2"] - 1
    if not question.of_two:
        index["t"] = 0 if question.against == "first frame" else index["t"] - 1
    return index


def notes_of(x: Image, y: Image | None, names: tuple[str, str]) -> tuple[str, ...]:
    """Say in a row what of the images a reader of its numbers must know."""
    other = x if y is None else y
    notes = [
        f'"{name}" {note}'
        for image, name in zip((x, other), names, strict=True)
        for note in image.provenance.notes
    ]
    notes.append(differing(names, x.calibration, other.calibration))
    if not notes[-1]:
        notes += elsewhere(x, other, names)
    if bool(x.unit) != bool(other.unit):
        with_unit = 0 if x.unit else 1
        notes.append(
            f'"{names[with_unit]}" is in {x.unit or other.unit}, '
            f'"{names[1 - with_unit]}" has no unit: numbers were compared'
        )
    return tuple(note for note in dict.fromkeys(notes) if note)


def _of_all_pixels(x: Any, y: Any, mask: Any, task: Task) -> Sequence[Row]:
    """Give the one row of all pixels, or of those of a mask."""
    pair, task = _prepared(x, y, mask, task)
    plain = pair.mask is None and pair.in_memory and task.question.rescale is None
    if plain and not (task.holds or task.refused):
        # a list: a table of one row is made when somebody asks for a table
        return [task.finished(WHOLE_IMAGE, moments(pair.x, pair.y))]
    return _tallied(pair, task, None).rows()


def _of_regions(
    planes: Planes,
    mask: Any,
    task: Task,
    where: Mapping[int, Mapping[str, int]],
    sizes: Mapping[str, int],
) -> Sequence[Row]:
    """Compare one set of planes: its regions, labels and background, in this order.

    Parameters
    ----------
    planes : Planes
        What is compared.
    mask : array or None
        Pixels that count.
    task : Task
        The question, put to these planes.
    where : mapping
        The regions that apply to some of these planes, by their places in the question,
        to what `selection` takes for them.
    sizes : mapping
        Axes of the images but y and x, with their lengths before any was selected.
    """
    chosen = task.question.regions
    if chosen is None:
        return _of_all_pixels(planes.x, planes.y, mask, task)
    pair, task = _prepared(planes.x, planes.y, mask, task)
    if pair.x.ndim < 2:  # noqa: PLR2004 - (y, x)
        raise ImageError(
            f'"{pair.names[0]}" has {pair.x.ndim} dimension: regions need images with '
            "the axes (y, x). Pass a mask instead."
        )
    # A ROI that is tied to some of the planes is compared by itself; all others share
    # one walk over the pixels, and then the rows are put in the order of the regions.
    everywhere = Regions([], labels_of(chosen.labels, planes))
    order: list[int] = []
    rows: dict[int, Row] = {}
    for k, taken in where.items():
        region = chosen.regions[k]
        if taken:
            rows[k] = _apart(planes, mask, task, region, taken, sizes)
        else:
            order.append(k)
            everywhere.regions.append(region)
    inverse = task.question.inverse
    if not (order or everywhere.labels is not None or inverse):
        return Table.of([rows[k] for k in sorted(rows)])
    tally = _tallied(pair, task, everywhere, inverse=inverse)
    rows |= zip(order, tally.region_rows(), strict=True)
    ordered = [rows[k] for k in sorted(rows)]
    return Table.concat([ordered, tally.label_rows(), tally.background_rows()])


def _prepared(x: Any, y: Any, mask: Any, task: Task) -> tuple[Pair, Task]:
    """Bring both images side by side, and do what is asked before comparing.

    Names, plane and axes of the task are filled in, in place: it is of these planes
    only, and a copy takes microseconds, of which a small comparison has forty.
    """
    if task.question.align is not None:
        refuse_own_mask(x if moves_first(task.question) else y, task.names)
    pair = prepare(x, y, mask, task.names)
    planes = pair.planes
    task.names, task.axes = pair.names, pair.axes
    task.plane = task.plane or ("1" if planes == 1 else f"all {planes}")
    if task.verdicts is not None:
        task = replace(task, untold=why_not(planes, task.preparation))
    if task.preparation is None and task.question.align is None:
        return pair, task
    return prepared(pair, task)


def labels_of(labels: LabelImage | None, planes: Planes) -> LabelImage | None:
    """Select the labels of a set of planes, with axes in the order of the images."""
    if labels is None:
        return None
    labels = labels.isel(planes.index)
    if not planes.x.assumed:
        labels = labels.aligned(planes.x.axes)
    own, others = labels.labels.shape[:-2], tuple(planes.x.shape[:-2])
    # From the last axis: labels of fewer axes go with all planes of those before.
    beside = zip(own[::-1], others[::-1], strict=False)
    if len(own) > len(others) or any(a not in (1, b) for a, b in beside):
        raise RegionError(
            f"the label image has the planes {own}, the images have {others}: both "
            "must have the same, or the labels a single plane."
        )
    return labels


def _apart(
    planes: Planes,
    mask: Any,
    task: Task,
    region: Region,
    where: Mapping[str, int],
    sizes: Mapping[str, int],
) -> Row:
    """Compare a region within the planes that it is tied to, of those pooled."""
    count = planes_in(planes.x)
    x, y = planes.x.isel(where), planes.y.isel(where)
    mask = replace(planes, index=where).mask(mask)
    pair, task = _prepared(x, y, mask, replace(task))  # the others keep theirs
    plane = f"{pair.planes} of {count}"
    if pair.planes == 1:
        one, two = (
            {d: k + 1 for d, k in {**index, **where}.items() if sizes.get(d, 1) > 1}
            for index in (planes.index, index_in_2(planes, task.question))
        )
        plane = words(one, two)
    note = only(region, sizes)
    task = replace(task, plane=plane, notes=(note, *task.notes))
    return _tallied(pair, task, Regions([region])).rows()[0]


def _tallied(
    pair: Pair, task: Task, chosen: Regions | None, *, inverse: bool = False
) -> Tally:
    """Fill a tally with the blocks of two images."""
    labels = None if chosen is None else chosen.labels
    parts = not pair.in_memory or isinstance(labels, LazyLabels)
    if parts:
        refuse_parts(task.metrics)
        if task.verdicts is not None:
            raise ImageError(
                "a verdict needs both images in memory, and they come in parts (dask): "
                "load them with .compute()."
            )
    tally = Tally(
        task,
        chosen,
        pair.plane_shape,
        masked=pair.mask is not None and not pair.overlap,
        one_block=pair.in_memory and not (parts and task.rescale is None),
        inverse=inverse,
    )
    if parts and task.rescale is None:
        from .by_blocks import sum_by_blocks

        sum_by_blocks(tally, pair, labels)
        return tally
    if task.refused:
        return tally
    while True:
        for block in pair.blocks():
            tally.add(*block)
        if not tally.end_pass():
            return tally
