"""Tables on a terminal: 80 columns, at most 20 rows, a summary; whole elsewhere."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

import similij
from similij.batch import summary
from similij.cli import terminal
from similij.cli.terminal import rows_on_screen, summary_on_screen
from similij.measure.table.comparison import Comparison
from similij.measure.table.groups import spreads
from support import HUNG, Shell

RNG = np.random.default_rng(17)


def write_pairs(folder: Path, count: int) -> None:
    """Write pairs, of which the last are the least alike; the third is of two sizes."""
    for side in ("raw", "den"):
        (folder / side).mkdir()
    for k in range(count):
        dose = ("control", "treated")[k % 2]
        name = f"{dose}_field{k:04}_of_a_rather_long_name.tif"
        image = RNG.integers(0, 4000, (9, 11)).astype(np.uint16)
        other = image + RNG.integers(0, 1 + 50 * k, image.shape).astype(np.uint16)
        tifffile.imwrite(folder / "raw" / name, image)
        tifffile.imwrite(folder / "den" / name, other[: 5 if k == 2 else 9])


@pytest.fixture
def screen(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[list[str], list[str]]]:
    """Run a command as on a terminal of 80 columns; lines of stdout, and of stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(terminal, "width", lambda: 80)
    monkeypatch.setattr(terminal, "width_of_messages", lambda: 80)

    def call(*words: object) -> tuple[list[str], list[str]]:
        ran = shell(*words)
        assert ran.code == 0, ran.err
        both = ran.out.splitlines(), ran.err.splitlines()
        assert all(len(line) <= 80 for lines in both for line in lines)
        return both

    return call


def test_a_batch_is_a_screenful(screen, tmp_path: Path) -> None:
    write_pairs(tmp_path, 60)
    out, err = screen("batch", "raw", "den", "--out", "r.csv", "--group", "{dose}_{id}")
    result = similij.compare_folders("raw", "den")
    worst = sorted(
        (row for row in result if not math.isnan(row["pearson"])),
        key=lambda row: row["pearson"],
    )[:20]
    assert out[0] == "20 of 59 rows, the least alike by Pearson R:"
    assert out[1] == "Whole image"
    assert out[2].split() == [
        "Pearson",
        "R",
        "RMSD",
        "Mean",
        "Difference",
        "n",
        "Images",
    ]
    for line, row in zip(out[3:23], worst, strict=True):
        number, rmsd, difference, n, name = line.split()
        assert number == f"{row['pearson']:.7g}"
        assert (rmsd, difference) == tuple(
            f"{row[k]:.7g}" for k in ("rmsd", "mean_difference")
        )
        assert n == "99"
        assert row["image_1"].startswith(name.removesuffix("…"))
    assert out[23:25] == ["All of it: in r.csv.", ""]
    assert out[25].split() == ["Median", "Lowest", "Highest", "n", "Metric", "dose"]
    assert len(out) == 32
    assert [line.split()[-1] for line in out[26:]] == 3 * ["control"] + 3 * ["treated"]
    assert err[:4] == [
        "60 pairs by equal names.",
        "60 rows from 60 pairs.",
        "Table: r.csv",
        "1 could not be compared:",
    ]
    assert " ".join("".join(err[4:]).split()).startswith("control_field0002_")


