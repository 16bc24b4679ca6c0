"""What ImageJ asks of Python, and the answers: the one handler behind both backends.

The messages are described in docs/protocol.md. Nothing here knows Java: a message is a
dict, and a buffer is whatever `resolve` turns into bytes.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..ground.errors import ImageError, RegionError
from ..ground.types import Array
from ..ground.version import __version__
from ..measure.table.table import Table
from ..metrics.defaults import available
from ..metrics.registry import Metric
from ..preparation.rescale import parse_rescale
from ..verdicts.of_results import RowVerdicts
from .checks import check
from .run import Run, region_of, task_of

if TYPE_CHECKING:
    from .album import RunPictures
    from .matrix import Matrix


PROTOCOL = 2
"""Raised whenever a message changes its meaning; the jar has the same number."""

Message: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = dict[str, Any]


class Handler:
    """Answers messages of ImageJ, one at a time.

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
        self._operations: dict[str, Callable[[Message], Reply]] = {
            "hello": self._hello,
            "plan": self._plan,
            "check": self._check,
            "docs": self._docs,
            "metrics": self._metrics,
            "album": self._begin_album,
            "draw": self._draw,
            "compare": self._compare,
            "images": self._images,
            "matrix": self._matrix,
            "cancel": self._cancel,
            "pair": self._pair,
            "problem": self._problem,
            "release": self._let_go,
        }

    def __call__(self, message: Message) -> Reply:
        """Answer a message; a failure is an answer too, with the key `error`."""
        op = str(message.get("op"))
        try:
            if op not in self._operations:
                raise ValueError(
                    f"ImageJ asked for {op!r}, which similij {__version__} does not "
                    f"know (it knows {', '.join(self._operations)}): update it with "
                    f"{sys.executable} -m pip install -U similij"
                )
            return self._operations[op](message)
        except Exception as error:
            self._forget(str(message.get("run")))
            reply: Reply = {"error": _sentence(error)}
            if not isinstance(error, (ImageError, RegionError)):  # a surprise
                reply["traceback"] = traceback.format_exc()
            return reply

    def _hello(self, message: Message) -> Reply:
        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "python": sys.executable,
            "pid": os.getpid(),
        }

    def _plan(self, message: Message) -> Reply:
        from .plan import plan

        return {"groups": plan(message)}

    def _check(self, message: Message) -> Reply:
        request = message["request"]
        types, shape = check(request)
        described = request.get("regions") or ()
        named = [region_of(words, None) for words in described]
        task_of(request, named)  # metrics and ways to rescale exist
        height, width = shape[-2:]
        kinds = " and ".join(dict.fromkeys(types))
        groups, regions = (int(message.get(k) or 1) for k in ("groups", "regions"))
        rows = f"{groups * regions:,} row{'' if groups * regions == 1 else 's'}"
        if request.get("labels") is not None:
            rows = "a row for each label"
            rows += "" if groups == 1 else f", {groups:,} times"
        return {"words": f"They fit: {width}×{height} pixels, {kinds}; {rows}."}

    def _metrics(self, message: Message) -> Reply:
        from ..metrics.registry import GROUPS, catalogue

        return {
            "groups": [
                {
                    "title": f"{group.capitalize()}: {question}",
                    "metrics": [
                        {"name": m.name, "label": m.label, "summary": m.summary}
                        for m in catalogue(group).values()
                    ],
                }
                for group, question in GROUPS.items()
            ]
        }

    def _docs(self, message: Message) -> Reply:
        from .help_pages import write_pages
        from .jars import cache

        pages = write_pages(cache() / f"docs-{__version__}")
        return {"path": str(pages / f"{message['page']}.html")}

    def _begin_album(self, message: Message) -> Reply:
        from .album import RunPictures

        self._pictures[str(message["run_id"])] = RunPictures(message)
        return {}

    def _draw(self, message: Message) -> Reply:
        return self._pictures.pop(str(message["run_id"])).finish()

    def _pictures_of(self, request: Message) -> RunPictures:
        return self._pictures[str(request["run_id"])]

    def _done(
        self, rows: Table, metrics: Sequence[Metric], save: str, run_id: str
    ) -> Reply:
        """Append rows to a CSV file where one is asked for; return them for Java."""
        if save:
            from ..measure.table.csv import CsvFile

            more = ["verdict"] if "verdict" in rows.names else []
            CsvFile(save, metrics, more).append(rows)
        if run_id in self._pictures:
            self._pictures[run_id].add_rows(rows)
        return {**rows.to_columns(), "metrics": [[m.name, m.label] for m in metrics]}

    def _compare(self, message: Message) -> Reply:
        name = str(message["run"])
        if message.get("request") is not None:
            request = message["request"]
            pictures = self._pictures_of(request) if request.get("pictures") else None
            call = str(request.get("run_id") or "")
            if call == "" or call != self._verdicts[0]:  # one call after the other
                self._verdicts = (call, RowVerdicts())
            self._runs[name] = Run(
                request, message, self._resolve, pictures, self._verdicts[1]
            )
        run = self._runs[name]
        if message.get("plane_1") is not None:
            run.add(message)
        if not message.get("end"):
            return {}
        if run.end_pass():
            return {"again": True}
        del self._runs[name]
        return {
            "again": False,
            **self._done(run.rows(), run.metrics, run.save, run.run_id),
        }

    def _cancel(self, message: Message) -> Reply:
        name = str(message.get("run"))
        self._forget(name)
        if name in self._pictures:
            self._pictures.pop(name).discard()
        return {}

    def _forget(self, run: str) -> None:
        self._runs.pop(run, None)
        if run in self._matrices:
            self._matrices.pop(run).discard()

    def _images(self, message: Message) -> Reply:
        from ..matrix.stack import image_files

        return {"images": [str(path) for path in image_files(str(message["folder"]))]}

    def _matrix(self, message: Message) -> Reply:
        from .matrix import Matrix

        name = str(message["run"])
        if message.get("request") is not None:
            self._matrices[name] = Matrix(message["request"])
        matrix = self._matrices[name]
        if message.get("image") is not None:
            matrix.begin(message["image"])
        if message.get("plane") is not None:
            matrix.add(self._resolve(message["plane"]))
        if not message.get("end"):
            return {}
        del self._matrices[name]
        found, shown = matrix.finish()
        metrics = [[m.name, m.label] for m in matrix.metrics]
        return {**found.to_columns(), "metrics": metrics, **shown}

    def _pair(self, message: Message) -> Reply:
        from ..batch.pairing import find_pairs
        from ..measure.table.csv import CsvFile

        jobs = find_pairs(
            str(message["folder_1"]),
            str(message["folder_2"]),
            pair=str(message.get("pair") or "{id}__"),
            rois=str(message.get("rois") or "_roi.zip"),
        )
        parse_rescale(str(message.get("rescale") or "none").lower())
        if message.get("save"):
            CsvFile(str(message["save"]), [*available().values()]).start()
        return {
            "jobs": [
                {
                    "image_1": None if job.image_1 is None else str(job.image_1),
                    "image_2": None if job.image_2 is None else str(job.image_2),
                    "rois": None if job.rois is None else str(job.rois),
                    "name_1": job.names[0],
                    "name_2": job.names[1],
                    "error": job.problem or None,
                }
                for job in jobs
            ]
        }

    def _problem(self, message: Message) -> Reply:
        task = task_of(message)
        row = task.row(str(message.get("region") or ""), str(message["error"]))
        save, run_id = (str(message.get(key) or "") for key in ("save", "run_id"))
        return self._done(Table.of([row]), task.metrics, save, run_id)

    def _let_go(self, message: Message) -> Reply:
        self._runs.clear()
        self._release()
        return {}


def _sentence(error: Exception) -> str:
    """Return what a user reads: refusals as they are, surprises with their kind."""
    if isinstance(error, (ValueError, OSError, TypeError)) and str(error):
        return str(error)
    return f"SimilIJ failed in Python ({type(error).__name__}: {error})."
