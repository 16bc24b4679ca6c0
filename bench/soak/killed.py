"""Kill `batch` and `pairwise` at random moments, and start them again."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resume import recorded, without_run

from .line import CRASH, HANG, LEFTOVER, UNCLEAR, WRONG, Fault, Scene, unclear
from .shell import differs, independent

LIMIT = 600.0
"""Seconds that a run of at most some hundred small images may take."""

PAIRS = 40
IMAGES = 6

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

START = """
import signal, sys
from similij.cli import main
# Of what runs in the background Ctrl-C is ignored, and so it would be here. It is not
# from here on: before, while Python itself starts, it is Python that answers it.
signal.signal(signal.SIGINT, signal.default_int_handler)
if __name__ == "__main__":
    main()
"""


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a command."""
    return subprocess.Popen(
        [sys.executable, "-c", START, *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(number: int, process: subprocess.Popen[bytes]) -> list[Fault]:
    """Wait for a command, which must do what it should."""
    try:
        _, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return [Fault(number, HANG, f"longer than {LIMIT:g} s")]
    if process.returncode:
        words = err.decode("utf-8", "replace")[-400:]
        return [Fault(number, CRASH, f"exit {process.returncode}: {words}")]
    return []


def kill(number: int, process: subprocess.Popen[bytes], with_what: int) -> list[Fault]:
    """Send a signal, and look at how the command ends."""
    process.send_signal(with_what)
    try:
        _, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return [Fault(number, HANG, f"lives {LIMIT:g} s after signal {with_what}")]
    words = err.decode("utf-8", "replace")
    if "Traceback" in words and not _starts(words):
        return [Fault(number, CRASH, f"signal {with_what}: {words[-400:]}")]
    foreseen = {0, 130, 128 + signal.SIGTERM, -with_what}
    # Before the command has begun, Python ends in its own way.
    if process.returncode not in foreseen and not _starts(words):
        what = f"signal {with_what}: exit {process.returncode}: {words[-300:]}"
        return [Fault(number, CRASH, what)]
    # Of nothing that goes on there is nothing to say.
    last = (words.strip().splitlines() or [STOPPED])[-1]
    # What it says of its results may stand before, where the signal came at its end.
    if process.returncode == 130 and not _starts(words) and (what := unclear(last)):
        return [Fault(number, UNCLEAR, f"signal {with_what}: {what}")]
    return []


STOPPED = "Stopped."


def _starts(words: str) -> bool:
    """Whether Ctrl-C came while Python imported what the command is made of."""
    return "KeyboardInterrupt" in words and "<frozen importlib" in words


def write_pairs(folder: Path, count: int, seed: int) -> dict[str, dict[str, float]]:
    """Write pairs of images; return the numbers of each by its first name."""
    rng = np.random.default_rng(seed)
    right = {}
    (folder / "a").mkdir(parents=True)
    (folder / "b").mkdir()
    for k in range(count):
        x, y = (rng.integers(0, 4000, (8, 11)).astype(np.uint16) for _ in "ab")
        np.save(folder / "a" / f"{k}__a.npy", x)
        np.save(folder / "b" / f"{k}__b.npy", y)
        right[f"{k}__a.npy"] = independent(x, y)
    return right


def numbers_of(table: Path, right: dict[str, dict[str, float]]) -> list[str]:
    """Say what is wrong with a table: rows that are lost, double, or not right."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    times = Counter(row["image_1"] for row in rows)
    words = [f"{name} is there {n} times" for name, n in times.items() if n > 1]
    words += [f"{name} is lost" for name in right if name not in times]
    for row in rows:
        numbers = {key: float(row[key] or "nan") for key in next(iter(right.values()))}
        if what := differs(numbers, right[row["image_1"]]):
            words.append(f"{row['image_1']}: {what}")
    return words


def batch(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Kill a batch again and again, and hold its table against an undisturbed one."""
    rng = scene.random("batch", numbers[0])
    folder = scene.folder
    right = write_pairs(folder, PAIRS, rng.randrange(2**32))
    whole, table = folder / "whole.csv", folder / "killed.csv"
    jobs = str(rng.choice((1, 2, 3)))
    words = ("batch", "a", "b", "--format", "csv", "--jobs", jobs, "--out")
    faults = finish(numbers[0], start(folder, *words, whole.name))
    moments = sorted(rng.randrange(PAIRS) for _ in numbers)
    for number, moment in zip(numbers, moments, strict=True):
        process = start(folder, *words, table.name)
        until = time.monotonic() + LIMIT
        while len(recorded(table)) < moment and process.poll() is None:
            time.sleep(0.0005)
            if time.monotonic() > until:
                faults.append(Fault(number, HANG, f"{moment} pairs never came"))
                break
        time.sleep(rng.uniform(0, 0.02))
        faults += kill(number, process, rng.choice(SIGNALS))
        twice = [pair for pair, n in Counter(recorded(table)).items() if n > 1]
        faults += [Fault(number, WRONG, f"{p}: twice in the journal") for p in twice]
    last = numbers[-1]
    faults += finish(last, start(folder, *words, table.name))
    if faults:
        return faults
    faults += [Fault(last, WRONG, what) for what in numbers_of(table, right)]
    found, undisturbed = (
        [without_run(line) for line in file.read_text("utf-8").splitlines()]
        for file in (table, whole)
    )
    if found != undisturbed:
        faults.append(Fault(last, WRONG, "another table than that nobody disturbed"))
    expected = {
        "a",
        "b",
        *(f"{t.name}{e}" for t in (whole, table) for e in ("", ".state")),
    }
    faults += _others(last, folder, expected)
    return faults


def _others(number: int, folder: Path, expected: set[str]) -> list[Fault]:
    names = sorted({path.name for path in folder.iterdir()} - expected)
    return [Fault(number, LEFTOVER, f"{name} beside the results") for name in names]


def pairwise(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Kill `pairwise` at random moments; its files are whole or not there."""
    rng = scene.random("pairwise", numbers[0])
    folder = scene.folder
    (folder / "images").mkdir()
    pixels = np.random.default_rng(rng.randrange(2**32))
    for k in range(IMAGES):
        image = pixels.integers(0, 4000, (40, 52)).astype(np.uint16)
        np.save(folder / "images" / f"{k}.npy", image)
    words = ("pairwise", "images", "--metrics", "pearson,spearman", "--out")
    begun = time.monotonic()
    faults = finish(numbers[0], start(folder, *words, "whole"))
    takes = time.monotonic() - begun
    whole = contents(folder / "whole")
    for number in numbers:
        process = start(folder, *words, "killed")
        # The end, where files are written, is what a kill is most likely to spoil.
        if rng.random() < 0.7:
            _wait_for_a_part(process, folder / "killed")
            time.sleep(rng.uniform(0, 0.3 if rng.random() < 0.5 else 0.02))
        else:
            time.sleep(takes * rng.uniform(0.1, 1.0))
        if process.poll() is None:
            faults += kill(number, process, rng.choice(SIGNALS))
        else:
            faults += finish(number, process)
        for name, content in contents(folder / "killed").items():
            if name.endswith(SAME) and content != whole.get(name):
                faults.append(Fault(number, WRONG, f"{name} is not whole"))
    last = numbers[-1]
    faults += finish(last, start(folder, *words, "killed"))
    after = contents(folder / "killed")
    faults += [
        Fault(last, WRONG, f"{name} differs from that nobody disturbed")
        for name, content in whole.items()
        if name.endswith(SAME) and after.get(name) != content
    ]
    missing = sorted(whole.keys() - after.keys())
    faults += [Fault(last, WRONG, f"{name} is missing") for name in missing]
    if (folder / "killed").is_dir():
        faults += _others(last, folder / "killed", set(whole))
    faults += _others(last, folder, {"images", "whole", "killed"})
    return faults


def _wait_for_a_part(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a command writes a file, or has ended."""
    before = set(folder.glob(f"{PART}*")) if folder.is_dir() else set()
    until = time.monotonic() + LIMIT
    while process.poll() is None and time.monotonic() < until:
        if folder.is_dir() and set(folder.glob(f"{PART}*")) - before:
            return
        time.sleep(0.001)


SAME = (".csv", ".png")
"""Endings of files that are the same each time but for the name of the run."""

PART = ".similij-"
"""Begins the names of files that are not whole."""


def contents(folder: Path) -> dict[str, str]:
    """Return what is in the files of a folder, without the names of runs."""
    if not folder.is_dir():
        return {}
    return {
        path.name: without_run(path.read_bytes().decode("latin-1"))
        for path in sorted(folder.iterdir())
        if not path.name.startswith(PART)
    }


def many(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Compare very many pairs in one batch: no more memory for more of them."""
    folder, count = scene.folder, len(numbers)
    right = write_pairs(folder, count, scene.seed)
    table = folder / "r.csv"
    words = ("batch", "a", "b", "--format", "csv", "--jobs", "2", "--out", table.name)
    log = folder / "r.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", START, *words],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )
        at_tenth, peak, until = 0, 0, time.monotonic() + 6 * LIMIT
        try:
            while process.poll() is None:
                peak = max(peak, _peak(process.pid))
                # By its size: a journal of ten thousand takes long to read each time.
                if not at_tenth and _lines(table) > count // 10:
                    at_tenth = peak
                if time.monotonic() > until:
                    return [Fault(0, HANG, f"longer than {6 * LIMIT:g} s")]
                time.sleep(0.2)
        finally:
            process.kill()
            process.wait()
    faults = []
    if process.returncode:
        faults.append(Fault(0, CRASH, log.read_text("utf-8", "replace")[-400:]))
    else:
        faults += [Fault(0, WRONG, what) for what in numbers_of(table, right)]
    scene.notes[f"peak memory at {count // 10:,} and {count:,} pairs, MB"] = (
        f"{at_tenth / 1e6:.0f} and {peak / 1e6:.0f}"
    )
    allowed = at_tenth * GROWTH + BESIDE
    if at_tenth and peak > allowed:
        what = f"memory grew from {at_tenth / 1e6:.0f} to {peak / 1e6:.0f} MB"
        faults.append(Fault(0, LEFTOVER, what))
    return faults


GROWTH, BESIDE = 1.1, 60_000_000
"""What ten times the pairs may take more: rows are small, and all are held (10,000 rows
of 25 cells are some 20 MB)."""


def _peak(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    # A process that ends has no memory any more.
    peak = text.partition("VmHWM:")[2].split()
    return 1024 * int(peak[0]) if peak else 0


def _lines(table: Path) -> int:
    if not table.exists():
        return 0
    with table.open("rb") as stream:
        return sum(
            part.count(b"\n") for part in iter(lambda: stream.read(1 << 20), b"")
        )
