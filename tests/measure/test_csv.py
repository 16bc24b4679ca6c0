"""Tables that rows are added to: whatever others left in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import similij
from similij import ImageError
from similij.measure.table.csv import CsvFile
from similij.metrics import available

METRICS = [*available().values()][:3]


@pytest.fixture
def rows() -> list[dict]:
    x = np.arange(30.0).reshape(5, 6)
    return similij.compare(x, x[::-1]).rows


@pytest.mark.parametrize("end", [b"\n", b"", b"\r", b"\r\n"])
def test_a_row_begins_a_line_however_the_last_one_ended(
    end: bytes, rows: list[dict], tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    CsvFile(path, METRICS).append(rows)
    whole = path.read_bytes()
    row = whole.split(b"\n", 1)[1]
    path.write_bytes(whole.removesuffix(b"\n") + end)
    CsvFile(path, METRICS).append(rows)
    after = path.read_bytes()
    assert after.endswith(b"\n" + row)
    assert [line for line in after.splitlines() if line] == [
        *whole.splitlines(),
        *row.splitlines(),
    ]


def test_columns_of_others_are_named_in_a_few_words(
    rows: list[dict], tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,b,"' + "c\n" * 5000 + '",d,e\n')
    with pytest.raises(ImageError, match=r"has other columns \(a, b, c") as caught:
        CsvFile(path, METRICS).append(rows)
    assert len(str(caught.value)) < 400 + len(str(path))
    assert "and 1 more) than these rows" in str(caught.value)
