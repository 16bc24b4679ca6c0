"""The worker's shared memory: nothing is left behind, whoever dies."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
import pytest
from test_handler import request

from similij.imagej import worker
from support import run_python

SHM = Path("/dev/shm")
pytestmark = pytest.mark.skipif(
    sys.platform == "win32",
    reason="names of shared memory do not outlive it on Windows",
)


def segments() -> set[str]:
    """Shared memory that is there; semaphores come and go with any Python."""
    names = {path.name for path in SHM.iterdir()} if SHM.is_dir() else set()
    return {name for name in names if not name.startswith("sem.")}


@pytest.fixture
def memory() -> Iterator[shared_memory.SharedMemory]:
    """A segment as ImageJ made it."""
    made = shared_memory.SharedMemory(create=True, size=5000)
    assert made.buf is not None
    made.buf[:] = bytes(k % 251 for k in range(made.size))
    yield made
    made.close()


def wire(memory: shared_memory.SharedMemory, size: int = 5000) -> dict[str, object]:
    return {"shm": memory.name, "size": size}


def test_the_name_is_gone_once_attached(memory: shared_memory.SharedMemory) -> None:
    found = worker._Segments()
    pixels = found.resolve(wire(memory))
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [k % 251 for k in range(5000)]
    with pytest.raises(FileNotFoundError):
        shared_memory.SharedMemory(name=memory.name)
    memory.buf[7] = 99  # the same memory, not a copy
    assert pixels[7] == 99
    again = found.resolve(wire(memory, 100))  # known by its name, though that is gone
    assert (again.size, again[7]) == (100, 99)
    del pixels, again
    found.release()
    with pytest.raises(FileNotFoundError):
        found.resolve(wire(memory))


def test_a_view_still_in_use_outlives_the_release(
    memory: shared_memory.SharedMemory,
) -> None:
    found = worker._Segments()
    pixels = found.resolve(wire(memory))
    found.release()
    gc.collect()
    assert pixels[5] == 5
    del pixels
    found.release()
    gc.collect()


def test_a_segment_that_is_too_small(memory: shared_memory.SharedMemory) -> None:
    found = worker._Segments()
    with pytest.raises(ValueError, match=r"has \d+ bytes, not 1000000"):
        found.resolve(wire(memory, 1_000_000))
    gc.collect()


def test_messages_through_shared_memory() -> None:
    before = segments()
    x = np.arange(12, dtype=np.uint16)
    for run in range(200):
        planes = {}
        made = []
        for key in ("plane_1", "plane_2"):
            segment = shared_memory.SharedMemory(create=True, size=x.nbytes)
            segment.buf[: x.nbytes] = x.tobytes()
            made.append(segment)
            planes[key] = {"shm": segment.name, "size": x.nbytes}
        asked = request(x.reshape(1, 3, 4), x.reshape(1, 3, 4))
        message = {"op": "compare", "run": str(run), "request": asked, "end": True}
        row = worker.handle({**message, **planes})["columns"]
        assert (row["n"], row["pearson"], row["rmsd"]) == (12, 1, 0)
        assert worker.handle({"op": "release"}) == {}
        for segment in made:
            segment.close()
    assert not worker._segments._attached
    assert segments() <= before


def test_nothing_is_left_when_a_worker_is_killed() -> None:
    before = segments()
    memory = shared_memory.SharedMemory(create=True, size=100)
    code = """
import os, signal, sys
from similij.imagej.worker import _segments
_segments.resolve({"shm": sys.argv[1], "size": 100})
print("attached", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_python(code, memory.name, check=False) == "attached\n"
    assert segments() <= before
    memory.close()


def test_the_resource_tracker_has_nothing_to_say() -> None:
    code = """
import sys
from multiprocessing import shared_memory
from similij.imagej.worker import _segments
made = shared_memory.SharedMemory(create=True, size=100)
_segments.resolve({"shm": made.name, "size": 100})
_segments.release()
made.close()
"""
    assert run_python(code + "print('end')") == "end\n"
