"""A batch that is killed and started again: nothing is lost, double or old."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from similij import ImageError, compare_folders
from support import HUNG, ROOT

sys.path.insert(0, str(ROOT / "bench"))

import resume

GATED = """
import signal, sys, time
from pathlib import Path
from similij.cli import main
from importlib import import_module

run = import_module("similij.batch.run")
read, gate = run.as_image, int(sys.argv.pop(1))

def gated(path):
    while int(Path(path).name.partition("__")[0]) >= gate and not Path("open").exists():
        time.sleep(0.01)
    return read(path)

run.as_image = gated
# Tests that a shell runs in the background have a Ctrl-C that is ignored, and so have
# their children.
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
"""A batch that waits, before it reads the pair of a number, for a file called open."""


def gated_batch(folder: Path, table: Path, jobs: int, gate: int) -> subprocess.Popen:
    (folder / "open").unlink(missing_ok=True)
    command = ["batch", "a", "b", "--out", table.name, "--jobs", str(jobs)]
    return subprocess.Popen(
        [sys.executable, "-c", GATED, str(gate), *command, "--format", "csv"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for_pairs(table: Path, count: int) -> None:
    until = time.monotonic() + HUNG
    while len(resume.recorded(table)) < count:
        assert time.monotonic() < until, f"{table} never had {count} pairs"
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
def test_killed_and_started_again(tmp_path: Path, jobs: int) -> None:
    found = resume.killed_and_started_again(tmp_path, 60, 6, seed=jobs, jobs=jobs)
    assert (found.pairs, found.lost, found.twice) == (60, 0, 0)
    assert found.same
    assert found.done_at == sorted(found.done_at)
    assert found.done_at[-1] > 0


@pytest.mark.slow
def test_ctrl_c_is_a_sentence_and_130(tmp_path: Path) -> None:
    resume.write_pairs(tmp_path, 60, seed=5)
    table = tmp_path / "r.csv"
    for jobs, gate in ((1, 10), (3, 30)):
        process = gated_batch(tmp_path, table, jobs, gate)
        wait_for_pairs(table, gate)
        os.kill(process.pid, signal.SIGINT)
        (tmp_path / "open").touch()  # pairs that are begun are ended
        _, said = process.communicate(timeout=HUNG)
        assert process.returncode == 130
        assert said.decode().splitlines() == [
            "Stopped. What is done is in r.csv; the same command goes on there."
        ]
    done = resume.recorded(table)
    assert 30 <= len(done) == len({*done}) < 60
    resume.finish(resume.batch(tmp_path, table, 2))
    assert len(resume.recorded(table)) == len({*resume.recorded(table)}) == 60


@pytest.mark.slow
def test_two_processes_on_one_table(tmp_path: Path) -> None:
    resume.write_pairs(tmp_path, 30, seed=5)
    table = tmp_path / "r.csv"
    first = gated_batch(tmp_path, table, 1, 10)
    wait_for_pairs(table, 10)
    try:
        with pytest.raises(ImageError, match="is being written by another process"):
            compare_folders(tmp_path / "a", tmp_path / "b", out=table)
    finally:
        (tmp_path / "open").touch()
    resume.finish(first)
    assert len(resume.recorded(table)) == 30


def test_what_changed_meanwhile_is_computed_again(tmp_path: Path) -> None:
    a, b = resume.write_pairs(tmp_path, 4, seed=5)
    table, seen, said = tmp_path / "r.csv", [], []

    def run(**options) -> list[str]:
        """Return the images that were computed."""
        from similij import compare_pairs
        from similij.batch import find_pairs

        seen.clear(), said.clear()
        jobs = find_pairs(a, b)
        found = compare_pairs(
            jobs,
            out=table,
            on_rows=lambda job, rows: seen.append(job.names[0]),
            on_note=said.append,
            **options,
        )
        assert [row["image_1"] or row["image_2"] for row in found] == sorted(
            job.names[0] or job.names[1] for job in jobs
        )
        return [*seen]

    everything = [f"{k}__a.tif" for k in range(4)]
    assert run() == everything
    assert run() == []
    changed = np.full((24, 33), 7, np.uint16)
    changed[3:, 5:] = 9
    tifffile.imwrite(a / "2__a.tif", changed)
    os.utime(a / "2__a.tif", ns=(1, 1))
    assert run(workers=2) == ["2__a.tif"]
    assert said == [f"1 pair in {table} had files that changed since: computed again."]
    (b / "1__b.tif").unlink()
    (a / "0__a_roi.zip").write_bytes(b"no archive")
    assert run() == ["0__a.tif", "1__a.tif"]
    assert said == [
        f"2 pairs in {table} are no longer asked for, or have other regions: their "
        "rows were taken out."
    ]
    with pytest.raises(ImageError, match=r"metrics was pearson, .* and is now bias\. "):
        run(metrics=["bias"])
    assert run(metrics=["bias"], restart=True) == everything
    with pytest.raises(ImageError, match="has the rows of other pairs, none of which"):
        compare_folders(b, a, out=table, metrics=["bias"])
