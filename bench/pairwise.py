"""Time all pairs of many images beside the bare product of matrices and SciPy.

    python bench/pairwise.py [--images N] [--side N] [--rounds N] [--write]

*Product* is `a @ a.T` of the same pixels as float64, already in one matrix: what R and
RMSD of all pairs cost at least by BLAS. *R, RMSD* and *all three* are
`similij.pairwise`, from the images as they are to the Dataset. *pdist* is SciPy's,
correlation and Euclidean distance, and with city block the three, of the float64
matrix. *One by one* is `similij.compare` of every pair, from some of them. Numbers are
checked against `compare` and against SciPy first. The project asks for at most 2 times
the product for R and RMSD.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.distance import pdist, squareform

import similij
from report import Report, head, in_turns, options, row

SOME = 200
"""Pairs compared one by one; the rest takes as long each."""

BOTH, ALL = ("pearson", "rmsd"), ("pearson", "rmsd", "mean_difference")


def images(dtype: str, count: int, side: int) -> list[np.ndarray]:
    """Make takes of one scene, as replicates are."""
    random = np.random.default_rng(3)
    scene = random.random((side, side), np.float32)
    high = 200 if dtype == "uint8" else 4000
    takes = []
    for _ in range(count):
        noise = random.random((side, side), np.float32)
        takes.append((high * (0.6 * scene + 0.4 * noise)).astype(dtype))
    return takes


def check(takes: list[np.ndarray]) -> None:
    few = takes[:6]
    found = similij.pairwise(few)
    flat = np.array([take.ravel() for take in few], np.float64)
    euclid = squareform(pdist(flat)) / math.sqrt(flat.shape[1])
    city = squareform(pdist(flat, "cityblock")) / flat.shape[1]
    assert np.allclose(found.pearson, np.corrcoef(flat), rtol=1e-9, atol=0)
    assert np.allclose(found.rmsd, euclid, rtol=1e-9, atol=0)
    assert np.allclose(found.mean_difference, city, rtol=1e-9, atol=0)
    for i in range(len(few)):
        for j in range(i):
            one = similij.compare(few[i], few[j])
            for name in ALL:
                value = found[name].values[i, j]
                assert math.isclose(value, getattr(one, name), rel_tol=1e-12)


def main() -> None:
    asked = options(__doc__, 3, images=200, side=1000)
    report = Report("all pairs")
    lines = head(
        *("pixels", "product", "R, RMSD", "all three", "pdist, two", "pdist, three"),
        *("one by one", "R, RMSD / product", "pdist, three / all three"),
    )
    for dtype in ("uint8", "uint16", "float32"):
        takes = images(dtype, asked.images, asked.side)
        check(takes)
        matrix = np.array([take.ravel() for take in takes], np.float64)
        t = in_turns(
            {
                "product": lambda a=matrix: a @ a.T,
                "both": lambda x=takes: similij.pairwise(x, metrics=BOTH),
                "all": lambda x=takes: similij.pairwise(x, metrics=ALL),
            },
            asked.rounds,
        )
        slow = in_turns(
            {
                "two": lambda a=matrix: (pdist(a, "correlation"), pdist(a)),
                "city": lambda a=matrix: pdist(a, "cityblock"),
            },
            1,
        )
        pairs = [(i, j) for i in range(asked.images) for j in range(i)]
        some = pairs[:: max(1, len(pairs) // SOME)]

        def one_by_one(x: list = takes, some: list = some) -> None:
            for i, j in some:
                similij.compare(x[i], x[j])

        single = in_turns({"": one_by_one}, 1)[""].median / len(some) * len(pairs)
        three = slow["two"].median + slow["city"].median
        lines.append(
            row(
                dtype,
                *(t[name] for name in ("product", "both", "all")),
                f"{1e3 * slow['two'].median:.0f}",
                f"{1e3 * three:.0f}",
                f"{1e3 * single:.0f}",
                f"**{t['both'].fastest / t['product'].fastest:.2f}×**",
                f"{three / t['all'].median:.0f}×",
            )
        )
        print(lines[-1], flush=True)
    words = (
        f"{asked.images} images of {asked.side}×{asked.side} pixels, all "
        f"{len(pairs):,} pairs; milliseconds, median (fastest...slowest) of "
        f"{asked.rounds} turns; the ratio to the product is of the fastest turns."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()
