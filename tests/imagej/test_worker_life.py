"""The worker's life: started once, killed, restarted; nothing is left behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from faulty_worker import SCRIPT, faulty

import similij
from support import HUNG, run_imagej

SHM = Path("/dev/shm")

TWO_IMAGES = """
def ramp(title, factor, size=64):
    image = IJ.createImage(title, "16-bit ramp", size, size // 2, 1)
    image.getProcessor().multiply(factor)
    image.show()
ramp("one", 1.0); ramp("two", 0.5)
RUN = 'run("Image Similarity...", "image_1=one image_2=two");'
def workers():
    out = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "appose"],
                         capture_output=True, text=True).stdout
    return [int(pid) for pid in out.split()]
"""

needs_shm = pytest.mark.skipif(
    not SHM.is_dir(), reason="shared memory can be looked at on Linux only"
)


def segments() -> set[str]:
    """Shared memory that is there; semaphores come and go with any Python."""
    names = {path.name for path in SHM.iterdir()}
    return {name for name in names if not name.startswith("sem.")}


@needs_shm
def test_two_hundred_runs_one_worker_and_nothing_left() -> None:
    before = segments()
    found = run_imagej(
        TWO_IMAGES
        + """
first = set()
for k in range(200):
    ij.run_macro(RUN)
    first.update(workers())
answer(rows=len(rows()), same=len({json.dumps(r) for r in rows()}), workers=[*first])
answer(during=[n for n in os.listdir("/dev/shm") if not n.startswith("sem.")])
""",
        backend="worker",
    )
    assert found["rows"] == 200
    assert found["same"] == 1
    assert len(found["workers"]) == 1
    assert set(found["during"]) - before == set()
    assert segments() - before == set()
    assert not _alive(found["workers"][0])


@needs_shm
def test_killed_while_it_works_then_the_next_run_works(tmp_path: Path) -> None:
    before = segments()
    found = run_imagej(
        TWO_IMAGES
        + SCRIPT
        + """
ij.run_macro(RUN)
(pid,) = workers()
fault("killed")
error = fails(RUN)
answer(error=error, rows_after_error=len(rows()))
ij.run_macro(RUN)
answer(rows=rows(), first=pid, second=workers())
""",
        backend="worker",
        env=faulty(tmp_path),
    )
    assert "Python" in found["error"]
    assert "\n" not in found["error"].strip()
    assert found["rows_after_error"] == 1
    assert found["rows"][0] == found["rows"][1]
    assert found["second"] != [found["first"]]
    assert len(found["second"]) == 1
    assert segments() - before == set()
    assert not _alive(found["first"])
    _wait_for_end(found["second"][0])


@needs_shm
def test_killed_before_it_began_is_not_noticed() -> None:
    before = segments()
    found = run_imagej(
        TWO_IMAGES
        + """
import fcntl, signal, struct, termios
ij.run_macro(RUN)
(pid,) = workers()
# Stopped, and killed once ImageJ's next message waits in the pipe that it would read:
# so Java thought that it lives, and it has not begun.
os.kill(pid, signal.SIGSTOP)
def asked():
    pipe = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        waiting = fcntl.ioctl(pipe, termios.FIONREAD, b"    ")
    finally:
        os.close(pipe)
    return struct.unpack("i", waiting)[0] > 0
def kill():
    wait_for(asked)
    os.kill(pid, signal.SIGKILL)
threading.Thread(target=kill).start()
ij.run_macro(RUN)
answer(rows=rows(), first=pid, second=workers())
""",
        backend="worker",
    )
    assert len(found["rows"]) == 2
    assert found["rows"][0] == found["rows"][1]
    assert found["second"] != [found["first"]]
    assert len(found["second"]) == 1
    assert segments() - before == set()
    _wait_for_end(found["second"][0])


@needs_shm
def test_killed_at_any_moment_after_a_run_is_not_noticed() -> None:
    found = run_imagej(
        TWO_IMAGES
        + """
import random, signal
moments = random.Random(16)
ij.run_macro(RUN)
errors = []
for k in range(int(os.environ.get("SIMILIJ_TEST_KILLS", 12))):
    (pid,) = workers()
    # From at once, when Java still thinks that it lives, to long after.
    killer = threading.Timer(moments.choice([0, 0.001, 0.01, 0.1]) * moments.random(),
                             os.kill, (pid, signal.SIGKILL))
    killer.start()
    killer.join()
    time.sleep(moments.choice([0, 0.0005, 0.005, 0.05]) * moments.random())
    error = fails(RUN)
    if error != "no error":
        errors.append(error)
