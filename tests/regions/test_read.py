from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from roi_masks import compare_with_imagej
from similij.regions import (
    LabelImage,
    Region,
    RegionError,
    Regions,
    as_regions,
    from_mask,
    from_polygon,
    from_roi,
    read_regions,
)
from support import IMAGES, SEED

MADE_BY_IMAGEJ = IMAGES / "rois"


def polygon(points: list[tuple[float, float]], kind: ROI_TYPE = ROI_TYPE.POLYGON):
    roi = ImagejRoi.frompoints(points, name="shape")
    roi.roitype = kind
    return roi


def box(left: int, top: int, right: int, bottom: int, kind=ROI_TYPE.RECT, name=""):
    return ImagejRoi(
        roitype=kind, left=left, top=top, right=right, bottom=bottom, name=name
    )


def path(*segments: tuple[float, ...]) -> ImagejRoi:
    numbers = np.array([n for s in segments for n in s], dtype=np.float32)
    return ImagejRoi(
        roitype=ROI_TYPE.RECT, shape_roi_size=len(numbers), multi_coordinates=numbers
    )


def picture(region: Region) -> list[str]:
    assert region.problem == ""
    assert region.mask is not None
    return ["".join(".#"[pixel] for pixel in row) for row in region.mask.astype(int)]


def archive(file: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w") as opened:
        for name, data in entries.items():
            opened.writestr(name, data)
    return file


# Masks small enough to draw


def test_rectangle_has_no_mask() -> None:
    region = from_roi(box(-2, 3, 5, 8, name="r"))
    assert (region.name, region.x, region.y) == ("r", -2, 3)
    assert (region.width, region.height, region.mask) == (7, 5, None)
    assert region.size == 35


def test_sub_pixel_rectangle_is_cut_to_whole_pixels_towards_zero() -> None:
    roi = ImagejRoi(
        roitype=ROI_TYPE.RECT,
        options=ROI_OPTIONS.SUB_PIXEL_RESOLUTION,
        xd=-1.7,
        yd=2.9,
        widthd=3.1,
        heightd=0.2,
    )
    region = from_roi(roi)
    assert (region.x, region.y, region.width, region.height) == (-1, 2, 4, 1)


def test_oval() -> None:
    assert picture(from_roi(box(0, 0, 5, 4, ROI_TYPE.OVAL))) == [
        ".###.",
        "#####",
        "#####",
        ".###.",
    ]


def test_corner_of_a_rounded_rectangle() -> None:
    roi = box(0, 0, 6, 4)
    roi.rounded_rect_arc_size = 4
    assert picture(from_roi(roi)) == [".####.", "######", "######", ".####."]


@pytest.mark.parametrize("kind", [ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED])
def test_triangle(kind: ROI_TYPE) -> None:
    # Centres on the long side: outside, because the triangle lies to their left
    region = from_roi(polygon([(10, 20), (14, 20), (10, 24)], kind))
    assert (region.x, region.y) == (10, 20)
    assert picture(region) == ["####", "###.", "##..", "#..."]


def test_centre_on_an_outline_belongs_to_the_left() -> None:
    region = from_roi(polygon([(0.5, 0), (2.5, 0), (2.5, 2), (0.5, 2)]))
    assert picture(region) == [".##", ".##"]


def test_self_crossing_polygon_is_filled_by_the_even_odd_rule() -> None:
    twice = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (2, 0), (2, 2), (0, 2)]
    assert picture(from_roi(polygon(twice))) == ["..##", "..##", "####", "####"]


def test_composite_with_a_hole_and_a_second_part() -> None:
    def square(x: int, y: int, side: int) -> list[tuple[float, ...]]:
        corners = [(x + side, y), (x + side, y + side), (x, y + side)]
        return [(0, x, y), *[(1, *corner) for corner in corners], (4,)]

    parts = [*square(-1, 5, 3), *square(0, 6, 1), *square(3, 5, 1)]
    region = from_roi(path(*parts))
    assert (region.x, region.y) == (-1, 5)
    assert picture(region) == ["###.#", "#.#..", "###.."]


