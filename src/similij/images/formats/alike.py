"""Know a TIFF again that is, but for its pixels, byte for byte one read before.

The files of a folder are mostly of two or three kinds. All that is checked and worked
out of a TIFF follows from what wanted it, its ending, its length, and its bytes that
are no pixels. Where these are the ones of a file that was read before, so is what
follows, and the pixels are read right away. To look at a page takes half a millisecond,
of which a batch of 10,000 pairs of small images has 20,000; to compare some hundred
bytes takes nearly none.

Of ImageJ's header the brightness that an image was shown with is left out of that: it
is another in each file, and nothing here follows from it.

Not remembered is what other files have a part in (OME-XML names them), what the pixels
decide (an alpha channel), and what tifffile warns of.
"""

from __future__ import annotations

import io
import math
import os
import re
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...ground.types import Array
from ..image import Image
from .reading import Wanted

_KINDS, _OF_A_KIND = 32, 4
"""How many lengths of files are remembered, and how many files of each: the last ones
that were read. A folder of files whose headers all differ finds none of them."""

_Key = tuple[Wanted, str, int]


class Around(NamedTuple):
    """The bytes of a file before and behind its pixels.

    Where its description lies before them, and nothing else there, `text` says where.
    """

    before: bytes
    behind: bytes
    text: slice | None


@dataclass(frozen=True, slots=True)
class Known:
    """What follows from the bytes of a file that are no pixels.

    Attributes
    ----------
    around : Around
        All bytes that are no pixels.
    shape, dtype : tuple of int, dtype
        Of the pixels as they lie there, one behind the other.
    made : callable
        Makes values of them.
    noted : callable
        Says of values what else is odd: notes that the pixels decide.
    image : Image
        One of them, without pixels, and with the notes that do not depend on them.
    """

    around: Around
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    made: Callable[[Array], Array]
    noted: Callable[[Array], list[str]]
    image: Image

    @property
    def size(self) -> int:
        """Bytes of the file."""
        pixels = math.prod(self.shape) * self.dtype.itemsize
        return len(self.around.before) + pixels + len(self.around.behind)

    def read(self, file: io.FileIO, head: bytes, path: Path) -> Image | None:
        """Read the image of a file; None where it is another, or gets shorter."""
        before, behind, text = self.around
        begin = len(before)
        if not (head.startswith(before) or _says_the_same(before, head[:begin], text)):
            return None
        pixels = np.empty(self.shape, self.dtype.newbyteorder("="))
        if behind:
            file.seek(begin + pixels.nbytes)
            if file.read(len(behind)) != behind:
                return None
        if behind or len(head) != begin:
            file.seek(begin)
        raw: Any = pixels.reshape(-1).view(np.uint8)
        left = memoryview(raw)
        while left:
            count = file.readinto(left)
            if not count:
                return None
            left = left[count:]
        if not self.dtype.isnative:
            pixels.byteswap(inplace=True)
        values = self.made(pixels)
        origin = self.image.provenance
        origin = replace(
            origin, path=str(path), notes=(*origin.notes, *self.noted(values))
        )
        return self.image.with_pixels(values, path.name, origin)


_SHOWN = re.compile(rb"\n(?:min|max)=-?\d+(?:\.\d+)?(?:E-?\d+)?(?=\n)")
"""Lines in which ImageJ says at which values an image was shown black and white."""


def _says_the_same(one: bytes, other: bytes, text: slice | None) -> bool:
    """Whether two files begin alike but for how ImageJ showed them."""
    if text is None or len(one) != len(other):
        return False
    mine, yours = one[text], other[text]
    return (
        mine.startswith(b"ImageJ")
        and one[: text.start] == other[: text.start]
        and one[text.stop :] == other[text.stop :]
        and _SHOWN.sub(b"", mine) == _SHOWN.sub(b"", yours)
    )


_known: OrderedDict[_Key, tuple[Known, ...]] = OrderedDict()
_lock = threading.Lock()


def remember(path: Path, wanted: Wanted, known: Known) -> None:
    """Keep what follows from a file, for those that are alike.

    Parameters
    ----------
    path : Path
        The file. One without an ending is not remembered, of which more may depend.
    wanted : Wanted
        What of it was wanted.
    known : Known
        What follows.
    """
    if not path.suffix:
        return
    key = wanted, path.suffix.lower(), known.size
    with _lock:
        _known[key] = (known, *_known.get(key, ()))[:_OF_A_KIND]
        _known.move_to_end(key)
        while len(_known) > _KINDS:
            _known.popitem(last=False)


def read_alike(path: Path, wanted: Wanted) -> Image | None:
    """Read an image as one that was read before; None where none is known.

    Whatever is wrong with a file, it is then read as any other, which says so.
    """
    if not _known:
        return None
    try:
        state = os.stat(path)  # noqa: PTH116 - takes half as long
        if not stat.S_ISREG(state.st_mode):
            return None
        alike = _known.get((wanted, path.suffix.lower(), state.st_size))
        if alike is None:
            return None
        with io.FileIO(path) as file:
            head = file.read(max(len(known.around.before) for known in alike))
            for known in alike:
                image = known.read(file, head, path)
                if image is not None:
                    return image
    except (OSError, ValueError, MemoryError):  # a name with a NUL is none
        pass
    return None
