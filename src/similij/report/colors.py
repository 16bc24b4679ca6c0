"""Turn numbers into colours and PNGs, without matplotlib, which is not always there.

Both palettes are told apart with every kind of colour vision. A picture has one byte
for each pixel, the index of a colour, and not three of the colour itself, since a page
holds dozens of pictures inside its text.
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
"""Of a palette; of the 256 that a byte can name, two are for what has no value and for
a line."""

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
    """Return colours for CSS, from the first to the last."""
    return [f"#{color}" for color in colors.split()]


def palette(colors: str) -> Bytes:
    """Make a table of (256, 3): `COLORS` along the stops, then blank, then line."""
    rgb = np.array([list(bytes.fromhex(c)) for c in colors.split()], float)
    at = np.linspace(0, len(rgb) - 1, COLORS)
    channels = [np.interp(at, np.arange(len(rgb)), rgb[:, k]) for k in range(3)]
    table = np.zeros((256, 3), np.uint8)
    table[:COLORS] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    table[LINE] = _LINE_COLOR
    return table


def indices(values: Floats, low: float, high: float) -> Bytes:
    """Return the index of the colour of each value; blank where it is NaN."""
    undefined = np.isnan(values)
    span = high - low
    # Infinite values are allowed, and are the first or the last colour: inf - inf and
    # what is larger than a float need no warning. All values equal: the colour between.
    with np.errstate(invalid="ignore", over="ignore"):
        part = (values - low) / span if span > 0 else np.full(values.shape, 0.5)
    part = np.clip(np.where(undefined, 0, part), 0, 1)
    colors: Bytes = np.rint(part * (COLORS - 1)).astype(np.uint8)
    colors[undefined] = BLANK
    return colors


def png(pixels: Bytes, colors: str) -> str:
    """Return an address (data:) that holds a PNG of indexed colours.

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
    """Repeat pixels as often as they fit into a side of `most`.

    A browser can be told to keep the edges of enlarged pixels; a printer blurs them.
    """
    times = max(1, most // max(pixels.shape))
    return np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
