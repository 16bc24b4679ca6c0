"""What is read besides: masks, labels, and images that are not contiguous.

    python bench/kernels.py [--pixels N] [--rounds N] [--write]

The limit of each is to read the same arrays, mask or labels included, contiguous.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from images import Array, pair, side_of, squares
from readlimit import Limits
from report import Report, head, in_turns, options, row
from similij.measure.question import ask
from similij.measure.tally import Tally
from similij.measure.task import Task
from similij.moments.of_arrays import moments
from similij.regions import as_regions

TYPES = ("uint8", "uint16", "float32", "float64")
ACROSS = 100


def crop(image: Array) -> Array:
    """Return the same pixels as part of a wider image."""
    wide = np.zeros((image.shape[0], image.shape[1] + 64), image.dtype)
    wide[:, 32:-32] = image
    return wide[:, 32:-32]


def by_label(x: Array, y: Array, labels: Array) -> None:
    task = Task(("x", "y"), ask())
    Tally(task, as_regions(labels), x.shape, one_block=True).add(x, y)


def main() -> None:
    asked = options(__doc__, 9, pixels=float(2**26))
    report = Report("kernels")
    side = side_of(asked.pixels)
    mask = np.random.default_rng(1).random((side, side)) < 0.5
    labels = squares(side, ACROSS)
    lines = head(
        *("pixels", "whole", "mask", "labels (int32)", "transposed", "cropped"),
        *("read", "read with mask", "read with labels"),
        *("whole / read", "mask", "labels", "transposed", "cropped"),
    )
    for name in TYPES:
        x, y = pair(name, (side, side))
        cut = crop(x), crop(y)
        read = {
            "read": Limits(x, y),
            "mask": Limits(x, y, mask.view(np.uint8)),
            "labels": Limits(x, y, labels),
        }
        ways: dict[str, Callable[[], Any]] = {
            "whole": lambda x=x, y=y: moments(x, y),
            "with mask": lambda x=x, y=y: moments(x, y, mask),
            "by label": lambda x=x, y=y: by_label(x, y, labels),
            "transposed": lambda x=x, y=y: moments(x.T, y.T),
            "cropped": lambda cut=cut: moments(*cut),
        }
        for key, limits in read.items():
            ways |= {f"{key}: {k}": way for k, way in limits.reads.items()}
        t = in_turns(ways, asked.rounds)
        limit = {
            key: min(
                (t[k] for k in t if k.startswith(f"{key}: ")), key=lambda v: v.median
            )
            for key in read
        }
        against = ("read", "mask", "labels", "read", "read")
        own = [t[k] for k in [*ways][:5]]
        lines.append(
            row(
                *(name, *own, *limit.values()),
                *(
                    f"{a.median / limit[b].median:.2f}×"
                    for a, b in zip(own, against, strict=True)
                ),
            )
        )
        print(lines[-1], flush=True)
    words = (
        f"The sums of pairs of {side}×{side} pixels, without rows; half of the pixels "
        f"in the mask, {ACROSS**2} labels; milliseconds, median (fastest...slowest) of "
        f"{asked.rounds} turns."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
