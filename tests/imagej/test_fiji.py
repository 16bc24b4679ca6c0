"""A real Fiji, where SIMILIJ_FIJI names one: a folder, or an endpoint for PyImageJ."""

from __future__ import annotations

import os

import pytest

import similij
from support import IMAGES, run_python

FIJI = os.environ.get("SIMILIJ_FIJI", "")

pytestmark = [
    pytest.mark.fiji,
    pytest.mark.jvm,
    pytest.mark.skipif(
        not FIJI, reason="SIMILIJ_FIJI names no Fiji (a folder or an endpoint)"
    ),
]

A = IMAGES / "set_a" / "img3__a_test.tif"
B = IMAGES / "set_b" / "img3__b_test.tif"

SCRIPT = """
import json, os, sys
import similij, similij.imagej
fiji, a, b = sys.argv[1:]
ij = similij.imagej.start(fiji)
ij.run_macro(f'open("{a}"); open("{b}"); run("Image Similarity...", "rescale=None");')
gateway = ij.gateway
dataset = gateway.io().open(a)
print("ANSWER", json.dumps({
    "macro": float(ij.run_macro('return d2s(getResult("RMSD", nResults - 1), 9);')),
    "dims": [*similij.imagej.to_xarray(dataset).dims],
    "direct": similij.compare(dataset, gateway.io().open(b)).rmsd,
    "mixed": similij.compare(ij.IJ.openImage(a), gateway.io().open(b)).rmsd,
}), flush=True)
os._exit(0)
"""


def test_macro_and_datasets() -> None:
    import json

    out = run_python(SCRIPT, FIJI, A, B, timeout=900)
    (line,) = (x for x in out.splitlines() if x.startswith("ANSWER "))
    found = json.loads(line.removeprefix("ANSWER "))
    from similij.io import read_image

    expected = similij.compare(read_image(A).pixels, read_image(B).pixels).rmsd
    assert found["macro"] == pytest.approx(expected, abs=1e-9)
    assert found["direct"] == expected
    assert found["mixed"] == expected
    assert found["dims"] == ["y", "x"]


DATASETS = """
import json, os, sys
import numpy as np, xarray as xr
import imagej, scyjava
import similij, similij.imagej
from similij.imagej.pixels import to_image
scyjava.config.add_classpath(str(similij.imagej.jar()))
gateway = imagej.init(sys.argv[1], mode="headless")
similij.imagej.register(gateway)  # as whoever starts PyImageJ does
rng = np.random.default_rng(3)
values = rng.integers(0, 65536, (2, 3, 6, 8, 2), dtype=np.uint16)
array = xr.DataArray(values, dims=("t", "pln", "row", "col", "ch"), name="set")
dataset = gateway.py.to_dataset(array)
images = {"dataset": dataset, "plus": dataset.getImgPlus(),
          "their xarray": gateway.py.from_java(dataset),
          "slice": dataset.getImgPlus().getImg()}
other = similij.Image(values[::-1].copy(), "tzyxc")
named = similij.Image(values, "tzyxc")
rows = lambda x: [
    [row["plane"], row["n"], row["pearson"], row["rmsd"]]
    for row in similij.compare(x, other, per="z", channels="2:1").rows
]
rgb = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
colors = gateway.py.to_dataset(xr.DataArray(rgb, dims=("row", "col", "ch")))
colors.setRGBMerged(True)
print("ANSWER", json.dumps({
    "wanted": rows(named),
    **{key: rows(image) for key, image in images.items() if key != "slice"},
    "unnamed": [*to_image(images["slice"]).shape],
    "axes": [*to_image(dataset).axes],
    "colors": [[*to_image(colors).axes],
               bool((to_image(colors).in_order(["y", "x", "s"]).pixels == rgb).all())],
}), flush=True)
os._exit(0)
"""


def test_datasets_of_a_gateway_that_was_registered() -> None:
    import json

    out = run_python(DATASETS, FIJI, timeout=900)
    (line,) = (x for x in out.splitlines() if x.startswith("ANSWER "))
    found = json.loads(line.removeprefix("ANSWER "))
    assert len(found["wanted"]) == 3
    for key in ("dataset", "plus", "their xarray"):
        assert found[key] == found["wanted"]
    assert {*found["axes"]} == {*"tzcyx"}
    assert sorted(found["unnamed"]) == [2, 2, 3, 6, 8]
    assert {*found["colors"][0]} == {*"yxs"}
    assert found["colors"][1]


PYTHON_MODE = """
import json, os, sys
import imagej, scyjava
import similij.imagej
fiji, = sys.argv[1:]
scyjava.config.add_classpath(str(similij.imagej.jar()))
ij = imagej.init(fiji, mode="headless")  # as Fiji's launcher does; nobody registers
lines = scyjava.jimport("similij.python.AboutPython").lines()
print("ANSWER", json.dumps([str(line) for line in lines]), flush=True)
os._exit(0)
"""


def test_python_mode_answers_without_being_asked() -> None:
    out = run_python(PYTHON_MODE, FIJI)
    (line,) = (x for x in out.splitlines() if x.startswith("ANSWER "))
    assert "Answered by Fiji's Python, in this process" in line
