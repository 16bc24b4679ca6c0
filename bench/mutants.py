"""Make damaged files of whole ones, knowing where everything lies in them.

A mutant is a file of the zoo (`tests/file_zoo.py`), a ROI, a zip of ROIs or a GeoJSON
in which one to three things were changed: a tag, an offset, a count, a chunk, a header,
a directory, a coordinate. Who changes it knows whether pixels are lost by that:
`drops`. It is made of its number alone, so that it can be made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import file_zoo
import own_writers as own
from file_zoo import zoo

LOST, UNKNOWN, ABSENT = "lost", "unknown", "absent"
"""Whether pixels are not there: they are not; it is not known; a chunk of Zarr is
absent, which is legal and must be told."""


@dataclass
class Mutant:
    """A damaged file.

    Attributes
    ----------
    name : str
        What it is called.
    files : dict
        Content by path below it; of a single file, by "".
    origin : str
        Of which file it was made.
    steps : list of str
        What was changed.
    drops : str
        One of the words above.
    """

    name: str
    files: dict[str, bytes]
    origin: str
    steps: list[str] = field(default_factory=list)
    drops: str = UNKNOWN

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(map(len, self.files.values()))

    def write(self, folder: Path) -> Path:
        """Write it into a folder; return its path."""
        path = folder / self.name
        for below, content in self.files.items():
            target = path / below if below else path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return path


Change = tuple[str, str]
"""What was done, and what became of the pixels."""

ODD = (0, 1, 2, 3, 7, 8, 255, 256, 32767, 32768, 65535, 2**24, 2**31 - 1, 2**32 - 1)


def odd_number(rng: random.Random, value: int, most: int) -> int:
    """Return a number that is another: near, far, an end of a type, or any."""
    near = (value + 1, value - 1, value * 2, value // 2, value + 256, value ^ 1)
    made = rng.choice((rng.choice(near), rng.choice(ODD), rng.randint(0, most)))
    return min(max(made, 0), most)


def cut(rng: random.Random, length: int) -> int:
    """Return where a file of a length is cut: anywhere, or near its ends."""
    if rng.random() < 0.3:
        return max(0, length - rng.randint(1, 40))
    return rng.randint(0, length - 1)


def flipped(rng: random.Random, content: bytearray, start: int, end: int) -> None:
    """Change some bytes between two places."""
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if end > start:
            content[rng.randrange(start, end)] = rng.choice(
                (0, 255, rng.randrange(256))
            )


# ------------------------------------------------------------------------------- TIFF

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}


@dataclass
class Entry:
    """Where an entry of a directory lies, and its values as integers."""

    at: int
    tag: int
    kind: int
    count: int
    place: int
    values: list[int]


@dataclass
class Directory:
    """A page: where its directory lies, its entries, where the next one is named."""

    at: int
    link: int
    entries: dict[int, Entry]

    def of(self, *tags: int) -> Entry | None:
        """Return the first entry that is there of some."""
        return next((self.entries[tag] for tag in tags if tag in self.entries), None)

    def value(self, tag: int, default: int) -> int:
        """Return the first value of an entry."""
        entry = self.entries.get(tag)
        return entry.values[0] if entry and entry.values else default


class Tiff:
    """The structure of a whole TIFF."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.order = "<" if content[:2] == b"II" else ">"
        self.big = struct.unpack_from(f"{self.order}H", content, 2)[0] == 43
        self.word = "Q" if self.big else "I"
        self.width = 8 if self.big else 4
        self.pages: list[Directory] = []
        link = 8 if self.big else 4
        while True:
            (at,) = self.read(self.word, link)
            if not at:
                break
            page = self.directory(at)
            self.pages.append(page)
            link = page.link

    def read(self, form: str, at: int) -> tuple[int, ...]:
        """Read numbers."""
        return struct.unpack_from(self.order + form, self.content, at)

    def directory(self, at: int) -> Directory:
        """Read a directory."""
        (count,) = self.read("Q" if self.big else "H", at)
        start, size = at + (8 if self.big else 2), 20 if self.big else 12
        entries = {}
        for k in range(count):
            here = start + k * size
            tag, kind = self.read("HH", here)
            (number,) = self.read(self.word, here + 4)
            place = here + 4 + self.width
            if SIZES.get(kind, 1) * number > self.width:
                (place,) = self.read(self.word, place)
            form = {1: "B", 2: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
            values = list(self.read(f"{number}{form}", place)) if form else []
            entries[tag] = Entry(here, tag, kind, number, place, values)
        return Directory(at, start + count * size, entries)

    def needed(self) -> int:
        """Return how many bytes there must be for all pixels and directories."""
        ends = [page.link + self.width for page in self.pages]
        for page in self.pages:
            where = page.of(own.OFFSETS, own.TILE_OFFSETS)
            sizes = page.of(own.COUNTS, own.TILE_COUNTS)
            if where and sizes:
                ends += [a + n for a, n in zip(where.values, sizes.values, strict=True)]
        return max(ends)


WHOLE_PAGES = {
    *("pages.tif", "pages_big.tif", "pages.flex", "pages_lzw.dat", "pages_white.tif"),
    *("pages_bit1.tif", "pages_rgb.tif", "big_pages.btf"),
}
"""Of which nothing but the links between pages says how many there are."""

ANNOUNCED = {"ij_contiguous.tif", "ij_contiguous_cz.tif", "ij_signed16_stack.tif"}
"""Whose planes behind the first are only announced in words."""

NOT_BY_TAGS = {
    *("thumbnail.tif", "pyramid.tif", "ij_fewer_announced.tif", "more.ome.tif"),
    *("ij_appended.tif", "ij_do_not_multiply.tif", "ij_do_not_multiply_behind.tif"),
    *("ij_apart.tif", "ij_one_of_six.tif", "metamorph.stk", "strip_long.tif"),
    *("rows_all.tif", *ANNOUNCED),
}
"""Of which some pixels are not read, or more than the tags say: lost is not known."""


class OfTiff:
    """Change a TIFF."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.tiff = name, Tiff(content)
        self.known = name not in NOT_BY_TAGS

    def lost(self) -> str:
        """Return that pixels are lost, where that is known of this file."""
        return LOST if self.known else UNKNOWN

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        ways: list[Callable[[random.Random, bytearray], Change]] = [
            *(
                self.cut,
                self.part_gone,
                self.part_gone,
                self.part_short,
                self.fewer_parts,
            ),
            *(
                self.part_outside,
                self.larger,
                self.larger,
                self.any_value,
                self.any_value,
            ),
            *(self.any_entry, self.no_entry, self.link, self.words, self.words),
            *(self.bytes_of_structure, self.bytes_of_pixels, self.deeper, self.start),
        ]
        return rng.choice(ways)(rng, content)

    def page(self, rng: random.Random) -> Directory:
        """Choose a page."""
        return rng.choice(self.tiff.pages)

    def put(self, content: bytearray, entry: Entry, k: int, value: int) -> None:
        """Write a value of an entry."""
        size = SIZES[entry.kind]
        data = (value % 256**size).to_bytes(size, "little")
        at = entry.place + k * size
        content[at : at + size] = data if self.tiff.order == "<" else data[::-1]

    def cut(self, rng: random.Random, content: bytearray) -> Change:
        """Cut the file."""
        at = cut(rng, len(content))
        del content[at:]
        # A page whose values lie behind its pixels may be read without some of them.
        lost = self.lost() if at < self.tiff.needed() else UNKNOWN
        return f"cut at {at}", lost

    def parts(self, rng: random.Random) -> tuple[Directory, Entry, Entry]:
        """Choose a page, and return where its strips or tiles lie, and how long."""
        page = self.page(rng)
        where = page.of(own.OFFSETS, own.TILE_OFFSETS)
        sizes = page.of(own.COUNTS, own.TILE_COUNTS)
        assert where is not None
        assert sizes is not None
        return page, where, sizes

    def part_gone(self, rng: random.Random, content: bytearray) -> Change:
        """Set the offset or the length of a strip to 0, or both."""
        _, where, sizes = self.parts(rng)
        k = rng.randrange(where.count)
        which = rng.choice((1, 2, 3, 3))
        if which & 1:
            self.put(content, where, k, 0)
        if which & 2:
            self.put(content, sizes, k, 0)
        return f"part {k} gone ({which})", self.lost()

    def part_short(self, rng: random.Random, content: bytearray) -> Change:
        """Halve the length of a strip, or take a byte from it."""
        page, where, sizes = self.parts(rng)
        k = rng.randrange(where.count)
        plain = page.value(own.COMPRESSION, 1) == own.NONE
        less = sizes.values[k] // 2 if rng.random() < 0.7 else sizes.values[k] - 1
        self.put(content, sizes, k, less)
        halved = less <= sizes.values[k] // 2
        # The last byte of what is compressed may tell nothing of pixels.
        lost = plain or halved
        return f"part {k} {less} bytes long", self.lost() if lost else UNKNOWN

    def fewer_parts(self, rng: random.Random, content: bytearray) -> Change:
        """Count fewer strips than there are."""
        _, where, sizes = self.parts(rng)
        count = rng.randint(0, where.count - 1)
        both = rng.random() < 0.7
        for entry in (where, sizes) if both else (rng.choice((where, sizes)),):
            at = entry.at + 4
            content[at : at + self.tiff.width] = struct.pack(
                self.tiff.order + self.tiff.word, count
            )
        lost = self.lost() if both else UNKNOWN
        return f"{count} of {where.count} parts", lost

    def part_outside(self, rng: random.Random, content: bytearray) -> Change:
        """Move a strip past the end of the file."""
        _, where, sizes = self.parts(rng)
        k = rng.randrange(where.count)
        past = len(content) - sizes.values[k] + rng.choice((1, 5, 1000, 2**30))
        if SIZES[where.kind] == 2:
            past = 65535
        self.put(content, where, k, past)
        return f"part {k} outside", self.lost()

    def larger(self, rng: random.Random, content: bytearray) -> Change:
        """Say that the image is larger than it is."""
        page = self.page(rng)
        tag = rng.choice((own.WIDTH, own.LENGTH))
        entry = page.entries[tag]
        most = 256 ** SIZES[entry.kind] - 1
        tiled = page.of(own.TILE_OFFSETS) is not None
        least = 64 if tiled or page.value(own.BITS, 8) < 8 else 1
        value = entry.values[0] + rng.choice((least, 2 * least, 1000, 10**6, 2**30))
        value = min(value, most)
        self.put(content, entry, 0, value)
        # A fax of any width is one of a larger width, too: its codes say where a row
        # differs from that before.
        of_fax = page.value(own.COMPRESSION, 1) not in own.CODERS
        lost = UNKNOWN if of_fax and tag == own.WIDTH else self.lost()
        return f"{'width' if tag == own.WIDTH else 'length'} {value}", lost

    def deeper(self, rng: random.Random, content: bytearray) -> Change:
        """Say that a sample has twice the bits."""
        page = self.page(rng)
        entry = page.entries[own.BITS]
        for k in range(entry.count):
            self.put(content, entry, k, 2 * entry.values[k])
        # All need more bytes than are there, but tiles, which are padded, and codes of
        # 1 bit whatever this says.
        plain = page.value(own.COMPRESSION, 1) in own.CODERS
        tiled = page.of(own.TILE_OFFSETS) is not None
        return "twice the bits", self.lost() if plain and not tiled else UNKNOWN

    def any_value(self, rng: random.Random, content: bytearray) -> Change:
        """Change a value of a tag."""
        entry = rng.choice([*self.page(rng).entries.values()])
        if not entry.values:
            return "nothing", UNKNOWN
        k = rng.randrange(entry.count)
        value = odd_number(rng, entry.values[k], 256 ** SIZES[entry.kind] - 1)
        self.put(content, entry, k, value)
        return f"tag {entry.tag}[{k}] is {value}", UNKNOWN

    def any_entry(self, rng: random.Random, content: bytearray) -> Change:
        """Change the tag, the type, the count or the place of an entry."""
        entry = rng.choice([*self.page(rng).entries.values()])
        which = rng.randrange(4)
        order, word = self.tiff.order, self.tiff.word
        if which == 0:
            tag = rng.choice((*own.TAGS, rng.randrange(65536)))
            struct.pack_into(f"{order}H", content, entry.at, tag)
        elif which == 1:
            kind = rng.choice((*range(20), rng.randrange(65536)))
            struct.pack_into(f"{order}H", content, entry.at + 2, kind)
        else:
            at = entry.at + 4 + (which - 2) * self.tiff.width
            value = odd_number(rng, entry.count, 2**32 - 1)
            struct.pack_into(order + word, content, at, value)
        what = ("tag", "type", "count", "place")[which]
        return f"another {what} of tag {entry.tag}", UNKNOWN

    def no_entry(self, rng: random.Random, content: bytearray) -> Change:
        """Make an entry one that nobody knows."""
        entry = rng.choice([*self.page(rng).entries.values()])
        struct.pack_into(f"{self.tiff.order}H", content, entry.at, 65000)
        needed = (own.WIDTH, own.LENGTH, own.OFFSETS, own.TILE_OFFSETS)
        lost = self.lost() if entry.tag in needed else UNKNOWN
        return f"no tag {entry.tag}", lost

    def link(self, rng: random.Random, content: bytearray) -> Change:
        """Name another place for the next page."""
        k = rng.randrange(len(self.tiff.pages))
        page = self.tiff.pages[k]
        last = k == len(self.tiff.pages) - 1
        goals = [0, len(content) + 9, self.tiff.pages[0].at, page.at, 5]
        goals.append(rng.randrange(len(content)))
        which = rng.randrange(len(goals))
        struct.pack_into(
            self.tiff.order + self.tiff.word, content, page.link, goals[which]
        )
        lost = UNKNOWN
        # Nothing but the link says that plain pages go on: 0 is a whole, shorter file.
        # And ImageJ's header says it, too: one page and the planes behind it are whole.
        if not last and which in (1, 2, 3):
            lost = self.lost()
        if not last and which == 0 and self.name not in WHOLE_PAGES:
            lost = UNKNOWN if self.name.startswith("ij_") else self.lost()
        return f"after page {k} comes {goals[which]}", lost

    def words(self, rng: random.Random, content: bytearray) -> Change:
        """Change a number, or a letter, of a description."""
        page = self.tiff.pages[0]
        entry = page.entries.get(own.DESCRIPTION)
        if entry is None or entry.count < 12:
            return self.any_value(rng, content)
        start, end = entry.place, entry.place + entry.count
        if rng.random() < 0.4:
            flipped(rng, content, start, end)
            return "letters of the description", UNKNOWN
        digits = [k for k in range(start, end) if chr(content[k]).isdigit()]
        if not digits:
            return "nothing", UNKNOWN
        at = rng.choice(digits)
        content[at] = rng.choice(b"0123456789")
        return f"a digit of the description at {at - start}", UNKNOWN

    def bytes_of_structure(self, rng: random.Random, content: bytearray) -> Change:
        """Change bytes of a directory."""
        page = self.page(rng)
        flipped(rng, content, page.at, page.link + self.tiff.width)
        return "bytes of a directory", UNKNOWN

    def bytes_of_pixels(self, rng: random.Random, content: bytearray) -> Change:
        """Change bytes of a strip."""
        _, where, sizes = self.parts(rng)
        k = rng.randrange(where.count)
        flipped(rng, content, where.values[k], where.values[k] + sizes.values[k])
        return f"bytes of part {k}", UNKNOWN

    def start(self, rng: random.Random, content: bytearray) -> Change:
        """Change how the file begins."""
        flipped(rng, content, 0, 8 + 8 * self.tiff.big)
        return "how it begins", UNKNOWN


# -------------------------------------------------------------------------------- PNG

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def raw_size(head: bytes) -> int:
    """Return how many bytes the pixels of a PNG have, unpacked; 0: unknown."""
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if kind not in CHANNELS or not width or not height:
        return 0
    passes = own.PASSES if interlaced else ((0, 0, 1, 1),)
    total = 0
    for y, x, down, right in passes:
        rows, columns = -(-(height - y) // down), -(-(width - x) // right)
        if rows > 0 and columns > 0:
            total += rows * (1 + (columns * bits * CHANNELS[kind] + 7) // 8)
    return total


class OfPng:
    """Change a PNG, with check sums that are right, but for some."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.chunks: list[tuple[bytes, bytes]] = []
        at = 8
        while at < len(content):
            (size,) = struct.unpack_from(">I", content, at)
            name_of, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
            if name_of == b"IDAT" and len(data) > 12:  # in three, as large files are
                third = len(data) // 3
                for part in (data[:third], data[third : 2 * third], data[2 * third :]):
                    self.chunks.append((name_of, part))
            else:
                self.chunks.append((name_of, data))
            at += 12 + size
        self.raw = zlib.decompress(b"".join(d for n, d in self.chunks if n == b"IDAT"))
        self.content = own.png(self.chunks)

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        chunks = [*self.chunks]
        pixels = [k for k, (name, _) in enumerate(chunks) if name == b"IDAT"]
        way = rng.randrange(12)
        lost = UNKNOWN
        if way in (0, 1):
            at = cut(rng, len(content))
            # The check sum and the end mark are no pixels.
            end = content.rindex(b"IEND") - 8
            del content[at:]
            return f"cut at {at}", LOST if at < end else UNKNOWN
        if way == 2:
            k = rng.choice(pixels)
            del chunks[k]
            what, lost = "a part of the pixels gone", LOST
        elif way == 3:
            k = rng.choice(pixels)
            less = chunks[k][1][: len(chunks[k][1]) // 2]
            chunks[k] = (b"IDAT", less)
            what, lost = "a part of the pixels halved", LOST
        elif way == 4:
            fewer = self.raw[: rng.randrange(len(self.raw))]
            chunks = [c for c in chunks if c[0] != b"IDAT"]
            chunks.insert(-1, (b"IDAT", zlib.compress(fewer)))
            what, lost = f"{len(fewer)} of {len(self.raw)} bytes, a whole stream", LOST
        elif way in (5, 6):
            what, lost = self.head(rng, chunks)
        elif way == 7:
            k = rng.randrange(len(chunks))
            data = bytearray(chunks[k][1] or b"\0")
            flipped(rng, data, 0, len(data))
            chunks[k] = (chunks[k][0], bytes(data))
            what = f"bytes of {chunks[k][0]!r}"
        elif way == 8:
            k, m = rng.randrange(len(chunks)), rng.randrange(len(chunks))
            chunks[k], chunks[m] = chunks[m], chunks[k]
            what = "chunks in another order"
        elif way == 9:
            k = rng.randrange(len(chunks))
            gone = chunks.pop(k)[0]
            what, lost = f"no {gone!r}", LOST if gone in (b"IDAT", b"IHDR") else UNKNOWN
        elif way == 10:
            extra = rng.choice(
                (
                    (b"tRNS", bytes(rng.randrange(9))),
                    (b"PLTE", bytes(3 * rng.randrange(300))),
                    (b"acTL", struct.pack(">II", rng.randrange(9), 0)),
                    (b"zTXt", b"k\0\0" + zlib.compress(bytes(10**6))),
                    (b"iCCP", b"k\0\0" + zlib.compress(bytes(10**6))),
                    (b"gAMA", struct.pack(">I", rng.randrange(2**32))),
                    (b"sBIT", bytes([rng.randrange(20)])),
                    chunks[rng.randrange(len(chunks))],
                )
            )
            chunks.insert(rng.randrange(len(chunks) + 1), extra)
            what = f"another {extra[0]!r}"
        else:
            flipped(rng, content, 0, len(content))
            return "bytes", UNKNOWN
        content[:] = own.png(chunks)
        return what, lost

    def head(self, rng: random.Random, chunks: list[tuple[bytes, bytes]]) -> Change:
        """Change the size or the kind."""
        values = list(struct.unpack(">IIBBBBB", chunks[0][1]))
        k = rng.choice((0, 0, 1, 1, 2, 3, 4, 5, 6))
        values[k] = odd_number(rng, values[k], (2**32 if k < 2 else 256) - 1)
        head = struct.pack(">IIBBBBB", *values)
        chunks[0] = (b"IHDR", head)
        lost = raw_size(head) > len(self.raw)
        return f"head {values}", LOST if lost else UNKNOWN


# -------------------------------------------------------------------------------- NPY


class OfNpy:
    """Change a file of NumPy."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        (self.size,) = struct.unpack_from("<H", content, 8)
        self.start = 10 + self.size
        self.words = content[10 : self.start].decode("latin-1")
        self.content = content

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        way = rng.randrange(6)
        if way == 0:
            at = cut(rng, len(content))
            del content[at:]
            return f"cut at {at}", LOST
        if way == 1:
            flipped(rng, content, 0, self.start)
            return "bytes of the header", UNKNOWN
        if way == 2:
            digits = [k for k, letter in enumerate(self.words) if letter.isdigit()]
            at = 10 + rng.choice(digits)
            content[at] = rng.choice(b"0123456789")
            return "a digit of the header", UNKNOWN
        shape = json.loads(
            self.words.split("(")[1].split(")")[0].join("[]").replace(",]", "]")
        )
        descr = self.words.split("'descr': '")[1].split("'")[0]
        lost = UNKNOWN
        if way in (3, 4):
            k = rng.randrange(len(shape))
            value = rng.choice(
                (shape[k] + 1, shape[k] * 2, 10**6, 2**31, 2**62, -1, -2, 0)
            )
            lost = LOST if value > shape[k] else UNKNOWN
            shape[k] = value
            what = f"shape {shape}"
        else:
            descr = rng.choice(
                ("|O", "<f8", "<c16", "<U9", "|V7", "<M8[s]", "|b1", ">u2")
            )
            what = f"type {descr}"
            if descr in ("<c16", "<U9"):
                lost = LOST
        sizes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}"
        header = text.ljust(len(text) + 64 - (11 + len(text)) % 64) + "\n"
        head = content[:8] + struct.pack("<H", len(header)) + header.encode()
        content[:] = head + content[self.start :]
        return what, lost


# ------------------------------------------------------------------------------ others


class OfSmall:
    """Change a PGM, GIF or BMP."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        way = rng.randrange(4)
        if way == 0:
            at = cut(rng, len(content))
            del content[at:]
            # The end mark of a GIF, or a digit of the last number of a text, is less
            # than a pixel, and a number without its last digit is one, too.
            lost = at < len(self.content) - 5
            return f"cut at {at}", LOST if lost else UNKNOWN
        if way == 1:
            at = rng.randrange(2, min(26, len(content)))
            content[at] = rng.choice((0, 1, 32, 35, 48, 57, 128, 255, content[at] ^ 1))
            return f"byte {at} of the header", UNKNOWN
        if way == 2:
            digits = [k for k in range(2, 16) if chr(content[k]).isdigit()]
            if digits:
                at = rng.choice(digits)
                content[at:at] = b"9" * rng.choice((1, 2, 9))
                return "more digits of the header", UNKNOWN
        flipped(rng, content, 0, len(content))
        return "bytes", UNKNOWN


# ----------------------------------------------------------------------- ROI, zip, JSON


class OfRoi:
    """Change a ROI of ImageJ."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        way = rng.randrange(5)
        if way == 0:
            at = cut(rng, len(content))
            del content[at:]
            (count,) = struct.unpack_from(">H", self.content, 16)
            polygon = self.content[6] in (0, 7, 8)
            lost = at < 64 or (polygon and at < 64 + 4 * count)
            return f"cut at {at}", LOST if lost else UNKNOWN
        if way in (1, 2):
            at = rng.choice((4, 6, 8, 10, 12, 14, 16, 34, 48, 50, 52, 56, 60))
            value = odd_number(rng, struct.unpack_from(">H", content, at)[0], 65535)
            if at + 2 <= len(content):
                struct.pack_into(">H", content, at, value)
            return f"the number at {at} is {value}", UNKNOWN
        if way == 3 and len(content) > 70:
            for _ in range(rng.choice((1, 3, 20))):
                at = rng.randrange(64, len(content) - 4)
                number = rng.choice((float("nan"), float("inf"), 1e9, -1e9, 1e30, 3.0))
                struct.pack_into(">f", content, at, number)
            return "coordinates", UNKNOWN
        flipped(rng, content, 0, len(content))
        return "bytes", UNKNOWN


class OfZip:
    """Change a zip of ROIs."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.entries = {one: archive.read(one) for one in archive.namelist()}

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        way = rng.randrange(5)
        if way == 0:
            at = cut(rng, len(content))
            del content[at:]
            end = self.content.rindex(b"PK\5\6")
            return f"cut at {at}", LOST if at < end else UNKNOWN
        directory = self.content.index(b"PK\1\2")
        if way == 1:
            flipped(rng, content, min(directory, len(content)), len(content))
            return "bytes of the directory", UNKNOWN
        if way == 2:
            flipped(rng, content, 0, min(40, len(content)))
            return "bytes of the first entry", UNKNOWN
        entries = dict(self.entries)
        name = rng.choice([*entries])
        inner = bytearray(entries[name])
        what, _ = OfRoi(name, entries[name]).change(rng, inner)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for one, data in entries.items():
                archive.writestr(one, bytes(inner) if one == name else data)
            if way == 4:
                archive.writestr("more/" + name, bytes(rng.randrange(99)))
        content[:] = stream.getvalue()
        return f"in {name}: {what}", UNKNOWN


class OfJson:
    """Change a GeoJSON."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content

    def change(self, rng: random.Random, content: bytearray) -> Change:
        """Change one thing."""
        if rng.random() < 0.2:
            at = cut(rng, len(content))
            del content[at:]
            return f"cut at {at}", LOST
        if rng.random() < 0.2:
            flipped(rng, content, 0, len(content))
            return "bytes", UNKNOWN
        try:
            tree = json.loads(bytes(content))
        except ValueError:
            return "nothing", UNKNOWN
        what = changed_tree(rng, tree)
        content[:] = json.dumps(tree).encode()
        return what, UNKNOWN


STRANGE: tuple[Any, ...] = (
    *(
        None,
        True,
        "",
        "x",
        "NaN",
        [],
        {},
        0,
        -1,
        1e308,
        2**63,
        0.5,
        [[]],
        [1],
        {"a": 1},
    ),
    *(float("nan"), float("inf"), -float("inf"), "Polygon", "uint8", "\ud800", [0] * 9),
)


def changed_tree(rng: random.Random, tree: Any) -> str:
    """Change a leaf or a branch of a tree of JSON."""
    places = [*branches(tree)]
    if not places:
        return "nothing"
    holder, key = rng.choice(places)
    way = rng.randrange(4)
    if way == 0:
        del holder[key]
        return f"no {key!r}"
    value = holder[key]
    if way == 1 and isinstance(value, (int, float)) and not isinstance(value, bool):
        holder[key] = rng.choice((value + 1, value * 2, -value, value * 1e6, value / 3))
    elif way == 2:
        holder[key] = [value] if rng.random() < 0.5 else [value, value]
    else:
        holder[key] = rng.choice(STRANGE)
    return f"{key!r} is {str(holder[key])[:40]}"


def branches(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield where everything in a tree hangs: what holds it, and its key."""
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree))
    for key in keys:
        yield tree, key
        if isinstance(tree[key], (dict, list)):
            yield from branches(tree[key])


