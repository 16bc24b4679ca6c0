"""What is compiled unseen, for a dialog or all of it: never in anybody's way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from similij.imagej import compile_ahead, second_stage
from similij.measure import warm_up as loops
from support import ROOT, run_python

_SOON = 60


@pytest.fixture(autouse=True)
def nothing_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(compile_ahead, "STAMP", tmp_path / "similij.compiled")
    monkeypatch.setattr(compile_ahead, "_POLL", 0.01)
    monkeypatch.setattr(compile_ahead, "_begun", [])
    yield
    for thread in compile_ahead._begun:
        thread.join(_SOON)


def runs(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have other code run in place of what compiles."""
    monkeypatch.setattr(compile_ahead, "_command", lambda: [sys.executable, "-c", code])


def test_it_begins_when_all_packages_are_there_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = tmp_path / "ran"
    runs(monkeypatch, f"print('a word'); open({str(ran)!r}, 'a').write('once ')")
    ready = threading.Event()
    compile_ahead.begin(ready.is_set)
    compile_ahead.begin(ready.is_set)
    (thread,) = compile_ahead._begun
    time.sleep(0.1)
    assert not ran.exists()
    ready.set()
    thread.join(_SOON)
    assert ran.read_text() == "once "
    assert capfd.readouterr() == ("", "")  # ImageJ reads what a worker prints


def test_not_where_it_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_ahead.STAMP.write_text("all\n")
    compile_ahead.begin(lambda: True)
    assert not compile_ahead._begun


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no compiler')", "ValueError: no compiler"),
        ("import os; os._exit(3)", "exit code 3"),
    ],
)
def test_a_failure_is_one_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    reason: str,
) -> None:
    runs(monkeypatch, code)
    compile_ahead.begin(lambda: True)
    compile_ahead._begun[0].join(_SOON)
    assert capsys.readouterr().err == f"SimilIJ: not compiled ahead ({reason})\n"


def test_a_python_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compile_ahead, "_command", lambda: ["/no/such/python"])
    compile_ahead.begin(lambda: True)
    compile_ahead._begun[0].join(_SOON)
    assert "not compiled ahead" in capsys.readouterr().err


def test_it_is_noted_once_all_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = tmp_path / "stamp"
    monkeypatch.setattr(compile_ahead, "_end_with_worker", lambda: None)
    monkeypatch.setattr(compile_ahead, "_LOWEST", 0)

    def compiled() -> None:
        assert not stamp.exists()

    monkeypatch.setattr(loops, "warm_up", compiled)
    monkeypatch.setattr(loops, "warm_up_metrics", compiled)
    compile_ahead.main(stamp)
    assert stamp.read_text() == "all\n"


def test_it_ends_with_the_worker(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    with compiling(stamp, seconds=600) as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(_SOON) == 1
    assert not stamp.exists()


def test_it_ends_by_itself_while_the_worker_lives(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    with compiling(stamp, seconds=0) as child:
        assert child.wait(_SOON) == 0
        assert child.stderr is not None
        assert child.stderr.read() == b""
    assert stamp.exists()


def compiling(stamp: Path, seconds: float) -> subprocess.Popen[bytes]:
    """Start what compiles, with something in place of that which takes seconds."""
    code = (
        "import time; from pathlib import Path;"
        "from similij.measure import warm_up; from similij.imagej import compile_ahead;"
        f"warm_up.warm_up = lambda: time.sleep({seconds});"
        "warm_up.warm_up_metrics = lambda: None;"
        f"compile_ahead.main(Path({str(stamp)!r}))"
    )
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def test_it_is_begun_behind_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    monkeypatch.setattr(second_stage, "answer", lambda message: events.append("answer"))
    monkeypatch.setattr(second_stage, "begin", lambda ready: events.append("begin"))
    second_stage.handle({}, None)
    assert events == ["answer", "begin"]


def test_the_command_is_this_module(tmp_path: Path) -> None:
    python, *_, module, stamp = compile_ahead._command()
    assert (python, module) == (sys.executable, "similij.imagej.compile_ahead")
    assert stamp == str(compile_ahead.STAMP)


def test_metrics_by_name_are_compiled_for_small_and_large_images() -> None:
    from similij.moments.kernels.ranks import tied_pairs
    from similij.moments.kernels.spectra import powers, ring_sums

    loops.warm_up_metrics()
    kinds = {str(signature[0].dtype) for signature in powers.signatures}
    assert kinds >= {"complex64", "complex128"}
    assert ring_sums.signatures
    assert len(tied_pairs.signatures) > 1  # of 16 bits and of floats


LOOK_THEN_COMPARE = """
import sys, threading
from pathlib import Path
cache, one, two, beside = sys.argv[1:5]
sys.path[:0] = sys.argv[5:]
import test_handler as wire
x, y = wire.X[:1].astype(one), wire.Y[:1].astype(two)
marks = {"labels": None, "mask": None}
if beside:
    marks[beside] = (wire.LABELS[0] % 2).astype("uint8")
words = {key: wire.label_words(m, "8-bit") for key, m in marks.items() if m is not None}
asked = wire.request(x, y, **words)
dialog = wire.Wire()
for _ in range(3):
    look = {"op": "check", "request": asked, "groups": 1, "regions": 1}
    assert "They fit" in dialog.ask(look)["words"]
(thread,) = [one for one in threading.enumerate() if one.name == "similij-pair"]
thread.join()
def kept():
    return sorted(str(file) for file in Path(cache).rglob("*.nbc"))
compiled = kept()
wire.converse_beside(x, y, marks["labels"], marks["mask"], **words)
assert compiled and kept() == compiled, set(kept()) - set(compiled)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "two", "beside"),
    [
        ("uint16", "uint16", ""),
        ("uint8", "float32", ""),
        ("float32", "float32", "mask"),
        ("uint16", "uint16", "labels"),
    ],
)
def test_what_a_dialog_is_about_is_compiled_before_it_is_compared(
    tmp_path: Path, one: str, two: str, beside: str
) -> None:
    paths = [ROOT / "tests", ROOT / "tests" / "imagej"]
    environment = {"NUMBA_CACHE_DIR": str(tmp_path)}
    run_python(LOOK_THEN_COMPARE, tmp_path, one, two, beside, *paths, env=environment)


def test_what_cannot_be_compiled_is_left_to_the_comparison(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    done = threading.Event()

    def compiled(*pair: object) -> None:
        done.set()
        raise ImportError("a package that is not there yet")

    monkeypatch.setattr(compile_ahead, "_pairs", set())
    monkeypatch.setattr(loops, "warm_up_pair", compiled)
    compile_ahead.of_pair(("uint8", "uint8"), None, False)
    assert done.wait(_SOON)
    for thread in threading.enumerate():
        if thread.name == "similij-pair":
            thread.join(_SOON)
    assert capfd.readouterr() == ("", "")
