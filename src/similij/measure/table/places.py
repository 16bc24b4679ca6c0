"""Write the places of verdicts as a CSV file beside the rows that they are of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ...ground.errors import ImageError
from ...ground.types import Row
from ...verdicts.places import COLUMNS, OF_ROW, listed
from .csv import cannot_write, heading, lines_of

FILE = "local differences.csv"
"""Its name, in the folder of the results."""

NAMES = (*OF_ROW, *COLUMNS, "run")
"""Its columns."""


def write_places(
    folder: str | os.PathLike[str], rows: Iterable[Row], *, append: bool = False
) -> Path | None:
    """Write the places of some rows; no file where there is none.

    Parameters
    ----------
    folder : path
        Where `FILE` goes; made if need be.
    rows : iterable of Row
        Of a comparison with verdicts.
    append : bool
        Whether places of earlier rows stay in the file, as rows do in ImageJ's.

    Raises
    ------
    ImageError
        If it cannot be written, or holds another table.
    """
    path = Path(folder) / FILE
    places = listed(rows)
    if not places:
        if not append:
            path.unlink(missing_ok=True)  # of other images, it would be a lie
        return None
    first, lines = heading(NAMES), lines_of(places, NAMES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there = path.read_bytes() if append and path.exists() else b""
        if there and not there.startswith(first):
            raise ImageError(
                f'"{path}" is another table than that of local differences: move it '
                "away, or choose another place for the results."
            )
        path.write_bytes((there or first) + lines)
    except OSError as error:
        raise cannot_write(path, error) from None
    return path
