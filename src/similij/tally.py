"""What is known so far of each region of an image pair, while its blocks come.

The one engine behind `compare`, the batch and ImageJ: blocks of both images go in, in
any order; after each pass `end_pass` says whether they are needed again; `rows` come
out. It neither reads files nor knows where the pixels come from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .metrics import Metric, Undefined
from .moments import FloatMoments, Moments, merge
from .regions import Region
from .rescale import Percentiles, RescaledPair
from .sums import Array, moments

WHOLE_IMAGE = "Whole image"

PLACE = ("channel_1", "channel_2", "z", "t", "time_s")
"""Columns that say where in a hyperstack a row is from; empty where it is pooled."""

Row = dict[str, Any]


def columns(metrics: Sequence[Metric]) -> list[str]:
    """Names of the columns of a table of rows, in order."""
    names = ["image_1", "image_2", "region", "plane", *PLACE, "n", "excluded"]
    names += [m.name for m in metrics]
    return [*names, "rescale", "against", "note", "version"]


@dataclass(frozen=True)
class Task:
    """What is asked of a pair: all that a row says beside its numbers.

    Attributes
    ----------
    names : tuple of str
        Of the two images.
    metrics : sequence of Metric
        What to compute.
    rescale : Percentiles or None
        How RMSD and Mean Difference are rescaled.
    plane : str
        Which plane or planes, in words.
    place : mapping
        The same in numbers: any of `PLACE`, counted from 1 (time_s: in seconds).
    against : str
        What image 1 is compared with: "image 2", "first frame" or "previous frame".
    notes : tuple of str
        What every row should say.
    """

    names: tuple[str, str]
    metrics: Sequence[Metric]
    rescale: Percentiles | None = None
    plane: str = "1"
    place: Mapping[str, Any] = field(default_factory=dict)
    against: str = "image 2"
    notes: tuple[str, ...] = ()

    def row(self, region: str, note: str = "", **numbers: Any) -> Row:
        """Return a row; metrics that are not among `numbers` are NaN."""
        from . import __version__

        values = {m.name: math.nan for m in self.metrics}
        row: Row = {
            "image_1": self.names[0],
            "image_2": self.names[1],
            "region": region,
            "plane": self.plane,
            **{name: self.place.get(name) for name in PLACE},
            "n": 0,
            "excluded": 0,
            **values,
        }
        row.update(numbers)
        row["rescale"] = "none" if self.rescale is None else str(self.rescale)
        row["against"] = self.against
        row["note"] = note
        row["version"] = __version__
        return row


class Tally:
    """Moments of each region of a pair of images, from blocks.

    Parameters
    ----------
    task : Task
        What is asked.
    regions : sequence of Region, optional
        Regions of the (y, x) plane, each a row; None: all pixels, one row.
    shape : tuple of int
        Height and width of the images: (y, x). Not needed without regions.
    one_block : bool
        True if the first block is all there is and stays in memory.
    whole_name : str
        Name of the one row where there are no regions.
    """

    def __init__(
        self,
        task: Task,
        regions: Sequence[Region] | None = None,
        shape: tuple[int, int] = (0, 0),
        *,
        one_block: bool = False,
        whole_name: str = WHOLE_IMAGE,
    ) -> None:
        self._task = task
        self._parts = (
            [_Part(whole_name, None, task, one_block)]
            if regions is None
            else [_Part(r.name, r, task, one_block, shape) for r in regions]
        )

    def add(
        self,
        x: Array,
        y: Array,
        mask: Array | None = None,
        origin: tuple[int, int] = (0, 0),
    ) -> None:
        """Take a block of both images.

        Parameters
        ----------
        x, y : ndarray
            Of one shape; with regions the last two axes are (y, x).
        mask : ndarray of bool, optional
            Of the same shape or broadcastable to it: pixels that count.
        origin : tuple of int
            Where in the images the block's first row and column lie: (y, x).
        """
        if mask is not None:
            mask = np.broadcast_to(mask, x.shape)
        for part in self._parts:
            part.add(x, y, mask, origin)

    def end_pass(self) -> bool:
        """Finish a pass over the images; True if all blocks are needed again."""
        again = [part.end_pass() for part in self._parts]
        return any(again)

    def rows(self) -> list[Row]:
        """One row per region, in their order."""
        return [part.row() for part in self._parts]


class _Part:
    """One region, and what its row is made of."""

    def __init__(
        self,
        name: str,
        region: Region | None,
        task: Task,
        one_block: bool,
        shape: tuple[int, int] = (0, 0),
    ) -> None:
        self._name = name
        self._region = region
        self._task = task
        self._moments: Moments | None = None
        self._passes = 0
        self._rescaled = (
            None
            if task.rescale is None
            else RescaledPair(task.rescale, one_block=one_block)
        )
        self._problem, self._warning = _position(region, shape)

    def add(
        self, x: Array, y: Array, mask: Array | None, origin: tuple[int, int]
    ) -> None:
        if self._problem:
            return
        if self._region is not None:
            top, left = origin
            moved = replace(
                self._region, x=self._region.x - left, y=self._region.y - top
            )
            inside = moved.clip(x.shape[-2], x.shape[-1])
            if inside is None:
                return
            rows, cols, shape = inside
            x, y = x[..., rows, cols], y[..., rows, cols]
            if mask is not None:
                mask = mask[..., rows, cols]
            if shape is not None:
                mask = np.broadcast_to(shape, x.shape) if mask is None else mask & shape
        clean = True
        if self._passes == 0:
            block = moments(x, y, mask)
            clean = block.excluded == 0 and block.infinite == 0
            self._moments = merge(self._moments, block)
        if self._rescaled is not None:
            clean = clean and self._passes == 0
            self._rescaled.add(*_values(x, y, mask, clean=clean))

    def end_pass(self) -> bool:
        self._passes += 1
        if self._rescaled is None or self._moments is None or self._moments.infinite:
            return False
        return self._rescaled.end_pass()

    def row(self) -> Row:
        if self._problem:
            return self._task.row(self._name, self._problem)
        found = self._moments or FloatMoments()
        notes: list[str] = []
        numbers: dict[str, Any] = {"n": found.n, "excluded": found.excluded}
        for metric in self._task.metrics:
            try:
                source = found
                rescaled = metric.rescaled and found.n and not found.infinite
                if rescaled and self._rescaled is not None:
                    source = self._rescaled.moments
                numbers[metric.name] = metric.function(source)
            except Undefined as reason:
                notes.append(self._named(str(reason)))
        if found.n == 0 and not found.excluded and not found.infinite:
            notes = [f"{self._name} selects no pixel: nothing is compared"]
        if found.excluded:
            pixels = "pixel is" if found.excluded == 1 else "pixels are"
            notes.append(f"{found.excluded} {pixels} NaN in an image and left out")
        if self._rescaled is not None and self._rescaled.note:
            notes.append(self._rescaled.note)
        notes += [self._warning, *self._task.notes]
        note = "; ".join(dict.fromkeys(n for n in notes if n))
        return self._task.row(self._name, note, **numbers)

    def _named(self, reason: str) -> str:
        first, second = (f'"{name}"' for name in self._task.names)
        return reason.replace("{1}", first).replace("{2}", second)


def _position(region: Region | None, shape: tuple[int, int]) -> tuple[str, str]:
    """Why a region cannot be compared, and what to say of one that can."""
    if region is None:
        return "", ""
    if region.problem:
        return region.problem, ""
    inside = region.clip(*shape)
    all_pixels = (
        region.width * region.height
        if region.mask is None
        else int(np.count_nonzero(region.mask))
    )
    if inside is None:
        return (
            f"{region.name} lies outside the images (its bounds are x={region.x}, "
            f"y={region.y}, {region.width}×{region.height}; the images are "
            f"{shape[1]}×{shape[0]})",
            "",
        )
    rows, cols, mask = inside
    left = (
        (rows.stop - rows.start) * (cols.stop - cols.start)
        if mask is None
        else int(np.count_nonzero(mask))
    )
    if left == all_pixels:
        return "", ""
    return "", f"partly outside the images: {left} of its {all_pixels} pixels compared"


def _values(
    x: Array, y: Array, mask: Array | None, *, clean: bool
) -> tuple[Array, Array]:
    """Pixels compared, one-dimensional: inside the mask, and finite in both images."""
    if mask is not None:
        x, y = x[mask], y[mask]
    x, y = x.reshape(-1), y.reshape(-1)
    if clean or (x.dtype.kind != "f" and y.dtype.kind != "f"):
        return x, y
    keep = np.isfinite(x) & np.isfinite(y)
    return x[keep], y[keep]
