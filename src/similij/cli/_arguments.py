"""What the commands are asked alike: options, and how their words are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..options import help_of

RescaleOption = Annotated[
    str,
    typer.Option(
        "--rescale",
        metavar="none|percentile[:LOW:HIGH]|zscore|linear",
        help=help_of("--rescale"),
    ),
]


def regions_of(rois: Path | None, labels: Any) -> Any:
    """Regions of a file, labels, or both: then the labels follow the regions."""
    if rois is None or labels is None:
        return labels if rois is None else rois
    from ..regions import Regions, as_regions, read_regions

    return Regions(read_regions(rois), as_regions(labels).labels)


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
