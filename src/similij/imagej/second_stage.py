"""Wait for packages that are not there yet, in the environment that ImageJ installs.

The first number needs five packages; the others are fetched after it (`OwnPython` of
the jar). A request that needs one of those earlier must not end in an error that tells
people without a terminal to use one. So an import of them waits here, and says so to
ImageJ, which shows how far they are. The import goes on where it was: no request has to
be sent again, and no function has to know.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from .compile_ahead import begin
from .handler import Message, Reply
from .worker import handle as answer

STAMP = Path(sys.prefix) / "similij.stage"
"""Written by ImageJ; its first line says which packages are there."""

WAITING = "similij waits for "
"""What ImageJ is told; the name of a package follows."""

MODULES = {
    "imagecodecs": "imagecodecs",
    "jinja2": "jinja2",
    "markdown-it-py": "markdown_it",
    "matplotlib": "matplotlib",
    "pandas": "pandas",
    "pillow": "PIL",
    "rich": "rich",
    "roifile": "roifile",
    "scikit-image": "skimage",
    "scipy": "scipy",
    "threadpoolctl": "threadpoolctl",
    "tifffile": "tifffile",
    "typer": "typer",
    "xarray": "xarray",
}
"""What follows later, by the name of its package. A test holds this to what the package
requires."""

_POLL = 0.1
"""Seconds between two looks at the stamp."""

_under_way: list[Any] = []
"""The task of Appose that is worked on, if there is one: it carries word to ImageJ,
which sends one message at a time. Not of a thread: what is imported in a pool of
threads waits, too."""


def handle(message: Message, task: Any) -> Reply:
    """Answer a message of ImageJ; imports of what is not there yet wait."""
    _under_way.append(task)
    try:
        return answer(message)
    finally:
        _under_way.remove(task)
        begin(is_complete)


class _Wait(MetaPathFinder):
    """Hold imports of these packages back until all of them are there.

    First among the finders, not last: of a package that is just being copied some files
    are there already.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find nothing, but not before the others can."""
        name = fullname.partition(".")[0]
        if name in MODULES.values() and _under_way and not _in_numba():
            _wait(name, _under_way[-1])
        return None


def _wait(name: str, task: Any) -> None:
    """Return once all packages are there; ImageJ cancels the task if they cannot be."""
    if is_complete():
        return
    task.update(message=f"{WAITING}{name}")
    while not is_complete():
        if task.cancel_requested:
            raise ModuleNotFoundError(f"{name} is not installed yet", name=name)
        time.sleep(_POLL)
    # What a folder had in it before is remembered.
    importlib.invalidate_caches()


def is_complete() -> bool:
    """Return whether every package is there, not only those of the first number."""
    try:
        return STAMP.read_text(encoding="utf-8").split()[0] == "ALL"
    except (OSError, IndexError):
        return False


def _in_numba() -> bool:
    """Return whether numba is being imported: it then looks whether SciPy is there.

    It does without where it is not, and the first number is not to wait for it.
    """
    spec = getattr(sys.modules.get("numba"), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))


if not is_complete():
    sys.meta_path.insert(0, _Wait())
