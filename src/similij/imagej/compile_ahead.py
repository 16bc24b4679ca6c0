"""Compile ahead, unseen, in the environment that ImageJ installs.

There nobody calls `similij install`, which compiles everything: the first comparison of
each type of pixel, with a mask or with labels, waited for it, two seconds and more each
time. So, once all packages are there, a process of the lowest priority does it, once in
that environment. Nothing waits for this and nothing depends on it: where it fails, or
ImageJ ends before, each comparison compiles what it needs, and the next worker begins
again.
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

from ..ground.writing import whole_file

STAMP = Path(sys.prefix) / "similij.compiled"
"""Written when all is compiled."""

_POLL = 1.0
"""Seconds between two looks whether it can begin."""

_begun: list[threading.Thread] = []


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
