"""Datasets, ImgPluses and intervals of a real ImgLib2 to images, by whatever way.

ImageJ2 is not on Maven Central, so its ImgPlus and Dataset are classes of the same
names and methods, compiled here, around images of the real ImgLib2.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from similij.imagej.jars import fetched
from support import run_python

pytestmark = pytest.mark.jvm

IMGLIB2 = ("net.imglib2:imglib2:7.1.4",)

SOURCES = Path(__file__).parent / "java"

PROLOGUE = """
import json, os, sys
import numpy as np
import jpype
from jpype import JArray, JClass, JInt, JLong
from similij.imagej.jars import class_path
jars = [str(p) for p in class_path()] + sys.argv[1].split(os.pathsep)
jpype.startJVM("-Djava.awt.headless=true", classpath=jars)
import similij
from similij.imagej.pixels import to_image, to_xarray
Arrays = JClass("net.imglib2.img.array.ArrayImgs")
Planars = JClass("net.imglib2.img.planar.PlanarImgs")
Views = JClass("net.imglib2.view.Views")
ImgPlus, Dataset = JClass("net.imagej.ImgPlus"), JClass("net.imagej.Dataset")
Linear = JClass("net.imagej.axis.DefaultLinearAxis")
Power = JClass("net.imagej.axis.PowerAxis")
rng = np.random.default_rng(31)
SHAPE = (2, 3, 4, 5)

def longs(numbers):
    return JArray(JLong)([int(n) for n in numbers])

def fill(image, values):
    # Value by value, by ImgLib2's own access.
    access = image.randomAccess()
    for index in np.ndindex(*values.shape):
        access.setPosition(longs(index[::-1]))
        pixel, value = access.get(), values[index]
        if values.dtype.kind == "f":
            pixel.setReal(float(value))
        elif values.dtype.kind == "b":
            pixel.set(bool(value))
        elif hasattr(pixel, "setInteger"):
            pixel.setInteger(JLong(int(value.astype(np.int64))))
        else:
            pixel.set(JInt(int(value.astype(np.int32))))
    return image

def of(values, factory="unsignedShorts", images=Arrays):
    return fill(getattr(images, factory)(longs(values.shape[::-1])), values)

def same(image, values):
    return image.pixels.dtype == values.dtype and np.array_equal(image.pixels, values)

def refusal(image):
    try:
        to_image(image)
    except similij.ImageError as error:
        return str(error)
    return "no error"

def answer(**values):
    print("ANSWER " + json.dumps(values), flush=True)
"""

EPILOGUE = """
sys.stdout.flush(); sys.stderr.flush(); os._exit(0)
"""


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Class path of ImgLib2 and of what stands for ImageJ2."""
    if shutil.which("javac") is None:
        pytest.skip("ImageJ2's stand-ins need javac (a JDK), which is not there")
    folder = tmp_path_factory.mktemp("classes")
    jars = [str(path) for path in fetched(IMGLIB2)]
    sources = [str(path) for path in SOURCES.rglob("*.java")]
    subprocess.run(
        ["javac", "-nowarn", "-cp", ":".join(jars), "-d", str(folder), *sources],
        check=True,
    )
    return ":".join([*jars, str(folder)])


def run(classes: str, script: str, *given: object) -> dict:
    import json

    out = run_python(PROLOGUE + script + EPILOGUE, classes, *given)
    found: dict = {}
    for line in out.splitlines():
        if line.startswith("ANSWER "):
            found.update(json.loads(line.removeprefix("ANSWER ")))
    return found


TYPES = """
LIMITS = {"unsigned2Bits": 3, "unsigned4Bits": 15, "unsigned12Bits": 4095}
wrong, tried = [], 0
for factory, dtype in {
    "bytes": "int8", "unsignedBytes": "uint8", "shorts": "int16",
    "unsignedShorts": "uint16", "ints": "int32", "unsignedInts": "uint32",
    "longs": "int64", "unsignedLongs": "uint64", "floats": "float32",
    "doubles": "float64", "bits": "bool", "booleans": "bool", "argbs": "uint32",
    "unsigned2Bits": "uint8", "unsigned4Bits": "uint8", "unsigned12Bits": "uint16",
}.items():
    if dtype == "bool":
        values = rng.random(SHAPE) > 0.5
    elif dtype[0] == "f":
        values = rng.normal(size=SHAPE).astype(dtype)
        values.flat[:3] = np.nan, np.inf, -0.0
    else:
        about = np.iinfo(dtype)
        top = LIMITS.get(factory, about.max)
        values = rng.integers(about.min, top, SHAPE, dtype=dtype, endpoint=True)
        values.flat[:2] = about.min, top
    for images in (Arrays, Planars):
        if not hasattr(images, factory):
            continue
        image = of(values, factory, images)
        expected = values
        if factory == "argbs":
            expected = np.stack([values >> s & 255 for s in (16, 8, 0)], -1)
            expected = expected.astype(np.uint8)
        for way, view, want in (
            ("itself", image, expected),
            ("interval of all", Views.interval(image, image), expected),
            ("part", Views.interval(image, longs([1, 1, 0, 0]), longs([3, 2, 2, 1])),
             expected[:2, :3, 1:3, 1:4]),
            ("moved", Views.translate(image, longs([5, 6, 7, 8])), expected),
            ("turned", Views.permute(image, 0, 2), expected.swapaxes(3, 1)),
            ("plane", Views.hyperSlice(Views.hyperSlice(image, 3, 1), 2, 2),
             expected[1, 2]),
            ("backwards", Views.zeroMin(Views.invertAxis(image, 1)),
             expected[:, :, ::-1]),
        ):
            tried += 1
            made = to_image(view).pixels
            if made.dtype != want.dtype or not np.array_equal(
                made, want, equal_nan=dtype[0] == "f"
            ):
                wrong.append([factory, str(images), way])
answer(wrong=wrong, tried=tried)
"""


