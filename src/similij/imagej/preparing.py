"""Align, subtract backgrounds of, and blur, images that ImageJ sends plane by plane.

A percentile or the mean of a region is known when all planes have been seen, and no
side holds them all: so ImageJ is asked to send them again. Where images are aligned,
the planes of a comparison are held, as a motion is of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array
from ..images.pair import Pair
from ..measure.preparing import measured, moves_first, prepared, shown
from ..measure.task import Task
from ..metrics.registry import MOST_KEPT
from ..preparation.background import Backgrounds
from .checks import dtype_of

if TYPE_CHECKING:
    from ..spatial.align import Alignment


class Preparing:
    """Prepare the planes of a run before they are compared.

    Planes are looked at first where the numbers to subtract, or the motion, are not
    known: a plane that is all there is as it comes, several in passes of their own.

    Parameters
    ----------
    task : Task
        What is asked; its types are set, and its notes once the numbers are known.
    kinds : sequence of str
        Of the pixels of both images, as ImageJ words them.
    planes : int
        How many there are of each.
    """

    def __init__(self, task: Task, kinds: Sequence[str], planes: int) -> None:
        self._task = task
        self._preparation = task.preparation
        self._several = planes > 1
        self._noted = False
        self._whole = None if task.question.align is None else WholeImages(task, planes)
        if self._preparation is None and self._whole is None:
            return
        first, second = map(dtype_of, kinds)
        task.types = (first, second)
        if self._preparation is not None:
            ways = self._preparation.background
            self._backgrounds = Backgrounds(ways, task.types)

    @property
    def looks(self) -> bool:
        """Whether a pass is for what must be known first, and not yet compared."""
        if self._whole is not None:
            return self._several and not self._whole.known
        ready = self._preparation is None or self._backgrounds.known
        return self._several and not ready

    def look(
        self, x: Array, y: Array, mask: Array | None, at: Mapping[str, int]
    ) -> None:
        """Look at a plane of both images, and of the mask, and at where it lies."""
        if self._whole is not None:
            self._whole.add(x, y, mask, at)
        else:
            self._backgrounds.add(x, y)

    def end_pass(self) -> None:
        """Finish a pass of looking."""
        if self._whole is not None:
            self._whole.prepare()
        else:
            self._backgrounds.end_pass()

    def applied(
        self, x: Array, y: Array, mask: Array | None, at: Mapping[str, int]
    ) -> tuple[Array, Array, Array | None]:
        """Return planes as they are compared: new ones, if anything is done to them."""
        if self._whole is not None:
            if not self._whole.known:  # a single plane, which is here already
                self._whole.add(x, y, mask, at)
                self._whole.prepare()
            return self._whole.next()
        if self._preparation is None:
            return x, y, mask
        # A single plane is here already: it is looked at as often as it takes, without
        # a message for each pass.
        while not self._backgrounds.known:
            self.look(x, y, mask, at)
            self.end_pass()
        values = self._backgrounds.values
        if not self._noted:
            self._task.notes = (*self._task.notes, self._preparation.note(values))
            self._noted = True
        return *self._preparation.applied(x, y, values), mask

    def shown(
        self, x: Array, y: Array, mask: Array | None
    ) -> tuple[Array, Array, Array | None]:
        """Return planes as pictures show them: moved, but as bright as they are."""
        return (x, y, mask) if self._whole is None else self._whole.shown()


class WholeImages:
    """Hold all planes of a comparison, and align them once all are here.

    Parameters
    ----------
    task : Task
        What is asked; it is told what was done.
    planes : int
        How many there are of each image.
    """

    def __init__(self, task: Task, planes: int) -> None:
        self._task, self._count = task, planes
        self._planes: list[tuple[Array, Array, Array | None]] = []
        self._at: dict[str, set[int]] = {}
        self._raw: Pair | None = None
        self._pair: Pair | None = None
        self._motion: Alignment | None = None
        self._shown: Pair | None = None
        self._next = 0

    @property
    def known(self) -> bool:
        """Whether the images are aligned, or are known not to be."""
        return self._pair is not None

    def add(
        self, x: Array, y: Array, mask: Array | None, at: Mapping[str, int]
    ) -> None:
        """Take a plane of both images, whose memory is used for the next one.

        Raises
        ------
        ImageError
            If there are more than can be held.
        """
        if self._count * x.size > MOST_KEPT:
            raise ImageError(
                f"align={self._task.question.align} needs all planes in memory at "
                f"once, and these have more than {MOST_KEPT:,} pixels: compare each "
                "plane (Stack: Each plane), or leave align out."
            )
        kept = None if mask is None else mask.copy()
        self._planes.append((x.copy(), y.copy(), kept))
        for axis, place in at.items():
            self._at.setdefault(axis, set()).add(place)

    def prepare(self) -> None:
        """Align the planes that are here, and do to them what else is asked."""
        x, y, masks = zip(*self._planes, strict=True)
        self._planes = []
        axes = [(axis, len(places)) for axis, places in self._at.items()]
        mask = None if masks[0] is None else np.stack([*masks])
        pair = Pair(np.stack(x), np.stack(y), mask, self._task.names, tuple(axes))
        self._raw, self._motion = pair, measured(pair, self._task.question)
        self._pair, done = prepared(pair, self._task, self._motion)
        for name in ("notes", "motion", "refused", "untold"):
            setattr(self._task, name, getattr(done, name))

    def next(self) -> tuple[Array, Array, Array | None]:
        """Return the next plane as it is compared; after the last comes the first."""
        assert self._pair is not None  # prepared by now
        self._next = self._next % self._count + 1
        return _plane(self._pair, self._next - 1)

    def shown(self) -> tuple[Array, Array, Array | None]:
        """Return the plane that `next` gave as pictures show it."""
        assert self._raw is not None  # prepared by now
        if self._motion is None:
            return _plane(self._raw, self._next - 1)
        if self._shown is None:
            first = moves_first(self._task.question)
            self._shown = shown(self._raw, self._motion, first)
        return _plane(self._shown, self._next - 1)


def _plane(pair: Pair, k: int) -> tuple[Array, Array, Array | None]:
    return pair.x[k], pair.y[k], None if pair.mask is None else pair.mask[k]
