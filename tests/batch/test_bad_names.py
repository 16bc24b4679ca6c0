"""Names that no text can hold, and tables with odd cells: each is its own row."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import similij
from similij import ImageError, compare_pairs
from similij.batch import Job, find_pairs, read_pairs
from similij.ground.inert import from_cell
from similij.ground.names import readable
from support import Shell

X = np.arange(12.0).reshape(3, 4)

ODD = {
    "latin": b"caf\xe9",
    "cr": b"carriage\rreturn",
    "lf": b"line\nfeed",
    "crlf": b"both\r\nends",
    "tab": b'tab\tand "quotes", commas; and more',
    "esc": b"\x1b[31mred",
    "nel": "next\x85line\u2028and paragraph\u2029".encode(),
    "formula": b"=cmd|' calc'!A0",
    "bom": "\ufeffbom".encode(),
    "long": b"n" * 240,
}
"""Beginnings of file names, which Linux takes as they are."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have no such names"
)


def write(folder: Path, name: bytes) -> Path:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    with path.open("wb") as stream:
        np.save(stream, X)
    return path


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for side in "ab":
        (tmp_path / side).mkdir()
        for name in ODD.values():
            write(tmp_path / side, name + b"__" + side.encode() + b".npy")
        write(tmp_path / side, b"plain__" + side.encode() + b".npy")
    return tmp_path / "a", tmp_path / "b"