def test_every_type_by_every_way_has_the_values(classes: str) -> None:
    found = run(classes, TYPES)
    assert found["wrong"] == []
    assert found["tried"] > 7 * 25


CELLS = """
Factory = JClass("net.imglib2.img.cell.CellImgFactory")
Type = JClass("net.imglib2.type.numeric.integer.UnsignedShortType")
values = rng.integers(0, 65536, (3, 7, 11), dtype=np.uint16)
good = []
for cells in ([4, 3, 2], [11, 7, 1], [11, 2, 1], [100, 100, 100], [1]):
    factory = Factory(Type(), JArray(JInt)(cells))
    image = fill(factory.create(longs(values.shape[::-1])), values)
    good.append(same(to_image(image), values))
line = np.arange(9, dtype=np.uint16)
answer(good=good, line=[*to_image(of(line)).axes], lines=same(to_image(of(line)), line))
complex_numbers = JClass("net.imglib2.img.array.ArrayImgs").complexFloats(longs([3, 2]))
answer(refusal=refusal(complex_numbers))
"""


def test_cells_lines_and_what_is_no_number(classes: str) -> None:
    found = run(classes, CELLS)
    assert found["good"] == [True] * 5
    assert found["line"] == ["x"]
    assert found["lines"]
    assert "has pixels of ComplexFloatType: real numbers" in found["refusal"]


DATASETS = """
def dataset(values, axes, factory="unsignedShorts", merged=False, images=Planars):
    own = [a if isinstance(a, jpype.JObject) else Linear(*a) for a in axes]
    plus = ImgPlus(of(values, factory, images), "cells.tif", "/data/cells.tif", *own)
    return Dataset(plus, merged, *own), plus

CZT = [("X", "µm", 0.5, -1.0), ("Y", "µm", 0.5, 0.0), ("Channel", None, 1.0, 0.0),
       ("Z", "µm", 2.0, 0.0), ("Time", "ms", 250.0, 0.0)]
values = rng.integers(0, 65536, (2, 3, 2, 5, 7), dtype=np.uint16)
both = dataset(values, CZT)
for key, image in zip(("dataset", "plus"), both):
    made = to_image(image)
    answer(**{key: [[*made.axes], same(made, values), made.title, made.path,
                    [*made.calibration.pixel_size], made.calibration.unit,
                    made.calibration.frame_s, [*made.times]]})
array = to_xarray(both[0])
answer(xarray=[[*array.dims], array.name, array.attrs,
               array.x.values.tolist(), array.c.values.tolist()],
       xarray_same=bool((array.values == values).all()))

# Channels first, as SCIFIO has some images; and what the shell has of the same pixels.
x = rng.integers(0, 256, (5, 7, 2), dtype=np.uint8)
other = dataset(x, [("Channel", None, 1.0, 0.0), *CZT[:2]], "unsignedBytes")[0]
answer(first=[[*to_image(other).axes], [*to_xarray(other).dims],
              bool((to_xarray(other).values == np.moveaxis(x, -1, 0)).all())])

single = rng.integers(0, 65536, (1, 1, 1, 5, 7), dtype=np.uint16)
made = to_image(dataset(single, CZT)[0])
answer(single=[[*made.axes], bool((made.pixels == single[0, 0, 0]).all()),
               len(made.calibration.pixel_size), made.calibration.frame_s])

stack = rng.integers(0, 65536, (4, 5, 7), dtype=np.uint16)
for key, axes in {
    "custom": [*CZT[:2], ("Lifetime", "ns", 0.1, 0.0)],
    "unknown": [*CZT[:2], ("Unknown", None, 1.0, 0.0)],
    "all unknown": [("Unknown", None, 1.0, 0.0)] * 3,
    "times": [*CZT[:2], Power("Time", "min")],
    "units": [("X", "µm", 0.5, 0.0), ("Y", "nm", 500.0, 0.0), ("Z", "µm", 1.0, 0.0)],
    "no unit": [("X", None, 1.0, 0.0), ("Y", None, 1.0, 0.0), ("Z", None, 1.0, 0.0)],
}.items():
    made = to_image(dataset(stack, axes)[0])
    answer(**{key: [[*made.axes], made.calibration.pixel_size, made.calibration.unit,
                    made.times]})
answer(twice=refusal(dataset(stack, [*CZT[:2], ("X", "µm", 1.0, 0.0)])[0]))

rgb = rng.integers(0, 256, (3, 5, 7), dtype=np.uint8)
axes = [*CZT[:2], CZT[2]]
merged = dataset(rgb, axes, "unsignedBytes", merged=True)[0]
answer(merged=[*to_image(merged).axes],
       channels=[*to_image(dataset(rgb, axes, "unsignedBytes")[0]).axes],
       deep=[*to_image(dataset(stack[:3], axes, merged=True)[0]).axes])
try:
    to_xarray(merged)
except similij.ImageError as error:
    answer(merged_refusal=str(error))
mask = stack > 30000
made = to_image(ImgPlus(of(mask, "bits"), "mask", None, *[Linear(*a) for a in
                (*CZT[:2], CZT[3])]))
answer(mask=[str(made.dtype), same(made, mask), [*made.axes], made.path])
"""


