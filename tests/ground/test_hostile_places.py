"""Whoever writes a result to a name that is no file's leaves it as it was, and says so.

Devices, pipes, sockets and links are made in temporary folders; a full disk is a small
one in a mount that only its own process sees.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import similij
from similij import ImageError
from similij.batch import find_pairs
from similij.ground.writing import (
    append,
    new_file,
    open_file,
    passing_file,
    remove_new,
    whole_file,
    whole_folder,
    write_passing,
)
from support import Shell, in_small_disk

X = np.arange(12.0).reshape(3, 4)


def device(path: Path) -> None:
    """The null device under another name: to write there does no harm."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def a_socket(path: Path) -> None:
    # By a short name, since those of sockets are short; it stays after it is closed.
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


def link(path: Path) -> None:
    own = path.parent / "own.txt"
    own.write_text("mine")
    path.symlink_to(own)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def link_to_device(path: Path) -> None:
    device(path.parent / "device")
    path.symlink_to(path.parent / "device")


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "device": (device, "it is a device, and no file"),
    "pipe": (os.mkfifo, "it is a pipe, and no file"),
    "socket": (a_socket, "it is a socket, and no file"),
    "folder": (Path.mkdir, "it is a folder"),
    "link": (link, "it is a symbolic link, to "),
    "dangling": (dangling, "it is a symbolic link, to "),
    "link to a device": (link_to_device, "it is a symbolic link, to "),
}


def facts(folder: Path) -> dict[str, tuple[int, ...] | str]:
    """Say what lies in a folder, by kind, number and content."""
    seen: dict[str, tuple[int, ...] | str] = {}
    for path in sorted(folder.iterdir()):
        about = path.lstat()
        kind = stat.S_IFMT(about.st_mode)
        seen[path.name] = (kind, about.st_ino)
        if kind == stat.S_IFREG:
            seen[f"{path.name}, content"] = path.read_text("latin-1")
    return seen


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pairs")
    for side in "ab":
        (folder / side).mkdir()
        np.save(folder / side / f"1__{side}.npy", X)
    return folder / "a", folder / "b"


def report(path: Path, _: tuple[Path, Path]) -> None:
    from similij.report import write

    write(path, similij.compare(X, X[::-1]))


def plotted(path: Path, _: tuple[Path, Path]) -> None:
    similij.plot.plot_pair(X, X[::-1], path=path)


def batch(path: Path, pairs: tuple[Path, Path]) -> None:
    similij.compare_pairs(find_pairs(*pairs), out=path)


def summary(path: Path, _: tuple[Path, Path]) -> None:
    from similij.measure.table.groups import write_summary

    write_summary(similij.compare(X, X), None, path)


def rows_of_imagej(path: Path, _: tuple[Path, Path]) -> None:
    from similij.measure.table.csv import CsvFile
    from similij.metrics import available

    CsvFile(path, [*available().values()]).append(similij.compare(X, X).rows)


def picture_of_run(path: Path, _: tuple[Path, Path]) -> None:
    from similij.plot.pictures.draw import draw

    path.with_name("scatter.png").unlink(missing_ok=True)
    path.rename(path.with_name("scatter.png"))
    try:
        draw(X, X[::-1], path.parent, kinds="scatter")
    finally:
        path.with_name("scatter.png").rename(path)


WRITERS = [report, plotted, batch, summary, rows_of_imagej, picture_of_run]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_what_is_no_file_is_refused_and_stays(
    tmp_path: Path, pairs: tuple[Path, Path], writer: Callable, place: str
) -> None:
    make, why = PLACES[place]
    path = tmp_path / "result.csv"
    make(path)
    before = facts(tmp_path)
    with pytest.raises(ImageError) as refusal:
        writer(path, pairs)
    sentence = str(refusal.value)
    assert why in sentence
    assert sentence.count("\n") == 0
    assert ('"' + str(path)) in sentence or "scatter.png" in sentence
    assert facts(tmp_path) == before


@pytest.mark.parametrize("option", ["--out", "--report", "--summary"])
@pytest.mark.parametrize("place", PLACES)
def test_the_shell_refuses_before_it_compares(
    tmp_path: Path, pairs: tuple[Path, Path], shell: Shell, option: str, place: str
) -> None:
    make, why = PLACES[place]
    path = tmp_path / "result.csv"
    make(path)
    before = facts(tmp_path)
    found = shell("batch", *pairs, option, path, "--group", "{id}__{side}")
    assert found.code in {1, 2}
    if found.code == 1:  # 2 is typer's own refusal of a folder
        assert why in found.err
        assert len(found.err.splitlines()) == 1
    assert found.out == ""
    assert facts(tmp_path) == before


