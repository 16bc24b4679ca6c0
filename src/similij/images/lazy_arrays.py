"""Hold arrays of files that travel as a path: each process opens the file for itself.

A dask array of such a file has a task for every chunk. That is what users want to work
with, and too many tasks to go through where a file is read in order: `stored_in` finds
the file behind such an array again.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array
from .meaning import meant


class Stored:
    """An array in a file or a store, opened when it is first read.

    Parameters
    ----------
    opener : callable
        Returns something to index and what closes it, or None; it must travel by
        `pickle`: a function of a module, or a `partial` of one.
    shape, dtype, chunks : tuple of int, dtype, tuple of int
        Of the array.
    """

    def __init__(
        self,
        opener: Callable[[], tuple[Any, Callable[[], None] | None]],
        shape: Sequence[int],
        dtype: Any,
        chunks: Sequence[int],
    ) -> None:
        self.opener = opener
        self.shape, self.ndim = tuple(int(n) for n in shape), len(shape)
        self.dtype = np.dtype(dtype)
        self.chunks = tuple(int(n) for n in chunks)
        self._open: Any = None

    # What is open stays here: a file handle means nothing to another process.
    def __reduce__(self) -> tuple[Any, ...]:
        return Stored, (self.opener, self.shape, self.dtype, self.chunks)

    def __getitem__(self, index: Any) -> Array:
        if self._open is None:
            self._open, close = self.opener()
            if close is not None:
                weakref.finalize(self, close)
        # dask passes on what a user indexes with: numbers, steps and lists, too. A
        # reader is asked for the box they lie in, and they are taken of it.
        box: list[slice] = []
        within: list[Any] = []
        given = index if isinstance(index, tuple) else (index,)
        for part, n in zip(given, self.shape, strict=True):
            if isinstance(part, slice) and part.step in (None, 1):
                box.append(part)
                within.append(None)
                continue
            places = np.arange(n)[part]
            low, high = (places.min(), places.max() + 1) if places.size else (0, 0)
            box.append(slice(int(low), int(high)))
            within.append(places - low)
        pixels = np.asarray(self._open[tuple(box)])
        for axis in reversed(range(len(within))):
            if within[axis] is not None:
                pixels = np.take(pixels, within[axis], axis=axis)
        return pixels


@dataclass(frozen=True)
class StoredPart:
    """Part of a stored array that is not read yet; an index counts from its corner."""

    source: Stored
    start: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    def __getitem__(self, index: Sequence[slice]) -> StoredPart:
        bounds = [part.indices(n) for part, n in zip(index, self.shape, strict=True)]
        start = tuple(a + b[0] for a, b in zip(self.start, bounds, strict=True))
        return StoredPart(self.source, start, tuple(b[1] - b[0] for b in bounds))

    def read(self) -> Array:
        """Read its pixels."""
        ends = zip(self.start, self.shape, strict=True)
        return self.source[tuple(slice(a, a + n) for a, n in ends)]


_made: weakref.WeakValueDictionary[str, Stored] = weakref.WeakValueDictionary()
"""The stored arrays behind the dask arrays made here, by the names of these. Weak, so
that a file is closed once nobody has its array."""


def lazy_array(source: Stored) -> Any:
    """Make a dask array of a stored one, in its chunks."""
    import dask.array

    name = f"stored-{uuid4().hex}"  # dask takes arrays of one name for the same
    chunks = tuple(
        max(1, min(c, n)) for c, n in zip(source.chunks, source.shape, strict=True)
    )
    array = dask.array.from_array(
        source,
        chunks=chunks,
        name=name,
        asarray=False,
        meta=np.empty((0,) * source.ndim, source.dtype),  # else it would read a bit
    )
    _made[name] = source
    return array


def stored_in(array: Any) -> Any:
    """Return the file behind a dask array that shows all of it, else the array itself.

    What comes back for a file is a `StoredPart`, the whole of it. An array that was
    cut, turned or computed from one has another name or shape, and stays what it is.
    """
    source = _made.get(getattr(array, "name", ""))
    if source is None or source.shape != array.shape:
        return array
    return StoredPart(source, (0,) * source.ndim, source.shape)


def checked(array: Any, name: str) -> Any:
    """Return a dask array whose every block is looked at before anybody counts on it.

    `map_blocks` believes what it is told of shapes. Of a block that is smaller than it
    is declared pixels were dropped without a word, and a kernel that walks over those
    that are not there ended the process. Arrays of files made here are what they say.

    Raises
    ------
    ImageError
        If the array does not know its shape; and when a block is computed that is not
        of the shape declared, or has no numbers.
    """
    if any(math.isnan(n) for n in array.shape):
        raise ImageError(
            f'"{name}" is a dask array of unknown shape {array.shape}: call its '
            ".compute_chunk_sizes() first."
        )
    if array.name in _made:
        return array
    import dask.array

    # One small array beside each block says where it is and how large it should be.
    begins = [np.concatenate([[0], np.cumsum(c)])[:-1] for c in array.chunks]
    declared = np.empty(array.numblocks, object)
    for at in np.ndindex(declared.shape):
        origin = tuple(int(b[k]) for b, k in zip(begins, at, strict=True))
        shape = tuple(int(c[k]) for c, k in zip(array.chunks, at, strict=True))
        declared[at] = (origin, shape)
    beside = dask.array.from_array(declared, chunks=1, name=f"declared-{uuid4().hex}")
    axes = tuple(range(array.ndim))
    return dask.array.blockwise(
        _checked_block, axes, array, axes, beside, axes,
        name=f"checked-{uuid4().hex}", called=name, dtype=array.dtype,
        meta=array._meta, align_arrays=False, adjust_chunks=None,
    )  # fmt: skip


def _checked_block(block: Any, declared: Array, *, called: str) -> Any:
    origin, shape = declared.flat[0]
    found = getattr(block, "shape", None)
    kind = getattr(getattr(block, "dtype", None), "kind", "O")
    means = meant(block)
    if means.unit or (means.inside is not None and not means.inside.all()):
        what = f"is in {means.unit}" if means.unit else "has masked pixels"
        raise ImageError(
            f'"{called}" is a dask array whose block at {origin} {what}, which it does '
            "not declare: give dask.array.map_blocks the meta=... of such an array."
        )
    block = means.pixels
    if found == shape and kind in "buif":
        return block
    raise ImageError(
        f'"{called}" is a dask array whose block at {origin} has the shape {found} '
        f"and {shape} is declared: give dask.array.map_blocks the chunks=... and "
        "dtype=... that its function returns."
    )
