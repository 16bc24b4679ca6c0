"""Regions of other programs, and those in TIFFs, are what the real ImageJ has."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from similij.regions import embedded_rois, read_regions
from support import run_imagej

RNG = np.random.default_rng(17)
HEIGHT, WIDTH = 60, 80

SCRIPT = """
import numpy as np
folder = sys.argv[1]
cells = json.loads(open(folder + "/cells.json").read())
Path2D = JClass("java.awt.geom.Path2D")
ShapeRoi, PolygonRoi = JClass("ij.gui.ShapeRoi"), JClass("ij.gui.PolygonRoi")
Roi, Overlay = JClass("ij.gui.Roi"), JClass("ij.gui.Overlay")
FloatArray = JClass("[F")

def pixels(roi):
    image = IJ.createImage("mask", "8-bit black", 80, 60, 1)
    image.setRoi(roi)
    image.getProcessor().setValue(255)
    image.getProcessor().fill(roi)
    return [i for i, v in enumerate(image.getProcessor().getPixels()) if v]

def by_path(polygons):
    path = Path2D.Float(Path2D.WIND_EVEN_ODD)
    for rings in polygons:
        for ring in rings:
            for k, (x, y) in enumerate(ring[:-1]):
                (path.moveTo if k == 0 else path.lineTo)(x, y)
            path.closePath()
    return ShapeRoi(path)

def by_vertices(ring):
    from jpype import JArray, JFloat
    x, y = (JArray(JFloat)([p[k] for p in ring[:-1]]) for k in (0, 1))
    return PolygonRoi(x, y, len(ring) - 1, Roi.POLYGON)

answer(
    shapes=[pixels(by_path(polygons)) for polygons in cells["several"]],
    polygons=[pixels(by_vertices(ring)) for ring in cells["single"]],
)
image = IJ.createImage("stack", "16-bit ramp", 80, 60, 3)
overlay = Overlay()
for name, box, position in (("cell", (3, 4, 20, 9), 0), ("", (9, 8, 7, 6), 2)):
    roi = Roi(*box)
    if name:
        roi.setName(name)
    if position:
        roi.setPosition(position)
    overlay.add(roi)
overlay.add(JClass("ij.gui.OvalRoi")(30, 20, 17, 11))
image.setOverlay(overlay)
image.setRoi(Roi(1, 2, 5, 5))
IJ.saveAsTiff(image, folder + "/overlay.tif")
image.setOverlay(None)
image.killRoi()
IJ.saveAsTiff(image, folder + "/none.tif")
"""


def ring(x: float, y: float, radius: float, n: int = 15) -> list[list[float]]:
    angles = np.sort(RNG.uniform(0, 2 * np.pi, n))
    reach = radius * RNG.uniform(0.4, 1, n)
    corners = np.c_[x + reach * np.cos(angles), y + reach * np.sin(angles)]
    corners = corners.round(RNG.integers(0, 3)).tolist()  # also on halves and centres
    return [*corners, corners[0]]


def halves(x: float, y: float) -> list[list[float]]:
    """A square whose sides run through the centres of pixels."""
    return [[x, y], [x + 9, y], [x + 9, y + 7], [x, y + 7], [x, y]]


SINGLE = [ring(*RNG.uniform(0, 70, 2), 30) for _ in range(40)] + [halves(4.5, 6.5)]
SEVERAL = [
    [[ring(40, 30, 28), ring(40, 30, 11)], [ring(72, 9, 12)]] for _ in range(30)
] + [[[ring(40, 30, 29), halves(36.5, 28.5)], [halves(70.5, 2.5)]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("others")
    cells = {"single": SINGLE, "several": SEVERAL}
    (folder / "cells.json").write_text(json.dumps(cells), "utf-8")
    return folder


@pytest.fixture(scope="module")
def by_imagej(folder: Path) -> dict:
    return run_imagej(SCRIPT, folder)


def places(region) -> list[int]:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    part = region.clip(HEIGHT, WIDTH)
    if part is not None:
        rows, columns, cut = part
        mask[rows, columns] = True if cut is None else cut
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize("kind", ["polygons", "shapes"])
def test_geojson_selects_the_pixels_of_imagej(
    by_imagej: dict, tmp_path: Path, kind: str
) -> None:
    geometries = (
        [{"type": "Polygon", "coordinates": [corners]} for corners in SINGLE]
        if kind == "polygons"
        else [{"type": "MultiPolygon", "coordinates": parts} for parts in SEVERAL]
    )
    file = tmp_path / "cells.geojson"
    features = [
        {"type": "Feature", "geometry": geometry, "properties": {}}
        for geometry in geometries
    ]
    held = {"type": "FeatureCollection", "features": features}
    file.write_text(json.dumps(held), "utf-8")
    assert [places(region) for region in read_regions(file)] == by_imagej[kind]


def test_rois_that_imagej_saved_in_a_tiff(by_imagej: dict, folder: Path) -> None:
    assert by_imagej
    file = folder / "overlay.tif"
    names = [name for name, _ in embedded_rois(file)]
    assert names == ["selection", "cell", "roi 2", "roi 3"]
    selection, cell, second, oval = read_regions(file)
    assert (selection.x, selection.y, selection.size) == (1, 2, 25)
    assert (cell.x, cell.y, cell.size, cell.position) == (3, 4, 180, 0)
    assert (second.size, second.position) == (42, 2)
    assert (oval.x, oval.y, oval.width, oval.height) == (30, 20, 17, 11)
    assert embedded_rois(folder / "none.tif") == []
