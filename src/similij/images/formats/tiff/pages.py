"""Tell which pages of a TIFF are the image, in which order, and along which axes.

A header of ImageJ or OME-XML says so. A file without one is a stack of its pages, as
ImageJ opens it; of the formats of some makers tifffile knows more.
"""

from __future__ import annotations

import json
import math

from ....ground.errors import ImageError
from ...calibration import Calibration, of_imagej, of_resolution
from ..reading import Wanted, check_level, cut_short, which_series
from . import ome
from .directory import DESCRIPTION, METAMORPH, ORIENTATION, Directory
from .file import OpenTiff, Selection, finished, groups_of, mixed, shrunk
from .imagej import (
    is_mixed,
    misread_by_imagej,
    of_imagej_header,
    properties,
)
from .layout import Layout, page_of
from .ome_pages import of_ome_xml

_VENDORS = ("lsm", "stk", "svs", "scn", "ndpi", "bif", "avs", "philips", "qpi")
"""Kinds of TIFF of which tifffile knows which pages are the image and which are
thumbnails, labels and overviews. Those of which ImageJ knows no more than that they are
stacks (FluoView, ScanImage, ...) are read as stacks."""


def select(file: OpenTiff, wanted: Wanted) -> Selection:
    """Tell which pages of a file are the image that is wanted.

    Raises
    ------
    ImageError
        If pages are missing, or it is not known which image is meant.
    """
    described = file.described
    cut_off = DESCRIPTION in file.directories.cut_off
    if cut_off and not ome.begins(file.directories, DESCRIPTION):
        # A header of ImageJ says what values mean and how many planes there are.
        raise cut_short(
            file.name, f"it has {file.size} bytes, and its description ends behind them"
        )
    vendor = not file.is_plain and any(
        getattr(file.tiff, f"is_{kind}", False) for kind in _VENDORS
    )
    if vendor:
        selection = _of_vendor(file, wanted)
    elif ome.is_ome(described):
        root = ome.parse(described, file.path)
        if isinstance(root, str):
            selection = _of_pages(file, wanted)
            selection.notes.append(
                f'is described in "{root}", which is not beside it: read as its pages'
            )
        else:
            selection = of_ome_xml(file, wanted, root)
    elif described.startswith("ImageJ"):
        about = properties(described)
        if is_mixed(file, about):
            selection = _of_pages(file, wanted)
            selection.about = about
            selection.calibration = of_imagej(about, *file.resolution())
        else:
            selection = of_imagej_header(file, wanted, about)
        selection.alone = True
    else:
        selection = _of_pages(file, wanted)
        selection.alone = True
    selection.notes += misread_by_imagej(selection.pages)
    if cut_off:
        selection.notes.append(
            "has OME-XML that ends with the file, which is cut short there: read as "
            "its pages"
        )
    if file.directories.number(file.directories.pages[0], ORIENTATION, 1) != 1:
        selection.remarks.append(
            "is to be shown turned (tag Orientation), which ImageJ overlooks: read as "
            "stored"
        )
    return selection


def _of_pages(file: OpenTiff, wanted: Wanted) -> Selection:
    groups = groups_of(file)
    if wanted.series is None and len(groups) > 1:
        raise mixed(file, groups)
    pages = groups[which_series(file.name, wanted, len(groups)) - 1]
    selection = Selection([], calibration=of_resolution(*file.resolution()))
    if len(groups) > 1:
        selection.series = f"{wanted.series} of {len(groups)}"
    count = len(pages)
    shape, axes, truncated = _shape_said(file, pages[0])
    if not shape and count == 1 and METAMORPH in pages[0].tags:
        # Without UIC1, of which tifffile tells a STK; ImageJ does of this one.
        shape, axes, truncated = (pages[0].tags[METAMORPH].many,), ("",), True
    wanted_pages = math.prod(shape)
    if shape and wanted_pages > count:
        if not truncated or count > 1:
            raise cut_short(
                file.name, f"{wanted_pages} planes are announced, {count} can be read"
            )
        check_level(file.name, wanted, 1)
        selection.pages = file.planes_after(file.pages(pages)[0], wanted_pages)
        file.check(selection.pages)
        selection.colors = file.palette(pages)
    else:
        finished(file, wanted, pages, selection)
    if shape and wanted_pages >= count:
        long = [k for k, n in enumerate(shape) if n > 1]
        selection.leading = tuple(shape[k] for k in long)
        selection.axes = tuple(axes[k] for k in long)
    elif count > 1:
        selection.leading, selection.axes = (count,), ("",)
        if shape:
            selection.remarks.append(
                f"has {count} pages that were written {wanted_pages} at a time: as in "
                "ImageJ, they are one stack"
            )
    return selection


