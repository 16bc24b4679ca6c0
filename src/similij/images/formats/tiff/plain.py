"""Describe pages of one gray sample without compression, as most files have.

tifffile looks at such a page for half a millisecond, of which a batch of 10,000 pairs
of small images has 20,000. Its tags are all read and checked in `directory` anyway, and
what they say of such a page leaves nothing to know of makers and codecs. Of everything
else, one tag that is not listed here included, tifffile is asked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .directory import (
    BITS,
    COMPRESSION,
    DESCRIPTION,
    FILL_ORDER,
    LENGTH,
    ORIENTATION,
    PHOTOMETRIC,
    PLANAR,
    RESOLUTION_UNIT,
    ROWS_PER_STRIP,
    SAMPLE_FORMAT,
    SAMPLES,
    STRIP_COUNTS,
    STRIP_OFFSETS,
    SUBFILE,
    WIDTH,
    X_RESOLUTION,
    Y_RESOLUTION,
    Directories,
    Directory,
)

SOFTWARE, DATE_TIME = 305, 306

_TEXT, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5
"""Types of values, by their numbers (TIFF 6.0, section 2)."""

_NUMBERS = (_SHORT, _LONG)

_ONE = frozenset((
    SUBFILE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, ORIENTATION,
    SAMPLES, ROWS_PER_STRIP, PLANAR, RESOLUTION_UNIT, SAMPLE_FORMAT,
))  # fmt: skip
"""Tags of a single number."""

_KINDS = {
    **dict.fromkeys((*_ONE, STRIP_OFFSETS, STRIP_COUNTS), _NUMBERS),
    **dict.fromkeys((DESCRIPTION, SOFTWARE, DATE_TIME), (_TEXT,)),
    **dict.fromkeys((X_RESOLUTION, Y_RESOLUTION), (_RATIONAL,)),
}
"""Tags that a plain page may have, and of which types they are."""

_HAS = frozenset((
    WIDTH, LENGTH, BITS, PHOTOMETRIC, STRIP_OFFSETS, STRIP_COUNTS,
))  # fmt: skip
"""Tags that it must have."""

_IS_ONE = (COMPRESSION, FILL_ORDER, SAMPLES, PLANAR)
"""Tags that are 1 where they are there: no compression, a single sample."""

_TYPES = {
    **{(1, bits): f"u{bits // 8}" for bits in (8, 16, 32, 64)},
    **{(2, bits): f"i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{(3, bits): f"f{bits // 8}" for bits in (16, 32, 64)},
}
"""Types of pixels, by SampleFormat and bits."""

_BYTE_OR_TWO = (8, 16)
"""Bits of which no program means floats where it does not say a format."""

_GRAY = (0, 1)
"""PhotometricInterpretation with 0 as white, or as black."""

_HEAD = 8
"""Bytes of an entry of a directory before its value."""

_DESCRIBED = ("ImageJ", '{"shape":')
"""How a description begins that no maker of microscopes wrote: ImageJ, tifffile."""

_MAKERS = ("Philips DP", "PerkinElmer-QPI", "IndicaLabs", "SI.")
"""How the names of programs begin by which tifffile knows files of its own kinds."""


class _File(NamedTuple):
    byteorder: str


@dataclass(slots=True)
class PlainPage:
    """What a `tifffile.TiffPage` says of such a page, by the same names."""

    parent: _File
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    bitspersample: int
    sampleformat: int
    photometric: int
    rowsperstrip: int
    samplesperpixel: int = 1
    planarconfig: int = 1
    compression: int = 1
    predictor: int = 1
    fillorder: int = 1
    extrasamples: tuple[int, ...] = ()
    is_tiled: bool = False
    jpegheader: bytes | None = None
    decode: None = None

    @property
    def shaped(self) -> tuple[int, ...]:
        """Lengths of (separate samples, depth, length, width, samples of a pixel)."""
        return (1, 1, *self.shape, 1)


def plain_page(file: Directories, page: Directory) -> PlainPage | None:
    """Describe a page; None where tifffile has to be asked.

    Parameters
    ----------
    file : Directories
        The directories of its file.
    page : Directory
        The page.
    """
    tags = page.tags
    # Fewer than entries: some are there twice, or lie beyond the end.
    if file.big or len(tags) < page.entries or not tags.keys() >= _HAS:
        return None
    for code, tag in tags.items():
        kinds = _KINDS.get(code)
        if kinds is None or tag.kind not in kinds or (code in _ONE and tag.many != 1):
            return None
    if file.name.lower().endswith(".ndpi") or _is_of_maker(file, page):
        return None
    return _of_kind(file.order, page.kind)


def _is_of_maker(file: Directories, page: Directory) -> bool:
    described = file.text(page, DESCRIPTION)
    if described and not described.startswith(_DESCRIBED):
        return True
    return SOFTWARE in page.tags and file.text(page, SOFTWARE).startswith(_MAKERS)


@lru_cache(maxsize=64)
def _of_kind(order: str, kind: bytes) -> PlainPage | None:
    """Describe a page by what it says of itself, each tag of it a single number.

    Files of a folder are mostly of one kind, so this is looked up and not worked out.
    """
    numbers: dict[int, int] = {}
    at = 0
    while at < len(kind):
        code, of_type = struct.unpack_from(f"{order}HH", kind, at)
        form = order + ("H" if of_type == _SHORT else "I")
        (numbers[code],) = struct.unpack_from(form, kind, at + _HEAD)
        at += _HEAD + struct.calcsize(form)
    if any(numbers.get(code, 1) != 1 for code in _IS_ONE):
        return None
    bits, photometric = numbers[BITS], numbers[PHOTOMETRIC]
    form_of = numbers.get(SAMPLE_FORMAT, 1 if bits in _BYTE_OR_TWO else 0)
    width, length = numbers[WIDTH], numbers[LENGTH]
    rows = min(numbers.get(ROWS_PER_STRIP, length), length)
    dtype = _TYPES.get((form_of, bits))
    if dtype is None or photometric not in _GRAY or min(width, rows) < 1:
        return None
    return PlainPage(
        _File(order), (length, width), np.dtype(dtype), bits, form_of, photometric, rows
    )
