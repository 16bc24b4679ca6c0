"""Tell which pages of which files are the image that OME-XML describes."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from ....ground.errors import ImageError
from ...calibration import of_ome
from ..reading import Wanted, cut_short, which_series
from . import ome
from .directory import Directory
from .file import OpenTiff, Selection, finished
from .layout import Layout, Page


def of_ome_xml(file: OpenTiff, wanted: Wanted, root: Element) -> Selection:
    """Select the planes that lie in this file; of a set that is asked for, all.

    Raises
    ------
    ImageError
        If planes or files are missing, or several images are here and none is named.
    """
    name, count = file.name, len(file.directories.pages)
    layout = file.layout(file.directories.pages[0])
    samples = int(layout.keyframe.samplesperpixel)
    images = ome.images_of(root, file.path, samples)
    own = [image for image in images if "" in image.files]
    if wanted.series is not None:
        image = images[which_series(name, wanted, len(images)) - 1]
    elif wanted.whole_set and len(images) == 1:
        image = images[0]
    elif len(own) == 1:
        image = own[0]
    else:
        titles = ", ".join(f'"{image.title}"' for image in own[:4] if image.title)
        raise ImageError(
            f'"{name}" holds {len(own)} images{f" ({titles})" if titles else ""}: say '
            f"which with series=1 to {len(images)}, or save the one to compare as a "
            "file of its own."
        )
    whole = wanted.whole_set or wanted.series is not None
    selection = Selection([], calibration=of_ome(image.pixels))
    if len(images) > 1:
        number = images.index(image) + 1
        selection.series = f"{number} of {len(images)}" + (
            f', "{image.title}"' if image.title else ""
        )
    others = sorted(image.files - {""})
    planes = ome.pages_in(image, "", name, count) if "" in image.files else {}
    if not others or whole:
        described_planes = sum(run.count for run in image.runs)
        if described_planes < image.count:
            raise cut_short(
                name,
                f"{image.count} planes are announced, {described_planes} can be read",
            )
    if others and whole:
        _add_files(file, wanted, image, planes, others, selection)
        return selection
    if others:
        selection.remarks.append(
            f"is one file of a set of {len(others) + 1} (OME-TIFF): read as the "
            f"{len(planes)} of {image.count} planes that lie in it"
        )
    numbers, selection.leading, selection.axes, places = ome.grid(image, planes)
    finest = [file.directories.pages[k] for k in numbers]
    _check_alike(file, finest)
    finished(file, wanted, finest, selection)
    _name_channels(selection, image, places)
    used = {
        run.page + k
        for other in images
        for run in other.runs
        if not run.file
        for k in range(min(run.count, count))
    }
    left = [
        page
        for k, page in enumerate(file.directories.pages)
        if k not in used and not file.directories.is_reduced(page)
    ]
    if left:
        selection.notes.append(
            f"has {len(left)} pages more than its OME-XML describes: they were left out"
        )
    _compare_type(selection, image, layout)
    return selection


def _check_alike(file: OpenTiff, pages: list[Directory]) -> None:
    looks = {file.directories.look(page) for page in pages}
    if len(looks) > 1:
        raise ImageError(
            f'"{file.name}" has pages of {len(looks)} different sizes or types in one '
            "image of its OME-XML: all must be the same. Save it again with the "
            "program that made it."
        )


def _name_channels(
    selection: Selection, image: ome.OmeImage, places: list[list[int]]
) -> None:
    names = image.channels()
    if len(names) < max(places[2], default=0) + 1:
        return
    if "c" in selection.axes:
        selection.channels = tuple(names[k] for k in places[2])
    elif image.sizes["c"] == 1:  # of the samples of a pixel, if those are channels
        selection.channels = names
    else:
        selection.remarks.append(f"is channel {names[places[2][0]]}")


def _compare_type(selection: Selection, image: ome.OmeImage, layout: Layout) -> None:
    types = {"bit": "bool", "float": "float32", "double": "float64"}
    said = image.pixels.get("Type") or image.pixels.get("PixelType") or ""
    said, dtype = types.get(said.lower(), said.lower()), str(layout.keyframe.dtype)
    if said and said != dtype:
        selection.notes.append(
            f"has pages of {dtype}, and its OME-XML says {said}: read as the pages say"
        )


def _add_files(
    file: OpenTiff,
    wanted: Wanted,
    image: ome.OmeImage,
    planes: dict[int, int],
    others: list[str],
    selection: Selection,
) -> None:
    """Read the planes of an image from all files of its set."""
    missing = [other for other in others if not file.path.with_name(other).is_file()]
    if missing:
        raise ImageError(
            f'"{file.name}" is one file of a set of {len(others) + 1}, and '
            f"{len(missing)} of {len(others) + 1} files are not here ("
            f"{missing[0]}{', ...' if len(missing) > 1 else ''}): put them beside it."
        )
    of_plane: dict[int, Page] = {}
    sources = [("", file.path, planes)] if planes else []
    looks: set[tuple[Any, ...]] = set()
    for other in others:
        sources.append((other, file.path.with_name(other), {}))
    for key, path, own in sources:
        opened = file if not key else OpenTiff(path)
        try:
            chain = opened.directories.pages
            pages = own
            if key:
                _check_uuid(opened, image, key)
                pages = ome.pages_in(image, key, path.name, len(chain))
            # tifffile closes its file, and what it has read of it stays.
            part = Selection([])
            finished(opened, wanted, [chain[k] for k in pages.values()], part)
            selection.shrunk, selection.colors = part.shrunk, part.colors
            of_plane.update(zip(pages, part.pages, strict=True))
            looks |= {
                (page.layout.shape, str(page.layout.keyframe.dtype))
                for page in part.pages
            }
        finally:
            if key:
                opened.__exit__()
    if len(looks) > 1:
        raise ImageError(
            f'"{file.name}" and the other files of its set have planes of '
            f"{len(looks)} different sizes or types: all must be the same."
        )
    order = sorted(of_plane)
    numbers, selection.leading, selection.axes, places = ome.grid(
        image, {plane: k for k, plane in enumerate(order)}
    )
    selection.pages = [of_plane[order[k]] for k in numbers]
    _name_channels(selection, image, places)
    selection.remarks.append(
        f"is a set of {len(others) + 1} files (OME-TIFF), all read"
    )


def _check_uuid(opened: OpenTiff, image: ome.OmeImage, key: str) -> None:
    wanted = {run.uuid for run in image.runs if run.file == key and run.uuid}
    found = ome.uuid_of(opened.described)
    if found and wanted and found not in wanted:
        raise ImageError(
            f'"{opened.name}" beside the image is not the file of that name in its set '
            "(their UUIDs differ): put the set's own file there."
        )
