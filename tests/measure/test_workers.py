"""Workers: the same numbers, whoever has them, and whoever dies; none is left over."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import Client

import similij
import truth
from similij import ImageError, compare
from similij.images.lazy_arrays import Stored, lazy_array
from similij.measure.blocks.workers import Workers, current
from support import ROOT

RNG = np.random.default_rng(7)
X = RNG.integers(0, 5000, (24, 40, 50)).astype(np.uint16)
Y = RNG.normal(1000, 300, X.shape)
LABELS = RNG.integers(0, 4, X.shape).astype(np.uint8)


class SlowPixels:
    """Pixels of a file on a slow disk, that writes down who read what."""

    def __init__(self, file: Path, log: Path) -> None:
        self.pixels, self.log = np.load(file, mmap_mode="r"), log

    def __getitem__(self, index):
        time.sleep(0.05)
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {index[0].start}\n")
        return self.pixels[index]


def slow(file: Path, log: Path):
    return SlowPixels(file, log), None


def deadly(file: Path):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    path = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tests"), path])
    try:
        with similij.cluster(workers=2, memory_limit="1 GB") as started:
            assert current() is started
            yield started
    finally:
        os.environ["PYTHONPATH"] = path
    left = {p.pid for p in psutil.Process().children(recursive=True)} - before
    names = [" ".join(psutil.Process(pid).cmdline()) for pid in left]
    assert [n for n in names if "resource_tracker" not in n] == []


@pytest.fixture
def lazy(tmp_path: Path):
    """Both images in 24 planes, each a block."""
    made = []
    for name, pixels in (("x", X), ("y", Y)):
        file = tmp_path / f"{name}.npy"
        np.save(file, pixels)
        opener = partial(slow, file, tmp_path / f"{name}.log")
        made.append(lazy_array(Stored(opener, X.shape, pixels.dtype, (1, 40, 50))))
    return made


def reads(tmp_path: Path, name: str) -> list[tuple[int, int]]:
    lines = (tmp_path / f"{name}.log").read_text().splitlines()
    return [tuple(map(int, line.split())) for line in lines]


@pytest.fixture(autouse=True)
def plane_by_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("similij.measure.by_blocks.STEP", 1)


def numbers(found) -> list[tuple]:
    return [
        tuple(row[k] for k in ("region", "n", "pearson", "rmsd", "mean_difference"))
        for row in found
    ]


@pytest.mark.usefixtures("workers")
def test_rows_are_those_of_one_process(lazy, tmp_path: Path) -> None:
    found = compare(*lazy)
    assert numbers(found)[0][1:] == pytest.approx(truth.metrics(X, Y), rel=1e-12)
    for name in "xy":
        read = reads(tmp_path, name)
        assert sorted(plane for _, plane in read) == list(range(24))  # each once
        assert len({pid for pid, _ in read}) == 2  # by both
        assert os.getpid() not in {pid for pid, _ in read}
    of_labels = compare(*lazy, regions=LABELS, mask=X > 100)
    known = compare(X, Y, regions=LABELS, mask=X > 100)
    for one, two in zip(numbers(of_labels), numbers(known), strict=True):
        assert one[:2] == two[:2]
        assert one[2:] == pytest.approx(two[2:], rel=1e-12)
    assert len(of_labels) == 3


def test_a_worker_that_dies_costs_a_retry(workers, lazy, tmp_path: Path) -> None:
    client, killed = workers.client, []

    def kill(done: int, count: int) -> None:
        if done == 8:
            pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    from similij.measure.blocks.workers import _chosen_place

    with _chosen_place(Workers(client, kill)):
        found = compare(*lazy)
    assert numbers(found)[0][1:] == pytest.approx(truth.metrics(X, Y), rel=1e-12)
    read = reads(tmp_path, "x")
    assert len({pid for pid, _ in read}) >= 2
    planes = [plane for _, plane in read]
    twice = {plane for plane in planes if planes.count(plane) > 1}
    assert {*planes} == {*range(24)}
    # only what the dead one had read, or was reading, and had not handed in
    assert all((killed[0], plane) in read for plane in twice)
    assert len(twice) <= 4


def test_what_kills_every_worker_is_given_up(workers, tmp_path: Path) -> None:
    client = workers.client
    client.wait_for_workers(2, timeout=30)
    np.save(tmp_path / "x.npy", X)
    stored = Stored(partial(deadly, tmp_path / "x.npy"), X.shape, X.dtype, X.shape)
    with pytest.raises(ImageError, match="workers died while they compared it"):
        compare(lazy_array(stored), Y)


def test_an_open_client_is_used(workers, lazy, tmp_path: Path) -> None:
    from similij.measure.blocks import workers as clusters

    workers.client.wait_for_workers(2, timeout=30)
    token = clusters._chosen.set(None)
    try:
        with Client(workers.client.scheduler.address):
            compare(*lazy)
        with similij.cluster(scheduler=workers.client.scheduler.address) as place:
            assert isinstance(place, Workers)
            compare(*lazy)
    finally:
        clusters._chosen.reset(token)
    assert os.getpid() not in {pid for pid, _ in reads(tmp_path, "x")}
    assert len(reads(tmp_path, "x")) == 48


def test_what_is_asked_wrongly() -> None:
    for options, sentence in (
        ({"workers": 0}, "workers is 0: it must be 1 or more"),
        ({"workers": 1, "scheduler": "tcp://a:1"}, "give workers, to start some, or"),
        (
            {"memory_limit": "few"},
            "memory_limit is 'few': it must be a number",
        ),
    ):
        with pytest.raises(ValueError, match=sentence), similij.cluster(**options):
            pass
    with (
        pytest.raises(ImageError, match='no scheduler answers at "here"'),
        similij.cluster(scheduler="here"),
    ):
        pass
