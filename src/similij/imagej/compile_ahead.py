"""Compile ahead, unseen, what the first comparisons would wait for.

`similij install` compiles everything. Without it the first comparison of each type of
pixel, with a mask or with labels, waits for two seconds and more. So what a dialog is
about is compiled while the user looks at it (`of_pair`). And in the environment that
ImageJ installs a process of the lowest priority compiles everything, once all packages
are there, once (`begin`). Nothing waits for either and nothing depends on it: where it
fails, or ImageJ ends before, each comparison compiles what it needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import DTypeLike

from ..ground.writing import whole_file

STAMP = Path(sys.prefix) / "similij.compiled"
"""Written when all is compiled."""

_POLL = 1.0
"""Seconds between two looks whether it can begin."""

_begun: list[threading.Thread] = []

_pairs: set[tuple[Any, ...]] = set()
"""What `of_pair` was asked for already."""


def begin(is_ready: Callable[[], bool]) -> None:
    """Have everything compiled as soon as that can be, once in a process.

    Parameters
    ----------
    is_ready : callable
        Whether all packages are there. It is asked again and again.
    """
    if _begun or STAMP.exists():
        return
    waits = threading.Thread(
        target=_run, args=(is_ready,), name="similij-compile", daemon=True
    )
    _begun.append(waits)
    waits.start()


def of_pair(
    types: tuple[DTypeLike, DTypeLike], labels: DTypeLike | None, masked: bool
) -> None:
    """Compile what a comparison needs, on a thread; see `warm_up_pair`."""
    key = (*types, labels, masked)
    if key in _pairs:
        return
    _pairs.add(key)
    compiles = threading.Thread(
        target=_of_pair, args=(types, labels, masked), name="similij-pair", daemon=True
    )
    compiles.start()


def _of_pair(*pair: Any) -> None:
    from ..measure.warm_up import warm_up_pair

    # What is wrong is said where it is compared.
    with suppress(Exception):
        warm_up_pair(*pair)


def _run(is_ready: Callable[[], bool]) -> None:
    while not is_ready():
        time.sleep(_POLL)
    try:
        reason = _outcome(_command())
    except OSError as error:
        reason = str(error)
    if reason:
        print(f"SimilIJ: not compiled ahead ({reason})", file=sys.stderr)


def _command() -> list[str]:
    """Return what compiles, isolated as the worker is from packages of the user's."""
    return [sys.executable, "-I", "-m", __name__, str(STAMP)]


def _outcome(command: Sequence[str]) -> str:
    """Run a process of the lowest priority to its end; say why it failed, or ""."""
    with subprocess.Popen(
        command,
        # Open as long as this worker lives, by which that process knows.
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # that of a worker is read by ImageJ
        stderr=subprocess.PIPE,
        creationflags=getattr(subprocess, "IDLE_PRIORITY_CLASS", 0),
    ) as process:
        assert process.stderr is not None
        words = process.stderr.read().decode("utf-8", "replace").splitlines()
        if process.wait() == 0:
            return ""
    return next(filter(None, reversed(words)), f"exit code {process.returncode}")


def main(stamp: Path) -> None:
    """Compile everything, and say so in a file."""
    from ..measure.warm_up import warm_up, warm_up_metrics

    threading.Thread(target=_end_with_worker, daemon=True).start()
    with suppress(AttributeError, OSError):  # Windows has no `nice`
        os.nice(_LOWEST)
    warm_up()
    warm_up_metrics()
    with whole_file(stamp) as part:
        part.write_text("all\n", encoding="utf-8")


_LOWEST = 19


def _end_with_worker() -> None:
    """End this process when the worker does, however that ends."""
    # Not of `sys.stdin`: a thread that holds its lock ends Python with a fatal error.
    with suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
