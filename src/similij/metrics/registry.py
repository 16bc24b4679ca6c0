"""List all metrics: those of this wing, of the wings above, and from outside.

The modules of this wing are imported in a fixed order. Whoever stands above it, another
wing of SimilIJ or another package, names its module in the entry-point group
`similij.metrics`: this wing need not know who is there. To scan the installed packages
takes milliseconds, so it is done when a metric is not known yet, never on import.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from threading import RLock
from typing import Any

import numpy as np

from ..ground.errors import ImageError, MetricWarning, Undefined
from ..ground.names import shown
from ..ground.public import public
from ..moments.moments import Moments, check
from . import definition
from .definition import DEFAULTS, GROUPS, Measured, Metric, metric, pixel_metric
from .pixels import Pixels

__all__ = [
    "DEFAULTS",
    "GROUPS",
    "Measured",
    "Metric",
    "catalogue",
    "chosen",
    "metric",
    "of_moments",
    "parse_metrics",
    "pixel_metric",
    "refuse_more",
    "refuse_parts",
    "register",
    "streaming",
]

MOST_KEPT = 1 << 27
"""Pixels of a region that are kept of images that come plane by plane.

At most 1 GiB for each image of 64 bits. Images that lie in memory are not copied, and
have no such limit.
"""

ENTRY_POINTS = "similij.metrics"
"""Group of entry points that name modules with metrics."""

_OWN = "similij"
"""The distribution whose entry points must load, and come first."""

# Reentrant: a module that is being imported may ask for the catalogue itself.
_loading = RLock()
_order: list[str] = []
"""Modules of our own metrics, in the order of lists; empty until they are imported."""

_waiting: list[EntryPoint] = []
"""Entry points of other packages that nobody needed yet."""


@public
def register(
    label: str,
    *,
    group: str,
    range: tuple[float, float],
    higher_is_more_similar: bool | None,
    summary: str,
    of: str = "pixels",
    name: str = "",
    unit: str = "1",
    rescaled: bool = False,
    equal: float = math.nan,
    formula: str = "",
    blind: str = "",
    caveat: str = "",
    source: str = "",
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Register a plain function as a metric, from a notebook or another package.

    From then on it is one of `catalogue()`, and every table, picture, command and
    dialog of this process has it by its name. A package that names the module of the
    function in the entry-point group `similij.metrics` has it in every process.

    Parameters
    ----------
    label : str
        For people: plots, the Results table.
    group : str
        Which question it answers: one of `GROUPS`.
    range : tuple of float
        Smallest and largest value.
    higher_is_more_similar : bool or None
        The direction in which two images grow alike; None: neither.
    summary : str
        What it sees, in a line.
    of : {"pixels", "moments"}
        What the function takes. "pixels": two float64 arrays, the compared pixels of
        image 1 and of image 2, in one order, without NaN and infinities; they must fit
        in memory. "moments": `similij.moments.Moments` of them, which any image has,
        however large. A function that looks at neighbours is for `pixel_metric`.
    name : str, optional
        In code, in tables and on the command line. Default: that of the function.
    unit : str
        "1" (no unit), "intensity" (the unit of the pixel values), "pixel" or "dB".
    rescaled : bool
        Whether `rescale` changes it; of a metric of moments only.
    equal : float
        The value of two equal images; NaN where they have none.
    formula, blind, caveat, source : str
        As of `Metric`.

    Returns
    -------
    callable
        A decorator that gives the function back as it was. Where the function raises
        `Undefined`, the row is blank and its note has the reason; and so where it
        returns NaN or an infinity.

    Raises
    ------
    ValueError
        If its name, label, group, range or `of` cannot be.

    Notes
    -----
    An example that runs is in docs/metrics.md, "A metric of your own". None is here,
    as what a doctest registers would stay for the tests that come after it.
    """
    _import_own()  # so that a name of ours that is taken is refused here
    facts: dict[str, Any] = {
        "group": group,
        "range": range,
        "higher_is_more_similar": higher_is_more_similar,
        "summary": summary,
        "unit": unit,
        "rescaled": rescaled,
        "equal": equal,
        "formula": formula,
        "blind": blind,
        "caveat": caveat,
        "source": source,
    }
    if of not in ("pixels", "moments"):
        raise ValueError(
            f'{shown(label)} is of {shown(of)}: a metric is of "pixels" or of '
            '"moments", choose one.'
        )
    if rescaled and of == "pixels":
        raise ValueError(
            f"{shown(label)} is of pixels, which rescale leaves as they are: leave "
            "rescaled "
            'out, or make it a metric of="moments".'
        )
    low, high = range
    if not low < high:
        raise ValueError(
            f"{shown(label)} has the range {range}: the smallest value comes first."
        )

    def decorate(function: Callable[..., float]) -> Callable[..., float]:
        own = name or function.__name__
        definition.add(
            Metric(own, label, function=_OfMoments(function, label), **facts)
            if of == "moments"
            else Metric(
                own, label, function=None, pixels=_OfPixels(function, label), **facts
            )
        )
        return function

    return decorate


