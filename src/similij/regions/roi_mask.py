"""Make the mask of an ImageJ ROI: bounds and pixels of each kind that has an area.

The pixels are those of ImageJ's ``Roi.getMask`` (1.54p), pixel for pixel, for the ROI
as ``RoiDecoder`` would read it from a file. A pixel belongs to a polygon when its
centre, (x + 0.5, y + 0.5), lies inside by the even-odd rule; a centre on an outline
belongs to the polygon on its left. This module knows no files and no images.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .polygon_fill import fill
from .roi_curves import (
    Floats,
    Path,
    along_pixel_edges,
    flatten,
    freehand_perimeter,
    perimeter,
    read_path,
    rounded_rectangle,
    spline,
    traced_perimeter,
)
from .runs import Runs, union

# Kinds and subtypes of ROIs, options and versions: numbered as in a .roi file.
_POLYGON, _RECTANGLE, _OVAL, _FREEHAND, _TRACED = 0, 1, 2, 7, 8
_TEXT, _ELLIPSE, _IMAGE, _ROTATED = 1, 3, 4, 5
_NO_AREA = {
    3: "a straight line",
    4: "a freehand line",
    5: "a segmented line",
    9: "an angle",
    10: "a point selection",
}
_SPLINE_FIT, _SUB_PIXEL = 1, 128

# File format versions from which RoiDecoder minds ...
_SPLINES_FROM, _LABELS_FROM, _IMAGES_FROM = 218, 218, 221
_SUB_PIXEL_FROM, _SUB_PIXEL_BOXES_FROM = 222, 223

_SMALLEST_INT = -5000
"""RoiDecoder takes 16-bit numbers below this for unsigned ones above 32767."""
_LARGEST_MASK = 2**31 - 1
"""Pixels in the largest mask that ImageJ can hold: one Java array."""
_LONGEST = 1 << 21
"""Rows or columns of an outline: its runs take memory for each, whatever the image. An
oval of 1×2,000,000,000 pixels, 128 bytes in a file, did not end within 100 s."""
_LARGE = 1 << 18
"""Pixels from which on a mask is not made until an image asks for its part."""
_SMALLEST_FLOAT = np.float32(1.4e-45)
"""Where ImageJ starts its search for the largest coordinate: bounds of an outline that
lies at negative coordinates reach to 0."""
_ELLIPSE_VERTICES = 72
"""Corners of the polygon that ImageJ makes of an ellipse: one every 5 degrees."""


class NoPixelsError(ValueError):
    """A ROI selects no pixels; the text is the rest of a sentence, after its name."""


class Raster(NamedTuple):
    """Pixels of a ROI: bounds in image pixels, and the mask inside (None: all).

    A large mask stays runs, of which that of an image's own pixels is made.
    """

    x: int
    y: int
    width: int
    height: int
    mask: NDArray[np.bool_] | Runs | None


class _Outline(NamedTuple):
    """One polygon: integer bounds, and vertices relative to the corner (left, top)."""

    x: int
    y: int
    width: int
    height: int
    left: float
    top: float
    xs: Floats
    ys: Floats

    def raster(self, *, bounded: bool = True) -> Raster:
        if bounded:
            _check_size(self.width, self.height)
        dx, dy = self.left - self.x, self.top - self.y
        runs = fill(self.xs, self.ys, self.width, self.height, dx, dy)
        return Raster(self.x, self.y, self.width, self.height, _mask(runs))


def rasterize(roi: Any) -> Raster:
    """Work out bounds and mask of a ``roifile.ImagejRoi``.

    Raises
    ------
    NoPixelsError
        If the ROI is of a kind without an area, or its outline makes no sense.
    """
    kind, subtype = int(roi.roitype), int(roi.subtype)
    # In the order of RoiDecoder: a composite says that it is a rectangle, and a label
    # or an image overlay do so, too.
    if roi.shape_roi_size > 0:
        if kind != _RECTANGLE:
            raise NoPixelsError(f"is a composite of the wrong kind ({kind})")
        return _composite(roi)
    if subtype == _TEXT and roi.version >= _LABELS_FROM:
        raise NoPixelsError("is a text label, which is not a region")
    if subtype == _IMAGE and roi.version >= _IMAGES_FROM:
        raise NoPixelsError("is an image overlay, which is not a region")
    if kind in (_RECTANGLE, _OVAL):
        return _box(roi)
    if kind in (_POLYGON, _FREEHAND, _TRACED):
        outline = _outline(roi, kind, subtype)
        if int(roi.options) & _SPLINE_FIT and roi.version >= _SPLINES_FROM:
            outline = _fitted(outline, kind, subtype, _is_sub_pixel(roi))
        return outline.raster()
    if kind in _NO_AREA:
        raise NoPixelsError(f"is {_NO_AREA[kind]}, which has no area")
    raise NoPixelsError(f"is of an unknown kind ({kind})")


def rasterize_polygon(points: NDArray[Any]) -> Raster:
    """Work out bounds and mask of a polygon with sub-pixel coordinates, shape (N, 2).

    Raises
    ------
    NoPixelsError
        If a coordinate is not a number, or the polygon is larger than ImageJ allows.
    """
    with np.errstate(over="ignore"):
        x, y = np.asarray(points, dtype=np.float32).T
    return _around(x, y).raster()


def rasterize_rings(polygons: Sequence[Sequence[NDArray[Any]]]) -> Raster:
    """Work out bounds and mask of polygons with holes, all of them together.

    Parameters
    ----------
    polygons : sequence of sequence of array, (n, 2)
        Of each polygon its outline and its holes, as x, y of corners, with sub-pixel
        coordinates. Finite.

    Returns
    -------
    Raster
        The pixels of any of them; of each by the even-odd rule.
    """
    outlines = [[np.asarray(ring, np.float32) for ring in rings] for rings in polygons]
    if len(outlines) == 1 and len(outlines[0]) == 1:
        return _around(*outlines[0][0].T).raster(bounded=False)
    points = np.concatenate([ring for rings in outlines for ring in rings])
    corner = np.floor(points.min(axis=0))
    width, height = map(int, np.ceil(points.max(axis=0)) - corner)
    separator = np.full((1, 2), np.nan, np.float32)
    parts = []
    for rings in outlines:
        path = [part for ring in rings for part in (separator, ring - corner)][1:]
        x, y = np.concatenate(path).T
        parts.append(fill(x, y, width, height))
    return Raster(int(corner[0]), int(corner[1]), width, height, _mask(union(parts)))


def _is_sub_pixel(roi: Any) -> bool:
    return bool(int(roi.options) & _SUB_PIXEL) and roi.version >= _SUB_PIXEL_FROM


def _int16(value: int) -> int:
    """Read a whole number as RoiDecoder reads its 16 bits: -5000 ... 60535."""
    value &= 0xFFFF
    return value - 0x10000 if value >= 0x10000 + _SMALLEST_INT else value


def _box(roi: Any) -> Raster:
    """Make a rectangle, a rounded rectangle or an oval: all from the bounds alone."""
    left, top = _int16(roi.left), _int16(roi.top)
    width, height = _int16(roi.right) - left, _int16(roi.bottom) - top
    if _is_sub_pixel(roi) and roi.version >= _SUB_PIXEL_BOXES_FROM:
        box = (roi.xd, roi.yd, roi.widthd, roi.heightd)
        if not all(map(math.isfinite, box)):
            raise NoPixelsError("has bounds that are not numbers")
        left, top = int(roi.xd), int(roi.yd)  # towards 0, as Java's (int)
        width, height = math.ceil(roi.widthd), math.ceil(roi.heightd)
    width, height = max(width, 1), max(height, 1)
    mask = None
    arc = _int16(roi.rounded_rect_arc_size)
    if int(roi.roitype) == _OVAL or arc > 0:
        _check_size(width, height)
    if int(roi.roitype) == _OVAL:
        mask = _mask(_oval(width, height))
    elif arc > 0:
        outline = flatten(rounded_rectangle(width, height, arc))
        mask = _mask(fill(*outline, width, height))
    return Raster(left, top, width, height, mask)


def _oval(width: int, height: int) -> Runs:
    """Select pixels whose centre is in the ellipse that fills the bounds, or on it.

    Of each row the first pixel inside is found by halving: the sum of the two squares
    grows, rounded as it is, with the distance from the middle.
    """
    a, b = width / 2, height / 2
    x, y = np.arange(width) - (a - 0.5), np.arange(height) - (b - 0.5)
    across, down = x * x / (a * a), y * y / (b * b)
    outside = np.full(height, -1)
    inside = np.full(height, (width - 1) // 2)  # a pixel of the middle
    rows = np.flatnonzero(across[inside] + down <= 1)
    outside, inside = outside[rows], inside[rows]
    while (inside - outside > 1).any():
        half = (inside + outside) // 2
        # Of a row that is done, `half` is `outside`, which may be -1: the last pixel,
        # and outside as the first one is.
        is_in = (across[half] + down[rows] <= 1) & (half > outside)
        inside, outside = np.where(is_in, half, inside), np.where(is_in, outside, half)
    return Runs((height, width), rows, inside, width - inside)


def _mask(runs: Runs) -> NDArray[np.bool_] | Runs:
    """Make the mask of runs, unless it is large."""
    height, width = runs.shape
    return runs if height * width > _LARGE else runs.mask()


def _composite(roi: Any) -> Raster:
    """Fill several parts, holes, curves: one path, by the even-odd rule."""
    if roi.multi_coordinates is None:
        raise NoPixelsError("is a composite without a path")
    try:
        kinds, points = read_path(np.asarray(roi.multi_coordinates, dtype=np.float32))
    except ValueError as error:
        raise NoPixelsError(str(error)) from None
    if not len(points):
        raise NoPixelsError("is a composite with an empty path")
    _check_finite(points)
    # Bounds of all points, ends of curves' arms too: so up to Java 18. Later ones are
    # tighter around curves; the pixels are the same.
    lowest = points.min(axis=0)
    extent = (points.max(axis=0) - lowest).astype(np.float32)
    corner = np.floor(lowest)
    width, height = map(int, np.ceil(lowest + extent) - corner)
    _check_size(width, height)
    inside = (points - corner).astype(np.float32).astype(np.float64)
    runs = fill(*flatten(Path(kinds, inside)), width, height)
    return Raster(int(corner[0]), int(corner[1]), width, height, _mask(runs))


def _outline(roi: Any, kind: int, subtype: int) -> _Outline:
    """Return the vertices of the kinds that are one polygon."""
    if roi.n_coordinates <= 0 or roi.integer_coordinates is None:
        raise NoPixelsError("has no points")
    if kind == _FREEHAND and subtype in (_ELLIPSE, _ROTATED):
        return _drawn_from_axis(roi, subtype)
    if _is_sub_pixel(roi) and roi.subpixel_coordinates is not None:
        x, y = np.asarray(roi.subpixel_coordinates, dtype=np.float32).T
        return _around(x, y)
    read = np.asarray(roi.integer_coordinates) & 0xFFFF
    read[read >= 0x10000 + _SMALLEST_INT] = 0  # RoiDecoder: negative, so taken for 0
    x, y = read.T
    left, top = int(x.min()), int(y.min())
    return _Outline(
        x=_int16(roi.left) + left,
        y=_int16(roi.top) + top,
        width=int(x.max()) - left,
        height=int(y.max()) - top,
        left=_int16(roi.left) + left,
        top=_int16(roi.top) + top,
        xs=(x - left).astype(np.float32),
        ys=(y - top).astype(np.float32),
    )


def _around(x: Floats, y: Floats) -> _Outline:
    """Make the outline of a sub-pixel polygon; vertices relative to its own corner."""
    _check_finite(x, y)
    left, top = x.min(), y.min()
    right = float(left) + float(max(x.max(), _SMALLEST_FLOAT) - left)
    bottom = float(top) + float(max(y.max(), _SMALLEST_FLOAT) - top)
    x0, y0 = math.floor(left), math.floor(top)
    return _Outline(
        x=x0,
        y=y0,
        width=math.ceil(right) - x0,
        height=math.ceil(bottom) - y0,
        left=float(left),
        top=float(top),
        xs=x - left,
        ys=y - top,
    )


def _drawn_from_axis(roi: Any, subtype: int) -> _Outline:
    """Draw an ellipse or a rotated rectangle along its axis, by a ratio or a width."""
    # The format has no field for that float: it lies over three others, one after
    # another.
    third = struct.pack(
        ">BBh",
        roi.arrow_style_or_aspect_ratio,
        roi.arrow_head_size,
        roi.rounded_rect_arc_size,
    )
    (parameter,) = struct.unpack(">f", third)
    dx, dy = roi.x2 - roi.x1, roi.y2 - roi.y1
    length = math.sqrt(dx * dx + dy * dy)
    if not (math.isfinite(length) and math.isfinite(parameter) and length > 0):
        raise NoPixelsError("has an axis without a length")
    if subtype == _ELLIPSE:
        ratio = min(max(parameter, 0.0), 1.0)
        angle = np.arange(_ELLIPSE_VERTICES) * (2 * math.pi / _ELLIPSE_VERTICES)
        along, across = np.cos(angle) * length / 2, np.sin(angle) * length * ratio / 2
        turned = np.arctan2(across, along) + math.atan2(dy, dx)
        radius = np.sqrt(along * along + across * across)
        x = (roi.x1 + roi.x2) / 2 + np.cos(turned) * radius
        y = (roi.y1 + roi.y2) / 2 + np.sin(turned) * radius
    else:
        sx, sy = 0.5 * parameter * dy / length, -0.5 * parameter * dx / length
        x = np.array([roi.x1 + sx, roi.x2 + sx, roi.x2 - sx, roi.x1 - sx])
        y = np.array([roi.y1 + sy, roi.y2 + sy, roi.y2 - sy, roi.y1 - sy])
    xs, ys = x.astype(np.float32), y.astype(np.float32)
    x0, y0 = math.floor(xs.min()), math.floor(ys.min())
    return _Outline(
        x=x0,
        y=y0,
        width=int(max(xs.max(), _SMALLEST_FLOAT) - np.float32(x0) + np.float64(0.5)),
        height=int(max(ys.max(), _SMALLEST_FLOAT) - np.float32(y0) + np.float64(0.5)),
        left=x0,
        top=y0,
        xs=xs - np.float32(x0),
        ys=ys - np.float32(y0),
    )


def _fitted(outline: _Outline, kind: int, subtype: int, sub_pixel: bool) -> _Outline:
    """Make the outline of the spline through the vertices, as ImageJ's *Fit Spline*."""
    x, y = outline.xs, outline.ys
    if kind == _TRACED:
        length = 0.0 if sub_pixel else traced_perimeter(x, y)  # undefined in ImageJ
    elif kind == _FREEHAND and subtype != _ROTATED:
        length = freehand_perimeter(x, y)
    elif kind == _POLYGON and along_pixel_edges(x, y):
        length = traced_perimeter(x, y)
    else:
        length = perimeter(x, y)
    x, y = spline(x, y, length)
    return _around(x + np.float32(outline.left), y + np.float32(outline.top))


def _check_finite(*arrays: NDArray[Any]) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise NoPixelsError("has points whose coordinates are not numbers")


def _check_size(width: int, height: int) -> None:
    if width * height > _LARGEST_MASK:
        raise NoPixelsError(
            f"is {width}×{height} pixels large, more than ImageJ itself can select"
        )
    if max(width, height) > _LONGEST:
        raise NoPixelsError(
            f"is {width}×{height} pixels large, and no more than {_LONGEST} rows or "
            "columns of an outline are followed"
        )
