"""What may be compared, and the sentences that refuse the rest."""

from __future__ import annotations

import gc
import re
import weakref

import dask.array as da
import numpy as np
import pytest
import xarray as xr

import similij
import truth
from similij import ImageError, compare
from similij.images.pair import prepare
from similij.regions import Region

RNG = np.random.default_rng(11)
X = RNG.integers(0, 1000, (2, 3, 5, 7)).astype(np.uint16)  # t, z, y, x: none alike
Y = RNG.integers(0, 1000, X.shape).astype(np.uint16)
MASK = RNG.random(X.shape) < 0.5
DIMS = ("t", "z", "y", "x")


def numbers(*images, **options) -> tuple:
    found = compare(*images, **options)
    return tuple(found.rows[0][k] for k in ("n", "pearson", "rmsd", "mean_difference"))


def exact(mask: np.ndarray | None = None) -> object:
    return pytest.approx(truth.metrics(X, Y, mask), rel=1e-12)


class Counted:
    """An image as dask sees a file: it knows how much of it is in memory at once."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.shape, self.dtype, self.ndim = pixels.shape, pixels.dtype, pixels.ndim
        self._pixels = pixels
        self.read, self.alive, self.most, self.largest = 0, 0, 0, 0

    def __getitem__(self, index) -> np.ndarray:
        block = self._pixels[index].copy()
        self.read += block.size
        self.alive += block.size
        self.most = max(self.most, self.alive)
        self.largest = max(self.largest, block.size)
        weakref.finalize(block, self._free, block.size)
        return block

    def _free(self, size: int) -> None:
        self.alive -= size


@pytest.mark.parametrize("chunks", [(1, 3, 5, 7), (2, 1, 2, 3), (1, 1, 1, 7)])
@pytest.mark.parametrize("other", ["numpy", "same", "rechunked"])
@pytest.mark.parametrize("mask", [None, "numpy", "dask", "plane"])
def test_dask(chunks, other: str, mask: str | None) -> None:
    x = da.from_array(X, chunks=chunks)
    y = {
        "numpy": Y,
        "same": da.from_array(Y, chunks=chunks),
        "rechunked": da.from_array(Y, chunks=(2, 2, 4, 5)),
    }[other]
    inside = {
        None: None,
        "numpy": MASK,
        "dask": da.from_array(MASK, chunks=2),
        "plane": MASK[0, 0],
    }[mask]
    assert numbers(x, y, mask=inside) == exact(inside if mask != "dask" else MASK)
    assert numbers(y, x, mask=inside) == exact(inside if mask != "dask" else MASK)
    if mask == "dask":
        assert numbers(X, Y, mask=inside) == exact(MASK)


@pytest.mark.parametrize("rescale", ["none", "percentile"])
@pytest.mark.parametrize("regions", [None, [Region("r", 3, 2, 30, 200)]])
def test_dask_is_never_whole_in_memory(rescale: str, regions) -> None:
    pixels = np.arange(4 * 256 * 512, dtype=np.float64).reshape(4, 256, 512)
    source = Counted(pixels)
    x = da.from_array(source, chunks=(1, 16, 512), asarray=False)
    gc.collect()
    source.read = source.most = source.largest = 0
    passes = 1 if rescale == "none" or regions else 2
    with similij.cluster(memory_limit="2 MB"):
        found = compare(x, pixels[::-1], rescale=rescale, regions=regions)
    assert found.n == (pixels.size if regions is None else 4 * 6000)
    assert source.largest <= 16 * 512
    assert source.most * pixels.itemsize <= 2_000_000  # and the image is twice that
    assert source.read <= passes * pixels.size


def test_blocks_say_where_they_begin() -> None:
    numbered = np.arange(X.size).reshape(X.shape)
    seen = []
    for a, b, mask, (*before, top, left) in prepare(
        da.from_array(numbered, chunks=(1, 2, 3, 4)), numbered
    ).blocks():
        assert mask is None
        assert type(a) is type(b) is np.ndarray
        assert (a == b).all()
        *others, rows, columns = np.unravel_index(a, X.shape)
        assert [o.min() for o in others] == before
        assert (rows == top + np.arange(a.shape[-2])[:, None]).all()
        assert (columns == left + np.arange(a.shape[-1])).all()
        seen += a.ravel().tolist()
    assert sorted(seen) == list(range(X.size))


@pytest.mark.parametrize("dims", [DIMS, ("x", "t", "y", "z"), ("y", "x", "z", "t")])
@pytest.mark.parametrize("lazy", [False, True])
def test_xarray_is_aligned_by_name(dims, lazy: bool) -> None:
    x, y = (xr.DataArray(a, dims=DIMS) for a in (X, Y))
    mask = xr.DataArray(MASK, dims=DIMS)
    other = y.transpose(*dims)
    if lazy:
        x, other = x.chunk(2), other.chunk(3)
    region = Region("r", 2, 1, 3, 4)
    inside = np.zeros((5, 7), bool)
    inside[1:5, 2:5] = True
    for a, b in ((x, other), (x.transpose(*dims), y)):
        assert numbers(a, b) == exact()
        assert numbers(a, b, mask=mask.transpose(*dims[::-1])) == exact(MASK)
        plane = mask.isel(t=1, z=2)
        assert numbers(a, b, mask=plane.transpose("x", "y")) == exact(MASK[1, 2])
        lines = mask.isel(t=0, x=3)
        assert numbers(a, b, mask=lines) == exact(MASK[0, :, :, 3][None, :, :, None])
        assert numbers(a, b, regions=region) == exact(inside)


@pytest.mark.parametrize("dims", [DIMS, ("x", "t", "y", "z"), ("y", "x", "z", "t")])
def test_what_has_no_names_follows_the_image_that_has(dims) -> None:
    """A plain image, mask or masked array lies as the DataArray beside it does."""
    turn = [DIMS.index(d) for d in dims]
    x = xr.DataArray(X, dims=DIMS).transpose(*dims)
    y, mask = Y.transpose(turn), MASK.transpose(turn)
    region = Region("r", 2, 1, 3, 4)
    inside = np.zeros((5, 7), bool)
    inside[1:5, 2:5] = True
    masked = np.ma.masked_array(y, ~mask)
    for a, b, c in ((x, y, masked), (y, x, x)):
        assert numbers(a, b) == exact()
        assert numbers(a, b, mask=mask) == exact(MASK)
        assert numbers(a, b, regions=region) == exact(inside)
        named = xr.DataArray(MASK, dims=DIMS).isel(t=0)
        assert numbers(a, b, mask=named) == exact(MASK[0])
        assert numbers(a if c is masked else masked, c) == exact(MASK)
    last = mask[0, 0] if dims == DIMS else mask[:1, :1]
    back = np.argsort(turn)
    full = np.broadcast_to(last, mask.shape).transpose(back)
    assert numbers(x, y, mask=last) == exact(full)


def test_masked_arrays() -> None:
    x, y = np.ma.masked_array(X, ~MASK), np.ma.masked_greater(Y, 800)
    keep = MASK & (Y <= 800)
    assert numbers(x, y) == exact(keep)
    assert numbers(x, y, mask=MASK[0, 0]) == exact(keep & MASK[0, 0])
    assert numbers(np.ma.masked_array(X), Y) == exact()


def test_anything_with_an_array() -> None:
    class Image:
        def __array__(self, dtype=None, copy=None) -> np.ndarray:
            return X

    assert numbers(Image(), Y) == exact()
    assert numbers(X.tolist(), Y.tolist()) == exact()
    assert numbers(memoryview(X), Y) == exact()


def test_names() -> None:
    x = xr.DataArray(X, dims=DIMS, name="GFP")
    row = compare(x, Y).rows[0]
    assert (row["image_1"], row["image_2"]) == ("GFP", "image 2")
    row = compare(da.from_array(X), da.from_array(Y)).rows[0]
    assert (row["image_1"], row["image_2"]) == ("image 1", "image 2")  # no hashes
    row = compare(x, Y, names=["a b", 'ü"[1]']).rows[0]
    assert (row["image_1"], row["image_2"]) == ("a b", 'ü"[1]')
    for wrong in ("ab", ["a"], ["a", "b", "c"]):
        with pytest.raises(ValueError, match="must be two, one for each image"):
            compare(X, Y, names=wrong)


SPACE = xr.DataArray(np.zeros((3, 4)), dims=("y", "x"))
REFUSED = [
    (
        np.zeros((512, 512), "u1"),
        np.zeros((400, 512), "u2"),
        {"names": ("cells.tif", "nuclei.tif")},
        '"cells.tif" is 512×512 pixels (uint8), "nuclei.tif" is 512×400 pixels '
        "(uint16): both images must have the same width and height",
    ),
    (
        np.zeros((2, 3, 4)),
        np.zeros((3, 4)),
        {},
        '"image 1" is 2 planes of 4×3 pixels (float64), "image 2" is 4×3 pixels '
        "(float64): both images must have the same number of dimensions, not 3 and 2",
    ),
    (
        np.zeros((2, 3, 4)),
        np.zeros((5, 3, 4)),
        {},
        '"image 1" is 2 planes of 4×3 pixels (float64), "image 2" is 5 planes of 4×3 '
        "pixels (float64): both images must have the same number of planes",
    ),
    (
        np.zeros(3),
        np.zeros(4),
        {},
        '"image 1" is 3 pixels (float64), "image 2" is 4 pixels (float64): both',
    ),
    (3, [3], {}, '"image 1" is a single number (int64), "image 2" is 1 pixels'),
    (
        SPACE,
        SPACE.rename(x="lambda"),
        {},
        '"image 1" is a single plane, "image 2" is a stack over lambda: both must have '
        "the same axes, and they have y, x and y, lambda",
    ),
    (
        SPACE.expand_dims(c=2),
        SPACE,
        {"names": ("a", "b")},
        '"a" is a stack over channels, "b" is a single plane: both must have the same',
    ),
    (
        SPACE.transpose("x", "y"),
        np.zeros((2, 4, 3)),
        {},
        "both images must have the same number of dimensions, not 2 and 3",
    ),
    (np.zeros(3, "c8"), [1, 2, 3], {}, '"image 1" is complex (complex64): compare its'),
    ([1, 2, 3], np.zeros(3, "c16"), {}, '"image 2" is complex (complex128)'),
    (np.array([1, None]), [1, 2], {}, '"image 1" is of type object: images are of'),
    ("a.tif", [1], {}, '"a.tif" does not exist: check the path to the image'),
    ([[1], [1, 2]], [1], {}, '"image 1" cannot be made an array, its rows are of'),
    (X, Y, {"mask": MASK.astype("u1")}, "the mask is of type uint8: it must be bool"),
    (
        X,
        Y,
        {"mask": MASK[..., :6]},
        "the mask is 2×3 planes of 6×5 pixels, the images are 2×3 planes of 7×5 pixels",
    ),
    (X, Y, {"mask": MASK[:, 0]}, "the mask must have their shape, or that of their"),
    (X[0, 0], Y[0, 0], {"mask": MASK[0]}, "the mask is 3 planes of 7×5 pixels"),
    (
        SPACE,
        SPACE,
        {"mask": SPACE.rename(x="q") > 0},
        "the mask has the axis q, the images have y, x",
    ),
    (X[0, 0, 0], Y[0, 0, 0], {"regions": Region("r", 0, 0, 1, 1)}, "has 1 dimension"),
]


@pytest.mark.parametrize(("x", "y", "options", "sentence"), REFUSED)
def test_refusals(x, y, options, sentence: str) -> None:
    with pytest.raises(ImageError, match=re.escape(sentence)) as caught:
        compare(x, y, **options)
    assert "\n" not in str(caught.value)


def test_dask_of_unknown_shape_is_refused() -> None:
    x = da.arange(10, chunks=3)
    x = x[x > 3]
    with pytest.raises(ImageError, match=r"unknown shape \(nan,\): call its .comp"):
        compare(x, x)
    assert compare(x.compute_chunk_sizes(), np.arange(4, 10)).rmsd == 0
