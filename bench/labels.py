"""Time all labels of a label image beside the comparison of the whole images.

    python bench/labels.py [--side N] [--rounds N] [--write]

Makes pairs of images of 8, 16 and 32 bits and label images of 10,000 objects (squares
that fill the image, discs with background between them, filaments, squares with gaps in
each row, two squares pixel by pixel as on a checkerboard, and squares in 16 planes with
label images of their own), checks some labels against NumPy, and times whole image and
labels in turns: *walk* is the sums of all labels alone, *all labels* is
`similij.compare(x, y, regions=labels)`, with all its numbers but no row made yet; *data
frame* and *rows* are that and `.to_dataframe()`, or `.rows`, 10,000 dictionaries. *One
by one* is what labels cost when each is a mask of its own, from 20 of them. The project
asks for at most 3 times.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import similij
from images import Array, checkerboard, discs, filaments, gaps, planes, squares
from readlimit import Limits
from report import Report, head, in_turns, options, row
from similij.measure.question import ask
from similij.measure.tally import Tally
from similij.measure.task import Task
from similij.regions import Region, as_regions

ACROSS = 100
"""Objects in a row, and in a column."""

FEW = 20


def walk(x: Array, y: Array, labels: Array) -> None:
    """Do the part of the work that grows with the pixels."""
    task = Task(("a", "b"), ask())
    Tally(task, as_regions(labels), x.shape, one_block=True).add(x, y)


def pair(dtype: Any, side: int) -> tuple[Array, Array]:
    random = np.random.default_rng(7)
    if np.issubdtype(dtype, np.floating):
        x = random.standard_normal((side, side), dtype) + dtype(1000)
        return x, x + random.standard_normal((side, side), dtype)
    x = random.integers(0, np.iinfo(dtype).max // 2, (side, side), dtype)
    return x, x + random.integers(0, 50, (side, side), dtype)


def check(found: similij.Comparison, x: Array, y: Array, labels: Array) -> None:
    for found_row in found.rows[:: max(1, len(found) // 20)]:
        inside = labels == int(found_row["region"].split()[1])
        a, b = x[inside].astype(float), y[inside].astype(float)
        expected = np.corrcoef(a, b)[0, 1], np.sqrt(((a - b) ** 2).mean())
        numbers = found_row["pearson"], found_row["rmsd"]
        assert np.allclose(numbers, expected, rtol=1e-9, atol=0)
        assert found_row["n"] == len(a)


def main() -> None:
    asked = options(__doc__, 15, side=4096)
    report = Report("labels")
    lines = head(
        *("pixels, labels", "whole image", "walk", "all labels", "data frame", "rows"),
        *("read with labels", "one by one", "all labels / whole", "data frame / whole"),
    )
    for dtype in (np.uint8, np.uint16, np.float32):
        flat = pair(dtype, asked.side)
        for draw in (squares, discs, filaments, gaps, checkerboard, planes):
            labels = draw(asked.side, ACROSS)
            x, y = (image.reshape(labels.shape) for image in flat)
            check(similij.compare(x, y, regions=labels), x, y, labels)
            few = (
                []
                if labels.ndim > 2
                else [
                    Region(str(k), 0, 0, *labels.shape, labels == k)
                    for k in range(1, FEW + 1)
                ]
            )
            limits = Limits(x, y, labels)

            def by_label(x: Array = x, y: Array = y, n: Array = labels) -> Any:
                return similij.compare(x, y, regions=n)

            t = in_turns(
                {
                    **limits.reads,
                    "whole": lambda x=x, y=y: similij.compare(x, y),
                    "walk": (lambda x=x, y=y, n=labels: walk(x, y, n))
                    if few
                    else (lambda: None),
                    "labels": by_label,
                    "frame": lambda way=by_label: way().to_dataframe(),
                    "rows": lambda way=by_label: way().rows,
                },
                asked.rounds,
            )
            one_by_one = "–"
            if few:
                single = in_turns(
                    {"": lambda x=x, y=y, r=few: similij.compare(x, y, regions=r)}, 3
                )[""]
                one_by_one = f"{1e3 * single.median / FEW * ACROSS**2:.0f}"
            whole = t["whole"].median
            lines.append(
                row(
                    f"{np.dtype(dtype)}, {ACROSS**2} {draw.__name__} ({labels.dtype})",
                    t["whole"],
                    t["walk"] if few else "–",
                    *(t[k] for k in ("labels", "frame", "rows")),
                    limits.fastest(t),
                    one_by_one,
                    f"**{t['labels'].median / whole:.2f}×**",
                    f"{t['frame'].median / whole:.2f}×",
                )
            )
            print(lines[-1], flush=True)
    words = (
        f"{asked.side}×{asked.side} pixels; milliseconds, median (fastest...slowest) "
        f"of {asked.rounds} turns."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
