"""Run tasks on blocks: on threads of this process, in processes, on other machines.

By default the threads of this process. `with similij.cluster(workers=4):` starts four
processes, `with similij.cluster(scheduler="tcp://..."):` uses a dask scheduler that
runs; a `distributed.Client` that is open already is used without being asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from itertools import islice
from threading import Event
from typing import Any, TypeVar

from ...ground.errors import ClusterError, ImageError, RegionError
from ...ground.names import shown
from ...ground.optional import needed
from ...ground.public import public
from ...moments.kernels.parts import threads
from .local_cluster import REASON, started

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_LIMIT = 10**9
"""Bytes of memory that pixels, and what decodes them, may take if nothing is said."""

SHARE = 4
"""A read takes its bytes about twice, while chunks are put together; Python and its
libraries take 0.2 GB: so of the limit a quarter is for pixels."""

_AHEAD = 4
"""Tasks for each thread that are handed over at a time, so that none waits."""

_LEAST_AHEAD = 64
"""The same where workers are still to come."""

_MOST_WORKERS = 64
"""Processes that any machine is believed to take, at 0.2 GB each; a million would end
it before the first had started."""

RETRIES = 2
"""How often a task that fails is tried again: a file server may be busy."""

Progress = Callable[[int, int], None]
"""Called with how many tasks are done, and how many there are."""


@dataclass(frozen=True)
class Threads:
    """Run tasks on threads of this process, as many as processors."""

    memory_limit: int = DEFAULT_LIMIT
    progress: Progress | None = None

    @property
    def most(self) -> int:
        """Bytes of pixels that a task may hold: then it is the only one."""
        return self.memory_limit // SHARE

    @property
    def wanted(self) -> int:
        """Bytes of pixels that leave room for a task in every thread."""
        return self.most // threads()

    def run(
        self, work: Callable[[T], R], tasks: Iterable[T], count: int, held: int
    ) -> Iterator[tuple[int, R]]:
        """Run all tasks, of which each holds `held` bytes.

        Yields
        ------
        (int, result)
            Number of the task, and what `work` made of it, as they are done.
        """
        numbered = enumerate(tasks)
        at_once = max(1, min(threads(), self.most // max(1, held)))
        with ThreadPoolExecutor(at_once, thread_name_prefix="similij-blocks") as pool:
            running: dict[Future[R], int] = {}
            try:
                for done in range(count):
                    # As many again wait, so that no thread does; not all thousands,
                    # each of which may hold the graph of its dask arrays.
                    for k, task in islice(numbered, 2 * at_once - len(running)):
                        running[pool.submit(work, task)] = k
                    ready = next(iter(wait(running, return_when=FIRST_COMPLETED).done))
                    yield running.pop(ready), ready.result()
                    _report(self.progress, done + 1, count)
            finally:
                for future in running:
                    future.cancel()


@dataclass(frozen=True)
class Workers:
    """Run tasks on the workers of a dask scheduler."""

    client: Any
    progress: Progress | None = None
    _handed: set[Any] = field(default_factory=set, init=False, compare=False)
    _stopped: Event = field(default_factory=Event, init=False, compare=False)

    @property
    def wanted(self) -> int:
        """The same as `most`: how many run at once is not up to this process."""
        return self.most

    @property
    def most(self) -> int:
        """Bytes of pixels that a task may hold, so that all threads of a worker can."""
        least: int = DEFAULT_LIMIT
        for worker in self._workers():
            limit = int(worker.get("memory_limit") or 0)
            share = limit // max(1, int(worker.get("nthreads", 1)))
            if share:
                least = min(least, share)
        return least // SHARE

    def run(
        self, work: Callable[[T], R], tasks: Iterable[T], count: int, held: int
    ) -> Iterator[tuple[int, R]]:
        """Run all tasks; see `Threads.run`.

        Raises
        ------
        ImageError
            If a task took three workers with it.
        """
        from distributed import as_completed

        numbers: dict[Any, int] = {}
        numbered = enumerate(tasks)
        ready = as_completed(loop=self.client.loop, with_results=True)

        def hand_over(some: int) -> None:
            for k, task in islice(numbered, some):
                future = self.hand_over(work, task)
                numbers[future] = k
                ready.add(future)

        try:
            with _in_sentences("a block"):
                hand_over(self.ahead())
                for done in range(count):
                    future, result = next(ready)
                    yield numbers[future], _taken(result)
                    del numbers[future]
                    self.release(future)
                    _report(self.progress, done + 1, count)
                    hand_over(self.ahead() - len(numbers))
        finally:
            self.cancel(numbers)

    def hand_over(self, work: Callable[[T], R], task: T) -> Any:
        """Have a worker do a task; return dask's future of it, for `result`.

        Raises
        ------
        ClusterError
            If all was given up.
        """
        if self._stopped.is_set():
            raise ClusterError(_LOST)
        # Not pure: dask would hash the task, and its pixels, for a key.
        future = self.client.submit(
            _refusals_returned, work, task, pure=False, retries=RETRIES
        )
        self._handed.add(future)
        return future

    def result(self, future: Any, what: str) -> Any:
        """Return what a worker made of a task, which is called `what` where it fails.

        Raises
        ------
        ImageError
            As of `run`.
        ClusterError
            If the scheduler is gone, or the task was given up.
        """
        with _in_sentences(what):
            result = _taken(future.result())
        self.release(future)
        return result

    def release(self, future: Any) -> None:
        """Let the worker drop its copy of a result."""
        self._handed.discard(future)
        future.release()

    def cancel(self, futures: Iterable[Any]) -> None:
        """Call tasks back that are not done."""
        futures = [*futures]
        self._handed.difference_update(futures)
        # Of a scheduler that is gone there is nothing to cancel, and no answer.
        if self.client.status == "running":
            self.client.cancel(futures)

    def give_up(self) -> None:
        """Call all tasks back: whoever waits for one gets a `ClusterError`."""
        self._stopped.set()
        self.cancel(self._handed)

    def context(self) -> Context:
        """Return a context for another thread, in which these are the workers.

        A new thread knows nothing of a `with similij.cluster(...)` around it.
        """
        context = copy_context()
        context.run(_chosen.set, self)
        return context

    def _workers(self) -> list[Any]:
        return [*self.client.scheduler_info(n_workers=-1).get("workers", {}).values()]

    def ahead(self) -> int:
        """Count the tasks that are handed over at a time."""
        return max(_LEAST_AHEAD, _AHEAD * self.threads())

    def threads(self) -> int:
        """Count the threads of all workers that are there."""
        return sum(int(worker.get("nthreads", 1)) for worker in self._workers())


class LostWorkersError(ImageError):
    """Several workers died one after the other while they had a task."""


@contextmanager
def _in_sentences(what: str) -> Iterator[None]:
    """Say in a sentence what dask raises; `what` was to be compared.

    Raises
    ------
    LostWorkersError
        If a task took several workers with it, or was on each beside one that did.
    ClusterError
        If the scheduler is gone, or the task was cancelled.
    """
    from asyncio import CancelledError

    from distributed.scheduler import KilledWorker

    try:
        yield
    except KilledWorker as error:
        raise LostWorkersError(
            f"{what} was given up, because {error.allowed_failures + 1} workers "
            "died while they compared it, most likely for lack of memory: give "
            "workers more, or lower memory_limit so that they hold fewer pixels."
        ) from None
    except (Exception, CancelledError) as error:
        # By where they are from: their names and bases differ between versions.
        cancelled = isinstance(error, CancelledError)
        if not (cancelled or type(error).__module__.startswith("distributed.")):
            raise
        raise ClusterError(_LOST) from None


def _taken(result: Any) -> Any:
    """Return a result, or raise what a worker, or dask, says instead of one."""
    if isinstance(result, BaseException):
        raise result  # of what was cancelled it is handed on as a result
    if isinstance(result, _Refusal):
        raise result.kind(result.sentence)
    return result


_LOST = (
    "the dask scheduler is gone, or gave up what it was asked: see what it printed, "
    "start it and its workers again, and compare again."
)
"""What is said where dask says `FutureCancelledError`, and the name of a task."""


@dataclass(frozen=True)
class _Refusal:
    """Carry a sentence about an image from a worker to whoever asked."""

    kind: type[ImageError | RegionError]
    sentence: str


def _refusals_returned(work: Callable[[Any], Any], task: Any) -> Any:
    """Do a task; return what it raises where that is a sentence about an image.

    Raised, a worker would write its traceback to the log, and do the task again.
    """
    try:
        return work(task)
    except (ImageError, RegionError) as refusal:
        # Its words alone travel: an error takes along the one that it came of, and of
        # those of libraries there are some that cannot be made again from a pickle.
        return _Refusal(type(refusal), str(refusal))


_chosen: ContextVar[Threads | Workers | None] = ContextVar(
    "similij_cluster", default=None
)


def current() -> Threads | Workers:
    """Where to compare: as `cluster` said; else an open Client; else threads here."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    distributed = sys.modules.get("distributed")
    if distributed is not None:
        try:
            return Workers(distributed.default_client())
        except ValueError:  # there is none
            pass
    return Threads()


