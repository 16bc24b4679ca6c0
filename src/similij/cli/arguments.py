"""What the commands are asked alike: options, and how their words are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..ground.options import help_of
from .shell import Format

RescaleOption = Annotated[
    str,
    typer.Option(
        "--rescale",
        metavar="none|percentile[:LOW:HIGH]|zscore|linear",
        help=help_of("--rescale"),
    ),
]
MaskOption = Annotated[Path | None, typer.Option(help=help_of("--mask"))]
LabelsOption = Annotated[Path | None, typer.Option(help=help_of("--labels"))]
InverseOption = Annotated[bool, typer.Option("--inverse", help=help_of("--inverse"))]
PerOption = Annotated[str, typer.Option(metavar="AXES", help=help_of("--per"))]
ChannelsOption = Annotated[
    str | None, typer.Option(metavar="PAIRS", help=help_of("--channels"))
]
AgainstOption = Annotated[
    str, typer.Option(metavar="image 2|first|previous", help=help_of("--against"))
]
MetricsOption = Annotated[str, typer.Option(metavar="NAMES", help=help_of("--metrics"))]
DataRangeOption = Annotated[float | None, typer.Option(help=help_of("--data-range"))]
LevelOption = Annotated[
    int,
    typer.Option(
        metavar="K",
        min=0,
        help="Of images stored at several resolutions: 0 is the finest. Mask and "
        "labels in such a store are taken at the same.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Processes to start, for images read in parts."
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="A dask scheduler that runs, tcp://host:8786, or its scheduler file.",
    ),
]
MemoryOption = Annotated[
    str,
    typer.Option(
        "--memory-limit",
        metavar="BYTES",
        help='Of this process, or of each worker, such as "4 GB": larger images are '
        "read in parts.",
    ),
]
BlocksOption = Annotated[
    int, typer.Option(metavar="N", min=8, help="Blocks to draw and read.")
]
SeedOption = Annotated[int, typer.Option(help="Of the draw.")]
BackgroundOption = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER|percentile:P|region:NAME", help=help_of("--background")
    ),
]
BlurOption = Annotated[
    str | None, typer.Option(metavar="SIGMA", help=help_of("--blur"))
]
EstimateOption = Annotated[
    int | None,
    typer.Option(
        metavar="BLOCKS",
        min=8,
        help="Say first what so many blocks, drawn at random, let expect.",
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="How to print the rows.")
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.html",
        help="One file to open in a browser, without a network: table to sort and "
        "filter, heat maps, pictures and verdicts of the least alike pairs.",
    ),
]

REPORT_PAIRS = 24
"""Pairs of a report that have pictures: some 0.3 MB each."""

ReportPairsOption = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, help="Pairs of the report that have pictures, at most."
    ),
]


def metrics_of(words: str) -> list[str]:
    """Names of the metrics asked for."""
    from ..metrics.registry import parse_metrics

    try:
        return [metric.name for metric in parse_metrics(words)]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--metrics") from None


def prepared_of(background: str | None, blur: str | None) -> dict[str, Any]:
    """Words of what is done before comparing, if they can be read."""
    from ..ground.errors import RegionError
    from ..preparation.preparation import parse_preparation

    for flag, words in (("background", background), ("blur", blur)):
        try:
            parse_preparation(
                *((words, None) if flag == "background" else (None, words))
            )
        except RegionError:
            continue  # perhaps one of those compared, which are not read yet
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=f"--{flag}") from None
    return {"background": background, "blur": blur}


def asked_of(
    *,
    metrics: str,
    rescale: str,
    per: str,
    channels: str | None,
    against: str,
    inverse: bool,
    data_range: float | None,
    background: str | None,
    blur: str | None,
) -> dict[str, Any]:
    """Options of `similij.compare` from the words of the command line."""
    return {
        "metrics": metrics_of(metrics),
        "rescale": rescale_of(rescale),
        "per": [part.strip() for part in per.split(",") if part.strip()],
        "channels": channels,
        "against": against,
        "inverse": inverse,
        "data_range": data_range,
        **prepared_of(background, blur),
    }


def rescale_of(word: str) -> Any:
    """Read `percentile:0.5:99.5`."""
    from ..preparation.rescale import parse_rescale

    parts = word.split(":")
    try:
        rescale: Any = (
            parts[0] if len(parts) == 1 else (parts[0], *map(float, parts[1:]))
        )
        parse_rescale(rescale)
    except ValueError:
        raise typer.BadParameter(
            f'"{word}" is none of: none, percentile, zscore, linear, or '
            "percentile:LOW:HIGH with 0 <= LOW < HIGH <= 100, e.g. percentile:0.5:99.5",
            param_hint="--rescale",
        ) from None
    return rescale


def distinct(first: Path, second: Path) -> tuple[str, str]:
    """File names, or whole paths where the names of two files are the same."""
    if first.name != second.name or first == second:
        return first.name, second.name
    return str(first), str(second)


def pictures_of(
    plots: Path | None, pictures: str | None, window: str | None
) -> dict[str, Any]:
    """Options of `similij.draw` from the words of the command line."""
    from ..moments.windows import USUAL_WINDOW, parse_window
    from ..plot.pictures.kinds import parse_kinds

    if pictures is not None and plots is None:
        raise typer.BadParameter("needs --plots FOLDER", param_hint="--pictures")
    try:
        kinds = parse_kinds(pictures or "all")
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--pictures") from None
    if window is not None and "local" not in kinds:
        raise typer.BadParameter(
            "is of local maps: give --pictures all,local, too", param_hint="--window"
        )
    try:
        parse_window(window or USUAL_WINDOW)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--window") from None
    found = {"kinds": pictures, "window": window}
    return {key: words for key, words in found.items() if words is not None}
