"""Keep compiled loops on disk, and outlive whatever happens to the files there.

numba trusts its cache: a file that a power loss or a full disk has cut makes every
later call of that loop raise, in every process, until somebody deletes it; and a file
with a page of zeros in its machine code makes LLVM end the whole process, which nothing
can catch. Kept code only saves time, so nothing that is wrong with it may stop a
comparison: a damaged file is removed and its loop compiled anew, and where files cannot
be read or written, loops are compiled without. The user reads one sentence in a run,
not one for each of some fifty loops.
"""

from __future__ import annotations

import itertools
import pickle
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime import rtsys


class LoopCache(FunctionCache):  # type: ignore[misc]
    """numba's cache of one function, of which no failure reaches the caller."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file: _LoopFiles = _LoopFiles(
            self.cache_path,
            self._impl.filename_base,
            self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load the code for some types, or return None: then numba compiles it."""
        try:
            # As numba does it, but for its first line, `target_context.refresh()`:
            # that imports all that numba can compile, SciPy's BLAS among it, a third
            # of the processor time of `similij compare a b`. What the kept code of our
            # loops calls (`nm -u` of all) is of Python, of numba's context, which has
            # it when it is made, and of its runtime. Whatever is compiled later in
            # this process refreshes the context itself.
            rtsys.initialize(target_context)
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except OSError as error:
            self._go_on_without("read", error)
        except Exception as error:  # the file is whole, but LLVM refuses what it says
            self._cache_file.drop(self._cache_file.index_path, error)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for some types, where that is possible."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            self._go_on_without("written", error)

    def _go_on_without(self, done: str, error: OSError) -> None:
        _say_once(
            f"compiled loops cannot be {done} ({error.strerror}: "
            f"{error.filename or self.cache_path}), so they are compiled in each run, "
            "which takes about a second for each: make room or give access there, or "
            "name another folder in NUMBA_CACHE_DIR"
        )


class _LoopFiles(IndexDataCacheFile):  # type: ignore[misc]
    """The files of one function: an index, and the code for each set of types.

    Both end in a checksum. A cut pickle betrays itself, but not one whose last pages
    are written and whose first are not, which is what some file systems leave.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # Files without checksums are then of "another version", which numba ignores
        # and overwrites without a word.
        self._version += ", with checksums"

    @property
    def index_path(self) -> Path:
        """The file that says which file holds the code for which types."""
        return Path(self._index_path)

    def drop(self, path: Path, error: Exception) -> None:
        """Remove a damaged file."""
        try:
            path.unlink(missing_ok=True)
            outcome = "it was removed"
        except OSError as refused:
            outcome = f"it cannot be removed ({refused.strerror})"
        _say_once(
            f"{path}, which holds a compiled loop, was damaged ({error}): {outcome}, "
            "the loop is compiled anew, and so is any other whose file was damaged"
        )

    def save(self, key: Any, data: Any) -> None:
        """Write the code first, and then the index that names its file.

        numba does it the other way round: where the disk is full after the index, that
        names a file which may hold the code for other types, of an earlier version.
        """
        names = self._load_index()
        used = {*names.values()}
        numbered = map(self._data_name, itertools.count(1))
        name = names.get(key) or next(name for name in numbered if name not in used)
        self._save_data(name, data)
        if key not in names:
            self._save_index({**names, key: name})

    def _dump(self, obj: Any) -> bytes:
        content: bytes = super()._dump(obj)
        return content + _checksum(content)

    def _load_index(self) -> dict[Any, str]:
        try:
            content = BytesIO(self.index_path.read_bytes())
        except FileNotFoundError:
            return {}
        try:
            if pickle.load(content) != self._version:
                return {}
            stamp, names = _loads(content.read())
        except Exception as error:  # a damaged pickle can raise anything
            self.drop(self.index_path, error)
            return {}
        return names if stamp == self._source_stamp else {}

    def _load_data(self, name: str) -> Any:
        path = Path(self._data_path(name))
        content = path.read_bytes()
        try:
            return _loads(content)
        except Exception as error:
            self.drop(path, error)
            return None


_CHECKSUM_BYTES = 4


def _checksum(content: bytes) -> bytes:
    """Sum up content against accidents; from malice nothing saves a cache of code."""
    return crc32(content).to_bytes(_CHECKSUM_BYTES, "little")


def _loads(content: bytes) -> Any:
    """Unpickle what `_dump` wrote."""
    pickled = content[:-_CHECKSUM_BYTES]
    if _checksum(pickled) != content[-_CHECKSUM_BYTES:]:
        raise ValueError("its checksum does not fit its content")
    return pickle.loads(pickled)


_sentences: list[str] = []
"""What was to be said in this process: the first of them has been."""


def _say_once(sentence: str) -> None:
    """Tell the user, unless this process has told them of a file already.

    On stderr and not as a Python warning, which `-W error` turns into an exception in
    the middle of a comparison.
    """
    if not _sentences and sys.stderr is not None:  # as under pythonw
        print(f"similij: {sentence}.", file=sys.stderr, flush=True)
    _sentences.append(sentence)
