"""Say in a report what came out, what went wrong, how it was made, how to cite it."""

from __future__ import annotations

import math
import platform
import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

from ..ground.version import __version__
from ..measure.table.columns import text
from .heat_map import row_name
from .table import Column, ReportTable
from .text import cut_at_dois

MOST_NOTES = 40
"""Different notes that are listed; the table has all."""

MOST_WORDS = 5
"""Different values of a parameter that are listed."""

_LIBRARIES = ("numpy", "scipy", "scikit-image", "tifffile", "xarray", "dask")
_VALUES = re.compile(r"\([^()]*\d[^()]*\)")
"""Brackets with a digit: what is measured of one row in a note that many rows have."""


@dataclass(frozen=True)
class Ends:
    """Hold the line of a metric in the overview.

    Attributes
    ----------
    label : str
        What it is called.
    undefined : str
        How many rows have no value of it.
    known : bool
        Whether any row has one. If not, all that follows is "".
    least, most, median : str
        Values of the least and the most alike rows, and of the one in the middle.
    least_row, most_row : str
        Names of those rows.
    """

    label: str
    undefined: str
    known: bool = False
    least: str = ""
    least_row: str = ""
    median: str = ""
    most: str = ""
    most_row: str = ""


def overview(table: ReportTable) -> list[Ends]:
    """Find the least alike, the middle and the most alike, for each metric."""
    return [_ends(table, column) for column in table.metrics]


def _ends(table: ReportTable, column: Column) -> Ends:
    with_value = [r for r in range(table.size) if not math.isnan(column.values[r])]
    higher = column.metric.higher_is_more_similar if column.metric else None
    label = column.label + " (smallest, largest)" * (higher is None)
    undefined = f"{table.size - len(with_value):,}"
    if not with_value:
        return Ends(label, undefined)
    ends = [f(with_value, key=column.values.__getitem__) for f in (min, max)]
    least, most = ends[::-1] if higher is False else ends
    return Ends(
        label,
        undefined,
        known=True,
        least=text(column.values[least]),
        least_row=row_name(table, least),
        median=text(float(statistics.median(column.values[r] for r in with_value))),
        most=text(column.values[most]),
        most_row=row_name(table, most),
    )


@dataclass(frozen=True)
class Problems:
    """Hold the rows without a number, and the notes of all others.

    Attributes
    ----------
    failed : list of (str, str)
        Names of rows that could not be compared, and why.
    notes : list of (str, int, str)
        Notes, how many rows have each, and the name of the first of those.
    more : int
        How many other notes there are.
    """

    failed: list[tuple[str, str]]
    notes: list[tuple[str, int, str]]
    more: int


def problems(table: ReportTable) -> Problems:
    """Collect what went wrong, and what else is noted."""
    notes = _notes(table)
    common = sorted(notes.items(), key=lambda item: -len(item[1]))[:MOST_NOTES]
    return Problems(
        [(row_name(table, r), table.value("note", r)) for r in table.failed],
        [(note, len(rows), row_name(table, rows[0])) for note, rows in common],
        len(notes) - len(common),
    )


def _notes(table: ReportTable) -> dict[str, list[int]]:
    """Return rows of each note; take those that differ only in brackets as one.

    A thousand rows that each say how many of their pixels were excluded would be a
    thousand notes.
    """
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


@dataclass(frozen=True)
class Making:
    """Hold how a report was made.

    Attributes
    ----------
    facts : dict
        Parameters and versions, by what they are of.
    metrics : list of tuple of str
        Of each metric: label, formula, which way is more alike, unit, what it sees and
        what it is blind to.
    """

    facts: dict[str, str]
    metrics: list[tuple[str, ...]]


def how_made(table: ReportTable, parameters: Mapping[str, Any]) -> Making:
    """Collect parameters, versions, and what each metric is."""
    facts = {str(k): str(v) for k, v in parameters.items()}
    for column in ("rescale", "against", "run", "version"):
        if column in table.columns:
            values = [*dict.fromkeys(map(str, table.columns[column].values))]
            words = ", ".join(values[:MOST_WORDS])
            if len(values) > MOST_WORDS:
                words += f" and {len(values) - MOST_WORDS} more"
            label = column.capitalize()
            facts.setdefault("Rows of SimilIJ" if column == "version" else label, words)
    return Making({**facts, **_versions()}, _metrics(table))


def _versions() -> dict[str, str]:
    # Asked of the installation: nothing is imported to be named.
    versions = {"SimilIJ": __version__, "Python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return {**versions, "Platform": platform.platform()}


def _metrics(table: ReportTable) -> list[tuple[str, ...]]:
    ways = {True: "higher", False: "lower", None: "neither"}
    return [
        (m.label, m.formula, ways[m.higher_is_more_similar], m.unit, m.summary, m.blind)
        for m in (column.metric for column in table.metrics)
        if m is not None
    ]


def sources(table: ReportTable) -> list[tuple[str, list[str]]]:
    """Name where each metric is from, cut at the DOIs."""
    return [
        (column.label, cut_at_dois(column.metric.source))
        for column in table.metrics
        if column.metric is not None and column.metric.source
    ]


def citation() -> list[str]:
    """Read CITATION.cff: in the package of a wheel, else atop the repository."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package, package.parents[1]):
        file = folder / "CITATION.cff"
        if file.is_file():
            return file.read_text(encoding="utf-8").strip().splitlines()
    return ['title: "SimilIJ"', f"version: {__version__}"]
