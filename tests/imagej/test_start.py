"""ImageJ's life in this Python: start, twice, dispose, and Python's own end."""

from __future__ import annotations

import os

import pytest

from support import run_python

pytestmark = pytest.mark.jvm

START = """
import similij.imagej
with similij.imagej.start(mode={mode!r}) as ij:
    print(ij.run_macro('newImage("a", "8-bit ramp", 9, 9, 1); return getTitle();'))
try:
    similij.imagej.start()
except RuntimeError as error:
    print(error)
print("end")
"""


def test_headless_python_ends_by_itself() -> None:
    out = run_python(START.format(mode="headless"))
    assert out.startswith("a\n")
    assert "was disposed" in out
    assert out.endswith("end\n")


@pytest.mark.window
def test_gui_python_ends_by_itself(display: dict[str, str]) -> None:
    for _ in range(3):  # a hang showed in one run of three
        out = run_python(START.format(mode="gui"), env=display)
        assert out.endswith("end\n")


def test_python_ends_without_dispose() -> None:
    out = run_python(
        """
import similij.imagej
ij = similij.imagej.start()
print(ij.run_macro('return "" + 6 * 7;'))
""",
    )
    assert out == "42\n"


def test_started_twice_and_otherwise() -> None:
    out = run_python(
        """
import os, similij.imagej
ij = similij.imagej.start()
print(similij.imagej.start() is ij)
for how in ({"mode": "gui"}, {"imagej": "sc.fiji:fiji"}, {"mode": "windows"}):
    try:
        similij.imagej.start(**how)
    except (RuntimeError, ValueError) as error:
        print(error)
for macro in ('exit("Two folders are needed");', 'this is no macro'):
    try:
        ij.run_macro(macro)
    except similij.imagej.MacroError as error:
        print("MACRO", error)
os._exit(0) if not print("", end="", flush=True) else None
""",
    )
    lines = out.splitlines()
    assert lines[0] == "True"
    assert "ImageJ runs in this Python already (embedded, headless)" in lines[1]
    assert "ImageJ runs in this Python already" in lines[2]
    assert "'windows': it must be 'headless' or 'gui'" in lines[3]
    assert "Two folders are needed" in out
    assert sum(x.startswith("MACRO the macro was aborted") for x in lines) == 2


def test_a_window_needs_a_screen() -> None:
    out = run_python(
        """
import os
os.environ.pop("DISPLAY", None)
import similij.imagej
try:
    similij.imagej.start(mode="gui")
except RuntimeError as error:
    print(error)
""",
    )
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert "needs a screen" in out


def test_register_needs_an_imagej_with_the_jar() -> None:
    out = run_python(
        """
import similij.imagej
try:
    similij.imagej.register()
except RuntimeError as error:
    print(error)
import os, jpype
from similij.imagej.jars import class_path
jpype.startJVM("-Djava.awt.headless=true", classpath=[str(p) for p in class_path()])
for call in (similij.imagej.register, similij.imagej.start):
    try:
        call()
    except RuntimeError as error:
        print(error)
print("", end="", flush=True)
os._exit(0)
""",
    )
    first, second, third = out.splitlines()
    assert "no Java runs in this Python" in first
    assert "jar is not on the class path" in second
    assert "cannot be started again" in third
