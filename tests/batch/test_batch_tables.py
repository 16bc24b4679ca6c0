"""What a batch leaves: the order of rows, group columns, Parquet, summary, pictures."""

from __future__ import annotations

import csv
import math
import statistics
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import tifffile
from scipy.ndimage import gaussian_filter

from similij import Comparison, ImageError, compare_pairs
from similij.batch import find_pairs, summary
from similij.measure.question import ask
from similij.measure.task import Task
from similij.metrics import available
from similij.plot import plot_groups
from support import Shell

RNG = np.random.default_rng(9)
PAIR = "{dose}_{id}_C1:{dose}_{id}_C2"


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    folder = tmp_path / "plate"
    folder.mkdir()
    for dose in ("low", "high"):
        for well in (1, 2, 10):
            for channel in (1, 2):
                pixels = RNG.integers(0, 4000, (20, 30)).astype(np.uint16)
                name = f"{dose}_{well}_C{channel}.tif"
                tifffile.imwrite(folder / name, pixels)
    (folder / "low_2_C2.tif").write_bytes(b"no image")
    return folder


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_rows_are_in_the_order_of_the_pairs(
    plate: Path, tmp_path: Path, workers: int
) -> None:
    jobs = find_pairs(plate, pair=PAIR)
    out = tmp_path / "r.csv"
    half = compare_pairs(jobs[3:5], out=out, workers=workers)
    found = compare_pairs(jobs, out=out, workers=workers)
    assert len(half) == 2
    expected = [
        (f"{dose}_{well}_C1.tif", dose)
        for dose in ("high", "low")
        for well in (1, 2, 10)
    ]
    assert [(row["image_1"], row["dose"]) for row in found] == expected
    with out.open(encoding="utf-8", newline="") as stream:
        lines = [*csv.DictReader(stream)]
    assert [(line["image_1"], line["dose"]) for line in lines] == expected
    assert [*lines[0]] == found.columns
    assert len({row["run"] for row in found}) == 1
    apart = compare_pairs(jobs, workers=workers)
    for row, other in zip(found, apart, strict=True):
        assert {**row, "run": ""} == {**other, "run": ""}


def test_parquet_has_what_the_csv_has(plate: Path, tmp_path: Path) -> None:
    jobs = find_pairs(plate, pair=PAIR)
    out = tmp_path / "new" / "r.parquet"
    for part in (jobs[:4], jobs):
        found = compare_pairs(part, out=out)
        table = pd.read_parquet(out)
        rows = found.to_dataframe()
        assert [*table.columns] == [*rows.columns]
        for name in rows.columns:
            for a, b in zip(table[name], rows[name], strict=True):
                assert a == b or (pd.isna(a) and (b is None or math.isnan(b)))
    assert table["n"].dtype == np.int64
    assert table["rmsd"].dtype == np.float64
    assert {path.name for path in out.parent.iterdir()} == {
        "r.parquet", "r.parquet.csv", "r.parquet.csv.state",
    }  # fmt: skip


def test_parquet_without_its_library_is_said_before(
    plate: Path, tmp_path: Path
) -> None:
    jobs = find_pairs(plate, pair=PAIR)
    with (
        mock.patch.dict(sys.modules, {"pyarrow": None}),
        pytest.raises(ModuleNotFoundError, match=r"pip install pyarrow$"),
    ):
        compare_pairs(jobs, out=tmp_path / "r.parquet", on_rows=pytest.fail)


