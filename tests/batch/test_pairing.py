"""Which images are compared with which: folders, a reference, a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi

import truth
from similij import ImageError, compare, compare_pairs
from similij.batch import (
    Job,
    find_pairs,
    grouped,
    lone_images,
    pairs_with,
    problems,
    read_pairs,
)

RNG = np.random.default_rng(8)


def write(path: Path, shape: tuple[int, ...] = (12, 17)) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 5000, shape).astype(np.uint16)
    tifffile.imwrite(path, pixels, photometric="minisblack")
    return pixels


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_one_folder(tmp_path: Path) -> None:
    touch(
        tmp_path,
        *("c_B2_C1.tif", "c_B2_C2.tif", "c_B10_C1.tif", "c_B10_C2.tif", "c_B3_C1.tif"),
        *("d_A1_C2.tif", "c_B2_C3.tif", "notes.txt", ".d_A1_C1.tif"),
    )
    jobs = find_pairs(tmp_path, pair="{dose}_{well}_C1:{dose}_{well}_C2")
    assert [(job.names, dict(job.groups)) for job in jobs] == [
        (("c_B2_C1.tif", "c_B2_C2.tif"), {"dose": "c", "well": "B2"}),
        (("c_B3_C1.tif", ""), {"dose": "c", "well": "B3"}),
        (("c_B10_C1.tif", "c_B10_C2.tif"), {"dose": "c", "well": "B10"}),
        (("", "d_A1_C2.tif"), {"dose": "d", "well": "A1"}),
    ]
    assert jobs[1].problem == f'no image in {tmp_path} is called "c_B3_C2"'
    assert jobs[3].problem == f'no image in {tmp_path} is called "d_A1_C1"'
    ids = find_pairs(tmp_path, pair="{dose}_{id}_C1:{dose}_{id}_C2")
    assert [dict(job.groups) for job in ids] == [{"dose": d} for d in "cccd"]


def test_halves_of_any_order_and_place(tmp_path: Path) -> None:
    touch(tmp_path / "a", "raw_x-1.tif", "raw_x-2.ome.tif")
    touch(tmp_path / "b", "1 of x.png", "2 of x.png", "noise.png")
    jobs = find_pairs(tmp_path / "a", tmp_path / "b", pair="raw_{s}-{n_}:{n_} of {s}")
    assert [job.names for job in jobs] == [
        ("raw_x-1.tif", "1 of x.png"),
        ("raw_x-2.ome.tif", "2 of x.png"),
        ("", "noise.png"),
    ]
    assert "has no identifier" in jobs[2].problem


def test_subfolders(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    touch(a, "1__.tif", "day 2/1__.tif", "day 10/1__.tif", ".cache/1__.tif")
    touch(b, "1__.tif", "day 2/1__.tif", "day 3/1__.tif")
    jobs = find_pairs(a, b, recursive=True)
    assert [(dict(job.groups), bool(job.problem)) for job in jobs] == [
        ({"folder": "."}, False),
        ({"folder": "day 2"}, False),
        ({"folder": "day 3"}, True),
        ({"folder": "day 10"}, True),
    ]
    assert [job.files for job in jobs][:2] == [
        (str(a / "1__.tif"), str(b / "1__.tif")),
        (str(a / "day 2" / "1__.tif"), str(b / "day 2" / "1__.tif")),
    ]
    assert jobs[2].problem == f'no image in {a / "day 3"} is called "1"'
    assert len(find_pairs(a, b)) == 1


def test_a_reference(tmp_path: Path) -> None:
    touch(tmp_path, "control.tif", "x10.tif", "x2.tif", "sub/x1.tif", "x2_roi.zip")
    jobs = pairs_with(tmp_path / "control.tif", tmp_path)
    assert [job.names for job in jobs] == [
        ("control.tif", "x2.tif"),
        ("control.tif", "x10.tif"),
    ]
    assert [job.rois and job.rois.name for job in jobs] == ["x2_roi.zip", None]
    deep = pairs_with(tmp_path / "control.tif", tmp_path, recursive=True)
    assert [dict(job.groups) for job in deep if "x1.tif" in job.names] == [
        {"folder": "sub"}
    ]
    with pytest.raises(ImageError, match=r"no.tif. does not exist"):
        pairs_with(tmp_path / "no.tif", tmp_path)
    with pytest.raises(ImageError, match="there are no images in"):
        pairs_with(tmp_path / "sub" / "x1.tif", tmp_path / "sub")


def test_masks_in_a_subfolder_are_no_images(tmp_path: Path) -> None:
    """Neither where images have a reference, nor where each is compared by itself."""
    touch(tmp_path, "control.tif", "x1.tif", "masks/control.tif", "masks/x1.tif")
    masks = str(tmp_path / "masks")
    by_reference = pairs_with(
        tmp_path / "control.tif", tmp_path, mask=masks, recursive=True
    )
    alone = lone_images(tmp_path, mask=masks, recursive=True)
    assert [job.names for job in by_reference] == [("control.tif", "x1.tif")]
    assert [job.names for job in alone] == [
        ("control.tif", "control.tif"),
        ("x1.tif", "x1.tif"),
    ]
    assert [job.mask for job in alone] == [
        tmp_path / "masks" / "control.tif",
        tmp_path / "masks" / "x1.tif",
    ]
    assert by_reference[0].mask == tmp_path / "masks" / "control.tif"


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_table_of_pairs(tmp_path: Path, comma: str) -> None:
    lines = [
        ["dose", "image_1", "image_2", "rois", "labels"],
        ["low", "a/1.tif", "b/1.tif", "", "cells.tif"],
        ["", "", "", "", ""],
        ["high, really", "a/2.tif", "", "r.zip", ""],
    ]
    table = tmp_path / "pairs.csv"
    text = "\n".join(
        comma.join(f'"{cell}"' if "," in cell else cell for cell in line)
        for line in lines
    )
    table.write_text(text, encoding="utf-8-sig")
    one, two = read_pairs(table)
    assert one == Job(
        tmp_path / "a" / "1.tif",
        tmp_path / "b" / "1.tif",
        labels=tmp_path / "cells.tif",
        groups={"dose": "low"},
    )
    assert (two.image_2, two.problem) == (None, "the table names no image_2")
    assert two.groups == {"dose": "high, really"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has the columns none: a table of pairs needs image_1 and image_2"),
        ("image_1,b\nx,y\n", "has the columns image_1, b: a table"),
        ("a" * 3000 + ",b" * 14, r"columns a{30}\.\.\.(, b){11} and 3 more: a table"),
        ("image_1,image_2\n", "has a heading and no pairs"),
        ("image_1,image_2\na,b\na,b,c\n", "line 3: it has more cells"),
    ],
    ids=["empty", "one image", "long heading", "no pairs", "more cells"],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pairs.csv").write_text(text)
    with pytest.raises(ImageError, match=said):
        read_pairs(tmp_path / "pairs.csv")
    with pytest.raises(ImageError, match="cannot be read as a table"):
        read_pairs(tmp_path / "no.csv")


def test_groups_of_names() -> None:
    jobs = [Job(Path("c_B2_1.tif"), Path("x.tif")), Job(None, Path("other.tif"))]
    found = grouped(jobs, "{condition}_{well}_{id}")
    assert [dict(job.groups) for job in found] == [
        {"condition": "c", "well": "B2"},
        {"condition": "", "well": ""},
    ]
    assert [dict(j.groups) for j in grouped(jobs[:1], "{letter}", second=True)] == [
        {"letter": "x"}
    ]
    with pytest.raises(ImageError, match=r'no image is called so, e\.g\. "c_B2_1'):
        grouped(jobs, "{a}__{b}__")
    with pytest.raises(ImageError, match=r"pattern of the groups is .* must have"):
        grouped(jobs, "condition")


def test_refusals(tmp_path: Path) -> None:
    touch(tmp_path, "a.tif")
    with pytest.raises(ImageError, match="its halves must have the same names"):
        find_pairs(tmp_path, pair="{id}_C1:{well}_C2")
    with pytest.raises(ImageError, match="it needs two halves with a colon"):
        find_pairs(tmp_path)
    with pytest.raises(ImageError, match=r'there are no images in .* fit "{id}_1:'):
        find_pairs(tmp_path, pair="{id}_1:{id}_2")
    job = Job(tmp_path / "a.tif", tmp_path / "a.tif")
    with pytest.raises(ImageError, match="are paired twice"):
        compare_pairs([job, job])
    alone = Job(tmp_path / "a.tif", None, problem="no partner")
    with pytest.raises(ImageError, match=r"^\S*a\.tif is listed twice: leave one of"):
        compare_pairs([alone, alone])
    with pytest.raises(ImageError, match='a group cannot be called "note"'):
        compare_pairs([Job(job.image_1, job.image_2, groups={"note": "x"})])
    with pytest.raises(TypeError, match="there is no option 'colour'; those of"):
        compare_pairs([job], colour=1)
    with pytest.raises(ValueError, match="workers is 0"):
        compare_pairs([job], workers=0)
    for wrong in ({"rescale": "x"}, {"metrics": ["x"]}, {"against": "x"}, {"blur": -1},
                  {"data_range": 0}, {"channels": "x"}):  # fmt: skip
        with pytest.raises(ValueError):
            compare_pairs([job], **wrong)


def test_labels_and_masks_beside_the_images(tmp_path: Path) -> None:
    x, y = (write(tmp_path / f"1_C{k}.tif") for k in (1, 2))
    write(tmp_path / "2_C1.tif"), write(tmp_path / "2_C2.tif")
    labels = np.zeros(x.shape, np.uint8)
    labels[2:5, 3:9], labels[7:, 10:] = 1, 2
    tifffile.imwrite(tmp_path / "1_C1_cells.tif", labels)
    mask = np.zeros(x.shape, np.uint8)
    mask[:, 4:] = 255
    tifffile.imwrite(tmp_path / "field.tif", mask)
    jobs = find_pairs(
        tmp_path,
        pair="{id}_C1:{id}_C2",
        labels="_cells.tif",
        mask=str(tmp_path / "field.tif"),
    )
    assert [job.names[0] for job in jobs] == ["1_C1.tif", "2_C1.tif"]
    assert jobs[1].problem == (
        'no labels file "..._cells.tif" beside 2_C1.tif or 2_C2.tif'
    )
    found = compare_pairs(jobs)
    assert [row["region"] for row in found] == ["label 1", "label 2", ""]
    for k, row in enumerate([*found][:2], start=1):
        inside = (labels == k) & (mask > 0)
        numbers = [row[m] for m in ("n", "pearson", "rmsd", "mean_difference")]
        assert numbers == pytest.approx(truth.metrics(x[inside], y[inside]), rel=1e-12)
    assert problems(found) == [found.rows[2]]


def test_options_of_compare_reach_every_pair(tmp_path: Path) -> None:
    x, y = (write(tmp_path / f"1_C{k}.tif", (60, 70)) for k in (1, 2))
    options = {
        "metrics": ["bias", "psnr", "rmsd", "manders_m1"],
        "rescale": ("percentile", 5, 95),
        "data_range": 4095,
        "thresholds": (300, 400.5),
        "background": (100, ("percentile", 5)),
        "blur": (0, 1.5),
        "regions": {"part": [(3, 3), (50, 3), (50, 40), (3, 40)]},
        "inverse": True,
        "mask": x > 500,
    }
    options["regions"] = {"part": np.array(options["regions"]["part"], float)}
    jobs = find_pairs(tmp_path, pair="{id}_C1:{id}_C2")
    expected = compare(x, y, **options).rows
    found = compare_pairs(jobs, out=tmp_path / "r.csv", **options)
    assert len(found) == len(expected) == 2
    for row, same in zip(found, expected, strict=True):
        told_apart = {"image_1", "image_2", "file_1", "file_2", "run"}
        assert {k: v for k, v in row.items() if k not in told_apart} == {
            k: v for k, v in same.items() if k not in told_apart
        }
    again = compare_pairs(jobs, out=tmp_path / "r.csv", **options)
    assert again == found
    for other in ({"mask": x > 501}, {"blur": (0, 1.6)}, {"background": 100}):
        with pytest.raises(ImageError, match="was begun with other options"):
            compare_pairs(jobs, out=tmp_path / "r.csv", **{**options, **other})


def test_channels_of_single_images(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 5000, (3, 2, 12, 17)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "m.tif", pixels, imagej=True, metadata={"axes": "TCYX"})
    jobs = lone_images(tmp_path)
    found = compare_pairs(jobs, channels="1:2", per=["t"], out=tmp_path / "r.csv")
    assert [(row["channel_1"], row["channel_2"], row["t"]) for row in found] == [
        (1, 2, t) for t in (1, 2, 3)
    ]
    for row, frame in zip(found, pixels, strict=True):
        assert row["rmsd"] == pytest.approx(truth.metrics(*frame)[2], rel=1e-12)
    drift = compare_pairs(jobs, against="first", channels="1:1", per="t")
    assert [row["t"] for row in drift] == [2, 3]
    assert [row["against"] for row in drift] == ["first frame"] * 2


def test_a_roi_tied_to_a_slice(tmp_path: Path) -> None:
    """Only there it is compared, where the file names its axes."""
    images = []
    for k in (1, 2):
        pixels = RNG.integers(0, 5000, (3, 12, 17)).astype(np.uint16)
        name = tmp_path / f"1_C{k}.tif"
        tifffile.imwrite(name, pixels, imagej=True, metadata={"axes": "ZYX"})
        images.append(pixels)
    roi = ImagejRoi(
        roitype=ROI_TYPE.RECT, left=2, top=3, right=9, bottom=8, name="r", version=228,
        z_position=2, position=2,
    )  # fmt: skip
    roi.tofile(tmp_path / "1_C1_roi.roi")
    (row,) = compare_pairs(find_pairs(tmp_path, pair="{id}_C1:{id}_C2"))
    x, y = (pixels[1, 3:8, 2:9] for pixels in images)
    numbers = [row[k] for k in ("n", "pearson", "rmsd", "mean_difference")]
    assert numbers == pytest.approx(truth.metrics(x, y), rel=1e-12)
