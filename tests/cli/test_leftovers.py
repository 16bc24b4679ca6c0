"""Whatever ends a command, nothing of it stays in the temporary folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from support import HUNG, ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="there are no such signals"),
]

GATED = """
import signal, sys, time
from importlib import import_module
from pathlib import Path

def main():
    # Of tests that run in the background, Ctrl-C is ignored, and so of what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    name, what = sys.argv.pop(1).split(":")
    module = import_module(name)
    real = getattr(module, what)
    def gated(*args, **kwargs):
        Path("begun").touch()
        while not Path("open").exists():
            time.sleep(0.01)
        return real(*args, **kwargs)
    setattr(module, what, gated)
    from similij.cli import main
    main()

if __name__ == "__main__":  # workers import the script
    main()
"""
"""A command that waits where one of its functions is called, until a file is there."""

COMMANDS = {
    # Within it the images are held, decoded.
    "similij.matrix.pairwise:_mask": ("pairwise", "images", "--metrics", "spearman"),
    "similij.measure.compare:compared": (
        *("compare", "images/0.npy", "images/1.npy"),
        *("--workers", "1", "--memory-limit", "2GB"),
    ),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    import tifffile

    (tmp_path / "images").mkdir()
    (tmp_path / "tmp").mkdir()
    for k in range(3):
        image = np.full((300, 400), k, np.uint16)
        image[:, k : k + 100] += 7
        tifffile.imwrite(tmp_path / "images" / f"{k}.tif", image, compression="zlib")
        np.save(tmp_path / "images" / f"{k}.npy", image)
    return tmp_path


def start(place: Path, gate: str, command: tuple[str, ...]) -> subprocess.Popen:
    script = place / "gated.py"
    script.write_text(GATED)
    return subprocess.Popen(
        [sys.executable, script, gate, *command],
        cwd=place,
        env={
            **os.environ, "TMPDIR": str(place / "tmp"), "PYTHONPATH": str(ROOT / "src"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def wait_for(condition) -> None:
    until = time.monotonic() + HUNG
    while not condition():
        assert time.monotonic() < until, "what is waited for never came"
        time.sleep(0.01)


def left(place: Path) -> list[str]:
    """Return the files that are left; dask keeps an empty folder, and two locks."""
    return sorted(
        str(path.relative_to(place / "tmp"))
        for path in (place / "tmp").rglob("*")
        if path.is_file() and path.name not in {"global.lock", "purge.lock"}
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("gate", COMMANDS)
def test_nothing_is_left_in_the_temporary_folder(
    place: Path, gate: str, number: int
) -> None:
    process = start(place, gate, COMMANDS[gate])
    try:
        wait_for(lambda: (place / "begun").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        _, err = process.communicate(timeout=HUNG)
    finally:
        process.kill()
        process.wait()
    if number == signal.SIGTERM:
        assert process.returncode == 128 + signal.SIGTERM, err
        assert "Traceback" not in err
    psutil.wait_procs(children, timeout=HUNG)
    if number == signal.SIGKILL and "--workers" in COMMANDS[gate]:
        # What dask leaves then goes when it is started next.
        (place / "open").touch()
        again = start(place, gate, COMMANDS[gate])
        _, err = again.communicate(timeout=HUNG)
        assert again.returncode == 0, err
    assert left(place) == []
