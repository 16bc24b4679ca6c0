"""Write files, and touch nothing of others: every writer of SimilIJ goes through here.

A name that a user gives for a result is that of a regular file, or of none yet. What
else may lie there is refused with one sentence, as nobody wants it replaced or written
into: a device (root's `--out /dev/null` would put a file in its place), a pipe (which
waits for a reader for ever), a socket, a folder. A symbolic link is refused, too, and
not followed: in a folder that others may write to, whoever lays the link chooses which
of our files is overwritten. Links to *folders* are followed, as by any program: whoever
could exchange those could exchange the folder.

`tests/ground/test_one_door.py` walks the source: nobody else opens a file to write.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import IO, Any

from .errors import WriteError

_FLAGS = os.O_RDWR | sum(
    # Windows has the first only, and none of the kinds that the others are against.
    getattr(os, name, 0)
    for name in ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NOCTTY", "O_NONBLOCK")
)

_PART = ".similij-"
"""Begins the name of a file that is not whole yet."""

_LONGEST_SUFFIX = 16

_WHOSE = re.compile(_PART.replace(".", r"\.") + r"([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\b.*")
"""The name of such a file: where its process runs, and its number there."""

_NOWHERE = "0" * 8
"""Where it is not known which processes are gone: beside Linux."""

_cleared: set[Path] = set()
"""Folders in which this process looked already for what others have left."""

_KINDS = {
    stat.S_IFDIR: "it is a folder",
    stat.S_IFBLK: "it is a device, and no file",
    stat.S_IFCHR: "it is a device, and no file",
    stat.S_IFIFO: "it is a pipe, and no file",
    stat.S_IFSOCK: "it is a socket, and no file",
}


@contextmanager
def whole_file(path: Path, *, ending: str | None = None) -> Iterator[Path]:
    """Write a file elsewhere, and give it its name once it is whole.

    Who reads the folder meanwhile, or after a crash, finds the old file or the new one
    and never half of one; where the disk is full the folder stays as it was. The other
    place is beside the file, because a file cannot be renamed from one disk to another,
    and has the file's ending, from which writers of pictures and tables know what to
    write. Its name cannot be guessed, and it is there before the block begins, so that
    nobody else can have laid a link there.

    Parameters
    ----------
    path : Path
        The file; its folder is made where it is missing. The permissions of one that is
        there are kept.
    ending : str, optional
        Of the other place, if not that of the file: an ImageJ that starts meanwhile
        loads whatever ends in .jar.

    Yields
    ------
    Path
        Where to write it. Removed if the block raises.

    Raises
    ------
    WriteError
        If the name is that of something else than a file, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "table.csv"
    ...     with whole_file(file) as part:
    ...         _ = part.write_text("n,pearson", encoding="utf-8")
    ...         missing = not file.exists()
    ...     (missing, file.read_text(encoding="utf-8"), part.exists())
    (True, 'n,pearson', False)
    """
    made: list[Path] = []
    part: Path | None = None
    try:
        before = _there(path)
        made = _missing(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(path.parent)
        part = path.with_name(
            _part_name(path.suffix[-_LONGEST_SUFFIX:] if ending is None else ending)
        )
        # What was for one's own eyes stays so while it is written.
        mode = 0o666 if before is None else 0o600
        os.close(os.open(part, _FLAGS | os.O_CREAT | os.O_EXCL, mode))
        yield part
        # No writer here closes its file before the disk has said that it is full, but
        # some disks say it only when they are asked.
        with os.fdopen(os.open(part, _FLAGS), "r+b") as stream:
            if before is not None:
                _keep_rights(stream.fileno(), before)
            os.fsync(stream.fileno())
        take_name(part, path)
    except BaseException as error:  # Ctrl-C and a cancelled run leave no part, either
        if part is not None:
            part.unlink(missing_ok=True)
        remove_folders(made)
        # Of the block, only what the disk says of the part: a library that lacks an
        # image of its own says so itself.
        if _is_cut_short(error):
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise cannot_write(path, error) from None
        if (
            isinstance(error, OSError)
            and not isinstance(error, WriteError)
            and error.errno is not None
            and error.filename in {None, str(part), str(path), str(path.parent)}
        ):
            raise cannot_write(path, error) from None
        raise


def _is_cut_short(error: BaseException) -> bool:
    """Whether NumPy says that a disk is full, which it says with two numbers alone."""
    words = r"\d+ requested and \d+ written"
    return isinstance(error, OSError) and bool(re.fullmatch(words, str(error)))


def _part_name(ending: str) -> str:
    """Return a name that nobody can guess, and that says whose it is."""
    return f"{_PART}{_here()}-{os.getpid()}-{secrets.token_hex(8)}{ending}"


@lru_cache(maxsize=1)
def _here() -> str:
    """Name what numbers of processes are of: this start of this computer, in Linux.

    A folder may be one of a network, or of several containers, and a process that
    writes there on another computer is none of ours.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return _NOWHERE
    return f"{zlib.crc32(f'{boot}{space}'.encode()):08x}"


