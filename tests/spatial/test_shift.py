"""The cross-correlation function: by a loop over shifts, by skimage, by design."""

from __future__ import annotations

import math

import dask.array
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage
from skimage.registration import phase_cross_correlation

import similij
from shift_by_loop import TYPES, by_loop, scene
from similij import ImageError, shift


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_against_a_loop(dtype: str, masked: bool) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 100, (2, 9, 11))
    x, y = (t > 50 if dtype == "?" else t.astype(dtype) for t in (x, y))
    mask = rng.random(x.shape) < 0.6 if masked else np.ones(x.shape, bool)
    found = shift(x, y, mask=mask if masked else None, max_shift=(3, 4))
    expected = by_loop(x, y, mask, (3, 4))
    assert found.ccf.values == pytest.approx(expected, abs=1e-11, nan_ok=True)
    best = np.unravel_index(np.nanargmax(expected), expected.shape)
    assert found.pixel_offset == (best[0] - 3, best[1] - 4)
    assert found.peak == pytest.approx(expected[best], rel=1e-13)
    assert found.r == pytest.approx(expected[3, 4], rel=1e-13)
    same = similij.compare(x, y, mask=mask)
    assert found.r == same.pearson
    assert found.ccf.sel(y=0, x=0) == pytest.approx(found.r, abs=1e-12)


def test_three_axes_nan_and_a_far_offset() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.random((2, 4, 6, 5)) + 1e6
    x[0, 2, 3] = y[3, 1, 1] = np.nan
    found = shift(x, y, max_shift=(1, 2, 2))
    expected = by_loop(x, y, np.ones(x.shape, bool), (1, 2, 2))
    assert found.dims == ("z", "y", "x")
    assert found.ccf.values == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("offset", [(0, 0), (3, -2), (-5, 0), (0, 6)])
def test_a_known_shift(offset) -> None:
    wide = scene((60, 60))
    x = wide[10:-10, 10:-10]
    dy, dx = offset
    y = wide[10 - dy : -10 - dy, 10 - dx : -10 - dx]  # y(p + offset) = x(p)
    found = shift(x, y)
    assert found.pixel_offset == offset
    assert found.peak == pytest.approx(1, abs=1e-12)
    assert found.offset == pytest.approx(offset, abs=0.02)
    assert (found.r == found.peak) == (offset == (0, 0))
    to_register, _, _ = phase_cross_correlation(x, y, normalization=None)
    assert tuple(-to_register) == offset
    left, right = found.overlap(x, y)
    assert (left == right).all()
    assert left.size == found.n
    assert shift(y, x).pixel_offset == tuple(-k for k in offset)


@pytest.mark.parametrize("true", [(0.5, -0.25), (2.3, 1.6), (-0.1, 0.9)])
def test_parts_of_a_pixel(true) -> None:
    wide = scene((90, 90), 7)
    x = wide[15:-15, 15:-15]
    y = ndimage.shift(wide, true, order=5)[15:-15, 15:-15]
    found = shift(x, y, max_shift=8)
    assert found.offset == pytest.approx(true, abs=0.03)
    moved, _, _ = phase_cross_correlation(x, y, upsample_factor=50, normalization=None)
    assert np.abs(np.add(found.offset, true).ravel() / 2 - true).max() < 0.03
    assert np.abs(-moved - true).max() < 0.2  # biased by the edges, which it wraps


def test_masked_as_skimage_does_it() -> None:
    wide = scene((70, 80), 2)
    x, y = wide[10:-10, 10:-10], wide[12:-8, 7:-13]  # y(p + (-2, 3)) = x(p)
    mask = np.ones(x.shape, bool)
    mask[10:30, 20:33] = False
    found = shift(x, y, mask=mask, max_shift=6)
    moved = phase_cross_correlation(
        x, y, reference_mask=mask, moving_mask=mask, overlap_ratio=0.3
    )[0]
    assert found.pixel_offset == tuple(-moved) == (-2, 3)


