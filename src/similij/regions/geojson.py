"""Read the regions of a GeoJSON file, as QuPath exports its objects.

A pixel belongs to a polygon as it does in ImageJ: when its centre lies inside, by the
even-odd rule of the polygon's outline and holes. QuPath counts as ImageJ does, from the
corner of the first pixel, so that this is ImageJ's mask of the same vertices. The parts
of a MultiPolygon are put together.

QuPath writes a ROI's plane only where it is not the first of all; so in a file where
one ROI has a plane, one without is on the first slice and frame. Channel -1 is any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError
from .region import Region
from .roi_mask import NoPixelsError, rasterize_rings
from .shapes import drawn

_AREAS = ("Polygon", "MultiPolygon", "GeometryCollection")
_NO_AREA = {
    "Point": "is a point, which has no area",
    "MultiPoint": "is a selection of points, which has no area",
    "LineString": "is a line, which has no area",
    "MultiLineString": "is a line, which has no area",
}
_FURTHEST = 1 << 24
"""Largest coordinate: beyond, single precision has no half pixels."""
_CORNERS = 3
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""An ID of QuPath 0.4 and later; what older ones wrote there is the kind of object."""
_DEEPEST = 50
"""Levels of objects in objects that are read: QuPath has about five."""


def looks_like_json(start: bytes) -> bool:
    """Whether a file begins as JSON does."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def read_geojson(path: Path) -> list[Region]:
    """Read the regions of a GeoJSON file.

    Parameters
    ----------
    path : Path
        A FeatureCollection, a list of features, a feature or a geometry.

    Returns
    -------
    list of Region
        Called as the object, else as its class, else by its kind and place, as "cell
        3"; the nucleus of a cell follows it as "cell 3: nucleus". What cannot be read,
        or has no area, is a region with a ``problem``.

    Raises
    ------
    RegionError
        If the file is no GeoJSON, or has no object.
    """
    try:
        held = json.loads(path.read_bytes().decode("utf-8-sig"))
        features = [*_features(held, 0)]
        places = [_place(geometry) for *_, geometry in features]
    except RecursionError:
        raise _refused(path, "its parts are nested too deep") from None
    except (ValueError, OverflowError) as error:
        raise _refused(path, str(error)) from None
    if not features:
        raise _refused(path, "it has no object")
    if any(places):
        # QuPath leaves out the plane that is the first.
        places = [place or {"z": 1, "t": 1} for place in places]
    regions = []
    for (name, object_id, geometry), place in zip(features, places, strict=True):
        region = drawn(name, _raster, geometry)
        c, z, t = (place.get(axis, 0) for axis in "czt")
        regions.append(replace(region, c=c, z=z, t=t, object_id=object_id))
    return regions


def _refused(path: Path, reason: str) -> RegionError:
    return RegionError(
        f"The file {path} cannot be read as GeoJSON: {reason}. Export the objects from "
        "QuPath again (File, Export objects as GeoJSON)."
    )


def _features(held: Any, depth: int) -> Iterator[tuple[str, str, Any]]:
    """Yield name, ID and geometry of each object, as far down as there are any."""
    if depth > _DEEPEST:
        raise ValueError("its objects are nested too deep")
    features = _list_of(held) if isinstance(held, dict) else held
    if not isinstance(features, list):
        raise ValueError("it is JSON without objects")
    for k, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            raise ValueError(f"its object {k} is {_short(feature)}, and no feature")
        if feature.get("type") != "Feature":
            if feature.get("type") not in (*_AREAS, *_NO_AREA):
                kind = _short(feature.get("type"))
                raise ValueError(f"its object {k} is of the type {kind}, no feature")
            yield f"roi {k}", "", feature
            continue
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        name = _name(properties, k)
        object_id = feature.get("id")
        known = isinstance(object_id, str) and _ID.fullmatch(object_id)
        yield name, str(object_id) if known else "", feature.get("geometry")
        if feature.get("nucleusGeometry") is not None:
            yield f"{name}: nucleus", "", feature["nucleusGeometry"]
        children = properties.get("childObjects", properties.get("children"))
        if isinstance(children, list) and children:
            yield from _features(children, depth + 1)


def _list_of(held: Mapping[str, Any]) -> Any:
    """Return the features of an object of GeoJSON: several, or itself."""
    kind = held.get("type")
    if kind == "FeatureCollection":
        return held.get("features")
    if kind == "Feature" or kind in (*_AREAS, *_NO_AREA):
        return [held]
    raise ValueError(
        f"it is JSON of the type {_short(kind)}, where a FeatureCollection, a Feature "
        "or a geometry is expected"
    )


def _name(properties: Mapping[str, Any], k: int) -> str:
    """Return the name of an object: its own, that of its class, or kind and place."""
    name = _text(properties.get("name"))
    label = properties.get("classification")
    if isinstance(label, dict):
        names = label.get("names")
        label = label.get("name") or (
            ": ".join(map(str, names)) if isinstance(names, list) else None
        )
    kind = _text(properties.get("objectType", properties.get("object_type")))
    return name or _text(label) or f"{kind or 'roi'} {k}"


def _text(name: Any) -> str:
    """Return a name on one line; "" for what is no name."""
    return " ".join(str(name).split()) if isinstance(name, (str, int, float)) else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:36]} ..."  # noqa: PLR2004


def _place(geometry: Any) -> dict[str, int]:
    """Return the channel, slice and frame of a geometry, from 1; {}: not said."""
    plane = geometry.get("plane") if isinstance(geometry, dict) else None
    if not isinstance(plane, dict):
        return {}
    place = {}
    for axis in "czt":
        at = plane.get(axis, -1 if axis == "c" else 0)
        if isinstance(at, bool) or not isinstance(at, (int, float)) or at != at // 1:
            raise ValueError(f"a plane has {axis} {_short(at)}, where a number is due")
        if at >= 0:
            place[axis] = int(at) + 1
    return place


def _raster(geometry: Any) -> Any:
    if not isinstance(geometry, dict):
        raise NoPixelsError("has no geometry")
    polygons = [*_polygons(geometry, 0)]
    if not polygons:
        raise NoPixelsError("has no polygon")
    return rasterize_rings(polygons)


def _polygons(
    geometry: Mapping[str, Any], depth: int
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield each polygon of a geometry: its outline, and its holes."""
    kind = geometry.get("type")
    if isinstance(kind, str) and kind in _NO_AREA:
        raise NoPixelsError(_NO_AREA[kind])
    if kind == "GeometryCollection":
        yield from _polygons_of_all(geometry.get("geometries"), depth)
        return
    if kind not in _AREAS:
        raise NoPixelsError(f"is a geometry of the type {_short(kind)}")
    polygons = geometry.get("coordinates")
    polygons = [polygons] if kind == "Polygon" else polygons
    if not isinstance(polygons, list):
        raise NoPixelsError("has no coordinates")
    for polygon in polygons:
        if not isinstance(polygon, list):
            raise NoPixelsError("has a polygon that is no list of rings")
        if polygon:
            yield [_ring(ring) for ring in polygon]


