"""Many images, each rescaled once by its own pixels rather than once for every pair.

For percentiles and z-scores, whose scales are an image's own. A linear fit is of two
images, so that each pair has its own: not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..ground.types import Array
from ..moments.moments import Moments, merge
from ..moments.of_arrays import moments
from ..moments.percentiles import OrderStatistics, Percentiles
from ..preparation.rescale import RescaledPair, Rescaling
from ..preparation.scales import ByMoments, ByPercentiles, Scales, Standard, limits_of
from .stack import ImageStack, Tile


def is_own(how: Rescaling) -> bool:
    """Whether the scale of an image does not depend on its partner."""
    return isinstance(how, Percentiles) or how.word == "zscore"


class RescaledStack:
    """Images of a stack, each brought to its scale in one region.

    Parameters
    ----------
    stack : ImageStack
        The images: finite, or what is made of them is not used.
    how : Percentiles or Standard
        What is done to them; `is_own` of it holds.
    tiles : callable
        Returns the tiles of the region, to walk through them again.
    """

    def __init__(
        self, stack: ImageStack, how: Rescaling, tiles: Callable[[], Iterator[Tile]]
    ) -> None:
        self._stack, self._how, self._tiles = stack, how, tiles
        self._size = sum(tile.size for tile in tiles())
        self._limits: list[list[object]] = []
        self._scales = [self._scale(k) for k in range(len(stack))]

    def __len__(self) -> int:
        return len(self._stack)

    def pixels(self, k: int, tile: Tile) -> Array:
        """Rescaled pixels of image k in a tile; as they are where they cannot be."""
        scales, values = self._scales[k], self._stack.pixels(k, tile)
        return values if scales.reason else scales.scaled_first(values)

    def pair(
        self, i: int, j: int, plain: Moments, known: Moments | None
    ) -> RescaledPair:
        """Images i and j.

        Parameters
        ----------
        i, j : int
            Which.
        plain : Moments
            Of the pair as it is.
        known : Moments or None
            Of the rescaled pair; None: they are summed up here.
        """
        scales: Scales
        if isinstance(self._how, Standard):
            scales = ByMoments(self._how)
            scales.take(plain)
        else:
            scales = self._between(i, j)
        if scales.reason:
            known = None
        elif known is None:
            for tile in self._tiles():
                part = moments(self.pixels(i, tile), self.pixels(j, tile))
                known = merge(known, part)
        return RescaledPair.known(self._how, scales, known)

    def _scale(self, k: int) -> Scales:
        """Scale of an image, as that of a pair of it with itself."""

        def blocks() -> Iterator[Array]:
            return (self._stack.pixels(k, tile) for tile in self._tiles())

        if isinstance(self._how, Percentiles):
            dtype = self._stack.arrays[k].dtype.newbyteorder("=")
            statistics = OrderStatistics(dtype, self._how)
            self._limits.append(limits_of(statistics, blocks, self._size))
            return self._between(k, k)
        found: Moments | None = None
        for block in blocks():
            found = merge(found, moments(block, block))
        scales = ByMoments(self._how)
        if found is not None:
            scales.take(found)
        return scales

    def _between(self, i: int, j: int) -> ByPercentiles:
        assert isinstance(self._how, Percentiles)
        types = (self._stack.arrays[k].dtype for k in (i, j))
        scales = ByPercentiles(self._how, *types)
        scales.take(self._limits[i], self._limits[j])
        return scales
