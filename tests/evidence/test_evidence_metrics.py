"""Metrics of significance: by hand, by textbooks, and as `significance` has them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import xarray as xr
from test_handler import Wire, request

import similij
from random_fields import by_pairs, lengths_of, ring, smooth, variation_by_lags
from similij import compare, significance
from similij.evidence import metrics as evidence
from similij.metrics import catalogue

NAMES = [*catalogue("significance"), "costes_p"]
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def alike(
    shape=(48, 40), sigma: float = 2, dtype: str = "f8"
) -> tuple[np.ndarray, ...]:
    """Two images that share a part."""
    one, two, both = (smooth(k, shape, sigma) for k in (1, 2, 3))
    return tuple((40 + 8 * (t + 0.6 * both)).astype(dtype) for t in (one, two))


def by_hand(x, y, mask) -> float:
    """Effective pixels by Clifford, Richardson & Hémon, every two pixels visited.

    Fewer where both images vary in the same windows.
    """
    n, total = int(mask.sum()), 0.0
    sums = by_pairs(x, y, mask)
    for lag, (pairs, a, b, _) in sums.items():
        far = any(abs(h) > 0.75 * s for h, s in zip(lag, mask.shape, strict=True))
        if pairs >= n / 4 and not far:
            total += a * b / pairs
    total *= max(1, variation_by_lags(x, y, mask, lengths_of(sums, mask.shape, n)))
    return 1 + n * n / total


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_by_hand(dtype: str, masked: bool) -> None:
    x, y = alike((24, 20), 1, dtype)
    mask = ring((24, 20)) if masked else np.ones(x.shape, bool)
    names = ["n_effective", "pearson_p", "pearson_p_permutation", "costes_p"]
    row = compare(x, y, mask=mask if masked else None, metrics=names).rows[0]
    cut = np.s_[mask.any(1), :][0], mask.any(0)
    a, b, m = (t.astype(float)[cut[0]][:, cut[1]] for t in (x, y, mask))
    n = by_hand(a, b, m > 0)
    assert row["n_effective"] == pytest.approx(n, rel=1e-9)
    r = scipy.stats.pearsonr(a[m > 0], b[m > 0]).statistic
    t = abs(r) * math.sqrt((n - 2) / (1 - r * r))
    assert row["pearson_p"] == pytest.approx(2 * scipy.stats.t.sf(t, n - 2), rel=1e-7)
    block = significance(x, y, mask=mask).block
    moved, kept = shuffled_by_hand(a, b, m > 0, block)
    chance = moved * np.sqrt(kept / m.sum())
    own = min(r, r * math.sqrt(n - 1) * math.sqrt(np.mean(chance**2)))
    assert own > 0
    more = (np.count_nonzero(chance >= own - 1e-13) + 1) / 1000
    assert row["costes_p"] == pytest.approx(more, abs=1e-12)
    either = (np.count_nonzero(np.abs(chance) >= own - 1e-13) + 1) / 1000
    assert row["pearson_p_permutation"] == pytest.approx(either, abs=1e-12)
    sides = f"{block[1]}×{block[0]}"
    assert f"Costes p: 999 shuffles of blocks of {sides} pixels, seed 0" in row["note"]
    assert f"(permutation): 999 shuffles of blocks of {sides}" in row["note"]


def shuffled_by_hand(a, b, mask, side) -> tuple[np.ndarray, np.ndarray]:
    """R of 999 images whose blocks of b were moved, pixel by pixel."""
    places = [
        (i, j)
        for i in range(0, a.shape[0], side[0])
        for j in range(0, a.shape[1], side[1])
        if mask[i : i + side[0], j : j + side[1]].any()
    ]
    far = [-(-s // k) * k for s, k in zip(a.shape, side, strict=True)]
    rest = [(0, f - s) for f, s in zip(far, a.shape, strict=True)]
    a, b, mask = (np.pad(t, rest) for t in (a, b, mask))
    random = np.random.default_rng(0)
    orders = random.permuted(np.tile(np.arange(len(places)), (999, 1)), axis=1)
    found = []
    for order in orders:
        moved, there = np.zeros_like(b), np.zeros_like(mask)
        for (i, j), k in zip(places, order, strict=True):
            to, (p, q) = np.s_[i : i + side[0], j : j + side[1]], places[k]
            source = np.s_[p : p + side[0], q : q + side[1]]
            moved[to], there[to] = b[source], mask[source]
        both = mask & there
        u, v = a[both] - a[both].mean(), moved[both] - moved[both].mean()
        found.append(((u @ v) / math.sqrt((u @ u) * (v @ v)), both.sum()))
    return tuple(np.array(found).T)


@pytest.mark.parametrize("masked", [False, True])
def test_limits_of_white_noise_are_those_of_textbooks(masked: bool) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(100, 20, (2, 90, 100))
    y = 0.5 * x + y
    mask = ring((90, 100)) if masked else np.ones(x.shape, bool)
    row = compare(x, y, mask=mask, metrics=["pearson", "rmsd", *NAMES]).rows[0]
    a, b = x[mask], y[mask]
    n, d = mask.sum(), a - b
    wanted = {
        "pearson": (math.atanh(row["pearson"]), 1.96 / math.sqrt(n - 3), math.tanh),
        "rmsd": (np.log(d @ d / n) / 2, 1.96 * np.std(d**2 / (d @ d / n)) / 2 / n**0.5,
                 math.exp),
        "mean_difference": (np.log(abs(d).mean()),
                            1.96 * np.std(abs(d)) / abs(d).mean() / n**0.5, math.exp),
    }  # fmt: skip
    for name, (middle, half, back) in wanted.items():
        low, high = row[f"{name}_ci_low"], row[f"{name}_ci_high"]
        width = back(middle + half) - back(middle - half)
        assert high - low == pytest.approx(width, rel=0.25), name
        assert low < back(middle) < high


@pytest.mark.parametrize("shape", [(48, 40), (10, 30, 26)])
def test_the_numbers_of_the_function(shape) -> None:
    x, y = alike(shape)
    row = compare(x, y, metrics=NAMES).rows[0]
    found = significance(x, y)
    assert row["n_effective"] == found.n_effective
    assert row["pearson_p"] == found.p
    limits = row["pearson_ci_low"], row["pearson_ci_high"]
    assert limits == (found.ci_low, found.ci_high)
    assert row["pearson_p_permutation"] == significance(x, y, method="permutation").p
    for metric in ("rmsd", "mean_difference"):
        found = significance(x, y, metric=metric, method="bootstrap")
        limits = row[f"{metric}_ci_low"], row[f"{metric}_ci_high"]
        assert limits == (found.ci_low, found.ci_high)
    sides = "×".join(map(str, found.block[::-1]))
    words = f"limits of Mean Difference: bootstrap, 999 of blocks of {sides} pixels"
    assert words in row["note"]


def test_regions_and_labels_are_masks() -> None:
    x, y = alike((70, 60))
    labels = np.zeros(x.shape, int)
    labels[:48, :40][ring()] = 4
    labels[50:69, 3:50] = 2
    rows = compare(x, y, regions=labels, metrics=NAMES).rows
    for row, label in zip(rows, (2, 4), strict=True):
        mask = labels == label
        for where in ({"mask": mask}, {"regions": {"a": mask}}):
            one = compare(x, y, metrics=NAMES, **where).rows[0]
            assert [row[n] for n in NAMES] == pytest.approx(
                [one[n] for n in NAMES], rel=1e-9, nan_ok=True
            )
        found = significance(x, y, mask=mask)
        assert row["pearson_p"] == pytest.approx(found.p, rel=1e-9)
    assert not any(math.isnan(rows[1][name]) for name in NAMES)


def test_what_is_shared_is_found_once(monkeypatch) -> None:
    calls = []
    for name in ("shuffles", "by_effective_pixels", "by_blocks", "Sample"):
        whole = getattr(evidence, name)

        def counted(*args, name=name, whole=whole, **options):
            calls.append(name)
            return whole(*args, **options)

        monkeypatch.setattr(evidence, name, counted)
    compare(*alike(), metrics=NAMES)
    assert sorted(calls) == [
        *("Sample", "Sample", "by_blocks", "by_blocks", "by_effective_pixels"),
        "shuffles",
    ]


def test_costes_is_one_sided() -> None:
    x, _ = alike()
    assert compare(x, x, metrics=NAMES).costes_p == 0.001
    opposite = compare(x, -x, metrics=NAMES)
    assert opposite.costes_p > 0.99
    assert opposite.pearson_p_permutation == 0.001
    chance = compare(x, smooth(9, x.shape), metrics="costes_p").costes_p
    assert 0.01 < chance < 0.99


def test_undefined() -> None:
    x, y = alike()
    flat = compare(x, np.full_like(x, 3), names=("a", "b"), metrics=NAMES)
    of_r = [n for n in NAMES if not n.startswith(("rmsd", "mean"))]
    assert all(math.isnan(flat.rows[0][name]) for name in of_r)
    assert '"b" is constant here (every pixel is 3): Pearson R is' in flat.note
    small = compare(*alike((20, 20), 8), metrics=NAMES)
    assert math.isnan(small.costes_p)
    assert "take a larger region" in small.note
    rescaled = compare(x, y, metrics=["rmsd", *NAMES], rescale="zscore")
    assert math.isnan(rescaled.rmsd_ci_low)
    assert "RMSD is of rescaled values here" in rescaled.note
    assert rescaled.pearson_p == compare(x, y, metrics="pearson_p").pearson_p
    pair = (xr.DataArray(np.stack([t, t]), dims=["c", "y", "x"]) for t in (x, y))
    pooled = compare(*pair, metrics=NAMES)
    assert math.isnan(pooled.pearson_p)
    assert "channels are pooled here" in pooled.note
    equal = compare(x, x, metrics=NAMES)
    assert (equal.pearson_p, equal.pearson_ci_low, equal.rmsd_ci_high) == (0, 1, 0)
    assert "RMSD is 0 in every resample" in equal.note


def test_planes_that_come_one_by_one() -> None:
    """As ImageJ sends them."""
    x, y = (t.astype(np.uint8) for t in alike((8, 24, 20), 1))
    wire = Wire()
    asked = request(x, y, metrics=",".join(NAMES))
    for k in range(len(x)):
        message = {"op": "compare", "run": "1", "end": k == len(x) - 1}
        if k == 0:
            message["request"] = asked
        planes = {"plane_1": wire.put("1", x[k]), "plane_2": wire.put("2", y[k])}
        reply = wire.ask({**message, **planes, "at": {"c": 1, "z": k + 1, "t": 1}})
    assert "error" not in reply, reply
    wanted = similij.compare(x, y, metrics=NAMES).rows[0]
    assert [reply["columns"][n] for n in NAMES] == [wanted[n] for n in NAMES]
