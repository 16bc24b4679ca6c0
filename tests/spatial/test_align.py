"""Alignment: known moves without interpolation, skimage beside it, and refusals."""

from __future__ import annotations

import math

import dask.array
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage, stats
from skimage import data
from skimage.registration import phase_cross_correlation

import similij
from shift_by_loop import scene
from similij import ImageError, align, compare
from similij.spatial.align import Alignment
from similij.spatial.motion import Motion

BIN = 4


def binned(image: np.ndarray) -> np.ndarray:
    height, width = (n // BIN for n in image.shape)
    image = image[: height * BIN, : width * BIN]
    return image.reshape(height, BIN, width, BIN).mean((1, 3))


def two_cuts(image: np.ndarray, dy: int, dx: int, rim: int = 20):
    """Two cuts of an original, (dy, dx) of its pixels apart, each binned."""
    high, wide = (n - 2 * rim for n in image.shape)
    return (
        binned(image[rim : rim + high, rim : rim + wide].astype(float)),
        binned(
            image[rim - dy : rim - dy + high, rim - dx : rim - dx + wide].astype(float)
        ),
    )


def turned(image: np.ndarray, degrees: float, dy: float = 0.0, dx: float = 0.0):
    """Turn counter-clockwise as seen about the centre, then move; by another route.

    Places as complex numbers with y up: a turn is a factor.
    """
    rows, columns = np.indices(image.shape)
    middle = [(n - 1) / 2 for n in image.shape]
    seen = (columns - dx - middle[1]) - 1j * (rows - dy - middle[0])
    was = seen * np.exp(-1j * math.radians(degrees))
    at = np.stack([middle[0] - was.imag, middle[1] + was.real])
    return ndimage.map_coordinates(image.astype(float), at, order=5, mode="mirror")


def noisy(random, *images, much=0.2):
    return [t + much * t.std() * random.normal(size=t.shape) for t in images]


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
@pytest.mark.parametrize("moved", [(3, -6), (-11, 5), (2, 0)])
def test_real_images_moved_by_parts_of_a_pixel(name: str, moved) -> None:
    picture = getattr(data, name)()
    image = picture.mean(-1) if picture.ndim == 3 else picture
    x, y = two_cuts(image, *moved)
    found = align(x, y)
    true = np.array(moved) / BIN
    assert found.refusal == ""
    assert found.offset == pytest.approx(true, abs=0.03)
    error = np.abs(found.offset - true)
    assert (error <= 4 * np.array(found.offset_error)).all()
    theirs, _, _ = phase_cross_correlation(
        x, y, upsample_factor=100, normalization=None
    )
    assert error.max() < np.abs(-theirs - true).max() + 0.01
    assert found.r_aligned > max(found.r, 0.98)


@pytest.mark.parametrize("seed", range(4))
def test_as_phase_cross_correlation_has_it_where_edges_do_no_harm(seed: int) -> None:
    """A Fourier shift, wrapped around, is what that assumes and is exact for."""
    random = np.random.default_rng(seed)
    wave = scene((96, 110), seed)
    wave = (wave - wave.mean()) * np.outer(np.hanning(96), np.hanning(110))
    true = random.uniform(-4, 4, 2)
    y = np.fft.ifftn(ndimage.fourier_shift(np.fft.fftn(wave), true)).real
    found = align(wave, y)
    theirs, _, _ = phase_cross_correlation(
        wave, y, upsample_factor=100, normalization=None
    )
    assert found.offset == pytest.approx(tuple(-theirs), abs=0.011)
    assert found.offset == pytest.approx(true, abs=0.003)


def test_the_sign_is_that_of_shift() -> None:
    wide = scene((80, 90))
    x, y = wide[10:-10, 10:-10], wide[7:-13, 15:-5]  # y(p + (3, -5)) = x(p)
    assert similij.shift(x, y).pixel_offset == (3, -5)
    found = align(x, y)
    assert found.offset == pytest.approx((3, -5), abs=0.003)
    assert found.motion == Motion((3.0, -5.0))
    assert "image 2 moved by x +5, y -3 px" in found.note
    assert "whole pixels, none interpolated" in found.note


def test_whole_pixels_are_moved_as_they_are() -> None:
    wide = np.random.default_rng(1).integers(0, 2**16, (80, 90)).astype(np.uint16)
    x, y = wide[10:-10, 10:-10], wide[7:-13, 15:-5]
    found = align(x, y)
    back = found.apply(y)
    expected = np.full(x.shape, np.nan)
    expected[:-3, 5:] = y[3:, :-5]
    assert np.array_equal(back, expected, equal_nan=True)
    assert np.array_equal(found.inside, np.isfinite(expected))
    assert (back[found.inside] == x[found.inside]).all()
    row = compare(x, back, mask=found.inside)
    assert (row.rmsd, row.mean_difference) == (0, 0)
    assert (found.n, found.n_aligned) == (x.size, found.inside.sum())


def test_equal_images_are_not_moved() -> None:
    x = scene((60, 70))
    for way in ("shift", "rigid"):
        found = align(x, x, way)
        assert found.note.startswith("image 2 not moved (±0.003 px")
        assert found.inside.all()
        assert np.array_equal(found.apply(x), x)
        assert (found.r, found.r_aligned) == (1, 1)


def test_r_rmsd_and_mean_difference_of_an_independently_moved_array() -> None:
    """SciPy's own shift, at the offset that was found, and its R of the overlap."""
    random = np.random.default_rng(5)
    x, y = noisy(random, *two_cuts(data.camera(), 5, -10))
    found = align(x, y)
    moved = ndimage.shift(y, [-k for k in found.offset], order=3, mode="mirror")
    inside = found.inside
    assert found.apply(y)[inside] == pytest.approx(moved[inside], rel=1e-9)
    row = compare(x, found.apply(y), mask=inside)
    assert row.pearson == pytest.approx(
        stats.pearsonr(x[inside], moved[inside]).statistic, rel=1e-9
    )
    assert found.r_aligned == pytest.approx(row.pearson, rel=1e-9)
    assert found.r == pytest.approx(compare(x, y).pearson, rel=1e-12)
    apart = x[inside] - moved[inside]
    assert row.rmsd == pytest.approx(math.sqrt((apart**2).mean()), rel=1e-9)
    assert row.mean_difference == pytest.approx(np.abs(apart).mean(), rel=1e-9)
    assert np.isnan(found.apply(y)[~inside]).all()
    # what a truth without noise, cut a pixel aside, would have: near it, and not below
    ideal = math.sqrt(0.2**2 * (x.var() / 1.04 + y.var() / 1.04))
    assert 0.8 * ideal < row.rmsd < 1.2 * ideal
    assert compare(x, y).rmsd > 1.5 * row.rmsd


@pytest.mark.parametrize("offset", [(0.0, 0.0), (2.0, -3.0), (0.5, -2.25), (-1.4, 3.0)])
def test_a_pixel_is_inside_if_all_that_it_is_made_of_counts(offset) -> None:
    random = np.random.default_rng(2)
    valid = random.random((30, 40)) < 0.93
    expected = np.zeros(valid.shape, bool)
    for place in np.ndindex(valid.shape):
        taps = []
        for at, by in zip(place, offset, strict=True):
            first = math.floor(at + by)
            taps.append(
                [first] if by == round(by) else [first - 1, first, first + 1, first + 2]
            )
        expected[place] = all(
            0 <= i < 30 and 0 <= j < 40 and valid[i, j]
            for i in taps[0]
            for j in taps[1]
        )
    assert np.array_equal(Motion(offset).reached(valid), expected)


def test_of_a_turn_a_pixel_is_inside_if_its_sixteen_count() -> None:
    valid = np.random.default_rng(3).random((30, 40)) < 0.97
    motion = Motion((0.7, -1.2), math.radians(8))
    expected = np.zeros(valid.shape, bool)
    for i, j in np.ndindex(valid.shape):
        place = (j - 19.5) - 1j * (i - 14.5)
        place *= np.exp(1j * math.radians(8))
        row, column = 14.5 - place.imag + 0.7, 19.5 + place.real - 1.2
        top, left = math.floor(row) - 1, math.floor(column) - 1
        box = valid[max(top, 0) : top + 4, max(left, 0) : left + 4]
        expected[i, j] = top >= 0 and left >= 0 and box.shape == (4, 4) and box.all()
    assert np.array_equal(motion.reached(valid), expected)


def test_nan_and_masks_travel_with_image_2() -> None:
    x, y = two_cuts(data.camera(), 6, -9)
    hole = y.copy()
    hole[30:36, 40:44] = np.nan
    mask = np.ones(x.shape, bool)
    mask[:, :20] = False
    found = align(x, hole, mask=mask)
    assert found.offset == pytest.approx((1.5, -2.25), abs=0.02)
    # y's columns from 20 count, and image 1 has them 2.25 further right
    assert not found.inside[:, :20].any()
    assert not found.inside[:, 20 : 20 + 3].any()
    assert found.inside[40:60, 25].all()
    back = found.apply(hole)
    assert np.isfinite(back[found.inside]).all()
    assert np.isnan(back[30, 43])
    # what is filled in lies two pixels and more away, where the spline hardly sees it
    whole = align(x, y, mask=mask).motion.moved(y)
    apart = np.abs(found.motion.moved(np.where(np.isfinite(hole), hole, 0)) - whole)
    assert np.abs(back - whole)[found.inside].max() < 0.1 * y.std()
    assert apart[found.inside].max() > np.abs(back - whole)[found.inside].max()
    row = compare(x, back, mask=mask)
    assert row.n == found.n_aligned == found.inside.sum()
    assert row.pearson == pytest.approx(found.r_aligned, rel=1e-9)
    # another image, whose NaN are elsewhere
    other = y.copy()
    other[70, 70] = np.nan
    assert np.isnan(found.apply(other)).sum() > np.isnan(back).sum()


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "u4", "i8", "f4"])
def test_types(dtype: str) -> None:
    x, y = (
        t > 120 if dtype == "?" else t.astype(dtype)
        for t in two_cuts(data.camera(), 0, 8)
    )
    assert align(x, y).offset == pytest.approx((0, 2), abs=0.02)
    assert align(x, y).apply(y)[align(x, y).inside].min() >= 0


