"""A virtual stack larger than Java's heap: time, memory, and how Esc ends it.

    python bench/virtual.py [--planes 400] [--side 2048] [--heap 512m] [--write]

Writes a 16-bit stack to disk, opens it in ImageJ as a virtual stack (never in memory as
a whole) in a Java with a small heap, and compares each frame with the previous one, in
this process (embedded) and through the worker. Prints the time, the peak of memory
above what was there before, and, over ten runs that are cancelled in the middle, how
long after Esc the command has returned. Needs the plugin (`make jar`) and disk space.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from report import Report, head, options, row

MEGABYTE = 1 << 20
RUNS = 10
"""That are cancelled."""

SCRIPT = """
import json, os, random, sys, threading, time
import similij.imagej
path, backend = sys.argv[1:]
ij = similij.imagej.start()
from jpype import JClass
IJ, Key = ij.IJ, JClass("java.awt.event.KeyEvent").VK_ESCAPE
if backend == "worker":
    IJ.setProperty("similij.backend", None)
    JClass("ij.Prefs").set("similij.python", sys.executable)
image = IJ.openVirtual(path)
planes = image.getStackSize()
image.setDimensions(1, 1, planes)
image.show()
table = JClass("ij.measure.ResultsTable").getResultsTable
line = 'run("Image Similarity...", "against=[previous frame] per=t");'

def worker():
    listed = os.popen(f"ps -o pid= --ppid {os.getpid()}").read().split()
    for pid in map(int, listed):
        if b"appose" in open(f"/proc/{pid}/cmdline", "rb").read():
            return pid

def memory(pid, key):
    for row in open(f"/proc/{pid}/status"):
        if row.startswith(key):
            return int(row.split()[1]) * 1024

IJ.setProperty("similij.error", None)
ij.run_macro('run("Image Similarity...", "channels=1:1");')  # Python is there
IJ.run("Clear Results")
others = [os.getpid()] + ([worker()] if backend == "worker" else [])
before = [memory(pid, "VmRSS") for pid in others]
for pid in others:
    open(f"/proc/{pid}/clear_refs", "w").write("5")  # the peak counts from here
start = time.time()
ij.run_macro(line)
taken = time.time() - start
peaks = [memory(pid, "VmHWM") - b for pid, b in zip(others, before)]
rows = table().size()
late, kept = [], []
for k in range(10):
    IJ.run("Clear Results")
    pressed = []
    def escape():
        while table().size() < 3 + 2 * k:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.01))
        pressed.append(time.time())
        IJ.setKeyDown(Key)
    threading.Thread(target=escape, daemon=True).start()
    try:
        ij.run_macro(line)
    except similij.imagej.MacroError:
        late.append(time.time() - pressed[0])
        kept.append(table().size())
print("ANSWER " + json.dumps(dict(planes=planes, rows=rows, taken=taken, peaks=peaks,
                                  late=late, kept=kept)))
sys.stdout.flush(); os._exit(0)
"""


def write_stack(path: Path, planes: int, side: int) -> None:
    """Write a TIFF that ImageJ opens virtually, plane by plane."""
    import tifffile

    random = np.random.default_rng(1)
    plane = random.integers(0, 4096, (side, side), np.uint16)
    shape = (planes, side, side)
    stack = tifffile.memmap(path, shape=shape, dtype=np.uint16, imagej=True)
    for k in range(planes):
        stack[k] = np.roll(plane, 31 * k)
    stack.flush()


def run(path: Path, backend: str, heap: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), backend],
        env={**os.environ, "JAVA_TOOL_OPTIONS": f"-Xmx{heap}"},
        capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        if line.startswith("ANSWER "):
            found: dict[str, float] = json.loads(line.removeprefix("ANSWER "))
            return found
    raise SystemExit(f"no answer:\n{done.stdout}\n{done.stderr}")


def main() -> None:
    asked = options(__doc__, 1, planes=400, side=2048, heap="512m")
    report = Report("virtual stack")
    lines = head(
        "backend",
        "rows",
        "seconds",
        "ms a row",
        "ImageJ's process, peak above before",
        "worker, peak above before",
        "return after Esc, median (longest) of 10",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stack.tif"
        write_stack(path, asked.planes, asked.side)
        size = path.stat().st_size / MEGABYTE
        for backend in ("embedded", "worker"):
            found = run(path, backend, asked.heap)
            peaks = [f"{peak / MEGABYTE:.0f} MB" for peak in found["peaks"]]
            late = [1e3 * seconds for seconds in found["late"]]
            assert found["rows"] == asked.planes - 1, found
            assert len(late) == RUNS, found
            lines.append(
                row(
                    backend,
                    found["rows"],
                    f"{found['taken']:.1f}",
                    f"{1e3 * found['taken'] / found['rows']:.1f}",
                    peaks[0],
                    peaks[1] if len(peaks) > 1 else "–",
                    f"{np.median(late):.0f} ms ({max(late):.0f} ms)",
                )
            )
    words = (
        f"A stack of {asked.planes} planes of {asked.side}×{asked.side}, 16 bit, "
        f"{size:,.0f} MB on disk, in a Java with -Xmx{asked.heap}; each frame with the "
        "previous one."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
