"""The door: whatever comes in, in any mixture, is the same image behind it."""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from similij import ImageError, compare
from similij.images.image import Image
from similij.regions.region import Region

RNG = np.random.default_rng(7)
X = RNG.integers(0, 4000, (3, 4, 2, 19, 23)).astype(np.uint16)
Y = RNG.integers(0, 4000, X.shape).astype(np.uint16)
OURS = ("t", "z", "c", "y", "x")
PYIMAGEJ = ("t", "pln", "row", "col", "ch")
"""What PyImageJ calls the axes of a Dataset, in its order."""


def as_pyimagej(array: np.ndarray) -> xr.DataArray:
    return xr.DataArray(array.transpose(0, 1, 3, 4, 2), dims=PYIMAGEJ, name="stack")


def numbers(result) -> list[dict]:
    kept = ("region", "plane", "channel_1", "channel_2", "z", "t", "n", "pearson")
    more = ("rmsd", "mean_difference", "ssim")
    return [{k: row[k] for k in (*kept, *more) if k in row} for row in result.rows]


LABELS = (np.add.outer(np.arange(19) // 7, np.arange(23) // 9)).astype(np.int32)
MASK = np.hypot(*np.ogrid[-9:10, -11:12]) < 8


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"per": ("t",)},
        {"per": "t,z"},
        {"per": ("frame", "slice")},
        {"per": ("pln",)},
        {"channels": "1:2"},
        {"channels": "same", "per": "z"},
        {"regions": Region("r", 3, 2, 9, 11)},
        {"regions": Region("r", 3, 2, 9, 11, z=2), "per": "t"},
        {"regions": LABELS},
        {"mask": MASK},
        {"metrics": ["pearson", "ssim"], "per": "t,z,c"},
        {"against": "first", "per": "t"},
    ],
    ids=str,
)
def test_names_of_pyimagej_mean_ours(options) -> None:
    if "against" in options:
        ours = compare(Image(X, OURS), **options)
        theirs = compare(as_pyimagej(X), **options)
    else:
        ours = compare(Image(X, OURS), Image(Y, OURS), **options)
        theirs = compare(as_pyimagej(X), as_pyimagej(Y), **options)
    assert numbers(theirs) == numbers(ours)


def test_masks_and_labels_with_names_of_pyimagej() -> None:
    labels = np.broadcast_to(LABELS, (4, 19, 23)) * np.arange(1, 5)[:, None, None]
    named = xr.DataArray(labels.transpose(1, 2, 0), dims=("row", "col", "pln"))
    ours = Image(labels, "zyx")
    expected = compare(Image(X, OURS), Image(Y, OURS), regions=ours, per="z")
    assert numbers(
        compare(as_pyimagej(X), as_pyimagej(Y), regions=named, per="z")
    ) == numbers(expected)
    mask = labels % 3 > 0
    inside = xr.DataArray(mask.transpose(1, 2, 0), dims=("row", "col", "pln"))
    wanted = np.broadcast_to(mask[None, :, None], X.shape)
    result = compare(as_pyimagej(X), as_pyimagej(Y), mask=inside)
    assert result.n == int(wanted.sum())
    difference = X[wanted].astype(int) - Y[wanted]
    assert result.mean_difference == pytest.approx(np.abs(difference).mean(), 1e-12)


def test_maps_and_shifts_with_names_of_pyimagej() -> None:
    plane, moved = X[0, 0, 0], np.roll(X[0, 0, 0], 2, axis=1)
    stacks = [xr.DataArray(p.T, dims=("col", "row")) for p in (plane, moved)]
    found = similij.local_map(*stacks, window=5)
    assert found.dims == ("y", "x")
    wanted = similij.local_map(plane, moved, window=5)
    assert np.array_equal(found.values, wanted.values, equal_nan=True)
    there = similij.shift(*stacks, max_shift=4)
    assert there.dims == ("y", "x")
    assert there.pixel_offset == similij.shift(plane, moved, max_shift=4).pixel_offset


def test_any_mixture(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, X, imagej=True, metadata={"axes": "TZCYX"})
    np.save(tmp_path / "y.npy", Y)
    named_x = [path, str(path), similij.read(path), Image(X, OURS)]
    plain_y = [Y, da.from_array(Y, chunks=7), tmp_path / "y.npy"]
    # An array without names lies as the image beside it does.
    pairs = [(one, two) for one in (*named_x, X) for two in plain_y]
    pairs += [(one, as_pyimagej(Y)) for one in (*named_x, as_pyimagej(X))]
    expected = compare(X, Y)
    for one, two in pairs:
        result = compare(one, two)
        assert (result.pearson, result.n) == (expected.pearson, expected.n)
    assert compare(path, Y).file_1 == str(path)
    assert compare(path, Y, per="t").rows[0]["image_1"] == "x.tif"


def test_masks_of_files(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "m.tif", MASK.astype(np.uint8) * 255)
    plane = X[0, 0, 0], Y[0, 0, 0]
    by_path = compare(*plane, mask=tmp_path / "m.tif")
    assert by_path.n == int(MASK.sum())
    read = similij.read(tmp_path / "m.tif")
    assert numbers(compare(*plane, mask=read)) == numbers(by_path)
    with pytest.raises(ImageError, match="must be bool"):
        compare(*plane, mask=MASK.astype(np.uint8))