def comparison(values: dict[tuple[str, str], list[float]]) -> Comparison:
    metrics = [*available().values()]
    rows = [
        {
            **Task(("a", "b"), ask(), files=(str(k // 2), "")).row(
                f"cell {k}", rmsd=value, pearson=0.5, mean_difference=1.0
            ),
            "dose": dose,
            "well": well,
        }
        for (dose, well), numbers in values.items()
        for k, value in enumerate(numbers)
    ]
    rows.append({**rows[0], "region": "background", "rmsd": 1e9})
    return Comparison(rows, metrics, groups=["dose", "well"])


def test_summary_by_hand() -> None:
    numbers = [3.0, 1.0, 7.5, math.nan, 10.0, math.inf]
    result = comparison(
        {("x10", "B1"): [2.0], ("x2", "B1"): numbers, ("x2", "B2"): [math.nan]}
    )
    table = summary(result)
    rmsd = table[table["metric"] == "rmsd"].set_index(["dose", "well"])
    assert [*rmsd.index] == [("x2", "B1"), ("x2", "B2"), ("x10", "B1")]
    known = [3.0, 1.0, 7.5, 10.0]
    q1, median, q3 = statistics.quantiles(known, n=4, method="inclusive")
    first = rmsd.loc[("x2", "B1")]
    assert [first[k] for k in ("pairs", "n", "undefined")] == [3, 4, 2]
    assert [first[k] for k in ("mean", "sd", "q1", "median", "q3")] == pytest.approx(
        [statistics.mean(known), statistics.stdev(known), q1, median, q3]
    )
    second = rmsd.loc[("x2", "B2")]
    assert [second["n"], second["undefined"]] == [0, 1]
    assert second[["mean", "sd", "median"]].isna().all()
    assert math.isnan(rmsd.loc[("x10", "B1")]["sd"])
    by_dose = summary(result, by=["dose"])
    assert [*by_dose[by_dose["metric"] == "rmsd"]["n"]] == [4, 1]
    assert len(summary(result, by=[])) == 3
    with pytest.raises(ImageError, match='no group column "x"; there are: dose, well'):
        summary(result, by=["x"])


def test_channels_are_told_apart_in_a_summary() -> None:
    metrics = [*available().values()]
    rows = [
        Task(("a", "b"), ask(), place={"channel_1": 1, "channel_2": c}).row(
            "Whole image", rmsd=float(c)
        )
        for c in (2, 3, 3)
    ]
    table = summary(Comparison(rows, metrics))
    found = table[table["metric"] == "rmsd"][["channel_2", "n", "mean"]]
    assert found.to_numpy().tolist() == [[2, 1, 2.0], [3, 2, 3.0]]


def test_picture_of_groups_shows_every_value() -> None:
    values = {("x2", "B1"): [1.0, 2.0, 9.0], ("x10", "B1"): [4.0, math.nan]}
    figure = plot_groups(comparison(values), by=["dose"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Pearson R", "RMSD", "Mean Difference",
    ]  # fmt: skip
    axes = figure.axes[1]
    dots = [
        sorted(c.get_offsets()[:, 1]) for c in axes.collections if len(c.get_offsets())
    ]
    assert dots == [[1.0, 2.0, 9.0], [4.0]]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["x2\n(3)", "x10\n(2)"]
    words = " ".join(text.get_text() for text in figure.texts)
    assert "× undefined: 1" in words


@pytest.mark.slow
def test_the_command_writes_all_of_it(
    plate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    monkeypatch.chdir(tmp_path)
    others = ("batch", "plate", "--pair", PAIR, "--jobs", 2, "--out", "r.csv")
    others += ("--summary", "new/s.csv", "--plots", "plots", "--format", "csv")
    words = (*others, "--metrics", "pearson, bias, rmsd")
    ran = shell(*words)
    assert ran.code == 0
    assert ran.out == Path("r.csv").read_text("utf-8")
    assert "1 could not be compared:\n  low_2_C1.tif and low_2_C2.tif: " in ran.err
    table = pd.read_csv("new/s.csv")
    assert [*table["dose"].unique()] == ["high", "low"]
    assert [*table["metric"].unique()] == ["pearson", "bias", "rmsd"]
    names = {path.name for path in Path("plots").iterdir()}
    assert names == {"groups.png"} | {
        f"{dose}_{well}_C1.png" for dose in ("low", "high") for well in (1, 2, 10)
    } - {"low_2_C1.png"}
    Path("plots/low_1_C1.png").unlink()
    date = Path("plots/high_1_C1.png").stat().st_mtime_ns
    assert shell(*words).code == 0
    assert Path("plots/low_1_C1.png").is_file()
    assert Path("plots/high_1_C1.png").stat().st_mtime_ns == date
    ran = shell(*others, "--metrics", "rmsd")
    assert ran.code == 1
    assert "metrics was pearson, bias, rmsd and is now rmsd" in ran.err
    assert shell(*others, "--metrics", "rmsd", "--restart").code == 0


def test_ways_to_name_pairs_on_the_command_line(
    plate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    monkeypatch.chdir(tmp_path)

    def rows(*words: object) -> list[dict]:
        ran = shell("batch", *words, "--format", "csv")
        assert ran.code == 0
        return [*csv.DictReader(ran.out.splitlines())]

    found = rows("plate", "--reference", "plate/low_1_C1.tif", "--group", "{dose}_{id}")
    assert len(found) == 11
    assert {row["image_1"] for row in found} == {"low_1_C1.tif"}
    assert {row["dose"] for row in found} == {"low", "high"}
    table = "image_1,image_2,why\nplate/low_1_C1.tif,plate/high_1_C1.tif,dose\n"
    Path("pairs.csv").write_text(table)
    (row,) = rows("pairs.csv")
    assert (row["why"], row["n"]) == ("dose", "600")
    movie = RNG.integers(0, 99, (2, 9, 8)).astype(np.uint16)
    Path("movies").mkdir()
    tifffile.imwrite("movies/m.tif", movie, imagej=True, metadata={"axes": "CYX"})
    (row,) = rows("movies", "--channels", "1:2")
    assert (row["channel_1"], row["channel_2"]) == ("1", "2")
    for words, said in (
        (("movies",), "one folder needs --pair with two halves"),
        (("plate", "plate", "plate"), "give two folders, one, or a table"),
        (("plate", "plate", "--reference", "pairs.csv"), "goes with one folder"),
        (("plate", "--pair", "{a}:{b}"), "its halves must have the same"),
    ):
        ran = shell("batch", *words)
        assert ran.code == 2
        assert said in " ".join(ran.err.replace("│", " ").split())
    columns = ("--group", "well", "--summary", "s.csv", "--format", "csv")
    ran = shell("batch", "plate", "--pair", PAIR, *columns)
    assert ran.code != 0
    assert 'no group column "well"; there are: dose' in ran.err


def test_a_table_of_pairs_is_aligned_pair_by_pair(tmp_path: Path, shell: Shell) -> None:
    big = gaussian_filter(np.random.default_rng(2).normal(size=(3, 90, 100)), (0, 2, 2))
    big = np.rint((big - big.min()) / np.ptp(big) * 4000).astype(np.uint16)
    mask = np.zeros((70, 80), np.uint8)
    mask[10:60, 20:70] = 255
    tifffile.imwrite(tmp_path / "mask.tif", mask)
    lines = ["image_1,image_2,mask,dose"]
    for k, (dy, dx) in enumerate([(3, -4), (-5, 2)]):
        x, y = big[k, 10:80, 10:90], big[k, 10 - dy : 80 - dy, 10 - dx : 90 - dx] + k
        tifffile.imwrite(tmp_path / f"a{k}.tif", x)
        tifffile.imwrite(tmp_path / f"b{k}.tif", y)
        lines.append(f"a{k}.tif,b{k}.tif,mask.tif,{k}")
    tifffile.imwrite(tmp_path / "other.tif", big[2, 10:80, 10:90])
    lines.append("a0.tif,other.tif,,9")
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "r.csv"
    words = ("--align", "shift", "--metrics", "rmsd,bias,alignment", "--out", out)
    ran = shell("batch", tmp_path / "pairs.csv", *words)
    assert ran.code == 0, ran.err
    with out.open(newline="", encoding="utf-8") as stream:
        rows = [*csv.DictReader(stream)]
    for row, (dx, dy), k in zip(rows, [(4, -3), (-2, 5)], (0, 1), strict=False):
        assert (float(row["moved_x"]), float(row["moved_y"])) == (dx, dy)
        assert (float(row["rmsd"]), float(row["bias"])) == (k, k)
        # the mask lies well inside, so all of it has a partner
        assert int(row["n"]) == 50 * 50
        assert float(row["rmsd_unaligned"]) > 100
    assert rows[2]["rmsd"] == ""
    assert rows[2]["note"].startswith("not aligned, so nothing is compared: ")
    assert "not aligned" in ran.err
