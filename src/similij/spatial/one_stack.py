"""Bring two images side by side as planes or stacks, with the size of a pixel.

`shift` and `frc` are of space alone: of channels and frames they refuse more than one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..images.calibration import Calibration, differing
from ..images.door import as_image
from ..images.pair import Pair, prepare

_MOST_AXES = 3


def one_stack(
    x: Any, y: Any, mask: Any, what: str, least_axes: int = 1
) -> tuple[Pair, tuple[str, ...], tuple[Calibration, Calibration]]:
    """Bring both images side by side, with names of their axes and sizes of a pixel.

    Parameters
    ----------
    x, y, mask : array-like
        As the function that is called `what` takes them.
    what : str
        Its name, for errors.
    least_axes : int
        How many axes there must be.

    Raises
    ------
    ImageError
        If they cannot be compared, are in parts, or have channels or frames.
    """
    one, two = as_image(x, "image 1"), as_image(y, "image 2")
    pair = prepare(one, two, mask)
    pair.must_be_in_memory(what)
    names: tuple[str, ...] = ("z", "y", "x")[-pair.x.ndim :]
    if pair.axes:
        names = (*(axis for axis, _ in pair.axes), "y", "x")
    whole = np.asarray(pair.x), np.asarray(pair.y)
    wide = None if pair.mask is None else np.broadcast_to(pair.mask, whole[0].shape)
    # An axis of one plane has no shift: a (1, y, x) image is a plane.
    if len(names) == whole[0].ndim:
        single = [k for k, d in enumerate(names[:-2]) if whole[0].shape[k] == 1]
        names = tuple(d for k, d in enumerate(names) if k not in single)
        at = tuple(0 if k in single else slice(None) for k in range(whole[0].ndim))
        whole = whole[0][at], whole[1][at]
        wide = None if wide is None else wide[at]
    if not least_axes <= whole[0].ndim <= _MOST_AXES or {"c", "t"} & {*names}:
        raise ImageError(
            f'"{pair.names[0]}" has the shape {whole[0].shape} with the axes '
            f"{', '.join(names)}: {what} is of a plane (y, x) or a stack (z, y, x). "
            "Take one channel and frame, e.g. with .isel(c=0, t=0)."
        )
    return Pair(*whole, wide, pair.names), names, (one.calibration, two.calibration)


def pixel_size(
    sizes: tuple[Calibration, Calibration], dims: tuple[str, ...]
) -> tuple[str, tuple[float, ...]]:
    """Return unit and size of a pixel along each axis; "" where no image knows one.

    Where they say different things of their pixels, nobody knows what a length is in
    any unit.
    """
    calibration = next((size for size in sizes if size.pixel_size), None)
    if (
        calibration is None
        or calibration.pixel_size is None
        or differing(("", ""), *sizes)
    ):
        return "", (math.nan,) * len(dims)
    steps = dict(zip("xyz", calibration.pixel_size, strict=False))
    return calibration.unit, tuple(steps.get(d, math.nan) for d in dims)
