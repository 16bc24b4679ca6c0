"""Time all labels of a label image beside the comparison of the whole images.

    python bench/labels.py [--side N] [--repeats N]

Makes pairs of images of 8, 16 and 32 bits and label images of 10,000 objects (squares
that fill the image, and discs with background between them), checks some labels
against NumPy, and times whole image and labels in turns: *sums* is the walk over the
pixels alone, *all labels* has the metrics and 10,000 rows made of it, too. *One by
one* is what the labels cost when each is a mask of its own, from 20 of them. The
project asks for a ratio of at most 3 for 16 bits.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from report import load, machine

from similij.comparison import Comparison
from similij.metrics import available
from similij.regions import LabelImage, Region, as_regions
from similij.tally import Tally, Task

Array = NDArray[Any]

ACROSS = 100
"""Objects in a row, and in a column."""


def compare(
    x: Array, y: Array, regions: list[Region] | None = None, labels: Any = None
) -> Comparison:
    """Compare as `similij.compare` does, from arrays to rows."""
    task = Task(("a", "b"), [*available().values()])
    found: LabelImage | None = None if labels is None else as_regions(labels).labels
    tally = Tally(task, regions, x.shape, one_block=True, labels=found)
    tally.add(x, y)
    assert not tally.end_pass()
    return Comparison(tally.rows(), task.metrics)


def sums(x: Array, y: Array, labels: Array) -> None:
    """Do the part of the work that grows with the pixels."""
    task = Task(("a", "b"), [*available().values()])
    of_labels = as_regions(labels).labels
    Tally(task, None, x.shape, one_block=True, labels=of_labels).add(x, y)


def squares(side: int) -> Array:
    cell = np.arange(side) * ACROSS // side
    return (cell[:, None] * ACROSS + cell + 1).astype(np.int32)


def discs(side: int) -> Array:
    step = side / ACROSS
    off = (np.arange(side) + 0.5) % step - step / 2
    inside = off[:, None] ** 2 + off**2 < (0.46 * step) ** 2
    return np.where(inside, squares(side), 0).astype(np.uint16)


def pair(dtype: Any, side: int) -> tuple[Array, Array]:
    random = np.random.default_rng(7)
    if np.issubdtype(dtype, np.floating):
        x = random.standard_normal((side, side), dtype) + dtype(1000)
        return x, x + random.standard_normal((side, side), dtype)
    x = random.integers(0, np.iinfo(dtype).max // 2, (side, side), dtype)
    return x, x + random.integers(0, 50, (side, side), dtype)


def check(found: Comparison, x: Array, y: Array, labels: Array) -> None:
    for row in found.rows[:: max(1, len(found) // 20)]:
        inside = labels == int(row["region"].split()[1])
        a, b = x[inside].astype(float), y[inside].astype(float)
        expected = np.corrcoef(a, b)[0, 1], np.sqrt(((a - b) ** 2).mean())
        assert np.allclose((row["pearson"], row["rmsd"]), expected, rtol=1e-9, atol=0)
        assert row["n"] == len(a)


def timed(ways: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return {name: 1e3 * statistics.median(taken) for name, taken in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=15)
    asked = parser.parse_args()
    before = load()
    print("| pixels | labels | whole image | sums | all labels | one by one | ratio |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for dtype in (np.uint8, np.uint16, np.float32):
        x, y = pair(dtype, asked.side)
        for draw in (squares, discs):
            labels = draw(asked.side)
            found = compare(x, y, labels=labels)
            compare(x, y)
            compare(x, y, [Region("once", 0, 0, *labels.shape, labels == 1)])
            check(found, x, y, labels)
            few = [
                Region(str(k), 0, 0, *labels.shape, labels == k) for k in range(1, 21)
            ]
            taken = timed(
                {
                    "whole": lambda x=x, y=y: compare(x, y),
                    "sums": lambda x=x, y=y, n=labels: sums(x, y, n),
                    "labels": lambda x=x, y=y, n=labels: compare(x, y, labels=n),
                },
                asked.repeats,
            )
            single = timed({"": lambda x=x, y=y, r=few: compare(x, y, r)}, 3)[""]
            print(
                f"| {np.dtype(dtype)} | {len(found)} {draw.__name__} ({labels.dtype}) "
                f"| {taken['whole']:.1f} | {taken['sums']:.1f} "
                f"| {taken['labels']:.1f} "
                f"| {single / len(few) * len(found):.0f} "
                f"| **{taken['labels'] / taken['whole']:.2f}×** |"
            )
    print(f"\nMilliseconds, medians of {asked.repeats}. {machine()}")
    print(f"Load average before and after: {before}, {load()}.")


if __name__ == "__main__":
    main()
