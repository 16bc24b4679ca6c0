"""Files that pass from Python to ImageJ go with ImageJ, also if it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import HUNG, ROOT, run_imagej

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="there is no such signal"),
]

HOLDS = """
import sys, jpype
from jpype import JClass
from similij.imagej.jars import class_path, jar
jpype.startJVM("-Djava.awt.headless=true", "-Djava.io.tmpdir=" + sys.argv[1],
               classpath=[str(p) for p in [jar(), *class_path()]])
make = JClass("similij.run.PassingFolder").class_.getDeclaredMethod("make")
make.setAccessible(True)
folder = str(make.invoke(None))
open(folder + "/map.tif", "w").write("pixels")
print(folder, flush=True)
sys.stdin.read()
"""
"""An ImageJ that has files, until its input ends or it is killed."""


def start(place: Path) -> tuple[subprocess.Popen, Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_imagej_left_goes_with_the_next(tmp_path: Path) -> None:
    killed, left = start(tmp_path)
    living, kept = start(tmp_path)
    try:
        assert left.parent.parent == kept.parent.parent == tmp_path
        assert left.parent != kept.parent
        killed.kill()
        killed.wait(timeout=HUNG)
        assert (left / "map.tif").exists()
        run_imagej(
            """
fails('run("Image Similarity...", "");')
wait_for(lambda: not os.path.exists(sys.argv[1]))
""",
            f"{left.parent}.lock",  # which goes last
            env={"JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={tmp_path}"},
        )
        assert not left.parent.exists()
        assert (kept / "map.tif").exists()
        names = {path.name for path in tmp_path.glob("similij-imagej-*")}
        assert names == {kept.parent.name, f"{kept.parent.name}.lock"}
    finally:
        killed.kill()
        living.kill()
        living.wait(timeout=HUNG)
