"""Write the docs as pages for a browser: what *Help* in ImageJ's dialogs opens.

The pages are the Markdown files of `docs/`, which a wheel has inside the package; so
they need no network and fit the version that runs. Their pictures are in the wheel
that the jar installs from and in the repository. The wheel for Python users has none,
since they would make it two and a half times as large: there the pages say in words
what a picture shows.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape
from pathlib import Path

from ..ground.writing import whole_file

_STYLE = """
body { max-width: 50em; margin: 2em auto; padding: 0 1em; line-height: 1.5;
  font-family: system-ui, sans-serif; color: #222; background: #fff; }
img { max-width: 100%; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid #bbb; padding: 0.3em 0.6em; text-align: left;
  vertical-align: top; }
pre, code { background: #f3f3f3; font-family: ui-monospace, monospace; }
pre { padding: 0.7em; overflow-x: auto; }
"""

_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>")
_OUTSIDE = re.compile(r'<a href="\.\./[^"]*">(.*?)</a>', re.DOTALL)
_PICTURE = re.compile(r'<img src="(images/[^"]*)" alt="([^"]*)" ?/>')
_PAGE = re.compile(r'href="([\w./-]+)\.md(#[\w-]*)?"')


def docs() -> Path:
    """Find the folder of the Markdown files: of the wheel, else of the repository.

    Raises
    ------
    FileNotFoundError
        If this installation has none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "docs", package.parents[1] / "docs"):
        if (folder / "in-fiji.md").is_file():
            return folder
    raise FileNotFoundError(
        "this installation of similij has no docs: install it from a wheel, or look "
        "into docs/ of its repository"
    )


def write_pages(folder: Path | str) -> Path:
    """Write all pages as HTML, with the pictures that are there beside them.

    Parameters
    ----------
    folder : path
        Where to; made if need be.

    Returns
    -------
    Path
        The folder: `in-fiji.html`, `metrics.html`, ...

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as made:
    ...     (write_pages(made) / "in-fiji.html").is_file()
    True
    """
    from markdown_it import MarkdownIt

    source, target = docs(), Path(folder)
    for picture in (source / "images").rglob("*"):
        if picture.is_file():
            with whole_file(target / picture.relative_to(source)) as part:
                part.write_bytes(picture.read_bytes())
    markdown = MarkdownIt("commonmark").enable("table")
    for page in sorted(source.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].lstrip("# ")
        body = _HEADING.sub(_with_anchor, markdown.render(text))
        # A wheel has docs/ alone: what lies beside it in a repository cannot be linked.
        body = _OUTSIDE.sub(r"\1", body)
        body = _PICTURE.sub(partial(_picture_or_words, source), body)
        body = _PAGE.sub(r'href="\1.html\2"', body)
        text = (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(title)} – SimilIJ</title><style>{_STYLE}</style></head>"
            f"<body><main>{body}</main></body></html>\n"
        )
        with whole_file(target / f"{page.stem}.html") as part:
            part.write_text(text, encoding="utf-8")
    return target


def anchor(heading: str) -> str:
    """Make the name that a heading has in an address, as code hosts make it.

    The links inside docs/ are written for a code host, and must work here, too.

    Examples
    --------
    >>> anchor("Planes, channels, time")
    'planes-channels-time'
    """
    plain = re.sub(r"<[^>]+>|&\w+;", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _picture_or_words(source: Path, match: re.Match[str]) -> str:
    place, words = match.groups()
    return match[0] if (source / place).is_file() else f"<em>[Picture: {words}]</em>"


def _with_anchor(match: re.Match[str]) -> str:
    level, heading = match.groups()
    return f'<h{level} id="{anchor(heading)}">{heading}</h{level}>'
