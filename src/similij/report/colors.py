"""Colours and PNGs of a report, without matplotlib, which is not always there.

Both palettes are told apart with every kind of colour vision.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

COLORS = 254
"""Of a palette; two more are for what has no value, and for a line."""

BLANK, LINE = COLORS, COLORS + 1
"""Index of the colour of what has no value (transparent), and of a line."""

SEQUENTIAL = "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725"
"""Stops of viridis (Smith & van der Walt 2015), dark to bright."""

DIVERGING = (
    "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f"
)
"""Stops of ColorBrewer's RdBu (Brewer 2003), blue to red, white between."""

GREY = "000000 ffffff"

_LINE_COLOR = (213, 94, 0)


def stops(colors: str) -> list[str]:
    """Colours for CSS, from the first to the last."""
    return [f"#{color}" for color in colors.split()]


def palette(colors: str) -> Bytes:
    """Table of colours, (256, 3): `COLORS` between the stops, then blank and line."""
    known = np.array([list(bytes.fromhex(c)) for c in colors.split()], float)
    at = np.linspace(0, len(known) - 1, COLORS)
    table = [np.interp(at, np.arange(len(known)), known[:, k]) for k in range(3)]
    found = np.zeros((256, 3), np.uint8)
    found[:COLORS] = np.rint(np.stack(table, axis=1)).astype(np.uint8)
    found[LINE] = _LINE_COLOR
    return found


def indices(values: Floats, low: float, high: float) -> Bytes:
    """Index of the colour of each value; blank where it is NaN."""
    undefined = np.isnan(values)
    span = high - low
    with np.errstate(invalid="ignore", over="ignore"):
        part = (values - low) / span if span > 0 else np.full(values.shape, 0.5)
    part = np.clip(np.where(undefined, 0, part), 0, 1)
    found: Bytes = np.rint(part * (COLORS - 1)).astype(np.uint8)
    found[undefined] = BLANK
    return found


def png(pixels: Bytes, colors: str) -> str:
    """Address that holds a PNG of indexed colours.

    Parameters
    ----------
    pixels : ndarray of uint8, (y, x)
        Index of the colour of each pixel.
    colors : str
        Stops of the palette.
    """
    from PIL import Image

    picture: Any = Image.fromarray(pixels)
    picture.putpalette(palette(colors).tobytes())
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True, transparency=BLANK)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def enlarged(pixels: Bytes, most: int) -> Bytes:
    """Repeat pixels as often as they fit, so that a printer does not blur them."""
    times = max(1, most // max(pixels.shape))
    return np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
