"""From what a task and a byte cost here to terabytes on many workers.

    python bench/scaling.py [--tasks N] [--gigabytes N] [--write]

Measures, on this machine: the seconds that the scheduler takes for a task that does
nothing (N of them on two workers); and, of two Zarr volumes of uint16 in chunks of
4 MB, the bytes a second that one worker with one thread reads and compares from the
page cache. From these: hours for 1, 10 and 100 TB (both images together) on 10 to 1,000
workers, which is the longest of three: what the workers take, what the scheduler takes
for all tasks (one after the other), and what a file store takes that gives so many
gigabytes a second in all. Which of the three it is stands beside.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import zarr

import similij
from report import Report, head, options, row
from similij.measure.blocks.plan import MOST_TASKS
from similij.measure.blocks.workers import cluster

STORES = (1, 10, 100)
"""Gigabytes a second: a disk array, a parallel file system, an object store."""

TERABYTES, WORKERS = (1, 10, 100), (10, 100, 1000)


def seconds_a_task(tasks: int) -> float:
    """Measure what the scheduler takes for a task that does nothing."""
    with cluster(workers=2, memory_limit="1 GB") as place:
        [*place.run(abs, range(64), 64, 1)]
        start = time.perf_counter()
        done = sum(1 for _ in place.run(abs, range(tasks), tasks, 1))
        took = time.perf_counter() - start
    assert done == tasks
    return took / tasks


def bytes_a_second(gigabytes: float) -> tuple[float, int]:
    """Measure what one worker of one thread compares; and the bytes of a task."""
    folder = Path(tempfile.mkdtemp(prefix="similij-scaling-"))
    try:
        planes = max(32, round(gigabytes * 1e9 / (2 * 2 * 1024**2)))
        random = np.random.default_rng(0)
        paths = []
        for name in "ab":
            array = zarr.open_array(
                str(folder / f"{name}.zarr"),
                mode="w",
                shape=(planes, 1024, 1024),
                chunks=(8, 512, 512),
                dtype="u2",
            )
            for k in range(0, planes, 8):
                array[k : k + 8] = random.poisson(200, (8, 1024, 1024)).astype("u2")
            paths.append(folder / f"{name}.zarr")
        lazy = [similij.open_image(path) for path in paths]
        with cluster(workers=1, memory_limit="2 GB") as place:
            similij.compare(*lazy)  # reads the files into the page cache, compiles
            counted: list[int] = []
            object.__setattr__(place, "progress", lambda _, n: counted.append(n))
            start = time.perf_counter()
            similij.compare(*lazy)
            took = time.perf_counter() - start
            threads = sum(w["nthreads"] for w in place._workers())
        size = 2 * 2 * planes * 1024**2
        return size / took / threads, size // counted[-1]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def limited(terabytes: float, workers: int, store: float, task: float, rate: float):
    """Seconds, and what takes them."""
    size = terabytes * 1e12
    ways = {
        "workers": size / (rate * workers),
        "scheduler": min(MOST_TASKS, size / 1e8) * task,
        "store": size / (store * 1e9),
    }
    slowest = max(ways, key=lambda name: ways[name])
    return ways[slowest], slowest


def words(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def main() -> None:
    asked = options(__doc__, 1, tasks=5000, gigabytes=1.0)
    report = Report("scaling")
    task = seconds_a_task(int(asked.tasks))
    rate, held = bytes_a_second(float(asked.gigabytes))
    lines = head("both images, workers", *(f"store {store} GB/s" for store in STORES))
    for terabytes in TERABYTES:
        for workers in WORKERS:
            cells = []
            for store in STORES:
                seconds, what = limited(terabytes, workers, store, task, rate)
                cells.append(f"{words(seconds)} ({what})")
            lines.append(row(f"{terabytes} TB, {workers:,}", *cells))
    said = (
        f"Measured: {1e3 * task:.2f} ms of the scheduler a task ({asked.tasks:,.0f} of "
        f"them, two workers); {rate / 1e6:.0f} MB a second and thread, from the page "
        f"cache, zstd-compressed chunks of 4 MB; {held / 1e6:.0f} MB of pixels a task "
        f"here, and at most {MOST_TASKS:,} tasks. The rest is calculated."
    )
    report.finish(lines, said, write=asked.write)


if __name__ == "__main__":
    main()
