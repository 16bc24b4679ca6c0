"""Answer what ImageJ asks: the one handler behind both backends.

The messages are described in docs/protocol.md and typed in `messages`. Nothing here
knows Java: a message is a dict, and a buffer is whatever `resolve` turns into bytes.

What only some messages need is imported where they are answered: the first answer of a
worker is what a user waits for, and pictures or a matrix may never be asked for.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec

from ..ground.errors import ImageError, RegionError, in_one_line
from ..ground.memory import not_enough
from ..ground.public import refused_file
from ..ground.types import Array
from ..ground.version import __version__
from ..measure.table.table import Table
from ..measure.task import new_run
from ..metrics.registry import Metric
from ..verdicts.of_results import RowVerdicts
from ..verdicts.places import places_of
from . import compile_ahead
from . import messages as m
from .checks import check, dtype_of
from .run import Run, region_of, task_of

if TYPE_CHECKING:
    from .album import RunPictures
    from .folders import FolderRun
    from .matrix import Matrix


PROTOCOL = 6
"""Raised whenever a message changes its meaning; the jar has the same number."""

Message: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = dict[str, Any]


class Handler:
    """Answer messages of ImageJ, one at a time.

    A comparison is a conversation of many messages, a plane or two in each, so what is
    under way is kept here by the name that ImageJ gave its run.

    Parameters
    ----------
    resolve : callable
        Turns what a message says of a buffer into a one-dimensional uint8 array that
        looks at the same memory.
    release : callable, optional
        Lets go of all buffers.
    """

    def __init__(
        self,
        resolve: Callable[[Any], Array],
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._resolve = resolve
        self._release = release
        self._runs: dict[str, Run] = {}
        self._verdicts = ("", RowVerdicts())
        self._pictures: dict[str, RunPictures] = {}
        self._matrices: dict[str, Matrix] = {}
        self._folders: dict[str, FolderRun] = {}
        # Each message by its `op`: its type, and what answers it.
        self._operations: dict[str, tuple[type[Any], Callable[[Any], m.Answer]]] = {
            "hello": (m.Hello, self._hello),
            "plan": (m.Plan, self._plan),
            "tied": (m.Tied, self._tied),
            "check": (m.Check, self._check),
            "docs": (m.Docs, self._docs),
            "about": (m.About, self._about),
            "metrics": (m.Metrics, self._metrics),
            "album": (m.Album, self._begin_album),
            "pictures": (m.Pictures, self._list_pictures),
            "draw": (m.Draw, self._draw),
            "compare": (m.Compare, self._compare),
            "readable": (m.Readable, self._readable),
            "images": (m.Images, self._images),
            "matrix": (m.Matrix, self._matrix),
            "cancel": (m.Cancel, self._cancel),
            "pair": (m.Pair, self._pair),
            "batch": (m.Batch, self._begin_batch),
            "next": (m.Next, self._next),
            "problem": (m.Problem, self._problem),
            "headline": (m.Headline, self._headline),
            "release": (m.Release, self._let_go),
        }

    def __call__(self, message: Message) -> Reply:
        """Answer a message; a failure is an answer too, with the key `error`.

        This is the door: a message is checked against its type here, and answers are
        made plain again. Below, nobody knows a key.
        """
        op = str(message.get("op"))
        try:
            if op not in self._operations:
                raise ValueError(
                    f"ImageJ asked for {op!r}, which similij {__version__} does not "
                    f"know (it knows {', '.join(self._operations)}). {m.UPDATE_PYTHON}"
                )
            kind, answer = self._operations[op]
            reply = answer(m.read(message, kind))
        except Exception as raised:
            error = not_enough(raised) if isinstance(raised, MemoryError) else raised
            # ImageJ ends a run at its first error and does not come back to it.
            self._forget(str(message.get("run")))
            # The Console shows a traceback for what surprised us only: nobody who drew
            # no selection should read one.
            foreseen = isinstance(error, (ImageError, RegionError))
            trace = None if foreseen else traceback.format_exc()
            reply = m.Failure(_sentence(error), trace)
        plain: Reply = msgspec.to_builtins(reply)
        return plain

    def _hello(self, message: m.Hello) -> m.Greeting:
        return m.Greeting(PROTOCOL, __version__, sys.executable, os.getpid())

    def _plan(self, message: m.Plan) -> m.Planned:
        from .plan import plan

        return plan(message)

    def _tied(self, message: m.Tied) -> m.Here:
        from .plan import regions_here

        return regions_here(message)

    def _check(self, message: m.Check) -> m.Checked:
        request = message.request
        types, shape = check(request)
        regions = [region_of(about, None) for about in request.regions]
        # Made for its refusals only: metrics, ways to rescale and regions that a
        # background is the mean of exist, and the window of the maps is one.
        task = task_of(request, regions)
        if task.preparation is not None:
            task.preparation.check(shape)
        if window := request.options.get("window"):
            from ..moments.windows import check_window, parse_window

            check_window(parse_window(window), shape)
        compile_ahead.of_pair(
            (dtype_of(request.image_1.type), dtype_of(request.image_2.type)),
            None if request.labels is None else dtype_of(request.labels.type),
            bool(regions) or request.mask is not None,
        )
        height, width = shape[-2:]
        kinds = " and ".join(dict.fromkeys(types))
        count = message.groups * message.regions
        rows = f"{count:,} row{'' if count == 1 else 's'}"
        if request.labels is not None:
            rows = "a row for each label"
            rows += "" if message.groups == 1 else f", {message.groups:,} times"
        return m.Checked(f"They fit: {width}×{height} pixels, {kinds}; {rows}.")

    def _metrics(self, message: m.Metrics) -> m.MetricGroups:
        from ..metrics.registry import GROUPS, catalogue

        return m.MetricGroups(
            [
                m.MetricGroup(
                    f"{group.capitalize()}: {question}",
                    [
                        m.MetricInfo(metric.name, metric.label, metric.summary)
                        for metric in catalogue(group).values()
                    ],
                )
                for group, question in GROUPS.items()
            ]
        )

    def _docs(self, message: m.Docs) -> m.Page:
        from .help_pages import write_pages
        from .jars import cache

        pages = write_pages(cache() / f"docs-{__version__}")
        return m.Page(str(pages / f"{message.page}.html"))

    def _about(self, message: m.About) -> m.Versions:
        from .about import lines

        return m.Versions(lines())

    def _begin_album(self, message: m.Album) -> m.Begun:
        from .album import RunPictures

        run_id = message.request.run_id or new_run()
        self._pictures[run_id] = RunPictures(message)
        return m.Begun(run_id)

    def _list_pictures(self, message: m.Pictures) -> m.Wanted:
        return _under_way(self._pictures, message.run_id).begin()

    def _draw(self, message: m.Draw) -> m.Drawn:
        return _under_way(self._pictures, message.run_id).draw(message.picture)

    def _done(
        self, rows: Table, metrics: Sequence[Metric], save: str, run_id: str
    ) -> m.RowsAnswer:
        """Append rows to a CSV file where one is asked for; return them for Java."""
        # Before they are answered: a row that ImageJ shows is in the file.
        if save:
            from ..measure.table.csv import CsvFile

            more = ["verdict"] if "verdict" in rows.names else []
            CsvFile(save, metrics, more, ["roi_file"]).append(rows)
            if more:
                from ..measure.table.places import write_places

                write_places(Path(save).parent, rows, append=True)
        if run_id in self._pictures:
            self._pictures[run_id].add_rows(rows)
        if run_id in self._folders:
            self._folders[run_id].take(rows)
        table = rows.to_columns()
        return m.RowsAnswer(**table, metrics=_named(metrics), places=_places(rows))

    def _compare(self, message: m.Compare) -> m.Answer:
        if message.request is not None:
            request = message.request
            if request.run_id in self._folders:
                # A pair of folders of a kind that only ImageJ reads: its rows say so.
                opened = self._folders[request.run_id].notes
                notes = [*request.notes, *opened]
                request = msgspec.structs.replace(request, notes=notes)
            drawn = request.pictures and request.run_id is not None
            pictures = None
            if drawn:
                pictures = _under_way(self._pictures, str(request.run_id))
            # Comparisons of one run come one after the other. A run that has no name
            # yet is a new one.
            call = request.run_id or ""
            if call == "" or call != self._verdicts[0]:
                self._verdicts = (call, RowVerdicts())
            self._runs[message.run] = Run(
                request, message, self._resolve, pictures, self._verdicts[1]
            )
        run = _under_way(self._runs, message.run)
        if message.plane_1 is not None:
            run.add(message)
        if not message.end:
            return m.Nothing()
        if run.end_pass():
            return m.Again(again=True)
        del self._runs[message.run]
        return self._done(run.rows(), run.metrics, run.save, run.run_id)

    def _cancel(self, message: m.Cancel) -> m.Nothing:
        self._forget(message.run)
        if message.run in self._pictures:
            self._pictures.pop(message.run).end()
        return m.Nothing()

    def _forget(self, run: str) -> None:
        self._runs.pop(run, None)
        if run in self._matrices:
            self._matrices.pop(run).discard()
        if run in self._folders:
            self._folders.pop(run).close()

    def _readable(self, message: m.Readable) -> m.Nothing:
        from ..images.formats.choose import check_readable

        check_readable(message.path)
        return m.Nothing()

    def _images(self, message: m.Images) -> m.Files:
        from ..matrix.stack import image_files

        return m.Files([str(path) for path in image_files(message.folder)])

    def _matrix(self, message: m.Matrix) -> m.Answer:
        from .matrix import Matrix

        if message.request is not None:
            self._matrices[message.run] = Matrix(message.request)
        matrix = _under_way(self._matrices, message.run)
        if message.image is not None:
            matrix.begin(message.image)
        if message.plane is not None:
            matrix.add(self._resolve(message.plane))
        if not message.end:
            return m.Nothing()
        del self._matrices[message.run]
        rows, words, pictures = matrix.finish()
        return m.MatrixAnswer(
            **rows.to_columns(),
            metrics=_named(matrix.metrics),
            places=[],
            words=words,
            pictures=pictures,
        )

    def _pair(self, message: m.Pair) -> m.Paired:
        from .folders import paired

        return paired(message)

    def _begin_batch(self, message: m.Batch) -> m.Started:
        from .folders import FolderRun

        # ImageJ compares one pair of folders at a time. One that Esc has ended may not
        # have been cancelled yet, and holds its file.
        for run in [*self._folders]:
            self._folders.pop(run).close()
        batch = FolderRun(message)
        self._folders[batch.run_id] = batch
        return batch.started()

    def _next(self, message: m.Next) -> m.Step:
        step = _under_way(self._folders, message.run).next()
        if step.end:
            self._folders.pop(message.run).close()
        return step

    def _problem(self, message: m.Problem) -> m.RowsAnswer:
        task = task_of(message)
        row = task.row(message.region, message.error)
        save = message.save or ""
        return self._done(Table.of([row]), task.metrics, save, task.run)

    def _headline(self, message: m.Headline) -> m.Line:
        from .headline import headline

        return m.Line(headline(message.numbers, message.pixels))

    def _let_go(self, message: m.Release) -> m.Nothing:
        self._runs.clear()
        self._release()
        return m.Nothing()


T = TypeVar("T")


def _under_way(runs: Mapping[str, T], run: str) -> T:
    """Return what was begun under a name; refuse a step of what was not, or has ended.

    Raises
    ------
    ImageError
        If nothing was.
    """
    if run not in runs:
        raise ImageError(
            f"ImageJ sent a step of run {run!r}, which is not under way in this "
            "Python: it has ended, or its worker was started again. Run the command "
            "once more."
        )
    return runs[run]


def _places(rows: Table) -> list[m.LocalDifference]:
    if "verdict" not in rows.names:
        return []
    return [
        m.LocalDifference(row=k, **place)
        for k, words in enumerate(rows.values("verdict"), start=1)
        for place in places_of({"verdict": words})
    ]


def _named(metrics: Sequence[Metric]) -> list[m.MetricName]:
    return [m.MetricName(metric.name, metric.label) for metric in metrics]


def _sentence(error: Exception) -> str:
    """Return what a user reads: refusals as they are, surprises with their kind."""
    if isinstance(error, OSError):  # such as of a name of 300 letters
        error = refused_file(error)
    words = str(error)
    if not words or not isinstance(error, (ValueError, OSError, TypeError)):
        words = f"SimilIJ failed in Python ({type(error).__name__}: {error})."
    return in_one_line(words)
