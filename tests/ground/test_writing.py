"""A file has its name once it is whole, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from similij import ImageError
from similij.ground.writing import whole_file


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with whole_file(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
        assert (part.parent, part.suffix) == (tmp_path, ".csv")
    assert path.read_text() == "new"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_nothing_is_left_of_a_file_that_was_given_up(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "new folder" / "table.csv"
    with pytest.raises(error), whole_file(path) as part:
        part.write_text("half")
        raise error
    assert [*tmp_path.iterdir()] == []
    with pytest.raises(ZeroDivisionError), whole_file(path) as part:
        raise ZeroDivisionError  # before there was anything


def test_where_a_folder_has_the_name_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.mkdir()
    with pytest.raises(OSError), whole_file(path) as part:
        part.write_text("new")
    assert [*tmp_path.iterdir()] == [path]


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    code = f"""
import os, signal
from pathlib import Path
from similij.ground.writing import whole_file
with whole_file(Path({str(path)!r})) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


LEAVES = """
import os, signal, sys
from contextlib import ExitStack
from pathlib import Path
from similij.ground.writing import whole_file, whole_folder
with ExitStack() as stack:
    place = Path(sys.argv[1])
    stack.enter_context(whole_file(place / "picture.png")).write_bytes(b"half")
    (stack.enter_context(whole_folder(place / "pages")) / "a.html").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave it there")
def test_what_a_killed_process_left_goes_when_the_folder_is_written_to_next(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", LEAVES, str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == 2
    one = next(iter(left))
    # Of a process that lives, of another computer, and what only looks alike.
    ours = {
        one.replace(one.split("-")[2], str(os.getpid())),
        one.replace(one.split("-")[1], "01234567"),
        ".similij-notes",
    }
    for name in ours:
        (tmp_path / name).write_text("mine")
    with whole_file(tmp_path / "table.csv") as part:
        part.write_text("whole")
    assert {path.name for path in tmp_path.iterdir()} == {*ours, "table.csv"}


def test_where_numpy_says_of_a_full_disk_two_numbers_the_file_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "image.tif"
    full = re.escape(f'"{path}" cannot be written ({os.strerror(errno.ENOSPC)}): make')
    with pytest.raises(ImageError, match=full), whole_file(path):
        raise OSError("49152 requested and 28488 written")
    assert [*tmp_path.iterdir()] == []