def _shape_said(
    file: OpenTiff, page: Directory
) -> tuple[tuple[int, ...], tuple[str, ...], bool]:
    """Return the leading axes that tifffile wrote in a description; () without."""
    text = file.directories.text(page, DESCRIPTION)
    if not text.startswith('{"shape":'):
        return (), (), False
    try:
        about = json.loads(text)
        shape = tuple(int(n) for n in about["shape"])
    except (ValueError, TypeError, KeyError):
        return (), (), False
    own = tuple(int(n) for n in file.layout(page).keyframe.shape)
    lead = len(shape) - len(own)
    if lead < 0 or shape[lead:] != own or min(shape, default=0) < 1:
        return (), (), False
    axes = str(about.get("axes", ""))
    names = [
        axis.lower() if axis in "TZC" else "" if axis in "QI" else axis for axis in axes
    ]
    if len(names) != len(shape):
        names = [""] * len(shape)
    # One axis of length 1 more stands for no leading axis at all.
    return (
        (shape[:lead] or (1,)),
        tuple(names[:lead] or ("",)),
        bool(about.get("truncated")),
    )


_LETTERS = {"T": "t", "Z": "z", "C": "c", "S": "s", "I": "", "Q": ""}


def _of_vendor(file: OpenTiff, wanted: Wanted) -> Selection:
    """Select the pages that tifffile knows of, in a format of a microscope's maker."""
    series = file.tiff.series
    # The first is the image; others are its thumbnail, label and overview.
    finest = series[which_series(file.name, wanted, len(series)) - 1]
    check_level(file.name, wanted, len(finest.levels))
    shown = finest.levels[wanted.level]
    layout = Layout(shown.keyframe, file.name)
    selection = Selection([])
    if len(series) > 1 and wanted.series is not None:
        selection.series = f"{wanted.series} of {len(series)}"
    shape = tuple(int(n) for n in shown.get_shape(squeeze=False))
    axes = shown.get_axes(squeeze=False)
    lead = len(shape) - len(shown.keyframe.shape)
    if lead < 0 or shape[lead:] != tuple(shown.keyframe.shape):
        raise ImageError(
            f'"{file.name}" has pages of {shown.keyframe.shape} and is described as '
            f"{axes} {shape}: save it as TIFF with the program that made it."
        )
    planes = math.prod(shape[:lead])
    pages = [
        page_of(
            layout, (page.dataoffsets, page.databytecounts), file.size, file.path, k
        )
        for k, page in enumerate(shown.pages, 1)
        if page is not None
    ]
    if len(pages) == 1 and planes > 1:
        pages = file.planes_after(pages[0], planes)
    if len(pages) != planes or not pages:
        raise cut_short(
            file.name, f"{planes} planes are announced, {len(pages)} can be read"
        )
    selection.pages = pages
    file.check(pages)
    long = [k for k in range(lead) if shape[k] > 1]
    selection.leading = tuple(shape[k] for k in long)
    selection.axes = tuple(_LETTERS.get(axes[k], axes[k]) for k in long)
    if shown.keyframe.photometric == 3:  # noqa: PLR2004 - a palette
        selection.colors = file.palette(file.directories.pages[:1])
    if wanted.level:
        selection.shrunk = shrunk(Layout(finest.keyframe, file.name), layout)
    if file.tiff.is_lsm:
        about = file.tiff.lsm_metadata or {}
        steps = [float(about.get(f"VoxelSize{axis}", 0)) * 1e6 for axis in "XYZ"]
        if min(steps[:2]) > 0:
            steps = steps if steps[2] > 0 else steps[:2]
            selection.calibration = Calibration(tuple(steps), "µm")
    return selection
