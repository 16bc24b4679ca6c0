"""The docs as a site: every page in it, no warning, searched and read from disk."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

import similij
from similij.imagej.help_pages import docs, write_pages
from support import HUNG, ROOT

sys.path.insert(0, str(ROOT / "tools"))

import docs_site

SETTINGS = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))

WORDS = {
    "costes": "metrics.html#thresholds-and-colocalization",
    "geojson": "in-python.html#regions",
    "slurm": "cluster.html#slurm-pbs-sge",
    "roi_file": "index.html#from-a-macro",
    "bleached": "verdict.html#examples",
    "uninstall": "in-fiji.html#a-python-of-your-own",
    "plot_agreement": "api/pictures.html#similij.plot.plot_agreement",
}
"""What a user looks for, in small letters, and a place that must be among the finds."""

COUNTED = {"h1", "h2", "h3", "h4", "p", "li", "table", "tr", "td", "th", "pre", "code",
           "img", "strong", "em", "br"}  # fmt: skip

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


class Parsed(HTMLParser):
    """Names, links and sources of a page, and the elements of what it says."""

    def __init__(self, page: Path, within: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.elements: Counter[str] = Counter()
        self.within, self.inside = within, False
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.inside |= tag == self.within
        if self.inside and values.get("class") != "headerlink":
            self.elements[tag] += tag in COUNTED
        self.names |= {values[key] for key in ("id", "name") if values.get(key)}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" or "src" in values:
            self.fetched.append(values.get("href") or values.get("src", ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != self.within


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=HUNG,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    assert [line for line in lines if not line.startswith("INFO")] == []
    return folder


def pages(site: Path) -> list[Path]:
    """Return all pages but the one that only a server shows, for what is not there."""
    return sorted(page for page in site.rglob("*.html") if page.name != "404.html")


def navigation(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Return the pages that a part of the navigation leads to."""
    for entry in entries:
        for below in entry.values():
            yield from [below] if isinstance(below, str) else navigation(below)


def test_every_page_is_in_the_navigation_once() -> None:
    expected = {page.name for page in (ROOT / "docs").rglob("*.md")}
    expected |= {page for page in docs_site.OUTSIDE.values() if page.endswith(".md")}
    expected |= {f"api/{page}.md" for page in docs_site.REFERENCE}
    assert sorted(navigation(SETTINGS["nav"])) == sorted(expected)


def test_the_reference_has_every_public_name_once() -> None:
    names: list[str] = []
    for _, _, of_page in docs_site.REFERENCE.values():
        names += docs_site.spelled_out(of_page)
    modules = {n for n in similij.__all__ if hasattr(getattr(similij, n), "__path__")}
    expected = {*similij.__all__} - modules - {"io", "__version__"}
    for module in (*modules, "io"):
        expected |= {*docs_site.public(module)}
    assert sorted(names) == sorted(expected)


def test_a_notebook_becomes_a_page_with_its_outputs(tmp_path: Path) -> None:
    picture = b"\x89PNG, as far as a page must know"
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": ["a figure"]}
    table = {
        "text/html": ["<style>td {}</style>\n", docs_site.PANDAS, "\n\n<td>1</td>"]
    }
    cells = [
        {"cell_type": "markdown", "source": ["# Two images\n", "\n", "Text."]},
        {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["1\n"]}]},
        {"cell_type": "code", "source": ["a"], "outputs": [{"data": data}]},
        {"cell_type": "code", "source": ["b"], "outputs": [{"data": table}]},
    ]
    notebook = tmp_path / "two.ipynb"
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    page, pictures = docs_site.of_notebook(notebook)
    assert pictures == {"two_1.png": picture}
    blocks = page.strip().split("\n\n")
    assert blocks[:4] == [
        "# Two images",
        "Text.",
        "```python\nprint(1)\n```",
        "```text\n1\n```",
    ]
    assert blocks[4:] == [
        "```python\na\n```",
        "![What the cell above draws](two_1.png)",
        "```python\nb\n```",
        "<div><table> <td>1</td></div>",
    ]


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    every = {page: Parsed(page, "article") for page in pages(site)}
    assert len(every) > 25
    for page, parsed in every.items():
        for link in parsed.links:
            if re.match(r"https?://", link):
                continue
            file, _, anchor = link.partition("#")
            target = (page.parent / unquote(file)).resolve() if file else page
            assert target.is_file(), (page.name, link)
            if anchor and target in every:
                assert unquote(anchor) in every[target].names, (page.name, link)


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for page in pages(site):
        for source in Parsed(page, "article").fetched:
            assert "//" not in source, (page.name, source)
    for style in site.rglob("*.css"):
        assert not re.findall(r"url\([\"']?(?:https?:)?//", style.read_text("utf-8"))


def test_pages_are_those_of_help(site: Path, tmp_path: Path) -> None:
    """Two readers of Markdown, one of which also takes GitHub's, see the same."""
    write_pages(tmp_path)
    for page in docs().glob("*.md"):
        in_help = Parsed(tmp_path / f"{page.stem}.html", "main").elements
        in_site = Parsed(site / f"{page.stem}.html", "article").elements
        assert in_site["h1"] == 1
        assert in_site == in_help, page.name


def test_the_search_knows_what_users_look_for(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    texts = {e["location"]: (e["title"] + e["text"]).lower() for e in index["docs"]}
    for word, place in WORDS.items():
        places = {location for location, text in texts.items() if word in text}
        assert place in places, (word, sorted(places))
    script = (site / "search" / "search_index.js").read_text("utf-8")
    assert json.loads(script.removeprefix("var __index = ")) == index


@contextmanager
def opened(browser: Browser, file: Path, size: str, scheme: Any) -> Iterator[Page]:
    """Open a page that must not complain, nor ask for anything from elsewhere."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    context.set_default_timeout(1000 * HUNG)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: r.url.startswith("file:") or problems.append(r.url))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert problems == []


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_it_is_searched_from_disk(
    browser: Browser, site: Path, size: str, scheme: str
) -> None:
    with opened(browser, site / "cluster.html", size, scheme) as page:
        if size == "phone":
            page.locator(".md-header__button[for=__search]").click()
        page.get_by_role("textbox", name="Search").click()
        page.keyboard.type("Costes threshold")
        first = page.locator(".md-search-result__link").first
        expect(first).to_contain_text("Metrics", timeout=1000 * HUNG)
        first.click()
        page.wait_for_url("**/metrics.html**")
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Metrics"))
        body = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (body == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_no_page_is_wider_than_the_screen(
    browser: Browser, site: Path, size: str, scheme: str
) -> None:
    with opened(browser, site / "index.html", size, scheme) as page:
        for file in pages(site):
            page.goto(file.as_uri())
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, file.name
