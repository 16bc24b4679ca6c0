"""Bring two images side by side that may be compared, or refuse them clearly.

NumPy arrays and memmaps, xarray DataArrays (aligned by the *names* of their
dimensions), dask arrays (read block by block), anything with `__array__`, and, where
Python hosts ImageJ, its images. Nothing here copies pixels.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array

if TYPE_CHECKING:
    import xarray as xr


ImageLike: TypeAlias = Any
"""A NumPy, dask or xarray array, or anything with `__array__`; or a Java image."""


TO_XARRAY = "similij.imagej.pixels:to_xarray"
"""The converter of ImageJ's images, by name: this wing knows nothing of Java."""


@dataclass(slots=True)
class Pair:
    """Two images of one shape, and perhaps a mask that broadcasts to it.

    Attributes
    ----------
    x, y : ndarray or dask array
        Pixels; the last two axes are (y, x) where there are two or more.
    mask : ndarray, dask array or None
        True where pixels are compared.
    names : tuple of str
        What rows and messages call the images.
    axes : tuple of (str, int)
        Names and lengths of the axes before (y, x), in their order, where an image has
        names of them.
    """

    x: Any
    y: Any
    mask: Any
    names: tuple[str, str]
    axes: tuple[tuple[str, int], ...] = ()

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Height and width of a plane; a line is one pixel high."""
        shape = (1, 1, *self.x.shape)
        return shape[-2], shape[-1]

    @property
    def planes(self) -> int:
        """How many (y, x) planes there are."""
        return math.prod(self.x.shape[:-2])

    @property
    def in_memory(self) -> bool:
        """Whether the pixels lie in memory, or in a file that is mapped into it."""
        return not (_is_dask(self.x) or _is_dask(self.y) or _is_dask(self.mask))

    def must_be_in_memory(self, what: str) -> None:
        """Refuse images that come in parts, for what looks at all pixels at once.

        Raises
        ------
        ImageError
            Saying that `what` needs them in memory, and how to load them.
        """
        if not self.in_memory:
            raise ImageError(
                f"{what} needs both images in memory, and they come in parts (dask): "
                "load them with .compute()."
            )

    def blocks(self) -> Iterator[tuple[Array, Array, Array | None, tuple[int, ...]]]:
        """Yield blocks of both images and the mask, and where each begins."""
        if self.in_memory:
            yield self.x, self.y, self.mask, (0,) * max(2, self.x.ndim)
            return
        import dask

        lead = self.x if _is_dask(self.x) else self.y
        if not _is_dask(lead):  # then the mask is, or all would be in memory
            lead = dask.array.broadcast_to(self.mask, self.x.shape)
        for index, origin in _grid(lead.chunks):
            mask = None if self.mask is None else _broadcast(self.mask, lead.shape)
            part = None if mask is None else mask[index]
            # Together, so that what both images are made of is computed once.
            x, y, part = dask.compute(self.x[index], self.y[index], part)
            yield x, y, part, origin


def prepare(
    x: ImageLike,
    y: ImageLike,
    mask: ImageLike | None = None,
    names: tuple[str, str] | None = None,
) -> Pair:
    """Bring two images side by side.

    Parameters
    ----------
    x, y : array-like
        The two images.
    mask : array-like of bool, optional
        Of their shape, or of their last axes.
    names : tuple of str, optional
        What to call the images; else their own names, else "image 1" and "image 2".

    Raises
    ------
    ImageError
        If types, dimensions, their names or sizes cannot be compared.
    """
    x, y = from_java(x), from_java(y)
    if names is None:
        names = names_of(x, y)
    # Plain arrays need no look for names, masks and chunks, a good part of what a
    # comparison of small images costs beside its pixels.
    if mask is None and _plain(x) and _plain(y) and x.shape == y.shape:
        return Pair(x, y, None, names)
    axes = tuple((leading_sizes(x) or leading_sizes(y)).items())
    x, y, mask = _by_name(x, y, mask, names)
    masks = [m for m in (_own_mask(x), _own_mask(y)) if m is not None]
    x, y = _array(x, names[0]), _array(y, names[1])
    # Types before shapes: whoever passes a path is told so, and not that one image has
    # no dimension.
    for image, name in ((x, names[0]), (y, names[1])):
        _check_type(image, name)
        _check_shape_known(image, name)
    if x.shape != y.shape:
        check_shapes(names, (x.shape, y.shape), (str(x.dtype), str(y.dtype)))
    if mask is not None:
        mask = _check_mask(mask, x.shape)
    # Last, since a masked array's own mask has the shape of the images already.
    for own in masks:
        mask = own if mask is None else own & mask
    return Pair(x, y, mask, (str(names[0]), str(names[1])), axes)


def _plain(image: Any) -> bool:
    """Whether this is an array that needs no other check: small ones come often."""
    return (
        type(image) is np.ndarray
        and image.dtype.kind in "buif"
        and image.dtype.itemsize <= 8  # noqa: PLR2004 - bytes
    )


def check_shapes(
    names: tuple[str, str],
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    types: tuple[str, str],
) -> None:
    """Refuse images of unequal shape, naming both.

    Raises
    ------
    ImageError
        If the shapes differ.
    """
    if shapes[0] == shapes[1]:
        return
    first, second = (
        f'"{name}" is {_size(shape)} ({kind})'
        for name, shape, kind in zip(names, shapes, types, strict=True)
    )
    if len(shapes[0]) != len(shapes[1]):
        raise ImageError(
            f"{first}, {second}: both images must have the same number of dimensions, "
            f"not {len(shapes[0])} and {len(shapes[1])}. Take one plane of the larger."
        )
    if shapes[0][-2:] != shapes[1][-2:]:
        raise ImageError(
            f"{first}, {second}: both images must have the same width and height. "
            "Crop or scale one of them first."
        )
    raise ImageError(
        f"{first}, {second}: both images must have the same number of planes. "
        "Take the same planes of both."
    )


def _size(shape: tuple[int, ...]) -> str:
    """Write a size in words: width×height, and the planes before them."""
    if not shape:
        return "a single number"
    if len(shape) == 1:
        return f"{shape[0]} pixels"
    planes = "×".join(str(s) for s in shape[:-2])
    size = f"{shape[-1]}×{shape[-2]} pixels"
    return f"{planes} plane{'' if planes == '1' else 's'} of {size}" if planes else size


def from_java(image: Any) -> Any:
    """Convert an image of a running ImageJ; leave everything else as it is."""
    # Not imported: where nobody has imported jpype, no image is one of Java.
    jpype = sys.modules.get("jpype")
    if jpype is not None and isinstance(image, jpype.JObject):
        module, _, function = TO_XARRAY.partition(":")
        return getattr(import_module(module), function)(image)
    return image


def name_of(image: Any, default: str) -> str:
    """Return the name of an image, or a default if it has none."""
    if isinstance(image, np.ndarray) or _is_dask(image):  # that is a hash of its graph
        return default
    return str(getattr(image, "name", None) or default)


def leading_sizes(image: Any) -> dict[str, int]:
    """Return the lengths of the axes that have a name, but y and x."""
    if not is_named(image):
        return {}
    return {str(d): int(n) for d, n in image.sizes.items() if d not in ("y", "x")}


def names_of(x: Any, y: Any) -> tuple[str, str]:
    """Return the names of two images; y is None where x is compared with itself."""
    return name_of(x, "image 1"), name_of(x if y is None else y, "image 2")


def is_named(image: Any) -> bool:
    """Whether this is a DataArray, without importing xarray (which takes a while)."""
    return not isinstance(image, (np.ndarray, NoneType)) and (
        hasattr(image, "dims") and hasattr(image, "coords") and hasattr(image, "data")
    )


def _is_dask(image: Any) -> bool:
    return not isinstance(image, (np.ndarray, NoneType)) and (
        hasattr(image, "dask") and hasattr(image, "chunks")
    )


def _by_name(x: Any, y: Any, mask: Any, names: tuple[str, str]) -> tuple[Any, Any, Any]:
    """Align DataArrays by the names of their dimensions; (y, x) come last.

    What has no names has the axes of the first that has some, in its order.
    """
    if is_named(x) and is_named(y) and set(x.dims) != set(y.dims):
        raise ImageError(
            f'"{names[0]}" has the dimensions {", ".join(map(str, x.dims))}, '
            f'"{names[1]}" has {", ".join(map(str, y.dims))}: both need the same '
            "names. Select with .isel(...) or rename with .rename(...)."
        )
    named = next((image for image in (x, y) if is_named(image)), None)
    if named is None:
        return x, y, mask.data if is_named(mask) else mask
    order = [d for d in named.dims if d not in ("y", "x")]
    order += [d for d in ("y", "x") if d in named.dims]
    if is_named(mask):
        mask = _mask_by_name(mask, named, order)
    elif mask is not None:
        mask = _array(mask)
        mask = mask[(None,) * (len(order) - mask.ndim)]
        mask = _in_order(mask, named.dims, order)
    return _in_order(x, named.dims, order), _in_order(y, named.dims, order), mask


def _in_order(image: Any, dims: tuple[Any, ...], order: list[Any]) -> Any:
    """Transpose axes named `dims`, or an image's own names, to `order`."""
    if is_named(image):
        return image.transpose(*order).data
    if [*dims] == order:
        return image
    if not isinstance(image, np.ma.MaskedArray):  # of which `_array` drops the mask
        image = _array(image)
    if image.ndim != len(order):
        return image  # refused later, with both shapes
    return image.transpose([dims.index(d) for d in order])


