"""Embedded: Python hosts ImageJ's JVM, and ImageJ calls back into this process."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..ground.types import Array
from .handler import Handler

PROPERTY = "similij.backend"
"""Where ImageJ's command looks for a Python that has registered itself."""


def register() -> None:
    """Let the *Image Similarity...* command of this JVM answer from this Python.

    All it needs is that a JVM runs in this process, with ImageJ and SimilIJ's jar on
    its class path (see `similij.imagej.jar`), however ImageJ was started.

    Raises
    ------
    RuntimeError
        If no JVM runs, or the jar is not on its class path.
    """
    import jpype

    if not jpype.isJVMStarted():
        raise RuntimeError(
            "no Java runs in this Python: start ImageJ first, with "
            "similij.imagej.start() or imagej.init(...)"
        )
    try:
        jpype.JClass("similij.Image_Similarity")
    except TypeError:
        raise RuntimeError(
            "SimilIJ's jar is not on the class path of this ImageJ: before it starts, "
            "call scyjava.config.add_classpath(similij.imagej.jar())"
        ) from None
    handler = Handler(_look_at)

    def answer(message: Any) -> Any:
        return _to_java(handler(_to_python(message)))

    function = jpype.JProxy("java.util.function.Function", {"apply": answer})
    jpype.JClass("ij.IJ").setProperty(PROPERTY, function)


def _look_at(buffer: Any) -> Array:
    """Bytes of a direct java.nio.ByteBuffer, without a copy."""
    return np.frombuffer(memoryview(buffer), np.uint8)


@lru_cache(maxsize=1)
def _classes() -> tuple[Any, ...]:
    """Return Boolean, Map, List and Buffer of Java, looked up once."""
    import jpype

    names = ("lang.Boolean", "util.Map", "util.List", "nio.Buffer")
    return tuple(jpype.JClass(f"java.{name}") for name in names)


def _to_python(value: Any) -> Any:
    """Messages as dicts of plain values; buffers stay as they are."""
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
    """Boxed numbers and strings of Java as plain ones of Python."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _columns(columns: dict[str, Any]) -> Any:
    """Columns of rows: an array of Java for each that is a list."""
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
    if float in kinds and kinds <= {float, int, type(None)}:
        numbers = [math.nan if value is None else value for value in values]
        return jpype.JArray(jpype.JDouble)(numbers)
    return _to_java(values)


def _to_java(value: Any) -> Any:
    import jpype

    java = jpype.java
    if isinstance(value, dict):
        answer = java.util.LinkedHashMap()
        for key, item in value.items():
            answer.put(key, _columns(item) if key == "columns" else _to_java(item))
        return answer
    if isinstance(value, (list, tuple)):
        items = java.util.ArrayList()
        for item in value:
            items.add(_to_java(item))
        return items
    if isinstance(value, bool):
        return java.lang.Boolean(value)
    if isinstance(value, int):
        return java.lang.Long(value)
    if isinstance(value, float):
        return java.lang.Double(value)
    return value
