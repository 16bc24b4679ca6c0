"""Two folders: who is paired with whom, and nothing that stops the run."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi, roiwrite

import truth
from similij import ImageError, compare, compare_folders
from similij.batch import CsvFile, Job, find_pairs, problems, run
from similij.io import read_image
from similij.metrics import available
from support import IMAGES

RNG = np.random.default_rng(5)


def write(path: Path, shape: tuple[int, ...] = (12, 17)) -> np.ndarray:
    pixels = RNG.integers(0, 5000, shape).astype(np.uint16)
    tifffile.imwrite(path, pixels, photometric="minisblack")
    return pixels


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "set a", tmp_path / "sät,b"
    for folder in found:
        folder.mkdir()
    return found


def roi(left: int, top: int, size: int, name: str) -> ImagejRoi:
    return ImagejRoi(
        roitype=ROI_TYPE.RECT,
        left=left,
        top=top,
        right=left + size,
        bottom=top + size,
        name=name,
    )


def ids(folders: tuple[Path, Path], **options) -> list[tuple[str, str]]:
    return [job.names for job in find_pairs(*folders, **options)]


def test_everything_that_can_be_wrong_is_a_row(folders) -> None:
    a, b = folders
    good = write(a / "img2__a.tif"), write(b / "img2__b.tif")
    write(a / "img10__a.tif")
    write(b / "img11__b.tif")
    for name in ("img3__x.tif", "img3__y.tif"):
        write(b / name)
    write(a / "img3__a.tif")
    write(a / "img4__a.tif")
    (b / "img4__b.tif").write_bytes((b / "img3__x.tif").read_bytes()[:-100])
    write(a / "img5__a.tif"), write(b / "img5__b.tif", (12, 18))
    write(a / "img6__a.tif"), write(b / "img6__b.tif")
    (a / "img6__a_roi.zip").write_bytes(b"PK\x03\x04 broken")
    outside = write(a / "img7__a.tif"), write(b / "img7__b.tif")
    roiwrite(a / "img7__a_roi.zip", [roi(100, 3, 4, "out"), roi(2, 3, 4, "in")])
    write(a / "img8__a.tif")
    tifffile.imwrite(b / "img8__b.tif", np.zeros((5, 4, 3), "u1"), photometric="rgb")
    (a / "img9__a.tif").write_text("text"), write(b / "img9__b.tif")
    write(a / "no identifier.tif")
    (a / "notes.txt").write_text("not an image")
    (a / ".hidden__.tif").write_text("not an image")
    (a / "img1__folder.tif").mkdir()

    seen = []
    found = compare_folders(a, b, out=a.parent / "new" / "r.csv", on_row=seen.append)
    assert seen == found.rows
    reasons = {row["image_1"] or row["image_2"]: row["note"] for row in found}
    expected = {
        "img2__a.tif": "",
        "img3__a.tif": f'2 images in {b} are called "img3": img3__x.tif, img3__y.tif.',
        "img4__a.tif": '"img4__b.tif" is cut short',
        "img5__a.tif": '"img5__a.tif" is 17×12 pixels (uint16), "img5__b.tif" is 18×12',
        "img6__a.tif": "img6__a_roi.zip",
        "img8__a.tif": '"img8__b.tif" is an RGB (color) image',
        "img9__a.tif": '"img9__a.tif" cannot be read as an image (of no kind',
        "img10__a.tif": f'no image in {b} is called "img10"',
        "img11__b.tif": f'no image in {a} is called "img11"',
        "no identifier.tif": "no identifier.tif has no identifier: the pattern is",
    }
    for name, reason in expected.items():
        assert reasons[name].startswith(reason) or reason in reasons[name]
        assert bool(reason) == bool(reasons[name])
    assert [*reasons] == sorted(
        reasons, key=lambda n: int("".join(c for c in n[3:5] if c.isdigit()) or 99)
    )
    out, inside = (row for row in found if row["image_1"] == "img7__a.tif")
    assert out["note"].startswith("out lies outside the images (its bounds are x=100")
    cell = np.s_[3:7, 2:6]
    for row, (x, y) in ((found.rows[0], good), (inside, [v[cell] for v in outside])):
        numbers = [row[k] for k in ("n", "pearson", "rmsd", "mean_difference")]
        assert numbers == pytest.approx(truth.metrics(x, y), rel=1e-12)
    failed = problems(found)
    assert len(failed) == len(found) - 2
    assert all(row["note"] for row in failed)
    assert all(math.isnan(row["rmsd"]) and row["n"] == 0 for row in failed)


def test_rows_are_on_disk_as_they_come(folders) -> None:
    a, b = folders
    names = ["1", 'quote " and, comma', "ünï 漢字", "4"]
    for name in names:
        write(a / f"{name}__a.tif"), write(b / f"{name}__b.tif")
    out = a.parent / "rows.csv"
    out.write_text("old,table\n1,2\n")
    lengths = []

    def look(row: dict) -> None:
        table = pd.read_csv(out)
        lengths.append(len(table))
        last = table.iloc[-1]
        assert (last["image_1"], last["rmsd"]) == (row["image_1"], row["rmsd"])

    found = compare_folders(a, b, out=out, restart=True, on_row=look)
    assert lengths == [1, 2, 3, 4]
    with out.open(encoding="utf-8", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    assert [row["image_1"] for row in rows] == [row["image_1"] for row in found]
    assert [*rows[0]] == found.columns
    for row, kept in zip(found, rows, strict=True):
        for key in ("n", "pearson", "rmsd", "mean_difference"):
            assert float(kept[key]) == row[key]  # to the last digit


def test_undefined_is_empty_on_disk(tmp_path: Path, folders) -> None:
    a, b = folders
    for folder in folders:
        tifffile.imwrite(folder / "1__.tif", np.full((3, 4), 7, np.uint8))
    compare_folders(a, b, out=tmp_path / "r.csv")
    lines = (tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()
    (row,) = csv.DictReader(lines)
    assert (row["pearson"], row["rmsd"]) == ("", "0.0")
    assert "is constant here" in row["note"]


def test_natural_order(folders) -> None:
    for name in ("img10", "img2", "x10²", "1", "01", "²", "img2b", "a"):
        for folder in folders:
            (folder / f"{name}__.tif").touch()
    found = [first.split("__")[0] for first, _ in ids(folders)]
    assert found.index("img2") < found.index("img2b")
    assert found.index("img2b") < found.index("img10")
    assert found.index("01") + 1 == found.index("1")
    assert set(found) == {"img10", "img2", "x10²", "1", "01", "²", "img2b", "a"}


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ("{id}__", [("s.1__x__a.tif", "s.1__y__b.tif")]),
        ("s.{id}__", [("s.1__x__a.tif", "s.1__y__b.tif")]),
        ("s+{id}__", [("s.1__x__a.tif", ""), ("", "s.1__y__b.tif")]),
        ("{id}.tif", [("s.1__x__a.tif", ""), ("", "s.1__y__b.tif")]),
    ],
)
def test_pattern(folders, pair: str, expected) -> None:
    (folders[0] / "s.1__x__a.tif").touch()
    (folders[1] / "s.1__y__b.tif").touch()
    assert ids(folders, pair=pair) == expected


def test_rois_are_beside_either_image(folders) -> None:
    a, b = folders
    for k in range(5):
        write(a / f"{k}__a.ome.tif"), write(b / f"{k}__b.tif")
    roiwrite(a / "0__a_roi.zip", [roi(0, 0, 3, "r")])
    roiwrite(b / "1__b_roi.zip", [roi(0, 0, 3, "r")])
    roi(1, 2, 3, "single").tofile(a / "2__a_roi.roi")
    roiwrite(a / "3__a_cells.zip", [roi(0, 0, 3, "r")])
    rois = [job.rois and job.rois.name for job in find_pairs(a, b)]
    assert rois == ["0__a_roi.zip", "1__b_roi.zip", "2__a_roi.roi", None, None]
    rois = [job.rois and job.rois.name for job in find_pairs(a, b, rois="_cells.zip")]
    assert rois == [None, None, None, "3__a_cells.zip", None]
    found = compare_folders(a, b)
    assert [row["n"] for row in found] == [9, 9, 9, 204, 204]


def test_refusals(folders, tmp_path: Path) -> None:
    a, b = folders
    with pytest.raises(ImageError, match="there are no images in"):
        find_pairs(a, b)
    with pytest.raises(ImageError, match=r'no" does not exist: give the folder'):
        find_pairs(a, tmp_path / "no")
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match="is a file, not a folder"):
        find_pairs(tmp_path / "file", b)
    for pair in ("", "img__", "{id}{id}"):
        with pytest.raises(ImageError, match=r"must have \{id\} once"):
            find_pairs(a, b, pair=pair)
    with pytest.raises(ValueError, match="rescale is 'bogus'"):
        compare_folders(a, b, rescale="bogus")
    write(a / "1__.tif")
    with pytest.raises(ImageError, match=r"cannot be written \(.*\): choose another"):
        compare_folders(a, b, out=tmp_path / "file" / "r.csv")


def test_csv_file_that_vanished_starts_again(tmp_path: Path) -> None:
    file = CsvFile(tmp_path / "r.csv", [*available().values()])
    file.append([])
    assert (tmp_path / "r.csv").read_text().startswith("image_1,image_2,region,plane,")


def test_rows_begin_a_line_of_their_own(tmp_path: Path) -> None:
    """Where an editor, or a stop, left the last line without its end."""
    path = tmp_path / "r.csv"
    file = CsvFile(path, [*available().values()])
    file.append(compare(np.eye(3), np.eye(3)).rows)
    for end in (b"", b"\n", b"\r\n"):
        path.write_bytes(path.read_bytes().rstrip() + end)
        before = path.read_bytes()
        file.append(compare(np.eye(3), 2 * np.eye(3)).rows)
        assert path.read_bytes().startswith(before)
        with path.open(newline="", encoding="utf-8") as stream:
            lines = [*csv.DictReader(stream, restkey="torn", restval="torn")]
        assert [float(line["n"]) for line in lines] == [9.0] * len(lines)
        assert all("torn" not in line for line in lines)


def test_run_compares_one_pair_with_the_options_of_compare() -> None:
    first, second = (IMAGES / f"set_{k}" / f"img3__{k}_test.tif" for k in "ab")
    rois = IMAGES / "set_a" / "img3__a_test_roi.zip"
    rows = run(
        Job(first, second, rois), name="one", rescale="percentile", metrics="rmsd"
    )
    x, y = (read_image(path).pixels for path in (first, second))
    expected = compare(x, y, regions=rois, rescale="percentile", metrics="rmsd")
    assert [row["rmsd"] for row in rows] == [row["rmsd"] for row in expected.rows]
    assert {row["run"] for row in rows} == {"one"}
    (row,) = run(Job(first, None, problem="no partner"))
    assert (row["note"], row["n"]) == ("no partner", 0)
