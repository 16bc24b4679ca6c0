"""One comparison that ImageJ sends plane by plane: all messages of one `run`.

What ImageJ found (sizes, types, ROIs) is checked here and becomes what the tally
behind `similij.compare` takes. Nothing here knows Java.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..ground.errors import ImageError, RegionError
from ..ground.types import Array
from ..images.calibration import differing, of_imagej
from ..measure.question import ask
from ..measure.table.table import Table
from ..measure.tally import Tally
from ..measure.task import Task
from ..metrics.registry import Metric
from ..regions.labels import LabelImage
from ..regions.labels_in_parts import LabelPlanes
from ..regions.read import Regions, read_regions
from ..regions.region import Region
from ..verdicts.of_results import RowVerdicts, why_not
from .checks import check, plane_of
from .plan import AXES
from .preparing import Preparing

if TYPE_CHECKING:
    from .album import RunPictures


Resolve = Callable[[Any], Array]
"""From what a message says of a buffer to its bytes."""


class Run:
    """A comparison under way.

    Parameters
    ----------
    request : mapping
        The `request` of the message, see docs/protocol.md.
    message : mapping
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
        request: Mapping[str, Any],
        message: Mapping[str, Any],
        resolve: Resolve,
        pictures: RunPictures | None = None,
        verdicts: RowVerdicts | None = None,
    ) -> None:
        self._request, self._resolve = request, resolve
        self._pictures = pictures
        self._types, shape = check(request)
        masks = message.get("masks")
        bytes_ = None if masks is None else resolve(masks)
        described = request.get("regions") or ()
        everything = [region_of(region, bytes_) for region in described]
        regions = [
            region
            for region, words in zip(everything, described, strict=True)
            if not words.get("drawn")
        ]
        box = request["box"]
        left, top, width, height = (int(box[k]) for k in ("x", "y", "width", "height"))
        self._origin, self._size = (top, left), (height, width)
        self._labels = self._begin_labels(request, message)
        self._mask_type = _kind_of(request.get("mask"))
        self._mask: Array | None = None
        self._inside = 0
        self._drawn = everything
        task = task_of(request, everything)
        if task.verdicts is not None:
            task.verdicts = verdicts or task.verdicts
            task.untold = why_not(math.prod(shape[:-2]), task.preparation)
        self._preparing = Preparing(task, self._types, math.prod(shape[:-2]))
        several = isinstance(self._labels, LabelPlanes)
        if task.question.inverse and several:
            raise RegionError(
                "the label image has several planes, so its background differs "
                "from plane to plane: compare each plane, or leave inverse out."
            )
        whole = not regions and self._labels is None and not task.question.inverse
        self._task, self._at = task, [set[int](), set[int](), set[int]()]
        self.metrics: Sequence[Metric] = [*task.metrics]
        self.save = str(request.get("save") or "")
        self.run_id = str(request.get("run_id") or "")
        self.tally = Tally(
            task,
            None if whole else Regions(read_regions(regions), self._labels),
            (shape[-2], shape[-1]),
            masked=self._mask_type is not None,
            one_block=math.prod(shape[:-2]) == 1,
            inverse=task.question.inverse,
        )

    def add(self, message: Mapping[str, Any]) -> None:
        """Take a plane of both images, and of labels and mask where they change."""
        planes = [
            self._pixels(message[key], kind)
            for key, kind in zip(("plane_1", "plane_2"), self._types, strict=True)
        ]
        at = message.get("at") or {}
        for axis, seen in zip(AXES, self._at, strict=True):
            seen.add(int(at.get(axis) or 1))
        if message.get("labels") is not None and isinstance(self._labels, LabelPlanes):
            self._labels.show(self._pixels(message["labels"], self._label_type))
        if message.get("mask") is not None and self._mask_type is not None:
            self._mask = self._inside_of(self._pixels(message["mask"], self._mask_type))
        if self._preparing.looks:
            self._preparing.look(planes[0], planes[1])
            return
        x, y = self._preparing.applied(planes[0], planes[1])
        self.tally.add(x, y, self._mask, self._origin)
        if self._pictures is not None:
            labels = None
            if self._labels is not None:
                labels = self._labels.block(planes[0].shape, self._origin)
            self._pictures.add(
                self._request,
                message["at"],
                (planes[0], planes[1]),
                self._drawn,
                labels,
                self._mask,
            )

    def end_pass(self) -> bool:
        """Finish a pass over the planes; True if all are needed again."""
        if self._preparing.looks:
            self._preparing.end_pass()
            return True
        self._pictures = None
        places = zip(AXES, self._at, strict=True)
        self._task.axes = tuple((axis, len(seen)) for axis, seen in places)
        return self.tally.end_pass()

    def rows(self) -> Table:
        """Rows in the order of the regions, then the labels; the background last."""
        if self._request.get("rows") is False:
            # only drawn: each region is compared in a run of its own
            return Table.of([])
        return self.tally.rows()

    def _begin_labels(
        self, request: Mapping[str, Any], message: Mapping[str, Any]
    ) -> Any:
        """Labels of one plane as they are; of several the planes as they come."""
        about = request.get("labels")
        if about is None:
            return None
        self._label_type = str(about["type"])
        if int(about.get("planes") or 1) > 1:
            return LabelPlanes(*self._size, count=request.get("mask") is not None)
        return LabelImage(self._pixels(message["labels"], self._label_type))

    def _pixels(self, buffer: Any, kind: str) -> Array:
        """Look at a buffer as a plane of a kind of pixels."""
        return plane_of(self._resolve(buffer), kind, *self._size)

    def _inside_of(self, plane: Array) -> Array:
        """Where a mask is not 0; it has one value there, or is no mask."""
        inside: Array = plane != 0
        values = plane[inside]
        if values.size:
            low, high = values.min(), values.max()
            self._inside = self._inside or low
            if not low == high == self._inside:
                raise ImageError(
                    f"the mask image has, beside 0, values from "
                    f"{min(low, self._inside):g} to {max(high, self._inside):g}, and "
                    "a mask has one: threshold it first (Image > Adjust > "
                    "Threshold...), or give it as labels."
                )
        return inside


