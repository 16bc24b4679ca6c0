"""Images of every type whose values try what float64 and narrow types cannot hold."""

from __future__ import annotations

import numpy as np

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def of_type(name: str, random: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Make images of n pixels, by what their values are like."""
    dtype = np.dtype(name)
    if dtype.kind == "b":
        return {"any": random.random(n) < 0.5}
    if dtype.kind in "ui":
        return _integers(dtype, random, n)
    return _floats(dtype, random, n)


def _integers(
    dtype: np.dtype, random: np.random.Generator, n: int
) -> dict[str, np.ndarray]:
    info = np.iinfo(dtype)
    low, high = int(info.min), int(info.max)
    width = min(1000, (high - low) // 4)
    ranges = {
        "top": (high - width, high),
        "bottom": (low, low + width),
        "full": (low, high),
        "small": (0, 5),
        "middle": (high // 2, high // 2 + width),
        "two": (high - 1, high),
    }
    if dtype.itemsize == 8:
        ranges["1e15"] = (10**15, 10**15 + 9)
        ranges["2^53"] = (2**53 - 3, 2**53 + 4)
        ranges["constant"] = (2**62 + 1, 2**62 + 1)

    def between(a: int, b: int) -> np.ndarray:
        steps = random.integers(0, b - a, n, np.uint64, endpoint=True)
        return np.array([a + int(step) for step in steps], dtype)

    return {kind: between(*ends) for kind, ends in ranges.items()}


def _floats(
    dtype: np.dtype, random: np.random.Generator, n: int
) -> dict[str, np.ndarray]:
    info = np.finfo(dtype)
    largest = float(info.max)
    images = {
        "unit": random.random(n),
        "normal": random.normal(size=n),
        "whole": random.integers(0, 100, n).astype(float),
        "large": random.random(n) * (0.9 * largest),
        "both large": (random.random(n) - 0.5) * (0.9 * largest) * 2,
        "tiny": random.random(n) * float(info.tiny),
        "subnormal": random.integers(0, 50, n) * float(info.smallest_subnormal),
    }
    if dtype.itemsize == 4:
        images["1e7"] = 1e7 + random.integers(0, 5, n)
    if dtype.itemsize == 8:
        for power in (15, 77, 150, 152, 153, 154, 160, 300):
            images[f"1e{power}"] = random.normal(size=n) * 10.0**power
            images[f"1e-{power}"] = random.normal(size=n) * 10.0**-power
        images["at 1e15"] = 1e15 + random.integers(0, 40, n) / 8
        images["at -1e15"] = -1e15 + random.random(n)
        images["at 2^63"] = 2.0**63 + random.integers(0, 5, n) * 2048.0
        images["at 1e16"] = 1e16 + random.integers(0, 4, n) * 2.0
        images["any power"] = random.normal(size=n) * 10 ** random.uniform(-150, 150, n)
    return {kind: image.astype(dtype) for kind, image in images.items()}
