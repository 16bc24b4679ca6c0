"""Compare structure: SSIM, MS-SSIM, normalised mutual information.

SSIM is that of Wang et al. (2004): a Gaussian window of sigma 1.5, cut to 11×11 pixels.
Only windows that lie wholly inside the region count, so that no pixel outside has a say
and the rectangle of a whole image gives the number that everybody gives. Stacks are
taken plane by plane.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.centred import box
from ..moments.equal_bins import equal_bins
from ..moments.kernels.parts import in_row_parts
from ..moments.moments import TOO_LARGE, check_varies
from ..moments.powers import power_of_number, scaled
from ..moments.windows import Box, Gaussian, Room, Slices, cut, on_tiles, tiles
from .definition import Measured, pixel_metric
from .pixels import Pixels

SIGMA = 1.5
"""Of the window, in pixels, as in Wang et al. (2004); it is cut to 11×11."""

RADIUS = Gaussian(SIGMA).reach[0]

K1, K2 = 0.01, 0.03
"""Constants of Wang et al. (2004), in parts of the data range."""

SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of Wang et al. (2003), the finest scale first."""

BINS = 100
"""Bins of each image for mutual information, as in scikit-image."""

_WINDOW = 2 * RADIUS + 1

_BAND = 16
"""Rows that are halved at a time: what is between stays in the second-level cache."""


class Sums(NamedTuple):
    """Of a plane: SSIM, and contrast and structure alone, summed over its windows."""

    ssim: float
    contrast: float
    windows: int


def constants(data_range: float) -> tuple[float, float]:
    """Return C1 and C2 of SSIM."""
    c1, c2 = K1 * data_range, K2 * data_range
    return c1 * c1, c2 * c2


def in_its_range(x: Array, y: Array, data_range: float) -> tuple[Array, Array, float]:
    """Scale both images and their data range alike, where squares leave float64."""
    power = power_of_number(data_range)
    return scaled(x, power), scaled(y, power), math.ldexp(data_range, -power)


def ssim_sums(x: Array, y: Array, mask: Array | None, data_range: float) -> Sums:
    """Sum the terms of SSIM over the windows that lie wholly inside a plane.

    Parameters
    ----------
    x, y : ndarray, (y, x)
        The plane.
    mask : ndarray of bool or None
        Compared pixels.
    data_range : float
        Span of the values that there could be.
    """
    from ..moments.kernels.windows import terms_of_ssim

    gaussian, square = Gaussian(SIGMA), Box(_WINDOW, _WINDOW)
    c1, c2 = constants(data_range)

    def work(place: tuple[Slices, Slices], room: Room) -> Sums:
        tile = cut(x, y, mask, place, room)
        maps = gaussian.moments(tile)
        # A data range far below the pixels makes NaN, which the callers look for.
        terms_of_ssim(maps, c1, c2)
        luminance, contrast, product = maps[:3]
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(luminance, contrast, out=product)
            if tile.whole:
                return Sums(float(product.sum()), float(contrast.sum()), product.size)
            inside = square.counts(tile) == square.height * square.width
            return Sums(
                float(product[inside].sum()),
                float(contrast[inside].sum()),
                int(np.count_nonzero(inside)),
            )

    done = on_tiles(work, tiles(x.shape, gaussian.reach, inside=True))
    totals = [sum(term) for term in zip(*done, strict=True)] or [0.0, 0.0, 0]
    return Sums(*totals)


def _planes(pixels: Pixels) -> Iterator[tuple[Array, Array, Array | None]]:
    """Yield each plane of both images, cut to the box of what is compared of it."""
    for x, y, mask in pixels.planes():
        if mask is None or not mask.any():
            yield x, y, mask
            continue
        part = box(mask)
        inside = mask[part]
        yield x[part], y[part], None if inside.all() else inside


def _full_size(pixels: Pixels) -> list[Sums]:
    """Sum the terms of each plane; the first scale of MS-SSIM is all of SSIM."""

    def find() -> list[Sums]:
        span = pixels.dynamic_range[0]
        sums = []
        for x, y, mask in _planes(pixels):
            one, two, reach = in_its_range(x, y, span)
            sums.append(ssim_sums(one, two, mask, reach))
        return sums

    return pixels.once("terms of SSIM", find)


@pixel_metric(
    "SSIM",
    group="structure",
    summary="whether brightness, contrast and pattern agree, window by window",
    formula="mean of (2·μx·μy + C1)(2·σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)); "
    "C1 = (0.01·L)², C2 = (0.03·L)², L: data range; windows: Gaussian, σ 1.5, 11×11",
    range=(-1.0, 1.0),
    higher_is_more_similar=True,
    equal=1.0,
    unit="1",
    rescaled=False,
    blind="small differences in dark or flat places",
    caveat="depends on the data range, which the note has; windows wholly inside the "
    "region only",
    source="Wang et al. 2004, doi:10.1109/TIP.2003.819861",
)
def ssim(pixels: Pixels) -> Measured:
    """Mean structural similarity over the windows wholly inside the region."""
    words = pixels.dynamic_range[1]
    planes = _full_size(pixels)
    total, count = (sum(getattr(p, of) for p in planes) for of in ("ssim", "windows"))
    if count == 0:
        raise Undefined(
            f"no window of {_WINDOW}×{_WINDOW} pixels lies inside: SSIM is undefined"
        )
    if not math.isfinite(total):
        raise Undefined(TOO_LARGE)
    return Measured(total / count, words)


