"""Rows made on demand are the rows that a list would have, however they are asked."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pandas.testing import assert_frame_equal

import similij
from similij.measure.table.columns import plain
from similij.measure.table.lazy_rows import Joined, RowTable, joined

COMMON = {"a": 0, "b": "same", "c": None}
EXPECTED = [
    {"a": 1, "b": "same", "c": 1.5},
    {"a": 9, "b": "other", "c": None},
    {"a": 3, "b": "same", "c": 3.5},
]
TABLE = RowTable(
    COMMON, {"a": np.array([1, 2, 3]), "c": lambda: [1.5, 2.5, 3.5]}, {1: EXPECTED[1]}
)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (TABLE, EXPECTED),
        (joined([EXPECTED[2]], TABLE, [], TABLE), [EXPECTED[2], *EXPECTED, *EXPECTED]),
    ],
)
def test_a_table_is_a_sequence_of_rows(rows, expected) -> None:
    assert len(rows) == len(expected)
    assert rows == expected and expected == rows and rows != expected[:-1]
    assert [*rows] == expected == [rows[k] for k in range(len(rows))]
    assert rows[-1] == expected[-1] and rows[1:] == expected[1:]
    assert rows[::-2] == expected[::-2]
    assert [*reversed(rows)] == expected[::-1]
    assert expected[1] in rows and rows.index(expected[1]) == expected.index(
        expected[1]
    )
    assert [*rows[0]] == [*COMMON], "columns keep their order"
    for name in COMMON:
        assert rows.column(name) == [row[name] for row in expected]
    for beyond in (len(rows), -len(rows) - 1):
        with pytest.raises(IndexError):
            rows[beyond]


def test_a_row_that_is_changed_changes_no_other() -> None:
    for row in (TABLE[0], TABLE[1], *TABLE):
        row["a"] = "changed"
    assert TABLE == EXPECTED


def test_what_is_a_list_stays_one() -> None:
    rows = [{"a": 1}]
    assert joined([], rows) is rows
    assert joined(rows, rows) == [*rows, *rows] and joined() == []
    assert isinstance(joined(rows, TABLE), Joined) and joined(TABLE, []) is TABLE


@pytest.mark.parametrize("options", [{}, {"per": "t"}, {"per": "t", "inverse": True}])
def test_labels_give_the_same_table_either_way(options) -> None:
    random = np.random.default_rng(3)
    labels = random.integers(0, 9, (20, 30))
    pixels = random.integers(0, 1000, (2, 3, 20, 30)).astype(np.float32)
    pixels[0, :, labels == 2] = 5
    pixels[0, 0, 0, 0] = np.nan
    x, y = (xr.DataArray(p, dims=("t", "y", "x")) for p in pixels)
    found = similij.compare(x, y, regions=labels, **options)
    from_columns = found.to_dataframe()
    rows = found.rows
    assert type(rows) is list and found.rows is rows and len(found) == len(rows)
    assert_frame_equal(from_columns, pd.DataFrame(rows, columns=found.columns))
    assert_frame_equal(from_columns, found.to_dataframe())
    assert json.loads(json.dumps(found.to_dict())) == {"rows": [*map(plain, rows)]}
    written = io.StringIO()
    csv.DictWriter(written, found.columns).writerows(rows)
    assert len(written.getvalue().splitlines()) == len(rows)
    rows[0]["note"] = "mine"
    assert found.rows[0]["note"] == "mine", "rows are the user's own"
