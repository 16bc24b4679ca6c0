"""Pictures drawn by several processes: the same, in order, and no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from similij.plot.processes import drawn
from support import HUNG

pytestmark = pytest.mark.slow


def of_process(task: int | None, shared: str) -> tuple[int | None, str, int]:
    if task == -1:
        raise ValueError("a picture that cannot be")
    return task, shared, os.getpid()


def test_in_order_and_by_as_many_as_are_worth_it() -> None:
    tasks = [None, *range(9), None, *range(9, 17)]
    found = list(drawn(of_process, tasks, "shared", processes=2))
    assert [task for task, _, _ in found] == tasks
    assert {shared for _, shared, _ in found} == {"shared"}
    by = {process for task, _, process in found if task is not None}
    assert len(by) in (1, 2) and os.getpid() not in by  # one may draw them all
    few = list(drawn(of_process, [*range(15), None], "", processes=2))
    assert {process for _, _, process in few} == {os.getpid()}


def test_what_cannot_be_drawn_is_raised_and_ends_all() -> None:
    with pytest.raises(ValueError, match="a picture that cannot be"):
        list(drawn(of_process, [*range(16), -1], processes=2))
    drawing = drawn(of_process, [*range(17)], processes=2)
    next(drawing)
    drawing.close()
    children = psutil.Process().children(recursive=True)
    assert not [c for c in children if "spawn_main" in " ".join(c.cmdline())]


KILLED = """
import time
from similij.plot.processes import drawn
if __name__ == "__main__":
    from test_processes import of_process
    drawing = drawn(of_process, [*range(16)], processes=2)
    print(next(drawing)[2], flush=True)
    time.sleep(600)
"""


def test_they_end_with_who_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(KILLED)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    ) as started:
        assert started.stdout is not None
        one = psutil.Process(int(started.stdout.readline()))
        others = psutil.Process(started.pid).children(recursive=True)
        assert one in others
        started.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(others, HUNG)
    assert not alive
