"""The notebooks of `examples/` run, and show what they showed when they were saved."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support import ROOT, run_python

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))
MOST = 300_000
"""Bytes of a notebook with its pictures."""

FOLDERS = {"JUPYTER_PLATFORM_DIRS": "1"}
"""Without it the libraries of notebooks warn of folders that they will have."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")

RUN = """
import sys, nbformat
from nbclient import NotebookClient
one, two = sys.argv[1:]
book = nbformat.read(one, 4)
NotebookClient(book, timeout=600, kernel_name="python3").execute()
nbformat.write(book, two)
"""


def cells(path: Path) -> list[dict[str, Any]]:
    book = json.loads(path.read_text("utf-8"))
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


OF_JAVA = re.compile(r"Image Similarity: .*\n?")
"""What ImageJ prints itself, which comes whenever it comes."""


def words(cell: dict[str, Any]) -> list[str]:
    """What a cell shows as text; of a picture that it is one."""
    shown = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        text = data.get("text/plain", output.get("text", ""))
        picture = "image/png" in data
        shown.append("a picture" if picture else OF_JAVA.sub("", "".join(text)))
    return [*filter(None, shown)]


def test_there_are_three() -> None:
    assert NAMES == ["cells_of_a_folder.ipynb", "fiji.ipynb", "two_images.ipynb"]


@pytest.mark.parametrize("name", NAMES)
def test_they_are_saved_executed_and_small(name: str) -> None:
    path = EXAMPLES / name
    assert path.stat().st_size < MOST
    counts = [cell["execution_count"] for cell in cells(path)]
    assert counts == [*range(1, len(counts) + 1)]
    outputs = [output for cell in cells(path) for output in cell["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "error"]
    assert any("image/png" in o.get("data", {}) for o in outputs)
    # Nothing of the machine on which they were run.
    assert not re.search(r"/(home|root|tmp|work|Users)/", path.read_text("utf-8"))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.jvm if n == "fiji.ipynb" else ())
        for n in NAMES
    ],
)
def test_they_run_and_show_the_same(name: str, tmp_path: Path) -> None:
    run_python(RUN, EXAMPLES / name, tmp_path / name, env=FOLDERS)
    for now, then in zip(cells(tmp_path / name), cells(EXAMPLES / name), strict=True):
        for one, two in zip(words(now), words(then), strict=True):
            assert NUMBER.sub("#", one) == NUMBER.sub("#", two), now["source"]
            numbers = [[*map(float, NUMBER.findall(text))] for text in (one, two)]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-6)
