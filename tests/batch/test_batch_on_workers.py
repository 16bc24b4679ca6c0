"""A batch on workers: the same rows, big pairs by blocks in one pool, restarted."""

from __future__ import annotations

import csv
import importlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi, roiwrite

import similij
from similij.batch import compare_pairs, find_pairs, on_workers
from similij.batch.run import answer_whole
from similij.ground.errors import ClusterError
from similij.measure.blocks.workers import (
    Threads,
    Workers,
    _chosen_place,
    current,
)
from support import HUNG, ROOT, Shell

sys.path.insert(0, str(ROOT / "bench"))

import resume

METRICS = ["pearson", "rmsd", "gain"]

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(71)


def write_pairs(folder: Path, count: int = 6) -> tuple[Path, Path]:
    """Write pairs: one with cells, one of two sizes, one with a file that is none."""
    sides = folder / "a", folder / "b"
    for side in sides:
        side.mkdir()
        for k in range(count):
            image = RNG.integers(0, 4000, (40, 50)).astype(np.uint16)
            tifffile.imwrite(side / f"{k}.tif", image[: 30 + 2 * (side.name == "a")])
    tifffile.imwrite(sides[1] / "3.tif", RNG.integers(0, 9, (32, 40)).astype(np.uint8))
    for k in range(count):
        if k not in (3, 4):
            one = tifffile.imread(sides[0] / f"{k}.tif")
            noise = RNG.integers(0, 300 * (1 + k), one.shape).astype(np.uint16)
            tifffile.imwrite(sides[1] / f"{k}.tif", one + noise)
    (sides[0] / "4.tif").write_text("no image")
    rectangle = ImagejRoi(roitype=ROI_TYPE.RECT, left=2, top=3, right=20, bottom=9)
    roiwrite(sides[0] / "1_roi.zip", [rectangle], mode="w")
    return sides


def plain(rows) -> list[dict]:
    """Return rows without what differs from run to run, NaN as None."""
    return [
        {
            key: None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
            if key != "run"
        }
        for row in rows
    ]


def deadly_of_number_2(pair):
    """End the worker that is to compare the pair of this number."""
    if pair.job.image_1.stem == "2":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer_whole(*pair)


def deadly_at_first(pair):
    """End the first four workers that have the first pair, as a bad neighbour would."""
    deaths = pair.job.image_1.parent / "deaths"
    before = deaths.read_text() if deaths.exists() else ""
    if pair.job.image_1.stem == "0" and len(before) < 4:
        deaths.write_text(before + "x")
        os.kill(os.getpid(), signal.SIGKILL)
    return answer_whole(*pair)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    path = os.environ.get("PYTHONPATH", "")
    tests = [str(ROOT / "tests"), str(ROOT / "tests" / "batch")]
    os.environ["PYTHONPATH"] = os.pathsep.join([*tests, path])
    try:
        with similij.cluster(workers=2, memory_limit="1 GB") as started:
            yield started
    finally:
        os.environ["PYTHONPATH"] = path


@pytest.mark.parametrize("largest", [None, 100])
def test_rows_are_those_of_one_process(
    workers: Workers, tmp_path: Path, monkeypatch, largest: int | None
) -> None:
    """Small pairs whole on a worker; and all of them by blocks."""
    sides = write_pairs(tmp_path)
    with _chosen_place(Threads()):
        alone = similij.compare_folders(*sides, metrics=METRICS)
    blocks_of: list[int] = []
    if largest is not None:
        monkeypatch.setattr(on_workers, "LARGE", largest)
        run = Workers.run

        def counted(self, work, tasks, count, held):
            blocks_of.append(count)
            return run(self, work, tasks, count, held)

        monkeypatch.setattr(Workers, "run", counted)
    out = tmp_path / "r.csv"
    result = similij.compare_folders(*sides, metrics=METRICS, out=out)
    assert current() is workers
    assert len(result) == 6
    for mine, theirs in zip(plain(result), plain(alone), strict=True):
        assert {**mine, "note": ""} == pytest.approx({**theirs, "note": ""}, rel=1e-12)
    notes = " ".join(result.notes)
    assert "is 40×32 pixels (uint16)" in notes or "must have the same" in notes
    assert "cannot be read as an image" in notes
    assert len(blocks_of) == (0 if largest is None else 4)


