"""The errors and warnings that users meet, whichever wing raises them."""

from __future__ import annotations


class ImageError(ValueError):
    """Two images, or a mask, cannot be compared; the message says why."""


class RegionError(ValueError):
    """A region that cannot be read or used; the message is a sentence for the user."""


class Undefined(ValueError):  # noqa: N818 - a state of the data, not a mistake
    """Why a metric has no value; `{1}` and `{2}` stand for the names of the images."""


class PatternError(ImageError):
    """Why a pattern of file names is none, or fits nothing."""


class MetricWarning(UserWarning):
    """Metrics that are left out; the message is a sentence for the user."""
