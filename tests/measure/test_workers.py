"""Workers: the same numbers, whoever has them, and whoever dies; none is left over."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dask
import dask.array
import numpy as np
import psutil
import pytest
import zarr
from distributed import Client, LocalCluster

import similij
import truth
from similij import ImageError, compare
from similij.images.lazy_arrays import Stored, lazy_array
from similij.measure.blocks.workers import Workers, _chosen_place, current
from support import HUNG, ROOT

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(7)
X = RNG.integers(0, 5000, (24, 40, 50)).astype(np.uint16)
Y = RNG.normal(1000, 300, X.shape)
LABELS = RNG.integers(0, 4, X.shape).astype(np.uint8)


AHEAD = 4
"""Planes that may be read beyond those handed in, where a test counts them."""


def wait_for(condition) -> None:
    until = time.monotonic() + HUNG
    while not condition():
        assert time.monotonic() < until, "what is waited for never came"
        time.sleep(0.005)


class GatedPixels:
    """Pixels of a file, that write down who read what, and wait until they may be read.

    Where a file `done` says how many planes were handed in, each worker's first plane
    waits for that of another one, so that two have a part in the work, and no more
    than `AHEAD` others are read; one that was lost may be read again.
    """

    def __init__(self, file: Path, log: Path) -> None:
        self.pixels, self.log = np.load(file, mmap_mode="r"), log

    def __getitem__(self, index):
        plane = index[0].start
        wait_for(lambda: self._takes(plane))
        wait_for(lambda: self._most() == len(X) or self._readers() > 1)
        return self.pixels[index]

    def _takes(self, plane: int) -> bool:
        """Write down that this process reads a plane, if it may."""
        with self.log.open("a+") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            log.seek(0)
            planes = {line.split()[1] for line in log}
            may = str(plane) in planes or len(planes) < self._most()
            if may:
                log.write(f"{os.getpid()} {plane}\n")
            return may

    def _most(self) -> int:
        done = self.log.with_name("done")
        return int(done.read_text()) + AHEAD if done.exists() else len(X)

    def _readers(self) -> int:
        return len({line.split()[0] for line in self.log.read_text().splitlines()})


def gated(file: Path, log: Path):
    return GatedPixels(file, log), None


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
        opener = partial(gated, file, tmp_path / f"{name}.log")
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


def handing_in(folder: Path, then=lambda done: None):
    """Return what is called with the planes handed in, and lets others be read."""
    (folder / "done").write_text("0")

    def report(done: int, count: int) -> None:
        written = folder / "done.new"
        written.write_text(str(done))
        written.replace(folder / "done")  # whole, for whoever reads it now
        then(done)

    return report


def test_rows_are_those_of_one_process(workers, lazy, tmp_path: Path) -> None:
    workers.client.wait_for_workers(2, timeout=HUNG)
    with _chosen_place(Workers(workers.client, handing_in(tmp_path))):
        found = compare(*lazy)
    (tmp_path / "done").unlink()
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

    def kill(done: int) -> None:
        if done == 8:
            pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    client.wait_for_workers(2, timeout=HUNG)
    with _chosen_place(Workers(client, handing_in(tmp_path, kill))):
        found = compare(*lazy)
    assert numbers(found)[0][1:] == pytest.approx(truth.metrics(X, Y), rel=1e-12)
    read = reads(tmp_path, "x")
    assert len({pid for pid, _ in read}) >= 2
    planes = [plane for _, plane in read]
    twice = {plane for plane in planes if planes.count(plane) > 1}
    assert {*planes} == {*range(24)}
    # only what the dead one had read, or was reading, and had not handed in
    assert all((killed[0], plane) in read for plane in twice)
    assert len(twice) <= AHEAD


def test_what_kills_every_worker_is_given_up(workers, tmp_path: Path) -> None:
    client = workers.client
    client.wait_for_workers(2, timeout=HUNG)
    np.save(tmp_path / "x.npy", X)
    stored = Stored(partial(deadly, tmp_path / "x.npy"), X.shape, X.dtype, X.shape)
    with pytest.raises(ImageError, match="workers died while they compared it"):
        compare(lazy_array(stored), Y)


def test_an_open_client_is_used(workers, lazy, tmp_path: Path) -> None:
    from similij.measure.blocks import workers as clusters

    workers.client.wait_for_workers(2, timeout=HUNG)
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


@pytest.mark.parametrize("answer", ["{}", "junk", None])
def test_what_is_no_scheduler_is_a_sentence(answer: str | None, tmp_path: Path) -> None:
    if answer is None:
        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=as_a_web_server, args=[server], daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    else:
        address = str(tmp_path / "scheduler.json")
        Path(address).write_text(answer)
    soon = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    sentence = r'no scheduler answers at ".*" \(.+\): check the address'
    with (
        soon,
        pytest.raises(ImageError, match=sentence),
        similij.cluster(scheduler=address),
    ):
        pass
    # One that is open would be closed by the garbage collector, perhaps within the
    # start of another, and that waits for itself.
    of_here = [one for one in gc.get_objects() if issubclass(type(one), Client)]
    assert "connecting" not in {client.status for client in of_here}


def as_a_web_server(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)


def test_a_scheduler_that_ends_during_the_run_is_a_sentence() -> None:
    x = dask.array.arange(1000, chunks=10)
    started = LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with (
        started,
        pytest.raises(ImageError, match="the dask scheduler is gone, or gave up"),
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        similij.cluster(
            scheduler=started.scheduler_address,
            progress=lambda done, count: started.close(),
        ),
    ):
        compare(x, x + 1, metrics="rmsd")


def test_damage_is_one_sentence_from_workers_too(tmp_path: Path) -> None:
    """A worker that raised wrote its traceback to the log, four times."""
    x = np.random.default_rng(0).integers(0, 9, (64, 80)).astype(np.uint8)
    for name in ("x.zarr", "y.zarr"):
        zarr.create_array(
            tmp_path / name, shape=x.shape, chunks=(16, 16), dtype=x.dtype
        )[:] = x
    (tmp_path / "y.zarr" / "c" / "1" / "2").write_bytes(b"damaged")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "similij", "compare"),
            *("x.zarr", "y.zarr", "--workers", "1"),
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stdout == ""
    (sentence,) = run.stderr.strip().splitlines()
    assert sentence.startswith("similij: ")
    assert "y.zarr" in sentence