def test_every_name_is_a_row_with_numbers(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    table = tmp_path / "r.csv"
    seen: list[str] = []
    jobs = find_pairs(*folders, pair="{id}__")
    assert len(jobs) == len(ODD) + 1
    for workers in (1, 3):
        found = compare_pairs(
            jobs, out=table, workers=workers, restart=workers > 1,
            on_rows=lambda job, rows: seen.append(job.names[0]),
        )  # fmt: skip
        assert [row["rmsd"] for row in found] == [0.0] * len(jobs)
    assert len(seen) == 2 * len(jobs)
    # The second time nothing is computed, and the rows are the same.
    again = compare_pairs(jobs, out=table, on_rows=lambda *_: seen.append("again"))
    assert "again" not in seen
    assert again.rows == found.rows
    with table.open(newline="", encoding="utf-8") as stream:
        lines = [*csv.DictReader(stream)]
    in_table = [from_cell(line["image_1"]) for line in lines]
    assert in_table == [job.names[0] for job in jobs]
    assert {*in_table} == {
        readable(os.fsdecode(name)) + "__a.npy" for name in (*ODD.values(), b"plain")
    }


@pytest.mark.filterwarnings("ignore:Glyph")  # no font has one for an escape
def test_reports_pictures_and_summaries_of_them(
    folders: tuple[Path, Path], tmp_path: Path, shell: Shell
) -> None:
    found = shell(
        "batch", *folders, "--pair", "{id}__", "--out", tmp_path / "r.csv",
        "--report", tmp_path / "r.html", "--plots", tmp_path / "plots",
        "--summary", tmp_path / "s.csv", "--group", "{id}__",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert "Traceback" not in found.err
    assert "caf\\xe9__a.npy" in (tmp_path / "r.html").read_text("utf-8")
    pictures = {path.name for path in (tmp_path / "plots").iterdir()}
    assert "caf\\xe9__a.png" in pictures
    assert len(pictures) >= len(ODD) + 1


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_two_files_in_the_shell(tmp_path: Path, shell: Shell, format_: str) -> None:
    path = write(tmp_path, b"caf\xe9.npy")
    found = shell("compare", path, path, "--format", format_)
    assert found.code == 0, found.err
    assert "caf" in found.out
    missing = Path(os.fsdecode(b"/nowhere/caf\xe9.npy"))
    found = shell("compare", path, missing)
    assert found.code == 1
    assert len(found.err.splitlines()) == 1


def test_each_with_each(tmp_path: Path, shell: Shell) -> None:
    for k in range(3):
        np.save(write(tmp_path, b"caf\xe9 %d.npy" % k), X**k + k)
    out = tmp_path / "out"
    found = shell("pairwise", tmp_path, "--out", out, "--report", tmp_path / "r.html")
    assert found.code in {0, 1}, found.err
    assert "Traceback" not in found.err
    assert "caf\\xe9 0.npy" in (out / "pairs.csv").read_text("utf-8")


def cells(folder: Path) -> bytes:
    """Return a table of pairs, one good, all others with something wrong."""
    good = str(write(folder, b"good.npy")).encode()
    quoted = [
        b'"' + good.replace(b"good", name) + b'"'
        for name in (
            b"carriage\rreturn",
            b"line\nfeed",
            b"nul\0byte",
            b"next\xc2\x85line",
        )
    ]
    lines = [
        b"image_1,image_2,rois,well",
        good + b"," + good + b",,A1",
        *(name + b"," + good + b",,B" for name in quoted),
        *(good + b"," + good + b"," + name + b",C" for name in quoted),
        b"nul\0," + good + b",,\0",
        good + b"," + b"x" * 5000 + b",,D",
        b"/dev/null," + good + b",,E",
        b"/," + good + b",,F",
        b"," + good + b",,G",
        good + b"," + good + b",,H",
    ]
    return b"\r\n".join(lines) + b"\r\n"


def test_a_table_with_odd_cells(tmp_path: Path) -> None:
    places = tmp_path / "pairs.csv"
    places.write_bytes(cells(tmp_path))
    if sys.version_info < (3, 11):
        with pytest.raises(ImageError, match=r"cannot be read as a table .*NUL"):
            read_pairs(places)
        return
    jobs = read_pairs(places)
    assert jobs[1].image_1.name == "carriage\rreturn.npy"
    wells = [job.groups["well"] for job in jobs]
    # The same pair three times is a table's mistake: once is enough here.
    jobs = [job for k, job in enumerate(jobs) if wells[k] != "H"]
    found = compare_pairs(jobs, out=tmp_path / "r.csv")
    assert len(found) == len(jobs)
    good = [row["well"] for row in found if row["n"]]
    assert good == ["A1"]
    for row in found:
        assert row["n"] or row["note"], row
        assert "\n" not in row["note"]
    computed: list[Job] = []
    again = compare_pairs(
        jobs, out=tmp_path / "r.csv", on_rows=lambda job, rows: computed.append(job)
    )
    assert computed == []
    assert again.rows == found.rows


def test_a_cell_without_end_is_a_sentence(tmp_path: Path) -> None:
    places = tmp_path / "pairs.csv"
    places.write_bytes(b'image_1,image_2\n"' + b"x" * 200_000)
    with pytest.raises(ImageError, match="cannot be read as a table") as refusal:
        read_pairs(places)
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "change",
    [b"", b"image_1\n", b"\0" * 10_000, None],
    ids=["empty", "cut", "zeros", "gone"],
)
def test_a_table_that_others_change_meanwhile(
    folders: tuple[Path, Path], tmp_path: Path, workers: int, change: bytes | None
) -> None:
    table = tmp_path / "r.csv"
    jobs = find_pairs(*folders, pair="{id}__")
    seen: list[str] = []

    def spoil(job: Job, _: object) -> None:
        seen.append(job.names[0])
        if len(seen) == 3:
            table.unlink()
            if change is not None:
                table.write_bytes(change)

    with pytest.raises(ImageError) as refusal:
        compare_pairs(jobs, out=table, workers=workers, on_rows=spoil)
    sentence = str(refusal.value)
    assert str(table) in sentence
    assert "\n" not in sentence
    # What others left there stays until somebody says otherwise.
    if change:
        assert table.read_bytes().startswith(change[:8])
        with pytest.raises(ImageError, match=r"was changed|no batch"):
            compare_pairs(jobs, out=table)
    found = compare_pairs(jobs, out=table, restart=True)
    assert [row["rmsd"] for row in found] == [0.0] * len(jobs)


@pytest.mark.parametrize(
    "name", ["café.tif", "a.tif", "", "caf\udce9", "\ud800", "x\udcff\ud800", "\0\r\n"]
)
def test_what_is_readable_can_be_written(name: str) -> None:
    words = readable(name)
    words.encode("utf-8")
    assert readable(words) == words
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        assert words != name
    else:
        assert words == name


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_report_opens_what_the_rows_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.npy")
    for folder, value in (("a", 1), ("b", 3)):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / name, np.arange(300).reshape(15, 20) * value)
    found = similij.compare_folders(tmp_path / "a", tmp_path / "b")
    page = similij.report.write(tmp_path / "r.html", found).read_text("utf-8")
    assert "caf\\xe9.npy" in page
    assert "does not exist" not in page
    assert "data:image/png" in page
