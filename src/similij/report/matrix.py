"""What a report says of many images, each with each: matrices and the odd ones out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..matrix.distances import clustering, directed, distances, odd_ones_out
from .heat_map import HeatMap, of_metric
from .table import Column, ReportTable

if TYPE_CHECKING:
    import xarray as xr


def is_matrix(found: Any) -> bool:
    """Whether this is a result of `similij.pairwise`."""
    return {"image", "image_2"} <= {*map(str, getattr(found, "sizes", ()))}


def matrix_maps(
    found: xr.Dataset, table: ReportTable
) -> tuple[list[HeatMap], list[str]]:
    """Matrix of each metric and region, images that are alike side by side.

    Parameters
    ----------
    found : xarray.Dataset
        As `similij.pairwise` returns it.
    table : ReportTable
        Its rows, in the order of `similij.pairwise.rows`.

    Returns
    -------
    (maps, words)
        The heat maps; and what is to be said about the odd ones out of each region.
    """
    wide = found if "region" in found.dims else found.expand_dims("region")
    regions = wide.sizes["region"]
    maps: list[HeatMap] = []
    words: list[str] = []
    for k in range(regions):
        part = wide.isel(region=k)
        name = str(wide["region"].values[k]) if "region" in found.dims else ""
        where = f"{name}: " if name and regions > 1 else ""
        order, how = _order(part)
        for column in table.metrics:
            maps += _matrix(part, table, column, order, (k, regions), where)
        words.append(f"{where}{_odd(part)} {how}")
    return maps, words


def _order(part: xr.Dataset) -> tuple[list[int], str]:
    """Order of the images, and why it is that."""
    given = [*range(part.sizes["image"])]
    try:
        metric = directed(part)
        _, order = clustering(distances(part, metric))
    except (ValueError, ModuleNotFoundError):  # no direction, or no SciPy
        return given, "The matrix has the images in the order in which they were given."
    return order, (
        f"The matrix has images that are alike by {metric.label} side by side "
        "(average linkage)."
    )


def _odd(part: xr.Dataset) -> str:
    try:
        metric = directed(part)
        odd = odd_ones_out(part, metric.name)
    except ValueError as error:
        return f"None can be named: {error}."
    if not odd:
        return f"None by {metric.label}."
    return " ".join(f"{one.sentence}." for one in odd)


def _matrix(
    part: xr.Dataset,
    table: ReportTable,
    column: Column,
    order: list[int],
    region: tuple[int, int],
    where: str,
) -> list[HeatMap]:
    k, regions = region
    count = len(order)
    rows = np.full((count, count), -1)
    first, second = np.triu_indices(count, 1)
    rows[first, second] = np.arange(first.size) * regions + k
    rows = np.maximum(rows, rows.T)[np.ix_(order, order)]
    values = part[column.name].values.astype(np.float64)[np.ix_(order, order)]
    names = [str(part["image"].values[i]) for i in order]
    title = f"{where}{column.label} of all pairs"
    found = of_metric(column, title, names, names, rows, values)
    return [] if found is None else [found]
