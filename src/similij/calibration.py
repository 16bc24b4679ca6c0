"""How large a pixel is, and how long a frame: from TIFF files and named axes.

Only what pictures need: a scale bar, and the calibration of the files written. The
numbers do not depend on it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from .inputs import is_named
from .planes import seconds_of

if TYPE_CHECKING:
    import tifffile
    import xarray as xr

_MICROMETRE = ("um", "micron", "microns", "micrometer", "micrometre", "\\u00b5m", "μm")
_NO_UNIT = ("", "pixel", "pixels", "px", "none", "null", "inch")
"""Units that say nothing of a size. Programs write 72 per inch without meaning it."""


class Calibration(NamedTuple):
    """What one pixel and one frame are.

    Attributes
    ----------
    pixel_size : tuple of float or None
        (x, y) or (x, y, z) in `unit`; None: unknown.
    unit : str
        Such as "µm".
    frame_s : float or None
        Seconds from frame to frame; None: unknown.
    """

    pixel_size: tuple[float, ...] | None = None
    unit: str = "µm"
    frame_s: float | None = None


UNKNOWN = Calibration()
"""Of files that say nothing."""


def calibrated(pixel_size: Any, unit: str, frame_s: float | None) -> Calibration:
    """Check what a caller says.

    Parameters
    ----------
    pixel_size : float, (x, y), (x, y, z) or None
        One number: pixels are square.
    unit : str
        Of the sizes.
    frame_s : float or None
        Seconds.

    Raises
    ------
    ValueError
        If a size is no number above 0.

    Examples
    --------
    >>> calibrated(0.25, "um", None)
    Calibration(pixel_size=(0.25, 0.25), unit='µm', frame_s=None)
    """
    frame = None if frame_s is None or not frame_s > 0 else float(frame_s)
    if pixel_size is None:
        return Calibration(frame_s=frame)
    try:
        found = [float(step) for step in pixel_size]
    except TypeError:
        found = [float(pixel_size)] * 2
    if len(found) not in (2, 3) or not all(0 < step < math.inf for step in found):
        raise ValueError(
            f"pixel_size is {pixel_size!r}: it must be one number above 0, or two or "
            "three of them, for x, y and z."
        )
    word = str(unit).strip()
    if word.lower() in _NO_UNIT:
        return Calibration(frame_s=frame)
    word = "µm" if word.lower() in _MICROMETRE else word
    return Calibration(tuple(found), word, frame)


def of_tiff(tiff: tifffile.TiffFile) -> Calibration:
    """Calibration of an ImageJ or OME-TIFF; of any other, what it says in cm."""
    page = tiff.pages.first
    if tiff.is_ome:
        return _of_ome(str(tiff.ome_metadata))
    about = tiff.imagej_metadata or {}
    interval = about.get("finterval")
    frame_s = None if interval is None else float(interval)
    steps = []
    for name in ("XResolution", "YResolution"):
        tag = page.tags.get(name)
        above, below = (0, 0) if tag is None else tag.value
        steps.append(below / above if above else 0.0)
    if min(steps) <= 0:
        return Calibration(frame_s=frame_s)
    unit = str(about.get("unit", ""))
    if tiff.is_imagej and about.get("spacing"):
        steps.append(abs(float(about["spacing"])))
    return calibrated(steps, unit, frame_s)


def _of_ome(text: str) -> Calibration:
    from xml.etree import ElementTree

    try:
        pixels = ElementTree.fromstring(text).find(".//{*}Pixels")
    except ElementTree.ParseError:
        return UNKNOWN
    if pixels is None or not {"PhysicalSizeX", "PhysicalSizeY"} <= {*pixels.attrib}:
        return UNKNOWN
    axes = [a for a in "XYZ" if pixels.get(f"PhysicalSize{a}")]
    units = {pixels.get(f"PhysicalSize{a}Unit", "µm") for a in axes}
    steps = [float(pixels.get(f"PhysicalSize{a}", 0)) for a in axes]
    if len(units) > 1 or min(steps) <= 0:
        return UNKNOWN
    return calibrated(steps, units.pop(), None)


def of_axes(image: Any) -> Calibration:
    """Calibration of a DataArray with coordinates, as `similij.imagej.to_xarray` has.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> image = xr.DataArray(np.zeros((2, 3)), {"y": [0, 0.5], "x": [0, 0.5, 1]},
    ...     ["y", "x"], attrs={"units": "µm"})
    >>> of_axes(image).pixel_size
    (0.5, 0.5)
    """
    if not is_named(image):
        return UNKNOWN
    times = [seconds_of(image, k) for k in range(min(2, image.sizes.get("t", 1)))]
    frame_s = None
    if len(times) > 1 and times[0] is not None and times[1] is not None:
        frame_s = times[1] - times[0] or None
    steps = [_step(image, axis) for axis in ("x", "y", "z")]
    if steps[2] is None:
        steps.pop()
    unit = image.attrs.get("units", "")
    if None in steps:
        return Calibration(frame_s=frame_s)
    return calibrated(steps, str(unit), frame_s)


def _step(image: xr.DataArray, axis: str) -> float | None:
    """Distance of two places along an axis; None where it has no numbers for them."""
    if axis not in image.coords or image.sizes.get(axis, 0) < 2:  # noqa: PLR2004
        return None
    places = image.coords[axis].values
    if places.ndim != 1 or places.dtype.kind not in "iuf":
        return None
    step = abs(float(places[1]) - float(places[0]))
    return step if 0 < step < math.inf else None
