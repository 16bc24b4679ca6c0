"""Say the numbers of a run in one line, which ImageJ's status bar has room for.

It shows some 70 letters: the three medians fit, their ranges beside them did not.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

_SHORT = {"Pearson R": "R"}
"""What people call a metric where there is no room for its label."""

_HUNDRED = 100
"""From here on three significant digits are a whole number."""


def headline(
    numbers: Mapping[str, Sequence[float | None]], pixels: Sequence[float | None]
) -> str:
    """Say the numbers of rows: those of one row, or the medians of several.

    Parameters
    ----------
    numbers : mapping of str to sequence of float or None
        Of each metric, by its label, the number of each row; None where undefined.
    pixels : sequence of float or None
        How many each row compares.

    Examples
    --------
    >>> headline({"Pearson R": [0.97912], "RMSD": [265.8]}, [49152])
    'R 0.979, RMSD 266 (49,152 pixels)'
    >>> headline({"Pearson R": [0.5, 0.75, None]}, [4, 4, 0])
    '3 rows, medians: R 0.625 (1 undefined)'
    >>> headline({"PSNR": [float("inf")], "Slope": [float("nan")]}, [4])
    'PSNR inf, Slope undefined (4 pixels)'
    >>> headline({"Pearson R": []}, [4])
    'R undefined (4 pixels)'
    """
    if len(pixels) == 1:
        words = [
            f"{_short(label)} {_shortly(next(iter(row), None))}"
            for label, row in numbers.items()
        ]
        first = pixels[0] or 0
        count = int(first) if math.isfinite(first) else 0
        return f"{', '.join(words)} ({count:,} pixel{'' if count == 1 else 's'})"
    words = []
    for label, column in numbers.items():
        defined = [number for number in column if number is not None]
        middle = statistics.median(defined) if defined else None
        missing = len(column) - len(defined)
        some = f" ({missing:,} undefined)" if missing and defined else ""
        words.append(f"{_short(label)} {_shortly(middle)}{some}")
    return f"{len(pixels):,} rows, medians: {', '.join(words)}"


def _short(label: str) -> str:
    return _SHORT.get(label, label)


def _shortly(number: float | None) -> str:
    """Write three significant digits, and never less than the whole part."""
    if number is None or math.isnan(number):
        return "undefined"
    if math.isinf(number):
        return str(number)
    # A 1 that is exact is not the 1.00 of nearly alike images.
    if abs(number) >= _HUNDRED or number == int(number):
        return f"{number:,.0f}"
    return f"{number:#.3g}"
