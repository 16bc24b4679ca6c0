"""Small images: what a call costs besides its pixels.

    python bench/small.py [--side N] [--rounds N] [--write]

The project asks for at most 20 µs plus three times what it takes to read the images.
"""

from __future__ import annotations

import numpy as np

import similij
from images import pair
from readlimit import add_words_of_both
from report import Report, head, in_turns, options, row
from similij.moments.of_arrays import moments

TYPES = ("uint8", "uint16", "float32", "float64")
FIXED = 20e-6


def main() -> None:
    asked = options(__doc__, 3000, side=256)
    report = Report("small images")
    lines = head(
        *("pixels", "similij.compare, µs", "its sums, µs", "read both, µs"),
        *("allowed, µs", "of what is allowed", "fastest of fastest"),
    )
    for name in TYPES:
        x, y = pair(name, (asked.side, asked.side))
        u, v = (image.reshape(-1).view(np.int64) for image in (x, y))
        t = in_turns(
            {
                "compare": lambda x=x, y=y: similij.compare(x, y),
                "sums": lambda x=x, y=y: moments(x, y),
                "read": lambda u=u, v=v: add_words_of_both(u, v),
            },
            asked.rounds,
        )
        allowed = FIXED + 3 * t["read"].median
        lines.append(
            row(
                name,
                *(f"{1e6 * t[k].median:.1f}" for k in ("compare", "sums", "read")),
                f"{1e6 * allowed:.1f}",
                f"**{t['compare'].median / allowed:.2f}×**",
                f"{t['compare'].fastest / (FIXED + 3 * t['read'].fastest):.2f}×",
            )
        )
    words = (
        f"Pairs of {asked.side}×{asked.side} pixels on one thread; medians of "
        f"{asked.rounds} calls in turns."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
