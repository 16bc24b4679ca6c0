"""A worker from which no answer comes is noticed; one that works long is let work."""

from __future__ import annotations

from pathlib import Path

import pytest
from faulty_worker import SCRIPT, faulty
from test_worker_life import TWO_IMAGES, needs_shm

from support import run_imagej

pytestmark = [pytest.mark.slow, needs_shm]

FAILS_ONCE = """
ij.run_macro(RUN)
fault(sys.argv[1])
begun = time.monotonic()
error = fails(RUN)
answer(error=error, seconds=time.monotonic() - begun, rows=len(rows()))
ij.run_macro(RUN)
answer(then=rows())
"""

WORKS = """
ij.run_macro(RUN)
first = workers()
fault(sys.argv[1])
begun = time.monotonic()
ij.run_macro(RUN)
answer(rows=rows(), same=workers() == first, seconds=time.monotonic() - begun)
"""


@pytest.mark.parametrize(
    ("fault", "words", "least"),
    [
        ("stopped", "was silent for 30 seconds", 30),
        ("no memory", "lost its answer, perhaps because memory ran out", 5),
    ],
)
def test_a_worker_that_gives_no_answer(
    tmp_path: Path, fault: str, words: str, least: float
) -> None:
    found = run(tmp_path, FAILS_ONCE, fault)
    assert words in found["error"], found["printed"]
    assert found["error"].endswith("Run the command again: it starts a new one.")
    assert "\n" not in found["error"]
    assert found["seconds"] >= least
    assert found["rows"] == 1
    assert found["then"][0] == found["then"][1]


def test_a_worker_that_reads_no_more(tmp_path: Path) -> None:
    script = """
ij.run_macro(RUN)
fault("no thread")
ij.run_macro(RUN)
error = fails(RUN)
ij.run_macro(RUN)
answer(error=error, rows=rows())
"""
    found = run(tmp_path, script)
    assert "lost its answer" in found["error"], found["printed"]
    assert len(found["rows"]) == 3


@pytest.mark.parametrize("fault", ["computes", "sleeps"])
def test_long_work_is_let_work(tmp_path: Path, fault: str) -> None:
    """With Python's lock held all the time and computing, or waiting for a disk."""
    found = run(tmp_path, WORKS, fault)
    assert found["same"]
    assert found["rows"][0] == found["rows"][1]
    assert found["seconds"] > 30


def run(folder: Path, script: str, *args: object) -> dict:
    return run_imagej(
        TWO_IMAGES + SCRIPT + script, *args, backend="worker", env=faulty(folder)
    )
