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
from .regions import RegionError
from .significance import Significance, significance

__all__ = [
    "Comparison",
    "ImageError",
    "RegionError",
    "Significance",
    "__version__",
    "compare",
    "compare_folders",
    "more_alike",
    "significance",
]


def __getattr__(name: str) -> Any:
    """Import late what not every use needs."""
    from importlib import import_module

    if name == "compare_folders":
        return import_module(".batch", __name__).compare_folders
    if name == "more_alike":
        return import_module("._more_alike", __name__).more_alike
    if name in {"batch", "imagej", "io", "plot", "testset"}:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