# ------------------------------------------------------------------------------- Zarr


class OfZarr:
    """Change a Zarr store: its metadata, its chunks."""

    def __init__(self, name: str, files: dict[str, bytes]) -> None:
        self.name, self.files = name, files
        self.described = [
            p for p in files if p.split("/")[-1].startswith((".z", "zarr."))
        ]
        self.chunks = [p for p in files if p not in self.described]

    def change(self, rng: random.Random, files: dict[str, bytes]) -> Change:
        """Change one thing."""
        way = rng.randrange(8)
        chunks = [p for p in self.chunks if p in files]
        if way in (0, 1) and chunks:
            gone = rng.sample(chunks, rng.randint(1, min(3, len(chunks))))
            for path in gone:
                del files[path]
            return f"no chunk {', '.join(gone)}", ABSENT
        if way in (2, 3) and chunks:
            path = rng.choice(chunks)
            files[path] = files[path][: rng.randrange(len(files[path]))]
            return f"chunk {path} of {len(files[path])} bytes", LOST
        if way == 4 and chunks:
            path = rng.choice(chunks)
            data = bytearray(files[path])
            flipped(rng, data, 0, len(data))
            files[path] = bytes(data)
            return f"bytes of chunk {path}", UNKNOWN
        path = rng.choice([p for p in self.described if p in files] or [""])
        if not path:
            return "nothing", UNKNOWN
        if rng.random() < 0.1:
            data = bytearray(files[path])
            flipped(rng, data, 0, len(data))
            files[path] = bytes(data)
            return f"bytes of {path}", UNKNOWN
        if rng.random() < 0.1:
            del files[path]
            return f"no {path}", UNKNOWN
        try:
            tree = json.loads(files[path])
        except ValueError:
            return "nothing", UNKNOWN
        shape = tree.get("shape")
        lost = UNKNOWN
        if rng.random() < 0.2 and isinstance(shape, list) and shape:
            k = rng.randrange(len(shape))
            more = rng.choice((1000, 10**6, 2**40))
            tree["shape"][k] = shape[k] + more if isinstance(shape[k], int) else more
            what, lost = f"shape {tree['shape']}", ABSENT
        else:
            what = changed_tree(rng, tree)
        files[path] = json.dumps(tree).encode()
        return f"{path}: {what}", lost


