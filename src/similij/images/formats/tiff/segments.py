"""Read the strips and tiles of a TIFF: all of each, or an error; never zeros instead.

Libraries that decode let some kinds of truncated data pass, so what a strip or tile
decodes to is checked before it is used. tifffile's decoders do the decoding.
"""

from __future__ import annotations

import math
import os
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ....ground.errors import ImageError
from ....ground.types import Array
from ..reading import cut_short
from .layout import JPEG, Layout, Page

_ENDS_WITH_MARKER = (7, 34892, 33003, 33004, 33005, 34712)
"""JPEG and JPEG 2000: a stream ends with FF D9. libjpeg fills what is missing of a
truncated one with gray, and says so on a channel that imagecodecs does not read."""

_FAX = (2, 3, 4)
"""CCITT: modified Huffman, group 3 and group 4."""

_GROUP_3, _GROUP_4 = 3, 4

_END_OF_LINE = "000000000001"
"""A code of CCITT; twice, it ends a stream of group 4."""

_BEHIND = (bytes(64), *(random.Random(k).randbytes(64) for k in range(11)))
"""Continuations of a stream: a decoder that still wants pixels takes different ones of
some of them."""

_JPEG_SLACK = 1 << 20
"""Pixels that a JPEG stream may have beside those of its tile: some are padded."""

_THREADS_FROM = 1 << 20
"""Bytes of pixels from which decoding in threads is worth starting them."""

_TOLD = 1 << 18
"""Bytes of pixels that a thread decodes before it asks for more."""


