"""Correlate two images ring by ring of their Fourier transforms: the arithmetic of FRC.

A ring holds the waves of about one length, in all directions, so R of a ring says how
alike two images are at that size of detail (Saxton & Baumeister 1982; of volumes, where
rings are shells, Harauz & van Heel 1986).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.errors import Undefined
from ..ground.optional import needed
from ..ground.types import Array
from ..moments.centred import box
from ..moments.kernels.parts import in_slabs
from ..moments.transforms import both_of_pairs, in_columns, in_rows
from .deviations import deviations

THRESHOLDS = ("1/7", "half-bit", "3-sigma")
"""Thresholds by name, in the order of tables."""

LEAST_PIXELS = 16
"""Pixels along y and x below which rings are too few to follow a curve through."""

_EDGE = 1 / 8
"""Of each side, over which the window falls to 0 (Nieuwenhuizen et al. 2013)."""

_LEAST_SPAN, _SPAN = 5, 0.07
"""Rings that the smoothed curve is fitted to at a time: at least, and of all rings.

Wide enough that one ring of a few waves does not end the curve, and narrower than the
fall of any curve that microscopes make; Fiji's tools take the same 7 %.
"""

_TELLING = 0.5
"""Threshold up to which a ring has waves enough for a fall to count."""

_ROUNDING = 1e-26
"""Power of a ring, beside that of the average wave, that is rounding of the FFT."""

_TIE = 1e-9
"""Rings by which a wave may miss a border through rounding, and is on it still."""


class Rings(NamedTuple):
    """The curve of two images, from the first ring to the finest full one.

    Attributes
    ----------
    frequency : ndarray
        Of the middle of each ring, in waves per unit of the steps.
    r, smoothed : ndarray
        Correlation of each ring, and the curve that follows it; NaN where an image has
        nothing in a ring.
    waves : ndarray
        How many Fourier coefficients a ring has, both of each conjugate pair.
    effective : ndarray
        How many independent ones: fewer, as the window ties neighbours together.
    thresholds : dict of str to ndarray
        By the names in `THRESHOLDS`.
    finest : float
        Half a wave for each pixel, of the axis with the largest pixels: the Nyquist
        frequency.
    """

    frequency: Array
    r: Array
    smoothed: Array
    waves: Array
    effective: Array
    thresholds: dict[str, Array]
    finest: float


def rings(x: Array, y: Array, mask: Array | None, steps: tuple[float, ...]) -> Rings:
    """Correlate two images ring by ring.

    Parameters
    ----------
    x, y : ndarray, (y, x) or (z, y, x)
        Of one shape.
    mask : ndarray of bool or None
        Pixels that count, in both images.
    steps : tuple of float
        Size of a pixel along each axis.

    Raises
    ------
    Undefined
        If there are too few pixels, or an image is constant.
    """
    counts = np.ones(x.shape, bool) if mask is None else mask.copy()
    for image in (x, y):
        if image.dtype.kind == "f":
            counts &= np.isfinite(image)
    if not counts.any():
        raise Undefined("no pixel is compared: there is no Fourier ring correlation")
    inside = box(counts)
    x, y, counts = x[inside], y[inside], counts[inside]
    for axis, size in zip("yx", x.shape[-2:], strict=True):
        if size < LEAST_PIXELS:
            raise Undefined(
                f"{size} pixels along {axis} are too few for a Fourier ring "
                f"correlation: {LEAST_PIXELS} are needed"
            )
    window = soft_window(counts)
    one, two = (_windowed(image, counts, window, k) for k, image in ((1, x), (2, y)))
    return _correlated(one, two, steps)


def soft_window(counts: Array) -> Array:
    """Return weights that fall to 0 towards the border of a box and of what counts.

    A hard edge would spread what is coarse over all rings, in both images in the same
    way, and any two images would be alike in their finest detail.
    """
    window: Array = np.ones(())
    for size in counts.shape:
        edge = size * _EDGE
        depth = np.minimum(np.arange(size), np.arange(size)[::-1]) + 0.5
        window = np.multiply.outer(window, _rise(depth, edge))
    if counts.all():
        return window
    ndimage = needed("scipy.ndimage", "Fourier ring correlation within a mask")
    depth = ndimage.distance_transform_edt(counts) - 0.5
    # Twice its depth is the width of a region, and an eighth of that the edge; but one
    # NaN in a corner makes no edge wider than those of the box.
    edge = min(2 * _EDGE * float(depth.max()), _EDGE * min(counts.shape[-2:]))
    softened: Array = window * _rise(depth, edge)
    return softened


def _rise(depth: Array, edge: float) -> Array:
    """Return Tukey's taper: 0 outside, along a cosine to 1 at the depth `edge`."""
    rise: Array = np.sin(np.pi / 2 * np.clip(depth / max(edge, 0.5), 0, 1)) ** 2
    return rise


