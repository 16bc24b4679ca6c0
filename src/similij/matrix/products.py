"""Moments of all pairs of many images, from one product of matrices a tile.

A tile is a matrix of the same pixels of every image, a row for each; its product with
its own transpose (BLAS) has the sums of products of all pairs. 8- and 16-bit integers
are multiplied as float64, in which every partial sum of a tile is an integer below 2^53
and so exact in whatever order BLAS adds; the sums of tiles are then added as integers.
Floats are taken about the mean of each image in the tile and merged as Chan, Golub and
LeVeque (1983, doi:10.1080/00031305.1983.10483115) merge moments.

Σ(x-y)² of floats follows from those sums, but loses digits where two images are much
more alike than they vary. Such pairs are not `good`, nor are those of images with NaN
or infinite pixels: their moments must be worked out from their pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.types import Array
from ..moments.kernels.all_pairs import absolute
from ..moments.kernels.choice import vector_loops
from ..moments.kernels.parts import on_threads, threads
from ..moments.moments import FloatMoments, IntegerMoments, Moments
from .stack import ImageStack, Tile

if TYPE_CHECKING:
    from .rescaled import RescaledStack


_SHARE = 1e-2
"""Σ(x-y)² below this share of the squares it is the difference of has lost digits."""

_FLUSH = 1 << 30
"""Pixels after which sums of products of 32 bits leave the 63 bits of an integer."""

_BITS = 16
"""Widest integers whose products a float64 sums exactly, 2^21 of them and more."""


def sums_of(stack: ImageStack, differences: bool) -> IntegerGram | FloatGram | None:
    """Return what adds up tiles of these images; None where there is no such way.

    Parameters
    ----------
    stack : ImageStack
        The images.
    differences : bool
        Whether Σ|x-y| is wanted, too.
    """
    kinds = {array.dtype for array in stack.arrays}
    integers = [k for k in kinds if k.kind != "f"]
    if any(8 * k.itemsize > _BITS for k in integers):
        return None  # their products are not exact in float64
    if len(integers) == len(kinds):
        wanted = None
        if differences:
            wanted = Distances(len(stack), np.result_type(*kinds))
        return IntegerGram(len(stack), wanted)
    return FloatGram(len(stack), differences)


def _rows(stack: ImageStack | RescaledStack, tile: Tile, beside: int = 0) -> Array:
    """Matrix of a tile, in float64: images × pixels, and some rows of ones."""
    matrix = np.empty((len(stack) + beside, tile.size))
    for k in range(len(stack)):
        matrix[k] = stack.pixels(k, tile)
    matrix[len(stack) :] = 1
    return matrix


def _in_bands(matrix: Array, loop: Callable[..., None], out: Array) -> None:
    """Add the sums of all pairs of a tile to `out`, on all threads."""
    images = len(matrix)
    # image i is held against those after it, so the first have the most to do
    ends = [images - images * math.sqrt(1 - k / 8) for k in range(9)]
    bands = [(int(a), int(b)) for a, b in pairwise(ends)]
    wanted = [band for band in bands if band[1] > band[0]]
    pieces = wanted if threads() > 1 else [(0, images)]
    on_threads(lambda band: loop(matrix, *band, out), pieces)


class Distances:
    """Σ|x-y| of all pairs of images of 8 or 16 bits, exactly."""

    def __init__(self, images: int, dtype: np.dtype[Any]) -> None:
        self._sums = np.zeros((images, images), np.int64)
        self._dtype = dtype if dtype.itemsize <= _BITS // 8 else np.dtype(np.float32)
        if vector_loops() is None:
            self._dtype = np.dtype(np.float32)
        elif self._dtype in (np.bool_, np.int8):
            self._dtype = np.dtype(np.uint8 if dtype == np.bool_ else np.int16)

    def add(self, stack: ImageStack, tile: Tile) -> None:
        """Take a tile."""
        matrix = np.empty((len(stack), tile.size), self._dtype)
        for row, image in zip(matrix, stack.arrays, strict=True):
            row[:] = tile(image)
        if self._dtype == np.float32:
            found = np.zeros(self._sums.shape)
            _in_bands(matrix, absolute, found)  # exact in float64, of a tile
            self._sums += found.astype(np.int64)
            return
        from ..moments.kernels.all_pairs import distances_8bit, lower_16bit

        if self._dtype == np.uint8:
            _in_bands(matrix, distances_8bit, self._sums)
            return
        if self._dtype == np.uint16:  # less 2^15, the same bits but for the first
            matrix ^= np.uint16(1 << 15)
        _in_bands(matrix.view(np.int16), lower_16bit, self._sums)

    def of(self, i: int, j: int, n: int, sum_x: int, sum_y: int) -> int:
        """Σ|x-y| of images i and j, of n pixels and these sums."""
        if i == j:
            return 0
        found = int(self._sums[min(i, j), max(i, j)])
        if self._dtype in (np.float32, np.uint8):
            return found
        origin = n << 15 if self._dtype == np.uint16 else 0
        return sum_x + sum_y - 2 * (found + origin)


class IntegerGram:
    """Exact sums of all pairs of images of 8 or 16 bits."""

    def __init__(self, images: int, distances: Distances | None) -> None:
        # with those of a row of ones, which are the sums and the number of pixels
        self._products: Any = np.zeros((images + 1, images + 1), np.int64)
        self._distances = distances
        self._since = 0

    def add(self, stack: ImageStack, tile: Tile) -> None:
        """Take a tile."""
        matrix = _rows(stack, tile, 1)
        if self._since + tile.size > _FLUSH:
            self._products = self._products.astype(object)
            self._since = 0
        self._products = self._products + (matrix @ matrix.T).astype(np.int64)
        self._since += tile.size
        if self._distances is not None:
            self._distances.add(stack, tile)

    def of(self, i: int, j: int) -> Moments | None:
        """Moments of images i and j."""
        xy = int(self._products[i, j])
        xx, yy = int(self._products[i, i]), int(self._products[j, j])
        n, sum_x, sum_y = (int(self._products[-1, k]) for k in (-1, i, j))
        if self._distances is None:
            # the metrics that do not need it ask only whether there is a difference
            differ = int(xx + yy - 2 * xy > 0)
        else:
            differ = self._distances.of(i, j, n, sum_x, sum_y)
        return IntegerMoments(n, sum_x, sum_y, xx, yy, xy, differ)


class FloatGram:
    """Moments of all pairs of images of floats, or of floats and integers."""

    def __init__(self, images: int, differences: bool) -> None:
        shape = (images, images)
        self._n = 0
        self._origin = np.zeros(images)
        self._offset = np.zeros(images)
        self._products = np.zeros(shape)
        self._absolute = np.zeros(shape) if differences else None
        self._only = np.zeros(images)
        self._varies = np.zeros(images, bool)
        self._clean = np.ones(images, bool)

    def add(self, stack: ImageStack | RescaledStack, tile: Tile) -> None:
        """Take a tile."""
        matrix = _rows(stack, tile, 1)
        images = matrix[:-1]
        with np.errstate(invalid="ignore", over="ignore"):
            mean = images.sum(axis=1) / tile.size
        # images that are not clean take no part, and must not spoil the others
        self._clean &= np.isfinite(mean)
        images[~self._clean], mean[~self._clean] = 0, 0
        if self._absolute is not None:
            _in_bands(images, absolute, self._absolute)
        if self._n == 0:
            self._origin, self._only = mean, images[:, 0].copy()
        if not self._varies.all():
            self._varies |= (images != self._only[:, None]).any(axis=1)
        images -= mean[:, None]
        found = matrix @ matrix.T
        rest = found[-1, :-1] / tile.size  # what rounding left of the means
        n = self._n + tile.size
        share = tile.size / n
        apart = (mean - self._origin) + rest - self._offset
        self._products += found[:-1, :-1] - np.multiply.outer(rest, rest) * tile.size
        self._products += np.multiply.outer(apart, apart) * (self._n * share)
        self._offset += apart * share
        self._n = n

    def of(self, i: int, j: int) -> Moments | None:
        """Moments of images i and j; None where they are not good enough."""
        if not (self._clean[i] and self._clean[j] and self._n):
            return None
        m2_x, m2_y = self._products[i, i], self._products[j, j]
        c_xy = self._products[i, j]
        apart = self._origin[i] - self._origin[j] + self._offset[i] - self._offset[j]
        between = self._n * apart * apart
        square = m2_x + m2_y - 2 * c_xy + between
        lost = not square > _SHARE * (m2_x + m2_y + between)
        if not math.isfinite(square) or (lost and i != j):
            return None
        low, high = min(i, j), max(i, j)
        # without the sum, the metrics ask only whether there is a difference: there is
        total = 1.0 if self._absolute is None else float(self._absolute[low, high])
        if i == j:  # an image and itself differ by nothing, whatever rounding says
            square, total = 0.0, 0.0
        constant = [
            math.nan if self._varies[k] else float(self._only[k]) for k in (i, j)
        ]
        return FloatMoments(
            n=self._n,
            origin_x=float(self._origin[i]),
            origin_y=float(self._origin[j]),
            offset_x=float(self._offset[i]),
            offset_y=float(self._offset[j]),
            m2_x=float(m2_x),
            m2_y=float(m2_y),
            c_xy=float(c_xy),
            sum_abs=total,
            sum_sq=float(square),
            only_x=constant[0],
            only_y=constant[1],
        )
