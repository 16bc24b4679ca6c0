"""Write places that differ as rows: for tables, files, messages and notebooks.

Boxes are in pixels, counted from 0 at the upper left, as ImageJ's "makeRectangle" has
them; an area also in the unit of the images, where they know the size of a pixel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..images.calibration import Calibration

if TYPE_CHECKING:
    from .local import Place

COLUMNS = (
    *("place", "x", "y", "width", "height", "area", "area_in_unit", "unit"),
    *("rmsd", "times_noise", "scale"),
)
"""What each row says of a place, in order."""

OF_ROW = ("image_1", "image_2", "region", "plane", "channel_1", "channel_2", "z", "t")
"""Columns of a comparison's row that say where a place is."""


class Words(str):
    """A verdict in words, a cell of a table, that knows the places it names.

    Places are several rows for one cell, so they are no column; and a table, a copy or
    a file of which nobody asks for them has words there, and nothing else.
    """

    places: tuple[dict[str, Any], ...]
    __slots__ = ("places",)

    def __new__(cls, words: str, places: Iterable[dict[str, Any]] = ()) -> Words:
        """Make it of words and of places, as `rows_of` returns them."""
        made = super().__new__(cls, words)
        made.places = (*places,)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the places where the words are copied or sent away."""
        return Words, (str(self), self.places)


def places_of(row: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the places that the verdict of a comparison's row names."""
    words = row.get("verdict")
    return words.places if isinstance(words, Words) else ()


def pixel_of(one: Calibration, two: Calibration) -> tuple[float, str]:
    """Return the area of a pixel, and its unit squared; NaN and "" where not known."""
    from ..spatial.one_stack import pixel_size

    unit, (height, width) = pixel_size((one, two), ("y", "x"))
    return height * width, f"{unit}²" if unit else ""


def rows_of(
    places: Iterable[Place], pixel: tuple[float, str] = (math.nan, "")
) -> list[dict[str, Any]]:
    """Return a row for each place, the clearest first.

    Parameters
    ----------
    places : iterable of Place
        Of one verdict.
    pixel : tuple of float and str
        Area of a pixel and its unit, as of `pixel_of`.
    """
    area, unit = pixel
    rows = []
    for k, place in enumerate(places, start=1):
        in_unit = None if math.isnan(area) else place.area * area
        values = (k, *place[:5], in_unit, unit, *place[5:])
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def listed(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the places of all rows of a comparison, each with what its row is of."""
    return [
        {**{name: row.get(name) for name in OF_ROW}, **place, "run": row.get("run")}
        for row in rows
        for place in places_of(row)
    ]
