"""Verdicts as a column: by region and plane, in Python and in the shell."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from test_handler import Wire, request, rows_of

import similij
from similij.testset.changes import make_reference
from support import Shell

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
    assert "2 planes are pooled" in stack.rows[0]["verdict"]
    assert stack.pearson == pytest.approx(similij.compare(X, Y).pearson, rel=1e-12)
    outside = similij.compare(
        X, Y, regions={"far": np.array([[900, 900], [950, 900], [950, 950]])},
        verdict=True,
    )  # fmt: skip
    assert outside.rows[0]["verdict"] == ""
    assert "outside" in outside.rows[0]["note"]


def test_of_a_region_as_with_a_mask() -> None:
    oval = np.hypot(*(np.indices(X.shape) - np.reshape((90, 120), (2, 1, 1)))) < 70
    found = similij.compare(X, Y, regions={"oval": oval}, verdict=True).rows[0]
    assert found["verdict"] == similij.verdict(X, Y, mask=oval).text
    around = np.pad(X, 50, mode="reflect"), np.pad(Y, 50, mode="reflect")
    wide = similij.verdict(*around, mask=np.pad(oval, 50)).text
    assert found["verdict"] == wide


def test_the_first_rows_have_one_and_the_next_says_so() -> None:
    labels = np.zeros(X.shape, np.uint8)
    for k in range(54):
        row, column = divmod(k, 9)
        labels[row * 30 : row * 30 + 25, column * 28 : column * 28 + 25] = k + 1
    rows = similij.compare(X, Y, regions=labels, verdict=True).rows
    words = [row["verdict"] for row in rows]
    assert len(words) == 54
    assert all(words[:50])
    assert not any("the first 50" in w for w in words[:50])
    assert "the first 50 rows have one each" in words[50]
    assert words[51:] == ["", "", ""]
    plain = similij.compare(X, Y, regions=labels).rows
    names = ("n", "pearson", "rmsd", "mean_difference")
    for one, other in zip(rows, plain, strict=True):
        wanted = pytest.approx([other[name] for name in names], rel=1e-12, nan_ok=True)
        assert [one[name] for name in names] == wanted


def test_so_do_the_rows_of_one_command_in_imagej() -> None:
    wire = Wire()
    x = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    planes = {"plane_1": wire.put("1", x[0]), "plane_2": wire.put("2", x[0])}

    def words(run_id: str) -> str:
        asked = request(x, x, verdict=True, run_id=run_id)
        message = {"op": "compare", "run": "7", "request": asked, "end": True}
        return rows_of(wire.ask({**message, **planes}))[0]["verdict"]

    found = [words("first") for _ in range(52)]
    assert found[:50] == ["Identical."] * 50
    assert "the first 50 rows have one each" in found[50]
    assert found[51] == ""
    assert words("second") == "Identical."


def test_what_is_done_before_comparing() -> None:
    off = similij.compare(X, Y + 900, background=(0, 900), verdict=True)
    assert off.rows[0]["verdict"] == similij.verdict(X, Y).text
    blurred = similij.compare(X, Y, blur=1, verdict=True).rows[0]
    assert "blurred first" in blurred["verdict"]
    assert blurred["pearson"] == similij.compare(X, Y, blur=1).pearson


@pytest.mark.parametrize("masked", [False, True])
def test_labels_of_several_planes_keep_their_numbers(masked: bool) -> None:
    labels = np.ones((2, *X.shape), np.uint8)
    labels[1, :50] = 2
    x, y = np.stack([X, X]), np.stack([Y, Y])
    mask = x > 4000 if masked else None
    rows = similij.compare(x, y, mask=mask, regions=labels, verdict=True).rows
    plain = similij.compare(x, y, mask=mask, regions=labels).rows
    assert [r["verdict"] for r in rows][1] == ""
    assert "2 planes are pooled" in rows[0]["verdict"]
    for one, other in zip(rows, plain, strict=True):
        assert {**one, "run": ""} == {**other, "run": "", "verdict": one["verdict"]}


def test_numbers_stand_without_scipy(monkeypatch) -> None:
    def gone(*args: object, **more: object) -> None:
        raise ModuleNotFoundError("A verdict needs scipy: pip install it", name="scipy")

    monkeypatch.setattr("similij.verdicts.verdict.verdict_at", gone)
    found = similij.compare(X, Y, verdict=True)
    assert "pip install" in found.rows[0]["verdict"]
    assert found.pearson == similij.compare(X, Y).pearson


def test_images_in_parts_are_refused() -> None:
    dask = pytest.importorskip("dask.array")
    with pytest.raises(similij.ImageError, match="in parts"):
        similij.compare(dask.from_array(X), dask.from_array(Y), verdict=True)


def test_by_shell(tmp_path, shell: Shell) -> None:
    for name, image in (("a.tif", X), ("b.tif", Y)):
        tifffile.imwrite(tmp_path / name, np.clip(image, 0, 65535).astype(np.uint16))
    first, second = (tifffile.imread(tmp_path / f"{s}.tif") for s in "ab")
    expected = similij.verdict(first, second).text
    pair = (tmp_path / "a.tif", tmp_path / "b.tif")
    for extra in ([], ["--format", "json"], ["--format", "csv"]):
        out = shell("compare", *pair, "--verdict", *extra).out
        if extra == ["--format", "json"]:
            assert json.loads(out)["rows"][0]["verdict"] == expected
        else:
            assert expected in out
