"""Read the options that ImageJ passes on, the words of a user, into a question.

Java sends them by their keys in `options.ini` and does not look at them, so that an
option that is added to the table reaches `similij.measure.question.ask` without a line
of Java, and is read there as from a shell or from Python.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..ground.options import options
from ..ground.version import __version__
from ..measure.question import READERS, Question, ask
from .messages import UPDATE_PYTHON, MessageError


def question_of(words: Mapping[str, str], *, inverse: bool = False) -> Question:
    """Read what a user asks.

    Parameters
    ----------
    words : mapping
        As a user wrote them, by key. `stack`, `pictures` and `window` are no part of
        the question: they are read where planes are planned and pictures begun.
    inverse : bool
        Whether the background is a row, which Java has to know, too.

    Raises
    ------
    MessageError
        If there is no such option.
    ValueError
        If an option has no such value.
    """
    check_words(words)
    readable = {key: word for key, word in words.items() if key in READERS}
    return ask(**{"inverse": inverse, **readable})


def check_words(words: Mapping[str, str], command: str = "") -> None:
    """Refuse a word that the table of options does not have.

    A jar that is newer than this package may know an option that is unknown here: to
    leave it out without a word would answer another question.

    Parameters
    ----------
    words : mapping
        As a user wrote them, by key.
    command : str
        Whose table: "" (Image Similarity...), "folders" or "matrix".

    Raises
    ------
    MessageError
        If a key is in neither that table nor the one of Image Similarity...
    """
    keys = {option.key for option in options() if option.command in ("", command)}
    if unknown := words.keys() - keys:
        raise MessageError(
            f"ImageJ gives the option {min(unknown)!r}, which similij {__version__} "
            f"does not know. {UPDATE_PYTHON}"
        )
