"""Outlines that are larger than memory, and files that promise more than they have."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from similij import compare
from similij.ground.errors import RegionError
from similij.regions import Region, from_polygon, from_roi, read_regions
from similij.regions.polygon_fill import fill
from similij.regions.roi_mask import rasterize_rings
from similij.regions.runs import Runs, union

RNG = np.random.default_rng(3)
SIDE = 32_000


def archive(path: Path, entries: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


def box(kind: ROI_TYPE, left: int, top: int, right: int, bottom: int) -> ImagejRoi:
    return ImagejRoi(roitype=kind, left=left, top=top, right=right, bottom=bottom)


def whole(region: Region, shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    part = region.clip(*shape)
    if part is not None:
        rows, columns, cut = part
        mask[rows, columns] = True if cut is None else cut
    return mask


@pytest.mark.parametrize("large", [False, True])
def test_parts_of_outlines_are_those_of_their_masks(
    monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """The same outline as a mask, and as runs of which parts are made."""
    monkeypatch.setattr("similij.regions.roi_mask._LARGE", 0 if large else 1 << 40)
    rois = [from_polygon(RNG.uniform(-9, 60, (n, 2))) for n in (3, 6, 40)]
    rois += [
        from_roi(box(ROI_TYPE.OVAL, *sides), "oval")
        for sides in ((-4, 3, 29, 50), (5, 5, 6, 60), (0, 0, 51, 40))
    ]
    rois.append(from_roi(ImagejRoi(
        roitype=ROI_TYPE.RECT, left=2, top=3, right=50, bottom=33,
        rounded_rect_arc_size=20, version=228,
    ), "rounded"))  # fmt: skip
    for roi in rois:
        assert isinstance(roi.mask, Runs) == large
        mask = np.asarray(roi.mask)
        assert mask.shape == (roi.height, roi.width)
        assert roi.size == np.count_nonzero(mask)
        for height, width in ((50, 51), (7, 60), (60, 3)):
            expected = np.zeros((200, 200), bool)
            top, left = roi.y + 100, roi.x + 100
            expected[top : top + roi.height, left : left + roi.width] = mask
            expected = expected[100 : 100 + height, 100 : 100 + width]
            np.testing.assert_array_equal(whole(roi, (height, width)), expected)


def test_an_oval_of_any_size_is_where_its_equation_holds() -> None:
    for width, height in [*RNG.integers(1, 90, (60, 2)).tolist(), [1, 1], [2, 700]]:
        x = np.arange(width) - (width / 2 - 0.5)
        y = np.arange(height) - (height / 2 - 0.5)
        a, b = width / 2, height / 2
        expected = (x * x / (a * a))[None] + (y * y / (b * b))[:, None] <= 1
        oval = from_roi(box(ROI_TYPE.OVAL, 0, 0, width, height), "oval")
        np.testing.assert_array_equal(oval.mask, expected)


def test_long_edges_are_followed_as_short_ones() -> None:
    """Each row has ImageJ's sum of one slope a row, however the sum is made."""
    x = np.array([3.3, 9000.7, 4001.1], np.float32)
    y = np.array([0.2, 7000.4, 12_000.9], np.float32)
    runs = fill(x, y, 9001, 12_001)
    edges = [(0, 1), (0, 2), (1, 2)]
    crossings: dict[int, list[float]] = {}
    for tail, head in edges:
        top, bottom = (int(np.floor(float(y[k]) + 0.5)) for k in (tail, head))
        slope = (float(x[head]) - float(x[tail])) / (float(y[head]) - float(y[tail]))
        at = float(x[tail]) + (top - float(y[tail]) + 0.5) * slope + 1e-8
        for row in range(top, bottom):
            crossings.setdefault(row, []).append(at)
            at += slope
    pairs = {
        row: [int(at + 0.5) for at in sorted(both)] for row, both in crossings.items()
    }
    expected = [
        (row, *both) for row, both in sorted(pairs.items()) if both[0] < both[1]
    ]
    found = zip(
        runs.rows.tolist(), runs.starts.tolist(), runs.ends.tolist(), strict=True
    )
    assert [*found] == expected


