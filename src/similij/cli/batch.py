"""`similij batch`: many pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..ground.inert import visible
from ..ground.names import counted
from ..ground.options import help_of
from .arguments import (
    REPORT_PAIRS,
    WINDOW,
    FormatOption,
    PicturesOption,
    QuietOption,
    RawOption,
    ReportOption,
    ReportPairsOption,
    SchedulerOption,
    asks,
    by_flag,
    pictures_of,
)
from .inputs import check_processes
from .shell import (
    Format,
    print_result,
    print_rows,
    print_verdicts,
    progress,
    remark,
    say,
    say_failed,
    what,
    write_report,
)

if TYPE_CHECKING:
    from ..batch.jobs import Job
    from ..batch.pairing import Pairing
    from ..measure.question import Question
    from ..measure.table.comparison import Comparison


INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@asks()
def batch(
    places: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER_A [FOLDER_B]",
            help="Two folders; or one, with --pair or --reference; or a table of pairs "
            "(CSV with the columns image_1 and image_2).",
        ),
    ],
    pair: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help=help_of("--pair", "folders")),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="Compare this image with every image of the folder."),
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option("--recursive", help=help_of("--recursive", "folders")),
    ] = False,
    group: Annotated[
        str,
        typer.Option(metavar="PATTERN", help=help_of("--group", "folders")),
    ] = "",
    rois: Annotated[
        str,
        typer.Option(help=help_of("--rois", "folders")),
    ] = "_roi.zip",
    mask: Annotated[
        str,
        typer.Option(metavar="FOLDER|ENDING|FILE", help=help_of("--mask", "folders")),
    ] = "",
    labels: Annotated[
        str,
        typer.Option(metavar="FOLDER|ENDING|FILE", help=help_of("--labels", "folders")),
    ] = "",
    *,
    question: Question,
    out: Annotated[
        Path | None,
        typer.Option(help=help_of("--out", "folders")),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(min=1, help="Pairs compared at a time; so many are in memory."),
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Processes to start, which share pairs and the parts of big images.",
        ),
    ] = None,
    scheduler: SchedulerOption = None,
    memory_limit: Annotated[
        str,
        typer.Option(
            "--memory-limit",
            metavar="BYTES",
            help='Of each worker, such as "4 GB", which is 1 GB without it.',
        ),
    ] = "",
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Begin the file of --out anew."),
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(help=help_of("--summary", "folders")),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help=help_of("--plots", "folders")),
    ] = None,
    pictures: PicturesOption = None,
    window: Annotated[str | None, WINDOW] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print which images are pairs, and which have no partner; compare "
            "nothing and write nothing. With --format csv: as a table of pairs.",
        ),
    ] = False,
    report: ReportOption = None,
    report_pairs: ReportPairsOption = REPORT_PAIRS,
    raw: RawOption = False,
    quiet: QuietOption = False,
    format_: FormatOption = Format.table,
) -> None:
    """Compare many pairs of images, region by region.

    `img1__a.tif` in A goes with `img1__b.tif` in B; the regions of `img1__a.tif` are
    in `img1__a_roi.zip`. Nothing stops the run: what cannot be compared is a row with
    its reason, listed again at the end. With --out every pair is on disk as soon as it
    is known, and the same command goes on where it was stopped.

    For example:

    `similij batch set_a set_b --rescale percentile --out rescaled.csv --plots plots`

    `similij batch plate --pair "{well}_C1:{well}_C2" --out results.csv`

    `similij batch plate --reference control.tif --summary summary.csv`

    `similij batch pairs.csv --metrics agreement --jobs 4 --out results.csv`

    `similij batch raw denoised --dry-run`
    """
    from ..batch.batch import answer_pairs, problems
    from ..batch.jobs import compared_in, with_groups
    from ..ground.writing import check_places
    from ..measure.table.groups import write_summary
    from .terminal import paragraph, width_of_messages

    beside = {"rois": rois, "mask": mask, "labels": labels, "recursive": recursive}
    pairing = _pairs(places, pair, reference, question.of_one, beside)
    pairs, by = with_groups(pairing.jobs, group, second=reference is not None)
    if dry_run:
        _print_pairs(replace(pairing, jobs=pairs), format_, raw)
        raise typer.Exit(0 if pairing.pairs else 1)
    if pictures is not None and plots is None and out is not None:
        plots = out.with_name(f"{out.stem}_pictures")
    pictured = pictures_of(plots, pictures, window)
    check_places([summary, report], plots)
    _check_workers(workers, scheduler, memory_limit, jobs)
    # Pictures of pairs from an earlier run are drawn again only if their files changed.
    new: set[Job] = set()
    try:
        with (
            _workers(workers, scheduler, memory_limit),
            progress("Comparing", quiet=quiet) as (start, advance),
        ):

            def computed(job: Job, _: object) -> None:
                new.add(job)
                advance()

            result = answer_pairs(
                pairs,
                question,
                out=out,
                workers=jobs,
                restart=restart,
                raw=raw,
                on_start=start,
                on_rows=computed,
                on_note=lambda words: remark(words, quiet),
            )
    except KeyboardInterrupt:
        say(
            "Stopped. With --out FILE the next run would go on where this one was."
            if out is None
            else f"Stopped. What is done is in {out}; the same command goes on there."
        )
        raise typer.Exit(INTERRUPTED) from None
    rows = result.rows
    failed = problems(rows, result.metrics)
    rest = f"in {out}" if out is not None else "with --out FILE, or --format csv"
    shown = print_result(
        result, format_, rest, by=by, failed=failed, raw=raw, quiet=quiet
    )
    if question.verdict and format_ is Format.table:
        print_verdicts(shown, lambda row: f"{what(row)}, {row['plane']}: ")
    if plots is not None:
        _draw(pairs, new, result, by, plots, question, quiet, pictured)
    if summary is not None:
        write_summary(result, by, summary, raw=raw)
    if pairing.ways and pair is None:  # nobody said how, so it is told
        remark(paragraph(visible(pairing.words), width_of_messages()), quiet)
    remark(f"{counted(len(rows), 'row')} from {counted(len(pairs), 'pair')}.", quiet)
    for kind, place in {"Table": out, "Summary": summary, "Pictures": plots}.items():
        if place is not None:
            remark(f"{kind}: {place}", quiet)
    if report is not None:
        title = " and ".join(map(str, places))
        write_report(
            report, result, title=title, most_pairs=report_pairs,
            **compared_in(pairs, question.mask),
        )  # fmt: skip
        remark(f"Report: {report}", quiet)
    if failed:
        say_failed(failed, rest)
    # A pair that fails is a row with its reason; a run fails if nothing else came out.
    if len(failed) == len(rows):
        raise typer.Exit(1)


def _check_workers(
    workers: int | None, scheduler: str | None, memory_limit: str, jobs: int
) -> None:
    from ..measure.blocks.workers import check_workers, parse_limit

    check_processes(workers, scheduler)
    by_flag("--jobs", check_workers, jobs)
    if jobs > 1 and not (workers is None and scheduler is None):
        raise typer.BadParameter(
            "is of threads: --workers and --scheduler compare as many pairs at a time "
            "as there are workers",
            param_hint="--jobs",
        )
    if memory_limit and workers is None:
        raise typer.BadParameter("goes with --workers", param_hint="--memory-limit")
    if memory_limit:
        by_flag("--memory-limit", parse_limit, memory_limit)


@contextmanager
def _workers(
    workers: int | None, scheduler: str | None, memory_limit: str
) -> Iterator[None]:
    """Start workers, or use those of a scheduler; nothing where none are asked for."""
    if workers is None and scheduler is None:
        yield
        return
    from ..measure.blocks.workers import DEFAULT_LIMIT, cluster

    limit = memory_limit or DEFAULT_LIMIT
    with cluster(workers, scheduler=scheduler, memory_limit=limit):
        yield


def _draw(
    pairs: Sequence[Job],
    new: set[Job],
    result: Comparison,
    by: Sequence[str] | None,
    folder: Path,
    question: Question,
    quiet: bool,
    pictured: Mapping[str, Any],
) -> None:
    """Draw each pair, the table and the groups; say what of it makes no sense."""
    from ..moments.kernels.parts import threads
    from ..plot.of_batch import plot_batch
    from .terminal import list_on_screen, width_of_messages

    reasons: list[str] = []
    with progress("Drawing", quiet=quiet) as (start, advance):
        start(0, len(pairs))
        drawn = plot_batch(
            pairs, result, new, by, folder, question, **pictured, processes=threads()
        )
        for job, reason in zip(pairs, drawn, strict=True):
            if reason:
                names = " and ".join(dict.fromkeys(filter(None, job.names)))
                reasons.append(visible(f"{names}: {reason}"))
            advance()
    if reasons:
        remark(f"{len(reasons)} lack a picture:", quiet)
        for line in list_on_screen(
            reasons, width_of_messages(), "for the same reasons"
        ):
            remark(line, quiet)


def _print_pairs(pairing: Pairing, format_: Format, raw: bool) -> None:
    """Print pairs with their numbers, and what has no partner with the reason."""
    from ..batch.jobs import group_names
    from .terminal import (
        MOST,
        list_on_screen,
        names_on_screen,
        paragraph,
        width,
        width_of_messages,
    )

    good = [job for job in pairing.jobs if not job.problem]
    failed = [job for job in pairing.jobs if job.problem]
    groups = group_names(pairing.jobs)
    files = ("rois", "mask", "labels")
    used = [name for name in files if any(getattr(job, name) for job in good)]
    if format_ is not Format.table:
        # A table of pairs, which `similij batch` reads: so what has no partner, and
        # would be a pair with a hole there, is only said.
        names = ["image_1", "image_2", *used, *groups]
        lines = [
            {name: job.groups.get(name) or _path(job, name) for name in names}
            for job in good
        ]
        print_rows(lines, format_, (), names, raw=raw)
    else:
        wide = width()
        print(paragraph(visible(pairing.words), wide))
        shown = [
            [*job.names, *(_name(job, name) for name in used)] for job in good[:MOST]
        ]
        print("\n".join(names_on_screen(shown, len(good), wide)))
    whole = format_ is not Format.table
    tell: Callable[[str], None] = say if whole else print
    wide = width_of_messages() if whole else width()
    if failed:
        tell(f"{len(failed)} could not be compared:")
        reasons = [
            visible(f"{' and '.join(filter(None, job.names))}: {job.problem}")
            for job in failed
        ]
        for line in list_on_screen(reasons[:MOST], wide, ""):
            tell(line)
        if len(failed) > MOST:
            tell(f"  ... and {len(failed) - MOST} more")


def _path(job: Job, name: str) -> str:
    file = getattr(job, name, None)
    return "" if file is None else str(file.absolute())


def _name(job: Job, name: str) -> str:
    file = getattr(job, name)
    return "" if file is None else file.name


def _pairs(
    places: list[Path],
    pair: str | None,
    reference: Path | None,
    alone: bool,
    beside: dict[str, Any],
) -> Pairing:
    """Return the pairs of what was named: two folders, one, or a table."""
    from ..batch.jobs import read_pairs
    from ..batch.pairing import Pairing, lone_images, pair_up, pairs_with
    from ..ground.errors import PatternError

    place, *second = places
    if len(second) > 1:
        raise typer.BadParameter("give two folders, one, or a table of pairs")
    if reference is not None:
        if second:
            raise typer.BadParameter("goes with one folder", param_hint="--reference")
        return Pairing(pairs_with(reference, place, **beside), ())
    if not second and place.is_file():
        return Pairing(read_pairs(place), ())
    if not second and alone and pair is None:
        return Pairing(lone_images(place, **beside), ())
    try:
        return pair_up(place, *second, pair=pair, **beside)
    except PatternError as error:
        words = str(error)
        if pair is None:
            words = (
                f'the names of the images in "{place}" show no pairs, and one folder '
                'needs --pair with two halves, e.g. "{id}_C1:{id}_C2", or --reference '
                "FILE, or --channels 1:2"
            )
        raise typer.BadParameter(
            words,
            param_hint="--pair",
        ) from None
