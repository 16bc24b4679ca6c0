"""Answer one comparison that ImageJ sends plane by plane: all messages of one `run`.

What ImageJ says of images and ROIs is checked here and becomes what `measure.tally`,
which is behind `similij.compare`, takes. Planes come one at a time, so a tally is
filled here and not by `measure.engine`, which has whole images. Nothing here knows
Java.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..ground.errors import ImageError, RegionError
from ..ground.memory import require
from ..ground.types import Array
from ..images.calibration import differing
from ..images.color import AS_LUMINANCE
from ..measure.preparing import refuse_frames
from ..measure.table.table import Table
from ..measure.tally import Tally
from ..measure.task import Task, new_run
from ..metrics.registry import Metric
from ..regions.labels import LabelImage
from ..regions.labels_in_parts import LabelPlanes
from ..regions.read import Regions, read_regions
from ..regions.region import Region
from ..verdicts.of_results import RowVerdicts, why_not
from ..verdicts.places import pixel_of
from .checks import LUMINANCE, calibration_of, check, dtype_of, plane_of
from .messages import Axes, Compare, Problem, RegionInfo, Request
from .plan import AXES
from .preparing import Preparing
from .words import question_of

if TYPE_CHECKING:
    from .album import RunPictures


Resolve = Callable[[Any], Array]
"""From what a message says of a buffer to its bytes."""

_FLOATS = 16
"""Bytes of a pixel of both images as float64."""

_WORTH_ASKING = 10**8
"""Bytes below which nobody is asked for memory."""

_FIRST = Axes(1, 1, 1)
"""Where a plane is of which a message does not say it."""


class Run:
    """Compare two images plane by plane, as ImageJ sends them.

    Parameters
    ----------
    request : Request
        Of the message.
    message : Compare
        The first message, with the masks, and the labels where they are one plane.
    resolve : callable
        Gives the bytes of a buffer.
    pictures : RunPictures, optional
        Receives the planes of the first pass.
    verdicts : RowVerdicts, optional
        Those of all comparisons of one call of a command.

    Raises
    ------
    ImageError, RegionError
        If what is asked cannot be compared.
    """

    def __init__(
        self,
        request: Request,
        message: Compare,
        resolve: Resolve,
        pictures: RunPictures | None = None,
        verdicts: RowVerdicts | None = None,
    ) -> None:
        self._request, self._resolve = request, resolve
        self._pictures = pictures
        self._types, shape = check(request)
        masks = None if message.masks is None else resolve(message.masks)
        # Those that are only drawn, too: a background may be the mean of one of them.
        all_regions = [region_of(about, masks) for about in request.regions]
        regions = [
            region
            for region, about in zip(all_regions, request.regions, strict=True)
            if not about.drawn
        ]
        box = request.box
        self._origin, self._size = (box.y, box.x), (box.height, box.width)
        self._mask_type = None if request.mask is None else request.mask.type
        self._mask: Array | None = None
        self._mask_value = 0
        self._drawn = all_regions
        task = task_of(request, all_regions)
        # Aligned images have a mask, too: where both are.
        masked = request.mask is not None or task.question.align is not None
        self._labels = self._begin_labels(request, message, masked)
        frames = [
            1 if image is None else image.sizes.t
            for image in (request.labels, request.mask)
        ]
        refuse_frames(task.question, frames[0], frames[1])
        if task.verdicts is not None:
            task.verdicts = verdicts or task.verdicts
            task.untold = why_not(math.prod(shape[:-2]), task.preparation)
        _require_memory(request, task, math.prod(shape[:-2]))
        self._preparing = Preparing(task, self._types, math.prod(shape[:-2]))
        # The mask of the background is made once, and holds for every plane.
        several = isinstance(self._labels, LabelPlanes)
        if task.question.inverse and several:
            raise RegionError(
                "the label image has several planes, so its background differs "
                "from plane to plane: compare each plane, or leave inverse out."
            )
        # Without regions the tally takes planes as they are, which is the fast way.
        whole = not regions and self._labels is None and not task.question.inverse
        self._task, self._at = task, [set[int](), set[int](), set[int]()]
        self.metrics: Sequence[Metric] = [*task.metrics]
        self.save, self.run_id = request.save or "", task.run
        self.tally = Tally(
            task,
            None if whole else Regions(read_regions(regions), self._labels),
            (shape[-2], shape[-1]),
            masked=self._mask_type is not None,
            one_block=math.prod(shape[:-2]) == 1,
            inverse=task.question.inverse,
        )

    def add(self, message: Compare) -> None:
        """Take a plane of both images, and of labels and mask where they change."""
        planes = [
            self._pixels(plane, kind)
            for plane, kind in zip(
                (message.plane_1, message.plane_2), self._types, strict=True
            )
        ]
        at = (message.at or _FIRST).by_name()
        for axis, seen in zip(AXES, self._at, strict=True):
            seen.add(at[axis])
        if message.labels is not None and isinstance(self._labels, LabelPlanes):
            self._labels.show(self._pixels(message.labels, self._label_type))
        if message.mask is not None and self._mask_type is not None:
            self._mask = self._inside_of(self._pixels(message.mask, self._mask_type))
        # Labels and mask were taken all the same: where they are one plane, they come
        # with the first message only, and stay.
        if self._preparing.looks:
            self._preparing.look(planes[0], planes[1], self._mask, at)
            return
        x, y, mask = self._preparing.applied(planes[0], planes[1], self._mask, at)
        if self._task.refused:
            return
        self.tally.add(x, y, mask, self._origin)
        if self._pictures is not None:
            labels = None
            if self._labels is not None:
                labels = self._labels.block(planes[0].shape, self._origin)
            x, y, mask = self._preparing.shown(planes[0], planes[1], self._mask)
            self._pictures.add(self._request, at, (x, y), self._drawn, labels, mask)

    def end_pass(self) -> bool:
        """Finish a pass over the planes; return True if all are needed again."""
        if self._preparing.looks:
            self._preparing.end_pass()
            return True
        # What the tally needs in further passes, the album has had in the first one.
        self._pictures = None
        places = zip(AXES, self._at, strict=True)
        self._task.axes = tuple((axis, len(seen)) for axis, seen in places)
        return self.tally.end_pass()

    def rows(self) -> Table:
        """Return rows of the regions in order, then of labels; the background last."""
        if not self._request.rows:
            # only drawn: each region is compared in a run of its own
            return Table.of([])
        return self.tally.rows()

    def _begin_labels(self, request: Request, message: Compare, masked: bool) -> Any:
        """Return labels of one plane as they are; of several, what shows each plane.

        They are counted only where a mask may leave a label without a pixel.
        """
        about = request.labels
        if about is None:
            return None
        self._label_type = about.type
        if about.planes > 1:
            return LabelPlanes(*self._size, count=masked)
        return LabelImage(self._pixels(message.labels, self._label_type))

    def _pixels(self, buffer: Any, kind: str) -> Array:
        """Look at a buffer as a plane of a kind of pixels."""
        return plane_of(self._resolve(buffer), kind, *self._size)

    def _inside_of(self, plane: Array) -> Array:
        """Return where a mask is not 0; refuse one that has several values there.

        An image taken for a mask by mistake is nearly everywhere not 0, and would be
        compared without a word.
        """
        inside: Array = plane != 0
        values = plane[inside]
        if values.size:
            low, high = values.min(), values.max()
            # One value in all planes of a stack, not one in each.
            self._mask_value = self._mask_value or low
            if not low == high == self._mask_value:
                raise ImageError(
                    f"the mask image has, beside 0, values from "
                    f"{min(low, self._mask_value):g} to "
                    f"{max(high, self._mask_value):g}, and "
                    "a mask has one: threshold it first (Image > Adjust > "
                    "Threshold...), or give it as labels."
                )
        return inside


def _require_memory(request: Request, task: Task, planes: int) -> None:
    """Refuse what this worker has no memory for: it would be killed in the middle.

    The least that is taken: planes that are kept where metrics or `align` need all of
    them, and of those that are blurred or moved both as float64, before and after.
    """
    kinds = request.image_1.type, request.image_2.type
    bytes_of_both = sum(dtype_of(kind).itemsize for kind in kinds)
    plane = request.box.height * request.box.width
    whole = not request.regions and request.labels is None
    needed = 0
    if whole and any(not metric.streams for metric in task.metrics):
        needed += planes * plane * bytes_of_both
    if task.question.align is not None:
        needed += planes * plane * (2 * bytes_of_both + _FLOATS)
    elif task.preparation is not None:
        needed += plane * 2 * _FLOATS
    if needed > _WORTH_ASKING:
        require(needed)


def task_of(message: Request | Problem, regions: Sequence[Region] = ()) -> Task:
    """Make the task of a message: its question, and what every row says beside numbers.

    Parameters
    ----------
    message : Request or Problem
        What is to be compared, or could not be.
    regions : sequence of Region
        Those that a background can be the mean of.
    """
    if isinstance(message, Request):
        one, two = message.image_1, message.image_2
        names, files = (one.name, two.name), (one.file, two.file)
        calibrations = calibration_of(one), calibration_of(two)
        sizes = differing(names, *calibrations)
        # Once of an image that is compared with itself.
        weighed = dict.fromkeys(
            f'"{image.name}" {AS_LUMINANCE}'
            for image in (one, two)
            if image.type == LUMINANCE
        )
        notes, inverse = (*message.notes, *weighed, sizes), message.inverse
    else:
        names = message.image_1, message.image_2
        files = message.file_1, message.file_2
        notes, inverse = ("",), False
    question = question_of(message.options, inverse=inverse)
    pixel = (math.nan, "")
    if question.verdict and isinstance(message, Request):
        pixel = pixel_of(*calibrations)
    return Task(
        names,
        question,
        plane=message.plane,
        place=message.place,
        notes=notes,
        files=files,
        run=message.run_id or new_run(),
        roi_file=message.roi_file or "",
        preparation=question.preparation(regions),
        verdicts=RowVerdicts() if question.verdict else None,
        pixel=pixel,
    )


def region_of(about: RegionInfo, masks: Array | None) -> Region:
    """Return a region as a message describes it, with its part of the masks."""
    name, box, at = about.name, about.box, about.position
    if about.problem:
        return Region(name, 0, 0, 0, 0, problem=f"{name} {about.problem}")
    if not about.area:
        kind = (about.kind or "selection").lower()
        return Region(
            name, 0, 0, 0, 0, problem=f"{name} is a {kind}, which has no area"
        )
    inside = None
    if about.mask is not None and masks is not None:
        part = masks[about.mask : about.mask + box.width * box.height]
        inside = (part != 0).reshape(box.height, box.width)
        if not inside.any():
            return Region(name, 0, 0, 0, 0, problem=f"{name} selects no pixel")
    corner = (box.x, box.y, box.width, box.height)
    return Region(name, *corner, inside, "", at.position, at.c, at.z, at.t)
