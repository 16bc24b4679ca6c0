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