@pytest.fixture(scope="module")
def datasets(classes: str) -> dict:
    return run(classes, DATASETS)


@pytest.mark.parametrize("key", ["dataset", "plus"])
def test_axes_and_calibration_of_a_dataset(datasets: dict, key: str) -> None:
    axes, same, title, path, size, unit, frame_s, times = datasets[key]
    assert axes == ["t", "z", "c", "y", "x"]
    assert same
    assert (title, path) == ("cells.tif", "/data/cells.tif")
    assert (size, unit) == ([0.5, 0.5, 2.0], "µm")
    assert (frame_s, times) == (0.25, [0.0, 0.25])


def test_a_dataset_as_data_array(datasets: dict) -> None:
    dims, name, attrs, x, c = datasets["xarray"]
    assert dims == ["t", "z", "c", "y", "x"]
    assert datasets["xarray_same"]
    assert name == "cells.tif"
    assert attrs == {"units": "µm", "time_units": "ms"}
    assert x == [k * 0.5 - 1 for k in range(7)]
    assert c == [1, 2]
    assert datasets["first"] == [["y", "x", "c"], ["c", "y", "x"], True]


def test_axes_one_long_are_left_out(datasets: dict) -> None:
    assert datasets["single"] == [["y", "x"], True, 2, None]


def test_axes_of_other_names(datasets: dict) -> None:
    assert datasets["custom"][0] == ["Lifetime", "y", "x"]
    assert datasets["unknown"][0] == ["axis_0", "y", "x"]
    assert datasets["all unknown"][0] == ["axis_0", "y", "x"]
    assert datasets["times"][0] == ["t", "y", "x"]
    assert datasets["times"][3] == [0, 60, 240, 540]
    assert "has the axis x twice (named X, Y, X)" in datasets["twice"]


def test_sizes_in_two_units_or_none_are_not_said(datasets: dict) -> None:
    assert datasets["units"][1] is None
    assert datasets["no unit"][1] is None


def test_a_merged_dataset_is_a_color_image(datasets: dict) -> None:
    assert datasets["merged"] == ["s", "y", "x"]
    assert datasets["channels"] == ["c", "y", "x"]
    assert datasets["deep"] == ["c", "y", "x"]
    assert '"cells.tif" is an RGB (color) image' in datasets["merged_refusal"]


def test_a_mask_of_bits_is_one_of_booleans(datasets: dict) -> None:
    assert datasets["mask"] == ["bool", True, ["z", "y", "x"], ""]


LABELINGS = """
Labeling = JClass("net.imglib2.roi.labeling.ImgLabeling")
Lists, Sets = JClass("java.util.ArrayList"), JClass("java.util.LinkedHashSet")

def labeling(values, sets):
    every = Lists()
    for labels in sets:
        one = Sets()
        for label in labels:
            one.add(JInt(label) if isinstance(label, int) else label)
        every.add(one)
    return Labeling(of(values, "unsignedShorts"), every)

index = rng.integers(0, 3, (6, 8), dtype=np.uint16)
numbers = to_image(labeling(index, [[], [40], [7]])).pixels
words = to_image(labeling(index, [[], ["a"], ["b"]])).pixels
answer(numbers=bool((numbers == np.array([0, 40, 7])[index]).all()),
       words=bool((words == index).all()),
       both=refusal(labeling(index, [[], [40], [40, 7]])),
       unused=refusal(labeling(index, [[], [40], [7], [40, 7]])))
"""


