"""Put a report together: which pairs it shows, in which order, and the file.

Everything else of this wing is imported when a report is written: jinja2 and Pillow are
nothing that a comparison should wait for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..ground.names import readable
from ..ground.public import public
from ..ground.writing import whole_file

if TYPE_CHECKING:
    from .table import PairRows

MOST_PAIRS = 24
"""Pairs with pictures, unless others are asked for: some 0.3 MB each."""


@public
def write(
    path: str | os.PathLike[str],
    found: Any,
    *,
    images: Mapping[str, Any] | None = None,
    regions: Mapping[str, Any] | None = None,
    masks: Mapping[str, Any] | None = None,
    title: str = "Image similarity",
    parameters: Mapping[str, Any] | None = None,
    most_pairs: int = MOST_PAIRS,
    rank_by: str | None = None,
    verdicts: bool = True,
) -> Path:
    """Write the report of a comparison of one or many pairs.

    Parameters
    ----------
    path : path
        The HTML file; written whole or not at all. Its folder is made if need be.
    found : Comparison, Dataset, DataFrame, or iterable of dict
        What `similij.compare`, `similij.compare_folders` or `similij.pairwise` return;
        or their rows as a table or as dictionaries.
    images : mapping of str to path or array-like, optional
        Where the images are, by the names that the rows have in image_1 and image_2.
        Default: the files that the rows name in file_1 and file_2. A pair of which
        neither is known has no pictures.
    regions, masks : mapping of str, optional
        What each pair was compared in, as `similij.compare` takes it, by the file or
        the name that the rows have for image 1: outlined and numbered on the pictures,
        and the values beside them are of these pixels. The tables hold no regions.
    title : str
        Heading of the page.
    parameters : mapping, optional
        What else to say of how it was made, e.g. {"Folder A": "set_a"}.
    most_pairs : int
        Pairs that have pictures: the least alike; the report says how many of all.
    rank_by : str, optional
        Metric that says which are least alike. Default: the first of the rows.
    verdicts : bool
        Whether each pair with pictures has its verdict in words, too, which needs SciPy
        (`pip install scipy`); without it there is none.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ImageError
        If there are no rows, or the file cannot be written.
    ValueError
        If `rank_by` is no metric of the rows, or most_pairs is negative.

    Notes
    -----
    An image that cannot be read is a panel that says why. Of a stack, the plane of its
    least alike row is drawn, or, where rows are of all planes, the one in the middle.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from similij import compare, report
    >>> x = np.arange(12.0).reshape(3, 4)
    >>> found = compare(x, x[::-1], names=("up", "down"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = report.write(f"{folder}/r.html", found, images={"up": x, "down": x})
    ...     "<h1>Image similarity</h1>" in file.read_text("utf-8")
    True
    """
    from .heat_map import heat_maps
    from .matrix import is_matrix, matrix_maps
    from .page import page
    from .panel import make_panel, source_of
    from .table import ReportTable

    if most_pairs < 0:
        raise ValueError(f"most_pairs is {most_pairs}: it must be 0 or more.")
    matrix = is_matrix(found)
    if matrix:
        from ..matrix.pairwise import rows

        table = ReportTable(rows(found))
    else:
        table = ReportTable(found)
    by = table.ranked_by(rank_by)
    ranked = table.least_alike(by)
    sources = {readable(name): image for name, image in (images or {}).items()}
    # Of those that have images: pairs without do not use up the places.
    drawn = [
        (pair, row, source)
        for pair, row in ranked
        if (source := source_of(table.pairs[pair], sources)) is not None
    ]
    panels = [
        make_panel(
            table,
            pair,
            row,
            source,
            verdicts,
            _of_first(regions, table.pairs[pair]),
            _of_first(masks, table.pairs[pair]),
        )
        for pair, row, source in drawn[:most_pairs]
    ]
    odd: list[str] = []
    if matrix:
        maps, odd = matrix_maps(found, table)
    else:
        maps = heat_maps(table, [pair for pair, _ in ranked])
    text = page(
        title,
        table,
        maps,
        panels,
        by=by,
        odd=odd,
        parameters=parameters or {},
    )
    return _write(Path(path), text)


def _of_first(given: Mapping[str, Any] | None, pair: PairRows) -> Any:
    """Return what is given for the first image of a pair: by its file, or its name."""
    if not given:
        return None
    by_name = {readable(name): value for name, value in given.items()}
    return by_name.get(pair.files[0] or pair.names[0], by_name.get(pair.names[0]))


def _write(path: Path, text: str) -> Path:
    with whole_file(path) as part:
        part.write_bytes(text.encode("utf-8", "backslashreplace"))
    return path
