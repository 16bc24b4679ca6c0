"""Measure how often `similij.significance` is right, on images whose truth is known.

    python bench/calibration.py [--runs N] [--only NAME] [--write | --setting]
    python bench/calibration.py --report

Makes pairs of images (white noise, smoothed noise, cells with photon noise, a region
with a hole and bays, texture in one corner, spots, stripes, a few photons) that are
independent, or alike to a known degree, a thousand times; counts how often p is below
0.05 where chance alone is at work, how often a 95 % interval holds the true value, and
how often a weak likeness is found. With `--write` the counts go into
bench/calibration.csv, and a table and a picture into docs/significance.md. Takes about
three hours on two cores; `--report` only redraws from the file. No method knows which
condition it is given, and none was chosen on the images that are counted: those to try
on come with `--setting`.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, pearsonr

import similij
from calibration_images import (
    Triple,
    Truth,
    cells,
    corner,
    half_textured,
    irregular,
    lattice,
    photons,
    pink,
    scattered,
    slanted,
    smoothed,
    spots,
    stripes,
    truth_of_cells,
    truth_of_corner,
    truth_of_photons,
    truth_of_smoothed,
    truth_of_spots,
    truth_of_unlike_scales,
    unlike_scales,
)
from calibration_report import COUNTS, write

ALIKE, LESS_ALIKE, WEAKLY = 0.6, 0.3, 0.2
"""True correlations of the pairs that are no chance."""

CHUNK = 20  # runs that a process takes at a time

SETTING, TESTING = 0, 2_000_000
"""First seeds of images that methods were chosen on, and of those that test them."""


@dataclass(frozen=True)
class Condition:
    """How images are made, and the region of them that is compared."""

    name: str
    make: Callable[..., Triple]
    truth: Callable[[float], Truth]
    shape: tuple[int, ...] = (128, 128)
    mask: Callable[[tuple[int, int]], NDArray[np.bool_]] | None = None
    sigma: float | None = None
    fine: float | None = None
    required: bool = True

    def pairs(self, random: np.random.Generator, rho: tuple[float, float]) -> Triple:
        """One image and its two partners."""
        if self.sigma is None:
            return self.make(random, self.shape, rho)
        return self.make(random, self.shape, rho, self.sigma, self.fine)


def gaussian(sigma: float, name: str = "", **others: Any) -> Condition:
    name = name or f"Gaussian, sigma {sigma:g}"
    return Condition(name, smoothed, truth_of_smoothed, sigma=sigma, **others)


CONDITIONS = (
    gaussian(0, "white noise"),
    gaussian(1),
    gaussian(2),
    gaussian(4),
    gaussian(8),
    Condition("Poisson cells", cells, truth_of_cells),
    gaussian(2, "irregular mask, sigma 2", mask=irregular),
    gaussian(4, "irregular mask, sigma 4", mask=irregular),
    Condition("irregular mask, Poisson cells", cells, truth_of_cells, mask=irregular),
    gaussian(4, "64×64, sigma 4", shape=(64, 64), required=False),
    gaussian(8, "64×64, sigma 8", shape=(64, 64), required=False),
    gaussian(8, "256×256, sigma 8", shape=(256, 256), required=False),
    Condition("256×256, Poisson cells", cells, truth_of_cells, (256, 256),
              required=False),
    Condition("sigma 1 with sigma 4", unlike_scales,
              partial(truth_of_unlike_scales, sigma=4, fine=1), sigma=4, fine=1),
    gaussian(10, "two scales in each, sigma 1 and 10", fine=1.0, required=False),
    Condition("1/f", pink, truth_of_smoothed),
    Condition("texture in the same corner", corner, truth_of_corner),
    Condition("texture in the same half", half_textured, truth_of_smoothed),
    Condition("anisotropic, at any angle", slanted, truth_of_smoothed),
    Condition("mixed spots", spots, truth_of_spots),
    gaussian(4, "scattered cells as mask, sigma 4", mask=scattered),
    Condition("scattered cells as mask, Poisson cells", cells, truth_of_cells,
              mask=scattered),
    gaussian(4, "512×512, sigma 4", shape=(512, 512), required=False),
    gaussian(2, "stack of 16×64×64, sigma 2", shape=(16, 64, 64), required=False),
    Condition("32×32, one to a handful of photons", photons, truth_of_photons,
              (32, 32)),
    Condition("stripes", stripes, truth_of_smoothed),
    Condition("lattices", lattice, truth_of_smoothed),
)  # fmt: skip

RESAMPLES = 199
METRICS = ("pearson", "rmsd", "mean_difference")


def one_run(condition: Condition, seed: int) -> dict[str, float]:
    """Ask everything of new images; 1 for yes, 0 for no, NaN for no answer."""
    code = zlib.crc32(condition.name.encode())
    random = np.random.default_rng([code, seed])
    mask = None if condition.mask is None else condition.mask(condition.shape)
    found: dict[str, float] = {}
    for rho in (0.0, ALIKE):
        _alone(condition, random, rho, mask, seed, found)
    weak = condition.pairs(random, (WEAKLY, 0))
    ask = {"mask": mask, "n_resamples": RESAMPLES, "seed": seed}
    for method in ("effective", "permutation"):
        p = similij.significance(weak.x, weak.near, method=method, **ask).p
        found[f"power {method}"] = _below(p)
    same = condition.pairs(random, (ALIKE, ALIKE))
    less = condition.pairs(random, (ALIKE, LESS_ALIKE))
    near, far = (condition.truth(r) for r in (ALIKE, LESS_ALIKE))
    for metric in ("pearson", "rmsd"):
        x, a, b = same
        one = similij.more_alike((x, a), (x, b), metric=metric, **ask)
        found[f"fpr more_alike {metric}"] = _below(one.p)
    x, a, b = less
    one = similij.more_alike((x, a), (x, b), **ask)
    found["cover more_alike pearson"] = _holds(one, near.pearson - far.pearson)
    found["power more_alike pearson"] = _below(one.p)
    return found


def _alone(
    condition: Condition,
    random: np.random.Generator,
    rho: float,
    mask: NDArray[np.bool_] | None,
    seed: int,
    found: dict[str, float],
) -> None:
    """Test and intervals of one pair."""
    x, y, _ = condition.pairs(random, (rho, 0.0))
    true = condition.truth(rho)
    ask = {"mask": mask, "n_resamples": RESAMPLES, "seed": seed}
    for method in ("effective", "permutation", "bootstrap"):
        if rho and method == "permutation":
            continue
        one = similij.significance(x, y, method=method, **ask)
        if rho == 0:
            found[f"fpr {method}"] = _below(one.p)
            found["n_effective"] = one.n_effective
        if method != "permutation":
            found[f"cover {method} pearson {rho:g}"] = _holds(one, true.pearson)
            if rho == 0:
                found[f"width {method}"] = one.ci_high - one.ci_low
    for metric in METRICS[1:]:
        one = similij.significance(x, y, metric=metric, method="bootstrap", **ask)
        found[f"cover bootstrap {metric} {rho:g}"] = _holds(one, getattr(true, metric))
    if rho == 0:
        inside = slice(None) if mask is None else mask
        a, b = x[inside].ravel().astype(float), y[inside].ravel().astype(float)
        textbook = pearsonr(a, b)
        found["fpr textbook"] = _below(textbook.pvalue)
        found["r"] = textbook.statistic


def _below(p: float) -> float:
    return math.nan if math.isnan(p) else float(p <= 0.05)


def _holds(found: Any, true: float) -> float:
    if math.isnan(found.ci_low):
        return math.nan
    return float(found.ci_low <= true <= found.ci_high)


def _chunk(job: tuple[int, range]) -> tuple[int, list[dict[str, float]]]:
    which, seeds = job
    return which, [one_run(CONDITIONS[which], seed) for seed in seeds]


def study(
    seeds: range, processes: int, only: str
) -> Iterator[tuple[Condition, list[dict[str, float]]]]:
    """Ask everything of images from all seeds, a condition after the other."""
    chosen = [k for k, condition in enumerate(CONDITIONS) if only in condition.name]
    chunks = [seeds[k : k + CHUNK] for k in range(0, len(seeds), CHUNK)]
    jobs = [(which, chunk) for which in chosen for chunk in chunks]
    os.environ["SIMILIJ_NUM_THREADS"] = "1"  # processes share the work, not threads
    found: list[dict[str, float]] = []
    with ProcessPoolExecutor(processes) as pool:
        for which, some in pool.map(_chunk, jobs):
            found += some
            if len(found) == len(seeds):
                yield CONDITIONS[which], found
                found = []


def _rows(condition: Condition, found: list[dict[str, float]]) -> list[dict[str, Any]]:
    columns = {key: np.array([run[key] for run in found]) for key in found[0]}
    r, n_effective = columns.pop("r"), columns.pop("n_effective")
    true = 1 + 1 / float(r.var())
    sure = norm.ppf(0.975)
    ideal = math.sqrt(max(true - 3, 0)) * math.atanh(condition.truth(WEAKLY).pearson)
    shares: dict[str, tuple[float, int]] = {
        "n_effective true": (true, len(r)),
        "n_effective median": (float(np.nanmedian(n_effective)), len(r)),
        "power ideal": (norm.cdf(ideal - sure) + norm.cdf(-ideal - sure), 0),
    }
    for key, values in columns.items():
        answers = values[~np.isnan(values)]
        if key.startswith("width"):  # beside that of 95 % of the R of all runs
            ideal = 2 * sure * float(r.std())
            median = float(np.median(answers)) if len(answers) else math.nan
            shares[key] = median / ideal, len(answers)
            continue
        shares[key] = float(answers.mean()) if len(answers) else math.nan, len(answers)
    return [
        {
            "condition": condition.name,
            "required": condition.required,
            "question": key,
            "share": f"{share:.4g}",
            "runs": count,
        }
        for key, (share, count) in shares.items()
    ]


def _with_others(path: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in the order of the conditions, with those of conditions not studied now."""
    fresh = {row["condition"] for row in rows}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            rows += [r for r in csv.DictReader(file) if r["condition"] not in fresh]
    order = [condition.name for condition in CONDITIONS]
    return sorted(rows, key=lambda row: order.index(row["condition"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="of each condition")
    parser.add_argument("--setting", action="store_true", help="the images to try on")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help="renew table and picture")
    parser.add_argument("--only", default="", help="conditions whose names have this")
    parser.add_argument("--report", action="store_true", help="from the counts there")
    options = parser.parse_args()
    if options.report:
        write()
        return
    start = time.perf_counter()
    first = SETTING if options.setting else TESTING
    seeds = range(first, first + options.runs)
    for condition, found in study(seeds, options.processes, options.only):
        rows = _rows(condition, found)
        for row in rows:
            print(f"{row['condition']:32}{row['question']:40}{row['share']:>8}")
        print(f"{time.perf_counter() - start:.0f} s", flush=True)
        if options.write:  # after each, so that an end before its time loses little
            _save(COUNTS, _with_others(COUNTS, rows))
    if options.write:
        write()


def _save(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    main()
