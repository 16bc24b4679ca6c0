"""Describe sliding windows, a box or a Gaussian, and sum what is in them.

A plane is worked on tile by tile, so that the moments of a tile stay in the cache and
threads can share the plane. A thread keeps the memory for one tile and uses it again
for the next (`Room`): the system hands out each page anew, filled with zeros, and that
took more time than all the arithmetic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.types import Array
from .kernels.parts import on_threads, threads
from .wide import difference, in_float64, is_wide

T = TypeVar("T")

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

_STRIPES = 3
"""Parts of a plane for each thread: each begins with memory that is new."""

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

    def means(self, images: Sequence[Array], tile: Tile) -> list[Array]:
        """Average the counting pixels about each pixel of a tile, for each image."""
        counts, *sums = self._windows([tile.counts, *images], tile, "sums")
        for total in sums:
            np.divide(total, counts, out=total, where=counts > 0)
        return sums

    def counts(self, tile: Tile) -> Array:
        """Count the counting pixels about each pixel of a tile."""
        counts: Array = self._windows([tile.counts], tile, "counts")[0]
        return counts

    def moments(self, tile: Tile) -> Array:
        """Map means, variances and the covariance about each pixel of a tile."""
        # Divided by n, as moments of a population: the map of R has no need of n - 1.
        found = self._windows([tile.counts, tile.x, tile.y], tile, "moments")
        found[3:] /= np.maximum(found[0], 1, out=found[0])
        return tile.about_zero(found[1:])

    def _windows(self, images: Sequence[Array], tile: Tile, what: str) -> Array:
        from .kernels.windows import box_room, box_windows

        kept = _MOMENTS if what == "moments" else len(images)
        height, width = tile.x.shape
        values = tile.room("values", len(images), height, width)
        for k, image in enumerate(images):
            values[k] = image
        rows, columns = tile.at
        spans = (rows.start, rows.stop), (columns.start, columns.stop)
        room = tile.room("box", box_room(height, width, kept))
        out = tile.room(what, kept, *tile.shape)
        box_windows(values, *spans, self.reach, room, out)
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

    @cached_property
    def weights(self) -> Array:
        """Weights at the distances 0, 1, ..., along one axis; their sum is 1."""
        half: Array = np.exp(-0.5 * (np.arange(self.reach[0] + 1) / self.sigma) ** 2)
        scaled: Array = half / (2 * half.sum() - half[0])
        return scaled

    def means(self, images: Sequence[Array], tile: Tile) -> list[Array]:
        """Average the counting pixels, weighted, about each pixel, for each image."""
        total = self._total(tile)
        means = tile.room("sums", len(images), *tile.shape)
        for image, mean in zip(images, means, strict=True):
            self._sums(image, tile, mean)
        means /= total
        return [*means]

    def moments(self, tile: Tile) -> Array:
        """Map means, variances and the covariance about each pixel of a tile."""
        from .kernels.windows import central

        maps = tile.room("moments", 5, *tile.shape)
        product = tile.room("product", *tile.x.shape)
        x, y = tile.x, tile.y
        self._sums(x, tile, maps[0])
        self._sums(y, tile, maps[1])
        for k, pair in enumerate(((x, x), (y, y), (x, y)), start=2):
            with np.errstate(over="ignore"):  # which ends as NaN, as in compiled loops
                np.multiply(*pair, out=product)
            self._sums(product, tile, maps[k])
        # E[x²] - E[x]² cancels; about the mean of the tile little is lost, and what is
        # left below the rounding of the squares is none: a constant has no variance.
        central(maps, self._total(tile), _ROUNDING)
        return tile.about_zero(maps)

    def _total(self, tile: Tile) -> Array:
        """Sum the weights that count; NaN where none does."""
        total = tile.room("total", *tile.shape)
        which = (tile.x.shape, *((s.start, s.stop) for s in tile.at), tile.whole)
        if tile.whole and tile.room.total_of == which:  # as of most tiles before
            return total
        tile.room.total_of = which
        if tile.whole:  # then the sum is separable: one along y times one along x
            both = (
                _share_inside(self, size, at.start, at.stop)
                for size, at in zip(tile.x.shape, tile.at, strict=True)
            )
            return np.multiply.outer(*both, out=total)
        self._sums(tile.counts, tile, total)
        total[total <= 0] = math.nan
        return total

    def _sums(self, image: Array, tile: Tile, out: Array) -> None:
        from .kernels.windows import blur, blur_room

        rows, columns = tile.at
        spans = (rows.start, rows.stop), (columns.start, columns.stop)
        height, width = image.shape
        room = tile.room("blur", blur_room(height, width, self.reach[0]))
        blur(image, self.weights, *spans, room, out)


@lru_cache(maxsize=64)  # most tiles are alike
def _share_inside(window: Gaussian, size: int, start: int, stop: int) -> Array:
    """Sum the weights along an axis from start to stop, cut off where it ends."""
    half = window.weights
    whole = np.concatenate([half[:0:-1], half])
    sums: Array = np.convolve(np.ones(size), whole)[len(half) - 1 :]
    return sums[start:stop]


Window: TypeAlias = Box | Gaussian

_MOMENTS = 6
"""Moments that boxes merge: n, two means, and three sums of squares and products."""


class Room:
    """Lend memory for the arrays of a tile, of one thread: the same again and again."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}
        self.total_of: Hashable = None  # the tile that "total", of a Gaussian, is of

    def __call__(self, name: str, *shape: int) -> Array:
        """Return the array of a name, in some shape, with whatever it held last."""
        size = math.prod(shape)
        if name not in self._arrays or self._arrays[name].size < size:
            self._arrays[name] = np.empty(size)
        return self._arrays[name][:size].reshape(shape)


