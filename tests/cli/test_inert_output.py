"""Names that are commands to a terminal, or formulas to a spreadsheet, do nothing.

Commands run on a terminal of their own (a pty), on files that are called so, and what
arrives there is looked at byte by byte.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import numpy as np
import pytest
from roifile import ImagejRoi

import similij
from similij import ImageError
from similij.batch import CsvFile, compare_pairs, find_pairs, problems, read_pairs
from similij.ground.errors import MetricWarning
from similij.ground.inert import as_cell
from similij.metrics.defaults import available
from support import ROOT, Shell

X = np.arange(48.0).reshape(6, 8)

PAYLOADS = {
    "title": "\x1b]0;OWNED\x07",
    "clear": "\x1b[2J\x1b[1;1H",
    "link": "\x1b]8;;file:OWNED\x1b\\",
    "c1": "\x9b31m\x9d0;OWNED\x9c",
    "bell": "\x07\x08\x7f",
    "return": "\rsimilij- all is well",
    "line": "\nsimilij- all is well",
    "turned": "\u202egpj\u2066\u2069\u200e",
    "separators": "\x85\u2028\u2029",
}
MARKUP = "[red][link=OWNED][bold]$\\frac{_^$"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have no such names"
)


def on_terminal(*words: object, cwd: Path) -> tuple[int, str]:
    """Run `similij` on a terminal; return its exit code, and what the terminal got."""
    ours, its = pty.openpty()
    mode = termios.tcgetattr(its)
    mode[1] &= ~termios.OPOST  # else the terminal itself writes \r before each \n
    termios.tcsetattr(its, termios.TCSANOW, mode)
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, "-m", "similij", *map(str, words)],
        stdin=subprocess.DEVNULL, stdout=its, stderr=its, cwd=cwd, env=environment,
    )  # fmt: skip
    os.close(its)
    parts = []
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:  # nobody has the other end any more
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    return process.wait(), b"".join(parts).decode("utf-8")


def raw_in(text: str) -> list[str]:
    """Return the payloads that arrived as they are."""
    return [name for name, payload in PAYLOADS.items() if payload in text]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Two folders of pairs, one a payload, with ROIs of such names; and a bad file."""
    for side in "ab":
        folder = tmp_path / side
        folder.mkdir()
        for name, payload in {**PAYLOADS, "markup": MARKUP.replace("/", "")}.items():
            stem = f"{name} {payload} 1__{side}"
            with (folder / f"{stem}.npy").open("wb") as file:
                np.save(file, X if side == "a" else X + 1)
            roi = ImagejRoi.frompoints([[0, 0], [4, 0], [4, 4], [0, 4]])
            roi.name = f"cell {payload}"
            roi.tofile(folder / f"{stem}_roi.roi")
        (folder / f"bad {PAYLOADS['title']} 2__{side}.npy").write_bytes(b"no image")
    return tmp_path


def test_the_terminal_of_these_tests_shows_a_payload_that_is_printed(
    tmp_path: Path,
) -> None:
    (tmp_path / "similij.py").write_text(f"print({[*PAYLOADS.values()]!r}[0])")
    code, text = on_terminal(cwd=tmp_path)
    assert (code, raw_in(text)) == (0, ["title"])


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_batch(odd: Path, format_: str) -> None:
    code, text = on_terminal(
        "batch", "a", "b", "--pair", "{id}__", "--rois", "_roi.roi", "--format",
        format_, cwd=odd,
    )  # fmt: skip
    assert code == 0, text
    assert raw_in(text) == []
    assert "OWNED" in text  # the names are there
    assert "[red][link=OWNED][bold]" in text
    assert "could not be compared" in text
    # Nor does a name begin a line that could be taken for one of ours.
    assert "\nsimilij- " not in text


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_dry_run_of_batch(odd: Path, format_: str) -> None:
    code, text = on_terminal(
        "batch", "a", "b", "--pair", "{id}__", "--dry-run", "--format", format_, cwd=odd
    )
    assert code == 0, text
    assert raw_in(text) == []


def test_commands_of_two_files(tmp_path: Path) -> None:
    odd, name = tmp_path, f"{''.join(PAYLOADS.values())}{MARKUP}.npy"
    pair = [Path(f"{side}{name}") for side in "ab"]
    for k, path in enumerate(pair):
        with (odd / path).open("wb") as file:
            np.save(file, X + k)
    shown = ""
    for words in (
        ["compare", *pair, "--verdict"],
        ["info", *pair],
        ["shift", *pair],
        ["info", f"{pair[0]}.missing"],
        ["compare", f"{pair[0]}.missing", pair[1]],
    ):
        _, text = on_terminal(*words, cwd=odd)
        assert "Traceback" not in text
        assert raw_in(text) == [], words
        shown += text
    assert "[U+" in shown


