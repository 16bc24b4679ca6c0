"""Define the errors and warnings that users meet, whichever wing raises them."""

from __future__ import annotations

import re

from .inert import visible

_QUOTED = 200
"""Letters of a quoted text in a message: nearly all names of files have fewer."""

_PART = re.compile(rf'"[^"]*"|[^\s"]{{{_QUOTED + 1},}}')
"""A text and its quotes, short or long, so that none begins at the end of another; a
word of more letters."""

_LONGEST = 1000
"""Letters of a message; one that is longer still quotes a text with its own quotes."""


def in_one_line(sentence: str) -> str:
    r"""Write a sentence as one line, whoever's names and texts are quoted in it.

    Examples
    --------
    >>> in_one_line('"a\nb.tif" does not exist.')
    '"a[U+000A]b.tif" does not exist.'
    >>> len(in_one_line('"' + 9000 * "x" + '" is no column.'))
    219
    """
    line = visible(sentence)
    if len(line) <= _QUOTED:
        return line
    quoted = _PART.sub(
        lambda part: _ends(part[0], _QUOTED + 2, _QUOTED // 2 + (part[0][0] == '"')),
        line,
    )
    return _ends(quoted, _LONGEST, _LONGEST // 2)


def _ends(text: str, most: int, kept: int) -> str:
    return text if len(text) <= most else f"{text[:kept]}...{text[-kept:]}"


class _Sentence(Exception):  # noqa: N818 - what others are, no error by itself
    """Be one line of text, whatever the names in it hold; `args` has it as it is.

    Here and not where it is shown: Python, a notebook, ImageJ show it, too.
    """

    def __str__(self) -> str:
        return in_one_line(super().__str__())


class ImageError(_Sentence, ValueError):
    """Raised where images, or a mask, cannot be compared; the message says why."""


class WriteError(ImageError, OSError):
    """Raised where a file cannot be written; the message names it and says why.

    Parameters
    ----------
    sentence : str
        The message.
    path : str
        The file.
    reason : str
        Why, for who advises something else.

    Attributes
    ----------
    path, reason : str
        The same.
    """

    def __init__(self, sentence: str, path: str = "", reason: str = "") -> None:
        super().__init__(sentence)
        self.path, self.reason = path, reason


class FileError(ImageError, OSError):
    """Raised where the system refuses a file; the message names it and says why."""


class ClusterError(ImageError):
    """Raised where the workers of a cluster are gone, which is no fault of an image.

    A batch stops there and goes on when it is started again: a row with this for its
    reason would count as done.
    """


class RegionError(_Sentence, ValueError):
    """Raised where a region cannot be used; the message is a sentence for the user."""


class KindError(_Sentence, TypeError, ValueError):
    """Raised where an argument is of another kind; the message says of which."""


class Undefined(_Sentence, ValueError):  # noqa: N818 - a state of the data, not a mistake
    """Raised where a metric has no value; `{1}` and `{2}` in it name the images.

    A metric does not know what the images are called: `names.with_names` puts that in.
    """


class PatternError(ImageError):
    """Raised where a pattern of file names is none, or fits nothing."""


class MetricWarning(_Sentence, UserWarning):
    """Given where metrics are left out; the message is a sentence for the user."""
