"""`similij compare`: two images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..ground.options import help_of
from .arguments import (
    WINDOW,
    DashboardOption,
    EstimateOption,
    FormatOption,
    LabelsOption,
    LevelOption,
    MaskOption,
    MemoryOption,
    PicturesOption,
    QuietOption,
    RawOption,
    SchedulerOption,
    SeriesOption,
    SetOption,
    WorkersOption,
    asks,
    by_flag,
    names_of,
    pictures_of,
)
from .inputs import Opener, in_parts, place, say_estimate
from .shell import (
    Format,
    fail_without_numbers,
    plot_comparison,
    print_result,
    print_verdicts,
    remark,
    say,
)

if TYPE_CHECKING:
    from ..measure.question import Question


@asks()
def compare(
    image_a: Annotated[Path, typer.Argument(metavar="A", help="First image.")],
    image_b: Annotated[
        Path | None,
        typer.Argument(
            metavar="[B]",
            help="Second image. Without it A is compared with itself: see --channels "
            "and --against.",
        ),
    ] = None,
    mask: MaskOption = None,
    rois: Annotated[
        Path | None,
        typer.Option(help=help_of("--rois")),
    ] = None,
    labels: LabelsOption = None,
    *,
    question: Question,
    plots: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help=help_of("--plots"),
        ),
    ] = None,
    pictures: PicturesOption = None,
    window: Annotated[str | None, WINDOW] = None,
    save_regions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the regions, with their numbers where the file holds some: "
            ".zip (ROIs for ImageJ), .geojson (for QuPath), .tif (a label image).",
        ),
    ] = None,
    series: SeriesOption = None,
    whole_set: SetOption = False,
    level: LevelOption = 0,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    dashboard: DashboardOption = False,
    memory_limit: MemoryOption = "",
    estimate: EstimateOption = None,
    raw: RawOption = False,
    quiet: QuietOption = False,
    format_: FormatOption = Format.table,
) -> None:
    """Compare two images: TIFF, OME-TIFF, PNG, NPY, OME-Zarr, Zarr or HDF5.

    Those that are too large for the memory limit are read in parts, each once.

    For example:

    `similij compare raw.tif denoised.tif`

    `similij compare a.tif b.tif --rois a_roi.zip --rescale percentile --format csv`

    `similij compare movie.tif --against first --per t`

    `similij compare cells.tif --channels 1:2 --per z,t --plots pictures`

    `similij compare raw.tif denoised.tif --verdict`

    `similij compare a.tif b.tif --plots pictures --pictures all,local --window 31`

    `similij compare raw.zarr deconvolved.zarr --workers 4 --memory-limit 2GB`
    """
    from ..ground.writing import check_places
    from ..measure.compare import compared
    from ..measure.table.places import FILE as PLACES_FILE
    from ..measure.table.places import write_places
    from ..regions.read import as_regions, regions_of

    if image_b is None and not question.of_one:
        raise typer.BadParameter(
            "give a second image, or two channels of A (--channels 1:2), or "
            "--against first",
            param_hint="B",
        )
    if question.inverse and rois is None and labels is None:
        raise typer.BadParameter("needs --rois or --labels", param_hint="--inverse")
    pictured = pictures_of(plots, pictures, window)
    if save_regions is not None:
        if rois is None and labels is None:
            raise typer.BadParameter(
                "needs --rois or --labels", param_hint="--save-regions"
            )
        from ..regions.write import kind_of_file

        by_flag("--save-regions", kind_of_file, save_regions)
    check_places([save_regions], plots)
    parts = workers is not None or scheduler is not None
    opener = Opener(
        level, memory_limit, parts=parts, series=series, whole_set=whole_set
    )
    x = opener.image(image_a)
    y = None if image_b is None else opener.image(image_b)
    inside, numbered = opener.mask(mask), opener.labels(labels)
    lazy = in_parts(x, y, inside, numbered)
    regions = regions_of(rois, numbered)
    # Without B the image is compared with itself, and both columns name it.
    names = names_of(image_a, image_b or image_a)
    files = (str(image_a), str(image_b or image_a))
    with place(workers, scheduler, memory_limit, lazy, dashboard, quiet):
        if estimate is not None:
            say_estimate(x, y, replace(question, mask=inside), regions, estimate)
        complete = replace(
            question,
            mask=inside,
            regions=None if regions is None else as_regions(regions),
        )
        result = compared(complete, x, y, names=names, files=files)
    rest = "with --format csv, or in a pager (| less -S)"
    shown = print_result(result, format_, rest, raw=raw, quiet=quiet)
    if question.verdict and format_ is Format.table:
        several = len(result) > 1
        print_verdicts(
            shown, lambda row: f"{row['region']}, {row['plane']}: " if several else ""
        )
    if plots is not None:
        if question.verdict and write_places(plots, result.rows, raw=raw):
            remark(f"Local differences: {plots / PLACES_FILE}", quiet)
        if plot_comparison((x, y), result, complete, plots, rois=rois, **pictured):
            remark(f"Pictures: {plots}", quiet)
    if save_regions is not None:
        from ..measure.write_regions import write_regions

        regions = complete.regions
        for sentence in write_regions(save_regions, regions, rows=result, image=x):
            say(sentence)
        remark(f"Regions: {save_regions}", quiet)
    fail_without_numbers(result.rows, result.metrics)
