"""Local maps: against the formula window by window, scikit-image, and whole images."""

from __future__ import annotations

import math

import dask.array
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage
from skimage.metrics import structural_similarity

from similij import ImageError, compare, least_similar, local_map
from similij.spatial.maps import MAPPED

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
WINDOWS = [5, ("box", 3, 9), ("gaussian", 1.5), ("gaussian", 3)]
RNG = np.random.default_rng(12)


def images(dtype: str, shape=(150, 170)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.integers(3, 100, shape)
    y = x // 2 + rng.integers(0, 30, x.shape) + 9
    if dtype == "?":
        return x > 40, y > 40
    return x.astype(dtype), y.astype(dtype)


def weights_of(window) -> np.ndarray:
    if isinstance(window, int):
        return np.ones((window, window))
    if window[0] == "box":
        return np.ones(window[1:])
    reach = int(3.5 * window[1] + 0.5)
    one = np.exp(-0.5 * (np.arange(-reach, reach + 1) / window[1]) ** 2)
    return np.outer(one, one)


def by_formula(x, y, mask, window, at, span=math.nan) -> dict[str, float]:
    """All four metrics in the window about a pixel, about its own weighted means."""
    weights = weights_of(window)
    reach = [s // 2 for s in weights.shape]
    index = [
        np.arange(max(k - r, 0), min(k + r + 1, n))
        for k, r, n in zip(at, reach, x.shape, strict=True)
    ]
    part = np.ix_(*index)
    w = weights[np.ix_(*(i - k + r for i, k, r in zip(index, at, reach, strict=True)))]
    a, b = x[part].astype(float), y[part].astype(float)
    w = np.where(mask[part] & np.isfinite(a) & np.isfinite(b), w, 0)
    a, b, w = (t[w > 0] for t in (a, b, w))
    w = w / w.sum()
    ma, mb = (w * a).sum(), (w * b).sum()
    va, vb = (w * (a - ma) ** 2).sum(), (w * (b - mb) ** 2).sum()
    ab = (w * (a - ma) * (b - mb)).sum()
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    return {
        "pearson": ab / math.sqrt(va * vb) if np.ptp(a) and np.ptp(b) else math.nan,
        "rmsd": math.sqrt((w * (a - b) ** 2).sum()),
        "mean_difference": (w * np.abs(a - b)).sum(),
        "ssim": (2 * ma * mb + c1) * (2 * ab + c2)
        / ((ma**2 + mb**2 + c1) * (va + vb + c2)),
    }  # fmt: skip


def places(shape, count=25) -> list[tuple[int, ...]]:
    """Corners, the seams of tiles, and random pixels."""
    last = tuple(n - 1 for n in shape)
    fixed = [(0, 0), last, (0, last[1]), (127, 127), (128, 128), (127, 129)]
    return fixed + [tuple(int(k) for k in RNG.integers(0, shape)) for _ in range(count)]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_by_the_formula(dtype: str, window, masked: bool) -> None:
    x, y = images(dtype)
    mask = np.ones(x.shape, bool)
    if masked:
        mask = (
            ndimage.gaussian_filter(np.random.default_rng(1).random(x.shape), 3) > 0.5
        )
    given = mask if masked else None
    span = 70.0
    found = {
        m: local_map(x, y, m, window=window, mask=given, data_range=span).values
        for m in MAPPED
    }
    for m in MAPPED:
        assert (np.isnan(found[m]) >= ~mask).all()
        if dtype != "?":
            assert np.isnan(found[m]).sum() <= (~mask).sum() + 5
    for at in places(x.shape):
        if mask[at]:
            expected = by_formula(x, y, mask, window, at, span)
            got = {m: found[m][at] for m in MAPPED}
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-11, nan_ok=True)


@pytest.mark.parametrize("window", [5, ("gaussian", 1.5)], ids=str)
def test_ssim_is_that_of_skimage(window) -> None:
    x, y = images("u1")
    options = {"data_range": 255, "full": True, "use_sample_covariance": False}
    if isinstance(window, int):
        options["win_size"] = window
    else:
        options |= {"gaussian_weights": True, "sigma": 1.5}
    expected = structural_similarity(x.astype(float), y.astype(float), **options)[1]
    found = local_map(x, y, "ssim", window=window)
    inner = (slice(5, -5), slice(5, -5))  # it mirrors the edge, where we cut it off
    assert found.values[inner] == pytest.approx(expected[inner], rel=1e-9, abs=1e-12)
    assert found.attrs["data_range"] == "data range 255, of uint8"
    whole = compare(x, y, metrics="ssim").ssim
    if window == ("gaussian", 1.5):
        assert found.values[inner].mean() == pytest.approx(whole, rel=1e-10)


@pytest.mark.parametrize("metric", ["pearson", "rmsd", "mean_difference"])
@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_one_window_over_everything_is_compare(metric: str, dtype: str) -> None:
    x, y = images(dtype, (41, 33))
    mask = np.random.default_rng(2).random(x.shape) < 0.7
    found = local_map(x, y, metric, window=("box", 99, 99), mask=mask).values[mask]
    whole = compare(x, y, mask=mask).rows[0][metric]
    assert found == pytest.approx(np.full(found.shape, whole), rel=1e-12)


@pytest.mark.parametrize("offset", [0, 1e6, 1e9])
def test_an_offset_does_no_harm(offset: float) -> None:
    """Boxes merge moments, so that R keeps the digits that the pixels have."""
    x, y = (image + offset for image in images("f8", (60, 70)))
    plain = local_map(*images("f8", (60, 70)), window=9)
    assert local_map(x, y, window=9).values == pytest.approx(plain.values, abs=1e-11)
    plain = local_map(*images("f8", (60, 70)), window=("gaussian", 2))
    found = local_map(x, y, window=("gaussian", 2)).values
    assert found == pytest.approx(plain.values, abs=1e-11)


@pytest.mark.parametrize("window", [7, ("gaussian", 1)], ids=str)
def test_a_bright_neighbour_does_no_harm(window) -> None:
    """A bright cell beside a dim texture: its sums must not swallow the texture's."""
    x, y = images("f8", (40, 60))
    x[:, 40:] += 1e8 if window == 7 else 1e5
    dim = (slice(None), slice(0, 30))
    found = local_map(x, y, window=window).values[dim]
    plain = local_map(x[:, :36], y[:, :36], window=window).values[dim]
    tolerance = 1e-7 if window == 7 else 1e-8
    assert np.abs(found - plain).max() <= tolerance


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_constant_windows_have_no_r(window) -> None:
    x, y = images("u2", (80, 90))
    x[20:60, 20:70] = 4711
    found = local_map(x, y, window=window)
    inside = np.isnan(found.values)
    assert inside[36:44, 36:54].all()
    assert not inside[:8].any()
    assert not np.isnan(local_map(x, y, "rmsd", window=window).values).any()


def test_nan_has_no_weight() -> None:
    x, y = images("f8", (30, 40))
    x[10, 10] = np.nan
    y[20, 5] = np.inf
    mask = np.isfinite(x) & np.isfinite(y)
    for window in WINDOWS:
        for metric in MAPPED:
            found = local_map(x, y, metric, window=window, data_range=9).values
            filled = np.nan_to_num(x), np.nan_to_num(y, posinf=0)
            same = local_map(*filled, metric, window=window, mask=mask, data_range=9)
            assert found == pytest.approx(same.values, nan_ok=True)
            assert np.isnan(found[10, 10])
            assert np.isnan(found[20, 5])


def test_axes_and_coordinates_are_kept() -> None:
    pixels = np.random.default_rng(0).random((2, 20, 30))
    coords = {"y": np.arange(20) * 0.25, "x": np.arange(30) * 0.5, "z": [0.0, 2.0]}
    x = xr.DataArray(pixels, coords, ("z", "y", "x"))
    y = xr.DataArray(pixels[::-1].transpose(1, 2, 0), dims=("y", "x", "z"))
    found = local_map(x, y, window=5)
    assert found.dims == ("z", "y", "x")
    assert found.name == "pearson"
    assert (found.x == x.x).all()
    assert (found.z == x.z).all()
    for k in (0, 1):
        plane = local_map(pixels[k], pixels[1 - k], window=5)
        assert (found.isel(z=k).values == plane.values).all()
    assert plane.dims == ("y", "x")
    assert found.attrs["units"] == "1"
    assert found.attrs["window"] == "box 5×5"
    assert local_map(x, y, "rmsd", window=5).attrs["units"] == "intensity"


def test_the_least_similar_places() -> None:
    x, _ = images("u2")
    y = x.copy()
    spots = {(40, 60): 3000, (100, 20): 2000, (90, 150): 1000}
    for (i, j), value in spots.items():
        y[i, j] += value
    found = local_map(x, y, "rmsd", window=9)
    worst = least_similar(found, count=3)
    for place, (i, j), value in zip(worst, spots, spots.values(), strict=True):
        region = place.region
        assert region.y <= i < region.y + region.height
        assert region.x <= j < region.x + region.width
        assert place.value == found.values[place.y, place.x]
        assert place.value == pytest.approx(found.values[i, j])
        assert place.value >= value / 9
    rows = compare(x, y, regions=[p.region for p in worst])
    assert [r["region"] for r in rows] == [f"least similar {k}" for k in (1, 2, 3)]
    inner = rows.rows[0]
    assert inner["n"] == 81
    assert inner["rmsd"] == pytest.approx(worst[0].value)
    dissimilar = np.where(np.arange(170) < 40, 100 - x, x)
    first = least_similar(local_map(x, dissimilar, window=11), count=1)[0]
    assert first.x < 40
    assert first.value == pytest.approx(-1)
    everywhere = least_similar(local_map(x, y, window=99), count=500)
    assert 1 <= len(everywhere) < 20
    with pytest.raises(ValueError, match=r"takes a plane \(y, x\)"):
        least_similar(xr.DataArray(np.zeros((3, 4, 5)), dims=("z", "y", "x")))


def test_refusals() -> None:
    x, y = images("u2", (20, 20))
    for bad in (4, 0, -3, 2.5, ("gaussian", 0), ("disk", 3), ("box", 3, 4), ""):
        with pytest.raises(ValueError, match="window is"):
            local_map(x, y, window=bad)
    with pytest.raises(ValueError, match="a map is of pearson, rmsd"):
        local_map(x, y, "kendall", window=3)
    with pytest.raises(ValueError, match="'kendall': a map is of pearson, rmsd"):
        local_map(x, y, ["ssim", "kendall"], window=3)
    with pytest.raises(ValueError, match="metric names none: a map is of"):
        local_map(x, y, [], window=3)
    with pytest.raises(ImageError, match=r"come in parts \(dask\)"):
        local_map(dask.array.from_array(x), y, window=3)
    with pytest.raises(ImageError, match="1 dimension"):
        local_map(x[0], y[0], window=3)


@pytest.mark.parametrize("dtype", ["u2", "f8"])
@pytest.mark.parametrize("power", [0, 600])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_maps_asked_for_together_are_those_asked_for_alone(window, power, dtype):
    x, y = images(dtype, (2, 141, 133))
    if dtype == "f8":
        x, y = np.ldexp(x, power), np.ldexp(y, power // 2)
        x[0, 3, 4] = np.nan
    mask = np.ones(x.shape, bool)
    mask[:, 100:, :20] = False
    options = {"window": window, "mask": mask, "data_range": 2.0**7}
    together = local_map(x, y, MAPPED, **options)
    assert [*together] == [*MAPPED]
    for metric in MAPPED:
        alone = local_map(x, y, metric, **options)
        assert together[metric].identical(alone)
    assert [*local_map(x, y, ["rmsd"], **options)] == ["rmsd"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (17, 1), (16, 33), (130, 145)])
@pytest.mark.parametrize("window", [1, ("box", 3, 17), ("box", 31, 1), 99], ids=str)
def test_boxes_by_the_formula_whatever_the_shape(window, shape) -> None:
    x, y = images("f4", shape)
    box = (window, window) if isinstance(window, int) else window[1:]
    mask = np.random.default_rng(7).random(shape) < 0.9
    found = local_map(x, y, MAPPED, window=window, mask=mask, data_range=50)
    for at in {(0, 0), tuple(n - 1 for n in shape), tuple(n // 2 for n in shape)}:
        if mask[at]:
            expected = by_formula(x, y, mask, ("box", *box), at, 50)
            got = {m: float(found[m][at]) for m in MAPPED}
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-11, nan_ok=True)


def worst_by_search(values, half, sign, count):
    """Take the worst pixel, strike out all whose windows reach into it, and go on."""
    left = np.where(np.isnan(values), np.inf, sign * values)
    rows, columns = np.indices(values.shape)
    places = []
    while len(places) < count and left.min() < np.inf:
        y, x = np.unravel_index(left.argmin(), left.shape)
        places.append((int(x), int(y)))
        left[(abs(rows - y) <= 2 * half) & (abs(columns - x) <= 2 * half)] = np.inf
    return places


@pytest.mark.parametrize("metric", ["pearson", "mean_difference"])
def test_least_similar_places_by_search(metric: str) -> None:
    x, y = images("u1", (60, 70))
    mask = np.random.default_rng(3).random(x.shape) < 0.8
    found = local_map(x, y, metric, window=5, mask=mask)
    sign = 1 if metric == "pearson" else -1
    expected = worst_by_search(found.values, 2, sign, 40)
    assert [(p.x, p.y) for p in least_similar(found, 40)] == expected


def test_a_mask_of_nothing() -> None:
    x, y = images("f4", (20, 20))
    nothing = np.zeros(x.shape, bool)
    assert np.isnan(local_map(x, y, window=3, mask=nothing).values).all()
    assert least_similar(local_map(x, y, window=3, mask=nothing)) == []


@pytest.mark.parametrize("metric", ["pearson", "rmsd", "mean_difference"])
def test_a_map_of_integers_far_from_0_is_theirs_moved(metric):
    x, y = np.random.default_rng(0).integers(0, 900, (2, 30, 40))
    near = local_map(x, y, metric, window=7)
    far = local_map(x + 2**62, y + 2**62, metric, window=7)
    assert np.allclose(near, far, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("metric", ["pearson", "rmsd", "mean_difference", "ssim"])
@pytest.mark.parametrize("power", [-600, 400, 600])
def test_a_map_does_not_depend_on_a_gain_of_both_images(metric, power):
    x, y = np.random.default_rng(0).random((2, 30, 40))
    near = local_map(x, y, metric, window=7)
    far = local_map(np.ldexp(x, power), np.ldexp(y, power), metric, window=7)
    unit = power if metric in ("rmsd", "mean_difference") else 0
    assert np.allclose(near, np.ldexp(far, -unit), rtol=1e-12)