def test_the_width_of_a_gaussian() -> None:
    """The correlation of white noise, blurred: σ√2, so a FWHM of 2.355·σ√2."""
    noise = np.random.default_rng(1).normal(size=(300, 300))
    image = ndimage.gaussian_filter(noise, (2, 4))
    found = shift(image, image, max_shift=25)
    expected = [2 * math.sqrt(2 * math.log(2)) * math.sqrt(2) * s for s in (2, 4)]
    assert found.width == pytest.approx(expected, rel=0.08)
    assert found.note == ""
    short = shift(image, image, max_shift=2)
    assert math.isnan(short.width[1])
    assert "does not fall to half" in short.note


def test_the_end_of_the_search_is_said() -> None:
    wide = scene((60, 60))
    x, y = wide[10:-10, 10:-10], wide[10:-10, 2:-18]
    found = shift(x, y, max_shift=5)
    assert "at the end of what was searched along x" in found.note
    assert shift(x, y, max_shift=12).pixel_offset == (0, 8)


def test_a_peak_that_is_further_out_is_said_and_not_answered() -> None:
    wide = scene((60, 60))
    x, y = wide[10:-10, 10:-10], wide[10:-10, 2:-18]
    found = shift(x, y, max_shift=7)
    assert all(map(math.isnan, found.offset))
    assert "the shift is beyond ±7 px in x, where R still rises" in found.note
    assert repr(found).startswith("no shift: the shift is beyond ±7 px in x")
    # R falls again behind the border: a peak there is one
    at_border = shift(x, y, max_shift=8)
    assert at_border.offset == pytest.approx((0, 8), abs=0.02)
    assert "at the end of what was searched along x" in at_border.note


@pytest.mark.parametrize("period", [(16, 10), (8, 5), (7, 40)])
def test_of_equal_peaks_the_smallest_shift(period: tuple[int, int]) -> None:
    tile = np.random.default_rng(5).integers(0, 200, period)
    x = np.tile(tile, (9, 9))[:64, :80]
    assert shift(x, x).pixel_offset == (0, 0)
    assert shift(x, x).offset == pytest.approx((0, 0), abs=0.01)
    dy, dx = (1, -2)
    moved = np.roll(np.tile(tile, (9, 9)), (dy, dx), (0, 1))[:64, :80]
    assert shift(x, moved).pixel_offset == (dy, dx)


@pytest.mark.parametrize("sigma", [0.0, 1.5, 4.0])
def test_images_that_have_nothing_in_common_seldom_have_a_shift(sigma: float) -> None:
    random = np.random.default_rng(12)
    answered = 0
    for _ in range(60):
        x, y = random.normal(size=(2, 64, 64))
        if sigma:
            x, y = (ndimage.gaussian_filter(t, sigma) for t in (x, y))
        answered += not math.isnan(shift(x, y).offset[0])
    # 1 in 100 at most: 4 or more of 60 come once in 270
    assert answered < 4


@pytest.mark.parametrize(("sigma", "noise"), [(0.0, 2.0), (2.0, 1.5), (4.0, 0.7)])
def test_a_shift_under_noise_is_answered(sigma: float, noise: float) -> None:
    random = np.random.default_rng(13)
    for _ in range(10):
        wide = random.normal(size=(80, 80))
        if sigma:
            wide = ndimage.gaussian_filter(wide, sigma)
        wide = wide / wide.std()
        x, y = (
            t + random.normal(0, noise, (64, 64))
            for t in (wide[8:-8, 8:-8], wide[4:-12, 6:-10])
        )
        found = shift(x, y)
        assert found.offset == pytest.approx((4, 2), abs=1)


def test_undefined() -> None:
    x = scene()
    flat = np.full(x.shape, 3.0)
    found = shift(x, flat)
    assert math.isnan(found.peak)
    assert all(map(math.isnan, found.offset))
    assert '"image 2" is constant here' in found.note
    nothing = shift(x, x, mask=np.zeros(x.shape, bool))
    assert math.isnan(nothing.r)
    assert "no pixel is compared" in nothing.note


