"""Say what the numbers in a TIFF mean: as ImageJ takes them, or with a word about it.

The rules are those of ImageJ 1.54p (`TiffDecoder`, `FileOpener`), each tried on the
real one; where they would lose something, as the exact value of a 32-bit integer, the
recorded number stays. Nothing is scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....ground.errors import ImageError
from ....ground.types import Array
from ..palette import NOTE as GRAYS_SHOWN
from ..palette import VALUES as VALUES_SHOWN
from ..palette import of_colors
from .layout import JPEG

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, SEPARATED, YCBCR = range(7)
"""Meanings of the tag PhotometricInterpretation."""

_COLOR_SPACES = {SEPARATED: "CMYK", YCBCR: "YCbCr", 8: "CIE L*a*b*", 9: "ICC L*a*b*",
                 10: "ITU L*a*b*", 32844: "LogL", 32845: "LogLuv"}  # fmt: skip

_STRAIGHT_LINE, _LAST_FUNCTION, _UNCALIBRATED_OD = 0, 13, 21
"""ImageJ's numbers of calibration functions: EXP_RECOVERY is the last of curves."""

_SMOOTH = 20.0
"""ImageJ's limit (ImageProcessor.isPseudoColorLut): a table whose colors change less
from entry to entry, as standard deviation, is a scale of colors for intensities."""

_EXACT_IN_FLOAT = 24
"""Bits of an integer that ImageJ's 32-bit float keeps."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How the values of an image are made of the recorded ones.

    Attributes
    ----------
    dtype : dtype
        Of the values.
    make : callable
        Turns recorded numbers into values.
    values : str
        The rule in words; "" as recorded.
    samples : int
        How many of a pixel's samples count, the first ones.
    axis : str
        What the samples are: "s" red, green, blue; "c" channels; "" where there is one.
    alpha : bool
        Whether the sample after those is an alpha channel, to be looked at.
    channels : tuple of str
        Names of the samples, where they are channels.
    notes, remarks : list of str
        As of `Provenance`.
    """

    dtype: np.dtype[Any]
    make: Callable[[Array], Array] | None = None
    values: str = ""
    samples: int = 1
    axis: str = ""
    alpha: bool = False
    channels: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def meaning(
    page: Any,
    name: str,
    about: Mapping[str, str] | None,
    colors: Array | None,
    *,
    indices: bool,
) -> Meaning:
    """Tell what the recorded numbers of an image mean.

    Parameters
    ----------
    page : tifffile.TiffPage or PlainPage
        The first of the image.
    name : str
        Of the file, for messages.
    about : mapping or None
        The properties in ImageJ's description; None of a file of another program.
    colors : ndarray of uint16 or None
        Its palette, (red green blue, entries).
    indices : bool
        Take the numbers of a palette, as of a label image, whatever its colors.

    Raises
    ------
    ImageError
        If they are numbers of colors, or no numbers that can be compared.
    """
    samples = _samples(page, name)
    if indices and samples.axis == "s":
        raise ImageError(
            f'"{name}" is an RGB (color) image, and a label image or a mask has one '
            "number for each pixel: save it as 8 or 16 bit (in ImageJ: Image > Type)."
        )
    bits, kind = int(page.bitspersample), page.dtype.kind
    dtype: np.dtype[Any] = np.dtype(page.dtype).newbyteorder("=")
    notes, remarks = [*samples.notes], list[str]()
    make: Callable[[Array], Array] | None = None
    values = ""
    if bits == 1:
        dtype, make, values = np.dtype(np.uint8), _bytes, "1 bit: 0 and 255"
    elif page.photometric == PALETTE:
        rule = _palette(name, bits, about, colors, notes, remarks, indices=indices)
        if rule is not None:
            dtype, make = np.dtype(np.uint8), rule
            values = f"{bits} bit, {VALUES_SHOWN}"
    elif bits not in (8, 16, 32, 64):
        values = f"{bits} bit, as recorded"
    if page.photometric == WHITE_IS_ZERO and not indices:
        notes.append(
            "is stored with 0 as white (MinIsWhite): values as recorded were compared, "
            "as in ImageJ, so a higher one is darker"
        )
    if page.fillorder == 2 and bits < 8:  # noqa: PLR2004
        notes.append(
            "has its bits in reverse order (FillOrder 2), which ImageJ overlooks: they "
            "were put right"
        )
    if kind == "i" and bits == 8:  # noqa: PLR2004
        notes.append("is of signed 8 bit, and ImageJ opens it as 0 to 255")
    if kind in "iu" and bits > _EXACT_IN_FLOAT:
        remarks.append(
            f"has integers of {bits} bit, exact here; ImageJ "
            + ("makes 32-bit floats of them" if bits == 32 else "does not open them")  # noqa: PLR2004
        )
    if about is not None and not indices:
        signed = _calibrated(about, dtype, samples.axis, notes)
        if signed:
            dtype, make, values = np.dtype(np.int16), _signed, _SIGNED
    return Meaning(
        dtype, make, values, samples.samples, samples.axis, samples.alpha,
        samples.channels, notes, remarks,
    )  # fmt: skip


