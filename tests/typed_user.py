"""A user's file with types, and what a type checker says of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

USER = """\
import numpy as np
from matplotlib.figure import Figure

import similij
from similij.plot import plot_agreement, plot_map, plot_pair

a = np.arange(20.0).reshape(4, 5)
comparison = similij.compare(a, a[::-1], metrics=["pearson"])
reveal_type(comparison)
reveal_type(comparison.pearson)
reveal_type(similij.shift(a, a))
reveal_type(similij.significance(a, a))
reveal_type(similij.frc(a, a))
reveal_type(similij.verdict(a, a))
reveal_type(similij.read("a.tif"))
reveal_type(plot_agreement(a, a))
reveal_type(plot_pair(a, a))
reveal_type(plot_agreement(a, a, ax=Figure().subplots()))
reveal_type(plot_map(similij.local_map(a, a, window=3), [a, a], ax=Figure().gca()))
reveal_type(similij.figure(a, a, "f.svg", panels="images", width=85))
similij.compare(a, a, no_such_option=1)
"""
TYPES = (
    "similij.measure.table.comparison.Comparison", "float",
    "similij.spatial.shift.Shift", "similij.evidence.significance.Significance",
    "similij.spatial.frc.Frc", "similij.verdicts.verdict.Verdict",
    "similij.images.image.Image", "matplotlib.figure.Figure",
    "matplotlib.figure.Figure", "matplotlib.axes._axes.Axes",
    "matplotlib.axes._axes.Axes", "matplotlib.figure.Figure",
)  # fmt: skip


def assert_typed(folder: Path, package: Path | None = None) -> None:
    """Check the file with `mypy --strict`: its types, and the one mistake in it.

    Parameters
    ----------
    folder : Path
        Where the file is written.
    package : Path, optional
        Folder in which a package is installed that is checked against; default: the
        one that the tests import.
    """
    (folder / "user.py").write_text(USER)
    python = [sys.executable]
    if package is not None:
        # An environment of its own, in which the package stands before whatever one of
        # the same name the other libraries stand beside.
        venv = folder / "venv"
        subprocess.run(
            [*python, "-m", "venv", "--without-pip", "--symlinks", str(venv)],
            check=True,
        )
        (site,) = venv.glob("lib/python*/site-packages")
        beside = Path(__import__("numpy").__file__).parents[1]
        (site / "beside.pth").write_text(f"{package}\n{beside}\n")
        python = [str(venv / "bin" / "python")]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental",
         "--python-executable", python[0], "user.py"],
        check=False, cwd=folder, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin"} if package is not None else None,
    )  # fmt: skip
    lines = checked.stdout.splitlines()
    revealed = [line.split('"')[1] for line in lines if "Revealed type" in line]
    assert tuple(revealed) == TYPES, checked.stdout + checked.stderr
    errors = [line for line in lines if "error:" in line]
    assert len(errors) == 1, checked.stdout
    assert "no_such_option" in errors[0]
