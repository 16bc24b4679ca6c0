"""Compare two folders for ImageJ, step by step: what answers `pair`, `batch`, `next`.

Files are read here, by the door that a shell uses, so that both have the same numbers
of the same files. Only a pair with a file of a kind that nothing here reads is opened
by ImageJ, which sends its planes as of any two images; its rows come here, too, as they
belong into one file with the others.

A step is one pair, or one picture: between two, ImageJ shows how far it is and looks
for Esc. Nothing here runs in a second thread: compiled loops may be entered by one
only, and ImageJ is answered one message at a time anyhow.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..batch.batch import Batch, problems
from ..batch.jobs import Job, compared_in, with_groups
from ..batch.pairing import Pairing, lone_images, pair_up
from ..batch.results_file import OtherResultsError
from ..batch.run import answer_pair, files_of
from ..ground.errors import ImageError, PatternError
from ..ground.names import counted
from ..ground.options import options as table_of_options
from ..ground.types import Row
from ..ground.writing import check_places
from ..images.file_names import images_in
from ..images.formats.choose import has_reader
from ..measure.question import READERS, Question, ask
from ..measure.table.columns import BEFORE
from ..measure.table.comparison import Comparison
from ..measure.table.table import Table
from . import messages as m
from .words import check_words

_PAIRING = ("pair", "rois", "mask", "labels")
"""Options of which files belong together; `recursive` is one, too."""

_OUTPUTS = "similarity"
"""How the folder begins that the dialog offers for results: pictures in it are called
like the images, and would pair with them."""


def paired(message: m.Pair) -> m.Paired:
    """Say which pairs there are, for the line of the dialog.

    Raises
    ------
    ImageError, ValueError
        If there are none, or an option has no such value.
    """
    question = _question(message.options)
    folder, other = message.folder_1, message.folder_2
    try:
        pairing = _pairing(folder, other, message.options, question)
    except PatternError:
        # One folder that shows no pairs: then its partner may lie beside it.
        if other or message.options.get("pair"):
            raise
        other = _partner_of(Path(folder), message.options, question)
        if other is None:
            raise
        pairing = _pairing(folder, other, message.options, question)
    jobs, _ = with_groups(pairing.jobs, message.options.get("group", ""))
    if not pairing.pairs:
        raise ImageError(f"{pairing.words[0].upper()}{pairing.words[1:]}")
    return m.Paired(
        pairing.words + _of_table(message.save),
        pairing.pattern if pairing.ways else "",
        len(jobs),
        other if other != message.folder_2 else None,
    )


def _of_table(save: str | None) -> str:
    """Say what becomes of a table that is there."""
    if not save or not Path(save).is_file():
        return ""
    _check_table(Path(save))
    return (
        f' "{Path(save).name}" is there: if it is of these pairs and options it goes '
        "on, else it is written over."
    )


def _check_table(path: Path) -> None:
    """Refuse to write over a file that is no table of rows, and not empty."""
    heading = ",".join(field.name for field in BEFORE[:3]).encode()
    if not path.is_file():
        return
    with path.open("rb") as stream:
        if stream.read(len(heading)) in (heading, b""):
            return
    raise ImageError(
        f'"{path}" is there, and is no table of SimilIJ: choose another place for the '
        "results."
    )


def _partner_of(
    folder: Path, options: Mapping[str, str], question: Question
) -> str | None:
    """Return the one folder beside this one whose images pair with its images."""
    partners = []
    for place in sorted(folder.absolute().parent.iterdir()):
        if place.name.startswith((".", _OUTPUTS)) or not place.is_dir():
            continue
        try:
            if place.samefile(folder) or not images_in(place):
                continue
            if _pairing(str(folder), str(place), options, question).pairs:
                partners.append(str(place))
        except (ImageError, OSError):
            continue
    return partners[0] if len(partners) == 1 else None


def _question(options: Mapping[str, str]) -> Question:
    """Read what is asked of each pair; refuse a word that the table does not have."""
    check_words(options, "folders")
    asked = {
        key: word
        for key, word in options.items()
        if key in READERS and key not in _PAIRING
    }
    return ask(**asked)


def _pairing(
    folder_1: str, folder_2: str | None, options: Mapping[str, str], question: Question
) -> Pairing:
    beside: dict[str, Any] = {
        key: options[key] for key in _PAIRING if options.get(key) and key != "pair"
    }
    beside["recursive"] = options.get("recursive") == "true"
    pattern = options.get("pair") or None
    # A folder that is given twice holds both images of each pair; only a pattern of one
    # half, which says nothing of two kinds, pairs each image with itself.
    twice = folder_2 is not None and Path(folder_1).absolute() == (
        Path(folder_2).absolute()
    )
    alone = folder_2 is None or (twice and (pattern is None or ":" in pattern))
    if not alone:
        return pair_up(folder_1, folder_2, pair=pattern, **beside)
    if pattern is None and question.of_one:
        return Pairing(lone_images(folder_1, **beside), ())
    return pair_up(folder_1, pair=pattern, **beside)


class FolderRun:
    """Compare the pairs of folders, and make what is asked for beside the table.

    Parameters
    ----------
    message : Batch
        What is to be compared, and where it goes.

    Attributes
    ----------
    run_id : str
        What all rows call the run.
    notes : list of str
        What rows of the present pair say, if ImageJ has opened it.

    Raises
    ------
    ImageError, ValueError
        If a folder, the results file or an option cannot be used.
    """

    def __init__(self, message: m.Batch) -> None:
        options = self._options = message.options
        self._folders = [message.folder_1]
        if message.folder_2 is not None:
            self._folders.append(message.folder_2)
        question = _question(options)
        self._pairing = _pairing(message.folder_1, message.folder_2, options, question)
        jobs, self._by = with_groups(self._pairing.jobs, options.get("group", ""))
        summary, report, plots = (
            Path(options[key]) if options.get(key) else None
            for key in ("summary", "report", "plots")
        )
        check_places([summary, report], plots)
        self._notes: list[str] = []
        self._save = message.save
        self._batch = self._begun(jobs, question)
        self._reasons: list[str] = []
        self._compared = 0
        self._taken: list[Row] = []
        self.notes: list[str] = []
        self._steps = self._all_steps()

    @property
    def run_id(self) -> str:
        """What all rows call the run."""
        return self._batch.run

    def started(self) -> m.Started:
        """Say what there is to do."""
        words = self._pairing.words if self._pairing.ways else ""
        return m.Started(self.run_id, len(self._batch.jobs), words)

    def next(self) -> m.Step:
        """Do the next step."""
        return next(self._steps)

    def take(self, rows: Table) -> None:
        """Take rows of the pair that ImageJ has opened."""
        self._taken += [*rows]

    def close(self) -> None:
        """End it: what is done stays in the file, which others may have now."""
        self._steps.close()
        self._batch.close()

    def _begun(self, jobs: Sequence[Job], question: Question) -> Batch:
        """Go on with a table of these pairs; begin one of others of SimilIJ anew.

        Macros that were written for the first version do: it wrote over what was there.
        """
        save = self._save
        if save is not None:
            _check_table(Path(save))
        try:
            return Batch(jobs, question, out=save, on_note=self._notes.append)
        except OtherResultsError as error:
            self._notes.append(f"{error.reason}: it was begun anew.")
            return Batch(
                jobs, question, out=save, restart=True, on_note=self._notes.append
            )

    def _all_steps(self) -> Generator[m.Step]:
        batch = self._batch
        jobs, todo = batch.jobs, {*batch.todo}
        count = len(jobs)
        earlier = [k for k in range(count) if k not in todo]
        if earlier:
            rows = [_with_file(batch.rows(k), jobs[k]) for k in earlier]
            for table in rows:
                self._tell(table)
            self._notes.append(
                f"{len(earlier)} of {count} pairs were in {self._save} already."
            )
            yield self._step(Table.concat(rows), len(earlier))
        for done, k in enumerate(batch.todo, start=len(earlier) + 1):
            job = jobs[k]
            files = files_of(job)  # before: a change meanwhile is one that is noticed
            if unread := _unread(job):
                self._taken = []
                self.notes = [f'"{name}" was opened by ImageJ' for name in unread]
                yield self._step(Table.of([]), done - 1, open_=job)
                self.notes = []
                # ImageJ has shown them already.
                self._tell(batch.add(k, files, Table.of(self._taken)))
            else:
                computed = answer_pair(job, batch.question, batch.run)
                fresh = batch.add(k, files, computed)
                self._tell(fresh)
                yield self._step(_with_file(fresh, job), done)
        result = batch.finish()
        new = {jobs[k] for k in todo}
        for words in self._made_beside(result, new):
            yield self._step(Table.of([]), count, words)
        yield self._last(result)

    def _step(
        self, rows: Table, done: int, words: str = "", *, open_: Job | None = None
    ) -> m.Step:
        """Answer rows, and say what comes next."""
        count, metrics = len(self._batch.jobs), self._batch.question.metrics
        return m.Step(
            **rows.to_columns(),
            metrics=[m.MetricName(metric.name, metric.label) for metric in metrics],
            places=[],
            words=words or f"pair {min(done + 1, count)} of {count}",
            done=done,
            open=None if open_ is None else _as_message(open_),
            end=False,
            notes=[],
        )

    def _tell(self, rows: Sequence[Row]) -> None:
        """Note whether a pair has a number, and the reasons of rows without one."""
        failed = problems(rows, [*self._batch.question.metrics])
        self._compared += len(failed) < len(rows)
        for row in failed:
            names = " and ".join(n for n in (row["image_1"], row["image_2"]) if n)
            what = f"{names}, {row['region']}" if row["region"] else names
            self._reasons.append(f"  {what}: {row['note']}")

    def _made_beside(self, result: Comparison, new: set[Job]) -> Iterator[str]:
        """Make pictures, summary and report; yield which is next."""
        for key, make in (
            ("plots", self._draw),
            ("summary", self._sum_up),
            ("report", self._report),
        ):
            place = self._options.get(key)
            if not place:
                continue
            try:
                yield from make(result, new, Path(place))
                self._notes.append(f"{_CALLED[key]}: {place}")
            # A library that is missing or a full disk costs this, and not the rest.
            except (ImportError, OSError, ValueError) as error:
                self._notes.append(f"{_CALLED[key]} not made: {error}")

    def _draw(self, result: Comparison, new: set[Job], folder: Path) -> Iterator[str]:
        from ..plot.of_batch import plot_batch

        jobs = self._batch.jobs
        yield f"picture 1 of {len(jobs)}"
        drawn = plot_batch(jobs, result, new, self._by, folder, self._batch.question)
        for k, _ in enumerate(drawn, start=2):
            yield f"picture {min(k, len(jobs))} of {len(jobs)}"

    def _sum_up(self, result: Comparison, new: set[Job], path: Path) -> Iterator[str]:
        from ..measure.table.groups import write_summary

        yield "summary"
        write_summary(result, self._by, path)

    def _report(self, result: Comparison, new: set[Job], path: Path) -> Iterator[str]:
        from ..report.report import write

        yield "report"
        places = {"Folders": " and ".join(self._folders)}
        words = {
            option.label: self._options[option.key]
            for option in table_of_options()
            if option.command == "folders" and option.key in self._options
        }
        title = " and ".join(self._folders)
        about: dict[str, Any] = {**places, **words}
        pixels: dict[str, Any] = compared_in(self._batch.jobs)
        write(path, result, title=title, parameters=about, **pixels)

    def _last(self, result: Comparison) -> m.Step:
        """Say what came of it: in the status bar in short, in the Log with reasons."""
        count, failed = len(self._batch.jobs), len(self._reasons)
        rows = counted(len(result.rows), "row")
        end = f"; {failed} could not be compared:" if failed else "."
        lines = [f"{rows} from {counted(count, 'pair')}{end}", *self._reasons]
        if self._pairing.ways and not self._options.get("pair"):
            lines.insert(0, self._pairing.words)
        if self._save:
            self._notes.insert(0, f"Table: {self._save}")
        blank = count - self._compared
        words = counted(count, "pair")
        words += f", {blank} could not be compared" if blank else ""
        return m.Step(
            count=0,
            columns={},
            metrics=[],
            places=[],
            words=words,
            done=count,
            open=None,
            end=True,
            notes=[*lines, *self._notes],
        )


def _with_file(rows: Table, job: Job) -> Table:
    """Name the file of the ROIs in rows of them, as ImageJ's table shows it."""
    return rows.with_constants({"roi_file": "" if job.rois is None else str(job.rois)})


_CALLED = {"plots": "Pictures", "summary": "Summary", "report": "Report"}


def _unread(job: Job) -> tuple[str, ...]:
    """Name the files of a pair that only ImageJ may be able to read."""
    if job.problem:
        return ()
    files = (job.image_1, job.image_2, job.mask, job.labels)
    return tuple(
        file.name for file in files if file is not None and not has_reader(file)
    )


def _as_message(job: Job) -> m.Job:
    def path(file: Path | None) -> str | None:
        return None if file is None else str(file)

    return m.Job(
        *job.files, path(job.rois), path(job.mask), path(job.labels), *job.names
    )
