"""Compare many images that ImageJ sends one after the other, each with each.

Planes go into passing files as they come, so that neither side holds all images; then
`similij.pairwise` looks at the files. Nothing here knows Java.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array
from ..ground.writing import passing_file, write_passing
from ..images.color import AS_LUMINANCE, parse_color
from ..images.color import NAMES as COLORS
from ..images.image import IN_MEMORY, Provenance
from ..images.image import Image as Pixels
from ..matrix.pairwise import pairwise, rows
from ..measure.table.table import Table
from ..metrics.registry import Metric, parse_metrics
from ..preparation.rescale import parse_rescale
from .checks import LUMINANCE, SPLIT, check_kind, dtype_of, plane_of
from .messages import Image, MatrixPicture, MatrixRequest
from .words import check_words

if TYPE_CHECKING:
    import xarray as xr


_LISTED = 3
"""Images whose names a title has room for."""


class Matrix:
    """Take the images of a matrix, plane by plane, and compare them at the end.

    Parameters
    ----------
    request : MatrixRequest
        Of the first message.

    Raises
    ------
    ValueError
        If there is no such metric, way to rescale or way to compare RGB images.
    """

    def __init__(self, request: MatrixRequest) -> None:
        check_words(request.options, "matrix")
        self.metrics: list[Metric] = parse_metrics(request.options.get("metrics"))
        self._rescale = request.options.get("rescale", "none").lower()
        parse_rescale(self._rescale)
        if color := request.options.get("color"):
            parse_color(color)
        self._rois, self._folder_out = request.rois, request.folder
        self._images: list[Image] = []
        self._files: list[IO[bytes]] = []

    def begin(self, image: Image) -> None:
        """Take what ImageJ says of the next image.

        Raises
        ------
        ImageError
            If it is none of gray values, and ImageJ made none of it.
        """
        check_kind(image.name, image.type)
        self._images.append(image)
        self._files.append(passing_file())

    def add(self, memory: Array) -> None:
        """Take the bytes of a plane of the image that was begun last."""
        if not self._images:
            raise ImageError(
                "ImageJ sent a plane of a matrix before its first image: run the "
                "command once more."
            )
        image = self._images[-1]
        pixels = plane_of(memory, image.type, image.height, image.width)
        write_passing(self._files[-1], pixels.data)

    def finish(self) -> tuple[Table, list[str], list[MatrixPicture]]:
        """Compare all; return the rows, sentences about them, and pictures."""
        planes = [self._planes(k) for k in range(len(self._images))]
        try:
            split = any(image.type == SPLIT for image in self._images)
            matrix = pairwise(
                [self._pixels(k, named=split) for k in range(len(planes))],
                color="channels" if split else "",
                metrics=[metric.name for metric in self.metrics],
                regions=self._rois,
                rescale=self._rescale,
                names=[image.name for image in self._images],
            )
            files = [image.file for image in self._images]
            # What is compared are passing files; rows name those that ImageJ opened.
            matrix = matrix.assign_coords(file=("image", files))
            return rows(matrix), *self._written(matrix, planes)
        finally:
            self.discard()

    def _pixels(self, k: int, *, named: bool) -> Pixels:
        """Return an image as `pairwise` would have read it of a file.

        Without names, planes are compared by their number, whatever ImageJ calls them.
        They need names where red, green and blue are among them, which three slices of
        another image are not.
        """
        about = self._images[k]
        planes = self._planes(k)
        weighed = about.type == LUMINANCE
        origin = Provenance(notes=(AS_LUMINANCE,)) if weighed else IN_MEMORY
        if not named:
            return Pixels(planes, title=about.name, provenance=origin)
        split = about.type == SPLIT
        long = {axis: about.sizes.by_name()[axis] for axis in ("t", "z")}
        # The planes of the other axes are here where all are compared, not those shown.
        if about.planes != math.prod(long.values()) * (len(COLORS) if split else 1):
            long = {}
        lengths = {axis: length for axis, length in long.items() if length > 1}
        plane = (about.height, about.width)
        if not split:
            pixels = planes.reshape(*lengths.values(), *plane)
            return Pixels(pixels, (*lengths, "y", "x"), about.name, provenance=origin)
        pixels = planes.reshape(*lengths.values(), len(COLORS), *plane)
        # Samples of color, of which `pairwise` makes channels: as of a file of them.
        samples = np.moveaxis(pixels, -3, -1)
        return Pixels(samples, (*lengths, "y", "x", "s"), about.name)

    def _written(
        self, matrix: xr.Dataset, planes: list[Array]
    ) -> tuple[list[str], list[MatrixPicture]]:
        """Write tables and pictures where a folder is given; name the odd ones out."""
        from ..matrix.distances import sentences
        from ..plot.pictures.matrix_files import write_matrix

        if self._folder_out is None:
            return list(sentences(matrix)), []
        written = write_matrix(matrix, self._folder_out, planes)
        whose = _whose(self._images)
        pictures = []
        for path in written.pictures:
            region, _, kind = path.stem.rpartition("_")
            title = f"{kind.capitalize()}{f' of {region}' if region else ''}: {whose}"
            pictures.append(MatrixPicture(str(path.resolve()), title))
        return list(written.words), pictures

    def discard(self) -> None:
        """Let go of what was written."""
        for file in self._files:
            file.close()

    def _planes(self, k: int) -> Array:
        """Look at the planes of an image as they came."""
        image = self._images[k]
        plane = (image.height, image.width)
        shape = plane if image.planes == 1 else (image.planes, *plane)
        mapped: Array = np.memmap(
            self._files[k], dtype_of(image.type), "r", shape=shape
        )
        return mapped


def _whose(images: Sequence[Image]) -> str:
    """Say of which images a picture is: their names, or the folder that has them all.

    Examples
    --------
    Of four images of the folder "replicates": "replicates (4 images)".
    """
    names = [image.name for image in images]
    if len(names) <= _LISTED:
        return ", ".join(names)
    folders = {Path(image.file).parent.name if image.file else "" for image in images}
    [folder] = folders if len(folders) == 1 else [""]
    return f"{folder or f'{names[0]} ... {names[-1]}'} ({len(names)} images)"
