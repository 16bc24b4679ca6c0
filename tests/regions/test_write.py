"""Regions written and read back: by SimilIJ, and by rules of the formats themselves."""

from __future__ import annotations

import itertools
import json
import os
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from roifile import ImagejRoi

import similij
from similij.ground.errors import RegionError, WriteError
from similij.regions import LabelImage, Region, Regions, as_regions
from similij.regions.outlines import polygons_of

RNG = np.random.default_rng(17)
SHAPE = (17, 23)
FILES = ("cells.zip", "cells.geojson", "cells.tif")


def blobs(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Blobs with holes, which touch the edges and one another at corners."""
    noise = np.random.default_rng(seed).uniform(size=shape)
    smooth = sum(np.roll(noise, (i, j), (0, 1)) for i in range(2) for j in range(2))
    return np.asarray(smooth > np.median(smooth))


def of_text(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


MASKS = {
    "one pixel": of_text("....", ".#..", "...."),
    "whole": np.ones(SHAPE, bool),
    "row at the edge": of_text("####", "...."),
    "hole": of_text("....", "####", "#.##", "####"),
    "hole in the corner": of_text(".###", "#.##", "####", "####"),
    "two holes that touch": of_text("#####", "#.###", "##.##", "#####"),
    "diagonal": of_text("#...", ".#..", "..#.", "...#"),
    "checks": np.add.outer(np.arange(8), np.arange(9)) % 2 == 0,
    "island in a hole": of_text("#####", "#...#", "#.#.#", "#...#", "#####"),
    "two parts": of_text("##..##", "##..##"),
    **{f"blobs {k}": blobs(k) for k in range(20)},
}


def pixels(region: Region, shape: tuple[int, int]) -> np.ndarray:
    assert not region.problem
    mask = np.zeros(shape, bool)
    part = region.clip(*shape)
    if part is not None:
        rows, columns, cut = part
        mask[rows, columns] = True if cut is None else cut
    return mask


def of_ring(ring: list[list[float]], shape: tuple[int, int]) -> np.ndarray:
    """Pixels whose centre has an odd number of the ring's upright sides to its left."""
    assert ring[0] == ring[-1]
    mask = np.zeros(shape, int)
    for (x, y0), (to, y1) in itertools.pairwise(ring):
        if x == to:
            mask[min(y0, y1) : max(y0, y1), x:] += 1
    return mask % 2 == 1


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", MASKS)
def test_what_is_read_back_has_the_very_pixels(
    name: str, file: str, tmp_path: Path
) -> None:
    mask = MASKS[name]
    assert similij.write_regions(tmp_path / file, {name: mask}) == []
    back = as_regions(tmp_path / file)
    if back.labels is None:
        (region,) = back.regions
        assert region.name == name
        assert np.array_equal(pixels(region, mask.shape), mask)
    else:
        assert np.array_equal(back.labels.labels, mask.astype(int))


@pytest.mark.parametrize("name", MASKS)
def test_geojson_is_as_its_own_rules_have_it(name: str, tmp_path: Path) -> None:
    mask = MASKS[name]
    file = tmp_path / "cells.geojson"
    similij.write_regions(file, {name: mask})
    written = json.loads(file.read_text("utf-8"))
    assert written["type"] == "FeatureCollection"
    (feature,) = written["features"]
    assert feature["type"] == "Feature"
    assert feature["properties"] == {"objectType": "detection", "name": name}
    geometry = feature["geometry"]
    assert {*geometry} == {"type", "coordinates"}
    polygons = geometry["coordinates"]
    assert geometry["type"] == ("Polygon" if depth(polygons) == 3 else "MultiPolygon")
    all_of_them = np.zeros(mask.shape, int)
    for border, *holes in polygons if depth(polygons) == 4 else [polygons]:
        inside = of_ring(border, mask.shape)
        for ring in (border, *holes):
            # No ring touches itself; the border goes round one way, holes the other.
            assert len({*map(tuple, ring)}) == len(ring) - 1
            assert (area(ring) > 0) == (ring is border)
        for hole in holes:
            cut = of_ring(hole, mask.shape)
            assert inside[cut].all()
            inside = inside & ~cut
        all_of_them += inside
    assert np.array_equal(all_of_them, mask.astype(int))


def depth(array: Any) -> int:
    return 1 + depth(array[0]) if isinstance(array, list) else 0


def area(ring: list[list[float]]) -> float:
    (x, y), (to_x, to_y) = np.array(ring[:-1]).T, np.array(ring[1:]).T
    return float((x * to_y - to_x * y).sum()) / 2


def test_parts_are_those_of_skimage() -> None:
    from skimage.measure import label

    for k in range(20):
        mask = blobs(k, (60, 70))
        polygons = polygons_of(mask)[1]
        parts = label(mask, connectivity=1)
        assert len(polygons) == parts.max()
        for border, *holes in polygons:
            x, y = min(map(tuple, border.tolist()), key=lambda corner: corner[::-1])
            others = np.pad(parts != parts[y, x], 1, constant_values=True)
            assert len(holes) == label(others, connectivity=1).max() - 1


@pytest.mark.parametrize("file", FILES[:2])
def test_names_order_and_overlaps_are_kept(file: str, tmp_path: Path) -> None:
    masks = {name: MASKS[f"blobs {k}"] for k, name in enumerate(
        ["cell", "Zelle ä/1", "細胞: 🔬", "=1+1", "label 3", "a.roi", 'q"uote']
    )}  # fmt: skip
    similij.write_regions(tmp_path / file, masks)
    back = as_regions(tmp_path / file).regions
    assert [region.name for region in back] == [*masks]
    for region, mask in zip(back, masks.values(), strict=True):
        assert np.array_equal(pixels(region, SHAPE), mask)


@pytest.mark.parametrize("file", FILES[:2])
def test_names_that_are_there_twice_are_told_apart(file: str, tmp_path: Path) -> None:
    twice = Regions([Region("cell", 1, 2, 3, 4), Region("cell", 5, 6, 7, 8)])
    similij.write_regions(tmp_path / file, twice)
    back = as_regions(tmp_path / file).regions
    assert [region.name for region in back] == ["cell", "cell (2)"]


@pytest.mark.parametrize("file", FILES[:2])
@pytest.mark.parametrize(
    "box", [(-4, -3, 9, 8), (20, 15, 50, 50), (-9000, -7000, 20, 30), (70000, 3, 5, 6)]
)
def test_regions_may_reach_beyond_the_image(
    box: tuple[int, int, int, int], file: str, tmp_path: Path
) -> None:
    x, y, width, height = box
    given = [
        Region("box", *box),
        Region("rest", *box, RNG.random((height, width)) > 0.5),
    ]
    similij.write_regions(tmp_path / file, given)
    back = as_regions(tmp_path / file).regions
    for one, region in zip(given, back, strict=True):
        moved = [
            pixels(Region("", r.x - x, r.y - y, r.width, r.height, r.mask), (60, 60))
            for r in (one, region)
        ]
        assert np.array_equal(*moved)
        assert moved[0].any()


def test_a_box_is_a_rectangle_of_imagej_and_one_part_a_traced_roi(
    tmp_path: Path,
) -> None:
    masks = {"part": MASKS["one pixel"] | of_text("#...", "##..", "...."),
             "box": MASKS["whole"], "hole": MASKS["hole"]}  # fmt: skip
    similij.write_regions(tmp_path / "cells.zip", masks)
    with zipfile.ZipFile(tmp_path / "cells.zip") as archive:
        names = archive.namelist()
        rois = [ImagejRoi.frombytes(archive.read(name)) for name in names]
    assert names == ["part.roi", "box.roi", "hole.roi"]
    assert [roi.roitype.name for roi in rois] == ["TRACED", "RECT", "RECT"]
    assert [roi.composite for roi in rois] == [False, False, True]
    assert [roi.name for roi in rois] == ["part", "box", "hole"]


TIED = {"all": (2, 3, 4), "slices": (0, 3, 1), "frames": (0, 1, 2)}


@pytest.mark.parametrize("place", TIED.values(), ids=TIED)
@pytest.mark.parametrize("file", FILES[:2])
def test_planes_are_kept(
    file: str, place: tuple[int, int, int], tmp_path: Path
) -> None:
    c, z, t = place
    region = Region("cell", 1, 2, 3, 4, c=c, z=z, t=t)
    similij.write_regions(tmp_path / file, region)
    (back,) = as_regions(tmp_path / file).regions
    assert (back.position, back.c, back.z, back.t) == (0, c, z, t)


def test_the_number_of_a_plane_is_what_the_image_says_it_is(tmp_path: Path) -> None:
    region = Region("cell", 1, 2, 3, 4, position=3)
    similij.write_regions(tmp_path / "cells.zip", region)
    assert as_regions(tmp_path / "cells.zip").regions[0].position == 3
    file = tmp_path / "cells.geojson"
    with pytest.raises(RegionError, match="slice or a frame: give the image"):
        similij.write_regions(file, region)
    for axes, plane in (("zyx", [-1, 2, 0]), ("tyx", [-1, 0, 2])):
        image = similij.Image(np.zeros((5, *SHAPE), np.uint8), axes=axes)
        similij.write_regions(file, region, image=image)
        (feature,) = json.loads(file.read_text())["features"]
        assert [feature["geometry"]["plane"][a] for a in "czt"] == plane
    with pytest.raises(RegionError, match="slice or a frame"):
        similij.write_regions(file, region, image=np.zeros((5, *SHAPE), np.uint8))
    similij.write_regions(file, region, image=np.zeros(SHAPE, np.uint8))
    assert "plane" not in json.loads(file.read_text())["features"][0]["geometry"]


def test_an_object_of_qupath_is_on_one_slice_and_frame(tmp_path: Path) -> None:
    file = tmp_path / "cells.geojson"
    cell, rest = Region("cell", 1, 2, 3, 4, z=2), Region("rest", 1, 2, 3, 4)
    with pytest.raises(RegionError, match=r"rest is on every slice, .* to a \.zip"):
        similij.write_regions(file, [cell, rest])
    movie = similij.Image(np.zeros((3, 5, *SHAPE), np.uint8), axes="tzyx")
    with pytest.raises(RegionError, match="cell is on every frame"):
        similij.write_regions(file, [cell], image=movie)
    assert not file.exists()


@pytest.mark.parametrize("file", FILES)
def test_labels_keep_their_numbers_and_planes(file: str, tmp_path: Path) -> None:
    labels = RNG.integers(0, 5, (3, *SHAPE)) * 700
    given = similij.Image(labels, axes="zyx")
    similij.write_regions(tmp_path / file, given)
    back = as_regions(tmp_path / file)
    if back.labels is not None:
        assert back.labels.dims == ("z", "y", "x")
        assert np.array_equal(back.labels.labels, labels)
        return
    assert len(back.regions) == 3 * 4
    for region in back.regions:
        number = int(region.name.split(" (")[0].removeprefix("label "))
        assert np.array_equal(pixels(region, SHAPE), labels[region.z - 1] == number)


@pytest.mark.parametrize("file", FILES)
def test_axes_of_labels_are_those_of_the_image(file: str, tmp_path: Path) -> None:
    labels = np.zeros((1, 4, *SHAPE), np.uint8)
    labels[0, 2, 3:5, 6:8] = 9
    with pytest.raises(RegionError, match="nothing says which"):
        similij.write_regions(tmp_path / file, labels)
    image = similij.Image(np.zeros((4, *SHAPE), np.uint8), axes="tyx")
    similij.write_regions(tmp_path / file, labels, image=image)
    back = as_regions(tmp_path / file)
    if back.labels is None:
        assert [(r.name, r.t, r.size) for r in back.regions] == [("label 9", 3, 4)]
    else:
        assert back.labels.dims == ("t", "y", "x")


@pytest.mark.parametrize(
    "highest", [1, 255, 65535, 65536, 70_000, 2**24 + 3, 2**32 - 1]
)
def test_labels_of_any_number(highest: int, tmp_path: Path) -> None:
    labels = RNG.integers(0, highest, SHAPE, dtype=np.int64)
    labels[3, 4] = highest
    file = tmp_path / "labels.tif"
    similij.write_regions(file, labels)
    assert tifffile.imread(file).dtype == (np.uint16 if highest < 65536 else np.uint32)
    assert np.array_equal(tifffile.imread(file), labels)
    assert np.array_equal(as_regions(file).labels.labels, labels)
    similij.write_regions(tmp_path / "labels.zip", labels)
    names = [region.name for region in as_regions(tmp_path / "labels.zip").regions]
    assert names == LabelImage(labels).names


def test_labels_beyond_32_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match="has the label 4294967296"):
        similij.write_regions(tmp_path / "a.tif", np.full(SHAPE, 2**32))
    for file in FILES:
        with pytest.raises(RegionError, match="has the label -2"):
            similij.write_regions(tmp_path / file, np.full(SHAPE, -2))


