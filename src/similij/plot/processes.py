"""Draw many pictures in processes that are kept until all are drawn.

matplotlib holds Python's lock, so that threads would draw one after the other. A
process takes as long to start as to draw some pictures, so there are none for a few,
and all pictures of a batch are drawn by the same ones. They end with whoever started
them, even if that one is killed, and only the command line starts any: within ImageJ,
what Python takes for its own program may be ImageJ.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from ..moments.kernels.parts import threads

R = TypeVar("R")

WORTH = 8
"""Pictures that each process must have to draw, to be worth its start."""


def drawn(
    work: Callable[[Any, Any], R],
    tasks: Sequence[Any],
    shared: Any = None,
    *,
    processes: int = 1,
) -> Iterator[R]:
    """Yield `work(task, shared)` of each task, in their order.

    Parameters
    ----------
    work : callable
        A function of a module.
    tasks : sequence
        What each picture is made of; None: there is nothing to draw, which takes no
        process.
    shared : optional
        What all need; it travels to each process once.
    processes : int
        How many may draw; fewer do if there is little to draw.
    """
    to_draw = sum(task is not None for task in tasks)
    count = min(processes, to_draw // WORTH)
    if count < 2:  # noqa: PLR2004 - one draws as well here
        for task in tasks:
            yield work(task, shared)
        return
    pool = ProcessPoolExecutor(
        count,
        get_context("spawn"),  # a fork has locks of threads that it has not
        _begin,
        (max(1, threads() // count), shared),
    )
    try:
        ready = [
            None if task is None else pool.submit(_drawn_here, work, task)
            for task in tasks
        ]
        for future in ready:
            yield work(None, shared) if future is None else future.result()
    finally:
        pool.shutdown(cancel_futures=True)


_shared: Any = None
"""What all pictures of this process need."""


def _begin(own_threads: int, shared: Any) -> None:
    """Make a process ready to draw."""
    global _shared  # noqa: PLW0603 - the one thing that a process of a pool is given
    _shared = shared
    os.environ["SIMILIJ_NUM_THREADS"] = str(own_threads)
    # Ctrl-C is for who started this process, and ends it in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _drawn_here(work: Callable[[Any, Any], R], task: Any) -> R:
    return work(task, _shared)
