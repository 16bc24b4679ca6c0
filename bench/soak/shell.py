"""Say odd words to the shell: each ends with numbers, or with a sentence."""

from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import odd
from .kept import Each, spread
from .line import CRASH, UNCLEAR, WRONG, Fault, Found, Scene, unclear

LIMIT = 300.0
"""Seconds that a command may take: most take less than one, and `pairwise` that draws
two pictures for each of 96 regions a minute of a processor."""

LEGAL = 10
"""Every so many-th command is not changed: its numbers must be right."""

PLAIN = (
    ("compare", "a.npy", "b.npy", "--format", "json"),
    ("compare", "a.tif", "b.npy", "--format", "json", "--metrics", "pearson,rmsd"),
    ("batch", "pairs.csv", "--format", "json", "--rois", "none"),
    ("pairwise", "images", "--format", "json"),
)

COMMANDS = (
    *PLAIN,
    ("compare", "a.tif", "b.tif", "--rois", "cells.zip", "--inverse"),
    ("compare", "a.npy", "b.npy", "--mask", "mask.npy", "--rescale", "percentile:1:99"),
    ("compare", "a.npy", "b.npy", "--labels", "labels.npy", "--metrics", "agreement"),
    ("compare", "stack.npy", "--against", "first", "--per", "t"),
    ("compare", "stack.npy", "--channels", "1:2", "--align", "shift"),
    ("compare", "a.npy", "b.npy", "--background", "percentile:5", "--blur", "0,1.5"),
    ("compare", "a.npy", "b.npy", "--metrics", "psnr,ssim", "--data-range", "4095"),
    ("compare", "a.npy", "b.npy", "--thresholds", "500,800", "--verdict"),
    (
        "compare",
        "a.npy",
        "b.npy",
        "--report",
        "r.html",
        "--level",
        "0",
        "--series",
        "1",
    ),
    ("estimate", "a.npy", "b.npy"),
    ("batch", "images", "--pair", "{id}_1:{id}_2", "--jobs", "2", "--out", "t.csv"),
    ("batch", "images", "--reference", "a.npy", "--group", "{id}_{n}", "--dry-run"),
    ("batch", "pairs.csv", "--summary", "s.csv", "--format", "csv", "--restart"),
    ("pairwise", "images", "--metrics", "spearman,pearson", "--rois", "cells.zip"),
    ("shift", "a.npy", "b.npy", "--max-shift", "5"),
    ("frc", "a.npy", "b.npy"),
    ("significance", "a.npy", "b.npy", "--seed", "1"),
    ("threshold", "a.npy", "b.npy", "--method", "costes"),
    ("info", "a.tif"),
    ("testset", "set", "--seed", "3"),
)
"""Commands as users give them; those that start processes or install are not tried."""

NEVER = ("--workers", "--scheduler", "--dashboard", "--install-completion")
"""What starts processes, or changes the user's shell."""


