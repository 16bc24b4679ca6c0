"""A label image of which one plane is here at a time, as ImageJ sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._labels import LabelImage
from ._roifiles import RegionError
from .sums import Array

_ROWS = 1 << 16
"""Labels that there is room for: all of 16 bits."""


class LabelPlanes:
    """What `LabelTally` asks of a `LabelImage`, of the plane that came last.

    Parameters
    ----------
    height, width : int
        Of every plane.
    count : bool
        Whether to count the pixels of each label as planes come, which is needed where
        a mask may leave a label without any.
    """

    def __init__(self, height: int, width: int, *, count: bool = False) -> None:
        self._shape = (height, width)
        self._plane: Array = np.zeros((0, 0), np.uint16)
        self._counts: Array | None = np.zeros(_ROWS, np.int64) if count else None

    def show(self, plane: Array) -> None:
        """Take the next plane, (y, x), of whole numbers from 0 to 65535.

        Raises
        ------
        RegionError
            If a label is not whole, below 0, or larger.
        """
        self._plane = LabelImage(plane).labels
        high = int(self._plane.max()) if self._plane.size else 0
        low = int(self._plane.min()) if self._plane.size else 0
        if not 0 <= low <= high < _ROWS:
            raise RegionError(
                f"The label image has the label {low if low < 0 else high}: in a stack "
                f"labels are from 1 to {_ROWS - 1}, and 0 is background. Number the "
                "objects anew, or compare plane by plane."
            )
        if self._counts is not None:
            self._counts += np.bincount(self._plane.reshape(-1), minlength=_ROWS)

    def check(self, height: int, width: int) -> None:
        """Refuse images of another size; see `LabelImage.check`."""
        LabelImage(np.broadcast_to(np.uint8(0), self._shape)).check(height, width)

    def single_plane(self) -> Array:
        """Refuse, since there are several planes; see `LabelImage.single_plane`."""
        raise RegionError(
            "The label image has several planes, and what is asked for needs all "
            "pixels of a label together: compare plane by plane."
        )

    def indexed(self, *, surely: bool = False) -> tuple[Any, Any, int]:
        """Labels are rows of a table as they are; see `LabelImage.indexed`."""
        return self._plane, None, _ROWS

    def block(self, shape: tuple[int, ...], origin: Sequence[int]) -> NDArray[Any]:
        """Part of the plane that belongs to a block; see `LabelImage.block`."""
        top, left = origin[-2:]
        height, width = shape[-2:]
        part: Array = self._plane[top : top + height, left : left + width]
        return part

    @property
    def present(self) -> Array:
        """Pixels of each label in all planes so far, the background's too."""
        assert self._counts is not None  # asked for where there is a mask
        counts: Array = self._counts.copy()
        return counts
