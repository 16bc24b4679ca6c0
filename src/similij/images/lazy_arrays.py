"""Arrays in files that travel as a path: each process opens the file for itself.

A dask array made of one has a task for every chunk. That is what users want to work
with, and too many to go through for what is read in order: `stored_in` finds the file
behind such an array again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np

from ..ground.types import Array


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

    def __reduce__(self) -> tuple[Any, ...]:
        return Stored, (self.opener, self.shape, self.dtype, self.chunks)

    def __getitem__(self, index: Any) -> Array:
        if self._open is None:
            self._open, close = self.opener()
            if close is not None:
                weakref.finalize(self, close)
        return np.asarray(self._open[index])


@dataclass(frozen=True)
class Box:
    """Part of a stored array, not read yet; an index of it counts from its corner."""

    source: Stored
    start: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    def __getitem__(self, index: Sequence[slice]) -> Box:
        bounds = [part.indices(n) for part, n in zip(index, self.shape, strict=True)]
        start = tuple(a + b[0] for a, b in zip(self.start, bounds, strict=True))
        return Box(self.source, start, tuple(b[1] - b[0] for b in bounds))

    def read(self) -> Array:
        """Read it."""
        ends = zip(self.start, self.shape, strict=True)
        return self.source[tuple(slice(a, a + n) for a, n in ends)]


_made: weakref.WeakValueDictionary[str, Stored] = weakref.WeakValueDictionary()
"""What the dask arrays made here are of, by their names."""


def lazy_array(source: Stored) -> Any:
    """Dask array of a stored one, in its chunks."""
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
    """Return what a dask array shows whole, as a `Box`; of any other the array."""
    source = _made.get(getattr(array, "name", ""))
    if source is None or source.shape != array.shape:
        return array
    return Box(source, (0,) * source.ndim, source.shape)
