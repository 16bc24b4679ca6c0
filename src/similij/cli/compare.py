"""`similij compare`: two images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..ground.options import help_of
from .arguments import (
    AgainstOption,
    BackgroundOption,
    BlurOption,
    ChannelsOption,
    DataRangeOption,
    EstimateOption,
    FormatOption,
    InverseOption,
    LabelsOption,
    LevelOption,
    MaskOption,
    MemoryOption,
    MetricsOption,
    PerOption,
    RescaleOption,
    SchedulerOption,
    WorkersOption,
    asked_of,
    distinct,
    pictures_of,
)
from .inputs import Opener, in_parts, place, say_estimate
from .shell import Format, fail_without_numbers, plot_comparison, print_rows


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
    inverse: InverseOption = False,
    rescale: RescaleOption = "none",
    background: BackgroundOption = None,
    blur: BlurOption = None,
    per: PerOption = "",
    channels: ChannelsOption = None,
    against: AgainstOption = "image 2",
    metrics: MetricsOption = "",
    data_range: DataRangeOption = None,
    verdict: Annotated[
        bool, typer.Option("--verdict", help=help_of("--verdict"))
    ] = False,
    plots: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help=help_of("--plots"),
        ),
    ] = None,
    pictures: Annotated[
        str | None,
        typer.Option(metavar="KINDS", help=help_of("--pictures")),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(metavar="PIXELS|gaussian:SIGMA", help=help_of("--window")),
    ] = None,
    level: LevelOption = 0,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    memory_limit: MemoryOption = "",
    estimate: EstimateOption = None,
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
    from ..batch.run import regions_of
    from ..images.files import align_axes
    from ..measure.compare import compare as compare_images

    asked = asked_of(
        metrics=metrics,
        rescale=rescale,
        per=per,
        channels=channels,
        against=against,
        inverse=inverse,
        data_range=data_range,
        background=background,
        blur=blur,
    )
    if image_b is None and channels is None and against == "image 2":
        raise typer.BadParameter(
            "give a second image, or two channels of A (--channels 1:2), or "
            "--against first",
            param_hint="B",
        )
    if inverse and rois is None and labels is None:
        raise typer.BadParameter("needs --rois or --labels", param_hint="--inverse")
    pictured = pictures_of(plots, pictures, window)
    parts = workers is not None or scheduler is not None
    opener = Opener(level, memory_limit, parts=parts)
    first = opener.image(image_a)
    second = None if image_b is None else opener.image(image_b)
    x, y = align_axes(
        first, second, named=bool(asked["per"] or channels) or against != "image 2"
    )
    drawn: dict[str, Any] = {
        "mask": opener.mask(mask),
        "regions": regions_of(rois, opener.labels(labels)),
        "names": distinct(first.path, first.path if second is None else second.path),
        **{key: asked.pop(key) for key in ("per", "channels", "against")},
    }
    files = (str(first.path), str((second or first).path))
    lazy = in_parts(x, y, drawn["mask"], drawn["regions"])
    with place(workers, scheduler, memory_limit, lazy):
        if estimate is not None:
            say_estimate(x, y, drawn, asked, estimate)
        result = compare_images(x, y, files=files, verdict=verdict, **asked, **drawn)
    numbers = result.metrics
    print_rows(result.rows, format_, numbers, result.columns)
    if verdict and format_ is Format.table:
        for row in result.rows:
            where = "" if len(result) == 1 else f"{row['region']}, {row['plane']}: "
            if row["verdict"]:
                print(f"\n{where}{row['verdict']}")
    if plots is not None:
        drawn |= {**pictured, "metrics": metrics, "data_range": data_range}
        plot_comparison((first, second), (x, y), result, drawn, plots)
    fail_without_numbers(result.rows, numbers)
