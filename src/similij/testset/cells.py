"""Draw synthetic fluorescent cells from a seed: the scenery of the test set.

Everything random comes from the raw stream of PCG64, the one part of
``numpy.random`` whose output is promised to stay as it is; distributions are made
of it here. The same seed therefore gives the same pixels with any numpy.

Lengths are in pixels, positions are ``(y, x)`` with the corner of the image at
``(0, 0)`` and the centre of its first pixel at ``(0.5, 0.5)``, as ImageJ counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGE = 1.5  # width of a cell's soft edge
POINT_SPREAD = 0.8  # standard deviation of the microscope's blur
UNIFORMS_PER_NORMAL = 12  # their sum has variance 1
LARGEST_POISSON_MEAN = 500.0  # exp(-mean) must stay a normal float64


class Dice:
    """Random numbers that no version of numpy changes.

    Parameters
    ----------
    seed : int
        Same seed, same numbers.

    Examples
    --------
    >>> Dice(1).uniform(3).round(6)
    array([0.511822, 0.950464, 0.14416 ])
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def uniform(self, *shape: int) -> Floats:
        """Return numbers in 0…1 (1 excluded), 53 bits each."""
        # Not Generator.random, which is free to draw its numbers differently one day.
        raw = np.asarray(self._bits.random_raw(math.prod(shape)), dtype=np.uint64)
        numbers: Floats = (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return numbers.reshape(shape)

    def normal(self, *shape: int) -> Floats:
        """Return sums of twelve uniform numbers: mean 0, variance 1, within ±6."""
        total = np.full(shape, -UNIFORMS_PER_NORMAL / 2.0)
        for _ in range(UNIFORMS_PER_NORMAL):
            total += self.uniform(*shape)
        return total

    def poisson(self, mean: Floats) -> Floats:
        """Return counts of given means, by inverting the distribution function."""
        # A sum of Poisson numbers is one of the sum of their means, so large means are
        # drawn in shares whose exp(-mean) is not 0.
        shares = max(1, math.ceil(float(mean.max()) / LARGEST_POISSON_MEAN))
        share = mean / shares
        counts = np.zeros(mean.shape)
        most = float(share.max())
        steps = int(most + 12 * math.sqrt(most) + 30)
        for _ in range(shares):
            chance = np.exp(-share)
            below = chance.copy()
            target = self.uniform(*mean.shape)
            for k in range(1, steps):
                late = target > below
                if not late.any():
                    break
                counts += late
                chance = chance * share / k
                below += chance
        return counts

    def order(self, n: int) -> NDArray[np.intp]:
        """Return the numbers 0…n-1 in random order."""
        return np.argsort(self.uniform(n), kind="stable")


@dataclass(frozen=True)
class Cell:
    """A cell: its place, its outline in polar form, its brightness and its texture.

    Attributes
    ----------
    y, x : float
        Centre, in pixels.
    radius, aspect, angle : float
        Radius in pixels of the circle of the same area, how far it is stretched along
        one axis and pressed along the other, and the direction of that in radians.
    waves : tuple of (float, float)
        Height and phase of waves on the outline, two around the cell first.
    level : float
        Brightness in intensity units.
    nucleus : bool
        Whether it has a dark nucleus, and spots around that.
    texture : int
        Seed of its grain and spots.
    """

    y: float
    x: float
    radius: float
    aspect: float = 1.0
    angle: float = 0.0
    waves: tuple[tuple[float, float], ...] = ()
    level: float = 3000.0
    nucleus: bool = True
    texture: int = 0

    def radius_at(self, direction: Floats) -> Floats:
        """Return how far the outline is from the centre, by direction in radians."""
        a, b = self.radius * self.aspect, self.radius / self.aspect
        turned = direction - self.angle
        base = a * b / np.hypot(b * np.cos(turned), a * np.sin(turned))
        wave = np.ones_like(direction)
        for k, (height, phase) in enumerate(self.waves, start=2):
            wave += height * np.cos(k * direction + phase)
        return base * wave

    def outline(self, points: int) -> list[tuple[int, int]]:
        """Return the outline as ``(x, y)`` pixel corners, without repetitions.

        It runs just within the soft edge, as a careful hand draws it.
        """
        direction = np.arange(points, dtype=np.float64) * (2 * math.pi / points)
        radius = self.radius_at(direction) - EDGE
        # Corners of pixels, as a mouse in ImageJ can only click there.
        corners = zip(
            np.rint(self.x + radius * np.cos(direction)).astype(int).tolist(),
            np.rint(self.y + radius * np.sin(direction)).astype(int).tolist(),
            strict=True,
        )
        return list(dict.fromkeys(corners))


def make_cell(
    seed: int, y: float, x: float, radius: float, *, nucleus: bool = True
) -> Cell:
    """Return a cell of its own shape, brightness and texture for each seed."""
    u = Dice(seed).uniform(9).tolist()
    waves = tuple(
        (height * u[k], 2 * math.pi * u[k + 3])
        for k, height in enumerate((0.10, 0.08, 0.05))
    )
    return Cell(
        y=y,
        x=x,
        radius=radius,
        aspect=1.02 + 0.16 * u[6],
        angle=math.pi * u[7],
        waves=waves,
        level=2400.0 + 1400.0 * u[8],
        nucleus=nucleus,
        texture=seed,
    )


def retextured(cell: Cell) -> Cell:
    """Return the cell in the same place with a texture that has nothing in common."""
    return replace(cell, texture=cell.texture + 100_000)


def blur(image: Floats, sigma: float) -> Floats:
    """Blur with a Gaussian; beyond the border the image is mirrored.

    By hand and not by SciPy, of which another version may give other pixels.
    """
    reach = max(1, math.ceil(4 * sigma))
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(-reach, reach + 1)]
    total = sum(weights)
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        padded = np.pad(image, pad, mode="symmetric")
        size = image.shape[axis]
        image = np.zeros_like(image)
        for k, weight in enumerate(weights):
            span = slice(k, k + size)
            image += weight / total * (padded[span] if axis == 0 else padded[:, span])
    return image