class _FromOutside:
    """A function from outside, held to what is promised of ours.

    An object and not a closure, so that a metric, and with it a `Comparison`, can be
    pickled.
    """

    def __init__(self, function: Callable[..., float], label: str) -> None:
        self.__module__, self.__doc__ = function.__module__, function.__doc__
        self._function, self._label = function, label

    def _value(self, *of: Any) -> float:
        try:
            value = float(self._function(*of))
        except Undefined:
            raise
        except Exception as error:
            raise RuntimeError(
                f"the metric {self._label!r} of {self.__module__} failed: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not math.isfinite(value):
            raise Undefined(f"{self._label} is {value} here")
        return value


class _OfMoments(_FromOutside):
    def __call__(self, moments: Moments) -> float:
        check(moments)
        return self._value(moments)


class _OfPixels(_FromOutside):
    def __call__(self, pixels: Pixels) -> float:
        # floats: a difference of unsigned integers would wrap
        return self._value(*(values.astype(np.float64) for values in pixels.values))


@public
def catalogue(group: str | None = None) -> dict[str, Metric]:
    """Return all metrics that may be asked for, by name; or those of a group.

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
            f"there is no group of metrics {shown(group)}; there are: "
            f"{', '.join(GROUPS)}."
        )
    _import_own()
    _import_others()
    wanted = GROUPS if group is None else (group,)
    # not in the order in which the modules happened to be imported
    in_order = sorted(definition.registered.values(), key=_place)
    return {m.name: m for g in wanted for m in in_order if m.group == g}


def _place(metric: Metric) -> int:
    """Return the place of a metric's module among ours; those of others come after."""
    return _order.index(metric.module) if metric.module in _order else len(_order)


def _import_own() -> None:
    """Import every module of SimilIJ that has metrics, once, and list the others."""
    if _order:
        return
    with _loading:
        if _order:  # another thread was quicker
            return
        from . import (
            agreement,
            alignment,
            colocalization,
            defaults,
            extremes,
            ranks,
            regression,
            structure,
        )

        of_values = (defaults, agreement, regression, extremes, ranks)
        wing = (*of_values, structure, colocalization, alignment)
        order = [module.__name__ for module in wing]
        points = sorted(
            entry_points(group=ENTRY_POINTS), key=lambda p: (_package(p), p.name)
        )
        for point in points:
            if _package(point) == _OWN:
                order.append(point.load().__name__)
        if len(order) == len(wing):
            warnings.warn(
                "the installed similij names no metrics of shift and significance, so "
                "there are none: it is of another version than the one that runs; "
                "install it again (pip install -e . in its folder).",
                MetricWarning,
                stacklevel=2,
            )
        _waiting.extend(p for p in points if _package(p) != _OWN)
        _order.extend(order)


def _import_others() -> None:
    """Import the modules that other packages name, once; a broken one is left out."""
    with _loading:
        while _waiting:
            point = _waiting.pop(0)  # first, as its module may ask for the catalogue
            before = dict(definition.registered)
            try:
                point.load()
                if not any(_is_of(m, point) for m in definition.registered.values()):
                    raise ImportError(f"{point.module} registers no metric")
            except Exception as error:  # whatever it is, all other metrics are there
                definition.registered.clear()
                definition.registered.update(before)
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                warnings.warn(
                    f"the metrics {point.name!r} of the package {_package(point)} are "
                    f"left out, as {point.value} cannot be used ({reason}). Update or "
                    "uninstall that package; all other metrics are there.",
                    MetricWarning,
                    stacklevel=2,
                )


def _package(point: EntryPoint) -> str:
    return "" if point.dist is None else point.dist.name


def _is_of(metric: Metric, point: EntryPoint) -> bool:
    """Whether a metric is of the code that an entry point names, or of its like."""
    return metric.module.partition(".")[0] == point.module.partition(".")[0]


def chosen(names: str | Iterable[str] | None) -> list[Metric]:
    """Return the metrics of these names, or of the groups of these names.

    "all" are all there are; "all but significance", or "all but significance and
    ssim", leaves out groups and metrics. None are those of every table.

    Raises
    ------
    ValueError, TypeError
        If there is no metric or group of a name; the message lists those there are. If
        there is no name at all, or no metric left. If "all but ..." is one of several.

    Examples
    --------
    >>> [metric.name for metric in chosen(["rmsd", "correlation"])]
    ['rmsd', 'pearson', 'spearman', 'kendall']
    """
    if names is None:
        names = DEFAULTS
    if not isinstance(names, (str, Iterable)) or getattr(names, "shape", (1,)) == ():
        raise TypeError(
            f"metrics is {shown(names)}: it must be a name, or a list of names, such "
            "as those of similij.metrics.catalogue()."
        )
    names = [names] if isinstance(names, str) else [*names]
    if not names:
        raise ValueError(
            "metrics is empty: give at least one, or leave metrics out for "
            f"{', '.join(DEFAULTS)}."
        )
    if wrong := [name for name in names if not isinstance(name, str)]:
        raise TypeError(
            f"metrics has {shown(wrong[0])}: it must be names, such as those of "
            "similij.metrics.catalogue()."
        )
    listed = definition.registered
    if any(name not in listed for name in names):
        listed = catalogue()
    metrics: dict[str, Metric] = {}
    for name in names:
        of_all, but, left_out = name.partition(_ALL_BUT)
        if not but or of_all:
            metrics.update(_of_name(name, listed))
            continue
        if len(names) > 1:
            raise ValueError(
                f"metrics has {shown(name)} beside others: let it stand alone, and "
                'join what is left out by and, as in "all but significance and ssim".'
            )
        out = {n for word in left_out.split(" and ") for n in _of_name(word, listed)}
        metrics = {n: m for n, m in _of_name("all", listed).items() if n not in out}
        if not metrics:
            raise ValueError(f"metrics is {shown(name)}, which leaves none.")
    return [*metrics.values()]


_ALL_BUT = "all but "
"""How a name begins that leaves metrics out."""


def _of_name(name: str, listed: dict[str, Metric]) -> dict[str, Metric]:
    """Return the metric of a name, those of a group, or all; by name."""
    if name == "all":
        return catalogue()
    if name in GROUPS:
        return catalogue(name)
    if name in listed:
        return {name: listed[name]}
    raise ValueError(
        f"there is no metric {shown(name)}; there are: {', '.join(listed)}; "
        f'the groups {", ".join(GROUPS)}; "all", and "all but" a group.'
    )


def parse_metrics(words: object) -> list[Metric]:
    """Read metrics from a text, such as "pearson, bias"; "" is those of every table.

    Raises
    ------
    ValueError
        As of `chosen`.
    """
    names = [w.strip().lower() for w in str(words or "").split(",") if w.strip()]
    return chosen(names or DEFAULTS)


def of_moments(metric: Metric, moments: Moments) -> float:
    """Return the value of a metric of moments.

    Raises
    ------
    ValueError
        If it needs the pixels themselves.
    """
    if metric.function is None:
        raise ValueError(
            f"{metric.name} needs the pixels themselves, and this is for metrics of "
            f"sums of them: {streaming()}."
        )
    return metric.function(moments)


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
