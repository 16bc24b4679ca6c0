"""ImagePlus to DataArray: every axis in its place, calibrated."""

from __future__ import annotations

import numpy as np
import pytest

from support import run_imagej

HYPERSTACK = """
import numpy as np
width, height, channels, slices, frames = 7, 5, 3, 4, 2
kind = sys.argv[1]
image = IJ.createHyperStack("hyper", width, height, channels, slices, frames, int(kind))
for t in range(frames):
    for z in range(slices):
        for c in range(channels):
            ip = image.getStack().getProcessor(image.getStackIndex(c + 1, z + 1, t + 1))
            for y in range(height):
                for x in range(width):
                    ip.setf(x, y, x + 10 * y + c + 3 * z + 40 * t)
calibration = image.getCalibration()
calibration.pixelWidth, calibration.pixelHeight, calibration.pixelDepth = 0.5, 0.25, 2.0
calibration.frameInterval, calibration.xOrigin = 3.0, 2.0
calibration.setUnit("um")
array = similij.imagej.to_xarray(image)
expected = (np.arange(width)[None, None, None, None, :]
            + 10 * np.arange(height)[None, None, None, :, None]
            + np.arange(channels)[None, None, :, None, None]
            + 3 * np.arange(slices)[None, :, None, None, None]
            + 40 * np.arange(frames)[:, None, None, None, None])
answer(dims=[*array.dims], dtype=str(array.dtype), name=array.name,
       same=bool((array.values == expected).all()),
       coords={d: array.coords[d].values.tolist() for d in array.dims},
       units=array.attrs["units"])
shuffled = array.transpose("x", "c", "y", "t", "z")
result = similij.compare(image, shuffled)
answer(row=result.to_dict()["rows"][0])
single = similij.imagej.to_xarray(IJ.createImage("flat", "8-bit ramp", 9, 4, 1))
answer(flat=[[*single.dims], [*single.shape]])
"""


@pytest.mark.parametrize(
    ("bits", "dtype"), [(8, "uint8"), (16, "uint16"), (32, "float32")]
)
def test_hyperstack(bits: int, dtype: str) -> None:
    found = run_imagej(HYPERSTACK, bits)
    assert found["dims"] == ["t", "z", "c", "y", "x"]
    assert found["dtype"] == dtype
    assert found["name"] == "hyper"
    assert found["same"]
    assert found["units"] == "µm"
    coords = found["coords"]
    assert coords["x"] == [(k - 2) * 0.5 for k in range(7)]
    assert coords["y"] == [k * 0.25 for k in range(5)]
    assert coords["z"] == [k * 2.0 for k in range(4)]
    assert coords["t"] == [0.0, 3.0]
    assert coords["c"] == [1.0, 2.0, 3.0]
    assert found["row"]["pearson"] == 1
    assert found["row"]["n"] == 7 * 5 * 3 * 4 * 2
    assert found["flat"] == [["y", "x"], [4, 9]]


STACKS = """
import numpy as np
from similij import compare
first = IJ.createImage("first", "16-bit noise", 31, 17, 6)
second = IJ.createImage("second", "16-bit noise", 31, 17, 6)
VirtualStack = JClass("ij.VirtualStack")
folder = sys.argv[1]
names = []
for name, image in (("first", first), ("second", second)):
    stack = VirtualStack(31, 17, None, folder)
    for k in range(6):
        path = f"{name}{k}.tif"
        plane = JClass("ij.ImagePlus")(path, image.getStack().getProcessor(k + 1))
        IJ.saveAs(plane, "Tiff", f"{folder}/{path}")
        stack.addSlice(path)
    JClass("ij.ImagePlus")("virtual " + name, stack).show()
first.show(); second.show()
options = "stack=[All planes] rescale=Percentile"
ij.run_macro(f'run("Image Similarity...", "image_1=first image_2=second {options}");')
ij.run_macro('run("Image Similarity...", '
             f'"image_1=[virtual first] image_2=[virtual second] {options}");')
first.setSlice(3); second.setSlice(5)
ij.run_macro('run("Image Similarity...", "image_1=first image_2=second");')
x, y = similij.imagej.to_xarray(first), similij.imagej.to_xarray(second)
answer(rows=rows(),
       pooled=compare(x, y, rescale="percentile").to_dict()["rows"][0],
       planes=compare(x[2], y[4]).to_dict()["rows"][0],
       slices=[int(first.getCurrentSlice()), int(second.getCurrentSlice())])
"""


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_stacks_virtual_or_not_pooled_or_current(backend: str, tmp_path) -> None:
    found = run_imagej(STACKS, tmp_path, backend=backend)
    real, virtual, current = found["rows"]
    for row, expected in (
        (real, found["pooled"]),
        (virtual, found["pooled"]),
        (current, found["planes"]),
    ):
        assert row["n"] == expected["n"]
        assert row["Pearson R"] == pytest.approx(expected["pearson"], rel=1e-12)
        assert row["RMSD"] == pytest.approx(expected["rmsd"], rel=1e-12)
    assert (real["Plane"], current["Plane"]) == ("all 6", "3 / 5")
    assert real["Note"] == virtual["Note"] == found["pooled"]["note"]
    assert found["slices"] == [3, 5]
    assert np.isfinite(real["RMSD"])