_SIGNED = "signed 16 bit, as ImageJ stores it: recorded - 32768"


def _bytes(bits: Array) -> Array:
    values: Array = bits.view(np.uint8) * np.uint8(255)
    return values


def _signed(plane: Array) -> Array:
    # Turning the top bit takes 32768 off a uint16, without a wider type between.
    values: Array = (plane ^ np.uint16(1 << 15)).view(np.int16)
    return values


def _samples(page: Any, name: str) -> Meaning:
    """Tell which samples of a pixel count, and what they are."""
    many, photometric = int(page.samplesperpixel), int(page.photometric)
    dtype = np.dtype(page.dtype)
    byte = dtype.kind == "u" and page.bitspersample == 8  # noqa: PLR2004
    extra = [int(value) for value in page.extrasamples or ()]
    if photometric == YCBCR and int(page.compression) in JPEG:
        photometric = RGB
    if photometric in _COLOR_SPACES and not (photometric == SEPARATED and many == 1):
        raise ImageError(
            f'"{name}" is a color image in {_COLOR_SPACES[photometric]}: gray and RGB '
            "can be compared. Save it as RGB, e.g. in Fiji."
        )
    if many == 1:
        return Meaning(dtype)
    alpha = bool(extra) and extra[-1] in (1, 2)
    notes: list[str] = []
    if many == 2 and alpha:  # noqa: PLR2004
        return Meaning(dtype, alpha=True)
    if byte and (many == 3 or (many == 4 and photometric == RGB)):  # noqa: PLR2004
        return Meaning(dtype, samples=3, axis="s", alpha=many == 4)  # noqa: PLR2004
    names: tuple[str, ...] = ()
    if photometric == RGB and many >= 3:  # noqa: PLR2004
        others = [f"sample {k + 1}" for k in range(3, many)]
        if alpha and others:
            others[-1] = "alpha"
        names = ("Red", "Green", "Blue", *others)
    if not (dtype.kind in "ui" and dtype.itemsize == 2 and many in (3, 4)):  # noqa: PLR2004
        notes.append(
            f"has {many} samples for each pixel, which ImageJ does not open so: they "
            "are its channels"
        )
    return Meaning(dtype, samples=many, axis="c", channels=names, notes=notes)


def _calibrated(
    about: Mapping[str, str], dtype: np.dtype[Any], axis: str, notes: list[str]
) -> bool:
    """Note a calibration function of ImageJ; whether it is that of signed 16 bit."""
    unit = about.get("vunit")
    if unit is None or dtype.kind == "f" or axis == "s":
        return False  # as in FileOpener.setCalibration
    function = int(_float(about.get("cf")) or 0)
    found = (_float(about.get(f"c{k}")) for k in range(5))
    coefficients: list[float] = []
    for value in found:
        if value is None:
            break
        coefficients.append(value)
    curve = _STRAIGHT_LINE <= function <= _LAST_FUNCTION and len(coefficients) > 1
    if not curve and function != _UNCALIBRATED_OD:
        return False
    if curve and coefficients[:2] == [-32768.0, 1.0] and dtype.itemsize == 2:  # noqa: PLR2004
        # Of a file whose tag says signed the recorded values are signed already.
        return dtype == np.uint16
    notes.append(
        f"has a calibration function ({unit.strip() or 'no unit'}): raw pixel values "
        "were compared"
    )
    return False


