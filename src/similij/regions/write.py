"""Write regions as files of others: ROIs for ImageJ, GeoJSON for QuPath, a label image.

Outlines run along the edges of pixels, so that whoever reads them selects the very
pixels, whatever shape they were drawn with. What a kind of file cannot hold is refused
by a sentence that names a kind that can: overlaps would be lost in a label image, and
an object of QuPath lies on one slice and frame. A region without pixels is left out,
and said: one odd ROI among hundreds must not keep the others from being written.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError
from ..ground.names import distinct, readable
from ..ground.writing import check_place, whole_file
from .labels import LabelImage
from .outlines import Loop, polygons_of
from .read import Regions
from .region import Region
from .roi_curves import CLOSE, LINE, MOVE
from .runs import Runs
from .tied import is_tied, tied_to

_ENDINGS = {
    ".zip": "rois",
    ".geojson": "geojson",
    ".json": "geojson",
    ".tif": "labels",
    ".tiff": "labels",
}
"""What a file becomes, by its ending."""

_LOWEST, _HIGHEST = -5000, 60535
"""Coordinates that the 16 bits of a traced ROI hold, as ImageJ reads them."""
_MOST_CORNERS = 65535
"""Corners of a traced ROI that every ImageJ reads; a composite may have more."""
_RECTANGLE = 4
_ROI_VERSION = 228
"""Of the format of .roi files, which ImageJ has written since 2020."""
_LARGEST = 1 << 28
"""Pixels of a mask that nothing says how to cut: more would take gigabytes to trace."""
_LONGEST_NAME = 1000
"""Letters of the name of an entry: an archive takes 65535 bytes."""
_NUMBERED = re.compile(r"label ([1-9][0-9]{0,9})")
_IMAGEJ_LABELS = 1 << 16
"""Labels of an image that ImageJ has a type of its own for."""
_MOST_LABELS = 1 << 32
_LARGE_FILE = 1 << 31
"""Bytes from which on a label image is no file of ImageJ's own kind, which ends soon
after."""

Polygon = list[Loop]
"""A ring around a part of a region, and one around each of its holes."""


class Canvas(NamedTuple):
    """Say what regions lie on.

    Attributes
    ----------
    shape : tuple of int or None
        Height and width in pixels; None: not known.
    sizes : mapping or None
        Length of each axis but y and x; None: not known.
    """

    shape: tuple[int, int] | None = None
    sizes: Mapping[str, int] | None = None


class Numbers(NamedTuple):
    """Give what was measured of a region in one row.

    Attributes
    ----------
    z, t : int or None
        Slice and frame, counted from 1; None: pooled.
    plane : str
        The plane in words, which tell the rows of a region apart.
    values : mapping
        What each number is called, and the number.
    """

    z: int | None
    t: int | None
    plane: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class _Shape:
    """The polygons of a region; of the region itself name, planes and ID count."""

    region: Region
    polygons: list[Polygon]


def kind_of_file(path: Path) -> str:
    """Return what a file becomes, by its ending: "rois", "geojson" or "labels".

    Raises
    ------
    RegionError
        If the ending is that of none.
    """
    kind = _ENDINGS.get(path.suffix.lower())
    if kind is None:
        ending = f"the ending {path.suffix}" if path.suffix else "no ending"
        raise RegionError(
            f'"{path}" has {ending}, where .zip (ROIs for ImageJ), .geojson (for '
            "QuPath) or .tif (a label image) is expected: give it one of these."
        )
    return kind


def write(
    path: Path,
    regions: Regions,
    canvas: Canvas,
    numbers: Mapping[str, Sequence[Numbers]],
) -> list[str]:
    """Write regions to a file, of the kind that its ending says.

    Parameters
    ----------
    path : Path
        The file; replaced if it exists.
    regions : Regions
        What is written.
    canvas : Canvas
        What they lie on.
    numbers : mapping
        Name of a region to what was measured of it, for GeoJSON.

    Returns
    -------
    list of str
        A sentence for each region that was left out.

    Raises
    ------
    RegionError
        If a file of this kind cannot hold the regions.
    """
    kind = kind_of_file(path)
    check_place(path)
    left_out: list[str] = []
    kept = {
        number: region
        for number, region in enumerate(regions.regions, start=1)
        if _has_pixels(region, canvas, left_out)
    }
    if not kept and regions.labels is None:
        raise _nothing(left_out)
    if kind == "labels":
        import tifffile

        pixels, how = _as_tiff(*_label_image(path, kept, regions, canvas, left_out))
        if not pixels.any():
            raise _nothing(left_out)
        with whole_file(path) as part:
            tifffile.imwrite(part, pixels, **how)
        return left_out
    shapes = [*_shapes([*kept.values()], regions.labels, canvas)]
    if not shapes:
        raise _nothing(left_out)
    if kind == "geojson":
        planes = _planes(shapes, canvas)
        with whole_file(path) as part, part.open("w", encoding="utf-8") as stream:
            stream.writelines(_geojson(shapes, planes, numbers))
        return left_out
    names = [_entry(shape.region.name, k) for k, shape in enumerate(shapes, start=1)]
    with (
        whole_file(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, shape in zip(distinct(names), shapes, strict=True):
            archive.writestr(f"{name}.roi", _roi(name, shape))
    return left_out


def _nothing(left_out: Sequence[str]) -> RegionError:
    words = " ".join(left_out) or "give some, or a label image that is not all 0."
    return RegionError(f"There is no region to write: {words}")


def _has_pixels(region: Region, canvas: Canvas, left_out: list[str]) -> bool:
    """Whether a region has pixels; if not, say so."""
    if canvas.shape is not None and not region.problem:
        region.check(*canvas.shape)
    if region.size:
        return True
    left_out.append(f"{region.problem or f'{region.name} has no pixel'}: left out.")
    return False


def _shapes(
    regions: Sequence[Region], labels: LabelImage | None, canvas: Canvas
) -> Iterator[_Shape]:
    """Trace the regions in their order, then the labels, ascending, plane by plane."""
    for region in regions:
        yield _Shape(region, _traced(region, canvas))
    if labels is None:
        return
    pixels, axes = _in_memory(labels)
    for index in np.ndindex(pixels.shape[:-2]):
        place = {axis: at + 1 for axis, at in zip(axes, index, strict=True)}
        polygons = polygons_of(pixels[index])
        for label in sorted(polygons):
            region = Region(f"label {label}", 0, 0, 0, 0, **place)
            yield _Shape(region, polygons[label])


def _traced(region: Region, canvas: Canvas) -> list[Polygon]:
    mask, x, y = region.mask, region.x, region.y
    if mask is None:
        right, bottom = x + region.width, y + region.height
        corners = [[x, y], [right, y], [right, bottom], [x, bottom]]
        return [[np.array(corners, np.int32)]]
    if isinstance(mask, Runs) and canvas.shape is not None:
        inside = region.clip(*canvas.shape)
        if inside is not None:
            (rows, columns, part), x, y = inside, inside[1].start, inside[0].start
            mask = np.ones((rows.stop - y, columns.stop - x)) if part is None else part
    if mask.shape[0] * mask.shape[1] > _LARGEST:
        raise RegionError(
            f"{region.name} is {region.width}×{region.height} pixels large: give the "
            "image that it lies on as image=..., so that it can be cut to that."
        )
    corner = np.array([x, y], np.int32)
    return [
        [ring + corner for ring in polygon]
        for polygon in polygons_of(np.asarray(mask))[1]
    ]


def _in_memory(labels: LabelImage) -> tuple[NDArray[Any], str]:
    """Return the pixels of a label image, and its axes but y and x, as "tzc".

    Raises
    ------
    RegionError
        If an axis that is longer than 1 is no frame, slice or channel, or if there is a
        label that no file of labels has.
    """
    shape = labels.labels.shape
    dims = labels.dims or ("",) * len(shape)
    long = {d: k for k, d in enumerate(dims[:-2]) if shape[k] > 1}
    pixels = LabelImage(np.asarray(labels.labels)).labels
    if not {*long} <= {*"tzc"}:
        raise RegionError(
            f"The label image has the shape {shape}, and nothing says which of its "
            "axes is the channel, the slice or the frame: give the names, e.g. "
            "similij.Image(labels, axes='zyx')."
        )
    lowest, highest = (int(pixels.min()), int(pixels.max())) if pixels.size else (0, 0)
    if lowest < 0 or highest >= _MOST_LABELS:
        raise RegionError(
            f"The label image has the label {lowest if lowest < 0 else highest}, where "
            f"whole numbers from 1 to {_MOST_LABELS - 1} are expected: number the "
            "objects anew."
        )
    axes = [axis for axis in "tzc" if axis in long]
    short = [k for k in range(len(shape) - 2) if shape[k] == 1]
    order = [*(long[axis] for axis in axes), *short, -2, -1]
    planes = pixels.transpose(order).reshape(
        *(shape[long[a]] for a in axes), *shape[-2:]
    )
    return planes, "".join(axes)


def _label_image(
    path: Path,
    kept: Mapping[int, Region],
    given: Regions,
    canvas: Canvas,
    left_out: list[str],
) -> tuple[NDArray[Any], str]:
    """Return the pixels of a label image, and its axes but y and x.

    Raises
    ------
    RegionError
        If one label image cannot hold the regions.
    """
    if given.labels is not None and kept:
        raise RegionError(
            "A label image holds ROIs or labels, and not both, as their numbers would "
            "be the same: write them to a .zip or a .geojson."
        )
    if given.labels is not None:
        return _in_memory(given.labels)
    made_for = (region.plane_shape for region in kept.values())
    shape = canvas.shape or next(filter(None, made_for), None)
    if shape is None:
        raise RegionError(
            f'"{path}" becomes a label image, as large as the image that the regions '
            "lie on, and they do not say how large that is: give it as image=..."
        )
    several = canvas.sizes is None or math.prod(canvas.sizes.values()) > 1
    owners = [_NUMBERED.fullmatch(region.name) for region in kept.values()]
    numbers = [int(match[1]) for match in owners if match]
    own = len({*numbers}) == len(kept) and max(numbers, default=0) < _MOST_LABELS
    if not own:  # not all have a number for a name, or one of two: then by their places
        numbers = [*kept]
    pixels = np.zeros(shape, np.int64)
    for number, region in zip(numbers, kept.values(), strict=True):
        if several and is_tied(region):
            raise RegionError(
                f"{region.name} is tied to a plane of a stack, which a label image of "
                "one plane cannot say: write the regions to a .zip or a .geojson."
            )
        region.check(*shape)
        part = region.clip(*shape)
        if part is None:
            left_out.append(f"{region.name} lies outside the image: left out.")
            continue
        rows, columns, mask = part
        under = pixels[rows, columns]
        inside = np.ones(under.shape, np.bool_) if mask is None else mask
        taken = under[inside]
        if taken.any():
            other = numbers.index(int(taken[taken > 0][0]))
            raise RegionError(
                f"{[*kept.values()][other].name} and {region.name} overlap, and a "
                "label image has one number for a pixel: write the regions to a .zip "
                "or a .geojson."
            )
        under[inside] = number
    return pixels, ""


def _as_tiff(pixels: NDArray[Any], axes: str) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return labels in the smallest type that others take for labels, and what to tell.

    Of 16 bits it is ImageJ's own kind of TIFF. For more labels ImageJ has no type of
    whole numbers: there it is a plain TIFF of 32 bits, which ImageJ opens as floats.
    """
    few = pixels.max(initial=0) < _IMAGEJ_LABELS
    small = pixels.astype(np.uint16 if few else np.uint32)
    how: dict[str, Any] = {"metadata": {"axes": f"{axes}yx".upper()}}
    if few and small.nbytes < _LARGE_FILE:
        return small, {"imagej": True, **how}
    return small, {"software": False, **how}


