"""Images whose likeness is known from how they are made, for bench/calibration.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


class Kind(NamedTuple):
    """Objects that give light: how many, how large, how bright, and of which profile.

    `sizes` are uniform, in pixels, and `reach` is in sizes; `profile` is of the squared
    distance from the middle and the size.
    """

    density: float
    sizes: tuple[float, float]
    reach: float
    levels: Callable[[np.random.Generator, int], Floats]
    profile: Callable[[Floats, float], Floats]


def smooth(random: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Floats:
    """Noise of variance 1 under a Gaussian of this sigma."""
    if sigma == 0:
        return random.standard_normal(shape)
    margin = math.ceil(MARGIN * sigma)
    field = random.standard_normal([size + 2 * margin for size in shape])
    field = gaussian_filter(field, sigma, mode="wrap", truncate=MARGIN)
    kernel = gaussian_filter(np.eye(1, 2 * margin + 1, margin)[0], sigma, mode="wrap")
    inside = tuple(slice(margin, -margin) for _ in shape)
    part: Floats = field[inside] / (kernel**2).sum() ** (len(shape) / 2)
    return part


def _partners(x: Floats, own: Sequence[Floats], rho: tuple[float, float]) -> Triple:
    """Give each partner rho of x, and the rest its own."""
    near, far = (
        r * x + math.sqrt(1 - r * r) * f for r, f in zip(rho, own, strict=True)
    )
    return Triple(x, near, far)


def smoothed(
    random: np.random.Generator,
    shape: tuple[int, ...],
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
    return _partners(x, own, rho)


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


def light_of(
    random: np.random.Generator, shape: tuple[int, int], density: float, kind: Kind
) -> Floats:
    """Light of objects at random places, of unequal size and brightness."""
    margin = math.ceil(kind.reach * kind.sizes[1])
    light = np.zeros([size + 2 * margin for size in shape])
    count = random.poisson(density * light.size)
    places = random.uniform(0, light.shape, (count, 2))
    sizes, levels = random.uniform(*kind.sizes, count), kind.levels(random, count)
    for (y, x), size, level in zip(places, sizes, levels, strict=True):
        far = kind.reach * size
        top, left = max(0, int(y - far)), max(0, int(x - far))
        rows, columns = np.ogrid[top : int(y + far) + 1, left : int(x + far) + 1]
        part = light[top : int(y + far) + 1, left : int(x + far) + 1]
        rows, columns = rows[: part.shape[0]], columns[:, : part.shape[1]]
        part += level * kind.profile((rows - y) ** 2 + (columns - x) ** 2, size)
    return light[margin:-margin, margin:-margin]


def photons_of(
    random: np.random.Generator,
    shape: tuple[int, int],
    rho: tuple[float, float],
    kind: Kind,
) -> Triple:
    """Photons of objects, of which x shares the part rho with its partners."""
    near, far = rho
    densities = (far, near - far, 1 - near, 1 - near, 1 - far)
    all_three, two, *own = (
        light_of(random, shape, kind.density * part, kind)
        if part > 0
        else np.zeros(shape)
        for part in densities
    )
    return Triple(
        *(
            random.poisson(PHOTONS * light + BACKGROUND).astype(np.uint16)
            for light in (all_three + two + own[0], all_three + two + own[1],
                          all_three + own[2])
        )
    )  # fmt: skip


def apart_by_simulation(make: Callable[..., Triple], rho: float) -> float:
    """Mean Difference of a dozen large images."""
    random = np.random.default_rng(1)
    large = [make(random, (512, 512), (rho, 0.0)) for _ in range(12)]
    return float(np.mean([np.abs(t.x - t.near.astype(float)).mean() for t in large]))


CELLS = Kind(
    DENSITY,
    RADII,
    reach=2.2,  # radii, at which a cell has e⁻²³ of its light
    levels=lambda random, count: random.gamma(4, 1 / 4, count),
    profile=lambda squared, radius: np.exp(-((squared / radius**2) ** 2)),
)
"""Cells, with flat tops."""


def cells(
    random: np.random.Generator, shape: tuple[int, int], rho: tuple[float, float]
) -> Triple:
    """Photons of cells."""
    return photons_of(random, shape, rho, CELLS)


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
    return Truth(shared, rmsd, apart_by_simulation(cells, rho))


def irregular(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Region of about 40 % of the image: bays, a hole, an island."""
    field = gaussian_filter(np.random.default_rng(5).standard_normal(shape), 10)
    y, x = (np.linspace(-1, 1, size) for size in shape)
    middle = 0.77 - 2.2 * np.add.outer(y**2, x**2)
    return field / field.std() + middle > 0.2


