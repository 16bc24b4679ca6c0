"""Map where two images differ: a metric in a window that slides over them.

The window is a box or a Gaussian of stated size. Pixels outside the mask, NaN pixels
and what lies beyond the edge have no weight: the window's weights are those of the
pixels that are left, so that the edge is as fair as the middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown, with_names
from ..ground.public import public
from ..ground.types import Array, Natural
from ..images.door import as_image
from ..images.image import Image
from ..images.pair import ImageLike, aligned, names_of, prepare
from ..metrics.registry import chosen, parse_metrics
from ..metrics.structure import constants
from ..moments.kernels.parts import as_bytes
from ..moments.of_arrays import moments
from ..moments.powers import power_of, power_of_number, scaled
from ..moments.windows import (
    Room,
    Slices,
    Window,
    check_window,
    cut,
    on_tiles,
    parse_window,
    tiles,
)

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


@overload
def local_map(
    x: ImageLike,
    y: ImageLike,
    metric: str = ...,
    *,
    window: int | tuple[Any, ...],
    mask: ImageLike | None = ...,
    data_range: float | None = ...,
) -> xr.DataArray: ...


@overload
def local_map(
    x: ImageLike,
    y: ImageLike,
    metric: Sequence[str],
    *,
    window: int | tuple[Any, ...],
    mask: ImageLike | None = ...,
    data_range: float | None = ...,
) -> xr.Dataset: ...


@public
def local_map(
    x: ImageLike,
    y: ImageLike,
    metric: str | Sequence[str] = "pearson",
    *,
    window: int | tuple[Any, ...],
    mask: ImageLike | None = None,
    data_range: float | None = None,
) -> xr.DataArray | xr.Dataset:
    """Map a metric over two images: its value in the window about each pixel.

    Parameters
    ----------
    x, y : array-like, (..., y, x)
        Two images of one shape, as `similij.compare` takes them, in memory. Stacks are
        taken plane by plane.
    metric : {"pearson", "rmsd", "mean_difference", "ssim"}, or several of them
        What to compute. Maps asked for together share what they have in common: all
        four take half to three quarters of what they take one by one.
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
    DataArray, or Dataset of one for each metric of several
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
    >>> list(local_map(a, b, ["pearson", "rmsd"], window=7))
    ['pearson', 'rmsd']
    """
    single = isinstance(metric, str)
    names = [metric] if isinstance(metric, str) else [*metric]
    for name in names:
        if name not in MAPPED:
            raise ValueError(
                f"metric is {shown(name)}: a map is of {', '.join(MAPPED)}: choose one."
            )
    if not names:
        raise ValueError(
            f"metric names none: a map is of {', '.join(MAPPED)}: choose one or more."
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
    span, words = math.nan, ""
    if "ssim" in names:
        span, words = _span(pair.x, pair.y, pair.mask, data_range)
    images = [as_bytes(np.asarray(t)) for t in (pair.x, pair.y)]
    keep = None if pair.mask is None else np.broadcast_to(pair.mask, images[0].shape)
    values = {name: np.empty(images[0].shape) for name in names}
    # Plane by plane, of which each is cut into tiles for the threads.
    for index in np.ndindex(images[0].shape[:-2]):
        part = None if keep is None else keep[index]
        planes = images[0][index], images[1][index]
        _map_plane({n: v[index] for n, v in values.items()}, planes, part, shape, span)
    one, two = aligned(one, two, names_of(one, two))
    maps = {}
    for name, mapped_values in values.items():
        definition = chosen(name)[0]
        attrs: dict[str, Any] = {
            "metric": name,
            "label": definition.label,
            "units": definition.unit,
            "window": str(shape),
        }
        if name == "ssim":
            attrs["data_range"] = words
        maps[name] = _like(mapped_values, two if one.assumed else one, name, attrs)
    if single:
        return maps[names[0]]
    import xarray as xr

    return xr.Dataset(maps)


def _map_plane(
    out: dict[str, Array],
    planes: tuple[Array, Array],
    mask: Array | None,
    window: Window,
    span: float,
) -> None:
    """Work out a plane of each map: those of equally scaled images together."""
    powers = tuple(power_of(plane) for plane in planes)
    alike = max(powers)
    of_span = power_of_number(span)
    scales = {
        "pearson": powers,
        "ssim": (of_span, of_span),
        "rmsd": (alike, alike),
        "mean_difference": (alike, alike),
    }
    for scale in {scales[name] for name in out}:
        first, second = (scaled(t, p) for t, p in zip(planes, scale, strict=True))
        asked = {name: values for name, values in out.items() if scales[name] == scale}
        _fill(asked, (first, second), mask, window, math.ldexp(span, -of_span))
    for name in {"rmsd", "mean_difference"} & {*out}:
        if alike:
            np.ldexp(out[name], alike, out=out[name])


def _fill(
    out: dict[str, Array],
    planes: tuple[Array, Array],
    mask: Array | None,
    window: Window,
    span: float,
) -> None:
    """Work out a plane of each map, tile by tile."""
    from ..moments.kernels.windows import correlation, terms_of_ssim

    differences = [name for name in ("mean_difference", "rmsd") if name in out]

    def work(place: tuple[Slices, Slices], room: Room) -> None:
        inner = place[0]
        tile = cut(*planes, mask, place, room, apart=bool(differences))
        counts = tile.counts[tile.at]
        if not tile.whole and not counts.any():
            for values in out.values():
                values[inner] = math.nan
            return
        # Of the differences themselves: from local moments the mean square would be
        # a difference of large numbers, and the mean absolute value does not follow
        # from them.
        if differences:
            of_each = {"mean_difference": tile.apart}
            if "rmsd" in differences:
                square = room("square", *tile.apart.shape)
                of_each["rmsd"] = np.multiply(tile.apart, tile.apart, out=square)
            means = window.means([of_each[name] for name in differences], tile)
            for name, mean in zip(differences, means, strict=True):
                out[name][inner] = np.sqrt(mean, out=mean) if name == "rmsd" else mean
        if len(out) > len(differences):
            maps = window.moments(tile)
            if "pearson" in out:
                correlation(maps, out["pearson"][inner])
            if "ssim" in out:
                terms_of_ssim(maps, *constants(span))
                # A data range far below the pixels makes infinite terms, and NaN.
                with np.errstate(over="ignore", invalid="ignore"):
                    np.multiply(maps[0], maps[1], out=out["ssim"][inner])
        if not tile.whole:
            for values in out.values():
                values[inner][counts == 0] = math.nan

    on_tiles(work, tiles(planes[0].shape, window.reach))


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
    height, width = values.shape
    worst, beyond = (np.fmin, math.inf) if higher else (np.fmax, -math.inf)
    # The worst of each row, so that after each place only rows near it are read again.
    of_rows = worst.reduce(values, axis=1, initial=beyond)
    places: list[Place] = []
    for k in range(count):
        y = int(np.argmin(of_rows) if higher else np.argmax(of_rows))
        if of_rows[y] == beyond:
            break
        [row] = _left(values, places, slice(y, y + 1), (tall, wide), beyond)
        x = int(np.argmax(row == of_rows[y]))
        top, bottom = max(y - tall, 0), min(y + tall + 1, height)
        start, stop = max(x - wide, 0), min(x + wide + 1, width)
        name = f"least similar {k + 1}"
        region = Region(name, start, top, stop - start, bottom - top)
        places.append(Place(region, float(values[y, x]), x, y))
        near = slice(max(y - 2 * tall, 0), y + 2 * tall + 1)
        left = _left(values, places, near, (tall, wide), beyond)
        of_rows[near] = worst.reduce(left, axis=1, initial=beyond)
    return places


def _left(
    values: Array,
    places: list[Place],
    rows: slice,
    half: tuple[int, int],
    beyond: float,
) -> Array:
    """Copy rows of a map, without what is near the places that were taken."""
    tall, wide = half
    left: Array = values[rows].copy()
    for place in places:
        # Centres this near have windows that reach into the one that was taken.
        top = max(place.y - 2 * tall - rows.start, 0)
        bottom = max(place.y + 2 * tall + 1 - rows.start, 0)
        start = max(place.x - 2 * wide, 0)
        left[top:bottom, start : place.x + 2 * wide + 1] = beyond
    return left
