"""Write regions, with what was measured of them, to files that other programs read."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..ground.errors import ImageError, RegionError
from ..ground.names import shown
from ..ground.public import public
from ..images.door import ImageLike, as_image
from ..metrics.registry import catalogue
from ..regions.read import as_regions
from ..regions.write import Canvas, Numbers, kind_of_file, write
from .table.columns import PAIR, fields, undefined
from .table.comparison import table_of


@public
def write_regions(
    path: str | os.PathLike[str],
    regions: Any,
    *,
    rows: Any = None,
    image: ImageLike | None = None,
) -> list[str]:
    """Write regions as ROIs for ImageJ, as GeoJSON for QuPath, or as a label image.

    Outlines run along the edges of pixels: whoever reads them, here or there, selects
    the very pixels. Names, holes, parts and planes are kept.

    Parameters
    ----------
    path : path
        The file; replaced if it exists. Its ending says what it becomes:

        * ``.zip``: a RoiSet, which ImageJ's ROI Manager opens.
        * ``.geojson`` or ``.json``: objects of QuPath, detections by kind, which it
          imports by *File, Import objects from file*. Those that were read of GeoJSON
          keep their IDs.
        * ``.tif`` or ``.tiff``: a label image, of 16 bits up to 65535 labels and else
          of 32. Labels keep their numbers; region k has the number k, by its place in
          what was given, or its own where all are called like "label 7".
    regions : as of `similij.compare`
        ROIs, masks, polygons, a label image, or the path of a file of those.
    rows : Comparison, DataFrame or iterable of mapping, optional
        Rows of one pair of images. In GeoJSON their numbers become the measurements of
        the objects that are called like their regions, behind the plane in brackets
        where an object has several rows. What is undefined or infinite is left out.
    image : path, Image or array-like, optional
        What the regions lie on. It is needed for a label image of ROIs, which do not
        know how large it is, and where a plane of a stack must be told to be a slice or
        a frame.

    Returns
    -------
    list of str
        A sentence for each region that was left out as it has no pixels.

    Raises
    ------
    RegionError
        If the ending is none of these, there is no region with pixels, or such a file
        cannot hold the regions: overlaps in a label image, or in GeoJSON regions of
        every slice beside those of one.
    ImageError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np, similij
    >>> cells = np.array([[1, 1, 0, 7], [1, 1, 0, 7]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "cells.zip"
    ...     left_out = similij.write_regions(file, cells)
    ...     [region.name for region in similij.regions.read_regions(file)]
    ['label 1', 'label 7']
    """
    file = Path(path)
    kind_of_file(file)
    chosen = as_regions(regions)
    canvas = Canvas()
    if image is not None:
        sizes = as_image(image).sizes
        if not {"y", "x"} <= {*sizes}:
            raise ImageError(
                f"image is {shown(image)}, with the axes {', '.join(sizes) or 'none'}: "
                "it must have y and x, as what regions lie on has."
            )
        shape = sizes.pop("y"), sizes.pop("x")
        sizes.pop("s", None)  # red, green and blue are no planes
        canvas = Canvas(shape, sizes)
        if chosen.labels is not None:
            chosen.labels.check(*shape)
            chosen = replace(chosen, labels=chosen.labels.with_axes(sizes))
    return write(file, chosen, canvas, _numbers(rows))


def _numbers(rows: Any) -> dict[str, list[Numbers]]:
    """Return what was measured of each region, by its name.

    Raises
    ------
    RegionError
        If the rows are of several pairs of images.
    """
    if rows is None:
        return {}
    table = table_of(rows)
    pairs = {tuple(str(row.get(name)) for name in PAIR) for row in table}
    if len(pairs) > 1:
        raise RegionError(
            f"The rows are of {len(pairs)} pairs of images, where the regions are of "
            "one: give those of that pair."
        )
    known = catalogue()
    names = ["n", "excluded", *(name for name in table.names if name in known)]
    labels = [field.label for field in fields(names, known.values())]
    numbers: dict[str, list[Numbers]] = {}
    for row in table:
        values = {
            label: math.nan if row.get(name) is None else float(row[name])
            for name, label in zip(names, labels, strict=True)
        }
        z, t = (None if undefined(row.get(a)) else int(row[a]) for a in "zt")
        one = Numbers(z, t, str(row.get("plane", "")), values)
        numbers.setdefault(str(row.get("region", "")), []).append(one)
    return numbers
