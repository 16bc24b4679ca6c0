"""Say in a sentence that memory is not enough, whoever finds it out.

NumPy says how much it could not have and no word of the images; compiled code says
nothing at all; and on Linux, where memory is promised freely, the system ends a process
that takes it at its word. So the one place that words a `MemoryError` is here, and who
is about to take much asks `available` first.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from .errors import ImageError

P = ParamSpec("P")
R = TypeVar("R")

_WANTED = re.compile(r"Unable to allocate ([\d.]+ \w+)")
"""NumPy's words."""

_CGROUPS = (
    ("memory.max", "memory.current", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "total_inactive_file",
    ),
)
"""Files of a container's limit, of its use, and what of that is only a cache."""

_STEP = (
    "compare smaller regions or plane by plane, leave out metrics that need all pixels "
    "at once, or close other programs"
)


class NotEnoughMemory(ImageError, MemoryError):  # noqa: N818 - what users read is that
    """Raised where memory ran out; the message is a sentence for the user."""


def not_enough(error: BaseException) -> NotEnoughMemory:
    """Word what a library says when it can have no more memory."""
    if isinstance(error, NotEnoughMemory):
        return error
    wanted = _WANTED.search(str(error))
    more = f"{wanted[1]} more were needed at once" if wanted else "more was needed"
    free = available()
    there = "" if free is None else f", and {in_words(free)} are free"
    return NotEnoughMemory(f"there is not enough memory ({more}{there}): {_STEP}.")


def enough_memory(function: Callable[P, R]) -> Callable[P, R]:
    """Have a function of the public raise `NotEnoughMemory` where memory runs out."""

    @wraps(function)
    def worded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except MemoryError as error:
            raise not_enough(error) from None
        except OSError as error:
            if error.errno != errno.ENOMEM:  # as mapping a file says it
                raise
            raise not_enough(error) from None

    return worded


def lack(needed: int) -> str:
    """Say that so many bytes are more than there are; "" if they are not.

    Examples
    --------
    >>> lack(1000)
    ''
    """
    free = available()
    if free is None or needed <= free:
        return ""
    return (
        f"about {in_words(needed)} of memory are needed and {in_words(free)} are free"
    )


def require(needed: int) -> None:
    """Refuse work that takes more memory than there is, before it is begun.

    Raises
    ------
    NotEnoughMemory
        If so many bytes are more than this process can take.

    Examples
    --------
    >>> require(1000)
    """
    if words := lack(needed):
        raise NotEnoughMemory(f"there is not enough memory ({words}): {_STEP}.")


def in_words(size: int) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> in_words(2_345_000_000), in_words(12_000_000)
    ('2.3 GB', '12 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 10**9 else f"{size / 1e6:.0f} MB"


def available() -> int | None:
    """Return how many bytes this process can still take; None where nobody says it.

    The least of what the computer has, the container and the shell's limit (`ulimit`).
    """
    sizes = [
        size
        for size in (_of_computer(), _of_container(), _of_process())
        if size is not None
    ]
    return max(min(sizes), 0) if sizes else None


def _of_computer() -> int | None:
    try:
        text = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return None
    match = re.search(r"MemAvailable: +(\d+) kB", text)
    return int(match[1]) * 1024 if match else None


def _of_container() -> int | None:
    root = Path("/sys/fs/cgroup")
    for limit, used, cached in _CGROUPS:
        try:
            most = int((root / limit).read_text("ascii"))
            now = int((root / used).read_text("ascii"))
            stat = (root / limit).with_name("memory.stat").read_text("ascii")
        except (OSError, ValueError):  # "max": there is none
            continue
        match = re.search(rf"^{cached} (\d+)$", stat, re.MULTILINE)
        return most - now + (int(match[1]) if match else 0)
    return None


def _of_process() -> int | None:
    try:
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (ImportError, OSError, ValueError):
        return None
    if most == resource.RLIM_INFINITY:
        return None
    return most - pages * resource.getpagesize()
