"""How long until the first answer: fresh processes, one after the other.

    python bench/cold.py [--rounds N] [--write]

*First answer* is what ImageJ's worker does: import, attach shared memory, compare a
512×512 pair, answer. The project asks for at most 2.5 times `import numpy, numba`.
*First ever* compiles for this processor, which `similij doctor --warm-up` and `similij
install` do ahead: one type of pixel, and all there is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from report import Report, Times, head, in_turns, options, row

BASE = "import numpy, numba"

ANSWER = """
import os
from multiprocessing import shared_memory
from similij.imagej.worker import handle
side = 512
size = 2 * side * side
planes = [shared_memory.SharedMemory(create=True, size=size) for _ in range(2)]
for plane, step in zip(planes, (7, 9)):
    plane.buf[:size] = bytes(k * step % 251 for k in range(1024)) * (size // 1024)
one = {"c": 1, "z": 1, "t": 1}
pixel = {"x": 1, "y": 1, "z": 1, "unit": "pixel", "interval": 0, "time_unit": "sec"}
image = {"name": "a", "file": "", "type": "16-bit", "width": side, "height": side,
         "planes": 1, "sizes": one, "pixel": pixel}
box = {"x": 0, "y": 0, "width": side, "height": side}
request = {"image_1": image, "image_2": image, "labels": None, "mask": None,
           "box": box, "regions": [], "inverse": False, "pictures": False,
           "rows": True, "plane": "1", "place": {}, "notes": [], "run_id": None,
           "save": None, "options": {}}
buffers = {f"plane_{k}": {"shm": plane.name, "size": size}
           for k, plane in enumerate(planes, 1)}
message = {"op": "compare", "run": "1", "request": request, "end": True}
reply = handle({**message, **buffers})
assert reply["columns"]["n"] == side * side, reply
os._exit(0)
"""

ONE_TYPE = """
import numpy, similij
x = numpy.arange(64, dtype=numpy.uint16).reshape(8, 8)
similij.compare(x, x)
"""

EVERYTHING = "from similij.cli.warm_up import warm_up; warm_up()"


def start(code: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, **environment}
    )


def compiling(code: str) -> None:
    with tempfile.TemporaryDirectory() as empty:
        start(code, NUMBA_CACHE_DIR=empty)


def main() -> None:
    asked = options(__doc__, 9)
    report = Report("cold start")
    codes = {
        f"python -c '{BASE}'": BASE,
        "python -c 'import similij'": "import similij",
        "the worker's first answer": ANSWER,
    }
    times = in_turns(
        {name: (lambda code=code: start(code)) for name, code in codes.items()},
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
    base = times[f"python -c '{BASE}'"].median
    lines = head("a fresh process", "milliseconds", f"of `{BASE}`")
    for name, taken in times.items():
        lines.append(row(name, taken, f"{taken.median / base:.2f}×"))
    words = (
        f"Median (fastest...slowest) of {asked.rounds} turns, once for what compiles."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
