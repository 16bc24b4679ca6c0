"""Fixtures that more than one test file needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import HUNG, SEED

collect_ignore = ["data"]
"""A package lies there that is to be found by entry point, and not by pytest."""


@pytest.fixture(scope="session")
def display() -> Iterator[dict[str, str]]:
    """Environment with a virtual display of its own, for ImageJ's windows."""
    if shutil.which("Xvfb") is None:
        pytest.skip("windows need Xvfb (Debian: apt install xvfb), which is not there")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as stream:
        number = stream.readline().strip()
    if not number:
        server.kill()
        server.wait()
        raise RuntimeError("Xvfb did not start")
    yield {"DISPLAY": f":{number}"}
    server.terminate()
    server.wait(timeout=HUNG)


@pytest.fixture(scope="session")
def seed() -> Path:
    """Folder of the test set that started the project."""
    if not SEED.is_dir():
        pytest.skip(f"the seed test set is not at {SEED}")
    return SEED
