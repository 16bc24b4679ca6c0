"""A label image that is read in parts, as the images are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from numpy.typing import NDArray

from ._labels import LabelImage
from ._roifiles import RegionError


@dataclass(eq=False)
class LazyLabels(LabelImage):
    """What is known of a label image whose pixels are not here: its size and axes.

    Attributes
    ----------
    labels : dask array of int
        Of two or more dimensions, (y, x) last. Leading axes broadcast to the images'.
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
