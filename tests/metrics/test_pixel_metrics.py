"""Metrics of pixels: ranks, SSIM, NMI, spans; by SciPy, skimage and brute force."""

from __future__ import annotations

import itertools
import math
import sys

import dask.array
import numpy as np
import pytest
from scipy import stats
from skimage import metrics as skimage_metrics
from skimage.metrics import structural_similarity

from similij import ImageError, compare
from similij.measure.tally import Tally
from similij.measure.task import Task
from similij.metrics import catalogue
from similij.metrics.ranks import _keys, doubled_ranks
from similij.moments.extremes import extremes
from similij.moments.kernels.ranks import inversions, tied_pairs

TYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
OF_PIXELS = [
    "spearman", "kendall", "max_difference", "nrmsd_range", "psnr", "ssim", "nmi",
]  # fmt: skip
SIGMA, RADIUS = 1.5, 5


def images(dtype: str, shape=(31, 26)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    x = rng.integers(3, 100, shape)
    y = x // 2 + rng.integers(0, 30, x.shape) + 9
    if dtype == "?":
        return x > 40, y > 40
    return x.astype(dtype), y.astype(dtype)


def blob(shape=(31, 26)) -> np.ndarray:
    """An irregular mask in which some windows of 11×11 fit."""
    i, j = np.indices(shape)
    return (i - 15) ** 2 + 1.3 * (j - 12) ** 2 < 150


def data_range(x: np.ndarray, y: np.ndarray) -> float:
    if x.dtype.kind == "f":
        return float(np.ptp(x.astype(float)))
    info = None if x.dtype == bool else np.iinfo(x.dtype)
    return 1 if info is None else int(info.max) - int(info.min)


def brute_ssim(x: np.ndarray, y: np.ndarray, mask: np.ndarray, span: float) -> float:
    """Window by window, by the formula of Wang et al. (2004)."""
    one = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    weight = np.outer(one, one) / np.outer(one, one).sum()
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    found = []
    for i, j in np.ndindex(x.shape[0] - 10, x.shape[1] - 10):
        window = slice(i, i + 11), slice(j, j + 11)
        if mask[window].all():
            a, b = x[window].astype(float), y[window].astype(float)
            ma, mb = (weight * a).sum(), (weight * b).sum()
            va, vb = (weight * (a - ma) ** 2).sum(), (weight * (b - mb) ** 2).sum()
            ab = (weight * (a - ma) * (b - mb)).sum()
            above = (2 * ma * mb + c1) * (2 * ab + c2)
            found.append(above / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    return float(np.mean(found))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type(dtype: str, masked: bool) -> None:
    x, y = images(dtype)
    mask = blob() if masked else np.ones(x.shape, bool)
    row = compare(x, y, mask=mask if masked else None, metrics=OF_PIXELS).rows[0]
    a, b = x[mask].astype(float), y[mask].astype(float)
    assert row["spearman"] == pytest.approx(stats.spearmanr(a, b).statistic, rel=1e-12)
    assert row["kendall"] == pytest.approx(stats.kendalltau(a, b).statistic, rel=1e-12)
    assert row["max_difference"] == np.abs(a - b).max()
    rmsd = math.sqrt(skimage_metrics.mean_squared_error(a, b))
    assert row["nrmsd_range"] == pytest.approx(rmsd / np.ptp(a), rel=1e-12)
    span = data_range(x[mask], y[mask])
    assert row["psnr"] == pytest.approx(
        skimage_metrics.peak_signal_noise_ratio(a, b, data_range=span), rel=1e-12
    )
    assert row["ssim"] == pytest.approx(brute_ssim(x, y, mask, span), rel=1e-9)
    assert row["nmi"] == pytest.approx(entropies(a, b), rel=1e-12)
    assert f"data range {span:.7g}" in row["note"].replace(f"{span}", f"{span:.7g}")


def entropies(a: np.ndarray, b: np.ndarray) -> float:
    counts, _, _ = np.histogram2d(a, b, bins=100)
    entropy = stats.entropy
    return (entropy(counts.sum(0)) + entropy(counts.sum(1))) / entropy(counts.ravel())


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
def test_ssim_is_that_of_skimage(dtype: str) -> None:
    x, y = images(dtype, (64, 49))
    span = data_range(x, y)
    expected = structural_similarity(
        x.astype(float), y.astype(float), data_range=span, gaussian_weights=True,
        sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    assert compare(x, y, metrics="ssim").ssim == pytest.approx(expected, rel=1e-10)
    cell = np.zeros(x.shape, bool)
    cell[10:40, 5:30] = True
    expected = structural_similarity(
        x[10:40, 5:30].astype(float), y[10:40, 5:30].astype(float), data_range=99,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    for where in ({"mask": cell}, {"regions": {"cell": cell}}):
        found = compare(x, y, metrics="ssim", data_range=99, **where)
        assert found.ssim == pytest.approx(expected, rel=1e-10)
        assert "data range 99, as given" in found.note


def test_ms_ssim_by_skimage_scale_by_scale() -> None:
    """SSIM with a huge K1 is contrast and structure alone."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 200, (190, 203)).astype("u1")
    y = np.clip(x + rng.integers(-40, 40, x.shape), 0, 255).astype("u1")
    a, b = x.astype(float), y.astype(float)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = 1.0
    for k, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        k1 = 0.01 if k == 4 else 1e8
        term = structural_similarity(a, b, data_range=255, K1=k1, **options)
        expected *= term**weight
        a, b = (
            t[: t.shape[0] // 2 * 2, : t.shape[1] // 2 * 2]
            .reshape(t.shape[0] // 2, 2, t.shape[1] // 2, 2)
            .mean((1, 3))
            for t in (a, b)
        )
    found = compare(x, y, metrics="ms_ssim")
    assert found.ms_ssim == pytest.approx(expected, rel=1e-9)
    assert compare(x, x, metrics="ms_ssim").ms_ssim == 1
    inverted = compare(x, 255 - x, metrics="ms_ssim")
    assert math.isnan(inverted.ms_ssim)
    assert "structure is inverted at scale 1" in inverted.note
    assert "176×176 pixels or more" in compare(a, b, metrics="ms_ssim").note
    mask = np.ones(x.shape, bool)
    assert compare(x, y, metrics="ms_ssim", mask=mask).ms_ssim == found.ms_ssim
    mask[3, 3] = False
    assert (
        "a rectangle without gaps" in compare(x, y, mask=mask, metrics="ms_ssim").note
    )


@pytest.mark.parametrize("dtype", ["u1", "f4", "i8"])
def test_ssim_and_ms_ssim_share_and_say_what_each_says_alone(dtype: str) -> None:
    x, y = images(dtype, (2, 181, 190))
    cell = np.zeros(x.shape, bool)
    cell[:, 2:180, 5:188] = True
    gaps = cell.copy()
    gaps[1, 90, 90] = False
    for mask in (None, cell, gaps):
        options = {"mask": mask, "data_range": 120}
        both = compare(x, y, metrics=["ms_ssim", "ssim"], **options)
        for name in ("ssim", "ms_ssim"):
            alone = compare(x, y, metrics=name, **options)
            assert both.rows[0][name] == pytest.approx(
                alone.rows[0][name], rel=0, abs=0, nan_ok=True
            )
    assert math.isnan(both.ms_ssim)
    assert "a rectangle without gaps" in both.note
    assert both.ssim > 0


def test_nmi_is_that_of_skimage_and_sees_any_rule() -> None:
    x, y = images("u2")
    found = compare(x, y, metrics="nmi").nmi
    expected = skimage_metrics.normalized_mutual_information(x, y)
    assert found == pytest.approx(expected, rel=1e-12)
    assert compare(x, 300 - x, metrics="nmi").nmi == pytest.approx(2)
    flat = np.full_like(x, 7)
    assert compare(x, flat, metrics="nmi").nmi == pytest.approx(1)
    assert (
        "is constant here (every pixel is 7)" in compare(flat, flat, metrics="nmi").note
    )


def test_kendall_by_hand() -> None:
    """From a textbook pair without ties, and with ties by counting pairs."""
    x, y = [4, 10, 3, 1, 9, 2, 6, 7, 8, 5], [5, 8, 6, 2, 10, 3, 9, 4, 7, 1]
    assert compare(x, y, metrics="kendall").kendall == pytest.approx(23 / 45, rel=1e-15)
    d = sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
    found = compare(x, y, metrics="spearman").spearman
    assert found == pytest.approx(1 - 6 * d / 990, rel=1e-15)
    x, y = [1, 2, 2, 3, 5, 5, 5, 0], [2, 2, 1, 3, 4, 4, 0, 0]
    c = d = tx = ty = 0
    for i, j in itertools.combinations(range(8), 2):
        p, q = x[i] - x[j], y[i] - y[j]
        c, d = c + (p * q > 0), d + (p * q < 0)
        tx, ty = tx + (p == 0 and q != 0), ty + (q == 0 and p != 0)
    expected = (c - d) / math.sqrt((c + d + tx) * (c + d + ty))
    assert compare(x, y, metrics="kendall").kendall == pytest.approx(
        expected, rel=1e-15
    )


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 127, 128, 129, 1000])
@pytest.mark.parametrize("top", [1, 2, 255, 256, 65535])
def test_inversions_are_those_of_all_pairs(
    n: int, top: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(n)
    values = rng.integers(0, top, n, endpoint=True).astype(np.uint16)
    for some in (values, np.sort(values), np.sort(values)[::-1].copy()):
        pairs = int(np.triu(some[:, None] > some, 1).sum())
        assert inversions(some) == pairs
        with monkeypatch.context() as on_threads:
            on_threads.setattr("similij.moments.kernels.ranks._PARALLEL_FROM", 1)
            assert inversions(some) == pairs
    wide = values.astype(np.uint32) * rng.choice([1, 257, 65535]).astype(np.uint32)
    wide += rng.integers(0, 3, n).astype(np.uint32)
    for some in (wide, np.sort(wide), np.sort(wide)[::-1].copy()):
        assert inversions(some) == np.triu(some[:, None] > some, 1).sum()
    ordered = np.sort(values).astype(np.uint32)
    for bits in (0, 3, 16):
        keys = ordered >> bits
        assert tied_pairs(ordered, bits) == np.triu(keys[:, None] == keys, 1).sum()


@pytest.mark.parametrize(
    ("one", "two"), [*itertools.product(["u1", "i1", "u2", "i2"], repeat=2)]
)
def test_kendall_of_integers_is_that_of_all_pairs(one: str, two: str) -> None:
    rng = np.random.default_rng(3)
    low, high = (np.iinfo(one).min, np.iinfo(two).max)
    x = rng.integers(low, np.iinfo(one).max, 700, endpoint=True).astype(one)
    y = np.where(rng.random(700) < 0.4, x.astype(int) % 100, high).astype(two)
    x[:20], y[20:40] = low, np.iinfo(two).min
    across, down = (np.sign(v[:, None].astype(int) - v) for v in (x, y))
    products = int((across * down).sum())
    squares = (int((across**2).sum()), int((down**2).sum()))
    expected = products / math.sqrt(squares[0]) / math.sqrt(squares[1])
    found = compare(x, y, metrics="kendall").kendall
    assert found == pytest.approx(expected, rel=1e-15)


def test_kendall_of_many_integers_is_that_of_scipy() -> None:
    rng = np.random.default_rng(4)
    x = rng.integers(0, 65536, (300, 411)).astype(np.uint16)
    y = (x // 3 + rng.integers(0, 9000, x.shape)).astype(np.uint16)
    expected = stats.kendalltau(x, y).statistic
    assert compare(x, y, metrics="kendall").kendall == pytest.approx(
        expected, rel=1e-14
    )
    assert compare(x, x, metrics="kendall").kendall == 1
    assert compare(x, 65535 - x, metrics="kendall").kendall == -1


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
def test_ranks_are_those_of_scipy(dtype: str) -> None:
    x, y = images(dtype)
    x = np.concatenate([x, y]).ravel()
    if np.dtype(dtype).kind == "i":
        x[:3] = -1, np.iinfo(dtype).min, np.iinfo(dtype).max
    assert (doubled_ranks(x) == 2 * stats.rankdata(x)).all()


SPAN = {"u8": [0, 1 << 53, (1 << 53) + 1, (1 << 64) - 1], "i8": [-1 << 63, 1 << 62]}
SPAN |= {"i4": [-1 << 31, (1 << 31) - 1], "u4": [0, (1 << 32) - 1]}
SPAN |= {"f4": [0.0, -0.0, 1e-45, -1e-45, 3e38, -3e38], "f2": [6e-8, -6e-8, -0.0, 0]}
SPAN |= {"f8": [1e300, -1e300, 1 + 1e-15, 1, 5e-324, -0.0, 0.0], "f16": [1, -0.0, 0]}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", [*TYPES[1:], "f16"])
def test_what_is_sorted_has_the_order_and_the_ties_of_the_pixels(
    dtype: str, order: str
) -> None:
    x = images("i2")[0].ravel() % 12 - (0 if dtype[0] == "u" else 5)
    x = x.astype(dtype)
    for values in (x, np.concatenate([x, np.array(SPAN.get(dtype, [1]), dtype)])):
        keys = _keys(values.astype(values.dtype.newbyteorder(order)))
        assert keys.dtype == np.uint32
        assert (
            stats.rankdata(keys)
            == stats.rankdata(np.unique(values, return_inverse=1)[1])
        ).all()


@pytest.mark.parametrize(("one", "two"), [("u2", "f4"), ("f8", "i1"), ("i8", "u4")])
@pytest.mark.parametrize("size", [2, 3, 400])
def test_ranks_of_two_types_are_those_of_scipy(one: str, two: str, size: int) -> None:
    rng = np.random.default_rng(size)
    x = (np.r_[0, 1, rng.integers(0, 30, size)] * 3.7).astype(one)
    y = (x.astype(float) * 2 + np.r_[1, 0, rng.integers(0, 20, size)]).astype(two)
    found = compare(x, y, metrics=["kendall", "spearman"])
    assert found.spearman == pytest.approx(stats.spearmanr(x, y)[0], rel=1e-13)
    assert found.kendall == pytest.approx(stats.kendalltau(x, y)[0], rel=1e-13)


def test_more_pixels_than_ranks_of_32_bits_are_refused(monkeypatch) -> None:
    monkeypatch.setattr("similij.metrics.ranks._MOST", 805)
    found = compare(*images("f4"), metrics=["spearman", "kendall"])
    assert math.isnan(found.spearman)
    assert found.note == (
        "Spearman ρ is of at most 805 pixels, other than of 8 and 16 bits: compare "
        "smaller regions; Kendall τ is of at most 805 pixels, other than of 8 and 16 "
        "bits: compare smaller regions"
    )
    assert compare(*images("u2"), metrics="kendall").kendall > 0


def test_ranks_ignore_any_rising_curve() -> None:
    x, _ = images("u2")
    found = compare(x, np.exp(x / 20.0), metrics=["spearman", "kendall"])
    assert found.spearman == 1
    assert found.kendall == pytest.approx(1, rel=1e-14)
    assert compare(x, 200 - x, metrics="spearman").spearman == -1


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("i8", "i8"),
        ("u8", "u8"),
        ("i8", "u8"),
        ("u8", "i8"),
        ("u4", "i8"),
        ("u1", "i1"),
        ("i2", "i2"),
        ("i4", "i4"),
    ],
)
def test_extremes_are_exact(x: str, y: str) -> None:
    """Each extreme value beside each, in every order of the first two pairs."""
    pairs = itertools.product(
        *([np.iinfo(t).min, 0, 3, np.iinfo(t).max] for t in (x, y))
    )
    for some in itertools.permutations(pairs, 2):
        a, b = zip(*some, strict=True)
        found = extremes(np.array(a, x), np.array(b, y))
        apart = [abs(int(p) - int(q)) for p, q in some]
        assert found == (min(map(int, a)), max(map(int, a)), apart.index(max(apart)))


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8", "i8"])
def test_extremes_of_many_pixels_are_those_of_numpy(dtype: str) -> None:
    random = np.random.default_rng(3)
    for size in (1, 2, 4097, 1_000_003):
        x, y = random.integers(0, 120, (2, size)).astype(dtype)
        apart = np.abs(x.astype(float) - y.astype(float))
        expected = x.min(), x.max(), apart.argmax()  # most are equal: the first
        assert extremes(x, y) == expected


def test_the_place_of_the_largest_difference() -> None:
    x = np.zeros((3, 20, 30), "u2")
    y = x.copy()
    y[1, 4, 7], y[2, 15, 22], y[0, 0, 0] = 90, 90, 40
    found = compare(x, y, metrics="max_difference")
    assert found.max_difference == 90
    assert found.note == "largest difference (y - x = 90) at x=7, y=4, plane 2"
    cell = np.zeros((20, 30), bool)
    cell[14:17, 20:25] = True
    found = compare(y[2], x[2], regions={"cell": cell}, metrics="max_difference")
    assert found.note == "largest difference (y - x = -90) at x=22, y=15"
    y = y.astype(float)
    y[1, 4, 7] = np.nan
    found = compare(x, y, metrics="max_difference")
    assert found.note.endswith("(y - x = 90) at x=22, y=15, plane 3")
    assert (
        "at x=22, y=15" in compare(x[2], y[2], mask=cell, metrics="max_difference").note
    )


def test_nan_pixels_are_left_out() -> None:
    x, y = images("f8")
    x[3, 4] = y[20, 20] = np.nan
    keep = np.isfinite(x) & np.isfinite(y)
    row = compare(x, y, metrics=OF_PIXELS).rows[0]
    assert row["spearman"] == pytest.approx(stats.spearmanr(x[keep], y[keep]).statistic)
    span = np.ptp(x[keep])
    filled = np.nan_to_num(x), np.nan_to_num(y)
    assert row["ssim"] == pytest.approx(brute_ssim(*filled, keep, span), rel=1e-10)
    assert row["excluded"] == 2


def test_stacks_are_taken_plane_by_plane() -> None:
    x, y = images("u1", (3, 14, 15))
    planes = [compare(a, b, metrics="ssim").ssim for a, b in zip(x, y, strict=True)]
    assert compare(x, y, metrics="ssim").ssim == pytest.approx(np.mean(planes))


def test_labels_are_regions_of_their_own() -> None:
    x, y = images("u2", (60, 50))
    labels = np.zeros(x.shape, int)
    labels[5:25, 5:25], labels[30:55, 20:45] = 7, 3
    rows = compare(x, y, regions=labels, metrics=["pearson", *OF_PIXELS]).rows
    assert [row["region"] for row in rows] == ["label 3", "label 7"]
    plain = compare(x, y, regions=labels, metrics="pearson").rows
    assert [r["pearson"] for r in rows] == [r["pearson"] for r in plain]
    for row, label in zip(rows, (3, 7), strict=True):
        one = compare(x, y, mask=labels == label, metrics=OF_PIXELS).rows[0]
        assert [row[m] for m in OF_PIXELS] == [one[m] for m in OF_PIXELS]


@pytest.mark.parametrize(
    ("x", "y", "metrics", "reason"),
    [
        ([[3, 3]], [[1, 2]], "spearman", "constant here (every pixel is 3): Spearman"),
        ([[1, 3]], [[2, 2]], "kendall", "constant here (every pixel is 2): Kendall"),
        ([[1]], [[2]], "kendall", "only 1 pixel is compared"),
        ([[1, 2]], [[1, 2]], "psnr", "the images are equal: PSNR is infinite"),
        ([[1, 2]], [[1, 2]], "ssim", "no window of 11×11 pixels lies inside"),
        ([[1.0, 1.0]], [[1, 2]], "psnr", "pass data_range"),
        ([[1.0, 1.0]], [[1, 2]], "nrmsd_range", "is constant here"),
        ([[np.inf, 1.0]], [[1, 2]], "spearman", "1 pixel is infinite"),
        ([[np.nan, np.nan]], [[1, 2]], "ssim", "all pixels are NaN"),
        ([[-1.7e308]], [[1.7e308]], "max_difference", "too far apart"),
    ],
)
def test_undefined(x, y, metrics: str, reason: str) -> None:
    found = compare(np.asarray(x), np.asarray(y), metrics=metrics)
    assert math.isnan(found.rows[0][metrics])
    assert reason in found.note


def test_no_pixel_at_all() -> None:
    x, y = images("u1")
    nothing = np.zeros(x.shape, bool)
    for options in ({"mask": nothing}, {"regions": {"none": nothing}}):
        row = compare(x, y, metrics=OF_PIXELS, **options).rows[0]
        assert all(math.isnan(row[m]) for m in OF_PIXELS)
        assert row["note"]


def test_data_range_is_stated_and_can_be_given() -> None:
    x, y = images("u2")
    assert "data range 65535, of uint16" in compare(x, y, metrics="psnr").note
    assert "of uint16" in compare(x.astype("u1"), y, metrics="psnr").note
    floats = compare(x.astype("f4"), y, names=("raw", "new"), metrics="psnr")
    assert f'data range {np.ptp(x)}, what "raw" spans here' in floats.note
    given = compare(x, y, metrics=["psnr", "ssim"], data_range=4095)
    assert given.note == "data range 4095, as given"
    for bad in (0, -3, math.nan, math.inf):
        with pytest.raises(ValueError, match=r"data_range is .*: it must be above 0"):
            compare(x, y, data_range=bad)


def test_dask_is_refused_with_what_streams() -> None:
    x, y = images("u2")
    lazy = dask.array.from_array(x, chunks=(10, 10))
    with pytest.raises(
        ImageError, match=r"ssim needs all pixels .*\.compute\(\).*: rmsd"
    ):
        compare(lazy, y, metrics=["pearson", "ssim"])
    found = compare(lazy, y, metrics=[n for n, m in catalogue().items() if m.streams])
    assert found.bias == compare(x, y, metrics="bias").bias


def test_planes_that_come_one_by_one(monkeypatch) -> None:
    """As ImageJ sends them: in a buffer that is used again."""
    x, y = images("u2", (3, 14, 15))
    from similij.measure.question import ask
    from similij.regions import as_regions

    question = ask(metrics=OF_PIXELS, regions=None)
    cell = np.zeros((14, 15), bool)
    cell[1:13, 2:14] = True
    whole = compare(x, y, regions={"cell": cell}, metrics=OF_PIXELS).rows[0]

    def sent() -> dict[str, object]:
        tally = Tally(Task(("a", "b"), question), as_regions({"cell": cell}), (14, 15))
        for a, b in zip(x, y, strict=True):
            buffers = a.copy(), b.copy()
            tally.add(*buffers)
            for buffer in buffers:
                buffer[:] = 0
        assert not tally.end_pass()
        return tally.rows()[0]

    row = sent()
    assert [row[m] for m in OF_PIXELS] == [whole[m] for m in OF_PIXELS]
    assert row["note"].replace('"a"', "") == whole["note"].replace('"image 1"', "")
    monkeypatch.setattr("similij.metrics.registry.MOST_KEPT", 300)
    with pytest.raises(ImageError, match="more than 300: compare plane by plane"):
        sent()


def test_a_missing_library_is_named(monkeypatch) -> None:
    x, y = images("u4", (20, 20))
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    monkeypatch.setitem(sys.modules, "skimage.metrics", None)
    assert compare(x, y, metrics=["kendall", "nmi", "ssim"]).kendall > 0  # need none
    monkeypatch.setitem(sys.modules, "skimage.filters", None)
    with pytest.raises(
        ModuleNotFoundError, match=r"'otsu' needs .*: .* scipy scikit-image$"
    ):
        compare(x, y, metrics="manders_m1_otsu")
