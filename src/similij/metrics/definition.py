"""Define what a metric is, and how one is registered.

A metric is a small function, either of the moments of an image pair (then it streams:
blocks, tiles and planes come one after the other) or of the pixels themselves (then all
pixels of a region are held in memory). `metric(...)` registers the first kind,
`pixel_metric(...)` the second. What is registered here is looked up in `registry`,
which stands above this module and above the modules that have metrics; so none of
them knows the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..moments.moments import Moments

if TYPE_CHECKING:
    from .pixels import Pixels


class Measured(NamedTuple):
    """A value, and what its row should say of how it came about."""

    value: float
    note: str


Function: TypeAlias = Callable[[Moments], float]
PixelFunction: TypeAlias = "Callable[[Pixels], float | Measured]"

GROUPS = {
    "agreement": "are the values the same?",
    "correlation": "does bright go with bright?",
    "alignment": "what did moving image 2 change?",
    "structure": "is the pattern the same?",
    "co-occurrence": "do two labels sit in the same pixels?",
    "shift": "is one image moved?",
    "significance": "is it chance, and how sure is the number?",
}
"""The questions that metrics answer, by group, in the order of lists."""

DEFAULTS = ("pearson", "rmsd", "mean_difference")
"""Metrics of every table, unless others are asked for."""

TAKEN = {
    *("image_1", "image_2", "region", "plane", "channel_1", "channel_2", "z", "t"),
    *("time_s", "n", "excluded", "rescale", "against", "note", "file_1", "file_2"),
    *("run", "version", "verdict"),
    *("rows", "metrics", "groups", "columns", "notes", "images"),
    *("places", "all"),
    *("to_dict", "to_dataframe", "to_xarray"),
}
"""Names of the other columns of a table, and of what a `Comparison` has beside them.

`result.pearson` works for every metric of a single row, so that one called `rows`
would be hidden by the attribute; "all" asks for every metric. Written out, since the
columns are two wings above.
"""


@dataclass(frozen=True)
class Metric:
    """What users need to know of a metric, beside its function.

    Attributes
    ----------
    name : str
        In code, in tables and on the command line.
    label : str
        For people: plots, the Results table.
    range : tuple of float
        Smallest and largest value.
    higher_is_more_similar : bool or None
        The direction in which two images grow alike; None: neither.
    unit : str
        "1" (no unit), "intensity" (the unit of the pixel values), "pixel" or "dB".
    rescaled : bool
        Whether `rescale` changes it.
    function : callable or None
        From moments to the value; None for a metric of pixels.
    pixels : callable or None
        From `pixels.Pixels` to the value; None for a metric of moments.
    group : str
        One of `GROUPS`.
    summary : str
        What it sees, in a line.
    formula : str
        x, y: the images; n: the pixels compared; x̄, ȳ: the means.
    equal : float
        The value of two equal images; NaN where they have none.
    blind, caveat, source : str
        What it does not see; what to beware of; who defined it.
    """

    name: str
    label: str
    range: tuple[float, float]
    higher_is_more_similar: bool | None
    unit: str
    rescaled: bool
    function: Function | None
    pixels: PixelFunction | None = None
    group: str = "agreement"
    summary: str = ""
    formula: str = ""
    equal: float = math.nan
    blind: str = ""
    caveat: str = ""
    source: str = ""

    @property
    def streams(self) -> bool:
        """Whether the pixels need not be in memory all at once."""
        return self.function is not None

    @property
    def module(self) -> str:
        """Name of the module that its function is in."""
        return str((self.function or self.pixels).__module__)


registered: dict[str, Metric] = {}
"""Metrics registered so far, by name; `registry.catalogue` has all."""


def add(metric: Metric) -> None:
    """Take a metric into the list; the same function again takes its own place.

    That it may come again is for notebooks, where a cell is run a second time.

    Raises
    ------
    ValueError
        If it has no usable name, no known group, or a name or label of another one.
    """
    who = f"the metric {metric.name!r} of {metric.module}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name):
        raise ValueError(
            f"{who} cannot be called so: a name, which heads a column and is typed in "
            "shells and macros, has small letters, digits and _ only; rename the "
            "function, or pass name=..."
        )
    # ImageJ's table knows a column by its label alone
    names = {metric.name, metric.label.lower().replace(" ", "_")}
    if names & TAKEN or metric.name in GROUPS:
        raise ValueError(
            f"{who}, {metric.label!r}, has the name of a group of metrics or of "
            "another column of the table: give it one of its own."
        )
    if metric.group not in GROUPS:
        raise ValueError(
            f"{who} is of the group {metric.group!r}, which there is not; the groups "
            f"are the questions that metrics answer: {', '.join(GROUPS)}."
        )
    for other in registered.values():
        same_name = other.name == metric.name
        if same_name and other.module == metric.module:
            continue
        if same_name or other.label == metric.label:
            shared = "name" if same_name else f"label {metric.label!r}"
            raise ValueError(
                f"{who} has the {shared} of {other.name!r} of {other.module}: give it "
                "one of its own."
            )
    registered[metric.name] = metric


def metric(label: str, **facts: Any) -> Callable[[Function], Function]:
    """Register a function of moments as a metric, with what `Metric` says of it."""

    def register(function: Function) -> Function:
        name = function.__name__
        add(Metric(name, label, function=function, **facts))
        return function

    return register


def pixel_metric(
    label: str, *, name: str = "", **facts: Any
) -> Callable[[PixelFunction], PixelFunction]:
    """Register a function of pixels as a metric, under its own name or another."""

    def register(function: PixelFunction) -> PixelFunction:
        own = name or function.__name__
        add(Metric(own, label, function=None, pixels=function, **facts))
        return function

    return register