def test_pairwise(odd: Path) -> None:
    for options in ([], ["--out", "m"], ["--format", "csv"]):
        files = [p for p in sorted((odd / "a").glob("*.npy")) if "bad" not in p.name]
        _, text = on_terminal("pairwise", *files, *options, cwd=odd)
        assert "Traceback" not in text
        assert raw_in(text) == []
        assert "[U+" in text


def test_bad_usage(tmp_path: Path) -> None:
    payload = "".join(PAYLOADS.values())
    for words in (
        [f"no{payload}command"],
        ["compare", "a.npy", "b.npy", f"--no{payload}option"],
        ["compare", "a.npy", "b.npy", "--rescale", payload],
        ["compare", "a.npy", "b.npy", "--format", payload],
        ["compare", "a.npy", "b.npy", "--seed", payload],
        ["batch", payload, "b"],
        ["batch", "a", "b", "--pair", payload],
    ):
        code, text = on_terminal(*words, cwd=tmp_path)
        assert code in {1, 2}, text
        assert raw_in(text) == [], words


def test_help_keeps_its_colours(tmp_path: Path) -> None:
    code, text = on_terminal("compare", "--help", cwd=tmp_path)
    assert code == 0
    assert "\x1b[" in text
    assert "[U+001B]" not in text


def test_into_a_file_csv_and_json_are_exact(odd: Path, shell: Shell) -> None:
    words = ("batch", odd / "a", odd / "b", "--pair", "{id}__", "--rois", "_roi.roi")
    names = {p.name for p in (odd / "a").glob("*.npy")}
    found = shell(*words, "--format", "csv")
    rows = [*csv.DictReader(io.StringIO(found.out, newline=""))]
    assert {row["image_1"] for row in rows} == names
    found = shell(*words, "--format", "json")
    assert {row["image_1"] for row in json.loads(found.out)["rows"]} == names
    found = shell(*words)  # a table for people, wherever it goes: `| less` is a screen
    assert raw_in(found.out) == raw_in(found.err) == []


def test_in_python_tables_images_and_errors_are_inert(odd: Path) -> None:
    for path in sorted((odd / "a").glob("*.npy")):
        if "bad" not in path.name:
            result = similij.compare(path, path)
            assert raw_in(f"{result}{result!r}{similij.read(path)!r}") == []
    for payload in PAYLOADS.values():
        with pytest.raises(ImageError) as refusal:
            similij.compare(odd / f"{payload}.npy", X)
        assert payload not in str(refusal.value)
        assert str(MetricWarning(payload)) != payload
        assert MetricWarning(payload).args == (payload,)


FORMULAS = [
    "=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "＝1+1", "'=1+1", "''@x", "-",
    "\t=1+1", "\r=1+1", "'quoted", "-5", "+1e5", "-.5", "plain", "a=b", "-5V",
]  # fmt: skip
MARKED = {*FORMULAS} - {"'quoted", "-5", "+1e5", "-.5", "plain", "a=b"}


@pytest.fixture
def formulas(tmp_path: Path) -> Path:
    for side in "ab":
        (tmp_path / side).mkdir()
        for k, name in enumerate(FORMULAS):
            stem = name.replace("/", "|")
            with (tmp_path / side / f"{stem}__{side}.npy").open("wb") as file:
                np.save(file, X ** (1 + k % 3) + k)
    return tmp_path


def test_cells_that_are_formulas_are_marked_and_numbers_are_not(
    tmp_path: Path,
) -> None:
    row = dict(similij.compare(X, -X).rows[0])
    assert row["pearson"] == -1.0
    rows = [{**row, "region": name} for name in FORMULAS]
    for raw in (False, True):
        path = tmp_path / f"{raw}.csv"
        CsvFile(path, [*available().values()], raw=raw).append(rows)
        with path.open(newline="", encoding="utf-8") as stream:
            lines = [*csv.DictReader(stream)]
        wanted = [f"'{n}" if n in MARKED and not raw else n for n in FORMULAS]
        assert [line["region"] for line in lines] == wanted
        assert {line["pearson"] for line in lines} == {"-1.0"}


