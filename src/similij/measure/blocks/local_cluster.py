"""Workers of this machine: started, kept, and ended with what served them.

dask starts a worker that died again. But one that takes long to come back, or dies
while it comes, it gives up for good; and without workers a client waits for ever.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from ...ground.errors import ImageError
from ...ground.names import counted
from ...ground.optional import needed
from ...moments.kernels.parts import threads

_HERE = "127.0.0.1"
"""The address of this machine for itself; from elsewhere there is no way to it."""

_POLL = 2.0
"""Seconds between two looks whether all workers are there."""

_WITHOUT = 300.0
"""Seconds without any worker after which none is waited for: one starts in two, and on
a machine however busy in less than this."""

REASON = 200
"""Letters of what dask says that are passed on."""


@contextmanager
def started(
    distributed: Any, workers: int, limit: int, dashboard: bool
) -> Iterator[Any]:
    """Start workers of this machine, and yield a client of them; end all afterwards.

    Parameters
    ----------
    distributed : module
        dask's, which the caller found.
    workers : int
        Processes, of which there are as many until the end: one that is lost for good
        is replaced. Where none comes within five minutes, all tasks are cancelled.
    limit : int
        Bytes of memory of each.
    dashboard : bool
        Whether dask's pages about them are served on a port of this machine.

    Raises
    ------
    ImageError
        If they do not start.
    """
    pages: dict[str, list[str]] = (
        {} if dashboard else {"distributed.scheduler.http.routes": []}
    )
    with (
        needed("dask.config", "A cluster").set(pages),
        _new(distributed, workers, limit, dashboard) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        _kept(client, workers),
    ):
        yield client


@contextmanager
def _kept(client: Any, workers: int) -> Iterator[None]:
    """Have lost workers replaced, on a thread, until the `with` ends."""
    end = Event()
    keeper = Thread(
        target=_keep, args=(client, workers, end), name="similij-keeper", daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        end.set()
        keeper.join()


def _keep(client: Any, workers: int, end: Event) -> None:
    from distributed import Future

    cluster = client.cluster
    seen = time.monotonic()
    while not end.wait(_POLL):
        # dask takes a worker out of this list that is away 15 seconds after any of its
        # deaths, were it the last one just now; one that could not be started stays.
        for name, nanny in [*cluster.workers.items()]:
            if nanny.status.name in ("closed", "failed"):
                cluster.workers.pop(name, None)
        if len(cluster.workers) < workers:
            cluster.scale(workers)
        if cluster.scheduler.workers:
            seen = time.monotonic()
        elif time.monotonic() - seen > _WITHOUT:
            client.cancel([Future(key, client) for key in [*client.futures]])
            seen = time.monotonic()


def _new(distributed: Any, workers: int, limit: int, dashboard: bool) -> Any:
    """Start workers, and what serves them.

    Raises
    ------
    ImageError
        If they do not start.
    """
    try:
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=max(1, threads() // workers),
            processes=True,
            memory_limit=limit,
            # All of it by name, whatever dask's own settings say: an address without
            # a host, as ":0", is one of every network that the machine is in. There is
            # always a port, any that is free; without the dashboard nothing is on it.
            host=_HERE,
            dashboard_address=f"{_HERE}:0",
            scheduler_kwargs={"dashboard": dashboard},
            # The workers have the processors already: loops with threads of their own
            # would be more than there are.
            env={"SIMILIJ_NUM_THREADS": "1"},
            preload=[__name__],  # for `dask_setup`
        )
    except RuntimeError as error:  # "Nanny failed to start."
        reason = " ".join(str(error).split())[:REASON].rstrip(".")
        raise ImageError(
            f"{counted(workers, 'worker')} did not start ({reason}): take fewer, give "
            "them more memory, and in a script put the code that starts them under "
            "if __name__ == '__main__', as each of them imports it."
        ) from None


def dask_setup(_: Any) -> None:
    """Let a worker that was started here ignore Ctrl-C; dask calls it by this name.

    A terminal sends it to all processes of a command: without this every worker ends by
    a traceback, before this process ends them in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
