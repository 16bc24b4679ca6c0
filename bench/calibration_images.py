"""Images whose likeness is known from how they are made, for bench/calibration.py."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Floats = NDArray[Any]

MARGIN = 4  # sigmas around a field that are cut off, so that no edge meets another

BROAD = 0.4  # of the variance, where there are two scales

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
    fine: float | None = None,
) -> Triple:
    """Gaussian fields: each partner is rho of x and the rest its own.

    With `fine`, all but `BROAD` of the variance of each is of this sigma.
    """
    x, *own = (smooth(random, shape, sigma) for _ in range(3))
    if fine is not None:
        x, *own = (
            math.sqrt(BROAD) * field
            + math.sqrt(1 - BROAD) * smooth(random, shape, fine)
            for field in (x, *own)
        )
    near, far = (
        r * x + math.sqrt(1 - r * r) * f for r, f in zip(rho, own, strict=True)
    )
    return Triple(x, near, far)


def unlike_scales(
    random: np.random.Generator,
    shape: tuple[int, int],
    rho: tuple[float, float],
    sigma: float,
    fine: float | None = None,
) -> Triple:
    """Make a fine image, and coarse partners that have rho of it under a wider blur."""
    assert fine is not None
    margin = math.ceil(MARGIN * math.hypot(sigma, fine))
    noise = random.standard_normal([size + 2 * margin for size in shape])
    inside = tuple(slice(margin, -margin) for _ in shape)
    x, wide = (
        gaussian_filter(noise, s, mode="wrap", truncate=MARGIN)[inside]
        * math.sqrt(4 * math.pi * s * s)
        for s in (fine, sigma)
    )
    near, far = (
        r * wide + math.sqrt(1 - r * r) * smooth(random, shape, sigma) for r in rho
    )
    return Triple(x, near, far)


def truth_of_unlike_scales(rho: float, sigma: float, fine: float) -> Truth:
    """R of one noise under two Gaussians is 2st/(s² + t²), s and t being their sigmas.

    The integral of their product over the root of those of their squares.
    """
    return truth_of_smoothed(rho * 2 * sigma * fine / (sigma**2 + fine**2))


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
