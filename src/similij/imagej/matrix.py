"""Compare many images that ImageJ sends one after the other, each with each.

Planes go into passing files as they come, so that neither side holds all images; then
`similij.pairwise` looks at the files. Nothing here knows Java.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ..ground.types import Array
from ..matrix.pairwise import pairwise, rows
from ..measure.table.table import Table
from ..metrics.registry import Metric, parse_metrics
from ..preparation.rescale import parse_rescale
from .checks import DTYPES, SIGNED, check_kind, plane_of
from .messages import Image, MatrixPicture, MatrixRequest
from .words import check_words

if TYPE_CHECKING:
    import xarray as xr


class Matrix:
    """Take the images of a matrix, plane by plane, and compare them at the end.

    Parameters
    ----------
    request : MatrixRequest
        Of the first message.

    Raises
    ------
    ValueError
        If there is no such metric or way to rescale.
    """

    def __init__(self, request: MatrixRequest) -> None:
        check_words(request.options, "matrix")
        self.metrics: list[Metric] = parse_metrics(request.options.get("metrics"))
        self._rescale = request.options.get("rescale", "none").lower()
        parse_rescale(self._rescale)
        self._rois, self._folder_out = request.rois, request.folder
        self._folder = tempfile.TemporaryDirectory(prefix="similij-")
        self._images: list[Image] = []
        self._file: BinaryIO | None = None

    def begin(self, image: Image) -> None:
        """Take what ImageJ says of the next image.

        Raises
        ------
        ImageError
            If it is none of gray values.
        """
        check_kind(image.name, image.type)
        self._close()
        self._images.append(image)
        plane = (image.height, image.width)
        shape = plane if image.planes == 1 else (image.planes, *plane)
        self._file = self._path(len(self._images) - 1).open("wb")
        # A .npy file is a header, then the planes as they come: it needs no library,
        # and `pairwise` reads it as any other image.
        dtype = np.dtype(np.int16 if image.type == SIGNED else DTYPES[image.type])
        described = np.lib.format.dtype_to_descr(dtype)
        header = {"descr": described, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def add(self, memory: Array) -> None:
        """Take the bytes of a plane of the image that was begun last."""
        image = self._images[-1]
        assert self._file is not None  # an image was begun
        self._file.write(plane_of(memory, image.type, image.height, image.width).data)

    def finish(self) -> tuple[Table, list[str], list[MatrixPicture]]:
        """Compare all; return the rows, sentences about them, and pictures."""
        self._close()
        paths = [self._path(k) for k in range(len(self._images))]
        try:
            matrix = pairwise(
                paths,
                metrics=[metric.name for metric in self.metrics],
                regions=self._rois,
                rescale=self._rescale,
                names=[image.name for image in self._images],
            )
            files = [image.file for image in self._images]
            # The files compared are passing ones; rows name those that ImageJ opened.
            matrix = matrix.assign_coords(file=("image", files))
            return rows(matrix), *self._written(matrix, paths)
        finally:
            self.discard()

    def _written(
        self, matrix: xr.Dataset, paths: list[Path]
    ) -> tuple[list[str], list[MatrixPicture]]:
        """Write tables and pictures where a folder is given; name the odd ones out."""
        from ..matrix.distances import sentences
        from ..plot.pictures.matrix_files import write_matrix

        if self._folder_out is None:
            return list(sentences(matrix)), []
        written = write_matrix(matrix, self._folder_out, paths)
        pictures = [
            MatrixPicture(str(path.resolve()), path.stem.replace("_", " "))
            for path in written.pictures
        ]
        return list(written.words), pictures

    def discard(self) -> None:
        """Remove what was written."""
        self._close()
        self._folder.cleanup()

    def _path(self, k: int) -> Path:
        return Path(self._folder.name) / f"{k}.npy"

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
