"""A table is what a list of its rows would be, whichever of the two it holds."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pandas.testing import assert_frame_equal

import similij
from similij.measure.table.columns import undefined
from similij.measure.table.table import Table

COLUMNS = {
    "a": np.array([1, 9, 3]),
    "b": ["same", "other", "same"],
    "c": np.array([1.5, math.nan, 3.5]),
    "d": partial(list, "xyz"),
    "e": None,
    "f": "all alike",
}
EXPECTED = [
    {"a": 1, "b": "same", "c": 1.5, "d": "x", "e": None, "f": "all alike"},
    {"a": 9, "b": "other", "c": math.nan, "d": "y", "e": None, "f": "all alike"},
    {"a": 3, "b": "same", "c": 3.5, "d": "z", "e": None, "f": "all alike"},
]


def held_as_columns() -> Table:
    return Table(COLUMNS, 3)


def held_as_rows() -> Table:
    return Table.of([row.copy() for row in EXPECTED])


def one_below_the_other() -> Table:
    return Table.concat([EXPECTED[:1], [], Table(COLUMNS, 3)[1:]])


def all_of_columns() -> Table:
    return Table.concat([Table(COLUMNS, 3)[:2], Table(COLUMNS, 3)[2:]])


@pytest.mark.parametrize(
    "make", [held_as_columns, held_as_rows, one_below_the_other, all_of_columns]
)
def test_a_table_is_a_sequence_of_rows(make) -> None:
    table = make()
    assert len(table) == 3 and table.names == [*COLUMNS]
    # by ==, a NaN is only itself: every row has the one of `math`
    assert table == EXPECTED and [*EXPECTED] == table and table != EXPECTED[:-1]
    assert [*table] == EXPECTED == [table[k] for k in range(3)]
    assert table[-1] == EXPECTED[-1]
    for part in (slice(1, None), slice(None, None, -2), slice(3, 9)):
        assert isinstance(table[part], Table)
        assert table[part] == EXPECTED[part]
    assert [*reversed(table)] == EXPECTED[::-1]
    assert EXPECTED[1] in table and table.index(EXPECTED[1]) == 1
    for row, expected in zip(table, EXPECTED, strict=True):
        assert [*row] == [*expected], "columns keep their order"
        assert [*map(type, row.values())] == [*map(type, expected.values())]
    for name in COLUMNS:
        assert table.values(name) == [row[name] for row in EXPECTED]
    assert table.plain_values("c") == [1.5, None, 3.5]
    for beyond in (3, -4):
        with pytest.raises(IndexError):
            table[beyond]
    with pytest.raises(KeyError):
        table.values("none")


@pytest.mark.parametrize("make", [held_as_columns, held_as_rows, all_of_columns])
def test_views_are_of_the_same_rows(make) -> None:
    table = make()
    frame = pd.DataFrame(EXPECTED)
    assert_frame_equal(table.to_dataframe([*COLUMNS]), frame)
    assert_frame_equal(table.to_dataframe(["c", "a"]), frame[["c", "a"]])
    plain = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    assert plain == {"rows": [EXPECTED[0], {**EXPECTED[1], "c": None}, EXPECTED[2]]}
    assert json.loads(json.dumps(table.to_columns(), allow_nan=False)) == {
        "count": 3,
        "columns": {
            "a": [1, 9, 3],
            "b": ["same", "other", "same"],
            "c": [1.5, None, 3.5],
            "d": ["x", "y", "z"],
            "e": None,
            "f": "all alike",
        },
    }
    for other in (copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        assert_frame_equal(other.to_dataframe([*COLUMNS]), frame)
    more = table.with_constants({"e": 7, "g": "more"})
    assert more == Table.of([{**row, "e": 7, "g": "more"} for row in EXPECTED])
    assert table == EXPECTED, "no view changed it"


def test_a_data_frame_is_a_copy() -> None:
    values = np.array([1.0, 2.0])
    table = Table({"a": values}, 2)
    frame = table.to_dataframe(["a"])
    frame.loc[0, "a"] = 9
    assert values[0] == 1
    assert table.values("a") == [1, 2]


def test_a_row_of_columns_that_is_changed_changes_no_other() -> None:
    table = held_as_columns()
    for row in (table[0], table[1], *table):
        row["a"] = "changed"
    assert table == EXPECTED


def test_rows_once_asked_for_are_what_the_table_holds() -> None:
    table = held_as_columns()
    rows = table.rows
    assert type(rows) is list and rows == EXPECTED and table.rows is rows
    rows[0]["a"] = "mine"
    rows.pop()
    assert table.values("a") == ["mine", 9] and len(table) == 2
    assert table.to_columns()["columns"]["a"] == ["mine", 9]


def test_a_column_is_made_once_and_only_if_needed() -> None:
    made = []

    def make(word: str) -> list[str]:
        made.append(word)
        return [word, word]

    first, second = (
        Table({"n": np.array([1, 2]), "d": partial(make, word)}, 2) for word in "ab"
    )
    table = Table.concat([first, second])
    assert table.values("n") == [1, 2, 1, 2] and made == []
    assert table.values("d") == [*"aabb"] == table.values("d")
    assert made == [*"ab"]


def test_what_is_a_list_stays_one() -> None:
    rows = [{"a": 1}]
    assert Table.concat([[], rows]).rows is rows and Table.of(rows).rows is rows
    assert Table.concat([rows, rows]) == [*rows, *rows]
    assert Table.concat([]) == [] and Table.concat([]).names == []
    table = held_as_columns()
    assert Table.concat([table, []]) is table and Table.of(table) is table
    assert Table.of([]).to_columns() == {"count": 0, "columns": {}}


def test_joined_columns_keep_their_types() -> None:
    ones = [1, True, 1.0, -0.0, 0.0, "x"]
    parts = [Table({"a": one, "b": np.array([k])}, 1) for k, one in enumerate(ones)]
    found = Table.concat(parts).values("a")
    assert [*map(repr, found)] == [*map(repr, ones)]
    mixed = Table.concat([Table({"a": np.array([0.5])}, 1), Table({"a": [2]}, 1)])
    assert [*map(repr, mixed.values("a"))] == ["0.5", "2"]


def test_rows_with_other_columns_are_kept_and_can_be_filled() -> None:
    odd = {"a": 7, "x": 8}
    table = Table.concat([held_as_columns(), [odd]])
    assert table == [*EXPECTED, odd]
    assert table.filled()[3] == {**dict.fromkeys(COLUMNS), "a": 7, "x": 8}
    assert table.filled()[0] == {**EXPECTED[0], "x": None}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"per": "t"},
        {"per": "t", "inverse": True},
        {"rescale": "zscore"},
        {"metrics": ["rmsd", "bias"]},
        {"per": "t", "verdict": True, "blur": 1},
    ],
)
def test_labels_give_the_same_table_either_way(options) -> None:
    random = np.random.default_rng(3)
    labels = random.integers(0, 9, (20, 30))
    pixels = random.integers(0, 1000, (2, 3, 20, 30)).astype(np.float32)
    pixels[0, :, labels == 2] = 5
    pixels[0, 0, 0, 0] = np.nan
    if "blur" in options:  # which has no NaN
        pixels[0, 0, 0, 0] = 5
    x, y = (xr.DataArray(p, dims=("t", "y", "x")) for p in pixels)
    found = similij.compare(x, y, regions=labels, **options)
    from_columns = found.to_dataframe()
    notes, plain = found.notes, found.to_dict()
    again = pickle.loads(pickle.dumps(found)).to_dataframe()
    rows = found.rows
    assert type(rows) is list and found.rows is rows and len(found) == len(rows)
    assert_frame_equal(from_columns, pd.DataFrame(rows, columns=found.columns))
    assert_frame_equal(from_columns, found.to_dataframe())
    assert_frame_equal(from_columns, again)
    assert notes == [f"{r['region']}: {r['note']}" for r in rows if r["note"]]
    assert plain == {
        "rows": [{k: None if undefined(v) else v for k, v in r.items()} for r in rows]
    }
    assert json.loads(json.dumps(found.to_dict())) == plain
    written = io.StringIO()
    csv.DictWriter(written, found.columns).writerows(rows)
    assert len(written.getvalue().splitlines()) == len(rows)
    rows[0]["note"] = "mine"
    assert found.rows[0]["note"] == "mine", "rows are the user's own"
    assert found.to_dataframe()["note"][0] == "mine"


def test_labels_that_need_care_stand_among_the_others() -> None:
    labels = np.repeat([[1, 2, 3]], 4, axis=0)
    x = np.arange(12.0).reshape(4, 3) ** 2
    x[:, 1] = 5  # R is undefined
    x[0, 2] = np.nan
    (first, second, third), single = (
        similij.compare(x, x + 1, regions=regions)
        for regions in (labels, {"label 2": labels == 2})
    )
    assert [first["excluded"], second["excluded"], third["excluded"]] == [0, 0, 1]
    assert [first["n"], second["n"], third["n"]] == [4, 4, 3]
    assert first["pearson"] == third["pearson"] == 1 and math.isnan(second["pearson"])
    assert [first["rmsd"], second["rmsd"], third["rmsd"]] == [1, 1, 1]
    assert (first["note"], second["note"]) == ("", single.rows[0]["note"])
    assert "NaN in an image" in third["note"]