def _entry(name: str, number: int) -> str:
    """Return the name of an entry of an archive, which is that of its ROI in ImageJ."""
    entry = readable(name).replace("\0", " ")
    return entry[:_LONGEST_NAME] if entry.strip() else f"roi {number}"


def _roi(name: str, shape: _Shape) -> bytes:
    """Encode a ROI: a rectangle, a traced outline, or a composite of several."""
    from roifile import ROI_TYPE, ImagejRoi

    rings = [ring for polygon in shape.polygons for ring in polygon]
    corners = np.concatenate(rings)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    region = shape.region
    roi = ImagejRoi(
        version=_ROI_VERSION,
        # Of what lies beyond 16 bits the box is not read, but that of the path.
        left=int(max(left, _LOWEST)),
        top=int(max(top, _LOWEST)),
        right=int(min(right, _HIGHEST)),
        bottom=int(min(bottom, _HIGHEST)),
        position=region.position,
        c_position=region.c,
        z_position=region.z,
        t_position=region.t,
        # A name's length is told in units of 16 bits, of which a smiley has two.
        name=name if name.isascii() else "",
    )
    near = min(left, top) >= _LOWEST and max(right, bottom) <= _HIGHEST
    near = near and max(right - left, bottom - top) <= _HIGHEST
    if near and len(rings) == 1 and len(corners) == _RECTANGLE:
        roi.roitype = ROI_TYPE.RECT
    elif near and len(rings) == 1 and len(corners) <= _MOST_CORNERS:
        roi.roitype = ROI_TYPE.TRACED
        roi.integer_coordinates = corners - (left, top)
        roi.n_coordinates = len(corners)
    else:
        roi.roitype = ROI_TYPE.RECT
        roi.multi_coordinates = np.concatenate([_path(ring) for ring in rings])
        roi.shape_roi_size = len(roi.multi_coordinates)
    encoded: bytes = roi.tobytes()
    return encoded


