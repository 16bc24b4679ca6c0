"""Coloc 2's thresholds: against its definition, pixel by pixel and step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from similij import threshold


def as_coloc_2(x, y) -> dict[str, float]:
    """Its definition, pixel by pixel and step by step, with none of our arrays."""
    low, high = (0, 1) if x.dtype.kind == "b" else (
        (float(np.finfo(x.dtype).min), float(np.finfo(x.dtype).max))
        if x.dtype.kind == "f" else (np.iinfo(x.dtype).min, np.iinfo(x.dtype).max)
    )  # fmt: skip
    pairs = [(float(a), float(b)) for a, b in zip(x.flat, y.flat, strict=True)]
    mean_1 = math.fsum(a for a, _ in pairs) / len(pairs)
    mean_2 = math.fsum(b for _, b in pairs) / len(pairs)
    # the first pixel is in the means, and in no sum of squares
    rest = pairs[1:]
    v1 = math.fsum((a - mean_1) ** 2 for a, _ in rest) / (len(rest) - 1)
    v2 = math.fsum((b - mean_2) ** 2 for _, b in rest) / (len(rest) - 1)
    both = math.fsum((a + b - mean_1 - mean_2) ** 2 for a, b in rest) / (len(rest) - 1)
    c = (both - v1 - v2) / 2
    m = (v2 - v1 + math.sqrt((v2 - v1) ** 2 + 4 * c * c)) / (2 * c)
    b = mean_2 - m * mean_1
    on_first = -1 < m < 1
    t = max(pair[0 if on_first else 1] for pair in pairs)
    last = 1.0
    while True:
        limits = (t, m * t + b) if on_first else ((t - b) / m, t)
        t1, t2 = (min(max(math.floor(v + 0.5), low), high) for v in limits)
        below = [(p, q) for p, q in pairs if p < t1 or q < t2]
        n = len(below)
        sx, sy = sum(p for p, _ in below), sum(q for _, q in below)
        xx = sum(p * p for p, _ in below)
        yy = sum(q * q for _, q in below)
        xy = sum(p * q for p, q in below)
        r = math.nan
        if n:
            part = 1 / n
            square = (xx - sx * sx * part) * (yy - sy * sy * part)
            if square > 0:
                r = (xy - sx * sy * part) / math.sqrt(square)
        t -= 1
        if t < 1 or r < 0.0001 or r > last:
            break
        last = r
    sums = [sum(p for p, _ in pairs), sum(q for _, q in pairs)]
    return {
        "x": t1, "y": t2, "gain": m, "offset": b, "r_below": r,
        "m1": sum(p for p, q in pairs if q >= t2 and q > 0) / sums[0],
        "m2": sum(q for p, q in pairs if p >= t1 and p > 0) / sums[1],
        "above": sum(p >= t1 and q >= t2 for p, q in pairs),
    }  # fmt: skip


def two_labels(kind: str, seed: int, shape=(24, 31)) -> tuple[np.ndarray, np.ndarray]:
    """Images of the kinds that Coloc 2 is tested on: spots, noise, gain, background."""
    rng = np.random.default_rng(seed)
    spots = ndimage.gaussian_filter((rng.random(shape) < 0.03) * 60.0, 1.2)
    others = ndimage.gaussian_filter((rng.random(shape) < 0.03) * 60.0, 1.2)
    noise = rng.normal(0, 1, (2, *shape))
    first, second = {
        "alike": (20 * spots, 20 * spots),
        "dimmer": (25 * spots, 8 * spots + 4),
        "brighter": (8 * spots, 30 * spots),
        "partly": (20 * spots, 12 * spots + 12 * others),
        "apart": (20 * spots, 20 * others),
        "inverse": (20 * spots, 200 - 15 * spots),
        "background": (20 * spots + 30, 20 * spots + 12 * others + 50),
    }[kind]
    return tuple(np.clip(t + 3 * e + 5, 0, 255) for t, e in zip((first, second), noise,
                                                              strict=True))  # fmt: skip


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4", "f8"])
@pytest.mark.parametrize(
    "kind",
    ["alike", "dimmer", "brighter", "partly", "apart", "inverse", "background"],
)
def test_costes_as_coloc_2_has_it(kind: str, dtype: str) -> None:
    for seed in range(3):
        x, y = (t.astype(dtype) for t in two_labels(kind, seed))
        if dtype[0] == "f":
            x, y = x.round(3), y.round(3)
        found = threshold(x, y, variant="coloc2")
        expected = as_coloc_2(x, y)
        for name, value in expected.items():
            assert getattr(found, name) == pytest.approx(
                value, rel=1e-9, abs=1e-9, nan_ok=True
            ), (seed, name)
        assert found.method == "costes (coloc2)"
        assert ("which mean nothing" in found.note) == (expected["gain"] < 0)


def test_equal_images_are_all_above_as_in_coloc_2() -> None:
    x = two_labels("partly", 1)[0].astype("u1")
    found = threshold(x, x, variant="coloc2")
    assert (found.m1, found.m2, found.gain, found.offset) == (1, 1, 1, 0)
    assert found.x == found.y == as_coloc_2(x, x)["x"] == 1
    assert math.isnan(threshold(x, x).x)  # where ours has none, and says why


def test_the_first_pixel_is_left_out_of_the_line_of_coloc_2() -> None:
    x, y = (t.astype("u1") for t in two_labels("partly", 2))
    x[0, 0], y[0, 0] = 255, 0
    found = threshold(x, y, variant="coloc2")
    assert found.gain == pytest.approx(as_coloc_2(x, y)["gain"], rel=1e-12)
    assert found.gain != pytest.approx(threshold(x, y).gain, rel=1e-3)
    # of a mask its own first pixel
    mask = np.hypot(*(np.indices(x.shape) - 12)) < 9
    inside = threshold(x, y, mask=mask, variant="coloc2")
    expected = as_coloc_2(x[mask], y[mask])
    assert (inside.x, inside.y) == (expected["x"], expected["y"])
    assert inside.m1 == pytest.approx(expected["m1"], rel=1e-12)


def test_coloc_2_of_what_it_cannot_do() -> None:
    x, y = (t.astype("u1") for t in two_labels("partly", 2))
    for method, variant in (
        ("otsu", "coloc2"),
        ("costes", "coloc3"),
        ((1, 2), "coloc2"),
    ):
        with pytest.raises(ValueError, match="variant is"):
            threshold(x, y, method=method, variant=variant)
    flat = threshold(x * 0 + 7, y, variant="coloc2")
    assert math.isnan(flat.x)
    assert '"image 1" is constant here' in flat.note
    wide = threshold(x.astype("u8") << 40, y, variant="coloc2")
    assert "no threshold of integers of 64 bits" in wide.note
    far = threshold(x * 1e9, y * 1e9, variant="coloc2")
    assert "divide the images by a constant" in far.note
    tiny = threshold(x / 300, y / 300, variant="coloc2")  # no gray value to step down
    assert (tiny.x, tiny.y) == (as_coloc_2(x / 300, y / 300)["x"], 1)


@pytest.mark.parametrize("kind", ["partly", "inverse", "background"])
def test_coloc_2_of_many_integers_is_that_of_floats(kind: str) -> None:
    x, y = (t.astype("u1") for t in two_labels(kind, 4, (1100, 1000)))  # two threads
    counted, summed = (
        threshold(x.astype(t), y.astype(t), variant="coloc2") for t in ("u1", "f4")
    )
    for name in ("x", "y", "gain", "offset", "r_below", "m1", "m2", "above"):
        assert getattr(counted, name) == pytest.approx(
            getattr(summed, name), rel=1e-11
        ), name


def test_coloc_2_of_values_just_below_a_whole_number() -> None:
    """A value that is less than a threshold by less than its distance is told."""
    x, y = (t.astype("f8") for t in two_labels("background", 3, (9, 11)))
    x = np.rint(x) - 1e-13
    y[0, 0], x[0, 0], x[4, 4] = -1e-20, -40.0, 1e-20
    found, expected = threshold(x, y, variant="coloc2"), as_coloc_2(x, y)
    for name in ("x", "y", "r_below", "m1", "m2", "above"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-9), name


@pytest.mark.parametrize("dtype", ["f2", ">f4", ">u2"])
def test_coloc_2_of_types_that_loops_have_not(dtype: str) -> None:
    x, y = (t.astype(dtype) for t in two_labels("partly", 5))
    found, expected = threshold(x, y, variant="coloc2"), as_coloc_2(x, y)
    for name in ("x", "y", "gain", "r_below", "m1", "m2", "above"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-9), name
