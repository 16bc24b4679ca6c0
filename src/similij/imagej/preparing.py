"""Backgrounds and blurs of images that ImageJ sends plane by plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..ground.types import Array
from ..measure.task import Task
from ..preparation.background import Backgrounds
from .checks import DTYPES, SIGNED


class Preparing:
    """What is done to the planes of a run before they are compared.

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
        self._asked = task.preparation
        self._several = planes > 1
        self._said = False
        if self._asked is None:
            return
        first, second = (
            np.dtype(np.int16 if kind == SIGNED else DTYPES[kind]) for kind in kinds
        )
        task.types = (first, second)
        self._backgrounds = Backgrounds(self._asked.background, task.types)

    @property
    def looks(self) -> bool:
        """Whether a pass is for the numbers to subtract, and not yet compared."""
        known = self._asked is None or self._backgrounds.known
        return self._several and not known

    def look(self, x: Array, y: Array) -> None:
        """Look at a plane of both images."""
        self._backgrounds.add(x, y)

    def end_pass(self) -> None:
        """Finish a pass of looking."""
        self._backgrounds.end_pass()

    def applied(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Planes as they are compared; new ones, where anything is done to them."""
        if self._asked is None:
            return x, y
        while not self._backgrounds.known:
            self.look(x, y)
            self.end_pass()
        values = self._backgrounds.values
        if not self._said:
            self._task.notes = (*self._task.notes, self._asked.note(values))
            self._said = True
        return self._asked.applied(x, y, values)
