"""Name the pictures there are, and say which make sense for a comparison's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...ground.names import shown
from ..planes import plane_axis

KINDS = (
    *("scatter", "agreement", "difference", "absolute"),
    *("planes", "regions", "local", "shift", "frc"),
)
"""Kinds of pictures, in the order in which they are written."""

WORDS = {
    "scatter": "scatter plot",
    "agreement": "Bland-Altman plot",
    "difference": "difference",
    "absolute": "absolute difference",
    "planes": "metrics by plane",
    "regions": "metrics by region",
    "local": "local map",
    "shift": "R against the shift",
    "frc": "Fourier ring correlation",
}
"""What each is called while it is drawn."""

FILES = {
    "scatter": "scatter",
    "agreement": "agreement",
    "difference": "difference",
    "absolute": "absolute difference",
    "planes": "metrics by plane",
    "regions": "metrics by region",
    "local": "local ",
    "shift": "shift",
    "frc": "frc",
}
"""How the names of their files begin."""

USUAL = KINDS[:6]
"""What "all" means, where it makes sense: the others take a while, and are asked for
by name."""

OF_PIXELS = frozenset(KINDS) - {"planes", "regions"}
"""Kinds that are made of planes, and not of rows alone."""

OPENED_AS_TIFF = frozenset({"difference", "absolute", "local"})
"""Kinds that come as a TIFF for ImageJ's windows, and as a PNG for reading."""


class Picture(NamedTuple):
    """One file that was written.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    path : Path
        Path of the PNG or TIFF; of local maps also of the list (CSV) and the outlines
        (zip) of the least similar places.
    title : str
        What it shows, in words.
    """

    kind: str
    path: Path
    title: str


def parse_kinds(kinds: str | Iterable[str]) -> list[str]:
    """Read kinds of pictures: "all", "scatter,planes" or a list of words.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> parse_kinds("planes, scatter")
    ['scatter', 'planes']
    >>> parse_kinds("all")
    ['scatter', 'agreement', 'difference', 'absolute', 'planes', 'regions']
    >>> parse_kinds("all,shift")[-1]
    'shift'
    """
    words = _words(kinds)
    for word in words:
        if word not in (*KINDS, "all"):
            raise ValueError(
                f"there is no kind of picture {shown(word)}; there are: all, "
                f"{', '.join(KINDS)}."
            )
    if "all" in words:
        words += USUAL
    return [kind for kind in KINDS if kind in words]


def named(kinds: str | Iterable[str]) -> list[str]:
    """List the kinds that are asked for by their own names, not as "all".

    Of these a user must hear why one is not made; "all" means what makes sense.

    Examples
    --------
    >>> named("all, local")
    ['local']
    """
    return [word for word in _words(kinds) if word != "all"]


def _words(kinds: str | Iterable[str]) -> list[str]:
    words = kinds.split(",") if isinstance(kinds, str) else list(kinds)
    return [str(word).strip().lower() for word in words]


def why_not(kind: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence why a kind of picture makes no sense; empty if it does.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    rows : sequence of Row
        Rows of a comparison.

    Examples
    --------
    >>> why_not("regions", [{"region": "Whole image", "n": 4}])
    "a picture of 'regions' needs two regions or more: there is only Whole image"
    """
    regions = list(dict.fromkeys(str(row["region"]) for row in rows))
    if not any(row["n"] for row in rows):
        return f"a picture of {kind!r} needs pixels: none was compared"
    if kind == "planes" and plane_axis(rows) is None:
        return (
            "a picture of 'planes' needs rows of two planes or more: there is one, or "
            "all are pooled (ask for each slice or frame, e.g. per='t')"
        )
    if kind == "regions" and len(regions) == 1:
        return (
            "a picture of 'regions' needs two regions or more: there is only "
            f"{regions[0]}"
        )
    return ""


def fitting(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """List the kinds, of those that "all" means, that make sense for the rows."""
    return [kind for kind in USUAL if not why_not(kind, rows)]
