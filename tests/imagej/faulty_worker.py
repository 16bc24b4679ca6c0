"""A worker with a fault: what is written into a file happens at its next comparison.

For `env` of `support.run_imagej`; the script writes the fault with `fault("...")`.
"""

from __future__ import annotations

import os
from pathlib import Path

SITE = """
import os
if "APPOSE_INIT_SCRIPT" in os.environ:  # in the worker, not in the Python of the test
    import collections, itertools, signal, time
    from pathlib import Path
    import appose.python_worker as appose
    import similij.imagej.worker as worker

    real = worker.handle

    def cannot(*args, **kwargs):
        raise MemoryError

    def computes():
        # One call of C that never lets go of Python's lock, on any machine.
        until = time.monotonic() + 45
        clock = itertools.takewhile(until.__gt__, iter(time.monotonic, until))
        collections.deque(clock, maxlen=0)

    FAULTS = {
        "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "stopped": lambda: os.kill(os.getpid(), signal.SIGSTOP),
        # Neither the answer nor the failure to answer can be written.
        "no memory": lambda: setattr(appose.Task, "_respond", cannot),
        # The thread that reads messages ends at the next one.
        "no thread": lambda: setattr(appose, "Thread", cannot),
        "computes": computes,
        "sleeps": lambda: time.sleep(45),
    }

    def handle(message):
        file = Path(os.environ["SIMILIJ_TEST_FAULT"])
        if message["op"] == "compare" and file.exists():
            worker.pulse.works()  # as the real one says first of all
            fault = FAULTS[file.read_text()]
            file.unlink()
            fault()
        return real(message)

    worker.handle = handle
"""

SCRIPT = """
def fault(name):
    with open(os.environ["SIMILIJ_TEST_FAULT"], "w") as file:
        file.write(name)
"""
"""For the beginning of the script."""


def faulty(folder: Path) -> dict[str, str]:
    """Return the environment in which workers have faults."""
    (folder / "sitecustomize.py").write_text(SITE)
    others = os.environ.get("PYTHONPATH", "")
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(folder), others])),
        "SIMILIJ_TEST_FAULT": str(folder / "fault"),
    }
