"""Make the panel of a pair in a report: pictures, verdict and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..ground.names import path_of
from ..ground.types import Row
from ..measure.preparing import ALIGNED
from ..measure.table.columns import PLACE, text
from .images import SHOWN_PERCENT, PairPictures, draw_pair, open_pair, square_of
from .outlines import Pixels, Traced, pixels_of_rows
from .table import PairRows, ReportTable

MOST_ROWS = 20
"""Rows of a pair that its panel lists."""


UNALIGNED = "before aligning (the numbers are of aligned images)"
"""What pictures and verdict are of where an image was moved: tables keep no motion."""


@dataclass(frozen=True)
class Panel:
    """Hold what a panel shows of a pair.

    Attributes
    ----------
    pair : int
        Index of the pair.
    pictures : PairPictures or None
        None where the images could not be had.
    words : str
        Which plane they are of, or why there are none.
    verdict : str
        In words; "" if there is none.
    places : tuple of Row
        Those that it names, as `similij.verdicts.places.rows_of` returns them.
    facts : tuple of dict
        What is known of each image, in words.
    outlines : tuple of Traced
        Of the regions of its rows, as the pictures have them.
    pixels : str
        Which pixels the values are of.
    """

    pair: int
    pictures: PairPictures | None
    words: str
    verdict: str = ""
    places: tuple[Row, ...] = ()
    facts: tuple[dict[str, str], ...] = ()
    outlines: tuple[Traced, ...] = ()
    pixels: str = ""


def source_of(pair: PairRows, images: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Return both images: given by name, else the files of the rows; None: not both."""
    first, second = (
        images.get(title, path_of(path) if path else None)
        for title, path in zip(pair.names, pair.files, strict=True)
    )
    return None if first is None or second is None else (first, second)


def make_panel(
    table: ReportTable,
    pair: int,
    row: int,
    source: tuple[Any, Any],
    verdicts: bool,
    regions: Any = None,
    mask: Any = None,
) -> Panel:
    """Draw a pair, with the regions of its rows, or say why it cannot be drawn."""
    about = table.pairs[pair]
    # A row of pooled planes has NaN or nothing there, and then the middle is shown.
    values = {n: table.value(n, row) for n in PLACE}
    place = {n: v for n, v in values.items() if isinstance(v, (int, float)) and v > 0}
    try:
        x, y, words, facts = open_pair(source, about.names, place)
        # Of this plane: regions may be tied to others, which have rows of their own.
        names = {
            str(table.value("region", other))
            for other in about.rows
            if all(_same(table.value(n, other), values[n]) for n in PLACE)
        }
        shape = (x.shape[0], x.shape[1])
        counted = _pixels(regions, mask, names, shape)
        pictures = draw_pair(x, y, counted.inside)
        aligned = ALIGNED in str(table.value("note", row))
        if aligned:
            words = f"{words}, {UNALIGNED}" if words else UNALIGNED
    except Exception as error:  # whatever it is, the other pairs go on
        return Panel(pair, None, f"No pictures: {error or type(error).__name__}")
    told, places = _verdict(x, y) if verdicts else ("", ())
    if aligned and told:
        told = f"Before aligning: {told}"
    return Panel(
        pair, pictures, words, told, places, facts, counted.outlines, counted.words
    )


def _pixels(regions: Any, mask: Any, names: set[str], shape: tuple[int, int]) -> Pixels:
    """Return the pixels of rows; all where a file of regions is there no more."""
    try:
        return pixels_of_rows(regions, mask, names, shape, square_of(shape))
    except (OSError, ValueError):
        return Pixels()


def _same(one: Any, other: Any) -> bool:
    """Whether two places of a table are one; a place that is none may be NaN."""
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124


def _verdict(x: Any, y: Any) -> tuple[str, tuple[Row, ...]]:
    """Return words and places of the verdict; none without SciPy, which it needs."""
    from ..verdicts.verdict import verdict

    try:
        found = verdict(x, y)
    except (ModuleNotFoundError, ValueError):  # no plane to have a verdict of
        return "", ()
    return found.text, tuple(found.rows)


def view(table: ReportTable, panel: Panel) -> dict[str, Any]:
    """Return what the template writes of a panel."""
    pair = table.pairs[panel.pair]
    columns = [
        c
        for c in table.columns.values()
        if c.shown and c.name not in ("image_1", "image_2")
    ]
    pictures = panel.pictures
    numbers = {outline.name: outline.number for outline in panel.outlines}
    return {
        "pair": panel.pair,
        "title": pair.title,
        "images": pair.names,
        "names": [name for name in pair.names if name],
        "files": [file for file in pair.files if file],
        "verdict": panel.verdict,
        "places": [
            {
                **place,
                "rmsd": _short(place["rmsd"]),
                "times": f"{place['times_noise']:.3g}",
            }
            for place in panel.places
        ],
        "square": 1 if pictures is None else pictures.square,
        "outlines": panel.outlines,
        "facts": [
            "; ".join(f"{name}: {words}" for name, words in known.items())
            for known in panel.facts
        ],
        "words": panel.words if pictures is None else _seen(pictures, panel.words),
        "pictures": None if pictures is None else _pictures(pictures, panel.pixels),
        "columns": [
            {"label": c.label, "kind": "number" if c.numeric else "text"}
            for c in columns
        ],
        "rows": [
            {
                "region": str(table.value("region", r)),
                "number": numbers.get(str(table.value("region", r)), 0),
                "words": [text(c.values[r]) for c in columns],
            }
            for r in pair.rows[:MOST_ROWS]
        ],
        "more": len(pair.rows) - MOST_ROWS,
        "find": " ".join(
            f'{column} = "{name}"'
            for column, name in zip(("image_1", "image_2"), pair.names, strict=True)
        ),
    }


def _seen(pictures: PairPictures, words: str) -> str:
    height, width = pictures.shape
    seen = f"{width}×{height} pixels" + (f", {words}" if words else "")
    if pictures.square > 1:
        seen += f"; each shown is the mean of {pictures.square}×{pictures.square}"
    return seen


def _pictures(pictures: PairPictures, pixels: str) -> dict[str, Any]:
    x0, x1, y0, y1 = map(_short, pictures.limits)
    grey = pictures.first  # the second one has the same contrast
    return {
        "first": pictures.first,
        "second": pictures.second,
        "difference": pictures.difference,
        "density": pictures.density,
        "grey": f"black {_short(grey.low)}, white {_short(grey.high)}",
        "contrast": f"{SHOWN_PERCENT[0]:g} and {SHOWN_PERCENT[1]:g} % of both images",
        "far": _short(pictures.difference.high),
        "differ": bool(pictures.difference.high),
        "x": f"{x0} to {x1}",
        "y": f"{y0} to {y1}",
        "most": f"{pictures.density.high:,.0f}",
        "counted": f"{pictures.counted:,} {pixels}",
    }


def _short(value: float) -> str:
    """Write an intensity with four digits, or all before the point."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"  # noqa: PLR2004