# ------------------------------------------------------------------------------ corpus

SHARES = {
    **{"TIFF": 42_000, "PNG": 13_000, "NPY": 7_000, "PGM, GIF, BMP": 5_000},
    **{"Zarr": 10_000, "ROI": 8_000, "zip": 8_000, "GeoJSON": 7_000},
}
"""How many of 100,000 are of which kind."""

Origin = OfTiff | OfPng | OfNpy | OfSmall | OfRoi | OfZip | OfJson | OfZarr


@cache
def origins(kind: str) -> tuple[Origin, ...]:
    """Return the whole files that mutants of a kind are made of."""
    if kind in ("ROI", "zip", "GeoJSON"):
        return tuple(_regions(kind))
    suffixes = {
        "TIFF": (".tif", ".flex", ".dat", ".btf", ".stk"),
        "PNG": (".png",),
        "NPY": (".npy",),
        "PGM, GIF, BMP": (".pgm", ".pbm", ".ppm", ".gif", ".bmp"),
        "Zarr": (".zarr",),
    }[kind]
    makers: dict[str, Callable[[str, bytes], Origin]] = {
        **{"TIFF": OfTiff, "PNG": OfPng, "NPY": OfNpy, "PGM, GIF, BMP": OfSmall}
    }
    made: list[Origin] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for one in zoo():
            whole = one.values is not None and "ome" not in one.name.split(".")
            if not one.name.endswith(suffixes) or (not whole and kind != "Zarr"):
                continue
            one.write(folder / one.name)
            if kind == "Zarr":
                if "absent" not in one.name:
                    made.append(OfZarr(one.name, tree_of(folder / one.name)))
                continue
            content = (folder / one.name).read_bytes()
            made.append(makers[kind](one.name, content))
        if kind == "TIFF":
            for one in zoo():
                if one.name in ("ome.ome.tif", "ome_tc.ome.tif", "ome_z.ome.tif"):
                    one.write(folder / one.name)
                    made.append(OfTiff(one.name, (folder / one.name).read_bytes()))
    return tuple(made)


