"""Local maps, their least similar places and shifts, as files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr
from roifile import ImagejRoi, roiread
from test_handler import request
from typer.testing import CliRunner

import similij
from similij.cli import app
from similij.imagej import messages
from similij.imagej.album import RunPictures
from similij.moments.windows import Box, Gaussian, parse_window
from similij.plot.pictures.album import Album
from similij.plot.pictures.draw import draw
from similij.regions import read_regions

RNG = np.random.default_rng(3)
SHAPE = (3, 2, 40, 50)


def series() -> tuple[xr.DataArray, xr.DataArray]:
    x = RNG.integers(0, 200, SHAPE).astype(np.uint8)
    y = (x + RNG.integers(0, 50, SHAPE)).astype(np.uint8)
    y[2, 1, 10:21, 20:31] = y[2, 1, 10:21, 20:31][::-1, ::-1]
    y[0, 0, 25:34, 5:14] = y[0, 0, 25:34, 5:14].T
    dims = ["t", "z", "y", "x"]
    return xr.DataArray(x, dims=dims, name="a"), xr.DataArray(y, dims=dims, name="b")


@pytest.mark.parametrize("metric", ["pearson", "rmsd", "mean_difference", "ssim"])
@pytest.mark.parametrize("window", [7, "gaussian:1.5"])
def test_maps_are_those_of_local_map(tmp_path: Path, metric: str, window: Any) -> None:
    x, y = series()
    draw(x, y, tmp_path, kinds="local", metrics=[metric], window=window)
    (path,) = tmp_path.glob("*.tif")
    expected = similij.local_map(x, y, metric, window=window).values
    with tifffile.TiffFile(path) as tiff:
        np.testing.assert_array_equal(tiff.asarray(), expected.astype(np.float32))
        about = tiff.imagej_metadata
    assert about["Labels"] == [f"t{t} z{z}" for t in (1, 2, 3) for z in (1, 2)]
    ends = (about["min"], about["max"])
    if metric == "pearson":
        assert ends == (-1, 1)
    elif metric == "ssim":  # nearly all values, whatever they are
        least, most = np.quantile(expected, (0.001, 0.999))
        assert ends == pytest.approx((least, most), abs=0.002)
    else:
        assert ends == pytest.approx((0, expected.max()))


def test_pixels_outside_are_nan_and_grey_alone(tmp_path: Path) -> None:
    x, y = (image[0, 0] for image in series())
    y = 255 - x  # R is -1 everywhere: not grey
    mask = np.zeros(x.shape, bool)
    mask[5:30, 10:44] = True
    region = {"part": np.indices(x.shape)[1] > 20}
    draw(x, y, tmp_path, kinds="local", mask=mask, regions=region, window="5")
    inside = mask & region["part"]
    found = tifffile.imread(tmp_path / "local pearson.tif")
    expected = similij.local_map(x, y, window=5, mask=inside).values
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    assert np.isnan(found[~inside]).all()
    with tifffile.TiffFile(tmp_path / "local pearson.tif") as tiff:
        low, high = (tiff.imagej_metadata[end] for end in ("min", "max"))
        table = np.array(tiff.pages[0].tags[320].value).reshape(3, 256) // 257
    at = (found[inside] - low) / (high - low) * 256
    assert at.min() >= 1  # ImageJ truncates; the first colour is for NaN
    assert table[:, 0].tolist() == [0x9A] * 3
    assert (table[:, 1:] != table[:, :1]).any(axis=0).all()


def rois(path: Path) -> list[ImagejRoi]:
    with tifffile.TiffFile(path) as tiff:
        found = tiff.imagej_metadata.get("Overlays", [])
    found = [found] if isinstance(found, bytes) else found
    return [ImagejRoi.frombytes(roi) for roi in found]


def test_least_similar_places_of_a_stack(tmp_path: Path) -> None:
    x, y = series()
    draw(x, y, tmp_path, kinds="local", window=9)
    worst = []
    for t in range(3):
        for z in range(2):
            found = similij.local_map(x[t, z], y[t, z], window=9)
            for place in similij.least_similar(found):
                worst.append((place.value, place.x, place.y, z + 1, t + 1))
    worst = sorted(worst)[:5]
    with (tmp_path / "local pearson_places.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    listed = [
        (float(r["value"]), *(int(r[k]) for k in ("x", "y", "z", "t"))) for r in rows
    ]
    assert listed == worst
    assert [r["place"] for r in rows] == list("12345")
    assert [int(r["plane"]) for r in rows] == [2 * (t - 1) + z for *_, z, t in worst]
    (first, *_) = worst
    assert first[3:] in ((2, 3), (1, 1))
    names = [f"{k}: Pearson R {w[0]:.2f}" for k, w in enumerate(worst, start=1)]
    saved = roiread(tmp_path / "local pearson_places_roi.zip")
    assert [roi.name for roi in saved] == names
    assert [(roi.z_position, roi.t_position) for roi in saved] == [w[3:] for w in worst]
    overlay = rois(tmp_path / "local pearson.tif")
    assert sorted(roi.name for roi in overlay) == sorted(names)
    regions = read_regions(tmp_path / "local pearson_places_roi.zip")
    for region, row in zip(regions, rows, strict=True):
        box = (region.x, region.y, region.width, region.height)
        assert box == tuple(int(row[k]) for k in ("left", "top", "width", "height"))


def test_windows_in_words() -> None:
    assert parse_window("15") == parse_window(15) == Box(15, 15)
    assert parse_window(" Gaussian:3 ") == Gaussian(3.0)
    assert parse_window("box 7×9") == Box(7, 9)
    for wrong in ("14", "gaussian", "gaussian:0", "15:", "", "disk:3", "1.5", None):
        with pytest.raises(ValueError, match="odd number of pixels"):
            parse_window(wrong)


def test_what_makes_no_sense_is_refused_or_noted(tmp_path: Path) -> None:
    x, y = series()
    with pytest.raises(ValueError, match="is of one plane, and 6 were compared"):
        draw(x, y, tmp_path / "new", kinds="shift")
    floats = x[0, 0].astype(np.float32)
    with pytest.raises(ValueError, match="SSIM needs data_range"):
        draw(floats, y[0, 0], tmp_path / "new", kinds="local", metrics=["ssim"])
    with pytest.raises(ValueError, match="window is '4'"):
        draw(x, y, tmp_path / "new", kinds="local", window="4")
    assert not (tmp_path / "new").exists()
    draw(
        floats, y[0, 0], tmp_path, kinds="local", metrics=["ssim"], window=7,
        data_range=255,
    )  # fmt: skip
    expected = similij.local_map(floats, y[0, 0], "ssim", window=7, data_range=255)
    found = tifffile.imread(tmp_path / "local ssim.tif")
    np.testing.assert_array_equal(found, expected.values.astype(np.float32))
    album = Album(tmp_path, "all, shift", ("a", "b"))
    album.add(np.ones((8, 9)), np.arange(72.0).reshape(8, 9))
    rows = similij.compare(np.ones((8, 9)), np.arange(72.0).reshape(8, 9))
    assert "shift" not in [picture.kind for picture in album.finish(rows)]
    assert len(album.notes) == 1
    assert album.notes[0].startswith("no picture of 'shift'")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("stack", "a picture of 'frc' is of one plane, and 6 were compared"),
        ("flat", "16 are needed"),
        ("constant", '"image 1" is constant here'),
    ],
)
def test_where_there_is_no_frc_a_sentence_says_why(
    what: str, reason: str, tmp_path: Path
) -> None:
    x, y = series()
    if what == "flat":
        x, y = x[0, 0, :8], y[0, 0, :8]
    elif what == "constant":
        x, y = np.ones((20, 20)), np.random.default_rng(0).random((20, 20))
    with pytest.raises(ValueError, match=reason):
        draw(x, y, tmp_path / "new", kinds="frc")
    assert not (tmp_path / "new").exists()


def test_an_frc_is_drawn_within_the_region(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x = rng.random((40, 60))
    y = x.copy()
    y[:, 30:] = rng.random((40, 30))
    rows = similij.compare(x, y).rows
    ends = {}
    for name, part in (("alike", slice(0, 30)), ("unlike", slice(30, 60))):
        mask = np.zeros(x.shape, bool)
        mask[:, part] = True
        album = Album(tmp_path, "frc", ("a", "b"), charts=True, files=False)
        album.add(x, y, mask=mask)
        ((_, drawing),) = album.draw(*album.steps(rows))
        ends[name] = drawing.charts[0].words
        album.close()
    assert ends["alike"].startswith("Alike down to details of 2 px")
    assert ends["unlike"] == "No resolution"
    (picture,) = draw(x, y, tmp_path, kinds="frc")
    assert picture.path == tmp_path / "frc.png"
    assert picture.title == "FRC: image 1 and image 2 by the size of detail"


def test_a_shift_is_drawn_within_the_region(tmp_path: Path) -> None:
    x, _ = (image[0, 0].values for image in series())
    y = np.roll(x, 2, axis=1)
    region = {"part": np.indices(x.shape)[1] > 7}
    (picture,) = draw(x, y, tmp_path, kinds="shift", regions=region)
    assert picture.path == tmp_path / "shift.png"
    assert picture.title == "Shift: R against how far image 2 is moved over image 1"
    assert picture.path.stat().st_size > 10_000


def test_a_cancelled_run_leaves_no_places(tmp_path: Path) -> None:
    x, y = (image[0, 0].values for image in series())
    album = Album(tmp_path / "new", "local", window=5)
    album.add(x, y)
    written = album.finish(similij.compare(x, y))
    assert [p.path.suffix for p in written] == [".tif", ".png", ".zip", ".csv"]
    album.discard()
    assert not (tmp_path / "new").exists()


def test_imagej_opens_the_map_and_leaves_the_places(tmp_path: Path) -> None:
    x, y = (image[0, 0].values for image in series())
    asked = request(x[None], y[None], name_1="a", name_2="b", metrics="rmsd, pearson")
    asked["options"] |= {"pictures": "local,shift", "window": "gaussian:2"}
    message = {"op": "album", "folder": str(tmp_path), "keep": True, "request": asked}
    album = messages.read(message, messages.Album)
    run = RunPictures(album)
    run.add(album.request, {"c": 1, "z": 1, "t": 1}, (x, y), [], None, None)
    run.add_rows(similij.compare(x, y).rows)
    begun = run.begin()
    assert begun.pictures == ["local Pearson R", "local RMSD", "R against the shift"]
    shown = [p for k in range(3) for p in run.draw(k).pictures]
    names = [Path(p.path).name for p in shown]
    assert names == ["local pearson.tif", "local rmsd.tif", "shift.png"]
    assert [len(p.charts) for p in shown] == [0, 0, 2]  # ImageJ draws the last
    run.end()
    assert {p.name for p in tmp_path.glob("*places*")} == {
        f"local {m}_places{end}"
        for m in ("pearson", "rmsd")
        for end in (".csv", "_roi.zip")
    }
    expected = similij.local_map(x, y, "rmsd", window=("gaussian", 2)).values
    tiff = tifffile.imread(tmp_path / "local rmsd.tif")
    np.testing.assert_array_equal(tiff, expected.astype(np.float32))


def test_the_command_line_draws_them(tmp_path: Path) -> None:
    x, y = (image[0, 0].values for image in series())
    paths = [str(tmp_path / name) for name in ("a.tif", "b.tif")]
    for path, image in zip(paths, (x, y), strict=True):
        tifffile.imwrite(path, image)
    ask = CliRunner().invoke
    out = str(tmp_path / "out")
    more = ["--pictures", "local", "--window", "9", "--metrics", "pearson,rmsd"]
    found = ask(app, ["compare", *paths, "--plots", out, *more])
    assert found.exit_code == 0, found.output
    tiff = tifffile.imread(Path(out) / "local rmsd.tif")
    expected = similij.local_map(x, y, "rmsd", window=9).values
    np.testing.assert_array_equal(tiff, expected.astype(np.float32))
    for words, hint in (
        (["--pictures", "local"], "--plots FOLDER"),
        (["--plots", out, "--window", "9"], "--pictures"),
        (["--plots", out, "--pictures", "maps"], "no kind of picture 'maps'"),
        (["--plots", out, "--pictures", "local", "--window", "8"], "window is '8'"),
    ):
        found = ask(app, ["compare", *paths, *words])
        assert found.exit_code == 2, found.output
        assert hint in " ".join(found.output.replace("│", " ").split())
