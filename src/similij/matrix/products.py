"""Sum the moments of all pairs of many images, by one product of matrices a tile.

A tile is a matrix of the same pixels of every image, a row for each; its product with
its own transpose (BLAS) has the sums of products of all pairs. 8- and 16-bit integers
are multiplied as float64, in which every partial sum of a tile is an integer below 2^53
and so exact in whatever order BLAS adds; the sums of tiles are then added as integers.
Floats are taken about the mean of each image in the tile and merged as Chan, Golub and
LeVeque (1983, doi:10.1080/00031305.1983.10483115) merge moments.

Σ(x-y)² of floats follows from those sums, but loses digits where two images are much
more alike than they vary. For such pairs `of` returns None, as for those of images with
NaN or infinite pixels: their moments must be worked out from their pixels.

200 images of a megapixel, 19,900 pairs: R and RMSD take 1.5 to 1.9 times the bare
product in BLAS, where one pair after the other takes 8 to 14 times as long
(bench/README.md, "All pairs of many images").
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
"""Share of the squares it is the difference of, below which Σ(x-y)² has lost digits."""

_FLUSH = 1 << 30
"""Pixels after which sums of products of 32 bits leave the 63 bits of an integer."""

_BITS = 16
"""Widest integers whose products a float64 sums exactly, 2^21 of them and more."""


def sums_of(stack: ImageStack, differences: bool) -> IntegerGram | FloatGram | None:
    """Return sums that take tiles of these images; None where there is no such way.

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
        distances = None
        if differences:
            distances = Distances(len(stack), np.result_type(*kinds))
        return IntegerGram(len(stack), distances)
    return FloatGram(len(stack), differences)


def _rows(stack: ImageStack | RescaledStack, tile: Tile, beside: int = 0) -> Array:
    """Lay out a tile as a matrix in float64: images × pixels, and some rows of ones."""
    matrix = np.empty((len(stack) + beside, tile.size))
    for k in range(len(stack)):
        matrix[k] = stack.pixels(k, tile)
    matrix[len(stack) :] = 1
    return matrix


def _in_bands(matrix: Array, loop: Callable[..., None], out: Array) -> None:
    """Add the sums of all pairs of a tile to `out`, on all threads."""
    images = len(matrix)
    # Image i is compared with those after it, so the first have the most to do: bands
    # of equal numbers of images would leave all threads waiting for the first.
    ends = [images - images * math.sqrt(1 - k / 8) for k in range(9)]
    bands = [(int(a), int(b)) for a, b in pairwise(ends)]
    filled = [band for band in bands if band[1] > band[0]]
    pieces = filled if threads() > 1 else [(0, images)]
    on_threads(lambda band: loop(matrix, *band, out), pieces)


class Distances:
    """Sum |x-y| of all pairs of images of 8 or 16 bits, exactly.

    Unlike the squares it does not follow from products. The loops add whole vectors:
    |x-y| itself of 8 bits, for which processors have an instruction; of 16 bits the
    lower of both, as |x-y| = x + y - 2·min(x, y).
    """

    def __init__(self, images: int, dtype: np.dtype[Any]) -> None:
        self._sums = np.zeros((images, images), np.int64)
        self._dtype = dtype if dtype.itemsize <= _BITS // 8 else np.dtype(np.float32)
        if vector_loops() is None:
            self._dtype = np.dtype(np.float32)
        elif self._dtype in (np.bool_, np.int8):
            self._dtype = np.dtype(np.uint8 if dtype == np.bool_ else np.int16)

    def add(self, stack: ImageStack, tile: Tile) -> None:
        """Add the distances of a tile."""
        matrix = np.empty((len(stack), tile.size), self._dtype)
        for row, image in zip(matrix, stack.arrays, strict=True):
            row[:] = tile(image)
        if self._dtype == np.float32:
            of_tile = np.zeros(self._sums.shape)
            _in_bands(matrix, absolute, of_tile)  # exact in float64, of a tile
            self._sums += of_tile.astype(np.int64)
            return
        from ..moments.kernels.all_pairs import distances_8bit, lower_16bit

        if self._dtype == np.uint8:
            _in_bands(matrix, distances_8bit, self._sums)
            return
        # There is one loop for 16 bits, of signed integers. x - 2^15 has the bits of x
        # but for the first, and is the lower of two where x is.
        if self._dtype == np.uint16:
            matrix ^= np.uint16(1 << 15)
        _in_bands(matrix.view(np.int16), lower_16bit, self._sums)

    def of(self, i: int, j: int, n: int, sum_x: int, sum_y: int) -> int:
        """Return Σ|x-y| of images i and j, of n pixels and these sums."""
        if i == j:
            return 0
        total = int(self._sums[min(i, j), max(i, j)])
        if self._dtype in (np.float32, np.uint8):
            return total
        origin = n << 15 if self._dtype == np.uint16 else 0
        return sum_x + sum_y - 2 * (total + origin)


