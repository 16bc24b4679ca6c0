"""Recognise by which part the names of two images of a pair differ.

Microscopes, ImageJ and people name the images of a pair alike but for one part:
`cell7_C1` and `cell7_C2`, `raw_3` and `den_3`, `cell7` and `cell7_den`. The part is
found in the names that are there and not in a list of words, as a list lacks the word
of the next laboratory. Words that everybody uses (`C1`, `ch00`, `raw`) are known all
the same: in one folder, names alone cannot tell channels from cells.

Names are without their endings here, and no file is looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ..images.file_names import natural

_SEPARATOR = re.compile(r"([_\-\s.]+)")

_LONGEST = 3
"""Words that the part may have (`_deconv_v2`): what is longer is no suffix."""

_MOST_VALUES = 12
"""Values of one place above which they count images (frames, cells), and do not tell
two kinds apart; of 1,000 there would be half a million pairs of values, too."""

_MOST_CHANNELS = 6
"""Values of one place above which `c1`, `c2`, ... are cells and no channels."""

_MOST, _HALF = 0.8, 0.5
"""Share of the files of one folder, and of two, that a way must pair of whose words
none is known: rows A to C of a plate are no kinds, and would be two thirds."""

_CHANNEL = re.compile(r"(c|ch|chan|channel|w|wl|wavelength)0*\d+")
_COLORS = "red green blue dapi gfp rfp yfp cfp cy3 cy5 fitc tritc"
_FIRST = (
    "raw noisy noise orig original before pre gt groundtruth truth ref reference fixed "
    "unprocessed input lq low lr source"
)
_SECOND = (
    "den denoised clean restored deconv decon deconvolved filtered processed proc "
    "after post pred prediction predicted moving registered reg aligned output n2v "
    "care hq high hr target"
)
_ORDER = {
    **dict.fromkeys(_FIRST.split(), 0),
    **dict.fromkeys(_COLORS.split(), 1),
    **dict.fromkeys(_SECOND.split(), 2),
}
"""Words that everybody uses; in one folder, image 1 has that of the lower number."""

_BESIDE = frozenset(
    (
        "mask",
        "masks",
        "label",
        "labels",
        "seg",
        "segmentation",
        "outlines",
        "roi",
        "rois",
    )
)
"""Words of files that belong to an image, and are not compared with it."""

_GLUED_END = re.compile(r"((?<=\d)[A-Za-z]+|(?<=[a-z0-9])[A-Z][a-z]*\d*)$")
_GLUED_START = re.compile(r"[A-Za-z]+(?=\d)")
"""Words that no separator sets apart: `cell01raw`, `cellRaw`; `raw01`."""

Names: TypeAlias = Sequence[tuple[str, str]]
"""The images of a folder: of each its subfolder, and its name without ending."""

_Part = tuple[str, str, str, str]
"""A part of a name: where it stands, what is before it, the part, what is after."""


class Difference(NamedTuple):
    """Say by what the two names of each pair differ.

    Attributes
    ----------
    one, two : str
        What only the names of first, and of second images have, with the separator
        that sets it apart; "" where nothing stands there.
    place : str
        Where in a name: "end", "start" or "middle".
    """

    one: str
    two: str
    place: str

    @property
    def pattern(self) -> str:
        """The same as a pattern of `find_pairs`."""
        shape = {"end": "{{id}}{}", "start": "{}{{id}}", "middle": "{{id}}{}{{rest}}"}
        return ":".join(shape[self.place].format(part) for part in (self.one, self.two))

    @property
    def whole(self) -> str:
        """The pattern of whole names, for `_C1` beside `_C10`, which begins alike."""
        return ":".join(f"{half}." for half in self.pattern.split(":"))

    @property
    def is_known(self) -> bool:
        """Whether everybody calls the two kinds of images so."""
        words = [_word(part) for part in (self.one, self.two)]
        return any(words) and all(not word or _is_known(word) for word in words)


def differences(
    first: Names, second: Names | None = None, *, beside: bool = False
) -> list[tuple[Difference, int]]:
    """List the ways in which names pair by one part in which they differ.

    Parameters
    ----------
    first, second : sequence of (str, str)
        The images of two folders; or of one, which holds both images of each pair.
    beside : bool
        Whether the second are masks, labels or ROIs, whose names say so.

    Returns
    -------
    list of (Difference, int)
        Those that can be meant, the likeliest first, each with the number of its pairs.

    Examples
    --------
    >>> names = [("", name) for name in ("7_C1", "7_C2", "8_C1", "8_C2")]
    >>> [(one.pattern, count) for one, count in differences(names)]
    [('{id}_C1:{id}_C2', 2)]
    """
    # Words that nothing sets apart are looked for only where no others are found: the
    # letters before a number are far more often no word that tells kinds apart.
    for parts_of in (_parts, _glued_parts):
        counts = _counts(first, second, parts_of)
        ways = [
            (one, count)
            for one, count in counts.items()
            if _can_be_meant(one, count, first, second, beside)
        ]
        if any(one.is_known for one, _ in ways):
            # By C1 and C2, cells 1 and 2 of a folder pair as well; nobody means that.
            ways = [way for way in ways if way[0].is_known or second is not None]
        if ways:
            return sorted(ways, key=_rank)
    return []


def _rank(way: tuple[Difference, int]) -> tuple[object, ...]:
    one, count = way
    place = ("end", "start", "middle").index(one.place)
    length = len(one.one) + len(one.two)
    order = natural(one.one), natural(one.two)
    return not one.is_known, -count, place, length, *order


def _counts(
    first: Names, second: Names | None, parts_of: Callable[[str], Iterator[_Part]]
) -> dict[Difference, int]:
    """Count the pairs of each way."""
    ones = _by_rest(first, parts_of)
    twos = ones if second is None else _by_rest(second, parts_of)
    counts: dict[Difference, int] = defaultdict(int)
    for rest in ones.keys() & twos.keys():
        for one in _values(ones[rest]):
            for two in _values(twos[rest]):
                if one == two or not _is_least(one, two):
                    continue
                # In one folder each pair is met twice, once the other way round.
                if second is not None or _in_order(one) < _in_order(two):
                    counts[Difference(one, two, rest[0])] += 1
    return counts


def _by_rest(
    names: Names, parts_of: Callable[[str], Iterator[_Part]]
) -> dict[tuple[str, ...], set[str]]:
    """Sort the parts of names by what is left of the names without them."""
    by_rest: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for folder, name in names:
        for place, left, part, right in parts_of(name):
            by_rest[place, folder, left, right].add(part)
    return by_rest


def _parts(name: str) -> Iterator[_Part]:
    """Yield the parts of a name between separators, and nothing at either end."""
    yield "end", name, "", ""
    yield "start", "", "", name
    words = _SEPARATOR.split(name)
    count = len(words)
    for begin in range(0, count, 2):
        for end in range(begin + 1, min(count, begin + 2 * _LONGEST) + 1, 2):
            # A separator goes with the part that it sets apart: `{id}_C1`.
            before, after = max(begin - 1, 0), min(end + 1, count)
            place = "end" if end == count else "start" if begin == 0 else "middle"
            if place == "end":
                after = count
            left, right = "".join(words[:before]), "".join(words[after:])
            part = "".join(words[before:after])
            if all(words[begin:end:2]) and (left or right):
                yield place, left, part, right


def _glued_parts(name: str) -> Iterator[_Part]:
    """Yield the letters behind the number of a name, and before it."""
    if match := _GLUED_END.search(name):
        yield "end", name[: match.start()], match[0], ""
    if match := _GLUED_START.match(name):
        yield "start", "", match[0], name[match.end() :]


def _values(parts: set[str]) -> list[str]:
    return sorted(part for part in parts if _is_kind(_word(part), len(parts)))


def _is_kind(word: str, values: int) -> bool:
    """Whether a word can tell kinds apart at a place that has so many values."""
    if word in _ORDER:
        return True
    return values <= (_MOST_CHANNELS if _CHANNEL.fullmatch(word) else _MOST_VALUES)


def _word(part: str) -> str:
    """Return a part without the separators around it, in small letters."""
    return part.strip("_-. \t").lower()


def _words(part: str) -> list[str]:
    return _SEPARATOR.split(_word(part))[::2]


def _is_known(word: str) -> bool:
    return word in _ORDER or _CHANNEL.fullmatch(word) is not None


def _is_least(one: str, two: str) -> bool:
    """Whether parts differ from their first word to their last.

    Of `7_x_raw` and `7_x_den` only `_raw` and `_den` do, and not `_x_raw` and `_x_den`.
    """
    if not one or not two:
        return True
    ones, twos = _words(one), _words(two)
    return ones[0] != twos[0] and ones[-1] != twos[-1]


def _in_order(part: str) -> tuple[object, ...]:
    """Say which of two comes first, where both lie in one folder."""
    word = _word(part)
    return _ORDER.get(word, 1), natural(word), part


def _can_be_meant(
    one: Difference, count: int, first: Names, second: Names | None, beside: bool
) -> bool:
    text = one.one + one.two
    if set(text) & set("{}:"):
        return False  # no pattern could say it
    if not beside and any(w in _BESIDE for p in one[:2] for w in _words(p)):
        return False
    if one.is_known:
        return True
    numbers = [_word(part).isdigit() for part in one[:2]]
    is_added = not one.one or not one.two
    # "cell 2" beside "cell" is a copy, and a number that nothing else tells of is one
    # of cells rather than of kinds.
    if any(numbers) and (is_added or count == 1):
        return False
    share = 2 * count / (len(first) + len(second or ()))
    if all(numbers) or count == 1:
        return share >= 1
    return share >= (_MOST if second is None else _HALF)
