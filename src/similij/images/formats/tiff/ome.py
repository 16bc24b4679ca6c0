"""Read in an OME-TIFF's XML which planes lie in which file, and at which page.

Every file of a set carries the XML of the whole set. A file is itself: what is read of
it are the planes that lie in it, unless the set is asked for. The specification is
https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from ....ground.errors import ImageError
from ..reading import cut_short
from .directory import DESCRIPTION, Directories

_AXES = ("t", "z", "c")
"""The leading axes of an image, as everywhere here; the XML's own order is another."""

_MOST_XML = 1 << 28
"""Bytes of a companion file that is still read: more is no XML of a microscope."""


@dataclass(frozen=True, slots=True)
class Planes:
    """A run of planes that follow one another in a file.

    Attributes
    ----------
    file : str
        Name of the file; "" the file that is read.
    page, count : int
        The first page, counted from 0, and how many.
    first : int
        The first plane, counted along the XML's order of dimensions.
    uuid : str
        Of the file; "" where it is not said.
    """

    file: str
    page: int
    count: int
    first: int
    uuid: str


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One image of the XML.

    Attributes
    ----------
    pixels : Element
        Its `Pixels`.
    title : str
        Its name; "" without one.
    sizes : dict
        Lengths of t, z and c; c counts pages, whose samples may be several channels.
    order : str
        The axes as pages follow one another, the fastest first: "zct".
    runs : tuple of Planes
        Where its planes lie.
    """

    pixels: ElementTree.Element
    title: str
    sizes: dict[str, int]
    order: str
    runs: tuple[Planes, ...]

    @property
    def count(self) -> int:
        """How many planes it has."""
        return math.prod(self.sizes.values())

    @property
    def files(self) -> set[str]:
        """The files that it lies in; "" is the one that is read."""
        return {run.file for run in self.runs}

    def place(self, plane: int) -> tuple[int, ...]:
        """Return where a plane is along t, z and c."""
        place = {}
        for axis in self.order:
            plane, place[axis] = divmod(plane, self.sizes[axis])
        return tuple(place[axis] for axis in _AXES)

    def channels(self) -> tuple[str, ...]:
        """Return the names of its channels; those without one by their number."""
        names = [
            channel.get("Name", "") for channel in self.pixels.findall("{*}Channel")
        ]
        if not any(names):
            return ()
        return tuple(name or f"channel {k + 1}" for k, name in enumerate(names))


def is_ome(text: str) -> bool:
    """Whether a description is OME-XML."""
    return text[-16:].rstrip().endswith("OME>") and "<" in text[:16]


def begins(directories: Directories, code: int) -> bool:
    """Whether a description that is cut off by the end of the file begins as XML."""
    at = directories.cut_off[code]
    return directories.memory[at : at + 8].lstrip().startswith((b"<?xml", b"<OME"))


def parse(text: str, file: Path) -> ElementTree.Element | str:
    """Parse OME-XML; where it only points to a companion file, that.

    Returns
    -------
    Element or str
        The root; the name of a companion file that is not beside the image.

    Raises
    ------
    ImageError
        If it is no XML.
    """
    root = _root(text, f'"{file.name}"')
    binary = root.find("{*}BinaryOnly")
    if binary is None:
        return root
    named = PurePosixPath(binary.get("MetadataFile", "").replace("\\", "/")).name
    companion = file.with_name(named) if named else file
    if not named or not companion.is_file() or companion.stat().st_size > _MOST_XML:
        return named
    with companion.open("rb") as opened:
        is_tiff = opened.read(2) in (b"II", b"MM")
    if is_tiff:
        directories = Directories(companion)
        described = directories.text(directories.pages[0], DESCRIPTION)
        directories.close()
    else:
        described = companion.read_text("utf-8", errors="replace")
    root = _root(described, f'"{named}", the companion of "{file.name}",')
    # Which file of the companion's list this is, the stub says and not the companion.
    root.set("UUID", binary.get("UUID", ""))
    return root


def _root(text: str, what: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise ImageError(
            f"{what} has a damaged OME-XML description ({error}): save it again with "
            "the program that made it."
        ) from None


def images_of(root: ElementTree.Element, file: Path, samples: int) -> list[OmeImage]:
    """Return the images that OME-XML describes.

    Parameters
    ----------
    root : Element
        As of `parse`.
    file : Path
        The file that it describes.
    samples : int
        How many samples each of its pixels has.

    Raises
    ------
    ImageError
        If it describes none, or only what lies in files of other names.
    """
    images = []
    for image in root.iterfind("{*}Image"):
        pixels = image.find("{*}Pixels")
        if pixels is not None:
            images.append(_image(image, pixels, file, samples))
    if not images:
        raise ImageError(
            f'"{file.name}" has OME-XML that describes no image: save it again as '
            "TIFF, e.g. in ImageJ."
        )
    return _with_own_name(images, root, file)


def _image(
    image: ElementTree.Element,
    pixels: ElementTree.Element,
    file: Path,
    samples: int,
) -> OmeImage:
    sizes = {axis: _number(pixels, f"Size{axis.upper()}", 1, file) for axis in _AXES}
    if min(sizes.values()) < 1:
        raise ImageError(
            f'"{file.name}" has OME-XML of an image with {sizes["c"]} channels, '
            f"{sizes['z']} slices and {sizes['t']} frames: 1 or more of each are "
            "expected. Save it again with the program that made it."
        )
    if samples > 1 and sizes["c"] % samples == 0:
        sizes["c"] //= samples
    order = pixels.get("DimensionOrder", "XYZCT").lower()[2:]
    if sorted(order) != ["c", "t", "z"]:
        raise ImageError(
            f'"{file.name}" has OME-XML with the order of dimensions '
            f"{pixels.get('DimensionOrder')}: XYZCT or another order of these letters "
            "is expected. Save it again with the program that made it."
        )
    steps = {}
    step = 1
    for axis in order:
        steps[axis] = step
        step *= sizes[axis]
    runs = []
    for entry in pixels.findall("{*}TiffData"):
        first = sum(
            _number(entry, f"First{axis.upper()}", 0, file) * steps[axis]
            for axis in _AXES
        )
        # Without a first page and a number of planes it is all of them, from the first
        # page on; with a first page it is that one.
        whole = entry.get("IFD") is None
        count = _number(entry, "PlaneCount", -1, file)
        if count < 0:
            count = _number(entry, "NumPlanes", -1, file)
        if count < 0:
            count = step - first if whole and entry.get("FirstZ") is None and (
                entry.get("FirstC") is None and entry.get("FirstT") is None
            ) else 1  # fmt: skip
        uuid = entry.find("{*}UUID")
        name = "" if uuid is None else uuid.get("FileName", "")
        key = "" if uuid is None else _bare(uuid.text or "")
        runs.append(
            Planes(
                PurePosixPath(name.replace("\\", "/")).name,
                _number(entry, "IFD", 0, file), count, first, key,
            )
        )  # fmt: skip
    if not runs:  # as writers before 2008 left it: the pages in their order
        runs.append(Planes("", 0, step, 0, ""))
    if any(run.count < 0 or run.first < 0 or run.page < 0 for run in runs) or (
        sum(run.count for run in runs) > step
    ):
        raise ImageError(
            f'"{file.name}" has OME-XML that says where {sum(r.count for r in runs)} '
            f"planes lie, of an image of {step}: save it again with the program that "
            "made it."
        )
    return OmeImage(pixels, image.get("Name", ""), sizes, order, tuple(runs))


def _with_own_name(
    images: list[OmeImage], root: ElementTree.Element, file: Path
) -> list[OmeImage]:
    """Find which of the files that the XML names is this one, and call it ""."""
    runs = [run for image in images for run in image.runs]
    others = [run for run in runs if run.file or run.uuid]
    own = _bare(root.get("UUID", ""))

    # The UUID of a file travels inside it and outlives a change of its name.
    def by_uuid(run: Planes) -> bool:
        return bool(own) and run.uuid == own

    def by_name(run: Planes) -> bool:
        return run.file == file.name

    def any_file(_: Planes) -> bool:
        return True

    tests: list[Callable[[Planes], bool]] = [by_uuid, by_name]
    # A single file of another name, in a description that does not say which file it
    # is in, is this file before somebody gave it another name.
    if not own and len({(run.file, run.uuid) for run in others}) == 1:
        tests.append(any_file)
    chosen = next((test for test in tests if any(map(test, others))), None)
    if chosen is None and others and len(others) == len(runs):
        named = sorted({run.file or run.uuid for run in others})
        raise cut_short(
            file.name,
            f'its OME-XML says that its pixels lie in "{named[0]}"'
            + (f" and {len(named) - 1} other files" if len(named) > 1 else ""),
        )

    def renamed(run: Planes) -> Planes:
        foreign = run in others and not (chosen is not None and chosen(run))
        name = (run.file or run.uuid) if foreign else ""
        return Planes(name, run.page, run.count, run.first, run.uuid)

    return [
        OmeImage(
            image.pixels, image.title, image.sizes, image.order,
            tuple(map(renamed, image.runs)),
        )
        for image in images
    ]  # fmt: skip


def pages_in(image: OmeImage, file: str, name: str, pages: int) -> dict[int, int]:
    """Return which page of a file each plane of an image is, of those that lie there.

    Raises
    ------
    ImageError
        If the file has fewer pages than the XML says, or two planes are one page.
    """
    runs = [run for run in image.runs if run.file == file]
    last = max(run.page + run.count for run in runs)
    if last > pages:
        raise cut_short(name, f"{last} planes are announced, {pages} can be read")
    planes: dict[int, int] = {}
    for run in runs:
        for k in range(run.count):
            planes[run.first + k] = run.page + k
    count = sum(run.count for run in runs)
    if len({*planes.values()}) < count or max(planes) >= image.count:
        raise ImageError(
            f'"{name}" has OME-XML that says of {count} planes where they lie, and '
            f"{len({*planes.values()})} pages are named, of an image of {image.count} "
            "planes: save it again with the program that made it."
        )
    return planes


def grid(
    image: OmeImage, planes: dict[int, int]
) -> tuple[list[int], tuple[int, ...], tuple[str, ...], list[list[int]]]:
    """Lay planes out along t, z and c.

    Returns
    -------
    pages : list of int
        In this order.
    shape, axes : tuple
        Of the axes that are longer than 1; a single one without a known name where the
        planes fill no grid.
    places : list of list of int
        Which frames, slices and channels they are.
    """
    at = {image.place(plane): page for plane, page in planes.items()}
    places = [sorted({place[k] for place in at}) for k in range(3)]
    sizes = [len(values) for values in places]
    pages = [at[place] for place in sorted(at)]
    if math.prod(sizes) != len(at):
        return pages, (len(at),), ("",), places
    long = [k for k in range(3) if sizes[k] > 1]
    return pages, tuple(sizes[k] for k in long), tuple(_AXES[k] for k in long), places


def uuid_of(text: str) -> str:
    """Return the UUID that the root of a description has; "" without one."""
    match = re.search(r"<(?:\w+:)?OME\b[^>]*\bUUID=[\"']([^\"']*)", text)
    return _bare(match.group(1)) if match else ""


def _bare(uuid: str) -> str:
    return uuid.strip().lower().removeprefix("urn:uuid:")


def _number(element: ElementTree.Element, name: str, default: int, file: Path) -> int:
    text = element.get(name)
    try:
        return default if text is None else int(text)
    except ValueError:
        raise ImageError(
            f'"{file.name}" has OME-XML with {name}="{text}": a whole number is '
            "expected. Save it again with the program that made it."
        ) from None
