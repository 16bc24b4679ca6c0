"""Keep words of others inert: in a terminal, and in a spreadsheet.

A file, a region, a channel may be called anything. To a terminal some characters are
commands: an escape sequence writes over earlier lines, names the window, makes a link;
a mark of direction turns a name around. To a spreadsheet a cell that begins with `=` is
a formula. Names are kept as they are everywhere, and made harmless where they leave:
`visible` for a name or a sentence, `inert_streams` for whatever else a command prints,
`as_cell` for a table that a spreadsheet may open, `from_cell` for what reads it back.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Controls, marks without a shape, lone surrogates, separators of lines."""

JOINERS = {"\u200c", "\u200d"}
"""They have no shape but stay: Persian, Hindi and emoji need them."""

_LAYOUT = {"\n", "\t"}
"""What a printed text is laid out with. Of a name, they are spelled out before."""


def visible(text: Any) -> str:
    r"""Spell out what has no shape: controls, marks of direction, lone surrogates.

    Examples
    --------
    >>> visible("a\u202egnp.exe"), visible("two\nlines"), visible("\udcff.tif")
    ('a[U+202E]gnp.exe', 'two[U+000A]lines', '[U+DCFF].tif')
    """
    words = str(text)
    # Nearly all words; a character at a time is 100 times slower.
    return words if words.isprintable() else _spelled(words, JOINERS)


def printed(text: str) -> str:
    r"""Spell out what a terminal would obey, and leave lines and tabs.

    Examples
    --------
    >>> printed("name\tvalue\n\x1b[2Ja.tif\t1\n")
    'name\tvalue\n[U+001B][2Ja.tif\t1\n'
    """
    return text if text.isprintable() else _spelled(text, JOINERS | _LAYOUT)


def _spelled(text: str, kept: set[str]) -> str:
    return "".join(
        f"[U+{ord(c):04X}]"
        if unicodedata.category(c) in _UNSEEN and c not in kept
        else c
        for c in text
    )


class InertStream:
    """Print on a stream what `printed` makes of it.

    Attributes
    ----------
    raw : TextIO
        The stream, for what is exact (a table into a file) or moves the cursor itself
        (a progress bar).
    """

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write text, harmless."""
        self.raw.write(printed(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write lines, harmless."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def behind(stream: TextIO) -> TextIO:
    """Return the stream behind an `InertStream`, or the stream."""
    return stream.raw if isinstance(stream, InertStream) else stream


@contextmanager
def inert_streams() -> Iterator[None]:
    """Have whatever is printed, warned or logged meanwhile be harmless.

    Not each place that prints is asked to think of it: libraries print, too.
    """
    before = sys.stdout, sys.stderr
    try:
        make_inert()
        yield
    finally:
        sys.stdout, sys.stderr = before


def make_inert() -> None:
    """Have both streams be inert from now on."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # There is none under pythonw; and one door is enough.
        if stream is not None and not isinstance(stream, InertStream):
            setattr(sys, name, cast(TextIO, InertStream(stream)))


_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""How a cell begins that a spreadsheet takes for a formula (tabs and ends of lines are
skipped by some before they look; wide signs are the same where Japanese is written),
or one that `as_cell` has marked."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_cell(text: str) -> str:
    r"""Mark text that a spreadsheet would take for a formula by an apostrophe.

    Text that is a number stays: no spreadsheet does anything but read it.

    Examples
    --------
    >>> as_cell("=1+1"), as_cell("a=b"), as_cell("-5"), as_cell("-5V.tif")
    ("'=1+1", 'a=b', '-5', "'-5V.tif")
    """
    return f"'{text}" if _risky(text) else text


def from_cell(text: str) -> str:
    """Return the text that `as_cell` was given.

    Examples
    --------
    >>> from_cell("'=1+1"), from_cell("'tis"), from_cell(as_cell("'=1+1"))
    ('=1+1', "'tis", "'=1+1")
    """
    return text[1:] if text.startswith("'") and _risky(text) else text


def _risky(text: str) -> bool:
    # A text that begins with apostrophes of its own gets one more, so that each text
    # can be told from each other when it is read back.
    return (
        _FORMULA.match(text) is not None and _NUMBER.fullmatch(text.lstrip("'")) is None
    )
