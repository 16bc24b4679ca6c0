"""Write maps as TIFF files for ImageJ: colours, calibration, outlines.

The layout is ImageJ's own: one directory, then all planes, so that files beyond 4 GB
open there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...ground.writing import whole_file
from ...images.calibration import Calibration
from ...regions.outlines import MOST_LOOPS
from ..colors import rgb_of
from .map_files import MapPlanes, Plane

_COLOR_MAP = 320
"""TIFF's tag of a colour table."""

_LABEL_SIZE = 11
"""Points of the numbers in an overlay: ImageJ shows them as large at every zoom."""

_LARGE = (1 << 32) - (1 << 28)
"""Bytes beyond which a file has one directory only: 32 bits reach no second one."""


def write_imagej(
    path: Path,
    map_planes: MapPlanes,
    *,
    absolute: bool,
    lut: NDArray[np.uint8],
    limits: tuple[float, float],
    outline: str,
    mark: str,
    calibration: Calibration,
) -> None:
    """Write the planes as an ImageJ TIFF, one in memory at a time.

    Parameters
    ----------
    path : Path
        The file; replaced if it exists.
    map_planes : MapPlanes
        Planes of the map.
    absolute : bool
        Whether to write the absolute values.
    lut : ndarray of uint8, (3, 256)
        Red, green and blue of each of ImageJ's 256 steps.
    limits : (float, float)
        Display range.
    outline : str
        Colour of the outlines, as matplotlib names it.
    mark : str
        Colour of the places that verdicts name.
    calibration : Calibration
        Size of pixels and time between frames.
    """
    import tifffile

    order, (frames, slices), axes = map_planes.order()
    height, width = map_planes.shape

    def planes() -> Iterator[Plane]:
        for k in order:
            yield np.abs(map_planes.plane(k)) if absolute else map_planes.plane(k)

    metadata: dict[str, Any] = {
        "axes": axes,
        "min": limits[0],
        "max": limits[1],
        "mode": "grayscale",
    }
    labels = [map_planes.pages[k].words for k in order]
    if any(labels):
        metadata["Labels"] = labels
    overlay = overlay_of(map_planes, order, (frames, slices), outline)
    overlay += marks_of(map_planes, order, (frames, slices), mark)
    if overlay:
        metadata["Overlays"] = overlay
    size, resolution = calibration.pixel_size, None
    if size is not None:
        metadata["unit"] = _escaped(calibration.unit)
        resolution = tuple(1 / step for step in size[:2])
        if len(size) > 2:  # noqa: PLR2004 - x, y and z
            metadata["spacing"] = size[2]
    if calibration.frame_s is not None:
        metadata["finterval"] = calibration.frame_s
    # ImageJ takes the colours of a single channel from here, not from its own tag.
    colors = (_COLOR_MAP, 3, lut.size, lut.astype(np.uint16).ravel() * 257, True)
    with whole_file(path) as part:
        tifffile.imwrite(
            part,
            planes(),
            shape=(frames, slices, height, width),
            dtype=np.float32,
            imagej=True,
            resolution=resolution,
            metadata=metadata,
            software=False,
            truncate=4 * height * width * len(order) > _LARGE,
            extratags=[colors],
        )


def _escaped(unit: str) -> str:
    """Return a unit as ImageJ writes it: what is no ASCII as backslash, u, hex."""
    # Nor what ends a line, behind which it would be another property.
    return "".join(
        c if c.isascii() and c.isprintable() else f"\\u{ord(c):04x}" for c in unit
    )


def overlay_of(
    map_planes: MapPlanes, order: list[int], grid: tuple[int, int], color: str
) -> list[bytes]:
    """Return outlines as ROIs of an ImageJ overlay, tied to planes if these differ.

    Those that are numbered come by their numbers, since ImageJ labels a ROI with its
    place in the overlay.
    """
    argb = bytes([255, *rgb_of(color)])
    shared = all(
        page.outlines is map_planes.pages[0].outlines for page in map_planes.pages
    )
    drawn = [
        (outline.name, loop, None if shared else place)
        for place, k in enumerate(order[:1] if shared else order)
        for outline in map_planes.pages[k].outlines
        for loop in outline.loops
    ][:MOST_LOOPS]
    if map_planes.numbered:
        drawn.sort(key=lambda outline: int(outline[0].split(":")[0]))
    labelled = map_planes.numbered
    return [
        _roi(name, loop, at, grid, argb, labelled=labelled) for name, loop, at in drawn
    ]


def marks_of(
    map_planes: MapPlanes, order: list[int], grid: tuple[int, int], color: str
) -> list[bytes]:
    """Return the places that verdicts name as ROIs, each on its plane of several."""
    argb = bytes([255, *rgb_of(color)])
    return [
        _roi(mark.name, loop, place if len(order) > 1 else None, grid, argb,
             labelled=False)
        for place, k in enumerate(order)
        for mark in map_planes.pages[k].marks
        for loop in mark.loops
    ][:MOST_LOOPS]  # fmt: skip


def _roi(
    name: str,
    loop: Any,
    place: int | None,
    grid: tuple[int, int],
    argb: bytes,
    *,
    labelled: bool,
) -> bytes:
    from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

    where: dict[str, int] = {}
    if place is not None and min(grid) > 1:
        where = {"c": 0, "z": place % grid[1], "t": place // grid[1]}
    elif place is not None:
        where = {"position": place}
    roi = ImagejRoi.frompoints(loop, name=name, **where)
    # roifile takes points for pixels and makes the box one larger; these are corners.
    roi.right, roi.bottom = roi.right - 1, roi.bottom - 1
    roi.roitype = ROI_TYPE.TRACED
    labels = ROI_OPTIONS.OVERLAY_LABELS | ROI_OPTIONS.OVERLAY_BACKGROUNDS
    roi.options = roi.options | labels if labelled else roi.options & ~labels
    if labelled:
        roi.overlay_label_color = b"\xff\xff\xff\xff"
        roi.overlay_font_size = _LABEL_SIZE
    roi.stroke_color = argb
    encoded: bytes = roi.tobytes()
    return encoded
