"""Draw a batch: a picture of each pair, one of the table of them all, one by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ..batch.batch import problems
from ..batch.jobs import Job
from ..batch.pairing import FOLDER
from ..ground.errors import ImageError
from ..ground.types import Row
from ..images.door import as_image
from ..images.pair import prepare
from ..measure.preparing import as_compared
from ..measure.question import Question
from ..measure.table.comparison import Comparison
from ..metrics.defaults import available
from .groups import plot_groups
from .pair import plot_pair
from .table import plot_table

PLANE = 2
"""Axes of a plane, (y, x)."""


def plot_batch(
    jobs: Sequence[Job],
    result: Comparison,
    new: Collection[Job],
    by: Sequence[str] | None,
    folder: Path,
    question: Question,
) -> Iterator[None]:
    """Draw each pair, then the table of them all, then the groups if there are any.

    Pairs are drawn that are new, and those of which there is no picture of their files.

    Parameters
    ----------
    jobs : sequence of Job
        All pairs.
    result : Comparison
        Rows of them all.
    new : collection of Job
        Those computed in this run.
    by : sequence of str or None
        Columns that the groups are of; None: all there are.
    folder : Path
        Where the pictures go: those of pairs are each called like the first image.
    question : Question
        What was asked: where images were aligned, the pictures show them so.

    Yields
    ------
    None
        Once for each pair, when it is drawn: drawing takes as long as comparing, so
        who asks for it wants to say how far it is, and to stop it.
    """
    of_files: dict[tuple[str, str], list[Row]] = {}
    for row in result.rows:
        of_files.setdefault((row["file_1"], row["file_2"]), []).append(row)
    paths = _pictures(jobs, folder)
    for job, path in zip(jobs, paths, strict=True):
        if not job.problem and (job in new or not _is_newer(path, job)):
            _plot_pair_of(job, of_files[job.files], path, question)
        yield
    _plot_rows(result.rows, folder / "table.png")
    if result.groups:
        plot_groups(result, by, folder / "groups.png")


def _pictures(jobs: Sequence[Job], folder: Path) -> list[Path]:
    """Where the picture of each pair goes: no two to the same place."""
    stems = [tuple(Path(name).stem for name in job.names) for job in jobs]
    # "day 1/left" becomes part of the name: a picture lies in the folder itself
    places = [job.groups.get(FOLDER, ".").replace("/", "_") for job in jobs]
    starts = ["" if place == "." else f"{place}_" for place in places]
    ones = [start + one for start, (one, _) in zip(starts, stems, strict=True)]
    first = Counter(ones)
    names = [
        one if first[one] == 1 else f"{one} and {two}"
        for one, (_, two) in zip(ones, stems, strict=True)
    ]
    both = Counter(names)
    return [
        folder / (f"{name}.png" if both[name] == 1 else f"{name} ({k}).png")
        for k, name in enumerate(names, start=1)
    ]


def _is_newer(path: Path, job: Job) -> bool:
    """Whether a file is there, and of later than what it was made of."""
    files = (job.image_1, job.image_2, job.rois)
    dates = [file.stat().st_mtime for file in files if file and file.exists()]
    # "<" and not "<=": files copied together may have one date, and a picture too many
    # costs a second, one that is outdated misleads.
    return path.exists() and all(date < path.stat().st_mtime for date in dates)


def _plot_pair_of(
    job: Job, rows: Sequence[Row], path: Path, question: Question
) -> None:
    """Draw a pair of planes, if that is what it is, and if it could be compared."""
    numbers = all(name in rows[0] for name in available())
    if (numbers and problems(rows)) or job.image_1 is None or job.image_2 is None:
        return
    try:
        mask = job.mask if job.mask is not None else question.mask
        inside = mask if question.align else None
        pair = prepare(as_image(job.image_1), as_image(job.image_2), inside)
        pair.must_be_in_memory("a picture")
        if pair.x.ndim != PLANE or pair.y.shape != pair.x.shape:
            return  # stacks have no single picture
        aligned = as_compared(pair, question)
    except (ImageError, ImportError):  # the rows say it, or ImageJ has read it
        return
    if aligned is None:
        return
    plot_pair(
        aligned.x,
        aligned.y,
        regions=job.rois,
        comparison=Comparison([*rows]) if numbers else None,
        names=job.names,
        path=path,
    )


def _plot_rows(rows: Sequence[Row], path: Path) -> None:
    """Draw a table of rows, if the numbers of every table are in it."""
    if any(name not in rows[0] for name in available()):
        return
    plot_table(Comparison([*rows]).to_dataframe(), path=path)
