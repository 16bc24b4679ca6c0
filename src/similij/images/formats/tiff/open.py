"""Open a TIFF: its pages, their bytes and what they mean, as one image."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ....ground.errors import ImageError
from ....ground.heard import heard
from ....ground.types import Array
from ...calibration import Calibration
from ...image import Image, Provenance
from ...lazy_arrays import Stored, lazy_array
from ..alike import Around, Known, remember
from ..reading import Wanted, explained
from .file import OpenTiff, Selection
from .layout import NONE, Layout
from .pages import select
from .plain import PlainPage
from .segments import Stack
from .values import Meaning, float_note, meaning, opacity_note

_BIG_ENDIAN = ">"

_INNER_SAMPLES = 4
"""Which axis of a page the samples of a pixel are that lie beside one another."""


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read the image in a TIFF, or open it in parts.

    Parameters
    ----------
    path : Path
        A file that begins as a TIFF does.
    wanted : Wanted
        What of it, and how much is read at once.

    Raises
    ------
    ImageError
        If its pixels are not all there, their meaning is not known, or it holds several
        images and none is named.
    """
    with explained(path), _heard() as records:
        stack, rule, selection, around = _opened(path, wanted)
        try:
            values = Values(stack, rule)
            shape = values.shape
            size = math.prod(shape) * values.dtype.itemsize
            if size > wanted.most:
                stored = Stored(
                    partial(_reopened, path.absolute(), wanted),
                    shape, values.dtype, values.chunks,
                )  # fmt: skip
                pixels = lazy_array(stored)
                looked = ["has an alpha channel: it was left out"] if rule.alpha else []
            else:
                pixels = values[tuple(slice(0, n) for n in shape)]
                looked = _opacity(selection) if rule.alpha else []
                looked += float_note(pixels)
        finally:
            stack.close()
        remarks = [*selection.remarks, *rule.remarks, *_judged(records, path)]
    axes = _axes(stack, rule, selection, values.order)
    image = Image(
        pixels,
        axes=axes,
        title=path.name,
        calibration=_at_level(selection),
        channels=_channels(axes, shape, rule, selection),
        values=rule.values,
        provenance=Provenance(
            path=str(path),
            reader=_reader(stack.layout),
            stored=_stored(stack),
            series=selection.series,
            level=wanted.level,
            notes=(*selection.notes, *rule.notes, *looked),
            remarks=tuple(remarks),
        ),
    )
    if around is not None and not (image.is_lazy or records):
        _remember(path, wanted, stack, values, image, around, len(looked))
    return image


def _remember(
    path: Path,
    wanted: Wanted,
    stack: Stack,
    values: Values,
    image: Image,
    around: Around,
    looked: int,
) -> None:
    """Keep what is known of a file for the next one that is the same but for pixels.

    `looked` is how many of its notes, the last ones, are about its own pixels.
    """
    origin = image.provenance
    notes = origin.notes[: len(origin.notes) - looked]
    order = stack.layout.keyframe.parent.byteorder
    known = Known(
        around,
        shape=stack.shape,
        dtype=stack.dtype.newbyteorder(order),
        made=values.made,
        noted=float_note,
        image=image.with_pixels(_NO_PIXELS, "", replace(origin, path="", notes=notes)),
    )
    remember(path, wanted, known)


_NO_PIXELS = np.empty(0, np.uint8)


class Values:
    """The values of an image, made of the recorded numbers part by part.

    Samples of a pixel that are channels come before y and x, as planes that are apart
    have them: an array without names of axes is matched by their order.
    """

    def __init__(self, stack: Stack, rule: Meaning) -> None:
        self._stack, self._rule, self.dtype = stack, rule, rule.dtype
        lead = len(stack.leading)
        self.order = [*range(stack.ndim)]
        if rule.axis == "c" and stack.kept[-1] == _INNER_SAMPLES:
            self.order.insert(lead, self.order.pop())
        self.shape = tuple(stack.shape[k] for k in self.order)

    @property
    def chunks(self) -> tuple[int, ...]:
        """Lengths of a part that is worth reading at once, as of the stack."""
        chunks = self._stack.chunks
        return tuple(chunks[k] for k in self.order)

    def __getitem__(self, index: Sequence[slice]) -> Array:
        stored = [index[self.order.index(k)] for k in range(len(self.order))]
        return self.made(self._stack[stored])

    def made(self, numbers: Array) -> Array:
        """Make values of the recorded numbers of a part of the stack."""
        values = np.ascontiguousarray(numbers.transpose(self.order))
        make = self._rule.make
        return values if make is None else make(values)


class _Opened(NamedTuple):
    stack: Stack
    rule: Meaning
    selection: Selection
    around: Around | None
    """The bytes before and behind the pixels, where the image follows from them."""


def _opened(path: Path, wanted: Wanted) -> _Opened:
    with OpenTiff(path) as file:
        selection = select(file, wanted)
        rule = meaning(
            selection.pages[0].layout.keyframe,
            path.name,
            selection.about,
            selection.colors,
            indices=wanted.indices,
        )
        stack = Stack(selection.pages, selection.leading, rule.samples)
        run = stack.run if selection.alone and not rule.alpha else None
        around = None if run is None else file.directories.around(*run)
        if around is not None and not file.is_plain:
            around = around._replace(text=None)  # of which tifffile may know more
    return _Opened(stack, rule, selection, around)


def _reopened(path: Path, wanted: Wanted) -> tuple[Any, Any]:
    """Open a file in the process that reads parts of it."""
    with explained(path), _heard():
        stack, rule, *_ = _opened(path, wanted)
    return _Explained(Values(stack, rule), path), stack.close