def test_a_stack_is_moved_along_z_too() -> None:
    random = np.random.default_rng(4)
    fine = ndimage.gaussian_filter(random.normal(size=(64, 144, 160)), 5)
    cut = [fine[8:56, 8:136, 8:152], fine[6:54, 5:133, 14:158]]  # (2, 3, -6) apart
    x, y = (t.reshape(12, 4, 32, 4, 36, 4).mean((1, 3, 5)) for t in cut)
    found = align(x, y)
    assert found.dims == ("z", "y", "x")
    assert found.offset == pytest.approx((0.5, 0.75, -1.5), abs=0.03)
    assert found.r_aligned > 0.99 > found.r
    assert found.apply(y).shape == x.shape


@pytest.mark.parametrize("degrees", [0.6, -4.3, 21.0])
@pytest.mark.parametrize("much", [0.0, 0.3])
def test_known_turns_of_real_images(degrees: float, much: float) -> None:
    fine = data.astronaut().mean(-1)
    moved = turned(fine, degrees, BIN * 1.3, BIN * -2.2)
    random = np.random.default_rng(6)
    x, y = noisy(random, *(binned(t[80:-80, 80:-80]) for t in (fine, moved)), much=much)
    found = align(x, y, "rigid")
    assert abs(found.angle - degrees) < max(4 * found.angle_error, 0.05)
    assert found.angle_error < 0.3
    apart = np.abs(np.subtract(found.offset, (1.3, -2.2)))
    assert (apart < 4 * np.array(found.offset_error) + 0.01).all()
    assert f"turned by {-found.angle:+.2f}° (±" in found.note
    back = found.apply(y)
    assert found.r_aligned == pytest.approx(
        compare(x, back, mask=found.inside).pearson, rel=1e-9
    )
    if not much:
        assert found.r_aligned > 0.99
        theirs = turned(y, 0)  # the same places by another route
        seen = found.inside & np.isfinite(theirs)
        rows, columns = np.indices(x.shape)
        middle = (np.array(x.shape) - 1) / 2
        place = (columns - middle[1]) - 1j * (rows - middle[0])
        place *= np.exp(1j * math.radians(found.angle))
        at = np.stack([middle[0] - place.imag, middle[1] + place.real])
        at += np.reshape(found.offset, (2, 1, 1))
        theirs = ndimage.map_coordinates(y, at, order=3, mode="mirror")
        assert back[seen] == pytest.approx(theirs[seen], abs=1e-9 * y.max())


