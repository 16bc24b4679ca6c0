"""Make words of others harmless on a page: file names, titles, notes hold anything.

A file may be called `<script>`, or have a character in its name that turns the text
after it around. Every expression of a template passes through `html`, which spells out
what would not be seen and makes the rest text; data for a script have `script_data`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from markupsafe import Markup, escape

from ..ground.inert import visible

_DOI = re.compile(r"doi:(10\.\d{4,9}/[^\s,;]*[^\s,;.)])")


def html(text: Any) -> Markup:
    """Make text for HTML, inside and outside of attributes; leave what is HTML.

    Examples
    --------
    >>> print(html('<b title="\u202e">'), html(html("a & b")))
    &lt;b title=&#34;[U+202E]&#34;&gt; a &amp; b
    """
    return text if isinstance(text, Markup) else escape(visible(text))


def cut_at_dois(text: str) -> list[str]:
    """Cut a source into words, a DOI, words, a DOI, ..., words.

    Examples
    --------
    >>> cut_at_dois("Kendall 1945, doi:10.1093/biomet/33.3.239")
    ['Kendall 1945, ', '10.1093/biomet/33.3.239', '']
    """
    return _DOI.split(text)


def script_data(value: Any) -> str:
    r"""Write JSON for a script element: it cannot end the element, nor begin another.

    Undefined numbers are null, infinite ones the words "Infinity" and "-Infinity".

    Examples
    --------
    >>> script_data({"a": ["</script>", float("nan"), float("-inf")]})
    '{"a":["\\u003c/script\\u003e",null,"-Infinity"]}'
    """
    text = json.dumps(_plain(value), separators=(",", ":"), allow_nan=False)
    # Inside a script element HTML's escapes are no escapes; those of JSON are.
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
