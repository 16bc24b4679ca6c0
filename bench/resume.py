"""A batch that is killed again and again: what became of its rows.

    python bench/resume.py [--pairs 1000] [--kills 20] [--jobs 2] [--seed 0] [--write]

`similij batch` compares pairs of small images and gets SIGKILL at random moments: after
a random number of pairs and some more milliseconds. It is started again each time. In
the end its table is held against that of a run that nobody killed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tifffile

from report import Report, head, options, row

LONGEST = 600
"""Seconds that a run may take."""


class Outcome(NamedTuple):
    """What was left after all kills and restarts."""

    pairs: int
    done_at: list[int]
    torn: int
    twice: int
    lost: int
    same: bool
    seconds: float


def write_pairs(folder: Path, count: int, seed: int) -> tuple[Path, Path]:
    random = np.random.default_rng(seed)
    sides = folder / "a", folder / "b"
    for side in sides:
        side.mkdir()
        for k in range(count):
            pixels = random.integers(0, 4000, (24, 33)).astype(np.uint16)
            tifffile.imwrite(side / f"{k}__{side.name}.tif", pixels)
    return sides


def recorded(table: Path) -> list[str]:
    """Return the pairs that the journal beside a table has, as often as it has them."""
    state = table.with_name(f"{table.name}.state")
    if not state.exists():
        return []
    found = re.findall(rb'^\w{8} (\{"pair":.*\})\n', state.read_bytes(), re.MULTILINE)
    return [json.loads(line)["pair"] for line in found]


def batch(folder: Path, table: Path, jobs: int) -> subprocess.Popen[bytes]:
    command = ["batch", "a", "b", "--out", table.name, "--jobs", str(jobs)]
    return subprocess.Popen(
        [sys.executable, "-m", "similij", *command, "--format", "csv"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    _, said = process.communicate(timeout=LONGEST)
    if process.returncode:
        raise SystemExit(said.decode("utf-8"))


def killed_and_started_again(
    folder: Path, pairs: int, kills: int, seed: int, jobs: int
) -> Outcome:
    """Kill a batch at random moments, let it end, and look at what is there."""
    write_pairs(folder, pairs, seed)
    whole, table = folder / "whole.csv", folder / "killed.csv"
    finish(batch(folder, whole, 1))
    random = np.random.default_rng(seed)
    torn, done_at, begun = 0, [], time.monotonic()
    for moment in sorted(random.integers(0, pairs, kills)):
        process = batch(folder, table, jobs)
        while len(recorded(table)) < moment and process.poll() is None:
            time.sleep(0.0005)
        time.sleep(random.uniform(0, 0.01))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        done_at.append(len(recorded(table)))
        torn += table.exists() and not table.read_bytes().endswith(b"\n")
    finish(batch(folder, table, jobs))
    seconds = time.monotonic() - begun
    names, regular = (file.read_text("utf-8").splitlines() for file in (table, whole))
    first = [line.partition(",")[0] for line in names[1:]]
    return Outcome(
        pairs=len(first),
        done_at=done_at,
        torn=torn,
        twice=sum(n > 1 for n in Counter([*first, *recorded(table)]).values()),
        lost=pairs - len({*first}),
        same=[*map(without_run, names)] == [*map(without_run, regular)],
        seconds=seconds,
    )


def without_run(line: str) -> str:
    """Return a line without the name of its run, which differs."""
    return re.sub(r"\d{8}-\d{6}-[0-9a-f]{4}", "", line)


def main() -> None:
    asked = options(__doc__, 1, pairs=1000, kills=20, jobs=2, seed=0)
    report = Report("resume")
    with tempfile.TemporaryDirectory() as folder:
        found = killed_and_started_again(
            Path(folder), asked.pairs, asked.kills, asked.seed, asked.jobs
        )
    lines = [
        *head("after all kills", "found"),
        row("pairs in the table", f"{found.pairs} of {asked.pairs}"),
        row("lost", found.lost),
        row("double, in the table or computed again", found.twice),
        row("equal to the table of a run that nobody killed", found.same),
        row("tables that ended in the middle of a line when killed", found.torn),
        row("seconds, all starts included", f"{found.seconds:.0f}"),
    ]
    words = (
        f"{asked.kills} times SIGKILL, {asked.jobs} pairs at a time, seed "
        f"{asked.seed}; pairs done at each kill: {', '.join(map(str, found.done_at))}."
    )
    report.finish(lines, words, write=asked.write)
    if found.lost or found.twice or not found.same:
        raise SystemExit("Rows were lost, double or different.")


if __name__ == "__main__":
    main()
