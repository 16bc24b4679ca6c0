"""Time `similij.compare` beside NumPy, SciPy + scikit-image and the read limit.

    python bench/compare.py [--pixels N] [--repeats N] [--write]

Makes pairs of images (8-bit, 16-bit, 32-bit float), checks that every way gives the
same three numbers, times all of them in turns in one run, and prints a table; with
`--write` the table in bench/README.md is replaced by it. Needs SciPy and scikit-image
(`pip install --group bench`), and about 50 bytes of memory for each pixel.
"""

from __future__ import annotations

import argparse
import datetime
import math
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from readlimit import check_vectors, reads
from report import load, machine, write
from scipy.stats import pearsonr
from skimage.metrics import mean_squared_error

import similij
from similij.sums import threads

Array: TypeAlias = NDArray[Any]

TYPES = (np.uint8, np.uint16, np.float32)
TOLERANCE = 1e-10  # relative; float64 sums over 64 million pixels keep 12 digits or so
TURNS = 5  # similij and the read are short: so many of each for one of the others


class Numbers(NamedTuple):
    """What every way to compare computes."""

    pearson: float
    rmsd: float
    mean_difference: float


def by_similij(x: Array, y: Array) -> Numbers:
    found = similij.compare(x, y)
    return Numbers(found.pearson, found.rmsd, found.mean_difference)


def by_numpy(x: Array, y: Array) -> Numbers:
    """Write the formulas as textbooks have them, in float64."""
    a, b = x.astype(np.float64), y.astype(np.float64)
    da, db = a - a.mean(), b - b.mean()
    pearson = (da * db).sum() / np.sqrt((da**2).sum() * (db**2).sum())
    rmsd = np.sqrt(((a - b) ** 2).mean())
    mean_difference = np.abs(a - b).mean()
    return Numbers(float(pearson), float(rmsd), float(mean_difference))


def by_scipy(x: Array, y: Array) -> Numbers:
    """Take R from SciPy, RMSD from scikit-image; neither has Mean Difference."""
    a, b = x.astype(np.float64), y.astype(np.float64)
    pearson = pearsonr(a.ravel(), b.ravel()).statistic
    rmsd = math.sqrt(mean_squared_error(a, b))
    mean_difference = np.abs(a - b).mean()
    return Numbers(float(pearson), rmsd, float(mean_difference))


@dataclass
class Times:
    """Seconds that one way took, each time."""

    seconds: list[float]

    @property
    def median(self) -> float:
        """Half of the times were shorter."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{1e3 * self.median:.1f} ({1e3 * min(self.seconds):.1f})"


def images(dtype: Any, side: int) -> tuple[Array, Array]:
    """Return two noisy images that share half of their signal."""
    random = np.random.default_rng(20240229)
    if np.issubdtype(dtype, np.floating):
        shared, x, y = (random.standard_normal((side, side), dtype) for _ in range(3))
        x += shared + dtype(1000)
        y += shared + dtype(1000)
        return x, y
    half = (np.iinfo(dtype).max + 1) // 2
    shared, x, y = (random.integers(0, half, (side, side), dtype) for _ in range(3))
    x += shared
    y += shared
    return x, y


def measure(x: Array, y: Array, repeats: int) -> dict[str, Times]:
    """Check that all ways agree, then time them in turns."""
    ways: dict[str, Callable[[Array, Array], Numbers]] = {
        "similij": by_similij,
        "numpy": by_numpy,
        "scipy": by_scipy,
    }
    answers = {name: way(x, y) for name, way in ways.items()}
    for name, answer in answers.items():
        for metric, value, expected in zip(
            Numbers._fields, answer, answers["similij"], strict=True
        ):
            if not math.isclose(value, expected, rel_tol=TOLERANCE):
                raise SystemExit(f"{metric} by {name} is {value}, not {expected}")
    with ThreadPoolExecutor(threads()) as pool:
        limits = reads(pool)
        for read in limits.values():
            read(x, y)
        seconds: dict[str, list[float]] = {name: [] for name in [*ways, *limits]}
        for _ in range(repeats):
            for _ in range(TURNS):
                for name, read in limits.items():
                    seconds[name].append(_time(read, x, y))
                seconds["similij"].append(_time(by_similij, x, y))
            for name in ("numpy", "scipy"):
                seconds[name].append(_time(ways[name], x, y))
    times = {name: Times(s) for name, s in seconds.items()}
    fastest = min(limits, key=lambda name: times[name].median)
    return {**{name: times[name] for name in ways}, "read": times[fastest]}


def _time(way: Callable[[Array, Array], Any], x: Array, y: Array) -> float:
    start = time.perf_counter()
    way(x, y)
    return time.perf_counter() - start


def table(results: dict[str, tuple[int, dict[str, Times]]]) -> str:
    """Markdown: a row for each type of pixel."""
    lines = [
        "| pixels | similij | read both | NumPy float64 | SciPy + scikit-image "
        "| faster than NumPy | than SciPy + scikit-image | of the read limit "
        "| similij reads |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, (size, t) in results.items():
        own = t["similij"].median
        lines.append(
            f"| {name} | {t['similij']} | {t['read']} | {t['numpy']} | {t['scipy']} "
            f"| **{t['numpy'].median / own:.0f}×** "
            f"| **{t['scipy'].median / own:.0f}×** "
            f"| {own / t['read'].median:.2f}× | {size / own / 1e9:.1f} GB/s |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pixels", type=float, default=2**26, help="of an image (2**26: 8192×8192)"
    )
    parser.add_argument("--repeats", type=int, default=7, help="rounds of all ways")
    parser.add_argument("--write", action="store_true", help="renew bench/README.md")
    options = parser.parse_args()
    check_vectors()
    side = max(8, math.isqrt(int(options.pixels)) // 8 * 8)  # whole 64-bit words
    before = load()
    results = {}
    for dtype in TYPES:
        x, y = images(dtype, side)
        name = np.dtype(dtype).name
        results[name] = x.nbytes + y.nbytes, measure(x, y, options.repeats)
        print(f"{name} done", flush=True)
    report = (
        f"Pairs of {side}×{side} pixels; milliseconds, median (fastest) of "
        f"{options.repeats} rounds on {datetime.date.today()}. Machine: {machine()}. "
        f"Load average before and after: {before}, {load()}.\n\n{table(results)}"
    )
    print(report)
    if options.write:
        write(report)


if __name__ == "__main__":
    main()
