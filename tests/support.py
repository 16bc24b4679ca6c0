"""What several tests need: a process of its own for every JVM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from similij import Comparison

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT.parent / "shared" / "seed-testset"
IMAGES = ROOT / "tests" / "data"

HUNG = 900
"""Seconds after which a process hangs and is not merely slow, on a machine however
busy. Only a failing test ever takes as long: no test waits for time."""

SMALL_JAVA = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}
"""For a Java that lives for seconds: its second compiler takes as many again, and more
than half of what a test of ImageJ took was that compiler."""

_JVM_PROLOGUE = """
import os, sys
import jpype
from similij.imagej.jars import class_path
jpype.startJVM("-Djava.awt.headless=true", classpath=[str(p) for p in class_path()])
"""
_JVM_EPILOGUE = """
sys.stdout.flush(); sys.stderr.flush(); os._exit(0)
"""


class Ran(NamedTuple):
    """What a command line left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ran]
"""The fixture `shell`: `similij` and these words, run in the process of the test."""


def run_python(
    source: str,
    *args: object,
    timeout: float = HUNG,
    env: dict[str, str] | None = None,
    check: bool = True,
    within: tuple[str, ...] = (),
) -> str:
    """Run a script in a Python of its own; return what it printed.

    `within` are the words of a program that runs Python, such as `unshare`.

    The script runs in its own process group, which is killed whole when it hangs, so
    that no Java or worker process outlives a test.
    """
    process = subprocess.Popen(
        [*within, sys.executable, "-c", source, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **SMALL_JAVA, **(env or {})},
        start_new_session=True,
        cwd=ROOT,
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGQUIT)  # a JVM says what its threads wait for
        time.sleep(5)  # there is no state to wait for: it may be past saying it
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"no end after {timeout} s\n{out}\n{err}") from None
    if check and process.returncode != 0:
        raise AssertionError(f"exit status {process.returncode}\n{out}\n{err}")
    return out


def run_in_jvm(source: str, *args: object) -> str:
    """Run a script with a headless JVM already started, ImageJ on its class path."""
    return run_python(_JVM_PROLOGUE + source + _JVM_EPILOGUE, *args)


_IMAGEJ_PROLOGUE = """
import json, os, subprocess, sys, threading, time
MODE, BACKEND = {mode!r}, {backend!r}
import similij, similij.imagej
ij = similij.imagej.start(mode=MODE)
import jpype
from jpype import JClass
IJ = ij.IJ
WindowManager = JClass("ij.WindowManager")
if BACKEND == "worker":
    IJ.setProperty("similij.backend", None)
    JClass("ij.Prefs").set("similij.python", sys.executable)  # in memory, not saved

LONG = {long}
def wait_for(condition):
    # For a state, on a machine however busy; what it then is, the test asserts.
    end = time.monotonic() + LONG
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)

def answer(**values):
    print("ANSWER " + json.dumps(values), flush=True)

def rows(table=None, every=False):
    # With what most tests look at, or with every column.
    table = table or JClass("ij.measure.ResultsTable").getResultsTable()
    text = ("Image 1", "Image 2", "Region", "Plane", "Note")
    numbers = ("n", "Excluded", "Pearson R", "RMSD", "Mean Difference")
    if every:
        numbers = [name for name in map(str, table.getHeadings()) if name not in text]
    found = []
    for k in range(table.size()):
        row = {{name: str(table.getStringValue(name, k)) for name in text}}
        for name in numbers:
            value = float(table.getValue(name, k))
            row[name] = None if value != value else value
        found.append(row)
    return found

def close_all():
    # Without being asked whether to save them.
    for number in WindowManager.getIDList() or ():
        image = WindowManager.getImage(number)
        image.changes = False
        image.close()

def fails(macro, argument=""):
    try:
        ij.run_macro(macro, argument)
    except similij.imagej.MacroError as error:
        return str(error)
    return "no error"
"""

_IMAGEJ_EPILOGUE = """
worker = IJ.getProperty("similij.worker")
if worker is not None:
    worker.close()
sys.stdout.flush(); sys.stderr.flush(); os._exit(0)
"""


def run_imagej(
    source: str,
    *args: object,
    mode: str = "headless",
    backend: str = "embedded",
    env: dict[str, str] | None = None,
    within: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Run a script beside a real ImageJ of its own; return what it `answer`ed.

    The script finds `ij` (the handle of `similij.imagej.start`), `IJ`, `JClass`, and
    `rows()`, `fails(macro)`, `close_all()`, `wait_for(condition)` and
    `answer(key=value)`. What it printed, ImageJ's Log included where there is no
    window, is the answer `printed`.
    """
    prologue = _IMAGEJ_PROLOGUE.format(mode=mode, backend=backend, long=HUNG // 3)
    whole = prologue + source + _IMAGEJ_EPILOGUE
    out = run_python(whole, *args, env=env, within=within)
    answers: dict[str, Any] = {"printed": out}
    for line in out.splitlines():
        if line.startswith("ANSWER "):
            answers.update(json.loads(line.removeprefix("ANSWER ")))
    return answers


def of_files(found: Comparison, *files: Path) -> list[dict]:
    """Rows as the shell has them, but for the run, of which each call is its own."""
    paths = dict(zip(("file_1", "file_2"), map(str, files), strict=True))
    return [{**row, **paths, "run": ""} for row in found.to_dict()["rows"]]


def in_small_disk(script: str, place: Path, size: str, *more: object) -> str:
    """Run a script where a folder is a small disk, which no other process sees."""
    import shutil

    import pytest

    if shutil.which("unshare") is None:
        pytest.skip("needs Linux's unshare")
    mount = f'mount -t tmpfs -o size={size} tmpfs "$1" && shift && exec "$@"'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", mount, "sh", place]
    done = subprocess.run(
        [*command, sys.executable, "-c", script, place, *map(str, more)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=HUNG,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("may not mount here")
    assert done.returncode == 0, done.stderr
    return done.stdout
