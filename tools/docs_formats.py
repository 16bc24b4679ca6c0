"""Ask the real ImageJ what it makes of each file of the zoo, and keep its answers.

    python tools/docs_formats.py

It writes `tests/data/formats_in_imagej.json`, of which `docs_numbers` makes the tables
of docs/formats.md. Run it when a file is added to `tests/file_zoo.py`, or with another
ImageJ; a test says when it is due.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import format_table
from file_zoo import GROUPS, write_zoo

HEAD = ["file", "ImageJ 1.54p", "SimilIJ", "why they differ, what a row says"]


@cache
def _lines() -> list[format_table.Line]:
    with tempfile.TemporaryDirectory() as folder:
        return format_table.lines(Path(folder))


def of_group(group: str) -> Callable[[], list[list[str]]]:
    """Return a function that makes the table of a group of files."""

    def rows() -> list[list[str]]:
        own = [line for line in _lines() if line.specimen.group == group]
        return [HEAD, *map(format_table.shown, own)]

    return rows


TABLES = {f"files_{name}": of_group(group) for name, group in GROUPS.items()}


def main() -> None:
    """Ask ImageJ, and write its answers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "files")
        folder.mkdir()
        write_zoo(folder)
        facts = format_table.ask_imagej(folder, Path(name, "imagej.npz"))
    text = "".join(
        f"  {json.dumps(name, ensure_ascii=False)}: "
        f"{json.dumps(own, ensure_ascii=False)},\n"
        for name, own in sorted(facts.items())
    )
    format_table.IN_IMAGEJ.write_text(f"{{\n{text[:-2]}\n}}\n", encoding="utf-8")
    opened = sum(bool(own["words"]) for own in facts.values())
    print(f"{len(facts)} files were given to ImageJ, which opened {opened}")


if __name__ == "__main__":
    main()
