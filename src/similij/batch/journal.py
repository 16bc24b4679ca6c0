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

Record = dict[str, Any]


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
        If another process has it open.
    """

    def __init__(self, path: Path, whose: Path) -> None:
        # By flags: "r+" wants the file to be there, and "w+" empties it before the lock
        # says whether another process is writing it.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(path, flags, 0o666), "r+b")
        if not _lock(self._file.fileno()):
            self._file.close()
            raise ImageError(
                f'"{whose}" is being written by another process: wait for it, or '
                "choose another place for the results."
            )
        self.records, whole = _records(self._file.read())
        self._file.seek(whole)
        self._file.truncate()

    def add(self, record: Record) -> None:
        """Add a record; it has reached the disk when this returns."""
        self._file.write(_line(record))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()


def _line(record: Record) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _records(data: bytes) -> tuple[list[Record], int]:
    """Read records up to the first that is not whole, and where that begins."""
    records, at = [], 0
    while (end := data.find(b"\n", at)) >= 0:
        check, _, text = data[at:end].partition(b" ")
        if check != b"%08x" % zlib.crc32(text):
            break
        records.append(json.loads(text))
        at = end + 1
    return records, at


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
