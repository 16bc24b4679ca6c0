"""Hold the table of a result: its columns, once, and rows that are a view of them.

A label image of 10,000 objects has 10,000 rows: as dictionaries they take as long to
make as the walk over the pixels that they come from, and most people want a data frame
or a file, which need the columns only. A comparison of two whole images has a single
row: as columns it would be twenty lists of one value each, made for nobody. So a table
holds one of the two, never both: columns, until somebody asks for the list of rows,
which is then his to change; or rows, where these were there first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np

from ...verdicts.places import places_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ...ground.types import Row

Column: TypeAlias = Any
"""An array or a list with a value for each row, a function that makes such a list when
it is first needed, or the one value that all rows have."""


class Table(Sequence["Row"]):
    """Rows that all have the same columns; a sequence of dict, equal to a list of them.

    Parameters
    ----------
    columns : mapping of str to array, list, function or value
        The columns, in their order: see `Column`. An array or list is kept as it is.
    size : int
        How many rows there are.

    Notes
    -----
    A row has Python's own numbers, and the NaN of `math` where one is undefined, so
    that rows can be compared by `==`.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table({"region": ["a", "b"], "n": np.array([3, 4]), "plane": "1"}, 2)
    >>> table[-1]
    {'region': 'b', 'n': 4, 'plane': '1'}
    >>> Table.concat([table, [{"region": "c", "n": 5, "plane": "1"}]]).values("n")
    [3, 4, 5]
    """

    __slots__ = ("_held", "_size")

    def __init__(self, columns: Mapping[str, Column], size: int) -> None:
        self._held: dict[str, Column] | list[Row] = dict(columns)
        self._size = size

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Table:
        """Return the table of some rows: a table is itself, a list is kept."""
        if isinstance(rows, Table):
            return rows
        table = cls.__new__(cls)
        table._held = rows if isinstance(rows, list) else [*rows]
        table._size = 0  # of no use: a list knows its own
        return table

    @classmethod
    def concat(cls, parts: Iterable[Sequence[Row]]) -> Table:
        """Return the table of all parts, one below the other.

        Parts that are all rows stay rows, as do those of which one has other columns
        than the first (of a batch, the row of a pair that could not be read).
        """
        tables = [cls.of(part) for part in parts if part]
        if len(tables) == 1:
            return tables[0]
        names = [table.names for table in tables]
        if all(isinstance(table._held, list) for table in tables) or any(
            other != names[0] for other in names
        ):
            return cls.of([*chain.from_iterable(tables)])
        columns = {
            name: _joined([(table._column(name), len(table)) for table in tables])
            for name in names[0]
        }
        return cls(columns, sum(map(len, tables)))

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order; none where there is no row."""
        if isinstance(self._held, list):
            return [*self._held[0]] if self._held else []
        return [*self._held]

    @property
    def rows(self) -> list[Row]:
        """The rows as a list, which is from now on what the table holds.

        Whoever has it may change it, so columns beside it would tell another story.
        """
        if not isinstance(self._held, list):
            self._held = [*self]
        return self._held

    def values(self, name: str) -> list[Any]:
        """Return a column as a list of its own, of Python's own numbers.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        return _listed(self._made(name), len(self))

    def plain_values(self, name: str) -> list[Any]:
        """Return a column as JSON and files have it: None where one is undefined."""
        return _plain(self._made(name), len(self))

    def plain_lines(self, names: Sequence[str]) -> Iterable[Sequence[Any]]:
        """Return the rows as lines of some columns, None where one is undefined."""
        if isinstance(self._held, list):
            return (_plain([row[name] for name in names], 1) for row in self._held)
        return zip(*map(self.plain_values, names), strict=True)

    def __len__(self) -> int:
        return len(self._held) if isinstance(self._held, list) else self._size

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Table: ...
    def __getitem__(self, index: int | slice) -> Row | Table:
        if isinstance(self._held, list):
            rows = self._held[index]
            return Table.of(rows) if isinstance(rows, list) else rows
        places = range(self._size)[index]
        columns = {name: self._made(name) for name in self._held}
        if isinstance(places, range):
            parts = {name: _part(column, places) for name, column in columns.items()}
            return Table(parts, len(places))
        return {
            name: _listed(_part(column, [places]), 1)[0]
            for name, column in columns.items()
        }

    def __iter__(self) -> Iterator[Row]:
        if isinstance(self._held, list):
            return iter(self._held)
        columns = {name: self._made(name) for name in self._held}
        varying = {
            k: v for k, v in columns.items() if isinstance(v, (list, np.ndarray))
        }
        # The garbage collector follows a dictionary that ever held a list or an array,
        # and its copies; 10,000 of these took a quarter longer.
        common = {k: None if k in varying else v for k, v in columns.items()}
        rows = [common.copy() for _ in range(self._size)]
        # Thousands of rows: a loop for each column is faster than one for all.
        for name, column in varying.items():
            for row, value in zip(rows, _listed(column, self._size), strict=True):
                row[name] = value
        return iter(rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, Table)):
            return NotImplemented
        return len(self) == len(other) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr([*self])

    def __reduce__(self) -> tuple[Any, ...]:
        if isinstance(self._held, list):
            return Table.of, (self._held,)
        return Table, ({name: self._made(name) for name in self._held}, self._size)

    def with_constants(self, values: Mapping[str, Any]) -> Table:
        """Return a table in which all rows have these values beside, or instead."""
        if isinstance(self._held, list):
            return Table.of([{**row, **values} for row in self._held])
        return Table({**self._held, **values}, self._size)

    def filled(self) -> Table:
        """Return a table in which each row has all columns, None where it had none.

        Rows of a user's own, and the one of a pair that could not be read, may lack a
        column that others have.
        """
        if isinstance(self._held, dict):
            return self
        rows = self._held
        names = dict.fromkeys(chain.from_iterable(rows))
        return Table(
            {name: [row.get(name) for row in rows] for name in names}, len(rows)
        )

    def to_dict(self) -> dict[str, list[Row]]:
        """Return the rows under the one key "rows", as JSON has them: NaN is None.

        A row whose verdict names places has these under the key "places".
        """
        rows = [
            {k: None if v != v else v for k, v in row.items()}  # noqa: PLR0124
            | ({"places": [*places]} if (places := places_of(row)) else {})
            for row in self
        ]
        return {"rows": rows}

    def to_columns(self) -> dict[str, Any]:
        """Return the columns as a message to ImageJ has them: NaN is None.

        A column whose rows are all alike is that one value: thousands of rows name
        the same two images, and a message of 52,500 rows is a few lists, not as many
        maps.

        Examples
        --------
        >>> Table.of([{"t": 1, "r": 0.5}, {"t": 1, "r": 1.0}]).to_columns()
        {'count': 2, 'columns': {'t': 1, 'r': [0.5, 1.0]}}
        """
        columns = {}
        for name in self.names if len(self) else ():
            column = self._made(name)
            if not isinstance(column, (list, np.ndarray)):
                column = [column]
            values = _plain(column, len(column))
            if name == "verdict":
                values = [str(words) for words in values]  # the places go apart
            alike = all(value == values[0] for value in values)
            columns[name] = values[0] if alike else values
        return {"count": len(self), "columns": columns}

    def to_dataframe(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns as a data frame; a copy, whatever becomes of it."""
        import pandas as pd

        frame: pd.DataFrame
        if isinstance(self._held, list):
            frame = pd.DataFrame(self._held, columns=[*names])
        else:
            columns = {name: self._made(name) for name in names}
            frame = pd.DataFrame(columns, index=pd.RangeIndex(self._size))
        return frame

    def _column(self, name: str) -> Column:
        """Return a column as it is held, unmade where nobody needed it yet."""
        if isinstance(self._held, list):
            return [row[name] for row in self._held]
        return self._held[name]

    def _made(self, name: str) -> Column:
        """Return a column as an array, a list, or the one value of all rows."""
        column = self._column(name)
        if callable(column):
            column = column()
            assert isinstance(self._held, dict)  # rows hold no function
            self._held[name] = column
        return column


