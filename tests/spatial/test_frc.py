"""Fourier ring correlation: by a direct sum over rings, by design, and its notes."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

import similij
from similij import ImageError, compare, frc
from similij.spatial.fourier_rings import smooth

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def taper(depth: float, edge: float) -> float:
    """Tukey's: half a cosine from 0 at the border to 1 at the depth `edge`."""
    return 1.0 if depth >= edge else (1 - math.cos(math.pi * depth / edge)) / 2


def window(mask: np.ndarray) -> np.ndarray:
    """Weights, pixel by pixel; distances to all pixels outside, one by one."""
    outside = np.argwhere(~mask)
    depths = np.full(mask.shape, math.inf)
    if outside.size:
        for place in np.ndindex(mask.shape):
            away = np.sqrt(((outside - place) ** 2).sum(1)).min()
            depths[place] = max(away - 0.5, 0)
    deepest = depths[np.isfinite(depths)].max(initial=0)
    weights = np.zeros(mask.shape)
    for place in np.ndindex(mask.shape):
        weight = 1.0
        for k, n in zip(place, mask.shape, strict=True):
            weight *= taper(min(k, n - 1 - k) + 0.5, n / 8)
        if outside.size:
            edge = min(deepest / 4, min(mask.shape[-2:]) / 8)
            weight *= taper(depths[place], max(edge, 0.5))
        weights[place] = weight if mask[place] else 0.0
    return weights


def transform(image: np.ndarray) -> np.ndarray:
    """The discrete Fourier transform by its definition: sums of waves, no FFT."""
    for axis, n in enumerate(image.shape):
        k = np.arange(n)
        waves = np.exp(-2j * np.pi * np.outer(k, k) / n)
        image = np.moveaxis(np.tensordot(waves, image, (1, axis)), 0, axis)
    return image


def by_rings(x, y, mask, steps) -> dict[str, np.ndarray]:
    """The curve from all Fourier coefficients, their rings in exact fractions."""
    box = tuple(slice(k.min(), k.max() + 1) for k in np.nonzero(mask))
    x, y, mask = x[box].astype(float), y[box].astype(float), mask[box]
    weights = window(mask)
    first, second = (
        transform(np.where(mask, t - np.average(t, weights=weights), 0) * weights)
        for t in (np.where(mask, t, 0) for t in (x, y))
    )
    steps = [Fraction(str(step)) for step in steps]
    wide = max(1 / (n * d) for n, d in zip(x.shape[-2:], steps[-2:], strict=True))
    count = int(min(1 / (2 * d) for d in steps) / wide)
    sums = np.zeros((count + 1, 4))
    for place in np.ndindex(x.shape):
        square = Fraction(0)
        for k, n, d in zip(place, x.shape, steps, strict=True):
            square += (min(k, n - k) / (n * d) / wide) ** 2
        ring = next(
            (r for r in range(1, count + 1)
             if (r - Fraction(1, 2)) ** 2 <= square < (r + Fraction(1, 2)) ** 2),
            0,
        )  # fmt: skip
        a, b = first[place], second[place]
        sums[ring] += (a * b.conjugate()).real, abs(a) ** 2, abs(b) ** 2, 1
    product, xx, yy, waves = sums[1:].T
    share = (weights**2).sum() ** 2 / weights.size / (weights**4).sum()
    return {
        "frequency": np.arange(1, count + 1) * float(wide),
        "frc": product / np.sqrt(xx * yy),
        "waves": waves,
        "effective": waves * share,
    }


def differing(shape, dtype="f8", seed=0) -> tuple[np.ndarray, np.ndarray]:
    """Two takes of one scene, with noise of their own."""
    rng = np.random.default_rng(seed)
    scene = ndimage.gaussian_filter(rng.normal(size=shape), 1.5, mode="wrap")
    scene *= 20 / scene.std()
    takes = (60 + scene + rng.normal(0, 8, shape) for _ in range(2))
    if dtype == "?":
        return tuple(t > 60 for t in takes)
    return tuple(np.clip(t, 0, 120).astype(dtype) for t in takes)


