"""What several tests need: a process of its own for every JVM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT.parent / "shared" / "seed-testset"

_JVM_PROLOGUE = """
import os, sys
import jpype
from similij.imagej.launch import class_path
jpype.startJVM("-Djava.awt.headless=true", classpath=[str(p) for p in class_path()])
"""
_JVM_EPILOGUE = """
sys.stdout.flush(); sys.stderr.flush(); os._exit(0)
"""


def run_python(
    source: str,
    *args: object,
    timeout: float = 180,
    env: dict[str, str] | None = None,
    check: bool = True,
) -> str:
    """Run a script in a Python of its own; return what it printed.

    The script runs in its own process group, which is killed whole when it hangs, so
    that no Java or worker process outlives a test.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", source, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        start_new_session=True,
        cwd=ROOT,
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"no end after {timeout} s\n{out}\n{err}") from None
    if check and process.returncode != 0:
        raise AssertionError(f"exit status {process.returncode}\n{out}\n{err}")
    return out


def run_in_jvm(source: str, *args: object, timeout: float = 180) -> str:
    """Run a script with a headless JVM already started, ImageJ on its class path."""
    return run_python(_JVM_PROLOGUE + source + _JVM_EPILOGUE, *args, timeout=timeout)
