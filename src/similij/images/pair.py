"""Bring two images side by side that may be compared, or refuse them clearly.

Axes are aligned by name, types and shapes are checked, masks are brought to the images.
Nothing here copies pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import distinct, readable
from ..ground.types import Array
from .axes import WORDS
from .color import in_color
from .door import ImageLike, as_image, as_mask
from .image import Image, broadcast, is_dask
from .meaning import check_units
from .places import check_places

__all__ = ["ImageLike", "Pair", "aligned", "check_shapes", "names_of", "prepare"]


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
    overlap : bool
        Whether the mask is nobody's, but of the pixels that both images have, one of
        which was moved.
    """

    x: Any
    y: Any
    mask: Any
    names: tuple[str, str]
    axes: tuple[tuple[str, int], ...] = ()
    overlap: bool = False

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
        if type(self.x) is np.ndarray is type(self.y) and self.mask is None:
            return True  # nearly all comparisons
        return not (is_dask(self.x) or is_dask(self.y) or is_dask(self.mask))

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

        lead = self.x if is_dask(self.x) else self.y
        if not is_dask(lead):  # then the mask is, or all would be in memory
            lead = broadcast(self.mask, self.x.shape)
        for index, origin in _grid(lead.chunks):
            mask = None if self.mask is None else broadcast(self.mask, lead.shape)
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
    x, y : Image, or what `door.as_image` takes
        The two images.
    mask : Image or array-like of bool, or path, optional
        Of their shape, or of their last axes.
    names : tuple of str, optional
        What to call the images; else their own names, else "image 1" and "image 2".

    Raises
    ------
    ImageError
        If types, dimensions, their names or sizes cannot be compared.
    """
    # Plain arrays need no look for names, masks and chunks, a good part of what a
    # comparison of small images costs beside its pixels.
    if mask is None and is_plain(x) and is_plain(y) and x.shape == y.shape:
        return Pair(x, y, None, names or ("image 1", "image 2"))
    one = x if type(x) is Image else as_image(x, "image 1")
    two = y if type(y) is Image else as_image(y, "image 2")
    if names is None:
        names = names_of(one, two)
    # Types before shapes: whoever passes text in place of numbers is told so, and not
    # that one image has no dimension.
    for image, name in ((one, names[0]), (two, names[1])):
        _check_type(image, name)
    check_units(names, (one.unit, two.unit))
    one, two = in_color(one, "", names[0]), in_color(two, "", names[1])
    beside = None if mask is None else mask_beside(mask, one, two)
    one, two = aligned(one, two, names)
    if one.shape != two.shape:
        check_shapes(names, (one.shape, two.shape), (str(one.dtype), str(two.dtype)))
    inside = None if beside is None else _broadcasting(beside, one)
    # Last, since a masked array's own mask has the shape of the images already.
    for own in (one.inside, two.inside):
        if own is not None:
            inside = own if inside is None else own & inside
    axes = () if one.assumed else tuple(one.leading.items())
    return Pair(one.pixels, two.pixels, inside, (str(names[0]), str(names[1])), axes)


def is_plain(image: Any) -> bool:
    """Whether this is an array that needs no other check: small ones come often."""
    return (
        type(image) is np.ndarray
        and image.dtype.kind in "buif"
        and image.dtype.itemsize <= 8  # noqa: PLR2004 - bytes
        # (y, x, 3) of bytes is perhaps a colour image
        and (image.ndim != 3 or image.shape[2] > 4 or image.dtype != np.uint8)  # noqa: PLR2004
    )


def aligned(one: Image, two: Image, names: tuple[str, str]) -> tuple[Image, Image]:
    """Give both images the same axes in the same order, (y, x) last.

    An axis of one plane that only one of them has is left out. Axes without names are
    those of the other image, in its order.

    Raises
    ------
    ImageError
        If they have different axes.
    """
    if one.assumed and two.assumed:
        return one, two
    check_places(one, two, names)
    if one.assumed or two.assumed:
        one, two = with_shared_names(one, two)
    elif one.axes != two.axes:
        one, two = _without_single(one, two), _without_single(two, one)
        if {*one.axes} != {*two.axes}:
            raise ImageError(_other_axes(one, two, names))
    order = in_memory_order(one)
    if {*one.axes} == {*two.axes} and not (one.assumed and two.assumed):
        return one.in_order(order), two.in_order(order)
    return one, two  # refused for their shapes, with both


def with_shared_names(one: Image, two: Image) -> tuple[Image, Image]:
    """Give an image without names of axes those of the other, where it has as many."""
    if one.assumed == two.assumed or one.ndim != two.ndim:
        return one, two
    axes = (two if one.assumed else one).axes
    return one.renamed(axes), two.renamed(axes)


def in_memory_order(image: Image) -> list[str]:
    """Return its axes with y and x last."""
    order = [axis for axis in image.axes if axis not in ("y", "x")]
    return order + [axis for axis in ("y", "x") if axis in image.axes]


def _without_single(image: Image, other: Image) -> Image:
    single = {d: 0 for d, n in image.leading.items() if n == 1 and d not in other.axes}
    return image.isel(single)


def _other_axes(one: Image, two: Image, names: tuple[str, str]) -> str:
    first, second = (
        f'"{name}" is a stack over {", ".join(_words(image))}'
        if image.leading
        else f'"{name}" is a single plane'
        for image, name in zip((one, two), names, strict=True)
    )
    return (
        f"{first}, {second}: both must have the same axes, and they have "
        f"{', '.join(one.axes)} and {', '.join(two.axes)}. Take the same planes of "
        "both (.isel(...)), or set the axes in ImageJ (Image > Properties...) and save "
        "again."
    )


def _words(image: Image) -> list[str]:
    return [WORDS.get(axis, axis) for axis in image.leading]


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


def names_of(x: Image, y: Image | None) -> tuple[str, str]:
    """Return the names of two images; y is None where x is compared with itself."""
    other = x if y is None else y
    one, two = x.title or "image 1", other.title or "image 2"
    if one == two and x.path and other.path and x.path != other.path:
        one, two = distinct([one, two], [x.path, other.path])
    return readable(one), readable(two)


def _check_type(image: Image, name: str) -> None:
    if image.dtype.kind == "c":
        raise ImageError(
            f'"{name}" is complex ({image.dtype}): compare its .real, .imag or abs().'
        )
    if image.dtype.kind not in "buif" or image.dtype.itemsize > 8:  # noqa: PLR2004
        raise ImageError(
            f'"{name}" is of type {image.dtype}: images are of bool, integers of 8 to '
            "64 bits or floats of 16 to 64 bits. Convert it with .astype(...)."
        )


def mask_beside(given: ImageLike, *images: Image | None) -> Image:
    """Make a mask, with the names of its axes as the images beside it lie.

    One without names has those of the image that has some, from the last axis on, in
    the order in which that image was given; so it is called before images are turned.

    Raises
    ------
    ImageError
        If it is no mask.
    """
    mask = as_mask(given)
    for image in images:
        if image is not None:
            check_places(mask, image, ("the mask", image.title or "the image"))
    known = next((i for i in images if i is not None and not i.assumed), None)
    if known is None or not mask.assumed or not 0 < mask.ndim <= known.ndim:
        return mask
    if {*mask.axes} <= {*known.axes}:  # a plane or a line
        return mask.renamed(mask.axes)
    return mask.renamed(known.axes[known.ndim - mask.ndim :])


def _broadcasting(mask: Image, image: Image) -> Any:
    """Return the pixels of a mask, in axes that broadcast to those of an image."""
    if not (mask.assumed or image.assumed):
        unknown = [d for d, n in mask.sizes.items() if d not in image.axes and n > 1]
        if unknown:
            raise ImageError(
                f"the mask has the axis {unknown[0]}, the images have "
                f"{', '.join(image.axes)}: select with .isel(...) or rename it."
            )
        mask = _without_single(mask, image).in_order(image.axes)
    fits = mask.ndim <= image.ndim and all(
        m in (1, s) for m, s in zip(mask.shape[::-1], image.shape[::-1], strict=False)
    )
    if not fits:
        raise ImageError(
            f"the mask is {_size(mask.shape)}, the images are {_size(image.shape)}: "
            "the mask must have their shape, or that of their last axes."
        )
    return mask.pixels


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
