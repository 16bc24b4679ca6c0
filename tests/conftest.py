"""Fixtures that more than one test file needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support import HUNG, SEED, Ran, Shell

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
"""Names that it goes by."""

collect_ignore = ["data"]
"""A package lies there that is to be found by entry point, and not by pytest."""


STARTS_JAVA = ("run_imagej", "run_in_jvm")
"""Functions of `support`: a file of tests that has one runs ImageJ in each, or most."""


BESIDE_JAVA = ("test_worker.py", "test_wheel_in_jar.py")
"""Files of tests that must not run beside a JVM: one looks at its shared memory, the
other builds the jar anew, in which a JVM then finds no class any more."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a JVM or a browser, and say what must run in one process.

    Tests of a file stay together, so that what its fixtures make is made once. The
    tests with a JVM are one group: two of them would share /dev/shm, which they watch,
    and a JVM with its worker fills two cores. They come first, as they take longest.
    """
    for item in items:
        module = getattr(item, "module", None)
        fixtures = getattr(item, "fixturenames", ())
        if any(hasattr(module, name) for name in STARTS_JAVA):
            item.add_marker("jvm")
        if "browser" in fixtures:
            item.add_marker("browser")
        together = item.get_closest_marker("jvm") or item.path.name in BESIDE_JAVA
        item.add_marker(pytest.mark.xdist_group("jvm" if together else str(item.path)))
    items.sort(key=lambda item: not item.get_closest_marker("jvm"))


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run the command line in this process; its end is always an exit."""
    from similij.cli import main

    def call(*words: object) -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["similij", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        return Ran(int(end.value.code or 0), *capsys.readouterr())

    return call


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window, for pages from disk."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("pages are opened in Chromium (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        # root, as in a container, has no other way to start it
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def seed() -> Path:
    """Folder of the test set that started the project."""
    if not SEED.is_dir():
        pytest.skip(f"the seed test set is not at {SEED}")
    return SEED
