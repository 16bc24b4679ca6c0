"""Hold many images of one shape side by side, without all of them in memory.

Files that can be looked at where they lie (uncompressed TIFF, NPY) are mapped; the
others are decoded once, into a passing file that is mapped then. What travels further
are tiles: the same pixels of every image.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import distinct, readable
from ..ground.types import Array
from ..ground.writing import passing_file, write_passing
from ..images.color import in_color
from ..images.door import as_image
from ..images.formats.reading import Wanted
from ..images.image import Image
from ..images.pair import aligned, prepare
from ..regions.region import Region

TILE = 1 << 22
"""Pixels of a tile, of all images together: 32 MB of float64."""

SMALL = 2
"""Tiles that one is cut into where each thread holds a tile of its own.

4 took a fourth more processor time, of calls for short pieces of each image."""

_SHORTEST = 1 << 12
"""Pixels of each image in a tile, at least: a product of thin matrices is slow."""

_WHOLE = Wanted()
"""How files are read: whole, and then put back on disk where they can be mapped."""

_FEWEST = 2
"""Images below which there is no pair."""


def image_files(folder: str | os.PathLike[str]) -> list[Path]:
    """List the files of a folder that may be images, img2 before img10.

    A Zarr store is a folder and one image, which is returned as it is.

    Raises
    ------
    ImageError
        If there is no such folder, or no image in it.
    """
    from ..images.file_names import images_in, natural
    from ..images.formats.zarr import is_zarr

    if is_zarr(Path(folder)):
        return [Path(folder)]
    paths = sorted(images_in(Path(folder)), key=lambda path: natural(path.name))
    if not paths:
        raise ImageError(f'"{folder}" holds no image: give the folder of the images.')
    return paths


class Tile:
    """A choice of pixels, the same of any image of a stack."""

    def __init__(
        self, index: tuple[int, ...], rows: slice, cols: slice, chosen: Array | None
    ) -> None:
        self._where: tuple[Any, ...] = (*index, rows, cols)
        self._chosen = chosen
        area = (rows.stop - rows.start) * (cols.stop - cols.start)
        self.size = area if chosen is None else int(np.count_nonzero(chosen))

    def __call__(self, image: Array) -> Array:
        """Return the chosen pixels of an image, one-dimensional."""
        values = self._part(image)
        return values.reshape(-1) if self._chosen is None else values[self._chosen]

    def rows(self, image: Array, every: int) -> tuple[Array, Array | None]:
        """Return every so many rows of an image's pixels, and which are chosen."""
        chosen = self._chosen
        of_image = self._part(image)[::every]
        return of_image, None if chosen is None else chosen[::every]

    def _part(self, image: Array) -> Array:
        if image.ndim < 2:  # noqa: PLR2004 - a line is one pixel high
            image = np.atleast_2d(image)
        part: Array = image[self._where]
        return part


