"""Workers of this machine are there until the end, whatever dask gives up."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import dask
import dask.array
import pytest

import similij
from similij.ground.errors import ClusterError
from similij.measure.blocks import local_cluster
from support import HUNG

pytestmark = pytest.mark.slow

X = dask.array.arange(1000, chunks=100)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let dask give up each worker that dies, as it does one that comes back slowly."""
    monkeypatch.setattr(local_cluster, "_POLL", 0.05)
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1ms"}):
        yield


def kill_all(client) -> None:
    """End all workers, and see them given up."""
    (pid,) = client.run(os.getpid).values()
    cluster = client.cluster
    before = [*cluster.workers.values()]
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + HUNG
    while any(one in before for one in [*cluster.workers.values()]):
        assert time.monotonic() < until
        time.sleep(0.005)


def test_a_worker_that_dask_gave_up_is_replaced() -> None:
    with similij.cluster(workers=1) as place:
        for _ in range(2):
            kill_all(place.client)
            assert similij.compare(X, X + 2).rmsd == 2
        assert len(place.client.cluster.workers) == 1


def test_a_worker_that_could_not_be_started_is_replaced() -> None:
    late = {"distributed.deploy.lost-worker-timeout": "1h"}
    with dask.config.set(late), similij.cluster(workers=1) as place:
        cluster = place.client.cluster
        (nanny,) = cluster.workers.values()
        cluster.sync(nanny.close)
        assert similij.compare(X, X + 2).rmsd == 2
        assert nanny not in cluster.workers.values()


def test_without_workers_nothing_waits_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(local_cluster, "_WITHOUT", 0.5)
    with similij.cluster(workers=1) as place:
        cluster = place.client.cluster
        end = cluster.scale
        monkeypatch.setattr(cluster, "scale", lambda workers: workers or end(0))
        kill_all(place.client)
        with pytest.raises(ClusterError, match="gave up what it was asked"):
            similij.compare(X, X + 2)


def test_the_keeper_ends_with_its_workers() -> None:
    from threading import enumerate as threads

    with similij.cluster(workers=1):
        assert "similij-keeper" in {thread.name for thread in threads()}
    assert "similij-keeper" not in {thread.name for thread in threads()}
