"""Compare pairs on the workers of a dask scheduler: pairs and blocks in one pool.

A pair that fits a worker is one task. Of a pair that is read in parts the blocks are
the tasks, which a thread of this process hands over and adds up. So one pool has all
the work: a worker never starts, or waits for, another one, and no processor is idle
while a single big pair ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Any, NamedTuple

from ..ground.errors import ClusterError, ImageError
from ..ground.types import Row
from ..images.door import LARGE
from ..measure.blocks.workers import LostWorkersError, Workers
from ..measure.question import Question
from ..measure.table.table import Table
from .jobs import FILES, Job
from .results_file import Files
from .run import answer_pair, answer_whole, failed_pair, files_of, streams

_BIG_AT_ONCE = 8
"""Big pairs whose blocks are handed over at a time. Each has 64 tasks ahead, four for
a thread: so 128 threads have work, also while some of the pairs are at their end."""


class _Pair(NamedTuple):
    """What a worker needs to know of a pair; of its files, where they are from `/`."""

    job: Job
    question: Question
    run: str
    most: float | None


class _Compared(NamedTuple):
    """A pair that is done, or left to all workers: then `rows` returns None."""

    k: int
    files: Files
    rows: Callable[[], Table | list[Row] | None]


def _whole(pair: _Pair) -> list[Row] | None:
    return answer_whole(*pair)


def _from_root(job: Job) -> Job:
    """Return a pair with whole paths: a worker runs in a folder of its own."""
    files = {name: getattr(job, name) for name in FILES}
    whole: Any = {name: file and file.absolute() for name, file in files.items()}
    return replace(job, **whole)


def on_workers(
    place: Workers, jobs: Sequence[tuple[int, Job]], question: Question, run: str
) -> Iterator[tuple[int, Files, Table]]:
    """Compare pairs; yield the number of each, its files and its rows, as they come.

    Parameters
    ----------
    place : Workers
        Who compares.
    jobs : sequence of (int, Job)
        The pairs with their numbers.
    question : Question
        What is asked of each.
    run : str
        What all rows call the run.

    Raises
    ------
    ClusterError
        If the scheduler is gone; what was yielded before is as it is.
    """
    # Two images of `place.most` fill half of what a thread of a worker has. What needs
    # all pixels at once is read as it is without workers, to have the same answers.
    most = min(LARGE, place.most) if streams(question) else None
    # Of its own: what is given up here leaves others of the same client alone.
    place = replace(place, progress=None)
    ready: SimpleQueue[_Compared] = SimpleQueue()
    waiting = iter(jobs)

    def hand_over(k: int, job: Job) -> None:
        files = files_of(job)  # before: a change meanwhile is one that is noticed
        future = place.hand_over(_whole, _Pair(_from_root(job), question, run, most))
        future.add_done_callback(
            lambda done: ready.put(
                _Compared(k, files, partial(place.result, done, "the pair"))
            )
        )

    def hand_over_blocks(k: int, files: Files) -> None:
        by_blocks = partial(answer_pair, _from_root(of[k]), question, run, most)
        threads.submit(place.context().run, by_blocks).add_done_callback(
            lambda done: ready.put(_Compared(k, files, done.result))
        )

    of = dict(jobs)
    under_way = 0
    # Whatever a worker has when it dies is blamed for it: so each of these is tried
    # once more, alone, when all others are done.
    blamed: list[int] = []
    again: list[int] = []
    with ThreadPoolExecutor(_BIG_AT_ONCE, thread_name_prefix="similij-pair") as threads:
        try:
            while True:
                for k, job in islice(waiting, max(0, place.ahead() - under_way)):
                    hand_over(k, job)
                    under_way += 1
                if not under_way and again:
                    k = again.pop(0)
                    hand_over(k, of[k])
                    under_way += 1
                if not under_way:
                    return
                k, files, rows = ready.get()
                try:
                    table = rows()
                except ClusterError:
                    raise
                except LostWorkersError as error:
                    if k not in blamed:
                        blamed.append(k)
                        again.append(k)
                        under_way -= 1
                        continue
                    table = failed_pair(of[k], question, run, str(error))
                except ImageError as error:
                    table = failed_pair(of[k], question, run, str(error))
                if table is None:
                    hand_over_blocks(k, files)
                    continue
                under_way -= 1
                # Paths as they were given, as they are without workers.
                given = dict(zip(("file_1", "file_2"), of[k].files, strict=True))
                yield k, files, Table.of(table).with_constants(given)
        except BaseException:
            place.give_up()  # a thread that waits for blocks ends, too
            raise
