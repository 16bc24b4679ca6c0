"""`similij estimate`: what a comparison will say, from some blocks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .arguments import (
    BlocksOption,
    DashboardOption,
    FormatOption,
    LevelOption,
    MaskOption,
    MemoryOption,
    SchedulerOption,
    SeedOption,
    WorkersOption,
    asks,
)
from .inputs import Opener, place
from .shell import Format, print_csv, print_json

if TYPE_CHECKING:
    from ..measure.question import Question


@asks("metrics", "data_range")
def estimate(
    image_a: Annotated[Path, typer.Argument(metavar="A", help="First image.")],
    image_b: Annotated[Path, typer.Argument(metavar="B", help="Second image.")],
    mask: MaskOption = None,
    *,
    question: Question,
    blocks: BlocksOption = 64,
    seed: SeedOption = 0,
    level: LevelOption = 0,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    dashboard: DashboardOption = False,
    memory_limit: MemoryOption = "",
    format_: FormatOption = Format.table,
) -> None:
    """Estimate how alike two large images are, from blocks drawn at random.

    For example:

    `similij estimate raw.zarr deconvolved.zarr --blocks 200`
    """
    from ..measure.estimate import estimate as estimate_images

    opener = Opener(level, memory_limit, parts=True)
    x, y = opener.image(image_a), opener.image(image_b)
    with place(workers, scheduler, memory_limit, True, dashboard):
        expected = estimate_images(
            x,
            y,
            mask=opener.mask(mask),
            metrics=[metric.name for metric in question.metrics],
            data_range=question.data_range,
            n_blocks=blocks,
            seed=seed,
        )
    print_estimate(expected, format_)


def print_estimate(estimates: Any, format_: Format) -> None:
    """Print it on standard output."""
    from ..measure.table.table import Table

    if format_ is Format.json:
        table = Table.of([asdict(row) for row in estimates.rows])
        print_json(table.to_dict())
    elif format_ is Format.csv:
        print_csv(estimates.to_dataframe().to_csv(index=False))
    else:
        print(estimates)
