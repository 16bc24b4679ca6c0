"""The columns of a table of rows: their names, their order, and values as text."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from typing import Any

from ...ground.types import Row
from ...metrics.registry import Metric

WHOLE_IMAGE = "Whole image"


PLACE = ("channel_1", "channel_2", "z", "t", "time_s")
"""Columns that say where in a hyperstack a row is from; empty where it is pooled."""


_NO_PLACE = dict.fromkeys(PLACE)


def columns(metrics: Sequence[Metric]) -> list[str]:
    """Names of the columns of a table of rows, in order."""
    names = ["image_1", "image_2", "region", "plane", *PLACE, "n", "excluded"]
    names += [m.name for m in metrics]
    return [*names, "rescale", "against", "note", "file_1", "file_2", "run", "version"]


def new_run() -> str:
    """Name for the rows of one run: when it began (UTC), and four random digits.

    Examples
    --------
    >>> len(new_run())
    20
    """
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.urandom(2).hex()}"


def rescaled_labels(metrics: Sequence[Metric]) -> str:
    """Name the metrics that `rescale` changes, in words."""
    labels = [m.label for m in metrics if m.rescaled]
    last = labels[-2:]
    return ", ".join([*labels[:-2], " and ".join(last)]) if last else ""


def plain(row: Row) -> Row:
    """Row as JSON and Java want it: None where a number is undefined."""
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in row.items()
    }


def text(value: Any) -> str:
    """Value as people read it: seven significant digits, empty where undefined."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.7g}"
    return str(value)
