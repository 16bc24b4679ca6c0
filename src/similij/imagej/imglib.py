"""Copy images of ImgLib2 into NumPy: once, from Java's own arrays where they have any.

Datasets, ImgPluses and views are unwrapped to what holds the pixels. An ArrayImg, a
PlanarImg or a CellImg of whole bytes has arrays of Java, which are written into NumPy's
memory as they are; of anything else ImgLib2 makes such arrays first, a plane at a time.
Neither needs PyImageJ, nor ImageJ2: ImgLib2 on the class path is enough.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..ground.errors import ImageError
from ..ground.types import Array


class _Type(NamedTuple):
    """How values of a type of ImgLib2 are kept here.

    Attributes
    ----------
    dtype : str
        NumPy's type, which can hold all values.
    factory : str
        The method of `ArrayImgs` that makes an image to copy them into.
    native : bool
        Whether an array of Java holds the very bytes of `dtype`.
    """

    dtype: str
    factory: str
    native: bool = True


_INTEGER = "net.imglib2.type.numeric.integer."
_LOGIC = "net.imglib2.type.logic."
_REAL = "net.imglib2.type.numeric.real."

_TYPES = {
    f"{_INTEGER}ByteType": _Type("int8", "bytes"),
    f"{_INTEGER}UnsignedByteType": _Type("uint8", "unsignedBytes"),
    f"{_INTEGER}ShortType": _Type("int16", "shorts"),
    f"{_INTEGER}UnsignedShortType": _Type("uint16", "unsignedShorts"),
    f"{_INTEGER}IntType": _Type("int32", "ints"),
    f"{_INTEGER}UnsignedIntType": _Type("uint32", "unsignedInts"),
    f"{_INTEGER}LongType": _Type("int64", "longs"),
    f"{_INTEGER}UnsignedLongType": _Type("uint64", "unsignedLongs"),
    f"{_INTEGER}UnsignedVariableBitLengthType": _Type(
        "uint64", "unsignedLongs", native=False
    ),
    f"{_INTEGER}Unsigned2BitType": _Type("uint8", "unsignedBytes", native=False),
    f"{_INTEGER}Unsigned4BitType": _Type("uint8", "unsignedBytes", native=False),
    f"{_INTEGER}Unsigned12BitType": _Type("uint16", "unsignedShorts", native=False),
    f"{_REAL}FloatType": _Type("float32", "floats"),
    f"{_REAL}DoubleType": _Type("float64", "doubles"),
    # Bits lie 64 in a long, and Java's booleans are no memory that NIO writes.
    f"{_LOGIC}BitType": _Type("bool", "unsignedBytes", native=False),
    f"{_LOGIC}BoolType": _Type("bool", "unsignedBytes", native=False),
    f"{_LOGIC}NativeBoolType": _Type("bool", "unsignedBytes", native=False),
    "net.imglib2.type.numeric.ARGBType": _Type("uint32", "argbs"),
}
"""What of ImgLib2's types are values that can be compared, and where they go."""

COLOR = "ARGBType"
"""Red, green and blue of a pixel in one int."""

_VIEWS = {2: "asShortBuffer", 4: "asIntBuffer", 8: "asLongBuffer"}
_REAL_VIEWS = {4: "asFloatBuffer", 8: "asDoubleBuffer"}

_STAGE = 1 << 20
"""Bytes that Java writes at a time: few enough to stay in a processor's cache."""


class _Stage(threading.local):
    """Hold memory that both NumPy and Java look at, for each thread one.

    Java keeps the memory of a direct buffer until it collects its garbage, and does not
    know how much that is: written straight into each new image, every image stayed in
    memory, 128 MB for 8000×8000, and each next one was in memory that nobody had used
    before: 1 to 2 s. By this detour it is 60 ms, of which the second copy, out of the
    cache, is a tenth.
    """

    def __init__(self) -> None:
        import jpype

        self.memory = np.empty(_STAGE, np.uint8)
        order = jpype.java.nio.ByteOrder.nativeOrder()  # Java's is big-endian
        self.buffer = jpype.nio.convertToDirectBuffer(self.memory).order(order)


@lru_cache(maxsize=1)
def _stage() -> _Stage:
    """Make it late: there is no Java where this module is only imported."""
    return _Stage()


@lru_cache(maxsize=64)
def java_class(name: str) -> Any:
    """Look up a class of Java; None where it is not on the class path."""
    import jpype

    try:
        return jpype.JClass(name)
    except TypeError:  # what JPype raises for a class that there is not
        return None


