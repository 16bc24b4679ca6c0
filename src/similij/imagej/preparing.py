"""Subtract backgrounds of, and blur, images that ImageJ sends plane by plane.

A percentile or the mean of a region is known when all planes have been seen, and no
side holds them all: so ImageJ is asked to send them again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..ground.types import Array
from ..measure.task import Task
from ..preparation.background import Backgrounds
from .checks import DTYPES, SIGNED


class Preparing:
    """Prepare the planes of a run before they are compared.

    Planes are looked at first where the numbers to subtract are not known: a plane that
    is all there is as it comes, several in passes of their own.

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
        if self._preparation is None:
            return
        first, second = (
            np.dtype(np.int16 if kind == SIGNED else DTYPES[kind]) for kind in kinds
        )
        task.types = (first, second)
        self._backgrounds = Backgrounds(self._preparation.background, task.types)

    @property
    def looks(self) -> bool:
        """Whether a pass is for the numbers to subtract, and not yet compared."""
        ready = self._preparation is None or self._backgrounds.known
        return self._several and not ready

    def look(self, x: Array, y: Array) -> None:
        """Look at a plane of both images."""
        self._backgrounds.add(x, y)

    def end_pass(self) -> None:
        """Finish a pass of looking."""
        self._backgrounds.end_pass()

    def applied(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return planes as they are compared: new ones, if anything is done to them."""
        if self._preparation is None:
            return x, y
        # A single plane is here already: it is looked at as often as it takes, without
        # a message for each pass.
        while not self._backgrounds.known:
            self.look(x, y)
            self.end_pass()
        values = self._backgrounds.values
        if not self._noted:
            self._task.notes = (*self._task.notes, self._preparation.note(values))
            self._noted = True
        return self._preparation.applied(x, y, values)
