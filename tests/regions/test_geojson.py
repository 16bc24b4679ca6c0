"""GeoJSON as QuPath exports it: pixels, names, planes, and files that are none."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from similij.ground.errors import RegionError
from similij.regions import Region, as_regions, from_polygon, read_regions

RNG = np.random.default_rng(12)
HEIGHT, WIDTH = 23, 31


def inside(rings: list[list[tuple[float, float]]]) -> np.ndarray:
    """Pixels whose centre lies inside by the even-odd rule, in exact fractions.

    Told by the sides that a ray to the left crosses; a centre on a side is inside where
    the polygon lies to the left of it, as ImageJ has it.
    """
    mask = np.zeros((HEIGHT, WIDTH), bool)
    for row in range(HEIGHT):
        y = Fraction(2 * row + 1, 2)
        crossings = []
        for ring in rings:
            corners = [(Fraction(str(a)), Fraction(str(b))) for a, b in ring]
            for (x0, y0), (x1, y1) in zip(
                corners, [*corners[1:], corners[0]], strict=True
            ):
                if (y0 <= y) != (y1 <= y):
                    crossings.append(x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        for column in range(WIDTH):
            x = Fraction(2 * column + 1, 2)
            mask[row, column] = sum(x > crossing for crossing in crossings) % 2
    return mask


def ring(n: int, radius: float, x: float = 15, y: float = 11) -> list[list[float]]:
    """A star-shaped closed ring, with two decimals as QuPath writes them."""
    angles = np.sort(RNG.uniform(0, 2 * np.pi, n))
    reach = radius * RNG.uniform(0.5, 1, n)
    corners = np.c_[x + reach * np.cos(angles), y + reach * np.sin(angles)]
    # Not on the centre of a pixel, where the rule of one library or another decides.
    corners = (np.round(corners, 2) + 0.003).round(3).tolist()
    return [*corners, corners[0]]


def polygon(*rings: Any) -> dict:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: Any, **properties: Any) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def written(folder: Path, held: Any, name: str = "objects.geojson") -> Path:
    path = folder / name
    path.write_text(held if isinstance(held, str) else json.dumps(held), "utf-8")
    return path


def read(folder: Path, held: Any) -> list[Region]:
    return read_regions(written(folder, held))


def pixels(region: Region) -> np.ndarray:
    assert not region.problem
    mask = np.zeros((HEIGHT, WIDTH), bool)
    part = region.clip(HEIGHT, WIDTH)
    if part is not None:
        rows, columns, cut = part
        mask[rows, columns] = True if cut is None else cut
    return mask


SQUARE = polygon([[1, 1], [4, 1], [4, 4], [1, 4], [1, 1]])


@pytest.mark.parametrize("corners", [3, 5, 12, 40])
def test_pixels_of_polygons(tmp_path: Path, corners: int) -> None:
    """Some reach out of the image."""
    for radius in (1.4, 6, 11, 25):
        one = ring(corners, radius)
        (region,) = read(tmp_path, feature(polygon(one)))
        if region.problem:
            assert not inside([one]).any()
            continue
        np.testing.assert_array_equal(pixels(region), inside([one]))
        np.testing.assert_array_equal(pixels(region), pixels(from_polygon(one)))


def test_holes_and_several_parts(tmp_path: Path) -> None:
    outer, hole, other = ring(30, 10), ring(9, 4), ring(7, 5, 27, 4)
    within = [[14.2, 9.1], [15.9, 9.2], [15.1, 11.4], [14.2, 9.1]]
    (region,) = read(tmp_path, polygon(outer, hole))
    expected = inside([outer, hole])
    np.testing.assert_array_equal(pixels(region), expected)
    parts = {"type": "MultiPolygon", "coordinates": [[outer, hole], [other], [within]]}
    (region,) = read(tmp_path, [feature(parts)])
    expected |= inside([other]) | inside([within])  # parts are put together
    np.testing.assert_array_equal(pixels(region), expected)
    collection = {
        "type": "GeometryCollection",
        "geometries": [polygon(other), {"type": "Point", "coordinates": [1, 1]}],
    }
    (region,) = read(tmp_path, collection)
    np.testing.assert_array_equal(pixels(region), inside([other]))


def test_centres_on_sides_are_imagejs(tmp_path: Path) -> None:
    """A centre on the left or upper side is out, on the right or lower side in."""
    half = [[2.5, 3.5], [6.5, 3.5], [6.5, 8.5], [2.5, 8.5], [2.5, 3.5]]
    hole = [[20.5, 9.5], [22.5, 9.5], [22.5, 12.5], [20.5, 12.5], [20.5, 9.5]]
    big = [[18, 5], [28, 5], [28, 18], [18, 18], [18, 5]]
    one, two = read(tmp_path, [feature(polygon(half)), feature(polygon(big, hole))])
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[4:9, 3:7] = True
    np.testing.assert_array_equal(pixels(one), expected)
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[5:18, 18:28] = True
    expected[10:13, 21:23] = False
    np.testing.assert_array_equal(pixels(two), expected)


def test_names(tmp_path: Path) -> None:
    nucleus = polygon([[2, 2], [3, 2], [3, 3], [2, 3], [2, 2]])
    cell = feature(SQUARE, objectType="cell")
    cell["nucleusGeometry"] = nucleus
    features = [
        feature(SQUARE, name="mine", classification={"name": "Tumor"}),
        feature(SQUARE, classification={"name": "Tumor", "colorRGB": -3}),
        feature(SQUARE, classification={"names": ["Tumor", "Positive"]}),
        feature(SQUARE, classification={"name": "Tumor"}),
        feature(SQUARE, name="two\nlines", measurements={"Area": float("nan")}),
        cell,
        feature(SQUARE, objectType="annotation", childObjects=[feature(SQUARE)]),
        {"type": "Feature", "geometry": SQUARE, "properties": None},
    ]
    regions = read(tmp_path, {"type": "FeatureCollection", "features": features})
    assert [region.name for region in regions] == [
        "mine", "Tumor", "Tumor: Positive", "Tumor (2)", "two lines", "cell 6",
        "cell 6: nucleus", "annotation 7", "roi 1", "roi 8",
    ]  # fmt: skip
    assert [region.size for region in regions] == [9] * 6 + [1] + [9] * 3


def test_planes_that_objects_are_tied_to(tmp_path: Path) -> None:
    def on(**plane: int) -> dict:
        return feature({**SQUARE, "plane": plane})

    regions = read(tmp_path, [on(c=-1, z=2, t=0), on(c=1, z=0, t=3), feature(SQUARE)])
    assert [(r.c, r.z, r.t) for r in regions] == [(0, 3, 1), (2, 1, 4), (0, 1, 1)]
    # Where no object has a plane, nobody spoke of planes.
    (region,) = read(tmp_path, feature(SQUARE))
    assert (region.c, region.z, region.t, region.position) == (0, 0, 0, 0)
    with pytest.raises(RegionError, match="a plane has z 'one'"):
        read(tmp_path, on(z="one"))  # type: ignore[arg-type]


def test_ellipses_are_the_polygons_that_stand_for_them(tmp_path: Path) -> None:
    angles = np.linspace(0, 2 * np.pi, 33)
    corners = np.c_[15 + 8 * np.cos(angles), 11 + 5 * np.sin(angles)].round(2)
    one = [*corners[:-1].tolist(), corners[0].tolist()]
    (region,) = read(tmp_path, feature({**polygon(one), "isEllipse": True}))
    np.testing.assert_array_equal(pixels(region), pixels(from_polygon(one)))


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (None, "has no geometry"),
        ({"type": "Point", "coordinates": [1, 2]}, "is a point"),
        ({"type": "MultiPoint", "coordinates": [[1, 2]]}, "is a selection of points"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "is a line"),
        ({"type": "Circle"}, "is a geometry of the type 'Circle'"),
        ({"type": ["Polygon"]}, "is a geometry of the type"),
        (polygon(), "has no polygon"),
        (polygon([]), "no pairs of numbers"),
        (polygon([[1, 1], [2, 2]]), "a ring of 2 corners"),
        (polygon([["1", "1"], ["4", "1"], ["4", "4"]]), "no pairs of numbers"),
        (polygon([[1], [4, 1], [4, 4]]), "no pairs of numbers"),
        (polygon([[None, 1], [4, 1], [4, 4]]), "no pairs of numbers"),
        (polygon([[[1, 2], 1], [4, 1], [4, 4]]), "no pairs of numbers"),
        (polygon([[float("nan"), 1], [4, 1], [4, 4]]), "are not numbers"),
        (polygon([[float("inf"), 1], [4, 1], [4, 4]]), "are not numbers"),
        (polygon([[1e30, 1], [4, 1], [4, 4]]), "a corner at 1e+30"),
        (polygon([[10**400, 1], [4, 1], [4, 4]]), "no pairs of numbers"),
        ({"type": "Polygon", "coordinates": {"x": 1}}, "no list of rings"),
        ({"type": "MultiPolygon", "coordinates": 5}, "has no coordinates"),
        ({"type": "MultiPolygon", "coordinates": [5]}, "no list of rings"),
        ({"type": "GeometryCollection", "geometries": [[]]}, "no list of geometries"),
        (polygon([[1, 1], [1.2, 1], [1.2, 1.2]]), "too small or too thin"),
    ],
)
def test_an_odd_object_leaves_the_others(
    tmp_path: Path, geometry: Any, words: str
) -> None:
    odd, good = read(tmp_path, [feature(geometry, name="odd"), feature(SQUARE)])
    assert odd.problem.startswith("odd ") and words in odd.problem
    assert (odd.size, good.size) == (0, 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "JSON of the type None"),
        ('{"type": "Topology"}', "JSON of the type 'Topology'"),
        ('{"type": ["Feature"]}', "JSON of the type"),
        ("[1, 2]", "its object 1 is 1"),
        ('[{"type": "Bag"}]', "its object 1 is of the type 'Bag'"),
        ("[]", "has no object"),
        ('{"type": "FeatureCollection", "features": 5}', "JSON without objects"),
        ('{"type": "FeatureCollection"', "delimiter"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[" + "9" * 10_000 + "]", "cannot be read as GeoJSON"),
        ("{\udcff}", "cannot be read as GeoJSON"),
    ],
)
def test_what_is_no_geojson(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "cells.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RegionError, match=r"cells\.json cannot be read as") as error:
        read_regions(file)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_objects_nested_without_end(tmp_path: Path) -> None:
    held = feature(SQUARE)
    for _ in range(200):
        held = feature(SQUARE, childObjects=[held])
    with pytest.raises(RegionError, match="nested too deep"):
        read(tmp_path, held)


def test_a_slide_wide_annotation_is_clipped(tmp_path: Path) -> None:
    """8 gigapixels of tissue, of which the image shows a corner."""
    tissue = [[-5, 2.25], [100_000, -9], [99_000, 80_000], [3, 79_999], [-5, 2.25]]
    hole = [[8, 8], [50_000, 9], [9, 60_000], [8, 8]]
    (region,) = read(tmp_path, polygon(tissue, hole))
    assert region.size > 6e9
    np.testing.assert_array_equal(pixels(region), inside([tissue, hole]))


def test_it_is_known_by_its_content(tmp_path: Path) -> None:
    file = written(tmp_path, feature(SQUARE), "cells.txt")
    file.write_bytes(b"\xef\xbb\xbf\n " + file.read_bytes())
    assert [region.size for region in as_regions(file).regions] == [9]
    named = read_regions({"one": file})
    assert [region.name for region in named] == ["one"]
