"""Whole images: `similij.compare` beside the limits and what people write today.

    python bench/compare.py [--pixels N] [--rounds N] [--write]

Makes pairs of images of four types, checks that every way gives the same numbers, and
times all of them in turns in one run. Needs SciPy, scikit-image and OpenCV
(`pip install --group bench`), and about 60 bytes of memory for each pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from scipy.stats import pearsonr
from skimage.metrics import mean_squared_error

import similij
from images import Array, pair, side_of
from readlimit import Limits, check_vectors
from report import Report, Times, head, in_turns, machine, options, row

TYPES = ("uint8", "uint16", "float32", "float64")
TOLERANCE = 1e-10  # relative; float64 sums over 64 million pixels keep 12 digits or so


class Numbers(NamedTuple):
    """What every way computes; None where it has no such number."""

    pearson: float | None
    rmsd: float | None
    mean_difference: float | None


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
    return Numbers(float(pearson), math.sqrt(mean_squared_error(a, b)), None)


def by_opencv(x: Array, y: Array) -> Numbers:
    """Take the distances only: less than the others do."""
    rmsd = cv2.norm(x, y, cv2.NORM_L2) / math.sqrt(x.size)
    return Numbers(None, rmsd, cv2.norm(x, y, cv2.NORM_L1) / x.size)


WAYS: dict[str, Callable[[Array, Array], Numbers]] = {
    "similij": by_similij,
    "NumPy": by_numpy,
    "SciPy + scikit-image": by_scipy,
    "OpenCV": by_opencv,
}


def check(x: Array, y: Array) -> None:
    """Stop if a way gives another number than similij."""
    answers = {name: way(x, y) for name, way in WAYS.items()}
    for name, answer in answers.items():
        for metric, value, expected in zip(
            Numbers._fields, answer, answers["similij"], strict=True
        ):
            same = value is None or math.isclose(value, expected, rel_tol=TOLERANCE)
            if not same:
                raise SystemExit(f"{metric} by {name} is {value}, not {expected}")


def measure(x: Array, y: Array, rounds: int) -> dict[str, Times]:
    check(x, y)
    limits = Limits(x, y)
    ways = {name: lambda way=way: way(x, y) for name, way in WAYS.items()}
    short = (*limits.ways, "similij", "OpenCV")
    times = in_turns({**limits.ways, **ways}, rounds, more=5, often=short)
    return {**times, "read": limits.fastest(times)}


def main() -> None:
    asked = options(__doc__, 5, pixels=float(2**26))
    check_vectors()
    report = Report("whole images")
    side = side_of(asked.pixels)
    lines = head(
        *("pixels", "similij", "read both", "copy both", "NumPy"),
        *("SciPy + scikit-image", "OpenCV, L1 + L2 only", "of the read limit"),
        *("fastest of fastest", "than NumPy", "than SciPy", "than OpenCV"),
    )
    for name in TYPES:
        x, y = pair(name, (side, side))
        t = measure(x, y, asked.rounds)
        own = t["similij"]
        faster = (f"{t[way].median / own.median:.1f}×" for way in [*WAYS][1:])
        lines.append(
            row(
                *(name, own, t["read"], t["copy"], *(t[way] for way in [*WAYS][1:])),
                f"**{own.median / t['read'].median:.2f}×**",
                f"{own.fastest / t['read'].fastest:.2f}×",
                *faster,
            )
        )
        print(lines[-1], flush=True)
    words = (
        f"Pairs of {side}×{side} pixels; milliseconds, median (fastest...slowest) of "
        f"{asked.rounds} turns, five times as many of the short ones. {machine()}."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
