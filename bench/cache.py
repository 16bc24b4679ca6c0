"""Where the time goes: arithmetic alone, beside reading from memory.

    python bench/cache.py [--rounds N] [--write]

The sums of a pair that stays in the processor's cache, by one thread, and by two at the
same time, each with a pair of its own; and what it takes to read 64 megapixels from
memory, on all threads. Where two threads together do no more than one, they share one
core's arithmetic, and a loop cannot be faster than the arithmetic of that core.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from images import pair
from readlimit import Limits
from report import Report, head, in_turns, options, row
from similij.moments import of_arrays as sums

TYPES = ("uint8", "uint16", "float32", "float64")
SIDE = 256
REPEAT = 40


def main() -> None:
    asked = options(__doc__, 60, pixels=float(2**26))
    report = Report("cache")
    lines = head(
        *("pixels", "one thread, ns a pixel", "two threads together"),
        *("read from memory, ns a pixel", "arithmetic of all threads / read"),
    )
    for name in TYPES:
        pairs = [pair(name, (SIDE, SIDE)) for _ in range(2)]
        work = [kernel(*images) for images in pairs]
        with ThreadPoolExecutor(2) as pool:
            t = in_turns(
                {"one": work[0], "two": lambda: list(pool.map(lambda f: f(), work))},  # noqa: B023
                asked.rounds,
            )
        one = t["one"].fastest / REPEAT / SIDE**2
        both = t["two"].fastest / REPEAT / SIDE**2 / 2
        side = int(asked.pixels**0.5)
        limits = Limits(*pair(name, (side, side)))
        reading = in_turns(limits.reads, 9)
        read = min(found.fastest for found in reading.values()) / side**2
        lines.append(
            row(
                name,
                f"{1e9 * one:.3f}",
                f"{1e9 * both:.3f}",
                f"{1e9 * read:.3f}",
                f"**{min(one, both) / read:.2f}×**",
            )
        )
    words = (
        f"The fastest of {asked.rounds} turns; {SIDE}×{SIDE} pixels again and again."
    )
    report.finish(lines, words, write=asked.write)


def kernel(x: np.ndarray, y: np.ndarray):
    """Return the innermost loop over a pair, many times, without Python's lock."""
    a, b = (sums.flat(image, image.dtype) for image in (x, y))
    nothing = np.zeros(0, np.uint8)
    nothing.flags.writeable = False
    if x.dtype.kind == "f":
        rows = np.zeros((-(-a.size // sums.FLOAT_BLOCK), 10))
        loop = sums._kernels().float_blocks
        arguments = (a, b, nothing, float(a[0]), float(b[0]), rows)
    else:
        loops = sums.vector_loops()
        loop = loops.sums_8bit if a.itemsize == 1 else loops.sums_16bit
        origin = 1 << 15 if a.itemsize == 2 else 0
        arguments = (a, b, None, origin, np.zeros(7, np.int64))

    def work() -> None:
        for _ in range(REPEAT):
            loop(*arguments)

    return work


if __name__ == "__main__":
    main()
