"""Read all that is asked of two images, and check it, once: the question.

Whoever asks (Python keywords, words of a shell or a macro, a message of ImageJ) says it
in the same options, those of `ground/options.ini`, and `ask` reads each of them with
one reader. Below, nobody looks at words again: a `Question` has values only.

A new option needs a section in `options.ini`, a field and a reader here, and the place
that acts on it. The shell, ImageJ's dialogs, macro keys and messages, the batch and the
tables of the docs follow from the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ..ground.names import shown
from ..images.color import parse_color
from ..images.planes import Channels, parse_against, parse_channels, parse_per
from ..metrics.pixels import parse_range
from ..metrics.registry import DEFAULTS, Metric, chosen, parse_metrics
from ..metrics.threshold_methods import parse_thresholds
from ..preparation.preparation import Preparation, parse_preparation
from ..preparation.rescale import Rescaling, parse_rescale
from ..regions.read import Regions, as_regions

if TYPE_CHECKING:
    from ..regions.region import Region
    from ..spatial.align import Way


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Hold what is asked of a pair of images; every value is read and checked.

    Attributes
    ----------
    metrics : tuple of Metric
        Numbers to compute, in the order of the columns.
    mask : Image, path or array-like of bool, or None
        True where pixels are compared.
    regions : Regions or None
        Regions and labels, a row each; None: the whole image.
    rescale : Rescaling or None
        What is done to the images, within each region, before some metrics.
    per : tuple of str
        Axes of which each index has rows of its own.
    channels : Channels or None
        Which channel of image 1 goes with which of image 2; None: all are pooled.
    against : str
        What image 1 is compared with: one of `similij.images.planes.AGAINST`.
    inverse : bool
        Whether the background is a row, too.
    data_range : float or None
        Span of the values that the images could have, where the user gave it.
    thresholds : tuple of float or None
        Of image 1 and 2 for Manders' M1 and M2, where the user gave them.
    align : str or None
        How image 2 is moved onto image 1 first: one of `WAYS`; None: not at all.
    background : Any
        What is subtracted from each image, as given: it may name a region, so that
        `preparation` reads it when the regions are known.
    blur : Any
        Sigma in pixels, for both images or each, as given; checked.
    verdict : bool
        Whether each row has a verdict in words.
    color : str
        How RGB images are compared: "luminance", "channels", or "" where nobody said.
    prepares : bool
        Whether anything is done to whole images first: one of `PREPARING` is given.
    """

    metrics: tuple[Metric, ...]
    mask: Any = None
    regions: Regions | None = None
    rescale: Rescaling | None = None
    per: tuple[str, ...] = ()
    channels: Channels | None = None
    against: str = "image 2"
    inverse: bool = False
    data_range: float | None = None
    thresholds: tuple[float, float] | None = None
    align: Way | None = None
    background: Any = None
    blur: Any = None
    verdict: bool = False
    color: str = ""
    prepares: bool = False

    @property
    def of_planes(self) -> bool:
        """Whether some axes are told apart, so that the images need named axes."""
        return bool(self.per) or self.of_one

    @property
    def of_one(self) -> bool:
        """Whether one image is enough, since its channels or frames are compared."""
        return self.channels is not None or not self.of_two

    @property
    def of_two(self) -> bool:
        """Whether image 1 is compared with image 2, and not with frames of itself."""
        return self.against == "image 2"

    @property
    def usual(self) -> bool:
        """Whether nobody named metrics, so that they are those of every table."""
        return self.metrics is _usual().metrics

    def __reduce__(self) -> tuple[Any, ...]:
        # Metrics that nobody named are known by being the very same, elsewhere, too.
        values = [getattr(self, field.name) for field in fields(self)]
        return _again, (None if self.usual else self.metrics, *values[1:])

    def preparation(self, regions: Sequence[Region] = ()) -> Preparation | None:
        """Return what is done to whole images first; `regions` may be named in it.

        Raises
        ------
        RegionError
            If a background names a region that is none of these, and no file.
        """
        return parse_preparation(self.background, self.blur, regions)


