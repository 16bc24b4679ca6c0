"""Draw a batch: a picture of each pair, one of the table of them all, one by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..batch.batch import problems
from ..batch.jobs import Job
from ..batch.pairing import FOLDER
from ..ground.errors import ImageError
from ..ground.types import Row
from ..images.door import as_image, as_mask
from ..images.pair import prepare
from ..measure.preparing import as_compared
from ..measure.question import Question
from ..measure.table.comparison import Comparison
from ..metrics.defaults import available
from ..moments.windows import USUAL_WINDOW
from ..regions.read import read_labels, regions_of
from .groups import plot_groups
from .pair import plot_pair
from .pictures.draw import draw
from .pictures.kinds import FILES, named, parse_kinds, why_not
from .processes import drawn
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
    *,
    kinds: str = "",
    window: int | str = USUAL_WINDOW,
    processes: int = 1,
) -> Iterator[str]:
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
    kinds, window : str
        Pictures as of `similij.draw`, for each pair in a folder called like it; ""
        means the one picture of a pair.
    processes : int
        How many draw at a time; see `processes.drawn`.

    Yields
    ------
    str
        Once for each pair, when it is drawn: drawing takes as long as comparing, so
        who asks for it wants to say how far it is, and to stop it. Why a picture that
        was asked for by name is not there, else "".
    """
    of_files: dict[tuple[str, str], list[Row]] = {}
    for row in result.rows:
        of_files.setdefault((row["file_1"], row["file_2"]), []).append(row)
    tasks: list[_Task | None] = []
    for job, path in zip(jobs, _pictures(jobs, folder), strict=True):
        is_new = job in new
        if job.problem or not (kinds or is_new or not _is_newer(path, job)):
            tasks.append(None)
            continue
        rows = of_files[job.files]
        tasks.append(_Task(job, rows, path, is_new, question, kinds, window))
    yield from drawn(_drawn_pair, tasks, processes=processes)
    _plot_rows(result.rows, folder / "table.png")
    if result.groups:
        plot_groups(result, by, folder / "groups.png")


class _Task(NamedTuple):
    """A pair to draw, as `plot_batch` was given it."""

    job: Job
    rows: Sequence[Row]
    path: Path
    new: bool
    question: Question
    kinds: str
    window: int | str


def _drawn_pair(task: _Task | None, _shared: None) -> str:
    """Draw a pair; return why a picture is not there, or ""."""
    if task is None:
        return ""
    if task.kinds:
        return _draw_kinds(task, task.path.parent / task.path.stem)
    _plot_pair_of(task.job, task.rows, task.path, task.question)
    return ""


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
    files = (job.image_1, job.image_2, job.rois, job.mask, job.labels)
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


def _draw_kinds(task: _Task, folder: Path) -> str:
    """Draw the kinds of pictures of a pair that its folder lacks; say why not others.

    What is there is left: a run that was stopped goes on at the first picture that is
    not, and other kinds can be asked for later.
    """
    job, rows, _, new, question, kinds, window = task
    reasons = [words for kind in named(kinds) if (words := why_not(kind, rows))]
    if not any(row["n"] for row in rows):
        return ""  # the row says why
    channels = len({(row["channel_1"], row["channel_2"]) for row in rows})
    missing = [
        kind
        for kind in parse_kinds(kinds)
        if not why_not(kind, rows)
        and (new or _drawn(kind, folder, job) < (1 if kind == "planes" else channels))
    ]
    if missing:
        alone = question.of_one and job.image_1 == job.image_2
        try:
            labels = None if job.labels is None else read_labels(job.labels)
            chosen = regions_of(job.rois, labels)
            draw(
                job.image_1,
                None if alone else job.image_2,
                folder,
                kinds=missing,
                comparison=Comparison([*rows], [*question.metrics]),
                names=job.names,
                mask=question.mask if job.mask is None else as_mask(job.mask),
                regions=question.regions if chosen is None else chosen,
                per=question.per,
                channels=question.channels,
                against=question.against,
                metrics=None if question.usual else [m.name for m in question.metrics],
                window=window,
                data_range=question.data_range,
                color=question.color,
                align=question.align,
            )
        except ValueError as error:  # of one pair; the others are drawn
            reasons.append(str(error).rstrip("."))
    return "; ".join(reasons)


def _drawn(kind: str, folder: Path, job: Job) -> int:
    """Count the pictures of a kind that are there and later than their files."""
    files = folder.glob(f"{FILES[kind]}*.png")
    return sum(_is_newer(file, job) for file in files)


def _plot_rows(rows: Sequence[Row], path: Path) -> None:
    """Draw a table of rows, if the numbers of every table are in it."""
    if any(name not in rows[0] for name in available()):
        return
    plot_table(Comparison([*rows]).to_dataframe(), path=path)
