"""What an array means beside its numbers is honoured or refused, never dropped."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pandas as pd
import PIL.Image
import pytest
import xarray as xr

import similij
from similij import ImageError, compare
from similij.images.image import Image

A = np.arange(20.0).reshape(4, 5)
B = np.where(A == 7, 1000.0, A)
"""As A, but for one pixel."""
OFF = A == 7
ROW, CHANNELS = np.stack([A, A + 100]), ["dapi", "gfp"]


class Quantity(np.ndarray):
    """An array in a unit, as those of astropy and unyt are."""

    def __new__(cls, pixels: np.ndarray, unit: object) -> Quantity:
        made = np.asarray(pixels).view(cls)
        made.unit = unit
        return made


class Magnitude:
    """A number in a unit, as those of pint are: no array, but made one."""

    def __init__(self, pixels: object, units: object) -> None:
        self.magnitude, self.units = pixels, units

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.asarray(self.magnitude)


class Data:
    """Pixels beside their mask and unit, as NDData of astropy."""

    def __init__(self, data: object, mask: object = None, unit: object = None) -> None:
        self.data, self.mask, self.unit = data, mask, unit


class MaskedArray(np.ndarray):
    """An array with a mask, as `Masked` of astropy: np.asarray shows all of it."""

    mask = OFF

    @property
    def unmasked(self) -> np.ndarray:
        return self.view(np.ndarray)


MASKED = {
    "numpy": np.ma.array(B, mask=OFF),
    "of dask": da.ma.masked_array(da.from_array(B, chunks=(2, 5)), da.from_array(OFF)),
    "of dask, from masked": da.from_array(np.ma.array(B, mask=OFF), chunks=3),
    "nddata": Data(B, OFF),
    "nddata, flags": Data(B, OFF * 4),
    "nddata of masked": Data(np.ma.array(B, mask=OFF)),
    "astropy": B.view(MaskedArray),
    "xarray": xr.DataArray(np.ma.array(B, mask=OFF), dims=("y", "x")),
    "Image": Image(np.ma.array(B, mask=OFF), axes="yx"),
}


@pytest.mark.parametrize("kind", MASKED)
def test_masked_pixels_are_left_out(kind: str) -> None:
    for one, two in ((MASKED[kind], A), (A, MASKED[kind])):
        result = compare(one, two)
        assert (result.n, result.rmsd) == (19, 0.0)
    if "dask" not in kind:  # which `pairwise` refuses, masked or not
        assert similij.pairwise([A, MASKED[kind]])["n"].values[0, 1] == 19


def test_a_masked_mask_is_no_pixel_to_compare() -> None:
    mask = np.ma.array(np.ones(A.shape, bool), mask=OFF)
    assert compare(A, B, mask=mask).n == 19
    assert compare(A, B, mask=mask).rmsd == 0
    assert compare(A, B, mask=Data(np.ones(A.shape, bool), OFF)).n == 19


def test_masked_blocks_that_are_not_declared_are_refused() -> None:
    hidden = da.from_array(A, chunks=4).map_blocks(
        lambda block: np.ma.masked_equal(block, 7), dtype=float, meta=np.empty((0, 0))
    )
    with pytest.raises(ImageError, match=r"block at \(0, 0\) has masked pixels"):
        compare(hidden, B)
    unmasked = da.from_array(A, chunks=4).map_blocks(
        np.ma.asarray, dtype=float, meta=np.empty((0, 0))
    )
    assert compare(unmasked, A).rmsd == 0


UNITS = {
    "astropy": (Quantity(A, "adu"), Quantity(B, "electron")),
    "pint": (Magnitude(A, "adu"), Magnitude(B, "electron")),
    "pint of dask": (Magnitude(da.from_array(A), "adu"), Magnitude(B, "electron")),
    "nddata": (Data(A, None, "adu"), Data(B, None, "electron")),
    "mixed": (Quantity(A, "adu"), Data(B, None, "electron")),
    "attributes": tuple(
        xr.DataArray(A, dims=("y", "x"), attrs={"units": unit})
        for unit in ("adu", "electron")
    ),
    "Image": (Image(A, unit="adu"), Image(B, unit="electron")),
}


@pytest.mark.parametrize("kind", UNITS)
def test_units_that_differ_are_refused_and_one_is_said(kind: str) -> None:
    one, two = UNITS[kind]
    sentence = r'"image 1" is in adu, "image 2" in electron: both images must be in one'
    functions = (compare, similij.shift, similij.significance, similij.threshold)
    for function in (*functions, similij.estimate, similij.verdict, similij.frc):
        with pytest.raises(ImageError, match=sentence):
            function(one, two)
    if "dask" not in kind:
        with pytest.raises(ImageError, match=sentence):
            similij.pairwise([one, two])
    alone = compare(one, B)
    assert alone.rmsd == compare(A, B).rmsd
    note = '"image 1" is in adu, "image 2" has no unit: numbers were compared'
    assert alone.note == note
    assert compare(one, one).note == ""


def test_units_and_masks_of_real_libraries() -> None:
    units = pytest.importorskip("astropy.units")
    nddata = pytest.importorskip("astropy.nddata")
    masked = pytest.importorskip("astropy.utils.masked")
    with pytest.raises(ImageError, match="in adu"):
        compare(A * units.adu, B * units.electron)
    assert compare(A * units.adu, B * units.adu).note == ""
    assert compare(A * units.dimensionless_unscaled, A).note == ""
    assert compare(nddata.CCDData(B, mask=OFF, unit="adu"), A).n == 19
    assert compare(masked.Masked(B, OFF), A).n == 19
    with pytest.raises(ImageError, match='is in m, "image 2" in s'):
        compare(masked.Masked(A * units.m, OFF), B * units.s)


def test_quantities_of_pint() -> None:
    pint = pytest.importorskip("pint")
    quantity = pint.UnitRegistry().Quantity
    with pytest.raises(ImageError, match="in meter"):
        compare(quantity(A, "m"), quantity(da.from_array(B), "s"))
    assert compare(quantity(A, "m"), quantity(A, "m")).note == ""
    assert compare(quantity(A, ""), A).note == ""


ORDERS = {
    "channels": ("c", CHANNELS, CHANNELS[::-1]),
    "y runs up": ("y", [0, 1, 2, 3], [3, 2, 1, 0]),
    "shuffled": ("x", [0, 1, 2, 3, 4], [1, 0, 2, 3, 4]),
    "runs up, elsewhere": ("y", [0.0, 0.5, 1, 1.5], [9.0, 8.5, 8, 7.5]),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_coordinates_in_another_order_are_refused(kind: str) -> None:
    axis, first, second = ORDERS[kind]
    one, two = (
        xr.DataArray(ROW, {axis: places}, ("c", "y", "x"), name=name)
        for places, name in ((first, "a"), (second, "b"))
    )
    sentence = rf'"a" has .* along {axis}, "b" has .*, in another order: put one in'
    for options in ({}, {"per": "c"}, {"channels": "same"}):
        with pytest.raises(ImageError, match=sentence):
            compare(one, two, **options)
    with pytest.raises(ImageError, match=f"along {axis}"):
        similij.pairwise([one, two])
    if kind in ("channels", "shuffled", "y runs up"):  # as the sentence advises
        assert len(compare(one, two.sel({axis: first}))) == 1
    numbered = compare(one, two, channels="1:2") if axis == "c" else None
    assert numbered is None or numbered.rmsd == 100.0


def test_channels_of_files_in_another_order_are_refused() -> None:
    one = Image(ROW, "cyx", "a", channels=("dapi", "gfp"))
    two = Image(ROW[::-1], "cyx", "b", channels=("gfp", "dapi"))
    with pytest.raises(ImageError, match='"a" has dapi, gfp along c, "b" has gfp, da'):
        compare(one, two)
    other = Image(ROW, "cyx", "b", channels=("gfp", "cy5"))
    assert compare(one, other).rmsd == 0  # other names are no other order


def test_a_mask_that_runs_the_other_way_is_refused() -> None:
    image = xr.DataArray(A, {"y": [0, 1, 2, 3]}, ("y", "x"), name="a")
    mask = xr.DataArray(A > 3, {"y": [3, 2, 1, 0]}, ("y", "x"))
    with pytest.raises(ImageError, match='"the mask" has 3, 2, 1, 0 along y, "a" has'):
        compare(image, A, mask=mask)


def test_coordinates_elsewhere_are_said() -> None:
    one, two = (
        xr.DataArray(A, {"y": np.arange(4) + start}, ("y", "x"), name=name)
        for start, name in ((0, "a"), (5, "b"))
    )
    said = '"a" has 0, 1, 2, 3 along y, "b" has 5, 6, 7, 8: compared pixel by pixel'
    assert compare(one, two).note == said
    assert compare(one, one + 1e-9).note == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [("scale_factor", 0.1), ("add_offset", 5), ("_FillValue", -99), ("_FillValue", 0)],
)
def test_packed_numbers_are_refused(key: str, value: float) -> None:
    packed = xr.DataArray(A, dims=("y", "x"), attrs={key: value}, name="a")
    with pytest.raises(ImageError, match=f'"a" is packed: its attribute {key} is'):
        compare(packed, B)
    nothing = {"scale_factor": 1.0, "add_offset": 0, "_FillValue": np.nan}
    assert compare(xr.DataArray(A, dims=("y", "x"), attrs=nothing), A).rmsd == 0


def test_labels_of_a_data_frame_are_coordinates() -> None:
    frame = pd.DataFrame(A, columns=list("abcde"))
    assert compare(frame, A).rmsd == 0
    with pytest.raises(ImageError, match="along x"):
        compare(frame, frame[list("edcba")])
    missing = pd.DataFrame(A).astype("Int64").mask(OFF)
    with pytest.raises(ImageError, match="is of type object"):
        compare(missing, A)


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "CMYK", "YCbCr"])
def test_images_of_pillow_whose_numbers_are_no_intensities(mode: str) -> None:
    gray = PIL.Image.fromarray(A.astype(np.uint8))
    with pytest.raises(ImageError, match=f"is a Pillow image of mode {mode}, whose"):
        compare(gray.convert(mode), A)
    assert compare(gray, A).rmsd == 0
    rgb = gray.convert("RGB")
    with pytest.raises(ImageError, match=r"is an RGB \(color\) image"):
        compare(rgb, A)
    assert compare(rgb, A, color="luminance").rmsd == 0


def test_what_is_no_image_says_so() -> None:
    class Grad:
        def __array__(self) -> np.ndarray:
            raise RuntimeError("call .detach() first\nas it requires grad")

    with pytest.raises(ImageError, match=r"of type Grad and cannot be .* \(call .deta"):
        compare(Grad(), A)
    with pytest.raises(
        ImageError, match=r"is a Dataset of 1 arrays: .* dataset\['a'\]"
    ):
        compare(xr.Dataset({"a": (("y", "x"), A)}), A)
    turned = xr.Variable(("x", "y"), A.T)
    assert compare(turned, xr.Variable(("y", "x"), A)).rmsd == 0


def test_backgrounds_beyond_float64_are_refused() -> None:
    for background in (1e308, -1e200, (0, 1e308), "1e308", float("inf"), 10**400):
        with pytest.raises(ValueError, match=r"background is .* it must be"):
            compare(A, B, background=background)
