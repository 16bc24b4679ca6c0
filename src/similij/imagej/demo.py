"""Show what SimilIJ does: a test set, compared by a macro inside a headless ImageJ."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from ..ground.inert import visible
from ..testset.testset import make_testset, summarize_testset

_SHOWN = ("image_1", "image_2", "region", "n", "pearson", "rmsd", "mean_difference")


def run_demo(out: Path) -> None:
    """Write a test set, run *Image Similarity of Two Folders...* on it, show it all.

    Parameters
    ----------
    out : Path
        Folder for `set_a`, `set_b`, `graded`, `results.csv` and the pictures.
    """
    from .install import macro_folder
    from .launch import start

    _say(f"1. Making the test set in {out} ...")
    testset = make_testset(out)
    results = out.resolve() / "results.csv"
    _say("2. Starting ImageJ, headless, in this Python (fetched the first time) ...")
    with start() as ij:
        _say(f"   ImageJ {ij.IJ.getVersion()} runs. Comparing set_a with set_b by")
        _say("   macros/Compare_Two_Folders.ijm ...")
        folders = f"{testset.set_a.resolve()}|{testset.set_b.resolve()}"
        macro = macro_folder() / "Compare_Two_Folders.ijm"
        ij.run_macro(macro, f"{folders}|None|{results}")
    _print_table(results)
    _say("3. Measuring and drawing the test set ...")
    summarize_testset(out)
    _say("Done. Look at:")
    for name, what in {
        "results.csv": "the table above, as ImageJ and Python wrote it",
        "plots_testset.png": "the four pairs: unrelated, scaled, partly related, equal",
        "plots_graded.png": "what each metric sees, and what it is blind to",
        "set_a": "images with their regions, to open in ImageJ yourself",
    }.items():
        _say(f"  {out / name}  {what}")
    program = Path(sys.executable).with_name("similij")
    _say("Try next:")
    _say(f"  {program} batch {out}/set_a {out}/set_b --rescale percentile")
    _say(f"  {program} doctor                     what is there, what is missing")
    _say(
        f"  {program} install <Fiji or ImageJ folder>   the command in your own ImageJ"
    )


def _print_table(results: Path) -> None:
    from ..measure.table.columns import text

    with results.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lines = [list(_SHOWN)]
    for row in rows:
        line = [visible(row[name]) for name in _SHOWN]
        lines.append([*line[:4], *(text(float(v)) if v else "" for v in line[4:])])
    widths = [max(len(line[k]) for line in lines) for k in range(len(_SHOWN))]
    for line in lines:
        print("  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip())


def _say(text: str) -> None:
    print(text, flush=True)
