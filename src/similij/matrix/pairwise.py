"""Compare each of many images with each, and return all numbers as one data set.

Pearson R and RMSD of all pairs come from one product of matrices (`matrix.products`),
the Mean Difference from a loop over tiles that stay in the processor's cache. Tiles
bound the memory, not the images: files are looked at where they lie. What needs the
pixels of a pair by themselves (linear rescaling, ranks, SSIM, ROIs tied to planes) is
compared pair by pair, as `compare` does. What is done here is the reading and the
result; how the numbers are worked out is in `matrix.all_pairs`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import RegionError
from ..ground.public import public
from ..ground.types import Array
from ..images.color import parse_color
from ..images.pair import prepare
from ..measure.engine import tied_to_no_channel
from ..measure.question import Question, ask
from ..measure.table.columns import WHOLE_IMAGE
from ..measure.table.table import Table
from ..measure.task import Task, new_run
from ..metrics.registry import DEFAULTS, chosen
from ..preparation.rescale import Rescale, Rescaling
from ..regions.read import Regions, label_regions
from ..regions.region import Region
from .all_pairs import COUNTS, AllPairs
from .looks import LOOKS
from .stack import ImageStack

if TYPE_CHECKING:
    import xarray as xr


@public
def pairwise(
    images: Iterable[Any],
    *,
    metrics: str | Iterable[str] | None = DEFAULTS,
    regions: Any = None,
    mask: Any = None,
    rescale: Rescale | Rescaling | None = "none",
    names: Sequence[str] | None = None,
    data_range: float | None = None,
    color: str = "",
    on_pair: Callable[[int, int], object] | None = None,
) -> xr.Dataset:
    """Compare each of many images with each.

    Parameters
    ----------
    images : iterable of array-like or path
        Two or more of one shape, (..., y, x): arrays as `similij.compare` takes them,
        or files of images, which are looked at tile by tile.
    metrics : str or iterable of str
        Names from `similij.metrics.catalogue()`, or of groups.
    regions : optional
        As for `similij.compare`: ROI files, masks, polygons, labels; then the first
        dimension of the result is "region".
    mask : array-like of bool, optional
        Pixels that count, in every image.
    rescale
        As for `similij.compare`: of each pair, within each region.
    names : sequence of str, optional
        What to call the images; default: their own names, or those of the files.
    data_range : float, optional
        As for `similij.compare`.
    color : "luminance", optional
        As for `similij.compare`; with "channels" red, green and blue are pooled.
    on_pair : callable, optional
        Called with the indices of pairs that are compared by themselves, before that.

    Returns
    -------
    xarray.Dataset
        Dimensions (region,) image, image_2: a variable for each metric, whose value at
        (i, j) is that of image i as the first and image j as the second image, so the
        diagonal has each image with itself; `n` and `excluded`, and `note`, the reason
        for every NaN. Coordinates have the numbers of each image by itself,
        `image_mean`, `image_contrast` and `image_fineness` (see `odd_ones_out`). `rows`
        of this module makes tidy rows of it.

    Raises
    ------
    ImageError
        If an image cannot be read, or two cannot be compared; the message names them.
    RegionError
        If regions cannot be read.
    ValueError
        If a metric or a way to rescale does not exist.

    Notes
    -----
    The numbers are those of `similij.compare`: of images of 8 and 16 bits exactly, of
    others to 1e-12. Each thread holds a tile of at most 2 million pixels (16 MB of
    float64), or of 4,096 of each image, and multiplies it with BLAS limited to that
    thread, for the whole process meanwhile. Within `similij.cluster(...)` workers sum
    the tiles, if all images are of files and are not rescaled, and only metrics of sums
    are asked for.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.random.default_rng(0).integers(0, 255, (8, 9), dtype=np.uint8)
    >>> result = pairwise([a, a // 2, 255 - a], names=["a", "half", "negative"])
    >>> result.pearson.sel(image="a", image_2="negative").item()
    -1.0
    >>> result.sizes["image"], result.rmsd.values[0, 0].item()
    (3, 0.0)
    """
    question = ask(
        metrics=metrics,
        regions=regions,
        mask=mask,
        rescale=rescale,
        data_range=data_range,
    )
    with ImageStack(images, names, parse_color(color) if color else "") as stack:
        inside = _mask(stack, mask)
        task = Task(("", ""), question, run=new_run())
        each: Sequence[Region | None] = [None]
        if question.regions is not None:
            each = _each(_untied(question.regions, stack), stack)
        by_region = [
            AllPairs(stack, region, inside, task, on_pair).filled() for region in each
        ]
        named_regions = None if question.regions is None else each
        return _dataset(stack, named_regions, by_region, task)


def rows(result: xr.Dataset) -> Table:
    """Make tidy rows of a result: one for each pair of different images, and region.

    Parameters
    ----------
    result : xarray.Dataset
        As `pairwise` returns it.

    Returns
    -------
    Table
        With the columns of the rows of `similij.compare`.
    """
    metrics = chosen([str(name) for name in result.attrs["metrics"].split(",")])
    wide = (
        result if "region" in result.dims else result.expand_dims(region=[WHOLE_IMAGE])
    )
    regions = [str(region) for region in wide["region"].values]
    # Pairs above the diagonal, one row of the matrix after the other, each with all
    # regions: 200 images have 19,900, so their numbers are picked in one go.
    first, second = (
        np.repeat(side, len(regions))
        for side in np.triu_indices(wide.sizes["image"], 1)
    )
    which = np.tile(np.arange(len(regions)), len(first) // len(regions))
    names = [str(name) for name in result["image"].values]
    files = [str(path) for path in result["file"].values]
    question = Question(tuple(metrics))
    task = Task(
        ("", ""), question, plane=result.attrs["plane"], run=result.attrs["run"]
    )
    columns: dict[str, Any] = task.row("")
    columns["image_1"] = [names[i] for i in first]
    columns["image_2"] = [names[j] for j in second]
    columns["file_1"] = [files[i] for i in first]
    columns["file_2"] = [files[j] for j in second]
    columns["region"] = [regions[k] for k in which]
    columns["rescale"] = result.attrs["rescale"]
    columns["note"] = [str(note) for note in wide["note"].values[which, first, second]]
    for name in (*COUNTS, *(metric.name for metric in metrics)):
        columns[name] = wide[name].values[which, first, second]
    return Table(columns, len(first))


def _mask(stack: ImageStack, mask: Any) -> Array | None:
    """Return the pixels that count, in the order of the images' axes.

    The first image is paired with itself: `prepare` checks a mask and brings it to the
    axes of a pair, and all images of a stack have the same.
    """
    if mask is None:
        return None
    first = stack.image(0)
    inside: Array | None = prepare(first, first, mask).mask
    return inside


def _untied(regions: Regions, stack: ImageStack) -> Regions:
    """Let regions apply to red, green and blue alike, as `compare` does."""
    if not stack.split:
        return regions
    return tied_to_no_channel(regions, stack.first)


def _each(regions: Regions, stack: ImageStack) -> list[Region | None]:
    """List every region, and every label as one.

    Labels become regions, since a product of matrices is of one region: the walk that
    sums all labels at once is for single pairs.
    """
    each: list[Region | None] = [*regions.regions]
    if regions.labels is not None:
        regions.labels.check(*stack.plane_shape)
        each += label_regions(regions.labels)
    if not each:
        raise RegionError(
            "regions is empty: give at least one, or None for the whole image."
        )
    return each


def _dataset(
    stack: ImageStack,
    regions: Sequence[Region | None] | None,
    by_region: list[AllPairs],
    task: Task,
) -> xr.Dataset:
    """Put the matrices of each region side by side, with what to know of them."""
    import xarray as xr

    from ..ground.version import __version__

    dims = ("image", "image_2") if regions is None else ("region", "image", "image_2")

    def together(matrices: list[Array]) -> Array:
        return matrices[0] if regions is None else np.stack(matrices)

    variables: dict[str, Any] = {}
    for metric in task.metrics:
        about = {
            "long_name": metric.label,
            "units": metric.unit,
            "formula": metric.formula,
        }
        values = together([pairs.values[metric.name] for pairs in by_region])
        variables[metric.name] = (dims, values, about)
    for name in COUNTS:
        counts = together([pairs.counts[name] for pairs in by_region])
        variables[name] = (dims, counts)
    variables["note"] = (dims, together([pairs.notes for pairs in by_region]))
    coords: dict[str, Any] = {
        "image": stack.names,
        "image_2": stack.names,
        "file": ("image", stack.files),
    }
    # Beside the names, not among the metrics: they are of images, and of no pair.
    for name in LOOKS:
        words = {"long_name": LOOKS[name]}
        each = together([pairs.looks[name] for pairs in by_region])
        coords[name] = (dims[:-1], each, words)
    if regions is not None:
        coords["region"] = [region.name for region in regions if region is not None]
    planes = math.prod(stack.shape[:-2])
    attrs = {
        "metrics": ",".join(m.name for m in task.metrics),
        "rescale": "none" if task.rescale is None else str(task.rescale),
        "plane": "1" if planes == 1 else f"all {planes}",
        "run": task.run,
        "version": __version__,
    }
    return xr.Dataset(variables, coords, attrs)
