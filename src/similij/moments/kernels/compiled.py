"""Compile the inner loops of SimilIJ, all in one way, and keep them on disk.

numba compiles a loop for a type of pixel when it is first called with it, which takes
about a second, and keeps it on disk for this processor: beside the source file, or,
where that cannot be written to, in the user's cache folder (or what NUMBA_CACHE_DIR
names). Where neither can be written to, loops are compiled anew by each process.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numba import njit

from .loop_cache import LoopCache


def compiled(**options: Any) -> Callable[[Any], Any]:
    """Compile a function without Python's lock, and keep it on disk if possible."""
    # Division as NumPy has it: Python's raises for 0, a branch that keeps loops from
    # becoming vectors.
    options = {"nogil": True, "error_model": "numpy", **options}

    def decorate(function: Any) -> Any:
        loop = njit(**options)(function)
        if loop is function:  # NUMBA_DISABLE_JIT is set
            return function
        with suppress(RuntimeError):  # nowhere to write
            # As `njit(cache=True)` does it, which knows no cache but numba's own.
            loop._cache = LoopCache(function)
        return loop

    return decorate
