"""Turn numbers of a palette into the values that they stand for, where these are gray.

ImageJ keeps the numbers and shows what the palette makes of them, so that of two files
of one picture, one with a palette and one without, it measures different things. What
is shown is the picture; so that is what a file means here, and a note says it.
"""

from __future__ import annotations

import numpy as np

from ...ground.errors import ImageError
from ...ground.types import Array
from .reading import Wanted

NOTE = (
    "has a palette of grays: the values shown were compared, not the numbers recorded, "
    "which ImageJ measures"
)
"""What a row says of such an image."""

VALUES = "a palette of grays: the values shown"
"""By which rule its values are made."""


def of_palette(
    name: str, numbers: Array, colours: Array, wanted: Wanted
) -> tuple[Array, str, tuple[str, ...]]:
    """Return the pixels of an image with a palette, their rule, and notes.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    numbers : ndarray of uint8
        Numbers of colours.
    colours : ndarray of uint8, (n, 3)
        Red, green and blue of each number.
    wanted : Wanted
        Whether the numbers themselves are wanted.

    Returns
    -------
    ndarray of uint8, str, tuple of str
        The pixels, as which `values` of an image and which `notes`.

    Raises
    ------
    ImageError
        If a colour that is used is not gray, or there is none of that number.

    Examples
    --------
    >>> numbers = np.array([[0, 1], [1, 0]], np.uint8)
    >>> grays = np.array([[9, 9, 9], [2, 2, 2]], np.uint8)
    >>> of_palette("a.png", numbers, grays, Wanted())[0]
    array([[9, 2],
           [2, 9]], dtype=uint8)
    """
    if wanted.indices:
        return numbers, "numbers of a palette, as recorded", ()
    used = np.flatnonzero(np.bincount(numbers.reshape(-1), minlength=256))
    if used[-1] >= len(colours):
        raise ImageError(
            f'"{name}" has pixels of colour {used[-1]}, and its palette has '
            f"{len(colours)} colours, 0 to {len(colours) - 1}: save it again."
        )
    shown = colours[used]
    if (shown != shown[:, :1]).any():
        raise of_colors(name, len(colours))
    if (shown[:, 0] == used).all():
        return numbers, "", ()
    table = np.zeros(256, np.uint8)
    table[used] = shown[:, 0]
    return table[numbers], VALUES, (NOTE,)


def of_colors(name: str, entries: int) -> ImageError:
    """Return what to say of an image whose pixels are numbers of colours."""
    return ImageError(
        f'"{name}" is an 8-bit color image (a palette of {entries} colours): grey '
        "images of 8, 16 and 32 bits can be compared. Convert it with Image > Type in "
        "ImageJ; as a label image or a mask it is taken as it is."
    )