class _Windowed(NamedTuple):
    """An image less its weighted mean, times the window.

    Attributes
    ----------
    values : ndarray
        These pixels.
    squares : float
        The sum of their squares.
    share : float
        (Σw²)² / (N·Σw⁴) of the weights.
    """

    values: Array
    squares: float
    share: float


def _windowed(image: Array, counts: Array, window: Array, number: int) -> _Windowed:
    """Put an image under the window."""
    from ..moments.kernels.spectra import put_under, sums_under

    values, _ = deviations(image, counts)

    def read(part: tuple[slice | int, ...]) -> tuple[float, ...]:
        found: tuple[float, ...] = sums_under(
            values[part].reshape(-1), window[part].reshape(-1)
        )
        return found

    first, second, fourth, total, least, most = zip(
        *in_slabs(values.shape, read), strict=True
    )
    if min(least) == max(most):
        raise Undefined(
            f"{{{number}}} is constant here: it has no detail of any size, and Fourier "
            "ring correlation is undefined"
        )
    mean = math.fsum(total) / math.fsum(first)

    def put(part: tuple[slice | int, ...]) -> float:
        # The window is 0 where pixels do not count.
        squares: float = put_under(
            values[part].reshape(-1), window[part].reshape(-1), mean
        )
        return squares

    squares = math.fsum(in_slabs(values.shape, put))
    share = math.fsum(second) ** 2 / (window.size * math.fsum(fourth))
    return _Windowed(values, squares, share)


def _correlated(one: _Windowed, two: _Windowed, steps: tuple[float, ...]) -> Rings:
    needed("scipy.fft", "Fourier ring correlation")
    from ..moments.kernels.spectra import ring_sums

    shape = one.values.shape
    # As wide as the waves of the shorter side of a plane lie apart. The slices of a
    # stack are few, and shells as wide as theirs would be as few as they.
    wide = max(1 / (n * d) for n, d in zip(shape[-2:], steps[-2:], strict=True))
    finest = min(0.5 / d for d in steps)
    count = math.floor(finest / wide + _TIE)
    # What each axis adds to the square of the number of a ring.
    *others, last = (
        (frequencies(n, d) / wide) ** 2
        for frequencies, n, d in zip(
            [np.fft.fftfreq] * (len(shape) - 1) + [np.fft.rfftfreq],
            shape, steps, strict=True,
        )
    )  # fmt: skip
    front = np.zeros(1)
    for square in others:
        front = np.add.outer(front, square).ravel()
    twice = both_of_pairs(shape[-1])

    def of_part(columns: slice, first: Array, second: Array) -> Array:
        sums = np.zeros((count + 1, 4))
        first, second = (t.reshape(len(front), -1) for t in (first, second))
        ring_sums(first, second, front, last[columns], twice[columns], 0.5 + _TIE, sums)
        return sums

    # Ring 0 holds the mean, which was taken off, and no wave of a ring's width.
    of_rows = [in_rows(image.values, shape[-1]) for image in (one, two)]
    sums = np.sum(in_columns(of_rows, shape, of_part), axis=0)[1:]
    product, *powers, waves = sums.T
    has_both = np.ones(count, np.bool_)
    for power, image in zip(powers, (one, two), strict=True):
        # Parseval: the sum of all squares is the average power of a wave.
        has_both &= power > _ROUNDING * waves * image.squares
    r = np.full(count, math.nan)
    # The root of a square is exact, so that equal images have 1 and not nearly 1.
    below = np.sqrt(powers[0][has_both] * powers[1][has_both])
    r[has_both] = np.clip(product[has_both] / below, -1, 1)
    # A window multiplies noise, and so ties each wave to its neighbours: the variance
    # of a sum over a ring grows by N·Σw⁴ / (Σw²)², by Parseval of the window's square.
    effective = one.share * waves
    return Rings(
        wide * np.arange(1, count + 1),
        r,
        smooth(r),
        waves,
        effective,
        thresholds(effective),
        finest,
    )


