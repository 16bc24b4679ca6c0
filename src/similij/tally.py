"""What is known so far of each region of an image pair, while its blocks come.

The one engine behind `compare`, the batch and ImageJ: blocks of both images go in, in
any order; after each pass `end_pass` says whether they are needed again; `rows` come
out. It neither reads files nor knows where the pixels come from.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ._labels import LabelImage
from ._labeltally import LabelTally
from ._pixels import Pixels
from ._regiontally import RegionTally
from ._rowtable import joined
from ._rowverdicts import RowVerdicts, sentence, verdict_of
from .metrics import Measured, Metric, Undefined, check
from .moments import FloatMoments, Moments
from .regions import Region, label_regions
from .rescale import RescaledPair, Rescaling
from .sums import Array

if TYPE_CHECKING:
    from ._blocksums import BlockSums
    from .preparation import Preparation

WHOLE_IMAGE = "Whole image"

PLACE = ("channel_1", "channel_2", "z", "t", "time_s")
"""Columns that say where in a hyperstack a row is from; empty where it is pooled."""

_NO_PLACE = dict.fromkeys(PLACE)

Row = dict[str, Any]


@cache
def _version() -> str:
    from . import __version__

    return __version__


def columns(metrics: Sequence[Metric]) -> list[str]:
    """Names of the columns of a table of rows, in order."""
    names = ["image_1", "image_2", "region", "plane", *PLACE, "n", "excluded"]
    names += [m.name for m in metrics]
    return [*names, "rescale", "against", "note", "file_1", "file_2", "run", "version"]


def new_run() -> str:
    """Name for the rows of one run: when it began (UTC), and four random digits.

    Examples
    --------
    >>> len(new_run())
    20
    """
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.urandom(2).hex()}"


def rescaled_labels(metrics: Sequence[Metric]) -> str:
    """Name the metrics that `rescale` changes, in words."""
    labels = [m.label for m in metrics if m.rescaled]
    last = labels[-2:]
    return ", ".join([*labels[:-2], " and ".join(last)]) if last else ""


@dataclass(slots=True)  # frozen, each would take microseconds more to make
class Task:
    """What is asked of a pair: all that a row says beside its numbers.

    Attributes
    ----------
    names : tuple of str
        Of the two images.
    metrics : sequence of Metric
        What to compute.
    rescale : Rescaling or None
        How RMSD and Mean Difference are rescaled.
    plane : str
        Which plane or planes, in words.
    place : mapping
        The same in numbers: any of `PLACE`, counted from 1 (time_s: in seconds).
    against : str
        What image 1 is compared with: "image 2", "first frame" or "previous frame".
    notes : tuple of str
        What every row should say.
    files : tuple of str
        Where the images came from: paths; "" where they are of no file.
    run : str
        Shared by all rows of one call of a command or function; see `new_run`.
    data_range : float or None
        Span of the values that the images could have, where the user gave it.
    preparation : Preparation or None
        What is done to whole images first.
    types : tuple of dtype or None
        Of the images before that; None: as they come.
    axes : tuple of (str, int)
        Names and lengths of the axes that are pooled, where they are known; (y, x)
        are not among them.
    verdict : RowVerdicts or None
        What gives each row a verdict in words, where that is asked for.
    untold : str
        Why no row of this task has one; "" if they have.
    """

    names: tuple[str, str]
    metrics: Sequence[Metric]
    rescale: Rescaling | None = None
    plane: str = "1"
    place: Mapping[str, Any] = field(default_factory=dict)
    against: str = "image 2"
    notes: tuple[str, ...] = ()
    files: tuple[str, str] = ("", "")
    run: str = ""
    data_range: float | None = None
    preparation: Preparation | None = None
    types: tuple[np.dtype[Any], np.dtype[Any]] | None = None
    axes: tuple[tuple[str, int], ...] = ()
    verdict: RowVerdicts | None = None
    untold: str = ""

    def row(
        self, region: str, note: str = "", verdict: str = "", **numbers: Any
    ) -> Row:
        """Return a row; metrics that are not among `numbers` are NaN."""
        row: Row = {
            "image_1": self.names[0],
            "image_2": self.names[1],
            "region": region,
            "plane": self.plane,
            **_NO_PLACE,
            "n": 0,
            "excluded": 0,
        }
        if self.place:
            row.update({name: self.place.get(name) for name in PLACE})
        for metric in self.metrics:
            row[metric.name] = math.nan
        row.update(numbers)
        row["rescale"] = "none" if self.rescale is None else str(self.rescale)
        row["against"] = self.against
        row["note"] = note
        row["file_1"], row["file_2"] = self.files
        row["run"] = self.run
        row["version"] = _version()
        if self.verdict is not None:
            row["verdict"] = verdict
        return row

    @property
    def holds(self) -> bool:
        """Whether all pixels of a region are needed at once."""
        told = self.verdict is not None and not self.untold
        return told or not all(metric.streams for metric in self.metrics)

    def words(self, pixels: Pixels | None, found: Moments) -> str:
        """Return the verdict of the next row, or why it has none."""
        if self.verdict is None:
            return ""
        if self.untold:
            return self.verdict.next(lambda: sentence(self.untold))
        return self.verdict.next(lambda: verdict_of(pixels, found))

    @property
    def note(self) -> str:
        """What every row says."""
        return "; ".join(dict.fromkeys(n for n in self.notes if n))

    def finished(
        self,
        region: str,
        found: Moments | None,
        rescaled: RescaledPair | None = None,
        warning: str = "",
        pixels: Pixels | None = None,
    ) -> Row:
        """Row of a region's moments; a reason in the note for what is undefined."""
        found = found or FloatMoments()
        notes: list[str] = []
        numbers: dict[str, Any] = {"n": found.n, "excluded": found.excluded}
        said: list[str] = []
        for metric in self.metrics:
            try:
                value = _value(metric, found, rescaled, pixels)
            except Undefined as reason:
                notes.append(self._named(str(reason)))
            else:
                if isinstance(value, Measured):
                    said.append(self._named(value.note))
                    value = value.value
                numbers[metric.name] = value
        if found.n == 0 and not found.excluded and not found.infinite:
            notes = [f"{region} selects no pixel: nothing is compared"]
        if found.excluded:
            those = "pixel is" if found.excluded == 1 else "pixels are"
            notes.append(f"{found.excluded} {those} NaN in an image and left out")
        if rescaled is not None and rescaled.note and rescaled_labels(self.metrics):
            notes.append(f"{rescaled_labels(self.metrics)} {rescaled.note}")
        notes += [*said, warning, *self.notes]
        note = "; ".join(dict.fromkeys(n for n in notes if n))
        return self.row(region, note, self.words(pixels, found), **numbers)

    def _named(self, reason: str) -> str:
        first, second = (f'"{name}"' for name in self.names)
        return reason.replace("{1}", first).replace("{2}", second)


