"""Import optional libraries where they are needed, and say what to install.

What is advised are the libraries by their own names, never `similij[stats]`: an index
need not have this package, and whoever had put another there under its name would be
who is installed.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import Any

EXTRAS = {
    "plot": ("matplotlib",),
    "stats": ("scipy", "scikit-image"),
    "parquet": ("pyarrow",),
    "big": ("dask[array,distributed]", "zarr", "h5py"),
    "codecs": ("imagecodecs",),
    "formats": ("bioio", "bioio-nd2", "bioio-dv", "bioio-lif"),
    "imagej": ("pyimagej", "scyjava", "jpype1", "jgo"),
    "napari": ("napari",),
}
"""What each extra of pyproject.toml brings, as an index calls it; a test compares."""

_EXTRA_OF = {
    "matplotlib": "plot",
    **dict.fromkeys(("scipy", "skimage"), "stats"),
    "pyarrow": "parquet",
    **dict.fromkeys(("dask", "distributed", "zarr", "h5py"), "big"),
    "imagecodecs": "codecs",
    **dict.fromkeys(("bioio", "bioio_nd2", "bioio_dv", "bioio_lif"), "formats"),
    **dict.fromkeys(("jpype", "scyjava", "jgo", "imagej"), "imagej"),
}
"""The extra that brings a module: not each is called like what is installed."""

_BARE = re.compile(r"[\w@%+=:,./\\-]+")
"""What no shell reads in another way; quotes of the other kind are none on Windows."""


SENTENCE = " -m pip install "
"""What the message of something missing has in it."""


def pip_install(*packages: str) -> str:
    """Return the command that installs packages into this Python.

    Examples
    --------
    >>> pip_install("scipy", "scikit-image").partition(" -m ")[2]
    'pip install scipy scikit-image'
    """
    words = (sys.executable, "-m", "pip", "install", *packages)
    return " ".join(w if _BARE.fullmatch(w) else f'"{w}"' for w in words)


def how_to_get(module: str) -> str | None:
    """Return the command that installs what an extra of ours has of a module.

    Examples
    --------
    >>> how_to_get("skimage.filters").partition(" -m ")[2]
    'pip install scipy scikit-image'
    >>> how_to_get("nobody_knows") is None
    True
    """
    extra = _EXTRA_OF.get(module.partition(".")[0])
    return None if extra is None else pip_install(*EXTRAS[extra])


def needed(module: str, what: str) -> Any:
    """Import an optional library.

    Parameters
    ----------
    module : str
        For example "scipy.ndimage".
    what : str
        What needs it, for the message.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message says what to type.

    Examples
    --------
    >>> needed("math", "This example").sqrt(4)
    2.0
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # A library that is there and lacks one of its own is broken, not missing: to
        # advise an installation would hide that.
        if _top(error.name) != _top(module):
            raise
        raise _missing(_top(module), what) from None


def missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """Say what to install where an import failed that is not made by `needed`.

    So none of the many imports of matplotlib inside `plot` has to know how to word it.

    Parameters
    ----------
    error : ModuleNotFoundError
        What the import raised.

    Returns
    -------
    ModuleNotFoundError
        One with a sentence; the same, if it has one or is of no library of ours.

    Examples
    --------
    >>> error = ModuleNotFoundError("No module named 'scipy'", name="scipy.fft")
    >>> str(missing(error)).partition(":")[0]
    'this needs scipy'
    """
    if SENTENCE in str(error) or how_to_get(str(error.name)) is None:
        return error
    return _missing(_top(error.name), "this")


def _missing(package: str, what: str) -> ModuleNotFoundError:
    command = how_to_get(package) or pip_install(package)
    return ModuleNotFoundError(f"{what} needs {package}: {command}", name=package)


def _top(module: str | None) -> str:
    return (module or "").partition(".")[0]
