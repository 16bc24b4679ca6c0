"""Add to the site what is not in docs/: README and others, and the reference of Python.

MkDocs runs it as a hook (mkdocs.yml). docs/ holds only what Help in ImageJ shows, too;
README, CHANGELOG and others stay where a repository has them, executed notebooks are
shown with their outputs, and the reference is written from docstrings, so that nothing
is written twice.
"""

from __future__ import annotations

import base64
import importlib
import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from similij.imagej.help_pages import anchor

ROOT = Path(__file__).resolve().parents[1]

OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "bench/README.md": "speed.md",
    "bench/growth.png": "images/growth.png",
    "LICENSE": "LICENSE.txt",
    "CITATION.cff": "CITATION.txt",
    "tools/site/site.css": "assets/site.css",
    "tools/site/iframe-worker.js": "assets/iframe-worker.js",
}
"""Files of the repository outside docs/, and where the site has them."""

REFERENCE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "compare": (
        "Compare",
        "`similij.compare` is the function that all ways into SimilIJ lead to.",
        ("compare", "Comparison", "estimate", "cluster"),
    ),
    "images": (
        "Images and regions",
        "What is compared: images as they are stored, and the pixels of a region.",
        (
            "Image",
            "read",
            "open_image",
            "io.*",
            "regions.*",
            "write_regions",
            "ImageError",
            "RegionError",
        ),
    ),
    "many": (
        "Folders and matrices",
        "Many pairs of files, and many images each with each.",
        ("compare_folders", "compare_pairs", "batch.*", "pairwise", "odd_ones_out"),
    ),
    "where": (
        "Where and how far",
        "Where two images differ, and how far one is moved against the other.",
        ("local_map", "least_similar", "shift", "align", "frc", "threshold"),
    ),
    "evidence": (
        "Chance and words",
        "Whether chance explains a number, how sure it is, and what it means in words.",
        ("significance", "Significance", "more_alike", "verdict"),
    ),
    "pictures": (
        "Pictures and reports",
        "Figures of one pair or of many, and one HTML file to look through.",
        ("draw", "figure", "plot.*", "report.*"),
    ),
    "imagej": (
        "ImageJ",
        "ImageJ and Python in one process.",
        ("imagej.*",),
    ),
    "metrics": (
        "Metrics",
        "What a metric is, which ones there are, and how one of your own is added.",
        ("metrics.*",),
    ),
    "testset": (
        "Test set",
        "Pairs of cell images whose likeness is known by design.",
        ("testset.*",),
    ),
}
"""Pages of the reference: title, first sentence, names; `plot.*` is all of a module."""

NOTEBOOKS = {
    f"examples/{notebook.name}": f"examples/{notebook.stem}.md"
    for notebook in sorted((ROOT / "examples").glob("*.ipynb"))
}
"""Executed notebooks, and the pages that show them."""

PAGES = OUTSIDE | NOTEBOOKS | {"examples": next(iter(NOTEBOOKS.values()), "index.md")}
"""What links lead to: the folder of the notebooks is the first of them."""

STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
PANDAS = '<table border="1" class="dataframe">'
"""A table with a class of its own would not look like those of the site."""

LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
NAME = re.compile(
    r"<a\b.*?</a>|<code>similij\.(?P<name>[\w.]+)(?:\(\))?</code>", re.DOTALL
)
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give headings the anchors that they have in Help; list the notebooks."""
    config.mdx_configs["toc"]["slugify"] = lambda heading, _: anchor(heading)
    for part in config.nav or []:
        part.get("Tutorials", []).extend(NOTEBOOKS.values())
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files outside docs/ and the pages of the reference."""
    for source, target in OUTSIDE.items():
        content = (ROOT / source).read_bytes()
        files.append(File.generated(config, target, content=content))
    for source, target in NOTEBOOKS.items():
        content, pictures = of_notebook(ROOT / source)
        files.append(File.generated(config, target, content=content))
        for name, picture in pictures.items():
            place = f"examples/{name}"
            files.append(File.generated(config, place, content=picture))
    for page in REFERENCE:
        target = f"api/{page}.md"
        files.append(File.generated(config, target, content=reference(page)))
    return files


def on_page_markdown(
    markdown: str, *, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Make links between files of the repository links between pages of the site."""
    sources = {page: source for source, page in (OUTSIDE | NOTEBOOKS).items()}
    if page.is_homepage:  # it is alone in its section: the room is for its tables
        page.meta["hide"] = ["navigation"]
    here = sources.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def moved(match: re.Match[str]) -> str:
        before, link, after = match.groups()
        if "://" in link:
            return match[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(here), link))
        target = PAGES.get(file, file.removeprefix("docs/"))
        folder = posixpath.dirname(page.file.src_uri) or "."
        return f"{before}{posixpath.relpath(target, folder)}{after}"

    parts = FENCED.split(markdown)
    parts[::2] = [LINK.sub(moved, part) for part in parts[::2]]
    return "".join(parts)


def on_page_content(
    html: str, *, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Link a public name to its place in the reference, and mend the type of arrays.

    mkdocstrings takes "array-like" for a difference of two names, and spaces it out.
    """
    folder = posixpath.dirname(page.file.src_uri) or "."

    def linked(match: re.Match[str]) -> str:
        name = match["name"]  # none of what is a link already
        if name not in PLACES:
            return match[0]
        target = posixpath.relpath(f"api/{PLACES[name]}.html", folder)
        return f'<a href="{target}#similij.{name}">{match[0]}</a>'

    return NAME.sub(linked, html.replace("array - like", "array-like"))


def of_notebook(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """Write an executed notebook as a page; return it, and its pictures by name."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                name = f"{notebook.stem}_{len(pictures) + 1}.png"
                pictures[name] = base64.b64decode("".join(data["image/png"]))
                parts.append(f"![What the cell above draws]({name})")
            elif "text/html" in data:  # in one line, which no Markdown is read into
                html = STYLE.sub("", "".join(data["text/html"]))
                html = " ".join(html.split()).replace(PANDAS, "<table>")
                parts.append(f"<div>{html}</div>")
            else:
                text = "".join(data.get("text/plain", output.get("text", "")))
                parts.append(f"```text\n{text.rstrip()}\n```")
    return "\n\n".join(parts) + "\n", pictures


def reference(page: str) -> str:
    """Write a page of the reference: a title, a sentence, and a block for each name."""
    title, sentence, names = REFERENCE[page]
    blocks = [f"::: similij.{name}\n" for name in spelled_out(names)]
    return "\n".join([f"# {title}\n", f"{sentence}\n", *blocks])


def spelled_out(names: tuple[str, ...]) -> list[str]:
    """Name each public thing; what a module has from another is told there only."""
    listed: list[str] = []
    for name in names:
        module, star, _ = name.partition(".*")
        listed += public(module) if star else [name]
    return listed


def public(module: str) -> list[str]:
    """Return the public names of a module that the package itself does not have."""
    package = importlib.import_module("similij")
    wing: Any = getattr(package, module)
    return [f"{module}.{name}" for name in wing.__all__ if name not in package.__all__]


PLACES = {
    name: page
    for page, (_, _, names) in REFERENCE.items()
    for name in spelled_out(names)
}
"""The page of each public name."""