def tree_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}


def _regions(kind: str) -> Iterator[Origin]:
    rois = Path(own.__file__).parent / "data" / "rois" / "RoiSet.zip"
    if kind == "GeoJSON":
        yield OfJson("cells.geojson", json.dumps(geojson()).encode())
        return
    with zipfile.ZipFile(rois) as archive:
        names = archive.namelist()
        if kind == "ROI":
            for name in names:
                yield OfRoi(name, archive.read(name))
            return
        for start in range(0, 30, 3):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as some:
                for name in names[start::40]:
                    some.writestr(name, archive.read(name))
            yield OfZip("RoiSet.zip", stream.getvalue())


def geojson() -> dict[str, Any]:
    """Return cells as QuPath exports them; one has a hole, one is in two parts."""
    square = [[3, 4], [20, 4], [20, 15], [3, 15], [3, 4]]
    hole = [[6, 6], [9, 6], [9, 9], [6, 9], [6, 6]]
    other = [[22.5, 18.0], [35.25, 19.5], [30.0, 30.75], [22.5, 18.0]]
    shapes = [
        {"type": "Polygon", "coordinates": [square]},
        {"type": "Polygon", "coordinates": [square, hole]},
        {"type": "MultiPolygon", "coordinates": [[square], [other]]},
        {"type": "Polygon", "coordinates": [other]},
    ]
    features = [
        {
            "type": "Feature",
            "id": f"00000000-0000-0000-0000-{k:012}",
            "geometry": shape,
            "properties": {
                "objectType": "annotation",
                "name": f"cell {k}",
                "classification": {"name": "Tumor", "color": [200, 0, 0]},
            },
        }
        for k, shape in enumerate(shapes)
    ]
    return {"type": "FeatureCollection", "features": features}