FLOOR = 0.3
"""Standard deviation of white noise where there is no texture."""


def corner(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """Texture of sigma 4 in the same quarter of all three, a little noise elsewhere."""
    return _textured(random, shape, rho, tuple(slice(0, s // 2) for s in shape))


def half_textured(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """Texture of sigma 4 in the same half of all three, white noise in the other.

    Of one variance, so that only its scale tells where the texture is.
    """
    return _textured(random, shape, rho, np.s_[:, : shape[1] // 2], floor=1.0)


def _textured(
    random: np.random.Generator,
    shape: tuple[int, ...],
    rho: tuple[float, float],
    where: Any,
    floor: float = FLOOR,
) -> Triple:
    fields = []
    for _ in range(3):
        field = floor * random.standard_normal(shape)
        field[where] = smooth(random, shape, 4)[where]
        fields.append(field)
    return _partners(fields[0], fields[1:], rho)


def truth_of_corner(rho: float) -> Truth:
    """Of a quarter of variance 1, the rest of FLOOR²."""
    variance = 1 / 4 + FLOOR**2 * 3 / 4
    apart = 1 / 4 + FLOOR * 3 / 4  # of the root of the variances, for |x - y|
    of_both = math.sqrt(2 * (1 - rho))
    return Truth(
        rho,
        of_both * math.sqrt(variance),
        of_both * math.sqrt(2 / math.pi) * apart,
    )


def pink(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """Cut fields whose amplitude falls as 1/f from wholes of twice the sides."""
    fields = []
    for _ in range(3):
        whole = [2 * size for size in shape]
        noise = np.fft.rfftn(random.standard_normal(whole))
        squares = _squared_frequencies(whole)
        squares.flat[0] = np.inf  # no mean
        amplitude = 1 / np.sqrt(squares)
        field = np.fft.irfftn(noise * amplitude, whole, range(len(whole)))
        twice = np.full(amplitude.shape, 2.0)
        twice[..., 0] = twice[..., -1] = 1
        field /= math.sqrt(float((twice * amplitude**2).sum()) / math.prod(whole))
        fields.append(field[tuple(slice(0, size) for size in shape)])
    return _partners(fields[0], fields[1:], rho)


def _squared_frequencies(shape: list[int]) -> Floats:
    *front, last = shape
    axes = [np.fft.fftfreq(size) for size in front] + [np.fft.rfftfreq(last)]
    squares: Floats = np.zeros(())
    for axis in axes:
        squares = np.add.outer(squares, axis**2)
    return squares


def slanted(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """Noise under a Gaussian of sigma 6 by 1.5, at an angle of its own in each run."""
    angle = random.uniform(0, math.pi)
    fields = []
    for _ in range(3):
        whole = [size + 64 for size in shape]
        noise = np.fft.rfft2(random.standard_normal(whole))
        v, u = np.fft.fftfreq(whole[0])[:, None], np.fft.rfftfreq(whole[1])
        along = math.cos(angle) * u + math.sin(angle) * v
        across = math.cos(angle) * v - math.sin(angle) * u
        kernel = np.exp(-2 * math.pi**2 * ((6 * along) ** 2 + (1.5 * across) ** 2))
        field = np.fft.irfft2(noise * kernel, whole)[32:-32, 32:-32]
        fields.append(field * math.sqrt(4 * math.pi * 6 * 1.5))
    return _partners(fields[0], fields[1:], rho)


def stripes(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """Stripes of one wavelength and direction, each at a phase of its own, in noise."""
    angle, length = random.uniform(0, math.pi), random.uniform(6, 20)
    y, x = np.indices(shape)
    phase = 2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / length
    fields = [
        np.cos(phase + random.uniform(0, 2 * math.pi))
        + math.sqrt(0.5) * random.standard_normal(shape)
        for _ in range(3)
    ]
    return _partners(fields[0], fields[1:], rho)


def lattice(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """Square lattices of dots at one spacing and angle, each shifted its own way."""
    angle, length = random.uniform(0, math.pi), random.uniform(8, 20)
    y, x = np.indices(shape)
    u = 2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / length
    v = 2 * math.pi * (y * math.cos(angle) - x * math.sin(angle)) / length
    fields = []
    for _ in range(3):
        p, q = random.uniform(0, 2 * math.pi, 2)
        dots = np.exp(2 * (np.cos(u + p) + np.cos(v + q) - 2))
        field = (dots - dots.mean()) / dots.std()
        fields.append(field * math.sqrt(0.5) + math.sqrt(0.5)
                      * random.standard_normal(shape))  # fmt: skip
    return _partners(fields[0], fields[1:], rho)


SPOTS = 0.003  # per pixel
SPOT_SIGMAS = (1.0, 4.0)


SPOT_KIND = Kind(
    SPOTS,
    SPOT_SIGMAS,
    reach=4,
    levels=lambda random, count: random.lognormal(0, 0.8, count),
    profile=lambda squared, sigma: np.exp(-(squared / (2 * sigma**2))),
)
"""Gaussian spots."""


def spots(
    random: np.random.Generator, shape: tuple[int, int], rho: tuple[float, float]
) -> Triple:
    """Photons of mixed spots."""
    return photons_of(random, shape, rho, SPOT_KIND)


@lru_cache
def truth_of_spots(rho: float) -> Truth:
    """Campbell's theorem, as for cells: ∫ of a spot is 2πs², of its square πs²."""
    low, high = SPOT_SIGMAS
    area = (high**3 - low**3) / 3 / (high - low)
    level, squared = math.exp(0.8**2 / 2), math.exp(2 * 0.8**2)
    light = SPOTS * 2 * math.pi * area * level
    variance = PHOTONS**2 * SPOTS * math.pi * area * squared
    noise = PHOTONS * light + BACKGROUND
    return Truth(
        rho * variance / (variance + noise),
        math.sqrt(2 * ((1 - rho) * variance + noise)),
        apart_by_simulation(spots, rho),
    )


PHOTON_PIXELS = 32 * 32
FEW_PHOTONS = 3.0  # in the whole image, besides one that is always there


def photons(
    random: np.random.Generator, shape: tuple[int, ...], rho: tuple[float, float]
) -> Triple:
    """One to a handful of photons in each image, of which a part rho is shared."""
    first = random.integers(np.prod(shape), size=1 + random.poisson(FEW_PHOTONS))
    images = []
    for share in (1.0, *rho):
        places = random.integers(np.prod(shape), size=1 + random.poisson(FEW_PHOTONS))
        kept = first if share == 1 else first[random.random(len(first)) < share]
        rest = places if share == 0 else places[random.random(len(places)) >= share]
        image = np.zeros(shape, np.uint8)
        np.add.at(image.reshape(-1), kept, 1)
        if share < 1:
            np.add.at(image.reshape(-1), rest, 1)
        images.append(image)
    return Triple(*images)


def truth_of_photons(rho: float) -> Truth:
    """Of photons that one image has alone, each adds 1 to Σ|x-y| and to Σ(x-y)²."""
    apart = 2 * (1 + FEW_PHOTONS) * (1 - rho) / PHOTON_PIXELS
    return Truth(rho, math.sqrt(apart), apart)


def scattered(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Outlines of some thirty cells, a quarter of the image, far apart from another."""
    random = np.random.default_rng(6)
    mask = np.zeros(shape, bool)
    rows, columns = np.ogrid[tuple(slice(0, size) for size in shape)]
    for y, x in random.uniform(0, shape, (30, 2)):
        mask |= np.hypot(rows - y, columns - x) < random.uniform(5, 9)
    return mask
