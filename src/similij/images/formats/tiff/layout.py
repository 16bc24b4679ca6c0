"""Tell where the bytes of a TIFF's pages lie, and refuse pages that are not all there.

tifffile fills in zeros for a strip or tile that a file does not have. So where a page
says that its bytes lie is checked here, before any memory is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ....ground.errors import ImageError
from ....ground.names import listed, shown
from ....ground.optional import how_to_get
from ....ground.types import Array
from ..reading import DEFLATED, cut_short

NONE = 1
"""No compression, by its number in the tag; the other names are tifffile's."""

JPEG = (6, 7, 34892, 33007)
"""Compressions whose decoder makes RGB of YCbCr."""

_BY_TIFFFILE = (NONE, 8, 32946, 32773, 34925)
"""Compressions that tifffile reads by what Python and NumPy have: none, Deflate by both
its numbers, PackBits, LZMA. Others, LZW among them, are read by imagecodecs, which has
80 MB."""

_PREDICTORS_BY_TIFFFILE = (1, 2)
"""None, and differences of neighbours."""

_BITS_BY_TIFFFILE = (1, 8, 16, 32, 64, 128)

_MOST_EXPANDED = {
    5: 1366,  # LZW: a full table of 12-bit codes holds strings of up to 3837 bytes
    8: DEFLATED,
    32946: DEFLATED,
    32773: 64,  # PackBits: 128 bytes in two
    50000: 32768,  # Zstandard: a block of 128 KiB of one byte in four
}
"""How many bytes a compressed one can become at most: a file of 1 kB that claims a
gigapixel is refused before memory is taken for it."""

_ANY_EXPANDED = 65536
"""For the other compressions, of which no bound is known so well."""


_WITHOUT_PREDICTOR = (NONE, 32773)
"""Not compressed, and PackBits, for which TIFF knows no predictor."""

_PLANAR = (1, 2)
"""Samples pixel by pixel, and plane by plane."""


