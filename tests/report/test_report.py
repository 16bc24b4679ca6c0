"""A report as a file: what is in it, against the numbers worked out by hand."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from matplotlib.path import Path as Path2D
from PIL import Image
from typer.testing import CliRunner

import report_data
import similij
from similij import ImageError, compare, compare_folders
from similij.cli import app
from similij.metrics import catalogue
from similij.report import report
from similij.report.colors import DIVERGING, SEQUENTIAL, palette
from similij.report.images import draw_pair, open_pair
from similij.report.table import ReportTable
from similij.report.text import html, script_data
from support import IMAGES, run_python

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)
PNG = re.compile(r'<image href="data:image/png;base64,([^"]+)"')


def data(text: str) -> dict[str, Any]:
    (found,) = DATA.findall(text)
    return json.loads(found)


def pixels(source: str) -> np.ndarray:
    """Colours of a PNG in an address: (y, x, RGBA)."""
    stream = io.BytesIO(base64.b64decode(source.partition(",")[2]))
    return np.asarray(Image.open(stream).convert("RGBA"))


def written(tmp_path: Path, found: Any, **options: Any) -> str:
    return report.write(tmp_path / "r.html", found, **options).read_text("utf-8")


def test_the_data_are_the_rows(tmp_path: Path) -> None:
    rows, images = report_data.hostile()
    found = data(written(tmp_path, rows, images=images, most_pairs=0))
    columns = {column["name"]: column for column in found["columns"]}
    assert [*columns] == [*rows[0]]
    numbers = columns["pearson"]["values"]
    assert numbers == [row["pearson"] for row in rows]  # to the last digit
    region = columns["region"]
    assert [region["words"][k] for k in region["codes"]] == ["left", "right"] * 8
    assert found["pair"] == [k // 2 for k in range(16)]
    assert columns["pearson"]["shown"] and not columns["run"]["shown"]


def test_undefined_and_infinite_numbers(tmp_path: Path) -> None:
    found = data(written(tmp_path, report_data.many(8), most_pairs=0))
    columns = {column["name"]: column.get("values") for column in found["columns"]}
    assert columns["pearson"][3] is None
    assert columns["rmsd"][5] == "Infinity"
    assert script_data([math.nan, -math.inf, 0.1]) == '[null,"-Infinity",0.1]'


def test_pairs_are_ranked_by_their_least_alike_row() -> None:
    def row(two: str, r: float, rmsd: float) -> dict[str, Any]:
        return {"image_1": "a", "image_2": two, "pearson": r, "rmsd": rmsd}

    table = ReportTable(
        [
            *(row("b", 0.9, 5), row("b", 0.2, 7), row("c", 0.5, 9)),
            *(row("d", math.nan, 1), row("e", math.nan, math.nan), row("f", 0.1, 8)),
        ]
    )
    names = [pair.names[1] for pair in table.pairs]

    def ranked(by: str | None) -> list[tuple[str, int]]:
        return [(names[k], r) for k, r in table.least_alike(table.ranked_by(by))]

    assert ranked(None) == [("f", 5), ("b", 1), ("c", 2), ("d", 3)]
    assert ranked("rmsd") == [("c", 2), ("f", 5), ("b", 1), ("d", 3)]
    assert table.failed == [4]
    with pytest.raises(
        ValueError, match="cannot be ranked by 'gain': choose one of pe"
    ):
        table.ranked_by("gain")


def test_the_same_of_a_table_a_comparison_and_a_file(tmp_path: Path) -> None:
    result = compare_folders(IMAGES / "set_a", IMAGES / "set_b")
    result.to_dataframe().to_csv(tmp_path / "rows.csv", index=False)
    texts = [
        data(written(tmp_path, found, verdicts=False))
        for found in (result, result.to_dataframe(), pd.read_csv(tmp_path / "rows.csv"))
    ]
    assert texts[0] == texts[1]
    for column, other in zip(texts[0]["columns"], texts[2]["columns"], strict=True):
        if column["metric"]:
            assert column == other
    assert [c["name"] for c in texts[0]["columns"]] == result.columns


def test_refusals(tmp_path: Path) -> None:
    rows = report_data.many(3)
    with pytest.raises(ImageError, match="needs at least one row"):
        report.write(tmp_path / "r.html", [])
    with pytest.raises(ImageError, match="need the column image_2, and these have im"):
        report.write(tmp_path / "r.html", [{"image_1": "a", "pearson": 1.0}])
    with pytest.raises(TypeError, match="read it first"):
        report.write(tmp_path / "r.html", "rows.csv")
    with pytest.raises(ValueError, match="most_pairs is -1: it must be 0 or more"):
        report.write(tmp_path / "r.html", rows, most_pairs=-1)
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match=r"cannot be written \(.*\): choose another"):
        report.write(tmp_path / "file" / "r.html", rows)
    assert not (tmp_path / "r.html").exists()


def test_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = report.write(tmp_path / "deep" / "r.html", report_data.many(3), title="one")
    before = file.read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ImageError, match="No space left on device"):
        report.write(file, report_data.many(3), title="two")
    assert file.read_bytes() == before
    assert [f.name for f in file.parent.iterdir()] == ["r.html"]
    assert file.stat().st_mode & 0o444 == 0o444


def test_pictures_of_a_pair() -> None:
    x = np.zeros((600, 512))
    x[:300] = 100.0
    y = x.copy()
    y[:, 256:] += 50.0
    y[0, 0] = np.nan
    found = draw_pair(x, y)
    assert (found.square, found.shape) == (3, (600, 512))
    assert found.first.size == (171, 200)
    assert (found.first.low, found.first.high) == (0.0, 150.0)
    grey = pixels(found.first.source)[..., 0]
    assert (grey[50, 50], grey[150, 50]) == (170, 0)  # 100 of 150, and 0
    assert pixels(found.second.source)[150, 150, 0] == 85
    assert pixels(found.second.source)[0, 0, 3] == 0  # undefined is transparent
    change = pixels(found.difference.source)
    colors = palette(DIVERGING)
    assert tuple(change[150, 150, :3]) == tuple(colors[253])  # red: image 2 is larger
    assert found.difference.high == 50.0 == -found.difference.low
    white = change[150, 50, :3]
    assert white.min() > 240


def test_density_counts_value_pairs() -> None:
    x = np.repeat([0.0, 1.0, 2.0], [10, 20, 34]).reshape(8, 8)
    y = np.where(x == 1, 5.0, x)
    found = draw_pair(x, y)
    assert found.limits == (0.0, 2.0, 0.0, 5.0)
    assert found.density.high == 34
    shown = pixels(found.density.source)
    colors = palette(SEQUENTIAL)
    side = shown.shape[0]
    assert tuple(shown[1, side // 2 + 1, :3]) == tuple(
        colors[round(math.log1p(20) / math.log1p(34) * 253)]
    )  # x = 1, in the middle; y = 5, at the top
    assert shown[1, 1, 3] == 0  # none: transparent
    assert tuple(shown[-1, 0, :3]) == tuple(
        colors[round(math.log1p(10) / math.log1p(34) * 253)]
    )


def of_two_cells(scale: int = 1) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Two images and two masks of one name each; large ones by a scale."""
    x = np.random.default_rng(5).integers(0, 60, (40, 56)).astype(np.uint16)
    masks = {name: np.zeros(x.shape, bool) for name in ("<left>", "right")}
    masks["<left>"][4:30, 3:20], masks["right"][10:35, 30:50] = True, True
    masks["right"][20:25, 35:40] = False
    large = [np.kron(i, np.ones((scale, scale), i.dtype)) for i in (x, x + 7)]
    return *large, {
        k: np.kron(m, np.ones((scale,) * 2, bool)) for k, m in masks.items()
    }


