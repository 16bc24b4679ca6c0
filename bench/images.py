"""The pixels that are measured: noisy images that share half of their signal."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


def pair(dtype: Any, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return two images; integers over the whole range, floats about 1000."""
    random = np.random.default_rng(20240229)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        shared, x, y = (random.standard_normal(shape, np.float32) for _ in range(3))
        x, y = x + (shared + np.float32(1000)), y + (shared + np.float32(1000))
        return x.astype(kind, copy=False), y.astype(kind, copy=False)
    half = (np.iinfo(kind).max + 1) // 2
    shared, x, y = (random.integers(0, half, shape, kind.type) for _ in range(3))
    x += shared
    y += shared
    return x, y


def side_of(pixels: float) -> int:
    """Side of a square of so many pixels, in whole 64-bit words."""
    return max(8, math.isqrt(int(pixels)) // 8 * 8)


def squares(side: int, across: int) -> Array:
    """Label image of square cells that fill it, `across` in a row and in a column."""
    cell = np.arange(side) * across // side
    return (cell[:, None] * across + cell + 1).astype(np.int32)


def discs(side: int, across: int) -> Array:
    """Label image of round cells with background between them."""
    step = side / across
    off = (np.arange(side) + 0.5) % step - step / 2
    inside = off[:, None] ** 2 + off**2 < (0.46 * step) ** 2
    return np.where(inside, squares(side, across), 0).astype(np.uint16)
