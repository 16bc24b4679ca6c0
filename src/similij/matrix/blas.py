"""Keep BLAS to one thread while threads of SimilIJ multiply, each a tile of its own.

OpenBLAS shares a product among threads of its own. Between products these wait busily,
on the processors on which threads here convert pixels, and who calls it waits for all
others who do. Measured with two threads on two processors, 200 images of 8 bits: twice
the time, and twice the processor time, of the same products by one thread each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

_limited = Lock()
"""Held by the thread that has set the limit."""


@cache
def _libraries() -> Any:
    """Find the BLAS of this process; once, since that takes some milliseconds."""
    import numpy as np  # noqa: F401 - brings the BLAS that is to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to the thread that calls it, in the whole process.

    Only the first of threads that overlap sets the limit, and the same takes it off:
    threadpoolctl lets no other, and limits of two would restore each other's. What the
    second has still to do then is as right, and may take longer.
    """
    if not _limited.acquire(blocking=False):
        yield
        return
    try:
        with _libraries().limit(limits=1):
            yield
    finally:
        _limited.release()