def test_curves_of_a_composite() -> None:
    arm = 4 / 3 * (2**0.5 - 1) * 20
    circle = path(
        (0, 20, 0),
        (3, 20 + arm, 0, 40, 20 - arm, 40, 20),
        (3, 40, 20 + arm, 20 + arm, 40, 20, 40),
        (3, 20 - arm, 40, 0, 20 + arm, 0, 20),
        (3, 0, 20 - arm, 20 - arm, 0, 20, 0),
        (4,),
    )
    oval = from_roi(box(0, 0, 40, 40, ROI_TYPE.OVAL))
    np.testing.assert_array_equal(from_roi(circle).mask, oval.mask)


def test_rotated_rectangle_along_an_axis_is_a_rectangle() -> None:
    # RoiDecoder reads the width from where other ROIs keep small numbers
    small = struct.unpack(">BBh", struct.pack(">f", 4.0))
    roi = polygon([(0, 0), (1, 0), (0, 1)], ROI_TYPE.FREEHAND)
    roi.subtype = ROI_SUBTYPE.ROTATED_RECT
    roi.x1, roi.y1, roi.x2, roi.y2 = 10, 20, 16, 20
    roi.arrow_style_or_aspect_ratio, roi.arrow_head_size = small[:2]
    roi.rounded_rect_arc_size = small[2]
    region = from_roi(roi)
    assert (region.x, region.y) == (10, 18)
    assert picture(region) == ["######"] * 4


def test_spline_bulges_out_of_its_polygon() -> None:
    roi = polygon([(0, 0), (30, 0), (30, 30), (0, 30)])
    square = from_roi(roi)
    roi.options |= ROI_OPTIONS.SPLINE_FIT
    bulging = from_roi(roi)
    assert bulging.size > square.size * 1.2
    assert bulging.x < 0 < square.x + 1


def test_sub_pixel_polygon_of_an_old_version_has_whole_coordinates() -> None:
    roi = polygon([(0.0, 0.0), (4.0, 0.4), (4.0, 4.0), (0.0, 4.0)])
    assert roi.options & ROI_OPTIONS.SUB_PIXEL_RESOLUTION
    roi.version = 221
    assert picture(from_roi(roi)) == ["####"] * 4


def test_wrapped_coordinates_are_large_or_negative_as_in_imagej() -> None:
    assert from_roi(ImagejRoi.frombytes(box(-5000, 3, -4990, 4).tobytes())).x == -5000
    far = from_roi(ImagejRoi.frombytes(box(60_000, 3, 60_010, 4).tobytes()))
    assert (far.x, far.width) == (60_000, 10)


# What ImageJ made


def test_samples_made_by_imagej() -> None:
    compared, differences = compare_with_imagej(MADE_BY_IMAGEJ)
    assert differences == []
    assert sum(compared.values()) > 90


@pytest.mark.skipif(not SEED.is_dir(), reason="needs ../shared/seed-testset")
def test_pixel_counts_of_the_seed_test_set() -> None:
    counts = [
        [region.size for region in read_regions(file)]
        for file in sorted(SEED.glob("*/*_roi.zip"))
    ]
    assert counts == [[6890, 6561], [10098, 2313, 1115], [6890, 6561]]


# No pixels: a reason


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ROI_TYPE.LINE, "straight line"),
        (ROI_TYPE.POLYLINE, "segmented line"),
        (ROI_TYPE.FREELINE, "freehand line"),
        (ROI_TYPE.ANGLE, "angle"),
        (ROI_TYPE.POINT, "point"),
    ],
)
def test_kinds_without_area_say_so(kind: ROI_TYPE, words: str) -> None:
    region = from_roi(polygon([(0, 0), (9, 0), (9, 9)], kind), "thing")
    assert region.problem.startswith("thing is a")
    assert words in region.problem
    assert region.size == 0
    assert region.clip(100, 100) is None


