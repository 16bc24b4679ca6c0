"""Read how large a pixel is, and how long a frame: of files, named axes and ImageJ.

Pictures need that, for a scale bar and in the files written. The numbers do not depend
on it: images are compared pixel by pixel. That two images say different things of their
pixels is worth a note, since they may not show the same field of view.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ground.names import shown

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import xarray as xr


SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
"""How people write units of time, and how many seconds they have."""

_SAME = 1e-4
"""Relative difference that is rounding: files keep sizes as fractions of integers."""

# ImageJ writes the µ of a TIFF's description as six characters, \u00b5; the last one
# here is the Greek letter, which is another character than the micro sign.
_MICROMETRE = ("um", "micron", "microns", "micrometer", "micrometre", "\\u00b5m", "μm")
_UNITS = {
    **dict.fromkeys(_MICROMETRE, "µm"),
    **dict.fromkeys(("nanometer", "nanometre", "nanometers", "nanometres"), "nm"),
    **dict.fromkeys(("millimeter", "millimetre", "millimeters", "millimetres"), "mm"),
    **dict.fromkeys(("centimeter", "centimetre", "centimeters", "centimetres"), "cm"),
    **dict.fromkeys(("meter", "metre", "meters", "metres"), "m"),
    **dict.fromkeys(("angstrom", "angstroms", "a"), "Å"),
}
"""Words of units, in small letters, and the unit that is meant."""

_MICROMETRES = {"pm": 1e-6, "Å": 1e-4, "nm": 1e-3, "µm": 1.0, "mm": 1e3, "cm": 1e4,
                "dm": 1e5, "m": 1e6, "km": 1e9}  # fmt: skip
"""How many micrometres a unit has: 0.5 µm are 500 nm."""

_NO_UNIT = ("", "pixel", "pixels", "px", "none", "null", "inch")
"""Units that say nothing of a size. Programs write 72 per inch without meaning it."""


class Calibration(NamedTuple):
    """Sizes of one pixel and one frame.

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

    @property
    def size(self) -> str:
        """The size of a pixel in words; only where it is known."""
        return (
            f"{' × '.join(f'{step:g}' for step in self.pixel_size or ())} {self.unit}"
        )


UNKNOWN = Calibration()
"""The calibration of files that say nothing."""


def calibrated(pixel_size: Any, unit: str, frame_s: float | None) -> Calibration:
    """Make a calibration of what a caller says, which is checked.

    Parameters
    ----------
    pixel_size : float, (x, y), (x, y, z) or None
        One number: pixels are square.
    unit : str
        The unit of the sizes; a word that says nothing of a size, as "pixel", leaves
        the size unknown.
    frame_s : float or None
        Seconds from frame to frame; 0 or less: unknown.

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
        single = not hasattr(pixel_size, "__len__") or isinstance(pixel_size, str)
        steps = [float(s) for s in ([pixel_size] * 2 if single else pixel_size)]
    except (TypeError, ValueError, OverflowError):
        steps = []
    if len(steps) not in (2, 3) or not all(0 < step < math.inf for step in steps):
        raise ValueError(
            f"pixel_size is {shown(pixel_size)}: it must be one number above 0, or two "
            "or three of them, for x, y and z."
        )
    word = str(unit).strip()
    if word.lower() in _NO_UNIT:
        return Calibration(frame_s=frame)
    word = _UNITS.get(word.lower(), word)
    return Calibration(tuple(steps), word, frame)


def differing(names: tuple[str, str], one: Calibration, two: Calibration) -> str:
    """Write a note on images whose pixels differ in size; "" where they agree.

    Examples
    --------
    >>> one, two = calibrated(0.25, "µm", None), calibrated(0.5, "µm", None)
    >>> differing(("a", "b"), one, two)
    '"a" has pixels of 0.25 × 0.25 µm, "b" of 0.5 × 0.5 µm: compared pixel by pixel'
    """
    notes = []
    if one.pixel_size and two.pixel_size:
        units = one.unit, two.unit
        same = one.unit == two.unit
        in_1, in_2 = (1.0 if same else _MICROMETRES.get(unit) for unit in units)
        # Not strict: z counts where both have it.
        sizes = zip(one.pixel_size, two.pixel_size, strict=False)
        if (
            in_1 is None
            or in_2 is None
            or not all(_alike(a * in_1, b * in_2) for a, b in sizes)
        ):
            notes.append(
                f'"{names[0]}" has pixels of {one.size}, "{names[1]}" of {two.size}'
            )
    if one.frame_s and two.frame_s and not _alike(one.frame_s, two.frame_s):
        notes.append(
            f'"{names[0]}" has a frame every {one.frame_s:g} s, "{names[1]}" every '
            f"{two.frame_s:g} s"
        )
    return f"{', '.join(notes)}: compared pixel by pixel" if notes else ""


def _alike(one: float, two: float) -> bool:
    return math.isclose(one, two, rel_tol=_SAME)


def in_seconds(step: Any, unit: Any) -> float | None:
    """Time in seconds; None where there is none, or in a unit that is none of time."""
    factor = SECONDS.get(str(unit).strip().lower())
    return None if step is None or factor is None else float(step) * factor


_CENTIMETRE = 3
"""Number of the unit in a TIFF's tag ResolutionUnit; 1: none, 2: inch."""