def _polygons_of_all(
    geometries: Any, depth: int
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the polygons of several geometries; points and lines beside have none."""
    if not isinstance(geometries, list) or depth > _DEEPEST:
        raise NoPixelsError("has a collection that is no list of geometries")
    for geometry in geometries:
        if not isinstance(geometry, dict):
            raise NoPixelsError("has a collection that is no list of geometries")
        if geometry.get("type") not in (*_NO_AREA,):
            yield from _polygons(geometry, depth + 1)


def _ring(ring: Any) -> NDArray[np.float64]:
    """Return the corners of a ring, (n, 2)."""
    try:
        corners = np.asarray([[point[0], point[1]] for point in ring])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        corners = np.zeros(0, str)
    if corners.dtype.kind not in "uif" or corners.ndim != 2:  # noqa: PLR2004
        raise NoPixelsError("has corners that are no pairs of numbers")
    corners = corners.astype(np.float64)
    if not np.isfinite(corners).all():
        raise NoPixelsError("has corners that are not numbers")
    furthest = float(np.abs(corners).max())
    if furthest > _FURTHEST:
        raise NoPixelsError(
            f"has a corner at {furthest:g}, where pixels up to {_FURTHEST} are expected"
        )
    if len(corners) < _CORNERS:
        raise NoPixelsError(f"has a ring of {len(corners)} corners, less than 3")
    return corners