@pytest.mark.parametrize(
    ("roi", "words"),
    [
        (polygon([(0, 0), (9, 0), (5, 0)]), "too thin"),
        (polygon([(0, 0.1), (9, 0.1), (5, 0.3)]), "too thin"),
        (path((0, 1, 1), (1, np.nan, 3), (1, 5, 9)), "not numbers"),
        (polygon([(0, 1e9), (9, -1e9), (1e9, 0.3)]), "more than ImageJ"),
        (ImagejRoi(), "no points"),
        (path((0, 1, 1), (7,)), "unknown kind 7"),
        (path((1, 1, 1), (4,)), "does not start"),
        (ImagejRoi(subtype=ROI_SUBTYPE.TEXT, roitype=ROI_TYPE.RECT), "text"),
        (ImagejRoi(subtype=ROI_SUBTYPE.IMAGE, roitype=ROI_TYPE.RECT), "image overlay"),
    ],
)
def test_outlines_without_pixels_say_why(roi: ImagejRoi, words: str) -> None:
    region = from_roi(roi)
    assert words in region.problem
    assert region.size == 0


def test_line_in_a_file_of_its_own_is_a_region_with_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "axis.roi"
    file.write_bytes(ImagejRoi(roitype=ROI_TYPE.LINE).tobytes())
    (region,) = read_regions(file)
    assert region.problem == "axis is a straight line, which has no area"


# Names


def test_names_of_rois_given_directly() -> None:
    cell, unnamed = box(0, 0, 2, 2, name="cell"), box(0, 0, 3, 3)
    given = [cell, unnamed, cell, Region("cell (2)", 0, 0, 1, 1), cell, unnamed]
    names = [region.name for region in read_regions(given)]
    assert names == ["cell", "roi 2", "cell (3)", "cell (2)", "cell (4)", "roi 6"]


def test_names_from_files(tmp_path: Path) -> None:
    data = box(1, 2, 5, 6, name="another name").tobytes()
    zipped = archive(tmp_path / "RoiSet.zip", {"Zellkern ü.roi": data, "b.c.roi": data})
    single = tmp_path / "b.c.roi"
    single.write_bytes(data)
    names = [region.name for region in read_regions([zipped, str(single)])]
    assert names == ["Zellkern ü", "b.c", "b.c (2)"]
    assert [region.name for region in read_regions(single)] == ["b.c"]


def test_one_roi_or_region_alone() -> None:
    assert read_regions(box(0, 0, 4, 2))[0].name == "roi 1"
    region = Region("r", 0, 0, 1, 1)
    assert read_regions(region) == [region]
    assert read_regions([]) == []


# By name: masks, polygons, files


def test_dict_names_everything(tmp_path: Path) -> None:
    data = box(1, 2, 5, 6, name="its own").tobytes()
    file = tmp_path / "one.roi"
    file.write_bytes(data)
    several = archive(tmp_path / "RoiSet.zip", {"a.roi": data, "b.roi": data})
    mask = np.zeros((9, 8), bool)
    mask[3:5, 2:7] = True
    given = {
        "mask": mask,
        "named": xr.DataArray(mask.T, dims=["x", "y"]),
        "polygon": [(10, 20), (14, 20), (10, 24)],
        "roi": box(0, 0, 3, 3, name="its own"),
        "file": file,
        "set": several,
        7: Region("its own", 0, 0, 1, 1),
    }
    found = {region.name: region for region in read_regions(given)}
    assert [*found] == ["mask", "named", "polygon", "roi", "file", "set: a", "set: b",
                        "7"]  # fmt: skip
    for name in ("mask", "named"):
        region = found[name]
        assert (region.x, region.y, region.width, region.height) == (2, 3, 5, 2)
        assert (region.size, region.plane_shape) == (10, (9, 8))
    assert picture(found["polygon"]) == ["####", "###.", "##..", "#..."]
    assert (found["roi"].size, found["file"].size, found["set: b"].size) == (9, 16, 16)


def test_problem_of_a_roi_in_a_dict_has_the_new_name() -> None:
    line = ImagejRoi(roitype=ROI_TYPE.LINE, name="its own")
    (region,) = read_regions({"axis": line})
    assert region.problem == "axis is a straight line, which has no area"


