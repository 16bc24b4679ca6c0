"""What an album knows of one pair of channels, while their planes come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._differences import Differences, Page
from ._jointcounts import JointCounts
from ._kinds import KINDS
from ._outlines import Area
from .moments import Moments, merge
from .sums import moments

Pair = tuple[Any, Any]
"""Channels compared, from 1; (None, None) where the images have none."""

_MAPS = KINDS[1:3]


class Channels:
    """Planes of one channel pair.

    Attributes
    ----------
    pairs : JointCounts or None
        For the scatter.
    moments : Moments or None
        Of the same pixels.
    differences : Differences or None
        For the maps.
    """

    def __init__(self, kinds: Sequence[str], folder: Path, dtypes: Any) -> None:
        self.pairs = JointCounts(dtypes) if "scatter" in kinds else None
        self.moments: Moments | None = None
        mapped = any(kind in _MAPS for kind in kinds)
        self.differences = Differences(folder) if mapped else None
        self._planes = 0
        self._regions = 0
        self._masked = False

    def add(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        area: Area,
        mask: NDArray[np.bool_] | None,
        page: Page,
    ) -> None:
        """Take one plane of each image."""
        self._planes += 1
        self._regions = max(self._regions, len(area.outlines))
        self._masked |= mask is not None
        if self.differences is not None:
            self.differences.add(x, y, page)
        if self.pairs is not None:
            inside = area.inside
            if mask is not None:
                inside = mask if inside is None else mask & inside
            self.pairs.add(x, y, inside)
            self.moments = merge(self.moments, moments(x, y, inside))

    @property
    def where(self) -> str:
        """Which pixels a scatter shows, in words."""
        words = "Pixels"
        if self._regions:
            words += f" in {self._regions} region{'' if self._regions == 1 else 's'}"
        elif not self._masked:
            words += " of the whole image"
        if self._masked:
            words += ", inside the mask"
        if self._planes > 1:
            words += f", of {self._planes} planes"
        return words
