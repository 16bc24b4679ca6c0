"""How often the interval of `similij.estimate` holds the value of all pixels.

Images of 32×32 blocks of 16×16 pixels, of which 16 or 64 are read. Scenes: alike
everywhere; cells in one corner (a fourth of each side), or in one quarter; a gradient
from edge to edge; beads in one block of twenty. One process::

    python bench/estimates.py --runs 300 --seed 1
"""

from __future__ import annotations

import argparse

import numpy as np

from similij import compare
from similij.measure.estimate import (
    Estimated,
    _BlockResult,
    _Draw,
    _estimated,
    _sample,
)
from similij.metrics.registry import chosen
from similij.moments.of_arrays import moments

GRID, SIDE = 32, 16
NAMES = ("pearson", "rmsd", "mean_difference")


def scene(kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return two images that share their texture where there are cells."""
    size = GRID * SIDE
    rows, columns = np.mgrid[:size, :size] / size
    amplitude = {
        "homogeneous": np.ones((size, size)),
        "corner": np.where((rows < 0.25) & (columns < 0.25), 1.0, 0.0),
        "quarter": np.where((rows < 0.5) & (columns < 0.5), 1.0, 0.0),
        "gradient": columns,
    }.get(kind)
    if amplitude is None:  # beads
        blocks = (rng.random((GRID, GRID)) < 1 / 20).astype(float)
        amplitude = np.kron(blocks, np.ones((SIDE, SIDE)))
    # Cells as large as some blocks: bright and dim ones, more and less alike.
    coarse = np.kron(rng.gamma(4, 0.25, (GRID // 2, GRID // 2)), np.ones((32, 32)))
    texture = rng.normal(size=(size, size))
    x = 300 * amplitude * coarse * np.abs(texture)
    unlike = 60 * amplitude * coarse * rng.normal(size=x.shape)
    noise = rng.normal(0, 10, (2, size, size))
    return 100 + x + noise[0], 100 + x + unlike + noise[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("| scene | blocks | R | RMSD | Mean Difference | noted |")
    print("| --- | --: | --: | --: | --: | --: |")
    for kind in ("homogeneous", "gradient", "quarter", "corner", "beads"):
        for count in (16, 64):
            rng = np.random.default_rng([asked.seed, count])
            inside, noted = dict.fromkeys(NAMES, 0), 0
            for run in range(asked.runs):
                x, y = scene(kind, rng)
                exact = compare(x, y)
                rows = of_blocks(x, y, count, run)
                for row in rows:
                    truth = getattr(exact, row.metric)
                    inside[row.metric] += row.ci_low <= truth <= row.ci_high
                noted += any(row.note for row in rows)
            shares = " | ".join(f"{inside[n] / asked.runs:.3f}" for n in NAMES)
            print(
                f"| {kind} | {count} | {shares} | {noted / asked.runs:.2f} |",
                flush=True,
            )


def of_blocks(x: np.ndarray, y: np.ndarray, count: int, seed: int) -> list[Estimated]:
    """Estimate as `similij.estimate` does, without a task of dask for each block."""
    numbers, strata, sizes = _sample([GRID, GRID], count, seed)
    blocks = []
    for number in numbers.tolist():
        row, column = divmod(number, GRID)
        box = (
            slice(row * SIDE, (row + 1) * SIDE),
            slice(column * SIDE, (column + 1) * SIDE),
        )
        blocks.append(_BlockResult(moments(x[box], y[box]), {}))
    drawn = _Draw([], strata, sizes)
    return [_estimated(metric, blocks, drawn, GRID * GRID) for metric in chosen(NAMES)]


if __name__ == "__main__":
    main()
