"""The table of a batch: whole after any stop, and never mixed with what is not its own.

The stops are made: all that a run wrote, byte by byte in the order of writing, ends at
every byte once.
"""

from __future__ import annotations

import csv
import json
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from similij import ImageError
from similij.batch.journal import Journal
from similij.batch.results_file import ResultsFile
from similij.measure.question import ask
from similij.measure.table.csv import all_columns, lines_of
from similij.measure.task import Task
from similij.metrics import available

METRICS = [*available().values()]
NAMES = all_columns(METRICS, ["well"])
ASKED = {"rescale": "none"}
FILES = {"a.tif": [10, 20], "no.tif": None}


def rows(key: str, count: int = 2) -> list[dict]:
    task = Task(('a "1", é.tif', "b\n.tif"), ask())
    return [
        {**task.row(f"{key} {k}", "why", pearson=1 / 3, n=7), "well": "B2"}
        for k in range(count)
    ]


def opened(path: Path, **options) -> ResultsFile:
    return ResultsFile(path, NAMES, options.pop("asked", ASKED), **options)


def regions(path: Path) -> list[str]:
    """Return the region of each line; every line must be whole."""
    with path.open(newline="", encoding="utf-8") as stream:
        lines = [*csv.DictReader(stream, restval="torn", restkey="torn")]
    assert all(line["well"] == "B2" and "torn" not in line for line in lines)
    assert path.read_bytes().endswith(b"\n")
    return [line["region"] for line in lines]


def test_rows_come_back_to_the_last_digit(tmp_path: Path) -> None:
    given = rows("x")
    given[0]["z"], given[0]["time_s"], given[1]["rmsd"] = 3, 0.1 + 0.2, math.inf
    with opened(tmp_path / "new" / "r.csv") as file:
        file.add("x", FILES, given)
        found = file.table(["x"], METRICS)
    assert found == given  # the very NaN of `math`, which is itself
    assert [[type(v) for v in row.values()] for row in found] == [
        [type(v) for v in row.values()] for row in given
    ]


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path) as file:
        run = file.run
        file.add("x", FILES, rows("x"))
    with opened(path) as file:
        assert file.pairs() == {"x": FILES}
        assert file.run == run
        file.add("y", {}, rows("y", 0))
        file.add("z", {}, rows("z", 1))
    assert regions(path) == ["x 0", "x 1", "z 0"]
    assert path.read_bytes() == b"".join(
        lines_of(part, NAMES)
        for part in ([dict(zip(NAMES, NAMES, strict=True))], rows("x"), rows("z", 1))
    )