def is_a(thing: Any, name: str) -> bool:
    """Whether a Java object is of a class or an interface, if that exists at all."""
    kind = java_class(name)
    return kind is not None and isinstance(thing, kind)


def is_interval(image: Any) -> bool:
    """Whether this is an image of ImgLib2, and so of ImageJ2, too."""
    return is_a(image, "net.imglib2.RandomAccessibleInterval")


def type_name(image: Any) -> str:
    """Return the name of the type of the pixels of an image of ImgLib2."""
    return str(_pixel_type(image).getClass().getName())


def to_numpy(image: Any, title: str) -> Array:
    """Copy the pixels of an image of ImgLib2.

    Parameters
    ----------
    image : net.imglib2.RandomAccessibleInterval
        Of numbers, of booleans or of ARGBType.
    title : str
        Of it, for messages.

    Returns
    -------
    ndarray
        The axes of the image in reverse, as ImgLib2 counts them from the fastest. Bits
        are bool; ARGBType is uint32.

    Raises
    ------
    ImageError
        If the pixels are of another type, or their memory cannot be had.
    """
    name = type_name(image)
    # Types of images that are read while they are looked at, and those backed by longs
    # of the system, differ in where the values lie.
    plain = name.replace("LongAccessType", "Type")
    kind = _TYPES.get(plain)
    if kind is not None and plain != name:
        kind = kind._replace(native=False)
    if kind is None:
        raise ImageError(
            f'"{title}" has pixels of {name.rpartition(".")[2]}: real numbers, '
            "integers of up to 64 bits and booleans can be compared. Convert it, e.g. "
            "with Image > Type > 32-bit, or ij.op().convert().float32(...)."
        )
    pixels = np.empty(_shape(image), kind.dtype)
    if not pixels.size:
        return pixels
    source = _unwrapped(image)
    parts = _parts(source) if kind.native else None
    if parts is None:
        _copy_planes(image, kind, pixels, title)
        return pixels
    for where, array in parts:
        part = pixels[where]
        if part.flags.c_contiguous:
            put(array, part.reshape(-1))
        else:
            whole = np.empty(part.shape, part.dtype)
            put(array, whole.reshape(-1))
            part[...] = whole
    return pixels


def put(array: Any, target: Array) -> None:
    """Copy an array of Java's numbers into NumPy's memory, which may be shorter.

    Parameters
    ----------
    array : JArray
        Of byte, short, int, long, float or double.
    target : ndarray
        One axis, contiguous; its items have the bytes of those of the array.
    """
    # Java writes into memory of NumPy. The other way, an array of Java that NumPy
    # reads, is a copy by JPype first: 170 ms for 8000×8000.
    views = _REAL_VIEWS if target.dtype.kind == "f" else _VIEWS
    stage = _stage()
    buffer = stage.buffer
    buffer.clear()  # a view of it begins where it is at
    if target.itemsize > 1:
        buffer = getattr(buffer, views[target.itemsize])()
    staged = stage.memory.view(target.dtype)
    for start in range(0, target.size, staged.size):
        piece = target[start : start + staged.size]
        buffer.clear()
        buffer.put(array, start, piece.size)
        piece[:] = staged[: piece.size]


def samples(colors: Array) -> Array:
    """Return red, green and blue of Java's ints, (...) to (..., 3), as bytes.

    Of alpha there is nothing: it means nothing in ImageJ's RGB images.
    """
    parts = np.ascontiguousarray(colors).view(np.uint8).reshape(*colors.shape, 4)
    # In the int alpha comes first, then red, green, blue: in memory so or in reverse.
    rgb = parts[..., 2::-1] if sys.byteorder == "little" else parts[..., 1:]
    return np.ascontiguousarray(rgb)


def _shape(image: Any) -> tuple[int, ...]:
    lengths = [int(image.dimension(d)) for d in range(int(image.numDimensions()))]
    return tuple(lengths[::-1])


def _pixel_type(image: Any) -> Any:
    # `getType` of an interval is of ImgLib2 7; `Util` has been there for longer, and
    # looks at a pixel, which an image without any does not have.
    util = java_class("net.imglib2.util.Util")
    if hasattr(util, "getTypeFromInterval"):
        return util.getTypeFromInterval(image)
    return image.getType()


def _unwrapped(image: Any) -> Any:
    """Return the image that holds the pixels of wrappers and of views of all of it."""
    while True:
        if hasattr(image, "getImgPlus"):  # Dataset
            image = image.getImgPlus()
        elif is_a(image, "net.imglib2.img.WrappedImg"):  # ImgPlus
            image = image.getImg()
        elif hasattr(image, "getSource") and _is_whole(image, image.getSource()):
            image = image.getSource()
        else:
            return image


