"""The result: rows, and the ways to look at them."""

from __future__ import annotations

import copy
import json
import math
import pickle

import numpy as np
import pytest

from similij import compare
from similij.measure.table.columns import text
from similij.measure.table.table import Table
from similij.regions import Region

COLUMNS = [
    *("image_1", "image_2", "region", "plane", "channel_1", "channel_2"),
    *("z", "t", "time_s", "n", "excluded"),
    *("pearson", "rmsd", "mean_difference", "rescale", "against"),
    *("note", "file_1", "file_2", "run", "version"),
]
ONE = compare([10, 20, 30, 40], [10, 21, 32, 43], names=("a<b>.tif", "b"))
X = np.arange(12.0).reshape(3, 4)
X[0, 0] = np.nan
TWO = compare(X, X * 2, regions=[Region("r 1", 0, 0, 4, 3), Region("r 2", 3, 0, 1, 1)])


def test_one_row_has_its_numbers_by_name() -> None:
    assert (ONE.pearson, ONE.rmsd**2, ONE.mean_difference) == (1, 3.5, 1.5)
    assert (ONE.n, ONE.excluded, ONE.region) == (4, 0, "Whole image")
    assert len(ONE) == 1
    assert [*ONE] == ONE.rows
    assert ONE.columns == COLUMNS == [*ONE.rows[0]]
    assert ONE.notes == []


def test_several_rows_have_no_single_number() -> None:
    assert len(TWO) == 2
    with pytest.raises(AttributeError, match=r"has 2 rows, so it has no single 'rmsd'"):
        _ = TWO.rmsd
    with pytest.raises(AttributeError, match="a Comparison has no 'rsmd'; its columns"):
        _ = TWO.rsmd
    assert not hasattr(TWO, "__deepcopy_me__")


def test_dataframe() -> None:
    frame = TWO.to_dataframe()
    assert [*frame.columns] == COLUMNS
    assert frame["n"].tolist() == [11, 1]
    assert frame["excluded"].tolist() == [1, 0]
    assert frame["pearson"][0] == 1
    assert math.isnan(frame["pearson"][1])


def test_xarray() -> None:
    data = TWO.to_xarray()
    assert data.sizes == {"region": 2}
    assert data["rmsd"].sel(region="r 1").item() == TWO.rows[0]["rmsd"]
    assert data["rmsd"].attrs == {"units": "intensity"}
    assert data["pearson"].attrs == {"units": "1"}
    assert data["n"].attrs == {"units": "pixel"}
    assert data.note.values.tolist() == [row["note"] for row in TWO]
    assert data.attrs == {
        "similij": TWO.rows[0]["version"],
        "run": TWO.rows[0]["run"],
    }


def test_dict_is_strict_json() -> None:
    written = json.loads(json.dumps(TWO.to_dict(), allow_nan=False))
    assert [*written] == ["rows"]
    assert written["rows"][1]["pearson"] is None
    assert written["rows"][0]["rmsd"] == TWO.rows[0]["rmsd"]  # to the last digit
    assert Table.of([{"a": math.nan, "b": 0.0, "c": "nan"}]).to_dict() == {
        "rows": [{"a": None, "b": 0, "c": "nan"}]
    }


def test_notes_name_their_region() -> None:
    assert TWO.notes == [
        "r 1: 1 pixel is NaN in an image and left out",
        "r 2: only 1 pixel is compared: Pearson R needs at least 2",
    ]
    assert compare([1], [2]).notes == [
        "only 1 pixel is compared: Pearson R needs at least 2"
    ]


def test_repr() -> None:
    lines = repr(TWO).splitlines()
    heads = "Image 1 Image 2 Region Plane n Excluded Pearson R RMSD Mean Difference"
    assert " ".join(lines[0].split()) == heads
    assert lines[1].endswith("[1]")
    assert lines[3] == "[1] 1 pixel is NaN in an image and left out"
    assert "Excluded" not in repr(ONE)
    assert "1.870829" in repr(ONE)
    assert all(line == line.rstrip() for line in lines)
    assert "nan" not in repr(TWO).split("\n[1]")[0].lower()


def test_html_is_escaped() -> None:
    html = ONE._repr_html_()
    assert "a&lt;b&gt;.tif" in html
    assert "<b>" not in html
    assert html.count("<tr>") == 2
    assert "nan" not in TWO._repr_html_()


def test_text() -> None:
    values = [text(v) for v in (math.nan, 1.0, 1 / 3, 123456789.0, 1e-9, 7, "x")]
    assert values == ["", "1", "0.3333333", "1.234568e+08", "1e-09", "7", "x"]


def test_copies() -> None:
    for other in (copy.copy(ONE), copy.deepcopy(ONE), pickle.loads(pickle.dumps(ONE))):
        assert other.rows == ONE.rows
        assert other.pearson == 1
