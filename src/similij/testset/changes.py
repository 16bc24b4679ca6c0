"""Change the reference of the test set by grades, one thing at a time.

Each change alters one thing only. Movements sample the scene, which is drawn finer
than the pixels and wider than the image, so that they neither blur nor wrap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .cells import Cell, Dice, Floats, blur, draw, make_cell

SHAPE = (192, 256)  # height and width: never square, so that a swap of axes shows
FINE = 4  # samples a pixel along each axis: movements need no interpolation to speak of
MARGIN = 32  # pixels of scene around the image, of which movements bring in some
BACKGROUND = 4000.0  # high enough that noise is never cut off at 0
CELL_LIGHT = 600.0  # more light than this: inside a cell
# Centre (y, x) and radius of each cell.
SLOTS = ((50, 60, 33), (54, 154, 31), (138, 106, 35), (130, 206, 35), (168, 20, 30))
REFERENCE_SEED = 10
OTHER_SEED = 60


@dataclass(frozen=True)
class Reference:
    """The image that everything in the graded set is compared with, without noise."""

    cells: tuple[Cell, ...]

    @cached_property
    def scene(self) -> Floats:
        """Light of the cells, finer than the pixels and with a margin."""
        return draw(list(self.cells), SHAPE, margin=MARGIN, fine=FINE)

    @cached_property
    def image(self) -> Floats:
        """Pixels of the image, whole numbers."""
        return np.rint(view(self.scene) + BACKGROUND)


@dataclass(frozen=True)
class Change:
    """One kind of change: its grades from weak to strong, and what it teaches."""

    name: str
    title: str
    unit: str
    grades: tuple[float, ...]
    apply: Callable[[Reference, float], Floats]
    lesson: str

    def file(self, grade: float) -> str:
        """Return the name of the partner's file, with the grade in it."""
        return f"{self.name}_{grade:g}.tif"


def make_reference() -> Reference:
    """Return the reference of the graded set: five cells, one partly outside."""
    return Reference(
        tuple(make_cell(REFERENCE_SEED + k, *slot) for k, slot in enumerate(SLOTS))
    )


def view(
    scene: Floats, *, dy: float = 0.0, dx: float = 0.0, degrees: float = 0.0
) -> Floats:
    """Bring a scene to pixels, moved by ``(dy, dx)`` and turned about the centre."""
    height, width = (size * FINE for size in SHAPE)
    y = np.arange(height)[:, None] + 0.5 - height / 2
    x = np.arange(width)[None, :] + 0.5 - width / 2
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    at_y = cos * y - sin * x + (height / 2 - 0.5) + (MARGIN - dy) * FINE
    at_x = sin * y + cos * x + (width / 2 - 0.5) + (MARGIN - dx) * FINE
    padded = np.pad(scene, 1)  # outside the scene there is no light
    at_y = np.clip(at_y + 1, 0, padded.shape[0] - 1.001)
    at_x = np.clip(at_x + 1, 0, padded.shape[1] - 1.001)
    row, column = at_y.astype(np.intp), at_x.astype(np.intp)
    part_y, part_x = at_y - row, at_x - column
    upper = (1 - part_x) * padded[row, column] + part_x * padded[row, column + 1]
    lower = (1 - part_x) * padded[row + 1, column] + part_x * padded[
        row + 1, column + 1
    ]
    fine = (1 - part_y) * upper + part_y * lower
    binned: Floats = fine.reshape(SHAPE[0], FINE, SHAPE[1], FINE).mean(axis=(1, 3))
    return binned


def _poisson(ref: Reference, photons: float) -> Floats:
    light = ref.image - BACKGROUND
    # Photons of the cells only: those of the high background would be noise everywhere.
    counts = Dice(200).poisson(np.clip(light, 0, None) * photons / 1000)
    return counts * 1000 / photons + BACKGROUND


def _gaussian(ref: Reference, sigma: float) -> Floats:
    return ref.image + sigma * Dice(201).normal(*SHAPE)


def _saturated(ref: Reference, percent: float) -> Floats:
    cells = np.sort(ref.image[ref.image > BACKGROUND + CELL_LIGHT])
    ceiling = cells[math.floor(len(cells) * (1 - percent / 100))]
    cut: Floats = np.minimum(ref.image, ceiling)
    return cut


def _bleached(ref: Reference, percent: float) -> Floats:
    share_left = 1 - percent / 100 * np.linspace(0, 1, SHAPE[1])
    return (ref.image - BACKGROUND) * share_left + BACKGROUND


