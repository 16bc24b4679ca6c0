"""Make an `Image` of a Dataset, an ImgPlus or any other interval of ImgLib2.

Datasets and ImgPluses name their axes, and say how long a step along each is; of other
intervals the axes have no names. Which classes these are is asked by the methods that
they have: ImageJ2 need not be on the class path.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array
from ..images.axes import UNKNOWN, UNNAMED, named, unnamed
from ..images.calibration import Calibration, in_seconds
from ..images.image import Image, Provenance
from .checks import calibration_of_pixel
from .imglib import COLOR, samples, to_numpy, type_name
from .messages import Pixel

_SAMPLES = 3
"""Red, green and blue."""

Coordinate = tuple[tuple[str, ...], Array, dict[str, str]]
"""Of an `Image`: of which axes it is, where the places are, and in which unit."""


def of_interval(image: Any) -> Image:
    """Copy an image of ImgLib2, with the axes that it names.

    Parameters
    ----------
    image : net.imglib2.RandomAccessibleInterval
        Without names of axes, or a Dataset or ImgPlus.

    Raises
    ------
    ImageError
        If its pixels are of a type that cannot be compared, or an axis is there twice.
    """
    title = str(image.getName() or "") if hasattr(image, "getName") else ""
    name = title or "the image"
    pixels = to_numpy(image, name)
    kind = type_name(image).rpartition(".")[2]
    # The axes of ImgLib2 are counted from the fastest, those of NumPy to it.
    own = [image.axis(d) for d in range(pixels.ndim)] if hasattr(image, "axis") else []
    axes = _names(image, own[::-1], pixels, name)
    about = dict(zip(axes, own[::-1], strict=False))
    sizes = dict(zip(axes, pixels.shape, strict=False))
    if kind == COLOR:
        axes = [*(axes or unnamed(pixels.ndim)), "s"]
        pixels = samples(pixels)
    coordinates = {
        axis: coordinate(axis, _places(axis, about[axis], n), _unit(about[axis]))
        for axis, n in sizes.items()
        if axis in about and axis != "s"
    }
    # Who reads "t is missing" of an interval without names would look for it in vain.
    is_named = bool(about) and not any(axis.startswith(UNNAMED) for axis in axes)
    origin = Provenance(
        path=_source(image), reader="ImageJ2" if is_named else "", stored=kind
    )
    made = Image(
        pixels,
        tuple(axes),
        title,
        calibration=_calibration(about, sizes),
        times=_times(coordinates),
        coordinates=coordinates or None,
        provenance=origin,
    )
    return without_single(made)


def of_labeling(labeling: Any) -> Image:
    """Copy an ImgLabeling: each pixel the label that it has, 0 for none.

    ImgLib2 keeps numbers of sets of labels. Where all labels are numbers above 0, they
    are meant; else the numbers of their sets are.

    Raises
    ------
    ImageError
        If a pixel has two labels.
    """
    made = of_interval(labeling.getIndexImg())
    mapping = labeling.getMapping()
    sets = [[*mapping.labelsAtIndex(k)] for k in range(int(mapping.numSets()))]
    used = np.unique(made.pixels)
    both = next((sets[k] for k in used if len(sets[k]) > 1), None)
    if both is not None:
        raise ImageError(
            f"the labels {both[0]} and {both[1]} of an ImgLabeling share pixels: each "
            "pixel must have one label. Compare overlapping regions as ROIs."
        )
    labels = [label[0] if label else 0 for label in sets]
    if all(isinstance(label, int) and label >= 0 for label in labels):
        made.pixels = np.array([int(label) for label in labels])[made.pixels]
    return made


def coordinate(axis: str, places: Array, unit: str) -> Coordinate:
    """Return what an `Image` says of where the places of an axis are."""
    return (axis,), places, {"units": unit} if unit else {}


def without_single(image: Image) -> Image:
    """Leave out t, z and c where they are one long: every image of ImageJ has them."""
    return image.isel({axis: 0 for axis in "tzc" if image.sizes.get(axis) == 1})


def _names(image: Any, own: list[Any], pixels: Array, title: str) -> list[str]:
    """Return the names of the axes, those of NumPy; none where nobody named any.

    Such axes may be those of the image that it is compared with.
    """
    labels = [str(axis.type().getLabel()) for axis in own]
    if {label.lower() for label in labels} <= {UNKNOWN}:
        return []
    axes = [*named(labels, pixels.shape, title)]
    # So ImageJ2 has an RGB image of ImageJ, and so it shows it in one.
    merged = hasattr(image, "isRGBMerged") and bool(image.isRGBMerged())
    if merged and "c" in axes and pixels.dtype == np.uint8:
        channel = axes.index("c")
        if pixels.shape[channel] == _SAMPLES:
            axes[channel] = "s"
    return axes


def _calibration(about: dict[str, Any], sizes: dict[str, int]) -> Calibration:
    steps = {name: _step(name, axis) for name, axis in about.items()}
    units = {name: _unit(axis) for name, axis in about.items()}
    # One unit for all: of an axis in another one no size is said.
    x, y, z = (
        steps.get(axis) if units.get(axis) == units.get("x") else None for axis in "xyz"
    )
    interval, time_unit = steps.get("t"), units.get("t", "")
    pixel = Pixel(x, y, z, units.get("x", ""), interval, time_unit)
    return calibration_of_pixel(pixel, sizes.get("z", 1), sizes.get("t", 1))


def _times(coordinates: dict[str, Coordinate]) -> tuple[float, ...] | None:
    if "t" not in coordinates:
        return None
    _, places, attributes = coordinates["t"]
    second = in_seconds(1, attributes.get("units"))
    return None if second is None else tuple(float(t) * second for t in places)


def _places(name: str, axis: Any, count: int) -> Array:
    """Return where the places of an axis of ImageJ2 are, in its unit."""
    if name == "c":  # as people count them; what ImageJ2 has there is no length
        return np.arange(1.0, count + 1)
    if hasattr(axis, "scale") and hasattr(axis, "origin"):  # evenly
        places: Array = float(axis.origin()) + np.arange(count) * float(axis.scale())
        return places
    return np.array([float(axis.calibratedValue(float(k))) for k in range(count)])


def _step(name: str, axis: Any) -> float | None:
    first, second = _places(name, axis, 2)
    step = float(second - first)
    return step if math.isfinite(step) else None


def _unit(axis: Any) -> str:
    return str(axis.unit() or "")


def _source(image: Any) -> str:
    """Return the file of a Dataset or ImgPlus; its source may also be some word."""
    source = str(image.getSource() or "") if hasattr(image, "getSource") else ""
    return source if Path(source).is_absolute() else ""
