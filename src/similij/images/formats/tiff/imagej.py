"""Tell which pages an ImageJ header means, and along which axes they lie.

As ImageJ 1.54p reads it (`TiffDecoder`, `Opener.openTiffStack`,
`FileOpener.setCalibration`): it takes as many planes as the header says, one behind the
other. Where that would be bytes that are no pixels, as of pages that do not follow one
another, the pages are read that are described.
"""

from __future__ import annotations

import math
import re

import numpy as np

from ...calibration import of_imagej
from ..reading import Wanted, check_level, cut_short, which_series
from .directory import ORIENTATION
from .file import OpenTiff, Selection, finished, first_alike, groups_of
from .layout import NONE, Page


def properties(text: str) -> dict[str, str]:
    r"""Read the properties in ImageJ's description.

    Examples
    --------
    >>> properties("ImageJ=1.54p\nimages=3\nunit=\\u00b5m\n")
    {'ImageJ': '1.54p', 'images': '3', 'unit': 'µm'}
    """
    pairs = (line.partition("=") for line in text.splitlines())

    def unescaped(value: str) -> str:
        return re.sub(
            r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), value
        ).lstrip()

    return {key.strip(): unescaped(value) for key, sign, value in pairs if sign}


def is_mixed(file: OpenTiff, about: dict[str, str]) -> bool:
    """Whether there are pages of other kinds that the header does not leave out."""
    alike = len(first_alike(file))
    return len(groups_of(file)) > 1 and not 1 < _whole(about, "images") <= alike


def of_imagej_header(
    file: OpenTiff, wanted: Wanted, about: dict[str, str]
) -> Selection:
    """Select the planes that an ImageJ header means.

    Raises
    ------
    ImageError
        If there are fewer than it says.
    """
    which_series(file.name, wanted, 1)
    first = file.directories.pages[0]
    selection = Selection([], about=about)
    selection.calibration = of_imagej(about, *file.resolution())
    announced = max(1, _whole(about, "images"))
    alike = first_alike(file)
    compressed = file.layout(first).compression != NONE
    # A program that adds this tag has written the pages anew, so ImageJ looks at all.
    by_pages = announced == 1 or compressed or ORIENTATION in first.tags
    count = len(alike) if by_pages else min(announced, len(alike))
    if count < announced and not (count == 1 and _stands_alone(file)):
        if count > 1:
            raise cut_short(
                file.name, f"{announced} planes are announced, {count} can be read"
            )
        check_level(file.name, wanted, 1)
        (page,) = file.pages(alike)
        selection.pages = file.planes_after(page, announced)
        # As bytes that follow a plane, ImageJ's own description was taken for a plane.
        file.check(selection.pages, file.directories.described())
        selection.colors = file.palette(alike)
        _lay_out(selection, about, announced)
        return selection
    finished(file, wanted, alike[:count], selection)
    _lay_out(selection, about, count, swapped=compressed or ORIENTATION in first.tags)
    selection.channels = _labels(file, selection)
    header = f"and its ImageJ header says {announced}"
    if count < announced:
        selection.notes.append(f"has 1 plane, {header}, of the file it was made of")
    elif count < len(alike):
        selection.notes.append(
            f"has {len(alike)} pages, {header}: as in ImageJ, the first {count} were "
            "read"
        )
    elif 1 < announced < count:
        selection.notes.append(
            f"has {count} pages, {header}: as in ImageJ, all were read"
        )
    if not by_pages and _is_scattered(selection.pages):
        selection.notes.append(
            "has pages that do not follow one another as ImageJ takes them to do, "
            "which shows other bytes: read as described"
        )
    return selection


def _stands_alone(file: OpenTiff) -> bool:
    """Whether no planes can have followed the one that is described.

    ImageJ puts the directory first and the planes behind it, to the end of the file: a
    file of its that was cut short has lost its end. Where the directory, or the first
    value of its tags, lies behind a single plane, nothing was lost, and the number of
    planes in the header is that of the file that another program made it of.
    """
    (page,) = file.pages(first_alike(file))
    last = int((page.offsets + page.counts).max())
    behind = [place for place in file.directories.described() if place >= last]
    return bool(behind) and behind[0] - last < page.layout.decoded


