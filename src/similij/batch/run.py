"""Compare one pair of files: read, align, measure; what fails is a row that says why.

Also say what its rows depend on, in words and in numbers, so that a batch can tell
whether they are still true.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..ground.errors import ClusterError
from ..ground.memory import not_enough
from ..ground.names import readable
from ..ground.public import public
from ..ground.types import Row
from ..images.door import as_image, as_mask
from ..images.file_names import state
from ..images.formats.reading import Wanted
from ..measure.engine import answer
from ..measure.question import READERS, Question, ask
from ..measure.table.table import Table
from ..measure.task import Task, new_run
from ..regions.read import as_regions, read_labels, regions_of
from ..verdicts.of_results import RowVerdicts
from .jobs import Job


@public
def run(job: Job, *, name: str = "", **options: Any) -> Table:
    """Compare one pair; one row with the reason where it cannot be compared.

    Parameters
    ----------
    job : Job
        The pair.
    name : str
        Of the run that the rows belong to; default: one of their own.
    **options
        As for `similij.compare`; the files of the job come before `regions`, `mask`.
    """
    return answer_pair(job, ask(**options), name)


def answer_pair(
    job: Job, question: Question, name: str = "", most: float | None = None
) -> Table:
    """Answer a question of one pair; see `run`. Images above `most` come in parts."""
    answered = _answered(job, question, name or new_run(), most)
    assert answered is not None
    return answered


def answer_whole(
    job: Job, question: Question, name: str, most: float | None
) -> list[Row] | None:
    """Answer a question of one pair on a worker, or leave it to all of them.

    Returns
    -------
    list of dict or None
        The rows; None where the images are above `most`, so that many workers can
        share their blocks.
    """
    table = _answered(job, question, name, most, whole=True)
    return None if table is None else table.rows


def failed_pair(job: Job, question: Question, name: str, reason: str) -> Table:
    """Return the one row of a pair that cannot be compared."""
    reason = " ".join(readable(reason).split())
    verdicts = RowVerdicts() if question.verdict else None
    task = Task(
        job.names, question, plane="", files=job.files, run=name, verdicts=verdicts
    )
    return Table.of([task.row("", reason)])


def _answered(
    job: Job, question: Question, name: str, most: float | None, whole: bool = False
) -> Table | None:
    try:
        if not job.problem:
            return _rows(job, question, name, most, whole)
        reason = job.problem
    except ClusterError:
        raise
    except MemoryError as error:
        reason = str(not_enough(error))
    except Exception as error:  # whatever it is, the other pairs go on
        reason = str(error) or type(error).__name__
    return failed_pair(job, question, name, reason)


def _rows(
    job: Job, question: Question, name: str, most: float | None, whole: bool
) -> Table | None:
    assert job.image_1 is not None and job.image_2 is not None  # or it has a problem
    wanted: Any = {} if most is None else {"wanted": Wanted(most=most)}
    alone = question.of_one and job.image_1 == job.image_2
    x = as_image(job.image_1, **wanted)
    y = None if alone else as_image(job.image_2, **wanted)
    if whole and (x.is_lazy or (y is not None and y.is_lazy)) and streams(question):
        return None
    if job.mask is not None:
        question = replace(question, mask=as_mask(job.mask))
    labels = None if job.labels is None else read_labels(job.labels)
    chosen = regions_of(job.rois, labels)
    if chosen is not None:
        question = replace(question, regions=as_regions(chosen))
    rows = answer(question, x, y, names=job.names, files=job.files, run=name)
    return Table.of(rows)


def streams(question: Question) -> bool:
    """Whether a question can be answered block by block, by many workers."""
    held = question.verdict or question.align or question.rescale is not None
    return not held and all(metric.streams for metric in question.metrics)


def in_words(question: Question, regions: Any = None) -> dict[str, str]:
    """Give a question as text: equal where the rows would be, else apart.

    `regions` are those of the question as they were given: a path tells more of a file
    than what was read of it.
    """
    given = {name: getattr(question, name) for name in READERS}
    given["metrics"] = [metric.name for metric in question.metrics]
    given["rescale"] = str(question.rescale or "none")
    given["regions"] = regions
    if isinstance(question.channels, list):
        given["channels"] = ",".join(f"{one}:{two}" for one, two in question.channels)
    return {name: _words(value) for name, value in given.items()}


def _words(value: Any) -> str:
    if isinstance(value, os.PathLike):
        return f"{os.fspath(value)} {state(Path(value))}"
    if value is None or isinstance(value, (str, int, float, np.generic)):
        return "none" if value is None or value == "" else str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_words, value)) or "none"
    pixels = np.asarray(value)
    if pixels.dtype == object:
        return repr(value)
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()[:12]
    return f"{'×'.join(map(str, pixels.shape))} {pixels.dtype} {digest}"


def key_of(job: Job) -> str:
    """Return a short name of a pair, by all that makes it the one it is."""
    files = (job.image_1, job.image_2, job.rois, job.mask, job.labels)
    words = [*("" if file is None else str(file) for file in files), job.problem]
    text = json.dumps([*words, *job.groups.items()])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def files_of(job: Job) -> dict[str, list[int] | None]:
    """Return size and date (ns) of each file that the rows of a pair depend on, now.

    No checksum: to read all images again costs about what comparing them does. A file
    that is written to and keeps both goes unnoticed.
    """
    files = (job.image_1, job.image_2, job.rois, job.mask, job.labels)
    return {str(file): state(file) for file in files if file is not None}
