"""What the command line prints and draws; what it is asked is in the modules beside."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..tally import Row

if TYPE_CHECKING:
    from ..comparison import Comparison
    from ..io import ImageFile
    from ..metrics import Metric


class Format(str, Enum):
    """How rows are printed."""

    table = "table"
    json = "json"
    csv = "csv"


def print_rows(
    rows: list[Row], format_: Format, metrics: Sequence[Metric] | None = None
) -> None:
    from ..comparison import as_text, plain
    from ..metrics import available
    from ..tally import columns

    metrics = metrics or [*available().values()]
    if format_ is Format.json:
        text = json.dumps(
            {"rows": [plain(row) for row in rows]}, indent=2, ensure_ascii=False
        )
        print(text)
    elif format_ is Format.csv:
        import csv

        writer = csv.DictWriter(sys.stdout, columns(metrics), lineterminator="\n")
        writer.writeheader()
        writer.writerows(plain(row) for row in rows)
    else:
        print(as_text(rows, metrics))


def print_record(record: Mapping[str, Any], format_: Format) -> None:
    """Print what one question has for an answer: as one row, or as a line for each."""
    from ..comparison import plain, text

    if format_ is Format.json:
        rows = {"rows": [plain(dict(record))]}
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif format_ is Format.csv:
        import csv

        writer = csv.DictWriter(sys.stdout, [*record], lineterminator="\n")
        writer.writeheader()
        writer.writerow(plain(dict(record)))
    else:
        shown = {name: text(value) for name, value in record.items()}
        wide = max(map(len, shown))
        print("\n".join(f"{k:{wide}}  {v}" for k, v in shown.items() if v))


def fail_without_numbers(rows: list[Row], metrics: Sequence[Metric]) -> None:
    from ..comparison import plain

    found = (plain(row).get(m.name) for row in rows for m in metrics)
    if all(value is None for value in found):
        reasons = "; ".join(dict.fromkeys(row["note"] for row in rows))
        print(f"similij: nothing could be compared: {reasons}", file=sys.stderr)
        raise typer.Exit(1)


@contextmanager
def progress(jobs: list[Any]) -> Iterator[Iterable[Any]]:
    """Progress bar with the time left, on a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pairs,"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        yield progress.track(jobs, description="Comparing")


def plot_job(job: Any, rows: Sequence[Row], plots: Path) -> None:
    from ..comparison import Comparison
    from ..io import align_axes, read_image
    from ..plot import plot_pair

    x, y = align_axes(read_image(job.image_1), read_image(job.image_2))
    if x.ndim != 2:  # noqa: PLR2004 - stacks have no single picture
        return
    plots.mkdir(parents=True, exist_ok=True)
    path = plots / f"{job.image_1.stem}.png"
    plot_pair(
        x,
        y,
        regions=job.rois,
        comparison=Comparison([*rows]),
        names=job.names,
        path=path,
    )


def plot_comparison(
    files: tuple[ImageFile, ImageFile | None],
    images: tuple[Any, Any],
    result: Comparison,
    asked: Mapping[str, Any],
    folder: Path,
) -> None:
    """Write the pictures that make sense; of single planes also that of the pair."""
    from ..io import align_axes
    from ..pictures import draw, fitting
    from ..plot import plot_pair

    if not fitting(result.rows):
        return
    first, second = files
    size, unit, frame_s = first.calibration
    x, y = images
    if x.ndim == 2 and y is not None:  # noqa: PLR2004 - (y, x)
        plot_pair(
            x,
            y,
            regions=asked["regions"] if isinstance(asked["regions"], Path) else None,
            comparison=result,
            names=asked["names"],
            path=folder / "pair.png",
            pixel_size=None if size is None else size[0],
            unit=unit,
        )
    if first.names_axes and (second is None or second.axes == first.axes):
        x, y = align_axes(first, second, named=True)
    draw(
        x, y, folder, comparison=result, pixel_size=size, unit=unit, frame_s=frame_s,
        **asked,
    )  # fmt: skip
    say(f"Pictures: {folder}")


def plot_rows(rows: list[Row], path: Path) -> None:
    from ..comparison import Comparison
    from ..plot import plot_table

    path.parent.mkdir(parents=True, exist_ok=True)
    plot_table(Comparison(rows).to_dataframe(), path=path)


def what(row: Row) -> str:
    names = " and ".join(n for n in (row["image_1"], row["image_2"]) if n)
    return f"{names}, {row['region']}" if row["region"] else names


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
