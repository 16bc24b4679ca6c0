"""Read images, masks and labels from files: the public names of `images.door`."""

from __future__ import annotations

from .images.door import (
    check_mask,
    open_image,
    read,
    read_image,
    read_labels,
    read_mask,
)

__all__ = [
    "check_mask",
    "open_image",
    "read",
    "read_image",
    "read_labels",
    "read_mask",
]