class ImageStack:
    """Images of one shape.

    Parameters
    ----------
    images : iterable of array-like or path
        Two or more, as `similij.compare` takes them, or files of them.
    names : sequence of str, optional
        Names of the images; default: their own.
    color : str
        How RGB images are compared; see `similij.compare`.

    Raises
    ------
    ImageError
        If there are fewer than two, one cannot be read, or two do not fit.

    Attributes
    ----------
    arrays : list of ndarray
        Pixels, (..., y, x), mapped where they are of a file.
    inside : list of ndarray or None
        Pixels that count, of a NumPy masked array; None: all.
    names, files : list of str
        What the images are called, all different; where they came from ("": no file).
    color : str
        How RGB images are compared.
    paths : tuple of str
        Whole paths of all images; empty if not all are of files.
    split : bool
        Whether channels were made of red, green and blue.
    notes : list of tuple of str
        What rows must say of each image; see `Provenance`.
    """

    def __init__(
        self,
        images: Iterable[Any],
        names: Sequence[str] | None = None,
        color: str = "",
    ) -> None:
        items = [images] if isinstance(images, (str, os.PathLike)) else [*images]
        if len(items) < _FEWEST:
            raise ImageError(
                f"{len(items)} image{' is' if len(items) == 1 else 's are'} given: "
                "comparing each with each needs two or more."
            )
        if names is not None and len(names) != len(items):
            raise ImageError(
                f"there are {len(names)} names for {len(items)} images: give one each."
            )
        self.files = [
            readable(str(t)) if isinstance(t, (str, os.PathLike)) else "" for t in items
        ]
        self.names = distinct(
            [readable(str(name)) for name in names or self._own_names(items)],
            self.files,
        )
        self.arrays: list[Any] = []
        self.inside: list[Array | None] = []
        self.notes: list[tuple[str, ...]] = []
        self.first: Any = None
        self.color, self.split = color, False
        self.paths: tuple[str, ...] = ()
        if all(self.files):
            self.paths = tuple(str(Path(file).absolute()) for file in items)
        try:
            for k, image in enumerate(items):
                self._take(k, image)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self.arrays)

    def __enter__(self) -> ImageStack:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the passing files, if there are any."""
        self.arrays.clear()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of each image; its last two axes are (y, x) if it has two or more."""
        shape: tuple[int, ...] = self.arrays[0].shape
        return shape

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Height and width; a line is one pixel high."""
        shape = (1, 1, *self.shape)
        return shape[-2], shape[-1]

    def image(self, k: int) -> Image:
        """Return one image, with the names of its axes where the first has some."""
        axes = () if self.first.assumed else self.first.axes
        return Image(self.arrays[k], axes, self.names[k])

    def _own_names(self, items: list[Any]) -> list[str]:
        return [
            Path(file).name if file else _title(image, k)
            for k, (image, file) in enumerate(
                zip(items, self.files, strict=True), start=1
            )
        ]

    def _take(self, k: int, given: Any) -> None:
        # Each image is prepared beside the first, so that axes are aligned by name and
        # errors name both images, as in `compare`.
        read = as_image(given, wanted=_WHOLE)
        image = in_color(read, self.color, self.names[k])
        self.split |= self.color == "channels" and image is not read
        if self.files[k]:
            image = replace(image, pixels=self._mapped(image))
        names = self.names[0], self.names[k]
        reference = image if self.first is None else self.first
        first, image = aligned(reference, image, names)
        pair = prepare(first, image, None, names)
        if k == 0:
            self.first = first
        if not pair.in_memory:
            raise ImageError(
                f'"{self.names[k]}" comes in parts (dask), and comparing each with '
                "each looks at every image many times: save it as .npy or .tif and "
                "give the path, or load it with .compute()."
            )
        self.arrays.append(pair.y)
        self.inside.append(image.inside)
        self.notes.append(image.provenance.notes)

    def _mapped(self, image: Image) -> Array:
        """Return pixels of a file that stay on disk: as they lie, or in a copy."""
        if isinstance(image.pixels, np.memmap):
            return image.pixels
        pixels = np.ascontiguousarray(image.pixels)
        with passing_file() as file:
            write_passing(file, pixels.data)
            mapped: Array = np.memmap(file, pixels.dtype, "r", shape=pixels.shape)
        return mapped

    def pixels(self, k: int, tile: Tile) -> Array:
        """Return the pixels of image k in a tile, one-dimensional."""
        return tile(self.arrays[k])

    def tiles(
        self, region: Region | None, mask: Array | None, cut: int = 1
    ) -> Iterator[Tile]:
        """Yield the tiles of a region's pixels that count, in the order of memory.

        Parameters
        ----------
        region : Region or None
            The region; None: the whole images.
        mask : ndarray of bool or None
            Pixels that count.
        cut : int
            The part of `TILE` that they have, one in so many.
        """
        length = max(_SHORTEST, TILE // cut // len(self.arrays))
        leading = self.shape[:-2]
        plane = self.plane_shape
        whole_plane = Region("", 0, 0, plane[1], plane[0])
        where = (whole_plane if region is None else region).clip(*plane)
        if where is None:
            return
        rows, cols, shape = where
        step = max(1, length // max(cols.stop - cols.start, 1))
        cuts = range(cols.start, cols.stop, length)
        wide = None if mask is None else np.broadcast_to(mask, self.shape)
        for index in np.ndindex(*leading):
            for top, left in product(range(rows.start, rows.stop, step), cuts):
                down = slice(top, min(top + step, rows.stop))
                right = slice(left, min(left + length, cols.stop))
                chosen = None
                if shape is not None:
                    chosen = shape[
                        down.start - rows.start : down.stop - rows.start,
                        right.start - cols.start : right.stop - cols.start,
                    ]
                if wide is not None:
                    own = np.atleast_2d(wide[index])[down, right]
                    chosen = own if chosen is None else own & chosen
                if chosen is None or chosen.any():
                    yield Tile(index, down, right, chosen)


def _title(image: Any, k: int) -> str:
    own = getattr(image, "title", None) or getattr(image, "name", None)
    return str(own) if isinstance(own, str) and own else f"image {k}"