def _path(ring: Loop) -> NDArray[np.float32]:
    """Return a ring as a composite has it: move there, lines, close."""
    kinds = np.full(len(ring), LINE)
    kinds[0] = MOVE
    path = np.column_stack((kinds, ring)).ravel()
    return np.append(path, CLOSE).astype(np.float32)


def _planes(shapes: Sequence[_Shape], canvas: Canvas) -> list[dict[str, int] | None]:
    """Return the plane of each object as QuPath has it; None where all are anywhere.

    Raises
    ------
    RegionError
        If a region is on planes that are not one slice and frame.
    """
    places = []
    for shape in shapes:
        region = shape.region
        if canvas.sizes is not None:
            place = tied_to(region, canvas.sizes)
        else:
            place = {axis: getattr(region, axis) for axis in "czt"}
            place = {axis: at for axis, at in place.items() if at}
        if not {*place} <= {*"czt"} or (canvas.sizes is None and region.position):
            raise RegionError(
                f"{region.name} is tied to a plane, and nothing says whether that is a "
                "slice or a frame: give the image that it lies on, with names of axes, "
                "as image=..., or write the regions to a .zip."
            )
        places.append(place)
    if not any(places):
        return [None] * len(shapes)
    for axis, word in (("z", "slice"), ("t", "frame")):
        free = [s for s, place in zip(shapes, places, strict=True) if axis not in place]
        long = (canvas.sizes or {}).get(axis, 1) > 1
        if free and (long or len(free) < len(shapes)):
            raise RegionError(
                f"{free[0].region.name} is on every {word}, while other regions are on "
                "one plane each, as all objects of QuPath are: write the regions to a "
                ".zip."
            )
    return [
        {"c": p.get("c", 0) - 1, "z": p.get("z", 1) - 1, "t": p.get("t", 1) - 1}
        for p in places
    ]


