"""Resample by blocks: the sums of each block, and any metric of a draw of blocks.

Neighbouring pixels are not independent, so a bootstrap draws blocks, not pixels. A
block is kept as eight sums, which add, so a draw costs a product of matrices and never
touches a pixel again. A bootstrap asks for its metric some thousand times: `OF_ROWS`
has the three usual metrics for arrays of sums, without exact integers, and NaN where
`metrics` raises.

A resampling block is a piece of the images as large as their likeness reaches. It has
nothing to do with the blocks by which large images are read (`measure.blocks`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import Undefined
from ..ground.types import Array
from ..metrics.registry import Metric, of_moments
from ..moments.exact import means
from ..moments.kernels.parts import on_threads
from ..moments.moments import SMALLEST_SQUARE, FloatMoments
from ..moments.of_arrays import moments
from ..moments.wide import difference, held, is_wide, less

Floats = NDArray[np.float64]

MOST_BLOCKS = 400
"""Most blocks of an image. More make nothing more certain, and a permutation keeps a
number for every two."""

_PART = 1 << 17
"""Pixels of a part, which a thread takes at a time: what is worked out of them stays in
the second-level cache."""

STEP = 1e-4
"""Step of a numerical slope, in units of how much a sum varies between samples."""

# Sums of a block, in the order of its columns: pixels; deviations of x and y from the
# means of the whole pair, their squares and product; |x - y| and (x - y)².
_N, _DX, _DY, _DXX, _DYY, _DXY, _ABS, _SQ = range(8)


@dataclass(frozen=True)
class Scale:
    """Scale on which a metric's error is nearly the same whatever its value.

    Attributes
    ----------
    to, back : callable
        Turn the metric into this scale, and back.
    of_many : callable
        Does for an array what `to` does for a number.
    """

    to: Callable[[float], float]
    back: Callable[[float], float]
    of_many: Callable[[Floats], Floats]


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _exp(value: float) -> float:
    """Return inf where float64 has no number, which math.exp raises at."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _atanh(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) >= 1 else math.atanh(value)


def scale_of(metric: Metric) -> Scale:
    """Return the scale for a metric's range.

    Fisher's atanh for -1...1, the logarithm for 0 and up, else the metric itself. An
    interval made on such a scale also stays within the range.
    """
    if metric.range == (-1, 1):
        return Scale(_atanh, math.tanh, np.arctanh)
    if metric.range == (0, math.inf):
        return Scale(_log, _exp, np.log)
    return PLAIN


PLAIN = Scale(*3 * (lambda value: value,))
"""Scale of metrics of any other range, and of differences: the value itself."""


