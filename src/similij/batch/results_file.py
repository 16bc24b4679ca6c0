"""Keep the CSV file of a batch: every pair in it once it is known, whole or not.

Beside `results.csv` lies `results.csv.state`, a journal. The rows of a pair are written
at the end of the table; then a record with the pair, the sizes and dates of its files,
where its rows end, and a checksum of the table up to there is added to the journal.
That record is what makes the pair done. So, wherever a run is stopped (Ctrl-C, SIGKILL,
power):

* rows of every pair with a record are on disk: they were there before the record;
* whatever follows the last record in the table is of a pair that was under way. It is
  cut off when the run goes on, and that pair is computed again: no row torn or double;
* a pair with a record is never computed again, unless one of its files changed.

Both are forced to the disk (fsync), the table first. That takes longer than to compare
two small images, so pairs that follow one another within `together` seconds are forced
together, with the last of them; and the records of the others say that they are not.
Where a power cut left such a record and not its rows, the checksums tell how far the
table goes, and the rest is computed again: work of `together` seconds at most. A run
that ends otherwise loses none of it, since the system has it.

To take rows out, or to put them into the order of the pairs at the end, the new table
is written beside the old one and forced to the disk; a record says so; then the new one
takes the old one's name, at once, which is done later where it was prevented. The
checksum also shows that somebody else changed the table, which is then left alone.

The disk keeps what it was forced to keep as far as the drive is honest about it.
"""

from __future__ import annotations

import io
import math
import os
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from ..ground.errors import ImageError
from ..ground.types import Row
from ..ground.writing import (
    cannot_write,
    check_place,
    make_folder,
    new_file,
    open_file,
    take_name,
    write_at,
)
from ..measure.table.csv import heading, lines_of, table_from
from ..measure.table.table import Table
from ..measure.task import new_run
from ..metrics.registry import Metric
from .journal import Journal, Record, sync_folder

Files = dict[str, list[int] | None]
"""Size and date (ns) of each file of a pair; None where there is none."""

_PART = 1 << 20
"""Bytes that are read at a time."""


_OR_ANEW = (
    ": choose another place for the results, or begin anew (--restart, restart=True)."
)


class OtherResultsError(ImageError):
    """The file has rows, and not of these pairs and options.

    Parameters
    ----------
    reason : str
        What it has.
    advice : str
        What to do.

    Attributes
    ----------
    reason : str
        The same, for who knows what to do.
    """

    def __init__(self, reason: str, advice: str = _OR_ANEW) -> None:
        super().__init__(reason + advice)
        self.reason = reason


@dataclass(frozen=True)
class Written:
    """Hold a pair that is done: its files, and where in the table its rows are."""

    files: Files
    start: int
    end: int


class _Unforced(NamedTuple):
    """A record of rows that a power cut may take: its number, and what is before."""

    number: int
    key: str
    before: int


