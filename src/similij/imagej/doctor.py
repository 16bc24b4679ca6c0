"""Check what is there and what is missing, and say what to do: `similij doctor`.

The last check asks the real command in a real ImageJ, through both backends: packages,
jars and a Java can each be there and still not work together.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from ..ground.optional import EXTRAS, pip_install
from ..ground.version import __version__

_TRY_BOTH = """
import json, os, sys
import similij.imagej
import jpype
answers = {}
with similij.imagej.start() as ij:
    macro = '''
    newImage("one", "16-bit ramp", 64, 48, 1);
    newImage("two", "16-bit ramp", 64, 48, 1);
    run("Add...", "value=5");
    run("Image Similarity...", "image_1=one image_2=two");
    row = nResults - 1;
    answer = d2s(getResult("Pearson R", row), 9) + " " + d2s(getResult("RMSD", row), 9);
    close(); close();
    return answer;
    '''
    for backend in ("embedded", "worker"):
        if backend == "worker":
            ij.IJ.setProperty("similij.backend", None)
            jpype.JClass("ij.Prefs").set("similij.python", sys.executable)  # not saved
        try:
            answers[backend] = ij.run_macro(macro)
        except Exception as error:
            answers[backend] = f"{type(error).__name__}: {error}"
    answers["version"] = str(ij.IJ.getVersion())
    print("ANSWERS " + json.dumps(answers), flush=True)
    worker = ij.IJ.getProperty("similij.worker")
    if worker is not None:
        worker.close()
os._exit(0)
"""
"""Runs in a Python of its own: a JVM starts once per process, and a crash of it must
not end the doctor."""

_EXPECTED = "1.000000000 5.000000000"
"""R and RMSD of a ramp and the same ramp plus 5."""

_PATIENCE = 180
"""Seconds that ImageJ may take to start, the first time with a download."""


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was checked, its state, and what to do about it."""

    what: str
    good: bool
    state: str
    advice: str = ""


def examine() -> bool:
    """Print a line per check; return True if all is well."""
    findings = [*_python(), _java()]
    for check in (_jar, _imagej):
        findings.append(_carefully(check))
    # Starting ImageJ takes seconds, and without Java or a jar it could only say less.
    if all(f.good for f in findings):
        findings += _backends()
    for finding in findings:
        mark = "ok     " if finding.good else "MISSING"
        print(f"{mark}  {finding.what:<10} {finding.state}")
        if not finding.good and finding.advice:
            print(f"         {'':<10} -> {finding.advice}")
    good = all(f.good for f in findings)
    print("All is well." if good else "See the lines marked MISSING.")
    return good


def _python() -> list[Finding]:
    findings = [
        Finding(
            "similij",
            True,
            f"{__version__}, {platform.python_implementation()} "
            f"{platform.python_version()} at {sys.executable}",
        )
    ]
    needed = ("numpy", "numba", "xarray", "roifile", "tifffile", "appose")
    extras = ("plot", "stats", "codecs", "big", "imagej")
    optional = [package for extra in extras for package in EXTRAS[extra]]
    versions = []
    for package in (*needed, *optional):
        name = package.partition("[")[0]  # dask[array,distributed]
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, False, "not installed", pip_install(package)))
    findings.insert(1, Finding("packages", True, ", ".join(versions)))
    return findings


def _carefully(check: Callable[[], Finding]) -> Finding:
    """Run a check; a failure is a finding, its own sentence the advice."""
    try:
        return check()
    except Exception as error:
        return Finding(check.__name__.strip("_"), False, "not found", str(error))


def _java() -> Finding:
    from .jars import find_java

    try:
        home = find_java()
        # Java tells its version on standard error.
        version = subprocess.run(
            [str(home / "bin" / "java"), "-version"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        ).stderr
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return Finding("Java", False, "not found", str(error))
    return Finding("Java", True, f"{version.splitlines()[0]} at {home}")


def _jar() -> Finding:
    from .jars import jar

    return Finding("jar", True, str(jar()))


def _imagej() -> Finding:
    from .jars import COORDINATES, class_path

    return Finding("ImageJ", True, f"{COORDINATES[0]}, {len(class_path())} jars")


def _backends() -> list[Finding]:
    """Ask the real command in a real ImageJ, through both backends."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRY_BOTH],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        # ImageJ prints on the same stream, so the answer has a word before it.
        lines = [x for x in done.stdout.splitlines() if x.startswith("ANSWERS ")]
        if not lines:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
            raise RuntimeError(f"ImageJ ended without an answer:\n{tail}")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return [Finding("command", False, "did not run", str(error))]
    answers = json.loads(lines[0].removeprefix("ANSWERS "))
    return [
        Finding(
            backend,
            answers[backend] == _EXPECTED,
            f"Image Similarity... in ImageJ {answers['version']}: {answers[backend]}",
            f"R and RMSD should be {_EXPECTED}; see docs/troubleshooting.md",
        )
        for backend in ("embedded", "worker")
    ]
