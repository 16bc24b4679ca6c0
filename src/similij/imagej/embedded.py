"""Answer an ImageJ whose JVM this Python hosts: it calls back into this process.

Pixels come as direct buffers of Java, which NumPy looks at in place, and a message is a
map that is copied into a dict: 0.16 ms there and back.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..ground.types import Array
from .handler import Handler

PROPERTY = "similij.backend"
"""Where ImageJ's command looks for a Python that has registered itself."""


_kept: dict[str, Any] = {}
"""PyImageJ's gateway, once one is known: there is one JVM, so there is one of them."""


def register(gateway: Any = None) -> None:
    """Let the *Image Similarity...* command of this JVM answer from this Python.

    All it needs is that a JVM runs in this process, with ImageJ and SimilIJ's jar on
    its class path (see `similij.imagej.jar`), however ImageJ was started.

    Parameters
    ----------
    gateway : object, optional
        What `imagej.init` of PyImageJ returned. It is kept for what only PyImageJ can
        convert; ImagePlus, Dataset and other images of ImgLib2 do not need it.

    Raises
    ------
    RuntimeError
        If no JVM runs, or the jar is not on its class path.
    """
    import jpype

    if gateway is not None:
        _kept["gateway"] = gateway
    if not jpype.isJVMStarted():
        raise RuntimeError(
            "no Java runs in this Python: start ImageJ first, with "
            "similij.imagej.start() or imagej.init(...)"
        )
    try:
        jpype.JClass("similij.Image_Similarity")
    except TypeError:  # what JPype raises for a class that there is not
        raise RuntimeError(
            "SimilIJ's jar is not on the class path of this ImageJ: before it starts, "
            "call scyjava.config.add_classpath(similij.imagej.jar())"
        ) from None
    offer()


def offer() -> None:
    """Offer this Python to the ImageJ of this JVM, which looks for one.

    Without a look at the class path: it may be ImageJ that calls. Fiji does so in its
    Python mode, and loads plugins with a class loader of its own.
    """
    import jpype

    # Nothing to let go of: a Java buffer lives as long as an array looks at it.
    handler = Handler(_look_at)

    def answer(message: Any) -> Any:
        return _to_java(handler(_to_python(message)))

    # An interface of Java's own, and a property of ImageJ: whoever hosts the JVM can
    # register, and the registration outlives ImageJ's Refresh Menus.
    function = jpype.JProxy("java.util.function.Function", {"apply": answer})
    jpype.JClass("ij.IJ").setProperty(PROPERTY, function)


def kept_gateway() -> Any:
    """Return PyImageJ's gateway.

    Raises
    ------
    RuntimeError
        If nobody gave one.
    """
    if "gateway" not in _kept:
        raise RuntimeError(
            "this kind of image needs a PyImageJ gateway: give yours to "
            "similij.imagej.register(ij), start ImageJ with "
            "similij.imagej.start('sc.fiji:fiji'), or convert it to an ImagePlus"
        )
    return _kept["gateway"]


def _look_at(buffer: Any) -> Array:
    """Look at the bytes of a direct java.nio.ByteBuffer, without a copy."""
    return np.frombuffer(memoryview(buffer), np.uint8)


@lru_cache(maxsize=1)
def _classes() -> tuple[Any, ...]:
    """Look up Boolean, Map, List and Buffer of Java: once, not for every value."""
    import jpype

    names = ("lang.Boolean", "util.Map", "util.List", "nio.Buffer")
    return tuple(jpype.JClass(f"java.{name}") for name in names)


def _to_python(value: Any) -> Any:
    """Turn a message into dicts of plain values; leave buffers as they are."""
    boolean, mapping, items, buffer = _classes()
    if value is None:
        return None
    if isinstance(value, boolean):  # first: JPype makes it a kind of int, True a 1
        return bool(value)
    if isinstance(value, (bool, int, float, str)):
        return _plain_scalar(value)
    if isinstance(value, mapping):
        return {str(e.getKey()): _to_python(e.getValue()) for e in value.entrySet()}
    if isinstance(value, items):
        return [_to_python(item) for item in value]
    if isinstance(value, buffer):
        return value
    return str(value)


def _plain_scalar(value: Any) -> Any:
    """Turn a boxed number or string of Java into a plain one of Python.

    A box of JPype is an int or a float and more; what goes on from here is no more.
    """
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _columns(columns: dict[str, Any]) -> Any:
    """Turn columns of rows into a map of Java, with an array for each list.

    Rows of thousands of labels are then a dozen arrays, not a box for each value.
    """
    import jpype

    answer = jpype.java.util.LinkedHashMap()
    for key, item in columns.items():
        answer.put(key, _column(item) if isinstance(item, list) else _to_java(item))
    return answer


def _column(values: list[Any]) -> Any:
    """Make an array of Java of values of one kind, at once; of others a list."""
    import jpype

    kinds = {type(value) for value in values}
    if kinds == {str}:
        return jpype.JArray(jpype.JString)(values)
    if kinds == {int}:
        return jpype.JArray(jpype.JLong)(values)
    # Arrays of double have no null; the table shows NaN blank, as it would null.
    if float in kinds and kinds <= {float, int, type(None)}:
        numbers = [math.nan if value is None else value for value in values]
        return jpype.JArray(jpype.JDouble)(numbers)
    return _to_java(values)


def _to_java(value: Any) -> Any:
    """Turn plain values of Python into Java's; those of other kinds JPype converts."""
    import jpype

    java = jpype.java
    if isinstance(value, dict):
        answer = java.util.LinkedHashMap()
        for key, item in value.items():
            answer.put(key, _columns(item) if key == "columns" else _to_java(item))
        return answer
    if isinstance(value, (list, tuple)):
        # Series of a plot have thousands of numbers: an array is made of them at once.
        if {type(item) for item in value} in ({float}, {float, type(None)}):
            return _column(list(value))
        items = java.util.ArrayList()
        for item in value:
            items.add(_to_java(item))
        return items
    if isinstance(value, bool):  # first: Python's True is an int
        return java.lang.Boolean(value)
    if isinstance(value, int):
        return java.lang.Long(value)
    if isinstance(value, float):
        return java.lang.Double(value)
    return value
