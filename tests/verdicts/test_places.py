"""Places that differ: as rows, in files, as boxes in pictures, all of one verdict."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr
from roifile import ImagejRoi

import similij
from similij import report
from similij.measure.table.places import FILE, write_places
from similij.plot import plot_pair
from similij.plot.pictures.draw import draw
from similij.regions.region import Region
from similij.testset.changes import make_reference

CHANGED = {"x": 80, "y": 60, "width": 10, "height": 6}
"""What is changed in image 2, in pixels."""


def pair() -> tuple[Any, Any]:
    """Return the reference and a copy with a bright block; pixels of 0.5 µm."""
    x = make_reference().image
    y = x.copy()
    at = CHANGED
    y[at["y"] : at["y"] + at["height"], at["x"] : at["x"] + at["width"]] = 20000
    places = [np.arange(n) * 0.5 for n in x.shape]
    images = (
        xr.DataArray(t, places, ["y", "x"], attrs={"units": "µm"}) for t in (x, y)
    )
    one, two = images
    return one, two


def box(place: dict[str, Any]) -> tuple[int, ...]:
    return tuple(place[name] for name in CHANGED)


def contains(place: dict[str, Any]) -> bool:
    """Whether the box holds what was changed, and little else."""
    left, top, wide, tall = box(place)
    return (
        left <= 80
        and top <= 60
        and left + wide >= 90
        and top + tall >= 66
        and wide * tall < 3 * 60
    )


def test_they_are_rows_with_the_area_in_the_unit() -> None:
    x, y = pair()
    found = similij.verdict(x, y)
    (row,) = found.rows
    assert contains(row)
    (place,) = found.places
    assert box(row) == place[:4]
    assert row["area_in_unit"] == pytest.approx(0.25 * place.area)
    assert row["unit"] == "µm²"
    (of_table,) = similij.compare(x, y, verdict=True).places
    assert {name: of_table[name] for name in row} == row
    assert (of_table["region"], of_table["plane"]) == ("Whole image", "1")
    (plain,) = similij.verdict(x.values, y.values).rows
    assert (plain["area_in_unit"], plain["unit"]) == (None, "")


def test_a_comparison_without_verdicts_has_none() -> None:
    x, y = pair()
    result = similij.compare(x, y)
    assert result.places == []
    assert "places" not in result.rows[0]


@pytest.mark.parametrize("way", ["mask", "region"])
def test_a_region_tells_its_places_in_pixels_of_the_image(way: str) -> None:
    x, y = (t.values for t in pair())
    inside = np.zeros(x.shape, bool)
    inside[20:150, 30:180] = True
    given = (
        {"mask": inside} if way == "mask"
        else {"regions": [Region("part", 30, 20, 150, 130)]}
    )  # fmt: skip
    result = similij.compare(x, y, verdict=True, **given)
    (place,) = result.places
    assert contains(place)
    words = f"x {place['x']}, y {place['y']} ({place['width']}×{place['height']} px)"
    assert words in result.rows[0]["verdict"]


def test_maps_of_differences_have_their_boxes(tmp_path: Path) -> None:
    x, y = pair()
    result = similij.compare(x, y, verdict=True)
    (place,) = result.places
    draw(x, y, tmp_path / "with", kinds="difference,absolute", comparison=result)
    draw(x, y, tmp_path / "without", kinds="difference")
    for name in ("difference", "absolute difference"):
        with tifffile.TiffFile(tmp_path / "with" / f"{name}.tif") as tif:
            (overlay,) = [tif.imagej_metadata["Overlays"]]
        overlay = [overlay] if isinstance(overlay, bytes) else overlay
        (roi,) = (ImagejRoi.frombytes(part) for part in overlay)
        assert roi.name == "differs 1"
        assert (roi.left, roi.top) == (place["x"], place["y"])
        assert roi.right - roi.left == place["width"]
        assert roi.bottom - roi.top == place["height"]
    with tifffile.TiffFile(tmp_path / "without" / "difference.tif") as tif:
        assert "Overlays" not in tif.imagej_metadata
    images = [
        (tmp_path / f / "difference.png").read_bytes() for f in ("with", "without")
    ]
    assert images[0] != images[1]


def test_each_is_on_its_plane_of_a_stack(tmp_path: Path) -> None:
    x, y = (t.values for t in pair())
    first, second = np.stack([x, x, x]), np.stack([x, y, x])
    images = [xr.DataArray(t, dims=["t", "y", "x"]) for t in (first, second)]
    result = similij.compare(*images, per="t", verdict=True)
    (place,) = result.places
    assert place["t"] == 2
    draw(*images, tmp_path, kinds="difference", per="t", comparison=result)
    with tifffile.TiffFile(tmp_path / "difference.tif") as tif:
        (overlay,) = [tif.imagej_metadata["Overlays"]]
    overlay = [overlay] if isinstance(overlay, bytes) else overlay
    (roi,) = (ImagejRoi.frombytes(part) for part in overlay)
    assert roi.position == 2


def test_a_pair_has_them_in_its_difference() -> None:
    x, y = (t.values for t in pair())
    result = similij.compare(x, y, verdict=True)
    (place,) = result.places
    figure = plot_pair(x, y, comparison=result)
    words = " ".join(text.get_text() for text in figure.texts)
    assert f"Differs 1: x {place['x']}, y {place['y']}" in words
    lines = [
        np.asarray(segment)
        for axes in figure.axes
        for collection in axes.collections
        if hasattr(collection, "get_segments")
        for segment in collection.get_segments()
    ]
    boxes = [(*map(int, s.min(axis=0)), *map(int, np.ptp(s, axis=0))) for s in lines]
    assert box(place) in boxes


def test_the_report_lists_and_outlines_them(tmp_path: Path) -> None:
    x, y = (t.values for t in pair())
    result = similij.compare(x, y, names=("a", "b"))
    page = report.write(tmp_path / "r.html", result, images={"a": x, "b": y})
    (row,) = similij.verdict(x, y).rows
    text = page.read_text("utf-8")
    assert (
        f'<rect x="{row["x"]}" y="{row["y"]}" width="{row["width"]}" '
        f'height="{row["height"]}">' in text
    )
    assert f"<p>1: x {row['x']}, y {row['y']}," in text
    same = report.write(
        tmp_path / "s.html", similij.compare(x, x, names=("a", "b")),
        images={"a": x, "b": x},
    ).read_text("utf-8")  # fmt: skip
    assert "<rect x=" not in same.split('class="panel"')[1]


def test_the_file_has_them_and_is_no_other_table(tmp_path: Path) -> None:
    x, y = pair()
    result = similij.compare(x, y, verdict=True)
    path = write_places(tmp_path, result.rows)
    assert path == tmp_path / FILE
    write_places(tmp_path, result.rows, append=True)
    with path.open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert first == second
    (place,) = result.places
    assert {k: "" if v is None else str(v) for k, v in place.items()} == first
    equal = similij.compare(x, x, verdict=True)
    write_places(tmp_path, equal.rows, append=True)
    assert path.exists()
    write_places(tmp_path, equal.rows)
    assert not path.exists()
    path.write_text("a,b\n")
    with pytest.raises(similij.ImageError, match="another table"):
        write_places(tmp_path, result.rows, append=True)