def recorded(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> list[tuple]:
    """Return what `work` does to files: bytes written and forced, and new names."""
    import os

    events: list[tuple] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").resolve()
        if name.is_file():
            events.append(("write", name, name.read_bytes()))
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        events.append(("replace", self, target))
        return real_replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        patch.setattr(Path, "replace", replace)
        work()
    return events


def stopped(events: list[tuple], folder: Path, at: int) -> bool:
    """Do what was done again, elsewhere, up to a number of bytes and steps.

    Returns
    -------
    bool
        Whether it was stopped.
    """
    for kind, path, what in events:
        place = folder / path.name
        if kind == "replace":
            if at == 0:
                return True
            at -= 1
            place.replace(folder / what.name)
            continue
        old = place.read_bytes() if place.exists() else b""
        same = next(
            (k for k, (a, b) in enumerate(zip(old, what, strict=False)) if a != b),
            min(len(old), len(what)),
        )
        if at < len(what) - same:
            place.write_bytes(what[: same + at])
            return True
        at -= len(what) - same
        place.write_bytes(what)
    return False


@pytest.mark.slow
def test_stopped_at_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four pairs out of order, one of them changed: appended, taken out, sorted."""
    short = ["region", "well"]  # fewer bytes to stop at
    whole = tmp_path / "whole"
    whole.mkdir()

    def everything(folder: Path) -> list[str]:
        """Run a batch; return the pairs that it computed."""
        computed = []
        with ResultsFile(folder / "r.csv", short, {}) as file:
            old = file.pairs()
            file.arrange([key for key in old if old[key] == {"now": [1, 1]}])
            for key in ("c", "a", "d", "b"):
                if key not in file.pairs():
                    computed.append(key)
                    file.add(key, {"now": [1, 1]}, rows(key))
            file.arrange(["a", "b", "c", "d"])
        return computed

    with ResultsFile(
        whole / "r.csv", short, {}
    ) as file:  # an earlier run, whose files then changed
        file.add("a", {"now": [0, 0]}, rows("a", 3))
    before = {f.name: f.read_bytes() for f in whole.iterdir()}
    events = recorded(monkeypatch, lambda: everything(whole) and None)
    expected = (whole / "r.csv").read_bytes()
    done_when = {kind for kind, *_ in events}
    assert done_when == {"write", "replace"}

    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # there is no real stop
    stops = 0
    for at in range(100_000):
        folder = tmp_path / "again"
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        for name, data in before.items():
            (folder / name).write_bytes(data)
        if not stopped(events, folder, at):
            break
        stops += 1
        recorded_as_done = {
            record["pair"]
            for record in map(json.loads, whole_lines(folder / "r.csv.state"))
            if record.get("files") == {"now": [1, 1]}
        }
        computed = everything(folder)
        assert {*computed} == {"a", "b", "c", "d"} - recorded_as_done
        assert (folder / "r.csv").read_bytes() == expected
        assert {f.name for f in folder.iterdir()} == {"r.csv", "r.csv.state"}
        assert everything(folder) == []
    assert stops > 500


def whole_lines(path: Path) -> list[str]:
    """Return records of a journal, checked here by hand."""
    found = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        check, text = line[:8], line[9:]
        if int(check, 16) != zlib.crc32(text):
            break
        found.append(text.decode("utf-8"))
    return found


def test_a_stop_while_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path) as file:
        file.add("x", {}, rows("x"))
    state = path.with_name("r.csv.state")
    asked = {**ASKED, "columns": ", ".join(NAMES)}
    journal = Journal(state, path)
    journal.add({"asked": asked, "run": "later"})  # and no heading yet
    journal.close()
    with opened(path) as file:
        assert file.pairs() == {}
    assert path.read_bytes() == lines_of([dict(zip(NAMES, NAMES, strict=True))], NAMES)


def test_other_options_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path) as file:
        file.add("x", {}, rows("x"))
    before = path.read_bytes()
    with pytest.raises(ImageError) as refusal:
        opened(path, asked={"rescale": "zscore"})
    assert "rescale was none and is now zscore" in str(refusal.value)
    assert path.read_bytes() == before
    with pytest.raises(ImageError, match=r"columns was image_1, .* is now image_1"):
        ResultsFile(path, NAMES[:-1], ASKED)
    with opened(path, asked={"rescale": "zscore"}, restart=True) as file:
        assert file.pairs() == {}
    with opened(path, asked={"rescale": "zscore"}) as file:
        assert file.pairs() == {}


def test_a_table_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("mine\n")
    for _ in range(2):
        with pytest.raises(ImageError, match="no batch that could go on wrote it"):
            opened(path)
        assert path.read_text() == "mine\n"
    with opened(path, restart=True) as file:
        file.add("x", {}, rows("x"))
    whole = path.read_bytes()
    for changed in (whole.replace(b"B2", b"B3", 1), whole[:-1], whole + b"mine\n"):
        path.write_bytes(changed)
        if changed.endswith(b"mine\n"):  # as a pair under way would have left it
            opened(path).close()
            assert path.read_bytes() == whole
            continue
        with pytest.raises(ImageError, match="changed since its rows were written"):
            opened(path)
        assert path.read_bytes() == changed


def test_a_table_that_was_deleted_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path) as file:
        file.add("x", {}, rows("x"))
    path.unlink()
    with opened(path, asked={"rescale": "zscore"}) as file:
        assert file.pairs() == {}
        file.add("y", {}, rows("y"))
    assert regions(path) == ["y 0", "y 1"]


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path) as file:
        with pytest.raises(ImageError, match="is being written by another process"):
            opened(path)
        file.add("x", {}, rows("x"))
    opened(path).close()


def test_a_damaged_journal_ends_where_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path) as file:
        for key in "xyz":
            file.add(key, {}, rows(key))
    state = path.with_name("r.csv.state")
    lines = state.read_bytes().splitlines(keepends=True)
    for damage in (b"\0" * 40 + b"\n", lines[3].replace(b'"y"', b'"q"'), b"{}\n"):
        state.write_bytes(b"".join([*lines[:3], damage, *lines[4:]]))
        with opened(path) as file:
            assert [*file.pairs()] == ["x"]
            for key in "yz":
                file.add(key, {}, rows(key))
        assert regions(path) == ["x 0", "x 1", "y 0", "y 1", "z 0", "z 1"]


@pytest.mark.parametrize("change", ["removed", "twice", "moved"])
def test_a_journal_whose_lines_were_changed_is_of_no_batch(
    tmp_path: Path, change: str
) -> None:
    """Each line is whole; with one less, rows of its pair would be there twice."""
    path = tmp_path / "r.csv"
    with opened(path) as file:
        for key in "abc":
            file.add(key, FILES, rows(key))
    journal = tmp_path / "r.csv.state"
    lines = journal.read_bytes().splitlines(keepends=True)
    a, b, c = lines[-3:]
    lines[-3:] = {"removed": [b, c], "twice": [a, b, b, c], "moved": [a, c, b]}[change]
    journal.write_bytes(b"".join(lines))
    before = path.read_bytes()
    with pytest.raises(ImageError, match="is of no batch that this version could go"):
        opened(path)
    assert path.read_bytes() == before


def test_a_pair_taken_out_before_a_line_that_forces(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    with opened(path, together=1000.0) as file:
        for key in "abc":
            file.add(key, FILES, rows(key))
    journal = tmp_path / "r.csv.state"
    *others, _c, forcing = journal.read_bytes().splitlines(keepends=True)
    assert b'"pair"' not in forcing
    journal.write_bytes(b"".join([*others, forcing]))
    before = path.read_bytes()
    with pytest.raises(ImageError, match="is of no batch that this version could go"):
        opened(path, together=1000.0)
    assert path.read_bytes() == before


def test_a_full_disk_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    path = tmp_path / "r.csv"
    real = os.fsync
    for fails in range(4):  # of x and y: the table, then the journal
        left = fails

        def full(descriptor: int) -> None:
            nonlocal left
            if left == 0:
                raise OSError(28, "No space left on device")
            left -= 1
            real(descriptor)

        path.unlink(missing_ok=True)
        done = []
        with opened(path) as file, monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(ImageError, match="No space left on device"):
                for key in "xy":
                    file.add(key, {}, rows(key))
                    done.append(key)
        with opened(path) as file:
            assert {*done} <= {*file.pairs()}
            for key in "xy":
                if key not in file.pairs():
                    file.add(key, {}, rows(key))
        assert regions(path) == ["x 0", "x 1", "y 0", "y 1"]


def test_a_name_of_the_results_is_no_group() -> None:
    with pytest.raises(ImageError, match='a group cannot be called "z"'):
        all_columns(METRICS, ["z"])


def added_together(path: Path) -> dict[str, bytes]:
    """Return the files of a run under way: x was forced to the disk, y and z were not.

    They are in the file nevertheless, for whoever looks into it, and after a kill.
    """
    with opened(path, together=math.inf) as file:
        for key in "xyz":
            file.add(key, FILES, rows(key))
        assert regions(path) == ["x 0", "x 1", "y 0", "y 1", "z 0", "z 1"]
        return {f.name: f.read_bytes() for f in path.parent.iterdir()}


def test_what_a_power_cut_takes_is_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    left = added_together(path)
    table, whole = left["r.csv"], path.read_bytes()
    assert table == whole
    head = len(lines_of([dict(zip(NAMES, NAMES, strict=True))], NAMES))
    ends = [head + len(lines_of(rows(key), NAMES)) for key in "x"]
    ends += [ends[-1] + len(lines_of(rows("y"), NAMES)), len(table)]
    for end in range(ends[0], len(table) + 1, 7):
        # The end of the file may be known to the disk before what is in it.
        for cut in (table[:end], table[:end] + bytes(len(table) - end)):
            path.write_bytes(cut)
            (tmp_path / "r.csv.state").write_bytes(left["r.csv.state"])
            kept = [key for key, at in zip("xyz", ends, strict=True) if at <= end]
            with opened(path) as file:
                assert [*file.pairs()] == kept
                for key in "xyz"[len(kept) :]:
                    file.add(key, FILES, rows(key))
            assert path.read_bytes() == whole
            with opened(path) as file:
                assert [*file.pairs()] == ["x", "y", "z"]


def test_rows_that_were_forced_are_of_nobody_else(tmp_path: Path) -> None:
    """A power cut takes none of them: who finds others says so, and leaves them."""
    path = tmp_path / "r.csv"
    state = path.with_name("r.csv.state")
    left = added_together(path)
    for under_way, changed in (
        (True, left["r.csv"].replace(b"x 1", b"q 1")),  # forced with the first
        (True, left["r.csv"].replace(b"x 0", b"q 0")[:-5]),
        (False, left["r.csv"].replace(b"z 1", b"q 1")),  # and with the end of the run
    ):
        path.write_bytes(changed)
        if under_way:
            state.write_bytes(left["r.csv.state"])
        else:
            path.unlink()
            added_together(path)
            path.write_bytes(changed)
        with pytest.raises(ImageError, match="changed since its rows were written"):
            opened(path)
        assert path.read_bytes() == changed


def test_pairs_that_follow_at_once_are_forced_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.csv"
    with opened(path, together=math.inf) as file:
        events = recorded(
            monkeypatch, lambda: [file.add(k, {}, rows(k)) for k in "xyz"]
        )
        assert [name.name for _, name, _ in events] == ["r.csv", "r.csv.state"]
        events = recorded(monkeypatch, lambda: file.arrange([*"xyz"]))
        assert [name.name for _, name, _ in events] == ["r.csv", "r.csv.state"]
        assert events[0][2].endswith(lines_of(rows("z"), NAMES))
        assert recorded(monkeypatch, lambda: file.arrange([*"xyz"])) == []


def test_a_full_disk_when_pairs_are_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "r.csv"
    file = opened(path, together=math.inf)
    for key in "xyz":
        file.add(key, {}, rows(key))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(ImageError, match="No space left on device"):
            file.arrange([*"xyz"])
        file.close()
    with opened(path) as file:
        for key in "xyz":
            if key not in file.pairs():
                file.add(key, {}, rows(key))
    assert regions(path) == ["x 0", "x 1", "y 0", "y 1", "z 0", "z 1"]
