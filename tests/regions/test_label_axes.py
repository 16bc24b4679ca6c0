"""Label stacks and masks, whatever they are, on images whose axes have names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr
from PIL import Image as Pillow

from similij import compare
from similij.ground.errors import RegionError
from similij.images.image import Image
from similij.regions import LabelImage, as_regions, read_regions

RNG = np.random.default_rng(2)
T, Z, C, Y, X = 2, 4, 3, 12, 15
A = RNG.integers(0, 60_000, (T, Z, C, Y, X)).astype(np.uint16)
B = RNG.integers(0, 60_000, A.shape).astype(np.uint16)
PLANE = np.kron(np.arange(6).reshape(2, 3), np.ones((6, 5), int))


def named(pixels: np.ndarray, dims: str = "tzcyx") -> xr.DataArray:
    return xr.DataArray(pixels, dims=(*dims,))


def moving(n: int) -> np.ndarray:
    return np.stack([np.roll(PLANE, 2 * k, axis=1) for k in range(n)])


@pytest.mark.parametrize("axis", ["t", "z", "c"])
@pytest.mark.parametrize("per", [(), ("z",), ("z", "t", "c")])
def test_the_axis_is_known_by_its_length(axis: str, per: tuple[str, ...]) -> None:
    n = {"t": T, "z": Z, "c": C}[axis]
    stack = moving(n)
    by_name = compare(named(A), named(B), regions=named(stack, f"{axis}yx"), per=per)
    for labels in (stack, stack[:, None][:, 0], Image(stack)):
        rows = compare(named(A), named(B), regions=labels, per=per).rows
        keys = ("region", "plane", "n", "pearson", "rmsd", "mean_difference")
        assert [[row[k] for k in keys] for row in rows] == [
            [row[k] for k in keys] for row in by_name.rows
        ]


def test_axes_as_pyimagej_calls_them() -> None:
    """A label image and a mask with the names that PyImageJ gives."""
    stack = moving(Z)
    theirs = xr.DataArray(stack.transpose(1, 2, 0), dims=("row", "col", "pln"))
    assert as_regions(theirs).labels.dims == ("z", "y", "x")
    rows = compare(named(A), named(B), regions=theirs).rows
    expected = compare(named(A), named(B), regions=named(stack, "zyx")).rows
    assert [row["pearson"] for row in rows] == [row["pearson"] for row in expected]
    mask = xr.DataArray((PLANE == 2).T, dims=("col", "row"))
    (region,) = read_regions({"two": mask})
    assert (region.size, region.plane_shape) == (30, (Y, X))
    odd = xr.DataArray(PLANE, dims=("a", "b"))
    with pytest.raises(RegionError, match="has the axes a, b: those of the plane"):
        as_regions(odd)


def test_several_axes_and_those_of_length_one() -> None:
    stack = np.stack([moving(Z), moving(Z)[::-1]])
    for labels, dims in (
        (stack, ("t", "z", "y", "x")),
        (stack[:, :, None], ("t", "z", "y", "x")),
        (moving(Z)[None], ("z", "y", "x")),
        (PLANE[None, None], ("y", "x")),
    ):
        made = LabelImage(labels).with_axes({"t": T, "z": Z, "c": C})
        assert made.dims == dims
        np.testing.assert_array_equal(made.labels, labels.squeeze())
    assert LabelImage(PLANE).with_axes({"z": 3}).dims is None
    # NumPy's rule, where the images have no names either.
    assert LabelImage(moving(Z)).with_axes({"axis_0": Z}).dims is None


def test_what_is_not_sure_is_refused_by_name() -> None:
    x, y = named(A[:, :2], "tzcyx"), named(B[:, :2], "tzcyx")
    with pytest.raises(RegionError, match="which may be t or z of the images") as error:
        compare(x, y, regions=moving(2))
    assert "similij.Image(labels, axes='tyx')" in str(error.value)
    by_name = Image(moving(2), "zyx")
    assert len(compare(x, y, regions=by_name)) == 5
    with pytest.raises(RegionError, match="has 5 planes along axes without names, the"):
        compare(x, y, regions=moving(5))
    with pytest.raises(RegionError, match="has the axis Lifetime, the images have"):
        compare(x, y, regions=Image(moving(2), ["Lifetime", "y", "x"]))


def test_all_that_a_label_image_can_be(tmp_path: Path) -> None:
    da = pytest.importorskip("dask.array")
    npy, png, tif = (tmp_path / f"labels.{ending}" for ending in ("npy", "png", "tif"))
    np.save(npy, PLANE)
    Pillow.fromarray(PLANE.astype(np.uint8)).save(png)
    tifffile.imwrite(tif, PLANE.astype(np.uint16), compression="lzw")
    turned = xr.DataArray(PLANE.T, dims=("x", "y"))
    for labels in (
        PLANE, PLANE.astype(float), turned, Image(PLANE), Image(PLANE.T, "xy"),
        npy, str(png), tif, LabelImage(PLANE),
    ):  # fmt: skip
        np.testing.assert_array_equal(as_regions(labels).labels.labels, PLANE)
    lazy = as_regions(Image(da.from_array(PLANE.T, 4), "xy")).labels
    np.testing.assert_array_equal(np.asarray(lazy.labels), PLANE)
    (row, *_) = compare(A[0, 0, 0], B[0, 0, 0], regions=lazy).rows
    assert (row["region"], row["n"]) == ("label 1", 30)
    hidden = Image(PLANE, inside=PLANE != 2)
    assert as_regions(hidden).labels.names == [
        "label 1",
        "label 3",
        "label 4",
        "label 5",
    ]


def test_masks_by_name(tmp_path: Path) -> None:
    mask = PLANE == 3
    png = tmp_path / "mask.png"
    Pillow.fromarray(mask.astype(np.uint8) * 255).save(png)
    given = {"array": mask, "image": Image(mask.T, "xy"), "file": png, "path": str(png)}
    regions = read_regions(given)
    assert [region.name for region in regions] == [*given]
    assert [region.size for region in regions] == [30] * 4
    assert all(region.plane_shape == (Y, X) for region in regions)
