"""Choose the loops that this processor can run: in whole vectors, or plain.

They are imported when they are first needed, since numba alone takes half a second.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ...ground.types import Array
from .parts import _NO_MASK


@cache
def _kernels() -> Any:
    """Return the plain loops, which run on every processor."""
    from . import plain as kernels

    return kernels


@cache
def vector_loops() -> Any:
    """Return the loops in whole vectors; None where the processor has none."""
    from .simd import BYTES

    if not BYTES:
        return None
    from . import vectors as kernels

    return kernels


def row_loops() -> Any:
    """Return the loops over rows of a plane."""
    from . import rows as kernels

    return kernels


def row_places(
    x: Array, y: Array, mask: Array, start: int, stop: int
) -> tuple[Any, ...]:
    """Make the arguments of a loop over rows.

    `like` is an empty array that tells the loop the type of pixel; the pixels
    themselves are passed as addresses, since they are not contiguous. It is read-only,
    as all arrays that loops get, so that no second version of a loop is compiled.
    """
    like = np.zeros(0, x.dtype)
    like.flags.writeable = False
    part = slice(start, stop)
    places = row_loops().where(x[part], y[part], mask[part])
    return like, places, _NO_MASK if mask.size else None, (stop - start, x.shape[1])