@pixel_metric(
    "MS-SSIM",
    group="structure",
    summary="SSIM at five sizes of detail together",
    formula="Π c_j^w_j · SSIM_5^w_5, j = 1...4: mean contrast-structure c at each "
    "scale, 2×2 means between; w = 0.0448, 0.2856, 0.3001, 0.2363, 0.1333",
    range=(0.0, 1.0),
    higher_is_more_similar=True,
    equal=1.0,
    unit="1",
    rescaled=False,
    blind="small differences in dark or flat places",
    caveat="rectangles of 176 pixels and more only; depends on the data range",
    source="Wang et al. 2003, doi:10.1109/ACSSC.2003.1292216",
)
def ms_ssim(pixels: Pixels) -> Measured:
    """Multi-scale structural similarity, the mean over the planes."""
    span, words = pixels.dynamic_range
    for x, _, mask in _planes(pixels):
        _check_scales(x, mask)
    of_planes = [
        _ms_ssim_of_plane(x, y, first, span)
        for (x, y, _), first in zip(_planes(pixels), _full_size(pixels), strict=True)
    ]
    return Measured(math.fsum(of_planes) / len(of_planes), words)


def _check_scales(plane: Array, mask: Array | None) -> None:
    """Refuse a plane that has gaps, or is too small for the coarsest scale."""
    if mask is not None:
        raise Undefined(
            "MS-SSIM needs a rectangle without gaps: here pixels are masked out or "
            "NaN. SSIM takes any shape"
        )
    smallest = _WINDOW << (len(SCALE_WEIGHTS) - 1)
    if min(plane.shape) < smallest:
        raise Undefined(
            f"MS-SSIM needs {smallest}×{smallest} pixels or more: here are "
            f"{plane.shape[1]}×{plane.shape[0]}"
        )


def _ms_ssim_of_plane(x: Array, y: Array, sums: Sums, span: float) -> float:
    """Multiply the terms of all scales; those of the first are known."""
    x, y, span = in_its_range(x, y, span)
    product = 1.0
    for scale, weight in enumerate(SCALE_WEIGHTS, start=1):
        if scale > 1:
            x, y = _halved(x), _halved(y)
            sums = ssim_sums(x, y, None, span)
        last = scale == len(SCALE_WEIGHTS)
        term = (sums.ssim if last else sums.contrast) / sums.windows
        if not math.isfinite(term):
            raise Undefined(TOO_LARGE)
        if term < 0:
            # A negative number to a power that is no whole number is not real.
            raise Undefined(
                f"structure is inverted at scale {scale}: MS-SSIM is undefined"
            )
        product *= term**weight
    return product


def _halved(image: Array) -> Array:
    """Return the means of 2×2 pixels, without an odd last row or column."""
    height, width = (size // 2 for size in image.shape)
    halved = np.empty((height, width))

    def work(start: int, stop: int) -> None:
        rows = np.empty((_BAND, 2 * width))
        for top in range(start, stop, _BAND):
            end = min(top + _BAND, stop)
            part = image[2 * top : 2 * end, : 2 * width]
            pairs = rows[: end - top]
            np.add(part[::2], part[1::2], out=pairs, dtype=np.float64)
            np.add(pairs[:, ::2], pairs[:, 1::2], out=halved[top:end])
            halved[top:end] *= 0.25

    in_row_parts(halved.shape, work)
    return halved


@pixel_metric(
    "NMI",
    group="structure",
    summary="how well one image predicts the other, by any rule",
    formula="(H(x) + H(y)) / H(x, y), entropies of histograms of 100 bins from the "
    "smallest to the largest value",
    range=(1.0, 2.0),
    higher_is_more_similar=True,
    equal=2.0,
    unit="1",
    rescaled=False,
    blind="the kind of relation: inverted contrast counts as alike",
    caveat="biased upwards for few pixels; an outlier widens the bins",
    source="Studholme et al. 1999, doi:10.1016/S0031-3203(98)00091-0",
)
def nmi(pixels: Pixels) -> float:
    """Normalised mutual information, from the bins that scikit-image takes."""
    if all(pixels.moments.constant):
        check_varies(pixels.moments, "NMI", "1")
    counts = equal_bins(*pixels.values, BINS)
    alone = sum(_entropy(counts.sum(axis)) for axis in (0, 1))
    return alone / _entropy(counts)


def _entropy(counts: Array) -> float:
    shares = counts[counts > 0] / counts.sum()
    return -float((shares * np.log(shares)).sum())
