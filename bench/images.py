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


def filaments(side: int, across: int) -> Array:
    """Label image of as many curves as there are squares, three pixels wide."""
    random = np.random.default_rng(1)
    labels = np.zeros((side, side), np.int32)
    length = 2 * side // across
    for k in range(1, across**2 + 1):
        turn = 6.28 * random.random() + np.cumsum(random.normal(0, 0.15, length))
        rows, cols = (
            (side * random.random() + np.cumsum(step)).astype(int)
            for step in (np.sin(turn), np.cos(turn))
        )
        for wide in range(3):
            there = (rows >= 0) & (rows < side) & (cols >= 0) & (cols + wide < side)
            labels[rows[there], cols[there] + wide] = k
    return labels


def checkerboard(side: int, across: int) -> Array:
    """Label image of squares of which every second pixel is another square's."""
    places = np.arange(side)
    return np.where(
        (places[:, None] + places) % 2,
        squares(side, across),
        squares(side, across)[::-1, ::-1],
    )


def gaps(side: int, across: int) -> Array:
    """Label image of squares of which every fourth column is background."""
    return np.where(np.arange(side) % 4 < 3, squares(side, across), 0)


def planes(side: int, across: int) -> Array:
    """Label images of squares, one for each of 16 planes of as many pixels in all."""
    of_plane = squares(side // 4, across // 4)
    first = np.arange(16, dtype=np.int32)[:, None, None] * (across // 4) ** 2
    return first + of_plane