def _is_scattered(pages: list[Page]) -> bool:
    """Whether there are other bytes between planes."""
    begin = np.array([page.begin for page in pages])
    return bool((np.diff(begin) != pages[0].layout.decoded).any())


def misread_by_imagej(pages: list[Page]) -> list[str]:
    """Return a note if ImageJ 1.54p shows other bytes as the pixels of these pages.

    Found by opening files of each kind in it; those that it refuses to open are none of
    these.
    """
    layout = pages[0].layout
    bits, compression, width = layout.bits, layout.compression, layout.shape[3]
    predictor = int(layout.keyframe.predictor)
    deflated = compression in (8, 32946)
    reasons = {
        f"it overlooks that its {bits}-bit pixels are compressed": (
            bits in (1, 10, 12) and (deflated or compression == 32773)  # noqa: PLR2004
        ),
        "it reads rows of 10 bit as if they did not begin a byte": (
            bits == 10 and width % 4 and compression == NONE  # noqa: PLR2004
        ),
        "it takes pages of 12 bit to be shorter": (
            bits == 12 and width % 2 and len(pages) > 1  # noqa: PLR2004
        ),
        "it leaves out the fourth sample of several pages": (
            bits == 16 and layout.inner == 4 and len(pages) > 1  # noqa: PLR2004
        ),
        "it mixes four samples that are kept apart": (
            bits == 8 and layout.shape[0] == 4  # noqa: PLR2004
        ),
        "it overlooks that it is JPEG": compression == 7 and width < 500,  # noqa: PLR2004
        "it does not undo the predictor of 32-bit values": (
            bits == 32 and predictor != 1 and (deflated or compression == 5)  # noqa: PLR2004
        ),
        "it takes strips to follow one another": (
            compression == NONE
            and not layout.tiled
            and layout.inner == 1
            and bits in (1, 8, 10, 12)
            and not all(page.is_contiguous for page in pages)
        ),
    }
    return [
        f"is opened by ImageJ with other values ({reason}): here as recorded"
        for reason, holds in reasons.items()
        if holds
    ]


def _lay_out(
    selection: Selection, about: dict[str, str], count: int, *, swapped: bool = False
) -> None:
    """Lay planes out as ImageJ's header says, if its numbers multiply to them."""
    if count == 1:
        return
    sizes = {
        axis: max(1, _whole(about, word))
        for axis, word in (("t", "frames"), ("z", "slices"), ("c", "channels"))
    }
    if math.prod(sizes.values()) != count:
        if any(size > 1 for size in sizes.values()):
            product = " × ".join(str(sizes[axis]) for axis in "czt")
            selection.notes.append(
                f"has {count} planes, and its ImageJ header says {product} channels, "
                "slices and frames: as in ImageJ, they were read as slices"
            )
        sizes = {"z": count}
    order = ["t", "z", "c"]
    if swapped and "zct" in about.get("order", ""):
        order = ["t", "c", "z"]
    long = [axis for axis in order if sizes.get(axis, 1) > 1]
    selection.axes = tuple(long)
    selection.leading = tuple(sizes[axis] for axis in long)


def _labels(file: OpenTiff, selection: Selection) -> tuple[str, ...]:
    """Return the labels of slices where they are names of channels."""
    if "c" not in selection.axes:
        return ()
    if file.is_plain:
        return ()  # it has no such tag
    tag = file.tiff.pages.first.tags.get(50839)  # IJMetadata
    labels = tag.value.get("Labels", []) if tag and isinstance(tag.value, dict) else []
    if len(labels) != math.prod(selection.leading):
        return ()
    at = selection.axes.index("c")
    table = np.moveaxis(np.array(labels, object).reshape(selection.leading), at, 0)
    names = [{str(label) for label in row.flat} for row in table]
    if any(len(name) != 1 for name in names):
        return ()  # labels that differ within a channel are of slices and frames
    return tuple(name.pop() for name in names)


def _whole(about: dict[str, str], key: str) -> int:
    try:
        return int(float(about.get(key, 0)))
    except (ValueError, OverflowError):
        return 0