def test_axes_of_one_plane_need_not_be_in_both() -> None:
    one = Image(X[:1, :1, :1], OURS)
    assert compare(one, Image(Y[0, 0, 0], "yx")).n == 19 * 23
    with pytest.raises(ImageError, match="stack over channels"):
        compare(Image(X[0, 0], "cyx"), Image(Y[0, 0, 0], "yx"))


@pytest.mark.parametrize(
    ("options", "axis"),
    [({"per": "t"}, "'t'"), ({"per": "q"}, "'q'"), ({"channels": "1:2"}, "channel 2")],
)
def test_a_missing_axis_is_refused_by_name(options, axis) -> None:
    with pytest.raises(ImageError, match=axis):
        compare(Image(X[0, :, 0], "zyx"), Image(Y[0, :, 0], "zyx"), **options)


def test_custom_axes_keep_their_names() -> None:
    x, y = (Image(a[:, 0, 0], ["angle", "y", "x"]) for a in (X, Y))
    rows = compare(x, y, per="angle").rows
    assert [row["plane"] for row in rows] == ["angle1", "angle2", "angle3"]
    assert [row["n"] for row in rows] == [19 * 23] * 3


RGB = RNG.integers(0, 256, (17, 21, 3)).astype(np.uint8)
OTHER = RNG.integers(0, 256, RGB.shape).astype(np.uint8)


def test_three_samples_are_asked_about() -> None:
    with pytest.raises(ImageError, match=r"color image or 17 planes.*color=luminance"):
        compare(RGB, OTHER)
    assert compare(RGB.astype(np.uint16), OTHER.astype(np.uint16)).plane == "all 17"
    assert compare(Image(RGB, "zyx"), Image(OTHER, "zyx")).n == RGB.size
    with pytest.raises(ImageError, match="color image"):
        similij.pairwise([RGB, OTHER])
    with pytest.raises(ImageError, match=r"RGB|color"):
        similij.significance(Image(RGB, "yxs"), Image(OTHER, "yxs"))


@pytest.mark.parametrize("make", [lambda a: a, lambda a: Image(a, "yxs")])
def test_color_is_compared_as_it_is_said(make) -> None:
    def weighed(rgb: np.ndarray) -> np.ndarray:
        """(int)(0.299 r + 0.587 g + 0.114 b + 0.5), in Python, pixel by pixel."""
        gray = [
            [int(0.299 * float(r) + 0.587 * float(g) + 0.114 * float(b) + 0.5)
             for r, g, b in row]
            for row in rgb.tolist()
        ]  # fmt: skip
        return np.array(gray, np.uint8)

    by_luminance = compare(make(RGB), make(OTHER), color="luminance")
    gray = compare(weighed(RGB), weighed(OTHER))
    assert by_luminance.pearson == gray.pearson
    assert by_luminance.rmsd == gray.rmsd
    assert "0.299 R + 0.587 G + 0.114 B" in by_luminance.note
    rows = compare(make(RGB), make(OTHER), color="channels").rows
    assert [(row["channel_1"], row["channel_2"]) for row in rows] == [
        (1, 1), (2, 2), (3, 3),
    ]  # fmt: skip
    assert [row["plane"] for row in rows] == ["red", "green", "blue"]
    for k, row in enumerate(rows):
        assert row["pearson"] == compare(RGB[..., k], OTHER[..., k]).pearson


def test_a_roi_on_the_plane_of_an_rgb_image_is_on_all_three_channels() -> None:
    tied = [Region("p", 2, 3, 5, 6, position=1), Region("c", 2, 3, 5, 6, c=1)]
    x, y = Image(RGB, "yxs"), Image(OTHER, "yxs")
    rows = compare(x, y, color="channels", regions=tied).rows
    assert [(r["region"], r["n"]) for r in rows] == [("p", 30), ("c", 30)] * 3


@pytest.mark.parametrize(
    "lie",
    [
        lambda block: block[:5],
        lambda block: block[None],
        lambda block: np.zeros((40, 40)),
        lambda block: "text",
    ],
)
@pytest.mark.parametrize("where", ["x", "y", "mask", "regions"])
def test_blocks_that_lie_are_refused(lie, where: str) -> None:
    """A kernel that walks over pixels that are not there ended the process."""
    kind = {"mask": bool, "regions": int}.get(where, float)
    honest = da.from_array(RNG.random((40, 40)), chunks=10)
    meta = np.empty((0, 0), kind)
    lying = da.map_blocks(lie, honest.astype(kind), dtype=kind, meta=meta)
    given = {"x": honest, "y": honest + 1, where: lying}
    with pytest.raises((ImageError, ValueError), match="dask array whose block"):
        compare(given.pop("x"), given.pop("y"), **given)


def test_a_stack_whose_file_names_no_axis_has_slices_as_in_imagej(tmp_path) -> None:
    stack = X[0, :, 0]
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack", metadata=None)
    tifffile.imwrite(tmp_path / "b.tif", stack, imagej=True, metadata={"axes": "TYX"})
    assert [r["z"] for r in compare(tmp_path / "a.tif", stack, per="z")] == [1, 2, 3, 4]
    assert compare(tmp_path / "a.tif", tmp_path / "b.tif").rmsd == 0  # by their order
    with pytest.raises(ImageError, match="named axes"):
        compare(stack, stack, per="z")