class Layout:
    """How the bytes of a page are cut into strips or tiles.

    Parameters
    ----------
    keyframe : tifffile.TiffPage or PlainPage
        A page as it is described; all that are stored alike have one of these.
    name : str
        Of the file, for messages.

    Attributes
    ----------
    shape : tuple of int
        (separate samples, depth, length, width, samples of a pixel).
    part : tuple of int
        (depth, length, width) of a strip or tile.
    counts : tuple of int
        How many of them there are along (separate samples, depth, length, width).
    """

    def __init__(self, keyframe: Any, name: str) -> None:
        self.keyframe, self.name = keyframe, name
        self.shape: tuple[int, ...] = tuple(int(n) for n in keyframe.shaped)
        if 0 in self.shape or keyframe.dtype is None:
            bits, form = shown(keyframe.bitspersample), keyframe.sampleformat
            raise ImageError(
                f'"{name}" has pages of {self.shape[3]}×{self.shape[2]} pixels with '
                f"{bits} bits of format {int(form)}: that is none that can be read. "
                "Save it as 8, 16 or 32 bit, e.g. in ImageJ."
            )
        self.bits = keyframe.bitspersample
        if isinstance(self.bits, tuple):
            raise ImageError(
                f'"{name}" has samples of {listed(self.bits)} bits in a '
                "pixel: samples of the same number are needed. Save it as RGB, 8 bit."
            )
        if keyframe.samplesperpixel > 1 and int(keyframe.planarconfig) not in _PLANAR:
            raise ImageError(
                f'"{name}" is damaged: its samples lie in the way '
                f"{int(keyframe.planarconfig)}, and there are 1 (pixel by pixel) and 2 "
                "(plane by plane). Save it again with the program that made it."
            )
        samples, depth, length, width, self.inner = self.shape
        self.tiled = bool(keyframe.is_tiled)
        if self.tiled:
            part = (keyframe.tiledepth, keyframe.tilelength, keyframe.tilewidth)
        else:
            part = (1, keyframe.rowsperstrip, width)
        if min(part) <= 0:
            raise ImageError(
                f'"{name}" is damaged: its strips or tiles are {part} long, and 1 or '
                "more are expected. Copy or save it again."
            )
        self.part = tuple(int(n) for n in part)
        sizes = zip((depth, length, width), self.part, strict=True)
        self.counts = (samples, *(math.ceil(n / step) for n, step in sizes))
        self.compression = int(keyframe.compression)
        if self.compression in (2, 3, 4) and self.bits != 1:
            raise ImageError(
                f'"{name}" is damaged: it is compressed as a fax of 1 bit (CCITT), and '
                f"has {self.bits} bits. Save it again with the program that made it."
            )
        if self.compression in _WITHOUT_PREDICTOR:
            # Left behind by programs that unpack a file. libtiff and ImageJ take no
            # notice of it then; tifffile adds up differences that are none.
            keyframe.predictor = 1
        self._check_codec()
        self.decode = keyframe.decode  # made once, and not safely by several threads
        # Raw bytes that NumPy can take as they are, without a decoder.
        self.plain = (
            self.compression == NONE
            and keyframe.predictor == 1
            and keyframe.fillorder == 1
            and self.bits in (8, 16, 32, 64)
            and keyframe.sampleformat != 5  # noqa: PLR2004 - complex integers
        )

    @property
    def compressed(self) -> str:
        """Name the compression; it may be a number that nobody knows."""
        number = str(self.compression)
        name = str(getattr(self.keyframe.compression, "name", number))
        return name.replace("_", " ").title() if len(name) > 4 else name  # noqa: PLR2004

    def _check_codec(self) -> None:
        if beyond := self._beyond_tifffile():
            try:
                import imagecodecs  # noqa: F401
            except ModuleNotFoundError:
                raise ImageError(
                    f'"{self.name}" {beyond}, for which imagecodecs is needed: '
                    f"{how_to_get('imagecodecs')}, or save it uncompressed as 8, 16 "
                    "or 32 bit, e.g. in ImageJ."
                ) from None
        if self.compression == NONE:
            return
        import tifffile

        try:
            tifffile.TIFF.DECOMPRESSORS[self.compression]
        except KeyError as error:
            reason = " ".join(str(error.args[0]).split())
            raise ImageError(
                f'"{self.name}" is compressed in a way that cannot be read here '
                f"({reason}): install the codec (pip install -U imagecodecs), or save "
                "it without compression, e.g. in ImageJ."
            ) from None

    def _beyond_tifffile(self) -> str:
        """Say what tifffile reads by imagecodecs only; "" if nothing.

        Not asked of tifffile itself: of some codecs it finds out while it decodes, and
        that would read as if the file were damaged.
        """
        if self.compression not in _BY_TIFFFILE:
            return f"is compressed by {self.compressed}"
        if self.keyframe.predictor not in _PREDICTORS_BY_TIFFFILE:
            return "is compressed with a predictor for floats"
        if self.bits not in _BITS_BY_TIFFFILE:
            return f"has {self.bits} bits in a sample"
        return ""

    @cached_property
    def many(self) -> int:
        """How many strips or tiles a page has."""
        return math.prod(self.counts)

    @cached_property
    def row(self) -> int:
        """Bytes of a row of a strip or tile, uncompressed."""
        return math.ceil(self.part[2] * self.inner * int(self.bits) / 8)

    @cached_property
    def decoded(self) -> int:
        """Bytes of a page's pixels, uncompressed."""
        if self.tiled:
            return math.prod(self.counts) * math.prod(self.part[:2]) * self.row
        return math.prod(self.shape[:3]) * self.row

    @cached_property
    def needed(self) -> Array:
        """Bytes of each strip or tile, uncompressed."""
        rows = np.full(self.counts, self.part[0] * self.part[1], np.int64)
        if not self.tiled:
            rows[:, :, -1] = self.shape[2] - (self.counts[2] - 1) * self.part[1]
        return (rows * self.row).ravel()


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and where in which file its strips or tiles lie.

    Attributes
    ----------
    layout : Layout
        How it is cut and stored.
    offsets, counts : ndarray of int64
        Where each strip or tile begins, and its bytes.
    file : Path
        The file.
    number : int
        Of the page in its file, counted from 1.
    """

    layout: Layout
    offsets: Array
    counts: Array
    file: Path
    number: int

    @property
    def begin(self) -> int:
        """Where its first strip or tile begins."""
        return int(self.offsets[0])

    @property
    def is_contiguous(self) -> bool:
        """Whether its strips follow one another without a byte between."""
        if len(self.offsets) == 1:
            return True
        return bool((self.offsets[:-1] + self.counts[:-1] == self.offsets[1:]).all())


def page_of(
    layout: Layout,
    places: tuple[Sequence[int], Sequence[int]],
    size: int,
    file: Path,
    number: int,
) -> Page:
    """Make a page of the places that a directory gives, if all of them are there.

    Raises
    ------
    ImageError
        If strips or tiles are missing, empty, too short, or lie beyond the file.
    """
    wanted = layout.many
    if wanted == 1 and len(places[0]) == len(places[1]) == 1:
        # Of most pages; a stack may have ten thousand.
        (at,), (count,) = places
        least = layout.decoded if layout.compression == NONE else 1
        if at > 0 and count >= least and at + count <= size:
            counts = layout.needed if layout.compression == NONE else np.array([count])
            return Page(layout, np.array([at]), counts, file, number)
    what = "tiles" if layout.tiled else "strips"
    where = f"page {number} has"
    for words, many in (("places", places[0]), ("lengths", places[1])):
        if len(many) < wanted:
            raise cut_short(
                file.name, f"{where} {wanted} {what}, and {words} for {len(many)}"
            )
    try:
        offsets, counts = (np.asarray(many[:wanted], np.int64) for many in places)
    except OverflowError:
        last = max(map(max, places))
        raise cut_short(
            file.name, f"it has {size} bytes, and its pixels lie at byte {last}"
        ) from None
    empty = int(np.count_nonzero((offsets <= 0) | (counts <= 0)))
    if empty:
        raise ImageError(
            f'"{file.name}" has no bytes for {empty} of {wanted} {what} of page '
            f"{number}: it is cut short, or sparse, and what is missing may be any "
            "value. Save it again with all its pixels."
        )
    last = int(offsets.max()) + int(counts.max())
    if int(offsets.max()) <= size and int(counts.max()) <= size:
        last = int((offsets + counts).max())
    if last > size:
        raise cut_short(
            file.name, f"it has {size} bytes, and its pixels end at byte {last}"
        )
    if layout.compression == NONE:
        short = np.flatnonzero(counts < layout.needed)
        if short.size:
            k = int(short[0])
            raise cut_short(
                file.name,
                f"{what[:-1]} {k + 1} of page {number} has {counts[k]} bytes, and "
                f"{layout.needed[k]} are needed",
            )
        counts = layout.needed
    return Page(layout, offsets, counts, file, number)


def check_room(pages: Sequence[Page], directories: Sequence[int]) -> None:
    """Refuse pages that no file holds, or that lie on one another.

    Parameters
    ----------
    pages : sequence of Page
        Those of one file that make an image.
    directories : sequence of int
        Where its pages are described.

    Raises
    ------
    ImageError
        If they announce more pixels than can be in these bytes, or a strip or tile
        lies in the bytes of another, or over what describes a page.
    """
    layout, name = pages[0].layout, pages[0].file.name
    if len(pages) == 1 and layout.many == 1 and layout.compression == NONE:
        # Nearly all small images: a strip is on no other, and as long as it decodes to.
        begin, end = pages[0].begin, pages[0].begin + layout.decoded
        over_one = [at for at in directories if begin <= at < end]
        if over_one:
            raise _lies_over(name, over_one[0])
        return
    offsets = np.concatenate([page.offsets for page in pages])
    counts = np.concatenate([page.counts for page in pages])
    order = np.argsort(offsets, kind="stable")
    offsets, counts = offsets[order], counts[order]
    held = int(counts.sum())
    same = np.r_[False, (np.diff(offsets) == 0) & (np.diff(counts) == 0)]
    if same.any() and layout.tiled and layout.compression != NONE:
        # Writers of large tiled images keep equal tiles, as of the background, once.
        offsets, counts = offsets[~same], counts[~same]
    ends = offsets + counts
    if (ends[:-1] > offsets[1:]).any():
        raise ImageError(
            f'"{name}" is damaged: two of its strips or tiles lie in the same bytes '
            f"({int(offsets[1:][ends[:-1] > offsets[1:]][0])}). Copy or save it again."
        )
    described = np.asarray(directories, np.int64)
    before = np.searchsorted(offsets, described, side="right") - 1
    over = (before >= 0) & (ends[np.maximum(before, 0)] > described)
    if over.any():
        raise _lies_over(name, int(described[over][0]))
    ratio = 1
    if layout.compression != NONE:
        ratio = _MOST_EXPANDED.get(layout.compression, _ANY_EXPANDED)
    announced = sum(page.layout.decoded for page in pages)
    # A strip of a few bytes may hold a whole code more than the ratio says.
    if announced > ratio * held + 1024:
        raise cut_short(
            name,
            f"{announced} bytes of pixels are announced, and the {held} bytes that it "
            f"has for them can hold {ratio * held} at most",
        )


def _lies_over(name: str, at: int) -> ImageError:
    return ImageError(
        f'"{name}" is damaged: its pixels lie over what describes a page, at byte '
        f"{at}. Copy or save it again."
    )