def _listed(column: Column, size: int) -> list[Any]:
    """Return the values of a column, all that are undefined as the NaN of `math`."""
    if isinstance(column, np.ndarray):
        values: list[Any] = column.tolist()
        if column.dtype.kind == "f":
            for k in np.flatnonzero(np.isnan(column)).tolist():
                values[k] = math.nan
        return values
    return [*column] if isinstance(column, list) else [column] * size


def _plain(column: Column, size: int) -> list[Any]:
    """Return the values of a column, None in place of all that are undefined."""
    # NaN alone is unlike itself; asking `math` first takes three times as long.
    values = _listed(column, size)
    return [None if value != value else value for value in values]  # noqa: PLR0124


def _part(column: Column, places: Sequence[int]) -> Column:
    """Return the rows of a column that are at some places."""
    if isinstance(column, np.ndarray):
        return column[np.asarray(places, np.intp)]
    return [column[k] for k in places] if isinstance(column, list) else column


def _joined(pieces: Sequence[tuple[Column, int]]) -> Column:
    """Join pieces of a column, each with its number of rows, in the tightest way."""
    columns = [column for column, _ in pieces]
    if any(map(callable, columns)):
        return partial(_chained, pieces)
    first = columns[0]
    arrays = [column for column in columns if isinstance(column, np.ndarray)]
    if len(arrays) == len(columns) and len({array.dtype for array in arrays}) == 1:
        joined: NDArray[Any] = np.concatenate(arrays)
        return joined
    held_singly = not isinstance(first, (list, np.ndarray))
    if held_singly and all(_same(column, first) for column in columns):
        return first
    return _chained(pieces)


def _same(value: Any, other: Any) -> bool:
    # Not by == alone: 1 is True and 0.0 is -0.0, and a row says which it was.
    return value is other or (isinstance(value, str) and value == other)


def _chained(pieces: Iterable[tuple[Column, int]]) -> list[Any]:
    """Return the values of all pieces of a column, one after the other."""
    values: list[Any] = []
    for column, size in pieces:
        made: Callable[[], list[Any]] | Column = (
            column() if callable(column) else column
        )
        values += _listed(made, size)
    return values
