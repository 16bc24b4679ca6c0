"""Write the files of the test set: calibrated TIFFs and zips of ROIs, as ImageJ does.

Zips carry a fixed date, so that the same outlines are the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.writing import whole_file
from .cells import EDGE, Cell, Floats

PIXEL_SIZE = 0.25  # µm
POLYGON_POINTS, FREEHAND_POINTS = 18, 150
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes each time
ROI_VERSION = 228  # of the format that today's ImageJ writes


def write_image(
    path: Path, image: Floats | NDArray[np.uint16], axes: str = "YX", **stack: float
) -> None:
    """Write a 16-bit ImageJ TIFF, calibrated in µm and with a display range.

    `stack` is what ImageJ knows of one besides: ``finterval`` in s, ``spacing`` in µm.
    """
    import tifffile

    pixels = np.clip(np.rint(image), 0, 65535).astype(np.uint16)
    metadata = {
        "axes": axes,
        "unit": "um",
        **stack,
        "min": float(pixels.min()),
        "max": float(pixels.max()),
    }
    resolution = (1 / PIXEL_SIZE, 1 / PIXEL_SIZE)
    with whole_file(path) as part:
        tifffile.imwrite(
            part, pixels, imagej=True, resolution=resolution, metadata=metadata
        )


def write_rois(path: Path, rois: Iterable[Any]) -> None:
    """Write ROIs into a zip as ImageJ's ROI Manager does, the same bytes each time."""
    with whole_file(path) as part, zipfile.ZipFile(part, "w") as file:
        for roi in rois:
            file.writestr(zipfile.ZipInfo(f"{roi.name}.roi", ZIP_DATE), roi.tobytes())


def polygon(cell: Cell) -> Any:
    """Return a polygon of few corners around a cell."""
    return _outlined("POLYGON", cell.outline(POLYGON_POINTS))


def freehand(cell: Cell) -> Any:
    """Return an outline as a hand draws it, corner by corner."""
    return _outlined("FREEHAND", cell.outline(FREEHAND_POINTS))


def oval(cell: Cell) -> Any:
    """Return the oval of a cell that is one, its axes along the image's."""
    a, b = cell.radius * cell.aspect - EDGE, cell.radius / cell.aspect - EDGE
    sides = (cell.x - a, cell.y - b, cell.x + a, cell.y + b)
    return _bounded("OVAL", *(round(side) for side in sides))


def _outlined(kind: str, corners: list[tuple[int, int]]) -> Any:
    """Return a ROI of corners, which its file counts from the corner of its box."""
    points = np.array(corners, dtype=np.int32)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    roi = _bounded(kind, int(left), int(top), int(right), int(bottom))
    roi.integer_coordinates = points - (left, top)
    roi.n_coordinates = len(points)
    return roi


def _bounded(kind: str, left: int, top: int, right: int, bottom: int) -> Any:
    """Return a ROI named by its centre, as ImageJ's ROI Manager names it."""
    import roifile

    roi = roifile.ImagejRoi(
        roitype=roifile.ROI_TYPE[kind],
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        version=ROI_VERSION,
    )
    y, x = top + (bottom - top) // 2, left + (right - left) // 2
    roi.name = f"{max(y, 0):04d}-{max(x, 0):04d}"
    return roi