def test_an_img_labeling_is_a_label_image(classes: str) -> None:
    found = run(classes, LABELINGS)
    assert found["numbers"]
    assert found["words"]
    assert "the labels 40 and 7 of an ImgLabeling share pixels" in found["both"]
    assert found["unused"] == "no error"


MIXED = """
import tifffile
T, Z, C, Y, X = 2, 3, 2, 6, 8
a = rng.integers(0, 65536, (T, Z, C, Y, X), dtype=np.uint16)
b = rng.integers(0, 65536, a.shape, dtype=np.uint16)
LABELS = ["X", "Y", "Channel", "Z", "Time"]

def dataset(values, labels=LABELS, factory="unsignedShorts"):
    own = [Linear(label, None, 1.0, 0.0) for label in labels]
    return Dataset(ImgPlus(of(values, factory), "set", None, *own), False, *own)

def image_plus(values, title="plus", kind="16-bit"):
    sizes = [*values.shape[::-1]] + [1] * (5 - values.ndim)
    bits = int(kind.split("-")[0])
    image = JClass("ij.IJ").createHyperStack(title, *map(int, sizes), bits)
    for k, plane in enumerate(values.reshape(-1, *values.shape[-2:])):
        processor = image.getStack().getProcessor(k + 1)
        for y, x in np.ndindex(*plane.shape):
            processor.set(int(x), int(y), int(plane[y, x]))
    return image

def rows(x, y=None, **how):
    table = similij.compare(x, y, **how).to_dict()["rows"]
    keys = ("region", "plane", "n", "pearson", "rmsd", "mean_difference")
    return [[row[key] for key in keys] for row in table]

# What PyImageJ makes of a Dataset, by its own names and in its own order of axes.
import xarray as xr
theirs = [xr.DataArray(v, dims=("t", "pln", "ch", "row", "col")).transpose(
          "t", "pln", "row", "col", "ch") for v in (a, b)]
tifffile.imwrite(sys.argv[2], b, imagej=True, metadata={"axes": "TZCYX"})
inside = rng.random((Y, X)) > 0.4
labels = rng.integers(0, 3, (Y, X), dtype=np.uint8)
pairs = {
    "named": [similij.Image(v, "tzcyx") for v in (a, b)],
    "pyimagej": theirs,
    "dataset and plus": [dataset(a), image_plus(b)],
    "plus and dataset": [image_plus(a), dataset(b)],
    "dataset and file": [dataset(a), sys.argv[2]],
    "dataset and array": [dataset(a), theirs[1]],
    "interval and dataset": [of(a), dataset(b)],
}
for key, (x, y) in pairs.items():
    answer(**{key: {
        "pooled": rows(x, y), "per": rows(x, y, per="z,t"),
        "channels": rows(x, y, channels="2:1", per="z"),
        "mask": rows(x, y, mask=inside),
        "labels": rows(x, y, regions=labels, per="c"),
    }})
x, y = pairs["dataset and plus"]
named = pairs["named"]
own = of(inside, "bits"), image_plus(255 * inside.astype(np.uint8), kind="8-bit")
for key, mask in zip(("bits", "bytes"), own):
    answer(**{f"mask {key}": rows(x, y, mask=mask) == rows(*named, mask=inside)})
own = of(labels, "unsignedBytes"), image_plus(labels, kind="8-bit")
for key, java in zip(("interval", "plus"), own):
    answer(**{f"labels {key}": rows(x, y, regions=java, per="c")
              == rows(*named, regions=labels, per="c")})
"""


@pytest.fixture(scope="module")
def mixed(classes: str, tmp_path_factory: pytest.TempPathFactory) -> dict:
    return run(classes, MIXED, tmp_path_factory.mktemp("mixed") / "b.tif")


@pytest.mark.parametrize("way", ["pooled", "per", "channels", "mask", "labels"])
@pytest.mark.parametrize(
    "key",
    [
        "pyimagej",
        "dataset and plus",
        "plus and dataset",
        "dataset and file",
        "dataset and array",
        "interval and dataset",
    ],
)
def test_whatever_an_image_is_its_rows_are_the_same(
    mixed: dict, key: str, way: str
) -> None:
    assert len(mixed["named"][way]) == {"per": 6, "channels": 3, "labels": 4}.get(
        way, 1
    )
    assert mixed[key][way] == mixed["named"][way]


@pytest.mark.parametrize(
    "key", ["mask bits", "mask bytes", "labels interval", "labels plus"]
)
def test_masks_and_labels_of_java(mixed: dict, key: str) -> None:
    assert mixed[key]
