"""Read files of microscopes (CZI, ND2, LIF, DV, ...) with bioio and its plugins."""

from __future__ import annotations

from pathlib import Path

from ...ground.errors import ImageError
from ...ground.optional import needed
from ..image import Image
from .reading import Wanted


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read an image with the plugin of bioio that knows it."""
    needed("bioio", f'"{path.name}"', "formats")
    raise ImageError(f'"{path.name}" cannot be read yet.')
