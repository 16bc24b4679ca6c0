"""Compare structure: SSIM, MS-SSIM, normalised mutual information.

SSIM is that of Wang et al. (2004): a Gaussian window of sigma 1.5, cut to 11×11 pixels.
Only windows that lie wholly inside the region count, so that no pixel outside has a say
and the rectangle of a whole image gives the number that everybody gives. Stacks are
taken plane by plane.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..ground.errors import Undefined
from ..ground.types import Array
from ..moments.centred import box
from ..moments.equal_bins import equal_bins
from ..moments.kernels.parts import on_threads
from ..moments.moments import TOO_LARGE, check_varies
from ..moments.powers import power_of_number, scaled
from ..moments.windows import Box, Gaussian, Slices, cut, tiles
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

_ALL = 1 - 0.5 / _WINDOW**2
"""A share of a window above this is all of it.

Shares are means of ones, so they have rounding errors; half a pixel is far from both.
"""


class Maps(NamedTuple):
    """Local luminance, and contrast and structure; and where they count."""

    luminance: Array
    contrast: Array
    inside: Array | None


def constants(data_range: float) -> tuple[float, float]:
    """Return C1 and C2 of SSIM."""
    c1, c2 = K1 * data_range, K2 * data_range
    return c1 * c1, c2 * c2


def in_its_range(x: Array, y: Array, data_range: float) -> tuple[Array, Array, float]:
    """Scale both images and their data range alike, where squares leave float64."""
    power = power_of_number(data_range)
    return scaled(x, power), scaled(y, power), math.ldexp(data_range, -power)


def ssim_maps(x: Array, y: Array, mask: Array | None, data_range: float) -> Maps:
    """Return the terms of SSIM for a plane, at the windows wholly inside it.

    Parameters
    ----------
    x, y : ndarray, (y, x)
        The plane, at least 11 pixels high and wide.
    mask : ndarray of bool or None
        Compared pixels.
    data_range : float
        Span of the values that there could be.

    Returns
    -------
    Maps
        10 pixels lower and narrower than the plane.
    """
    gaussian, square = Gaussian(SIGMA), Box(_WINDOW, _WINDOW)
    c1, c2 = constants(data_range)
    luminance, contrast = np.empty(x.shape), np.empty(x.shape)
    inside = None if mask is None else np.empty(x.shape, np.bool_)

    def work(tile: tuple[Slices, Slices]) -> None:
        part = cut(x, y, mask, tile)
        # A data range far below the pixels makes NaN, which the callers look for.
        with np.errstate(over="ignore", invalid="ignore"):
            mx, my, vx, vy, cxy = part.moments(gaussian)
            contrast[tile[0]] = (2 * cxy + c2) / (vx + vy + c2)
            luminance[tile[0]] = (2 * mx * my + c1) / (mx * mx + my * my + c1)
        if inside is not None:
            everywhere = np.ones_like(part.counts)
            share = square.means(part.counts.astype(np.float64), everywhere, part.at)
            inside[tile[0]] = share > _ALL

    on_threads(work, tiles(x.shape, gaussian.reach))
    inner = (slice(RADIUS, -RADIUS),) * 2
    return Maps(
        luminance[inner], contrast[inner], None if inside is None else inside[inner]
    )


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
    span, words = pixels.dynamic_range
    total, count = 0.0, 0
    for x, y, mask in pixels.planes():
        if min(x.shape) < _WINDOW:
            continue
        one, two, reach = in_its_range(x, y, span)
        maps = ssim_maps(one, two, mask, reach)
        product = maps.luminance * maps.contrast
        if maps.inside is not None:
            product = product[maps.inside]
        total, count = total + float(product.sum()), count + product.size
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
    of_planes = [_ms_ssim_of_plane(x, y, mask, span) for x, y, mask in pixels.planes()]
    return Measured(math.fsum(of_planes) / len(of_planes), words)


def _ms_ssim_of_plane(x: Array, y: Array, mask: Array | None, span: float) -> float:
    smallest = _WINDOW << (len(SCALE_WEIGHTS) - 1)
    if mask is not None:
        if mask.any() and mask[part := box(mask)].all():
            # A rectangle after all, as of what two images share.
            return _ms_ssim_of_plane(x[part], y[part], None, span)
        raise Undefined(
            "MS-SSIM needs a rectangle without gaps: here pixels are masked out or "
            "NaN. SSIM takes any shape"
        )
    if min(x.shape) < smallest:
        raise Undefined(
            f"MS-SSIM needs {smallest}×{smallest} pixels or more: here are "
            f"{x.shape[1]}×{x.shape[0]}"
        )
    x, y, span = in_its_range(x, y, span)
    product = 1.0
    for scale, weight in enumerate(SCALE_WEIGHTS, start=1):
        luminance, contrast, _ = ssim_maps(x, y, None, span)
        last = scale == len(SCALE_WEIGHTS)
        term = float((luminance * contrast if last else contrast).mean())
        if not math.isfinite(term):
            raise Undefined(TOO_LARGE)
        if term < 0:
            # A negative number to a power that is no whole number is not real.
            raise Undefined(
                f"structure is inverted at scale {scale}: MS-SSIM is undefined"
            )
        product *= term**weight
        x, y = _halved(x), _halved(y)
    return product


def _halved(image: Array) -> Array:
    """Return the means of 2×2 pixels, without an odd last row or column."""
    height, width = (size // 2 * 2 for size in image.shape)
    image = image[:height, :width].astype(np.float64)
    halved: Array = image.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
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
