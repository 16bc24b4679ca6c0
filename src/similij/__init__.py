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

__version__ = "0.1.0"

from .compare import compare
from .comparison import Comparison
from .inputs import ImageError
from .pairwise import pairwise
from .regions import RegionError
from .significance import Significance, significance

__all__ = [
    "Comparison",
    "ImageError",
    "RegionError",
    "Significance",
    "__version__",
    "cluster",
    "compare",
    "compare_folders",
    "compare_pairs",
    "draw",
    "estimate",
    "least_similar",
    "local_map",
    "more_alike",
    "odd_ones_out",
    "open_image",
    "pairwise",
    "shift",
    "significance",
    "threshold",
    "verdict",
]

_LATE = {
    "cluster": "clusters",
    "compare_folders": "batch",
    "compare_pairs": "batch",
    "draw": "pictures",
    "estimate": "estimates",
    "least_similar": "maps",
    "local_map": "maps",
    "more_alike": "_more_alike",
    "odd_ones_out": "distances",
    "open_image": "volumes",
    "shift": "crosscorrelation",
    "threshold": "thresholds",
    "verdict": "verdicts",
}
"""Functions imported when they are first used, and their modules."""


def __getattr__(name: str) -> Any:
    """Import late what not every use needs."""
    from importlib import import_module

    if name in _LATE:
        return getattr(import_module(f".{_LATE[name]}", __name__), name)
    if name in {"batch", "imagej", "io", "pictures", "plot", "report", "testset"}:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
