"""Partners for bench/verdict.py: cells at random, and up to two changes of each.

Not the graded test set: other cells, other places, other strengths, changes combined in
the order of a microscope: cells, stage, optics, light, camera, and what comes after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from similij.testset import READ_NOISE, UNITS_PER_PHOTON
from similij.testset.cells import Cell, blur, draw, make_cell, retextured
from similij.testset.changes import (
    BACKGROUND,
    CELL_LIGHT,
    FINE,
    MARGIN,
    SHAPE,
    SLOTS,
    view,
)

Floats = NDArray[np.float64]

STRENGTHS: dict[str, tuple[float, float, str]] = {
    "gain": (0.02, 0.7, "of ln gain"),
    "offset": (100, 3000, "intensity"),
    "gradient": (10, 80, "% lost at one side"),
    "shift": (0.1, 16, "px, any direction"),
    "rotation": (0.5, 20, "degrees"),
    "blur": (0.5, 8, "sigma, px"),
    "noise": (30, 1000, "sigma, intensity; beside camera noise from 100"),
    "saturation": (1, 90, "% of cell pixels"),
    "other": (1, 3, "cells of five"),
    "inverted": (1, 1, ""),
    "unrelated": (5, 5, "cells of five"),
    "partly related": (0.35, 0.65, "share of the own texture"),
}
"""Kinds of change: the weakest and the strongest, and in what."""

ALONE = {"unrelated", "partly related"}
APART = ({"inverted", "gain"}, {"inverted", "offset"}, {"inverted", "saturation"})
"""Changes of which the one hides the other by definition: an inverse has a gain and an
offset of its own, and its ceiling cuts off flat background first."""

ORDER = tuple(STRENGTHS)


@dataclass(frozen=True)
class Partner:
    """A pair of images, and what was done."""

    x: Floats
    y: Floats
    changes: dict[str, Any]
    camera: bool


def make_partner(seed: int, kind: str | None = None) -> Partner:
    """Make a pair, with a change of that kind if one is named; the same for a seed."""
    random = np.random.default_rng(seed)
    camera = bool(random.random() < 0.5)
    if kind is None:
        changes = _drawn(random, camera)
    else:
        changes = {kind: _strength(kind, camera, random)}
    cells = [
        make_cell(
            1_000_000 + 50 * seed + k,
            y + random.uniform(-8, 8),
            x + random.uniform(-8, 8),
            radius * random.uniform(0.8, 1.1),
        )
        for k, (y, x, radius) in enumerate(SLOTS)
    ]
    clean = _seen(_scene(cells), {})
    mask = clean > CELL_LIGHT
    x = _taken(clean, camera, random)
    y = _taken(_seen(_changed_scene(cells, changes, seed), changes), camera, random)
    y = _afterwards(y, changes, mask, random)
    return Partner(*(np.clip(np.rint(t), 0, 65535) for t in (x, y)), changes, camera)


def _drawn(random: np.random.Generator, camera: bool) -> dict[str, Any]:
    count = int(random.choice([0, 1, 2], p=[0.1, 0.4, 0.5]))
    while True:
        names = [str(n) for n in random.choice(ORDER, count, replace=False)]
        if count > 1 and ALONE & {*names}:
            continue
        if not any(pair <= {*names} for pair in APART):
            break
    return {name: _strength(name, camera, random) for name in names}


def _strength(name: str, camera: bool, random: np.random.Generator) -> Any:
    low, high, _ = STRENGTHS[name]
    if name == "noise" and camera:
        low = 100
    if name == "other":
        return int(random.integers(1, 4))
    size = float(np.exp(random.uniform(np.log(low), np.log(high))))
    sign = float(random.choice([-1, 1]))
    if name == "gain":
        return float(np.exp(sign * size))
    if name in ("offset", "rotation"):
        return sign * size
    if name == "shift":
        angle = random.uniform(0, 2 * np.pi)
        return size * np.sin(angle), size * np.cos(angle)
    if name == "gradient":
        return size, str(random.choice(["left", "right", "top", "bottom"]))
    return size


def _scene(cells: list[Cell]) -> Floats:
    return draw(cells, SHAPE, margin=MARGIN, fine=FINE)


def _changed_scene(cells: list[Cell], changes: dict[str, Any], seed: int) -> Floats:
    if "partly related" in changes:
        own = changes["partly related"]
        others = _scene([retextured(cell) for cell in cells])
        return own * _scene(cells) + (1 - own) * others
    count = 5 if "unrelated" in changes else changes.get("other", 0)
    new = [
        make_cell(2_000_000 + 50 * seed + k, cell.y, cell.x, cell.radius)
        for k, cell in enumerate(cells[:count])
    ]
    return _scene([*new, *cells[count:]])


def _seen(scene: Floats, changes: dict[str, Any]) -> Floats:
    dy, dx = changes.get("shift", (0.0, 0.0))
    light = view(scene, dy=dy, dx=dx, degrees=changes.get("rotation", 0.0))
    if "blur" in changes:
        light = blur(light, changes["blur"])
    if "gradient" in changes:
        lost, side = changes["gradient"]
        along = 1 if side in ("left", "right") else 0
        ramp = np.linspace(0, 1, SHAPE[along])
        ramp = ramp if side in ("right", "bottom") else ramp[::-1]
        light = light * (1 - lost / 100 * (ramp if along else ramp[:, None]))
    return light


def _taken(light: Floats, camera: bool, random: np.random.Generator) -> Floats:
    if not camera:
        return light + BACKGROUND
    photons = random.poisson(np.clip(light, 0, None) / UNITS_PER_PHOTON)
    return UNITS_PER_PHOTON * photons + BACKGROUND + random.normal(0, READ_NOISE, SHAPE)


def _afterwards(
    image: Floats,
    changes: dict[str, Any],
    mask: NDArray[np.bool_],
    random: np.random.Generator,
) -> Floats:
    image = image * changes.get("gain", 1.0) + changes.get("offset", 0.0)
    if "inverted" in changes:
        image = image.min() + image.max() - image
    if "noise" in changes:
        image = image + random.normal(0, changes["noise"], SHAPE)
    if "saturation" in changes:
        ceiling = np.quantile(image[mask], 1 - changes["saturation"] / 100)
        image = np.minimum(image, np.rint(ceiling))
    return image