@public
@contextmanager
def cluster(
    workers: int | None = None,
    *,
    scheduler: str | None = None,
    memory_limit: str | int = DEFAULT_LIMIT,
    progress: Progress | None = None,
    dashboard: bool = False,
) -> Iterator[Threads | Workers]:
    """Compare images that are read in parts on several processes or machines.

    Parameters
    ----------
    workers : int, optional
        Processes to start on this machine, and to end afterwards.
    scheduler : str, optional
        Address of a dask scheduler that runs, "tcp://host:8786", or the path of its
        scheduler file (.json).
    memory_limit : int or str
        Bytes, or "4 GB": of every worker, or of this process where there are none. A
        quarter of it is for pixels. Workers of a scheduler have limits of their own.
    progress : callable, optional
        Called with the number of tasks that are done, and of all of them.
    dashboard : bool
        Show dask's pages about the new workers on a port of this machine, to which no
        other has access; their address is `.client.dashboard_link`.

    Yields
    ------
    Threads or Workers
        Where blocks are compared until the `with` ends; `.client` of workers is the
        `distributed.Client`.

    Raises
    ------
    ValueError
        If the memory limit is no number of bytes, workers is below 1, both workers and
        a scheduler are given, or a dashboard without workers.
    ImageError
        If no scheduler answers at the address.
    ModuleNotFoundError
        If a dashboard is wanted, and bokeh is not installed, which draws it.

    Notes
    -----
    A worker that dies is replaced, and what it was doing is done again; after three
    deaths over the same task the run stops. Every worker needs similij, and the files
    under the same paths. The workers that are started here, and all that serves them,
    listen to this machine only (127.0.0.1). In a script that starts workers the code
    must be under ``if __name__ == "__main__":``, since each of them imports the script.
    Batches (`similij.compare_folders`, `similij.compare_pairs`) hand over pairs, too.

    Examples
    --------
    >>> import dask.array, similij
    >>> x = dask.array.arange(1000, chunks=100)
    >>> with similij.cluster(memory_limit="100 MB"):
    ...     similij.compare(x, x + 2).rmsd
    2.0
    """
    limit = parse_limit(memory_limit)
    if workers is not None and scheduler is not None:
        raise ValueError("give workers, to start some, or the address of a scheduler.")
    if workers is not None:
        check_workers(workers)
    if dashboard and workers is None:
        raise ValueError(
            "dashboard is of workers that are started here: give workers; a scheduler "
            "that runs has its own."
        )
    if workers is None and scheduler is None:
        with _chosen_place(Threads(limit, progress)) as place:
            yield place
        return
    distributed = needed("distributed", "A cluster")
    if dashboard:
        needed("bokeh", "The dashboard of dask")
    with (
        _open_client(distributed, workers, scheduler, limit, dashboard) as client,
        _chosen_place(Workers(client, progress)) as place,
    ):
        yield place


