"""Hold one named region of the image plane: a rectangle with a mask inside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError
from ..ground.types import Array
from .runs import Runs


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
    mask : bool array of shape (height, width), Runs or None
        The pixels inside the bounds; None means all of them. Of large outlines it is
        `runs.Runs`, of which `clip` makes what lies in an image.
    problem : str
        Why the region has no pixels (a line has no area, ...); empty if it has some.
    position : int
        The plane of a stack that the ROI is tied to, counted from 1; 0: every plane.
    c, z, t : int
        The channel, slice and frame that it is tied to, counted from 1; 0: every one.
        Where one of them is above 0, `position` is 0.
    plane_shape : tuple of int or None
        Height and width of the images that it was made for; None: of any size.
    object_id : str
        Which object of QuPath it is, as its tables have it; empty of others.
    """

    name: str
    x: int
    y: int
    width: int
    height: int
    mask: NDArray[np.bool_] | Runs | None = None
    problem: str = ""
    position: int = 0
    c: int = 0
    z: int = 0
    t: int = 0
    plane_shape: tuple[int, int] | None = None
    object_id: str = ""

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
        if isinstance(self.mask, Runs):
            return self.mask.size
        return int(np.count_nonzero(self.mask))

    def clip(
        self, height: int, width: int
    ) -> tuple[slice, slice, NDArray[np.bool_] | None] | None:
        """Cut the region to what lies inside an image.

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
        mask = None
        if self.mask is not None:
            part = (
                slice(top - self.y, bottom - self.y),
                slice(left - self.x, right - self.x),
            )
            mask = self.mask[part]
            if not mask.any():
                return None
        return slice(top, bottom), slice(left, right), mask

    def check(self, height: int, width: int) -> None:
        """Refuse images of another size than the region was made for.

        Raises
        ------
        RegionError
            If the region is of a mask, which has a size, and the images have another.
        """
        if self.plane_shape in (None, (height, width)):
            return
        rows, columns = self.plane_shape or (0, 0)
        raise RegionError(
            f"The mask {self.name!r} is {columns}×{rows} pixels, the images are "
            f"{width}×{height}: both must have the same width and height."
        )


def inside(
    region: Region | None,
    x: Array,
    y: Array,
    mask: Array | None,
    origin: tuple[int, ...],
) -> tuple[Array, Array, Array | None, tuple[int, int]] | None:
    """Cut out what a region has of a block: x, y, mask, and where that begins.

    Parameters
    ----------
    region : Region or None
        None: the whole block.
    x, y, mask : ndarray, (..., y, x)
        A block of the images, and of the mask if there is one.
    origin : tuple of int
        The (y, x) of the block's first pixel in the images.

    Returns
    -------
    (x, y, mask, origin) or None
        None where the region has no pixel of the block.
    """
    top, left = origin
    if region is None:
        return x, y, mask, (top, left)
    moved = replace(region, x=region.x - left, y=region.y - top)
    part = moved.clip(x.shape[-2], x.shape[-1])
    if part is None:
        return None
    rows, cols, shape = part
    x, y = x[..., rows, cols], y[..., rows, cols]
    if mask is not None:
        mask = mask[..., rows, cols]
    if shape is not None:
        mask = np.broadcast_to(shape, x.shape) if mask is None else mask & shape
    return x, y, mask, (top + rows.start, left + cols.start)


def position(region: Region | None, shape: tuple[int, int]) -> tuple[str, str]:
    """Return why a region cannot be compared, and a note on one that can; "" for none.

    Raises
    ------
    RegionError
        If the region was made for images of another size.
    """
    if region is None:
        return "", ""
    if region.problem:
        return region.problem, ""
    region.check(*shape)
    inside = region.clip(*shape)
    all_pixels = region.size
    if inside is None:
        return (
            f"{region.name} lies outside the images (its bounds are x={region.x}, "
            f"y={region.y}, {region.width}×{region.height}; the images are "
            f"{shape[1]}×{shape[0]})",
            "",
        )
    rows, cols, mask = inside
    left = (
        (rows.stop - rows.start) * (cols.stop - cols.start)
        if mask is None
        else int(np.count_nonzero(mask))
    )
    if left == all_pixels:
        return "", ""
    return "", f"partly outside the images: {left} of its {all_pixels} pixels compared"
