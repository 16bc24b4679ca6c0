"""Zarr stores are folders, and one image each; so is a data set of an HDF5 file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from similij import ImageError, compare_pairs, pairwise
from similij.batch import Job, find_pairs, lone_images, pairs_with, read_pairs
from similij.images.file_names import companion, images_in, is_image, state
from similij.matrix.stack import image_files

zarr = pytest.importorskip("zarr", minversion="3")
h5py = pytest.importorskip("h5py")

RNG = np.random.default_rng(47)


def store(
    path: Path, version: int = 3, shape: tuple[int, ...] = (12, 17)
) -> np.ndarray:
    pixels = RNG.integers(0, 5000, shape).astype(np.uint16)
    group = zarr.create_group(path, zarr_format=version)
    group.create_array("0", data=pixels, chunks=(5, 5))
    axes = [{"name": name} for name in "yx"]
    about = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    group.attrs.update({"ome": about} if version == 3 else about)
    return pixels


def names(jobs: list[Job]) -> list[tuple[str, str]]:
    return [job.names for job in jobs]


@pytest.mark.parametrize("version", [2, 3])
def test_a_store_is_one_image(version: int, tmp_path: Path) -> None:
    for name in ("img1__a.zarr", "img2__a.ome.zarr", "img10__a"):
        store(tmp_path / "a" / name, version)
    (tmp_path / "a" / "img3__a.tif").touch()
    (tmp_path / "a" / "notes").mkdir()
    store(tmp_path / "a" / "deep" / "img4__a.zarr", version)
    flat = ["img10__a", "img1__a.zarr", "img2__a.ome.zarr", "img3__a.tif"]
    assert [file.name for file in images_in(tmp_path / "a")] == flat
    deep = [file.name for file in images_in(tmp_path / "a", recursive=True)]
    assert deep == ["img4__a.zarr", *flat]
    assert [file.name for file in image_files(tmp_path / "a")] == [
        *("img1__a.zarr", "img2__a.ome.zarr", "img3__a.tif", "img10__a")
    ]
    one = tmp_path / "a" / "img1__a.zarr"
    assert image_files(one) == [one]
    with pytest.raises(
        ImageError, match=r"is one image \(a Zarr store\): give the folder"
    ):
        images_in(one)
    assert names(lone_images(tmp_path / "a"))[0] == ("img1__a.zarr", "img1__a.zarr")


@pytest.mark.parametrize("version", [2, 3])
def test_pairs_of_stores(version: int, tmp_path: Path) -> None:
    pixels = {
        (k, side): store(tmp_path / side / f"img{k}__{side}.ome.zarr", version)
        for k in (1, 2)
        for side in "ab"
    }
    store(tmp_path / "b" / "deep" / "img1__b.zarr", version)
    jobs = find_pairs(tmp_path / "a", tmp_path / "b")
    assert names(jobs) == [
        (f"img{k}__a.ome.zarr", f"img{k}__b.ome.zarr") for k in (1, 2)
    ]
    rows = compare_pairs(jobs).rows
    for k, row in enumerate(rows, start=1):
        x, y = (pixels[k, side].astype(float) for side in "ab")
        assert row["n"] == x.size
        assert row["rmsd"] == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), rel=1e-12)
    reference = tmp_path / "a" / "img1__a.ome.zarr"
    assert names(pairs_with(reference, tmp_path / "a")) == [
        ("img1__a.ome.zarr", "img2__a.ome.zarr")
    ]
    table = tmp_path / "t.csv"
    table.write_text(
        "image_1,image_2,labels\n"
        "a/img1__a.ome.zarr,b/img1__b.ome.zarr,\n"
        "a/img2__a.ome.zarr,a/img2__a.ome.zarr/0,\n"
    )
    rows = compare_pairs(read_pairs(table)).rows
    assert [row["n"] for row in rows] == [204, 204]
    assert rows[1]["rmsd"] == 0
    matrix = pairwise([tmp_path / "a" / f"img{k}__a.ome.zarr" for k in (1, 2)])
    assert int(matrix["n"].max()) == 204


def test_labels_and_masks_that_are_stores(tmp_path: Path) -> None:
    for side in "ab":
        store(tmp_path / side / f"img1__{side}.zarr")
    labels = np.zeros((12, 17), np.uint8)
    labels[2:5, 3:9] = 1
    beside, common = tmp_path / "a" / "img1__a_cells.zarr", tmp_path / "cells.zarr"
    for path in (beside, common):
        zarr.create_group(path).create_array("0", data=labels)
    for given, place in (("_cells.zarr", beside), (str(common), common)):
        if place == common:  # else it would be another image of the folder
            shutil.rmtree(beside)
        (job,) = find_pairs(tmp_path / "a", tmp_path / "b", labels=given)
        assert job.names == ("img1__a.zarr", "img1__b.zarr")
        assert job.labels == place
        (row,) = compare_pairs([job]).rows
        assert row["n"] == 18
    zarr.create_group(beside).create_array("0", data=labels)
    (job,) = find_pairs(tmp_path / "a", tmp_path / "b", mask="_cells.zarr")
    assert job.mask is not None
    assert compare_pairs([job]).rows[0]["n"] == 18
    image = tmp_path / "a" / "img1__a.zarr"
    assert companion([image], "_roi.zip") is None
    (tmp_path / "a" / "img1__a_roi.zip").touch()
    assert companion([image], "_roi.zip") == tmp_path / "a" / "img1__a_roi.zip"


@pytest.mark.parametrize("recursive", [False, True])
def test_a_folder_of_masks_that_are_stores(recursive: bool, tmp_path: Path) -> None:
    """Chunks are no files of the folder: those of two images outnumber the masks."""
    for name in ("cell7", "cell8"):
        for side in "ab":
            store(tmp_path / side / f"{name}.zarr")
        store(tmp_path / "masks" / f"{name}_nuclei.zarr")
    jobs = find_pairs(
        tmp_path / "a",
        tmp_path / "b",
        mask=str(tmp_path / "masks"),
        recursive=recursive,
    )
    assert [job.problem for job in jobs] == ["", ""]
    assert [job.mask for job in jobs] == [
        tmp_path / "masks" / f"{name}_nuclei.zarr" for name in ("cell7", "cell8")
    ]


def test_data_sets_of_one_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("g/one", "g/two"):
            file[name] = RNG.integers(0, 99, (6, 7))
    table = tmp_path / "t.csv"
    table.write_text("image_1,image_2\na.h5:/g/one,a.h5:/g/two\n")
    (job,) = read_pairs(table)
    assert job.names == ("a.h5:/g/one", "a.h5:/g/two")
    (row,) = compare_pairs([job]).rows
    assert row["n"] == 42
    one = tmp_path / "a.h5:/g/one"
    assert is_image(one)
    assert not is_image(tmp_path / "b.h5:/g/one")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "x.tif").touch()
    assert names(pairs_with(one, tmp_path / "more")) == [("a.h5:/g/one", "x.tif")]


def test_a_change_of_any_chunk_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    store(path)
    before = state(path)
    chunk = path / "0" / "c" / "1" / "2"
    content = chunk.read_bytes()
    chunk.write_bytes(content)
    os.utime(chunk, ns=(1, before[1] + 10**9))
    assert state(path) == [before[0], before[1] + 10**9]
    chunk.unlink()
    assert state(path)[0] == before[0] - len(content)
    assert state(tmp_path / "gone.zarr") is None
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["one"] = np.eye(3)
    assert state(tmp_path / "a.h5:/one") == state(tmp_path / "a.h5")
