"""`similij info`: what a file is taken for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import FormatOption, LevelOption, SeriesOption, SetOption
from .shell import Format, print_json, print_record, say

_NAMED = 5
"""ROIs of a file that are named; of more, only how many there are."""


def info(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES...", help="Images to look at.")
    ],
    series: SeriesOption = None,
    whole_set: SetOption = False,
    level: LevelOption = 0,
    format_: FormatOption = Format.table,
) -> None:
    """Say what a file is taken for: axes, type, values, calibration, and what is odd.

    It is read as `similij compare` reads it, and refused where that refuses it.

    For example:

    `similij info cells.ome.tif`
    """
    from ..ground.errors import ImageError
    from ..images.door import read
    from ..images.image import planes_in

    records: list[dict[str, str]] = []
    refused = False
    for path in files:
        try:
            image = read(path, series=series, level=level, whole_set=whole_set)
        except ImageError as error:
            # The others are still worth a look; the exit code says that one was not.
            refused = True
            say(f"similij: {error}")
            continue
        planes = str(planes_in(image))
        record = {"image": image.title, "planes": planes, **image.facts()}
        if rois := rois_in(path):
            record["ROIs"] = rois
        records.append(record)
    if format_ is Format.json:
        print_json(records)
    else:
        for k, record in enumerate(records):
            if k and format_ is Format.table:
                print()
            print_record(record, format_)
    if refused:
        raise typer.Exit(1)


def rois_in(path: Path) -> str:
    """Name the ROIs that ImageJ keeps in a TIFF; "" where there are none."""
    from ..ground.errors import RegionError
    from ..regions.tiff_rois import embedded_rois

    if not path.is_file():
        return ""
    try:
        names = [name for name, _ in embedded_rois(path)]
    except RegionError as error:
        return str(error)
    listed = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} ({listed}{more}), for --rois" if names else ""