_FINE_CM, _FINE_CM_OF_IMAGEJ = 0.001, 0.0001
"""Centimetres of a pixel up to which ImageJ makes micrometres of them."""


def of_resolution(x: float, y: float, unit: int) -> Calibration:
    """Make a calibration of a TIFF's tags of resolution.

    Pixels per inch are not taken for a size, though ImageJ shows them: programs write
    72, 96 or 300 for the printer, whatever the image is of.

    Parameters
    ----------
    x, y : float
        Pixels per unit; 0: unknown.
    unit : int
        Number of the unit.

    Examples
    --------
    >>> of_resolution(20000, 20000, 3), of_resolution(300, 300, 2).pixel_size
    (Calibration(pixel_size=(0.5, 0.5), unit='µm', frame_s=None), None)
    """
    if min(x, y) <= 0 or unit != _CENTIMETRE:
        return UNKNOWN
    return _centimetres([1 / x, 1 / y], _FINE_CM, None)


def _centimetres(
    steps: list[float], finest: float, frame_s: float | None
) -> Calibration:
    if steps[0] <= finest:
        # Rounded, for 1/20000·10000 is not 0.5 and a user reads it.
        micrometres = [float(f"{step * 1e4:.12g}") for step in steps]
        return calibrated(micrometres, "µm", frame_s)
    return calibrated(steps, "cm", frame_s)


def of_imagej(about: Mapping[str, str], x: float, y: float, unit: int) -> Calibration:
    """Make a calibration of ImageJ's description and a TIFF's tags of resolution.

    Parameters
    ----------
    about : mapping
        The properties in the description.
    x, y, unit
        As of `of_resolution`.

    Examples
    --------
    >>> of_imagej({"unit": "nm", "spacing": "900"}, 0.002, 0.002, 1).pixel_size
    (500.0, 500.0, 900.0)
    """
    frame_s = in_seconds(_number(about.get("finterval")), about.get("tunit") or "s")
    if min(x, y) <= 0:
        return Calibration(frame_s=frame_s)
    word, steps = str(about.get("unit", "")), [1 / x, 1 / y]
    spacing = _number(about.get("spacing"))
    if spacing:
        steps.append(abs(spacing))
    if unit == _CENTIMETRE and word.strip() == "cm":
        return _centimetres(steps, _FINE_CM_OF_IMAGEJ, frame_s)
    if unit == _CENTIMETRE and word.strip() == "um":  # as FileOpener has it
        steps[:2] = [step * 1e4 for step in steps[:2]]
    return calibrated(steps, word, frame_s)


def _number(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def of_ome(pixels: Element) -> Calibration:
    """Read the calibration in the `Pixels` of an OME-XML."""
    unit = pixels.get("TimeIncrementUnit", "s")
    frame_s = in_seconds(_number(pixels.get("TimeIncrement")), unit)
    units = [pixels.get(f"PhysicalSize{axis}Unit", "µm") for axis in "XYZ"]
    steps = [_number(pixels.get(f"PhysicalSize{axis}")) or 0.0 for axis in "XYZ"]
    if steps[2] <= 0 or units[2] != units[0]:
        steps.pop()
    if min(steps) <= 0 or units[1] != units[0]:
        return Calibration(frame_s=frame_s)
    return calibrated(steps, units[0], frame_s)


def of_axes(image: Any) -> Calibration:
    """Read the calibration of a DataArray whose coordinates have units.

    Those that `similij.imagej.to_xarray` makes of ImageJ's images are such arrays.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> image = xr.DataArray(np.zeros((2, 3)), {"y": [0, 0.5], "x": [0, 0.5, 1]},
    ...     ["y", "x"], attrs={"units": "µm"})
    >>> of_axes(image).pixel_size
    (0.5, 0.5)
    """
    if not hasattr(image, "coords"):
        return UNKNOWN
    frame_s = _frame_s(image)
    steps = [_step(image, axis) for axis in ("x", "y", "z")]
    if steps[2] is None:
        steps.pop()
    if None in steps:
        return Calibration(frame_s=frame_s)
    unit = image.coords["x"].attrs.get("units") or image.attrs.get("units", "")
    return calibrated(steps, str(unit), frame_s)


def _frame_s(image: xr.DataArray) -> float | None:
    step = _step(image, "t")
    if step is None:
        return None
    unit = image.coords["t"].attrs.get("units") or image.attrs.get("time_units")
    return in_seconds(step, unit)


def _step(image: xr.DataArray, axis: str) -> float | None:
    """Return the distance of two places along an axis; None where it has no numbers."""
    if axis not in image.coords or image.sizes.get(axis, 0) < 2:  # noqa: PLR2004
        return None
    places = image.coords[axis].values
    if places.ndim != 1 or places.dtype.kind not in "iuf":
        return None
    step = abs(float(places[1]) - float(places[0]))
    return step if 0 < step < math.inf else None
