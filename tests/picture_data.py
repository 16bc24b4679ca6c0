"""What the tests of pictures share: images of every type, filled outlines, counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from roifile import ImagejRoi

from similij.moments.joint_histogram import BINS, JointCounts
from similij.regions import from_roi

TYPES = ("bool", "uint8", "uint16", "int16", "int32", "uint32", "float32", "float64")


def told_by(png: Path) -> tuple[tuple[int, int], dict[str, str]]:
    """Return the size of a PNG, and the words in it."""
    with Image.open(png) as picture:
        picture.load()
        return picture.size, dict(picture.text)


def image(dtype: str, shape: tuple[int, int] = (23, 31), seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(0, 1, shape)
    if dtype == "bool":
        return values > 0
    if dtype.startswith("float"):
        return (1e3 * values).astype(dtype)
    info = np.iinfo(dtype)
    middle = (int(info.max) + int(info.min)) / 2
    spread = values * (info.max - middle) / 3
    return np.clip(middle + spread, info.min, info.max).astype(dtype)


def filled(loops: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    inside = np.zeros(shape, bool)
    for loop in loops:
        region = from_roi(ImagejRoi.frompoints(loop), "loop")
        rows, columns, mask = region.clip(*shape) or (slice(0), slice(0), None)
        inside[rows, columns] ^= True if mask is None else mask
    return inside


def assert_counts(pairs: JointCounts, x: np.ndarray, y: np.ndarray) -> None:
    edges = [
        (axis.base + np.arange(BINS + 1)) * axis.width for axis in (pairs.y, pairs.x)
    ]
    assert edges[0][0] <= y.min()
    assert y.max() < edges[0][-1]
    expected, _, _ = np.histogram2d(y, x, bins=edges)
    np.testing.assert_array_equal(pairs.counts, expected)
    assert pairs.n == x.size
