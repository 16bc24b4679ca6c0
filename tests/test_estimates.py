"""Estimates from some blocks: by hand, exact where all are drawn, and refused."""

from __future__ import annotations

import json

import dask.array as da
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import similij
from similij import ImageError, compare, estimate
from similij.cli import app
from similij.estimates import t_quantile

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
    drawn = np.sort(np.random.default_rng(4).choice(12, 7, replace=False)).tolist()
    found = estimate(*LAZY, n_blocks=7, seed=4, metrics=["pearson", "rmsd", "bias"])

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
        assert (row.value, row.low, row.high) == pytest.approx(expected, rel=1e-4)
        assert (row.blocks, row.of_blocks, row.n) == (7, 12, 7 * 1600)


def test_all_blocks_are_the_value_itself() -> None:
    mask = da.from_array(X > 210, chunks=(1, 40, 40))
    found = estimate(*LAZY, mask=mask, n_blocks=100, metrics=["pearson", "gain"])
    known = compare(X, Y, mask=X > 210, metrics=["pearson", "gain"])
    for name in ("pearson", "gain"):
        row = found[name]
        assert row.value == pytest.approx(known.rows[0][name], rel=1e-12)
        assert row.low == row.high == row.value
    assert found["gain"].n == known.n


def test_what_needs_pixels_is_a_mean_over_blocks() -> None:
    row = estimate(*LAZY, n_blocks=5, seed=1, metrics="spearman")["spearman"]
    drawn = np.sort(np.random.default_rng(1).choice(12, 5, replace=False))
    each = [stats.spearmanr(X[k].ravel(), Y[k].ravel()).statistic for k in drawn]
    assert row.value == pytest.approx(np.mean(each), rel=1e-9)
    assert row.low < row.value < row.high
    assert "the mean over blocks, not that of all pixels" in row.note


def test_one_block_that_is_not_like_the_others_is_named() -> None:
    y = X + 1
    y[5, :, :20] += 500
    lazy = LAZY[0], da.from_array(y, chunks=(1, 40, 40))
    row = estimate(*lazy, n_blocks=11, metrics="rmsd")["rmsd"]
    assert "one block makes most of the uncertainty" in row.note


def test_undefined_has_a_reason() -> None:
    flat = da.full_like(LAZY[0], 3)
    row = estimate(flat, LAZY[1], n_blocks=4)["pearson"]
    assert np.isnan(row.value)
    assert "image 1 is constant here" in row.note
    nothing = da.zeros(X.shape, chunks=(1, 40, 40), dtype=bool)
    assert "no pixel" in estimate(*LAZY, mask=nothing, n_blocks=4)["rmsd"].note


@pytest.mark.parametrize("freedom", [1, 2, 4, 7, 20, 63, 400])
@pytest.mark.parametrize("p", [0.9, 0.975, 0.995])
def test_quantiles_of_student(p: float, freedom: int) -> None:
    tolerance = 0.02 if freedom < 5 else 1e-3
    assert t_quantile(p, freedom) == pytest.approx(
        stats.t.ppf(p, freedom), rel=tolerance
    )


def test_refusals() -> None:
    with pytest.raises(ValueError, match="n_blocks is 1: it must be 2 or more"):
        estimate(*LAZY, n_blocks=1)
    with pytest.raises(ValueError, match="confidence is 95"):
        estimate(*LAZY, confidence=95)
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
    for more in (["--estimate"], ["--memory-limit", "1 MB"], ["--level", "0"]):
        done = CliRunner().invoke(app, ["compare", *files, "--format", "json", *more])
        assert done.exit_code == 0
        row = json.loads(done.stdout)["rows"][0]
        assert row["rmsd"] == pytest.approx(known.rmsd, rel=1e-12)
        assert ("rmsd about" in done.stderr) == (more == ["--estimate"])
    done = CliRunner().invoke(app, ["compare", *files, "--memory-limit", "much"])
    assert done.exit_code == 2
    assert isinstance(estimate(X, Y), similij.estimates.Estimate)
