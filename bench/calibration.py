"""Measure how often `similij.significance` is right, on images whose truth is known.

    python bench/calibration.py [--runs N] [--processes N] [--write]

Makes pairs of images (white noise, smoothed noise, cells with photon noise, a region
with a hole and bays) that are independent, or alike to a known degree, a thousand
times; counts how often p is below 0.05 where chance alone is at work, how often a 95 %
interval holds the true value, and how often a weak likeness is found. With `--write`
the counts go into bench/calibration.csv, and a table and a picture into
docs/significance.md. Takes about twenty minutes on two cores. No method knows which
condition it is given.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from calibration_report import write
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import norm, pearsonr

import similij

Floats = NDArray[Any]

ALIKE, LESS_ALIKE, WEAKLY = 0.6, 0.3, 0.2
"""True correlations of the pairs that are no chance."""

CHUNK = 20  # runs that a process takes at a time
MARGIN = 4  # sigmas around a field that are cut off, so that no edge meets another

DENSITY = 0.005  # cells per pixel
RADII = (3.0, 7.0)  # pixels, uniform
PHOTONS, BACKGROUND = 50.0, 10.0  # per pixel, of a cell of mean brightness; without


class Truth(NamedTuple):
    """What the numbers of a pair would be, were the images without end."""

    pearson: float
    rmsd: float
    mean_difference: float


class Triple(NamedTuple):
    """An image, and two partners that are alike to it to a known degree each."""

    x: Floats
    near: Floats
    far: Floats


def smooth(random: np.random.Generator, shape: tuple[int, int], sigma: float) -> Floats:
    """Noise of variance 1 under a Gaussian of this sigma."""
    if sigma == 0:
        return random.standard_normal(shape)
    margin = math.ceil(MARGIN * sigma)
    field = random.standard_normal([size + 2 * margin for size in shape])
    field = gaussian_filter(field, sigma, mode="wrap", truncate=MARGIN)
    kernel = gaussian_filter(np.eye(1, 2 * margin + 1, margin)[0], sigma, mode="wrap")
    return field[margin:-margin, margin:-margin] / (kernel**2).sum()


def smoothed(
    random: np.random.Generator,
    shape: tuple[int, int],
    rho: tuple[float, float],
    sigma: float,
) -> Triple:
    """Gaussian fields: each partner is rho of x and the rest its own."""
    x, *own = (smooth(random, shape, sigma) for _ in range(3))
    near, far = (
        r * x + math.sqrt(1 - r * r) * f for r, f in zip(rho, own, strict=True)
    )
    return Triple(x, near, far)


def cell_light(
    random: np.random.Generator, shape: tuple[int, int], density: float
) -> Floats:
    """Cells at random places, with flat tops, of unequal size and brightness."""
    reach = 2.2  # radii, at which a cell has e⁻²³ of its light
    margin = math.ceil(reach * RADII[1])
    light = np.zeros([size + 2 * margin for size in shape])
    count = random.poisson(density * light.size)
    places = random.uniform(0, light.shape, (count, 2))
    radii, levels = random.uniform(*RADII, count), random.gamma(4, 1 / 4, count)
    for (y, x), radius, level in zip(places, radii, levels, strict=True):
        far = reach * radius
        top, left = max(0, int(y - far)), max(0, int(x - far))
        rows, columns = np.ogrid[top : int(y + far) + 1, left : int(x + far) + 1]
        part = light[top : int(y + far) + 1, left : int(x + far) + 1]
        rows, columns = rows[: part.shape[0]], columns[:, : part.shape[1]]
        squared = ((rows - y) ** 2 + (columns - x) ** 2) / radius**2
        part += level * np.exp(-(squared**2))
    return light[margin:-margin, margin:-margin]


def cells(
    random: np.random.Generator, shape: tuple[int, int], rho: tuple[float, float]
) -> Triple:
    """Photons of cells, of which x shares the part rho with its partners."""
    near, far = rho
    densities = (far, near - far, 1 - near, 1 - near, 1 - far)
    all_three, two, *own = (
        cell_light(random, shape, DENSITY * part) if part > 0 else np.zeros(shape)
        for part in densities
    )
    return Triple(
        *(
            random.poisson(PHOTONS * light + BACKGROUND).astype(np.uint16)
            for light in (all_three + two + own[0], all_three + two + own[1],
                          all_three + own[2])
        )
    )  # fmt: skip


def truth_of_smoothed(rho: float) -> Truth:
    """Of a difference of variance 2(1 - rho), which is Gaussian."""
    rmsd = math.sqrt(2 * (1 - rho))
    return Truth(rho, rmsd, rmsd * math.sqrt(2 / math.pi))


@lru_cache
def truth_of_cells(rho: float) -> Truth:
    """Campbell's theorem for cells at random places; Mean Difference by simulation.

    ∫exp(-(d/r)⁴) is π^1.5/2 r², its square's ½√(π/2)·π r²; E r² of uniform radii, E of
    a squared level 1.25.
    """
    low, high = RADII
    area = (high**3 - low**3) / 3 / (high - low)
    light = DENSITY * math.pi**1.5 / 2 * area
    variance = PHOTONS**2 * DENSITY * 1.25 * math.pi / 2 * math.sqrt(math.pi / 2) * area
    noise = PHOTONS * light + BACKGROUND
    shared = rho * variance / (variance + noise)
    rmsd = math.sqrt(2 * ((1 - rho) * variance + noise))
    random = np.random.default_rng(1)
    large = [cells(random, (512, 512), (rho, 0.0)) for _ in range(12)]
    apart = np.mean([np.abs(t.x - t.near.astype(float)).mean() for t in large])
    return Truth(shared, rmsd, float(apart))


def irregular(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Region of about 40 % of the image: bays, a hole, an island."""
    field = gaussian_filter(np.random.default_rng(5).standard_normal(shape), 10)
    y, x = (np.linspace(-1, 1, size) for size in shape)
    middle = 0.77 - 2.2 * np.add.outer(y**2, x**2)
    return field / field.std() + middle > 0.2


