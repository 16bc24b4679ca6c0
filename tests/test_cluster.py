"""Blocks on workers: the same sums, also when one dies; nothing is left running."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import similij
from similij.clusters import Workers, current, parse_limit

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def volumes(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("volumes")
    random = np.random.default_rng(0)
    paths = []
    for name in "ab":
        image = random.integers(0, 4000, (40, 64, 96), dtype=np.uint16)
        array = zarr.open_array(
            str(folder / f"{name}.zarr"), mode="w", shape=image.shape,
            chunks=(2, 32, 48), dtype=image.dtype,
        )  # fmt: skip
        array[:] = image
        paths.append(folder / f"{name}.zarr")
    return paths[0], paths[1]


@pytest.fixture(scope="module")
def place() -> Iterator[Any]:
    with similij.cluster(workers=2, memory_limit="500 MB") as found:
        yield found


def exact(volumes: tuple[Path, Path]) -> Any:
    x, y = (np.asarray(zarr.open_array(str(path), mode="r")[:]) for path in volumes)
    return similij.compare(x, y)


def test_the_same_numbers_on_workers(volumes, place) -> None:
    lazy = [similij.open_image(path) for path in volumes]
    assert isinstance(current(), Workers)
    found = similij.compare(*lazy)
    whole = exact(volumes)
    for name in ("pearson", "rmsd", "mean_difference", "n"):
        assert getattr(found, name) == getattr(whole, name)


def test_a_worker_that_dies_costs_a_retry(volumes, place, monkeypatch) -> None:
    monkeypatch.setattr("similij.blockwise.STEP", 40_000)  # many small tasks
    lazy = [similij.open_image(path) for path in volumes]
    pids = [worker["pid"] for worker in _workers(place)]
    killed = []

    def kill(done: int, count: int) -> None:
        if done == count // 3 and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    object.__setattr__(place, "progress", kill)
    try:
        found = similij.compare(*lazy)
    finally:
        object.__setattr__(place, "progress", None)
    assert killed
    assert found.rmsd == exact(volumes).rmsd
    assert found.n == exact(volumes).n
    end = time.monotonic() + 30
    while len(_workers(place)) < 2 and time.monotonic() < end:
        time.sleep(0.1)  # the nanny starts another
    assert killed[0] not in [worker["pid"] for worker in _workers(place)]


def _workers(place: Any) -> list[dict[str, Any]]:
    found = place.client.run(lambda: {"pid": os.getpid()}, on_error="ignore")
    return [worker for worker in found.values() if isinstance(worker, dict)]


def test_an_existing_scheduler_and_client(volumes, place) -> None:
    address = place.client.scheduler.address
    lazy = [similij.open_image(path) for path in volumes]
    with similij.cluster(scheduler=address) as other:
        assert other.client is not place.client
        assert similij.compare(*lazy).rmsd == exact(volumes).rmsd
    nowhere = similij.cluster(scheduler="tcp://127.0.0.1:9")
    with pytest.raises(similij.ImageError, match=r"no scheduler answers"), nowhere:
        pass


def test_nothing_is_left_running() -> None:
    with similij.cluster(workers=1, memory_limit="500 MB") as found:
        pids = [worker["pid"] for worker in _workers(found)]
        assert pids
        second = similij.cluster(workers=1, memory_limit="500 MB")
        with pytest.raises(RuntimeError, match="in between"), second as inner:
            pids += [worker["pid"] for worker in _workers(inner)]
            raise RuntimeError("in between")
    end = time.monotonic() + 20
    while any(_lives(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(_lives(pid) for pid in pids)
    assert not [t for t in threading.enumerate() if t.name.startswith("similij-blocks")]


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_limits_are_read() -> None:
    assert parse_limit("2 GB") == 2_000_000_000
    for wrong in ("much", "3 kB", -1):
        with pytest.raises(ValueError, match="memory_limit is"):
            parse_limit(wrong)
    with pytest.raises(ValueError, match="workers is 0"), similij.cluster(workers=0):
        pass