@given(seed=st.integers(0, 2**32))
def test_polygon_of_an_array_is_that_of_imagej(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.uniform(-5, 30, (random.integers(3, 12), 2)).astype(np.float32)
    ours, theirs = from_polygon(points), from_roi(polygon(points.tolist()))
    assert (ours.x, ours.y, ours.problem == "") == (
        theirs.x,
        theirs.y,
        theirs.problem == "",
    )
    np.testing.assert_array_equal(ours.mask, theirs.mask)


@pytest.mark.parametrize(
    "points",
    [[(0, 0), (1, 1)], [(0, 0, 0)] * 4, np.zeros((3, 2), "U1"), np.zeros((2, 3, 2)), 5],
)
def test_what_is_no_polygon(points: object) -> None:
    with pytest.raises(RegionError, match=r"must be an array of shape \(N, 2\)"):
        from_polygon(points)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(0, 0), (np.nan, 1), (5, 5)], "not numbers"),
        ([(0, 0), (9, 0), (1e300, 5)], "not numbers"),
        ([(0, 0), (9, 0), (5, 0)], "too thin"),
        ([(0, 1e9), (9, -1e9), (1e9, 0.3)], "more than ImageJ"),
    ],
)
def test_polygons_without_pixels_say_why(points: object, words: str) -> None:
    assert words in from_polygon(points, "p").problem  # type: ignore[arg-type]


def test_masks_that_cannot_be_used() -> None:
    assert "False everywhere" in from_mask(np.zeros((4, 5), bool), "m").problem
    for wrong in (np.ones((4, 5)), np.ones((2, 4, 5), bool)):
        with pytest.raises(RegionError, match=r"must be bool, with the axes \(y, x\)"):
            from_mask(wrong, "m")
    region = from_mask(np.ones((4, 5), bool), "m")
    with pytest.raises(RegionError, match="'m' is 5×4 pixels, the images are 6×4"):
        region.check(4, 6)
    region.check(4, 5)


def test_as_regions_tells_labels_from_regions(tmp_path: Path) -> None:
    labels = np.array([[0, 1], [2, 2]])
    for like in (labels, xr.DataArray(labels, dims=["y", "x"]), LabelImage(labels)):
        found = as_regions(like)
        assert found.regions == []
        assert found.labels is not None
        assert found.labels.ids == [1, 2]
        assert as_regions(found) is found
    found = as_regions(box(0, 0, 4, 2))
    assert (found.labels, [region.name for region in found.regions]) == (
        None,
        ["roi 1"],
    )
    assert isinstance(found, Regions)


# Where in a stack


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ((0, 0, 0, 0), (0, 0, 0, 0)),
        ((5, 0, 0, 0), (5, 0, 0, 0)),
        ((-2, 0, 0, 0), (0, 0, 0, 0)),
        ((5, 1, 2, 3), (0, 1, 2, 3)),
        ((5, 0, 0, 3), (0, 0, 0, 3)),
        ((5, -1, 0, 3), (0, 0, 0, 3)),
        ((5, -1, 0, -3), (5, 0, 0, 0)),
    ],
)
def test_position_as_roi_decoder_sets_it(
    written: tuple[int, ...], read: tuple[int, ...], tmp_path: Path
) -> None:
    for roi in (box(0, 0, 3, 3), ImagejRoi(roitype=ROI_TYPE.LINE)):
        roi.position, roi.c_position, roi.z_position, roi.t_position = written
        file = tmp_path / "tied.roi"
        roi.tofile(file)
        for like in (roi, file, {"name": roi}):
            (region,) = read_regions(like)
            assert (region.position, region.c, region.z, region.t) == read


