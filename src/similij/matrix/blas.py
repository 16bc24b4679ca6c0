"""Keep BLAS to one thread while threads of SimilIJ multiply, each a tile of its own.

OpenBLAS shares a product among threads of its own. Between products these wait busily,
on the processors on which threads here convert pixels, and who calls it waits for all
others who do. Measured with two threads on two processors, 200 images of 8 bits: twice
the time, and twice the processor time, of the same products by one thread each.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any


@cache
def _libraries() -> Any:
    """Find the BLAS of this process; once, since that takes some milliseconds."""
    import numpy as np  # noqa: F401 - brings the BLAS that is to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


class _OneThread:
    """Limit BLAS in the whole process until all who entered have left.

    Counted here, since limits of threadpoolctl that overlap in time restore each
    other's: who enters second would remember the limit of the first, and leave it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit = _libraries().limit(limits=1)
            self._inside += 1

    def __exit__(self, *args: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


one_thread = _OneThread()
"""`with one_thread:` products of matrices take the thread that asks for them."""
