"""Time `similij.significance`: effective pixels, and each method as a user calls it.

    python bench/significance.py [--side N] [--rounds N] [--write]

Two 16-bit images that share half of their signal, once noise and once blurred, whole
and inside an irregular mask. Beside it the textbook's p and interval of R by SciPy, on
float64 pixels, which are wrong for images (docs/significance.md) and must have the same
R. The goal: effective pixels of a 2048×2048 pair within a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr

import similij
from report import Report, Times, head, in_turns, options, row
from similij.evidence.effective_size import Sample
from similij.images.pair import prepare

SIGMAS = (0.0, 4.0)
EFFECTIVE = "effective pixels only"
PEER = "SciPy pearsonr, textbook p and interval"
WITHIN = 1.0  # seconds


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
    inside = np.ones(x.shape, bool) if mask is None else mask
    a, b = (image[inside].astype(np.float64) for image in (x, y))

    def ask(method: str, metric: str = "pearson") -> Callable[[], Any]:
        return lambda: similij.significance(
            x, y, mask=mask, method=method, metric=metric
        )

    def textbook() -> float:
        found = pearsonr(a, b)
        found.confidence_interval()
        return float(found.statistic)

    r = similij.significance(x, y, mask=mask).value
    if not math.isclose(r, textbook(), rel_tol=1e-9):
        raise SystemExit(f"similij says R = {r}, SciPy {textbook()}")
    return {
        EFFECTIVE: lambda: Sample(prepare(x, y, mask)).n_effective,
        "effective": ask("effective"),
        "permutation, 999": ask("permutation"),
        "bootstrap of R, 999": ask("bootstrap"),
        "bootstrap of RMSD, 999": ask("bootstrap", "rmsd"),
        "more_alike, 999": lambda: similij.more_alike((x, y), (x, y[::-1]), mask=mask),
        PEER: textbook,
    }


def main() -> None:
    asked = options(__doc__, 3, side=2048)
    report = Report("is it real")
    side = asked.side
    radius = np.hypot(*np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j])
    ring = (radius > 0.2) & (radius < 0.9)
    columns: dict[str, dict[str, Times]] = {}
    for sigma in SIGMAS:
        x, y = images(side, sigma)
        for name, mask in (("whole", None), ("mask", ring)):
            label = f"{f'sigma {sigma:g}' if sigma else 'noise'}, {name}"
            columns[label] = in_turns(ways(x, y, mask), asked.rounds)
    lines = head("", *columns)
    for way in next(iter(columns.values())):
        lines.append(row(way, *(taken[way] for taken in columns.values())))
    slowest = max(taken[EFFECTIVE].fastest for taken in columns.values())
    words = (
        f"{side}×{side} pixels of 16 bits; milliseconds, median (fastest...slowest) of "
        f"{asked.rounds} turns. Effective pixels, slowest of the fastest: "
        f"**{slowest / WITHIN:.2f}×** of the goal."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
