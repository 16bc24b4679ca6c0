"""Define the errors and warnings that users meet, whichever wing raises them."""

from __future__ import annotations

import re

_QUOTED = 200
"""Letters of a quoted text in a message: nearly all names of files have fewer."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What ends a line, rings, or moves the cursor of a terminal."""

_LONG = re.compile(rf'(?<=")[^"]{{{_QUOTED + 1},}}(?=")|\S{{{_QUOTED + 1},}}')
"""A quoted text, or a word, of more letters."""


def in_one_line(sentence: str) -> str:
    r"""Write a sentence as one line, whoever's names and texts are quoted in it.

    Examples
    --------
    >>> in_one_line('"a\nb.tif" does not exist.')
    '"a\\nb.tif" does not exist.'
    >>> len(in_one_line('"' + 9000 * "x" + '" is no column.'))
    232
    """
    line = _CONTROL.sub(lambda letter: repr(letter[0])[1:-1], sentence)
    return _LONG.sub(lambda text: _shortened(text[0]), line)


def _shortened(text: str) -> str:
    half = _QUOTED // 2
    return f"{text[:half]}...{text[-half:]}"


class _Sentence(ValueError):  # noqa: N818 - never raised itself
    """A refusal: one sentence on one line, of bounded length."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(in_one_line(a) if isinstance(a, str) else a for a in args))


class ImageError(_Sentence):
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


class RegionError(_Sentence):
    """Raised where a region cannot be used; the message is a sentence for the user."""


class KindError(TypeError):
    """Raised where an argument is of another kind; the message says of which."""


class Undefined(ValueError):  # noqa: N818 - a state of the data, not a mistake
    """Raised where a metric has no value; `{1}` and `{2}` in it name the images.

    A metric does not know what the images are called: `names.with_names` puts that in.
    """


class PatternError(ImageError):
    """Raised where a pattern of file names is none, or fits nothing."""


class MetricWarning(UserWarning):
    """Given where metrics are left out; the message is a sentence for the user."""
