"""Words of others on a page: file names, titles, notes, which may hold anything.

A file may be called `<script>`, or have a character in its name that turns the text
after it around. Here such words become text for HTML, for attributes and for data in a
script, and what would not be seen is spelt out.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from html import escape
from typing import Any

_MARKS = {"\u200c", "\u200d"}
"""Joiners: Persian, Hindi and emoji are written with them."""

_DOI = re.compile(r"doi:(10\.\d{4,9}/[^\s,;]*[^\s,;.)])")


def visible(text: Any) -> str:
    r"""Spell out what has no shape: controls, marks of direction, lone surrogates.

    Examples
    --------
    >>> visible("a\u202egnp.exe"), visible("two\nlines"), visible("\udcff.tif")
    ('a[U+202E]gnp.exe', 'two[U+000A]lines', '[U+DCFF].tif')
    """
    return "".join(
        f"[U+{ord(c):04X}]"
        if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in _MARKS
        else c
        for c in str(text)
    )


def html(text: Any) -> str:
    """Text for HTML, inside and outside of attributes.

    Examples
    --------
    >>> html('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return escape(visible(text))


def name(text: Any) -> str:
    """HTML of a name, whose direction does not touch the words around it."""
    return f"<bdi>{html(text)}</bdi>"


def with_links(text: str) -> str:
    """HTML of a source, with its DOIs as links.

    Examples
    --------
    >>> with_links("Kendall 1945, doi:10.1093/biomet/33.3.239")
    'Kendall 1945, <a href="https://doi.org/10.1093/biomet/33.3.239">doi:10.1093/...
    """
    parts = _DOI.split(text)
    return "".join(
        f'<a href="https://doi.org/{html(part)}">doi:{html(part)}</a>'
        if k % 2
        else html(part)
        for k, part in enumerate(parts)
    )


def script_data(value: Any) -> str:
    r"""JSON for a script element: it cannot end the element, nor begin another.

    Undefined numbers are null, infinite ones the words "Infinity" and "-Infinity".

    Examples
    --------
    >>> script_data({"a": ["</script>", float("nan"), float("-inf")]})
    '{"a":["\\u003c/script\\u003e",null,"-Infinity"]}'
    """
    text = json.dumps(_plain(value), separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
