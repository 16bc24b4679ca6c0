"""Thresholds and co-occurrence: by masks in fractions, by loops, by scikit-image."""

from __future__ import annotations

import math
from fractions import Fraction

import dask.array
import numpy as np
import pytest
from skimage import filters
from skimage import measure as skimage_measure

from similij import ImageError, compare, threshold
from similij.metrics import catalogue
from similij.metrics.threshold_methods import BY_HISTOGRAM

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
METRICS = list(catalogue("co-occurrence"))


def images(dtype: str, shape=(31, 26)) -> tuple[np.ndarray, np.ndarray]:
    """Two labels: dim background with zeros, and bright pixels, half of them shared."""
    rng = np.random.default_rng(8)
    where = rng.random(shape)
    x, y = rng.integers(0, 9, (2, *shape))
    x[where < 0.4] += rng.integers(40, 100, (where < 0.4).sum())
    y[(where < 0.2) | (where > 0.9)] += 60
    shared = where < 0.2
    y[shared] = np.minimum(x[shared] + rng.integers(0, 9, shared.sum()), 119)
    if dtype == "?":
        return x > 8, y > 8
    return x.astype(dtype), y.astype(dtype)


def by_masks(x: np.ndarray, y: np.ndarray, tx: float, ty: float) -> tuple[float, float]:
    """M1 and M2 pixel by pixel, in fractions."""
    pairs = [
        (Fraction(a), Fraction(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)
    ]
    m1 = sum(a for a, b in pairs if b > ty) / sum(a for a, _ in pairs)
    m2 = sum(b for a, b in pairs if a > tx) / sum(b for _, b in pairs)
    return float(m1), float(m2)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type(dtype: str, masked: bool) -> None:
    x, y = images(dtype)
    mask = np.random.default_rng(1).random(x.shape) < 0.5 if masked else None
    row = compare(x, y, mask=mask, metrics=METRICS).rows[0]
    a, b = (x.ravel(), y.ravel()) if mask is None else (x[mask], y[mask])
    a, b = (t.astype(int) if dtype == "?" else t for t in (a, b))
    f, g = a.astype(float), b.astype(float)
    expected = by_masks(a, b, 0, 0)
    assert (row["manders_m1"], row["manders_m2"]) == pytest.approx(expected, rel=1e-14)
    cosine = (f * g).sum() / math.sqrt((f**2).sum() * (g**2).sum())
    assert row["overlap"] == pytest.approx(cosine, rel=1e-13)
    products = (f - f.mean()) * (g - g.mean())
    assert (np.abs(products) > 1e-9).all()
    assert row["icq"] == pytest.approx((products > 0).mean() - 0.5, abs=1e-15)
    floats = np.dtype(dtype).kind == "f"
    limits = [filters.threshold_otsu(t) for t in ((f, g) if floats else (a, b))]
    expected = by_masks(a, b, *map(float, limits))
    found = row["manders_m1_otsu"], row["manders_m2_otsu"]
    assert found == pytest.approx(expected, rel=1e-14)
    assert f"Otsu thresholds {limits[0]:.7g} and {limits[1]:.7g}" in row["note"]
    costes = threshold(x, y, mask=mask)
    found = row["manders_m1_costes"], row["manders_m2_costes"]
    if math.isnan(costes.x):
        assert all(map(math.isnan, found))
    else:
        assert found == (costes.m1, costes.m2)
        assert found == pytest.approx(by_masks(a, b, costes.x, costes.y), rel=1e-14)
    assert costes.n == a.size


def test_skimage_agrees() -> None:
    x, y = images("u2")
    found = compare(x, y, metrics=METRICS)
    assert found.manders_m1 == pytest.approx(
        skimage_measure.manders_coloc_coeff(x, y > 0), rel=1e-14
    )
    assert found.manders_m2 == pytest.approx(
        skimage_measure.manders_coloc_coeff(y, x > 0), rel=1e-14
    )
    assert found.overlap == pytest.approx(
        skimage_measure.manders_overlap_coeff(x, y), rel=1e-14
    )
    mask = x > 5
    within = compare(x, y, mask=mask, metrics=METRICS)
    assert within.manders_m1 == pytest.approx(
        skimage_measure.manders_coloc_coeff(x, y > 0, mask=mask), rel=1e-14
    )


@pytest.mark.parametrize("method", BY_HISTOGRAM)
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_methods_of_skimage(method: str, dtype: str) -> None:
    x, y = images(dtype)
    found = threshold(x, y, method=method)
    for limit, image in ((found.x, x), (found.y, y)):
        values = image.ravel().astype(float) if dtype == "f4" else image.ravel()
        assert limit == getattr(filters, f"threshold_{method}")(values)
    assert found.above == ((x > found.x) & (y > found.y)).sum()
    assert (found.m1, found.m2) == pytest.approx(
        by_masks(x.ravel(), y.ravel(), found.x, found.y), rel=1e-14
    )


def test_given_thresholds_are_not_above_themselves() -> None:
    x, y = np.array([[5, 6, 7, 1]]), np.array([[3, 3, 9, 4]])
    found = threshold(x, y, method=(6, 3))
    assert (found.method, found.x, found.y) == ("given", 6, 3)
    assert found.above == 1  # (7, 9): 6 is not above 6, 3 is not above 3
    assert found.m1 == 8 / 19  # 7 and 1
    assert found.m2 == 9 / 19
    fraction = threshold(x, y, method=(5.5, 3.99))
    assert fraction.above == 1
    assert fraction.m2 == 12 / 19  # 3 and 9
    nothing = threshold(x, y, method=(math.inf, -math.inf))
    assert (nothing.m1, nothing.m2, nothing.above) == (1, 0, 0)
    assert threshold(x, y, method="none").m1 == 1


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4", "f8"])
@pytest.mark.parametrize("seed", range(4))
def test_costes_against_a_walk_down_the_line(dtype: str, seed: int) -> None:
    """Every step of 0.01 from the brightest pixel, R of what is not above both."""
    rng = np.random.default_rng(seed)
    x, y = (t.ravel()[:300] for t in images("u1"))
    x = rng.permuted(np.stack([x, y]), axis=1)[0] if seed == 3 else x
    y = (y * (1 + 0.5 * seed) + seed * 5).astype("u1")
    x, y = x.astype(dtype), y.astype(dtype)
    found = threshold(x, y)
    a, b = x.astype(float), y.astype(float)
    values, vectors = np.linalg.eigh(np.cov(a, b))
    u, v = vectors[:, np.argmax(values)]
    slope = v / u
    offset = b.mean() - slope * a.mean()
    if slope <= 0:
        assert math.isnan(found.x)
        assert "the slope of the regression line is -" in found.note
        return
    assert (found.gain, found.offset) == pytest.approx((slope, offset))
    limit = a.max()
    while True:
        below = (a <= limit) | (b <= slope * limit + offset)
        if np.ptp(a[below]) == 0 or np.ptp(b[below]) == 0:
            assert math.isnan(found.x)
            return
        if np.corrcoef(a[below], b[below])[0, 1] <= 0:
            break
        limit -= 0.01
    assert limit - 0.011 <= found.x <= limit + 0.011 or (
        # no pixel between the two: the same pixels are above
        ((a > limit) & (b > slope * limit + offset)).sum() == found.above
    )
    both = (a > found.x) & (b > found.y)
    assert both.sum() == found.above
    assert found.r_below == pytest.approx(np.corrcoef(a[~both], b[~both])[0, 1])
    assert found.r_below <= 0


def by_a_sort(x: np.ndarray, y: np.ndarray, gain: float, offset: float) -> float:
    """Return Costes' threshold of x by a sort of all pixels and sums in that order."""
    a, b = x.ravel().astype(float), y.ravel().astype(float)
    keys = np.minimum(a, (b - offset) / gain)
    order = np.argsort(keys, kind="stable")
    keys, a, b = keys[order], (a - a.mean())[order], (b - b.mean())[order]
    last = np.append(keys[1:] != keys[:-1], True)
    n = np.arange(1, keys.size + 1)
    covariance = np.cumsum(a * b) - np.cumsum(a) * np.cumsum(b) / n
    falls = np.flatnonzero(last & ~(covariance > 0))
    return float(keys[falls[-1]])


@pytest.mark.parametrize("kind", ["noise", "levels", "speck", "dark", "far", "huge"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
def test_costes_of_parts_of_the_line_is_that_of_a_sort(dtype: str, kind: str) -> None:
    """Of more pixels than parts, and of values that crowd into a few of them."""
    rng = np.random.default_rng(5)
    shape = (210, 397)
    both = np.kron(rng.random((21, 40)), np.ones((10, 10)))[:, :397] ** 3
    x = both * 3000 + rng.normal(0, 90, shape) + 300
    y = both * 2000 + rng.normal(0, 200, shape) + 500
    if kind == "levels":
        x, y = np.rint(x / 50), np.rint(y / 50)
    elif kind == "speck":
        x[3, 5], y[3, 5] = 3e5, 2e5
    elif kind == "dark":
        x, y = (t.clip(700) for t in (x, y))
    elif kind == "far":
        x += 1e6
    elif kind == "huge" and dtype == "f8":
        x, y = x * 1e120, y * 1e120
    x, y = x.astype(dtype), y.astype(dtype)
    found = threshold(x, y)
    scale = 1e120 if kind == "huge" and dtype == "f8" else 1
    expected = by_a_sort(x / scale, y / scale, found.gain, found.offset / scale)
    assert found.x / scale == pytest.approx(expected, rel=1e-12)
    # in the other order of bytes the same
    other = threshold(x.astype(f">{dtype}"), y)
    assert (other.x, other.y, other.m1) == (found.x, found.y, found.m1)


def test_costes_of_many_integers_is_that_of_floats() -> None:
    rng = np.random.default_rng(6)
    x = rng.gamma(2, 300, (1100, 1000)).astype("u2")  # for two threads
    y = (x * 0.7 * (rng.random(x.shape) < 0.6) + rng.gamma(2, 90, x.shape)).astype("u2")
    counted, sorted_ = threshold(x, y), threshold(x.astype("f4"), y.astype("f4"))
    assert counted.x == pytest.approx(sorted_.x, rel=1e-12)  # rounded on the line
    assert counted.y == sorted_.y
    assert counted.m1 == pytest.approx(sorted_.m1, rel=1e-13)
    swapped = threshold(x.astype(">u2"), y.astype(">u2"))
    assert (swapped.x, swapped.y, swapped.m2) == (counted.x, counted.y, counted.m2)


def test_costes_stops_at_the_first_place_exactly() -> None:
    """At every other place further up R of the pixels below is above 0."""
    x, y = (t.ravel().astype(int) for t in images("u2"))
    found = threshold(x, y)
    key = np.minimum(x, (y - found.offset) / found.gain)
    for limit in np.unique(key[key > found.x])[:-1]:
        below = key <= limit
        n, sx, sy = int(below.sum()), int(x[below].sum()), int(y[below].sum())
        assert n * int((x[below] * y[below]).sum()) > sx * sy


def test_costes_finds_the_background() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.poisson(20, (2, 80, 80))
    cell = np.zeros(x.shape, bool)
    cell[20:40, 20:50] = True
    light = rng.integers(100, 900, cell.sum())
    x[cell] += light
    y[cell] += light // 2 + rng.integers(0, 30, cell.sum())
    found = threshold(x.astype("u2"), y.astype("u2"))
    assert 20 < found.x < 140
    assert found.above == cell.sum()
    assert -0.03 < found.r_below <= 0
    assert 0.7 < found.m1 < 1


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (
            [1, 2, 3, 4],
            [4, 3, 2, 1],
            "the slope of the regression line is -1, and",
        ),
        ([1, 2, 3, 4], [1, 2, 3, 4], "R of the pixels below stays above 0"),
        ([3, 3, 3, 3], [1, 2, 3, 4], "is constant here (every pixel is 3)"),
        ([1, 0, 1, 0], [1, 1, 0, 0], "no direction"),
        ([np.nan, 1.0], [1.0, np.nan], "all pixels are NaN"),
    ],
)
def test_no_costes_threshold_has_its_reason(x, y, reason: str) -> None:
    found = threshold(np.array([x]), np.array([y]))
    assert math.isnan(found.x)
    assert math.isnan(found.m1)
    assert reason in found.note
    row = compare(np.array([x]), np.array([y]), metrics="manders_m1_costes").rows[0]
    assert math.isnan(row["manders_m1_costes"])
    assert reason in row["note"]


def test_pixels_at_the_mean_are_left_out_of_icq() -> None:
    x, y = np.array([[1, 2, 3, 2, 1, 3]]), np.array([[5, 9, 9, 1, 1, 5]])
    # means 2 and 5; (1, 5), (2, 9), (2, 1), (3, 5) are at one of them
    found = compare(x, y, metrics="icq")
    assert found.icq == 0.5
    assert found.note == "4 pixels are exactly at a mean and left out of Li ICQ"
    for dtype in ("u8", "f4"):
        assert compare(x.astype(dtype), y.astype(dtype), metrics="icq").icq == 0.5
    far = compare(x.astype("u8") + 2**62, y.astype("i8") - 2**61, metrics="icq")
    assert far.icq == 0.5
    cross = compare([[0, 0, 2, 2, 1]], [[0, 2, 0, 2, 1]], metrics="icq")
    assert (cross.icq, cross.note[:9]) == (0, "1 pixel i")
    none = compare([[1, 1, 0, 2]], [[0, 2, 1, 1]], metrics="icq")
    assert math.isnan(none.icq)
    assert "every pixel is at the mean" in none.note


def test_products_do_not_wrap() -> None:
    """In uint8 these would: an overlap of 1.198 has been seen elsewhere."""
    x = np.full((10, 10), 200, "u1")
    x[0] = 255
    found = compare(x, x // 2, metrics=["overlap", "manders_m1", "manders_m2"])
    assert 0.9 < found.overlap <= 1
    assert found.manders_m1 == found.manders_m2 == 1
    same = compare(x, x, metrics="overlap")
    assert same.overlap == 1
    large = np.full((9, 9), 2**63, "u8")
    assert compare(large, large, metrics=["overlap", "manders_m1"]).manders_m1 == 1


@pytest.mark.parametrize(
    ("x", "y", "metric", "reason"),
    [
        ([[0, 0]], [[1, 2]], "manders_m1", '"image 1" is 0 everywhere here'),
        ([[0, 0]], [[1, 2]], "overlap", '"image 1" is 0 everywhere here'),
        ([[1.0, 2]], [[0.0, 0]], "overlap", '"image 2" is 0 everywhere here'),
        ([[-1, 4]], [[1, 2]], "manders_m1", '"image 1" has values below 0 here'),
        ([[5, 5]], [[1, 2]], "manders_m1_otsu", "constant here (every pixel is 5)"),
        ([[5, 5]], [[1, 2]], "icq", "constant here (every pixel is 5): Li ICQ"),
        ([[np.inf, 5]], [[1, 2]], "manders_m1", "1 pixel is infinite"),
    ],
)
def test_undefined(x, y, metric: str, reason: str) -> None:
    found = compare(np.asarray(x), np.asarray(y), metrics=metric)
    assert math.isnan(found.rows[0][metric])
    assert reason in found.note


def test_negative_values_have_an_overlap_but_no_share() -> None:
    found = compare([[-1, 4]], [[1, 2]], metrics=["overlap", "manders_m2"])
    assert found.overlap == pytest.approx(7 / math.sqrt(17 * 5))
    assert found.manders_m2 == 2 / 3


def test_regions_have_thresholds_of_their_own() -> None:
    x, y = images("u2", (60, 50))
    labels = np.zeros(x.shape, int)
    labels[:25], labels[30:] = 1, 2
    rows = compare(x, y, regions=labels, metrics=METRICS).rows
    for row, label in zip(rows, (1, 2), strict=True):
        one = threshold(x, y, mask=labels == label)
        assert (row["manders_m1_costes"], row["manders_m2_costes"]) == (one.m1, one.m2)


def test_refusals() -> None:
    x, y = images("u2")
    for bad in ("best", (1,), (1, 2, 3), (math.nan, 1)):
        with pytest.raises(ValueError, match="method is"):
            threshold(x, y, method=bad)
    with pytest.raises(ImageError, match=r"come in parts \(dask\)"):
        threshold(dask.array.from_array(x), y)
    bimodal = threshold(np.arange(100)[None], np.arange(100)[None], method="minimum")
    assert "no threshold 'minimum'" in bimodal.note


def test_thresholds_of_ones_own_in_every_row() -> None:
    x, y = images("u2", (31, 26))
    cell = np.hypot(*(np.indices(x.shape) - 12)) < 9
    names = ["manders_m1", "manders_m2", "manders_m1_otsu", "overlap"]
    plain = compare(x, y, metrics=names).rows[0]
    limits = int(np.median(x)), float(np.median(y)) + 0.5
    for given in (limits, list(limits), f"{limits[0]},{limits[1]}"):
        rows = compare(x, y, metrics=names, regions={"c": cell}, thresholds=given).rows
        found = rows[0]["manders_m1"], rows[0]["manders_m2"]
        assert found == pytest.approx(by_masks(x[cell], y[cell], *limits), rel=1e-14)
        said = f"Given thresholds {limits[0]:.7g} and {limits[1]:.7g}"
        assert rows[0]["note"].count(said) == 1
    row = compare(x, y, metrics=names, thresholds=limits[0]).rows[0]
    assert row["manders_m2"] == by_masks(x.ravel(), y.ravel(), limits[0], limits[0])[1]
    assert row["manders_m1_otsu"] == plain["manders_m1_otsu"]
    assert row["overlap"] == plain["overlap"]
    assert plain["manders_m1"] == by_masks(x.ravel(), y.ravel(), 0, 0)[0]
    assert "hresholds 0" not in plain["note"]
    whole = compare(x, y, metrics=names, thresholds=(0, 0)).rows[0]
    assert whole["manders_m1"] == plain["manders_m1"]
    for wrong in ("x", "1,2,3", (1, 2, 3), "nan", (1, math.nan), True, ()):
        with pytest.raises(ValueError, match="thresholds is "):
            compare(x, y, metrics=names, thresholds=wrong)


def test_thresholds_beyond_a_float_stay_whole() -> None:
    limit = 2**53 + 1
    x = np.array([[limit - 1, limit, limit + 1, limit + 2]], np.uint64)
    row = compare(x, x, metrics="manders_m1", thresholds=f"{limit},{limit}").rows[0]
    assert row["manders_m1"] == pytest.approx((2 * limit + 3) / (4 * limit + 2))
