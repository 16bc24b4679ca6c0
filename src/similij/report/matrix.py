"""Say in a report how alike many images are: a matrix for each metric, the odd ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..matrix.distances import clustering, directed, distances, odd_ones_out
from .heat_map import HeatMap, of_metric
from .table import Column, ReportTable

if TYPE_CHECKING:
    import xarray as xr


def is_matrix(results: Any) -> bool:
    """Return whether these are results of `similij.pairwise`."""
    # By its dimensions and not by its type: xarray need not be imported to ask.
    return {"image", "image_2"} <= {*map(str, getattr(results, "sizes", ()))}


def matrix_maps(
    matrix: xr.Dataset, table: ReportTable
) -> tuple[list[HeatMap], list[str]]:
    """Make a matrix of each metric and region, with images that are alike side by side.

    Parameters
    ----------
    matrix : xarray.Dataset
        As `similij.pairwise` returns it.
    table : ReportTable
        Its rows, in the order of `similij.pairwise.rows`.

    Returns
    -------
    (maps, words)
        The heat maps; and what is to be said about the odd ones out of each region.
    """
    has_regions = "region" in matrix.dims
    wide = matrix if has_regions else matrix.expand_dims("region")
    regions = wide.sizes["region"]
    maps: list[HeatMap] = []
    words: list[str] = []
    for k in range(regions):
        part = wide.isel(region=k)
        name = str(wide["region"].values[k]) if has_regions else ""
        where = f"{name}: " if name and regions > 1 else ""
        # All metrics of a region in one order, so that maps can be held side by side.
        order, how = _order(part)
        for column in table.metrics:
            maps += _matrix(part, table, column, order, (k, regions), where)
        words.append(f"{where}{_odd(part)} {how}")
    return maps, words


def _order(part: xr.Dataset) -> tuple[list[int], str]:
    """Return the order of the images, and why it is that."""
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
        odd = odd_ones_out(part)
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
    """Make the heat map of one metric and region; empty where no cell has a value."""
    # Rows of the table are the pairs above the diagonal, line by line, and of each pair
    # all regions. Both halves lead to the same row, and the diagonal to none.
    k, regions = region
    count = len(order)
    rows = np.full((count, count), -1)
    first, second = np.triu_indices(count, 1)
    rows[first, second] = np.arange(first.size) * regions + k
    rows = np.maximum(rows, rows.T)[np.ix_(order, order)]
    values = part[column.name].values.astype(np.float64)[np.ix_(order, order)]
    names = [str(part["image"].values[i]) for i in order]
    title = f"{where}{column.label} of all pairs"
    heat_map = of_metric(column, title, names, names, rows, values)
    return [] if heat_map is None else [heat_map]
