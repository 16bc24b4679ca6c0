"""Write rows as lines of a CSV file, and read them back, to the last digit.

An undefined number is an empty cell. Floats are written with all the digits that tell
them apart, so that reading gives the same float.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...ground.errors import ImageError
from ...ground.inert import as_cell, from_cell
from ...ground.names import listed
from ...ground.types import Row
from ...ground.writing import append, check_place, whole_file
from ...metrics.registry import Metric
from .columns import TEXT, columns, fields
from .table import Table


def all_columns(
    metrics: Sequence[Metric], groups: Sequence[str] = (), *, verdict: bool = False
) -> list[str]:
    """Return the columns of a table; that of verdicts and those of groups follow.

    Raises
    ------
    ImageError
        If a group is called like a column that is there anyway.
    """
    names = [*columns(metrics), *(["verdict"] if verdict else [])]
    for group in groups:
        if group in names:
            raise ImageError(
                f'a group cannot be called "{group}", a column of the results is: '
                f'choose another name, e.g. "{group}_".'
            )
    return [*names, *groups]


def lines_of(rows: Iterable[Row], names: Sequence[str], *, raw: bool = False) -> bytes:
    """Write rows as lines of a CSV file, each with its end; `raw` as for `as_csv`."""
    text = as_csv(Table.of(rows).plain_lines(names), raw=raw)
    # Names are readable by now; whatever else is not must not end a run of hours.
    return text.encode("utf-8", "backslashreplace")


def as_csv(lines: Iterable[Sequence[Any]], *, raw: bool = False) -> str:
    r"""Write cells as lines of a CSV file that end with a line feed.

    Text that a spreadsheet would take for a formula gets an apostrophe, unless it is to
    be `raw`: see `ground.inert.as_cell`.

    Up to Python 3.12 a cell is quoted for the characters that end a line, and not for a
    carriage return, at which readers end a line, too: so lines are written with both,
    and the one taken off.

    Examples
    --------
    >>> as_csv([["carriage\rreturn", 1]])
    '"carriage\rreturn",1\n'
    >>> as_csv([["=1+1", -1]]), as_csv([["=1+1", -1]], raw=True)
    ("'=1+1,-1\n", '=1+1,-1\n')
    """
    written: list[str] = []
    writer = csv.writer(_Sink(written.append), lineterminator=_END)
    if not raw:
        lines = (
            [as_cell(cell) if isinstance(cell, str) else cell for cell in line]
            for line in lines
        )
    writer.writerows(lines)
    return "".join(f"{line.removesuffix(_END)}\n" for line in written)


_END = "\r\n"


class _Sink(NamedTuple):
    write: Callable[[str], None]


def heading(names: Sequence[str], *, raw: bool = False) -> bytes:
    """Write the first line of a CSV file."""
    return lines_of([dict(zip(names, names, strict=True))], names, raw=raw)


def table_from(
    text: str, names: Sequence[str], metrics: Sequence[Metric], *, raw: bool = False
) -> Table:
    """Read a table as it was before it was written.

    Parameters
    ----------
    text : str
        Lines of a CSV file, without the heading.
    names : sequence of str
        The columns.
    metrics : sequence of Metric
        Those of them that are metrics.
    raw : bool
        Whether its text was written so.
    """
    lines = [*csv.reader(io.StringIO(text, newline=""))]
    if not lines:
        return Table.of([])
    cells = zip(*lines, strict=True)
    columns: dict[str, list[Any]] = {}
    for field, column in zip(fields(names, metrics), cells, strict=True):
        marked = field.kind is TEXT and not raw
        columns[field.name] = [*map(from_cell if marked else field.kind.read, column)]
    return Table(columns, len(lines))


class CsvFile:
    """A table on disk that grows row by row, as ImageJ has it written.

    Parameters
    ----------
    path : path
        The file; its folder is made if need be.
    metrics : sequence of Metric
        Columns beside the fixed ones.
    more : sequence of str
        Columns behind them.
    extra : sequence of str
        Columns behind those, where rows have them. A file that was begun without one
        goes on without it: an earlier version wrote it, or rows of another kind.
    raw : bool
        Write text as it is, also where a spreadsheet takes it for a formula.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        metrics: Sequence[Metric],
        more: Sequence[str] = (),
        extra: Sequence[str] = (),
        *,
        raw: bool = False,
    ) -> None:
        self._path, self._raw = Path(path), raw
        self._columns = [*columns(metrics), *more]
        self._extra = extra

    def start(self, extra: Sequence[str] = ()) -> None:
        """Write the heading, over whatever the file held.

        Raises
        ------
        WriteError
            If it cannot be written.
        """
        with whole_file(self._path) as part:
            part.write_bytes(heading([*self._columns, *extra], raw=self._raw))

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows; they are on disk when this returns.

        Raises
        ------
        ImageError
            If the file is there and has other columns, or cannot be written.
        """
        table = Table.of(rows)
        check_place(self._path)  # a pipe would be waited for, to read its heading
        if not self._path.exists():
            self.start([name for name in self._extra if name in table.names])
        there = self._heading()
        lacking = {name: "" for name in self._extra if name not in table.names}
        lines = lines_of(table.with_constants(lacking), there, raw=self._raw)
        # Of a file that an editor, or a stop of another program, left without the end
        # of its last line, the first new row would become a part of that line.
        append(self._path, lines if self._ends_with_a_line() else b"\n" + lines)

    def _ends_with_a_line(self) -> bool:
        with self._path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)  # there is a heading
            return stream.read() == b"\n"  # after \r, \n makes the end of one line

    def _heading(self) -> list[str]:
        """Return the columns that the file has; refuse rows that are not of it."""
        with self._path.open(newline="", encoding="utf-8", errors="replace") as stream:
            there = next(csv.reader(stream), [])
        if not self._raw:
            there = [*map(from_cell, there)]
        if [name for name in there if name not in self._extra] != self._columns:
            raise ImageError(
                f'"{self._path}" has other columns ({listed(there, 4)}) than these '
                "rows: it is of another version or program. Choose another place for "
                "the results, or move it away."
            )
        return there
