"""Sum all labels of a label image at once, from blocks of an image pair.

This does for label images what `of_arrays` does for whole ones. Integers of 8
and 16 bits and floats take one walk over the pixels; wider integers are sorted by
label first. Adding more blocks, planes or tiles adds up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..ground.types import Array
from .kernels.choice import vector_loops
from .kernels.parts import flat, label_type, on_threads, slabs, threads
from .label_groups import Beyond, GroupedSums, grouped
from .moments import FloatMoments, IntegerMoments, Moments
from .of_arrays import kernel_types, moments
from .wide import held

_SMALLEST_PIECE = 1 << 18
"""Pixels that a thread takes at a time, at least."""

_FLOAT_PIECE = 1 << 20
"""Pixels of floats summed at a time: fixed, so that the order of sums is, too."""

MANY = 1 << 30
"""Pixels after which sums leave 64 bits for integers of any size: 2³⁰ squares of 16
bits still fit 62."""

_MANY_ROWS = 1 << 16
"""Labels for which vectors are kept: each takes 448 bytes in the table of a thread."""

_FAR = 64.0
"""Squared distance of an origin, a label's first pixel, from the mean, in variances,
above which the label is summed once more; see `of_floats`."""


class LabelSums(Protocol):
    """Table of the moments of each label; label k is row k, and 0 is background."""

    def add(self, x: Array, y: Array, labels: Array) -> None:
        """Take a block: three arrays of one shape."""

    def seen(self) -> Array:
        """Count the pixels of each row but row 0, NaN and infinite ones too."""

    def moments(self, row: int) -> Moments:
        """Return the moments of one label."""


def label_sums(x: np.dtype[Any], y: np.dtype[Any], rows: int) -> LabelSums:
    """Make a table for images of two types and for labels below `rows`."""
    types = kernel_types(x, y)
    if "f" in (types[0].kind, types[1].kind):
        return FloatSums(np.result_type(*types), rows)
    if types[0].itemsize <= 2:  # noqa: PLR2004 - bytes
        return IntegerSums(types[0], rows)
    return GroupedSums(rows)


def _flat(
    arrays: tuple[Array, ...], index: Any, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Cut a piece out of x, y and labels, as the kernels want them."""
    x, y, labels = (array[index] for array in arrays)
    return flat(x, dtype), flat(y, dtype), flat(labels, label_type(labels.dtype))


class _Tables:
    """Tables of sums, one set for each thread that is at work."""

    def __init__(self, make: Callable[[], tuple[Array, ...]]) -> None:
        self._make = make
        self.free: list[tuple[Array, ...]] = []

    def take(self) -> tuple[Array, ...]:
        # `pop` and `append` of a list are atomic, so that threads need no lock; looking
        # first whether there is one would not be.
        try:
            return self.free.pop()
        except IndexError:
            return self._make()