class Tile(NamedTuple):
    """A tile of both images, and what windows reach beyond it.

    Attributes
    ----------
    x, y : ndarray of float64
        Pixels less their means in the tile; 0 where they do not count.
    counts : ndarray of float64
        1 where they count, 0 where they do not.
    whole : bool
        Whether all of them count.
    apart : ndarray of float64
        |x - y|, and 0 where they do not count; of no shape unless asked for.
    at : tuple of slice
        Where in these the tile itself lies.
    middles : tuple of float
        What was taken off: digits are for what varies.
    room : Room
        Where all of it lies until the next tile comes.
    """

    x: Array
    y: Array
    counts: Array
    whole: bool
    apart: Array
    at: Slices
    middles: tuple[float, float]
    room: Room

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns of the tile itself."""
        return tuple(along.stop - along.start for along in self.at)

    def about_zero(self, maps: Array) -> Array:
        """Put back to local means what was taken off the pixels."""
        maps[0] += self.middles[0]
        maps[1] += self.middles[1]
        return maps


def cut(
    x: Array,
    y: Array,
    mask: Array | None,
    place: tuple[Slices, Slices],
    room: Room,
    *,
    apart: bool = False,
) -> Tile:
    """Take a tile of both images, at a place of `tiles`, with |x - y| if asked for."""
    from .kernels.windows import centre

    inner, outer = place
    parts = x[outer], y[outer]
    shape = parts[0].shape
    a, b, counts = (room(name, *shape) for name in ("x", "y", "mask"))
    origins = [_to_float64(t, into) for t, into in zip(parts, (a, b), strict=True)]
    counts[...] = 1 if mask is None else mask[outer]
    distance = room("apart", *(shape if apart else (0, 0)))
    count, *means = centre(a, b, counts, distance)
    if apart and any(origins):
        distance[...] = np.abs(difference(*parts)[0])
        distance *= counts
    at = tuple(
        slice(i.start - o.start, i.stop - o.start)
        for i, o in zip(inner, outer, strict=True)
    )
    middles = (means[0] + origins[0], means[1] + origins[1])
    return Tile(a, b, counts, count == counts.size, distance, at, middles, room)


def _to_float64(values: Array, into: Array) -> int:
    """Convert pixels; return what was taken off those that float64 would round."""
    if not is_wide(values.dtype):
        np.copyto(into, values)
        return 0
    into[...], origin = in_float64(values)
    return origin


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
    shape: tuple[int, ...], reach: tuple[int, int], *, inside: bool = False
) -> list[tuple[Slices, Slices]]:
    """Cut a plane into tiles, each with what the windows reach beyond it.

    Parameters
    ----------
    shape : tuple of int
        Of the plane.
    reach : tuple of int
        Of the windows, along y and x.
    inside : bool
        Whether tiles have only pixels whose window lies wholly inside the plane.

    Examples
    --------
    >>> tiles((100, 130), (3, 4))[1]
    ((slice(0, 100, None), slice(128, 130, None)),
     (slice(0, 100, None), slice(124, 130, None)))
    >>> tiles((100, 130), (3, 4), inside=True)
    [((slice(3, 97, None), slice(4, 126, None)),
      (slice(0, 100, None), slice(0, 130, None)))]
    """
    cuts = []
    for size, beyond in zip(shape, reach, strict=True):
        step = max(_TILE, _SHARE * beyond)
        first, end = (beyond, size - beyond) if inside else (0, size)
        parts = [(i, min(i + step, end)) for i in range(first, end, step)]
        cuts.append(
            [
                (slice(i, j), slice(max(i - beyond, 0), min(j + beyond, size)))
                for i, j in parts
            ]
        )
    return [
        ((rows[0], columns[0]), (rows[1], columns[1]))
        for rows in cuts[0]
        for columns in cuts[1]
    ]


def on_tiles(
    work: Callable[[tuple[Slices, Slices], Room], T],
    places: Sequence[tuple[Slices, Slices]],
) -> list[T]:
    """Return what `work` makes of each place, on all threads, each with a room."""
    # Some more stripes than threads: if one is slow, the others take what is left.
    count = min(len(places), _STRIPES * threads())

    def stripe(first: int) -> list[T]:
        room = Room()
        return [work(place, room) for place in places[first::count]]

    done = on_threads(stripe, [*range(count)])
    return [done[k % count][k // count] for k in range(len(places))]
