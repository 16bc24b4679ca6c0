"""`similij info`: what a file is taken for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .arguments import FormatOption, LevelOption, SeriesOption, SetOption
from .shell import Format, print_record


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
    import json

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
            typer.echo(f"similij: {error}", err=True)
            continue
        planes = str(planes_in(image))
        records.append({"image": image.title, "planes": planes, **image.facts()})
    if format_ is Format.json:
        print(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        for k, record in enumerate(records):
            if k and format_ is Format.table:
                print()
            print_record(record, format_)
    if refused:
        raise typer.Exit(1)
