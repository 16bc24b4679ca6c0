"""Hold the colours of maps as tables, so that maps need no matplotlib.

The files are ImageJ's look-up tables: 256 reds, 256 greens, 256 blues. They are
matplotlib's viridis and inferno (Smith & van der Walt 2015) and ColorBrewer's RdBu
(Brewer 2003); a test holds them against matplotlib where that is installed. They are
files and not stops to interpolate between, because a map that ImageJ shows and the
figure of the same map by matplotlib must have the same colours.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

STEPS = 256
"""Colours of a table."""

Colors = NDArray[np.uint8]


@cache
def colors_of(name: str) -> Colors:
    """Return the colours of a table from the lowest to the highest, (256, 3)."""
    stored = (resources.files(__package__) / "luts" / f"{name}.lut").read_bytes()
    colors: Colors = np.frombuffer(stored, np.uint8).reshape(3, STEPS).T
    return colors


def rgb_of(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of a colour in words or as "#RRGGBB".

    Examples
    --------
    >>> rgb_of("#D55E00"), rgb_of("white")
    ((213, 94, 0), (255, 255, 255))
    """
    red, green, blue = bytes.fromhex({"white": "#FFFFFF"}.get(color, color)[1:])
    return red, green, blue


def hex_of(color: Colors) -> str:
    """Return a colour of a table as "#RRGGBB"."""
    return f"#{color.tobytes().hex().upper()}"
