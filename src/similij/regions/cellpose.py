"""Read the masks of Cellpose's ``_seg.npy``, and execute nothing of the file.

Such a file is a Python dict that NumPy has pickled. Unpickling runs whatever a file
names, so that `numpy.load(..., allow_pickle=True)` on a file that somebody sent is as
good as running their program. Here a pickle is only taken apart: what it builds is
lists, dicts, numbers, texts, and records of arrays, of which the one called "masks" is
made an array. Any other name in it is refused, and nothing is imported.
"""

from __future__ import annotations

import io
import math
import pickle
import struct
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError

_MAGIC = b"\x93NUMPY"
_MASKS = "masks"
"""The key of the label image in Cellpose's dict."""
_INSTEAD = (
    "save the masks as an image in Cellpose (File, Save masks as PNG/tif), and give "
    "that _cp_masks file."
)
_BY_VERSION = {1: "<H", 2: "<I", 3: "<I"}
"""How the length of the header is written, by the version of the .npy format."""


class _NoMasksError(ValueError):
    """The dict has no label image; the text is a part of a sentence."""


class _Record:
    """What a pickle makes of a class: its arguments and its state, and no more."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Array(_Record):
    """An array: its state is (version, shape, type, order, bytes)."""


class _Type(_Record):
    """A type of values: args are ("u2", ...), its state has the byte order second."""


class _Scalar(_Record):
    """A single number of NumPy."""


class _Path(_Record):
    """A path, as newer versions write the name of the image."""


class _Buffer(_Record):
    """An array as protocol 5 writes it: args are (bytes, type, shape, order)."""


def _latin1(text: str, coding: str) -> bytes:
    """Return the bytes of a text, which is how older protocols write bytes."""
    if coding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"a text is coded as {coding}")
    return text.encode("latin1")


def _reconstructed(*_args: Any) -> _Array:
    return _Array()


_ALLOWED: dict[tuple[str, str], Any] = {
    **{
        (f"numpy.{core}.multiarray", name): record
        for core in ("core", "_core")
        for name, record in (("_reconstruct", _reconstructed), ("scalar", _Scalar))
    },
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Buffer for core in ("core", "_core")},
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _latin1,
    ("collections", "OrderedDict"): dict,
    **{
        (module, name): _Path
        for module in ("pathlib", "pathlib._local")
        for name in ("PosixPath", "WindowsPath", "Path", "PurePosixPath")
    },
}
"""All that a pickle may name, and what stands in for it here."""


# The one of Python, not of C: that of C takes memory for as many objects as a pickle
# says that it will number, before any of them is there.
class _Parts(pickle._Unpickler):
    """Take a pickle apart; see the module."""

    dispatch: ClassVar[dict[int, Any]] = {
        code: act
        for code, act in pickle._Unpickler.dispatch.items()
        if code
        not in {
            # Codes by which objects come from elsewhere.
            pickle.PERSID[0],
            pickle.BINPERSID[0],
            pickle.EXT1[0],
            pickle.EXT2[0],
            pickle.EXT4[0],
            pickle.NEXT_BUFFER[0],
            pickle.READONLY_BUFFER[0],
        }
    }

    stack: list[Any]
    read: Any

    def load_build(self) -> None:
        """Give a record its state; nothing else has one."""
        if not isinstance(self.stack[-2], _Record):
            raise pickle.UnpicklingError("it sets the state of what is no array")
        state = self.stack.pop()
        self.stack[-1].__setstate__(state)

    dispatch[pickle.BUILD[0]] = load_build

    def load_bytes(self) -> None:
        """Take the bytes of an array; Python's own first takes memory for all."""
        (length,) = struct.unpack("<Q", self.read(8))
        data = self.read(length)
        if len(data) < length:
            raise EOFError
        self.stack.append(data)

    dispatch[pickle.BYTEARRAY8[0]] = load_bytes

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands in for a class or function; nothing is imported."""
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, and nothing of a file is executed"
            )
        return _ALLOWED[module, name]


def is_pickled(path: Path) -> bool:
    """Whether a file is a .npy file of pickled objects, by its header."""
    try:
        with path.open("rb") as stream:
            return _objects_at(stream) is not None
    except OSError:
        return False


def read_masks(path: Path) -> NDArray[Any]:
    """Read the label image of a ``_seg.npy`` file.

    Parameters
    ----------
    path : Path
        A file of which `is_pickled` is true.

    Returns
    -------
    ndarray of int, (y, x) or (z, y, x)
        0 is background.

    Raises
    ------
    RegionError
        If the file is cut short, has no masks, or names anything but arrays.
    """
    with path.open("rb") as stream:
        _objects_at(stream)
        pickled = stream.read()
    try:
        held = _Parts(io.BytesIO(pickled)).load()
        masks = _masks_in(held)
    except (pickle.UnpicklingError, _NoMasksError) as error:
        raise _refused(path, " ".join(str(error).split())) from None
    except Exception:  # whatever damaged bytes make of Python's own unpickler
        raise _refused(path, "it is damaged or cut short") from None
    return masks


def _refused(path: Path, reason: str) -> RegionError:
    return RegionError(
        f"The masks of {path.name} cannot be read: {reason}. Where it is Cellpose's, "
        f"{_INSTEAD}"
    )


def _objects_at(stream: Any) -> int | None:
    """Go to where the pickle of a .npy file begins; None if it has none."""
    start = stream.read(len(_MAGIC) + 2)
    if not start.startswith(_MAGIC) or len(start) < len(_MAGIC) + 2:
        return None
    form = _BY_VERSION.get(start[len(_MAGIC)])
    if form is None:
        return None
    wide = np.dtype(form).itemsize
    length = int.from_bytes(stream.read(wide), "little")
    header = stream.read(min(length, 1 << 16))
    is_object = b"'|O" in header or b'"|O' in header or b"'O'" in header
    return stream.tell() if is_object else None


def _masks_in(held: Any) -> NDArray[Any]:
    if isinstance(held, _Array):  # the object array around the dict
        objects = held.state[4]
        held = objects[0] if isinstance(objects, list) and len(objects) == 1 else None
    if not isinstance(held, dict) or _MASKS not in held:
        raise _NoMasksError('it is not a dict with the key "masks"')
    masks = held[_MASKS]
    if isinstance(masks, _Array):
        _, shape, kind, by_columns, values = masks.state
    elif isinstance(masks, _Buffer):
        values, kind, shape, order = masks.args
        by_columns = order == "F"
    else:
        raise _NoMasksError('its "masks" are not an array')
    dtype = _dtype(kind)
    if (
        not isinstance(values, bytes)
        or len(values) != math.prod(shape) * dtype.itemsize
    ):
        size = len(values) if isinstance(values, bytes) else 0
        raise _NoMasksError(
            f"its masks have the shape {tuple(shape)} of {dtype}, and {size} bytes"
        )
    flat = np.frombuffer(values, dtype)
    return flat.reshape(tuple(shape), order="F" if by_columns else "C")


def _dtype(kind: Any) -> np.dtype[Any]:
    """Return the type of the masks: whole numbers, whatever the record says."""
    if not isinstance(kind, _Type) or not kind.args:
        raise _NoMasksError("its masks have no type")
    text = str(kind.args[0])
    if text.lstrip("<>|=")[:1] not in ("u", "i", "b", "f"):
        raise _NoMasksError(f"its masks are of type {text}")
    dtype = np.dtype(text)
    if kind.state is not None and kind.state[1] in ("<", ">"):
        dtype = dtype.newbyteorder(kind.state[1])
    return dtype
