"""Label images: one walk over the pixels gives the rows of each label's mask alone."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import truth
from similij import RegionError
from similij.ground.types import Row
from similij.measure import label_tally as _labeltally
from similij.measure.label_tally import _over_root
from similij.measure.question import ask
from similij.measure.tally import Tally
from similij.measure.task import Task
from similij.metrics import Metric, available, chosen, pearson
from similij.moments import of_labels as _labelsums
from similij.moments.moments import IntegerMoments
from similij.moments.of_arrays import moments
from similij.regions import LabelImage, Region, Regions, as_regions, from_mask

RNG = np.random.default_rng(4)
SHAPE = (23, 31)
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "?", ">u2"]
NUMBERS = ("n", "excluded", "pearson", "rmsd", "mean_difference")


def cells(shape=SHAPE, count: int = 9, seed: int = 0) -> np.ndarray:
    """Blobs, single pixels, and gaps in the numbers."""
    random = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    for k in range(count):
        top, left = random.integers(0, shape[-2]), random.integers(0, shape[-1])
        height, width = random.integers(1, 14, 2)
        labels[..., top : top + height, left : left + width] = 1 + k * k
    return labels


def image(dtype: str, seed: int, shape=SHAPE) -> np.ndarray:
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return random.random(shape) < 0.5
    if kind.kind == "f":
        return (random.standard_normal(shape) * 100 + 3).astype(dtype)
    span = np.iinfo(kind)
    return random.integers(span.min, span.max, shape, kind.newbyteorder("="), True)


def rows(
    x: np.ndarray,
    y: np.ndarray,
    *,
    regions: list[Region] | None = None,
    labels: object = None,
    mask: np.ndarray | None = None,
    rescale: str = "none",
    cuts: tuple[int, int] | None = None,
    metrics: list[Metric] | None = None,
) -> list[Row]:
    """Rows as `compare` makes them; with `cuts` in blocks, of one plane each."""
    names = [metric.name for metric in metrics or available().values()]
    task = Task(("p", "q"), ask(metrics=names, rescale=rescale))
    chosen = None
    if regions is not None or labels is not None:
        numbered = None if labels is None else as_regions(labels).labels
        chosen = Regions([*(regions or ())], numbered)
    tally = Tally(task, chosen, x.shape[-2:], one_block=cuts is None)
    while True:
        if cuts is None:
            tally.add(x, y, mask)
        else:
            inside = None if mask is None else np.broadcast_to(mask, x.shape)
            planes = np.ndindex(x.shape[:-2])
            starts = (range(0, s, c) for s, c in zip(x.shape[-2:], cuts, strict=True))
            for plane, top, left in product(planes, *starts):
                at = (*plane, slice(top, top + cuts[0]), slice(left, left + cuts[1]))
                part = None if inside is None else inside[at]
                tally.add(x[at], y[at], part, (*plane, top, left))
        if not tally.end_pass():
            return tally.rows()


def masks(labels: np.ndarray) -> list[Region]:
    """A mask for each label."""
    ids = [int(k) for k in np.unique(labels) if k > 0]
    return [Region(f"label {k}", 0, 0, *labels.shape[::-1], labels == k) for k in ids]


def same(found: list[Row], expected: list[Row], rel: float = 0) -> None:
    assert [row["region"] for row in found] == [row["region"] for row in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert [*ours] == [*theirs]
        assert {**ours, **dict.fromkeys(NUMBERS)} == {
            **theirs,
            **dict.fromkeys(NUMBERS),
        }
        numbers, others = ([row[k] for k in NUMBERS] for row in (ours, theirs))
        assert numbers == pytest.approx(others, rel=rel, abs=0, nan_ok=True)


# Against exact arithmetic


@pytest.mark.parametrize("dtype", TYPES)
def test_each_label_has_the_exact_numbers_of_its_pixels(dtype: str) -> None:
    x, y, labels = image(dtype, 1), image(dtype, 2), cells()
    found = rows(x, y, labels=labels)
    ids = [int(k) for k in np.unique(labels) if k]
    assert [row["region"] for row in found] == [f"label {k}" for k in ids]
    for row, k in zip(found, ids, strict=True):
        exact = truth.metrics(x, y, labels == k)
        ours = [row[name] for name in ("n", "pearson", "rmsd", "mean_difference")]
        tolerance = 3e-16 if np.dtype(dtype).kind != "f" else 1e-12
        assert ours == pytest.approx(exact, rel=tolerance, nan_ok=True)


@pytest.mark.parametrize(
    ("first", "second"), [("u1", "u2"), ("i1", "u2"), ("u4", "f4")]
)
def test_mixed_types(first: str, second: str) -> None:
    x, y, labels = image(first, 1), image(second, 2), cells()
    same(rows(x, y, labels=labels), rows(x, y, regions=masks(labels)), rel=1e-12)


@pytest.mark.parametrize(
    "kind", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", ">i4"]
)
def test_types_of_labels(kind: str) -> None:
    labels = cells(count=7)
    x, y = image("u2", 1), image("u2", 2)
    same(rows(x, y, labels=labels.astype(kind)), rows(x, y, regions=masks(labels)))


def test_layouts() -> None:
    labels, x, y = cells(), image("u2", 1), image("f4", 2)
    expected = rows(x, y, regions=masks(labels))
    turned = (np.asfortranarray(v) for v in (x, y, labels))
    a, b, c = turned
    same(rows(a, b, labels=c), expected, rel=1e-12)
    wide = np.repeat(labels, 2, axis=1)[:, ::2]
    same(rows(x, y, labels=wide), expected, rel=1e-12)


# The same rows as of masks


@settings(max_examples=60, deadline=None)
@given(
    dtype=st.sampled_from(["u1", "i2", "u2", "i4", "u8", "f4", "f8"]),
    seed=st.integers(0, 999),
    planes=st.sampled_from([(), (1,), (3,), (2, 2)]),
    masked=st.booleans(),
    bad=st.booleans(),
    rescale=st.sampled_from(["none", "percentile"]),
    cuts=st.none() | st.tuples(st.integers(3, 40), st.integers(3, 40)),
)
def test_labels_are_as_their_masks(
    dtype: str,
    seed: int,
    planes: tuple[int, ...],
    masked: bool,
    bad: bool,
    rescale: str,
    cuts: tuple[int, int] | None,
) -> None:
    random = np.random.default_rng(seed)
    shape = (*planes, *SHAPE)
    x, y = image(dtype, seed, shape), image(dtype, seed + 1, shape)
    labels = cells(count=int(random.integers(0, 12)), seed=seed)
    if bad and dtype.startswith("f"):
        for value in (np.nan, np.inf, -np.inf):
            x[random.random(shape) < 0.004] = value
            y[random.random(shape) < 0.004] = value
        for k in np.unique(labels)[1:3]:
            x[..., labels == k] = np.nan
    if bad:
        for k in np.unique(labels)[4:6]:
            x[..., labels == k] = 7
    mask = random.random(shape if random.random() < 0.5 else SHAPE) < 0.6
    if not masked:
        mask = None
    elif random.random() < 0.5:
        mask[..., labels == 5] = False
    options = {"mask": mask, "rescale": rescale}
    found = rows(x, y, labels=labels, cuts=cuts, **options)
    expected = rows(x, y, regions=masks(labels), **options)
    same(found, expected, rel=1e-9 if dtype.startswith("f") else 1e-12)


def test_stack_of_labels_has_the_pixels_of_all_its_planes() -> None:
    x, y = image("u2", 1, (4, *SHAPE)), image("u2", 2, (4, *SHAPE))
    labels = np.stack([cells(seed=k, count=5) for k in range(4)])
    for cuts in (None, (7, 40)):
        for row in rows(x, y, labels=labels, cuts=cuts):
            inside = labels == int(row["region"].split()[1])
            exact = truth.metrics(x, y, inside)
            assert row["n"] == exact.n
            assert row["pearson"] == pytest.approx(exact.pearson, rel=3e-16)
    with pytest.raises(RegionError, match=r"shape \(4, 23, 31\), the images have \(3"):
        rows(x[:3], y[:3], labels=labels)
    same(rows(x[0], y[0], labels=labels[:1]), rows(x[0], y[0], labels=labels[0]))


def test_regions_come_before_labels() -> None:
    x, y, labels = image("u2", 1), image("u2", 2), cells()
    box = Region("box", 1, 2, 5, 6)
    found = rows(x, y, regions=[box], labels=labels)
    same(found, rows(x, y, regions=[box, *masks(labels)]))


def test_label_whose_pixels_are_all_masked_has_a_row_that_says_so() -> None:
    labels = np.array([[1, 1, 2, 2]])
    x = y = np.array([[1, 2, 3, 4]], np.uint8)
    one, two = rows(x, y, labels=labels, mask=labels == 2)
    assert (one["n"], two["n"]) == (0, 2)
    assert one["note"] == "label 1 selects no pixel: nothing is compared"
    assert math.isnan(one["rmsd"])


def test_no_label_has_no_row() -> None:
    assert rows(image("u1", 1), image("u1", 2), labels=np.zeros(SHAPE, int)) == []


# Every path of the sums


def test_many_labels_and_large_numbers() -> None:
    x, y = image("u2", 1), image("u2", 2)
    every = np.arange(1, x.size + 1).reshape(SHAPE)
    found = rows(x, y, labels=every, metrics=chosen("mean_difference"))
    assert len(found) == x.size
    apart = np.abs(x.astype(int) - y.astype(int)).ravel()
    assert [row["mean_difference"] for row in found] == apart.tolist()
    far = np.where(cells() > 0, cells().astype(np.int64) * 10**12, 0)
    found = rows(x, y, labels=far)
    expected = rows(x, y, regions=masks(far))
    same(found, expected)
    hidden = np.zeros(SHAPE, np.int32)
    hidden[5, 7] = 60_000  # between the pixels that the guess looks at
    (row,) = rows(x, y, labels=hidden)
    assert (row["region"], row["n"]) == ("label 60000", 1)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "u4"])
def test_pieces_threads_and_wide_sums(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = image(dtype, 1, (3, *SHAPE)), image(dtype, 2, (3, *SHAPE))
    labels = cells()
    expected = rows(x, y, regions=masks(labels))
    monkeypatch.setattr(_labelsums, "_SMALLEST_PIECE", 40)
    monkeypatch.setattr(_labelsums, "_FLOAT_PIECE", 70)
    monkeypatch.setattr(_labelsums, "MANY", 500)
    same(rows(x, y, labels=labels), expected, rel=1e-12)


def test_percentiles_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = image("f4", 1, (3, *SHAPE)), image("f4", 2, (3, *SHAPE))
    x[0, 3, 4] = np.nan
    labels = cells()
    expected = rows(x, y, regions=masks(labels), rescale="percentile")
    for kept in (1, 100, 1000):
        monkeypatch.setattr(_labeltally, "_KEPT", kept)
        found = rows(x, y, labels=labels, rescale="percentile", cuts=(9, 11))
        same(found, expected, rel=1e-9)


def test_deviations_too_small_to_square_are_no_constant() -> None:
    x = np.array([[1e-200, 2e-200, 3e-200, 5, 5, 5, 7, 7]])
    y = np.arange(8.0)[None] + 1e9
    labels = np.array([[1, 1, 1, 2, 2, 2, 3, 3]])
    same(rows(x, y, labels=labels), rows(x, y, regions=masks(labels)), rel=1e-12)


def test_first_pixel_far_from_the_others() -> None:
    x = np.random.default_rng(0).normal(1e6, 1, (1, 4000))
    y = np.random.default_rng(1).normal(1e6, 1, (1, 4000)) + x
    x[0, 0], y[0, 0] = 0, 3e6
    labels = np.ones(x.shape, int)
    (row,) = rows(x[:, 1:], y[:, 1:], labels=labels[:, 1:])
    assert row["pearson"] == pytest.approx(truth.metrics(x[:, 1:], y[:, 1:])[1], 1e-12)
    (row,) = rows(x, y, labels=labels)
    assert row["pearson"] == pytest.approx(truth.metrics(x, y).pearson, rel=1e-12)


def test_floats_do_not_depend_on_the_run() -> None:
    shape = (1500, 1500)
    x, y = (image("f4", k, shape) for k in (1, 2))
    labels = cells(shape, count=80)
    once = rows(x, y, labels=labels)
    assert all(rows(x, y, labels=labels) == once for _ in range(3))


@given(
    n=st.integers(2, 5000),
    values=st.lists(
        st.tuples(st.integers(0, 65535), st.integers(0, 65535)), min_size=2
    ),
)
def test_roots_are_rounded_as_those_of_one_label(
    n: int, values: list[tuple[int, int]]
) -> None:
    x, y = (np.array(v, np.uint16) for v in zip(*values, strict=True))
    found = moments(x, y)
    assert isinstance(found, IntegerMoments)
    vx, vy, cxy = found.deviations
    if vx and vy:
        r, sure = _over_root(*(np.array([v * n]) for v in (cxy, vx, vy)))
        assert r[0] == pearson(found) or not sure[0]


def test_rounding_is_nearly_always_sure() -> None:
    v = RNG.integers(1, 2**60, (3, 10_000))
    r, sure = _over_root(*v)
    assert sure.all()
    for k in range(0, 10_000, 97):
        c, a, b = (int(n) for n in v[:, k])
        exact = float(truth.root(Fraction(c * c, a * b)))
        assert r[k] == exact


# What is taken for labels


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.ones(SHAPE, bool), "is of type bool, so it is a mask: pass it by name"),
        (np.array([[1, 2.5]]), "has the value 2.5: labels are whole numbers above 0"),
        (np.array([[1, np.nan]]), "has the value nan"),
        (np.array([[1, 1e300]]), r"has the value 1e\+300"),
        (np.array([[1, 2j]]), "is of type complex128"),
        (np.array([1, 2]), r"has 1 dimension\(s\): it needs the axes \(y, x\)"),
        (np.array([[2**64 - 1]], np.uint64), "has the label 18446744073709551615"),
        (xr.DataArray([[1, 2]], dims=["a", "b"]), "has the axes a, b"),
    ],
)
def test_what_is_no_label_image(labels: object, words: str) -> None:
    with pytest.raises(RegionError, match=words):
        as_regions(labels)


@pytest.mark.parametrize("kind", ["i1", "i4", "i8", "f4"])
def test_labels_below_0_are_refused(kind: str) -> None:
    labels = cells(count=3).astype(kind)
    labels[5, 7] = -3
    with pytest.raises(RegionError, match="has the label -3: labels are whole numbers"):
        rows(image("u2", 1), image("u2", 2), labels=labels)
    with pytest.raises(RegionError, match="has the label -3: labels are whole numbers"):
        _ = LabelImage(labels).ids


def test_labels_of_another_size_are_refused() -> None:
    with pytest.raises(RegionError, match=r"label image is 30×23 pixels, .* are 31×23"):
        rows(image("u2", 1), image("u2", 2), labels=cells()[:, 1:])


def test_names_and_counts() -> None:
    labels = LabelImage(np.array([[0, 4, 4], [2, 0, 4]]))
    assert (labels.ids, labels.counts) == ([2, 4], [1, 3])
    assert labels.names == ["label 2", "label 4"]
    far = LabelImage(np.array([[10**15, 4, 4], [2, 10**15, 4]]))
    assert (far.ids, far.counts) == ([2, 4, 10**15], [1, 3, 2])
    assert LabelImage(np.zeros((0, 3), int)).ids == []


def test_named_axes() -> None:
    stack = RNG.integers(0, 5, (2, 3, 4, 5))
    array = xr.DataArray(stack, dims=["y", "t", "x", "z"])
    labels = as_regions(array).labels
    assert labels is not None
    assert labels.dims == ("t", "z", "y", "x")
    np.testing.assert_array_equal(labels.labels, stack.transpose(1, 3, 0, 2))
    part = labels.isel({"t": 2, "c": 1})
    assert part.dims == ("z", "y", "x")
    np.testing.assert_array_equal(part.labels, labels.labels[2])
    aligned = part.aligned(["t", "z", "c", "y", "x"])
    assert aligned.labels.shape == (1, 5, 1, 2, 4)
    with pytest.raises(RegionError, match="has the axis z, the images have t, y, x"):
        part.aligned(["t", "y", "x"])
    one = labels.isel({"t": 0}).isel({"z": 1})
    assert one.aligned(["y", "x"]).labels.shape == (2, 4)


# The background


def test_background() -> None:
    labels = cells()
    box = Region("box", -2, 20, 9, 9)
    line = Region("line", 0, 0, 0, 0, problem="line is a line, which has no area")
    oval = from_mask(np.hypot(*np.ogrid[-9:14, -5:26]) < 6, "oval")
    found = Regions([box, line, oval], LabelImage(labels)).inverse(*SHAPE)
    expected = labels == 0
    expected[20:, :7] = False
    expected &= ~(np.hypot(*np.ogrid[-9:14, -5:26]) < 6)
    assert found.name == "background"
    np.testing.assert_array_equal(found.mask, expected)
    none = Regions(labels=LabelImage(np.ones(SHAPE, int))).inverse(*SHAPE)
    assert none.problem.startswith("background has no pixel")
    assert Regions().inverse(2, 3).size == 6


def test_background_of_another_size_or_of_many_planes_is_refused() -> None:
    with pytest.raises(RegionError, match=r"label image is 31×23 pixels, .* are 31×22"):
        Regions(labels=LabelImage(cells())).inverse(22, 31)
    with pytest.raises(RegionError, match="differs from plane to plane"):
        Regions(labels=LabelImage(np.stack([cells()] * 2))).inverse(*SHAPE)
    with pytest.raises(RegionError, match=r"mask 'm' is 31×23 pixels, .* are 31×22"):
        Regions([from_mask(cells() > 0, "m")]).inverse(22, 31)