def _is_whole(view: Any, source: Any) -> bool:
    """Whether a view shows all of its source, where it is: a wrap of it, an interval.

    Views that turn or move axes are others, even where they keep the lengths.
    """
    names = ("net.imglib2.img.ImgView", "net.imglib2.view.IntervalView",
             "net.imglib2.view.IterableRandomAccessibleInterval")  # fmt: skip
    if not any(is_a(view, name) for name in names) or not is_interval(source):
        return False
    axes = range(int(view.numDimensions()))
    return int(source.numDimensions()) == len(axes) and all(
        int(view.min(d)) == int(source.min(d))
        and int(view.dimension(d)) == int(source.dimension(d))
        for d in axes
    )


def _parts(image: Any) -> Iterator[tuple[tuple[Any, ...], Any]] | None:
    """Return Java's arrays of an image, and where each belongs; None: it has none."""
    if is_a(image, "net.imglib2.img.array.ArrayImg"):
        access = image.update(None)
        return iter([((), _array(access))]) if _has_array(access) else None
    if is_a(image, "net.imglib2.img.planar.PlanarImg"):
        return _planes(image) if _has_array(image.getPlane(0)) else None
    if is_a(image, "net.imglib2.img.cell.AbstractCellImg"):
        cells = image.getCells()
        first = cells.cursor() if hasattr(cells, "cursor") else None
        if first is None or not _has_array(first.next().getData()):
            return None
        return _cells(image)
    return None


def _has_array(access: Any) -> bool:
    return hasattr(access, "getCurrentStorageArray")


def _array(access: Any) -> Any:
    return access.getCurrentStorageArray()


def _planes(image: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    shape = _shape(image)
    # Planes are numbered with the fastest of their axes first: NumPy's order, of the
    # axes in reverse.
    for k, index in enumerate(np.ndindex(*shape[:-2])):
        yield index, _array(image.getPlane(k))


def _cells(image: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    cursor = image.getCells().cursor()
    axes = range(int(image.numDimensions()))[::-1]
    while cursor.hasNext():
        cell = cursor.next()
        begins = [int(cell.min(d)) for d in axes]
        ends = [b + int(cell.dimension(d)) for b, d in zip(begins, axes, strict=True)]
        yield tuple(map(slice, begins, ends)), _array(cell.getData())


def _copy_planes(image: Any, kind: _Type, pixels: Array, title: str) -> None:
    """Let ImgLib2 copy an image of any kind plane by plane, and take those arrays."""
    import jpype

    images = java_class("net.imglib2.img.array.ArrayImgs")
    views = java_class("net.imglib2.view.Views")
    plane_shape = pixels.shape[-2:]
    if math.prod(plane_shape) >= 1 << 31:
        raise ImageError(
            f'"{title}" is {plane_shape[-1]}×{plane_shape[0]} pixels in a plane: of '
            f"{type(image).__name__} at most 2147483647 can be copied at a time. "
            "Compare a part of it."
        )
    lengths = jpype.JArray(jpype.JLong)([*plane_shape[::-1]])
    target = getattr(images, kind.factory)(lengths)
    array = _array(target.update(None))
    stored = np.uint8 if kind.dtype == "bool" else np.dtype(kind.dtype)
    origin = views.zeroMin(image)
    for index in np.ndindex(*pixels.shape[:-2]):
        plane = origin
        # The last axis of Java's first, so that the numbers of the others stay.
        for place in index:
            axis = int(plane.numDimensions()) - 1
            plane = views.hyperSlice(plane, axis, jpype.JLong(place))
        _copy(plane, target, array if kind.native else None)
        into = pixels[index].reshape(-1)
        put(array, into.view(stored))


def _copy(plane: Any, target: Any, array: Any) -> None:
    """Copy a plane into an image of its size, or into its array if types are alike."""
    blocks = java_class("net.imglib2.blocks.PrimitiveBlocks")
    converters = java_class("net.imglib2.converter.RealTypeConverters")
    if blocks is not None and array is not None:
        # Runs of pixels where the view allows it, and not one by one: 0.3 s and not 3
        # for 8000×8000 upside down. Where it does not, it is as slow as the others.
        fallback = java_class("net.imglib2.blocks.PrimitiveBlocks$OnFallback")
        blocks.of(plane, fallback.ACCEPT).copy(plane, array)
    elif converters is None or type_name(plane).endswith(COLOR):
        # Of types alike only, and the one of older versions of ImgLib2.
        java_class("net.imglib2.util.ImgUtil").copy(plane, target)
    else:
        converters.copyFromTo(plane, target)