def ask(**options: Any) -> Question:
    """Read options into a question.

    Parameters
    ----------
    **options
        By the names of `similij.compare`; values as there, or their words as in a macro
        or a shell. None and "" are the default, as is an option that is not given.

    Raises
    ------
    TypeError
        If there is no such option.
    ValueError
        If an option has no such value; the message names it.

    Examples
    --------
    >>> question = ask(
    ...     metrics="pearson, bias", rescale="percentile:0.5:99.5", per="z,t"
    ... )
    >>> [metric.name for metric in question.metrics], question.rescale, question.per
    (['pearson', 'bias'], Percentiles(low=0.5, high=99.5), ('z', 't'))
    """
    if not options.keys() <= READERS.keys():
        read(next(name for name in options if name not in READERS), None)  # refuses it
    # Most comparisons ask for nothing special, and take microseconds: the two commonest
    # defaults are left out before a function is called.
    given = {
        name: value
        for name, value in options.items()
        if value is not None and value is not False and _is_given(name, value)
    }
    if not given:
        return _usual()
    values = {name: read(name, value) for name, value in given.items()}
    prepares = any(name in given for name in PREPARING)
    return replace(_usual(), **values, prepares=prepares)


def read(name: str, value: Any) -> Any:
    """Read one option, given as a value or in words.

    Raises
    ------
    TypeError, ValueError
        As of `ask`.
    """
    if name not in READERS:
        raise TypeError(
            f"there is no option {shown(name)}; those of similij.compare are: "
            f"{', '.join(READERS)}."
        )
    return READERS[name](value)


def _is_given(name: str, value: Any) -> bool:
    # By `is` and by type: `==` on an array of pixels is an array, and no answer.
    return not (
        value is DEFAULTS
        or (isinstance(value, str) and value in ("", "none", "None", "image 2"))
        or (isinstance(value, tuple) and not value and name == "per")
    )


@cache
def _usual() -> Question:
    """Return the question of the three numbers of two whole images."""
    return Question(tuple(chosen(DEFAULTS)))


def _again(metrics: tuple[Metric, ...] | None, *others: Any) -> Question:
    """Make a question that was pickled; None: the metrics that nobody named."""
    return Question(_usual().metrics if metrics is None else metrics, *others)


def _flag(value: Any) -> bool:
    """Read a flag: a truth value, or its word in a macro."""
    return (
        value.strip().lower() not in ("", "false", "0")
        if isinstance(value, str)
        else bool(value)
    )


def _read_metrics(value: Any) -> tuple[Metric, ...]:
    return tuple(parse_metrics(value) if isinstance(value, str) else chosen(value))


def read_align(value: Any) -> Way | None:
    """Read how image 2 is moved: None, or a word.

    Examples
    --------
    >>> read_align("None"), read_align("rigid")
    (None, 'rigid')
    """
    word = str(value).strip().lower()
    if word == "none":
        return None
    way = next((way for way in WAYS if way == word), None)
    if way is None:
        raise ValueError(
            f"align is {shown(value)}: it must be none, {' or '.join(WAYS)} (image 2 "
            "is shifted, or shifted and turned, onto image 1)."
        )
    return way


def _read_background(value: Any) -> Any:
    # Checked now, so that a wrong word is refused before an image is read; read again
    # by `Question.preparation`, as it may name a region, of which nothing is known yet.
    parse_preparation(value, None, None)
    return value


def _read_blur(value: Any) -> Any:
    parse_preparation(None, value)
    return value


READERS: Mapping[str, Callable[[Any], Any]] = {
    "mask": lambda mask: mask,
    "regions": as_regions,
    "metrics": _read_metrics,
    "rescale": parse_rescale,
    "per": parse_per,
    "channels": parse_channels,
    "against": parse_against,
    "inverse": _flag,
    "data_range": parse_range,
    "thresholds": parse_thresholds,
    "align": read_align,
    "background": _read_background,
    "blur": _read_blur,
    "verdict": _flag,
    "color": parse_color,
}
"""How each option is read, from a value of Python or from words."""

WAYS: tuple[Way, ...] = ("shift", "rigid")
"""How image 2 can be moved onto image 1."""

PREPARING = ("align", "background", "blur")
"""Options of what is done to whole images before they are compared."""

assert {*READERS} == {field.name for field in fields(Question)} - {"prepares"}
