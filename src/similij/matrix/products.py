"""Sum the moments of all pairs of many images, by one product of matrices a tile.

A tile is a matrix of the same pixels of every image, a row for each; its product with
its own transpose (BLAS) has the sums of products of all pairs. 16-bit integers are
multiplied as float64, in which every partial sum of a tile is an integer below 2^53;
8-bit ones, less 128 if they have no sign, as float32, a thousand pixels at a time,
whose sums are below 2^24. Both are exact in whatever order BLAS adds, and are then
added as integers.
Floats are taken about the mean of each image in the tile and merged as Chan, Golub and
LeVeque (1983, doi:10.1080/00031305.1983.10483115) merge moments.

Σ(x-y)² of floats follows from those sums, but loses digits where two images are much
more alike than they vary. For such pairs `of` returns None, as for those of images with
NaN or infinite pixels: their moments must be worked out from their pixels.

Each thread converts and multiplies a tile of its own, with BLAS limited to that thread
(`blas`), and sums of tiles are added in their order. bench/README.md, "All pairs of
many images", has the times, beside the bare product in BLAS, and what was tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..ground.types import Array
from ..moments.kernels.all_pairs import absolute
from ..moments.kernels.choice import vector_loops
from ..moments.kernels.parts import in_turn, threads
from ..moments.moments import SMALLEST_SQUARE, FloatMoments, IntegerMoments, Moments
from .at_once import correlations, over_roots
from .blas import one_thread
from .stack import ImageStack, Tile

if TYPE_CHECKING:
    from .rescaled import RescaledStack

_Part = TypeVar("_Part")

_SHARE = 1e-2
"""Share of the squares it is the difference of, below which Σ(x-y)² has lost digits."""

_FLUSH = 1 << 30
"""Pixels after which sums of products of 32 bits leave the 63 bits of an integer."""

_HALF = 1 << 7
"""Taken off pixels of 8 bits, so that their products are at most 2^14, ..."""

_EXACT = 1 << 10
"""... and the sums of products of so many integers below 2^24, exact in float32."""

_HELD = 1 << 29
"""Bytes of sums of tiles that are held until they can be added."""

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
        return IntegerGram(len(stack), kinds, differences)
    return FloatGram(len(stack), differences)


class _Scratch:
    """Memory for tiles, kept: new memory costs as much as what is put there."""

    def __init__(self) -> None:
        self._spare: list[Array] = []

    @contextmanager
    def matrix(self, shape: tuple[int, int], dtype: Any) -> Iterator[Array]:
        """Lend a matrix to fill, which no other thread has."""
        size = math.prod(shape)
        memory = self._spare.pop() if self._spare else np.empty(0, dtype)
        if memory.size < size or memory.dtype != dtype:
            memory = np.empty(size, dtype)
        yield memory[:size].reshape(shape)
        self._spare.append(memory)

    def __getstate__(self) -> dict[str, Any]:
        return {"_spare": []}


def _of_tiles(
    work: Callable[[Tile], _Part], tiles: Iterable[Tile], images: int, alone: bool
) -> Iterator[_Part]:
    """Sum tiles on all threads, a tile on each, and return the sums in their order.

    In their order, so that sums of floats do not depend on how many threads there are.
    """
    # As many again as there are threads, so that none waits for the first to end.
    most = min(2 * threads(), max(1, _HELD // (16 * images**2)))
    return map(work, tiles) if alone else in_turn(work, tiles, most)


class Distances:
    """Sum |x-y| of all pairs of images of 8 or 16 bits, exactly.

    Unlike the squares it does not follow from products. The loops add whole vectors:
    |x-y| itself of 8 bits, for which processors have an instruction; of 16 bits the
    lower of both, as |x-y| = x + y - 2·min(x, y).
    """

    def __init__(self, images: int, dtype: np.dtype[Any]) -> None:
        self._sums = np.zeros((images, images), np.int64)
        self._scratch = _Scratch()
        self._dtype = dtype if dtype.itemsize <= _BITS // 8 else np.dtype(np.float32)
        if vector_loops() is None:
            self._dtype = np.dtype(np.float32)
        elif self._dtype in (np.bool_, np.int8):
            self._dtype = np.dtype(np.uint8 if dtype == np.bool_ else np.int16)

    def of_tile(self, stack: ImageStack, tile: Tile) -> Array:
        """Return the distances of a tile, to be added."""
        images = len(stack)
        with self._scratch.matrix((images, tile.size), self._dtype) as matrix:
            for k in range(images):
                matrix[k] = tile(stack.arrays[k])
            if self._dtype == np.float32:
                exact = np.zeros(self._sums.shape)
                absolute(matrix, 0, images, exact)
                return exact.astype(np.int64)
            from ..moments.kernels.all_pairs import distances_8bit, lower_16bit

            sums = np.zeros(self._sums.shape, np.int64)
            if self._dtype == np.uint8:
                distances_8bit(matrix, 0, images, sums)
                return sums
            # There is one loop for 16 bits, of signed integers. x - 2^15 has the bits
            # of x but for the first, and is the lower of two where x is.
            if self._dtype == np.uint16:
                np.bitwise_xor(matrix, np.uint16(1 << 15), out=matrix)
            lower_16bit(matrix.view(np.int16), 0, images, sums)
            return sums

    def add(self, sums: Array) -> None:
        """Add the distances of a tile."""
        self._sums += sums

    def merge(self, other: Distances) -> None:
        """Add the distances of other tiles of the same images."""
        self._sums += other._sums

    def of(self, i: int, j: int, n: int, sum_x: int, sum_y: int) -> int:
        """Return Σ|x-y| of images i and j, of n pixels and these sums."""
        if i == j:
            return 0
        low, high = min(i, j), max(i, j)
        return int(self._from(self._sums[low, high : high + 1], n, sum_x + sum_y)[0])

    def row(self, i: int, n: int, sums: Array) -> Array:
        """Return Σ|x-y| of image i with itself and those after it, of these sums."""
        total = self._from(self._sums[i, i:], n, sums[0] + sums)
        total[0] = 0
        return total

    def _from(self, found: Array, n: int, sums: Any) -> Array:
        """Make Σ|x-y|, as Python's integers, of what a loop has summed."""
        total: Array = found.astype(object)
        if self._dtype not in (np.float32, np.uint8):
            origin = n << 15 if self._dtype == np.uint16 else 0
            total = sums - 2 * (total + origin)
        return total


