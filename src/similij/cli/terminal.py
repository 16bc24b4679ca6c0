"""Fit rows to a terminal: numbers first, a screenful, and a summary of all.

Only what a person reads at once is laid out here. A table into a file or another
program is whole (`measure.table.comparison.as_text`), since who pipes it reads it with
a pager, or with a program that has counted on its columns.
"""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Iterable, Sequence
from itertools import takewhile
from textwrap import wrap
from typing import TYPE_CHECKING

from ..ground.inert import visible
from ..ground.names import counted

if TYPE_CHECKING:
    from ..ground.types import Row
    from ..measure.table.groups import Spread
    from ..metrics.registry import Metric

MOST = 20
"""Rows, lines of a summary and lines of a list: with their headings a screenful."""

_MOST_NOTES = 5
"""Notes below a table: each takes some lines."""

_LEAST = 5
"""Rows of which a median and a range say more than the rows themselves."""

_NARROW = 14
"""Letters that a name has at least, however many numbers stand before it."""

_GAP = "  "

_USUAL_WIDTH = 80


def width() -> int | None:
    """Return the width of the terminal that stdout is, or None where it is none."""
    return _columns() if sys.stdout.isatty() else None


def width_of_messages() -> int | None:
    """Return the width of the terminal that stderr is, or None where it is none."""
    return _columns() if sys.stderr.isatty() else None


def _columns() -> int:
    # COLUMNS goes first, as everywhere; a pseudo terminal may say that it has 0.
    return max(40, shutil.get_terminal_size((_USUAL_WIDTH, 24)).columns)


def rows_on_screen(
    rows: Sequence[Row], metrics: Sequence[Metric], wide: int, rest: str
) -> tuple[list[str], Sequence[Row]]:
    """Lay out some rows: all where they are few, else the least alike.

    Parameters
    ----------
    rows : sequence of Row
        All there are.
    metrics : sequence of Metric
        Those of the rows.
    wide : int
        Columns of the terminal.
    rest : str
        Where everything is that has no room, as a clause.

    Returns
    -------
    lines : list of str
        None longer than `wide`.
    shown : sequence of Row
        Those that are in them, in that order.
    """
    caption, shown = _chosen(rows, metrics)
    lines = [caption] if caption else []
    left_out = caption != ""
    names, same = _names(shown)
    if same:
        lines += wrap(same, wide)
    marks: dict[str, int] = {}
    last = []
    for row in shown:
        note = row["note"]
        last.append(f"[{marks.setdefault(note, len(marks) + 1)}]" if note else "")
    numbers = _numbers(shown, metrics)
    if len(shown) == 1 and _wide(numbers) + len(_GAP) > wide:
        # Of one row there is room for any number of metrics, one below the other.
        labels = max(len(label) for label, _ in numbers)
        lines += [f"{label:{labels}}{_GAP}{cell}" for label, (cell,) in numbers]
    else:
        behind = [("", last)] if marks else []
        beside = len(_GAP) + _wide(behind) if marks else 0
        least = len(names) * (_NARROW + len(_GAP))
        numbers, without = _that_fit(numbers, wide - least - beside)
        room = wide - _wide(numbers) - len(_GAP) - beside
        columns = [*numbers, *_in_room(names, room), *behind]
        lines += _table(columns, [False] * len(numbers) + [True] * len(columns))
        if without:
            lines += wrap(f"No room for {', '.join(without)}.", wide)
            left_out = True
    for note, mark in [*marks.items()][:_MOST_NOTES]:
        lines += indented(f"[{mark}] ", visible(note), wide)
    if len(marks) > _MOST_NOTES:
        lines.append(f"... and {counted(len(marks) - _MOST_NOTES, 'note')} more.")
        left_out = True
    if left_out:
        lines += wrap(f"All of it: {rest}.", wide)
    return lines, shown


