"""Describe sliding windows, a box or a Gaussian, and sum what is in them.

A plane is worked on tile by tile, so that the moments of a tile stay in the cache and
threads can share the plane.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.types import Array
from .wide import in_float64

TRUNCATE = 3.5
"""Standard deviations at which a Gaussian is cut off, as for SSIM in scikit-image."""

USUAL_WINDOW = 15
"""Side of the box where a picture is asked for and no window, in pixels."""

_TILE = 128
"""Rows and columns of a tile at least: its moments stay in the second-level cache."""

_SHARE = 4
"""A tile is this many times what its windows reach beyond it, or more: what is beyond
is summed for each of two neighbours."""

_ROUNDING = 1e-12
"""A weighted variance this small beside the mean square is rounding: taken as 0."""

_WIDEST = 4
"""Of the longer side, the part that a Gaussian's sigma is at most: its 8 sigma, or 7,
are twice that side then, and what it leaves is nearly flat. What it takes grows with
the sigma: 1e4 on 300×400 pixels had not ended after a minute, and blocks were no end of
it either."""

_NARROW = 32.0
"""A sigma that any image takes, however small."""

Slices: TypeAlias = tuple[slice, ...]


@dataclass(frozen=True)
class Box:
    """A box, its sides odd numbers of pixels.

    Examples
    --------
    >>> str(Box(7, 9)), Box(7, 9).reach
    ('box 7×9', (3, 4))
    """

    height: int
    width: int

    def __str__(self) -> str:
        return f"box {self.height}×{self.width}"

    @property
    def reach(self) -> tuple[int, int]:
        """Pixels to either side of the centre, along y and x."""
        return self.height // 2, self.width // 2

    @property
    def half(self) -> tuple[int, int]:
        """Half of the region that stands for the window."""
        return self.reach

    def means(self, image: Array, counts: Array, at: Slices) -> Array:
        """Average the counting pixels about each pixel of a tile."""
        mean: Array = self._merged(image, image, counts, at)[1]
        return mean

    def moments(self, x: Array, y: Array, counts: Array, at: Slices) -> Array:
        """Map means, variances and the covariance about each pixel of a tile."""
        # Divided by n, as moments of a population: the map of R has no need of n - 1.
        middles, (a, b) = _centred(x, y, counts)
        sums = self._merged(a, b, counts, at)
        sums[3:] /= np.maximum(sums[0], 1)
        sums[1] += middles[0]
        sums[2] += middles[1]
        part: Array = sums[1:]
        return part

    def _merged(self, x: Array, y: Array, counts: Array, at: Slices) -> Array:
        from .kernels.windows import box_moments

        rows, columns = at
        out = np.empty((6, rows.stop - rows.start, columns.stop - columns.start))
        box_moments(
            x, y, counts.astype(np.float64), (rows.start, rows.stop),
            (columns.start, columns.stop), self.reach, out,
        )  # fmt: skip
        return out


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian of a standard deviation in pixels, the same along y and x.

    Examples
    --------
    >>> str(Gaussian(1.5)), Gaussian(1.5).reach
    ('gaussian 1.5', (5, 5))
    """

    sigma: float

    def __str__(self) -> str:
        return f"gaussian {self.sigma:g}"

    @property
    def reach(self) -> tuple[int, int]:
        """Pixels to either side of the centre, along y and x."""
        reach = int(TRUNCATE * self.sigma + 0.5)
        return reach, reach

    @property
    def half(self) -> tuple[int, int]:
        """Half of the region that stands for the window: two sigma."""
        half = max(1, round(2 * self.sigma))
        return half, half

    @property
    def weights(self) -> Array:
        """Weights at the distances 0, 1, ..., along one axis; their sum is 1."""
        half: Array = np.exp(-0.5 * (np.arange(self.reach[0] + 1) / self.sigma) ** 2)
        scaled: Array = half / (2 * half.sum() - half[0])
        return scaled

    def means(self, image: Array, counts: Array, at: Slices) -> Array:
        """Average the counting pixels, weighted, about each pixel of a tile."""
        mean: Array = self._sums(image, at) / self._total(counts, at)
        return mean

    def moments(self, x: Array, y: Array, counts: Array, at: Slices) -> Array:
        """Map means, variances and the covariance about each pixel of a tile."""
        total = self._total(counts, at)
        middles, (a, b) = _centred(x, y, counts)
        maps = np.empty((5, *total.shape))
        for k, image in enumerate((a, b, a * a, b * b, a * b)):
            np.divide(self._sums(image, at), total, out=maps[k])
        # E[x²] - E[x]² cancels; about the mean of the tile little is lost, and what is
        # left below the rounding of the squares is none: a constant has no variance.
        squares = maps[2:4].copy()
        maps[2:4] -= maps[:2] * maps[:2]
        maps[2:4][maps[2:4] < _ROUNDING * squares] = 0
        maps[4] -= maps[0] * maps[1]
        maps[0] += middles[0]
        maps[1] += middles[1]
        return maps

    def _total(self, counts: Array, at: Slices) -> Array:
        """Sum the weights that count; NaN where none does."""
        if counts.all():  # then the sum is separable: one along y times one along x
            both = (
                self._along(counts.shape[0], at[0]),
                self._along(counts.shape[1], at[1]),
            )
            product: Array = np.outer(*both)
            return product
        total = self._sums(counts.astype(np.float64), at)
        total[total <= 0] = math.nan
        return total

    def _along(self, size: int, at: slice) -> Array:
        """Sum the weights along an axis, which are cut off where it ends."""
        half = self.weights
        whole = np.concatenate([half[:0:-1], half])
        sums: Array = np.convolve(np.ones(size), whole)[len(half) - 1 :][at]
        return sums

    def _sums(self, image: Array, at: Slices) -> Array:
        from .kernels.windows import blur

        rows, columns = at
        out = np.empty((rows.stop - rows.start, columns.stop - columns.start))
        spans = (rows.start, rows.stop), (columns.start, columns.stop)
        blur(image, self.weights, *spans, out)
        return out