def task_of(request: Mapping[str, Any], regions: Sequence[Region] = ()) -> Task:
    """Return what is asked, as every row says it.

    Parameters
    ----------
    request : mapping
        The `request` of a message, or what `problem` has of it.
    regions : sequence of Region
        Those that a background can be the mean of.
    """
    names = (str(request.get("image_1") or ""), str(request.get("image_2") or ""))
    sizes = (of_imagej(request.get("pixel_1")), of_imagej(request.get("pixel_2")))
    notes = [str(note) for note in request.get("notes") or ()]
    words = ("metrics", "rescale", "data_range", "background", "blur", "against")
    question = ask(
        inverse=request.get("inverse"),
        verdict=request.get("verdict"),
        **{key: request.get(key) for key in words},
    )
    return Task(
        names,
        question,
        plane=str(request.get("plane") or ""),
        place=dict(request.get("place") or {}),
        notes=(*notes, differing(names, *sizes)),
        files=(str(request.get("file_1") or ""), str(request.get("file_2") or "")),
        run=str(request.get("run_id") or ""),
        preparation=question.preparation(regions),
        verdicts=RowVerdicts() if question.verdict else None,
    )


def _kind_of(about: Mapping[str, Any] | None) -> str | None:
    return None if about is None else str(about["type"])


def region_of(found: Mapping[str, Any], masks: Array | None) -> Region:
    """Return a region as a message describes it, with its part of the masks."""
    name = str(found["name"])
    x, y, width, height = (int(found[k]) for k in ("x", "y", "width", "height"))
    if found.get("problem"):
        return Region(name, 0, 0, 0, 0, problem=f"{name} {found['problem']}")
    if not found.get("area", True):
        kind = str(found.get("kind") or "selection").lower()
        return Region(
            name, 0, 0, 0, 0, problem=f"{name} is a {kind}, which has no area"
        )
    offset = found.get("mask")
    tied = found.get("position") or {}
    position, c, z, t = (int(tied.get(k) or 0) for k in ("position", "c", "z", "t"))
    if offset is None or masks is None:
        return Region(name, x, y, width, height, None, "", position, c, z, t)
    part = masks[int(offset) : int(offset) + width * height]
    inside = (part != 0).reshape(height, width)
    if not inside.any():
        return Region(name, 0, 0, 0, 0, problem=f"{name} selects no pixel")
    return Region(name, x, y, width, height, inside, "", position, c, z, t)
