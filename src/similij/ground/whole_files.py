"""Write files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path, *, sync: bool = False) -> Iterator[Path]:
    """Write a file elsewhere, and give it its name once it is whole.

    Who reads the folder meanwhile, or after a crash, finds the old file or the new one
    and never half of one. The other place is beside the file, because a file cannot be
    renamed from one disk to another, and has the file's ending, from which writers of
    pictures and tables know what to write.

    Parameters
    ----------
    path : Path
        The file; its folder is made where it is missing.
    sync : bool
        Have the content reach the disk before the name does, so that not even a power
        cut leaves less than the whole file; it costs some milliseconds.

    Yields
    ------
    Path
        Where to write it. Removed if the block raises.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes that write the same file each write their own part of it.
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield part
        if sync:
            with part.open("r+b") as stream:
                os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:  # Ctrl-C and a cancelled run leave no part behind, either
        part.unlink(missing_ok=True)
        raise
