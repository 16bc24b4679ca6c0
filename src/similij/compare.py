"""Compare two images: the one function that all ways into SimilIJ lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .comparison import Comparison
from .inputs import ImageError, ImageLike, prepare
from .metrics import chosen
from .regions import RegionError, read_regions
from .rescale import Rescale, parse_rescale
from .tally import WHOLE_IMAGE, Tally, Task

DEFAULT_METRICS = ("pearson", "rmsd", "mean_difference")


def compare(
    x: ImageLike,
    y: ImageLike,
    *,
    mask: ImageLike | None = None,
    regions: Any = None,
    metrics: str | Iterable[str] = DEFAULT_METRICS,
    rescale: Rescale = "none",
    names: Sequence[str] | None = None,
) -> Comparison:
    """Measure how alike two images are, over all pixels or region by region.

    Parameters
    ----------
    x, y : array-like
        The two images, of one shape and any number of dimensions; the last two axes
        are (y, x). NumPy arrays and memmaps, dask arrays (read block by block), xarray
        DataArrays (aligned by the names of their dimensions), ImageJ images (where
        Python hosts ImageJ), or anything with `__array__`. bool, integers of 8 to 64
        bits, floats of 16 to 64 bits, in any mixture: compared by value.
    mask : array-like of bool, optional
        True where pixels are compared; of the images' shape or of their last axes.
    regions : path, ImagejRoi, Region or a list of these, optional
        ImageJ regions of interest: a `.roi` file, a `RoiSet.zip`, or `roifile` objects.
        One row each, with the very pixels that ImageJ selects, in every plane. Default:
        one row for the whole image.
    metrics : str or iterable of str
        Names from `similij.metrics.available()`.
    rescale : {"none", "percentile"} or ("percentile", low, high)
        "percentile": RMSD and Mean Difference after each image, within each region,
        was rescaled from its 1st and 99th percentile (or those given) to 0...1. R does
        not change.
    names : sequence of two str, optional
        What rows and messages call the images.

    Returns
    -------
    Comparison
        One row per region. A number that is undefined is NaN, and its row's note says
        why; pairs of pixels of which one is NaN are left out and counted in `excluded`.

    Raises
    ------
    ImageError
        If the images cannot be compared at all: unequal shapes or dimensions, or a
        type that is no number. A ValueError.
    RegionError
        If a file of regions cannot be read. A ValueError.
    ValueError
        If a metric or a way to rescale does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.add.outer(np.arange(4), np.arange(4))
    >>> b = np.where(a <= 2, 0, a)
    >>> result = compare(a, b, names=("raw", "clipped"))
    >>> round(result.pearson, 12), round(result.rmsd, 12), result.mean_difference
    (0.944911182523, 0.935414346693, 0.5)
    """
    named = _two_names(names)
    pair = prepare(x, y, mask, named)
    task = Task(
        pair.names,
        chosen(metrics),
        parse_rescale(rescale),
        plane="1" if pair.planes == 1 else f"all {pair.planes}",
    )
    found = None if regions is None else read_regions(regions)
    if found == []:
        raise RegionError(
            "regions is empty: give at least one, or None for the whole image."
        )
    if found is not None and pair.x.ndim < 2:  # noqa: PLR2004 - (y, x)
        raise ImageError(
            f'"{pair.names[0]}" has {pair.x.ndim} dimension: regions need images with '
            "the axes (y, x). Pass a mask instead."
        )
    tally = Tally(
        task,
        found,
        pair.plane_shape,
        one_block=pair.in_memory,
        whole_name=WHOLE_IMAGE if pair.mask is None else "Mask",
    )
    while True:
        for block in pair.blocks():
            tally.add(*block)
        if not tally.end_pass():
            return Comparison(tally.rows(), task.metrics)


def _two_names(names: Sequence[str] | None) -> tuple[str, str] | None:
    if names is None:
        return None
    if isinstance(names, str) or len(names) != 2:  # noqa: PLR2004 - a pair
        raise ValueError(f"names is {names!r}: it must be two, one for each image")
    return str(names[0]), str(names[1])
