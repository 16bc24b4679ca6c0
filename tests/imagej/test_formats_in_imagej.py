"""The real ImageJ opens the files of the zoo as the table of the docs has it."""

from __future__ import annotations

from pathlib import Path

from file_zoo import write_zoo
from format_table import ask_imagej, known_facts
from support import run_in_jvm  # noqa: F401 - conftest.py sees by it that Java starts


def test_imagej_has_the_pixels_of_the_table(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write_zoo(folder)
    facts = ask_imagej(folder, tmp_path / "imagej.npz")
    known = known_facts()
    assert {*facts} == {*known}
    differing = [name for name in facts if facts[name] != known[name]]
    assert differing == [], "run tools/docs_formats.py, and see what has changed"