def block_side(shape: tuple[int, ...], lengths: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sides of blocks as long as likeness lasts.

    They are longer where there would be more than `MOST_BLOCKS`.

    Examples
    --------
    >>> block_side((128, 128), (22, 21)), block_side((2048, 2048), (1, 1))
    ((22, 22), (103, 103))
    """
    counts = [max(1, round(s / k)) for s, k in zip(shape, lengths, strict=True)]
    if math.prod(counts) > MOST_BLOCKS:
        # 400 ** (1 / 2) is 20 or just below it: 1e-9 keeps a floor from taking one off.
        most = math.floor(MOST_BLOCKS ** (1 / sum(c > 1 for c in counts)) + 1e-9)
        counts = [min(c, most) for c in counts]
    return tuple(-(-s // c) for s, c in zip(shape, counts, strict=True))


def windows(image: Array, side: tuple[int, ...]) -> Array:
    """Cut an image into blocks of one shape, one after the other along the first axis.

    Those at the far edges are filled up with 0.

    Examples
    --------
    >>> windows(np.arange(5), (2,)).tolist()
    [[0, 1], [2, 3], [4, 0]]
    """
    rest = [(0, -size % k) for size, k in zip(image.shape, side, strict=True)]
    filled = np.pad(image, rest) if any(after for _, after in rest) else image
    split: list[int] = []
    for size, k in zip(filled.shape, side, strict=True):
        split += [size // k, k]
    ndim = image.ndim
    order = [*range(0, 2 * ndim, 2), *range(1, 2 * ndim, 2)]
    blocks: Array = filled.reshape(split).transpose(order).reshape(-1, *side)
    return blocks


def rows_of_blocks(shape: tuple[int, ...], side: tuple[int, ...]) -> list[slice]:
    """Cut the first axis into parts of whole blocks, for threads.

    Examples
    --------
    >>> rows_of_blocks((2048, 2048), (103, 103))[-1]
    slice(1957, 2048, None)
    """
    size, step = shape[0], side[0]
    step *= max(1, _PART // (step * math.prod(shape[1:])))
    return [slice(k, min(k + step, size)) for k in range(0, size, step)]


def summed(image: Array, side: tuple[int, ...]) -> Array:
    """Sum the pixels of each block, in the type of the image.

    Examples
    --------
    >>> summed(np.arange(5), (2,)).tolist()
    [1, 5, 4]
    """
    for axis, (size, k) in enumerate(zip(image.shape, side, strict=True)):
        if k == 1:
            continue
        # Whole blocks in one sum, 4 times as fast as np.add.reduceat along rows.
        lined = np.moveaxis(image, axis, 0)
        whole = lined[: size // k * k].reshape(size // k, k, *lined.shape[1:])
        sums = whole.sum(axis=1, dtype=image.dtype)
        if size % k:
            rest = lined[size // k * k :].sum(axis=0, dtype=image.dtype)
            sums = np.concatenate([sums, rest[None]])
        image = np.moveaxis(sums, 0, axis)
    return image


class OfDifference(NamedTuple):
    """What a metric adds for a pixel whose x - y is off by d: slope d + curve d²."""

    slope: float
    curve: float


def of_difference(slopes: Floats, mean: float, spread: float) -> OfDifference:
    """Return what a metric adds for each pixel, as far as it is of the difference.

    Parameters
    ----------
    slopes : ndarray
        Slopes of the metric in the sums of a block.
    mean, spread : float
        Mean and standard deviation of x - y, whose absolute value is taken as the
        square that is as curved where x - y is Gaussian.
    """
    slope, curve = 2 * mean * slopes[_SQ], slopes[_SQ]
    if spread > 0:
        z = mean / spread
        density = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        slope += slopes[_ABS] * math.erf(z / math.sqrt(2))
        curve += slopes[_ABS] * density / spread
    return OfDifference(float(slope), float(curve))


def quadratic_form(slopes: Floats, curve: float) -> Floats:
    """Return what a metric adds for each pixel, as a form in deviations of x and y.

    Linear terms, which only differing means bring into RMSD and Mean Difference, are
    left out: over long lags they add up to less than nothing, since deviations from
    the mean do.

    Parameters
    ----------
    slopes : ndarray
        Slopes of the metric in the sums of a block.
    curve : float
        What it adds for the square of the difference.
    """
    cross = slopes[_DXY] / 2 - curve
    return np.array([[slopes[_DXX] + curve, cross], [cross, slopes[_DYY] + curve]])


class ResamplingBlocks:
    """Sums of the blocks of a pair of images, on a grid over its box.

    Parameters
    ----------
    x, y : ndarray
        The two images, cut to the box of the pixels compared.
    inside : ndarray of bool
        True where pixels are compared.
    side : tuple of int
        Pixels along each side of a block, axes as in the images; those at the far edges
        may be smaller.
    """

    def __init__(
        self, x: Array, y: Array, inside: NDArray[np.bool_], side: tuple[int, ...]
    ) -> None:
        self.side = side
        self.grid = tuple(-(-s // b) for s, b in zip(x.shape, side, strict=True))
        of_pair = moments(x, y, inside)
        # About the means, since a variance from raw squares would cancel its digits.
        # Whole ones of integers of 64 bits, which a float might miss by a thousand.
        self._origin: tuple[float, float] = tuple(  # type: ignore[assignment]
            math.floor(mean) if is_wide(image.dtype) else float(mean)
            for image, mean in zip((x, y), means(of_pair), strict=True)
        )
        exact = held(x) and held(y)

        def work(rows: slice) -> Floats:
            images = x[rows], y[rows], inside[rows]
            columns = _columns(*images, self._origin, exact=exact)
            return np.stack([summed(c, side).reshape(-1) for c in columns], axis=1)

        parts = on_threads(work, rows_of_blocks(x.shape, side))
        self.table: Floats = np.concatenate(parts)

    @cached_property
    def used(self) -> NDArray[np.intp]:
        """Numbers of the blocks that hold pixels."""
        return np.flatnonzero(self.table[:, _N])

    @cached_property
    def n(self) -> float:
        """Number of pixels in all blocks."""
        return float(self.table[:, _N].sum())

    @cached_property
    def shared(self) -> float:
        """Share of all pairs of pixels that lie in one block or in neighbours."""
        n = self.table[:, _N]
        return float(n @ self._with_neighbours(n)) / self.n**2

    @property
    def freedom(self) -> float:
        """Degrees of freedom of `variance`.

        They are 1/Σw² - 1 over all pairs of pixels: their weight w is 1 for small lags
        and falls to 0 at two sides, a trapezoid along each axis, of which ∫w² is
        8/9 ∫w.
        """
        flat = (8 / 9) ** sum(k > 1 for k in self.grid)
        return float(1 / (flat * self.shared) - 1)

    @property
    def size(self) -> str:
        """Sides in words: users read width × height, arrays have rows first."""
        return "×".join(map(str, self.side[::-1]))

    def influence(self, metric: Metric, scale: Scale) -> Floats:
        """Return what each block adds to the metric's error, by leaving it out.

        Not finite for a block without which the metric has no value: `alone` says so.
        """
        total = self.table.sum(axis=0)
        without = self.values(total - self.table, metric, scale)
        of_all = self.values(total[None], metric, scale)[0]
        share = 1 - self.table[:, _N] / self.n
        with np.errstate(invalid="ignore"):  # -inf less -inf: equal without a block
            influence: Floats = np.where(
                self.table[:, _N] > 0, (of_all - without) * share, 0
            )
        return influence

    def alone(self, influence: Floats, metric: Metric) -> str:
        """Say that the metric hangs on one block; empty if it does not.

        A single bright pixel is one observation, and one has no spread.
        """
        if np.isfinite(influence).all():
            return ""
        return (
            f"all that makes {metric.label} lies in one block of {self.size} pixels, "
            "and one place does not tell how it varies: take a larger region"
        )

    def variance(self, influence: Floats) -> float:
        """Return the variance of a sum of influences, neighbours taken together.

        Products of influences are summed over each block and those that touch it, and
        divided by 1 - `shared`: the mean that is taken off makes influences add up to
        0, so near ones are too small by that share. Blocks alone, as a plain bootstrap
        draws them, miss a third of the variance at sides of four sigma
        (docs/significance.md). Never less than that of blocks alone; NaN where every
        block touches every other.
        """
        if self.shared >= 1:
            return math.nan
        near = float(influence @ self._with_neighbours(influence))
        return max(near / (1 - self.shared), float(influence @ influence))

    def freedom_of(self, influence: Floats) -> float:
        """Return the degrees of freedom of the `variance` of these influences.

        They are those of `freedom`, and fewer where a few blocks outweigh the others:
        the excess kurtosis of influences, over twice their number, adds to 1/freedom,
        as it does for the variance of a sample (Satterthwaite's match of two moments).
        """
        count, square = len(self.used), float(influence @ influence)
        if square == 0:
            return self.freedom
        kurtosis = count * float((influence**4).sum()) / square**2
        return 1 / (1 / self.freedom + max(kurtosis - 3, 0) / (2 * count))

    def draws(self, random: np.random.Generator, n_resamples: int) -> Floats:
        """Draw blocks with pixels: how often each is in, a row per resample."""
        count = len(self.used)
        drawn = random.integers(count, size=(n_resamples, count))
        # Each resample gets numbers of its own, so that one bincount counts them all.
        drawn += np.arange(n_resamples)[:, None] * count
        times = np.bincount(drawn.reshape(-1), minlength=n_resamples * count)
        return times.reshape(n_resamples, count).astype(float)

    def resampled(
        self, draws: Floats, metric: Metric, scale: Scale
    ) -> tuple[Floats, Floats]:
        """Return every resample's metric and its slope in each sum.

        The metric is NaN where it is undefined. Slopes are numerical, so that a metric
        from outside needs no derivative.
        """
        rows = draws @ self.table[self.used]
        values = self.values(rows, metric, scale)
        total = self.table.sum(axis=0)
        steps = STEP * np.sqrt((self.table**2).sum(axis=0))
        of_all = self.values(total[None], metric, scale)[0]
        slopes = np.zeros_like(rows)
        for column in np.flatnonzero(steps):
            step = np.zeros(len(steps))
            step[column] = steps[column]
            if self.values((total + step)[None], metric, scale)[0] == of_all:
                continue  # this metric is not made of it
            moved = self.values(rows + step, metric, scale)
            with np.errstate(invalid="ignore"):  # -inf less -inf: equal in a resample
                slopes[:, column] = (moved - values) / steps[column]
        return values, slopes

    def slopes(self, metric: Metric, scale: Scale) -> Floats:
        """Return the metric's slope in each sum of all blocks."""
        _, slopes = self.resampled(np.ones((1, len(self.used))), metric, scale)
        of_all: Floats = slopes[0]
        return of_all

    def values(self, rows: Floats, metric: Metric, scale: Scale) -> Floats:
        """Return the metric of each row of sums, NaN where it is undefined."""
        if metric.name in OF_ROWS:
            with np.errstate(all="ignore"):
                values = OF_ROWS[metric.name](*np.moveaxis(rows, -1, 0))
                return scale.of_many(np.where(rows[:, _N] < 1, math.nan, values))
        return np.array([self._value(row, metric, scale) for row in rows.tolist()])

    def _value(self, row: list[float], metric: Metric, scale: Scale) -> float:
        n = row[_N]
        if n < 1:
            return math.nan
        mx, my = row[_DX] / n, row[_DY] / n
        merged = FloatMoments(
            n,  # type: ignore[arg-type]  # a slope in n asks for a part of a pixel
            origin_x=self._origin[0],
            origin_y=self._origin[1],
            offset_x=mx,
            offset_y=my,
            m2_x=max(row[_DXX] - n * mx * mx, 0.0),
            m2_y=max(row[_DYY] - n * my * my, 0.0),
            c_xy=row[_DXY] - n * mx * my,
            sum_abs=max(row[_ABS], 0.0),
            sum_sq=max(row[_SQ], 0.0),
        )
        try:
            return scale.to(of_moments(metric, merged))
        except Undefined:
            return math.nan

    def _with_neighbours(self, values: Floats) -> Floats:
        """Sum over each block and those that touch it, corners included.

        A box of three is summed axis by axis, corners come with it.
        """
        grid = values.reshape(self.grid)
        for axis in range(grid.ndim):
            lined = np.moveaxis(grid, axis, 0)
            summed = lined.copy()
            summed[1:] += lined[:-1]
            summed[:-1] += lined[1:]
            grid = np.moveaxis(summed, 0, axis)
        return grid.reshape(-1)


def _columns(
    x: Array,
    y: Array,
    inside: NDArray[np.bool_],
    origin: tuple[float, float],
    *,
    exact: bool,
) -> Iterator[Floats]:
    """Yield what the table sums, one after the other: eight at once are large.

    `exact` says that float64 holds all pixels of both images.
    """
    yield inside.astype(float)
    dx, dy = (
        np.where(inside, less(image, mean), 0)
        for image, mean in zip((x, y), origin, strict=True)
    )
    yield dx
    yield dy
    yield dx * dx
    yield dy * dy
    yield dx * dy
    if exact:
        apart = np.where(inside, np.subtract(x, y, dtype=float), 0)
    else:
        apart = np.where(inside, difference(x, y)[0], 0)
    yield np.abs(apart)
    yield apart * apart


def _pearson(
    n: Floats, dx: Floats, dy: Floats, dxx: Floats, dyy: Floats, dxy: Floats,
    apart: Floats, _: Any,
) -> Floats:  # fmt: skip
    vx, vy = np.maximum(dxx - dx * dx / n, 0), np.maximum(dyy - dy * dy / n, 0)
    # Two roots, not the root of the product, which can overflow or become 0.
    r = (dxy - dx * dy / n) / np.sqrt(vx) / np.sqrt(vy)
    r = np.where(np.minimum(vx, vy) < SMALLEST_SQUARE * n, math.nan, r.clip(-1, 1))
    # Equal images have R = 1 exactly, as in `metrics`, whatever rounding makes of it.
    return np.where((apart <= 0) & ~np.isnan(r), 1.0, r)


def _rmsd(n: Floats, *sums: Floats) -> Floats:
    apart, squares = sums[-2:]
    # Squares too small for float64 lose digits or become 0: no RMSD rather than that.
    lost = (apart > 0) & (squares < SMALLEST_SQUARE * n)
    return np.where(lost, math.nan, np.sqrt(np.maximum(squares, 0) / n))


def _mean_difference(n: Floats, *sums: Floats) -> Floats:
    mean: Floats = np.maximum(sums[-2], 0) / n
    return mean


OF_ROWS: dict[str, Callable[..., Floats]] = {
    "pearson": _pearson,
    "rmsd": _rmsd,
    "mean_difference": _mean_difference,
}
"""Metrics as functions of columns n, Σdx, Σdy, Σdx², Σdy², Σdxdy, Σ|x-y|, Σ(x-y)²."""
