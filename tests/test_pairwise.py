"""All pairs: the numbers of `compare`, and those of others, for every type of pixel."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist, squareform

import similij
from similij import ImageError, compare
from similij.pairwise import pairwise, rows

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
    monkeypatch.setattr("similij._imagestack.TILE", 1)
    monkeypatch.setattr("similij._imagestack._SHORTEST", 40)
    for dtype in ("uint16", "float32"):
        given = images(dtype)
        assert_as_compare(pairwise(given), given)


def test_sums_beyond_63_bits_stay_exact(monkeypatch) -> None:
    monkeypatch.setattr("similij._gram._FLUSH", 1000)
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


@pytest.mark.parametrize("rescale", ["percentile", "zscore", "linear"])
def test_rescaled(rescale: str) -> None:
    given = images("uint16", 4)
    found = pairwise(given, rescale=rescale)
    assert_as_compare(found, given, rescale=rescale)


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
