"""`similij batch`: many pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import help_of
from ..tally import Row, new_run
from ._arguments import RescaleOption, rescale_of
from ._shell import (
    Format,
    plot_job,
    plot_rows,
    print_rows,
    progress,
    say,
    what,
    write_report,
)


def batch(
    folder_a: Annotated[Path, typer.Argument(metavar="FOLDER_A")],
    folder_b: Annotated[Path, typer.Argument(metavar="FOLDER_B")],
    pair: Annotated[
        str,
        typer.Option(help=help_of("--pair", "folders")),
    ] = "{id}__",
    rois: Annotated[
        str,
        typer.Option(help=help_of("--rois", "folders")),
    ] = "_roi.zip",
    rescale: RescaleOption = "none",
    out: Annotated[
        Path | None,
        typer.Option(help=help_of("--out", "folders")),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures: one of the table, one of each pair."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="HTML file for a report: a table to sort and filter, heat maps, and "
            "pictures and a verdict of the pairs that are least alike."
        ),
    ] = None,
    report_pairs: Annotated[
        int,
        typer.Option(min=0, help="How many pairs of the report have pictures."),
    ] = 24,
    format_: Annotated[
        Format, typer.Option("--format", help="How to print the rows.")
    ] = Format.table,
) -> None:
    """Compare the images of two folders, paired by name, region by region.

    `img1__a.tif` in A goes with `img1__b.tif` in B; the regions of `img1__a.tif` are
    in `img1__a_roi.zip`. Nothing stops the run: what cannot be compared is a row with
    its reason, listed again at the end.

    For example:

    `similij batch set_a set_b --rescale percentile --out results.csv --plots plots`
    """
    from ..batch import CsvFile, find_pairs, problems, run
    from ..metrics import available

    how = rescale_of(rescale)
    if pair.count("{id}") != 1:
        raise typer.BadParameter(f'"{pair}" must have {{id}} once', param_hint="--pair")
    jobs = find_pairs(folder_a, folder_b, pair=pair, rois=rois)
    file = None if out is None else CsvFile(out, [*available().values()])
    if file is not None:
        file.start()
    rows: list[Row] = []
    name = new_run()
    with progress(jobs) as progressed:
        for job in progressed:
            found = run(job, how, name=name)
            if file is not None:
                file.append(found)
            rows += found
            if plots is not None and not problems(found):
                plot_job(job, found, plots)
    print_rows(rows, format_)
    if plots is not None:
        plot_rows(rows, plots / "table.png")
    if report is not None:
        write_report(
            report, rows, most_pairs=report_pairs, title=f"{folder_a} and {folder_b}"
        )
    failed = problems(rows)
    say(f"{len(rows)} rows from {len(jobs)} pairs.")
    if out is not None:
        say(f"Table: {out}")
    if plots is not None:
        say(f"Pictures: {plots}")
    if report is not None:
        say(f"Report: {report}")
    if failed:
        say(f"{len(failed)} could not be compared:")
        for row in failed:
            say(f"  {what(row)}: {row['note']}")
    if len(failed) == len(rows):
        raise typer.Exit(1)
