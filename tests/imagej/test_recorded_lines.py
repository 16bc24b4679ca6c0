"""Lines that the recorder of 0.1 wrote run unchanged, and give the numbers of then.

`tests/data/recorded_lines.json` holds the lines and the rows that they gave on the day
the dialogs were made anew: nobody who has a line in a macro of theirs has to touch it.
`python tests/imagej/test_recorded_lines.py` writes rows of lines that have none, and
never touches those that are there.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from similij.testset import make_testset
from support import IMAGES, run_imagej

LINES = IMAGES / "recorded_lines.json"

NOT_OF_THEN = ("Version", "Run", "File 1", "File 2", "ROI file")
"""Columns that say when and where, or that were added since."""

SCRIPT = """
root, lines = sys.argv[1], json.loads(sys.argv[2])
os.chdir(root)
def table():
    found = JClass("ij.measure.ResultsTable").getResultsTable()
    rows = []
    for k in range(found.size()):
        row = {}
        for heading in map(str, found.getHeadings()):
            number = float(found.getValue(heading, k))
            row[heading] = (
                str(found.getStringValue(heading, k)) if number != number else number
            )
        rows.append(row)
    return rows

here = lambda text: text.replace("ROOT", root)
for name, line in lines.items():
    close_all()
    if int(JClass("ij.measure.ResultsTable").getResultsTable().size()):
        IJ.run("Clear Results")
    for file in line["open"]:
        IJ.open(f"{root}/{file}")
    if "before" in line:
        ij.run_macro(here(line["before"]))
    command, options = line["run"]
    error = fails(f'run("{command}", "{here(options)}");')
    answer(**{name: {"error": error, "rows": table()}})
"""


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(tmp_path_factory.mktemp("lines"), lines())


def lines() -> dict[str, Any]:
    return json.loads(LINES.read_text("utf-8"))


def run(folder: Path, lines: dict[str, Any]) -> dict[str, Any]:
    """Rows that the lines give, by their names, without the columns of today."""
    make_testset(folder)
    told = {name: {**line, "rows": None} for name, line in lines.items()}
    answers = run_imagej(SCRIPT, folder, json.dumps(told))
    for name in lines:
        assert answers[name]["error"] == "no error", (name, answers[name]["error"])
    return {
        name: [
            {key: at(folder, row[key]) for key in row if key not in NOT_OF_THEN}
            for row in answers[name]["rows"]
        ]
        for name in lines
    }


def at(folder: Path, value: Any) -> Any:
    return value.replace(str(folder), "ROOT") if isinstance(value, str) else value


@pytest.mark.parametrize("name", lines())
def test_a_line_of_then(name: str, given: dict[str, Any]) -> None:
    rows = lines()[name]["rows"]
    assert rows
    assert len(given[name]) == len(rows)
    for now, then in zip(given[name], rows, strict=True):
        assert {key: now.get(key) for key in then} == then


if __name__ == "__main__":
    known = lines()
    new = {name: line for name, line in known.items() if "rows" not in line}
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in run(Path(folder), new).items():
            known[name]["rows"] = rows
    text = json.dumps(known, indent=1, ensure_ascii=False)
    LINES.write_text(text + "\n", "utf-8")
