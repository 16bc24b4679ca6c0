"""ROIs that ImageJ keeps in a TIFF: its overlay, and the selection."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi

import truth
from similij import compare
from similij.ground.errors import RegionError
from similij.regions import as_regions, embedded_rois, read_regions

RNG = np.random.default_rng(6)
PIXELS = RNG.integers(0, 999, (3, 21, 26)).astype(np.uint16)


def box(left: int, top: int, right: int, bottom: int, **more) -> ImagejRoi:
    return ImagejRoi(
        roitype=ROI_TYPE.RECT, left=left, top=top, right=right, bottom=bottom,
        version=228, **more,
    )  # fmt: skip


OVERLAY = [box(1, 2, 7, 5, name="cell"), box(0, 0, 4, 4), box(3, 3, 9, 9, name="cell",
           c_position=1, z_position=2, t_position=1)]  # fmt: skip
SELECTION = box(5, 5, 9, 8)


def by_tifffile(path: Path, order: str, parts: dict, **more) -> Path:
    tifffile.imwrite(
        path, PIXELS, imagej=True, byteorder=order,
        metadata={"axes": "ZYX", **parts}, **more,
    )  # fmt: skip
    return path


def by_hand(
    path: Path, order: str, parts: list[tuple[bytes, bytes]], big: bool
) -> Path:
    """A TIFF of one white pixel with ImageJ's tags, written here."""
    kinds = [*dict.fromkeys(kind for kind, _ in parts)]
    head = struct.pack(f"{order}I", 0x494A494A)
    for kind in kinds:
        count = sum(kind == own for own, _ in parts)
        code = struct.unpack(">I", kind)[0]
        head += struct.pack(f"{order}II", code, count)
    ordered = [data for kind in kinds for own, data in parts if own == kind]
    lengths = struct.pack(f"{order}{1 + len(ordered)}I", len(head), *map(len, ordered))
    data = head + b"".join(ordered)
    tags = [(256, 4, 1, 1), (257, 4, 1, 1), (258, 4, 1, 8), (259, 4, 1, 1),
            (262, 4, 1, 1), (273, 4, 1, 8), (278, 4, 1, 1), (279, 4, 1, 1)]  # fmt: skip
    form, offset, size = ("Q", 16, 20) if big else ("I", 8, 12)
    step = 8 + 20 * 10 + 8 if big else 2 + 12 * 10 + 4
    at = offset + step
    tags += [(50838, 4, 1 + len(ordered), at), (50839, 1, len(data), at + len(lengths))]
    mark = b"II" if order == "<" else b"MM"
    start = mark + (
        struct.pack(f"{order}HHHQ", 43, 8, 0, offset)
        if big
        else struct.pack(f"{order}HI", 42, offset)
    )
    table = struct.pack(f"{order}{'Q' if big else 'H'}", len(tags))
    for tag, kind, count, value in tags:
        table += struct.pack(f"{order}HH{form}{form}", tag, kind, count, value)
    path.write_bytes(start + table + struct.pack(f"{order}{form}", 0) + lengths + data)
    assert size
    return path


@pytest.mark.parametrize("order", ["<", ">"])
def test_overlay_and_selection(tmp_path: Path, order: str) -> None:
    parts = {
        "Overlays": [roi.tobytes() for roi in OVERLAY],
        "ROI": SELECTION.tobytes(),
        "Info": "a text beside",
        "Labels": ["one", "two", "three"],
    }
    file = by_tifffile(tmp_path / "a.tif", order, parts)
    rois = embedded_rois(file)
    assert [name for name, _ in rois] == ["selection", "cell", "roi 2", "cell"]
    assert [roi.left for _, roi in rois] == [5, 1, 0, 3]
    regions = read_regions(file)
    assert [region.name for region in regions] == [
        "selection", "cell", "roi 2", "cell (2)",
    ]  # fmt: skip
    assert (regions[3].c, regions[3].z, regions[3].t) == (1, 2, 1)
    other = PIXELS[:, ::-1]
    rows = compare(PIXELS[1], other[1], regions=str(file)).rows
    x, y = PIXELS[1, 2:5, 1:7], other[1, 2:5, 1:7]
    numbers = [rows[1][k] for k in ("n", "pearson", "rmsd", "mean_difference")]
    assert numbers == pytest.approx(truth.metrics(x, y), rel=1e-12)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_files_of_another_writer(tmp_path: Path, order: str, big: bool) -> None:
    parts = [(b"info", b"\0a"), (b"over", OVERLAY[0].tobytes()),
             (b"luts", bytes(768)), (b"over", OVERLAY[1].tobytes())]  # fmt: skip
    file = by_hand(tmp_path / "a.tif", order, parts, big)
    assert [name for name, _ in embedded_rois(file)] == ["cell", "roi 2"]
    assert [region.size for region in as_regions(file).regions] == [18, 16]


def test_a_tiff_without_rois_may_be_labels(tmp_path: Path) -> None:
    labels = np.kron(np.arange(6).reshape(2, 3), np.ones((4, 5), int)).astype(np.uint8)
    file = tmp_path / "cells.tif"
    tifffile.imwrite(file, labels)
    assert embedded_rois(file) == []
    assert as_regions(file).labels.counts == [20] * 5
    with pytest.raises(RegionError, match="no GeoJSON or TIFF with ROIs"):
        read_regions(file)
    other = tmp_path / "cells.roi"
    SELECTION.tofile(other)
    assert embedded_rois(other) == []
    with pytest.raises(RegionError, match="cannot be opened"):
        embedded_rois(tmp_path / "none.tif")


def test_info_counts_them(tmp_path: Path) -> None:
    from similij.cli.info import rois_in

    many = [box(0, 0, 4, 4).tobytes()] * 8
    file = by_tifffile(tmp_path / "a.tif", "<", {"Overlays": many})
    words = "8 (roi 1, roi 2, roi 3, roi 4, roi 5 and 3 more), for --rois"
    assert rois_in(file) == words
    assert rois_in(tmp_path) == ""


def test_tags_that_lie(tmp_path: Path) -> None:
    parts = [(b"over", OVERLAY[0].tobytes())]
    file = by_hand(tmp_path / "a.tif", "<", parts, False)
    whole = file.read_bytes()
    entry = whole.index(struct.pack("<HH", 50838, 4))
    for at, value in (
        (entry + 4, 2**32 - 1),  # lengths without end
        (entry + 8, 2**32 - 1),  # beyond the file
        (entry + 16, 2**32 - 1),
        (entry + 20, 2**32 - 1),
        (4, 2**32 - 2),
        (8, 0xFFFF),
    ):
        file.write_bytes(whole[:at] + struct.pack("<I", value) + whole[at + 4 :])
        try:
            rois = embedded_rois(file)
        except RegionError as error:
            assert "is broken" in str(error)
            continue
        assert len(rois) <= 1
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        try:
            embedded_rois(file)
        except RegionError as error:
            assert "is broken" in str(error)
