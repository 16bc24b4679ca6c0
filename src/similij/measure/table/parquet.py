"""Rows as a Parquet file, which is written in one go: it cannot grow.

A batch keeps its rows in a CSV file meanwhile. pyarrow is an optional library (``pip
install "similij[parquet]"``), imported when a file is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...ground.optional import needed
from ...ground.types import Row
from ...metrics.registry import Metric
from .columns import PLACE, plain

ENDINGS = (".parquet", ".pq")
_ROWS = 1 << 16
"""Rows that are in memory at a time, at least."""


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it should be one."""
    return path.suffix.lower() in ENDINGS


def write_parquet(
    path: Path,
    parts: Iterable[Sequence[Row]],
    names: Sequence[str],
    metrics: Sequence[Metric],
) -> None:
    """Write rows, all or none: the file has its name once it is whole.

    Parameters
    ----------
    path : Path
        The file.
    parts : iterable of sequence of dict
        The rows, some at a time.
    names : sequence of str
        Columns. Metrics and time_s are doubles, n and excluded 64-bit integers, the
        channels, z and t 32-bit, all others text; undefined numbers are null.
    metrics : sequence of Metric
        The columns that are metrics.
    """
    arrow = needed("pyarrow", "Parquet", "parquet")
    parquet = needed("pyarrow.parquet", "Parquet", "parquet")
    kinds = dict.fromkeys(names, arrow.string())
    kinds.update(dict.fromkeys(PLACE, arrow.int32()), time_s=arrow.float64())
    kinds.update(dict.fromkeys(("n", "excluded"), arrow.int64()))
    kinds.update((metric.name, arrow.float64()) for metric in metrics)
    schema = arrow.schema([(name, kinds[name]) for name in names])
    unfinished = path.with_name(f"{path.name}.new")
    waiting: list[dict[str, Any]] = []
    with parquet.ParquetWriter(unfinished, schema) as writer:
        for part in parts:
            waiting += map(plain, part)
            if len(waiting) >= _ROWS:
                writer.write_table(arrow.Table.from_pylist(waiting, schema))
                waiting = []
        writer.write_table(arrow.Table.from_pylist(waiting, schema))
    with unfinished.open("r+b") as stream:
        os.fsync(stream.fileno())
    unfinished.replace(path)