def _geojson(
    shapes: Sequence[_Shape],
    planes: Sequence[Mapping[str, int] | None],
    numbers: Mapping[str, Sequence[Numbers]],
) -> Iterator[str]:
    """Yield the text of a FeatureCollection, an object on each line."""
    yield '{"type": "FeatureCollection", "features": [\n'
    for k, (shape, plane) in enumerate(zip(shapes, planes, strict=True)):
        polygons = [
            [[*ring.tolist(), ring[0].tolist()] for ring in polygon]
            for polygon in shape.polygons
        ]
        geometry: dict[str, Any] = (
            {"type": "Polygon", "coordinates": polygons[0]}
            if len(polygons) == 1
            else {"type": "MultiPolygon", "coordinates": polygons}
        )
        if plane is not None:
            geometry["plane"] = plane
        feature: dict[str, Any] = {"type": "Feature"}
        if shape.region.object_id:
            feature["id"] = shape.region.object_id
        feature["geometry"] = geometry
        name = readable(shape.region.name)
        feature["properties"] = {"objectType": "detection", "name": name}
        measured = _measurements(numbers.get(shape.region.name, ()), plane)
        if measured:
            feature["properties"]["measurements"] = measured
        end = "\n" if k == len(shapes) - 1 else ",\n"
        yield json.dumps(feature, ensure_ascii=False, allow_nan=False) + end
    yield "]}\n"


def _measurements(
    numbers: Sequence[Numbers], plane: Mapping[str, int] | None
) -> dict[str, float]:
    """Return what was measured of an object on its plane, by name.

    What is undefined is left out, which QuPath reads as just that; so is what is
    infinite, for which JSON has no number.
    """
    rows = [
        row
        for row in numbers
        if plane is None
        or all(
            at is None or at - 1 == plane[axis]
            for axis, at in (("z", row.z), ("t", row.t))
        )
    ]
    return {
        f"{name} ({row.plane})" if len(rows) > 1 else name: value
        for row in rows
        for name, value in row.values.items()
        if math.isfinite(value)
    }
