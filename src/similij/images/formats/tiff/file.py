"""Open a TIFF: its pages as they are described, checked, and how each is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ....ground.errors import ImageError
from ...calibration import UNKNOWN, Calibration
from ..reading import Wanted, check_level, cut_short
from .directory import (
    COLOR_MAP,
    DESCRIPTION,
    RESOLUTION_UNIT,
    SUB_IFDS,
    X_RESOLUTION,
    Y_RESOLUTION,
    Directories,
    Directory,
)
from .layout import NONE, Layout, Page, check_room, page_of
from .plain import plain_page


@dataclass(slots=True)
class Selection:
    """The pages that are an image.

    Attributes
    ----------
    pages : list of Page
        In the order of the leading axes.
    leading, axes : tuple
        Lengths and names of the axes before those of a page; "" without a name.
    about : dict or None
        The properties in ImageJ's description; None of a file of another program.
    colors : ndarray of uint16 or None
        The palette, (red green blue, entries).
    calibration : Calibration
        Of the finest level.
    channels : tuple of str
        Names, of the leading axis c or of the samples of a pixel.
    series : str
        Which of several images it is.
    shrunk : tuple of float
        (y, x): how many times larger pixels are than those of the finest level.
    notes, remarks : list of str
        As of `Provenance`.
    alone : bool
        Whether all of it follows from this file, and none from others or a name.
    """

    pages: list[Page]
    leading: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()
    about: dict[str, str] | None = None
    colors: Any = None
    calibration: Calibration = UNKNOWN
    channels: tuple[str, ...] = ()
    series: str = ""
    shrunk: tuple[float, float] = (1.0, 1.0)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    alone: bool = False


class OpenTiff:
    """A TIFF file, its directories checked, with tifffile's view where needed."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.directories = Directories(path)
        self.size = self.directories.size
        self._tiff: Any = None
        self._layouts: dict[bytes, Layout] = {}
        try:
            self._first = plain_page(self.directories, self.directories.pages[0])
            if self._first is not None:
                layout = Layout(self._first, self.name)
                self._layouts[self.directories.pages[0].kind] = layout
            else:
                _ = self.tiff  # refuses what is damaged for it, before anything else
        except BaseException:
            self.directories.close()
            raise

    def __enter__(self) -> OpenTiff:
        return self

    def __exit__(self, *_: object) -> None:
        self.directories.close()
        if self._tiff is not None:
            self._tiff.close()

    @property
    def tiff(self) -> Any:
        """The file as tifffile sees it, which takes longer than all else here."""
        import tifffile

        if self._tiff is None:
            self._tiff = tifffile.TiffFile(self.path)
        return self._tiff

    @property
    def is_plain(self) -> bool:
        """Whether tifffile knows no more of the first page than its tags say."""
        return self._first is not None

    @property
    def described(self) -> str:
        """The description of the first page."""
        return self.directories.text(self.directories.pages[0], DESCRIPTION)

    def layout(self, page: Directory) -> Layout:
        """Return how a page is stored; one for all pages that are stored alike."""
        if page.kind not in self._layouts:
            described = plain_page(self.directories, page) or self._by_tifffile(page)
            self._layouts[page.kind] = Layout(described, self.name)
        return self._layouts[page.kind]

    def _by_tifffile(self, page: Directory) -> Any:
        import tifffile

        first = self.tiff.pages.first
        if page.offset == first.offset:
            return first
        self.tiff.filehandle.seek(page.offset)
        return tifffile.TiffPage(self.tiff, index=1)

    def pages(self, directories: Sequence[Directory]) -> list[Page]:
        """Return pages whose strips or tiles are all there."""
        numbers = {d.offset: k + 1 for k, d in enumerate(self.directories.pages)}
        return [
            page_of(
                self.layout(page),
                self.directories.places(page),
                self.size,
                self.path,
                numbers.get(page.offset, k + 1),
            )
            for k, page in enumerate(directories)
        ]

    def check(self, pages: Sequence[Page], extra: Sequence[int] = ()) -> None:
        """Refuse pages for whose pixels this file has no room."""
        offsets = [page.offset for page in self.directories.pages]
        check_room(pages, sorted({*offsets, *extra}))

    def planes_after(self, first: Page, count: int) -> list[Page]:
        """Return planes of which only the first is described; they follow it.

        Raises
        ------
        ImageError
            If the file ends before them.
        """
        layout = first.layout
        if layout.compression != NONE or not first.is_contiguous:
            raise cut_short(self.name, f"{count} planes are announced, 1 can be read")
        last = first.begin + count * layout.decoded
        if last > self.size:
            held = max(1, (self.size - first.begin) // layout.decoded)
            raise cut_short(
                self.name, f"{count} planes are announced, {held} can be read"
            )
        steps = np.arange(count)[:, None] * layout.decoded
        return [
            Page(layout, offsets, first.counts, self.path, k + 1)
            for k, offsets in enumerate(first.offsets + steps)
        ]

    def levels(self, finest: Sequence[Directory]) -> list[list[Directory]]:
        """Return the pages of each level of a pyramid, the finest first."""
        levels = [list(finest)]
        below = [self.directories.numbers(page, SUB_IFDS) for page in finest]
        if below[0] and len({len(offsets) for offsets in below}) == 1:
            # Some programs keep there what is no smaller picture of the same.
            for offsets in zip(*below, strict=True):
                pages = [self.directories.directory(offset) for offset in offsets]
                if all(map(self.directories.is_reduced, pages)):
                    levels.append(pages)
            return levels
        groups: dict[Any, list[Directory]] = {}
        for page in self.directories.pages:
            if self.directories.is_reduced(page):
                groups.setdefault(self.directories.look(page), []).append(page)
        levels += [pages for pages in groups.values() if len(pages) == len(finest)]
        return levels

    def palette(self, pages: Sequence[Directory]) -> Any:
        """Return the palette that all pages have; None without one."""
        raws = {self.directories.raw(page, COLOR_MAP) for page in pages}
        if len(raws) > 1:
            raise ImageError(
                f'"{self.name}" has {len(raws)} palettes for {len(pages)} pages, so a '
                "number is not the same color in all: convert it to 8 bit or RGB first."
            )
        raw = raws.pop()
        if not raw or len(raw) % 6:
            return None
        return np.frombuffer(raw, f"{self.directories.order}u2").reshape(3, -1)

    def resolution(self) -> tuple[float, float, int]:
        """Return the pixels per unit along x and y, and the number of the unit."""
        first = self.directories.pages[0]
        x, y = (
            self.directories.fraction(first, code)
            for code in (X_RESOLUTION, Y_RESOLUTION)
        )
        return x, y, self.directories.number(first, RESOLUTION_UNIT, 2)


def finished(
    file: OpenTiff, wanted: Wanted, finest: list[Directory], selection: Selection
) -> Selection:
    """Give a selection the pages of the level that is wanted, checked."""
    levels = file.levels(finest) if wanted.level else [finest]
    check_level(file.name, wanted, len(levels))
    level = levels[wanted.level]
    selection.pages = file.pages(level)
    file.check(selection.pages, [page.offset for page in level])
    selection.colors = file.palette(level)
    if wanted.level:
        selection.shrunk = shrunk(*(file.layout(p[0]) for p in (finest, level)))
    return selection


def shrunk(finest: Layout, level: Layout) -> tuple[float, float]:
    """Return how many pixels of the finest level are one of another, in y and x."""
    return finest.shape[2] / level.shape[2], finest.shape[3] / level.shape[3]


def first_alike(file: OpenTiff) -> list[Directory]:
    """Return the pages that look like the first."""
    if file.is_plain and len(file.directories.pages) == 1:
        return file.directories.pages
    directories = file.directories
    look = directories.look(directories.pages[0])
    return [page for page in directories.pages if directories.look(page) == look]


def groups_of(file: OpenTiff) -> list[list[Directory]]:
    """Sort pages into images: those that look alike are one; smaller ones are none."""
    if file.is_plain and len(file.directories.pages) == 1:
        return [file.directories.pages]
    full = [p for p in file.directories.pages if not file.directories.is_reduced(p)]
    groups: dict[Any, list[Directory]] = {}
    for page in full or file.directories.pages:
        groups.setdefault(file.directories.look(page), []).append(page)
    return list(groups.values())


def mixed(file: OpenTiff, groups: list[list[Directory]]) -> ImageError:
    """Return what to say of a file with pages of several kinds."""

    def words(pages: list[Directory]) -> str:
        layout = file.layout(pages[0])
        count = f"{len(pages)} of " if len(pages) > 1 else ""
        size = f"{layout.shape[3]}×{layout.shape[2]}"
        return f"{count}{size}, {layout.keyframe.dtype}"

    listed = "; ".join(words(pages) for pages in groups[:4])
    more = "; ..." if len(groups) > 4 else ""  # noqa: PLR2004
    return ImageError(
        f'"{file.name}" holds {len(groups)} images of different kinds ({listed}{more})'
        f": say which with series=1 to {len(groups)}, or save the one to compare as "
        "a file of its own."
    )
