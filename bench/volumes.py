"""Compare two OME-Zarr volumes of 6 GB with workers of 1 GB, one of them killed.

    python bench/volumes.py [--gigabytes N] [--write]

Makes two volumes (uint16, chunks of 32 × 256 × 256, not compressed) in a passing folder
from a formula whose sums are known exactly: plane z of image 1 is the tile v(y, x) =
(7 y + 13 x) mod 4096 plus 3 (z mod 64), image 2 the same plus (5 (z mod 16) + 2 (x mod
2)). Two local workers with a limit of 1 GB compare them; when a third of the tasks is
done, one of them is killed (SIGKILL). Then: is every number the exact one, is a cropped
copy the same as in memory, how much memory did the workers take at most, and how many
bytes were read, chunk by chunk (counted in the workers as they read; what the killed
one had read is done again, and not counted in the survivor).
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import zarr

import similij
from report import Report, head, options, row

CHUNK = (32, 256, 256)
PLANE = (2048, 2048)
THIRD = 3


def plane(z: int) -> tuple[np.ndarray, np.ndarray]:
    """Plane z of both images."""
    y, x = np.ogrid[: PLANE[0], : PLANE[1]]
    first = (7 * y + 13 * x) % 4096 + 3 * (z % 64)
    second = first + 5 * (z % 16) + 2 * (x % 2)
    return first.astype(np.uint16), second.astype(np.uint16)


def write(folder: Path, planes: int) -> list[Path]:
    """Write both volumes as OME-Zarr 0.4."""
    paths = [folder / "raw.zarr", folder / "later.zarr"]
    arrays = []
    for path in paths:
        group = zarr.open_group(str(path), mode="w", zarr_format=2)
        scale = [{"type": "scale", "coordinateTransformations": [], "scale": [1, 1, 1]}]
        group.attrs["multiscales"] = [
            {
                "version": "0.4",
                "axes": [{"name": a, "type": "space"} for a in "zyx"],
                "datasets": [{"path": "0", "coordinateTransformations": scale}],
            }
        ]
        arrays.append(
            group.create_array(
                "0", shape=(planes, *PLANE), chunks=CHUNK, dtype="u2", compressors=None
            )
        )
    for start in range(0, planes, CHUNK[0]):
        slab = [plane(z) for z in range(start, min(start + CHUNK[0], planes))]
        for array, images in zip(arrays, zip(*slab, strict=True), strict=True):
            array[start : start + len(slab)] = np.stack(images)
    return paths


def exact(planes: int) -> dict[str, float]:
    """Numbers from integers: no two planes of 64 differ, so 64 of them are summed."""
    sums = np.zeros(6, object)
    period = [np.zeros(6, object) for _ in range(64)]
    for z in range(64):
        a, b = (t.astype(np.int64) for t in plane(z))
        d = b - a
        period[z] = np.array(
            [int(v) for v in (a.sum(), b.sum(), (a * a).sum(), (b * b).sum(),
                              (a * b).sum(), np.abs(d).sum())], object)  # fmt: skip
    for z in range(planes):
        sums += period[z % 64]
    n = planes * math.prod(PLANE)
    sx, sy, sxx, syy, sxy, away = sums
    vx, vy, cxy = n * sxx - sx * sx, n * syy - sy * sy, n * sxy - sx * sy
    return {
        "pearson": float(Fraction(cxy) / Fraction(math.isqrt(vx * vy * 4**64), 2**64)),
        "rmsd": math.sqrt(Fraction(sxx + syy - 2 * sxy, n)),
        "mean_difference": float(Fraction(away, n)),
    }


def memory_and_reads() -> dict[str, Any]:
    """Ask a worker for the most memory it ever had, and the bytes it read."""
    io = dict(
        line.split(": ") for line in Path("/proc/self/io").read_text().splitlines()
    )
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
    return {"pid": os.getpid(), "peak": peak, "rchar": int(io["rchar"])}


def main() -> None:
    asked = options(__doc__, 1, gigabytes=6)
    planes = math.ceil(asked.gigabytes * 1e9 / (2 * math.prod(PLANE)) / 32) * 32
    report = Report("volumes")
    folder = Path(tempfile.mkdtemp(prefix="similij-volumes-"))
    try:
        start = time.perf_counter()
        paths = write(folder, planes)
        written = time.perf_counter() - start
        chunks = [c for path in paths for c in (path / "0").iterdir()]
        stored = sum(c.stat().st_size for c in chunks if c.name[0].isdigit())
        print(f"written: {stored / 1e9:.2f} GB in {written:.0f} s", flush=True)
        truth = exact(planes)
        killed: list[int] = []
        before: dict[str, Any] = {}

        def progress(done: int, count: int) -> None:
            if done == count // THIRD and not killed:
                known = place.client.run(memory_and_reads)
                before.update({w["pid"]: w for w in known.values()})
                killed.append(next(iter(before)))
                os.kill(killed[0], signal.SIGKILL)

        with similij.cluster(
            workers=2, memory_limit="1 GB", progress=progress
        ) as place:
            start = time.perf_counter()
            idle = place.client.run(memory_and_reads)
            lazy = [similij.open_image(path) for path in paths]
            found = similij.compare(*lazy)
            took = time.perf_counter() - start
            after = place.client.run(memory_and_reads)
        error = max(
            abs(getattr(found, name) - value) / value for name, value in truth.items()
        )
        crop = [image[10:40, 100:900, 50:1000] for image in lazy]
        small = similij.compare(*crop)
        loaded = similij.compare(*(image.compute() for image in crop))
        same = max(
            abs(getattr(small, name) - getattr(loaded, name)) / getattr(loaded, name)
            for name in truth
        )
        base = {w["pid"]: w["rchar"] for w in idle.values()}
        last = {w["pid"]: w["rchar"] - base.get(w["pid"], 0) for w in after.values()}
        dead = before[killed[0]]["rchar"] - base[killed[0]]
        read = sum(last.values())
        peak = max(w["peak"] for w in (*before.values(), *after.values()))
        lines = [
            *head("what", "found"),
            row("bytes stored, both volumes", f"{stored / 1e9:.3f} GB"),
            row("pixels compared", f"{found.n:,} of {planes * math.prod(PLANE):,}"),
            row("worker killed at a third of the tasks", f"{bool(killed)}"),
            row("largest relative error against the exact sums", f"{error:.1e}"),
            row("cropped copy, in parts against in memory", f"{same:.1e}"),
            row("most memory of a worker (limit 1 GB)", f"{peak / 1e6:.0f} MB"),
            row("bytes read by workers that lived", f"{read / 1e9:.3f} GB"),
            row("bytes read by the killed one", f"{dead / 1e9:.3f} GB"),
            row("read in all / stored", f"{(read + dead) / stored:.3f}"),
            row("seconds", f"{took:.1f} ({stored / took / 1e9:.2f} GB a second)"),
        ]
        assert error < 1e-12
        assert same < 1e-12
        words = f"{planes} planes of {PLANE[0]}×{PLANE[1]} pixels, two workers."
        report.finish(lines, words, write=asked.write)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