@pytest.mark.parametrize("largest", [10**9, 100])
def test_paths_are_as_seen_from_here(
    workers: Workers, tmp_path: Path, monkeypatch, largest: int
) -> None:
    """The workers were started in another folder."""
    write_pairs(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(on_workers, "LARGE", largest)
    result = similij.compare_folders("a", "b")
    assert sum(math.isnan(row["rmsd"]) for row in result) == 2
    assert {row["file_1"] for row in result} == {f"a/{k}.tif" for k in range(6)}


def test_big_pairs_are_compared_at_once(
    workers: Workers, tmp_path: Path, monkeypatch
) -> None:
    """Two pairs hand their blocks over before either of them has a result."""
    sides = write_pairs(tmp_path)
    monkeypatch.setattr(on_workers, "LARGE", 100)
    both = threading.Barrier(2)
    run = Workers.run
    clients = set()

    def together(self, work, tasks, count, held):
        clients.add(self.client)
        both.wait(timeout=HUNG)
        return run(self, work, tasks, count, held)

    monkeypatch.setattr(Workers, "run", together)
    result = similij.compare_folders(*sides)
    assert sum(math.isnan(row["rmsd"]) for row in result) == 2
    assert clients == {workers.client}


def test_what_needs_all_pixels_is_compared_whole(
    workers: Workers, tmp_path: Path, monkeypatch
) -> None:
    sides = write_pairs(tmp_path)
    monkeypatch.setattr(on_workers, "LARGE", 100)
    monkeypatch.setattr(Workers, "run", None)
    options = {"metrics": ["ssim", "pearson"], "rescale": "percentile"}
    result = similij.compare_folders(*sides, **options)
    with _chosen_place(Threads()):
        assert plain(result) == plain(similij.compare_folders(*sides, **options))


def test_a_pair_that_kills_workers_is_a_row(
    workers: Workers, tmp_path: Path, monkeypatch
) -> None:
    sides = write_pairs(tmp_path)
    monkeypatch.setattr(on_workers, "_whole", deadly_of_number_2)
    result = similij.compare_folders(*sides, out=tmp_path / "r.csv")
    assert len(result) == 6
    assert "the pair was given up, because" in result.rows[2]["note"]
    others = [row["rmsd"] for k, row in enumerate(result.rows) if k not in (2, 3, 4)]
    assert not np.isnan(others).any()


def test_a_pair_beside_which_workers_died_is_compared_alone(
    workers: Workers, tmp_path: Path, monkeypatch
) -> None:
    sides = write_pairs(tmp_path)
    monkeypatch.setattr(on_workers, "_whole", deadly_at_first)
    result = similij.compare_folders(*sides, out=tmp_path / "r.csv")
    assert len((sides[0] / "deaths").read_text()) == 4
    assert not any("given up" in row["note"] for row in result.rows)
    assert not np.isnan(result.rows[0]["rmsd"])


@pytest.mark.parametrize("largest", [10**9, 100])
def test_stopped_and_gone_on(
    workers: Workers, tmp_path: Path, monkeypatch, largest: int
) -> None:
    sides = write_pairs(tmp_path, 12)
    monkeypatch.setattr(on_workers, "LARGE", largest)
    out = tmp_path / "r.csv"
    computed: list[str] = []

    def stop(job, rows) -> None:
        computed.append(job.names[0])
        if len(computed) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_pairs(find_pairs(*sides), out=out, on_rows=stop)
    assert len(resume.recorded(out)) == 3
    again: list[str] = []
    result = compare_pairs(
        find_pairs(*sides),
        out=out,
        on_rows=lambda job, rows: again.append(job.names[0]),
    )
    assert sorted([*computed, *again]) == sorted(f"{k}.tif" for k in range(12))
    with _chosen_place(Threads()):
        assert plain(result) == plain(similij.compare_folders(*sides))


def test_a_scheduler_that_is_gone_leaves_no_rows_that_say_so(
    workers: Workers, tmp_path: Path
) -> None:
    from distributed import Future

    sides = write_pairs(tmp_path, 12)
    out = tmp_path / "r.csv"
    done: list[str] = []

    def lose(job, rows) -> None:
        done.append(job.names[0])
        client = workers.client
        client.cancel([Future(key, client) for key in [*client.futures]])

    with pytest.raises(ClusterError, match="the dask scheduler is gone"):
        compare_pairs(find_pairs(*sides), out=out, on_rows=lose)
    assert 1 <= len(done) == len(resume.recorded(out)) < 12
    result = compare_pairs(find_pairs(*sides), out=out)
    assert sum(math.isnan(row["rmsd"]) for row in result) == 2


def test_threads_know_the_place_that_was_chosen(tmp_path: Path, monkeypatch) -> None:
    sides = write_pairs(tmp_path)
    places = []
    answer = importlib.import_module("similij.batch.batch").answer_pair

    def placed(*args):
        places.append(current())
        return answer(*args)

    monkeypatch.setattr("similij.batch.batch.answer_pair", placed)
    with similij.cluster(memory_limit="123 MB") as place:
        similij.compare_folders(*sides, workers=3)
    assert places == [place] * 6


def test_shell(tmp_path: Path, shell: Shell, monkeypatch) -> None:
    """All of it from the shell: workers, killed in the middle, verdicts."""
    monkeypatch.chdir(tmp_path)
    resume.write_pairs(tmp_path, 40, seed=3)
    command = ["batch", "a", "b", "--workers", "1", "--verdict", "--out", "r.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "similij", *command, "--quiet"],
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + HUNG
    while len(resume.recorded(tmp_path / "r.csv")) < 3:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.005)
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    before = resume.recorded(tmp_path / "r.csv")
    assert 3 <= len(before) == len({*before}) < 40
    _, alive = psutil.wait_procs(started, timeout=HUNG)
    assert alive == []
    ran = shell(*command, "--format", "csv")
    assert ran.code == 0
    after = resume.recorded(tmp_path / "r.csv")
    assert len(after) == len({*after}) == 40
    alone = shell(*command[:3], "--verdict", "--format", "csv")
    assert [*map(resume.without_run, ran.out.splitlines())] == [
        *map(resume.without_run, alone.out.splitlines())
    ]
    rows = [*csv.DictReader(ran.out.splitlines())]
    assert all(row["verdict"] for row in rows)


def test_refusals(tmp_path: Path, shell: Shell) -> None:
    sides = write_pairs(tmp_path)
    for words, flag in (
        (("--workers", 2, "--scheduler", "tcp://here:1"), "--workers"),
        (("--workers", 2, "--jobs", 2), "--jobs"),
        (("--scheduler", "tcp://here:1", "--jobs", 2), "--jobs"),
        (("--memory-limit", "1 GB"), "--memory-limit"),
    ):
        ran = shell("batch", *sides, *words)
        assert (ran.code, ran.out) == (2, "")
        assert f"Invalid value for {flag}" in ran.err