Window: TypeAlias = Box | Gaussian


def _centred(x: Array, y: Array, counts: Array) -> tuple[list[float], list[Array]]:
    """Take off each image its mean in a tile: digits are for what varies."""
    middles = [float(t.mean(where=counts)) if counts.any() else 0.0 for t in (x, y)]
    centred = [np.where(counts, t - m, 0) for t, m in zip((x, y), middles, strict=True)]
    return middles, centred


class Cut(NamedTuple):
    """A tile of both images, and what windows reach beyond it.

    Attributes
    ----------
    x, y : ndarray of float64
        Pixels less the origins; 0 where they do not count.
    counts : ndarray of bool
        Which do.
    at : tuple of slice
        Where in these the tile itself lies.
    origins : tuple of float
        0, but of integers that float64 would round.
    """

    x: Array
    y: Array
    counts: Array
    at: Slices
    origins: tuple[float, float]

    def moments(self, window: Window) -> Array:
        """Map means, variances and the covariance about each pixel of the tile."""
        maps = window.moments(self.x, self.y, self.counts, self.at)
        for k in (0, 1):
            if self.origins[k]:
                maps[k] += self.origins[k]
        return maps


def cut(x: Array, y: Array, mask: Array | None, tile: tuple[Slices, Slices]) -> Cut:
    """Take a tile of both images, and what windows reach beyond it."""
    inner, outer = tile
    (a, origin_x), (b, origin_y) = (in_float64(t[outer]) for t in (x, y))
    counts = np.isfinite(a) & np.isfinite(b)
    if mask is not None:
        counts &= mask[outer]
    if not counts.all():
        a[~counts] = b[~counts] = 0
    at = tuple(
        slice(i.start - o.start, i.stop - o.start)
        for i, o in zip(inner, outer, strict=True)
    )
    return Cut(a, b, counts, at, (float(origin_x), float(origin_y)))


def parse_window(window: Any) -> Window:
    """Read a window: 7, ("box", 7, 9), ("gaussian", 1.5), or words for one.

    Words are "7", "gaussian:1.5", as in a macro and on the command line, and what `str`
    makes of a window.

    Raises
    ------
    ValueError
        If it is none of these, a side is not odd, or sigma is not above 0.

    Examples
    --------
    >>> parse_window("7"), parse_window("gaussian:1.5")
    (Box(height=7, width=7), Gaussian(sigma=1.5))
    """
    parts = tuple(window) if isinstance(window, (tuple, list)) else (window,)
    if isinstance(window, str):
        parts = tuple(re.split(r"[ ×:]", window.strip().lower()))
    first = parts[0] if parts and isinstance(parts[0], str) else ""
    named = first in ("box", "gaussian")
    word, *numbers = parts if named else ("box", *parts)
    try:
        values = [float(n) for n in numbers]
        if word == "gaussian" and len(values) == 1 and 0 < values[0] < math.inf:
            return Gaussian(values[0])
        sides = [int(v) for v in values]
        odd = all(
            s == v and s > 0 and s % 2 for s, v in zip(sides, values, strict=True)
        )
        if word == "box" and odd and len(sides) in (1, 2):
            return Box(sides[0], sides[-1])
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(
        f"window is {shown(window)}: it must be an odd number of pixels, ('box', "
        "height, width) of odd numbers, or a Gaussian of a sigma, ('gaussian', 1.5), "
        "in words gaussian:1.5."
    )


def check_sigma(sigma: float, shape: tuple[int, ...], what: str) -> None:
    """Refuse a Gaussian that is absurdly wide for an image.

    Parameters
    ----------
    sigma : float
        In pixels.
    shape : tuple of int
        Of the image, y and x last.
    what : str
        Names the option in the message.

    Raises
    ------
    ImageError
        If sigma is more than a quarter of the longer side, and more than 32.
    """
    sides = shape[-2:]
    widest = max(_NARROW, max(sides, default=1) / _WIDEST)
    if sigma <= widest:
        return
    size = "×".join(str(side) for side in reversed(sides))
    raise ImageError(
        f"{what} is {sigma:g}, a sigma in pixels, and the images have {size} pixels: "
        f"of these it can be {widest:g} at most, since a wider Gaussian leaves them "
        "flat."
    )


def check_window(window: Window, shape: tuple[int, ...]) -> None:
    """Refuse a window that is absurdly wide for an image; a box ends at its edges.

    Raises
    ------
    ImageError
        As of `check_sigma`.
    """
    if isinstance(window, Gaussian):
        check_sigma(window.sigma, shape, "window")


def tiles(
    shape: tuple[int, ...], reach: tuple[int, int]
) -> list[tuple[Slices, Slices]]:
    """Cut a plane into tiles, each with what the windows reach beyond it.

    Examples
    --------
    >>> tiles((100, 130), (3, 4))[1]
    ((slice(0, 100, None), slice(128, 130, None)),
     (slice(0, 100, None), slice(124, 130, None)))
    """
    cuts = []
    for size, beyond in zip(shape, reach, strict=True):
        step = max(_TILE, _SHARE * beyond)
        cuts.append(
            [
                (
                    slice(start, min(start + step, size)),
                    slice(max(start - beyond, 0), min(start + step + beyond, size)),
                )
                for start in range(0, size, step)
            ]
        )
    return [
        ((rows[0], columns[0]), (rows[1], columns[1]))
        for rows in cuts[0]
        for columns in cuts[1]
    ]
