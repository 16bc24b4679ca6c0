"""Answer an ImageJ that started this process through Appose: the worker.

`handle` is what the tasks call. Pixels arrive in shared memory that ImageJ made. On
attaching, the *name* of a segment is removed at once: the memory then lives just as
long as the two processes look at it, and nothing is left behind whichever of them
dies.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from ..ground.types import Array
from . import pulse
from .handler import Handler, Message, Reply


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name shared memory that ImageJ made: what stands for pixels in a message."""

    shm: str
    size: int


class _Segments:
    """Keep the shared memory attached to so far, by name.

    ImageJ keeps its segments from run to run, and attaching is a call of the system and
    a mapping of pages: so once, not for every plane.
    """

    def __init__(self) -> None:
        self._attached: dict[str, tuple[Any, Array]] = {}
        self._in_use: list[Any] = []

    def resolve(self, wire: Any) -> Array:
        """Look at the bytes of a segment, whose name and size a message gives."""
        segment = msgspec.convert(wire, Segment)
        name, size = segment.shm, segment.size
        if name not in self._attached:
            self._attached[name] = _attach(name, size)
        # Cut: the system rounds segments up to whole pages.
        return self._attached[name][1][:size]

    def release(self) -> None:
        """Let go of all segments; one that is looked at still, the next time."""
        segments = [segment for segment, _ in self._attached.values()] + self._in_use
        self._attached.clear()
        self._in_use = [segment for segment in segments if not _closed(segment)]


def _attach(name: str, size: int) -> tuple[Any, Array]:
    from multiprocessing import shared_memory

    segment = shared_memory.SharedMemory(name=name)
    # Removes the name (where names outlive their users), and stops this process's
    # resource tracker from removing it a second time at exit.
    segment.unlink()
    if segment.size < size:
        there = segment.size
        segment.close()
        raise ValueError(f"the shared memory {name} has {there} bytes, not {size}")
    return segment, np.frombuffer(segment.buf or b"", np.uint8)


def _closed(segment: Any) -> bool:
    """Close a segment, unless an array looks at it; return whether it is closed."""
    try:
        segment.close()
    except BufferError:  # Python's word for memory that an array still looks at
        return False
    return True


# One for the process: the script of a task only imports and calls `handle`, so what is
# kept between tasks is kept by this module.
_segments = _Segments()
_handler = Handler(_segments.resolve, _segments.release)


def handle(message: Message) -> Reply:
    """Answer a message of ImageJ (docs/protocol.md)."""
    pulse.works()
    return _handler(message)