def draw(
    cells: list[Cell], shape: tuple[int, int], *, margin: int = 0, fine: int = 1
) -> Floats:
    """Draw the light of the cells, without background and without noise.

    Parameters
    ----------
    cells : list of Cell
        Cells to draw.
    shape : (height, width)
        Size of the image in pixels.
    margin : int
        Pixels added on each side, for scenes that are moved later.
    fine : int
        Samples per pixel along each axis.

    Returns
    -------
    ndarray of float64, ``((height + 2·margin)·fine, (width + 2·margin)·fine)``
        Light in intensity units.
    """
    height, width = (fine * (size + 2 * margin) for size in shape)
    scene = np.zeros((height, width))
    for cell in cells:
        reach = 1.3 * cell.radius * cell.aspect
        spans = []
        for centre, size in ((cell.y, height), (cell.x, width)):
            first = math.floor((centre - reach + margin) * fine)
            last = math.ceil((centre + reach + margin) * fine)
            spans.append((first, last, max(first, 0), min(last, size)))
        (y0, y1, top, bottom), (x0, x1, left, right) = spans
        patch = _light(
            cell,
            (np.arange(y0, y1) + 0.5) / fine - margin - cell.y,
            (np.arange(x0, x1) + 0.5) / fine - margin - cell.x,
            fine,
        )
        scene[top:bottom, left:right] += patch[top - y0 : bottom - y0][
            :, left - x0 : right - x0
        ]
    return blur(scene, POINT_SPREAD * fine)


def _light(cell: Cell, dy: Floats, dx: Floats, fine: int) -> Floats:
    """Return the light of one cell on a grid of offsets from its centre."""
    y, x = dy[:, None], dx[None, :]
    radius = cell.radius_at(np.arctan2(y, x))
    body = np.clip((radius - np.hypot(y, x)) / EDGE + 0.5, 0.0, 1.0)

    dice = Dice(cell.texture + 1_000_000)
    grain = 1.1 * fine
    # A blur leaves white noise a standard deviation of 1 / (2√π·sigma), which is made 1
    # again, so that grain is as strong at any `fine`.
    texture = blur(dice.normal(*body.shape), grain) * (2 * math.sqrt(math.pi) * grain)
    light: Floats = cell.level * np.clip(1.0 + 0.32 * texture, 0.1, None) * body
    if not cell.nucleus:
        return light

    u = dice.uniform(30, 3)
    nucleus = cell.radius * 0.42
    off_y, off_x = (float(v) * 0.3 * cell.radius for v in u[0, :2] - 0.5)
    inside = np.clip((nucleus - np.hypot(y - off_y, x - off_x)) / 3.0 + 0.5, 0, 1)
    light *= 1.0 - 0.65 * inside
    spots = np.zeros_like(light)
    for direction, distance, size in u[1:].tolist():
        angle = 2 * math.pi * direction
        far = 0.88 * float(cell.radius_at(np.array(angle))) * math.sqrt(distance)
        spot_y, spot_x = far * math.sin(angle), far * math.cos(angle)
        spread = 0.9 + 0.5 * size
        profile_y = np.exp(-0.5 * ((y - spot_y) / spread) ** 2)
        profile_x = np.exp(-0.5 * ((x - spot_x) / spread) ** 2)
        spots += (0.8 + 1.2 * size) * profile_y * profile_x
    return light + cell.level * spots * (1.0 - inside)