def fingerprint() -> str:
    """Return a sum of what mutants are made by: of another, they are others."""
    files = [Path(__file__), Path(own.__file__), Path(file_zoo.__file__)]
    made_by = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(made_by).hexdigest()[:16]


def mutant(kind: str, number: int) -> Mutant:
    """Make a mutant of a kind; of the same number it is the same."""
    rng = random.Random(f"{kind} {number}")
    origin = rng.choice(origins(kind))
    changes = rng.choice((1, 1, 1, 1, 2, 3))
    if isinstance(origin, OfZarr):
        files = dict(origin.files)
        made = Mutant(f"{number}.zarr", files, origin.name)
        steps = [origin.change(rng, files) for _ in range(changes)]
    else:
        whole = origin.tiff.content if isinstance(origin, OfTiff) else origin.content
        content = bytearray(whole)
        made = Mutant(f"{number}{Path(origin.name).suffix}", {}, origin.name)
        steps = []
        for _ in range(changes):
            try:
                steps.append(origin.change(rng, content))
            except (IndexError, struct.error, ValueError):
                break  # what an earlier change cut away cannot be changed
        made.files = {"": bytes(content)}
    made.steps = [what for what, _ in steps]
    # Of several changes, a later one may mend or hide what an earlier one lost.
    if len(steps) == 1:
        made.drops = steps[0][1]
    return made
