"""Write the places of verdicts as a CSV file beside the rows that they are of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ...ground.errors import ImageError
from ...ground.types import Row
from ...ground.writing import append as add_to
from ...ground.writing import check_place, whole_file
from ...verdicts.places import COLUMNS, OF_ROW, listed
from .csv import heading, lines_of

FILE = "local differences.csv"
"""Its name, in the folder of the results."""

NAMES = (*OF_ROW, *COLUMNS, "run")
"""Its columns."""


def write_places(
    folder: str | os.PathLike[str],
    rows: Iterable[Row],
    *,
    append: bool = False,
    raw: bool = False,
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
    raw : bool
        Whether text stays as it is, also where a spreadsheet takes it for a formula.

    Raises
    ------
    ImageError
        If it cannot be written, or holds another table.
    """
    path = Path(folder) / FILE
    check_place(path)  # a pipe would be waited for, to read its heading
    places = listed(rows)
    first, there = heading(NAMES), b""
    if path.exists():
        with path.open("rb") as file:
            there = file.read(len(first))
    ours = there == first
    if not places:
        if ours and not append:
            path.unlink()  # of other images, it would be a lie
        return None
    if there and not ours:
        raise ImageError(
            f'"{path}" is another table than that of local differences: move it away, '
            "or choose another place for the results."
        )
    lines = lines_of(places, NAMES, raw=raw)
    if ours and append:
        add_to(path, lines)
        return path
    with whole_file(path) as part:
        part.write_bytes(first + lines)
    return path