class IntegerSums:
    """Exact sums of labels over 8-bit and 16-bit pixels."""

    def __init__(self, dtype: np.dtype[Any], rows: int) -> None:
        self._dtype = dtype
        self._vectors = vector_loops() is not None and rows <= _MANY_ROWS
        self._origin = 1 << 15 if self._vectors and dtype == np.uint16 else 0
        self._tables = _Tables(self._empty)
        self._rows = rows
        self._wide: Array | None = None
        self._pixels = 0
        self._total: Array | None = None

    @classmethod
    def of(cls, sums: Array) -> IntegerSums:
        """Make a table of sums that are summed already: columns of int64."""
        table = cls(np.dtype(np.int16), len(sums))
        table._total = sums
        return table

    def add(self, x: Array, y: Array, labels: Array) -> None:
        """Take a block: three arrays of one shape."""
        for index in slabs(x.shape, MANY):
            block = x[index], y[index], labels[index]
            if self._pixels + block[0].size > MANY and self._pixels:
                self._wide, self._tables.free = self.sums().astype(object), []
                self._pixels = 0
            self._pixels += block[0].size
            self._total = None
            self._add(block)

    def _empty(self) -> tuple[Array, ...]:
        from .kernels.labels import INTEGER_COLUMNS

        if not self._vectors:
            return (np.zeros((self._rows, INTEGER_COLUMNS), np.int64),)
        from .kernels.label_vectors import tables

        return tables(self._rows, INTEGER_COLUMNS)

    def _add(self, block: tuple[Array, Array, Array]) -> None:
        if self._vectors:
            from .kernels.label_vectors import integer_sums

            loop = partial(_from_origin, integer_sums, self._origin)
        else:
            from .kernels.labels import integer_sums as loop

        def work(index: Any) -> bool:
            table = self._tables.take()
            inside: bool = loop(*_flat(block, index, self._dtype), *table)
            self._tables.free.append(table)
            return inside

        size = block[0].size
        piece = max(-(-size // (4 * threads())), _SMALLEST_PIECE)
        if not all(on_threads(work, slabs(block[0].shape, piece))):
            raise Beyond

    def sums(self) -> Array:
        """Add up the tables of all threads.

        Columns are n, Σx, Σy, Σx², Σy², Σxy, Σ|x-y|; int64, or Python integers where
        there are more pixels than 64 bits are sure for.
        """
        if self._total is None:
            tables = self._tables.free or [self._tables.take()]
            total = np.zeros_like(tables[0][0])
            for table in tables:
                if self._vectors:
                    from .kernels.label_vectors import add_up_all

                    add_up_all(*table)
                total += table[0]
            _move(total, self._origin)
            wide = self._wide
            self._tables.free = tables
            self._total = total if wide is None else total.astype(object) + wide
        return self._total

    @property
    def narrow(self) -> bool:
        """Whether `sums` are of 64 bits."""
        return self._wide is None

    def seen(self) -> Array:
        """Count the pixels of each row."""
        pixels: Array = self.sums()[:, 0].astype(np.int64)
        return pixels

    def moments(self, row: int) -> Moments:
        """Return the moments of one label."""
        return IntegerMoments(*self.sums()[row, :7].tolist())


def _from_origin(
    loop: Any, origin: int, x: Array, y: Array, n: Array, *t: Array
) -> Any:
    return loop(x, y, n, origin, *t)


def _move(sums: Array, origin: int) -> None:
    """Undo the origin that was taken off the pixels; see `of_integers._moved`."""
    if origin:
        n, sx, sy = sums[:, 0], sums[:, 1].copy(), sums[:, 2].copy()
        sums[:, 1] += n * origin
        sums[:, 2] += n * origin
        square = n * origin * origin
        sums[:, 3] += 2 * origin * sx + square
        sums[:, 4] += 2 * origin * sy + square
        sums[:, 5] += origin * (sx + sy) + square


class FloatSums:
    """Moments of labels over floats, each label about an origin of its own."""

    def __init__(self, dtype: np.dtype[Any], rows: int) -> None:
        self._dtype = dtype
        self._tables = _Tables(lambda: (_float_table(rows),))
        self.columns = np.zeros((rows, 14))
        """The attributes of FloatMoments, in their order, of each row."""
        self.columns[:, 12:] = math.nan

    @classmethod
    def of(cls, columns: Array) -> FloatSums:
        """Make a table of columns that are made already."""
        table = cls(np.dtype(np.float64), 0)
        table.columns = columns
        return table

    def add(self, x: Array, y: Array, labels: Array) -> None:
        """Take a block: three arrays of one shape."""
        if not (held(x) and held(y)):
            self._add_wide(x, y, labels)
            return

        def work(index: Any) -> tuple[Array, Array]:
            return self._piece(*_flat((x, y, labels), index, self._dtype))

        # In the order of the pieces, which do not depend on how many threads there are:
        # neither do then the last digits of the sums.
        for rows, columns in on_threads(work, slabs(x.shape, _FLOAT_PIECE)):
            self.columns[rows] = merged_columns(self.columns[rows], columns)

    def _add_wide(self, x: Array, y: Array, labels: Array) -> None:
        """Take integers beyond 2⁵³ beside floats: the loop for floats would round."""
        rows = len(self.columns)
        if labels.size and not 0 <= labels.min() <= labels.max() < rows:
            raise Beyond
        for row, a, b in grouped(x, y, labels, rows):
            columns = np.array([astuple(moments(a, b))], np.float64)
            at = slice(row, row + 1)
            self.columns[at] = merged_columns(self.columns[at], columns)

    def _piece(self, x: Array, y: Array, labels: Array) -> tuple[Array, Array]:
        """Sum a piece: the rows that it has pixels of, and their columns."""
        from .kernels.labels import OX, N, float_sums

        (table,) = self._tables.take()
        if not float_sums(x, y, labels, table):
            raise Beyond
        rows = np.flatnonzero(table[:, :3].any(axis=1))
        origins, once = table[rows, OX:], table[rows]
        moments, far = _about_means(once)
        if far.any():
            table[rows, :OX] = 0
            table[rows[far], OX:] = moments[far, 3:5] + moments[far, 5:7]
            float_sums(x, y, labels, table)
            moments, _ = _about_means(table[rows])
        # An origin is a pixel of the label: where all pixels are the same, no deviation
        # from it is left. The reverse needs a look, since tiny squares become 0.
        same = (once[:, 5:7] == 0) & (once[:, N] > 0)[:, None]
        if same.any():
            moments[:, 12:] = np.where(
                same & ~_vary(x, y, labels, rows, origins, same, len(table)),
                origins,
                math.nan,
            )
        table[rows] = _EMPTY
        self._tables.free.append((table,))
        return rows, moments

    def seen(self) -> Array:
        """Count the pixels of each row, NaN and infinite ones too."""
        pixels: Array = self.columns[:, :3].sum(axis=1).astype(np.int64)
        return pixels

    def moments(self, row: int) -> Moments:
        """Return the moments of one label."""
        n, excluded, infinite, *rest = self.columns[row].tolist()
        return FloatMoments(int(n), int(excluded), int(infinite), *rest)


_EMPTY = np.array([0.0] * 10 + [math.nan] * 2)
"""Sums of a label of no pixel; its two origins are not chosen yet."""


def _float_table(rows: int) -> Array:
    return np.tile(_EMPTY, (rows, 1))


def _about_means(table: Array) -> tuple[Array, Array]:
    """Turn shifted sums into columns of FloatMoments; tell which origins were far."""
    n, excluded, infinite, sx, sy, sxx, syy, sxy, sad, ssd, ox, oy = table.T
    with np.errstate(all="ignore"):
        some = np.maximum(n, 1)
        mx, my = sx / some, sy / some
        m2x, m2y = np.maximum(sxx - sx * mx, 0), np.maximum(syy - sy * my, 0)
        cxy = sxy - sx * my
        far = (n * (mx * mx) > _FAR * m2x) | (n * (my * my) > _FAR * m2y)
        far &= np.isfinite(mx + my + ox + oy) & (n > 0)
    ox, oy = np.nan_to_num(ox), np.nan_to_num(oy)
    none = np.full(len(n), math.nan)
    columns = [n, excluded, infinite, ox, oy, mx, my, m2x, m2y, cxy, sad, ssd]
    return np.stack([*columns, none, none], axis=1), far


def _vary(
    x: Array,
    y: Array,
    labels: Array,
    rows: Array,
    origins: Array,
    same: Array,
    size: int,
) -> Array:
    """Look at the pixels themselves: squares of tiny deviations may have become 0."""
    from .kernels.labels import find_variation

    varies, values = np.ones((size, 2), np.bool_), np.zeros((size, 2))
    varies[rows], values[rows] = ~same, origins
    find_variation(x, y, labels, values, varies)
    of_rows: Array = varies[rows]
    return of_rows


def merged_columns(p: Array, q: Array) -> Array:
    """Merge columns of two disjoint sets of pixels, as `FloatMoments` are merged."""
    out: Array = p.copy()
    out[:, 1:3] += q[:, 1:3]
    first = (p[:, 0] == 0) & (q[:, 0] > 0)
    out[first, 0], out[first, 3:] = q[first, 0], q[first, 3:]
    both = (p[:, 0] > 0) & (q[:, 0] > 0)
    if both.any():
        a, b, c = p[both], q[both], out[both]
        with np.errstate(all="ignore"):
            c[:, 0] = a[:, 0] + b[:, 0]
            share = b[:, 0] / c[:, 0]
            dx = (b[:, 3] - a[:, 3]) + (b[:, 5] - a[:, 5])
            dy = (b[:, 4] - a[:, 4]) + (b[:, 6] - a[:, 6])
            weight = a[:, 0] * share
            c[:, 5] += dx * share
            c[:, 6] += dy * share
            c[:, 7] += b[:, 7] + dx * dx * weight
            c[:, 8] += b[:, 8] + dy * dy * weight
            c[:, 9] += b[:, 9] + dx * dy * weight
            c[:, 10:12] += b[:, 10:12]
            # Two integers beyond 2⁵³ may be one float: then their means tell.
            same = (a[:, 12:] == b[:, 12:]) & (np.stack([dx, dy], axis=1) == 0)
            c[:, 12:] = np.where(same, a[:, 12:], math.nan)
        out[both] = c
    return out