class IntegerGram:
    """Sum the products of all pairs of images of 8 or 16 bits, exactly."""

    def __init__(self, images: int, distances: Distances | None) -> None:
        # A row of ones beside the images: its products are the sums and the number of
        # pixels, for the price of one image more.
        self._products: Any = np.zeros((images + 1, images + 1), np.int64)
        self._distances = distances
        self._since = 0

    def add(self, stack: ImageStack, tile: Tile) -> None:
        """Add the products of a tile."""
        matrix = _rows(stack, tile, 1)
        # Python's integers have no end, but adding them is slow: they take over only
        # where 63 bits could overflow.
        if self._since + tile.size > _FLUSH:
            self._products = self._products.astype(object)
            self._since = 0
        self._products = self._products + (matrix @ matrix.T).astype(np.int64)
        self._since += tile.size
        if self._distances is not None:
            self._distances.add(stack, tile)

    def of(self, i: int, j: int) -> Moments | None:
        """Return the moments of images i and j."""
        xy = int(self._products[i, j])
        xx, yy = int(self._products[i, i]), int(self._products[j, j])
        n, sum_x, sum_y = (int(self._products[-1, k]) for k in (-1, i, j))
        if self._distances is None:
            # Metrics that need no Σ|x-y| ask only whether there is a difference.
            differ = int(xx + yy - 2 * xy > 0)
        else:
            differ = self._distances.of(i, j, n, sum_x, sum_y)
        return IntegerMoments(n, sum_x, sum_y, xx, yy, xy, differ)


class FloatGram:
    """Sum the moments of all pairs of images of floats, or of floats and integers."""

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
        """Merge the moments of a tile."""
        matrix = _rows(stack, tile, 1)
        images = matrix[:-1]
        with np.errstate(invalid="ignore", over="ignore"):
            mean = images.sum(axis=1) / tile.size
        # An image with a NaN or infinity takes no part from here on. Its sum tells,
        # without a second look at every pixel.
        self._clean &= np.isfinite(mean)
        images[~self._clean], mean[~self._clean] = 0, 0
        if self._absolute is not None:
            _in_bands(images, absolute, self._absolute)
        if self._n == 0:
            self._origin, self._only = mean, images[:, 0].copy()
        if not self._varies.all():
            self._varies |= (images != self._only[:, None]).any(axis=1)
        images -= mean[:, None]
        products = matrix @ matrix.T
        rest = products[-1, :-1] / tile.size  # what rounding left of the means
        n = self._n + tile.size
        share = tile.size / n
        apart = (mean - self._origin) + rest - self._offset
        self._products += products[:-1, :-1] - np.multiply.outer(rest, rest) * tile.size
        self._products += np.multiply.outer(apart, apart) * (self._n * share)
        self._offset += apart * share
        self._n = n

    def of(self, i: int, j: int) -> Moments | None:
        """Return the moments of images i and j; None where they are not good enough."""
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
        # Without this sum, metrics ask only whether there is a difference: there is.
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
