"""Verdicts as a column: by region and plane, in Python and in the shell."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

import similij
from similij._changes import make_reference
from similij.cli import main

X = make_reference().image
Y = 1.25 * X + np.random.default_rng(0).normal(0, 30, X.shape)


def test_of_the_whole_image_as_by_itself() -> None:
    found = similij.compare(X, Y, verdict=True)
    assert found.rows[0]["verdict"] == similij.verdict(X, Y).text
    assert "brighter" in found.rows[0]["verdict"]
    assert found.columns[-1] == "verdict"
    assert found.to_dataframe().verdict[0] == found.verdict.text
    numbers = {k: v for k, v in found.rows[0].items() if k not in ("verdict", "run")}
    plain = similij.compare(X, Y).rows[0]
    assert "verdict" not in plain
    del plain["run"]
    assert numbers == plain


def test_of_regions_labels_and_planes() -> None:
    left = np.zeros(X.shape, bool)
    left[10:150, 20:120] = True
    labels = np.zeros(X.shape, np.uint8)
    labels[:, :128], labels[60:100, 180:200] = 1, 2
    by_region = similij.compare(X, Y, regions={"left": left}, verdict=True)
    box = np.s_[10:150, 20:120]
    assert by_region.rows[0]["verdict"] == similij.verdict(X[box], Y[box]).text
    of_labels = similij.compare(X, Y, regions=labels, verdict=True).rows
    assert of_labels[0]["verdict"] == similij.verdict(X[:, :128], Y[:, :128]).text
    assert "1024 are needed" in of_labels[1]["verdict"]
    stack = similij.compare(np.stack([X, X]), np.stack([Y, Y]), verdict=True)
    assert "several planes" in stack.rows[0]["verdict"]
    assert stack.pearson == pytest.approx(similij.compare(X, Y).pearson, rel=1e-12)
    outside = similij.compare(
        X, Y, regions={"far": np.array([[900, 900], [950, 900], [950, 950]])},
        verdict=True,
    )  # fmt: skip
    assert outside.rows[0]["verdict"] == ""
    assert "outside" in outside.rows[0]["note"]


def test_numbers_stand_without_scipy(monkeypatch) -> None:
    def gone(*args: object, **more: object) -> None:
        raise ModuleNotFoundError("A verdict needs scipy: pip install it", name="scipy")

    monkeypatch.setattr("similij.verdicts.verdict", gone)
    found = similij.compare(X, Y, verdict=True)
    assert "pip install" in found.rows[0]["verdict"]
    assert found.pearson == similij.compare(X, Y).pearson


def test_images_in_parts_are_refused() -> None:
    dask = pytest.importorskip("dask.array")
    with pytest.raises(similij.ImageError, match="in parts"):
        similij.compare(dask.from_array(X), dask.from_array(Y), verdict=True)


def test_by_shell(tmp_path, capsys, monkeypatch) -> None:
    for name, image in (("a.tif", X), ("b.tif", Y)):
        tifffile.imwrite(tmp_path / name, np.clip(image, 0, 65535).astype(np.uint16))
    first, second = (tifffile.imread(tmp_path / f"{s}.tif") for s in "ab")
    expected = similij.verdict(first, second).text
    asked = ["similij", "compare", str(tmp_path / "a.tif"), str(tmp_path / "b.tif")]
    for extra in ([], ["--format", "json"], ["--format", "csv"]):
        monkeypatch.setattr("sys.argv", [*asked, "--verdict", *extra])
        with pytest.raises(SystemExit):
            main()
        out = capsys.readouterr().out
        if extra == ["--format", "json"]:
            assert json.loads(out)["rows"][0]["verdict"] == expected
        else:
            assert expected in out
