"""Run the lines, go on where they were stopped, and make the table."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import faulthandler
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from report import Report, head, row

from .disks import WRITERS, disks
from .imagejs import ended, signals, thousand, two
from .images import images, regions
from .killed import batch, many, pairwise
from .line import (
    INSIDE,
    KINDS,
    LEFTOVER,
    Fault,
    Line,
    Scene,
    State,
    World,
    adopt_orphans,
    go_inside,
    slices,
    squeezed,
)
from .messages import messages
from .shell import shell
from .tables import tables
from .words import macros, parsed

LINES = (
    Line("images", "damaged images", 400_000, 4000, images),
    Line("regions", "damaged ROIs, zips, GeoJSON", 100_000, 4000, regions),
    Line("tables", "odd tables of pairs, results, journals", 30_000, 1000, tables),
    Line("parsed", "odd macro options, Java's parser", 400_000, 50_000, parsed, True),
    Line("macros", "odd macro options, run in ImageJ", 20_000, 2000, macros, True),
    Line("shell", "odd words in the shell", 30_000, 1000, shell),
    Line("messages", "odd messages to the worker", 100_000, 10_000, messages),
    Line("signals", "signals to workers", 500, 25, signals, True),
    Line("batch", "kills of `batch`", 140, 10, batch),
    Line("pairwise", "kills of `pairwise`", 70, 10, pairwise),
    Line("imagej", "kills of ImageJ", 100, 10, ended, True),
    Line("disks", "full disks", 3 * len(WRITERS), len(WRITERS), disks),
    Line("many", "pairs of one batch", 10_000, 10_000, many),
    Line("thousand", "comparisons of one ImageJ", 1000, 1000, thousand, True),
    Line("two", "two ImageJs at once, new caches", 5, 1, two, True),
)

STATE = Path(__file__).resolve().parents[2] / "build" / "soak.json"

SHOWN = 40
"""Faults that are printed of a line in the end; the state has all."""


def target(line: Line, scale: float) -> int:
    """Return how much of a line is tried at a scale."""
    return max(1, round(line.target * scale))


def soak(
    lines: Sequence[Line],
    state: State,
    *,
    hours: float | None,
    scale: float,
    jobs: int,
) -> bool:
    """Go on until all lines are done, or the time is over; return whether all are."""
    end = float("inf") if hours is None else time.monotonic() + 3600 * hours
    if state.place:  # of a run that was killed
        shutil.rmtree(state.place, ignore_errors=True)
    state.place = tempfile.mkdtemp(prefix="soak-of-similij-")
    state.save()
    before = os.environ.copy(), tempfile.tempdir
    world = World(Path(state.place))
    try:
        while time.monotonic() < end:
            # The line of which the smallest share is done: a short run sees all.
            left = [one for one in lines if state.of(one)["done"] < target(one, scale)]
            if not left:
                return True
            share = {
                one.name: state.of(one)["done"] / target(one, scale) for one in left
            }
            line = min(left, key=lambda one: share[one.name])
            a_slice(line, state, world, target(line, scale), jobs)
        return False
    finally:
        world.end_processes()  # of a slice that was stopped
        os.environ.clear()
        os.environ.update(before[0])
        tempfile.tempdir = before[1]
        shutil.rmtree(state.place, ignore_errors=True)
        state.place = ""
        state.save()


def a_slice(line: Line, state: State, world: World, total: int, jobs: int) -> None:
    """Try the next numbers of a line, and keep what became of them."""
    own = state.of(line)
    numbers = next(slices(total, line.slice, own["done"]))
    folder = world.folder / line.name
    folder.mkdir()
    scene = Scene(state.seed, folder, jobs, dict(own["notes"]))
    start = time.monotonic()
    faults = [*line.attempt(numbers, scene)]
    shutil.rmtree(folder)
    faults += [Fault(numbers[0], LEFTOVER, what) for what in world.left()]
    faults = [fault._replace(what=squeezed(fault.what)) for fault in faults]
    seconds = time.monotonic() - start
    own["done"] = numbers[-1] + 1
    own["seconds"] += seconds
    own["faults"] += [list(fault) for fault in faults]
    own["notes"] = scene.notes
    state.seconds += seconds
    state.save()
    told = Counter(fault.kind for fault in faults)
    words = ", ".join(f"{n} {kind}" for kind, n in told.items()) or "nothing wrong"
    print(
        f"{line.name} {own['done']:,} of {total:,}: {words} ({seconds:.0f} s)",
        flush=True,
    )
    for fault in faults[:SHOWN]:
        print(f"  {fault.number} {fault.kind}: {fault.what}", flush=True)


def table(lines: Sequence[Line], state: State) -> list[str]:
    """Return the table: of each line how much was tried, and what was wrong with it."""
    rows = head("line", "tried", *KINDS)
    all_of_it = Counter[str]()
    for line in lines:
        own = state.of(line)
        if not own["done"]:
            continue
        counts = Counter(kind for _, kind, _ in own["faults"])
        counts["tried"] = own["done"]
        all_of_it.update(counts)
        cells = [f"{counts[kind]:,}" for kind in ("tried", *KINDS)]
        rows.append(row(line.title, *cells))
    cells = [f"{all_of_it[kind]:,}" for kind in ("tried", *KINDS)]
    return [*rows, row("all", *cells)]


def words_of(lines: Sequence[Line], state: State) -> str:
    """Return what stands below the table: the seed, the time, what was measured."""
    private = os.environ.get(INSIDE) == "yes"
    shm = "shared memory of its own" if private else "the shared memory of the machine"
    measured = [
        f"{line.title}: {'; '.join(f'{k} {v}' for k, v in own['notes'].items())}."
        for line in lines
        if (own := state.of(line))["notes"]
    ]
    spent = "; ".join(
        f"{line.name} {datetime.timedelta(seconds=round(state.of(line)['seconds']))}"
        for line in lines
        if state.of(line)["done"]
    )
    whole = datetime.timedelta(seconds=round(state.seconds))
    return " ".join(
        [
            f"Seed {state.seed}, begun on {state.began}, {whole} in all ({spent}), "
            f"with {shm}.",
            *measured,
        ]
    )


def replay(line: Line, number: int, seed: int) -> None:
    """Try one number again, and say what is wrong with it."""
    folder = Path(tempfile.mkdtemp(prefix="soak-of-similij-"))
    world = World(folder)
    try:
        (folder / line.name).mkdir()
        scene = Scene(seed, folder / line.name)
        for fault in line.attempt([number], scene):
            print(*fault)
        for log in (folder / line.name).glob("*.log"):
            print(log.read_text("utf-8", "replace"))
        print(scene.notes, *world.left(), sep="\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="soak",
        description=__doc__,
        epilog="Lines: " + "; ".join(f"{one.name} ({one.title})" for one in LINES),
    )
    parser.add_argument("--hours", type=float, help="stop then; the next start goes on")
    names = [line.name for line in LINES]
    parser.add_argument("--only", action="append", choices=names, metavar="LINE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers tried")
    jobs = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=jobs, help="processes at a time")
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--restart", action="store_true", help="forget what was done")
    parser.add_argument("--write", action="store_true", help="renew bench/README.md")
    parser.add_argument("--replay", nargs=2, metavar=("LINE", "NUMBER"))
    return parser.parse_args()


def main() -> None:
    """Run what is asked for, and exit with 1 if anything was wrong, 2 if unfinished."""
    asked = arguments()
    go_inside()
    adopt_orphans()
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    by_name = {line.name: line for line in LINES}
    if asked.replay:
        replay(by_name[asked.replay[0]], int(asked.replay[1]), asked.seed)
        return
    lines = [line for line in LINES if not asked.only or line.name in asked.only]
    if asked.restart:
        asked.state.unlink(missing_ok=True)
    state = State.load(asked.state, asked.seed)
    report = Report("soak")
    finished = False
    with contextlib.suppress(KeyboardInterrupt):
        finished = soak(
            lines, state, hours=asked.hours, scale=asked.scale, jobs=asked.jobs
        )
    report.finish(table(lines, state), words_of(lines, state), write=asked.write)
    if any(state.of(line)["faults"] for line in lines):
        sys.exit(1)
    if not finished:
        print(f"Not all is done: the same command goes on ({asked.state}).")
        sys.exit(2)
