"""Read the directories of a TIFF, each checked against the file before it is believed.

A TIFF is a chain of directories (one for each page), each a list of tags that say how
large the page is, how it is stored and where its bytes lie. Libraries read what they
can of a damaged chain and fill in the rest; here nothing is filled in.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ....ground.errors import ImageError
from ..alike import Around
from ..reading import cut_short

SUBFILE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
FILL_ORDER, DESCRIPTION, STRIP_OFFSETS, ORIENTATION, SAMPLES = 266, 270, 273, 274, 277
ROWS_PER_STRIP, STRIP_COUNTS, X_RESOLUTION, Y_RESOLUTION = 278, 279, 282, 283
PLANAR, RESOLUTION_UNIT, PREDICTOR, COLOR_MAP = 284, 296, 317, 320
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS, SUB_IFDS = 322, 323, 324, 325, 330
EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES, SUBSAMPLING = 338, 339, 347, 530
DEPTH, TILE_DEPTH = 32997, 32998
NDPI, METAMORPH = 65420, 33629

LOOK = (WIDTH, LENGTH, DEPTH, BITS, SAMPLES, SAMPLE_FORMAT, PHOTOMETRIC, EXTRA_SAMPLES)
"""Tags in which the pages of one image are alike."""

_USUAL = {BITS: (1,), SAMPLES: (1,), SAMPLE_FORMAT: (1,), DEPTH: (1,)}
"""What a page has that does not say."""

STORAGE = (
    COMPRESSION, FILL_ORDER, ROWS_PER_STRIP, PLANAR, PREDICTOR, TILE_WIDTH,
    TILE_LENGTH, TILE_DEPTH, JPEG_TABLES, SUBSAMPLING,
)  # fmt: skip
"""Tags that say how the bytes of a page are to be decoded."""

PLACES = (STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS)

_BELIEVED = frozenset((*LOOK, *STORAGE, *PLACES, SUBFILE, SUB_IFDS, COLOR_MAP))
"""Tags that must be right: a page with a damaged one is refused. Of a damaged tag of
another kind only what it says is lost."""

_KIND = frozenset((*LOOK, *STORAGE, SUBFILE))

_BYTES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
"""Bytes of a value, by the number of its type (TIFF 6.0, section 2; BigTIFF)."""

_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 13: "u4",
             16: "u8", 17: "i8", 18: "u8"}  # fmt: skip

_LETTERS = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I",
            16: "Q", 17: "q", 18: "Q"}  # fmt: skip

_MOST_AROUND = 1 << 15
"""Bytes beside its pixels with which a file is still compared, and that are kept."""

_MOST_TAGS = 4096
"""A directory of more is damaged; tifffile draws the line there too."""


_HEADER = 16
"""Bytes with which a file begins, where it is a BigTIFF; else they are 8."""


class Tag(NamedTuple):
    """A value of a directory: type, number of values, and where they lie."""

    kind: int
    many: int
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One page, or one level of a page, as it is described.

    Attributes
    ----------
    offset : int
        Where it begins.
    tags : dict
        Its tags, by their number.
    kind : bytes
        All that it says of itself but where its pixels lie. Pages of the same kind look
        alike and are stored alike; a file may have ten thousand of them.
    entries : int
        How many tags it says that it has. More than there are where one is there twice,
        of which the first counts, or lies beyond the end.
    """

    offset: int
    tags: dict[int, Tag]
    kind: bytes
    entries: int


