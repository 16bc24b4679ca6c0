"""Make a region of one shape: of a ROI of ImageJ, a polygon, or a mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..ground.errors import RegionError
from ..ground.public import public
from ..images.door import as_beside
from ..images.image import Image
from .region import Region

if TYPE_CHECKING:
    from roifile import ImagejRoi

    from .roi_mask import Raster


_CORNERS = 3
"""Vertices that a polygon has at least."""


@public
def from_roi(roi: ImagejRoi, name: str | None = None) -> Region:
    """Make a region of the pixels that ImageJ selects with a ROI.

    Rectangles, rounded rectangles, ovals, ellipses, rotated rectangles, polygons,
    freehand and traced outlines, sub-pixel and spline-fitted ones, and composites have
    pixels. Any other kind gives a region whose ``problem`` says why it has none.

    Parameters
    ----------
    roi : roifile.ImagejRoi
        A ROI as read by, or made with, roifile.
    name : str, optional
        The region's name; otherwise the ROI's own, or "roi" if it has none.

    Returns
    -------
    Region
        With the stack position that ImageJ gives to the ROI.

    Notes
    -----
    Checked pixel by pixel against ImageJ 1.54p, ``RoiDecoder`` and ``Roi.getMask``.

    Examples
    --------
    >>> from roifile import ImagejRoi, ROI_TYPE
    >>> oval = ImagejRoi(roitype=ROI_TYPE.OVAL, left=7, top=2, right=11, bottom=5)
    >>> from_roi(oval, "cell").mask.astype(int)
    array([[0, 1, 1, 0],
           [1, 1, 1, 1],
           [0, 1, 1, 0]])
    """
    from .roi_mask import rasterize

    name = str(roi.name or "roi") if name is None else name
    position, c, z, t = _place(roi)
    region = drawn(name, rasterize, roi)
    return replace(region, position=position, c=c, z=z, t=t)


@public
def from_polygon(vertices: ArrayLike, name: str = "polygon") -> Region:
    """Make a region of the pixels that ImageJ selects with a polygon.

    Parameters
    ----------
    vertices : array-like of shape (N, 2)
        Corners (x, y) in pixels, N of 3 or more; the first need not be repeated. The
        centre of the first pixel is (0.5, 0.5).
    name : str
        The region's name.

    Returns
    -------
    Region
        As of an ImageJ polygon with sub-pixel coordinates; with a ``problem`` if it has
        no pixel.

    Raises
    ------
    RegionError
        If the array is of another shape.

    Examples
    --------
    >>> from_polygon([(0, 0), (3, 0), (0, 3)]).mask.astype(int)
    array([[1, 1, 1],
           [1, 1, 0],
           [1, 0, 0]])
    """
    from .roi_mask import rasterize_polygon

    try:
        points = np.asarray(vertices)
    except ValueError:  # rows of unequal length
        points = np.array(None)
    kind = points.dtype.kind
    if kind not in "uif" or points.shape[1:] != (2,) or len(points) < _CORNERS:
        raise RegionError(
            f"The polygon {name!r} has the shape {points.shape} and type "
            f"{points.dtype}: it must be an array of shape (N, 2), the x and y of at "
            "least 3 corners."
        )
    return drawn(name, rasterize_polygon, points)


@public
def from_mask(mask: ArrayLike, name: str = "mask") -> Region:
    """Make a region of the pixels that are True.

    Parameters
    ----------
    mask : array-like of bool, of shape (y, x)
        Of the size of the images; a DataArray may have its axes in any order.
    name : str
        The region's name.

    Returns
    -------
    Region
        Cut to the rectangle that holds its pixels; with a ``problem`` if it has none.

    Raises
    ------
    RegionError
        If the array is not two-dimensional, or not bool.

    Examples
    --------
    >>> import numpy as np
    >>> spot = from_mask(np.arange(12).reshape(3, 4) == 6, "spot")
    >>> spot.x, spot.y, spot.size, spot.plane_shape
    (2, 1, 1, (3, 4))
    """
    pixels = np.asarray(by_name(mask)[0])
    if pixels.dtype != np.bool_ or pixels.ndim != 2:  # noqa: PLR2004 - (y, x)
        raise RegionError(
            f"The mask {name!r} has the shape {pixels.shape} and type {pixels.dtype}: "
            "it must be bool, with the axes (y, x). A label image is passed by itself."
        )
    rows, columns = (np.flatnonzero(pixels.any(axis=axis)) for axis in (1, 0))
    size = (pixels.shape[0], pixels.shape[1])
    if not len(rows):
        problem = f"{name} selects no pixel: the mask is False everywhere"
        return Region(name, 0, 0, 0, 0, problem=problem, plane_shape=size)
    top, left = int(rows[0]), int(columns[0])
    cut = pixels[top : rows[-1] + 1, left : columns[-1] + 1].copy()
    height, width = cut.shape
    return Region(name, left, top, width, height, cut, plane_shape=size)


def drawn(name: str, rasterize: Callable[[Any], Raster], outline: Any) -> Region:
    """Make a region of an outline; with a `problem` where that cannot be done.

    One odd ROI among hundreds must not keep the others from being compared.
    """
    from .roi_mask import NoPixelsError

    try:
        # Coordinates of 1e38 overflow where ImageJ's would, too; what is infinite then
        # is refused, and NumPy's warning would only name a line of this program.
        with np.errstate(all="ignore"):
            raster = rasterize(outline)
    except NoPixelsError as reason:
        return Region(name, 0, 0, 0, 0, problem=f"{name} {reason}")
    except (TypeError, ValueError, ArithmeticError, MemoryError) as error:
        return Region(name, 0, 0, 0, 0, problem=f"{name} cannot be used: {error}")
    region = Region(name, *raster)
    if region.size == 0:
        problem = f"{name} is too small or too thin to select a pixel"
        region = replace(region, problem=problem)
    return region


def _place(roi: Any) -> tuple[int, int, int, int]:
    """Read the stack position as RoiDecoder sets it: of a hyperstack, or of a stack."""
    c, z, t = (max(int(getattr(roi, f"{axis}_position")), 0) for axis in "czt")
    position = 0 if c or z or t else max(int(roi.position), 0)
    return position, c, z, t


def is_named(array: Any) -> bool:
    """Whether this is an Image or a DataArray, without importing xarray."""
    has_names = hasattr(array, "dims") and hasattr(array, "transpose")
    return has_names or isinstance(array, Image)


def by_name(array: Any) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """Return pixels and the names of their axes, if they have some; (y, x) come last.

    The pixels of a dask array are left where they are. What an `Image` leaves out is 0,
    which is no object.
    """
    image = as_beside(array)
    if image.inside is not None:
        pixels = image.pixels
        left = np.where(image.inside, pixels, pixels.dtype.type(0))
        image = replace(image, pixels=left, inside=None)
    if image.assumed:
        return image.pixels, None
    if not {"y", "x"} <= {*image.axes}:
        raise RegionError(
            f'"{image.title or "the array"}" has the axes {", ".join(image.axes)}: '
            "those of the plane must be called y and x. Give their names, e.g. "
            "similij.Image(pixels, axes='zyx')."
        )
    image = image.in_order((*image.leading, "y", "x"))
    return image.pixels, image.axes
