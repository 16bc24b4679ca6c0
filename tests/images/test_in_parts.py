"""Images in parts: the files they come from, and the same numbers as in memory."""

from __future__ import annotations

import json
import re
from pathlib import Path

import dask.array as da
import h5py
import numpy as np
import pytest
import tifffile
import zarr

import similij
import truth
from similij import ImageError, RegionError, compare, open_image
from similij.images.calibration import of_axes
from similij.images.lazy_arrays import Stored, lazy_array, stored_in
from similij.measure.blocks.plan import Grid, plan
from similij.measure.blocks.sums import Tree
from similij.regions import Region
from support import Shell

RNG = np.random.default_rng(5)
SHAPE = (2, 7, 30, 44)  # c, z, y, x
X = RNG.integers(0, 60000, SHAPE).astype(np.uint16)
Y = RNG.integers(0, 60000, SHAPE).astype(np.uint16)
MASK = RNG.random(SHAPE) < 0.6
LABELS = RNG.integers(0, 5, SHAPE[1:]).astype(np.int32) * 1000
LABELS[LABELS == 4000] = 3_000_000  # too many for a table with a row for each number

AXES = [
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"},
]


def write_ome_zarr(
    path: Path, pixels: np.ndarray, version: str = "0.5", chunks=(1, 3, 16, 16), **more
) -> Path:
    """Write two levels, as the specification has them."""
    group = zarr.create_group(path, zarr_format=3 if version == "0.5" else 2)
    if version == "0.4":
        more = {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
    levels = [pixels, pixels[..., ::2, ::2]]
    for k, level in enumerate(levels):
        array = group.create_array(
            str(k), shape=level.shape, chunks=chunks[-level.ndim :], dtype=level.dtype,
            **more,
        )  # fmt: skip
        array[...] = level
    steps = [
        {"type": "scale", "scale": [1.0, 2.0, 0.5 * 2**k, 0.25 * 2**k][-pixels.ndim :]}
        for k in range(2)
    ]
    about = {
        "axes": AXES[-pixels.ndim :],
        "datasets": [
            {"path": str(k), "coordinateTransformations": [step]}
            for k, step in enumerate(steps)
        ],
    }
    if version == "0.5":
        group.attrs["ome"] = {"version": version, "multiscales": [about]}
    else:
        group.attrs["multiscales"] = [{"version": version, **about}]
    return path


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores")
    write_ome_zarr(folder / "x.zarr", X, "0.4")
    write_ome_zarr(folder / "y.zarr", Y, shards=(1, 6, 32, 32))
    write_ome_zarr(
        folder / "mask.zarr", MASK.astype(np.uint8) * 255, chunks=(1, 2, 30, 44)
    )
    write_ome_zarr(folder / "labels.zarr", LABELS, chunks=(4, 20, 20))
    for name, pixels in (("x", X), ("y", Y)):
        np.save(folder / f"{name}.npy", pixels)
        tifffile.imwrite(
            folder / f"{name}.ome.tif", pixels, tile=(16, 16), compression="zlib",
            metadata={"axes": "CZYX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.5,
                      "PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "µm"},
        )  # fmt: skip
        tifffile.imwrite(
            folder / f"{name}.tif",
            pixels.swapaxes(0, 1),
            imagej=True,
            metadata={"axes": "ZCYX"},
        )
        with h5py.File(folder / f"{name}.h5", "w") as file:
            made = file.create_dataset("a/raw", data=pixels, chunks=(1, 2, 16, 16))
            made.attrs["element_size_um"] = (2.0, 0.5, 0.25)
            for axis, label in zip(made.dims, "czyx", strict=True):
                axis.label = label
        plain = zarr.create_array(
            folder / f"{name}-plain.zarr",
            shape=SHAPE, dtype="u2", chunks=(2, 7, 9, 44),
            dimension_names=("c", "z", "y", "x"),
        )  # fmt: skip
        plain[...] = pixels
    return folder


def numbers(found) -> list[tuple]:
    return [
        tuple(row[k] for k in ("region", "n", "pearson", "rmsd", "mean_difference"))
        for row in found
    ]


def exact(mask=None):
    return pytest.approx(truth.metrics(X, Y, mask), rel=1e-12)


@pytest.mark.parametrize(
    "first", ["x.zarr", "x.npy", "x.ome.tif", "x.tif", "x.h5", "x-plain.zarr"]
)
@pytest.mark.parametrize("second", ["y.zarr", "y.h5:/a/raw"])
def test_every_kind_of_file(stores: Path, first: str, second: str) -> None:
    x, y = open_image(stores / first), open_image(str(stores / second))
    assert hasattr(x.data, "dask")
    if first == "x.npy":  # that says nothing of axes
        assert x.dims == ("axis_0", "axis_1", "y", "x")
        x = x.data
    row = numbers(compare(x, y))[0]
    assert row[1:] == exact()
    assert row[0] == "Whole image"


def test_axes_calibration_and_levels(stores: Path) -> None:
    for name in ("x.zarr", "y.zarr", "x.h5"):
        image = open_image(stores / name)
        assert image.dims == ("c", "z", "y", "x")
        found = of_axes(image)
        assert found.pixel_size == (0.25, 0.5, 2.0)
        assert found.unit == "µm"
    half = open_image(stores / "x.zarr", level=1)
    assert (half.values == X[..., ::2, ::2]).all()
    assert of_axes(half).pixel_size == (0.5, 1.0, 2.0)
    assert (open_image(stores / "x.zarr" / "1").values == half.values).all()
    assert of_axes(open_image(stores / "x.ome.tif")).pixel_size == (0.25, 0.5)


def test_a_pyramid_of_tiff(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "p.ome.tif") as tiff:
        about = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
        tiff.write(X[0, 0], subifds=1, tile=(16, 16), metadata=about)
        tiff.write(X[0, 0, ::2, ::2], subfiletype=1, tile=(16, 16))
    half = open_image(tmp_path / "p.ome.tif", level=1)
    assert (half.values == X[0, 0, ::2, ::2]).all()
    assert of_axes(half).pixel_size == (1.0, 1.0)


@pytest.mark.parametrize("limit", ["1 MB", "1 GB"])
def test_masks_labels_and_regions_come_in_parts_too(stores: Path, limit: str) -> None:
    x, y = open_image(stores / "x.zarr"), open_image(stores / "y.zarr")
    mask, labels = (
        open_image(stores / "mask.zarr") > 0,
        open_image(stores / "labels.zarr"),
    )
    regions = {"a": Region("a", 3, 5, 30, 20), "b": Region("b", 40, 20, 90, 90)}
    with similij.cluster(memory_limit=limit):
        assert numbers(compare(x, y, mask=mask)) == numbers(compare(X, Y, mask=MASK))
        for options in ({}, {"mask": mask}):
            known = {"mask": MASK} if options else {}
            for asked, plain in ((labels, LABELS), (regions, regions)):
                found = compare(x, y, regions=asked, **options)
                assert numbers(found) == numbers(compare(X, Y, regions=plain, **known))
                whole = truth.metrics(X, Y, known.get("mask"))
                assert sum(row["n"] for row in found) <= whole[0]
        per = compare(x, y, per=("c", "z"), regions=labels)
    assert len(per) == 2 * 7 * 4
    for row in per:
        c, z = row["channel_1"] - 1, row["z"] - 1
        inside = LABELS[z] == int(row["region"].split()[1])
        expected = truth.metrics(X[c, z], Y[c, z], inside)
        assert numbers([row])[0][1:] == pytest.approx(expected, rel=1e-12)


def test_floats_and_wide_integers(stores: Path) -> None:
    labels = open_image(stores / "labels.zarr")
    for dtype in (np.float32, np.float64, np.int64):
        x, y = X.astype(dtype) + 7, Y.astype(dtype) * 3
        if dtype != np.int64:
            x[0, 0, :4], y[1, 3, 2] = np.nan, np.nan
        lazy = (
            da.from_array(x, chunks=(1, 3, 16, 20)),
            da.from_array(y, chunks=(2, 2, 9, 44)),
        )
        for asked, plain in ((None, None), (labels, LABELS)):
            found = compare(*lazy, regions=asked)
            known = compare(x, y, regions=plain)
            assert [row["excluded"] for row in found] == [
                row["excluded"] for row in known
            ]
            assert [r[0] for r in numbers(found)] == [r[0] for r in numbers(known)]
            for one, two in zip(numbers(found), numbers(known), strict=True):
                assert one[1:] == pytest.approx(two[1:], rel=1e-12)


class CountedPixels:
    """Pixels of a file that counts what is read of it."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels, self.reads = pixels, np.zeros(pixels.shape, int)

    def __getitem__(self, index):
        self.reads[index] += 1
        return self.pixels[index]

    def __call__(self):
        return self, None


@pytest.mark.parametrize("limit", ["1 MB", "1 GB"])
@pytest.mark.parametrize(
    "chunks",
    [
        ((4, 16, 16), (8, 32, 64)),
        ((16, 64, 64), (1, 128, 128)),
        ((2, 64, 128), (3, 64, 128)),
        ((1, 128, 128), (30, 16, 128)),
    ],
)
def test_every_block_is_read_once(chunks, limit: str) -> None:
    shape = (30, 128, 128)
    x = RNG.integers(0, 255, shape).astype(np.uint8)
    y = RNG.integers(0, 255, shape).astype(np.uint8)
    counted = CountedPixels(x), CountedPixels(y)
    lazy = [
        lazy_array(Stored(source, shape, "u1", chunk))
        for source, chunk in zip(counted, chunks, strict=True)
    ]
    with similij.cluster(memory_limit=limit):
        found = compare(*lazy)
    assert numbers(found)[0][1:] == pytest.approx(truth.metrics(x, y), rel=1e-12)
    for source in counted:
        assert (source.reads == 1).all()


def test_cuts_that_cost_reads_are_few_and_counted() -> None:
    """Planes beside columns: no cut serves both, and memory for an eighth of them."""
    whole = (0, 64)
    every, few = tuple(range(65)), tuple(range(0, 65, 8))
    planes, columns = Grid((every, whole, whole), 1), Grid((whole, few, few), 1)
    free = plan((64, 64, 64), [planes, columns], 2 * 64**3)
    assert free.read == free.stored == 2 * 64**3
    tight = plan((64, 64, 64), [planes, columns], 2 * 64**3 // 8)
    assert tight.read == 64**3 + 8 * 64**3
    assert tight.tasks == 8
    with pytest.raises(
        ImageError, match=r"beside it take 0.3 MB, and the memory limit leaves 0.1"
    ):
        plan((64, 64, 64), [planes, Grid((whole,) * 3, 1)], 100_000)


def test_thousands_of_tasks_for_millions_of_blocks() -> None:
    cuts = tuple(range(0, 64 * 1024 + 1, 64))
    found = plan((65536,) * 3, [Grid((cuts,) * 3, 2)] * 2, 250_000_000)
    assert 1000 < found.tasks <= 8192
    assert found.read == found.stored


def test_results_merge_in_one_order() -> None:
    for count in (1, 2, 3, 7, 8, 13):
        expected = "".join(f"<{k}>" for k in range(count))
        for _ in range(5):
            tree = Tree(count)
            for k in RNG.permutation(count).tolist():
                tree.add(k, f"<{k}>")
            assert tree.total == expected


def test_stored_arrays_are_found_behind_dask(stores: Path) -> None:
    x = open_image(stores / "x.zarr")
    assert (stored_in(x.data).read() == X).all()
    part = x.isel(c=1).data
    assert stored_in(part) is part  # a part of it: read through dask
    assert (stored_in(x.data)[1:2, 2:4, 3:9, 5:8].read() == X[1:2, 2:4, 3:9, 5:8]).all()


REFUSED = [
    ("nothing.zarr", {}, "does not exist: check the path"),
    ("folder", {}, "is a folder, not a file, and no Zarr store"),
    (
        "x.zarr",
        {"level": 2},
        '"x.zarr" has 2 levels, 0 (the finest) to 1: level 2 is not',
    ),
    (
        "x.npy",
        {"level": 1},
        '"x.npy" is stored at one resolution only, level 0: level 1',
    ),
    ("x.h5:/b", {}, '"x.h5" holds no image /b; those in it: /a/raw. Name one'),
    ("no.h5", {}, "does not exist"),
    (
        "plate.zarr",
        {},
        "is a plate of 2 wells: give the field of one, such as plate.zarr/B/2/0",
    ),
    ("group.zarr", {}, "is a Zarr group and no image; in it there is: one, two"),
    ("cut.ome.tif", {}, "is cut short"),
]


@pytest.mark.parametrize(("name", "options", "sentence"), REFUSED)
def test_refusals(stores: Path, name: str, options, sentence: str) -> None:
    (stores / "folder").mkdir(exist_ok=True)
    if name == "plate.zarr":
        group = zarr.create_group(stores / name, overwrite=True)
        wells = [{"path": "B/2"}, {"path": "B/3"}]
        group.attrs["ome"] = {"version": "0.5", "plate": {"wells": wells}}
    if name == "group.zarr":
        group = zarr.create_group(stores / name, overwrite=True)
        for inner in ("one", "two"):
            group.create_array(inner, shape=(2, 2), dtype="u1")
    if name == "cut.ome.tif":
        (stores / name).write_bytes((stores / "x.ome.tif").read_bytes()[:5000])
    with pytest.raises(ImageError, match=re.escape(sentence)) as caught:
        open_image(str(stores / name), **options)
    assert "\n" not in str(caught.value)


def test_series_of_bioformats2raw(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "s.zarr", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    write_ome_zarr(tmp_path / "s.zarr" / "0", X, "0.4")
    assert (open_image(tmp_path / "s.zarr").values == X).all()
    write_ome_zarr(tmp_path / "s.zarr" / "1", Y, "0.4")
    with pytest.raises(ImageError, match="holds 2 images: choose one with series=1"):
        open_image(tmp_path / "s.zarr")
    assert json.loads((tmp_path / "s.zarr" / ".zattrs").read_text())


def test_what_labels_in_parts_cannot(stores: Path) -> None:
    x, y = open_image(stores / "x.zarr"), open_image(stores / "y.zarr")
    labels = open_image(stores / "labels.zarr")
    for options in ({"inverse": True}, {"rescale": "percentile"}):
        with pytest.raises(RegionError, match=r"comes in parts \(dask\)"):
            compare(x, y, regions=labels, **options)
    with pytest.raises(RegionError, match="is of type bool"):
        compare(x, y, regions=labels > 0)
    with pytest.raises(RegionError, match=r"has the label -5"):
        compare(x, y, regions=labels - 5)
    with (
        pytest.raises(ValueError, match="memory_limit is 'much'"),
        similij.cluster(memory_limit="much"),
    ):
        pass


def test_by_shell(tmp_path: Path, shell: Shell) -> None:
    random = np.random.default_rng(4)
    images = [random.integers(0, 4000, (6, 40, 50), dtype=np.uint16) for _ in range(2)]
    for name, image in zip("ab", images, strict=True):
        zarr.save_array(str(tmp_path / f"{name}.zarr"), image)
        tifffile.imwrite(tmp_path / f"{name}.tif", image, metadata={"axes": "ZYX"})
    exact = similij.compare(*images)

    for ending, options in (
        (".zarr", []),
        (".zarr", ["--memory-limit", "50MB"]),
        (".tif", ["--workers", "1"]),
    ):
        pair = [str(tmp_path / f"{name}{ending}") for name in "ab"]
        ran = shell("compare", *pair, *options, "--format", "json")
        assert ran.code == 0, ran.err
        rows = json.loads(ran.out)["rows"]
        assert rows[0]["pearson"] == exact.pearson
        assert rows[0]["rmsd"] == exact.rmsd
        assert rows[0]["n"] == exact.n
    pair = [str(tmp_path / f"{name}.zarr") for name in "ab"]
    assert "level 3" in shell("compare", *pair, "--level", "3").err
