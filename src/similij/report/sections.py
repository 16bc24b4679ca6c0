"""Sections of a report in words: overview, problems, how it was made, how to cite."""

from __future__ import annotations

import math
import platform
import re
import statistics
from collections.abc import Mapping
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

from ..ground.version import __version__
from ..measure.table.columns import text
from .heat_map import row_name
from .table import Column, ReportTable
from .text import html, name, with_links

MOST_NOTES = 40
"""Different notes that are listed; the table has all."""

MOST_WORDS = 5
"""Different values of a parameter that are listed."""

_LIBRARIES = ("numpy", "scipy", "scikit-image", "tifffile", "xarray", "dask")
_VALUES = re.compile(r"\([^()]*\d[^()]*\)")


def overview(table: ReportTable) -> str:
    """Table of the least alike, the middle and the most alike, for each metric."""
    heads = ("Metric", "Least alike", "Median", "Most alike", "Undefined")
    return _table(heads, [_ends(table, column) for column in table.metrics])


def _ends(table: ReportTable, column: Column) -> str:
    """Row of a metric in the overview."""
    known = [r for r in range(table.size) if not math.isnan(column.values[r])]
    better = column.metric.higher_is_more_similar if column.metric else None
    label = html(column.label) + " (smallest, largest)" * (better is None)
    if not known:
        cells = "<td></td>" * 3
    else:
        ends = [f(known, key=column.values.__getitem__) for f in (min, max)]
        first, last = (
            f"<td><b>{text(column.values[r])}</b> {name(row_name(table, r))}</td>"
            for r in (ends[::-1] if better is False else ends)
        )
        middle = float(statistics.median(column.values[r] for r in known))
        cells = f"{first}<td>{text(middle)}</td>{last}"
    undefined = f'<td class="number">{table.size - len(known):,}</td>'
    return f'<tr><th scope="row">{label}</th>{cells}{undefined}</tr>'


def problems(table: ReportTable) -> str:
    """Rows without a number, and the notes of all others."""
    parts = []
    if table.failed:
        items = "".join(
            f"<li>{name(row_name(table, r))}: {html(table.value('note', r))}</li>"
            for r in table.failed
        )
        parts.append(f"<h3>Could not be compared</h3><ul>{items}</ul>")
    notes = _notes(table)
    if notes:
        common = sorted(notes.items(), key=lambda item: -len(item[1]))[:MOST_NOTES]
        items = "".join(
            f"<li>{html(note)} <small>({_rows_of(table, rows)})</small></li>"
            for note, rows in common
        )
        rest = len(notes) - len(common)
        more = f"<p>{rest:,} more are in the table's Note column.</p>" if rest else ""
        parts.append(f"<h3>Notes</h3><ul>{items}</ul>{more}")
    return "".join(parts)


def _notes(table: ReportTable) -> dict[str, list[int]]:
    """Rows of each note; those that differ only in values in brackets are one."""
    same: dict[str, dict[str, list[int]]] = {}
    failed = {*table.failed}
    for row in range(table.size):
        if row not in failed:
            for note in filter(None, str(table.value("note", row)).split("; ")):
                stem = _VALUES.sub("(…)", note)
                same.setdefault(stem, {}).setdefault(note, []).append(row)
    return {
        next(iter(each)) if len(each) == 1 else stem: sorted(chain(*each.values()))
        for stem, each in same.items()
    }


def _rows_of(table: ReportTable, rows: list[int]) -> str:
    return f"{len(rows):,} rows" if len(rows) > 1 else name(row_name(table, rows[0]))


def how_made(table: ReportTable, parameters: Mapping[str, Any]) -> str:
    """Parameters, versions, and what each metric is."""
    facts = {str(k): str(v) for k, v in parameters.items()}
    for column in ("rescale", "against", "run", "version"):
        if column in table.columns:
            said = [*dict.fromkeys(map(str, table.columns[column].values))]
            words = ", ".join(said[:MOST_WORDS])
            if len(said) > MOST_WORDS:
                words += f" and {len(said) - MOST_WORDS} more"
            label = column.capitalize()
            facts.setdefault("Rows of SimilIJ" if column == "version" else label, words)
    items = "".join(
        f'<tr><th scope="row">{html(k)}</th><td>{html(v)}</td></tr>'
        for k, v in {**facts, **_versions()}.items()
    )
    return (
        '<table><caption class="unseen">Parameters and versions</caption>'
        f"<tbody>{items}</tbody></table>{_metrics(table)}"
    )


def _versions() -> dict[str, str]:
    found = {"SimilIJ": __version__, "Python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return {**found, "Platform": platform.platform()}


def _metrics(table: ReportTable) -> str:
    lines = []
    for column in table.metrics:
        m = column.metric
        if m is not None:
            more = {True: "higher", False: "lower", None: "neither"}
            way = more[m.higher_is_more_similar]
            cells = (m.formula, way, m.unit, m.summary, m.blind)
            lines.append(
                f'<tr><th scope="row">{html(m.label)}</th>'
                + "".join(f"<td>{html(cell)}</td>" for cell in cells)
                + "</tr>"
            )
    if not lines:
        return ""
    heads = ("Metric", "Formula", "More alike", "Unit", "Sees", "Blind to")
    return (
        '<h3>What the numbers are</h3><p class="help">x, y: images 1 and 2; n: the '
        f"pixels compared; x̄, ȳ: means.</p>{_table(heads, lines)}"
    )


def _table(heads: tuple[str, ...], lines: list[str]) -> str:
    if not lines:
        return ""
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def how_to_cite(table: ReportTable) -> str:
    """Quote CITATION.cff, and name where each metric is from."""
    sources = "".join(
        f"<li>{html(c.label)}: {with_links(c.metric.source)}</li>"
        for c in table.metrics
        if c.metric is not None and c.metric.source
    )
    words = "\n".join(map(html, _citation().splitlines()))
    metrics = f"<p>The metrics:</p><ul>{sources}</ul>" if sources else ""
    return (
        f"<p>SimilIJ {__version__}, as its CITATION.cff says:</p><pre>{words}</pre>"
        f"{metrics}"
    )


def _citation() -> str:
    """CITATION.cff: in the package of a wheel, else at the top of the repository."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package, package.parents[1]):
        file = folder / "CITATION.cff"
        if file.is_file():
            return file.read_text(encoding="utf-8").strip()
    return f'title: "SimilIJ"\nversion: {__version__}'
