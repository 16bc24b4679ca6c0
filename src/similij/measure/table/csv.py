"""Rows as lines of a CSV file, and back, to the last digit.

An undefined number is an empty cell. Floats are written with all the digits that tell
them apart, so that reading gives the same float.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...ground.errors import ImageError
from ...ground.types import Row
from ...metrics.registry import Metric
from .columns import PLACE, columns, plain


def all_columns(metrics: Sequence[Metric], groups: Sequence[str] = ()) -> list[str]:
    """Columns of a table of rows with group columns, which follow the others.

    Raises
    ------
    ImageError
        If a group is called like a column that is there anyway.
    """
    names = columns(metrics)
    for group in groups:
        if group in names:
            raise ImageError(
                f'a group cannot be called "{group}", a column of the results is: '
                f'choose another name, e.g. "{group}_".'
            )
    return [*names, *groups]


def lines_of(rows: Iterable[Row], names: Sequence[str]) -> bytes:
    """Lines of a CSV file, each with its end."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        values: dict[str, Any] = plain(row)
        writer.writerow([values[name] for name in names])
    return stream.getvalue().encode("utf-8")


def heading(names: Sequence[str]) -> bytes:
    """First line of a CSV file."""
    return lines_of([dict(zip(names, names, strict=True))], names)


def rows_from(
    lines: Iterable[Mapping[str, str]], metrics: Sequence[Metric]
) -> Iterator[Row]:
    """Rows as they were before they were written.

    Parameters
    ----------
    lines : iterable of mapping
        As of `csv.DictReader`.
    metrics : sequence of Metric
        The columns that are metrics.
    """
    numbers = {metric.name for metric in metrics}
    for line in lines:
        row: Row = dict(line)
        for name in numbers:
            row[name] = float(line[name]) if line[name] else math.nan
        for name in ("n", "excluded"):
            row[name] = int(line[name])
        for name in PLACE:
            kind = float if name == "time_s" else int
            row[name] = kind(line[name]) if line[name] else None
        yield row


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
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        metrics: Sequence[Metric],
        more: Sequence[str] = (),
    ) -> None:
        self._path = Path(path)
        self._columns = [*columns(metrics), *more]

    def start(self) -> None:
        """Write the heading, over whatever the file held."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(heading(self._columns))
        except OSError as error:
            raise cannot_write(self._path, error) from None

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows; they are on disk when this returns.

        Raises
        ------
        ImageError
            If the file is there and has other columns.
        """
        if not self._path.exists():
            self.start()
        self._check()
        with self._path.open("ab") as stream:
            stream.write(lines_of(rows, self._columns))

    def _check(self) -> None:
        """Refuse to add rows below a heading that is not theirs."""
        with self._path.open(newline="", encoding="utf-8", errors="replace") as stream:
            found = next(csv.reader(stream), [])
        if found != self._columns:
            raise ImageError(
                f'"{self._path}" has other columns ({", ".join(found[:4])}, ...) than '
                "these rows: it is of another version or program. Choose another place "
                "for the results, or move it away."
            )


def cannot_write(path: Path, error: OSError) -> ImageError:
    """Return the refusal for a file that cannot be written."""
    return ImageError(
        f'"{path}" cannot be written ({error.strerror}): choose another place for the '
        "results."
    )
