"""Write rows as a Parquet file, in one go: it cannot grow.

A batch keeps its rows in a CSV file meanwhile. pyarrow is an optional library
(``pip install pyarrow``), imported when a file is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...ground.optional import needed
from ...ground.writing import whole_file
from ...metrics.registry import Metric
from .columns import fields
from .table import Table

ENDINGS = (".parquet", ".pq")
_ROWS = 1 << 16
"""Rows that are written at a time: pyarrow has its own copy of them."""


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it should be one."""
    return path.suffix.lower() in ENDINGS


def write_parquet(
    path: Path, table: Table, names: Sequence[str], metrics: Sequence[Metric]
) -> None:
    """Write a table, all or nothing: the file has its name once it is whole.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        The rows.
    names : sequence of str
        Its columns that are written. Metrics and time_s are doubles, n and excluded
        64-bit integers, the channels, z and t 32-bit, all others text; undefined
        numbers are null.
    metrics : sequence of Metric
        The columns that are metrics.
    """
    arrow = needed("pyarrow", "Parquet")
    parquet = needed("pyarrow.parquet", "Parquet")
    kinds = {field.name: field.kind.arrow for field in fields(names, metrics)}
    schema = arrow.schema([(name, kinds[name]) for name in names])
    with (
        whole_file(path) as unfinished,
        parquet.ParquetWriter(unfinished, schema) as writer,
    ):
        for start in range(0, len(table) or 1, _ROWS):
            part = table[start : start + _ROWS]
            values = {name: part.plain_values(name) for name in names}
            writer.write_table(arrow.Table.from_pydict(values, schema))
