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
from similij.measure.estimate import Estimate, _near_each_other, _sample

RNG = np.random.default_rng(3)
X = RNG.normal(200, 30, (12, 40, 40))
Y = X + RNG.normal(5, 9, X.shape) * np.arange(1, 13)[:, None, None]
LAZY = da.from_array(X, chunks=(1, 40, 40)), da.from_array(Y, chunks=(1, 40, 40))


def by_hand(strata: list[list[int]], value, there, back) -> tuple[float, float, float]:
    """Jackknife over the planes drawn, two of each stratum of three, by hand."""
    blocks = sorted(b for pair in strata for b in pair)
    count = len(blocks)
    middle = there(value(blocks))
    # what a block adds to the estimate, by leaving it out
    influence = {
        k: (count - 1) * (middle - there(value([b for b in blocks if b != k])))
        for k in blocks
    }
    # of two of three: variance of a total is 2²·(1 - 2/3)·s²/2, s² = difference²/2
    squares = [(influence[a] - influence[b]) ** 2 / 3 for a, b in strata]
    freedom = sum(squares) ** 2 / sum(s**2 for s in squares)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(sum(squares)) / count
    return back(middle), back(middle - reach), back(middle + reach)


def planes_read(**how) -> list[int]:
    """Which planes of the images an estimate computes."""
    read = []

    def load(block, block_info=None):
        if block_info:
            read.append(block_info[0]["chunk-location"][0])
        return block

    watched = LAZY[0].map_blocks(load, dtype=LAZY[0].dtype, meta=np.array(()))
    estimate(watched, LAZY[1], metrics="bias", **how)
    return sorted({*read})


def test_values_and_intervals_are_those_of_the_jackknife() -> None:
    drawn = planes_read(n_blocks=8, seed=4)
    strata = [[k for k in drawn if k // 3 == stratum] for stratum in range(4)]
    assert [len(pair) for pair in strata] == [2] * 4
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
        expected = by_hand(strata, value, there, back)
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
    drawn = planes_read(n_blocks=9, seed=1)
    assert len(drawn) == 9
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


def test_neighbours_are_near_in_the_order_of_blocks() -> None:
    """Every run of 4ⁿ blocks that begins at one of 4ⁿ is a square of the grid."""
    order = _near_each_other([8, 8])
    places = np.stack(np.unravel_index(order, (8, 8)), 1)
    for side in (2, 4):
        for first in range(0, 64, side * side):
            square = places[first : first + side * side]
            assert (np.ptp(square, axis=0) == side - 1).all()
    for shape in ([5, 3], [1, 7], [3, 4, 5], [6]):
        assert sorted(_near_each_other(shape)) == [*range(np.prod(shape))]


@pytest.mark.parametrize("counts", [[9], [4, 7], [3, 5, 4], [8, 8]])
@pytest.mark.parametrize("most", [8, 9])
def test_every_block_is_drawn_as_often_as_any_other(
    counts: list[int], most: int
) -> None:
    total, draws = int(np.prod(counts)), 3000
    times = np.zeros(total)
    for seed in range(draws):
        numbers, strata, sizes = _sample(counts, min(most, total), seed)
        assert len({*numbers.tolist()}) == min(most, total)
        assert sizes.sum() == total
        assert np.bincount(strata).min() >= 2
        times[numbers] += 1
    expected = draws * min(most, total) / total
    # five standard deviations of a count, and what the edges of strata make of it
    assert np.abs(times - expected).max() < 5 * np.sqrt(expected) + 0.1 * expected


def test_cells_in_a_corner_are_in_the_interval() -> None:
    """Of 64 blocks drawn at random two had cells, or eight; of strata, about four."""
    inside = 0
    for seed in range(60):
        random = np.random.default_rng([1, seed])
        cells = np.zeros((16, 16, 1, 1))
        cells[:4, :4] = random.gamma(4, 25, (4, 4, 1, 1))
        x = cells * np.abs(random.normal(size=(16, 16, 8, 8)))
        y = x + 0.3 * cells * random.normal(size=x.shape)
        x, y = (
            (t + random.normal(0, 1, t.shape)).transpose(0, 2, 1, 3).reshape(128, 128)
            for t in (x, y)
        )
        lazy = [da.from_array(t, chunks=(8, 8), name=False) for t in (x, y)]
        row = estimate(*lazy, n_blocks=32, seed=seed, metrics="rmsd")["rmsd"]
        inside += row.ci_low <= compare(x, y).rmsd <= row.ci_high
    assert inside >= 51  # 0.85; a draw from all blocks has 0.6


def test_few_blocks_that_carry_it_all_are_said() -> None:
    x = np.random.default_rng(5).normal(100, 1, (240, 4, 4))
    y = x + np.random.default_rng(6).normal(0, 1, x.shape)
    y[::20] += 50
    lazy = [da.from_array(t, chunks=(1, 4, 4), name=False) for t in (x, y)]
    notes = [estimate(*lazy, n_blocks=60, seed=s, metrics="rmsd")["rmsd"].note
             for s in range(8)]  # fmt: skip
    assert sum(bool(note) for note in notes) >= 4
    assert any("few of the blocks carry most of it" in note for note in notes)
    even = [da.from_array(t, chunks=(1, 4, 4), name=False) for t in (x, 1.1 * x)]
    assert estimate(*even, n_blocks=60, metrics="rmsd")["rmsd"].note == ""


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
