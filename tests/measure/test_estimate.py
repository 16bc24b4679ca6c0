"""Estimates from some blocks: by hand, exact where all are drawn, and refused."""

from __future__ import annotations

import json

import dask.array as da
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from similij import ImageError, compare, estimate
from similij.cli import app
from similij.measure.estimate import Estimate

RNG = np.random.default_rng(3)
X = RNG.normal(200, 30, (12, 40, 40))
Y = X + RNG.normal(5, 9, X.shape) * np.arange(1, 13)[:, None, None]
LAZY = da.from_array(X, chunks=(1, 40, 40)), da.from_array(Y, chunks=(1, 40, 40))


def by_hand(blocks: list[int], value, there, back) -> tuple[float, float, float]:
    """Jackknife over the planes drawn, as in a textbook."""
    count = len(blocks)
    middle = there(value(blocks))
    out = [there(value([b for b in blocks if b != k])) for k in blocks]
    variance = (1 - count / 12) * (count - 1) / count * np.var(out) * count
    reach = stats.t.ppf(0.975, count - 1) * np.sqrt(variance)
    return back(middle), back(middle - reach), back(middle + reach)


def test_values_and_intervals_are_those_of_the_jackknife() -> None:
    drawn = np.sort(np.random.default_rng(4).choice(12, 8, replace=False)).tolist()
    found = estimate(*LAZY, n_blocks=8, seed=4, metrics=["pearson", "rmsd", "bias"])

    def r(planes):
        return np.corrcoef(X[planes].ravel(), Y[planes].ravel())[0, 1]

    def rmsd(planes):
        return np.sqrt(np.mean((X[planes] - Y[planes]) ** 2))

    def bias(planes):
        return np.mean(Y[planes] - X[planes])

    for name, value, there, back in (
        ("pearson", r, np.arctanh, np.tanh),
        ("rmsd", rmsd, np.log, np.exp),
        ("bias", bias, float, float),
    ):
        row = found[name]
        expected = by_hand(drawn, value, there, back)
        assert (row.value, row.ci_low, row.ci_high) == pytest.approx(expected, rel=1e-9)
        assert (row.blocks, row.of_blocks, row.n) == (8, 12, 8 * 1600)


def test_all_blocks_are_the_value_itself() -> None:
    mask = da.from_array(X > 210, chunks=(1, 40, 40))
    found = estimate(*LAZY, mask=mask, n_blocks=100, metrics=["pearson", "gain"])
    known = compare(X, Y, mask=X > 210, metrics=["pearson", "gain"])
    for name in ("pearson", "gain"):
        row = found[name]
        assert row.value == pytest.approx(known.rows[0][name], rel=1e-12)
        assert row.ci_low == row.ci_high == row.value
    assert found["gain"].n == known.n


def test_what_needs_pixels_is_a_mean_over_blocks() -> None:
    row = estimate(*LAZY, n_blocks=9, seed=1, metrics="spearman")["spearman"]
    drawn = np.sort(np.random.default_rng(1).choice(12, 9, replace=False))
    each = [stats.spearmanr(X[k].ravel(), Y[k].ravel()).statistic for k in drawn]
    assert row.value == pytest.approx(np.mean(each), rel=1e-9)
    assert row.ci_low < row.value < row.ci_high
    assert "the mean over blocks, not that of all pixels" in row.note


def test_one_block_that_is_not_like_the_others_is_named() -> None:
    y = X + 1
    y[5, :, :20] += 500
    lazy = LAZY[0], da.from_array(y, chunks=(1, 40, 40))
    row = estimate(*lazy, n_blocks=11, metrics="rmsd")["rmsd"]
    assert "one block makes most of the uncertainty" in row.note


def test_undefined_has_a_reason() -> None:
    flat = da.full_like(LAZY[0], 3)
    row = estimate(flat, LAZY[1], n_blocks=9)["pearson"]
    assert np.isnan(row.value)
    assert "image 1 is constant here" in row.note
    nothing = da.zeros(X.shape, chunks=(1, 40, 40), dtype=bool)
    assert "no pixel" in estimate(*LAZY, mask=nothing, n_blocks=9)["rmsd"].note


def volume(seed: int, planes: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Blocks that differ: brighter and dimmer ones, more and less alike."""
    random = np.random.default_rng(seed)
    bright = random.gamma(4.0, 100.0, (planes, 1, 1))
    x = bright * random.gamma(2.0, 1.0, (planes, 16, 16))
    noise = random.normal(size=x.shape) * random.gamma(3.0, 40.0, (planes, 1, 1))
    return x.astype(np.uint16), np.clip(x + noise, 0, 65535).astype(np.uint16)


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    names = ("pearson", "rmsd", "mean_difference")
    inside = dict.fromkeys(names, 0)
    for seed in range(200):
        x, y = volume(seed)
        exact = compare(x, y)
        lazy = [da.from_array(image, chunks=(1, 16, 16)) for image in (x, y)]
        for one in estimate(*lazy, n_blocks=20, seed=seed):
            inside[one.metric] += (
                one.ci_low <= getattr(exact, one.metric) <= one.ci_high
            )
    # of 200 at 0.95: 0.87 to 0.99 leaves room for the few degrees of freedom
    for name, count in inside.items():
        assert 174 <= count <= 199, (name, count)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="n_blocks is 3: it must be 8 or more"):
        estimate(*LAZY, n_blocks=3)
    with pytest.raises(KeyError, match="there is no 'bias' among"):
        estimate(X, Y)["bias"]
    with pytest.raises(ImageError, match=r"similij\.estimate, or `similij estimate`"):
        compare(*LAZY, metrics="spearman")


def test_command_line(tmp_path) -> None:
    for name, pixels in (("x", X), ("y", Y)):
        np.save(tmp_path / f"{name}.npy", pixels)
    files = [str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    done = CliRunner().invoke(app, ["estimate", *files, "--format", "json"])
    assert done.exit_code == 0
    rows = json.loads(done.stdout)["rows"]
    known = compare(X, Y)
    assert [row["metric"] for row in rows] == ["pearson", "rmsd", "mean_difference"]
    assert rows[1]["value"] == pytest.approx(known.rmsd, rel=1e-12)
    for more in (["--estimate", "8"], ["--memory-limit", "1 MB"], ["--level", "0"]):
        done = CliRunner().invoke(app, ["compare", *files, "--format", "json", *more])
        assert done.exit_code == 0
        row = json.loads(done.stdout)["rows"][0]
        assert row["rmsd"] == pytest.approx(known.rmsd, rel=1e-12)
        assert ("rmsd about" in done.stderr) == ("--estimate" in more)
    done = CliRunner().invoke(app, ["compare", *files, "--memory-limit", "much"])
    assert done.exit_code == 2
    assert isinstance(estimate(X, Y), Estimate)
