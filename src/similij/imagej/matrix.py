"""Many images that ImageJ sends one after the other, to be compared each with each.

Planes go into passing files as they come, so that neither side holds all images; then
`similij.pairwise` looks at the files. Nothing here knows Java.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ..ground.types import Array
from ..matrix.pairwise import pairwise, rows
from ..measure.table.table import Table
from ..metrics.registry import Metric, parse_metrics
from ..preparation.rescale import parse_rescale
from .checks import DTYPES, SIGNED, check_kind, plane_of

if TYPE_CHECKING:
    import xarray as xr


class Matrix:
    """A matrix under way.

    Parameters
    ----------
    request : mapping
        Of the message `matrix` of docs/protocol.md.

    Raises
    ------
    ValueError
        If there is no such metric or way to rescale.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.metrics: list[Metric] = parse_metrics(request.get("metrics"))
        self._rescale = str(request.get("rescale") or "none").lower()
        parse_rescale(self._rescale)
        self._rois = str(request.get("rois") or "") or None
        self._run = str(request.get("run_id") or "")
        self._folder_out = str(request.get("folder") or "") or None
        self._folder = tempfile.TemporaryDirectory(prefix="similij-")
        self._images: list[Mapping[str, Any]] = []
        self._file: BinaryIO | None = None

    def begin(self, image: Mapping[str, Any]) -> None:
        """Take what ImageJ says of the next image.

        Raises
        ------
        ImageError
            If it is none of gray values.
        """
        kind = str(image["type"])
        check_kind(str(image["name"]), kind)
        self._close()
        self._images.append(image)
        planes, height, width = (int(image[k]) for k in ("planes", "height", "width"))
        shape = (height, width) if planes == 1 else (planes, height, width)
        self._file = self._path(len(self._images) - 1).open("wb")
        dtype = np.dtype(np.int16 if kind == SIGNED else DTYPES[kind])
        described = np.lib.format.dtype_to_descr(dtype)
        header = {"descr": described, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def add(self, memory: Array) -> None:
        """Take the bytes of a plane of the image that was begun last."""
        image = self._images[-1]
        height, width = int(image["height"]), int(image["width"])
        assert self._file is not None  # an image was begun
        self._file.write(plane_of(memory, str(image["type"]), height, width).data)

    def finish(self) -> tuple[Table, Mapping[str, Any]]:
        """Compare all; the rows, and beside them what is to be shown and said."""
        self._close()
        paths = [self._path(k) for k in range(len(self._images))]
        try:
            found = pairwise(
                paths,
                metrics=[metric.name for metric in self.metrics],
                regions=self._rois,
                rescale=self._rescale,
                names=[str(image["name"]) for image in self._images],
            )
            files = [str(image.get("file") or "") for image in self._images]
            found = found.assign_coords(file=("image", files))
            found.attrs["run"] = self._run or found.attrs["run"]
            return rows(found), self._shown(found, paths)
        finally:
            self.discard()

    def _shown(self, found: xr.Dataset, paths: list[Path]) -> Mapping[str, Any]:
        """Tables and pictures, where there is a folder for them; the odd ones out."""
        from ..matrix.distances import sentences
        from ..plot.pictures.matrix_files import write_matrix

        if self._folder_out is None:
            return {"words": sentences(found), "pictures": []}
        written = write_matrix(found, self._folder_out, paths)
        pictures = [
            {"path": str(path.resolve()), "title": path.stem.replace("_", " ")}
            for path in written.pictures
        ]
        return {"words": written.words, "pictures": pictures}

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