def test_axes_have_names() -> None:
    wide = scene((60, 50))
    x = xr.DataArray(wide[5:-5, 5:-5], dims=("y", "x"))
    y = xr.DataArray(wide[3:-7, 5:-5].T, dims=("x", "y"))
    found = shift(x, y)
    assert found.dims == ("y", "x")
    assert found.pixel_offset == (2, 0)
    left, right = found.overlap(x, y)
    assert left.sizes == right.sizes == {"y": 48, "x": 40}
    single = xr.DataArray(x.values[None, None], dims=("t", "c", "y", "x"))
    assert shift(single, single).dims == ("y", "x")
    two = xr.concat([x, x], "c")
    with pytest.raises(ImageError, match=r"the axes c, y, x: .*\.isel\(c=0"):
        shift(two, two)


def test_refusals() -> None:
    x = scene()
    lazy = dask.array.from_array(x)
    with pytest.raises(ImageError, match=r"come in parts \(dask\)"):
        shift(lazy, x)
    with pytest.raises(ImageError, match="a plane"):
        shift(np.zeros((2, 2, 2, 2)), np.zeros((2, 2, 2, 2)))
    for bad in (-1, 2.5, 40, (1, 2, 3), True):
        with pytest.raises(ValueError, match=r"max_shift is .*: it must be a whole"):
            shift(x, x, max_shift=bad)


def test_calibrated_images_say_it_in_their_unit() -> None:
    wide = scene((24, 40, 50))
    x, y = wide[4:-4, 5:-5, 5:-5], wide[3:-5, 7:-3, 2:-8]
    steps = {"z": 0.5, "y": 0.25, "x": 0.2}
    coords = {
        d: (d, np.arange(n) * steps[d], {"units": "µm"})
        for d, n in zip("zyx", x.shape, strict=True)
    }
    a = xr.DataArray(x, coords, ["z", "y", "x"], "a")
    b = xr.DataArray(y, coords, ["z", "y", "x"], "b")
    found = shift(a, b)
    assert found.unit == "µm"
    expected = [k * s for k, s in zip(found.offset, (0.5, 0.25, 0.2), strict=True)]
    assert found.offset_in_unit == pytest.approx(expected)
    assert expected == pytest.approx([0.5, -0.5, 0.6], abs=0.02)
    said = repr(found)
    assert said.startswith("shift of x +")
    assert said.count("µm)") == 3
    assert "at (1, -2, 3)" in said
    assert "\n" not in said
    plane = shift(a[4], y[4])  # that of one of them
    assert (plane.unit, len(plane.offset_in_unit)) == ("µm", 2)
    other = b.assign_coords(x=("x", np.arange(x.shape[2]) * 0.3, {"units": "µm"}))
    differ = shift(a, other)
    assert differ.unit == ""
    assert '"a" has pixels of 0.2 × 0.25 × 0.5 µm, "b" of 0.3' in differ.note
    assert all(map(math.isnan, differ.offset_in_unit))
    assert "µm" not in repr(shift(x, y))
    assert repr(shift(x, np.ones_like(x))).startswith("no shift: ")


@pytest.mark.parametrize("gain", [2.0**-400, 2.0**260, 2.0**500])
def test_the_peak_does_not_depend_on_a_gain(gain):
    a = np.random.default_rng(0).random((40, 50))
    b = np.roll(a, (-2, 3), axis=(0, 1)) + 0.1
    near, far = shift(a, b, max_shift=5), shift(a * gain, b, max_shift=5)
    assert far.pixel_offset == near.pixel_offset == (-2, 3)
    assert far.offset == pytest.approx(near.offset, abs=1e-9)
    assert np.allclose(near.ccf, far.ccf, atol=1e-12)


def test_integers_far_from_0_are_shifted_as_those_near_it():
    a = np.random.default_rng(0).integers(0, 900, (40, 50))
    b = np.roll(a, (-2, 3), axis=(0, 1))
    far = shift(a.astype(np.uint64) + np.uint64(2**63), b - 2**62, max_shift=5)
    assert far.pixel_offset == (-2, 3)
    assert np.allclose(far.ccf, shift(a, b, max_shift=5).ccf, atol=1e-12)
