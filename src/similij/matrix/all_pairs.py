"""Work out the numbers of all pairs of many images within one region.

They come from sums of all pairs at once where there are such, else pair by pair from
the engine of `compare`. Both ways end in the same metrics, notes and warnings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array, Row
from ..measure.engine import answer
from ..measure.table.columns import WHOLE_IMAGE
from ..measure.task import Task
from ..metrics.registry import DEFAULTS
from ..moments.moments import Moments
from ..regions.read import Regions
from ..regions.region import Region, position
from ..regions.tied import is_tied
from .looks import looks
from .stack import SMALL, ImageStack, Tile

if TYPE_CHECKING:
    from .products import FloatGram, IntegerGram
    from .rescaled import RescaledStack


_OF_PRODUCTS = ("pearson", "rmsd")
"""Metrics that need no sum of absolute differences."""

SYMMETRIC = DEFAULTS
"""Metrics that are the same of (y, x) as of (x, y), unless images are rescaled."""

COUNTS = ("n", "excluded")
"""Numbers of pixels that stand beside the metrics of each pair."""


class AllPairs:
    """Numbers of all pairs of images within one region.

    Parameters
    ----------
    stack : ImageStack
        The images.
    region : Region or None
        The region; None: all pixels.
    mask : ndarray of bool or None
        Pixels that count; None: all.
    task : Task
        Metrics and options that are asked for.
    on_pair : callable or None
        Called with each pair that is compared by itself, before that.

    Attributes
    ----------
    values, counts : dict of str to ndarray
        (image, image), of each metric and of `COUNTS`.
    looks : dict of str to ndarray
        (image,), of each of `looks.LOOKS`: the images by themselves.
    notes : ndarray of str
        (image, image): the reason for every NaN.
    """

    def __init__(
        self,
        stack: ImageStack,
        region: Region | None,
        mask: Array | None,
        task: Task,
        on_pair: Callable[[int, int], object] | None,
    ) -> None:
        self._stack, self._region, self._mask = stack, region, mask
        self._task, self._on_pair = task, on_pair
        self._name = "Mask" if mask is not None else WHOLE_IMAGE
        if region is not None:
            self._name = region.name
        self._problem, self._warning = position(region, stack.plane_shape)
        shape = (len(stack), len(stack))
        self.values = {m.name: np.full(shape, math.nan) for m in task.metrics}
        self.counts = {name: np.zeros(shape, np.int64) for name in COUNTS}
        self.looks: dict[str, Array] = {}
        self.notes = np.full(shape, "", object)
        self._said = [
            [f'"{name}" {note}' for note in notes]
            for name, notes in zip(stack.names, stack.notes, strict=True)
        ]
        own = {m.name for m in task.metrics} - {*SYMMETRIC}
        self._symmetric = task.rescale is None and not own

    def filled(self) -> AllPairs:
        """Compare all pairs."""
        self.looks = looks(self._stack, () if self._problem else self._tiles())
        sums = self._sums()
        rescaled = None
        if sums is not None and self._task.rescale is not None:
            rescaled = self._rescaled_sums()
        for i in range(len(self._stack)):
            done = self._at_once(i, sums)
            for j in range(i, len(self._stack)):
                if done[j - i]:
                    continue
                # A masked array leaves out pixels of its own, which no product does.
                unmasked = (
                    self._stack.inside[i] is None and self._stack.inside[j] is None
                )
                moments = sums.of(i, j) if sums is not None and unmasked else None
                if sums is None or moments is None or not moments.n:
                    self._compare(i, j)
                    continue
                self._finish(i, j, moments, rescaled)
                if i != j and not self._symmetric:
                    swapped = sums.of(j, i)
                    assert swapped is not None  # as good as the other way round
                    self._finish(j, i, swapped, rescaled)
        return self

    def _at_once(self, i: int, sums: IntegerGram | FloatGram | None) -> Array:
        """Enter the numbers of image i and those after it, where that is all there is.

        Returns
        -------
        ndarray of bool
            Which are done. Pairs of which there is more to do or to say are not.
        """
        stack = self._stack
        done = np.zeros(len(stack) - i, bool)
        said = self._warning or self._said[i] or stack.inside[i] is not None
        if sums is None or not self._symmetric or said:
            return done
        for j in range(i, len(stack)):
            done[j - i] = stack.inside[j] is None and not self._said[j]
        values = sums.row(i, self.values)
        for of_metric in values.values():
            done &= np.isfinite(of_metric)
        others = i + np.flatnonzero(done)
        for place in ((i, others), (others, i)):
            for name, of_metric in values.items():
                self.values[name][place] = of_metric[done]
            self.counts["n"][place] = sums.pixels
        return done

    def _tiles(self, cut: int = 1) -> Iterator[Tile]:
        return self._stack.tiles(self._region, self._mask, cut)

    def _needs_differences(self, *, rescaled: bool) -> bool:
        """Tell whether Σ|x-y| is needed of the images rescaled, or as they are."""
        how = self._task.rescale
        names = {
            m.name
            for m in self._task.metrics
            if (how is not None and m.rescaled) == rescaled
        }
        return bool(names - {*_OF_PRODUCTS})

    def _sums(self) -> IntegerGram | FloatGram | None:
        """Sum all pairs at once; None where that cannot be.

        Not where a metric needs pixels, a region is tied to planes, or a scale belongs
        to a pair and not to an image.
        """
        from .rescaled import is_own

        how = self._task.rescale
        streams = all(m.streams for m in self._task.metrics)
        tied = self._region is not None and is_tied(self._region)
        if self._problem or tied or not streams or not (how is None or is_own(how)):
            return None
        from ..measure.blocks.workers import Workers, current

        place = current()
        if isinstance(place, Workers) and self._stack.paths:
            from .on_workers import summed

            differences = self._needs_differences(rescaled=False)
            return summed(place, self._stack, differences, [*self._tiles(SMALL)])
        from .products import sums_of  # compiles when first used

        sums = sums_of(self._stack, self._needs_differences(rescaled=False))
        if sums is not None:
            sums.add(self._stack, self._tiles(SMALL))
        return sums

    def _rescaled_sums(self) -> tuple[RescaledStack, FloatGram]:
        """Return the images at their own scales, and sums of all pairs of them."""
        from .products import FloatGram
        from .rescaled import RescaledStack

        assert self._task.rescale is not None
        stack = RescaledStack(self._stack, self._task.rescale, self._tiles)
        sums = FloatGram(len(stack), self._needs_differences(rescaled=True))
        sums.add(stack, self._tiles(SMALL))
        return stack, sums

    def _finish(
        self,
        i: int,
        j: int,
        moments: Moments,
        rescaled: tuple[RescaledStack, FloatGram] | None,
    ) -> None:
        """Enter the numbers of a pair's moments, and why one of them is undefined."""
        pair = None
        if rescaled is not None:
            stack, sums = rescaled
            pair = stack.pair(i, j, moments, sums.of(i, j))
        else:
            values = self._numbers(moments)
            # Of thousands of pairs nearly all are defined. A row and a task of its own,
            # which write notes, are made for the others only.
            if values is not None:
                self._put(i, j, values, moments.n, moments.excluded, self._warning)
                return
        task = replace(self._task, names=(self._stack.names[i], self._stack.names[j]))
        self._take(i, j, task.finished(self._name, moments, pair, self._warning))

    def _numbers(self, moments: Moments) -> dict[str, float] | None:
        """Return all metrics of a pair; None where one is undefined."""
        values: dict[str, float] = {}
        try:
            for metric in self._task.metrics:
                assert metric.function is not None  # they are of moments
                values[metric.name] = metric.function(moments)
        except Undefined:
            return None
        return values

    def _compare(self, i: int, j: int) -> None:
        """Compare one pair by itself, as `compare` does."""
        if self._on_pair is not None:
            self._on_pair(i, j)
        self._take(i, j, self._row(i, j))
        if i != j and not self._symmetric:
            self._take(j, i, self._row(j, i))

    def _row(self, i: int, j: int) -> Row:
        mask = self._mask
        for own in (self._stack.inside[i], self._stack.inside[j]):
            if own is not None:
                mask = own if mask is None else mask & own
        question = replace(
            self._task.question,
            mask=mask,
            regions=None if self._region is None else Regions([self._region]),
        )
        names = self._stack.names[i], self._stack.names[j]
        images = self._stack.image(i), self._stack.image(j)
        return answer(question, *images, names=names, run=self._task.run)[0]

    def _take(self, i: int, j: int, row: Row) -> None:
        values = {m.name: row[m.name] for m in self._task.metrics}
        self._put(i, j, values, row["n"], row["excluded"], row["note"])

    def _put(
        self, i: int, j: int, values: dict[str, float], n: int, excluded: int, note: str
    ) -> None:
        if self._said[i] or self._said[j]:
            said = dict.fromkeys((note, *self._said[i], *self._said[j]))
            note = "; ".join(words for words in said if words)
        places = [(i, j), (j, i)] if self._symmetric else [(i, j)]
        for place in places:
            for name, value in values.items():
                self.values[name][place] = value
            self.counts["n"][place], self.counts["excluded"][place] = n, excluded
            if note:
                self.notes[place] = note
