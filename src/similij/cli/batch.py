"""`similij batch`: many pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..ground.options import help_of
from .arguments import (
    REPORT_PAIRS,
    FormatOption,
    ReportOption,
    ReportPairsOption,
    asks,
)
from .shell import (
    Format,
    plot_groups,
    plot_jobs,
    plot_rows,
    print_rows,
    progress,
    say,
    what,
    write_report,
    write_summary,
)

if TYPE_CHECKING:
    from ..batch.jobs import Job
    from ..measure.question import Question


INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@asks(without=("verdict",))
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
        str,
        typer.Option(help=help_of("--pair", "folders")),
    ] = "{id}__",
    reference: Annotated[
        Path | None,
        typer.Option(help="Compare this image with every image of the folder."),
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive", help="Subfolders, too; pairs are in those of the same name."
        ),
    ] = False,
    group: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="How the name of image 1 begins; each name in braces but {id} becomes "
            "a column, e.g. {condition}_{well}_{id}, and groups the summary. Without "
            "braces: which columns group it, e.g. condition,well.",
        ),
    ] = "",
    rois: Annotated[
        str,
        typer.Option(help=help_of("--rois", "folders")),
    ] = "_roi.zip",
    mask: Annotated[
        str,
        typer.Option(
            metavar="ENDING|FILE",
            help=r"Ending of the mask of each image: \<image>\<ending>; or one mask "
            "for all. Pixels that are not 0 are compared.",
        ),
    ] = "",
    labels: Annotated[
        str,
        typer.Option(
            metavar="ENDING|FILE",
            help=r"Ending of the label image of each image: \<image>\<ending>; or one "
            "for all. One row per label.",
        ),
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
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Begin the file of --out anew."),
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(
            help="CSV file for a summary: n, mean, sd, median and quartiles of each "
            "metric in each group."
        ),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures: one of the table, one of each pair."),
    ] = None,
    report: ReportOption = None,
    report_pairs: ReportPairsOption = REPORT_PAIRS,
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
    """
    from ..batch.batch import answer_pairs, problems
    from ..batch.jobs import group_names, grouped
    from ..measure.table.groups import check_groups

    beside = {"rois": rois, "mask": mask, "labels": labels, "recursive": recursive}
    alone = question.channels is not None or not question.of_two
    pairs = _pairs(places, pair, reference, alone, beside)
    by = None
    # --group is a pattern of names, or a list of columns that are there: braces tell.
    if "{" in group:
        before = group_names(pairs)
        pairs = grouped(pairs, group, second=reference is not None)
        by = [name for name in group_names(pairs) if name not in before] or before
    elif group:
        by = [name.strip() for name in group.split(",")]
        check_groups(by, group_names(pairs))
    # Pictures of pairs from an earlier run are drawn again only if their files changed.
    new: set[Job] = set()
    try:
        with progress("Comparing") as (start, advance):

            def computed(job: Job, _: object) -> None:
                new.add(job)
                advance()

            result = answer_pairs(
                pairs,
                question,
                out=out,
                workers=jobs,
                restart=restart,
                on_start=start,
                on_rows=computed,
                on_note=say,
            )
    except KeyboardInterrupt:
        say(
            "Stopped. With --out FILE the next run would go on where this one was."
            if out is None
            else f"Stopped. What is done is in {out}; the same command goes on there."
        )
        raise typer.Exit(INTERRUPTED) from None
    rows, numbers = result.rows, result.metrics
    print_rows(rows, format_, numbers, result.columns)
    if plots is not None:
        plot_jobs(pairs, rows, new, plots)
        plot_rows(rows, plots / "table.png")
        if result.groups:
            plot_groups(result, by, plots / "groups.png")
    if summary is not None:
        write_summary(result, by, summary)
    failed = problems(rows, numbers)
    say(f"{_count(rows, 'row')} from {_count(pairs, 'pair')}.")
    for kind, place in {"Table": out, "Summary": summary, "Pictures": plots}.items():
        if place is not None:
            say(f"{kind}: {place}")
    if report is not None:
        title = " and ".join(map(str, places))
        write_report(report, result, title=title, most_pairs=report_pairs)
    if failed:
        say(f"{len(failed)} could not be compared:")
        for row in failed:
            say(f"  {what(row)}: {row['note']}")
    # A pair that fails is a row with its reason; a run fails if nothing else came out.
    if len(failed) == len(rows):
        raise typer.Exit(1)


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _pairs(
    places: list[Path],
    pair: str,
    reference: Path | None,
    alone: bool,
    beside: dict[str, Any],
) -> list[Job]:
    """Return the pairs of what was named: two folders, one, or a table."""
    from ..batch.jobs import read_pairs
    from ..batch.pairing import find_pairs, lone_images, pairs_with
    from ..ground.errors import PatternError

    place, *second = places
    if len(second) > 1:
        raise typer.BadParameter("give two folders, one, or a table of pairs")
    if reference is not None:
        if second:
            raise typer.BadParameter("goes with one folder", param_hint="--reference")
        return pairs_with(reference, place, **beside)
    if not second and place.is_file():
        return read_pairs(place)
    if not second and ":" not in pair:
        if not alone:
            raise typer.BadParameter(
                "one folder needs --pair with two halves, e.g. "
                '"{id}_C1:{id}_C2", or --reference FILE, or --channels 1:2',
            )
        return lone_images(place, **beside)
    try:
        return find_pairs(place, *second, pair=pair, **beside)
    except PatternError as error:
        raise typer.BadParameter(str(error), param_hint="--pair") from None
