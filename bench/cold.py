"""How long until the first answer: fresh processes, one after the other.

    python bench/cold.py [--rounds N] [--write]

*First answer* is what ImageJ's worker does: import, attach shared memory, compare a
512×512 pair, answer. The project asks for at most 2.5 times `import numpy, numba`, and
the same of `similij compare a.tif b.tif` with files of that size; `similij --help` is
to take less than 0.25 s of processor time. *First ever* compiles for this processor,
which `similij doctor --warm-up` and `similij install` do ahead: one type of pixel, and
all there is. *In ImageJ* is from OK to the row, in a new ImageJ each time: of a macro,
which starts Python, and after a dialog, which has started it and asked whether the
images fit; within 2 s, is the goal.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile

from report import Report, Times, head, in_turns, options, row

BASE = "import numpy, numba"

REQUEST = """
side = 512
one = {"c": 1, "z": 1, "t": 1}
pixel = {"x": 1, "y": 1, "z": 1, "unit": "pixel", "interval": 0, "time_unit": "sec"}
image = {"name": "a", "file": "", "type": "16-bit", "width": side, "height": side,
         "planes": 1, "sizes": one, "pixel": pixel}
box = {"x": 0, "y": 0, "width": side, "height": side}
request = {"image_1": image, "image_2": image, "labels": None, "mask": None,
           "box": box, "regions": [], "inverse": False, "pictures": False,
           "rows": True, "plane": "1", "place": {}, "notes": [], "run_id": None,
           "save": None, "options": {}}
"""
"""What ImageJ says of a pair."""

ANSWER = (
    REQUEST
    + """
import os
from multiprocessing import shared_memory
from similij.imagej.worker import handle
size = 2 * side * side
planes = [shared_memory.SharedMemory(create=True, size=size) for _ in range(2)]
for plane, step in zip(planes, (7, 9)):
    plane.buf[:size] = bytes(k * step % 251 for k in range(1024)) * (size // 1024)
buffers = {f"plane_{k}": {"shm": plane.name, "size": size}
           for k, plane in enumerate(planes, 1)}
message = {"op": "compare", "run": "1", "request": request, "end": True}
reply = handle({**message, **buffers})
assert reply["columns"]["n"] == side * side, reply
os._exit(0)
"""
)

ONE_TYPE = """
import numpy, similij
x = numpy.arange(64, dtype=numpy.uint16).reshape(8, 8)
similij.compare(x, x)
"""

IN_IMAGEJ = (
    REQUEST
    + """
import json, os, sys, time
import similij.imagej
ij = similij.imagej.start()
from jpype import JClass
ij.IJ.setProperty("similij.backend", None)
JClass("ij.Prefs").set("similij.python", sys.executable)
for name in "ab":
    ij.IJ.createImage(name, "16-bit ramp", side, side, 1).show()
if sys.argv[1] == "dialog":
    # What a dialog does while it is looked at, without one.
    python = JClass("similij.python.Backends").current()
    look = {"op": "check", "request": request, "groups": 1, "regions": 1}
    message = JClass("groovy.json.JsonSlurper")().parseText(json.dumps(look))
    assert "They fit" in str(python.call(message).get("words"))
    time.sleep(float(sys.argv[2]))
start = time.perf_counter()
ij.run_macro('run("Image Similarity...", "image_1=a image_2=b");')
seconds = time.perf_counter() - start
table = JClass("ij.measure.ResultsTable").getResultsTable()
assert table.size() == 1 and table.getValue("RMSD", 0) == 0
print("ANSWER", seconds)
ij.IJ.getProperty("similij.worker").close()
sys.stdout.flush(); os._exit(0)
"""
)

LOOKED_AT = 3.0
"""Seconds that a user looks at the dialog, at least."""

EVERYTHING = "from similij.measure.warm_up import warm_up; warm_up()"


SHELL = [sys.executable, "-m", "similij"]


def start(code: str, **environment: str) -> None:
    run([sys.executable, "-c", code], environment)


def run(words: list[str], environment: dict[str, str] | None = None) -> float:
    """Run a process; return the seconds that processors spent on it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        words,
        check=True,
        # As it is for users: compiled modules are kept.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write_pair(folder: Path) -> list[str]:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 60_000, (512, 512)).astype(np.uint16)
    names = [str(folder / name) for name in ("a.tif", "b.tif")]
    tifffile.imwrite(names[0], pixels)
    tifffile.imwrite(names[1], pixels + np.uint16(50))
    return names


def in_imagej(how: str, rounds: int, kept: bool) -> Times:
    """Measure from OK to the row in a new ImageJ each time, with loops kept or not."""
    seconds = []
    words = [sys.executable, "-c", IN_IMAGEJ, how, str(LOOKED_AT)]
    for _ in range(rounds + kept):
        with tempfile.TemporaryDirectory() as empty:
            cache = {} if kept else {"NUMBA_CACHE_DIR": empty}
            done = subprocess.run(
                words, check=True, capture_output=True, text=True,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **cache},
            )  # fmt: skip
        answer = next(x for x in done.stdout.splitlines() if x.startswith("ANSWER "))
        seconds.append(float(answer.split()[1]))
    return Times(seconds[kept:])  # the first fetches files from the disk


def compiling(code: str) -> None:
    with tempfile.TemporaryDirectory() as empty:
        start(code, NUMBA_CACHE_DIR=empty)


def main() -> None:
    asked = options(__doc__, 9)
    report = Report("cold start")
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            f"python -c '{BASE}'": [sys.executable, "-c", BASE],
            "python -c 'import similij'": [sys.executable, "-c", "import similij"],
            "the worker's first answer": [sys.executable, "-c", ANSWER],
            "similij compare a.tif b.tif": [
                *SHELL, "compare", *write_pair(Path(folder))
            ],
            "similij --help": [*SHELL, "--help"],
        }  # fmt: skip
        spent: dict[str, list[float]] = {name: [] for name in commands}
        times = in_turns(
            {
                name: (lambda name=name, words=words: spent[name].append(run(words)))
                for name, words in commands.items()
            },
            asked.rounds,
        )
    first_ever = {
        "first ever, one type of pixel": ONE_TYPE,
        "first ever, everything": EVERYTHING,
    }
    for name, code in first_ever.items():
        times[name] = Times(
            in_turns({"": lambda code=code: compiling(code)}, 1)[""].seconds
        )
    for how, words in (("macro", "a macro"), ("dialog", "after a dialog")):
        times[f"in ImageJ, {words}"] = in_imagej(how, asked.rounds, True)
        times[f"in ImageJ, {words}, first ever"] = in_imagej(how, 3, False)
    # The first call of each is not counted: it fetches files from the disk.
    processor = {name: statistics.median(own[1:]) for name, own in spent.items()}
    name = f"python -c '{BASE}'"
    base, base_processor = times[name].median, processor[name]
    heads = ("milliseconds", f"of `{BASE}`", "of processors", f"of `{BASE}`")
    lines = head("a fresh process", *heads)
    for name, taken in times.items():
        cells = [f"{taken.median / base:.2f}×", "", ""]
        if name in processor:
            own = processor[name]
            cells[1:] = [f"{1e3 * own:.0f}", f"{own / base_processor:.2f}×"]
        lines.append(row(name, taken, *cells))
    words = (
        f"Median (fastest...slowest) of {asked.rounds} turns, of 3 in ImageJ where it "
        "compiles, else one of what compiles. A dialog is looked at for "
        f"{LOOKED_AT:g} s."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