def summary_on_screen(
    spreads: Iterable[Spread], by: Sequence[str], wide: int, rest: str
) -> list[str]:
    """Lay out the median and the range of each metric in each group.

    There is none of a few rows without groups, which are seen at a glance. `rest` says
    where all lines are.
    """
    from ..measure.table.columns import text

    spreads = [*spreads]
    if not by and all(spread.n < _LEAST for spread in spreads):
        return []
    head = spreads[:MOST]
    columns = [
        (label, [text(value) for value in values])
        for label, values in (
            ("Median", [s.median for s in head]),
            ("Lowest", [s.lowest for s in head]),
            ("Highest", [s.highest for s in head]),
            ("n", [s.n for s in head]),
            ("Metric", [s.metric.label for s in head]),
        )
    ]
    groups = [
        (visible(name), [visible(s.values[k]) for s in head])
        for k, name in enumerate(by)
    ]
    room = wide - _wide(columns) - len(_GAP)
    columns += _in_room(groups, room)
    lines = _table(columns, [False] * 4 + [True] * len(columns))
    if len(spreads) > len(head):
        lines += wrap(f"... and {len(spreads) - len(head)} more lines: {rest}.", wide)
    return ["", *lines]


def names_on_screen(
    lines: Sequence[Sequence[str]], count: int, wide: int | None
) -> list[str]:
    """Lay out lines of names, each behind its number; say how many more there are.

    Where `wide` is None, with names as long as they are.
    """
    if not lines:
        return []
    digits = len(str(count))
    columns = [("", [*map(visible, column)]) for column in zip(*lines, strict=True)]
    start = " " * 2
    if wide is not None:
        columns = _in_room(columns, wide - len(start) - digits - len(_GAP))
    numbers = ("", [f"{k:{digits}}" for k in range(1, len(lines) + 1)])
    laid = _table([numbers, *columns], [True] * (1 + len(columns)))[1:]
    if count > len(lines):
        laid.append(f"{'':{digits}}{_GAP}... and {count - len(lines)} more")
    return [start + line for line in laid]


def list_on_screen(lines: Sequence[str], wide: int | None, rest: str) -> list[str]:
    """Fit a list to the terminal: the first lines of it, each wrapped; else whole."""
    if wide is None:
        return [f"  {line}" for line in lines]
    shown = [part for line in lines[:MOST] for part in indented("  ", line, wide)]
    if len(lines) > MOST:
        shown += indented("  ", f"... and {len(lines) - MOST} more: {rest}.", wide)
    return shown


def paragraph(words: str, wide: int | None) -> str:
    """Wrap words to the terminal, where there is one."""
    return words if wide is None else "\n".join(wrap(words, wide))


def indented(start: str, words: str, wide: int) -> list[str]:
    """Wrap words behind a start, below which their other lines stand."""
    return wrap(
        words, wide, initial_indent=start, subsequent_indent=" " * len(start)
    ) or [start.rstrip()]


def _chosen(
    rows: Sequence[Row], metrics: Sequence[Metric]
) -> tuple[str, Sequence[Row]]:
    """Choose the rows to show; say which they are, where they are not all."""
    if len(rows) <= MOST:
        return "", rows
    by = next((m for m in metrics if m.higher_is_more_similar is not None), None)
    of_all = f"{MOST} of {len(rows):,} rows"
    if by is None:
        return f"The first {of_all}:", rows[:MOST]
    sign = 1 if by.higher_is_more_similar else -1

    def place(row: Row) -> float:
        value = row[by.name]
        return math.inf if value is None or math.isnan(value) else sign * value

    return f"{of_all}, the least alike by {by.label}:", sorted(rows, key=place)[:MOST]


def _numbers(
    rows: Sequence[Row], metrics: Sequence[Metric]
) -> list[tuple[str, list[str]]]:
    """Return the columns of numbers, each with its heading."""
    from ..measure.table.columns import fields, text

    names = [*(m.name for m in metrics), "n"]
    if any(row["excluded"] for row in rows):
        names.append("excluded")
    return [
        (field.label, [text(row[field.name]) for row in rows])
        for field in fields(names, metrics)
    ]


