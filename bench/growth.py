"""How time grows: with pixels, threads, planes, regions and labels.

    python bench/growth.py [--largest N] [--rounds N] [--write]

Pixels from 1 megapixel to `--largest` gigabytes for both images together: in memory up
to a quarter of what there is, beyond from a file that is mapped into memory (image 2 is
the same file upside down, so that the disk's cache holds it if it can). Draws
bench/growth.png.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

import similij
from images import Array, discs, pair
from readlimit import Limits
from report import Report, Times, head, in_turns, options, row
from similij.regions import Region

PICTURE = Path(__file__).with_name("growth.png")
STEPS = (20, 22, 24, 26, 28, 30, 32)
"""Pixels of an image: powers of two."""

SIDE = 1024
COUNTS = (1, 10, 100, 1000)

_THREADS = """
import sys, time
sys.path.insert(0, sys.argv[1])
from images import pair
from similij.moments.of_arrays import moments
x, y = pair("uint16", (8192, 8192))
moments(x, y)
seconds = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    moments(x, y)
    seconds.append(time.perf_counter() - start)
print(*seconds)
"""


def own_memory() -> str:
    """Memory that is neither shared nor mapped from a file, where Linux says it."""
    status = Path("/proc/self/status")
    found = status.read_text() if status.exists() else ""
    kib = re.search(r"RssAnon:\s*(\d+)", found)
    return f"{int(kib[1]) / 1024:.0f} MiB of memory beside" if kib else "mapped"


def memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def mapped(pixels: int, folder: Path) -> Array:
    """Write noise to a file, a part of it again and again, and map it."""
    part, _ = pair("uint16", (1 << 24,))
    path = folder / "large.raw"
    with path.open("wb") as file:
        for _ in range(pixels >> 24):
            part.tofile(file)
    return np.memmap(path, np.uint16, "r", shape=(pixels >> 14, 1 << 14))


Size = tuple[str, int, Times, Times | None]


def in_memory(pixels: int, rounds: int) -> Size:
    height = 1 << (pixels.bit_length() // 2)
    x, y = pair("uint16", (height, pixels // height))
    limits = Limits(x, y)
    t = in_turns({**limits.ways, "similij": lambda: similij.compare(x, y)}, rounds)
    return "memory", pixels, t["similij"], limits.fastest(t)


def by_pixels(largest: float, rounds: int) -> list[Size]:
    """Time each size; beside it the read of the same, where it is in memory."""
    found: list[Size] = []
    for step in STEPS:
        pixels = 1 << step
        if 4 * pixels > largest * 2**30:
            break
        if 4 * pixels <= memory() // 4:
            found.append(in_memory(pixels, rounds))
        else:
            gc.collect()  # the images before this
            with tempfile.TemporaryDirectory() as folder:
                z = mapped(pixels, Path(folder))
                t = in_turns({"": lambda z=z: similij.compare(z, z[::-1])}, 2)
                found.append((f"file, {own_memory()}", pixels, t[""], None))
                del z
    return found


def by_threads(rounds: int) -> dict[int, Times]:
    found = {}
    for count in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", _THREADS, str(Path(__file__).parent), str(rounds)],
            env={**os.environ, "SIMILIJ_NUM_THREADS": str(count)},
            capture_output=True,
            text=True,
            check=True,
        )
        found[count] = Times([float(word) for word in done.stdout.split()])
    return found


def by_count(rounds: int) -> dict[str, list[tuple[int, Times]]]:
    """Rows of many planes; many regions of 32×32 pixels; many labels."""
    x, y = pair("uint16", (SIDE, SIDE))
    found: dict[str, list[tuple[int, Times]]] = {"planes": [], "ROIs": [], "labels": []}
    for count in COUNTS:
        p, q = (
            xr.DataArray(image, dims=("t", "y", "x"))
            for image in pair("uint16", (count, 128, 128))
        )
        places = np.random.default_rng(0).integers(0, SIDE - 32, (count, 2)).tolist()
        disc = np.hypot(*(np.indices((32, 32)) - 15.5)) < 16
        regions = [
            Region(f"{k}", left, top, 32, 32, disc)
            for k, (left, top) in enumerate(places)
        ]
        labels = discs(SIDE, round(count**0.5))
        for name, way in (
            ("planes", lambda p=p, q=q: similij.compare(p, q, per="t")),
            ("ROIs", lambda r=regions: similij.compare(x, y, regions=r)),
            ("labels", lambda n=labels: similij.compare(x, y, regions=n)),
        ):
            found[name].append((count, in_turns({"": way}, rounds)[""]))
    return found


def draw(pixels: list[Size], counts: dict[str, list[tuple[int, Times]]]) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    own = [(n, 1e9 * t.median / n) for _, n, t, _ in pixels]
    left.plot(*zip(*own, strict=True), "o-", label="similij")
    read = [(n, 1e9 * t.median / n) for _, n, _, t in pixels if t is not None]
    left.plot(*zip(*read, strict=True), "s--", label="read both")
    left.set(xscale="log", ylim=0, xlabel="pixels of an image (16-bit)")
    left.set_ylabel("ns per pixel")
    left.legend(frameon=False)
    for (name, found), mark in zip(counts.items(), "os^", strict=True):
        right.plot(
            [n for n, _ in found],
            [1e3 * t.median for _, t in found],
            f"{mark}-",
            label=name,
        )
    right.set(xscale="log", yscale="log", xlabel="rows", ylabel="milliseconds")
    right.legend(frameon=False)
    figure.savefig(PICTURE, dpi=110)


def main() -> None:
    asked = options(__doc__, 7, largest=17.2)
    report = Report("growth")
    pixels = by_pixels(asked.largest, asked.rounds)
    threads = by_threads(asked.rounds)
    counts = by_count(asked.rounds)
    lines = head("growing", "milliseconds", "for one", "read both")
    for where, n, taken, read in pixels:
        lines.append(
            row(
                f"{n / 2**20:.0f} megapixels, {where}",
                *(taken, f"{1e9 * taken.median / n:.3f} ns a pixel"),
                "" if read is None else f"{1e9 * read.median / n:.3f} ns a pixel",
            )
        )
    for count, taken in threads.items():
        share = threads[1].median / taken.median
        lines.append(
            row(f"64 megapixels, {count} thread(s)", taken, f"{share:.2f} times", "")
        )
    for name, found in counts.items():
        for count, taken in found:
            each = f"{1e6 * taken.median / count:.1f} µs a row"
            lines.append(row(f"{count} {name}", taken, each, ""))
    draw(pixels, counts)
    words = (
        "16-bit pixels; planes of 128×128, ROIs of 32×32 and labels in one image of "
        f"{SIDE}×{SIDE}; median (fastest...slowest) of {asked.rounds} turns."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
