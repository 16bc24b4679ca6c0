"""Check what public functions are given against their own annotations, in one place.

Who gives a word where a number is due would else read what Python or NumPy say of the
place where it first hurts: "'<' not supported between instances of 'str' and 'int'".
An annotation says what a parameter takes; so it is the check, and its words are in the
sentence. What an annotation leaves open (images, regions) is read by who knows it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from inspect import Parameter, signature
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .errors import FileError, ImageError, KindError
from .memory import enough_memory
from .names import readable, shown
from .optional import missing

P = ParamSpec("P")
R = TypeVar("R")

Check = Callable[[Any], bool]

_PATH = "os.PathLike[str]"
_RESULTS = {
    "Comparison": "a result of similij.compare",
    "Frc": "a result of similij.frc",
    "Shift": "a result of similij.shift",
    "Thresholds": "a result of similij.threshold",
    "Place": "a place of similij.least_similar",
    "Moments": "moments of two images",
    "Metric": "a metric of similij.metrics.catalogue()",
    "LabelImage": "a similij.regions.LabelImage",
    "ImagejRoi": "a roifile.ImagejRoi",
    "Job": "a similij.batch.Job",
    "xr.Dataset": "a result of similij.pairwise",
    "xr.DataArray": "a map of similij.local_map",
    "pd.DataFrame": "a pandas DataFrame",
    "Axes": "an Axes of matplotlib",
    "Figure": "a Figure of matplotlib",
    "SubFigure": "a SubFigure of matplotlib",
}
"""Classes by the names that annotations have for them: none is imported for a check."""

_STAND_INS = {"LabelImage": ("LabelPlanes", "LazyLabels")}
"""Classes that stand for another, and say themselves what they cannot do."""

MOST = 10**15
"""What whole numbers are below: nothing that is counted here comes to as many."""

_WORDS = ("Way", "Mode")
"""Names of `Literal`s, each a word of several, which who takes it lists."""


@dataclass(frozen=True)
class Kind:
    """What a part of an annotation takes: a check, and what it is in words."""

    fits: Check
    words: str


def _is_path(value: Any) -> bool:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    return isinstance(value, str) and "\0" not in value


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (Real, np.number)):
        return False
    try:
        float(value)
    except (OverflowError, TypeError):  # a whole number of 400 digits; a complex one
        return False
    return True


def _is_whole(value: Any) -> bool:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and abs(value) < MOST


def _is_flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (_is_whole(value) and value in (0, 1))


def _is_named(name: str) -> Check:
    last = name.rpartition(".")[2]
    names = {last, *_STAND_INS.get(last, ())}
    return lambda value: any(kind.__name__ in names for kind in type(value).__mro__)


_PLAIN = {
    "None": Kind(lambda value: value is None, "None"),
    "int": Kind(_is_whole, "a whole number"),
    "Natural": Kind(lambda v: _is_whole(v) and v >= 0, "a whole number, 0 or more"),
    "float": Kind(_is_number, "a number"),
    "bool": Kind(_is_flag, "True or False"),
    "str": Kind(lambda value: isinstance(value, str), "a text"),
    _PATH: Kind(_is_path, "a path"),
    "Row": Kind(lambda value: isinstance(value, Mapping), "a row"),
    **dict.fromkeys(_WORDS, Kind(lambda value: isinstance(value, str), "a word")),
}


def public(function: Callable[P, R]) -> Callable[P, R]:
    """Have a public function refuse in a sentence what its annotations do not take.

    So it does where memory runs out, where the system refuses a file, and where an
    optional library is missing that no `needed` has asked for.
    """
    worded = enough_memory(function)
    parameters = [
        (p.name, str(p.annotation))
        for p in signature(function).parameters.values()
        if p.kind not in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    ]
    checked = dict(parameters)
    names = [name for name, _ in parameters]

    @wraps(worded)
    def checking(*args: P.args, **kwargs: P.kwargs) -> R:
        # Too many arguments, and names of none, are left to Python, which says so.
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            kind = kind_of(checked.get(name, "Any"))
            if kind is not None and not kind.fits(value):
                raise KindError(f"{name} is {shown(value)}: it must be {kind.words}.")
        try:
            return worded(*args, **kwargs)
        except ImageError:
            raise
        except ModuleNotFoundError as error:
            raise missing(error) from None
        except OSError as error:
            raise refused_file(error) from None

    return checking


def refused_file(error: OSError) -> Exception:
    """Word what the system says of a file: a name that is too long, no permission."""
    if error.filename is None or isinstance(error, ImageError):
        return error
    name = readable(os.fsdecode(error.filename))
    return FileError(f'"{name}" cannot be used ({error.strerror}): check the path.')


@lru_cache(maxsize=256)
def kind_of(annotation: str) -> Kind | None:
    """Return what an annotation takes; None where it leaves that to others.

    Examples
    --------
    >>> kind_of("int | None").words, kind_of("ImageLike | None")
    ('a whole number or None', None)
    >>> kind_of("str | Iterable[str]").fits(["a", 1])
    False
    """
    parts = _split(annotation, "|")
    if _PATH in parts or "Path" in parts:  # which a text is, too, but not any
        parts = [part for part in parts if part != "str"]
    kinds = [_part(part) for part in parts]
    if any(kind is None for kind in kinds):
        return None
    known = [kind for kind in kinds if kind is not None]
    words = [kind.words for kind in known]
    return Kind(lambda value: any(kind.fits(value) for kind in known), _either(words))


def _either(words: list[str]) -> str:
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} or {last}" if most else last


def _part(part: str) -> Kind | None:
    part = _PATH if part == "Path" else part
    if part in _PLAIN:
        return _PLAIN[part]
    if part in _RESULTS:
        return Kind(_is_named(part), _RESULTS[part])
    name, _, inner = part.partition("[")
    inner = inner.removesuffix("]")
    if name in ("Callable", "OnRows", "Progress"):
        return Kind(callable, "a function")
    if name == "Mapping":
        return Kind(lambda value: isinstance(value, Mapping), "a dict")
    if name == "tuple":
        return _tuple(_split(inner, ","))
    if name in ("Sequence", "Iterable") and inner:
        return _several(inner, sized=name == "Sequence")
    return None


def _tuple(inner: list[str]) -> Kind | None:
    endless = inner[-1] == "..."
    kinds = [kind_of(part) for part in inner if part != "..."]

    if endless and kinds == [None]:
        return None  # of anything: who reads it says what

    def fits(value: Any) -> bool:
        if not isinstance(value, (tuple, list)):
            return False
        if not endless and len(value) != len(kinds):
            return False
        each = kinds * len(value) if endless else kinds
        pairs = zip(each, value, strict=False)
        return all(kind is None or kind.fits(item) for kind, item in pairs)

    count = "a tuple of" if endless else str(len(kinds))
    return Kind(fits, f"{count} {_plural(kinds[0])}")


def _several(inner: str, *, sized: bool) -> Kind:
    kind = kind_of(inner)

    def fits(value: Any) -> bool:
        texts = isinstance(value, np.ndarray) and value.dtype.kind in "UO"
        if isinstance(value, str):
            return inner == "str"  # refused, or split, by who knows how many are due
        if isinstance(value, (bytes, Mapping)) or (
            kind is not None and isinstance(value, np.ndarray) and not texts
        ):
            return False
        try:
            iter(value)
        except TypeError:
            return False
        if sized and not hasattr(value, "__getitem__"):
            return False
        # What can be walked over once only is left to who walks over it.
        again = isinstance(value, (list, tuple, set, frozenset, np.ndarray))
        return kind is None or not again or all(kind.fits(item) for item in value)

    return Kind(fits, f"a list of {_plural(kind)}")


def _plural(kind: Kind | None) -> str:
    """Say what several of a kind are."""
    if kind is None:
        return "values"
    noun, of, rest = kind.words.removeprefix("a ").partition(" of ")
    return f"{noun}s{of}{rest}"


def _split(text: str, at: str) -> list[str]:
    """Split an annotation, but not within its brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == at and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip().strip("'") for part in parts]
