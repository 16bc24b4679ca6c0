"""Compare many pairs of images, one after the other or some at a time.

Nothing stops the run: what cannot be compared is a row with its reason. Every pair is
in the file as soon as it is known, whole; a run that was stopped, however, goes on
where it was when it is started again (`results_file` says why that is so).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from pathlib import Path
from typing import Any

from ..ground.errors import ImageError
from ..ground.names import counted
from ..ground.optional import needed
from ..ground.public import public
from ..ground.types import Row
from ..ground.writing import check_place
from ..measure.blocks.workers import Workers, check_workers, current
from ..measure.question import Question, ask
from ..measure.table.columns import undefined
from ..measure.table.comparison import Comparison
from ..measure.table.csv import all_columns
from ..measure.table.parquet import is_parquet, write_parquet
from ..measure.table.table import Table
from ..measure.task import new_run
from ..metrics.registry import Metric
from .jobs import Job, group_names, grouped
from .on_workers import on_workers
from .pairing import find_pairs
from .results_file import Files, OtherResultsError, ResultsFile
from .run import answer_pair, files_of, in_words, key_of

_TOGETHER = 0.1
"""Seconds of work that a power cut may cost: pairs that follow one another faster are
forced to the disk together. It takes 1 to 10 ms, and a pair of small images one."""

OnRows = Callable[[Job, Sequence[Row]], object]
Done = tuple[int, Files, Table]


@public
def compare_folders(
    folder_a: str | os.PathLike[str],
    folder_b: str | os.PathLike[str] | None = None,
    *,
    pair: str | None = None,
    rois: str = "_roi.zip",
    recursive: bool = False,
    group: str = "",
    out: str | os.PathLike[str] | None = None,
    workers: int = 1,
    restart: bool = False,
    raw: bool = False,
    on_row: Callable[[Row], object] | None = None,
    **options: Any,
) -> Comparison:
    """Compare the images of two folders, or of one, paired by name, region by region.

    Parameters
    ----------
    folder_a, folder_b, pair, rois, recursive
        As for `similij.batch.find_pairs`.
    group : str
        Pattern of image 1's name, of which each name in braces but `{id}` becomes a
        column, e.g. "{condition}_{well}_{id}".
    out, workers, restart, raw
        As for `compare_pairs`.
    on_row : callable, optional
        Called with every row as it comes.
    **options
        Those of `similij.compare`, but for `names` and `files`.

    Returns
    -------
    Comparison
        One row per pair and region. A pair that cannot be compared is a row whose
        numbers are NaN and whose note says why; see also `problems`.

    Raises
    ------
    ImageError
        If a folder is missing, the pattern is none, or as for `compare_pairs`.
    """
    ask(**options)
    jobs = find_pairs(folder_a, folder_b, pair=pair, rois=rois, recursive=recursive)
    if group:
        jobs = grouped(jobs, group)

    def each(job: Job, rows: Sequence[Row]) -> None:
        for row in rows:
            assert on_row is not None
            on_row(row)

    return compare_pairs(
        jobs,
        out=out,
        workers=workers,
        restart=restart,
        raw=raw,
        on_rows=None if on_row is None else each,
        **options,
    )


@public
def compare_pairs(
    jobs: Iterable[Job],
    *,
    out: str | os.PathLike[str] | None = None,
    workers: int = 1,
    restart: bool = False,
    raw: bool = False,
    on_start: Callable[[int, int], object] | None = None,
    on_rows: OnRows | None = None,
    on_note: Callable[[str], object] = warnings.warn,
    **options: Any,
) -> Comparison:
    """Compare pairs of image files.

    Parameters
    ----------
    jobs : iterable of Job
        The pairs, e.g. of `find_pairs`, `pairs_with` or `read_pairs`.
    out : path, optional
        CSV file. Every pair is in it as soon as it is known, with all its rows or none,
        and forced to the disk within a tenth of a second of work.
        Called again with the same file and options, pairs that are in it are not
        computed again, unless a file of theirs changed (its size or date): then their
        old rows are taken out first. In the end the rows are in the order of the jobs.
        A file `<out>.state` is kept beside it. `<name>.parquet`: rows go to
        `<name>.parquet.csv`, of which the Parquet file is made in the end, whole.
    workers : int
        Pairs that are compared at a time, each on a thread; so many are in memory.
        Within ``with similij.cluster(...):`` the workers of the cluster share pairs,
        and the blocks of big ones, and this number is of no effect.
    restart : bool
        Begin the file anew, whatever it holds.
    raw : bool
        Write text into the file as it is. Without it a text at which a spreadsheet
        would begin to calculate ("=1+1.tif") has an apostrophe before it.
    on_start : callable, optional
        Called with the number of pairs that the file has, and of all.
    on_rows : callable, optional
        Called with a pair and its rows once they are computed and in the file.
    on_note : callable
        Called with a sentence where rows were taken out of the file.
    **options
        Those of `similij.compare`, but for `names` and `files`, for all pairs. A job's
        own regions, labels and mask come before them.

    Returns
    -------
    Comparison
        Rows of all pairs, in their order, earlier ones as the file has them. Pairs
        that could not be compared: see `problems`.

    Raises
    ------
    ImageError
        If the file cannot be written or is not the file of these pairs and options, or
        a pair is given twice; or if the scheduler of a cluster is gone.
    TypeError, ValueError
        If an option does not exist or has no such value.

    Examples
    --------
    >>> from similij.batch import Job
    >>> compare_pairs([Job(None, None, problem="no such pair")]).notes
    ['no such pair']
    """
    question = ask(**options)
    return answer_pairs(
        jobs,
        question,
        out=out,
        workers=workers,
        restart=restart,
        raw=raw,
        on_start=on_start,
        on_rows=on_rows,
        on_note=on_note,
        words=in_words(question, options.get("regions")),
    )


def answer_pairs(
    jobs: Iterable[Job],
    question: Question,
    *,
    out: str | os.PathLike[str] | None = None,
    workers: int = 1,
    restart: bool = False,
    raw: bool = False,
    on_start: Callable[[int, int], object] | None = None,
    on_rows: OnRows | None = None,
    on_note: Callable[[str], object] = warnings.warn,
    words: Mapping[str, str] | None = None,
) -> Comparison:
    """Put one question to pairs of image files; see `compare_pairs`.

    `words` is the question as text, by which a table of results knows what it is of;
    default: `in_words` of it.
    """
    with Batch(
        jobs,
        question,
        out=out,
        restart=restart,
        raw=raw,
        on_note=on_note,
        words=words,
    ) as batch:
        if on_start is not None:
            on_start(len(batch.jobs) - len(batch.todo), len(batch.jobs))
        for k, files, computed in _computed(batch, workers):
            rows = batch.add(k, files, computed)
            if on_rows is not None:
                on_rows(batch.jobs[k], [*rows])
        return batch.finish()


class Batch:
    """Hold the pairs of a batch and their rows, in memory or in a file.

    It computes nothing by itself, so that who asks for the rows says when: all at once,
    as `answer_pairs`, or one pair after the other, as ImageJ.

    Parameters
    ----------
    jobs, question, out, restart, raw, on_note, words
        As for `answer_pairs`.

    Attributes
    ----------
    jobs : list of Job
        All pairs.
    question : Question
        What is asked of each.
    todo : list of int
        Those that the file has no rows of, by their places.
    run : str
        What all rows call the run.
    groups : list of str
        Group columns.

    Raises
    ------
    ImageError, OtherResultsError
        As of `answer_pairs`.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        question: Question,
        *,
        out: str | os.PathLike[str] | None = None,
        restart: bool = False,
        raw: bool = False,
        on_note: Callable[[str], object] = warnings.warn,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self.jobs, self.question = [*jobs], question
        self.groups = group_names(self.jobs)
        self._out = None if out is None else Path(out)
        self._columns = all_columns(
            question.metrics, self.groups, verdict=question.verdict
        )
        self._keys = _keys(self.jobs)
        self._tables: dict[int, Table] = {}
        self._file: ResultsFile | None = None
        if self._out is not None:
            options = in_words(question) if words is None else words
            check_place(self._out)
            path = _table_of(self._out)
            self._file = ResultsFile(
                path,
                self._columns,
                options,
                restart=restart,
                raw=raw,
                together=_TOGETHER,
            )
            try:
                _take_out(self._file, self.jobs, self._keys, on_note)
            except BaseException:
                self._file.close()
                raise
        done = {} if self._file is None else self._file.pairs()
        self.todo = [k for k, key in enumerate(self._keys) if key not in done]
        self.run = new_run() if self._file is None else self._file.run

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have the file."""
        if self._file is not None:
            self._file.close()

    def rows(self, k: int) -> Table:
        """Return the rows of a pair that is done."""
        if self._file is None:
            return self._tables[k]
        return self._file.table([self._keys[k]], [*self.question.metrics])

    def add(self, k: int, files: Files, computed: Table) -> Table:
        """Keep the rows of a pair, and return them with their groups."""
        groups = {**dict.fromkeys(self.groups, ""), **self.jobs[k].groups}
        rows = computed.with_constants(groups)
        if self._file is None:
            self._tables[k] = rows
        else:
            self._file.add(self._keys[k], files, rows)
        return rows

    def finish(self) -> Comparison:
        """Return all rows, in the order of the pairs."""
        metrics = [*self.question.metrics]
        if self._file is None:
            table = Table.concat(self._tables[k] for k in sorted(self._tables))
        else:
            self._file.arrange(self._keys)
            table = self._file.table(self._keys, metrics)
            if self._out is not None and is_parquet(self._out):
                write_parquet(self._out, table, self._columns, metrics)
        told = self.question.verdict
        return Comparison(table, metrics, groups=self.groups, told=told)


@public
def problems(rows: Iterable[Row], metrics: Sequence[Metric] | None = None) -> list[Row]:
    """Select the rows in which no metric has a value."""
    from ..metrics.defaults import available

    names = [m.name for m in metrics or available().values()]
    return [row for row in rows if all(undefined(row.get(name)) for name in names)]


def _table_of(out: Path) -> Path:
    """Return the CSV file that the rows are written to as they come.

    A Parquet file cannot grow: it is made of the CSV file in the end.
    """
    if not is_parquet(out):
        return out
    needed("pyarrow", "Parquet")  # missed before the work, not after it
    return out.with_name(f"{out.name}.csv")


def _keys(jobs: Sequence[Job]) -> list[str]:
    keys: dict[str, None] = {}
    for job in jobs:
        key = key_of(job)
        if key in keys:
            files = [*filter(None, job.files)]
            raise ImageError(
                f"{' and '.join(files) or 'No image'} "
                f"{'are paired' if len(files) > 1 else 'is listed'} twice: leave one "
                "of them out."
            )
        keys[key] = None
    return [*keys]


def _take_out(
    file: ResultsFile,
    jobs: Sequence[Job],
    keys: Sequence[str],
    on_note: Callable[[str], object],
) -> None:
    """Take rows out of the file that are not asked for, or true, any more."""
    done = file.pairs()
    if done and not {*keys} & {*done}:
        raise OtherResultsError(
            f'"{file.path}" has the rows of other pairs, none of which is asked for.'
        )
    # A key names the files of a pair; their sizes and dates say whether its rows are
    # still true.
    now = {k: files_of(job) for k, job in zip(keys, jobs, strict=True) if k in done}
    kept = [key for key, files in done.items() if now.get(key) == files]
    changed = sum(key in now for key in done) - len(kept)
    gone = len(done) - len(kept) - changed
    if kept != [*done]:
        file.arrange(kept)
    if changed:
        on_note(
            f"{counted(changed, 'pair')} in {file.path} had files that changed since: "
            "computed again."
        )
    if gone:
        on_note(
            f"{counted(gone, 'pair')} in {file.path} are no longer asked for, or have "
            "other regions: their rows were taken out."
        )


def _computed(batch: Batch, workers: int) -> Iterator[Done]:
    """Compute some jobs, `workers` of them at a time; yield their rows as they come.

    On the workers of a cluster where there is one. Else on threads, not processes:
    reading and the loops let other threads run, and a process that is killed leaves
    none behind.
    """

    def compute(k: int) -> Done:
        job = batch.jobs[k]
        files = files_of(job)  # before: a change meanwhile is one that is noticed
        return k, files, answer_pair(job, batch.question, batch.run)

    check_workers(workers)
    place = current()
    if isinstance(place, Workers):
        jobs = [(k, batch.jobs[k]) for k in batch.todo]
        yield from on_workers(place, jobs, batch.question, batch.run)
        return
    if workers == 1:
        yield from map(compute, batch.todo)
        return
    waiting, stopped = iter(batch.todo), False
    with ThreadPoolExecutor(workers) as pool:

        def submit(count: int) -> set[Future[Done]]:
            # A new thread would know nothing of a `with similij.cluster(...)` around.
            return {
                pool.submit(copy_context().run, compute, k)
                for k in islice(waiting, count)
            }

        under_way = submit(workers)
        while under_way:
            try:
                ready = wait(under_way, return_when=FIRST_COMPLETED).done
            except KeyboardInterrupt:  # those under way are finished, and kept
                stopped = True
                continue
            for future in ready:
                under_way.remove(future)
                if not stopped:
                    under_way |= submit(1)
                yield future.result()
    if stopped:
        raise KeyboardInterrupt
