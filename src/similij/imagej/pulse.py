"""Show an ImageJ that waits for an answer that this worker lives, and whether it works.

ImageJ waits as long as the work takes, which may be hours; so it must know a worker
that works from one whose answer will never come: stopped, or with a thread that ended
for want of memory. A thread beside the work counts in a few bytes of shared memory.
That takes no memory, and nothing is sent, so nothing can break into an answer.
"""

from __future__ import annotations

import os
import threading
import time
from multiprocessing import shared_memory

VARIABLE = "SIMILIJ_PULSE"
"""Names the memory that ImageJ made."""

_SECONDS = 0.2
"""Between two beats."""

_BEAT, _WORKING, _PID = 0, 1, 4
"""Places in the memory."""

_last: list[threading.Thread] = []
"""The thread that works on a message, or last did: ImageJ sends one at a time. Whether
it is alive tells more than whether the work is done: the answer is written after that,
by the same thread."""


def begin() -> None:
    """Beat from now on, where ImageJ waits for that."""
    name = os.environ.pop(VARIABLE, "")
    if not name:
        return
    memory = shared_memory.SharedMemory(name=name)
    memory.unlink()  # as of pixels: then nothing is left, whoever dies
    assert memory.buf is not None  # it is open
    memory.buf[_PID : _PID + 4] = os.getpid().to_bytes(4, "little")
    threading.Thread(target=_beat, args=(memory,), name="Pulse", daemon=True).start()


def works() -> None:
    """Note that this thread works on a message until it ends."""
    _last[:] = [threading.current_thread()]


def _beat(memory: shared_memory.SharedMemory) -> None:
    seen, beat = memory.buf, 0
    assert seen is not None
    while True:
        try:
            seen[_WORKING] = any(thread.is_alive() for thread in _last)
            beat = (beat + 1) % 256
            seen[_BEAT] = beat
            time.sleep(_SECONDS)
        except MemoryError:  # of others: this goes on
            continue