answer(errors=errors, rows=len(rows()), kills=k + 1)
""",
        backend="worker",
    )
    assert found["errors"] == []
    assert found["rows"] == found["kills"] + 1


def test_killed_between_runs_is_not_noticed() -> None:
    found = run_imagej(
        TWO_IMAGES
        + """
import signal
ij.run_macro(RUN)
(pid,) = workers()
os.kill(pid, signal.SIGKILL)
service = JClass("similij.python.WorkerBackend").class_.getDeclaredField("service")
service.setAccessible(True)
worker = service.get(IJ.getProperty("similij.worker"))
wait_for(lambda: not worker.isAlive())  # Java has been told of its end
answer(dead=not worker.isAlive())
ij.run_macro(RUN)
answer(rows=rows())
""",
        backend="worker",
    )
    assert found["dead"]
    assert found["rows"][0] == found["rows"][1]


def test_the_worker_ends_with_imagej() -> None:
    found = run_imagej(
        TWO_IMAGES
        + """
ij.run_macro(RUN)
answer(workers=workers())
os._exit(0)  # ImageJ dies without a word
""",
        backend="worker",
    )
    (pid,) = found["workers"]
    _wait_for_end(pid)


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has neither similij nor appose."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def old_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python whose similij answers with protocol 0, as an older one might."""
    folder = tmp_path_factory.mktemp("old")
    site = folder / "site"
    (site / "similij" / "imagej").mkdir(parents=True)
    for name in ("similij", "similij/imagej"):
        (site / name / "__init__.py").write_text('__version__ = "0.0.1"\n')
    (site / "similij" / "imagej" / "worker.py").write_text(
        textwrap.dedent("""
        def handle(message):
            return {"protocol": 0, "version": "0.0.1", "python": "old", "pid": 1}
        """)
    )
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{site}" exec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    return program


PREFERRED = """
JClass("ij.Prefs").set("similij.python", sys.argv[1])
error = fails(RUN)
answer(error=error, workers=workers(), rows=len(rows()))
JClass("ij.Prefs").set("similij.python", sys.executable)
ij.run_macro(RUN)
answer(rows_then=len(rows()))
"""


def test_the_environment_variable_names_the_python() -> None:
    found = run_imagej(
        TWO_IMAGES
        + """
IJ.setProperty("similij.backend", None)
ij.run_macro(RUN)
(pid,) = workers()
answer(rows=len(rows()), program=os.readlink(f"/proc/{pid}/exe"))
""",
        env={"SIMILIJ_PYTHON": sys.executable},
    )
    assert found["rows"] == 1
    assert Path(found["program"]) == Path(sys.executable).resolve()


def test_preferred_python_is_missing() -> None:
    found = run_imagej(TWO_IMAGES + PREFERRED, "/nowhere/bin/python", backend="worker")
    assert "/nowhere/bin/python" in found["error"]
    assert found["workers"] == []
    assert (found["rows"], found["rows_then"]) == (0, 1)


def test_preferred_python_lacks_similij(bare_python: Path) -> None:
    found = run_imagej(TWO_IMAGES + PREFERRED, bare_python, backend="worker")
    assert str(bare_python) in found["error"]
    assert (
        f"pip install similij-{similij.__version__}-py3-none-any.whl" in found["error"]
    )
    assert found["workers"] == []
    assert found["rows_then"] == 1


def test_similij_in_the_preferred_python_is_too_old(old_python: Path) -> None:
    found = run_imagej(TWO_IMAGES + PREFERRED, old_python, backend="worker")
    assert "0.0.1" in found["error"]
    assert (
        f"pip install similij-{similij.__version__}-py3-none-any.whl" in found["error"]
    )
    assert found["workers"] == []
    assert found["rows_then"] == 1


def _wait_for_end(pid: int) -> None:
    """Wait until a process ends: one that is killed is there for a moment still."""
    until = time.monotonic() + HUNG
    while _alive(pid):
        assert time.monotonic() < until, f"the worker {pid} outlived ImageJ"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
