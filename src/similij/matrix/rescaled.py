"""Rescale each of many images once, rather than once for every pair it is in.

That is possible for percentiles and z-scores, whose scales are an image's own; rescaled
images then go through the product of matrices, too. A linear fit is of two images, so
that each pair has its own: not here.
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
    """Tell whether the scale of an image does not depend on its partner."""
    return isinstance(how, Percentiles) or how.word == "zscore"


class RescaledStack:
    """Images of a stack, each brought to its scale in one region.

    Parameters
    ----------
    stack : ImageStack
        The images: finite, or what is made of them is not used.
    how : Percentiles or Standard
        How they are rescaled; one for which `is_own` holds.
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
        """Return image k's rescaled pixels in a tile; unchanged where it has no scale.

        A constant image has none. Its pairs get the reason in `pair`, and its pixels
        must only not spoil the product of matrices for the others.
        """
        scales, values = self._scales[k], self._stack.pixels(k, tile)
        return values if scales.reason else scales.scaled_first(values)

    def pair(
        self, i: int, j: int, plain: Moments, rescaled: Moments | None
    ) -> RescaledPair:
        """Return images i and j as a rescaled pair.

        Parameters
        ----------
        i, j : int
            Numbers of the images.
        plain : Moments
            Moments of the pair as it is.
        rescaled : Moments or None
            Moments of the rescaled pair; None: they are summed up here.
        """
        scales: Scales
        if isinstance(self._how, Standard):
            scales = ByMoments(self._how)
            scales.take(plain)
        else:
            scales = self._between(i, j)
        if scales.reason:
            rescaled = None
        elif rescaled is None:
            for tile in self._tiles():
                of_tile = moments(self.pixels(i, tile), self.pixels(j, tile))
                rescaled = merge(rescaled, of_tile)
        return RescaledPair.known(self._how, scales, rescaled)

    def _scale(self, k: int) -> Scales:
        """Find the scale of an image, as that of a pair of it with itself."""

        def parts() -> Iterator[Array]:
            return (self._stack.pixels(k, tile) for tile in self._tiles())

        if isinstance(self._how, Percentiles):
            dtype = self._stack.arrays[k].dtype.newbyteorder("=")
            statistics = OrderStatistics(dtype, self._how)
            self._limits.append(limits_of(statistics, parts, self._size))
            return self._between(k, k)
        of_image: Moments | None = None
        for part in parts():
            of_image = merge(of_image, moments(part, part))
        scales = ByMoments(self._how)
        if of_image is not None:
            scales.take(of_image)
        return scales

    def _between(self, i: int, j: int) -> ByPercentiles:
        """Join the limits of two images, each of which was looked through once."""
        assert isinstance(self._how, Percentiles)
        types = (self._stack.arrays[k].dtype for k in (i, j))
        scales = ByPercentiles(self._how, *types)
        scales.take(self._limits[i], self._limits[j])
        return scales
