"""The image: its axes by name, what is selected of it, and what it says of itself."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import similij
from similij import ImageError
from similij.images.calibration import calibrated
from similij.images.door import from_xarray
from similij.images.image import Image, Provenance

PIXELS = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)


@pytest.mark.parametrize(
    ("given", "axes"),
    [
        ("TZYX", ("t", "z", "y", "x")),
        (["t", "pln", "row", "col"], ("t", "z", "y", "x")),
        (["Time", "Channel", "Y", "X"], ("t", "c", "y", "x")),
        (["angle", "Lifetime", "y", "x"], ("angle", "Lifetime", "y", "x")),
        ((), ("axis_0", "axis_1", "y", "x")),
    ],
)
def test_axes_have_one_name(given, axes) -> None:
    image = Image(PIXELS, given)
    assert image.axes == axes
    assert image.sizes == dict(zip(axes, (2, 3, 4, 5), strict=True))
    assert image.is_named == bool(given)


@pytest.mark.parametrize(
    ("axes", "words"),
    [("zyx", "4 axes"), ("zzyx", "axis z twice"), (["z", "pln", "y", "x"], "twice")],
)
def test_names_that_do_not_fit(axes, words) -> None:
    with pytest.raises(ImageError, match=words):
        Image(PIXELS, axes, "cells")


def test_selection_by_name() -> None:
    image = Image(PIXELS, "tzyx", times=(0.0, 2.5), channels=())
    one = image.isel({"t": 1, "c": 3})
    assert one.axes == ("z", "y", "x")
    assert (one.pixels == PIXELS[1]).all()
    part = image.isel({"t": slice(1, 2), "y": slice(1, 3)})
    assert part.axes == image.axes
    assert part.times == (2.5,)
    assert (part.pixels == PIXELS[1:2, :, 1:3]).all()
    turned = image.in_order(("x", "c", "z", "y", "t"))
    assert (turned.pixels[:, 0] == PIXELS.transpose(3, 1, 2, 0)).all()


def test_masked_pixels_follow() -> None:
    image = Image(np.ma.masked_greater(PIXELS, 50), "tzyx")
    assert (image.inside == (PIXELS <= 50)).all()
    assert (image.isel({"z": 1}).inside == (PIXELS <= 50)[:, 1]).all()
    turned = image.in_order(("z", "t", "y", "x"))
    assert (turned.inside == (PIXELS <= 50).swapaxes(0, 1)).all()


def test_it_says_what_it_is() -> None:
    image = Image(
        PIXELS,
        "tcyx",
        "cells",
        calibrated(0.25, "um", 2.0),
        channels=("DNA", "actin & <b>", "x"),
        provenance=Provenance("a/cells.tif", "tifffile 1", notes=("is odd",)),
    )
    for words in ("t 2, c 3, y 4, x 5", "uint16", "0.25 × 0.25 µm", "2 s", "is odd"):
        assert words in repr(image)
    page = image._repr_html_()
    assert "actin &amp; &lt;b&gt;" in page
    assert "a/cells.tif" in page


def test_to_xarray_and_back() -> None:
    image = Image(PIXELS, "tzyx", "cells", calibrated((0.5, 0.25, 2), "µm", 3.0))
    array = image.to_xarray()
    assert array.dims == ("t", "z", "y", "x")
    assert array.x.values.tolist() == [0, 0.5, 1, 1.5, 2]
    again = from_xarray(array)
    assert (again.axes, again.calibration) == (image.axes, image.calibration)
    assert again.seconds(1) == 3
    assert again.title == "cells"


def test_a_table_keeps_no_pixels() -> None:
    x = Image(PIXELS, "tzyx", "one", calibrated(0.5, "µm", None))
    result = similij.compare(x, PIXELS + 1)
    one, two = result.images
    assert (one["title"], one["axes"]) == ("one", "t 2, z 3, y 4, x 5")
    assert one["pixel size"] == "0.5 × 0.5 µm"
    assert two["type"] == "uint16"
    assert len(pickle.dumps(result)) < 5000
    assert pickle.loads(pickle.dumps(result)).images == result.images