def check_workers(workers: int) -> None:
    """Refuse a number of processes that makes no sense, before any is started.

    Raises
    ------
    ValueError
        If it is below 1, or far more than this machine has processors.
    """
    most = max(_MOST_WORKERS, 4 * (os.cpu_count() or 1))
    if not 1 <= workers <= most:
        raise ValueError(
            f"workers is {shown(workers)}: it must be 1 or more, and {most} at most on "
            "this machine."
        )


def parse_limit(limit: str | int) -> int:
    """Read a number of bytes.

    Raises
    ------
    ValueError
        If it is none, or below 1 MB.

    Examples
    --------
    >>> parse_limit("1.5 GB")
    1500000000
    """
    parse_bytes = needed("dask.utils", "A memory limit").parse_bytes
    try:
        size = int(parse_bytes(limit))
    except ValueError:
        size = 0
    if size < 10**6:
        raise ValueError(
            f"memory_limit is {shown(limit)}: it must be a number of bytes of 1 MB or "
            "more, such as '4 GB'."
        )
    return size


@contextmanager
def _chosen_place(place: Threads | Workers) -> Iterator[Threads | Workers]:
    token = _chosen.set(place)
    try:
        yield place
    finally:
        _chosen.reset(token)


@contextmanager
def _open_client(
    distributed: Any,
    workers: int | None,
    scheduler: str | None,
    limit: int,
    dashboard: bool,
) -> Iterator[Any]:
    """Open a client of new workers, or of a scheduler; close all that it started."""
    if scheduler is not None:
        try:
            client = _connected(distributed, scheduler)
        except Exception as error:  # what answers is anything: JSON, HTTP, silence
            reason = " ".join(str(error).split()) or "it is no address of one"
            if isinstance(error, MemoryError):  # words of HTTP, taken for a length
                reason = "what answers is no scheduler"
            raise ImageError(
                f'no scheduler answers at "{scheduler}" ({reason[:REASON]}): check '
                "the address that `dask scheduler` printed, and that this machine "
                "reaches it."
            ) from None
        with client:
            yield client
        return
    with started(distributed, workers or 1, limit, dashboard) as client:
        yield client


def _connected(distributed: Any, scheduler: str) -> Any:
    """Return a client of a scheduler."""

    class Client(distributed.Client):  # type: ignore[misc] # of a library without types
        """Close itself where it does not get to its scheduler.

        Nobody else can reach it then, and left to the garbage collector it is closed
        at any moment: within the start of another client that is a wait for a lock
        which that start holds, for ever.
        """

        def start(self, **options: Any) -> None:
            try:
                super().start(**options)
            except BaseException:
                self.close()
                raise

    where = {"scheduler_file" if scheduler.endswith(".json") else "address": scheduler}
    return Client(**where, set_as_default=False)


def _report(progress: Progress | None, done: int, count: int) -> None:
    if progress is not None:
        progress(done, count)
