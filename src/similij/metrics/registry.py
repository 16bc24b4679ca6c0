"""What a metric is, and the list of all of them.

A metric is a small function, either of the moments of an image pair (then it streams:
blocks, tiles and planes come one after the other) or of the pixels themselves (then all
pixels of a region are held in memory). `metric(...)` registers the first kind,
`pixel_metric(...)` the second. The functions are in `metrics` (the three of every
table) and in the modules that `catalogue` imports.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..ground.errors import ImageError
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
    "structure": "is the pattern the same?",
    "co-occurrence": "do two labels sit in the same pixels?",
    "shift": "is one image moved?",
    "significance": "is it chance, and how sure is the number?",
}
"""The questions that metrics answer, by group, in the order of lists."""

DEFAULTS = ("pearson", "rmsd", "mean_difference")
"""Metrics of every table, unless others are asked for."""

MOST_KEPT = 1 << 27
"""Pixels of a region that are kept of images that come plane by plane."""

_MODULES = (
    "similij.metrics.defaults",
    "similij.metrics.agreement",
    "similij.metrics.regression",
    "similij.metrics.extremes",
    "similij.metrics.ranks",
    "similij.metrics.structure",
    "similij.metrics.colocalization",
    "similij.spatial.shift_metrics",
    "similij.evidence.metrics",
)
"""Modules that register metrics, imported when a metric is not known yet."""


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
        From `_pixels.Pixels` to the value; None for a metric of moments.
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

    def of_moments(self, moments: Moments) -> float:
        """Value of a metric of moments.

        Raises
        ------
        ValueError
            If it needs the pixels themselves.
        """
        if self.function is None:
            known = ", ".join(m.name for m in catalogue().values() if m.streams)
            raise ValueError(
                f"{self.name} needs the pixels themselves, and this is for metrics of "
                f"sums of them: {known}"
            )
        return self.function(moments)

    @property
    def module(self) -> str:
        """Name of the module that its function is in."""
        return str((self.function or self.pixels).__module__)


_registry: dict[str, Metric] = {}


def metric(label: str, **facts: Any) -> Callable[[Function], Function]:
    """Register a function of moments as a metric, with what `Metric` says of it."""

    def register(function: Function) -> Function:
        name = function.__name__
        _registry[name] = Metric(name, label, function=function, **facts)
        return function

    return register


def pixel_metric(
    label: str, *, name: str = "", **facts: Any
) -> Callable[[PixelFunction], PixelFunction]:
    """Register a function of pixels as a metric, under its own name or another."""

    def register(function: PixelFunction) -> PixelFunction:
        known = name or function.__name__
        _registry[known] = Metric(known, label, function=None, pixels=function, **facts)
        return function

    return register


def catalogue(group: str | None = None) -> dict[str, Metric]:
    """All metrics that may be asked for, by name; or those of a group.

    Parameters
    ----------
    group : str, optional
        One of `GROUPS`. Default: all, group after group.

    Raises
    ------
    ValueError
        If there is no such group.

    Examples
    --------
    >>> list(catalogue("correlation"))
    ['pearson', 'spearman', 'kendall']
    >>> catalogue()["bias"].summary
    'how much brighter image 2 is, on average'
    """
    if group is not None and group not in GROUPS:
        raise ValueError(
            f"there is no group of metrics {group!r}; there are: {', '.join(GROUPS)}"
        )
    for module in _MODULES:
        import_module(module)
    wanted = GROUPS if group is None else (group,)
    # not in the order in which the modules happened to be imported
    known = sorted(_registry.values(), key=lambda m: _MODULES.index(m.module))
    return {m.name: m for g in wanted for m in known if m.group == g}


def chosen(names: str | Iterable[str]) -> list[Metric]:
    """Metrics of these names, or of the groups of these names.

    Raises
    ------
    ValueError
        If there is no metric or group of a name; the message lists those there are.

    Examples
    --------
    >>> [metric.name for metric in chosen(["rmsd", "correlation"])]
    ['rmsd', 'pearson', 'spearman', 'kendall']
    """
    names = [names] if isinstance(names, str) else list(names)
    known = _registry
    if any(name not in known for name in names):
        known = catalogue()
    found: dict[str, Metric] = {}
    for name in names:
        if name in GROUPS:
            found.update(catalogue(name))
        elif name in known:
            found[name] = known[name]
        else:
            raise ValueError(
                f"there is no metric {name!r}; there are: {', '.join(known)}; and the "
                f"groups {', '.join(GROUPS)}"
            )
    return [*found.values()]


def parse_metrics(words: object) -> list[Metric]:
    """Metrics of a text such as "pearson, bias"; those of every table if it is empty.

    Raises
    ------
    ValueError
        As of `chosen`.
    """
    names = [w.strip().lower() for w in str(words or "").split(",") if w.strip()]
    return chosen(names or DEFAULTS)


def streaming() -> str:
    """Name the metrics that need no more than a part of the images at a time."""
    return ", ".join(name for name, m in catalogue().items() if m.streams)


def refuse_more(pixels: int) -> None:
    """Refuse to hold so many pixels of images that come plane by plane.

    Raises
    ------
    ImageError
        If there are more than `MOST_KEPT`.
    """
    if pixels > MOST_KEPT:
        raise ImageError(
            f"the metrics asked for need all pixels in memory at once, and "
            f"there are more than {MOST_KEPT:,}: compare plane by plane or "
            f"smaller regions, or choose metrics that stream: {streaming()}."
        )


def refuse_parts(metrics: Sequence[Metric]) -> None:
    """Refuse metrics of pixels where images come in parts, naming those that stream.

    Raises
    ------
    ImageError
        If there is such a metric.
    """
    held = [m.name for m in metrics if not m.streams]
    if held:
        verb = "needs" if len(held) == 1 else "need"
        raise ImageError(
            f"{', '.join(held)} {verb} all pixels of a region in memory, and the "
            "images come in parts (dask): load them with .compute(), take their mean "
            "over some blocks (similij.estimate, or `similij estimate`), or choose "
            f"metrics that stream: {streaming()}."
        )