def calibrated(image, steps, unit="µm") -> xr.DataArray:
    dims = ("z", "y", "x")[-image.ndim :]
    places = {d: np.arange(n) * s for d, n, s in zip(dims, image.shape, steps,
                                                     strict=True)}  # fmt: skip
    return xr.DataArray(image, places, dims, attrs={"units": unit})


@pytest.mark.parametrize(
    ("shape", "steps"),
    [
        ((16, 16), (1, 1)),
        ((17, 17), (1, 1)),
        ((16, 23), (1, 1)),
        ((21, 34), (0.25, 0.1)),
        ((6, 16, 18), (1, 1, 1)),
        ((9, 17, 16), (0.5, 0.2, 0.2)),
    ],
)
@pytest.mark.parametrize("masked", [False, True])
def test_against_a_direct_sum(shape, steps, masked: bool) -> None:
    x, y = differing(shape)
    mask = np.ones(shape, bool)
    if masked:
        mask[..., 0, 0] = mask[..., -1, 3] = False
        mask[..., 7, 8] = False
    images = x, y
    if steps[-1] != 1:
        images = calibrated(x, steps), calibrated(y, steps)
    found = frc(*images, mask=mask if masked else None)
    expected = by_rings(x, y, mask, steps)
    np.testing.assert_allclose(
        found.curve.frequency, expected.pop("frequency"), rtol=1e-9
    )
    for name, values in expected.items():
        np.testing.assert_allclose(found.curve[name], values, atol=1e-10, err_msg=name)
    assert found.unit == ("pixel" if steps[-1] == 1 else "µm")
    assert found.dims == ("z", "y", "x")[-len(shape) :]


@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_and_nan(dtype: str) -> None:
    x, y = differing((18, 20), dtype)
    mask = np.ones(x.shape, bool)
    if x.dtype.kind == "f":
        x[9, 9] = np.nan
        mask[9, 9] = False
    found = frc(x, y).curve
    expected = by_rings(x, y, mask, (1, 1))
    np.testing.assert_allclose(found["frc"], expected["frc"], atol=1e-9)


def test_thresholds_as_published() -> None:
    curve = frc(*differing((64, 64))).curve
    n = curve["effective"].values
    assert (curve["one_seventh"] == 1 / 7).all()
    # van Heel & Schatz 2005, equation 17, with its rounded constants
    half_bit = (0.2071 + 1.9102 / np.sqrt(n)) / (1.2071 + 0.9102 / np.sqrt(n))
    np.testing.assert_allclose(curve["half_bit"], half_bit, rtol=2e-4)
    np.testing.assert_allclose(curve["three_sigma"], 3 / np.sqrt(n / 2))