def test_a_union_of_polygons() -> None:
    shape = (40, 50)
    parts = [
        fill(*RNG.uniform(0, 45, (2, 7)).astype(np.float32), 50, 40) for _ in "abc"
    ]
    expected = np.any([part.mask() for part in parts], axis=0)
    both = union(parts)
    np.testing.assert_array_equal(both.mask(), expected)
    assert both.size == np.count_nonzero(expected)
    empty = Runs(shape, *[np.zeros(0, np.int64)] * 3)
    assert union([empty, empty]).size == 0
    np.testing.assert_array_equal(union([empty, parts[0]]).mask(), parts[0].mask())
    squares = [[np.array([[x, 1], [x + 4, 1], [x + 4, 5], [x, 5]])] for x in (1, 3, 9)]
    raster = rasterize_rings(squares)
    assert (raster.x, raster.y, raster.width, raster.height) == (1, 1, 12, 4)
    assert np.asarray(raster.mask)[0].astype(int).tolist() == [1] * 6 + [0, 0] + [1] * 4


@pytest.mark.parametrize("kind", ["polygon", "oval", "rectangle", "spline"])
def test_a_roi_larger_than_memory(tmp_path: Path, kind: str) -> None:
    corners = [(0, 0), (SIDE, 9), (SIDE - 7, SIDE), (3, SIDE - 4)]
    if kind in ("polygon", "spline"):
        roi = ImagejRoi.frompoints(np.array(corners, np.float32))
        if kind == "spline":
            roi.options |= ROI_OPTIONS.SPLINE_FIT
    else:
        how = ROI_TYPE.OVAL if kind == "oval" else ROI_TYPE.RECT
        roi = box(how, 0, 0, SIDE, SIDE)
    file = archive(tmp_path / "large.zip", {"large.roi": roi.tobytes()})
    tracemalloc.start()
    (region,) = read_regions(file)
    image = RNG.integers(0, 99, (40, 60)).astype(np.uint8)
    (row,) = compare(image, image[::-1], regions=[region]).rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not region.problem and region.size > 7e8
    part = region.clip(40, 60)
    expected = 2400 if part and part[2] is None else np.count_nonzero(part and part[2])
    assert row["n"] == expected or (kind == "oval" and row["n"] == 0)
    assert peak < 50e6


def test_outlines_that_nobody_draws_are_refused_at_once(tmp_path: Path) -> None:
    saw = np.tile([[0.5, 0.25], [9.5, 31_000.0]], (16_000, 1)) + RNG.random((32_000, 2))
    ways = {
        "saw": ImagejRoi.frompoints(saw.astype(np.float32)),
        "spline": ImagejRoi.frompoints(saw[:60].astype(np.float32) * 1e4),
    }
    ways["spline"].options |= ROI_OPTIONS.SPLINE_FIT
    words = {"saw": "crosses rows of pixels", "spline": "pixels long"}
    for name, roi in ways.items():
        tracemalloc.start()
        region = from_roi(ImagejRoi.frombytes(roi.tobytes()), name)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert words[name] in region.problem
        assert peak < 60e6
    for width, height in ((1, 2e9), (2e9, 1)):
        tall = box(ROI_TYPE.OVAL, 0, 0, 5, 5)
        tall.options |= ROI_OPTIONS.SUB_PIXEL_RESOLUTION
        tall.xd, tall.yd, tall.widthd, tall.heightd = 0, 0, width, height
        tracemalloc.start()
        region = from_roi(ImagejRoi.frombytes(tall.tobytes()), "tall")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "no more than 2097152 rows or columns" in region.problem
        assert peak < 1e6
    curves = np.concatenate([[0, 0, 0], np.tile([3, 0, 2e4, 2e4, -2e4, 1, 1], 20_000)])
    composite = box(ROI_TYPE.RECT, 0, 0, 5, 5)
    composite.multi_coordinates = curves.astype(np.float32)
    composite.shape_roi_size = len(curves)
    assert "curves are too large to be drawn" in from_roi(composite, "many").problem