@pytest.mark.parametrize("ending", [".new", ".state"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_laid_beside_a_table_is_refused_and_stays(
    tmp_path: Path, pairs: tuple[Path, Path], ending: str, place: str
) -> None:
    make, why = PLACES[place]
    table = tmp_path / "r.csv"
    make(tmp_path / f"r.csv{ending}")
    before = facts(tmp_path)
    with pytest.raises(ImageError, match=why):
        batch(table, pairs)
    assert facts(tmp_path) == before


@pytest.mark.parametrize("ending", [".new", ".state"])
def test_a_file_of_somebody_beside_a_table_is_left_alone(
    tmp_path: Path, pairs: tuple[Path, Path], ending: str
) -> None:
    own = tmp_path / f"r.csv{ending}"
    own.write_text("my own notes\n")
    with pytest.raises(ImageError, match="and no batch wrote it"):
        batch(tmp_path / "r.csv", pairs)
    assert own.read_text() == "my own notes\n"


def test_links_that_are_laid_meanwhile_are_not_followed(
    tmp_path: Path, pairs: tuple[Path, Path]
) -> None:
    """Of a batch that was stopped: its table and its state become links."""
    table, own = tmp_path / "r.csv", tmp_path / "own"
    batch(table, pairs)
    for path in (table, tmp_path / "r.csv.state"):
        aside = path.rename(tmp_path / "aside")
        own.write_bytes(aside.read_bytes())
        path.symlink_to(own)
        before = own.read_bytes()
        with pytest.raises(ImageError, match="it is a symbolic link"):
            similij.compare_pairs(find_pairs(*pairs), out=table, restart=True)
        assert own.read_bytes() == before
        path.unlink()
        aside.rename(path)
    batch(table, pairs)


def test_permissions_of_what_is_replaced_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    umask = os.umask(0)
    os.umask(umask)
    usual = 0o666 & ~umask
    for mode in (None, 0o600, 0o640, 0o666):
        if mode is not None:
            path.chmod(mode)
        with whole_file(path) as part:
            part.write_text("x")
            open_to_others = stat.S_IMODE(part.stat().st_mode) & 0o077
            assert mode is None or open_to_others == 0
        assert stat.S_IMODE(path.stat().st_mode) == (mode or usual)
    path.chmod(0o600)
    new = tmp_path / "r.csv.new"
    new_file(new, path).close()
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_a_protected_file_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("keep")
    path.chmod(0o400)
    if os.geteuid() == 0:  # who may write all: the system's answer is that of others
        monkeypatch.setattr(os, "access", lambda file, mode: mode != os.W_OK)
    with (
        pytest.raises(ImageError, match="it is protected against writing"),
        whole_file(path),
    ):
        pass
    assert path.read_text() == "keep"


def test_an_error_of_a_library_keeps_its_words(tmp_path: Path) -> None:
    missing = tmp_path / "image.tif"
    with pytest.raises(FileNotFoundError) as error, whole_file(tmp_path / "r") as part:
        part.write_bytes(missing.read_bytes())
    assert error.value.filename == str(missing)
    assert [*tmp_path.iterdir()] == []


def test_names_as_long_as_a_disk_has_them(tmp_path: Path) -> None:
    for name in ("é" * 127, "a." + "b" * 250):
        with whole_file(tmp_path / name) as part:
            part.write_text("x")
        assert (tmp_path / name).read_text() == "x"
    with (
        pytest.raises(ImageError, match="name too long"),
        whole_file(tmp_path / ("a" * 256)),
    ):
        pass


def test_an_earlier_picture_stays_where_a_new_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from similij.plot.pictures.draw import draw

    draw(X, X[::-1], tmp_path, kinds="scatter")
    before = facts(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    with pytest.raises(ImageError, match="No space left on device"):
        draw(X, X[::-1], tmp_path, kinds="scatter")
    assert facts(tmp_path) == before


def test_only_a_new_file_is_removed(tmp_path: Path) -> None:
    from similij.ground.writing import identity

    path = tmp_path / "x"
    path.write_text("old")
    before = identity(path)
    remove_new(path, before)
    assert path.exists()
    with whole_file(path) as part:
        part.write_text("new")
    remove_new(path, before)
    assert not path.exists()


def test_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"
    with pytest.raises(ZeroDivisionError), whole_folder(target) as part:
        (part / "x").write_text("x")
        raise ZeroDivisionError
    assert not target.exists()
    for text in "xy":  # the second is too late
        with whole_folder(target) as part:
            (part / "x").write_text(text)
    assert (target / "x").read_text() == "x"
    assert [*target.parent.iterdir()] == [target]


def test_a_passing_file_has_no_name(tmp_path: Path) -> None:
    with passing_file(tmp_path) as file:
        write_passing(file, b"abc", tmp_path)
        assert [*tmp_path.iterdir()] == []
        file.seek(0)
        assert file.read() == b"abc"


FULL = """
import os, sys
from pathlib import Path
from similij.ground.writing import append, whole_file, passing_file, write_passing
place = Path(sys.argv[1])
def look():
    return sorted((p.name, p.read_bytes()) for p in place.rglob("*") if p.is_file())
def room():
    left = os.statvfs(place)
    return left.f_bavail * left.f_frsize
def refused(work):
    before, free = look(), room()
    try:
        work()
    except ValueError as error:
        print(error)
    else:
        print("written")
    assert look() == before, (look(), before)
    assert room() == free
def write(path):
    with whole_file(path) as part:
        part.write_bytes(bytes(1 << 20))
def spool(size=1 << 20):
    with passing_file(place) as file:
        write_passing(file, bytes(size), place)
(place / "old").write_bytes(b"old")
refused(lambda: write(place / "old"))
refused(lambda: write(place / "new folder" / "new"))
refused(lambda: append(place / "old", bytes(1 << 20)))
refused(spool)
# A little: it would fit the buffer of a file, and fail once more when that is closed.
(place / "filler").write_bytes(bytes(room() - 4096))
refused(lambda: spool(4097))
refused(lambda: spool(9000))
(place / "filler").unlink()
assert not (place / "new folder").exists()
"""


def test_a_full_disk_is_as_it_was_and_the_file_is_named(tmp_path: Path) -> None:
    lines = in_small_disk(FULL, tmp_path, "256k").splitlines()
    full = "cannot be written (No space left on device): make room there, or "
    assert lines == [
        f'"{tmp_path / "old"}" {full}choose another place for the results.',
        f'"{tmp_path / "new folder" / "new"}" {full}choose another place for the '
        "results.",
        f'"{tmp_path / "old"}" {full}choose another place for the results.',
        *[
            f'a passing file in "{tmp_path}" {full}name another folder for such files '
            "in the variable TMPDIR."
        ]
        * 3,
    ]


BATCH = """
import sys
from pathlib import Path
import similij
from similij.batch import find_pairs
place, a, b = map(Path, sys.argv[1:])
table = place / "r.csv"
filler = place / "filler"
jobs = find_pairs(a, b)
try:
    with filler.open("wb", buffering=0) as stream:  # all but some hundred bytes
        while True:
            stream.write(bytes(512))
except OSError:
    pass
with filler.open("r+b") as stream:
    stream.truncate(filler.stat().st_size - 4096)
before = [p.name for p in place.iterdir()]
try:
    similij.compare_pairs(jobs * 1, out=table)
except ValueError as error:
    print(error)
filler.unlink()
print(len(similij.compare_pairs(jobs, out=table).rows))
print(len(table.read_text().splitlines()))
"""


def test_a_batch_goes_on_after_a_full_disk(
    tmp_path: Path, pairs: tuple[Path, Path]
) -> None:
    (tmp_path / "disk").mkdir()
    for side in "ab":
        (tmp_path / side).mkdir()
        for k in range(9):
            np.save(tmp_path / side / f"{k}__{side}.npy", X)
    disk = tmp_path / "disk"
    sides = (tmp_path / "a", tmp_path / "b")
    sentence, rows, lines = in_small_disk(BATCH, disk, "64k", *sides).splitlines()
    assert "No space left on device" in sentence
    assert "r.csv" in sentence
    assert (int(rows), int(lines)) == (9, 10)


def test_an_open_file_is_no_link_and_no_pipe(tmp_path: Path) -> None:
    for place in ("pipe", "link", "dangling", "folder"):
        path = tmp_path / place
        PLACES[place][0](path)
        for work in (open_file, lambda p: append(p, b"x")):
            with pytest.raises(ImageError, match="cannot be written"):
                work(path)
