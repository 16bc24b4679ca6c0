"""`similij compare`: two images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..options import help_of
from ._arguments import RescaleOption, distinct, regions_of, rescale_of
from ._shell import Format, fail_without_numbers, plot_comparison, print_rows


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
    mask: Annotated[
        Path | None,
        typer.Option(help=help_of("--mask")),
    ] = None,
    rois: Annotated[
        Path | None,
        typer.Option(help=help_of("--rois")),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help=help_of("--labels")),
    ] = None,
    inverse: Annotated[
        bool,
        typer.Option("--inverse", help=help_of("--inverse")),
    ] = False,
    rescale: RescaleOption = "none",
    background: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER|percentile:P|region:NAME", help=help_of("--background")
        ),
    ] = None,
    blur: Annotated[
        str | None,
        typer.Option(metavar="SIGMA", help=help_of("--blur")),
    ] = None,
    per: Annotated[
        str,
        typer.Option(
            metavar="AXES",
            help=help_of("--per"),
        ),
    ] = "",
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="PAIRS",
            help=help_of("--channels"),
        ),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="image 2|first|previous",
            help=help_of("--against"),
        ),
    ] = "image 2",
    metrics: Annotated[
        str,
        typer.Option(metavar="NAMES", help=help_of("--metrics")),
    ] = "",
    data_range: Annotated[
        float | None,
        typer.Option(help=help_of("--data-range")),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help=help_of("--plots"),
        ),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="How to print the rows.")
    ] = Format.table,
) -> None:
    """Compare two images: TIFF, OME-TIFF, PNG or NPY.

    For example:

    `similij compare raw.tif denoised.tif`

    `similij compare a.tif b.tif --rois a_roi.zip --rescale percentile --format csv`

    `similij compare movie.tif --against first --per t`

    `similij compare cells.tif --channels 1:2 --per z,t --plots pictures`
    """
    from .._registry import parse_metrics
    from ..compare import compare as compare_images
    from ..io import align_axes, read_image, read_labels, read_mask

    how = rescale_of(rescale)
    if image_b is None and channels is None and against == "image 2":
        raise typer.BadParameter(
            "give a second image, or two channels of A (--channels 1:2), or "
            "--against first",
            param_hint="B",
        )
    if inverse and rois is None and labels is None:
        raise typer.BadParameter("needs --rois or --labels", param_hint="--inverse")
    try:
        numbers = parse_metrics(metrics)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--metrics") from None
    first = read_image(image_a)
    second = None if image_b is None else read_image(image_b)
    axes = [part.strip() for part in per.split(",") if part.strip()]
    x, y = align_axes(
        first, second, named=bool(axes or channels) or against != "image 2"
    )
    inside = None if mask is None else read_mask(mask)
    names = distinct(first.path, first.path if second is None else second.path)
    asked: dict[str, Any] = {
        "mask": inside,
        "regions": regions_of(rois, None if labels is None else read_labels(labels)),
        "names": names,
        "per": axes,
        "channels": channels,
        "against": against,
    }
    files = (str(first.path), str((second or first).path))
    result = compare_images(
        x,
        y,
        metrics=[metric.name for metric in numbers],
        data_range=data_range,
        inverse=inverse,
        rescale=how,
        background=background,
        blur=blur,
        files=files,
        **asked,
    )
    print_rows(result.rows, format_, numbers)
    if plots is not None:
        plot_comparison((first, second), (x, y), result, asked, plots)
    fail_without_numbers(result.rows, numbers)
