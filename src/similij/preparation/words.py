"""Read `background` and `blur` in words: what macros and the command line can say.

Words are read here and nowhere else, into what `similij.compare` takes from Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..ground.errors import RegionError
from ..ground.names import shown
from ..regions.region import Region

BACKGROUNDS = "a number, percentile:P with P of 0...100, or region:NAME"
"""What a background can be, in the words of messages."""


def ways_of(text: str, regions: Sequence[Region] | None = ()) -> Any:
    """Read a background: one for both images, or two with a comma between.

    Parameters
    ----------
    text : str
        "none", a number, "percentile:5", "region:NAME"; or two of these.
    regions : sequence of Region or None
        Those that NAME can be the name of; else it is the path of a ROI file. None:
        not known yet.

    Raises
    ------
    ValueError
        If it is none of these.
    RegionError
        If there is neither such a region nor such a file.

    Examples
    --------
    >>> ways_of("100"), ways_of("none, percentile:0.5")
    (100, (None, ('percentile', 0.5)))
    """
    words = text.strip()
    both = _way(words, regions)
    if both is not _NOTHING:
        return both
    # Two ways, or a path that has a comma of its own: the last comma is tried as the
    # one between them.
    first, comma, second = words.rpartition(",")
    pair = tuple(_way(part.strip(), regions) for part in (first, second))
    if not comma or _NOTHING in pair:
        raise ValueError(
            f"background is {shown(text)}: it must be {BACKGROUNDS}; or two of those "
            "with a comma between, one for each image, e.g. 100,percentile:5."
        )
    return pair


def sigmas_of(text: str) -> Any:
    """Read a blur: a sigma in pixels, or two with a comma between.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> sigmas_of("1.5"), sigmas_of("0, 2")
    (1.5, (0.0, 2.0))
    """
    try:
        sigmas = tuple(float(part) for part in text.split(","))
    except ValueError:
        sigmas = ()
    if len(sigmas) not in (1, 2):
        raise ValueError(
            f"blur is {shown(text)}: it must be a sigma in pixels, 0 or more; or two "
            "of those with a comma between, one for each image, e.g. 0,1.5."
        )
    return sigmas[0] if len(sigmas) == 1 else sigmas


_NOTHING = object()
"""Stands for words that are no way at all; None is a way, that of "none"."""


def _way(words: str, regions: Sequence[Region] | None) -> Any:
    kind, colon, value = words.partition(":")
    kind = kind.strip().lower()
    if kind == "none" and not colon:
        return None
    if kind == "region" and value.strip() and not _two_in(value):
        return "region", _region(value.strip(), regions)
    if kind == "percentile":
        number = _number(value)
        return _NOTHING if number is _NOTHING else ("percentile", number)
    return _number(words)


def _two_in(value: str) -> bool:
    """Whether a way for the second image follows the name of a region."""
    _, comma, last = value.rpartition(",")
    kind = last.partition(":")[0].strip().lower()
    ways = kind in ("none", "percentile", "region") or _number(last) is not _NOTHING
    return bool(comma) and ways


def _number(words: str) -> Any:
    """Read a number, whole where it is written so: it is then subtracted exactly."""
    for read in (int, float):
        try:
            return read(words.strip())
        except ValueError:
            continue
    return _NOTHING


def _region(name: str, regions: Sequence[Region] | None) -> Any:
    if regions is None:
        return Region(name, 0, 0, 0, 0)  # stands for the one that will have the name
    for region in regions:
        if region.name == name:
            return region
    if Path(name).is_file():
        return name
    listed = ", ".join(region.name for region in regions)
    raise RegionError(
        f'the background region "{name}" is '
        + (f"none of the regions compared ({listed}), and " if listed else "")
        + "no file that exists: give "
        + ("one of their names, or " if listed else "")
        + "the path of a .roi file, or of a ROI set of one ROI."
    )
