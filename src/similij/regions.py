"""Which pixels: named regions of the image plane, from ImageJ ROIs.

A region is a rectangle of the (y, x) plane with a mask inside it. ROIs come from
``.roi`` files and ``RoiSet.zip`` archives, or as ``roifile.ImagejRoi``; the pixels they
select are those of ImageJ's own ``Roi.getMask``, pixel for pixel. The stack position
that a ROI may carry is not used here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from similij._roifiles import RegionError, read_rois

if TYPE_CHECKING:
    from roifile import ImagejRoi

    RegionLike: TypeAlias = str | os.PathLike[str] | ImagejRoi | "Region"

__all__ = ["Region", "RegionError", "from_roi", "read_regions"]


@dataclass(frozen=True, eq=False)
class Region:
    """Pixels of one named region in the (y, x) plane.

    Attributes
    ----------
    name : str
        What the region's rows are called.
    x, y : int
        Left column and top row of the bounds, in image pixels; may be negative, and
        the bounds may lie outside the image.
    width, height : int
        Size of the bounds in pixels.
    mask : bool array of shape (height, width), or None
        The pixels inside the bounds; None means all of them.
    problem : str
        Why the region has no pixels (a line has no area, ...); empty if it has some.
    """

    name: str
    x: int
    y: int
    width: int
    height: int
    mask: NDArray[np.bool_] | None = None
    problem: str = ""

    def __post_init__(self) -> None:
        if self.mask is not None and self.mask.shape != (self.height, self.width):
            raise RegionError(
                f"Region {self.name!r} has a mask of shape {self.mask.shape} for "
                f"bounds of {self.height} rows × {self.width} columns: make both "
                "the same."
            )

    @property
    def size(self) -> int:
        """Number of pixels, wherever they lie; 0 for a region with a problem."""
        if self.problem:
            return 0
        if self.mask is None:
            return self.width * self.height
        return int(np.count_nonzero(self.mask))

    def clip(
        self, height: int, width: int
    ) -> tuple[slice, slice, NDArray[np.bool_] | None] | None:
        """Part of the region that lies inside an image.

        Parameters
        ----------
        height, width : int
            Rows and columns of the image.

        Returns
        -------
        (rows, columns, mask) or None
            Slices for the image's (y, x) plane, and the mask for the pixels they cut
            out (None: all of them). None where no pixel lies inside.

        Examples
        --------
        >>> import numpy as np
        >>> image = np.arange(12).reshape(3, 4)
        >>> corner = Region("corner", x=-1, y=1, width=3, height=9)
        >>> rows, columns, mask = corner.clip(3, 4)
        >>> image[rows, columns].tolist(), mask
        ([[4, 5], [8, 9]], None)
        """
        if self.problem:
            return None
        top, bottom = max(self.y, 0), min(self.y + self.height, height)
        left, right = max(self.x, 0), min(self.x + self.width, width)
        if top >= bottom or left >= right:
            return None
        mask = self.mask
        if mask is not None:
            mask = mask[top - self.y : bottom - self.y, left - self.x : right - self.x]
            if not mask.any():
                return None
        return slice(top, bottom), slice(left, right), mask


def from_roi(roi: ImagejRoi, name: str | None = None) -> Region:
    """Region of the pixels that ImageJ selects with a ROI.

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
    from similij._roimask import NoPixelsError, rasterize

    name = str(roi.name or "roi") if name is None else name
    try:
        raster = rasterize(roi)
    except NoPixelsError as reason:
        return Region(name, 0, 0, 0, 0, problem=f"{name} {reason}")
    except (TypeError, ValueError, ArithmeticError, MemoryError) as error:
        return Region(name, 0, 0, 0, 0, problem=f"{name} cannot be used: {error}")
    region = Region(name, *raster)
    if region.size == 0:
        problem = f"{name} is too small or too thin to select a pixel"
        region = replace(region, problem=problem)
    return region


def read_regions(rois: RegionLike | Iterable[RegionLike]) -> list[Region]:
    """Regions of ROI files, ROIs and regions, in order.

    Parameters
    ----------
    rois : path, roifile.ImagejRoi, Region, or an iterable of those
        A ``.roi`` file, a ``RoiSet.zip``, or what is read already.

    Returns
    -------
    list of Region
        Named as the entry in the archive or the file, without ``.roi``; as the
        ImagejRoi, or "roi 1", "roi 2", ... by its place; or as the Region. A name that
        occurs again becomes "cell (2)", "cell (3)", ... A ROI that cannot be read
        inside an archive that can, or that has no area, is a region with a ``problem``.

    Raises
    ------
    RegionError
        If a file is missing, broken, cut short, empty, or not of ImageJ; or if
        something else than the above was given.

    Examples
    --------
    >>> nucleus, again = read_regions([Region("nucleus", 3, 4, 20, 10)] * 2)
    >>> again.name
    'nucleus (2)'
    """
    regions: list[Region] = []
    for item in _each(rois):
        if isinstance(item, Region):
            regions.append(item)
        elif isinstance(item, (str, os.PathLike)):
            regions.extend(_from_file(os.fspath(item)))
        elif hasattr(item, "roitype"):
            regions.append(from_roi(item, item.name or f"roi {len(regions) + 1}"))
        else:
            raise RegionError(_not_a_region(item))
    return _with_distinct_names(regions)


def _from_file(path: str) -> Iterator[Region]:
    for name, roi in read_rois(path):
        if isinstance(roi, str):
            yield Region(name, 0, 0, 0, 0, problem=f"{name} {roi}")
        else:
            yield from_roi(roi, name)


def _each(rois: Any) -> Iterator[Any]:
    single = isinstance(rois, (str, os.PathLike, Region)) or hasattr(rois, "roitype")
    if single:
        return iter([rois])
    if isinstance(rois, (np.ndarray, bytes)) or not isinstance(rois, Iterable):
        raise RegionError(_not_a_region(rois))
    return iter(rois)


def _not_a_region(item: object) -> str:
    return (
        f"A region cannot be made from {type(item).__name__}: give the path of a .roi "
        "or RoiSet.zip file, a roifile.ImagejRoi or a similij Region; pixels chosen by "
        "an array go into mask=..."
    )


def _with_distinct_names(regions: list[Region]) -> list[Region]:
    given = {region.name for region in regions}
    used: set[str] = set()
    distinct = []
    for region in regions:
        name, count = region.name, 1
        while name in used or (count > 1 and name in given):
            count += 1
            name = f"{region.name} ({count})"
        used.add(name)
        distinct.append(region if count == 1 else replace(region, name=name))
    return distinct
