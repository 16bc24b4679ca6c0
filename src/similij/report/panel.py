"""The panel of a pair in a report: pictures, verdict and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..measure.table.columns import PLACE, text
from .images import SHOWN_PERCENT, PairPictures, Picture, draw_pair, open_pair
from .table import PairRows, ReportTable
from .text import html, name

MOST_ROWS = 20
"""Rows of a pair that its panel lists."""


@dataclass(frozen=True)
class Panel:
    """What a panel shows of a pair.

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
    """

    pair: int
    pictures: PairPictures | None
    words: str
    verdict: str = ""


def source_of(pair: PairRows, images: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Both images: those given by name, else the files of the rows; None: neither."""
    first, second = (
        images.get(title, path or None)
        for title, path in zip(pair.names, pair.files, strict=True)
    )
    return None if first is None or second is None else (first, second)


def make_panel(
    table: ReportTable, pair: int, row: int, source: tuple[Any, Any], verdicts: bool
) -> Panel:
    """Draw a pair; what cannot be drawn is said."""
    about = table.pairs[pair]
    place = {n: table.value(n, row) for n in PLACE}
    known = {n: v for n, v in place.items() if isinstance(v, (int, float)) and v > 0}
    try:
        x, y, words = open_pair(source, about.names, known)
        pictures = draw_pair(x, y)
    except Exception as error:  # whatever it is, the other pairs go on
        return Panel(pair, None, f"No pictures: {error or type(error).__name__}")
    return Panel(pair, pictures, words, _verdict(x, y) if verdicts else "")


def _verdict(x: Any, y: Any) -> str:
    """Paragraph of the verdict, where SciPy is there."""
    from ..verdicts.verdict import verdict

    try:
        return verdict(x, y).text
    except (ModuleNotFoundError, ValueError):  # no plane to have a verdict of
        return ""


def panel_html(table: ReportTable, panel: Panel, place: int) -> str:
    """Article of a pair."""
    pair = table.pairs[panel.pair]
    title = " and ".join(name(n) for n in pair.names if n)  # each a name apart
    key = f"pair-{panel.pair}"
    parts = [
        f'<article class="panel" id="{key}" data-pair="{panel.pair}" '
        f'aria-labelledby="{key}-heading">',
        f'<h3 id="{key}-heading" tabindex="-1">{place}. {title}</h3>',
    ]
    files = [f for f in pair.files if f]
    if files:
        parts.append(f'<p class="files">{" and ".join(map(name, files))}</p>')
    if panel.verdict:
        parts.append(f'<p class="verdict">{html(panel.verdict)}</p>')
    if panel.pictures is None:
        parts.append(f'<p class="warning">{html(panel.words)}</p>')
    else:
        parts += _pictures(panel.pictures, pair.names, panel.words)
    return "".join([*parts, _numbers(table, pair), "</article>"])


def _pictures(found: PairPictures, names: tuple[str, str], words: str) -> list[str]:
    one, two = names
    height, width = found.shape
    seen = f"{width}×{height} pixels" + (f", {words}" if words else "")
    if found.block > 1:
        seen += f"; each shown is the mean of {found.block}×{found.block}"
    grey = f"black {_short(found.first.low)}, white {_short(found.first.high)}"
    contrast = f"{SHOWN_PERCENT[0]:g} and {SHOWN_PERCENT[1]:g} % of both images"
    far = _short(found.difference.high)
    x0, x1, y0, y1 = map(_short, found.limits)
    most = f"{found.density.high:,.0f}"
    ends = f"−{far} {_bar('diverging')} {far}" if found.difference.high else "none"
    return [
        f'<p class="help">{html(seen)}. Both images in the same contrast: {grey} '
        f"({contrast}).</p>",
        '<div class="pictures">',
        _figure(found.first, f"Image 1, {one}: {grey}", f"<b>Image 1</b>: {name(one)}"),
        _figure(found.second, f"Image 2, {two}: {grey}",
                f"<b>Image 2</b>: {name(two)}"),
        _figure(
            found.difference,
            f"Image 2 less image 1, blue −{far}, white 0, red {far}",
            f"<b>Image 2 − image 1</b>:<br>{ends}",
        ),
        _figure(
            found.density,
            f"Values of image 2 ({y0} to {y1}, upwards) over those of image 1 ({x0} to "
            f"{x1}, to the right); up to {most} pixels have the same two values",
            f"<b>Values</b>: 1 {_bar('sequential')} {most} pixels (log); → image 1: "
            f"{x0} to {x1}; ↑ image 2: {y0} to {y1}; orange: equal",
        ),
        "</div>",
    ]  # fmt: skip


def _short(value: float) -> str:
    """Write an intensity with four digits, or all before the point."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"  # noqa: PLR2004


def _bar(gradient: str) -> str:
    return (
        '<svg class="bar" width="70" height="10" aria-hidden="true">'
        f'<rect width="70" height="10" fill="url(#{gradient})"/></svg>'
    )


def _figure(picture: Picture, alt: str, caption: str) -> str:
    width, height = picture.size
    return (
        f'<figure><img src="{picture.source}" width="{width}" height="{height}" '
        f'alt="{html(alt)}"><figcaption>{caption}</figcaption></figure>'
    )


def _numbers(table: ReportTable, pair: PairRows) -> str:
    """Table of the rows of a pair, and how to find those that it leaves out."""
    kept = [
        c
        for c in table.columns.values()
        if c.shown and c.name not in ("image_1", "image_2")
    ]
    head = "".join(
        f'<th scope="col" class="{_kind(c.numeric)}">{html(c.label)}</th>' for c in kept
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{_kind(c.numeric)}">{html(text(c.values[r]))}</td>'
            for c in kept
        )
        + "</tr>"
        for r in pair.rows[:MOST_ROWS]
    )
    shown = (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
    more = len(pair.rows) - MOST_ROWS
    if more > 0:
        find = " ".join(
            f'{column} = "{title}"'
            for column, title in zip(("image_1", "image_2"), pair.names, strict=True)
        )
        shown += (
            f"<p>and {more} more rows, which the table above has. "
            f'<button type="button" class="screen" data-find="{html(find)}">Filter the '
            "table to this pair</button></p>"
        )
    return shown


def _kind(numeric: bool) -> str:
    return "number" if numeric else "text"
