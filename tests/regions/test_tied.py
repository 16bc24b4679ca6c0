"""ROIs that are tied to a channel, slice or frame: each has rows, or a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from roifile import ROI_TYPE, ImagejRoi

import truth
from similij import compare
from similij.ground.errors import ImageError
from similij.regions import Region
from similij.regions.tied import (
    check_known,
    only,
    selection,
    sides,
    sizes_of,
    tied_to,
    words,
)

RNG = np.random.default_rng(8)
T, Z, C, Y, X = 4, 2, 3, 11, 14
A = RNG.integers(0, 60_000, (T, Z, C, Y, X)).astype(np.uint16)
B = RNG.integers(0, 60_000, (T, Z, C, Y, X)).astype(np.uint16)
BOX = np.s_[..., 3:8, 2:8]


def named(pixels: np.ndarray, dims: str = "tzcyx") -> xr.DataArray:
    return xr.DataArray(pixels, dims=(*dims,))


def tied(name: str = "cell", **where: int) -> Region:
    return Region(name, 2, 3, 6, 5, **where)


def check(row: dict, x: np.ndarray, y: np.ndarray) -> None:
    numbers = [row[k] for k in ("n", "pearson", "rmsd", "mean_difference")]
    assert numbers == pytest.approx(truth.metrics(x, y), rel=1e-12)


def test_a_roi_on_the_second_channel_of_a_pair(tmp_path: Path) -> None:
    """Of a file, beside one on the first channel, one on neither, and a free one."""
    places = {"one": (1, 1, 1), "two": (2, 2, 3), "three": (3, 0, 0), "free": (0, 0, 0)}
    files = []
    for name, (c, z, t) in places.items():
        roi = ImagejRoi(
            roitype=ROI_TYPE.RECT, left=2, top=3, right=8, bottom=8, name=name,
            version=228, c_position=c, z_position=z, t_position=t,
        )  # fmt: skip
        files.append(tmp_path / f"{name}.roi")
        roi.tofile(files[-1])
    rows = compare(named(A), channels="1:2", regions=files, per="z,t").rows
    by_name = {name: [row for row in rows if row["region"] == name] for name in places}
    assert {name: len(of) for name, of in by_name.items()} == {
        "one": 1, "two": 1, "three": 1, "free": T * Z,
    }  # fmt: skip
    check(by_name["one"][0], A[0, 0, 0][BOX], A[0, 0, 1][BOX])
    (two,) = by_name["two"]
    assert (two["plane"], two["channel_1"], two["channel_2"]) == ("c1:2 z2 t3", 1, 2)
    check(two, A[2, 1, 0][BOX], A[2, 1, 1][BOX])
    (three,) = by_name["three"]
    assert (three["n"], three["note"]) == (
        0,
        "three is tied to a plane (three to c3) that is not among those compared",
    )


def test_pooled_planes_of_a_pair_of_channels() -> None:
    (row,) = compare(named(A), channels="1:2", regions=[tied(c=2, z=2, t=3)]).rows
    check(row, A[2, 1, 0][BOX], A[2, 1, 1][BOX])
    assert (row["plane"], row["note"]) == ("c1:2 z2 t3", "slice only: c2 z2 t3")
    (row,) = compare(named(A), channels="1:2", regions=[tied(c=2, t=3)]).rows
    check(row, A[2, :, 0][BOX], A[2, :, 1][BOX])
    assert row["note"] == "frame only: c2 t3"


def test_each_pair_that_has_the_channel() -> None:
    rows = compare(named(A), channels="all", regions=[tied(c=2)]).rows
    assert [row["plane"] for row in rows] == ["c1:2 all 8", "c2:3 all 8"]
    for row, (one, two) in zip(rows, ((0, 1), (1, 2)), strict=True):
        check(row, A[:, :, one][BOX], A[:, :, two][BOX])


def test_the_image_that_has_the_axis_says_where_a_roi_is() -> None:
    """Image 1 is one plane, image 2 a stack: the ROI is on a slice of image 2."""
    one, stack = named(A[0, 0, 0], "yx"), named(B[0, :, 0], "zyx")
    rows = compare(one, stack, per="z", regions=[tied(z=2), tied("free")]).rows
    assert [(row["region"], row["z"]) for row in rows] == [
        ("free", 1), ("cell", 2), ("free", 2),
    ]  # fmt: skip
    check(rows[1], A[0, 0, 0][BOX], B[0, 1, 0][BOX])
    # Channel 2 is of image 1; that image 2 has one channel does not make it the first.
    rows = compare(
        named(A[0, 0], "cyx"),
        named(B[0, 0, :1], "cyx"),
        channels="2:1",
        regions=[tied(c=1), tied("two", c=2)],
    ).rows
    assert [(row["region"], row["n"]) for row in rows] == [("two", 30), ("cell", 0)]
    check(rows[0], A[0, 0, 1][BOX], B[0, 0, 0][BOX])


def test_frames_against_the_first() -> None:
    regions = [tied(t=1), tied("last", t=T)]
    x = named(A[:, 0, 0], "tyx")
    rows = compare(x, against="first", per="t", regions=regions).rows
    assert [(row["region"], row["t"]) for row in rows] == [
        ("cell", 2), ("cell", 3), ("cell", 4), ("last", 4),
    ]  # fmt: skip
    check(rows[1], A[2, 0, 0][BOX], A[0, 0, 0][BOX])
    check(rows[3], A[3, 0, 0][BOX], A[0, 0, 0][BOX])


def test_a_frame_is_called_t_and_what_is_unknown_a_plane() -> None:
    pixels = A[:, 0, 0], B[:, 0, 0]
    frames = [named(p, "tyx") for p in pixels]
    (row,) = compare(*frames, regions=[tied(position=2)]).rows
    assert (row["plane"], row["note"]) == ("t2", "frame only: t2")
    for where in ({"position": 2}, {"z": 2}, {"c": 1, "z": 1, "t": 2}):
        (row,) = compare(*pixels, regions=[tied(**where)]).rows
        check(row, pixels[0][1][BOX], pixels[1][1][BOX])
        assert (row["plane"], row["note"]) == ("plane 2", "only plane 2")


def test_places_that_an_unnamed_axis_may_mean() -> None:
    sizes = {"axis_0": 5}
    assert tied_to(tied(c=1, z=1, t=4), sizes) == {"axis_0": 4}
    assert tied_to(tied(c=1, z=1, t=1), sizes) == {"axis_0": 1}
    assert tied_to(tied(z=3), sizes) == {"axis_0": 3}
    check_known([tied(position=4), tied(c=1, z=1, t=4), tied()], sizes)
    check_known([tied(c=1)], {"axis_0": 1})
    assert selection(tied(c=2, z=3), sizes, {}) is None
    # Of one channel all planes, or of five channels the first?
    for region, unclear in (
        (tied(c=1), sizes),
        (tied(position=2), {"axis_0": 5, "axis_1": 3}),
        (tied(c=1, z=1, t=1), {"axis_0": 5, "axis_1": 3}),
        (tied(position=2), {"Lifetime": 5, "Angle": 3}),
    ):
        with pytest.raises(ImageError, match="do not say which axis"):
            check_known([region], unclear)
    assert tied_to(tied(position=2), {"Lifetime": 5}) == {"Lifetime": 2}


def test_nothing_vanishes_beside_others() -> None:
    regions = [tied("far", z=9), tied("free"), tied("other", c=9), tied("here", z=2)]
    for per in ((), ("z",), ("z", "t", "c")):
        rows = compare(named(A), named(B), regions=regions, per=per).rows
        assert {row["region"] for row in rows} == {"far", "free", "other", "here"}
        missing = [row for row in rows if not row["n"]]
        assert [row["region"] for row in missing] == ["far", "other"]
        assert all("not among those compared" in row["note"] for row in missing)


def test_sides_and_words() -> None:
    assert sizes_of({"z": 1, "t": 3}, {"z": 4, "c": 2}) == {"z": 4, "t": 3, "c": 2}
    assert sides({"c": 0}, {"c": 1}, {"c": 3}, {"c": 3}) == ({"c": 0}, {"c": 1})
    assert sides({"c": 0}, {"c": 1}, {}, {"c": 3}) == ({"c": 1}, {"c": 1})
    assert words({"c": 1, "Lifetime": 3}) == "c1 Lifetime3"
    assert only(tied(c=2), {"c": 3}) == "channel only: c2"
