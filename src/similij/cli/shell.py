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

import typer

from ..ground.inert import JOINERS, behind, inert_streams, make_inert, visible

if TYPE_CHECKING:
    from ..ground.types import Row
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
    """Print all rows as a table, JSON or CSV, with text marked unless `raw`."""
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


def print_result(
    result: Comparison,
    format_: Format,
    rest: str,
    *,
    by: Sequence[str] | None = None,
    failed: Sequence[Row] = (),
    raw: bool = False,
    quiet: bool = False,
) -> Sequence[Row]:
    """Print the rows of a command: as it was asked, and a table to fit the terminal.

    Parameters
    ----------
    result : Comparison
        The rows.
    format_ : Format
        How to print them.
    rest : str
        Where a reader of the terminal finds what had no room, as a clause.
    by : sequence of str, optional
        Columns that the summary on a terminal is by; default: all groups.
    failed : sequence of dict
        Rows that are told of elsewhere, and that a terminal does not show.
    raw, quiet : bool
        Text as it is; no table.

    Returns
    -------
    sequence of dict
        The rows that are seen.
    """
    from ..measure.table.groups import spreads
    from .terminal import rows_on_screen, summary_on_screen, width

    rows, wide = result.rows, width()
    if format_ is Format.table and quiet:
        return []
    if format_ is not Format.table or wide is None:
        print_rows(rows, format_, result.metrics, result.columns, raw=raw)
        return rows
    gone = {id(row) for row in failed}
    rows = [row for row in rows if id(row) not in gone]
    if not rows:
        return rows
    lines, shown = rows_on_screen(rows, result.metrics, wide, rest)
    groups, values = spreads(result, by)
    lines += summary_on_screen(values, groups, wide, rest)
    print("\n".join(lines))
    return shown


def print_verdicts(rows: Sequence[Row], name: Callable[[Row], str]) -> None:
    """Print the verdicts of rows, each behind its name, with the places it tells of."""
    from ..verdicts.places import places_of
    from .terminal import indented, width

    wide = width()
    for row in rows:
        words = row["verdict"]
        if words:
            line = visible(f"{name(row)}{words}")
            print("\n" + ("\n".join(indented("", line, wide)) if wide else line))
        for line in _places(places_of(row)):
            print("\n".join(indented("  ", line, wide)) if wide else f"  {line}")


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


def _places(places: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Describe the places that a verdict names, a line each."""
    for p in places:
        unit = p["unit"]
        area = f" ({p['area_in_unit']:.4g} {unit})" if unit else ""
        yield (
            f"{p['place']}: x {p['x']}, y {p['y']}, {p['width']}×{p['height']} px, "
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


def say_failed(rows: Sequence[Row], rest: str) -> None:
    """Say why rows could not be compared; on a terminal, of the first ones."""
    from .terminal import list_on_screen, width_of_messages

    say(f"{len(rows)} could not be compared:")
    lines = [f"{what(row)}: {visible(row['note'])}" for row in rows]
    for line in list_on_screen(lines, width_of_messages(), rest):
        say(line)


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
    *,
    quiet: bool = False,
) -> Iterator[tuple[Callable[[int, int], None], Callable[[], None]]]:
    """Show a progress bar with the time left, if this is a terminal and not `quiet`.

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
        if shown.console.is_terminal and not quiet:
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
) -> bool:
    """Write the pictures that make sense; of single planes also that of the pair.

    That of the pair is left out where kinds are asked for by name, and where the
    numbers of every table, which it shows, are not in the rows. Return whether there
    is one.
    """
    import numpy as np

    from ..images.door import as_image
    from ..images.pair import prepare
    from ..measure.preparing import as_compared
    from ..metrics.defaults import available
    from ..plot.pair import plot_pair
    from ..plot.pictures.draw import draw
    from ..plot.pictures.kinds import fitting

    if not fitting(result.rows):
        return False
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
    return True


def write_report(path: Path, rows: Any, **options: Any) -> None:
    """Write a report that says with which command it was made."""
    import shlex

    from ..report.report import write

    command = shlex.join(["similij", *sys.argv[1:]])
    write(path, rows, parameters={"Command": command}, **options)


def what(row: Row) -> str:
    """Name a row: its images, region and plane."""
    names = " and ".join(n for n in (row["image_1"], row["image_2"]) if n)
    return visible(f"{names}, {row['region']}" if row["region"] else names)


def remark(text: str, quiet: bool) -> None:
    """Say what a reader may do without, unless it is to be quiet."""
    if not quiet:
        say(text)


def say(text: str) -> None:
    """Print a line on stderr, so that stdout holds nothing but results."""
    with inert_streams():
        print(text, file=sys.stderr, flush=True)