def _clear(folder: Path) -> None:
    """Remove what processes that were killed have left unfinished in a folder.

    Once in a process, and in Linux only, where it is known which processes are gone.
    """
    if folder in _cleared or _here() == _NOWHERE:
        return
    _cleared.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            whose = _WHOSE.fullmatch(entry.name)
            if whose is None or whose[1] != _here() or _is_alive(int(whose[2])):
                continue
            if entry.stat(follow_symlinks=False).st_uid != os.geteuid():
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # of somebody else
        return True
    return True


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Fill a folder elsewhere, and give it its name once all is in it.

    Yields
    ------
    Path
        The other place, beside it. Removed if the block raises, or if another process
        was faster.
    """
    part = path.with_name(_part_name(""))
    made = make_folder(path.parent)
    _clear(path.parent)
    try:
        part.mkdir(mode=0o700)
        yield part
        try:
            part.rename(path)
        except OSError:
            if not path.is_dir():
                raise
    except OSError as error:
        remove_folders(made)
        raise cannot_write(path, error) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_place(path: Path) -> None:
    """Refuse a name to which no file can be written: at once, and not after hours.

    Raises
    ------
    WriteError
        If something else than a file is there, or its folder is none.
    """
    try:
        _there(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    if (place := _in_the_way(path.parent)) is not None:
        step = "choose another place for the results"
        raise _refusal(path, f'"{place}" is no folder', step)


def check_folder(path: Path) -> None:
    """Refuse a name that no folder can have: at once, and not after hours.

    Raises
    ------
    WriteError
        If something else has it, or that of one that it would lie in.
    """
    if (place := _in_the_way(path)) is not None:
        raise _no_folder(place)


def check_places(files: Iterable[Path | None], folder: Path | None = None) -> None:
    """Refuse names that results cannot have: at once, and not after hours.

    Raises
    ------
    WriteError
        If something else has one of them.
    """
    for file in files:
        if file is not None:
            check_place(file)
    if folder is not None:
        check_folder(folder)


def _in_the_way(folder: Path) -> Path | None:
    """Return what is no folder, and would be that folder or one that it lies in."""
    for place in (folder, *folder.parents):
        if place.is_dir():
            return None
        if place.exists() or place.is_symlink():
            return place
    return None


def open_file(path: Path, *, create: bool = False) -> FileIO:
    """Open a file to change a part of it; nothing else than a file, and no link.

    Without a buffer: what a full disk has refused would wait there, and be written to
    a wrong place once there is room.

    Parameters
    ----------
    path : Path
        The file.
    create : bool
        Make it where it is missing.

    Raises
    ------
    WriteError
        If it cannot be opened, or is something else than a file.
    """
    try:
        _there(path)
        descriptor = os.open(path, _FLAGS | (os.O_CREAT if create else 0), 0o666)
        # Looked at before, because some devices do things when they are opened; and
        # again, because it may have been exchanged since.
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            os.close(descriptor)
            raise _no_file(path, kind)
    except OSError as error:
        raise cannot_write(path, error) from None
    return FileIO(descriptor, "r+")


def append(path: Path, content: bytes) -> None:
    """Add to the end of a file: all of it, or nothing.

    Raises
    ------
    WriteError
        If it cannot be written, or is something else than a file.
    """
    with open_file(path) as file:
        write_at(file, path, file.seek(0, os.SEEK_END), [content])


def write_at(
    file: FileIO,
    path: Path,
    start: int,
    parts: Iterable[bytes],
    *,
    force: bool = True,
) -> None:
    """Write to a place of an open file and let it end there; it is on disk then.

    Where the disk is full, the file ends where the content would begin. Without
    `force` it is the system's to write to the disk, and a power cut may take it away;
    a later call with it has the disk keep this, too.

    Raises
    ------
    WriteError
        If it cannot be written.
    """
    try:
        try:
            file.seek(start)
            for part in parts:
                _write_all(file, part)
            # To cut off nothing takes the system ten times as long as to look.
            if os.fstat(file.fileno()).st_size > file.tell():
                file.truncate()
            if force:
                os.fsync(file.fileno())
        except OSError:
            file.truncate(start)
            raise
    except OSError as error:
        raise cannot_write(path, error) from None


def _write_all(file: FileIO | IO[bytes], content: Any) -> None:
    """Write bytes to a file without a buffer, which may take some at a time."""
    left = memoryview(content).cast("B")
    while left:
        left = left[file.write(left) :]


def new_file(path: Path, like: Path) -> FileIO:
    """Make a file of a known name, which will take another's name.

    For who must find it after a crash; else `whole_file` is safer, as nobody can guess
    the name. A file that an earlier crash left there is removed.

    Parameters
    ----------
    path : Path
        The file.
    like : Path
        The one whose name it will take, and which it has the permissions of.

    Raises
    ------
    WriteError
        If it cannot be made, or either name is that of something else than a file.
    """
    try:
        before = _there(like)
        _there(path)
        path.unlink(missing_ok=True)
        mode = 0o666 if before is None else 0o600
        file = FileIO(os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, mode), "r+")
    except OSError as error:
        raise cannot_write(path, error) from None
    if before is not None:
        _keep_rights(file.fileno(), before)
    return file


def take_name(new: Path, path: Path) -> None:
    """Give a file its name, which that of an older one may be, and nothing else's.

    Raises
    ------
    WriteError
        If that is not possible.
    """
    try:
        _there(path)
        new.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None


def passing_file(folder: Path | None = None, in_memory: int = 0) -> IO[bytes]:
    """Open a file that nobody else sees, and that is gone however this process ends.

    It has no name (on Windows the system removes it when it is closed), so there is
    nothing to clean up after SIGTERM, SIGKILL or a power cut; what is mapped of it
    stays until it is unmapped.

    Parameters
    ----------
    folder : Path, optional
        On whose disk; default: that of the system's temporary folder.
    in_memory : int
        Bytes up to which it is not on a disk at all; such a file cannot be mapped.

    Raises
    ------
    WriteError
        If it cannot be made.
    """
    place = Path(tempfile.gettempdir()) if folder is None else folder
    if in_memory:
        return tempfile.SpooledTemporaryFile(in_memory, dir=str(place))
    try:
        # Without a buffer: what a full disk has refused would wait there, and closing
        # the file would raise the system's words in place of our sentence.
        return tempfile.TemporaryFile(buffering=0, dir=str(place))
    except OSError as error:
        raise _no_passing(place, error) from None


def write_passing(file: IO[bytes], content: Any, folder: Path | None = None) -> None:
    """Write bytes to the end of a passing file; they can be mapped then.

    Raises
    ------
    WriteError
        If the disk is full.
    """
    try:
        _write_all(file, content)
        file.flush()
    except OSError as error:
        place = Path(tempfile.gettempdir()) if folder is None else folder
        raise _no_passing(place, error) from None


def _no_passing(folder: Path, error: OSError) -> WriteError:
    reason = str(error.strerror)
    return WriteError(
        f'a passing file in "{folder}" cannot be written ({reason}): make room there, '
        "or name another folder for such files in the variable TMPDIR.",
        str(folder),
        reason,
    )


def make_folder(path: Path) -> list[Path]:
    """Make a folder, and those that it lies in; return those that were missing.

    Raises
    ------
    WriteError
        If it cannot be made, or something else has its name.
    """
    made = _missing(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise _no_folder(path) from None
    except OSError as error:
        raise WriteError(
            f'"{path}" cannot be made ({error.strerror}): choose another folder for '
            "the results.",
            str(path),
            str(error.strerror),
        ) from None
    return made


def _no_folder(path: Path) -> WriteError:
    return WriteError(
        f'"{path}" is no folder: choose another folder for the results.',
        str(path),
        "it is no folder",
    )


Identity = tuple[int, int, int] | None
"""Tells a file from one that takes its name later; None where there is none."""


def identity(path: Path) -> Identity:
    """Say which file has a name now."""
    try:
        about = path.lstat()
    except OSError:
        return None
    return about.st_dev, about.st_ino, about.st_mtime_ns


def remove_new(path: Path, before: Identity) -> None:
    """Remove a file that took a name since: what had it before is not ours."""
    if identity(path) != before:
        path.unlink(missing_ok=True)


def remove_folders(made: list[Path]) -> None:
    """Remove folders that were made for results, inner ones first, where empty."""
    for folder in made:
        with suppress(OSError):  # not empty: others write there, too
            folder.rmdir()


def cannot_write(path: Path, error: OSError) -> WriteError:
    """Return the refusal for a file that cannot be written."""
    if isinstance(error, WriteError):
        return error
    full = error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", None)}
    step = "make room there, or choose" if full else "choose"
    return _refusal(path, str(error.strerror), f"{step} another place for the results")


def _refusal(path: Path, reason: str, step: str) -> WriteError:
    return WriteError(
        f'"{path}" cannot be written ({reason}): {step}.', str(path), reason
    )


def _there(path: Path) -> os.stat_result | None:
    """Look at what has a name; None if nothing has.

    Raises
    ------
    OSError
        If it is no file, or one that is protected.
    """
    try:
        about = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    kind = stat.S_IFMT(about.st_mode)
    if kind != stat.S_IFREG:
        raise _no_file(path, kind)
    # A file is replaced, for which a right to the folder would do: whoever protected it
    # meant the file.
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it is protected against writing")
    return about


def _no_file(path: Path, kind: int) -> WriteError:
    if kind == stat.S_IFLNK:
        reason = f'it is a symbolic link, to "{path.readlink()}"'
        return _refusal(path, reason, "give the file itself, or choose another place")
    reason = _KINDS.get(kind, "it is no file")
    return _refusal(path, reason, "choose another place for the results")


def _missing(folder: Path) -> list[Path]:
    """List a folder and those that it lies in, as far as they are missing."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


def _keep_rights(descriptor: int, before: os.stat_result) -> None:
    """Give a new file the owner, as far as we may, and the permissions of the old."""
    if os.name == "nt":
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(OSError):
            os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode) & 0o777)