def test_larger_turns_are_refused() -> None:
    fine = data.astronaut().mean(-1)
    for degrees in (40.0, -75.0, 180.0):
        moved = turned(fine, degrees)
        x, y = (binned(t[80:-80, 80:-80]) for t in (fine, moved))
        assert align(x, y, "rigid").refusal


def test_a_plane_of_more_than_a_megapixel_is_turned_by_thinner_copies() -> None:
    random = np.random.default_rng(17)
    wide = ndimage.gaussian_filter(random.normal(size=(1090, 1290)), 2)
    moved = turned(wide, 1.5, 2.3, -4.1)
    x, y = noisy(random, *(t[25:-25, 25:-25] for t in (wide, moved)), much=0.3)
    assert x.size > 1 << 20
    found = align(x, y, "rigid")
    assert found.angle == pytest.approx(1.5, abs=max(4 * found.angle_error, 0.002))
    assert found.offset == pytest.approx((2.3, -4.1), abs=0.03)
    assert found.angle_error < 0.01


def test_what_is_not_turned_is_not_turned() -> None:
    random = np.random.default_rng(7)
    x, y = noisy(random, *two_cuts(data.coffee().mean(-1), 8, -12))
    found = align(x, y, "rigid")
    assert abs(found.angle) < 3 * found.angle_error
    assert found.offset == pytest.approx((2, -3), abs=0.1)


