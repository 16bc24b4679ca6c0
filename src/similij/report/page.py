"""Make the page of a report: give its templates all that they are given.

Modules of this wing prepare numbers and words; all HTML is in `templates`, where jinja2
makes every word of others text by itself. The page was put together from strings once,
with an escape by hand at some fifty places, of which to forget one was a hole.
"""

from __future__ import annotations

import base64
import hashlib
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..ground.version import __version__
from .colors import DIVERGING, SEQUENTIAL, stops
from .heat_map import HeatMap
from .panel import MOST_ROWS, Panel, view
from .sections import citation, how_made, overview, problems, sources
from .table import Column, ReportTable
from .text import html, script_data

_HEADINGS = {
    "overview": "Overview",
    "heat": "Heat map",
    "table": "Table",
    "pairs": "Pairs",
    "problems": "Problems and notes",
    "made": "How it was made",
    "cite": "How to cite",
}
"""Of the sections, as they are on the page."""


def page(
    title: str,
    table: ReportTable,
    maps: Sequence[HeatMap],
    panels: Sequence[Panel],
    *,
    by: Column | None,
    odd: Sequence[str],
    parameters: Mapping[str, Any],
) -> str:
    """Return the whole HTML file.

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
    odd : sequence of str
        What is to be said about the odd ones out; empty if nothing is known of them.
    parameters : mapping
        Of the run, in words.
    """
    ends, trouble = overview(table), problems(table)
    # A section with nothing in it has no heading and no link to it either.
    empty = {
        "overview": not ends and not odd,
        "heat": not maps,
        "problems": not trouble.failed and not trouble.notes,
    }
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            title=title,
            version=__version__,
            style=_inline("report.css"),
            script=_inline("report.js"),
            gradients={
                "sequential": _gradient(SEQUENTIAL),
                "diverging": _gradient(DIVERGING),
            },
            about=_about(table),
            headings={k: v for k, v in _HEADINGS.items() if not empty.get(k, False)},
            overview=ends,
            odd_ones_out=odd,
            maps=maps,
            example=_example(by),
            panels_about=_panels_about(table, panels, by),
            panels=[view(table, panel) for panel in panels],
            problems=trouble,
            made=how_made(table, parameters),
            citation=citation(),
            sources=sources(table),
            data=script_data(_data(table, maps, by)),
        )
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    # StrictUndefined: a name that a template has and nobody gives is an error, not "".
    return Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        finalize=html,  # spells out what escaping leaves: marks that turn text around
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _inline(file: str) -> dict[str, str]:
    """Return a style or script, and its hash for the page's policy.

    The policy allows what has these hashes and nothing else. So even a name that found
    a way past the escapes would be words, and not a script that runs.
    """
    content = (files(__package__) / "templates" / file).read_text(encoding="utf-8")
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return {
        "text": content,
        "hash": "sha256-" + base64.b64encode(digest).decode(),
    }


def _gradient(colors: str) -> list[tuple[str, str]]:
    """Return the place, from 0 to 1, and colour of each stop."""
    each = stops(colors)
    return [(f"{k / (len(each) - 1):.4f}", color) for k, color in enumerate(each)]


def _about(table: ReportTable) -> dict[str, str]:
    pairs, failed = len(table.pairs), len(table.failed)
    return {
        "sizes": f"{table.size:,} row{'s' * (table.size != 1)}, "
        f"{pairs:,} pair{'s' * (pairs != 1)} of images",
        "failed": f"{failed:,}" if failed else "",
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def _example(by: Column | None) -> str:
    """Return an example of a search that finds about half of these rows."""
    if by is None:
        return "cells n > 100"
    middle = [v for v in by.values if math.isfinite(v)]
    return (
        f"{by.name} < {statistics.median(middle):.3g}" if middle else f"{by.name} < 1"
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
    how = f"least alike first (by the {which} {by.label} of their rows)"
    words = f"Pictures of the {count:,} least alike of {all_:,} pairs"
    return f"{words if count < all_ else f'Pictures of all {all_:,} pairs'}, {how}."


def _data(
    table: ReportTable, maps: Sequence[HeatMap], by: Column | None
) -> dict[str, Any]:
    """Give the script what it needs: words once each, and a number for each row.

    A batch has thousands of rows with the same few names, and the page is one file.
    """
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
    about: dict[str, Any] = {
        "name": column.name,
        "label": column.label,
        "shown": column.shown,
        "metric": column.metric is not None,
    }
    if column.numeric:
        return {**about, "values": column.values}
    words = {word: k for k, word in enumerate(dict.fromkeys(column.values))}
    return {**about, "words": [*words], "codes": [words[v] for v in column.values]}
