"""How the inner loops are compiled, and kept; and compiling all of them ahead.

numba compiles a loop for a type of pixel when it is first called with it, which takes
about a second, and keeps it on disk for this processor: beside the source file, or,
where that cannot be written to, in the user's cache folder (or what NUMBA_CACHE_DIR
names). Where neither can be written to, loops are compiled anew by each process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def compiled(**options: Any) -> Callable[[Any], Any]:
    """Compile a function without Python's lock, and keep it on disk if possible."""
    from numba import njit

    options = {"nogil": True, "error_model": "numpy", **options}

    def decorate(function: Any) -> Any:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # nowhere to write
            return njit(**options)(function)

    return decorate
