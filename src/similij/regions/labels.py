"""Hold label images: which pixels belong to object 1, 2, 3, ...; 0 is background.

A label image is checked as far as that costs nothing; what takes a look at all of its
pixels (the largest label, which labels there are) is worked out once, when needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError
from ..images.axes import UNNAMED

_SAMPLE = 16
"""Every such row and column is looked at for a first guess of the largest label."""

_SPARE = 1024
"""Labels beyond the guess that there is room for."""

_ROOM = 1 << 16
"""Labels there is always room for; beyond, as many as the image has pixels: a table
with a row for each number up to the largest label must not outgrow the image."""

_LARGEST_EXACT = 1 << 53
"""From here on float64 does not hold every whole number, so that a label may have been
rounded to its neighbour's."""


@dataclass(eq=False)
class LabelImage:
    """Objects as numbers: the pixels of label k, for every k above 0, are a region.

    Attributes
    ----------
    labels : ndarray of int
        Labels, of two or more dimensions, (y, x) last. Leading axes broadcast to the
        images'.
    dims : tuple of str or None
        Names of the axes, where they have some.

    Examples
    --------
    >>> cells = LabelImage(np.array([[0, 1, 1], [0, 7, 7]]))
    >>> cells.names, cells.counts
    (['label 1', 'label 7'], [2, 2])
    """

    labels: NDArray[np.integer[Any]]
    dims: tuple[str, ...] | None = None
    _indexed: tuple[NDArray[Any], NDArray[Any] | None, int] | None = field(
        default=None, repr=False
    )

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        if labels.ndim < 2:  # noqa: PLR2004 - (y, x)
            raise RegionError(
                f"The label image has {labels.ndim} dimension(s): it needs the axes "
                "(y, x)."
            )
        if self.dims is not None and tuple(self.dims[-2:]) != ("y", "x"):
            raise RegionError(
                f"The label image has the axes {', '.join(self.dims)}: the last two "
                "must be y and x."
            )
        self.labels = _whole_numbers(labels)

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Height and width of the planes."""
        height, width = self.labels.shape[-2:]
        return height, width

    def check(self, height: int, width: int) -> None:
        """Refuse images of another size.

        Raises
        ------
        RegionError
            If the planes of the labels are not of this size.
        """
        rows, columns = self.plane_shape
        if (rows, columns) != (height, width):
            raise RegionError(
                f"The label image is {columns}×{rows} pixels, the images are "
                f"{width}×{height}: both must have the same width and height."
            )

    def single_plane(self) -> NDArray[Any]:
        """Return the only plane, (y, x).

        Raises
        ------
        RegionError
            If there are several.
        """
        if self.labels[..., :1, :1].size > 1:
            raise RegionError(
                f"The label image has the shape {self.labels.shape}: its background "
                "differs from plane to plane. Take one plane of it, or compare plane "
                "by plane."
            )
        return self.labels.reshape(self.plane_shape)

    def with_axes(self, sizes: Mapping[str, int]) -> LabelImage:
        """Name the axes of a stack of labels by their lengths, where it has no names.

        Parameters
        ----------
        sizes : mapping of str to int
            Length of each axis of the images but y and x, in their order. Where those
            have no names either, the labels stay as they are: NumPy's rule goes, from
            the last axis.

        Raises
        ------
        RegionError
            If the labels' leading axes fit no axes of the images, or more than one.

        Examples
        --------
        >>> stack = LabelImage(np.ones((3, 8, 9), int))
        >>> stack.with_axes({"t": 5, "z": 3}).dims
        ('z', 'y', 'x')
        """
        known = not any(axis.startswith(UNNAMED) for axis in sizes)
        own = tuple(n for n in self.labels.shape[:-2] if n > 1)
        if self.dims is not None or not sizes or not known or self.labels.ndim == 2:  # noqa: PLR2004
            return self
        long = [axis for axis, length in sizes.items() if length > 1]
        fits = [
            axes
            for axes in combinations(long, len(own))
            if tuple(sizes[axis] for axis in axes) == own
        ]
        lengths = ", ".join(map(str, own))
        images = ", ".join(f"{axis} {n}" for axis, n in sizes.items())
        if len(fits) > 1:
            which = " or ".join(", ".join(axes) for axes in fits)
            raise RegionError(
                f"The label image has {lengths} planes along axes without names, which "
                f"may be {which} of the images (they have {images}): give the names, "
                f"e.g. similij.Image(labels, axes='{''.join(fits[0])}yx')."
            )
        if not fits:
            raise RegionError(
                f"The label image has {lengths} planes along axes without names, the "
                f"images have {images}: both must have the same, or the labels a "
                "single plane."
            )
        squeezed = self.labels[
            tuple(0 if n == 1 else slice(None) for n in self.labels.shape[:-2])
        ]
        return type(self)(squeezed, (*fits[0], "y", "x"))

    def isel(self, index: Mapping[str, int]) -> LabelImage:
        """Take the labels at an index of named axes; axes it does not have are ignored.

        Parameters
        ----------
        index : mapping of str to int
            As of `xarray.DataArray.isel`; an axis of length 1 is the same everywhere.
        """
        if self.dims is None:
            return self
        where: list[Any] = [slice(None)] * self.labels.ndim
        left = []
        for axis, name in enumerate(self.dims):
            if name in index:
                where[axis] = index[name] if self.labels.shape[axis] > 1 else 0
            else:
                left.append(name)
        if len(left) == len(self.dims):
            return self
        return type(self)(self.labels[tuple(where)], tuple(left))

    def aligned(self, dims: Sequence[str]) -> LabelImage:
        """Give the labels the axes of an image, in its order; missing ones are 1 long.

        Raises
        ------
        RegionError
            If the labels have an axis, longer than 1, that the image has not.
        """
        if self.dims is None:
            return self
        labels, names = self.labels, list(self.dims)
        for name in self.dims:
            if name not in dims:
                if labels.shape[names.index(name)] != 1:
                    raise RegionError(
                        f"The label image has the axis {name}, the images have "
                        f"{', '.join(map(str, dims))}: call its axes as theirs (in "
                        "ImageJ Image > Properties..., in Python similij.Image(labels, "
                        "axes=...)), or take a single plane of it."
                    )
                labels = labels.squeeze(names.index(name))
                names.remove(name)
        labels = labels.transpose([names.index(d) for d in dims if d in names])
        index = tuple(slice(None) if d in names else None for d in dims)
        return type(self)(labels[index], tuple(dims))

    def block(self, shape: tuple[int, ...], origin: Sequence[int]) -> NDArray[Any]:
        """Cut out what belongs to a block of the images, as numbers of rows.

        Parameters
        ----------
        shape : tuple of int
            Shape of the block.
        origin : sequence of int
            Where it begins in the images: (y, x), or more of the last axes.

        Raises
        ------
        RegionError
            If the leading axes do not broadcast to the images'.
        """
        part = self.indexed()[0]
        full = (1,) * (len(origin) - len(shape)) + shape  # a plane of a stack, too
        while part.ndim > len(full) and part.shape[0] == 1:
            part = part[0]
        if part.ndim <= len(full):
            index = [slice(None)] * part.ndim
            for axis in range(-min(part.ndim, len(origin)), 0):
                if part.shape[axis] > 1 or axis >= -2:  # noqa: PLR2004 - (y, x)
                    index[axis] = slice(origin[axis], origin[axis] + full[axis])
            cut = part[tuple(index)]
            leading = zip(cut.shape[:-2], full[-cut.ndim :], strict=False)
            if all(size in (1, wanted) for size, wanted in leading):
                return np.broadcast_to(cut, full).reshape(shape)
        raise RegionError(
            f"The label image has the shape {self.labels.shape}, the images have "
            f"{shape}: the leading axes of the labels must be those of the images, or "
            "none."
        )

    def indexed(self, *, surely: bool = False) -> tuple[Any, Any, int]:
        """Turn labels into numbers of the rows of a table, as small as they can be.

        Parameters
        ----------
        surely : bool
            False: how many rows there are may be a guess from a sample of the pixels,
            and too small.

        Returns
        -------
        (rows, ids, count)
            The image of row numbers; the label of each row, None where it is the same
            number; and how many rows there are.

        Raises
        ------
        RegionError
            If there is a label below 0.
        """
        if self._indexed is not None:
            return self._indexed
        labels = self.labels
        room = max(_ROOM, labels.size)
        # The largest label needs a read of all pixels; a sample of them mostly shows
        # it. A guess that is too small is noticed in the walk, which then begins anew.
        if not surely and labels.size:
            guess = int(labels[..., ::_SAMPLE, ::_SAMPLE].max()) + _SPARE
            if guess <= room:
                return labels, None, guess + guess // 4
        low, high = (int(labels.min()), int(labels.max())) if labels.size else (0, 0)
        if low < 0:
            raise RegionError(
                f"The label image has the label {low}: labels are whole numbers above "
                "0, and 0 is background."
            )
        if high < room:
            self._indexed = labels, None, high + 1
        else:
            ids, inverse = np.unique(labels, return_inverse=True)
            rows = inverse.reshape(labels.shape).astype(np.int64, copy=False)
            if ids[0] != 0:  # row 0 is background, here of no pixel
                ids, rows = np.concatenate([[0], ids]), rows + 1
            self._indexed = rows, ids, len(ids)
        return self._indexed

    @property
    def present(self) -> NDArray[np.int64]:
        """The number of pixels of each row of `indexed`, of the background too."""
        from ..moments.kernels.labels import count_labels
        from ..moments.kernels.parts import flat, label_type

        rows, _, count = self.indexed(surely=True)
        counts = np.zeros(count, np.int64)
        count_labels(flat(rows, label_type(rows.dtype)), counts)
        return counts

    @property
    def ids(self) -> list[int]:
        """Labels that have pixels, ascending."""
        _, ids, _ = self.indexed(surely=True)
        rows = np.flatnonzero(self.present[1:]) + 1
        labels: list[int] = (rows if ids is None else ids[rows]).tolist()
        return labels

    @property
    def counts(self) -> list[int]:
        """The number of pixels of each of `ids`."""
        pixels: list[int] = [n for n in self.present[1:].tolist() if n]
        return pixels

    @property
    def names(self) -> list[str]:
        """The names of the rows of `ids`."""
        return [f"label {k}" for k in self.ids]


def _whole_numbers(labels: NDArray[Any]) -> NDArray[Any]:
    """Convert labels to a type that the loops take: native, unsigned up to 16 bits."""
    kind, size = labels.dtype.kind, labels.dtype.itemsize
    # Not taken for the label 1: its parts may be meant, or a region with a name.
    if kind == "b":
        raise RegionError(
            "The label image is of type bool, so it is a mask: pass it by name, as "
            "regions={'cells': mask}, or as mask=...; or label its parts, e.g. with "
            "skimage.measure.label."
        )
    if kind not in "uif":
        raise RegionError(
            f"The label image is of type {labels.dtype}: labels are whole numbers."
        )
    labels = labels.astype(labels.dtype.newbyteorder("="), copy=False)
    if kind == "f":
        whole = np.isfinite(labels) & (np.abs(labels) < _LARGEST_EXACT)
        whole &= labels == np.where(whole, np.trunc(np.where(whole, labels, 0)), 0)
        if not whole.all():
            value = float(labels[~whole][0])
            raise RegionError(
                f"The label image is of type {labels.dtype} and has the value {value:g}"
                ": labels are whole numbers above 0, and 0 is background. Round it, or "
                "label its parts."
            )
        return labels.astype(np.int64)
    if kind == "u" and size == 8:  # noqa: PLR2004 - bytes
        if labels.size and int(labels.max()) > np.iinfo(np.int64).max:
            raise RegionError(
                f"The label image has the label {int(labels.max())}, beyond 64 bits "
                "with a sign: number the objects anew."
            )
        return labels.astype(np.int64)
    if kind == "u" and size == 4:  # noqa: PLR2004 - bytes
        return labels.astype(np.int64)
    if kind == "i" and size == 1:
        return labels.astype(np.int32)
    return labels