def _value(
    metric: Metric,
    found: Moments,
    rescaled: RescaledPair | None,
    pixels: Pixels | None,
) -> float | Measured:
    if metric.function is not None:
        if metric.rescaled and found.n and not found.infinite and rescaled:
            return metric.function(rescaled.moments)
        return metric.function(found)
    check(found)
    assert metric.pixels is not None and pixels is not None  # there are pixels
    pixels.moments = found
    return metric.pixels(pixels)


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
        Name of the one row where there are neither regions nor labels.
    labels : LabelImage, optional
        A row for each of its labels, after those of the regions.

    Raises
    ------
    RegionError
        If the labels, or the mask of a region, are of another size than the images.
    """

    def __init__(
        self,
        task: Task,
        regions: Sequence[Region] | None = None,
        shape: tuple[int, int] = (0, 0),
        *,
        one_block: bool = False,
        whole_name: str = WHOLE_IMAGE,
        labels: LabelImage | None = None,
    ) -> None:
        whole = regions is None and labels is None
        one_by_one: list[Region] = []
        if labels is not None and task.holds:
            labels.check(*shape)
            one_by_one = label_regions(labels)
            labels = None
        self._regions = 1 if whole else len(regions or ())
        self._labels = (
            None
            if labels is None
            else LabelTally(task, labels, shape, one_block=one_block)
        )
        self._parts = (
            [RegionTally(whole_name, None, task, one_block)]
            if whole
            else [
                RegionTally(r.name, r, task, one_block, shape)
                for r in [*(regions or ()), *one_by_one]
            ]
        )

    def add(
        self,
        x: Array,
        y: Array,
        mask: Array | None = None,
        origin: Sequence[int] = (0, 0),
    ) -> None:
        """Take a block of both images.

        Parameters
        ----------
        x, y : ndarray
            Of one shape; with regions the last two axes are (y, x).
        mask : ndarray of bool, optional
            Of the same shape or broadcastable to it: pixels that count.
        origin : sequence of int
            Where in the images the block's first row and column lie: (y, x); for
            labels with more axes of those, too, that come before.
        """
        if mask is not None:
            mask = np.broadcast_to(mask, x.shape)
        top, left = origin[-2:]
        for part in self._parts:
            part.add(x, y, mask, (top, left))
        if self._labels is not None:
            self._labels.add(x, y, mask, origin)

    def wanted(self) -> list[tuple[int, Region | None]]:
        """Regions that have pixels, by their numbers; None: all pixels."""
        return [(k, p.region) for k, p in enumerate(self._parts) if p.has_pixels]

    def take(self, found: BlockSums) -> None:
        """Take the sums of all blocks, summed elsewhere."""
        for k, part in enumerate(self._parts):
            part.take(found.regions.get(k))
        if self._labels is not None and found.labels is not None:
            self._labels.take(found.labels)

    def end_pass(self) -> bool:
        """Finish a pass over the images; True if all blocks are needed again."""
        again = [part.end_pass() for part in self._parts]
        if self._labels is not None:
            again.append(self._labels.end_pass())
        return any(again)

    def rows(self) -> Sequence[Row]:
        """One row per region, in their order; then one per label, ascending."""
        return joined(self.region_rows(), self.label_rows())

    def region_rows(self) -> list[Row]:
        """One row per region, or that of the whole image."""
        return [part.row() for part in self._parts[: self._regions]]

    def label_rows(self) -> Sequence[Row]:
        """One row per label, made when asked for."""
        if self._labels is None:
            return [part.row() for part in self._parts[self._regions :]]
        return self._labels.rows()
