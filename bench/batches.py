"""A batch of many small pairs: what it costs besides reading and comparing.

    python bench/batches.py [--pairs N] [--side N] [--drawn N] [--write]

`similij.compare` of all pairs of files, one after the other, is reading and comparing;
`similij.compare_folders` of the same folders, without a table and with one that could
be resumed, is that and all a batch adds. The project asks for at most 0.4 ms a pair of
that, and 10,000 pairs within 10 s. Then pictures of some pairs, drawn by one process
and by as many as there are processors, all kept until the last is drawn. Rows must be
the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

import similij
from report import Report, head, options, row
from similij.moments.kernels.parts import threads

MOST_BESIDE, MOST = 0.4e-3, 10.0
"""Seconds that a batch may add to a pair, and that 10,000 pairs may take."""


def make(folder: Path, pairs: int, side: int) -> tuple[Path, Path]:
    """Write two folders of images of one name each, half of 8 and half of 16 bits."""
    random = np.random.default_rng(5)
    places = folder / "raw", folder / "denoised"
    for place in places:
        place.mkdir()
    for k in range(pairs):
        image = random.integers(0, 200, (side, side))
        noisy = (image + random.integers(0, 50, image.shape)).clip(0, 255)
        for place, pixels in zip(places, (image, noisy), strict=True):
            kind = np.uint8 if k % 2 else np.uint16
            tifffile.imwrite(place / f"cell{k:05}.tif", pixels.astype(kind))
    return places


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long something takes, by the clock and of processors."""
    clock, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - used


def drawing(
    raw: Path, denoised: Path, out: Path, processes: int
) -> tuple[float, float]:
    """Time the shell command that compares two folders and draws each pair."""
    before = os.times()
    start = time.perf_counter()
    subprocess.run(
        [
            *(sys.executable, "-m", "similij", "batch", raw, denoised, "--quiet"),
            *("--out", out / "rows.csv", "--plots", out / "plots"),
        ],
        check=True,
        env={**os.environ, "SIMILIJ_NUM_THREADS": str(processes)},
    )
    after = os.times()
    used = after.children_user + after.children_system
    return (
        time.perf_counter() - start,
        used - before.children_user - before.children_system,
    )


def main() -> None:
    asked = options(__doc__, 1, pairs=10_000, side=256, drawn=24)
    report = Report("batches")
    lines = head(
        "", "seconds", "of processors", "ms a pair, of processors", "of the goal"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        raw, denoised = make(folder, asked.pairs, asked.side)
        names = sorted(path.name for path in raw.iterdir())
        rows: list[float] = []

        def one_by_one() -> None:
            rows[:] = [
                similij.compare(raw / name, denoised / name).rmsd for name in names
            ]

        def batch(**more: Any) -> None:
            found = similij.compare_folders(raw, denoised, **more)
            if [each["rmsd"] for each in found.rows] != rows:
                raise SystemExit("the batch has other rows")

        ways = {
            "`similij.compare`, one after the other": one_by_one,
            "`similij.compare_folders`": batch,
            "the same, with a table": lambda: batch(out=folder / "rows.csv"),
        }
        one_by_one()  # compiles, and brings the files into memory
        taken = {name: seconds(way) for name, way in ways.items()}
        (_, least), *_ = taken.values()
        for name, (clock, used) in taken.items():
            beside = (used - least) / asked.pairs
            scaled = clock * 10_000 / asked.pairs
            lines.append(
                row(
                    name,
                    f"{clock:.1f}",
                    f"{used:.1f}",
                    f"{1e3 * used / asked.pairs:.2f}",
                    f"{1e3 * beside:.2f} ms beside: **{beside / MOST_BESIDE:.2f}×**; "
                    f"10,000 pairs: **{scaled / MOST:.2f}×**"
                    if used != least
                    else "–",
                )
            )
        (folder / "drawn").mkdir()
        drawn_raw, drawn_denoised = make(folder / "drawn", asked.drawn, 512)
        for processes in dict.fromkeys((1, threads())):
            out = folder / f"by {processes}"
            clock, used = drawing(drawn_raw, drawn_denoised, out, processes)
            lines.append(
                row(
                    f"{asked.drawn} pairs of 512×512, drawn by {processes}",
                    f"{clock:.1f}",
                    f"{used:.1f}",
                    f"{1e3 * used / asked.drawn:.0f}",
                    "–",
                )
            )
    words = (
        f"{asked.pairs:,} pairs of {asked.side}×{asked.side} pixels in plain TIFFs, "
        "half of 8 and half of 16 bits, in one process; files in the memory of the "
        "system."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