def _mask_by_name(mask: xr.DataArray, x: xr.DataArray, order: list[Any]) -> Any:
    unknown = [d for d in mask.dims if d not in x.dims]
    if unknown:
        raise ImageError(
            f"the mask has the dimension {unknown[0]}, the images have "
            f"{', '.join(map(str, x.dims))}: select with .isel(...) or rename it."
        )
    kept = [d for d in order if d in mask.dims]
    index = tuple(slice(None) if d in mask.dims else None for d in order)
    return mask.transpose(*kept).data[index]


def _own_mask(image: Any) -> Array | None:
    """Return which pixels a NumPy masked array leaves in; None for any other image."""
    return ~np.ma.getmaskarray(image) if isinstance(image, np.ma.MaskedArray) else None


def _array(image: Any, name: str = "the mask") -> Any:
    if _is_dask(image):
        return image
    try:
        return np.asarray(image)
    except ValueError as error:
        what = name if name == "the mask" else f'"{name}"'
        raise ImageError(
            f"{what} cannot be made an array, its rows are of unequal length: {error}"
        ) from None


def _check_shape_known(image: Any, name: str) -> None:
    if any(math.isnan(size) for size in image.shape):
        raise ImageError(
            f'"{name}" is a dask array of unknown shape {image.shape}: call its '
            ".compute_chunk_sizes() first."
        )