def thresholds(waves: Array) -> dict[str, Array]:
    """Return the published thresholds for so many Fourier coefficients in a ring.

    1/7: Rosenthal & Henderson 2003, for light microscopy Nieuwenhuizen et al. 2013.
    Half-bit and 3σ: van Heel & Schatz 2005; half a bit of information for each
    coefficient, from both images together; and 3/√(n/2), n/2 conjugate pairs.

    Examples
    --------
    >>> {k: v.round(4).tolist() for k, v in thresholds(np.array([8.0, 800.0])).items()}
    {'1/7': [0.1429, 0.1429], 'half-bit': [0.5772, 0.2216], '3-sigma': [1.5, 0.15]}
    """
    root = np.sqrt(waves)
    snr = (math.sqrt(2) - 1) / 2  # of each image: log2(1 + 2·SNR) is half a bit
    cross = 2 * math.sqrt(snr)
    return {
        "1/7": np.full(waves.shape, 1 / 7),
        "half-bit": (snr * root + cross + 1) / ((snr + 1) * root + cross),
        "3-sigma": 3 / (root / math.sqrt(2)),
    }


def smooth(r: Array) -> Array:
    """Return the curve that follows R: lines fitted to the nearest rings (LOESS).

    Nearer ones weigh more (tricube, Cleveland 1979); NaN stay NaN and have no weight.

    Examples
    --------
    >>> smooth(np.array([1, 0.9, 0.8, 0.7, 0.6, 0.5])).round(12).tolist()
    [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    """
    count = len(r)
    span = min(max(_LEAST_SPAN, round(_SPAN * count)) | 1, count)
    half = span // 2
    known = np.isfinite(r)
    middle = np.arange(count)[:, None]
    first = np.clip(middle - half, 0, count - span)
    near = first + np.arange(span)
    off = (near - middle).astype(np.float64)
    reach = np.maximum(middle - first, first + span - 1 - middle) + 1
    weight = (1 - (np.abs(off) / reach) ** 3) ** 3 * known[near]
    values = np.where(known, r, 0.0)[near]
    total = weight.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):  # where no ring is known
        mean = (weight * off).sum(1) / total
        off -= mean[:, None]
        spread = (weight * off**2).sum(1)
        level = (weight * values).sum(1) / total
        rise = (weight * off * values).sum(1)
        slope = np.divide(rise, spread, out=np.zeros(count), where=spread > 0)
        followed: Array = np.where(known, level - slope * mean, math.nan)
    return followed


class Crossing(NamedTuple):
    """Where a curve falls below a threshold, as the length of a wave.

    Attributes
    ----------
    length : float
        NaN where it never does so, or is never above.
    never_falls : bool
        Whether the curve is above to its end, which is then the length.
    again : tuple of float
        Longest and shortest wave of the rings beyond at which it is above once more.
    """

    length: float
    never_falls: bool = False
    again: tuple[float, ...] = ()


def crossing(curve: Rings, name: str) -> Crossing:
    """Find the first fall of the smoothed curve below a threshold.

    The curve must have been above before, since two images may differ in their shading
    alone; and, if it ever is, so in a ring that can say something: of few waves 3σ is
    near 1 or above, where a curve of 0.95 is below it, and above it some rings on.
    """
    above = curve.smoothed >= curve.thresholds[name]
    known = np.isfinite(curve.smoothed)
    if not above.any():
        return Crossing(math.nan)
    telling = above & (curve.thresholds[name] <= _TELLING)
    start = int(np.argmax(telling if telling.any() else above))
    falls = np.flatnonzero(~above[start:]) + start
    if not falls.size:
        return Crossing(1 / curve.finest, never_falls=True)
    end = int(falls[0])
    if not known[end]:
        # Neither image has anything finer: the last ring that has.
        return Crossing(1 / float(curve.frequency[end - 1]))
    over = curve.smoothed - curve.thresholds[name]
    part = over[end - 1] / (over[end - 1] - over[end])
    step = curve.frequency[end] - curve.frequency[end - 1]
    length = 1 / float(curve.frequency[end - 1] + part * step)
    # Beyond: smoothed rings share neighbours, so the next few are no second rise; and a
    # ring among a hundred is above 1/7 by chance, but not above 3σ as well.
    beyond = np.arange(len(above)) > end + _LEAST_SPAN
    sure = curve.r >= curve.thresholds["3-sigma"]
    again = np.flatnonzero(above & sure & beyond)
    return Crossing(
        length,
        again=tuple(1 / float(curve.frequency[k]) for k in (again[0], again[-1]))
        if again.size
        else (),
    )


def more_than_chance(curve: Rings) -> bool:
    """Whether any ring is above 3σ: else what is alike is alike by chance."""
    return bool((curve.r >= curve.thresholds["3-sigma"]).any())
