"""Keep records in a file that only grows: whole ones, however it was stopped.

Every record is a line with a checksum of its own. One that is torn, by a kill or a
power cut, ends the file: it and all after it are cut off when the file is opened next.
One process at a time may have it open; the system lets go of the lock when the process
ends, however it ends.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

from ..ground.errors import ImageError
from ..ground.writing import open_file, write_at

Record = dict[str, Any]

_in_json = json.JSONEncoder(separators=(",", ":")).encode  # `dumps` makes one each time

_CHECKSUM = 8
"""Digits that a line begins with."""


class Journal:
    """Hold the records of a file, which is locked until `close`.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.
    whose : Path
        What it is about, for the refusal.

    Attributes
    ----------
    records : list of dict
        Those that were there when it was opened.

    Raises
    ------
    ImageError
        If another process has it open, it cannot be written, or is something else that
        somebody called like a journal.
    """

    def __init__(self, path: Path, whose: Path) -> None:
        self._path = path
        self._file = open_file(path, create=True)
        try:
            if not _lock(self._file.fileno()):
                raise ImageError(
                    f'"{whose}" is being written by another process: wait for it, or '
                    "choose another place for the results."
                )
            content = self._file.readall()
            self.records, self._ends = _records(content)
            if not self.records and not _is_torn(content):
                raise ImageError(
                    f'"{path}" is there, and no batch wrote it, which keeps its state '
                    "in a file of this name: move it away, or choose another place for "
                    "the results."
                )
            self._file.truncate(self._end)
        except BaseException:
            self._file.close()
            raise

    @property
    def _end(self) -> int:
        return self._ends[-1]

    def add(self, record: Record, *, force: bool = True) -> None:
        """Add a record; it has reached the disk when this returns, with all before.

        Without `force` it may be lost in a power cut, and is there after all else.

        Raises
        ------
        WriteError
            If it has not: then it is not there, not even a part of it.
        """
        line = _line(record)
        write_at(self._file, self._path, self._end, [line], force=force)
        self._ends.append(self._end + len(line))

    def cut(self, count: int) -> None:
        """Leave the first records only, of those that were there when it was opened.

        Raises
        ------
        WriteError
            If it cannot be written.
        """
        del self.records[count:], self._ends[count + 1 :]
        write_at(self._file, self._path, self._end, [])

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()


def _line(record: Record) -> bytes:
    # In ASCII: a file name may be what no UTF-8 can write.
    text = _in_json(record).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _is_torn(content: bytes) -> bool:
    """Whether this is the beginning of a first record, or what a power cut left."""
    checksum, rest = content[:_CHECKSUM], content[_CHECKSUM:]
    return not content.strip(b"\0") or (
        all(digit in b"0123456789abcdef" for digit in checksum)
        and b' {"'.startswith(rest[:3])
    )


def _records(data: bytes) -> tuple[list[Record], list[int]]:
    """Read records up to the first that is not whole, and where each begins, and it."""
    records, ends, at = [], [0], 0
    while (end := data.find(b"\n", at)) >= 0:
        check, _, text = data[at:end].partition(b" ")
        if check != b"%08x" % zlib.crc32(text):
            break
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):  # nothing that we wrote
            break
        records.append(record)
        at = end + 1
        ends.append(at)
    return records, ends


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """A byte that no journal reaches: Windows lets nobody read what is locked."""

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: better results than none
            return True
        return True


def sync_folder(path: Path) -> None:
    """Have the names in a file's folder reach the disk, where a system can."""
    if sys.platform != "win32":
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
