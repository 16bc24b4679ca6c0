"""The docs as pages for a browser: every page, every picture, every link."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from similij.imagej import help_pages
from similij.imagej.handler import Handler
from similij.imagej.help_pages import docs, write_pages


class Found(HTMLParser):
    """Names, links and pictures of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key == "id" and value:
                self.names.add(value)
            if key in ("href", "src") and value:
                self.links.append(value)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pages(tmp_path_factory.mktemp("pages"))


def test_every_page_is_there(pages: Path) -> None:
    written = {page.stem for page in pages.glob("*.html")}
    assert written == {page.stem for page in docs().glob("*.md")}
    text = (pages / "in-macros.html").read_text(encoding="utf-8")
    assert "<title>In macros – SimilIJ</title>" in text
    assert "<code>roi_file</code>" in text
    assert "<table>" in text


def test_every_link_leads_somewhere(pages: Path) -> None:
    found = {page.name: Found(page) for page in pages.glob("*.html")}
    for name, page in found.items():
        for link in page.links:
            if re.match(r"https?://", link):
                continue
            file, _, anchor = link.partition("#")
            assert (pages / file).exists(), (name, link)
            if anchor:
                assert anchor in found[file or name].names, (name, link)


def test_imagej_gets_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    reply = Handler(lambda wire: wire)({"op": "docs", "page": "in-fiji"})
    path = Path(reply["path"])
    assert "<h1" in path.read_text(encoding="utf-8")
    assert tmp_path in path.parents


def test_without_its_picture_a_page_says_what_it_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in the wheel for Python users, which has the words alone."""
    words = docs() / "in-fiji.md"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "in-fiji.md").write_bytes(words.read_bytes())
    monkeypatch.setattr(help_pages, "docs", lambda: tmp_path / "docs")
    page = write_pages(tmp_path / "pages") / "in-fiji.html"
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"!\[(.*?)\]", words.read_text("utf-8"))
    assert len(shown) > 10
    assert re.findall(r"<em>\[Picture: (.*?)\]</em>", text) == shown
    assert "<img" not in text
