"""Write what `similij pairwise` and ImageJ's matrix leave on disk: tables, pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...ground.types import Array
from ...ground.writing import make_folder, whole_file
from ...matrix.distances import directed, odd_by_region, sentences
from ...matrix.pairwise import rows
from ...measure.table.columns import columns
from ...measure.table.csv import as_csv, heading, lines_of
from ...metrics.registry import chosen
from ..processes import drawn

if TYPE_CHECKING:
    import xarray as xr


_LOW, _HIGH = 1, 99
"""Percentiles of all images together that small pictures show from black to white."""

_SMALL = 128
"""Pixels along the longer side of a small picture."""


class Written(NamedTuple):
    """Files that were written, and the words for a user.

    Attributes
    ----------
    tables, pictures : list of Path
        CSV and NetCDF files; PNG files.
    words : list of str
        The odd ones out, in sentences; or that there are none.
    """

    tables: list[Path]
    pictures: list[Path]
    words: list[str]


def write_matrix(
    result: xr.Dataset,
    folder: str | os.PathLike[str],
    images: Sequence[Any] | None = None,
    *,
    raw: bool = False,
    processes: int = 1,
) -> Written:
    """Write a result of `similij.pairwise` as tables and pictures.

    Parameters
    ----------
    result : xarray.Dataset
        The result.
    folder : path
        Receives `pairs.csv` (a row for each pair), `<metric>.csv` (a square each),
        `matrix.nc` (NetCDF, all of it), `odd.csv`, and of the first metric with a
        direction `matrix.png` and `map.png`; with several regions, `<region>_` before
        the names of squares and pictures.
    images : sequence, optional
        The images, for small pictures on the map: arrays (..., y, x), or paths.
    raw : bool
        Whether text in tables stays as it is, also where a spreadsheet takes it for a
        formula.
    processes : int
        How many draw at a time, where there are many regions.

    Returns
    -------
    Written

    Raises
    ------
    ImageError
        If the folder cannot be written.
    """
    place = Path(folder)
    make_folder(place)
    metrics = chosen([str(name) for name in result.attrs["metrics"].split(",")])
    pairs = _write_rows(place / "pairs.csv", columns(metrics), rows(result), raw)
    tables = [pairs]
    by_region = _by_region(result)
    for prefix, of_region in by_region:
        for metric in metrics:
            tables.append(
                _write_square(
                    place / f"{prefix}{metric.name}.csv", of_region, metric.name, raw
                )
            )
    tables.append(_write_netcdf(result, place / "matrix.nc"))
    pictures: list[Path] = []
    try:
        metric_drawn = directed(result)
    except ValueError as error:
        return Written(tables, [], [f"No picture: {error}."])
    thumbnails = None if images is None else _Thumbnails(images)
    tasks = [
        (kind, of_region, metric_drawn.name, place / f"{prefix}{kind}.png")
        for prefix, of_region in by_region
        for kind in ("matrix", "map")
    ]
    pictures += drawn(_draw, tasks, thumbnails, processes=processes)
    odd = [_odd_row(region, odd_one) for region, odd_one in odd_by_region(result)]
    tables.append(_write_rows(place / "odd.csv", _ODD, odd, raw))
    none = [f"No image is an odd one out by {metric_drawn.label}."]
    return Written(tables, pictures, sentences(result) or none)


_ODD = [
    *("region", "image", "metric", "typical"),
    *("others_lowest", "others_median", "others_highest", "score"),
]


def _odd_row(region: str, odd: Any) -> dict[str, Any]:
    values = (region, odd.image, odd.metric, odd.typical, *odd.others, odd.score)
    return dict(zip(_ODD, values, strict=True))


def _by_region(result: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    """Return each region's result by itself, with what its files begin with."""
    if "region" not in result.dims:
        return [("", result)]
    results = []
    for k, region in enumerate(result["region"].values):
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in str(region))
        results.append((f"{safe}_", result.isel(region=k)))
    return results


def _write_rows(
    path: Path,
    names: Sequence[str],
    rows_of_table: Iterable[dict[str, Any]],
    raw: bool,
) -> Path:
    with whole_file(path) as part:
        part.write_bytes(heading(names) + lines_of(rows_of_table, names, raw=raw))
    return path


def _write_square(path: Path, result: xr.Dataset, metric: str, raw: bool) -> Path:
    names = [str(name) for name in result["image"].values]
    lines = [["", *names]]
    for name, line in zip(names, result[metric].values.tolist(), strict=True):
        lines.append([name, *("" if v != v else v for v in line)])  # noqa: PLR0124
    with whole_file(path) as part:
        part.write_bytes(as_csv(lines, raw=raw).encode("utf-8"))
    return path


def _write_netcdf(result: xr.Dataset, path: Path) -> Path:
    # NetCDF 3 has no text of any length: notes become text of one length, as which they
    # are read back.
    with whole_file(path) as part:
        result.assign(note=result["note"].astype(str)).to_netcdf(part, engine="scipy")
    return path


def _draw(
    task: tuple[str, xr.Dataset, str, Path], thumbnails: _Thumbnails | None
) -> Path:
    from ..matrix import plot_images_map, plot_matrix

    kind, result, metric, path = task
    if kind == "matrix":
        plot_matrix(result, metric, path)
    else:
        plot_images_map(result, metric, path, thumbnail=thumbnails)
    return path


class _Thumbnails:
    """Make small pictures of images, all in the same contrast."""

    def __init__(self, images: Sequence[Any]) -> None:
        self._small = [_small(image) for image in images]
        values = np.concatenate([small.reshape(-1) for small in self._small])
        values = values[np.isfinite(values)]
        ends = np.percentile(values, (_LOW, _HIGH)) if values.size else (0.0, 1.0)
        self._low, self._high = float(ends[0]), float(ends[1])

    def __call__(self, k: int) -> Array:
        span = max(self._high - self._low, 1e-300)
        brightness: Array = np.clip((self._small[k] - self._low) / span, 0.0, 1.0)
        return brightness


def _small(image: Any) -> Array:
    """Return every k-th pixel of an image's middle plane."""
    from ...images.color import in_color
    from ...images.door import as_image

    image = as_image(image)
    pixels = np.asarray(in_color(image, "luminance" if "s" in image.axes else "", ""))
    # The middle of each leading axis: the ends of a stack are often out of focus.
    while pixels.ndim > 2:  # noqa: PLR2004 - (y, x)
        pixels = pixels[len(pixels) // 2]
    step = max(1, max(pixels.shape) // _SMALL)
    return np.atleast_2d(pixels)[::step, ::step].astype(np.float64)