@pytest.mark.parametrize("count", [5, 8, 33, 200])
def test_the_smoothed_curve_is_a_line_fitted_to_neighbours(count: int) -> None:
    values = np.random.default_rng(count).random(count)
    span = min(max(5, round(0.07 * count)) | 1, count)
    expected = []
    for k in range(count):
        first = min(max(k - span // 2, 0), count - span)
        near = np.arange(first, first + span)
        reach = np.abs(near - k).max() + 1
        weights = (1 - (np.abs(near - k) / reach) ** 3) ** 3
        _, level = np.polyfit(near - k, values[near], 1, w=np.sqrt(weights))
        expected.append(level)
    np.testing.assert_allclose(smooth(values), expected, atol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.5])
def test_a_resolution_known_from_the_spectra(sigma: float) -> None:
    """Signal over noise is 1/6 where FRC is 1/7, of spectra that are known."""
    size, noise, lengths = 256, 0.5, []
    waves = np.hypot(*np.meshgrid(*[np.fft.fftfreq(size)] * 2))
    for seed in range(5):
        rng = np.random.default_rng(seed)
        spectrum = np.fft.fft2(rng.normal(size=(size, size)))
        blur = np.exp(-2 * (np.pi * sigma * waves) ** 2)
        scene = np.fft.ifft2(spectrum * blur).real
        takes = (scene + rng.normal(0, noise, scene.shape) for _ in range(2))
        lengths.append(frc(*takes).resolution)
    # exp(-4 π² σ² q²) / noise² = 1/6
    expected = 2 * math.pi * sigma / math.sqrt(math.log(6 / noise**2))
    assert np.mean(lengths) == pytest.approx(expected, rel=0.03)
    assert np.std(lengths) < 0.1 * expected


def test_pixels_need_not_be_square() -> None:
    """A scene that is sampled coarsely along y has the same rings in µm."""
    rng = np.random.default_rng(4)
    scene = ndimage.gaussian_filter(rng.normal(size=(256, 256)), 4, mode="wrap")
    takes = [scene + rng.normal(0, 0.2 * scene.std(), scene.shape) for _ in range(2)]
    square = frc(*(calibrated(t, (0.1, 0.1)) for t in takes))
    coarse = frc(*(calibrated(t[::2], (0.2, 0.1)) for t in takes))
    assert coarse.resolution == pytest.approx(square.resolution, rel=0.2)
    count = coarse.curve.sizes["frequency"]
    assert count == square.curve.sizes["frequency"] // 2
    nanometres = frc(*(calibrated(t, (100.0, 100.0), "nm") for t in takes))
    assert nanometres.resolution == pytest.approx(1000 * square.resolution)
    assert (square.unit, nanometres.unit) == ("µm", "nm")
    plain = frc(*takes)
    assert square.resolution == pytest.approx(plain.resolution / 10)
    assert frc(calibrated(takes[0], (1, 1)), takes[1]).unit == "µm"
    unlike = frc(calibrated(takes[0], (1, 1)), calibrated(takes[1], (2, 2)))
    assert unlike.unit == "pixel"
    assert "has pixels of 1 × 1 µm" in unlike.note


def test_shells_end_where_the_slices_do() -> None:
    x, y = differing((12, 40, 40))
    found = frc(*(calibrated(t, (1.0, 0.1, 0.1)) for t in (x, y)))
    assert found.curve.frequency[-1] == 0.5
    assert "shells end at the Nyquist frequency of z, 2 µm" in found.note
    unknown = [
        xr.DataArray(t, {"y": np.arange(40) * 0.1, "x": np.arange(40) * 0.1},
                     ("z", "y", "x"), attrs={"units": "µm"})
        for t in (x, y)
    ]  # fmt: skip
    found = frc(*unknown)
    assert found.unit == "pixel"
    assert "the step from slice to slice is not known" in found.note


def test_gain_and_offset_change_nothing_and_equal_images_are_alike() -> None:
    x, y = differing((64, 72))
    one, two = frc(x, y), frc(3 * x + 1e4, y / 1e160)
    np.testing.assert_allclose(one.curve["frc"], two.curve["frc"], atol=1e-9)
    assert two.resolution == pytest.approx(one.resolution)
    same = frc(x, x)
    assert (same.curve["frc"] == 1).all()
    assert {*same.resolutions.values()} == {2.0}
    assert "down to the finest waves that pixels hold, 2 pixel: alike" in same.note
    inverse = frc(x, -x)
    assert (inverse.curve["frc"] == -1).all()
    assert math.isnan(inverse.resolution)


def test_what_is_unrelated_has_no_resolution() -> None:
    """Within a mask, too, whose edge both images share."""
    rng = np.random.default_rng(9)
    disk = np.hypot(*(np.indices((64, 64)) - 32)) < 20
    for k in range(100):
        noise = rng.normal(9, 1, (2, 64, 64))
        x, y = (ndimage.gaussian_filter(t, 2 * (k % 2)) for t in noise)
        found = frc(x + 5 * disk, y + 5 * disk, mask=disk if k % 4 < 2 else None)
        if k % 4 < 2:
            assert math.isnan(found.resolution)
            assert "share no detail of any size by more than chance" in found.note
        else:  # the disk is what they share
            assert found.resolution >= 2


def test_a_pattern_that_both_share_is_told() -> None:
    """Of a camera: alike at the finest waves, which is no resolution."""
    x, y = differing((128, 128))
    pattern = np.indices(x.shape)[1] % 3 * 4.0
    found = frc(x + pattern, y + pattern)
    assert found.resolution == pytest.approx(frc(x, y).resolution, rel=0.1)
    assert "above 1/7 again at finer waves of" in found.note
    longest, _, shortest = found.note.split("waves of ")[1].split(" pixel")[0].split()
    assert float(shortest) <= 3 <= float(longest)


def test_nothing_finer_than_some_size_is_no_likeness() -> None:
    """Waves of which neither image has any are blank, not rounding against rounding."""
    size = 64
    waves = np.hypot(*np.meshgrid(*[np.fft.fftfreq(size)] * 2))
    rng = np.random.default_rng(0)
    spectrum = np.fft.fft2(rng.normal(size=(size, size))) * (waves < 0.2)
    tile = np.fft.ifft2(spectrum).real
    found = frc(np.tile(tile, (3, 3)) * 1.0, np.tile(tile, (3, 3)) * 3.0)
    assert (found.curve["frc"][:30] > 0.999999).all()
    assert found.resolution <= 1 / 0.19


def test_what_cannot_be() -> None:
    x, y = differing((40, 40))
    for images, words in (
        ((x[:9], y[:9]), "9 pixels along y are too few for a Fourier ring correlation"),
        ((x * 0, y), '"image 1" is constant here: it has no detail of any size'),
        ((x, y * 0 + 7), '"image 2" is constant here'),
        ((x * np.nan, y), "no pixel is compared: there is no Fourier ring"),
    ):
        found = frc(*images)
        assert math.isnan(found.resolution)
        assert words in found.note
        assert repr(found).startswith("no Fourier ring correlation: ")
    with pytest.raises(ValueError, match="threshold is '1/2': it must be one of 1/7"):
        frc(x, y, threshold="1/2")
    with pytest.raises(ImageError, match=r"frc is of a plane \(y, x\) or a stack"):
        frc(np.stack([[x, x]] * 2), np.stack([[y, y]] * 2))
    with pytest.raises(ImageError, match="frc is of a plane"):
        frc(x[0], y[0])
    with pytest.raises(ImageError, match="frc needs both images in memory"):
        frc(*(pytest.importorskip("dask.array").from_array(t) for t in (x, y)))
    assert "1/7: " in repr(frc(x, y))
    by = frc(x, y, threshold="half-bit")
    assert by.resolution == by.resolutions["half-bit"] > by.resolutions["1/7"]


def test_the_metric_is_the_function() -> None:
    x, y = differing((70, 80))
    row = compare(x, y, metrics=["pearson", "frc_resolution"]).rows[0]
    assert row["frc_resolution"] == frc(x, y).resolution
    cell = np.hypot(*(np.indices(x.shape) - 35)) < 24
    masked = frc(x, y, mask=cell).resolution
    for where in ({"mask": cell}, {"regions": {"a": cell}}, {"regions": cell + 0}):
        row = compare(x, y, metrics=["frc_resolution"], **where).rows[0]
        assert row["frc_resolution"] == pytest.approx(masked, rel=1e-12)
    assert similij.metrics.catalogue()["frc_resolution"].group == "structure"
    row = compare(x, x, metrics=["frc_resolution"]).rows[0]
    assert row["frc_resolution"] == 2
    stacks = [xr.DataArray(np.stack([t, t]), dims=("z", "y", "x")) for t in (x, y)]
    row = compare(*stacks, metrics=["frc_resolution"]).rows[0]
    assert math.isnan(row["frc_resolution"])
    assert "is of a plane, and here several are pooled" in row["note"]
    rows = compare(*stacks, metrics=["frc_resolution"], per="z").rows
    assert [r["frc_resolution"] for r in rows] == [frc(x, y).resolution] * 2
