"""What the commands are asked alike: options, and how their words are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..options import help_of
from ._shell import Format

RescaleOption = Annotated[
    str,
    typer.Option(
        "--rescale",
        metavar="none|percentile[:LOW:HIGH]|zscore|linear",
        help=help_of("--rescale"),
    ),
]
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
BackgroundOption = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER|percentile:P|region:NAME", help=help_of("--background")
    ),
]
BlurOption = Annotated[
    str | None, typer.Option(metavar="SIGMA", help=help_of("--blur"))
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
    from .._registry import parse_metrics

    try:
        numbers = parse_metrics(metrics)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--metrics") from None
    return {
        "metrics": [metric.name for metric in numbers],
        "rescale": rescale_of(rescale),
        "per": [part.strip() for part in per.split(",") if part.strip()],
        "channels": channels,
        "against": against,
        "inverse": inverse,
        "data_range": data_range,
        "background": background,
        "blur": blur,
    }


def rescale_of(word: str) -> Any:
    """Read `percentile:0.5:99.5`."""
    from ..rescale import parse_rescale

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
