"""Time `similij.significance`: effective pixels, and each method as a user calls it.

    python bench/significance.py [--side N] [--repeats N]

Two 16-bit images that share half of their signal, once noise and once blurred, whole
and inside an irregular mask. Prints a table of the fastest and the median time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from report import load, machine
from scipy.ndimage import gaussian_filter

import similij
from similij._sample import Sample
from similij.inputs import prepare


def images(side: int, sigma: float) -> tuple[Any, Any]:
    """Return two images of 16 bits."""
    random = np.random.default_rng(1)
    fields = random.standard_normal((3, side, side), np.float32)
    if sigma:
        fields = np.array([gaussian_filter(f, sigma, mode="wrap") for f in fields])
    fields *= 500 / fields.std()
    shared, x, y = fields
    return tuple((5000 + shared + own).round().astype(np.uint16) for own in (x, y))


def ways(x: Any, y: Any, mask: Any) -> dict[str, Callable[[], Any]]:
    """Return what is timed."""

    def ask(method: str, metric: str = "pearson") -> Callable[[], Any]:
        return lambda: similij.significance(
            x, y, mask=mask, method=method, metric=metric
        )

    return {
        "effective pixels only": lambda: Sample(prepare(x, y, mask)).n_effective,
        "effective": ask("effective"),
        "permutation, 999": ask("permutation"),
        "bootstrap of R, 999": ask("bootstrap"),
        "bootstrap of RMSD, 999": ask("bootstrap", "rmsd"),
        "more_alike, 999": lambda: similij.more_alike((x, y), (x, y[::-1]), mask=mask),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    side = options.side
    radius = np.hypot(*np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j])
    ring = (radius > 0.2) & (radius < 0.9)
    columns = {}
    for sigma in (0.0, 4.0):
        for name, mask in (("whole", None), ("mask", ring)):
            x, y = images(side, sigma)
            columns[f"sigma {sigma:g}, {name}"] = {
                way: _times(run, options.repeats)
                for way, run in ways(x, y, mask).items()
            }
    print(f"{side}×{side} pixels, 16 bit; seconds, median (fastest) of")
    print(f"{options.repeats}. {machine()}. Load {load()}.\n")
    print(f"| | {' | '.join(columns)} |")
    print("|---|" + "--:|" * len(columns))
    for way in next(iter(columns.values())):
        print(f"| {way} | {' | '.join(c[way] for c in columns.values())} |")


def _times(run: Callable[[], Any], repeats: int) -> str:
    run()  # compiles, plans
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f})"


if __name__ == "__main__":
    main()
