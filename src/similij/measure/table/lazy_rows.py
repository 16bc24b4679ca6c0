"""Rows that are made when they are asked for, from the columns of a table.

A label image of 10,000 objects has 10,000 rows: as dictionaries they take as long to
make as the walk over the pixels that they come from. What most people do with that many
is to make a table, which needs the columns only.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...ground.types import Row


class Rows(Sequence["Row"]):
    """A sequence that makes a row when it is asked for; equal to a list of them."""

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        inside = range(len(self))[index]
        if isinstance(inside, range):
            return [self._row(k) for k in inside]
        return self._row(inside)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, Rows)):
            return NotImplemented
        return len(self) == len(other) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr([*self])

    @abstractmethod
    def column(self, name: str) -> list[Any]:
        """Values of a column, one for each row."""

    @abstractmethod
    def _row(self, index: int) -> Row:
        """Make a row; the index counts from 0."""


class RowTable(Rows):
    """Rows that differ in a few columns only.

    Parameters
    ----------
    common : dict
        What all rows say, with every column in its place.
    columns : mapping of str to ndarray or function
        Values of the columns in which rows differ, one each; or what returns a list of
        them. Python's own numbers are made of them when asked for.
    apart : mapping of int to dict, optional
        Whole rows, by their index, that say something of their own.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"region": lambda: ["a", "b"], "n": np.array([3, 4])}
    >>> rows = RowTable({"region": "", "n": 0}, columns)
    >>> rows[-1], rows == [{"region": "a", "n": 3}, {"region": "b", "n": 4}]
    ({'region': 'b', 'n': 4}, True)
    """

    def __init__(
        self,
        common: Row,
        columns: Mapping[str, NDArray[Any] | Callable[[], list[Any]]],
        apart: Mapping[int, Row] | None = None,
    ) -> None:
        self._common = common
        self._sources = columns
        self._apart = apart or {}
        self._length = next(v.size for v in columns.values() if not callable(v))

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        return {
            name: source() if callable(source) else source.tolist()
            for name, source in self._sources.items()
        }

    def __len__(self) -> int:
        return self._length

    def _row(self, index: int) -> Row:
        if index in self._apart:
            return self._apart[index].copy()
        row = self._common.copy()
        for name, values in self._columns.items():
            row[name] = values[index]
        return row

    def __iter__(self) -> Iterator[Row]:
        rows = [self._common.copy() for _ in range(len(self))]
        # Thousands of rows: a loop for each key is faster than one for all.
        for name, values in self._columns.items():
            for row, value in zip(rows, values, strict=True):
                row[name] = value
        for k, row in self._apart.items():
            rows[k] = row.copy()
        return iter(rows)

    def column(self, name: str) -> list[Any]:
        """Values of a column, one for each row."""
        values = self._columns.get(name)
        found = [self._common[name]] * len(self) if values is None else list(values)
        for k, row in self._apart.items():
            found[k] = row[name]
        return found


class Joined(Rows):
    """Several sequences of rows, one below the other."""

    def __init__(self, parts: Sequence[Sequence[Row]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self._parts)

    def _row(self, index: int) -> Row:
        for part in self._parts:
            if index < len(part):
                return part[index]
            index -= len(part)
        raise IndexError(index)

    def column(self, name: str) -> list[Any]:
        """Values of a column, one for each row."""
        found: list[Any] = []
        for part in self._parts:
            if isinstance(part, Rows):
                found += part.column(name)
            else:
                found += [row[name] for row in part]
        return found


def joined(*parts: Sequence[Row]) -> Sequence[Row]:
    """Rows of all parts: a list where they are made already, else as they are."""
    some = [part for part in parts if part]
    if len(some) == 1:
        return some[0]
    if any(isinstance(part, Rows) for part in some):
        return Joined(some)
    return [*chain.from_iterable(some)]
