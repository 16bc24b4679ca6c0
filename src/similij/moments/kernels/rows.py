"""Sum images whose rows are contiguous, while they themselves are not, in place.

Part of a larger image is such an image. Its rows are read where they are, each as an
array of its own, by the loops for contiguous pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from ...ground.types import Array
from .compiled import compiled
from .parts import FLOAT_BLOCK
from .plain import float_blocks
from .vectors import sums_8bit, sums_16bit

# mypy: disable-error-code="untyped-decorator"

_NO_MASK = np.zeros(0, np.uint8)
"""An empty mask; a global of a loop, and so read-only to numba, as other masks are."""


@intrinsic
def _row(_context: Any, like: Any, address: Any, count: Any) -> Any:
    """Look at memory as an array of `count` pixels, of the type of the array `like`."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = context.make_array(like)(context, builder)
        size = context.get_constant(types.intp, like.dtype.bitwidth // 8)
        populate_array(
            row,
            data=builder.inttoptr(args[1], row.data.type),
            shape=cgutils.pack_array(builder, [args[2]]),
            strides=cgutils.pack_array(builder, [size]),
            itemsize=size,
            meminfo=None,
            parent=None,
        )
        return row._getvalue()

    return like(like, types.int64, types.int64), code


@compiled()
def rows_8bit(like, where, mask, size, origin, out):  # type: ignore[no-untyped-def]
    """Do what `vectors.sums_8bit` does, row by row.

    `where` is the address of the first row and the distance to the next, of x, of y and
    of the mask; `size` says how many rows of how many pixels; `mask` is an empty array
    of bytes, or None.
    """
    for r in range(size[0]):
        x = _row(like, where[0] + r * where[1], size[1])
        y = _row(like, where[2] + r * where[3], size[1])
        if mask is None:
            sums_8bit(x, y, None, origin, out)
        else:
            inside = _row(mask, where[4] + r * where[5], size[1])
            sums_8bit(x, y, inside, origin, out)


@compiled()
def rows_16bit(like, where, mask, size, origin, out):  # type: ignore[no-untyped-def]
    """Do what `vectors.sums_16bit` does, row by row; arguments as of `rows_8bit`."""
    for r in range(size[0]):
        x = _row(like, where[0] + r * where[1], size[1])
        y = _row(like, where[2] + r * where[3], size[1])
        if mask is None:
            sums_16bit(x, y, None, origin, out)
        else:
            inside = _row(mask, where[4] + r * where[5], size[1])
            sums_16bit(x, y, inside, origin, out)


@compiled()
def float_rows(like, where, mask, size, ox, oy, rows):  # type: ignore[no-untyped-def]
    """Do what `plain.float_blocks` does, row by row; arguments as of `rows_8bit`."""
    blocks = (size[1] + FLOAT_BLOCK - 1) // FLOAT_BLOCK
    for r in range(size[0]):
        x = _row(like, where[0] + r * where[1], size[1])
        y = _row(like, where[2] + r * where[3], size[1])
        moments = rows[r * blocks : (r + 1) * blocks]
        if mask is None:
            float_blocks(x, y, _NO_MASK, ox, oy, moments)
        else:
            inside = _row(mask, where[4] + r * where[5], size[1])
            float_blocks(x, y, inside, ox, oy, moments)


def where(x: Array, y: Array, mask: Array) -> tuple[int, ...]:
    """Return addresses of the first rows of three arrays, and distances to the next.

    Addresses, since numba compiles a loop over arrays with strides for any stride, and
    such a loop has no vectors.
    """
    return tuple(
        number
        for array in (x, y, mask)
        for number in ((array.ctypes.data, array.strides[0]) if array.size else (0, 0))
    )
