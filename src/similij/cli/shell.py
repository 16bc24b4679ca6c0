"""Print and draw the results of commands; what they are asked is in `arguments`."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from ..ground.inert import JOINERS, behind, inert_streams, make_inert, visible
from ..ground.types import Row

if TYPE_CHECKING:
    from ..images.image import Image
    from ..measure.question import Question
    from ..measure.table.comparison import Comparison
    from ..metrics.registry import Metric


class Format(str, Enum):
    """Name a way to print rows."""

    table = "table"
    json = "json"
    csv = "csv"


def print_rows(
    rows: Sequence[Row],
    format_: Format,
    metrics: Sequence[Metric],
    columns: Sequence[str],
    *,
    raw: bool = False,
) -> None:
    """Print rows as a table, as JSON or as CSV, with text marked unless `raw`."""
    from ..measure.table.comparison import as_text
    from ..measure.table.csv import heading, lines_of
    from ..measure.table.table import Table

    if format_ is Format.json:
        print_json(Table.of(rows).to_dict())
    elif format_ is Format.csv:
        lines = heading(columns, raw=raw) + lines_of(rows, columns, raw=raw)
        print_csv(lines.decode("utf-8"))
    else:
        print(as_text(rows, metrics))


def print_json(record: object) -> None:
    r"""Print JSON, with escapes for what is not seen: whoever reads it has it back."""
    text = json.dumps(record, indent=2, ensure_ascii=False)
    # Its ends of lines are all ours: `dumps` has escaped those of names.
    lines = (_escaped(line) for line in text.split("\n"))
    print("\n".join(lines))


def _escaped(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(
        c if c.isprintable() or c in JOINERS else json.dumps(c)[1:-1] for c in line
    )


def print_csv(text: str) -> None:
    """Print a table: exact into a file or another program, harmless on a terminal."""
    from ..measure.table.csv import as_csv

    if sys.stdout.isatty():
        lines = csv.reader(io.StringIO(text, newline=""))
        text = as_csv(([*map(visible, line)] for line in lines), raw=True)
    behind(sys.stdout).write(text)


def print_places(places: Sequence[Mapping[str, Any]]) -> None:
    """Print the places that a verdict names, a line each; it names the first itself."""
    for p in places:
        unit = p["unit"]
        area = f" ({p['area_in_unit']:.4g} {unit})" if unit else ""
        print(
            f"  {p['place']}: x {p['x']}, y {p['y']}, {p['width']}×{p['height']} px, "
            f"area {p['area']} px{area}, RMSD {p['rmsd']:.4g}, "
            f"{p['times_noise']:.3g} times the noise"
        )


def print_record(record: Mapping[str, Any], format_: Format) -> None:
    """Print what one question has for an answer: as one row, or as a line for each."""
    from ..measure.table.columns import text

    if format_ is not Format.table:
        print_rows([dict(record)], format_, (), [*record])
    else:
        shown = {name: visible(text(value)) for name, value in record.items()}
        wide = max(map(len, shown))
        print("\n".join(f"{k:{wide}}  {v}" for k, v in shown.items() if v))


def fail_without_numbers(rows: Sequence[Row], metrics: Sequence[Metric]) -> None:
    """End with exit code 1 if no row has a number."""
    from ..measure.table.columns import undefined

    # A script sees by the exit code that there is nothing to read, also where the rows
    # are printed with their reasons.
    if all(undefined(row.get(m.name)) for row in rows for m in metrics):
        reasons = "; ".join(dict.fromkeys(row["note"] for row in rows))
        say(f"similij: nothing could be compared: {visible(reasons)}")
        raise typer.Exit(1)


@contextmanager
def progress(
    words: str,
    what: str = "pairs",
) -> Iterator[tuple[Callable[[int, int], None], Callable[[], None]]]:
    """Show a progress bar with the time left, if this is a terminal.

    Gives a function that says how many of how many are done, and one to call when one
    more is.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    shown = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{what},"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(file=behind(sys.stderr), stderr=True),
        transient=True,
    )
    # On stderr, and only on a terminal: what is piped or logged has results alone.
    task = shown.add_task(words)

    def start(done: int, count: int) -> None:
        shown.update(task, completed=done, total=count)
        if shown.console.is_terminal:
            shown.start()
            # The bar has put streams of its own in their place, to print above itself;
            # those read escape sequences, so what is printed must be harmless before.
            make_inert()

    def advance() -> None:
        shown.advance(task)

    try:
        yield start, advance
    finally:
        if shown.live.is_started:
            shown.stop()


def plot_comparison(
    images: tuple[Image, Image | None],
    result: Comparison,
    question: Question,
    folder: Path,
    *,
    rois: Path | None,
    **pictured: Any,
) -> None:
    """Write the pictures that make sense; of single planes also that of the pair.

    That of the pair is left out where kinds are asked for by name, and where the
    numbers of every table, which it shows, are not in the rows.
    """
    from ..images.door import as_image
    from ..images.pair import prepare
    from ..measure.preparing import as_compared
    from ..metrics.defaults import available
    from ..plot.pair import plot_pair
    from ..plot.pictures.draw import draw
    from ..plot.pictures.kinds import fitting

    if not fitting(result.rows):
        return
    x, y = images
    size, unit, _ = x.calibration
    names = (result.rows[0]["image_1"], result.rows[0]["image_2"])
    usual = all(name in result.rows[0] for name in available())
    plane = y is not None and x.ndim == y.ndim == 2  # noqa: PLR2004
    align = question.align
    if align and plane and y is not None:
        # Once for all pictures: it takes longer than any of them.
        pair = as_compared(prepare(x, y, question.mask, names), question)
        assert pair is not None  # there are numbers
        x, y = (
            replace(as_image(pixels), calibration=image.calibration)
            for pixels, image in ((pair.x, x), (pair.y, y))
        )
        align = None
    if plane and y is not None and usual and "kinds" not in pictured:
        pair = prepare(x, y, names=names)
        plot_pair(
            np.asarray(pair.x),
            np.asarray(pair.y),
            regions=rois,
            comparison=result,
            names=names,
            path=folder / "pair.png",
            pixel_size=None if size is None else size[0],
            unit=unit,
        )
    draw(
        x,
        y,
        folder,
        comparison=result,
        names=names,
        mask=question.mask,
        regions=question.regions,
        per=question.per,
        channels=question.channels,
        against=question.against,
        metrics=None if question.usual else [m.name for m in question.metrics],
        data_range=question.data_range,
        color=question.color,
        align=align,
        **pictured,
    )
    say(f"Pictures: {folder}")


def write_report(path: Path, rows: Any, **options: Any) -> None:
    """Write a report that says with which command it was made."""
    import shlex

    from ..report.report import write

    command = shlex.join(["similij", *sys.argv[1:]])
    write(path, rows, parameters={"Command": command}, **options)
    say(f"Report: {path}")


def what(row: Row) -> str:
    """Name a row: its images, region and plane."""
    names = " and ".join(n for n in (row["image_1"], row["image_2"]) if n)
    return visible(f"{names}, {row['region']}" if row["region"] else names)


def say(text: str) -> None:
    """Print a line on stderr, so that stdout holds nothing but results."""
    with inert_streams():
        print(text, file=sys.stderr, flush=True)
