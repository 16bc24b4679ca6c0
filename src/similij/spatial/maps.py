"""Map where two images differ: a metric in a window that slides over them.

The window is a box or a Gaussian of stated size. Pixels outside the mask, NaN pixels
and what lies beyond the edge have no weight: the window's weights are those of the
pixels that are left, so that the edge is as fair as the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown, with_names
from ..ground.public import public
from ..ground.types import Array, Natural
from ..images.door import as_image
from ..images.image import Image
from ..images.pair import ImageLike, aligned, names_of, prepare
from ..metrics.registry import chosen, parse_metrics
from ..metrics.structure import constants, in_its_range
from ..moments.kernels.parts import as_bytes, on_threads
from ..moments.of_arrays import moments
from ..moments.powers import power_of, scaled
from ..moments.wide import difference
from ..moments.windows import Window, check_window, cut, parse_window, tiles

if TYPE_CHECKING:
    import xarray as xr

    from ..regions.region import Region


MAPPED = ("pearson", "rmsd", "mean_difference", "ssim")
"""Metrics that a window can be asked for."""


def mapped(metrics: Any) -> list[str]:
    """List the metrics that can be mapped, of some; Pearson R where none can.

    Examples
    --------
    >>> mapped("rmsd, bias"), mapped(None), mapped(["bias"])
    (['rmsd'], ['pearson'], ['pearson'])
    """
    if not metrics:
        return ["pearson"]
    definitions = (
        parse_metrics(metrics) if isinstance(metrics, str) else chosen(metrics)
    )
    names = [metric.name for metric in definitions]
    return [name for name in MAPPED if name in names] or ["pearson"]


@public
def local_map(
    x: ImageLike,
    y: ImageLike,
    metric: str = "pearson",
    *,
    window: int | tuple[Any, ...],
    mask: ImageLike | None = None,
    data_range: float | None = None,
) -> xr.DataArray:
    """Map a metric over two images: its value in the window about each pixel.

    Parameters
    ----------
    x, y : array-like, (..., y, x)
        Two images of one shape, as `similij.compare` takes them, in memory. Stacks are
        taken plane by plane.
    metric : {"pearson", "rmsd", "mean_difference", "ssim"}
        What to compute.
    window : int, or ("box", height, width), or ("gaussian", sigma)
        The side of a square box, an odd number of pixels; or the sides of a box; or a
        Gaussian of that sigma in pixels, cut off at 3.5 sigma.
    mask : array-like of bool, optional
        Pixels that count; the map is NaN at the others.
    data_range : float, optional
        For "ssim": span of the values that the images could have; default as of
        `similij.compare`.

    Returns
    -------
    DataArray
        float64, with the axes and coordinates of x. NaN outside the mask, at NaN
        pixels, and where the metric is undefined: R in a window in which an image is
        constant. Attributes: metric, label, units, window, and data_range for SSIM.

    Raises
    ------
    ImageError
        If the images cannot be compared, are of one axis, or are in parts (dask).
    ValueError
        If there is no such metric or window.

    Notes
    -----
    Boxes: moments are merged (Chan, Golub & LeVeque 1983), never subtracted, so the
    numbers are good to about 1e-13 whatever the offset, and the time does not depend on
    the size of the box. Gaussians: weighted sums about the mean of the surroundings,
    variances good to about 1e-15·(m/s)², m the distance of the local mean from that
    mean and s the local standard deviation; R is NaN where that is above 1e-3.
    Variances and covariances of SSIM are divided by the sum of the weights (Wang et al.
    2004), and with ("gaussian", 1.5) the window is theirs.

    References
    ----------
    Chan, T. F., Golub, G. H. & LeVeque, R. J. (1983). Am. Stat. 37, 242-247,
    doi:10.1080/00031305.1983.10483115. Wang, Z. et al. (2004). IEEE Trans. Image
    Process. 13, 600-612, doi:10.1109/TIP.2003.819861.

    Examples
    --------
    >>> a = np.random.default_rng(0).random((30, 40))
    >>> b = a.copy()
    >>> b[:, :20] = a[:, :20][::-1]
    >>> r = local_map(a, b, window=7)
    >>> round(float(r[15, 35]), 12), bool(r[15, 8] < 0.5), r.dims
    (1.0, True, ('y', 'x'))
    """
    if metric not in MAPPED:
        raise ValueError(
            f"metric is {shown(metric)}: a map is of {', '.join(MAPPED)}: choose one."
        )
    shape = parse_window(window)
    one, two = as_image(x, "image 1"), as_image(y, "image 2")
    pair = prepare(one, two, mask)
    pair.must_be_in_memory("local_map")
    if pair.x.ndim < 2:  # noqa: PLR2004 - (y, x)
        raise ImageError(
            f'"{pair.names[0]}" has {pair.x.ndim} dimension: a map needs images with '
            "the axes (y, x)."
        )
    check_window(shape, pair.x.shape)
    attrs: dict[str, Any] = {
        "metric": metric,
        "label": chosen(metric)[0].label,
        "units": chosen(metric)[0].unit,
        "window": str(shape),
    }
    span = math.nan
    if metric == "ssim":
        span, attrs["data_range"] = _span(pair.x, pair.y, pair.mask, data_range)
    images = [as_bytes(np.asarray(t)) for t in (pair.x, pair.y)]
    keep = None if pair.mask is None else np.broadcast_to(pair.mask, images[0].shape)
    values = np.empty(images[0].shape)
    # Plane by plane, of which each is cut into tiles for the threads.
    for index in np.ndindex(values.shape[:-2]):
        part = None if keep is None else keep[index]
        first, second, reach = images[0][index], images[1][index], span
        power = 0
        if metric == "ssim":
            first, second, reach = in_its_range(first, second, span)
        elif metric == "pearson":
            first, second = (scaled(t, power_of(t)) for t in (first, second))
        else:
            power = max(power_of(first), power_of(second))
            first, second = scaled(first, power), scaled(second, power)
        _fill(values[index], (first, second), part, metric, shape, reach)
        if power:
            np.ldexp(values[index], power, out=values[index])
    one, two = aligned(one, two, names_of(one, two))
    return _like(values, two if one.assumed else one, metric, attrs)


def _fill(
    out: Array,
    planes: tuple[Array, Array],
    mask: Array | None,
    metric: str,
    window: Window,
    span: float,
) -> None:
    """Work out a plane of the map, tile by tile."""

    def work(tile: Any) -> None:
        inner = tile[0]
        part = cut(*planes, mask, tile)
        counts, at = part.counts, part.at
        if not counts[at].any():
            out[inner] = math.nan
            return
        if metric in ("rmsd", "mean_difference"):
            # Of the differences themselves: from local moments the mean square would be
            # a difference of large numbers, and the mean absolute value does not follow
            # from them.
            if any(part.origins):
                apart = np.abs(difference(*(plane[tile[1]] for plane in planes))[0])
                apart[~counts] = 0
            else:
                apart = np.abs(part.x - part.y)
            if metric == "rmsd":
                apart *= apart
            values = window.means(apart, counts, at)
            if metric == "rmsd":
                np.sqrt(values, out=values)
        else:
            values = _of_moments(part.moments(window), metric, span)
        values[~counts[at]] = math.nan
        out[inner] = values

    on_threads(work, tiles(out.shape, window.reach))


def _of_moments(local_moments: Array, metric: str, span: float) -> Array:
    """Compute R or SSIM of local means, variances and covariances."""
    mx, my, vx, vy, cxy = local_moments
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if metric == "pearson":
            # Two roots, since the product of two variances may leave float64.
            r: Array = cxy / (np.sqrt(vx) * np.sqrt(vy))
            r[(vx == 0) | (vy == 0)] = math.nan
            return np.clip(r, -1, 1)
        c1, c2 = constants(span)
        ssim: Array = (2 * mx * my + c1) * (2 * cxy + c2)
        ssim /= (mx * mx + my * my + c1) * (vx + vy + c2)
        return ssim


def _span(
    x: Array, y: Array, mask: Array | None, data_range: float | None
) -> tuple[float, str]:
    """Return the data range of SSIM, and where it is from."""
    from ..metrics.pixels import Block, Pixels

    wide = None if mask is None else np.broadcast_to(mask, x.shape)
    pixels = Pixels(data_range, None, [Block(x, y, wide, (0, 0))], moments(x, y, wide))
    span, words = pixels.dynamic_range
    return span, with_names(words, "image 1", "image 2")


def _like(
    values: Array, image: Image, name: str, attrs: dict[str, Any]
) -> xr.DataArray:
    """Give values the axes and coordinates of the image that has some."""
    import xarray as xr

    if image.assumed:
        dims = ("t", "z", "c", "y", "x")[-values.ndim :]
        if values.ndim <= 3:  # noqa: PLR2004 - (z, y, x)
            dims = ("z", "y", "x")[-values.ndim :]
        return xr.DataArray(values, dims=dims, name=name, attrs=attrs)
    coords = image.to_xarray().coords
    return xr.DataArray(values, coords, image.axes, name, attrs)


@dataclass(frozen=True)
class Place:
    """A window of two images, with the value of a local map there.

    Attributes
    ----------
    region : Region
        The window, as a region that `similij.compare` takes.
    value : float
        Value of the map at its centre.
    x, y : int
        The centre, in pixels.
    """

    region: Region
    value: float
    x: int
    y: int


@public
def least_similar(found: xr.DataArray, count: Natural = 5) -> list[Place]:
    """List the places where two images are least alike, the worst first.

    Parameters
    ----------
    found : DataArray, (y, x)
        A plane that `local_map` returned.
    count : int
        How many places at most. Their regions do not overlap.

    Returns
    -------
    list of Place
        Called "least similar 1", "least similar 2", ... Of a Gaussian window the region
        is the box of 4 sigma. Regions at the edge are cut off there.

    Raises
    ------
    ValueError
        If it is no plane of a local map.

    Examples
    --------
    >>> a = np.random.default_rng(0).random((40, 50))
    >>> b = a.copy()
    >>> b[20, 30] += 5
    >>> worst, = least_similar(local_map(a, b, "rmsd", window=5), count=1)
    >>> worst.region.width, worst.region.height, abs(worst.x - 30) <= 2
    (5, 5, True)
    """
    from ..regions.region import Region

    if found.ndim != 2 or "window" not in found.attrs:  # noqa: PLR2004 - (y, x)
        raise ValueError(
            f"least_similar takes a plane (y, x) of a map that local_map returned, not "
            f"an array with the axes {', '.join(map(str, found.dims))}: select one "
            "with .isel(...)."
        )
    tall, wide = parse_window(found.attrs["window"]).half
    values = np.asarray(found.values, dtype=np.float64)
    higher = chosen(found.attrs["metric"])[0].higher_is_more_similar
    left = np.where(np.isnan(values), math.inf, values if higher else -values)
    height, width = values.shape
    places = []
    for k in range(count):
        y, x = (int(i) for i in np.unravel_index(int(np.argmin(left)), left.shape))
        if left[y, x] == math.inf:
            break
        top, bottom = max(y - tall, 0), min(y + tall + 1, height)
        start, stop = max(x - wide, 0), min(x + wide + 1, width)
        # Centres this near have windows that reach into the one that was taken.
        near = (
            slice(max(y - 2 * tall, 0), y + 2 * tall + 1),
            slice(max(x - 2 * wide, 0), x + 2 * wide + 1),
        )
        left[near] = math.inf
        name = f"least similar {k + 1}"
        region = Region(name, start, top, stop - start, bottom - top)
        places.append(Place(region, float(values[y, x]), x, y))
    return places
