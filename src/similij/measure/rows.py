"""From planes to rows: regions, labels and the background of one set of planes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..ground.errors import ImageError, RegionError
from ..ground.types import Row
from ..images.pair import Pair, is_named, prepare
from ..images.planes import Planes, leading_sizes
from ..metrics.registry import refuse_parts
from ..moments.of_arrays import moments
from ..regions.labels import LabelImage
from ..regions.labels_in_parts import LazyLabels
from ..regions.read import Regions
from ..regions.region import Region
from ..regions.tied import elsewhere, selection, tied_to, words
from ..verdicts.of_results import why_not
from .table.columns import WHOLE_IMAGE
from .table.lazy_rows import joined
from .tally import Tally
from .task import Task


def rows_of(
    planes: Planes,
    mask: Any,
    task: Task,
    found: Regions | None,
    sizes: Mapping[str, int],
    *,
    inverse: bool,
) -> Sequence[Row]:
    """Rows of a set of planes, in the order of the regions.

    Parameters
    ----------
    planes : Planes
        What is compared.
    mask : array or None
        Pixels that count.
    task : Task
        What is asked, of these planes only: names and plane are filled in.
    found : Regions or None
        None: the whole image. Empty where every region is tied to other planes.
    sizes : mapping
        Axes of the images but y and x, with their lengths before any was selected.
    inverse : bool
        Whether the background follows as a row.
    """
    pair, task = _prepared(planes.x, planes.y, mask, task)
    pooled = "1" if pair.planes == 1 else f"all {pair.planes}"
    # In place: the task is of these planes only, and a copy takes microseconds.
    task.names, task.plane = pair.names, task.plane or pooled
    task.axes = _pooled(planes.x, planes.y)
    if found is None:
        plain = pair.mask is None and task.rescale is None and pair.in_memory
        if plain and not task.holds:
            return [task.finished(WHOLE_IMAGE, moments(pair.x, pair.y))]
        return _tallied(pair, task, None, None).rows()
    if pair.x.ndim < 2:  # noqa: PLR2004 - (y, x)
        raise ImageError(
            f'"{pair.names[0]}" has {pair.x.ndim} dimension: regions need images with '
            "the axes (y, x). Pass a mask instead."
        )
    labels = labels_of(found.labels, planes)
    everywhere: list[tuple[int, Region]] = []
    rows: dict[int, Row] = {}
    for k, region in enumerate(found.regions):
        where = selection(region, sizes, planes.index)
        if where:
            rows[k] = _apart(planes, mask, task, region, where, sizes)
        elif where is not None:
            everywhere.append((k, region))
    of_labels: Sequence[Row] = []
    if inverse:
        height, width = pair.plane_shape
        regions = [region for _, region in everywhere]
        everywhere.append((-1, Regions(regions, labels).inverse(height, width)))
    if everywhere or labels is not None:
        tally = _tallied(pair, task, [region for _, region in everywhere], labels)
        of_labels = tally.label_rows()
        for (k, _), row in zip(everywhere, tally.region_rows(), strict=True):
            rows[k] = row
    background = [rows.pop(-1)] if -1 in rows else []
    ordered = [rows[k] for k in sorted(rows)]
    return joined(ordered, of_labels, background)


def nothing_here(
    task: Task, regions: Sequence[Region], sizes: Mapping[str, int]
) -> Row:
    """One row that says why there is no other."""
    if not regions:
        return task.row("labels", "the label image has no label above 0")
    name = regions[0].name if len(regions) == 1 else "ROI file"
    return task.row(name, elsewhere(regions, sizes))


def _prepared(x: Any, y: Any, mask: Any, task: Task) -> tuple[Pair, Task]:
    """Bring both images side by side, and do what is asked before comparing."""
    pair = prepare(x, y, mask, task.names)
    if task.verdict is not None:
        task = replace(task, untold=why_not(pair.planes, task.preparation))
    if task.preparation is None:
        return pair, task
    types = (pair.x.dtype, pair.y.dtype)
    pair, note = task.preparation.apply(pair)
    return pair, replace(task, notes=(*task.notes, note), types=types)


def _pooled(x: Any, y: Any) -> tuple[tuple[str, int], ...]:
    """Names and lengths of the axes but y and x, in the order of the pixels."""
    for image in (x, y):
        if is_named(image):
            return tuple(leading_sizes(image).items())
    return ()


def labels_of(labels: LabelImage | None, planes: Planes) -> LabelImage | None:
    """Select the labels of a set of planes, with axes in the order of the images."""
    if labels is None:
        return None
    labels = labels.isel(planes.index)
    if is_named(planes.x):
        labels = labels.aligned(planes.x.dims)
    found, wanted = labels.labels.shape[:-2], tuple(planes.x.shape[:-2])
    beside = zip(found[::-1], wanted[::-1], strict=False)
    if len(found) > len(wanted) or any(a not in (1, b) for a, b in beside):
        raise RegionError(
            f"the label image has the planes {found}, the images have {wanted}: both "
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
    """Row of a region that is tied to some of the planes that are pooled."""
    count = math.prod(n for d, n in planes.x.sizes.items() if d not in ("y", "x"))
    x, y = planes.x.isel(where), planes.y.isel(where)
    mask = replace(planes, index=where).mask(mask)
    pair, task = _prepared(x, y, mask, task)
    index = {**planes.index, **where}
    plane = (
        words({d: k + 1 for d, k in index.items() if sizes.get(d, 1) > 1})
        if pair.planes == 1
        else f"{pair.planes} of {count}"
    )
    note = f"slice only: {words(tied_to(region, sizes))}"
    task = replace(task, plane=plane, notes=(note, *task.notes), axes=_pooled(x, y))
    return _tallied(pair, task, [region], None).rows()[0]


def _tallied(
    pair: Pair,
    task: Task,
    regions: Sequence[Region] | None,
    labels: LabelImage | None,
) -> Tally:
    if not pair.in_memory or isinstance(labels, LazyLabels):
        refuse_parts(task.metrics)
        if task.verdict is not None:
            raise ImageError(
                "a verdict needs both images in memory, and they come in parts (dask): "
                "load them with .compute()."
            )
        if task.rescale is None:
            from .by_blocks import tallied_by_blocks

            return tallied_by_blocks(pair, task, regions, labels)
    tally = Tally(
        task,
        regions,
        pair.plane_shape,
        one_block=pair.in_memory,
        whole_name=WHOLE_IMAGE if pair.mask is None else "Mask",
        labels=labels,
    )
    while True:
        for block in pair.blocks():
            tally.add(*block)
        if not tally.end_pass():
            return tally