class _Explained:
    """Values whose file says in a sentence what is wrong with it."""

    def __init__(self, values: Values, path: Path) -> None:
        self._values, self._path = values, path

    def __getitem__(self, index: Sequence[Any]) -> Array:
        with explained(self._path), _heard():
            return self._values[index]


def _opacity(selection: Selection) -> list[str]:
    """Look at an alpha channel and say whether it hides anything."""
    page = selection.pages[0].layout
    every = int(page.keyframe.samplesperpixel)
    stack = Stack(selection.pages, selection.leading, every)
    at = len(selection.leading) + stack.kept.index(0 if page.shape[0] > 1 else 4)
    last = [slice(0, n) for n in stack.shape]
    last[at] = slice(every - 1, every)
    try:
        return opacity_note(stack[last])
    finally:
        stack.close()


def _axes(
    stack: Stack, rule: Meaning, selection: Selection, order: Sequence[int]
) -> tuple[str, ...]:
    """Name the axes; () where it is not known of any stack which it is."""
    names = (rule.axis, "z", "y", "x", rule.axis)
    page = tuple(names[k] for k in stack.kept)
    lead = list(selection.axes)
    if lead and not any(lead) and page == ("y", "x"):
        return ()
    # ImageJ calls what has no name slices; a second such axis keeps a number.
    if lead.count("") == 1 and "z" not in (*lead, *page):
        lead[lead.index("")] = "z"
    lead = [axis or f"axis_{k}" for k, axis in enumerate(lead)]
    twice = next((axis for axis in page if axis in lead), None)
    if twice is not None:
        what = {"c": "channels", "z": "slices"}.get(twice, twice)
        raise ImageError(
            f'"{selection.pages[0].file.name}" has {what} as pages, and pages that '
            f"have {what} of their own: save it with each as a page, e.g. in Fiji."
        )
    axes = (*lead, *page)
    return tuple(axes[k] for k in order)


def _channels(
    axes: tuple[str, ...], shape: tuple[int, ...], rule: Meaning, selection: Selection
) -> tuple[str, ...]:
    if "c" not in axes:
        return ()
    count = shape[axes.index("c")]
    for names in (selection.channels, rule.channels):
        if len(names) == count:
            return names
    return ()


def _at_level(selection: Selection) -> Calibration:
    """Return the size of a pixel of the level; the file has that of the finest."""
    size, unit, frame_s = selection.calibration
    if size is None or selection.shrunk == (1.0, 1.0):
        return selection.calibration
    y, x = selection.shrunk
    steps = (size[0] * x, size[1] * y, *size[2:])
    return Calibration(steps, unit, frame_s)


def _reader(layout: Layout) -> str:
    if isinstance(layout.keyframe, PlainPage):
        return "similij"
    import tifffile

    return f"tifffile {tifffile.__version__}"


def _stored(stack: Stack) -> str:
    layout = stack.layout
    page = layout.keyframe
    compressed = "uncompressed" if layout.compression == NONE else layout.compressed
    order = "big" if page.parent.byteorder == _BIG_ENDIAN else "little"
    count = len(stack.pages)
    pages = "1 page" if count == 1 else f"{count} pages"
    cut = "tiles" if layout.tiled else "strips"
    return f"{layout.bits} bit, {order}-endian, {compressed}, {pages} in {cut}"


@contextmanager
def _heard() -> Iterator[list[logging.LogRecord]]:
    """Collect what tifffile logs in this thread: it is judged, not silenced."""
    # tifffile divides what stands in metadata, 0 by 0 too; no pixel is divided.
    with heard("tifffile") as records, np.errstate(divide="ignore", invalid="ignore"):
        yield records


_HARMLESS = (
    # Places and lengths of strips are counted and checked in `segments`.
    r"incorrect Strip(ByteCounts|Offsets) count",
    r"missing (data )?(ByteCounts|offset) tag",
    # JPEG 2000 and the like have no predictor: libtiff overlooks it too.
    r"ignoring predictor",
    # What a file says of pixels without data is for geographers; none is taken out.
    r"parsing GDAL_NODATA tag",
)
"""What tifffile warns of, and what does not touch a pixel or is checked here."""

_BESIDE = (
    # Tags that the pixels depend on were read before, and refused if damaged.
    (r"TiffTag", "has a tag that cannot be read; no pixel depends on it"),
    (r"imagej_metadata|read_uic1tag", "has metadata that cannot be read"),
)
"""What is said of a file, for whoever looks for a reason."""


def _judged(records: Sequence[logging.LogRecord], path: Path) -> list[str]:
    """Return the remarks that tifffile's warnings are worth.

    Raises
    ------
    ImageError
        If it logged an error of which it is not known that no pixel is touched.
    """
    remarks: list[str] = []
    for record in records:
        text = record.getMessage()
        if record.levelno < logging.WARNING:
            continue
        if any(re.search(harmless, text) for harmless in _HARMLESS):
            continue
        words = next((say for what, say in _BESIDE if re.search(what, text)), None)
        if words is None:
            reason = re.sub(r"^<[^>]*>\s*", "", " ".join(text.split()))
            if record.levelno >= logging.ERROR:
                raise ImageError(
                    f'"{path.name}" is damaged (tifffile: {reason}): save it again '
                    "with the program that made it."
                )
            words = f'has what tifffile warns of: "{reason}"'
        if words not in remarks:
            remarks.append(words)
    return remarks