DATASET = """
class Gateway:
    class py:
        @staticmethod
        def to_xarray(image):
            import xarray as xr
            return xr.DataArray([[1, 2, 3]], dims=["y", "x"], name=str(image.getName()))
File = JClass("java.io.File")  # stands for a Dataset: ImageJ2 is not on the class path
try:
    similij.imagej.to_xarray(File("cells.tif"))
    refusal = ""
except RuntimeError as error:
    refusal = str(error)
similij.imagej.register(Gateway())
found = similij.compare(File("cells.tif"), np.array([[1, 2, 5]]))
answer(refusal=refusal, name=found.image_1, mean_difference=found.mean_difference)
"""


def test_the_gateway_given_to_register_converts_what_is_no_image_plus() -> None:
    found = run_imagej("import numpy as np\n" + DATASET)
    assert "similij.imagej.register(ij)" in found["refusal"]
    assert (found["name"], found["mean_difference"]) == ("cells.tif", 2 / 3)


KINDS = """
import numpy as np
from similij.imagej.pixels import to_image
ImagePlus, ImageStack = JClass("ij.ImagePlus"), JClass("ij.ImageStack")
Colors, Bytes = JClass("ij.process.ColorProcessor"), JClass("ij.process.ByteProcessor")
rng = np.random.default_rng(8)
WIDTH, HEIGHT, PLANES = 9, 6, 3

def refusal(image, **how):
    try:
        to_image(image, **how)
    except similij.ImageError as error:
        return str(error)
    return "no error"

rgb = rng.integers(0, 256, (PLANES, HEIGHT, WIDTH, 3))
stack = ImageStack(WIDTH, HEIGHT)
for plane in rgb:
    ints = (255 << 24 | plane[..., 0] << 16 | plane[..., 1] << 8 | plane[..., 2])
    ints = ints.astype(np.uint32).view(np.int32).ravel()
    stack.addSlice(Colors(WIDTH, HEIGHT, jpype.JArray(jpype.JInt)(ints)))
colors = ImagePlus("rgb stack", stack)
made = to_image(colors)
answer(rgb=[[*made.axes], str(made.dtype), bool((made.pixels == rgb).all())])
one = to_image(stack.getProcessor(2))
answer(one=[[*one.axes], bool((one.pixels == rgb[1]).all()), one.title])
answer(stack=[[*to_image(stack).axes]])
try:
    similij.imagej.to_xarray(colors)
except similij.ImageError as error:
    answer(rgb_array=str(error))

shorts = IJ.createImage("s", "16-bit noise", WIDTH, HEIGHT, 1)
stored = to_image(shorts).pixels.astype(int)
calibration = shorts.getCalibration()
JCalibration = JClass("ij.measure.Calibration")
calibration.setSigned16BitCalibration()
made = to_image(shorts)
answer(signed=[str(made.dtype), bool((made.pixels == stored - 32768).all()),
               made.values, [*made.provenance.notes]])

density = IJ.createImage("od", "8-bit ramp", WIDTH, HEIGHT, 1)
density.getCalibration().setFunction(
    JCalibration.STRAIGHT_LINE, jpype.JArray(jpype.JDouble)([1, 2]), "OD")
made = to_image(density)
answer(density=[made.values, [*made.provenance.notes]])
# A function of signed pixels, of an image that can have none.
density.getCalibration().setFunction(
    JCalibration.STRAIGHT_LINE, jpype.JArray(jpype.JDouble)([-32768, 1]), "gray")
made = to_image(density)
answer(no_sign=[str(made.dtype), len(made.provenance.notes)])

ij.run_macro('''newImage("palette", "RGB ramp", 9, 6, 1); setColor(255, 0, 0);
fillRect(2, 1, 3, 2); run("8-bit Color", "number=256");''')
palette = WindowManager.getImage("palette")
bytes_of = np.frombuffer(bytes(palette.getProcessor().getPixels()), np.uint8)
numbers = to_image(palette, indices=True)
answer(palette_type=int(palette.getType()), palette=refusal(palette),
       indices=bool((numbers.pixels.ravel() == bytes_of).all()), values=numbers.values)

composite = IJ.createHyperStack("composite", WIDTH, HEIGHT, 2, 1, 1, 8)
composite.getStack().setSliceLabel("DAPI", 1)
composite.getStack().setSliceLabel("GFP\\n12 ms", 2)
answer(channels=[*to_image(composite).channels])

closed = IJ.createImage("gone", "8-bit ramp", WIDTH, HEIGHT, 1)
closed.flush()  # as ImageJ does where a window closes
answer(closed=refusal(closed))

Virtual = JClass("ij.VirtualStack")
folder = sys.argv[1]
mixed = Virtual(WIDTH, HEIGHT, None, folder)
for name, kind in (("a", "8-bit noise"), ("b", "16-bit noise")):
    plane = IJ.createImage(name, kind, WIDTH, HEIGHT, 1)
    IJ.saveAs(plane, "Tiff", f"{folder}/{name}.tif")
    mixed.addSlice(f"{name}.tif")
answer(mixed=refusal(ImagePlus("mixed", mixed)))

IJ.saveAs(IJ.createImage("filed", "8-bit noise", WIDTH, HEIGHT, 1), "Tiff",
          f"{folder}/filed.tif")
filed = IJ.openImage(f"{folder}/filed.tif")
made = to_image(filed)
answer(path=made.path == f"{folder}/filed.tif", reader=made.provenance.reader)

# Larger than what Java writes at a time, and by no whole number.
import weakref
several, kept = [], []
for kind in ("8-bit noise", "16-bit noise", "32-bit noise"):
    large = IJ.createImage("large", kind, 1999, 1511, 1)
    pixels = to_image(large).pixels
    array = large.getProcessor().getPixels()
    several.append(bool((pixels.ravel() == np.asarray(array).view(pixels.dtype)).all()))
    while pixels.base is not None:
        pixels = pixels.base
    memory = weakref.ref(pixels)
    del pixels
    kept.append(memory() is not None)
answer(several=several, kept=kept)
"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return run_imagej(KINDS, tmp_path_factory.mktemp("kinds"))


def test_rgb_has_samples(kinds: dict) -> None:
    assert kinds["rgb"] == [["z", "y", "x", "s"], "uint8", True]
    assert kinds["one"] == [["y", "x", "s"], True, ""]
    assert kinds["stack"] == [["z", "y", "x", "s"]]
    assert '"rgb stack" is an RGB (color) image' in kinds["rgb_array"]


def test_values_are_those_that_imagej_shows_or_a_note_says_so(kinds: dict) -> None:
    dtype, shown, values, notes = kinds["signed"]
    assert (dtype, shown, notes) == ("int16", True, [])
    assert "32768 less than stored" in values
    note = "has a calibration function (OD): raw pixel values were compared"
    assert kinds["density"] == ["", [note]]
    assert kinds["no_sign"] == ["uint8", 1]


def test_a_palette_is_refused_and_its_indices_are_labels(kinds: dict) -> None:
    assert kinds["palette_type"] == 3
    assert '"palette" is an 8-bit color image: grey images of' in kinds["palette"]
    assert kinds["indices"]
    assert kinds["values"] == "8-bit palette: the numbers of the colours"


def test_names_of_channels_are_labels_of_planes(kinds: dict) -> None:
    assert kinds["channels"] == ["DAPI", "GFP"]


def test_what_has_no_pixels_or_unlike_planes_is_refused(kinds: dict) -> None:
    assert '"gone" has no pixels: it was closed' in kinds["closed"]
    assert 'plane 2 of "mixed" holds short[] and the image is 8-bit' in kinds["mixed"]


def test_a_file_is_named(kinds: dict) -> None:
    assert kinds["path"]
    assert kinds["reader"] == "ImageJ 1.54p"


def test_large_images_come_whole_and_java_keeps_no_memory_of_them(kinds: dict) -> None:
    assert kinds["several"] == [True] * 3
    assert kinds["kept"] == [False] * 3
