"""How alike are two images, and where do they differ.

Pearson R, RMSD and Mean Difference of two images or regions of them, exactly, in Python
and in ImageJ/Fiji.

>>> import numpy as np
>>> import similij
>>> similij.compare(np.array([10, 20, 30, 40]), np.array([10, 21, 32, 43])).rmsd ** 2
3.5
"""

from __future__ import annotations

from typing import Any

from .evidence.significance import Significance, significance
from .ground.errors import ImageError, RegionError
from .ground.version import __version__
from .matrix.pairwise import pairwise
from .measure.compare import compare
from .measure.table.comparison import Comparison

__all__ = [
    "Comparison",
    "Image",
    "ImageError",
    "RegionError",
    "Significance",
    "__version__",
    "align",
    "cluster",
    "compare",
    "compare_folders",
    "compare_pairs",
    "draw",
    "estimate",
    "frc",
    "least_similar",
    "local_map",
    "more_alike",
    "odd_ones_out",
    "open_image",
    "pairwise",
    "read",
    "shift",
    "significance",
    "threshold",
    "verdict",
]

_LATE = {
    "align": "spatial.align",
    "cluster": "measure.blocks.workers",
    "compare_folders": "batch.batch",
    "compare_pairs": "batch.batch",
    "draw": "plot.pictures.draw",
    "estimate": "measure.estimate",
    "frc": "spatial.frc",
    "least_similar": "spatial.maps",
    "local_map": "spatial.maps",
    "more_alike": "evidence.more_alike",
    "odd_ones_out": "matrix.distances",
    "open_image": "images.door",
    "read": "images.door",
    "Image": "images.image",
    "shift": "spatial.shift",
    "threshold": "metrics.threshold",
    "verdict": "verdicts.verdict",
}
"""Functions imported when they are first used, and their modules."""


def __getattr__(name: str) -> Any:
    """Import late what not every use needs."""
    from importlib import import_module

    if name in _LATE:
        return getattr(import_module(f".{_LATE[name]}", __name__), name)
    if name in {"batch", "imagej", "io", "plot", "report", "testset"}:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