def place(folder: Path, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Write the small images that all commands are about."""
    import tifffile

    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4000, (40, 52)).astype(np.uint16)
    y = (x // 2 + rng.integers(0, 900, x.shape)).astype(np.uint16)
    (folder / "images").mkdir()
    for name, pixels in (("a", x), ("b", y)):
        np.save(folder / f"{name}.npy", pixels)
        tifffile.imwrite(folder / f"{name}.tif", pixels)
    np.save(folder / "mask.npy", (x > 900).astype(np.uint8))
    np.save(folder / "labels.npy", (x // 1500).astype(np.uint8))
    np.save(folder / "stack.npy", np.stack([x, y, x // 3]))
    for name, pixels in (("c_1", x), ("c_2", y), ("d_1", y), ("d_2", x // 2)):
        np.save(folder / "images" / f"{name}.npy", pixels)
    (folder / "pairs.csv").write_text("image_1,image_2\na.npy,b.npy\na.tif,b.tif\n")
    rois = Path(__file__).resolve().parents[2] / "tests" / "data" / "rois"
    (folder / "cells.zip").write_bytes((rois / "RoiSet.zip").read_bytes())
    return x, y


def changed(rng: random.Random) -> list[str]:
    """Return a command whose words were changed."""
    words = [*rng.choice(COMMANDS)]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        k = rng.randrange(1, len(words))
        match rng.randrange(6):
            case 0:
                words[k] = rng.choice(odd.NUMBERS)
            case 1:
                other = rng.choice(COMMANDS)
                words[k:k] = other[-2:]
            case 2:
                del words[k]
                if len(words) == 1:
                    break
            case _:
                words[k] = odd.text(rng, words[k])
    return words


def run(words: Sequence[str]) -> tuple[int, str, str]:
    """Run a command in this process; return its exit code and what it said."""
    from similij.cli import main

    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["similij", *words]
    code = 0
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("default")
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def examined(words: Sequence[str], code: int, out: str, err: str) -> list[Found]:
    """Return what is wrong with the end of a command."""
    shown = f"{list(words)!r}: "[:1500]
    if code not in (0, 1, 2):
        return [Found(CRASH, f"{shown}exit code {code}: {err[-300:]}")]
    if "Traceback" in err or "Traceback" in out:
        return [Found(CRASH, f"{shown}{err[-400:]}")]
    if code == 2:
        return [] if "Error" in err else [Found(UNCLEAR, f"{shown}usage: {err[-300:]}")]
    lines = err.splitlines()
    refusals = [line for line in lines if line.startswith("similij: ")]
    if code == 1 and not refusals:
        # A batch with pairs that could not be compared lists them; the table has rows.
        if words[0] in ("batch", "pairwise") and (lines or out):
            return []
        return [Found(UNCLEAR, f"{shown}exit code 1, and says {err[-300:]!r}")]
    if code == 1 and len(lines) > len(refusals):
        return [Found(UNCLEAR, f"{shown}more than a sentence: {err[:1500]!r}")]
    given = max(words[1:], key=len, default="")
    for line in refusals:
        if what := unclear(line.removeprefix("similij: "), given=given):
            return [Found(UNCLEAR, shown + what)]
    if code == 0 and not (out or err).strip():
        return [Found(UNCLEAR, f"{shown}done, and nothing is said")]
    return []


def independent(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return R, RMSD and Mean Difference in NumPy's own words."""
    a, b = x.astype(float).ravel(), y.astype(float).ravel()
    return {
        "pearson": float(np.corrcoef(a, b)[0, 1]),
        "rmsd": float(np.sqrt(np.mean((a - b) ** 2))),
        "mean_difference": float(np.mean(np.abs(a - b))),
    }


def differs(row: dict[str, object], right: dict[str, float]) -> str:
    """Return which number of a row is not the right one; "" if all are."""
    for name, value in right.items():
        if name not in row:
            continue
        number = row[name]
        if not isinstance(number, (int, float)) or abs(number - value) > 1e-9 * max(
            1, abs(value)
        ):
            return f"{name} is {number}, not {value}"
    return ""


def setup(scene: Scene, _: object) -> Each:
    """Return what tries a command."""
    x, y = place(scene.folder, scene.seed)
    right = independent(x, y)
    known = {path.name for path in scene.folder.iterdir()}
    pictures = {path.name for path in (scene.folder / "images").iterdir()}

    def tidy() -> None:
        """Remove what a command wrote; what it did to its inputs is a fault."""
        import shutil

        for path in scene.folder.iterdir():
            if path.name not in known:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in (scene.folder / "images").iterdir():
            if path.name not in pictures:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def each(number: int) -> list[Found]:
        rng = scene.random("shell", number)
        if number % LEGAL == 0:
            words: Sequence[str] = rng.choice(PLAIN[:2])
            code, out, err = run(words)
            if code:
                return [Found(WRONG, f"{words} is refused: {err[:1500]}")]
            (row,) = json.loads(out)["rows"]
            what = differs(row, right)
            return [Found(WRONG, f"{words}: {what}")] if what else []
        words = changed(rng)
        if any(word.startswith(NEVER) for word in words) or words[0] == "":
            return []
        faults = examined(words, *run(words))
        tidy()
        return faults

    return each


def shell(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Say odd words to the shell."""
    return spread(f"{__name__}:setup", numbers, scene, LIMIT)