class Stack:
    """Pages on leading axes, read like an array: a part of it, or all.

    Parameters
    ----------
    pages : sequence of Page
        In the order of the leading axes.
    leading : tuple of int
        Lengths of the leading axes.
    samples : int
        How many of a pixel's samples are taken, the first ones.

    Attributes
    ----------
    shape : tuple of int
        Leading axes, then those of a page that are longer than 1, and y and x.
    kept : tuple of int
        Which of (separate samples, depth, length, width, samples of a pixel) those are.
    """

    def __init__(
        self, pages: Sequence[Page], leading: tuple[int, ...], samples: int
    ) -> None:
        self.pages, self.leading = pages, leading
        self.layout = pages[0].layout
        self._lock = threading.Lock()
        self._files: dict[Path, Any] = {}
        shape = [*self.layout.shape]
        for axis in (0, 4):
            shape[axis] = min(shape[axis], samples)
        self._page = tuple(shape)
        self.kept = tuple(k for k, n in enumerate(shape) if n > 1 or k in (2, 3))
        self.shape = (*leading, *(shape[k] for k in self.kept))
        self.ndim = len(self.shape)
        self.dtype = np.dtype(self.layout.keyframe.dtype).newbyteorder("=")

    @property
    def chunks(self) -> tuple[int, ...]:
        """Lengths of a part that is worth reading at once: whole strips or tiles."""
        part = [1, *self.layout.part, self._page[4]]
        if self.layout.plain and not self.layout.tiled:
            # Rows can be read from the middle of such a strip.
            part[2] = max(1, min(part[2], _PART // self.layout.row))
        left = _PART // max(1, math.prod(part[1:4]) * self.dtype.itemsize)
        for axis in (3, 2):
            steps = max(1, min(left, self.layout.counts[axis]))
            part[axis] *= steps
            left //= steps
        sizes = [*self._page]
        page = [max(1, min(n, step)) for n, step in zip(sizes, part, strict=True)]
        page[0], page[4] = 1, sizes[4]
        whole = all(page[k] >= sizes[k] for k in range(5))
        chunks = [page[k] for k in self.kept]
        for n in reversed(self.leading):
            many = max(1, min(n, left)) if whole else 1
            chunks.insert(0, many)
            left //= many
            whole = whole and many == n
        return tuple(chunks)

    def close(self) -> None:
        """Let the files go."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    @property
    def run(self) -> tuple[int, int] | None:
        """Where the bytes begin and end that are all pixels as they lie, if they do."""
        layout = self.layout
        whole = layout.plain and not layout.tiled and self._page == layout.shape
        if not whole or self._run(self.pages, 0) < len(self.pages):
            return None
        begin = self.pages[0].begin
        return begin, begin + len(self.pages) * layout.decoded

    def __getitem__(self, index: Sequence[slice]) -> Array:
        bounds = [
            range(*part.indices(n)) for part, n in zip(index, self.shape, strict=True)
        ]
        lead = len(self.leading)
        numbers = np.arange(len(self.pages)).reshape(self.leading)
        if lead:
            numbers = numbers[np.ix_(*(list(b) for b in bounds[:lead]))]
        window = [range(n) for n in self._page]
        for k, bound in zip(self.kept, bounds[lead:], strict=True):
            window[k] = bound
        sizes = tuple(len(part) for part in window)
        pixels = np.empty((numbers.size, *sizes), self.dtype)
        if pixels.size:
            self._fill(pixels, [self.pages[n] for n in numbers.flat], window)
        return pixels.reshape(*numbers.shape, *(sizes[k] for k in self.kept))

    def _fill(self, out: Array, pages: list[Page], window: list[range]) -> None:
        jobs = []
        k = 0
        while k < len(pages):
            layout = pages[k].layout
            if not layout.plain or layout.tiled:
                jobs += [(out[k], pages[k], n) for n in _parts_in(layout, window)]
                k += 1
                continue
            run = self._run(pages, k) if out[0].nbytes == layout.decoded else 0
            if run:
                self._read_into(out[k : k + run], pages[k].file, pages[k].begin)
                if not self._native(layout):
                    out[k : k + run].byteswap(inplace=True)
            else:
                self._copy(out[k], pages[k], window)
            k += run or 1
        if jobs:
            self._decode_all(jobs, window)

    def _run(self, pages: Sequence[Page], first: int) -> int:
        """Count the pages that follow one another without a byte between; 0: none."""
        stop = first
        while pages[stop].is_contiguous:
            stop += 1
            last = pages[stop - 1]
            if stop == len(pages) or pages[stop].file != last.file:
                break
            if pages[stop].begin != last.begin + last.layout.decoded:
                break
            if pages[stop].layout is not last.layout:
                break
        return stop - first

    def _native(self, layout: Layout) -> bool:
        order = layout.keyframe.parent.byteorder
        return bool(np.dtype(order + self.dtype.char).isnative)

    def _decode_all(
        self, jobs: list[tuple[Array, Page, int]], window: list[range]
    ) -> None:
        workers = min(os.cpu_count() or 1, 16)
        total = sum(page.layout.decoded // page.layout.many for _, page, _ in jobs)
        if total < _THREADS_FROM or workers == 1:
            for job in jobs:
                self._decode(*job, window)
            return
        # Several at a time: a tile of 32 kB decodes faster than a thread is told of it.
        step = max(1, len(jobs) * _TOLD // total)

        def decode(first: int) -> None:
            for job in jobs[first : first + step]:
                self._decode(*job, window)

        with ThreadPoolExecutor(workers) as pool:
            # What a thread raises is raised here, once its turn comes.
            for _ in pool.map(decode, range(0, len(jobs), step)):
                pass

    def _copy(self, out: Array, page: Page, window: list[range]) -> None:
        """Read rows of a page whose bytes are its pixels."""
        layout = page.layout
        strips = layout.counts[2]
        rows, step = window[2], layout.part[1]
        whole = len(window[3]) == layout.shape[3] and len(window[4]) == layout.shape[4]
        form = np.dtype(layout.keyframe.parent.byteorder + self.dtype.char)
        for i, s in enumerate(window[0]):
            for j, d in enumerate(window[1]):
                first = (s * layout.shape[1] + d) * strips
                at = rows.start
                while at < rows.stop:
                    strip = at // step
                    # Strips that follow one another are read in one go.
                    stop = strip + 1
                    while stop * step < rows.stop and (
                        page.offsets[first + stop]
                        == page.offsets[first + stop - 1]
                        + page.counts[first + stop - 1]
                    ):
                        stop += 1
                    end = min(stop * step, rows.stop, layout.shape[2])
                    place = int(page.offsets[first + strip])
                    place += (at - strip * step) * layout.row
                    target = out[i, j, at - rows.start : end - rows.start]
                    size = (end - at) * layout.row
                    if whole:
                        self._read_into(target, page.file, place)
                    else:
                        raw = np.frombuffer(self._read(page.file, place, size), form)
                        raw = raw.reshape(end - at, layout.shape[3], layout.shape[4])
                        cut = window[3], window[4]
                        target[...] = raw[
                            :, cut[0].start : cut[0].stop, cut[1].start : cut[1].stop
                        ]
                    at = end
        if whole and not form.isnative:
            out.byteswap(inplace=True)

    def _decode(self, out: Array, page: Page, k: int, window: list[range]) -> None:
        """Read, decode and copy a strip or tile, as far as a window shows of it."""
        layout = page.layout
        raw = self._read(page.file, int(page.offsets[k]), int(page.counts[k]))
        whole = layout.keyframe.jpegheader is None  # NDPI cuts one stream into tiles
        if whole and layout.compression in _ENDS_WITH_MARKER and not _is_ended(raw):
            raise self._damaged(page, k, "its stream ends before its end marker")
        options = {}
        if layout.compression in JPEG:
            shape = _jpeg_shape(raw)
            most = 4 * layout.part[1] * layout.part[2] + _JPEG_SLACK
            if shape is not None and shape[0] * shape[1] > most:
                reason = f"its {shape[1]}×{shape[0]} pixels are more than announced"
                raise self._damaged(page, k, reason)
            options["jpegtables"] = layout.keyframe.jpegtables
            options["jpegheader"] = layout.keyframe.jpegheader
        try:
            pixels, place, _ = layout.decode(raw, k, **options)
            if layout.compression in _FAX and not self._is_whole_fax(layout, raw, k):
                raise self._damaged(page, k, "its stream ends before its last row")
        except ImageError:
            raise
        except Exception as error:
            raise self._damaged(page, k, _reason(error)) from None
        source, target = [], []
        for axis, n in enumerate(pixels.shape):
            start = place[axis + 1]
            bound = window[axis + 1]
            low, high = max(start, bound.start), bound.stop
            if axis < 3:  # noqa: PLR2004 - depth, length, width
                high = min(high, start + layout.part[axis], layout.shape[axis + 1])
            if high - start > n:
                raise self._damaged(page, k, f"it has {n} of {high - start} rows")
            source.append(slice(low - start, high - start))
            target.append(slice(low - bound.start, high - bound.start))
        # A tuple first: Python 3.10 knows no star inside an index.
        where = (place[0] - window[0].start, *target)
        out[where] = pixels[tuple(source)]

    @staticmethod
    def _is_whole_fax(layout: Layout, raw: bytes, k: int) -> bool:
        """Whether a stream of CCITT holds all rows.

        Its decoder makes up rows that are missing, and most streams have no end marker.
        What stands behind the last row changes nothing; behind less than all of them it
        is taken for pixels.
        """
        streams = [raw + tail for tail in _BEHIND]
        if layout.compression == _GROUP_4:
            bits = _bits(layout, raw[-5:])
            end = bits.rfind(2 * _END_OF_LINE)
            if end < 0:
                return False
            # Without its end marker, at which a decoder stops and makes up the rest.
            streams = [
                raw[:-5] + _bytes(layout, bits[:end] + _bits(layout, tail))
                for tail in _BEHIND
            ]
        else:
            bits = _bits(layout, raw)
        first = layout.decode(streams[0], k)[0]
        # Group 3 has that code before each line: a decoder that finds none gives up.
        if layout.compression == _GROUP_3 and bits.count(_END_OF_LINE) < first.shape[1]:
            return False
        # One after the other: a few bytes may stand for many pixels.
        return all(
            np.array_equal(first, layout.decode(stream, k)[0]) for stream in streams[1:]
        )

    def _damaged(self, page: Page, k: int, reason: str) -> ImageError:
        what = "tile" if page.layout.tiled else "strip"
        return ImageError(
            f'"{page.file.name}" is damaged: {what} {k + 1} of page {page.number} '
            f"cannot be decoded ({reason}). Copy or save it again."
        )

    def _opened(self, file: Path) -> Any:
        if file not in self._files:
            self._files[file] = file.open("rb", buffering=0)
        return self._files[file]

    def _read(self, file: Path, at: int, size: int) -> bytes:
        with self._lock:
            opened = self._opened(file)
            opened.seek(at)
            raw: bytes = opened.read(size)
            while len(raw) < size:
                more = opened.read(size - len(raw))
                if not more:
                    raise cut_short(file.name, f"it ends before byte {at + size}")
                raw += more
        return raw

    def _read_into(self, target: Array, file: Path, at: int) -> None:
        raw: Any = target.reshape(-1).view(np.uint8)
        bytes_left = memoryview(raw)
        with self._lock:
            opened = self._opened(file)
            opened.seek(at)
            while bytes_left:
                count = opened.readinto(bytes_left)
                if not count:
                    raise cut_short(
                        file.name, f"it ends before byte {at + len(bytes_left)}"
                    )
                at += count
                bytes_left = bytes_left[count:]


_PART = 1 << 24
"""Bytes of a part of a file that is read at once: large enough that a task of dask,
which costs some milliseconds, is worth its while."""


def _parts_in(layout: Layout, window: list[range]) -> Iterator[int]:
    """Yield the numbers of the strips or tiles that a window touches."""
    steps = (1, *layout.part)
    ranges = [
        range(bound.start // step, -(-bound.stop // step))
        for bound, step in zip(window[:4], steps, strict=True)
    ]
    for places in product(*ranges):
        yield int(np.ravel_multi_index(places, layout.counts))


def _bits(layout: Layout, raw: bytes) -> str:
    """Return the bits of a stream in the order in which they are read."""
    bits = (f"{byte:08b}" for byte in raw)
    if layout.keyframe.fillorder == 2:  # noqa: PLR2004 - the last bit first
        bits = (eight[::-1] for eight in bits)
    return "".join(bits)


def _bytes(layout: Layout, bits: str) -> bytes:
    """Return a stream of bits, in the order in which they are read, as it is stored."""
    eights = (bits[k : k + 8].ljust(8, "0") for k in range(0, len(bits), 8))
    if layout.keyframe.fillorder == 2:  # noqa: PLR2004 - the last bit first
        eights = (eight[::-1] for eight in eights)
    return bytes(int(eight, 2) for eight in eights)


def _is_ended(raw: bytes) -> bool:
    return raw.rstrip(b"\0").endswith(b"\xff\xd9")


def _jpeg_shape(raw: bytes) -> tuple[int, int] | None:
    """Return the (length, width) that a JPEG stream says; None if it says none.

    The decoder takes memory for what the stream says, whatever the tile is.
    """
    at = 2
    while at + 9 < len(raw) and raw[at] == 0xFF:  # noqa: PLR2004 - of a marker
        marker, size = raw[at + 1], int.from_bytes(raw[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # noqa: PLR2004
            return (
                int.from_bytes(raw[at + 5 : at + 7], "big"),
                int.from_bytes(raw[at + 7 : at + 9], "big"),
            )
        at += 2 + size
    return None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