# Files that cannot be read


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match=r"There is no ROI file .*nothing\.zip"):
        read_regions(tmp_path / "nothing.zip")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match="cannot be opened"):
        read_regions(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "is empty"), (b"II*\0 an image", "neither a .roi file")]
)
def test_files_of_another_kind(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "some.zip"
    file.write_bytes(data)
    with pytest.raises(RegionError, match=words):
        read_regions(file)


def test_truncated_archive(tmp_path: Path) -> None:
    whole = (MADE_BY_IMAGEJ / "RoiSet.zip").read_bytes()
    for length in (len(whole) - 30, len(whole) // 2, 100, 4):
        cut = tmp_path / "cut.zip"
        cut.write_bytes(whole[:length])
        with pytest.raises(RegionError, match=r"cut\.zip is broken or cut short"):
            read_regions(cut)


def test_archive_without_rois(tmp_path: Path) -> None:
    for entries in ({}, {"notes.txt": b"hello", "__MACOSX/._a.roi": b"no"}):
        file = archive(tmp_path / "none.zip", entries)
        with pytest.raises(RegionError, match=r"none\.zip has no \.roi file among"):
            read_regions(file)


def test_truncated_roi(tmp_path: Path) -> None:
    whole = polygon([(0, 0), (9, 0.5), (9, 9)]).tobytes()
    file = tmp_path / "cell.roi"
    for length in (4, 63, 64, 80):
        file.write_bytes(whole[:length])
        with pytest.raises(RegionError, match=r"cell\.roi is broken or cut short"):
            read_regions(file)


def test_bad_entry_does_not_harm_the_others(tmp_path: Path) -> None:
    good = box(1, 2, 5, 6).tobytes()
    entries = {
        "first.roi": good,
        "cut.roi": polygon([(0, 0), (9, 0.5), (9, 9)]).tobytes()[:80],
        "other.roi": b"not a ROI" * 20,
        "kind.roi": good[:6] + b"\x0c" + good[7:],
        "damaged.roi": good,
        "last.roi": good,
    }
    file = archive(tmp_path / "RoiSet.zip", entries)
    data = bytearray(file.read_bytes())
    data[data.index(b"damaged.roi") + len(b"damaged.roi") + 9] ^= 1
    file.write_bytes(data)
    regions = {region.name: region for region in read_regions(file)}
    assert list(regions) == [name.removesuffix(".roi") for name in entries]
    for name, region in regions.items():
        readable = name in ("first", "last")
        assert region.size == (16 if readable else 0)
        assert bool(region.problem) is not readable
        assert readable or region.problem.startswith(f"{name} cannot be read")


@pytest.mark.parametrize(
    "wrong", [np.ones((3, 3), bool), 7, [None], b"RoiSet.zip", {"a": 7}, {"a": [None]}]
)
def test_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(RegionError, match="A region cannot be made from"):
        read_regions(wrong)  # type: ignore[arg-type]


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(RegionError, match=r"'r' has a mask of shape \(2, 3\)"):
        Region("r", 0, 0, width=2, height=3, mask=np.ones((2, 3), bool))


# Inside an image


@given(
    corner=st.tuples(st.integers(-12, 12), st.integers(-12, 12)),
    size=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    image=st.tuples(st.integers(1, 10), st.integers(1, 10)),
    seed=st.integers(0, 99) | st.none(),
)
def test_clip_selects_the_pixels_inside(
    corner: tuple[int, int],
    size: tuple[int, int],
    image: tuple[int, int],
    seed: int | None,
) -> None:
    mask = None if seed is None else np.random.default_rng(seed).random(size) < 0.3
    (y, x), (height, width) = corner, size
    inside = np.zeros(image, dtype=bool)
    for i in range(height):
        for j in range(width):
            if 0 <= y + i < image[0] and 0 <= x + j < image[1]:
                inside[y + i, x + j] = mask is None or mask[i, j]
    clipped = Region("r", x, y, width, height, mask).clip(*image)
    found = np.zeros(image, dtype=bool)
    if clipped is not None:
        rows, columns, part = clipped
        assert part is None or part.shape == found[rows, columns].shape
        found[rows, columns] = True if part is None else part
    np.testing.assert_array_equal(found, inside)
    assert (clipped is None) == (not inside.any())
