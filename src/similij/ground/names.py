"""Put names and numbers of things into sentences, and tell names apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SHOWN = 60
"""Letters of a value in a message: it is told apart by these, or by none."""


def with_names(words: str, first: str, second: str) -> str:
    """Put the names of the images where a reason has `{1}` and `{2}`.

    A metric that has no value says why without knowing what the images are called. Any
    other brace stays as it is, also one in a name, which `str.format` would take for a
    place of its own.

    Examples
    --------
    >>> with_names("{1} is constant, {2} is not", '"a.tif"', '"{1}.tif"')
    '"a.tif" is constant, "{1}.tif" is not'
    """
    names = {"{1}": first, "{2}": second}
    return re.sub(r"\{[12]\}", lambda place: names[place[0]], words)


def readable(name: str) -> str:
    r"""Write a name that is no text as text: of a byte that is no UTF-8 its number.

    On Linux a file name is bytes, and one from an old camera or a zip may be Latin-1.
    Python stands a surrogate in for each such byte, which opens the file, and which no
    table, terminal or page can hold.

    Examples
    --------
    >>> readable("caf\udce9.tif")
    'caf\\xe9.tif'
    >>> readable("café.tif")
    'café.tif'
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        pass
    else:
        return name
    try:
        return name.encode("utf-8", "surrogateescape").decode(
            "utf-8", "backslashreplace"
        )
    except UnicodeEncodeError:  # half a character that stands for no byte
        return name.encode("utf-8", "backslashreplace").decode("utf-8")


def path_of(words: str) -> str:
    r"""Return the path that `readable` wrote, if there is such a file; else the words.

    Examples
    --------
    >>> path_of("nowhere/caf\\xe9.tif")
    'nowhere/caf\\xe9.tif'
    """
    if Path(words).exists():
        return words
    as_bytes = re.sub(
        r"\\x([89a-f][0-9a-f])", lambda byte: chr(0xDC00 + int(byte[1], 16)), words
    )
    return as_bytes if as_bytes != words and Path(as_bytes).exists() else words


def shown(value: Any) -> str:
    """Write a value that somebody gave, in a few letters on one line.

    Of an array what it is, and not what is in it; a long text is cut.

    Examples
    --------
    >>> import numpy as np
    >>> shown("shfit"), shown(np.zeros((2, 3))), shown([1, 2])
    ("'shfit'", 'an array of shape (2, 3) and type float64', '[1, 2]')
    >>> shown("x" * 5000)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' (5000 letters)"
    """
    if isinstance(value, (str, bytes)) and len(value) > _SHOWN:
        unit = "letters" if isinstance(value, str) else "bytes"
        start = repr(value[: _SHOWN // 2])
        return f"{start[:-1]}...{start[-1]} ({len(value)} {unit})"
    kind = type(value).__name__
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array of shape {_in_words(value.shape)} and type {value.dtype}"
    try:
        words = " ".join(repr(value).split())
    except Exception:  # a class of somebody, and a number of more than 4300 digits
        return f"a value of type {kind}"
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}... (a {kind})"


def listed(names: Sequence[Any], most: int = 12) -> str:
    """Write names that somebody gave, as of the columns of a table: not thousands.

    Examples
    --------
    >>> listed(["a", "b"]), listed([]), listed(range(100), most=2)
    ('a, b', 'none', '0, 1 and 98 more')
    """
    words = [_cut(str(name)) for name in names[:most]]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(words)}{more}" if words else "none"


def _cut(name: str) -> str:
    short = len(name) <= _SHOWN // 2
    return name if short else f"{name[: _SHOWN // 2]}..."


def _in_words(shape: Any) -> str:
    words = str(tuple(shape)) if isinstance(shape, tuple) else str(shape)
    return words if len(words) <= _SHOWN else f"of {len(shape)} axes"


def counted(count: int, noun: str) -> str:
    """Return how many there are of something.

    Examples
    --------
    >>> counted(1, "pair"), counted(0, "pair"), counted(1200, "pair")
    ('1 pair', '0 pairs', '1200 pairs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def distinct(names: Sequence[str], files: Sequence[str] = ()) -> list[str]:
    """Make names differ: by whole paths where file names do not, then by numbers.

    Parameters
    ----------
    names : sequence of str
        As given; a name that is there once stays as it is.
    files : sequence of str
        Where each is from, or "".

    Returns
    -------
    list of str
        A name for each, in their order; no two are the same.

    Examples
    --------
    >>> distinct(["a.tif", "a.tif"], ["old/a.tif", "new/a.tif"])
    ['old/a.tif', 'new/a.tif']
    >>> distinct(["cell", "cell", "cell (2)"])
    ['cell', 'cell (3)', 'cell (2)']
    """
    times = Counter(names)
    longer = [*names]
    for k, file in enumerate(files):
        if file and names[k] == Path(file).name and times[names[k]] > 1:
            longer[k] = file
    used: set[str] = set()
    for k, name in enumerate(longer):
        count = 1
        # A number is tried only if nobody is called so from the start: else the
        # second "cell" would take the name of a later "cell (2)".
        while longer[k] in used or (count > 1 and longer[k] in times):
            count += 1
            longer[k] = f"{name} ({count})"
        used.add(longer[k])
    return longer