def test_zip_bombs(tmp_path: Path) -> None:
    roi = box(ROI_TYPE.RECT, 1, 2, 5, 6).tobytes()
    one = archive(tmp_path / "one.zip", {"a.roi": roi + bytes(70 * 2**20)})
    many = archive(
        tmp_path / "many.zip", {f"{k}.roi": roi + bytes(2**20) for k in range(80)}
    )
    for file in (one, many):
        assert file.stat().st_size < 200_000
        tracemalloc.start()
        with pytest.raises(RegionError, match="more than ROIs ever are"):
            read_regions(file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5e6
    packed = archive(tmp_path / "lzma.zip", {"a.roi": roi}, zipfile.ZIP_LZMA)
    (region,) = read_regions(packed)
    assert "packed in a way that ImageJ cannot read" in region.problem


def test_versions_that_lie(tmp_path: Path) -> None:
    """One of a few ways in which Python's zipfile gives up that is no ValueError."""
    roi = box(ROI_TYPE.RECT, 1, 2, 5, 6).tobytes()
    file = archive(tmp_path / "odd.zip", {"a.roi": roi})
    data = bytearray(file.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 6] = 255
    file.write_bytes(data)
    with pytest.raises(RegionError, match=r"odd\.zip is broken or cut short"):
        read_regions(file)


def test_a_size_that_lies(tmp_path: Path) -> None:
    """An entry that says it is small, and is not: the bytes beyond are not read."""
    roi = box(ROI_TYPE.RECT, 1, 2, 5, 6).tobytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.roi", roi + bytes(90 * 2**20))
    data = buffer.getvalue()
    size = struct.pack("<I", len(roi) + 90 * 2**20)
    file = tmp_path / "lies.zip"
    file.write_bytes(data.replace(size, struct.pack("<I", len(roi))))
    (region,) = read_regions(file)
    assert region.problem.startswith("a cannot be read from the archive")


def test_a_name_beyond_the_file_is_overlooked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As ImageJ does; and nothing is written to the terminal."""
    roi = box(ROI_TYPE.RECT, 1, 2, 5, 6)
    roi.name, roi.version = "cell", 228
    data = bytearray(roi.tobytes())
    second = struct.unpack(">i", data[60:64])[0]
    data[second + 16 : second + 24] = struct.pack(">ii", 90_000, 4)
    file = tmp_path / "odd.roi"
    file.write_bytes(data)
    (region,) = read_regions(file)
    assert (region.name, region.size) == ("odd", 16)
    assert not caplog.records


def test_coordinates_beyond_single_precision() -> None:
    for far in (3e38, 1e30, -3e38):
        for corners in ([[far, 1], [9, far], [5, 8]], [[far, far], [-far, 3], [1, 1]]):
            roi = ImagejRoi.frompoints(np.array([[1, 1.5], [9, 2], [5, 8]], np.float32))
            roi.subpixel_coordinates = np.array(corners, np.float32)
            for options in (roi.options, roi.options | ROI_OPTIONS.SPLINE_FIT):
                roi.options = options
                assert from_roi(roi, "far").problem.startswith("far ")
    ellipse = ImagejRoi(
        roitype=ROI_TYPE.FREEHAND, subtype=ROI_SUBTYPE.ELLIPSE, version=228,
        n_coordinates=3, x1=3e38, y1=1, x2=-3e38, y2=3e38,
        integer_coordinates=np.array([[0, 0], [9, 1], [4, 4]]),
    )  # fmt: skip
    assert from_roi(ellipse, "far").problem.startswith("far ")


@pytest.mark.parametrize("at", range(8, 64, 2))
def test_headers_with_absurd_numbers(at: int) -> None:
    """A ROI, or a region with a reason; never gigabytes."""
    for whole in (
        ImagejRoi.frompoints(np.array([[1, 1], [9, 2], [5, 8]], np.int32)).tobytes(),
        ImagejRoi.frompoints(
            np.array([[1, 1.5], [9, 2], [5, 8]], np.float32)
        ).tobytes(),
        box(ROI_TYPE.OVAL, 1, 2, 9, 7).tobytes(),
    ):
        for value in (b"\xff\xff", b"\x7f\xff", b"\x80\x00"):
            data = whole[:at] + value + whole[at + 2 :]
            tracemalloc.start()
            try:
                region = from_roi(ImagejRoi.frombytes(data), "odd")
                region.clip(50, 50)
            except Exception as error:  # roifile's own, which `decode` turns into words
                assert "MemoryError" not in repr(error)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 20e6
