"""Hold label images that come in parts: blocks of dask, or planes from ImageJ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError
from ..ground.types import Array
from .labels import LabelImage

_ROWS = 1 << 16
"""Labels that there is room for: all of 16 bits, since the largest label of planes that
are still to come is not known."""


class LabelPlanes:
    """Labels whose planes come one by one: a `LabelImage` of the plane that came last.

    It has what the tally of labels (`similij.measure`) needs, and no more.

    Parameters
    ----------
    height, width : int
        Size of every plane.
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
        """Return the plane: labels are rows of a table; see `LabelImage.indexed`."""
        return self._plane, None, _ROWS

    def block(self, shape: tuple[int, ...], origin: Sequence[int]) -> NDArray[Any]:
        """Cut out what belongs to a block; see `LabelImage.block`."""
        top, left = origin[-2:]
        height, width = shape[-2:]
        part: Array = self._plane[top : top + height, left : left + width]
        return part

    @property
    def present(self) -> Array:
        """The number of pixels of each label in all planes so far, background too."""
        assert self._counts is not None  # asked for where there is a mask
        counts: Array = self._counts.copy()
        return counts


@dataclass(eq=False)
class LazyLabels(LabelImage):
    """A label image whose pixels are not read yet: its type, size and axes.

    What needs all of its pixels at once is refused, with the way to load them.

    Attributes
    ----------
    labels : dask array of int
        Labels, of two or more dimensions, (y, x) last. Leading axes broadcast to the
        images'.
    """

    def __post_init__(self) -> None:
        kind, axes = self.labels.dtype.kind, self.labels.ndim
        if kind not in "uif" or axes < 2:  # noqa: PLR2004 - (y, x)
            raise RegionError(
                f"The label image is of type {self.labels.dtype} and has {axes} "
                "dimension(s): labels are whole numbers, with the axes (y, x). A mask "
                "is passed as mask=..."
            )

    def single_plane(self) -> NDArray[Any]:
        """Refuse; see `LabelImage.single_plane`."""
        self._refuse()

    def block(self, shape: tuple[int, ...], origin: Any) -> NDArray[Any]:
        """Refuse; see `LabelImage.block`."""
        self._refuse()

    def indexed(self, *, surely: bool = False) -> tuple[Any, Any, int]:
        """Refuse; see `LabelImage.indexed`."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise RegionError(
            "The label image comes in parts (dask), and a background row, rescaling, "
            "pictures and a list of labels need it whole: load it with .compute()."
        )