def _names(rows: Sequence[Row]) -> tuple[list[tuple[str, list[str]]], str]:
    """Return the columns of names that tell rows apart, and what all have in common."""
    from ..measure.table.columns import fields

    columns = [
        (field.label, [visible(row[field.name]) for row in rows])
        for field in fields(("image_1", "image_2", "region", "plane"), ())
    ]
    (_, first), (_, second), *others = columns
    if first == second:  # paired by equal names, or an image and itself
        columns = [("Images", first), *others]
    apart = [column for column in columns if len({*column[1]}) > 1]
    alike = {
        label: cells[0] for label, cells in columns if cells and len({*cells}) == 1
    }
    plane = alike.pop("Plane", "")
    if plane not in {"", "1"}:
        alike["Plane"] = f"plane {plane}" if plane.isdigit() else plane
    images = [alike.pop(label, "") for label in ("Images", "Image 1", "Image 2")]
    words = [" and ".join(filter(None, images)), *filter(None, alike.values())]
    return apart, ", ".join(filter(None, words))


def _that_fit(
    columns: Sequence[tuple[str, list[str]]], room: int
) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Return the columns that have room, the first one anyway, and names of others."""
    fitting: list[tuple[str, list[str]]] = []
    without = []
    for column in columns:
        if fitting and _wide([*fitting, column]) > room:
            without.append(column[0])
        else:
            fitting.append(column)
    return fitting, without


def _in_room(
    columns: Sequence[tuple[str, list[str]]], room: int
) -> list[tuple[str, list[str]]]:
    """Shorten names so that their columns fit, the short ones as they are."""
    fitted = dict[int, tuple[str, list[str]]]()
    order = sorted(range(len(columns)), key=lambda k: _wide([columns[k]]))
    for left, k in zip(range(len(columns), 0, -1), order, strict=True):
        # What a short column leaves is for the longer ones.
        share = max(_NARROW, (room - (left - 1) * len(_GAP)) // left)
        label, cells = columns[k]
        if _wide([(label, cells)]) > share:
            label, cells = _shortened(label, share), _apart(cells, share)
        fitted[k] = label, cells
        room -= _wide([(label, cells)]) + len(_GAP)
    return [fitted[k] for k in range(len(columns))]


def _apart(names: Sequence[str], most: int) -> list[str]:
    """Shorten names to so many letters, first by what all of them begin and end with.

    Cut in the middle alone, names of a plate would be told apart no more.
    """
    different = [*filter(None, dict.fromkeys(names))]
    start = _alike(different)
    end = _alike([name[start:][::-1] for name in different])
    longest = max(map(len, names))
    # The end goes first: how a name begins is by what people know it.
    end = end if end > 1 and longest > most else 0
    start = start if start > 1 and longest - end + 1 > most else 0
    short = []
    for name in names:
        middle = name[start : len(name) - end]
        cut = f"{'…' * bool(start and name)}{middle}{'…' * bool(end and name)}"
        short.append(_shortened(cut, most))
    return short


def _alike(names: Sequence[str]) -> int:
    """Return with how many letters all of some names begin; 0 of a single one."""
    if len(names) == 1:
        return 0
    letters = zip(*names, strict=False)
    return sum(1 for _ in takewhile(lambda each: len({*each}) == 1, letters))


def _shortened(name: str, most: int) -> str:
    if _size(name) <= most:
        return name
    head = (most - 1) // 2
    tail = most - 1 - head
    while head and _size(f"{name[:head]}…{name[-tail:]}") > most:  # wide letters
        head, tail = head - 1, max(1, tail - 1)
    return f"{name[:head]}…{name[-tail:]}"


def _size(text: str) -> int:
    """Return how many places of a terminal a text takes: Chinese letters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _wide(columns: Sequence[tuple[str, list[str]]]) -> int:
    """Return how many places some columns take beside each other."""
    sizes = [max(map(_size, (label, *cells))) for label, cells in columns]
    return sum(sizes) + len(_GAP) * (len(sizes) - 1)


def _table(columns: Sequence[tuple[str, list[str]]], left: Sequence[bool]) -> list[str]:
    """Lay out columns: numbers to the right, words to the left."""
    lines = []
    sizes = [_wide([column]) for column in columns]
    for cells in zip(*([label, *cells] for label, cells in columns), strict=True):
        line = []
        for cell, size, words in zip(cells, sizes, left, strict=False):
            space = " " * (size - _size(cell))
            line.append(cell + space if words else space + cell)
        lines.append(_GAP.join(line).rstrip())
    return lines
