"""The page of a report: what is around its table, heat maps and panels."""

from __future__ import annotations

import base64
import hashlib
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from ..ground.version import __version__
from .colors import DIVERGING, SEQUENTIAL, stops
from .heat_map import HeatMap, draw, scale
from .panel import MOST_ROWS, Panel, panel_html
from .sections import how_made, how_to_cite, overview, problems
from .table import Column, ReportTable
from .text import html, script_data

_ORDER = ("overview", "heat", "table", "pairs", "problems", "made", "cite")
"""Of the sections, as they are on the page."""


def page(
    title: str,
    table: ReportTable,
    maps: Sequence[HeatMap],
    panels: Sequence[Panel],
    *,
    by: Column | None,
    odd: str,
    parameters: Mapping[str, Any],
) -> str:
    """Whole HTML file.

    Parameters
    ----------
    title : str
        Of the page.
    table : ReportTable
        The rows.
    maps : sequence of HeatMap
        To draw.
    panels : sequence of Panel
        Pairs with pictures, least alike first.
    by : Column or None
        What says which are least alike.
    odd : str
        HTML about the odd ones out; "" if nothing is known of them.
    parameters : mapping
        Of the run, in words.
    """
    parts = {
        "overview": ("Overview", overview(table) + odd),
        "heat": ("Heat map", _heat(maps)),
        "problems": ("Problems and notes", problems(table)),
        "made": ("How it was made", how_made(table, parameters)),
        "cite": ("How to cite", how_to_cite(table)),
    }
    titles = {key: heading for key, (heading, body) in parts.items() if body}
    titles = {**titles, "table": "Table", "pairs": "Pairs"}
    style, script = (_template(f"report.{kind}") for kind in ("css", "js"))
    return Template(_template("report.html")).substitute(
        {key: _section(key, *part) for key, part in parts.items()},
        title=html(title),
        version=__version__,
        about=_about(table),
        contents="".join(
            f'<li><a href="#{key}">{titles[key]}</a></li>'
            for key in _ORDER
            if key in titles
        ),
        gradients=_gradient("sequential", SEQUENTIAL)
        + _gradient("diverging", DIVERGING),
        example=html(_example(by)),
        panels_about=_panels_about(table, panels, by),
        chooser=_chooser(table, panels),
        panels="".join(panel_html(table, p, k) for k, p in enumerate(panels, 1)),
        data=script_data(_data(table, maps, by)),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _section(key: str, heading: str, body: str) -> str:
    if not body:
        return ""
    return (
        f'<section id="{key}" aria-labelledby="{key}-heading">'
        f'<h2 id="{key}-heading">{heading}</h2>{body}</section>'
    )


def _template(file: str) -> str:
    return (files(__package__) / "templates" / file).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Name of a script or style in the page's policy: only these may run."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _gradient(key: str, colors: str) -> str:
    found = stops(colors)
    parts = "".join(
        f'<stop offset="{k / (len(found) - 1):.4f}" stop-color="{color}"/>'
        for k, color in enumerate(found)
    )
    return f'<linearGradient id="{key}">{parts}</linearGradient>'


def _about(table: ReportTable) -> str:
    pairs, failed = len(table.pairs), len(table.failed)
    words = f"{table.size:,} row{'s' * (table.size != 1)}, "
    words += f"{pairs:,} pair{'s' * (pairs != 1)} of images"
    if failed:
        words += f'; <a href="#problems">{failed:,} could not be compared</a>'
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return f"{words}. Written {when} by SimilIJ {__version__}."


def _example(by: Column | None) -> str:
    if by is None:
        return "cells n > 100"
    middle = [v for v in by.values if math.isfinite(v)]
    return (
        f"{by.name} < {statistics.median(middle):.3g}" if middle else f"{by.name} < 1"
    )


def _heat(maps: Sequence[HeatMap]) -> str:
    if not maps:
        return ""
    choices = "".join(f"<option>{html(m.title)}</option>" for m in maps)
    chooser = (
        '<div class="controls screen"><div class="field"><label for="map">Shown</label>'
        f'<select id="map">{choices}</select></div></div>'
        if len(maps) > 1
        else ""
    )
    figures = "".join(
        f'<figure class="map"><figcaption>{html(m.title)}</figcaption>{scale(m)}'
        f'<div class="cellbox" tabindex="0" role="application" '
        f'aria-roledescription="heat map" aria-label="{html(m.title)}: '
        f'{len(m.down)} rows, {len(m.across)} columns" aria-describedby="map-help">'
        f'{draw(m)}</div><p class="cell" role="status"></p></figure>'
        for m in maps
    )
    return (
        f'{chooser}{figures}<p class="help screen" id="map-help">Arrow keys go from '
        "cell to cell, Enter or a click shows the pair. The table below has the same "
        "numbers.</p>"
    )


def _chooser(table: ReportTable, panels: Sequence[Panel]) -> str:
    """Offer the pairs that have pictures, and the next of them."""
    if not panels:
        return ""
    choices = "".join(
        f"<option>{k}. {html(table.pairs[panel.pair].title)}</option>"
        for k, panel in enumerate(panels, 1)
    )
    return (
        '<div class="controls screen"><div class="field wide"><label for="panel">Pair'
        f'</label><select id="panel">{choices}</select></div>'
        '<button type="button" id="previous">Previous pair</button>'
        '<button type="button" id="next">Next pair</button></div>'
    )


def _panels_about(
    table: ReportTable, panels: Sequence[Panel], by: Column | None
) -> str:
    if not panels:
        return "No pair has pictures: choose a row of the table to see its numbers."
    count, all_ = len(panels), len(table.pairs)
    if by is None or by.metric is None:
        return f"Pictures of {count:,} of {all_:,} pairs, in their order."
    which = "highest" if by.metric.higher_is_more_similar is False else "lowest"
    how = f"least alike first (by the {which} {html(by.label)} of their rows)"
    words = f"Pictures of the {count:,} least alike of {all_:,} pairs"
    return f"{words if count < all_ else f'Pictures of all {all_:,} pairs'}, {how}."


def _data(
    table: ReportTable, maps: Sequence[HeatMap], by: Column | None
) -> dict[str, Any]:
    """Give the script what it needs: words once each, and a number for each row."""
    columns = [*table.columns.values()]
    at = {column.name: k for k, column in enumerate(columns)}
    return {
        "example": _example(by),
        "most": MOST_ROWS,
        "pair": table.pair_of,
        "names": [pair.names for pair in table.pairs],
        "columns": [_column(column) for column in columns],
        "maps": [
            {
                "cells": m.rows,
                "across": m.across,
                "down": m.down,
                "numbers": [at[c.name] for c in m.metrics],
                "own": None if m.own is None else m.own.ravel().tolist(),
            }
            for m in maps
        ],
    }


def _column(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "label": column.label,
        "shown": column.shown,
        "metric": column.metric is not None,
    }
    if column.numeric:
        return {**found, "values": column.values}
    words = {word: k for k, word in enumerate(dict.fromkeys(column.values))}
    return {**found, "words": [*words], "codes": [words[v] for v in column.values]}
