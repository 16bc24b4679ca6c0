"""A file has its name once it is whole, whatever happens while it is written."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

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
