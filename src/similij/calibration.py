"""Physical sizes of pixels: where they are known, and what to say where they differ.

Images are compared pixel by pixel, whatever size a pixel has; that two images say
different things of it is worth a note, since they may not show the same field of view.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
"""How people write units of time, and how many seconds they have."""

_SAME = 1e-4
"""Relative difference that is rounding: files keep sizes as fractions of integers."""

_NO_UNIT = {"", "pixel", "pixels", "none", "null", "inch"}
"""What files say that know no size; ImageJ's "inch" is a printer's resolution."""

_MICROMETRE = {"um", "µm", "μm", "micron", "microns", "micrometer", "micrometre"}


@dataclass(frozen=True)
class PixelSize:
    """How large a pixel is.

    Attributes
    ----------
    x, y : float
        Width and height, in `unit`.
    z : float or None
        From slice to slice, in `unit`; None where there is one slice, or none is known.
    unit : str
        As the file or ImageJ has it, with "µm" for all spellings of that.
    frame_s : float or None
        Seconds from frame to frame.
    """

    x: float
    y: float
    z: float | None = None
    unit: str = "µm"
    frame_s: float | None = None

    def __str__(self) -> str:
        sizes = [f"{size:g}" for size in (self.x, self.y, self.z) if size is not None]
        return f"{' × '.join(sizes)} {self.unit}"


def pixel_size(found: Mapping[str, Any] | None) -> PixelSize | None:
    """Size from what ImageJ or a file says; None where that is nothing physical.

    Parameters
    ----------
    found : mapping or None
        Keys x, y, and, where known, z, unit and frame_s.

    Examples
    --------
    >>> print(pixel_size({"x": 0.25, "y": 0.25, "unit": "micron"}))
    0.25 × 0.25 µm
    >>> pixel_size({"x": 1, "y": 1, "unit": "pixel"}) is None
    True
    """
    if not found:
        return None
    unit = str(found.get("unit") or "").strip().replace("\\u00B5", "µ")
    x, y, z, frame_s = (_positive(found.get(key)) for key in ("x", "y", "z", "frame_s"))
    if unit.lower() in _NO_UNIT or x is None or y is None:
        return None
    unit = "µm" if unit.lower() in _MICROMETRE else unit
    return PixelSize(x, y, z, unit, frame_s)


def pixel_size_of(image: Any) -> PixelSize | None:
    """Size from the coordinates of a DataArray, whose unit is in `units`.

    Examples
    --------
    >>> import xarray as xr
    >>> x = xr.DataArray([[1, 2]], {"y": [0.0], "x": [0.0, 0.5]}, ["y", "x"])
    >>> pixel_size_of(x.assign_attrs(units="µm")) is None  # one row has no height
    True
    """
    coords = getattr(image, "coords", {})
    if "x" not in coords or "y" not in coords:
        return None
    unit = coords["x"].attrs.get("units") or image.attrs.get("units")
    found = {axis: _step(coords[axis]) for axis in ("x", "y", "z") if axis in coords}
    return pixel_size({**found, "unit": unit, "frame_s": _frame_s(image)})


def differing(
    names: tuple[str, str], one: PixelSize | None, two: PixelSize | None
) -> str:
    """Note on images that say different things of their pixels; "" where they agree.

    Examples
    --------
    >>> differing(("a", "b"), PixelSize(0.25, 0.25), PixelSize(0.5, 0.5))
    '"a" has pixels of 0.25 × 0.25 µm, "b" of 0.5 × 0.5 µm: compared pixel by pixel'
    """
    if one is None or two is None:
        return ""
    notes = []
    sizes = [(one.x, two.x), (one.y, two.y)]
    if one.z is not None and two.z is not None:
        sizes.append((one.z, two.z))
    if one.unit != two.unit or not all(_alike(a, b) for a, b in sizes):
        notes.append(f'"{names[0]}" has pixels of {one}, "{names[1]}" of {two}')
    if one.frame_s and two.frame_s and not _alike(one.frame_s, two.frame_s):
        notes.append(
            f'"{names[0]}" has a frame every {one.frame_s:g} s, "{names[1]}" every '
            f"{two.frame_s:g} s"
        )
    return f"{', '.join(notes)}: compared pixel by pixel" if notes else ""


def _frame_s(image: Any) -> float | None:
    if "t" not in image.coords:
        return None
    times = image.coords["t"]
    unit = times.attrs.get("units") or image.attrs.get("time_units")
    step, factor = _step(times), SECONDS.get(str(unit).strip().lower())
    return None if step is None or factor is None else step * factor


def _alike(one: float, two: float) -> bool:
    return math.isclose(one, two, rel_tol=_SAME)


def _positive(value: Any) -> float | None:
    try:
        number = abs(float(value))
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _step(coord: Any) -> float | None:
    """Distance of neighbours on an axis; None where there is one place only."""
    values = coord.values
    if values.ndim != 1 or len(values) < 2 or values.dtype.kind not in "iuf":  # noqa: PLR2004
        return None
    return float(values[-1] - values[0]) / (len(values) - 1)
