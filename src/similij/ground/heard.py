"""Hear what a library writes to its log in this thread, instead of the terminal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_listening = threading.local()
"""Of each thread: the records of each logger that it listens to, by name."""


class _Ear(logging.Filter):
    """Keep what is logged in a thread that listens, and let no one else hear it."""

    def filter(self, record: logging.LogRecord) -> bool:
        records: list[logging.LogRecord] | None = vars(_listening).get(record.name)
        if records is None:
            return True
        records.append(record)
        return False


_ear = _Ear()


@contextmanager
def heard(name: str) -> Iterator[list[logging.LogRecord]]:
    """Collect what a logger is given in this thread: to be judged, not silenced.

    Of the thread, and not by `logger.disabled`, which is of all of them: of two threads
    that saved and restored it in turns, one left the logger off for good.

    Parameters
    ----------
    name : str
        Of the logger, such as "tifffile".

    Examples
    --------
    >>> with heard("somebody") as records:
    ...     logging.getLogger("somebody").warning("a tag is odd")
    >>> [record.getMessage() for record in records]
    ['a tag is odd']
    """
    logger = logging.getLogger(name)
    if _ear not in logger.filters:
        logger.addFilter(_ear)
    by_name = vars(_listening)
    outer = by_name.get(name)
    records: list[logging.LogRecord] = []
    by_name[name] = records
    try:
        yield records
    finally:
        by_name[name] = outer