@dataclass(frozen=True)
class Condition:
    """How images are made, and the region of them that is compared."""

    name: str
    make: Callable[..., Triple]
    truth: Callable[[float], Truth]
    shape: tuple[int, int] = (128, 128)
    mask: Callable[[tuple[int, int]], NDArray[np.bool_]] | None = None
    sigma: float | None = None
    required: bool = True

    def pairs(self, random: np.random.Generator, rho: tuple[float, float]) -> Triple:
        """One image and its two partners."""
        if self.sigma is None:
            return self.make(random, self.shape, rho)
        return self.make(random, self.shape, rho, self.sigma)


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
    Condition("256×256, Poisson cells", cells, truth_of_cells, (256, 256), None, None,
              required=False),
)  # fmt: skip

RESAMPLES = 299
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


def _chunk(job: tuple[int, int, int]) -> tuple[int, list[dict[str, float]]]:
    which, first, last = job
    return which, [one_run(CONDITIONS[which], seed) for seed in range(first, last)]


def study(runs: int, processes: int) -> list[dict[str, Any]]:
    """Rows of condition, question, share of runs, runs that gave an answer."""
    jobs = []
    for k, condition in enumerate(CONDITIONS):
        count = runs if condition.required else max(CHUNK, runs // 5)
        jobs += [(k, n, min(n + CHUNK, count)) for n in range(0, count, CHUNK)]
    runs_of: list[list[dict[str, float]]] = [[] for _ in CONDITIONS]
    os.environ["SIMILIJ_NUM_THREADS"] = "1"  # processes share the work, not threads
    with ProcessPoolExecutor(processes) as pool:
        for done, (which, found) in enumerate(pool.map(_chunk, jobs), 1):
            runs_of[which] += found
            if done % (len(jobs) // 20 or 1) == 0:
                print(f"{done / len(jobs):4.0%}  {CONDITIONS[which].name}", flush=True)
    return [
        row
        for condition, found in zip(CONDITIONS, runs_of, strict=True)
        for row in _rows(condition, found)
    ]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="of each condition")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help="renew table and picture")
    options = parser.parse_args()
    start = time.perf_counter()
    rows = study(options.runs, options.processes)
    for row in rows:
        print(f"{row['condition']:32}{row['question']:40}{row['share']:>8}")
    print(f"{time.perf_counter() - start:.0f} s")
    if options.write:
        path = Path(__file__).with_suffix(".csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        write(path)


if __name__ == "__main__":
    main()
