"""How often `similij.odd_ones_out` names an image, where one is odd and where none is.

Ten wells with different cells (as many, as bright on average), or ten takes of one; one
of them dim (×0.3), of another channel (smaller and fewer grains), or out of focus; and
stacks of 33 slices through cells, of which none is odd. One process::

    python bench/odd_ones.py --runs 40 --seed 1
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import ndimage

import similij

SIDE, IMAGES, CELLS = 96, 10, 14
PLACES = np.indices((SIDE, SIDE))


def cells(rng: np.random.Generator, smaller: float = 1.0) -> np.ndarray:
    """Return cells with texture, in arbitrary units."""
    image = np.zeros((SIDE, SIDE))
    for _ in range(CELLS):
        centre, radius = rng.uniform(0, SIDE, 2), smaller * rng.uniform(6, 10)
        apart = np.hypot(*(PLACES - centre[:, None, None]))
        image += np.clip((radius - apart) / 2, 0, 1) * rng.gamma(6, 1 / 6)
    grain = ndimage.gaussian_filter(rng.normal(size=image.shape), 1.5)
    return image * (1 + grain)


def taken(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a camera makes of it."""
    light = rng.poisson(np.clip(image, 0, None) * 800)
    return 100 + light + rng.normal(0, 10, image.shape)


def changed(kind: str, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the odd one."""
    if kind == "dim":
        return 0.3 * image
    if kind == "channel":
        return cells(rng, 0.45)
    if kind == "focus":
        return ndimage.gaussian_filter(image, 5)
    return image


def images_of(setting: str, kind: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the images, of which the last is changed."""
    if setting == "slices":
        size = cells(rng)
        depths = np.linspace(-1, 1, 33)
        focus = [ndimage.gaussian_filter(size, 0.5 + 4 * abs(d)) for d in depths]
        light = 0.2 + 0.8 * np.exp(-(depths**2) / 0.3)
        return [taken(a * b, rng) for a, b in zip(focus, light, strict=True)]
    scene = cells(rng)
    scenes = [cells(rng) if setting == "wells" else scene for _ in range(IMAGES)]
    scenes[-1] = changed(kind, scenes[-1], rng)
    return [taken(one, rng) for one in scenes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("| images | odd one | found | others named, of each set |")
    print("| --- | --- | --: | --: |")
    settings = [(s, k) for s in ("wells", "takes") for k in ("none", *KINDS)]
    for setting, kind in (*settings, ("slices", "none")):
        rng = np.random.default_rng([asked.seed, len(setting), len(kind)])
        found, others = 0, 0
        for _ in range(asked.runs):
            images = images_of(setting, kind, rng)
            odd = [o.image for o in similij.odd_ones_out(similij.pairwise(images))]
            last = f"image {len(images)}"
            found += kind != "none" and last in odd
            others += sum(name != last or kind == "none" for name in odd)
        share = "" if kind == "none" else f"{found / asked.runs:.2f}"
        print(
            f"| {setting} | {kind} | {share} | {others / asked.runs:.2f} |", flush=True
        )


KINDS = ("dim", "channel", "focus")

if __name__ == "__main__":
    main()