@pytest.mark.parametrize("raw", [False, True])
def test_a_batch_that_goes_on_reads_the_names_as_they_are(
    formulas: Path, raw: bool
) -> None:
    out = formulas / "r.csv"
    jobs = find_pairs(formulas / "a", formulas / "b", pair="{id}__")
    begun = compare_pairs(jobs[:7], out=out, raw=raw)
    computed = []
    result = compare_pairs(
        jobs, out=out, raw=raw, on_rows=lambda job, rows: computed.append(job)
    )
    assert computed == jobs[7:]
    assert result.rows[:7] == begun.rows
    assert problems(result) == []
    assert [row["image_1"] for row in result] == [job.names[0] for job in jobs]
    text = out.read_text("utf-8")
    assert ("'@SUM(1)__a.npy" in text) is not raw


def test_a_table_is_not_gone_on_with_in_the_other_way(formulas: Path) -> None:
    out = formulas / "r.csv"
    jobs = find_pairs(formulas / "a", formulas / "b", pair="{id}__")
    compare_pairs(jobs, out=out)
    with pytest.raises(ImageError, match="raw was not given and is now asked for"):
        compare_pairs(jobs, out=out, raw=True)


def test_files_of_a_batch_in_the_shell(formulas: Path, shell: Shell) -> None:
    words = [
        "batch", formulas / "a", formulas / "b", "--pair", "{cell}__",
        "--group", "{cell}__",
    ]  # fmt: skip
    for raw in ([], ["--raw"]):
        out, summary = formulas / f"{raw}.csv", formulas / f"{raw}-s.csv"
        found = shell(*words, "--out", out, "--summary", summary, *raw)
        assert found.code == 0, found.err
        for path, column in ((out, "image_1"), (out, "cell"), (summary, "cell")):
            with path.open(newline="", encoding="utf-8") as stream:
                cells = {line[column] for line in csv.DictReader(stream)}
            bare = {cell for cell in cells if cell.startswith(("=", "@"))}
            assert len(bare) == (2 if raw else 0), (path, column, bare)


def test_a_table_of_pairs_that_was_marked_is_read(formulas: Path, shell: Shell) -> None:
    # One that is there under the name as it stands is that one.
    (formulas / "a" / "'=1+1__a.npy").unlink()
    files = sorted(p.name for p in (formulas / "a").glob("*.npy"))
    for raw in (True, False):
        table = formulas / "a" / "pairs.csv"
        with table.open("w", newline="", encoding="utf-8") as stream:
            stream.write("image_1,image_2,=group\n")
            for name in files:
                cell = name if raw else as_cell(name)
                csv.writer(stream).writerow([cell, cell, "'=1" if not raw else "=1"])
        jobs = read_pairs(table)
        # A tab at the beginning of a bare cell is taken off, as that of any cell is.
        expected = [name.strip() for name in files] if raw else files
        assert [job.names[0] for job in jobs] == expected
        assert {job.groups["=group"] for job in jobs} == {"=1"}


@pytest.mark.filterwarnings("ignore:Glyph")  # wide signs, of no usual font
def test_pairwise_marks_names(formulas: Path, shell: Shell) -> None:
    for raw in ([], ["--raw"]):
        out = formulas / f"m{len(raw)}"
        found = shell("pairwise", formulas / "a", "--out", out, *raw)
        assert "Traceback" not in found.err
        for name in ("pairs.csv", "rmsd.csv"):
            with (out / name).open(newline="", encoding="utf-8") as stream:
                cells = {cell for line in csv.reader(stream) for cell in line}
            assert ("'@SUM(1)__a.npy" in cells) is not bool(raw)
            assert ("@SUM(1)__a.npy" in cells) is bool(raw)


PRINTS = {"cli/shell.py", "cli/__init__.py", "ground/inert.py"}


def test_streams_are_reached_through_one_door() -> None:
    """Nobody writes to a stream around `print`, whose streams a command makes inert."""
    around = []
    for path in sorted((ROOT / "src" / "similij").rglob("*.py")):
        place = path.relative_to(ROOT / "src" / "similij").as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            direct = name in {
                *("sys.stdout.buffer", "sys.stderr.buffer", "sys.__stdout__"),
                *("sys.stdout.write", "sys.stderr.write", "sys.__stderr__"),
                *("typer.echo", "typer.secho", "os.write", "logging.StreamHandler"),
            }
            if direct and place not in PRINTS:
                around.append(f"{place}:{node.lineno} {name}")
    assert around == []