def _check_type(image: Any, name: str) -> None:
    if image.dtype.kind in "UO" and isinstance(image[()], (str, os.PathLike)):
        raise ImageError(
            f'"{name}" is the text {str(image)!r}, not an image: read it first, with '
            "similij.io.read_image(...).pixels."
        )
    if image.dtype.kind == "c":
        raise ImageError(
            f'"{name}" is complex ({image.dtype}): compare its .real, .imag or abs().'
        )
    if image.dtype.kind not in "buif" or image.dtype.itemsize > 8:  # noqa: PLR2004
        raise ImageError(
            f'"{name}" is of type {image.dtype}: images are of bool, integers of 8 to '
            "64 bits or floats of 16 to 64 bits. Convert it with .astype(...)."
        )


def _check_mask(mask: Any, shape: tuple[int, ...]) -> Any:
    mask = _array(mask)
    if mask.dtype != np.bool_:
        raise ImageError(
            f"the mask is of type {mask.dtype}: it must be bool. "
            "Pass mask > 0, or whatever you mean by inside."
        )
    fits = mask.ndim <= len(shape) and all(
        m in (1, s) for m, s in zip(mask.shape[::-1], shape[::-1], strict=False)
    )
    if not fits:
        raise ImageError(
            f"the mask is {_size(mask.shape)}, the images are {_size(shape)}: the mask "
            "must have their shape, or that of their last axes."
        )
    return mask


def _broadcast(array: Any, shape: tuple[int, ...]) -> Any:
    if _is_dask(array):
        import dask.array

        return dask.array.broadcast_to(array, shape)
    return np.broadcast_to(array, shape)


def _grid(
    chunks: tuple[tuple[int, ...], ...],
) -> Iterator[tuple[tuple[slice, ...], tuple[int, ...]]]:
    """Yield the index of every block, and where it begins."""
    starts = [np.concatenate([[0], np.cumsum(c)]).tolist() for c in chunks]
    for position in np.ndindex(*(len(c) for c in chunks)):
        index = tuple(
            slice(s[k], s[k + 1]) for s, k in zip(starts, position, strict=True)
        )
        begin = tuple(int(s.start) for s in index)
        yield index, (0,) * (2 - len(begin)) + begin