@pytest.mark.parametrize("scale", [1, 20])
def test_regions_are_outlined_and_numbered(tmp_path: Path, scale: int) -> None:
    x, y, masks = of_two_cells(scale)
    found = compare(x, y, regions=masks, names=("a", "b"))
    text = written(tmp_path, found, images={"a": x, "b": y}, regions={"a": masks})
    groups = re.findall(
        r'<g data-region="([^"]+)"><path d="([^"]+)"><title>(\d+): ', text
    )
    assert [(unescape(n), k) for n, _, k in groups] == 3 * [
        ("<left>", "1"),
        ("right", "2"),
    ]
    square = -(-max(x.shape) // 256)
    for name, path, _ in groups:
        # Filled by the even-odd rule in another library, the path is the mask again.
        ours = masks[unescape(name)]
        size = (ours.shape[1] // square, ours.shape[0] // square)
        drawn = np.zeros(size[::-1], bool)
        for loop in re.findall(r"M([^Z]+)Z", path):
            corners = np.array([*map(float, loop.replace("L", " ").split())])
            at = np.add(np.indices(drawn.shape)[::-1].reshape(2, -1).T, 0.5)
            drawn ^= (
                Path2D(corners.reshape(-1, 2)).contains_points(at).reshape(drawn.shape)
            )
        step = ours[square // 2 :: square, square // 2 :: square][: size[1], : size[0]]
        assert (drawn != step).mean() < (0.02 if square > 1 else 1e-9)
    assert 'data-region="&lt;left&gt;"' in text


def test_values_are_of_the_pixels_that_the_numbers_are_of(tmp_path: Path) -> None:
    x, y, masks = of_two_cells()
    inside = masks["<left>"] | masks["right"]
    found = compare(x, y, regions=masks, names=("a", "b"))
    images, n = {"a": x, "b": y}, sum(found.to_dataframe()["n"])
    text = written(tmp_path, found, images=images, regions={"a": masks})
    assert n == inside.sum()
    assert f"{n:,} pixels of the regions" in text
    low, high = x[inside].min(), x[inside].max()
    assert f"image 1: {low} to {high}" in text
    mask = np.zeros(x.shape, bool)
    mask[:5] = True
    text = written(
        tmp_path, found, images=images, regions={"a": masks}, masks={"a": mask}
    )
    assert f"{(inside & mask).sum():,} pixels of the regions" in text
    text = written(tmp_path, found, images=images, masks={"a": mask})
    assert f"{mask.sum():,} pixels of the mask" in text
    assert "data-region" not in text.partition("</style>")[2].partition("<script>")[0]
    labels = masks["<left>"] + 2 * masks["right"].astype(np.uint8)
    found = compare(x, y, regions=labels, names=("a", "b"))
    text = written(tmp_path, found, images=images, regions={"a": labels})
    assert text.count('data-region="label 2"') == 4  # three pictures, one row
    # A row of the background is of all the others, so the values are of all pixels.
    found = compare(x, y, regions=masks, names=("a", "b"), inverse=True)
    text = written(tmp_path, found, images=images, regions={"a": masks})
    assert f"{x.size:,} all pixels" in text


def test_a_batch_has_its_regions_in_the_report(tmp_path: Path, seed: Path) -> None:
    one, two = seed / "set_a_with_ROIs", seed / "set_b_with_ROIs"
    out = tmp_path / "r.html"
    words = ["batch", str(one), str(two), "--out", str(tmp_path / "r.csv"), "--report"]
    assert CliRunner().invoke(app, [*words, str(out)]).exit_code == 0
    text = out.read_text("utf-8")
    assert len(re.findall(r"<tr data-region=", text)) == 7
    assert "pixels of the regions" in text


def test_constant_and_undefined_planes_are_drawn() -> None:
    flat = np.full((4, 5), 7.0)
    found = draw_pair(flat, flat)
    assert found.difference.high == 0.0
    assert found.limits == (6.5, 7.5, 6.5, 7.5)
    found = draw_pair(np.full((4, 5), np.nan), flat)
    assert found.density.high == 0


def test_which_plane_is_shown(tmp_path: Path) -> None:
    stack = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(tmp_path / name, stack, imagej=True, metadata={"axes": "ZCYX"})
    files = (tmp_path / "a.tif", tmp_path / "b.tif")
    place = {"channel_1": 1, "channel_2": 3, "z": 2}
    x, y, words, facts = open_pair(files, ("a", "b"), place)
    assert (x == stack[1, 0]).all() and (y == stack[1, 2]).all()
    assert words == "slice 2 of 2, channel 1 of 3 and slice 2 of 2, channel 3 of 3"
    assert facts[0]["axes"] == "z 2, c 3, y 4, x 5"
    assert facts[1]["path"] == str(files[1])
    x, y, words, facts = open_pair((stack[0], stack[1]), ("a", "b"), {})
    assert (x == stack[0, 1]).all() and (y == stack[1, 1]).all()
    assert words == "plane 2 of 3"
    assert facts[0]["type"] == "uint16"


def test_an_image_that_is_gone_says_so(tmp_path: Path) -> None:
    for name in "ab":
        tifffile.imwrite(tmp_path / f"{name}.tif", np.eye(40, dtype=np.uint8))
    files = tuple(str(tmp_path / f"{name}.tif") for name in "ab")
    images = [np.eye(40), np.eye(40)]
    rows = compare(*images, names=("a", "b"), files=files).rows
    assert "mean of" not in written(tmp_path, rows)
    (tmp_path / "b.tif").unlink()
    text = unescape(written(tmp_path, rows))
    assert f'No pictures: "{files[1]}" does not exist: check the path' in text
    text = written(tmp_path, compare(*images, names=("a", "b")))
    assert "No pair has pictures" in text
    assert "<img " not in text


def test_bounded_and_said(tmp_path: Path) -> None:
    rows, images = report_data.hostile()
    text = written(tmp_path, rows, images=images, most_pairs=3, verdicts=False)
    assert text.count('<article class="panel" id="pair-') == 3
    assert (
        "Pictures of the 3 least alike of 8 pairs, least alike first (by the " in text
    )
    large = np.random.default_rng(0).integers(0, 65535, (900, 1200), dtype=np.uint16)
    rows = compare(large, large[::-1], names=("up", "down")).rows
    text = written(tmp_path, rows, images={"up": large, "down": large[::-1]})
    assert len(text) < 600_000
    assert "each shown is the mean of 5×5" in text


def test_problems_and_notes_are_listed(tmp_path: Path) -> None:
    rows = report_data.many(30)
    rows[4] |= {"pearson": math.nan, "rmsd": math.nan, "note": "no partner & <none>"}
    text = written(tmp_path, rows, most_pairs=0)
    problems = text[text.index('<section id="problems"') : text.index('id="made"')]
    assert "<bdi>plate0/well4.tif · control.tif</bdi>: no partner &amp; &lt;none" in (
        problems
    )
    assert "<li>a constant image <small>(4 rows)</small></li>" in problems
    assert "1 could not be compared" in text


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    asked = {"Command": "similij batch <a> b"}
    text = written(tmp_path, report_data.many(3), parameters=asked)
    shown = unescape(re.sub(r"<[^>]+>", " ", text))
    for words in (
        "similij batch <a> b",
        f"SimilIJ  {similij.__version__}",
        np.__version__,
        "cff-version: 1.2.0",
        "Pearson 1896",
        "Gonzalez & Woods 2018",
        catalogue()["pearson"].formula,
    ):
        assert words in shown, words
    assert 'href="https://doi.org/10.1098/rsta.1896.0007"' in text
    addresses = {*re.findall(r'(?:src|href|action)="(\w+:[^"]{,20})', text)}
    assert all(a.startswith(("data:image/png", "https://doi.org")) for a in addresses)
    assert "$" not in re.sub(r"<script.*?</script>", "", text, flags=re.S)


def test_colours_of_rows_by_metrics(tmp_path: Path) -> None:
    rows = report_data.many(4)  # the last has no R
    (source,) = PNG.findall(written(tmp_path, rows, most_pairs=0))
    shown = pixels("," + source)
    tall, wide = shown.shape[0] // 4, shown.shape[1] // 2
    cells = shown[tall // 2 :: tall, wide // 2 :: wide]
    colors = palette(SEQUENTIAL)
    values = np.array([[row["pearson"], -row["rmsd"]] for row in rows])
    assert cells[3, 0, 3] == 0
    for k in range(2):
        column = values[:, k]
        best, worst = np.nanargmax(column), np.nanargmin(column)
        assert tuple(cells[best, k, :3]) == tuple(colors[253])  # bright: alike
        assert tuple(cells[worst, k, :3]) == tuple(colors[0])


def test_a_matrix(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    cell = random.normal(100, 20, (32, 40))
    images = {f"take {k}": cell + random.normal(0, 5, cell.shape) for k in range(6)}
    images["other"] = random.normal(100, 20, cell.shape)
    metrics = ["pearson", "rmsd", "gain"]
    found = similij.pairwise(images.values(), names=[*images], metrics=metrics)
    text = written(tmp_path, found, images=images, most_pairs=2)
    kept = data(text)
    assert len(kept["pair"]) == 21
    maps = kept["maps"]
    assert len(maps) == 3
    for name, shown in zip(metrics, maps, strict=True):
        order = shown["across"]
        assert order == shown["down"]
        assert sorted(order) == sorted(images)
        expected = found[name].sel(image=order, image_2=order).values
        assert shown["own"] == expected.ravel().tolist()
        for at, row in enumerate(shown["cells"]):
            i, j = divmod(at, 7)
            names = {order[i], order[j]}
            assert row == -1 if i == j else names == {*kept["names"][row]}
    assert order.index("other") in (0, 6)  # least like any, it stands at an end
    sentence = similij.odd_ones_out(found)[0].sentence
    assert html(sentence) in text
    assert "other" in sentence
    panels = text.split('<article class="panel"')[1:]
    assert all(
        "<bdi>other</bdi>" in panel.partition("</h3>")[0] for panel in panels[:2]
    )


def test_a_matrix_of_regions(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    images = [random.normal(size=(16, 16)) for _ in range(4)]
    masks = {"left": np.zeros((16, 16), bool), "right": np.zeros((16, 16), bool)}
    masks["left"][:, :8], masks["right"][:, 8:] = True, True
    found = similij.pairwise(images, regions=masks)
    kept = data(written(tmp_path, found, verdicts=False))
    assert len(kept["maps"]) == 6
    region = next(c for c in kept["columns"] if c["name"] == "region")
    for k, shown in enumerate(kept["maps"]):
        rows = {row for row in shown["cells"] if row >= 0}
        words = {region["words"][region["codes"][row]] for row in rows}
        assert (len(rows), words) == (6, {"left" if k < 3 else "right"})


def test_without_scipy(tmp_path: Path) -> None:
    source = """
import sys
sys.modules["scipy"] = None
import numpy as np, similij
from similij import report
x = np.random.default_rng(0).normal(size=(64, 64))
images = {"a": x, "b": x[::-1]}
found = similij.compare(x, x[::-1], names=("a", "b"))
report.write(sys.argv[1], found, images=images)
"""
    run_python(source, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text("utf-8")
    assert text.count("<img ") == 4
    assert 'class="verdict"' not in text


@pytest.mark.slow
def test_from_the_shell(tmp_path: Path) -> None:
    sets = [str(IMAGES / name) for name in ("set_a", "set_b")]
    file = tmp_path / "batch.html"
    asked = ["batch", *sets, "--report", str(file), "--report-pairs", "2"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    text = file.read_text("utf-8")
    assert f"Report: {file}" in done.stderr
    assert text.count('<article class="panel" id="pair-') == 2
    assert text.count('class="verdict"') == 2
    assert html(" and ".join(sets)) in text
    images = [str(IMAGES / "set_a" / f"img{k}__a_test.tif") for k in (1, 2, 3)]
    file = tmp_path / "matrix.html"
    done = CliRunner().invoke(app, ["pairwise", *images, "--report", str(file)])
    assert done.exit_code == 0, done.output
    text = file.read_text("utf-8")
    assert "Odd ones out" in text
    assert text.count('<article class="panel" id="pair-') == 3
