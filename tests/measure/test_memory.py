"""Where memory is not enough, one sentence says so, in every way in."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import similij
from similij import ImageError
from similij.ground import memory
from similij.ground.memory import NotEnoughMemory, available, enough_memory, not_enough
from similij.ground.public import public
from similij.measure.task import HELD_BYTES
from support import HUNG, ROOT, Shell

RNG = np.random.default_rng(3)
SIDE = 400
X = RNG.integers(0, 5000, (SIDE, SIDE)).astype(np.uint16)
Y = (X + RNG.integers(0, 900, X.shape)).astype(np.uint16)
MASK = RNG.random(X.shape) > 0.1


def is_sentence(words: str) -> bool:
    return "\n" not in words and "Unable to allocate" not in words


@pytest.mark.parametrize(
    "name", ["spearman", "kendall", "nmi", "shift_x", "manders_m1_coloc2"]
)
def test_what_is_said_that_a_metric_takes_is_what_it_takes(name: str) -> None:
    options = {"metrics": [name], "data_range": 65535}
    similij.compare(X, Y, mask=MASK, **options)  # compiles, which takes memory, too
    tracemalloc.start()
    try:
        similij.compare(X, Y, mask=MASK, **options)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.7 * HELD_BYTES[name] < most / X.size < 1.6 * HELD_BYTES[name]


def test_every_metric_that_is_listed_exists() -> None:
    from similij.metrics.registry import catalogue

    assert set(HELD_BYTES) <= {
        name for name, metric in catalogue().items() if not metric.streams
    }


def test_too_little_memory_is_a_blank_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others of the row have their numbers."""
    monkeypatch.setattr(memory, "available", lambda: 10**6)
    monkeypatch.setattr("similij.measure.task._WORTH_ASKING", 1000)
    [row] = similij.compare(X, Y, metrics=["pearson", "spearman"]).rows
    assert row["pearson"] > 0.9
    assert np.isnan(row["spearman"])
    assert row["note"].endswith(
        " looks at all 160,000 pixels at once, for which about 2 MB of memory are "
        "needed and 1 MB are free: compare smaller regions or plane by plane"
    )


def failing(*_: object, **__: object) -> None:
    np.empty(1 << 60, np.uint8)


def test_numpy_s_words_become_a_sentence() -> None:
    with pytest.raises(ImageError) as refusal:
        enough_memory(failing)()
    assert isinstance(refusal.value, MemoryError)
    words = str(refusal.value)
    assert words.startswith("there is not enough memory (1.00 EiB more were needed at")
    assert is_sentence(words)
    assert not_enough(refusal.value) is refusal.value
    assert "more was needed" in str(not_enough(MemoryError()))


def test_only_a_lack_of_memory_is_worded() -> None:
    @enough_memory
    def mapping(number: int) -> None:
        raise OSError(number, "as the system says")

    with pytest.raises(NotEnoughMemory):
        mapping(errno.ENOMEM)
    with pytest.raises(OSError, match="as the system says"):
        mapping(errno.EIO)


@pytest.mark.parametrize(
    "function",
    [
        similij.compare, similij.pairwise, similij.significance, similij.more_alike,
        similij.shift, similij.frc, similij.threshold, similij.verdict,
        similij.local_map, similij.estimate, similij.read, similij.open_image,
        similij.draw, similij.report.write,
    ],
    ids=lambda function: function.__name__,
)  # fmt: skip
def test_public_functions_are_doors(function: Callable) -> None:
    assert function.__code__ is public(failing).__code__
    assert function.__wrapped__.__code__ is enough_memory(failing).__code__


def test_a_pair_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, X)
    module = import_module("similij.batch.run")  # the wing has a function of that name
    monkeypatch.setattr(module, "answer", failing)
    job = similij.batch.Job(tmp_path / "a.npy", tmp_path / "b.npy")
    [row] = similij.compare_pairs([job], out=tmp_path / "r.csv").rows
    assert row["note"].startswith("there is not enough memory (1.00 EiB")


def test_imagej_reads_a_sentence() -> None:
    from similij.imagej.handler import Handler

    handler = Handler(failing)
    handler._operations["hello"] = (handler._operations["hello"][0], failing)
    reply = handler({"op": "hello"})
    assert reply["error"].startswith("there is not enough memory (1.00 EiB")
    assert "traceback" not in reply


def test_the_shell_says_a_sentence(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "a.npy", X)
    monkeypatch.setattr("similij.measure.compare.compared", failing)
    found = shell("compare", tmp_path / "a.npy", tmp_path / "a.npy")
    assert found.code == 1
    assert found.err.startswith("similij: there is not enough memory (1.00 EiB")
    assert len(found.err.splitlines()) == 1


LIMITED = """
import json, resource, sys
import numpy as np
import similij
from similij.ground.memory import available
x = np.zeros((5000, 5000), np.uint16); x[::2] = 9
similij.compare(x[:8, :8], x[:8, :8], metrics=["pearson", "spearman"])
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000,) * 2)
[row] = similij.compare(x, x, metrics=["pearson", "spearman"]).rows
answer = {"free": available(), "pearson": row["pearson"], "note": row["note"]}
try:
    similij.shift(x, x)
except similij.ImageError as error:
    answer["shift"] = str(error)
print(json.dumps(answer))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's limits")
@pytest.mark.slow
def test_a_limit_of_the_shell_is_known() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, cwd=ROOT,
        timeout=HUNG, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["free"] < 400_000_000
    assert answer["pearson"] == 1
    assert "looks at all 25,000,000 pixels at once, for which " in answer["note"]
    assert answer["shift"].startswith("there is not enough memory (")


def test_available_is_a_number_of_this_machine() -> None:
    free = available()
    if sys.platform == "linux":
        assert free is not None
        assert 0 < free < 1 << 50