class ResultsFile:
    """Fill a table on disk, pair by pair, and go on with it after a stop.

    Parameters
    ----------
    path : Path
        The CSV file; its folder is made if need be.
    names : sequence of str
        Its columns.
    options : mapping of str to str
        What every row depends on beside its files: the options, in words.
    restart : bool
        Begin anew, whatever the file holds.
    raw : bool
        Write text as it is, also where a spreadsheet takes it for a formula.
    together : float
        Seconds for which pairs wait for one another to be forced to the disk; 0: each
        is at once.

    Attributes
    ----------
    run : str
        Name of the run, which goes on with the file.

    Raises
    ------
    ImageError
        If the file cannot be written, or another process writes it.
    OtherResultsError
        If it was begun with other options, no run wrote it, or somebody changed it
        meanwhile.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        options: Mapping[str, str],
        *,
        restart: bool = False,
        raw: bool = False,
        together: float = 0.0,
    ) -> None:
        self.path, self._names, self._raw = path, [*names], raw
        self._together = together
        self._forced_at = -math.inf
        self._waits = False  # whether something was added since it was forced
        self._options = {**options, "columns": ", ".join(names)}
        if raw:
            # Only then, so that tables of earlier versions go on; and the rest of a
            # table is not written in another way, in which it would be misread.
            self._options = {"raw": "asked for", **self._options}
        self._new = path.with_name(f"{path.name}.new")
        self._head = heading(names, raw=raw)
        self.run = ""
        self._pairs: dict[str, Written] = {}
        self._end = self._check = 0
        check_place(path)
        check_place(self._new)
        make_folder(path.parent)
        self._journal = Journal(path.with_name(f"{path.name}.state"), path)
        try:
            self._open(restart)
        except OSError as error:
            self.close()
            raise cannot_write(path, error) from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the file."""
        # `arrange`, with which a run ends, says what the disk refuses; who is stopped
        # has another word to say, and what is lost is computed again.
        with suppress(ImageError):
            self._force()
        self._journal.close()

    def __len__(self) -> int:
        return len(self._pairs)

    def pairs(self) -> dict[str, Files]:
        """Return the pairs done, in the order of their rows, and their files then."""
        return {key: pair.files for key, pair in self._pairs.items()}

    def add(self, key: str, files: Files, rows: Sequence[Row]) -> None:
        """Add all rows of a pair; they are in the file when this returns.

        On the disk, too, unless others were less than `together` seconds before.

        Raises
        ------
        ImageError
            If they cannot be written; what was is cut off when a run goes on.
        """
        lines = lines_of(rows, self._names, raw=self._raw)
        force = time.monotonic() - self._forced_at >= self._together
        start, end = self._end, self._end + len(lines)
        check = zlib.crc32(lines, self._check)
        with open_file(self.path) as file:
            if os.fstat(file.fileno()).st_size < start:
                raise self._changed()
            # Not appended: what a torn write left behind the last pair is overwritten.
            write_at(file, self.path, start, [lines], force=force)
        record: Record = {"pair": key, "files": files, "start": start, "end": end}
        record |= {"check": check} if force else {"check": check, "forced": False}
        self._journal.add(record, force=force)
        self._pairs[key] = Written(files, start, end)
        self._end, self._check = end, check
        self._waits = not force
        if force:
            self._forced_at = time.monotonic()

    def _force(self) -> None:
        """Have the disk keep what was added, and say so in the journal."""
        if not self._waits:
            return
        with open_file(self.path) as file:
            if os.fstat(file.fileno()).st_size < self._end:
                raise self._changed()
            write_at(file, self.path, self._end, [])
        self._journal.add({"end": self._end, "check": self._check})
        self._waits = False

    def table(self, keys: Sequence[str], metrics: Sequence[Metric]) -> Table:
        """Read the rows of some pairs from the file.

        Raises
        ------
        OtherResultsError
            If somebody changed it meanwhile.
        """
        lines = []
        try:
            with self.path.open("rb") as stream:
                for key in keys:
                    pair = self._pairs[key]
                    stream.seek(pair.start)
                    lines.append(stream.read(pair.end - pair.start))
            text = b"".join(lines).decode("utf-8")
            return table_from(text, self._names, metrics, raw=self._raw)
        except (OSError, ValueError, TypeError):
            # What other programs leave there can be anything; of what was written here
            # nothing is refused.
            raise self._changed() from None

    def arrange(self, keys: Sequence[str]) -> None:
        """Leave the rows of some pairs only, in this order."""
        # Also where nothing is to be done: this is the end of a run, or its beginning,
        # and the only time that all is looked at.
        self._force()
        if not self._whole(self.path):
            raise self._changed()
        if [*keys] == [*self._pairs]:
            return
        try:
            with self.path.open("rb") as old:
                end, check = self._write_new(self._rows_of(old, keys))
            sync_folder(self._new)
            record = {"order": [*keys], "end": end, "check": check}
            # The record comes first: a stop between leaves the new table beside, and
            # `_go_on` gives it the name.
            self._journal.add(record)
        except OSError as error:
            self._new.unlink(missing_ok=True)
            raise cannot_write(self.path, error) from None
        take_name(self._new, self.path)
        sync_folder(self.path)
        self._take(record)

    def _rows_of(self, old: io.BufferedReader, keys: Sequence[str]) -> Iterator[bytes]:
        for key in keys:
            pair = self._pairs[key]
            old.seek(pair.start)
            yield from _parts(old, pair.end - pair.start)

    def _write_new(self, rows: Iterable[bytes]) -> tuple[int, int]:
        """Write the new table beside the old one; return its end and checksum."""
        check = 0

        def parts() -> Iterator[bytes]:
            nonlocal check
            for part in chain([self._head], rows):
                check = zlib.crc32(part, check)
                yield part

        with new_file(self._new, self.path) as new:
            write_at(new, self._new, 0, parts())
            return new.tell(), check

    def _changed(self) -> OtherResultsError:
        return OtherResultsError(
            f'"{self.path}" was changed by another program while its rows were written'
        )

    def _open(self, restart: bool) -> None:
        begun: Record | None = None
        unforced: list[_Unforced] = []
        try:
            for k, record in enumerate(self._journal.records):
                # What is forced was so with all before it.
                if record.get("forced", True):
                    unforced.clear()
                else:
                    unforced.append(_Unforced(k, record["pair"], self._check))
                if "asked" in record:
                    begun = {"asked": {**record["asked"]}, "run": str(record["run"])}
                    self._pairs, self._end, self._check = {}, 0, 0
                else:
                    self._take(record)
        except (KeyError, TypeError, AttributeError):
            raise OtherResultsError(
                f'"{self.path.name}.state" beside "{self.path}" is of no batch that '
                "this version could go on with."
            ) from None
        there = self.path.is_file() and self.path.stat().st_size > 0
        if restart or not there:
            self._begin()
        elif begun is None:
            raise OtherResultsError(
                f'"{self.path}" is there, and no batch that could go on wrote it (its '
                f'"{self.path.name}.state" is not there).'
            )
        elif self._end == 0:  # stopped before the heading was there
            self._begin()
        else:
            self._compare(begun["asked"])
            self.run = begun["run"]
            self._go_on(unforced)

    def _take(self, record: Record) -> None:
        """Follow a record."""
        if "pair" in record:
            # Each line of the journal is whole, by its checksum; of one that somebody
            # took out or moved, rows would be there twice, or cut off. An earlier
            # version did not write the start.
            if record.get("start", self._end) != self._end:
                raise KeyError("start")
            files: Files = record["files"]
            self._pairs[record["pair"]] = Written(files, self._end, record["end"])
        elif "order" in record:
            at, pairs = len(self._head), {}
            for key in record["order"]:
                old = self._pairs[key]
                pairs[key] = Written(old.files, at, at + old.end - old.start)
                at = pairs[key].end
            self._pairs = pairs
        elif record["end"] != self._end and self._end:
            raise KeyError("end")  # a pair before it was taken out
        self._end, self._check = record["end"], record["check"]

    def _begin(self) -> None:
        """Begin with a heading and nothing else."""
        self.run = new_run()
        # Whoever called a file of his own like this has written no journal beside it.
        if not self._journal.records and self._new.exists():
            raise ImageError(
                f'"{self._new}" is there, and no batch wrote it, which needs a file of '
                "this name: move it away, or choose another place for the results."
            )
        self._journal.add({"asked": self._options, "run": self.run})
        end, check = self._write_new([])
        take_name(self._new, self.path)
        sync_folder(self.path)
        self._pairs, self._end = {}, 0
        record = {"end": end, "check": check}
        self._journal.add(record)
        self._take(record)

    def _compare(self, before: Mapping[str, str]) -> None:
        """Refuse to mix rows that were asked for in different ways."""
        changes = [
            f"{name} was {before.get(name, 'not given')} and is now "
            f"{self._options.get(name, 'not given')}"
            for name in dict.fromkeys([*before, *self._options])
            if before.get(name) != self._options.get(name)
        ]
        if len(changes) > 1 and changes[-1].startswith("columns "):
            changes.pop()  # it follows from the others
        if changes:
            raise OtherResultsError(
                f'"{self.path}" was begun with other options: {"; ".join(changes)}',
                ". Give the same, choose another place for the results, or begin anew "
                "(--restart, restart=True).",
            )

    def _go_on(self, unforced: Sequence[_Unforced]) -> None:
        """Make the file what the last record says, or leave it alone."""
        if self._whole(self.path):
            self._waits = bool(unforced)
        elif self._whole(self._new):
            take_name(self._new, self.path)  # stopped just before that
            sync_folder(self.path)
        elif not self._cut_back(unforced):
            raise OtherResultsError(
                f'"{self.path}" was changed since its rows were written.'
            )
        self._new.unlink(missing_ok=True)
        if self.path.stat().st_size > self._end:
            with open_file(self.path) as file:
                write_at(file, self.path, self._end, [])

    def _cut_back(self, unforced: Sequence[_Unforced]) -> bool:
        """Give up the pairs whose rows a power cut took; False if it was none."""
        if not unforced:
            return False
        with self.path.open("rb") as stream:
            check, at = 0, 0
            for lost in unforced:
                start = self._pairs[lost.key].start
                check, at = _checksum(stream, start - at, check), start
                if check != lost.before:
                    return False  # of what was forced, or kept
                end = self._pairs[lost.key].end
                check, at = _checksum(stream, end - at, check), end
                if check != self._journal.records[lost.number]["check"]:
                    break
            else:
                return False
        for pair in unforced[unforced.index(lost) :]:
            del self._pairs[pair.key]
        self._end, self._check = start, lost.before
        self._journal.cut(lost.number)
        return True

    def _whole(self, path: Path) -> bool:
        """Whether a file begins with what the last record says."""
        if not path.is_file() or path.stat().st_size < self._end:
            return False
        with path.open("rb") as stream:
            return _checksum(stream, self._end) == self._check


def _checksum(stream: io.BufferedReader, size: int, before: int = 0) -> int:
    for part in _parts(stream, size):
        before = zlib.crc32(part, before)
    return before


def _parts(stream: io.BufferedIOBase | io.BufferedReader, size: int) -> Iterator[bytes]:
    while size > 0:
        part = stream.read(min(size, _PART))
        if not part:
            return
        size -= len(part)
        yield part
