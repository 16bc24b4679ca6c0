"""Describe the columns of a table: names, order, kinds of values, headings, meaning.

The one list that CSV files are read back by, Parquet files are typed by, reports and
printed tables take their headings from, and the documentation its table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ...metrics.registry import Metric

WHOLE_IMAGE = "Whole image"


class Kind(NamedTuple):
    """A kind of values: how they are read from a cell, and their type in Parquet."""

    read: Callable[[str], Any]
    arrow: str


TEXT = Kind(str, "string")
COUNT = Kind(int, "int64")
INDEX = Kind(lambda cell: int(cell) if cell else None, "int32")
SECONDS = Kind(lambda cell: float(cell) if cell else None, "float64")
NUMBER = Kind(lambda cell: float(cell) if cell else math.nan, "float64")
"""Of a metric: NaN where it is undefined, which files have as an empty cell."""


class Field(NamedTuple):
    """A column described.

    Attributes
    ----------
    name : str
        In rows and files.
    kind : Kind
        Of its values.
    label : str
        Its heading, for people.
    words : str
        What it says, in Markdown.
    """

    name: str
    kind: Kind
    label: str
    words: str


_NAMES = "names of the files"
_PLACES = (
    "the same in numbers, counted from 1 (`time_s`: seconds); empty where planes are "
    "pooled"
)
_PATHS = "paths of the images"

BEFORE = (
    Field("image_1", TEXT, "Image 1", _NAMES),
    Field("image_2", TEXT, "Image 2", _NAMES),
    Field("region", TEXT, "Region", "name of the ROI, or `Whole image`"),
    Field("plane", TEXT, "Plane", "the plane, or e.g. `all 35`"),
    Field("channel_1", INDEX, "Channel 1", _PLACES),
    Field("channel_2", INDEX, "Channel 2", _PLACES),
    Field("z", INDEX, "z", _PLACES),
    Field("t", INDEX, "t", _PLACES),
    Field("time_s", SECONDS, "Time (s)", _PLACES),
    Field("n", COUNT, "n", "pixels compared"),
    Field("excluded", COUNT, "Excluded", "pixels left out because one is NaN"),
)
"""Columns before those of the metrics."""

AFTER = (
    Field("rescale", TEXT, "Rescale", "`none`, or e.g. `percentile 1-99`"),
    Field(
        "against",
        TEXT,
        "Against",
        "what image 1 is compared with: `image 2`, or its own `first frame` or "
        "`previous frame`",
    ),
    Field(
        "note",
        TEXT,
        "Note",
        "why a number is undefined, and whatever else one must know of it",
    ),
    Field("file_1", TEXT, "File 1", _PATHS),
    Field("file_2", TEXT, "File 2", _PATHS),
    Field(
        "run",
        TEXT,
        "Run",
        "the same for all rows of one run: when it began (UTC), and four random digits",
    ),
    Field("version", TEXT, "Version", "of SimilIJ"),
)
"""Columns behind those of the metrics; a verdict and groups, which are text, follow."""

PLACE = ("channel_1", "channel_2", "z", "t", "time_s")
"""Columns that say where in a hyperstack a row is from; empty where it is pooled."""

PAIR = ("image_1", "image_2", "file_1", "file_2")
"""Columns that say of which images a row is: names alone may be in two folders."""

_NO_PLACE = dict.fromkeys(PLACE)

_FIXED = {field.name: field for field in (*BEFORE, *AFTER)}
_BEFORE_NAMES = [field.name for field in BEFORE]
_AFTER_NAMES = [field.name for field in AFTER]


def columns(metrics: Iterable[Metric]) -> list[str]:
    """Return the names of the columns of a table of rows, in order."""
    return [*_BEFORE_NAMES, *(metric.name for metric in metrics), *_AFTER_NAMES]


def fields(names: Iterable[str], metrics: Iterable[Metric]) -> list[Field]:
    """Describe the columns of some names, of which some are metrics.

    Any other name is that of a group, which is text and its own heading.

    Examples
    --------
    >>> [field.label for field in fields(["time_s", "condition"], [])]
    ['Time (s)', 'condition']
    """
    described = {m.name: Field(m.name, NUMBER, m.label, m.summary) for m in metrics}
    described |= _FIXED
    return [described.get(name) or Field(name, TEXT, name, "") for name in names]


def undefined(value: Any) -> bool:
    """Whether a cell has no value: None, or the NaN that stands for no number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def rescaled_labels(metrics: Sequence[Metric]) -> str:
    """Name the metrics that `rescale` changes, in words."""
    labels = [m.label for m in metrics if m.rescaled]
    last = labels[-2:]
    return ", ".join([*labels[:-2], " and ".join(last)]) if last else ""


def text(value: Any) -> str:
    """Write a value for people: seven significant digits, empty where undefined."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.7g}"
    return str(value)