def test_what_is_no_terminal_has_all(shell: Shell, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_pairs(tmp_path, 30)
    words = shell("batch", "raw", "den").out.splitlines()
    assert len(words) == 1 + 30 + 1  # a heading, and the note of the one without
    assert words[0].startswith("Image 1 ")
    assert len(shell("batch", "raw", "den", "--format", "csv").out.splitlines()) == 31
    pairs = shell("pairwise", *sorted((tmp_path / "raw").iterdir())[:16]).out
    assert len(pairs.splitlines()) == 1 + 16 * 15 // 2


def test_a_list_of_failures_ends(screen, tmp_path: Path) -> None:
    write_pairs(tmp_path, 30)
    for k, path in enumerate(sorted((tmp_path / "den").iterdir())):
        if k > 2:
            path.unlink()
    out, err = screen("batch", "raw", "den", "--out", "r.csv")
    assert [line.split()[-1] for line in out[2:]] == [
        "control_field0000…",
        "control_field0004…",
    ]
    assert err[-1] == "  ... and 8 more: in r.csv."
    assert "28 could not be compared:" in err
    assert err[0].startswith("3 pairs by equal names, 27 without a partner:")


def test_a_dry_run_is_a_screenful(screen, tmp_path: Path) -> None:
    write_pairs(tmp_path, 60)
    for path in [*(tmp_path / "den").iterdir()][:25]:
        path.unlink()
    out, err = screen("batch", "raw", "den", "--dry-run")
    assert err == []
    assert out[0].startswith("35 pairs by equal names, 25 without a partner:")
    first = next(k for k, line in enumerate(out) if line.startswith("   1  "))
    named = [line.split() for line in out[first : first + 20]]
    assert [int(number) for number, *_ in named] == [*range(1, 21)]
    assert len({name for _, name, _ in named}) == 20
    assert out[first + 20] == "      ... and 15 more"
    assert out[first + 21] == "25 could not be compared:"
    assert out[-1] == "  ... and 5 more"


def test_quiet(shell: Shell, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_pairs(tmp_path, 6)
    ran = shell("batch", "raw", "den", "--quiet", "--out", "r.csv", "--plots", "p")
    assert ran.out == ""
    first, second = ran.err.splitlines()
    assert first == "1 could not be compared:"
    assert second.startswith("  control_field0002_")
    assert (tmp_path / "p" / "table.png").is_file()
    one, two = sorted((tmp_path / "raw").iterdir())[:2]
    assert shell("compare", one, two, "-q")[:] == (0, "", "")
    csv = shell("compare", one, two, "--format", "csv").out.splitlines()
    quiet = shell("compare", one, two, "--format", "csv", "-q")
    assert (quiet.out.splitlines()[0], quiet.err) == (csv[0], "")
    assert shell("pairwise", one, two, "--quiet")[:] == (0, "", "")


def test_many_metrics(screen, tmp_path: Path) -> None:
    write_pairs(tmp_path, 6)
    paths = sorted((tmp_path / "raw").iterdir())
    out, _ = screen("compare", *paths[:2], "--metrics", "agreement")
    found = similij.compare(*paths[:2], metrics="agreement")
    for metric in found.metrics:
        value = f"{found.rows[0][metric.name]:.7g}"
        assert any(
            re.fullmatch(rf"{re.escape(metric.label)}  +{re.escape(value)}", line)
            for line in out
        )
    out, _ = screen("batch", "raw", "den", "--metrics", "agreement")
    text = " ".join(out)
    assert "No room for " in text
    # All that has no room in the rows is in the summary.
    assert all(metric.label in text for metric in found.metrics)
    assert "All of it: with --out FILE, or --format csv." in text


def rows_called(*names: tuple[str, str], **values) -> list[dict]:
    row = similij.compare([1, 2, 4], [1, 2, 5]).rows[0]
    return [{**row, "image_1": a, "image_2": b, **values} for a, b in names]


@pytest.mark.parametrize("wide", [40, 60, 80, 120])
def test_names_stay_apart(wide: int) -> None:
    metrics = similij.compare([1, 2], [1, 3]).metrics[:2]
    start, end = 30 * "plate_", 30 * "_end"
    rows = rows_called(*((f"{start}{k}{end}.tif",) * 2 for k in range(12)))
    lines, shown = rows_on_screen(rows, metrics, wide, "there")
    assert all(len(line) <= wide for line in lines)
    assert len({line.split()[-1] for line in lines[-12:]}) == 12
    assert shown == rows


def test_wide_letters_take_two_places() -> None:
    from rich.cells import cell_len

    metrics = similij.compare([1, 2], [1, 3]).metrics
    rows = rows_called(*((f"{chr(0x7D30 + k)}{40 * '胞'}.tif", "x") for k in range(4)))
    lines, _ = rows_on_screen(rows, metrics, 80, "there")
    assert max(map(cell_len, lines)) <= 80


def test_notes_are_wrapped_and_counted() -> None:
    metrics = similij.compare([1, 2], [1, 3]).metrics
    rows = rows_called(*((f"{k}", "x") for k in range(9)))
    for k, row in enumerate(rows):
        row["note"] = f"{k} " + 30 * "words "
    lines, _ = rows_on_screen(rows, metrics, 80, "there")
    assert all(len(line) <= 80 for line in lines)
    assert lines[-2:] == ["... and 4 notes more.", "All of it: there."]


def test_spreads_are_those_of_the_summary() -> None:
    rows = rows_called(*((f"{k}", "x") for k in range(23)))
    for k, row in enumerate(rows):
        row["dose"] = ("10", "9", "")[k % 3]
        row["channel_1"] = row["channel_2"] = 1 + k % 2
        row["pearson"] = math.nan if k < 4 or k % 3 == 2 else 1 / (k + 1)
        row["region"] = "Background" if k == 20 else "Cell"
    result = Comparison(rows, similij.compare([1, 2], [1, 3]).metrics, groups=["dose"])
    table = summary(result)
    columns, found = spreads(result)
    assert columns == ["dose", "channel_1", "channel_2"]
    assert len(found) == len(table) == 18
    for spread, (_, line) in zip(found, table.iterrows(), strict=True):
        assert spread.values == tuple(line[columns])
        assert spread.metric.name == line["metric"]
        assert spread.n == line["n"]
        mine = [spread.median, spread.lowest, spread.highest]
        np.testing.assert_array_equal(mine, [*line[["median", "min", "max"]]])


def test_a_summary_ends_and_few_rows_have_none() -> None:
    rows = rows_called(*((f"{k}", "x") for k in range(40)))
    metrics = similij.compare([1, 2], [1, 3]).metrics
    few = spreads(Comparison(rows[:4], metrics))
    assert summary_on_screen(few[1], few[0], 80, "there") == []
    for k, row in enumerate(rows):
        row["dose"] = f"{k}"
    columns, many = spreads(Comparison(rows, metrics, groups=["dose"]))
    lines = summary_on_screen(many, columns, 80, "there")
    assert len(lines) == 1 + 1 + 20 + 1
    assert lines[-1] == "... and 100 more lines: there."


@pytest.mark.slow
def test_on_a_real_terminal(tmp_path: Path) -> None:
    write_pairs(tmp_path, 30)
    source = (
        "import pty, sys\n"
        "code = pty.spawn([sys.executable, '-m', 'similij', 'batch', 'raw', 'den'])\n"
        "sys.exit(code >> 8)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True,
        timeout=HUNG, env={**os.environ, "COLUMNS": "80", "TERM": "xterm"},
    )  # fmt: skip
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout.decode())
    lines = [line.rstrip("\r").split("\r")[-1] for line in text.split("\n")]
    assert max(map(len, lines)) <= 80
    assert "20 of 29 rows, the least alike by Pearson R:" in lines
    assert "[U+001B]" not in text
