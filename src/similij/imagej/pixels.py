"""Turn images of ImageJ and ImageJ2 into NumPy's: one copy, at the speed of memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from ..images.door import from_xarray
from ..images.image import Image, Provenance
from .checks import COLOURED, calibration_of_pixel, check_kind, signed
from .imglib import is_a, is_interval, java_class, put, samples
from .intervals import coordinate, of_interval, of_labeling, without_single
from .messages import Pixel

if TYPE_CHECKING:
    import xarray as xr


_KINDS = {
    0: ("8-bit", np.uint8),
    1: ("16-bit", np.uint16),
    2: ("32-bit", np.float32),
    3: (COLOURED, np.uint8),
    4: ("RGB", np.uint32),
}
"""ImagePlus.GRAY8, GRAY16, GRAY32, COLOR_256 and COLOR_RGB: the word of ImageJ's menu,
and the type of an array of their pixels."""


def to_image(image: Any, *, indices: bool = False) -> Image:
    """Copy an image of a running ImageJ.

    Parameters
    ----------
    image : Java object
        An ImagePlus, ImageProcessor or ImageStack of ImageJ; a Dataset, ImgPlus or any
        other RandomAccessibleInterval of ImageJ2, of real numbers, integers of up to 64
        bits, booleans or ARGBType; an ImgLabeling. Anything else that PyImageJ can
        convert, where `register` or `start` know its gateway.
    indices : bool
        Of an 8-bit colour image the numbers of its colours are wanted, as of a label
        image or a mask.

    Returns
    -------
    Image
        Its axes have the names t, z, c, y, x, and `s` for red, green and blue; any
        other axis of ImageJ2 keeps its own. Those of t, z and c that are one long are
        not among them. Where axes have no names, the last two are y and x.

    Raises
    ------
    ImageError
        If it has no pixels, or they are nothing that can be compared.
    RuntimeError
        If it is of a kind that needs PyImageJ's gateway, and nobody gave one.
    """
    if is_a(image, "ij.process.ImageProcessor") or is_a(image, "ij.ImageStack"):
        image = java_class("ij.ImagePlus")("", image)
    if is_a(image, "ij.ImagePlus"):
        return _of_image_plus(image, indices)
    if is_a(image, "net.imglib2.roi.labeling.ImgLabeling"):
        return of_labeling(image)
    if is_interval(image):
        return of_interval(image)
    from .embedded import kept_gateway

    made = from_xarray(kept_gateway().py.to_xarray(image))
    return without_single(replace(made, provenance=Provenance(reader="PyImageJ")))


def to_xarray(image: Any) -> xr.DataArray:
    """Copy an ImageJ image into a DataArray with named axes.

    Parameters
    ----------
    image : ij.ImagePlus
        Of 8, 16 or 32 bits; or another gray image that `to_image` takes, as a Dataset.

    Returns
    -------
    DataArray
        Dimensions t, z, c, those of them that are longer than 1, and y, x, in this
        order; before them axes of a Dataset with names of their own. Coordinates are
        calibrated, in the unit of the attribute `units` (t in `time_units`, c counted
        from 1). `.name` is the title.

    Raises
    ------
    ImageError
        If the image is RGB or has a colour table.
    """
    converted = to_image(image)
    if "s" in converted.axes:
        check_kind(converted.title, "RGB")
    own = [axis for axis in converted.axes if axis not in "tzcyx"]
    order = [*own, *(axis for axis in "tzcyx" if axis in converted.axes)]
    array = converted.in_order(order).to_xarray()
    for attribute, axis in (("units", "x"), ("time_units", "t")):
        if axis in array.coords and "units" in array.coords[axis].attrs:
            array.attrs[attribute] = array.coords[axis].attrs["units"]
    return array


def _of_image_plus(image: Any, indices: bool) -> Image:
    title = str(image.getTitle())
    kind, dtype = _KINDS[int(image.getType())]
    if kind == COLOURED and not indices:
        check_kind(title, kind)
    width, height, channels, slices, frames = (int(k) for k in image.getDimensions())
    # ImageJ numbers planes channel first, then slice, then frame: the axes of NumPy, of
    # which the last one is the fastest, are these in reverse.
    pixels = np.empty((frames, slices, channels, height, width), dtype)
    stack = image.getStack()
    if not pixels.size or int(stack.size()) < frames * slices * channels:
        raise ImageError(
            f'"{title}" has no pixels: it was closed. Open it again, or compare '
            "before it is closed."
        )
    for k, plane in enumerate(pixels.reshape(-1, height, width)):
        array = stack.getPixels(k + 1)
        try:
            put(array, plane.reshape(-1))
        except (TypeError, AttributeError):  # of a virtual stack each may be another
            raise ImageError(
                f'plane {k + 1} of "{title}" holds {type(array).__name__} and the '
                f"image is {kind}: all planes must have the same type. Convert it with "
                "Image > Type."
            ) from None
    calibration = image.getCalibration()
    values, notes = "", []
    # ImageJ keeps signed pixels 32768 higher, and nothing but a calibration function
    # says so.
    if kind == "16-bit" and calibration.isSigned16Bit():
        pixels = signed(pixels)
        values = "signed 16 bit of ImageJ, 32768 less than stored: the values shown"
    elif calibration.calibrated():
        notes.append(
            f"has a calibration function ({calibration.getValueUnit()}): raw pixel "
            "values were compared"
        )
    elif kind == COLOURED:
        values = "8-bit palette: the numbers of the colours"
    axes: tuple[str, ...] = (*"tzcyx",)
    if kind == "RGB":
        pixels, axes = samples(pixels), (*axes, "s")
    unit, time_unit = str(calibration.getUnit()), str(calibration.getTimeUnit())
    interval = float(calibration.frameInterval)
    steps = {
        "t": interval or 1.0,  # 0 where nobody set one
        "z": float(calibration.pixelDepth),
        "c": 1.0,
        "y": float(calibration.pixelHeight),
        "x": float(calibration.pixelWidth),
    }
    # An origin of ImageJ is in pixels, and where 0 is; the first pixel lies before it.
    origins = {
        "t": 0.0,
        "z": -float(calibration.zOrigin) * steps["z"],
        "c": 1.0,
        "y": -float(calibration.yOrigin) * steps["y"],
        "x": -float(calibration.xOrigin) * steps["x"],
    }
    units = {"t": time_unit, "c": ""}
    coordinates = {
        axis: coordinate(
            axis, np.arange(n) * steps[axis] + origins[axis], units.get(axis, unit)
        )
        for axis, n in zip("tzcyx", pixels.shape, strict=False)
    }
    pixel = Pixel(steps["x"], steps["y"], steps["z"], unit, interval, time_unit)
    made = Image(
        pixels,
        axes,
        title,
        calibration=calibration_of_pixel(pixel, slices, frames),
        channels=_channel_names(stack, channels, slices * frames),
        values=values,
        coordinates=coordinates,
        provenance=Provenance(
            path=_file(image),
            reader=f"ImageJ {java_class('ij.IJ').getVersion()}",
            stored=f"{kind}, of a virtual stack" if stack.isVirtual() else kind,
            notes=tuple(notes),
            remarks=("has an inverting look-up table",) * bool(image.isInvertedLut()),
        ),
    )
    return without_single(made)


def _channel_names(stack: Any, channels: int, others: int) -> tuple[str, ...]:
    """Return the labels of the planes, where there is one for each channel."""
    if channels == 1 or others > 1:
        return ()
    labels = [str(stack.getSliceLabel(c + 1) or "").strip() for c in range(channels)]
    return tuple(label.splitlines()[0] for label in labels) if all(labels) else ()


def _file(image: Any) -> str:
    """Return where an ImagePlus came from; "" where it is of no file."""
    info = image.getOriginalFileInfo()
    return "" if info is None else str(info.getFilePath() or "")
