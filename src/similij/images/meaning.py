"""See what an array means beside its numbers: what is masked, and in which unit it is.

`np.asarray` drops both without a word: of an array of astropy, of pint, or of dask with
masked blocks the numbers alone were compared, whatever was masked and in what unit.
Nothing is imported for it: what holds an array says so by its attributes.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ground.errors import ImageError

_LAYERS = 8
"""What is in one another at most: a DataArray of a quantity of a masked dask array."""

_NO_UNIT = ("", "dimensionless", "None", "1")
"""How libraries call the unit of a number that has none."""

PACKED = ("scale_factor", "add_offset", "_FillValue", "missing_value")
"""Attributes of netCDF by which numbers are not yet values; xarray, which reads them,
takes them away."""


@dataclass(frozen=True)
class Meant:
    """The numbers of an image, and what they mean.

    Attributes
    ----------
    pixels : ndarray or dask array, or anything else that makes an array
        Numbers alone.
    inside : ndarray or dask array of bool, or None
        True where they count, of the shape of `pixels`; None: everywhere.
    unit : str
        Their unit; "" where nobody says.
    """

    pixels: Any
    inside: Any = None
    unit: str = ""


def meant(given: Any) -> Meant:
    """Take the numbers, the mask and the unit of an array apart.

    Examples
    --------
    >>> of_masked = meant(np.ma.array([1, 2], mask=[False, True]))
    >>> of_masked.pixels, of_masked.inside, of_masked.unit
    (array([1, 2]), array([ True, False]), '')
    """
    inside: Any = None
    unit = ""
    for _ in range(_LAYERS):
        if type(given) is np.ndarray:
            break
        layer = _masked(given) or _in_unit(given)
        if layer is None:
            break
        if layer.inside is not None:
            inside = layer.inside if inside is None else inside & layer.inside
        given, unit = layer.pixels, layer.unit or unit
    return Meant(given, inside, unit)


def _masked(given: Any) -> Meant | None:
    """Take off a mask: of NumPy, of dask, or of astropy."""
    if isinstance(given, np.ma.MaskedArray):
        return Meant(given.data, ~np.ma.getmaskarray(given))
    if isinstance(getattr(given, "_meta", None), np.ma.MaskedArray):
        import dask.array

        inside = ~dask.array.ma.getmaskarray(given)
        return Meant(dask.array.ma.getdata(given), inside)
    array = isinstance(given, np.ndarray)
    if array and hasattr(given, "unmasked") and hasattr(given, "mask"):
        return Meant(given.unmasked, ~np.asarray(given.mask, bool))
    # NDData is no array: it holds one, beside its mask and unit.
    if not array and all(hasattr(given, name) for name in ("data", "mask", "unit")):
        pixels, mask = given.data, given.mask
        unit = _unit_of(given.unit)
        if mask is None:
            return Meant(pixels, None, unit)
        mask = np.asarray(mask)
        return Meant(pixels, ~np.broadcast_to(mask != 0, np.shape(pixels)), unit)
    return None


def _in_unit(given: Any) -> Meant | None:
    """Take off a unit: of astropy, of pint, or of others that have it as they do."""
    if hasattr(given, "magnitude") and hasattr(given, "units"):
        return Meant(given.magnitude, None, _unit_of(given.units))
    if isinstance(given, np.ndarray) and type(given) is not np.ndarray:
        unit = getattr(given, "unit", None) or getattr(given, "units", None)
        # Also where it has none: a view of the numbers, whatever its class.
        return Meant(np.asarray(given), None, _unit_of(unit))
    return None


def _unit_of(unit: Any) -> str:
    word = "" if unit is None else str(unit).strip()
    return "" if word in _NO_UNIT else word


def unit_in(attributes: Any) -> str:
    """Return the unit that the attributes of a DataArray give its values."""
    return _unit_of(attributes.get("units"))


def check_unpacked(attributes: Any, name: str) -> None:
    """Refuse numbers that stand for values by attributes which nobody applied.

    Raises
    ------
    ImageError
        If there is such an attribute that changes anything.
    """
    for key in PACKED:
        value = attributes.get(key)
        if value is None or _changes_nothing(key, value):
            continue
        raise ImageError(
            f'"{name}" is packed: its attribute {key} is {value}, which nobody has '
            "applied: open it with xarray's mask_and_scale=True, or take the "
            "attribute away."
        )


def _changes_nothing(key: str, value: Any) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    # NaN marks what has no value by itself: it is left out, and counted.
    return {"scale_factor": number == 1, "add_offset": number == 0}.get(
        key, bool(np.isnan(number))
    )


def check_units(names: tuple[str, str], units: tuple[str, str]) -> None:
    """Refuse two images whose values are in different units.

    Raises
    ------
    ImageError
        If both have a unit, and not the same.
    """
    if all(units) and units[0] != units[1]:
        raise ImageError(
            f'"{names[0]}" is in {units[0]}, "{names[1]}" in {units[1]}: both images '
            "must be in one unit. Convert one of them, e.g. with .to(...), or give "
            "their numbers alone."
        )


def as_array(given: Any, name: str) -> Any:
    """Make an array of numbers of anything that is one.

    Raises
    ------
    ImageError
        If it cannot be made an array.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.VisibleDeprecationWarning)
            return np.asarray(given)
    except ImageError:
        raise
    except Exception as error:  # whatever a class of others raises in `__array__`
        what = name if name.startswith("the ") else f'"{name}"'
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        if isinstance(given, (list, tuple)):
            raise ImageError(
                f"{what} cannot be made an array, its rows are of unequal length: "
                "give an array."
            ) from None
        raise ImageError(
            f"{what} is of type {type(given).__name__} and cannot be made an array "
            f"({reason}): give a NumPy array."
        ) from None
