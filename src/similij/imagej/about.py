"""Say what the numbers are made with: versions, and where this Python is."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from ..ground.version import __version__

_PACKAGES = {
    "numpy": "NumPy",
    "numba": "numba",
    "appose": "Appose",
    "scipy": "SciPy",
    "scikit-image": "scikit-image",
    "matplotlib": "matplotlib",
    "pandas": "pandas",
}
"""What numbers, statistics and pictures depend on, and how people write it."""


def lines() -> list[str]:
    """Return lines for people: the package, this Python, the packages it has."""
    present = [
        f"{name} {installed}"
        for package, name in _PACKAGES.items()
        if (installed := _version(package))
    ]
    return [
        f"Package similij {__version__}",
        f"Python {platform.python_version()} at {sys.executable}",
        ", ".join(present),
    ]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
