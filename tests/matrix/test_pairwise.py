"""All pairs: the numbers of `compare`, and those of others, for every type of pixel."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from scipy.spatial.distance import pdist, squareform

import similij
from legible import assert_legible
from similij import ImageError, compare
from similij.matrix.distances import (
    clustering,
    directed,
    distances,
    odd_ones_out,
    placed,
)
from similij.matrix.pairwise import pairwise, rows
from similij.plot import plot_images_map, plot_matrix
from similij.plot.pictures.matrix_files import write_matrix
from support import Shell

DTYPES = (
    *("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32"),
    *("uint64", "int64", "float16", "float32", "float64"),
)


def images(dtype: str, count: int = 5, shape=(37, 53), seed: int = 0) -> list:
    random = np.random.default_rng(seed)
    base = random.normal(size=shape)
    made = [base * k + random.normal(size=shape) for k in range(count)]
    if dtype == "bool":
        return [image > 0.3 for image in made]
    high = {"uint8": 30, "int8": 15, "uint16": 6000, "int16": 3000, "float16": 9}
    offset = 0 if dtype in ("int8", "int16") or dtype[0] == "f" else 4
    return [
        ((np.clip(image, -4, 4) + offset) * high.get(dtype, 1e5)).astype(dtype)
        for image in made
    ]


def assert_as_compare(found: xr.Dataset, given: list, **options) -> None:
    names = [*found.data_vars]
    metrics = [name for name in names if name not in ("n", "excluded", "note")]
    for i, x in enumerate(given):
        for j, y in enumerate(given):
            pair = (found.image.values[i], found.image.values[j])
            row = compare(x, y, metrics=metrics, names=pair, **options).rows[0]
            here = found.isel(image=i, image_2=j)
            for name in metrics:
                assert here[name].item() == pytest.approx(
                    row[name], rel=1e-12, abs=1e-12 * _scale(x, name), nan_ok=True
                ), (name, i, j)
            assert (here.n, here.excluded) == (row["n"], row["excluded"])
            assert here.note.item() == row["note"]


def _scale(x: np.ndarray, name: str) -> float:
    """R near 0 is a difference of sums; so is a bias near 0 of large values."""
    if name == "pearson":
        return 1.0
    values = np.asarray(x, float)
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_against_compare(dtype: str) -> None:
    given = images(dtype)
    assert_as_compare(pairwise(given), given)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_against_scipy_and_numpy(dtype: str) -> None:
    given = images(dtype, 9)
    found = pairwise(given)
    flat = np.array([image.ravel() for image in given], float)
    n = flat.shape[1]
    euclid = squareform(pdist(flat)) / math.sqrt(n)
    city = squareform(pdist(flat, "cityblock")) / n
    np.testing.assert_allclose(found.pearson, np.corrcoef(flat), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.rmsd, euclid, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.mean_difference, city, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        arrays(np.int16, (3, 4), elements=st.integers(-32768, 32767)),
        min_size=2,
        max_size=4,
    )
)
def test_integers_are_exact(given) -> None:
    found = pairwise(given, names=[str(k) for k in range(len(given))])
    for i, x in enumerate(given):
        for j, y in enumerate(given):
            a = [int(v) for v in x.ravel()]
            b = [int(v) for v in y.ravel()]
            square = Fraction(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)), 12)
            city = sum(abs(p - q) for p, q in zip(a, b, strict=True)) / 12
            assert found.mean_difference.values[i, j] == city
            assert found.rmsd.values[i, j] == math.sqrt(square)
            assert _equal(found.pearson.values[i, j], compare(x, y).pearson)


def _equal(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


THREE = ("pearson", "rmsd", "mean_difference")


@pytest.mark.parametrize("dtype", ["uint8", "int8", "bool", "uint16", "int16"])
def test_the_largest_sums_of_integers_are_exact(dtype: str) -> None:
    """Values at the ends of the type, in more pixels than are summed in float32."""
    low, high = (
        (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    )
    first = np.full((61, 53), low).astype(dtype)
    given = [first.copy() for _ in range(4)]
    given[1][:] = high
    given[2][::2], given[3][-1, -1] = high, high
    given[1][0, 0], given[0][5, 7] = low, high
    found = pairwise(given)
    for i, x in enumerate(given):
        for j, y in enumerate(given):
            one = compare(x, y).rows[0]
            numbers = [found[name].values[i, j] for name in THREE]
            np.testing.assert_array_equal(numbers, [one[name] for name in THREE])


def test_r_and_rmsd_alone_are_the_same_numbers() -> None:
    for dtype in ("uint16", "float32"):
        given = images(dtype)
        alone = pairwise(given, metrics=["pearson", "rmsd"])
        beside = pairwise(given)
        for name in ("pearson", "rmsd"):
            np.testing.assert_array_equal(alone[name], beside[name])


def test_large_offset_and_nearly_equal_images_of_floats() -> None:
    random = np.random.default_rng(1)
    base = random.normal(size=(64, 64))
    given = [base + 1e8, base + 1e8 + 1e-3 * random.normal(size=base.shape), base]
    given.append(given[0].copy())
    found = pairwise(given)
    assert_as_compare(found, given)
    assert (found.pearson.values[0, 3], found.rmsd.values[0, 3]) == (1, 0)


def test_many_tiles_merge(monkeypatch) -> None:
    monkeypatch.setattr("similij.matrix.stack.TILE", 1)
    monkeypatch.setattr("similij.matrix.stack._SHORTEST", 40)
    for dtype in ("uint16", "float32"):
        given = images(dtype)
        assert_as_compare(pairwise(given), given)


def test_sums_beyond_63_bits_stay_exact(monkeypatch) -> None:
    monkeypatch.setattr("similij.matrix.products._FLUSH", 1000)
    given = images("uint16")
    found = pairwise(given)
    for i, x in enumerate(given):
        assert found.pearson.values[i, 0] == compare(x, given[0]).pearson


def test_nan_infinite_and_constant_images() -> None:
    given = images("float64", 6)
    given[1][3, 4:9] = np.nan
    given[2][0, 0] = np.inf
    given[3][:] = 0.1
    given[4][:5] = np.nan
    assert_as_compare(pairwise(given), given)
    only = pairwise(given).sel(image="image 4", image_2="image 1")
    assert "constant" in only.note.item()


def test_masked_arrays_and_masks() -> None:
    given = images("uint16")
    mask = np.random.default_rng(3).random(given[0].shape) < 0.3
    assert_as_compare(pairwise(given, mask=mask), given, mask=mask)
    own = [given[0], np.ma.MaskedArray(given[1], mask), given[2]]
    assert_as_compare(pairwise(own), own)
    nothing = pairwise(given, mask=np.zeros_like(mask))
    assert np.isnan(nothing.pearson).all()
    assert "no pixel" in nothing.note.values[0, 1]


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_regions_and_labels(dtype: str) -> None:
    given = images(dtype, 4)
    ring = np.zeros(given[0].shape, bool)
    ring[5:20, 7:30] = True
    ring[9:15, 12:20] = False
    regions = {
        "ring": ring,
        "triangle": np.array([[1, 1], [30, 3], [4, 35]]),
        "outside": np.array([[100, 100], [120, 100], [120, 120]]),
    }
    found = pairwise(given, regions=regions)
    labels = np.zeros(given[0].shape, np.uint8)
    labels[:10], labels[20:] = 3, 7
    of_labels = pairwise(given, regions=labels)
    assert [str(name) for name in of_labels.region.values] == ["label 3", "label 7"]
    for dataset, asked in ((found, regions), (of_labels, labels)):
        for i, x in enumerate(given):
            for j, y in enumerate(given):
                expected = compare(x, y, regions=asked, names=("a", "b")).rows
                for k, row in enumerate(expected):
                    here = dataset.isel(region=k, image=i, image_2=j)
                    assert str(here.region.values) == row["region"]
                    assert here.n == row["n"]
                    for name in ("pearson", "rmsd", "mean_difference"):
                        assert here[name].item() == pytest.approx(
                            row[name], rel=1e-12, abs=1e-12, nan_ok=True
                        )


def test_metrics_that_are_not_symmetric_and_of_pixels() -> None:
    given = images("uint16", 3)
    names = ["bias", "gain", "spearman", "ssim"]
    found = pairwise(given, metrics=names)
    assert_as_compare(found, given)
    np.testing.assert_array_equal(found.bias, -found.bias.transpose())


RESCALED = ["percentile", ("percentile", 5, 90.5), "zscore", "linear"]


@pytest.mark.parametrize("rescale", RESCALED)
@pytest.mark.parametrize("dtype", ["bool", "uint8", ">u2", "int32", "float32", ">f8"])
def test_rescaled(rescale, dtype: str) -> None:
    given = images(dtype, 4)
    given.append(given[0].astype(np.uint8))
    if dtype == "bool" and rescale != "zscore":
        given = [image | np.eye(*image.shape, dtype=bool) for image in given[:4]]
    found = pairwise(given, rescale=rescale)
    assert_as_compare(found, given, rescale=rescale)


def test_rescaled_in_numpy() -> None:
    given = images("uint16", 6, (300, 301))  # too many pixels to sort
    flat = np.array([image.ravel() for image in given], float)
    n = flat.shape[1]
    ranks = [n // 100, n * 99 // 100]
    low, high = np.sort(flat, axis=1)[:, ranks].T[..., None]
    ways = {
        "percentile": (flat - low) / (high - low),
        "zscore": (flat - flat.mean(1)[:, None]) / flat.std(1)[:, None],
    }
    for rescale, scaled in ways.items():
        found = pairwise(given, rescale=rescale, on_pair=pytest.fail)
        euclid = squareform(pdist(scaled)) / math.sqrt(n)
        city = squareform(pdist(scaled, "cityblock")) / n
        np.testing.assert_allclose(found.rmsd, euclid, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(found.mean_difference, city, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(found.pearson, pairwise(given).pearson)
        alone = pairwise(given, rescale=rescale, metrics=["rmsd"])
        np.testing.assert_allclose(alone.rmsd, euclid, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rescale", ["percentile", "zscore"])
@pytest.mark.parametrize("dtype", ["uint16", "float64"])
def test_rescaled_where_it_is_hard(rescale: str, dtype: str, monkeypatch) -> None:
    monkeypatch.setattr("similij.matrix.stack.TILE", 1)
    monkeypatch.setattr("similij.matrix.stack._SHORTEST", 40)
    given = images(dtype, 8)
    given[1][:] = 7  # constant
    given[2] = given[0].copy()  # equal
    given[3] = 2 * given[0] + 3  # equal once rescaled
    given[4] = given[0].copy()
    given[4][3, 4] += 1  # nearly equal
    if dtype == "float64":
        given[5][2, 3:9] = np.nan
        given[6][0, 0] = np.inf
    mask = np.random.default_rng(3).random(given[0].shape) < 0.4
    for inside in (None, mask):
        found = pairwise(given, rescale=rescale, mask=inside)
        assert_as_compare(found, given, rescale=rescale, mask=inside)
    own = [given[0], np.ma.MaskedArray(given[7], mask), given[4]]
    assert_as_compare(pairwise(own, rescale=rescale), own, rescale=rescale)


@pytest.mark.parametrize("rescale", RESCALED)
def test_each_region_is_rescaled_by_itself(rescale) -> None:
    given = images("uint16", 3)
    labels = np.zeros(given[0].shape, np.uint8)
    labels[:10], labels[20:] = 3, 7
    found = pairwise(given, regions=labels, rescale=rescale)
    for i, x in enumerate(given):
        for j, y in enumerate(given):
            expected = compare(x, y, regions=labels, rescale=rescale).rows
            for k, row in enumerate(expected):
                here = found.isel(region=k, image=i, image_2=j)
                assert here.rmsd.item() == pytest.approx(row["rmsd"], rel=1e-12)
                assert here.pearson.item() == row["pearson"]


def test_files_are_read_once_and_named(tmp_path: Path) -> None:
    given = images("uint16", 4)
    paths = [tmp_path / f"{k}.tif" for k in range(3)] + [tmp_path / "sub" / "0.tif"]
    (tmp_path / "sub").mkdir()
    for k, (path, image) in enumerate(zip(paths, given, strict=True)):
        packed = {"compression": "zlib"} if k == 1 else {}
        tifffile.imwrite(path, image, **packed)
    found = pairwise(paths)
    np.testing.assert_array_equal(found.rmsd, pairwise(given).rmsd)
    assert [*found.image.values] == [str(paths[0]), "1.tif", "2.tif", str(paths[3])]
    assert [*found.file.values] == [str(path) for path in paths]
    assert sorted(tmp_path.glob("similij-*")) == []


def test_named_axes_are_aligned() -> None:
    given = images("uint8", 3)
    stack = xr.DataArray(np.stack(given), dims=("z", "y", "x"))
    turned = stack.transpose("x", "y", "z") // 2
    found = pairwise([stack, turned])
    assert found.pearson.values[0, 1] == compare(stack, turned).pearson
    assert found.attrs["plane"] == "all 3"


def test_a_roi_on_the_plane_of_rgb_images_is_in_all_three() -> None:
    from similij.regions.region import Region

    random = np.random.default_rng(5)
    arrays = [random.integers(0, 256, (9, 11, 3), dtype=np.uint8) for _ in range(2)]
    images = [similij.Image(array, "yxs") for array in arrays]
    for tied in ({"position": 1}, {"c": 1}, {"c": 1, "z": 1, "t": 1}):
        cell = Region("cell", 2, 3, 4, 5, **tied)
        matrix = similij.pairwise(images, regions=cell, color="channels")
        x, y = (array[3:8, 2:6].astype(float).ravel() for array in arrays)
        assert matrix.n.values[0, 0, 1] == x.size
        assert matrix.pearson.values[0, 0, 1] == pytest.approx(np.corrcoef(x, y)[0, 1])
    # A bare number counts the frames of a stack, red, green and blue of each.
    stacks = [np.stack([array, array[::-1]]) for array in arrays]
    images = [similij.Image(stack, "tyxs") for stack in stacks]
    cell = Region("cell", 2, 3, 4, 5, position=2)
    matrix = similij.pairwise(images, regions=cell, color="channels")
    x, y = (stack[1, 3:8, 2:6].astype(float).ravel() for stack in stacks)
    assert matrix.n.values[0, 0, 1] == x.size
    assert matrix.pearson.values[0, 0, 1] == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_rows_are_those_of_compare() -> None:
    given = images("uint8", 3)
    found = pairwise(given, names=["a", "b", "c"])
    made = [*rows(found)]
    assert [(r["image_1"], r["image_2"]) for r in made] == [
        ("a", "b"), ("a", "c"), ("b", "c")]  # fmt: skip
    expected = compare(given[0], given[2], names=("a", "c")).rows[0]
    assert {**made[1], "run": ""} == {**expected, "run": ""}


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    a = np.zeros((4, 5), np.uint8)
    with pytest.raises(ImageError, match="1 image is given"):
        pairwise([a])
    with pytest.raises(ImageError, match=r'"image 1" is 5×4.*"image 3" is 4×5'):
        pairwise([a, a, a.T])
    with pytest.raises(ImageError, match=r"none\.tif"):
        pairwise([a, tmp_path / "none.tif"])
    with pytest.raises(ImageError, match="3 names for 2 images"):
        pairwise([a, a], names=["a", "b", "c"])
    with pytest.raises(ValueError, match="no metric 'r'"):
        pairwise([a, a], metrics="r")
    assert similij.pairwise is pairwise


def replicates(count: int = 9, odd: int | None = 4) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    cell = random.normal(size=(40, 30))
    takes = [100 * (cell + 0.3 * random.normal(size=cell.shape)) for _ in range(count)]
    if odd is not None:
        takes[odd] = 100 * random.normal(size=cell.shape)
    return takes


def test_the_odd_one_out_is_named_with_its_evidence() -> None:
    takes = replicates()
    found = pairwise(takes, names=[f"take {k}" for k in range(len(takes))])
    for metric in ("pearson", "rmsd", None):
        odd = odd_ones_out(found, metric)
        assert [one.image for one in odd] == ["take 4"]
        values = found[metric or "pearson"].values
        typical = np.median(np.delete(values[4], 4))
        rest = [np.median(np.delete(values[k], k)) for k in range(len(takes)) if k != 4]
        assert odd[0].typical == pytest.approx(typical, rel=1e-14)
        assert odd[0].others == pytest.approx((min(rest), np.median(rest), max(rest)))
        assert f"{typical:.4g}" in odd[0].sentence
        assert "other 8 images" in odd[0].sentence


def test_no_odd_one_where_evidence_is_missing() -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        cell = random.normal(size=(32, 32))
        same = [cell + 0.3 * random.normal(size=cell.shape) for _ in range(10)]
        assert odd_ones_out(pairwise(same)) == []
    assert odd_ones_out(pairwise(replicates(4, 2))) == []
    equal = [np.arange(12).reshape(3, 4)] * 6
    assert odd_ones_out(pairwise(equal)) == []
    # a little less alike, far outside the spread of the others, is of no consequence
    takes = replicates(9, None)
    takes[3] = takes[3] + 5 * np.random.default_rng(0).normal(size=takes[3].shape)
    assert odd_ones_out(pairwise(takes)) == []
    # but one that differs at all from others that are equal is odd
    assert [o.image for o in odd_ones_out(pairwise([*equal, equal[0].T.reshape(3, 4)]))]


def wells(odd: str, seed: int) -> list[np.ndarray]:
    """Fields of different cells, the last of them changed."""
    random = np.random.default_rng(seed)
    fields = []
    for k in range(10):
        spots = random.random((80, 90)) < 0.02
        sharp = 4000 * ndimage.gaussian_filter(spots.astype(float), 2)
        if k == 9 and odd == "dim":
            sharp *= 0.3
        if k == 9 and odd == "blurred":
            sharp = ndimage.gaussian_filter(sharp, 5)
        if k == 9 and odd == "fine":
            sharp = 1.4 * sharp.mean() + sharp.std() * random.normal(size=sharp.shape)
        fields.append(sharp + random.normal(20, 3, sharp.shape))
    return fields


@pytest.mark.parametrize("odd", ["", "dim", "blurred", "fine"])
def test_an_odd_one_among_fields_that_have_nothing_in_common(odd: str) -> None:
    for seed in range(4):
        fields = wells(odd, seed)
        found = pairwise(fields)
        named = odd_ones_out(found)
        assert [one.image for one in named] == (["image 10"] if odd else [])
        for k, field in enumerate(fields):
            steps = np.diff(field, axis=1)
            fine = (steps**2).mean() / (2 * field.var())
            of_image = found.isel(image=k)
            assert of_image.image_mean == pytest.approx(field.mean(), rel=1e-9)
            assert of_image.image_contrast == pytest.approx(field.std(), rel=1e-9)
            assert of_image.image_fineness == pytest.approx(fine, rel=1e-9)
        if odd:
            (one,) = named
            numbers = found[one.metric].values
            assert one.typical == numbers[9]
            rest = numbers[:9]
            assert one.others == pytest.approx((min(rest), np.median(rest), max(rest)))
            assert one.metric != "image_mean"
            logs = np.log(numbers)
            away = np.abs(logs - np.median(logs))
            score = away[9] / (1.4826 * np.median(away))
            assert one.score == pytest.approx(score)
            assert f"{numbers[9]:.4g}; those of the others are" in one.sentence
            assert odd_ones_out(found, one.metric) == named
            assert odd_ones_out(found, "pearson") == []


def test_looks_are_of_the_region_and_of_what_counts() -> None:
    fields = wells("", 1)[:3]
    inside = np.hypot(*(np.indices(fields[0].shape) - 40)) < 30
    masked = pairwise(fields, mask=inside)
    regions = pairwise(fields, regions={"a": inside, "b": ~inside})
    assert regions.image_contrast.dims == ("region", "image")
    for k, field in enumerate(fields):
        both = inside[:, 1:] & inside[:, :-1]
        fine = (np.diff(field, axis=1)[both] ** 2).mean() / (2 * field[inside].var())
        for found in (masked.isel(image=k), regions.isel(image=k, region=0)):
            assert found.image_mean == pytest.approx(field[inside].mean(), rel=1e-9)
            assert found.image_fineness == pytest.approx(fine, rel=1e-9)
    flat = pairwise([np.ones((9, 9)), np.eye(9)])
    assert math.isnan(flat.image_fineness[0])
    assert np.isnan(pairwise([np.eye(3), np.ones((3, 3))]).image_mean).all()


def test_a_group_is_not_odd() -> None:
    """Of 33 slices the 14 at both ends are less like the others."""
    random = np.random.default_rng(2)
    scene = ndimage.gaussian_filter(random.normal(size=(48, 48)), 2)
    for apart, count in ((14, 33), (4, 10), (2, 7)):
        images = [scene + 0.02 * random.normal(size=scene.shape) for _ in range(count)]
        for k in range(apart):
            images[k] = images[k] + 0.2 * random.normal(size=scene.shape)
        assert odd_ones_out(pairwise(images), "pearson") == []
    # two of ten are still two odd ones
    images = [scene + 0.02 * random.normal(size=scene.shape) for _ in range(10)]
    for k in (3, 8):
        images[k] = ndimage.gaussian_filter(random.normal(size=scene.shape), 2)
    named = [one.image for one in odd_ones_out(pairwise(images), "pearson")]
    assert sorted(named) == ["image 4", "image 9"]


def test_odd_ones_need_a_metric_with_a_direction_and_one_region() -> None:
    takes = replicates()
    with pytest.raises(ValueError, match=r"'gain'.*pearson"):
        odd_ones_out(pairwise(takes, metrics=["pearson", "gain"]), "gain")
    two = pairwise(
        takes, regions={"a": np.ones((40, 30), bool), "b": np.eye(40, 30) > 0}
    )
    with pytest.raises(ValueError, match="2 regions"):
        odd_ones_out(two)
    assert odd_ones_out(two.isel(region=0))[0].image == "image 5"


def test_distances_order_and_places() -> None:
    line = [np.full((4, 4), float(k)) for k in (0, 5, 1, 6)]
    found = pairwise(line, metrics="rmsd")
    apart = distances(found, directed(found))
    assert apart.tolist() == [[abs(a - b) for b in (0, 5, 1, 6)] for a in (0, 5, 1, 6)]
    order = clustering(apart)[1]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {
        frozenset({0, 2}), frozenset({1, 3})}  # fmt: skip
    places, shares = placed(apart)
    between = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.testing.assert_allclose(between, apart, atol=1e-9)
    assert shares == pytest.approx((1.0, 0.0))


def test_files_of_a_matrix(tmp_path: Path) -> None:
    takes = replicates()
    takes[7] = np.full_like(takes[7], 3.0)
    found = pairwise(takes)
    written = write_matrix(found, tmp_path, takes)
    names = {path.name for path in (*written.tables, *written.pictures)}
    assert names == {path.name for path in tmp_path.iterdir()} == {
        "pairs.csv", "pearson.csv", "rmsd.csv", "mean_difference.csv", "matrix.nc",
        "odd.csv", "matrix.png", "map.png"}  # fmt: skip
    pairs = pd.read_csv(tmp_path / "pairs.csv")
    assert len(pairs) == 36
    assert pairs.pearson.isna().sum() == 8
    assert pairs.note[pairs.pearson.isna()].str.contains("constant").all()
    square = pd.read_csv(tmp_path / "rmsd.csv", index_col=0)
    np.testing.assert_array_equal(square.values, found.rmsd.values)
    with xr.open_dataset(tmp_path / "matrix.nc", engine="scipy") as again:
        np.testing.assert_array_equal(again.pearson, found.pearson)
        assert [str(n) for n in again.image.values] == [*found.image.values]
        assert again.attrs["metrics"] == "pearson,rmsd,mean_difference"
    # image 8 has no R, and RMSD sees it
    assert pd.read_csv(tmp_path / "odd.csv").image.tolist() == ["image 5", "image 8"]
    assert any("image 5" in sentence for sentence in written.words)


def test_regions_have_files_of_their_own(tmp_path: Path) -> None:
    labels = np.zeros((40, 30), np.uint8)
    labels[:20], labels[20:] = 1, 2
    write_matrix(pairwise(replicates(), regions=labels), tmp_path)
    assert {"label_1_matrix.png", "label_2_rmsd.csv"} <= {
        path.name for path in tmp_path.iterdir()
    }
    assert len(pd.read_csv(tmp_path / "pairs.csv")) == 72


def test_a_region_without_any_value_has_no_map(tmp_path: Path) -> None:
    labels = np.zeros(replicates()[0].shape, np.uint8)
    labels[:20], labels[21, 21] = 1, 2  # R of one pixel is undefined
    found = pairwise(replicates(), regions=labels, metrics=["pearson"])
    alone = found.sel(region="label 2")
    assert np.isnan(alone["pearson"].values[0, 1])
    drawn = plot_images_map(alone)
    assert any("there is no map" in text.get_text() for text in drawn.texts)
    write_matrix(found, tmp_path)
    assert (tmp_path / "label_2_map.png").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 12, 40, 66, 130])
def test_pictures_of_a_matrix_are_legible(count: int, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    takes = [random.normal(size=(8, 9)) for _ in range(count)]
    names = [f"an image with a rather long name {k}.tif" for k in range(count)]
    found = pairwise(takes, names=names)
    for metric in ("pearson", "rmsd"):
        assert_legible(plot_matrix(found, metric))
        assert_legible(plot_images_map(found, metric, thumbnail=lambda k: takes[k]))


def test_by_shell(tmp_path: Path, shell: Shell) -> None:
    folder = tmp_path / "replicates"
    folder.mkdir()
    takes = [(take + 1000).astype(np.uint16) for take in replicates()]
    for k, take in enumerate(takes, start=3):
        tifffile.imwrite(folder / f"take{k}.tif", take)
    (folder / "notes.txt").write_text("no image")
    code, out, err = shell(
        "pairwise", folder, "--out", tmp_path / "m", "--format", "csv",
        "--metrics", "pearson, bias",
    )  # fmt: skip
    assert code == 0
    table = pd.read_csv(io.StringIO(out))
    assert len(table) == 36
    assert table.image_1[0] == "take3.tif"
    assert table.image_2.iloc[-1] == "take11.tif"
    assert table.bias[0] == compare(takes[0], takes[1], metrics="bias").rows[0]["bias"]
    assert '"take7.tif" is an odd one out' in err
    assert (tmp_path / "m" / "matrix.png").is_file()