def _float(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _palette(
    name: str,
    bits: int,
    about: Mapping[str, str] | None,
    colors: Array | None,
    notes: list[str],
    remarks: list[str],
    *,
    indices: bool,
) -> Callable[[Array], Array] | None:
    """Judge a palette; return what makes the grays shown, None where numbers stay."""
    if indices:
        return None
    entries = 1 << bits
    if colors is None or colors.shape != (3, entries):
        raise ImageError(
            f'"{name}" has numbers of a palette and no palette of {entries} colors: '
            "save it as gray, e.g. in ImageJ (Image > Type > 8-bit)."
        )
    # Entries go up to 65535. Where none is above 255, a program that did not know wrote
    # bytes (libtiff looks for that, too): all would be black.
    if colors.max() <= 255:  # noqa: PLR2004
        colors = colors * np.uint16(257)
    shown = (colors >> 8).astype(np.uint8)
    gray = bool((shown[0] == shown[1]).all() and (shown[1] == shown[2]).all())
    ramp = np.arange(entries)
    if gray and (
        (bits == 8 and (shown[0] == ramp).all())  # noqa: PLR2004
        or (bits == 16 and (colors == ramp).all())  # noqa: PLR2004
    ):
        return None
    smooth = gray or (bits == 8 and _is_smooth(shown))  # noqa: PLR2004
    if about is not None and (smooth or about.get("8bitcolor") != "true"):
        # An image of intensities with a look-up table, as ImageJ has and saves it: its
        # type stays 8-bit, and the table is for the eye.
        kind = "grays" if gray else "colors"
        words = f"has a look-up table of {kind}: the recorded values were compared"
        (remarks if smooth else notes).append(words)
        return None
    if gray:
        notes.append(GRAYS_SHOWN)
        table = shown[0]
        return lambda numbers: table[numbers]
    if smooth:
        notes.append(
            "has a look-up table of colors: the recorded values were compared, as in "
            "ImageJ"
        )
        return None
    raise of_colors(name, entries)


def _is_smooth(shown: Array) -> bool:
    """Whether ImageJ takes a palette of 256 colors for a scale of intensities."""
    # A program that has 16 colors repeats one to the end. These steps of 0 would make
    # any few colors a scale, as they do in ImageJ: numbers of colors were compared.
    repeated = (shown == shown[:, -1:]).all(axis=0)
    few = shown[:, : 256 - int(np.argmin(repeated[::-1])) + 1]
    if repeated.all() or few.shape[1] < 3:  # noqa: PLR2004
        return False
    steps = np.diff(few.astype(float), axis=1)
    count, total, squares = (
        3 * few.shape[1],
        float(steps.sum()),
        float((steps**2).sum()),
    )
    # ImageJ's own formula, 768·Σd² - (Σd)² over 768, then over 767.
    deviation = max(0.0, (count * squares - total**2) / count / (count - 1)) ** 0.5
    return bool(deviation < _SMOOTH)


def float_note(values: Array) -> list[str]:
    """Say that ImageJ, which makes floats of 32-bit integers, shows other values."""
    if values.dtype.kind not in "iu" or values.dtype.itemsize != 4 or not values.size:  # noqa: PLR2004
        return []
    if max(-int(values.min()), int(values.max())) <= 1 << _EXACT_IN_FLOAT:
        return []
    return [
        "has integers above 2^24, exact here; ImageJ makes 32-bit floats of them, of "
        "those from 2^31 on negative ones"
    ]


def opacity_note(alpha: Array) -> list[str]:
    """Say that an alpha channel was left out, unless it is opaque everywhere."""
    full = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "ui" else 1
    if alpha.size and alpha.min() == full:
        return []
    return ["has an alpha channel that is not opaque everywhere: it was left out"]