def _inverted(ref: Reference, share: float) -> Floats:
    inverse = ref.image.min() + ref.image.max() - ref.image
    blend: Floats = np.floor((1 - share) * ref.image + share * inverse)
    return blend


def _others(ref: Reference, percent: float) -> Floats:
    count = round(len(SLOTS) * percent / 100)
    # In the slots of the reference: what changes is the cells and not where they are.
    new = [make_cell(OTHER_SEED + k, *SLOTS[k]) for k in range(count)]
    scene = draw([*new, *ref.cells[count:]], SHAPE, margin=MARGIN, fine=FINE)
    return view(scene) + BACKGROUND


def _shuffled(ref: Reference, percent: float) -> Floats:
    image: Floats = ref.image.ravel().copy()
    dice = Dice(202)
    chosen = dice.order(image.size)[: round(image.size * percent / 100)]
    image[chosen] = image[chosen][dice.order(len(chosen))]
    return image.reshape(SHAPE)


CHANGES: tuple[Change, ...] = (
    Change(
        "gain",
        "Gain: every value × g",
        "factor",
        (0.5, 0.8, 1.25, 1.5, 2),
        lambda ref, g: ref.image * g,
        "R cannot see it and stays 1. RMSD and Mean Difference do; "
        "rescaling takes it away.",
    ),
    Change(
        "offset",
        "Offset: every value + b",
        "intensity",
        (250, 500, 1000, 2000, 4000),
        lambda ref, b: ref.image + b,
        "R cannot see it. RMSD = Mean Difference = b; rescaling takes it away.",
    ),
    Change(
        "inverted",
        "Contrast inverted, by parts",
        "share of the inverse",
        (0.25, 0.4, 0.5, 0.75, 1),
        _inverted,
        "R jumps from 1 to −1 and is undefined where nothing is left to see (0.5).",
    ),
    Change(
        "gaussian_noise",
        "Gaussian noise",
        "σ, intensity",
        (50, 100, 250, 500, 1000),
        _gaussian,
        "RMSD = σ, here as there. R falls sooner within the cells, "
        "where the contrast is lower.",
    ),
    Change(
        "poisson_noise",
        "Poisson noise: fewer and fewer photons",
        "photons per 1000 units",
        (100, 30, 10, 3, 1),
        _poisson,
        "Noise where the light is: within the cells. R of the whole image "
        "sees little of it.",
    ),
    Change(
        "sub_pixel_shift",
        "Shift by less than a pixel",
        "px to the right",
        (0.1, 0.25, 0.5, 0.75, 0.9),
        lambda ref, d: view(ref.scene, dx=d) + BACKGROUND,
        "Invisible to the eye, plain in the difference: every edge lights up.",
    ),
    Change(
        "whole_pixel_shift",
        "Shift by whole pixels",
        "px to the right",
        (1, 2, 4, 8, 16),
        lambda ref, d: view(ref.scene, dx=d) + BACKGROUND,
        "Nothing has changed but the place, and within cells R is soon 0. "
        "Register first.",
    ),
    Change(
        "rotated",
        "Rotated about the centre",
        "degrees",
        (1, 2, 5, 10, 20),
        lambda ref, a: view(ref.scene, degrees=a) + BACKGROUND,
        "Like a shift that grows with the distance from the centre.",
    ),
    Change(
        "blur",
        "Blur, as when out of focus",
        "σ, px",
        (0.5, 1, 2, 4, 8),
        lambda ref, sigma: blur(ref.image, sigma),
        "R of the whole image forgives it: what is bright stays bright. "
        "Within cells it does not.",
    ),
    Change(
        "saturated",
        "Saturated: cut off at a ceiling",
        "% of cell pixels",
        (1, 5, 20, 50, 90),
        _saturated,
        "The density bends into a flat line. R of the whole image hardly sees it.",
    ),
    Change(
        "bleached_one_side",
        "Bleached towards the right",
        "% lost at the right edge",
        (10, 20, 40, 60, 80),
        _bleached,
        "Each cell is only dimmer, so R within cells stays near 1; "
        "the density opens like a fan.",
    ),
    Change(
        "other_cells",
        "Other cells in the same places",
        "% of the cells",
        (20, 40, 60, 80, 100),
        _others,
        "R of the whole image stays high: cells against background. "
        "Within other cells it is far lower.",
    ),
    Change(
        "shuffled",
        "Shuffled pixels",
        "% of the pixels",
        (5, 10, 25, 50, 100),
        _shuffled,
        "Same values, other places: means and histograms see nothing, "
        "all three metrics do.",
    ),
)