def test_more_regions_than_16_bits_have_numbers(tmp_path: Path) -> None:
    """70,000 ROIs of a pixel become 70,000 labels, in seconds."""
    regions = [Region(f"cell {k}", k % 300, k // 300, 1, 1) for k in range(70_000)]
    start = time.process_time()
    similij.write_regions(tmp_path / "a.tif", regions, image=np.zeros((300, 300)))
    labels = tifffile.imread(tmp_path / "a.tif")
    assert np.array_equal(labels.ravel()[:70_000], np.arange(1, 70_001))
    assert not labels.ravel()[70_000:].any()
    assert time.process_time() - start < 20


def test_numbers_of_a_label_image_are_places_or_those_of_names(tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    boxes = [(0, 0, 2, 2), (3, 0, 2, 2), (6, 0, 2, 2)]
    image = np.zeros(SHAPE)
    for names, numbers in (
        (["a", "b", "c"], [1, 2, 3]),
        (["label 9", "label 4", "label 70000"], [9, 4, 70000]),
        (["label 9", "b", "label 1"], [1, 2, 3]),
        (["label 9", "label 9999999999", "label 1"], [1, 2, 3]),
    ):
        regions = [Region(n, *box) for n, box in zip(names, boxes, strict=True)]
        similij.write_regions(file, regions, image=image)
        assert [tifffile.imread(file)[y, x] for x, y, *_ in boxes] == numbers


def test_a_label_image_of_what_it_cannot_hold_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    two = [Region("a", 0, 0, 4, 4), Region("b", 3, 3, 4, 4)]
    with pytest.raises(RegionError, match="give it as image="):
        similij.write_regions(file, two)
    with pytest.raises(RegionError, match=r"a and b overlap, .* \.zip"):
        similij.write_regions(file, two, image=np.zeros(SHAPE))
    tied = Region("a", 0, 0, 4, 4, z=2)
    stack = similij.Image(np.zeros((3, *SHAPE)), axes="zyx")
    with pytest.raises(RegionError, match="a is tied to a plane"):
        similij.write_regions(file, tied, image=stack)
    both = Regions(two[:1], LabelImage(np.ones(SHAPE, int)))
    with pytest.raises(RegionError, match="ROIs or labels, and not both"):
        similij.write_regions(file, both)
    with pytest.raises(RegionError, match="the images are 23×17"):
        similij.write_regions(file, {"a": np.ones((3, 3), bool)}, image=np.zeros(SHAPE))
    sizes = {"a": np.ones((3, 3), bool), "b": np.ones((4, 4), bool)}
    with pytest.raises(RegionError, match="both must have the same"):
        similij.write_regions(file, sizes)
    assert [*tmp_path.iterdir()] == []


def test_what_has_no_pixels_is_left_out_and_said(tmp_path: Path) -> None:
    line = Region("line", 0, 0, 0, 0, problem="line is a line, which has no area")
    far = Region("far", 99, 99, 3, 3)
    cell = Region("cell", 1, 2, 3, 4)
    for file in FILES:
        said = similij.write_regions(
            tmp_path / file, [line, far, cell], image=np.zeros(SHAPE)
        )
        assert said[0] == "line is a line, which has no area: left out."
        assert said[1:] == (
            ["far lies outside the image: left out."] if file.endswith("tif") else []
        )
    assert np.unique(tifffile.imread(tmp_path / "cells.tif")).tolist() == [0, 3]
    for nothing in ([line], [], np.zeros(SHAPE, int)):
        for file in FILES:
            with pytest.raises(RegionError, match="There is no region to write"):
                similij.write_regions(tmp_path / file, nothing)
    with pytest.raises(RegionError, match="far lies outside the image"):
        similij.write_regions(tmp_path / "cells.tif", far, image=np.zeros(SHAPE))


@pytest.mark.parametrize("name", ["cells.roi", "cells", "cells.csv", ".zip"])
def test_other_endings_are_refused_before_anything_is_read(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(RegionError, match=r"where \.zip .* is expected"):
        similij.write_regions(tmp_path / name, tmp_path / "no such file.zip")


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.zip").mkdir()
    with pytest.raises(WriteError, match="it is a folder"):
        similij.write_regions(tmp_path / "a.zip", Region("a", 0, 0, 1, 1))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("file", FILES)
def test_a_link_is_not_followed(file: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("mine")
    (tmp_path / file).symlink_to(own)
    with pytest.raises(WriteError, match="it is a symbolic link"):
        similij.write_regions(tmp_path / file, MASKS["hole"].astype(int))
    assert own.read_text() == "mine"


def test_ids_of_qupath_are_kept(tmp_path: Path) -> None:
    ids = [str(uuid.UUID(int=k)) for k in (7, 8)]
    ring = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    held = [
        {"type": "Feature", "id": known,
         "geometry": {"type": "Polygon", "coordinates": [ring]},
         "properties": {"objectType": "annotation"}}
        for known in (*ids, "PathAnnotationObject")
    ]  # fmt: skip
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps(held))
    assert [r.object_id for r in as_regions(file).regions] == [*ids, ""]
    similij.write_regions(tmp_path / "b.geojson", file)
    features = json.loads((tmp_path / "b.geojson").read_text())["features"]
    assert [feature.get("id") for feature in features] == [*ids, None]


def test_numbers_of_a_comparison_are_measurements(tmp_path: Path) -> None:
    a = RNG.integers(0, 255, SHAPE, dtype=np.uint8)
    b = a // 2
    regions = {"cell": MASKS["blobs 1"], "flat": MASKS["blobs 2"]}
    b[regions["flat"]] = a[regions["flat"]] = 7
    result = similij.compare(a, b, regions=regions, metrics="pearson, psnr, rmsd")
    file = tmp_path / "a.geojson"
    similij.write_regions(file, regions, rows=result)
    cell, flat = (
        feature["properties"]["measurements"]
        for feature in json.loads(file.read_text())["features"]
    )
    row = result.rows[0]
    assert cell == {
        "n": row["n"], "Excluded": 0, "Pearson R": row["pearson"],
        "PSNR": row["psnr"], "RMSD": row["rmsd"],
    }  # fmt: skip
    # R of what is constant is undefined, and the PSNR of equals infinite.
    assert flat == {"n": regions["flat"].sum(), "Excluded": 0, "RMSD": 0}
    similij.write_regions(tmp_path / "b.geojson", regions, rows=result.to_dataframe())
    assert (tmp_path / "b.geojson").read_bytes() == file.read_bytes()


def test_several_rows_of_an_object_are_told_apart_by_plane(tmp_path: Path) -> None:
    image = similij.Image(
        RNG.integers(0, 255, (2, 3, *SHAPE)).astype(np.uint8), axes="czyx"
    )
    labels = np.zeros((3, *SHAPE), int)
    labels[1, 2:9, 3:9] = 4
    regions = similij.Image(labels, axes="zyx")
    result = similij.compare(image, channels="1:2,2:1", per="z", regions=regions)
    file = tmp_path / "a.geojson"
    similij.write_regions(file, regions, rows=result, image=image)
    (feature,) = json.loads(file.read_text())["features"]
    assert feature["geometry"]["plane"] == {"c": -1, "z": 1, "t": 0}
    measured = feature["properties"]["measurements"]
    rows = [row for row in result.rows if row["z"] == 2 and row["n"]]
    assert len(rows) == 2
    for row in rows:
        assert measured[f"Pearson R ({row['plane']})"] == row["pearson"]
    assert len(measured) == 2 * 5


def test_rows_of_several_pairs_are_refused(tmp_path: Path) -> None:
    cell = Region("cell", 0, 0, 3, 3)
    rows = [
        row
        for name in "ab"
        for row in similij.compare(
            np.eye(5), np.ones((5, 5)), regions=cell, names=(name, "c")
        ).rows
    ]
    with pytest.raises(RegionError, match="of 2 pairs of images"):
        similij.write_regions(tmp_path / "a.geojson", cell, rows=rows)


@pytest.mark.parametrize("file", FILES)
def test_ten_thousand_labels_are_quick(file: str, tmp_path: Path) -> None:
    """In the processor time of a few labellings of the same image by scikit-image."""
    from skimage.measure import find_contours, label, regionprops

    grid = np.arange(10_000).reshape(100, 100) + 1
    labels = np.kron(grid, np.pad(np.ones((10, 10), int), ((0, 2), (0, 2))))
    similij.write_regions(tmp_path / file, labels[:50, :50])  # compiled
    start = time.process_time()
    for region in regionprops(label(labels > 0)):
        find_contours(np.pad(region.image, 1).astype(float), 0.5)
    usual = time.process_time() - start
    start = time.process_time()
    similij.write_regions(tmp_path / file, labels)
    ours = time.process_time() - start
    print(file, ours, usual, (tmp_path / file).stat().st_size)
    assert ours < 4 * usual
    back = as_regions(tmp_path / file)
    assert len(back.regions or back.labels.ids) == 10_000