@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.5, 0.0), (0.3, -1.75)])
def test_the_share_of_noise_that_interpolation_keeps(offset) -> None:
    noise = np.random.default_rng(8).normal(size=(400, 400))
    moved = ndimage.shift(noise, [-k for k in offset], order=3, mode="mirror")
    share = Motion(offset).noise_share(np.ones(noise.shape, bool))
    # 138,000 neighbours that hardly share noise: 1 % is three standard errors
    assert share == pytest.approx(moved[10:-10, 10:-10].var() / noise.var(), rel=0.012)


def test_the_share_of_noise_of_a_turn() -> None:
    noise = np.random.default_rng(9).normal(size=(400, 400))
    motion = Motion((0.2, 3.1), math.radians(11))
    inside = motion.reached(np.ones(noise.shape, bool))
    share = motion.noise_share(inside)
    assert share == pytest.approx(motion.moved(noise)[inside].var(), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.7, 2.0])
def test_standard_errors_are_what_errors_scatter_by(sigma: float) -> None:
    random = np.random.default_rng(10)
    within, ratio = [], []
    for _ in range(60):
        fine = ndimage.gaussian_filter(random.normal(size=(480, 480)), sigma * BIN)
        moved = random.integers(-10, 11, 2)
        x, y = noisy(random, *two_cuts(fine, *moved), much=0.5)
        found = align(x, y)
        errors = np.abs(np.subtract(found.offset, moved / BIN))
        within += [*(errors <= 2 * np.array(found.offset_error))]
        ratio += [*(errors / found.offset_error)]
    # 0.95 of 120: below 0.88 once in 1000
    assert np.mean(within) >= 0.88
    assert 0.7 < math.sqrt(np.mean(np.square(ratio))) < 1.3


