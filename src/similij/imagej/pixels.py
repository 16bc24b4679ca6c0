"""Turn ImageJ images into xarray: one copy, at the speed of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from .checks import check_kind, signed

if TYPE_CHECKING:
    import xarray as xr


_TYPES = {0: np.uint8, 1: np.uint16, 2: np.float32}
"""ImagePlus.GRAY8, GRAY16 and GRAY32."""

_WORDS = {3: "8-bit color", 4: "RGB"}
_VIEWS = {1: "asShortBuffer", 2: "asFloatBuffer"}


def to_xarray(image: Any) -> xr.DataArray:
    """Copy an ImageJ image into a DataArray with named axes.

    Parameters
    ----------
    image : ij.ImagePlus
        Of 8, 16 or 32 bits; also a Dataset or RandomAccessibleInterval, where PyImageJ
        started this ImageJ.

    Returns
    -------
    DataArray
        Dimensions, of those longer than 1: t, z, c, and always y, x. Coordinates are
        calibrated, in the unit of the attribute `units` (t in `time_units`, c counted
        from 1). `.name` is the title.

    Raises
    ------
    ImageError
        If the image is RGB or has a colour table.
    """
    import jpype

    if not isinstance(image, jpype.JClass("ij.ImagePlus")):
        from .embedded import kept_gateway

        converted: xr.DataArray = kept_gateway().py.to_xarray(image)
        return converted
    import xarray as xr

    title = str(image.getTitle())
    kind = int(image.getType())
    if kind not in _TYPES:
        check_kind(title, _WORDS[kind])
        raise ImageError(f'"{title}" has no grey values')
    width, height, channels, slices, frames = (int(k) for k in image.getDimensions())
    # ImageJ numbers planes channel first, then slice, then frame: the axes of NumPy, of
    # which the last one is the fastest, are these in reverse.
    pixels = np.empty((frames, slices, channels, height, width), _TYPES[kind])
    stack = image.getStack()
    for k, plane in enumerate(pixels.reshape(-1, height, width)):
        # Java writes into NumPy's memory itself. The other way, an array of Java that
        # NumPy reads, is a copy by JPype first: 170 ms for 8000×8000, and this is 33.
        target = jpype.nio.convertToDirectBuffer(plane.reshape(-1).view(np.uint8))
        if kind:  # wider than a byte: a buffer of Java's is big-endian unless told
            order = jpype.java.nio.ByteOrder.nativeOrder()
            target = getattr(target.order(order), _VIEWS[kind])()
        target.put(stack.getPixels(k + 1))
    # ImageJ keeps signed pixels 32768 higher, and nothing but a calibration function
    # says so.
    calibration = image.getCalibration()
    if calibration.isSigned16Bit():
        pixels = signed(pixels)
    steps = {
        "t": float(calibration.frameInterval) or 1.0,  # 0 where nobody set one
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
    dims = [*steps]
    kept = [d for d, n in zip(dims, pixels.shape, strict=True) if n > 1 or d in "yx"]
    shape = [n for d, n in zip(dims, pixels.shape, strict=True) if d in kept]
    coords = {
        d: np.arange(n) * steps[d] + origins[d]
        for d, n in zip(kept, shape, strict=True)
    }
    attrs = {
        "units": str(calibration.getUnit()),
        "time_units": str(calibration.getTimeUnit()),
    }
    return xr.DataArray(pixels.reshape(shape), coords, kept, title, attrs)
