"""Read images, masks and labels from files: the public names of `images.files`."""

from __future__ import annotations

from .images.files import (
    TIFF,
    ImageFile,
    align_axes,
    check_mask,
    explained,
    only_series,
    read_image,
    read_labels,
    read_mask,
    with_names,
)

__all__ = [
    "TIFF",
    "ImageFile",
    "align_axes",
    "check_mask",
    "explained",
    "only_series",
    "read_image",
    "read_labels",
    "read_mask",
    "with_names",
]