class Directories:
    """The directories of a TIFF file.

    Parameters
    ----------
    path : Path
        A file that begins as a TIFF does: II*, MM*, or a BigTIFF.

    Attributes
    ----------
    pages : list of Directory
        The chain of them.
    cut_off : dict
        Of tags whose values lie beyond the end and no pixel's place depends on: number
        of the tag to the place of its values.

    Raises
    ------
    ImageError
        If the file is not whole or is damaged in what describes its pixels.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.size = path.stat().st_size
        self.cut_off: dict[int, int] = {}
        self._texts: dict[tuple[int, int], str] = {}
        self._looks: dict[bytes, tuple[tuple[int, ...], ...]] = {}
        with path.open("rb") as file:
            start = file.read(16)
            if len(start) < 8 or start[:2] not in (b"II", b"MM"):  # noqa: PLR2004
                raise ImageError(
                    f'"{self.name}" cannot be read as an image (its {self.size} bytes '
                    "do not begin as a TIFF does): it may be cut short or of another "
                    "kind. Open and save it again as TIFF, e.g. in ImageJ."
                )
            self.memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.order = "<" if start[:2] == b"II" else ">"
        version = struct.unpack_from(f"{self.order}H", start, 2)[0]
        self.big = version == 43  # noqa: PLR2004 - BigTIFF; 42 is TIFF
        if self.big:
            self._entry, self._many, self._next, first = "HHQQ", "Q", "Q", 8
        else:
            self._entry, self._many, self._next, first = "HHII", "H", "I", 4
        self._inline = 8 if self.big else 4
        self.pages = self._chain(self._number(self._next, first))

    def close(self) -> None:
        """Let the file go."""
        self.memory.close()

    def _number(self, form: str, at: int) -> int:
        if at + struct.calcsize(self.order + form) > self.size:
            raise self._ends(at)
        value: int = struct.unpack_from(self.order + form, self.memory, at)[0]
        return value

    def _ends(self, at: int) -> ImageError:
        return cut_short(
            self.name,
            f"it has {self.size} bytes, and its next plane is described at byte {at}",
        )

    def _chain(self, offset: int) -> list[Directory]:
        # A library stops at a directory beyond the end as if that were the end: a
        # stack that was cut short was compared as one plane without a word.
        pages: list[Directory] = []
        offsets: set[int] = set()
        while offset:
            if offset in offsets:
                raise ImageError(
                    f'"{self.name}" is damaged: after page {len(pages)} its chain of '
                    f"pages goes back to byte {offset}. Copy or save it again."
                )
            offsets.add(offset)
            page, end = self._directory(offset)
            pages.append(page)
            # Before the next is looked at: 200,000 empty ones fit into a small file.
            if WIDTH not in page.tags or LENGTH not in page.tags:
                raise ImageError(
                    f'"{self.name}" is damaged: page {len(pages)}, described at byte '
                    f"{offset}, has no width or no length. Copy or save it again."
                )
            if NDPI in page.tags and not self.big:
                break  # its offsets have 64 bits in a file of 32; tifffile knows how
            offset = self._number(self._next, end)
        if not pages:
            raise ImageError(f'"{self.name}" has no pixels: save it again.')
        return pages

    def directory(self, offset: int) -> Directory:
        """Read the directory at a place, as that of a level of a pyramid."""
        return self._directory(offset)[0]

    def _directory(self, offset: int) -> tuple[Directory, int]:
        many = self._number(self._many, offset)
        at = offset + struct.calcsize(self.order + self._many)
        step = struct.calcsize(self.order + self._entry)
        end = at + many * step
        if many > _MOST_TAGS or many == 0:
            raise ImageError(
                f'"{self.name}" is damaged: the page at byte {offset} has {many} tags, '
                f"and a page has 1 to {_MOST_TAGS}. Copy or save it again."
            )
        if end > self.size:
            raise self._ends(offset)
        tags: dict[int, Tag] = {}
        described = bytearray()
        raw = self.memory[at:end]
        entries = struct.iter_unpack(self.order + self._entry, raw)
        for k, (code, kind, count, value) in enumerate(entries):
            size = _BYTES.get(kind, 0) * count
            place = value
            if size <= self._inline:
                place = at + (k + 1) * step - self._inline
            if place + size > self.size or (size == 0 and code in _BELIEVED):
                if code in _BELIEVED:
                    raise cut_short(
                        self.name,
                        f"it has {self.size} bytes, and the {count} values of tag "
                        f"{code} of the page at byte {offset} end at {place + size}",
                    )
                self.cut_off.setdefault(code, place)
                continue
            if code in tags:
                continue
            tags[code] = Tag(kind, count, place, size)
            if code in _KIND:
                described += raw[k * step : (k + 1) * step - self._inline]
                described += self.memory[place : place + size]
        return Directory(offset, tags, bytes(described), many), end

    def described(self) -> list[int]:
        """Return where the pages are described, and the longer values of their tags."""
        places = {page.offset for page in self.pages}
        for page in self.pages:
            places |= {t.at for t in page.tags.values() if t.size > self._inline}
        return sorted(places)

    def around(self, begin: int, end: int) -> Around | None:
        """Return the bytes before and behind a part of the file, if they are few."""
        if begin + self.size - end > _MOST_AROUND:
            return None
        text = self._by_itself(DESCRIPTION)
        if text is not None and text.stop > begin:
            text = None
        return Around(self.memory[:begin], self.memory[end:], text)

    def _by_itself(self, code: int) -> slice | None:
        """Return where a value of the first page lies; None where others do, too."""
        value = self.pages[0].tags.get(code)
        if value is None or any(len(p.tags) < p.entries for p in self.pages):
            return None
        begin, end = value.at, value.at + value.size
        sizes = [struct.calcsize(f"{self.order}{form}") for form in
                 (self._many, self._entry, self._next)]  # fmt: skip
        taken = [(0, _HEADER)]
        for page in self.pages:
            length = sizes[0] + page.entries * sizes[1] + sizes[2]
            taken.append((page.offset, page.offset + length))
            taken += [(t.at, t.at + t.size) for t in page.tags.values()
                      if t is not value]  # fmt: skip
        if any(first < end and begin < last for first, last in taken):
            return None
        return slice(begin, end)

    def raw(self, page: Directory, code: int) -> bytes:
        """Return the bytes of a tag as they lie; b"" without it."""
        tag = page.tags.get(code)
        return b"" if tag is None else self.memory[tag.at : tag.at + tag.size]

    def numbers(self, page: Directory, code: int) -> list[int]:
        """Return the whole numbers of a tag; [] without it."""
        tag = page.tags.get(code)
        if tag is None:
            return []
        if tag.kind not in _INTEGERS:
            if code not in _BELIEVED:
                return []
            raise ImageError(
                f'"{self.name}" is damaged: tag {code} of the page at byte '
                f"{page.offset} is of type {tag.kind}, and whole numbers are expected. "
                "Copy or save it again."
            )
        if tag.many == 1:  # most are, and a file may have thousands of pages
            form = self.order + _LETTERS[tag.kind]
            return [struct.unpack_from(form, self.memory, tag.at)[0]]
        array = np.dtype(self.order + _INTEGERS[tag.kind])
        values: list[int] = np.frombuffer(self.raw(page, code), array).tolist()
        return values

    def number(self, page: Directory, code: int, default: int) -> int:
        """Return the first number of a tag."""
        values = self.numbers(page, code)
        return values[0] if values else default

    def fraction(self, page: Directory, code: int) -> float:
        """Return a number that is kept as a fraction; 0 without it."""
        tag = page.tags.get(code)
        if tag is None or tag.kind != 5 or tag.many != 1:  # noqa: PLR2004 - RATIONAL
            return 0.0
        above, below = struct.unpack_from(f"{self.order}II", self.memory, tag.at)
        return above / below if below else 0.0

    def text(self, page: Directory, code: int) -> str:
        """Return the text of a tag; "" without it."""
        place = page.offset, code
        if place not in self._texts:
            self._texts[place] = self._text(page, code)
        return self._texts[place]

    def _text(self, page: Directory, code: int) -> str:
        tag = page.tags.get(code)
        if tag is None or tag.kind not in (1, 2, 7):
            return ""
        raw = self.raw(page, code).split(b"\0", 1)[0]
        try:
            return raw.decode()
        except UnicodeDecodeError:  # as older ImageJ and many cameras write
            return raw.decode("latin-1")

    def look(self, page: Directory) -> tuple[tuple[int, ...], ...]:
        """Return what is alike in all pages of an image."""
        if page.kind not in self._looks:
            # Numbers, not bytes: programs write the width of one page in 2 bytes and
            # that of the next in 4, and leave out what is usual.
            self._looks[page.kind] = tuple(
                tuple(self.numbers(page, code)) or _USUAL.get(code, ()) for code in LOOK
            )
        return self._looks[page.kind]

    def places(self, page: Directory) -> tuple[list[int], list[int]]:
        """Return where the strips or tiles of a page begin, and how long they are."""
        codes = (TILE_OFFSETS, TILE_COUNTS)
        if not all(code in page.tags for code in codes):
            codes = (STRIP_OFFSETS, STRIP_COUNTS)
        return self.numbers(page, codes[0]), self.numbers(page, codes[1])

    def is_reduced(self, page: Directory) -> bool:
        """Whether a page is a smaller picture of another (bit 0) or a mask (bit 2)."""
        # One that is no smaller is none, whatever it says: ImageJ takes it for a page.
        return bool(self.number(page, SUBFILE, 0) & 0b101) and (
            self.look(page) != self.look(self.pages[0])
        )
