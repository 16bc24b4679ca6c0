"""The worker: Python in a process of its own, started by ImageJ through Appose.

`handle` is what the tasks call. Pixels arrive in shared memory that ImageJ made. On
attaching, the *name* of a segment is removed at once: the memory then lives just as
long as the two processes look at it, and nothing is left behind whichever of them
dies.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from ..sums import Array
from .handler import Handler, Message, Reply


class _Segments:
    """Shared memory attached to so far, by name."""

    def __init__(self) -> None:
        self._attached: dict[str, tuple[Any, Array]] = {}

    def resolve(self, wire: Any) -> Array:
        """Bytes of a segment, given as a dict of its name `shm` and its `size`."""
        name, size = str(wire["shm"]), int(wire["size"])
        if name not in self._attached:
            self._attached[name] = _attach(name, size)
        return self._attached[name][1][:size]

    def release(self) -> None:
        """Let go of all segments."""
        for name in [*self._attached]:
            segment, view = self._attached.pop(name)
            del view
            with contextlib.suppress(BufferError):  # a view still in use lets go later
                segment.close()


def _attach(name: str, size: int) -> tuple[Any, Array]:
    from multiprocessing import shared_memory

    segment = shared_memory.SharedMemory(name=name)
    # Removes the name (where names outlive their users), and stops this process's
    # resource tracker from removing it a second time at exit.
    segment.unlink()
    view = np.frombuffer(segment.buf or b"", np.uint8)
    if view.size < size:
        raise ValueError(f"the shared memory {name} has {view.size} bytes, not {size}")
    return segment, view


_segments = _Segments()
_handler = Handler(_segments.resolve, _segments.release)


def handle(message: Message) -> Reply:
    """Answer a message of ImageJ (docs/protocol.md)."""
    return _handler(message)
