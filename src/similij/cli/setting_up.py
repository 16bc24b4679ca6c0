"""`similij testset`, `demo`, `doctor` and `install`: to try it, and to have it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shell import say


def testset(
    out: Annotated[
        Path, typer.Option(help="Folder to write to; made if need be.")
    ] = Path("similij-testset"),
) -> None:
    """Write a test set: cells that differ in known ways, with tables and pictures.

    set_a/ and set_b/ are pairs as `batch` wants them; graded/ holds a reference and
    partners that each change one thing by grades; series/ a movie that drifts and
    bleaches, its second take, outlines and labels. The pictures show what each metric
    sees and what it is blind to.
    """
    from ..testset.testset import make_testset, summarize_testset

    say(f"Writing the test set to {out} ...")
    make_testset(out)
    summarize_testset(out)
    for name in (
        "series",
        "plots_testset.png",
        "plots_graded.png",
        "graded_metrics.csv",
    ):
        say(f"  {out / name}")


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("demo"),
) -> None:
    """Make the test set and compare it inside a real ImageJ, by macro, headless."""
    from ..imagej.demo import run_demo

    run_demo(out)


def doctor(
    warm_up: Annotated[
        bool,
        typer.Option("--warm-up", help="Compile everything for this processor first."),
    ] = False,
) -> None:
    """Say what is there, what is missing, and what to do about it."""
    from ..imagej.doctor import examine

    if warm_up:
        _compile_all()

    if not examine():
        raise typer.Exit(1)


def install(
    folder: Annotated[
        Path, typer.Argument(metavar="FIJI_OR_IMAGEJ_DIR", help="Its folder.")
    ],
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Take everything out again.")
    ] = False,
) -> None:
    """Put the command into a Fiji or ImageJ, and tell it to use this Python.

    Adds the jar, the libraries it needs that are not there yet, and the macros.
    """
    from ..imagej.install import install as put_in
    from ..imagej.install import uninstall as take_out

    for line in take_out(folder) if uninstall else put_in(folder):
        say(line)
    if not uninstall:
        _compile_all()


def _compile_all() -> None:
    from ..measure.warm_up import warm_up

    say("Compiling for this processor, the first time for half a minute ...")
    say(f"Compiled: {warm_up():.1f} s")