class IntegerGram:
    """Sum the products of all pairs of images of 8 or 16 bits, exactly."""

    def __init__(
        self, images: int, kinds: set[np.dtype[Any]], differences: bool
    ) -> None:
        # A row of ones beside the images: its products are the sums and the number of
        # pixels, for the price of one image more.
        self._products: Any = np.zeros((images + 1, images + 1), np.int64)
        dtype = np.result_type(*kinds)
        self._distances = Distances(images, dtype) if differences else None
        self._scratch = _Scratch()
        self._narrow = dtype.itemsize == 1
        self._origin = _HALF if self._narrow and np.dtype(np.uint8) in kinds else 0
        self._since = 0

    def add(
        self, stack: ImageStack, tiles: Iterable[Tile], *, alone: bool = False
    ) -> None:
        """Add the sums of tiles, on all threads or on this one alone."""

        def of_tile(tile: Tile) -> tuple[int, Array, Array | None]:
            apart = None
            if self._distances is not None:
                apart = self._distances.of_tile(stack, tile)
            return tile.size, self._of_tile(stack, tile), apart

        each = _of_tiles(of_tile, tiles, len(stack), alone)
        with one_thread():
            for pixels, products, apart in each:
                self._make_room(pixels)
                self._products += products
                if self._distances is not None and apart is not None:
                    self._distances.add(apart)

    def _of_tile(self, stack: ImageStack, tile: Tile) -> Array:
        """Return the products of a tile."""
        shape = (len(stack) + 1, tile.size)
        dtype = np.float32 if self._narrow else np.float64
        sums = np.zeros(self._products.shape, np.int64)
        with self._scratch.matrix(shape, dtype) as matrix:
            matrix[-1] = 1
            for k in range(len(stack)):
                matrix[k] = stack.pixels(k, tile)
                if self._origin:
                    matrix[k] -= self._origin
            step = _EXACT if self._narrow else tile.size
            for k in range(0, tile.size, step):
                part = matrix[:, k : k + step]
                sums += (part @ part.T).astype(np.int64)
        return sums

    def _make_room(self, pixels: int) -> None:
        # Python's integers have no end, but adding them is slow: they take over only
        # where 63 bits could overflow.
        if self._since + pixels > _FLUSH:
            self._products = self._products.astype(object)
            self._since = 0
        self._since += pixels

    def merge(self, other: IntegerGram) -> None:
        """Add the products of other tiles of the same images."""
        self._make_room(other.pixels)
        self._products = self._products + other._products
        if self._distances is not None:
            assert other._distances is not None
            self._distances.merge(other._distances)

    @cached_property
    def _sums(self) -> Any:
        """Sums of products of the pixels as they are; asked for when all are added."""
        sums = self._products.copy()
        if self._origin:
            n, less = int(sums[-1, -1]), sums[-1, :-1]  # Σ(x - origin)
            sums[:-1, :-1] += self._origin * np.add.outer(less, less)
            sums[:-1, :-1] += self._origin**2 * n
            sums[-1, :-1] = less + self._origin * n
        return sums

    @property
    def pixels(self) -> int:
        """How many pixels of each image were added."""
        return int(self._products[-1, -1])

    def row(self, i: int, names: Iterable[str]) -> dict[str, Array]:
        """Return numbers of image i with itself and those after it; NaN: ask `of`."""
        sums = self._sums
        n = self.pixels
        if n == 0:
            return {name: np.full(len(sums) - 1 - i, math.nan) for name in names}
        own, others = (
            sums[i, i:-1].astype(object),
            np.diagonal(sums)[i:-1].astype(object),
        )
        of_ones = sums[-1, i:-1].astype(object)
        values: dict[str, Array] = {}
        if "pearson" in names:
            deviations = n * others - of_ones * of_ones
            product = n * own - of_ones[0] * of_ones
            values["pearson"] = over_roots(product, deviations[0], deviations)
        if "rmsd" in names:
            square = own[0] + others - 2 * own
            values["rmsd"] = np.sqrt((square / n).astype(np.float64))
        if "mean_difference" in names:
            assert self._distances is not None
            total = self._distances.row(i, n, of_ones)
            values["mean_difference"] = (total / n).astype(np.float64)
        return values

    def of(self, i: int, j: int) -> Moments | None:
        """Return the moments of images i and j."""
        sums = self._sums
        xx, yy, xy = int(sums[i, i]), int(sums[j, j]), int(sums[i, j])
        n, sum_x, sum_y = (int(sums[-1, k]) for k in (-1, i, j))
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
        self.pixels = 0
        self._scratch = _Scratch()
        self._origin = np.zeros(images)
        self._offset = np.zeros(images)
        self._products = np.zeros(shape)
        self._absolute = np.zeros(shape) if differences else None
        self._only = np.zeros(images)
        self._varies = np.zeros(images, bool)
        self._clean = np.ones(images, bool)

    def add(
        self,
        stack: ImageStack | RescaledStack,
        tiles: Iterable[Tile],
        *,
        alone: bool = False,
    ) -> None:
        """Merge the moments of tiles, made on all threads or on this one alone."""

        def of_tile(tile: Tile) -> FloatGram:
            return self._of_tile(stack, tile)

        with one_thread():
            for part in _of_tiles(of_tile, tiles, len(stack), alone):
                self.merge(part)

    def _of_tile(self, stack: ImageStack | RescaledStack, tile: Tile) -> FloatGram:
        """Return the moments of a tile."""
        found = FloatGram(len(stack), self._absolute is not None)
        found.pixels, mean = tile.size, found._origin
        shape = (len(stack) + 1, tile.size)
        with self._scratch.matrix(shape, np.float64) as matrix:
            matrix[-1] = 1
            images = matrix[:-1]
            for k in range(len(stack)):
                row = images[k]
                row[:] = stack.pixels(k, tile)
                with np.errstate(invalid="ignore", over="ignore"):
                    mean[k] = row.sum() / tile.size
                # An image with a NaN or infinity takes no part. Its sum tells, without
                # a second look at every pixel.
                found._clean[k] = math.isfinite(mean[k])
                if not found._clean[k]:
                    row[:], mean[k] = 0, 0
                found._only[k] = row[0]
                # Of most images it is known from the first tiles.
                found._varies[k] = self._varies[k] or (row != row[0]).any()
                if found._absolute is None:
                    row -= mean[k]
            if found._absolute is not None:
                absolute(images, 0, len(images), found._absolute)
                images -= mean[:, None]
            products = matrix @ matrix.T
        found._offset = products[-1, :-1] / tile.size  # what rounding left of the means
        outer = np.multiply.outer(found._offset, found._offset)
        found._products = products[:-1, :-1] - outer * tile.size
        return found

    def _join(self, size: int, origin: Array, offset: Array, about: Array) -> None:
        """Merge products about the means of other pixels, so many of them."""
        if self.pixels == 0:
            self._origin = origin
        n = self.pixels + size
        share = size / n
        apart = (origin - self._origin) + offset - self._offset
        self._products += about
        self._products += np.multiply.outer(apart, apart) * (self.pixels * share)
        self._offset += apart * share
        self.pixels = n

    def merge(self, other: FloatGram) -> None:
        """Merge the moments of other tiles of the same images."""
        if other.pixels == 0:
            return
        if self.pixels == 0:
            self._only = other._only
        self._varies |= other._varies | (other._only != self._only)
        self._clean &= other._clean
        if self._absolute is not None and other._absolute is not None:
            self._absolute += other._absolute
        self._join(other.pixels, other._origin, other._offset, other._products)

    def row(self, i: int, names: Iterable[str]) -> dict[str, Array]:
        """Return numbers of image i with itself and those after it; NaN: ask `of`."""
        with np.errstate(all="ignore"):
            good, square = self._squares(i)
            m2_x, m2_y = self._products[i, i], np.diagonal(self._products)[i:]
            values: dict[str, Array] = {}
            if "pearson" in names:
                fit = good & self._varies[i] & self._varies[i:]
                for m2 in (m2_x, m2_y):
                    fit &= (m2 >= SMALLEST_SQUARE * self.pixels) & (m2 < math.inf)
                found = correlations(m2_x, m2_y, self._products[i, i:])
                values["pearson"] = np.where(fit, found, math.nan)
            if "rmsd" in names:
                fit = good & (square >= SMALLEST_SQUARE * self.pixels)
                values["rmsd"] = np.where(fit, np.sqrt(square / self.pixels), math.nan)
            if "mean_difference" in names:
                assert self._absolute is not None
                total = self._absolute[i, i:]
                fit = good & (total < math.inf)
                values["mean_difference"] = np.where(fit, total / self.pixels, math.nan)
        return values

    def _squares(self, i: int) -> tuple[Array, Array]:
        """Return Σ(x-y)² of image i and those after it, and which are good enough."""
        m2_x, m2_y = self._products[i, i], np.diagonal(self._products)[i:]
        apart = self._origin[i] - self._origin[i:] + self._offset[i] - self._offset[i:]
        between = self.pixels * apart * apart
        square = m2_x + m2_y - 2 * self._products[i, i:] + between
        good = (square > _SHARE * (m2_x + m2_y + between)) & np.isfinite(square)
        return good & self._clean[i] & self._clean[i:], square

    def of(self, i: int, j: int) -> Moments | None:
        """Return the moments of images i and j; None where they are not good enough."""
        if not (self._clean[i] and self._clean[j] and self.pixels):
            return None
        m2_x, m2_y = self._products[i, i], self._products[j, j]
        c_xy = self._products[i, j]
        apart = self._origin[i] - self._origin[j] + self._offset[i] - self._offset[j]
        between = self.pixels * apart * apart
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
            n=self.pixels,
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
