"""Read TIFF as before, until the reader that knows its pages is here."""

from __future__ import annotations

from pathlib import Path

from ..files import UNNAMED, ImageFile
from ..image import Image, Provenance
from ..lazy_files import read_or_open
from .reading import Wanted


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read a TIFF."""
    most = min(wanted.most, 1 << 62)
    file: ImageFile = read_or_open(
        path, level=wanted.level, most=int(most), parts=wanted.most == 0
    )
    axes = file.axes.lower() if file.axes and not UNNAMED & {*file.axes} else ""
    origin = Provenance(str(path), "tifffile" if axes else "")
    return Image(
        file.pixels, tuple(axes), file.path.name, file.calibration, provenance=origin
    )