@pytest.mark.parametrize("way", ["shift", "rigid"])
def test_images_that_have_nothing_in_common_are_refused(way: str) -> None:
    random = np.random.default_rng(11)
    moved = 0
    for _ in range(25):
        x, y = (
            ndimage.gaussian_filter(random.normal(size=(64, 64)), random.uniform(0, 3))
            for _ in "ab"
        )
        found = align(x, y, way)
        moved += not found.refusal
    assert moved <= 2
    assert isinstance(found, Alignment)
    assert "nothing in common" in found.refusal
    assert repr(found) == f"not aligned: {found.refusal}"
    assert math.isnan(found.offset[0])
    assert not found.inside.any()
    with pytest.raises(ImageError, match="nothing in common"):
        found.apply(y)


def test_what_is_beyond_the_search_is_refused() -> None:
    wide = scene((100, 100))
    x, y = wide[20:-20, 20:-20], wide[20:-20, 12:-28]
    assert "beyond ±6 px in x" in align(x, y, max_shift=6).refusal
    assert align(x, y, max_shift=12).offset == pytest.approx((0, 8), abs=0.01)


def test_what_the_images_do_not_tell_is_refused() -> None:
    """Stripes say where they are across, and not along."""
    moved = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        rows = ndimage.gaussian_filter1d(random.normal(size=120), 1.5)
        image = np.repeat(rows[:, None], 100, 1)
        x, y = noisy(random, image[10:-10], image[8:-12], much=0.1)
        found = align(x, y)
        moved += not found.refusal
    assert moved <= 1
    # grains along the stripes tell
    grains = ndimage.gaussian_filter(random.normal(size=(120, 140)), 1.5)
    image = np.repeat(rows[:, None], 140, 1) + grains
    x, y = noisy(random, image[10:-10, 20:-20], image[8:-12, 17:-23], much=0.1)
    assert align(x, y).offset == pytest.approx((2, 3), abs=0.1)


def test_a_period_further_on_is_as_good_and_refused() -> None:
    tile = np.random.default_rng(15).normal(size=(16, 12))
    wide = np.tile(ndimage.gaussian_filter(tile, 1, mode="wrap"), (8, 9))
    x, y = noisy(
        np.random.default_rng(16), wide[:100, :90], wide[3:103, 2:92], much=0.3
    )
    assert "the images do not tell which is right" in align(x, y).refusal
    assert align(wide, wide).offset == (0, 0)  # of equal images the smallest


def test_constant_images_and_no_pixels_are_refused() -> None:
    x = scene((40, 40))
    for way in ("shift", "rigid"):
        assert '"image 2" is constant' in align(x, np.ones((40, 40)), way).refusal
        assert align(x, x, way, mask=np.zeros((40, 40), bool)).refusal


def test_too_little_overlap_is_refused() -> None:
    wide = np.random.default_rng(14).normal(size=(60, 400))
    x, y = wide[:, :220], wide[:, 175:395]
    found = align(x, y, max_shift=(3, 219))
    assert found.refusal


def test_names_calibration_and_channels() -> None:
    x, y = two_cuts(data.camera(), 4, -6)
    plain = align(x, y)
    named = align(*(xr.DataArray(t, dims=("y", "x")) for t in (x, y)))
    assert named.offset == plain.offset
    assert align(x[None], y[None]).offset == plain.offset
    assert plain.apply(y[None]).shape == (1, *x.shape)
    channels = np.stack([y, 2 * y])
    both = plain.apply(channels)
    assert np.array_equal(both[0], plain.apply(y), equal_nan=True)
    assert both[1][plain.inside] == pytest.approx(2 * both[0][plain.inside])


def test_errors() -> None:
    x = scene((40, 40))
    with pytest.raises(ValueError, match=r'way is .*must be "shift" or "rigid"'):
        align(x, x, "affine")  # type: ignore[arg-type]
    with pytest.raises(ImageError, match="rigid is of a plane"):
        align(np.stack([x, x]), np.stack([x, x]), "rigid")
    with pytest.raises(ValueError, match="max_shift is"):
        align(x, x, max_shift=40)
    with pytest.raises(ImageError, match="align"):
        align(dask.array.from_array(x), dask.array.from_array(x))
    with pytest.raises(ImageError, match="the alignment is of"):
        align(x, x).apply(x[1:])
    huge = np.full((40, 40), 2**60, np.int64)
    with pytest.raises(ImageError, match="2\\^53"):
        align(x, x).apply(huge)
