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
    assert sorted(d.lower() for d in found["dims"]) == ["col", "row"] or sorted(
        found["dims"]
    ) == ["x", "y"]
